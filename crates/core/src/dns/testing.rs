//! A small cluster for the tests of this module.

use std::net::IpAddr;

use crate::cluster::{Cluster, ProxySettings, Settings};
use crate::net::{IpFamily, Protocol};
use crate::objects::{
    Endpoint, EndpointSlice, Node, ObjectMeta, ObjectRef, Pod, Service, ServicePort, ServiceType, SlicePort, TargetPort,
};

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

pub(crate) fn meta(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta { name: name.to_string(), namespace: namespace.to_string(), ..ObjectMeta::default() }
}

pub(crate) fn service_port(name: &str, protocol: Protocol, port: u16, target: u16) -> ServicePort {
    ServicePort {
        name: name.to_string(),
        protocol,
        port,
        target_port: TargetPort::Number(target),
        node_port: None,
        app_protocol: None,
    }
}

pub(crate) fn endpoint(address: &str, ready: bool, hostname: Option<&str>) -> Endpoint {
    Endpoint {
        addresses: vec![ip(address)],
        ready: Some(ready),
        serving: Some(ready),
        terminating: Some(false),
        hostname: hostname.map(str::to_string),
        node_name: None,
        zone: None,
        pod: None,
        zone_hints: Vec::new(),
        node_hints: Vec::new(),
    }
}

pub(crate) fn slice(service: &str, name: &str, endpoints: Vec<Endpoint>, ports: Vec<SlicePort>) -> EndpointSlice {
    let family = endpoints.first().and_then(|e| e.addresses.first()).map_or(IpFamily::V4, |a| IpFamily::of(*a));
    EndpointSlice { meta: meta("default", name), service: service.to_string(), family: Some(family), ports, endpoints }
}

pub(crate) fn slice_port(name: &str, port: u16) -> SlicePort {
    SlicePort { name: name.to_string(), protocol: Protocol::Tcp, port: Some(port), app_protocol: None }
}

fn external(name: &str, target: &str) -> Service {
    Service {
        meta: meta("default", name),
        service_type: ServiceType::ExternalName,
        external_name: target.to_string(),
        ..Service::default()
    }
}

/// Services `web` (two stacks, two ports), `db` (headless), `empty` (headless, nothing ready), ExternalNames, kube-dns;
/// pods `client`, `host` and `custom`.
pub(crate) fn cluster() -> Cluster {
    let web = Service {
        meta: meta("default", "web"),
        cluster_ips: vec![ip("10.96.0.50"), ip("fd00:10:96::50")],
        ip_families: vec![IpFamily::V4, IpFamily::V6],
        ports: vec![service_port("http", Protocol::Tcp, 80, 8080), service_port("dns", Protocol::Udp, 53, 5353)],
        ..Service::default()
    };
    let headless = |name: &str| Service {
        meta: meta("default", name),
        headless: true,
        ports: vec![service_port("pg", Protocol::Tcp, 5432, 5432)],
        ..Service::default()
    };
    let kube_dns = Service {
        meta: meta("kube-system", "kube-dns"),
        cluster_ips: vec![ip("10.96.0.10")],
        ports: vec![service_port("dns", Protocol::Udp, 53, 53)],
        ..Service::default()
    };
    let db_endpoints = vec![
        endpoint("10.244.1.5", true, Some("db-0")),
        endpoint("10.244.2.5", true, None),
        endpoint("10.244.2.6", false, Some("db-2")),
    ];
    let pod = |name: &str| Pod {
        meta: meta("default", name),
        node: "worker-1".to_string(),
        ips: vec![ip("10.244.1.9")],
        ready: Some(true),
        ..Pod::default()
    };
    Cluster {
        settings: Settings {
            service_cidrs: vec!["10.96.0.0/12".parse().unwrap()],
            pod_cidrs: vec!["10.244.0.0/16".parse().unwrap()],
            dns_domain: "cluster.local".to_string(),
            node_ports: (30000, 32767),
            proxy: ProxySettings::default(),
            load_balancers: true,
        },
        nodes: vec![Node {
            meta: meta("", "worker-1"),
            internal_ips: vec![ip("172.30.0.11")],
            ready: true,
            ..Node::default()
        }],
        namespaces: ["default", "kube-system", "shop"].map(str::to_string).to_vec(),
        services: vec![
            external("alias", "web.default.svc.cluster.local"),
            external("by-address", "192.0.2.7"),
            external("dangling", "nothing.default.svc.cluster.local"),
            headless("db"),
            headless("empty"),
            external("loop-a", "loop-b.default.svc.cluster.local"),
            external("loop-b", "loop-a.default.svc.cluster.local"),
            external("mail", "smtp.example.com"),
            web,
            kube_dns,
        ],
        slices: vec![
            slice("db", "db-1", db_endpoints, vec![slice_port("pg", 5432)]),
            slice("empty", "empty-1", vec![endpoint("10.244.2.7", false, None)], vec![slice_port("pg", 5432)]),
            slice("web", "web-1", vec![endpoint("10.244.1.6", true, None)], vec![slice_port("http", 8080)]),
        ],
        pods: vec![
            pod("client"),
            Pod { dns_policy: "None".to_string(), ..pod("custom") },
            Pod { host_network: true, ..pod("host") },
        ],
    }
}

pub(crate) fn pod_client(name: &str) -> crate::cluster::Client {
    crate::cluster::Client::Pod(ObjectRef::new("default", name))
}
