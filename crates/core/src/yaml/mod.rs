//! Text to documents: every node keeps its place, and scalars resolve as Kubernetes' YAML reader resolves them.
//!
//! Kubernetes reads YAML with go-yaml v2 rules (sigs.k8s.io/yaml, goyaml.v2/resolve.go) and then treats it as JSON.
//! Knows nothing of Kubernetes objects. Reading never fails as a whole: what could be read is returned beside what
//! could not.

mod locate;
mod message;
mod reader;
mod scalar;
mod split;

pub use locate::Located;
pub(crate) use scalar::{is_plain_text, json_float};

use crate::diagnostic::{Diagnostic, Severity, Source, Span};
use crate::pace::{Pace, all_at_once};

/// Bounds on what is read, so that no paste hangs the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one text.
    pub bytes: usize,
    /// Nested mappings and sequences.
    pub depth: usize,
    /// Values of one text, aliases expanded.
    pub nodes: usize,
    /// Values of one document that come from anchors and aliases.
    pub aliased_nodes: usize,
    /// Bytes of text of one document that come from anchors and aliases.
    pub aliased_bytes: usize,
    /// Documents of one text.
    pub documents: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bytes: 32 << 20,
            depth: 100,
            nodes: 4_000_000,
            aliased_nodes: 400_000,
            aliased_bytes: 16 << 20,
            documents: 100_000,
        }
    }
}

/// What a text holds.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// The documents that could be read, in order.
    pub documents: Vec<Document>,
    /// What could not be read. Code `yaml-syntax` takes the number of the document that it stands in the place of;
    /// `yaml-limit` says that reading stopped.
    pub diagnostics: Vec<Diagnostic>,
    /// The documents that could not be read, in order; each has its diagnostic.
    pub broken: Vec<Broken>,
}

/// Reads the text of the input's file number `file`. Documents are numbered from `first_index` on; one that could not
/// be read takes a number too. A document that cannot be read costs none of the others.
pub fn read(text: &str, file: usize, first_index: usize, limits: &Limits) -> Stream {
    all_at_once(read_paced(text, file, first_index, limits, &Pace::restless()))
}

/// [`read`], with rests between documents.
pub async fn read_paced(text: &str, file: usize, first_index: usize, limits: &Limits, pace: &Pace) -> Stream {
    let mut stream = Stream::default();
    let mut index = first_index;
    if text.len() > limits.bytes || u32::try_from(text.len()).is_err() {
        let message = format!("{} bytes of text: at most {} are read", text.len(), limits.bytes);
        stream.diagnostics.push(problem("yaml-limit", message, index, Span::default()));
        return stream;
    }
    let mut nodes = 0;
    for piece in split::pieces(text) {
        if !piece.has_content {
            continue;
        }
        // Pieces lie inside the text and end at line breaks.
        let body = text.get(piece.start..piece.end).unwrap_or("");
        if index.saturating_sub(first_index) >= limits.documents {
            let message = format!("more than {} documents", limits.documents);
            let span = Span::new(piece.start as u32, piece.start as u32);
            stream.diagnostics.push(problem("yaml-limit", message, index, span));
            break;
        }
        let whole = Span::new(piece.first_line.max(piece.start).min(piece.end) as u32, piece.end as u32);
        if let Some(at) = split::forbidden(body) {
            // Some of them are longer than a byte.
            let length = body.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            let span = Span::new((piece.start + at) as u32, (piece.start + at + length) as u32);
            stream.refuse("yaml: control characters are not allowed".to_string(), index, whole, span);
            index += 1;
            continue;
        }
        let mut comments = split::leading_comments(body);
        let reader = reader::Reader::new(text, piece.start, piece.end, piece.first_line, limits, &mut nodes);
        let result = reader.read(|root, duplicates| {
            // `---` with nothing below it is no document.
            if !matches!(root.kind, NodeKind::Null) || root.span.start != root.span.end {
                let span = root.span;
                let comments = std::mem::take(&mut comments);
                stream.documents.push(Document { index, file, span, comments, root, duplicates });
                index += 1;
            }
        });
        if let Err(failure) = result {
            stream.refuse(failure.message, index, whole, failure.span);
            index += 1;
        }
        if nodes > limits.nodes {
            break;
        }
        pace.spend(1 + body.len() as u32 / 10).await;
    }
    stream
}

impl Stream {
    fn refuse(&mut self, message: String, index: usize, whole: Span, place: Span) {
        self.diagnostics.push(problem("yaml-syntax", message.clone(), index, place));
        self.broken.push(Broken { index, span: whole, message });
    }
}

fn problem(code: &'static str, message: impl Into<String>, index: usize, span: Span) -> Diagnostic {
    Diagnostic::new(code, Severity::Error, Source::Yaml, message, index, span)
}

/// One document of a stream.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its number over all files of the input, from 0. Empty documents (only comments) are not counted.
    pub index: usize,
    /// Which input file it stands in, from 0.
    pub file: usize,
    /// The text it covers.
    pub span: Span,
    /// The comment lines directly before its first content, without `#` and the blank after it.
    pub comments: Vec<String>,
    /// Its content.
    pub root: Node,
    /// Keys that stand twice in one mapping, in the order in which go-yaml tells them.
    pub duplicates: Vec<Duplicate>,
}

/// A key that its mapping has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The key.
    pub key: String,
    /// Where it stands again.
    pub key_span: Span,
    /// The line of its value, from 1, counted from the start of the document.
    pub line: usize,
    value_end: u32,
}

/// A document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The number it takes.
    pub index: usize,
    /// The text it covers, as it would be sent to the server: without the `---` line above it.
    pub span: Span,
    /// What go-yaml says of it: `yaml: line 7: did not find expected key`.
    pub message: String,
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub kind: NodeKind,
    /// Where it stands: for a block mapping or sequence, from its first key or item to the end of its last.
    pub span: Span,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// `null`, `~` or nothing.
    Null,
    /// A boolean; YAML 1.1's `yes`, `on` and their like too.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    Str(String),
    /// A sequence.
    Seq(Vec<Node>),
    /// A mapping, in the order written; duplicate keys are kept, merge keys are already merged.
    Map(Vec<Entry>),
}

/// One key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, as JSON would have it: always text.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Node {
    /// The value of `key` in a mapping: the last one where it stands twice, as the API's decoder takes it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry of `key` in a mapping.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            NodeKind::Map(entries) => entries.iter().rev().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The text of a string node.
    pub fn as_str(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Str(text) => Some(text),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
