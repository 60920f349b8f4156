//! What a layout remembers from the last one, so that nothing moves that need not: who stands in which slot of a node,
//! how many slots a node has, and the sizes that were chosen for the room.
//!
//! A pod keeps its slot while it lives; one that comes takes the first free one. Nodes only grow, and only when no slot is
//! free. Everything is forgotten with the cluster, or when the room or the nodes are others.

use portolan_core::cluster::Cluster;
use portolan_core::objects::{ObjectRef, Pod};

/// The slots of one node.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Slots {
    taken: Vec<Option<ObjectRef>>,
    /// How many there are, taken and free.
    pub(super) room: usize,
}

impl Slots {
    /// So many free slots.
    pub(super) fn with_room(room: usize) -> Self {
        Slots { taken: Vec::new(), room }
    }

    /// Gives each of `pods` a slot: its own where it has one, else the first that is free.
    pub(super) fn seat<'a>(&mut self, pods: &[&'a Pod]) -> Vec<(usize, &'a Pod)> {
        for slot in &mut self.taken {
            if slot.as_ref().is_some_and(|name| !pods.iter().any(|pod| is(pod, name))) {
                *slot = None;
            }
        }
        let mut out = Vec::with_capacity(pods.len());
        for &pod in pods {
            let own = self.taken.iter().position(|slot| slot.as_ref().is_some_and(|name| is(pod, name)));
            let at = match own.or_else(|| self.taken.iter().position(Option::is_none)) {
                Some(at) => at,
                None => {
                    self.taken.push(None);
                    self.taken.len() - 1
                }
            };
            if own.is_none()
                && let Some(slot) = self.taken.get_mut(at)
            {
                *slot = Some(pod.meta.reference());
            }
            out.push((at, pod));
        }
        out
    }

    /// The slots up to the last that is taken.
    pub(super) fn used(&self) -> usize {
        self.taken.iter().rposition(Option::is_some).map_or(0, |at| at + 1)
    }
}

fn is(pod: &Pod, name: &ObjectRef) -> bool {
    pod.meta.name == name.name && pod.meta.namespace == name.namespace
}

/// What sizes are chosen for: the room, and the nodes with their zones.
type MadeFor = (u32, u32, Vec<(String, Option<String>)>);

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Memory {
    slots: Vec<(String, Slots)>,
    made_for: Option<MadeFor>,
    /// The width that the chart was laid out for.
    pub(super) width: Option<f64>,
    /// Pods to a row, where nodes stand one under the other.
    pub(super) columns: Option<usize>,
    /// Slots of every node, where there are many.
    pub(super) common: usize,
}

impl Memory {
    /// Begins a layout for this room. What was chosen for another room or other nodes is forgotten; slots stay.
    pub(super) fn begin(&mut self, cluster: &Cluster, width: f64, height: f64) {
        let nodes = cluster.nodes.iter().map(|n| (n.meta.name.clone(), n.zone.clone())).collect();
        let made_for = Some((width as u32, height as u32, nodes));
        if self.made_for != made_for {
            self.made_for = made_for;
            (self.width, self.columns, self.common) = (None, None, 0);
            for (_, slots) in &mut self.slots {
                slots.room = 0;
            }
        }
    }

    /// The slots of a node.
    pub(super) fn slots(&mut self, node: &str) -> &mut Slots {
        let known = self.slots.iter().position(|slots| slots.0 == node);
        let at = known.unwrap_or(self.slots.len());
        if known.is_none() {
            self.slots.push((node.to_string(), Slots::default()));
        }
        // Found there, or put there.
        &mut self.slots[at].1
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_pod_keeps_its_slot_and_a_new_one_takes_the_first_free() {
        let cluster = sample::cluster(5);
        let pods: Vec<&Pod> = cluster.pods.iter().collect();
        let mut slots = Slots::default();
        let at =
            |seats: &[(usize, &Pod)], i: usize| seats.iter().find(|s| s.1.meta.name == pods[i].meta.name).map(|s| s.0);
        slots.seat(&pods[..4]);
        let seats = slots.seat(&[pods[0], pods[2], pods[3]]);
        assert_eq!([at(&seats, 0), at(&seats, 2), at(&seats, 3)], [Some(0), Some(2), Some(3)]);
        let seats = slots.seat(&[pods[4], pods[0], pods[2], pods[3]]);
        assert_eq!(at(&seats, 4), Some(1));
        assert_eq!(slots.used(), 4);
    }
}
