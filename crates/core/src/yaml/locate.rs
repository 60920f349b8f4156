//! From a field path, as the API server prints it, to the place in the text.

use super::{Entry, Node, NodeKind};
use crate::diagnostic::Span;

/// Where a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// Its key; none for a sequence's item and for the root.
    pub key: Option<Span>,
    /// Its value.
    pub value: Span,
}

impl Located {
    /// The key where there is one, else the value: what to underline for a field that must not be there.
    pub fn name(&self) -> Span {
        self.key.unwrap_or(self.value)
    }
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step<'a> {
    /// `.name`.
    Field(&'a str),
    /// `[3]` or `[key]`: an item by number, else an entry by key.
    Index(&'a str),
}

impl Node {
    /// The place of `path`, such as `spec.ports[0].port` or `metadata.labels[app]`; the empty path is the node
    /// itself. Field names match in any case, since the server prints a few of them by their Go names
    /// (`spec.LoadBalancerSourceRanges[0]`).
    pub fn locate(&self, path: &str) -> Option<Located> {
        let (located, complete) = self.walk(path);
        complete.then_some(located)
    }

    /// The place of `path`, or of the deepest of its ancestors that is there; and whether it is the whole path.
    pub fn locate_nearest(&self, path: &str) -> (Located, bool) {
        self.walk(path)
    }

    /// The node at `path`.
    pub fn at_path(&self, path: &str) -> Option<&Node> {
        let mut node = self;
        let mut rest = path;
        while !rest.is_empty() {
            let (found, left) = node.descend(rest)?;
            node = found.1;
            rest = left;
        }
        Some(node)
    }

    /// The path of what stands at `offset`, and whether it is the key of that path rather than its value; the empty
    /// path where `offset` is in no part of the document. Paths read as the server's do: `spec.ports[0].port`.
    pub fn path_at(&self, offset: u32) -> (String, bool) {
        let mut path = String::new();
        let mut node = self;
        loop {
            match &node.kind {
                NodeKind::Map(entries) => {
                    let end = |entry: &Entry| entry.value.span.end.max(entry.key_span.end);
                    let holds = |entry: &&Entry| entry.key_span.start <= offset && offset <= end(entry);
                    let Some(entry) = entries.iter().find(holds) else { return (path, false) };
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(&entry.key);
                    if offset <= entry.key_span.end {
                        return (path, true);
                    }
                    node = &entry.value;
                }
                NodeKind::Seq(items) => {
                    let holds = |item: &&Node| item.span.start <= offset && offset <= item.span.end;
                    let Some((at, item)) = items.iter().enumerate().find(|(_, item)| holds(item)) else {
                        return (path, false);
                    };
                    path.push_str(&format!("[{at}]"));
                    node = item;
                }
                _ => return (path, false),
            }
        }
    }

    fn walk(&self, path: &str) -> (Located, bool) {
        let mut located = Located { key: None, value: self.span };
        let mut node = self;
        let mut rest = path;
        while !rest.is_empty() {
            let Some(((key, found), left)) = node.descend(rest) else { return (located, false) };
            located = Located { key, value: found.span };
            node = found;
            rest = left;
        }
        (located, true)
    }

    /// Goes one step of `path` down. A key may itself hold dots (`data.key.with.dots`): the longest one wins that
    /// the mapping has.
    fn descend<'p>(&self, path: &'p str) -> Option<((Option<Span>, &Node), &'p str)> {
        let (step, rest) = first_step(path)?;
        match (step, &self.kind) {
            (Step::Index(number), NodeKind::Seq(items)) => {
                let item = items.get(number.parse::<usize>().ok()?)?;
                Some(((None, item), rest))
            }
            (Step::Index(key), NodeKind::Map(_)) => {
                let entry = self.entry(key)?;
                Some(((Some(entry.key_span), &entry.value), rest))
            }
            (Step::Field(name), NodeKind::Map(entries)) => {
                let entry = self
                    .entry(name)
                    .or_else(|| entries.iter().rev().find(|entry| entry.key.eq_ignore_ascii_case(name)));
                if let Some(entry) = entry {
                    return Some(((Some(entry.key_span), &entry.value), rest));
                }
                let (entry, rest) = dotted(entries, path)?;
                Some(((Some(entry.key_span), &entry.value), rest))
            }
            _ => None,
        }
    }
}

fn dotted<'n, 'p>(entries: &'n [Entry], path: &'p str) -> Option<(&'n Entry, &'p str)> {
    let path = path.strip_prefix('.').unwrap_or(path);
    let fits = |entry: &&Entry| {
        entry.key.contains('.')
            && path.strip_prefix(entry.key.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let entry = entries.iter().filter(fits).max_by_key(|entry| entry.key.len())?;
    Some((entry, &path[entry.key.len()..]))
}

/// Splits the first step off; `None` for a path that is none.
fn first_step(path: &str) -> Option<(Step<'_>, &str)> {
    if let Some(inner) = path.strip_prefix('[') {
        let end = inner.find(']')?;
        return Some((Step::Index(&inner[..end]), &inner[end + 1..]));
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    let end = path.find(['.', '[']).unwrap_or(path.len());
    if end == 0 { None } else { Some((Step::Field(&path[..end]), &path[end..])) }
}
