//! Random scenarios in wasm: under Node and in Chromium the same bytes as natively.

use portolan_tests::runs;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test]
fn runs_are_the_native_bytes() {
    assert!(runs::run() == runs::EXPECTED, "wasm and native differ");
}
