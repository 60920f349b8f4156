//! Kinds beside Service: the defaults and the rules that traffic depends on.
//!
//! What is left to a real server: volumes, probes, security, resources, scheduling, and whatever else leaves packets
//! alone. Such fields are stored as given. The status of Pods and Nodes is kept: it stands for what the kubelet reports.

mod cluster;
mod endpoints;
mod pod;
mod pod_warnings;
mod selector;
mod strategy;
mod workload;

use super::field::ErrorList;
use super::kinds::Kind;
use super::meta;
use crate::net::IpNet;
use crate::objects::{Value, arrange};

pub(crate) use cluster::namespace;

/// A text of an object; empty where it is not set.
fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The items of a list; none where it is not set.
fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).map(Value::items).unwrap_or_default()
}

/// Sets a member that is missing or null.
fn default_member(value: &mut Value, key: &str, default: Value) {
    if value.get(key).is_none_or(Value::is_null) {
        value.set(key, default);
    }
}

/// Sets a text that is missing or empty.
fn default_text(value: &mut Value, key: &str, default: &str) {
    if text(value, key).is_empty() {
        value.set(key, Value::from(default));
    }
}

/// Fills in what was left out.
pub(crate) fn set_defaults(kind: &Kind, object: &mut Value) {
    match kind.name {
        "Pod" => pod::set_defaults(object),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => workload::set_defaults(kind.name, object),
        "EndpointSlice" => endpoints::set_slice_defaults(object),
        "Endpoints" => endpoints::set_defaults(object),
        "Namespace" => cluster::set_namespace_defaults(object),
        _ => {}
    }
    arrange(object);
}

fn validate_rest(kind: &Kind, object: &Value, old: Option<&Value>) -> ErrorList {
    match kind.name {
        "Pod" => pod::validate(object),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => workload::validate(kind.name, object, old),
        "EndpointSlice" => endpoints::validate_slice(object),
        "Endpoints" => endpoints::validate(object),
        "Node" => cluster::validate_node(object),
        "ServiceCIDR" => cluster::validate_service_cidr(object),
        _ => ErrorList::new(),
    }
}

/// What is wrong with a new object.
pub(crate) fn validate(kind: &Kind, object: &Value) -> ErrorList {
    let none = Value::Null;
    let mut errors = meta::validate_create(object.get("metadata").unwrap_or(&none), kind.namespaced, kind.names);
    errors.extend(validate_rest(kind, object, None));
    errors
}

/// What is wrong with an object that changes.
pub(crate) fn validate_update(kind: &Kind, new: &Value, old: &Value) -> ErrorList {
    let none = Value::Null;
    let (is, was) = (new.get("metadata").unwrap_or(&none), old.get("metadata").unwrap_or(&none));
    let mut errors = meta::validate_common_update(is, was, kind.namespaced);
    errors.extend(meta::validate_update(is, was));
    errors.extend(validate_rest(kind, new, Some(old)));
    match kind.name {
        "EndpointSlice" => errors.extend(endpoints::validate_slice_change(new, old)),
        "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => {
            errors.extend(workload::validate_change(kind.name, new, old));
        }
        "Node" => errors.extend(cluster::validate_node_change(new, old)),
        "ServiceCIDR" => errors.extend(cluster::validate_service_cidr_change(new, old)),
        _ => {}
    }
    errors
}

/// `Warning:` headers; `old` is the object before a change.
pub(crate) fn warnings(kind: &Kind, object: &Value, old: Option<&Value>) -> Vec<String> {
    match kind.name {
        "Pod" if old.is_none() => pod_warnings::of_pod(object),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => pod_warnings::of_workload(kind.name, object, old),
        "Endpoints" => {
            let deprecated = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice";
            let mut warnings = vec![deprecated.to_string()];
            warnings.extend(endpoints::warnings(object));
            warnings
        }
        "EndpointSlice" => endpoints::slice_warnings(object),
        _ => Vec::new(),
    }
}

/// The ranges of a valid ServiceCIDR.
pub(crate) fn service_cidrs(object: &Value) -> Vec<IpNet> {
    let spec = object.get("spec").cloned().unwrap_or_default();
    items(&spec, "cidrs").iter().filter_map(|item| item.as_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests;
