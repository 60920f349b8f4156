//! A running cluster takes the next text: what stays, what goes, what is refused, what is kept.

use super::*;
use crate::apiserver::Outcome;

fn load(text: &str) -> World {
    World::load(&input(text), &LoadOptions::default())
}

fn input(text: &str) -> Vec<Input> {
    vec![Input { name: "-".to_string(), text: text.to_string() }]
}

fn next(world: &World, text: &str) -> World {
    world.update(&input(text))
}

fn reload(world: &World, text: String) -> World {
    all_at_once(world.reload(0, text, &Pace::restless()))
}

fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{{spec}}}\n")
}

fn stored(world: &World, kind: &str, name: &str) -> Option<Value> {
    let is = |object: &&&Value| {
        object.at("kind").and_then(Value::as_str) == Some(kind)
            && object.at("metadata.name").and_then(Value::as_str) == Some(name)
    };
    world.stored().iter().find(is).map(|object| (*object).clone())
}

fn at(world: &World, path: &str) -> String {
    let service = stored(world, "Service", "web").expect("a Service web");
    service.at(path).map(Value::to_json).unwrap_or_default()
}

fn refusals(world: &World) -> Vec<String> {
    let refused = |answer: &Answer| match &answer.outcome {
        Outcome::Refused(status) => Some(status.message.clone()),
        _ => None,
    };
    world.answers().iter().filter_map(refused).collect()
}

fn notes(world: &World) -> Vec<&str> {
    let codes = world.diagnostics().iter().map(|one| one.code);
    codes.filter(|code| code.starts_with("kept-")).collect()
}

#[test]
fn a_change_of_type_keeps_the_cluster_ip_and_brings_and_drops_the_node_port() {
    let first = load(&service("clusterIP: 10.96.7.7, ports: [{port: 80}]"));
    let second = next(&first, &service("type: NodePort, ports: [{port: 80}]"));
    assert_eq!(at(&second, "spec.clusterIP"), "\"10.96.7.7\"");
    assert!(at(&second, "spec.ports.0.nodePort").starts_with('3'));
    // The text no longer says the address, and a new cluster would have picked another.
    assert_eq!(notes(&second), ["kept-field"]);
    let third = next(&second, &service("ports: [{port: 80}]"));
    assert_eq!((at(&third, "spec.type").as_str(), at(&third, "spec.ports.0.nodePort").as_str()), ("\"ClusterIP\"", ""));
    assert_eq!(at(&third, "spec.clusterIP"), "\"10.96.7.7\"");
    assert_eq!(notes(&third), ["kept-field"]);
}

#[test]
fn a_cluster_ip_cannot_change_and_the_service_goes_on() {
    let first = load(&service("clusterIP: 10.96.7.7, ports: [{port: 80}]"));
    let second = next(&first, &service("clusterIP: 10.96.7.8, ports: [{port: 81}]"));
    assert_eq!(
        refusals(&second),
        [r#"Service "web" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.7.8"]: may not change once set"#]
    );
    assert_eq!(
        (at(&second, "spec.clusterIP").as_str(), at(&second, "spec.ports.0.port").as_str()),
        ("\"10.96.7.7\"", "80")
    );
    assert_eq!(notes(&second), ["kept-refused"]);
    assert_eq!(second.cluster().services.iter().filter(|one| one.meta.name == "web").count(), 1);
    // Back again: nothing is left of it.
    let third = next(&second, &service("clusterIP: 10.96.7.7, ports: [{port: 81}]"));
    assert!(refusals(&third).is_empty() && notes(&third).is_empty());
    assert_eq!(at(&third, "spec.ports.0.port"), "81");
}

#[test]
fn to_external_name_and_back_gives_up_the_address() {
    let first = load(&service("clusterIP: 10.96.7.7, ports: [{port: 80}]"));
    let alias = next(&first, &service("type: ExternalName, externalName: a.example"));
    assert_eq!((at(&alias, "spec.clusterIP").as_str(), at(&alias, "spec.type").as_str()), ("", "\"ExternalName\""));
    let other = "---\napiVersion: v1\nkind: Service\nmetadata: {name: other}\n\
        spec: {clusterIP: 10.96.7.7, ports: [{port: 80}]}\n";
    let both = next(&alias, &format!("{}{other}", service("ports: [{port: 80}]")));
    assert!(refusals(&both).is_empty(), "{:?}", refusals(&both));
    assert_ne!(at(&both, "spec.clusterIP"), "\"10.96.7.7\"");
}

#[test]
fn a_headless_service_stays_headless_and_says_so() {
    let first = load(&service("clusterIP: None, ports: [{port: 80}]"));
    let second = next(&first, &service("ports: [{port: 80}]"));
    assert_eq!(at(&second, "spec.clusterIP"), "\"None\"");
    assert_eq!(notes(&second), ["kept-field"]);
    assert_eq!(notes(&next(&second, &service("ports: [{port: 81}]"))), ["kept-field"]);
    assert!(notes(&next(&second, &service("clusterIP: None, ports: [{port: 81}]"))).is_empty());
}

#[test]
fn a_node_port_stays_when_the_text_leaves_it_out_and_moves_when_it_names_another() {
    let first = load(&service("type: NodePort, ports: [{name: a, port: 80, nodePort: 31000}]"));
    let second = next(&first, &service("type: NodePort, ports: [{name: a, port: 80}]"));
    assert_eq!(at(&second, "spec.ports.0.nodePort"), "31000");
    let third = next(&second, &service("type: NodePort, ports: [{name: a, port: 80, nodePort: 31001}]"));
    assert_eq!(at(&third, "spec.ports.0.nodePort"), "31001");
    assert!(notes(&third).is_empty());
}

#[test]
fn what_the_text_no_longer_has_is_deleted_and_its_ports_are_free() {
    let named = |name: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n\
            spec: {{type: NodePort, selector: {{app: web}}, ports: [{{port: 80, nodePort: 31000}}]}}\n"
        )
    };
    let first = load(&named("web"));
    let second = next(&first, &named("shop"));
    assert!(refusals(&second).is_empty());
    assert!(stored(&second, "Service", "web").is_none() && stored(&second, "Service", "shop").is_some());
    assert!(!second.cluster().slices.iter().any(|slice| slice.service == "web"));
}

