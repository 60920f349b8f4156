//! An object line by line, what was typed beside what is stored: for a view of both, and for comments in the YAML.

use crate::apiserver::{By, Mark};
use crate::collections::Map;
use crate::diagnostic::Span;
use crate::objects::Value;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The field's path, as in its mark.
    pub path: String,
    /// The line of the stored object's YAML; `None` for what was typed and is not stored.
    pub stored: Option<String>,
    /// The line as it was typed, in the order and with the indents of the stored one; `None` for what was not typed.
    pub typed: Option<String>,
    /// Who put it there; `None` where nothing is known of it.
    pub by: Option<By>,
    /// The document that it was typed in, and the bytes.
    pub place: Option<(usize, Span)>,
    /// A further line of a text that has several.
    pub further: bool,
}

/// The lines of an object with its marks. Those that are stored are the lines of [`Value::to_yaml`].
pub fn rows(object: &Value, marks: &[Mark]) -> Vec<Row> {
    let mut writer = Writer { marks: Map::new(), dropped: Map::new(), rows: Vec::new() };
    for mark in marks {
        if mark.by == By::Dropped {
            writer.dropped.entry(split(&mark.path).0).or_default().push(mark);
        } else {
            writer.marks.insert(&mark.path, mark);
        }
    }
    writer.value("", object, 0, &mut Lead::new(0));
    writer.rows
}

/// The objects' YAML with a comment behind each line that was not simply typed.
pub fn marked_yaml(object: &Value, marks: &[Mark]) -> String {
    let mut text = String::new();
    for row in rows(object, marks) {
        match (&row.stored, &row.typed, row.by) {
            (Some(line), _, Some(By::Typed) | None) => text.push_str(line),
            (Some(line), _, _) if row.further => text.push_str(line),
            (Some(line), Some(typed), Some(By::Changed)) => {
                text.push_str(&format!("{line}  # changed, typed as: {}", typed.trim_start_matches([' ', '-'])));
            }
            (Some(line), _, Some(by)) => text.push_str(&format!("{line}  # {}", by.as_str())),
            (None, Some(typed), _) => text.push_str(&format!("# dropped: {}", typed.trim_start())),
            (None, None, _) => continue,
        }
        text.push('\n');
    }
    text
}

/// What stands before a line: on either side the dash of an item comes before its first line only.
struct Lead {
    stored: String,
    typed: String,
}

impl Lead {
    fn new(indent: usize) -> Self {
        Lead { stored: " ".repeat(indent), typed: " ".repeat(indent) }
    }

    fn with_dash(&self) -> Self {
        Lead { stored: format!("{}- ", self.stored), typed: format!("{}- ", self.typed) }
    }
}

/// A path's parent and its last step: a name, or a number in brackets.
fn split(path: &str) -> (&str, &str) {
    let at = if path.ends_with(']') { path.rfind('[') } else { path.rfind('.') };
    path.split_at(at.unwrap_or(0))
}

struct Writer<'a> {
    marks: Map<&'a str, &'a Mark>,
    /// What was not stored, by the path of what it stood in.
    dropped: Map<&'a str, Vec<&'a Mark>>,
    rows: Vec<Row>,
}

impl Writer<'_> {
    /// Writes what is in an object or a list; `lead` stands before the next line, `indent` blanks before those after it.
    fn value(&mut self, path: &str, value: &Value, indent: usize, lead: &mut Lead) {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    let path = crate::apiserver::member_path(path, key);
                    let holds = !member.members().is_empty() || !member.items().is_empty();
                    if holds {
                        self.line(&path, &key_of(key), &key_of(key), indent, lead);
                        let deeper = if member.items().is_empty() { indent + 2 } else { indent };
                        self.value(&path, member, deeper, &mut Lead::new(deeper));
                    } else {
                        let text = Value::Object(vec![(key.clone(), member.clone())]).to_yaml();
                        self.line(&path, &text, &format!("{} ", key_of(key)), indent, lead);
                        self.dropped_in(&path, indent + 2, &mut Lead::new(indent + 2));
                    }
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let path = crate::apiserver::item_path(path, at);
                    let holds = !item.members().is_empty() || !item.items().is_empty();
                    let mut inner = lead.with_dash();
                    if holds {
                        self.value(&path, item, indent + 2, &mut inner);
                    } else {
                        let text = Value::Array(vec![item.clone()]).to_yaml();
                        self.line(&path, &text, "- ", indent, lead);
                    }
                    *lead = Lead::new(indent);
                }
            }
            scalar => self.line(path, &scalar.to_yaml(), "", indent, lead),
        }
        self.dropped_in(path, indent, lead);
    }

    /// Writes one field: `text` is its YAML, `before` what comes before the typed value.
    fn line(&mut self, path: &str, text: &str, before: &str, indent: usize, lead: &mut Lead) {
        let mark = self.marks.get(path).copied();
        let mut lines = text.lines();
        let first = lines.next().unwrap_or_default();
        let typed = mark.filter(|mark| mark.place.is_some()).map(|mark| match &mark.typed {
            Some(typed) if mark.leaf => format!("{}{before}{typed}", lead.typed),
            // A list or an object that was emptied.
            None if mark.by == By::Changed => format!("{}{}", lead.typed, before.trim_end()),
            _ => format!("{}{first}", lead.typed),
        });
        if typed.is_some() {
            lead.typed = " ".repeat(indent);
        }
        let row = Row {
            path: path.to_string(),
            stored: Some(format!("{}{first}", lead.stored)),
            by: mark.map(|mark| mark.by),
            place: mark.and_then(|mark| mark.place),
            further: false,
            typed,
        };
        lead.stored = " ".repeat(indent);
        let as_typed = row.typed.is_some() && row.by == Some(By::Typed);
        let next = Row { further: true, ..row.clone() };
        self.rows.push(row);
        for line in lines {
            let text = if line.is_empty() { String::new() } else { format!("{}{line}", " ".repeat(indent)) };
            self.rows.push(Row { typed: as_typed.then(|| text.clone()), stored: Some(text), ..next.clone() });
        }
    }

    /// Writes what stood here and was not stored.
    fn dropped_in(&mut self, path: &str, indent: usize, lead: &mut Lead) {
        for mark in self.dropped.remove(path).unwrap_or_default() {
            let step = split(&mark.path).1;
            let inner = step.trim_matches(['.', '[', ']']);
            let item = step.starts_with('[') && inner.bytes().all(|b| b.is_ascii_digit());
            let words = mark.typed.as_deref().unwrap_or(if mark.leaf { "\u{2026}" } else { "" });
            let mut next = Lead::new(indent + 2);
            if item && !mark.leaf {
                next = lead.with_dash();
            } else {
                let text = if item { format!("- {words}") } else { format!("{} {words}", key_of(inner)) };
                self.rows.push(Row {
                    path: mark.path.clone(),
                    stored: None,
                    typed: Some(format!("{}{}", lead.typed, text.trim_end())),
                    by: Some(By::Dropped),
                    place: mark.place,
                    further: false,
                });
            }
            lead.typed = " ".repeat(indent);
            self.dropped_in(&mark.path, indent + 2, &mut next);
        }
    }
}

