//! `portolan test`: which expectations hold, and what is otherwise.

use crate::cluster::ProxyMode;
use crate::objects::Value;
use crate::verify::{Checked, Failure};
use crate::world::World;

/// Where something stands: `file:line`, and both by themselves.
fn place(world: &World, document: usize, start: u32) -> (String, u32, u32) {
    let source = world.source(document);
    let at = source.lines.locate(source.text, start);
    (source.name.to_string(), at.line, at.column)
}

fn modes(modes: &[ProxyMode]) -> Value {
    Value::Array(modes.iter().map(|mode| mode.as_str().into()).collect())
}

/// The JSON document: `{"passed", "failed", "results": [...]}`.
pub fn test(world: &World, checked: &[Checked<'_>]) -> Value {
    let failed = checked.iter().filter(|one| !one.failures.is_empty()).count();
    let results = checked.iter().map(|one| {
        let (file, line, column) = place(world, one.placed.document, one.placed.span.start);
        Value::object([
            ("name", Value::from(one.placed.expectation.name.as_str())),
            ("holds", one.failures.is_empty().into()),
            ("file", file.into()),
            ("line", Value::Int(line.into())),
            ("column", Value::Int(column.into())),
            ("modes", modes(&one.modes)),
            ("failures", Value::Array(one.failures.iter().map(|failure| of_failure(world, failure)).collect())),
        ])
    });
    Value::object([
        // Far below 2^63.
        ("passed", Value::Int((checked.len() - failed) as i64)),
        ("failed", Value::Int(failed as i64)),
        ("results", Value::Array(results.collect())),
    ])
}

fn of_failure(world: &World, failure: &Failure) -> Value {
    let mut object = Value::object([
        ("expected", Value::from(failure.expected.as_str())),
        ("found", failure.found.as_str().into()),
        ("why", (!failure.why.is_empty()).then(|| failure.why.clone()).into()),
        ("code", failure.code.map(str::to_string).into()),
        ("modes", modes(&failure.modes)),
    ]);
    if let Some(field) = &failure.field {
        object.set("field", field.path.as_str().into());
        if let Some((document, span)) = world.mark(field) {
            let (file, line, _) = place(world, document, span.start);
            object.set("file", file.into());
            object.set("line", Value::Int(line.into()));
        }
    }
    object
}

/// What is otherwise, a line each: expected, found, why, and where the cause stands.
pub fn test_failure_text(world: &World, one: &Checked<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for failure in &one.failures {
        let some = one.modes.len() > failure.modes.len() && !failure.modes.is_empty();
        let modes: Vec<&str> = failure.modes.iter().map(|mode| mode.as_str()).collect();
        let which = if some { format!(" (in {} mode)", modes.join(" and ")) } else { String::new() };
        lines.push(format!("expected: {}", failure.expected));
        lines.push(format!("but:      {}{which}", failure.found));
        if !failure.why.is_empty() {
            lines.push(format!("why:      {}", failure.why));
        }
        if let Some(field) = &failure.field {
            let at = world.mark(field).map(|(document, span)| place(world, document, span.start));
            let at = at.map(|(file, line, _)| format!(" ({file}:{line})")).unwrap_or_default();
            lines.push(format!("see:      {} {}: {}{at}", field.kind, field.object, field.path));
        }
    }
    lines
}

/// Where an expectation stands: `file:line:column`.
pub fn test_place(world: &World, one: &Checked<'_>) -> String {
    let (file, line, column) = place(world, one.placed.document, one.placed.span.start);
    format!("{file}:{line}:{column}")
}
