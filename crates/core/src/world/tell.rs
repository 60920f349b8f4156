//! Refusals, warnings and remarks as diagnostics with a place in the text.

use crate::apiserver::{Answer, Outcome, Status};
use crate::diagnostic::{Diagnostic, Severity, Source, Span};
use crate::objects::{Decoded, Refusal};
use crate::yaml::{Node, NodeKind};

/// The place of a field inside an object: its value; its key or the nearest that is there, where it is missing.
pub(super) fn place(node: &Node, path: &str) -> Span {
    // The server speaks of the list; most people write its first item alone.
    let first = path.strip_prefix("spec.clusterIPs").filter(|rest| ["", "[0]"].contains(rest));
    let path = if first.is_some() && node.locate("spec.clusterIPs").is_none() { "spec.clusterIP" } else { path };
    let (located, complete) = node.locate_nearest(path);
    if located.key.is_none() && located.value == node.span {
        return head(node);
    }
    if complete && located.value.start < located.value.end { located.value } else { located.name() }
}

/// What stands for a whole object: its name, its kind, or its first key.
fn head(node: &Node) -> Span {
    let named = ["metadata.name", "kind"].into_iter().find_map(|path| node.locate(path));
    named.map(|found| found.value).filter(|span| span.start < span.end).unwrap_or_else(|| first(node))
}

/// The first key of a mapping, or of the first item of a list; a scalar as a whole.
fn first(mut node: &Node) -> Span {
    while let NodeKind::Seq(items) = &node.kind
        && let Some(item) = items.first()
    {
        node = item;
    }
    match &node.kind {
        NodeKind::Map(entries) => entries.first().map_or(node.span, |entry| entry.key_span),
        _ => node.span,
    }
}

/// A field of an object inside a document: `items[3]` and `spec.type` make `items[3].spec.type`.
pub(super) fn join(outer: &str, inner: &str) -> String {
    match (outer.is_empty(), inner.is_empty()) {
        (true, _) => inner.to_string(),
        (false, true) => outer.to_string(),
        (false, false) if inner.starts_with('[') => format!("{outer}{inner}"),
        (false, false) => format!("{outer}.{inner}"),
    }
}

/// A stable code for a cause's reason.
fn code(reason: &str) -> &'static str {
    match reason {
        "FieldValueInvalid" | "FieldValueTypeInvalid" => "field-value-invalid",
        "FieldValueRequired" => "field-value-required",
        "FieldValueForbidden" => "field-value-forbidden",
        "FieldValueDuplicate" => "field-value-duplicate",
        "FieldValueNotSupported" => "field-value-not-supported",
        "FieldValueNotFound" => "field-value-not-found",
        "FieldValueTooLong" | "FieldValueTooMany" => "field-value-too-long",
        "AlreadyExists" => "already-exists",
        "NotFound" => "not-found",
        _ => "refused",
    }
}

/// A refusal by the decoder.
pub(super) fn refusal(refusal: &Refusal, document: usize, node: &Node) -> Vec<Diagnostic> {
    let one = |field: &str, message: &str| {
        let span = place(node, field);
        let mut diagnostic = Diagnostic::new("decode", Severity::Error, Source::Decode, message, document, span);
        diagnostic.reason = Some(refusal.reason.to_string());
        diagnostic.field = (!field.is_empty()).then(|| field.to_string());
        diagnostic
    };
    if refusal.places.is_empty() {
        return vec![one("", &refusal.message)];
    }
    refusal.places.iter().map(|(field, message)| one(field, message)).collect()
}

/// What the decoder remarks about an object that it accepts.
pub(super) fn decoded(decoded: &Decoded, document: usize, node: &Node) -> Vec<Diagnostic> {
    let mut told = Vec::new();
    for field in &decoded.defaulted {
        let message = format!("{field} is missing: the API server fills it in, kubectl refuses the object");
        told.push(Diagnostic::new("type-missing", Severity::Warning, Source::Portolan, message, document, head(node)));
    }
    for field in &decoded.not_modelled {
        let message = format!("{field} is understood, but not modelled here");
        let span = node.locate_nearest(field).0.name();
        let mut diagnostic =
            Diagnostic::new("field-not-modelled", Severity::Info, Source::Portolan, message, document, span);
        diagnostic.field = Some(field.clone());
        told.push(diagnostic);
    }
    told
}

/// An object of a kind that is not modelled.
pub(super) fn unknown_kind(kind: &str, api_version: &str, document: usize, node: &Node) -> Diagnostic {
    let message = format!("{kind} ({api_version}) is not modelled: traffic does not see it");
    let span = place(node, "kind");
    Diagnostic::new("kind-not-modelled", Severity::Info, Source::Portolan, message, document, span)
}

/// What the server answered.
pub(super) fn answer(answer: &Answer, node: &Node) -> Vec<Diagnostic> {
    let mut told = match &answer.outcome {
        Outcome::Refused(status) => refused(status, answer.document, node),
        Outcome::Stored(_) | Outcome::NotModelled => Vec::new(),
    };
    for warning in &answer.warnings {
        let field = field_in(warning);
        let span = place(node, field.unwrap_or_default());
        let mut diagnostic =
            Diagnostic::new("api-warning", Severity::Warning, Source::Apiserver, warning, answer.document, span);
        diagnostic.field = field.map(str::to_string);
        told.push(diagnostic);
    }
    told
}

fn refused(status: &Status, document: usize, node: &Node) -> Vec<Diagnostic> {
    let one = |reason: &str, field: &str, message: &str| {
        let span = place(node, field);
        let mut diagnostic = Diagnostic::new(code(reason), Severity::Error, Source::Apiserver, message, document, span);
        diagnostic.reason = (!reason.is_empty()).then(|| reason.to_string());
        diagnostic.field = (!field.is_empty()).then(|| field.to_string());
        diagnostic
    };
    if status.causes.is_empty() {
        return vec![one(&status.reason, "", &status.message)];
    }
    status.causes.iter().map(|cause| one(&cause.reason, &cause.field, &cause.message)).collect()
}

/// The field that a warning begins with, where it does.
fn field_in(warning: &str) -> Option<&str> {
    let word = warning.split([' ', ':']).next()?;
    (word.starts_with("spec.") || word.starts_with("metadata.") || word.starts_with("status.")).then_some(word)
}

/// A refusal as the server's answer.
pub(super) fn status(refusal: &Refusal) -> Status {
    Status {
        code: refusal.code,
        reason: refusal.reason.to_string(),
        message: refusal.message.clone(),
        causes: Vec::new(),
    }
}
