//! Fields that are misspelt, misplaced, given twice or of another type.

use super::{Case, edit, fix, parent, split};
use crate::diagnostic::{Edit, Fix, Span};
use crate::objects::distance;
use crate::objects::schema::{self, Struct, Type, struct_in};
use crate::sort;
use crate::yaml::{Node, NodeKind};

/// The struct that the mapping at a path is, by the object's kind.
fn table_at(case: &Case<'_>, path: &str) -> Option<&'static Struct> {
    let by_name = || schema::KINDS.iter().find(|known| known.kind == case.kind());
    let kind = schema::kind_of(case.text_at("apiVersion"), case.kind()).or_else(by_name)?;
    let mut table = kind.table;
    for step in path.split(['.', '[']).filter(|step| !step.is_empty() && !step.ends_with(']')) {
        table = struct_in(&table.field(step)?.ty)?;
    }
    Some(table)
}

fn unknown<'a>(case: &Case<'a>) -> Option<(&'a str, &'a str)> {
    (case.decoding() && case.message().starts_with("unknown field")).then(|| split(case.field())).flatten()
}

/// The nearest known field of the same mapping: another case, or a letter or two wrong.
pub(super) fn rename(case: &Case<'_>) -> Vec<Fix> {
    let Some((path, name)) = unknown(case) else { return Vec::new() };
    let (Some(table), Some((map, entry))) = (table_at(case, path), case.place(case.field())) else {
        return Vec::new();
    };
    let lower = name.to_ascii_lowercase();
    let near = |known: &str| {
        let known = known.to_ascii_lowercase();
        let most = if lower.len() < 5 { 1 } else { 2 };
        // `selectors` for `selector`, `podSelector` for it too.
        let inside = known.len() > 3 && lower.len() > 3 && (lower.ends_with(&known) || known.ends_with(&lower));
        let away = distance(&known, &lower, most);
        if away <= most { Some(away) } else { inside.then_some(3) }
    };
    let mut found: Vec<(usize, &str)> = table
        .fields
        .iter()
        .filter(|field| map.entry(field.name).is_none())
        .filter_map(|field| Some((near(field.name)?, field.name)))
        .collect();
    sort::by_key(&mut found, |(away, _)| *away);
    let quoted = case.slice(entry.key_span).starts_with('"');
    found
        .into_iter()
        .take(2)
        .map(|(_, known)| {
            let text = if quoted { format!("\"{known}\"") } else { known.to_string() };
            fix(["Write ", known].concat(), vec![Edit { span: entry.key_span, text }])
        })
        .collect()
}

/// A field that stands one level off: it goes where the tables know it.
pub(super) fn move_field(case: &Case<'_>) -> Vec<Fix> {
    let Some((path, name)) = unknown(case) else { return Vec::new() };
    let Some((map, entry)) = case.place(case.field()) else { return Vec::new() };
    let (Some(cut), Some(lines)) = (edit::remove(case.text, map, entry), edit::lines_of(case.text, entry)) else {
        return Vec::new();
    };
    let mut fixes = Vec::new();
    let mut try_move = |target: &str| {
        if let Some(added) = insert(case, target, name, &lines)
            && let Some(edits) = apart(case.text, cut.clone(), added)
        {
            fixes.push(fix(format!("Move {name} to {}", shown(target)), edits));
        }
    };
    // Outwards: the mappings that it is in.
    let mut outer = path;
    while !outer.is_empty() {
        outer = parent(outer);
        if !outer.ends_with(']') && table_at(case, outer).is_some_and(|table| table.field(name).is_some()) {
            try_move(outer);
        }
    }
    // Inwards and beside: mappings of this one and of the one around it.
    for around in [path, parent(path)] {
        let Some(table) = table_at(case, around) else { continue };
        for field in table.fields {
            let Some(inner) = struct_in(&field.ty).filter(|inner| inner.field(name).is_some()) else { continue };
            let usual = matches!(field.name, "spec" | "metadata" | "ports" | "template" | "clientIP" | "networking")
                || field.name.ends_with("Config");
            let target = if around.is_empty() { field.name.to_string() } else { format!("{around}.{}", field.name) };
            if usual && target != path && inner.name != "ListMeta" {
                try_move(&target);
            }
        }
    }
    fixes.truncate(2);
    fixes
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "the top" } else { path }
}

