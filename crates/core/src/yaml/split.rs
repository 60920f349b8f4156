//! A stream cut into pieces at its `---` lines, so that a broken piece costs only itself.
//!
//! Kubernetes' own readers (apimachinery util/yaml) cut the text in the same way before any YAML is parsed.

/// A piece of the stream: bytes `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Where the lines are counted from: after a `---` that closed an earlier piece.
    pub(super) first_line: usize,
    /// Whether there is more in it than its marker, comments and blanks.
    pub(super) has_content: bool,
}

/// Cuts `text`. A `---` before which the piece has only comments, blanks and directives opens that piece.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut piece = Piece { start: 0, end: 0, first_line: 0, has_content: false };
    let mut has_content = false;
    let mut opened = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        if is_marker(line) {
            if has_content || opened {
                piece.end = at;
                piece.has_content = has_content;
                pieces.push(piece);
                piece = Piece { start: at, end: at, first_line: next, has_content: false };
            }
            opened = true;
            has_content = line[3..].trim_start().starts_with(|c: char| c != '#');
        } else if !has_content {
            let trimmed = line.trim_start_matches('\u{feff}').trim();
            has_content = !trimmed.is_empty() && !trimmed.starts_with('#') && (opened || !trimmed.starts_with('%'));
        }
        at = next;
    }
    piece.end = text.len();
    piece.has_content = has_content || (!opened && text.get(piece.start..).is_some_and(|rest| rest.contains('%')));
    pieces.push(piece);
    pieces
}

fn is_marker(line: &str) -> bool {
    line.starts_with("---") && line[3..].chars().next().is_none_or(char::is_whitespace)
}

/// The comment lines before the first content of a piece, without `#` and the blank after it.
pub(super) fn leading_comments(piece: &str) -> Vec<String> {
    let mut comments = Vec::new();
    for line in piece.lines() {
        let trimmed = line.trim_start_matches('\u{feff}').trim();
        if let Some(comment) = trimmed.strip_prefix('#') {
            comments.push(comment.strip_prefix(' ').unwrap_or(comment).to_string());
        } else if let Some(after) = trimmed.strip_prefix("---").filter(|_| is_marker(line)) {
            match after.trim_start().strip_prefix('#') {
                Some(comment) => comments.push(comment.strip_prefix(' ').unwrap_or(comment).to_string()),
                None if !after.trim().is_empty() => break,
                None => {}
            }
        } else if !trimmed.is_empty() && !trimmed.starts_with('%') {
            break;
        }
    }
    comments
}

/// The first character that YAML forbids, as go-yaml's reader has it.
pub(super) fn forbidden(text: &str) -> Option<usize> {
    let bad = |c: char| match c {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => false,
    };
    text.find(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        pieces(text).into_iter().map(|p| &text[p.start..p.end]).collect()
    }

    #[test]
    fn cuts_at_marker_lines_only() {
        assert_eq!(cut("a: 1\n---\nb: 2\n"), ["a: 1\n", "---\nb: 2\n"]);
        assert_eq!(cut("# c\n---\na: 1\n"), ["# c\n---\na: 1\n"]);
        assert_eq!(cut("---\n---\n"), ["---\n", "---\n"]);
        assert_eq!(cut("a: b---\n ---\n---x: 1\n"), ["a: b---\n ---\n---x: 1\n"]);
        assert_eq!(
            cut("%YAML 1.1\n---\na: 1\n--- {b: 2}\r\n---\r\n"),
            ["%YAML 1.1\n---\na: 1\n", "--- {b: 2}\r\n", "---\r\n"]
        );
        assert_eq!(cut(""), [""]);
    }

    #[test]
    fn comments_before_the_content_are_collected() {
        assert_eq!(leading_comments("--- # one\n#two\n\n# op: patch\na: 1 # no\n# no\n"), ["one", "two", "op: patch"]);
    }
}
