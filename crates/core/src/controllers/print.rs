//! Objects that controllers make, as they are stored: the way back from typed structs to values.

use crate::net::IpFamily;
use crate::objects::{Endpoint, EndpointSlice, Node, ObjectMeta, ObjectRef, Pod, PodPhase, Value};

fn map(pairs: &crate::collections::Map<String, String>) -> Value {
    Value::Object(pairs.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect())
}

fn strings<'a>(items: impl IntoIterator<Item = &'a String>) -> Value {
    Value::Array(items.into_iter().map(|item| Value::from(item.as_str())).collect())
}

/// `metadata`; `owner` is the owner's `apiVersion`, where there is an owner.
pub(crate) fn meta(meta: &ObjectMeta, owner: &[&str]) -> Value {
    let mut value = Value::object([("name", Value::from(meta.name.as_str()))]);
    if !meta.namespace.is_empty() {
        value.set("namespace", meta.namespace.as_str().into());
    }
    for (key, pairs) in [("labels", &meta.labels), ("annotations", &meta.annotations)] {
        if !pairs.is_empty() {
            value.set(key, map(pairs));
        }
    }
    if let (Some(reference), Some(version)) = (&meta.owner, owner.first()) {
        let reference = Value::object([
            ("apiVersion", Value::from(*version)),
            ("kind", reference.kind.as_str().into()),
            ("name", reference.name.as_str().into()),
            ("controller", true.into()),
            ("blockOwnerDeletion", true.into()),
        ]);
        value.set("ownerReferences", Value::Array(vec![reference]));
    }
    value
}

/// A `targetRef` to a pod.
pub(crate) fn pod_reference(pod: &ObjectRef) -> Value {
    Value::object([
        ("kind", Value::from("Pod")),
        ("namespace", pod.namespace.as_str().into()),
        ("name", pod.name.as_str().into()),
    ])
}

/// An EndpointSlice; lists without items are `null`, as the server prints them.
pub fn slice(slice: &EndpointSlice) -> Value {
    let list = |items: Vec<Value>| if items.is_empty() { Value::Null } else { Value::Array(items) };
    let mut metadata = meta(&slice.meta, &["v1"]);
    if slice.meta.owner.is_some() && !slice.service.is_empty() {
        metadata.set("generateName", super::endpointslice::name_prefix(&slice.service).into());
    }
    let ports = slice.ports.iter().map(|port| {
        let mut value =
            Value::object([("name", Value::from(port.name.as_str())), ("protocol", port.protocol.as_str().into())]);
        if let Some(number) = port.port {
            value.set("port", Value::Int(i64::from(number)));
        }
        if let Some(protocol) = &port.app_protocol {
            value.set("appProtocol", protocol.as_str().into());
        }
        value
    });
    Value::object([
        ("apiVersion", Value::from("discovery.k8s.io/v1")),
        ("kind", "EndpointSlice".into()),
        ("metadata", metadata),
        ("addressType", slice.family.map_or("FQDN", IpFamily::as_str).into()),
        ("endpoints", list(slice.endpoints.iter().map(endpoint).collect())),
        ("ports", list(ports.collect())),
    ])
}

fn endpoint(endpoint: &Endpoint) -> Value {
    let addresses = endpoint.addresses.iter().map(|ip| Value::from(ip.to_string())).collect();
    let mut conditions = Value::Object(Vec::new());
    for (key, condition) in
        [("ready", endpoint.ready), ("serving", endpoint.serving), ("terminating", endpoint.terminating)]
    {
        if let Some(truth) = condition {
            conditions.set(key, truth.into());
        }
    }
    let mut value = Value::object([("addresses", Value::Array(addresses)), ("conditions", conditions)]);
    if let Some(hostname) = &endpoint.hostname {
        value.set("hostname", hostname.as_str().into());
    }
    if let Some(pod) = &endpoint.pod {
        value.set("targetRef", pod_reference(pod));
    }
    for (key, text) in [("nodeName", &endpoint.node_name), ("zone", &endpoint.zone)] {
        if let Some(text) = text {
            value.set(key, text.as_str().into());
        }
    }
    let named = |names: &[String]| {
        Value::Array(names.iter().map(|name| Value::object([("name", Value::from(name.as_str()))])).collect())
    };
    let mut hints = Value::Object(Vec::new());
    for (key, names) in [("forZones", &endpoint.zone_hints), ("forNodes", &endpoint.node_hints)] {
        if !names.is_empty() {
            hints.set(key, named(names));
        }
    }
    if !hints.members().is_empty() {
        value.set("hints", hints);
    }
    value
}

