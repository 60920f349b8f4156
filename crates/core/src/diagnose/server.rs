//! Fixes for what the server refuses: read from its words and the place it names, offered only after a re-run.

use crate::collections::Set;
use crate::diagnostic::{Diagnostic, Edit, Fix, Source, Span};
use crate::sort;
use crate::yaml::{Entry, Node, NodeKind};

/// Changes that might satisfy the server, best first. `text` is the diagnostic's file, `object` the object's own node.
pub(super) fn candidates(diagnostic: &Diagnostic, text: &str, object: &Node) -> Vec<Fix> {
    if !matches!(diagnostic.source, Source::Apiserver | Source::Decode) {
        return Vec::new();
    }
    let message = diagnostic.message.as_str();
    let field = diagnostic.field.as_deref().unwrap_or_default();
    if message.contains("Unsupported value") {
        let mut fixes = supported_values(message, diagnostic.span);
        if field == "spec.type" {
            without_node_ports(&mut fixes, text, object);
        }
        fixes
    } else if message.contains("provided port is not in the valid range") {
        port_in_range(text, diagnostic.span)
    } else if message.contains("provided port is already allocated") {
        next_port(text, diagnostic.span)
    } else if message.contains("Required value") && field.starts_with("spec.ports[") && field.ends_with("].name") {
        name_the_ports(text, object)
    } else if message.contains("cannot unmarshal") && message.ends_with("of type string") {
        quote(text, diagnostic.span)
    } else {
        Vec::new()
    }
}

fn replace(title: String, span: Span, text: String) -> Fix {
    Fix { title, edits: vec![Edit { span, text }] }
}

/// The bytes of a span; empty where it is no part of the text.
fn slice(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or_default()
}

/// One fix for each value that the message lists.
fn supported_values(message: &str, span: Span) -> Vec<Fix> {
    let Some((_, list)) = message.split_once("supported values: ") else { return Vec::new() };
    list.split(", ")
        .map(|value| value.trim_matches('"'))
        .filter(|value| !value.is_empty())
        .map(|value| replace(format!("Use {value}"), span, value.to_string()))
        .collect()
}

/// A ClusterIP takes no node ports: where the manifest has some, that fix drops their lines too.
fn without_node_ports(fixes: &mut [Fix], text: &str, object: &Node) {
    let ports = object.get("spec").and_then(|spec| spec.get("ports")).map(|ports| &ports.kind);
    let Some(NodeKind::Seq(ports)) = ports else { return };
    let lines: Vec<Span> = ports.iter().filter_map(|port| own_line(text, port.entry("nodePort")?)).collect();
    let Some(fix) = fixes.iter_mut().find(|fix| fix.title == "Use ClusterIP") else { return };
    if lines.is_empty() {
        return;
    }
    fix.title.push_str(" without a node port");
    fix.edits.extend(lines.into_iter().map(|span| Edit { span, text: String::new() }));
    fix.edits.sort_by_key(|edit| edit.span);
}

/// The whole line of an entry that stands alone on it, its end included.
fn own_line(text: &str, entry: &Entry) -> Option<Span> {
    let (before, after) = (text.get(..entry.key_span.start as usize)?, text.get(entry.value.span.end as usize..)?);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let length = after.find('\n').map_or(after.len(), |at| at + 1);
    let rest = after.get(..length)?.trim();
    let alone = before.get(start..)?.trim().is_empty() && (rest.is_empty() || rest.starts_with('#'));
    alone.then(|| Span::new(start as u32, entry.value.span.end + length as u32))
}

/// The lowest node port, by default.
const FIRST_NODE_PORT: u32 = 30_000;

/// A port in the range that keeps the last digits: 80 becomes 30080, 8080 becomes 30080 too, 99999 becomes 30999.
fn port_in_range(text: &str, span: Span) -> Vec<Fix> {
    let number: i64 = slice(text, span).trim().parse().unwrap_or(0);
    let near = FIRST_NODE_PORT + number.unsigned_abs().min(99_999) as u32 % 1_000;
    (near..near + 3).map(|port| replace(format!("Use nodePort: {port}"), span, port.to_string())).collect()
}

