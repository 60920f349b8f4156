//! Every recorded case of the API server in wasm: as many agree as natively, and the answers are the same bytes.

use portolan_tests::apiserver::{agreement, bytes};
use portolan_tests::floor;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

fn agree(cluster: &str, label: &str) {
    let (agreed, total, problems) = agreement(cluster);
    console_log!("{}", problems.join("\n"));
    console_log!("wasm, {}", floor::check(label, agreed, total));
}

#[wasm_bindgen_test]
fn single_stack_answers_are_the_servers() {
    agree("singleStack", "apiserver single-stack");
}

#[wasm_bindgen_test]
fn dual_stack_answers_are_the_servers() {
    agree("dualStack", "apiserver dual-stack");
}

#[wasm_bindgen_test]
fn answers_are_the_native_bytes() {
    let ours = bytes::all();
    assert!(!bytes::NATIVE.is_empty(), "no native answers to compare with: run `cargo xtask test --wasm`");
    let differences = bytes::differences(&ours, bytes::NATIVE);
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    console_log!("wasm, the native bytes: {0}/{0}", ours.lines().count());
}
