//! What must hold for any text at all, whatever stands in it: asked by the property tests and by the fuzz targets.
//!
//! Each function says what is broken, or nothing; a panic is a broken promise too.

use portolan_core::apiserver::Outcome;
use portolan_core::diagnose::{self, apply_edits};
use portolan_core::diagnostic::{Diagnostic, Severity, Source, Span};
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

/// Every promise about a text, its world and what is said about it.
pub fn all(text: &str, options: &LoadOptions) -> Kept {
    let world = load(text, options);
    let diagnostics = diagnose::diagnose(&world);
    for diagnostic in &diagnostics {
        named(&world, text, diagnostic)?;
        for fix in &diagnostic.fixes {
            mends(text, options, &diagnostics, diagnostic, &fix.title, &edited(text, fix)?)?;
        }
    }
    printed(&world, &diagnostics)
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
pub fn edited(text: &str, fix: &portolan_core::diagnostic::Fix) -> Result<String, String> {
    apply_edits(text, &fix.edits).ok_or_else(|| format!("edits that do not fit: {fix:?}"))
}

/// A fix takes its diagnostic away, and brings no error.
fn mends(
    text: &str,
    options: &LoadOptions,
    before: &[Diagnostic],
    diagnostic: &Diagnostic,
    title: &str,
    after: &str,
) -> Kept {
    let world = load(after, options);
    let (old, new) = (errors(before), errors(world.diagnostics()));
    let broken = |what: &str| Err(format!("{title:?} {what}: {diagnostic:?}\n{text}\nbecame\n{after}\n{new:?}"));
    if diagnostic.severity == Severity::Error && new.contains(&key(diagnostic)) {
        return broken("leaves its error");
    }
    if new.len() > old.len() {
        return broken("brings errors");
    }
    // The server takes what now stands in that field.
    if diagnostic.source == Source::Apiserver
        && let Some(again) = world.diagnostics().iter().find(|one| {
            one.severity == Severity::Error && (one.document, &one.field) == (diagnostic.document, &diagnostic.field)
        })
        && !before.iter().any(|one| key(one) == key(again))
    {
        return broken("writes what the server refuses");
    }
    Ok(())
}

type Key<'a> = (usize, &'a str, &'a Option<String>, &'a str);

fn errors(all: &[Diagnostic]) -> Vec<Key<'_>> {
    all.iter().filter(|one| one.severity == Severity::Error).map(key).collect()
}

fn key(diagnostic: &Diagnostic) -> Key<'_> {
    (diagnostic.document, diagnostic.code, &diagnostic.field, diagnostic.message.as_str())
}

/// The reports can be printed, and what was stored reads back the same.
pub fn printed(world: &World, diagnostics: &[Diagnostic]) -> Kept {
    for answer in world.answers() {
        let Outcome::Stored(object) = &answer.outcome else { continue };
        let printed = object.to_yaml();
        let read = yaml::read(&printed, 0, 0, &Limits::default());
        match read.documents.first() {
            Some(document) if to_value(&document.root) == *object => {}
            _ if object.is_null() => {}
            _ => return Err(format!("printed, it reads otherwise:\n{printed}\n{:?}", read.diagnostics)),
        }
    }
    let source = |document| world.source(document);
    let _ = report::check_text(diagnostics, &source);
    let _ = report::check(diagnostics, &source, &[]).to_json();
    Ok(())
}

/// What the server took, sent to a fresh cluster as it was stored, is taken and stays as it is. Only objects that the
/// input still has at its end, each once.
pub fn taken_again(world: &World, settings: &str, options: &LoadOptions) -> Kept {
    let mut objects: Vec<&Value> = Vec::new();
    for answer in world.answers() {
        let Outcome::Stored(value) = &answer.outcome else { continue };
        if value.is_null() || value.at("metadata.name").is_none() {
            continue;
        }
        let same = |one: &&Value| {
            ["kind", "metadata.namespace", "metadata.name"].iter().all(|path| one.at(path) == value.at(path))
        };
        objects.retain(|one| !same(one));
        objects.push(value);
    }
    let texts: Vec<String> = objects.iter().map(|object| object.to_yaml()).collect();
    let text = format!("{settings}---\n{}", texts.join("---\n"));
    let again = load(&text, options);
    let offset = usize::from(!settings.is_empty());
    for (at, object) in objects.iter().enumerate() {
        let Some(answer) = again.answers().get(at + offset) else {
            return Err(format!("{} answers to {} objects:\n{text}", again.answers().len(), objects.len()));
        };
        match &answer.outcome {
            Outcome::Stored(value) if value == *object => {}
            other => return Err(format!("{object:?}\nsent again:\n{other:?}\nin\n{text}")),
        }
    }
    Ok(())
}
