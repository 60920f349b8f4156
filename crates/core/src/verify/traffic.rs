//! How a connection can end: followed with one seed after another until nothing new is to be expected.

use super::{Failure, client, names};
use crate::cluster::{Cluster, Place};
use crate::expect::{Shares, SourceSeen, Traffic};
use crate::net::Addr;
use crate::objects::ObjectRef;
use crate::packet::{Action, Candidate, Request, Trace, Verdict, trace_among};
use crate::proxy::Fleet;

/// At least so many seeds are tried,
const LEAST: u64 = 16;
/// so many for each endpoint and node that chance has to choose from (by then, one in e^16 was not chosen),
const EACH: u64 = 16;
/// and no more than these.
const MOST: u64 = 20_000;
/// By how much a share may be off where nobody says: a third is 33%.
const TOLERANCE: f64 = 0.005;

pub(super) fn check(cluster: &Cluster, fleet: &mut Fleet, claim: &Traffic) -> Vec<Failure> {
    let from = match client(cluster, &claim.from) {
        Ok(from) => from,
        Err(failure) => return vec![failure],
    };
    let mut request = Request::new(from, claim.to.clone(), claim.protocol, 0);
    let mut ends: Vec<Trace> = Vec::new();
    let mut most = LEAST;
    let mut seed = 0;
    while seed < most {
        request.seed = seed;
        seed += 1;
        let trace = trace_among(cluster, fleet, &request);
        if seed == 1 {
            let entered = trace.hops.iter().any(|hop| hop.action == Action::Balance);
            let outside = entered || !matches!(request.from, crate::cluster::Client::Pod(_));
            let nodes = if outside { cluster.nodes.len() } else { 0 };
            most = LEAST.max(EACH * (trace.endpoints.len() as u64)).max(EACH * nodes as u64).min(MOST);
        }
        if !ends.iter().any(|known| same(known, &trace)) {
            ends.push(trace);
        }
    }
    let mut failures = Vec::new();
    verdicts(claim, &ends, &mut failures);
    let delivered = || ends.iter().filter(|trace| answered(trace));
    if let Some(wanted) = claim.endpoints.as_ref().filter(|_| delivered().next().is_some()) {
        let mut found: Vec<String> = Vec::new();
        for trace in delivered() {
            let name = answerer(trace);
            if !found.contains(&name) {
                found.push(name);
            }
        }
        failures.extend(names::compare("endpoints", wanted, &found, &|word, one| is(cluster, word, one)));
    }
    if let Some(wanted) = claim.shares.as_ref().filter(|_| delivered().next().is_some()) {
        let of = ends.iter().map(|trace| trace.endpoints.as_slice()).max_by_key(|endpoints| endpoints.len());
        let parts: Vec<(String, f64)> = match (of.unwrap_or_default(), delivered().next()) {
            ([], Some(only)) => vec![(answerer(only), 1.0)],
            (endpoints, _) => endpoints.iter().map(|one| (candidate(one), one.probability)).collect(),
        };
        failures.extend(shares(cluster, wanted, &parts, TOLERANCE));
    }
    if let Some(wanted) = &claim.source {
        let wrong = delivered().find(|trace| match wanted {
            SourceSeen::Client => trace.masqueraded,
            SourceSeen::Masqueraded => !trace.masqueraded,
            SourceSeen::Address(address) => trace.source_seen != Some(*address),
        });
        failures.extend(wrong.map(|trace| source(wanted, trace)));
    }
    if let Some(wanted) = &claim.entry {
        let mut found: Vec<String> = Vec::new();
        for trace in &ends {
            let entry = entry(trace);
            if !entry.is_empty() && !found.iter().any(|known| known == entry) {
                found.push(entry.to_string());
            }
        }
        failures.extend(names::compare("entry by", wanted, &found, &|word, one| word == one));
    }
    failures
}

/// Whether two ways end alike.
fn same(a: &Trace, b: &Trace) -> bool {
    let code = |trace: &Trace| trace.cause.as_ref().map(|cause| cause.code);
    let of = |trace: &Trace| (trace.verdict, trace.chosen, code(trace), trace.masqueraded, trace.source_seen);
    of(a) == of(b) && entry(a) == entry(b)
}

/// Whether a process took it and its answer comes back.
fn answered(trace: &Trace) -> bool {
    trace.verdict == Verdict::Delivered && trace.cause.is_none()
}

