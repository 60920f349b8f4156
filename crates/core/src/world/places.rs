//! From an object's field back to the text it was written in.

use crate::diagnostic::{LineIndex, Span};
use crate::objects::Origin;
use crate::packet::FieldRef;
use crate::yaml::Document;

use super::{TextPlace, World, tell};

/// The text that a document stands in: its file's name, the text and its lines.
pub struct SourceText<'a> {
    /// The file's name.
    pub name: &'a str,
    /// The whole text of the file.
    pub text: &'a str,
    /// Its lines.
    pub lines: &'a LineIndex,
}

impl World {
    /// The text that a document stands in. A number that no document has gives the last text.
    pub fn source(&self, document: usize) -> SourceText<'_> {
        let file = self.files.get(&document).copied().unwrap_or(usize::MAX);
        let text = self.texts.get(file).or(self.texts.last()).unwrap_or(&self.no_text);
        SourceText { name: &text.name, text: &text.text, lines: &text.lines }
    }

    /// The place of a field of an object, or of the nearest field above it that the input has. `None` for objects that
    /// the input knows nothing of.
    pub fn locate(&self, field: &FieldRef) -> Option<TextPlace> {
        let (document, path) = self.where_from(field)?;
        self.locate_path(document, &tell::join(&path, &field.path))
    }

    /// The document and the path in it by which the input has an object, or has what it was made for.
    fn where_from(&self, field: &FieldRef) -> Option<(usize, String)> {
        match self.origin(field)? {
            Origin::Cluster => None,
            Origin::Document { document, path } | Origin::OnBehalf { document, path } => Some((document, path)),
        }
    }

    /// The place of a path in a document, or of the nearest above it.
    pub fn locate_path(&self, document: usize, path: &str) -> Option<TextPlace> {
        let (found, span) = self.span_near(document, path)?;
        let text = self.texts.get(found.file)?;
        let at = text.lines.locate(&text.text, span.start);
        Some(TextPlace { file: found.file, document, span, line: at.line, column: at.column })
    }

    fn span_near(&self, document: usize, path: &str) -> Option<(&Document, Span)> {
        let found = self.document(document)?;
        let located = found.root.locate_nearest(path).0;
        let span = located.key.map_or(located.value, |key| Span::new(key.start, located.value.end.max(key.end)));
        Some((found, span))
    }

    /// What to underline for a field of an object, short enough to be seen: its value, or its key where the value is a
    /// block of lines or missing. With the document's number.
    pub fn mark(&self, field: &FieldRef) -> Option<(usize, Span)> {
        let (document, path) = self.where_from(field)?;
        let root = &self.document(document)?.root;
        Some((document, tell::place(root, &tell::join(&path, &field.path))))
    }

    /// The document and the place of a field's own value; `None` where the input does not have that very field.
    pub fn locate_value(&self, field: &FieldRef) -> Option<(usize, Span)> {
        let Origin::Document { document, path } = self.origin(field)? else { return None };
        let located = self.document(document)?.root.locate(&tell::join(&path, &field.path))?;
        Some((document, located.value))
    }

    /// The line of a field, from 1.
    pub fn line_of(&self, field: &FieldRef) -> Option<u32> {
        let (document, path) = self.where_from(field)?;
        let (found, span) = self.span_near(document, &tell::join(&path, &field.path))?;
        // Without the column, for which the line is read.
        Some(self.texts.get(found.file)?.lines.line(span.start))
    }

    /// The document of this number, if it could be read.
    pub fn document(&self, number: usize) -> Option<&Document> {
        let at = self.documents.binary_search_by_key(&number, |document| document.index).ok()?;
        self.documents.get(at)
    }

    fn origin(&self, field: &FieldRef) -> Option<Origin> {
        let object = &field.object;
        let found = match field.kind {
            "Service" => self.cluster.service(object).map(|found| &found.meta.origin),
            "Pod" => self.cluster.pod(object).map(|found| &found.meta.origin),
            "Node" => self.cluster.node(&object.name).map(|found| &found.meta.origin),
            "EndpointSlice" => {
                let slice = self.cluster.slices.iter().find(|slice| slice.meta.reference() == *object);
                slice.map(|found| &found.meta.origin)
            }
            kind => self.store.get(kind, &object.namespace, &object.name).map(|stored| &stored.origin),
        };
        found.cloned().or_else(|| {
            let document = *self.settings_documents.get(field.kind)?;
            Some(Origin::Document { document, path: String::new() })
        })
    }
}
