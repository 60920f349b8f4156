//! What is wrong with a document as a whole: tabs, its kind and version, its name, its namespace.

use super::{Case, Fixes, edit};
use crate::diagnostic::{Edit, Source, Span};
use crate::objects::distance;
use crate::objects::schema::KINDS;

/// YAML is not indented with tabs.
pub(super) fn spaces_for_tabs(case: &Case<'_>, fixes: &mut Fixes) {
    if case.diagnostic.source != Source::Yaml {
        return;
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
    fixes.offer_all(&["Indent with spaces"], edits);
}

/// The version that a kind has.
pub(super) fn api_version(case: &Case<'_>, fixes: &mut Fixes) {
    let missing = case.diagnostic.code == "type-missing" && case.message().starts_with("apiVersion");
    let wrong = case.decoding() && case.field() == "apiVersion";
    let other = case.diagnostic.code == "kind-not-modelled";
    if !missing && !wrong && !other {
        return;
    }
    let Some(kind) = KINDS.iter().find(|known| known.kind == case.kind()) else { return };
    let Some(object) = case.object else { return };
    if missing {
        let line = ["apiVersion: ", kind.api_version].concat();
        return fixes.offer(&["Add ", &line], edit::add_first(case.text, object, &line));
    }
    case.using("apiVersion", kind.api_version, fixes);
}

/// The kind that is meant, in its own spelling.
pub(super) fn kind(case: &Case<'_>, fixes: &mut Fixes) {
    let missing = case.diagnostic.code == "type-missing" && case.message().starts_with("kind");
    let nothing = case.message() == "Object 'Kind' is missing";
    if missing || nothing {
        let version = case.text_at("apiVersion");
        for known in KINDS.iter().filter(|known| known.api_version == version && known.kind != "List") {
            let line = ["kind: ", known.kind].concat();
            let Some(object) = case.object else { return };
            fixes.offer(&["Add ", &line], edit::add_first(case.text, object, &line));
        }
        return;
    }
    let unknown = case.field() == "kind" && matches!(case.diagnostic.source, Source::Decode | Source::Apiserver)
        || case.diagnostic.code == "kind-not-modelled" && !KINDS.iter().any(|known| known.kind == case.kind());
    let typed = case.kind().to_ascii_lowercase();
    for known in KINDS.iter().filter(|known| unknown && known.kind.len() > 3) {
        if distance(&known.kind.to_ascii_lowercase(), &typed, 2) <= 2 {
            case.using("kind", known.kind, fixes);
        }
    }
}

/// An object without a name gets one.
pub(super) fn missing_name(case: &Case<'_>, fixes: &mut Fixes) {
    let said = case.says("name or generateName is required")
        || case.says("spec.parentRef.name: Required value")
        || case.because("Required") && case.field() == "metadata.name";
    let Some(object) = case.object.filter(|_| said) else { return };
    // Named after what it selects, else after its kind.
    let labels = ["spec.selector.app", "spec.selector.matchLabels.app", "metadata.labels.app"];
    let app = labels.into_iter().map(|path| case.text_at(path)).find(|app| is_name(app));
    let kind = case.kind().to_ascii_lowercase();
    let name = app.unwrap_or(&kind);
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
    fixes.offer(&["Add name: ", name], edit);
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// A name that an earlier object has.
pub(super) fn taken_name(case: &Case<'_>, fixes: &mut Fixes) {
    if case.diagnostic.reason.as_deref() != Some("AlreadyExists") {
        return;
    }
    let name = case.text_at("metadata.name");
    for number in 2..20 {
        let other = format!("{name}-{number}");
        if !case.world.answers().iter().any(|answer| answer.name == other && answer.kind == case.kind()) {
            return fixes.offer(&["Name it ", &other], case.set("metadata.name", &other));
        }
    }
}

/// A namespace that nobody declares: it is declared, or the object goes to `default`.
pub(super) fn namespace(case: &Case<'_>, fixes: &mut Fixes) {
    if case.diagnostic.code != "namespace-implied" {
        return;
    }
    let name = case.text_at("metadata.namespace");
    if name.is_empty() {
        return;
    }
    let end = case.text.len() as u32;
    let newline = if case.text.ends_with('\n') || case.text.is_empty() { "" } else { "\n" };
    let text = [newline, "---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: ", name, "\n"].concat();
    fixes.offer(&["Add Namespace ", name], Some(Edit { span: Span::new(end, end), text }));
    fixes.offer(&["Use namespace default"], case.without("metadata.namespace"));
}
