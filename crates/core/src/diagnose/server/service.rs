//! A Service whose fields do not go together.

use super::{Case, edit, fix, parent};
use crate::collections::Set;
use crate::diagnostic::{Edit, Fix};
use crate::yaml::{Node, NodeKind};

fn ports<'a>(case: &Case<'a>) -> &'a [Node] {
    match case.node("spec.ports").map(|ports| &ports.kind) {
        Some(NodeKind::Seq(ports)) => ports,
        _ => &[],
    }
}

/// Names for all ports that lack one.
pub(super) fn name_ports(case: &Case<'_>) -> Vec<Fix> {
    if !case.because("Required") || !case.field().starts_with("spec.ports[") || !case.field().ends_with("].name") {
        return Vec::new();
    }
    let mut edits = Vec::new();
    let named = ports(case).iter().filter_map(|port| port.get("name")?.as_str()).filter(|name| !name.is_empty());
    let mut used: Set<String> = named.map(str::to_string).collect();
    for (at, port) in ports(case).iter().enumerate() {
        let entry = port.entry("name");
        if entry.is_some_and(|entry| entry.value.as_str().is_some_and(|name| !name.is_empty())) {
            continue;
        }
        let number = port.get("port").map(|node| case.slice(node.span).trim()).unwrap_or_default();
        let mut name = match number {
            "80" => "http".to_string(),
            "443" => "https".to_string(),
            "" => format!("port-{at}"),
            number => format!("port-{number}"),
        };
        // 53/UDP and 53/TCP.
        while !used.insert(name.clone()) {
            name = format!("{name}-{at}");
        }
        match entry {
            Some(entry) if entry.value.span.start < entry.value.span.end => {
                edits.push(Edit { span: entry.value.span, text: name });
            }
            Some(_) => {}
            None => edits.extend(edit::add_first(case.text, port, &format!("name: {name}"))),
        }
    }
    if edits.is_empty() { Vec::new() } else { vec![fix("Name the ports".to_string(), edits)] }
}

/// A Service without ports gets one, or becomes headless.
pub(super) fn add_ports(case: &Case<'_>) -> Vec<Fix> {
    if case.field() != "spec.ports" || !case.because("Required") {
        return Vec::new();
    }
    let mut fixes: Vec<Fix> = Vec::new();
    let block = case.node("spec").filter(|spec| spec.entry("ports").is_none() && !edit::is_flow(case.text, spec));
    let added = match block {
        Some(spec) => edit::add(case.text, spec, &["ports:".to_string(), "- port: 80".to_string()]),
        None => case.set("spec.ports", "[{port: 80}]"),
    };
    fixes.extend(added.map(|edit| fix("Add port 80".to_string(), vec![edit])));
    if matches!(case.text_at("spec.type"), "" | "ClusterIP") {
        let edit = case.set("spec.clusterIP", "None");
        fixes.extend(edit.map(|edit| fix("Make it headless".to_string(), vec![edit])));
    }
    fixes
}

/// A name that another port or container has.
pub(super) fn another_name(case: &Case<'_>) -> Vec<Fix> {
    if !case.because("Duplicate") || !case.field().ends_with(".name") {
        return Vec::new();
    }
    let item = parent(case.field());
    let name = case.text_at(case.field());
    let number = ["port", "containerPort"].into_iter().find_map(|key| {
        let node = case.node(&format!("{item}.{key}"))?;
        Some(case.slice(node.span).trim())
    });
    let better = number.map_or(format!("{name}-2"), |number| format!("{name}-{number}"));
    let short: String = if better.len() > 15 { format!("{}-2", name.get(..12).unwrap_or("port")) } else { better };
    case.put(format!("Name it {short}"), short).into_iter().collect()
}

/// The same port twice: the second is for the other protocol, or is not wanted.
pub(super) fn another_protocol(case: &Case<'_>) -> Vec<Fix> {
    if !case.because("Duplicate") || !case.field().starts_with("spec.ports[") || !case.field().ends_with(']') {
        return Vec::new();
    }
    let Some(port) = case.node(case.field()) else { return Vec::new() };
    let udp = port.get("protocol").and_then(Node::as_str) == Some("UDP");
    let other = if udp { "TCP" } else { "UDP" };
    let mut fixes = Vec::new();
    fixes.extend(case.using(&[case.field(), ".protocol"].concat(), other));
    let all = ports(case);
    let at = all.iter().position(|one| one.span == port.span);
    if let Some(before) = at.and_then(|at| all.get(at.checked_sub(1)?)) {
        // From the end of the port before to the end of this one.
        let (start, end) = (before.span.end, port.span.end);
        let whole = if edit::is_flow(case.text, port) { end } else { edit::line_end(case.text, end) };
        let start = if edit::is_flow(case.text, port) { start } else { edit::line_end(case.text, start) };
        let span = crate::diagnostic::Span::new(start, whole);
        fixes.push(fix("Remove this port".to_string(), vec![Edit { span, text: String::new() }]));
    }
    fixes
}
