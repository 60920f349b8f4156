//! The page as a widget in somebody else's page: what the element `<portolan-chart>` (web/widget) may ask, and what it
//! is told. Several live in one page, each in a root of its own; nothing of theirs is kept in the document.

use std::cell::RefCell;
use std::rc::Rc;

use portolan_core::cluster::Client;
use portolan_core::diagnostic::Severity;
use portolan_core::packet::Trace;
use portolan_core::query;
use wasm_bindgen::prelude::*;
use yew::AppHandle;

use crate::app::{App, Msg, Props};
use crate::browser;
use crate::state::action::Action;
use crate::state::examples::EXAMPLES;
use crate::state::hash::{self, Shared};
use crate::state::model::Model;

/// What a widget shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum View {
    /// The chart.
    #[default]
    Chart,
    /// The YAML.
    Yaml,
    /// One beside the other.
    Both,
    /// One packet's way, as a list.
    Trace,
}

impl View {
    fn parse(text: &str) -> Self {
        match text {
            "yaml" => View::Yaml,
            "both" => View::Both,
            "trace" => View::Trace,
            _ => View::Chart,
        }
    }

    /// Its class.
    pub(crate) fn class(self) -> &'static str {
        match self {
            View::Chart => "view-chart",
            View::Yaml => "view-yaml",
            View::Both => "view-both",
            View::Trace => "view-trace",
        }
    }
}

/// How much can be set by the reader.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Controls {
    /// Nothing but the chart itself.
    None,
    /// Play, step, send; who sends to what.
    #[default]
    Basic,
    /// Rate, time, search and legend besides.
    Full,
}

/// How one widget is set.
#[derive(Clone, PartialEq)]
pub(crate) struct Widget {
    pub(crate) view: View,
    pub(crate) controls: Controls,
    /// Neither text nor cluster are changed by the reader.
    pub(crate) read_only: bool,
    /// As high as its content.
    pub(crate) fit: bool,
    /// The line of time is shown, whatever the controls.
    pub(crate) timeline: bool,
    /// The element that the widget lives in.
    pub(crate) host: web_sys::HtmlElement,
    tell: js_sys::Function,
}

impl Widget {
    /// Whether there is an editor, for which a bundle has to come.
    pub(crate) fn has_editor(&self) -> bool {
        matches!(self.view, View::Yaml | View::Both)
    }

    /// Whether there is a chart.
    pub(crate) fn has_chart(&self) -> bool {
        matches!(self.view, View::Chart | View::Both)
    }

    fn read(options: &JsValue, host: web_sys::HtmlElement, tell: js_sys::Function) -> Self {
        Widget {
            view: View::parse(&text(options, "view").unwrap_or_default()),
            controls: match text(options, "controls").as_deref() {
                Some("none") => Controls::None,
                Some("full") => Controls::Full,
                _ => Controls::Basic,
            },
            read_only: truth(options, "readOnly"),
            fit: truth(options, "fit"),
            timeline: truth(options, "timeline"),
            host,
            tell,
        }
    }

    fn say(&self, kind: &str, detail: &JsValue) {
        // What a listener throws is the page's own affair.
        let _ = self.tell.call2(&JsValue::NULL, &JsValue::from_str(kind), detail);
    }
}

/// What a widget was told last, so that it is told once.
#[derive(Default)]
pub(crate) struct Told {
    ready: bool,
    text: Option<Rc<str>>,
    faults: Option<*const ()>,
    trace: Option<Rc<Trace>>,
    verdict: String,
}

impl Told {
    /// The text is known where it comes from: its change is no news.
    pub(crate) fn knows(&mut self, text: &str) {
        self.text = Some(text.into());
    }

