//! Which flows to try on a cluster: its addresses and ports, right ones and wrong ones, and who calls them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portolan_core::cluster::{Client, Cluster};
use portolan_core::net::{Addr, IpFamily, Protocol};
use portolan_core::objects::{IpMode, Pod, ServiceType};
use portolan_core::packet::{Request, Target};
use portolan_core::proxy::{bridge_address, primary_address};

use super::addresses::{BY_NODE, FAMILIES, SPREAD, outside};
use super::base;
use super::dice::Dice;

/// One client, one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    /// Who calls.
    pub from: Client,
    /// What is called.
    pub to: Addr,
    /// By which protocol.
    pub protocol: Protocol,
}

impl Flow {
    /// The question to the engine.
    pub fn request(&self, seed: u64) -> Request {
        Request::new(self.from.clone(), Target::Address(self.to), self.protocol, seed)
    }
}

/// Where a target is, which decides who can call it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A cluster IP, which means something inside the cluster only.
    Inside,
    /// A pod's.
    Pod,
    /// A node's among its pods.
    Bridge,
    /// A node's.
    Node,
    /// A balancer's or an external one, whose packets come to a node.
    Virtual,
    /// A balancer's that is a proxy of its own: nothing comes to a node under this address.
    Proxy,
    /// Loopback.
    Loopback,
}

/// An address and a port to be called.
#[derive(Clone, Copy, Debug)]
pub struct Called {
    /// The address and the port.
    pub to: Addr,
    /// The protocol.
    pub protocol: Protocol,
    /// Where it is.
    pub kind: Kind,
    /// Whether no Service has it.
    pub wrong: bool,
}

/// A port that no Service has.
const WRONG: u16 = 81;
/// The port at which addresses are called that no Service has.
const UNALLOCATED: u16 = 82;

/// Every address and port of the Services, and some that are wrong.
pub fn targets(cluster: &Cluster) -> Vec<Called> {
    let mut targets = Vec::new();
    let mut push = |ip: IpAddr, port: u16, protocol: Protocol, kind: Kind| {
        if protocol != Protocol::Sctp {
            targets.push(Called {
                to: Addr::new(ip, port),
                protocol,
                kind,
                wrong: port == WRONG || port == UNALLOCATED,
            });
        }
    };
    for service in cluster.services.iter().filter(|service| service.meta.name != "kubernetes") {
        let kind = |mode| if mode == IpMode::Proxy { Kind::Proxy } else { Kind::Virtual };
        let balancers = service.ingress.iter().filter_map(|ingress| Some((ingress.ip?, kind(ingress.ip_mode))));
        let external = service.external_ips.iter().map(|ip| (*ip, Kind::Virtual));
        let outer: Vec<(IpAddr, Kind)> = balancers.chain(external).collect();
        for port in &service.ports {
            for ip in &service.cluster_ips {
                push(*ip, port.port, port.protocol, Kind::Inside);
            }
            for (ip, kind) in &outer {
                push(*ip, port.port, port.protocol, *kind);
            }
            let Some(number) = port.node_port else { continue };
            for family in
                FAMILIES.iter().filter(|family| service.cluster_ips.iter().any(|ip| IpFamily::of(*ip) == **family))
            {
                for node in &cluster.nodes {
                    primary_address(node, *family)
                        .into_iter()
                        .for_each(|ip| push(ip, number, port.protocol, Kind::Node));
                    bridge_address(node, *family)
                        .into_iter()
                        .for_each(|ip| push(ip, number, port.protocol, Kind::Bridge));
                }
                let loopback = match family {
                    IpFamily::V4 => IpAddr::V4(Ipv4Addr::LOCALHOST),
                    IpFamily::V6 => IpAddr::V6(Ipv6Addr::LOCALHOST),
                };
                push(loopback, number, port.protocol, Kind::Loopback);
            }
        }
        let protocol = service.ports.first().map_or(Protocol::Tcp, |port| port.protocol);
        for ip in &service.cluster_ips {
            push(*ip, WRONG, protocol, Kind::Inside);
        }
        for (ip, kind) in &outer {
            push(*ip, WRONG, protocol, *kind);
        }
        if service.headless || service.service_type == ServiceType::ClusterIp {
            for slice in cluster.slices_of(&service.meta.reference()) {
                let addresses = slice.endpoints.iter().flat_map(|endpoint| endpoint.addresses.first());
                for (ip, port) in addresses.zip(slice.ports.iter().cycle()) {
                    port.port.into_iter().for_each(|number| push(*ip, number, port.protocol, Kind::Pod));
                }
            }
        }
    }
    for (ip, protocol) in [("10.96.0.250", Protocol::Tcp), ("fd00:10:96::fa", Protocol::Udp)] {
        push(ip.parse().expect("an address"), UNALLOCATED, protocol, Kind::Inside);
    }
    targets
}

