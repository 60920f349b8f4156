//! Server-side apply: structured-merge-diff's `merge/update.go`, as far as one applier that forces goes.
//!
//! The applier owns the fields of its last configuration that it has set: not those that somebody else had set to the
//! same value before, nor those that somebody has changed since. What it owns and no longer names is taken away.

use super::rules::{ListRule, apply_rule, is_atomic_map, same};
use crate::objects::Value;

/// `applied` onto `live`; what of `before`, which the applier owns, `applied` has not is taken away.
pub(crate) fn apply(live: &Value, applied: &Value, before: Option<&Value>) -> Value {
    object("", live, applied, before)
}

fn object(name: &str, live: &Value, applied: &Value, before: Option<&Value>) -> Value {
    let Value::Object(fields) = applied else { return applied.clone() };
    if is_atomic_map(name) {
        return applied.clone();
    }
    let mut result = match live {
        Value::Object(members) => Value::Object(members.clone()),
        _ => Value::Object(Vec::new()),
    };
    let dropped = before.map(Value::members).unwrap_or_default().iter().filter(|(key, _)| applied.get(key).is_none());
    for (key, old) in dropped {
        let current = result.get(key).cloned().unwrap_or_default();
        let left = match (old, apply_rule(name, key)) {
            (Value::Object(_), _) if !is_atomic_map(key) && !current.is_null() => {
                object(key, &current, &Value::Object(Vec::new()), Some(old))
            }
            (Value::Array(_), ListRule::Keys(keys)) => keyed(key, current.items(), &[], old.items(), keys),
            (Value::Array(_), ListRule::Set) => set(current.items(), &[], old.items()),
            _ => Value::Null,
        };
        let empty = left.items().is_empty() && left.members().is_empty();
        if empty {
            result.remove(key);
        } else {
            result.set(key, left);
        }
    }
    for (key, field) in fields {
        let current = result.get(key).cloned().unwrap_or(Value::Null);
        let old = before.and_then(|before| before.get(key));
        let items = old.map(Value::items).unwrap_or_default();
        let merged = match (field, apply_rule(name, key)) {
            (Value::Object(_), _) => object(key, &current, field, old),
            (Value::Array(new), ListRule::Keys(keys)) => keyed(key, current.items(), new, items, keys),
            (Value::Array(new), ListRule::Set) => set(current.items(), new, items),
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

fn keyed(name: &str, live: &[Value], applied: &[Value], before: &[Value], keys: &[&str]) -> Value {
    let mut merged: Vec<Value> = Vec::new();
    for item in live {
        let old = before.iter().find(|old| same(old, item, keys));
        match applied.iter().find(|new| same(new, item, keys)) {
            Some(new) => merged.push(object(name, item, new, old)),
            None if old.is_none() => merged.push(item.clone()),
            None => {}
        }
    }
    let fresh = applied.iter().filter(|new| !live.iter().any(|item| same(new, item, keys)));
    merged.extend(fresh.cloned());
    Value::Array(merged)
}

fn set(live: &[Value], applied: &[Value], before: &[Value]) -> Value {
    let kept = live.iter().filter(|item| applied.contains(item) || !before.contains(item));
    let mut all: Vec<Value> = kept.cloned().collect();
    all.extend(applied.iter().filter(|item| !live.contains(item)).cloned());
    Value::Array(all)
}

/// What the applier owns after it has applied `applied` onto `live`, having owned `before`: not what somebody else had
/// set to the same.
pub(crate) fn owned(live: &Value, applied: &Value, before: Option<&Value>) -> Value {
    let rule = Rule {
        leaf: |value, before, live| before.is_some() || live != Some(value),
        item: |before, live| before || !live,
    };
    rule.part("", applied, before, Some(live)).unwrap_or(Value::Object(Vec::new()))
}

/// What of `applied` the applier still owns after somebody has made `new` of `old`: what did not change.
pub(crate) fn still_owned(applied: &Value, old: &Value, new: &Value) -> Value {
    let rule = Rule { leaf: |_, old, new| old == new, item: |old, new| old && new };
    rule.part("", applied, Some(old), Some(new)).unwrap_or(Value::Object(Vec::new()))
}

/// Which parts of a configuration stay, by what two other objects have in the same places.
struct Rule {
    leaf: fn(&Value, Option<&Value>, Option<&Value>) -> bool,
    /// For items of a list, by whether the others have them.
    item: fn(bool, bool) -> bool,
}

impl Rule {
    fn part(&self, name: &str, applied: &Value, a: Option<&Value>, b: Option<&Value>) -> Option<Value> {
        match applied {
            Value::Object(members) if !is_atomic_map(name) && !members.is_empty() => {
                let kept: Vec<(String, Value)> = members
                    .iter()
                    .filter_map(|(key, field)| {
                        let (a, b) = (a.and_then(|a| a.get(key)), b.and_then(|b| b.get(key)));
                        Some((key.clone(), self.field(name, key, field, a, b)?))
                    })
                    .collect();
                (!kept.is_empty()).then_some(Value::Object(kept))
            }
            leaf => (self.leaf)(leaf, a, b).then(|| leaf.clone()),
        }
    }

    fn field(&self, name: &str, key: &str, field: &Value, a: Option<&Value>, b: Option<&Value>) -> Option<Value> {
        let (in_a, in_b) = (a.map(Value::items).unwrap_or_default(), b.map(Value::items).unwrap_or_default());
        let kept: Vec<Value> = match (field, apply_rule(name, key)) {
            (Value::Array(items), ListRule::Set) => {
                items.iter().filter(|item| (self.item)(in_a.contains(item), in_b.contains(item))).cloned().collect()
            }
            (Value::Array(items), ListRule::Keys(keys)) => items
                .iter()
                .filter_map(|item| {
                    let find = |list: &[Value]| list.iter().position(|other| same(other, item, keys));
                    let (a, b) = (find(in_a), find(in_b));
                    if !(self.item)(a.is_some(), b.is_some()) {
                        return None;
                    }
                    let (a, b) = (a.and_then(|at| in_a.get(at)), b.and_then(|at| in_b.get(at)));
                    let mut part = self.part(key, item, a, b).unwrap_or(Value::Object(Vec::new()));
                    for key in keys {
                        if let Some(value) = item.get(key) {
                            part.set(key, value.clone());
                        }
                    }
                    Some(part)
                })
                .collect(),
            _ => return self.part(key, field, a, b),
        };
        (!kept.is_empty()).then_some(Value::Array(kept))
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

    fn numbers(value: &Value) -> Vec<i64> {
        value.at("spec.ports").unwrap().items().iter().map(|p| p.get("port").unwrap().as_int().unwrap()).collect()
    }

    fn labels(pairs: &[(&str, &str)]) -> Value {
        let labels = pairs.iter().map(|(key, value)| (*key, Value::from(*value)));
        Value::object([("metadata", Value::object([("labels", Value::object(labels))]))])
    }

    #[test]
    fn apply_adds_ports_and_takes_back_its_own() {
        let live = spec(vec![port(80), port(81)]);
        assert_eq!(numbers(&apply(&live, &spec(vec![port(82)]), None)), [80, 81, 82]);
        assert_eq!(numbers(&apply(&live, &spec(vec![port(82)]), Some(&spec(vec![port(81)])))), [80, 82]);
    }

    #[test]
    fn what_is_no_longer_named_at_all_goes_too() {
        let live = labels(&[("a", "1"), ("b", "2")]);
        let none = Value::object([("metadata", Value::object([("name", Value::from("web"))]))]);
        let left = apply(&live, &none, Some(&labels(&[("a", "1")])));
        assert_eq!(left.at("metadata.labels"), labels(&[("b", "2")]).at("metadata.labels"));
        assert!(apply(&live, &none, Some(&live)).at("metadata.labels").is_none());
        let ports = apply(&spec(vec![port(80), port(81)]), &none, Some(&spec(vec![port(80)])));
        assert_eq!(numbers(&ports), [81]);
    }

    #[test]
    fn what_others_have_set_to_the_same_is_not_the_appliers() {
        let live = labels(&[("a", "1"), ("b", "2")]);
        let mine = owned(&live, &labels(&[("a", "1"), ("b", "3"), ("c", "4")]), None);
        assert_eq!(mine, labels(&[("b", "3"), ("c", "4")]));
        let ports = owned(&spec(vec![port(80)]), &spec(vec![port(80), port(81)]), None);
        assert_eq!(numbers(&ports), [81]);
    }

    #[test]
    fn what_others_change_is_no_longer_the_appliers() {
        let mine = labels(&[("a", "1"), ("b", "2")]);
        let left = still_owned(&mine, &mine, &labels(&[("a", "1"), ("b", "3")]));
        assert_eq!(left, labels(&[("a", "1")]));
    }
}
