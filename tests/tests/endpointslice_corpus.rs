//! The EndpointSlice, mirroring and Endpoints controllers against recordings of the real ones.
//!
//! Slice names and the order inside a slice are random in a cluster, and so is which endpoint shares a slice with
//! which others; so slices are compared as sets, and past 100 endpoints by their sizes and all endpoints together.

use std::collections::BTreeMap;

use portolan_core::controllers::endpoints::{self, Endpoints};
use portolan_core::controllers::endpointslice::{self, Event, MAX_ENDPOINTS, Nodes};
use portolan_core::controllers::{mirroring, print};
use portolan_core::objects::{EndpointSlice, Node, ObjectMeta, Origin, Pod, Service, Value};
use portolan_core::world::{Input, LoadOptions, World};
use portolan_tests::{corpus, files, json};

/// How many recordings agree. May only go up.
const SLICES_FLOOR: usize = 42;
const ENDPOINTS_FLOOR: usize = 42;
const EVENTS_FLOOR: usize = 42;

/// The same through the whole engine, from text: all but 55, whose endpoints a draw had put into one slice or the other.
const WORLD_FLOOR: usize = 41;

#[test]
fn the_whole_engine_makes_the_recorded_slices_from_text() {
    let cases = files(&corpus("endpointslice"), "json");
    let mut agreed = 0;
    let mut told = String::new();
    for path in &cases {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let case = json(path);
        let namespace = case.at("service_created.metadata.namespace").and_then(Value::as_str).unwrap_or_default();
        let text = stream(name, &case, namespace);
        let world = World::load(&[Input { name: name.to_string(), text }], &LoadOptions::default());
        let stored = world.stored();
        let got: Vec<Value> = stored
            .into_iter()
            .filter(|value| value.get("kind").and_then(Value::as_str) == Some("EndpointSlice"))
            .filter(|value| value.at("metadata.namespace").and_then(Value::as_str) == Some(namespace))
            .cloned()
            .collect();
        let (wanted, got) = (normal_slices(items(&case, "endpointslices")), normal_slices(&got));
        if wanted == got {
            agreed += 1;
        } else {
            told += &format!("{name}\n  wanted {wanted:?}\n  got    {got:?}\n");
        }
    }
    println!("{told}");
    println!("slices from text {agreed}/{}", cases.len());
    assert!(agreed >= WORLD_FLOOR, "{agreed}/{}\n{told}", cases.len());
}

