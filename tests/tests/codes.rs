//! The words for what happens are a closed set, and REFERENCE.md has each of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use portolan_core::diagnose::CODES;
use portolan_core::packet::CAUSES;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            sources(&path, text);
        } else if name.ends_with(".rs") && !name.contains("test") {
            let all = std::fs::read_to_string(&path).expect("it is a text");
            // White space and lines between a call and its first argument are all the same.
            text.push_str(&all.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}

/// The first text after each of these beginnings.
fn words(text: &str, beginnings: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for beginning in beginnings {
        for rest in text.split(beginning).skip(1) {
            let word = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
            let is_code = |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
            found.extend(word.filter(is_code).map(str::to_string));
        }
    }
    found
}

#[test]
fn every_code_that_is_written_is_listed() {
    let mut text = String::new();
    for folder in ["packet", "world", "diagnose", "yaml", "controllers"] {
        sources(&root().join("crates/core/src").join(folder), &mut text);
    }
    let causes = words(&text, &[" cause("]);
    assert!(causes.len() > 20, "{causes:?}");
    for cause in causes {
        assert!(CAUSES.contains(&cause.as_str()), "{cause}");
    }
    let codes = words(&text, &["Finding { code:", "Note { code:", "Diagnostic::new(", " note(", " problem("]);
    assert!(codes.len() > 20, "{codes:?}");
    for code in codes {
        assert!(CODES.contains(&code.as_str()), "{code}");
    }
}

#[test]
fn the_reference_has_every_code() {
    let text = std::fs::read_to_string(root().join("REFERENCE.md")).expect("it is there");
    for code in CAUSES.iter().chain(&CODES) {
        assert!(text.contains(&format!("`{code}`")), "{code}");
    }
}
