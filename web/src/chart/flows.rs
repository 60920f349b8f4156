//! Rates: past a few hundred packets in flight nobody can follow one, so the legs are drawn as wide as what passes them.

use portolan_core::sort;
use std::rc::Rc;

use super::ways::Way;

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
    ways: Vec<Passing>,
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
        let slot = way.passing[usize::from(failed)].get();
        let known = self.ways.get_mut(slot).filter(|passing| Rc::ptr_eq(&passing.way, way) && passing.failed == failed);
        match known {
            Some(passing) => passing.count += 1,
            None => {
                way.passing[usize::from(failed)].set(self.ways.len());
                self.ways.push(Passing { way: way.clone(), failed, count: 1, rate: 0.0 });
            }
        }
    }

    /// Takes a window's counts into the rates. Returns whether there was one to take.
    pub(super) fn settle(&mut self, clock: f64) -> bool {
        let passed = clock - self.since;
        if passed < WINDOW {
            return false;
        }
        self.since = clock;
        for passing in &mut self.ways {
            let now = f64::from(std::mem::take(&mut passing.count)) * 1000.0 / passed;
            passing.rate = if passing.rate == 0.0 { now } else { passing.rate * 0.6 + now * 0.4 };
        }
        self.ways.retain(|passing| passing.rate > 0.05);
        for (slot, passing) in self.ways.iter().enumerate() {
            passing.way.passing[usize::from(passing.failed)].set(slot);
        }
        true
    }

    /// The flows, the widest first: each leg once, with all that passes it on its way there.
    pub(super) fn flows(&self) -> Vec<Flow> {
        let mut legs: Vec<(u64, Flow)> = Vec::new();
        for passing in &self.ways {
            for (track, reply) in passing.way.tracks.iter().zip(&passing.way.replies) {
                if *reply || track.is_empty() {
                    continue;
                }
                let key = track.key ^ u64::from(passing.failed);
                match legs.binary_search_by_key(&key, |leg| leg.0) {
                    Ok(at) => legs[at].1.rate += passing.rate,
                    Err(at) => {
                        let flow = Flow { d: track.d.clone(), width: 0.0, rate: passing.rate, failed: passing.failed };
                        legs.insert(at, (key, flow));
                    }
                }
            }
        }
        let mut flows: Vec<Flow> = legs.into_iter().map(|leg| leg.1).collect();
        let most = flows.iter().map(|flow| flow.rate).fold(0.001, f64::max);
        for flow in &mut flows {
            flow.width = (WIDEST * flow.rate / most).max(NARROWEST);
        }
        sort::by(&mut flows, |a, b| b.rate.total_cmp(&a.rate));
        flows.truncate(MOST);
        flows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_are_rates_and_old_ones_fade() {
        let (a, b) = (Rc::new(Way::default()), Rc::new(Way::default()));
        let mut rates = Rates::default();
        for _ in 0..100 {
            rates.count(&a, false);
        }
        for _ in 0..25 {
            rates.count(&b, true);
        }
        assert!(!rates.settle(400.0));
        assert!(rates.settle(500.0));
        assert_eq!(rates.ways.iter().map(|p| (p.failed, p.rate)).collect::<Vec<_>>(), [(false, 200.0), (true, 50.0)]);
        for second in 2..40 {
            rates.settle(f64::from(second) * 500.0);
        }
        assert!(rates.ways.is_empty());
    }
}
