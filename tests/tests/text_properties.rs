//! What must hold for any text: valid manifests changed field by field, and everything valid, sent twice.
//!
//! `PORTOLAN_EVERY=1 cargo test --release -p portolan-tests --test text_properties` makes every change; without it each
//! run makes the same few thousand of them.

use portolan_core::world::LoadOptions;
use portolan_tests::apiserver::{self, bytes};
use portolan_tests::mutate::{self, Sieve};
use portolan_tests::promises;
use portolan_tests::{files, floor, work};

#[global_allocator]
static COUNTING: work::Counting = work::Counting;

/// What one manifest of a few kilobytes may cost, fixes and their trials included. The most that was seen is 4 MB.
const MOST_ALLOCATED: usize = 64 << 20;

fn folder(path: &str) -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    files(&folder, "yaml").iter().map(|path| std::fs::read_to_string(path).expect("a manifest")).collect()
}

/// Makes every `stride`th change to the texts and holds the promises about each.
fn hold(name: &str, texts: &[&str], stride: usize) {
    let stride = if std::env::var_os("PORTOLAN_EVERY").is_some() { 1 } else { stride };
    let (mut changes, mut said, mut fixes, mut most) = (0, 0, 0, 0);
    let mut make = |what: &str, changed: &str| {
        let before = work::spent();
        match promises::all(changed, &LoadOptions::default()) {
            Ok(kept) => (said, fixes) = (said + kept.diagnostics, fixes + kept.fixes),
            Err(broken) => panic!("{what}: {broken}\n{changed}"),
        }
        let cost = work::spent() - before;
        assert!(cost < MOST_ALLOCATED, "{what}: {cost} bytes of work\n{changed}");
        most = most.max(cost);
        changes += 1;
    };
    let mut sieve = Sieve::new(7, stride, &mut make);
    texts.iter().for_each(|text| mutate::each(text, &mut sieve));
    floor::say(&format!("{name}: {changes} changes, {said} diagnostics, {fixes} fixes; at most {} MB", most >> 20));
    assert!(changes > 300 && said > 300, "too little was tried");
}

#[test]
fn a_change_of_a_service_or_its_like_is_answered() {
    hold("core", &[include_str!("../cases/kinds/core.yaml")], 47);
}

#[test]
fn a_change_of_a_workload_is_answered() {
    hold("workloads", &[include_str!("../cases/kinds/workloads.yaml")], 53);
}

#[test]
fn a_change_of_the_settings_is_answered() {
    hold("settings", &[include_str!("../cases/kinds/settings.yaml")], 5);
}

/// The recorded cases too, refused or not: most fixes are offered here.
#[test]
fn a_change_of_a_recorded_case_is_answered() {
    let cases = apiserver::cases();
    hold("recorded", &cases.iter().map(|case| case.yaml).collect::<Vec<_>>(), 397);
}

#[test]
fn what_was_taken_is_taken_again() {
    let options = LoadOptions::default();
    let mut objects = 0;
    let mut again = |text: &str| {
        let world = promises::load(text, &options);
        objects += promises::taken_again(&world, &options).unwrap_or_else(|broken| panic!("{broken}"));
    };
    for text in [folder("../web/examples"), folder("cases/kinds"), folder("cases/traces")].concat() {
        again(&text);
    }
    for (_, ranges) in bytes::CLUSTERS {
        for case in apiserver::cases() {
            again(&format!("{}---\n{}", bytes::cluster(ranges), case.yaml));
        }
    }
    floor::say(&format!("taken again, unchanged: {objects} objects"));
    assert!(objects > 300);
}
