//! Every rule that mends what the server refuses has a case (`tests/cases/fixes`), and its fix makes the case good.
//!
//! A case is one manifest with `# fix: TITLE` above it; its name is the rule's. The browser's tests click the same.

use std::path::Path;

use portolan_core::diagnose::{apply_edits, diagnose, fix_rules};
use portolan_core::diagnostic::{Diagnostic, Severity};
use portolan_core::world::{Input, LoadOptions, World};
use portolan_tests::files;

fn said(text: &str) -> Vec<Diagnostic> {
    diagnose(&World::load(&[Input { name: "-".to_string(), text: text.to_string() }], &LoadOptions::default()))
}

fn cases() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/fixes");
    let name = |path: &Path| path.file_stem().unwrap().to_string_lossy().into_owned();
    files(&folder, "yaml").iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_rule_has_a_case_and_every_case_a_rule() {
    let mut rules = fix_rules();
    rules.sort_unstable();
    assert_eq!(rules, cases().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>());
}

#[test]
fn every_fix_makes_its_manifest_good() {
    let mut wrong = Vec::new();
    for (rule, text) in cases() {
        let title = text.lines().next().and_then(|line| line.strip_prefix("# fix: ")).expect("a title");
        let before = said(&text);
        let found = before.iter().find_map(|one| {
            let fix = one.fixes.iter().find(|fix| fix.rule == rule && fix.title == title)?;
            Some((one, fix))
        });
        let Some((diagnostic, fix)) = found else {
            let offered: Vec<_> = before
                .iter()
                .map(|one| (&one.message, one.fixes.iter().map(|f| (f.rule, &f.title)).collect::<Vec<_>>()))
                .collect();
            wrong.push(format!("{rule}: {title:?} is not offered: {offered:#?}"));
            continue;
        };
        let after = apply_edits(&text, &fix.edits).expect("edits that fit");
        let left: Vec<_> = said(&after).into_iter().filter(|one| one.severity == Severity::Error).collect();
        let still = said(&after).iter().any(|one| one.code == diagnostic.code && one.field == diagnostic.field);
        if !left.is_empty() || still {
            wrong.push(format!("{rule}: {left:?}\n{after}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
