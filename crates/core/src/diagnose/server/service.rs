//! A Service whose fields do not go together.

use super::{Case, Fixes, edit, parent};
use crate::diagnostic::{Edit, Span};
use crate::yaml::{Node, NodeKind};

fn ports<'a>(case: &Case<'a>) -> &'a [Node] {
    match case.node("spec.ports").map(|ports| &ports.kind) {
        Some(NodeKind::Seq(ports)) => ports,
        _ => &[],
    }
}

/// Names for all ports that lack one.
pub(super) fn name_ports(case: &Case<'_>, fixes: &mut Fixes) {
    if !case.because("Required") || !case.field().starts_with("spec.ports[") || !case.field().ends_with("].name") {
        return;
    }
    let mut edits = Vec::new();
    let mut used: Vec<String> = Vec::new();
    let name_of = |port: &Node| port.get("name").and_then(Node::as_str).unwrap_or_default().to_string();
    for port in ports(case) {
        used.push(name_of(port));
    }
    for (at, port) in ports(case).iter().enumerate().filter(|(_, port)| name_of(port).is_empty()) {
        let number = port.get("port").map(|node| case.slice(node.span).trim()).unwrap_or_default();
        let mut name = match number {
            "80" => "http".to_string(),
            "443" => "https".to_string(),
            number => ["port-", number].concat(),
        };
        // 53/UDP and 53/TCP.
        while used.contains(&name) {
            name = format!("{name}-{at}");
        }
        let edit = match port.entry("name") {
            Some(entry) => {
                let span = entry.value.span;
                (span.start < span.end).then(|| Edit { span, text: name.clone() })
            }
            None => edit::add_first(case.text, port, &["name: ", &name].concat()),
        };
        edits.extend(edit);
        used.push(name);
    }
    fixes.offer_all(&["Name the ports"], edits);
}

/// A Service without ports gets one, or becomes headless.
pub(super) fn add_ports(case: &Case<'_>, fixes: &mut Fixes) {
    if case.field() != "spec.ports" || !case.because("Required") {
        return;
    }
    let block = case.node("spec").filter(|spec| spec.entry("ports").is_none() && !edit::is_flow(case.text, spec));
    let added = match block {
        Some(spec) => edit::add(case.text, spec, &["ports:".to_string(), "- port: 80".to_string()]),
        None => case.set("spec.ports", "[{port: 80}]"),
    };
    fixes.offer(&["Add port 80"], added);
    if matches!(case.text_at("spec.type"), "" | "ClusterIP") {
        fixes.offer(&["Make it headless"], case.set("spec.clusterIP", "None"));
    }
}

/// A name that another port or container has.
pub(super) fn another_name(case: &Case<'_>, fixes: &mut Fixes) {
    if !case.because("Duplicate") || !case.field().ends_with(".name") {
        return;
    }
    let item = parent(case.field());
    let name = case.text_at(case.field());
    let mut ending = "2";
    for key in [".port", ".containerPort"] {
        if let Some(node) = case.node(&[item, key].concat()) {
            ending = case.slice(node.span).trim();
        }
    }
    // A container port's name has at most 15 characters.
    let kept = name.get(..name.len().min(14_usize.saturating_sub(ending.len()))).unwrap_or("port");
    let better = [kept, "-", ending].concat();
    fixes.offer(&["Name it ", &better], case.put(&better));
}

/// The same port twice: the second is for the other protocol, or is not wanted.
pub(super) fn another_protocol(case: &Case<'_>, fixes: &mut Fixes) {
    if !case.because("Duplicate") || !case.field().starts_with("spec.ports[") || !case.field().ends_with(']') {
        return;
    }
    let Some(port) = case.node(case.field()) else { return };
    let udp = port.get("protocol").and_then(Node::as_str) == Some("UDP");
    let other = if udp { "TCP" } else { "UDP" };
    case.using(&[case.field(), ".protocol"].concat(), other, fixes);
    let all = ports(case);
    let at = all.iter().position(|one| one.span == port.span);
    if let Some(before) = at.and_then(|at| all.get(at.checked_sub(1)?)) {
        // From the end of the port before to the end of this one.
        let ends = |node: &Node| {
            let end = node.span.end;
            if edit::is_flow(case.text, node) { end } else { edit::line_end(case.text, end) }
        };
        let edit = Edit { span: Span::new(ends(before), ends(port)), text: String::new() };
        fixes.offer(&["Remove this port"], Some(edit));
    }
}
