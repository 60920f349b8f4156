//! What is said about the YAML, under the editor: all of it, each with its place and its fixes as buttons.

use std::rc::Rc;

use portolan_core::diagnostic::{Diagnostic, Severity, Span};
use yew::prelude::*;

use crate::editor::{severity, source};
use crate::list::list;
use crate::state::action::Action;
use crate::state::model::Model;

/// So many are listed at first, and so many more at each press of the button: a list of thousands takes its time.
const STEP: usize = 40;

/// The view.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let diagnostics = model.session.diagnostics.clone();
    let lines: Vec<u32> = diagnostics.iter().map(|one| model.session.lines.line(one.span.start)).collect();
    html! { <Problems {diagnostics} {lines} act={act.clone()} /> }
}

#[derive(Properties)]
struct Props {
    diagnostics: Rc<Vec<Diagnostic>>,
    /// The line of each.
    lines: Vec<u32>,
    act: Callback<Action>,
}

impl PartialEq for Props {
    /// The page renders some times a second; the list changes with the text alone.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.diagnostics, &other.diagnostics) && self.lines == other.lines
    }
}

#[component]
fn Problems(props: &Props) -> Html {
    let shown = use_state(|| STEP);
    let all = &props.diagnostics;
    let count = |s: Severity| all.iter().filter(|d| d.severity == s).count();
    let (errors, warnings, infos) = (count(Severity::Error), count(Severity::Warning), count(Severity::Info));
    let mut order: Vec<usize> = (0..all.len()).collect();
    portolan_core::sort::by_key(&mut order, |i| (all[*i].severity, all[*i].span));
    let left = all.len().saturating_sub(*shown);
    let more = {
        let shown = shown.clone();
        Callback::from(move |_: MouseEvent| shown.set(*shown + STEP * 5))
    };
    html! {
        <section class="problems" role="group" aria-label="Problems">
            <h2>
                { tally("error", errors, "error", "errors") }
                { tally("warning", warnings, "warning", "warnings") }
                if infos > 0 { { tally("info", infos, "note", "notes") } }
            </h2>
            if !all.is_empty() {
                <ul tabindex="0" aria-label="List of problems">
                    { list(order.iter().take(*shown).map(|i| {
                        let line = props.lines.get(*i).copied().unwrap_or(1);
                        one(*i, &all[*i], line, &props.act)
                    })) }
                    if left > 0 {
                        <li class="rest"><button type="button" class="text" onclick={more}>{ format!("Show more ({left} left)") }</button></li>
                    }
                </ul>
            }
        </section>
    }
}

/// One problem: what is said, word for word, then where and by whom, then a sentence more.
fn one(at: usize, d: &Diagnostic, line: u32, act: &Callback<Action>) -> Html {
    let reveal = |span: Span| {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(Action::Reveal(span)))
    };
    let field = d.field.as_ref().filter(|field| !d.message.starts_with(field.as_str()));
    html! {
        <li class={severity(d.severity)} key={at}>
            <button type="button" class="link where" onclick={reveal(d.span)} aria-label={format!("Go to line {line}: {}", d.message)}>
                { format!("line {line}") }
            </button>
            <div class="what">
                <p class="message">{ &d.message }</p>
                if let Some(help) = &d.help { <p class="help">{ help }</p> }
                <p class="source">
                    if let Some(field) = field { <code class="field">{ field }</code>{ ", " } }
                    { source(d.source) }
                </p>
                if !d.fixes.is_empty() {
                    <div class="fixes">{ list(d.fixes.iter().enumerate().map(|(number, fix)| {
                        let act = act.clone();
                        let onclick = Callback::from(move |_: MouseEvent| act.emit(Action::Fix(at, number)));
                        html! { <button type="button" class="fix" data-rule={fix.rule} {onclick}>{ &fix.title }</button> }
                    })) }</div>
                }
            </div>
        </li>
    }
}

fn tally(class: &'static str, n: usize, one: &str, many: &str) -> Html {
    html! {
        <span class={classes!("tally", class, (n == 0).then_some("zero"))}>
            <span class="mark" aria-hidden="true"></span>{ format!("{n} {}", if n == 1 { one } else { many }) }
        </span>
    }
}
