//! The legs of a flight: a trace's hops as moves between places, each with its time.

use super::Leg;
use crate::cluster::{Cluster, Place};
use crate::packet::{Action, Trace};

/// Microseconds of one leg within a node, a zone, the cluster, and to anything outside.
pub const SAME_NODE: u64 = 100;
/// Between two nodes of a zone, or where zones are unknown.
pub const SAME_ZONE: u64 = 500;
/// Between zones.
pub const OTHER_ZONE: u64 = 1_500;
/// To and from hosts outside.
pub const OUTSIDE: u64 = 10_000;

/// The places that a packet comes by, in order, each with whether its source had been rewritten on arrival there.
pub(super) fn places(trace: &Trace, hops: usize) -> Vec<(Place, bool)> {
    let source = trace.hops.iter().find_map(|hop| hop.before.or(hop.after)).map(|tuple| tuple.src.ip);
    let mut places: Vec<(Place, bool)> = Vec::new();
    let mut masqueraded = false;
    for hop in trace.hops.iter().take(hops) {
        if hop.action == Action::Resolve || hop.at == Place::Dns {
            continue;
        }
        if places.last().is_none_or(|(place, _)| *place != hop.at) {
            places.push((hop.at.clone(), masqueraded));
        }
        masqueraded |= hop.after.is_some_and(|tuple| Some(tuple.src.ip) != source);
    }
    places
}

/// The legs from place to place, the first leaving at `start`.
pub(super) fn legs(cluster: &Cluster, places: &[(Place, bool)], start: u64, reply: bool) -> Vec<Leg> {
    let mut legs = Vec::with_capacity(places.len());
    let mut at = start;
    for pair in places.windows(2) {
        let [(from, earlier), (to, later)] = pair else { continue };
        let end = at.saturating_add(distance(cluster, from, to));
        let masqueraded = if reply { *earlier } else { *later };
        legs.push(Leg { from: from.clone(), to: to.clone(), start: at, end, masqueraded, reply });
        at = end;
    }
    legs
}

/// How long all legs take together.
pub(super) fn length(cluster: &Cluster, places: &[(Place, bool)]) -> u64 {
    places.windows(2).fold(0_u64, |sum, pair| match pair {
        [(from, _), (to, _)] => sum.saturating_add(distance(cluster, from, to)),
        _ => sum,
    })
}

/// The node that a place belongs to; `None` outside the cluster.
pub(super) fn node_of<'a>(cluster: &'a Cluster, place: &'a Place) -> Option<&'a str> {
    match place {
        Place::Node(name) | Place::Proxy(name) | Place::Kubelet(name) => Some(name),
        Place::Pod(pod) => cluster.pod(pod).map(|pod| pod.node.as_str()).filter(|node| !node.is_empty()),
        _ => None,
    }
}

fn distance(cluster: &Cluster, from: &Place, to: &Place) -> u64 {
    // A balancer stands at the edge of the cloud, beside the nodes.
    let inside = |place: &Place| matches!(place, Place::LoadBalancer(_) | Place::Endpoint(_) | Place::ApiServer);
    let zone = |name: &str| cluster.node(name).and_then(|node| node.zone.as_deref());
    match (node_of(cluster, from), node_of(cluster, to)) {
        (Some(a), Some(b)) if a == b => SAME_NODE,
        (Some(a), Some(b)) => match (zone(a), zone(b)) {
            (Some(a), Some(b)) if a != b => OTHER_ZONE,
            _ => SAME_ZONE,
        },
        (Some(_), None) if inside(to) => SAME_ZONE,
        (None, Some(_)) if inside(from) => SAME_ZONE,
        _ => OUTSIDE,
    }
}
