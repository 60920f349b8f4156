//! `ValidateService` and `ValidateServiceUpdate` of `pkg/apis/core/validation/validation.go`, in upstream's order.

use super::super::field::{Bad, ErrorList, Path, duplicate, forbidden, invalid, invalid_each, not_supported, required};
use super::super::names::{self, NameRule};
use super::super::{ip, meta};
use super::object::{Port, ServiceObject, Target, kind};
use super::validate_ips::{validate_cluster_ip_fields, validate_cluster_ips_change, validate_ip_families_change};
use crate::collections::Set;
use crate::objects::Value;

const TOPOLOGY_MODE: &str = "service.kubernetes.io/topology-mode";
/// The old name of the same.
pub(crate) const TOPOLOGY_HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
const ONLY_BALANCER: &str = "may only be used when `type` is 'LoadBalancer'";
const AFFINITY_LIMIT: i64 = 86_400;

/// A new Service.
pub(crate) fn validate_create(service: &ServiceObject) -> ErrorList {
    let mut errors = meta::validate_create(&service.meta, true, NameRule::Label);
    errors.extend(validate(service, None));
    errors
}

/// A Service that changes.
pub(crate) fn validate_update(new: &ServiceObject, old: &ServiceObject) -> ErrorList {
    let mut errors = meta::validate_common_update(&new.meta, &old.meta, true);
    errors.extend(meta::validate_update(&new.meta, &old.meta));
    errors.extend(validate_cluster_ips_change(new, old));
    errors.extend(validate_ip_families_change(new, old));
    if new.kind == kind::LOAD_BALANCER
        && old.kind == kind::LOAD_BALANCER
        && new.load_balancer_class != old.load_balancer_class
    {
        let class = new.load_balancer_class.as_deref();
        errors.push(invalid(&Path::new("spec.loadBalancerClass"), class, "may not change once set"));
    }
    errors.extend(validate_class(new));
    if old.needs_health_check() && new.needs_health_check() && new.health_check_node_port != old.health_check_node_port
    {
        errors.push(forbidden(&Path::new("spec.healthCheckNodePort"), "field is immutable"));
    }
    errors.extend(validate(new, Some(old)));
    errors
}

fn validate(service: &ServiceObject, old: Option<&ServiceObject>) -> ErrorList {
    let mut errors = validate_topology(service);
    let spec = Path::new("spec");
    errors.extend(validate_type_fields(service, &spec));
    errors.extend(validate_ports(service, &spec.child("ports")));
    let selector =
        Value::object(service.selector.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))));
    errors.extend(meta::validate_labels(&spec.child("selector"), Some(&selector)));
    errors.extend(validate_affinity(service, &spec));
    errors.extend(validate_cluster_ip_fields(service, old));
    errors.extend(validate_external_ips(service, old, &spec.child("externalIPs")));
    let kinds = [kind::CLUSTER_IP, kind::EXTERNAL_NAME, kind::LOAD_BALANCER, kind::NODE_PORT];
    if service.kind.is_empty() {
        errors.push(required(&spec.child("type"), ""));
    } else if !kinds.contains(&service.kind.as_str()) {
        errors.push(not_supported(&spec.child("type"), Bad::typed(&service.kind), &kinds));
    }
    errors.extend(validate_unique_ports(service, &spec.child("ports")));
    errors.extend(validate_source_ranges(service, old, &spec));
    let balancer = service.kind == kind::LOAD_BALANCER;
    if service.allocate_node_ports.is_some() && !balancer {
        errors.push(forbidden(&spec.child("allocateLoadBalancerNodePorts"), ONLY_BALANCER));
    }
    if service.allocate_node_ports.is_none() && balancer {
        errors.push(required(&Path::new("allocateLoadBalancerNodePorts"), ""));
    }
    errors.extend(validate_class(service));
    errors.extend(validate_policies(service, &spec));
    errors
}

fn validate_topology(service: &ServiceObject) -> ErrorList {
    match (service.annotation(TOPOLOGY_MODE), service.annotation(TOPOLOGY_HINTS)) {
        (Some(mode), Some(hints)) if mode != hints => {
            let path = Path::new("metadata.annotations").key(TOPOLOGY_MODE);
            let detail = format!("must match annotations[{TOPOLOGY_HINTS}] when both are specified");
            vec![invalid(&path, mode, &detail)]
        }
        _ => ErrorList::new(),
    }
}

