//! The benches: each figure beside its budget. Nothing fails because of a figure; a machine may be busy.

use crate::project::Project;
use crate::serve::Server;
use crate::setup::Need::{Browser, BundlerPackages, TestPackages, WasmBindgen, WasmTarget};
use crate::setup::ensure;
use crate::sh::{self, Result};
use crate::{build, npm};

type Bench = (&'static str, fn(&mut Project) -> Result<()>);

const BENCHES: [Bench; 5] = [("native", native), ("wasm", wasm), ("package", package), ("peer", peer), ("page", page)];

/// `cargo xtask bench`: all, or those of the given names.
pub(crate) fn run(project: &mut Project, options: &[&str]) -> Result<()> {
    if let Some(other) = options.iter().find(|option| BENCHES.iter().all(|(name, _)| name != *option)) {
        let names = BENCHES.map(|(name, _)| name).join(", ");
        return Err(format!("bench: no such bench: {other}; there are {names}").into());
    }
    for (_, bench) in BENCHES.iter().filter(|(name, _)| options.is_empty() || options.contains(name)) {
        bench(project)?;
    }
    Ok(())
}

/// The engine itself.
fn native(project: &mut Project) -> Result<()> {
    sh::run(project.command("cargo").args([
        "bench",
        "--quiet",
        "--locked",
        "-p",
        "portolan-tests",
        "--bench",
        "engine",
    ]))
}

/// The same in wasm under Node, as the page's profile compiles it.
fn wasm(project: &mut Project) -> Result<()> {
    ensure(project, &[WasmTarget, WasmBindgen])?;
    let mut cargo = project.wasm_command("cargo");
    cargo.args(["test", "--locked", "--profile", "wasm", "--target", "wasm32-unknown-unknown"]);
    cargo.args(["-p", "portolan-wasm", "--test", "speed", "--", "--include-ignored", "--nocapture"]);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    cargo.env("WASM_BINDGEN_TEST_ONLY_NODE", "1");
    sh::each_line(&mut cargo, |line| {
        // The runner's own words around the figures.
        if line.starts_with("wasm ") {
            println!("{line}");
        }
    })
    .and_then(|ok| if ok { Ok(()) } else { Err("the wasm bench failed".into()) })
}

/// The npm package in Node.
fn package(project: &mut Project) -> Result<()> {
    let package = npm::run(project)?;
    let mut node = script(project, "package.mjs")?;
    sh::run(node.env("PORTOLAN_PACKAGE", package))
}

/// The same beside its peer.
fn peer(project: &mut Project) -> Result<()> {
    ensure(project, &[TestPackages, BundlerPackages])?;
    let package = npm::run(project)?;
    let mut node = project.command("node");
    node.arg(project.root.join("tests/packages/peer.mjs")).current_dir(project.root.join("tests"));
    sh::run(node.env("PORTOLAN_PACKAGE", package))
}

/// The built page in a browser.
fn page(project: &mut Project) -> Result<()> {
    ensure(project, &[TestPackages, Browser])?;
    build::run(project)?;
    let server = Server::bind(&project.dist(), "/some/path/", 0)?;
    let url = server.url();
    std::thread::spawn(move || server.run().map_err(|error| eprintln!("error: {error}")));
    let mut node = script(project, "page.mjs")?;
    sh::run(node.env("PORTOLAN_URL", url).env("CHROME", project.chrome.as_ref().ok_or("no browser")?))
}

/// A script of tests/bench, with the texts it measures.
fn script(project: &Project, name: &str) -> Result<std::process::Command> {
    let mut node = project.command("node");
    for (variable, documents) in [("PORTOLAN_FIFTY", "50"), ("PORTOLAN_LINES", "330")] {
        let file = project.target().join(format!("bench-{documents}.yaml"));
        let mut cargo = project.command("cargo");
        cargo.args(["run", "--quiet", "--locked", "-p", "portolan-tests", "--example", "long_text", "--"]);
        sh::run(cargo.arg(&file).arg(documents))?;
        node.env(variable, file);
    }
    node.arg(project.root.join("tests/bench").join(name)).current_dir(project.root.join("tests"));
    Ok(node)
}
