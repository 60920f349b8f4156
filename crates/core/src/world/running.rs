//! A cluster that goes on: the next text is applied to what the last one left behind, as `kubectl apply --prune` does.
//!
//! One thing is done in another order than kubectl does it: what the text no longer has is deleted before the rest is
//! applied, so that a renamed Service may keep its node port.

use std::rc::Rc;

use crate::apiserver::{Answer, Key, Operation, Outcome, Store, Stored};
use crate::cluster::Settings;
use crate::collections::{Map, Set};
use crate::diagnostic::{Diagnostic, Severity, Source, Span};
use crate::net::IpNet;
use crate::objects::{ObjectRef, Origin, Value};
use crate::pace::Pace;
use crate::yaml::Document;

use super::assemble::Carried;
use super::{World, load, tell};

/// What no running cluster can change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ranges {
    service_cidrs: Vec<IpNet>,
    node_ports: (u16, u16),
}

impl Ranges {
    pub(super) fn of(settings: &Settings) -> Self {
        Ranges { service_cidrs: settings.service_cidrs.clone(), node_ports: settings.node_ports }
    }
}

/// A field that the cluster keeps although the text no longer says it.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    key: Key,
    /// As people write it: `spec.ports[0].nodePort`.
    field: String,
    value: Value,
}

impl Kept {
    /// Field and value, if it is one of this object's.
    pub(super) fn of(&self, kind: &str, namespace: &str, name: &str) -> Option<(&str, &Value)> {
        let (k, ns, n) = &self.key;
        ((k.as_str(), ns.as_str(), n.as_str()) == (kind, namespace, name)).then_some((self.field.as_str(), &self.value))
    }
}

/// An object that was accepted: as it was sent, and what the server warned of.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) value: Value,
    pub(super) warnings: Vec<String>,
}

/// A cluster as a text left it.
#[derive(Debug)]
pub(super) struct Base {
    store: Rc<Store>,
    carried: Carried,
    /// Each object as it was sent last; not a change which was refused.
    applied: Map<Key, Rc<Sent>>,
    kept: Vec<Kept>,
    pub(super) ranges: Ranges,
}

impl Base {
    /// `None` where the world is no cluster that went on: a dump, or a list of operations.
    pub(super) async fn of(world: &World, pace: &Pace) -> Option<Base> {
        let plain = |document: &Document| load::operation(document) == Operation::Create;
        if world.options.stored || !world.documents.iter().all(plain) {
            return None;
        }
        let store = world.store.clone();
        let mut applied: Map<Key, Rc<Sent>> = Map::new();
        if let Some(base) = &world.base {
            let before = base.applied.iter().filter(|(key, _)| store.get(&key.0, &key.1, &key.2).is_some());
            applied.extend(before.map(|(key, sent)| (key.clone(), sent.clone())));
        }
        applied.extend(world.sent.iter().cloned());
        pace.spend(1).await;
        let carried = Carried::from(&world.cluster, &world.controlled, &store, pace).await;
        pace.spend(1).await;
        Some(Base { store, carried, applied, kept: world.kept.clone(), ranges: world.ranges.clone() })
    }
}

impl Base {
    /// The store, as the text before left it.
    pub(super) fn into_store(self) -> Rc<Store> {
        self.store
    }
}

/// What stands where in the next text: an object, or something that cannot be told.
pub(super) enum Named {
    /// An object of the API, whether or not it is in order.
    Object(Key, Origin),
    /// The document of this number: not readable, or without kind and name.
    Unknown(usize),
    /// Settings and the like, which are not stored.
    Other,
}

/// A text on its way to a running cluster.
pub(super) struct Running<'b> {
    base: &'b Base,
    seen: Set<Key>,
    /// A document that cannot be read, and the objects that may be meant by it.
    unknown: Option<(usize, Vec<Key>)>,
    pub(super) kept: Vec<Kept>,
}

