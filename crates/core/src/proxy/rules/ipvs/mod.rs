//! ipvs mode: virtual servers as `ipvsadm -S -n` prints them, ipsets as `ipset save`, and the iptables rules that ask
//! those (`pkg/proxy/ipvs/proxier.go` and `ipset.go` of about 1.33, the last of which the source could be had).
//!
//! The kernel of the tests has no ip_vs: this follows the sources of kube-proxy, ipvsadm and the extensions of iptables,
//! and was not held against their tools. Virtual servers and real ones stand in ipvsadm's order; members of ipsets, whose
//! order is that of hashes, by their text.

mod ipset;
mod iptables;

use std::net::IpAddr;

use crate::net::{Addr, IpFamily, Protocol};
use crate::objects::ObjectRef;
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::{Masquerade, Packet, Refusal, Ruling};
use crate::proxy::rules::listing::{Listing, Whose};
use crate::proxy::rules::{Rule, iptables as plain};
use crate::proxy::service_port::{Policy, ServicePort};
use crate::sort;

use ipset::{Name, Sets};

fn flag(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "-t",
        Protocol::Udp => "-u",
        Protocol::Sctp => "--sctp-service",
    }
}

fn server(proxy: &NodeProxy, port: &ServicePort, at: Addr) -> String {
    let sticky = port.affinity_seconds.map(|seconds| format!(" -p {seconds}")).unwrap_or_default();
    // kube-proxy sets the second flag of a scheduler, which mh takes for its port's.
    let flags = if proxy.ipvs_scheduler == "mh" { " -b mh-port" } else { "" };
    format!("-A {} {at} -s {}{flags}{sticky}", flag(port.name.protocol), proxy.ipvs_scheduler)
}

fn real(port: &ServicePort, at: Addr, endpoint: Addr) -> String {
    format!("-a {} {at} -r {endpoint} -m -w 1", flag(port.name.protocol))
}

/// The endpoints behind a virtual server: those of the policy, or all where there are none.
fn set(port: &ServicePort, via: Via) -> &[u32] {
    let policy = if via == Via::ClusterIp { port.internal_policy() } else { port.external_policy() };
    if port.set(policy).is_empty() { port.set(Policy::Cluster) } else { port.set(policy) }
}

/// Every address of a Service port at which there is a virtual server.
fn servers(proxy: &NodeProxy, port: &ServicePort) -> Vec<(Via, Addr)> {
    let mut all = vec![(Via::ClusterIp, Addr::new(port.cluster_ip, port.port))];
    all.extend(port.external_ips.iter().map(|ip| (Via::ExternalIp, Addr::new(*ip, port.port))));
    all.extend(port.balancer_ips.iter().map(|ip| (Via::LoadBalancer, Addr::new(*ip, port.port))));
    if let Some(number) = port.node_port {
        all.extend(node_ips(proxy, port.family).map(|ip| (Via::NodePort, Addr::new(ip, number))));
    }
    all
}

/// The node's addresses that serve node ports.
fn node_ips(proxy: &NodeProxy, family: IpFamily) -> impl Iterator<Item = IpAddr> + '_ {
    let addresses = proxy.node_port_addresses(family);
    proxy.addresses.iter().copied().filter(move |ip| IpFamily::of(*ip) == family && addresses.serves(*ip))
}

/// ipvsadm's order of protocols: by their numbers.
fn number(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Sctp => 132,
    }
}

/// A virtual server's place in the order.
type Place = (IpFamily, u8, Addr);

