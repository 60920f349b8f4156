//! Pods that die and come back, slices that follow, proxies that follow those.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::rc::Rc;

use super::{EVICTION, GRACE, Happening, NODE_GRACE, READY, RECONCILE, STARTUP, STOP_ACCEPTING, SYNC, Sim};
use crate::cluster::Cluster;
use crate::controllers::endpointslice::{self, CONTROLLER, MANAGED_BY, Nodes, wants_slices};
use crate::net::{IpNet, Protocol};
use crate::objects::{EndpointSlice, Listen, ObjectRef, Pod, PodPhase, Service};

/// A pod to make others like, and how many there should be (`None` for a DaemonSet: one on its node).
pub(super) struct Template {
    pod: Pod,
    replicas: u32,
}

/// Pods of one workload that a scale may reach.
const MAX_REPLICAS: u32 = 1_000;

pub(super) fn key(pod: &Pod) -> (&str, &str) {
    (&pod.meta.namespace, &pod.meta.name)
}

/// The place of a pod among the cluster's, which are in order.
pub(super) fn find(cluster: &Cluster, reference: &ObjectRef) -> Option<usize> {
    let wanted = (reference.namespace.as_str(), reference.name.as_str());
    cluster.pods.binary_search_by(|pod| key(pod).cmp(&wanted)).ok()
}

fn owner_of(pod: &Pod) -> Option<(String, ObjectRef)> {
    let owner = pod.meta.owner.as_ref()?;
    Some((owner.kind.clone(), ObjectRef::new(&pod.meta.namespace, &owner.name)))
}

fn selects(service: &Service, pod: &Pod) -> bool {
    service.meta.namespace == pod.meta.namespace
        && service.selector.iter().all(|(key, value)| pod.meta.labels.get(key) == Some(value))
}

