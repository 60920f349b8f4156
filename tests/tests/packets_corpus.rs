//! Real connections through real kernels, held against the engine's traces.
//!
//! Each recording has one Service under iptables and under nftables, clients and targets, and who answered with what
//! source address. The engine must be able to give every recorded answer, and nothing it gives most of the time may be
//! missing from the recording.

use std::collections::BTreeMap;

use portolan_core::apiserver::{Operation, Outcome, Store};
use portolan_core::cluster::{Client, Cluster, ProxyMode, Settings};
use portolan_core::net::{Addr, Protocol};
use portolan_core::objects::{EndpointSlice, Node, ObjectMeta, ObjectRef, Origin, Pod, Service, Value};
use portolan_core::packet::{Request, Target, Trace, trace, trace_with};
use portolan_core::proxy::{Fleet, rules};
use portolan_tests::{corpus, files, floor, json};

/// How often the engine is asked for one answer.
const TRIES: u64 = 200;
/// With six recorded answers, one this likely is missing once in 250 times.
const LIKELY: f64 = 0.6;
/// Recorded, but an artefact: the kernel limits the rate of ICMP errors (file, mode, client).
const ARTEFACTS: [(&str, &str, &str); 1] = [("port-name-mismatch", "iptables", "ext")];

fn node(name: &str, address: &str, pods: &str, zone: &str) -> Node {
    Node {
        meta: ObjectMeta { name: name.into(), ..ObjectMeta::default() },
        internal_ips: vec![address.parse().unwrap()],
        pod_cidrs: vec![pods.parse().unwrap()],
        zone: Some(zone.into()),
        ready: true,
        ..Node::default()
    }
}

fn pod(name: &str, node: &str, address: &str) -> Pod {
    Pod {
        meta: ObjectMeta { name: name.into(), namespace: "default".into(), ..ObjectMeta::default() },
        node: node.into(),
        ips: vec![address.parse().unwrap()],
        ready: Some(true),
        ..Pod::default()
    }
}

/// The recorded topology with the recorded objects, defaulted by the engine's API server.
fn cluster(run: &Value, mode: ProxyMode) -> Cluster {
    let mut settings = Settings::default();
    settings.proxy.mode = mode;
    let mut store = Store::new(&settings, 1);
    let mut services = Vec::new();
    let mut slices = Vec::new();
    for object in run.get("objects").map(Value::items).unwrap_or_default() {
        let mut object = object.clone();
        if let Some(meta) = object.get_mut("metadata") {
            meta.set("namespace", Value::from("default"));
        }
        if object.get("kind").and_then(Value::as_str) == Some("EndpointSlice") {
            slices.push(EndpointSlice::from_value(&object, Origin::Cluster));
            continue;
        }
        // In these recordings no number is allocated twice, so one request after the other is enough.
        let answer = store.request(Operation::Create, object, Origin::Cluster);
        let Outcome::Stored(stored) = answer.outcome else { panic!("{:?}", answer.outcome) };
        let mut stored = Value::clone(&stored);
        if let Some(status) = run.get("lbStatus").filter(|status| !status.is_null()) {
            stored.set("status", status.clone());
        }
        services.push(Service::from_value(&stored, Origin::Cluster));
    }
    Cluster {
        settings,
        nodes: vec![
            node("node-a", "172.30.0.11", "10.244.1.0/24", "zone-a"),
            node("node-b", "172.30.0.12", "10.244.2.0/24", "zone-b"),
        ],
        namespaces: vec!["default".into()],
        services,
        slices,
        pods: vec![
            pod("pa1", "node-a", "10.244.1.5"),
            pod("pa2", "node-a", "10.244.1.6"),
            pod("pb1", "node-b", "10.244.2.7"),
        ],
    }
}