/// A key and its colon.
fn key_of(key: &str) -> String {
    let mut text = Value::object([(key, Value::Bool(true))]).to_yaml();
    text.truncate(text.len().saturating_sub(" true\n".len()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::ObjectRef;
    use crate::world::{Input, LoadOptions, World};

    fn sides(text: &str) -> Vec<String> {
        let input = Input { name: "-".to_string(), text: text.to_string() };
        let options = LoadOptions { load_balancers: false, ..LoadOptions::default() };
        let world = World::load(&[input], &options);
        let marks = world.provenance("Service", &ObjectRef::new("default", "web")).unwrap();
        let stored = world.stored();
        rows(stored[0], &marks)
            .into_iter()
            .map(|row| {
                let by = row.by.map(By::as_str).unwrap_or_default();
                format!("{}|{}|{by}", row.typed.unwrap_or_default(), row.stored.unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn matching_fields_stand_on_one_line() {
        let text = "kind: Service\napiVersion: v1\nmetadata: {name: web}\nspec:\n  ports:\n  - port: 0x50\n  \
            selector: {}\nstatus: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}\n";
        let got = sides(text);
        let from = got.iter().position(|line| line.contains("spec:")).unwrap();
        assert_eq!(
            &got[from..from + 5],
            [
                "spec:|spec:|typed",
                "  ports:|  ports:|typed",
                "|  - protocol: TCP|default",
                "  - port: 0x50|    port: 80|changed",
                "|    targetPort: 80|default",
            ]
        );
        let tail = [
            "  selector: {}||dropped",
            "status:|status:|typed",
            "  loadBalancer:|  loadBalancer: {}|changed",
            "    ingress:||dropped",
            "      - ip: 192.0.2.1||dropped",
        ];
        assert_eq!(&got[got.len() - 5..], tail, "{got:#?}");
    }

    #[test]
    fn comments_do_not_change_what_the_yaml_says() {
        let text = "kind: Service\napiVersion: v1\nmetadata:\n  name: web\n  annotations:\n    a: |\n      x\n\n      y\n    b: 'z # no'\nspec:\n  \
            ports:\n  - port: 0x50\n  selector: {}\n";
        let world = World::load(&[Input { name: "-".to_string(), text: text.to_string() }], &LoadOptions::default());
        let marks = world.provenance("Service", &ObjectRef::new("default", "web")).unwrap();
        let stored = world.stored();
        let marked = marked_yaml(stored[0], &marks);
        assert!(marked.contains("    port: 80  # changed, typed as: port: 0x50\n"), "{marked}");
        assert!(marked.contains("# dropped: selector: {}\n"), "{marked}");
        let again = World::load(&[Input { name: "-".to_string(), text: marked }], &LoadOptions::default());
        assert_eq!(again.stored()[0], stored[0]);
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod properties {
    use proptest::prelude::*;

    use super::rows;
    use crate::objects::Value;

    fn value() -> impl Strategy<Value = Value> {
        let text = prop_oneof!["[a-z .:#-]{0,6}", "[ \n\ta:#-]{0,8}", "(a\n){1,3}"];
        let leaf = prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::Int), text.prop_map(Value::Str)];
        leaf.prop_recursive(5, 40, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::btree_map("[a-z.]{1,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn the_stored_lines_are_those_of_the_yaml(value in value()) {
            let lines: Vec<String> = rows(&value, &[]).into_iter().filter_map(|row| row.stored).collect();
            let whole = match &value {
                Value::Object(members) if members.is_empty() => String::new(),
                Value::Array(items) if items.is_empty() => String::new(),
                _ => value.to_yaml(),
            };
            let expected: Vec<&str> = whole.lines().collect();
            prop_assert_eq!(lines, expected);
        }
    }
}
