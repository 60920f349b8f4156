//! Tests of processes: probed, ended, hung, started again.

use super::tests::{cluster, counts, pod, scenario};
use super::{Command, LISTENS, RELIST, Sim};
use crate::objects::{Check, Life, Listen, Probe};

const SECOND: u64 = 1_000_000;
const WEB: &str = "web-7d4b9-aaaaa";

/// A probe that asks at 8080, as often as this, three of which must fail.
pub(super) fn probe(period: u32) -> Probe {
    Probe { delay: 0, period, timeout: 1, failures: 3, successes: 1, check: Check::Ask(Some(8080)) }
}

fn run(life: Life) -> Sim {
    let mut cluster = cluster();
    for pod in &mut cluster.pods {
        pod.life = life;
        pod.listen = Listen::Ports(vec![(crate::net::Protocol::Tcp, 8080, false)]);
    }
    Sim::new(cluster, scenario(50.0, false))
}

/// When something of the pod was said, in milliseconds.
fn said(sim: &Sim, what: &str) -> Vec<u64> {
    let of = |entry: &&super::LogEntry| entry.text.contains(what) && entry.text.contains(WEB);
    sim.log().filter(of).map(|entry| entry.at / 1_000).collect()
}

#[test]
fn a_pod_stays_an_endpoint_until_its_probe_has_failed_often_enough_and_comes_back_with_the_next() {
    let mut sim = run(Life { readiness: Some(Probe { successes: 2, ..probe(5) }), ..Life::default() });
    sim.advance(7 * SECOND);
    sim.command(Command::SetListen(pod(WEB), Some(9090)));
    sim.advance(40 * SECOND);
    assert_eq!(said(&sim, "is not ready"), [20_000], "after the probes at 10, 15 and 20 s");
    let refused = counts(&sim).refused;
    assert!((150..350).contains(&refused), "a third of 50 a second for 13.5 s: {refused}");
    sim.command(Command::SetListen(pod(WEB), None));
    sim.advance(60 * SECOND);
    assert_eq!(said(&sim, "is ready"), [45_000], "two in a row, at 40 and 45 s");
    assert_eq!(sim.replay(60 * SECOND).report(), sim.report());
    assert_eq!(sim.next_at().map(|at| at / SECOND), Some(60), "nothing but the client goes on");
}

#[test]
fn a_process_that_ends_refuses_is_not_ready_and_starts_again_later_each_time() {
    let mut sim = run(Life { readiness: Some(probe(1)), ..Life::default() });
    sim.advance(SECOND);
    let address = sim.pod(&pod(WEB)).unwrap().ips.clone();
    sim.command(Command::Crash(pod(WEB), Some(2 * SECOND)));
    sim.advance(SECOND + RELIST - 1);
    assert!(sim.pod(&pod(WEB)).unwrap().is_ready() && counts(&sim).refused > 0, "nobody knows yet");
    sim.advance(400 * SECOND);
    let starts = said(&sim, "is started again");
    // Noticed a second after its end, which is two after its start; then 10, 20, 40 ... s from the end.
    assert_eq!(starts, [2_000, 14_000, 36_000, 78_000, 160_000, 322_000]);
    assert_eq!(said(&sim, "CrashLoopBackOff: back-off 160 s"), [163_000]);
    assert_eq!(sim.pod(&pod(WEB)).unwrap().ips, address);
    assert_eq!(sim.restarts(&pod(WEB)), (6, true));
    assert!(counts(&sim).failed() == counts(&sim).refused && counts(&sim).refused < counts(&sim).sent / 20);
}

#[test]
fn what_a_process_had_in_hand_is_reset_when_it_ends() {
    let mut sim = run(Life::default());
    let server = super::Server {
        kind: "Deployment".into(),
        of: pod("web"),
        concurrency: 0,
        service_time: (200_000, 200_000),
        queue: 0,
    };
    sim.command(Command::SetServer(server));
    sim.advance(3 * SECOND);
    sim.command(Command::Crash(pod(WEB), None));
    sim.advance(3 * SECOND + 10_000);
    assert!(sim.failures().iter().any(|failure| failure.code == "process-ended"), "{:?}", sim.failures());
}

