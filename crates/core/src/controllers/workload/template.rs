//! A pod template, read once and copied for each pod.

use crate::controllers::hash::hash64;
use crate::controllers::print;
use crate::controllers::schedule::Constraints;
use crate::objects::{Node, Origin, Pod, PodPhase, Value};

/// The annotation by which a manifest says that its pods are not ready.
pub const READY: &str = "portolan.dev/ready";

/// A pod template.
#[derive(Clone, Debug)]
pub struct Template {
    /// A pod as the template has it: no name, no node, not started.
    pub pod: Pod,
    /// Where its pods may go.
    pub constraints: Constraints,
    /// The template as it is stored, for printing pods.
    value: Value,
    /// A hash of all that the template says.
    pub(super) hash: u64,
}

impl Template {
    /// Reads `spec.template`.
    pub(super) fn read(value: &Value, namespace: &str, origin: Origin, daemon: bool) -> Self {
        let spec = value.get("spec").cloned().unwrap_or_default();
        let mut metadata = value.get("metadata").cloned().unwrap_or_default();
        metadata.set("namespace", namespace.into());
        let object = Value::object([("metadata", metadata), ("spec", spec.clone())]);
        let mut pod = Pod::from_value(&object, origin);
        pod.phase = PodPhase::Pending;
        pod.ready = None;
        pod.ips.clear();
        Template {
            pod,
            constraints: Constraints::from_spec(&spec, daemon),
            hash: hash_value(value, 0),
            value: value.clone(),
        }
    }

    /// A pod of this template as it is stored; `host` is its node.
    pub fn print(&self, pod: &Pod, owner_version: &str, host: Option<&Node>) -> Value {
        let mut metadata = print::meta(&pod.meta, &[owner_version]);
        if let Some(owner) = pod.meta.owner.as_ref().filter(|owner| owner.kind != "StatefulSet") {
            metadata.set("generateName", format!("{}-", owner.name).into());
        }
        let mut spec = self.value.get("spec").cloned().unwrap_or_default();
        for (key, text) in [("hostname", &pod.hostname), ("subdomain", &pod.subdomain), ("nodeName", &pod.node)] {
            if !text.is_empty() {
                spec.set(key, text.as_str().into());
            }
        }
        Value::object([
            ("apiVersion", Value::from("v1")),
            ("kind", "Pod".into()),
            ("metadata", metadata),
            ("spec", spec),
            ("status", print::pod_status(pod, host)),
        ])
    }

    /// The template's value.
    pub(super) fn value(&self) -> &Value {
        &self.value
    }
}

/// A hash of a whole value, members in their order.
fn hash_value(value: &Value, seed: u64) -> u64 {
    match value {
        Value::Null => hash64(seed, &["null"]),
        Value::Bool(truth) => hash64(seed, &["bool", if *truth { "1" } else { "0" }]),
        Value::Int(number) => hash64(seed, &["int", &number.to_string()]),
        Value::Float(number) => hash64(seed ^ number.to_bits(), &["float"]),
        Value::Str(text) => hash64(seed, &["str", text]),
        Value::Array(items) => items.iter().fold(hash64(seed, &["array"]), |seed, item| hash_value(item, seed)),
        Value::Object(members) => members
            .iter()
            .fold(hash64(seed, &["object"]), |seed, (key, value)| hash_value(value, hash64(seed, &["key", key]))),
    }
}
