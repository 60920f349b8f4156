//! Packets that move: one SVG element each, moved by attributes, without Yew.
//!
//! A flight's way is drawn on a clock of its own, the play clock, which runs while the page plays. A leg takes as long
//! as its latency at the chosen slow motion, but never so short that it could not be seen; longer legs always take
//! longer than shorter ones. So a packet may be drawn when it has long arrived: how much slower than life is known here,
//! for the page to say. When time stands still each packet is put where it is at that moment, and what has arrived is
//! faint. Past a few hundred packets in flight most are counted, and the legs are as wide as their rate; a sample still
//! moves along them, and failures before others.

use std::collections::VecDeque;
use std::rc::Rc;

use portolan_core::packet::Trace;
use portolan_core::sim::Flight;
use portolan_core::sort;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::flows::Rates;
use super::geometry::Point;
use super::marks;
use super::model::Chart;
use super::outcome::Outcome;
use super::ways::{Way, Ways};

/// More packets in flight than these are flows; fewer are packets again.
const FLOWS: (usize, usize) = (300, 200);
/// Packets drawn while there are flows, and failures on top of them.
const SAMPLE: usize = 90;
const FAILURES: usize = 60;
/// How long a failed packet stays where it failed, in milliseconds.
const LINGER: f64 = 1100.0;
/// How long one rests where it is served, or waits between two legs.
const REST: f64 = 160.0;
/// A connection that nothing uses is shown so long, in microseconds of simulated time.
const IDLE: u64 = 10_000_000;

/// A stretch of a packet's way on the play clock.
struct Stretch {
    begin: f64,
    end: f64,
    /// Which of the way's tracks.
    track: usize,
    masqueraded: bool,
    reply: bool,
}

/// A packet on the play clock.
struct Drawn {
    id: u64,
    begin: f64,
    way: Rc<Way>,
    stretches: Vec<Stretch>,
    /// From when to when it stands where it failed.
    stuck: Option<(f64, f64)>,
    /// When it has got as far as it gets: to whom it serves, or where it failed.
    turn: f64,
    end: f64,
    /// How much further it is than the play clock, in milliseconds.
    ahead: f64,
    /// When it really ends, in microseconds of simulated time.
    ended: u64,
    /// Whether it had arrived when time came to stand still.
    over: bool,
    outcome: Outcome,
    trace: Rc<Trace>,
    element: Option<Element>,
    class: (&'static str, bool),
}

/// A connection that is kept alive.
struct Kept {
    connection: u64,
    requests: u32,
    /// The last of them.
    last: u64,
    used: u64,
    element: Option<Element>,
}

/// How long a leg is shown, in milliseconds of the play clock: at least long enough to be seen.
fn shown_for(latency_us: u64, slow: f64) -> f64 {
    let ms = latency_us as f64 / 1000.0;
    (ms * slow).max((110.0 + 170.0 * (1.0 + ms * 2.0).ln()) * haste(slow))
}

/// What stands for a moment stands shorter where time runs faster than life: more passes in it.
fn haste(slow: f64) -> f64 {
    slow.sqrt().clamp(0.12, 1.0)
}

/// How many times slower than life flights are drawn, averaged over the last ones.
#[derive(Default)]
struct Stretched {
    mean: f64,
    /// What is said: it changes only when it would be wrong by a third.
    said: f64,
}

impl Stretched {
    fn count(&mut self, shown_ms: f64, latency_us: u64) {
        let now = shown_ms * 1000.0 / latency_us.max(1) as f64;
        self.mean = if self.mean == 0.0 { now } else { self.mean * 0.8 + now * 0.2 };
        if !(0.75..1.34).contains(&(self.mean / self.said)) {
            self.said = self.mean;
        }
    }

    /// In one digit; `None` where time itself runs as slowly.
    fn rounded(&self, slow: f64) -> Option<f64> {
        if self.said < slow * 1.25 || self.said < 1.5 {
            return None;
        }
        let step = 10f64.powf(self.said.log10().floor());
        Some((self.said / step).round() * step)
    }
}

/// The layer.
#[derive(Default)]
pub(crate) struct PacketLayer {
    drawn: VecDeque<Drawn>,
    /// Ends of those that are counted only.
    counted: VecDeque<f64>,
    flowing: bool,
    free: Vec<Element>,
    ways: Ways,
    rates: Rates,
    /// By the load that keeps them.
    kept: Vec<(usize, Kept)>,
    stretched: Stretched,
    /// Whether time has stood still since it was shown last.
    stands: bool,
    /// The chart that everything was made for.
    chart: Option<Rc<Chart>>,
    groups: Option<marks::Groups>,
    /// The highest flight number taken up, so that none is shown twice.
    next: u64,
    /// Milliseconds played.
    clock: f64,
    /// Pixels to one of the chart's units.
    zoom: f64,
}

impl PacketLayer {
    /// Forgets everything: another cluster, another run.
    pub(crate) fn clear(&mut self) {
        for element in self.drawn.drain(..).filter_map(|packet| packet.element) {
            element.remove();
        }
        for element in std::mem::take(&mut self.kept).into_iter().filter_map(|kept| kept.1.element) {
            element.remove();
        }
        if let Some(groups) = &self.groups {
            groups.flows.set_text_content(None);
        }
        self.free.clear();
        self.counted.clear();
        self.rates.clear();
        self.stretched = Stretched::default();
        self.flowing = false;
        self.stands = false;
        self.next = 0;
    }

