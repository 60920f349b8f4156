//! A session at another time, or with another past.

use portolan_core::sim::{Event, Load, Recording};

use super::{OWN_FLIGHTS, Session};

impl Session {
    /// The run, with its past.
    pub(crate) fn run(&self) -> &Recording {
        &self.run
    }

    /// Goes to another time of the run.
    pub(crate) fn seek(&mut self, to: u64) {
        self.run.seek(to);
        self.arrive();
    }

    /// Says when the run's Scenario ends.
    pub(crate) fn set_duration(&mut self, duration: u64) {
        self.run.set_duration(duration);
    }

    /// Puts other things in the place of what was done by hand, and another client in the toolbar.
    pub(crate) fn redo(&mut self, done: Vec<Event>, load: Load) {
        self.run.redo(done);
        self.load = load;
        self.recent.clear();
        self.arrive();
    }

    /// Things are another way than a moment ago, or it is another moment.
    fn arrive(&mut self) {
        let now = self.run.sim().now();
        self.came = now;
        self.own.clear();
        self.recent.retain(|recent| recent.at <= now);
        self.seen = self.recent.iter().map(|recent| recent.id).find(|id| *id < OWN_FLIGHTS).map_or(0, |id| id + 1);
        self.take_recent();
        self.take_cluster();
        self.open_tunnel();
    }

    /// Goes to the next moment at which something happens; the microseconds that passed.
    pub(crate) fn step(&mut self) -> Option<u64> {
        let passed = self.run.step();
        self.take_recent();
        self.take_cluster();
        passed
    }

    /// Goes on with the run of a session whose text differs in what was done by hand only.
    pub(crate) fn keep_running(&mut self, before: &mut Session) {
        std::mem::swap(&mut self.run, &mut before.run);
        std::mem::swap(&mut self.cluster, &mut before.cluster);
        std::mem::swap(&mut self.recent, &mut before.recent);
        std::mem::swap(&mut self.tunnel, &mut before.tunnel);
        std::mem::swap(&mut self.own, &mut before.own);
        self.tunnel_output = std::mem::take(&mut before.tunnel_output);
        self.load = before.load.clone();
        (self.came, self.seen, self.own_count) = (before.came, before.seen, before.own_count);
    }
}
