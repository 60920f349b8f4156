//! Small pieces of Go's standard library and apimachinery, as far as error messages and checks need them.

use crate::decimal;

/// Go's `%q`.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 || c == '\u{7f}' => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}') => {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The start of a body, as the server shows one that it could not read: text if it looks like JSON, else hex.
pub(super) fn summary(body: &str) -> String {
    const LENGTH: usize = 30;
    let bytes = body.as_bytes();
    let more = if bytes.len() > LENGTH { " ..." } else { "" };
    let head = bytes.get(..LENGTH).unwrap_or(bytes);
    match bytes.first() {
        None => "<empty>".to_string(),
        Some(b'{') => format!("{}{more}", String::from_utf8_lossy(head)),
        Some(_) => {
            let mut out = String::with_capacity(2 * LENGTH + more.len());
            for byte in head {
                out.push_str(&format!("{byte:02x}"));
            }
            out + more
        }
    }
}

/// The word that was probably meant: at most two letters are otherwise, and not most of them.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|known| (distance(word, known, 2), known)).min_by_key(|(distance, _)| *distance);
    near.filter(|(distance, known)| *distance <= 2 && *distance < known.len().div_ceil(2)).map(|(_, known)| known)
}

/// The number of letters to change, add or drop to get from one word to the other; more than `limit` counts as `limit + 1`.
pub(crate) fn distance(a: &str, b: &str, limit: usize) -> usize {
    if a.len().abs_diff(b.len()) > limit {
        return limit + 1;
    }
    let b = b.as_bytes();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b) {
            let above = *cell;
            left = (diagonal + usize::from(x != *y)).min(above + 1).min(left + 1);
            diagonal = above;
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0).min(limit + 1)
}

/// Whether `resource.ParseQuantity` takes the text.
pub(super) fn is_quantity(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let suffix = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number = &rest[..rest.len() - suffix.len()];
    if !number.contains(|c: char| c.is_ascii_digit()) || number.matches('.').count() > 1 {
        return false;
    }
    match suffix {
        "" | "n" | "u" | "m" | "k" | "M" | "G" | "T" | "P" | "E" | "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei" => true,
        _ => suffix.strip_prefix(['e', 'E']).is_some_and(|power| {
            let digits = power.strip_prefix(['+', '-']).unwrap_or(power);
            !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
        }),
    }
}

/// A quantity of CPU in thousandths, rounded up as `Quantity.MilliValue` does; `None` for what is no sensible one.
pub(super) fn milli_units(text: &str) -> Option<u64> {
    if !is_quantity(text) {
        return None;
    }
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[number.len()..] {
        "n" => 1e-6,
        "u" => 1e-3,
        "m" => 1.0,
        "" => 1e3,
        "k" => 1e6,
        _ => return None,
    };
    let millis = (decimal::parse(number)? * scale).ceil();
    (0.0..1e12).contains(&millis).then_some(millis as u64)
}