/// Puts an entry's lines into the mapping at `target`, or into the first item of the list there; both are made where
/// they are missing.
fn insert(case: &Case<'_>, target: &str, name: &str, lines: &[String]) -> Option<Edit> {
    let list = {
        let (outer, last) = split(target)?;
        matches!(table_at(case, outer)?.field(last)?.ty, Type::List(_))
    };
    match case.node(target) {
        Some(Node { kind: NodeKind::Seq(items), .. }) => {
            let item = items.first().filter(|item| item.get(name).is_none())?;
            edit::add(case.text, item, lines)
        }
        Some(node @ Node { kind: NodeKind::Map(_), .. }) if node.get(name).is_none() => {
            edit::add(case.text, node, lines)
        }
        None => {
            let (outer, last) = split(target)?;
            let map = if outer.is_empty() { case.object? } else { case.node(outer)? };
            let mut all = vec![format!("{last}:")];
            for (at, line) in lines.iter().enumerate() {
                let lead = if list && at == 0 { "- " } else { "  " };
                all.push(format!("{lead}{line}"));
            }
            edit::add(case.text, map, &all)
        }
        _ => None,
    }
}

/// Both edits in order; one that lies inside the other is no move.
fn apart(text: &str, cut: Edit, added: Edit) -> Option<Vec<Edit>> {
    let at = added.span.start;
    let mut cut = cut;
    let mut added = added;
    if cut.span.start < at && at < cut.span.end {
        // Added at the end of the line that goes: it takes that line's place.
        if at + 1 != cut.span.end || text.get(at as usize..cut.span.end as usize) != Some("\n") {
            return None;
        }
        cut.span.end = at;
        let added_text = std::mem::take(&mut added.text);
        cut.text = added_text.strip_prefix('\n').unwrap_or(&added_text).to_string();
        return Some(vec![cut]);
    }
    Some(if at <= cut.span.start { vec![added, cut] } else { vec![cut, added] })
}

/// A single mapping where a list of them is wanted.
pub(super) fn list_of_one(case: &Case<'_>) -> Vec<Fix> {
    if !case.decoding() || !case.message().contains("cannot unmarshal") || !case.message().contains("of type []") {
        return Vec::new();
    }
    let Some((node, written)) = case.value() else { return Vec::new() };
    let name = split(case.field()).map_or("", |(_, name)| name);
    let edits = if edit::is_flow(case.text, node) || !matches!(node.kind, NodeKind::Map(_)) {
        if written.is_empty() || written.contains('\n') {
            return Vec::new();
        }
        vec![Edit { span: node.span, text: format!("[{written}]") }]
    } else {
        let mut edits = Vec::new();
        let mut at = edit::line_start(case.text, node.span.start);
        let mut first = true;
        while at < node.span.end {
            let end = edit::line_end(case.text, at);
            if case.slice(Span::new(at, end)).trim().is_empty() {
                at = end + 1;
                continue;
            }
            let place = if first { node.span.start } else { at };
            edits.push(Edit { span: Span::new(place, place), text: if first { "- " } else { "  " }.to_string() });
            first = false;
            at = end + 1;
        }
        edits
    };
    vec![fix(format!("Make {name} a list"), edits)]
}

/// A Service's selector with `matchLabels`, as workloads have it.
pub(super) fn flatten_selector(case: &Case<'_>) -> Vec<Fix> {
    if case.kind() != "Service" || !case.decoding() || !case.field().starts_with("spec.selector.match") {
        return Vec::new();
    }
    let (Some(selector), Some(labels)) = (case.node("spec.selector"), case.node("spec.selector.matchLabels")) else {
        return Vec::new();
    };
    let written = case.slice(labels.span);
    if edit::entries(selector).len() != 1 || !matches!(labels.kind, NodeKind::Map(_)) {
        return Vec::new();
    }
    let start = selector.span.start;
    let edits = if edit::is_flow(case.text, labels) {
        vec![Edit { span: selector.span, text: written.to_string() }]
    } else {
        // The labels keep their lines and move to the selector's own column.
        let less = edit::column(case.text, labels.span.start).saturating_sub(edit::column(case.text, start));
        let text: Vec<&str> = written
            .lines()
            .enumerate()
            .map(|(at, line)| if at == 0 { line } else { line.get(less.min(line.len())..).unwrap_or(line) })
            .collect();
        vec![Edit { span: selector.span, text: text.join("\n") }]
    };
    vec![fix("Write the labels directly under selector".to_string(), edits)]
}

/// A key that is there twice: one of the two goes.
pub(super) fn remove_duplicate(case: &Case<'_>) -> Vec<Fix> {
    if !case.decoding() || !case.message().contains("already set in map") {
        return Vec::new();
    }
    let Some((map, entry)) = case.place(case.field()) else { return Vec::new() };
    let name = &entry.key;
    let mut same = edit::entries(map);
    same.retain(|entry| entry.key == *name);
    let [first, .., last] = same.as_slice() else { return Vec::new() };
    let cut = |entry| edit::remove(case.text, map, entry);
    let one = cut(last).map(|edit| fix(format!("Remove the second {name}"), vec![edit]));
    let other = cut(first).map(|edit| fix(format!("Keep this {name}, remove the first"), vec![edit]));
    one.into_iter().chain(other).collect()
}

