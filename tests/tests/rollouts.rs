//! The examples of a rolling update: what fails without a preStop delay, and with it.

use portolan_core::query::{self, Simulation};
use portolan_core::sim::Report;
use portolan_core::world::{Input, LoadOptions, World};

fn run(name: &str) -> Report {
    let path = format!("{}/../web/examples/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("an example");
    let world = World::load(&[Input { name: name.into(), text }], &LoadOptions::default());
    query::run(&world, &Simulation::default()).expect("it runs")
}

#[test]
fn a_rolling_update_refuses_some_connections_and_a_drained_one_none() {
    let (plain, drained) = (run("rolling-update"), run("rolling-update-drained"));
    assert!(plain.loads[0].counts.failed() > 0);
    assert_eq!(plain.loads[0].counts.failed(), plain.loads[0].counts.refused);
    assert_eq!(drained.loads[0].counts.failed(), 0);
    for report in [plain, drained] {
        assert_eq!(report.loads[0].counts.sent, 600);
        assert!(report.log.iter().any(|entry| entry.text == "The rollout of Deployment web is complete."));
    }
}
