//! What could stand at the cursor: fields, values, whole documents.

use super::hover::word;
use super::manifest::Manifest;
use super::outline::{Cursor, Outline, Step, pieces};
use super::place::{find, object_at, required};
use super::texts::{FieldText, Texts};
use super::values::{Asked, pairs, values};
use crate::diagnostic::Span;
use crate::objects::schema::{Role, Struct, Type};
use crate::sort;
use crate::world::World;

/// What a suggestion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A field of the kind.
    Field,
    /// One of few values that there are.
    Value,
    /// Something that the manifest names elsewhere.
    Name,
    /// A whole document.
    Document,
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What is shown, and what typing is held against.
    pub label: String,
    /// What is put in place of the range; line breaks are already indented.
    pub insert: String,
    /// What it is.
    pub kind: ItemKind,
    /// A few words beside it: the type, whether it is required, who declares it.
    pub detail: String,
    /// A sentence or two about it; may be empty.
    pub info: String,
    /// Whether more is wanted right after it: a value after `type: `.
    pub more: bool,
}

/// Everything that could stand at the cursor, the likeliest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// What a suggestion replaces.
    pub range: Span,
    /// The suggestions.
    pub items: Vec<Item>,
}

/// More suggestions than this nobody reads.
const MOST: usize = 200;

/// What could stand at `offset` (a byte of `text`). `world` is the one that was last made of the text, which may be a
/// few letters behind.
pub fn complete(text: &str, offset: u32, world: &World, texts: &Texts) -> Option<Completion> {
    let piece = pieces(text).into_iter().find(|piece| piece.start <= offset && offset <= piece.end)?;
    let outline = Outline::read(text, piece, Some(offset));
    let cursor = outline.cursor.clone()?;
    let mut items = Vec::new();
    let alone = outline.entries.is_empty();
    if alone && !cursor.inline && cursor.path.is_empty() && cursor.column == 0 {
        items.extend(texts.skeletons().iter().map(|one| Item {
            label: one.name.clone(),
            insert: one.text.trim_end().to_string(),
            kind: ItemKind::Document,
            detail: one.detail.clone(),
            info: String::new(),
            more: false,
        }));
    }
    let object = object_at(&outline, &cursor.path);
    let inner = cursor.path.get(object.base.len()..)?;
    let writer = Writer { cursor: &cursor, quoted: text.get(cursor.word.start as usize..)?.starts_with('"') };
    let Some(kind) = object.kind else {
        unknown_kind(&mut items, &object.base, &outline, &cursor, &writer);
        return finish(items, &cursor);
    };
    let manifest = Manifest::read(text);
    let asked = Asked { outline: &outline, object: &object, inner, manifest: &manifest, world };
    let found = find(kind, inner)?;
    let ty = match found.ty {
        // In a list outside brackets, an item begins with a dash.
        Type::List(element) if !cursor.inline => *element,
        ty => ty,
    };
    let dash = matches!(found.ty, Type::List(_)) && !cursor.flow;
    let present = if dash { Vec::new() } else { present(&outline, &cursor) };
    match ty {
        // On a key's own line there is no room for a block of fields.
        Type::Struct(_) | Type::Map(_) if cursor.inline && !cursor.flow => {}
        Type::Struct(table) => fields(&mut items, table, &present, texts, &writer, dash),
        Type::Map(_) => {
            for (key, value, from) in pairs(&asked) {
                if !present.contains(&key.as_str()) {
                    items.push(writer.pair(&key, value.as_deref(), from));
                }
            }
        }
        ty => {
            let default = found.field.and_then(|(table, field)| texts.field(table.name, field.name)?.default.clone());
            for (value, detail) in choices(&ty) {
                let detail = if default.as_deref() == Some(value) { "default" } else { detail };
                items.push(writer.value(value, detail, ItemKind::Value, dash));
            }
            for (value, from) in values(&asked) {
                items.push(writer.value(&value, &from, ItemKind::Name, dash));
            }
        }
    }
    finish(items, &cursor)
}

fn finish(mut items: Vec<Item>, cursor: &Cursor<'_>) -> Option<Completion> {
    let mut kept: Vec<Item> = Vec::new();
    for item in items.drain(..).take(MOST * 4) {
        if kept.len() < MOST && !kept.iter().any(|one| one.label == item.label && one.kind == item.kind) {
            kept.push(item);
        }
    }
    (!kept.is_empty()).then_some(Completion { range: cursor.word, items: kept })
}

/// What every object has, while its kind is not known.
fn unknown_kind<'t>(
    items: &mut Vec<Item>,
    base: &[Step<'t>],
    outline: &Outline<'t>,
    cursor: &Cursor<'t>,
    writer: &Writer<'_>,
) {
    let present = present(outline, cursor);
    match cursor.path.get(base.len()..).unwrap_or_default() {
        [] if !cursor.inline => {
            for name in ["apiVersion", "kind", "metadata", "spec"].into_iter().filter(|name| !present.contains(name)) {
                let ty = if matches!(name, "metadata" | "spec") { Type::Any } else { Type::Str };
                items.push(writer.field(name, &ty, String::new(), String::new(), false));
            }
        }
        [Step::Key("kind")] => {
            let version = outline.text(base, &["apiVersion"]).unwrap_or_default();
            items.extend(super::values::kinds(version).map(|kind| writer.value(kind, "", ItemKind::Value, false)));
        }
        [Step::Key("apiVersion")] => {
            let versions = super::values::versions(outline.text(base, &["kind"]).unwrap_or_default());
            items.extend(versions.into_iter().map(|version| writer.value(version, "", ItemKind::Value, false)));
        }
        _ => {}
    }
}

