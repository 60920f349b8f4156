//! The few calls into the engine whose form the page shares.

use portolan_core::cluster::Cluster;
use portolan_core::packet::{self, Trace};
use portolan_core::sim::Load;

/// What becomes of one packet of a load.
pub(crate) fn trace(cluster: &Cluster, load: &Load, draw: u64) -> Trace {
    packet::trace(cluster, &load.from, &load.to, load.protocol, draw)
}
