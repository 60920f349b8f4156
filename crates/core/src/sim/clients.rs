//! Clients: when each sends its next request, and on which connection.
//!
//! An open loop sends at its rate whatever comes back; in a closed loop each user waits for its answer first.

use std::collections::VecDeque;

use super::conntrack::Connection;
use super::random::Random;
use super::{Counts, Habits, Happening, Load, MAX_RATE, Sim, TIMEOUT};
use crate::cluster::Client;
use crate::objects::PodPhase;
use crate::packet::Target;

/// The first request of a load leaves within this time.
const FIRST: u32 = 100_000;
/// The least time between the end of a user's request and its next one.
const LEAST_REST: u64 = 1_000;
/// When a user tries again who could not send at all.
const ABSENT: u64 = 1_000_000;
/// The most users, connections of a pool and requests of a burst.
pub(super) const MAX_USERS: u32 = 1_000;
/// The most retries of one request.
pub(super) const MAX_RETRIES: u32 = 10;
/// Requests of one client that wait for a connection of its pool.
const MAX_WAITING: usize = 1_000;
/// Requests of a whole run that are on their way.
const MAX_TRAVELS: usize = 50_000;

/// A client's connection that it keeps, or the place for one.
#[derive(Clone, Default)]
pub(super) struct Slot {
    pub(super) open: Option<Connection>,
    /// A request of a pool is on it.
    busy: bool,
}

/// A request as its client sees it.
#[derive(Clone, Copy)]
pub(super) struct Errand {
    pub(super) load: usize,
    /// Whose of the client's users.
    user: Option<u32>,
    /// On which of the connections that are kept; `None` is one of its own.
    pub(super) slot: Option<usize>,
    /// Since when it is to be sent.
    pub(super) due: u64,
    /// How often it was sent before.
    pub(super) tries: u32,
}

#[derive(Clone)]
pub(super) struct LoadState {
    pub(super) load: Load,
    /// Where to; the error says why the text is no target.
    pub(super) target: Result<Target, String>,
    pub(super) counts: Counts,
    stopped: bool,
    random: Random,
    /// For what is sent again, so that it changes nothing for the next request.
    again: Random,
    began: u64,
    pub(super) slots: Vec<Slot>,
    /// Requests without a connection: since when, and whose.
    waiting: VecDeque<(u64, Option<u32>)>,
    gives_up: bool,
    /// That its client cannot send was said.
    pub(super) silent: bool,
}

impl LoadState {
    /// The draws of one request, always as many: for its way, and for what it takes.
    pub(super) fn draw(&mut self, tries: u32) -> (u64, u32) {
        let random = if tries == 0 { &mut self.random } else { &mut self.again };
        (u64::from(random.next()) << 32 | u64::from(random.next()), random.next())
    }

    /// Whether a request that failed is sent again.
    pub(super) fn tries_again(&self, errand: &Errand) -> bool {
        errand.tries < self.load.habits.retries.min(MAX_RETRIES) && !self.stopped
    }

    fn stop(&mut self) {
        self.stopped = true;
        self.counts.unsent += self.waiting.len() as u64;
        self.waiting.clear();
    }

    /// A connection of the pool on which no request is, an open one if there is one.
    fn idle(&mut self) -> Option<usize> {
        let idle = |slot: &Slot| !slot.busy;
        let open = self.slots.iter().position(|slot| idle(slot) && slot.open.is_some());
        let found = open.or_else(|| self.slots.iter().position(idle)).or_else(|| {
            let room = self.slots.len() < self.load.habits.pool.min(MAX_USERS) as usize;
            room.then(|| {
                self.slots.push(Slot::default());
                self.slots.len() - 1
            })
        })?;
        self.slots.get_mut(found)?.busy = true;
        Some(found)
    }
}

impl Habits {
    /// How long a client with these waits, in microseconds.
    pub fn patience(&self) -> u64 {
        if self.timeout == 0 { TIMEOUT } else { self.timeout }
    }
}

impl Sim {
    pub(super) fn start_load(&mut self, mut load: Load) {
        // What is no number, or negative, is no rate.
        load.rate = if load.rate > 0.0 { load.rate.min(MAX_RATE) } else { 0.0 };
        let at = self.loads.len();
        let number = u64::try_from(at).unwrap_or(u64::MAX).saturating_add(16);
        let mut random = Random::new(self.scenario.seed, number);
        let habits = load.habits;
        let users = habits.users.min(MAX_USERS);
        let mut began = self.now.max(habits.start);
        if users > 0 {
            // Not all at once, and not all at once again after they have rested.
            let within = u32::try_from(habits.think).unwrap_or(u32::MAX).max(FIRST);
            for user in 0..users {
                let delay = random.between(0, within);
                self.plan(began.saturating_add(delay), Happening::User(at, user));
            }
        } else if load.rate > 0.0 {
            // At most 100 ms, so it fits.
            let within = (1e6 / load.rate).min(FIRST.into()) as u32;
            began = began.saturating_add(random.between(0, within));
            self.plan(began, Happening::Send(at, 0));
        }
        let target = Target::parse(&load.to);
        if let Err(message) = &target {
            self.note(message.clone(), None);
        }
        let kept = if !load.keep_alive || habits.pool > 0 { 0 } else { users.max(1) as usize };
        self.loads.push(LoadState {
            load,
            target,
            counts: Counts::default(),
            stopped: false,
            random,
            again: Random::new(self.scenario.seed, number.saturating_add(1 << 32)),
            began,
            slots: vec![Slot::default(); kept],
            waiting: VecDeque::new(),
            gives_up: false,
            silent: false,
        });
    }

