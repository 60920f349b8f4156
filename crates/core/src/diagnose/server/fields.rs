//! Fields that are misspelt, misplaced, given twice or of another type.

use super::{Case, Fixes, edit, parent, split};
use crate::diagnostic::{Edit, Span};
use crate::objects::distance;
use crate::objects::schema::{self, Struct, Type, struct_in};
use crate::yaml::{Entry, Node, NodeKind};

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
pub(super) fn rename(case: &Case<'_>, fixes: &mut Fixes) {
    let Some((path, name)) = unknown(case) else { return };
    let (Some(table), Some((map, entry))) = (table_at(case, path), case.place(case.field())) else { return };
    let typed = name.to_ascii_lowercase();
    let most = if typed.len() < 5 { 1 } else { 2 };
    let quote = if case.slice(entry.key_span).starts_with('"') { "\"" } else { "" };
    // The nearest first.
    for wanted in 0..=3 {
        for field in table.fields {
            let known = field.name.to_ascii_lowercase();
            // `podSelector` for `selector`.
            let inside = known.len() > 3 && typed.len() > 3 && (typed.ends_with(&known) || known.ends_with(&typed));
            let away = distance(&known, &typed, most);
            let away = if away > most && inside { 3 } else { away };
            if away == wanted && (away <= most || inside) && map.entry(field.name).is_none() {
                let text = [quote, field.name, quote].concat();
                fixes.offer(&["Write ", field.name], Some(Edit { span: entry.key_span, text }));
            }
        }
    }
}

/// A field that stands one level off: it goes where the tables know it.
pub(super) fn move_field(case: &Case<'_>, fixes: &mut Fixes) {
    let Some((path, name)) = unknown(case) else { return };
    let Some((map, entry)) = case.place(case.field()) else { return };
    // Outwards: the mappings that it is in. Then inwards and beside: mappings of this one and of the one around it.
    let mut targets: Vec<String> = Vec::new();
    let mut outer = path;
    while !outer.is_empty() {
        outer = parent(outer);
        if !outer.ends_with(']') && table_at(case, outer).is_some_and(|table| table.field(name).is_some()) {
            targets.push(outer.to_string());
        }
    }
    for around in [path, parent(path)] {
        let Some(table) = table_at(case, around) else { continue };
        for field in table.fields {
            let Some(inner) = struct_in(&field.ty) else { continue };
            let usual = matches!(field.name, "spec" | "metadata" | "ports" | "template" | "clientIP" | "networking")
                || field.name.ends_with("Config");
            if usual && inner.field(name).is_some() && inner.name != "ListMeta" {
                let dot = if around.is_empty() { "" } else { "." };
                targets.push([around, dot, field.name].concat());
            }
        }
    }
    for target in targets {
        if let Some(edits) = moved(case, map, entry, &target) {
            fixes.offer_all(&["Move ", name, " to ", shown(&target)], edits);
        }
    }
}

