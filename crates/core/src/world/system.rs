//! What every cluster has without being asked: the slice behind `default/kubernetes`, and DNS in kube-system.
//!
//! Upstream: pkg/controlplane/reconcilers (the API server's own endpoints), kubeadm's CoreDNS addon.

use std::net::IpAddr;

use crate::apiserver::{Operation, Outcome, Store};
use crate::cluster::Settings;
use crate::controllers::endpointslice::SERVICE_NAME;
use crate::controllers::nodes::nth_address;
use crate::controllers::workload::{Workload, WorkloadKind};
use crate::net::{IpFamily, Protocol};
use crate::objects::{Endpoint, EndpointSlice, Node, ObjectMeta, Origin, Service, SlicePort, Value};

/// The namespace of the cluster's own workloads.
const KUBE_SYSTEM: &str = "kube-system";
/// The label of the cluster's DNS.
const DNS_LABEL: (&str, &str) = ("k8s-app", "kube-dns");
/// Where the DNS Service stands in the Services' range.
const DNS_OFFSET: u128 = 10;
/// The API server's port.
const API_PORT: u16 = 6443;

fn text(word: &str) -> Value {
    Value::from(word)
}

fn labels() -> Value {
    Value::object([(DNS_LABEL.0, text(DNS_LABEL.1))])
}

/// Stores the DNS Service and its Deployment, unless the input brings its own along.
///
/// It comes after the input's objects: an address that one of them asks for is theirs.
pub(super) fn add_dns(store: &mut Store, settings: &Settings) {
    let own = |value: &Value| {
        value.at("metadata.namespace").and_then(Value::as_str) == Some(KUBE_SYSTEM)
            && (value.at("metadata.labels").and_then(|labels| labels.get(DNS_LABEL.0)).and_then(Value::as_str)
                == Some(DNS_LABEL.1)
                || value.at("metadata.name").and_then(Value::as_str) == Some("kube-dns"))
    };
    if !store.list("Service").any(|stored| own(&stored.value)) {
        let address = settings.service_cidrs.first().and_then(|net| nth_address(net, DNS_OFFSET));
        let created = store.request(Operation::Create, service(address), Origin::Cluster);
        if matches!(created.outcome, Outcome::Refused(_)) {
            store.request(Operation::Create, service(None), Origin::Cluster);
        }
    }
    let given = ["Pod", "Deployment", "ReplicaSet", "DaemonSet"]
        .into_iter()
        .any(|kind| store.list(kind).any(|stored| own(&stored.value)));
    if !given {
        store.request(Operation::Create, deployment(), Origin::Cluster);
    }
}

fn service(address: Option<IpAddr>) -> Value {
    let port = |name: &str, protocol: Protocol, number: i64| {
        Value::object([
            ("name", text(name)),
            ("protocol", text(protocol.as_str())),
            ("port", Value::Int(number)),
            ("targetPort", Value::Int(number)),
        ])
    };
    let ports =
        vec![port("dns", Protocol::Udp, 53), port("dns-tcp", Protocol::Tcp, 53), port("metrics", Protocol::Tcp, 9153)];
    let mut spec = Value::object([("selector", labels()), ("ports", Value::Array(ports))]);
    if let Some(address) = address {
        spec.set("clusterIP", address.to_string().into());
    }
    let metadata = Value::object([("name", text("kube-dns")), ("namespace", text(KUBE_SYSTEM)), ("labels", labels())]);
    Value::object([("apiVersion", text("v1")), ("kind", text("Service")), ("metadata", metadata), ("spec", spec)])
}