#[test]
fn a_process_that_hangs_is_killed_by_its_liveness_probe_and_left_alone_without_one() {
    let life = Life { liveness: Some(probe(10)), grace: 5, ..Life::default() };
    let mut sim = run(life);
    sim.advance(SECOND);
    sim.command(Command::Hang(pod(WEB)));
    sim.advance(100 * SECOND);
    assert_eq!(said(&sim, "failed its liveness probe"), [30_000], "after 10, 20 and 30 s");
    assert_eq!(said(&sim, "is started again"), [36_000], "killed after the grace period, noticed a second later");
    assert_eq!(sim.restarts(&pod(WEB)), (1, false));
    let after = counts(&sim).dropped;
    sim.advance(130 * SECOND);
    assert_eq!(counts(&sim).dropped, after, "it answers again");
    assert!(sim.failures().iter().any(|failure| failure.code == "process-hangs"));

    let mut sim = run(Life { readiness: Some(probe(2)), ..Life::default() });
    sim.advance(SECOND);
    sim.command(Command::Hang(pod(WEB)));
    sim.advance(600 * SECOND);
    assert_eq!((said(&sim, "is not ready").len(), sim.restarts(&pod(WEB))), (1, (0, false)));
}

#[test]
fn the_other_probes_wait_for_the_startup_probe() {
    let slow = Probe { delay: 20, ..probe(10) };
    let life = Life { startup: Some(slow), readiness: Some(probe(10)), liveness: Some(probe(1)), ..Life::default() };
    let mut sim = run(life);
    sim.command(Command::Crash(pod(WEB), None));
    sim.advance(60 * SECOND);
    assert_eq!(said(&sim, "is ready"), [21_000], "started at 1 s, asked at 21 s");
    assert_eq!(said(&sim, "liveness"), [0; 0]);

    // One that never passes: killed after three, again and again.
    let never = Probe { check: Check::Ask(Some(1)), ..probe(2) };
    let mut sim = run(Life { startup: Some(never), ..Life::default() });
    sim.command(Command::Crash(pod(WEB), None));
    sim.advance(60 * SECOND);
    assert!(said(&sim, "failed its startup probe").len() >= 3 && said(&sim, "is ready").is_empty());
}

#[test]
fn a_pod_that_is_never_restarted_has_failed() {
    let mut sim = run(Life { restarts: false, ..Life::default() });
    sim.command(Command::Crash(pod(WEB), None));
    sim.advance(20 * SECOND);
    assert_eq!(sim.pod(&pod(WEB)).unwrap().phase, crate::objects::PodPhase::Failed);
    assert!(sim.cluster().slices.iter().all(|slice| slice.endpoints.iter().all(|e| e.pod != Some(pod(WEB)))));
}

#[test]
fn readiness_taken_by_hand_is_not_given_back_by_a_restart() {
    let mut sim = run(Life::default());
    sim.command(Command::SetReady(pod(WEB), false));
    sim.command(Command::Crash(pod(WEB), None));
    sim.advance(10 * SECOND);
    assert!(!sim.pod(&pod(WEB)).unwrap().is_ready() && !sim.closed.contains_key(&pod(WEB)));
    sim.command(Command::SetReady(pod(WEB), true));
    sim.advance(11 * SECOND + LISTENS);
    assert!(sim.pod(&pod(WEB)).unwrap().is_ready());
}

#[test]
fn a_pod_with_more_to_do_than_it_can_fails_its_probes() {
    let mut sim = run(Life { readiness: Some(probe(1)), ..Life::default() });
    let server = |of: &str| super::Server {
        kind: "Pod".into(),
        of: pod(of),
        concurrency: 1,
        service_time: (500_000, 500_000),
        queue: 1_000,
    };
    sim.command(Command::SetServer(server(WEB)));
    sim.advance(15 * SECOND);
    assert_eq!(said(&sim, "is not ready").len(), 1, "{:?}", said(&sim, "ready"));
    sim.advance(300 * SECOND);
    assert!(!said(&sim, "is ready").is_empty(), "once it has worked off its queue");
}
