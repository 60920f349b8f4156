//! From a document to an object, strictly, with the API server's words for what does not fit.
//!
//! Follows sigs.k8s.io/json (its strict fork of encoding/json), apimachinery's serializer/json and the apiserver's
//! endpoints/handlers/rest.go. YAML is turned into JSON first there, which sorts the keys: so fields are visited, and
//! errors come out, in the order of their names.

mod kinds;

use super::gofmt::{self, quote};
use super::schema::{self, Field, Kind, Role, Struct, Type};
use super::value::Value;
use crate::sort;
use crate::yaml::{Duplicate, Entry, Node, NodeKind, json_float};

pub use kinds::refuse_unreadable;
use kinds::{misdirected, nearest, no_kind, text_field, unknown_kind, unrecognized};

/// A decoded object.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// `apiVersion`; where the text has none, that of the kind it was sent as.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// The kind's table; `None` for a kind that the engine does not know, whose fields were not looked at.
    pub known: Option<&'static Kind>,
    /// The object: the fields in the order in which the server prints them, without nulls and empty optional values.
    pub value: Value,
    /// `apiVersion` or `kind`, where the text lacks it: the server fills it in from the URL, kubectl refuses.
    pub defaulted: Vec<&'static str>,
    /// Paths of fields that Kubernetes knows and the engine does not model.
    pub not_modelled: Vec<String>,
}

/// A refusal, before any validation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP code.
    pub code: u16,
    /// The reason, such as `BadRequest`.
    pub reason: &'static str,
    /// The server's message.
    pub message: String,
    /// What to mark in the text: field paths, each with its own part of the message.
    pub places: Vec<(String, String)>,
}

impl Refusal {
    fn bad(message: String, places: Vec<(String, String)>) -> Self {
        Refusal { code: 400, reason: "BadRequest", message, places }
    }
}

/// The objects of a document, each with its path inside it: the document itself (``), or the items of a List
/// (`items[3]`), of Lists in Lists too.
pub fn objects_of(root: &Node) -> Vec<(String, &Node)> {
    let mut found = Vec::new();
    collect(root, String::new(), &mut found);
    found
}

fn collect<'n>(node: &'n Node, path: String, found: &mut Vec<(String, &'n Node)>) {
    let is_list = node.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
    match node.get("items").map(|items| &items.kind) {
        Some(NodeKind::Seq(items)) if is_list => {
            for (at, item) in items.iter().enumerate() {
                let separator = if path.is_empty() { "" } else { "." };
                collect(item, format!("{path}{separator}items[{at}]"), found);
            }
        }
        _ => found.push((path, node)),
    }
}

