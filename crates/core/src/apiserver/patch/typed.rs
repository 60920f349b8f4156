//! What server-side apply says of a configuration that does not fit the schema, before it looks at anything else:
//! structured-merge-diff's `typed/validate.go`, called from apimachinery's `pkg/util/managedfields/internal`.

use super::rules::{ListRule, apply_rule};
use crate::apiserver::answer::Status;
use crate::apiserver::field::go_quote;
use crate::apiserver::meta;
use crate::apiserver::status::{bad_request, unknown_error};
use crate::objects::Value;
use crate::objects::schema::{Struct, Type, kind_of};
use crate::sort;
use crate::yaml::json_float;

/// Whether an applied configuration, as it was sent, can be one of its kind.
pub(crate) fn check(applied: &Value) -> Result<(), Status> {
    let nothing = Value::Null;
    let text = |key: &str| applied.get(key).and_then(Value::as_str).unwrap_or_default();
    let metadata = applied.get("metadata").unwrap_or(&nothing);
    if !metadata.get("managedFields").unwrap_or(&nothing).is_null() {
        return Err(bad_request("metadata.managedFields must be nil"));
    }
    let Some(known) = kind_of(text("apiVersion"), text("kind")) else { return Ok(()) };
    let mut walk = Walk { errors: Vec::new() };
    walk.structure("", "", applied, known.table);
    let problem = match walk.errors.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => ["errors:\n  ", &many.join("\n  ")].concat(),
    };
    let (namespace, name) = (meta::text(metadata, "namespace"), meta::text(metadata, "name"));
    let slash = if known.api_version.contains('/') { "" } else { "/" };
    let (version, kind) = (known.api_version, known.kind);
    Err(unknown_error(&format!(
        "failed to create typed patch object ({namespace}/{name}; {slash}{version}, Kind={kind}): {problem}"
    )))
}

struct Walk {
    errors: Vec<String>,
}

impl Walk {
    fn wrong(&mut self, path: &str, problem: &str) {
        self.errors.push([path, ": ", problem].concat());
    }

    /// `name` is the field that holds the struct, as the tables of lists know it.
    fn structure(&mut self, path: &str, name: &str, value: &Value, table: &'static Struct) {
        let Value::Object(members) = value else { return self.mismatch(path, "map", value) };
        for (key, member) in members {
            let path = [path, ".", key].concat();
            let Some(field) = table.field(key) else {
                // Nothing after it is looked at.
                return self.wrong(&path, "field not declared in schema");
            };
            self.value(&path, name, field.name, member, &field.ty);
        }
    }

    fn value(&mut self, path: &str, parent: &str, name: &str, value: &Value, ty: &'static Type) {
        match (ty, value) {
            (_, Value::Null) | (Type::Any | Type::Opaque(_), _) => {}
            (Type::Struct(table), _) => self.structure(path, name, value, table),
            (Type::Map(element), Value::Object(members)) => {
                for (key, member) in members {
                    self.value(&[path, ".", key].concat(), name, "", member, element);
                }
            }
            (Type::Map(_), _) => self.mismatch(path, "map", value),
            (Type::List(element), Value::Array(items)) => self.list(path, parent, name, items, element),
            (Type::List(_), _) => self.mismatch(path, "list", value),
            (Type::Str | Type::Enum(..) | Type::Duration, Value::Str(_))
            | (Type::Bool, Value::Bool(_))
            | (Type::Int32 | Type::Int64 | Type::Int | Type::Float, Value::Int(_) | Value::Float(_)) => {}
            (Type::Str | Type::Enum(..) | Type::Duration, _) => {
                let got = ["expected string, got &value.valueUnstructured{Value:", &go(value, true), "}"].concat();
                self.wrong(path, &got);
            }
            (Type::Bool, _) => self.mismatch(path, "boolean", value),
            (Type::Int32 | Type::Int64 | Type::Int | Type::Float, _) => {
                self.wrong(path, &["expected numeric (int or float), got ", go_type(value)].concat());
            }
            (Type::IntOrString | Type::Quantity | Type::Time, Value::Array(_) | Value::Object(_)) => {
                self.mismatch(path, "any scalar", value);
            }
            (Type::IntOrString | Type::Quantity | Type::Time, _) => {}
        }
    }

