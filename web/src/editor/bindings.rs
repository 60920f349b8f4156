//! What the page uses of the editor's bundle (web/editor/editor.js).

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/editor/bridge.js")]
extern "C" {
    /// Loads the bundle at `url` and makes an editor in `parent`.
    #[wasm_bindgen(catch)]
    pub(super) async fn load(
        url: &str,
        parent: &web_sys::Element,
        options: &js_sys::Object,
    ) -> Result<JsValue, JsValue>;

    /// Downloads a text under a name, as a type, with the bundle at `url`.
    #[wasm_bindgen(catch, js_name = saveText)]
    pub(super) async fn save_text(url: &str, name: &str, kind: &str, text: &str) -> Result<JsValue, JsValue>;

    /// Downloads the chart in an element, as a PNG or as an SVG.
    #[wasm_bindgen(catch, js_name = saveChart)]
    pub(super) async fn save_chart(url: &str, room: &web_sys::Element, png: bool) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// A running editor.
    #[derive(Clone)]
    pub(crate) type Editor;

    #[wasm_bindgen(method)]
    pub(super) fn text(this: &Editor) -> String;

    #[wasm_bindgen(method, js_name = setText)]
    pub(super) fn set_text(this: &Editor, text: &str);

    #[wasm_bindgen(method, js_name = setDiagnostics)]
    pub(super) fn set_diagnostics(this: &Editor, list: &js_sys::Array);

    #[wasm_bindgen(method, js_name = applyEdits)]
    pub(super) fn apply_edits(this: &Editor, edits: &js_sys::Array);

    #[wasm_bindgen(method)]
    pub(super) fn reveal(this: &Editor, from: u32, to: u32, focus: bool);

    #[wasm_bindgen(method, js_name = setReadOnly)]
    pub(super) fn set_read_only(this: &Editor, on: bool);

    #[wasm_bindgen(method)]
    pub(super) fn focus(this: &Editor);

    #[wasm_bindgen(method)]
    pub(super) fn destroy(this: &Editor);
}

/// A plain object from its members.
pub(super) fn object(members: &[(&str, JsValue)]) -> js_sys::Object {
    let object = js_sys::Object::new();
    for (key, value) in members {
        // Setting a member of a fresh plain object cannot fail.
        let _ = js_sys::Reflect::set(&object, &JsValue::from_str(key), value);
    }
    object
}
