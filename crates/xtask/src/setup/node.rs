//! What comes from npm: wasm-opt, and the packages of the editor and of the browser tests.

use std::path::{Path, PathBuf};

use super::Step;
use crate::project::Project;
use crate::sh::{self, Result};

/// Its major version is the one in Trunk.toml.
const BINARYEN: &str = "132.0.0";

pub(super) fn wasm_opt_missing(project: &mut Project) -> Result<Option<Step>> {
    let bin = binaryen(project).join("node_modules/.bin");
    if bin.join("wasm-opt").exists() {
        super::tools::use_folder(project, bin);
        return Ok(None);
    }
    let install = |project: &mut Project| {
        let package = format!("binaryen@{BINARYEN}");
        super::tools::in_new_folder(&binaryen(project), |folder| {
            std::fs::write(folder.join("package.json"), "{}\n")?;
            npm(project, folder, &["install", &package])
        })
    };
    Ok(Some(Step { name: format!("wasm-opt (binaryen {BINARYEN})"), takes: "", install }))
}

fn binaryen(project: &Project) -> PathBuf {
    project.cache.join(format!("binaryen-{BINARYEN}"))
}

/// The packages of a folder of the repository that has a package.json.
pub(super) fn packages_missing(project: &Project, folder: &str) -> Result<Option<Step>> {
    if !project.root.join(folder).join("package.json").exists() || is_installed(&project.root.join(folder)) {
        return Ok(None);
    }
    let install: fn(&mut Project) -> Result<()> = match folder {
        "web" => |project| install_packages(project, "web"),
        "tests/packages" => |project| install_packages(project, "tests/packages"),
        _ => |project| install_packages(project, "tests"),
    };
    Ok(Some(Step { name: format!("the npm packages of {folder}/"), takes: "", install }))
}

/// Whether the packages there are those of the lock file: a copy of it is left beside them.
fn is_installed(folder: &Path) -> bool {
    let lock = std::fs::read(folder.join("package-lock.json"));
    let copy = std::fs::read(folder.join("node_modules/.portolan-lock"));
    matches!((lock, copy), (Ok(lock), Ok(copy)) if lock == copy)
}

fn install_packages(project: &Project, folder: &str) -> Result<()> {
    let folder = project.root.join(folder);
    npm(project, &folder, &["ci"])?;
    std::fs::copy(folder.join("package-lock.json"), folder.join("node_modules/.portolan-lock"))?;
    Ok(())
}

fn npm(project: &Project, folder: &Path, args: &[&str]) -> Result<()> {
    if sh::which(&project.path(), "npm").is_none() {
        return Err("npm is missing: install Node.js 20 or later, which has it".into());
    }
    let quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
    sh::run(project.command("npm").current_dir(folder).args(args).args(quiet))
}
