//! What must hold for any manifest: no request breaks the store, what is accepted is accepted again unchanged, and no
//! two Services share an address.

use std::collections::BTreeSet;

use portolan_core::apiserver::{Operation, Outcome, Store};
use portolan_core::objects::{self, Origin, Value};
use portolan_core::yaml::{self, Limits};
use portolan_tests::apiserver;
use proptest::prelude::*;

/// Objects that the recordings begin with, as decoded.
fn seeds() -> Vec<Value> {
    let mut seeds: Vec<Value> = Vec::new();
    for case in apiserver::cases() {
        let stream = yaml::read(case.yaml, 0, 0, &Limits::default());
        for document in &stream.documents {
            if let Ok(decoded) = objects::decode(&document.root, None, &[]) {
                seeds.push(decoded.value);
            }
        }
    }
    for text in OTHERS {
        let stream = yaml::read(text, 0, 0, &Limits::default());
        let decoded = objects::decode(&stream.documents[0].root, None, &[]).expect("a valid object");
        seeds.push(decoded.value);
    }
    seeds
}

const OTHERS: [&str; 6] = [
    "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {hostNetwork: true, containers: [{name: c, image: i, ports: [{name: http, containerPort: 80, protocol: TCP}]}]}, status: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}}",
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: 2, selector: {matchLabels: {app: a}, matchExpressions: [{key: app, operator: In, values: [a]}]}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}}}",
    "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: a}, spec: {selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: a}}, spec: {containers: [{name: c, image: i}]}}}}",
    "{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: a}, addressType: IPv4, ports: [{port: 80}], endpoints: [{addresses: [10.0.0.1], nodeName: n1, hostname: h}]}",
    "{apiVersion: v1, kind: Endpoints, metadata: {name: a}, subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{port: 80}]}]}",
    "{apiVersion: networking.k8s.io/v1, kind: ServiceCIDR, metadata: {name: a}, spec: {cidrs: [10.9.0.0/30]}}",
];

/// Values that fit somewhere, and values that fit nowhere.
fn values() -> Vec<Value> {
    let texts = [
        "",
        "None",
        "none",
        "ClusterIP",
        "NodePort",
        "LoadBalancer",
        "ExternalName",
        "Local",
        "Cluster",
        "ClientIP",
        "TCP",
        "UDP",
        "SCTP",
        "IPv4",
        "IPv6",
        "SingleStack",
        "PreferDualStack",
        "RequireDualStack",
        "10.96.0.7",
        "10.96.0.1",
        "fd00:10:96::7",
        "10.96.0.0",
        "010.96.0.9",
        "::ffff:1.2.3.4",
        "a.b",
        "Web",
        "web-",
        "é\u{0}\u{7f}\"\\",
        "10.0.0.0/8",
        "10.0.0.1/08",
        "example.com/x",
        "PreferClose",
        "300",
        "kubernetes",
    ];
    let numbers = [0, 1, -1, 80, 443, 30000, 30090, 32767, 65535, 65536, i64::MAX, i64::MIN];
    let mut values: Vec<Value> = texts.into_iter().map(Value::from).collect();
    values.extend(numbers.into_iter().map(Value::Int));
    values.extend([Value::Null, Value::Bool(true), Value::Bool(false), Value::Float(1.5)]);
    values.push(Value::Array(Vec::new()));
    values.push(Value::Object(Vec::new()));
    values.push(Value::Array(vec![Value::from("IPv6"), Value::from("IPv4")]));
    values.push(Value::Array(vec![Value::from("10.96.0.8"), Value::from("fd00:10:96::8")]));
    values.push(Value::Array(vec![Value::object([("port", Value::Int(81)), ("name", Value::from("b"))])]));
    values
}

/// Fields that are worth setting where they are not.
const FIELDS: [&str; 24] = [
    "type",
    "clusterIP",
    "clusterIPs",
    "ipFamilies",
    "ipFamilyPolicy",
    "externalIPs",
    "externalName",
    "sessionAffinity",
    "externalTrafficPolicy",
    "internalTrafficPolicy",
    "healthCheckNodePort",
    "loadBalancerSourceRanges",
    "loadBalancerClass",
    "loadBalancerIP",
    "allocateLoadBalancerNodePorts",
    "trafficDistribution",
    "ports",
    "selector",
    "sessionAffinityConfig",
    "publishNotReadyAddresses",
    "nodePort",
    "targetPort",
    "name",
    "protocol",
];

