//! The Events view: what happened in the run, the latest first.

use yew::prelude::*;

use super::trace::ms;
use crate::list::list;
use crate::state::model::Model;

/// Entries listed.
const MAX: usize = 80;

/// The view.
pub(crate) fn view(model: &Model) -> Html {
    let all: Vec<_> = model.session.sim().log().collect();
    html! {
        <div class="events-view">
            if all.is_empty() { <p class="quiet">{ "Nothing has happened to the cluster yet. Click a pod or a node on the chart." }</p> }
            <ol reversed=true>{ list(all.iter().rev().take(MAX).map(|entry| html! {
                <li><time>{ ms(entry.at) }</time>
                    <span>{ &entry.text }</span>
                    if let Some((kind, object)) = &entry.object { <span class="quiet">{ format!("{kind} {object}") }</span> }
                </li>
            })) }</ol>
        </div>
    }
}
