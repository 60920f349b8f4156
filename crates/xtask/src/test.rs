//! Every test, from the fastest up, and a table of how they went.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::project::Project;
use crate::serve::Server;
use crate::setup::Need::{Browser, BundlerPackages, Kernel, TestPackages, WasmBindgen, WasmTarget};
use crate::setup::ensure;
use crate::sh::{self, Result};
use crate::{build, docs, npm, size};

/// How many tests a runner says it ran.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
struct Counts {
    passed: u32,
    failed: u32,
    skipped: u32,
}

enum Outcome {
    Ran { ok: bool, counts: Counts },
    Skipped(String),
}

struct Step {
    name: &'static str,
    kind: &'static str,
    run: fn(&mut Project) -> Result<Outcome>,
}

const STEPS: [Step; 9] = [
    Step { name: "native", kind: "--native", run: native },
    Step { name: "wasm, Node", kind: "--wasm", run: wasm_node },
    Step { name: "npm package", kind: "--wasm", run: npm_package },
    Step { name: "wasm, browser", kind: "--wasm", run: wasm_browser },
    Step { name: "npm, bundled", kind: "--packages", run: packages },
    Step { name: "page", kind: "--browser", run: page },
    Step { name: "documentation", kind: "--docs", run: documentation },
    Step { name: "sizes", kind: "--browser", run: sizes },
    Step { name: "kernel", kind: "--kernel", run: kernel },
];

/// `cargo xtask test`.
pub(crate) fn run(project: &mut Project, options: &[&str]) -> Result<()> {
    let known = |option: &&str| STEPS.iter().any(|step| step.kind == *option);
    if let Some(other) = options.iter().find(|option| !known(option)) {
        return Err(format!("test: no such option: {other}").into());
    }
    let mut table = Vec::new();
    for step in STEPS.iter().filter(|step| options.is_empty() || options.contains(&step.kind)) {
        println!("\n== {}", step.name);
        let start = Instant::now();
        let outcome = (step.run)(project).unwrap_or_else(|error| {
            eprintln!("error: {error}");
            // One that could not run counts as one that failed.
            Outcome::Ran { ok: false, counts: Counts { failed: 1, ..Counts::default() } }
        });
        table.push((step.name, start.elapsed(), outcome));
    }
    let (text, failed) = summary(&table);
    println!("\n{text}");
    if failed { Err("tests failed".into()) } else { Ok(()) }
}

fn summary(table: &[(&str, Duration, Outcome)]) -> (String, bool) {
    use std::fmt::Write;
    let (mut text, mut total, mut failed) = (String::new(), Counts::default(), false);
    for (name, time, outcome) in table {
        let seconds = time.as_secs_f32();
        let (word, detail) = match outcome {
            Outcome::Ran { ok, counts } => {
                // A runner that failed without naming a test still failed.
                let counts = Counts { failed: counts.failed.max(u32::from(!ok)), ..*counts };
                total.passed += counts.passed;
                total.failed += counts.failed;
                total.skipped += counts.skipped;
                failed |= counts.failed > 0;
                let word = if counts.failed == 0 { "ok" } else { "FAILED" };
                (word, format!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.skipped))
            }
            Outcome::Skipped(why) => ("skipped", why.clone()),
        };
        let _ = writeln!(text, "{name:<14} {seconds:>7.1} s  {word:<8} {detail}");
    }
    let _ = write!(text, "\n{} passed, {} failed, {} skipped", total.passed, total.failed, total.skipped);
    (text, failed)
}

/// Runs a test runner, showing what it prints and adding up what it counts.
fn counted(command: &mut std::process::Command) -> Result<Outcome> {
    let mut counts = Counts::default();
    let ok = sh::each_line(command, |line| {
        println!("{line}");
        count(line, &mut counts);
    })?;
    Ok(Outcome::Ran { ok, counts })
}

/// Reads the closing lines of cargo's test runner, of wasm-bindgen's and of Node's.
fn count(line: &str, counts: &mut Counts) {
    let line = line.trim();
    if let Some(rest) = line.strip_prefix("test result:") {
        for part in rest.split([';', '.']) {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<u32>().ok());
            match (number, words.next()) {
                (Some(n), Some("passed")) => counts.passed += n,
                (Some(n), Some("failed")) => counts.failed += n,
                (Some(n), Some("ignored")) => counts.skipped += n,
                _ => {}
            }
        }
    } else if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ "))
        && let Some((word, Ok(n))) = rest.split_once(' ').map(|(word, n)| (word, n.parse::<u32>()))
    {
        match word {
            "pass" => counts.passed += n,
            "fail" | "cancelled" => counts.failed += n,
            "skipped" | "todo" => counts.skipped += n,
            _ => {}
        }
    }
}

