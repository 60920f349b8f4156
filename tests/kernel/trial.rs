//! One cluster in the kernel and in the engine: loaded, tried, compared.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::IpAddr;

use portolan_core::cluster::{Client, Cluster, Place, ProxyMode};
use portolan_core::net::Addr;
use portolan_core::packet::trace_with;
use portolan_core::proxy::Fleet;

use crate::chance::{Places, impossible};
use crate::flows::{Opening, Outcome, open_all};
use crate::lab::{Lab, OUT};
use crate::load;
use crate::oracle::{Oracle, Seen, outcome};
use portolan_tests::kernel::traffic::Flow;

/// Connections of a flow whose Service remembers its clients; they go one after the other.
const STICKY: usize = 5;
/// Connections of a flow that can end in one way only.
const FEW: usize = 2;
/// Seeds tried for a remembered choice.
const STICKY_SEEDS: u64 = 400;

/// Differences of one cluster that are told with hops and rules.
const TOLD: usize = 2;

/// A flow and how many connections it is.
pub(crate) type Many = (Flow, usize);

/// What came out.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) clusters: usize,
    pub(crate) flows: usize,
    pub(crate) connections: usize,
    /// How many of the flows ended how: answered, refused, without a route, in silence.
    pub(crate) ends: [usize; 4],
    pub(crate) places: Places,
    pub(crate) differences: Vec<String>,
}

impl Report {
    pub(crate) fn merge(&mut self, other: Report) {
        self.clusters += other.clusters;
        self.flows += other.flows;
        self.connections += other.connections;
        self.ends.iter_mut().zip(other.ends).for_each(|(sum, more)| *sum += more);
        self.places.merge(other.places);
        self.differences.extend(other.differences);
    }
}

/// What the kernel owes where the engine says that something comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owed {
    /// It is waited for with patience.
    Answers,
    /// Nothing: something is wrong on purpose, and one difference is enough.
    Nothing,
}

/// Loads a cluster and tries the flows.
pub(crate) fn hold(lab: &Lab, cluster: &Cluster, flows: &[Many]) -> Result<Report, String> {
    load::load(lab, cluster)?;
    compare(lab, cluster, flows, Owed::Answers)
}

/// Tries the flows with what is loaded, and holds what comes out against what the engine says of `cluster`.
pub(crate) fn compare(lab: &Lab, cluster: &Cluster, flows: &[Many], owed: Owed) -> Result<Report, String> {
    let mut report = Report { clusters: 1, flows: flows.len(), ..Report::default() };
    let mut fleet = Fleet::default();
    let mut asked = Vec::with_capacity(flows.len());
    let mut openings = Vec::new();
    for (flow, count) in flows {
        let oracle = Oracle::new(cluster, &mut fleet, flow);
        let alone = oracle.sticky && oracle.sample.chosen.is_some();
        let opening = opening(cluster, flow, oracle.answers() && owed == Owed::Answers)?;
        // Where there is nothing to choose, few connections say as much as many.
        let count = if oracle.shares.len() > 1 { *count } else { FEW };
        let range = openings.len()..openings.len() + if alone { 0 } else { count };
        openings.extend(std::iter::repeat_n(opening.clone(), range.len()));
        asked.push((flow, oracle, opening, range));
    }
    let outcomes = open_all(lab, &openings)?;
    report.connections += outcomes.len();
    for (flow, oracle, opening, range) in &mut asked {
        if owed == Owed::Nothing && !report.differences.is_empty() {
            break;
        }
        let (counts, difference) = if range.start == range.end {
            sticky(lab, cluster, &mut fleet, flow, opening)?
        } else {
            let mut counts: BTreeMap<Outcome, u64> = BTreeMap::new();
            for outcome in outcomes.get(range.clone()).unwrap_or_default() {
                *counts.entry(*outcome).or_default() += 1;
            }
            let difference = judge(cluster, &mut fleet, flow, oracle, &counts, &mut report.places);
            (counts, difference)
        };
        if range.start == range.end {
            report.connections += counts.values().sum::<u64>() as usize;
        }
        let kind = match counts.keys().next() {
            Some(Outcome::Answered(..)) => 0,
            Some(Outcome::Refused) => 1,
            Some(Outcome::NoRoute) => 2,
            _ => 3,
        };
        report.ends[kind] += 1;
        if let Some(why) = difference {
            let full = report.differences.len() < TOLD;
            report.differences.push(if full { tell(cluster, flow, oracle, &counts, &why) } else { why });
        }
    }
    Ok(report)
}

/// Who opens the connection, where.
pub(crate) fn opening(cluster: &Cluster, flow: &Flow, answers: bool) -> Result<Opening, String> {
    let (space, source): (String, Option<IpAddr>) = match &flow.from {
        Client::Pod(reference) => {
            let pod = cluster.pod(reference).ok_or("no such pod")?;
            (if pod.host_network { pod.node.clone() } else { pod.meta.name.clone() }, None)
        }
        Client::Node(name) => (name.clone(), None),
        Client::External(Some(address)) | Client::AddressAt { address, .. } => (OUT.to_string(), Some(*address)),
        other => return Err(format!("{other} is no client of the lab")),
    };
    Ok(Opening { space, source, to: flow.to, protocol: flow.protocol, answers })
}

