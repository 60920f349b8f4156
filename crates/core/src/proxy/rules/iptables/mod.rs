//! iptables mode, as `iptables-save` prints it (`pkg/proxy/iptables/proxier.go`).

mod print;
mod way;

use std::net::IpAddr;

pub(in crate::proxy::rules) use print::list;
pub use print::print;
pub(in crate::proxy::rules) use way::{matched, rewriting};

use crate::decimal;
use crate::net::{IpFamily, IpNet};
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::{Masquerade, Packet, Refusal, Ruling};
use crate::proxy::service_port::{Policy, ServicePort};

/// An address as a match prints it: `10.96.0.1/32`.
pub(in crate::proxy::rules) fn host(ip: IpAddr) -> String {
    format!("{ip}/{}", if ip.is_ipv4() { 32 } else { 128 })
}

fn comment(text: &str) -> String {
    format!("-m comment --comment \"{text}\"")
}

fn dport(port: &ServicePort, number: u16) -> String {
    format!("-m {} --dport {number}", port.name.protocol.lower())
}

/// The chain that holds the endpoints of a policy.
pub(in crate::proxy::rules) fn policy_chain(port: &ServicePort, policy: Policy) -> String {
    match policy {
        Policy::Cluster => port.name.svc_chain(),
        Policy::Local => port.name.svl_chain(),
    }
}

fn kind(via: Via) -> &'static str {
    match via {
        Via::ClusterIp => "cluster IP",
        Via::ExternalIp => "external IP",
        Via::LoadBalancer => "loadbalancer IP",
        Via::NodePort => "node port",
    }
}

/// Whether balancer addresses have a firewall chain.
pub(in crate::proxy::rules) fn guarded(port: &ServicePort) -> bool {
    port.has_endpoints && !port.balancer_ips.is_empty() && !port.source_ranges.is_empty()
}

/// In KUBE-SERVICES: from an address of the Service to its chain.
pub(in crate::proxy::rules) fn capture(port: &ServicePort, via: Via, ip: IpAddr) -> String {
    let target = match via {
        Via::ClusterIp => policy_chain(port, port.internal_policy()),
        Via::LoadBalancer if guarded(port) => port.name.fw_chain(),
        _ => port.name.ext_chain(),
    };
    let (protocol, comment) = (port.name.protocol.lower(), comment(&format!("{} {}", port.name, kind(via))));
    format!("-A KUBE-SERVICES -d {} -p {protocol} {comment} {} -j {target}", host(ip), dport(port, port.port))
}

/// In KUBE-NODEPORTS: from the node port to the chain for external traffic; `loopback` for the rule that counts.
pub(in crate::proxy::rules) fn capture_node_port(port: &ServicePort, number: u16, loopback: bool) -> String {
    let (protocol, comment) = (port.name.protocol.lower(), comment(&port.name.to_string()));
    let (to, count) = match loopback {
        true => ("-d 127.0.0.0/8 ", " -m nfacct --nfacct-name  localhost_nps_accepted_pkts"),
        false => ("", ""),
    };
    let dport = dport(port, number);
    format!("-A KUBE-NODEPORTS {to}-p {protocol} {comment} {dport}{count} -j {}", port.name.ext_chain())
}

/// Against traffic for which there are no endpoints; the chain is one of the filter table's.
pub(in crate::proxy::rules) fn refuse(port: &ServicePort, via: Via, ip: Option<IpAddr>, why: Refusal) -> String {
    let (reason, target) = match why {
        Refusal::NoLocalEndpoints => ("no local endpoints", "DROP"),
        _ => ("no endpoints", "REJECT --reject-with icmp-port-unreachable"),
    };
    let target = if port.family == IpFamily::V6 { target.replace("icmp-", "icmp6-") } else { target.to_string() };
    let protocol = port.name.protocol.lower();
    let comment = comment(&format!("{} has {reason}", port.name));
    match (via, ip) {
        (Via::NodePort, _) => {
            let dport = dport(port, port.node_port.unwrap_or_default());
            format!(
                "-A KUBE-EXTERNAL-SERVICES -p {protocol} {comment} -m addrtype --dst-type LOCAL {dport} -j {target}"
            )
        }
        (_, ip) => {
            let chain = if via == Via::ClusterIp { "KUBE-SERVICES" } else { "KUBE-EXTERNAL-SERVICES" };
            let to = ip.map(host).unwrap_or_default();
            format!("-A {chain} -d {to} -p {protocol} {comment} {} -j {target}", dport(port, port.port))
        }
    }
}

