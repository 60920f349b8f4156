//! The Expectations view: what the text claims of itself, and whether it is so.

use portolan_core::verify::Failure;
use portolan_core::world::World;
use yew::prelude::*;

use crate::list::list;
use crate::state::action::Action;
use crate::state::claims::{Outcome, Row, tally};
use crate::state::model::Model;

/// The view. `rows` is missing until they were tried.
pub(crate) fn view(model: &Model, rows: Option<&[Row]>, act: &Callback<Action>, again: Callback<MouseEvent>) -> Html {
    let world = model.session.world();
    let fire = |action: Action| {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(action.clone()))
    };
    let claimed = !world.expectations().is_empty();
    let (held, failed, untried) = rows.map_or((0, 0, 0), tally);
    let said = match rows {
        _ if !claimed => String::new(),
        None => "Not tried yet.".into(),
        Some(_) if untried > 0 => format!("{held} of {} hold, {untried} not tried", held + failed + untried),
        Some(_) => format!("{held} of {} hold", held + failed),
    };
    html! {
        <div class="expectations-view">
            <div class="head">
                if claimed { <h2 aria-live="polite">{ said }</h2> }
                if claimed && (rows.is_none() || untried > 0) {
                    <button type="button" class="text" id="try-claims" onclick={again}>{ if rows.is_none() { "Try them" } else { "Run the Scenario" } }</button>
                }
                if model.shown().is_some() {
                    <button type="button" class="text" id="expect" onclick={fire(Action::Expect)}>{ "Expect what this packet does" }</button>
                }
            </div>
            if !claimed {
                <p class="about">{ "Nothing is expected yet. A document of kind Expectation says what must be so: who answers, who is refused, \
                     which source is seen. It is tried here while you type, and by portolan test wherever the manifests are tested." }</p>
            }
            <ol>{ list(rows.unwrap_or_default().iter().enumerate().map(|(at, row)| one(at, row, model, &world, act))) }</ol>
        </div>
    }
}

/// One claim.
fn one(at: usize, row: &Row, model: &Model, world: &World, act: &Callback<Action>) -> Html {
    let (class, word, failures): (_, _, &[Failure]) = match &row.outcome {
        Outcome::Holds => ("holds", "holds", &[]),
        Outcome::Fails(failures) => ("fails", "does not hold", failures),
        Outcome::Untried => ("untried", "not tried", &[]),
    };
    let line = model.session.lines.line(row.span.start);
    let reveal = {
        let (act, span) = (act.clone(), row.span);
        Callback::from(move |_: MouseEvent| act.emit(Action::Reveal(span)))
    };
    let show = row.packet.clone().map(|(from, to)| {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| {
            act.emit(Action::Client(from.clone()));
            act.emit(Action::Target(to.clone()));
        })
    });
    let modes: Vec<&str> = row.modes.iter().map(|mode| mode.as_str()).collect();
    html! {
        <li class={class} key={at}>
            <span class="sign" aria-hidden="true"></span>
            <div class="what">
                <p class="name">{ &row.name }<span class="hidden">{ format!(": {word}") }</span>
                    if !modes.is_empty() { <span class="quiet">{ modes.join(", ") }</span> }
                </p>
                { list(failures.iter().map(|failure| told(failure, row, world))) }
            </div>
            <div class="acts">
                <button type="button" class="link" onclick={reveal} aria-label={format!("Go to line {line}: {}", row.name)}>{ format!("line {line}") }</button>
                if let Some(onclick) = show {
                    <button type="button" class="link" {onclick} aria-label={format!("Show packet: {}", row.name)}>{ "show packet" }</button>
                }
            </div>
        </li>
    }
}

/// What is otherwise.
fn told(failure: &Failure, row: &Row, world: &World) -> Html {
    let some = row.modes.len() > failure.modes.len() && !failure.modes.is_empty();
    let modes: Vec<&str> = failure.modes.iter().map(|mode| mode.as_str()).collect();
    let place = failure
        .field
        .as_ref()
        .and_then(|field| world.mark(field).map(|_| format!("{} {}: {}", field.kind, field.object, field.path)));
    html! {
        <dl class="otherwise">
            <div><dt>{ "expected" }</dt><dd>{ &failure.expected }</dd></div>
            <div><dt>{ "but" }</dt><dd>{ &failure.found }if some { { format!(" (in {} mode)", modes.join(" and ")) } }</dd></div>
            if !failure.why.is_empty() { <div><dt>{ "why" }</dt><dd>{ &failure.why }</dd></div> }
            if let Some(place) = place { <div><dt>{ "see" }</dt><dd><code>{ place }</code></dd></div> }
        </dl>
    }
}
