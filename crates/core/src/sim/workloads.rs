//! Workloads as the run knows them: what their pods are like, how many, and where new ones go.

use crate::collections::Map;
use std::rc::Rc;

use super::lifecycle::{find, key};
use super::{Happening, STARTUP, Sim};
use crate::controllers::schedule::Constraints;
use crate::controllers::workload::{self, Strategy, Workload, WorkloadKind};
use crate::objects::{ObjectRef, Pod, PodPhase};
use crate::sort;

/// A pod to make others like, and how many of them a workload wants.
#[derive(Clone)]
pub(super) struct Template {
    pub(super) pod: Pod,
    pub(super) replicas: u32,
    /// Where its pods may go; `None` where only a pod is known, not its workload.
    pub(super) constraints: Option<Constraints>,
}

/// How a workload replaces its pods.
#[derive(Clone, Copy)]
pub(super) struct Policy {
    pub(super) strategy: Strategy,
    /// `minReadySeconds`: how long a pod must have been ready to be available.
    pub(super) min_ready: u32,
    /// `progressDeadlineSeconds`: how long a rollout may stand still.
    pub(super) deadline: u32,
}

/// Pods of one workload that a scale may reach.
const MAX_REPLICAS: u32 = 1_000;

pub(super) fn owner_of(pod: &Pod) -> Option<(String, ObjectRef)> {
    let owner = pod.meta.owner.as_ref()?;
    Some((owner.kind.clone(), ObjectRef::new(&pod.meta.namespace, &owner.name)))
}

/// Whether pods of this owner are those of a workload.
pub(super) fn owns(owner: &(String, ObjectRef), kind: &str, workload: &ObjectRef) -> bool {
    let (by, name) = (owner.0.as_str(), &owner.1);
    by == kind && name == workload
        // A Deployment owns its pods through a ReplicaSet named after it.
        || kind == "Deployment"
            && by == "ReplicaSet"
            && name.namespace == workload.namespace
            && name.name.rsplit_once('-').is_some_and(|(deployment, _)| deployment == workload.name)
}

pub(super) fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

impl Sim {
    /// Remembers one pod of every workload, to make others like it.
    pub(super) fn learn_templates(&mut self) {
        for pod in &self.cluster.pods {
            let Some(owner) = owner_of(pod) else { continue };
            let template = self.templates.entry(owner).or_insert_with(|| Template {
                pod: Pod {
                    ips: Vec::new(),
                    node: String::new(),
                    phase: PodPhase::Pending,
                    ready: Some(false),
                    ..pod.clone()
                },
                replicas: 0,
                constraints: None,
            });
            template.replicas += u32::from(!pod.meta.deleting);
        }
    }

    /// Takes over from a workload what its pods do not tell: where they may go, and what they are like if there is none.
    pub(super) fn learn_workload(&mut self, workload: &Workload) {
        // As its controller would make the first one.
        let mut one = workload.clone();
        one.replicas = 1;
        let nodes = &self.cluster.nodes;
        let made =
            workload::make(&[one], &mut [], &Map::new(), nodes, &mut std::iter::empty(), self.scenario.seed, false);
        let constraints = Some(workload.template.constraints.clone());
        let reference = workload.meta.reference();
        let policy =
            Policy { strategy: workload.strategy, min_ready: workload.min_ready, deadline: workload.progress_deadline };
        self.policies.insert((workload.kind.as_str().to_string(), reference.clone()), policy);
        for (owner, template) in self.templates.iter_mut() {
            if owns(owner, workload.kind.as_str(), &reference) {
                template.constraints.clone_from(&constraints);
            }
        }
        if self.templates.keys().any(|owner| owns(owner, workload.kind.as_str(), &reference)) {
            return;
        }
        let Some(pod) = made.pods.into_iter().next().map(|made| made.pod) else { return };
        let Some(owner) = owner_of(&pod) else { return };
        // A DaemonSet's pods come back one by one, on their nodes; they are never counted.
        if workload.kind != WorkloadKind::DaemonSet {
            let pod = Pod { ips: Vec::new(), node: String::new(), ..pod };
            self.templates.insert(owner, Template { pod, replicas: 0, constraints });
        }
    }

    /// Makes pods until a workload has as many as it should, terminating ones not counted; or takes the newest away.
    pub(super) fn fill_up(&mut self, owner: &(String, ObjectRef)) {
        let Some(template) = self.templates.get(owner) else { return };
        let (wanted, pod) = (template.replicas, template.pod.clone());
        let live: Vec<ObjectRef> = self
            .cluster
            .pods
            .iter()
            .filter(|pod| !pod.meta.deleting && owner_of(pod).as_ref() == Some(owner))
            .map(|pod| pod.meta.reference())
            .collect();
        let have = count(live.len());
        let stateful = owner.0 == "StatefulSet";
        for n in have..wanted {
            let name = if stateful {
                format!("{}-{n}", owner.1.name)
            } else {
                self.new_name(&pod.meta.namespace, &owner.1.name)
            };
            if find(&self.cluster, &ObjectRef::new(&pod.meta.namespace, &name)).is_none() {
                self.create(pod.clone(), name, String::new());
            }
        }
        if have > wanted {
            // Not ready before ready, then the youngest; a StatefulSet's highest ordinal.
            let mut leaving = live;
            sort::by_key(&mut leaving, |reference| {
                let ready = self.pod(reference).is_some_and(Pod::is_ready);
                let ordinal = reference.name.rsplit_once('-').and_then(|(_, n)| n.parse::<u32>().ok()).unwrap_or(0);
                let rank = if stateful { u64::from(ordinal) } else { self.birth(reference) };
                (ready && !stateful, std::cmp::Reverse(rank))
            });
            for reference in leaving.into_iter().take((have - wanted) as usize) {
                self.terminate(&reference);
            }
        }
    }

