//! The playground page.

mod chart;

use yew::prelude::*;

/// The whole page.
#[component]
fn App() -> Html {
    html! { <h1>{ "Portolan" }</h1> }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
