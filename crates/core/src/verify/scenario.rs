//! How the input's Scenario ends.

use super::{Failure, traffic};
use crate::cluster::Cluster;
use crate::expect::{Amount, Run};
use crate::objects::Pod;
use crate::sim::{self, Report};
use crate::world::World;

/// The most requests of one run, which is some ten seconds of work.
const MOST_REQUESTS: u64 = 1_000_000;

pub(super) fn check(world: &World, cluster: &Cluster, claim: &Run) -> Vec<Failure> {
    let Some(scenario) = world.scenario().filter(|scenario| !scenario.load.is_empty()) else {
        return vec![Failure::new("a run", "the input has no Scenario with clients")];
    };
    let report = sim::run_within(cluster.clone(), world.workloads(), scenario.clone(), MOST_REQUESTS);
    let loads: Vec<_> = report
        .loads
        .iter()
        .filter(|load| {
            let short = load.from.replacen("pod/default/", "pod/", 1);
            let is = |wanted: &String| *wanted == load.name || *wanted == load.from || *wanted == short;
            claim.client.as_ref().is_none_or(is)
        })
        .collect();
    if loads.is_empty() {
        let known: Vec<&str> = report.loads.iter().map(|load| load.from.as_str()).collect();
        let wanted = claim.client.as_deref().unwrap_or_default();
        return vec![Failure::new(format!("client {wanted}"), format!("there are {}", known.join(", ")))];
    }
    let mut failures = Vec::new();
    let sum = |of: &dyn Fn(&sim::Counts) -> u64| loads.iter().map(|load| of(&load.counts)).sum::<u64>();
    let counted = [
        ("sent", claim.sent, sum(&|counts| counts.sent)),
        ("delivered", claim.delivered, sum(&|counts| counts.delivered)),
        ("failures", claim.failures, sum(&|counts| counts.failed())),
    ];
    for (what, wanted, found) in counted {
        let Some(wanted) = wanted else { continue };
        if found < wanted.least || wanted.most.is_some_and(|most| found > most) {
            let mut failure = Failure::new(format!("{} {what}", text(wanted)), format!("{found} of {}", counted[0].2));
            if what == "failures" {
                failure.why = kinds(&loads);
            }
            failures.push(failure);
        }
    }
    for (percent, below) in &claim.below {
        // Of every client; one without an answer has none.
        let mut found = loads.iter().map(|load| load.counts.latency.percentile(*percent));
        let slowest = found.try_fold(0, |slowest, found| Some(slowest.max(found?)));
        if slowest.is_none_or(|slowest| slowest >= *below) {
            let found = slowest.map_or_else(|| "a client without an answer".to_string(), milliseconds);
            let why = if slowest.is_none() { kinds(&loads) } else { String::new() };
            failures.push(Failure { why, ..Failure::new(format!("p{percent} below {}", milliseconds(*below)), found) });
        }
    }
    if claim.shares.is_some() {
        failures.extend(shares(cluster, &report, claim));
    }
    failures
}

/// In what ways requests failed.
fn kinds(loads: &[&sim::LoadReport]) -> String {
    let sum = |of: &dyn Fn(&sim::Counts) -> u64| loads.iter().map(|load| of(&load.counts)).sum::<u64>();
    let kinds = [
        ("rejected", sum(&|counts| counts.rejected)),
        ("dropped", sum(&|counts| counts.dropped)),
        ("passed", sum(&|counts| counts.passed)),
        ("refused", sum(&|counts| counts.refused)),
        ("unresolved", sum(&|counts| counts.unresolved)),
        ("unroutable", sum(&|counts| counts.unroutable)),
    ];
    let kinds = kinds.iter().filter(|(_, count)| *count > 0).map(|(kind, count)| format!("{count} {kind}"));
    kinds.collect::<Vec<_>>().join(", ")
}

fn shares(cluster: &Cluster, report: &Report, claim: &Run) -> Option<Failure> {
    let wanted = claim.shares.as_ref()?;
    let is = |service: &&sim::ServiceCounts| {
        let name = &service.service;
        let names = [name.name.clone(), name.to_string()];
        let with_port = names.iter().any(|name| claim.service == Some(format!("{name}:{}", service.port)));
        claim.service.as_ref().is_none_or(|wanted| names.contains(wanted)) || with_port
    };
    let Some(service) = report.services.iter().find(is) else {
        let known: Vec<String> = report.services.iter().map(|service| service.service.to_string()).collect();
        let wanted = claim.service.as_deref().unwrap_or("a Service");
        return Some(Failure::new(format!("traffic to {wanted}"), format!("traffic to {}", known.join(", "))));
    };
    let all = service.shares();
    let parts: Vec<(String, f64)> = all
        .iter()
        .map(|share| (share.pod.as_ref().map_or(share.address.to_string(), ToString::to_string), share.share))
        .collect();
    // As far as chance carries the shares of this many connections.
    let chance = all.iter().map(|share| (share.high - share.low) / 2.0).fold(0.005, f64::max);
    let mut cluster = cluster.clone();
    let made = report.made.iter().filter(|pod| cluster.pod(&pod.meta.reference()).is_none());
    let made: Vec<Pod> = made.map(|pod| Pod::clone(pod)).collect();
    cluster.pods.extend(made);
    traffic::shares(&cluster, wanted, &parts, chance)
}

fn text(amount: Amount) -> String {
    match (amount.least, amount.most) {
        (least, Some(most)) if least == most => least.to_string(),
        (0, Some(most)) => format!("at most {most}"),
        (least, Some(most)) => format!("{least} to {most}"),
        (least, None) => format!("at least {least}"),
    }
}

fn milliseconds(micros: u64) -> String {
    format!("{}.{} ms", micros / 1_000, micros / 100 % 10)
}
