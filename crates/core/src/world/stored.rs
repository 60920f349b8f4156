//! Everything that is stored, as values: the input's objects with what controllers wrote into them, and those that
//! controllers made.

use crate::collections::{Map, Set};

use crate::apiserver::Outcome;
use crate::controllers::endpoints::Endpoints;
use crate::controllers::print;
use crate::objects::{EndpointSlice, IpMode, Node, ObjectRef, Pod, Service, Value, arrange};

use super::World;
use super::assemble::endpoints_of;

/// Kind, namespace and name.
type Key = (String, String, String);

fn key(value: &Value) -> Key {
    let text = |path: &str| value.at(path).and_then(Value::as_str).unwrap_or_default().to_string();
    (text("kind"), text("metadata.namespace"), text("metadata.name"))
}

/// All objects, in the order that [`World::stored`] promises.
pub(super) fn all(world: &World) -> Vec<Value> {
    let writer = Writer {
        nodes: world.cluster.nodes.iter().map(|node| (node.meta.name.as_str(), node)).collect(),
        services: world.cluster.services.iter().map(|service| (service.meta.reference(), service)).collect(),
        pods: world.cluster.pods.iter().map(|pod| (pod.meta.reference(), pod)).collect(),
        endpoints: endpoints_of(&world.cluster),
        given: world.options.stored,
    };
    let mut seen: Set<Key> = Set::new();
    let mut values: Vec<Value> = Vec::new();
    for answer in &world.answers {
        let Outcome::Stored(_) = &answer.outcome else { continue };
        let stored = world.store.get(&answer.kind, &answer.namespace, &answer.name);
        // Settings are no objects of the API, so the store does not know them.
        let Some(stored) = stored else { continue };
        if seen.insert(key(&stored.value)) {
            values.push(writer.complete(&stored.value));
        }
    }
    let mut push = |value: Value| {
        if seen.insert(key(&value)) {
            values.push(value);
        }
    };
    let controlled = &world.controlled;
    for set in &controlled.replica_sets {
        if let Some(deployment) = controlled.workloads.get(set.workload) {
            push(set.to_value(deployment));
        }
    }
    for (name, workload) in &controlled.made_pods {
        if let (Some(pod), Some(workload)) = (writer.pods.get(name), controlled.workloads.get(*workload)) {
            push(workload.template.print(pod, "apps/v1", writer.nodes.get(pod.node.as_str()).copied()));
        }
    }
    let input: Set<(&str, &str)> = world
        .store
        .list("EndpointSlice")
        .filter_map(|stored| {
            Some((stored.value.at("metadata.namespace")?.as_str()?, stored.value.at("metadata.name")?.as_str()?))
        })
        .collect();
    for slice in &world.cluster.slices {
        // One of the input that a controller changed is printed as it is now; the rest stays as written.
        if !input.contains(&(slice.meta.namespace.as_str(), slice.meta.name.as_str())) {
            push(print::slice(slice));
        }
    }
    for endpoints in writer.endpoints.iter().chain(&controlled.left_endpoints) {
        push(endpoints.to_value());
    }
    for node in &world.cluster.nodes {
        push(print::node(node, None));
    }
    for stored in world.store.objects() {
        push(writer.complete(&stored.value));
    }
    replace_changed_slices(world, &mut values);
    values.iter_mut().for_each(arrange);
    values
}

/// Slices of the input that a controller changed or took away.
fn replace_changed_slices(world: &World, values: &mut Vec<Value>) {
    let slices: Map<ObjectRef, _> = world.cluster.slices.iter().map(|slice| (slice.meta.reference(), slice)).collect();
    values.retain_mut(|value| {
        if value.get("kind").and_then(Value::as_str) != Some("EndpointSlice") {
            return true;
        }
        let (_, namespace, name) = key(value);
        let Some(slice) = slices.get(&ObjectRef::new(namespace, name)) else { return false };
        if EndpointSlice::from_value(value, slice.meta.origin.clone()) != **slice {
            *value = print::slice(slice);
        }
        true
    });
}

/// Writes what controllers found out into the objects of the input.
struct Writer<'a> {
    nodes: Map<&'a str, &'a Node>,
    services: Map<ObjectRef, &'a Service>,
    pods: Map<ObjectRef, &'a Pod>,
    /// What the controller makes of the Services with selectors.
    endpoints: Vec<Endpoints>,
    /// A dump's own Endpoints are those of its cluster.
    given: bool,
}

impl Writer<'_> {
    fn complete(&self, value: &Value) -> Value {
        let (kind, namespace, name) = key(value);
        let reference = ObjectRef::new(namespace, name);
        match kind.as_str() {
            "Service" => {
                self.services.get(&reference).map_or_else(|| value.clone(), |service| with_ingress(value, service))
            }
            "Pod" => self.pods.get(&reference).map_or_else(|| value.clone(), |pod| self.with_status(value, pod)),
            "Node" => {
                let node = self.nodes.get(reference.name.as_str());
                node.map_or_else(|| value.clone(), |node| print::node(node, Some(value)))
            }
            "Endpoints" if !self.given => {
                let made = self.endpoints.iter().find(|made| made.meta.reference() == reference);
                made.map_or_else(|| value.clone(), |made| written_over(value, made))
            }
            _ => value.clone(),
        }
    }

    fn with_status(&self, value: &Value, pod: &Pod) -> Value {
        let mut value = value.clone();
        let started = value.at("status.phase").is_some() || value.at("status.podIP").is_some();
        if started || pod.node.is_empty() {
            return value;
        }
        if let Some(spec) = value.get_mut("spec") {
            spec.set("nodeName", pod.node.as_str().into());
        }
        value.set("status", print::pod_status(pod, self.nodes.get(pod.node.as_str()).copied()));
        value
    }
}

/// Somebody's Endpoints after the controller: subsets and labels are its own, the rest stays.
fn written_over(value: &Value, made: &Endpoints) -> Value {
    let (mut value, mut made) = (value.clone(), made.to_value());
    value.remove("subsets");
    if let Some(subsets) = made.remove("subsets") {
        value.set("subsets", subsets);
    }
    if let (Some(metadata), Some(labels)) = (value.get_mut("metadata"), made.at("metadata.labels")) {
        metadata.set("labels", labels.clone());
    }
    value
}

/// A Service with the addresses that its balancer got.
fn with_ingress(value: &Value, service: &Service) -> Value {
    let mut value = value.clone();
    let given = value.at("status.loadBalancer.ingress").is_some_and(|list| !list.items().is_empty());
    if given || service.ingress.is_empty() {
        return value;
    }
    let ingress = service.ingress.iter().map(|ingress| {
        let mut value = Value::Object(Vec::new());
        if let Some(ip) = ingress.ip {
            value.set("ip", ip.to_string().into());
            value.set("ipMode", if ingress.ip_mode == IpMode::Proxy { "Proxy" } else { "VIP" }.into());
        }
        if let Some(hostname) = &ingress.hostname {
            value.set("hostname", hostname.as_str().into());
        }
        value
    });
    let balancer = Value::object([("ingress", Value::Array(ingress.collect()))]);
    let mut status = value.remove("status").unwrap_or_default();
    status.set("loadBalancer", balancer);
    value.set("status", status);
    value
}
