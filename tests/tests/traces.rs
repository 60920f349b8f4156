//! The shared traces, natively.

use portolan_tests::traces;

#[test]
fn traces_are_the_expected_bytes() {
    let text = traces::run();
    if std::env::var_os("UPDATE").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/cases/traces/expected.json");
        std::fs::write(file, text).expect("the expected traces can be written");
        return;
    }
    assert!(
        text == traces::EXPECTED,
        "the traces changed: UPDATE=1 cargo test -p portolan-tests, then look at git diff"
    );
}

#[test]
fn every_request_is_understood() {
    assert!(traces::requests().count() >= 30);
    assert!(!traces::run().contains("\"error\""), "{}", traces::run());
}
