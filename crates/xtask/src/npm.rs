//! The npm package: the engine for JavaScript, with its types.

use std::path::PathBuf;

use crate::build;
use crate::project::Project;
use crate::setup::Need::{WasmBindgen, WasmOpt, WasmTarget};
use crate::setup::ensure;
use crate::sh::Result;

/// What the package's files are called.
pub(crate) const STEM: &str = "portolan";

/// `cargo xtask npm`: builds the package and returns its folder.
pub(crate) fn run(project: &mut Project) -> Result<PathBuf> {
    ensure(project, &[WasmTarget, WasmBindgen, WasmOpt])?;
    let out = project.target().join("npm");
    build::bindings(project, "portolan-wasm", &out)?;
    let script = out.join(format!("{STEM}.js"));
    std::fs::write(&script, without_docs(&std::fs::read_to_string(&script)?))?;
    // wasm-bindgen's types name Symbol.dispose, which older settings do not know.
    let types = out.join(format!("{STEM}.d.ts"));
    let text = format!("/// <reference lib=\"esnext.disposable\" />\n{}", std::fs::read_to_string(&types)?);
    std::fs::write(&types, text)?;
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        std::fs::copy(project.root.join(name), out.join(name))?;
    }
    let npm = project.root.join("crates/wasm/npm");
    if npm.is_dir() {
        for entry in std::fs::read_dir(npm)?.flatten().filter(|entry| entry.path().is_file()) {
            std::fs::copy(entry.path(), out.join(entry.file_name()))?;
        }
    }
    std::fs::write(out.join("package.json"), manifest(&project.locked("portolan-wasm")?))?;
    Ok(out)
}

/// A script without its doc comments, which the types have, too.
fn without_docs(script: &str) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for line in script.lines() {
        inside |= line.trim() == "/**";
        if !inside {
            kept += line;
            kept.push('\n');
        }
        inside &= line.trim() != "*/";
    }
    kept
}

fn manifest(version: &str) -> String {
    format!(
        r#"{{
  "name": "portolan",
  "version": "{version}",
  "description": "Says what Kubernetes Services do: which endpoint a packet reaches, and why not.",
  "license": "MIT OR Apache-2.0",
  "type": "module",
  "main": "./{STEM}.js",
  "types": "./{STEM}.d.ts",
  "exports": {{
    ".": {{ "types": "./{STEM}.d.ts", "node": "./node.js", "default": "./{STEM}.js" }},
    "./{STEM}_bg.wasm": "./{STEM}_bg.wasm"
  }},
  "files": ["*.js", "*.d.ts", "*.wasm", "LICENSE-*", "README.md"],
  "sideEffects": false
}}
"#
    )
}
