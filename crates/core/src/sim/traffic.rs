//! Requests: sent, on their way, arrived, known to the client.

use std::rc::Rc;

use super::clients::Errand;
use super::conntrack::{Connection, notices};
use super::path::{SAME_NODE, SAME_ZONE, legs, length, places};
use super::reach::Silence;
use super::{Failures, Flight, FlightEnd, Happening, MAX_RECENT, RECENT, ServiceCounts, Sim};
use crate::cluster::Place;
use crate::objects::{ObjectRef, PodPhase};
use crate::packet::{self, Action, Candidate, Cause, Request, Symptom, Trace, Verdict};

/// A request on its way.
#[derive(Clone)]
pub(super) struct Travel {
    pub(super) flight: Flight,
    errand: Errand,
    sent: u64,
    /// When its client gives up.
    deadline: u64,
    /// Drawn for how long it takes to serve.
    pub(super) work: u32,
    /// Whether it opens its connection, rather than using one that is open.
    opens: bool,
    recorded: bool,
    /// The trace as its connection found it at the time `since`, before what was met on the way.
    route: Rc<Trace>,
    since: u64,
    met: Met,
    arrival: u64,
    /// Once it has arrived: when its answer leaves. [`u64::MAX`] while it waits to be served.
    pub(super) leaves: Option<u64>,
}

/// What a packet meets: the verdict, how many of its route's hops it comes by, and why if not as its route says.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Met {
    verdict: Verdict,
    hops: usize,
    why: Why,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Why {
    /// What its route says.
    Route,
    /// A process takes it after all.
    Taken,
    /// No process does.
    NotAccepting,
    /// Nobody has the address any more, or its node is silent.
    Gone,
    /// A node on the way is silent.
    Down,
    /// Its zone, or that of a node on the way, is cut off.
    CutOff,
    /// The process listens and answers nothing.
    Hangs,
    /// The process has too much to do.
    Full,
    /// Its answer comes too late.
    Late,
    /// The process ended over it.
    Reset,
}

impl Travel {
    /// The pod that it goes to, unless it ends before.
    pub(super) fn pod(&self) -> Option<&ObjectRef> {
        match self.route.hops.last().map(|hop| &hop.at) {
            Some(Place::Pod(pod)) if self.met.hops == self.route.hops.len() => Some(pod),
            _ => None,
        }
    }

    /// Whether a process has it in hand.
    pub(super) fn is_in_hand(&self, now: u64) -> bool {
        self.met.verdict == Verdict::Delivered && self.leaves.is_some_and(|leaves| leaves > now)
    }
}

impl Sim {
    /// Sends a request; `false` if its client cannot.
    pub(super) fn send(&mut self, errand: Errand) -> bool {
        let at = errand.load;
        let Some(state) = self.loads.get_mut(at) else { return false };
        let (draw, work) = state.draw(errand.tries);
        let times = &self.cluster.settings.proxy.conntrack;
        let open = errand.slot.and_then(|slot| state.slots.get(slot)).and_then(|slot| slot.open.clone());
        let open = open.filter(|open| !open.expired(times, self.now));
        let (from, protocol, patience) = (state.load.from.clone(), state.load.protocol, state.load.habits.patience());
        let Ok(target) = state.target.clone() else { return false };
        let Some(client) = self.sender(&from) else {
            if let Some(state) = self.loads.get_mut(at)
                && !state.silent
            {
                state.silent = true;
                self.note(format!("{from} cannot send: it does not run."), None);
            }
            return false;
        };
        if self.is_crowded(at) {
            return false;
        }
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
        let met = self.meet(&connection.trace, connection.since, opens);
        let mut travel = Travel {
            flight: Flight {
                id: self.flights,
                load: at,
                connection: connection.number,
                legs: Vec::new(),
                end: FlightEnd { verdict: met.verdict, at: 0 },
                trace: Rc::clone(&connection.trace),
            },
            errand,
            sent: self.now,
            deadline: self.now.saturating_add(patience),
            work,
            opens,
            recorded: self.record,
            route: Rc::clone(&connection.trace),
            since: connection.since,
            met,
            arrival: self.now,
            leaves: None,
        };
        self.flights += 1;
        self.foresee(&mut travel, met);
        if let Some((service, port)) = &connection.trace.service {
            let counts = self.service(service, port);
            // Connections were counted with what could have become of them.
            counts.counts.leave(true, false);
            if let Some(endpoint) = chosen(&connection.trace).and_then(|candidate| counts.endpoint(candidate)) {
                endpoint.counts.leave(true, false);
            }
        }
        if let Some(state) = self.loads.get_mut(at) {
            state.silent = false;
            state.counts.leave(errand.tries == 0, opens);
            let keeps = met.verdict == Verdict::Delivered || !notices(&connection.trace);
            if let Some(slot) = errand.slot.and_then(|slot| state.slots.get_mut(slot)) {
                slot.open = keeps.then_some(Connection { used: self.now, ..connection });
            }
        }
        let id = travel.flight.id;
        let (end, arrival) = (travel.flight.end.at, travel.arrival);
        let arrives = !is_silent(&travel.route, met.verdict) && arrival <= travel.deadline;
        self.travels.insert(id, travel);
        if arrives {
            self.plan(arrival, Happening::Arrive(id))
        } else {
            self.plan(end, Happening::End(id))
        }
        true
    }

