use std::net::IpAddr;

use super::*;
use crate::net::Protocol;
use crate::objects::{Container, ContainerPort, ServicePort, TargetPort, TrafficDistribution};

fn node(name: &str, zone: &str) -> Node {
    Node {
        meta: ObjectMeta { name: name.to_string(), ..ObjectMeta::default() },
        zone: (!zone.is_empty()).then(|| zone.to_string()),
        ready: true,
        cpu_millis: Some(4000),
        ..Node::default()
    }
}

fn nodes() -> Vec<Node> {
    vec![node("node-a", "zone-a"), node("node-b", "zone-b"), node("node-c", "zone-c")]
}

fn service(target: TargetPort) -> Service {
    Service {
        meta: ObjectMeta { name: "web".to_string(), namespace: "default".to_string(), ..ObjectMeta::default() },
        ports: vec![ServicePort {
            name: String::new(),
            protocol: Protocol::Tcp,
            port: 80,
            target_port: target,
            node_port: None,
            app_protocol: None,
        }],
        selector: [("app".to_string(), "web".to_string())].into(),
        cluster_ips: vec![IpAddr::from([10, 96, 0, 5])],
        ip_families: vec![IpFamily::V4],
        ..Service::default()
    }
}

fn numbered() -> Service {
    service(TargetPort::Number(8080))
}

/// Pod number `number` on `node`, ready, with a port `http` 8080.
fn pod(number: u8, node: &str) -> Pod {
    Pod {
        meta: ObjectMeta { name: format!("p{number:03}"), namespace: "default".to_string(), ..ObjectMeta::default() },
        node: node.to_string(),
        ips: vec![IpAddr::from([10, 244, 1, number])],
        ready: Some(true),
        containers: vec![Container {
            ports: vec![ContainerPort {
                name: "http".to_string(),
                protocol: Protocol::Tcp,
                port: 8080,
                host_port: None,
                host_ip: None,
            }],
            ..Container::default()
        }],
        ..Pod::default()
    }
}

fn run(service: &Service, pods: &[Pod], existing: &[EndpointSlice]) -> Reconciled {
    let nodes = nodes();
    let pods: Vec<&Pod> = pods.iter().collect();
    reconcile(service, &pods, &Nodes::new(&nodes), existing, 0)
}

fn sizes(done: &Reconciled) -> Vec<usize> {
    done.slices.iter().map(|slice| slice.endpoints.len()).collect()
}

fn many(count: u8) -> Vec<Pod> {
    (1..=count).map(|number| pod(number, "node-a")).collect()
}

#[test]
fn no_pods_make_one_placeholder_that_stays() {
    let first = run(&numbered(), &[], &[]);
    assert_eq!(sizes(&first), [0]);
    assert!(first.slices[0].ports.is_empty());
    assert_eq!(run(&numbered(), &[], &first.slices).slices, first.slices);
}

#[test]
fn a_pod_without_the_named_port_lands_in_a_slice_without_ports() {
    let mut lacking = pod(2, "node-a");
    lacking.containers[0].ports[0].name = "web".to_string();
    let done = run(&service(TargetPort::Name("http".to_string())), &[pod(1, "node-a"), lacking], &[]);
    assert_eq!(sizes(&done), [1, 1]);
    assert_eq!(done.slices[0].ports[0].port, Some(8080));
    assert!(done.slices[1].ports.is_empty());
    assert_ne!(done.slices[0].meta.name, done.slices[1].meta.name);
}

#[test]
fn containers_come_before_sidecars_when_a_port_is_looked_up() {
    let mut both = pod(1, "node-a");
    let mut sidecar = both.containers[0].clone();
    sidecar.sidecar = true;
    sidecar.ports[0].port = 7070;
    both.containers.insert(0, sidecar);
    let service = service(TargetPort::Name("http".to_string()));
    assert_eq!(ports::find_port(&both, &service.ports[0]), Some(8080));
    both.containers.pop();
    assert_eq!(ports::find_port(&both, &service.ports[0]), Some(7070));
}

