//! What must hold for any text at all, whatever stands in it: asked by the property tests and by the fuzz targets.
//!
//! Each function says what is broken, or nothing; a panic is a broken promise too.

use std::collections::BTreeSet;

use portolan_core::apiserver::Outcome;
use portolan_core::diagnose::{self, apply_edits};
use portolan_core::diagnostic::{Diagnostic, Fix, Severity, Source, Span};
use portolan_core::objects::{Value, to_value};
use portolan_core::report;
use portolan_core::world::{Input, LoadOptions, World};
use portolan_core::yaml::{self, Limits};

/// Nothing, or what is broken.
pub type Kept = Result<(), String>;

/// The world of one text.
pub fn load(text: &str, options: &LoadOptions) -> World {
    World::load(&[Input { name: "-".to_string(), text: text.to_string() }], options)
}

/// What was said about a text whose promises were kept.
pub struct Said {
    /// The world.
    pub world: World,
    /// How many diagnostics there were.
    pub diagnostics: usize,
    /// How many fixes were offered; each was made.
    pub fixes: usize,
}

/// Every promise about a text, its world and what is said about it.
pub fn all(text: &str, options: &LoadOptions) -> Result<Said, String> {
    let world = load(text, options);
    let diagnostics = diagnose::diagnose(&world);
    said(text, options, world, &diagnostics)
}

/// The same without fixes, which are most of the work.
pub fn without_fixes(text: &str, options: &LoadOptions) -> Result<Said, String> {
    let world = load(text, options);
    let diagnostics = diagnose::told(&world);
    said(text, options, world, &diagnostics)
}

fn said(text: &str, options: &LoadOptions, world: World, diagnostics: &[Diagnostic]) -> Result<Said, String> {
    for diagnostic in diagnostics {
        named(&world, text, diagnostic)?;
        for fix in &diagnostic.fixes {
            mends(text, options, diagnostics, diagnostic, fix, &edited(text, fix)?)?;
        }
    }
    printed(&world, diagnostics)?;
    let fixes = diagnostics.iter().map(|diagnostic| diagnostic.fixes.len()).sum();
    Ok(Said { world, diagnostics: diagnostics.len(), fixes })
}

/// A diagnostic names a document and a place of it: characters that are there.
pub fn named(world: &World, text: &str, diagnostic: &Diagnostic) -> Kept {
    let Span { start, end } = diagnostic.span;
    let fault = |what: &str| Err(format!("{what}: {diagnostic:?}"));
    if start > end || text.get(start as usize..end as usize).is_none() {
        return fault("no place in the text");
    }
    if let Some(document) = world.document(diagnostic.document) {
        let within = document.span.start <= start && end <= document.span.end;
        if !within && diagnostic.source != Source::Yaml {
            return fault("outside its document");
        }
        // What is wrong with a document is wrong somewhere, unless nothing but a tag is there.
        let empty = document.span.start == document.span.end;
        if start == end && !empty && diagnostic.severity == Severity::Error && diagnostic.source != Source::Yaml {
            return fault("an error about nothing");
        }
    }
    if diagnostic.message.is_empty() {
        return fault("no message");
    }
    Ok(())
}

/// The text after a fix, whose edits stand in order inside it.
pub fn edited(text: &str, fix: &Fix) -> Result<String, String> {
    apply_edits(text, &fix.edits).ok_or_else(|| format!("edits that do not fit: {fix:?}"))
}

/// A fix takes its diagnostic away, and brings no error.
fn mends(
    text: &str,
    options: &LoadOptions,
    before: &[Diagnostic],
    diagnostic: &Diagnostic,
    fix: &Fix,
    after: &str,
) -> Kept {
    let world = load(after, options);
    let (old, new) = (errors(before), errors(world.diagnostics()));
    let broken = |what: &str| Err(format!("{:?} {what}: {diagnostic:?}\n{text}\nbecame\n{after}\n{new:?}", fix.title));
    if diagnostic.severity == Severity::Error && new.contains(&words(diagnostic)) {
        return broken("leaves its error");
    }
    // Some only correct a word, and what the server says of the rest was hidden before.
    if new.len() > old.len() && !diagnose::fix_uncovers(fix.rule) {
        return broken("brings errors");
    }
    // The server takes what now stands in that field.
    if diagnostic.source == Source::Apiserver
        && let Some(again) = world.diagnostics().iter().find(|one| {
            one.severity == Severity::Error && (one.document, &one.field) == (diagnostic.document, &diagnostic.field)
        })
        && !before.iter().any(|one| words(one) == words(again))
    {
        return broken("writes what the server refuses");
    }
    Ok(())
}

