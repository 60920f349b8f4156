//! The whole text, as `nft list ruleset` prints it: one table a family; sets, maps and chains in the order of making.

use std::fmt::Write;

use super::{
    FIREWALL, HAIRPINS, NO_ENDPOINTS, NO_ENDPOINTS_NODE_PORTS, NODE_PORTS, SERVICES, balance, capture, external_local,
    external_pods, external_policy, firewall, firewall_drop, hairpin, ip_word, look_up, look_up_node_port, mark,
    masquerade_hairpin, masquerade_marked, pods, policy_chain, refuse, remember, renew, set_mark, translate,
    unallocated,
};
use crate::collections::Set;
use crate::net::IpFamily;
use crate::objects::ObjectRef;
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::{Masquerade, Refusal};
use crate::proxy::rules::listing::{Listing, Whose};
use crate::proxy::service_port::{Policy, ServicePort};

/// What `nft list ruleset` prints of kube-proxy's tables, IPv4 first.
pub fn print(proxy: &NodeProxy) -> String {
    let mut listing = Listing::default();
    list(proxy, None, &mut listing);
    listing.text
}

/// The same as lines that know whose they are; of one Service alone beside what every node has, if one is given.
pub(in crate::proxy::rules) fn list(proxy: &NodeProxy, of: Option<&ObjectRef>, listing: &mut Listing) {
    table(proxy, IpFamily::V4, of, listing);
    table(proxy, IpFamily::V6, of, listing);
}

/// The elements of a set or map: of two with one key the first counts. (Where two Services claim one address, the real
/// proxy keeps the one that it happened to look at last.)
#[derive(Default)]
struct Keyed {
    elements: Lines,
    keys: Set<String>,
}

impl Keyed {
    fn push(&mut self, whose: Option<Whose>, element: String) {
        let key = element.split(" : ").next().unwrap_or_default();
        let key = key.split(" comment ").next().unwrap_or_default();
        if self.keys.insert(key.to_string()) {
            self.elements.push((element, whose));
        }
    }
}

/// The elements of sets and maps.
#[derive(Default)]
struct Elements {
    hairpins: Keyed,
    cluster_ips: Keyed,
    no_services: Keyed,
    no_node_ports: Keyed,
    firewall: Keyed,
    services: Keyed,
    node_ports: Keyed,
}

/// Lines, each with whose it is.
type Lines = Vec<(String, Option<Whose>)>;

/// A chain with its rules, or an affinity set with its lines.
type Block = (String, Option<Whose>, Lines);

fn table(proxy: &NodeProxy, family: IpFamily, of: Option<&ObjectRef>, listing: &mut Listing) {
    let ip = ip_word(family);
    let kind = if family == IpFamily::V4 { "ipv4_addr" } else { "ipv6_addr" };
    let mut elements = Elements::default();
    let (mut affinity, mut chains): (Vec<Block>, Vec<Block>) = (Vec::new(), Vec::new());
    for (index, port) in proxy.ports_of(family, of) {
        addresses(port, index, &mut elements);
        affinity_sets(port, index, kind, &mut affinity);
        service_chains(proxy, port, index, &mut chains);
    }
    listing.table(if family == IpFamily::V4 { "ip kube-proxy" } else { "ip6 kube-proxy" });
    listing.head(None, &["table ", ip, " kube-proxy {"]);
    listing.head(None, &["\tcomment \"rules for kube-proxy\""]);
    let triple = format!("{kind} . inet_proto . inet_service : verdict");
    let pair = "inet_proto . inet_service : verdict";
    let hairpin_type = format!("{kind} . {kind} . inet_proto . inet_service");
    let hairpins = &elements.hairpins.elements;
    set(listing, "set", HAIRPINS, &hairpin_type, "service hairpin connections", hairpins, 1);
    set(listing, "set", "cluster-ips", kind, "Active ClusterIPs", &elements.cluster_ips.elements, 2);
    let ports = proxy.node_port_addresses(family);
    if !ports.all {
        let own = proxy.addresses.iter().filter(|ip| IpFamily::of(**ip) == family && ports.serves(**ip));
        let own: Lines = own.map(|ip| (ip.to_string(), None)).collect();
        set(listing, "set", "nodeport-ips", kind, "IPs that accept NodePort traffic", &own, 2);
    }
    for (name, kind, comment, elements) in [
        (
            NO_ENDPOINTS,
            triple.as_str(),
            "vmap to drop or reject packets to services with no endpoints",
            &elements.no_services.elements,
        ),
        (
            NO_ENDPOINTS_NODE_PORTS,
            pair,
            "vmap to drop or reject packets to service nodeports with no endpoints",
            &elements.no_node_ports.elements,
        ),
        (FIREWALL, &triple, "destinations that are subject to LoadBalancerSourceRanges", &elements.firewall.elements),
        (SERVICES, &triple, "ClusterIP, ExternalIP and LoadBalancer IP traffic", &elements.services.elements),
        (NODE_PORTS, pair, "NodePort traffic", &elements.node_ports.elements),
    ] {
        set(listing, "map", name, kind, comment, elements, 1);
    }
    for one in &affinity {
        block(listing, "set", one);
    }
    for one in frame(proxy, family).iter().chain(&chains) {
        block(listing, "chain", one);
    }
    listing.head(None, &["}"]);
}

