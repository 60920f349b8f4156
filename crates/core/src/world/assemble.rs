//! From the store to the cluster: nodes, pods, balancers, slices; one pass of all controllers.
//!
//! A pass starts from what the store holds and, where the input changes objects after it made them, from the slices
//! and Endpoints that the passes before left behind.

use crate::collections::{Map, Set};
use std::rc::Rc;

use crate::apiserver::{Store, Stored};
use crate::cluster::{Cluster, Settings};
use crate::controllers::endpoints::{self, Endpoints};
use crate::controllers::endpointslice::{self, Event, MANAGED_BY, Nodes};
use crate::controllers::nodes::{self, Implied};
use crate::controllers::schedule::Constraints;
use crate::controllers::workload::{self, Note, ReplicaSet, Workload, WorkloadKind};
use crate::controllers::{load_balancer, mirroring};
use crate::objects::{EndpointSlice, Node, ObjectMeta, ObjectRef, Origin, Pod, Service, Value};
use crate::pace::Pace;
use crate::sort;

use super::index::PodIndex;
use super::{LoadOptions, system};

/// The most endpoints, each counted once for each of its ports.
const AFFORDABLE: usize = 1_000_000;

/// What controllers made, beside the cluster itself.
#[derive(Debug, Default)]
pub(super) struct Controlled {
    /// The workloads.
    pub(super) workloads: Rc<Vec<Workload>>,
    /// The workload that each made pod belongs to.
    pub(super) made_pods: Map<ObjectRef, usize>,
    /// ReplicaSets made for Deployments.
    pub(super) replica_sets: Vec<ReplicaSet>,
    /// What could not be scheduled.
    pub(super) notes: Vec<Note>,
    /// What the EndpointSlice controller reports, and about which Service.
    pub(super) events: Vec<(ObjectRef, Event)>,
    /// Endpoints objects of Services that lost their selector.
    pub(super) left_endpoints: Vec<Endpoints>,
}

/// What earlier passes left behind.
#[derive(Clone, Debug, Default)]
pub(super) struct Carried {
    /// Slices that controllers made.
    slices: Vec<EndpointSlice>,
    /// Endpoints objects that the controller made.
    endpoints: Vec<Endpoints>,
}

impl Carried {
    /// Takes what a pass made.
    pub(super) async fn from(cluster: &Cluster, controlled: &Controlled, store: &Store, pace: &Pace) -> Self {
        let made = |slice: &&EndpointSlice| {
            store.get("EndpointSlice", &slice.meta.namespace, &slice.meta.name).is_none()
                && slice.meta.labels.contains_key(MANAGED_BY)
        };
        let mut carried = Carried::default();
        let index = PodIndex::new(&cluster.pods);
        for service in &cluster.services {
            carried.endpoints.extend(endpoints::make(service, &index.select(service).0));
            pace.spend(3).await;
        }
        carried.endpoints.extend(controlled.left_endpoints.iter().cloned());
        for slice in cluster.slices.iter().filter(made) {
            carried.slices.push(slice.clone());
            pace.spend(3).await;
        }
        carried
    }

    /// A copy, made with rests.
    pub(super) async fn copied(&self, pace: &Pace) -> Self {
        let mut carried = Carried::default();
        for slice in &self.slices {
            carried.slices.push(slice.clone());
            pace.spend(3).await;
        }
        for endpoints in &self.endpoints {
            carried.endpoints.push(endpoints.clone());
            pace.spend(1).await;
        }
        carried
    }

    /// Services are gone, and with them all that belongs to them.
    pub(super) fn forget(&mut self, gone: &Set<ObjectRef>) {
        if gone.is_empty() {
            return;
        }
        self.slices.retain(|slice| !gone.contains(&ObjectRef::new(&slice.meta.namespace, &slice.service)));
        self.endpoints.retain(|endpoints| !gone.contains(&endpoints.meta.reference()));
    }
}

/// The Endpoints objects that the controller keeps for the cluster's Services.
pub(super) fn endpoints_of(cluster: &Cluster) -> Vec<Endpoints> {
    let index = PodIndex::new(&cluster.pods);
    let make = |service: &Service| endpoints::make(service, &index.select(service).0);
    cluster.services.iter().filter_map(make).collect()
}

/// Where an object stands in the input: the engine's own objects come last.
fn order(origin: &Origin) -> (bool, usize, usize, &str) {
    match origin {
        Origin::Cluster => (true, 0, 0, ""),
        // `items[9]` before `items[10]`.
        Origin::Document { document, path } | Origin::OnBehalf { document, path } => {
            (false, *document, path.len(), path)
        }
    }
}

/// Whether a status says anything about where and how a pod runs.
fn has_status(value: &Value) -> bool {
    ["phase", "podIP", "podIPs", "conditions"]
        .iter()
        .any(|key| value.get("status").and_then(|status| status.get(key)).is_some_and(|found| !found.is_null()))
}

