//! What can be said about the code without running it.

use crate::project::Project;
use crate::setup::Need::{CargoDeny, WasmClippy, WasmTarget};
use crate::setup::ensure;
use crate::sh::{self, Result};
use crate::tidy;

/// `cargo xtask lint`: goes on past a failure, so that one run shows them all.
pub(crate) fn run(project: &mut Project) -> Result<()> {
    let mut failed = Vec::new();
    let mut step = |name: &'static str, result: Result<()>| {
        if let Err(error) = result {
            eprintln!("error: {error}");
            failed.push(name);
        }
    };
    println!("== tidy");
    step("tidy", tidy::run(project));
    println!("== rustfmt");
    step("rustfmt", sh::run(project.command("cargo").args(["fmt", "--all", "--check"])));
    println!("== clippy");
    let strict = ["--", "-D", "warnings"];
    let native = ["clippy", "--quiet", "--locked", "--all-targets"];
    step("clippy", sh::run(project.command("cargo").args(native).args(strict)));
    // It is run on demand only, so "all targets" leaves it out.
    let kernel = ["clippy", "--quiet", "--locked", "-p", "portolan-tests", "--test", "kernel"];
    step("clippy, kernel tests", sh::run(project.command("cargo").args(kernel).args(strict)));
    println!("== clippy, wasm");
    let wasm = ["--target", "wasm32-unknown-unknown", "-p", "portolan-wasm", "-p", "portolan-web"];
    let ready = ensure(project, &[WasmTarget, WasmClippy]);
    let lint = |()| sh::run(project.wasm_command("cargo").args(native).args(wasm).args(strict));
    step("clippy, wasm", ready.and_then(lint));
    println!("== cargo-deny: bans, licences, sources");
    let ready = ensure(project, &[CargoDeny]);
    // Not the advisories: their database is fetched from the internet; a workflow does that.
    let check = ["deny", "--log-level", "error", "check", "bans", "licenses", "sources"];
    step("cargo-deny", ready.and_then(|()| sh::run(project.command("cargo").args(check))));
    if failed.is_empty() { Ok(()) } else { Err(format!("lint failed: {}", failed.join(", ")).into()) }
}
