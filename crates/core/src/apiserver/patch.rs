//! How a change that names only some fields meets the stored object: merge patch (RFC 7386), strategic merge patch and
//! server-side apply.

mod apply;
mod rules;
mod strategic;
mod typed;

pub(crate) use apply::{apply, owned, still_owned};
pub(super) use rules::{ListRule, same, same_item, strategic_rule};
pub(crate) use strategic::strategic;
pub(crate) use typed::check as check_applied;

use super::answer::Status;
use super::field::{ErrorList, Path, go_json, invalid, invalid_status};
use crate::diagnostic::Span;
use crate::objects::{Value, decode};
use crate::yaml::{Entry, Node, NodeKind};

/// Reads a patched object as the server does: strictly, and with the whole object in the refusal
/// (apiserver's `pkg/endpoints/handlers/patch.go`). The fields come in the order of the API.
pub(crate) fn reread(patched: &Value, kind: &str) -> Result<Value, Status> {
    decode(&to_node(patched), Some(kind), &[]).map(|decoded| decoded.value).map_err(|refusal| {
        let problem =
            refusal.message.split_once(" cannot be handled as a ").and_then(|(_, rest)| rest.split_once(": "));
        let problem = problem.map_or(refusal.message.as_str(), |(_, problem)| problem);
        let errors: ErrorList = vec![invalid(&Path::new("patch"), &go_json(patched), problem)];
        invalid_status("", "", &errors)
    })
}

fn to_node(value: &Value) -> Node {
    let kind = match value {
        Value::Null => NodeKind::Null,
        Value::Bool(truth) => NodeKind::Bool(*truth),
        Value::Int(number) => NodeKind::Int(*number),
        Value::Float(number) => NodeKind::Float(*number),
        Value::Str(text) => NodeKind::Str(text.clone()),
        Value::Array(items) => NodeKind::Seq(items.iter().map(to_node).collect()),
        Value::Object(members) => {
            let entry = |(key, value): &(String, Value)| Entry {
                key: key.clone(),
                key_span: Span::default(),
                value: to_node(value),
            };
            NodeKind::Map(members.iter().map(entry).collect())
        }
    };
    Node { kind, span: Span::default() }
}

/// RFC 7386: objects merge, null deletes, anything else replaces.
pub(crate) fn merge(target: &Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    let mut result = match target {
        Value::Object(members) => Value::Object(members.clone()),
        _ => Value::Object(Vec::new()),
    };
    for (key, change) in changes {
        if change.is_null() {
            result.remove(key);
        } else {
            let merged = merge(result.get(key).unwrap_or(&Value::Null), change);
            result.set(key, merged);
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_in_a_merge_patch_deletes() {
        let target = Value::object([("a", Value::Int(1)), ("b", Value::Int(2))]);
        let patch = Value::object([("a", Value::Null), ("c", Value::object([("d", Value::Null)]))]);
        let result = merge(&target, &patch);
        assert!(result.get("a").is_none());
        assert_eq!(result.get("c"), Some(&Value::Object(Vec::new())));
    }
}