type Words<'a> = (usize, &'a str, &'a Option<String>, &'a str);

fn errors(all: &[Diagnostic]) -> Vec<Words<'_>> {
    all.iter().filter(|one| one.severity == Severity::Error).map(words).collect()
}

fn words(diagnostic: &Diagnostic) -> Words<'_> {
    (diagnostic.document, diagnostic.code, &diagnostic.field, diagnostic.message.as_str())
}

/// The reports can be printed, and what was stored reads back the same.
pub fn printed(world: &World, diagnostics: &[Diagnostic]) -> Kept {
    for answer in world.answers() {
        let Outcome::Stored(object) = &answer.outcome else { continue };
        let printed = object.to_yaml();
        let read = yaml::read(&printed, 0, 0, &Limits::default());
        match read.documents.first() {
            Some(document) if to_value(&document.root) == **object => {}
            _ if object.is_null() => {}
            _ => return Err(format!("printed, it reads otherwise:\n{printed}\n{:?}", read.diagnostics)),
        }
    }
    let source = |document| world.source(document);
    let _ = report::check_text(diagnostics, &source);
    let _ = report::check(diagnostics, &source, &[]).to_json();
    Ok(())
}

/// Kinds that are no objects of the API, but make the cluster what it is.
const SETTINGS: [&str; 4] = ["ClusterConfiguration", "KubeProxyConfiguration", "Scenario", "Expectation"];

/// What `apply` prints of the input's own objects, sent to a fresh cluster, is taken and printed the same again. Returns
/// how many objects there were.
///
/// Not what controllers made: its owner references lack the uid that no object has here, and the server wants one.
pub fn taken_again(world: &World, options: &LoadOptions) -> Result<usize, String> {
    let settings = world.answers().iter().filter_map(|answer| match &answer.outcome {
        Outcome::Stored(value) if SETTINGS.contains(&answer.kind.as_str()) => Some(value.to_yaml()),
        _ => None,
    });
    let accepted: BTreeSet<Key> = world
        .answers()
        .iter()
        .filter(|answer| matches!(answer.outcome, Outcome::Stored(_)))
        .map(|answer| Key(answer.kind.clone(), answer.namespace.clone(), answer.name.clone()))
        .collect();
    let ours = |value: &&&Value| accepted.contains(&key(value)) && value.at("metadata.ownerReferences").is_none();
    let stored = world.stored();
    let objects: Vec<&Value> = stored.iter().filter(ours).copied().collect();
    let texts: Vec<String> = settings.chain(objects.iter().map(|object| object.to_yaml())).collect();
    let text = texts.join("---\n");
    let again = load(&text, options);
    if let Some(answer) = again.answers().iter().find(|answer| matches!(answer.outcome, Outcome::Refused(_))) {
        return Err(format!("sent again: {answer:?}\nin\n{text}"));
    }
    let stored = again.stored();
    for object in &objects {
        match stored.iter().find(|value| key(value) == key(object)) {
            Some(value) if without_status(value) == without_status(object) => {}
            other => return Err(format!("{object:?}\nsent again:\n{other:?}\nin\n{text}")),
        }
    }
    Ok(objects.len())
}

/// A Service's status is never taken from a client: whoever hands out balancers writes it anew.
fn without_status(value: &Value) -> Value {
    let mut value = value.clone();
    if value.get("kind").and_then(Value::as_str) == Some("Service") {
        value.remove("status");
    }
    value
}

/// Kind, namespace and name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key(String, String, String);

fn key(value: &Value) -> Key {
    let text = |path: &str| value.at(path).and_then(Value::as_str).unwrap_or_default().to_string();
    Key(text("kind"), text("metadata.namespace"), text("metadata.name"))
}
