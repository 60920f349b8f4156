//! Strategic merge patch: apimachinery's `pkg/util/strategicpatch/patch.go`.

use super::rules::{ListRule, strategic_rule};
use crate::objects::Value;
use crate::sort;

/// An item of a keyed list that lacks its key, in Go's words.
type Keyless = String;

/// Applies a strategic merge patch. The error is the bare one of Go, for a 500.
pub(crate) fn strategic(target: &Value, patch: &Value) -> Result<Value, Keyless> {
    object("", target, patch)
}

fn object(name: &str, target: &Value, patch: &Value) -> Result<Value, Keyless> {
    let Value::Object(changes) = patch else { return Ok(patch.clone()) };
    match patch.get("$patch").and_then(Value::as_str) {
        Some("replace") => {
            let rest = changes.iter().filter(|(key, _)| !key.starts_with('$'));
            return Ok(Value::object(rest.map(|(key, value)| (key.clone(), value.clone()))));
        }
        Some("delete") => return Ok(Value::Null),
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
            (Value::Object(_), _) => object(key, &current, change)?,
            (Value::Array(items), ListRule::Keys(&[by, ..])) => keyed(key, &current, items, by)?,
            (Value::Array(items), ListRule::Set) => Value::Array(scalars(current.items(), items)),
            _ => change.clone(),
        };
        if merged.is_null() {
            result.remove(key);
        } else {
            result.set(key, merged);
        }
    }
    for (key, order) in changes {
        let Some(field) = key.strip_prefix("$setElementOrder/") else { continue };
        let before = target.get(field).map(Value::items).unwrap_or_default();
        if let Some(Value::Array(items)) = result.get_mut(field) {
            *items = match strategic_rule(name, field) {
                ListRule::Keys(&[by, ..]) => in_order(items, order.items(), before, |item| item.get(by)),
                _ => in_order(items, order.items(), before, Some),
            };
        }
    }
    Ok(result)
}

/// Merges a list of objects by one key (`mergeSlice`).
fn keyed(name: &str, current: &Value, changes: &[Value], by: &str) -> Result<Value, Keyless> {
    let mut original = current.items().to_vec();
    let mut plain: Vec<&Value> = Vec::new();
    let mut replace = false;
    for change in changes {
        let key = change.get(by);
        match change.get("$patch").and_then(Value::as_str) {
            Some("replace") => replace = true,
            // Every item of that key goes, not only the first.
            Some("delete") => original.retain(|item| key.is_none() || item.get(by) != key),
            _ => plain.push(change),
        }
    }
    // Where there is no list yet, the patch's is taken as it is.
    if let (false, Some(lost)) = (current.is_null(), plain.iter().find(|change| change.get(by).is_none())) {
        return Err(format!("map: {} does not contain declared merge key: {by}", go_map(lost)));
    }
    if replace {
        original.clear();
    }
    let mut merged = original.clone();
    for change in &plain {
        match merged.iter_mut().find(|item| change.get(by).is_some() && item.get(by) == change.get(by)) {
            Some(item) => *item = object(name, item, change)?,
            None => merged.push(object(name, &Value::Null, change)?),
        }
    }
    merged.retain(|item| !item.is_null());
    let plain: Vec<Value> = plain.into_iter().cloned().collect();
    Ok(Value::Array(in_order(&merged, &plain, &original, |item| item.get(by))))
}

/// Merges a set of plain values.
fn scalars(current: &[Value], changes: &[Value]) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for item in current.iter().chain(changes) {
        if !merged.contains(item) {
            merged.push(item.clone());
        }
    }
    in_order(&merged, changes, current, Some)
}