/// All virtual servers, each with its real ones; then the ipsets and the iptables rules of each family. Of one Service
/// alone beside what every node has, if one is given.
pub(super) fn list(proxy: &NodeProxy, of: Option<&ObjectRef>, listing: &mut Listing) {
    let mut all: Vec<(Place, Vec<(String, Whose)>)> = Vec::new();
    for (index, port) in [IpFamily::V4, IpFamily::V6].into_iter().flat_map(|family| proxy.ports_of(family, of)) {
        for (via, at) in servers(proxy, port) {
            let mut lines = vec![(server(proxy, port, at), Whose { port: index, endpoint: None })];
            let endpoints =
                set(port, via).iter().filter_map(|at| Some((port.endpoints.get(*at as usize)?.address, *at)));
            let mut addresses: Vec<(Addr, u32)> = endpoints.collect();
            sort::natural(&mut addresses);
            for (endpoint, place) in addresses {
                lines.push((real(port, at, endpoint), Whose { port: index, endpoint: Some(place) }));
            }
            all.push(((port.family, number(port.name.protocol), at), lines));
        }
    }
    sort::by(&mut all, |a, b| a.0.cmp(&b.0));
    // Where two Services claim an address there is one virtual server.
    all.dedup_by(|next, kept| next.0 == kept.0);
    listing.table(SERVERS);
    for (_, lines) in &all {
        let head = listing.lines.len();
        for (line, whose) in lines {
            listing.line(head, Some(*whose), &[line]);
        }
    }
    let v6 = proxy.ports.iter().any(|port| port.family == IpFamily::V6);
    for family in [IpFamily::V4, IpFamily::V6].into_iter().filter(|family| *family == IpFamily::V4 || v6) {
        let (word, save) = if family == IpFamily::V4 { ("IPv4", "iptables-save") } else { ("IPv6", "ip6tables-save") };
        let sets = Sets::new(proxy, family, of);
        listing.table(SETS);
        listing.head(None, &["# ipset save, ", word]);
        sets.print(listing);
        listing.head(None, &["# ", save]);
        iptables::print(proxy, family, of, &sets, listing);
    }
}

const SERVERS: &str = "ipvs";
const SETS: &str = "ipset";

fn table(family: IpFamily, name: &str) -> &'static str {
    match (name, family) {
        ("nat", IpFamily::V4) => "ip nat",
        ("nat", IpFamily::V6) => "ip6 nat",
        (_, IpFamily::V4) => "ip filter",
        (_, IpFamily::V6) => "ip6 filter",
    }
}

fn of_server(at: Addr, text: String) -> Rule {
    Rule { table: SERVERS, chain: at.to_string(), text }
}

/// A set's member, which stands behind the rule that asks the set.
fn member(family: IpFamily, name: Name, member: &str) -> Rule {
    let chain = name.in_family(family);
    Rule { table: SETS, text: format!("add {chain} {member}"), chain }
}

