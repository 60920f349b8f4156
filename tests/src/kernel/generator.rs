//! Random clusters: Services of all types with slices, policies, hints and conditions, from a seed.

use portolan_core::cluster::{Cluster, ProxyMode};
use portolan_core::net::{IpFamily, Protocol};

use super::addresses::{OUTSIDE, outside};
use super::base;
use super::dice::Dice;
use super::objects::{Endpoint, Port, Service, Slice};

/// One random cluster as text: what is common to all, and the documents of each Service.
pub struct Generated {
    /// Settings, nodes and pods.
    pub base: String,
    /// The name of each Service, and its documents with its slices'.
    pub services: Vec<(String, String)>,
}

impl Generated {
    /// The same seed gives the same cluster, but for the mode.
    pub fn new(seed: u64, mode: ProxyMode) -> Generated {
        let mut dice = Dice::new(seed);
        let proxy = settings(&mut dice, mode);
        let silent = dice.percent(30).then(|| dice.one(&base::pods().collect::<Vec<_>>()).0.clone());
        let base = base::yaml(mode, &proxy, |pod| (Some(pod) == silent.as_deref()).then(|| "8081".to_string()));
        let count = 1 + dice.below(4);
        let services = (0..count).map(|number| service(&mut dice, seed, number)).collect();
        Generated { base, services }
    }

    /// The whole text, or what is left of it with one Service only.
    pub fn text(&self, only: Option<&str>) -> String {
        let mut text = self.base.clone();
        for (name, documents) in &self.services {
            if only.is_none_or(|only| only == name) {
                text += documents;
            }
        }
        text
    }

    /// What the engine makes of it.
    pub fn cluster(&self) -> Cluster {
        base::cluster(&self.text(None))
    }
}

/// Lines of the KubeProxyConfiguration.
fn settings(dice: &mut Dice, mode: ProxyMode) -> String {
    let mut text = String::new();
    match dice.below(12) {
        0 => text += "clusterCIDR: ''\n",
        1 => text += "detectLocalMode: NodeCIDR\n",
        2 => text += &format!("{}: {{masqueradeAll: true}}\n", mode.as_str()),
        3 if mode == ProxyMode::Iptables => text += "iptables: {localhostNodePorts: false}\n",
        _ => {}
    }
    match dice.below(12) {
        0 => text += "nodePortAddresses: [primary]\n",
        1 => text += "nodePortAddresses: [10.244.0.0/16, 'fd00:10:244::/48']\n",
        2 => text += "nodePortAddresses: [172.30.0.0/24, 127.0.0.0/8]\n",
        _ => {}
    }
    text
}

fn service(dice: &mut Dice, seed: u64, number: usize) -> (String, String) {
    // kube-proxy's lists of clients are named after the Service: no two clusters may share one.
    let name = format!("s{number}-{seed}");
    let kind = *dice.one(&["ClusterIP", "NodePort", "NodePort", "LoadBalancer", "LoadBalancer", "LoadBalancer"]);
    let headless = kind == "ClusterIP" && dice.percent(10);
    let stacks: &[IpFamily] = match dice.below(10) {
        0..6 => &[IpFamily::V4],
        6 => &[IpFamily::V6],
        _ => &[IpFamily::V4, IpFamily::V6],
    };
    let address = |family: &IpFamily, v4: &str, v6: &str, host: usize| match family {
        IpFamily::V4 => format!("{v4}.{host}"),
        IpFamily::V6 => format!("{v6}::{host}"),
    };
    let cluster_ips = stacks.iter().map(|family| address(family, "10.96.0", "fd00:10:96", 100 + number)).collect();
    let policy = |dice: &mut Dice| if dice.percent(40) { "Local" } else { "Cluster" };
    let mut service = Service {
        name: name.clone(),
        kind,
        cluster_ips: if headless { Vec::new() } else { cluster_ips },
        ports: ports(dice, number, kind),
        external_policy: policy(dice),
        internal_policy: if dice.percent(25) { "Local" } else { "Cluster" },
        external_ips: Vec::new(),
        balancers: Vec::new(),
        ranges: Vec::new(),
        affinity: dice.percent(15).then_some(600),
    };
    if dice.percent(25) && !headless {
        service.external_ips =
            stacks.iter().map(|family| address(family, "192.0.2", "2001:db8:ff", 150 + number)).collect();
    }
    if kind == "LoadBalancer" {
        let proxy = dice.percent(20);
        service.balancers =
            stacks.iter().map(|family| (address(family, "192.0.2", "2001:db8:ff", 10 + number), proxy)).collect();
        if dice.percent(40) {
            service.ranges = ranges(dice);
        }
    }
    let mut documents = format!("---\n{service}");
    let mut number = 0;
    for family in stacks {
        for slice in slices(dice, &service, *family) {
            number += 1;
            documents += &format!("---\n{}", Slice { number, ..slice });
        }
    }
    (name, documents)
}