    /// Tells what is new: the text, what is wrong with it, the request that is shown.
    pub(crate) fn tell(&mut self, widget: &Widget, model: &Model) {
        let session = &model.session;
        let same = self.text.as_ref().is_some_and(|told| Rc::ptr_eq(told, &session.text));
        if !same {
            let known = self.text.as_ref().is_none_or(|told| **told == *session.text);
            self.text = Some(session.text.clone());
            if !known {
                widget.say("change", &member("yaml", &JsValue::from_str(&session.text)));
            }
        }
        let faults = Some(Rc::as_ptr(&session.diagnostics).cast());
        if self.faults != faults {
            self.faults = faults;
            if let Some(first) = session.diagnostics.iter().find(|d| d.severity == Severity::Error) {
                let detail = member("message", &JsValue::from_str(&first.message));
                set(&detail, "line", &session.lines.line(first.span.start).into());
                set(&detail, "code", &JsValue::from_str(first.code));
                if let Some(field) = &first.field {
                    set(&detail, "field", &JsValue::from_str(field));
                }
                widget.say("error", &detail);
            }
        }
        let Some(trace) = model.shown() else { return };
        if !self.trace.as_ref().is_some_and(|told| Rc::ptr_eq(told, &trace)) {
            let verdict = query::trace_report(&session.world(), &trace).to_json();
            if verdict != self.verdict {
                // What the engine prints is JSON, so it parses.
                widget.say("verdict", &js_sys::JSON::parse(&verdict).unwrap_or(JsValue::NULL));
                self.verdict = verdict;
            }
            self.trace = Some(trace);
        }
    }

    /// Says, once, that there is something to see.
    pub(crate) fn ready(&mut self, widget: &Widget) {
        if !std::mem::replace(&mut self.ready, true) {
            widget.say("ready", &JsValue::NULL);
        }
    }
}

/// What a widget begins with.
#[derive(Clone, PartialEq, Default)]
pub(crate) struct Start {
    hash: Option<String>,
    shared: Shared,
    /// One more document for the text of a hash or an example.
    extra: String,
    from: Option<String>,
    to: Option<String>,
    play: bool,
}

impl Start {
    fn read(options: &JsValue) -> Result<Self, JsError> {
        let example = text(options, "example");
        if let Some(id) = example.as_ref().filter(|id| EXAMPLES.iter().all(|one| one.id != **id)) {
            let known = EXAMPLES.iter().map(|one| one.id).collect::<Vec<_>>().join(", ");
            return Err(JsError::new(&format!("There is no example {id:?}; there are {known}.")));
        }
        let options_of = example.map(|id| ("example".to_string(), id));
        let hash = text(options, "hash");
        if let Some(hash) = hash.as_ref().filter(|hash| EXAMPLES.iter().all(|one| one.id != **hash)) {
            hash::decode(hash).map_err(|message| JsError::new(&message))?;
        }
        Ok(Start {
            hash,
            shared: Shared {
                options: options_of.into_iter().collect(),
                text: text(options, "yaml").unwrap_or_default(),
            },
            extra: text(options, "extra").unwrap_or_default(),
            from: text(options, "from"),
            to: text(options, "to"),
            play: truth(options, "play"),
        })
    }

    /// The state to begin with.
    pub(crate) fn open(&self, still: bool, widget: &Widget) -> Model {
        let mut model = match &self.hash {
            Some(hash) => Model::open(hash, still),
            None => Model::open_shared(&self.shared, still),
        };
        if !self.extra.is_empty() {
            let _ = model.update(Action::Text(format!("{}{}", model.session.text, self.extra)));
        }
        model.playing = self.play && !still;
        for action in [self.from.clone().map(Action::Client), self.to.clone().map(Action::Target)].into_iter().flatten()
        {
            let _ = model.update(action);
        }
        model.hands = Default::default();
        model.locked = widget.read_only;
        model.no_editor = !widget.has_editor();
        model.afresh = true;
        model
    }
}

thread_local! {
    /// All that live, to be told when the engine breaks.
    static ALL: RefCell<Vec<js_sys::Function>> = const { RefCell::new(Vec::new()) };
}

/// The engine broke: every widget stands still.
pub(crate) fn broken() {
    let all = ALL.with(|all| all.try_borrow().map(|all| all.clone()).unwrap_or_default());
    for tell in all {
        let _ = tell.call1(&JsValue::NULL, &JsValue::from_str("broken"));
    }
}

/// A widget that lives.
#[wasm_bindgen]
pub struct Mounted {
    app: AppHandle<App>,
    widget: Widget,
    start: Rc<Start>,
}

/// Where the site is, and where its editor's bundle: absolute addresses.
#[wasm_bindgen(js_name = setSite)]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn set_site(base: &str, editor: &str) {
    browser::set_site(base, editor);
}

