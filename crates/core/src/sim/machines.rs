//! Nodes that stop, come back, are drained.

use std::rc::Rc;

use super::workloads::owner_of;
use super::{BALANCER_GRACE, Happening, STARTUP, Sim};
use crate::cluster::ProxyMode;
use crate::objects::{ObjectRef, Pod, Taint};

impl Sim {
    pub(super) fn set_node_running(&mut self, name: &str, running: bool) {
        let object = Some(("Node", ObjectRef::new("", name)));
        if self.cluster.node(name).is_none() {
            return self.note(format!("There is no node {name}."), None);
        }
        if !running && !self.is_stopped(name) {
            self.planned += 1;
            let time = self.planned;
            self.reach.stopped.insert(name.to_string(), time);
            self.note(format!("Node {name} stops: silence."), object);
            self.after(BALANCER_GRACE, Happening::Unhealthy(name.to_string(), time));
            self.look_at_nodes();
        } else if running && self.reach.stopped.remove(name).is_some() {
            self.note(format!("Node {name} runs again, and so do its pods' processes."), object);
            if self.unhealthy.remove(name) {
                self.set_balanced(name, true);
            }
            self.boot(name);
            self.still_unheard(name);
            self.look_at_nodes();
        }
    }

    /// All nodes' proxies, in another mode; those of stopped nodes too, since nobody asks them.
    pub(super) fn set_proxy_mode(&mut self, mode: ProxyMode) {
        let before = std::mem::replace(&mut Rc::make_mut(&mut self.cluster).settings.proxy.mode, mode);
        self.fleet.refresh();
        if before != mode {
            // What was remembered of clients was kept by the rules.
            self.fleet.affinity.clear();
        }
        self.note(format!("kube-proxy starts anew in {} mode.", mode.as_str()), None);
    }

    /// `kubectl drain --ignore-daemonsets`: no new pods, and those that a workload makes anew elsewhere go.
    pub(super) fn drain(&mut self, name: &str) {
        if !self.set_schedulable(name, false) {
            return;
        }
        self.note(format!("Node {name} is drained."), Some(("Node", ObjectRef::new("", name))));
        for pod in self.pods_on(name, |pod| !pod.meta.deleting) {
            let owner = self.pod(&pod).and_then(owner_of);
            match owner {
                Some((kind, _)) if kind == "DaemonSet" => {}
                Some(_) => self.kill_pod(&pod),
                None => {
                    let text = format!("Pod {} stays: nobody would make it anew (kubectl asks for --force).", pod.name);
                    self.note(text, Some(("Pod", pod)));
                }
            }
        }
    }

    pub(super) fn uncordon(&mut self, name: &str) {
        if self.set_schedulable(name, true) {
            self.note(format!("Node {name} takes pods again."), Some(("Node", ObjectRef::new("", name))));
            self.place_waiting();
        }
    }

    /// Gives pods that wait for a node one, now that there is more room.
    pub(super) fn place_waiting(&mut self) {
        let waiting = self.cluster.pods.iter().filter(|pod| pod.node.is_empty() && !pod.meta.deleting);
        for reference in waiting.map(|pod| pod.meta.reference()).collect::<Vec<_>>() {
            let node = self.pod(&reference).map(|pod| self.schedule(pod)).unwrap_or_default();
            if !node.is_empty() {
                self.change(&reference, |pod| pod.node.clone_from(&node));
                self.note(format!("Pod {} goes to {node}.", reference.name), Some(("Pod", reference.clone())));
                let birth = self.birth(&reference);
                self.after(STARTUP, Happening::Started(reference, birth));
            }
        }
    }

    fn set_schedulable(&mut self, name: &str, schedulable: bool) -> bool {
        const CORDON: &str = "node.kubernetes.io/unschedulable";
        let cluster = Rc::make_mut(&mut self.cluster);
        let Some(node) = cluster.nodes.iter_mut().find(|node| node.meta.name == name) else {
            self.note(format!("There is no node {name}."), None);
            return false;
        };
        node.taints.retain(|taint| taint.key != CORDON);
        if !schedulable {
            let effect = "NoSchedule".to_string();
            node.taints.push(Taint { key: CORDON.to_string(), value: String::new(), effect });
        }
        node.unschedulable = node.taints.iter().any(|taint| taint.effect == "NoSchedule");
        true
    }

    pub(super) fn pods_on(&self, node: &str, wanted: impl Fn(&Pod) -> bool) -> Vec<ObjectRef> {
        let here = self.cluster.pods.iter().filter(|pod| pod.node == node && wanted(pod));
        here.map(|pod| pod.meta.reference()).collect()
    }

    fn set_balanced(&mut self, name: &str, balanced: bool) {
        let cluster = Rc::make_mut(&mut self.cluster);
        if let Some(node) = cluster.nodes.iter_mut().find(|node| node.meta.name == name) {
            node.excluded_from_balancers = !balanced;
        }
    }

    pub(super) fn set_unhealthy(&mut self, name: &str, time: u64) {
        let used = self.cluster.node(name).is_some_and(|node| !node.excluded_from_balancers);
        if self.reach.stopped.get(name) == Some(&time) && used {
            self.unhealthy.insert(name.to_string());
            self.set_balanced(name, false);
            let text = format!("Balancers leave node {name} out: its health checks fail.");
            self.note(text, Some(("Node", ObjectRef::new("", name))));
        }
    }
}
