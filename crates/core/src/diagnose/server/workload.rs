//! Workloads whose selector and template do not go together, and pods without what they need.

use super::{Case, edit, fix};
use crate::diagnostic::{Edit, Fix, Span};
use crate::yaml::{Node, NodeKind};

/// The pairs of a mapping as they are written: `key: value`.
fn pairs(case: &Case<'_>, map: Option<&Node>) -> Vec<String> {
    let written =
        |entry: &&crate::yaml::Entry| format!("{}: {}", case.slice(entry.key_span), case.slice(entry.value.span));
    map.map(|map| edit::entries(map).iter().map(written).collect()).unwrap_or_default()
}

/// The selector takes the template's labels, or the template the selector's.
pub(super) fn match_selector(case: &Case<'_>) -> Vec<Fix> {
    let field = case.field();
    let differ = case.message().contains("does not match template `labels`");
    let missing = field == "spec.selector" && (case.because("Required") || case.message().contains("empty selector"));
    if !differ && !missing {
        return Vec::new();
    }
    let labels = case.node("spec.template.metadata.labels");
    let selector = case.node("spec.selector.matchLabels");
    let (from_labels, from_selector) = (pairs(case, labels), pairs(case, selector));
    let mut fixes = Vec::new();
    if !from_labels.is_empty() {
        let title = "Select the template's labels".to_string();
        let inline = format!("{{{}}}", from_labels.join(", "));
        if let Some(selector) = selector.filter(|selector| selector.span.start < selector.span.end) {
            let text = if edit::is_flow(case.text, selector) {
                inline
            } else {
                let indent = " ".repeat(edit::column(case.text, selector.span.start));
                from_labels.join(&format!("\n{indent}"))
            };
            fixes.push(fix(title, vec![Edit { span: selector.span, text }]));
        } else if let Some(spec) = case.node("spec").filter(|spec| spec.entry("selector").is_none()) {
            let lines = if edit::is_flow(case.text, spec) {
                vec![format!("selector: {{matchLabels: {inline}}}")]
            } else {
                let inner = from_labels.iter().map(|pair| format!("    {pair}"));
                ["selector:".to_string(), "  matchLabels:".to_string()].into_iter().chain(inner).collect()
            };
            fixes.extend(edit::add(case.text, spec, &lines).map(|edit| fix(title, vec![edit])));
        } else if let Some(selector) = case.node("spec.selector").filter(|one| one.span.start < one.span.end) {
            fixes.push(fix(title, vec![Edit { span: selector.span, text: format!("{{matchLabels: {inline}}}") }]));
        }
    }
    if !from_selector.is_empty() {
        fixes.extend(label_template(case, labels, selector, &from_selector));
    }
    fixes
}

/// Gives the template those of the selector's pairs that it lacks.
fn label_template(case: &Case<'_>, labels: Option<&Node>, selector: Option<&Node>, pairs: &[String]) -> Option<Fix> {
    let title = "Give the template the selector's labels".to_string();
    let inline = format!("{{{}}}", pairs.join(", "));
    let Some(labels) = labels else {
        let metadata = case.node("spec.template.metadata").filter(|one| !edit::entries(one).is_empty());
        let (map, line) = match metadata {
            Some(metadata) => (metadata, format!("labels: {inline}")),
            None => (case.node("spec.template")?, format!("metadata: {{labels: {inline}}}")),
        };
        return Some(fix(title, vec![edit::add_first(case.text, map, &line)?]));
    };
    let mut edits = Vec::new();
    let mut lacking = Vec::new();
    for entry in edit::entries(selector?) {
        let value = case.slice(entry.value.span);
        match labels.entry(&entry.key) {
            Some(own) if case.slice(own.value.span) != value => {
                edits.push(Edit { span: own.value.span, text: value.to_string() });
            }
            Some(_) => {}
            None => lacking.push(format!("{}: {value}", case.slice(entry.key_span))),
        }
    }
    if !lacking.is_empty() {
        let lines = if edit::is_flow(case.text, labels) { vec![lacking.join(", ")] } else { lacking };
        edits.push(edit::add(case.text, labels, &lines)?);
    }
    (!edits.is_empty()).then(|| fix(title, edits))
}

/// A container, its name or its image, where the pod lacks it.
pub(super) fn add_required(case: &Case<'_>) -> Vec<Fix> {
    if !case.because("Required") {
        return Vec::new();
    }
    let field = case.field();
    if let Some(item) = field.strip_suffix(".name").or(field.strip_suffix(".image"))
        && item.ends_with(']')
        && item.contains("ontainers[")
    {
        let Some(container) = case.node(item).filter(|one| matches!(one.kind, NodeKind::Map(_))) else {
            return Vec::new();
        };
        let name = if field.ends_with("name") { "name" } else { "image" };
        let word = container.get("name").and_then(Node::as_str).filter(|name| !name.is_empty()).unwrap_or("web");
        let line = format!("{name}: {word}");
        let edit = match container.entry(name) {
            Some(entry) if entry.value.span.start < entry.value.span.end => {
                Some(Edit { span: entry.value.span, text: word.to_string() })
            }
            Some(entry) => {
                let end = edit::end_of(case.text, entry);
                Some(Edit { span: Span::new(end, end), text: format!(" {word}") })
            }
            None => edit::add(case.text, container, std::slice::from_ref(&line)),
        };
        return edit.map(|edit| fix(format!("Add {line}"), vec![edit])).into_iter().collect();
    }
    let Some(spec_path) = field.strip_suffix(".containers") else { return Vec::new() };
    let Some(spec) = case.node(spec_path).filter(|spec| spec.entry("containers").is_none()) else { return Vec::new() };
    let lines = if edit::is_flow(case.text, spec) {
        vec!["containers: [{name: web, image: web}]".to_string()]
    } else {
        ["containers:", "- name: web", "  image: web"].map(str::to_string).to_vec()
    };
    edit::add(case.text, spec, &lines).map(|edit| fix("Add a container".to_string(), vec![edit])).into_iter().collect()
}
