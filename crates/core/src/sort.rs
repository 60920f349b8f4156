//! Sorting, compiled once.
//!
//! The standard library's sort is compiled anew for each type and comparison, 3 kB of wasm each time, and the engine
//! sorts in dozens of places. Here positions are sorted instead, by one instance of it; what differs by type is only
//! the comparison and the swap. All of these are stable.

use std::cmp::Ordering;

/// Sorts by a comparison.
pub fn by<T>(items: &mut [T], mut compare: impl FnMut(&T, &T) -> Ordering) {
    // Each of the positions is below the length, by `positions`.
    let sorted = positions(items.len(), &mut |one, other| compare(&items[one], &items[other]));
    arrange(sorted, &mut |one, other| items.swap(one, other));
}

/// Sorts by a key, made anew for each comparison.
pub fn by_key<T, K: Ord>(items: &mut [T], mut key: impl FnMut(&T) -> K) {
    by(items, |one, other| key(one).cmp(&key(other)));
}

/// Sorts by the natural order.
pub fn natural<T: Ord>(items: &mut [T]) {
    by(items, T::cmp);
}

/// The positions 0 to `count`, sorted by what stands there.
fn positions(count: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..count).collect();
    positions.sort_by(|one, other| compare(*one, *other));
    positions
}

/// Moves what stands at `from[i]` to `i` for each `i`, by swaps along the cycles of that permutation.
fn arrange(mut from: Vec<usize>, swap: &mut dyn FnMut(usize, usize)) {
    for start in 0..from.len() {
        let mut at = start;
        // `from` holds each position once, so indexing by its members is within bounds and each cycle ends.
        while from[at] != start {
            let next = from[at];
            swap(at, next);
            from[at] = at;
            at = next;
        }
        from[at] = at;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard_sort() {
        for length in [0, 1, 2, 3, 40, 1000] {
            // Few different keys, so that stability matters.
            let items: Vec<(u32, u32)> =
                (0..length).map(|place: u32| (place.wrapping_mul(2_654_435_761) % 17, place)).collect();
            let mut expected = items.clone();
            expected.sort_by_key(|item| item.0);
            let mut sorted = items.clone();
            by_key(&mut sorted, |item| item.0);
            assert_eq!(sorted, expected);
            let mut names: Vec<String> = items.iter().map(|item| item.0.to_string()).collect();
            let mut expected = names.clone();
            expected.sort();
            natural(&mut names);
            assert_eq!(names, expected);
        }
    }
}
