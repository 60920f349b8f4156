//! Requests: sent, on their way, arrived, known to the client.

use std::rc::Rc;

use super::conntrack::{Connection, notices};
use super::path::{SAME_NODE, SAME_ZONE, legs, length, node_of, places};
use super::random::Random;
use super::{
    Counts, Failures, Flight, FlightEnd, Happening, Load, MAX_RATE, MAX_RECENT, RECENT, ServiceCounts, Sim, TIMEOUT,
};
use crate::cluster::{Client, Place};
use crate::objects::{ObjectRef, PodPhase};
use crate::packet::{self, Action, Candidate, Cause, Request, Symptom, Target, Trace, Verdict};

/// How long a server thinks, in microseconds: the least and the most.
const SERVICE_TIME: (u32, u32) = (4_000, 6_000);
/// The first request of a load leaves within this time.
const FIRST: f64 = 100_000.0;

#[derive(Clone)]
pub(super) struct LoadState {
    pub(super) load: Load,
    /// Where to; the error says why the text is no target.
    target: Result<Target, String>,
    pub(super) counts: Counts,
    pub(super) stopped: bool,
    random: Random,
    began: u64,
    pub(super) connection: Option<Connection>,
    /// That its client cannot send was said.
    silent: bool,
}

/// A request on its way.
#[derive(Clone)]
pub(super) struct Travel {
    pub(super) flight: Flight,
    sent: u64,
    service_time: u64,
    /// Whether it opens its connection, rather than using one that is open.
    opens: bool,
    recorded: bool,
    /// The trace as its connection found it at the time `since`, before what was met on the way.
    route: Rc<Trace>,
    since: u64,
    /// How many of its hops the packet comes by.
    hops: usize,
    arrival: u64,
}

impl Sim {
    pub(super) fn start_load(&mut self, mut load: Load) {
        // What is no number, or negative, is no rate.
        load.rate = if load.rate > 0.0 { load.rate.min(MAX_RATE) } else { 0.0 };
        let at = self.loads.len();
        let number = u64::try_from(at).unwrap_or(u64::MAX);
        let mut random = Random::new(self.scenario.seed, number.saturating_add(16));
        let active = load.rate > 0.0;
        let mut began = self.now;
        if active {
            // At most 100 ms, so it fits.
            let within = (1e6 / load.rate).min(FIRST) as u32;
            began = began.saturating_add(random.between(0, within));
        }
        let target = Target::parse(&load.to);
        if let Err(message) = &target {
            self.note(message.clone(), None);
        }
        self.loads.push(LoadState {
            load,
            target,
            counts: Counts::default(),
            stopped: false,
            random,
            began,
            connection: None,
            silent: false,
        });
        if active {
            self.plan(began, Happening::Send(at, 0));
        }
    }

    pub(super) fn send_one(&mut self, load: Load) {
        let load = Load { rate: 0.0, ..load };
        let at = match self.loads.iter().position(|state| state.load == load) {
            Some(at) => at,
            None => {
                self.start_load(load);
                self.loads.len().saturating_sub(1)
            }
        };
        self.send(at);
    }

    pub(super) fn send_next(&mut self, at: usize, count: u64) {
        let Some(state) = self.loads.get(at).filter(|state| !state.stopped) else { return };
        // Exact in f64 for far longer than any run.
        let offset = (count + 1) as f64 * 1e6 / state.load.rate;
        let next = state.began.saturating_add(offset as u64).max(self.now);
        self.send(at);
        self.plan(next, Happening::Send(at, count + 1));
    }

    /// The client as it is now: a pod by the beginning of its name, and one that runs.
    fn sender(&self, client: &Client) -> Option<Client> {
        match client {
            Client::Pod(wanted) => {
                let exact = self.pod(wanted).filter(|pod| !pod.meta.deleting);
                let like = || {
                    self.cluster.pods.iter().find(|pod| {
                        pod.meta.namespace == wanted.namespace
                            && !pod.meta.deleting
                            && pod.phase == PodPhase::Running
                            && pod.meta.name.strip_prefix(&wanted.name).is_some_and(|rest| rest.starts_with('-'))
                    })
                };
                let pod = exact.or_else(like)?;
                let runs = pod.phase == PodPhase::Running && !self.stopped.contains_key(&pod.node);
                runs.then(|| Client::Pod(pod.meta.reference()))
            }
            Client::Node(name) => (!self.stopped.contains_key(name)).then(|| client.clone()),
            _ => Some(client.clone()),
        }
    }