/// What each type asks of the rest.
fn validate_type_fields(service: &ServiceObject, spec: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let headless = service.is_headless();
    if service.ports.is_empty() && !headless && service.kind != kind::EXTERNAL_NAME {
        errors.push(required(&spec.child("ports"), ""));
    }
    match service.kind.as_str() {
        kind @ (kind::LOAD_BALANCER | kind::NODE_PORT) if headless => {
            let detail = format!("may not be set to 'None' for {kind} services");
            errors.push(invalid(&spec.child("clusterIPs").index(0), "None", &detail));
        }
        kind::EXTERNAL_NAME => {
            let refused = "may not be set for ExternalName services";
            if !service.cluster_ips.is_empty() {
                errors.push(forbidden(&spec.child("clusterIPs"), refused));
            }
            if !service.ip_families.is_empty() {
                errors.push(forbidden(&spec.child("ipFamilies"), refused));
            }
            if service.ip_family_policy.is_some() {
                errors.push(forbidden(&spec.child("ipFamilyPolicy"), refused));
            }
            let path = spec.child("externalName");
            // A dot at the end says that the name is complete.
            let name = service.external_name.strip_suffix('.').unwrap_or(&service.external_name);
            if name.is_empty() {
                errors.push(required(&path, ""));
            } else {
                errors.extend(invalid_each(&path, name, names::dns1123_subdomain(name)));
            }
        }
        _ => {}
    }
    errors
}

fn validate_ports(service: &ServiceObject, path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let mut seen: Set<&str> = Set::new();
    let many = service.ports.len() > 1;
    for (i, port) in service.ports.iter().enumerate() {
        let path = path.index(i);
        let name = port.name.as_str();
        if name.is_empty() {
            if many {
                errors.push(required(&path.child("name"), ""));
            }
        } else {
            errors.extend(names::validate_label(&path.child("name"), name));
            if !seen.insert(name) {
                errors.push(duplicate(&path.child("name"), name));
            }
        }
        errors.extend(validate_port(port, &path));
    }
    errors
}

fn validate_port(port: &Port, path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    if let Some(detail) = names::port_number(port.port) {
        errors.push(invalid(&path.child("port"), port.port, detail));
    }
    if port.protocol.is_empty() {
        errors.push(required(&path.child("protocol"), ""));
    } else if !matches!(port.protocol.as_str(), "SCTP" | "TCP" | "UDP") {
        let supported = ["SCTP", "TCP", "UDP"];
        errors.push(not_supported(&path.child("protocol"), Bad::typed(&port.protocol), &supported));
    }
    let target = path.child("targetPort");
    match &port.target_port {
        Target::Int(number) => {
            if let Some(detail) = names::port_number(*number) {
                errors.push(invalid(&target, *number, detail));
            }
        }
        Target::Str(name) => errors.extend(invalid_each(&target, name, names::port_name(name))),
    }
    if let Some(protocol) = &port.app_protocol {
        errors.extend(invalid_each(&path.child("appProtocol"), protocol, names::qualified_name(protocol)));
    }
    errors
}

fn validate_affinity(service: &ServiceObject, spec: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let path = spec.child("sessionAffinityConfig");
    let config = service.affinity_config.as_ref();
    match service.session_affinity.as_str() {
        "" => errors.push(required(&spec.child("sessionAffinity"), "")),
        "ClientIP" => {
            let detail = "when session affinity type is ClientIP";
            let client_ip = config.and_then(|config| config.get("clientIP"));
            let seconds_path = path.child("clientIP.timeoutSeconds");
            match (config, client_ip, client_ip.and_then(|c| c.get("timeoutSeconds")).and_then(Value::as_int)) {
                (None, _, _) => errors.push(required(&path, detail)),
                (_, None, _) => errors.push(required(&path.child("clientIP"), detail)),
                (_, _, None) => errors.push(required(&seconds_path, detail)),
                (_, _, Some(seconds)) if seconds <= 0 || seconds > AFFINITY_LIMIT => {
                    let detail = format!("must be greater than 0 and less than {AFFINITY_LIMIT}");
                    errors.push(invalid(&seconds_path, seconds, &detail));
                }
                _ => {}
            }
        }
        "None" => {
            if config.is_some() {
                errors.push(forbidden(&path, "must not be set when session affinity is None"));
            }
        }
        other => {
            let supported = ["ClientIP", "None"];
            errors.push(not_supported(&spec.child("sessionAffinity"), Bad::typed(other), &supported));
        }
    }
    errors
}

fn validate_external_ips(service: &ServiceObject, old: Option<&ServiceObject>, path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let existing = old.map(|old| &old.external_ips[..]).unwrap_or_default();
    for (i, address) in service.external_ips.iter().enumerate() {
        let path = path.index(i);
        let problems = ip::validate_ip(&path, address, existing);
        if problems.is_empty() {
            errors.extend(ip::validate_non_special(&path, address));
        } else {
            errors.extend(problems);
        }
    }
    errors
}