impl<'b> Running<'b> {
    /// Deletes what the text no longer has, and notes where the rest stands now. Gives the store and what controllers
    /// left behind, to go on with.
    pub(super) async fn start(base: &'b Base, named: &[Named], pace: &Pace) -> (Running<'b>, Store, Carried) {
        let mut store = base.store.copied(pace).await;
        let mut carried = base.carried.copied(pace).await;
        let made = |stored: &&Stored| matches!(stored.origin, Origin::OnBehalf { .. });
        let demo: Vec<Value> = store.objects().filter(made).map(|stored| Value::clone(&stored.value)).collect();
        for object in demo {
            // They come again with those Services that have no pods then.
            store.request(Operation::Delete, object, Origin::Cluster);
        }
        let mut places: Map<&Key, &Origin> = Map::new();
        let mut unknown = None;
        for one in named {
            match one {
                Named::Object(key, origin) => {
                    places.insert(key, origin);
                }
                Named::Unknown(document) => unknown = unknown.or(Some(*document)),
                Named::Other => {}
            }
            pace.spend(1).await;
        }
        let mut orphans = Vec::new();
        let written = |origin: &Origin| matches!(origin, Origin::Document { .. });
        let running: Vec<Key> =
            store.objects().filter(|stored| written(&stored.origin)).map(|stored| Store::key(&stored.value)).collect();
        let mut gone = Set::new();
        for key in running {
            pace.spend(3).await;
            match (places.get(&key), unknown) {
                (Some(origin), _) => store.moved(&key, (*origin).clone()),
                (None, Some(document)) => {
                    store.moved(&key, Origin::Document { document, path: String::new() });
                    orphans.push(key);
                }
                (None, None) => {
                    let object = store.get(&key.0, &key.1, &key.2).map(|stored| Value::clone(&stored.value));
                    store.request(Operation::Delete, object.unwrap_or_default(), Origin::Cluster);
                    if key.0 == "Service" {
                        gone.insert(ObjectRef::new(&key.1, &key.2));
                    }
                }
            }
        }
        carried.forget(&gone);
        let unknown = unknown.map(|document| (document, orphans));
        (Running { base, seen: Set::new(), unknown, kept: base.kept.clone() }, store, carried)
    }

    /// Applies one object.
    pub(super) fn send(
        &mut self,
        store: &mut Store,
        object: &Value,
        origin: Origin,
        settings: &Settings,
        seed: u64,
    ) -> Answer {
        let key = Store::key(object);
        let last = self.base.applied.get(&key).filter(|_| {
            let stored = store.get(&key.0, &key.1, &key.2);
            stored.is_some_and(|stored| matches!(stored.origin, Origin::Document { .. }))
        });
        // The same name twice in a text is refused as it is in a new cluster.
        let (true, Some(last)) = (self.seen.insert(key.clone()), last) else {
            return store.request(Operation::Create, object.clone(), origin);
        };
        if last.value == *object
            && let Some(stored) = store.get(&key.0, &key.1, &key.2)
        {
            // kubectl sends nothing then.
            let Origin::Document { document, path } = origin else {
                return store.request(Operation::Create, object.clone(), origin);
            };
            let outcome = Outcome::Stored(stored.value.clone());
            let ((kind, namespace, name), warnings) = (key, last.warnings.clone());
            return Answer { document, path, kind, namespace, name, outcome, warnings };
        }
        let last = &last.value;
        let answer = store.apply(object.clone(), last, origin);
        if let Outcome::Stored(result) = &answer.outcome {
            self.kept.retain(|kept| {
                kept.key != key || (at(object, &kept.field).is_none() && at(result, &kept.field) == Some(&kept.value))
            });
            self.note_kept(&key, last, object, result, settings, seed);
        }
        answer
    }

