//! The ipsets beside ipvs (`pkg/proxy/ipvs/ipset.go`), as `ipset save` prints them; without the random numbers by which
//! the kernel seeds their hashes.

use super::node_ips;
use crate::collections::Map;
use crate::net::{IpFamily, Protocol};
use crate::objects::ObjectRef;
use crate::proxy::node::NodeProxy;
use crate::proxy::rules::listing::{Listing, Whose};
use crate::proxy::service_port::ServicePort;

/// One of the sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    LoopBack,
    ClusterIp,
    ExternalIp,
    ExternalIpLocal,
    LoadBalancer,
    LoadBalancerFw,
    LoadBalancerLocal,
    LoadBalancerSourceIp,
    LoadBalancerSourceCidr,
    NodePortTcp,
    NodePortLocalTcp,
    NodePortUdp,
    NodePortLocalUdp,
    NodePortSctp,
    NodePortLocalSctp,
    HealthCheckNodePort,
    IpvsIps,
}

/// Name, type and comment (which stands in rules), in the order in which kube-proxy lists them.
#[rustfmt::skip]
const ALL: [(Name, &str, &str, &str); 17] = [
    (Name::LoopBack, "KUBE-LOOP-BACK", "hash:ip,port,ip", "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose"),
    (Name::ClusterIp, "KUBE-CLUSTER-IP", "hash:ip,port", "Kubernetes service cluster ip + port for masquerade purpose"),
    (Name::ExternalIp, "KUBE-EXTERNAL-IP", "hash:ip,port", "Kubernetes service external ip + port for masquerade and filter purpose"),
    (Name::ExternalIpLocal, "KUBE-EXTERNAL-IP-LOCAL", "hash:ip,port", "Kubernetes service external ip + port with externalTrafficPolicy=local"),
    (Name::LoadBalancer, "KUBE-LOAD-BALANCER", "hash:ip,port", "Kubernetes service lb portal"),
    (Name::LoadBalancerFw, "KUBE-LOAD-BALANCER-FW", "hash:ip,port", "Kubernetes service load balancer ip + port for load balancer with sourceRange"),
    (Name::LoadBalancerLocal, "KUBE-LOAD-BALANCER-LOCAL", "hash:ip,port", "Kubernetes service load balancer ip + port with externalTrafficPolicy=local"),
    (Name::LoadBalancerSourceIp, "KUBE-LOAD-BALANCER-SOURCE-IP", "hash:ip,port,ip", "Kubernetes service load balancer ip + port + source IP for packet filter purpose"),
    (Name::LoadBalancerSourceCidr, "KUBE-LOAD-BALANCER-SOURCE-CIDR", "hash:ip,port,net", "Kubernetes service load balancer ip + port + source cidr for packet filter purpose"),
    (Name::NodePortTcp, "KUBE-NODE-PORT-TCP", "bitmap:port", "Kubernetes nodeport TCP port for masquerade purpose"),
    (Name::NodePortLocalTcp, "KUBE-NODE-PORT-LOCAL-TCP", "bitmap:port", "Kubernetes nodeport TCP port with externalTrafficPolicy=local"),
    (Name::NodePortUdp, "KUBE-NODE-PORT-UDP", "bitmap:port", "Kubernetes nodeport UDP port for masquerade purpose"),
    (Name::NodePortLocalUdp, "KUBE-NODE-PORT-LOCAL-UDP", "bitmap:port", "Kubernetes nodeport UDP port with externalTrafficPolicy=local"),
    (Name::NodePortSctp, "KUBE-NODE-PORT-SCTP-HASH", "hash:ip,port", "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'"),
    (Name::NodePortLocalSctp, "KUBE-NODE-PORT-LOCAL-SCTP-HASH", "hash:ip,port", "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'"),
    (Name::HealthCheckNodePort, "KUBE-HEALTH-CHECK-NODE-PORT", "bitmap:port", "Kubernetes health check node port"),
    (Name::IpvsIps, "KUBE-IPVS-IPS", "hash:ip", "Addresses on the ipvs interface"),
];

/// The longest name of a set.
const NAME_MAX: usize = 31;

impl Name {
    fn entry(self) -> (&'static str, &'static str, &'static str) {
        let found = ALL.iter().find(|(name, ..)| *name == self);
        found.map_or(("", "", ""), |(_, name, kind, comment)| (*name, *kind, *comment))
    }

    /// The name in a family: IPv6's begin differently, and are cut.
    pub(super) fn in_family(self, family: IpFamily) -> String {
        let (name, ..) = self.entry();
        if family == IpFamily::V4 {
            return name.to_string();
        }
        let mut name = name.replacen("KUBE-", "KUBE-6-", 1);
        // These names are ASCII.
        name.truncate(NAME_MAX);
        name
    }

