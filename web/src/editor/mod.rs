//! The YAML editor: a text area from the first paint on, CodeMirror in its place as soon as it has come.

mod assist;
mod bindings;
pub(crate) mod offsets;

use gloo::render::AnimationFrame;
use portolan_core::diagnostic::{Diagnostic, Edit, Severity, Source};
use portolan_core::sort;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use self::assist::Assistant;
pub(crate) use self::assist::Known;
use self::bindings::{Editor, object};
use self::offsets::Offsets;
use crate::browser;

/// What the editor is told.
#[derive(Clone, PartialEq)]
pub(crate) enum Order {
    /// Shows another text.
    SetText(AttrValue),
    /// Goes to these bytes; `true` moves the keyboard's focus there too.
    Reveal(u32, u32, bool),
    /// Changes the text as a person would.
    Apply(Vec<Edit>),
}

/// The editor's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The text to begin with, and later the one that the diagnostics are about.
    pub(crate) checked: AttrValue,
    /// What is said about it.
    pub(crate) diagnostics: std::rc::Rc<Vec<Diagnostic>>,
    /// What it claims and is not so.
    pub(crate) failed: std::rc::Rc<Vec<Diagnostic>>,
    /// The world that was last made of the text.
    pub(crate) world: Known,
    /// The latest order, with its number: carried out once.
    pub(crate) order: Option<(u32, Order)>,
    /// No typing.
    pub(crate) read_only: bool,
    /// A person changed the text; ask for it with the function that comes along.
    pub(crate) onchange: Callback<Text>,
    /// The cursor is elsewhere: in UTF-16 units.
    pub(crate) onmove: Callback<u32>,
}

/// Gives the editor's text when it is wanted, which for a large text is not at each keystroke.
#[derive(Clone)]
pub(crate) struct Text(std::rc::Rc<dyn Fn() -> String>);

impl Text {
    /// A text that is known.
    pub(crate) fn of(text: String) -> Self {
        Text(std::rc::Rc::new(move || text.clone()))
    }

    /// The text now.
    pub(crate) fn get(&self) -> String {
        (self.0)()
    }
}

/// Messages of the component.
pub(crate) enum Msg {
    /// CodeMirror is there.
    Ready(Editor),
    /// Somebody typed into CodeMirror.
    Changed,
    /// Somebody typed into the text area.
    Typed,
    /// The page is about to be painted: marks go in.
    Mark,
}

/// The component.
pub(crate) struct YamlEditor {
    host: NodeRef,
    area: NodeRef,
    editor: Option<Editor>,
    changed: Option<Closure<dyn Fn()>>,
    moved: Option<Closure<dyn Fn(u32)>>,
    assistant: Assistant,
    done: u32,
    /// Marks are to be shown with the next paint.
    marking: Option<AnimationFrame>,
}

