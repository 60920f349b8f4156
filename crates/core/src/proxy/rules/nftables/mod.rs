//! nftables mode, as `nft list ruleset` prints it (`pkg/proxy/nftables/proxier.go`).

mod print;
mod ranges;
mod way;

use std::net::IpAddr;

pub(in crate::proxy::rules) use print::list;
pub use print::print;
pub(in crate::proxy::rules) use way::{matched, rewriting};

use self::ranges::anonymous_set;
use crate::net::{IpFamily, IpNet};
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::{Masquerade, Packet, Refusal, Ruling};
use crate::proxy::service_port::{Policy, ServicePort};

pub(in crate::proxy::rules) fn ip_word(family: IpFamily) -> &'static str {
    if family == IpFamily::V4 { "ip" } else { "ip6" }
}

/// The chain that holds the endpoints of a policy.
pub(in crate::proxy::rules) fn policy_chain(port: &ServicePort, policy: Policy) -> String {
    match policy {
        Policy::Cluster => format!("service-{}", port.name.nft_base()),
        Policy::Local => format!("local-{}", port.name.nft_base()),
    }
}

/// The element of `service-ips` or `service-nodeports`.
pub(in crate::proxy::rules) fn capture(port: &ServicePort, via: Via, ip: IpAddr) -> String {
    let (protocol, number) = (port.name.protocol.lower(), port.port);
    match (via, port.node_port) {
        (Via::ClusterIp, _) => {
            format!("{ip} . {protocol} . {number} : goto {}", policy_chain(port, port.internal_policy()))
        }
        (Via::NodePort, Some(number)) => format!("{protocol} . {number} : goto external-{}", port.name.nft_base()),
        _ => format!("{ip} . {protocol} . {number} : goto external-{}", port.name.nft_base()),
    }
}

/// The element of `no-endpoint-services` or `no-endpoint-nodeports`.
pub(in crate::proxy::rules) fn refuse(port: &ServicePort, via: Via, ip: IpAddr, why: Refusal) -> String {
    let verdict = if why == Refusal::NoLocalEndpoints { "drop" } else { "goto reject-chain" };
    let protocol = port.name.protocol.lower();
    match (via, port.node_port) {
        (Via::NodePort, Some(number)) => format!("{protocol} . {number} comment \"{}\" : {verdict}", port.name),
        _ => format!("{ip} . {protocol} . {} comment \"{}\" : {verdict}", port.port, port.name),
    }
}

/// The element of `firewall-ips`.
fn firewall(port: &ServicePort, ip: IpAddr) -> String {
    let (protocol, base) = (port.name.protocol.lower(), port.name.nft_base());
    format!("{ip} . {protocol} . {} : goto firewall-{base}", port.port)
}

/// The rule that looks up address and port in a map.
fn look_up(family: IpFamily, map: &str) -> String {
    format!("{} daddr . meta l4proto . th dport vmap @{map}", ip_word(family))
}

/// The rule that looks up the port alone, at addresses that serve node ports.
fn look_up_node_port(proxy: &NodeProxy, family: IpFamily, map: &str) -> String {
    let all = proxy.node_port_addresses(family).all;
    let node = match (all, family) {
        (false, _) => format!("{} daddr @nodeport-ips", ip_word(family)),
        (true, IpFamily::V4) => "ip daddr != 127.0.0.0/8".to_string(),
        (true, IpFamily::V6) => "ip6 daddr != ::1".to_string(),
    };
    let local = if all && map == NODE_PORTS { "fib daddr type local " } else { "" };
    format!("{local}{node} meta l4proto . th dport vmap @{map}")
}

const SERVICES: &str = "service-ips";
const NODE_PORTS: &str = "service-nodeports";
const FIREWALL: &str = "firewall-ips";
const NO_ENDPOINTS: &str = "no-endpoint-services";
const NO_ENDPOINTS_NODE_PORTS: &str = "no-endpoint-nodeports";
const HAIRPINS: &str = "hairpin-connections";

