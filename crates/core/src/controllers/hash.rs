//! Hashes and the names made from them: random in a cluster, here decided by what they are for.
//!
//! Upstream: k8s.io/apimachinery/pkg/util/rand (the alphabet), pkg/controller/controller_utils.go (pod template
//! hashes), k8s.io/apiserver/pkg/storage/names (generateName).

/// The characters of generated names: no vowels and nothing that looks like another.
const ALPHABET: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

/// The longest base of a generated name; what is longer is cut before five characters are added.
const MAX_BASE: usize = 58;

/// FNV-1a over 64 bits, with a last mix so that every bit of the result depends on every byte.
pub(crate) fn hash64(seed: u64, parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        for byte in part.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        // A separator that UTF-8 has no use for, so that ("a", "bc") is not ("ab", "c").
        hash = (hash ^ 0xff).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

/// FNV-1a over 128 bits, as `hash/fnv.New128a`: it decides the order of a slice's ports.
pub(crate) fn fnv128a(text: &str) -> u128 {
    text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, |hash: u128, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b)
    })
}

/// `length` characters of the generated names' alphabet.
pub(crate) fn suffix(mut hash: u64, length: usize) -> String {
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        // The remainder is below 27, the alphabet's length.
        text.push(char::from(ALPHABET[(hash % 27) as usize]));
        hash = (hash / 27) ^ (hash << 59);
    }
    text
}

/// What the server makes of `generateName: base`, decided by `hash`.
pub(crate) fn generated(base: &str, hash: u64) -> String {
    let mut end = base.len().min(MAX_BASE);
    while !base.is_char_boundary(end) {
        end -= 1;
    }
    let mut name = base[..end].to_string();
    name.push_str(&suffix(hash, 5));
    name
}

/// The hash that a Deployment writes into its ReplicaSet's name, in upstream's shape: a number's decimal digits in the
/// names' alphabet.
pub(crate) fn template_hash(hash: u64) -> String {
    // Any of the alphabet's first ten characters may stand for a digit, as upstream's SafeEncodeString has it.
    (hash as u32).to_string().bytes().map(|byte| char::from(ALPHABET[usize::from(byte) % 27])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_stable_and_in_the_servers_alphabet() {
        let name = generated("web-", hash64(0, &["default", "web"]));
        assert_eq!(name, generated("web-", hash64(0, &["default", "web"])));
        assert_eq!(name.len(), 9);
        assert!(name[4..].bytes().all(|byte| ALPHABET.contains(&byte)), "{name}");
    }

    #[test]
    fn a_long_base_is_cut_so_that_the_name_stays_a_label() {
        assert_eq!(generated(&"x".repeat(80), 1).len(), 63);
    }

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(hash64(0, &["a", "bc"]), hash64(0, &["ab", "c"]));
        assert_ne!(hash64(0, &["a"]), hash64(1, &["a"]));
    }

    #[test]
    fn fnv128a_gives_the_reference_value() {
        assert_eq!(fnv128a(""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv128a("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
