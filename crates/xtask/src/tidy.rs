//! The house's own rules, which no other tool checks.

use std::path::Path;

use crate::order;
use crate::project::{Project, locked_version};
use crate::sh::{self, Result};

/// A Rust file past this is more than one idea; it is said, not forbidden.
const LONG: usize = 800;

/// Text files whose lines are checked; recordings are kept as they were made.
const TEXT: [&str; 14] =
    [".rs", ".toml", ".md", ".yml", ".yaml", ".html", ".css", ".js", ".mjs", ".ts", ".json", ".sh", "/run", ".npmrc"];
const RECORDED: &str = "tests/corpus/";

/// Checks every file that git knows or would add.
pub(crate) fn run(project: &Project) -> Result<()> {
    let listed = sh::output(project.command("git").args(["ls-files", "--cached", "--others", "--exclude-standard"]))?;
    let mut problems = Vec::new();
    for name in listed.lines().filter(|name| is_text(name)) {
        // Listed, but deleted in the work tree.
        let Ok(text) = std::fs::read_to_string(project.root.join(name)) else { continue };
        problems.extend(check(name, &text));
        if name.ends_with(".rs") && text.lines().count() > LONG {
            eprintln!("warning: {name} has {} lines: is it more than one idea?", text.lines().count());
        }
    }
    problems.extend(order::check(&project.root, listed.lines())?);
    problems.extend(pins(&project.root)?);
    for problem in &problems {
        eprintln!("{problem}");
    }
    if problems.is_empty() { Ok(()) } else { Err(format!("tidy: {} problems", problems.len()).into()) }
}

fn is_text(name: &str) -> bool {
    TEXT.iter().any(|ending| name.ends_with(ending)) && !name.starts_with(RECORDED)
}

/// What is wrong with one file.
fn check(name: &str, text: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut say = |line: usize, what: &str| problems.push(format!("{name}:{line}: {what}"));
    // A module's own tests, moved to a file: its name says all.
    let wants_doc = name.ends_with(".rs") && !name.ends_with("/tests.rs");
    let has_doc = || text.lines().find(|line| !line.starts_with("#!")).is_some_and(|line| line.starts_with("//!"));
    if wants_doc && !has_doc() {
        say(1, "a module begins with a `//!` line that says what it is");
    }
    for (index, line) in text.lines().enumerate() {
        if line.trim_end() != line {
            say(index + 1, "trailing white space");
        }
        if has_machine_path(line) {
            say(index + 1, "a path of one machine");
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        say(text.lines().count(), "no newline at the end");
    }
    if name.ends_with("package-lock.json") && text.contains("\"resolved\"") {
        say(1, "names a registry's host: set omit-lockfile-registry-resolved in .npmrc and write it anew");
    }
    problems
}

/// Home folders and mounts; paths that every Linux machine has are fine.
fn has_machine_path(line: &str) -> bool {
    let roots = ["home", "root", "work", "Users"].map(|root| format!("/{root}/"));
    roots.iter().any(|root| {
        line.match_indices(root.as_str()).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|c| c.is_whitespace() || "\"'`=(:".contains(c))
        })
    })
}

/// Versions that are written in two places must agree.
fn pins(root: &Path) -> Result<Vec<String>> {
    let read = |name: &str| std::fs::read_to_string(root.join(name));
    let lock = read("Cargo.lock")?;
    let locked = locked_version(&lock, "wasm-bindgen").ok_or("wasm-bindgen is not in Cargo.lock")?;
    let mut problems = Vec::new();
    for (file, line) in [
        ("Cargo.toml", format!("wasm-bindgen = \"={locked}\"")),
        ("Trunk.toml", format!("wasm_bindgen = \"{locked}\"")),
    ] {
        if !read(file)?.lines().any(|text| text == line) {
            problems.push(format!("{file}: wants the line `{line}`, the version in Cargo.lock"));
        }
    }
    Ok(problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_a_doc_is_named() {
        assert_eq!(check("a.rs", "//! It does.\nfn a() {}\n").len(), 0);
        assert_eq!(check("a.rs", "#![no_std]\n//! It does.\n").len(), 0);
        assert_eq!(check("a/tests.rs", "use super::*;\n").len(), 0);
        assert!(check("a.rs", "fn a() {}\n")[0].starts_with("a.rs:1:"));
    }

    #[test]
    fn white_space_and_a_missing_newline_are_named_with_their_line() {
        assert_eq!(check("a.md", "one\ntwo \n"), ["a.md:2: trailing white space"]);
        assert_eq!(check("a.md", "one"), ["a.md:1: no newline at the end"]);
    }

    #[test]
    fn paths_of_a_machine_are_found_and_addresses_are_not() {
        // In two parts, so that this file passes its own check.
        assert!(has_machine_path(&["cd /ho", "me/me/x"].concat()));
        assert!(has_machine_path(&["\"/ro", "ot/x\""].concat()));
        assert!(!has_machine_path("https://example.com/home/page"));
        assert!(!has_machine_path("/usr/bin/rustc"));
    }

    #[test]
    fn a_registry_host_in_a_lock_file_is_named() {
        assert_eq!(check("web/package-lock.json", "{\"resolved\": \"x\"}\n").len(), 1);
    }

    #[test]
    fn recordings_are_left_alone() {
        assert!(!is_text("tests/corpus/a.yaml"));
        assert!(is_text(".ci/run") && is_text("web/styles/a.css") && !is_text("a.png"));
    }
}
