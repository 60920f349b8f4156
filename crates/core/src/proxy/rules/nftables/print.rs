//! The whole text, as `nft list ruleset` prints it: one table a family; sets, maps and chains in the order of making.

use std::fmt::Write;

use super::{
    balance, capture, firewall_drop, hairpin, ip_word, mark, pods, policy_chain, refuse, remember, set_mark, translate,
    unallocated,
};
use crate::collections::Set;
use crate::net::IpFamily;
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::{Masquerade, Refusal};
use crate::proxy::service_port::{Policy, ServicePort};

/// What `nft list ruleset` prints of kube-proxy's tables, IPv4 first.
pub fn print(proxy: &NodeProxy) -> String {
    let mut text = String::new();
    table(proxy, IpFamily::V4, &mut text);
    table(proxy, IpFamily::V6, &mut text);
    text
}

/// The elements of a set or map: of two with one key the first counts. (Where two Services claim one address, the real
/// proxy keeps the one that it happened to look at last.)
#[derive(Default)]
struct Keyed {
    elements: Vec<String>,
    keys: Set<String>,
}

impl Keyed {
    fn push(&mut self, element: String) {
        let key = element.split(" : ").next().unwrap_or_default();
        let key = key.split(" comment ").next().unwrap_or_default();
        if self.keys.insert(key.to_string()) {
            self.elements.push(element);
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

/// A chain with its rules, or an affinity set with its lines.
type Block = (String, Vec<String>);

fn table(proxy: &NodeProxy, family: IpFamily, text: &mut String) {
    let ip = ip_word(family);
    let kind = if family == IpFamily::V4 { "ipv4_addr" } else { "ipv6_addr" };
    let mut elements = Elements::default();
    let (mut affinity, mut chains): (Vec<Block>, Vec<Block>) = (Vec::new(), Vec::new());
    for port in proxy.ports.iter().filter(|port| port.family == family) {
        addresses(port, &mut elements);
        affinity_sets(port, kind, &mut affinity);
        service_chains(proxy, port, &mut chains);
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "table {ip} kube-proxy {{\n\tcomment \"rules for kube-proxy\"");
    let triple = format!("{kind} . inet_proto . inet_service : verdict");
    let pair = "inet_proto . inet_service : verdict";
    let hairpin_type = format!("{kind} . {kind} . inet_proto . inet_service");
    set(text, "set hairpin-connections", &hairpin_type, "service hairpin connections", &elements.hairpins.elements, 1);
    set(text, "set cluster-ips", kind, "Active ClusterIPs", &elements.cluster_ips.elements, 2);
    let ports = proxy.node_port_addresses(family);
    if !ports.all {
        let own = proxy.addresses.iter().filter(|ip| IpFamily::of(**ip) == family && ports.serves(**ip));
        let own: Vec<String> = own.map(ToString::to_string).collect();
        set(text, "set nodeport-ips", kind, "IPs that accept NodePort traffic", &own, 2);
    }
    for (name, kind, comment, elements) in [
        (
            "no-endpoint-services",
            triple.as_str(),
            "vmap to drop or reject packets to services with no endpoints",
            &elements.no_services.elements,
        ),
        (
            "no-endpoint-nodeports",
            pair,
            "vmap to drop or reject packets to service nodeports with no endpoints",
            &elements.no_node_ports.elements,
        ),
        (
            "firewall-ips",
            &triple,
            "destinations that are subject to LoadBalancerSourceRanges",
            &elements.firewall.elements,
        ),
        ("service-ips", &triple, "ClusterIP, ExternalIP and LoadBalancer IP traffic", &elements.services.elements),
        ("service-nodeports", pair, "NodePort traffic", &elements.node_ports.elements),
    ] {
        set(text, &format!("map {name}"), kind, comment, elements, 1);
    }
    for (name, lines) in &affinity {
        block(text, &format!("set {name}"), lines);
    }
    for (name, lines) in frame(proxy, family).iter().chain(&chains) {
        block(text, &format!("chain {name}"), lines);
    }
    // The last block ends without an empty line.
    text.truncate(text.trim_end().len());
    text.push_str("\n}\n");
}

fn block(text: &mut String, head: &str, lines: &[String]) {
    let _ = writeln!(text, "\t{head} {{");
    for line in lines {
        let _ = writeln!(text, "\t\t{line}");
    }
    let _ = writeln!(text, "\t}}\n");
}

fn set(text: &mut String, head: &str, kind: &str, comment: &str, elements: &[String], per_line: usize) {
    let mut lines = vec![format!("type {kind}"), format!("comment \"{comment}\"")];
    if !elements.is_empty() {
        let rows: Vec<String> = elements.chunks(per_line).map(|row| row.join(", ")).collect();
        lines.push(format!("elements = {{ {} }}", rows.join(",\n\t\t\t     ")));
    }
    block(text, head, &lines);
}

fn addresses(port: &ServicePort, elements: &mut Elements) {
    let why = if port.has_endpoints { Refusal::NoLocalEndpoints } else { Refusal::NoEndpoints };
    let inside = port.has_endpoints && !port.set(port.internal_policy()).is_empty();
    let outside = port.has_endpoints && !port.set(port.external_policy()).is_empty();
    let cluster_ip = port.cluster_ip.to_string();
    elements.cluster_ips.push(cluster_ip);
    if inside {
        elements.services.push(capture(port, Via::ClusterIp, port.cluster_ip));
    } else {
        elements.no_services.push(refuse(port, Via::ClusterIp, port.cluster_ip, why));
    }
    let external = port.external_ips.iter().map(|ip| (Via::ExternalIp, *ip));
    for (via, ip) in external.chain(port.balancer_ips.iter().map(|ip| (Via::LoadBalancer, *ip))) {
        if port.has_endpoints {
            elements.services.push(capture(port, via, ip));
        }
        if via == Via::LoadBalancer && !port.source_ranges.is_empty() {
            let (protocol, base) = (port.name.protocol.lower(), port.name.nft_base());
            elements.firewall.push(format!("{ip} . {protocol} . {} : goto firewall-{base}", port.port));
        }
        if !outside {
            elements.no_services.push(refuse(port, via, ip, why));
        }
    }
    if port.node_port.is_some() {
        if port.has_endpoints {
            elements.node_ports.push(capture(port, Via::NodePort, port.cluster_ip));
        }
        if !outside {
            elements.no_node_ports.push(refuse(port, Via::NodePort, port.cluster_ip, why));
        }
    }
    let local = |at: &&u32| port.endpoints.get(**at as usize).is_some_and(|endpoint| endpoint.local);
    for element in port.reachable.iter().filter(local).filter_map(|at| hairpin(port, *at)) {
        elements.hairpins.push(element);
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

fn affinity_sets(port: &ServicePort, kind: &str, sets: &mut Vec<Block>) {
    let Some(seconds) = port.affinity_seconds else { return };
    for endpoint in port.reachable.iter().filter_map(|at| port.endpoints.get(*at as usize)) {
        let lines = [
            format!("type {kind}"),
            "size 65535".to_string(),
            "flags dynamic,timeout".to_string(),
            format!("timeout {}", duration(seconds)),
        ];
        sets.push((format!("affinity-{}", port.name.nft_endpoint_base(&endpoint.address)), lines.to_vec()));
    }
}

fn service_chains(proxy: &NodeProxy, port: &ServicePort, chains: &mut Vec<Block>) {
    let ip = ip_word(port.family);
    let sticky = port.affinity_seconds.is_some();
    for at in port.reachable.iter().filter(|_| sticky) {
        let Some(endpoint) = port.endpoints.get(*at as usize) else { continue };
        let base = port.name.nft_endpoint_base(&endpoint.address);
        let mut lines = vec![format!("update @affinity-{base} {{ {ip} saddr }}")];
        lines.extend(translate(port, *at));
        chains.push((format!("endpoint-{base}"), lines));
    }
    let policies = [(Policy::Cluster, port.uses_cluster_endpoints()), (Policy::Local, port.uses_local_endpoints())];
    for (policy, _) in policies.into_iter().filter(|(policy, used)| *used && !port.set(*policy).is_empty()) {
        let mut lines: Vec<String> = Vec::new();
        if sticky {
            lines.extend(port.set(policy).iter().filter_map(|at| remember(port, *at)));
        }
        lines.push(balance(port, policy));
        chains.push((policy_chain(port, policy), lines));
    }
    if port.has_endpoints && port.externally_accessible() {
        let mut lines = Vec::new();
        let service = policy_chain(port, Policy::Cluster);
        if port.external_local {
            lines.extend(
                pods(proxy, port.family, false)
                    .map(|pods| format!("{pods} goto {service} comment \"short-circuit pod traffic\"")),
            );
            lines.extend(mark(proxy, port, Masquerade::LocalProcess, 0));
            lines.push(format!("fib saddr type local goto {service} comment \"short-circuit local traffic\""));
        } else {
            lines.extend(mark(proxy, port, Masquerade::External, 0));
        }
        if !port.set(port.external_policy()).is_empty() {
            lines.push(format!("goto {}", policy_chain(port, port.external_policy())));
        }
        chains.push((format!("external-{}", port.name.nft_base()), lines));
    }
    if !port.balancer_ips.is_empty() && !port.source_ranges.is_empty() {
        chains.push((format!("firewall-{}", port.name.nft_base()), vec![firewall_drop(port)]));
    }
}

/// The chains that every node has.
fn frame(proxy: &NodeProxy, family: IpFamily) -> Vec<Block> {
    let ip = ip_word(family);
    let base = |name: &str, hook: &str, lines: &[&str]| {
        let head = format!("type {hook}; policy accept;");
        (name.to_string(), std::iter::once(head).chain(lines.iter().map(ToString::to_string)).collect::<Vec<_>>())
    };
    let addresses = proxy.node_port_addresses(family);
    let node = match (addresses.all, family) {
        (false, _) => format!("{ip} daddr @nodeport-ips"),
        (true, IpFamily::V4) => "ip daddr != 127.0.0.0/8".to_string(),
        (true, IpFamily::V6) => "ip6 daddr != ::1".to_string(),
    };
    let local = if addresses.all { "fib daddr type local " } else { "" };
    let endpoints = "ct state new jump service-endpoints-check";
    let cluster_ips = "ct state new jump cluster-ips-check";
    let mut services = Vec::new();
    let (set_mark, mark) = (set_mark(proxy), format!("{:#010x}", proxy.masquerade_mark));
    if proxy.masquerade_all {
        services.push(format!("{ip} daddr @cluster-ips {set_mark} comment \"masquerade all clusterIP traffic\""));
    } else if let Some(pods) = pods(proxy, family, true) {
        services.push(format!(
            "{ip} daddr @cluster-ips {pods} {set_mark} comment \"masquerade clusterIP traffic from outside cluster\""
        ));
    }
    services.push(format!("{ip} daddr . meta l4proto . th dport vmap @service-ips"));
    services.push(format!("{local}{node} meta l4proto . th dport vmap @service-nodeports"));
    let mut check =
        vec![format!("{ip} daddr @cluster-ips reject comment \"Reject traffic to invalid ports of ClusterIPs\"")];
    check.extend(unallocated(proxy, family));
    vec![
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
        (
            "nodeport-endpoints-check".to_string(),
            vec![format!("{node} meta l4proto . th dport vmap @no-endpoint-nodeports")],
        ),
        (
            "service-endpoints-check".to_string(),
            vec![format!("{ip} daddr . meta l4proto . th dport vmap @no-endpoint-services")],
        ),
        ("firewall-check".to_string(), vec![format!("{ip} daddr . meta l4proto . th dport vmap @firewall-ips")]),
        ("services".to_string(), services),
        (
            "masquerading".to_string(),
            vec![
                format!("meta mark & {mark} != 0x00000000 meta mark set meta mark ^ {mark} masquerade fully-random"),
                format!(
                    "ct status dnat {ip} saddr . {ip} daddr . meta l4proto . th dport @hairpin-connections masquerade fully-random"
                ),
            ],
        ),
        ("cluster-ips-check".to_string(), check),
        (
            "reject-chain".to_string(),
            vec![
                "comment \"helper for @no-endpoint-services / @no-endpoint-nodeports\"".to_string(),
                "reject".to_string(),
            ],
        ),
    ]
}
