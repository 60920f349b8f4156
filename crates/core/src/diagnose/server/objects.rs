//! What is wrong with a document as a whole: tabs, its kind and version, its name, its namespace.

use super::{Case, edit, fix};
use crate::diagnostic::{Edit, Fix, Source, Span};
use crate::objects::distance;
use crate::objects::schema::KINDS;
use crate::sort;

/// YAML is not indented with tabs.
pub(super) fn spaces_for_tabs(case: &Case<'_>) -> Vec<Fix> {
    if case.diagnostic.source != Source::Yaml {
        return Vec::new();
    }
    // The document's lines: the reader blames one of them, and all must be mended.
    let at = case.diagnostic.span.start as usize;
    let before = case.text.get(..at).unwrap_or_default();
    let start = before.rfind("\n---").map_or(0, |found| found + 1);
    let rest = case.text.get(start + 1..).unwrap_or_default();
    let end = rest.find("\n---").map_or(case.text.len(), |found| start + 1 + found);
    let body = case.text.get(start..end).unwrap_or_default();
    let mut edits = Vec::new();
    let mut line_at = start;
    for line in body.split_inclusive('\n') {
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        let lead = line.get(..blanks).unwrap_or_default();
        if lead.contains('\t') {
            let span = Span::new(line_at as u32, (line_at + blanks) as u32);
            edits.push(Edit { span, text: lead.replace('\t', "  ") });
        }
        line_at += line.len();
    }
    if edits.is_empty() { Vec::new() } else { vec![fix("Indent with spaces".to_string(), edits)] }
}

/// The version that a kind has.
pub(super) fn api_version(case: &Case<'_>) -> Vec<Fix> {
    let missing = case.diagnostic.code == "type-missing" && case.message().starts_with("apiVersion");
    let wrong = case.decoding() && case.field() == "apiVersion";
    let other = case.diagnostic.code == "kind-not-modelled";
    if !missing && !wrong && !other {
        return Vec::new();
    }
    let Some(kind) = KINDS.iter().find(|known| known.kind == case.kind()) else { return Vec::new() };
    let Some(object) = case.object else { return Vec::new() };
    if missing {
        let line = format!("apiVersion: {}", kind.api_version);
        let added = edit::add_first(case.text, object, &line);
        return added.map(|edit| fix(format!("Add {line}"), vec![edit])).into_iter().collect();
    }
    case.using("apiVersion", kind.api_version).into_iter().collect()
}

/// The kind that is meant, in its own spelling.
pub(super) fn kind(case: &Case<'_>) -> Vec<Fix> {
    let missing = case.diagnostic.code == "type-missing" && case.message().starts_with("kind");
    let nothing = case.message() == "Object 'Kind' is missing";
    if missing || nothing {
        let version = case.text_at("apiVersion");
        let fits = KINDS.iter().filter(|known| known.api_version == version && known.kind != "List").take(3);
        return fits
            .filter_map(|known| {
                let line = format!("kind: {}", known.kind);
                Some(fix(format!("Add {line}"), vec![edit::add_first(case.text, case.object?, &line)?]))
            })
            .collect();
    }
    let unknown = case.field() == "kind" && matches!(case.diagnostic.source, Source::Decode | Source::Apiserver)
        || case.diagnostic.code == "kind-not-modelled" && !KINDS.iter().any(|known| known.kind == case.kind());
    if !unknown {
        return Vec::new();
    }
    let typed = case.kind().to_ascii_lowercase();
    let mut near: Vec<(usize, &str)> = KINDS
        .iter()
        .map(|known| (distance(&known.kind.to_ascii_lowercase(), &typed, 3), known.kind))
        .filter(|(away, known)| *away <= 2 && known.len() > 3)
        .collect();
    sort::by_key(&mut near, |(away, _)| *away);
    near.into_iter().take(2).filter_map(|(_, known)| case.using("kind", known)).collect()
}

/// An object without a name gets one.
pub(super) fn missing_name(case: &Case<'_>) -> Vec<Fix> {
    let said = case.message().contains("name or generateName is required")
        || case.message().contains("spec.parentRef.name: Required value")
        || case.because("Required") && case.field() == "metadata.name";
    let Some(object) = case.object.filter(|_| said) else { return Vec::new() };
    // Named after what it selects, else after its kind.
    let labels = ["spec.selector.app", "spec.selector.matchLabels.app", "metadata.labels.app"];
    let app = labels.into_iter().map(|path| case.text_at(path)).find(|app| is_name(app));
    let kind = case.kind().to_ascii_lowercase();
    let name = app.unwrap_or(&kind);
    let title = ["Add name: ", name].concat();
    let edit = match (object.entry("metadata"), object.entry("kind")) {
        // Where it is looked for: after kind.
        (None, Some(entry)) if !edit::is_flow(case.text, object) => {
            let indent = " ".repeat(edit::column(case.text, entry.key_span.start));
            let end = edit::line_end(case.text, edit::end_of(case.text, entry));
            let text = ["\n", &indent, "metadata:\n", &indent, "  name: ", name].concat();
            Some(Edit { span: Span::new(end, end), text })
        }
        _ => case.set("metadata.name", name),
    };
    edit.map(|edit| fix(title, vec![edit])).into_iter().collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A name that an earlier object has.
pub(super) fn taken_name(case: &Case<'_>) -> Vec<Fix> {
    if case.diagnostic.reason.as_deref() != Some("AlreadyExists") {
        return Vec::new();
    }
    let name = case.text_at("metadata.name");
    let free = (2..20)
        .map(|number| format!("{name}-{number}"))
        .find(|other| !case.world.answers().iter().any(|answer| answer.name == *other && answer.kind == case.kind()));
    let named =
        free.and_then(|other| Some(fix(["Name it ", &other].concat(), vec![case.set("metadata.name", &other)?])));
    named.into_iter().collect()
}

/// A namespace that nobody declares: it is declared, or the object goes to `default`.
pub(super) fn namespace(case: &Case<'_>) -> Vec<Fix> {
    if case.diagnostic.code != "namespace-implied" {
        return Vec::new();
    }
    let name = case.text_at("metadata.namespace");
    if name.is_empty() {
        return Vec::new();
    }
    let end = case.text.len() as u32;
    let newline = if case.text.ends_with('\n') || case.text.is_empty() { "" } else { "\n" };
    let text = format!("{newline}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n");
    let mut fixes = vec![fix(format!("Add Namespace {name}"), vec![Edit { span: Span::new(end, end), text }])];
    fixes.extend(case.drop("metadata.namespace").map(|mut fix| {
        fix.title = "Use namespace default".to_string();
        fix
    }));
    fixes
}
