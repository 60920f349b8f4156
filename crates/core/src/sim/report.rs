//! A whole run at once, for `portolan simulate`: numbers for each load and endpoint.

use std::rc::Rc;

use super::{Counts, Load, LogEntry, Scenario, Series, ServiceCounts, Sim};
use crate::cluster::Cluster;
use crate::controllers::workload::Workload;
use crate::objects::Pod;

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
    /// The same over time; empty unless the run was a whole one. The last stretch ends with the run.
    pub series: Series,
    /// The pods that were made while it ran, as they were then.
    pub made: Vec<Rc<Pod>>,
    /// What happened, the last 2,000 entries.
    pub log: Vec<LogEntry>,
}

/// How long a run lasts whose scenario does not say: ten seconds.
const DURATION: u64 = 10_000_000;

/// How often a run looks whether it has become too long, in microseconds.
const LOOK: u64 = 10_000;

/// Runs `scenario` on `cluster` with its workloads for as long as it says, or ten seconds.
pub fn run(cluster: Cluster, workloads: Rc<Vec<Workload>>, scenario: Scenario) -> Report {
    run_within(cluster, workloads, scenario, u64::MAX)
}

/// The same, but no longer than until `most` requests were sent, those sent again too.
pub fn run_within(cluster: Cluster, workloads: Rc<Vec<Workload>>, scenario: Scenario, most: u64) -> Report {
    let duration = if scenario.duration == 0 { DURATION } else { scenario.duration };
    let mut sim = Sim::unwatched(cluster, scenario).with_workloads(workloads);
    let mut series = Series::default();
    while sim.now() < duration && sim.flights < most {
        let next = sim.next_at().unwrap_or(duration).max(sim.now().saturating_add(LOOK));
        sim.advance(next.min(series.next_end()).min(duration));
        if sim.now() == series.next_end() {
            series.observe(&sim);
        }
    }
    if sim.now() > series.end() {
        series.observe(&sim);
    }
    Report { series, ..sim.report() }
}

impl Sim {
    /// What was counted so far.
    pub fn report(&self) -> Report {
        let load = |(load, counts): (&Load, &Counts)| LoadReport {
            name: load.name.clone(),
            from: load.from.to_string(),
            to: load.to.clone(),
            counts: counts.clone(),
        };
        Report {
            seed: self.scenario.seed,
            duration: self.now,
            loads: self.loads().map(load).collect(),
            services: self.services().cloned().collect(),
            series: Series::default(),
            made: self.made.clone(),
            log: self.log().cloned().collect(),
        }
    }
}
