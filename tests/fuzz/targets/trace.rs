//! Text and a question: the first line is `CLIENT TARGET PROTOCOL`, the rest the manifest.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portolan_core::cluster::ProxyMode;
use portolan_core::query;
use portolan_core::world::LoadOptions;
use portolan_tests::{promises, work};

#[global_allocator]
static COUNTING: work::Counting = work::Counting;

/// Bytes that may be allocated for one input, some hundred times what a usual one needs.
const MOST_WORK: usize = 2 << 30;

fuzz_target!(|data: &[u8]| {
    let before = work::spent();
    let text = String::from_utf8_lossy(data);
    let (question, text) = text.split_once('\n').unwrap_or((&text, ""));
    let mut words = question.split(' ');
    let mut word = || words.next().unwrap_or_default();
    let (from, to, protocol) = (word(), word(), word());
    let mut world = promises::load(text, &LoadOptions::default());
    for mode in [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs] {
        world.set_proxy_mode(mode);
        if let Ok(trace) = query::trace(&world, from, to, protocol, 7) {
            let total: f64 = trace.endpoints.iter().map(|endpoint| endpoint.probability).sum();
            assert!(trace.endpoints.is_empty() || (total - 1.0).abs() < 1e-6, "the shares make {total}");
            assert_eq!(query::trace(&world, from, to, protocol, 7).as_ref(), Ok(&trace));
            let _ = query::trace_report(&world, &trace).to_json();
            let _ = query::trace_text(&world, &trace);
        }
        for node in world.cluster().nodes.iter().take(2) {
            let _ = query::rules_text(&world, &node.meta.name);
        }
    }
    let _ = query::dns(&world, from, to, None);
    let _ = query::dns(&world, from, to, Some("SRV"));
    assert!(work::spent() - before < MOST_WORK, "too much work");
});
