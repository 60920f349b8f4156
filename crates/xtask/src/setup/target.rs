//! A toolchain that compiles to wasm.
//!
//! First the one in use, then `rustup target add`. Where rustup cannot download, Debian's packages bring a compiler and the standard
//! library's source, and the library for wasm is built from it once.

use std::path::{Path, PathBuf};

use super::{Step, apt_install};
use crate::project::Project;
use crate::sh::{self, Result};

const TARGET: &str = "wasm32-unknown-unknown";
const PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "rust-web-clippy"];
/// What we take from /usr/bin, linked in a folder of its own: the rest of /usr/bin must not come before the user's PATH.
const PROGRAMS: [&str; 5] = ["cargo", "rustc", "rustdoc", "cargo-clippy", "clippy-driver"];
/// Beside the library: which compiler it was built with.
const STAMP: &str = "portolan-rustc-version";

pub(super) fn missing(project: &mut Project) -> Option<Step> {
    project.wasm_toolchain = None;
    if !debian_is_wanted() && library_folder(project).is_some_and(|folder| has_library(&folder)) {
        return None;
    }
    project.wasm_toolchain = Some(debian_bin(project));
    if debian_is_ready(project) {
        return None;
    }
    project.wasm_toolchain = None;
    Some(Step { name: format!("the Rust target {TARGET}"), takes: "", install })
}

/// clippy for that toolchain; without it, rustup's component.
pub(super) fn clippy_missing(project: &Project) -> Option<Step> {
    let there = sh::succeeds(project.wasm_command("cargo").args(["clippy", "--version"]));
    (!there).then(|| Step {
        name: "clippy and rustfmt".into(),
        takes: "",
        install: |project| {
            sh::run(project.command("rustup").args(["component", "add", "clippy", "rustfmt"]))
                .map_err(|error| format!("install clippy and rustfmt for your toolchain ({error})").into())
        },
    })
}

fn debian_is_wanted() -> bool {
    std::env::var_os("PORTOLAN_TOOLCHAIN").is_some_and(|name| name == "debian")
}

/// Where the toolchain in use looks for the target's library.
fn library_folder(project: &Project) -> Option<PathBuf> {
    let printed =
        sh::output(project.wasm_command("rustc").args(["--print", "target-libdir", "--target", TARGET])).ok()?;
    Some(PathBuf::from(printed.trim()))
}

fn has_library(folder: &Path) -> bool {
    let is_core = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with("libcore-");
    std::fs::read_dir(folder).is_ok_and(|entries| entries.flatten().any(|entry| is_core(&entry.file_name())))
}

fn install(project: &mut Project) -> Result<()> {
    if !debian_is_wanted() {
        let added = sh::run(project.command("rustup").args(["target", "add", TARGET]));
        if added.is_ok() && library_folder(project).is_some_and(|folder| has_library(&folder)) {
            return Ok(());
        }
        eprintln!("rustup could not add it; trying Debian's packages.");
        if sh::which(&project.path(), "apt-get").is_none() {
            return Err(
                format!("install the target {TARGET} for your Rust toolchain (`rustup target add {TARGET}`)").into()
            );
        }
    }
    let made = install_debian(project);
    if made.is_err() {
        project.wasm_toolchain = None;
    }
    made
}

fn debian_bin(project: &Project) -> PathBuf {
    project.cache.join("debian-toolchain/bin")
}

fn debian_is_ready(project: &Project) -> bool {
    let (Some(folder), Some(version)) = (library_folder(project), compiler_version(project)) else { return false };
    debian_bin(project).join("cargo-clippy").exists()
        && has_library(&folder)
        && std::fs::read_to_string(folder.join(STAMP)).is_ok_and(|stamp| stamp == version)
}

fn compiler_version(project: &Project) -> Option<String> {
    sh::output(project.wasm_command("rustc").arg("-vV")).ok()
}

