//! What one node's kernel remembers of connections: which endpoint a source had last (iptables' `recent` lists,
//! nftables' affinity sets, ipvs' templates), and whose turn it is (ipvs' schedulers).

use crate::collections::Map;
use std::net::IpAddr;
use std::rc::Rc;

use super::ipvs_scheduler::{Scheduler, Server, Servers};
use super::names::ServicePortName;
use super::node::NodeProxy;
use super::route::{Packet, Ruling};
use crate::cluster::ProxyMode;
use crate::net::{Addr, Protocol};

/// The endpoints that one source had, each with the time of its last connection.
type Had = Vec<(Addr, u64)>;

/// What one node's kernel remembers, by Service port and by the source address that the proxy sees; under ipvs, by
/// virtual server.
#[derive(Clone, Debug, Default)]
pub struct Affinity {
    sources: Map<Rc<ServicePortName>, Map<IpAddr, Had>>,
    servers: Servers,
}

impl Affinity {
    /// When the source last got this endpoint, if that is remembered; microseconds.
    pub(crate) fn last(&self, port: &ServicePortName, source: IpAddr, endpoint: Addr) -> Option<u64> {
        let entries = self.sources.get(port)?.get(&source)?;
        entries.iter().find(|(address, _)| *address == endpoint).map(|(_, at)| *at)
    }

    /// What ipvs remembers of a virtual server.
    pub(super) fn server(&self, protocol: Protocol, at: Addr) -> Option<&Server> {
        self.servers.get(protocol, at)
    }

    /// Remembers a new connection, which also renews the time of session affinity.
    pub fn opened(&mut self, proxy: &NodeProxy, packet: &Packet, ruling: &Ruling, now: u64) {
        let Ruling::Dnat { port, endpoint, .. } = ruling else { return };
        let Some(port) = proxy.ports.get(*port as usize) else { return };
        let Some(endpoint) = port.endpoints.get(*endpoint as usize) else { return };
        let sticky = port.affinity_seconds.is_some();
        if proxy.mode != ProxyMode::Ipvs {
            if sticky {
                self.record(&port.name, packet.source, endpoint.address, now);
            }
            return;
        }
        let (protocol, at) = (packet.protocol, packet.destination);
        self.servers.opened(protocol, at, proxy.ipvs_source(packet), endpoint.address, sticky, now);
        if proxy.scheduler == Some(Scheduler::Locality) {
            self.servers.keep_only_last(protocol, at);
        }
    }

    /// New rules were written: what was remembered of endpoints that have none any more went with theirs.
    pub fn keep_ruled(&mut self, proxy: &NodeProxy) {
        for (name, sources) in self.sources.iter_mut() {
            let from = proxy.ports.partition_point(|port| port.name.service < name.service);
            let of_service = proxy.ports.iter().skip(from).take_while(|port| port.name.service == name.service);
            let ports = of_service.filter(|port| port.name == **name && port.affinity_seconds.is_some());
            let endpoints = ports.flat_map(|port| port.reachable.iter().map(|at| port.endpoints.get(*at as usize)));
            let ruled: Vec<Addr> = endpoints.flatten().map(|endpoint| endpoint.address).collect();
            for had in sources.values_mut() {
                had.retain(|(endpoint, _)| ruled.contains(endpoint));
            }
        }
    }

    /// A connection through a virtual server was closed.
    pub fn closing(&mut self, protocol: Protocol, server: Addr, endpoint: Addr) {
        self.servers.closing(protocol, server, endpoint);
    }

    /// A closed connection through a virtual server counts no more.
    pub fn forgotten(&mut self, protocol: Protocol, server: Addr, endpoint: Addr) {
        self.servers.forgotten(protocol, server, endpoint);
    }

    /// Remembers that the source got this endpoint.
    pub(crate) fn record(&mut self, port: &ServicePortName, source: IpAddr, endpoint: Addr, now: u64) {
        if !self.sources.contains_key(port) {
            self.sources.insert(Rc::new(port.clone()), Map::new());
        }
        let Some(sources) = self.sources.get_mut(port) else { return };
        let entries = sources.entry(source).or_default();
        match entries.iter_mut().find(|(address, _)| *address == endpoint) {
            Some((_, at)) => *at = now,
            None => entries.push((endpoint, now)),
        }
    }
}
