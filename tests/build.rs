//! Puts what lies in files into the program, for tests in wasm, where there are no files: the recordings of the API
//! server, and what the native engine answered to them.

use std::fmt::Write;
use std::path::{Path, PathBuf};

fn main() {
    let here = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where"));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo says where"));
    let folder = here.join("corpus/apiserver");
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");
    let files = std::fs::read_dir(&folder).expect("the recordings").flatten().map(|entry| entry.path());
    let mut cases: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|found| found == "yaml")).collect();
    cases.sort();
    let mut table = String::from("&[\n");
    for path in &cases {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let include = |path: &Path| format!("include_str!({:?})", path.display().to_string());
        let (yaml, json) = (include(path), include(&path.with_extension("json")));
        writeln!(table, "    ({name:?}, {yaml}, {json}),").expect("a String takes everything");
    }
    table.push_str("]\n");
    std::fs::write(out.join("apiserver.rs"), table).expect("the table can be written");

    // `cargo xtask test --wasm` has them made by the native engine first.
    println!("cargo::rerun-if-env-changed=PORTOLAN_DIGESTS");
    let digests = std::env::var_os("PORTOLAN_DIGESTS").map(|path| {
        println!("cargo::rerun-if-changed={}", path.display());
        std::fs::read_to_string(path).expect("the native digests")
    });
    std::fs::write(out.join("digests.txt"), digests.unwrap_or_default()).expect("the digests can be written");
}
