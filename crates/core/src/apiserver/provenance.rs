//! Who put each field of a stored object there: the one who typed it, a default, an allocator, the server itself.
//!
//! Nothing upstream says this, and no list of fields does here. The object is compared at the seams of the server's own
//! pipeline: as it was typed, as it was decoded, with every default and before anything is allocated, as it was stored.
//! A field belongs to the first of these from which on it has the value that is stored.

use super::patch;
use super::store::{Operation, Store};
use crate::collections::Map;
use crate::diagnostic::Span;
use crate::objects::{Value, decode, to_value};
use crate::yaml::{Duplicate, Entry, Node, NodeKind};

/// Who put a field there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Stored as it was typed.
    Typed,
    /// Typed, and stored in other words: `0x50` as 80, a quantity in its shortest form.
    Changed,
    /// Filled in by a rule that looks at the object and the cluster's settings only.
    Default,
    /// Chosen by an allocator: addresses and ports.
    Allocated,
    /// The server's own book-keeping, or what a controller wrote into the object.
    System,
    /// Not typed this time, and left as it was before.
    Kept,
    /// Typed, and not stored.
    Dropped,
}

impl By {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            By::Typed => "typed",
            By::Changed => "changed",
            By::Default => "default",
            By::Allocated => "allocated",
            By::System => "system",
            By::Kept => "kept",
            By::Dropped => "dropped",
        }
    }
}

/// What is known of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The field, as the server names it: `spec.ports[0].nodePort`, `metadata.labels[app.kubernetes.io/name]`.
    pub path: String,
    /// Who put it there.
    pub by: By,
    /// Whether it holds a value rather than members or items.
    pub leaf: bool,
    /// The value in the words of the text, where it stands on one line there.
    pub typed: Option<String>,
    /// The document that it was typed in, and the bytes from its key to the end of its value.
    pub place: Option<(usize, Span)>,
}

/// The path of a member.
pub(crate) fn member_path(path: &str, key: &str) -> String {
    let plain = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    match (plain, path.is_empty()) {
        (true, true) => key.to_string(),
        (true, false) => format!("{path}.{key}"),
        (false, _) => format!("{path}[{key}]"),
    }
}

/// The path of an item.
pub(crate) fn item_path(path: &str, at: usize) -> String {
    format!("{path}[{at}]")
}

/// One request, as it was written.
pub(crate) struct Written<'a> {
    /// The document's number.
    pub(crate) document: usize,
    /// The object.
    pub(crate) node: &'a Node,
    /// The keys that stand twice in its document.
    pub(crate) duplicates: &'a [Duplicate],
    /// The text that the node's bytes count in.
    pub(crate) text: &'a str,
    /// What was asked.
    pub(crate) operation: Operation,
    /// The namespace it went to; empty for kinds without one.
    pub(crate) namespace: &'a str,
    /// Whether the object was taken as it is, without the server.
    pub(crate) as_stored: bool,
    /// What a running cluster keeps although the text no longer says it: fields with their values.
    pub(crate) kept: Vec<(&'a str, &'a Value)>,
}

/// An object after a request, and who put its fields there.
#[derive(Clone, Debug)]
pub(crate) struct Trail {
    value: Value,
    marks: Vec<Mark>,
}

impl Trail {
    /// After `written` was accepted and `stored`, `before` being what there was.
    pub(crate) fn after(written: &Written<'_>, store: &Store, stored: &Value, before: Option<&Trail>) -> Trail {
        let whole = matches!(written.operation, Operation::Create | Operation::Put) || before.is_none();
        let mut requested = match decode(written.node, None, written.duplicates) {
            Ok(decoded) if whole => decoded.value,
            _ => to_value(written.node),
        };
        if !written.namespace.is_empty()
            && let Some(metadata) = requested.get_mut("metadata")
            && metadata.get("namespace").is_none()
        {
            metadata.set("namespace", Value::from(written.namespace));
        }
        let settled = if written.as_stored { requested.clone() } else { store.settle(&requested) };
        let kept = (!written.kept.is_empty()).then(|| {
            let mut object = requested.clone();
            for (field, value) in &written.kept {
                put(&mut object, &field.replace('[', ".").replace(']', ""), value);
            }
            store.settle(&object)
        });
        let allocates = stored.get("kind").and_then(Value::as_str) == Some("Service") && !written.as_stored;
        let mut walk = Walk {
            text: written.text,
            document: written.document,
            keep_first: !whole,
            keyed: !whole && matches!(written.operation, Operation::StrategicPatch | Operation::Apply),
            last: if allocates { By::Allocated } else { By::System },
            earlier: before.map(Trail::by_path).unwrap_or_default(),
            before: before.map(Trail::marks).unwrap_or_default(),
            marks: Vec::new(),
        };
        let typed = match written.operation {
            Operation::Delete => None,
            _ => Some(written.node),
        };
        let only = (written.operation == Operation::Status).then_some("status");
        let root = Here {
            path: String::new(),
            parent: "",
            field: "",
            place: None,
            typed,
            layers: [Some(&requested), Some(&settled), kept.as_ref()],
            before: before.map(|trail| (&trail.value, String::new())),
            own: false,
        };
        walk.members(root, stored, only);
        walk.carry_dropped(before);
        let marks = walk.marks;
        Trail { value: stored.clone(), marks }
    }