    fn send(&mut self, at: usize) {
        let Some(state) = self.loads.get_mut(at) else { return };
        // Every request draws the same number of times, so that what befalls one changes nothing for the next.
        let draw = u64::from(state.random.next()) << 32 | u64::from(state.random.next());
        let service_time = state.random.between(SERVICE_TIME.0, SERVICE_TIME.1);
        let times = &self.cluster.settings.proxy.conntrack;
        let open = state.connection.clone().filter(|open| state.load.keep_alive && !open.expired(times, self.now));
        let (from, protocol) = (state.load.from.clone(), state.load.protocol);
        let Ok(target) = state.target.clone() else { return };
        let Some(client) = self.sender(&from) else {
            if let Some(state) = self.loads.get_mut(at)
                && !state.silent
            {
                state.silent = true;
                self.note(format!("{from} cannot send: it does not run."), None);
            }
            return;
        };
        let opens = open.is_none();
        let connection = match open {
            Some(connection) => connection,
            None => {
                let request = Request::new(client, target, protocol, draw);
                let trace = Rc::new(packet::trace_with(&self.cluster, &mut self.fleet, &request, self.now));
                self.connections += 1;
                if let Some((service, port)) = &trace.service {
                    self.service(service, port).connect(&trace.endpoints, trace.chosen);
                }
                Connection { number: self.connections, trace, since: self.now, used: self.now, answered: false }
            }
        };
        let (verdict, hops) = self.meet(&connection.trace, connection.since, opens);
        let path = places(&connection.trace, hops);
        let arrival = self.now.saturating_add(length(&self.cluster, &path));
        let mut travel = Travel {
            flight: Flight {
                id: self.flights,
                load: at,
                connection: connection.number,
                legs: Vec::new(),
                end: FlightEnd { verdict, at: 0 },
                trace: Rc::clone(&connection.trace),
            },
            sent: self.now,
            service_time,
            opens,
            recorded: self.record,
            route: Rc::clone(&connection.trace),
            since: connection.since,
            hops,
            arrival,
        };
        self.flights += 1;
        self.foresee(&mut travel, verdict, hops);
        if let Some((service, port)) = &connection.trace.service {
            let counts = self.service(service, port);
            counts.counts.sent += 1;
            if let Some(endpoint) = chosen(&connection.trace).and_then(|candidate| counts.endpoint(candidate)) {
                endpoint.counts.sent += 1;
            }
        }
        if let Some(state) = self.loads.get_mut(at) {
            state.silent = false;
            state.counts.sent += 1;
            state.counts.connections += u64::from(opens);
            let keeps = state.load.keep_alive && (verdict == Verdict::Delivered || !notices(&connection.trace));
            state.connection = keeps.then_some(Connection { used: self.now, ..connection });
        }
        let id = travel.flight.id;
        let silent = is_silent(&travel.route, verdict);
        let happening = if silent { Happening::End(id) } else { Happening::Arrive(id) };
        let when = if silent { travel.flight.end.at } else { travel.arrival };
        self.travels.insert(id, travel);
        self.plan(when, happening);
    }

    fn service(&mut self, service: &ObjectRef, port: &str) -> &mut ServiceCounts {
        let key = (service.clone(), port.to_string());
        self.services.entry(key).or_insert_with(|| ServiceCounts::new(service.clone(), port.to_string()))
    }

