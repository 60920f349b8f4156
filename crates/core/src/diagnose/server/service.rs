//! A Service whose fields do not go together.

use super::{Case, edit, fields, fix, parent, split};
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
    let Some((spec, _, entry)) = case.place("spec.ports") else { return no_spec(case) };
    let (lines, one) = (["ports:".to_string(), "- port: 80".to_string()], "ports: [{port: 80}]".to_string());
    let added = match entry {
        Some(entry) if entry.value.span.start < entry.value.span.end => {
            Some(Edit { span: entry.value.span, text: "[{port: 80}]".to_string() })
        }
        Some(entry) => {
            let end = edit::end_of(case.text, entry);
            Some(Edit { span: crate::diagnostic::Span::new(end, end), text: " [{port: 80}]".to_string() })
        }
        None if edit::is_flow(case.text, spec) => edit::add(case.text, spec, &[one]),
        None => edit::add(case.text, spec, &lines),
    };
    let mut fixes: Vec<Fix> = added.map(|edit| fix("Add port 80".to_string(), vec![edit])).into_iter().collect();
    if matches!(case.text_at("spec.type"), "" | "ClusterIP") {
        fixes.extend(case.set("spec.clusterIP", "Make it headless".to_string(), "None"));
    }
    fixes
}

fn no_spec(case: &Case<'_>) -> Vec<Fix> {
    let Some(object) = case.object.filter(|object| object.entry("spec").is_none()) else { return Vec::new() };
    let lines = if edit::is_flow(case.text, object) {
        vec!["spec: {ports: [{port: 80}]}".to_string()]
    } else {
        vec!["spec:".to_string(), "  ports:".to_string(), "  - port: 80".to_string()]
    };
    edit::add(case.text, object, &lines).map(|edit| fix("Add port 80".to_string(), vec![edit])).into_iter().collect()
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
    let edit = match port.entry("protocol") {
        Some(entry) => Some(Edit { span: entry.value.span, text: other.to_string() }),
        None => edit::add(case.text, port, &[format!("protocol: {other}")]),
    };
    fixes.extend(edit.map(|edit| fix(format!("Use protocol: {other}"), vec![edit])));
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

/// A field that the Service's type does not have: another type has it.
pub(super) fn fitting_type(case: &Case<'_>) -> Vec<Fix> {
    if case.kind() != "Service" {
        return Vec::new();
    }
    let says = |words: &str| case.message().contains(words);
    let name = split(case.field()).map_or("", |(_, name)| name);
    let use_type = |kind: &str| case.set("spec.type", format!("Use type: {kind}"), kind);
    let mut fixes = Vec::new();
    if name == "nodePort" && says("when `type` is 'ClusterIP'") {
        fixes.extend(use_type("NodePort"));
        let ports = fields::node_ports(case);
        if !ports.is_empty() {
            fixes.push(fix("Remove the node ports".to_string(), ports));
        }
    } else if says("when `type` is 'LoadBalancer' and") {
        if let (Some(one), Some(two)) =
            (case.set_edit("spec.type", "LoadBalancer"), case.set_edit("spec.externalTrafficPolicy", "Local"))
            && one.span != two.span
        {
            fixes.push(fix("Use type: LoadBalancer with externalTrafficPolicy: Local".to_string(), vec![one, two]));
        }
    } else if says("when `type` is 'LoadBalancer'") {
        fixes.extend(use_type("LoadBalancer"));
    } else if says("externally-accessible services") {
        fixes.extend(use_type("NodePort"));
        fixes.extend(use_type("LoadBalancer"));
    } else if says("may not be set to 'None' for") {
        fixes.extend(use_type("ClusterIP"));
    }
    fixes
}

/// A field that does not belong here goes; so does one that the server warns it ignores.
pub(super) fn drop_misfit(case: &Case<'_>) -> Vec<Fix> {
    let misfit = case.because("Forbidden")
        || ["may only be set", "may only be used", "may not be set", "must be empty when", "is ignored", "are ignored"]
            .iter()
            .any(|words| case.message().contains(words))
        || case.message().contains("externalIPs") && case.message().contains("deprecated");
    if !misfit {
        return Vec::new();
    }
    let field = case.field();
    // The server names `clusterIPs` where only `clusterIP` was given, and a Go name for the source ranges.
    let path = match field {
        "spec.clusterIPs" | "spec.clusterIPs[0]" if case.node("spec.clusterIPs").is_none() => "spec.clusterIP",
        "spec.LoadBalancerSourceRanges" => "spec.loadBalancerSourceRanges",
        field => field.strip_suffix("[0]").unwrap_or(field),
    };
    case.drop(path).into_iter().collect()
}

/// Address families that contradict each other, their policy or the cluster.
pub(super) fn families(case: &Case<'_>) -> Vec<Fix> {
    let field = case.field();
    if !field.starts_with("spec.ipFamil") {
        return Vec::new();
    }
    let says = |words: &str| case.message().contains(words);
    let mut fixes = Vec::new();
    let policy = |value: &str| case.set("spec.ipFamilyPolicy", format!("Use ipFamilyPolicy: {value}"), value);
    if says("must be 'RequireDualStack' or 'PreferDualStack'") {
        fixes.extend(policy("PreferDualStack"));
        fixes.extend(policy("RequireDualStack"));
    } else if says("not configured for dual-stack") {
        fixes.extend(policy("PreferDualStack"));
        fixes.extend(policy("SingleStack"));
    } else if says("must be set to 'SingleStack'") || says("must be 'SingleStack'") {
        fixes.extend(policy("SingleStack"));
    }
    if says("configured on this cluster") || case.because("Duplicate") || says("when multiple IP families") {
        fixes.extend(case.drop("spec.ipFamilies"));
    }
    // Without its families, a policy for one family is enough.
    if says("not configured for dual-stack")
        && let (Some(families), Some(policy)) =
            (case.without("spec.ipFamilies"), case.set_edit("spec.ipFamilyPolicy", "SingleStack"))
    {
        fixes.push(fix("Use one family".to_string(), vec![families, policy]));
    }
    fixes
}