/// One pass.
pub(super) async fn run(
    store: &Store,
    settings: &Settings,
    options: &LoadOptions,
    carried: &Carried,
    pace: &Pace,
) -> (Cluster, Controlled) {
    let mut pods = Vec::new();
    let mut unstarted = Map::new();
    for (at, stored) in store.list("Pod").enumerate() {
        pods.push(Pod::from_value(&stored.value, stored.origin.clone()));
        pace.spend(8).await;
        if !has_status(&stored.value) {
            let spec = stored.value.get("spec").unwrap_or(&Value::Null);
            unstarted.insert(at, Constraints::from_spec(spec, false));
        }
    }
    let given: Vec<EndpointSlice> = store
        .list("EndpointSlice")
        .map(|stored| EndpointSlice::from_value(&stored.value, stored.origin.clone()))
        .collect();
    let nodes = all_nodes(store, settings, &pods, &given);
    let mut workloads = all_workloads(store);
    for workload in &mut workloads {
        system::settle(workload, &nodes);
    }
    let mut taken = given.iter().flat_map(|slice| &slice.endpoints).flat_map(|one| &one.addresses).copied();
    let made = workload::make(&workloads, &mut pods, &unstarted, &nodes, &mut taken, options.seed, options.stored);
    let mut controlled = Controlled {
        made_pods: made.pods.iter().map(|made| (made.pod.meta.reference(), made.workload)).collect(),
        replica_sets: made.replica_sets,
        notes: made.notes,
        ..Controlled::default()
    };
    pods.extend(made.pods.into_iter().map(|made| made.pod));
    sort::by(&mut pods, |one, other| {
        (&one.meta.namespace, &one.meta.name).cmp(&(&other.meta.namespace, &other.meta.name))
    });
    let mut services: Vec<Service> = Vec::new();
    for stored in store.list("Service") {
        services.push(Service::from_value(&stored.value, stored.origin.clone()));
        pace.spend(5).await;
    }
    if settings.load_balancers && !options.stored {
        load_balancer::assign(&mut services, options.seed);
    }
    let mut slicer = Slicer {
        store,
        options,
        carried,
        workloads: &workloads,
        nodes: &nodes,
        pods: &pods,
        controlled: &mut controlled,
    };
    let mut slices = slicer.all(&services, given, pace).await;
    if !slices.iter().any(|slice| slice.service == "kubernetes" && slice.meta.namespace == "default") {
        slices.extend(system::api_server_slice(store, &nodes));
    }
    sort::by(&mut slices, |one, other| {
        (&one.meta.namespace, &one.meta.name).cmp(&(&other.meta.namespace, &other.meta.name))
    });
    controlled.workloads = Rc::new(workloads);
    let namespaces = store.namespaces().map(str::to_string).collect();
    (Cluster { settings: settings.clone(), nodes, namespaces, services, slices, pods }, controlled)
}

fn all_nodes(store: &Store, settings: &Settings, pods: &[Pod], slices: &[EndpointSlice]) -> Vec<Node> {
    let mut stored: Vec<&Stored> = store.list("Node").collect();
    sort::by(&mut stored, |one, other| order(&one.origin).cmp(&order(&other.origin)));
    let mut nodes: Vec<Node> =
        stored.into_iter().map(|stored| Node::from_value(&stored.value, stored.origin.clone())).collect();
    if nodes.is_empty() {
        nodes = nodes::default_nodes(&implied(store, pods, slices));
    }
    nodes::complete(&mut nodes, settings, pods);
    nodes
}

/// The nodes that pods and slices name.
fn implied(store: &Store, pods: &[Pod], slices: &[EndpointSlice]) -> Map<String, Implied> {
    let mut implied: Map<String, Implied> = Map::new();
    for (pod, stored) in pods.iter().zip(store.list("Pod")) {
        if !pod.node.is_empty() {
            let told = implied.entry(pod.node.clone()).or_default();
            let host = stored.value.at("status.hostIP").and_then(Value::as_str).and_then(|ip| ip.parse().ok());
            told.address = told.address.or(host);
        }
    }
    for endpoint in slices.iter().flat_map(|slice| &slice.endpoints) {
        if let Some(name) = endpoint.node_name.as_ref().filter(|name| !name.is_empty()) {
            let told = implied.entry(name.clone()).or_default();
            if told.zone.is_none() {
                told.zone.clone_from(&endpoint.zone);
            }
        }
    }
    implied
}

fn all_workloads(store: &Store) -> Vec<Workload> {
    let kinds =
        [WorkloadKind::Deployment, WorkloadKind::ReplicaSet, WorkloadKind::StatefulSet, WorkloadKind::DaemonSet];
    let mut workloads: Vec<Workload> = kinds
        .into_iter()
        .flat_map(|kind| store.list(kind.as_str()).map(move |stored| (kind, stored)))
        .map(|(kind, stored)| {
            Workload::from_value(kind, &stored.value, ObjectMeta::from_value(&stored.value, stored.origin.clone()))
        })
        .collect();
    sort::by(&mut workloads, |one, other| order(&one.meta.origin).cmp(&order(&other.meta.origin)));
    workloads
}

/// What the controllers of slices look at.
struct Slicer<'a> {
    store: &'a Store,
    options: &'a LoadOptions,
    carried: &'a Carried,
    workloads: &'a [Workload],
    nodes: &'a [Node],
    pods: &'a [Pod],
    controlled: &'a mut Controlled,
}

