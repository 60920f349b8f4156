//! The line of time under the chart: where one is in the run, what happened when, and what can be taken back.

use yew::prelude::*;

use super::parts::button;
use super::trace::ms;
use crate::list::list;
use crate::state::action::{Action, Export};
use crate::state::model::Model;
use crate::state::timeline::Mark;

/// Width of the line in units of its own.
const LINE: f64 = 1000.0;
/// The slider's thumb takes so much of its width at either end, in pixels; see the style.
const STEPS: f64 = 400.0;

/// How the packets on the chart are to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Drawn {
    /// As slowly as time runs.
    True,
    /// So many times slower than life, as they could not be seen otherwise.
    Slower(f64),
    /// Time stands still, and some have arrived.
    Arrived,
}

impl Drawn {
    fn view(self) -> Html {
        let (note, why) = match self {
            Drawn::True => return Html::default(),
            Drawn::Slower(times) => (
                format!("packets {times}\u{d7} slower"),
                "Packets would be too quick to see, so they are drawn slower than they fly. Where time runs as slowly, both agree.",
            ),
            Drawn::Arrived => {
                ("faint: arrived".to_string(), "Packets that had arrived by now, where they were last seen.")
            }
        };
        html! { <small title={why}>{ note }</small> }
    }
}

/// The view; `drawn` is how the packets on the chart are to be read.
pub(crate) fn view(model: &Model, drawn: Drawn, act: &Callback<Action>) -> Html {
    let (span, ends) = model.span();
    let now = model.session.now();
    let known = if ends { format!("{} of {}", time(now), time(span)) } else { time(now) };
    let words = model.mark_at(now).map_or_else(|| known.clone(), |what| format!("{known}, {what}"));
    let oninput = {
        let act = act.clone();
        Callback::from(move |event: InputEvent| {
            if let Some(input) = event.target_dyn_into::<web_sys::HtmlInputElement>() {
                act.emit(Action::Seek((input.value_as_number().max(0.0) / STEPS * span as f64) as u64));
            }
        })
    };
    let at = (now as f64 / (span as f64).max(1.0) * STEPS).round();
    html! {
        <div class="timeline" role="group" aria-label="Time">
            <div class="line">
                { marks(model, span) }
                <input type="range" id="time" aria-label="Time of the run" min="0" max={STEPS.to_string()} step="1" value={at.to_string()}
                    aria-valuetext={words} title="Page Up and Page Down go from event to event" {oninput} />
            </div>
            <div class="clock">
                <output for="time" title="Simulated time">{ known }</output>
                { drawn.view() }
            </div>
            <div class="group">
                { hand("undo", "Undo", "Ctrl+Z", model.hands.undoes(), Action::Undo, act) }
                { hand("redo", "Redo", "Ctrl+Shift+Z", model.hands.redoes(), Action::Redo, act) }
                { record(act) }
                { export(act) }
            </div>
            <p class="said" role="status">{ &model.said }</p>
        </div>
    }
}

/// A time in the unit that one reads it in.
pub(crate) fn time(us: u64) -> String {
    match us {
        0 => "0 s".into(),
        1..1_000_000 => ms(us),
        1_000_000..60_000_000 => format!("{:.1} s", us as f64 / 1e6),
        _ => format!("{} min {:.1} s", us / 60_000_000, (us % 60_000_000) as f64 / 1e6),
    }
}

fn record(act: &Callback<Action>) -> Html {
    let act = act.clone();
    let onclick = Callback::from(move |_: MouseEvent| act.emit(Action::Record));
    html! {
        <button type="button" class="text" id="record" {onclick} title="Write this run into the YAML: clients, and what was done when">
            <svg width="12" height="12" viewBox="-6 -6 12 12" aria-hidden="true"><circle r="4.5" /></svg>
            <span>{ "Record" }<span class="long">{ " as Scenario" }</span></span>
        </button>
    }
}