fn ports(dice: &mut Dice, number: usize, kind: &str) -> Vec<Port> {
    let mut ports = Vec::new();
    // A balancer can do without node ports.
    let node_ports = kind == "NodePort" || (kind == "LoadBalancer" && !dice.percent(15));
    let count = 1 + dice.below(3);
    for at in 0..count {
        let protocol = *dice.one(&[Protocol::Tcp, Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Udp]);
        let port = [80, 443, 80][at];
        // The same number twice is allowed for two protocols.
        let protocol = match ports.first() {
            Some(Port { protocol: Protocol::Tcp, .. }) if at == 2 => Protocol::Udp,
            Some(_) if at == 2 => Protocol::Tcp,
            _ => protocol,
        };
        let name = if count == 1 { String::new() } else { ["a", "b", "c"][at].to_string() };
        let node_port = node_ports.then_some(30_000 + number as u16 * 10 + at as u16);
        ports.push(Port { name, protocol, port, node_port });
    }
    if count > 1 && dice.percent(10) {
        ports.push(Port { name: "sctp".into(), protocol: Protocol::Sctp, port: 9, node_port: None });
    }
    ports
}

fn ranges(dice: &mut Dice) -> Vec<String> {
    let mut ranges = Vec::new();
    for range in [OUTSIDE[0], OUTSIDE[2], "10.244.1.0/24", "172.30.0.11/32", "172.30.0.0/24", "fd00:10:244::/48"] {
        if dice.percent(45) {
            ranges.push(range.to_string());
        }
    }
    if ranges.is_empty() {
        ranges.push(format!("{}/32", outside(0, 11)));
    }
    ranges
}

/// The slices of one family: some on pods, some on pods in the nodes' network, with numbers of their own.
fn slices(dice: &mut Dice, service: &Service, family: IpFamily) -> Vec<Slice> {
    let stack = usize::from(family == IpFamily::V6);
    let mut pods: Vec<(String, &'static str)> =
        base::pods().map(|(_, node, addresses)| (addresses[stack].clone(), node)).collect();
    dice.shuffle(&mut pods);
    let count = *dice.one(&[0, 1, 1, 2, 3, 3, 4, 5, 6, 8]);
    pods.truncate(count);
    let mood = Mood::new(dice);
    let mut endpoints: Vec<Endpoint> =
        pods.into_iter().map(|(address, node)| mood.endpoint(dice, address, node)).collect();
    let second = endpoints.split_off(if dice.percent(30) { dice.below(endpoints.len() + 1) } else { endpoints.len() });
    let mut slices = vec![slice(dice, service, family, endpoints, false)];
    if !second.is_empty() {
        slices.push(slice(dice, service, family, second, false));
    }
    if dice.percent(15) {
        let (_, node, addresses) = dice.one(&base::host_pods().collect::<Vec<_>>()).clone();
        let endpoint = mood.endpoint(dice, addresses[stack].clone(), node);
        slices.push(slice(dice, service, family, vec![endpoint], true));
    }
    slices
}

fn slice(dice: &mut Dice, service: &Service, family: IpFamily, endpoints: Vec<Endpoint>, host: bool) -> Slice {
    let mut ports = Vec::new();
    for port in &service.ports {
        let number = match (host, port.protocol) {
            (true, Protocol::Udp) => 15_353,
            (true, _) => *dice.one(&[18_080, 18_080, 19_090]),
            (false, Protocol::Udp) => *dice.one(&[8080, 8080, 5353, 5353, 1234]),
            // 7070 is open at loopback only, and nobody has 1234.
            (false, _) => *dice.one(&[8080, 8080, 8080, 8081, 8081, 9090, 9090, 7070, 1234]),
        };
        let name = if dice.percent(3) { "other".to_string() } else { port.name.clone() };
        let number = (!dice.percent(2)).then_some(number);
        ports.push((name, port.protocol, number));
    }
    Slice { service: service.name.clone(), number: 0, family, ports, endpoints }
}

/// What the endpoints of a Service have in common.
struct Mood {
    /// How many of a hundred endpoints are ready.
    ready: usize,
    zone_hints: bool,
    node_hints: bool,
}

impl Mood {
    fn new(dice: &mut Dice) -> Mood {
        let ready = *dice.one(&[100, 100, 70, 40, 0]);
        Mood { ready, zone_hints: dice.percent(25), node_hints: dice.percent(12) }
    }

    fn endpoint(&self, dice: &mut Dice, address: String, node: &'static str) -> Endpoint {
        let mut endpoint = Endpoint::ready(address, node);
        if !dice.percent(self.ready) {
            (endpoint.ready, endpoint.serving, endpoint.terminating) = *dice.one(&[
                (Some(false), Some(true), Some(true)),
                (Some(false), Some(true), Some(true)),
                (Some(false), Some(false), Some(true)),
                (Some(false), Some(false), Some(false)),
                (Some(false), None, Some(true)),
                (Some(true), Some(true), Some(true)),
            ]);
        } else if dice.percent(10) {
            (endpoint.ready, endpoint.serving, endpoint.terminating) = (None, None, None);
        }
        if dice.percent(4) {
            endpoint.node = None;
        }
        if self.zone_hints && !dice.percent(4) {
            endpoint.zones = vec![*dice.one(&["zone-a", "zone-b"])];
        }
        if self.node_hints && !dice.percent(4) {
            endpoint.nodes = vec![dice.one(&base::NODES).0];
        }
        endpoint
    }
}
