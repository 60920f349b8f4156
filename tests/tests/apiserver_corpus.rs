//! Every recorded request, answered by the engine.

use portolan_tests::{apiserver, floor};

fn run(cluster: &str, label: &str) {
    let (agreed, total, problems) = apiserver::agreement(cluster);
    println!("{}", problems.join("\n"));
    floor::hold(label, agreed, total);
}

#[test]
fn single_stack_answers_are_the_servers() {
    run("singleStack", "apiserver single-stack");
}

#[test]
fn dual_stack_answers_are_the_servers() {
    run("dualStack", "apiserver dual-stack");
}
