//! The engine's values as JavaScript's.

use portolan_core::objects::Value;
use wasm_bindgen::JsValue;

/// A plain JavaScript value with the same members in the same order.
///
/// One text crosses the boundary and JavaScript's own parser makes the value: that is quicker by far than to set each
/// member from here. Beyond 2^53 a number loses digits; a member `__proto__` is a member like any other.
pub(crate) fn to_js(value: &Value) -> JsValue {
    // What the engine prints is JSON, so it parses.
    js_sys::JSON::parse(&value.to_json()).unwrap_or(JsValue::NULL)
}
