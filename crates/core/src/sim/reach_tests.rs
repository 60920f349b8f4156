//! Tests of nodes and zones out of reach.

use super::tests::{cluster, counts, load, pod};
use super::{Command, NODE_GRACE, Scenario, Sim};
use crate::objects::{ObjectRef, Pod};

const SECOND: u64 = 1_000_000;
/// On node-b, in zone-b.
const FAR: &str = "web-7d4b9-bbbbb";

fn run() -> Sim {
    Sim::new(cluster(), Scenario { seed: 7, load: vec![load(20.0, false)], ..Scenario::default() })
}

fn cut(sim: &mut Sim, joined: bool) {
    sim.command(Command::SetZoneJoined("zone-b".into(), joined));
}

fn at(sim: &Sim, what: &str) -> Vec<u64> {
    sim.log().filter(|entry| entry.text.contains(what)).map(|entry| entry.at / SECOND).collect()
}

#[test]
fn packets_into_a_zone_that_is_cut_off_meet_silence_until_its_pods_count_as_not_ready() {
    let mut sim = run();
    sim.advance(SECOND);
    cut(&mut sim, false);
    sim.advance(NODE_GRACE);
    let before = counts(&sim);
    assert!(before.dropped > 0 && before.failed() == before.dropped);
    assert!(sim.failures().iter().all(|failure| failure.code == "zone-cut-off"), "{:?}", sim.failures());
    sim.advance(SECOND + NODE_GRACE);
    assert!(!sim.cluster().node("node-b").unwrap().ready && sim.cluster().node("node-a").unwrap().ready);
    assert!(!sim.pod(&pod(FAR)).unwrap().is_ready());
    sim.advance(NODE_GRACE + 3 * SECOND);
    let at_rest = counts(&sim).dropped;
    sim.advance(NODE_GRACE + 100 * SECOND);
    assert_eq!(counts(&sim).dropped, at_rest, "all go to the near one");
    assert_eq!(sim.replay(NODE_GRACE + 100 * SECOND).report(), sim.report());
}

#[test]
fn a_proxy_in_a_zone_that_is_cut_off_keeps_the_rules_it_has() {
    let mut sim = run();
    let mut inside = load(20.0, false);
    inside.from = crate::cluster::Client::Node("node-b".into());
    sim.command(Command::StartLoad(inside));
    sim.advance(SECOND);
    cut(&mut sim, false);
    sim.advance(NODE_GRACE + 10 * SECOND);
    assert!(sim.lags("node-b") && !sim.lags("node-a"));
    let inside = |sim: &Sim| sim.loads().nth(1).unwrap().1.clone();
    let before = inside(&sim);
    sim.advance(NODE_GRACE + 20 * SECOND);
    let after = inside(&sim);
    assert!(after.dropped > before.dropped && after.delivered > before.delivered, "the far one still is an endpoint");
    cut(&mut sim, true);
    sim.advance(NODE_GRACE + 30 * SECOND);
    assert!(!sim.lags("node-b"));
    assert!(sim.cluster().pods.iter().all(Pod::is_ready) && sim.cluster().node("node-b").unwrap().ready);
}

#[test]
fn pods_of_a_lost_node_are_replaced_once_they_tolerate_it_no_longer_and_end_when_it_is_back() {
    for zone in [true, false] {
        let mut sim = run();
        let lose = |sim: &mut Sim, lost: bool| {
            if zone {
                cut(sim, !lost);
            } else {
                sim.command(Command::SetNodeRunning("node-b".into(), !lost));
            }
        };
        lose(&mut sim, true);
        sim.advance(349 * SECOND);
        assert_eq!((at(&sim, "gets the taint"), sim.cluster().pods.len()), (vec![50], 3));
        sim.advance(360 * SECOND);
        assert_eq!(at(&sim, "are evicted"), [350]);
        let on = |sim: &Sim, node: &str| sim.cluster().pods.iter().filter(|pod| pod.node == node).count();
        assert_eq!((on(&sim, "node-a"), on(&sim, "node-b")), (3, 2), "the evicted ones stay, terminating");
        assert!(sim.pod(&pod(FAR)).unwrap().meta.deleting);
        lose(&mut sim, false);
        sim.advance(380 * SECOND);
        assert_eq!((on(&sim, "node-a"), on(&sim, "node-b")), (3, 0), "zone {zone}");
        assert!(sim.cluster().node("node-b").unwrap().taints.is_empty());
    }
}

#[test]
fn a_pod_deleted_out_of_reach_waits_for_its_kubelet() {
    let mut sim = run();
    cut(&mut sim, false);
    sim.command(Command::KillPod(pod(FAR)));
    sim.advance(40 * SECOND);
    assert!(sim.pod(&pod(FAR)).unwrap().meta.deleting);
    assert_eq!(sim.cluster().pods.len(), 4, "its controller has made another");
    cut(&mut sim, true);
    sim.advance(45 * SECOND);
    assert!(sim.pod(&pod(FAR)).is_none());
}

#[test]
fn no_node_is_tainted_while_all_are_lost() {
    let mut sim = run();
    for node in ["node-a", "node-b"] {
        sim.command(Command::SetNodeRunning(node.into(), false));
    }
    sim.advance(600 * SECOND);
    // The first one to be found lost is tainted: the other still counted as ready then.
    assert_eq!(at(&sim, "gets the taint").len(), 1);
    sim.command(Command::SetNodeRunning("node-a".into(), true));
    sim.advance(601 * SECOND);
    assert_eq!(at(&sim, "gets the taint"), [50, 600]);
}

#[test]
fn nodes_of_one_zone_are_tainted_one_after_another() {
    let mut cluster = cluster();
    for name in ["node-c", "node-d"] {
        let mut node = cluster.nodes[1].clone();
        node.meta.name = name.into();
        cluster.nodes.push(node);
    }
    let mut sim = Sim::new(cluster, Scenario::default());
    cut(&mut sim, false);
    sim.advance(100 * SECOND);
    assert_eq!(at(&sim, "gets the taint"), [50, 60, 70]);
}

#[test]
fn a_node_that_runs_again_starts_its_processes_anew() {
    let mut sim = run();
    sim.advance(SECOND);
    sim.command(Command::SetNodeRunning("node-b".into(), false));
    sim.advance(10 * SECOND);
    sim.command(Command::SetNodeRunning("node-b".into(), true));
    sim.advance(10 * SECOND + 500_000);
    let refused = counts(&sim).refused;
    assert!(refused > 0, "nobody listens yet");
    sim.advance(20 * SECOND);
    assert_eq!(sim.restarts(&pod(FAR)), (1, false));
    assert!(sim.cluster().node("node-b").unwrap().ready);
    let ends = counts(&sim).failed();
    sim.advance(30 * SECOND);
    assert_eq!(counts(&sim).failed(), ends);
    assert!(
        sim.log()
            .all(|entry| entry.object != Some(("Node", ObjectRef::new("", "node-b")))
                || !entry.text.contains("not ready"))
    );
}

#[test]
fn the_side_of_the_api_server_is_that_of_its_node() {
    let mut cluster = cluster();
    cluster.nodes[1].control_plane = true;
    let mut sim = Sim::new(cluster, Scenario::default());
    cut(&mut sim, false);
    sim.advance(NODE_GRACE);
    assert!(!sim.cluster().node("node-a").unwrap().ready && sim.cluster().node("node-b").unwrap().ready);
}
