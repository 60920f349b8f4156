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
    let mut left = remaining.into_iter().peekable();
    if left.peek().is_some() && !update.is_empty() {
        sort::by_key(&mut update, |slice| std::cmp::Reverse(slice.endpoints.len()));
        for slice in &mut update {
            fill(slice, &mut left);
        }
    }

    // 3. Then into the one slice that all the rest fits best; else into new ones.
    let mut left: Vec<Endpoint> = left.collect();
    while !left.is_empty() {
        let room = if left.len() < MAX_ENDPOINTS { closest_fit(&keep, left.len()) } else { None };
        let mut slice = match room {
            Some(at) => keep.remove(at),
            None => blank.clone(),
        };
        let count = left.len().min(MAX_ENDPOINTS.saturating_sub(slice.endpoints.len()));
        slice.endpoints.extend(left.drain(..count));
        if room.is_some() {
            update.push(slice);
        } else {
            changes.create.push(slice);
        }
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

fn fill(slice: &mut EndpointSlice, left: &mut impl Iterator<Item = Endpoint>) {
    let room = MAX_ENDPOINTS.saturating_sub(slice.endpoints.len());
    slice.endpoints.extend(left.take(room));
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
