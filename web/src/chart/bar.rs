//! The bar under the chart: what to look for, how large the chart is, its outline, its legend.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::find::Found;
use super::outcome::Outcome;
use crate::browser;
use crate::list::list;

/// What a person asks of the chart's view.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// Larger or smaller.
    Zoom(f64),
    /// All of it.
    Fit,
    /// What to look for.
    Find(String),
    /// The outline, or the picture.
    Outline,
    /// The legend.
    Legend,
}

/// What the bar shows.
pub(crate) struct Shown<'a> {
    pub(crate) find: &'a str,
    pub(crate) found: Option<&'a Found>,
    pub(crate) percent: u32,
    pub(crate) outline: bool,
    pub(crate) legend: bool,
    /// With all of it.
    pub(crate) full: bool,
}

/// The bar.
pub(crate) fn view(shown: &Shown, ask: &Callback<Ask>) -> Html {
    let fire = |what: Ask| {
        let ask = ask.clone();
        Callback::from(move |_: MouseEvent| ask.emit(what.clone()))
    };
    let oninput = {
        let ask = ask.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<HtmlInputElement>() {
                ask.emit(Ask::Find(input.value()));
            }
        })
    };
    let onkeydown = {
        let (ask, empty) = (ask.clone(), shown.find.is_empty());
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                if empty {
                    browser::blur(&event);
                }
                ask.emit(Ask::Find(String::new()));
            }
        })
    };
    html! {
        <div class="chart-bar" role="group" aria-label="View of the chart">
            if shown.full {
                <label class="find">
                    <span class="hidden">{ "Find on the chart: a Service, namespace, pod, node or label" }</span>
                    <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true"><path class="lens" d="M6.8 2A4.8 4.8 0 1 0 6.8 11.6A4.8 4.8 0 1 0 6.8 2M10.4 10.4L14.2 14.2" /></svg>
                    <input type="text" id="find" value={shown.find.to_string()} placeholder="Find: web, app=web" autocomplete="off" spellcheck="false" {oninput} {onkeydown} />
                </label>
            }
            <span class="found" role="status">{ shown.found.map_or_else(String::new, Found::words) }</span>
            if shown.full {
                { button("outline-button", "text quiet", "Outline", "The chart as text", Some(shown.outline), fire(Ask::Outline)) }
                { button("legend-button", "text quiet", "Legend", "What the shapes mean", Some(shown.legend), fire(Ask::Legend)) }
            }
            <span class="zoom">
                { button("zoom-out", "icon", "\u{2212}", "Zoom out (-)", None, fire(Ask::Zoom(1.0 / 1.5))) }
                <span class="percent" role="status">{ format!("{} %", shown.percent) }</span>
                { button("zoom-in", "icon", "+", "Zoom in (+)", None, fire(Ask::Zoom(1.5))) }
                { button("zoom-fit", "text quiet", "Fit", "Fit: show all of it (0)", None, fire(Ask::Fit)) }
            </span>
        </div>
    }
}

/// A button; a switch where it is on or off. Where it shows a sign, its hint is its name.
fn button(
    id: &'static str,
    class: &'static str,
    label: &'static str,
    hint: &'static str,
    on: Option<bool>,
    onclick: Callback<MouseEvent>,
) -> Html {
    let name = (class == "icon").then_some(hint);
    html! {
        <button type="button" {id} {class} title={hint} aria-label={name} aria-pressed={on.map(|on| on.to_string())} {onclick}>{ label }</button>
    }
}

/// A shape: its name, what it means, and its paths with their classes.
type Shape = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

const DISC: &str = "M-4.8 0A4.8 4.8 0 1 0 4.8 0A4.8 4.8 0 1 0 -4.8 0";
const RING: &str = "M-3.9 0A3.9 3.9 0 1 0 3.9 0A3.9 3.9 0 1 0 -3.9 0";

const LEGEND: [(&str, &[Shape]); 3] = [
    (
        "Packets",
        &[
            ("delivered", "", &[("l-ok", DISC)]),
            ("answer", "on its way back", &[("l-back", RING)]),
            ("faint", "has arrived; time stands still", &[("l-over", DISC)]),
            ("source NAT", "the source was rewritten", &[("l-snat", "M-7 -7H7V7H-7Z"), ("l-ok", RING)]),
            ("reject", "the proxy says no", &[("l-reject", Outcome::Reject.shape())]),
            ("RST", "nobody listens", &[("l-reset", Outcome::Reset.shape())]),
            ("drop", "thrown away, silently", &[("l-drop", Outcome::Drop.shape())]),
            ("timeout", "nothing ever answers", &[("l-timeout", Outcome::Timeout.shape())]),
            ("no way", "no such name or route", &[("l-reject", Outcome::Nowhere.shape())]),
        ],
    ),
    (
        "Lines",
        &[
            ("connection", "kept open between requests", &[("l-kept", "M-9 -2H9M-9 2H9")]),
            ("flow", "as wide as its rate", &[("l-flow", "M-9 0H9")]),
            ("Service", "no process: rules on every node", &[("l-layer", "M-8 -6H8V6H-8Z")]),
        ],
    ),
    (
        "Pods",
        &[
            ("ready", "", &[("l-ready", DISC), ("l-tick", "M-2.3 0.1L-0.6 1.9L2.4 -1.7")]),
            ("not ready", "", &[("l-unready", RING), ("l-unready", "M-2.2 0H2.2")]),
            ("terminating", "", &[("l-gone", RING), ("l-gone", "M-1.7 -1.7L1.7 1.7M1.7 -1.7L-1.7 1.7")]),
            ("not running", "", &[("l-gone", "M-3.8 -3.8H3.8V3.8H-3.8Z")]),
        ],
    ),
];

/// The names of all shapes.
pub(crate) fn legend() -> Html {
    let item = |(name, what, paths): &Shape| {
        html! {
            <li><svg width="22" height="18" viewBox="-11 -9 22 18" aria-hidden="true">
                { list(paths.iter().map(|(class, d)| html! { <path class={*class} d={*d} /> })) }
            </svg><b>{ *name }</b><span>{ *what }</span></li>
        }
    };
    html! {
        <div class="legend" id="legend" role="region" aria-label="Legend">
            { list(LEGEND.iter().map(|(title, shapes)| html! {
                <section><h2>{ *title }</h2><ul>{ list(shapes.iter().map(item)) }</ul></section>
            })) }
        </div>
    }
}
