use std::net::IpAddr;

use super::*;
use crate::cluster::Settings;
use crate::controllers::nodes;

fn cluster() -> Vec<Node> {
    let mut nodes = nodes::default_nodes(&Map::new());
    nodes::complete(&mut nodes, &Settings::default(), &[]);
    nodes
}

fn text(word: &str) -> Value {
    Value::from(word)
}

fn template(spec: Value) -> Value {
    let labels = Value::object([("app", text("web"))]);
    Value::object([("metadata", Value::object([("labels", labels)])), ("spec", spec)])
}

fn workload(kind: WorkloadKind, replicas: i64, spec: Value) -> Workload {
    let selector = Value::object([("matchLabels", Value::object([("app", text("web"))]))]);
    let value = Value::object([(
        "spec",
        Value::object([
            ("replicas", Value::Int(replicas)),
            ("serviceName", text("db")),
            ("selector", selector),
            ("template", template(spec)),
        ]),
    )]);
    let meta = ObjectMeta {
        name: "web".to_string(),
        namespace: "default".to_string(),
        origin: Origin::Document { document: 3, path: String::new() },
        ..ObjectMeta::default()
    };
    Workload::from_value(kind, &value, meta)
}

fn simple(kind: WorkloadKind, replicas: i64) -> Workload {
    workload(kind, replicas, Value::Object(Vec::new()))
}

fn run(workloads: &[Workload], pods: &mut [Pod]) -> Made {
    make(workloads, pods, &Map::new(), &cluster(), &mut std::iter::empty(), 0, false)
}

fn owned(name: &str, kind: &str, owner: &str) -> Pod {
    Pod {
        meta: ObjectMeta {
            name: name.to_string(),
            namespace: "default".to_string(),
            labels: [("app", "web"), ("pod-template-hash", "6d4cf56db6")]
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .into(),
            owner: Some(OwnerRef { kind: kind.to_string(), name: owner.to_string() }),
            ..ObjectMeta::default()
        },
        node: "worker-1".to_string(),
        ips: vec![IpAddr::from([10, 244, 1, 9])],
        ready: Some(true),
        ..Pod::default()
    }
}

#[test]
fn a_deployment_makes_a_replica_set_and_pods_spread_over_the_workers() {
    let made = run(&[simple(WorkloadKind::Deployment, 3)], &mut []);
    let [set] = made.replica_sets.as_slice() else { panic!("one ReplicaSet") };
    let nodes: Vec<&str> = made.pods.iter().map(|made| made.pod.node.as_str()).collect();
    assert_eq!(nodes, ["worker-1", "worker-2", "worker-3"]);
    for MadePod { pod, .. } in &made.pods {
        assert!(pod.meta.name.starts_with(&format!("{}-", set.meta.name)), "{}", pod.meta.name);
        assert_eq!(pod.meta.labels.get("pod-template-hash"), set.meta.labels.get("pod-template-hash"));
        assert!(pod.is_ready() && pod.phase == PodPhase::Running);
        assert_eq!(pod.meta.origin, Origin::OnBehalf { document: 3, path: "spec.template".to_string() });
    }
    assert_eq!(made.pods[0].pod.ips, [IpAddr::from([10, 244, 1, 2])]);
}

#[test]
fn pods_of_a_dump_are_counted_and_name_their_replica_set() {
    let mut pods = [owned("web-6d4cf56db6-aaaaa", "ReplicaSet", "web-6d4cf56db6")];
    let made = run(&[simple(WorkloadKind::Deployment, 2)], &mut pods);
    assert_eq!(made.replica_sets[0].meta.name, "web-6d4cf56db6");
    assert_eq!(made.pods.len(), 1);
    assert_eq!(made.pods[0].pod.node, "worker-2");
}