/// A case as one YAML stream (of JSON documents): settings, nodes, pods, the Service, and what is done then.
fn stream(name: &str, case: &Value, namespace: &str) -> String {
    let mut documents = Vec::new();
    if name.starts_with("dual-") {
        documents.push(
            r#"{"apiVersion": "kubeadm.k8s.io/v1beta4", "kind": "ClusterConfiguration",
                "networking": {"serviceSubnet": "10.96.0.0/12,fd00:10:96::/108"}}"#
                .to_string(),
        );
    }
    for node in nodes(name) {
        let labels = node.zone.map(|zone| format!(r#", "labels": {{"topology.kubernetes.io/zone": "{zone}"}}"#));
        documents.push(format!(
            r#"{{"apiVersion": "v1", "kind": "Node", "metadata": {{"name": "{}"{}}}}}"#,
            node.meta.name,
            labels.unwrap_or_default()
        ));
    }
    let within = |mut value: Value| {
        if let Some(metadata) = value.get_mut("metadata") {
            metadata.set("namespace", namespace.into());
        }
        value
    };
    for item in items(case, "pods") {
        let mut pod = within(item.get("pod").cloned().unwrap_or_default());
        if item.get("terminate") == Some(&Value::Bool(true))
            && let Some(metadata) = pod.get_mut("metadata")
        {
            metadata.set("deletionTimestamp", "2026-01-01T00:00:00Z".into());
        }
        documents.push(pod.to_json());
    }
    documents.push(within(case.get("service").cloned().unwrap_or_default()).to_json());
    let service =
        format!(r#""apiVersion": "v1", "kind": "Service", "metadata": {{"name": "web", "namespace": "{namespace}"}}"#);
    match case.get("then") {
        None => {}
        Some(Value::Str(text)) if text.starts_with("delete service") => {
            documents.push(format!("# op: delete\n{{{service}}}"));
        }
        Some(Value::Str(_)) => {
            for item in &items(case, "pods")[..60] {
                let pod = within(item.get("pod").cloned().unwrap_or_default());
                documents.push(format!("# op: delete\n{}", pod.to_json()));
            }
        }
        Some(patch) => {
            let spec = patch.at("merge-patch-service.spec").cloned().unwrap_or_default();
            documents.push(format!("# op: patch\n{{{service}, \"spec\": {}}}", spec.to_json()));
        }
    }
    documents.join("\n---\n")
}

#[test]
fn slices_are_those_of_the_recorded_controllers() {
    let cases = files(&corpus("endpointslice"), "json");
    let (mut slices, mut endpoints, mut events) = (0, 0, 0);
    let mut told = String::new();
    for path in &cases {
        let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        let case = json(path);
        let result = run(name, &case);
        let wanted = normal_slices(items(&case, "endpointslices"));
        let got: Vec<Value> = result.slices.iter().map(print::slice).collect();
        let got = normal_slices(&got);
        let mut note = |what: &str, wanted: &str, got: &str, count: &mut usize| {
            if wanted == got {
                *count += 1;
            } else {
                told += &format!("{name}: {what}\n  wanted {wanted}\n  got    {got}\n");
            }
        };
        note("slices", &format!("{wanted:?}"), &format!("{got:?}"), &mut slices);
        let wanted = normal_endpoints(items(&case, "endpoints"));
        let got: Vec<Value> = result.endpoints.iter().map(Endpoints::to_value).collect();
        note("endpoints", &wanted, &normal_endpoints(&got), &mut endpoints);
        let wanted = normal_events(items(&case, "events"));
        let got: Vec<String> =
            result.events.iter().map(|event| format!("{} {}", event.reason, event.message)).collect();
        // The recorded ones tell of every state on the way; ours of the last.
        let missing = got.iter().filter(|event| !wanted.contains(event)).count();
        let silent = !wanted.is_empty() && got.is_empty();
        note("events", &format!("{:?}", (0, false)), &format!("{:?}", (missing, silent)), &mut events);
    }
    println!("{told}");
    println!("slices {slices}/{0}, endpoints {endpoints}/{0}, events {events}/{0}", cases.len());
    assert!(slices >= SLICES_FLOOR, "slices {slices}/{}\n{told}", cases.len());
    assert!(endpoints >= ENDPOINTS_FLOOR, "endpoints {endpoints}/{}\n{told}", cases.len());
    assert!(events >= EVENTS_FLOOR, "events {events}/{}\n{told}", cases.len());
}

fn items<'a>(case: &'a Value, key: &str) -> &'a [Value] {
    case.get(key).map(Value::items).unwrap_or_default()
}

#[derive(Default)]
struct Outcome {
    slices: Vec<EndpointSlice>,
    endpoints: Vec<Endpoints>,
    events: Vec<Event>,
}

/// Runs one case: the controllers once, and again after what the recording calls `then`.
fn run(name: &str, case: &Value) -> Outcome {
    let created = case.get("service_created").cloned().unwrap_or_default();
    let namespace = created.at("metadata.namespace").and_then(Value::as_str).unwrap_or_default().to_string();
    let nodes = nodes(name);
    let mut pods: Vec<Pod> = items(case, "pods").iter().map(|item| pod(item, &namespace)).collect();
    let mut service = Service::from_value(&created, Origin::Cluster);
    let Some(then) = case.get("then") else {
        return pass(&service, &pods, &nodes, &Outcome::default());
    };
    // What was there before is the recorded state, random choices and all.
    let recorded = case.get("before").cloned().unwrap_or_default();
    let before = Outcome {
        slices: items(&recorded, "endpointslices")
            .iter()
            .map(|slice| EndpointSlice::from_value(slice, Origin::Cluster))
            .collect(),
        endpoints: pass(&service, &pods, &nodes, &Outcome::default()).endpoints,
        events: Vec::new(),
    };
    match then {
        Value::Str(text) if text.starts_with("delete service") => return Outcome::default(),
        Value::Str(text) if text.contains("first 60 pods") => {
            pods.drain(..60);
        }
        patch => service = patched(&created, patch),
    }
    pass(&service, &pods, &nodes, &before)
}

/// The stored Service after a merge patch of its spec.
fn patched(created: &Value, then: &Value) -> Service {
    let mut value = created.clone();
    let mut spec = value.remove("spec").unwrap_or_default();
    for (key, change) in then.at("merge-patch-service.spec").map(Value::members).unwrap_or_default() {
        if change.is_null() {
            spec.remove(key);
        } else {
            spec.set(key, change.clone());
        }
    }
    value.set("spec", spec);
    Service::from_value(&value, Origin::Cluster)
}

