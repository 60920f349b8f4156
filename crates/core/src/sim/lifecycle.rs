//! Pods that die and come back: deletion, start, readiness, what they listen on.

use crate::collections::Set;
use std::net::IpAddr;
use std::rc::Rc;

use super::workloads::owner_of;
use super::{GRACE, Happening, RECONCILE, STOP_ACCEPTING, Sim};
use crate::cluster::Cluster;
use crate::controllers::endpointslice::wants_slices;
use crate::net::{IpNet, Protocol};
use crate::objects::{Life, Listen, ObjectRef, Pod, PodPhase, Service};

const SECOND: u64 = 1_000_000;
/// How often a process that ends looks whether it has something in hand.
const LINGER: u64 = 100_000;

pub(super) fn key(pod: &Pod) -> (&str, &str) {
    (&pod.meta.namespace, &pod.meta.name)
}

/// The place of a pod among the cluster's, which are in order.
pub(super) fn find(cluster: &Cluster, reference: &ObjectRef) -> Option<usize> {
    let wanted = (reference.namespace.as_str(), reference.name.as_str());
    cluster.pods.binary_search_by(|pod| key(pod).cmp(&wanted)).ok()
}

pub(super) fn selects(service: &Service, pod: &Pod) -> bool {
    service.meta.namespace == pod.meta.namespace
        && service.selector.iter().all(|(key, value)| pod.meta.labels.get(key) == Some(value))
}

