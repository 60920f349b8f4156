//! One node's kube-proxy: its tables, made from the cluster.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::ipvs_scheduler::Scheduler;
use super::node_ports::NodePortAddresses;
use super::route::{Arrival, Packet};
use super::service_port::{ServicePort, Slices, service_ports};
use super::table::{Key, Table};
use super::topology::{Here, categorize};
use crate::cluster::{Cluster, DetectLocal, ProxyMode, ProxySettings};
use crate::net::{IpFamily, IpNet};
use crate::objects::{Node, ObjectRef};
use crate::sort;

/// How a packet comes to a Service port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Via {
    /// By the cluster IP.
    ClusterIp,
    /// By one of `externalIPs`.
    ExternalIp,
    /// By a balancer address.
    LoadBalancer,
    /// By a node port.
    NodePort,
}

/// The rules of one node, in both families, from which verdicts and rule text are derived.
#[derive(Clone, Debug)]
pub struct NodeProxy {
    /// The node's name.
    pub node: String,
    /// The mode.
    pub mode: ProxyMode,
    /// Ordered by Service, then family, then place in the Service.
    pub ports: Vec<ServicePort>,
    /// `masqueradeAll`.
    pub masquerade_all: bool,
    /// How pods are told (`detectLocalMode`).
    pub detect_local: DetectLocal,
    /// The ranges by which pods are told, where that is done by ranges.
    pub pod_ranges: Vec<IpNet>,
    /// The bridge or the beginning of the interfaces by which pods are told, where that is done by interfaces.
    pub local_interface: String,
    /// The packet mark that asks for masquerading.
    pub masquerade_mark: u32,
    /// Whether the kernel lets packets outside of a connection's window through, so that no rule drops them.
    pub tcp_be_liberal: bool,
    /// The ranges of cluster IPs.
    pub service_cidrs: Vec<IpNet>,
    /// Who serves node ports, IPv4 and IPv6.
    pub node_port_addresses: [NodePortAddresses; 2],
    /// The scheduler of ipvs, as its tools print it.
    pub ipvs_scheduler: String,
    /// What it does; `None` where there is none of this name, and so no proxy.
    pub(super) scheduler: Option<Scheduler>,
    /// The node's addresses, but for loopback: those of the node, then those of its pods' bridge.
    pub addresses: Vec<IpAddr>,
    /// Whether there are so many endpoints, IPv4 and IPv6, that iptables' rules for each of them go without comments.
    pub(super) large: [bool; 2],
    pub(super) table: Table<(u32, Via)>,
    /// Cluster IPs; under ipvs every address that is bound to the dummy interface.
    pub(super) cluster_ips: Table<()>,
}

impl NodeProxy {
    /// What kube-proxy on `node` makes of the cluster. A node that does not exist has no addresses and no zone.
    pub fn new(cluster: &Cluster, node: &str) -> NodeProxy {
        let settings = &cluster.settings.proxy;
        let object = cluster.node(node);
        let primary = |family| object.and_then(|node| primary_address(node, family));
        let here = Here { node, zone: object.and_then(|node| node.zone.as_deref()).unwrap_or_default() };
        let slices = Slices::of(cluster);
        let mut ports = Vec::new();
        for service in cluster.services.iter().filter(|_| starts(settings)) {
            ports.extend(service_ports(service, &slices, node, primary));
        }
        // Clusters hold their Services in this order already; a change of one relies on it.
        sort::by(&mut ports, |a, b| a.name.service.cmp(&b.name.service));
        for port in &mut ports {
            categorize(port, here);
        }
        let pod_ranges = match settings.detect_local {
            DetectLocal::ClusterCidr => settings.cluster_cidrs.clone(),
            DetectLocal::NodeCidr => object.map(|node| node.pod_cidrs.clone()).unwrap_or_default(),
            DetectLocal::BridgeInterface | DetectLocal::InterfaceNamePrefix => Vec::new(),
        };
        let mut proxy = NodeProxy {
            node: node.to_string(),
            mode: settings.mode,
            masquerade_all: settings.masquerade_all,
            detect_local: settings.detect_local,
            pod_ranges,
            local_interface: settings.local_interface.clone(),
            // Settings keep the bit below 32.
            masquerade_mark: 1_u32.checked_shl(settings.masquerade_bit.into()).unwrap_or_default(),
            tcp_be_liberal: settings.conntrack.tcp_be_liberal,
            service_cidrs: cluster.settings.service_cidrs.clone(),
            node_port_addresses: [IpFamily::V4, IpFamily::V6]
                .map(|family| NodePortAddresses::new(settings, family, primary(family))),
            scheduler: Scheduler::parse(&settings.ipvs_scheduler),
            ipvs_scheduler: if settings.ipvs_scheduler.is_empty() {
                "rr".into()
            } else {
                settings.ipvs_scheduler.clone()
            },
            addresses: object.map(node_addresses).unwrap_or_default(),
            large: [false; 2],
            table: Table::with_capacity(ports.len() * 2),
            cluster_ips: Table::with_capacity(ports.len()),
            ports,
        };
        proxy.fill_tables();
        proxy.measure();
        proxy
    }

