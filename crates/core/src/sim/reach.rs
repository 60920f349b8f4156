//! Which machines reach each other and the API server, and what follows where one does not.
//!
//! Follows pkg/controller/nodelifecycle and pkg/controller/tainteviction: a node whose kubelet is not heard from counts as
//! not ready after [`NODE_GRACE`], and its pods with it; then it gets the taint `node.kubernetes.io/unreachable`, one node of
//! a zone in ten seconds, none where all nodes are lost, or most of a zone's; its pods are deleted once they tolerate that no
//! longer, and stay, terminating, until their kubelet can say that they ended.

use std::rc::Rc;

use super::workloads::owner_of;
use super::{Happening, NODE_GRACE, RECONCILE, SYNC, Sim, path};
use crate::cluster::Place;
use crate::collections::{Map, Set};
use crate::objects::{ObjectRef, Pod, Taint};
use crate::packet::Trace;

/// The time between two nodes of a zone that are tainted (`--node-eviction-rate` 0.1).
const TAINT_EVERY: u64 = 10_000_000;
/// The same where most of a large zone is lost (`--secondary-node-eviction-rate` 0.01).
const TAINT_SELDOM: u64 = 100_000_000;
/// A zone of more nodes is large (`--large-cluster-size-threshold`).
const LARGE: usize = 50;
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";

/// What is out of reach.
#[derive(Clone, Default)]
pub(super) struct Reach {
    /// Nodes that stopped, by the number of that time.
    pub(super) stopped: Map<String, u64>,
    /// Zones that are cut off from all others.
    cut: Set<String>,
    /// Nodes whose kubelet does not reach the API server, by the number of that time.
    lost: Map<String, u64>,
    /// Those of them that count as not ready because of it, and whether they have their taint.
    marked: Map<String, bool>,
    /// When the next node of a zone may be tainted.
    next: Map<String, u64>,
}

/// Why a packet meets silence on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// The machine is silent.
    Node,
    /// The zone is cut off from where the packet comes from.
    Zone,
}

impl Sim {
    pub(super) fn is_stopped(&self, node: &str) -> bool {
        self.reach.stopped.contains_key(node)
    }

    /// The zone of a node, if that is cut off.
    fn island(&self, node: &str) -> Option<&str> {
        let zone = self.cluster.node(node)?.zone.as_deref()?;
        self.reach.cut.contains(zone).then_some(zone)
    }

    /// The zone of the API server, if that is cut off; a cluster whose control plane is not seen has it outside.
    fn api_island(&self) -> Option<&str> {
        let control = self.cluster.nodes.iter().find(|node| node.control_plane)?;
        self.island(&control.meta.name)
    }

    /// Whether a node's kubelet, and what else runs there, reaches the API server.
    pub(super) fn reaches_api(&self, node: &str) -> bool {
        !self.is_stopped(node) && (self.reach.cut.is_empty() || self.island(node) == self.api_island())
    }

    /// The first of a packet's hops that it meets silence at.
    pub(super) fn silence(&self, trace: &Trace) -> Option<(usize, Silence)> {
        if self.reach.stopped.is_empty() && self.reach.cut.is_empty() {
            return None;
        }
        let mut from: Option<Option<&str>> = None;
        for (at, hop) in trace.hops.iter().enumerate() {
            let island = match (&hop.at, path::node_of(&self.cluster, &hop.at)) {
                (_, Some(node)) if self.is_stopped(node) => return Some((at, Silence::Node)),
                (_, Some(node)) => Some(self.island(node)),
                (Place::ApiServer, None) => Some(self.api_island()),
                // Who asks for names has them from nearby.
                (Place::Dns, None) => continue,
                // Hosts outside, balancers too, reach every zone.
                _ => None,
            };
            if let (Some(from), Some(to)) = (from, island)
                && from != to
            {
                return Some((at, Silence::Zone));
            }
            from = island;
        }
        None
    }

    /// Cuts a zone off from the others, or joins it to them again.
    pub(super) fn set_zone_joined(&mut self, zone: &str, joined: bool) {
        if !self.cluster.nodes.iter().any(|node| node.zone.as_deref() == Some(zone)) {
            return self.note(format!("There is no node in a zone {zone}."), None);
        }
        let changed = if joined { self.reach.cut.remove(zone) } else { self.reach.cut.insert(zone.to_string()) };
        if changed {
            let what = if joined { "is joined to the others again" } else { "is cut off from the others" };
            self.note(format!("Zone {zone} {what}."), None);
            self.look_at_nodes();
        }
    }

    /// The zones that are cut off.
    pub fn cut_zones(&self) -> impl Iterator<Item = &str> {
        self.reach.cut.iter().map(String::as_str)
    }

    /// Finds out which nodes do not reach the API server any more, and which do again.
    pub(super) fn look_at_nodes(&mut self) {
        let names: Vec<String> = self.cluster.nodes.iter().map(|node| node.meta.name.clone()).collect();
        for name in names {
            let (reaches, lost) = (self.reaches_api(&name), self.reach.lost.contains_key(&name));
            if !reaches && !lost {
                self.planned += 1;
                self.reach.lost.insert(name.clone(), self.planned);
                self.after(NODE_GRACE, Happening::NodeLost(name, self.planned));
            } else if reaches && lost {
                self.node_back(&name);
            }
        }
    }

