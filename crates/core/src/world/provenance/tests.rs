use super::*;
use crate::apiserver::By;
use crate::world::{Input, LoadOptions};

fn world(text: &str) -> World {
    World::load(&[Input { name: "-".to_string(), text: text.to_string() }], &LoadOptions::default())
}

/// `path by` of every leaf that was not simply typed, of the Service `default/web`.
fn added(text: &str) -> Vec<String> {
    added_to(&world(text), "Service", &ObjectRef::new("default", "web"))
}

fn added_to(world: &World, kind: &str, object: &ObjectRef) -> Vec<String> {
    let marks = world.provenance(kind, object).unwrap_or_else(|| panic!("{:?}", world.answers()));
    marks
        .iter()
        .filter(|mark| mark.leaf && mark.by != By::Typed)
        .map(|mark| {
            let typed = mark.typed.as_ref().map(|typed| format!(" ({typed})")).unwrap_or_default();
            format!("{} {}{typed}", mark.path, mark.by.as_str())
        })
        .collect()
}

fn service(spec: &str) -> String {
    format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{{spec}}}\n")
}

const DUAL: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n\
    networking: {serviceSubnet: \"10.96.0.0/16,fd00:96::/112\", podSubnet: \"10.244.0.0/16,fd00:244::/48\"}\n---\n";

#[test]
fn a_cluster_ip_service_gets_defaults_and_an_address() {
    assert_eq!(
        added(&service("selector: {app: web}, ports: [{port: 80}]")),
        [
            "metadata.namespace default",
            "spec.ports[0].protocol default",
            "spec.ports[0].targetPort default",
            "spec.clusterIP allocated",
            "spec.clusterIPs[0] allocated",
            "spec.type default",
            "spec.sessionAffinity default",
            "spec.ipFamilies[0] default",
            "spec.ipFamilyPolicy default",
            "spec.internalTrafficPolicy default",
            "status.loadBalancer system",
        ]
    );
}

#[test]
fn a_node_port_is_allocated_unless_it_was_typed() {
    let ports = |ports: &str| {
        let all = added(&service(&format!("type: NodePort, ports: [{ports}]")));
        all.into_iter().filter(|one| one.contains("odePort")).collect::<Vec<_>>()
    };
    assert_eq!(
        ports("{port: 80, name: a}, {port: 81, name: b, nodePort: 31000}"),
        ["spec.ports[0].nodePort allocated"]
    );
    assert!(ports("{port: 80, nodePort: 31000}").is_empty());
    // Zero says nothing, but it was typed.
    assert_eq!(ports("{port: 80, nodePort: 0}"), ["spec.ports[0].nodePort allocated (0)"]);
}

#[test]
fn a_balancers_address_comes_from_a_controller_and_its_ports_from_an_allocator() {
    let all = added(&service("type: LoadBalancer, externalTrafficPolicy: Local, ports: [{port: 80}]"));
    for one in [
        "spec.ports[0].nodePort allocated",
        "spec.healthCheckNodePort allocated",
        "spec.allocateLoadBalancerNodePorts default",
        "status.loadBalancer.ingress[0].ip system",
        "status.loadBalancer.ingress[0].ipMode system",
    ] {
        assert!(all.iter().any(|found| found == one), "{one} in {all:#?}");
    }
    assert!(!all.iter().any(|one| one.starts_with("spec.externalTrafficPolicy")), "{all:#?}");
}

#[test]
fn what_a_cluster_ip_brings_along_is_no_allocation() {
    let all = added(&service("clusterIP: None, selector: {app: web}, ports: [{port: 80}]"));
    assert!(all.contains(&"spec.clusterIPs[0] default".to_string()), "{all:#?}");
    assert!(!all.iter().any(|one| one.contains("allocated") || one.starts_with("spec.clusterIP ")), "{all:#?}");
    let all = added(&service("clusterIP: 10.96.7.7, ports: [{port: 80}]"));
    assert!(all.contains(&"spec.clusterIPs[0] default".to_string()), "{all:#?}");
    assert!(!all.iter().any(|one| one.contains("allocated")), "{all:#?}");
}

#[test]
fn an_external_name_with_ports_has_no_address() {
    let all = added(&service("type: ExternalName, externalName: example.com, ports: [{port: 80}]"));
    assert_eq!(
        all,
        [
            "metadata.namespace default",
            "spec.ports[0].protocol default",
            "spec.ports[0].targetPort default",
            "spec.sessionAffinity default",
            "status.loadBalancer system",
        ]
    );
}

#[test]
fn of_two_families_the_second_address_is_allocated_where_the_first_was_typed() {
    let text =
        format!("{DUAL}{}", service("clusterIP: 10.96.7.7, ipFamilyPolicy: RequireDualStack, ports: [{port: 80}]"));
    let all = added(&text);
    for one in ["spec.clusterIPs[0] default", "spec.clusterIPs[1] allocated", "spec.ipFamilies[1] default"] {
        assert!(all.iter().any(|found| found == one), "{one} in {all:#?}");
    }
}

#[test]
fn what_is_typed_and_not_stored_is_dropped() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web, uid: abc, creationTimestamp: null}\n\
        spec:\n  ports: [{port: 80}]\n  selector: {}\n\
        status:\n  loadBalancer:\n    ingress:\n    - ip: 192.0.2.1\n";
    let no_cloud = LoadOptions { load_balancers: false, ..LoadOptions::default() };
    let world = World::load(&[Input { name: "-".to_string(), text: text.to_string() }], &no_cloud);
    let all = added_to(&world, "Service", &ObjectRef::new("default", "web"));
    for one in [
        "metadata.uid dropped (abc)",
        "metadata.creationTimestamp dropped (null)",
        "spec.selector dropped ({})",
        "status.loadBalancer.ingress[0].ip dropped (192.0.2.1)",
    ] {
        assert!(all.iter().any(|found| found == one), "{one} in {all:#?}");
    }
}

