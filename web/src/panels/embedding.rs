//! The dialog that makes what somebody copies into a page of their own, with a look at what will be there.

use web_sys::{HtmlDialogElement, HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::browser;
use crate::list::list;
use crate::state::action::{Action, Export};
use crate::state::snippet::{Choice, Shown, Way, frame, snippet};

/// The dialog's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// What is shown on the page.
    pub(crate) shown: Shown,
    /// The state's actions.
    pub(crate) act: Callback<Action>,
    /// It was closed.
    pub(crate) onclose: Callback<()>,
}

const VIEWS: [(&str, &str); 4] = [("chart", "chart"), ("both", "YAML and chart"), ("yaml", "YAML"), ("trace", "trace")];
const THEMES: [(&str, &str); 3] = [("", "as the page"), ("light", "light"), ("dark", "dark")];
const HEIGHTS: [(&str, &str); 4] =
    [("", "as its content"), ("400", "400 pixels"), ("560", "560 pixels"), ("720", "720 pixels")];

/// The dialog: the browser's own, which keeps the keyboard inside and closes with Escape.
#[component]
pub(crate) fn Embedding(props: &Props) -> Html {
    let choice = use_state(|| Choice { view: "both".into(), ..Choice::default() });
    let said = use_state(|| "");
    let dialog = use_node_ref();
    {
        let dialog = dialog.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                let _ = dialog.show_modal();
            }
        });
    }
    let close = {
        let dialog = dialog.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
                dialog.close();
            }
        })
    };
    let onclose = props.onclose.reform(|_: Event| ());
    let set = |change: fn(&mut Choice, String)| {
        let (choice, said) = (choice.clone(), said.clone());
        Callback::from(move |value: String| {
            let mut next = (*choice).clone();
            change(&mut next, value);
            choice.set(next);
            said.set("");
        })
    };
    let text = snippet(&choice, &props.shown);
    let copy = {
        let (text, said) = (text.clone(), said.clone());
        Callback::from(move |_: MouseEvent| {
            let (text, said) = (text.clone(), said.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let done = browser::copy(&text).await;
                said.set(if done {
                    "Copied."
                } else {
                    "The clipboard is closed to this page: copy it from the field."
                });
            });
        })
    };
    let picture = props.act.reform(|_: MouseEvent| Action::Export(Export::Svg));
    let way = choice.way;
    html! {
        <dialog class="embedding" id="embedding" ref={dialog} aria-labelledby="embedding-title" {onclose}>
            <div class="head"><h2 id="embedding-title">{ "Embed this" }</h2>
                <button type="button" class="icon" id="embedding-close" aria-label="Close" onclick={close}>{ "\u{d7}" }</button></div>
            <fieldset class="ways"><legend class="hidden">{ "How" }</legend>
                { list(Way::ALL.iter().map(|one| {
                    let (one, choice, said) = (*one, choice.clone(), said.clone());
                    let on = way == one;
                    let onchange = Callback::from(move |_: Event| {
                        choice.set(Choice { way: one, ..(*choice).clone() });
                        said.set("");
                    });
                    html! { <label class={classes!(on.then_some("on"))}><input type="radio" name="way" checked={on} {onchange} /><span>{ one.name() }</span></label> }
                })) }
            </fieldset>
            <p class="quiet">{ way.about() }</p>
            if way != Way::Markdown {
                <div class="choices">
                    { pick("View", &VIEWS, &choice.view, set(|c, v| c.view = v)) }
                    { pick("Theme", &THEMES, &choice.theme, set(|c, v| c.theme = v)) }
                    { pick("Height", &HEIGHTS, &choice.height, set(|c, v| c.height = v)) }
                    { check("Plays by itself", choice.autoplay, set(|c, _| c.autoplay = !c.autoplay)) }
                    { check("Read-only", choice.read_only, set(|c, _| c.read_only = !c.read_only)) }
                </div>
            }
            <textarea class="snippet" id="snippet" readonly=true rows="7" spellcheck="false" aria-label="To copy into the page" value={text} />
            <div class="group">
                <button type="button" class="text strong" id="copy-snippet" onclick={copy}>{ "Copy" }</button>
                if way == Way::Markdown {
                    <button type="button" class="text" id="picture" onclick={picture}>{ "Download the picture" }</button>
                }
                <span role="status" class="quiet">{ *said }</span>
            </div>
            if way != Way::Markdown {
                <h3>{ "As it will look" }</h3>
                <iframe class="preview" title="Preview" src={frame(&choice, &props.shown)}></iframe>
            }
        </dialog>
    }
}

fn pick(label: &'static str, all: &[(&'static str, &'static str)], now: &str, set: Callback<String>) -> Html {
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<HtmlSelectElement>() {
            set.emit(select.value());
        }
    });
    html! {
        <label><span>{ label }</span><select {onchange}>{ list(all.iter().map(|(value, name)| html! {
            <option value={*value} selected={*value == now}>{ *name }</option>
        })) }</select></label>
    }
}

fn check(label: &'static str, on: bool, set: Callback<String>) -> Html {
    let onchange = Callback::from(move |event: Event| {
        if event.target_dyn_into::<HtmlInputElement>().is_some() {
            set.emit(String::new());
        }
    });
    html! { <label class="check"><input type="checkbox" checked={on} {onchange} /><span>{ label }</span></label> }
}
