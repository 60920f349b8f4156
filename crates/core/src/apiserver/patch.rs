//! How a change that names only some fields meets the stored object: merge patch (RFC 7386), strategic merge patch
//! (apimachinery's `pkg/util/strategicpatch`) and server-side apply (structured-merge-diff).
//!
//! Server-side apply is modelled for one applier that forces: conflicts between managers are not.

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

/// How items of a list find each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ListRule {
    /// The list is one value.
    Atomic,
    /// A set of plain values.
    Set,
    /// Objects, by these fields.
    Keys(&'static [&'static str]),
}

/// `patchStrategy` and `patchMergeKey` of the API's types. `parent` is the field that holds the list's owner.
pub(super) fn strategic_rule(parent: &str, field: &str) -> ListRule {
    match (parent, field) {
        ("spec", "ports") => ListRule::Keys(&["port"]),
        (_, "ports") => ListRule::Keys(&["containerPort"]),
        ("metadata", "ownerReferences") => ListRule::Keys(&["uid"]),
        ("metadata", "finalizers") => ListRule::Set,
        (_, "conditions") => ListRule::Keys(&["type"]),
        (_, "containers" | "initContainers" | "ephemeralContainers" | "volumes" | "env") => ListRule::Keys(&["name"]),
        ("spec", "podCIDRs") => ListRule::Set,
        ("spec", "hostAliases") => ListRule::Keys(&["ip"]),
        ("status", "addresses") => ListRule::Keys(&["type"]),
        ("status", "podIPs" | "hostIPs") => ListRule::Keys(&["ip"]),
        _ => ListRule::Atomic,
    }
}

/// `listType` and `listMapKey` of the API's types.
fn apply_rule(parent: &str, field: &str) -> ListRule {
    match (parent, field) {
        ("spec", "ports") => ListRule::Keys(&["port", "protocol"]),
        ("containers" | "initContainers", "ports") => ListRule::Keys(&["containerPort", "protocol"]),
        ("spec", "podCIDRs") => ListRule::Set,
        _ => strategic_rule(parent, field),
    }
}

fn key_of<'a>(item: &'a Value, keys: &[&str]) -> Vec<Option<&'a Value>> {
    keys.iter().map(|key| item.get(key)).collect()
}

/// Whether two items of a list are the same one. A missing protocol is TCP, the default that the schema names.
pub(super) fn same(a: &Value, b: &Value, keys: &[&str]) -> bool {
    let tcp = Value::from("TCP");
    let (left, right) = (key_of(a, keys), key_of(b, keys));
    let with_default = |value: Option<&Value>, key: &str| match value {
        None if key == "protocol" => Some(tcp.clone()),
        other => other.cloned(),
    };
    keys.iter().zip(left).zip(right).all(|((key, a), b)| with_default(a, key) == with_default(b, key))
}

/// A strategic merge patch.
pub(crate) fn strategic(target: &Value, patch: &Value) -> Value {
    strategic_object("", target, patch)
}

fn strategic_object(name: &str, target: &Value, patch: &Value) -> Value {
    let Value::Object(changes) = patch else { return patch.clone() };
    match patch.get("$patch").and_then(Value::as_str) {
        Some("replace") => {
            let rest = changes.iter().filter(|(key, _)| !key.starts_with('$'));
            return Value::object(rest.map(|(key, value)| (key.clone(), value.clone())));
        }
        Some("delete") => return Value::Null,
        _ => {}
    }
    let mut result = match target {
        Value::Object(members) => Value::Object(members.clone()),
        _ => Value::Object(Vec::new()),
    };
    if let Some(kept) = patch.get("$retainKeys")
        && let Value::Object(members) = &mut result
    {
        members.retain(|(key, _)| kept.items().iter().any(|item| item.as_str() == Some(key)));
    }
    for (key, change) in changes {
        if let Some(field) = key.strip_prefix("$deleteFromPrimitiveList/") {
            if let Some(Value::Array(items)) = result.get_mut(field) {
                items.retain(|item| !change.items().contains(item));
            }
            continue;
        }
        if key.starts_with('$') {
            continue;
        }
        if change.is_null() {
            result.remove(key);
            continue;
        }
        let current = result.get(key).cloned().unwrap_or(Value::Null);
        let merged = match (change, strategic_rule(name, key)) {
            (Value::Object(_), _) => strategic_object(key, &current, change),
            (Value::Array(items), ListRule::Keys(keys)) => strategic_list(key, current.items(), items, keys),
            (Value::Array(items), ListRule::Set) => {
                let mut all = current.items().to_vec();
                all.extend(items.iter().filter(|item| !current.items().contains(item)).cloned());
                Value::Array(all)
            }
            _ => change.clone(),
        };
        match merged {
            Value::Null => {
                result.remove(key);
            }
            merged => result.set(key, merged),
        }
    }
    result
}