/// No node ports on a plain ClusterIP, and no pair of protocol and number twice.
fn validate_unique_ports(service: &ServiceObject, path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    if service.kind == kind::CLUSTER_IP {
        for (i, port) in service.ports.iter().enumerate() {
            if port.node_port != 0 {
                let detail = "may not be used when `type` is 'ClusterIP'";
                errors.push(forbidden(&path.index(i).child("nodePort"), detail));
            }
        }
    }
    let mut seen: Set<(&str, i64)> = Set::new();
    for (i, port) in service.ports.iter().enumerate().filter(|(_, port)| port.node_port != 0) {
        let pair = (port.protocol.as_str(), port.node_port);
        if !seen.insert(pair) {
            errors.push(duplicate(&path.index(i).child("nodePort"), port.node_port));
        }
    }
    seen.clear();
    for (i, port) in service.ports.iter().enumerate() {
        let pair = (port.protocol.as_str(), port.port);
        if !seen.insert(pair) {
            // The server prints its own struct, with only these two fields filled.
            let shown = Value::object([
                ("Name", Value::from("")),
                ("Protocol", Value::from(pair.0)),
                ("AppProtocol", Value::Null),
                ("Port", Value::Int(pair.1)),
                ("TargetPort", Value::Int(0)),
                ("NodePort", Value::Int(0)),
            ]);
            errors.push(duplicate(&path.index(i), Bad::Json(shown)));
        }
    }
    errors
}

fn validate_source_ranges(service: &ServiceObject, old: Option<&ServiceObject>, spec: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let balancer = service.kind == kind::LOAD_BALANCER;
    if !service.source_ranges.is_empty() {
        let path = spec.child("LoadBalancerSourceRanges");
        if !balancer {
            errors.push(forbidden(&path, ONLY_BALANCER));
        }
        let existing: Vec<String> =
            old.map(|old| old.source_ranges.iter().map(|range| range.trim().to_string()).collect()).unwrap_or_default();
        for (i, range) in service.source_ranges.iter().enumerate() {
            errors.extend(ip::validate_cidr(&path.index(i), range.trim(), &existing));
        }
    } else if let Some(list) = service.annotation(SOURCE_RANGES) {
        let path = Path::new("metadata.annotations").key(SOURCE_RANGES);
        if !balancer {
            errors.push(forbidden(&path, ONLY_BALANCER));
        }
        let unchanged = old.and_then(|old| old.annotation(SOURCE_RANGES)) == Some(list);
        let list = list.trim();
        if !list.is_empty() && !unchanged {
            for range in list.split(',') {
                errors.extend(ip::validate_cidr(&path, range.trim(), &[]));
            }
        }
    }
    errors
}

fn validate_class(service: &ServiceObject) -> ErrorList {
    let path = Path::new("spec.loadBalancerClass");
    match &service.load_balancer_class {
        None => ErrorList::new(),
        Some(class) if service.kind == kind::LOAD_BALANCER => invalid_each(&path, class, names::qualified_name(class)),
        Some(_) => vec![forbidden(&path, ONLY_BALANCER)],
    }
}

fn validate_policies(service: &ServiceObject, spec: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let words = ["Cluster", "Local"];
    let path = spec.child("externalTrafficPolicy");
    let policy = service.external_traffic_policy.as_str();
    if !service.externally_accessible() {
        if !policy.is_empty() {
            let detail = "may only be set for externally-accessible services";
            errors.push(invalid(&path, Bad::typed(policy), detail));
        }
    } else if policy.is_empty() {
        errors.push(required(&path, ""));
    } else if !words.contains(&policy) {
        errors.push(not_supported(&path, Bad::typed(policy), &words));
    }

    let path = spec.child("healthCheckNodePort");
    let port = service.health_check_node_port;
    if !service.needs_health_check() {
        if port != 0 {
            let detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            errors.push(invalid(&path, port, detail));
        }
    } else if port == 0 {
        errors.push(required(&path, ""));
    } else if let Some(detail) = names::port_number(port) {
        errors.push(invalid(&path, port, detail));
    }

    let path = spec.child("internalTrafficPolicy");
    let known = matches!(service.kind.as_str(), kind::NODE_PORT | kind::LOAD_BALANCER | kind::CLUSTER_IP);
    match &service.internal_traffic_policy {
        None if known => errors.push(required(&path, "")),
        Some(policy) if !words.contains(&policy.as_str()) => {
            errors.push(not_supported(&path, Bad::typed(policy), &words));
        }
        _ => {}
    }

    if let Some(distribution) = &service.traffic_distribution {
        let supported = ["PreferClose", "PreferSameZone", "PreferSameNode"];
        if !supported.contains(&distribution.as_str()) {
            errors.push(not_supported(&spec.child("trafficDistribution"), distribution, &supported));
        }
    }
    errors
}
