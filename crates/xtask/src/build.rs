//! The static site: the editor bundled, Trunk run, the page finished, the widget made.

use std::path::Path;

use crate::project::Project;
use crate::setup::Need::{Crates, Trunk, WasmBindgen, WasmOpt, WasmTarget, WebPackages};
use crate::setup::{Need, ensure};
use crate::sh::{self, Result};
use crate::{guide, npm, offline, page, widget};

/// What a build of the site needs.
pub(crate) const NEEDS: [Need; 6] = [WasmTarget, Crates, WasmBindgen, WasmOpt, Trunk, WebPackages];

/// `cargo xtask build`.
pub(crate) fn run(project: &mut Project) -> Result<()> {
    ensure(project, &NEEDS)?;
    editor(project)?;
    let mut trunk = project.wasm_command("trunk");
    sh::run(trunk.args(["build", "--release", "--log", "warn"]).env("NO_COLOR", "true"))?;
    let dist = project.dist();
    let editor = name_editor(project, &dist)?;
    page::finish(&dist, editor.as_deref())?;
    widget::finish(project, &dist, editor.as_deref().unwrap_or_default())?;
    guide::finish(project, &dist)?;
    // Last: it lists the files.
    offline::finish(project, &dist)?;
    println!("The site is in {}", dist.display());
    Ok(())
}

/// Bundles the editor, if the page has one; its own script says how.
pub(crate) fn editor(project: &Project) -> Result<()> {
    if !project.root.join("web/package.json").exists() {
        return Ok(());
    }
    let mut npm = project.command("npm");
    npm.args(["run", "build", "--silent"]).current_dir(project.root.join("web"));
    sh::run(&mut npm)
}

/// Gives the editor's bundle a name made from its content, as Trunk does with the rest.
fn name_editor(project: &Project, dist: &Path) -> Result<Option<String>> {
    let bundle = project.root.join("web/editor/dist/editor.js");
    if !bundle.exists() {
        return Ok(None);
    }
    let bytes = std::fs::read(bundle)?;
    let name = format!("editor-{}.js", page::hash(&bytes));
    std::fs::write(dist.join(&name), bytes)?;
    let _ = std::fs::remove_file(dist.join("editor.js"));
    Ok(Some(name))
}

/// Compiles a library to wasm with the site's profile; returns its bindings' folder, made by wasm-bindgen and wasm-opt.
pub(crate) fn bindings(project: &Project, package: &str, out: &Path) -> Result<()> {
    let mut cargo = project.wasm_command("cargo");
    cargo.args(["build", "--quiet", "--locked", "--target", "wasm32-unknown-unknown", "--profile", "wasm", "-p"]);
    sh::run(cargo.arg(package))?;
    let name = package.replace('-', "_");
    let wasm = project.target().join("wasm32-unknown-unknown/wasm").join(format!("{name}.wasm"));
    if out.exists() {
        std::fs::remove_dir_all(out)?;
    }
    let mut bindgen = project.command("wasm-bindgen");
    sh::run(bindgen.arg(wasm).args(["--target", "web", "--out-name", npm::STEM, "--out-dir"]).arg(out))?;
    let wasm = out.join(format!("{}_bg.wasm", npm::STEM));
    let mut optimise = project.command("wasm-opt");
    sh::run(optimise.args(["-Os", "--strip-producers", "--strip-target-features"]).arg(&wasm).arg("-o").arg(&wasm))
}
