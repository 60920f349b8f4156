//! Traffic in simulated time.

use crate::cluster::Client;
use crate::net::Protocol;
use crate::objects::Value;
use crate::packet::Target;
use crate::report;
use crate::sim::{self, Load, Report, Scenario};
use crate::world::World;

/// The most requests of one run, which is some ten seconds of work.
const MOST_REQUESTS: u64 = 1_000_000;

/// What to simulate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simulation {
    /// How long: `10s`, `500ms`; otherwise as the Scenario says, or ten seconds.
    pub duration: Option<String>,
    /// Who sends, where the input has no Scenario.
    pub from: Option<String>,
    /// To what, where the input has no Scenario.
    pub to: Option<String>,
    /// Requests a second, where the input has no Scenario.
    pub rate: f64,
    /// The seed, unless the Scenario has one.
    pub seed: u64,
}

/// The run to simulate: the input's Scenario, with what the question says over it.
pub fn scenario(world: &World, question: &Simulation) -> Result<Scenario, String> {
    let mut scenario =
        world.scenario().cloned().unwrap_or_else(|| Scenario { seed: question.seed, ..Scenario::default() });
    if question.seed != 0 {
        scenario.seed = question.seed;
    }
    if let Some(duration) = &question.duration {
        let read = sim::parse_duration(duration).filter(|micros| *micros > 0);
        scenario.duration =
            read.ok_or_else(|| format!("{duration:?} is no duration: more than 0, such as 10s or 500ms"))?;
    }
    if scenario.duration == 0 {
        scenario.duration = 10_000_000;
    }
    if let (Some(from), Some(to)) = (&question.from, &question.to) {
        Target::parse(to)?;
        scenario.load = vec![Load {
            name: String::new(),
            from: Client::parse(from)?,
            to: to.clone(),
            protocol: Protocol::Tcp,
            rate: question.rate,
            keep_alive: false,
            habits: Default::default(),
        }];
    }
    let rate = question.rate;
    if !(0.0..=sim::MAX_RATE).contains(&rate) {
        return Err(format!("{rate} is no rate: requests a second, from 0 to {}", sim::MAX_RATE));
    }
    if scenario.load.is_empty() {
        let wrong = world.diagnostics().iter().find(|one| one.code == "scenario");
        if let Some(wrong) = wrong {
            let field = wrong.field.as_deref().unwrap_or("spec");
            return Err(format!("nobody sends: the Scenario cannot be read: {field}: {}", wrong.message));
        }
        return Err(
            "nobody sends: the input has no Scenario with clients, and no client and target are given".to_string()
        );
    }
    match scenario.strangers(world.cluster(), &world.workloads()).first() {
        Some((field, message)) if world.scenario().is_some() && question.from.is_none() => {
            Err(format!("{field}: {message}"))
        }
        Some((_, message)) => Err(message.clone()),
        None => Ok(scenario),
    }
}

/// Runs it.
pub fn run(world: &World, question: &Simulation) -> Result<Report, String> {
    let scenario = scenario(world, question)?;
    let seconds = scenario.duration as f64 / 1e6;
    let requests: f64 = scenario.load.iter().map(|load| load.rate * seconds).sum();
    // Far below 2^53, where f64 is exact.
    if requests > MOST_REQUESTS as f64 {
        return Err(format!(
            "too much to simulate: {requests:.0} requests in {seconds:.0} s; at most {MOST_REQUESTS} are sent in one run"
        ));
    }
    let duration = scenario.duration;
    let report = sim::run_within(world.cluster().clone(), world.workloads(), scenario, MOST_REQUESTS);
    if report.duration < duration {
        let reached = report.duration / 1_000_000;
        return Err(format!(
            "too much to simulate: {MOST_REQUESTS} requests were sent within {reached} s of {seconds:.0}"
        ));
    }
    Ok(report)
}

/// The `simulate` document.
pub fn simulate(world: &World, question: &Simulation) -> Result<Value, String> {
    Ok(report::simulate(&run(world, question)?))
}
