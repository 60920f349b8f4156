//! Tests of rollouts.

use std::rc::Rc;

use super::health_tests::probe;
use super::tests::{cluster, counts, pod, scenario};
use super::{Command, Sim};
use crate::controllers::workload::{Workload, WorkloadKind};
use crate::dns::testing::meta;
use crate::objects::{Life, OwnerRef, Pod, testing};

const SECOND: u64 = 1_000_000;

/// Three pods of a Deployment with this strategy and this life.
fn rolling(strategy: &str, life: Life) -> Sim {
    rolling_with(strategy, life, "")
}

/// The same, with more fields of its spec.
fn rolling_with(strategy: &str, life: Life, more: &str) -> Sim {
    let mut cluster = cluster();
    for pod in &mut cluster.pods {
        pod.life = life;
    }
    let text = format!(
        "spec: {{{more}replicas: 3, strategy: {strategy}, selector: {{matchLabels: {{app: web}}}}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{containers: []}}}}}}"
    );
    let value = testing(&text);
    let deployment = Workload::from_value(WorkloadKind::Deployment, &value, meta("default", "web"));
    Sim::new(cluster, scenario(50.0, false)).with_workloads(Rc::new(vec![deployment]))
}

/// The fewest pods that are ready, and the most that are there, while a rollout goes on.
fn watched(sim: &mut Sim) -> (usize, usize) {
    sim.advance(SECOND);
    sim.command(Command::Restart("Deployment".into(), pod("web")));
    let (mut least, mut most) = (usize::MAX, 0);
    for step in 0..400 {
        let live: Vec<&Pod> = sim.cluster().pods.iter().filter(|pod| !pod.meta.deleting).collect();
        least = least.min(live.iter().filter(|pod| pod.is_ready()).count());
        most = most.max(live.len());
        sim.advance(SECOND + step * 50_000);
    }
    assert!(sim.log().any(|entry| entry.text == "The rollout of Deployment web is complete."));
    assert!(sim.cluster().pods.iter().all(|pod| pod.is_ready() && !pod.meta.name.starts_with("web-7d4b9")));
    assert_eq!(sim.cluster().pods.len(), 3);
    (least, most)
}

#[test]
fn a_rolling_update_keeps_to_its_limits() {
    let life = Life::default();
    let limits = |up: &str, down: &str| format!("{{rollingUpdate: {{maxSurge: {up}, maxUnavailable: {down}}}}}");
    assert_eq!(watched(&mut rolling("{}", life)), (3, 4));
    assert_eq!(watched(&mut rolling(&limits("0", "1"), life)), (2, 3));
    assert_eq!(watched(&mut rolling(&limits("'100%'", "0"), life)), (3, 6));
    assert_eq!(watched(&mut rolling("{type: Recreate}", life)), (0, 3));
}

#[test]
fn a_rolling_update_fails_some_requests_unless_pods_wait_before_they_end() {
    let failed = |pre_stop: u32| {
        let mut sim = rolling("{}", Life { pre_stop, readiness: Some(probe(1)), ..Default::default() });
        watched(&mut sim);
        counts(&sim).failed()
    };
    assert!(failed(0) > 0, "{}", failed(0));
    assert_eq!(failed(5), 0);
}

#[test]
fn pods_without_a_readiness_probe_are_ready_before_they_listen() {
    let mut sim = rolling("{}", Life { pre_stop: 5, ..Default::default() });
    watched(&mut sim);
    assert!(counts(&sim).refused > 0 && counts(&sim).failed() == counts(&sim).refused);
    assert!(sim.failures().iter().all(|failure| failure.code == "pod-not-accepting"));
}

#[test]
fn a_rollout_goes_on_when_new_pods_have_been_ready_for_long_enough() {
    let ends = |more: &str| {
        let mut sim = rolling_with("{}", Life { readiness: Some(probe(1)), ..Default::default() }, more);
        sim.advance(SECOND);
        sim.command(Command::Restart("Deployment".into(), pod("web")));
        sim.advance(200 * SECOND);
        let end = sim.log().find(|entry| entry.text == "The rollout of Deployment web is complete.").unwrap().at;
        assert_eq!(sim.replay(200 * SECOND).report(), sim.report());
        end - SECOND
    };
    // One after another: made, started a second later, listening and ready after another.
    assert_eq!(ends(""), 6 * SECOND);
    assert_eq!(ends("minReadySeconds: 10, "), 36 * SECOND);
}

#[test]
fn a_rollout_of_pods_that_crash_is_held_by_min_ready_seconds_and_said_to_be_stuck() {
    let life = Life { readiness: Some(probe(1)), ..Default::default() };
    let old = |more: &str| {
        let mut sim = rolling_with("{}", life, more);
        sim.command(Command::RestartBroken("Deployment".into(), pod("web"), 4 * SECOND));
        sim.advance(90 * SECOND);
        let late = sim.log().filter(|entry| entry.text.contains("ProgressDeadlineExceeded")).map(|entry| entry.at);
        let late: Vec<u64> = late.collect();
        (sim.cluster().pods.iter().filter(|pod| pod.meta.name.starts_with("web-7d4b9-")).count(), late)
    };
    assert_eq!(old(""), (0, vec![]), "each was ready for a moment, which is enough without minReadySeconds");
    let (left, late) = old("minReadySeconds: 10, progressDeadlineSeconds: 30, ");
    assert_eq!((left, late.len()), (3, 1), "{late:?}");
    // Ready for a moment is progress: its fourth start is at 43 s, and the fifth not before 85 s.
    assert_eq!(late[0] / SECOND, 75, "{late:?}");
}

#[test]
fn a_deployment_can_be_scaled_and_restarted_while_it_is_rolled_out() {
    let mut sim = rolling("{}", Life::default());
    sim.command(Command::Restart("Deployment".into(), pod("web")));
    sim.advance(SECOND);
    sim.command(Command::Scale("Deployment".into(), pod("web"), 5));
    sim.advance(2 * SECOND);
    sim.command(Command::Restart("Deployment".into(), pod("web")));
    sim.advance(60 * SECOND);
    assert_eq!(sim.cluster().pods.iter().filter(|pod| pod.is_ready()).count(), 5);
    let owners: std::collections::BTreeSet<_> =
        sim.cluster().pods.iter().map(|pod| pod.meta.owner.clone().unwrap().name).collect();
    assert_eq!(owners.len(), 1);
    assert_eq!(sim.replay(60 * SECOND).report(), sim.report());
}

#[test]
fn a_stateful_set_is_replaced_from_the_last_to_the_first_one_at_a_time() {
    let mut cluster = cluster();
    for (at, pod) in cluster.pods.iter_mut().enumerate() {
        pod.meta.name = format!("web-{at}");
        pod.meta.owner = Some(OwnerRef { kind: "StatefulSet".to_string(), name: "web".to_string() });
    }
    let mut sim = Sim::new(cluster, scenario(1.0, false));
    sim.command(Command::Restart("StatefulSet".into(), pod("web")));
    sim.advance(60 * SECOND);
    let deleted: Vec<String> = sim
        .log()
        .filter(|entry| entry.text.contains("is deleted"))
        .filter_map(|entry| entry.object.as_ref().map(|(_, object)| object.name.clone()))
        .collect();
    assert_eq!(deleted, ["web-2", "web-1", "web-0"]);
    assert!(sim.cluster().pods.iter().all(Pod::is_ready));
}