fn block(listing: &mut Listing, kind: &str, (name, whose, lines): &Block) {
    let head = listing.lines.len();
    // Every block begins below an empty line but the table's first.
    if listing.text.ends_with("}\n") {
        listing.line(head, None, &[]);
    }
    let head = listing.lines.len();
    listing.head(*whose, &["\t", kind, " ", name, " {"]);
    for (line, whose) in lines {
        // Elements of a set hang in under the first.
        let indent = if line.starts_with('\t') { "" } else { "\t\t" };
        listing.line(head, *whose, &[indent, line]);
    }
    listing.line(head, *whose, &["\t}"]);
}

fn set(
    listing: &mut Listing,
    kind: &str,
    name: &str,
    of: &str,
    comment: &str,
    elements: &[(String, Option<Whose>)],
    per_line: usize,
) {
    let mut lines = vec![(format!("type {of}"), None), (format!("comment \"{comment}\""), None)];
    let rows = elements.chunks(per_line);
    let last = rows.len().saturating_sub(1);
    for (at, row) in rows.enumerate() {
        let mut line = String::from(if at == 0 { "elements = { " } else { "\t\t\t     " });
        for (place, (element, _)) in row.iter().enumerate() {
            line.push_str(if place == 0 { "" } else { ", " });
            line.push_str(element);
        }
        line.push_str(if at == last { " }" } else { "," });
        // Of two in a line the first counts, unless they are not of one.
        let whose = row.first().and_then(|one| one.1).filter(|whose| row.iter().all(|one| one.1 == Some(*whose)));
        lines.push((line, whose));
    }
    block(listing, kind, &(name.to_string(), None, lines));
}

fn addresses(port: &ServicePort, index: u32, elements: &mut Elements) {
    let whose = Some(Whose { port: index, endpoint: None });
    let why = if port.has_endpoints { Refusal::NoLocalEndpoints } else { Refusal::NoEndpoints };
    let inside = port.has_endpoints && !port.set(port.internal_policy()).is_empty();
    let outside = port.has_endpoints && !port.set(port.external_policy()).is_empty();
    let cluster_ip = port.cluster_ip.to_string();
    elements.cluster_ips.push(whose, cluster_ip);
    if inside {
        elements.services.push(whose, capture(port, Via::ClusterIp, port.cluster_ip));
    } else {
        elements.no_services.push(whose, refuse(port, Via::ClusterIp, port.cluster_ip, why));
    }
    let external = port.external_ips.iter().map(|ip| (Via::ExternalIp, *ip));
    for (via, ip) in external.chain(port.balancer_ips.iter().map(|ip| (Via::LoadBalancer, *ip))) {
        if port.has_endpoints {
            elements.services.push(whose, capture(port, via, ip));
        }
        if via == Via::LoadBalancer && !port.source_ranges.is_empty() {
            elements.firewall.push(whose, firewall(port, ip));
        }
        if !outside {
            elements.no_services.push(whose, refuse(port, via, ip, why));
        }
    }
    if port.node_port.is_some() {
        if port.has_endpoints {
            elements.node_ports.push(whose, capture(port, Via::NodePort, port.cluster_ip));
        }
        if !outside {
            elements.no_node_ports.push(whose, refuse(port, Via::NodePort, port.cluster_ip, why));
        }
    }
    let local = |at: &&u32| port.endpoints.get(**at as usize).is_some_and(|endpoint| endpoint.local);
    for at in port.reachable.iter().filter(local) {
        if let Some(element) = hairpin(port, *at) {
            elements.hairpins.push(Some(Whose { port: index, endpoint: Some(*at) }), element);
        }
    }
}

/// Seconds as nft prints a time: `3h`, `1h30m`.
fn duration(mut seconds: u32) -> String {
    let mut text = String::new();
    for (unit, length) in [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)] {
        if seconds >= length {
            let _ = write!(text, "{}{unit}", seconds / length);
            seconds %= length;
        }
    }
    text
}

fn affinity_sets(port: &ServicePort, index: u32, kind: &str, sets: &mut Vec<Block>) {
    let Some(seconds) = port.affinity_seconds else { return };
    for at in &port.reachable {
        let Some(endpoint) = port.endpoints.get(*at as usize) else { continue };
        let whose = Some(Whose { port: index, endpoint: Some(*at) });
        let lines = [
            format!("type {kind}"),
            "size 65535".to_string(),
            "flags dynamic,timeout".to_string(),
            format!("timeout {}", duration(seconds)),
        ];
        let name = format!("affinity-{}", port.name.nft_endpoint_base(&endpoint.address));
        sets.push((name, whose, lines.map(|line| (line, whose)).to_vec()));
    }
}