fn pod(pod: &Pod) -> Client {
    Client::Pod(pod.meta.reference())
}

/// Hosts outside that call this address: those that enter by one node, and those that are spread over all.
fn outsiders(called: &Called) -> Vec<Client> {
    let networks: &[usize] = if called.to.ip.is_ipv4() { &[0, 1] } else { &[2, 3] };
    let mut clients = Vec::new();
    for network in networks {
        for (part, (node, ..)) in BY_NODE.iter().zip(base::NODES) {
            let address = outside(*network, *part);
            clients.push(match called.kind {
                Kind::Virtual => Client::AddressAt { address, node: node.into() },
                _ => Client::External(Some(address)),
            });
        }
        clients.push(Client::External(Some(outside(*network, SPREAD))));
    }
    clients
}

/// Everybody who could call: pods and nodes whatever they may, hosts outside what has a way in.
pub fn clients(cluster: &Cluster, called: &Called) -> Vec<Client> {
    let nodes = cluster.nodes.iter().map(|node| Client::Node(node.meta.name.clone()));
    let pods = cluster.pods.iter().filter(|pod| !pod.host_network).map(pod);
    match called.kind {
        Kind::Loopback => nodes.collect(),
        Kind::Bridge => pods.chain(nodes).collect(),
        _ => pods.chain(nodes).chain(outsiders(called)).collect(),
    }
}

/// Pods that are endpoints of some Service.
fn endpoints(cluster: &Cluster) -> Vec<&Pod> {
    let is_endpoint = |pod: &&Pod| {
        let mut endpoints = cluster.slices.iter().flat_map(|slice| &slice.endpoints);
        endpoints.any(|endpoint| endpoint.addresses.iter().any(|ip| pod.ips.contains(ip)))
    };
    cluster.pods.iter().filter(|pod| !pod.host_network).filter(is_endpoint).collect()
}

/// So many random flows; one of them is of many connections, so that its shares can be seen.
pub fn random(dice: &mut Dice, cluster: &Cluster, count: usize) -> Vec<(Flow, usize)> {
    let targets = targets(cluster);
    let endpoints = endpoints(cluster);
    // Each kind of address as often as its weight says, however many there are of it.
    let weight = |called: &Called| match called.kind {
        _ if called.wrong => 2,
        Kind::Inside => 8,
        Kind::Virtual | Kind::Node => 6,
        Kind::Proxy => 3,
        Kind::Loopback | Kind::Bridge => 1,
        Kind::Pod => 2,
    };
    let mut kinds: Vec<((Kind, bool), usize)> = Vec::new();
    for called in &targets {
        let kind = (called.kind, called.wrong);
        if !kinds.iter().any(|(known, _)| *known == kind) {
            kinds.push((kind, weight(called)));
        }
    }
    let drawn: Vec<(Kind, bool)> =
        kinds.iter().flat_map(|(kind, weight)| std::iter::repeat_n(*kind, *weight)).collect();
    let mut flows = Vec::new();
    for number in 0..count {
        let kind = *dice.one(&drawn);
        let of_kind: Vec<&Called> = targets.iter().filter(|called| (called.kind, called.wrong) == kind).collect();
        let called = *dice.one(&of_kind);
        let clients = clients(cluster, called);
        // What is inside has no way in from outside, which is dull; endpoints that call themselves are not.
        let inside = matches!(called.kind, Kind::Inside | Kind::Pod) && !dice.percent(10);
        let clients: Vec<&Client> =
            clients.iter().filter(|client| !inside || !matches!(client, Client::External(_))).collect();
        let from = match endpoints.as_slice() {
            [_, ..] if called.kind != Kind::Loopback && dice.percent(20) => pod(dice.one::<&Pod>(&endpoints)),
            _ => (*dice.one(&clients)).clone(),
        };
        let flow = Flow { from, to: called.to, protocol: called.protocol };
        flows.push((flow, if number == 0 { 120 } else { 8 }));
    }
    flows
}