#[test]
fn a_deployment_whose_replica_sets_are_given_makes_none() {
    let mut set = simple(WorkloadKind::ReplicaSet, 1);
    set.meta.name = "web-abc".to_string();
    set.meta.owner = Some(OwnerRef { kind: "Deployment".to_string(), name: "web".to_string() });
    let made = run(&[simple(WorkloadKind::Deployment, 1), set], &mut []);
    assert!(made.replica_sets.is_empty());
    assert_eq!(made.pods.len(), 1);
    assert!(made.pods[0].pod.meta.name.starts_with("web-abc-"));
}

#[test]
fn a_replica_set_adopts_the_orphans_it_selects() {
    let mut orphan = owned("stray", "", "");
    orphan.meta.owner = None;
    let made = run(&[simple(WorkloadKind::ReplicaSet, 2)], &mut [orphan]);
    assert_eq!(made.pods.len(), 1);
}

#[test]
fn a_stateful_set_gives_ordinals_and_names_in_its_services_domain() {
    let made = run(&[simple(WorkloadKind::StatefulSet, 2)], &mut [owned("web-0", "StatefulSet", "web")]);
    let [MadePod { pod, .. }] = made.pods.as_slice() else { panic!("one pod") };
    assert_eq!((pod.meta.name.as_str(), pod.hostname.as_str(), pod.subdomain.as_str()), ("web-1", "web-1", "db"));
}

#[test]
fn an_ordinal_waits_for_the_one_before_to_be_ready() {
    let mut set = simple(WorkloadKind::StatefulSet, 3);
    set.template.pod.meta.annotations.insert(READY.to_string(), "false".to_string());
    let made = run(&[set.clone()], &mut []);
    assert_eq!(made.pods.len(), 1);
    assert_eq!(made.pods[0].pod.ready, Some(false));
    set.parallel = true;
    assert_eq!(run(&[set], &mut []).pods.len(), 3);
}

#[test]
fn a_daemon_set_has_a_pod_on_each_node_it_tolerates() {
    let made = run(&[simple(WorkloadKind::DaemonSet, 1)], &mut []);
    let nodes: Vec<&str> = made.pods.iter().map(|made| made.pod.node.as_str()).collect();
    assert_eq!(nodes, ["worker-1", "worker-2", "worker-3"]);
    let toleration = Value::object([("operator", text("Exists"))]);
    let spec = Value::object([("hostNetwork", Value::Bool(true)), ("tolerations", Value::from(vec![toleration]))]);
    let made = run(&[workload(WorkloadKind::DaemonSet, 1, spec)], &mut []);
    assert_eq!(made.pods.len(), 4);
    assert_eq!(made.pods[0].pod.ips, [IpAddr::from([172, 30, 0, 10])]);
}

#[test]
fn replicas_beyond_what_the_nodes_take_wait_and_are_few() {
    let made = run(&[simple(WorkloadKind::Deployment, 2_000_000_000)], &mut []);
    let running = made.pods.iter().filter(|made| made.pod.phase == PodPhase::Running).count();
    assert_eq!(running, 330);
    assert_eq!(made.pods.len() - running, MAX_PENDING as usize);
    assert_eq!(made.notes.len(), 1);
    assert_eq!(made.notes[0].code, "unschedulable");
}

#[test]
fn a_bare_pod_gets_a_node_and_runs() {
    let mut pods = [Pod { phase: PodPhase::Pending, ..Pod::default() }, owned("b", "X", "y")];
    make(&[], &mut pods, &[(0, Constraints::default())].into(), &cluster(), &mut std::iter::empty(), 0, false);
    assert_eq!(pods[0].node, "worker-2");
    assert!(pods[0].is_ready());
}

#[test]
fn a_workload_elsewhere_renames_no_pod() {
    let alone = run(&[simple(WorkloadKind::Deployment, 2)], &mut []);
    let mut other = simple(WorkloadKind::Deployment, 3);
    other.meta.name = "api".to_string();
    let both = run(&[simple(WorkloadKind::Deployment, 2), other], &mut []);
    let names = |made: &Made| made.pods.iter().map(|made| made.pod.meta.name.clone()).take(2).collect::<Vec<_>>();
    assert_eq!(names(&alone), names(&both));
}
