//! Random scenarios, natively: nothing is lost, a replay is the same run, and so is one that was gone back in.

use portolan_core::sim::{Recording, Scenario, Sim};
use portolan_tests::runs::{self, digest, scenario};

const SECOND: u64 = 1_000_000;

fn sim(world: &portolan_core::world::World, scenario: Scenario) -> Sim {
    Sim::new(world.cluster().clone(), scenario).with_workloads(world.workloads())
}

#[test]
fn runs_are_the_expected_bytes() {
    let text = runs::run();
    if std::env::var_os("UPDATE").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/cases/runs/expected.txt");
        std::fs::write(file, text).expect("the expected runs can be written");
        return;
    }
    assert!(text == runs::EXPECTED, "the runs changed: UPDATE=1 cargo test -p portolan-tests, then look at git diff");
}

#[test]
fn nothing_is_lost_at_any_time() {
    let world = runs::world();
    for seed in 0..runs::SEEDS {
        let mut sim = sim(&world, scenario(seed));
        for step in 1..=160 {
            sim.advance(step * SECOND / 2);
            let mut on_their_way = vec![0; sim.loads().count()];
            for flight in sim.in_flight() {
                on_their_way[flight.load] += 1;
            }
            for ((_, counts), pending) in sim.loads().zip(on_their_way) {
                let ended = counts.delivered + counts.failures().iter().sum::<u64>();
                assert_eq!(counts.sent, ended + pending, "seed {seed} at {} s", sim.now() as f64 / 1e6);
            }
            assert!(sim.log().count() <= 2_000);
        }
    }
}

#[test]
fn a_replay_and_a_run_in_other_steps_are_the_same_run() {
    let world = runs::world();
    for seed in 0..runs::SEEDS {
        let mut at_once = sim(&world, scenario(seed));
        at_once.advance(80 * SECOND);
        let wanted = digest(&at_once.report());
        let mut in_steps = sim(&world, scenario(seed));
        for step in 1..=400 {
            in_steps.advance(step * 203_777);
        }
        in_steps.advance(81 * SECOND + 510_800);
        at_once.advance(81 * SECOND + 510_800);
        assert_eq!(digest(&in_steps.report()), digest(&at_once.report()), "seed {seed}");
        assert_eq!(digest(&at_once.replay(80 * SECOND).report()), wanted, "seed {seed}");
    }
}

#[test]
fn a_run_that_is_gone_back_in_is_the_run_that_was_not() {
    let world = runs::world();
    for seed in 0..runs::SEEDS {
        let mut straight = sim(&world, scenario(seed));
        straight.advance(80 * SECOND);
        let mut recording = Recording::new(world.cluster().clone(), scenario(seed), world.workloads());
        for to in [30, 10, 61, 61, 3, 80] {
            recording.seek(to * SECOND);
        }
        assert_eq!(digest(&recording.sim().report()), digest(&straight.report()), "seed {seed}");
    }
}

#[test]
fn what_was_done_by_hand_is_a_document_that_runs_to_the_same_numbers() {
    let world = runs::world();
    for seed in 0..runs::SEEDS {
        let Scenario { events, .. } = scenario(seed);
        let mut recording = Recording::new(
            world.cluster().clone(),
            Scenario { events: Vec::new(), ..scenario(seed) },
            world.workloads(),
        );
        let mut events = events;
        events.sort_by_key(|event| event.at);
        for event in events {
            recording.seek(event.at.max(recording.sim().now()));
            recording.perform(event.command);
        }
        recording.seek(80 * SECOND);
        let document = recording.scenario().to_value("by-hand");
        let mut again = sim(&world, Scenario::from_value(&document).expect("a document that can be read"));
        again.advance(80 * SECOND);
        assert_eq!(digest(&again.report()), digest(&recording.sim().report()), "seed {seed}");
    }
}