#[test]
fn other_words_for_the_same_value_are_a_change() {
    let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels: {a: \"yes\"}\nspec:\n  ports:\n  - port: 0x50\n  \
        publishNotReadyAddresses: yes\n";
    let all = added(text);
    assert!(all.contains(&"spec.ports[0].port changed (0x50)".to_string()), "{all:#?}");
    assert!(all.contains(&"spec.publishNotReadyAddresses changed (yes)".to_string()), "{all:#?}");
    assert!(!all.iter().any(|one| one.starts_with("metadata.labels")), "{all:#?}");
}

#[test]
fn addresses_and_ranges_are_stored_as_typed() {
    let text = format!(
        "{DUAL}{}",
        service(
            "type: LoadBalancer, clusterIP: \"fd00:96:0:0::7\", ipFamilies: [IPv6], loadBalancerSourceRanges: \
             [\"2001:db8:0::/64\"], ports: [{port: 80}]"
        )
    );
    let all = added(&text);
    assert!(all.contains(&"spec.clusterIPs[0] default".to_string()), "{all:#?}");
    assert!(!all.iter().any(|one| one.contains("loadBalancerSourceRanges") || one.contains("changed")), "{all:#?}");
}

#[test]
fn a_deployments_defaults_are_marked_deep_inside() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  \
        selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      \
        containers:\n      - {name: c, image: i, ports: [{containerPort: 80}]}\n";
    let all = added_to(&world(text), "Deployment", &ObjectRef::new("default", "web"));
    assert!(all.iter().all(|one| one.ends_with(" default")), "{all:#?}");
    for one in ["spec.replicas default", "spec.template.spec.containers[0].ports[0].protocol default"] {
        assert!(all.iter().any(|found| found == one), "{one} in {all:#?}");
    }
}

