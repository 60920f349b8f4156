//! Which endpoints a node may use (`pkg/proxy/topology.go`).

use super::service_port::{Endpoint, ServicePort};
use crate::sort;

/// What the hints of a Service port's endpoints ask of this node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TopologyMode {
    /// Nothing: every ready endpoint.
    #[default]
    None,
    /// Only endpoints hinted for this node.
    SameNode,
    /// Only endpoints hinted for this node's zone.
    SameZone,
}

/// The node that categorizes: its name and its zone.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here<'a> {
    pub(crate) node: &'a str,
    pub(crate) zone: &'a str,
}

/// Fills in `cluster`, `local`, `reachable`, `has_endpoints` and `topology` of a port from its endpoints.
///
/// Usable endpoints are the ready ones; where there is none, those that serve while they terminate. That is judged for
/// the cluster's set and for the local set apart.
pub(crate) fn categorize(port: &mut ServicePort, here: Here<'_>) {
    let endpoints = &port.endpoints;
    let indices = |keep: &dyn Fn(&Endpoint) -> bool| -> Vec<u32> {
        // A Service has far fewer than 2^32 endpoints.
        endpoints.iter().zip(0_u32..).filter(|(endpoint, _)| keep(endpoint)).map(|(_, index)| index).collect()
    };
    let (mut cluster, mut local, mut mode) = (Vec::new(), Vec::new(), TopologyMode::None);
    if port.uses_cluster_endpoints() {
        mode = topology_mode(endpoints, here);
        cluster = indices(&|endpoint| endpoint.ready && available(endpoint, mode, here));
        if cluster.is_empty() {
            cluster = indices(&Endpoint::is_draining);
        }
    }
    let mut has_endpoints = !cluster.is_empty();
    let mut local_draining = false;
    if port.uses_local_endpoints() {
        has_endpoints |= endpoints.iter().any(|endpoint| endpoint.ready || endpoint.is_draining());
        local = indices(&|endpoint| endpoint.local && endpoint.ready);
        if local.is_empty() {
            local = indices(&|endpoint| endpoint.local && endpoint.is_draining());
            local_draining = !local.is_empty();
        }
    }
    let reachable = if !port.uses_local_endpoints() {
        cluster.clone()
    } else if !port.uses_cluster_endpoints() {
        local.clone()
    } else if mode == TopologyMode::None && !local_draining {
        // Then every local endpoint is in the cluster's set already.
        cluster.clone()
    } else {
        let mut both: Vec<u32> = cluster.iter().chain(&local).copied().collect();
        sort::natural(&mut both);
        both.dedup();
        both
    };
    port.cluster = cluster;
    port.local = local;
    port.reachable = reachable;
    port.has_endpoints = has_endpoints;
    port.topology = mode;
}

/// Hints count only if every ready endpoint has one and one of them is for here; node hints go before zone hints.
fn topology_mode(endpoints: &[Endpoint], here: Here<'_>) -> TopologyMode {
    let ready = || endpoints.iter().filter(|endpoint| endpoint.ready);
    if ready().next().is_none() {
        return TopologyMode::None;
    }
    let all_and_one = |hints: &dyn Fn(&Endpoint) -> &[String], name: &str| {
        ready().all(|endpoint| !hints(endpoint).is_empty())
            && ready().any(|endpoint| hints(endpoint).iter().any(|hint| hint == name))
    };
    if all_and_one(&|endpoint| &endpoint.node_hints, here.node) {
        TopologyMode::SameNode
    } else if all_and_one(&|endpoint| &endpoint.zone_hints, here.zone) {
        TopologyMode::SameZone
    } else {
        TopologyMode::None
    }
}

fn available(endpoint: &Endpoint, mode: TopologyMode, here: Here<'_>) -> bool {
    match mode {
        TopologyMode::None => true,
        TopologyMode::SameNode => endpoint.node_hints.iter().any(|hint| hint == here.node),
        TopologyMode::SameZone => endpoint.zone_hints.iter().any(|hint| hint == here.zone),
    }
}
