//! The elements of what moves: packets, flows, connections that are kept.

use portolan_core::cluster::Place;
use portolan_core::packet::Trace;
use web_sys::Element;

use super::flows::Flow;
use super::outcome::Outcome;

/// The groups of the moving sheet, from the lowest up.
pub(super) struct Groups {
    /// What they are in.
    pub(super) layer: Element,
    /// Legs as wide as their rate.
    pub(super) flows: Element,
    /// Connections.
    pub(super) kept: Element,
    /// Packets.
    pub(super) dots: Element,
}

impl Groups {
    /// Makes them in `layer`.
    pub(super) fn new(layer: &Element) -> Option<Self> {
        layer.set_text_content(None);
        let group = |class: &str| {
            let element = make("g", &[("class", class)])?;
            layer.append_child(&element).ok()?;
            Some(element)
        };
        Some(Groups { layer: layer.clone(), flows: group("flows")?, kept: group("kept-lines")?, dots: group("dots")? })
    }
}

fn make(name: &str, attributes: &[(&str, &str)]) -> Option<Element> {
    const SVG: &str = "http://www.w3.org/2000/svg";
    let element = gloo::utils::document().create_element_ns(Some(SVG), name).ok()?;
    for (key, value) in attributes {
        element.set_attribute(key, value).ok()?;
    }
    Some(element)
}

/// A packet's element: a disc, of which the style makes what it is; the badge of source NAT; the shape and the word of a
/// failure.
pub(super) fn packet() -> Option<Element> {
    let group = make("g", &[("class", "pkt")])?;
    for child in [
        make("title", &[])?,
        make("path", &[("class", "fail")])?,
        make("circle", &[("class", "hit"), ("r", "13")])?,
        make(
            "rect",
            &[("class", "badge"), ("x", "-8"), ("y", "-8"), ("width", "16"), ("height", "16"), ("rx", "3.5")],
        )?,
        make("circle", &[("class", "disc"), ("r", "5.2")])?,
        make("text", &[("class", "word")])?,
    ] {
        group.append_child(&child).ok()?;
    }
    Some(group)
}

/// Makes it this packet's.
pub(super) fn set_packet(element: &Element, id: u64, outcome: Outcome, trace: &Trace) {
    let _ = element.set_attribute("data-id", &id.to_string());
    let children = element.children();
    if let Some(title) = children.item(0) {
        title.set_text_content(Some(&title_of(outcome, trace)));
    }
    if let Some(shape) = children.item(1) {
        let _ = shape.set_attribute("d", outcome.shape());
    }
    if let Some(word) = children.item(5) {
        word.set_text_content(Some(outcome.word()));
        // Beside a pod, over the lane that leads to it: its name is read while packets fail there.
        let at_pod = trace.hops.last().is_some_and(|hop| matches!(hop.at, Place::Pod(_)));
        let place = if at_pod { ["-8", "-9", "end"] } else { ["11", "4", "start"] };
        for (name, value) in ["x", "y", "text-anchor"].into_iter().zip(place) {
            let _ = word.set_attribute(name, value);
        }
    }
}

/// What hovering a packet says: its addresses, before and after, and its end.
pub(crate) fn title_of(outcome: Outcome, trace: &Trace) -> String {
    let mut lines: Vec<String> = Vec::new();
    for tuple in trace.hops.iter().flat_map(|h| [h.before, h.after]).flatten() {
        let source = if tuple.src.port == 0 { tuple.src.ip.to_string() } else { tuple.src.to_string() };
        let line = format!("{source} \u{2192} {}", tuple.dst);
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    }
    let word = outcome.word();
    lines.push(match trace.verdict.as_str() {
        verdict if word.is_empty() || verdict == word => verdict.to_string(),
        verdict => format!("{verdict} ({word})"),
    });
    lines.join("\n")
}

/// A line for a connection that is kept.
pub(super) fn kept(groups: &Groups) -> Element {
    let element = make("g", &[("class", "kept")]).unwrap_or_else(|| groups.kept.clone());
    for class in ["outer", "inner"] {
        if let Some(path) = make("path", &[("class", class)]) {
            let _ = element.append_child(&path);
        }
    }
    let _ = groups.kept.append_child(&element);
    element
}

/// Where that line is.
pub(super) fn set_kept(element: &Element, d: &str) {
    let children = element.children();
    for i in 0..2 {
        if let Some(path) = children.item(i)
            && path.get_attribute("d").as_deref() != Some(d)
        {
            let _ = path.set_attribute("d", d);
        }
    }
}

/// Draws the flows, over the elements of those before.
pub(super) fn draw_flows(groups: &Groups, flows: &[Flow]) {
    let children = groups.flows.children();
    while children.length() > flows.len() as u32 {
        if let Some(last) = groups.flows.last_element_child() {
            last.remove();
        }
    }
    for (i, flow) in flows.iter().enumerate() {
        let element = match children.item(i as u32) {
            Some(element) => element,
            None => {
                let (Some(path), Some(title)) = (make("path", &[]), make("title", &[])) else { return };
                let _ = path.append_child(&title);
                let _ = groups.flows.append_child(&path);
                path
            }
        };
        let _ = element.set_attribute("class", if flow.failed { "flow bad" } else { "flow" });
        if element.get_attribute("d").as_deref() != Some(flow.d.as_str()) {
            let _ = element.set_attribute("d", &flow.d);
        }
        let _ = element.set_attribute("stroke-width", &format!("{:.1}", flow.width));
        if let Some(title) = element.first_element_child() {
            let rate = if flow.rate >= 10.0 { format!("{:.0}", flow.rate) } else { format!("{:.1}", flow.rate) };
            let end = if flow.failed { " that fail" } else { "" };
            title.set_text_content(Some(&format!("{rate} requests a second{end}")));
        }
    }
}
