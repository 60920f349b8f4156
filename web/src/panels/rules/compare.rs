//! The switch of kube-proxy's mode, and what it changed for the request in focus.

use portolan_core::cluster::ProxyMode;
use portolan_core::packet::{Trace, Verdict};
use yew::prelude::*;

use crate::list::list;
use crate::panels::parts::pick;
use crate::panels::trace::{ending, verdict_class};
use crate::state::action::Action;
use crate::state::model::Model;
use crate::state::modes::MODES;

/// The modes to choose from.
pub(crate) fn picker(mode: ProxyMode, act: &Callback<Action>) -> Html {
    let make =
        |value: String| Action::RulesMode(MODES.into_iter().find(|mode| mode.as_str() == value).unwrap_or_default());
    pick("rules-mode", "mode", &mut MODES.iter().map(|mode| mode.as_str()), mode.as_str(), make, act)
}

/// What another mode made of the request in focus; nothing where the mode was not switched.
pub(crate) fn view(model: &Model) -> Html {
    let Some(compared) = model.compared() else { return Html::default() };
    let ((before, was), (after, is)) = (&compared.before, &compared.after);
    let met = |trace: &Trace| -> usize { trace.hops.iter().flat_map(|hop| &hop.ruled).map(|r| r.rules().len()).sum() };
    html! {
        <section class="compared" aria-label="What the mode changes">
            <p role="status"><strong>{ changed(was, is) }</strong>
                { format!(" The same request, {} before and {} now:", before.as_str(), after.as_str()) }</p>
            <dl>
                { list([(before, was), (after, is)].into_iter().map(|(mode, trace)| html! {
                    <div class={verdict_class(trace)}><dt>{ mode.as_str() }</dt><dd>{ fate(trace) }</dd></div>
                })) }
            </dl>
            <p class="quiet">{ format!("Rules that decided: {} before, {} now.", met(was), met(is)) }
                if let Some((node, [was, is])) = &compared.lines {
                    { format!(" kube-proxy on {node} writes {is} lines in place of {was}.") }
                }
            </p>
        </section>
    }
}

/// What the client felt then and now, in a sentence.
fn changed(was: &Trace, is: &Trace) -> &'static str {
    let felt = |trace: &Trace| match trace.symptom.curl {
        0 => 0,
        7 => 1,
        28 => 2,
        _ => 3,
    };
    match (felt(was), felt(is)) {
        (0, 0) if was.masqueraded != is.masqueraded => "Delivered in both, but with another source.",
        (0, 0) => "Delivered in both.",
        (1, 2) => "Refusal becomes silence.",
        (2, 1) => "Silence becomes refusal.",
        (0, 1) => "What was delivered is refused.",
        (0, 2) => "What was delivered gets no answer.",
        (1 | 2, 0) => "What failed is delivered.",
        (a, b) if a == b => "The client notices nothing.",
        _ => "It ends otherwise.",
    }
}

fn fate(trace: &Trace) -> String {
    let what = match trace.verdict {
        Verdict::Delivered => return format!("delivered to {}", ending(trace)),
        Verdict::Rejected => "refused at once by kube-proxy",
        Verdict::Refused => "refused by the receiver",
        Verdict::Dropped => "no answer: dropped by kube-proxy",
        _ if trace.symptom.curl == 28 => "no answer",
        verdict => verdict.as_str(),
    };
    match &trace.cause {
        Some(cause) => format!("{what}. {}", cause.message),
        None => what.to_string(),
    }
}
