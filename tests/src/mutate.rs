//! Valid manifests with one thing wrong: every field dropped, renamed, doubled, or given a value it cannot have; every
//! field of the schema that is not there, put there; every line dropped, doubled, moved or cut off.

use portolan_core::objects::schema::{Struct, Type, kind_of};
use portolan_core::objects::{Value, to_value};
use portolan_core::yaml::{self, Limits};

/// Values of every type, usual and not.
fn odd() -> Vec<Value> {
    let long = "x".repeat(300);
    let labels = "a.".repeat(130);
    let texts = [
        "",
        " ",
        "None",
        "none",
        "web",
        "Web",
        "-web",
        "80",
        "http",
        "true",
        "10.96.7.7",
        "10.96.0.1",
        "010.1.1.1",
        "::1",
        "fd00:10:96::8",
        "10.0.0.0/8",
        "10.0.0.1/08",
        "example.com/x",
        "*",
        "tcp",
        "é\u{300}",
        "\u{7f}\"\\\n\t",
        "\u{202e}",
        long.as_str(),
        labels.as_str(),
    ];
    let numbers = [0, 1, -1, 53, 80, 443, 5353, 31080, 32768, 65535, 65536, 1 << 31, 1 << 32, i64::MAX, i64::MIN];
    let mut values: Vec<Value> = texts.into_iter().map(Value::from).collect();
    values.extend(numbers.into_iter().map(Value::Int));
    values.extend([Value::Null, Value::Bool(true), Value::Bool(false), Value::Float(1.5), Value::Float(1e300)]);
    values.push(Value::Array(Vec::new()));
    values.push(Value::Object(Vec::new()));
    values.push(Value::Array(vec![Value::Null]));
    values.push(Value::Array(vec![Value::Object(Vec::new()), Value::Object(Vec::new())]));
    values.push(Value::object([("a", Value::object([("b", Value::Int(1))]))]));
    values
}

/// Values for fields that are not there: one of each type.
fn plain() -> [Value; 9] {
    [
        Value::Null,
        Value::from(""),
        Value::from("x"),
        Value::Int(1),
        Value::Int(-70_000),
        Value::Bool(true),
        Value::Array(vec![Value::from("x")]),
        Value::Array(vec![Value::Object(Vec::new())]),
        Value::object([("x", Value::from("y"))]),
    ]
}

/// Counts what could be made, and makes every `stride`th, from `first` on.
pub struct Sieve<'a> {
    stride: usize,
    seen: usize,
    make: &'a mut dyn FnMut(&str, &str),
}

impl<'a> Sieve<'a> {
    /// Each `stride`th from `first` on goes to `make`, as what was changed and the text after it.
    pub fn new(first: usize, stride: usize, make: &'a mut dyn FnMut(&str, &str)) -> Self {
        Sieve { stride: stride.max(1), seen: stride - first % stride, make }
    }

    fn offer(&mut self, what: &str, text: impl FnOnce() -> String) {
        if self.seen.is_multiple_of(self.stride) {
            (self.make)(what, &text());
        }
        self.seen += 1;
    }
}

/// Everything that one change makes of a stream of valid manifests.
pub fn each(text: &str, sieve: &mut Sieve<'_>) {
    lines(text, sieve);
    let stream = yaml::read(text, 0, 0, &Limits::default());
    let documents: Vec<Value> = stream.documents.iter().map(|document| to_value(&document.root)).collect();
    for (at, document) in documents.iter().enumerate() {
        let text_of = |changed: &Value| {
            let mut all: Vec<String> = documents.iter().map(Value::to_yaml).collect();
            all[at] = changed.to_yaml();
            all.join("---\n")
        };
        fields(document, &text_of, sieve);
    }
}

/// Changes of the text as text, as typing makes them.
fn lines(text: &str, sieve: &mut Sieve<'_>) {
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    for pair in starts.windows(2) {
        let (before, line, after) = (&text[..pair[0]], &text[pair[0]..pair[1]], &text[pair[1]..]);
        sieve.offer("a line dropped", || format!("{before}{after}"));
        sieve.offer("a line doubled", || format!("{before}{line}{line}{after}"));
        sieve.offer("a line indented", || format!("{before} {line}{after}"));
        sieve.offer("a tab", || format!("{before}\t{line}{after}"));
        sieve.offer("a line outdented", || format!("{before}{}{after}", line.strip_prefix(' ').unwrap_or(line)));
        sieve.offer("an open quote", || format!("{before}{}\"\n{after}", line.trim_end()));
        sieve.offer("an open bracket", || format!("{before}{} [\n{after}", line.trim_end()));
        sieve.offer("an anchor without a name", || before.to_string() + &line.replacen(": ", ": &", 1) + after);
        sieve.offer("an alias of nothing", || before.to_string() + &line.replacen(": ", ": *x ", 1) + after);
        sieve.offer("no blank after the colon", || before.to_string() + &line.replacen(": ", ":", 1) + after);
    }
    for (at, _) in text.char_indices() {
        sieve.offer("the end is not typed yet", || text[..at].to_string());
    }
}

