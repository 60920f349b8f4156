//! Workloads whose selector and template do not go together, and pods without what they need.

use super::{Case, edit, fix, split};
use crate::diagnostic::{Edit, Fix};
use crate::yaml::Node;

/// The pairs of a mapping as they are written: `key: value`.
fn pairs(case: &Case<'_>, map: Option<&Node>) -> Vec<String> {
    let written =
        |entry: &&crate::yaml::Entry| format!("{}: {}", case.slice(entry.key_span), case.slice(entry.value.span));
    map.map(|map| edit::entries(map).iter().map(written).collect()).unwrap_or_default()
}

/// Pairs as a mapping in brackets.
fn in_brackets(pairs: &[String]) -> String {
    ["{", &pairs.join(", "), "}"].concat()
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
        let block = selector.filter(|selector| !edit::is_flow(case.text, selector));
        let edit = match block {
            Some(selector) => {
                let indent = " ".repeat(edit::column(case.text, selector.span.start));
                let text = from_labels.join(&["\n", &indent].concat());
                Some(Edit { span: selector.span, text })
            }
            None => case.set("spec.selector.matchLabels", &in_brackets(&from_labels)),
        };
        fixes.extend(edit.map(|edit| fix("Select the template's labels".to_string(), vec![edit])));
    }
    if !from_selector.is_empty() {
        fixes.extend(label_template(case, labels, selector, &from_selector));
    }
    fixes
}

/// Gives the template those of the selector's pairs that it lacks.
fn label_template(case: &Case<'_>, labels: Option<&Node>, selector: Option<&Node>, pairs: &[String]) -> Option<Fix> {
    let title = "Give the template the selector's labels".to_string();
    let Some(labels) = labels else {
        return Some(fix(title, vec![case.set("spec.template.metadata.labels", &in_brackets(pairs))?]));
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
    let field = case.field();
    if !case.because("Required") || !field.contains("ontainers") {
        return Vec::new();
    }
    let (item, name) = split(field).unwrap_or_default();
    let edit = match name {
        "name" | "image" => {
            let known = case.node(item).and_then(|container| container.get("name")).and_then(Node::as_str);
            case.set(field, known.filter(|name| !name.is_empty()).unwrap_or("web"))
        }
        "containers" => case.set(field, "[{name: web, image: web}]"),
        _ => None,
    };
    edit.map(|edit| fix(["Add ", name].concat(), vec![edit])).into_iter().collect()
}
