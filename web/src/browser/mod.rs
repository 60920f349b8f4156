//! The browser: everything that the page asks of `window` and `document`, in one place.

use std::cell::RefCell;

use gloo::events::EventListener;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::NavigationType;

/// The root element.
fn root() -> Option<web_sys::HtmlElement> {
    gloo::utils::document().document_element()?.dyn_into().ok()
}

/// Where the site's files are, for widgets in somebody else's page: all of them came from the same place.
struct Site {
    base: String,
    editor: String,
}

thread_local! {
    static SITE: RefCell<Option<Site>> = const { RefCell::new(None) };
}

/// Says where the site is and where its editor's bundle, absolutely.
pub(crate) fn set_site(base: &str, editor: &str) {
    SITE.with(|site| *site.borrow_mut() = Some(Site { base: base.into(), editor: editor.into() }));
}

/// Where the editor's bundle is, absolutely: a relative address would be taken from the importing script's place.
pub(crate) fn editor_url() -> Option<String> {
    if let Some(url) = SITE.with(|site| site.borrow().as_ref().map(|site| site.editor.clone())) {
        return Some(url);
    }
    let document = gloo::utils::document();
    let meta = document.query_selector("meta[name=portolan-editor]").ok()??;
    let base = document.base_uri().ok()??;
    web_sys::Url::new_with_base(&meta.get_attribute("content")?, &base).ok().map(|url| url.href())
}

/// The hash, without `#`.
pub(crate) fn hash() -> String {
    let hash = gloo::utils::window().location().hash().unwrap_or_default();
    hash.strip_prefix('#').unwrap_or(&hash).to_string()
}

/// Puts `hash` into the address bar without a new entry in the history and without a `hashchange`.
pub(crate) fn replace_hash(hash: &str) {
    if let Ok(history) = gloo::utils::window().history() {
        let url = if hash.is_empty() { "#".to_string() } else { format!("#{hash}") };
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&url));
    }
}

/// The address of a page of the site, with a hash.
pub(crate) fn address(file: &str, hash: &str) -> String {
    let site = SITE.with(|site| site.borrow().as_ref().map(|site| site.base.clone()));
    let base = site.unwrap_or_else(|| gloo::utils::document().base_uri().ok().flatten().unwrap_or_default());
    let file = if file.is_empty() { "./" } else { file };
    match web_sys::Url::new_with_base(file, &base) {
        Ok(url) => {
            url.set_hash(hash);
            url.href()
        }
        Err(_) => format!("#{hash}"),
    }
}

/// Listens to the hash being changed by hand or by going back.
pub(crate) fn on_hash(mut heard: impl FnMut() + 'static) -> EventListener {
    EventListener::new(&gloo::utils::window(), "hashchange", move |_| heard())
}

/// Listens to the page being left, or about to be loaded anew (web/offline/offline.js).
pub(crate) fn on_leave(heard: impl Fn() + Clone + 'static) -> [EventListener; 2] {
    ["portolan-leave", "pagehide"].map(|event| {
        let heard = heard.clone();
        EventListener::new(&gloo::utils::window(), event, move |_| heard())
    })
}

const KEPT: &str = "portolan-kept";

/// Says that the state is kept over a load: in the address bar already, or this hash beside it.
pub(crate) fn leave(hash: Option<&str>) {
    let window = gloo::utils::window();
    let storage = window.session_storage().ok().flatten();
    match (hash, storage) {
        (Some(hash), Some(storage)) if storage.set_item(KEPT, hash).is_ok() => {}
        (Some(_), _) => return,
        // What an earlier departure kept, from which somebody came back.
        (None, storage) => drop(storage.map(|storage| storage.remove_item(KEPT))),
    }
    if let Ok(event) = web_sys::Event::new(KEPT) {
        let _ = window.dispatch_event(&event);
    }
}

/// The hash that was kept over this load, once. A link that somebody follows to here is no such load.
pub(crate) fn kept() -> Option<String> {
    let storage = gloo::utils::window().session_storage().ok().flatten()?;
    let hash = storage.get_item(KEPT).ok().flatten()?;
    let _ = storage.remove_item(KEPT);
    let loads = gloo::utils::window().performance()?.get_entries_by_type("navigation");
    let load: web_sys::PerformanceNavigationTiming = loads.get(0).dyn_into().ok()?;
    matches!(load.type_(), NavigationType::Reload | NavigationType::BackForward).then_some(hash)
}

/// Copies to the clipboard; tells whether that worked.
pub(crate) async fn copy(text: &str) -> bool {
    let clipboard = gloo::utils::window().navigator().clipboard();
    // Not there on an insecure origin.
    if clipboard.is_undefined() {
        return false;
    }
    JsFuture::from(clipboard.write_text(text)).await.is_ok()
}

/// Whether a media query holds.
pub(crate) fn matches(query: &str) -> bool {
    gloo::utils::window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// Whether the reader wants no motion.
pub(crate) fn reduced_motion() -> bool {
    matches("(prefers-reduced-motion: reduce)")
}

/// Whether the page is hidden: another tab, a minimised window.
pub(crate) fn hidden() -> bool {
    gloo::utils::document().hidden()
}

const THEME: &str = "portolan-theme";

/// The browser's storage, which a frame in somebody else's page may be denied.
fn storage() -> Option<web_sys::Storage> {
    gloo::utils::window().local_storage().ok().flatten()
}

/// The stored choice of a theme.
pub(crate) fn stored_theme() -> Option<String> {
    storage()?.get_item(THEME).ok().flatten()
}

/// Sets the theme: `light`, `dark` or nothing for the system's; remembered if the browser lets us.
pub(crate) fn set_theme(theme: Option<&str>, remember: bool) {
    if let Some(root) = root() {
        match theme {
            Some(theme) => {
                let _ = root.dataset().set("theme", theme);
            }
            None => root.dataset().delete("theme"),
        }
    }
    if let (true, Some(storage)) = (remember, storage()) {
        let _ = match theme {
            Some(theme) => storage.set_item(THEME, theme),
            None => storage.remove_item(THEME),
        };
    }
}

/// Sets a custom property of an element: sizes that a person drags.
pub(crate) fn set_property(element: &web_sys::Element, name: &str, value: &str) {
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        let _ = element.style().set_property(name, value);
    }
}