/// Where a value stands: member or item, by its number.
type Path = Vec<usize>;

/// Changes of every value of one document, and every field that it could have besides.
fn fields(document: &Value, text_of: &dyn Fn(&Value) -> String, sieve: &mut Sieve<'_>) {
    let named = |key: &str| document.get(key).and_then(Value::as_str).unwrap_or_default();
    let table = kind_of(named("apiVersion"), named("kind")).map(|kind| Type::Struct(kind.table));
    let mut places = Vec::new();
    walk(document, table, &mut Vec::new(), &mut places);
    let odd = odd();
    let mut change = |what: &str, path: &Path, edit: &dyn Fn(&mut Value)| {
        sieve.offer(what, || {
            let mut changed = document.clone();
            if let Some(value) = at(&mut changed, path) {
                edit(value);
            }
            text_of(&changed)
        });
    };
    for (path, table) in &places {
        for value in &odd {
            change("another value", path, &|place| *place = value.clone());
        }
        change("upper case", path, &|place| recase(place, str::to_uppercase));
        change("lower case", path, &|place| recase(place, str::to_lowercase));
        change("in a list", path, &|place| *place = Value::Array(vec![place.clone()]));
        change("in a map", path, &|place| *place = Value::object([("x", place.clone())]));
        for child in 0..children(document, path) {
            change("dropped", path, &|place| with_child(place, child, |list| drop(list.remove(child))));
            change("doubled", path, &|place| with_child(place, child, |list| list.push(list[child].clone())));
            change("renamed", path, &|place| rename(place, child, "metadatum"));
            change("a key in another case", path, &|place| {
                let key = key_of(place, child).map(str::to_uppercase).unwrap_or_default();
                rename(place, child, &key);
            });
        }
        for field in table.map(|table| table.fields).unwrap_or_default() {
            for value in plain() {
                change("another field", path, &|place| {
                    if place.get(field.name).is_none() {
                        place.set(field.name, value.clone());
                    }
                });
            }
        }
    }
}

/// All places of a value, with the struct that stands there, if one does.
fn walk(value: &Value, ty: Option<Type>, path: &mut Path, places: &mut Vec<(Path, Option<&'static Struct>)>) {
    let table = if let Some(Type::Struct(table)) = ty { Some(table) } else { None };
    places.push((path.clone(), table));
    let mut step = |number: usize, child: &Value, ty: Option<Type>| {
        path.push(number);
        walk(child, ty, path, places);
        path.pop();
    };
    match value {
        Value::Object(members) => {
            for (number, (key, member)) in members.iter().enumerate() {
                let ty = match ty {
                    Some(Type::Struct(table)) => table.field(key).map(|field| field.ty),
                    Some(Type::Map(element)) => Some(*element),
                    _ => None,
                };
                step(number, member, ty);
            }
        }
        Value::Array(items) => {
            let element = if let Some(Type::List(element)) = ty { Some(*element) } else { None };
            items.iter().enumerate().for_each(|(number, item)| step(number, item, element));
        }
        _ => {}
    }
}

fn at<'a>(value: &'a mut Value, path: &[usize]) -> Option<&'a mut Value> {
    let Some((first, rest)) = path.split_first() else { return Some(value) };
    match value {
        Value::Object(members) => at(&mut members.get_mut(*first)?.1, rest),
        Value::Array(items) => at(items.get_mut(*first)?, rest),
        _ => None,
    }
}

fn children(document: &Value, path: &Path) -> usize {
    match at(&mut document.clone(), path) {
        Some(Value::Object(members)) => members.len(),
        Some(Value::Array(items)) => items.len(),
        _ => 0,
    }
}

/// A change of the list of members or items; an item has no key.
fn with_child(place: &mut Value, child: usize, edit: impl Fn(&mut Vec<(String, Value)>)) {
    match place {
        Value::Object(members) if child < members.len() => edit(members),
        Value::Array(items) if child < items.len() => {
            let mut list = items.drain(..).map(|item| (String::new(), item)).collect();
            edit(&mut list);
            items.extend(list.into_iter().map(|(_, item)| item));
        }
        _ => {}
    }
}

fn key_of(place: &Value, child: usize) -> Option<&str> {
    if let Value::Object(members) = place { members.get(child).map(|(key, _)| key.as_str()) } else { None }
}

fn rename(place: &mut Value, child: usize, name: &str) {
    if let Value::Object(members) = place
        && let Some((key, _)) = members.get_mut(child)
    {
        *key = name.to_string();
    }
}

fn recase(place: &mut Value, case: impl Fn(&str) -> String) {
    if let Value::Str(text) = place {
        *text = case(text);
    }
}