/// Makes a widget in an element. `tell(kind, detail)` hears what happens. Throws where the options name what is not there.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "JavaScript reaches it")]
pub fn mount(host: web_sys::HtmlElement, options: &JsValue, tell: js_sys::Function) -> Result<Mounted, JsError> {
    let start = Rc::new(Start::read(options)?);
    ALL.with(|all| all.borrow_mut().push(tell.clone()));
    let widget = Widget::read(options, host.clone(), tell);
    let props = Props { widget: Some((widget.clone(), start.clone())) };
    let app = yew::Renderer::<App>::with_root_and_props(host.into(), props).render();
    Ok(Mounted { app, widget, start })
}

#[wasm_bindgen]
impl Mounted {
    /// Takes other settings: view, controls, readOnly, fit, timeline.
    pub fn set(&mut self, options: &JsValue) {
        self.widget = Widget::read(options, self.widget.host.clone(), self.widget.tell.clone());
        self.app.update(Props { widget: Some((self.widget.clone(), self.start.clone())) });
    }

    /// The text now.
    pub fn yaml(&self) -> Option<String> {
        self.app.get_component().map(|app| app.text())
    }

    /// Another text.
    #[wasm_bindgen(js_name = setYaml)]
    pub fn set_yaml(&self, text: String) {
        self.app.send_message(Msg::SetText(text));
    }

    /// The state of a share link.
    #[wasm_bindgen(js_name = setHash)]
    pub fn set_hash(&self, hash: String) {
        self.app.send_message(Msg::Do(Action::Hash(hash)));
    }

    /// What follows `#` in a link to what is shown.
    pub fn hash(&self) -> Option<String> {
        self.app.get_component().map(|app| app.link())
    }

    /// Follows one packet through what is shown; the trace as JSON. Throws where client or target cannot be understood.
    pub fn trace(&self, from: &str, to: &str, protocol: &str) -> Result<String, JsError> {
        let app = self.app.get_component().ok_or_else(|| JsError::new("The widget is busy."))?;
        let (world, seed) = app.world();
        let trace = query::trace(&world, from, to, protocol, seed).map_err(|message| JsError::new(&message))?;
        Ok(query::trace_report(&world, &trace).to_json())
    }

    /// Tries Expectation documents against what is shown, and those in it; the answer of `portolan test --format json`.
    /// Throws where they cannot be understood.
    pub fn test(&self, expectations: &str) -> Result<String, JsError> {
        let app = self.app.get_component().ok_or_else(|| JsError::new("The widget is busy."))?;
        let report = query::test(&app.world_with(expectations), None, "").map_err(|message| JsError::new(&message))?;
        Ok(report.to_json())
    }

    /// Play or pause.
    pub fn play(&self, on: bool) {
        self.app.send_message(Msg::Do(Action::Play(on)));
    }

    /// Another time of the run, in milliseconds.
    pub fn seek(&self, ms: f64) {
        self.app.send_message(Msg::Do(Action::Seek((ms.max(0.0) * 1000.0) as u64)));
    }

    /// Another client, another target. Throws where the client cannot be understood.
    pub fn select(&self, from: Option<String>, to: Option<String>) -> Result<(), JsError> {
        if let Some(from) = from {
            Client::parse(&from).map_err(|message| JsError::new(&message))?;
            self.app.send_message(Msg::Do(Action::Client(from)));
        }
        if let Some(to) = to {
            self.app.send_message(Msg::Do(Action::Target(to)));
        }
        Ok(())
    }

    /// Takes the widget out of its element.
    pub fn destroy(self) {
        ALL.with(|all| all.borrow_mut().retain(|tell| *tell != self.widget.tell));
        self.app.destroy();
    }
}

fn get(options: &JsValue, key: &str) -> JsValue {
    js_sys::Reflect::get(options, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

fn text(options: &JsValue, key: &str) -> Option<String> {
    get(options, key).as_string()
}

fn truth(options: &JsValue, key: &str) -> bool {
    get(options, key).is_truthy()
}

fn set(object: &JsValue, key: &str, value: &JsValue) {
    // Setting a member of a fresh plain object cannot fail.
    let _ = js_sys::Reflect::set(object, &JsValue::from_str(key), value);
}

fn member(key: &str, value: &JsValue) -> JsValue {
    let object = js_sys::Object::new().into();
    set(&object, key, value);
    object
}
