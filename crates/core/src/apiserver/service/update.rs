//! What an update keeps that the client left out, and drops that the new type has no use for: `patchAllocatedValues` of
//! `pkg/registry/core/service/storage/storage.go`, `dropTypeDependentFields` of `strategy.go`.

use super::allocate::node_ports;
use super::object::{ServiceObject, empty_status, kind};

/// Fills in allocated values that the client did not repeat, so that the same manifest can be sent twice.
pub(crate) fn patch_allocated_values(new: &mut ServiceObject, old: &ServiceObject) {
    if old.needs_cluster_ip() && new.needs_cluster_ip() {
        if new.cluster_ip.is_empty() {
            new.cluster_ip = old.cluster_ip.clone();
        }
        if new.cluster_ips.is_empty() {
            new.cluster_ips = old.cluster_ips.clone();
        }
    }
    if old.needs_node_port() && new.needs_node_port() {
        let before = node_ports(old);
        let used: Vec<i64> = node_ports(new).into_iter().filter(|port| before.contains(port)).collect();
        for port in new.ports.iter_mut().filter(|port| port.node_port == 0) {
            // By name alone, and of several with one name the last.
            let known = old.ports.iter().rev().find(|old| old.name == port.name).map_or(0, |old| old.node_port);
            if !used.contains(&known) {
                port.node_port = known;
            }
        }
    }
    if old.needs_health_check() && new.needs_health_check() && new.health_check_node_port == 0 {
        new.health_check_node_port = old.health_check_node_port;
    }
}

/// Drops values that only made sense for the old type, unless the client changed them too.
pub(crate) fn drop_type_dependent_fields(new: &mut ServiceObject, old: &ServiceObject) {
    if old.needs_cluster_ip() && !new.needs_cluster_ip() {
        if old.cluster_ip == new.cluster_ip && old.cluster_ips == new.cluster_ips {
            new.cluster_ip.clear();
            new.cluster_ips.clear();
        }
        if old.ip_families == new.ip_families {
            new.ip_families.clear();
        }
        if old.ip_family_policy == new.ip_family_policy {
            new.ip_family_policy = None;
        }
    }
    if old.needs_node_port() && !new.needs_node_port() {
        let before = node_ports(old);
        if node_ports(new).iter().all(|port| before.contains(port)) {
            for port in &mut new.ports {
                port.node_port = 0;
            }
        }
    }
    if old.needs_health_check() && !new.needs_health_check() && old.health_check_node_port == new.health_check_node_port
    {
        new.health_check_node_port = 0;
    }
    if old.kind == kind::LOAD_BALANCER && new.kind != kind::LOAD_BALANCER {
        if old.allocate_node_ports == new.allocate_node_ports {
            new.allocate_node_ports = None;
        }
        if old.load_balancer_class == new.load_balancer_class {
            new.load_balancer_class = None;
        }
    }
    if old.externally_accessible()
        && !new.externally_accessible()
        && old.external_traffic_policy == new.external_traffic_policy
    {
        new.external_traffic_policy.clear();
    }
    if new.kind != kind::LOAD_BALANCER {
        let conditions = new.status.remove("conditions");
        new.status = empty_status();
        if let Some(conditions) = conditions {
            new.status.set("conditions", conditions);
        }
    }
}
