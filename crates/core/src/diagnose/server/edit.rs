//! Edits of YAML text that leave the rest of it as it was written: comments, order, style.

use crate::diagnostic::{Edit, Span};
use crate::sort;
use crate::yaml::{Entry, Node, NodeKind};

fn byte(text: &str, at: u32) -> u8 {
    text.as_bytes().get(at as usize).copied().unwrap_or(b'\n')
}

/// The start of the line that `at` is in.
pub(super) fn line_start(text: &str, at: u32) -> u32 {
    text.get(..at as usize).and_then(|before| before.rfind('\n')).map_or(0, |found| found as u32 + 1)
}

/// The end of the line that `at` is in, without its break.
pub(super) fn line_end(text: &str, at: u32) -> u32 {
    let rest = text.get(at as usize..).unwrap_or_default();
    at + rest.find('\n').unwrap_or(rest.len()) as u32
}

/// In which column something stands, from 0.
pub(super) fn column(text: &str, at: u32) -> usize {
    at.saturating_sub(line_start(text, at)) as usize
}

/// Where an entry ends: its value, or its colon where it has none.
pub(super) fn end_of(text: &str, entry: &Entry) -> u32 {
    let colon = if byte(text, entry.key_span.end) == b':' { entry.key_span.end + 1 } else { entry.key_span.end };
    let value = entry.value.span;
    // The value of an alias or a merge stands elsewhere.
    if value.start >= colon { value.end.max(colon) } else { colon }
}

/// The entries that stand inside their mapping's own text, in its order.
pub(super) fn entries<'n>(map: &'n Node) -> Vec<&'n Entry> {
    let NodeKind::Map(entries) = &map.kind else { return Vec::new() };
    let own = |entry: &&'n Entry| map.span.start <= entry.key_span.start && entry.key_span.end <= map.span.end;
    let mut own: Vec<&Entry> = entries.iter().filter(own).collect();
    sort::by_key(&mut own, |entry| entry.key_span.start);
    own
}

/// Whether a mapping or list is written in brackets.
pub(super) fn is_flow(text: &str, node: &Node) -> bool {
    matches!(byte(text, node.span.start), b'{' | b'[')
}

/// Takes an entry out of its mapping.
pub(super) fn remove(text: &str, map: &Node, entry: &Entry) -> Option<Edit> {
    let all = entries(map);
    let at = all.iter().position(|one| one.key_span == entry.key_span)?;
    let (start, end) = (entry.key_span.start, end_of(text, entry));
    let cut = |start, end| Some(Edit { span: Span::new(start, end), text: String::new() });
    if let Some(next) = all.get(at + 1) {
        return cut(start, next.key_span.start);
    }
    let Some(before) = at.checked_sub(1).and_then(|at| all.get(at)) else {
        let text = if is_flow(text, map) { "" } else { "{}" };
        return Some(Edit { span: Span::new(start, end), text: text.to_string() });
    };
    let line = line_start(text, start);
    let alone = text.get(line as usize..start as usize)?.trim().is_empty();
    if is_flow(text, map) || !alone {
        return cut(end_of(text, before), end);
    }
    let line_end = line_end(text, end);
    cut(line, (line_end + 1).min(text.len() as u32))
}

/// Adds lines (`key: value`, further ones indented as they are) at the end of a mapping.
pub(super) fn add(text: &str, map: &Node, lines: &[String]) -> Option<Edit> {
    let all = entries(map);
    if is_flow(text, map) {
        let [line] = lines else { return None };
        let (at, insertion) = match all.last() {
            Some(last) => (end_of(text, last), format!(", {line}")),
            None => (map.span.start + 1, line.clone()),
        };
        return Some(Edit { span: Span::new(at, at), text: insertion });
    }
    let last = all.last()?;
    let indent = " ".repeat(column(text, all.first()?.key_span.start));
    let end = line_end(text, end_of(text, last));
    let insertion: String = lines.iter().map(|line| format!("\n{indent}{line}")).collect();
    Some(Edit { span: Span::new(end, end), text: insertion })
}

