//! The bar under the chart: what to look for, how large the chart is, its outline, its legend.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::find::Found;
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
    pub(crate) embed: bool,
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
                    browser::blur();
                }
                ask.emit(Ask::Find(String::new()));
            }
        })
    };
    html! {
        <div class="chart-bar" role="group" aria-label="View of the chart">
            if !shown.embed {
                <label class="find">
                    <span class="hidden">{ "Find on the chart: a Service, namespace, pod, node or label" }</span>
                    <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true"><path class="lens" d="M6.8 2A4.8 4.8 0 1 0 6.8 11.6A4.8 4.8 0 1 0 6.8 2M10.4 10.4L14.2 14.2" /></svg>
                    <input type="text" id="find" value={shown.find.to_string()} placeholder="Find: web, app=web" autocomplete="off" spellcheck="false" {oninput} {onkeydown} />
                </label>
            }
            <span class="found" role="status">{ shown.found.map_or_else(String::new, Found::words) }</span>
            if !shown.embed {
                <button type="button" class="text quiet" id="outline-button" aria-pressed={shown.outline.to_string()} onclick={fire(Ask::Outline)}>{ "Outline" }</button>
                <button type="button" class="text quiet" id="legend-button" aria-expanded={shown.legend.to_string()} onclick={fire(Ask::Legend)}>{ "Legend" }</button>
            }
            <span class="zoom">
                <button type="button" class="icon" id="zoom-out" aria-label="Zoom out" title="Zoom out (-)" onclick={fire(Ask::Zoom(1.0 / 1.5))}>{ "\u{2212}" }</button>
                <span class="percent" role="status" aria-label={format!("Zoom {} %", shown.percent)}>{ format!("{} %", shown.percent) }</span>
                <button type="button" class="icon" id="zoom-in" aria-label="Zoom in" title="Zoom in (+)" onclick={fire(Ask::Zoom(1.5))}>{ "+" }</button>
                <button type="button" class="text quiet" id="zoom-fit" title="Show all of it (0)" onclick={fire(Ask::Fit)}>{ "Fit" }</button>
            </span>
        </div>
    }
}

/// The names of all shapes.
pub(crate) fn legend() -> Html {
    let packets: [(&str, &str, Html); 7] = [
        ("delivered", "", html! { <circle class="l-ok" r="4.6" /> }),
        ("answer", "on its way back", html! { <circle class="l-back" r="3.4" /> }),
        (
            "source NAT",
            "the source was rewritten",
            html! { <><rect class="l-snat" x="-7" y="-7" width="14" height="14" rx="3" /><circle class="l-ok" r="4" /></> },
        ),
        (
            "reject",
            "the proxy says no",
            html! { <path class="l-reject" d="M-2.7 -6.5H2.7L6.5 -2.7V2.7L2.7 6.5H-2.7L-6.5 2.7V-2.7ZM-3.6 0H3.6" /> },
        ),
        (
            "RST",
            "nobody listens",
            html! { <path class="l-reset" d="M0 -7L7 0L0 7L-7 0ZM-2.5 -2.5L2.5 2.5M2.5 -2.5L-2.5 2.5" /> },
        ),
        ("drop", "thrown away, silently", html! { <path class="l-drop" d="M-5.5 -5.5L5.5 5.5M5.5 -5.5L-5.5 5.5" /> }),
        ("timeout", "nothing ever answers", html! { <path class="l-timeout" d="M-5 -6.5H5L-5 6.5H5Z" /> }),
    ];
    let lines: [(&str, &str, Html); 3] = [
        ("connection", "kept open between requests", html! { <path class="l-kept" d="M-9 -2H9M-9 2H9" /> }),
        ("flow", "as wide as its rate", html! { <path class="l-flow" d="M-9 0H9" /> }),
        (
            "Service",
            "no process: rules on every node",
            html! { <rect class="l-layer" x="-8" y="-6" width="16" height="12" rx="3" /> },
        ),
    ];
    let pods: [(&str, &str, Html); 4] = [
        (
            "ready",
            "",
            html! { <><circle class="l-ready" r="5" /><path class="l-tick" d="M-2.3 0.1L-0.6 1.9L2.4 -1.7" /></> },
        ),
        (
            "not ready",
            "",
            html! { <><circle class="l-unready" r="4.2" /><path class="l-unready" d="M-2.2 0H2.2" /></> },
        ),
        (
            "terminating",
            "",
            html! { <><circle class="l-gone" r="4.2" /><path class="l-gone" d="M-1.7 -1.7L1.7 1.7M1.7 -1.7L-1.7 1.7" /></> },
        ),
        ("not running", "", html! { <rect class="l-gone" x="-3.8" y="-3.8" width="7.6" height="7.6" /> }),
    ];
    let group = |title: &'static str, items: Vec<(&'static str, &'static str, Html)>| {
        html! {
            <section>
                <h3>{ title }</h3>
                <ul>{ list(items.into_iter().map(|(name, what, mark)| html! {
                    <li><svg width="22" height="18" viewBox="-11 -9 22 18" aria-hidden="true">{ mark }</svg><b>{ name }</b>
                        if !what.is_empty() { <span>{ what }</span> }
                    </li>
                })) }</ul>
            </section>
        }
    };
    html! {
        <div class="legend" id="legend" role="region" aria-label="Legend">
            { group("Packets", packets.into()) }
            { group("Lines", lines.into()) }
            { group("Pods", pods.into()) }
        </div>
    }
}