/// See [`super::matched`].
pub(super) fn matched(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Vec<Rule> {
    let (at, family) = (packet.destination, IpFamily::of(packet.destination.ip));
    let Ruling::Dnat { port, via, endpoint, masquerade, .. } = ruling else {
        let filter = |line: String| Rule::of_chain(table(family, "filter"), line);
        let decided = deciding(proxy, packet, ruling);
        return match ruling {
            Ruling::Drop { port: Some((port, _)), .. } => {
                let Some(port) = proxy.ports.get(*port as usize) else { return Vec::new() };
                let guarded = format!("{},{}:{}", at.ip, port.name.protocol.lower(), at.port);
                let asked = filter(iptables::source_ranges(family));
                let mut rules = vec![asked, member(family, Name::LoadBalancerFw, &guarded)];
                rules.extend(decided.map(filter));
                rules
            }
            Ruling::Reject { why: Refusal::WrongPort, .. } => {
                decided.map(filter).into_iter().chain([member(family, Name::IpvsIps, &at.ip.to_string())]).collect()
            }
            _ => decided.map(|line| of_server(at, line)).into_iter().collect(),
        };
    };
    let Some(port) = proxy.ports.get(*port as usize) else { return Vec::new() };
    let Some(endpoint) = port.endpoints.get(*endpoint as usize) else { return Vec::new() };
    let mut rules = Vec::new();
    if let Some(why) = masquerade.filter(|why| *why != Masquerade::Hairpin) {
        rules = marking(proxy, port, *via, why);
    }
    rules.extend([server(proxy, port, at), real(port, at, endpoint.address)].map(|line| of_server(at, line)));
    rules
}

/// The rules that ask for masquerading.
fn marking(proxy: &NodeProxy, port: &ServicePort, via: Via, why: Masquerade) -> Vec<Rule> {
    let mut lines: Vec<String> = iptables::jump(port.family, via).into_iter().collect();
    lines.extend(mark(proxy, port, via, why));
    lines.push(plain::set_mark(proxy));
    lines.into_iter().map(|line| Rule::of_chain(table(port.family, "nat"), line)).collect()
}

/// See [`super::rewriting`].
pub(super) fn rewriting(proxy: &NodeProxy, port: &ServicePort, via: Via, why: Masquerade, endpoint: u32) -> Vec<Rule> {
    let nat = |line: String| Rule::of_chain(table(port.family, "nat"), line);
    if why != Masquerade::Hairpin {
        let mut rules = marking(proxy, port, via, why);
        rules.extend(plain::postrouting(proxy).map(nat));
        return rules;
    }
    let mut rules: Vec<Rule> = mark(proxy, port, via, why).map(nat).into_iter().collect();
    if let Some(to) = port.endpoints.get(endpoint as usize).map(|endpoint| endpoint.address) {
        let protocol = port.name.protocol.lower();
        rules.push(member(port.family, Name::LoopBack, &format!("{0},{protocol}:{1},{0}", to.ip, to.port)));
    }
    rules
}

/// See [`super::deciding`].
pub(super) fn deciding(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Option<String> {
    let family = IpFamily::of(packet.destination.ip);
    match ruling {
        Ruling::Dnat { port, endpoint, .. } => {
            let port = proxy.ports.get(*port as usize)?;
            Some(real(port, packet.destination, port.endpoints.get(*endpoint as usize)?.address))
        }
        Ruling::Drop { why: Refusal::SourceRange, .. } => Some(iptables::SOURCE_RANGES_DROP.to_string()),
        Ruling::Reject { why: Refusal::WrongPort, .. } => Some(iptables::filter_reject(family)),
        // A virtual server without real ones.
        Ruling::Reject { port: Some((port, _)), .. } => {
            Some(server(proxy, proxy.ports.get(*port as usize)?, packet.destination))
        }
        _ => None,
    }
}

/// The rule that masquerades.
pub(super) fn mark(proxy: &NodeProxy, port: &ServicePort, via: Via, why: Masquerade) -> Option<String> {
    iptables::mark(proxy, port.family, port.name.protocol, via, why)
}

#[cfg(test)]
mod tests {
    use crate::cluster::ProxyMode::Ipvs;
    use crate::net::Protocol;
    use crate::objects::TrafficPolicy::{Cluster, Local};
    use crate::proxy::testing::*;
    use crate::proxy::{Memory, NodeProxy, rules};

    fn text(change: impl Fn(&mut crate::cluster::Cluster)) -> String {
        let mut cluster = cluster(Ipvs, three());
        change(&mut cluster);
        rules::print(&NodeProxy::new(&cluster, "a"))
    }

    #[test]
    fn virtual_servers_stand_in_the_order_of_ipvsadm() {
        let text = text(|cluster| cluster.services[0].affinity_seconds = Some(600));
        let servers: Vec<&str> = text.lines().filter(|line| line.starts_with("-A -t ")).collect();
        let expected = ["10.96.0.100:80", "10.244.1.1:30080", "172.30.0.11:30080", "192.0.2.10:80", "203.0.113.50:80"];
        assert_eq!(servers, expected.map(|at| format!("-A -t {at} -s rr -p 600")));
        assert_eq!(text.lines().nth(1), Some("-a -t 10.96.0.100:80 -r 10.244.1.5:8080 -m -w 1"));
        assert_eq!(text.lines().nth(3), Some("-a -t 10.96.0.100:80 -r 10.244.2.7:8080 -m -w 1"));
    }

    #[test]
    fn sets_hold_the_addresses_by_which_sources_are_rewritten_and_kept_out() {
        let text = text(|cluster| {
            cluster.services[0].source_ranges =
                vec!["198.51.100.0/24".parse().unwrap(), "172.30.0.11/32".parse().unwrap()];
        });
        for line in [
            "create KUBE-LOOP-BACK hash:ip,port,ip family inet hashsize 1024 maxelem 65536",
            "add KUBE-LOOP-BACK 10.244.1.5,tcp:8080,10.244.1.5",
            "add KUBE-CLUSTER-IP 10.96.0.100,tcp:80",
            "add KUBE-EXTERNAL-IP 203.0.113.50,tcp:80",
            "add KUBE-LOAD-BALANCER 192.0.2.10,tcp:80",
            "add KUBE-LOAD-BALANCER-FW 192.0.2.10,tcp:80",
            "add KUBE-LOAD-BALANCER-SOURCE-CIDR 192.0.2.10,tcp:80,198.51.100.0/24",
            "add KUBE-LOAD-BALANCER-SOURCE-IP 192.0.2.10,tcp:80,192.0.2.10",
            "create KUBE-NODE-PORT-TCP bitmap:port range 0-65535",
            "add KUBE-NODE-PORT-TCP 30080",
            "add KUBE-IPVS-IPS 203.0.113.50",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        // The endpoint on the other node never answers itself here.
        assert!(!text.contains("10.244.2.7,tcp:8080,10.244.2.7"));
    }

    #[test]
    fn policy_local_goes_by_sets_of_its_own_and_names_of_ipv6_sets_are_cut() {
        let text = text(|cluster| {
            policies(cluster, Local, Cluster);
            let service = &mut cluster.services[0];
            service.health_check_node_port = Some(30200);
            service.cluster_ips.push("fd00:10:96::5".parse().unwrap());
            let mut sctp = service.ports[0].clone();
            (sctp.name, sctp.protocol) = ("s".into(), Protocol::Sctp);
            service.ports.push(sctp);
        });
        for line in [
            "add KUBE-EXTERNAL-IP-LOCAL 203.0.113.50,tcp:80",
            "add KUBE-LOAD-BALANCER-LOCAL 192.0.2.10,tcp:80",
            "add KUBE-NODE-PORT-LOCAL-TCP 30080",
            "add KUBE-NODE-PORT-LOCAL-SCTP-HASH 172.30.0.11,sctp:30080",
            "add KUBE-HEALTH-CHECK-NODE-PORT 30200",
            "add KUBE-6-CLUSTER-IP fd00:10:96::5,tcp:80",
            "create KUBE-6-LOAD-BALANCER-SOURCE-CID hash:ip,port,net family inet6 hashsize 1024 maxelem 65536",
            "-A --sctp-service 10.96.0.100:80 -s rr",
            "-A KUBE-NODE-PORT -p tcp -m comment --comment \"Kubernetes nodeport TCP port with externalTrafficPolicy=local\" \
             -m set --match-set KUBE-NODE-PORT-LOCAL-TCP dst -j RETURN",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
    }

    #[test]
    fn what_decided_is_a_line_of_the_text() {
        for (source, to) in [
            ("198.51.100.7", "10.96.0.100:80"),
            ("10.244.1.9", "172.30.0.11:30080"),
            ("198.51.100.7", "10.96.0.100:81"),
            ("203.0.113.99", "192.0.2.10:80"),
            ("10.244.1.5", "203.0.113.50:80"),
        ] {
            let mut cluster = cluster(Ipvs, three());
            cluster.services[0].source_ranges = vec!["198.51.100.0/24".parse().unwrap()];
            let proxy = NodeProxy::new(&cluster, "a");
            let packet = packet(source, to);
            let ruling = proxy.route(&packet, 0, Memory::None);
            let text = rules::print(&proxy);
            let mut matched = rules::matched(&proxy, &packet, &ruling);
            assert!(!matched.is_empty(), "{ruling:?}");
            matched.extend(rules::rewriting(&proxy, &ruling));
            for rule in matched {
                assert!(text.lines().any(|known| known == rule.text), "{rule:?}\n{text}");
            }
        }
    }
}