    pub(super) fn scale(&mut self, kind: &str, workload: &ObjectRef, replicas: u32) {
        let replicas = replicas.min(MAX_REPLICAS);
        self.note(format!("{kind} {} is scaled to {replicas}.", workload.name), None);
        if self.scale_rollout(kind, workload, replicas) {
            return;
        }
        let Some(owner) = self.templates.keys().find(|owner| owns(owner, kind, workload)).cloned() else {
            let text = format!("{kind} {workload} has no pod yet that new ones could be made like.");
            return self.note(text, None);
        };
        if let Some(template) = self.templates.get_mut(&owner) {
            template.replicas = replicas;
        }
        self.fill_up(&owner);
    }

    pub(super) fn new_name(&mut self, namespace: &str, base: &str) -> String {
        // The letters that Kubernetes draws names from.
        const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
        loop {
            let mut name = format!("{base}-");
            for _ in 0..5 {
                let at = self.lifecycle.between(0, count(LETTERS.len()) - 1) as usize;
                name.push(char::from(LETTERS.get(at).copied().unwrap_or(b'x')));
            }
            if find(&self.cluster, &ObjectRef::new(namespace, &name)).is_none() {
                return name;
            }
        }
    }

    /// A new pod like `like`, on `node` or where there is most room.
    pub(super) fn create(&mut self, like: Pod, name: String, node: String) {
        let mut pod = Pod { phase: PodPhase::Pending, ready: Some(false), ips: Vec::new(), ..like };
        name_it(&mut pod, name);
        pod.meta.deleting = false;
        let reference = pod.meta.reference();
        if let Some(listen) = self.listens.get(&reference) {
            pod.listen = listen.clone();
        }
        let running = self.cluster.node(&node).is_some_and(|node| node.ready) && self.reaches_api(&node);
        pod.node = if running { node } else { self.schedule(&pod) };
        if pod.node.is_empty() {
            let text = format!("Pod {} stays Pending: no node takes it.", reference.name);
            self.note(text, Some(("Pod", reference.clone())));
        }
        self.born += 1;
        let birth = self.born;
        self.births.insert(reference.clone(), birth);
        let Err(at) = self.cluster.pods.binary_search_by(|other| key(other).cmp(&key(&pod))) else { return };
        let scheduled = !pod.node.is_empty();
        let text = format!("Pod {} is made for {}.", reference.name, if scheduled { &pod.node } else { "no node" });
        self.fleet.forget_addresses();
        self.made.push(Rc::new(pod.clone()));
        Rc::make_mut(&mut self.cluster).pods.insert(at, pod);
        self.note(text, Some(("Pod", reference.clone())));
        if scheduled {
            self.after(STARTUP, Happening::Started(reference, birth));
        }
    }

    /// The ready node that the pod may go to with the fewest pods of the same owner, then of all.
    pub(super) fn schedule(&self, pod: &Pod) -> String {
        let template = owner_of(pod).and_then(|owner| self.templates.get(&owner));
        let constraints = template.and_then(|template| template.constraints.as_ref());
        let fits = |node: &&crate::objects::Node| {
            let allowed = constraints.map_or(!node.unschedulable, |constraints| constraints.allow(node));
            node.ready && allowed && self.reaches_api(&node.meta.name)
        };
        let load = |name: &str| {
            let here = self.cluster.pods.iter().filter(|other| other.node == name && !other.meta.deleting);
            here.fold((0, 0), |(same, all), other| (same + u32::from(owner_of(other) == owner_of(pod)), all + 1_u32))
        };
        let nodes = self.cluster.nodes.iter().filter(fits);
        nodes.min_by_key(|node| load(&node.meta.name)).map(|node| node.meta.name.clone()).unwrap_or_default()
    }
}

/// Gives a pod its name, and what a StatefulSet derives from it.
fn name_it(pod: &mut Pod, name: String) {
    if pod.meta.owner.as_ref().is_some_and(|owner| owner.kind == "StatefulSet") {
        if pod.hostname == pod.meta.name {
            pod.hostname.clone_from(&name);
        }
        let ordinal = name.rsplit_once('-').map_or("", |(_, ordinal)| ordinal).to_string();
        for (key, value) in [("statefulset.kubernetes.io/pod-name", &name), ("apps.kubernetes.io/pod-index", &ordinal)]
        {
            if let Some(label) = pod.meta.labels.get_mut(key) {
                label.clone_from(value);
            }
        }
    }
    pod.meta.name = name;
}
