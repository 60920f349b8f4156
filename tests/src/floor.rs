//! How many recorded cases must agree: numbers that may only go up.
//!
//! `corpus/floor.txt` has one `name number` a line. A suite that falls below its number fails; one that rises above it
//! says that the number can be raised.

use std::path::Path;

/// Holds `agreed` against the floor of `name`.
///
/// # Panics
/// Where fewer agree than the floor says, or the file has no such line.
pub fn hold(name: &str, agreed: usize, total: usize) {
    println!("{name}: {agreed}/{total}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/floor.txt");
    let text = std::fs::read_to_string(&path).expect("corpus/floor.txt");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let floor: usize = line.and_then(|number| number.trim().parse().ok()).expect("a floor for this suite");
    assert!(agreed >= floor, "{name}: {agreed} of {total} agree, and it was {floor} before");
    if agreed > floor {
        println!("{name}: the floor can be raised from {floor} to {agreed}");
    }
}
