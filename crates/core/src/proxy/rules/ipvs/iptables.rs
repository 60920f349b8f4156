//! The iptables rules beside ipvs (`writeIptablesRules`), as `iptables-save` prints them. They ask the ipsets, so their
//! number does not grow with the Services', but for balancer addresses that the node itself must not use.

use std::fmt::Write;

use super::ipset::{Name, Sets};
use crate::net::{IpFamily, Protocol};
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::Masquerade;
use crate::proxy::rules::iptables::pods;
use crate::proxy::service_port::ServicePort;

/// What was not let through by a source range.
pub(super) const SOURCE_RANGES_DROP: &str = "-A KUBE-SOURCE-RANGES-FIREWALL -j DROP";

/// Against ports of bound addresses that are no virtual server's.
pub(super) fn filter_reject(family: IpFamily) -> String {
    let kind = if family == IpFamily::V4 { "icmp" } else { "icmp6" };
    let set = Name::IpvsIps.in_family(family);
    format!(
        "-A KUBE-IPVS-FILTER -m conntrack --ctstate NEW -m set --match-set {set} dst -j REJECT --reject-with \
         {kind}-port-unreachable"
    )
}

/// A rule that asks a set; `of` stands before it.
fn asks(family: IpFamily, chain: &str, of: &str, name: Name, directions: &str, target: &str) -> String {
    let (set, comment) = (name.in_family(family), name.comment());
    format!("-A {chain} {of}-m comment --comment \"{comment}\" -m set --match-set {set} {directions} -j {target}")
}

/// The rule by which what comes to cluster IPs is masqueraded; `None` where nobody would be.
fn cluster_ips(proxy: &NodeProxy, family: IpFamily) -> String {
    let rule = |of: &str, directions| asks(family, "KUBE-SERVICES", of, Name::ClusterIp, directions, "KUBE-MARK-MASQ");
    match pods(proxy, family) {
        _ if proxy.masquerade_all => rule("", "dst,dst"),
        Some(pods) => rule(&format!("! {pods} "), "dst,dst"),
        // Pods cannot be told: only what the node sends from a bound address.
        None => rule("", "src,dst"),
    }
}

fn node_ports(family: IpFamily, protocol: Protocol, local: bool) -> String {
    let (all, locals) = Name::node_ports(protocol);
    let of = format!("-p {} ", protocol.lower());
    let (name, target) = if local { (locals, "RETURN") } else { (all, "KUBE-MARK-MASQ") };
    asks(family, "KUBE-NODE-PORT", &of, name, name.directions(), target)
}

const BALANCERS: &str = "-A KUBE-LOAD-BALANCER -j KUBE-MARK-MASQ";

/// The rule by which a source is rewritten.
pub(super) fn mark(
    proxy: &NodeProxy,
    family: IpFamily,
    protocol: Protocol,
    via: Via,
    why: Masquerade,
) -> Option<String> {
    Some(match (why, via) {
        (Masquerade::Hairpin, _) => {
            asks(family, "KUBE-POSTROUTING", "", Name::LoopBack, Name::LoopBack.directions(), "MASQUERADE")
        }
        (Masquerade::All | Masquerade::OffCluster, _) => cluster_ips(proxy, family),
        (_, Via::LoadBalancer) => BALANCERS.to_string(),
        (_, Via::NodePort) => node_ports(family, protocol, false),
        (_, Via::ExternalIp) => asks(family, "KUBE-SERVICES", "", Name::ExternalIp, "dst,dst", "KUBE-MARK-MASQ"),
        (_, Via::ClusterIp) => return None,
    })
}

/// The whole text of a family.
pub(super) fn print(proxy: &NodeProxy, family: IpFamily, sets: &Sets) -> String {
    let mut text = String::new();
    table(
        &mut text,
        "filter",
        &["INPUT", "FORWARD", "OUTPUT"],
        &[
            "KUBE-FORWARD",
            "KUBE-IPVS-FILTER",
            "KUBE-IPVS-OUT-FILTER",
            "KUBE-NODE-PORT",
            "KUBE-PROXY-FIREWALL",
            "KUBE-SOURCE-RANGES-FIREWALL",
        ],
        &filter(proxy, family, sets),
    );
    table(
        &mut text,
        "nat",
        &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
        &["KUBE-LOAD-BALANCER", "KUBE-MARK-MASQ", "KUBE-NODE-PORT", "KUBE-POSTROUTING", "KUBE-SERVICES"],
        &nat(proxy, family, sets),
    );
    text
}

fn table(text: &mut String, name: &str, builtin: &[&str], chains: &[&str], rules: &[String]) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "*{name}");
    for chain in builtin {
        let _ = writeln!(text, ":{chain} ACCEPT [0:0]");
    }
    for chain in chains {
        let _ = writeln!(text, ":{chain} - [0:0]");
    }
    for chain in builtin.iter().chain(chains) {
        let head = format!("-A {chain} ");
        for rule in rules.iter().filter(|rule| rule.starts_with(&head)) {
            let _ = writeln!(text, "{rule}");
        }
    }
    let _ = writeln!(text, "COMMIT");
}

