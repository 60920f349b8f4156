//! What `kubectl apply` makes of a stored object: fields of the text are set, fields that the text had before and has
//! no longer go, and everything else stays (apimachinery's `CreateThreeWayMergePatch`, with its patch applied at once).

use super::patch::{ListRule, same, strategic_rule};
use crate::objects::Value;

/// Merges `modified`, the text now, into `current`, the stored object; `original` is the text that was applied last.
pub(crate) fn three_way(original: &Value, modified: &Value, current: &Value) -> Value {
    object("", original, modified, current)
}

fn object(name: &str, original: &Value, modified: &Value, current: &Value) -> Value {
    let Value::Object(fields) = modified else { return modified.clone() };
    let mut members = match current {
        Value::Object(members) => members.clone(),
        _ => Vec::new(),
    };
    // A Deployment's strategy is one of several: what the text leaves out of it goes (`retainKeys`).
    if name == "strategy" {
        members.retain(|(key, _)| modified.get(key).is_some());
    }
    let mut result = Value::Object(members);
    for (key, _) in original.members() {
        if modified.get(key).is_none() {
            result.remove(key);
        }
    }
    let nothing = Value::Null;
    for (key, field) in fields {
        let (old, live) = (original.get(key).unwrap_or(&nothing), current.get(key).unwrap_or(&nothing));
        let merged = match (field, strategic_rule(name, key)) {
            (Value::Object(_), _) => object(key, old, field, live),
            (Value::Array(items), ListRule::Keys(keys)) => list(key, old.items(), items, live.items(), keys),
            (Value::Array(items), ListRule::Set) => {
                let others = live.items().iter().filter(|item| !items.contains(item) && !old.items().contains(item));
                Value::Array(items.iter().chain(others).cloned().collect())
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

/// Items find each other by the merge key; where several have it, as the two of DNS do, by protocol too.
fn list(name: &str, original: &[Value], modified: &[Value], current: &[Value], keys: &[&str]) -> Value {
    let mut taken = vec![false; current.len()];
    let mut merged = Vec::with_capacity(modified.len());
    for item in modified {
        let live = find(current, item, keys, &taken);
        let old = find(original, item, keys, &[]).and_then(|at| original.get(at));
        if let Some(taken) = live.and_then(|at| taken.get_mut(at)) {
            *taken = true;
        }
        let live = live.and_then(|at| current.get(at));
        merged.push(object(name, old.unwrap_or(&Value::Null), item, live.unwrap_or(&Value::Null)));
    }
    let others = current.iter().zip(&taken).filter(|(_, taken)| !**taken).map(|(item, _)| item);
    merged.extend(others.filter(|item| find(original, item, keys, &[]).is_none()).cloned());
    Value::Array(merged)
}

fn find(list: &[Value], wanted: &Value, keys: &[&str], taken: &[bool]) -> Option<usize> {
    let free = |at: &usize| !taken.get(*at).copied().unwrap_or(false);
    let matching =
        || (0..list.len()).filter(free).filter(|at| list.get(*at).is_some_and(|item| same(item, wanted, keys)));
    let closer = |at: &usize| list.get(*at).is_some_and(|item| same(item, wanted, &["protocol"]));
    matching().find(closer).or_else(|| matching().next())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::to_value;
    use crate::yaml::{self, Limits};

    fn value(text: &str) -> Value {
        to_value(&yaml::read(text, 0, 0, &Limits::default()).documents[0].root)
    }

    fn merged(original: &str, modified: &str, current: &str) -> String {
        three_way(&value(original), &value(modified), &value(current)).to_json()
    }

    #[test]
    fn what_the_text_no_longer_says_goes_and_what_the_server_added_stays() {
        let got = merged("{a: 1, b: {c: 2}}", "{b: {d: 3}}", "{a: 1, b: {c: 2, e: 4}, f: 5}");
        assert_eq!(got, r#"{"b":{"e":4,"d":3},"f":5}"#);
    }

    #[test]
    fn ports_find_each_other_by_number() {
        let got = merged(
            "{spec: {ports: [{port: 80, name: a}, {port: 81}]}}",
            "{spec: {ports: [{port: 80, protocol: UDP}]}}",
            "{spec: {ports: [{port: 80, name: a, protocol: TCP, nodePort: 30000}, {port: 81}, {port: 82}]}}",
        );
        assert_eq!(got, r#"{"spec":{"ports":[{"port":80,"protocol":"UDP","nodePort":30000},{"port":82}]}}"#);
    }

    #[test]
    fn one_number_twice_is_told_apart_by_protocol() {
        let text = "{spec: {ports: [{port: 53, protocol: UDP}, {port: 53}]}}";
        let live = "{spec: {ports: [{port: 53, protocol: TCP, nodePort: 1}, {port: 53, protocol: UDP, nodePort: 2}]}}";
        let got = merged(text, text, live);
        let ports = r#"[{"port":53,"protocol":"UDP","nodePort":2},{"port":53,"protocol":"TCP","nodePort":1}]"#;
        assert_eq!(got, format!(r#"{{"spec":{{"ports":{ports}}}}}"#));
    }

    #[test]
    fn an_explicit_null_removes() {
        assert_eq!(merged("{}", "{a: null}", "{a: 1}"), "{}");
    }

    #[test]
    fn a_strategy_keeps_only_what_the_text_says() {
        let got = merged(
            "{}",
            "{spec: {strategy: {type: Recreate}}}",
            "{spec: {strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}}}",
        );
        assert_eq!(got, r#"{"spec":{"strategy":{"type":"Recreate"}}}"#);
    }
}
