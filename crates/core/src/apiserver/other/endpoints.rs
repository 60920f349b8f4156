//! EndpointSlices (`pkg/apis/discovery/validation`) and Endpoints (`ValidateEndpoints` of core).

use super::super::field::{Bad, ErrorList, Path, duplicate, invalid, invalid_each, not_supported, required, too_many};
use super::super::ip;
use super::super::names::{self, NameRule};
use super::{default_member, default_text, items, text};
use crate::objects::Value;

const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// A slice's ports have a name and a protocol (`pkg/apis/discovery/v1/defaults.go`).
pub(super) fn set_slice_defaults(slice: &mut Value) {
    if let Some(Value::Array(ports)) = slice.get_mut("ports") {
        for port in ports {
            default_member(port, "name", Value::from(""));
            default_text(port, "protocol", "TCP");
        }
    }
}

/// An EndpointSlice, metadata aside.
pub(super) fn validate_slice(slice: &Value) -> ErrorList {
    let mut errors = ErrorList::new();
    let family = text(slice, "addressType");
    let path = Path::new("addressType");
    if family.is_empty() {
        errors.push(required(&path, ""));
    } else if !matches!(family, "IPv4" | "IPv6" | "FQDN") {
        errors.push(not_supported(&path, Bad::typed(family), &["FQDN", "IPv4", "IPv6"]));
    }
    let path = Path::new("endpoints");
    let endpoints = items(slice, "endpoints");
    if endpoints.len() > 1000 {
        errors.push(too_many(&path, endpoints.len(), 1000));
    } else {
        for (i, endpoint) in endpoints.iter().enumerate() {
            errors.extend(validate_slice_endpoint(endpoint, family, &|| path.index(i)));
        }
    }
    errors.extend(validate_slice_ports(items(slice, "ports"), &Path::new("ports")));
    errors
}

/// There are many endpoints, so that paths are made for what is wrong alone.
fn validate_slice_endpoint(endpoint: &Value, family: &str, path: &dyn Fn() -> Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let addresses = items(endpoint, "addresses");
    let list = || path().child("addresses");
    if addresses.is_empty() {
        errors.push(required(&list(), "must contain at least 1 address"));
    } else if addresses.len() > 100 {
        errors.push(too_many(&list(), addresses.len(), 100));
    }
    let nowhere = Path::new("");
    for (i, address) in addresses.iter().enumerate() {
        let address = address.as_str().unwrap_or_default();
        if !validate_slice_address(&nowhere, address, family).is_empty() {
            errors.extend(validate_slice_address(&list().index(i), address, family));
        }
    }
    let node = text(endpoint, "nodeName");
    let problems = if node.is_empty() { Vec::new() } else { NameRule::Subdomain.check(node, false) };
    if !problems.is_empty() {
        errors.extend(invalid_each(&path().child("nodeName"), node, problems));
    }
    if let Some(hostname) = endpoint.get("hostname").and_then(Value::as_str) {
        errors.extend(names::validate_label(&path().child("hostname"), hostname));
    }
    if let Some(hints) = endpoint.get("hints") {
        errors.extend(validate_hints(hints, &path().child("hints")));
    }
    errors
}

fn validate_slice_address(path: &Path, address: &str, family: &str) -> ErrorList {
    match family {
        "IPv4" | "IPv6" => {
            let mut problems = ip::validate_ip(path, address, &[]);
            if problems.is_empty() {
                if ip::is_v6(address) != (family == "IPv6") {
                    problems.push(invalid(path, address, &format!("must be an {family} address")));
                }
                problems.extend(ip::validate_non_special(path, address));
            }
            problems
        }
        "FQDN" => names::fully_qualified_domain(path, address),
        _ => ErrorList::new(),
    }
}

/// At most eight zones and eight nodes, each once.
fn validate_hints(hints: &Value, path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let node_name: fn(&str) -> Vec<String> = |name| NameRule::Subdomain.check(name, false);
    for (field, check) in [("forZones", names::label_value as fn(&str) -> Vec<String>), ("forNodes", node_name)] {
        let (path, list) = (path.child(field), items(hints, field));
        if list.len() > 8 {
            errors.push(too_many(&path, list.len(), 8));
            continue;
        }
        let mut seen: Vec<&str> = Vec::new();
        for (i, hint) in list.iter().enumerate() {
            let (path, name) = (path.index(i).child("name"), text(hint, "name"));
            if seen.contains(&name) {
                errors.push(duplicate(&path, name));
            } else {
                seen.push(name);
            }
            errors.extend(invalid_each(&path, name, check(name)));
        }
    }
    errors
}

/// What the server accepts in a slice with a warning (`pkg/registry/discovery/endpointslice/strategy.go`). Slices of the
/// control plane's own controllers are not looked at.
pub(super) fn slice_warnings(slice: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    if text(slice, "addressType") == "FQDN" {
        warnings.push("spec.addressType: FQDN endpoints are deprecated".to_string());
    }
    let none = Value::Null;
    let labels = slice.at("metadata.labels").unwrap_or(&none);
    let manager = text(labels, "endpointslice.kubernetes.io/managed-by");
    if matches!(manager, "endpointslice-controller.k8s.io" | "endpointslicemirroring-controller.k8s.io") {
        return warnings;
    }
    let nowhere = Path::new("");
    for (i, endpoint) in items(slice, "endpoints").iter().enumerate() {
        for (j, address) in items(endpoint, "addresses").iter().enumerate() {
            let address = address.as_str().unwrap_or_default();
            if !ip::ip_warnings(&nowhere, address).is_empty() {
                let path = Path::new("endpoints").index(i).child("addresses").index(j);
                warnings.extend(ip::ip_warnings(&path, address));
            }
        }
    }
    warnings
}

