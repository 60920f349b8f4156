//! Pods and pod templates: `ValidatePodSpec` of `pkg/apis/core/validation/validation.go`, as far as traffic goes.

use super::super::field::{Bad, ErrorList, Path, duplicate, invalid, invalid_each, not_supported, required};
use super::super::names::{self, NameRule};
use super::super::{ip, meta};
use super::{default_member, default_text, items, text};
use crate::collections::Set;
use crate::objects::Value;

fn each_port(container: &mut Value, mut change: impl FnMut(&mut Value)) {
    if let Some(Value::Array(ports)) = container.get_mut("ports") {
        ports.iter_mut().for_each(&mut change);
    }
}

fn each_container(spec: &mut Value, mut change: impl FnMut(&mut Value)) {
    for list in ["containers", "initContainers"] {
        if let Some(Value::Array(containers)) = spec.get_mut(list) {
            containers.iter_mut().for_each(&mut change);
        }
    }
}

/// Defaults of a pod's spec, in a Pod and in a template alike.
pub(super) fn set_spec_defaults(spec: &mut Value) {
    if !matches!(spec, Value::Object(_)) {
        *spec = Value::Object(Vec::new());
    }
    each_container(spec, |container| each_port(container, |port| default_text(port, "protocol", "TCP")));
    let host_network = spec.get("hostNetwork").and_then(Value::as_bool) == Some(true);
    if host_network {
        each_container(spec, |container| {
            each_port(container, |port| {
                let number = port.get("containerPort").cloned().unwrap_or_default();
                if port.get("hostPort").and_then(Value::as_int).unwrap_or(0) == 0 && !number.is_null() {
                    port.set("hostPort", number);
                }
            });
        });
    }
    default_text(spec, "restartPolicy", "Always");
    default_member(spec, "terminationGracePeriodSeconds", Value::Int(30));
    default_text(spec, "dnsPolicy", "ClusterFirst");
}

/// Defaults of a Pod.
pub(super) fn set_defaults(pod: &mut Value) {
    let mut spec = pod.get("spec").cloned().unwrap_or_default();
    set_spec_defaults(&mut spec);
    pod.set("spec", spec);
}

/// A Pod, metadata aside.
pub(super) fn validate(pod: &Value) -> ErrorList {
    let none = Value::Null;
    let mut errors = validate_spec(pod.get("spec").unwrap_or(&none), &Path::new("spec"));
    errors.extend(validate_status(pod.get("status").unwrap_or(&none)));
    errors
}

/// A template, metadata and all.
pub(super) fn validate_template(template: &Value, path: &Path) -> ErrorList {
    let none = Value::Null;
    let metadata = template.get("metadata").unwrap_or(&none);
    let mut errors = meta::validate_labels(&path.child("labels"), metadata.get("labels"));
    errors.extend(meta::validate_annotations(&path.child("annotations"), metadata.get("annotations")));
    errors.extend(validate_spec(template.get("spec").unwrap_or(&none), &path.child("spec")));
    errors
}

fn validate_spec(spec: &Value, path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let containers = items(spec, "containers");
    let containers_path = path.child("containers");
    if containers.is_empty() {
        errors.push(required(&containers_path, ""));
    }
    let mut names: Set<&str> = Set::new();
    errors.extend(validate_containers(containers, &containers_path, &mut names));
    errors.extend(validate_host_ports(containers, &containers_path));
    let init_path = path.child("initContainers");
    errors.extend(validate_containers(items(spec, "initContainers"), &init_path, &mut names));
    if spec.get("hostNetwork").and_then(Value::as_bool) == Some(true) {
        errors.extend(validate_host_network(containers, &containers_path));
    }
    let supported = ["Always", "Never", "OnFailure"];
    errors.extend(one_of(&path.child("restartPolicy"), text(spec, "restartPolicy"), &supported));
    let policies = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
    errors.extend(one_of(&path.child("dnsPolicy"), text(spec, "dnsPolicy"), &policies));
    errors.extend(meta::validate_labels(&path.child("nodeSelector"), spec.get("nodeSelector")));
    errors.extend(validate_dns_config(spec, &path.child("dnsConfig")));
    for (i, gate) in items(spec, "readinessGates").iter().enumerate() {
        let condition = text(gate, "conditionType");
        let path = path.child("readinessGates").index(i).child("conditionType");
        errors.extend(invalid_each(&path, condition, names::qualified_name(condition)));
    }
    let node = text(spec, "nodeName");
    if !node.is_empty() {
        errors.extend(invalid_each(&path.child("nodeName"), node, NameRule::Subdomain.check(node, false)));
    }
    for field in ["hostname", "subdomain"] {
        let name = text(spec, field);
        if !name.is_empty() {
            errors.extend(names::validate_label(&path.child(field), name));
        }
    }
    for (i, alias) in items(spec, "hostAliases").iter().enumerate() {
        let path = path.child("hostAliases").index(i);
        errors.extend(ip::validate_ip(&path.child("ip"), text(alias, "ip"), &[]));
        for (i, name) in items(alias, "hostnames").iter().enumerate() {
            let name = name.as_str().unwrap_or_default();
            errors.extend(invalid_each(&path.child("hostnames").index(i), name, names::dns1123_subdomain(name)));
        }
    }
    errors
}

fn one_of(path: &Path, word: &str, supported: &[&str]) -> ErrorList {
    if word.is_empty() {
        vec![required(path, "")]
    } else if supported.contains(&word) {
        ErrorList::new()
    } else {
        vec![not_supported(path, Bad::typed(word), supported)]
    }
}

