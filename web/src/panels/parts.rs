//! Pieces of markup that several views share; each is one function, since every repetition of markup is code.

use yew::prelude::*;

use crate::list::list;
use crate::state::action::Action;

/// A button that looks like a link.
pub(crate) fn link(content: Html, class: &'static str, action: Action, act: &Callback<Action>) -> Html {
    let act = act.clone();
    let onclick = Callback::from(move |_: MouseEvent| act.emit(action.clone()));
    html! { <button type="button" class={classes!("link", class)} {onclick}>{ content }</button> }
}

/// A labelled choice of one of several names.
pub(crate) fn pick(
    id: &'static str,
    label: &'static str,
    names: &mut dyn Iterator<Item = &str>,
    now: &str,
    make: fn(String) -> Action,
    act: &Callback<Action>,
) -> Html {
    let act = act.clone();
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
            act.emit(make(select.value()));
        }
    });
    html! {
        <label><span>{ label }</span>
            <select {id} {onchange}>{ list(names.map(|name| html! {
                <option value={name.to_string()} selected={name == now}>{ name }</option>
            })) }</select>
        </label>
    }
}

/// A button with words on it.
pub(crate) fn button(id: &'static str, words: &'static str, action: Action, act: &Callback<Action>) -> Html {
    let act = act.clone();
    let onclick = Callback::from(move |_: MouseEvent| act.emit(action.clone()));
    html! { <button type="button" class="text" {id} {onclick}>{ words }</button> }
}
