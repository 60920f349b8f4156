//! The few calls into the engine whose form the page shares.

use portolan_core::cluster::Cluster;
use portolan_core::packet::{self, Request, Target, Trace};
use portolan_core::sim::Load;

/// What becomes of one packet of a load; `None` where its target cannot be read.
pub(crate) fn trace(cluster: &Cluster, load: &Load, seed: u64) -> Option<Trace> {
    let to = Target::parse(&load.to).ok()?;
    Some(packet::trace(cluster, &Request::new(load.from.clone(), to, load.protocol, seed)))
}
