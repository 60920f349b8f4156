//! The EndpointSlice controller: from a Service with a selector, its pods and their nodes to slices.
//!
//! Upstream: staging/src/k8s.io/endpointslice/reconciler.go and pkg/controller/endpointslice. Where upstream walks a
//! Go map, whose order is random, this takes the order of the pods, so that the same cluster gives the same slices.

mod endpoint;
mod pack;
mod ports;
mod topology;
mod traffic_distribution;

use crate::collections::Map;

use crate::net::IpFamily;
use crate::objects::{EndpointSlice, Node, ObjectMeta, OwnerRef, Pod, Service, ServiceType, SlicePort};
use crate::sort;

use super::hash::{generated, hash64};

pub(crate) use endpoint::sets_hostname;
pub(crate) use ports::{belongs, find_port, sort_ports};

/// The most endpoints that the controller puts into one slice (`--max-endpoints-per-slice`).
pub const MAX_ENDPOINTS: usize = 100;

/// The label that says which Service a slice belongs to.
pub const SERVICE_NAME: &str = "kubernetes.io/service-name";
/// The label that says which controller keeps a slice.
pub const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// The label of a headless Service's slices.
pub const HEADLESS: &str = "service.kubernetes.io/headless";
/// This controller's own name in `MANAGED_BY`.
pub const CONTROLLER: &str = "endpointslice-controller.k8s.io";

/// Something that a controller reports about an object, as `kubectl describe` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Warning rather than Normal.
    pub warning: bool,
    /// `TopologyAwareHintsDisabled`, `FailedToUpdateEndpointSlices` ...
    pub reason: &'static str,
    /// The message.
    pub message: String,
}

/// What the controller leaves for one Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// The Service's slices afterwards: those that existed first, in their order, then new ones.
    pub slices: Vec<EndpointSlice>,
    /// What it reports about the Service.
    pub events: Vec<Event>,
}

/// Whether the controller keeps slices for this Service at all.
pub fn wants_slices(service: &Service) -> bool {
    service.service_type != ServiceType::ExternalName && !service.selector.is_empty()
}

/// One pass of the controller for one Service.
///
/// `pods` are those that the selector matches, `existing` the slices of the Service that this controller manages. A
/// Service without selector, or of type ExternalName, keeps what it has.
pub fn reconcile(
    service: &Service,
    pods: &[&Pod],
    nodes: &Nodes<'_>,
    existing: &[EndpointSlice],
    seed: u64,
) -> Reconciled {
    if !wants_slices(service) {
        return Reconciled { slices: existing.to_vec(), events: Vec::new() };
    }
    let mut done = Reconciled::default();
    let mut errors = Vec::new();
    let mut enabled = topology::hinted(existing);
    for family in families(service) {
        let existing: Vec<&EndpointSlice> = existing.iter().filter(|slice| slice.family == Some(family)).collect();
        reconcile_family(service, pods, nodes, &existing, family, seed, &mut enabled, &mut done, &mut errors);
    }
    if !errors.is_empty() {
        let all = match errors.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        done.events.push(Event {
            warning: true,
            reason: "FailedToUpdateEndpointSlices",
            message: format!("Error updating Endpoint Slices for Service {}: {all}", service.meta.reference()),
        });
    }
    done
}

/// The nodes of the cluster, by name, and what the topology hints need to know of them as a whole.
pub struct Nodes<'a> {
    by_name: Map<&'a str, &'a Node>,
    shares: Option<topology::Shares>,
}

impl<'a> Nodes<'a> {
    /// Indexes `nodes`.
    pub fn new(nodes: &'a [Node]) -> Self {
        Nodes {
            by_name: nodes.iter().map(|node| (node.meta.name.as_str(), node)).collect(),
            shares: topology::shares(nodes),
        }
    }

    /// The node of this name.
    fn get(&self, name: &str) -> Option<&'a Node> {
        self.by_name.get(name).copied()
    }
}

/// The families that a Service's slices come in.
fn families(service: &Service) -> Vec<IpFamily> {
    if !service.ip_families.is_empty() {
        let mut families = service.ip_families.clone();
        families.dedup();
        return families;
    }
    match service.cluster_ip() {
        Some(address) => vec![IpFamily::of(address)],
        None => vec![IpFamily::V4, IpFamily::V6],
    }
}

#[allow(clippy::too_many_arguments)]
fn reconcile_family(
    service: &Service,
    pods: &[&Pod],
    nodes: &Nodes<'_>,
    existing: &[&EndpointSlice],
    family: IpFamily,
    seed: u64,
    enabled: &mut bool,
    done: &mut Reconciled,
    errors: &mut Vec<String>,
) {
    let groups = ports::groups(service, pods, nodes, family, errors);
    let (owned, foreign): (Vec<&EndpointSlice>, Vec<&EndpointSlice>) =
        existing.iter().partition(|slice| owned_by(slice, service));
    let labels = slice_labels(service);

    let mut changes = pack::Changes { delete: foreign.into_iter().cloned().collect(), ..pack::Changes::default() };
    let mut unmatched = owned;
    for group in groups {
        let (of_group, rest): (Vec<&EndpointSlice>, Vec<&EndpointSlice>) =
            unmatched.into_iter().partition(|slice| sorted(&slice.ports) == group.ports);
        unmatched = rest;
        let blank = blank_slice(service, &labels, group.ports, family);
        pack::pack(&of_group, group.endpoints, &labels, &blank, &mut changes);
    }
    changes.delete.extend(unmatched.into_iter().cloned());

    // A Service always has a slice, if only one without endpoints.
    if changes.delete.len() == existing.len() && changes.create.is_empty() {
        let placeholder = blank_slice(service, &labels, Vec::new(), family);
        match changes.delete.as_slice() {
            [only] if is_placeholder(only, &placeholder) => {
                changes.keep.append(&mut changes.delete);
            }
            _ => changes.create.push(placeholder),
        }
    }

    if topology::wanted(&service.meta.annotations) {
        topology::add_hints(&mut changes, nodes.shares.as_ref(), family, enabled, &mut done.events);
    } else if let Some(distribution) = service.traffic_distribution {
        traffic_distribution::add_hints(&mut changes, distribution);
    } else {
        traffic_distribution::remove_hints(&mut changes);
    }
    finish(service, existing, changes, family, seed, &mut done.slices);
}