    /// `largeClusterMode`: more than a thousand endpoints in a family, over all Service ports.
    fn measure(&mut self) {
        self.large = [IpFamily::V4, IpFamily::V6].map(|family| {
            let ports = self.ports.iter().filter(|port| port.family == family);
            ports.map(|port| port.endpoints.len()).sum::<usize>() > 1000
        });
    }

    /// Whether iptables' rules for each endpoint of a family carry comments.
    pub(super) fn comments(&self, family: IpFamily) -> bool {
        let [v4, v6] = self.large;
        !(if family == IpFamily::V4 { v4 } else { v6 })
    }

    /// Takes over a change of one Service or of its slices. Nodes and settings must be as they were.
    pub fn update_service(&mut self, cluster: &Cluster, service: &ObjectRef) {
        let node = self.node.clone();
        let object = cluster.node(&node);
        let primary = |family| object.and_then(|node| primary_address(node, family));
        let here = Here { node: &node, zone: object.and_then(|node| node.zone.as_deref()).unwrap_or_default() };
        let slices = Slices::of_service(cluster, service);
        let mut ports = match cluster.service(service) {
            Some(object) if starts(&cluster.settings.proxy) => service_ports(object, &slices, &node, primary),
            _ => Vec::new(),
        };
        for port in &mut ports {
            categorize(port, here);
        }
        let start = self.ports.partition_point(|port| port.name.service < *service);
        let count = self.ports.iter().skip(start).take_while(|port| port.name.service == *service).count();
        // The range is within the list: `start` is at most its length, and `count` was taken from there.
        let old: Vec<ServicePort> = self.ports.splice(start..start + count, ports).collect();
        let new = self.ports.iter().skip(start).take_while(|port| port.name.service == *service);
        let same_addresses = old.iter().map(ServicePort::addresses).eq(new.map(ServicePort::addresses));
        if !same_addresses {
            self.table = Table::with_capacity(self.ports.len() * 2);
            self.cluster_ips = Table::with_capacity(self.ports.len());
            self.fill_tables();
        }
        self.measure();
    }

    fn fill_tables(&mut self) {
        // Fewer than 2^32 Service ports.
        for (index, port) in (0_u32..).zip(&self.ports) {
            let protocol = port.name.protocol;
            self.cluster_ips.insert(Key::cluster_ip(port.cluster_ip), ());
            if self.mode == ProxyMode::Ipvs {
                // Bound to kube-ipvs0 like cluster IPs, unless they are the node's anyway.
                for ip in port.external_ips.iter().chain(&port.balancer_ips) {
                    if !self.addresses.contains(ip) {
                        self.cluster_ips.insert(Key::cluster_ip(*ip), ());
                    }
                }
            }
            self.table.insert(Key::address(port.cluster_ip, port.port, protocol), (index, Via::ClusterIp));
            for ip in &port.external_ips {
                self.table.insert(Key::address(*ip, port.port, protocol), (index, Via::ExternalIp));
            }
            for ip in &port.balancer_ips {
                self.table.insert(Key::address(*ip, port.port, protocol), (index, Via::LoadBalancer));
            }
            if let Some(number) = port.node_port {
                self.table.insert(Key::node_port(port.family, number, protocol), (index, Via::NodePort));
            }
        }
    }

    /// The Service ports of a family with their places; of one Service alone, if one is given.
    pub(super) fn ports_of(
        &self,
        family: IpFamily,
        of: Option<&ObjectRef>,
    ) -> impl Iterator<Item = (u32, &ServicePort)> {
        // Fewer than 2^32 Service ports.
        let ports = (0_u32..).zip(&self.ports);
        ports.filter(move |(_, port)| port.family == family && of.is_none_or(|of| port.name.service == *of))
    }

    /// Who serves node ports in a family.
    pub fn node_port_addresses(&self, family: IpFamily) -> &NodePortAddresses {
        let [v4, v6] = &self.node_port_addresses;
        if family == IpFamily::V4 { v4 } else { v6 }
    }

