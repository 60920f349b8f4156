//! What every recorded case makes, to the byte: natively, under Node and in a browser it must be the same.
//!
//! The answers are long, so digests are compared. `cargo xtask test --wasm` lets the native engine write them (the
//! example `digests`), builds the tests with them, and so needs no file that each change of a sentence would change.

use std::fmt::Write;

use portolan_core::apiserver::Store;
use portolan_core::objects::Value;
use portolan_core::query;
use portolan_core::world::{Input, LoadOptions, World};

use super::{Case, decode, operation, settings};

/// What the native engine made; empty where the tests were not built by `cargo xtask test --wasm`.
pub const NATIVE: &str = include_str!(concat!(env!("OUT_DIR"), "/digests.txt"));

/// The recorded clusters: the name in a recording, and the service ranges.
pub const CLUSTERS: [(&str, &str); 2] =
    [("singleStack", "10.96.0.0/12"), ("dualStack", "10.96.0.0/12,fd00:10:96::/108")];

/// The lines of every case in every cluster.
pub fn all() -> String {
    let cases = super::cases();
    CLUSTERS.iter().map(|(name, ranges)| digests(&cases, name, ranges)).collect()
}

/// One line a case and cluster: `CLUSTER CASE`, the digests of the server's answers, of `apply` and of `check`.
fn digests(cases: &[Case], cluster: &str, ranges: &str) -> String {
    let mut text = String::new();
    for case in cases {
        let world = world(case.yaml, ranges);
        let all = [server(case, ranges), query::apply(&world).to_json(), query::check(&world).to_json()];
        let [server, apply, check] = all.map(|text| digest(&text));
        writeln!(text, "{cluster} {} {server:016x} {apply:016x} {check:016x}", case.name)
            .expect("a String takes everything");
    }
    text
}

/// The lines in which two lists of digests differ, the case's name first.
pub fn differences(ours: &str, expected: &str) -> Vec<String> {
    let missing = ours.lines().count().abs_diff(expected.lines().count());
    let lines = ours.lines().zip(expected.lines()).filter(|(a, b)| a != b).map(|(a, b)| format!("{a}, expected {b}"));
    lines.chain((missing > 0).then(|| format!("{missing} lines more or fewer"))).collect()
}

/// Every answer to a case's requests, and what is stored afterwards.
fn server(case: &Case, ranges: &str) -> String {
    let mut store = Store::new(&settings(ranges), 1);
    let mut text = String::new();
    for request in decode::requests(case.yaml) {
        match (request.object, operation(&request.op)) {
            (Ok(object), Some(operation)) => {
                let answer = store.request(operation, object, super::origin());
                text.push_str(&portolan_core::report::apply(&[answer], &[], &[]).to_json());
            }
            (Ok(_), None) => text.push_str(&request.op),
            (Err(refusal), _) => text.push_str(&refusal.message),
        }
        text.push('\n');
    }
    let stored = store.objects().map(|stored| Value::clone(&stored.value)).collect();
    text + &Value::Array(stored).to_json()
}

/// The text as people give it, in a cluster of these ranges.
fn world(yaml: &str, ranges: &str) -> World {
    let input = |name: &str, text: String| Input { name: name.to_string(), text };
    World::load(
        &[input("cluster.yaml", cluster(ranges)), input("case.yaml", yaml.to_string())],
        &LoadOptions::default(),
    )
}

/// The settings document that says a cluster's service ranges.
pub fn cluster(ranges: &str) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  serviceSubnet: \"{ranges}\"\n"
    )
}

/// 64 bits of FNV-1a.
fn digest(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