    /// The marks of the object as it is now, controllers having written into it.
    pub(crate) fn complete(&self, now: &Value) -> Vec<Mark> {
        let mut walk = Walk {
            text: "",
            document: 0,
            keep_first: true,
            keyed: false,
            last: By::System,
            earlier: self.by_path(),
            before: &self.marks,
            marks: Vec::new(),
        };
        let root = Here {
            path: String::new(),
            parent: "",
            field: "",
            place: None,
            typed: None,
            layers: [None; 3],
            before: Some((&self.value, String::new())),
            own: false,
        };
        walk.members(root, now, None);
        walk.carry_dropped(Some(self));
        walk.marks
    }

    /// The marks.
    pub(crate) fn marks(&self) -> &[Mark] {
        &self.marks
    }

    fn by_path(&self) -> Map<&str, usize> {
        numbered(self.marks.iter().map(|mark| mark.path.as_str()).collect())
    }
}

/// A place in the stored object, and what stands there in each of the objects that it is compared with.
struct Here<'a> {
    path: String,
    /// The field that holds the list's owner, and the field: how lists of the API know their items.
    parent: &'a str,
    field: &'a str,
    /// Where the field was typed, key included.
    place: Option<Span>,
    typed: Option<&'a Node>,
    /// As decoded; with every default; with what a running cluster keeps, and what follows from that.
    layers: [Option<&'a Value>; 3],
    /// As it was before, and its path there.
    before: Option<(&'a Value, String)>,
    /// Inside `metadata` or `status`, which are the server's: what it adds there is book-keeping.
    own: bool,
}

struct Walk<'a> {
    text: &'a str,
    document: usize,
    /// What is as it was before has its earlier mark, as after a patch.
    keep_first: bool,
    /// Items of lists find each other by their keys, as in a strategic merge patch.
    keyed: bool,
    /// Who puts in what no default does.
    last: By,
    before: &'a [Mark],
    /// The numbers of those, by path.
    earlier: Map<&'a str, usize>,
    marks: Vec<Mark>,
}

impl<'a> Walk<'a> {
    /// Marks a value and all that is in it.
    fn value(&mut self, here: Here<'a>, value: &'a Value) {
        let by = self.by(&here, value);
        let full = !is_empty_container(value);
        let leaf = !matches!(value, Value::Object(_) | Value::Array(_)) || !full;
        let (mut typed, mut place) = (None, here.place.map(|span| (self.document, span)));
        if let Some(node) = here.typed.filter(|node| leaf && is_leaf(node)) {
            typed = self.words(node);
        }
        let mut mark = Mark { path: here.path.clone(), by, leaf, typed, place };
        if let (Some(earlier), true) = (self.earlier_of(&here), self.keep_first) {
            let same = here.before.as_ref().is_some_and(|(before, _)| alike(before, value));
            if same && (earlier.place.is_some() || here.typed.is_none()) {
                mark = Mark { path: here.path.clone(), leaf, ..earlier.clone() };
            } else if self.last == By::System && here.typed.is_none() && earlier.place.is_some() {
                // Typed, and written over by a controller.
                (place, mark.typed) = (earlier.place, earlier.typed.clone());
                mark.by = By::Changed;
                mark.place = place;
            }
        }
        self.marks.push(mark);
        match value {
            Value::Object(_) => self.members(here, value, None),
            Value::Array(items) => self.items(&here, items),
            _ => {}
        }
    }