    /// How many times slower than life packets are drawn, in one digit, where that is slower than time runs.
    pub(crate) fn slower(&self, slow: f64) -> Option<f64> {
        self.stretched.rounded(slow)
    }

    /// Takes up flights that were not seen yet.
    pub(crate) fn take_up<'a>(&mut self, chart: &Rc<Chart>, flights: impl Iterator<Item = &'a Flight>, slow: f64) {
        self.know(chart);
        let mut fresh: Vec<&Flight> = flights.filter(|f| f.id >= self.next).collect();
        sort::by_key(&mut fresh, |flight| flight.id);
        for flight in fresh {
            if flight.id < self.next {
                continue;
            }
            self.next = flight.id + 1;
            self.take(chart, flight, slow, None);
        }
    }

    /// Time stands still at `now`, microseconds of simulated time: each packet is where it is. What was seen to arrive is
    /// faint, up to the next stand.
    pub(crate) fn stand<'a>(
        &mut self,
        chart: &Rc<Chart>,
        flights: impl Iterator<Item = &'a Flight>,
        slow: f64,
        now: u64,
    ) {
        self.know(chart);
        let mut kept = VecDeque::with_capacity(self.drawn.len());
        for mut packet in std::mem::take(&mut self.drawn) {
            if !packet.over && packet.ended <= now {
                packet.over = true;
                if self.stands {
                    // Step by step nobody saw it get there.
                    packet.ahead = packet.turn - self.clock;
                }
                kept.push_back(packet);
            } else if let Some(element) = packet.element.take() {
                element.remove();
                self.free.push(element);
            }
        }
        self.drawn = kept;
        let rates = std::mem::take(&mut self.rates);
        let unseen = self.next;
        for flight in flights {
            self.next = self.next.max(flight.id + 1);
            if flight.end.at > now || flight.id >= unseen {
                self.take(chart, flight, slow, Some(now));
            }
        }
        self.rates = rates;
        self.stands = true;
    }

    /// Whether some of what is drawn has arrived.
    pub(crate) fn lingers(&self) -> bool {
        self.drawn.iter().any(|packet| packet.over)
    }

    /// Ways are those of a chart.
    fn know(&mut self, chart: &Rc<Chart>) {
        if !self.chart.as_ref().is_some_and(|known| Rc::ptr_eq(known, chart)) {
            self.chart = Some(chart.clone());
            self.ways.clear();
        }
    }

    /// Takes up a flight that begins, or the one of `now`.
    fn take(&mut self, chart: &Chart, flight: &Flight, slow: f64, now: Option<u64>) {
        let outcome = Outcome::of(&flight.trace);
        let ok = outcome == Outcome::Delivered;
        let mut way = self.ways.of(chart, flight);
        let (rest, linger) = (REST * haste(slow), LINGER * haste(slow).max(0.4));
        let mut at = self.clock;
        let mut stretches = Vec::new();
        let mut stuck = None;
        let mut last_end = None;
        let mut there = true;
        // How much of it was played by now.
        let mut passed = 0.0;
        let over = now.is_some_and(|now| flight.end.at <= now);
        let mut turn = None;
        let mut flown = (0.0, 0);
        for (track, leg) in flight.legs.iter().enumerate() {
            if there && leg.reply {
                there = false;
                turn = Some(at);
                if ok {
                    // The time a server takes to answer is shown as a short rest.
                    at += rest;
                } else {
                    // Who says no is where it failed; the word of it goes back to the client after that.
                    stuck = Some((at, at + linger * 0.6));
                    at += linger * 0.6;
                }
            } else if last_end.is_some_and(|end| leg.start > end) {
                at += rest;
            }
            last_end = Some(leg.end);
            let latency = leg.end.saturating_sub(leg.start);
            let takes = shown_for(latency, slow);
            flown = (flown.0 + takes, flown.1 + latency);
            if way.tracks.get(track).is_some_and(|t| !t.is_empty()) {
                let (masqueraded, reply) = (leg.masqueraded, leg.reply);
                stretches.push(Stretch { begin: at, end: at + takes, track, masqueraded, reply });
            }
            if let Some(now) = now.filter(|now| *now >= leg.start) {
                let share = (now - leg.start) as f64 / (latency as f64).max(1.0);
                passed = at - self.clock + takes * share.min(1.0);
            }
            at += takes;
        }
        if stretches.is_empty()
            && let Some(still) = self.ways.still(chart, flight)
        {
            // It never left: shown where it is.
            way = still;
            stretches.push(Stretch { begin: at, end: at + 300.0, track: 0, masqueraded: false, reply: false });
            at += 300.0;
        }
        let turn = turn.unwrap_or(at);
        if !ok && stuck.is_none() {
            stuck = Some((at, at + linger));
            at += linger;
        }
        if over {
            passed = turn - self.clock;
        }
        if flown.1 > 0 {
            self.stretched.count(flown.0, flown.1);
        }
        self.rates.count(&way, !ok);
        self.keep(flight, &way, ok);
        let room = match (self.flowing, ok) {
            (false, _) => FLOWS.0,
            (true, true) => SAMPLE,
            (true, false) => SAMPLE + FAILURES,
        };
        if self.drawn.len() >= room {
            self.counted.push_back(at - passed);
            return;
        }
        self.drawn.push_back(Drawn {
            id: flight.id,
            begin: self.clock,
            way,
            stretches,
            stuck,
            turn,
            end: at + 60.0,
            ahead: passed,
            over,
            ended: flight.end.at,
            outcome,
            trace: flight.trace.clone(),
            element: None,
            class: ("", false),
        });
    }

    /// A second request on one connection shows that it is kept; it is drawn until there is another one.
    fn keep(&mut self, flight: &Flight, way: &Rc<Way>, ok: bool) {
        let at = self.kept.iter().position(|kept| kept.0 == flight.load).unwrap_or(self.kept.len());
        if at == self.kept.len() {
            self.kept.push((flight.load, Kept { connection: 0, requests: 0, last: u64::MAX, used: 0, element: None }));
        }
        // Found there, or put there.
        let kept = &mut self.kept[at].1;
        if kept.last == flight.id {
            // Seen before, and shown again where it stands.
            return;
        }
        kept.last = flight.id;
        if kept.connection != flight.connection || kept.requests == 0 || !ok {
            if let Some(element) = kept.element.take() {
                element.remove();
            }
            (kept.connection, kept.requests) = (flight.connection, 0);
        }
        kept.requests += 1;
        kept.used = flight.end.at;
        if kept.requests >= 2
            && let Some(groups) = &self.groups
        {
            let d: String = way.tracks.iter().zip(&way.replies).filter(|t| !t.1).map(|t| t.0.d.as_str()).collect();
            let element = kept.element.get_or_insert_with(|| marks::kept(groups));
            marks::set_kept(element, &d);
        }
    }

    /// Lets the play clock run on by `ms` and moves every packet; `layer` is the group that they live in, `now` is in
    /// microseconds of simulated time, `zoom` in pixels to one of the chart's units.
    pub(crate) fn advance(&mut self, layer: &Element, ms: f64, now: u64, zoom: f64) {
        if self.groups.as_ref().is_none_or(|groups| groups.layer != *layer) {
            // Another sheet: what was drawn is gone with the old one.
            self.groups = marks::Groups::new(layer);
            self.drawn.iter_mut().for_each(|packet| packet.element = None);
            self.kept.iter_mut().for_each(|kept| kept.1.element = None);
            self.free.clear();
        }
        self.clock += ms;
        self.stands &= ms == 0.0;
        self.zoom = zoom;
        let clock = self.clock;
        while self.counted.front().is_some_and(|end| *end <= clock) {
            self.counted.pop_front();
        }
        for (_, kept) in self.kept.iter_mut().filter(|kept| kept.1.used + IDLE < now) {
            if let Some(element) = kept.element.take() {
                element.remove();
            }
        }
        self.flow();
        let Some(groups) = &self.groups else { return };
        let mut keep = VecDeque::with_capacity(self.drawn.len());
        for mut packet in std::mem::take(&mut self.drawn) {
            if clock + packet.ahead >= packet.end {
                if let Some(element) = packet.element.take() {
                    element.remove();
                    self.free.push(element);
                }
                continue;
            }
            packet.over &= self.stands;
            place(&mut packet, groups, &mut self.free, clock, zoom);
            keep.push_back(packet);
        }
        self.free.truncate(64);
        self.drawn = keep;
    }

    /// Packets become flows when they are many.
    fn flow(&mut self) {
        let in_flight = self.drawn.len() + self.counted.len();
        let was = self.flowing;
        self.flowing = in_flight >= if was { FLOWS.1 } else { FLOWS.0 };
        let settled = self.rates.settle(self.clock);
        let Some(groups) = &self.groups else { return };
        if self.flowing && (settled || !was) {
            marks::draw_flows(groups, &self.rates.flows());
        } else if was && !self.flowing {
            groups.flows.set_text_content(None);
        }
    }
}