/// Decodes the object at `node`.
///
/// `sent_as` is the kind of the URL that it is sent to, where the caller knows it; otherwise it is the kind that the
/// object names, or nearly names. `duplicates` are those of its document.
pub fn decode(node: &Node, sent_as: Option<&str>, duplicates: &[Duplicate]) -> Result<Decoded, Refusal> {
    let NodeKind::Map(_) = &node.kind else {
        let error = format!(
            "json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
            type_word(node)
        );
        return Err(no_kind(node, sent_as, "", error));
    };
    let text = |name: &'static str| text_field(node, name).map_err(|error| no_kind(node, sent_as, name, error));
    let api_version = text("apiVersion")?;
    let kind = text("kind")?;
    if api_version.matches('/').count() > 1 {
        let error = format!("unexpected GroupVersion string: {api_version}");
        return Err(unrecognized(node, sent_as, "apiVersion", &error));
    }
    let mut defaulted = Vec::new();
    let sent =
        sent_as.and_then(|name| schema::KINDS.iter().find(|known| known.kind == name)).or_else(|| nearest(&kind));
    let kind = match (kind.is_empty(), sent) {
        (true, Some(sent)) => {
            defaulted.push("kind");
            sent.kind.to_string()
        }
        (true, None) => {
            let message = "Object 'Kind' is missing".to_string();
            return Err(Refusal::bad(message.clone(), vec![(String::new(), message)]));
        }
        (false, _) => kind,
    };
    let api_version = match (api_version.is_empty(), sent) {
        (true, Some(sent)) => {
            defaulted.push("apiVersion");
            sent.api_version.to_string()
        }
        (true, None) => {
            let message = "Object 'apiVersion' is missing".to_string();
            return Err(Refusal::bad(message.clone(), vec![(String::new(), message)]));
        }
        (false, _) => api_version,
    };
    let Some(known) = schema::kind_of(&api_version, &kind) else {
        return unknown_kind(node, api_version, kind, sent, sent_as.is_some());
    };
    let mut decoder = Decoder::default();
    let decoded = decoder.structure(node, known.table);
    let version = api_version.rsplit('/').next().unwrap_or("");
    let as_kind = sent_as.unwrap_or(known.kind);
    let refuse = |error: &str, places| {
        Refusal::bad(format!("{kind} in version {} cannot be handled as a {as_kind}: {error}", quote(version)), places)
    };
    let mut value = match decoded {
        Err(Fatal(message)) => {
            let place = (decoder.path.clone(), message.clone());
            return Err(refuse(&message, vec![place]));
        }
        Ok(value) => value,
    };
    if let Some((_, message)) = decoder.wrong.first() {
        return Err(refuse(message, decoder.wrong.clone()));
    }
    if as_kind != known.kind {
        let error = misdirected(&api_version, &kind, as_kind);
        return Err(refuse(&error, vec![("kind".to_string(), error.clone())]));
    }
    let (mut messages, mut places) = repeated(node, duplicates);
    messages.extend(decoder.strict.iter().map(|(_, message)| message.clone()));
    places.append(&mut decoder.strict);
    if !messages.is_empty() {
        return Err(refuse(&format!("strict decoding error: {}", messages.join(", ")), places));
    }
    for (name, text) in [("apiVersion", &api_version), ("kind", &kind)] {
        if value.get(name).is_none()
            && let Value::Object(members) = &mut value
        {
            members.insert(0, (name.to_string(), Value::Str(text.clone())));
        }
    }
    Ok(Decoded { api_version, kind, known: Some(known), value, defaulted, not_modelled: decoder.not_modelled })
}

/// The strict reader's complaint about duplicate keys inside `node`, as one error.
fn repeated(node: &Node, duplicates: &[Duplicate]) -> (Vec<String>, Vec<(String, String)>) {
    let inside = |d: &&Duplicate| node.span.start <= d.key_span.start && d.key_span.end <= node.span.end;
    let lines: Vec<String> = duplicates
        .iter()
        .filter(inside)
        .map(|d| format!("line {}: key {} already set in map", d.line, quote(&d.key)))
        .collect();
    if lines.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let message = format!("yaml: unmarshal errors:\n  {}", lines.join("\n  "));
    let places =
        duplicates.iter().filter(inside).zip(lines).map(|(d, line)| (node.path_at(d.key_span.start).0, line)).collect();
    (vec![message], places)
}

/// A node as a plain value: nothing is left out, of duplicate keys the last one counts.
pub fn to_value(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(truth) => Value::Bool(*truth),
        NodeKind::Int(number) => Value::Int(*number),
        NodeKind::Float(number) => Value::Float(*number),
        NodeKind::Str(text) => Value::Str(text.clone()),
        NodeKind::Seq(items) => Value::Array(items.iter().map(to_value).collect()),
        NodeKind::Map(entries) => {
            let mut order: Vec<(usize, &Entry)> = last_of_each(entries);
            sort::by_key(&mut order, |(at, _)| *at);
            Value::Object(order.into_iter().map(|(_, entry)| (entry.key.clone(), to_value(&entry.value))).collect())
        }
    }
}

/// The entries by name, of duplicates the last.
fn last_of_each(entries: &[Entry]) -> Vec<(usize, &Entry)> {
    let mut sorted: Vec<(usize, &Entry)> = entries.iter().enumerate().collect();
    sort::by(&mut sorted, |(i, a), (j, b)| a.key.cmp(&b.key).then(j.cmp(i)));
    sorted.dedup_by(|later, earlier| later.1.key == earlier.1.key);
    sorted
}