    /// What rules say of it.
    pub(super) fn comment(self) -> &'static str {
        self.entry().2
    }

    /// Which parts of a packet a rule compares.
    pub(super) fn directions(self) -> &'static str {
        match self.entry().1 {
            "hash:ip,port" => "dst,dst",
            "bitmap:port" | "hash:ip" => "dst",
            _ => "dst,dst,src",
        }
    }

    /// The sets of node ports of a protocol: of all, and of those with policy Local.
    pub(super) fn node_ports(protocol: Protocol) -> (Name, Name) {
        match protocol {
            Protocol::Tcp => (Name::NodePortTcp, Name::NodePortLocalTcp),
            Protocol::Udp => (Name::NodePortUdp, Name::NodePortLocalUdp),
            Protocol::Sctp => (Name::NodePortSctp, Name::NodePortLocalSctp),
        }
    }
}

/// All sets of a family with their members.
pub(super) struct Sets {
    family: IpFamily,
    members: Vec<(Name, Map<String, Whose>)>,
    /// Whose the next members are.
    whose: Whose,
}

impl Sets {
    pub(super) fn new(proxy: &NodeProxy, family: IpFamily, of: Option<&ObjectRef>) -> Self {
        let members = ALL.iter().map(|(name, ..)| (*name, Map::new())).collect();
        let mut sets = Sets { family, members, whose: Whose { port: 0, endpoint: None } };
        for (index, port) in proxy.ports_of(family, of) {
            sets.whose.port = index;
            sets.add_port(proxy, port);
        }
        sets
    }

    fn add(&mut self, name: Name, member: String) {
        if let Some((_, members)) = self.members.iter_mut().find(|(known, _)| *known == name) {
            // One that two Services have is the first one's.
            members.entry(member).or_insert(self.whose);
        }
    }

    pub(super) fn is_empty(&self, name: Name) -> bool {
        self.members.iter().all(|(known, members)| *known != name || members.is_empty())
    }

    fn bind(&mut self, proxy: &NodeProxy, ip: std::net::IpAddr) {
        if !proxy.addresses.contains(&ip) {
            self.add(Name::IpvsIps, ip.to_string());
        }
    }

    fn add_port(&mut self, proxy: &NodeProxy, port: &ServicePort) {
        let protocol = port.name.protocol.lower();
        for (endpoint, at) in port.endpoints.iter().zip(0_u32..).filter(|(endpoint, _)| endpoint.local) {
            let (ip, number) = (endpoint.address.ip, endpoint.address.port);
            self.whose.endpoint = Some(at);
            self.add(Name::LoopBack, format!("{ip},{protocol}:{number},{ip}"));
        }
        self.whose.endpoint = None;
        let at = |ip: &std::net::IpAddr| format!("{ip},{protocol}:{}", port.port);
        self.add(Name::ClusterIp, at(&port.cluster_ip));
        self.add(Name::IpvsIps, port.cluster_ip.to_string());
        for ip in &port.external_ips {
            let name = if port.external_local { Name::ExternalIpLocal } else { Name::ExternalIp };
            self.add(name, at(ip));
            self.bind(proxy, *ip);
        }
        for ip in &port.balancer_ips {
            self.add(Name::LoadBalancer, at(ip));
            if port.external_local {
                self.add(Name::LoadBalancerLocal, at(ip));
            }
            if !port.source_ranges.is_empty() {
                self.add(Name::LoadBalancerFw, at(ip));
            }
            for range in &port.source_ranges {
                let whole = range.prefix_len() == range.max_prefix_len();
                let range = if whole { range.addr().to_string() } else { range.trunc().to_string() };
                self.add(Name::LoadBalancerSourceCidr, format!("{},{range}", at(ip)));
            }
            if port.allow_from_node {
                self.add(Name::LoadBalancerSourceIp, format!("{},{ip}", at(ip)));
            }
            self.bind(proxy, *ip);
        }
        if let Some(number) = port.node_port {
            let (all, local) = Name::node_ports(port.name.protocol);
            let nodes: Vec<_> = node_ips(proxy, port.family).collect();
            let members: Vec<String> = match port.name.protocol {
                Protocol::Sctp => nodes.iter().map(|ip| format!("{ip},{protocol}:{number}")).collect(),
                // Without an address to serve it at there is no node port.
                _ => nodes.first().map(|_| number.to_string()).into_iter().collect(),
            };
            for member in members {
                if port.external_local {
                    self.add(local, member.clone());
                }
                self.add(all, member);
            }
        }
        if let Some(number) = port.health_check_node_port {
            self.add(Name::HealthCheckNodePort, number.to_string());
        }
    }

    pub(super) fn print(&self, listing: &mut Listing) {
        let family = if self.family == IpFamily::V4 { "inet" } else { "inet6" };
        for (name, members) in &self.members {
            let set = name.in_family(self.family);
            let kind = name.entry().1;
            let size = match kind {
                "bitmap:port" => "range 0-65535".to_string(),
                _ => format!("family {family} hashsize 1024 maxelem 65536"),
            };
            let head = listing.lines.len();
            listing.head(None, &["create ", &set, " ", kind, " ", &size]);
            for (member, whose) in members {
                listing.line(head, Some(*whose), &["add ", &set, " ", member]);
            }
        }
    }
}