/// The same for Endpoints (`pkg/registry/core/endpoint/strategy.go`).
pub(super) fn warnings(endpoints: &Value) -> Vec<String> {
    let mut warnings = Vec::new();
    for (i, subset) in items(endpoints, "subsets").iter().enumerate() {
        for list in ["addresses", "notReadyAddresses"] {
            let path = Path::new("subsets").index(i).child(list);
            for (j, address) in items(subset, list).iter().enumerate() {
                warnings.extend(ip::ip_warnings(&path.index(j).child("ip"), text(address, "ip")));
            }
        }
    }
    warnings
}

fn validate_slice_ports(ports: &[Value], path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    if ports.len() > 20_000 {
        return vec![too_many(path, ports.len(), 20_000)];
    }
    let mut seen: Vec<&str> = Vec::new();
    for (i, port) in ports.iter().enumerate() {
        let path = path.index(i);
        let name = text(port, "name");
        if !name.is_empty() {
            errors.extend(names::validate_label(&path.child("name"), name));
        }
        if seen.contains(&name) {
            errors.push(duplicate(&path.child("name"), name));
        } else {
            seen.push(name);
        }
        let protocol = text(port, "protocol");
        if protocol.is_empty() {
            errors.push(required(&path.child("protocol"), ""));
        } else if !PROTOCOLS.contains(&protocol) {
            errors.push(not_supported(&path.child("protocol"), Bad::typed(protocol), &PROTOCOLS));
        }
        if let Some(protocol) = port.get("appProtocol").and_then(Value::as_str) {
            errors.extend(invalid_each(&path.child("appProtocol"), protocol, names::qualified_name(protocol)));
        }
    }
    errors
}

/// A slice keeps its family.
pub(super) fn validate_slice_change(new: &Value, old: &Value) -> ErrorList {
    if new.get("addressType") == old.get("addressType") {
        return ErrorList::new();
    }
    vec![invalid(&Path::new("addressType"), Bad::typed(text(new, "addressType")), "field is immutable")]
}

/// Protocols of Endpoints.
pub(super) fn set_defaults(endpoints: &mut Value) {
    let Some(Value::Array(subsets)) = endpoints.get_mut("subsets") else { return };
    for subset in subsets {
        if let Some(Value::Array(ports)) = subset.get_mut("ports") {
            ports.iter_mut().for_each(|port| default_text(port, "protocol", "TCP"));
        }
    }
}

/// Endpoints, metadata aside.
pub(super) fn validate(endpoints: &Value) -> ErrorList {
    let mut errors = ErrorList::new();
    for (i, subset) in items(endpoints, "subsets").iter().enumerate() {
        let path = Path::new("subsets").index(i);
        if items(subset, "addresses").is_empty() && items(subset, "notReadyAddresses").is_empty() {
            errors.push(required(&path, "must specify `addresses` or `notReadyAddresses`"));
        }
        for list in ["addresses", "notReadyAddresses"] {
            for (i, address) in items(subset, list).iter().enumerate() {
                errors.extend(validate_address(address, &path.child(list).index(i)));
            }
        }
        let ports = items(subset, "ports");
        for (i, port) in ports.iter().enumerate() {
            errors.extend(validate_port(port, ports.len() > 1, &path.child("ports").index(i)));
        }
    }
    errors
}

fn validate_address(address: &Value, path: &Path) -> ErrorList {
    let text_ip = text(address, "ip");
    let mut errors = ip::validate_ip(&path.child("ip"), text_ip, &[]);
    let bad = !errors.is_empty();
    let hostname = text(address, "hostname");
    if !hostname.is_empty() {
        errors.extend(names::validate_label(&path.child("hostname"), hostname));
    }
    let node = text(address, "nodeName");
    if !node.is_empty() {
        errors.extend(invalid_each(&path.child("nodeName"), node, NameRule::Subdomain.check(node, false)));
    }
    if !bad {
        errors.extend(ip::validate_non_special(&path.child("ip"), text_ip));
    }
    errors
}

fn validate_port(port: &Value, named: bool, path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let name = text(port, "name");
    if !name.is_empty() {
        errors.extend(names::validate_label(&path.child("name"), name));
    } else if named {
        errors.push(required(&path.child("name"), ""));
    }
    let number = port.get("port").and_then(Value::as_int).unwrap_or(0);
    if let Some(detail) = names::port_number(number) {
        errors.push(invalid(&path.child("port"), number, detail));
    }
    let protocol = text(port, "protocol");
    if protocol.is_empty() {
        errors.push(required(&path.child("protocol"), ""));
    } else if !PROTOCOLS.contains(&protocol) {
        errors.push(not_supported(&path.child("protocol"), Bad::typed(protocol), &PROTOCOLS));
    }
    if let Some(protocol) = port.get("appProtocol").and_then(Value::as_str) {
        errors.extend(invalid_each(&path.child("appProtocol"), protocol, names::qualified_name(protocol)));
    }
    errors
}
