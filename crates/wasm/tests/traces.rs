//! The shared traces in wasm: under Node and in Chromium the same bytes as natively.

use portolan_tests::traces;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn traces_are_the_native_bytes() {
    assert!(traces::run() == traces::EXPECTED, "wasm and native differ");
}