#[test]
fn nothing_is_deleted_while_a_part_cannot_be_read() {
    let other = "---\napiVersion: v1\nkind: Service\nmetadata: {name: other}\nspec: {ports: [{port: 80}]}\n";
    let first = load(&format!("{}{other}", service("ports: [{port: 80}]")));
    let address = at(&first, "spec.clusterIP");
    for broken in [
        "apiVersion: v1\nkind: Serv",
        "apiVersion: v1\nkind: Service\nmetadata: {name: we",
        "a: [",
        "\tx",
        "apiVersion: v1\nkind: Serv\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}",
    ] {
        let second = next(&first, &format!("{broken}\n{other}"));
        assert_eq!(at(&second, "spec.clusterIP"), address, "{broken}");
        assert_eq!(notes(&second), ["kept-unread"], "{broken}");
        let third = next(&second, &format!("{}{other}", service("ports: [{port: 80}]")));
        assert!(notes(&third).is_empty());
        assert_eq!(at(&third, "spec.clusterIP"), address);
    }
    assert!(stored(&next(&first, other.trim_start_matches("---\n")), "Service", "web").is_none());
}

#[test]
fn a_deployments_selector_cannot_change_and_its_labels_can() {
    let deployment = |app: &str, label: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, labels: {{{label}}}}}\n\
            spec: {{selector: {{matchLabels: {{app: {app}}}}}, template: {{metadata: {{labels: {{app: {app}}}}}, \
            spec: {{containers: [{{name: c, image: i}}]}}}}}}\n"
        )
    };
    let first = load(&deployment("web", "a: b"));
    let second = next(&first, &deployment("shop", "a: b"));
    assert!(refusals(&second)[0].ends_with("field is immutable"), "{:?}", refusals(&second));
    assert_eq!(notes(&second), ["kept-refused"]);
    let third = next(&first, &deployment("web", "c: d"));
    let labels = stored(&third, "Deployment", "web").and_then(|one| one.at("metadata.labels").map(Value::to_json));
    assert_eq!(labels.as_deref(), Some(r#"{"c":"d"}"#));
}

#[test]
fn other_ranges_start_afresh_and_so_do_operations() {
    let text = service("clusterIP: 10.96.7.7, ports: [{port: 80}]");
    let first = load(&text);
    let ranges = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n\
        networking: {serviceSubnet: 10.20.0.0/16}\n---\n";
    let second = next(&first, &format!("{ranges}{}", service("ports: [{port: 80}]")));
    assert!(at(&second, "spec.clusterIP").starts_with("\"10.20."));
    let third = next(&first, &format!("# op: create\n{text}---\n# op: delete\n{text}"));
    assert!(stored(&third, "Service", "web").is_none());
}

#[test]
fn the_same_text_again_changes_nothing() {
    let text = format!(
        "{}---\n{}",
        service("type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]"),
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 3, selector: {matchLabels: {app: web}}, \
         template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: i}]}}}\n"
    );
    let first = load(&text);
    let second = next(&next(&first, &text), &text);
    let all = |world: &World| world.stored().iter().map(|one| one.to_json()).collect::<Vec<_>>();
    assert_eq!(all(&first), all(&second));
    assert!(second.is_update() && !first.is_update());
    assert_eq!(first.diagnostics().len(), second.diagnostics().len());
}

#[test]
fn a_fix_is_tried_on_the_running_cluster() {
    let first = load(&service("clusterIP: 10.96.7.7, ports: [{port: 80}]"));
    let second = next(&first, &service("clusterIP: 10.96.7.8, ports: [{port: 80}]"));
    let mended = reload(&second, service("clusterIP: 10.96.7.7, ports: [{port: 80}]"));
    assert!(refusals(&mended).is_empty());
    assert!(!refusals(&reload(&second, service("clusterIP: 10.96.7.9, ports: [{port: 80}]"))).is_empty());
}