/// `status` of a pod: phase, conditions, addresses.
pub(crate) fn pod_status(pod: &Pod, host: Option<&Node>) -> Value {
    let phase = match pod.phase {
        PodPhase::Pending => "Pending",
        PodPhase::Running => "Running",
        PodPhase::Succeeded => "Succeeded",
        PodPhase::Failed => "Failed",
        PodPhase::Unknown => "Unknown",
    };
    let condition = |kind: &str, truth: bool| {
        Value::object([("type", Value::from(kind)), ("status", if truth { "True" } else { "False" }.into())])
    };
    let mut conditions = vec![condition("PodScheduled", !pod.node.is_empty())];
    if let Some(ready) = pod.ready {
        conditions.push(condition("Ready", ready));
    }
    let mut status = Value::object([("phase", Value::from(phase)), ("conditions", Value::Array(conditions))]);
    if let Some(ip) = host.and_then(Node::primary_ip) {
        status.set("hostIP", ip.to_string().into());
    }
    if let Some(ip) = pod.ips.first() {
        status.set("podIP", ip.to_string().into());
        let ips = pod.ips.iter().map(|ip| Value::object([("ip", Value::from(ip.to_string()))]));
        status.set("podIPs", Value::Array(ips.collect()));
    }
    status
}

/// A Node. `given` is what the input said, whose fields win.
pub(crate) fn node(node: &Node, given: Option<&Value>) -> Value {
    let mut value = given.cloned().unwrap_or_else(|| {
        Value::object([("apiVersion", Value::from("v1")), ("kind", "Node".into()), ("metadata", meta(&node.meta, &[]))])
    });
    let mut spec = value.remove("spec").unwrap_or_else(|| Value::Object(Vec::new()));
    let has_range = spec.get("podCIDR").is_some() || spec.get("podCIDRs").is_some();
    if let Some(first) = node.pod_cidrs.first().filter(|_| !has_range) {
        spec.set("podCIDR", first.to_string().into());
        let all: Vec<String> = node.pod_cidrs.iter().map(ToString::to_string).collect();
        spec.set("podCIDRs", strings(&all));
    }
    if given.is_none() && !node.taints.is_empty() {
        let taints = node.taints.iter().map(|taint| {
            let mut value = Value::object([("key", Value::from(taint.key.as_str()))]);
            if !taint.value.is_empty() {
                value.set("value", taint.value.as_str().into());
            }
            value.set("effect", taint.effect.as_str().into());
            value
        });
        spec.set("taints", Value::Array(taints.collect()));
    }
    let mut status = value.remove("status").unwrap_or_else(|| Value::Object(Vec::new()));
    if status.get("addresses").is_none() {
        let internal = node.internal_ips.iter().map(|ip| ("InternalIP", ip.to_string()));
        let external = node.external_ips.iter().map(|ip| ("ExternalIP", ip.to_string()));
        let addresses = internal.chain(external).chain([("Hostname", node.meta.name.clone())]);
        let addresses = addresses
            .map(|(kind, address)| Value::object([("type", Value::from(kind)), ("address", Value::from(address))]));
        status.set("addresses", Value::Array(addresses.collect()));
    }
    if let Some(cpu) = node.cpu_millis.filter(|_| status.get("allocatable").is_none()) {
        let text = if cpu % 1000 == 0 { (cpu / 1000).to_string() } else { format!("{cpu}m") };
        status.set("allocatable", Value::object([("cpu", Value::from(text))]));
    }
    if status.get("conditions").is_none() {
        let ready = if node.ready { "True" } else { "False" };
        let condition = Value::object([("type", Value::from("Ready")), ("status", ready.into())]);
        status.set("conditions", Value::Array(vec![condition]));
    }
    if !spec.members().is_empty() {
        value.set("spec", spec);
    }
    value.set("status", status);
    value
}
