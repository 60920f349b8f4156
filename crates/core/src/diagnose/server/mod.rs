//! Fixes for what the reader, the decoder and the server refuse: read from the cause and the place it names.
//!
//! A rule only proposes; [`super::fixes`] makes the change, runs the whole pipeline again, and keeps what helped. So a
//! rule may be generous, and needs no proof.

mod edit;
mod fields;
mod names;
mod numbers;
mod objects;
mod service;
mod table;
mod workload;

use crate::diagnostic::{Diagnostic, Edit, Fix, Source, Span};
use crate::sort;
use crate::world::World;
use crate::yaml::{Entry, Node, NodeKind};

/// A rule that knows how one kind of refusal can be mended.
pub(super) struct Rule {
    /// Its name: the fixes that it makes carry it.
    pub(super) name: &'static str,
    propose: fn(&Case<'_>, &mut Fixes),
    /// Its fixes change nothing but what is told: what the server says afterwards was hidden before.
    pub(super) uncovers: bool,
}

const fn rule(name: &'static str, propose: fn(&Case<'_>, &mut Fixes)) -> Rule {
    Rule { name, propose, uncovers: false }
}

const fn uncovering(name: &'static str, propose: fn(&Case<'_>, &mut Fixes)) -> Rule {
    Rule { name, propose, uncovers: true }
}

/// Every rule; those first whose fixes are likelier to be meant.
pub(super) static RULES: &[Rule] = &[
    uncovering("spaces-for-tabs", objects::spaces_for_tabs),
    uncovering("api-version", objects::api_version),
    rule("kind", objects::kind),
    uncovering("missing-name", objects::missing_name),
    rule("taken-name", objects::taken_name),
    rule("namespace", objects::namespace),
    uncovering("rename-field", fields::rename),
    rule("move-field", fields::move_field),
    rule("list-of-one", fields::list_of_one),
    rule("flatten-selector", fields::flatten_selector),
    uncovering("remove-duplicate", fields::remove_duplicate),
    rule("remove-field", fields::remove),
    uncovering("quote", fields::quote),
    uncovering("unquote", fields::unquote),
    rule("supported-value", fields::supported_values),
    rule("port-in-range", numbers::port_in_range),
    uncovering("node-port-in-range", numbers::node_port_in_range),
    uncovering("free-node-port", numbers::free_node_port),
    rule("affinity-timeout", table::affinity_timeout),
    rule("canonical-address", numbers::canonical_address),
    uncovering("free-cluster-ip", numbers::free_cluster_ip),
    rule("valid-name", names::valid_name),
    rule("valid-label", names::valid_label),
    rule("external-name", names::external_name),
    rule("name-ports", service::name_ports),
    rule("add-ports", service::add_ports),
    rule("another-name", service::another_name),
    rule("another-protocol", service::another_protocol),
    rule("fitting-type", table::fitting_type),
    rule("drop-misfit", table::drop_misfit),
    rule("families", table::families),
    rule("match-selector", workload::match_selector),
    rule("add-container", workload::add_required),
];

/// At most so many changes are offered for one diagnostic.
const MOST: usize = 6;

/// Changes that might satisfy the server, best first.
pub(super) fn candidates(case: &Case<'_>) -> Vec<Fix> {
    let mut fixes = Fixes { rule: "", offered: Vec::new() };
    for rule in RULES {
        fixes.rule = rule.name;
        (rule.propose)(case, &mut fixes);
    }
    fixes.offered.truncate(MOST);
    fixes.offered
}

/// What the rules have proposed so far.
struct Fixes {
    rule: &'static str,
    offered: Vec<Fix>,
}

impl Fixes {
    /// Proposes one edit; the title is put together of its parts.
    fn offer(&mut self, title: &[&str], edit: Option<Edit>) {
        if let Some(edit) = edit {
            self.offer_all(title, vec![edit]);
        }
    }

    /// Proposes edits that belong together; none is no proposal.
    fn offer_all(&mut self, title: &[&str], mut edits: Vec<Edit>) {
        sort::by_key(&mut edits, |edit| edit.span);
        if !edits.is_empty() && !self.offered.iter().any(|known| known.edits == edits) {
            self.offered.push(Fix { rule: self.rule, title: title.concat(), edits });
        }
    }
}

