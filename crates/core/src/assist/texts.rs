//! The words about fields, and whole documents to begin with: read from the two files beside this one.

use crate::collections::Map;

/// What is said about a field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldText {
    /// One or two sentences.
    pub text: String,
    /// What the server takes where nothing is said.
    pub default: Option<String>,
    /// The first version of Kubernetes that has the field switched on, such as `1.22`; `None` for ever.
    pub since: Option<String>,
}

/// A document to begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skeleton {
    /// What it is called.
    pub name: String,
    /// What it makes.
    pub detail: String,
    /// The YAML.
    pub text: String,
}

/// All words that help needs.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    fields: Map<String, FieldText>,
    skeletons: Vec<Skeleton>,
}

impl Texts {
    /// Reads `help.txt` and `skeletons.yaml`. Lines that cannot be read are left out.
    pub fn parse(help: &str, skeletons: &str) -> Texts {
        let mut texts = Texts::default();
        texts.read_fields(help);
        for piece in skeletons.split("---\n") {
            let Some((head, text)) = piece.split_once('\n') else { continue };
            let Some((name, detail)) = head.trim_start_matches('#').trim().split_once(": ") else { continue };
            texts.skeletons.push(Skeleton {
                name: name.to_string(),
                detail: detail.to_string(),
                text: text.to_string(),
            });
        }
        texts
    }

    fn read_fields(&mut self, help: &str) {
        let mut structs: Vec<&str> = Vec::new();
        let mut last: Vec<String> = Vec::new();
        for line in help.lines() {
            if line.starts_with('#') || line.is_empty() {
                last.clear();
            } else if let Some(names) = line.strip_prefix('[') {
                structs = names.trim_end_matches(']').split(' ').collect();
            } else if line.starts_with(' ') {
                for key in &last {
                    if let Some(field) = self.fields.get_mut(key) {
                        field.text.push(' ');
                        field.text.push_str(line.trim());
                    }
                }
            } else if let Some((name, field)) = read_field(line) {
                last = structs.iter().map(|table| format!("{table}.{name}")).collect();
                for key in &last {
                    self.fields.insert(key.clone(), field.clone());
                }
            }
        }
    }

    /// What is said about a field of a Go struct.
    pub fn field(&self, table: &str, name: &str) -> Option<&FieldText> {
        let key = |table: &str| format!("{table}.{name}");
        self.fields.get(&key(table)).or_else(|| self.fields.get(&key("*")))
    }

    /// Documents to begin with.
    pub fn skeletons(&self) -> &[Skeleton] {
        &self.skeletons
    }

    /// Every `Struct.field` that something is said about.
    #[cfg(test)]
    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        self.fields.keys()
    }
}

/// `name (default X; since 1.N): text`.
fn read_field(line: &str) -> Option<(&str, FieldText)> {
    let name_end = line.find([' ', ':'])?;
    let (name, rest) = line.split_at(name_end);
    let mut field = FieldText::default();
    let rest = match rest.strip_prefix(" (") {
        Some(rest) => {
            let (facts, text) = rest.split_once("): ")?;
            for fact in facts.split("; ") {
                match fact.split_once(' ') {
                    Some(("default", value)) => field.default = Some(value.to_string()),
                    Some(("since", version)) => field.since = Some(version.to_string()),
                    // A default of two parts.
                    _ => match &mut field.default {
                        Some(default) => *default = format!("{default}; {fact}"),
                        None => return None,
                    },
                }
            }
            text
        }
        None => rest.strip_prefix(": ")?,
    };
    field.text = rest.to_string();
    Some((name, field))
}
