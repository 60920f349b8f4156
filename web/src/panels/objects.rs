//! The Objects view: what the API server stored, defaults and allocations included.

use portolan_core::objects::Value;
use yew::prelude::*;

use crate::state::model::Model;

/// Objects listed.
const MAX: usize = 60;

/// The view.
pub(crate) fn view(model: &Model) -> Html {
    let stored = model.session.stored();
    html! {
        <div class="objects-view">
            { for stored.iter().take(MAX).map(|object| {
                let text = |path: &str| object.at(path).and_then(Value::as_str).unwrap_or_default().to_string();
                let namespace = text("metadata.namespace");
                let name = if namespace.is_empty() { text("metadata.name") } else { format!("{namespace}/{}", text("metadata.name")) };
                html! {
                    <details key={format!("{}/{name}", text("kind"))}>
                        <summary><span class="kind">{ text("kind") }</span>{ " " }{ name }</summary>
                        <pre class="terminal">{ object.to_yaml() }</pre>
                    </details>
                }
            }) }
            if stored.len() > MAX { <p class="quiet">{ format!("and {} more", stored.len() - MAX) }</p> }
        </div>
    }
}
