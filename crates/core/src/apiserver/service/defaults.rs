//! What the server fills in before it looks: `SetDefaults_Service` of `pkg/apis/core/v1/defaults.go`.

use super::object::{ServiceObject, Target, kind};
use crate::objects::Value;

/// Seconds of ClientIP affinity where none are given.
pub(crate) const AFFINITY_SECONDS: i64 = 10_800;

/// Fills in what was left out.
pub(crate) fn set_defaults(service: &mut ServiceObject) {
    if service.session_affinity.is_empty() {
        service.session_affinity = "None".to_string();
    }
    match service.session_affinity.as_str() {
        "None" => service.affinity_config = None,
        "ClientIP" => {
            let seconds = service.affinity_config.as_ref().and_then(|config| config.at("clientIP.timeoutSeconds"));
            if seconds.and_then(Value::as_int).is_none() {
                let client_ip = Value::object([("timeoutSeconds", Value::Int(AFFINITY_SECONDS))]);
                service.affinity_config = Some(Value::object([("clientIP", client_ip)]));
            }
        }
        _ => {}
    }
    if service.kind.is_empty() {
        service.kind = kind::CLUSTER_IP.to_string();
    }
    for port in &mut service.ports {
        if port.protocol.is_empty() {
            port.protocol = "TCP".to_string();
        }
        if matches!(&port.target_port, Target::Int(0))
            || matches!(&port.target_port, Target::Str(name) if name.is_empty())
        {
            port.target_port = Target::Int(port.port);
        }
    }
    if service.externally_accessible() && service.external_traffic_policy.is_empty() {
        service.external_traffic_policy = "Cluster".to_string();
    }
    let known = matches!(service.kind.as_str(), kind::NODE_PORT | kind::LOAD_BALANCER | kind::CLUSTER_IP);
    if service.internal_traffic_policy.is_none() && known {
        service.internal_traffic_policy = Some("Cluster".to_string());
    }
    if service.kind == kind::LOAD_BALANCER {
        service.allocate_node_ports.get_or_insert(true);
        default_ip_modes(&mut service.status);
    }
}

/// An ingress with an address and no `ipMode` is one that kube-proxy handles.
fn default_ip_modes(status: &mut Value) {
    let Some(Value::Array(items)) = status.get_mut("loadBalancer").and_then(|lb| lb.get_mut("ingress")) else { return };
    for item in items {
        let has_ip = item.get("ip").and_then(Value::as_str).is_some_and(|ip| !ip.is_empty());
        let has_mode = item.get("ipMode").is_some_and(|mode| !mode.is_null());
        if let (true, false, Value::Object(members)) = (has_ip, has_mode, item) {
            members.retain(|(key, _)| key != "ipMode");
            // Before `ports`, where Go's struct has it.
            let at = members.iter().position(|(key, _)| key == "ports").unwrap_or(members.len());
            members.insert(at, ("ipMode".to_string(), Value::from("VIP")));
        }
    }
}

/// What reading adds or leaves out (`defaultOnRead` of the registry): an ExternalName has no internal policy.
pub(crate) fn default_on_read(service: &mut ServiceObject) {
    if !service.needs_cluster_ip() {
        service.internal_traffic_policy = None;
    }
}