/// The keys that the cursor's mapping has already, the one under the cursor not counted.
fn present<'t>(outline: &Outline<'t>, cursor: &Cursor<'t>) -> Vec<&'t str> {
    let others = outline.below(&cursor.path).filter(|entry| entry.key.start != cursor.word.start);
    others.filter_map(|entry| if let Some(Step::Key(key)) = entry.path.last() { Some(*key) } else { None }).collect()
}

fn fields(
    items: &mut Vec<Item>,
    table: &'static Struct,
    present: &[&str],
    texts: &Texts,
    writer: &Writer<'_>,
    dash: bool,
) {
    let required = required(table);
    let mut order: Vec<(usize, usize)> = Vec::new();
    for (at, field) in table.fields.iter().enumerate() {
        if present.contains(&field.name) {
            continue;
        }
        let place = required.iter().position(|name| *name == field.name);
        let rank = match (place, field.role) {
            (Some(place), _) => place,
            (None, Role::Modelled) if field.name != "status" => 100,
            (None, Role::Modelled | Role::NotModelled) => 101,
            (None, Role::Inert) => 102,
        };
        order.push((rank, at));
    }
    sort::natural(&mut order);
    for (rank, at) in order {
        let Some(field) = table.fields.get(at) else { continue };
        let mut detail = word(&field.ty).to_string();
        if rank < 100 {
            detail.push_str(", required");
        }
        let info = texts.field(table.name, field.name).map(say).unwrap_or_default();
        items.push(writer.field(field.name, &field.ty, detail, info, dash));
    }
}

/// What is known of a field, in a row.
fn say(field: &FieldText) -> String {
    let mut out = field.text.clone();
    if let Some(default) = &field.default {
        out.push_str(&format!(" Default: {default}."));
    }
    if let Some(since) = &field.since {
        out.push_str(&format!(" Since {since}."));
    }
    out
}

/// The few values that a type has.
fn choices(ty: &Type) -> Vec<(&'static str, &'static str)> {
    match ty {
        Type::Bool => vec![("true", ""), ("false", "")],
        Type::Enum(_, values) => values.iter().map(|value| (*value, "")).collect(),
        _ => Vec::new(),
    }
}

/// Writes suggestions so that they fit where the cursor stands.
struct Writer<'c> {
    cursor: &'c Cursor<'c>,
    /// The word begins with a quote already.
    quoted: bool,
}

impl Writer<'_> {
    /// `dash`: an item begins with it.
    fn field(&self, name: &str, ty: &Type, detail: String, info: String, dash: bool) -> Item {
        let mut insert = if self.quoted { format!("\"{name}\"") } else { name.to_string() };
        let mut more = false;
        if !self.cursor.colon {
            insert.push(':');
            // The column of the key itself.
            let column = self.cursor.column + if dash { 2 } else { 0 };
            let below = || format!("\n{}", " ".repeat(column + 2));
            match ty {
                _ if self.cursor.flow => insert.push(' '),
                Type::Struct(_) | Type::Map(_) | Type::Any => insert.push_str(&below()),
                Type::List(_) => {
                    insert.push_str(&below());
                    insert.push_str("- ");
                }
                _ => insert.push(' '),
            }
            more = !matches!(ty, Type::Opaque(_));
        }
        if dash {
            insert.insert_str(0, "- ");
        }
        Item { label: name.to_string(), insert, kind: ItemKind::Field, detail, info, more }
    }

    /// A pair of a mapping, or its key alone.
    fn pair(&self, key: &str, value: Option<&str>, detail: String) -> Item {
        let written = if self.quoted { format!("\"{key}\"") } else { quoted(key) };
        let (label, insert) = match value {
            _ if self.cursor.colon => (key.to_string(), written),
            Some(value) => (format!("{key}: {value}"), format!("{written}: {}", quoted(value))),
            None => (key.to_string(), format!("{written}: ")),
        };
        Item { label, insert, kind: ItemKind::Name, detail, info: String::new(), more: value.is_none() }
    }

    fn value(&self, value: &str, detail: &str, kind: ItemKind, dash: bool) -> Item {
        let number = value.parse::<i64>().is_ok() || matches!(value, "true" | "false");
        let mut insert = match (self.quoted, kind) {
            (true, _) => format!("\"{value}\""),
            // Numbers that are names somewhere are numbers there.
            _ if number => value.to_string(),
            _ => quoted(value),
        };
        if dash {
            insert.insert_str(0, "- ");
        }
        Item { label: value.to_string(), insert, kind, detail: detail.to_string(), info: String::new(), more: false }
    }
}

/// Text as YAML: in quotes where it would be taken for something else.
fn quoted(text: &str) -> String {
    let usual = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    let plain = text.bytes().all(usual) && !text.ends_with(':') && !text.starts_with('-');
    if plain && crate::yaml::is_plain_text(text) {
        return text.to_string();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
