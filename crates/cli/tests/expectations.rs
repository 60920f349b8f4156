//! `portolan test` as scripts and people use it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const WEB: &str = "apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, labels: {app: web}}
spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: wbe}, ports: [{port: 80}]}
";

fn expectation(spec: &str) -> String {
    format!("---\napiVersion: portolan.dev/v1alpha1\nkind: Expectation\nspec: {spec}\n")
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(folder.join("inner")).expect("the folder is made");
    folder
}

fn portolan(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portolan"));
    let output: Output =
        command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().expect("the binary starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("it was not killed"), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_wrong_expectation_is_told_so_that_a_person_understands() {
    let folder = folder("wrong");
    let text = format!("{WEB}{}", expectation("{from: pod/client, to: 'web:80', endpoints: [web-0]}"));
    std::fs::write(folder.join("web.yaml"), text).expect("it is written");
    let (code, out, _) = portolan(&folder, &["test", "web.yaml"]);
    assert_eq!(code, 1);
    let expected = "web.yaml
  FAIL pod/client to web:80: delivered (web.yaml:17:7)
         expected: delivered
         but:      rejected (no-endpoints)
         why:      Service default/web has no endpoints: its selector matches no pod.
         see:      Service default/web: spec.selector (web.yaml:14)

0 hold, 1 does not
";
    assert_eq!(out, expected);
    let (_, tap, _) = portolan(&folder, &["test", "web.yaml", "--format", "tap"]);
    assert!(tap.starts_with("TAP version 14\n1..1\nnot ok 1 - pod/client to web:80"), "{tap}");
    let (_, junit, _) = portolan(&folder, &["test", "web.yaml", "--format", "junit"]);
    assert!(
        junit.contains("<testsuites tests=\"1\" failures=\"1\">") && junit.contains("<failure message="),
        "{junit}"
    );
    let (_, json, _) = portolan(&folder, &["test", "web.yaml", "--format", "json"]);
    assert!(json.contains("\"failed\": 1") && json.contains("\"code\": \"no-endpoints\""), "{json}");
}

#[test]
fn each_file_is_a_cluster_unless_they_are_taken_together() {
    let folder = folder("together");
    std::fs::write(folder.join("web.yml"), WEB.replace("wbe", "web")).expect("it is written");
    let claim = expectation("{from: pod/client, to: 'web:80', endpoints: [web-0]}");
    std::fs::write(folder.join("inner/test.yaml"), claim).expect("it is written");
    assert_eq!(portolan(&folder, &["test", "."]).0, 1);
    assert_eq!(portolan(&folder, &["test", "--together", "."]).0, 0);
    assert_eq!(portolan(&folder, &["test", "--together", "web.yml", "inner/test.yaml"]).0, 0);
    assert_eq!(portolan(&folder, &["test", "--together", ".", "--filter", "nothing"]).0, 2);
    assert_eq!(portolan(&folder, &["check", "."]).0, 0);
}

#[test]
fn what_kustomize_reads_is_no_manifest_and_what_it_prints_is_tried_in_its_namespace() {
    let folder = folder("kustomize");
    std::fs::write(folder.join("kustomization.yaml"), "resources: [web.yaml]\n").expect("it is written");
    std::fs::write(folder.join("web.yaml"), WEB.replace("wbe", "web")).expect("it is written");
    assert_eq!(portolan(&folder, &["check", "."]).0, 0);
    // `namespace: shop` in a kustomization is written into every object, whatever its kind.
    let claim = expectation("{from: pod/client, to: 'svc/web:80', endpoints: [web-0]}");
    let printed = (WEB.replace("wbe", "web") + &claim).replace("spec: {from", "metadata: {name: e}\nspec: {from");
    let printed = printed.replace("metadata: {", "metadata: {namespace: shop, ");
    std::fs::write(folder.join("web.yaml"), printed).expect("it is written");
    let (code, out, errors) = portolan(&folder, &["test", "."]);
    assert_eq!(code, 0, "{out}{errors}");
}

#[test]
fn what_cannot_be_tried_is_two() {
    let folder = folder("two");
    std::fs::write(folder.join("none.yaml"), WEB).expect("it is written");
    assert_eq!(portolan(&folder, &["test", "none.yaml"]).0, 2);
    assert_eq!(portolan(&folder, &["test", "none.yaml", "--allow-empty"]).0, 0);
    assert_eq!(portolan(&folder, &["test", "absent.yaml"]).0, 2);
    std::fs::write(folder.join("bad.yaml"), expectation("{from: external, to: 'a:1', verdit: dropped}"))
        .expect("written");
    let (code, _, errors) = portolan(&folder, &["test", "bad.yaml"]);
    assert_eq!(code, 2);
    assert!(errors.contains("bad.yaml:4:") && errors.contains("did you mean verdict?"), "{errors}");
}

#[test]
fn claims_of_another_mode_are_skipped_and_said_to_be() {
    let folder = folder("skipped");
    let both = "{from: pod/client, cases: [{to: 'web:81', cause: wrong-port}, {to: 'web:81', verdict: rejected, mode: nftables}]}";
    std::fs::write(folder.join("web.yaml"), format!("{WEB}{}", expectation(both))).expect("it is written");
    let run = |format: &str| portolan(&folder, &["test", "web.yaml", "--mode", "iptables", "--format", format]);
    let (code, plain, _) = run("plain");
    assert!(code == 0 && plain.contains("1 hold, 0 do not, 1 skipped"), "{plain}");
    assert!(run("tap").1.contains("1..2\n") && run("tap").1.contains("# SKIP another mode's"));
    assert!(run("junit").1.contains("skipped=\"1\"") && run("junit").1.contains("<skipped/></testcase>"));
    assert!(run("json").1.contains("\"skipped\": 1"));
}

#[test]
fn a_report_says_that_nothing_could_be_tried() {
    let folder = folder("unreadable");
    std::fs::write(folder.join("web.yaml"), format!("{WEB}{}", expectation("{from: pod/client, to: web}")))
        .expect("it is written");
    let (code, junit, _) = portolan(&folder, &["test", "web.yaml", "--format", "junit"]);
    assert!(code == 2 && junit.contains("errors=\"1\"") && junit.contains("it lacks a port"), "{junit}");
    assert!(portolan(&folder, &["test", "web.yaml", "--format", "tap"]).1.contains("Bail out!"));
    // What claims nothing is in nobody's way.
    std::fs::write(
        folder.join("web.yaml"),
        format!("{WEB}{}", expectation("{from: pod/client, to: 'web:80', cause: no-endpoints}")),
    )
    .expect("it is written");
    std::fs::write(folder.join("chart.yaml"), "{{- if .Values.on }}\nkind: Service\n{{- end }}\n")
        .expect("it is written");
    let (code, out, err) = portolan(&folder, &["test", "."]);
    assert!(code == 0 && err.contains("chart.yaml"), "{code} {out} {err}");
}

#[test]
fn what_would_make_a_claim_mean_nothing_is_said() {
    let folder = folder("said");
    let policy =
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n";
    let claim = expectation("{from: pod/client, to: 'web:80', cause: no-endpoints}");
    std::fs::write(folder.join("web.yaml"), format!("{WEB}{policy}{claim}")).expect("it is written");
    std::fs::write(
        folder.join("alone.yaml"),
        expectation("{from: external, to: 'node/worker-1:31000', cause: not-listening}"),
    )
    .expect("it is written");
    assert!(
        portolan(&folder, &["test", "web.yaml"]).2.contains("not modelled, so traffic does not see it: NetworkPolicy")
    );
    assert!(portolan(&folder, &["test", "alone.yaml"]).2.contains("--together"));
    let (code, _, err) = portolan(&folder, &["simulate", "web.yaml", "--from", "pod/nobody", "--to", "web:80"]);
    assert!(code == 2 && err.contains("there is no pod default/nobody"), "{err}");
}

#[test]
fn what_the_examples_claim_holds() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/examples");
    let (code, out, errors) = portolan(&examples, &["test", "."]);
    assert_eq!(code, 0, "{out}{errors}");
}

#[test]
fn completions_and_the_manual_name_every_command() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for arguments in [&["man"][..], &["completions", "bash"], &["completions", "zsh"], &["completions", "fish"]] {
        let (code, out, _) = portolan(here, arguments);
        assert!(code == 0 && out.contains("simulate") && out.contains("completions"), "{arguments:?}");
    }
    let (code, _, errors) = portolan(here, &["tets"]);
    assert!(code == 2 && errors.contains("'test'"), "{errors}");
}