/// Adds a line (`key: value`) at the beginning of a mapping.
pub(super) fn add_first(text: &str, map: &Node, line: &str) -> Option<Edit> {
    let first = map.span.start;
    if is_flow(text, map) {
        let comma = if entries(map).is_empty() { "" } else { ", " };
        return Some(Edit { span: Span::new(first + 1, first + 1), text: format!("{line}{comma}") });
    }
    let at = entries(map).first()?.key_span.start;
    let indent = " ".repeat(column(text, at));
    Some(Edit { span: Span::new(at, at), text: format!("{line}\n{indent}") })
}

/// An entry's lines as they could stand at column 0: the first without its indentation, the others with as much less.
pub(super) fn lines_of(text: &str, entry: &Entry) -> Option<Vec<String>> {
    let start = entry.key_span.start;
    let body = text.get(start as usize..end_of(text, entry) as usize)?;
    Some(outdented(body, column(text, start)))
}

/// The lines of a piece of text, all but the first moved to the left.
pub(super) fn outdented(body: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in body.lines() {
        let less = if lines.is_empty() { 0 } else { columns.min(line.len() - line.trim_start_matches(' ').len()) };
        lines.push(line.get(less..).unwrap_or(line).to_string());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::apply_edits;
    use crate::yaml::{Limits, read};

    fn edited(text: &str, path: &str, change: impl Fn(&str, &Node) -> Option<Edit>) -> String {
        let stream = read(text, 0, 0, &Limits::default());
        let root = &stream.documents[0].root;
        apply_edits(text, &[change(text, root.at_path(path).unwrap()).unwrap()]).unwrap()
    }

    fn without(text: &str, path: &str, key: &str) -> String {
        edited(text, path, |text, map| remove(text, map, map.entry(key).unwrap()))
    }

    #[test]
    fn an_entry_goes_with_its_line_and_the_rest_stays() {
        assert_eq!(without("a: 1 # one\nb:\n  c: 2\nd: 3\n", "", "b"), "a: 1 # one\nd: 3\n");
        assert_eq!(without("a: 1 # one\nb: 2 # two\n", "", "b"), "a: 1 # one\n");
        assert_eq!(without("l:\n- a: 1\n  b: 2\n", "l[0]", "a"), "l:\n- b: 2\n");
        assert_eq!(without("l:\n- a: 1\n  b: 2\n", "l[0]", "b"), "l:\n- a: 1\n");
        assert_eq!(without("m: {a: 1, b: 2}\n", "m", "a"), "m: {b: 2}\n");
        assert_eq!(without("m: {a: 1, b: 2}\n", "m", "b"), "m: {a: 1}\n");
        assert_eq!(without("m: {a: 1}\n", "m", "a"), "m: {}\n");
        assert_eq!(without("m:\n  a: 1\nb: 2\n", "m", "a"), "m:\n  {}\nb: 2\n");
        assert_eq!(without("m:\n  b:\n  a: 1\n", "m", "b"), "m:\n  a: 1\n");
    }

    #[test]
    fn an_entry_is_added_in_the_mappings_own_style() {
        let put = |text: &str, path: &str| edited(text, path, |text, map| add(text, map, &["x: 1".to_string()]));
        assert_eq!(put("m:\n  a: 1 # c\nb: 2\n", "m"), "m:\n  a: 1 # c\n  x: 1\nb: 2\n");
        assert_eq!(put("m: {a: 1}\n", "m"), "m: {a: 1, x: 1}\n");
        assert_eq!(put("m: {}\n", "m"), "m: {x: 1}\n");
        assert_eq!(put("l:\n- a: 1", "l[0]"), "l:\n- a: 1\n  x: 1");
        let first = |text: &str, path: &str| edited(text, path, |text, map| add_first(text, map, "x: 1"));
        assert_eq!(first("l:\n- a: 1", "l[0]"), "l:\n- x: 1\n  a: 1");
        assert_eq!(first("l: [{a: 1}]", "l[0]"), "l: [{x: 1, a: 1}]");
    }
}
