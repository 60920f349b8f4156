//! Help while typing: the editor asks with its text and an offset, the engine answers.

use std::cell::RefCell;
use std::rc::Rc;

use portolan_core::assist::{self, Completion, Hover, ItemKind, Texts};
use portolan_core::world::World;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use super::bindings::object;
use super::offsets::{self, Offsets};

/// The world last made of the text; equal where it is the same one.
#[derive(Clone)]
pub(crate) struct Known(pub(crate) Rc<World>);

impl PartialEq for Known {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// What the editor asks: its text and an offset in UTF-16 units.
type Question = Closure<dyn Fn(String, u32) -> JsValue>;

struct State {
    world: Known,
    texts: Texts,
}

/// The functions that the editor calls. They live as long as the editor.
pub(super) struct Assistant {
    state: Rc<RefCell<State>>,
    words: Closure<dyn Fn(String, String)>,
    complete: Question,
    help: Question,
}

impl Assistant {
    /// For a world; the words come with the editor's bundle.
    pub(super) fn new(world: Known) -> Self {
        let state = Rc::new(RefCell::new(State { world, texts: Texts::default() }));
        let words = {
            let state = state.clone();
            Closure::<dyn Fn(String, String)>::new(move |help: String, skeletons: String| {
                state.borrow_mut().texts = Texts::parse(&help, &skeletons);
            })
        };
        let complete = {
            let state = state.clone();
            Closure::<dyn Fn(String, u32) -> JsValue>::new(move |text: String, at: u32| {
                let state = state.borrow();
                let found = assist::complete(&text, offsets::byte(&text, at), &state.world.0, &state.texts);
                found.map_or(JsValue::NULL, |found| completion(&text, &found))
            })
        };
        let help = {
            let state = state.clone();
            Closure::<dyn Fn(String, u32) -> JsValue>::new(move |text: String, at: u32| {
                let state = state.borrow();
                let found = assist::hover(&text, offsets::byte(&text, at), &state.world.0, &state.texts);
                found.map_or(JsValue::NULL, |found| hover(&text, &found))
            })
        };
        Assistant { state, words, complete, help }
    }

    /// Another world.
    pub(super) fn take(&self, world: &Known) {
        self.state.borrow_mut().world = world.clone();
    }

    /// Takes the words: `(help, skeletons) => void`.
    pub(super) fn words(&self) -> JsValue {
        self.words.as_ref().clone()
    }

    /// `(text, offset) => completion | null`.
    pub(super) fn complete(&self) -> JsValue {
        self.complete.as_ref().clone()
    }

    /// `(text, offset) => help | null`.
    pub(super) fn help(&self) -> JsValue {
        self.help.as_ref().clone()
    }
}

fn completion(text: &str, found: &Completion) -> JsValue {
    let mut offsets = Offsets::new(text);
    let items: js_sys::Array = found
        .items
        .iter()
        .map(|item| {
            let kind = match item.kind {
                ItemKind::Field => "field",
                ItemKind::Value => "value",
                ItemKind::Name => "name",
                ItemKind::Document => "document",
            };
            object(&[
                ("label", JsValue::from_str(&item.label)),
                ("insert", JsValue::from_str(&item.insert)),
                ("kind", JsValue::from_str(kind)),
                ("detail", JsValue::from_str(&item.detail)),
                ("info", JsValue::from_str(&item.info)),
                ("more", item.more.into()),
            ])
        })
        .collect();
    object(&[
        ("from", offsets.utf16(found.range.start).into()),
        ("to", offsets.utf16(found.range.end).into()),
        ("items", items.into()),
    ])
    .into()
}

fn hover(text: &str, found: &Hover) -> JsValue {
    let mut offsets = Offsets::new(text);
    let maybe = |text: &Option<String>| text.as_deref().map_or(JsValue::NULL, JsValue::from_str);
    let values: js_sys::Array = found.values.iter().map(|value| JsValue::from_str(value)).collect();
    let added: js_sys::Array = found
        .added
        .iter()
        .map(|(name, value)| js_sys::Array::of2(&JsValue::from_str(name), &JsValue::from_str(value)))
        .collect();
    object(&[
        ("from", offsets.utf16(found.span.start).into()),
        ("to", offsets.utf16(found.span.end).into()),
        ("path", JsValue::from_str(&found.path)),
        ("holds", JsValue::from_str(found.holds)),
        ("text", JsValue::from_str(&found.text)),
        ("default", maybe(&found.default)),
        ("since", maybe(&found.since)),
        ("values", values.into()),
        ("notModelled", found.not_modelled.into()),
        ("stored", maybe(&found.stored)),
        ("added", added.into()),
    ])
    .into()
}