/// Puts a packet where it is now.
fn place(packet: &mut Drawn, groups: &marks::Groups, free: &mut Vec<Element>, clock: f64, zoom: f64) {
    // A packet that arrives at this very moment has arrived, however the sums were rounded.
    let clock = clock + packet.ahead + 0.01;
    let stuck = packet.stuck.is_some_and(|(from, to)| clock >= from && clock < to);
    let now = match packet.stuck {
        // Where it stands: at the end of the last stretch before.
        Some((from, _)) if stuck => packet.stretches.iter().rev().find(|s| s.end <= from + 0.5),
        _ => packet.stretches.iter().find(|s| clock < s.end).or(packet.stretches.last()),
    };
    let Some(now) = now else { return };
    let Some(track) = packet.way.tracks.get(now.track) else { return };
    let share = ((clock - now.begin) / (now.end - now.begin).max(1.0)).clamp(0.0, 1.0);
    // Slows down a little towards each stop, as the eye expects.
    let eased = share * share * (3.0 - 2.0 * share) * 0.5 + share * 0.5;
    let Point { x, y } = track.at(eased);
    let class = match (packet.outcome, stuck, now.reply, now.masqueraded) {
        (Outcome::Delivered, _, true, _) => "pkt ok back",
        (Outcome::Delivered, _, _, true) => "pkt ok snat",
        (Outcome::Delivered, ..) => "pkt ok",
        (outcome, true, ..) => match outcome {
            Outcome::Reject => "pkt bad stuck reject",
            Outcome::Reset => "pkt bad stuck reset",
            Outcome::Drop => "pkt bad stuck drop",
            Outcome::Timeout => "pkt bad stuck timeout",
            _ => "pkt bad stuck nowhere",
        },
        (_, _, true, _) => "pkt bad back",
        (_, _, _, true) => "pkt bad snat",
        _ => "pkt bad",
    };
    let element = match &packet.element {
        Some(element) => element,
        None => {
            let Some(element) = free.pop().or_else(marks::packet) else { return };
            marks::set_packet(&element, packet.id, packet.outcome, &packet.trace);
            packet.class = ("", false);
            let _ = groups.dots.append_child(&element);
            packet.element.insert(element)
        }
    };
    // Nearly as large on the screen whatever the zoom; it grows as it comes.
    let scale = ((clock - packet.begin) / 120.0).clamp(0.2, 1.0) / zoom.max(1.0).min(zoom.max(1.0).sqrt() * 1.6);
    let _ = element.set_attribute("transform", &format!("translate({x:.1} {y:.1}) scale({scale:.2})"));
    if packet.class != (class, packet.over) {
        let _ = element.set_attribute("class", &if packet.over { format!("{class} over") } else { class.into() });
        packet.class = (class, packet.over);
    }
}