fn native(project: &mut Project) -> Result<Outcome> {
    // The page's state and geometry are plain Rust too; only the bindings have nothing to say natively.
    let workspace = ["--workspace", "--exclude", "portolan-wasm"];
    counted(project.command("cargo").args(["test", "--locked", "--no-fail-fast"]).args(workspace))
}

fn wasm_test(project: &Project, packages: &[&str]) -> std::process::Command {
    let mut command = project.wasm_command("cargo");
    command.env("PORTOLAN_DIGESTS", digests(project));
    command.args(["test", "--locked", "--no-fail-fast", "--target", "wasm32-unknown-unknown"]);
    command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    command.args(packages.iter().flat_map(|package| ["-p", package]));
    command
}

/// Where the native engine writes what wasm must answer too.
fn digests(project: &Project) -> PathBuf {
    project.target().join("digests.txt")
}

/// Has the native engine answer every recorded case.
fn native_digests(project: &Project) -> Result<()> {
    let mut cargo = project.command("cargo");
    cargo.args(["run", "--quiet", "--locked", "-p", "portolan-tests", "--example", "digests", "--"]);
    sh::run(cargo.arg(digests(project)))
}

/// The tests of the bindings; they name no place to run in, so they run in both.
fn wasm_node(project: &mut Project) -> Result<Outcome> {
    ensure(project, &[WasmTarget, WasmBindgen])?;
    native_digests(project)?;
    // What the tests print, such as how many recordings agree, is shown here.
    let mut command = wasm_test(project, &["portolan-wasm"]);
    counted(command.args(["--", "--nocapture"]).env("WASM_BINDGEN_TEST_ONLY_NODE", "1"))
}

fn wasm_browser(project: &mut Project) -> Result<Outcome> {
    ensure(project, &[WasmTarget, WasmBindgen, Browser])?;
    native_digests(project)?;
    let mut command = wasm_test(project, &["portolan-wasm", "portolan-web"]);
    let settings = webdriver(project)?;
    command.env("WASM_BINDGEN_USE_BROWSER", "1").env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", settings);
    command.env("CHROMEDRIVER", project.chromedriver.as_ref().ok_or("no chromedriver")?);
    counted(&mut command)
}

/// The package as people get it, in plain Node.
fn npm_package(project: &mut Project) -> Result<Outcome> {
    let Some(files) = test_files(&project.root.join("tests/node")) else {
        return Ok(Outcome::Skipped("tests/node has no tests".into()));
    };
    let package = npm::run(project)?;
    native_digests(project)?;
    ensure(project, &[TestPackages])?;
    counted(node_test(project).args(files).env("PORTOLAN_PACKAGE", package).env("PORTOLAN_DIGESTS", digests(project)))
}

/// The package packed, installed elsewhere, and bundled for pages and workers.
fn packages(project: &mut Project) -> Result<Outcome> {
    let Some(files) = test_files(&project.root.join("tests/packages")) else {
        return Ok(Outcome::Skipped("tests/packages has no tests".into()));
    };
    ensure(project, &[TestPackages, BundlerPackages, Browser])?;
    let package = npm::run(project)?;
    let mut node = node_test(project);
    node.args(files).env("PORTOLAN_PACKAGE", package);
    counted(node.env("CHROME", project.chrome.as_ref().ok_or("no browser")?))
}

/// Journeys through the built page, served below a path as a project's pages are.
fn page(project: &mut Project) -> Result<Outcome> {
    let Some(files) = test_files(&project.root.join("tests/browser")) else {
        return Ok(Outcome::Skipped("tests/browser has no tests".into()));
    };
    ensure(project, &[TestPackages, Browser])?;
    build::run(project)?;
    let server = Server::bind(&project.dist(), "/some/path/", 0)?;
    let url = server.url();
    std::thread::spawn(move || server.run().map_err(|error| eprintln!("error: {error}")));
    let mut node = node_test(project);
    // One browser at a time: they share the machine's cores.
    node.arg("--test-concurrency=1").args(files);
    node.env("PORTOLAN_URL", url).env("CHROME", project.chrome.as_ref().ok_or("no browser")?);
    counted(&mut node)
}

