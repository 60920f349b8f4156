//! The whole text of a family, in `iptables-save`'s order: the tables mangle, filter and nat, chains by name.

use crate::collections::Map;
use std::fmt::Write;

use super::{
    balance, capture, capture_node_port, comment, firewall_drop, guarded, hairpin, host, mark, pods, policy_chain,
    refuse, remember, translate,
};
use crate::net::IpFamily;
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::{Masquerade, Refusal};
use crate::proxy::service_port::{Policy, ServicePort};

/// A table: its own chains, then kube-proxy's by name, each with its rules.
struct Table {
    builtin: Vec<(&'static str, Vec<String>)>,
    chains: Map<String, Vec<String>>,
}

impl Table {
    fn new(builtin: &[&'static str], chains: &[&str]) -> Self {
        Table {
            builtin: builtin.iter().map(|name| (*name, Vec::new())).collect(),
            chains: chains.iter().map(|name| (name.to_string(), Vec::new())).collect(),
        }
    }

    /// Adds a whole rule, `-A CHAIN ...`, to its chain.
    fn add(&mut self, rule: String) {
        let chain = rule.split(' ').nth(1).unwrap_or_default().to_string();
        match self.builtin.iter_mut().find(|(name, _)| *name == chain) {
            Some((_, rules)) => rules.push(rule),
            None => self.chains.entry(chain).or_default().push(rule),
        }
    }

    fn chain(&mut self, name: String) {
        self.chains.entry(name).or_default();
    }

    fn print(&self, name: &str, text: &mut String) {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "*{name}");
        for (chain, _) in &self.builtin {
            let _ = writeln!(text, ":{chain} ACCEPT [0:0]");
        }
        for chain in self.chains.keys() {
            let _ = writeln!(text, ":{chain} - [0:0]");
        }
        let own = self.builtin.iter().flat_map(|(_, rules)| rules);
        for rule in own.chain(self.chains.values().flatten()) {
            let _ = writeln!(text, "{rule}");
        }
        let _ = writeln!(text, "COMMIT");
    }
}

/// What `iptables-save` (or `ip6tables-save`) prints of kube-proxy's rules in a family, without the lines of comment
/// around each table.
pub fn print(proxy: &NodeProxy, family: IpFamily) -> String {
    let mangle = Table::new(&["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"], &["KUBE-PROXY-CANARY"]);
    let mut filter = Table::new(
        &["INPUT", "FORWARD", "OUTPUT"],
        &[
            "KUBE-EXTERNAL-SERVICES",
            "KUBE-FIREWALL",
            "KUBE-FORWARD",
            "KUBE-NODEPORTS",
            "KUBE-PROXY-CANARY",
            "KUBE-PROXY-FIREWALL",
            "KUBE-SERVICES",
        ],
    );
    let mut nat = Table::new(
        &["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
        &["KUBE-MARK-MASQ", "KUBE-NODEPORTS", "KUBE-POSTROUTING", "KUBE-PROXY-CANARY", "KUBE-SERVICES"],
    );
    frame(proxy, family, &mut filter, &mut nat);
    for port in proxy.ports.iter().filter(|port| port.family == family) {
        addresses(proxy, port, &mut filter, &mut nat);
        external(proxy, port, &mut nat);
        internal(proxy, port, &mut nat);
        endpoints(proxy, port, &mut nat);
    }
    node_ports(proxy, family, &mut nat);
    let mut text = String::new();
    mangle.print("mangle", &mut text);
    filter.print("filter", &mut text);
    nat.print("nat", &mut text);
    text
}

/// The jumps and the rules that every node has.
fn frame(proxy: &NodeProxy, family: IpFamily, filter: &mut Table, nat: &mut Table) {
    const NEW: &str = "-m conntrack --ctstate NEW -m comment --comment";
    for rule in [
        "-A INPUT -j KUBE-FIREWALL".to_string(),
        format!("-A INPUT {NEW} \"kubernetes load balancer firewall\" -j KUBE-PROXY-FIREWALL"),
        "-A INPUT -m comment --comment \"kubernetes health check service ports\" -j KUBE-NODEPORTS".to_string(),
        format!("-A INPUT {NEW} \"kubernetes externally-visible service portals\" -j KUBE-EXTERNAL-SERVICES"),
        format!("-A FORWARD {NEW} \"kubernetes load balancer firewall\" -j KUBE-PROXY-FIREWALL"),
        "-A FORWARD -m comment --comment \"kubernetes forwarding rules\" -j KUBE-FORWARD".to_string(),
        format!("-A FORWARD {NEW} \"kubernetes service portals\" -j KUBE-SERVICES"),
        format!("-A FORWARD {NEW} \"kubernetes externally-visible service portals\" -j KUBE-EXTERNAL-SERVICES"),
        "-A OUTPUT -j KUBE-FIREWALL".to_string(),
        format!("-A OUTPUT {NEW} \"kubernetes load balancer firewall\" -j KUBE-PROXY-FIREWALL"),
        format!("-A OUTPUT {NEW} \"kubernetes service portals\" -j KUBE-SERVICES"),
    ] {
        filter.add(rule);
    }
    if !proxy.tcp_be_liberal {
        filter.add(
            "-A KUBE-FORWARD -m conntrack --ctstate INVALID -m nfacct --nfacct-name  ct_state_invalid_dropped_pkts -j DROP"
                .to_string(),
        );
    }
    let mark = format!("{:#x}", proxy.masquerade_mark);
    filter.add(format!(
        "-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding rules\" -m mark --mark {mark}/{mark} -j ACCEPT"
    ));
    filter.add(
        "-A KUBE-FORWARD -m comment --comment \"kubernetes forwarding conntrack rule\" -m conntrack --ctstate \
         RELATED,ESTABLISHED -j ACCEPT"
            .to_string(),
    );
    if proxy.node_port_addresses(family).loopback {
        filter.add(
            "-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment \"block incoming localnet connections\" \
             -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP"
                .to_string(),
        );
    }
    for rule in [
        "-A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES".to_string(),
        "-A OUTPUT -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES".to_string(),
        "-A POSTROUTING -m comment --comment \"kubernetes postrouting rules\" -j KUBE-POSTROUTING".to_string(),
        format!("-A KUBE-MARK-MASQ -j MARK --set-xmark {mark}/{mark}"),
        format!("-A KUBE-POSTROUTING -m mark ! --mark {mark}/{mark} -j RETURN"),
        format!("-A KUBE-POSTROUTING -j MARK --set-xmark {mark}/0x0"),
        "-A KUBE-POSTROUTING -m comment --comment \"kubernetes service traffic requiring SNAT\" -j MASQUERADE \
         --random-fully"
            .to_string(),
    ] {
        nat.add(rule);
    }
}

/// From a Service's addresses to its chains, or to a refusal.
fn addresses(proxy: &NodeProxy, port: &ServicePort, filter: &mut Table, nat: &mut Table) {
    let why = if port.has_endpoints { Refusal::NoLocalEndpoints } else { Refusal::NoEndpoints };
    let inside = port.has_endpoints && !port.set(port.internal_policy()).is_empty();
    let outside = port.has_endpoints && !port.set(port.external_policy()).is_empty();
    if inside {
        nat.add(capture(port, Via::ClusterIp, port.cluster_ip));
    } else {
        filter.add(refuse(port, Via::ClusterIp, Some(port.cluster_ip), why));
    }
    let external = port.external_ips.iter().map(|ip| (Via::ExternalIp, *ip));
    for (via, ip) in external.chain(port.balancer_ips.iter().map(|ip| (Via::LoadBalancer, *ip))) {
        if port.has_endpoints {
            nat.add(capture(port, via, ip));
        }
        if via == Via::LoadBalancer && guarded(port) {
            filter.add(firewall_drop(port, ip));
        }
        if !outside {
            filter.add(refuse(port, via, Some(ip), why));
        }
    }
    if let Some(number) = port.node_port {
        if port.has_endpoints {
            if proxy.node_port_addresses(port.family).loopback {
                nat.add(capture_node_port(port, number, true));
            }
            nat.add(capture_node_port(port, number, false));
        }
        if !outside {
            filter.add(refuse(port, Via::NodePort, None, why));
        }
    }
    if let Some(number) = port.health_check_node_port {
        let words = comment(&format!("{} health check node port", port.name));
        filter.add(format!("-A KUBE-NODEPORTS -p tcp {words} -m tcp --dport {number} -j ACCEPT"));
    }
}

/// The chain of external traffic, and the firewall before it.
fn external(proxy: &NodeProxy, port: &ServicePort, nat: &mut Table) {
    if !port.has_endpoints || !port.externally_accessible() {
        return;
    }
    let ext = port.name.ext_chain();
    nat.chain(ext.clone());
    if guarded(port) {
        let fw = port.name.fw_chain();
        let words = comment(&format!("{} loadbalancer IP", port.name));
        for range in &port.source_ranges {
            // Everybody is no match at all.
            let from = if range.prefix_len() == 0 { String::new() } else { format!("-s {} ", range.trunc()) };
            nat.add(format!("-A {fw} {from}{words} -j {ext}"));
        }
        for ip in port.balancer_ips.iter().filter(|_| port.allow_from_node) {
            nat.add(format!("-A {fw} -s {} {words} -j {ext}", host(*ip)));
        }
        let rest = comment(&format!("other traffic to {} will be dropped by KUBE-PROXY-FIREWALL", port.name));
        nat.add(format!("-A {fw} {rest}"));
    }
    let svc = port.name.svc_chain();
    if port.external_local {
        if let Some(pods) = pods(proxy, port.family) {
            let words = comment(&format!("pod traffic for {} external destinations", port.name));
            nat.add(format!("-A {ext} {pods} {words} -j {svc}"));
        }
        nat.extend(mark(proxy, port, Masquerade::LocalProcess, 0));
        let words = comment(&format!("route LOCAL traffic for {} external destinations", port.name));
        nat.add(format!("-A {ext} {words} -m addrtype --src-type LOCAL -j {svc}"));
    } else {
        nat.extend(mark(proxy, port, Masquerade::External, 0));
    }
    if !port.set(port.external_policy()).is_empty() {
        nat.add(format!("-A {ext} -j {}", policy_chain(port, port.external_policy())));
    }
}

/// The mark on what comes to the cluster IP from elsewhere than pods.
fn internal(proxy: &NodeProxy, port: &ServicePort, nat: &mut Table) {
    if port.set(port.internal_policy()).is_empty() {
        return;
    }
    let why = if proxy.masquerade_all { Masquerade::All } else { Masquerade::OffCluster };
    nat.extend(mark(proxy, port, why, 0));
}

/// The chains of both policies, and those of the endpoints.
fn endpoints(proxy: &NodeProxy, port: &ServicePort, nat: &mut Table) {
    let policies = [(Policy::Cluster, port.uses_cluster_endpoints()), (Policy::Local, port.uses_local_endpoints())];
    for (policy, _) in policies.into_iter().filter(|(policy, used)| *used && !port.set(*policy).is_empty()) {
        let places = 0..port.set(policy).len();
        nat.extend(places.clone().filter_map(|at| remember(proxy, port, policy, at)));
        nat.extend(places.filter_map(|at| balance(proxy, port, policy, at)));
    }
    for at in &port.reachable {
        nat.extend(hairpin(proxy, port, *at));
        nat.extend(translate(proxy, port, *at));
    }
}

/// The last rules of KUBE-SERVICES: which local addresses serve node ports.
fn node_ports(proxy: &NodeProxy, family: IpFamily, nat: &mut Table) {
    let words = comment("kubernetes service nodeports; NOTE: this must be the last rule in this chain");
    let addresses = proxy.node_port_addresses(family);
    if addresses.all {
        let except = match family {
            IpFamily::V4 if addresses.loopback => "",
            IpFamily::V4 => "! -d 127.0.0.0/8 ",
            IpFamily::V6 => "! -d ::1/128 ",
        };
        nat.add(format!("-A KUBE-SERVICES {except}{words} -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS"));
        return;
    }
    let loopback = std::iter::once(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST));
    let own = loopback.chain(proxy.addresses.iter().copied()).filter(|ip| IpFamily::of(*ip) == family);
    for ip in own.filter(|ip| addresses.serves(*ip)) {
        nat.add(format!("-A KUBE-SERVICES -d {} {words} -j KUBE-NODEPORTS", host(ip)));
    }
}

impl Extend<String> for Table {
    fn extend<T: IntoIterator<Item = String>>(&mut self, rules: T) {
        rules.into_iter().for_each(|rule| self.add(rule));
    }
}
