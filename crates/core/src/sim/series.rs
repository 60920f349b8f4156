//! How a run's counts came about over time: for each client and each Service port, what was sent, answered and lost in
//! each stretch, and how long answers took. Stretches grow with the run, so that the memory does not.

use super::counts::Histogram;
use super::{Counts, Sim};
use crate::objects::ObjectRef;

/// The first stretches' length, in microseconds.
const WIDTH: u64 = 100_000;
/// With so many stretches, two and two are made one. Even.
const MAX_POINTS: usize = 240;

/// Whose numbers they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Track {
    /// A client and what it sends to, as CLIENT and TARGET of the command line.
    Client(String, String),
    /// A Service and its port's name.
    Service(ObjectRef, String),
}

/// What happened in one stretch, or in several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// Requests sent.
    pub sent: u64,
    /// Requests answered.
    pub delivered: u64,
    /// Requests that ended otherwise.
    pub failed: u64,
    /// The same one by one, as [`Counts::failures`] has them.
    pub failures: [u64; 6],
    latency: Histogram,
}

impl Point {
    /// Adds what happened in another stretch.
    pub fn add(&mut self, other: &Point) {
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.failed += other.failed;
        for (sum, count) in self.failures.iter_mut().zip(other.failures) {
            *sum += count;
        }
        self.latency.add_all(&other.latency);
    }

    /// The latency in microseconds that `percent` of a hundred answers did not exceed, to within an eighth; `None`
    /// without answers.
    pub fn percentile(&self, percent: u32) -> Option<u64> {
        self.latency.percentile(percent)
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Totals {
    sent: u64,
    delivered: u64,
    failures: [u64; 6],
    latency: Histogram,
}

impl Totals {
    fn add(&mut self, counts: &Counts) {
        self.sent += counts.sent;
        self.delivered += counts.delivered;
        for (sum, count) in self.failures.iter_mut().zip(counts.failures()) {
            *sum += count;
        }
        self.latency.add_all(&counts.latency);
    }

    fn since(&self, earlier: &Totals) -> Point {
        let mut failures = self.failures;
        for (count, earlier) in failures.iter_mut().zip(earlier.failures) {
            *count = count.saturating_sub(earlier);
        }
        Point {
            sent: self.sent.saturating_sub(earlier.sent),
            delivered: self.delivered.saturating_sub(earlier.delivered),
            failed: failures.iter().sum(),
            failures,
            latency: self.latency.since(&earlier.latency),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Line {
    track: Track,
    points: Vec<Point>,
    /// As of the end of the last stretch.
    last: Totals,
}

/// The lines of a run, all of the same stretches.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    lines: Vec<Line>,
    width: u64,
    count: usize,
    stale: bool,
}

impl Default for Series {
    fn default() -> Self {
        Series { lines: Vec::new(), width: WIDTH, count: 0, stale: false }
    }
}

impl Series {
    /// The length of a stretch, in microseconds.
    pub fn width(&self) -> u64 {
        self.width
    }

    /// The lines; each has one point for each stretch since the run's start.
    pub fn lines(&self) -> impl Iterator<Item = (&Track, &[Point])> {
        self.lines.iter().map(|line| (&line.track, line.points.as_slice()))
    }

    /// When the last stretch ends.
    pub(super) fn end(&self) -> u64 {
        // 240 stretches of a run's length at most.
        self.width.saturating_mul(u64::try_from(self.count).unwrap_or(u64::MAX))
    }

    /// When the next one ends.
    pub(super) fn next_end(&self) -> u64 {
        self.end().saturating_add(self.width)
    }

    /// What was counted up to [`Series::end`] is not known: [`Series::start_from`] says it.
    pub(super) fn is_stale(&self) -> bool {
        self.stale
    }

    /// Forgets what came after `time`; whether that was anything.
    pub(super) fn cut(&mut self, time: u64) -> bool {
        let keep = usize::try_from(time / self.width).unwrap_or(usize::MAX);
        if keep >= self.count {
            return false;
        }
        self.count = keep;
        for line in &mut self.lines {
            line.points.truncate(keep);
        }
        self.stale = true;
        true
    }

    /// Takes up what a run had counted by [`Series::end`].
    pub(super) fn start_from(&mut self, sim: &Sim) {
        let totals = totals(sim);
        self.lines.retain(|line| totals.iter().any(|(track, _)| *track == line.track));
        for (track, total) in totals {
            self.line(track).last = total;
        }
        self.stale = false;
    }

    /// Takes up the stretch that ends now.
    pub(super) fn observe(&mut self, sim: &Sim) {
        for (track, total) in totals(sim) {
            let line = self.line(track);
            let point = total.since(&line.last);
            line.points.push(point);
            line.last = total;
        }
        self.count += 1;
        for line in &mut self.lines {
            line.points.resize(self.count, Point::default());
        }
        if self.count >= MAX_POINTS {
            self.count /= 2;
            self.width = self.width.saturating_mul(2);
            for line in &mut self.lines {
                line.points = line.points.chunks(2).map(sum).collect();
            }
        }
    }

    fn line(&mut self, track: Track) -> &mut Line {
        let at = match self.lines.iter().position(|line| line.track == track) {
            Some(at) => at,
            None => {
                let points = vec![Point::default(); self.count];
                self.lines.push(Line { track, points, last: Totals::default() });
                self.lines.len() - 1
            }
        };
        // Found or pushed just now.
        &mut self.lines[at]
    }
}

/// What happened in all of these stretches.
fn sum(points: &[Point]) -> Point {
    let mut all = Point::default();
    points.iter().for_each(|point| all.add(point));
    all
}

/// Loads that differ in their rate only are one client.
fn totals(sim: &Sim) -> Vec<(Track, Totals)> {
    let mut all: Vec<(Track, Totals)> = Vec::new();
    let mut add = |track: Track, counts: &Counts| {
        if let Some((_, total)) = all.iter_mut().find(|(known, _)| *known == track) {
            return total.add(counts);
        }
        let mut total = Totals::default();
        total.add(counts);
        all.push((track, total));
    };
    for (load, counts) in sim.loads() {
        add(Track::Client(load.from.to_string(), load.to.clone()), counts);
    }
    for service in sim.services() {
        add(Track::Service(service.service.clone(), service.port.clone()), &service.counts);
    }
    all
}
