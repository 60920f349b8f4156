//! The cluster as the rules look at it: pods by label and slices by Service, so that many Services take no more than
//! their share of time.

use std::cell::Cell;

use super::rules::alive;
use crate::cluster::Cluster;
use crate::collections::Map;
use crate::objects::{EndpointSlice, ObjectRef, Pod, Service};
use crate::world::PodIndex;

/// How many pods are looked at one by one for all Services together, where none has the labels that are wanted.
const MOST_LOOKS: usize = 500_000;

/// A cluster with its indexes, and one of its Services in view.
pub(super) struct View<'a> {
    /// The cluster itself.
    pub(super) cluster: &'a Cluster,
    pods: PodIndex<'a>,
    slices: Map<ObjectRef, Vec<&'a EndpointSlice>>,
    looks: Cell<usize>,
    selected: Vec<&'a Pod>,
}

impl<'a> View<'a> {
    pub(super) fn new(cluster: &'a Cluster) -> Self {
        let mut slices: Map<_, Vec<&EndpointSlice>> = Map::new();
        for slice in &cluster.slices {
            slices.entry(ObjectRef::new(&slice.meta.namespace, &slice.service)).or_default().push(slice);
        }
        let pods = PodIndex::new(&cluster.pods);
        View { cluster, pods, slices, looks: Cell::new(MOST_LOOKS), selected: Vec::new() }
    }

    /// Turns to a Service.
    pub(super) fn turn_to(&mut self, service: &Service) {
        self.selected = self.pods.select(service).0;
        self.selected.retain(|pod| alive(pod));
    }

    /// The live pods that the Service selects.
    pub(super) fn selected(&self) -> impl Iterator<Item = &'a Pod> {
        self.selected.iter().copied()
    }

    /// The slices of a Service.
    pub(super) fn slices_of(&self, service: &ObjectRef) -> impl Iterator<Item = &'a EndpointSlice> {
        self.slices.get(service).map(Vec::as_slice).unwrap_or_default().iter().copied()
    }

    /// All pods, to be looked at one by one; `None` once that has been done too often.
    pub(super) fn all_pods(&self) -> Option<&'a [Pod]> {
        let left = self.looks.get().checked_sub(self.cluster.pods.len());
        self.looks.set(left.unwrap_or(0));
        left.map(|_| self.cluster.pods.as_slice())
    }
}