    /// What a packet on a way found at the time `since` meets now: the verdict, and how many of the hops it comes by.
    fn meet(&self, trace: &Trace, since: u64, opens: bool) -> (Verdict, usize) {
        let all = trace.hops.len();
        let silent = |place: &Place| node_of(&self.cluster, place).is_some_and(|node| self.stopped.contains_key(&node));
        if let Some(at) = trace.hops.iter().position(|hop| silent(&hop.at)) {
            return (Verdict::Dropped, at + 1);
        }
        // Only what came to a pod can meet something else there by now.
        let Some(Place::Pod(reference)) = trace.hops.last().map(|hop| &hop.at) else { return (trace.verdict, all) };
        if !matches!(trace.verdict, Verdict::Delivered | Verdict::Refused) {
            return (trace.verdict, all);
        }
        let to = trace.hops.last().and_then(|hop| hop.before).map(|tuple| tuple.dst);
        match self.pod(reference) {
            // A name may have come again, with another address.
            Some(pod) if pod.host_network || to.is_none_or(|to| pod.ips.contains(&to.ip) || to.ip.is_loopback()) => {
                let changed = self.altered.get(reference).is_some_and(|at| *at > since);
                let listens = match to {
                    Some(to) if changed => pod.listens(trace.protocol, to.port),
                    _ => trace.verdict == Verdict::Delivered,
                };
                let accepts = pod.phase == PodPhase::Running && !(opens && self.closed.contains(reference));
                (if listens && accepts { Verdict::Delivered } else { Verdict::Refused }, all)
            }
            // Its node's neighbour search for the address stays without an answer.
            _ => (Verdict::Passed, all.saturating_sub(1).max(1)),
        }
    }

    /// Writes into the flight what will become of it, as far as can be told now.
    fn foresee(&self, travel: &mut Travel, verdict: Verdict, hops: usize) {
        let path = places(&travel.route, hops);
        let back = length(&self.cluster, &path);
        travel.hops = hops;
        travel.arrival = travel.sent.saturating_add(back);
        let thinks = if verdict == Verdict::Delivered { travel.service_time } else { 0 };
        let leaves = travel.arrival.saturating_add(thinks);
        let at = match verdict {
            Verdict::Delivered | Verdict::Rejected | Verdict::Refused => leaves.saturating_add(back),
            Verdict::Unresolved => travel.sent.saturating_add(2 * SAME_ZONE),
            Verdict::Unroutable if travel.route.symptom.curl != 28 => travel.sent.saturating_add(SAME_NODE),
            Verdict::Passed if refuses(&travel.route, verdict) => leaves.saturating_add(back),
            Verdict::Dropped | Verdict::Passed | Verdict::Unroutable => travel.sent.saturating_add(TIMEOUT),
        };
        travel.flight.end = FlightEnd { verdict, at };
        travel.flight.trace = if verdict == travel.route.verdict && hops == travel.route.hops.len() {
            Rc::clone(&travel.route)
        } else {
            Rc::new(met(&travel.route, verdict, hops))
        };
        if !travel.recorded {
            return;
        }
        travel.flight.legs = legs(&self.cluster, &path, travel.sent, false);
        if !is_silent(&travel.route, verdict) {
            let mut way_back = path;
            way_back.reverse();
            travel.flight.legs.extend(legs(&self.cluster, &way_back, leaves, true));
        }
    }

    pub(super) fn arrive(&mut self, id: u64) {
        let Some(mut travel) = self.travels.remove(&id) else { return };
        let (verdict, hops) = self.meet(&travel.route, travel.since, travel.opens);
        if verdict != travel.flight.end.verdict || hops != travel.hops {
            self.foresee(&mut travel, verdict, hops);
        }
        let when = travel.flight.end.at;
        self.travels.insert(id, travel);
        self.plan(when, Happening::End(id));
    }

    pub(super) fn end(&mut self, id: u64) {
        let Some(mut travel) = self.travels.remove(&id) else { return };
        let (verdict, hops) = (travel.flight.end.verdict, travel.hops);
        // An answer from, or through, a node that stopped meanwhile never comes.
        let silent = |place: &Place| node_of(&self.cluster, place).is_some_and(|node| self.stopped.contains_key(&node));
        if verdict == Verdict::Delivered && travel.route.hops.iter().any(|hop| silent(&hop.at)) {
            self.foresee(&mut travel, Verdict::Dropped, hops);
            let when = travel.flight.end.at.max(self.now);
            self.travels.insert(id, travel);
            return self.plan(when, Happening::End(id));
        }
        let latency = self.now.saturating_sub(travel.sent);
        let keeps = self.loads.get(travel.flight.load).is_some_and(|state| state.load.keep_alive);
        let ends = verdict != Verdict::Delivered && notices(&travel.route);
        if !keeps || ends {
            self.release(&travel.route);
        }
        if let Some(state) = self.loads.get_mut(travel.flight.load) {
            state.counts.end(verdict, latency);
            if let Some(open) = state.connection.as_mut().filter(|open| open.number == travel.flight.connection) {
                open.answered |= verdict == Verdict::Delivered;
                if ends {
                    state.connection = None;
                }
            }
        }
        if let Some((service, port)) = &travel.route.service {
            let counts = self.service(service, port);
            counts.counts.end(verdict, latency);
            if let Some(endpoint) = chosen(&travel.route).and_then(|candidate| counts.endpoint(candidate)) {
                endpoint.counts.end(verdict, latency);
            }
        }
        if verdict != Verdict::Delivered {
            self.count_failure(&travel.flight);
        }
        if self.record {
            self.recent.push_back(travel.flight);
        }
        self.forget();
    }

