//! What spans crates: helpers for tests whose cases are recorded data.

pub mod apiserver;
pub mod floor;
pub mod kernel;
pub mod kubeproxy;
pub mod mutate;
pub mod promises;
pub mod runs;
pub mod speed;
pub mod traces;
pub mod work;

use std::path::{Path, PathBuf};

use portolan_core::objects::Value;

/// The folder of one recorded corpus: `tests/corpus/NAME`.
pub fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(name)
}

/// The files of a folder that end in `.EXTENSION`, by name.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

/// A JSON file as the engine's own value.
pub fn json(path: &Path) -> Value {
    let name = path.display().to_string();
    read_json(&name, &std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// A JSON text as the engine's own value; `name` is who is to blame where it is none.
fn read_json(name: &str, text: &str) -> Value {
    let parsed: serde_json::Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
    value(&parsed)
}

/// A value of serde_json as the engine's own.
pub fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::Str(text.clone()),
        serde_json::Value::Array(items) => Value::Array(items.iter().map(value).collect()),
        serde_json::Value::Object(members) => {
            Value::Object(members.iter().map(|(key, item)| (key.clone(), value(item))).collect())
        }
    }
}
