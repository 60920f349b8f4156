//! The engine's values as JavaScript's.

use js_sys::{Array, Object, Reflect};
use portolan_core::objects::Value;
use wasm_bindgen::{JsCast, JsValue};

/// A plain JavaScript value with the same members in the same order.
pub(crate) fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Bool(truth) => JsValue::from_bool(*truth),
        // Beyond 2^53 a JavaScript number loses digits, as JSON.parse loses them.
        Value::Int(number) => JsValue::from_f64(*number as f64),
        Value::Float(number) => JsValue::from_f64(*number),
        Value::Str(text) => JsValue::from_str(text),
        Value::Array(items) => items.iter().map(to_js).collect::<Array>().into(),
        Value::Object(members) => {
            // Without a prototype, so that a member `__proto__` is a member like any other.
            let object: Object = Object::create(JsValue::NULL.unchecked_ref());
            for (key, member) in members {
                // Setting a property of a fresh plain object cannot fail.
                let _ = Reflect::set(&object, &JsValue::from_str(key), &to_js(member));
            }
            object.into()
        }
    }
}