/// The numbers that follow a port that is taken.
fn next_port(text: &str, span: Span) -> Vec<Fix> {
    let Ok(number) = slice(text, span).trim().parse::<u32>() else { return Vec::new() };
    let next = (number.saturating_add(1)..).take(4).map(|port| if port > 32_767 { port - 2_768 } else { port });
    next.map(|port| replace(format!("Use nodePort: {port}"), span, port.to_string())).collect()
}

/// Names for every port that lacks one, all in one fix: the server asks for all of them.
fn name_the_ports(text: &str, object: &Node) -> Vec<Fix> {
    let Some(ports) = object.get("spec").and_then(|spec| spec.get("ports")) else { return Vec::new() };
    let NodeKind::Seq(ports) = &ports.kind else { return Vec::new() };
    let mut edits = Vec::new();
    let mut names: Set<String> = ports.iter().filter_map(|port| port.get("name")?.as_str().map(String::from)).collect();
    for (at, port) in ports.iter().enumerate() {
        let number = port.get("port").map(|node| slice(text, node.span).trim()).unwrap_or_default();
        let mut name = if number.is_empty() { format!("port-{at}") } else { format!("port-{number}") };
        // 53/UDP and 53/TCP.
        while !names.insert(name.clone()) {
            name = format!("{name}-{at}");
        }
        if let Some(entry) = port.entry("name") {
            if matches!(&entry.value.kind, NodeKind::Str(name) if !name.is_empty()) {
                continue;
            }
            edits.push(Edit { span: entry.value.span, text: name });
            continue;
        }
        let start = port.span.start;
        let rest = text.get(start as usize..).unwrap_or_default();
        let (place, insertion) = if rest.starts_with('{') {
            (start + 1, format!("name: {name}, "))
        } else {
            let line = text.get(..start as usize).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
            let indent = " ".repeat((start as usize).saturating_sub(line));
            (start, format!("name: {name}\n{indent}"))
        };
        edits.push(Edit { span: Span::new(place, place), text: insertion });
    }
    sort::by_key(&mut edits, |edit| edit.span);
    if edits.is_empty() { Vec::new() } else { vec![Fix { title: "Name the ports".to_string(), edits }] }
}

/// The same characters as text.
fn quote(text: &str, span: Span) -> Vec<Fix> {
    let plain = slice(text, span);
    if plain.is_empty() || plain.len() > 100 || plain.contains(['"', '\n', '\\', '{', '[']) {
        return Vec::new();
    }
    vec![replace(format!("Write \"{plain}\" in quotes"), span, format!("\"{plain}\""))]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_value_becomes_a_fix() {
        let message = "Unsupported value: \"X\": supported values: \"ClusterIP\", \"NodePort\"";
        let titles: Vec<String> = supported_values(message, Span::new(0, 1)).into_iter().map(|fix| fix.title).collect();
        assert_eq!(titles, ["Use ClusterIP", "Use NodePort"]);
    }

    #[test]
    fn a_port_out_of_range_keeps_its_last_digits() {
        let fixes = |text: &str| port_in_range(text, Span::new(0, text.len() as u32))[0].edits[0].text.clone();
        assert_eq!(fixes("80"), "30080");
        assert_eq!(fixes("99999"), "30999");
        assert_eq!(fixes("-5"), "30005");
    }

    #[test]
    fn ports_of_one_number_get_names_of_their_own() {
        let text = "spec: {ports: [{port: 53}, {port: 53, protocol: UDP}, {port: 1, name: port-53-1}]}";
        let stream = crate::yaml::read(text, 0, 0, &crate::yaml::Limits::default());
        let fixes = name_the_ports(text, &stream.documents[0].root);
        let edits: Vec<&str> = fixes[0].edits.iter().map(|edit| edit.text.as_str()).collect();
        assert_eq!(edits, ["name: port-53, ", "name: port-53-1-1, "]);
    }

    #[test]
    fn a_taken_port_at_the_top_continues_at_the_bottom() {
        let ports: Vec<String> =
            next_port("32766", Span::new(0, 5)).into_iter().map(|fix| fix.edits[0].text.clone()).collect();
        assert_eq!(ports, ["32767", "30000", "30001", "30002"]);
    }
}
