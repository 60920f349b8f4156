//! What the API server answers to an object, and what is found in the input.

use super::{Failure, names};
use crate::apiserver::{Answer, Outcome};
use crate::diagnose::{self, CODES};
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::expect::{DiagnosticsClaim, ObjectClaim, ObjectName};
use crate::objects::nearest;
use crate::world::World;

/// The last answer about an object.
fn answer<'w>(world: &'w World, object: &ObjectName) -> Result<&'w Answer, Failure> {
    let is = |answer: &&Answer| {
        let here = object.namespace.as_ref().is_none_or(|namespace| *namespace == answer.namespace);
        answer.kind == object.kind && answer.name == object.name && here
    };
    world.answers().iter().rev().find(is).ok_or_else(|| {
        let known = world.answers().iter().filter(|answer| !answer.name.is_empty());
        let known: Vec<String> = known.take(12).map(|answer| format!("{}/{}", answer.kind, answer.name)).collect();
        Failure::new(format!("{} in the input", object.text()), format!("there is {}", known.join(", ")))
    })
}

/// Whether a diagnostic is about the object of an answer.
fn about(world: &World, answer: &Answer, diagnostic: &Diagnostic) -> bool {
    let Some(document) = world.document(answer.document).filter(|_| answer.document == diagnostic.document) else {
        return answer.document == diagnostic.document;
    };
    let node = if answer.path.is_empty() { Some(&document.root) } else { document.root.at_path(&answer.path) };
    node.is_some_and(|node| node.span.start <= diagnostic.span.start && diagnostic.span.start <= node.span.end)
}

pub(super) fn object(world: &World, claim: &ObjectClaim) -> Vec<Failure> {
    let answer = match answer(world, &claim.object) {
        Ok(answer) => answer,
        Err(failure) => return vec![failure],
    };
    let Outcome::Refused(status) = &answer.outcome else {
        let stored =
            if answer.outcome == Outcome::NotModelled { "accepted (its kind is not modelled)" } else { "accepted" };
        return if claim.accepted { Vec::new() } else { vec![Failure::new("refused", stored)] };
    };
    if claim.accepted {
        return vec![Failure::new("accepted", format!("refused: {}", status.message))];
    }
    let said: Vec<&Diagnostic> = world
        .diagnostics()
        .iter()
        .filter(|one| one.severity == Severity::Error && matches!(one.source, Source::Apiserver | Source::Decode))
        .filter(|one| about(world, answer, one))
        .collect();
    let fits = |one: &&Diagnostic| {
        let is = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        is(&claim.field, &one.field)
            && (is(&claim.reason, &one.reason) || claim.reason.as_deref() == Some(&status.reason))
            && claim.message.as_ref().is_none_or(|part| one.message.contains(part) || status.message.contains(part))
    };
    if said.iter().any(fits) {
        return Vec::new();
    }
    let wanted = [("field", &claim.field), ("reason", &claim.reason), ("message", &claim.message)];
    let wanted = wanted.into_iter().filter_map(|(what, text)| Some(format!("{what} {}", text.as_ref()?)));
    let wanted: Vec<String> = wanted.collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let found: Vec<String> = said
        .iter()
        .map(|one| {
            let field = one.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
            let reason = one.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            format!("{field}{}{reason}", one.message)
        })
        .collect();
    let found = if found.is_empty() { status.message.clone() } else { found.join("; ") };
    vec![Failure::new(format!("refused with {}", wanted.join(", ")), found)]
}

pub(super) fn diagnostics(world: &World, claim: &DiagnosticsClaim) -> Vec<Failure> {
    let answer = match claim.object.as_ref().map(|object| answer(world, object)).transpose() {
        Ok(answer) => answer,
        Err(failure) => return vec![failure],
    };
    let codes = &claim.codes;
    let mut named = codes.exactly.iter().flatten().chain(&codes.at_least).chain(&codes.none_of);
    if let Some(unknown) = named.find(|code| !CODES.contains(&code.as_str())) {
        let meant = nearest(unknown, CODES).map(|known| format!("; did you mean {known}?"));
        let found = format!("there is no such diagnostic{}", meant.unwrap_or_default());
        return vec![Failure::new(format!("a diagnostic {unknown}"), found)];
    }
    let mut found: Vec<String> = Vec::new();
    let mut first = String::new();
    for one in diagnose::told(world).iter().filter(|one| answer.is_none_or(|answer| about(world, answer, one))) {
        let named =
            codes.exactly.iter().flatten().chain(&codes.at_least).chain(&codes.none_of).any(|code| code == one.code);
        if (one.severity != Severity::Info || named) && !found.iter().any(|code| code == one.code) {
            found.push(one.code.to_string());
            if first.is_empty() {
                first = one.message.clone();
            }
        }
    }
    let mut failures = names::compare("diagnostics", codes, &found, &|word, code| word == code);
    for failure in &mut failures {
        failure.why = first.clone();
    }
    failures
}