    fn list(&mut self, path: &str, parent: &str, name: &str, items: &[Value], element: &'static Type) {
        let keys = match apply_rule(parent, name) {
            ListRule::Keys(keys) => keys,
            ListRule::Atomic | ListRule::Set => {
                for (at, item) in items.iter().enumerate() {
                    self.value(&format!("{path}[{at}]"), name, name, item, element);
                }
                return;
            }
        };
        let mut seen: Vec<String> = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let key = match item_key(item, keys) {
                Ok(key) => key,
                // What the item is cannot be told, nor what comes after it.
                Err(problem) => return self.wrong(path, &format!("element {at}: {problem}")),
            };
            if seen.contains(&key) {
                self.wrong(path, &["duplicate entries for key ", &key].concat());
            }
            self.value(&[path, &key].concat(), name, name, item, element);
            seen.push(key);
        }
    }

    fn mismatch(&mut self, path: &str, wanted: &str, value: &Value) {
        self.wrong(path, &["expected ", wanted, ", got &{", &go(value, false), "}"].concat());
    }
}

/// `[port=80,protocol="TCP"]`; only a protocol has a default.
fn item_key(item: &Value, keys: &[&str]) -> Result<String, String> {
    match item {
        Value::Object(_) => {}
        Value::Null => return Err("associative list with keys may not have a null element".to_string()),
        _ => return Err("associative list with keys may not have non-map elements".to_string()),
    }
    let mut parts = Vec::with_capacity(keys.len());
    for key in keys {
        let value = match item.get(key) {
            Some(Value::Str(text)) => go_quote(text),
            Some(other) => go(other, false),
            None if *key == "protocol" => go_quote("TCP"),
            None => {
                let omits = "associative list with keys has an element that omits key field ";
                return Err([omits, &go_quote(key), " (and doesn't have default value)"].concat());
            }
        };
        parts.push([key, "=", &value].concat());
    }
    Ok(["[", &parts.join(","), "]"].concat())
}

/// Go's `%T`.
fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int64",
        Value::Float(_) => "float64",
        Value::Str(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

/// Go's `%v`, or its `%#v`.
fn go(value: &Value, syntax: bool) -> String {
    let ty = if syntax { go_type(value) } else { "" };
    let (open, between, close) = if syntax { ("{", ", ", "}") } else { ("[", " ", "]") };
    match value {
        Value::Null => (if syntax { "interface {}(nil)" } else { "<nil>" }).to_string(),
        Value::Bool(true) => "true".to_string(),
        Value::Bool(false) => "false".to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => json_float(*number),
        Value::Str(text) if syntax => go_quote(text),
        Value::Str(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| go(item, syntax)).collect();
            [ty, open, &items.join(between), close].concat()
        }
        Value::Object(members) => {
            let ty = if syntax { ty } else { "map" };
            let key = |key: &str| if syntax { go_quote(key) } else { key.to_string() };
            let mut pairs: Vec<String> =
                members.iter().map(|(name, value)| [&key(name), ":", &go(value, syntax)].concat()).collect();
            sort::natural(&mut pairs);
            [ty, open, &pairs.join(between), close].concat()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::to_value;
    use crate::yaml::{self, Limits};

    fn problem(spec: &str) -> String {
        let text = format!("{{apiVersion: v1, kind: Service, metadata: {{name: web}}, spec: {spec}}}");
        let value = to_value(&yaml::read(&text, 0, 0, &Limits::default()).documents[0].root);
        check(&value).err().map_or(String::new(), |status| {
            assert_eq!((status.code, status.reason.as_str()), (500, ""));
            status.message.replace("failed to create typed patch object (/web; /v1, Kind=Service): ", "")
        })
    }

    #[test]
    fn a_field_that_nobody_knows_is_not_in_the_schema() {
        assert_eq!(problem("{selectors: {a: b}}"), ".spec.selectors: field not declared in schema");
        let port = "{ports: [{port: 80, targetport: 81}]}";
        assert_eq!(problem(port), ".spec.ports[port=80,protocol=\"TCP\"].targetport: field not declared in schema");
    }

    #[test]
    fn items_need_their_keys_and_have_them_for_themselves() {
        let twice = "{ports: [{port: 80}, {port: 80, protocol: TCP, name: b}]}";
        assert_eq!(problem(twice), ".spec.ports: duplicate entries for key [port=80,protocol=\"TCP\"]");
        let lacking = problem("{ports: [{name: a}]}");
        assert!(lacking.starts_with(".spec.ports: element 0: associative list with keys has an element"), "{lacking}");
    }

    #[test]
    fn values_of_a_wrong_type_are_told_in_gos_words() {
        let numeric = ".spec.healthCheckNodePort: expected numeric (int or float), got string";
        assert_eq!(problem("{healthCheckNodePort: abc}"), numeric);
        assert_eq!(
            problem("{selector: {a: 5}}"),
            ".spec.selector.a: expected string, got &value.valueUnstructured{Value:5}"
        );
        assert_eq!(problem("{ports: {a: 1}}"), ".spec.ports: expected list, got &{map[a:1]}");
        assert_eq!(problem("{ports: [{port: 80, targetPort: web}], type: null}"), "");
    }
}
