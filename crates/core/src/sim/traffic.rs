//! Requests: sent, on their way, arrived, known to the client.

use std::rc::Rc;

use super::path::{SAME_NODE, SAME_ZONE, legs, length, node_of, places};
use super::random::Random;
use super::route::Connect;
use super::{Counts, Flight, FlightEnd, Happening, Load, MAX_RATE, MAX_RECENT, RECENT, ServiceCounts, Sim, TIMEOUT};
use crate::cluster::{Client, Place};
use crate::objects::{ObjectRef, PodPhase};
use crate::packet::{Action, Candidate, Cause, Symptom, Trace, Verdict};

/// How long a server thinks, in microseconds: the least and the most.
const SERVICE_TIME: (u32, u32) = (4_000, 6_000);
/// The first request of a load leaves within this time.
const FIRST: f64 = 100_000.0;

/// Whose connections keep to one endpoint: the node that decides, the Service, its port, and the client.
pub(super) type Affinity = (String, ObjectRef, String, Client);

pub(super) struct LoadState {
    pub(super) load: Load,
    pub(super) counts: Counts,
    pub(super) stopped: bool,
    random: Random,
    began: u64,
    connection: Option<Connection>,
    /// That its client cannot send was said.
    silent: bool,
}

/// An open connection.
#[derive(Clone)]
struct Connection {
    number: u64,
    trace: Rc<Trace>,
}

/// A request on its way.
pub(super) struct Travel {
    pub(super) flight: Flight,
    sent: u64,
    service_time: u64,
    /// Whether it opens its connection, rather than using one that is open.
    opens: bool,
    recorded: bool,
    /// The trace as its connection found it, before what was met on the way.
    route: Rc<Trace>,
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
        self.loads.push(LoadState {
            load,
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
        let (load, open) = (state.load.clone(), state.connection.clone().filter(|_| state.load.keep_alive));
        let Some(client) = self.sender(&load.from) else {
            if let Some(state) = self.loads.get_mut(at)
                && !state.silent
            {
                state.silent = true;
                self.note(format!("{} cannot send: it does not run.", load.from), None);
            }
            return;
        };
        let opens = open.is_none();
        let connection = match open {
            Some(connection) => connection,
            None => {
                let trace = Rc::new(self.route(&load, &client, draw));
                self.connections += 1;
                if let Some((service, port)) = &trace.service {
                    self.service(service, port).connect(&trace.endpoints, trace.chosen);
                }
                Connection { number: self.connections, trace }
            }
        };
        let (verdict, hops) = self.meet(&connection.trace, opens);
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
            let keeps = state.load.keep_alive && verdict == Verdict::Delivered;
            state.connection = keeps.then_some(connection);
        }
        let id = travel.flight.id;
        let happening = if is_silent(verdict) { Happening::End(id) } else { Happening::Arrive(id) };
        let when = if is_silent(verdict) { travel.flight.end.at } else { travel.arrival };
        self.travels.insert(id, travel);
        self.plan(when, happening);
    }

    fn service(&mut self, service: &ObjectRef, port: &str) -> &mut ServiceCounts {
        let key = (service.clone(), port.to_string());
        self.services.entry(key).or_insert_with(|| ServiceCounts::new(service.clone(), port.to_string()))
    }

