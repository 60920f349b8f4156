//! Tests of how clients go about their requests, and of pods that serve so many at a time.

use super::tests::{cluster, counts, load, pod, scenario, sim};
use super::*;
use crate::packet::Verdict;

const SECOND: u64 = 1_000_000;

fn with(habits: Habits, rate: f64, keep_alive: bool) -> Scenario {
    Scenario { seed: 7, load: vec![Load { habits, ..load(rate, keep_alive) }], ..Scenario::default() }
}

/// Every pod serves one request at a time, each in 20 ms.
fn slow(concurrency: u32, queue: u32) -> Vec<Server> {
    let service_time = (20_000, 20_000);
    vec![Server { kind: "Deployment".into(), of: pod("web"), concurrency, service_time, queue }]
}

/// Nothing is lost at any moment: what was sent has ended or is on its way.
fn adds_up(sim: &Sim) {
    let (mut pending, mut attempts) = (0, 0);
    for (_, counts) in sim.loads() {
        pending += counts.pending();
        attempts += counts.attempts;
    }
    assert_eq!(pending, sim.in_flight().count() as u64);
    let met: u64 = sim.services().map(|service| service.counts.sent).sum();
    assert!(met <= attempts);
}

fn watch(sim: &mut Sim, to: u64) {
    while sim.now() < to {
        sim.advance((sim.now() + 7_001).min(to));
        adds_up(sim);
    }
}

#[test]
fn users_wait_for_their_answers() {
    let mut sim = sim(with(Habits { users: 10, think: 95_000, ..Habits::default() }, 0.0, false));
    watch(&mut sim, 10 * SECOND);
    // A hundred milliseconds for each round: 95 of rest, about 5 of service, and the way.
    let sent = counts(&sim).sent;
    assert!((900..=1000).contains(&sent), "{sent}");
    assert!(sim.in_flight().count() <= 10);
    assert_eq!(counts(&sim).connections, counts(&sim).sent);
}

#[test]
fn each_user_keeps_a_connection_of_its_own() {
    let mut sim = sim(with(Habits { users: 10, ..Habits::default() }, 0.0, true));
    watch(&mut sim, 2 * SECOND);
    assert_eq!((counts(&sim).connections, counts(&sim).failed()), (10, 0));
}

#[test]
fn a_burst_leaves_at_once_and_the_rate_stays() {
    let mut sim = sim(with(Habits { burst: 20, ..Habits::default() }, 40.0, false));
    while sim.in_flight().next().is_none() {
        let next = sim.next_at().unwrap();
        sim.advance(next);
    }
    assert_eq!(sim.in_flight().count(), 20);
    watch(&mut sim, 10 * SECOND);
    assert_eq!(counts(&sim).sent, 400);
}

#[test]
fn a_pool_has_no_more_connections_than_it_may_and_requests_wait_for_one() {
    let habits = Habits { pool: 3, ..Habits::default() };
    let mut run = sim(Scenario { servers: slow(0, 0), ..with(habits, 100.0, true) });
    watch(&mut run, 5 * SECOND);
    assert_eq!((counts(&run).connections, counts(&run).unsent), (3, 0));
    // Three connections of some 21 ms each carry 140 a second, and not 200: the others wait until they give up.
    let mut run = sim(Scenario { servers: slow(0, 0), ..with(habits, 200.0, true) });
    watch(&mut run, 20 * SECOND);
    let counts = counts(&run);
    assert_eq!(counts.connections, 3);
    assert!(run.in_flight().count() <= 3);
    assert!(counts.unsent > 800 && counts.delivered > 2_600, "{counts:?}");
    assert!((950_000..1_200_000).contains(&counts.latency.percentile(99).unwrap()), "the wait is part of it");
}

#[test]
fn a_retry_finds_another_pod_and_counts_apart() {
    let lost = |retries: u32| {
        let mut sim = sim(with(Habits { retries, ..Habits::default() }, 100.0, false));
        sim.command(Command::SetListen(pod("web-7d4b9-bbbbb"), Some(9999)));
        watch(&mut sim, 10 * SECOND);
        counts(&sim)
    };
    let (none, three) = (lost(0), lost(3));
    assert_eq!(none.attempts, none.sent);
    assert!(none.failed() > 250, "{none:?}");
    // One of 81 meets the same pod four times.
    assert!(three.failed() < 40 && three.attempts > three.sent + 300, "{three:?}");
    assert!(three.connections == three.attempts && three.sent == none.sent);
}