/// The widget in sites that documentation tools built.
fn documentation(project: &mut Project) -> Result<Outcome> {
    ensure(project, &[TestPackages, Browser])?;
    build::run(project)?;
    let sites = project.target().join("docs");
    docs::build(project, &sites)?;
    let mut node = node_test(project);
    node.arg("--test-concurrency=1").arg(project.root.join("tests/docs/docs.test.mjs"));
    counted(node.env("PORTOLAN_DOCS", sites).env("CHROME", project.chrome.as_ref().ok_or("no browser")?))
}

fn node_test(project: &Project) -> std::process::Command {
    let mut node = project.command("node");
    node.args(["--test", "--test-reporter=spec", "--test-timeout=300000"]).current_dir(project.root.join("tests"));
    node.env("NO_COLOR", "1").env_remove("FORCE_COLOR");
    node
}

fn sizes(project: &mut Project) -> Result<Outcome> {
    // The page's step has just built it.
    let over = size::measure(project)?.ceiling;
    Ok(Outcome::Ran { ok: over == 0, counts: Counts { passed: 3 - over, failed: over, skipped: 0 } })
}

/// The recorded rules in this machine's own kernel.
fn kernel(project: &mut Project) -> Result<Outcome> {
    let manifest = std::fs::read_to_string(project.root.join("tests/Cargo.toml"))?;
    if !manifest.contains("name = \"kernel\"") {
        return Ok(Outcome::Skipped("there are none yet".into()));
    }
    if !(cfg!(target_os = "linux") && sh::is_root()) {
        return Ok(Outcome::Skipped("needs root on Linux".into()));
    }
    ensure(project, &[Kernel])?;
    const PROBE: &str = "portolan-probe";
    let made = sh::succeeds(project.command("ip").args(["netns", "add", PROBE]));
    let _ = sh::succeeds(project.command("ip").args(["netns", "delete", PROBE]));
    if !made {
        return Ok(Outcome::Skipped("this machine lets nobody make network namespaces".into()));
    }
    let mut cargo = project.command("cargo");
    cargo.args(["test", "--locked", "-p", "portolan-tests", "--test", "kernel", "--", "--test-threads=1"]);
    counted(cargo.env("PORTOLAN_KERNEL", "1"))
}

fn test_files(folder: &Path) -> Option<Vec<PathBuf>> {
    let files = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut files: Vec<_> = files.filter(|file| file.to_string_lossy().ends_with(".test.mjs")).collect();
    files.sort();
    (!files.is_empty()).then_some(files)
}

/// How chromedriver starts the browser: without a screen, also as root, and keeping to itself.
fn webdriver(project: &Project) -> Result<PathBuf> {
    let chrome =
        project.chrome.as_ref().ok_or("no browser")?.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let flags: Vec<_> = FLAGS.iter().map(|flag| format!("\"{flag}\"")).collect();
    let file = project.target().join("webdriver.json");
    let flags = flags.join(", ");
    std::fs::write(&file, format!("{{\"goog:chromeOptions\": {{\"binary\": \"{chrome}\", \"args\": [{flags}]}}}}\n"))?;
    Ok(file)
}

const FLAGS: [&str; 9] = [
    "headless",
    "no-sandbox",
    "disable-gpu",
    "disable-quic",
    "disable-dev-shm-usage",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_lines_of_each_runner_are_added_up() {
        let mut counts = Counts::default();
        for line in [
            "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out",
            "# pass 5",
            "ℹ fail 1",
            "ℹ skipped 2",
            "ℹ duration_ms 12.5",
            "3 passed in a sentence",
        ] {
            count(line, &mut counts);
        }
        assert_eq!(counts, Counts { passed: 20, failed: 3, skipped: 3 });
    }

    #[test]
    fn a_runner_that_fails_without_counting_is_a_failure() {
        let table = [("native", Duration::ZERO, Outcome::Ran { ok: false, counts: Counts::default() })];
        let (text, failed) = summary(&table);
        assert!(failed);
        assert!(text.ends_with("0 passed, 1 failed, 0 skipped"));
    }

    #[test]
    fn a_skipped_step_is_no_failure() {
        let (text, failed) = summary(&[("kernel", Duration::ZERO, Outcome::Skipped("needs root".into()))]);
        assert!(!failed);
        assert!(text.contains("needs root"));
    }
}
