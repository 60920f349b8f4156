//! Kinds beside Service: the defaults and the rules that traffic depends on.
//!
//! What is left to a real server: volumes, probes, security, resources, scheduling, and whatever else leaves packets
//! alone. Such fields are stored as given. The status of Pods and Nodes is kept: it stands for what the kubelet reports.

mod cluster;
mod endpoints;
mod pod;
mod selector;
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

fn validate_rest(kind: &Kind, object: &Value) -> ErrorList {
    match kind.name {
        "Pod" => pod::validate(object),
        "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" => workload::validate(kind.name, object),
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
    errors.extend(validate_rest(kind, object));
    errors
}

/// What is wrong with an object that changes.
pub(crate) fn validate_update(kind: &Kind, new: &Value, old: &Value) -> ErrorList {
    let none = Value::Null;
    let (is, was) = (new.get("metadata").unwrap_or(&none), old.get("metadata").unwrap_or(&none));
    let mut errors = meta::validate_common_update(is, was, kind.namespaced);
    errors.extend(meta::validate_update(is, was));
    errors.extend(validate_rest(kind, new));
    match kind.name {
        "EndpointSlice" => errors.extend(endpoints::validate_slice_change(new, old)),
        "Deployment" | "ReplicaSet" | "DaemonSet" => errors.extend(workload::validate_change(new, old)),
        _ => {}
    }
    errors
}

/// `Warning:` headers.
pub(crate) fn warnings(kind: &Kind, _object: &Value) -> Vec<String> {
    match kind.name {
        "Endpoints" => {
            vec!["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice".to_string()]
        }
        _ => Vec::new(),
    }
}

/// The ranges of a valid ServiceCIDR.
pub(crate) fn service_cidrs(object: &Value) -> Vec<IpNet> {
    let spec = object.get("spec").cloned().unwrap_or_default();
    items(&spec, "cidrs").iter().filter_map(|item| item.as_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::field::invalid_status;
    use super::super::kinds;
    use super::*;

    fn words(list: &[&str]) -> Value {
        Value::Array(list.iter().map(|word| Value::from(*word)).collect())
    }

    fn message(kind: &str, mut object: Value) -> String {
        let kind = kinds::find(kind).unwrap();
        object.set("metadata", Value::object([("name", Value::from("x")), ("namespace", Value::from("default"))]));
        if !kind.namespaced {
            object.get_mut("metadata").unwrap().remove("namespace");
        }
        set_defaults(kind, &mut object);
        let errors = validate(kind, &object);
        if errors.is_empty() { String::new() } else { invalid_status(kind.qualified, "x", &errors).message }
    }

    fn container(ports: Vec<Value>) -> Value {
        Value::object([("name", Value::from("c")), ("image", Value::from("i")), ("ports", Value::Array(ports))])
    }

    fn deployment(selector: Option<Value>, labels: Value) -> Value {
        let template = Value::object([
            ("metadata", Value::object([("labels", labels)])),
            ("spec", Value::object([("containers", Value::Array(vec![container(Vec::new())]))])),
        ]);
        let mut spec = Value::object([("template", template)]);
        if let Some(selector) = selector {
            spec.set("selector", selector);
        }
        Value::object([("spec", spec)])
    }

    #[test]
    fn a_selector_must_match_its_own_template() {
        let labels = |app: &str| Value::object([("app", Value::from(app))]);
        let selector = |app: &str| Some(Value::object([("matchLabels", labels(app))]));
        assert_eq!(message("Deployment", deployment(selector("a"), labels("a"))), "");
        assert_eq!(
            message("Deployment", deployment(selector("a"), labels("b"))),
            "Deployment.apps \"x\" is invalid: spec.template.metadata.labels: Invalid value: {\"app\":\"b\"}: \
             `selector` does not match template `labels`"
        );
        let missing = message("Deployment", deployment(None, labels("b")));
        assert!(missing.contains("[spec.selector: Required value, spec.template.metadata.labels"), "{missing}");
        let empty = message("ReplicaSet", deployment(Some(Value::Object(Vec::new())), labels("b")));
        assert!(empty.contains("Invalid value: {}: empty selector is invalid for deployment"), "{empty}");
    }

    #[test]
    fn in_the_nodes_network_container_ports_are_host_ports() {
        let pod = |ports: Vec<Value>| {
            let containers = Value::Array(vec![container(ports)]);
            let spec = Value::object([("hostNetwork", Value::Bool(true)), ("containers", containers)]);
            Value::object([("spec", spec)])
        };
        let port = |inside: i64| Value::object([("containerPort", Value::Int(inside))]);
        assert_eq!(message("Pod", pod(vec![port(80)])), "");
        let twice = message("Pod", pod(vec![port(80), port(80)]));
        assert!(twice.contains("spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//80\""), "{twice}");
        let none = message("Pod", Value::Object(Vec::new()));
        assert!(none.contains("spec.containers: Required value"), "{none}");
    }

    #[test]
    fn a_slices_addresses_are_of_its_family() {
        let slice = |addresses: &[&str]| {
            let endpoint = Value::object([("addresses", words(addresses))]);
            Value::object([("addressType", Value::from("IPv6")), ("endpoints", Value::Array(vec![endpoint]))])
        };
        assert_eq!(message("EndpointSlice", slice(&["fd00::1"])), "");
        assert!(message("EndpointSlice", slice(&["10.0.0.1"])).contains("must be an IPv6 address"));
        assert!(message("EndpointSlice", slice(&[])).contains("must contain at least 1 address"));
    }

    #[test]
    fn a_service_cidr_holds_one_range_of_each_family_at_most() {
        let cidrs = |list: &[&str]| Value::object([("spec", Value::object([("cidrs", words(list))]))]);
        assert_eq!(message("ServiceCIDR", cidrs(&["10.0.0.0/24", "fd00::/112"])), "");
        assert!(message("ServiceCIDR", cidrs(&[])).contains("at least one CIDR required"));
        assert!(message("ServiceCIDR", cidrs(&["10.0.0.0/24", "10.1.0.0/24"])).contains("for each IP family"));
    }
}