/// In KUBE-PROXY-FIREWALL: what the firewall chain did not let through.
pub(in crate::proxy::rules) fn firewall_drop(port: &ServicePort, ip: IpAddr) -> String {
    let comment = comment(&format!("{} traffic not accepted by {}", port.name, port.name.fw_chain()));
    let protocol = port.name.protocol.lower();
    format!("-A KUBE-PROXY-FIREWALL -d {} -p {protocol} {comment} {} -j DROP", host(ip), dport(port, port.port))
}

/// The probability of one rule in a cascade with `left` endpoints to go, as the kernel keeps it (in 2^-31) and prints it.
pub(in crate::proxy) fn probability(left: usize) -> String {
    // kube-proxy writes ten digits, which the kernel rounds to 31 bits.
    let written = decimal::parse(&format!("{:.10}", 1.0 / left.max(1) as f64)).unwrap_or(1.0);
    let kept = (written * 2_147_483_648.0).round();
    format!("{:.11}", kept / 2_147_483_648.0)
}

/// The comment of a rule of one endpoint, with a space at the end; nothing in a large cluster.
fn endpoint_comment(proxy: &NodeProxy, port: &ServicePort, text: &str) -> String {
    if proxy.comments(port.family) { comment(text) + " " } else { String::new() }
}

/// In a policy's chain: to one of its endpoints, the one at place `at` of `set`.
pub(in crate::proxy::rules) fn balance(
    proxy: &NodeProxy,
    port: &ServicePort,
    policy: Policy,
    at: usize,
) -> Option<String> {
    let set = port.set(policy);
    let endpoint = port.endpoints.get(*set.get(at)? as usize)?;
    let left = set.len() - at;
    let statistic = match left {
        1 => String::new(),
        _ => format!("-m statistic --mode random --probability {} ", probability(left)),
    };
    let comment = endpoint_comment(proxy, port, &format!("{} -> {}", port.name, endpoint.address));
    let chain = policy_chain(port, policy);
    Some(format!("-A {chain} {comment}{statistic}-j {}", port.name.sep_chain(&endpoint.address)))
}

fn recent_mask(family: IpFamily) -> &'static str {
    match family {
        IpFamily::V4 => "255.255.255.255",
        IpFamily::V6 => "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    }
}

/// In a policy's chain: back to the endpoint that the source had before.
pub(in crate::proxy::rules) fn remember(
    proxy: &NodeProxy,
    port: &ServicePort,
    policy: Policy,
    at: usize,
) -> Option<String> {
    let endpoint = port.endpoints.get(*port.set(policy).get(at)? as usize)?;
    let comment = endpoint_comment(proxy, port, &format!("{} -> {}", port.name, endpoint.address));
    let sep = port.name.sep_chain(&endpoint.address);
    let (chain, seconds, mask) = (policy_chain(port, policy), port.affinity_seconds?, recent_mask(port.family));
    let recent = format!("-m recent --rcheck --seconds {seconds} --reap --name {sep} --mask {mask} --rsource");
    Some(format!("-A {chain} {comment}{recent} -j {sep}"))
}

/// In an endpoint's chain: the rewrite of the destination.
pub(in crate::proxy::rules) fn translate(proxy: &NodeProxy, port: &ServicePort, at: u32) -> Option<String> {
    let endpoint = port.endpoints.get(at as usize)?;
    let (sep, protocol) = (port.name.sep_chain(&endpoint.address), port.name.protocol.lower());
    let recent = match port.affinity_seconds {
        Some(_) => format!("-m recent --set --name {sep} --mask {} --rsource ", recent_mask(port.family)),
        None => String::new(),
    };
    let comment = endpoint_comment(proxy, port, &port.name.to_string());
    Some(format!("-A {sep} -p {protocol} {comment}{recent}-m {protocol} -j DNAT --to-destination {}", endpoint.address))
}