/// A field that nobody knows goes.
pub(super) fn remove(case: &Case<'_>) -> Vec<Fix> {
    if unknown(case).is_none() {
        return Vec::new();
    }
    case.drop(case.field()).into_iter().collect()
}

/// A number or a boolean where text is wanted: the same characters in quotes.
pub(super) fn quote(case: &Case<'_>) -> Vec<Fix> {
    let wanted =
        case.decoding() && case.message().contains("cannot unmarshal") && case.message().ends_with("of type string");
    let Some((node, written)) = case.value().filter(|_| wanted) else { return Vec::new() };
    let scalar = matches!(node.kind, NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_));
    if !scalar || written.is_empty() || written.len() > 100 || written.contains(['"', '\n', '\\']) {
        return Vec::new();
    }
    // All values of the mapping that want it, for the server tells only the first.
    let siblings = case.place(case.field()).map(|(map, _)| edit::entries(map)).unwrap_or_default();
    let mut edits = Vec::new();
    for entry in siblings.iter().filter(|_| {
        case.field().contains("labels") || case.field().contains("elector") || case.field().contains("annotations")
    }) {
        let written = case.slice(entry.value.span);
        if matches!(entry.value.kind, NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_))
            && !written.contains('"')
        {
            edits.push(Edit { span: entry.value.span, text: format!("\"{written}\"") });
        }
    }
    let single = vec![Edit { span: node.span, text: format!("\"{written}\"") }];
    let title = format!("Write \"{written}\" in quotes");
    if edits.len() > 1 {
        vec![fix("Write these values in quotes".to_string(), edits)]
    } else {
        vec![fix(title, single)]
    }
}

/// Text where a number or a boolean is wanted: the same characters without quotes; also a port number as a name.
pub(super) fn unquote(case: &Case<'_>) -> Vec<Fix> {
    let wanted = case.decoding()
        && case.message().contains("cannot unmarshal string")
        && !case.message().ends_with("of type string");
    let port = case.field().ends_with("targetPort") && case.because("Invalid");
    let Some((node, _)) = case.value().filter(|_| wanted || port) else { return Vec::new() };
    let Some(plain) = node.as_str().map(str::trim) else { return Vec::new() };
    if plain.parse::<i64>().is_err() && !matches!(plain, "true" | "false") {
        return Vec::new();
    }
    vec![fix(format!("Write {plain} without quotes"), vec![Edit { span: node.span, text: plain.to_string() }])]
}

/// One fix for each value that there is, the nearest first.
pub(super) fn supported_values(case: &Case<'_>) -> Vec<Fix> {
    if !case.because("NotSupported") {
        return deprecated_value(case);
    }
    let Some((_, list)) = case.message().split_once("supported values: ") else { return Vec::new() };
    let typed = case.value().map_or("", |(_, written)| written).trim_matches('"').to_ascii_lowercase();
    let mut values: Vec<(bool, usize, &str)> = list
        .split(", ")
        .map(|value| value.trim_matches('"'))
        .filter(|value| !value.is_empty())
        .map(|value| {
            let lower = value.to_ascii_lowercase();
            (!typed.contains(&lower), distance(&lower, &typed, 9), value)
        })
        .collect();
    if !values.iter().any(|(_, away, _)| *away < 4) {
        // Nothing is near: the server's own order.
        for value in &mut values {
            value.1 = 0;
        }
    }
    sort::by_key(&mut values, |(other, away, _)| (*other, *away));
    let fixes = values.into_iter().filter_map(|(_, _, value)| {
        let mut fix = case.put(format!("Use {value}"), value.to_string())?;
        if case.field() == "spec.type" && value == "ClusterIP" {
            let ports = node_ports(case);
            if !ports.is_empty() {
                fix.title.push_str(" without a node port");
                fix.edits.extend(ports);
            }
        }
        Some(fix)
    });
    fixes.collect()
}

/// The server warns of an old name.
fn deprecated_value(case: &Case<'_>) -> Vec<Fix> {
    if case.field() != "spec.trafficDistribution" || !case.message().contains("PreferSameZone") {
        return Vec::new();
    }
    case.put("Use PreferSameZone".to_string(), "PreferSameZone".to_string()).into_iter().collect()
}

/// Edits that take all node ports of a Service out.
pub(super) fn node_ports(case: &Case<'_>) -> Vec<Edit> {
    let Some(Node { kind: NodeKind::Seq(ports), .. }) = case.node("spec.ports") else { return Vec::new() };
    let cut = |port: &Node| edit::remove(case.text, port, port.entry("nodePort")?);
    ports.iter().filter_map(cut).collect()
}