    fn service(&mut self, service: &ObjectRef, port: &str) -> &mut ServiceCounts {
        let key = (service.clone(), port.to_string());
        self.services.entry(key).or_insert_with(|| ServiceCounts::new(service.clone(), port.to_string()))
    }

    /// What a packet on a way found at the time `since` meets now.
    fn meet(&self, trace: &Trace, since: u64, opens: bool) -> Met {
        let all = trace.hops.len();
        if let Some((at, silence)) = self.silence(trace) {
            let at_pod = matches!(trace.hops.get(at).map(|hop| &hop.at), Some(Place::Pod(_)));
            let why = match silence {
                Silence::Zone => Why::CutOff,
                Silence::Node if at_pod => Why::Gone,
                Silence::Node => Why::Down,
            };
            return Met { verdict: Verdict::Dropped, hops: at.saturating_add(1), why };
        }
        // What is answered astray is taken, and to the client as if it were lost.
        let astray = trace.verdict == Verdict::Delivered && trace.cause.is_some();
        let verdict = if astray { Verdict::Dropped } else { trace.verdict };
        let route = Met { verdict, hops: all, why: Why::Route };
        // Only what came to a pod can meet something else there by now.
        let Some(Place::Pod(reference)) = trace.hops.last().map(|hop| &hop.at) else { return route };
        if !matches!(trace.verdict, Verdict::Delivered | Verdict::Refused) {
            return route;
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
                let shut = self.closed.get(reference).is_some_and(|kept_too| opens || *kept_too);
                if listens && !shut && self.kubelets.hung.contains(reference) {
                    return Met { verdict: Verdict::Dropped, hops: all, why: Why::Hangs };
                }
                let verdict = if listens && pod.phase == PodPhase::Running && !shut {
                    Verdict::Delivered
                } else {
                    Verdict::Refused
                };
                let why = if verdict == Verdict::Delivered { Why::Taken } else { Why::NotAccepting };
                if verdict == trace.verdict { route } else { Met { verdict, hops: all, why } }
            }
            // Its node's neighbour search for the address stays without an answer.
            _ => Met { verdict: Verdict::Passed, hops: all.saturating_sub(1).max(1), why: Why::Gone },
        }
    }

    /// Writes into the flight what will become of it, as far as can be told now.
    fn foresee(&self, travel: &mut Travel, met: Met) {
        let path = places(&travel.route, met.hops);
        let back = length(&self.cluster, &path);
        travel.met = met;
        travel.arrival = travel.sent.saturating_add(back);
        let leaves = match (travel.leaves, met.verdict) {
            (Some(leaves), _) => leaves,
            (None, Verdict::Delivered) => travel.arrival.saturating_add(self.takes(travel)),
            (None, _) => travel.arrival,
        };
        let at = match met.verdict {
            Verdict::Delivered | Verdict::Rejected | Verdict::Refused => leaves.saturating_add(back),
            Verdict::Unresolved => travel.sent.saturating_add(2 * SAME_ZONE),
            Verdict::Unroutable if travel.route.symptom.curl != 28 => travel.sent.saturating_add(SAME_NODE),
            Verdict::Passed if refuses(&travel.route, met.verdict) => leaves.saturating_add(back),
            Verdict::Dropped | Verdict::Passed | Verdict::Unroutable => travel.deadline,
        };
        let late = at > travel.deadline;
        let seen = if late { Met { verdict: Verdict::Dropped, why: Why::Late, ..met } } else { met };
        travel.flight.end = FlightEnd { verdict: seen.verdict, at: at.min(travel.deadline) };
        travel.flight.trace = if seen.why == Why::Route { Rc::clone(&travel.route) } else { seen.trace(&travel.route) };
        if !travel.recorded {
            return;
        }
        travel.flight.legs = legs(&self.cluster, &path, travel.sent, false);
        if !is_silent(&travel.route, seen.verdict) {
            let mut way_back = path;
            way_back.reverse();
            travel.flight.legs.extend(legs(&self.cluster, &way_back, leaves, true));
        }
    }

    pub(super) fn arrive(&mut self, id: u64) {
        let Some(mut travel) = self.travels.remove(&id) else { return };
        let met = self.meet(&travel.route, travel.since, travel.opens);
        if met != travel.met {
            self.foresee(&mut travel, met);
        }
        if met.verdict == Verdict::Delivered {
            let expected = travel.arrival.saturating_add(self.takes(&travel));
            if !self.take_in(&mut travel) {
                self.foresee(&mut travel, Met { verdict: Verdict::Dropped, why: Why::Full, ..met });
            } else if travel.leaves != Some(expected) {
                self.foresee(&mut travel, met);
            }
        }
        self.put_back(travel);
    }

    /// A process has begun to serve a request that waited: its answer leaves then.
    pub(super) fn is_served(&mut self, id: u64, leaves: u64) {
        let Some(mut travel) = self.travels.remove(&id) else { return };
        travel.leaves = Some(leaves);
        let met = travel.met;
        self.foresee(&mut travel, met);
        self.put_back(travel);
    }

    /// The process ended over a request.
    pub(super) fn is_reset(&mut self, id: u64) {
        let Some(mut travel) = self.travels.remove(&id) else { return };
        travel.leaves = Some(self.now);
        let met = Met { verdict: Verdict::Refused, why: Why::Reset, ..travel.met };
        self.foresee(&mut travel, met);
        self.put_back(travel);
    }

    /// The process will never answer a request.
    pub(super) fn is_left(&mut self, id: u64) {
        let Some(mut travel) = self.travels.remove(&id) else { return };
        travel.leaves = None;
        let met = Met { verdict: Verdict::Dropped, why: Why::Hangs, ..travel.met };
        self.foresee(&mut travel, met);
        self.put_back(travel);
    }

    fn put_back(&mut self, travel: Travel) {
        let (id, when) = (travel.flight.id, travel.flight.end.at.max(self.now));
        self.travels.insert(id, travel);
        self.plan(when, Happening::End(id));
    }

    pub(super) fn end(&mut self, id: u64) {
        // Its end may have been put off, or have come before, since this was planned.
        if self.travels.get(&id).is_none_or(|travel| travel.flight.end.at > self.now) {
            return;
        }
        let Some(mut travel) = self.travels.remove(&id) else { return };
        let verdict = travel.flight.end.verdict;
        // An answer from, or through, a node that stopped meanwhile never comes.
        let silence = if verdict == Verdict::Delivered { self.silence(&travel.route) } else { None };
        if let Some((_, silence)) = silence {
            let why = if silence == Silence::Zone { Why::CutOff } else { Why::Gone };
            let met = Met { verdict: Verdict::Dropped, why, ..travel.met };
            self.foresee(&mut travel, met);
            return self.put_back(travel);
        }
        let errand = travel.errand;
        let ends = verdict != Verdict::Delivered && notices(&travel.route);
        if errand.slot.is_none() || ends {
            self.release(&travel.route);
        }
        let closing = travel.pod().is_some_and(|pod| self.closed.get(pod) == Some(&true));
        if let Some(state) = self.loads.get_mut(errand.load)
            && let Some(slot) = errand.slot.and_then(|slot| state.slots.get_mut(slot))
            && let Some(open) = slot.open.as_mut().filter(|open| open.number == travel.flight.connection)
        {
            open.answered |= verdict == Verdict::Delivered;
            if ends || closing && notices(&travel.route) {
                slot.open = None;
            }
        }
        if let Some((service, port)) = &travel.route.service {
            let latency = self.now.saturating_sub(travel.sent);
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
        // A name that is unknown is so a moment later.
        let mut retry = errand;
        retry.tries = retry.tries.saturating_add(1);
        let helps = !matches!(verdict, Verdict::Delivered | Verdict::Unresolved);
        if helps && self.loads.get(errand.load).is_some_and(|state| state.tries_again(&errand)) && self.send(retry) {
            return;
        }
        if let Some(state) = self.loads.get_mut(errand.load) {
            state.counts.end(verdict, self.now.saturating_sub(errand.due));
        }
        self.turn(&errand, 0);
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
        let mut closed = Vec::new();
        for slot in self.loads.iter_mut().flat_map(|state| &mut state.slots) {
            let to = slot.open.as_ref().and_then(|open| chosen(&open.trace)).and_then(|c| c.pod.as_ref());
            if to == Some(pod) && slot.open.as_ref().is_some_and(|open| notices(&open.trace)) {
                closed.extend(slot.open.take());
            }
        }
        for connection in &closed {
            self.release(&connection.trace);
        }
        if !closed.is_empty() {
            let text =
                format!("{} open connections to {} are reset; their clients connect anew.", closed.len(), pod.name);
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

impl Met {
    /// The trace of a packet that met something else than its proxy expected.
    fn trace(&self, route: &Trace) -> Rc<Trace> {
        let mut trace = route.clone();
        trace.hops.truncate(self.hops);
        trace.verdict = self.verdict;
        let refused = (7, "Connection refused");
        let silence = (28, "Connection timed out");
        let (action, code, message, (curl, text)) = match self.why {
            Why::Route | Why::Taken => (Action::Deliver, "", "A process takes it.", (0, "")),
            Why::NotAccepting => (
                Action::Refuse,
                "pod-not-accepting",
                "No process of the pod takes new connections on this port: it is starting, ending, or listens elsewhere.",
                refused,
            ),
            Why::Reset => (
                Action::Refuse,
                "process-ended",
                "The process ended before it had answered: the connection is reset.",
                (56, "Connection reset by peer"),
            ),
            Why::Full => (
                Action::Drop,
                "queue-full",
                "The process serves all it can, and as many wait: the kernel drops what else comes.",
                silence,
            ),
            Why::Late => (
                Action::Drop,
                "answer-late",
                "The answer takes longer than the client waits; the process works on it all the same.",
                (28, "Operation timed out"),
            ),
            Why::CutOff => (
                Action::Drop,
                "zone-cut-off",
                "The zone is cut off: packets between it and the others are lost, and the proxy's rules do not know.",
                silence,
            ),
            Why::Hangs => (
                Action::Drop,
                "process-hangs",
                "The process accepts the connection and answers nothing.",
                (28, "Operation timed out"),
            ),
            Why::Down => (Action::Drop, "node-down", "The node is down: it takes no packet and answers none.", silence),
            Why::Gone => (
                Action::Drop,
                "endpoint-gone",
                "Nobody has this address any more, or its node is silent; the proxy has not taken over the change yet.",
                silence,
            ),
        };
        // What would have come later has not happened.
        trace.masqueraded &= trace.hops.iter().any(|hop| hop.action == Action::Masquerade);
        if let Some(last) = trace.hops.last_mut() {
            last.action = action;
            last.note = message.to_string();
            last.after = None;
        }
        trace.cause = (!code.is_empty()).then(|| Cause { code, message: message.to_string(), field: None });
        if !code.is_empty() {
            trace.source_seen = None;
        }
        trace.symptom = Symptom { curl, text: text.to_string() };
        Rc::new(trace)
    }
}
