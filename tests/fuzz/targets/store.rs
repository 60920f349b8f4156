//! Text to store: any bytes are read, sent to the server, printed, diagnosed, and the fixes made.
#![no_main]

use libfuzzer_sys::fuzz_target;
use portolan_core::world::LoadOptions;
use portolan_tests::{promises, work};

#[global_allocator]
static COUNTING: work::Counting = work::Counting;

/// Bytes that may be allocated for one input, some hundred times what a usual one needs.
const MOST_WORK: usize = 2 << 30;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    // A first character that begins no manifest picks how the text is taken.
    let (text, options) = match text.strip_prefix(['!', '+']) {
        Some(rest) if text.starts_with('!') => (rest, LoadOptions { stored: true, ..LoadOptions::default() }),
        Some(rest) => (rest, LoadOptions { demo_pods: true, load_balancers: false, ..LoadOptions::default() }),
        None => (&*text, LoadOptions::default()),
    };
    let before = work::spent();
    // Trying fixes takes as long as twenty texts without.
    let hold = if data.len() % 8 == 0 { promises::all } else { promises::without_fixes };
    if let Err(broken) = hold(text, &options) {
        panic!("{broken}");
    }
    assert!(work::spent() - before < MOST_WORK, "too much work");
});
