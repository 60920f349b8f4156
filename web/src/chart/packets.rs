//! Packets that move: one SVG element each, moved by attributes, without Yew.
//!
//! A flight's way is drawn on a clock of its own, the play clock, which runs while the page plays. A leg takes as long
//! as its latency at the chosen slow motion, but never so short that it could not be seen; longer legs always take
//! longer than shorter ones.

use std::collections::VecDeque;
use std::rc::Rc;

use portolan_core::collections::Map;
use portolan_core::packet::{Trace, Verdict};
use portolan_core::sim::Flight;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::geometry::{Point, Polyline};
use super::model::Chart;
use super::path;

/// Packets drawn at a time; what is beyond is counted, not drawn.
const MAX_DRAWN: usize = 240;
/// How long a failed packet stays where it failed, in milliseconds.
const LINGER: f64 = 900.0;

/// A packet on the play clock.
struct Drawn {
    id: u64,
    begin: f64,
    legs: Vec<(f64, f64, Polyline, bool, bool)>,
    end: f64,
    ok: bool,
    title: String,
    element: Option<Element>,
}

/// How long a leg is shown, in milliseconds of the play clock: at least long enough to be seen.
pub(crate) fn shown_for(latency_us: u64, slow: f64) -> f64 {
    let ms = latency_us as f64 / 1000.0;
    (ms * slow).max(110.0 + 170.0 * (1.0 + ms * 2.0).ln())
}

/// The layer.
#[derive(Default)]
pub(crate) struct PacketLayer {
    drawn: VecDeque<Drawn>,
    free: Vec<Element>,
    /// The highest flight number taken up, so that none is shown twice.
    next: u64,
    /// Milliseconds played.
    clock: f64,
}

impl PacketLayer {
    /// Forgets everything: another cluster, another run.
    pub(crate) fn clear(&mut self) {
        for mut packet in self.drawn.drain(..) {
            if let Some(element) = packet.element.take() {
                element.remove();
            }
        }
        self.free.clear();
        self.next = 0;
    }

    /// Takes up flights that were not seen yet.
    pub(crate) fn take_up<'a>(&mut self, chart: &Chart, flights: impl Iterator<Item = &'a Flight>, slow: f64) {
        let mut fresh: Map<u64, &Flight> = Map::new();
        for flight in flights.filter(|f| f.id >= self.next) {
            fresh.insert(flight.id, flight);
        }
        for (id, flight) in fresh {
            self.next = id + 1;
            if self.drawn.len() >= MAX_DRAWN {
                continue;
            }
            let ok = flight.end.verdict == Verdict::Delivered;
            let lines = path::legs(chart, &flight.legs, path::entry_port(&flight.trace));
            let mut at = self.clock;
            let mut legs = Vec::new();
            let mut last_end = None;
            for (leg, line) in flight.legs.iter().zip(lines) {
                // The time a server takes to answer is shown as a short rest.
                if last_end.is_some_and(|end| leg.start > end) {
                    at += 160.0;
                }
                last_end = Some(leg.end);
                let takes = shown_for(leg.end.saturating_sub(leg.start), slow);
                if !line.points().is_empty() {
                    legs.push((at, at + takes, line, leg.masqueraded, leg.reply));
                }
                at += takes;
            }
            if legs.is_empty() {
                // It never left: shown where it is.
                if let Some(still) = path::still(chart, &flight.trace) {
                    legs.push((at, at + 300.0, still.line, false, false));
                    at += 300.0;
                }
            }
            self.drawn.push_back(Drawn {
                id,
                begin: self.clock,
                legs,
                end: at + if ok { 60.0 } else { LINGER },
                ok,
                title: title(&flight.trace),
                element: None,
            });
        }
    }

    /// Lets the play clock run on by `ms` and moves every packet; `layer` is the group that they live in.
    pub(crate) fn advance(&mut self, layer: &Element, ms: f64) {
        self.clock += ms;
        let clock = self.clock;
        let mut keep = VecDeque::with_capacity(self.drawn.len());
        for mut packet in std::mem::take(&mut self.drawn) {
            if clock >= packet.end {
                if let Some(element) = packet.element.take() {
                    element.remove();
                    self.free.push(element);
                }
                continue;
            }
            self.place(layer, &mut packet, clock);
            keep.push_back(packet);
        }
        self.free.truncate(64);
        self.drawn = keep;
    }

    fn place(&mut self, layer: &Element, packet: &mut Drawn, clock: f64) {
        let now = packet.legs.iter().find(|leg| clock < leg.1).or(packet.legs.last());
        let Some((from, to, line, masqueraded, reply)) = now else { return };
        let share = ((clock - from) / (to - from).max(1.0)).clamp(0.0, 1.0);
        // Slows down a little towards each stop, as the eye expects.
        let eased = share * share * (3.0 - 2.0 * share) * 0.5 + share * 0.5;
        let Point { x, y } = line.at(eased);
        let stuck = !packet.ok && clock >= packet.end - LINGER;
        let born = clock - packet.begin;
        let class = match (packet.ok, stuck, reply, masqueraded) {
            (true, _, true, _) => "pkt ok back",
            (true, _, _, true) => "pkt ok snat",
            (true, ..) => "pkt ok",
            (false, true, ..) => "pkt bad stuck",
            (false, _, _, true) => "pkt bad snat",
            (false, ..) => "pkt bad",
        };
        let element = match &packet.element {
            Some(element) => element.clone(),
            None => {
                let Some(element) = self.free.pop().or_else(new_packet) else { return };
                let _ = element.set_attribute("data-id", &packet.id.to_string());
                if let Some(title) = element.first_element_child() {
                    title.set_text_content(Some(&packet.title));
                }
                let _ = element.set_attribute("class", class);
                let _ = layer.append_child(&element);
                packet.element = Some(element.clone());
                element
            }
        };
        let scale = (born / 120.0).clamp(0.2, 1.0);
        let _ = element.set_attribute(
            "transform",
            &if scale < 1.0 {
                format!("translate({x:.1} {y:.1}) scale({scale:.2})")
            } else {
                format!("translate({x:.1} {y:.1})")
            },
        );
        if element.get_attribute("class").as_deref() != Some(class) {
            let _ = element.set_attribute("class", class);
        }
    }
}

