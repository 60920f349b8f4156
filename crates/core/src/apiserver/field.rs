//! Field paths and field errors, in the words of apimachinery's `pkg/util/validation/field`.

use std::fmt::Write as _;

use super::answer::{Status, StatusCause};
use crate::collections::Set;
use crate::objects::Value;

/// The path of a field: `spec.ports[0].port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path(String);

impl Path {
    pub(crate) fn new(root: &str) -> Self {
        Path(root.to_string())
    }

    /// The field `name` of this one; `a.b` stands for two steps.
    pub(crate) fn child(&self, name: &str) -> Self {
        Path(format!("{}.{name}", self.0))
    }

    pub(crate) fn index(&self, index: usize) -> Self {
        Path(format!("{}[{index}]", self.0))
    }

    /// An entry of a map.
    pub(crate) fn key(&self, key: &str) -> Self {
        Path(format!("{}[{key}]", self.0))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// One broken rule: upstream's `field.Error`, with the body already printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    reason: &'static str,
    field: String,
    body: String,
}

/// Broken rules, in the order in which upstream checks them.
pub(crate) type ErrorList = Vec<FieldError>;

/// The value that an error shows.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bad {
    /// A Go string: quoted as `%q` does.
    Text(String),
    /// A number.
    Int(i64),
    /// Anything else: as JSON.
    Json(Value),
    /// A nil pointer, which upstream prints as the quoted word.
    Nil,
}

impl From<&str> for Bad {
    fn from(text: &str) -> Self {
        Bad::Text(text.to_string())
    }
}

impl From<&String> for Bad {
    fn from(text: &String) -> Self {
        Bad::Text(text.clone())
    }
}

impl From<i64> for Bad {
    fn from(number: i64) -> Self {
        Bad::Int(number)
    }
}

impl From<&[String]> for Bad {
    /// A list of strings; an empty one prints as Go's nil slice does.
    fn from(items: &[String]) -> Self {
        if items.is_empty() {
            return Bad::Json(Value::Null);
        }
        Bad::Json(Value::Array(items.iter().map(|item| Value::from(item.as_str())).collect()))
    }
}

impl From<Option<&str>> for Bad {
    /// A pointer to a string.
    fn from(text: Option<&str>) -> Self {
        text.map_or(Bad::Nil, Bad::from)
    }
}

impl From<&Value> for Bad {
    fn from(value: &Value) -> Self {
        match value {
            Value::Str(text) => Bad::Text(text.clone()),
            Value::Int(number) => Bad::Int(*number),
            other => Bad::Json(other.clone()),
        }
    }
}

impl Bad {
    /// A typed string of Go's API, such as a policy: printed as JSON.
    pub(crate) fn typed(text: &str) -> Self {
        Bad::Json(Value::from(text))
    }

    fn print(&self) -> String {
        match self {
            Bad::Text(text) => go_quote(text),
            Bad::Int(number) => number.to_string(),
            Bad::Json(value) => go_json(value),
            Bad::Nil => "\"null\"".to_string(),
        }
    }
}

fn make(reason: &'static str, path: &Path, mut body: String, detail: &str) -> FieldError {
    if !detail.is_empty() {
        body.push_str(": ");
        body.push_str(detail);
    }
    FieldError { reason, field: path.0.clone(), body }
}

/// A value that is missing.
pub(crate) fn required(path: &Path, detail: &str) -> FieldError {
    make("FieldValueRequired", path, "Required value".to_string(), detail)
}

/// A malformed value.
pub(crate) fn invalid(path: &Path, value: impl Into<Bad>, detail: &str) -> FieldError {
    make("FieldValueInvalid", path, format!("Invalid value: {}", value.into().print()), detail)
}

/// A value that is not among `supported`, which print in the order given.
pub(crate) fn not_supported(path: &Path, value: impl Into<Bad>, supported: &[&str]) -> FieldError {
    let mut detail = String::new();
    for (i, word) in supported.iter().enumerate() {
        detail.push_str(if i == 0 { "supported values: " } else { ", " });
        detail.push_str(&go_quote(word));
    }
    make("FieldValueNotSupported", path, format!("Unsupported value: {}", value.into().print()), &detail)
}

