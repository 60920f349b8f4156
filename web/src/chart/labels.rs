//! Names cut to a width so that the telling part stays.

/// Cuts a name to `max` characters. A pod's name tells by its end (`web-7d4b9c6f5-x2kqp` and its sisters differ
/// there) and by its beginning, so the middle goes.
pub(crate) fn cut_middle(name: &str, max: usize) -> String {
    let count = name.chars().count();
    if count <= max || max < 3 {
        return name.chars().take(max.max(1)).collect();
    }
    // The last piece after a dash is what tells siblings apart; keep all of it where it fits.
    let last = name.rsplit('-').next().map_or(0, |s| s.chars().count());
    let tail = if last < max.saturating_sub(2) { last } else { (max - 1) / 2 };
    let head = max - 1 - tail;
    let start: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(count - tail).collect();
    format!("{start}\u{2026}{end}")
}

/// Cuts the end: for words that tell by their beginning.
pub(crate) fn cut_end(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_string();
    }
    let mut out: String = text.chars().take(max.saturating_sub(1)).collect();
    out.push('\u{2026}');
    out
}

/// How many characters of `size` pixels high fit into `width` pixels; `wide` is the mean width of one in em.
pub(crate) fn fits(width: f64, size: f64, wide: f64) -> usize {
    (width / (size * wide)).floor().max(1.0) as usize
}

/// The mean width of a character of the page's face in its bolder weight, in em; names are full of wide letters.
pub(crate) const BOLD: f64 = 0.56;
/// The width of a character of a monospaced face, in em.
pub(crate) const MONO: f64 = 0.605;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_part_that_tells_siblings_apart_stays() {
        assert_eq!(cut_middle("web-7d4b9c6f5-x2kqp", 12), "web-7d\u{2026}x2kqp");
        assert_eq!(cut_middle("short", 12), "short");
        assert_eq!(cut_middle("a-very-long-name-without-a-hash-averyverylongend", 11).chars().count(), 11);
        assert_eq!(cut_middle("statefulset-with-long-name-0", 12), "statefulse\u{2026}0");
    }

    #[test]
    fn odd_widths_never_panic() {
        for max in 0..6 {
            let _ = cut_middle("h\u{e9}ll\u{f6}-w\u{f6}rld", max);
            let _ = cut_end("h\u{e9}ll\u{f6}-w\u{f6}rld", max);
        }
        assert_eq!(cut_end("loadbalancer", 5), "load\u{2026}");
    }
}