/// What hovering a packet says: its addresses, before and after, and its end.
fn title(trace: &Trace) -> String {
    let mut lines: Vec<String> = Vec::new();
    for tuple in trace.hops.iter().flat_map(|h| [h.before, h.after]).flatten() {
        let source = if tuple.src.port == 0 { tuple.src.ip.to_string() } else { tuple.src.to_string() };
        let line = format!("{source} \u{2192} {}", tuple.dst);
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    lines.push(trace.verdict.as_str().to_string());
    lines.join("\n")
}

/// A packet's element: circle and diamond, of which the style shows one, and the badge of source NAT.
fn new_packet() -> Option<Element> {
    const SVG: &str = "http://www.w3.org/2000/svg";
    let document = gloo::utils::document();
    let make = |name: &str, attributes: &[(&str, &str)]| -> Option<Element> {
        let element = document.create_element_ns(Some(SVG), name).ok()?;
        for (key, value) in attributes {
            element.set_attribute(key, value).ok()?;
        }
        Some(element)
    };
    let group = make("g", &[("class", "pkt")])?;
    for child in [
        make("title", &[])?,
        make("circle", &[("class", "hit"), ("r", "13")])?,
        make(
            "rect",
            &[("class", "badge"), ("x", "-8"), ("y", "-8"), ("width", "16"), ("height", "16"), ("rx", "3.5")],
        )?,
        make("circle", &[("class", "disc"), ("r", "5.2")])?,
        make("path", &[("class", "diamond"), ("d", "M0 -7L7 0L0 7L-7 0Z")])?,
    ] {
        group.append_child(&child).ok()?;
    }
    Some(group)
}

/// The flight number of the packet that an event happened on.
pub(crate) fn packet_of(event: &web_sys::Event) -> Option<u64> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    target.closest("g.pkt").ok()??.get_attribute("data-id")?.parse().ok()
}

/// A callback that goes on asking for itself.
type Again = Rc<std::cell::RefCell<Option<Closure<dyn FnMut(f64)>>>>;

/// The frame loop: calls back before each repaint until it is dropped.
pub(crate) struct Frames {
    id: Rc<std::cell::Cell<i32>>,
    _closure: Again,
}

impl Frames {
    /// Starts.
    pub(crate) fn start(mut call: impl FnMut(f64) + 'static) -> Self {
        let id = Rc::new(std::cell::Cell::new(0));
        let closure: Again = Rc::default();
        let again = {
            let (id, closure) = (id.clone(), Rc::downgrade(&closure));
            move || {
                if let Some(closure) = closure.upgrade()
                    && let Some(closure) = closure.borrow().as_ref()
                    && let Ok(next) = gloo::utils::window().request_animation_frame(closure.as_ref().unchecked_ref())
                {
                    id.set(next);
                }
            }
        };
        let first = again.clone();
        *closure.borrow_mut() = Some(Closure::new(move |time| {
            call(time);
            again();
        }));
        first();
        Frames { id, _closure: closure }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        let _ = gloo::utils::window().cancel_animation_frame(self.id.get());
    }
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
}
