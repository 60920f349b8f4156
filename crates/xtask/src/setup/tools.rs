//! Programs compiled from the crates registry, into the cache folder.

use std::path::{Path, PathBuf};

use super::Step;
use crate::project::Project;
use crate::sh::{self, Result};

/// A crate that holds programs we run.
pub(super) struct Tool {
    krate: &'static str,
    /// None: the version of the library of the same family in Cargo.lock.
    version: Option<&'static str>,
    /// A program that it holds.
    program: &'static str,
    options: &'static [&'static str],
    takes: &'static str,
    install: fn(&mut Project) -> Result<()>,
}

// Without --locked: its lock file may name versions that are gone, and its version is ours to match, not its dependencies'.
pub(super) const WASM_BINDGEN: Tool = Tool {
    krate: "wasm-bindgen-cli",
    version: None,
    program: "wasm-bindgen",
    options: &[],
    takes: "2 minutes",
    install: |project| install(project, &WASM_BINDGEN),
};

// Later versions ask for a newer compiler than this project does.
pub(super) const TRUNK: Tool = Tool {
    krate: "trunk",
    version: Some("0.21.14"),
    program: "trunk",
    options: &["--locked", "--no-default-features", "--features", "rustls"],
    takes: "5 minutes",
    install: |project| install(project, &TRUNK),
};

pub(super) const CARGO_DENY: Tool = Tool {
    krate: "cargo-deny",
    version: Some("0.20.2"),
    program: "cargo-deny",
    options: &["--locked", "--no-default-features"],
    takes: "2 minutes",
    install: |project| install(project, &CARGO_DENY),
};

pub(super) const CARGO_FUZZ: Tool = Tool {
    krate: "cargo-fuzz",
    version: Some("0.13.2"),
    program: "cargo-fuzz",
    options: &["--locked"],
    takes: "a minute",
    install: |project| install(project, &CARGO_FUZZ),
};

pub(super) fn missing(project: &mut Project, tool: Tool) -> Result<Option<Step>> {
    let version = version(project, &tool)?;
    let bin = folder(project, &tool)?.join("bin");
    if bin.join(tool.program).with_extension(std::env::consts::EXE_EXTENSION).exists() {
        use_folder(project, bin);
        return Ok(None);
    }
    let name = format!("compiling {} {version}", tool.krate);
    Ok(Some(Step { name, takes: tool.takes, install: tool.install }))
}

/// The crates of Cargo.lock, fetched so that Trunk can build offline.
pub(super) fn crates_missing(project: &Project) -> Option<Step> {
    let there = sh::succeeds(project.command("cargo").args(["fetch", "--locked", "--offline"]));
    (!there).then(|| Step {
        name: "fetching the crates of Cargo.lock".into(),
        takes: "",
        install: |project| sh::run(project.command("cargo").args(["fetch", "--locked", "--quiet"])),
    })
}

/// Not the toolchain in use: the sanitizers are only in nightly.
pub(super) fn nightly_missing(project: &Project) -> Option<Step> {
    let there = sh::succeeds(project.command("rustup").args(["run", "nightly", "cargo", "--version"]));
    (!there).then(|| Step {
        name: "Rust's nightly toolchain".into(),
        takes: "a minute",
        install: |project| {
            sh::run(project.command("rustup").args(["toolchain", "install", "nightly", "--profile", "minimal"]))
                .map_err(|error| {
                    format!("fuzzing needs rustup and a toolchain called nightly, which rustup could not get ({error})")
                        .into()
                })
        },
    })
}

fn version(project: &Project, tool: &Tool) -> Result<String> {
    match tool.version {
        Some(version) => Ok(version.to_owned()),
        None => project.locked(tool.krate.trim_end_matches("-cli")),
    }
}

fn folder(project: &Project, tool: &Tool) -> Result<PathBuf> {
    Ok(project.cache.join(format!("{}-{}", tool.krate, version(project, tool)?)))
}

fn install(project: &mut Project, tool: &Tool) -> Result<()> {
    // Kept if we are interrupted, so that the next try goes on from there.
    let build = project.cache.join(format!("build-{}", tool.krate));
    let version = version(project, tool)?;
    in_new_folder(&folder(project, tool)?, |folder| {
        let mut cargo = project.command("cargo");
        cargo.args(["install", tool.krate, "--version", &version, "--quiet", "--root"]).arg(folder).args(tool.options);
        // Tools that run for seconds: quick to compile matters more than quick to run.
        cargo.env("CARGO_TARGET_DIR", &build);
        cargo.env("CARGO_PROFILE_RELEASE_LTO", "off");
        cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        cargo.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        cargo.env("CARGO_PROFILE_RELEASE_DEBUG", "0");
        cargo.env("CARGO_PROFILE_RELEASE_STRIP", "symbols");
        // Away from this project's own configuration.
        cargo.current_dir(&project.cache);
        sh::run(&mut cargo)
    })?;
    let _ = std::fs::remove_dir_all(build);
    Ok(())
}

/// Fills a folder beside the place it is meant for, and moves it there once it is whole.
pub(super) fn in_new_folder(place: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let mut name = place.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    if part.exists() {
        std::fs::remove_dir_all(&part)?;
    }
    std::fs::create_dir_all(&part)?;
    fill(&part)?;
    if place.exists() {
        std::fs::remove_dir_all(place)?;
    }
    Ok(std::fs::rename(part, place)?)
}

/// Puts a folder on the PATH of the commands to come.
pub(super) fn use_folder(project: &mut Project, bin: PathBuf) {
    if !project.tools.contains(&bin) {
        project.tools.push(bin);
    }
}
