//! What the engine says about its input: a stable code, a severity, a headline, a place, help and fixes.
//!
//! Every stage reports through [`Diagnostic`]; nothing here knows what YAML or Kubernetes is.

mod line_index;

pub use line_index::{LineColumn, LineIndex};

/// A range of bytes in one input text: `start` included, `end` excluded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset just after the last byte.
    pub end: u32,
}

impl Span {
    /// The range from `start` to `end`.
    pub fn new(start: u32, end: u32) -> Self {
        Span { start, end }
    }
}

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The object, or the text, is not accepted.
    Error,
    /// Accepted, but most likely not what was meant.
    Warning,
    /// Worth knowing: a field that is understood but not modelled, a default that surprises.
    Info,
}

/// Which part of the pipeline speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The YAML reader.
    Yaml,
    /// The strict decoder (the server's HTTP 400).
    Decode,
    /// The API server's validation, allocation and warnings, in the server's own words.
    Apiserver,
    /// Portolan's own findings.
    Portolan,
}

/// One replacement of a piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A change that is offered to the reader; all its edits belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The name of the rule that thought of it, such as `rename-field`: stable, for tests and styles.
    pub rule: &'static str,
    /// What the change does, as a button would say it.
    pub title: String,
    /// The edits, in ascending order, not overlapping, all in the diagnostic's file.
    pub edits: Vec<Edit>,
}

/// One thing said about the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable code, such as `yaml-syntax` or `selector-matches-nothing`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Who says so.
    pub source: Source,
    /// The API server's reason (`FieldValueInvalid`), for what the server says.
    pub reason: Option<String>,
    /// The field path as the API server prints it (`spec.ports[0].port`).
    pub field: Option<String>,
    /// The headline. If only one thing can be shown, it is this.
    pub message: String,
    /// A plain sentence more, in our own words.
    pub help: Option<String>,
    /// The document of the stream it is about (counted from 0 over all files).
    pub document: usize,
    /// Where, in that document's file.
    pub span: Span,
    /// Changes that mend it.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A diagnostic with a code, a headline and a place, and nothing more.
    pub fn new(
        code: &'static str,
        severity: Severity,
        source: Source,
        message: impl Into<String>,
        document: usize,
        span: Span,
    ) -> Self {
        Diagnostic {
            code,
            severity,
            source,
            reason: None,
            field: None,
            message: message.into(),
            help: None,
            document,
            span,
            fixes: Vec::new(),
        }
    }
}