#[test]
fn a_terminating_pod_is_not_ready_but_serving_unless_unready_addresses_are_published() {
    let mut leaving = pod(1, "node-a");
    leaving.meta.deleting = true;
    let mut service = numbered();
    let endpoint = run(&service, &[leaving.clone()], &[]).slices[0].endpoints[0].clone();
    assert_eq!((endpoint.ready, endpoint.serving, endpoint.terminating), (Some(false), Some(true), Some(true)));
    service.publish_not_ready_addresses = true;
    assert_eq!(run(&service, &[leaving], &[]).slices[0].endpoints[0].ready, Some(true));
}

#[test]
fn a_pod_on_a_node_that_does_not_exist_is_skipped_with_a_warning() {
    let done = run(&numbered(), &[pod(1, "ghost"), pod(2, "node-a")], &[]);
    assert_eq!(sizes(&done), [1]);
    assert_eq!(
        done.events[0].message,
        "Error updating Endpoint Slices for Service default/web: skipping Pod p001 for Service default/web: Node ghost Not Found"
    );
}

#[test]
fn hundred_and_one_pods_make_two_slices_and_deletions_do_not_repack() {
    let pods = many(120);
    let first = run(&numbered(), &pods, &[]);
    assert_eq!(sizes(&first), [100, 20]);
    let second = run(&numbered(), &pods[60..], &first.slices);
    // Upstream draws at random who shares a slice with whom; the mean of that is half of each.
    assert_eq!(sizes(&second), [50, 10]);
    assert_eq!(second.slices[0].meta.name, first.slices[0].meta.name);
}

#[test]
fn new_pods_fill_the_slice_they_fit_best() {
    let pods = many(130);
    let first = run(&numbered(), &pods[..120], &[]);
    let second = run(&numbered(), &pods[..125], &first.slices);
    assert_eq!(sizes(&second), [100, 25]);
    // Those of 90 to 120 stay where they are, and the fullest of the slices that change takes the ten that come.
    let third = run(&numbered(), &pods[90..], &first.slices);
    assert_eq!(sizes(&third), [35, 5]);
}

#[test]
fn what_is_left_after_full_new_slices_goes_into_an_old_one_that_it_fits() {
    let pods: Vec<Pod> = (0..2).flat_map(|_| many(200)).collect();
    let pods: Vec<Pod> = pods
        .into_iter()
        .enumerate()
        .map(|(number, mut pod)| {
            pod.meta.name = format!("p{number:03}");
            pod
        })
        .collect();
    let first = run(&numbered(), &pods[..50], &[]);
    let second = run(&numbered(), &pods[..170], &first.slices);
    assert_eq!(sizes(&second), [70, 100]);
    let mut names: Vec<_> = second.slices.iter().flat_map(|s| &s.endpoints).map(|e| e.pod.clone()).collect();
    sort::by(&mut names, Ord::cmp);
    names.dedup();
    assert_eq!(names.len(), 170);
}

#[test]
fn hints_are_told_of_once_for_both_families() {
    let mut service = numbered();
    service.ip_families = vec![IpFamily::V4, IpFamily::V6];
    service.meta.annotations.insert("service.kubernetes.io/topology-mode".to_string(), "Auto".to_string());
    let pods: Vec<Pod> = (1..=9)
        .map(|number| {
            let mut pod = pod(number, ["node-a", "node-b", "node-c"][usize::from(number) % 3]);
            pod.ips.push(IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, u16::from(number)]));
            pod
        })
        .collect();
    let first = run(&service, &pods, &[]);
    assert_eq!(first.events.len(), 1, "{:?}", first.events);
    assert!(run(&service, &pods, &first.slices).events.is_empty());
}

#[test]
fn the_same_pods_again_change_nothing() {
    let pods = many(120);
    let mut service = numbered();
    service.traffic_distribution = Some(TrafficDistribution::PreferSameNode);
    let first = run(&service, &pods, &[]);
    assert_eq!(run(&service, &pods, &first.slices), first);
}

