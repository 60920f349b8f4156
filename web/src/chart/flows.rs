//! Rates: past a few hundred packets in flight nobody can follow one, so the legs are drawn as wide as what passes them.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::ways::{Track, Way};

/// How long a window is in which requests are counted, in milliseconds of the play clock.
const WINDOW: f64 = 500.0;
/// The widest flow, in pixels.
const WIDEST: f64 = 13.0;
/// The narrowest that is drawn.
const NARROWEST: f64 = 1.2;
/// No more flows than these are drawn, the widest first.
const MOST: usize = 220;

/// What passes along one way.
struct Passing {
    way: Rc<Way>,
    failed: bool,
    count: u32,
    /// Requests a second, smoothed.
    rate: f64,
}

/// The rates of all ways.
#[derive(Default)]
pub(super) struct Rates {
    ways: BTreeMap<(u64, bool), Passing>,
    since: f64,
}

/// A flow to draw.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flow {
    /// The `d` of its path.
    pub(super) d: String,
    /// Its width in pixels.
    pub(super) width: f64,
    /// Requests a second.
    pub(super) rate: f64,
    /// Of requests that fail.
    pub(super) failed: bool,
}

impl Rates {
    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.ways.clear();
    }

    /// One more request along a way.
    pub(super) fn count(&mut self, way: &Rc<Way>, failed: bool) {
        self.ways
            .entry((way.key, failed))
            .or_insert_with(|| Passing { way: way.clone(), failed, count: 0, rate: 0.0 })
            .count += 1;
    }

    /// Takes a window's counts into the rates. Returns whether there was one to take.
    pub(super) fn settle(&mut self, clock: f64) -> bool {
        let passed = clock - self.since;
        if passed < WINDOW {
            return false;
        }
        self.since = clock;
        for passing in self.ways.values_mut() {
            let now = f64::from(std::mem::take(&mut passing.count)) * 1000.0 / passed;
            passing.rate = if passing.rate == 0.0 { now } else { passing.rate * 0.6 + now * 0.4 };
        }
        self.ways.retain(|_, passing| passing.rate > 0.05);
        true
    }

    /// The flows, the widest first: each leg once, with all that passes it on its way there.
    pub(super) fn flows(&self) -> Vec<Flow> {
        let mut legs: BTreeMap<(&str, bool), f64> = BTreeMap::new();
        for passing in self.ways.values() {
            for (track, reply) in passing.way.tracks.iter().zip(&passing.way.replies) {
                if !reply && !Track::is_empty(track) {
                    *legs.entry((&track.d, passing.failed)).or_default() += passing.rate;
                }
            }
        }
        let most = legs.values().copied().fold(0.0, f64::max);
        let mut flows: Vec<Flow> = legs
            .into_iter()
            .map(|((d, failed), rate)| {
                let width = (WIDEST * rate / most.max(0.001)).max(NARROWEST);
                Flow { d: d.to_string(), width, rate, failed }
            })
            .collect();
        flows.sort_by(|a, b| b.rate.total_cmp(&a.rate));
        flows.truncate(MOST);
        flows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_rates_and_old_ones_fade() {
        let way = |key| Rc::new(Way { key, ..Way::default() });
        let (a, b) = (way(1), way(2));
        let mut rates = Rates::default();
        for _ in 0..100 {
            rates.count(&a, false);
        }
        for _ in 0..25 {
            rates.count(&b, true);
        }
        assert!(!rates.settle(400.0));
        assert!(rates.settle(500.0));
        let rate = |rates: &Rates, key| rates.ways.get(&key).map(|p| p.rate);
        assert_eq!((rate(&rates, (1, false)), rate(&rates, (2, true))), (Some(200.0), Some(50.0)));
        for second in 2..40 {
            rates.settle(f64::from(second) * 500.0);
        }
        assert!(rates.ways.is_empty());
    }
}
