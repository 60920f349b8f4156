//! The store as a whole: what one request leaves behind for the next.

use super::*;
use crate::cluster::{DetectLocal, ProxyMode, ProxySettings};

fn store() -> Store {
    let proxy = ProxySettings {
        mode: ProxyMode::Iptables,
        cluster_cidrs: Vec::new(),
        detect_local: DetectLocal::ClusterCidr,
        masquerade_all: false,
        node_port_addresses: Vec::new(),
        localhost_node_ports: true,
        ipvs_scheduler: String::new(),
    };
    let settings = Settings {
        service_cidrs: vec!["10.96.0.0/12".parse().unwrap()],
        pod_cidrs: Vec::new(),
        dns_domain: "cluster.local".to_string(),
        node_ports: (30000, 32767),
        proxy,
        load_balancers: false,
    };
    Store::new(&settings, 1)
}

fn service(name: &str, spec: Vec<(&str, Value)>) -> Value {
    let port = Value::object([("port", Value::Int(80))]);
    let spec = spec.into_iter().chain([("ports", Value::Array(vec![port]))]);
    Value::object([
        ("kind", Value::from("Service")),
        ("metadata", Value::object([("name", Value::from(name))])),
        ("spec", Value::object(spec)),
    ])
}

fn create(store: &mut Store, object: Value) -> Result<Value, Status> {
    match store.request(Operation::Create, object, Origin::Cluster).outcome {
        Outcome::Stored(value) => Ok(value),
        Outcome::Refused(status) => Err(status),
        Outcome::NotModelled => Ok(Value::Null),
    }
}

#[test]
fn a_new_cluster_has_its_own_service_and_namespaces() {
    let store = store();
    let kubernetes = store.get("Service", "default", "kubernetes").unwrap();
    assert_eq!(kubernetes.value.at("spec.clusterIP"), Some(&Value::from("10.96.0.1")));
    assert_eq!(store.namespaces().count(), 4);
    assert_eq!(store.implied_namespaces().count(), 0);
}

#[test]
fn what_a_service_gets_does_not_depend_on_what_stands_around_it() {
    let web = || service("web", vec![("type", Value::from("NodePort"))]);
    let alone = create(&mut store(), web()).unwrap();
    let mut crowded = store();
    for name in ["a", "b", "c"] {
        create(&mut crowded, service(name, vec![("type", Value::from("NodePort"))])).unwrap();
    }
    assert_eq!(create(&mut crowded, web()).unwrap(), alone);
}

#[test]
fn a_refused_request_gives_back_what_it_took() {
    let mut store = store();
    let wanted = ("clusterIP", Value::from("10.96.0.50"));
    let bad = service("web", vec![wanted.clone(), ("sessionAffinity", Value::from("Cookie"))]);
    assert_eq!(create(&mut store, bad).unwrap_err().code, 422);
    assert!(create(&mut store, service("web", vec![wanted.clone()])).is_ok());
    assert!(create(&mut store, service("other", vec![wanted.clone()])).is_err());
    let gone = store.request(Operation::Delete, service("web", Vec::new()), Origin::Cluster);
    assert_eq!(gone.outcome, Outcome::Stored(Value::Null));
    assert!(create(&mut store, service("other", vec![wanted])).is_ok());
}

#[test]
fn an_undeclared_namespace_is_taken_to_exist_and_may_be_declared_later() {
    let mut store = store();
    let mut object = service("web", Vec::new());
    object.get_mut("metadata").unwrap().set("namespace", Value::from("shop"));
    create(&mut store, object.clone()).unwrap();
    assert_eq!(store.implied_namespaces().collect::<Vec<_>>(), ["shop"]);
    let namespace = other::namespace("shop");
    create(&mut store, namespace.clone()).unwrap();
    assert_eq!(store.implied_namespaces().count(), 0);
    assert_eq!(create(&mut store, namespace).unwrap_err().message, "namespaces \"shop\" already exists");
    object.get_mut("metadata").unwrap().set("namespace", Value::from("Shop"));
    assert_eq!(create(&mut store, object).unwrap_err().message, "namespaces \"Shop\" not found");
}

#[test]
fn stored_objects_keep_their_addresses_from_others() {
    let mut store = store();
    let mut dumped = service("web", vec![("clusterIP", Value::from("10.96.0.50"))]);
    dumped.get_mut("metadata").unwrap().set("resourceVersion", Value::from("77"));
    assert!(store.insert_stored(dumped, Origin::Cluster));
    assert!(store.get("Service", "default", "web").is_some());
    let taken = create(&mut store, service("other", vec![("clusterIP", Value::from("10.96.0.50"))])).unwrap_err();
    assert!(taken.message.ends_with("provided IP is already allocated"), "{}", taken.message);
    assert!(!store.insert_stored(Value::object([("kind", Value::from("Gateway"))]), Origin::Cluster));
}

#[test]
fn a_kind_that_nobody_models_is_not_stored() {
    let mut store = store();
    let object = Value::object([("kind", Value::from("Ingress"))]);
    assert_eq!(store.request(Operation::Create, object, Origin::Cluster).outcome, Outcome::NotModelled);
}

#[test]
fn a_patch_with_an_unknown_field_is_refused_with_the_whole_object() {
    let mut store = store();
    create(&mut store, service("web", Vec::new())).unwrap();
    let patch = Value::object([
        ("kind", Value::from("Service")),
        ("metadata", Value::object([("name", Value::from("web"))])),
        ("spec", Value::object([("foo", Value::Int(1))])),
    ]);
    let Outcome::Refused(status) = store.request(Operation::Patch, patch, Origin::Cluster).outcome else {
        panic!("accepted")
    };
    assert_eq!(status.code, 422);
    assert!(status.message.ends_with("strict decoding error: unknown field \"spec.foo\""), "{}", status.message);
}
