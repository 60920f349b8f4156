//! Nodes, Namespaces and ServiceCIDRs.

use super::super::field::{Bad, ErrorList, Path, duplicate, invalid, required};
use super::super::ip;
use super::{default_text, items};
use crate::objects::Value;

/// A namespace as the server stores it: labelled with its own name, and active.
pub(crate) fn namespace(name: &str) -> Value {
    let mut value = Value::object([
        ("kind", Value::from("Namespace")),
        ("apiVersion", Value::from("v1")),
        ("metadata", Value::object([("name", Value::from(name))])),
    ]);
    set_namespace_defaults(&mut value);
    value
}

/// `SetDefaults_Namespace` and the namespace strategy.
pub(super) fn set_namespace_defaults(object: &mut Value) {
    let name = object.at("metadata.name").and_then(Value::as_str).unwrap_or_default().to_string();
    let mut metadata = object.get("metadata").cloned().unwrap_or_default();
    let mut labels = metadata.get("labels").cloned().unwrap_or_default();
    if !name.is_empty() {
        labels.set("kubernetes.io/metadata.name", Value::from(name));
        metadata.set("labels", labels);
    }
    super::super::meta::tidy(&mut metadata);
    object.set("metadata", metadata);
    let mut spec = object.get("spec").cloned().unwrap_or_default();
    if items(&spec, "finalizers").is_empty() {
        spec.set("finalizers", Value::Array(vec![Value::from("kubernetes")]));
    }
    object.set("spec", spec);
    let mut status = object.get("status").cloned().unwrap_or_default();
    default_text(&mut status, "phase", "Active");
    object.set("status", status);
}

fn words(list: &[Value]) -> Vec<&str> {
    list.iter().map(|item| item.as_str().unwrap_or_default()).collect()
}

/// A Node, metadata aside: its pod ranges.
pub(super) fn validate_node(node: &Value) -> ErrorList {
    let mut errors = ErrorList::new();
    let none = Value::Null;
    let path = Path::new("spec.podCIDRs");
    let list = items(node.get("spec").unwrap_or(&none), "podCIDRs");
    let ranges = words(list);
    for (i, range) in ranges.iter().enumerate() {
        errors.extend(ip::validate_cidr(&path.index(i), range, &[]));
    }
    if ranges.len() > 1 {
        let v6 = ranges.iter().filter(|range| range.contains(':')).count();
        if v6 == 0 || v6 == ranges.len() || ranges.len() > 2 {
            let shown = Bad::Json(Value::Array(list.to_vec()));
            errors.push(invalid(&path, shown, "may specify no more than one CIDR for each IP family"));
        }
        for (i, range) in ranges.iter().enumerate() {
            if ranges.iter().take(i).any(|earlier| earlier == range) {
                errors.push(duplicate(&path.index(i), *range));
            }
        }
    }
    errors
}

/// A ServiceCIDR, metadata aside (`pkg/apis/networking/validation`).
pub(super) fn validate_service_cidr(object: &Value) -> ErrorList {
    let mut errors = ErrorList::new();
    let none = Value::Null;
    let path = Path::new("spec.cidrs");
    let list = items(object.get("spec").unwrap_or(&none), "cidrs");
    let ranges = words(list);
    let shown = || Bad::Json(Value::Array(list.to_vec()));
    if ranges.is_empty() {
        errors.push(required(&path, "at least one CIDR required"));
        return errors;
    }
    if ranges.len() > 2 {
        errors.push(invalid(&path, shown(), "may only hold up to 2 values"));
        return errors;
    }
    if let [a, b] = ranges.as_slice()
        && a.contains(':') == b.contains(':')
    {
        errors.push(invalid(&path, shown(), "may specify no more than one IP for each IP family"));
    }
    for (i, range) in ranges.iter().enumerate() {
        errors.extend(ip::validate_cidr(&path.index(i), range, &[]));
    }
    errors
}