fn service_chains(proxy: &NodeProxy, port: &ServicePort, index: u32, chains: &mut Vec<Block>) {
    let mut chain = |name: String, endpoint: Option<u32>, lines: Vec<String>| {
        let whose = Some(Whose { port: index, endpoint });
        chains.push((name, whose, lines.into_iter().map(|line| (line, whose)).collect()));
    };
    let sticky = port.affinity_seconds.is_some();
    for at in port.reachable.iter().filter(|_| sticky) {
        let Some(endpoint) = port.endpoints.get(*at as usize) else { continue };
        let name = format!("endpoint-{}", port.name.nft_endpoint_base(&endpoint.address));
        chain(name, Some(*at), renew(port, *at).into_iter().chain(translate(port, *at)).collect());
    }
    let policies = [(Policy::Cluster, port.uses_cluster_endpoints()), (Policy::Local, port.uses_local_endpoints())];
    for (policy, _) in policies.into_iter().filter(|(policy, used)| *used && !port.set(*policy).is_empty()) {
        let mut lines: Vec<String> = Vec::new();
        if sticky {
            lines.extend(port.set(policy).iter().filter_map(|at| remember(port, *at)));
        }
        lines.push(balance(port, policy));
        chain(policy_chain(port, policy), None, lines);
    }
    if port.has_endpoints && port.externally_accessible() {
        let mut lines = Vec::new();
        if port.external_local {
            lines.extend(external_pods(proxy, port));
            lines.extend(mark(proxy, port, Masquerade::LocalProcess, 0));
            lines.push(external_local(port));
        } else {
            lines.extend(mark(proxy, port, Masquerade::External, 0));
        }
        if !port.set(port.external_policy()).is_empty() {
            lines.push(external_policy(port));
        }
        chain(format!("external-{}", port.name.nft_base()), None, lines);
    }
    if !port.balancer_ips.is_empty() && !port.source_ranges.is_empty() {
        chain(format!("firewall-{}", port.name.nft_base()), None, vec![firewall_drop(port)]);
    }
}

/// The chains that every node has.
fn frame(proxy: &NodeProxy, family: IpFamily) -> Vec<Block> {
    let ip = ip_word(family);
    let base = |name: &'static str, hook: &str, lines: &[&str]| {
        let head = format!("type {hook}; policy accept;");
        (name, std::iter::once(head).chain(lines.iter().map(ToString::to_string)).collect::<Vec<_>>())
    };
    let endpoints = "ct state new jump service-endpoints-check";
    let cluster_ips = "ct state new jump cluster-ips-check";
    let mut services = Vec::new();
    let set_mark = set_mark(proxy);
    if proxy.masquerade_all {
        services.push(format!("{ip} daddr @cluster-ips {set_mark} comment \"masquerade all clusterIP traffic\""));
    } else if let Some(pods) = pods(proxy, family, true) {
        services.push(format!(
            "{ip} daddr @cluster-ips {pods} {set_mark} comment \"masquerade clusterIP traffic from outside cluster\""
        ));
    }
    services.push(look_up(family, SERVICES));
    services.push(look_up_node_port(proxy, family, NODE_PORTS));
    let mut check =
        vec![format!("{ip} daddr @cluster-ips reject comment \"Reject traffic to invalid ports of ClusterIPs\"")];
    check.extend(unallocated(proxy, family));
    let all = vec![
        base(
            "filter-prerouting-pre-dnat",
            "filter hook prerouting priority dstnat - 10",
            &["ct state new jump firewall-check"],
        ),
        base("filter-output-pre-dnat", "filter hook output priority -110", &["ct state new jump firewall-check"]),
        base(
            "filter-input",
            "filter hook input priority filter",
            &["ct state new jump nodeport-endpoints-check", endpoints],
        ),
        base("filter-forward", "filter hook forward priority filter", &[endpoints, cluster_ips]),
        base("filter-output", "filter hook output priority filter", &[endpoints, cluster_ips]),
        base("nat-prerouting", "nat hook prerouting priority dstnat", &["jump services"]),
        base("nat-output", "nat hook output priority -100", &["jump services"]),
        base("nat-postrouting", "nat hook postrouting priority srcnat", &["jump masquerading"]),
        ("nodeport-endpoints-check", vec![look_up_node_port(proxy, family, NO_ENDPOINTS_NODE_PORTS)]),
        ("service-endpoints-check", vec![look_up(family, NO_ENDPOINTS)]),
        ("firewall-check", vec![look_up(family, FIREWALL)]),
        ("services", services),
        ("masquerading", vec![masquerade_marked(proxy), masquerade_hairpin(family)]),
        ("cluster-ips-check", check),
        (
            "reject-chain",
            vec![
                "comment \"helper for @no-endpoint-services / @no-endpoint-nodeports\"".to_string(),
                "reject".to_string(),
            ],
        ),
    ];
    let block = |(name, lines): (&str, Vec<String>)| {
        (name.to_string(), None, lines.into_iter().map(|line| (line, None)).collect())
    };
    all.into_iter().map(block).collect()
}