    pub(super) fn send_one(&mut self, load: Load) {
        let habits = Habits { users: 0, start: 0, stop: 0, ..load.habits };
        let load = Load { rate: 0.0, habits, ..load };
        let at = match self.loads.iter().position(|state| state.load == load) {
            Some(at) => at,
            None => {
                self.start_load(load);
                self.loads.len().saturating_sub(1)
            }
        };
        self.send_burst(at, habits.burst);
    }

    fn send_burst(&mut self, at: usize, burst: u32) {
        for _ in 0..burst.clamp(1, MAX_USERS) {
            self.request(at, None);
        }
    }

    pub(super) fn send_next(&mut self, at: usize, count: u64) {
        let Some(state) = self.loads.get_mut(at).filter(|state| !state.stopped) else { return };
        let habits = state.load.habits;
        if habits.stop > 0 && self.now >= habits.stop {
            return state.stop();
        }
        // Exact in f64 for far longer than any run.
        let burst = habits.burst.clamp(1, MAX_USERS);
        let offset = (count + 1) as f64 * f64::from(burst) * 1e6 / state.load.rate;
        let next = state.began.saturating_add(offset as u64).max(self.now);
        self.send_burst(at, burst);
        self.plan(next, Happening::Send(at, count + 1));
    }

    /// A user's next request.
    pub(super) fn send_as(&mut self, at: usize, user: u32) {
        let Some(state) = self.loads.get_mut(at).filter(|state| !state.stopped) else { return };
        let stop = state.load.habits.stop;
        if stop > 0 && self.now >= stop {
            return state.stop();
        }
        self.request(at, Some(user));
    }

    pub(super) fn stop_load(&mut self, at: usize) {
        if let Some(state) = self.loads.get_mut(at) {
            state.stop();
        }
    }

    pub(super) fn stop_client(&mut self, name: &str) {
        self.loads.iter_mut().filter(|state| state.load.name == name).for_each(LoadState::stop);
    }

    /// A request is to be sent: at once, or when a connection of the pool is idle.
    fn request(&mut self, at: usize, user: Option<u32>) {
        let Some(state) = self.loads.get_mut(at) else { return };
        let mut errand = Errand { load: at, user, slot: None, due: self.now, tries: 0 };
        if state.load.habits.pool > 0 {
            errand.slot = state.idle();
            if errand.slot.is_none() {
                return self.wait(errand);
            }
        } else if state.load.keep_alive {
            errand.slot = Some(user.unwrap_or(0) as usize);
        }
        self.depart(errand);
    }

    fn depart(&mut self, errand: Errand) {
        if !self.send(errand) {
            self.turn(&errand, ABSENT);
        }
    }

    fn wait(&mut self, errand: Errand) {
        let Some(state) = self.loads.get_mut(errand.load) else { return };
        if state.waiting.len() >= MAX_WAITING {
            state.counts.unsent += 1;
            return self.rest(&errand, 0);
        }
        state.waiting.push_back((errand.due, errand.user));
        if !std::mem::replace(&mut state.gives_up, true) {
            let delay = state.load.habits.patience();
            self.after(delay, Happening::GiveUp(errand.load));
        }
    }

    /// Those that wait for a connection of their pool wait no longer than for an answer.
    pub(super) fn give_up(&mut self, at: usize) {
        let Some(state) = self.loads.get_mut(at) else { return };
        let patience = state.load.habits.patience();
        let mut gone = Vec::new();
        while let Some((since, user)) = state.waiting.front().copied()
            && since.saturating_add(patience) <= self.now
        {
            state.waiting.pop_front();
            state.counts.unsent += 1;
            gone.push(Errand { load: at, user, slot: None, due: since, tries: 0 });
        }
        let next = state.waiting.front().map(|(since, _)| since.saturating_add(patience));
        state.gives_up = next.is_some();
        if let Some(next) = next {
            self.plan(next, Happening::GiveUp(at));
        }
        for errand in gone {
            self.rest(&errand, 0);
        }
    }

    /// A request is over: its user rests, and its connection is for the next one.
    pub(super) fn turn(&mut self, errand: &Errand, least: u64) {
        self.rest(errand, least);
        loop {
            let Some(state) = self.loads.get_mut(errand.load).filter(|state| state.load.habits.pool > 0) else {
                return;
            };
            let Some(slot) = errand.slot.and_then(|slot| state.slots.get_mut(slot)) else { return };
            slot.busy = !state.waiting.is_empty();
            let Some((due, user)) = state.waiting.pop_front() else { return };
            let next = Errand { due, user, tries: 0, ..*errand };
            if self.send(next) {
                return;
            }
            self.rest(&next, ABSENT);
        }
    }

    fn rest(&mut self, errand: &Errand, least: u64) {
        let think = self.loads.get(errand.load).map_or(0, |state| state.load.habits.think);
        if let Some(user) = errand.user {
            self.after(think.max(least).max(LEAST_REST), Happening::User(errand.load, user));
        }
    }

    /// Whether one more request would be too many for a run to keep; it counts as not sent.
    pub(super) fn is_crowded(&mut self, at: usize) -> bool {
        let crowded = self.travels.len() >= MAX_TRAVELS;
        if crowded && let Some(state) = self.loads.get_mut(at) {
            state.counts.unsent += 1;
        }
        crowded
    }

    /// The client as it is now: a pod by the beginning of its name, and one that runs.
    pub(super) fn sender(&self, client: &Client) -> Option<Client> {
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
                let runs = pod.phase == PodPhase::Running && !self.is_stopped(&pod.node);
                runs.then(|| Client::Pod(pod.meta.reference()))
            }
            Client::Node(name) => (!self.is_stopped(name)).then(|| client.clone()),
            _ => Some(client.clone()),
        }
    }
}
