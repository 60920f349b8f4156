//! Service ports with their endpoints, as kube-proxy holds them (`pkg/proxy/serviceport.go`,
//! `pkg/proxy/servicechangetracker.go`, `pkg/proxy/endpointslicecache.go`).

use crate::collections::Map;

use super::names::ServicePortName;
use super::topology::TopologyMode;
use crate::cluster::Cluster;
use crate::net::{Addr, IpFamily, IpNet, Protocol};
use crate::objects::{EndpointSlice, ObjectRef, Service, ServiceType, TrafficPolicy};
use crate::sort;
use std::net::IpAddr;

/// Services and slices with this label are another proxy's.
const OTHER_PROXY: &str = "service.kubernetes.io/service-proxy-name";
/// Slices with this label belong to headless Services, which kube-proxy does not serve.
const HEADLESS: &str = "service.kubernetes.io/headless";

/// One endpoint of a Service port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Address and port.
    pub address: Addr,
    /// The slice's `nodeName`; empty where there is none, which counts as remote.
    pub node: String,
    /// On the proxy's own node.
    pub local: bool,
    /// Ready; missing means yes.
    pub ready: bool,
    /// Serving; missing means yes.
    pub serving: bool,
    /// Terminating; missing means no.
    pub terminating: bool,
    /// The pod of the slice's `targetRef`.
    pub pod: Option<ObjectRef>,
    /// `hints.forZones`.
    pub zone_hints: Vec<String>,
    /// `hints.forNodes`.
    pub node_hints: Vec<String>,
}

impl Endpoint {
    /// Still serves while it terminates.
    pub fn is_draining(&self) -> bool {
        !self.ready && self.serving && self.terminating
    }
}

/// One port of a Service in one address family.
#[derive(Clone, Debug, PartialEq)]
pub struct ServicePort {
    /// Its name.
    pub name: ServicePortName,
    /// Its place in `spec.ports`.
    pub index: usize,
    /// The family.
    pub family: IpFamily,
    /// The virtual address.
    pub cluster_ip: IpAddr,
    /// The port at the Service's addresses.
    pub port: u16,
    /// The port on the nodes.
    pub node_port: Option<u16>,
    /// External addresses of this family.
    pub external_ips: Vec<IpAddr>,
    /// Balancer addresses of this family that come with packets (ipMode VIP).
    pub balancer_ips: Vec<IpAddr>,
    /// Who may use the balancer addresses; empty for everybody.
    pub source_ranges: Vec<IpNet>,
    /// The node's own address is in the ranges, so that the balancer addresses are allowed sources too.
    pub allow_from_node: bool,
    /// Seconds of ClientIP affinity.
    pub affinity_seconds: Option<u32>,
    /// externalTrafficPolicy is Local.
    pub external_local: bool,
    /// internalTrafficPolicy is Local.
    pub internal_local: bool,
    /// Where the node answers the cloud's health checks.
    pub health_check_node_port: Option<u16>,
    /// The endpoints of the whole Service in this family that are ready on this node, counted by address.
    pub local_ready: usize,
    /// Every endpoint, ordered by its text.
    pub endpoints: Vec<Endpoint>,
    /// What policy Cluster uses: places in `endpoints`.
    pub cluster: Vec<u32>,
    /// What policy Local uses.
    pub local: Vec<u32>,
    /// The union of both.
    pub reachable: Vec<u32>,
    /// Whether a usable endpoint is anywhere in the cluster.
    pub has_endpoints: bool,
    /// What the hints came to.
    pub topology: TopologyMode,
}

/// Which set of endpoints a packet is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The usable ones of the cluster.
    Cluster,
    /// Those on this node.
    Local,
}

impl ServicePort {
    /// Can be reached by something other than the cluster IP.
    pub fn externally_accessible(&self) -> bool {
        self.node_port.is_some() || !self.balancer_ips.is_empty() || !self.external_ips.is_empty()
    }

    /// Ever sends to endpoints by policy Cluster: external policy Local does so for pods and for the node itself.
    pub fn uses_cluster_endpoints(&self) -> bool {
        !self.internal_local || self.externally_accessible()
    }

    /// Ever sends to endpoints by policy Local.
    pub fn uses_local_endpoints(&self) -> bool {
        self.internal_local || (self.external_local && self.externally_accessible())
    }

    /// What a packet finds it by; the tables depend on nothing else.
    pub(super) fn addresses(&self) -> (Protocol, u16, Option<u16>, IpAddr, &[IpAddr], &[IpAddr]) {
        (self.name.protocol, self.port, self.node_port, self.cluster_ip, &self.external_ips, &self.balancer_ips)
    }

