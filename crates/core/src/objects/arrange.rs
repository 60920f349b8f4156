//! The order of members: that of the Go structs, in which the API server prints them, whoever set them and when.

use super::Value;
use super::schema::{Struct, Type, kind_of};
use crate::sort;

/// Puts the members of an object and of all structs in it in order; members that no table has come last, as they were.
pub(crate) fn arrange(object: &mut Value) {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    if let Some(kind) = kind_of(text("apiVersion"), text("kind")) {
        members(object, kind.table);
    }
}

fn members(value: &mut Value, table: &'static Struct) {
    let Value::Object(members) = value else { return };
    let place = |name: &str| table.fields.iter().position(|field| field.name == name).unwrap_or(usize::MAX);
    let (mut before, mut sorted) = (0, true);
    for (name, member) in members.iter_mut() {
        let at = place(name);
        sorted &= before <= at;
        before = at;
        if let Some(field) = table.fields.get(at) {
            inside(member, &field.ty);
        }
    }
    if !sorted {
        sort::by_key(members, |(name, _)| place(name));
    }
}

fn inside(value: &mut Value, ty: &Type) {
    match (ty, value) {
        (Type::Struct(table), value) => members(value, table),
        (Type::List(element), Value::Array(items)) => items.iter_mut().for_each(|item| inside(item, element)),
        (Type::Map(element), Value::Object(members)) => members.iter_mut().for_each(|(_, item)| inside(item, element)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_stand_in_the_order_of_the_structs_and_unknown_ones_last() {
        let mut pod = Value::object([
            ("status", Value::object([("podIP", Value::from("a")), ("phase", "Running".into())])),
            ("x", Value::Null),
            ("spec", Value::object([("nodeName", Value::from("n")), ("containers", Value::Array(Vec::new()))])),
            ("apiVersion", Value::from("v1")),
            ("kind", Value::from("Pod")),
        ]);
        arrange(&mut pod);
        let expected = r#"{"kind":"Pod","apiVersion":"v1","spec":{"containers":[],"nodeName":"n"},"status":{"phase":"Running","podIP":"a"},"x":null}"#;
        assert_eq!(pod.to_json(), expected);
    }
}