/// What Go's JSON decoder calls a value that it did not expect.
fn type_word(node: &Node) -> &'static str {
    match &node.kind {
        NodeKind::Null => "null",
        NodeKind::Bool(_) => "bool",
        NodeKind::Int(_) | NodeKind::Float(_) => "number",
        NodeKind::Str(_) => "string",
        NodeKind::Seq(_) => "array",
        NodeKind::Map(_) => "object",
    }
}

/// An error of a type's own decoder: it ends the decoding, and hides what was wrong before.
struct Fatal(String);

#[derive(Default)]
struct Decoder {
    /// The path with indices and map keys, as strict errors have it.
    path: String,
    /// The fields alone, as type errors have them.
    fields: Vec<&'static str>,
    /// The struct whose field is read.
    within: &'static str,
    /// Type errors; the server tells the first.
    wrong: Vec<(String, String)>,
    /// Strict errors; the server tells all, up to a hundred.
    strict: Vec<(String, String)>,
    not_modelled: Vec<String>,
}

impl Decoder {
    /// A type error at the current field.
    fn mismatch(&self, found: &str, wanted: &str) -> String {
        if self.fields.is_empty() {
            return format!("json: cannot unmarshal {found} into Go value of type {wanted}");
        }
        let field = self.fields.join(".");
        format!("json: cannot unmarshal {found} into Go struct field {}.{field} of type {wanted}", self.within)
    }

    fn save(&mut self, found: &str, ty: &Type) {
        let message = self.mismatch(found, &ty.go_name());
        self.wrong.push((self.path.clone(), message));
    }

    fn structure(&mut self, node: &Node, table: &'static Struct) -> Result<Value, Fatal> {
        let NodeKind::Map(entries) = &node.kind else { return Ok(Value::Null) };
        let mut members: Vec<(usize, &'static str, Value)> = Vec::with_capacity(entries.len());
        let outer = self.within;
        let length = self.path.len();
        for (_, entry) in last_of_each(entries) {
            if length > 0 {
                self.path.push('.');
            }
            self.path.push_str(&entry.key);
            match table.fields.iter().enumerate().find(|(_, field)| field.name == entry.key) {
                Some((at, field)) => {
                    self.within = table.name;
                    self.fields.push(field.name);
                    let value = self.field(&entry.value, field)?;
                    self.fields.pop();
                    self.within = outer;
                    if let Some(value) = value {
                        members.push((at, field.name, value));
                    }
                }
                None => {
                    let message = format!("unknown field {}", quote(&self.path));
                    if self.strict.len() < 100 {
                        self.strict.push((self.path.clone(), message));
                    }
                }
            }
            self.path.truncate(length);
        }
        sort::by_key(&mut members, |(at, _, _)| *at);
        Ok(Value::Object(members.into_iter().map(|(_, name, value)| (name.to_string(), value)).collect()))
    }

    /// A field's value; nothing for null, and for a zero value that the server does not print.
    fn field(&mut self, node: &Node, field: &'static Field) -> Result<Option<Value>, Fatal> {
        let before = self.not_modelled.len();
        let value = self.value(node, &field.ty)?;
        if field.role != Role::Modelled {
            self.not_modelled.truncate(before);
        }
        let value = value.filter(|value| field.pointer || !is_zero(value));
        if field.role == Role::NotModelled && value.is_some() {
            self.not_modelled.push(self.path.clone());
        }
        Ok(value)
    }

    fn value(&mut self, node: &Node, ty: &Type) -> Result<Option<Value>, Fatal> {
        if matches!(node.kind, NodeKind::Null) {
            return Ok(match ty {
                Type::Any => Some(Value::Null),
                _ => None,
            });
        }
        let value = match (ty, &node.kind) {
            (Type::Any, _) | (Type::Opaque(_), NodeKind::Map(_)) => to_value(node),
            (Type::Str | Type::Enum(..), NodeKind::Str(text)) => Value::Str(text.clone()),
            (Type::Bool, NodeKind::Bool(truth)) => Value::Bool(*truth),
            (Type::Int32, NodeKind::Int(number)) if i32::try_from(*number).is_ok() => Value::Int(*number),
            (Type::Int64 | Type::Int, NodeKind::Int(number)) => Value::Int(*number),
            (Type::Float, NodeKind::Int(number)) => Value::Int(*number),
            (Type::Float, NodeKind::Float(number)) => Value::Float(*number),
            (Type::Int32 | Type::Int64 | Type::Int, NodeKind::Int(_) | NodeKind::Float(_)) => {
                self.save(&number_word(node), ty);
                return Ok(None);
            }
            (Type::IntOrString, _) => return self.int_or_string(node).map(Some),
            (Type::Quantity, _) => return self.quantity(node).map(Some),
            (Type::Time, _) => return self.text(node, gofmt::check_time).map(Some),
            (Type::Duration, _) => return self.text(node, gofmt::check_duration).map(Some),
            (Type::Struct(table), NodeKind::Map(_)) => self.structure(node, table)?,
            (Type::List(element), NodeKind::Seq(items)) => {
                let length = self.path.len();
                let mut values = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    self.path.push_str(&format!("[{at}]"));
                    let value = self.value(item, element)?;
                    values.push(value.unwrap_or_else(|| zero(element)));
                    self.path.truncate(length);
                }
                Value::Array(values)
            }
            (Type::Map(element), NodeKind::Map(entries)) => {
                let length = self.path.len();
                let mut members = Vec::with_capacity(entries.len());
                for (_, entry) in last_of_each(entries) {
                    if length > 0 {
                        self.path.push('.');
                    }
                    self.path.push_str(&entry.key);
                    let value = self.value(&entry.value, element)?;
                    members.push((entry.key.clone(), value.unwrap_or_else(|| zero(element))));
                    self.path.truncate(length);
                }
                Value::Object(members)
            }
            _ => {
                self.save(type_word(node), ty);
                return Ok(None);
            }
        };
        Ok(Some(value))
    }