#[test]
fn traffic_distribution_hints_ready_endpoints_only() {
    let mut unready = pod(2, "node-b");
    unready.ready = Some(false);
    let mut service = numbered();
    service.traffic_distribution = Some(TrafficDistribution::PreferSameNode);
    let done = run(&service, &[pod(1, "node-a"), unready], &[]);
    let [one, two] = done.slices[0].endpoints.as_slice() else { panic!("two endpoints") };
    assert_eq!(
        (one.zone_hints.as_slice(), one.node_hints.as_slice()),
        (&["zone-a".to_string()][..], &["node-a".to_string()][..])
    );
    assert!(two.zone_hints.is_empty() && two.node_hints.is_empty());
}

#[test]
fn topology_shares_need_enough_endpoints_and_move_surplus_ones() {
    let mut service = numbered();
    service.meta.annotations.insert("service.kubernetes.io/topology-mode".to_string(), "Auto".to_string());
    let place = |number: u8| ["node-a", "node-b", "node-c"][usize::from(number) % 3];
    for (count, hinted) in [(2u8, false), (3, true), (4, false), (5, false), (8, false), (9, true)] {
        let pods: Vec<Pod> = (0..count).map(|number| pod(number, place(number))).collect();
        let done = run(&service, &pods, &[]);
        assert_eq!(!done.slices[0].endpoints[0].zone_hints.is_empty(), hinted, "{count} endpoints: {:?}", done.events);
    }
    // Five in zone-a and two in each other: zone-a gives two away.
    let pods: Vec<Pod> = (0..9).map(|number| pod(number, if number < 5 { "node-a" } else { place(number) })).collect();
    let done = run(&service, &pods, &[]);
    for zone in ["zone-a", "zone-b", "zone-c"] {
        let count = done.slices[0].endpoints.iter().filter(|endpoint| endpoint.zone_hints == [zone]).count();
        assert_eq!(count, 3, "{zone}");
    }
}

#[test]
fn without_a_selector_the_old_slices_stay() {
    let mut service = numbered();
    let first = run(&service, &many(2), &[]);
    service.selector.clear();
    assert_eq!(run(&service, &many(2), &first.slices).slices, first.slices);
    assert!(run(&service, &many(2), &[]).slices.is_empty());
}

#[test]
fn a_new_selector_reuses_the_slice() {
    let service = numbered();
    let first = run(&service, &many(1), &[]);
    let second = run(&service, &[pod(9, "node-b")], &first.slices);
    assert_eq!(sizes(&second), [1]);
    assert_eq!(second.slices[0].meta.name, first.slices[0].meta.name);
}

#[test]
fn labels_are_copied_but_reserved_ones_are_the_controllers_own() {
    let mut service = numbered();
    service.meta.labels =
        [("team", "a"), (MANAGED_BY, "me"), (HEADLESS, "x")].map(|(k, v)| (k.to_string(), v.to_string())).into();
    let labels = &run(&service, &[], &[]).slices[0].meta.labels;
    assert_eq!(labels.get("team").map(String::as_str), Some("a"));
    assert_eq!(labels.get(MANAGED_BY).map(String::as_str), Some(CONTROLLER));
    assert!(!labels.contains_key(HEADLESS));
    service.cluster_ips.clear();
    assert_eq!(run(&service, &[], &[]).slices[0].meta.labels.get(HEADLESS).map(String::as_str), Some(""));
}

#[test]
fn each_family_has_slices_of_its_own() {
    let mut service = numbered();
    service.ip_families = vec![IpFamily::V4, IpFamily::V6];
    let mut dual = pod(1, "node-a");
    dual.ips.push("fd00:10:244::1".parse().unwrap_or(IpAddr::from([0, 0, 0, 0])));
    let done = run(&service, &[dual, pod(2, "node-b")], &[]);
    assert_eq!(sizes(&done), [2, 1]);
    assert_eq!(done.slices[1].family, Some(IpFamily::V6));
}