    /// Notes what the last text said, this one does not, and the server has all the same, although it would not in a
    /// new cluster.
    fn note_kept(&mut self, key: &Key, last: &Value, now: &Value, result: &Value, settings: &Settings, seed: u64) {
        let mut said = Vec::new();
        if let Some(spec) = last.get("spec") {
            leaves("spec".to_string(), spec, &mut said);
        }
        said.retain(|(field, value)| at(now, field).is_none() && at(result, field) == Some(*value));
        if said.is_empty() {
            return;
        }
        let fresh = Store::new(settings, seed).request(Operation::Create, now.clone(), Origin::Cluster);
        let Outcome::Stored(fresh) = fresh.outcome else { return };
        for (field, value) in said {
            let known = self.kept.iter().any(|kept| kept.key == *key && kept.field == field);
            if at(&fresh, &field) != Some(value) && !known {
                self.kept.push(Kept { key: key.clone(), field, value: value.clone() });
            }
        }
    }

    /// What the cluster does with this text that a new one would not; `unread` finds the place of what cannot be read.
    pub(super) fn tell(
        &mut self,
        store: &Store,
        documents: &[Document],
        answers: &[Answer],
        unread: impl Fn(usize) -> Span,
    ) -> Vec<Diagnostic> {
        let goes_on = |key: &Key| {
            let stored = store.get(&key.0, &key.1, &key.2);
            stored.is_some_and(|stored| matches!(stored.origin, Origin::Document { .. }))
        };
        let place = |document: usize, path: &str, field: &str| {
            let root = documents.iter().find(|one| one.index == document).map(|one| &one.root);
            root.map(|root| tell::place(root, &tell::join(path, field))).unwrap_or_default()
        };
        let mut notes = Vec::new();
        if let Some((document, orphans)) = self.unknown.as_ref().filter(|(_, orphans)| !orphans.is_empty()) {
            let names: Vec<String> = orphans.iter().take(5).map(name).collect();
            let more = if orphans.len() > 5 { format!(" and {} more", orphans.len() - 5) } else { String::new() };
            let message = format!("Until this can be read, the cluster keeps {}{more}", names.join(", "));
            notes.push(note("kept-unread", message, *document, unread(*document)));
        }
        self.kept.retain(|kept| goes_on(&kept.key));
        let mut told: Set<&Key> = Set::new();
        let keys: Vec<Key> =
            answers.iter().map(|one| (one.kind.clone(), one.namespace.clone(), one.name.clone())).collect();
        for (answer, key) in answers.iter().zip(&keys) {
            if matches!(answer.outcome, Outcome::Refused(_)) && goes_on(key) && self.base.applied.contains_key(key) {
                let message = format!("{} goes on as it was before this change", name(key));
                let span = place(answer.document, &answer.path, "");
                notes.push(note("kept-refused", message, answer.document, span));
            }
            if !told.insert(key) {
                continue;
            }
            for kept in self.kept.iter().filter(|kept| kept.key == *key) {
                let message = format!(
                    "{}: the cluster keeps {}, which the text no longer says",
                    kept.field,
                    kept.value.to_json()
                );
                let span = place(answer.document, &answer.path, &kept.field);
                let mut note = note("kept-field", message, answer.document, span);
                note.field = Some(kept.field.clone());
                notes.push(note);
            }
        }
        for note in &mut notes {
            note.help = Some("A cluster that starts afresh has nothing but what the text says.".to_string());
        }
        notes
    }
}

fn note(code: &'static str, message: String, document: usize, span: Span) -> Diagnostic {
    Diagnostic::new(code, Severity::Info, Source::Portolan, message, document, span)
}

/// `Service default/web`.
fn name(key: &Key) -> String {
    format!("{} {}", key.0, ObjectRef::new(&key.1, &key.2))
}

/// The value at a field path with items in brackets.
fn at<'v>(value: &'v Value, field: &str) -> Option<&'v Value> {
    value.at(&field.replace('[', ".").replace(']', ""))
}

/// Every scalar below `value`, with its path.
fn leaves<'v>(path: String, value: &'v Value, all: &mut Vec<(String, &'v Value)>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(key, member)| leaves(format!("{path}.{key}"), member, all));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| leaves(format!("{path}[{at}]"), item, all));
        }
        _ => all.push((path, value)),
    }
}