fn pass(service: &Service, pods: &[Pod], nodes: &[Node], before: &Outcome) -> Outcome {
    let selected: Vec<&Pod> = pods
        .iter()
        .filter(|pod| {
            !service.selector.is_empty() && service.selector.iter().all(|(k, v)| pod.meta.labels.get(k) == Some(v))
        })
        .collect();
    let managed = |by: &str| -> Vec<EndpointSlice> {
        let by_it =
            |slice: &&EndpointSlice| slice.meta.labels.get(endpointslice::MANAGED_BY).map(String::as_str) == Some(by);
        before.slices.iter().filter(by_it).cloned().collect()
    };
    let done = endpointslice::reconcile(service, &selected, &Nodes::new(nodes), &managed(endpointslice::CONTROLLER), 0);
    let mut outcome = Outcome { slices: done.slices, endpoints: before.endpoints.clone(), events: done.events };
    if let Some(made) = endpoints::make(service, &selected) {
        outcome.endpoints = vec![made];
    }
    for endpoints in outcome.endpoints.iter().filter(|endpoints| mirroring::mirrors(endpoints, service)) {
        outcome.slices.extend(mirroring::mirror(endpoints, &managed(mirroring::CONTROLLER), 0));
    }
    outcome
}

/// The nodes of the recordings' cluster.
fn nodes(case: &str) -> Vec<Node> {
    let mut all = vec![("node-a", Some("zone-a")), ("node-b", Some("zone-b")), ("node-c", Some("zone-c"))];
    if !case.contains("all-nodes-zoned") {
        all.push(("node-nozone", None));
    }
    all.into_iter()
        .map(|(name, zone)| Node {
            meta: ObjectMeta { name: name.to_string(), ..ObjectMeta::default() },
            zone: zone.map(str::to_string),
            ready: true,
            cpu_millis: Some(4000),
            ..Node::default()
        })
        .collect()
}

fn pod(item: &Value, namespace: &str) -> Pod {
    let value = item.get("pod").cloned().unwrap_or_default();
    let mut pod = Pod::from_value(&value, Origin::Cluster);
    pod.meta.namespace = namespace.to_string();
    pod.meta.deleting = item.get("terminate") == Some(&Value::Bool(true));
    pod
}

/// A slice without what is random: its name, the time of its last change, the order of its endpoints.
fn normal_slices(slices: &[Value]) -> Vec<String> {
    let large = slices.iter().map(|slice| items(slice, "endpoints").len()).sum::<usize>() > MAX_ENDPOINTS;
    let mut normal = Vec::new();
    let mut together: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for slice in slices {
        let head = format!(
            "{} {} {} owner {}",
            sorted(slice.at("metadata.labels")),
            text(slice.get("addressType")),
            sorted(slice.get("ports")),
            sorted(slice.at("metadata.ownerReferences")),
        );
        let mut endpoints: Vec<String> = items(slice, "endpoints").iter().map(|one| sorted(Some(one))).collect();
        endpoints.sort();
        if large {
            normal.push(format!("{head} {}", endpoints.len()));
            together.entry(head).or_default().extend(endpoints);
        } else {
            normal.push(format!("{head} {endpoints:?}"));
        }
    }
    for (head, mut endpoints) in together {
        endpoints.sort();
        normal.push(format!("{head} all {endpoints:?}"));
    }
    normal.sort();
    normal
}

fn normal_endpoints(all: &[Value]) -> String {
    let mut subsets = Vec::new();
    for endpoints in all {
        subsets.push(sorted(endpoints.at("metadata.labels")));
        for subset in items(endpoints, "subsets") {
            let list = |key: &str| {
                let mut list: Vec<String> = items(subset, key).iter().map(|one| sorted(Some(one))).collect();
                list.sort();
                list
            };
            subsets.push(format!("{:?} {:?} {:?}", list("addresses"), list("notReadyAddresses"), list("ports")));
        }
    }
    subsets.sort();
    format!("{subsets:?}")
}

/// What the controllers of the corpus said; other controllers' events are none of ours.
fn normal_events(events: &[Value]) -> Vec<String> {
    events
        .iter()
        .map(|event| format!("{} {}", plain(event.get("reason")), plain(event.get("message"))))
        .filter(|event| !event.starts_with("ClusterIPNotAllocated"))
        .collect()
}

fn plain(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_string()
}

fn text(value: Option<&Value>) -> String {
    format!("{:?}", value.unwrap_or(&Value::Null))
}

/// A value as text, members by key.
fn sorted(value: Option<&Value>) -> String {
    match value {
        Some(Value::Object(members)) => {
            let mut members: Vec<String> =
                members.iter().map(|(key, item)| format!("{key}: {}", sorted(Some(item)))).collect();
            members.sort();
            format!("{{{}}}", members.join(", "))
        }
        Some(Value::Array(list)) => {
            let list: Vec<String> = list.iter().map(|item| sorted(Some(item))).collect();
            format!("[{}]", list.join(", "))
        }
        other => text(other),
    }
}
