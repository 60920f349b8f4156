//! What was typed beside what is stored, line by line, with a word for each line that the server added.

use portolan_core::apiserver::By;
use portolan_core::report::Row;
use yew::prelude::*;

use super::Shown;
use crate::list::list;
use crate::state::action::Action;

/// Lines shown; an EndpointSlice may have thousands.
const MAX: usize = 1200;

/// The marks, and what they mean.
const LEGEND: [(By, &str); 6] = [
    (By::Default, "filled in by a rule"),
    (By::Allocated, "chosen by an allocator"),
    (By::System, "the server\u{2019}s or a controller\u{2019}s own"),
    (By::Kept, "from before; the text no longer says it"),
    (By::Changed, "typed in other words"),
    (By::Dropped, "typed, not stored"),
];

/// The table.
pub(super) fn view(shown: &Shown, act: &Callback<Action>) -> Html {
    let rows = &shown.rows;
    if rows.is_empty() {
        return Html::default();
    }
    // Of what a controller made, nothing was typed.
    let both = rows.iter().any(|row| row.by.is_some());
    let more = rows.len().saturating_sub(MAX);
    html! {
        <>
            if both { { legend(rows) } }
            <table class={classes!("sides", (!both).then_some("one"))}>
                <caption class="hidden">{ format!("{} {}", shown.key.0, super::name(&shown.key)) }</caption>
                <thead><tr>
                    if both { <th scope="col" class="typed">{ "As typed" }</th> }
                    <th scope="col">{ "As stored" }</th>
                    if both { <th scope="col" class="by"><span class="hidden">{ "Added by" }</span></th> }
                </tr></thead>
                <tbody>{ list(rows.iter().zip(&shown.lines).take(MAX).map(|(row, number)| line(row, *number, both, act))) }</tbody>
            </table>
            if more > 0 { <p class="quiet">{ format!("and {more} more lines: Copy has them all") }</p> }
        </>
    }
}

fn legend(rows: &[Row]) -> Html {
    let there = LEGEND.iter().filter(|(by, _)| rows.iter().any(|row| row.by == Some(*by)));
    html! {
        <dl class="marks" aria-label="Legend">{ list(there.map(|(by, meaning)| html! {
            <div class={by.as_str()}><dt class="tag">{ by.as_str() }</dt><dd>{ *meaning }</dd></div>
        })) }</dl>
    }
}

fn line(row: &Row, number: Option<u32>, both: bool, act: &Callback<Action>) -> Html {
    let stored = row.stored.as_deref().map(|text| code(text, row.further, false)).unwrap_or_default();
    let Some(by) = row.by.filter(|_| both) else {
        return html! { <tr><td class="stored">{ stored }</td></tr> };
    };
    let typed = match (&row.typed, row.place) {
        (Some(text), Some((_, span))) if !row.further => {
            let act = act.clone();
            let onclick = Callback::from(move |_: MouseEvent| act.emit(Action::Reveal(span)));
            let dashed = |line: &str| line.trim_start().starts_with("- ");
            // The stored item begins with a field that was not typed.
            let dash = dashed(text) && !row.stored.as_deref().is_none_or(dashed);
            html! {
                <button type="button" class="typed-line" title="Show in the editor" {onclick}>
                    <span class="number">{ number }</span>{ code(text, false, dash) }
                </button>
            }
        }
        (Some(text), _) => {
            html! { <div class="typed-line"><span class="number"></span>{ code(text, true, false) }</div> }
        }
        (None, _) => Html::default(),
    };
    // One word for a text of several lines.
    let tag = by != By::Typed && !row.further;
    html! {
        <tr class={by.as_str()}>
            <td class="typed">{ typed }</td>
            <td class="stored">{ stored }</td>
            <td class="by">if tag { <span class="tag">{ by.as_str() }</span> }</td>
        </tr>
    }
}

/// A line of YAML, its key set apart; a further line of a text has none. `dash`: in one column the item's dash stands on
/// a line above.
fn code(line: &str, further: bool, dash: bool) -> Html {
    let start = line.len() - line.trim_start_matches([' ', '-']).len();
    let colon = line.find(": ").map(|at| at + 1).or_else(|| line.ends_with(':').then_some(line.len()));
    let plain = |end: &usize| line.get(start..*end).is_some_and(|key| !key.contains([' ', '"', '\'']));
    let end = colon.filter(|end| !further && plain(end)).unwrap_or(start);
    html! { <code>if start > 0 { <span class={classes!("lead", dash.then_some("dash"))}>{ &line[..start] }</span> }<span class="line"><span class="key">{ &line[start..end] }</span>{ &line[end..] }</span></code> }
}
