//! Pods as servers: how many requests a process has in hand at a time, how long each takes, and who waits.
//!
//! A pod that no [`Server`] is said of serves all that come, each in 4 to 6 ms. One that is serves so many at a time; the
//! next ones wait in the order in which they came. What finds the queue full meets silence, as the kernel drops a
//! connection for which the listen backlog has no room (`tcp_abort_on_overflow` is off by default). A process does not
//! know that a client has given up: it works on that request all the same, which is what makes an overload last.

use std::collections::VecDeque;

use super::traffic::Travel;
use super::workloads::{owner_of, owns};
use super::{Happening, Server, Sim};
use crate::objects::ObjectRef;

/// How long a request takes where nothing is said, in microseconds: the least and the most.
pub(super) const SERVICE_TIME: (u32, u32) = (4_000, 6_000);

/// A pod's process, where it has limits.
#[derive(Clone)]
pub(super) struct Process {
    /// Tells it from others of the same name.
    epoch: u64,
    /// Which of the scenario's servers it is; `None` has no limit.
    server: Option<usize>,
    serving: u32,
    /// Requests that wait, each with what was drawn for the time it takes.
    waiting: VecDeque<(u64, u32)>,
}

/// What a pod has in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InHand {
    /// The pod.
    pub pod: ObjectRef,
    /// Requests that it serves, those too whose clients have given up.
    pub serving: u32,
    /// Requests that wait for it.
    pub waiting: u32,
    /// How many it serves at a time and how many may wait; `None` is no limit.
    pub limits: Option<(u32, u32)>,
}

fn spread((least, most): (u32, u32), work: u32) -> u64 {
    let span = u64::from(most.saturating_sub(least)) + 1;
    // 32 bits times at most 2^32 fits 64 bits.
    u64::from(least) + ((u64::from(work) * span) >> 32)
}

impl Sim {
    /// Which of the scenario's servers a pod is.
    fn server_of(&self, pod: &ObjectRef) -> Option<usize> {
        let owner = self.pod(pod).and_then(owner_of);
        let is = |server: &Server| match server.kind.as_str() {
            "Pod" => server.of == *pod,
            kind => owner.as_ref().is_some_and(|owner| owns(owner, kind, &server.of)),
        };
        self.scenario.servers.iter().position(is)
    }

    /// How quickly a pod serves, where that is said.
    pub fn server(&self, pod: &ObjectRef) -> Option<&Server> {
        let known = self.processes.get(pod).map(|process| process.server);
        self.scenario.servers.get(known.unwrap_or_else(|| self.server_of(pod))?)
    }

    /// How long a request takes to serve.
    pub(super) fn takes(&self, travel: &Travel) -> u64 {
        let pod = travel.pod().filter(|_| !self.scenario.servers.is_empty());
        let server = pod.and_then(|pod| self.server(pod));
        spread(server.map_or(SERVICE_TIME, |server| server.service_time), travel.work)
    }

    /// A request has come to where it is served; `false` if there is no room for it.
    pub(super) fn take_in(&mut self, travel: &mut Travel) -> bool {
        let takes = self.takes(travel);
        let leaves = self.now.saturating_add(takes);
        travel.leaves = Some(leaves);
        let Some(pod) = travel.pod().filter(|_| !self.scenario.servers.is_empty()).cloned() else { return true };
        if !self.processes.contains_key(&pod) {
            self.planned += 1;
            let server = self.server_of(&pod);
            let process = Process { epoch: self.planned, server, serving: 0, waiting: VecDeque::new() };
            self.processes.insert(pod.clone(), process);
        }
        let Some(process) = self.processes.get_mut(&pod) else { return true };
        let Some(server) = process.server.and_then(|at| self.scenario.servers.get(at)) else { return true };
        if server.concurrency == 0 {
            return true;
        }
        if process.serving < server.concurrency {
            process.serving += 1;
            let epoch = process.epoch;
            self.plan(leaves, Happening::Served(pod, epoch));
            return true;
        }
        let room = process.waiting.len() < server.queue as usize;
        travel.leaves = room.then_some(u64::MAX);
        if room {
            process.waiting.push_back((travel.flight.id, travel.work));
        }
        // Probes wait like everybody else.
        self.wake_probes(&pod);
        room
    }

    /// A process is done with a request.
    pub(super) fn served(&mut self, pod: &ObjectRef, epoch: u64) {
        if let Some(process) = self.processes.get_mut(pod).filter(|process| process.epoch == epoch) {
            process.serving = process.serving.saturating_sub(1);
            self.serve_waiting(pod);
        }
    }

