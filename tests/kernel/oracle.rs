//! What the engine says of a connection: every outcome that it can give, and how likely each endpoint is.

use std::collections::{BTreeMap, BTreeSet};

use portolan_core::cluster::{Client, Cluster};
use portolan_core::net::Addr;
use portolan_core::packet::{Action, Trace, trace_among};
use portolan_core::proxy::Fleet;

use portolan_tests::kernel::traffic::Flow;

use crate::flows::Outcome;

/// Seeds tried before an outcome is taken to be none that the engine can give.
const SEEDS: u64 = 4_000;
/// The same where only the endpoint is a matter of chance, and each has been seen.
const SEEDS_AT_ONE_NODE: u64 = 100;
/// Seeds tried at first, at least.
const FIRST: u64 = 3;

/// The outcome that a trace foretells.
pub(crate) fn outcome(trace: &Trace) -> Outcome {
    let last = trace.hops.last().and_then(|hop| hop.after);
    match (trace.symptom.curl, trace.source_seen, last) {
        (0, Some(source), Some(tuple)) => Outcome::Answered(tuple.dst, source),
        (28, ..) => Outcome::Silent,
        _ if trace.symptom.text.ends_with("No route to host") => Outcome::NoRoute,
        _ => Outcome::Refused,
    }
}

/// The engine's answers about one flow, as many as were asked for so far.
pub(crate) struct Oracle {
    next: u64,
    pub(crate) outcomes: BTreeSet<Outcome>,
    /// The endpoints with their probabilities, from the first trace.
    pub(crate) shares: Vec<(Addr, f64)>,
    /// The outcomes of each endpoint.
    by_endpoint: BTreeMap<Addr, BTreeSet<Outcome>>,
    /// What is seen where no endpoint is chosen: at some nodes, perhaps, when any can be the first.
    without: BTreeSet<Seen>,
    pub(crate) sample: Trace,
    /// Whether the Service that answers remembers its clients.
    pub(crate) sticky: bool,
}

impl Oracle {
    pub(crate) fn new(cluster: &Cluster, fleet: &mut Fleet, flow: &Flow) -> Oracle {
        let sample = trace_among(cluster, fleet, &flow.request(0));
        let service = sample.service.as_ref().and_then(|(service, _)| cluster.service(service));
        let mut oracle = Oracle {
            next: 0,
            outcomes: BTreeSet::new(),
            shares: sample.endpoints.iter().map(|endpoint| (endpoint.address, endpoint.probability)).collect(),
            by_endpoint: BTreeMap::new(),
            without: BTreeSet::new(),
            sticky: service.is_some_and(|service| service.affinity_seconds.is_some()),
            sample,
        };
        while oracle.next < SEEDS && (oracle.next < FIRST || oracle.by_endpoint.len() < oracle.shares.len()) {
            oracle.ask(cluster, fleet, flow);
        }
        oracle
    }

    fn ask(&mut self, cluster: &Cluster, fleet: &mut Fleet, flow: &Flow) {
        let trace = trace_among(cluster, fleet, &flow.request(self.next));
        self.next += 1;
        let outcome = outcome(&trace);
        self.outcomes.insert(outcome);
        if self.shares.is_empty() {
            self.shares = trace.endpoints.iter().map(|endpoint| (endpoint.address, endpoint.probability)).collect();
        }
        match trace.chosen.and_then(|at| trace.endpoints.get(at)) {
            Some(chosen) => {
                self.by_endpoint.entry(chosen.address).or_default().insert(outcome);
            }
            None => {
                self.without.insert(Seen::of(&outcome));
            }
        }
    }

    /// Whether the engine can give this outcome.
    pub(crate) fn allows(&mut self, cluster: &Cluster, fleet: &mut Fleet, flow: &Flow, outcome: &Outcome) -> bool {
        let balanced = self.sample.hops.iter().any(|hop| hop.action == Action::Balance);
        let anywhere = balanced || matches!(flow.from, Client::External(_));
        let seeds = if anywhere { SEEDS } else { SEEDS_AT_ONE_NODE };
        while self.next < seeds && !self.outcomes.contains(outcome) {
            self.ask(cluster, fleet, flow);
        }
        self.outcomes.contains(outcome)
    }

    /// Whether every outcome comes with an answer or an error that is never left out.
    pub(crate) fn answers(&self) -> bool {
        !self.outcomes.contains(&Outcome::Silent) && !self.outcomes.contains(&Outcome::NoRoute)
    }

    /// How likely what a client can tell apart is, where an endpoint is chosen: an endpoint that answers, or a kind of
    /// failure. `None` where an endpoint alone does not decide that, or is not alone in it.
    pub(crate) fn likelihoods(&self) -> Option<BTreeMap<Seen, f64>> {
        let mut likely: BTreeMap<Seen, f64> = BTreeMap::new();
        for (endpoint, share) in &self.shares {
            let seen: BTreeSet<Seen> = self.by_endpoint.get(endpoint)?.iter().map(Seen::of).collect();
            let one = seen.first().filter(|_| seen.len() == 1)?;
            *likely.entry(*one).or_default() += share;
        }
        likely.keys().all(|seen| !self.without.contains(seen)).then_some(likely)
    }
}

/// An outcome without the source that the server saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Seen {
    By(Addr),
    Refused,
    NoRoute,
    Silent,
}

impl Seen {
    pub(crate) fn of(outcome: &Outcome) -> Seen {
        match outcome {
            Outcome::Answered(at, _) => Seen::By(*at),
            Outcome::Refused => Seen::Refused,
            Outcome::NoRoute => Seen::NoRoute,
            Outcome::Silent => Seen::Silent,
        }
    }
}