    /// The set of a policy.
    pub fn set(&self, policy: Policy) -> &[u32] {
        match policy {
            Policy::Cluster => &self.cluster,
            Policy::Local => &self.local,
        }
    }

    /// The policy of the cluster IP.
    pub fn internal_policy(&self) -> Policy {
        if self.internal_local { Policy::Local } else { Policy::Cluster }
    }

    /// The policy of external addresses and node ports, for those who come from outside.
    pub fn external_policy(&self) -> Policy {
        if self.external_local { Policy::Local } else { Policy::Cluster }
    }
}

/// The label by which kube-proxy does not watch a slice.
pub(crate) fn other_proxy(labels: &Map<String, String>) -> Option<&'static str> {
    [OTHER_PROXY, HEADLESS].into_iter().find(|label| labels.contains_key(*label))
}

/// The endpoints of every Service port of every family, before any node looks at them.
pub(crate) struct Slices<'a>(Map<(&'a str, &'a str), Vec<&'a EndpointSlice>>);

impl<'a> Slices<'a> {
    /// All of them.
    pub(crate) fn of(cluster: &'a Cluster) -> Self {
        Self::from(cluster.slices.iter())
    }

    /// Those of one Service.
    pub(crate) fn of_service(cluster: &'a Cluster, service: &'a ObjectRef) -> Self {
        Self::from(cluster.slices_of(service))
    }

    fn from(slices: impl Iterator<Item = &'a EndpointSlice>) -> Self {
        let mut by_service: Map<(&str, &str), Vec<&EndpointSlice>> = Map::new();
        for slice in slices {
            if !slice.service.is_empty() && other_proxy(&slice.meta.labels).is_none() {
                by_service.entry((&slice.meta.namespace, &slice.service)).or_default().push(slice);
            }
        }
        Slices(by_service)
    }

    /// The addresses of a Service that are ready on the node `here`, in slices with a port that has a number, whatever
    /// its name (`LocalReadyEndpoints`).
    fn local_ready(&self, service: &ObjectRef, family: IpFamily, here: &str) -> usize {
        let key = (service.namespace.as_str(), service.name.as_str());
        let slices = self.0.get(&key).map_or(&[][..], Vec::as_slice).iter().filter(|s| s.family == Some(family));
        let served = slices.filter(|slice| slice.ports.iter().any(|port| port.port.is_some_and(|number| number != 0)));
        let endpoints = served.flat_map(|slice| &slice.endpoints);
        let ready = endpoints.filter(|e| e.is_ready() && !here.is_empty() && e.node_name.as_deref() == Some(here));
        let mut addresses: Vec<IpAddr> = ready.filter_map(|endpoint| endpoint.addresses.first().copied()).collect();
        sort::natural(&mut addresses);
        addresses.dedup();
        addresses.len()
    }

    /// Joins by port name and protocol, never by number: one name may carry two numbers in two slices.
    fn endpoints(&self, name: &ServicePortName, family: IpFamily, here: &str) -> Vec<Endpoint> {
        let key = (name.service.namespace.as_str(), name.service.name.as_str());
        let mut found: Vec<(String, Endpoint)> = Vec::new();
        for slice in self.0.get(&key).map_or(&[][..], Vec::as_slice).iter().filter(|s| s.family == Some(family)) {
            for port in slice.ports.iter().filter(|p| p.name == name.port && p.protocol == name.protocol) {
                let Some(number) = port.port.filter(|number| *number != 0) else { continue };
                for endpoint in &slice.endpoints {
                    let Some(ip) = endpoint.addresses.first().filter(|ip| IpFamily::of(**ip) == family) else {
                        continue;
                    };
                    let address = Addr::new(*ip, number);
                    let node = endpoint.node_name.clone().unwrap_or_default();
                    let joined = Endpoint {
                        address,
                        local: !here.is_empty() && node == here,
                        node,
                        ready: endpoint.is_ready(),
                        serving: endpoint.is_serving(),
                        terminating: endpoint.is_terminating(),
                        pod: endpoint.pod.clone(),
                        zone_hints: endpoint.zone_hints.clone(),
                        node_hints: endpoint.node_hints.clone(),
                    };
                    found.push((address.to_string(), joined));
                }
            }
        }
        // The sort is stable. Of endpoints with one address those that do not terminate count: a pod may have got the
        // address of one that is about to go. Between several of them upstream leaves it open; here the last counts.
        sort::by(&mut found, |a, b| a.0.cmp(&b.0));
        let mut endpoints: Vec<Endpoint> = Vec::with_capacity(found.len());
        for (_, endpoint) in found {
            match endpoints.last_mut() {
                Some(last) if last.address == endpoint.address => {
                    if !endpoint.terminating {
                        *last = endpoint;
                    }
                }
                _ => endpoints.push(endpoint),
            }
        }
        endpoints
    }
}

