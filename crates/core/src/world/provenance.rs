//! Who put each field of the stored objects there: the input, document by document, then the controllers.

use crate::apiserver::{Answer, Mark, Outcome, Trail, Written};
use crate::collections::Map;
use crate::objects::{ObjectRef, Value};

use super::World;
use super::load;

impl World {
    /// Who put each field of a stored object of the input there, in the order of the object's fields; what was typed and
    /// is not stored stands after its siblings. `None` for objects that the input does not have.
    pub fn provenance(&self, kind: &str, object: &ObjectRef) -> Option<Vec<Mark>> {
        let now = self.stored().into_iter().find(|value| is(value, kind, object))?;
        self.provenance_of(now)
    }

    /// The same for one of [`World::stored`].
    pub fn provenance_of(&self, stored: &Value) -> Option<Vec<Mark>> {
        let at = |path| stored.at(path).and_then(Value::as_str).unwrap_or_default();
        let (kind, namespace, name) = (at("kind"), at("metadata.namespace"), at("metadata.name"));
        let mut trail = None;
        for answer in &self.answers {
            if answer.name == name && answer.kind == kind && answer.namespace == namespace {
                self.follow(answer, &mut trail);
            }
        }
        Some(trail?.complete(stored))
    }

    /// The marks of each answer's object as the answer has it, before any controller; none for what was refused.
    pub fn marks(&self) -> Vec<Vec<Mark>> {
        let mut trails: Map<(&str, &str, &str), Option<Trail>> = Map::new();
        let mut marks = Vec::with_capacity(self.answers.len());
        for answer in &self.answers {
            let trail = trails.entry((&answer.kind, &answer.namespace, &answer.name)).or_insert(None);
            let stored = self.follow(answer, trail);
            marks.push(trail.as_ref().filter(|_| stored).map(|trail| trail.marks().to_vec()).unwrap_or_default());
        }
        marks
    }

    /// The object of the input that the text of `file` has at this byte: its answer.
    pub fn answer_at(&self, file: usize, offset: u32) -> Option<&Answer> {
        let document = self.documents.iter().rfind(|one| one.file == file && one.span.start <= offset)?;
        let mut found = None;
        for answer in self.answers.iter().filter(|answer| answer.document == document.index) {
            let begun = document.root.at_path(&answer.path).is_some_and(|node| node.span.start <= offset);
            if begun || found.is_none() {
                found = Some(answer);
            }
        }
        found
    }

    /// Takes one answer into account; whether it stored something.
    fn follow(&self, answer: &Answer, trail: &mut Option<Trail>) -> bool {
        let Outcome::Stored(stored) = &answer.outcome else { return false };
        if stored.is_null() {
            *trail = None;
            return false;
        }
        let Some(document) = self.document(answer.document) else { return false };
        let Some(node) = document.root.at_path(&answer.path) else { return false };
        let written = Written {
            document: answer.document,
            node,
            duplicates: &document.duplicates,
            text: self.source(answer.document).text,
            operation: load::operation(document),
            namespace: &answer.namespace,
            as_stored: self.options.stored,
            kept: self.kept.iter().filter_map(|kept| kept.of(&answer.kind, &answer.namespace, &answer.name)).collect(),
        };
        let after = Trail::after(&written, &self.store, stored, trail.as_ref());
        *trail = Some(after);
        true
    }
}

fn is(value: &Value, kind: &str, object: &ObjectRef) -> bool {
    let at = |path| value.at(path).and_then(Value::as_str).unwrap_or_default();
    at("kind") == kind && at("metadata.name") == object.name && at("metadata.namespace") == object.namespace
}

#[cfg(test)]
mod tests;
