//! The commands that README.md and `--help` show, typed as they stand there.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const MANIFEST: &str = "
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: shell, image: busybox}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080, nodePort: 31000}]}
---
apiVersion: portolan.dev/v1alpha1
kind: Expectation
spec: {from: pod/client, to: 'web:80', endpoints: [web]}
";

/// Runs each line that calls the binary; what a pipe would bring is the manifest. Gives how many there were.
fn run_all(text: &str, folder: &Path) -> usize {
    let mut count = 0;
    for line in text.lines().map(str::trim) {
        let command = line.split('#').next().unwrap_or_default();
        let command = command.rsplit("| ").next().unwrap_or_default();
        let Some(arguments) = command.strip_prefix("portolan ") else { continue };
        count += 1;
        let mut child = Command::new(env!("CARGO_BIN_EXE_portolan"))
            .args(arguments.split_whitespace())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // A command that does not read it is no error.
        drop(child.stdin.take().map(|mut stdin| stdin.write_all(MANIFEST.as_bytes())));
        let output = child.wait_with_output().expect("the binary ends");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{line}: {errors}");
        assert!(command.contains(" check ") || !output.stdout.is_empty(), "{line}: an answer");
    }
    count
}

#[test]
fn every_command_of_the_readme_and_of_the_help_is_answered() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(folder.join("web.yaml"), MANIFEST).expect("the manifest is written");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the README is there");
    assert!(run_all(&readme, folder) >= 9);
    let help = Command::new(env!("CARGO_BIN_EXE_portolan")).arg("--help").output().expect("the binary starts");
    assert!(run_all(&String::from_utf8_lossy(&help.stdout), folder) >= 9);
}

#[test]
fn the_documents_of_our_own_kinds_are_read_as_they_stand_there() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut count = 0;
    for name in ["README.md", "REFERENCE.md"] {
        let text = std::fs::read_to_string(root.join(name)).expect("it is there");
        let blocks = text.split("\n```yaml\n").skip(1).filter_map(|rest| rest.split("\n```").next());
        for block in blocks.filter(|block| block.starts_with("apiVersion: portolan.dev/")) {
            count += 1;
            let file = folder.join(format!("document-{count}.yaml"));
            std::fs::write(&file, block).expect("it is written");
            let mut check = Command::new(env!("CARGO_BIN_EXE_portolan"));
            let output = check.arg("check").arg(&file).output().expect("the binary starts");
            let out = String::from_utf8_lossy(&output.stdout);
            assert!(!out.contains("error:"), "{name}: {block}\n{out}");
        }
    }
    assert!(count >= 3, "only {count}");
}