impl Slicer<'_> {
    /// All slices: the input's as far as nobody changes them, and those that controllers keep.
    async fn all(&mut self, services: &[Service], given: Vec<EndpointSlice>, pace: &Pace) -> Vec<EndpointSlice> {
        let nodes = Nodes::new(self.nodes);
        let index = PodIndex::new(self.pods);
        let mut populated: Set<&str> = self.pods.iter().map(|pod| pod.meta.namespace.as_str()).collect();
        populated.extend(self.workloads.iter().map(|workload| workload.meta.namespace.as_str()));

        let mut by_service: Map<ObjectRef, Vec<EndpointSlice>> = Map::new();
        let mut from_input: Set<ObjectRef> = Set::new();
        for slice in given {
            let service = ObjectRef::new(&slice.meta.namespace, &slice.service);
            from_input.insert(service.clone());
            by_service.entry(service).or_default().push(slice);
        }
        for slice in &self.carried.slices {
            pace.spend(3).await;
            let service = ObjectRef::new(&slice.meta.namespace, &slice.service);
            by_service.entry(service).or_default().push(slice.clone());
        }

        let mut slices = Vec::new();
        let mut said = false;
        for service in services {
            pace.spend(15).await;
            let name = service.meta.reference();
            let existing = by_service.remove(&name).unwrap_or_default();
            // A dump's slices are right by definition. So are those of an input that has no pods to compare them with.
            let settled = from_input.contains(&name)
                && (self.options.stored || !populated.contains(service.meta.namespace.as_str()));
            if settled {
                slices.extend(existing);
                continue;
            }
            let (mine, rest) = split(existing, endpointslice::CONTROLLER);
            let (mut selected, all) = index.select(service);
            if !all && !std::mem::replace(&mut said, true) {
                self.controlled.notes.push(Note {
                    code: "too-many-endpoints",
                    origin: service.meta.origin.clone(),
                    message: format!(
                        "From Service {name} on, endpoints are left out: all together are more than can be shown here"
                    ),
                });
            }
            // New endpoints come in the order of their addresses, which says more than that of generated names.
            sort::by(&mut selected, |one, other| {
                (one.ips.first(), &one.meta.name).cmp(&(other.ips.first(), &other.meta.name))
            });
            let done = endpointslice::reconcile(service, &selected, &nodes, &mine, self.options.seed);
            slices.extend(done.slices);
            self.controlled.events.extend(done.events.into_iter().map(|event| (name.clone(), event)));
            let (mirrored, rest) = split(rest, mirroring::CONTROLLER);
            slices.extend(rest);
            match self.endpoints(service, &name) {
                Some(endpoints) => slices.extend(mirroring::mirror(&endpoints, &mirrored, self.options.seed)),
                // The mirrors of an object that was left out of the input.
                None => slices.extend(mirrored),
            }
        }
        slices.extend(by_service.into_values().flatten());
        self.bound(&mut slices);
        slices
    }

    /// Leaves out endpoints that would make too many together with their ports: a proxy has each with each.
    fn bound(&mut self, slices: &mut [EndpointSlice]) {
        let (mut left, mut told) = (AFFORDABLE, false);
        for slice in slices {
            let ports = slice.ports.len().max(1);
            let most = left / ports;
            if slice.endpoints.len() > most {
                slice.endpoints.truncate(most);
                if !std::mem::replace(&mut told, true) {
                    self.controlled.notes.push(Note {
                        code: "too-many-endpoints",
                        origin: slice.meta.origin.clone(),
                        message: format!(
                            "From EndpointSlice {} on, endpoints are left out: with their ports all together are more \
                             than can be shown here",
                            slice.meta.reference()
                        ),
                    });
                }
            }
            // At most `most`, which is what is left by the ports.
            left -= slice.endpoints.len() * ports;
        }
    }

    /// The Endpoints object to mirror for a Service: the input's, or one that the Service had while it had a selector.
    fn endpoints(&mut self, service: &Service, name: &ObjectRef) -> Option<Endpoints> {
        if !service.selector.is_empty() {
            return None;
        }
        let stored = self.store.get("Endpoints", &name.namespace, &name.name);
        let given = stored.map(|stored| {
            Endpoints::from_value(&stored.value, ObjectMeta::from_value(&stored.value, stored.origin.clone()))
        });
        let left = || self.carried.endpoints.iter().find(|endpoints| endpoints.meta.reference() == *name).cloned();
        let endpoints = given.or_else(|| {
            let left = left()?;
            self.controlled.left_endpoints.push(left.clone());
            Some(left)
        })?;
        mirroring::mirrors(&endpoints, service).then_some(endpoints)
    }
}

/// Parts slices by whether a controller keeps them.
fn split(slices: Vec<EndpointSlice>, controller: &str) -> (Vec<EndpointSlice>, Vec<EndpointSlice>) {
    slices.into_iter().partition(|slice| slice.meta.labels.get(MANAGED_BY).map(String::as_str) == Some(controller))
}
