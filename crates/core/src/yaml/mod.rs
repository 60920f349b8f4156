//! Text to documents: every node keeps its place, and scalars resolve as Kubernetes' YAML reader resolves them.
//!
//! Kubernetes reads YAML with go-yaml v2 rules (sigs.k8s.io/yaml, goyaml.v2/resolve.go) and then treats it as JSON.
//! Knows nothing of Kubernetes objects. Reading never fails as a whole: what could be read is returned beside what
//! could not.

use crate::diagnostic::Span;

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
