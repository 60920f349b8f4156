//! Named situations, each tried with every address and port of its Services and with clients of every kind.

use portolan_core::cluster::{Client, Cluster, ProxyMode};
use portolan_core::net::{IpFamily, Protocol};

use crate::trial::Many;
use portolan_tests::kernel::addresses::{HOST, OUTSIDE, outside};
use portolan_tests::kernel::base;
use portolan_tests::kernel::objects::{Endpoint, Port, Service, Slice};
use portolan_tests::kernel::traffic::Flow;
use portolan_tests::kernel::traffic::{clients, targets};

/// A situation: its name, lines of the KubeProxyConfiguration, the Service and its slices.
pub(crate) struct Situation {
    pub(crate) name: &'static str,
    proxy: &'static str,
    service: Service,
    slices: Vec<Slice>,
}

impl Situation {
    fn new(name: &'static str, service: Service, slices: Vec<Slice>) -> Situation {
        Situation { name, proxy: "", service, slices }
    }

    fn with(self, proxy: &'static str) -> Situation {
        Situation { proxy, ..self }
    }

    pub(crate) fn text(&self, mode: ProxyMode) -> String {
        let mut text = base::yaml(mode, self.proxy, |_| None);
        // The lists of clients that kube-proxy keeps are named after the Service.
        let name = self.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-").to_lowercase();
        text += &format!("---\n{}", Service { name: name.clone(), ..self.service.clone() });
        for (number, slice) in self.slices.iter().enumerate() {
            text += &format!("---\n{}", Slice { service: name.clone(), number, ..slice.clone() });
        }
        text
    }

    pub(crate) fn cluster(&self, mode: ProxyMode) -> Cluster {
        base::cluster(&self.text(mode))
    }
}

/// Every target from clients of every kind: an endpoint and a stranger on node-a, pods elsewhere, nodes, hosts outside.
pub(crate) fn flows(cluster: &Cluster) -> Vec<Many> {
    const PODS: [&str; 4] = ["pa1", "pa4", "pb1", "pc4"];
    let chosen = |client: &Client| match client {
        Client::Pod(pod) => PODS.contains(&pod.name.as_str()),
        _ => true,
    };
    let mut flows = Vec::new();
    for called in targets(cluster) {
        // What is wrong is so for everybody alike.
        let every = if called.wrong { 3 } else { 1 };
        for (number, from) in clients(cluster, &called).into_iter().filter(chosen).step_by(every).enumerate() {
            let flow = Flow { from, to: called.to, protocol: called.protocol };
            flows.push((flow, if number == 0 { 100 } else { 8 }));
        }
    }
    flows
}

fn port(name: &str, protocol: Protocol, port: u16, node_port: Option<u16>) -> Port {
    Port { name: name.into(), protocol, port, node_port }
}

/// A balancer's Service with everything: 10.96.0.100:80, node port 30080, balancer 192.0.2.10, external IP 192.0.2.150.
fn web() -> Service {
    Service {
        name: String::new(),
        kind: "LoadBalancer",
        cluster_ips: vec!["10.96.0.100".into()],
        ports: vec![port("", Protocol::Tcp, 80, Some(30_080))],
        external_policy: "Cluster",
        internal_policy: "Cluster",
        external_ips: vec!["192.0.2.150".into()],
        balancers: vec![("192.0.2.10".into(), false)],
        ranges: Vec::new(),
        affinity: None,
    }
}

fn slice(family: IpFamily, ports: &[(&str, Protocol, u16)], endpoints: Vec<Endpoint>) -> Slice {
    let ports = ports.iter().map(|(name, protocol, number)| (name.to_string(), *protocol, Some(*number))).collect();
    Slice { service: String::new(), number: 0, family, ports, endpoints }
}

fn v4(endpoints: Vec<Endpoint>) -> Vec<Slice> {
    vec![slice(IpFamily::V4, &[("", Protocol::Tcp, 8080)], endpoints)]
}

fn pa1() -> Endpoint {
    Endpoint::ready("10.244.1.5", "node-a")
}

fn pa2() -> Endpoint {
    Endpoint::ready("10.244.1.6", "node-a")
}

fn pb1() -> Endpoint {
    Endpoint::ready("10.244.2.5", "node-b")
}

fn three() -> Vec<Slice> {
    v4(vec![pa1(), pa2(), pb1()])
}

fn draining(endpoint: Endpoint) -> Endpoint {
    Endpoint { ready: Some(false), terminating: Some(true), ..endpoint }
}

fn unready(endpoint: Endpoint) -> Endpoint {
    Endpoint { ready: Some(false), serving: Some(false), ..endpoint }
}

