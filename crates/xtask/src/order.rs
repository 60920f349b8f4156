//! The engine's stages depend one way, in the order that its front page gives.

use std::path::Path;

use crate::sh::Result;

/// What every stage may use.
const BESIDE: [&str; 5] = ["net", "pace", "sort", "collections", "decimal"];

/// Each use of a later stage by an earlier one. `files` are paths from the root, as git lists them.
pub(crate) fn check<'a>(root: &Path, files: impl Iterator<Item = &'a str>) -> Result<Vec<String>> {
    let stages = stages(&std::fs::read_to_string(root.join("crates/core/src/lib.rs"))?);
    let mut problems = Vec::new();
    for name in files {
        let Some(inner) = name.strip_prefix("crates/core/src/") else { continue };
        let stage = inner.split(['/', '.']).next().unwrap_or_default();
        if stage == "lib" || is_test(inner) {
            continue;
        }
        let Ok(text) = std::fs::read_to_string(root.join(name)) else { continue };
        problems.extend(wrong(name, stage, &text, &stages));
    }
    Ok(problems)
}

/// The first words of the lines between the fences of the crate's doc.
fn stages(lib: &str) -> Vec<String> {
    let fenced = lib.lines().skip_while(|line| *line != "//! ```text").skip(1).take_while(|line| *line != "//! ```");
    fenced.filter_map(|line| line.split_whitespace().nth(1)).map(str::to_string).collect()
}

/// Tests may reach for anything that makes a cluster quickly.
fn is_test(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default();
    file == "tests.rs" || file == "testing.rs" || file.ends_with("_tests.rs") || name.contains("/tests/")
}

fn wrong(name: &str, stage: &str, text: &str, stages: &[String]) -> Vec<String> {
    let place = |name: &str| stages.iter().position(|stage| stage == name);
    if BESIDE.contains(&stage) {
        return Vec::new();
    }
    let Some(own) = place(stage) else {
        return vec![format!("{name}:1: `{stage}` is not in the order of stages in crates/core/src/lib.rs")];
    };
    let mut problems = Vec::new();
    for (index, line) in text.lines().enumerate().take_while(|(_, line)| line.trim() != "#[cfg(test)]") {
        let code = line.split("//").next().unwrap_or_default();
        for (at, found) in code.match_indices("crate::") {
            let rest = &code[at + found.len()..];
            let used = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default();
            if place(used).is_some_and(|place| place > own) {
                problems.push(format!("{name}:{}: `{stage}` uses `{used}`, a later stage", index + 1));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIB: &str = "//! It is.\n//!\n//! ```text\n//! yaml   text\n//! world  all\n//! ```\n";

    #[test]
    fn an_earlier_stage_may_not_use_a_later_one() {
        let stages = stages(LIB);
        assert_eq!(stages, ["yaml", "world"]);
        let found = wrong("y.rs", "yaml", "use crate::net::IpNet;\nuse crate::world::World;\n", &stages);
        assert_eq!(found, ["y.rs:2: `yaml` uses `world`, a later stage"]);
        assert!(wrong("w.rs", "world", "use crate::yaml::Node;\n", &stages).is_empty());
    }

    #[test]
    fn a_stage_that_nobody_ordered_is_named() {
        assert_eq!(wrong("n.rs", "news", "", &stages(LIB)).len(), 1);
    }

    #[test]
    fn tests_may_use_everything() {
        assert!(is_test("yaml/tests.rs") && is_test("dns/query_tests.rs") && !is_test("yaml/reader.rs"));
        let text = "use crate::yaml::Node;\n#[cfg(test)]\nmod tests { use crate::world::World; }\n";
        assert!(wrong("y.rs", "yaml", text, &stages(LIB)).is_empty());
    }
}