    pub(super) fn node_lost(&mut self, name: &str, time: u64) {
        if self.reach.lost.get(name) != Some(&time) {
            return;
        }
        if self.cluster.node(name).is_some_and(|node| node.ready) {
            self.reach.marked.insert(name.to_string(), false);
            let runs = !self.is_stopped(name);
            self.mark(name, |node| (node.ready, node.unheard) = (false, runs));
        }
        let text = format!("Node {name} counts as not ready, and so do its pods: its kubelet is not heard from.");
        self.note(text, Some(("Node", ObjectRef::new("", name))));
        for pod in self.pods_on(name, Pod::is_ready) {
            // What its kubelet knew, before that is overruled.
            self.health_of(&pod);
            self.change(&pod, |pod| pod.ready = Some(false));
        }
        self.taint_lost();
    }

    /// Its kubelet is heard from again: it reports, and hears what it missed.
    fn node_back(&mut self, name: &str) {
        self.reach.lost.remove(name);
        if self.reach.marked.remove(name).is_some() {
            self.mark(name, |node| {
                (node.ready, node.unheard) = (true, false);
                node.taints.retain(|taint| taint.key != UNREACHABLE);
            });
            self.note(format!("Node {name} is ready again."), Some(("Node", ObjectRef::new("", name))));
        }
        if self.behind.contains(name) {
            let delay = RECONCILE.saturating_add(self.lifecycle.between(SYNC.0, SYNC.1));
            self.after(delay, Happening::Sync(name.to_string()));
        }
        for pod in self.pods_on(name, |_| true) {
            if self.kubelets.unheard.remove(&pod) {
                self.end_pod(&pod);
            } else if self.kubelets.health.contains_key(&pod) {
                self.report_readiness(&pod);
            }
        }
        self.place_waiting();
        self.taint_lost();
    }

    /// A node runs again; if its zone is cut off, that is all that is wrong with it.
    pub(super) fn still_unheard(&mut self, name: &str) {
        if self.reach.marked.contains_key(name) {
            self.mark(name, |node| node.unheard = true);
        }
    }

    fn mark(&mut self, name: &str, change: impl FnOnce(&mut crate::objects::Node)) {
        let cluster = Rc::make_mut(&mut self.cluster);
        if let Some(node) = cluster.nodes.iter_mut().find(|node| node.meta.name == name) {
            change(node);
        }
    }

    /// How long a zone waits from one node that is tainted to the next; `None` where none is.
    fn taint_pace(&self, zone: &str) -> Option<u64> {
        let zone_of = |node: &crate::objects::Node| node.zone.clone().unwrap_or_default();
        let here: Vec<bool> =
            self.cluster.nodes.iter().filter(|node| zone_of(node) == zone).map(|node| node.ready).collect();
        let unready = here.iter().filter(|ready| !**ready).count();
        if self.cluster.nodes.iter().all(|node| !node.ready) {
            None
        } else if unready < here.len() && unready > 2 && unready.saturating_mul(100) >= here.len().saturating_mul(55) {
            (here.len() > LARGE).then_some(TAINT_SELDOM)
        } else {
            Some(TAINT_EVERY)
        }
    }

    /// Taints nodes that are lost, as many as may be now.
    pub(super) fn taint_lost(&mut self) {
        let waiting = self.reach.marked.iter().filter(|(_, tainted)| !**tainted);
        let mut later = Set::new();
        for name in waiting.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            let zone = self.cluster.node(&name).and_then(|node| node.zone.clone()).unwrap_or_default();
            let Some(pace) = self.taint_pace(&zone) else { continue };
            let next = self.reach.next.get(&zone).copied().unwrap_or(0);
            if next > self.now {
                if later.insert(zone) {
                    self.plan(next, Happening::Taints);
                }
                continue;
            }
            self.reach.next.insert(zone, self.now.saturating_add(pace));
            self.reach.marked.insert(name.clone(), true);
            let effect = "NoExecute".to_string();
            let taint = Taint { key: UNREACHABLE.to_string(), value: String::new(), effect };
            self.mark(&name, |node| node.taints.push(taint));
            let text = format!("Node {name} gets the taint {UNREACHABLE}:NoExecute.");
            self.note(text, Some(("Node", ObjectRef::new("", &name))));
            let Some(time) = self.reach.lost.get(&name).copied() else { continue };
            let here = self.cluster.pods.iter().filter(|pod| pod.node == name);
            let times: Set<u32> = here.filter_map(|pod| pod.life.evicted_after).collect();
            for seconds in times {
                let delay = u64::from(seconds).saturating_mul(1_000_000);
                self.after(delay, Happening::Evict(name.clone(), time, seconds));
            }
        }
    }

    /// Pods that tolerate an unreachable node for so many seconds do so no longer.
    pub(super) fn evict(&mut self, name: &str, time: u64, seconds: u32) {
        if self.reach.lost.get(name) != Some(&time) {
            return;
        }
        // A DaemonSet's pods tolerate it for ever.
        let goes = |pod: &Pod| {
            !pod.meta.deleting
                && pod.life.evicted_after == Some(seconds)
                && owner_of(pod).is_none_or(|(kind, _)| kind != "DaemonSet")
        };
        let pods = self.pods_on(name, goes);
        if !pods.is_empty() {
            let text = format!("The pods of node {name} are evicted: they tolerated its taint for {seconds} s.");
            self.note(text, Some(("Node", ObjectRef::new("", name))));
        }
        for pod in pods {
            self.kill_pod(&pod);
        }
    }
}
