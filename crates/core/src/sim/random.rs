//! Randomness from the seed: PCG32 streams and sampling that is the same everywhere.

use rand_core::Rng;
use rand_pcg::Pcg32;

/// One stream of random numbers. Streams of one seed do not disturb each other, so that one more client changes
/// nothing for the others.
#[derive(Clone)]
pub(super) struct Random(Pcg32);

impl Random {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        Random(Pcg32::new(seed, stream))
    }

    pub(super) fn next(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number from `low` to `high`, both included, all equally likely up to a 2^-32 part.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u64 {
        let span = u64::from(high.saturating_sub(low)) + 1;
        // 32 bits times at most 2^32 fits 64 bits.
        u64::from(low) + ((u64::from(self.next()) * span) >> 32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sequence_is_a_promise() {
        let mut random = Random::new(42, 54);
        // The reference sequence of the PCG project for this state and stream.
        let drawn: Vec<u32> = (0..6).map(|_| random.next()).collect();
        assert_eq!(drawn, [0xa15c_02b7, 0x7b47_f409, 0xba1d_3330, 0x83d2_f293, 0xbfa4_784b, 0xcbed_606e]);
    }

    #[test]
    fn draws_stay_within_their_bounds_and_reach_them() {
        let mut random = Random::new(1, 1);
        let drawn: Vec<u64> = (0..200).map(|_| random.between(3, 5)).collect();
        assert!(drawn.iter().all(|n| (3..=5).contains(n)) && drawn.contains(&3) && drawn.contains(&5));
    }
}