fn filter(proxy: &NodeProxy, family: IpFamily, sets: &Sets) -> Vec<String> {
    let jump = |from: &str, words: &str, to: &str| format!("-A {from} -m comment --comment \"{words}\" -j {to}");
    let set = |name: Name| name.in_family(family);
    let mark = format!("{:#x}", proxy.masquerade_mark);
    let mut rules = vec![
        jump("INPUT", "kubernetes ipvs access filter", "KUBE-IPVS-FILTER"),
        jump("INPUT", "kube-proxy firewall rules", "KUBE-PROXY-FIREWALL"),
        jump("INPUT", "kubernetes health check rules", "KUBE-NODE-PORT"),
        jump("FORWARD", "kube-proxy firewall rules", "KUBE-PROXY-FIREWALL"),
        jump("FORWARD", "kubernetes forwarding rules", "KUBE-FORWARD"),
        jump("OUTPUT", "kubernetes ipvs access filter", "KUBE-IPVS-OUT-FILTER"),
        format!(
            "-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding rules\" -m mark --mark {mark}/{mark} -j ACCEPT"
        ),
        "-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding conntrack rule\" -m conntrack --ctstate \
         RELATED,ESTABLISHED -j ACCEPT"
            .to_string(),
    ];
    for name in
        [Name::LoadBalancer, Name::ClusterIp, Name::ExternalIp, Name::ExternalIpLocal, Name::HealthCheckNodePort]
    {
        let directions = name.directions();
        rules.push(format!("-A KUBE-IPVS-FILTER -m set --match-set {} {directions} -j RETURN", set(name)));
    }
    rules.push(filter_reject(family));
    let closed = |port: &&ServicePort| port.family == family && !port.source_ranges.is_empty() && !port.allow_from_node;
    for port in proxy.ports.iter().filter(closed) {
        for ip in &port.balancer_ips {
            let (host, number) = (crate::proxy::rules::iptables::host(*ip), super::number(port.name.protocol));
            rules.push(format!(
                "-A KUBE-IPVS-OUT-FILTER -s {host} -m ipvs --vproto {number} --vaddr {ip} --vport {} -j DROP",
                port.port
            ));
        }
    }
    let health = Name::HealthCheckNodePort;
    rules.push(asks(family, "KUBE-NODE-PORT", "", health, health.directions(), "ACCEPT"));
    for (name, chain, target) in [
        (Name::LoadBalancerFw, "KUBE-PROXY-FIREWALL", "KUBE-SOURCE-RANGES-FIREWALL"),
        (Name::LoadBalancerSourceCidr, "KUBE-SOURCE-RANGES-FIREWALL", "RETURN"),
        (Name::LoadBalancerSourceIp, "KUBE-SOURCE-RANGES-FIREWALL", "RETURN"),
    ] {
        if !sets.is_empty(name) {
            rules.push(asks(family, chain, "", name, name.directions(), target));
        }
    }
    rules.push(SOURCE_RANGES_DROP.to_string());
    rules
}

fn nat(proxy: &NodeProxy, family: IpFamily, sets: &Sets) -> Vec<String> {
    let loopback = if family == IpFamily::V4 { "127.0.0.0/8" } else { "::1/128" };
    let mark = format!("{:#x}", proxy.masquerade_mark);
    let services = "-m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES";
    let mut rules = vec![
        format!("-A PREROUTING {services}"),
        format!("-A OUTPUT {services}"),
        "-A POSTROUTING -m comment --comment \"kubernetes postrouting rules\" -j KUBE-POSTROUTING".to_string(),
        format!("-A KUBE-SERVICES -s {loopback} -j RETURN"),
    ];
    let ask = |name: Name, chain: &str, target: &str| {
        (!sets.is_empty(name)).then(|| asks(family, chain, "", name, name.directions(), target))
    };
    rules.extend(ask(Name::LoopBack, "KUBE-POSTROUTING", "MASQUERADE"));
    rules.extend(ask(Name::LoadBalancer, "KUBE-SERVICES", "KUBE-LOAD-BALANCER"));
    rules.extend(ask(Name::LoadBalancerLocal, "KUBE-LOAD-BALANCER", "RETURN"));
    for protocol in [Protocol::Tcp, Protocol::Udp, Protocol::Sctp] {
        let (all, local) = Name::node_ports(protocol);
        if !sets.is_empty(local) {
            rules.push(node_ports(family, protocol, true));
        }
        if !sets.is_empty(all) {
            rules.push(node_ports(family, protocol, false));
        }
    }
    if !sets.is_empty(Name::ClusterIp) {
        rules.push(cluster_ips(proxy, family));
    }
    for name in [Name::ExternalIp, Name::ExternalIpLocal].into_iter().filter(|name| !sets.is_empty(*name)) {
        if name == Name::ExternalIp {
            rules.extend(ask(name, "KUBE-SERVICES", "KUBE-MARK-MASQ"));
        }
        let bare = asks(family, "KUBE-SERVICES", "", name, "dst,dst", "");
        let bare = bare.trim_end_matches("-j ");
        rules.push(format!("{bare}-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL -j ACCEPT"));
        rules.push(format!("{bare}-m addrtype --dst-type LOCAL -j ACCEPT"));
    }
    rules.push("-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT".to_string());
    rules.push(BALANCERS.to_string());
    for name in [Name::ClusterIp, Name::LoadBalancer].into_iter().filter(|name| !sets.is_empty(*name)) {
        let set = name.in_family(family);
        rules.push(format!("-A KUBE-SERVICES -m set --match-set {set} {} -j ACCEPT", name.directions()));
    }
    rules.extend([
        format!("-A KUBE-POSTROUTING -m mark ! --mark {mark}/{mark} -j RETURN"),
        format!("-A KUBE-POSTROUTING -j MARK --set-xmark {mark}/0x0"),
        "-A KUBE-POSTROUTING -m comment --comment \"kubernetes service traffic requiring SNAT\" -j MASQUERADE \
         --random-fully"
            .to_string(),
        format!("-A KUBE-MARK-MASQ -j MARK --set-xmark {mark}/{mark}"),
    ]);
    rules
}
