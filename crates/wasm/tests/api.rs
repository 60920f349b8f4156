//! The package as JavaScript sees it.

use js_sys::{JSON, Object, Reflect};
use portolan_tests::traces;
use portolan_wasm::World;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in members {
        Reflect::set(&object, &JsValue::from_str(key), value).unwrap();
    }
    object.into()
}

fn get(value: &JsValue, path: &[&str]) -> JsValue {
    path.iter().fold(value.clone(), |value, key| Reflect::get(&value, &JsValue::from_str(key)).unwrap())
}

fn world(text: &str) -> World {
    World::new(JsValue::from_str(text), JsValue::UNDEFINED).unwrap()
}

#[wasm_bindgen_test]
fn a_trace_is_a_plain_object() {
    let request = object(&[("from", "pod/shop/client".into()), ("to", "web:80".into())]);
    let trace = world(traces::MANIFEST).trace(request).unwrap();
    assert_eq!(get(&trace, &["verdict"]).as_string().as_deref(), Some("delivered"));
    assert_eq!(get(&trace, &["symptom", "curl"]).as_f64(), Some(0.0));
}

#[wasm_bindgen_test]
fn results_have_the_members_that_the_command_line_prints() {
    let report = world("kind: Service\napiVersion: v1\nmetadata: {name: web}\nspec: {ports: [{port: 0}]}\n").apply();
    let first = get(&report, &["results", "0"]);
    assert_eq!(get(&first, &["accepted"]).as_bool(), Some(false));
    assert_eq!(get(&first, &["status", "causes", "0", "field"]).as_string().as_deref(), Some("spec.ports[0].port"));
    assert!(JSON::stringify(&report).is_ok());
}

#[wasm_bindgen_test]
fn a_request_that_cannot_be_understood_throws_and_the_world_lives_on() {
    let world = world(traces::MANIFEST);
    assert!(world.trace(object(&[("from", "nobody".into()), ("to", "web:80".into())])).is_err());
    assert!(world.trace(JsValue::from_f64(1.0)).is_err());
    assert!(world.trace(object(&[("from", "external".into()), ("to", "node/worker-1:31000".into())])).is_ok());
}

#[wasm_bindgen_test]
fn an_unknown_option_throws() {
    let options = object(&[("stord", true.into())]);
    assert!(World::new(JsValue::from_str(""), options).is_err());
}

#[wasm_bindgen_test]
fn members_named_like_a_prototype_stay_members() {
    let text = "kind: Pod\napiVersion: v1\nmetadata: {name: web}\n\
        spec: {affinity: {__proto__: x}, containers: [{name: web, image: web}]}\n";
    let report = world(text).apply();
    let affinity = get(&report, &["results", "0", "object", "spec", "affinity"]);
    assert_eq!(get(&affinity, &["__proto__"]).as_string().as_deref(), Some("x"));
}