/// Puts the items that `patch` names in its order, and those that only the server has among them: each before the first
/// that stood after it in `server` (`normalizeElementOrder`). An item that the server did not have comes before them.
fn in_order<'v>(
    items: &'v [Value],
    patch: &'v [Value],
    server: &'v [Value],
    key: impl Fn(&'v Value) -> Option<&'v Value> + Copy,
) -> Vec<Value> {
    let index = |list: &'v [Value], item: &'v Value| {
        list.iter().position(|other| key(other).is_some() && key(other) == key(item))
    };
    let (mut named, mut others): (Vec<&Value>, Vec<&Value>) =
        items.iter().partition(|item| index(patch, item).is_some());
    sort::by_key(&mut named, |item| index(patch, item));
    sort::by_key(&mut others, |item| index(server, item));
    let mut ordered = Vec::with_capacity(items.len());
    let mut others = others.into_iter().peekable();
    for item in named {
        while let Some(other) =
            others.next_if(|other| matches!((index(server, other), index(server, item)), (Some(a), Some(b)) if a < b))
        {
            ordered.push(other.clone());
        }
        ordered.push(item.clone());
    }
    ordered.extend(others.cloned());
    ordered
}

/// A value as Go's `%v` prints it.
fn go_map(value: &Value) -> String {
    let list = |items: Vec<String>| items.join(" ");
    match value {
        Value::Object(members) => {
            let mut members: Vec<&(String, Value)> = members.iter().collect();
            sort::by(&mut members, |a, b| a.0.cmp(&b.0));
            format!("map[{}]", list(members.into_iter().map(|(key, item)| format!("{key}:{}", go_map(item))).collect()))
        }
        Value::Array(items) => format!("[{}]", list(items.iter().map(go_map).collect())),
        Value::Str(text) => text.clone(),
        Value::Null => "<nil>".to_string(),
        other => other.to_json(),
    }
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

    fn numbers(value: Result<Value, String>) -> Vec<i64> {
        let value = value.unwrap();
        value.at("spec.ports").unwrap().items().iter().map(|p| p.get("port").unwrap().as_int().unwrap()).collect()
    }

    #[test]
    fn a_new_port_comes_first() {
        assert_eq!(numbers(strategic(&spec(vec![port(80), port(90)]), &spec(vec![port(81)]))), [81, 80, 90]);
        let patch = spec(vec![port(90), port(81)]);
        assert_eq!(numbers(strategic(&spec(vec![port(80), port(90)]), &patch)), [80, 90, 81]);
    }

    #[test]
    fn an_order_of_elements_is_obeyed() {
        let mut patch = spec(vec![port(81)]);
        let order = Value::Array(vec![port(90), port(81), port(80)]);
        patch.get_mut("spec").unwrap().set("$setElementOrder/ports", order);
        assert_eq!(numbers(strategic(&spec(vec![port(80), port(70), port(90)]), &patch)), [70, 90, 81, 80]);
    }

    #[test]
    fn a_deletion_takes_every_port_of_that_number() {
        let delete = Value::object([("port", Value::Int(53)), ("$patch", Value::from("delete"))]);
        assert_eq!(numbers(strategic(&spec(vec![port(53), port(80), port(53)]), &spec(vec![delete]))), [80]);
        let replace = Value::object([("$patch", Value::from("replace"))]);
        assert_eq!(numbers(strategic(&spec(vec![port(53), port(80)]), &spec(vec![port(81), replace]))), [81]);
    }

    #[test]
    fn an_item_without_its_key_is_an_error() {
        let patch = spec(vec![Value::object([("targetPort", Value::Int(8080)), ("name", Value::from("a"))])]);
        assert_eq!(
            strategic(&spec(vec![port(80)]), &patch).unwrap_err(),
            "map: map[name:a targetPort:8080] does not contain declared merge key: port"
        );
    }

    #[test]
    fn new_values_of_a_set_come_first() {
        let list = |words: &[&str]| Value::Array(words.iter().map(|word| Value::from(*word)).collect());
        let meta = |words: &[&str]| Value::object([("metadata", Value::object([("finalizers", list(words))]))]);
        let merged = strategic(&meta(&["a/a", "b/b"]), &meta(&["c/c", "b/b"])).unwrap();
        assert_eq!(merged.at("metadata.finalizers"), Some(&list(&["c/c", "a/a", "b/b"])));
    }
}