    /// Who put a value there, where its earlier mark does not say it.
    fn by(&self, here: &Here<'_>, value: &Value) -> By {
        let container = matches!(value, Value::Object(_) | Value::Array(_)) && !is_empty_container(value);
        let equals = |other: &Option<&Value>| other.is_some_and(|other| alike(other, value));
        if let Some(node) = here.typed {
            if container || self.as_typed(node, value) {
                return By::Typed;
            }
            if !is_nothing(node) {
                return By::Changed;
            }
        }
        let [requested, settled, kept] = &here.layers;
        if equals(requested) && equals(settled) {
            return By::Default;
        }
        if equals(settled) {
            return if here.own { By::System } else { By::Default };
        }
        if equals(kept) {
            return By::Kept;
        }
        let unchanged = here.before.as_ref().is_some_and(|(before, _)| alike(before, value));
        match self.earlier_of(here) {
            Some(earlier) if unchanged && earlier.by == By::System => By::System,
            Some(_) if unchanged => By::Kept,
            _ if here.own => By::System,
            _ => self.last,
        }
    }

    fn earlier_of(&self, here: &Here<'_>) -> Option<&'a Mark> {
        let (_, path) = here.before.as_ref()?;
        self.before.get(*self.earlier.get(path.as_str())?)
    }

    /// Marks the members of an object; of the root's, where only one counts, that one.
    fn members(&mut self, here: Here<'a>, value: &'a Value, only: Option<&str>) {
        let typed: &'a [Entry] = match here.typed.map(|node| &node.kind) {
            Some(NodeKind::Map(entries)) => entries,
            _ => &[],
        };
        // Of keys that stand twice the last counts, here and in the decoder.
        let entries = numbered(typed.iter().map(|entry| entry.key.as_str()).collect());
        let layers = here.layers.map(|layer| Members::of(layer.unwrap_or(&Value::Null)));
        let before = here.before.as_ref().map(|(before, path)| (Members::of(before), path));
        for (key, member) in value.members() {
            let entry = entries.get(key.as_str()).and_then(|at| typed.get(*at));
            let entry = entry.filter(|_| only.is_none_or(|only| key == only));
            let next = Here {
                path: member_path(&here.path, key),
                parent: here.field,
                field: key,
                place: entry.map(place_of),
                typed: entry.map(|entry| &entry.value),
                layers: layers.each_ref().map(|layer| layer.get(key)),
                before: before.as_ref().and_then(|(members, path)| Some((members.get(key)?, member_path(path, key)))),
                own: here.own || (here.path.is_empty() && matches!(key.as_str(), "metadata" | "status")),
            };
            self.value(next, member);
        }
        let stored = Members::of(value);
        let counts = |entry: &&Entry| only.is_none_or(|only| entry.key == only);
        for (at, entry) in typed.iter().enumerate().filter(|(_, entry)| counts(entry)) {
            if entries.get(entry.key.as_str()) != Some(&at) || stored.get(&entry.key).is_some() {
                continue;
            }
            // In a patch null deletes, and `$` instructs.
            if !(self.keep_first && (entry.key.starts_with('$') || matches!(entry.value.kind, NodeKind::Null))) {
                self.dropped(member_path(&here.path, &entry.key), &entry.value, place_of(entry));
            }
        }
    }

