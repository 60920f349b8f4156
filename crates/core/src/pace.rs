//! Work that can be set down and taken up again, so that a page can paint and take keys while a large text is read.
//!
//! Long loops are `async` and spend what they do at a [`Pace`]. Nothing else is asynchronous here: there is no
//! executor, no clock and no thread. Who polls decides when to go on; [`all_at_once`] never stops.

use std::cell::Cell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// How much is done between two rests.
#[derive(Debug)]
pub struct Pace {
    each: u32,
    left: Cell<u32>,
}

impl Pace {
    /// Without any rest.
    pub const fn restless() -> Self {
        Pace { each: 0, left: Cell::new(0) }
    }

    /// With a rest after about this many units; one is something like a microsecond's work.
    pub const fn resting_after(units: u32) -> Self {
        Pace { each: units, left: Cell::new(units) }
    }

    /// Notes that so many units were done, and rests when it is time.
    pub fn spend(&self, units: u32) -> Spend<'_> {
        Spend { pace: self, units }
    }
}

/// See [`Pace::spend`].
#[derive(Debug)]
#[must_use = "nothing rests that is not awaited"]
pub struct Spend<'p> {
    pace: &'p Pace,
    units: u32,
}

impl Future for Spend<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let units = std::mem::take(&mut self.units);
        let left = self.pace.left.get();
        if self.pace.each == 0 || units < left || units == 0 {
            self.pace.left.set(left.saturating_sub(units));
            return Poll::Ready(());
        }
        self.pace.left.set(self.pace.each);
        Poll::Pending
    }
}

/// Does a part of the work: up to the next rest, or to its end.
pub fn go_on<T>(work: Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Option<T> {
    match work.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

/// Does all of the work.
pub fn all_at_once<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        if let Some(done) = go_on(work.as_mut()) {
            return done;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn count(to: u32, pace: &Pace) -> u32 {
        let mut sum = 0;
        for n in 0..to {
            sum += n;
            pace.spend(3).await;
        }
        sum
    }

    #[test]
    fn work_rests_at_its_pace_and_comes_to_the_same() {
        for (pace, rests) in [(Pace::restless(), 0), (Pace::resting_after(10), 25), (Pace::resting_after(1), 100)] {
            let mut work = pin!(count(100, &pace));
            let mut seen = 0;
            let sum = loop {
                match go_on(work.as_mut()) {
                    Some(sum) => break sum,
                    None => seen += 1,
                }
            };
            assert_eq!((sum, seen), (4950, rests));
        }
        assert_eq!(all_at_once(count(4, &Pace::resting_after(1))), 6);
    }
}
