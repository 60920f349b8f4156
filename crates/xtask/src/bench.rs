//! The benches, of the crates that have any.

use crate::project::Project;
use crate::sh::{self, Result};

/// `cargo xtask bench`: all, or those whose name has the given text.
pub(crate) fn run(project: &Project, options: &[&str]) -> Result<()> {
    let mut any = false;
    for folder in ["crates/core", "crates/cli", "tests"] {
        let manifest = std::fs::read_to_string(project.root.join(folder).join("Cargo.toml"))?;
        if manifest.contains("[[bench]]") {
            any = true;
            let mut cargo = project.command("cargo");
            cargo.args(["bench", "--locked", "--benches"]).current_dir(project.root.join(folder));
            sh::run(cargo.arg("--").args(options))?;
        }
    }
    if !any {
        println!("There are no benches yet.");
    }
    Ok(())
}