impl Component for YamlEditor {
    type Message = Msg;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        YamlEditor {
            host: NodeRef::default(),
            area: NodeRef::default(),
            editor: None,
            changed: None,
            moved: None,
            assistant: Assistant::new(ctx.props().world.clone()),
            done: 0,
            marking: None,
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Ready(editor) => {
                // What was typed while the bundle was on its way stays.
                if let Some(area) = self.area.cast::<HtmlTextAreaElement>() {
                    let focused = browser::has_focus(&area);
                    editor.set_text(&area.value());
                    if focused {
                        editor.focus();
                    }
                }
                self.editor = Some(editor);
                self.show_diagnostics(ctx);
                true
            }
            Msg::Mark => {
                self.marking = None;
                self.show_diagnostics(ctx);
                false
            }
            Msg::Changed => {
                if let Some(editor) = self.editor.clone() {
                    ctx.props().onchange.emit(Text(std::rc::Rc::new(move || editor.text())));
                }
                false
            }
            Msg::Typed => {
                if let Some(area) = self.area.cast::<HtmlTextAreaElement>() {
                    ctx.props().onchange.emit(Text(std::rc::Rc::new(move || area.value())));
                }
                false
            }
        }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        let props = ctx.props();
        self.assistant.take(&props.world);
        if let Some((number, order)) = &props.order
            && *number != self.done
        {
            self.done = *number;
            self.carry_out(ctx, order);
        }
        if props.read_only != old.read_only
            && let Some(editor) = &self.editor
        {
            editor.set_read_only(props.read_only);
        }
        let same = |now: &std::rc::Rc<Vec<Diagnostic>>, then| std::rc::Rc::ptr_eq(now, then) || now == then;
        let marked = same(&props.diagnostics, &old.diagnostics) && same(&props.failed, &old.failed);
        if self.marking.is_none() && (props.checked != old.checked || !marked) {
            // With what else the page shows anew. CodeMirror puts the cursor in its place again, for which the browser
            // computes the whole page's layout: once, so, and when it would do so anyway.
            let link = ctx.link().clone();
            self.marking = Some(gloo::render::request_animation_frame(move |_| link.send_message(Msg::Mark)));
        }
        props.read_only != old.read_only
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if !first {
            return;
        }
        if let Some(area) = self.area.cast::<HtmlTextAreaElement>() {
            area.set_value(&ctx.props().checked);
        }
        let (Some(host), Some(url)) = (self.host.cast::<web_sys::Element>(), browser::editor_url()) else { return };
        let link = ctx.link().clone();
        let changed = {
            let link = link.clone();
            Closure::<dyn Fn()>::new(move || link.send_message(Msg::Changed))
        };
        let moved = {
            let onmove = ctx.props().onmove.clone();
            Closure::<dyn Fn(u32)>::new(move |at| onmove.emit(at))
        };
        let options = object(&[
            ("text", JsValue::from_str(&ctx.props().checked)),
            ("label", JsValue::from_str("Kubernetes YAML")),
            ("nonce", JsValue::from_str("portolan")),
            ("readOnly", JsValue::from_bool(ctx.props().read_only)),
            ("changed", changed.as_ref().clone()),
            ("moved", moved.as_ref().clone()),
            ("words", self.assistant.words()),
            ("complete", self.assistant.complete()),
            ("help", self.assistant.help()),
        ]);
        self.changed = Some(changed);
        self.moved = Some(moved);
        // After the first paint: the bundle is larger than the rest of the page.
        browser::after_paint(move || {
            wasm_bindgen_futures::spawn_local(async move {
                // Without the bundle the text area stays, which does all but colours.
                if let Ok(editor) = bindings::load(&url, &host, &options).await {
                    link.send_message(Msg::Ready(editor.unchecked_into()));
                }
            });
        });
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let oninput = ctx.link().callback(|_: InputEvent| Msg::Typed);
        html! {
            <div class="editor">
                <div class="editor-host" ref={&self.host}></div>
                if self.editor.is_none() {
                    <textarea class="editor-area" ref={&self.area} {oninput} aria-label="Kubernetes YAML"
                        spellcheck="false" autocapitalize="off" readonly={ctx.props().read_only} />
                }
            </div>
        }
    }

    fn destroy(&mut self, _: &Context<Self>) {
        if let Some(editor) = &self.editor {
            editor.destroy();
        }
    }
}

impl YamlEditor {
    fn carry_out(&self, ctx: &Context<Self>, order: &Order) {
        let area = self.area.cast::<HtmlTextAreaElement>();
        match (order, &self.editor) {
            (Order::SetText(text), Some(editor)) => editor.set_text(text),
            (Order::SetText(text), None) => {
                if let Some(area) = area {
                    area.set_value(text);
                }
            }
            (Order::Reveal(from, to, focus), Some(editor)) => {
                let text = editor.text();
                let mut offsets = Offsets::new(&text);
                editor.reveal(offsets.utf16(*from), offsets.utf16(*to), *focus);
            }
            (Order::Reveal(from, to, _), None) => {
                if let Some(area) = area {
                    let text = area.value();
                    let mut offsets = Offsets::new(&text);
                    let _ = area.focus();
                    let _ = area.set_selection_range(offsets.utf16(*from), offsets.utf16(*to));
                }
            }
            (Order::Apply(edits), Some(editor)) => {
                let text = editor.text();
                editor.apply_edits(&js_edits(&text, edits));
            }
            (Order::Apply(edits), None) => {
                if let Some(area) = area {
                    area.set_value(&apply(&area.value(), edits));
                    ctx.link().send_message(Msg::Typed);
                }
            }
        }
    }

