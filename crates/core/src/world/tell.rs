//! Refusals, warnings and remarks as diagnostics with a place in the text.

use crate::apiserver::{Answer, Outcome, Status};
use crate::diagnostic::{Diagnostic, Severity, Source, Span};
use crate::objects::{Decoded, Refusal};
use crate::yaml::{Node, NodeKind};

/// The place of a field inside an object, as short as it says all: its value; its key where the value is a block of
/// lines, or where it is missing the key of the nearest that is there.
pub(super) fn place(node: &Node, path: &str) -> Span {
    // The server speaks of the list; most people write its first item alone.
    let first = path.strip_prefix("spec.clusterIPs").filter(|rest| ["", "[0]"].contains(rest));
    let path = if first.is_some() && node.locate("spec.clusterIPs").is_none() { "spec.clusterIP" } else { path };
    let (located, complete) = node.locate_nearest(path);
    if located.key.is_none() && located.value == node.span {
        return head(node);
    }
    let value = if complete { node.at_path(path) } else { None };
    let span = match value {
        Some(value) if is_block(value) => located.key.unwrap_or_else(|| first_pair(value)),
        Some(_) if located.value.start < located.value.end => located.value,
        Some(_) => located.name(),
        // An item of a list that lacks something: its first pair stands for it.
        None => located.key.unwrap_or_else(|| nearest(node, path).map_or(located.value, first_pair)),
    };
    if span.start < span.end {
        return span;
    }
    // An item of a list that is not typed yet: what it is an item of.
    let outer = path.rfind(['.', '[']).and_then(|at| path.get(..at)).unwrap_or_default();
    place(node, outer)
}

/// The place of what the server calls wrong with a field: the key of one that nobody knows or that is there twice, the
/// label that it quotes, what stands in the text for a field that the server filled in.
fn blamed(node: &Node, path: &str, message: &str) -> Span {
    if message.starts_with("unknown field") || message.contains("already set in map") {
        return node.locate_nearest(path).0.name();
    }
    if message.contains("spec.parentRef.name: Required value") {
        return place(node, "metadata.name");
    }
    let path = match path {
        "spec.clusterIPs" | "spec.clusterIPs[0]" if node.locate("spec.clusterIPs").is_none() => "spec.clusterIP",
        path => path,
    };
    // Upstream's path of a template's labels lacks a step.
    let templates = path.replace("spec.template.labels", "spec.template.metadata.labels");
    let path = if node.locate(path).is_none() { templates.as_str() } else { path };
    // An empty text is quoted, too, and may have no place of its own.
    let quoted = quoted_in(node.at_path(path), message).filter(|span| span.start < span.end);
    quoted.unwrap_or_else(|| place(node, path))
}

/// The key or the value, in a mapping, that a message quotes as invalid.
fn quoted_in(map: Option<&Node>, message: &str) -> Option<Span> {
    let NodeKind::Map(entries) = &map?.kind else { return None };
    let (_, rest) = message.split_once("Invalid value: \"")?;
    let bad = rest.split('"').next()?;
    entries.iter().find_map(|entry| match entry.value.as_str() {
        _ if entry.key == bad => Some(entry.key_span),
        Some(value) if value == bad => Some(entry.value.span),
        _ => None,
    })
}

/// The deepest node on a path that is there.
fn nearest<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    let mut end = path.len();
    loop {
        end = path.get(..end)?.rfind(['.', '['])?;
        if let Some(found) = node.at_path(path.get(..end)?) {
            return Some(found);
        }
    }
}

/// Whether a mapping or list is written on lines of its own, without brackets.
fn is_block(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Map(entries) => entries.first().is_some_and(|entry| entry.key_span.start == node.span.start),
        NodeKind::Seq(items) => items.first().is_some_and(|item| item.span.start == node.span.start || is_block(item)),
        _ => false,
    }
}

/// The first pair of a mapping, if its value is on one line; else its key.
fn first_pair(node: &Node) -> Span {
    match &node.kind {
        NodeKind::Map(entries) if is_block(node) => entries.first().map_or(node.span, |entry| {
            let inner = matches!(entry.value.kind, NodeKind::Map(_) | NodeKind::Seq(_));
            let end = if inner { entry.key_span.end } else { entry.value.span.end.max(entry.key_span.end) };
            Span::new(entry.key_span.start, end)
        }),
        NodeKind::Seq(_) => first(node),
        _ => node.span,
    }
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
        let span = blamed(node, field, message);
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
        let span = blamed(node, field, message);
        let mut diagnostic = Diagnostic::new(code(reason), Severity::Error, Source::Apiserver, message, document, span);
        diagnostic.reason = (!reason.is_empty()).then(|| reason.to_string());
        diagnostic.field = (!field.is_empty()).then(|| field.to_string());
        diagnostic
    };
    if status.causes.is_empty() {
        // Server-side apply names the field inside its sentence: `...): .spec.typo: field not declared in schema`.
        let field = status.message.split_once("): .").and_then(|(_, rest)| rest.split([':', '[']).next());
        return vec![one(&status.reason, field.unwrap_or_default(), &status.message)];
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
