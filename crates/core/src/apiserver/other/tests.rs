//! Short manifests of other kinds, and what is said of them.

use super::super::field::invalid_status;
use super::super::kinds;
use super::*;
use crate::objects::to_value;
use crate::yaml::{self, Limits};

fn words(list: &[&str]) -> Value {
    Value::Array(list.iter().map(|word| Value::from(*word)).collect())
}

fn value(text: &str) -> Value {
    to_value(&yaml::read(text, 0, 0, &Limits::default()).documents[0].root)
}

fn changed(kind: &str, old: &str, new: &str) -> String {
    let kind = kinds::find(kind).unwrap();
    let prepared = |text: &str| {
        let mut object = value(text);
        object.set("metadata", Value::object([("name", Value::from("x"))]));
        if kind.namespaced {
            object.get_mut("metadata").unwrap().set("namespace", Value::from("default"));
        }
        set_defaults(kind, &mut object);
        object
    };
    let errors = validate_update(kind, &prepared(new), &prepared(old));
    if errors.is_empty() { String::new() } else { invalid_status(kind.qualified, "x", &errors).message }
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

#[test]
fn a_selector_that_nobody_can_read_hides_the_template() {
    let text = "spec: {selector: {matchLabels: {app: 'a b'}}, template: {spec: {}}}";
    let said = message("Deployment", value(text));
    assert!(
        said.contains("spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"a b\"}}: invalid label selector"),
        "{said}"
    );
    assert!(!said.contains("spec.template"), "{said}");
    let expression = "spec: {selector: {matchExpressions: [{key: a, operator: Is}]}, template: {spec: {}}}";
    let said = message("DaemonSet", value(expression));
    assert!(said.contains("not a valid selector operator") && said.contains("spec.template.spec.containers"), "{said}");
}

#[test]
fn a_stateful_set_looks_at_its_template_and_its_services_name() {
    let with = |name: &str, spec: &str| {
        let selector = "selector: {matchLabels: {a: b}}";
        let template = format!("template: {{metadata: {{labels: {{a: b}}}}, spec: {spec}}}");
        format!("spec: {{serviceName: {name}, {selector}, {template}}}")
    };
    let good = "{containers: [{name: c, image: i}]}";
    assert_eq!(message("StatefulSet", value(&with("web", good))), "");
    assert!(message("StatefulSet", value(&with("Web", good))).contains("spec.serviceName: Invalid value"));
    assert!(message("StatefulSet", value(&with("web", "{}"))).contains("spec.template.spec.containers: Required"));
    assert_eq!(changed("StatefulSet", &with("Web", "{}"), &with("Web", "{}")), "");
    let said = changed("StatefulSet", &with("web", good), &with("other", good));
    assert!(said.contains("spec: Forbidden: updates to statefulset spec for fields other than 'replicas'"), "{said}");
}

#[test]
fn hints_name_each_zone_and_node_once() {
    let said = message(
        "EndpointSlice",
        value(
            "addressType: IPv4\nendpoints: [{addresses: [10.0.0.1], hints: {forZones: [{name: a}, {name: a}, {name: '!'}], \
             forNodes: [{name: A}]}}]",
        ),
    );
    for want in [
        "endpoints[0].hints.forZones[1].name: Duplicate value: \"a\"",
        "endpoints[0].hints.forZones[2].name: Invalid value: \"!\"",
        "endpoints[0].hints.forNodes[0].name: Invalid value: \"A\"",
    ] {
        assert!(said.contains(want), "{said}");
    }
}

#[test]
fn odd_addresses_of_endpoints_are_warned_about() {
    let kind = |name: &str| kinds::find(name).unwrap();
    let slice = value("addressType: IPv6\nendpoints: [{addresses: ['FD00::1']}]");
    assert_eq!(
        warnings(kind("EndpointSlice"), &slice, None),
        ["endpoints[0].addresses[0]: IPv6 address \"FD00::1\" should be in RFC 5952 canonical format (\"fd00::1\")"]
    );
    let named = value("addressType: FQDN\nendpoints: [{addresses: [a.example.com]}]");
    assert_eq!(warnings(kind("EndpointSlice"), &named, None), ["spec.addressType: FQDN endpoints are deprecated"]);
    let endpoints = value("subsets: [{addresses: [{ip: 'FD00::1'}]}]");
    assert_eq!(warnings(kind("Endpoints"), &endpoints, None).len(), 2);
}

#[test]
fn ranges_stay_but_a_second_family_may_join() {
    let said = |old: &str, new: &str| {
        changed("ServiceCIDR", &format!("spec: {{cidrs: {old}}}"), &format!("spec: {{cidrs: {new}}}"))
    };
    assert_eq!(said("[10.0.0.0/24]", "[10.0.0.0/24, 'fd00::/112']"), "");
    assert!(
        said("[10.0.0.0/24]", "[10.1.0.0/24]")
            .contains("spec.cidrs[0]: Invalid value: \"10.1.0.0/24\": field is immutable")
    );
    assert!(
        said("[10.0.0.0/24, 'fd00::/112']", "[10.0.0.0/24]").contains("spec.cidrs: Invalid value: [\"10.0.0.0/24\"]")
    );
    assert!(
        message("ServiceCIDR", value("spec: {cidrs: ['FD00::/112']}"))
            .contains("must be in canonical form (\"fd00::/112\")")
    );
    let node = changed("Node", "spec: {podCIDRs: [10.0.0.0/24]}", "spec: {podCIDRs: [10.0.1.0/24]}");
    assert!(node.contains("spec.podCIDRs: Forbidden: node updates may not change podCIDR"), "{node}");
}