    fn show_diagnostics(&self, ctx: &Context<Self>) {
        let Some(editor) = &self.editor else { return };
        let checked = &ctx.props().checked;
        let list = js_sys::Array::new();
        let mut sorted: Vec<&Diagnostic> =
            ctx.props().diagnostics.iter().chain(ctx.props().failed.iter()).take(MAX_MARKS).collect();
        sort::by_key(&mut sorted, |d| d.span);
        let mut offsets = Offsets::new(checked);
        for d in sorted {
            let fixes: js_sys::Array = d
                .fixes
                .iter()
                .map(|fix| {
                    object(&[("title", JsValue::from_str(&fix.title)), ("edits", js_edits(checked, &fix.edits).into())])
                })
                .collect();
            list.push(&object(&[
                ("from", offsets.utf16(d.span.start).into()),
                ("to", offsets.utf16(d.span.end).into()),
                ("severity", JsValue::from_str(severity(d.severity))),
                ("message", JsValue::from_str(&d.message)),
                // Some of the server's words begin with the field.
                ("field", text(d.field.as_deref().filter(|field| !d.message.starts_with(field)))),
                ("help", text(d.help.as_deref())),
                ("source", JsValue::from_str(source(d.source))),
                ("fixes", fixes.into()),
            ]));
        }
        editor.set_diagnostics(&list);
    }
}

/// A text, or nothing.
fn text(text: Option<&str>) -> JsValue {
    text.map_or(JsValue::NULL, JsValue::from_str)
}

/// What is downloaded.
pub(crate) enum Download {
    /// A text: the file's name, its type and what is in it.
    Text(&'static str, &'static str, String),
    /// The chart in an element; as a PNG, or else as an SVG.
    Chart(web_sys::Element, bool),
}

/// Downloads something; tells whether that worked.
pub(crate) async fn download(what: Download) -> bool {
    let Some(url) = browser::editor_url() else { return false };
    let done = match &what {
        Download::Text(name, kind, text) => bindings::save_text(&url, name, kind, text).await,
        Download::Chart(room, png) => bindings::save_chart(&url, room, *png).await,
    };
    done.is_ok()
}

/// More marks than this help nobody and slow the editor down.
const MAX_MARKS: usize = 200;

fn js_edits(text: &str, edits: &[Edit]) -> js_sys::Array {
    let mut offsets = Offsets::new(text);
    edits
        .iter()
        .map(|edit| {
            object(&[
                ("from", offsets.utf16(edit.span.start).into()),
                ("to", offsets.utf16(edit.span.end).into()),
                ("insert", JsValue::from_str(&edit.text)),
            ])
        })
        .collect()
}

/// Carries edits out on a text; those that do not fit it are left out.
pub(crate) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let (Some(between), Some(_)) = (text.get(at..start), text.get(start..end)) else { continue };
        out.push_str(between);
        out.push_str(&edit.text);
        at = end;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// As CodeMirror names it.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

/// Who says so, in words.
pub(crate) fn source(source: Source) -> &'static str {
    match source {
        Source::Yaml => "YAML",
        Source::Decode => "API server, decoding",
        Source::Apiserver => "API server",
        Source::Portolan => "Portolan",
    }
}

#[cfg(test)]
mod tests {
    use portolan_core::diagnostic::Span;

    use super::*;

    #[test]
    fn edits_are_carried_out_and_misfits_left_out() {
        let edit = |start, end, text: &str| Edit { span: Span::new(start, end), text: text.into() };
        assert_eq!(apply("type: A,B\nx", &[edit(6, 9, "NodePort")]), "type: NodePort\nx");
        assert_eq!(apply("ab", &[edit(0, 0, "<"), edit(2, 2, ">"), edit(1, 99, "no")]), "<ab>");
        assert_eq!(apply("\u{e9}", &[edit(1, 1, "no")]), "\u{e9}");
    }
}
