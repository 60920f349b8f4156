//! The few calls into the engine whose form the page shares.

use portolan_core::cluster::Cluster;
use portolan_core::net::Addr;
use portolan_core::packet::{self, Request, Target, Trace};
use portolan_core::proxy::Fleet;
use portolan_core::sim::Load;

use crate::state::modes::proxy_of;

/// Seeds tried until a packet goes as it went before.
const TRIES: u64 = 48;

/// What becomes of one packet of a load; `None` where its target cannot be read.
pub(crate) fn trace(cluster: &Cluster, load: &Load, seed: u64) -> Option<Trace> {
    let to = Target::parse(&load.to).ok()?;
    Some(packet::trace(cluster, &Request::new(load.from.clone(), to, load.protocol, seed)))
}

/// What becomes of a packet that was seen before, in a cluster that is another one by now: by the same node and to the
/// same endpoint, if it still may.
pub(crate) fn again(cluster: &Cluster, load: &Load, seed: u64, was: &Trace) -> Option<Trace> {
    let to = Target::parse(&load.to).ok()?;
    let endpoint = |trace: &Trace| -> Option<Addr> { Some(trace.endpoints.get(trace.chosen?)?.address) };
    let mut fleet = Fleet::default();
    let mut first = None;
    for number in 0..TRIES {
        let request = Request::new(load.from.clone(), to.clone(), load.protocol, seed.wrapping_add(number));
        let trace = packet::trace_among(cluster, &mut fleet, &request);
        let alike = endpoint(was).is_none_or(|wanted| endpoint(&trace) == Some(wanted));
        if alike && proxy_of(&trace) == proxy_of(was) {
            return Some(trace);
        }
        first.get_or_insert(trace);
    }
    first
}
