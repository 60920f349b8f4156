//! Workloads whose selector and template do not go together, and pods without what they need.

use super::{Case, Fixes, edit, split};
use crate::diagnostic::Edit;
use crate::yaml::Node;

/// The pairs of a mapping as they are written: `key: value`.
fn pairs(case: &Case<'_>, map: Option<&Node>) -> Vec<String> {
    let mut pairs = Vec::new();
    for entry in map.map(edit::entries).unwrap_or_default() {
        pairs.push([case.slice(entry.key_span), ": ", case.slice(entry.value.span)].concat());
    }
    pairs
}

/// Pairs as a mapping in brackets.
fn in_brackets(pairs: &[String]) -> String {
    ["{", &pairs.join(", "), "}"].concat()
}

/// The selector takes the template's labels, or the template the selector's.
pub(super) fn match_selector(case: &Case<'_>, fixes: &mut Fixes) {
    let empty = case.field() == "spec.selector" && (case.because("Required") || case.says("empty selector"));
    if !empty && !case.says("does not match template `labels`") {
        return;
    }
    let labels = case.node("spec.template.metadata.labels");
    let selector = case.node("spec.selector.matchLabels");
    let from_labels = pairs(case, labels);
    if !from_labels.is_empty() {
        let edit = match selector.filter(|selector| !edit::is_flow(case.text, selector)) {
            Some(selector) => {
                let indent = " ".repeat(edit::column(case.text, selector.span.start));
                Some(Edit { span: selector.span, text: from_labels.join(&["\n", &indent].concat()) })
            }
            None => case.set("spec.selector.matchLabels", &in_brackets(&from_labels)),
        };
        fixes.offer(&["Select the template's labels"], edit);
    }
    let Some(selector) = selector else { return };
    let title = ["Give the template the selector's labels"];
    let Some(labels) = labels else {
        let pairs = in_brackets(&pairs(case, Some(selector)));
        return fixes.offer(&title, case.set("spec.template.metadata.labels", &pairs));
    };
    let mut edits = Vec::new();
    let mut lacking = Vec::new();
    for entry in edit::entries(selector) {
        let value = case.slice(entry.value.span);
        match labels.entry(&entry.key) {
            Some(own) => {
                if case.slice(own.value.span) != value {
                    edits.push(Edit { span: own.value.span, text: value.to_string() });
                }
            }
            None => lacking.push([case.slice(entry.key_span), ": ", value].concat()),
        }
    }
    if edit::is_flow(case.text, labels) {
        lacking = vec![lacking.join(", ")];
    }
    if lacking.iter().any(|line| !line.is_empty()) {
        edits.extend(edit::add(case.text, labels, &lacking));
    }
    fixes.offer_all(&title, edits);
}

/// A container, its name or its image, where the pod lacks it.
pub(super) fn add_required(case: &Case<'_>, fixes: &mut Fixes) {
    let field = case.field();
    if !case.because("Required") || !field.contains("ontainers") {
        return;
    }
    let (item, name) = split(field).unwrap_or_default();
    let known = case.node(item).and_then(|container| container.get("name")).and_then(Node::as_str).unwrap_or_default();
    let value = match name {
        "name" | "image" if known.is_empty() => "web",
        "name" | "image" => known,
        "containers" => "[{name: web, image: web}]",
        _ => return,
    };
    fixes.offer(&["Add ", name], case.set(field, value));
}
