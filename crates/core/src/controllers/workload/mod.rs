//! Workloads to pods: Deployment, ReplicaSet, StatefulSet, DaemonSet, and pods that only lack a node.
//!
//! Upstream: pkg/controller/{deployment,replicaset,statefulset,daemon}. This is where those controllers end up, not
//! how they get there; rollouts belong to simulated time. Pods that the input brings along are counted, not doubled.

mod daemon_set;
mod replica_set;
mod selector;
mod stateful_set;
mod strategy;
mod template;

use std::net::IpAddr;

use crate::collections::{Map, Set};
use crate::objects::{Node, ObjectMeta, Origin, OwnerRef, Pod, PodPhase, Value};

use super::hash::{generated, hash64};
use super::schedule::{Constraints, Own, Scheduler};

pub use replica_set::ReplicaSet;
pub use strategy::{InPlace, Strategy, Surge};
pub use template::{READY, Template};

use selector::LabelSelector;

/// A kind of workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WorkloadKind {
    /// Deployment.
    Deployment,
    /// ReplicaSet.
    ReplicaSet,
    /// StatefulSet.
    StatefulSet,
    /// DaemonSet.
    DaemonSet,
}

impl WorkloadKind {
    /// As in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            WorkloadKind::Deployment => "Deployment",
            WorkloadKind::ReplicaSet => "ReplicaSet",
            WorkloadKind::StatefulSet => "StatefulSet",
            WorkloadKind::DaemonSet => "DaemonSet",
        }
    }

    /// Reads the exact kind.
    pub fn parse(kind: &str) -> Option<Self> {
        let all = [Self::Deployment, Self::ReplicaSet, Self::StatefulSet, Self::DaemonSet];
        all.into_iter().find(|known| known.as_str() == kind)
    }
}

/// A stored workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Name, labels, owner, origin.
    pub meta: ObjectMeta,
    /// `spec.replicas`; DaemonSets have none.
    pub replicas: u32,
    /// `spec.template`.
    pub template: Template,
    /// `spec.serviceName` of a StatefulSet.
    service_name: String,
    /// `spec.ordinals.start` of a StatefulSet.
    first_ordinal: u32,
    /// `spec.podManagementPolicy: Parallel` of a StatefulSet.
    parallel: bool,
    /// How its pods are replaced.
    pub strategy: Strategy,
    /// `spec.minReadySeconds`: how long a new pod must have been ready to count as available.
    pub min_ready: u32,
    /// `spec.progressDeadlineSeconds` of a Deployment: how long a rollout may make no progress; 600 where nothing is said.
    pub progress_deadline: u32,
    selector: LabelSelector,
    /// `spec.selector` as it is stored.
    selector_value: Value,
}

impl Workload {
    /// Reads a stored object whose metadata is `meta`.
    pub fn from_value(kind: WorkloadKind, value: &Value, meta: ObjectMeta) -> Self {
        let number = |path: &str| value.at(path).and_then(Value::as_int).and_then(|n| u32::try_from(n).ok());
        let text = |path: &str| value.at(path).and_then(Value::as_str).unwrap_or_default();
        let origin = super::on_behalf(&meta.origin, "spec.template");
        let daemon = kind == WorkloadKind::DaemonSet;
        let nothing = Value::Null;
        Workload {
            kind,
            replicas: number("spec.replicas").unwrap_or(1),
            template: Template::read(value.at("spec.template").unwrap_or(&nothing), &meta.namespace, origin, daemon),
            service_name: text("spec.serviceName").to_string(),
            first_ordinal: number("spec.ordinals.start").unwrap_or(0),
            parallel: text("spec.podManagementPolicy") == "Parallel",
            strategy: Strategy::read(kind, value),
            min_ready: number("spec.minReadySeconds").unwrap_or(0),
            progress_deadline: number("spec.progressDeadlineSeconds").unwrap_or(600),
            selector: LabelSelector::from_value(value.at("spec.selector").unwrap_or(&nothing)),
            selector_value: value.at("spec.selector").cloned().unwrap_or_default(),
            meta,
        }
    }

    fn owner(&self) -> OwnerRef {
        OwnerRef { kind: self.kind.as_str().to_string(), name: self.meta.name.clone() }
    }
}

/// A pod that a workload's controller made.
#[derive(Clone, Debug)]
pub struct MadePod {
    /// The pod.
    pub pod: Pod,
    /// The workload whose template it follows: its place in the list given to [`make`].
    pub workload: usize,
}

/// Something worth saying about a workload or a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// A stable code.
    pub code: &'static str,
    /// The object it is about.
    pub origin: Origin,
    /// One sentence.
    pub message: String,
}

/// What the controllers and the scheduler made.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// Pods of workloads, in the workloads' order.
    pub pods: Vec<MadePod>,
    /// ReplicaSets of Deployments.
    pub replica_sets: Vec<ReplicaSet>,
    /// What could not be done.
    pub notes: Vec<Note>,
}