    /// Where a new connection goes, by what the deciding node's proxy knows now.
    fn route(&mut self, load: &Load, client: &Client, draw: u64) -> Trace {
        let mut connect = Connect { from: client, to: &load.to, protocol: load.protocol, draw, prefer: None };
        let mut node = match client {
            Client::Pod(pod) => self.pod(pod).map(|pod| pod.node.clone()),
            Client::Node(name) | Client::AddressAt { node: name, .. } => Some(name.clone()),
            Client::External(_) | Client::Laptop => None,
        };
        let mut trace = None;
        if node.is_none() {
            // Only the way itself says which node it enters by.
            let first = self.router.trace(&self.cluster, &connect);
            node = first.hops.iter().find_map(|hop| node_of(&self.cluster, &hop.at));
            trace = Some(first);
        }
        let node = node.unwrap_or_default();
        let view = self.views.get(&node);
        let trace = match (trace, view) {
            (Some(trace), None) => trace,
            (_, view) => self.router.trace(view.unwrap_or(&self.cluster), &connect),
        };
        let Some((service, port)) = &trace.service else { return trace };
        let Some(seconds) = self.cluster.service(service).and_then(|service| service.affinity_seconds) else {
            return trace;
        };
        let key = (node, service.clone(), port.clone(), client.clone());
        let lasts = u64::from(seconds).saturating_mul(1_000_000);
        let kept = self.affinity.get(&key).filter(|(_, used)| self.now.saturating_sub(*used) < lasts);
        let kept = kept.map(|(address, _)| *address).filter(|kept| trace.endpoints.iter().any(|e| e.address == *kept));
        let trace = match kept {
            Some(address) if chosen(&trace).is_some_and(|candidate| candidate.address != address) => {
                connect.prefer = Some(address);
                self.router.trace(self.views.get(&key.0).unwrap_or(&self.cluster), &connect)
            }
            _ => trace,
        };
        if let Some(candidate) = chosen(&trace) {
            self.affinity.insert(key, (candidate.address, self.now));
        }
        trace
    }

    /// What a packet on this way meets now: the verdict, and how many of the hops it comes by.
    fn meet(&self, trace: &Trace, opens: bool) -> (Verdict, usize) {
        let all = trace.hops.len();
        let silent = |place: &Place| node_of(&self.cluster, place).is_some_and(|node| self.stopped.contains_key(&node));
        if let Some(at) = trace.hops.iter().position(|hop| silent(&hop.at)) {
            return (Verdict::Dropped, at + 1);
        }
        if !matches!(trace.verdict, Verdict::Delivered | Verdict::Refused) {
            return (trace.verdict, all);
        }
        let Some(candidate) = chosen(trace) else { return (trace.verdict, all) };
        let Some(reference) = &candidate.pod else { return (trace.verdict, all) };
        match self.pod(reference) {
            // A name may have come again, with another address.
            Some(pod) if pod.host_network || pod.ips.contains(&candidate.address.ip) => {
                let accepts = pod.phase == PodPhase::Running
                    && !(opens && self.closed.contains(reference))
                    && pod.listens(trace.protocol, candidate.address.port);
                (if accepts { Verdict::Delivered } else { Verdict::Refused }, all)
            }
            // Its node's neighbour search for the address stays without an answer.
            _ => (Verdict::Dropped, all.saturating_sub(1).max(1)),
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
        if matches!(verdict, Verdict::Delivered | Verdict::Rejected | Verdict::Refused) {
            let mut way_back = path;
            way_back.reverse();
            travel.flight.legs.extend(legs(&self.cluster, &way_back, leaves, true));
        }
    }

    pub(super) fn arrive(&mut self, id: u64) {
        let Some(mut travel) = self.travels.remove(&id) else { return };
        let (verdict, hops) = self.meet(&travel.route, travel.opens);
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
        if let Some(state) = self.loads.get_mut(travel.flight.load) {
            state.counts.end(verdict, latency);
            if verdict != Verdict::Delivered
                && state.connection.as_ref().is_some_and(|open| open.number == travel.flight.connection)
            {
                state.connection = None;
            }
        }
        if let Some((service, port)) = &travel.route.service {
            let counts = self.service(service, port);
            counts.counts.end(verdict, latency);
            if let Some(endpoint) = chosen(&travel.route).and_then(|candidate| counts.endpoint(candidate)) {
                endpoint.counts.end(verdict, latency);
            }
        }
        if self.record {
            self.recent.push_back(travel.flight);
        }
        self.forget();
    }

    /// Closes the connections to a pod that is gone; the next request opens a new one.
    pub(super) fn disconnect(&mut self, pod: &ObjectRef) {
        let mut lost = 0_u32;
        for state in &mut self.loads {
            let to = state.connection.as_ref().and_then(|open| chosen(&open.trace)).and_then(|c| c.pod.as_ref());
            if to == Some(pod) {
                state.connection = None;
                lost += 1;
            }
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

/// Nothing comes back by the way it went: what its client sees does not wait for an arrival.
fn is_silent(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Delivered | Verdict::Rejected | Verdict::Refused)
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