/// In the chain of external traffic under policy Local: pods' goes to all endpoints.
fn external_pods(proxy: &NodeProxy, port: &ServicePort) -> Option<String> {
    let (pods, service) = (pods(proxy, port.family, false)?, policy_chain(port, Policy::Cluster));
    Some(format!("{pods} goto {service} comment \"short-circuit pod traffic\""))
}

/// The same for the node's own.
fn external_local(port: &ServicePort) -> String {
    let service = policy_chain(port, Policy::Cluster);
    format!("fib saddr type local goto {service} comment \"short-circuit local traffic\"")
}

/// In the chain of external traffic, last: to the chain of the policy.
fn external_policy(port: &ServicePort) -> String {
    format!("goto {}", policy_chain(port, port.external_policy()))
}

/// In an endpoint's own chain: the source is remembered.
fn renew(port: &ServicePort, at: u32) -> Option<String> {
    let base = port.name.nft_endpoint_base(&port.endpoints.get(at as usize)?.address);
    Some(format!("update @affinity-{base} {{ {} saddr }}", ip_word(port.family)))
}

/// What becomes of marked packets on their way out.
fn masquerade_marked(proxy: &NodeProxy) -> String {
    let mark = format!("{:#010x}", proxy.masquerade_mark);
    format!("meta mark & {mark} != 0x00000000 meta mark set meta mark ^ {mark} masquerade fully-random")
}

/// What becomes of connections from an endpoint to itself.
fn masquerade_hairpin(family: IpFamily) -> String {
    let ip = ip_word(family);
    format!("ct status dnat {ip} saddr . {ip} daddr . meta l4proto . th dport @{HAIRPINS} masquerade fully-random")
}

/// The rule of the firewall chain.
pub(in crate::proxy::rules) fn firewall_drop(port: &ServicePort) -> String {
    let own = port.balancer_ips.iter().filter(|_| port.allow_from_node).map(|ip| IpNet::from(*ip));
    let sources: Vec<IpNet> = port.source_ranges.iter().copied().chain(own).collect();
    format!("{} saddr != {} drop", ip_word(port.family), anonymous_set(&sources))
}

/// The choice among the endpoints of a policy.
pub(in crate::proxy::rules) fn balance(port: &ServicePort, policy: Policy) -> String {
    let set = port.set(policy);
    let endpoints = set.iter().filter_map(|index| port.endpoints.get(*index as usize)).enumerate();
    if port.affinity_seconds.is_some() {
        let elements: Vec<String> = endpoints
            .map(|(n, e)| format!("{n} : goto endpoint-{}", port.name.nft_endpoint_base(&e.address)))
            .collect();
        return format!("numgen random mod {} vmap {{ {} }}", set.len(), elements.join(", "));
    }
    let elements: Vec<String> =
        endpoints.map(|(n, e)| format!("{n} : {} . {}", e.address.ip, e.address.port)).collect();
    let (protocol, ip) = (port.name.protocol.lower(), ip_word(port.family));
    format!("meta l4proto {protocol} dnat {ip} to numgen random mod {} map {{ {} }}", set.len(), elements.join(", "))
}

/// Back to the endpoint that the source had before.
pub(in crate::proxy::rules) fn remember(port: &ServicePort, at: u32) -> Option<String> {
    let base = port.name.nft_endpoint_base(&port.endpoints.get(at as usize)?.address);
    Some(format!("{} saddr @affinity-{base} goto endpoint-{base}", ip_word(port.family)))
}

/// The rewrite of the destination in an endpoint's own chain (session affinity only).
pub(in crate::proxy::rules) fn translate(port: &ServicePort, at: u32) -> Option<String> {
    let endpoint = port.endpoints.get(at as usize)?;
    Some(format!("meta l4proto {} dnat to {}", port.name.protocol.lower(), endpoint.address))
}

