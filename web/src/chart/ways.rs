//! The ways that requests take over the chart, each computed once: most requests go where others went.

use portolan_core::collections::Map;
use std::cell::Cell;
use std::rc::Rc;

use portolan_core::cluster::Place;
use portolan_core::sim::{Flight, Leg};

use super::geometry::{Point, Polyline, distance, pt};
use super::model::Chart;
use super::path;

/// A line that is asked for places on it again and again.
#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    points: Vec<Point>,
    /// How long it is up to each point.
    lengths: Vec<f64>,
    /// As the `d` of a path.
    pub(super) d: String,
    /// What tells it from others.
    pub(super) key: u64,
}

impl Track {
    fn new(line: &Polyline) -> Self {
        let points = line.points().to_vec();
        let mut length = 0.0;
        let mut lengths = Vec::with_capacity(points.len());
        for (i, point) in points.iter().enumerate() {
            length += i.checked_sub(1).and_then(|before| points.get(before)).map_or(0.0, |p| distance(*p, *point));
            lengths.push(length);
        }
        let d = line.to_svg();
        let key = d.bytes().fold(START, fold);
        Track { points, lengths, d, key }
    }

    /// The place after the share `t` of the way.
    pub(super) fn at(&self, t: f64) -> Point {
        let (Some(&whole), Some(&last)) = (self.lengths.last(), self.points.last()) else { return Point::default() };
        let wanted = whole * t.clamp(0.0, 1.0);
        let next = self.lengths.partition_point(|length| *length < wanted);
        let (Some(&b), Some(&to)) = (self.points.get(next), self.lengths.get(next)) else { return last };
        let Some(before) = next.checked_sub(1) else { return b };
        let (Some(&a), Some(&from)) = (self.points.get(before), self.lengths.get(before)) else { return b };
        let share = if to > from { (wanted - from) / (to - from) } else { 1.0 };
        pt(a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * share)
    }

    /// Whether it leads nowhere.
    pub(super) fn is_empty(&self) -> bool {
        self.points.is_empty()
    }
}

/// A request's way, there and back.
#[derive(Debug, Default)]
pub(super) struct Way {
    /// A track for each leg; empty between places that are not drawn.
    pub(super) tracks: Vec<Track>,
    /// Which of them belong to the answer.
    pub(super) replies: Vec<bool>,
    /// Where it is counted: requests that succeed, and those that fail.
    pub(super) passing: [Cell<usize>; 2],
}

/// Ways no more than these are kept.
const MOST: usize = 3000;

/// The ways found so far.
#[derive(Default)]
pub(super) struct Ways {
    known: Map<u64, Rc<Way>>,
}

impl Ways {
    /// Forgets all: the chart is another one.
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// The way of a flight.
    pub(super) fn of(&mut self, chart: &Chart, flight: &Flight) -> Rc<Way> {
        let port = path::entry_port(&flight.trace);
        let key = key(&flight.legs, port);
        if let Some(way) = self.known.get(&key) {
            return way.clone();
        }
        if self.known.len() >= MOST {
            self.known.clear();
        }
        let lines = path::legs(chart, &flight.legs, port);
        let way = Rc::new(Way {
            passing: Default::default(),
            tracks: lines.iter().map(Track::new).collect(),
            replies: flight.legs.iter().map(|leg| leg.reply).collect(),
        });
        self.known.insert(key, way.clone());
        way
    }

    /// The way of a request that never left.
    pub(super) fn still(&mut self, chart: &Chart, flight: &Flight) -> Option<Rc<Way>> {
        let still = path::still(chart, &flight.trace)?;
        Some(Rc::new(Way { tracks: vec![Track::new(&still.line)], replies: vec![false], ..Way::default() }))
    }
}

const START: u64 = 0xcbf2_9ce4_8422_2325;

fn fold(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

/// Sixty-four bits that tell one sequence of places from another (FNV-1a).
fn key(legs: &[Leg], port: u16) -> u64 {
    let mut hash = START;
    let mut eat = |bytes: &[u8]| hash = bytes.iter().copied().fold(hash, fold);
    eat(&port.to_le_bytes());
    for leg in legs {
        eat(&[u8::from(leg.reply), 0xfe]);
        for place in [&leg.from, &leg.to] {
            let (kind, words) = words(place);
            eat(&[kind]);
            for word in words {
                eat(word.as_bytes());
                eat(&[0xff]);
            }
            if let Place::External(ip) | Place::Endpoint(ip) = place {
                match ip {
                    std::net::IpAddr::V4(ip) => eat(&ip.octets()),
                    std::net::IpAddr::V6(ip) => eat(&ip.octets()),
                }
            }
        }
    }
    hash
}

fn words(place: &Place) -> (u8, [&str; 2]) {
    match place {
        Place::External(_) => (0, ["", ""]),
        Place::Laptop => (1, ["", ""]),
        Place::LoadBalancer(name) => (2, [&name.namespace, &name.name]),
        Place::Node(name) => (3, [name, ""]),
        Place::Proxy(name) => (4, [name, ""]),
        Place::Pod(name) => (5, [&name.namespace, &name.name]),
        Place::Endpoint(_) => (6, ["", ""]),
        Place::ApiServer => (7, ["", ""]),
        Place::Kubelet(name) => (8, [name, ""]),
        Place::Dns => (9, ["", ""]),
        Place::ExternalHost(name) => (10, [name, ""]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_says_the_same_places_as_its_line() {
        let line = Polyline::new([pt(0.0, 0.0), pt(10.0, 0.0), pt(10.0, 30.0), pt(50.0, 30.0)]);
        let track = Track::new(&line);
        for i in 0..=20 {
            let t = f64::from(i) / 20.0;
            assert!(distance(track.at(t), line.at(t)) < 1e-9, "{t}");
        }
        assert_eq!(Track::default().at(0.5), pt(0.0, 0.0));
    }

    #[test]
    fn other_legs_have_another_key() {
        let leg = |to: Place, reply| Leg { from: Place::Laptop, to, start: 0, end: 1, masqueraded: false, reply };
        let node = |name: &str| Place::Node(name.into());
        let keys = [
            key(&[leg(node("a"), false)], 1),
            key(&[leg(node("a"), false)], 2),
            key(&[leg(node("a"), true)], 1),
            key(&[leg(Place::Proxy("a".into()), false)], 1),
            key(&[leg(node("b"), false)], 1),
            key(&[leg(node("a"), false), leg(node("a"), false)], 1),
        ];
        for (i, one) in keys.iter().enumerate() {
            assert!(!keys[i + 1..].contains(one));
        }
    }
}
