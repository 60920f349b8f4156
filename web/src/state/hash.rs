//! Everything in the URL's hash: the text and the choices, deflated, in base64url.
//!
//! A hash may come from anybody, so reading one never trusts its size: at most [`MAX_HASH`] characters are read and at
//! most [`MAX_TEXT`] bytes come out.

use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};

/// The format's number, before the dot.
const VERSION: &str = "1";
/// The longest hash that is read.
pub(crate) const MAX_HASH: usize = 4 << 20;
/// The most that a hash may expand to.
pub(crate) const MAX_TEXT: usize = 8 << 20;
/// A text longer than this is not put into the address bar by itself: browsers grow slow.
pub(crate) const MAX_SHARED: usize = 1 << 20;

/// What a hash holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shared {
    /// The choices, as key and value, neither with a line break.
    pub(crate) options: Vec<(String, String)>,
    /// The YAML.
    pub(crate) text: String,
}

impl Shared {
    /// The value of an option.
    pub(crate) fn option(&self, key: &str) -> Option<&str> {
        self.options.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

/// Writes a hash.
pub(crate) fn encode(shared: &Shared) -> String {
    let mut payload = String::new();
    for (key, value) in &shared.options {
        if !value.is_empty() {
            payload.push_str(key);
            payload.push('=');
            payload.push_str(&value.replace(['\n', '\r'], " "));
            payload.push('\n');
        }
    }
    payload.push('\n');
    payload.push_str(&shared.text);
    format!("{VERSION}.{}", to_base64(&compress_to_vec(payload.as_bytes(), 9)))
}

/// Reads a hash; the error is a sentence for people.
pub(crate) fn decode(hash: &str) -> Result<Shared, String> {
    if hash.len() > MAX_HASH {
        return Err(format!("This link is {} MB long; the most is {} MB.", hash.len() >> 20, MAX_HASH >> 20));
    }
    let broken = || "This link is damaged: what stands after # cannot be read.".to_string();
    let (version, data) = hash.split_once('.').ok_or_else(broken)?;
    if version != VERSION {
        return Err(if version.parse::<u32>().is_ok() {
            format!("This link was made by another version of Portolan (format {version}).")
        } else {
            broken()
        });
    }
    let bytes = from_base64(data).ok_or_else(broken)?;
    let payload = decompress_to_vec_with_limit(&bytes, MAX_TEXT).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => {
            format!("This link expands to more than {} MB, which is the most that is read.", MAX_TEXT >> 20)
        }
        _ => broken(),
    })?;
    let payload = String::from_utf8(payload).map_err(|_| broken())?;
    let mut rest = payload.as_str();
    let mut options = Vec::new();
    loop {
        let (line, after) = rest.split_once('\n').ok_or_else(broken)?;
        rest = after;
        if line.is_empty() {
            break;
        }
        let (key, value) = line.split_once('=').ok_or_else(broken)?;
        options.push((key.to_string(), value.to_string()));
    }
    Ok(Shared { options, text: rest.to_string() })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() * 4 / 3 + 3);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().fold(0_u32, |w, b| w << 8 | u32::from(*b)) << (8 * (3 - chunk.len()));
        for i in 0..=chunk.len() {
            // Six bits: always inside the alphabet.
            out.push(char::from(ALPHABET[(word >> (18 - 6 * i) & 63) as usize]));
        }
    }
    out
}

fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut word, mut bits) = (0_u32, 0);
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            b'=' => continue,
            _ => return None,
        };
        word = (word << 6 | u32::from(value)) & 0xff_ffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits & 0xff) as u8);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(text: &str) -> Shared {
        Shared { options: vec![("from".into(), "external".into())], text: text.into() }
    }

    #[test]
    fn what_is_written_is_read() {
        for text in ["", "a", "kind: Service\n\n---\nx: 1\n", "\u{1f600} \0 \n\n"] {
            let hash = encode(&shared(text));
            assert!(hash.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{hash}");
            assert_eq!(decode(&hash), Ok(shared(text)));
        }
        let tricky = Shared { options: vec![("q".into(), "a\nb".into())], text: "t".into() };
        assert_eq!(decode(&encode(&tricky)).map(|s| s.option("q").map(String::from)), Ok(Some("a b".into())));
    }

    #[test]
    fn garbage_is_an_error_and_no_more() {
        for hash in ["", "x", "1.", "1.!!!", "1.AAAA", "9.AAAA", "nonsense.AAAA", "1.\u{e9}", "1.____________"] {
            assert!(decode(hash).is_err(), "{hash}");
        }
        let good = encode(&shared("kind: Service"));
        for cut in 0..good.len() {
            let _ = decode(&good[..cut]);
        }
    }

    #[test]
    fn a_hash_that_would_expand_to_100_mb_is_refused() {
        let bomb = encode(&shared(&"a".repeat(100 << 20)));
        assert!(bomb.len() < 200_000);
        assert!(decode(&bomb).is_err_and(|e| e.contains("8 MB")));
        assert!(decode(&"1".repeat(MAX_HASH + 1)).is_err());
    }
}
