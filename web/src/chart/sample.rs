//! A hand-made cluster for the layout's tests.

use std::net::{IpAddr, Ipv4Addr};

use portolan_core::cluster::{Cluster, ProxySettings, Settings};
use portolan_core::net::{IpFamily, Protocol};
use portolan_core::objects::{
    Container, ContainerPort, Endpoint, EndpointSlice, LoadBalancerIngress, Node, ObjectMeta, ObjectRef, Origin,
    OwnerRef, Pod, PodPhase, Service, ServicePort, ServiceType, SlicePort, TargetPort,
};

fn v4(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(a, b, c, d))
}

fn meta(namespace: &str, name: &str) -> ObjectMeta {
    ObjectMeta {
        name: name.into(),
        namespace: namespace.into(),
        origin: Origin::Document { document: 0, path: String::new() },
        ..ObjectMeta::default()
    }
}

/// The cluster's chart, with its Service in focus.
pub(crate) fn chart(cluster: &Cluster, width: f64, height: f64) -> super::model::Chart {
    super::layout::layout(cluster, &request(width, height), &mut super::memory::Memory::default())
}

/// What a chart is made for, with the sample's Service in focus.
pub(crate) fn request(width: f64, height: f64) -> super::layout::Request {
    super::layout::Request {
        width,
        height,
        least: 0.72,
        focus: Some(ObjectRef::new("default", "web")),
        ..Default::default()
    }
}

/// As [`cluster`], with `nodes` workers in `zones` zones, their pods in four workloads.
pub(crate) fn large(nodes: usize, zones: usize, pods: usize) -> Cluster {
    let mut cluster = cluster(pods);
    cluster.nodes.truncate(1);
    for i in 0..nodes {
        cluster.nodes.push(Node {
            meta: meta("", &format!("node-{i:03}")),
            internal_ips: vec![v4(192, 168, 2 + (i / 200) as u8, (i % 200) as u8)],
            zone: Some(format!("zone-{}", i % zones.max(1))),
            ready: true,
            ..Node::default()
        });
    }
    for (i, pod) in cluster.pods.iter_mut().enumerate() {
        pod.node = format!("node-{:03}", i % nodes.max(1));
        pod.meta.owner = Some(OwnerRef { kind: "StatefulSet".into(), name: format!("app-{}", i % 4) });
    }
    cluster
}

/// A control plane, three workers in two zones, a LoadBalancer Service `default/web` and `pods` pods behind it.
pub(crate) fn cluster(pods: usize) -> Cluster {
    let workers = [("control-plane", None), ("worker-1", Some("a")), ("worker-2", Some("a")), ("worker-3", Some("b"))];
    let nodes = workers
        .iter()
        .enumerate()
        .map(|(i, (name, zone))| Node {
            meta: meta("", name),
            internal_ips: vec![v4(192, 168, 1, 10 + i as u8)],
            zone: zone.map(String::from),
            ready: true,
            control_plane: i == 0,
            unschedulable: i == 0,
            ..Node::default()
        })
        .collect();
    let pods: Vec<Pod> = (0..pods)
        .map(|i| Pod {
            meta: meta("default", &format!("web-7d4b9c6f5-{i:05}")),
            node: workers[1 + i % 3].0.into(),
            ips: vec![v4(10, 244, (1 + i % 3) as u8, (i / 3) as u8)],
            phase: PodPhase::Running,
            ready: Some(i % 5 != 4),
            containers: vec![Container {
                ports: vec![ContainerPort {
                    name: "http".into(),
                    protocol: Protocol::Tcp,
                    port: 8080,
                    host_port: None,
                    host_ip: None,
                }],
                ..Container::default()
            }],
            ..Pod::default()
        })
        .collect();
    let service = Service {
        meta: meta("default", "web"),
        service_type: ServiceType::LoadBalancer,
        ports: vec![ServicePort {
            name: String::new(),
            protocol: Protocol::Tcp,
            port: 80,
            target_port: TargetPort::Number(8080),
            node_port: Some(31000),
            app_protocol: None,
        }],
        cluster_ips: vec![v4(10, 96, 10, 10)],
        ingress: vec![LoadBalancerIngress {
            ip: Some(v4(198, 51, 100, 7)),
            hostname: None,
            ip_mode: Default::default(),
        }],
        ..Service::default()
    };
    let slice = EndpointSlice {
        meta: meta("default", "web-abcde"),
        service: "web".into(),
        family: Some(IpFamily::V4),
        ports: vec![SlicePort { name: String::new(), protocol: Protocol::Tcp, port: Some(8080), app_protocol: None }],
        endpoints: pods
            .iter()
            .map(|pod| Endpoint {
                addresses: pod.ips.clone(),
                ready: pod.ready,
                serving: None,
                terminating: None,
                hostname: None,
                node_name: Some(pod.node.clone()),
                zone: None,
                pod: Some(ObjectRef::new("default", &pod.meta.name)),
                zone_hints: Vec::new(),
                node_hints: Vec::new(),
            })
            .collect(),
    };
    let alias = Service {
        meta: meta("default", "partner"),
        service_type: ServiceType::ExternalName,
        external_name: "api.acmecorp.com".into(),
        ..Service::default()
    };
    Cluster {
        settings: Settings {
            service_cidrs: Vec::new(),
            pod_cidrs: Vec::new(),
            dns_domain: "cluster.local".into(),
            node_ports: (30000, 32767),
            proxy: ProxySettings::default(),
            load_balancers: true,
        },
        nodes,
        namespaces: vec!["default".into()],
        services: vec![alias, service],
        slices: vec![slice],
        pods,
    }
}
