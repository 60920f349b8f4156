//! The whole text of a family, in `iptables-save`'s order: the tables mangle, filter and nat, chains by name.

use crate::collections::Map;

use super::{
    balance, capture, capture_node_port, comment, external_local, external_pods, external_policy, firewall_drop,
    firewall_own, firewall_range, firewall_rest, guarded, hairpin, mark, node_port_jump, postrouting, refuse, remember,
    set_mark, translate,
};
use crate::net::IpFamily;
use crate::objects::ObjectRef;
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::{Masquerade, Refusal};
use crate::proxy::rules::listing::{Listing, Whose};
use crate::proxy::service_port::{Policy, ServicePort};

/// A chain's rules, each with whose it is.
type Rules = Vec<(String, Option<Whose>)>;

/// A table: its own chains, then kube-proxy's by name, each with its rules.
struct Table {
    builtin: Vec<(&'static str, Rules)>,
    /// Those of one Service port begin with whose they are.
    chains: Map<String, (Option<Whose>, Rules)>,
    /// Whose the next rules are.
    whose: Option<Whose>,
}

impl Table {
    fn new(builtin: &[&'static str], chains: &[&str]) -> Self {
        Table {
            builtin: builtin.iter().map(|name| (*name, Vec::new())).collect(),
            chains: chains.iter().map(|name| (name.to_string(), (None, Vec::new()))).collect(),
            whose: None,
        }
    }

    /// Adds a whole rule, `-A CHAIN ...`, to its chain.
    fn add(&mut self, rule: String) {
        let chain = rule.split(' ').nth(1).unwrap_or_default().to_string();
        let rules = match self.builtin.iter_mut().find(|(name, _)| *name == chain) {
            Some((_, rules)) => rules,
            None => &mut self.chains.entry(chain).or_insert((self.whose, Vec::new())).1,
        };
        rules.push((rule, self.whose));
    }

    fn chain(&mut self, name: String) {
        self.chains.entry(name).or_insert((self.whose, Vec::new()));
    }

    fn print(&self, table: &'static str, listing: &mut Listing) {
        listing.table(table);
        let name = table.split(' ').nth(1).unwrap_or_default();
        listing.head(None, &["*", name]);
        let first = listing.lines.len();
        for (chain, _) in &self.builtin {
            listing.head(None, &[":", chain, " ACCEPT [0:0]"]);
        }
        for (chain, (whose, _)) in &self.chains {
            listing.head(*whose, &[":", chain, " - [0:0]"]);
        }
        let own = self.builtin.iter().map(|(_, rules)| rules);
        for (at, rules) in own.chain(self.chains.values().map(|(_, rules)| rules)).enumerate() {
            for (rule, whose) in rules {
                listing.line(first + at, *whose, &[rule]);
            }
        }
        listing.head(None, &["COMMIT"]);
    }
}

/// What `iptables-save` (or `ip6tables-save`) prints of kube-proxy's rules in a family, without the lines of comment
/// around each table.
pub fn print(proxy: &NodeProxy, family: IpFamily) -> String {
    let mut listing = Listing::default();
    list(proxy, family, None, &mut listing);
    listing.text
}

/// The same as lines that know whose they are; of one Service alone beside what every node has, if one is given.
pub(in crate::proxy::rules) fn list(
    proxy: &NodeProxy,
    family: IpFamily,
    of: Option<&ObjectRef>,
    listing: &mut Listing,
) {
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
    for (index, port) in proxy.ports_of(family, of) {
        nat.whose = Some(Whose { port: index, endpoint: None });
        filter.whose = nat.whose;
        addresses(proxy, port, &mut filter, &mut nat);
        external(proxy, port, &mut nat);
        internal(proxy, port, &mut nat);
        endpoints(proxy, port, index, &mut nat);
    }
    nat.whose = None;
    nat.extend(node_port_jump(proxy, family, &|_| true));
    let tables = match family {
        IpFamily::V4 => ["ip mangle", "ip filter", "ip nat"],
        IpFamily::V6 => ["ip6 mangle", "ip6 filter", "ip6 nat"],
    };
    for (table, name) in [mangle, filter, nat].iter().zip(tables) {
        table.print(name, listing);
    }
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
        set_mark(proxy),
        format!("-A KUBE-POSTROUTING -m mark ! --mark {mark}/{mark} -j RETURN"),
    ] {
        nat.add(rule);
    }
    nat.extend(postrouting(proxy));
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
    nat.chain(port.name.ext_chain());
    if guarded(port) {
        nat.extend(port.source_ranges.iter().map(|range| firewall_range(port, range)));
        nat.extend(port.balancer_ips.iter().filter(|_| port.allow_from_node).map(|ip| firewall_own(port, *ip)));
        nat.add(firewall_rest(port));
    }
    if port.external_local {
        nat.extend(external_pods(proxy, port));
        nat.extend(mark(proxy, port, Masquerade::LocalProcess, 0));
        nat.add(external_local(port));
    } else {
        nat.extend(mark(proxy, port, Masquerade::External, 0));
    }
    if !port.set(port.external_policy()).is_empty() {
        nat.add(external_policy(port));
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
fn endpoints(proxy: &NodeProxy, port: &ServicePort, index: u32, nat: &mut Table) {
    let policies = [(Policy::Cluster, port.uses_cluster_endpoints()), (Policy::Local, port.uses_local_endpoints())];
    for (policy, _) in policies.into_iter().filter(|(policy, used)| *used && !port.set(*policy).is_empty()) {
        for line in [remember, balance] {
            for (at, endpoint) in port.set(policy).iter().enumerate() {
                nat.whose = Some(Whose { port: index, endpoint: Some(*endpoint) });
                nat.extend(line(proxy, port, policy, at));
            }
        }
    }
    for at in &port.reachable {
        nat.whose = Some(Whose { port: index, endpoint: Some(*at) });
        nat.extend(hairpin(proxy, port, *at));
        nat.extend(translate(proxy, port, *at));
    }
}

impl Extend<String> for Table {
    fn extend<T: IntoIterator<Item = String>>(&mut self, rules: T) {
        rules.into_iter().for_each(|rule| self.add(rule));
    }
}