#[test]
fn a_client_waits_as_long_as_it_says() {
    let habits = Habits { timeout: 250_000, ..Habits::default() };
    let mut sim = sim(with(habits, 20.0, false));
    sim.command(Command::SetNodeRunning("node-b".into(), false));
    watch(&mut sim, 3 * SECOND);
    let ended: Vec<&Flight> = sim.recent().filter(|flight| flight.end.verdict == Verdict::Dropped).collect();
    assert!(!ended.is_empty());
    assert!(ended.iter().all(|flight| flight.end.at - flight.legs[0].start == 250_000));
}

#[test]
fn it_sends_from_its_start_to_its_stop() {
    for habits in [Habits { users: 4, think: 50_000, ..Habits::default() }, Habits { burst: 2, ..Habits::default() }] {
        let rate = if habits.users > 0 { 0.0 } else { 50.0 };
        let mut sim = sim(with(Habits { start: 2 * SECOND, stop: 3 * SECOND, ..habits }, rate, false));
        sim.advance(2 * SECOND - 1);
        assert_eq!(counts(&sim).sent, 0);
        sim.advance(3 * SECOND);
        let sent = counts(&sim).sent;
        sim.advance(9 * SECOND);
        assert!(sent > 30 && counts(&sim).sent == sent, "{sent}");
    }
}

#[test]
fn requests_wait_for_a_busy_pod_and_are_dropped_where_too_many_wait() {
    // Three pods, one at a time, 20 ms each: 150 a second.
    let mut run = sim(Scenario { servers: slow(1, 10), ..with(Habits::default(), 120.0, false) });
    watch(&mut run, 20 * SECOND);
    let light = counts(&run);
    assert!(light.failed() == 0 && light.latency.percentile(99).unwrap() > 60_000, "{light:?}");
    let mut run = sim(Scenario { servers: slow(1, 10), ..with(Habits::default(), 300.0, false) });
    watch(&mut run, 20 * SECOND);
    let heavy = counts(&run);
    assert!((2_900..=3_020).contains(&heavy.delivered), "{heavy:?}");
    assert!(heavy.dropped > 2_500);
    let busy = run.in_hand();
    assert!(busy.iter().all(|pod| pod.serving == 1 && pod.waiting <= 10 && pod.limits == Some((1, 10))), "{busy:?}");
    assert!(busy.iter().any(|pod| pod.waiting > 5));
    let code = |flight: &Flight| flight.trace.cause.as_ref().map_or("", |cause| cause.code);
    assert!(run.recent().any(|flight| code(flight) == "queue-full"));
}

#[test]
fn what_a_client_gave_up_on_is_served_all_the_same() {
    let habits = Habits { timeout: 300_000, ..Habits::default() };
    let mut run = sim(Scenario { servers: slow(1, 1_000), ..with(habits, 300.0, false) });
    watch(&mut run, 20 * SECOND);
    let counts = counts(&run);
    // Twice what they can do: soon everything is served to clients that are gone.
    assert!(counts.delivered < 200, "{counts:?}");
    let late = run.recent().filter(|flight| flight.trace.cause.as_ref().is_some_and(|c| c.code == "answer-late"));
    assert!(late.count() > 10);
    assert!(run.travels.len() < 200);
}

