//! Every recorded request, answered by the engine.

use portolan_tests::{apiserver, floor};

fn run(cluster: &str, label: &str) {
    let cases = apiserver::cases();
    let mut agreed = 0;
    for case in &cases {
        match apiserver::difference(case, cluster) {
            None => agreed += 1,
            Some(problem) => println!("  {}: {problem}", case.name),
        }
    }
    floor::hold(label, agreed, cases.len());
}

#[test]
fn single_stack_answers_are_the_servers() {
    run("singleStack", "apiserver single-stack");
}

#[test]
fn dual_stack_answers_are_the_servers() {
    run("dualStack", "apiserver dual-stack");
}
