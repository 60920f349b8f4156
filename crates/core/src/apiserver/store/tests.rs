//! The store as a whole: what one request leaves behind for the next.

use super::*;
use crate::cluster::ProxySettings;

fn store() -> Store {
    Store::new(&settings(), 1)
}

fn settings() -> Settings {
    Settings {
        service_cidrs: vec!["10.96.0.0/12".parse().unwrap()],
        pod_cidrs: Vec::new(),
        dns_domain: "cluster.local".to_string(),
        node_ports: (30000, 32767),
        proxy: ProxySettings::default(),
        load_balancers: false,
    }
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
        Outcome::Stored(value) => Ok(Value::clone(&value)),
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
    assert_eq!(gone.outcome, Outcome::Stored(Rc::default()));
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
fn where_namespaces_are_required_nothing_is_made_in_one_that_is_missing() {
    let mut store = store();
    store.require_namespaces();
    let mut object = service("web", Vec::new());
    object.get_mut("metadata").unwrap().set("namespace", Value::from("shop"));
    assert_eq!(create(&mut store, object.clone()).unwrap_err().message, "namespaces \"shop\" not found");
    create(&mut store, other::namespace("shop")).unwrap();
    assert!(create(&mut store, object).is_ok());
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
    // Of this name there is one more, in Knative.
    let mut object = service("web", Vec::new());
    object.set("apiVersion", Value::from("serving.knative.dev/v1"));
    assert_eq!(store.request(Operation::Create, object.clone(), Origin::Cluster).outcome, Outcome::NotModelled);
    assert_eq!(store.apply(object, &Value::Null, Origin::Cluster).outcome, Outcome::NotModelled);
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

fn labelled(label: &str) -> Value {
    let mut object = service("web", Vec::new());
    object.get_mut("metadata").unwrap().set("labels", Value::object([("app", Value::from(label))]));
    object
}

#[test]
fn a_bad_label_has_three_causes_in_an_update_and_one_in_a_create() {
    let mut store = store();
    assert_eq!(create(&mut store, labelled("a b")).unwrap_err().causes.len(), 1);
    create(&mut store, labelled("a")).unwrap();
    let Outcome::Refused(status) = store.request(Operation::Put, labelled("a b"), Origin::Cluster).outcome else {
        panic!("accepted")
    };
    assert_eq!(status.causes.len(), 3);
    assert_eq!(status.message.matches("metadata.labels").count(), 1, "{}", status.message);
}

#[test]
fn finalizers_hold_an_object_and_what_it_has() {
    let mut store = store();
    let wanted = || vec![("clusterIP", Value::from("10.96.0.50"))];
    let mut held = service("web", wanted());
    held.get_mut("metadata").unwrap().set("finalizers", Value::Array(vec![Value::from("example.com/hold")]));
    create(&mut store, held.clone()).unwrap();
    let request = |store: &mut Store, operation, object| store.request(operation, object, Origin::Cluster).outcome;
    let Outcome::Stored(marked) = request(&mut store, Operation::Delete, held.clone()) else { panic!("refused") };
    assert_eq!(marked.at("metadata.deletionGracePeriodSeconds"), Some(&Value::Int(0)));
    let again = create(&mut store, service("web", Vec::new())).unwrap_err();
    assert_eq!(again.message, "object is being deleted: services \"web\" already exists");
    assert!(create(&mut store, service("other", wanted())).is_err());
    let mut more = held.clone();
    let finalizers = vec![Value::from("example.com/hold"), Value::from("example.com/more")];
    more.get_mut("metadata").unwrap().set("finalizers", Value::Array(finalizers));
    let Outcome::Refused(status) = request(&mut store, Operation::Put, more) else { panic!("accepted") };
    assert!(status.message.contains("no new finalizers can be added"), "{}", status.message);
    assert!(matches!(request(&mut store, Operation::Put, service("web", wanted())), Outcome::Stored(_)));
    assert!(store.get("Service", "default", "web").is_none());
    assert!(create(&mut store, service("other", wanted())).is_ok());
}

#[test]
fn a_resource_version_is_a_number() {
    let versioned = |version: &str| {
        let mut object = service("web", Vec::new());
        object.get_mut("metadata").unwrap().set("resourceVersion", Value::from(version));
        object
    };
    for (version, accepted) in [("0", true), ("abc", true), ("12", false)] {
        assert_eq!(create(&mut store(), versioned(version)).is_ok(), accepted, "{version}");
    }
    let mut store = store();
    create(&mut store, service("web", Vec::new())).unwrap();
    let Outcome::Refused(status) = store.request(Operation::Put, versioned("abc"), Origin::Cluster).outcome else {
        panic!("accepted")
    };
    assert_eq!((status.code, status.message.as_str()), (500, "strconv.ParseUint: parsing \"abc\": invalid syntax"));
}

#[test]
fn a_refused_address_is_shown_beside_the_one_that_is_not_picked_yet() {
    let mut settings = settings();
    settings.service_cidrs.push("fd00:10:96::/108".parse().unwrap());
    let mut store = Store::new(&settings, 1);
    let prefer = ("ipFamilyPolicy", Value::from("PreferDualStack"));
    let taken = service("web", vec![prefer.clone(), ("clusterIP", Value::from("10.96.0.1"))]);
    assert_eq!(
        create(&mut store, taken).unwrap_err().causes[0].message,
        "Invalid value: [\"10.96.0.1\",\"\"]: failed to allocate IP 10.96.0.1: provided IP is already allocated"
    );
    let named = create(&mut store, service("a/b%", vec![prefer])).unwrap_err().message;
    assert!(named.contains("[\"\",\"\"]: failed to allocate IP: IPAddress.networking.k8s.io "), "{named}");
    assert!(named.ends_with(
        "is invalid: [spec.parentRef.name: Invalid value: \"a/b%\": may not contain '/', \
         spec.parentRef.name: Invalid value: \"a/b%\": may not contain '%']"
    ));
}

fn with_meta(name: &str, metadata: &[(&str, Value)]) -> Value {
    let mut object = service(name, Vec::new());
    for (key, value) in metadata {
        object.get_mut("metadata").unwrap().set(key, value.clone());
    }
    object
}

fn send(store: &mut Store, operation: Operation, object: Value) -> (Result<Value, Status>, Vec<String>) {
    let answer = store.request(operation, object, Origin::Cluster);
    match answer.outcome {
        Outcome::Stored(value) => (Ok(Value::clone(&value)), answer.warnings),
        Outcome::Refused(status) => (Err(status), answer.warnings),
        Outcome::NotModelled => panic!("Services are modelled"),
    }
}

#[test]
fn a_uid_that_is_named_must_be_the_objects_own() {
    let mut store = store();
    create(&mut store, with_meta("web", &[("uid", Value::from("ignored"))])).unwrap();
    let wrong = || with_meta("web", &[("uid", Value::from("abc"))]);
    let put = send(&mut store, Operation::Put, wrong()).0.unwrap_err();
    assert_eq!((put.code, put.reason.as_str()), (409, "Conflict"));
    assert!(put.message.contains("Key: /registry/services/specs/default/web, ResourceVersion: 0"), "{}", put.message);
    let patch = send(&mut store, Operation::Patch, wrong()).0.unwrap_err();
    let causes: Vec<(&str, &str)> = patch.causes.iter().map(|c| (c.field.as_str(), c.message.as_str())).collect();
    // Once for every kind, and once more for Services.
    assert_eq!(causes, [("metadata.uid", "Invalid value: \"abc\": field is immutable"); 2]);
    let apply = with_meta("new", &[("uid", Value::from("abc"))]);
    let apply = send(&mut store, Operation::Apply, apply).0.unwrap_err();
    assert!(apply.message.ends_with("specified uid abc, and no existing object was found"), "{}", apply.message);
}

#[test]
fn only_a_deletion_marks_an_object_as_going() {
    let mut store = store();
    create(&mut store, service("web", Vec::new())).unwrap();
    let marks = [("deletionTimestamp", Value::from("2020-01-01T00:00:00Z")), ("deletionGracePeriodSeconds", 5.into())];
    let status = send(&mut store, Operation::Put, with_meta("web", &marks)).0.unwrap_err();
    let causes: Vec<&str> = status.causes.iter().map(|cause| cause.message.as_str()).collect();
    let both = ["Invalid value: \"2020-01-01T00:00:00Z\": field is immutable", "Invalid value: 5: field is immutable"];
    assert_eq!(causes, [both, both].concat());
}

#[test]
fn equal_owners_are_taken_together_with_a_warning() {
    let mut store = store();
    let owner = |uid: &str| {
        let members = [("apiVersion", "v1"), ("kind", "Pod"), ("name", "a"), ("uid", uid)];
        Value::object(members.map(|(key, text)| (key, Value::from(text))))
    };
    let owners = Value::Array(vec![owner("1"), owner("2"), owner("1")]);
    let object = || with_meta("web", &[("ownerReferences", owners.clone())]);
    for (operation, words) in [
        (Operation::Create, "duplicate entries; API server"),
        (Operation::Patch, "duplicate entries after mutating admission happens; API server"),
    ] {
        let (value, warnings) = send(&mut store, operation, object());
        assert_eq!(value.unwrap().at("metadata.ownerReferences").unwrap().items().len(), 2);
        assert!(warnings[0].contains(words) && warnings[0].ends_with("observed: 1"), "{warnings:?}");
    }
}

#[test]
fn the_status_carries_labels_but_no_spec() {
    let mut store = store();
    create(&mut store, service("web", Vec::new())).unwrap();
    let labels = Value::object([("a", Value::from("b"))]);
    let mut change = with_meta("web", &[("labels", labels.clone())]);
    change.get_mut("spec").unwrap().set("type", Value::from("NodePort"));
    let stored = send(&mut store, Operation::Status, change).0.unwrap();
    assert_eq!(stored.at("metadata.labels"), Some(&labels));
    assert_eq!(stored.at("spec.type"), Some(&Value::from("ClusterIP")));
}

#[test]
fn three_namespaces_cannot_be_deleted() {
    let mut store = store();
    let namespace = |name: &str| {
        let metadata = Value::object([("name", Value::from(name))]);
        Value::object([("kind", Value::from("Namespace")), ("metadata", metadata)])
    };
    let status = send(&mut store, Operation::Delete, namespace("default")).0.unwrap_err();
    assert_eq!(status.message, "namespaces \"default\" is forbidden: this namespace may not be deleted");
    assert!(send(&mut store, Operation::Delete, namespace("kube-node-lease")).0.is_ok());
}

#[test]
fn many_warnings_are_cut_short() {
    let odd: Vec<Value> = (0..200).map(|i| Value::from(format!("2001:DB8::{i:x}").as_str())).collect();
    let object = service("web", vec![("externalIPs", Value::Array(odd))]);
    let (stored, warnings) = send(&mut store(), Operation::Create, object);
    assert!(stored.is_ok());
    let letters: usize = warnings.iter().map(|warning| warning.chars().count()).sum();
    assert!((4096..4096 + 256).contains(&letters), "{letters}");
}