/// A value that must be unique and is not.
pub(crate) fn duplicate(path: &Path, value: impl Into<Bad>) -> FieldError {
    make("FieldValueDuplicate", path, format!("Duplicate value: {}", value.into().print()), "")
}

/// A value that is not permitted here.
pub(crate) fn forbidden(path: &Path, detail: &str) -> FieldError {
    make("FieldValueForbidden", path, "Forbidden".to_string(), detail)
}

/// More bytes than `most`.
pub(crate) fn too_long(path: &Path, most: usize) -> FieldError {
    make("FieldValueTooLong", path, "Too long".to_string(), &format!("may not be more than {most} bytes"))
}

/// More items than `most`.
pub(crate) fn too_many(path: &Path, count: usize, most: usize) -> FieldError {
    make("FieldValueTooMany", path, format!("Too many: {count}"), &format!("must have at most {most} items"))
}

/// One error for each message about the same value.
pub(crate) fn invalid_each(path: &Path, value: &str, messages: Vec<String>) -> ErrorList {
    messages.iter().map(|message| invalid(path, value, message)).collect()
}

/// The answer 422: upstream's `errors.NewInvalid`. `kind` carries its group: `Deployment.apps`.
pub(crate) fn invalid_status(kind: &str, name: &str, errors: &ErrorList) -> Status {
    let mut parts: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.field, error.body)).collect();
    // Upstream's aggregate drops equal messages, but not their causes.
    let mut seen = Set::new();
    parts.retain(|part| seen.insert(part.clone()));
    let joined = match parts.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Status {
        code: 422,
        reason: "Invalid".to_string(),
        message: format!("{kind} {} is invalid: {joined}", go_quote(name)),
        causes: errors
            .iter()
            .map(|error| StatusCause {
                reason: error.reason.to_string(),
                field: error.field.clone(),
                message: error.body.clone(),
            })
            .collect(),
    }
}

/// Go's `strconv.Quote`.
pub(crate) fn go_quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            c if u32::from(c) < 0x20 || c == '\u{7f}' => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            // Go prints no control characters and no space but U+0020.
            c if c.is_control()
                || (c.is_whitespace() && c != ' ')
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}') =>
            {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// JSON as Go's encoder prints it: no spaces, `<`, `>` and `&` escaped.
pub(crate) fn go_json(value: &Value) -> String {
    let mut out = String::new();
    write_json(&mut out, value);
    out
}

fn write_json(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Float(number) => {
            let _ = write!(out, "{number}");
        }
        Value::Str(text) => write_json_text(out, text),
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (i, (key, member)) in members.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write_json_text(out, key);
                out.push(':');
                write_json(out, member);
            }
            out.push('}');
        }
    }
}

fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 || matches!(c, '<' | '>' | '&' | '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_print_as_the_server_prints_them() {
        let path = Path::new("spec").child("clusterIPs").index(0);
        assert_eq!(invalid(&path, "a\"b", "no").body, "Invalid value: \"a\\\"b\": no");
        assert_eq!(invalid(&path, -1, "no").body, "Invalid value: -1: no");
        let list = ["10.0.0.1".to_string(), "x".to_string()];
        assert_eq!(invalid(&path, &list[..], "no").body, "Invalid value: [\"10.0.0.1\",\"x\"]: no");
        assert_eq!(too_many(&path, 101, 100).body, "Too many: 101: must have at most 100 items");
        assert_eq!(path.as_str(), "spec.clusterIPs[0]");
    }

    #[test]
    fn one_error_stands_alone_and_several_in_brackets_without_repeats() {
        let path = Path::new("a");
        let one = vec![required(&path, "")];
        assert_eq!(invalid_status("Service", "x", &one).message, "Service \"x\" is invalid: a: Required value");
        let three = vec![required(&path, ""), forbidden(&path, "no"), required(&path, "")];
        let status = invalid_status("Service", "x", &three);
        assert_eq!(status.message, "Service \"x\" is invalid: [a: Required value, a: Forbidden: no]");
        assert_eq!(status.causes.len(), 3);
    }
}
