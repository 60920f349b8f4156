//! Which endpoints a node may use (`pkg/proxy/topology.go`).

use super::service_port::{Endpoint, Policy, ServicePort};
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

/// Whether a node gives anything to an endpoint under a policy, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Ready, and it is given connections.
    Used,
    /// Terminating, and used since it still serves and no ready one is left.
    Draining,
    /// Not ready.
    NotReady,
    /// Terminating.
    Terminating,
    /// On another node, under policy Local.
    NotLocal,
    /// Hinted for other nodes.
    OtherNode,
    /// Hinted for other zones.
    OtherZone,
}

impl ServicePort {
    /// What becomes of the endpoint at this place of [`ServicePort::endpoints`] under a policy; `None` where there is none.
    pub fn standing(&self, at: u32, policy: Policy) -> Option<Standing> {
        let endpoint = self.endpoints.get(at as usize)?;
        Some(if self.set(policy).contains(&at) {
            if endpoint.ready { Standing::Used } else { Standing::Draining }
        } else if endpoint.terminating {
            Standing::Terminating
        } else if !endpoint.ready {
            Standing::NotReady
        } else {
            match (policy, self.topology) {
                (Policy::Local, _) | (_, TopologyMode::None) => Standing::NotLocal,
                (Policy::Cluster, TopologyMode::SameNode) => Standing::OtherNode,
                (Policy::Cluster, TopologyMode::SameZone) => Standing::OtherZone,
            }
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::ProxyMode::Iptables;
    use crate::objects::TrafficPolicy;
    use crate::proxy::NodeProxy;
    use crate::proxy::testing::*;

    #[test]
    fn why_an_endpoint_is_not_used_is_said_as_the_sets_were_made() {
        let mut unready = endpoint("10.244.1.6", "a");
        unready.ready = Some(false);
        let (here, there) = (endpoint("10.244.1.5", "a"), endpoint("10.244.2.7", "b"));
        let mut endpoints = vec![here, unready, draining("10.244.1.7", "a"), there];
        let standing = |endpoints: &[crate::objects::Endpoint], policy| -> Vec<Standing> {
            let mut cluster = cluster(Iptables, endpoints.to_vec());
            policies(&mut cluster, TrafficPolicy::Local, TrafficPolicy::Cluster);
            let proxy = NodeProxy::new(&cluster, "a");
            (0..4).filter_map(|at| proxy.ports[0].standing(at, policy)).collect()
        };
        use Standing::{Draining, NotLocal, NotReady, OtherNode, Terminating, Used};
        assert_eq!(standing(&endpoints, Policy::Cluster), [Used, NotReady, Terminating, Used]);
        assert_eq!(standing(&endpoints, Policy::Local), [Used, NotReady, Terminating, NotLocal]);
        for endpoint in &mut endpoints {
            endpoint.node_hints = endpoint.node_name.clone().into_iter().collect();
        }
        assert_eq!(standing(&endpoints, Policy::Cluster), [Used, NotReady, Terminating, OtherNode]);
        endpoints[0].ready = Some(false);
        assert_eq!(standing(&endpoints, Policy::Local), [NotReady, NotReady, Draining, NotLocal]);
    }
}
