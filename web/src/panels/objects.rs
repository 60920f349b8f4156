//! The Objects view: each object as it was typed beside what the server stored of it, and a list to choose from.

mod list;
mod sides;

use gloo::timers::callback::Timeout;
use portolan_core::apiserver::{Key, Outcome};
use portolan_core::diagnostic::Span;
use portolan_core::objects::Value;
use portolan_core::report::{Row, rows};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use self::list::Listed;
use crate::browser;
use crate::editor::Known;
use crate::state::action::Action;

/// The view's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The world that the text made.
    pub(crate) world: Known,
    /// The object that the editor's cursor is in.
    pub(crate) at: Option<Key>,
    /// What the page is asked to do.
    pub(crate) act: Callback<Action>,
}

/// Messages of the view.
pub(crate) enum Msg {
    /// An object was picked from the list.
    Pick(Key),
    /// Only these are listed.
    Filter(String),
    /// The YAML was asked for.
    Copy,
    /// It is on the clipboard, or not.
    Copied(bool),
    /// That has been said for long enough.
    Said,
}

/// The view.
pub(crate) struct Objects {
    listed: Vec<Listed>,
    /// What was picked; without it the view follows the cursor.
    picked: Option<Key>,
    filter: String,
    shown: Option<Shown>,
    copied: Option<bool>,
    said: Option<Timeout>,
}

/// The object that is shown.
pub(super) struct Shown {
    key: Key,
    rows: Vec<Row>,
    /// The line of the text that each was typed in.
    lines: Vec<Option<u32>>,
    /// Where it comes from, unless it is simply what the text says.
    note: Option<String>,
    yaml: String,
}

impl Component for Objects {
    type Message = Msg;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let listed = list::all(&ctx.props().world.0);
        let mut view = Objects { listed, picked: None, filter: String::new(), shown: None, copied: None, said: None };
        view.look(ctx.props());
        view
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Pick(key) => {
                self.picked = Some(key);
                self.look(ctx.props());
            }
            Msg::Filter(words) => self.filter = words,
            Msg::Copy => {
                let Some(yaml) = self.shown.as_ref().map(|shown| shown.yaml.clone()) else { return false };
                let link = ctx.link().clone();
                wasm_bindgen_futures::spawn_local(async move {
                    let done = browser::copy(&yaml).await;
                    link.send_message(Msg::Copied(done));
                });
                return false;
            }
            Msg::Copied(done) => {
                self.copied = Some(done);
                let link = ctx.link().clone();
                self.said = Some(Timeout::new(2500, move || link.send_message(Msg::Said)));
            }
            Msg::Said => self.copied = None,
        }
        true
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        let props = ctx.props();
        if props.world != old.world {
            self.listed = list::all(&props.world.0);
        }
        if props.at != old.at && props.at.is_some() {
            self.picked = None;
        }
        if props.world == old.world && props.at == old.at {
            return false;
        }
        self.look(props);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let shown = self.shown.as_ref();
        html! {
            <div class="objects-view">
                { self.list(ctx) }
                if let Some(shown) = shown {
                    <section class="object" aria-label="Object">
                        <div class="object-head">
                            <h2>{ &shown.key.0 }{ " " }<code>{ name(&shown.key) }</code></h2>
                            if let Some(note) = &shown.note { <p class="quiet">{ note }</p> }
                            if !shown.rows.is_empty() {
                                <button type="button" class="text" id="copy-object" onclick={ctx.link().callback(|_: MouseEvent| Msg::Copy)}>{ "Copy YAML" }</button>
                                <span class="quiet" role="status">{ match self.copied {
                                    Some(true) => "Copied as stored.",
                                    Some(false) => "The browser does not let the page copy.",
                                    None => "",
                                } }</span>
                            }
                        </div>
                        { sides::view(shown, &ctx.props().act) }
                    </section>
                } else {
                    <p class="quiet">{ "Nothing is stored." }</p>
                }
            </div>
        }
    }
}

impl Objects {
    /// Looks at the object that is to be shown: the one picked, the one at the cursor, else the first.
    fn look(&mut self, props: &Props) {
        let world = &props.world.0;
        let stored = world.stored();
        let find = |key: &Key| stored.iter().copied().find(|value| is(value, key));
        if self.picked.as_ref().is_some_and(|key| find(key).is_none()) {
            self.picked = None;
        }
        let wanted = self.picked.as_ref().or(props.at.as_ref());
        let refused = |key: &Key| {
            world
                .answers()
                .iter()
                .rfind(|one| answers(one, key))
                .is_some_and(|one| matches!(one.outcome, Outcome::Refused(_)))
        };
        self.shown = match (wanted, wanted.and_then(find)) {
            (Some(key), None) => world.answers().iter().rfind(|one| answers(one, key)).map(|one| Shown {
                key: key.clone(),
                rows: Vec::new(),
                lines: Vec::new(),
                note: Some(
                    match one.outcome {
                        Outcome::Refused(_) => {
                            "Not stored: the server refuses it. The problems under the text say why."
                        }
                        Outcome::NotModelled => "Not shown: objects of this kind are not modelled.",
                        Outcome::Stored(_) => "Not an object of the API: settings of this page's cluster.",
                    }
                    .to_string(),
                ),
                yaml: String::new(),
            }),
            (_, found) => found.or(stored.first().copied()).map(|value| {
                let marks = world.provenance_of(value);
                let key = list::key(value);
                let note = match &marks {
                    _ if refused(&key) => {
                        Some("The server refused what the text says; this is the object as it goes on.".to_string())
                    }
                    Some(_) if key.0 != "Service" => {
                        Some("Defaults that traffic does not depend on are left out.".to_string())
                    }
                    Some(_) => None,
                    None => Some(list::maker(value)),
                };
                let rows = rows(value, &marks.unwrap_or_default());
                let line = |(document, span): (usize, Span)| world.source(document).lines.line(span.start);
                let lines = rows.iter().map(|row| row.place.map(line)).collect();
                Shown { rows, lines, note, yaml: value.to_yaml(), key }
            }),
        };
        self.copied = None;
    }

    /// The list and its filter.
    fn list(&self, ctx: &Context<Self>) -> Html {
        let oninput = ctx.link().batch_callback(|event: InputEvent| {
            event.target_dyn_into::<HtmlInputElement>().map(|input| Msg::Filter(input.value()))
        });
        let current = self.shown.as_ref().map(|shown| &shown.key);
        html! {
            <nav class="object-list" aria-label="Stored objects">
                if self.listed.len() > list::FEW {
                    <input type="text" id="object-filter" placeholder="Filter by kind or name" aria-label="Filter objects by kind or name"
                        autocomplete="off" spellcheck="false" {oninput} value={self.filter.clone()} />
                }
                { list::view(&self.listed, &self.filter, current, &ctx.link().callback(Msg::Pick)) }
            </nav>
        }
    }
}

/// Namespace and name as people write them.
fn name(key: &Key) -> String {
    if key.1.is_empty() { key.2.clone() } else { format!("{}/{}", key.1, key.2) }
}

fn is(value: &Value, key: &Key) -> bool {
    let at = |path| value.at(path).and_then(Value::as_str).unwrap_or_default();
    at("metadata.name") == key.2 && at("kind") == key.0 && at("metadata.namespace") == key.1
}

fn answers(answer: &portolan_core::apiserver::Answer, key: &Key) -> bool {
    answer.name == key.2 && answer.kind == key.0 && answer.namespace == key.1
}
