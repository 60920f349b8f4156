//! `digests FILE` writes what the native engine answers to every recorded case, as digests, for wasm to be held against.

use portolan_tests::apiserver::bytes;

fn main() {
    let Some(file) = std::env::args().nth(1) else {
        eprintln!("usage: digests FILE");
        std::process::exit(2);
    };
    std::fs::write(file, bytes::all()).expect("the digests can be written");
}