/// The most pods of one workload that wait for a node; more would only say the same again.
const MAX_PENDING: u32 = 10;

/// How much all pods that workloads make may cost together: a hundred thousand on five hundred nodes, fewer of large
/// ones. A number of replicas is quickly written.
const AFFORDABLE: usize = 3_000_000;

/// Makes the workloads' pods and gives nodes and addresses to pods that have neither.
///
/// `pods` are those of the input; those that `unstarted` names, with where they may go, get a node, addresses and a status
/// in place. No pod gets an address that is `taken`: by endpoints of the input that have no pod. `only_missing` leaves workloads alone that have a pod at all,
/// as it is right for a dump of a real cluster.
pub fn make(
    workloads: &[Workload],
    pods: &mut [Pod],
    unstarted: &Map<usize, Constraints>,
    nodes: &[Node],
    taken: &mut dyn Iterator<Item = IpAddr>,
    seed: u64,
    only_missing: bool,
) -> Made {
    let mut scheduler = Scheduler::new(
        nodes,
        pods.iter().enumerate().filter(|(at, _)| !unstarted.contains_key(at)).map(|(_, pod)| pod),
    );
    scheduler.reserve(taken);
    let mut made = Made::default();
    for (at, constraints) in unstarted {
        if let Some(pod) = pods.get_mut(*at) {
            start_given(pod, constraints, &mut scheduler, &mut made.notes);
        }
    }
    let given = Given::new(workloads, pods);
    let has_replica_sets = workloads
        .iter()
        .filter(|workload| workload.kind == WorkloadKind::ReplicaSet)
        .filter_map(|set| Some((set.meta.namespace.clone(), set.meta.owner.as_ref()?.name.clone())))
        .collect();
    let mut work = Work { scheduler, given, has_replica_sets, seed, only_missing, made, left: AFFORDABLE };
    for (at, workload) in workloads.iter().enumerate() {
        match workload.kind {
            WorkloadKind::Deployment => replica_set::deploy(&mut work, at, workload),
            WorkloadKind::ReplicaSet => replica_set::replicate(&mut work, at, workload),
            WorkloadKind::StatefulSet => stateful_set::make(&mut work, at, workload),
            WorkloadKind::DaemonSet => daemon_set::make(&mut work, at, workload),
        }
    }
    work.made
}

/// A pod that nobody says anything about runs: it gets a node if it needs one, and addresses.
fn start_given(pod: &mut Pod, constraints: &Constraints, scheduler: &mut Scheduler<'_>, notes: &mut Vec<Note>) {
    let wanted = pod.node.clone();
    let node = if wanted.is_empty() {
        scheduler.place(constraints, &Own::default()).map(|node| node.meta.name.clone())
    } else {
        Some(wanted)
    };
    match node {
        Some(node) => start(pod, &node, scheduler, notes),
        None => notes.push(unschedulable(&pod.meta.origin, &format!("Pod {}", pod.meta.reference()))),
    }
}

/// Binds a pod to a node and lets it run there.
fn start(pod: &mut Pod, node: &str, scheduler: &mut Scheduler<'_>, notes: &mut Vec<Note>) {
    if scheduler.bind(pod, node) {
        pod.phase = PodPhase::Running;
        // The node controller takes the condition from the pods of nodes that are not ready (`MarkPodsNotReady`).
        let unready = pod.meta.annotations.get(READY).is_some_and(|ready| ready == "false");
        let fails = pod.unanswered_probe().is_some();
        pod.ready = Some(!unready && !fails && scheduler.is_ready(node));
    } else {
        pod.phase = PodPhase::Pending;
        notes.push(Note {
            code: "pod-without-address",
            origin: pod.meta.origin.clone(),
            message: format!(
                "Pod {} cannot start: node {node} does not exist or has no pod addresses left",
                pod.meta.reference()
            ),
        });
    }
}

fn unschedulable(origin: &Origin, who: &str) -> Note {
    Note {
        code: "unschedulable",
        origin: origin.clone(),
        message: format!(
            "{who} stays pending: no node fits its node selector, affinity and tolerations, or all are full"
        ),
    }
}

/// The pods of the input, by namespace and owner.
struct Given {
    by_owner: Map<(String, String, String), Vec<GivenPod>>,
    /// Pods without an owner, by namespace: a ReplicaSet adopts those it selects.
    orphans: Map<String, Vec<GivenPod>>,
}

/// What counts of a pod of the input.
#[derive(Clone)]
struct GivenPod {
    name: String,
    labels: Map<String, String>,
    node: String,
    /// Neither at its end nor being deleted.
    active: bool,
    ready: bool,
}

