//! The server's answer to one request.

use std::rc::Rc;

use crate::objects::Value;

/// One cause of a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCause {
    /// `FieldValueInvalid`, `FieldValueRequired` ...
    pub reason: String,
    /// `spec.ports[0].port`.
    pub field: String,
    /// `Invalid value: 0: must be between 1 and 65535, inclusive`.
    pub message: String,
}

/// A refusal: the metav1.Status of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The HTTP code.
    pub code: u16,
    /// `Invalid`, `BadRequest`, `AlreadyExists` ...; may be empty.
    pub reason: String,
    /// The whole message.
    pub message: String,
    /// The causes, in the server's order.
    pub causes: Vec<StatusCause>,
}

/// Whether it was accepted.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Accepted, and stored like this (`Null` for a deletion).
    Stored(Rc<Value>),
    /// Refused.
    Refused(Status),
    /// A kind that the engine does not model: taken note of, not stored.
    NotModelled,
}

/// What became of one object of the input.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The document's number.
    pub document: usize,
    /// The path of the object inside the document: empty, or `items[3]` in a List.
    pub path: String,
    /// `kind`; may be empty where the text has none.
    pub kind: String,
    /// The namespace it went to; empty for kinds without one.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// What happened.
    pub outcome: Outcome,
    /// `Warning:` headers, in order.
    pub warnings: Vec<String>,
}
