//! Fills slices: what is in place stays in place, freed room is filled, and full slices are never repacked.
//!
//! Upstream: endpointslice/reconciler.go (reconcileByPortMapping), endpointslice/utils.go (getSliceToFill).

use crate::collections::Map;

use crate::objects::{Endpoint, EndpointSlice};
use crate::sort;

use super::MAX_ENDPOINTS;
use super::endpoint::{key, same_state};

/// What is to be done with the slices of one Service and family.
#[derive(Default)]
pub(super) struct Changes {
    /// New slices, without names yet.
    pub(super) create: Vec<EndpointSlice>,
    /// Existing slices as they shall be.
    pub(super) update: Vec<EndpointSlice>,
    /// Existing slices that are no longer wanted.
    pub(super) delete: Vec<EndpointSlice>,
    /// Existing slices that stay as they are.
    pub(super) keep: Vec<EndpointSlice>,
}

/// Brings the slices of one set of ports to hold exactly `desired`. `blank` is what a new slice looks like.
pub(super) fn pack(
    existing: &[&EndpointSlice],
    desired: Vec<Endpoint>,
    labels: &Map<String, String>,
    blank: &EndpointSlice,
    changes: &mut Changes,
) {
    let mut remaining = desired;
    let mut update = Vec::new();
    let mut keep = Vec::new();

    // 1. Endpoints that are no longer wanted go, those that changed change in place.
    if !existing.is_empty() {
        let mut taken = vec![false; remaining.len()];
        let wanted: Map<_, usize> = remaining.iter().enumerate().map(|(at, endpoint)| (key(endpoint), at)).collect();
        for slice in existing {
            let mut endpoints = Vec::with_capacity(slice.endpoints.len());
            let mut changed = false;
            for old in &slice.endpoints {
                match wanted.get(&key(old)) {
                    // Indices come from the same list, so both are in range.
                    Some(&at) if !taken[at] => {
                        taken[at] = true;
                        changed |= !same_state(&remaining[at], old);
                        endpoints.push(remaining[at].clone());
                    }
                    _ => {}
                }
            }
            if changed || endpoints.len() != slice.endpoints.len() {
                if endpoints.is_empty() {
                    changes.delete.push((*slice).clone());
                } else {
                    update.push(with(slice, endpoints, labels));
                }
            } else if !super::same_labels(&slice.meta.labels, labels) {
                update.push(with(slice, slice.endpoints.clone(), labels));
            } else {
                keep.push((*slice).clone());
            }
        }
        // A key that stands twice among the pods is one endpoint: the last of them, as in upstream's set.
        let mut at = 0;
        let single: Vec<bool> = (0..remaining.len()).map(|at| wanted.get(&key(&remaining[at])) == Some(&at)).collect();
        remaining.retain(|_| {
            at += 1;
            !taken[at - 1] && single[at - 1]
        });
    }

    // 2. What is left goes into the slices that change anyway, the fullest first.
    let mut left = remaining.len();
    let mut counts = Vec::new();
    if left > 0 {
        sort::by_key(&mut update, |slice| std::cmp::Reverse(slice.endpoints.len()));
        for slice in &update {
            let count = left.min(MAX_ENDPOINTS.saturating_sub(slice.endpoints.len()));
            counts.push(count);
            left -= count;
        }
    }

    // 3. Then into the one slice that all the rest fits best; else into new ones.
    let created = changes.create.len();
    let mut new = Vec::new();
    while left > 0 {
        let room = if left < MAX_ENDPOINTS { closest_fit(&keep, left) } else { None };
        let count = left.min(MAX_ENDPOINTS);
        match room {
            // All of it fits.
            Some(at) => {
                update.push(keep.remove(at));
                counts.push(count);
            }
            None => {
                changes.create.push(blank.clone());
                new.push(count);
            }
        }
        left -= count;
    }
    counts.append(&mut new);
    let open = update.iter_mut().chain(changes.create.iter_mut().skip(created));
    for (slice, endpoints) in open.zip(spread(remaining, &counts)) {
        slice.endpoints.extend(endpoints);
    }
    changes.update.append(&mut update);
    changes.keep.append(&mut keep);
}

fn with(slice: &EndpointSlice, endpoints: Vec<Endpoint>, labels: &Map<String, String>) -> EndpointSlice {
    let mut slice = slice.clone();
    slice.endpoints = endpoints;
    slice.meta.labels = labels.clone();
    slice
}

/// Parts the endpoints into lists of these lengths, each with its share of every stretch of them. Upstream draws them
/// at random; this is what a draw comes to on average.
fn spread(endpoints: Vec<Endpoint>, counts: &[usize]) -> Vec<Vec<Endpoint>> {
    if let [_] = counts {
        return vec![endpoints];
    }
    let mut places: Vec<(u64, usize)> = Vec::with_capacity(endpoints.len());
    for (list, count) in counts.iter().enumerate() {
        // Counts are at most 100, so nothing overflows; where one is zero there is nothing to place.
        let of = *count as u64;
        places.extend((0..of).map(|nth| (((2 * nth + 1) << 32) / (2 * of), list)));
    }
    sort::natural(&mut places);
    let mut lists: Vec<Vec<Endpoint>> = counts.iter().map(|count| Vec::with_capacity(*count)).collect();
    for (endpoint, (_, list)) in endpoints.into_iter().zip(places) {
        if let Some(list) = lists.get_mut(list) {
            list.push(endpoint);
        }
    }
    lists
}

/// The slice that `count` endpoints more would bring closest to full without passing it.
fn closest_fit(slices: &[EndpointSlice], count: usize) -> Option<usize> {
    slices
        .iter()
        .enumerate()
        .filter_map(|(at, slice)| Some((MAX_ENDPOINTS.checked_sub(count + slice.endpoints.len())?, at)))
        .filter(|(room, _)| *room < MAX_ENDPOINTS)
        .min()
        .map(|(_, at)| at)
}
