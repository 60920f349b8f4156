//! A whole run at once, for `portolan simulate`: numbers for each load and endpoint.

use std::rc::Rc;

use super::route::Router;
use super::{Counts, LogEntry, Scenario, ServiceCounts, Sim};
use crate::cluster::Cluster;

/// What one load counted.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadReport {
    /// What the scenario calls it; may be empty.
    pub name: String,
    /// Who sends, as the command line's CLIENT.
    pub from: String,
    /// To what, as the command line's TARGET.
    pub to: String,
    /// How its requests ended.
    pub counts: Counts,
}

/// What a run counted.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The seed.
    pub seed: u64,
    /// Its length in microseconds of simulated time.
    pub duration: u64,
    /// The loads, in the order of the scenario.
    pub loads: Vec<LoadReport>,
    /// Service ports that were sent to, ordered by Service and port; [`ServiceCounts::shares`] has the shares.
    pub services: Vec<ServiceCounts>,
    /// What happened, the last 2,000 entries.
    pub log: Vec<LogEntry>,
}

/// Runs `scenario` on `cluster` for `duration` microseconds of simulated time.
pub fn run_with(cluster: Cluster, scenario: Scenario, duration: u64, router: Rc<dyn Router>) -> Report {
    let seed = scenario.seed;
    let mut sim = Sim::with_router(cluster, scenario, router, false);
    sim.advance(duration);
    Report {
        seed,
        duration,
        loads: sim
            .loads()
            .map(|(load, counts)| LoadReport {
                name: load.name.clone(),
                from: load.from.to_string(),
                to: load.to.clone(),
                counts: counts.clone(),
            })
            .collect(),
        services: sim.services().cloned().collect(),
        log: sim.log().cloned().collect(),
    }
}