/// What can be taken along. A click on one of them closes the list.
fn export(act: &Callback<Action>) -> Html {
    let onclick = Callback::from(|event: MouseEvent| {
        let target = event.target_dyn_into::<web_sys::Element>();
        if let Some(list) =
            target.filter(|t| t.tag_name() == "BUTTON").and_then(|t| t.closest("details").ok().flatten())
        {
            let _ = list.remove_attribute("open");
        }
    });
    let onkeydown = Callback::from(|event: KeyboardEvent| {
        let list = event.target_dyn_into::<web_sys::Element>().and_then(|t| t.closest("details").ok().flatten());
        if let (Some(list), "Escape") = (list.filter(|list| list.has_attribute("open")), event.key().as_str()) {
            event.stop_propagation();
            let _ = list.remove_attribute("open");
            crate::browser::focus_from(&event, "export");
        }
    });
    html! {
        <details class="export" {onclick} {onkeydown}>
            <summary id="export">{ "Export" }</summary>
            <div class="items" role="group" aria-label="Export">
                { button("export-svg", "Chart as SVG", Action::Export(Export::Svg), act) }
                { button("export-png", "Chart as PNG", Action::Export(Export::Png), act) }
                { button("export-mermaid", "Diagram as Mermaid", Action::Export(Export::Mermaid), act) }
                { button("export-csv", "Traffic as CSV", Action::Export(Export::Csv), act) }
            </div>
        </details>
    }
}

/// Greyed out rather than taken away: the keyboard's focus would go with it.
fn hand(
    id: &'static str,
    name: &'static str,
    key: &str,
    what: Option<&str>,
    action: Action,
    act: &Callback<Action>,
) -> Html {
    let label = what.map_or_else(|| format!("{name}: nothing"), |what| format!("{name}: {what}"));
    let title = format!("{label} ({key})");
    let act = act.clone();
    let onclick = Callback::from(move |_: MouseEvent| act.emit(action.clone()));
    let d = if name == "Undo" {
        "M6 3L2.5 6.5L6 10M3 6.5H9A4 4 0 0 1 9 14.5H6"
    } else {
        "M10 3L13.5 6.5L10 10M13 6.5H7A4 4 0 0 0 7 14.5H10"
    };
    html! {
        <button type="button" class="icon" {id} aria-label={label} {title} aria-disabled={what.is_none().to_string()} {onclick}>
            <svg width="16" height="16" viewBox="0 0 16 16" aria-hidden="true"><path class="stroke" {d} /></svg>
        </button>
    }
}

/// What happened where: the text's events, those by hand, and where requests failed. The list of events says the same in words.
fn marks(model: &Model, span: u64) -> Html {
    let x = |at: u64| format!("{:.1}", at as f64 / (span as f64).max(1.0) * LINE);
    let reached = x(model.session.run().reached().min(span));
    html! {
        <svg class="marks-line" viewBox="0 0 1000 20" preserveAspectRatio="none" aria-hidden="true">
            <rect class="played" x="0" y="9" width={reached} height="2" />
            { list(model.failed_stretches().into_iter().map(|(from, to, count)| {
                let width = (to.min(span).saturating_sub(from) as f64 / (span as f64).max(1.0) * LINE).max(2.0);
                html! { <rect class="failed" x={x(from)} y="14" width={format!("{width:.1}")} height="4"><title>{ format!("{count} requests failed") }</title></rect> }
            })) }
            { list(model.marks().map(|(at, mark, words)| {
                let (class, height) = if mark == Mark::Done { ("done", 9) } else { ("scripted", 6) };
                html! { <rect {class} x={x(at)} y="0" width="3" height={height.to_string()}><title>{ format!("{}: {words}", time(at)) }</title></rect> }
            })) }
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_their_own_unit() {
        assert_eq!([0, 1_500, 12_340_000, 95_000_000].map(time), ["0 s", "1.5 ms", "12.3 s", "1 min 35.0 s"]);
    }
}
