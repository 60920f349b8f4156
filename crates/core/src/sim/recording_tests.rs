//! A run that one goes back and forth in is, at any time, a run that went there straight.

use super::tests::{cluster, scenario};
use super::*;
use crate::cluster::ProxyMode;

const SECOND: u64 = 1_000_000;

fn recording(rate: f64) -> Recording {
    Recording::new(cluster(), scenario(rate, false), Rc::default())
}

fn pod(name: &str) -> ObjectRef {
    ObjectRef::new("default", name)
}

fn straight(recording: &Recording, to: u64) -> Sim {
    let mut sim = Sim::new(cluster(), recording.scenario());
    sim.advance(to);
    sim
}

fn assert_same(left: &Sim, right: &Sim) {
    assert_eq!(left.now(), right.now());
    assert_eq!(left.report(), right.report());
    assert!(left.in_flight().eq(right.in_flight()));
    assert!(left.recent().eq(right.recent()));
    assert!(left.cluster().pods == right.cluster().pods && left.cluster().slices == right.cluster().slices);
}

#[test]
fn at_any_time_it_is_the_scenario_run_to_that_time() {
    let mut recording = recording(50.0);
    recording.advance(3 * SECOND + 123);
    recording.perform(Command::KillPod(pod("web-7d4b9-aaaaa")));
    recording.advance(5 * SECOND);
    recording.perform(Command::Scale("Deployment".into(), pod("web"), 5));
    recording.perform(Command::SetProxyMode(ProxyMode::Nftables));
    recording.advance(30 * SECOND);
    for to in [29 * SECOND, 4 * SECOND, 3 * SECOND + 1000, 0, 17 * SECOND + 7, 30 * SECOND, 5 * SECOND, 33 * SECOND] {
        recording.seek(to);
        assert_same(recording.sim(), &straight(&recording, to));
    }
    assert_eq!((recording.reached(), recording.done().len()), (33 * SECOND, 3));
}

#[test]
fn what_is_done_in_the_past_takes_the_place_of_what_came_after_it() {
    let mut recording = recording(20.0);
    recording.advance(2 * SECOND);
    recording.perform(Command::SetReady(pod("web-7d4b9-bbbbb"), false));
    recording.advance(10 * SECOND);
    recording.perform(Command::KillPod(pod("web-7d4b9-ccccc")));
    recording.advance(20 * SECOND);
    let all = recording.done().to_vec();
    recording.seek(6 * SECOND);
    // Playing on alone does the later things again.
    recording.advance(12 * SECOND);
    assert_same(recording.sim(), &straight(&recording, 12 * SECOND));
    assert_eq!(recording.done().len(), 2);
    recording.seek(6 * SECOND);
    recording.perform(Command::Drain("node-a".into()));
    assert_eq!((recording.done().len(), recording.reached()), (2, 6 * SECOND + 1000));
    recording.advance(20 * SECOND);
    assert_same(recording.sim(), &straight(&recording, 20 * SECOND));
    // Back to what it was, at the same time.
    recording.redo(all);
    assert_eq!(recording.done().len(), 2);
    assert_same(recording.sim(), &straight(&recording, 20 * SECOND));
    recording.redo(Vec::new());
    assert_same(recording.sim(), &straight(&recording, 20 * SECOND));
    assert!(recording.sim().cluster().pods.iter().any(|pod| pod.meta.name == "web-7d4b9-ccccc"));
}

#[test]
fn the_document_of_it_runs_to_the_same_numbers() {
    let mut recording = Recording::new(cluster(), Scenario { seed: 3, ..Scenario::default() }, Rc::default());
    let load = scenario(40.0, true).load.remove(0);
    recording.set_loads(vec![load.clone()]);
    recording.advance(1_234_567);
    recording.perform(Command::StopClient(load.name.clone()));
    recording.perform(Command::StartLoad(Load { rate: 100.0, name: "hand".into(), keep_alive: false, ..load.clone() }));
    recording.advance(4 * SECOND + 5);
    recording.perform(Command::KillPod(pod("web-7d4b9-aaaaa")));
    recording.perform(Command::Send(Load { rate: 0.0, name: String::new(), ..load }));
    recording.perform(Command::SetNodeRunning("node-b".into(), false));
    recording.advance(9 * SECOND + 999);
    let written = recording.scenario();
    assert_eq!(written.duration, 9_001_000);
    let read = Scenario::from_value(&written.to_value("mine")).unwrap();
    recording.seek(read.duration);
    let report = Report { series: Series::default(), ..run(cluster(), Rc::default(), read) };
    assert_eq!(report, recording.sim().report());
}

#[test]
fn a_step_goes_to_the_next_thing_that_happens() {
    let mut recording = recording(2.0);
    let first = recording.step().unwrap();
    assert!(first <= 100_000 && recording.sim().in_flight().count() == 1, "{first}");
    let mut still = Recording::new(cluster(), Scenario::default(), Rc::default());
    assert_eq!(still.step(), None);
}

#[test]
fn one_request_took_as_long_in_the_series_as_in_the_counts() {
    let mut recording = recording(1.0);
    recording.advance(SECOND / 2);
    let (_, counts) = recording.sim().loads().next().unwrap();
    assert_eq!(counts.delivered, 1);
    let mut points = recording.series().lines().flat_map(|(_, points)| points);
    let seen = points.find_map(|point| point.percentile(99));
    assert_eq!((seen, counts.latency.percentile(50)), (Some(counts.slowest), Some(counts.slowest)));
}

#[test]
fn the_series_adds_up_to_the_counts_wherever_one_went_meanwhile() {
    let mut recording = recording(100.0);
    recording.advance(7 * SECOND);
    recording.perform(Command::KillPod(pod("web-7d4b9-aaaaa")));
    recording.advance(60 * SECOND);
    let sums = |recording: &Recording| -> Vec<(Track, u64, u64, u64)> {
        let sum = |points: &[Point], of: fn(&Point) -> u64| points.iter().map(of).sum();
        let lines = recording.series().lines();
        lines.map(|(t, p)| (t.clone(), sum(p, |p| p.sent), sum(p, |p| p.delivered), sum(p, |p| p.failed))).collect()
    };
    let whole = sums(&recording);
    let points =
        |recording: &Recording| -> Vec<Vec<Point>> { recording.series().lines().map(|l| l.1.to_vec()).collect() };
    let all = points(&recording);
    assert!(recording.series().end() > 50 * SECOND && all.iter().all(|line| line.len() < 240));
    let counted = straight(&recording, recording.series().end());
    let (_, counts) = counted.loads().next().unwrap();
    assert_eq!((whole[0].1, whole[0].2, whole[0].3), (counts.sent, counts.delivered, counts.failed()));
    assert!(whole[0].3 > 0, "some fail while a pod goes");
    assert!(all[0][20].percentile(99) >= all[0][20].percentile(50) && all[0][20].percentile(50).is_some());
    let failed: u64 = recording.sim().failures().iter().map(|reason| reason.count).sum();
    assert_eq!(failed, recording.sim().loads().map(|(_, counts)| counts.failed()).sum::<u64>());
    // Looking back changes nothing; another past does, from there on.
    recording.seek(3 * SECOND);
    recording.advance(30 * SECOND);
    assert_eq!(points(&recording), all);
    let done = recording.done().to_vec();
    recording.redo(Vec::new());
    recording.advance(60 * SECOND);
    assert_ne!(points(&recording), all);
    recording.redo(done);
    recording.advance(60 * SECOND);
    assert_eq!(points(&recording), all);
}