/// The host outside reaches nodes directly, and everything else through node-a.
fn client(name: &str, to: Addr, cluster: &Cluster) -> Client {
    let outside = "172.30.0.99".parse().unwrap();
    match name {
        "ext" if to.ip.is_loopback() || cluster.node_by_ip(to.ip).is_some() => Client::External(Some(outside)),
        "ext" => Client::AddressAt { address: outside, node: "node-a".into() },
        node if node.starts_with("node") => Client::Node(node.into()),
        pod => Client::Pod(ObjectRef::new("default", pod)),
    }
}

/// An answer as the recordings put it.
fn answer(trace: &Trace) -> String {
    match trace.symptom.curl {
        0 => {
            let pod = trace.chosen.and_then(|at| trace.endpoints.get(at)).and_then(|chosen| chosen.pod.clone());
            let name = pod.map(|pod| pod.name).unwrap_or_default();
            format!("{name} from {}", trace.source_seen.map(|ip| ip.to_string()).unwrap_or_default())
        }
        28 => "TIMEOUT".into(),
        _ => "ERR Couldn't connect to server".into(),
    }
}

fn target(url: &str) -> Addr {
    let rest = url.strip_prefix("http://").expect("a URL");
    let rest = if rest.contains(':') { rest.to_string() } else { format!("{rest}:80") };
    let address: std::net::SocketAddr = rest.parse().expect("an address");
    Addr::new(address.ip(), address.port())
}

/// What a hop names as its rules stands in the node's text.
fn rules_are_lines_of_the_text(trace: &Trace) {
    for ruled in trace.hops.iter().filter_map(|hop| hop.ruled.as_ref()) {
        let (rules, listing) = (ruled.rules(), rules::list(&ruled.proxy, None));
        assert!(!rules.is_empty(), "{:?}", ruled.ruling);
        for rule in rules {
            assert!(listing.find(&rule).is_some(), "{rule:?}\n{}", listing.text);
        }
    }
}

#[test]
fn connections_end_where_real_ones_do() {
    let (mut agreed, mut total) = (0, 0);
    for path in files(&corpus("packets"), "json") {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_string();
        let recording = json(&path);
        for (label, mode) in [("iptables", ProxyMode::Iptables), ("nftables", ProxyMode::Nftables)] {
            let run = recording.get(label).expect("both modes");
            let cluster = cluster(run, mode);
            let sticky = cluster.services.iter().any(|service| service.affinity_seconds.is_some());
            for (url, clients) in run.get("results").map(Value::members).unwrap_or_default() {
                let to = target(url);
                for (who, recorded) in clients.members() {
                    if ARTEFACTS.contains(&(&name, label, who)) {
                        continue;
                    }
                    let from = client(who, to, &cluster);
                    let ask = |seed| Request::new(from.clone(), Target::Address(to), Protocol::Tcp, seed);
                    let mut ours: BTreeMap<String, f64> = BTreeMap::new();
                    for seed in 0..TRIES {
                        let trace = trace(&cluster, &ask(seed));
                        *ours.entry(answer(&trace)).or_default() += 1.0 / TRIES as f64;
                        if seed == 0 {
                            rules_are_lines_of_the_text(&trace);
                        }
                    }
                    let theirs: Vec<&str> = recorded.members().iter().map(|(text, _)| text.as_str()).collect();
                    let known = theirs.iter().all(|text| ours.contains_key(*text));
                    let likely = ours.iter().all(|(text, share)| *share < LIKELY || theirs.contains(&text.as_str()));
                    let mut kept = true;
                    if sticky {
                        let mut fleet = Fleet::default();
                        let same: Vec<String> = (0..20)
                            .map(|n| answer(&trace_with(&cluster, &mut fleet, &ask(n), n * 1_000_000)))
                            .collect();
                        kept = same.windows(2).all(|pair| pair[0] == pair[1]) && theirs.len() == 1;
                    }
                    total += 1;
                    if known && likely && kept {
                        agreed += 1;
                    } else {
                        println!("  {name} {label} {url} from {who}: recorded {theirs:?}, ours {ours:?}");
                    }
                }
            }
        }
    }
    floor::hold("packets", agreed, total);
}