/// How pods are told, or told not to be.
pub(in crate::proxy::rules) fn pods(proxy: &NodeProxy, family: IpFamily, not: bool) -> Option<String> {
    use crate::cluster::DetectLocal;
    let sign = if not { "!= " } else { "" };
    match proxy.detect_local {
        DetectLocal::ClusterCidr | DetectLocal::NodeCidr => {
            let range = proxy.pod_ranges.iter().find(|range| IpFamily::of(range.addr()) == family)?;
            Some(format!("{} saddr {sign}{range}", ip_word(family)))
        }
        DetectLocal::BridgeInterface => Some(format!("iifname {sign}\"{}\"", proxy.local_interface)),
        DetectLocal::InterfaceNamePrefix => Some(format!("iifname {sign}\"{}*\"", proxy.local_interface)),
    }
}

/// Marks a packet for masquerading.
pub(in crate::proxy::rules) fn set_mark(proxy: &NodeProxy) -> String {
    format!("meta mark set meta mark | {:#010x}", proxy.masquerade_mark)
}

/// The rule by which the source is to be masqueraded.
pub(in crate::proxy::rules) fn mark(
    proxy: &NodeProxy,
    port: &ServicePort,
    why: Masquerade,
    endpoint: u32,
) -> Option<String> {
    let (ip, set_mark) = (ip_word(port.family), set_mark(proxy));
    Some(match why {
        Masquerade::All => format!("{ip} daddr @cluster-ips {set_mark} comment \"masquerade all clusterIP traffic\""),
        Masquerade::OffCluster => format!(
            "{ip} daddr @cluster-ips {} {set_mark} comment \"masquerade clusterIP traffic from outside cluster\"",
            pods(proxy, port.family, true)?
        ),
        Masquerade::External => format!("{set_mark} comment \"masquerade\""),
        Masquerade::LocalProcess => format!("fib saddr type local {set_mark} comment \"masquerade local traffic\""),
        Masquerade::Hairpin => hairpin(port, endpoint)?,
    })
}

/// The element of `hairpin-connections`.
pub(in crate::proxy::rules) fn hairpin(port: &ServicePort, at: u32) -> Option<String> {
    let to = port.endpoints.get(at as usize)?.address;
    Some(format!("{0} . {0} . {1} . {2}", to.ip, port.name.protocol.lower(), to.port))
}

fn chosen(port: &ServicePort, ruling: &Ruling) -> Option<String> {
    let Ruling::Dnat { policy, endpoint, sticky, .. } = ruling else { return None };
    if *sticky { remember(port, *endpoint) } else { Some(balance(port, *policy)) }
}

/// See [`super::deciding`].
pub(in crate::proxy::rules) fn deciding(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Option<String> {
    let of = |index: u32| proxy.ports.get(index as usize);
    let ip = packet.destination.ip;
    match ruling {
        Ruling::Dnat { port, .. } => chosen(of(*port)?, ruling),
        Ruling::Reject { port: Some((port, via)), why } | Ruling::Drop { port: Some((port, via)), why } => {
            let port = of(*port)?;
            Some(match why {
                Refusal::SourceRange => firewall_drop(port),
                _ => refuse(port, *via, ip, *why),
            })
        }
        Ruling::Reject { port: None, .. } => {
            let word = ip_word(IpFamily::of(ip));
            Some(format!("{word} daddr @cluster-ips reject comment \"Reject traffic to invalid ports of ClusterIPs\""))
        }
        Ruling::Drop { port: None, .. } => Some(unallocated(proxy, IpFamily::of(ip))?),
        Ruling::NoOpinion(_) => None,
    }
}

/// The rule against cluster IPs that are nobody's; `None` in a family without cluster IPs.
pub(in crate::proxy::rules) fn unallocated(proxy: &NodeProxy, family: IpFamily) -> Option<String> {
    let of_family = proxy.service_cidrs.iter().filter(|range| IpFamily::of(range.addr()) == family);
    let ranges: Vec<IpNet> = of_family.copied().collect();
    if ranges.is_empty() {
        return None;
    }
    let ranges = anonymous_set(&ranges);
    Some(format!("{} daddr {ranges} drop comment \"Drop traffic to unallocated ClusterIPs\"", ip_word(family)))
}
