//! What the server accepts with a warning: `pkg/api/service/warnings.go`.

use super::super::field::Path;
use super::super::ip;
use super::object::{NONE, ServiceObject, kind};
use super::validate::TOPOLOGY_HINTS;

/// The `Warning:` headers of an accepted Service.
pub(crate) fn warnings(service: &ServiceObject) -> Vec<String> {
    let spec = Path::new("spec");
    let mut warnings = Vec::new();
    if service.annotation(TOPOLOGY_HINTS).is_some() {
        warnings.push(format!(
            "annotation {TOPOLOGY_HINTS} is deprecated, please use service.kubernetes.io/topology-mode instead"
        ));
    }
    // Only a Service that has addresses: neither headless nor an alias.
    if !service.cluster_ip.is_empty() && service.cluster_ip != NONE {
        for (i, address) in service.cluster_ips.iter().enumerate() {
            warnings.extend(ip::ip_warnings(&spec.child("clusterIPs").index(i), address));
        }
    }
    let headless = service.kind == kind::CLUSTER_IP && service.cluster_ip == NONE;
    let external_name = service.kind == kind::EXTERNAL_NAME;
    if headless {
        if !service.load_balancer_ip.is_empty() {
            warnings.push("spec.loadBalancerIP is ignored for headless services".to_string());
        }
        if !service.external_ips.is_empty() {
            warnings.push("spec.externalIPs is ignored for headless services".to_string());
        }
        if service.session_affinity != "None" {
            warnings.push("spec.SessionAffinity is ignored for headless services".to_string());
        }
    }
    for (i, address) in service.external_ips.iter().enumerate() {
        warnings.extend(ip::ip_warnings(&spec.child("externalIPs").index(i), address));
    }
    if !service.external_ips.is_empty() && !headless && !external_name {
        warnings.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters".to_string());
    }
    if !service.load_balancer_ip.is_empty() {
        warnings.extend(ip::ip_warnings(&spec.child("loadBalancerIP"), &service.load_balancer_ip));
    }
    for (i, range) in service.source_ranges.iter().enumerate() {
        warnings.extend(ip::cidr_warnings(&spec.child("loadBalancerSourceRanges").index(i), range));
    }
    if external_name && !service.external_ips.is_empty() {
        warnings.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".to_string());
    }
    if !external_name && !service.external_name.is_empty() {
        warnings.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".to_string());
    }
    if service.traffic_distribution.as_deref() == Some("PreferClose") {
        warnings.push("spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"".to_string());
    }
    warnings
}