fn count(n: usize) -> u32 {
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
            });
            template.replicas += u32::from(!pod.meta.deleting);
        }
    }

    /// Changes a pod, and lets the controllers look at it.
    fn change(&mut self, reference: &ObjectRef, change: impl FnOnce(&mut Pod)) {
        let Some(at) = find(&self.cluster, reference) else { return };
        let cluster = Rc::make_mut(&mut self.cluster);
        let Some(pod) = cluster.pods.get_mut(at) else { return };
        change(pod);
        let pod = pod.clone();
        self.touch(&pod);
    }

    /// Marks the Services that select a pod, and wakes the slice controller.
    fn touch(&mut self, pod: &Pod) {
        let services = self.cluster.services.iter().filter(|service| wants_slices(service) && selects(service, pod));
        let services: Vec<ObjectRef> = services.map(|service| service.meta.reference()).collect();
        if services.is_empty() {
            return;
        }
        self.dirty.extend(services);
        if !self.reconcile_planned {
            self.reconcile_planned = true;
            self.after(RECONCILE, Happening::Reconcile);
        }
    }

    /// The pod that a command names: exactly, or the first that the name begins.
    fn named(&self, reference: &ObjectRef) -> Option<ObjectRef> {
        if find(&self.cluster, reference).is_some() {
            return Some(reference.clone());
        }
        let begins = |pod: &&Pod| {
            pod.meta.namespace == reference.namespace
                && !pod.meta.deleting
                && pod.meta.name.strip_prefix(&reference.name).is_some_and(|rest| rest.starts_with('-'))
        };
        self.cluster.pods.iter().find(begins).map(|pod| pod.meta.reference())
    }

    fn missing(&mut self, reference: &ObjectRef) {
        self.note(format!("There is no pod {reference}."), None);
    }

    pub(super) fn kill_pod(&mut self, reference: &ObjectRef) {
        let Some(reference) = self.named(reference) else { return self.missing(reference) };
        let Some(pod) = self.pod(&reference).filter(|pod| !pod.meta.deleting).cloned() else { return };
        self.terminate(&reference);
        if let Some(owner) = owner_of(&pod)
            && !matches!(owner.0.as_str(), "StatefulSet" | "DaemonSet")
        {
            self.fill_up(&owner);
        }
    }

    /// Sets the deletionTimestamp: the pod terminates, its process gets SIGTERM.
    fn terminate(&mut self, reference: &ObjectRef) {
        let birth = self.birth(reference);
        self.note(format!("Pod {} is deleted: it terminates.", reference.name), Some(("Pod", reference.clone())));
        self.change(reference, |pod| pod.meta.deleting = true);
        self.after(STOP_ACCEPTING, Happening::StopAccepting(reference.clone(), birth));
        self.after(GRACE, Happening::Gone(reference.clone(), birth));
    }

    pub(super) fn stop_accepting(&mut self, reference: &ObjectRef, birth: u64) {
        if self.birth(reference) == birth && find(&self.cluster, reference).is_some() {
            self.closed.insert(reference.clone());
        }
    }

    pub(super) fn gone(&mut self, reference: &ObjectRef, birth: u64) {
        if self.birth(reference) != birth {
            return;
        }
        let Some(at) = find(&self.cluster, reference) else { return };
        let cluster = Rc::make_mut(&mut self.cluster);
        let pod = cluster.pods.remove(at);
        self.births.remove(reference);
        self.closed.remove(reference);
        self.listens.remove(reference);
        self.note(format!("Pod {} is gone.", reference.name), Some(("Pod", reference.clone())));
        self.touch(&pod);
        self.disconnect(reference);
        match owner_of(&pod) {
            // These wait until the old pod is gone: its name, or its place, comes again.
            Some((kind, workload)) if kind == "StatefulSet" => {
                let wanted = self.templates.get(&(kind, workload)).map_or(0, |template| template.replicas);
                let ordinal = pod.meta.name.rsplit_once('-').and_then(|(_, n)| n.parse::<u32>().ok());
                if ordinal.is_some_and(|n| n < wanted) {
                    self.create(pod.clone(), pod.meta.name.clone(), pod.node.clone());
                }
            }
            Some((kind, _)) if kind == "DaemonSet" => {
                let base = pod.meta.name.rsplit_once('-').map_or(pod.meta.name.as_str(), |(base, _)| base).to_string();
                let name = self.new_name(&pod.meta.namespace, &base);
                self.create(pod.clone(), name, pod.node.clone());
            }
            _ => {}
        }
    }

    /// Makes pods until a workload has as many as it should, terminating ones not counted; or takes the newest away.
    fn fill_up(&mut self, owner: &(String, ObjectRef)) {
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
            leaving.sort_by_key(|reference| {
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
        let is = |owner: &(String, ObjectRef)| {
            let (by, name) = (owner.0.as_str(), &owner.1);
            by == kind && name == workload
                // A Deployment owns its pods through a ReplicaSet named after it.
                || kind == "Deployment"
                    && by == "ReplicaSet"
                    && name.namespace == workload.namespace
                    && name.name.rsplit_once('-').is_some_and(|(deployment, _)| deployment == workload.name)
        };
        let Some(owner) = self.templates.keys().find(|owner| is(owner)).cloned() else {
            let text = format!("{kind} {workload} has no pod yet that new ones could be made like.");
            return self.note(text, None);
        };
        if let Some(template) = self.templates.get_mut(&owner) {
            template.replicas = replicas;
        }
        self.note(format!("{kind} {} is scaled to {replicas}.", workload.name), None);
        self.fill_up(&owner);
    }

    fn new_name(&mut self, namespace: &str, base: &str) -> String {
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
    fn create(&mut self, like: Pod, name: String, node: String) {
        let mut pod = Pod { phase: PodPhase::Pending, ready: Some(false), ips: Vec::new(), ..like };
        pod.meta.name = name;
        pod.meta.deleting = false;
        let reference = pod.meta.reference();
        if let Some(listen) = self.listens.get(&reference) {
            pod.listen = listen.clone();
        }
        let running = self.cluster.node(&node).is_some_and(|node| node.ready) && !self.stopped.contains_key(&node);
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
        Rc::make_mut(&mut self.cluster).pods.insert(at, pod);
        self.note(text, Some(("Pod", reference.clone())));
        if scheduled {
            self.after(STARTUP, Happening::Started(reference, birth));
        }
    }

    /// The ready, schedulable node with the fewest pods of the same owner, then of all.
    fn schedule(&self, pod: &Pod) -> String {
        let fits = |node: &&crate::objects::Node| {
            node.ready && !node.unschedulable && !self.stopped.contains_key(&node.meta.name)
        };
        let load = |name: &str| {
            let here = self.cluster.pods.iter().filter(|other| other.node == name && !other.meta.deleting);
            here.fold((0, 0), |(same, all), other| (same + u32::from(owner_of(other) == owner_of(pod)), all + 1_u32))
        };
        let nodes = self.cluster.nodes.iter().filter(fits);
        nodes.min_by_key(|node| load(&node.meta.name)).map(|node| node.meta.name.clone()).unwrap_or_default()
    }

    pub(super) fn started(&mut self, reference: &ObjectRef, birth: u64) {
        if self.birth(reference) != birth {
            return;
        }
        let Some(pod) = self.pod(reference).filter(|pod| !pod.meta.deleting) else { return };
        let ips = self.addresses_for(pod);
        self.change(reference, |pod| {
            pod.phase = PodPhase::Running;
            pod.ips = ips;
        });
        self.note(format!("Pod {} runs.", reference.name), Some(("Pod", reference.clone())));
        self.after(READY, Happening::Ready(reference.clone(), birth));
    }

    /// Free addresses for a pod: one of each network of its node, or of the cluster's pods.
    fn addresses_for(&self, pod: &Pod) -> Vec<IpAddr> {
        let node = self.cluster.node(&pod.node);
        if pod.host_network {
            return node.map(|node| node.internal_ips.clone()).unwrap_or_default();
        }
        let networks = match node {
            Some(node) if !node.pod_cidrs.is_empty() => &node.pod_cidrs,
            _ => &self.cluster.settings.pod_cidrs,
        };
        let used: BTreeSet<IpAddr> = self.cluster.pods.iter().flat_map(|pod| pod.ips.iter().copied()).collect();
        networks.iter().filter_map(|network| free(network, &used)).collect()
    }

    pub(super) fn became_ready(&mut self, reference: &ObjectRef, birth: u64) {
        if self.birth(reference) != birth {
            return;
        }
        let silent = |pod: &Pod| self.stopped.contains_key(&pod.node);
        if self.pod(reference).is_some_and(|pod| !pod.meta.deleting && !silent(pod)) {
            self.change(reference, |pod| pod.ready = Some(true));
            self.note(format!("Pod {} is ready.", reference.name), Some(("Pod", reference.clone())));
        }
    }

    pub(super) fn set_ready(&mut self, reference: &ObjectRef, ready: bool) {
        let Some(reference) = self.named(reference) else { return self.missing(reference) };
        self.change(&reference, |pod| pod.ready = Some(ready));
        let text = format!("Pod {} is {}ready.", reference.name, if ready { "" } else { "not " });
        self.note(text, Some(("Pod", reference)));
    }

    pub(super) fn set_listen(&mut self, reference: &ObjectRef, port: Option<u16>) {
        let Some(reference) = self.named(reference) else { return self.missing(reference) };
        let Some(at) = find(&self.cluster, &reference) else { return };
        let Some(pod) = Rc::make_mut(&mut self.cluster).pods.get_mut(at) else { return };
        let manifest = self.listens.entry(reference.clone()).or_insert_with(|| pod.listen.clone());
        pod.listen = match port {
            Some(port) => Listen::Ports(vec![(Protocol::Tcp, port, false), (Protocol::Udp, port, false)]),
            None => manifest.clone(),
        };
        let text = match port {
            Some(port) => format!("Pod {} listens on port {port} only.", reference.name),
            None => format!("Pod {} listens again as its manifest says.", reference.name),
        };
        self.note(text, Some(("Pod", reference)));
    }

    pub(super) fn set_node_running(&mut self, name: &str, running: bool) {
        let object = Some(("Node", ObjectRef::new("", name)));
        if self.cluster.node(name).is_none() {
            return self.note(format!("There is no node {name}."), None);
        }
        if !running && !self.stopped.contains_key(name) {
            self.planned += 1;
            let time = self.planned;
            self.stopped.insert(name.to_string(), time);
            self.note(format!("Node {name} stops: silence."), object);
            self.after(NODE_GRACE, Happening::NodeLost(name.to_string(), time));
        } else if running && self.stopped.remove(name).is_some() {
            self.note(format!("Node {name} runs again."), object);
            self.set_node_ready(name, true);
            let pods: Vec<ObjectRef> = self.pods_on(name, |pod| pod.ready == Some(false) && !pod.meta.deleting);
            for pod in pods {
                let birth = self.birth(&pod);
                self.after(READY, Happening::Ready(pod, birth));
            }
        }
    }

    fn pods_on(&self, node: &str, wanted: impl Fn(&Pod) -> bool) -> Vec<ObjectRef> {
        let here = self.cluster.pods.iter().filter(|pod| pod.node == node && wanted(pod));
        here.map(|pod| pod.meta.reference()).collect()
    }

    fn set_node_ready(&mut self, name: &str, ready: bool) {
        let cluster = Rc::make_mut(&mut self.cluster);
        if let Some(node) = cluster.nodes.iter_mut().find(|node| node.meta.name == name) {
            node.ready = ready;
        }
    }

    pub(super) fn node_lost(&mut self, name: &str, time: u64) {
        if self.stopped.get(name) != Some(&time) {
            return;
        }
        self.set_node_ready(name, false);
        let text = format!("Node {name} counts as not ready, and so do its pods.");
        self.note(text, Some(("Node", ObjectRef::new("", name))));
        for pod in self.pods_on(name, Pod::is_ready) {
            self.change(&pod, |pod| pod.ready = Some(false));
        }
        self.after(EVICTION, Happening::Evict(name.to_string(), time));
    }

    pub(super) fn evict(&mut self, name: &str, time: u64) {
        if self.stopped.get(name) != Some(&time) {
            return;
        }
        self.note(format!("The pods of node {name} are evicted."), Some(("Node", ObjectRef::new("", name))));
        // A DaemonSet's pods tolerate it; a StatefulSet's stay, since nobody can tell that they ended.
        let moves = |pod: &Pod| owner_of(pod).is_some_and(|(kind, _)| kind != "DaemonSet" && kind != "StatefulSet");
        for pod in self.pods_on(name, |pod| !pod.meta.deleting && moves(pod)) {
            self.kill_pod(&pod);
        }
    }

    /// The slice controller's pass over the Services whose pods changed.
    pub(super) fn reconcile(&mut self) {
        self.reconcile_planned = false;
        let mut changed = Vec::new();
        let mut slices: Vec<EndpointSlice> = self.cluster.slices.clone();
        let nodes = Nodes::new(&self.cluster.nodes);
        for reference in std::mem::take(&mut self.dirty) {
            let Some(service) = self.cluster.service(&reference) else { continue };
            let pods: Vec<&Pod> = self.cluster.pods.iter().filter(|pod| selects(service, pod)).collect();
            let managed = |slice: &EndpointSlice| {
                slice.service == reference.name
                    && slice.meta.namespace == reference.namespace
                    && slice.meta.labels.get(MANAGED_BY).is_some_and(|by| by == CONTROLLER)
            };
            let existing: Vec<EndpointSlice> = slices.iter().filter(|slice| managed(slice)).cloned().collect();
            let after = endpointslice::reconcile(service, &pods, &nodes, &existing, self.scenario.seed).slices;
            if after != existing {
                slices.retain(|slice| !managed(slice));
                slices.extend(after);
                changed.push(reference);
            }
        }
        if changed.is_empty() {
            return;
        }
        slices.sort_by(|a, b| (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name)));
        let old = Rc::clone(&self.cluster);
        Rc::make_mut(&mut self.cluster).slices = slices;
        for reference in changed {
            self.note(format!("The EndpointSlices of {} change.", reference.name), Some(("Service", reference)));
        }
        let names: Vec<String> = old.nodes.iter().map(|node| node.meta.name.clone()).collect();
        for node in names {
            // A node whose update is under way takes this one over with it.
            if !self.views.contains_key(&node) {
                self.views.insert(node.clone(), Rc::clone(&old));
                let delay = self.lifecycle.between(SYNC.0, SYNC.1);
                self.after(delay, Happening::Sync(node));
            }
        }
    }

    pub(super) fn sync(&mut self, node: &str) {
        if self.stopped.contains_key(node) {
            // Its proxy is as silent as the rest; it catches up a while after the node runs again.
            let delay = self.lifecycle.between(SYNC.0, SYNC.1);
            return self.after(delay, Happening::Sync(node.to_string()));
        }
        if self.views.remove(node).is_some() {
            let text = format!("kube-proxy on {node} takes over the change.");
            self.note(text, Some(("Node", ObjectRef::new("", node))));
        }
    }
}

/// The lowest address of a network from its second host on (the first is the bridge's) that nobody has.
fn free(network: &IpNet, used: &BTreeSet<IpAddr>) -> Option<IpAddr> {
    let mut at = network.network();
    // One more than is used is always enough to find a free one.
    for step in 0..used.len().saturating_add(4) {
        if step >= 2 && !used.contains(&at) && network.contains(&at) && at != network.broadcast() {
            return Some(at);
        }
        at = match at {
            IpAddr::V4(ip) => IpAddr::V4(u32::from(ip).checked_add(1)?.into()),
            IpAddr::V6(ip) => IpAddr::V6(u128::from(ip).checked_add(1)?.into()),
        };
    }
    None
}
