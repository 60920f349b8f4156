//! Where things are: the repository, the cache of tools, and the environment that commands run in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::sh::Result;

/// The repository and the tools found for it so far.
pub(crate) struct Project {
    pub(crate) root: PathBuf,
    pub(crate) cache: PathBuf,
    /// Folders put before the user's PATH.
    pub(crate) tools: Vec<PathBuf>,
    /// The toolchain that builds wasm, if it is not the one in use: its `bin` folder.
    pub(crate) wasm_toolchain: Option<PathBuf>,
    pub(crate) chrome: Option<PathBuf>,
    pub(crate) chromedriver: Option<PathBuf>,
}

impl Project {
    pub(crate) fn open() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
        let cache = std::env::var_os("PORTOLAN_CACHE").map(PathBuf::from).or_else(user_cache);
        let cache = cache.ok_or("no home folder: set PORTOLAN_CACHE to a folder for the tools")?;
        let cache = std::path::absolute(cache)?;
        let (tools, wasm_toolchain, chrome, chromedriver) = (vec![], None, None, None);
        Ok(Self { root, cache, tools, wasm_toolchain, chrome, chromedriver })
    }

    /// PATH with our tools first.
    pub(crate) fn path(&self) -> OsString {
        let user = std::env::var_os("PATH").unwrap_or_default();
        let folders = self.tools.iter().cloned().chain(std::env::split_paths(&user));
        std::env::join_paths(folders).unwrap_or(user)
    }

    /// A command that runs at the top of the repository and finds our tools.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("PATH", self.path());
        // `cargo run` describes this package to us; another cargo must not take it for its own.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                command.env_remove(&name);
            }
        }
        command
    }

    /// The same, for what compiles to wasm: with the toolchain that can.
    pub(crate) fn wasm_command(&self, program: &str) -> Command {
        let mut command = self.command(program);
        if let Some(bin) = &self.wasm_toolchain {
            let rest = self.path();
            let folders = std::iter::once(bin.clone()).chain(std::env::split_paths(&rest));
            if let Ok(path) = std::env::join_paths(folders) {
                command.env("PATH", path);
            }
            // Cargo sets these for us, and they would lead back to the other toolchain.
            for name in ["RUSTC", "RUSTDOC", "CARGO", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"] {
                command.env_remove(name);
            }
        }
        command
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> PathBuf {
        let folder = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        self.root.join(folder)
    }

    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The version of a package in Cargo.lock.
    pub(crate) fn locked(&self, package: &str) -> Result<String> {
        let lock = std::fs::read_to_string(self.root.join("Cargo.lock"))?;
        locked_version(&lock, package).ok_or_else(|| format!("{package} is not in Cargo.lock").into())
    }
}

/// The version of `package` in the text of a Cargo.lock.
pub(crate) fn locked_version(lock: &str, package: &str) -> Option<String> {
    let mut lines = lock.lines();
    let name = format!("name = \"{package}\"");
    lines.find(|line| *line == name)?;
    lines.next()?.strip_prefix("version = \"")?.strip_suffix('"').map(str::to_owned)
}

fn user_cache() -> Option<PathBuf> {
    let xdg = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|folder| folder.is_absolute());
    let base = xdg.or_else(|| {
        let home = PathBuf::from(std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"))?);
        Some(home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" }))
    });
    base.map(|base| base.join("portolan"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_of_the_package_named_exactly() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen").as_deref(), Some("0.2.130"));
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
