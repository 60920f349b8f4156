//! A run that a person takes part in: what is done by hand becomes part of the scenario, so one can go back and forth in
//! it, take things back, and keep it as a document that runs to the same numbers.
//!
//! A command takes effect at the next whole millisecond, as an event of the scenario would. The state at any time is
//! that of a fresh run of the scenario to that time; copies of the run at some earlier times make getting there quick.

use std::rc::Rc;

use super::{Command, Event, Load, RECENT, Scenario, Series, Sim};
use crate::cluster::Cluster;
use crate::controllers::workload::Workload;
use crate::sort;

/// The time between two copies, to begin with, in microseconds.
const SPACING: u64 = 1_000_000;
/// With so many copies, every other one is let go of. Even.
const MAX_COPIES: usize = 16;
/// What is done takes effect at a multiple of this, in microseconds.
const TACT: u64 = 1_000;

/// A run with a past.
pub struct Recording {
    scenario: Scenario,
    /// How many of its events were there from the start.
    own: usize,
    sim: Sim,
    /// The run at earlier times, in their order; without the requests that had ended, which one sees for [`RECENT`].
    copies: Vec<Sim>,
    spacing: u64,
    reached: u64,
    series: Series,
}

impl Recording {
    /// A run at time 0, of `scenario` on `cluster` with the workloads behind its pods.
    pub fn new(cluster: Cluster, scenario: Scenario, workloads: Rc<Vec<Workload>>) -> Recording {
        let own = scenario.events.len();
        let sim = Sim::new(cluster, scenario.clone()).with_workloads(workloads);
        Recording { scenario, own, sim, copies: Vec::new(), spacing: SPACING, reached: 0, series: Series::default() }
    }

    /// The run as it is at [`Sim::now`].
    pub fn sim(&self) -> &Sim {
        &self.sim
    }

    /// The time that was played up to, in microseconds. What was done by hand after [`Sim::now`] is done again when the
    /// run gets there, until something else is done.
    pub fn reached(&self) -> u64 {
        self.reached
    }

    /// When the scenario ends; 0 if it does not say.
    pub fn duration(&self) -> u64 {
        self.scenario.duration
    }

    /// Says when the scenario ends; 0 for never.
    pub fn set_duration(&mut self, duration: u64) {
        self.scenario.duration = duration;
    }

    /// All events: the scenario's own, then what was done by hand in the order of its time.
    pub fn events(&self) -> &[Event] {
        &self.scenario.events
    }

    /// What was done by hand, in the order of its time.
    pub fn done(&self) -> &[Event] {
        self.scenario.events.get(self.own..).unwrap_or_default()
    }

    /// The run's numbers over time, as far as it was played.
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// The scenario that runs as this did, for as long as was played or the scenario said.
    pub fn scenario(&self) -> Scenario {
        let played = self.reached.next_multiple_of(TACT);
        let mut scenario = Scenario { duration: self.scenario.duration.max(played), ..self.scenario.clone() };
        sort::by(&mut scenario.events, |a, b| a.at.cmp(&b.at));
        scenario
    }

    /// Does something now. What was done by hand later than now is gone.
    pub fn perform(&mut self, command: Command) {
        let now = self.sim.now();
        let Some(at) = (now / TACT).checked_add(1).and_then(|tact| tact.checked_mul(TACT)) else { return };
        let mut done = self.done().to_vec();
        done.retain(|event| event.at <= now);
        done.push(Event { at, command });
        self.replace(done, at);
    }

    /// Whether nothing has happened yet, and nothing was done by hand.
    pub fn is_fresh(&self) -> bool {
        self.sim.now() == 0 && self.scenario.events.len() == self.own
    }

    /// The clients that send from the start on. Only for a run that [is fresh](Recording::is_fresh); else nothing changes.
    pub fn set_loads(&mut self, loads: Vec<Load>) {
        if self.is_fresh() {
            self.copies.clear();
            self.scenario.load.clone_from(&loads);
            self.sim.begin_with(loads);
        }
    }

