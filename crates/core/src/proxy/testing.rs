//! A cluster of two nodes, built by hand for the tests of this module and of [`crate::packet`].

use std::net::IpAddr;

use super::{Arrival, Memory, NodeProxy, Packet, Ruling};
use crate::cluster::{Cluster, ProxyMode, Settings};
use crate::net::{Addr, IpFamily, Protocol};
use crate::objects::{
    Endpoint, EndpointSlice, IpMode, LoadBalancerIngress, Node, ObjectMeta, Pod, Service, ServicePort, ServiceType,
    SlicePort, TargetPort, TrafficPolicy,
};

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) fn meta(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta { name: name.into(), namespace: namespace.into(), ..ObjectMeta::default() }
}

fn node(name: &str, address: &str, pods: &str, zone: &str) -> Node {
    Node {
        meta: meta("", name),
        internal_ips: vec![ip(address)],
        pod_cidrs: vec![pods.parse().unwrap()],
        zone: Some(zone.into()),
        ready: true,
        ..Node::default()
    }
}

/// An endpoint that is ready.
pub(crate) fn endpoint(address: &str, node: &str) -> Endpoint {
    Endpoint {
        addresses: vec![ip(address)],
        ready: Some(true),
        serving: Some(true),
        terminating: Some(false),
        hostname: None,
        node_name: Some(node.into()),
        zone: None,
        pod: None,
        zone_hints: Vec::new(),
        node_hints: Vec::new(),
    }
}

/// An endpoint that serves while it terminates.
pub(crate) fn draining(address: &str, node: &str) -> Endpoint {
    Endpoint { ready: Some(false), terminating: Some(true), ..endpoint(address, node) }
}

pub(crate) fn slice_port(name: &str, number: Option<u16>) -> SlicePort {
    SlicePort { name: name.into(), protocol: Protocol::Tcp, port: number, app_protocol: None }
}

/// A slice of `web` with the one unnamed port 8080.
pub(crate) fn slice(name: &str, endpoints: Vec<Endpoint>) -> EndpointSlice {
    EndpointSlice {
        meta: meta("default", name),
        service: "web".into(),
        family: Some(IpFamily::V4),
        ports: vec![slice_port("", Some(8080))],
        endpoints,
    }
}

/// `web`: cluster IP 10.96.0.100:80, node port 30080, balancer 192.0.2.10, external IP 203.0.113.50.
pub(crate) fn web() -> Service {
    Service {
        meta: meta("default", "web"),
        service_type: ServiceType::LoadBalancer,
        cluster_ips: vec![ip("10.96.0.100")],
        ip_families: vec![IpFamily::V4],
        ports: vec![ServicePort {
            name: String::new(),
            protocol: Protocol::Tcp,
            port: 80,
            target_port: TargetPort::Number(8080),
            node_port: Some(30080),
            app_protocol: None,
        }],
        external_ips: vec![ip("203.0.113.50")],
        ingress: vec![LoadBalancerIngress { ip: Some(ip("192.0.2.10")), hostname: None, ip_mode: IpMode::Vip }],
        ..Service::default()
    }
}

/// Nodes a and b, pods a1 and a2 on a, b1 on b, and `web` with these endpoints.
pub(crate) fn cluster(mode: ProxyMode, endpoints: Vec<Endpoint>) -> Cluster {
    let mut settings = Settings::default();
    settings.proxy.mode = mode;
    let pod = |name: &str, node: &str, address: &str| Pod {
        meta: meta("default", name),
        node: node.into(),
        ips: vec![ip(address)],
        ready: Some(true),
        ..Pod::default()
    };
    Cluster {
        settings,
        nodes: vec![
            node("a", "172.30.0.11", "10.244.1.0/24", "zone-a"),
            node("b", "172.30.0.12", "10.244.2.0/24", "zone-b"),
        ],
        namespaces: vec!["default".into()],
        services: vec![web()],
        slices: vec![slice("web-1", endpoints)],
        pods: vec![pod("a1", "a", "10.244.1.5"), pod("a2", "a", "10.244.1.6"), pod("b1", "b", "10.244.2.7")],
    }
}

/// One endpoint on each pod.
pub(crate) fn three() -> Vec<Endpoint> {
    vec![endpoint("10.244.1.5", "a"), endpoint("10.244.1.6", "a"), endpoint("10.244.2.7", "b")]
}

/// Changes the policies of `web`.
pub(crate) fn policies(cluster: &mut Cluster, external: TrafficPolicy, internal: TrafficPolicy) {
    for service in &mut cluster.services {
        (service.external_traffic_policy, service.internal_traffic_policy) = (external, internal);
    }
}

/// A TCP packet; how it arrives follows from the source as node a sees it.
pub(crate) fn packet(source: &str, destination: &str) -> Packet {
    let to: std::net::SocketAddr = destination.parse().unwrap();
    let arrival = match source {
        local if local.starts_with("127.") || local == "172.30.0.11" => Arrival::Local,
        pod if pod.starts_with("10.244.1.") => Arrival::Pod,
        _ => Arrival::Outside,
    };
    Packet { source: ip(source), destination: Addr::new(to.ip(), to.port()), protocol: Protocol::Tcp, arrival }
}

/// What node a makes of a packet: `dnat 10.244.1.5 10.244.1.6 masquerade`, `reject NoEndpoints`, `pass NoRule` ...
pub(crate) fn verdict(cluster: &Cluster, source: &str, destination: &str) -> String {
    let proxy = NodeProxy::new(cluster, "a");
    match proxy.route(&packet(source, destination), 0, Memory::None) {
        Ruling::Dnat { port, policy, masquerade, .. } => {
            let port = &proxy.ports[port as usize];
            let set = port.set(policy).iter().map(|at| port.endpoints[*at as usize].address);
            let mut text = String::from("dnat");
            for address in set {
                text += &format!(" {}", address.ip);
                if address.port != 8080 {
                    text += &format!(":{}", address.port);
                }
            }
            text + if masquerade.is_some() { " masquerade" } else { "" }
        }
        Ruling::Reject { why, .. } => format!("reject {why:?}"),
        Ruling::Drop { why, .. } => format!("drop {why:?}"),
        Ruling::NoOpinion(why) => format!("pass {}", format!("{why:?}").split(' ').next().unwrap_or_default()),
    }
}
