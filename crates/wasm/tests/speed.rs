//! The engine's figures in wasm. Not part of the tests: `cargo xtask bench` runs it.

use portolan_tests::speed;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

/// Processor time, which a busy machine does not stretch.
fn clock() -> f64 {
    let get = |from: &JsValue, name: &str| js_sys::Reflect::get(from, &name.into()).unwrap();
    let process = get(&js_sys::global(), "process");
    let usage: js_sys::Function = get(&process, "cpuUsage").unchecked_into();
    let usage = usage.call0(&process).unwrap();
    let micros = |name: &str| get(&usage, name).as_f64().unwrap();
    (micros("user") + micros("system")) / 1e3
}

#[wasm_bindgen_test]
#[ignore = "measures"]
fn figures() {
    // Memory of wasm never shrinks: what there is was needed at once.
    let megabytes = || {
        let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
        f64::from(buffer.byte_length()) / 1e6
    };
    speed::measure(clock, true, &megabytes, &mut |figure| console_log!("wasm     {}", speed::line(figure)));
}