    fn count_failure(&mut self, flight: &Flight) {
        let verdict = flight.end.verdict;
        let code = flight.trace.cause.as_ref().map_or("", |cause| cause.code);
        match self.failures.iter_mut().find(|known| known.verdict == verdict && known.code == code) {
            Some(known) => known.count += 1,
            None => {
                let message = flight.trace.cause.as_ref().map_or_else(String::new, |cause| cause.message.clone());
                self.failures.push(Failures { verdict, code, message, count: 1 });
            }
        }
    }

    /// Closes the connections to a pod that is gone; the next request opens a new one.
    pub(super) fn disconnect(&mut self, pod: &ObjectRef) {
        let mut lost = 0_u32;
        let mut closed = Vec::new();
        for state in &mut self.loads {
            let to = state.connection.as_ref().and_then(|open| chosen(&open.trace)).and_then(|c| c.pod.as_ref());
            if to == Some(pod) && state.connection.as_ref().is_some_and(|open| notices(&open.trace)) {
                closed.extend(state.connection.take());
                lost += 1;
            }
        }
        for connection in closed {
            self.release(&connection.trace);
        }
        if lost > 0 {
            let text = format!("{lost} open connections to {} are reset; their clients connect anew.", pod.name);
            self.note(text, Some(("Pod", pod.clone())));
        }
    }

    /// Lets go of flights that ended long ago.
    pub(super) fn forget(&mut self) {
        while self.recent.len() > MAX_RECENT
            || self.recent.front().is_some_and(|flight| flight.end.at.saturating_add(RECENT) < self.now)
        {
            self.recent.pop_front();
        }
    }
}

fn chosen(trace: &Trace) -> Option<&Candidate> {
    trace.endpoints.get(trace.chosen?)
}

/// A packet that no proxy had an opinion on, and whose host refuses it. Where nobody has the address at all, the word
/// comes after some seconds, when the client has given up.
fn refuses(route: &Trace, verdict: Verdict) -> bool {
    let nobody = route.cause.as_ref().is_some_and(|cause| cause.code == "no-such-pod");
    verdict == Verdict::Passed && route.verdict == Verdict::Passed && route.symptom.curl == 7 && !nobody
}

/// Nothing comes back by the way it went: what its client sees does not wait for an arrival.
fn is_silent(route: &Trace, verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Delivered | Verdict::Rejected | Verdict::Refused) && !refuses(route, verdict)
}

/// The trace of a packet that met something else than its proxy expected.
fn met(route: &Trace, verdict: Verdict, hops: usize) -> Trace {
    let mut trace = route.clone();
    trace.hops.truncate(hops);
    trace.verdict = verdict;
    let (action, code, message, curl, text) = match verdict {
        Verdict::Delivered => (Action::Deliver, "", "A process takes it.", 0, ""),
        Verdict::Refused => (
            Action::Refuse,
            "pod-not-accepting",
            "No process of the pod takes new connections on this port: it is starting, ending, or listens elsewhere.",
            7,
            "Connection refused",
        ),
        _ => (
            Action::Drop,
            "endpoint-gone",
            "Nobody has this address any more, or its node is silent; the proxy has not taken over the change yet.",
            28,
            "Connection timed out",
        ),
    };
    if let Some(last) = trace.hops.last_mut() {
        last.action = action;
        last.note = message.to_string();
        last.after = None;
    }
    trace.cause = (verdict != Verdict::Delivered).then(|| Cause { code, message: message.to_string(), field: None });
    if verdict != Verdict::Delivered {
        trace.source_seen = None;
    }
    trace.symptom = Symptom { curl, text: text.to_string() };
    trace
}