    /// Those that wait are served as far as there is room.
    fn serve_waiting(&mut self, pod: &ObjectRef) {
        loop {
            let (most, times) =
                self.server(pod).map_or((0, SERVICE_TIME), |server| (server.concurrency, server.service_time));
            let Some(process) = self.processes.get_mut(pod) else { return };
            if most > 0 && process.serving >= most {
                return;
            }
            let Some((id, work)) = process.waiting.pop_front() else { return };
            process.serving += 1;
            let epoch = process.epoch;
            // As quickly as it works now, whenever the request came.
            let leaves = self.now.saturating_add(spread(times, work));
            self.plan(leaves, Happening::Served(pod.clone(), epoch));
            self.is_served(id, leaves);
        }
    }

    /// From now on these serve like this.
    pub(super) fn set_server(&mut self, server: Server) {
        let text = format!("{} {} serves differently from now on.", server.kind, server.of);
        let servers = &mut self.scenario.servers;
        match servers.iter_mut().find(|known| known.kind == server.kind && known.of == server.of) {
            Some(known) => *known = server,
            // Those said later are about less.
            None => servers.insert(0, server),
        }
        for pod in self.processes.keys().cloned().collect::<Vec<_>>() {
            let server = self.server_of(&pod);
            if let Some(process) = self.processes.get_mut(&pod) {
                process.server = server;
            }
            self.serve_waiting(&pod);
        }
        self.note(text, None);
    }

    /// Whether a pod's process has something in hand.
    pub(super) fn is_busy(&self, pod: &ObjectRef) -> bool {
        self.processes.get(pod).is_some_and(|process| process.serving > 0)
            || self.travels.values().any(|travel| travel.is_in_hand(self.now) && travel.pod() == Some(pod))
    }

    /// A pod's process has ended: what it had in hand is lost.
    pub(super) fn drop_in_hand(&mut self, pod: &ObjectRef) {
        self.processes.remove(pod);
        let lost = self.travels.iter().filter(|(_, one)| one.is_in_hand(self.now) && one.pod() == Some(pod));
        for id in lost.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.is_reset(id);
        }
    }

    /// A pod's process hangs: what it had in hand is never answered.
    pub(super) fn leave_in_hand(&mut self, pod: &ObjectRef) {
        self.processes.remove(pod);
        let left = self.travels.iter().filter(|(_, one)| one.is_in_hand(self.now) && one.pod() == Some(pod));
        for id in left.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.is_left(id);
        }
    }

    /// A pod's limits, with what it has in hand.
    fn limits(&self, pod: &ObjectRef) -> Option<(&Process, &Server)> {
        let process = self.processes.get(pod)?;
        let server = self.scenario.servers.get(process.server?)?;
        (server.concurrency > 0).then_some((process, server))
    }

    /// How long a question that comes now takes to be answered, about; `None` where it is dropped.
    pub(super) fn wait_of(&self, pod: &ObjectRef) -> Option<u64> {
        let Some((process, server)) = self.limits(pod) else { return Some(0) };
        let (least, most) = server.service_time;
        let one = u64::from(least).saturating_add(u64::from(most)) / 2;
        if process.serving < server.concurrency {
            return Some(one);
        }
        let before = process.waiting.len() as u64;
        let turns = before.saturating_add(1).saturating_mul(one) / u64::from(server.concurrency.max(1));
        (before < u64::from(server.queue)).then_some(turns.saturating_add(one))
    }

    /// Whether requests wait for a pod.
    pub(super) fn is_strained(&self, pod: &ObjectRef) -> bool {
        self.limits(pod).is_some_and(|(process, server)| process.serving >= server.concurrency)
    }

    /// What pods have in hand now, in the order of their names; those that have nothing are left out.
    pub fn in_hand(&self) -> Vec<InHand> {
        let mut all: crate::collections::Map<&ObjectRef, InHand> = crate::collections::Map::new();
        let mut entry = |pod, serving, waiting, limits| {
            let one = all.entry(pod).or_insert_with(|| InHand { pod: pod.clone(), serving: 0, waiting: 0, limits });
            one.serving = one.serving.saturating_add(serving);
            one.waiting = one.waiting.saturating_add(waiting);
        };
        let limited = |pod: &ObjectRef| {
            let server = self.scenario.servers.get(self.processes.get(pod)?.server?)?;
            (server.concurrency > 0).then_some((server.concurrency, server.queue))
        };
        for (pod, process) in &self.processes {
            if let Some(limits) = limited(pod).filter(|_| process.serving > 0) {
                entry(pod, process.serving, super::workloads::count(process.waiting.len()), Some(limits));
            }
        }
        for travel in self.travels.values().filter(|travel| travel.is_in_hand(self.now)) {
            if let Some(pod) = travel.pod().filter(|pod| limited(pod).is_none()) {
                entry(pod, 1, 0, None);
            }
        }
        all.into_values().collect()
    }
}