#[test]
fn a_patch_leaves_the_marks_of_what_it_leaves_alone() {
    let text = format!(
        "{}---\n# op: smp\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  type: NodePort\n  ports:\n  \
         - port: 81\n    name: b\n  - port: 80\n    name: a\n",
        service("selector: {app: web}, ports: [{port: 80}]")
    );
    let world = world(&text);
    let marks = world.provenance("Service", &ObjectRef::new("default", "web")).unwrap();
    let found = |path: &str| marks.iter().find(|mark| mark.path == path).unwrap_or_else(|| panic!("{path} {marks:#?}"));
    let documents = |path: &str| found(path).place.map(|(document, _)| document);
    assert_eq!((found("spec.selector.app").by, documents("spec.selector.app")), (By::Typed, Some(0)));
    assert_eq!((found("metadata.name").by, documents("metadata.name")), (By::Typed, Some(0)));
    assert_eq!((found("spec.type").by, documents("spec.type")), (By::Typed, Some(1)));
    assert_eq!(found("spec.clusterIP").by, By::Allocated);
    let ports: Vec<(String, By)> = marks
        .iter()
        .filter(|mark| mark.leaf && mark.path.starts_with("spec.ports"))
        .map(|mark| (mark.path.clone(), mark.by))
        .collect();
    assert_eq!(ports.iter().filter(|(path, by)| path.ends_with("name") && *by == By::Typed).count(), 2, "{ports:?}");
    assert_eq!(ports.iter().filter(|(path, by)| path.ends_with("nodePort") && *by == By::Allocated).count(), 2);
    assert_eq!(ports.iter().filter(|(path, by)| path.ends_with("protocol") && *by == By::Default).count(), 2);
}

#[test]
fn what_a_new_text_leaves_out_is_kept() {
    let text = format!(
        "{}---\n# op: put\n{}",
        service("type: NodePort, ports: [{port: 80}]"),
        service("type: NodePort, ports: [{port: 80}], selector: {app: web}")
    );
    let all = added(&text);
    for one in [
        "spec.clusterIP kept",
        "spec.clusterIPs[0] kept",
        "spec.ports[0].nodePort kept",
        "spec.ports[0].protocol default",
    ] {
        assert!(all.iter().any(|found| found == one), "{one} in {all:#?}");
    }
}

#[test]
fn each_answer_has_its_own_marks_and_what_is_refused_has_none() {
    let text = format!("{}---\n{}", service("ports: [{port: 80}]"), service("ports: [{port: 80}]"));
    let marks = world(&text).marks();
    assert_eq!(marks.len(), 2);
    assert!(!marks[0].is_empty() && marks[1].is_empty());
}

#[test]
fn every_line_that_was_typed_knows_its_place() {
    let text = "kind: List\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {name: web}\n  spec:\n    \
        ports:\n    - port: 80\n";
    let world = world(text);
    let marks = world.provenance("Service", &ObjectRef::new("default", "web")).unwrap();
    let port = marks.iter().find(|mark| mark.path == "spec.ports[0].port").unwrap();
    let (document, span) = port.place.unwrap();
    assert_eq!((document, &text[span.start as usize..span.end as usize]), (0, "port: 80"));
    let offset = text.find("port: 80").unwrap() as u32;
    assert_eq!(world.answer_at(0, offset).map(|answer| answer.name.as_str()), Some("web"));
}

#[test]
fn an_object_that_a_controller_made_has_no_marks() {
    let world = world(&service("selector: {app: web}, ports: [{port: 80}]"));
    let slice =
        world.stored().into_iter().find(|value| value.at("kind").and_then(Value::as_str) == Some("EndpointSlice"));
    let slice = slice.and_then(|slice| slice.at("metadata.name")?.as_str()).unwrap();
    assert_eq!(world.provenance("EndpointSlice", &ObjectRef::new("default", slice)), None);
}

#[test]
fn what_a_running_cluster_keeps_is_told_from_what_it_allocated() {
    let next = |world: &World, text: String| world.update(&[Input { name: "-".to_string(), text }]);
    let web = ObjectRef::new("default", "web");
    let first = world(&service("clusterIP: None, ports: [{port: 80}]"));
    let all = added_to(&next(&first, service("ports: [{port: 80}]")), "Service", &web);
    assert!(all.contains(&"spec.clusterIP kept".to_string()), "{all:#?}");
    assert!(all.contains(&"spec.clusterIPs[0] kept".to_string()), "{all:#?}");
    let first = world(&service("ports: [{port: 80}]"));
    let all = added_to(&next(&first, service("type: NodePort, ports: [{port: 80}]")), "Service", &web);
    assert!(all.contains(&"spec.clusterIP allocated".to_string()), "{all:#?}");
    assert!(all.contains(&"spec.ports[0].nodePort allocated".to_string()), "{all:#?}");
}
