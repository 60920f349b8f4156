//! Fuzzing: texts that nobody wrote, for as long as one likes.
//!
//! Everything that a run makes lies in `target/fuzz`: the seeds and words that it begins with, the corpus that it
//! grows (kept for the next run), and what it found.

use std::path::Path;

use crate::project::Project;
use crate::setup::Need::{CargoFuzz, Nightly};
use crate::setup::ensure;
use crate::sh::{self, Result};

const TARGETS: [&str; 2] = ["store", "trace"];

/// An input that takes longer than this is a finding. By the wall clock, so a machine with too much to do needs slack;
/// the targets count their work besides.
const SECONDS_PER_INPUT: u32 = 20;

/// Bytes of one input: enough for a dozen objects.
const LONGEST_INPUT: u32 = 10_000;

/// What was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    minutes: u32,
    targets: Vec<&'static str>,
}

/// `cargo xtask fuzz [--minutes N] [TARGET]`.
pub(crate) fn run(project: &mut Project, options: &[&str]) -> Result<()> {
    let options = read(options)?;
    ensure(project, &[Nightly, CargoFuzz])?;
    let folder = project.target().join("fuzz");
    let mut seeds = project.command("cargo");
    seeds.args(["run", "--quiet", "--locked", "-p", "portolan-tests", "--example", "fuzz_seeds", "--"]).arg(&folder);
    sh::run(&mut seeds)?;
    let mut found = Vec::new();
    for target in options.targets {
        println!("== {target}, {} minutes", options.minutes);
        if let Err(error) = fuzz(project, &folder, target, options.minutes * 60) {
            eprintln!("error: {error}");
            found.push(target);
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let artifacts = folder.join("artifacts");
    Err(format!("findings in {}: the inputs are in {}", found.join(", "), artifacts.display()).into())
}

fn fuzz(project: &Project, folder: &Path, target: &str, seconds: u32) -> Result<()> {
    let (corpus, artifacts) = (folder.join("corpus").join(target), folder.join("artifacts").join(target));
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&artifacts)?;
    let mut cargo = project.command("rustup");
    // No address sanitizer: there is no unsafe code to watch, and it would cost half of the runs.
    cargo.args(["run", "nightly", "cargo", "fuzz", "run", "--sanitizer", "none", "--fuzz-dir", "tests/fuzz"]);
    cargo.arg("--target-dir").arg(folder).arg(target).arg(corpus).arg(folder.join("seeds").join(target)).arg("--");
    // The last slash makes it a folder.
    cargo.arg(format!("-artifact_prefix={}/", artifacts.display()));
    cargo.arg(format!("-dict={}", folder.join("words.dict").display()));
    cargo.arg(format!("-max_total_time={seconds}"));
    cargo.arg(format!("-timeout={SECONDS_PER_INPUT}"));
    cargo.arg(format!("-max_len={LONGEST_INPUT}"));
    cargo.args(["-rss_limit_mb=4096", "-print_final_stats=1"]);
    sh::run(&mut cargo)
}

fn read(options: &[&str]) -> Result<Options> {
    let mut read = Options { minutes: 5, targets: Vec::new() };
    let mut words = options.iter();
    while let Some(word) = words.next() {
        if *word == "--minutes" {
            let number = words.next().and_then(|number| number.parse().ok());
            read.minutes = number.filter(|minutes| *minutes > 0).ok_or("fuzz: --minutes wants a number")?;
        } else if let Some(target) = TARGETS.iter().find(|target| *target == word) {
            read.targets.push(target);
        } else {
            return Err(format!("fuzz: no such target: {word}; there are {}", TARGETS.join(", ")).into());
        }
    }
    if read.targets.is_empty() {
        read.targets.extend(TARGETS);
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_in_any_order_and_every_target_without_one() {
        let one = read(&["store", "--minutes", "20"]).unwrap();
        assert_eq!(one, Options { minutes: 20, targets: vec!["store"] });
        assert_eq!(read(&[]).unwrap().targets, TARGETS);
        assert!(read(&["--minutes"]).is_err());
        assert!(read(&["--minutes", "0"]).is_err());
        assert!(read(&["yaml"]).is_err());
    }
}
