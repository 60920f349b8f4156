//! Reading fields one by one, keeping what is wrong with each.

use crate::cluster::Client;
use crate::objects::{ObjectRef, Value, nearest};

/// The most of a list: a run must stay bounded.
const MAX_ITEMS: usize = 1000;
const SECOND: u64 = 1_000_000;
/// What a document has.
/// The version of our own kinds.
pub const API_VERSION: &str = "portolan.dev/v1alpha1";
const TOP: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];

/// Reads `10s`, `500ms`, `1m30s`, `1.5s` or `250us`, as Go prints durations, in microseconds; a bare number is
/// seconds.
pub fn parse_duration(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(SECOND);
    }
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(letters)?;
        let unit = match unit {
            "us" | "\u{b5}s" => 1,
            "ms" => 1000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        let mut part = unit;
        for digit in fraction.bytes() {
            part /= 10;
            total = total.checked_add(u64::from(digit - b'0') * part)?;
        }
        rest = next;
    }
    (!text.is_empty()).then_some(total)
}

/// That a field is not known, and what was meant.
fn unknown(name: &str, fields: &[&str]) -> String {
    let meant = nearest(name, fields.iter().copied()).map(|known| format!("did you mean {known}? "));
    format!("unknown field; {}known are {}", meant.unwrap_or_default(), fields.join(", "))
}

/// What is wrong, each with the path of the field.
pub type Problems = Vec<(String, String)>;

/// Reads the fields of one document.
pub(crate) struct Reader {
    pub(crate) problems: Problems,
    /// Where a name is looked for that says no namespace.
    namespace: String,
}

impl Reader {
    /// Begins with a document of our own kinds: what may stand beside `spec`. Its namespace, which kustomize and helm
    /// write into every object, is where its names are.
    pub(crate) fn of(document: &Value) -> Reader {
        let namespace = document.at("metadata.namespace").and_then(Value::as_str).unwrap_or("default").to_string();
        let mut reader = Reader { problems: Vec::new(), namespace };
        for (name, _) in document.members() {
            if !TOP.contains(&name.as_str()) {
                reader.wrong(name, unknown(name, &TOP));
            }
        }
        if document.get("apiVersion").and_then(Value::as_str) != Some(API_VERSION) {
            reader.wrong("apiVersion", format!("must be {API_VERSION}"));
        }
        if let Some(metadata) = document.get("metadata") {
            reader.known(metadata, "metadata", &["name", "namespace", "labels", "annotations"]);
            reader.text(metadata, "metadata", "name");
            reader.text(metadata, "metadata", "namespace");
        }
        reader
    }

    /// Reads a part of a document, with a list of its own of what is wrong.
    pub(crate) fn inner(&self) -> Reader {
        Reader { problems: Vec::new(), namespace: self.namespace.clone() }
    }

    /// `NAME` as `NAMESPACE/NAME`; what has a namespace keeps it, and `default` need not be said.
    fn name(&self, name: &str) -> String {
        let plain = self.namespace == "default" || name.contains('/');
        if plain { name.to_string() } else { format!("{}/{name}", self.namespace) }
    }

    /// `[pod/]NAME` of a pod or of what makes pods with its namespace; what is an address or the name of a host stays.
    pub(crate) fn owner(&self, text: &str) -> String {
        let (front, name) = if text.starts_with("pod/") { text.split_at(4) } else { ("", text) };
        if name.contains(['.', ':']) { text.to_string() } else { format!("{front}{}", self.name(name)) }
    }

    /// A client with the namespace that it is in, if it is a pod.
    pub(crate) fn client(&self, text: &str) -> Result<Client, String> {
        match text.strip_prefix("pod/") {
            Some(name) => Client::parse(&format!("pod/{}", self.name(name))),
            None => Client::parse(text),
        }
    }

    /// A target with the namespace of what it names; the name of a host is looked up by the client, from where that is.
    pub(crate) fn target(&self, text: &str) -> String {
        for kind in ["svc/", "service/", "lb/"] {
            if let Some(name) = text.strip_prefix(kind) {
                return format!("{kind}{}", self.name(name));
            }
        }
        match text.strip_prefix("port-forward/").and_then(|rest| rest.split_once('/')) {
            Some((kind, name)) => format!("port-forward/{kind}/{}", self.name(name)),
            None => text.to_string(),
        }
    }

    /// `[NAMESPACE/]NAME` of a pod or of what makes pods.
    pub(crate) fn pod(&mut self, path: &str, text: &str) -> ObjectRef {
        let (namespace, name) = text.split_once('/').unwrap_or((&self.namespace, text));
        let reference = ObjectRef::new(namespace, name);
        if namespace.is_empty() || name.is_empty() || name.contains('/') {
            self.wrong(path, "must be NAMESPACE/NAME of a pod");
        }
        reference
    }

    pub(crate) fn wrong(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push((path.into(), message.into()));
    }

    pub(crate) fn known(&mut self, value: &Value, path: &str, fields: &[&str]) {
        for (name, _) in value.members() {
            if !fields.contains(&name.as_str()) {
                self.wrong(format!("{path}.{name}"), unknown(name, fields));
            }
        }
    }

    pub(crate) fn text<'a>(&mut self, value: &'a Value, path: &str, field: &str) -> Option<&'a str> {
        let found = value.get(field).filter(|found| !found.is_null())?;
        if found.as_str().is_none() {
            self.wrong(format!("{path}.{field}"), "must be text");
        }
        found.as_str()
    }

    pub(crate) fn duration(&mut self, value: &Value, path: &str, field: &str) -> Option<u64> {
        let parsed = match value.get(field)? {
            Value::Null => return None,
            Value::Int(seconds) => u64::try_from(*seconds).ok().and_then(|seconds| seconds.checked_mul(SECOND)),
            Value::Str(text) => parse_duration(text),
            _ => None,
        };
        if parsed.is_none() {
            self.wrong(format!("{path}.{field}"), "must be a duration such as 10s, 500ms or 1m30s");
        }
        parsed
    }

    pub(crate) fn boolean(&mut self, value: &Value, path: &str, field: &str) -> Option<bool> {
        let found = value.get(field).filter(|found| !found.is_null())?;
        if found.as_bool().is_none() {
            self.wrong(format!("{path}.{field}"), "must be true or false");
        }
        found.as_bool()
    }

    pub(crate) fn list<'a>(&mut self, spec: &'a Value, field: &str) -> &'a [Value] {
        let Some(found) = spec.get(field).filter(|found| !found.is_null()) else { return &[] };
        if !matches!(found, Value::Array(_)) {
            self.wrong(format!("spec.{field}"), "must be a list");
        }
        let items = found.items();
        if items.len() > MAX_ITEMS {
            self.wrong(format!("spec.{field}"), format!("must have at most {MAX_ITEMS} items"));
        }
        items.get(..MAX_ITEMS).unwrap_or(items)
    }

    /// A whole number from `least` to `most`.
    pub(crate) fn number(&mut self, value: &Value, path: &str, field: &str, least: u32, most: u32) -> Option<u32> {
        let found = value.get(field).filter(|found| !found.is_null())?;
        let number = found.as_int().and_then(|n| u32::try_from(n).ok()).filter(|n| (least..=most).contains(n));
        if number.is_none() {
            self.wrong(format!("{path}.{field}"), format!("must be a whole number from {least} to {most}"));
        }
        number
    }
}