/// Whether the kernel did what the engine says; else why not.
fn judge(
    cluster: &Cluster,
    fleet: &mut Fleet,
    flow: &Flow,
    oracle: &mut Oracle,
    counts: &BTreeMap<Outcome, u64>,
    places: &mut Places,
) -> Option<String> {
    if let Some(odd) = counts.keys().find(|outcome| !oracle.allows(cluster, fleet, flow, outcome)) {
        // The kernel rations errors about missing hosts, and gives no switch for it.
        if *odd == Outcome::Silent && oracle.outcomes.contains(&Outcome::NoRoute) {
            return None;
        }
        return Some(format!("the engine has no way to {odd:?}"));
    }
    let likely = oracle.likelihoods()?;
    let mut seen: BTreeMap<Seen, u64> = BTreeMap::new();
    for (outcome, count) in counts {
        *seen.entry(Seen::of(outcome)).or_default() += count;
    }
    // Connections for which an endpoint was chosen.
    let total = likely.keys().filter_map(|one| seen.get(one)).sum();
    let odd = likely.iter().find(|(one, share)| impossible(seen.get(one).copied().unwrap_or(0), total, **share));
    if let Some((one, share)) = odd {
        let count = seen.get(one).copied().unwrap_or(0);
        return Some(format!("{one:?} came {count} times of {total}, its share is {share:.3}"));
    }
    // Of sets whose endpoints are equally likely and all answer, places are counted over all clusters.
    let even = 1.0 / oracle.shares.len().max(1) as f64;
    let counts =
        |(endpoint, share): &(Addr, f64)| likely.contains_key(&Seen::By(*endpoint)) && (share - even).abs() < 1e-9;
    if oracle.shares.iter().all(counts) {
        for (place, (endpoint, _)) in oracle.shares.iter().enumerate() {
            let count = seen.get(&Seen::By(*endpoint)).copied().unwrap_or(0);
            places.add(oracle.shares.len(), place, count);
        }
    }
    None
}

/// One connection after the other, each held against what the engine remembers by then.
fn sticky(
    lab: &Lab,
    cluster: &Cluster,
    fleet: &mut Fleet,
    flow: &Flow,
    opening: &Opening,
) -> Result<(BTreeMap<Outcome, u64>, Option<String>), String> {
    let mut counts = BTreeMap::new();
    for number in 0..STICKY as u64 {
        let seen = open_all(lab, std::slice::from_ref(opening))?.pop().unwrap_or(Outcome::Silent);
        *counts.entry(seen).or_default() += 1;
        let could =
            |seed: &u64| outcome(&trace_with(cluster, &mut fleet.clone(), &flow.request(*seed), number)) == seen;
        let Some(seed) = (0..STICKY_SEEDS).find(could) else {
            return Ok((counts, Some(format!("connection {number}: the engine has no way to {seen:?}"))));
        };
        trace_with(cluster, fleet, &flow.request(seed), number);
    }
    Ok((counts, None))
}

/// What a person needs to see of a difference.
fn tell(cluster: &Cluster, flow: &Flow, oracle: &Oracle, counts: &BTreeMap<Outcome, u64>, why: &str) -> String {
    let mode = cluster.settings.proxy.mode;
    let mut text = format!("{} {} to {} ({}): {why}\n", mode.as_str(), flow.from, flow.to, flow.protocol);
    let kernel: Vec<String> = counts.iter().map(|(outcome, count)| format!("{count} x {outcome:?}")).collect();
    let _ = writeln!(text, "  kernel: {}", kernel.join(", "));
    let _ = writeln!(text, "  engine: {:?} {:?}", oracle.sample.verdict, oracle.outcomes);
    for hop in &oracle.sample.hops {
        let _ = writeln!(text, "    {:?} {}: {}", hop.at, hop.action.as_str(), hop.note);
        if let Some(rule) = &hop.rule {
            let _ = writeln!(text, "      {rule}");
        }
    }
    let names: Vec<String> = oracle.sample.service.iter().map(|(service, _)| service.to_string()).collect();
    let needles: Vec<String> = names.into_iter().chain([flow.to.ip.to_string()]).collect();
    let deciding = |name: &str| oracle.sample.hops.iter().any(|hop| hop.at == Place::Proxy(name.to_string()));
    let any = cluster.nodes.iter().any(|node| deciding(&node.meta.name));
    for (node, texts) in cluster.nodes.iter().zip(load::print(cluster)) {
        if any && !deciding(&node.meta.name) {
            continue;
        }
        let lines = texts.iter().flat_map(|text| text.lines());
        let lines = lines.filter(|line| needles.iter().any(|needle| line.contains(needle.as_str())));
        let lines: Vec<&str> = lines.take(if mode == ProxyMode::Iptables { 24 } else { 16 }).collect();
        let _ = writeln!(text, "  rules of {}:\n    {}", node.meta.name, lines.join("\n    "));
    }
    text
}
