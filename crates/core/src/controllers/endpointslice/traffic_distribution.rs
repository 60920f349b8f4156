//! Hints from `spec.trafficDistribution`: each ready endpoint is for its own zone, and for its own node if so wished.
//!
//! Upstream: endpointslice/trafficdist/trafficdist.go.

use crate::objects::{Endpoint, EndpointSlice, TrafficDistribution};

use super::pack::Changes;

/// Gives every ready endpoint the hints that the distribution asks for.
pub(super) fn add_hints(changes: &mut Changes, distribution: TrafficDistribution) {
    let nodes = distribution == TrafficDistribution::PreferSameNode;
    all(changes, |endpoint| {
        if endpoint.ready == Some(true) {
            endpoint.zone_hints = endpoint.zone.iter().cloned().collect();
            endpoint.node_hints = if nodes { endpoint.node_name.iter().cloned().collect() } else { Vec::new() };
        }
    });
}

/// Takes all hints away.
pub(super) fn remove_hints(changes: &mut Changes) {
    all(changes, |endpoint| {
        endpoint.zone_hints.clear();
        endpoint.node_hints.clear();
    });
}

/// Changes every endpoint that stays. Whether a slice counts as changed does not matter here: it is written all the
/// same, and nobody sees its resource version.
fn all(changes: &mut Changes, change: impl Fn(&mut Endpoint)) {
    let slices = changes.create.iter_mut().chain(&mut changes.update).chain(&mut changes.keep);
    slices.flat_map(|slice: &mut EndpointSlice| &mut slice.endpoints).for_each(change);
}