#[derive(Clone, Debug)]
struct Mutation {
    place: usize,
    field: usize,
    value: usize,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    (any::<usize>(), any::<usize>(), any::<usize>()).prop_map(|(place, field, value)| Mutation { place, field, value })
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.iter().map(|(_, member)| count(member)).sum(),
        _ => 0,
    }
}

/// The value number `place`, counted in order.
fn nth(value: &mut Value, mut place: usize) -> Option<&mut Value> {
    if place == 0 {
        return Some(value);
    }
    place -= 1;
    let children: Box<dyn Iterator<Item = &mut Value>> = match value {
        Value::Array(items) => Box::new(items.iter_mut()),
        Value::Object(members) => Box::new(members.iter_mut().map(|(_, member)| member)),
        _ => return None,
    };
    for child in children {
        let size = count(child);
        if place < size {
            return nth(child, place);
        }
        place -= size;
    }
    None
}

fn mutate(object: &mut Value, mutation: &Mutation, values: &[Value]) {
    let size = count(object);
    let kind = object.get("kind").cloned();
    let value = values[mutation.value % values.len()].clone();
    if let Some(place) = nth(object, mutation.place % size) {
        match place {
            Value::Object(_) if !mutation.field.is_multiple_of(3) => {
                let field = FIELDS[mutation.field / 3 % FIELDS.len()];
                place.set(field, value);
            }
            other => *other = value,
        }
    }
    if let (Value::Object(_), Some(kind)) = (&object, kind) {
        object.set("kind", kind);
    }
}

fn origin() -> Origin {
    Origin::Document { document: 0, path: String::new() }
}

/// Every address of every Service, once.
fn addresses_are_unique(store: &Store) -> bool {
    let mut seen = BTreeSet::new();
    store
        .list("Service")
        .flat_map(|stored| stored.value.at("spec.clusterIPs").map(Value::items).unwrap_or_default())
        .filter_map(Value::as_str)
        .filter(|address| *address != "None")
        .all(|address| seen.insert(address.parse::<std::net::IpAddr>().ok()))
}

const RANGES: [&str; 4] =
    ["10.96.0.0/12", "10.96.0.0/12,fd00:10:96::/108", "fd00:10:96::/108,10.96.0.0/12", "10.96.0.0/29"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, rng_seed: prop::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn what_is_stored_is_accepted_again_unchanged(
        seed in any::<usize>(),
        mutations in prop::collection::vec(mutation(), 0..6),
        ranges in 0..RANGES.len(),
    ) {
        let (seeds, values) = (SEEDS.with(Clone::clone), values());
        let mut object = seeds[seed % seeds.len()].clone();
        for mutation in &mutations {
            mutate(&mut object, mutation, &values);
        }
        let settings = apiserver::settings(RANGES[ranges]);
        let mut store = Store::new(&settings, seed as u64);
        let answer = store.request(Operation::Create, object, origin());
        prop_assert!(addresses_are_unique(&store));
        if let Outcome::Stored(value) = answer.outcome {
            let mut fresh = Store::new(&settings, !(seed as u64));
            let again = fresh.request(Operation::Create, Value::clone(&value), origin());
            prop_assert_eq!(again.outcome, Outcome::Stored(value.clone()));
            // Written over itself, it stays as it is too.
            let over = store.request(Operation::Put, Value::clone(&value), origin());
            prop_assert_eq!(over.outcome, Outcome::Stored(value));
        }
    }

    #[test]
    fn no_sequence_of_requests_breaks_the_store(
        first in any::<usize>(),
        steps in prop::collection::vec((0..7usize, any::<usize>(), prop::collection::vec(mutation(), 0..4)), 1..8),
        ranges in 0..RANGES.len(),
    ) {
        let (seeds, values) = (SEEDS.with(Clone::clone), values());
        let operations = [
            Operation::Create,
            Operation::Put,
            Operation::Patch,
            Operation::StrategicPatch,
            Operation::Apply,
            Operation::Status,
            Operation::Delete,
        ];
        let mut store = Store::new(&apiserver::settings(RANGES[ranges]), 7);
        let _ = store.request(Operation::Create, seeds[first % seeds.len()].clone(), origin());
        for (operation, seed, mutations) in steps {
            let mut object = seeds[seed % seeds.len()].clone();
            for mutation in &mutations {
                mutate(&mut object, mutation, &values);
            }
            let _ = store.request(operations[operation], object, origin());
            prop_assert!(addresses_are_unique(&store));
        }
    }
}

thread_local! {
    static SEEDS: Vec<Value> = seeds();
}