/// The flight number of the packet that an event happened on.
pub(crate) fn packet_of(event: &web_sys::Event) -> Option<u64> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest("g.pkt").ok()??.get_attribute("data-id")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_legs_are_shown_longer_and_none_is_too_short_to_see() {
        let all: Vec<f64> = [100, 500, 1_500, 10_000].into_iter().map(|us| shown_for(us, 1.0)).collect();
        assert!(all[0] > 110.0 && all[3] < 1000.0);
        assert!(all.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(shown_for(10_000, 200.0), 2000.0);
    }

    #[test]
    fn faster_time_leaves_fewer_packets_on_the_chart_than_it_sends_more() {
        // Two requests a second of four legs: how many are drawn at once.
        let at_once = |slow: f64| 2.0 / slow * 4.0 * shown_for(5_000, slow) / 1000.0;
        assert!(at_once(1.0) < 5.0);
        assert!(at_once(0.1) < 4.0 * at_once(1.0));
        assert!(at_once(0.02) < 8.0 * at_once(1.0));
    }

    #[test]
    fn says_how_much_slower_packets_are_drawn_unless_time_is_as_slow() {
        let told = |slow: f64| {
            let mut stretched = Stretched::default();
            (0..20).for_each(|_| stretched.count(shown_for(10_000, slow), 10_000));
            stretched.rounded(slow)
        };
        assert_eq!([told(1.0), told(20.0), told(100.0)], [Some(60.0), Some(60.0), None]);
        assert_eq!(Stretched::default().rounded(1.0), None);
    }
}