/// A diagnostic and what it is about.
pub(super) struct Case<'a> {
    pub(super) world: &'a World,
    pub(super) diagnostic: &'a Diagnostic,
    /// The diagnostic's file.
    pub(super) text: &'a str,
    /// The object's own node; none where the document cannot be read.
    pub(super) object: Option<&'a Node>,
}

impl<'a> Case<'a> {
    fn field(&self) -> &'a str {
        self.diagnostic.field.as_deref().unwrap_or_default()
    }

    fn message(&self) -> &'a str {
        &self.diagnostic.message
    }

    /// Whether the server gives this reason (`Invalid` for `FieldValueInvalid`).
    fn because(&self, reason: &str) -> bool {
        self.diagnostic.reason.as_deref().and_then(|one| one.strip_prefix("FieldValue")) == Some(reason)
    }

    fn decoding(&self) -> bool {
        self.diagnostic.source == Source::Decode
    }

    fn node(&self, path: &str) -> Option<&'a Node> {
        self.object?.at_path(path)
    }

    fn text_at(&self, path: &str) -> &'a str {
        self.node(path).and_then(Node::as_str).unwrap_or_default()
    }

    fn kind(&self) -> &'a str {
        self.text_at("kind")
    }

    /// The mapping that the field at `path` is in, and the field itself.
    fn place(&self, path: &str) -> Option<(&'a Node, &'a Entry)> {
        let (parent, name) = split(path)?;
        let map = if parent.is_empty() { self.object? } else { self.node(parent)? };
        let NodeKind::Map(entries) = &map.kind else { return None };
        let found = map.entry(name).or_else(|| entries.iter().rev().find(|one| one.key.eq_ignore_ascii_case(name)));
        Some((map, found?))
    }

    /// What stands in the text at a place.
    fn slice(&self, span: Span) -> &'a str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// The characters of the field's own value.
    fn value(&self) -> Option<(&'a Node, &'a str)> {
        let node = self.node(self.field())?;
        Some((node, self.slice(node.span)))
    }

    /// Whether the message has these words.
    #[inline(never)]
    fn says(&self, words: &str) -> bool {
        self.message().contains(words)
    }

    /// Puts another value in place of the field's own.
    fn put(&self, text: &str) -> Option<Edit> {
        let (node, _) = self.value()?;
        (node.span.start < node.span.end).then(|| Edit { span: node.span, text: text.to_string() })
    }

    /// Gives a field a value, whether or not it is there; mappings that it lacks around it are made.
    fn set(&self, path: &str, value: &str) -> Option<Edit> {
        let (outer, name) = split(path)?;
        let map = if outer.is_empty() { self.object } else { self.node(outer) };
        let Some(map) = map.filter(|map| matches!(map.kind, NodeKind::Map(_))) else {
            // The mapping around it is missing, or empty.
            return (!outer.ends_with(']') && !outer.is_empty())
                .then(|| self.set(outer, &["{", name, ": ", value, "}"].concat()))?;
        };
        match map.entry(name) {
            Some(entry) if entry.value.span.start < entry.value.span.end => {
                Some(Edit { span: entry.value.span, text: value.to_string() })
            }
            Some(entry) => {
                let end = edit::end_of(self.text, entry);
                Some(Edit { span: Span::new(end, end), text: [" ", value].concat() })
            }
            None => edit::add(self.text, map, &[[name, ": ", value].concat()]),
        }
    }

    /// Proposes `Use NAME: VALUE`.
    fn using(&self, path: &str, value: &str, fixes: &mut Fixes) {
        let name = split(path).map_or("", |(_, name)| name);
        fixes.offer(&["Use ", name, ": ", value], self.set(path, value));
    }

    /// Takes a field out.
    fn without(&self, path: &str) -> Option<Edit> {
        let (map, entry) = self.place(path)?;
        edit::remove(self.text, map, entry)
    }
}

/// Splits the last step off a path: `spec.ports[0].port` into `spec.ports[0]` and `port`.
fn split(path: &str) -> Option<(&str, &str)> {
    if let Some(inner) = path.strip_suffix(']') {
        let open = inner.rfind('[')?;
        return Some((&path[..open], &inner[open + 1..]));
    }
    match path.rfind('.') {
        Some(dot) => Some((&path[..dot], &path[dot + 1..])),
        None => (!path.is_empty()).then_some(("", path)),
    }
}

/// The path of the list item or mapping that a path is in: `spec.ports[2]` of `spec.ports[2].nodePort`.
fn parent(path: &str) -> &str {
    split(path).map_or("", |(parent, _)| parent)
}