fn install_debian(project: &mut Project) -> Result<()> {
    eprintln!("  1/3 Debian's compiler (about 1 minute)");
    let lld = newest_lld(project)?;
    let packages = [PACKAGES.as_slice(), &[lld.as_str()]].concat();
    apt_install(project, &packages, &format!("a Rust toolchain with the target {TARGET}"))?;
    let bin = debian_bin(project);
    link_programs(&bin)?;
    project.wasm_toolchain = Some(bin);

    eprintln!("  2/3 the standard library for wasm, from its source (about 2 minutes)");
    let build = project.cache.join("build-wasm-std");
    let deps = build_library(project, &build)?;

    eprintln!("  3/3 putting it in its place");
    let folder = library_folder(project).ok_or("Debian's rustc does not start")?;
    put_library(&deps, &folder)?;
    std::fs::write(folder.join(STAMP), compiler_version(project).unwrap_or_default())?;
    Ok(std::fs::remove_dir_all(build)?)
}

/// The lld of the same LLVM as the compiler's: `rust-web-llvm` has links to its programs, but does not ask for the package.
fn newest_lld(project: &Project) -> Result<String> {
    let _ = sh::run(project.command("apt-get").args(["-qq", "update"]));
    let depends = sh::output(project.command("apt-cache").args(["depends", "rust-web-llvm"]))
        .map_err(|_| "Debian's package lists have no rust-web-llvm")?;
    lld_beside(&depends).ok_or_else(|| "rust-web-llvm depends on no LLVM".into())
}

/// `lld-N` for the `llvm-N` in what `apt-cache depends` prints.
fn lld_beside(depends: &str) -> Option<String> {
    let version = depends.split_whitespace().find_map(|word| word.strip_prefix("llvm-"))?;
    Some(format!("lld-{version}"))
}

#[cfg(unix)]
fn link_programs(bin: &Path) -> Result<()> {
    std::fs::create_dir_all(bin)?;
    for program in PROGRAMS {
        let link = bin.join(program);
        let _ = std::fs::remove_file(&link);
        std::os::unix::fs::symlink(Path::new("/usr/bin").join(program), link)?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn link_programs(_: &Path) -> Result<()> {
    Err("Debian's packages are for Linux".into())
}

/// Builds an empty crate with its standard library; returns the folder that has the library.
fn build_library(project: &Project, build: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(build.join("src"))?;
    // A workspace of its own: the cache may lie inside another.
    let manifest =
        "[package]\nname = \"empty\"\nedition = \"2021\"\n\n[profile.release]\npanic = \"abort\"\n\n[workspace]\n";
    std::fs::write(build.join("Cargo.toml"), manifest)?;
    std::fs::write(build.join("src/lib.rs"), "")?;
    let mut cargo = project.wasm_command("cargo");
    cargo.args(["build", "--quiet", "--release", "--target", TARGET, "-Zbuild-std=std,panic_abort,test"]);
    // Allows -Z; the bitcode is for the link-time optimisation of what is built on top.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", "-Cembed-bitcode=yes");
    cargo.env_remove("CARGO_ENCODED_RUSTFLAGS").env("CARGO_TARGET_DIR", build.join("target"));
    sh::run(cargo.current_dir(build))?;
    Ok(build.join("target").join(TARGET).join("release/deps"))
}

fn put_library(deps: &Path, folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder)?;
    if folder.join(STAMP).exists() {
        // An older compiler's.
        for entry in std::fs::read_dir(folder)?.flatten() {
            std::fs::remove_file(entry.path())?;
        }
    }
    for entry in std::fs::read_dir(deps)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            std::fs::copy(entry.path(), folder.join(name))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linker_is_of_the_compilers_llvm() {
        let depends = "rust-web-llvm\n  Depends: libc6\n  Depends: llvm-22\n  Conflicts: <rust-llvm>\n";
        assert_eq!(lld_beside(depends).as_deref(), Some("lld-22"));
    }
}
