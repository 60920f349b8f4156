//! The requests of a case, read as the recorder sent them.

use portolan_core::objects::Value;
use portolan_core::yaml::{self, Limits, Node, NodeKind};

use super::Request;

/// One request a document.
pub fn requests(text: &str) -> Vec<Request> {
    let stream = yaml::read(text, 0, 0, &Limits::default());
    stream
        .documents
        .iter()
        .map(|document| {
            let op = document.comments.iter().find_map(|line| line.strip_prefix("op:"));
            let mut object = plain(&document.root);
            if object.get("kind").is_none() {
                object.set("kind", Value::from("Service"));
            }
            Request { op: op.map_or("create", str::trim).to_string(), object: Ok(object) }
        })
        .collect()
}

/// A node without its place.
pub fn plain(node: &Node) -> Value {
    match &node.kind {
        NodeKind::Null => Value::Null,
        NodeKind::Bool(truth) => Value::Bool(*truth),
        NodeKind::Int(number) => Value::Int(*number),
        NodeKind::Float(number) => Value::Float(*number),
        NodeKind::Str(text) => Value::Str(text.clone()),
        NodeKind::Seq(items) => Value::Array(items.iter().map(plain).collect()),
        NodeKind::Map(entries) => {
            let mut object = Value::Object(Vec::new());
            for entry in entries {
                object.set(&entry.key, plain(&entry.value));
            }
            object
        }
    }
}