/// Merges a list by its keys. The patch's items come in the patch's order; items that only the server has stand before
/// the first patched item that the server has after them, and at the end where there is none.
fn strategic_list(name: &str, current: &[Value], changes: &[Value], keys: &[&str]) -> Value {
    let replace = changes.iter().any(|item| item.get("$patch").and_then(Value::as_str) == Some("replace"));
    let current = if replace { &[][..] } else { current };
    let mut gone: Vec<usize> = Vec::new();
    let mut patched: Vec<(Option<usize>, Value)> = Vec::new();
    for change in changes {
        let at = current.iter().position(|item| same(item, change, keys));
        match change.get("$patch").and_then(Value::as_str) {
            Some("delete") => gone.extend(at),
            Some("replace") if change.members().len() == 1 => {}
            _ => {
                let before = at.and_then(|at| current.get(at)).unwrap_or(&Value::Null);
                patched.push((at, strategic_object(name, before, change)));
            }
        }
    }
    let touched = |i: &usize| gone.contains(i) || patched.iter().any(|(at, _)| at.as_ref() == Some(i));
    let left: Vec<usize> = (0..current.len()).filter(|i| !touched(i)).collect();
    let mut merged: Vec<Value> = Vec::new();
    let mut left = left.into_iter().peekable();
    for (at, item) in patched {
        while let (Some(next), Some(at)) = (left.peek().copied(), at) {
            if next >= at {
                break;
            }
            merged.extend(current.get(next).cloned());
            left.next();
        }
        merged.push(item);
    }
    merged.extend(left.filter_map(|i| current.get(i).cloned()));
    Value::Array(merged)
}

/// Server-side apply: `applied` onto `live`; what `before`, the same applier's last word, had and `applied` has not is
/// taken away.
pub(crate) fn apply(live: &Value, applied: &Value, before: Option<&Value>) -> Value {
    apply_object("", live, applied, before)
}

fn apply_object(name: &str, live: &Value, applied: &Value, before: Option<&Value>) -> Value {
    let Value::Object(fields) = applied else { return applied.clone() };
    // A selector is one value: pairs are not merged.
    if name == "selector" {
        return applied.clone();
    }
    let mut result = match live {
        Value::Object(members) => Value::Object(members.clone()),
        _ => Value::Object(Vec::new()),
    };
    for (key, old) in before.map(Value::members).unwrap_or_default() {
        if applied.get(key).is_none() && !matches!(old, Value::Object(_)) {
            result.remove(key);
        }
    }
    for (key, field) in fields {
        let current = result.get(key).cloned().unwrap_or(Value::Null);
        let old = before.and_then(|before| before.get(key));
        let merged = match (field, apply_rule(name, key)) {
            (Value::Object(_), _) => apply_object(key, &current, field, old),
            (Value::Array(items), ListRule::Keys(keys)) => apply_list(key, current.items(), items, old, keys),
            (Value::Array(items), ListRule::Set) => {
                let dropped = old.map(Value::items).unwrap_or_default();
                let kept = current.items().iter().filter(|item| items.contains(item) || !dropped.contains(item));
                let mut all: Vec<Value> = kept.cloned().collect();
                all.extend(items.iter().filter(|item| !current.items().contains(item)).cloned());
                Value::Array(all)
            }
            _ => field.clone(),
        };
        if merged.is_null() {
            result.remove(key);
        } else {
            result.set(key, merged);
        }
    }
    result
}

fn apply_list(name: &str, live: &[Value], applied: &[Value], before: Option<&Value>, keys: &[&str]) -> Value {
    let before = before.map(Value::items).unwrap_or_default();
    let mut merged: Vec<Value> = Vec::new();
    for item in live {
        let old = before.iter().find(|old| same(old, item, keys));
        match applied.iter().find(|new| same(new, item, keys)) {
            Some(new) => merged.push(apply_object(name, item, new, old)),
            None if old.is_none() => merged.push(item.clone()),
            None => {}
        }
    }
    let fresh = applied.iter().filter(|new| !live.iter().any(|item| same(new, item, keys)));
    merged.extend(fresh.cloned());
    Value::Array(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(number: i64) -> Value {
        Value::object([("port", Value::Int(number))])
    }

    fn spec(ports: Vec<Value>) -> Value {
        Value::object([("spec", Value::object([("ports", Value::Array(ports))]))])
    }

    fn numbers(value: &Value) -> Vec<i64> {
        value.at("spec.ports").unwrap().items().iter().map(|p| p.get("port").unwrap().as_int().unwrap()).collect()
    }

    #[test]
    fn null_in_a_merge_patch_deletes() {
        let target = Value::object([("a", Value::Int(1)), ("b", Value::Int(2))]);
        let patch = Value::object([("a", Value::Null), ("c", Value::object([("d", Value::Null)]))]);
        let result = merge(&target, &patch);
        assert!(result.get("a").is_none());
        assert_eq!(result.get("c"), Some(&Value::Object(Vec::new())));
    }

    #[test]
    fn a_new_port_of_a_strategic_patch_comes_first() {
        let merged = strategic(&spec(vec![port(80), port(90)]), &spec(vec![port(81)]));
        assert_eq!(numbers(&merged), [81, 80, 90]);
        let merged = strategic(&spec(vec![port(80), port(90)]), &spec(vec![port(90), port(81)]));
        assert_eq!(numbers(&merged), [80, 90, 81]);
    }

    #[test]
    fn a_strategic_patch_can_delete_a_port() {
        let delete = Value::object([("port", Value::Int(80)), ("$patch", Value::from("delete"))]);
        assert_eq!(numbers(&strategic(&spec(vec![port(80), port(90)]), &spec(vec![delete]))), [90]);
    }

    #[test]
    fn apply_adds_ports_and_takes_back_its_own() {
        let live = spec(vec![port(80), port(81)]);
        assert_eq!(numbers(&apply(&live, &spec(vec![port(82)]), None)), [80, 81, 82]);
        assert_eq!(numbers(&apply(&live, &spec(vec![port(82)]), Some(&spec(vec![port(81)])))), [80, 82]);
    }
}