impl Given {
    fn new(workloads: &[Workload], pods: &[Pod]) -> Self {
        let mut given = Given { by_owner: Map::new(), orphans: Map::new() };
        if workloads.is_empty() {
            return given;
        }
        for pod in pods {
            let kept = GivenPod {
                name: pod.meta.name.clone(),
                labels: pod.meta.labels.clone(),
                node: pod.node.clone(),
                active: !pod.meta.deleting && !matches!(pod.phase, PodPhase::Succeeded | PodPhase::Failed),
                ready: pod.is_ready(),
            };
            let namespace = pod.meta.namespace.clone();
            match &pod.meta.owner {
                Some(owner) => {
                    given.by_owner.entry((namespace, owner.kind.clone(), owner.name.clone())).or_default().push(kept)
                }
                None => given.orphans.entry(namespace).or_default().push(kept),
            }
        }
        given
    }

    /// The pods that an owner has, and those that it would adopt.
    fn of(&self, namespace: &str, owner: &OwnerRef, selector: &LabelSelector) -> Vec<&GivenPod> {
        let key = (namespace.to_string(), owner.kind.clone(), owner.name.clone());
        let owned = self.by_owner.get(&key).into_iter().flatten();
        let orphans = self.orphans.get(namespace).into_iter().flatten();
        owned.chain(orphans.filter(|pod| selector.matches(&pod.labels))).collect()
    }
}

/// The state of one run of [`make`].
struct Work<'a> {
    scheduler: Scheduler<'a>,
    given: Given,
    /// Namespace and name of the Deployments whose ReplicaSets are in the input.
    has_replica_sets: Set<(String, String)>,
    seed: u64,
    only_missing: bool,
    made: Made,
    /// What is left of [`AFFORDABLE`].
    left: usize,
}

impl Work<'_> {
    /// Whether one more pod of a workload can be afforded; says so the first time that it cannot.
    fn affords(&mut self, workload: &Workload) -> bool {
        let pod = &workload.template.pod;
        let ports: usize = pod.containers.iter().map(|container| 1 + container.ports.len()).sum();
        let cost = 20 + self.scheduler.nodes().len() / 100 + ports + pod.meta.labels.len() + pod.meta.annotations.len();
        let had = self.left;
        self.left = had.saturating_sub(cost);
        if cost > had && had > 0 {
            self.left = 0;
            self.made.notes.push(Note {
                code: "too-many-pods",
                origin: workload.meta.origin.clone(),
                message: format!(
                    "From a pod of {} {} on, no more pods are made: they are more than can be shown here",
                    workload.kind.as_str(),
                    workload.meta.reference()
                ),
            });
        }
        cost <= had
    }

    /// A new pod of a workload, before it has a node.
    fn new_pod(&self, workload: &Workload, name: String, owner: OwnerRef, labels: &[(&str, &str)]) -> Pod {
        let mut pod = workload.template.pod.clone();
        pod.meta.name = name;
        pod.meta.namespace.clone_from(&workload.meta.namespace);
        pod.meta.owner = Some(owner);
        pod.meta.labels.extend(labels.iter().map(|(key, value)| (key.to_string(), value.to_string())));
        pod
    }

    /// The name of an owner's pod number `number`.
    fn pod_name(&self, namespace: &str, owner: &str, number: u32) -> String {
        generated(&format!("{owner}-"), hash64(self.seed, &[namespace, owner, &number.to_string()]))
    }

    /// Makes `count` pods of one owner, numbered from `first`, wherever there is room.
    fn make_replicas(
        &mut self,
        at: usize,
        workload: &Workload,
        owner: &OwnerRef,
        labels: &[(&str, &str)],
        have: &[String],
        count: u32,
    ) {
        let mut own = Own::default();
        for node in have {
            self.scheduler.owns(&mut own, node);
        }
        let first = have.len() as u32;
        let mut pending = 0;
        for number in first..first.saturating_add(count) {
            if !self.affords(workload) {
                break;
            }
            let name = self.pod_name(&workload.meta.namespace, &owner.name, number);
            let mut pod = self.new_pod(workload, name, owner.clone(), labels);
            let fixed = (!pod.node.is_empty()).then(|| pod.node.clone());
            let node = fixed.or_else(|| {
                self.scheduler.place(&workload.template.constraints, &own).map(|node| node.meta.name.clone())
            });
            match node {
                Some(node) => {
                    self.scheduler.owns(&mut own, &node);
                    start(&mut pod, &node, &mut self.scheduler, &mut self.made.notes);
                }
                None => pending += 1,
            }
            // A pod that failed to start for want of an address waits as well.
            let waits = pod.ips.is_empty();
            self.made.pods.push(MadePod { pod, workload: at });
            if pending == 1 {
                self.made.notes.push(unschedulable(
                    &workload.meta.origin,
                    &format!("A pod of {} {}", workload.kind.as_str(), workload.meta.reference()),
                ));
            }
            if pending >= MAX_PENDING || (waits && self.made.notes.len() > 100) {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests;