impl Sim {
    /// Changes a pod, and lets the controllers look at it.
    pub(super) fn change(&mut self, reference: &ObjectRef, change: impl FnOnce(&mut Pod)) {
        let Some(at) = find(&self.cluster, reference) else { return };
        self.fleet.forget_addresses();
        let cluster = Rc::make_mut(&mut self.cluster);
        let Some(pod) = cluster.pods.get_mut(at) else { return };
        let was_ready = pod.is_ready();
        change(pod);
        let pod = pod.clone();
        if pod.is_ready() && !was_ready {
            self.ready_since.insert(reference.clone(), self.now);
        }
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
    pub(super) fn named(&self, reference: &ObjectRef) -> Option<ObjectRef> {
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

    pub(super) fn missing(&mut self, reference: &ObjectRef) {
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
    pub(super) fn terminate(&mut self, reference: &ObjectRef) {
        self.note(format!("Pod {} is deleted: it terminates.", reference.name), Some(("Pod", reference.clone())));
        let Some(pod) = self.pod(reference) else { return };
        let hears = pod.node.is_empty() || self.reaches_api(&pod.node);
        self.change(reference, |pod| pod.meta.deleting = true);
        if hears {
            self.end_pod(reference);
        } else {
            // It stays until its kubelet can be reached.
            self.kubelets.unheard.insert(reference.clone());
        }
    }

    /// A pod's kubelet learns that it is deleted.
    pub(super) fn end_pod(&mut self, reference: &ObjectRef) {
        let birth = self.birth(reference);
        let life = self.pod(reference).map(|pod| pod.life).unwrap_or_default();
        let (closes, gone) = end_of(life);
        let killed = gone.max(u64::from(life.grace) * SECOND);
        self.doomed.insert(reference.clone(), self.now.saturating_add(killed));
        self.after(closes, Happening::StopAccepting(reference.clone(), birth));
        self.after(gone, Happening::Gone(reference.clone(), birth));
    }

    pub(super) fn stop_accepting(&mut self, reference: &ObjectRef, birth: u64) {
        if self.birth(reference) == birth && find(&self.cluster, reference).is_some() {
            self.closed.insert(reference.clone(), false);
        }
    }

    pub(super) fn gone(&mut self, reference: &ObjectRef, birth: u64) {
        if self.birth(reference) != birth {
            return;
        }
        let Some(pod) = self.pod(reference) else { return };
        if !pod.node.is_empty() && !self.reaches_api(&pod.node) {
            // The process is gone, and nobody hears of it.
            let running = !self.is_stopped(&pod.node);
            self.kubelets.unheard.insert(reference.clone());
            self.closed.insert(reference.clone(), true);
            if running {
                self.drop_in_hand(reference);
                self.disconnect(reference);
            }
            return;
        }
        // A process that ends answers what it has in hand, as long as it is let live.
        let doom = self.doomed.get(reference).copied().unwrap_or(0);
        if self.now < doom && self.is_busy(reference) {
            self.closed.insert(reference.clone(), true);
            self.disconnect(reference);
            let again = doom.min(self.now.saturating_add(LINGER));
            return self.plan(again, Happening::Gone(reference.clone(), birth));
        }
        self.drop_in_hand(reference);
        let Some(at) = find(&self.cluster, reference) else { return };
        self.fleet.forget_addresses();
        let cluster = Rc::make_mut(&mut self.cluster);
        let pod = cluster.pods.remove(at);
        self.forget_process(reference);
        self.ready_since.remove(reference);
        self.doomed.remove(reference);
        self.births.remove(reference);
        self.closed.remove(reference);
        self.altered.remove(reference);
        self.listens.remove(reference);
        self.note(format!("Pod {} is gone.", reference.name), Some(("Pod", reference.clone())));
        self.touch(&pod);
        self.disconnect(reference);
        let mut again = pod.clone();
        if let Some(template) = owner_of(&pod).and_then(|owner| self.templates.get(&owner)) {
            again.life = template.pod.life;
        }
        match owner_of(&pod) {
            // These wait until the old pod is gone: its name, or its place, comes again.
            Some((kind, workload)) if kind == "StatefulSet" => {
                let wanted = self.templates.get(&(kind, workload)).map_or(0, |template| template.replicas);
                let ordinal = pod.meta.name.rsplit_once('-').and_then(|(_, n)| n.parse::<u32>().ok());
                if ordinal.is_some_and(|n| n < wanted) {
                    self.create(again, pod.meta.name.clone(), pod.node.clone());
                }
            }
            Some((kind, _)) if kind == "DaemonSet" => {
                let base = pod.meta.name.rsplit_once('-').map_or(pod.meta.name.as_str(), |(base, _)| base).to_string();
                let name = self.new_name(&pod.meta.namespace, &base);
                self.create(again, name, pod.node.clone());
            }
            _ => {}
        }
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
        self.begin_process(reference);
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
        let used: Set<IpAddr> = self.cluster.pods.iter().flat_map(|pod| pod.ips.iter().copied()).collect();
        networks.iter().filter_map(|network| free(network, &used)).collect()
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
        self.altered.insert(reference.clone(), self.now);
        self.wake_probes(&reference);
        let text = match port {
            Some(port) => format!("Pod {} listens on port {port} only.", reference.name),
            None => format!("Pod {} listens again as its manifest says.", reference.name),
        };
        self.note(text, Some(("Pod", reference)));
    }
}

/// From deletion until the process accepts no more, and until the pod is gone: preStop, SIGTERM, the grace period, and
/// the two seconds that a hook gets which outlasts it (`killContainer` of pkg/kubelet/kuberuntime).
pub(super) fn end_of(life: Life) -> (u64, u64) {
    let (pre_stop, grace) = (u64::from(life.pre_stop) * SECOND, u64::from(life.grace) * SECOND);
    let gone = if grace == 0 {
        0
    } else if pre_stop >= grace {
        grace + 2 * SECOND
    } else {
        (pre_stop + GRACE).min(grace)
    };
    ((pre_stop.min(grace) + STOP_ACCEPTING).min(gone), gone)
}

/// The lowest address of a network from its second host on (the first is the bridge's) that nobody has.
fn free(network: &IpNet, used: &Set<IpAddr>) -> Option<IpAddr> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_ends_after_its_hook_and_never_after_its_grace_period_by_much() {
        let end = |pre_stop, grace| end_of(Life { pre_stop, grace, ..Life::default() });
        assert_eq!(end(0, 30), (STOP_ACCEPTING, GRACE));
        assert_eq!(end(5, 30), (5 * SECOND + STOP_ACCEPTING, 7 * SECOND));
        assert_eq!(end(5, 6), (5 * SECOND + STOP_ACCEPTING, 6 * SECOND));
        assert_eq!(end(40, 30), (30 * SECOND + STOP_ACCEPTING, 32 * SECOND));
        assert_eq!(end(5, 0), (0, 0));
    }
}