/// In an endpoint's chain: an endpoint that reaches itself.
pub(in crate::proxy::rules) fn hairpin(proxy: &NodeProxy, port: &ServicePort, at: u32) -> Option<String> {
    let endpoint = port.endpoints.get(at as usize)?;
    let sep = port.name.sep_chain(&endpoint.address);
    let comment = endpoint_comment(proxy, port, &port.name.to_string());
    Some(format!("-A {sep} -s {} {comment}-j KUBE-MARK-MASQ", host(endpoint.address.ip)))
}

/// How pods are told in a match; `None` where they cannot be told.
pub(in crate::proxy::rules) fn pods(proxy: &NodeProxy, family: IpFamily) -> Option<String> {
    use crate::cluster::DetectLocal;
    match proxy.detect_local {
        DetectLocal::ClusterCidr | DetectLocal::NodeCidr => {
            let range = proxy.pod_ranges.iter().find(|range| IpFamily::of(range.addr()) == family)?;
            Some(format!("-s {range}"))
        }
        DetectLocal::BridgeInterface => Some(format!("-i {}", proxy.local_interface)),
        DetectLocal::InterfaceNamePrefix => Some(format!("-i {}+", proxy.local_interface)),
    }
}

/// The rule by which the source is to be masqueraded.
pub(in crate::proxy::rules) fn mark(
    proxy: &NodeProxy,
    port: &ServicePort,
    why: Masquerade,
    endpoint: u32,
) -> Option<String> {
    let chain = policy_chain(port, port.internal_policy());
    let service = format!(
        "-d {} -p {} {} {} -j KUBE-MARK-MASQ",
        host(port.cluster_ip),
        port.name.protocol.lower(),
        comment(&format!("{} cluster IP", port.name)),
        dport(port, port.port)
    );
    let ext = port.name.ext_chain();
    Some(match why {
        Masquerade::All => format!("-A {chain} {service}"),
        Masquerade::OffCluster => format!("-A {chain} ! {} {service}", pods(proxy, port.family)?),
        Masquerade::External => {
            let comment = comment(&format!("masquerade traffic for {} external destinations", port.name));
            format!("-A {ext} {comment} -j KUBE-MARK-MASQ")
        }
        Masquerade::LocalProcess => {
            let comment = comment(&format!("masquerade LOCAL traffic for {} external destinations", port.name));
            format!("-A {ext} {comment} -m addrtype --src-type LOCAL -j KUBE-MARK-MASQ")
        }
        Masquerade::Hairpin => return hairpin(proxy, port, endpoint),
    })
}

/// In the firewall chain: a range that may pass.
fn firewall_range(port: &ServicePort, range: &IpNet) -> String {
    // Everybody is no match at all.
    let from = if range.prefix_len() == 0 { String::new() } else { format!("-s {} ", range.trunc()) };
    firewall_pass(port, &from)
}

/// In the firewall chain: the balancer's own address, where the node may pass.
fn firewall_own(port: &ServicePort, ip: IpAddr) -> String {
    firewall_pass(port, &format!("-s {} ", host(ip)))
}

fn firewall_pass(port: &ServicePort, from: &str) -> String {
    let words = comment(&format!("{} loadbalancer IP", port.name));
    format!("-A {} {from}{words} -j {}", port.name.fw_chain(), port.name.ext_chain())
}

/// In the firewall chain, last: nothing happens to the rest, which is dropped later.
fn firewall_rest(port: &ServicePort) -> String {
    let rest = comment(&format!("other traffic to {} will be dropped by KUBE-PROXY-FIREWALL", port.name));
    format!("-A {} {rest}", port.name.fw_chain())
}