fn validate_containers<'a>(containers: &'a [Value], path: &Path, seen: &mut Set<&'a str>) -> ErrorList {
    let mut errors = ErrorList::new();
    for (i, container) in containers.iter().enumerate() {
        let path = path.index(i);
        let name = text(container, "name");
        if name.is_empty() {
            errors.push(required(&path.child("name"), ""));
        } else {
            errors.extend(names::validate_label(&path.child("name"), name));
        }
        let image = text(container, "image");
        if image.is_empty() {
            errors.push(required(&path.child("image"), ""));
        } else if image.trim() != image {
            errors.push(invalid(&path.child("image"), image, "must not have leading or trailing whitespace"));
        }
        errors.extend(validate_ports(items(container, "ports"), &path.child("ports")));
        if !seen.insert(name) && !name.is_empty() {
            errors.push(duplicate(&path.child("name"), name));
        }
    }
    errors
}

fn number(port: &Value, key: &str) -> i64 {
    port.get(key).and_then(Value::as_int).unwrap_or(0)
}

fn validate_ports(ports: &[Value], path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let mut seen: Set<&str> = Set::new();
    for (i, port) in ports.iter().enumerate() {
        let path = path.index(i);
        let name = text(port, "name");
        if !name.is_empty() {
            let messages = names::port_name(name);
            if !messages.is_empty() {
                errors.extend(invalid_each(&path.child("name"), name, messages));
            } else if !seen.insert(name) {
                errors.push(duplicate(&path.child("name"), name));
            }
        }
        let container_port = number(port, "containerPort");
        if container_port == 0 {
            errors.push(required(&path.child("containerPort"), ""));
        } else if let Some(detail) = names::port_number(container_port) {
            errors.push(invalid(&path.child("containerPort"), container_port, detail));
        }
        let host_port = number(port, "hostPort");
        if host_port != 0
            && let Some(detail) = names::port_number(host_port)
        {
            errors.push(invalid(&path.child("hostPort"), host_port, detail));
        }
        errors.extend(one_of(&path.child("protocol"), text(port, "protocol"), &["SCTP", "TCP", "UDP"]));
    }
    errors
}

/// One host port may be asked for once (`checkHostPortConflicts`).
fn validate_host_ports(containers: &[Value], path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let mut seen: Set<String> = Set::new();
    for (i, container) in containers.iter().enumerate() {
        for (j, port) in items(container, "ports").iter().enumerate() {
            let host_port = number(port, "hostPort");
            if host_port == 0 {
                continue;
            }
            let tuple = format!("{}/{}/{host_port}", text(port, "protocol"), text(port, "hostIP"));
            if seen.contains(&tuple) {
                errors.push(duplicate(&path.index(i).child("ports").index(j).child("hostPort"), &tuple));
            } else {
                seen.insert(tuple);
            }
        }
    }
    errors
}

fn validate_host_network(containers: &[Value], path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    for (i, container) in containers.iter().enumerate() {
        for (j, port) in items(container, "ports").iter().enumerate() {
            let (inside, outside) = (number(port, "containerPort"), number(port, "hostPort"));
            if inside != outside {
                let path = path.index(i).child("ports").index(j).child("containerPort");
                errors.push(invalid(&path, inside, "must match `hostPort` when `hostNetwork` is true"));
            }
        }
    }
    errors
}

fn validate_dns_config(spec: &Value, path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let by_hand = text(spec, "dnsPolicy") == "None";
    let Some(config) = spec.get("dnsConfig").filter(|config| !config.is_null()) else {
        if by_hand {
            errors.push(required(path, "must provide `dnsConfig` when `dnsPolicy` is None"));
        }
        return errors;
    };
    let nameservers = items(config, "nameservers");
    let servers_path = path.child("nameservers");
    if by_hand && nameservers.is_empty() {
        errors.push(required(&servers_path, "must provide at least one DNS nameserver when `dnsPolicy` is None"));
    }
    if nameservers.len() > 3 {
        let shown = Bad::Json(Value::Array(nameservers.to_vec()));
        errors.push(invalid(&servers_path, shown, "must not have more than 3 nameservers"));
    }
    for (i, server) in nameservers.iter().enumerate() {
        errors.extend(ip::validate_ip(&servers_path.index(i), server.as_str().unwrap_or_default(), &[]));
    }
    let searches = items(config, "searches");
    if searches.len() > 32 {
        let shown = Bad::Json(Value::Array(searches.to_vec()));
        errors.push(invalid(&path.child("searches"), shown, "must not have more than 32 search paths"));
    }
    for (i, option) in items(config, "options").iter().enumerate() {
        if text(option, "name").is_empty() {
            errors.push(required(&path.child("options").index(i), "must not be empty"));
        }
    }
    errors
}

/// The addresses that the kubelet is said to have reported.
fn validate_status(status: &Value) -> ErrorList {
    let mut errors = ErrorList::new();
    let address = text(status, "podIP");
    if !address.is_empty() {
        errors.extend(ip::validate_ip(&Path::new("status.podIP"), address, &[]));
    }
    for (i, item) in items(status, "podIPs").iter().enumerate() {
        let path = Path::new("status.podIPs").index(i);
        errors.extend(ip::validate_ip(&path, text(item, "ip"), &[]));
    }
    errors
}
