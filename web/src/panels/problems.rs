//! What is said about the YAML, under the editor, with the fixes as buttons.

use portolan_core::diagnostic::Severity;
use yew::prelude::*;

use crate::editor::{severity, source};
use crate::state::model::{Action, Model};

/// Diagnostics listed; the rest is counted.
const MAX: usize = 40;

/// The view.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let all = &model.session.diagnostics;
    let count = |s: Severity| all.iter().filter(|d| d.severity == s).count();
    let (errors, warnings, infos) = (count(Severity::Error), count(Severity::Warning), count(Severity::Info));
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|i| (all[*i].severity, all[*i].span));
    html! {
        <section class="problems" aria-label="Problems">
            <h2>
                { tally("error", errors, "error", "errors") }
                { tally("warning", warnings, "warning", "warnings") }
                if infos > 0 { { tally("info", infos, "note", "notes") } }
            </h2>
            if !all.is_empty() {
                <ul tabindex="0" aria-label="List of problems">
                    { for order.iter().take(MAX).map(|i| {
                        let d = &all[*i];
                        let line = model.session.lines.line(d.span.start);
                        let span = d.span;
                        let reveal = { let act = act.clone(); Callback::from(move |_: MouseEvent| act.emit(Action::Reveal(span))) };
                        html! {
                            <li class={severity(d.severity)} key={*i}>
                                <button type="button" class="link where" onclick={reveal}>{ format!("line {line}") }</button>
                                <div class="what">
                                    <p>
                                        if let Some(field) = &d.field { <code class="field">{ field }</code>{ " " } }
                                        { &d.message }
                                    </p>
                                    if let Some(help) = &d.help { <p class="help">{ help }</p> }
                                    <p class="source">{ source(d.source) }</p>
                                    if !d.fixes.is_empty() {
                                        <div class="fixes">{ for d.fixes.iter().enumerate().map(|(f, fix)| {
                                            let (act, i) = (act.clone(), *i);
                                            let onclick = Callback::from(move |_: MouseEvent| act.emit(Action::Fix(i, f)));
                                            html! { <button type="button" class="fix" {onclick}>{ &fix.title }</button> }
                                        }) }</div>
                                    }
                                </div>
                            </li>
                        }
                    }) }
                    if all.len() > MAX { <li class="info"><span></span><p>{ format!("and {} more", all.len() - MAX) }</p></li> }
                </ul>
            }
        </section>
    }
}

fn tally(class: &'static str, n: usize, one: &str, many: &str) -> Html {
    html! {
        <span class={classes!("tally", class, (n == 0).then_some("zero"))}>
            <span class="mark" aria-hidden="true"></span>{ format!("{n} {}", if n == 1 { one } else { many }) }
        </span>
    }
}
