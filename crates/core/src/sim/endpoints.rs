//! Slices that follow the pods, and each node's proxy that follows the slices, both later.

use std::rc::Rc;

use super::lifecycle::selects;
use super::{Happening, SYNC, Sim};
use crate::controllers::endpointslice::{self, CONTROLLER, MANAGED_BY, Nodes};
use crate::objects::{EndpointSlice, ObjectRef, Pod};
use crate::sort;

impl Sim {
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
        sort::by(&mut slices, |a, b| (&a.meta.namespace, &a.meta.name).cmp(&(&b.meta.namespace, &b.meta.name)));
        let names: Vec<String> = self.cluster.nodes.iter().map(|node| node.meta.name.clone()).collect();
        for name in &names {
            // Rules that were not asked for yet are those of the slices so far.
            self.fleet.proxy(&self.cluster, name);
        }
        self.fleet.forget_addresses();
        Rc::make_mut(&mut self.cluster).slices = slices;
        for reference in changed {
            self.note(format!("The EndpointSlices of {} change.", reference.name), Some(("Service", reference)));
        }
        for node in names {
            // A node whose update is under way takes this one over with it.
            if self.behind.insert(node.clone()) && self.reaches_api(&node) {
                let delay = self.lifecycle.between(SYNC.0, SYNC.1);
                self.after(delay, Happening::Sync(node));
            }
        }
    }

    pub(super) fn sync(&mut self, node: &str) {
        if !self.reaches_api(node) {
            // It keeps the rules it has, and catches up once it reaches the API server again.
            return;
        }
        if self.behind.remove(node) {
            self.fleet.refresh_node(node);
            // Made now, so that later changes do not count.
            let proxy = self.fleet.proxy(&self.cluster, node);
            let text = format!("kube-proxy on {node} takes over the change.");
            self.note(text, Some(("Node", ObjectRef::new("", node))));
            if let Some(kernel) = self.fleet.affinity.get_mut(node) {
                kernel.keep_ruled(&proxy);
            }
            self.clean_stale_flows(node, &proxy);
        }
    }
}
