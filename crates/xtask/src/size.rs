//! What a visitor downloads, against the budgets.

use std::path::{Path, PathBuf};

use crate::project::Project;
use crate::sh::{self, Result};
use crate::{build, npm, widget};

/// A size in kilobytes (1,000 bytes) after brotli.
struct Limit {
    /// What the design asks for.
    budget: u64,
    /// What was reached so far: more than this fails the tests. It may only go down, until it meets the budget.
    ceiling: u64,
}

const ENGINE: Limit = Limit { budget: 150, ceiling: 455 };
const WIDGET: Limit = Limit { budget: 260, ceiling: 734 };
const PLAYGROUND: Limit = Limit { budget: 450, ceiling: 859 };

/// How many of the sizes are over.
#[derive(Clone, Copy, Default)]
pub(crate) struct Over {
    /// Over what the design asks for.
    pub(crate) budget: u32,
    /// Over what was reached before.
    pub(crate) ceiling: u32,
}

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
    let over = measure(project)?.budget;
    if check && over > 0 { Err(format!("{over} over budget").into()) } else { Ok(()) }
}

/// Prints the table for the site as it was built last; returns how many are over.
pub(crate) fn measure(project: &mut Project) -> Result<Over> {
    let dist = project.dist();
    if !dist.join("index.html").exists() {
        build::run(project)?;
    }
    let package = npm::run(project)?;
    let engine = files(&package, |name| name.ends_with(".wasm") || name.ends_with(".js"))?;
    let widget = files(&dist, widget::is_needed_by_chart)?;
    let playground = files(&dist, |name| !widget::is_own(name))?;
    println!("{:<28} {:>9} {:>9} {:>9} {:>9}", "kB", "raw", "gzip", "brotli", "budget");
    let mut over = Over::default();
    for (name, files, limit) in [
        ("engine with bindings", engine, ENGINE),
        ("all that the widget needs", widget, WIDGET),
        ("playground with editor", playground, PLAYGROUND),
    ] {
        let [raw, gzip, brotli] = compressed(project, &files)?;
        let budget = limit.budget;
        let share = brotli * 100 / (budget * 1000);
        let kb = |bytes: u64| format!("{:.1}", bytes as f64 / 1000.0);
        let word = match brotli {
            size if size > limit.ceiling * 1000 => "  OVER, and larger than it was",
            size if size > budget * 1000 => "  OVER",
            _ => "",
        };
        println!("{name:<28} {:>9} {:>9} {:>9} {budget:>9} {share:>4} %{word}", kb(raw), kb(gzip), kb(brotli));
        over.budget += u32::from(brotli > budget * 1000);
        over.ceiling += u32::from(brotli > limit.ceiling * 1000);
    }
    Ok(over)
}

/// The files of a folder, and of those in it, whose names are wanted.
fn files(folder: &Path, wanted: impl Fn(&str) -> bool + Copy) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)?.flatten() {
        let path = entry.path();
        if path.is_dir() && path.ends_with("guide") {
            // Pages of their own, a few kB each.
            continue;
        } else if path.is_dir() {
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
