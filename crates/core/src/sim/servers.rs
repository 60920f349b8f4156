//! What ipvs counts of connections: open ones, and closed ones that it still remembers.

use super::{Happening, Sim};
use crate::cluster::{Place, ProxyMode};
use crate::net::{Addr, Protocol};
use crate::packet::{Action, Trace};

/// How long ipvs remembers a TCP connection that was closed (its TIME_WAIT), in microseconds.
const CLOSED_TCP: u64 = 120_000_000;
/// How long it remembers a flow without packets of a protocol that closes nothing.
const IDLE: u64 = 300_000_000;

impl Sim {
    /// A connection ended: the virtual servers that it went through count it as closing, and later no more.
    pub(super) fn release(&mut self, trace: &Trace) {
        if self.cluster.settings.proxy.mode != ProxyMode::Ipvs {
            return;
        }
        for hop in trace.hops.iter().filter(|hop| hop.action == Action::Translate) {
            let (Place::Proxy(node), Some(before), Some(after)) = (&hop.at, hop.before, hop.after) else { continue };
            let delay = if trace.protocol == Protocol::Tcp {
                if let Some(kernel) = self.fleet.affinity.get_mut(node) {
                    kernel.closing(trace.protocol, before.dst, after.dst);
                }
                CLOSED_TCP
            } else {
                IDLE
            };
            self.after(delay, Happening::Forgotten(node.clone(), trace.protocol, before.dst, after.dst));
        }
    }

    /// A closed connection, or a flow that has long been idle, counts no more.
    pub(super) fn forget_connection(&mut self, node: &str, protocol: Protocol, server: Addr, endpoint: Addr) {
        let Some(kernel) = self.fleet.affinity.get_mut(node) else { return };
        if protocol != Protocol::Tcp {
            kernel.closing(protocol, server, endpoint);
        }
        kernel.forgotten(protocol, server, endpoint);
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::ProxyMode;
    use crate::net::Protocol;
    use crate::sim::{Load, Scenario, Sim};

    fn shares(scheduler: &str, keep_alive: bool) -> Vec<u64> {
        let mut cluster = crate::proxy::testing::cluster(ProxyMode::Ipvs, crate::proxy::testing::three());
        cluster.settings.proxy.ipvs_scheduler = scheduler.into();
        let load = |port: u8| Load {
            name: String::new(),
            from: crate::cluster::Client::parse("external").unwrap(),
            to: "172.30.0.11:30080".into(),
            protocol: Protocol::Tcp,
            rate: 10.0 + f64::from(port),
            keep_alive,
            habits: Default::default(),
        };
        let scenario = Scenario { load: vec![load(0), load(1), load(2)], ..Scenario::default() };
        let mut sim = Sim::unwatched(cluster, scenario);
        sim.advance(3_000_000);
        let mut counts: Vec<u64> =
            sim.services().flat_map(|service| service.shares()).map(|share| share.connections).collect();
        counts.sort_unstable();
        counts
    }

    #[test]
    fn in_turn_means_evenly_to_the_connection() {
        let counts = shares("rr", false);
        assert!(counts.iter().sum::<u64>() > 60 && counts[2] - counts[0] <= 1, "{counts:?}");
    }

    #[test]
    fn kept_connections_are_spread_by_least_connections() {
        assert_eq!(shares("lc", true), [1, 1, 1]);
    }

    #[test]
    fn a_hash_of_the_client_leaves_all_to_one_endpoint() {
        let counts = shares("sh", false);
        assert_eq!(counts.iter().filter(|count| **count > 0).count(), 1, "{counts:?}");
    }
}
