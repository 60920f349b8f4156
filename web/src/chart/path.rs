//! One request's way, drawn still: a line with numbered stops, and a mark where it ended.

use portolan_core::cluster::Place;
use portolan_core::packet::{Action, Trace, Verdict};
use portolan_core::sim::Leg;

use super::geometry::{Point, Polyline, pt};
use super::model::Chart;
use super::outcome::Outcome;
use super::route;

/// The way, ready to draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StillPath {
    /// The line.
    pub(crate) line: Polyline,
    /// Where it began and where each leg ended, with the number of the hop there.
    pub(crate) stops: Vec<(Point, usize)>,
    /// Delivered.
    pub(crate) delivered: bool,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// The source was rewritten.
    pub(crate) masqueraded: bool,
}

/// Radius of a way's corners.
pub(crate) fn corner(chart: &Chart) -> f64 {
    if chart.many { 2.0 } else { 6.0 }
}

/// The places that a trace passes, one after the other without repetition, each with its first hop's number from 1.
fn numbered(trace: &Trace) -> Vec<(usize, Place)> {
    let mut places: Vec<(usize, Place)> = Vec::new();
    for (i, hop) in trace.hops.iter().enumerate() {
        // A lookup is a trip of its own; the packet starts at the client all the same.
        if hop.action != Action::Resolve && places.last().is_none_or(|last| last.1 != hop.at) {
            places.push((i + 1, hop.at.clone()));
        }
    }
    places
}

/// The places that a trace passes, one after the other without repetition.
pub(crate) fn places(trace: &Trace) -> Vec<Place> {
    numbered(trace).into_iter().map(|(_, place)| place).collect()
}

/// The destination port with which a trace's packet meets the first node.
pub(crate) fn entry_port(trace: &Trace) -> u16 {
    trace
        .hops
        .iter()
        .filter(|hop| matches!(hop.at, Place::Node(_) | Place::Proxy(_) | Place::ApiServer))
        .find_map(|hop| hop.before.or(hop.after))
        .or_else(|| trace.hops.iter().find_map(|hop| hop.after.or(hop.before)))
        .map_or(0, |tuple| tuple.dst.port)
}

/// A trace's way over the chart.
pub(crate) fn still(chart: &Chart, trace: &Trace) -> Option<StillPath> {
    let places = numbered(trace);
    let port = entry_port(trace);
    let mut whole = Polyline::default();
    let mut stops = Vec::new();
    for pair in places.windows(2) {
        let Some(line) = route::route(chart, &pair[0].1, &pair[1].1, whole.end(), port) else { continue };
        if let (true, Some(start)) = (stops.is_empty(), line.points().first()) {
            stops.push((*start, pair[0].0));
        }
        for point in line.points() {
            whole.push(*point);
        }
        stops.extend(whole.end().map(|end| (end, pair[1].0)));
    }
    if whole.points().is_empty() {
        // It ended where it began: a lookup without an answer, a packet that no router takes.
        let (number, place) = places.first()?;
        whole.push(route::spot(chart, place)?);
        if let (Some(rect), false) = (chart.hosts.iter().find(|h| h.place == *place).map(|h| h.rect), chart.narrow) {
            whole = Polyline::default();
            whole.push(rect.right_mid());
            whole.push(pt(rect.right() + (chart.coast - rect.right()) * 0.55, rect.right_mid().y));
        }
        stops.extend(whole.end().map(|end| (end, *number)));
    }
    Some(StillPath {
        line: whole.rounded(corner(chart)),
        stops,
        delivered: trace.verdict == Verdict::Delivered,
        outcome: Outcome::of(trace),
        masqueraded: trace.masqueraded,
    })
}

/// The ways of a flight's legs, in their order; a leg between places that are not drawn has an empty one.
pub(crate) fn legs(chart: &Chart, legs: &[Leg], port: u16) -> Vec<Polyline> {
    let mut here = None;
    legs.iter()
        .map(|leg| {
            let line = route::route(chart, &leg.from, &leg.to, here, port).unwrap_or_default();
            here = line.end().or(here);
            line.rounded(corner(chart))
        })
        .collect()
}
