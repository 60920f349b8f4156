//! The iptables rules beside ipvs (`writeIptablesRules`), as `iptables-save` prints them. They ask the ipsets, so their
//! number does not grow with the Services', but for balancer addresses that the node itself must not use.

use super::ipset::{Name, Sets};
use crate::net::{IpFamily, Protocol};
use crate::objects::ObjectRef;
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::Masquerade;
use crate::proxy::rules::iptables::{pods, postrouting, set_mark};
use crate::proxy::rules::listing::{Listing, Whose};

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

/// Where balancer addresses with source ranges are sent.
pub(super) fn source_ranges(family: IpFamily) -> String {
    let name = Name::LoadBalancerFw;
    asks(family, "KUBE-PROXY-FIREWALL", "", name, name.directions(), "KUBE-SOURCE-RANGES-FIREWALL")
}

fn balancers(family: IpFamily) -> String {
    let name = Name::LoadBalancer;
    asks(family, "KUBE-SERVICES", "", name, name.directions(), "KUBE-LOAD-BALANCER")
}

const TO_NODE_PORTS: &str = "-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODE-PORT";

/// The jump to the chain that marks what comes by balancers and node ports.
pub(super) fn jump(family: IpFamily, via: Via) -> Option<String> {
    match via {
        Via::LoadBalancer => Some(balancers(family)),
        Via::NodePort => Some(TO_NODE_PORTS.to_string()),
        Via::ClusterIp | Via::ExternalIp => None,
    }
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
pub(super) fn print(proxy: &NodeProxy, family: IpFamily, of: Option<&ObjectRef>, sets: &Sets, listing: &mut Listing) {
    table(
        listing,
        super::table(family, "filter"),
        &["INPUT", "FORWARD", "OUTPUT"],
        &[
            "KUBE-FORWARD",
            "KUBE-IPVS-FILTER",
            "KUBE-IPVS-OUT-FILTER",
            "KUBE-NODE-PORT",
            "KUBE-PROXY-FIREWALL",
            "KUBE-SOURCE-RANGES-FIREWALL",
        ],
        &filter(proxy, family, of, sets),
    );
    table(
        listing,
        super::table(family, "nat"),
        &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
        &["KUBE-LOAD-BALANCER", "KUBE-MARK-MASQ", "KUBE-NODE-PORT", "KUBE-POSTROUTING", "KUBE-SERVICES"],
        &nat(proxy, family, sets).into_iter().map(|rule| (rule, None)).collect::<Vec<_>>(),
    );
}

fn table(
    listing: &mut Listing,
    table: &'static str,
    builtin: &[&str],
    chains: &[&str],
    rules: &[(String, Option<Whose>)],
) {
    listing.table(table);
    listing.head(None, &["*", table.split(' ').nth(1).unwrap_or_default()]);
    let first = listing.lines.len();
    for chain in builtin {
        listing.head(None, &[":", chain, " ACCEPT [0:0]"]);
    }
    for chain in chains {
        listing.head(None, &[":", chain, " - [0:0]"]);
    }
    for (at, chain) in builtin.iter().chain(chains).enumerate() {
        let head = format!("-A {chain} ");
        for (rule, whose) in rules.iter().filter(|(rule, _)| rule.starts_with(&head)) {
            listing.line(first + at, *whose, &[rule]);
        }
    }
    listing.head(None, &["COMMIT"]);
}

fn filter(proxy: &NodeProxy, family: IpFamily, of: Option<&ObjectRef>, sets: &Sets) -> Vec<(String, Option<Whose>)> {
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
    let mut rules: Vec<(String, Option<Whose>)> = rules.into_iter().map(|rule| (rule, None)).collect();
    let ports = proxy.ports_of(family, of);
    for (index, port) in ports.filter(|(_, port)| !port.source_ranges.is_empty() && !port.allow_from_node) {
        for ip in &port.balancer_ips {
            let (host, number) = (crate::proxy::rules::iptables::host(*ip), super::number(port.name.protocol));
            let rule = format!(
                "-A KUBE-IPVS-OUT-FILTER -s {host} -m ipvs --vproto {number} --vaddr {ip} --vport {} -j DROP",
                port.port
            );
            rules.push((rule, Some(Whose { port: index, endpoint: None })));
        }
    }
    let mut add = |rule: String| rules.push((rule, None));
    let health = Name::HealthCheckNodePort;
    add(asks(family, "KUBE-NODE-PORT", "", health, health.directions(), "ACCEPT"));
    if !sets.is_empty(Name::LoadBalancerFw) {
        add(source_ranges(family));
    }
    for name in [Name::LoadBalancerSourceCidr, Name::LoadBalancerSourceIp] {
        if !sets.is_empty(name) {
            add(asks(family, "KUBE-SOURCE-RANGES-FIREWALL", "", name, name.directions(), "RETURN"));
        }
    }
    add(SOURCE_RANGES_DROP.to_string());
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
    rules.extend((!sets.is_empty(Name::LoadBalancer)).then(|| balancers(family)));
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
    rules.push(TO_NODE_PORTS.to_string());
    rules.push(BALANCERS.to_string());
    for name in [Name::ClusterIp, Name::LoadBalancer].into_iter().filter(|name| !sets.is_empty(*name)) {
        let set = name.in_family(family);
        rules.push(format!("-A KUBE-SERVICES -m set --match-set {set} {} -j ACCEPT", name.directions()));
    }
    rules.push(format!("-A KUBE-POSTROUTING -m mark ! --mark {mark}/{mark} -j RETURN"));
    rules.extend(postrouting(proxy));
    rules.push(set_mark(proxy));
    rules
}
