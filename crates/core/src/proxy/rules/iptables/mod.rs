//! iptables mode, as `iptables-save` prints it (`pkg/proxy/iptables/proxier.go`).

mod print;

use std::net::IpAddr;

pub use print::print;

use crate::decimal;
use crate::net::IpFamily;
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

/// See [`super::matched`].
pub(in crate::proxy::rules) fn matched(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Vec<String> {
    let Ruling::Dnat { port, via, endpoint, masquerade, .. } = ruling else {
        return deciding(proxy, packet, ruling).into_iter().collect();
    };
    let Some(port) = proxy.ports.get(*port as usize) else { return Vec::new() };
    let mut lines = vec![captured(port, *via, packet)];
    lines
        .extend(masquerade.filter(|why| *why != Masquerade::Hairpin).and_then(|why| mark(proxy, port, why, *endpoint)));
    lines.extend(chosen(proxy, port, ruling));
    lines
        .extend(masquerade.filter(|why| *why == Masquerade::Hairpin).and_then(|why| mark(proxy, port, why, *endpoint)));
    lines.extend(translate(proxy, port, *endpoint));
    lines
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