/// Checks an RFC 3339 time, with Go's words for what is wrong.
pub(super) fn check_time(text: &str) -> Result<(), String> {
    let layout = "2006-01-02T15:04:05Z07:00";
    let fail = |rest: &str, wanted: &str| {
        Err(format!(
            "parsing time {} as {}: cannot parse {} as {}",
            quote(text),
            quote(layout),
            quote(rest),
            quote(wanted)
        ))
    };
    let mut rest = text;
    for (wanted, width, low, high) in [
        ("2006", 4, 0, 9999),
        ("-", 0, 0, 0),
        ("01", 2, 1, 12),
        ("-", 0, 0, 0),
        ("02", 2, 1, 31),
        ("T", 0, 0, 0),
        ("15", 2, 0, 23),
        (":", 0, 0, 0),
        ("04", 2, 0, 59),
        (":", 0, 0, 0),
        ("05", 2, 0, 59),
    ] {
        if width == 0 {
            match rest.strip_prefix(wanted) {
                Some(after) => rest = after,
                None => return fail(rest, wanted),
            }
            continue;
        }
        let number = rest.get(..width).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let Some(number) = number.and_then(|digits| digits.parse::<u32>().ok()) else { return fail(rest, wanted) };
        if number < low || number > high {
            let what = match wanted {
                "01" => "month",
                "02" => "day",
                "15" => "hour",
                "04" => "minute",
                _ => "second",
            };
            return Err(format!("parsing time {}: {what} out of range", quote(text)));
        }
        rest = &rest[width..];
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        rest = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    let offset = rest.as_bytes();
    let is_offset =
        matches!(offset, [b'+' | b'-', a, b, b':', c, d] if [a, b, c, d].iter().all(|d| d.is_ascii_digit()));
    if rest == "Z" || is_offset {
        return Ok(());
    }
    match rest.strip_prefix('Z') {
        Some(extra) => Err(format!("parsing time {}: extra text: {}", quote(text), quote(extra))),
        None => fail(rest, "Z07:00"),
    }
}

/// Checks a Go duration, such as `1h30m`, with Go's words for what is wrong.
pub(super) fn check_duration(text: &str) -> Result<(), String> {
    match micros(text) {
        Some(_) => Ok(()),
        None => Err(format!("time: invalid duration {}", quote(text))),
    }
}

/// The microseconds of a Go duration such as `1h30m`, `2s` or `250ms`; `None` for anything else, for a negative one
/// and for one of more than some 290 years.
pub fn micros(text: &str) -> Option<u64> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0f64;
    while !rest.is_empty() {
        let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let number = decimal::parse(&rest[..rest.len() - unit.len()])?;
        let after = unit.trim_start_matches(|c: char| !c.is_ascii_digit() && c != '.');
        let scale = match &unit[..unit.len() - after.len()] {
            "ns" => 0.001,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1.0,
            "ms" => 1_000.0,
            "s" => 1_000_000.0,
            "m" => 60_000_000.0,
            "h" => 3_600_000_000.0,
            _ => return None,
        };
        total += number * scale;
        rest = after;
    }
    (total < 9.2e15).then_some(total as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_go_quotes_them() {
        assert_eq!(quote("a\"b\\c\n\u{1}é"), "\"a\\\"b\\\\c\\n\\x01é\"");
    }

    #[test]
    fn bodies_are_summed_up_as_the_server_does() {
        assert_eq!(summary("{\"a\":1}"), "{\"a\":1}");
        assert_eq!(
            summary("apiVersion: v1\nkind: Service\nmetadata:"),
            "61706956657273696f6e3a2076310a6b696e643a20536572766963650a6d ..."
        );
        assert_eq!(summary(""), "<empty>");
    }

    #[test]
    fn quantities_times_and_durations_are_checked() {
        for good in ["1", "100m", "1.5Gi", "1e3", "-5k", "0.5"] {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "x", "1..2", "1 Gi", "1e", "Gi"] {
            assert!(!is_quantity(bad), "{bad}");
        }
        assert!(check_time("2026-11-22T10:00:00Z").is_ok() && check_time("2026-11-22T10:00:00.5+01:00").is_ok());
        assert_eq!(
            check_time("now").unwrap_err(),
            "parsing time \"now\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"now\" as \"2006\""
        );
        assert_eq!(
            (milli_units("4"), milli_units("3920m"), milli_units("1.5"), milli_units("x")),
            (Some(4000), Some(3920), Some(1500), None)
        );
        assert_eq!(micros("1h30m"), Some(5_400_000_000));
        assert_eq!(micros("250ms"), Some(250_000));
        assert_eq!(micros("1.5s"), Some(1_500_000));
        for bad in ["", "s", "10", "-1s", "1x", "1.2.3s"] {
            assert_eq!(micros(bad), None, "{bad}");
        }
    }

    #[test]
    fn near_words_are_near() {
        assert_eq!(distance("service", "services", 2), 1);
        assert_eq!(distance("service", "servcie", 2), 2);
        assert_eq!(distance("pod", "deployment", 2), 3);
    }
}
