//! Session affinity: which endpoint a source had last (iptables' `recent` lists, nftables' affinity sets).

use crate::collections::Map;
use std::net::IpAddr;
use std::rc::Rc;

use super::names::ServicePortName;
use crate::net::Addr;

/// The endpoints that one source had, each with the time of its last connection.
type Had = Vec<(Addr, u64)>;

/// What one node's kernel remembers, by Service port and by the source address that the proxy sees.
#[derive(Clone, Debug, Default)]
pub struct Affinity(Map<Rc<ServicePortName>, Map<IpAddr, Had>>);

impl Affinity {
    /// When the source last got this endpoint, if that is remembered; microseconds.
    pub(crate) fn last(&self, port: &ServicePortName, source: IpAddr, endpoint: Addr) -> Option<u64> {
        let entries = self.0.get(port)?.get(&source)?;
        entries.iter().find(|(address, _)| *address == endpoint).map(|(_, at)| *at)
    }

    /// Remembers a new connection, which also renews the time.
    pub fn record(&mut self, port: &ServicePortName, source: IpAddr, endpoint: Addr, now: u64) {
        if !self.0.contains_key(port) {
            self.0.insert(Rc::new(port.clone()), Map::new());
        }
        let Some(sources) = self.0.get_mut(port) else { return };
        let entries = sources.entry(source).or_default();
        match entries.iter_mut().find(|(address, _)| *address == endpoint) {
            Some((_, at)) => *at = now,
            None => entries.push((endpoint, now)),
        }
    }
}