    fn items(&mut self, here: &Here<'a>, items: &'a [Value]) {
        let typed: &'a [Node] = match here.typed.map(|node| &node.kind) {
            Some(NodeKind::Seq(nodes)) => nodes,
            _ => &[],
        };
        // Comparing each with each has its price; lists with keys are short.
        let few = items.len() <= 200 && typed.len() <= 200;
        let typed_values: Vec<Value> =
            if self.keyed && few { typed.iter().map(to_value).collect() } else { Vec::new() };
        let found = |item: &Value, at: usize, others: &[Value], keyed: bool| {
            let same = (keyed && few && others.len() <= 200)
                .then(|| patch::same_item(here.parent, here.field, item, others))
                .flatten();
            same.unwrap_or(Some(at))
        };
        for (at, item) in items.iter().enumerate() {
            let written = found(item, at, &typed_values, self.keyed);
            let node = written.and_then(|at| typed.get(at));
            let layer = |layer: Option<&'a Value>| layer?.items().get(written?);
            let before = here.before.as_ref().and_then(|(before, path)| {
                let at = found(item, at, before.items(), true)?;
                Some((before.items().get(at)?, item_path(path, at)))
            });
            let next = Here {
                path: item_path(&here.path, at),
                parent: here.field,
                field: "",
                place: node.map(|node| node.span),
                typed: node,
                layers: here.layers.map(layer),
                before,
                own: here.own,
            };
            self.value(next, item);
        }
        if !self.keyed {
            for (at, node) in typed.iter().enumerate().skip(items.len()) {
                self.dropped(item_path(&here.path, at), node, node.span);
            }
        }
    }

    /// Marks what was typed and is not stored, with all that is in it.
    fn dropped(&mut self, path: String, node: &Node, place: Span) {
        let leaf = is_leaf(node);
        let typed = if leaf { self.words(node) } else { None };
        let place = Some((self.document, place));
        self.marks.push(Mark { path: path.clone(), by: By::Dropped, leaf, typed, place });
        match &node.kind {
            NodeKind::Map(entries) => {
                for entry in entries {
                    self.dropped(member_path(&path, &entry.key), &entry.value, place_of(entry));
                }
            }
            NodeKind::Seq(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.dropped(item_path(&path, at), item, item.span);
                }
            }
            _ => {}
        }
    }

    /// What was not stored before is not stored now, unless the change says something else about it.
    fn carry_dropped(&mut self, before: Option<&Trail>) {
        let Some(before) = before.filter(|_| self.keep_first) else { return };
        let known = numbered(self.marks.iter().map(|mark| mark.path.as_str()).collect());
        let carried: Vec<Mark> = before
            .marks
            .iter()
            .filter(|mark| mark.by == By::Dropped && !known.contains_key(mark.path.as_str()))
            .cloned()
            .collect();
        self.marks.extend(carried);
    }

    /// A scalar in the words of the text.
    fn words(&self, node: &Node) -> Option<String> {
        let text = self.text.get(node.span.start as usize..node.span.end as usize)?.trim();
        (!text.contains('\n')).then(|| text.to_string())
    }

    /// Whether a scalar is stored as it was typed. Quotes are YAML's and do not count; of numbers and truth values every
    /// letter does.
    fn as_typed(&self, node: &Node, value: &Value) -> bool {
        match (&node.kind, value) {
            (NodeKind::Str(typed), Value::Str(stored)) => typed == stored,
            (NodeKind::Null, Value::Null) => true,
            (NodeKind::Map(_), Value::Object(_)) | (NodeKind::Seq(_), Value::Array(_)) => {
                is_nothing(node) || !is_empty_container(value)
            }
            (NodeKind::Bool(_) | NodeKind::Int(_) | NodeKind::Float(_), _) => {
                to_value(node) == *value && self.words(node).is_none_or(|words| words == value.to_json())
            }
            _ => false,
        }
    }
}

fn place_of(entry: &Entry) -> Span {
    Span::new(entry.key_span.start, entry.value.span.end.max(entry.key_span.end))
}

/// Sets the value at a dotted path, where all that it stands in is there.
fn put(object: &mut Value, path: &str, value: &Value) {
    let (step, rest) = path.split_once('.').map_or((path, None), |(step, rest)| (step, Some(rest)));
    match (object, rest) {
        (Value::Array(items), Some(rest)) => {
            if let Some(item) = step.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
                put(item, rest, value);
            }
        }
        (object @ Value::Object(_), None) => object.set(step, value.clone()),
        (object, Some(rest)) => {
            if let Some(member) = object.get_mut(step) {
                put(member, rest, value);
            }
        }
        _ => {}
    }
}

/// The number of each key; the last one's, where a key stands twice.
fn numbered(keys: Vec<&str>) -> Map<&str, usize> {
    keys.into_iter().enumerate().map(|(at, key)| (key, at)).collect()
}

/// The members of an object, to be found by name.
struct Members<'a> {
    members: &'a [(String, Value)],
    numbers: Map<&'a str, usize>,
}

impl<'a> Members<'a> {
    fn of(value: &'a Value) -> Self {
        let members = value.members();
        Members { members, numbers: numbered(members.iter().map(|(key, _)| key.as_str()).collect()) }
    }

    fn get(&self, key: &str) -> Option<&'a Value> {
        self.members.get(*self.numbers.get(key)?).map(|(_, value)| value)
    }
}

/// Whether two values are the same as far as one mark tells: of what holds others, that it is there.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => a.is_empty() == b.is_empty(),
        (Value::Array(a), Value::Array(b)) => a.is_empty() == b.is_empty(),
        _ => one == other,
    }
}

fn is_empty_container(value: &Value) -> bool {
    value.items().is_empty() && value.members().is_empty()
}

/// Whether a node holds no others.
fn is_leaf(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Map(entries) => entries.is_empty(),
        NodeKind::Seq(items) => items.is_empty(),
        _ => true,
    }
}

/// What says no more than nothing would: Go's zero values.
fn is_nothing(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Null | NodeKind::Bool(false) | NodeKind::Int(0) => true,
        NodeKind::Str(text) => text.is_empty(),
        NodeKind::Seq(items) => items.is_empty(),
        NodeKind::Map(entries) => entries.is_empty(),
        _ => false,
    }
}
