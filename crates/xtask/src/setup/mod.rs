//! Set-up: each command asks for what it needs, and what is missing is installed.
//!
//! Everything goes into one cache folder, one folder a tool and version, so that every clone finds it. A tool is built beside its place and
//! moved there when it is whole; a lock keeps two set-ups from doing the same work.

mod browser;
mod kernel;
mod node;
mod target;
mod tools;

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::project::Project;
use crate::sh::Result;

/// Something that a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    /// A toolchain that compiles to wasm.
    WasmTarget,
    /// clippy for that toolchain.
    WasmClippy,
    /// The wasm-bindgen programs, of the version in Cargo.lock.
    WasmBindgen,
    /// What bundles the page.
    Trunk,
    /// Binaryen's wasm-opt.
    WasmOpt,
    /// The npm packages of the editor.
    WebPackages,
    /// The npm packages of the browser tests.
    TestPackages,
    /// The bundlers, and the peer that the package is measured beside.
    BundlerPackages,
    /// What checks licences and sources.
    CargoDeny,
    /// The nightly compiler, whose sanitizers fuzzing needs.
    Nightly,
    /// What builds and runs the fuzz targets.
    CargoFuzz,
    /// Chromium, or Chrome, and its driver.
    Browser,
    /// nft, iptables, ip.
    Kernel,
    /// The crates that Cargo.lock names, so that Trunk can build offline.
    Crates,
}

/// One thing to be had.
struct Step {
    name: String,
    /// How long it may take, when it is long.
    takes: &'static str,
    install: fn(&mut Project) -> Result<()>,
}

impl Need {
    /// Makes it usable if it is there already; otherwise what has to be done.
    fn missing(self, project: &mut Project) -> Result<Option<Step>> {
        match self {
            Need::WasmTarget => Ok(target::missing(project)),
            Need::WasmClippy => Ok(target::clippy_missing(project)),
            Need::WasmBindgen => tools::missing(project, tools::WASM_BINDGEN),
            Need::Trunk => tools::missing(project, tools::TRUNK),
            Need::CargoDeny => tools::missing(project, tools::CARGO_DENY),
            Need::Nightly => Ok(tools::nightly_missing(project)),
            Need::CargoFuzz => tools::missing(project, tools::CARGO_FUZZ),
            Need::WasmOpt => node::wasm_opt_missing(project),
            Need::WebPackages => node::packages_missing(project, "web"),
            Need::TestPackages => node::packages_missing(project, "tests"),
            Need::BundlerPackages => node::packages_missing(project, "tests/packages"),
            Need::Browser => Ok(browser::missing(project)),
            Need::Kernel => Ok(kernel::missing(project)),
            Need::Crates => Ok(tools::crates_missing(project)),
        }
    }
}

/// `cargo xtask setup`.
pub(crate) fn everything(project: &mut Project) -> Result<()> {
    use Need::*;
    let mut needs = vec![
        Crates,
        WasmTarget,
        WasmClippy,
        WasmBindgen,
        Trunk,
        WasmOpt,
        WebPackages,
        TestPackages,
        BundlerPackages,
        CargoDeny,
        Browser,
    ];
    if crate::sh::is_root() && cfg!(target_os = "linux") {
        needs.push(Kernel);
    }
    ensure(project, &needs)?;
    println!("All set. The tools are in {}", project.cache.display());
    Ok(())
}

/// Installs those of the needs that are missing.
pub(crate) fn ensure(project: &mut Project, needs: &[Need]) -> Result<()> {
    if count_missing(project, needs)? == 0 {
        return Ok(());
    }
    std::fs::create_dir_all(&project.cache)?;
    let _lock = lock(&project.cache)?;
    // Looked at again: another set-up may have been at work until now.
    let total = count_missing(project, needs)?;
    let mut done = 0;
    for need in needs {
        if let Some(step) = need.missing(project)? {
            done += 1;
            let takes = if step.takes.is_empty() { String::new() } else { format!(" (about {})", step.takes) };
            eprintln!("[set-up {done}/{total}] {}{takes}", step.name);
            (step.install)(project).map_err(|error| format!("{}: {error}", step.name))?;
            if let Some(step) = need.missing(project)? {
                return Err(format!("{}: installed, but it is still not found", step.name).into());
            }
        }
    }
    Ok(())
}

fn count_missing(project: &mut Project, needs: &[Need]) -> Result<usize> {
    let mut count = 0;
    for need in needs {
        count += usize::from(need.missing(project)?.is_some());
    }
    Ok(count)
}

/// Held until it is dropped; the system lets go of it if we are killed.
fn lock(cache: &Path) -> Result<File> {
    let file = File::create(cache.join("lock"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("Another set-up is at work in {}: waiting for it.", cache.display());
            file.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    Ok(file)
}

/// Installs Debian packages, or says which ones to install.
fn apt_install(project: &Project, packages: &[&str], what: &str) -> Result<()> {
    let here = crate::sh::which(&project.path(), "apt-get").is_some();
    if !(here && crate::sh::is_root()) {
        let names = packages.join(" ");
        let hint = if here {
            format!("run `sudo apt-get install {names}`")
        } else {
            format!("install it with the system's package manager (Debian's packages are {names})")
        };
        return Err(format!("{what} is missing: {hint}").into());
    }
    let apt = |args: &[&str]| {
        let mut command = project.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "DPkg::Lock::Timeout=300"]).args(args);
        command.stdout(std::process::Stdio::null());
        crate::sh::run(&mut command)
    };
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}