fn verdicts(claim: &Traffic, ends: &[Trace], failures: &mut Vec<Failure>) {
    let code = |trace: &Trace| trace.cause.as_ref().map(|cause| cause.code);
    let right = |trace: &&Trace| {
        let good = answered(trace);
        // Without a cause, delivered means that the answer comes back, too.
        let cause = match &claim.cause {
            Some(wanted) => code(trace) == Some(wanted) || good && claim.verdicts.len() > 1,
            None => good || trace.verdict != Verdict::Delivered,
        };
        (claim.verdicts.is_empty() || claim.verdicts.contains(&trace.verdict)) && cause
    };
    let Some(wrong) = ends.iter().find(|trace| !right(trace)) else { return };
    let words: Vec<&str> = claim.verdicts.iter().map(|verdict| verdict.as_str()).collect();
    let expected = match &claim.cause {
        Some(cause) if claim.verdicts.is_empty() => format!("to fail with cause {cause}"),
        Some(cause) => format!("{} with cause {cause}", words.join(" or ")),
        None => words.join(" or "),
    };
    let mut found = wrong.verdict.as_str().to_string();
    if let (Verdict::Delivered, Some(code)) = (wrong.verdict, code(wrong)) {
        found = format!("delivered to {}, but not answered ({code})", answerer(wrong));
    } else if wrong.verdict == Verdict::Delivered {
        found = format!("delivered to {}", answerer(wrong));
    } else if let Some(code) = code(wrong) {
        found = format!("{found} ({code})");
    }
    if ends.iter().any(|trace| right(&trace)) {
        let by = entry(wrong);
        let of = wrong.chosen.and_then(|at| wrong.endpoints.get(at)).map(candidate);
        found = match (of, by) {
            (Some(endpoint), _) => format!("{found}, when it gets endpoint {endpoint}"),
            (None, "") => format!("{found}, sometimes"),
            (None, node) => format!("{found}, when it enters by {node}"),
        };
    }
    let mut failure = Failure::new(expected, found);
    if let Some(cause) = &wrong.cause {
        failure.why = cause.message.clone();
        failure.code = Some(cause.code);
        failure.field = cause.field.clone().map(Box::new);
    }
    failures.push(failure);
}

fn source(wanted: &SourceSeen, trace: &Trace) -> Failure {
    let expected = match wanted {
        SourceSeen::Client => "the client's own address as the source".to_string(),
        SourceSeen::Masqueraded => "a masqueraded source".to_string(),
        SourceSeen::Address(address) => format!("the source {address}"),
    };
    let how = if trace.masqueraded { "masqueraded" } else { "the client's own" };
    let seen = trace.source_seen.map(|address| format!("{address}, ")).unwrap_or_default();
    let mut failure = Failure::new(expected, format!("{seen}{how}, at {}", answerer(trace)));
    let hop = trace.hops.iter().rev().find(|hop| matches!(hop.action, Action::Masquerade | Action::Balance));
    if let Some(hop) = hop.filter(|_| trace.masqueraded) {
        failure.why = hop.note.clone();
        failure.field = hop.field.clone().map(Box::new);
    }
    failure
}

/// Holds shares against what is wanted.
pub(super) fn shares(cluster: &Cluster, wanted: &Shares, parts: &[(String, f64)], tolerance: f64) -> Option<Failure> {
    let tolerance = wanted.tolerance.unwrap_or(tolerance);
    let all = |share: &dyn Fn(&(String, f64)) -> String| parts.iter().map(share).collect::<Vec<_>>().join(", ");
    let wrong = wanted.of.iter().find_map(|(word, part)| {
        // A sum of nothing is a negative zero.
        let found = parts.iter().filter(|(name, _)| is(cluster, word, name)).fold(0.0, |sum, (_, part)| sum + part);
        ((found - part).abs() > tolerance + 1e-9).then_some((word, *part, found))
    });
    let (word, part, found) = wrong?;
    let mut failure =
        Failure::new(format!("{} for {word}, {} more or less", percent(part), percent(tolerance)), percent(found));
    failure.why = format!("the shares are {}", all(&|(name, part)| format!("{name} {}", percent(*part))));
    Some(failure)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// The node by which a packet came in; empty where it met none.
fn entry(trace: &Trace) -> &str {
    let at = trace.hops.iter().find_map(|hop| match &hop.at {
        Place::Node(name) | Place::Proxy(name) | Place::Kubelet(name) => Some(name.as_str()),
        _ => None,
    });
    at.unwrap_or_default()
}

/// Who took it: the endpoint's pod or address, else the place where it ended.
fn answerer(trace: &Trace) -> String {
    if let Some(chosen) = trace.chosen.and_then(|at| trace.endpoints.get(at)) {
        return candidate(chosen);
    }
    match trace.hops.last().map(|hop| &hop.at) {
        Some(Place::Pod(pod)) => pod.to_string(),
        Some(Place::Endpoint(address) | Place::External(address)) => address.to_string(),
        Some(Place::ExternalHost(name)) => name.clone(),
        Some(place) => place.to_string(),
        None => String::new(),
    }
}

fn candidate(one: &Candidate) -> String {
    match &one.pod {
        Some(pod) => pod.to_string(),
        None => one.address.to_string(),
    }
}

/// Whether a word names who answered: a pod, its maker, an address with or without its port, or the place itself.
pub(super) fn is(cluster: &Cluster, word: &str, name: &str) -> bool {
    if word == name || name.parse::<std::net::SocketAddr>().is_ok_and(|to| word == Addr::new(to.ip(), 0).ip.to_string())
    {
        return true;
    }
    let Some((namespace, name)) = name.split_once('/') else { return false };
    let pod = ObjectRef::new(namespace, name);
    if names::is_pod(cluster, word, &pod) {
        return true;
    }
    let ip = word.parse().or_else(|_| word.parse::<std::net::SocketAddr>().map(|address| address.ip()));
    ip.is_ok_and(|ip| cluster.pod(&pod).is_some_and(|pod| pod.ips.contains(&ip)))
}
