//! How far counts may stray from their shares.

use std::collections::BTreeMap;

/// A count less likely than this is taken for a wrong share. A run looks at some hundred thousand counts, so that a
/// good one fails less than once in 10^9 times.
const IMPOSSIBLE: f64 = 1e-15;

/// Whether `count` of `total` is out of reach for a share.
pub(crate) fn impossible(count: u64, total: u64, share: f64) -> bool {
    tail(count, total, share) < IMPOSSIBLE
}

/// The probability of a count at least as far out on its side: a sum over the binomial distribution.
fn tail(count: u64, total: u64, share: f64) -> f64 {
    if total == 0 {
        return 1.0;
    }
    if share <= 0.0 || share >= 1.0 {
        let sure = if share <= 0.0 { 0 } else { total };
        return if count == sure { 1.0 } else { 0.0 };
    }
    let mean = total as f64 * share;
    let lower = (count as f64) < mean;
    // The terms fall from the count outwards; a term is the one before it times a ratio.
    let mut term = log_term(count, total, share).exp();
    let (mut sum, mut k) = (0.0, count);
    loop {
        sum += term;
        let step = if lower {
            if k == 0 { break } else { k as f64 / (total - k + 1) as f64 * (1.0 - share) / share }
        } else if k == total {
            break;
        } else {
            (total - k) as f64 / (k + 1) as f64 * share / (1.0 - share)
        };
        k = if lower { k - 1 } else { k + 1 };
        term *= step;
        if term < sum * 1e-12 || term == 0.0 {
            break;
        }
    }
    sum.min(1.0)
}

fn log_term(k: u64, n: u64, p: f64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k) + k as f64 * p.ln() + (n - k) as f64 * (1.0 - p).ln()
}

fn ln_factorial(n: u64) -> f64 {
    if n < 32 {
        return (2..=n).map(|k| (k as f64).ln()).sum();
    }
    // Stirling's series.
    let x = n as f64;
    x * x.ln() - x + 0.5 * (std::f64::consts::TAU * x).ln() + 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3))
}

/// Counts over all clusters of a run: in sets of one size, how often each place of the set was chosen.
#[derive(Default)]
pub(crate) struct Places(BTreeMap<usize, Vec<u64>>);

impl Places {
    pub(crate) fn add(&mut self, size: usize, place: usize, count: u64) {
        let counts = self.0.entry(size).or_insert_with(|| vec![0; size]);
        if let Some(sum) = counts.get_mut(place) {
            *sum += count;
        }
    }

    pub(crate) fn merge(&mut self, other: Places) {
        for (size, counts) in other.0 {
            for (place, count) in counts.into_iter().enumerate() {
                self.add(size, place, count);
            }
        }
    }

    /// Places that were chosen too often or too seldom.
    pub(crate) fn strange(&self) -> Vec<String> {
        let mut strange = Vec::new();
        for (size, counts) in &self.0 {
            let total = counts.iter().sum();
            for (place, count) in counts.iter().enumerate() {
                if impossible(*count, total, 1.0 / *size as f64) {
                    strange.push(format!("of sets of {size}, place {place} was chosen {count} times of {total}"));
                }
            }
        }
        strange
    }

    /// The sizes, each with the largest deviation from an even share, in parts of the standard deviation.
    pub(crate) fn summary(&self) -> String {
        let one = |(size, counts): (&usize, &Vec<u64>)| {
            let (total, share) = (counts.iter().sum::<u64>() as f64, 1.0 / *size as f64);
            let deviation = (total * share * (1.0 - share)).sqrt();
            let far = counts.iter().map(|count| ((*count as f64 - total * share) / deviation).abs());
            format!("{size}: {total}, {:.1}σ", far.fold(0.0, f64::max))
        };
        let sizes: Vec<String> = self.0.iter().filter(|(size, _)| **size > 1).map(one).collect();
        sizes.join("; ")
    }
}

/// Checks the arithmetic itself against known values.
pub(crate) fn check() -> Result<(), String> {
    // Of 10 throws of a coin: none is 1/1024; 8 or more 56/1024.
    let close = |ours: f64, known: f64| (ours / known - 1.0).abs() < 1e-9;
    let cases = [(0, 10, 0.5, 1.0 / 1024.0), (8, 10, 0.5, 56.0 / 1024.0), (100, 100, 0.5, 0.5_f64.powi(100))];
    match cases.iter().find(|(count, total, share, known)| !close(tail(*count, *total, *share), *known)) {
        Some(case) => Err(format!("the tail of {case:?} is {}", tail(case.0, case.1, case.2))),
        None => Ok(()),
    }
}
