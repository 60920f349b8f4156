//! Names and labels that the server does not take.

use super::{Case, Fixes, edit, parent};
use crate::diagnostic::Edit;

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
    let quote = if crate::yaml::is_plain_text(text) { "" } else { "\"" };
    [quote, text, quote].concat()
}

/// A name, namespace, port name or the like.
pub(super) fn valid_name(case: &Case<'_>, fixes: &mut Fixes) {
    const NAMES: [&str; 8] =
        ["name", "namespace", "hostname", "subdomain", "nodeName", "targetPort", "serviceName", "generateName"];
    let field = case.field();
    let last = last_of(field);
    if !NAMES.contains(&last) || !case.because("Invalid") && !case.because("TooLong") {
        return;
    }
    let Some(name) = case.value().and_then(|(node, _)| node.as_str()) else { return };
    let port = last == "targetPort" || (field.contains("ontainers[") && field.contains(".ports["));
    let dots = field == "metadata.name" && !case.says("dots") && !case.says("label");
    let better = sanitised(name, dots, if port { 15 } else { 63 });
    if !better.is_empty() && better != name {
        fixes.offer(&["Write ", &better], case.put(&written(&better)));
    }
}

fn last_of(path: &str) -> &str {
    path.rfind('.').and_then(|dot| path.get(dot + 1..)).unwrap_or(path)
}

/// The key or the value of a label, selector or annotation.
pub(super) fn valid_label(case: &Case<'_>, fixes: &mut Fixes) {
    let is_map =
        |path: &str| matches!(last_of(path), "labels" | "selector" | "matchLabels" | "nodeSelector" | "annotations");
    // The server names the mapping alone where a label's value is wrong; upstream's path of a template lacks `metadata`.
    let map = if is_map(case.field()) { case.field() } else { parent(case.field()) };
    if !case.because("Invalid") || !is_map(map) {
        return;
    }
    let with_metadata = map.replace("template.labels", "template.metadata.labels");
    let Some(map) = case.node(map).or_else(|| case.node(&with_metadata)) else { return };
    for entry in edit::entries(map) {
        let value = entry.value.as_str().unwrap_or_default();
        for (text, span, key) in [(entry.key.as_str(), entry.key_span, true), (value, entry.value.span, false)] {
            let better = clean(text, key);
            let blamed = case.says(&["\"", text, "\""].concat()) && span.start < span.end;
            if blamed && better != text && !better.is_empty() {
                fixes.offer(&["Write ", &better], Some(Edit { span, text: written(&better) }));
            }
        }
    }
}

/// A label's key or value in the letters that it may have.
fn clean(text: &str, key: bool) -> String {
    let mut slash = key;
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || (c == '/' && slash) {
            slash &= c != '/';
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let most = out.find('/').map_or(0, |at| at + 1) + 63;
    out.truncate(most);
    out.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_string()
}

/// What an ExternalName points at: a name, without scheme, port and path.
pub(super) fn external_name(case: &Case<'_>, fixes: &mut Fixes) {
    const PATH: &str = "spec.externalName";
    if case.field() != PATH {
        return;
    }
    if case.because("Required") {
        return case.using(PATH, "www.example.com", fixes);
    }
    let name = case.text_at(PATH);
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    let name = name.split(['/', ':', '?', '#']).next().unwrap_or_default();
    let better = sanitised(name, true, 253);
    if !better.is_empty() {
        fixes.offer(&["Write ", &better], case.put(&written(&better)));
    }
}
