//! Nodes, Namespaces and ServiceCIDRs.

use super::super::field::{Bad, ErrorList, Path, duplicate, forbidden, go_quote, invalid, required};
use super::super::ip;
use super::{default_text, items};
use crate::net::IpNet;
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
    // The server prints its own struct.
    let shown = || Bad::Json(Value::object([("CIDRs", Value::Array(list.to_vec()))]));
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
        let detail = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
        errors.push(invalid(&path, shown(), detail));
        return errors;
    }
    for (i, range) in ranges.iter().enumerate() {
        let problems = ip::validate_cidr(&path.index(i), range, &[]);
        // A young API: one way of writing a range only.
        match range.parse::<IpNet>() {
            Ok(net) if problems.is_empty() && net.to_string() != *range => {
                let detail = format!("must be in canonical form ({})", go_quote(&net.to_string()));
                errors.push(invalid(&path.index(i), *range, &detail));
            }
            _ => errors.extend(problems),
        }
    }
    errors
}

/// The ranges of a ServiceCIDR stay; one of the second family may join.
pub(super) fn validate_service_cidr_change(new: &Value, old: &Value) -> ErrorList {
    let of = |object: &Value| object.at("spec.cidrs").map(Value::items).unwrap_or_default().to_vec();
    let (is, was) = (of(new), of(old));
    let path = Path::new("spec.cidrs");
    let immutable = "field is immutable";
    if is.len() != was.len() && (was.len(), is.len()) != (1, 2) {
        return vec![invalid(&path, Bad::Json(Value::Array(is)), immutable)];
    }
    let changed = was.iter().zip(&is).enumerate().filter(|(_, (was, is))| was != is);
    changed.map(|(i, (_, is))| invalid(&path.index(i), is, immutable)).collect()
}

/// Pod ranges stay once they are given.
pub(super) fn validate_node_change(new: &Value, old: &Value) -> ErrorList {
    let of = |object: &Value| object.at("spec.podCIDRs").map(Value::items).unwrap_or_default().to_vec();
    let (is, was) = (of(new), of(old));
    if was.is_empty() {
        return ErrorList::new();
    }
    let detail = "node updates may not change podCIDR except from \"\" to valid";
    let error = || forbidden(&Path::new("spec.podCIDRs"), detail);
    if is.len() != was.len() {
        return vec![error()];
    }
    was.iter().zip(&is).filter(|(was, is)| was != is).map(|_| error()).collect()
}
