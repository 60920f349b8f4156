//! Names and labels that the server does not take.

use super::{Case, edit, fix, parent};
use crate::diagnostic::{Edit, Fix};
use crate::yaml::NodeKind;

/// A name in the letters that the server takes: lower case, digits and dashes (dots, too, where they may be).
fn sanitised(name: &str, dots: bool, most: usize) -> String {
    let mut out = String::new();
    for c in name.trim().chars() {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_alphanumeric() || (dots && c == '.' && !out.is_empty() && !out.ends_with(['.', '-'])) {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with(['-', '.']) {
            out.push('-');
        }
    }
    out.truncate(most);
    out.trim_end_matches(['-', '.']).to_string()
}

/// Text as a YAML value: in quotes where it would be read as a number or the like.
fn written(text: &str) -> String {
    if crate::yaml::is_plain_text(text) { text.to_string() } else { format!("\"{text}\"") }
}

/// A name, namespace, port name or the like.
pub(super) fn valid_name(case: &Case<'_>) -> Vec<Fix> {
    let field = case.field();
    let last = field.rsplit('.').next().unwrap_or_default();
    let named = matches!(
        last,
        "name" | "namespace" | "hostname" | "subdomain" | "nodeName" | "targetPort" | "serviceName" | "generateName"
    );
    if !named || !case.because("Invalid") && !case.because("TooLong") {
        return Vec::new();
    }
    let Some(name) = case.value().and_then(|(node, _)| node.as_str()) else { return Vec::new() };
    let port = last == "targetPort" || (field.contains("ontainers[") && field.contains(".ports["));
    let short = port || case.message().contains("15 characters");
    let dots = field == "metadata.name" && !case.message().contains("dots") && !case.message().contains("label");
    let mut better = sanitised(name, dots, if short { 15 } else { 63 });
    if short {
        while better.contains("--") {
            better = better.replace("--", "-");
        }
    }
    if better.is_empty() || better == name {
        return Vec::new();
    }
    case.put(format!("Write {better}"), written(&better)).into_iter().collect()
}

/// The key or the value of a label, selector or annotation.
pub(super) fn valid_label(case: &Case<'_>) -> Vec<Fix> {
    let field = case.field();
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_string();
    let is_map = |name: &str| matches!(name, "labels" | "selector" | "matchLabels" | "nodeSelector" | "annotations");
    if !case.because("Invalid") || !(is_map(&last(field)) || is_map(&last(parent(field)))) {
        return Vec::new();
    }
    // The server names the mapping alone where a label's value is wrong; upstream's path of a template lacks `metadata`.
    let map = if is_map(&last(field)) { field } else { parent(field) };
    let with_metadata = map.replace("template.labels", "template.metadata.labels");
    let Some(map) = case.node(map).or_else(|| case.node(&with_metadata)) else { return Vec::new() };
    let mut edits = Vec::new();
    let mut shown = String::new();
    for entry in edit::entries(map) {
        let quoted_key = format!("\"{}\"", entry.key);
        let better_key = clean(&entry.key, true);
        if case.message().contains(&quoted_key) && better_key != entry.key && !better_key.is_empty() {
            shown = better_key.clone();
            edits.push(Edit { span: entry.key_span, text: written(&better_key) });
        }
        let NodeKind::Str(value) = &entry.value.kind else { continue };
        let better = clean(value, false);
        if case.message().contains(&format!("{value:?}"))
            && better != *value
            && entry.value.span.start < entry.value.span.end
        {
            shown = better.clone();
            edits.push(Edit { span: entry.value.span, text: written(&better) });
        }
    }
    if edits.is_empty() { Vec::new() } else { vec![fix(format!("Write {shown}"), edits)] }
}

/// A label's key or value in the letters that it may have.
fn clean(text: &str, key: bool) -> String {
    let slash = text.find('/').filter(|_| key);
    let mut out: String = text
        .char_indices()
        .map(|(at, c)| {
            let fits = c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || Some(at) == slash;
            if fits { c } else { '-' }
        })
        .collect();
    while out.contains("--") {
        out = out.replace("--", "-");
    }
    let name_start = out.find('/').map_or(0, |at| at + 1);
    let most = name_start + 63;
    out.truncate(most);
    out.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_string()
}

/// What an ExternalName points at: a name, without scheme, port and path.
pub(super) fn external_name(case: &Case<'_>) -> Vec<Fix> {
    if case.field() != "spec.externalName" {
        return Vec::new();
    }
    if case.because("Required") {
        return case.using("spec.externalName", "www.example.com").into_iter().collect();
    }
    let Some(name) = case.value().and_then(|(node, _)| node.as_str()) else { return Vec::new() };
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    let name = name.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let labels: Vec<String> =
        name.split('.').map(|label| sanitised(label, false, 63)).filter(|label| !label.is_empty()).collect();
    let better = labels.join(".");
    if better.is_empty() {
        return Vec::new();
    }
    case.put(format!("Write {better}"), written(&better)).into_iter().collect()
}
