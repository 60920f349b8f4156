//! What the guide claims, tried by `portolan test`; its tasks are broken, and their solutions mend them.

use std::path::{Path, PathBuf};
use std::process::Command;

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/guide")
}

/// The exit code, and what was printed.
fn portolan(arguments: &[&Path]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    let output = command.arg("test").args(arguments).output().expect("the binary starts");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.code().expect("it was not killed"), text)
}

/// The folders of the chapters.
fn chapters() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(guide()).expect("the guide is there").flatten();
    let mut folders: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.join("task.yaml").exists()).collect();
    folders.sort();
    folders
}

/// The Expectation documents of a manifest.
fn claims(text: &str) -> String {
    let documents = text.split("\n---\n").filter(|document| document.contains("kind: Expectation"));
    documents.map(|document| format!("---\n{document}\n")).collect()
}

#[test]
fn every_claim_of_the_guide_holds() {
    let (code, text) = portolan(&[&guide()]);
    assert_eq!(code, 0, "{text}");
    // Nothing is tried where nothing is found.
    let tried = text.lines().filter(|line| line.trim_start().starts_with("ok ")).count();
    assert!(tried >= 5 * chapters().len(), "only {tried}");
}

#[test]
fn every_task_is_broken_and_its_solution_mends_it() {
    let all = chapters();
    assert!(all.len() >= 10);
    for folder in all {
        let slug = folder.file_name().expect("a chapter has a name").to_string_lossy().into_owned();
        let solved = folder.join("solved.yaml");
        let text = std::fs::read_to_string(&solved).expect("each task has a solution");
        let judge = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{slug}.yaml"));
        std::fs::write(&judge, claims(&text)).expect("it is written");
        assert_eq!(portolan(&[&solved]).0, 0, "{slug}: the solution");
        let (code, text) = portolan(&[Path::new("--together"), &folder.join("task.yaml"), &judge]);
        assert_eq!(code, 1, "{slug}: the task must fail, and fail understandably: {text}");
        assert!(text.contains("FAIL") && text.contains("expected:"), "{slug}: {text}");
    }
}
