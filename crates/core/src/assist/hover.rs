//! What a field does, and what the server made of it.

use super::outline::{Entry, Outline, Step, pieces};
use super::place::{Object, find, object_at};
use super::texts::Texts;
use crate::apiserver::Outcome;
use crate::diagnostic::Span;
use crate::objects::Value;
use crate::objects::schema::{Role, Type};
use crate::world::World;

/// Help about one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// The key or value it is about.
    pub span: Span,
    /// The field's path, as the server prints it.
    pub path: String,
    /// What it holds, in a word: `string`, `integer`, `list`.
    pub holds: &'static str,
    /// One or two sentences.
    pub text: String,
    /// What the server takes where nothing is said.
    pub default: Option<String>,
    /// The first version of Kubernetes that has it switched on; `None` for ever.
    pub since: Option<String>,
    /// The values it may have, where they are few.
    pub values: Vec<String>,
    /// Understood, but nothing here depends on it although traffic might.
    pub not_modelled: bool,
    /// What the server stored here, where it is not what was typed.
    pub stored: Option<String>,
    /// What the server added below here: field and value.
    pub added: Vec<(String, String)>,
}

/// At most so many added fields are told.
const MOST_ADDED: usize = 12;

/// Help about the field whose key or value `offset` (a byte of `text`) is in. `world` is the one last made of the text.
pub fn hover(text: &str, offset: u32, world: &World, texts: &Texts) -> Option<Hover> {
    let piece = pieces(text).into_iter().find(|piece| piece.start <= offset && offset <= piece.end)?;
    let outline = Outline::read(text, piece, None);
    let holds = |span: Span| span.start <= offset && offset <= span.end && span.start < span.end;
    let entry = outline.entries.iter().find(|entry| holds(entry.key) || holds(entry.value))?;
    let object = object_at(&outline, &entry.path);
    let kind = object.kind?;
    let inner = entry.path.get(object.base.len()..)?;
    let found = find(kind, inner)?;
    let (table, field) = found.field?;
    let words = texts.field(table.name, field.name).cloned().unwrap_or_default();
    let values = match found.ty {
        Type::Enum(_, values) => values.iter().map(|value| value.to_string()).collect(),
        Type::List(Type::Enum(_, values)) => values.iter().map(|value| value.to_string()).collect(),
        Type::Bool => vec!["true".to_string(), "false".to_string()],
        _ => Vec::new(),
    };
    let value = stored_at(&outline, &object, world, inner);
    let (stored, added) = value.map_or((None, Vec::new()), |value| differs(&outline, entry, value));
    Some(Hover {
        span: if holds(entry.key) { entry.key } else { entry.value },
        path: shown(inner),
        holds: word(&found.ty),
        text: words.text,
        default: words.default,
        since: words.since,
        values,
        not_modelled: field.role == Role::NotModelled,
        stored,
        added,
    })
}

/// What a field holds, in a word for people.
pub(super) fn word(ty: &Type) -> &'static str {
    match ty {
        Type::Str | Type::Enum(..) => "string",
        Type::Bool => "boolean",
        Type::Int32 | Type::Int64 | Type::Int => "integer",
        Type::Float => "number",
        Type::IntOrString => "integer or name",
        Type::Quantity => "quantity",
        Type::Time => "time",
        Type::Duration => "duration",
        Type::List(_) => "list",
        Type::Map(_) => "pairs",
        Type::Struct(_) | Type::Opaque(_) => "fields",
        Type::Any => "anything",
    }
}

fn shown(path: &[Step<'_>]) -> String {
    let mut out = String::new();
    for step in path {
        match step {
            Step::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
            Step::Item(at) => out.push_str(&format!("[{at}]")),
        }
    }
    out
}

/// What the server stored for this object at a path.
fn stored_at<'w>(outline: &Outline<'_>, object: &Object<'_>, world: &'w World, path: &[Step<'_>]) -> Option<&'w Value> {
    let text = |keys: &[&str]| outline.text(&object.base, keys).unwrap_or_default();
    let (kind, name) = (text(&["kind"]), text(&["metadata", "name"]));
    let namespace = Some(text(&["metadata", "namespace"])).filter(|one| !one.is_empty()).unwrap_or("default");
    let mut value = world.answers().iter().rev().find_map(|answer| match &answer.outcome {
        Outcome::Stored(value) if answer.kind == kind && answer.name == name => {
            let same = answer.namespace == namespace || answer.namespace.is_empty();
            same.then_some(&**value)
        }
        _ => None,
    })?;
    for step in path {
        value = match step {
            Step::Key(key) => value.get(key)?,
            Step::Item(at) => value.items().get(*at)?,
        };
    }
    Some(value)
}

/// How what is stored differs from what was typed: another value, or fields that were added below.
fn differs(outline: &Outline<'_>, entry: &Entry<'_>, value: &Value) -> (Option<String>, Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            let typed = |name: &str| {
                outline
                    .below(&entry.path)
                    .any(|entry| matches!(entry.path.last(), Some(Step::Key(key)) if *key == name))
            };
            let added = members.iter().filter(|(name, _)| !typed(name));
            let told = added.filter_map(|(name, value)| Some((name.clone(), plain(value)?)));
            (None, told.take(MOST_ADDED).collect())
        }
        _ => (plain(value).filter(|stored| stored != entry.text && entry.value.start < entry.value.end), Vec::new()),
    }
}

/// A value on one line; lists of plain values too.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Array(items) if !items.is_empty() && items.len() < 4 => {
            let items: Option<Vec<String>> = items.iter().map(plain).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        _ => None,
    }
}