fn zone(endpoint: Endpoint, zone: &'static str) -> Endpoint {
    Endpoint { zones: vec![zone], ..endpoint }
}

fn local() -> Service {
    Service { external_policy: "Local", ..web() }
}

/// A Service that remembers its clients for so long.
pub(crate) fn remembering(seconds: u32) -> Situation {
    Situation::new("affinity that runs out", Service { affinity: Some(seconds), ..web() }, three())
}

/// A Service of datagrams before and after its endpoint moved to another pod.
pub(crate) fn moving() -> [Situation; 2] {
    let service = Service { ports: vec![port("", Protocol::Udp, 53, None)], ..web() };
    let one = |endpoint| vec![slice(IpFamily::V4, &[("", Protocol::Udp, 5353)], vec![endpoint])];
    [pa1(), pb1()].map(|endpoint| Situation::new("an endpoint that moves", service.clone(), one(endpoint)))
}

/// All of them.
pub(crate) fn situations() -> Vec<Situation> {
    let new = Situation::new;
    let inside = Service { internal_policy: "Local", ..web() };
    let both = Service { internal_policy: "Local", ..local() };
    let range = |service: Service, ranges: &[&str]| Service {
        ranges: ranges.iter().map(|range| range.to_string()).collect(),
        ..service
    };
    let dual = |service: Service| Service {
        cluster_ips: vec!["10.96.0.100".into(), "fd00:10:96::100".into()],
        external_ips: vec!["192.0.2.150".into(), "2001:db8:ff::150".into()],
        balancers: vec![("192.0.2.10".into(), false), ("2001:db8:ff::10".into(), false)],
        ..service
    };
    let v6 = |address: &str, node| Endpoint::ready(address, node);
    let dual_slices = || {
        let tcp = [("", Protocol::Tcp, 8080)];
        let six = vec![v6("fd00:10:244:1::5", "node-a"), v6("fd00:10:244:2::5", "node-b")];
        vec![slice(IpFamily::V4, &tcp, vec![pa1(), pb1()]), slice(IpFamily::V6, &tcp, six)]
    };
    let udp = Service { ports: vec![port("", Protocol::Udp, 53, Some(30_053))], ..web() };
    let udp_slices = || vec![slice(IpFamily::V4, &[("", Protocol::Udp, 5353)], vec![pa1(), pb1()])];
    let named = vec![
        port("http", Protocol::Tcp, 80, Some(30_080)),
        port("quic", Protocol::Udp, 80, Some(30_080)),
        port("admin", Protocol::Tcp, 90, Some(30_090)),
        port("sctp", Protocol::Sctp, 90, None),
    ];
    let named_slices = vec![
        slice(IpFamily::V4, &[("http", Protocol::Tcp, 8080), ("quic", Protocol::Udp, 8080)], vec![pa1(), pb1()]),
        slice(IpFamily::V4, &[("http", Protocol::Tcp, 8081), ("admin", Protocol::Tcp, 9090)], vec![pa2()]),
        slice(IpFamily::V4, &[("sctp", Protocol::Sctp, 9090), ("adimn", Protocol::Tcp, 8080)], vec![pb1()]),
    ];
    let host = vec![slice(
        IpFamily::V4,
        &[("", Protocol::Tcp, 18_080)],
        vec![Endpoint::ready("172.30.0.11", "node-a"), Endpoint::ready("172.30.0.12", "node-b")],
    )];
    let deaf = |number| vec![slice(IpFamily::V4, &[("", Protocol::Tcp, number)], vec![pa1(), pb1()])];
    let hinted = v4(vec![zone(pa1(), "zone-a"), zone(pb1(), "zone-b"), zone(pa2(), "zone-b")]);
    let to_node = |endpoint: Endpoint, node| Endpoint { nodes: vec![node], ..zone(endpoint, "zone-a") };
    let plain = Service { kind: "ClusterIP", external_ips: Vec::new(), balancers: Vec::new(), ..web() };
    let plain = Service { ports: vec![port("", Protocol::Tcp, 80, None)], ..plain };
    let stranger = Endpoint { node: None, ..Endpoint::ready(outside(0, HOST).to_string(), "") };
    vec![
        new("every address, three endpoints", web(), three()),
        new(
            "ClusterIP with five endpoints",
            plain.clone(),
            v4(vec![
                pa1(),
                pa2(),
                pb1(),
                Endpoint::ready("10.244.2.6", "node-b"),
                Endpoint::ready("10.244.3.5", "node-c"),
            ]),
        ),
        new("headless", Service { cluster_ips: Vec::new(), ..plain.clone() }, three()),
        new("no endpoints", web(), v4(Vec::new())),
        new("no ready endpoint", web(), v4(vec![unready(pa1()), unready(pb1())])),
        new("only an endpoint that reaches itself", web(), v4(vec![pa1()])),
        new("externalTrafficPolicy Local", local(), three()),
        new("internalTrafficPolicy Local", inside.clone(), three()),
        new("both policies Local, one node has endpoints", both.clone(), v4(vec![pb1()])),
        new("both policies Local, no endpoints", both.clone(), v4(Vec::new())),
        new("terminating beside ready", web(), v4(vec![draining(pa1()), pb1()])),
        new("all terminating", web(), v4(vec![draining(pa1()), draining(pb1())])),
        new(
            "Local with a terminating endpoint here, a ready one there",
            both.clone(),
            v4(vec![draining(pa1()), pb1()]),
        ),
        new("Local with a terminating endpoint there only", both.clone(), v4(vec![draining(pb1())])),
        new("terminating and not serving", both.clone(), v4(vec![unready(draining(pa1()))])),
        new("zone hints", web(), hinted.clone()),
        new("zone hints and Local", local(), hinted),
        new("a hint is missing", web(), v4(vec![zone(pa1(), "zone-a"), pb1()])),
        new(
            "node hints",
            web(),
            v4(vec![to_node(pa1(), "node-a"), to_node(pb1(), "node-b"), to_node(pa2(), "node-b")]),
        ),
        new("source ranges", range(web(), &[OUTSIDE[0]]), three()),
        new("source ranges with the nodes' and the pods'", range(web(), &["172.30.0.11/32", "10.244.1.0/24"]), three()),
        new("source ranges and Local", range(local(), &[OUTSIDE[0], OUTSIDE[1]]), three()),
        new("source ranges without endpoints", range(web(), &[OUTSIDE[0]]), v4(Vec::new())),
        new("a balancer that is a proxy", Service { balancers: vec![("192.0.2.10".into(), true)], ..web() }, three()),
        new(
            "a balancer that is a proxy, Local with ranges",
            range(Service { balancers: vec![("192.0.2.10".into(), true)], ..local() }, &[OUTSIDE[0]]),
            three(),
        ),
        new(
            "a balancer without node ports",
            Service { ports: vec![port("", Protocol::Tcp, 80, None)], ..web() },
            three(),
        ),
        new("both families", dual(web()), dual_slices()),
        new("both families, Local", dual(both.clone()), dual_slices()),
        new("IPv6 only", Service { cluster_ips: vec!["fd00:10:96::100".into()], ..dual(web()) }, dual_slices()),
        new("UDP", udp.clone(), udp_slices()),
        new("UDP, Local", Service { external_policy: "Local", internal_policy: "Local", ..udp.clone() }, udp_slices()),
        new("UDP, no endpoints", udp, v4(Vec::new())),
        new(
            "named ports, two numbers for one name, two protocols on one number",
            Service { ports: named, ..web() },
            named_slices,
        ),
        new("endpoints in the nodes' network", web(), host.clone()),
        new("endpoints in the nodes' network, Local", both.clone(), host),
        new("nobody listens there", web(), deaf(1234)),
        new("they listen at loopback only", web(), deaf(7070)),
        new("an endpoint without a node", both.clone(), v4(vec![Endpoint { node: None, ..pa1() }, pb1()])),
        new("an endpoint outside the cluster", web(), v4(vec![stranger])),
        new("session affinity", Service { affinity: Some(600), ..web() }, three()),
        new("session affinity, both policies Local", Service { affinity: Some(600), ..both.clone() }, three()),
        new("session affinity, both families", dual(Service { affinity: Some(600), ..web() }), dual_slices()),
        new("clusterCIDR unset", web(), three()).with("clusterCIDR: ''\n"),
        new("clusterCIDR unset, Local", both.clone(), three()).with("clusterCIDR: ''\n"),
        new("pods by node range", both, three()).with("detectLocalMode: NodeCIDR\n"),
        new("masqueradeAll", local(), three())
            .with("iptables: {masqueradeAll: true}\nnftables: {masqueradeAll: true}\n"),
        new("node ports at primary addresses", web(), three()).with("nodePortAddresses: [primary]\n"),
        new("node ports at the pods' ranges", web(), three()).with("nodePortAddresses: [10.244.0.0/16]\n"),
        new("node ports without endpoints at the pods' ranges", web(), v4(Vec::new()))
            .with("nodePortAddresses: [10.244.0.0/16]\n"),
        new("node ports not at loopback", web(), three()).with("iptables: {localhostNodePorts: false}\n"),
    ]
}