    /// Whether an address is the node's own (type LOCAL).
    pub fn is_local(&self, ip: IpAddr) -> bool {
        ip.is_loopback() || self.addresses.contains(&ip)
    }

    /// Whether an address is bound to kube-ipvs0: ipvs does so with every virtual one. To the kernel it is then the node's
    /// own, and a process of the node that calls it has it as its source, too (`pkg/proxy/ipvs/proxier.go`).
    pub fn binds(&self, ip: IpAddr) -> bool {
        self.mode == ProxyMode::Ipvs && self.cluster_ips.get(Key::cluster_ip(ip)).is_some()
    }

    /// The source that ipvs sees.
    pub(super) fn ipvs_source(&self, packet: &Packet) -> IpAddr {
        let to = packet.destination.ip;
        if packet.arrival == Arrival::Local && self.binds(to) { to } else { packet.source }
    }

    /// Whether the packet alone decides which endpoint it gets: ipvs with a scheduler that hashes.
    pub fn is_determined(&self) -> bool {
        self.mode == ProxyMode::Ipvs && self.scheduler.is_some_and(Scheduler::is_determined)
    }

    /// How a choice is made, after "one of three".
    pub fn choice_in_words(&self) -> String {
        match (self.mode, self.scheduler) {
            (ProxyMode::Ipvs, Some(scheduler)) => format!("{} (scheduler {})", scheduler.words(), self.ipvs_scheduler),
            _ => "by chance".to_string(),
        }
    }

    /// Whether the proxy can tell pods in this family at all.
    pub fn can_tell_pods(&self, family: IpFamily) -> bool {
        match self.detect_local {
            DetectLocal::ClusterCidr | DetectLocal::NodeCidr => {
                self.pod_ranges.iter().any(|range| IpFamily::of(range.addr()) == family)
            }
            DetectLocal::BridgeInterface | DetectLocal::InterfaceNamePrefix => true,
        }
    }

    /// What the node answers on a healthCheckNodePort at an address of this family: the local endpoints that are ready;
    /// 0 means 503. `None` where the port is nobody's.
    pub fn health_check(&self, family: IpFamily, port: u16) -> Option<usize> {
        self.counting(&self.ports, family, |p| p.health_check_node_port == Some(port))
    }

    /// The ready endpoints of a Service on this node, as its health check at an address of this family counts them.
    pub fn local_ready_endpoints(&self, service: &ObjectRef, family: IpFamily) -> usize {
        let start = self.ports.partition_point(|port| port.name.service < *service);
        let ports = self.ports.get(start..).unwrap_or_default();
        let count = ports.partition_point(|port| port.name.service == *service);
        self.counting(ports.get(..count).unwrap_or_default(), family, |_| true).unwrap_or(0)
    }

    /// The count of the family whose proxy answers. Each family's answers at its own addresses; where both would listen
    /// at all of them, IPv4's comes first and has the port.
    fn counting(&self, ports: &[ServicePort], family: IpFamily, which: impl Fn(&ServicePort) -> bool) -> Option<usize> {
        let of = |family| ports.iter().find(|port| port.family == family && which(port)).map(|p| p.local_ready);
        if self.node_port_addresses(family).all { of(IpFamily::V4).or_else(|| of(IpFamily::V6)) } else { of(family) }
    }
}

/// Whether kube-proxy comes up at all: ipvs mode tries its scheduler first.
fn starts(settings: &ProxySettings) -> bool {
    settings.mode != ProxyMode::Ipvs || Scheduler::parse(&settings.ipvs_scheduler).is_some()
}

/// The first address of a family, which is also what masquerading takes for packets that leave the node.
pub fn primary_address(node: &Node, family: IpFamily) -> Option<IpAddr> {
    node.internal_ips.iter().copied().find(|ip| IpFamily::of(*ip) == family)
}

/// The address of the node on its pods' bridge: the first of its pod range.
pub fn bridge_address(node: &Node, family: IpFamily) -> Option<IpAddr> {
    let range = node.pod_cidrs.iter().find(|range| IpFamily::of(range.addr()) == family)?;
    Some(match range.network() {
        IpAddr::V4(ip) => Ipv4Addr::from(u32::from(ip).wrapping_add(1)).into(),
        IpAddr::V6(ip) => Ipv6Addr::from(u128::from(ip).wrapping_add(1)).into(),
    })
}

/// A node's own addresses, but for loopback. External addresses are the cloud's: it translates them before the node.
pub fn node_addresses(node: &Node) -> Vec<IpAddr> {
    let bridges = [IpFamily::V4, IpFamily::V6].into_iter().filter_map(|family| bridge_address(node, family));
    node.internal_ips.iter().copied().chain(bridges).collect()
}