/// Whether an element has the keyboard's focus.
pub(crate) fn has_focus(element: &web_sys::Element) -> bool {
    element.matches(":focus").unwrap_or(false)
}

/// Moves the keyboard's focus to the element with this id, in the page or in the widget that `near` is in.
pub(crate) fn focus(near: &web_sys::Node, id: &str) {
    let root = near.get_root_node();
    let found = match root.dyn_ref::<web_sys::DocumentFragment>() {
        Some(shadow) => shadow.get_element_by_id(id),
        None => gloo::utils::document().get_element_by_id(id),
    };
    let Some(element) = found else { return };
    if let Some(element) = element.dyn_ref::<web_sys::HtmlElement>() {
        let _ = element.focus();
    } else if let Some(element) = element.dyn_ref::<web_sys::SvgElement>() {
        let _ = element.focus();
    }
}

/// Moves the keyboard's focus from where an event happened to the element with this id.
pub(crate) fn focus_from(event: &web_sys::Event, id: &str) {
    if let Some(node) = event.target().and_then(|target| target.dyn_into::<web_sys::Node>().ok()) {
        focus(&node, id);
    }
}

/// Takes the keyboard's focus from where an event happened.
pub(crate) fn blur(event: &web_sys::Event) {
    if let Some(element) = event.target().and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.blur();
    }
}

/// Runs `then` once the page has been painted.
pub(crate) fn after_paint(then: impl FnOnce() + 'static) {
    gloo::render::request_animation_frame(move |_| {
        gloo::timers::callback::Timeout::new(30, then).forget();
    })
    .forget_it();
}

/// Milliseconds on the clock that only counts on.
pub(crate) fn now() -> f64 {
    gloo::utils::window().performance().map_or(0.0, |clock| clock.now())
}

/// Whether the page or a widget is in sight: not so when it was scrolled away.
pub(crate) struct Sight {
    observer: web_sys::IntersectionObserver,
    _heard: Closure<dyn FnMut(js_sys::Array)>,
}

impl Sight {
    /// Tells `then` when an element, or else the page, comes into sight or leaves it; `None` where the browser cannot tell.
    pub(crate) fn watch(element: Option<&web_sys::Element>, then: impl Fn(bool) + 'static) -> Option<Self> {
        let heard = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
            let last =
                entries.iter().last().and_then(|last| last.dyn_into::<web_sys::IntersectionObserverEntry>().ok());
            if let Some(last) = last {
                then(last.is_intersecting());
            }
        });
        let observer = web_sys::IntersectionObserver::new(heard.as_ref().unchecked_ref()).ok()?;
        match element {
            Some(element) => observer.observe(element),
            None => observer.observe(root()?.as_ref()),
        }
        Some(Sight { observer, _heard: heard })
    }
}

impl Drop for Sight {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Calls back as soon as keys and paint have had their turn; a timer would wait four milliseconds.
pub(crate) struct Soon {
    ports: Option<(web_sys::MessagePort, web_sys::MessagePort)>,
    _heard: Closure<dyn FnMut()>,
}

impl Soon {
    /// Calls `then` after each [`Soon::call`].
    pub(crate) fn new(then: impl FnMut() + 'static) -> Self {
        let heard = Closure::<dyn FnMut()>::new(then);
        let ports = web_sys::MessageChannel::new().ok().map(|channel| (channel.port1(), channel.port2()));
        if let Some((_, to)) = &ports {
            to.set_onmessage(Some(heard.as_ref().unchecked_ref()));
        }
        Soon { ports, _heard: heard }
    }

    /// Asks to be called back.
    pub(crate) fn call(&self) {
        if let Some((from, _)) = &self.ports {
            let _ = from.post_message(&JsValue::NULL);
        }
    }
}

impl Drop for Soon {
    /// What was asked for a moment ago is still on its way: nobody hears it any more.
    fn drop(&mut self) {
        if let Some((from, to)) = &self.ports {
            to.set_onmessage(None);
            from.close();
        }
    }
}

/// gloo cancels a frame when its handle is dropped.
trait ForgetIt {
    fn forget_it(self);
}

impl ForgetIt for gloo::render::AnimationFrame {
    fn forget_it(self) {
        std::mem::forget(self);
    }
}

/// The element that the page lives in; nothing in somebody else's page, whatever its elements are called.
pub(crate) fn host() -> Option<web_sys::Element> {
    gloo::utils::document().query_selector("#app[data-portolan]").ok().flatten()
}

/// A panic is a bug. If there is one all the same, say so plainly; the editor goes on by itself and keeps the text.
pub(crate) fn on_panic() {
    std::panic::set_hook(Box::new(|info| {
        if let Ok(Some(element)) = gloo::utils::document().query_selector("#app[data-portolan] ~ #broken") {
            let _ = element.remove_attribute("hidden");
        }
        crate::widget::broken();
        gloo::console::error!(info.to_string());
    }));
}
