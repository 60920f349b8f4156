//! What a visitor downloads, against the budgets.

use std::path::{Path, PathBuf};

use crate::project::Project;
use crate::sh::{self, Result};
use crate::{build, npm};

/// Kilobytes (1,000 bytes) after brotli.
const ENGINE: u64 = 150;
const WIDGET: u64 = 260;
const PLAYGROUND: u64 = 450;

/// Prints `raw gzip brotli` of the files it is given, each compressed by itself as a web host does it.
const COMPRESS: &str = "\
const fs = require('fs'), zlib = require('zlib');
const q = zlib.constants.BROTLI_PARAM_QUALITY;
let sum = [0, 0, 0];
for (const file of process.argv.slice(1)) {
  const text = fs.readFileSync(file);
  const sizes = [text, zlib.gzipSync(text, { level: 9 }), zlib.brotliCompressSync(text, { params: { [q]: 11 } })];
  sum = sum.map((n, i) => n + sizes[i].length);
}
console.log(sum.join(' '));";

/// `cargo xtask size`.
pub(crate) fn run(project: &mut Project, check: bool) -> Result<()> {
    build::run(project)?;
    let over = measure(project)?;
    if check && over > 0 { Err(format!("{over} over budget").into()) } else { Ok(()) }
}

/// Prints the table for the site as it was built last; returns how many are over.
pub(crate) fn measure(project: &mut Project) -> Result<u32> {
    let dist = project.dist();
    if !dist.join("index.html").exists() {
        build::run(project)?;
    }
    let package = npm::run(project)?;
    let engine = files(&package, |name| name.ends_with(".wasm") || name.ends_with(".js"))?;
    let widget = files(&dist, |name| name != "index.html" && !name.starts_with("editor-"))?;
    let playground = files(&dist, |name| name != "embed.html")?;
    println!("{:<28} {:>9} {:>9} {:>9} {:>9}", "kB", "raw", "gzip", "brotli", "budget");
    let mut over = 0;
    for (name, files, budget) in [
        ("engine with bindings", engine, ENGINE),
        ("all that the widget needs", widget, WIDGET),
        ("playground with editor", playground, PLAYGROUND),
    ] {
        let [raw, gzip, brotli] = compressed(project, &files)?;
        let share = brotli * 100 / (budget * 1000);
        let kb = |bytes: u64| format!("{:.1}", bytes as f64 / 1000.0);
        let word = if brotli > budget * 1000 { "  OVER" } else { "" };
        println!("{name:<28} {:>9} {:>9} {:>9} {budget:>9} {share:>4} %{word}", kb(raw), kb(gzip), kb(brotli));
        over += u32::from(brotli > budget * 1000);
    }
    Ok(over)
}

/// The files of a folder, and of those in it, whose names are wanted.
fn files(folder: &Path, wanted: impl Fn(&str) -> bool + Copy) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, wanted)?);
        } else if wanted(&entry.file_name().to_string_lossy()) {
            found.push(path);
        }
    }
    Ok(found)
}

fn compressed(project: &Project, files: &[PathBuf]) -> Result<[u64; 3]> {
    let printed = sh::output(project.command("node").args(["-e", COMPRESS, "--"]).args(files))?;
    let mut numbers = printed.split_whitespace().filter_map(|word| word.parse().ok());
    let mut next = || numbers.next().ok_or_else(|| format!("node printed {printed:?}"));
    Ok([next()?, next()?, next()?])
}
