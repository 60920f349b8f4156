//! The binary as scripts use it: arguments, exit codes, the forms of the answers.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn case(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases").join(name);
    path.to_str().expect("the path is text").to_string()
}

fn portolan(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portolan"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let input = input.to_vec();
    // A child that does not read all of it is no error.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("the writer ends");
    output
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the answer is text")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("the binary was not killed")
}

#[test]
fn the_notes_first_manifest_is_refused_at_its_type_with_a_fix_for_each() {
    let output = portolan(&["check", &case("seed/1-nginx.yaml")], b"");
    assert_eq!(code(&output), 1);
    let text = out(&output);
    assert!(text.contains("1-nginx.yaml:8:11: error: spec.type: Unsupported value"), "{text}");
    for service_type in ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"] {
        // ExternalName would need a name as well, so that fix did not help when it was tried.
        assert_eq!(text.contains(&format!("fix: Use {service_type}")), service_type != "ExternalName", "{text}");
    }
}

#[test]
fn the_notes_external_service_is_stored_without_an_address() {
    let output = portolan(&["apply", &case("seed/3-external-service.yaml"), "-o", "json"], b"");
    assert_eq!(code(&output), 0);
    let text = out(&output);
    assert!(text.contains("\"externalName\": \"api.acmecorp.com\""), "{text}");
}

#[test]
fn standard_input_is_a_file_called_dash() {
    let manifest = b"apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 70000}]}\n";
    let output = portolan(&["check", "-", "-o", "json"], manifest);
    assert_eq!(code(&output), 1);
    assert!(out(&output).contains("\"field\": \"spec.ports[0].port\""));
}

#[test]
fn delivered_is_zero_and_anything_else_is_one() {
    let shop = case("traces/shop.yaml");
    let trace = |from, to| code(&portolan(&["trace", &shop, "--from", from, "--to", to], b""));
    assert_eq!(trace("pod/shop/client", "web:80"), 0);
    assert_eq!(trace("external", "svc/shop/web:80"), 1);
    assert_eq!(trace("external", "node/worker-3:31001"), 1);
}

#[test]
fn questions_that_cannot_be_understood_are_two() {
    let shop = case("traces/shop.yaml");
    for arguments in [
        &["trace", &shop, "--from", "nobody", "--to", "web:80"][..],
        &["trace", &shop, "--from", "pod/shop/absent", "--to", "web:80"],
        &["trace", &shop, "--from", "external"],
        &["check", "no-such-file.yaml"],
        &["get", &shop, "widgets"],
        &["simulate", &shop],
        &["simulate", &shop, "--from", "external", "--to", "node/worker-1:31000", "--rate", "NaN"],
        &["simulate", &shop, "--from", "external", "--to", "node/worker-1:31000", "--duration", "100000h"],
        &["dns", &shop, "--from", "pod/shop/client", "web", "NAPTR", "extra", "words"],
    ] {
        let output = portolan(arguments, b"");
        assert_eq!(code(&output), 2, "{arguments:?}: {}", out(&output));
        assert!(!output.stderr.is_empty(), "{arguments:?} says why");
    }
}

#[test]
fn a_record_type_that_nobody_models_is_not_read_as_a_name() {
    let shop = case("traces/shop.yaml");
    let output = portolan(&["dns", &shop, "--from", "pod/shop/client", "web", "HTTPS"], b"");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("record type \"HTTPS\" is not modelled: A, AAAA,"), "{error}");
    let output = portolan(&["dns", &shop, "--from", "pod/shop/client", "cluster.local", "soa"], b"");
    assert!(out(&output).contains("IN\tSOA\tns.dns.cluster.local."), "{}", out(&output));
}

#[test]
fn flows_answer_in_their_order() {
    let flows = br#"{"node": "worker-1", "flows": [
        {"sourceIP": "192.0.2.1", "destIP": "10.96.0.1", "destPort": 443, "protocol": "TCP"},
        {"sourceIP": "192.0.2.1", "destIP": "172.30.0.11", "destPort": 30999, "protocol": "TCP", "node": "worker-1"}]}"#;
    let shop = case("traces/shop.yaml");
    let output = portolan(&["trace", &shop, "--flows", "-", "-o", "json"], flows);
    let text = out(&output);
    assert_eq!(code(&output), 1);
    let first = text.find("\"delivered\"").expect("the API server answers");
    let second = text.find("\"passed\"").expect("nobody has port 30999");
    assert!(first < second);
}

#[test]
fn hostile_input_gets_a_message_and_an_exit_code() {
    let bomb = b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
        d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n\
        g: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
    let deep = "[".repeat(10_000);
    let large = "a: b\n".repeat(1_100_000);
    let junk: Vec<u8> = (0..=255_u8).cycle().take(100_000).collect();
    let ports: Vec<String> = (0..20_000).map(|at| format!("{{\"name\": \"p{at}\", \"port\": {at}}}")).collect();
    let ports = format!(
        "{{\"apiVersion\": \"v1\", \"kind\": \"Service\", \"metadata\": {{\"name\": \"web\"}}, \"spec\": {{\"ports\": [{}]}}}}",
        ports.join(",")
    );
    let line = ports.replace("\"port\": ", "\"port\": 7");
    for (what, input) in [
        ("bomb", &bomb[..]),
        ("deep", deep.as_bytes()),
        ("large", large.as_bytes()),
        ("junk", &junk[..]),
        ("many ports", ports.as_bytes()),
        ("many errors in one line", line.as_bytes()),
    ] {
        let output = portolan(&["check", "-"], input);
        assert_eq!(code(&output), 1, "{what}");
        assert!(out(&output).contains("error"), "{what}: {}", out(&output));
    }
}

#[test]
fn the_table_is_kubectls() {
    let output = portolan(&["get", &case("traces/shop.yaml"), "svc", "-n", "shop"], b"");
    let text = out(&output);
    assert!(text.starts_with("NAME"), "{text}");
    assert!(text.contains("web-np         NodePort"), "{text}");
    assert!(text.contains("80:31000/TCP"), "{text}");
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let shop = case("traces/shop.yaml");
    let run = |seed| {
        let arguments = [
            "simulate",
            &shop,
            "--from",
            "external",
            "--to",
            "node/worker-1:31000",
            "--duration",
            "5s",
            "--seed",
            seed,
        ];
        out(&portolan(&arguments, b""))
    };
    assert_eq!(run("7"), run("7"));
    assert_ne!(run("7"), run("8"));
    assert!(run("7").contains("Service shop/web-np"));
}