/// Names the new slices, giving them the names of those that would go, and puts everything into a stable order.
fn finish(
    service: &Service,
    existing: &[&EndpointSlice],
    mut changes: pack::Changes,
    family: IpFamily,
    seed: u64,
    slices: &mut Vec<EndpointSlice>,
) {
    let mut reused = 0;
    while reused < changes.delete.len() && !changes.create.is_empty() {
        if !owned_by(&changes.delete[reused], service) {
            reused += 1;
            continue;
        }
        let old = changes.delete.remove(reused);
        if let Some(mut new) = changes.create.pop() {
            new.meta.name = old.meta.name;
            changes.update.push(new);
        }
    }
    let mut left: Vec<EndpointSlice> = changes.keep;
    left.append(&mut changes.update);
    sort::by_key(&mut left, |slice| existing.iter().position(|old| old.meta.name == slice.meta.name));
    if !service.meta.deleting {
        let prefix = name_prefix(&service.meta.name);
        for (number, mut slice) in changes.create.into_iter().enumerate() {
            slice.meta.name = free_name(&prefix, service, family, number, seed, |name| {
                left.iter().chain(slices.iter()).any(|other| other.meta.name == name)
            });
            left.push(slice);
        }
    }
    slices.append(&mut left);
}

/// A name that `taken` does not know.
fn free_name(
    prefix: &str,
    service: &Service,
    family: IpFamily,
    number: usize,
    seed: u64,
    taken: impl Fn(&str) -> bool,
) -> String {
    let mut attempt = 0u32;
    loop {
        let parts = [
            service.meta.namespace.as_str(),
            &service.meta.name,
            family.as_str(),
            &number.to_string(),
            &attempt.to_string(),
        ];
        let name = generated(prefix, hash64(seed, &parts));
        // 27^5 names: a hundred misses in a row mean that uniqueness is past saving, not that a loop should go on.
        if attempt >= 100 || !taken(&name) {
            return name;
        }
        attempt += 1;
    }
}

/// The base of a slice's name: the Service's, with a dash where there is room for one.
pub(crate) fn name_prefix(service: &str) -> String {
    if service.len() < 253 { format!("{service}-") } else { service.to_string() }
}

/// Whether the slice belongs to this Service and not to an earlier one of the same name.
fn owned_by(slice: &EndpointSlice, service: &Service) -> bool {
    slice.meta.owner.as_ref().is_some_and(|owner| owner.kind == "Service" && owner.name == service.meta.name)
}

/// The labels of a Service's slices: the Service's own but the reserved ones, and the reserved ones as they must be.
fn slice_labels(service: &Service) -> Map<String, String> {
    let mut labels: Map<String, String> =
        service.meta.labels.iter().filter(|(key, _)| !is_reserved(key)).map(|(k, v)| (k.clone(), v.clone())).collect();
    if service.cluster_ips.is_empty() {
        labels.insert(HEADLESS.to_string(), String::new());
    }
    labels.insert(SERVICE_NAME.to_string(), service.meta.name.clone());
    labels.insert(MANAGED_BY.to_string(), CONTROLLER.to_string());
    labels
}

/// Labels that the controller sets itself, whatever the Service says.
fn is_reserved(label: &str) -> bool {
    matches!(label, SERVICE_NAME | MANAGED_BY | HEADLESS)
}

/// Whether two slices have the same labels, the reserved ones aside: those alone are no reason to write a slice.
fn same_labels(one: &Map<String, String>, other: &Map<String, String>) -> bool {
    one.iter().filter(|(key, _)| !is_reserved(key)).eq(other.iter().filter(|(key, _)| !is_reserved(key)))
}

/// A new slice without endpoints and without a name.
fn blank_slice(
    service: &Service,
    labels: &Map<String, String>,
    ports: Vec<SlicePort>,
    family: IpFamily,
) -> EndpointSlice {
    EndpointSlice {
        meta: ObjectMeta {
            namespace: service.meta.namespace.clone(),
            labels: labels.clone(),
            owner: Some(OwnerRef { kind: "Service".to_string(), name: service.meta.name.clone() }),
            origin: super::on_behalf(&service.meta.origin, "spec.selector"),
            ..ObjectMeta::default()
        },
        service: service.meta.name.clone(),
        family: Some(family),
        ports,
        endpoints: Vec::new(),
    }
}

fn is_placeholder(slice: &EndpointSlice, placeholder: &EndpointSlice) -> bool {
    slice.meta.labels == placeholder.meta.labels
        && slice.meta.owner == placeholder.meta.owner
        && slice.ports.is_empty()
        && slice.endpoints.is_empty()
}

/// The ports in the controller's order, by which two lists are compared.
fn sorted(ports: &[SlicePort]) -> Vec<SlicePort> {
    let mut ports = ports.to_vec();
    sort_ports(&mut ports);
    ports
}

#[cfg(test)]
mod tests;