/// The ports of a Service that kube-proxy serves on the node `here` whose own address in the family is given.
pub(crate) fn service_ports(
    service: &Service,
    slices: &Slices<'_>,
    here: &str,
    node_ip: impl Fn(IpFamily) -> Option<IpAddr>,
) -> Vec<ServicePort> {
    let skip = service.headless
        || service.service_type == ServiceType::ExternalName
        || service.meta.labels.contains_key(OTHER_PROXY);
    let mut ports = Vec::new();
    if skip {
        return ports;
    }
    for cluster_ip in &service.cluster_ips {
        let family = IpFamily::of(*cluster_ip);
        let of_family = |ip: &IpAddr| IpFamily::of(*ip) == family;
        let mut source_ranges: Vec<IpNet> =
            service.source_ranges.iter().filter(|range| of_family(&range.addr())).copied().collect();
        if source_ranges.iter().any(|range| range.prefix_len() == 0) {
            // Everybody of the family: as if nothing were said.
            source_ranges.clear();
        }
        let allow_from_node = node_ip(family).is_some_and(|ip| source_ranges.iter().any(|range| range.contains(&ip)));
        let balancer = service.service_type == ServiceType::LoadBalancer;
        let vips = service.ingress.iter().filter(|ingress| ingress.ip_mode == crate::objects::IpMode::Vip);
        let balancer_ips: Vec<IpAddr> = vips.filter_map(|ingress| ingress.ip).filter(of_family).collect();
        let external_ips: Vec<IpAddr> = service.external_ips.iter().filter(|ip| of_family(ip)).copied().collect();
        let outward = service.service_type != ServiceType::ClusterIp || !service.external_ips.is_empty();
        let external_local = outward && service.external_traffic_policy == TrafficPolicy::Local;
        let local_ready = slices.local_ready(&service.meta.reference(), family, here);
        for (index, port) in service.ports.iter().enumerate() {
            let name =
                ServicePortName { service: service.meta.reference(), port: port.name.clone(), protocol: port.protocol };
            ports.push(ServicePort {
                endpoints: slices.endpoints(&name, family, here),
                name,
                local_ready,
                index,
                family,
                cluster_ip: *cluster_ip,
                port: port.port,
                node_port: port.node_port.filter(|number| *number != 0),
                external_ips: external_ips.clone(),
                balancer_ips: balancer_ips.clone(),
                source_ranges: source_ranges.clone(),
                allow_from_node,
                affinity_seconds: service.affinity_seconds,
                external_local,
                internal_local: service.internal_traffic_policy == TrafficPolicy::Local,
                health_check_node_port: service.health_check_node_port.filter(|_| balancer && external_local),
                cluster: Vec::new(),
                local: Vec::new(),
                reachable: Vec::new(),
                has_endpoints: false,
                topology: TopologyMode::None,
            });
        }
    }
    ports
}

#[cfg(test)]
mod tests {
    use crate::cluster::ProxyMode::Iptables;
    use crate::objects::TrafficPolicy;
    use crate::proxy::testing::*;

    const POD: &str = "10.244.1.9";
    const CLUSTER_IP: &str = "10.96.0.100:80";

    #[test]
    fn a_missing_serving_condition_means_yes_even_where_ready_is_no() {
        let mut leaving = draining("10.244.1.5", "a");
        leaving.serving = None;
        assert_eq!(verdict(&cluster(Iptables, vec![leaving]), POD, CLUSTER_IP), "dnat 10.244.1.5");
    }

    #[test]
    fn of_endpoints_with_one_address_the_one_that_does_not_terminate_counts() {
        let (old, new) = (draining("10.244.1.5", "a"), endpoint("10.244.1.5", "b"));
        for endpoints in [vec![old.clone(), new.clone()], vec![new, old]] {
            let mut cluster = cluster(Iptables, endpoints);
            assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.1.5");
            policies(&mut cluster, TrafficPolicy::Cluster, TrafficPolicy::Local);
            assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "drop NoLocalEndpoints");
        }
    }

    #[test]
    fn a_source_range_of_everybody_is_as_good_as_none() {
        let mut cluster = cluster(Iptables, three());
        cluster.services[0].source_ranges = vec!["198.51.100.0/24".parse().unwrap(), "0.0.0.0/0".parse().unwrap()];
        let text = crate::proxy::rules::print(&crate::proxy::NodeProxy::new(&cluster, "a"));
        assert!(!text.contains("KUBE-FW-"), "{text}");
        cluster.services[0].source_ranges.pop();
        let text = crate::proxy::rules::print(&crate::proxy::NodeProxy::new(&cluster, "a"));
        assert!(text.contains("KUBE-FW-"), "{text}");
    }
}