    fn int_or_string(&mut self, node: &Node) -> Result<Value, Fatal> {
        match &node.kind {
            NodeKind::Str(text) => Ok(Value::Str(text.clone())),
            NodeKind::Int(number) if i32::try_from(*number).is_ok() => Ok(Value::Int(*number)),
            NodeKind::Int(_) | NodeKind::Float(_) => Err(Fatal(self.mismatch(&number_word(node), "int32"))),
            _ => Err(Fatal(self.mismatch(type_word(node), "int32"))),
        }
    }

    fn quantity(&mut self, node: &Node) -> Result<Value, Fatal> {
        let text = match &node.kind {
            NodeKind::Str(text) => text.clone(),
            NodeKind::Int(number) => number.to_string(),
            NodeKind::Float(number) => json_float(*number),
            _ => String::new(),
        };
        if gofmt::is_quantity(&text) {
            return Ok(Value::Str(text));
        }
        let pattern = "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        Err(Fatal(format!("quantities must match the regular expression {pattern}")))
    }

    fn text(&mut self, node: &Node, check: fn(&str) -> Result<(), String>) -> Result<Value, Fatal> {
        match &node.kind {
            NodeKind::Str(text) => check(text).map(|()| Value::Str(text.clone())).map_err(Fatal),
            _ => Err(Fatal(self.mismatch(type_word(node), "string"))),
        }
    }
}

fn number_word(node: &Node) -> String {
    match &node.kind {
        NodeKind::Int(number) => format!("number {number}"),
        NodeKind::Float(number) => format!("number {}", json_float(*number)),
        _ => type_word(node).to_string(),
    }
}

/// What Go leaves in an element that was null.
fn zero(ty: &Type) -> Value {
    match ty {
        Type::Str | Type::Enum(..) | Type::Time | Type::Duration => Value::Str(String::new()),
        Type::Bool => Value::Bool(false),
        Type::Int32 | Type::Int64 | Type::Int | Type::IntOrString | Type::Float => Value::Int(0),
        Type::Quantity => Value::from("0"),
        Type::Struct(_) | Type::Opaque(_) => Value::Object(Vec::new()),
        Type::List(_) | Type::Map(_) | Type::Any => Value::Null,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::Str(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