fn deployment() -> Value {
    let port = |name: &str, protocol: Protocol, number: i64| {
        Value::object([
            ("name", text(name)),
            ("containerPort", Value::Int(number)),
            ("protocol", text(protocol.as_str())),
        ])
    };
    let ports =
        vec![port("dns", Protocol::Udp, 53), port("dns-tcp", Protocol::Tcp, 53), port("metrics", Protocol::Tcp, 9153)];
    let container =
        Value::object([("name", text("coredns")), ("image", text("coredns")), ("ports", Value::Array(ports))]);
    let toleration = Value::object([
        ("key", text("node-role.kubernetes.io/control-plane")),
        ("operator", text("Exists")),
        ("effect", text("NoSchedule")),
    ]);
    let pod = Value::object([
        ("containers", Value::Array(vec![container])),
        ("dnsPolicy", text("Default")),
        ("tolerations", Value::Array(vec![toleration])),
    ]);
    let template = Value::object([("metadata", Value::object([("labels", labels())])), ("spec", pod)]);
    let spec = Value::object([
        ("replicas", Value::Int(2)),
        ("selector", Value::object([("matchLabels", labels())])),
        ("template", template),
    ]);
    let metadata = Value::object([("name", text("coredns")), ("namespace", text(KUBE_SYSTEM)), ("labels", labels())]);
    Value::object([
        ("apiVersion", text("apps/v1")),
        ("kind", text("Deployment")),
        ("metadata", metadata),
        ("spec", spec),
    ])
}

/// CoreDNS starts with the control plane, when there is no other node yet; so that is where its pods are. Where there is
/// none among the nodes, and none that takes new pods, they have been on one since before.
pub(super) fn settle(workload: &mut Workload, nodes: &[Node]) {
    let ours = workload.kind == WorkloadKind::Deployment
        && workload.meta.origin == Origin::Cluster
        && workload.meta.namespace == KUBE_SYSTEM;
    if !ours {
        return;
    }
    let home = nodes.iter().find(|node| node.control_plane && node.ready).or_else(|| {
        let open = nodes.iter().any(|node| workload.template.constraints.allow(node));
        nodes.iter().find(|node| node.ready).or(nodes.first()).filter(|_| !open)
    });
    if let Some(node) = home {
        workload.template.pod.node.clone_from(&node.meta.name);
    }
}

/// The slice of `default/kubernetes`: the API servers, on the control plane's nodes.
pub(super) fn api_server_slice(store: &Store, nodes: &[Node]) -> Option<EndpointSlice> {
    let stored = store.get("Service", "default", "kubernetes")?;
    let service = Service::from_value(&stored.value, stored.origin.clone());
    let family = service.ip_families.first().copied().unwrap_or(IpFamily::V4);
    let planes = nodes.iter().filter(|node| node.control_plane);
    let mut addresses: Vec<IpAddr> =
        planes.flat_map(|node| &node.internal_ips).copied().filter(|ip| IpFamily::of(*ip) == family).collect();
    if addresses.is_empty() {
        // A control plane that somebody else runs.
        let outside = match family {
            IpFamily::V4 => IpAddr::from([172, 30, 0, 1]),
            IpFamily::V6 => IpAddr::from([0xfd00, 0x172, 0x30, 0, 0, 0, 0, 1]),
        };
        addresses.push(outside);
    }
    Some(EndpointSlice {
        meta: ObjectMeta {
            name: "kubernetes".to_string(),
            namespace: "default".to_string(),
            labels: [(SERVICE_NAME.to_string(), "kubernetes".to_string())].into(),
            ..ObjectMeta::default()
        },
        service: "kubernetes".to_string(),
        family: Some(family),
        ports: vec![SlicePort {
            name: "https".to_string(),
            protocol: Protocol::Tcp,
            port: Some(API_PORT),
            app_protocol: None,
        }],
        endpoints: addresses
            .into_iter()
            .map(|ip| Endpoint {
                addresses: vec![ip],
                ready: Some(true),
                serving: None,
                terminating: None,
                hostname: None,
                node_name: None,
                zone: None,
                pod: None,
                zone_hints: Vec::new(),
                node_hints: Vec::new(),
            })
            .collect(),
    })
}