/// Takes an entry out and puts it into the mapping at `target`.
fn moved(case: &Case<'_>, map: &Node, entry: &Entry, target: &str) -> Option<Vec<Edit>> {
    let cut = edit::remove(case.text, map, entry)?;
    let added = insert(case, target, &entry.key, &edit::lines_of(case.text, entry)?)?;
    apart(case.text, cut, added)
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
            let mut all = vec![[last, ":"].concat()];
            let mut lead = if list { "- " } else { "  " };
            for line in lines {
                all.push([lead, line].concat());
                lead = "  ";
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
pub(super) fn list_of_one(case: &Case<'_>, fixes: &mut Fixes) {
    if !case.decoding() || !case.says("cannot unmarshal") || !case.says("of type []") {
        return;
    }
    let Some((node, written)) = case.value().filter(|(_, written)| !written.is_empty()) else { return };
    let title = ["Make ", split(case.field()).map_or("", |(_, name)| name), " a list"];
    if edit::is_flow(case.text, node) || !matches!(node.kind, NodeKind::Map(_)) {
        fixes.offer(&title, Some(Edit { span: node.span, text: ["[", written, "]"].concat() }));
        return;
    }
    let mut edits = Vec::new();
    let mut at = node.span.start;
    while at < node.span.end {
        let text = if edits.is_empty() { "- " } else { "  " }.to_string();
        edits.push(Edit { span: Span::new(at, at), text });
        at = edit::line_end(case.text, at) + 1;
    }
    fixes.offer_all(&title, edits);
}

/// A Service's selector with `matchLabels`, as workloads have it.
pub(super) fn flatten_selector(case: &Case<'_>, fixes: &mut Fixes) {
    if case.kind() != "Service" || !case.decoding() || !case.field().starts_with("spec.selector.match") {
        return;
    }
    let (Some(selector), Some(labels)) = (case.node("spec.selector"), case.node("spec.selector.matchLabels")) else {
        return;
    };
    if edit::entries(selector).len() != 1 || !matches!(labels.kind, NodeKind::Map(_)) {
        return;
    }
    // The labels keep their lines and move to the selector's own column.
    let column = |node: &Node| edit::column(case.text, node.span.start);
    let text = edit::outdented(case.slice(labels.span), column(labels).saturating_sub(column(selector)));
    let edit = Edit { span: selector.span, text: text.join("\n") };
    fixes.offer(&["Write the labels directly under selector"], Some(edit));
}

/// A key that is there twice: one of the two goes.
pub(super) fn remove_duplicate(case: &Case<'_>, fixes: &mut Fixes) {
    if !case.decoding() || !case.says("already set in map") {
        return;
    }
    let Some((map, entry)) = case.place(case.field()) else { return };
    let name = &entry.key;
    let mut same = edit::entries(map);
    same.retain(|entry| entry.key == *name);
    let [first, .., last] = same.as_slice() else { return };
    fixes.offer(&["Remove the second ", name], edit::remove(case.text, map, last));
    fixes.offer(&["Keep this ", name, ", remove the first"], edit::remove(case.text, map, first));
}

/// A field that nobody knows goes.
pub(super) fn remove(case: &Case<'_>, fixes: &mut Fixes) {
    if let Some((_, name)) = unknown(case) {
        fixes.offer(&["Remove ", name], case.without(case.field()));
    }
}

/// A number or a boolean where text is wanted: the same characters in quotes.
pub(super) fn quote(case: &Case<'_>, fixes: &mut Fixes) {
    if !case.decoding() || !case.says("cannot unmarshal") || !case.message().ends_with("of type string") {
        return;
    }
    let Some((map, entry)) = case.place(case.field()) else { return };
    // In labels and the like all values that want it: the server tells only the first.
    let strings = ["labels", "elector", "abels", "annotations"];
    let all = strings.iter().any(|name| parent(case.field()).ends_with(name));
    let mut edits = Vec::new();
    for one in edit::entries(map) {
        let written = case.slice(one.value.span);
        let scalar = matches!(one.value.kind, NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_));
        if scalar && (all || one.key_span == entry.key_span) && !written.is_empty() && !written.contains(['"', '\\']) {
            edits.push(Edit { span: one.value.span, text: ["\"", written, "\""].concat() });
        }
    }
    if edits.len() == 1 {
        fixes.offer_all(&["Write \"", case.slice(entry.value.span), "\" in quotes"], edits);
    } else {
        fixes.offer_all(&["Write these values in quotes"], edits);
    }
}

/// Text where a number or a boolean is wanted: the same characters without quotes; also a port number as a name.
pub(super) fn unquote(case: &Case<'_>, fixes: &mut Fixes) {
    let wanted = case.decoding() && case.says("cannot unmarshal string") && !case.message().ends_with("of type string");
    let port = case.field().ends_with("targetPort") && case.because("Invalid");
    let Some((node, _)) = case.value().filter(|_| wanted || port) else { return };
    let plain = node.as_str().unwrap_or_default().trim();
    if plain.parse::<i64>().is_ok() || matches!(plain, "true" | "false") {
        fixes.offer(&["Write ", plain, " without quotes"], case.put(plain));
    }
}

/// One fix for each value that there is, the nearest first. Also where the server warns of an old name.
pub(super) fn supported_values(case: &Case<'_>, fixes: &mut Fixes) {
    if case.field() == "spec.trafficDistribution" && case.says("deprecated") {
        fixes.offer(&["Use PreferSameZone"], case.put("PreferSameZone"));
    }
    let Some((_, list)) = case.message().split_once("supported values: ") else { return };
    let typed = case.value().map_or("", |(_, written)| written).trim_matches('"').to_ascii_lowercase();
    // Those that it has in it, then those that are near, then the rest, each in the server's own order.
    for rank in 0..3 {
        for value in list.split(", ") {
            let value = value.trim_matches('"');
            let lower = value.to_ascii_lowercase();
            let own = match () {
                () if typed.contains(&lower) => 0,
                () if distance(&lower, &typed, 3) <= 3 => 1,
                () => 2,
            };
            let Some(edit) = case.put(value).filter(|_| own == rank && !value.is_empty()) else { continue };
            let ports = if case.field() == "spec.type" && value == "ClusterIP" { node_ports(case) } else { Vec::new() };
            let note = if ports.is_empty() { "" } else { " without a node port" };
            let mut edits = vec![edit];
            edits.extend(ports);
            fixes.offer_all(&["Use ", value, note], edits);
        }
    }
}

/// Edits that take all node ports of a Service out.
pub(super) fn node_ports(case: &Case<'_>) -> Vec<Edit> {
    let mut edits = Vec::new();
    if let Some(Node { kind: NodeKind::Seq(ports), .. }) = case.node("spec.ports") {
        for port in ports {
            if let Some(edit) = port.entry("nodePort").and_then(|entry| edit::remove(case.text, port, entry)) {
                edits.push(edit);
            }
        }
    }
    edits
}