    /// The clients that send from the start on.
    pub fn loads(&self) -> &[Load] {
        &self.scenario.load
    }

    /// Puts other things in the place of what was done by hand; the time stays.
    pub fn redo(&mut self, done: Vec<Event>) {
        let now = self.sim.now();
        self.replace(done, now);
    }

    /// Other things were done by hand; goes to the time `to`.
    fn replace(&mut self, done: Vec<Event>, to: u64) {
        let before = self.done();
        let same = before.iter().zip(&done).take_while(|(was, is)| was == is).count();
        let first = |events: &[Event]| events.get(same).map_or(u64::MAX, |event| event.at);
        let changed = first(before).min(first(&done));
        let kept = self.own.saturating_add(same);
        self.scenario.events.truncate(kept);
        self.scenario.events.extend(done.into_iter().skip(same));
        if changed == u64::MAX {
            return self.seek(to);
        }
        let now = self.sim.now();
        self.reached = to;
        self.keep_start();
        self.copies.retain(|copy| copy.now() < changed);
        let cut = self.series.cut(changed.saturating_sub(1));
        if changed > now && !cut {
            self.know_events();
            return self.seek(to);
        }
        self.go_back(to);
    }

    /// Lets time pass up to `to`; a time that has passed changes nothing.
    pub fn advance(&mut self, to: u64) {
        self.keep_start();
        loop {
            let now = self.sim.now();
            if self.series.is_stale() && now == self.series.end() {
                self.series.start_from(&self.sim);
            }
            let mut stop = to;
            let mut at = |time: u64| {
                if time > now {
                    stop = stop.min(time);
                }
            };
            let copy = self.copies.last().map_or(0, Sim::now).saturating_add(self.spacing);
            at(copy);
            at(self.series.end());
            at(self.series.next_end());
            if stop <= now {
                break;
            }
            self.sim.advance(stop);
            if stop == self.series.next_end() && !self.series.is_stale() {
                self.series.observe(&self.sim);
            }
            if stop == copy {
                self.keep_copy();
            }
        }
        // Commands of this very moment.
        self.sim.advance(to);
        self.reached = self.reached.max(self.sim.now());
    }

    /// Goes to the next moment at which something happens: the time that passed, or nothing if nothing happens any more.
    pub fn step(&mut self) -> Option<u64> {
        let (now, next) = (self.sim.now(), self.sim.next_at()?);
        self.advance(next);
        Some(next.saturating_sub(now))
    }

    /// Goes to a time, back or forth.
    pub fn seek(&mut self, to: u64) {
        if to >= self.sim.now() { self.advance(to) } else { self.go_back(to) }
    }

    /// Goes to `to` from a copy.
    fn go_back(&mut self, to: u64) {
        let stale = if self.series.is_stale() { self.series.end() } else { u64::MAX };
        let latest = to.saturating_sub(RECENT).min(stale);
        let found = self.copies.iter().rev().find(|copy| copy.now() <= latest).or(self.copies.first());
        let Some(copy) = found else { return };
        self.sim = copy.clone();
        self.know_events();
        self.advance(to);
    }

    /// Tells the run what is done later by hand.
    fn know_events(&mut self) {
        let passed = self.done().iter().take_while(|event| event.at <= self.sim.now()).count();
        let from = self.own.saturating_add(passed);
        self.sim.forget_events(from);
        for event in self.scenario.events.iter().skip(from) {
            self.sim.add_event(event.clone());
        }
    }

    /// The first copy is the start itself.
    fn keep_start(&mut self) {
        if self.copies.is_empty() && self.sim.now() == 0 {
            self.keep_copy();
        }
    }

    fn keep_copy(&mut self) {
        if self.copies.len() >= MAX_COPIES {
            let mut number = 0_usize;
            self.copies.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.spacing = self.spacing.saturating_mul(2);
        }
        let mut sim = self.sim.clone();
        sim.forget_recent();
        self.copies.push(sim);
    }
}