/// In the chain of external traffic under policy Local: pods' goes to all endpoints.
fn external_pods(proxy: &NodeProxy, port: &ServicePort) -> Option<String> {
    let pods = pods(proxy, port.family)?;
    let words = comment(&format!("pod traffic for {} external destinations", port.name));
    Some(format!("-A {} {pods} {words} -j {}", port.name.ext_chain(), port.name.svc_chain()))
}

/// The same for the node's own.
fn external_local(port: &ServicePort) -> String {
    let words = comment(&format!("route LOCAL traffic for {} external destinations", port.name));
    format!("-A {} {words} -m addrtype --src-type LOCAL -j {}", port.name.ext_chain(), port.name.svc_chain())
}

/// In the chain of external traffic, last: to the chain of the policy.
fn external_policy(port: &ServicePort) -> String {
    format!("-A {} -j {}", port.name.ext_chain(), policy_chain(port, port.external_policy()))
}

/// The last rules of KUBE-SERVICES: which local addresses serve node ports. Of rules for single addresses those that
/// are asked for.
fn node_port_jump(proxy: &NodeProxy, family: IpFamily, asked: &dyn Fn(IpAddr) -> bool) -> Vec<String> {
    let words = comment("kubernetes service nodeports; NOTE: this must be the last rule in this chain");
    let addresses = proxy.node_port_addresses(family);
    if addresses.all {
        let except = match family {
            IpFamily::V4 if addresses.loopback => "",
            IpFamily::V4 => "! -d 127.0.0.0/8 ",
            IpFamily::V6 => "! -d ::1/128 ",
        };
        return vec![format!("-A KUBE-SERVICES {except}{words} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS")];
    }
    let loopback = std::iter::once(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    let own = loopback.chain(proxy.addresses.iter().copied()).filter(|ip| IpFamily::of(*ip) == family);
    own.filter(|ip| addresses.serves(*ip) && asked(*ip))
        .map(|ip| format!("-A KUBE-SERVICES -d {} {words} -j KUBE-NODEPORTS", host(ip)))
        .collect()
}

/// The mark by which masquerading is asked for.
pub(in crate::proxy::rules) fn set_mark(proxy: &NodeProxy) -> String {
    format!("-A KUBE-MARK-MASQ -j MARK --set-xmark {0:#x}/{0:#x}", proxy.masquerade_mark)
}

/// What becomes of marked packets in KUBE-POSTROUTING.
pub(in crate::proxy::rules) fn postrouting(proxy: &NodeProxy) -> [String; 2] {
    [
        format!("-A KUBE-POSTROUTING -j MARK --set-xmark {:#x}/0x0", proxy.masquerade_mark),
        "-A KUBE-POSTROUTING -m comment --comment \"kubernetes service traffic requiring SNAT\" -j MASQUERADE \
         --random-fully"
            .to_string(),
    ]
}

fn captured(port: &ServicePort, via: Via, packet: &Packet) -> String {
    match (via, port.node_port) {
        (Via::NodePort, Some(number)) => {
            let loopback = packet.destination.ip.is_ipv4() && packet.destination.ip.is_loopback();
            capture_node_port(port, number, loopback)
        }
        _ => capture(port, via, packet.destination.ip),
    }
}

fn chosen(proxy: &NodeProxy, port: &ServicePort, ruling: &Ruling) -> Option<String> {
    let Ruling::Dnat { policy, endpoint, sticky, .. } = ruling else { return None };
    let at = port.set(*policy).iter().position(|index| index == endpoint)?;
    if *sticky { remember(proxy, port, *policy, at) } else { balance(proxy, port, *policy, at) }
}

/// See [`super::deciding`].
pub(in crate::proxy::rules) fn deciding(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Option<String> {
    let of = |index: u32| proxy.ports.get(index as usize);
    match ruling {
        Ruling::Dnat { port, .. } => chosen(proxy, of(*port)?, ruling),
        Ruling::Reject { port: Some((port, via)), why } | Ruling::Drop { port: Some((port, via)), why } => {
            let (port, ip) = (of(*port)?, packet.destination.ip);
            Some(match why {
                Refusal::SourceRange => firewall_drop(port, ip),
                _ => refuse(port, *via, Some(ip), *why),
            })
        }
        _ => None,
    }
}