#[test]
fn a_process_that_ends_answers_what_it_has_in_hand_unless_it_is_killed() {
    let failed = |grace: u32| {
        let mut cluster = cluster();
        for pod in &mut cluster.pods {
            pod.life.grace = grace;
        }
        let servers = vec![Server { service_time: (5 * SECOND as u32, 5 * SECOND as u32), ..slow(0, 0).remove(0) }];
        let habits = Habits { timeout: 20 * SECOND, retries: 3, ..Habits::default() };
        let mut sim = Sim::new(cluster, Scenario { servers, ..with(habits, 20.0, true) });
        sim.advance(10 * SECOND);
        for name in ["web-7d4b9-aaaaa", "web-7d4b9-bbbbb", "web-7d4b9-ccccc"] {
            sim.command(Command::KillPod(pod(name)));
        }
        watch(&mut sim, 40 * SECOND);
        assert!(sim.cluster().pods.len() == 3 && sim.cluster().pods.iter().all(|pod| !pod.meta.deleting));
        (counts(&sim).attempts - counts(&sim).sent, counts(&sim).failed())
    };
    assert_eq!(failed(30), (0, 0));
    let (again, failed) = failed(3);
    assert!(again > 20 && failed == 0, "{again} {failed}");
}

#[test]
fn pods_can_be_made_slower_and_quicker_meanwhile() {
    let mut run = sim(scenario(50.0, false));
    run.advance(5 * SECOND);
    assert!(counts(&run).slowest < 12_000);
    run.command(Command::SetServer(slow(1, 100).remove(0)));
    run.advance(10 * SECOND);
    assert!(counts(&run).slowest > 20_000);
    run.command(Command::SetServer(Server { concurrency: 0, service_time: (1_000, 1_000), ..slow(1, 0).remove(0) }));
    run.advance(10 * SECOND + 500_000);
    assert_eq!(run.in_hand().iter().map(|pod| pod.waiting).sum::<u32>(), 0);
    assert!(run.replay(7 * SECOND).report() != run.report());
    assert_eq!(run.replay(run.now()).report(), run.report());
}

#[test]
fn nobody_hangs_who_is_refused_at_once() {
    let mut cluster = cluster();
    cluster.slices.clear();
    let habits = Habits { users: 100, retries: 10, ..Habits::default() };
    let mut sim = Sim::unwatched(cluster, with(habits, 0.0, false));
    sim.advance(SECOND / 20);
    let counts = counts(&sim);
    assert!(counts.rejected > 100 && counts.attempts >= counts.rejected * 11, "{counts:?}");
}

#[test]
fn memory_does_not_grow_with_time() {
    let sizes = |seconds: u64| {
        let loads = vec![
            Load { habits: Habits { retries: 2, ..Habits::default() }, ..load(600.0, false) },
            Load { habits: Habits { pool: 20, ..Habits::default() }, ..load(200.0, true) },
            Load { habits: Habits { users: 20, think: 95_000, ..Habits::default() }, ..load(0.0, true) },
        ];
        let events = (1..seconds / 10).map(|n| Event {
            at: n * 10 * SECOND,
            command: match n % 3 {
                0 => Command::KillPod(pod("web")),
                1 => Command::Restart("Deployment".into(), pod("web")),
                _ => Command::SetReady(pod("web"), n % 2 == 0),
            },
        });
        let scenario =
            Scenario { load: loads, servers: slow(50, 100), events: events.collect(), ..Scenario::default() };
        let mut recording = Recording::new(cluster(), scenario, Rc::default());
        recording.advance(seconds * SECOND);
        let sim = recording.sim();
        let sent: u64 = sim.loads().map(|(_, counts)| counts.sent).sum();
        assert!(sent > seconds * 900, "{sent}");
        assert!(sim.travels.len() < 1_000 && sim.queue.len() < 3_000 && sim.recent.len() <= MAX_RECENT);
        assert!(sim.log.len() <= MAX_LOG && recording.series().lines().all(|(_, points)| points.len() < 240));
        let pods = sim.births.len() + sim.closed.len() + sim.doomed.len() + sim.processes.len() + sim.altered.len();
        let kept: usize = sim.loads.iter().map(|load| load.slots.len()).sum();
        let endpoints: usize = sim.services.values().map(|service| service.endpoints.len()).sum();
        assert!(endpoints <= seconds as usize);
        [pods, kept, sim.templates.len(), sim.cluster.pods.len(), sim.rollouts.len(), sim.dirty.len()]
    };
    let (short, long) = (sizes(20), sizes(if cfg!(debug_assertions) { 60 } else { 600 }));
    assert!(short.iter().zip(long).all(|(short, long)| long <= short + 12), "{short:?} {long:?}");
}
