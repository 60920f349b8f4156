//! The recorded node of the kube-proxy corpus, and rule text in a shape that can be compared.

use std::collections::BTreeMap;

use portolan_core::cluster::{Cluster, ProxyMode, Settings};
use portolan_core::net::{IpFamily, Protocol};
use portolan_core::objects::{
    Endpoint, EndpointSlice, Node, ObjectMeta, Origin, Service, ServicePort, SlicePort, TargetPort, Value,
};

fn meta(name: &str) -> ObjectMeta {
    ObjectMeta { name: name.into(), namespace: "default".into(), ..ObjectMeta::default() }
}

/// The recorded node with `default/kubernetes` and the case's objects.
///
/// # Panics
/// Never: its addresses are addresses.
pub fn cluster(case: &Value, mode: ProxyMode) -> Cluster {
    let mut settings = Settings::default();
    settings.proxy.mode = mode;
    let kubernetes = Service {
        meta: meta("kubernetes"),
        cluster_ips: vec!["10.96.0.1".parse().unwrap()],
        ports: vec![ServicePort {
            name: "https".into(),
            protocol: Protocol::Tcp,
            port: 443,
            target_port: TargetPort::Number(6443),
            node_port: None,
            app_protocol: None,
        }],
        ..Service::default()
    };
    let api = EndpointSlice {
        meta: meta("kubernetes"),
        service: "kubernetes".into(),
        family: Some(IpFamily::V4),
        ports: vec![SlicePort { name: "https".into(), protocol: Protocol::Tcp, port: Some(6443), app_protocol: None }],
        endpoints: vec![Endpoint {
            addresses: vec!["172.30.0.1".parse().unwrap()],
            ready: Some(true),
            serving: None,
            terminating: None,
            hostname: None,
            node_name: None,
            zone: None,
            pod: None,
            zone_hints: Vec::new(),
            node_hints: Vec::new(),
        }],
    };
    let (mut services, mut slices) = (vec![kubernetes], vec![api]);
    if let Some(service) = case.get("service").filter(|service| !service.is_null()) {
        services.push(Service::from_value(service, Origin::Cluster));
    }
    for slice in case.get("endpointslices").map(Value::items).unwrap_or_default() {
        let mut slice = slice.clone();
        if let Some(meta) = slice.get_mut("metadata") {
            meta.set("namespace", Value::from("default"));
        }
        slices.push(EndpointSlice::from_value(&slice, Origin::Cluster));
    }
    Cluster {
        settings,
        nodes: vec![Node {
            meta: ObjectMeta { name: "node-a".into(), ..ObjectMeta::default() },
            internal_ips: vec!["172.30.0.11".parse().unwrap()],
            zone: Some("zone-a".into()),
            ready: true,
            ..Node::default()
        }],
        namespaces: vec!["default".into()],
        services,
        slices,
        pods: Vec::new(),
    }
}

/// Chains in which rules of different Services stand in no order of their own.
const GATHERING: [&str; 4] = ["KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL"];

/// Tables, declarations and rules, by table and chain.
pub fn iptables(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut table = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('*') {
            table = name.to_string();
        }
        let chain = line.strip_prefix("-A ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        found.entry(format!("{table} {chain}")).or_default().push(line.to_string());
    }
    for (chain, rules) in &mut found {
        if GATHERING.iter().any(|name| chain.ends_with(name)) {
            rules.sort();
        }
    }
    found
}

/// Blocks by table and head; elements as a sorted list.
pub fn nftables(text: &str) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut table, mut head) = (String::new(), String::new());
    for line in text.replace(",\n\t\t\t     ", ", ").lines() {
        if line.starts_with("table") {
            table = line.to_string();
        } else if line.starts_with("\t\t") {
            let mut line = line.trim().to_string();
            if let Some(elements) = line.strip_prefix("elements = { ").and_then(|rest| rest.strip_suffix(" }")) {
                let mut elements: Vec<&str> = elements.split(", ").collect();
                elements.sort_unstable();
                line = elements.join("\n");
            }
            found.entry(format!("{table} {head}")).or_default().push(line);
        } else {
            head = line.trim().to_string();
            found.entry(format!("{table} {head}")).or_default();
        }
    }
    found
}
