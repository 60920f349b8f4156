//! The run as a line: how long it is, where one is on it, and what happened where.

use super::action::Effect;
use super::hands::words;
use super::model::Model;
use portolan_core::sim::LogEntry;

/// Lengths of the line in seconds, for runs that may go on for ever: the first that has room.
const LENGTHS: [f64; 17] =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];
/// A run at the speed of life has at least so much room, in milliseconds of the reader's time.
const ROOM: f64 = 10_000.0;
/// So many milliseconds of the reader's time lie between two things that are said by themselves.
const QUIET: f64 = 2_000.0;
/// More marks than this cannot be told apart.
const MAX_MARKS: usize = 300;

/// What stands on the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// An event of the text's Scenario.
    Scripted,
    /// Something that was done by hand.
    Done,
}

impl Model {
    /// How long the line is, in microseconds; the second tells whether the Scenario says so.
    pub(crate) fn span(&self) -> (u64, bool) {
        let run = self.session.run();
        let last = run.events().iter().map(|event| event.at).max().unwrap_or(0);
        let used = run.reached().max(last).max(self.session.now());
        let duration = run.duration();
        if duration > 0 && used <= duration {
            return (duration, true);
        }
        let room = (ROOM * 1000.0 / self.slow).min(60e6);
        let wanted = room.max(used as f64) / 1e6;
        let length = LENGTHS.into_iter().find(|length| *length >= wanted);
        let hours = |seconds: f64| (seconds / 3600.0).ceil() * 3600.0;
        ((length.unwrap_or_else(|| hours(wanted)) * 1e6) as u64, false)
    }

    /// The events, each with its time and what it is in words.
    pub(crate) fn marks(&self) -> impl Iterator<Item = (u64, Mark, String)> {
        let run = self.session.run();
        let own = run.events().len().saturating_sub(run.done().len());
        run.events().iter().enumerate().take(MAX_MARKS).map(move |(at, event)| {
            (event.at, if at < own { Mark::Scripted } else { Mark::Done }, words(&event.command))
        })
    }

    /// What stands on the line at this very time.
    pub(crate) fn mark_at(&self, time: u64) -> Option<String> {
        self.marks().find(|(at, ..)| *at == time).map(|(.., words)| words)
    }

    /// Stretches in which requests failed: from, to and how many.
    pub(crate) fn failed_stretches(&self) -> Vec<(u64, u64, u64)> {
        use portolan_core::sim::Track;
        let series = self.session.run().series();
        let mut all: Vec<(u64, u64, u64)> = Vec::new();
        for (_, points) in series.lines().filter(|(track, _)| matches!(track, Track::Client(..))) {
            let mut from = 0;
            for (number, point) in points.iter().enumerate() {
                if number >= all.len() {
                    all.push((from, from + series.width(), 0));
                }
                all[number].2 += point.failed;
                from += series.width();
            }
        }
        all.retain(|stretch| stretch.2 > 0);
        all.dedup_by(|next, last| {
            let touches = last.1 == next.0;
            if touches {
                last.1 = next.1;
                last.2 += next.2;
            }
            touches
        });
        all
    }

    /// Goes to another time of the run, and stays there.
    pub(super) fn seek(&mut self, to: u64) -> Vec<Effect> {
        // A widget may be asked for any time: beyond the line there is nothing to see, and much to work out.
        let to = to.min(self.span().0);
        self.playing = false;
        self.pinned = None;
        self.said.clear();
        self.session.seek(to);
        self.heard = to;
        self.revision += 1;
        self.look();
        vec![Effect::ClearPackets, Effect::ShowPackets]
    }

    /// Goes to the next mark, or the one before.
    pub(super) fn jump(&mut self, on: bool) -> Vec<Effect> {
        let now = self.session.now();
        let times = self.marks().map(|mark| mark.0);
        let found = if on {
            times.filter(|at| *at > now).min().or(Some(self.span().0))
        } else {
            times.filter(|at| *at < now).max().or(Some(0))
        };
        found.map_or_else(Vec::new, |to| self.seek(to))
    }

    /// Goes to the next moment at which something happens.
    pub(super) fn step(&mut self) -> Vec<Effect> {
        self.playing = false;
        if self.session.step().is_none() {
            self.said = "Nothing happens any more by itself.".into();
            return Vec::new();
        }
        self.said.clear();
        self.revision += 1;
        self.look();
        vec![Effect::ShowPackets]
    }

    /// Says that pods have become ready or unready by themselves; not more often than one can listen to.
    fn listen(&mut self, ms: f64) {
        self.quiet += ms;
        if self.quiet < QUIET {
            return;
        }
        let now = self.session.now();
        let fresh = |entry: &&LogEntry| entry.at > self.heard && entry.at <= now;
        let about = |entry: &&LogEntry| {
            matches!(entry.object, Some(("Pod", _)))
                && (entry.text.ends_with(" ready.") || entry.text.ends_with("connections are refused."))
        };
        let all: Vec<&LogEntry> = self.session.sim().log().rev().take_while(fresh).filter(about).collect();
        let said = match all.as_slice() {
            [] => None,
            [one] => Some(one.text.clone()),
            [last, ..] => Some(format!("{} changes of pods; the last: {}", all.len(), last.text)),
        };
        self.heard = now;
        if let Some(said) = said {
            self.said = said;
            self.quiet = 0.0;
        }
    }

    /// Lets so many milliseconds of the reader's time pass; a Scenario that ends stops.
    pub(super) fn advance(&mut self, ms: f64) {
        let us = (ms * 1000.0 / self.slow).clamp(0.0, 5_000_000.0) as u64;
        let (now, end) = (self.session.now(), self.session.run().duration());
        let left = end.saturating_sub(now);
        let ends = self.playing && left > 0 && us >= left;
        if self.session.advance(if ends { left } else { us }) {
            self.revision += 1;
            self.look();
        }
        self.listen(ms);
        if ends {
            self.playing = false;
            self.said = "The Scenario is over. Play goes on without it.".into();
        }
    }
}
