//! How many recorded cases must agree: numbers that may only go up.
//!
//! `corpus/floor.txt` has one `name number` a line. A suite that falls below its number fails; one that rises above it
//! says that the number can be raised.

use std::io::Write;

const FLOORS: &str = include_str!("../corpus/floor.txt");

/// Holds `agreed` against the floor of `name`, and says it: the test runner shows nothing of tests that pass.
///
/// # Panics
/// Where fewer agree than the floor says, or the file has no such line.
pub fn hold(name: &str, agreed: usize, total: usize) {
    say(&check(name, agreed, total));
}

/// Prints past the test runner.
pub fn say(text: &str) {
    // Nobody may be listening.
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// `agreed/total` as a line.
///
/// # Panics
/// As [`hold`] does.
pub fn check(name: &str, agreed: usize, total: usize) -> String {
    let line = FLOORS.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let floor: usize = line.and_then(|number| number.trim().parse().ok()).expect("a floor for this suite");
    assert!(agreed >= floor, "{name}: {agreed} of {total} agree, and it was {floor} before");
    let raise = if agreed > floor { format!(" (the floor can be raised from {floor})") } else { String::new() };
    format!("{name}: {agreed}/{total}{raise}")
}
