//! What the proxy makes of one packet: the verdict, in numbers that can be explained afterwards.
//!
//! One way through for the three modes, which differ where noted: nftables refuses wrong ports of cluster IPs and drops
//! unallocated ones; iptables' rules for external addresses without endpoints are not asked for packets of the node's
//! own processes; ipvs falls back from local endpoints to all, and picks by its scheduler.

use std::net::IpAddr;

use super::affinity::Affinity;
use super::ipvs_scheduler::{Question, Server};
use super::node::{NodeProxy, Via};
use super::service_port::{Policy, ServicePort};
use super::table::Key;
use crate::cluster::{DetectLocal, ProxyMode};
use crate::net::{Addr, IpFamily, Protocol};

/// Where a packet comes from, as the node sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// From the network.
    Outside,
    /// From a pod on this node.
    Pod,
    /// From a process in the node's own network.
    Local,
}

/// The first packet of a connection, as it comes to the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet {
    /// Its source address.
    pub source: IpAddr,
    /// Its destination.
    pub destination: Addr,
    /// The protocol.
    pub protocol: Protocol,
    /// Where it comes from.
    pub arrival: Arrival,
}

/// Why the proxy has no opinion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// No rule is about this address and port.
    NoRule,
    /// A cluster IP, but not this port: iptables has no rule for that.
    WrongPort,
    /// Among the cluster IPs, but nobody's: only nftables has a rule for that.
    UnallocatedClusterIp,
    /// A node port, but at an address that does not serve node ports.
    NotServedHere {
        /// The Service port whose node port it is.
        port: u32,
    },
    /// External addresses without endpoints, asked for by a process of the node: iptables rejects only in INPUT and FORWARD.
    NoEndpointsFromNode {
        /// The Service port.
        port: u32,
    },
}

/// Why a packet is refused or dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No usable endpoint anywhere.
    NoEndpoints,
    /// Usable ones, but none on this node under policy Local.
    NoLocalEndpoints,
    /// The source is outside loadBalancerSourceRanges.
    SourceRange,
    /// A cluster IP, but not this port (nftables, ipvs; there also a balancer's or an external address).
    WrongPort,
    /// Among the cluster IPs, but nobody's (nftables).
    UnallocatedClusterIp,
}

/// Why the source is rewritten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masquerade {
    /// `masqueradeAll`.
    All,
    /// Cluster-IP traffic whose source is no pod's.
    OffCluster,
    /// External traffic of policy Cluster.
    External,
    /// A process of the node, at an external address under policy Local.
    LocalProcess,
    /// An endpoint that reaches itself.
    Hairpin,
}

/// What the proxy makes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It goes on as it came.
    NoOpinion(Silence),
    /// Answered with an ICMP error.
    Reject {
        /// The Service port (its place in [`NodeProxy::ports`]) and how the packet came to it, where there is one.
        port: Option<(u32, Via)>,
        /// Why.
        why: Refusal,
    },
    /// Dropped in silence.
    Drop {
        /// As above.
        port: Option<(u32, Via)>,
        /// Why.
        why: Refusal,
    },
    /// The destination becomes an endpoint.
    Dnat {
        /// The Service port: its place in [`NodeProxy::ports`].
        port: u32,
        /// How the packet came to it.
        via: Via,
        /// Which set of endpoints.
        policy: Policy,
        /// The endpoint: its place in [`ServicePort::endpoints`].
        endpoint: u32,
        /// Chosen because the source had it before.
        sticky: bool,
        /// Whether and why the source is rewritten.
        masquerade: Option<Masquerade>,
    },
}

/// What is remembered of a source, for Services with session affinity.
#[derive(Clone, Copy, Debug)]
pub enum Memory<'a> {
    /// Nothing.
    None,
    /// The node's table, read at this time in microseconds.
    Table(&'a Affinity, u64),
    /// The endpoint that the source had last.
    Endpoint(Addr),
}

impl NodeProxy {
    /// Rules on a packet. `pick` is a random number of which all 64 bits count. Neither allocates nor fails.
    pub fn route(&self, packet: &Packet, pick: u64, memory: Memory<'_>) -> Ruling {
        let Packet { destination, protocol, .. } = *packet;
        if let Some((index, via)) = self.table.get(Key::address(destination.ip, destination.port, protocol))
            && let Some(port) = self.ports.get(index as usize)
        {
            return match via {
                Via::ClusterIp => self.internal(port, index, packet, pick, memory),
                _ => self.external(port, index, via, packet, pick, memory),
            };
        }
        if self.is_local(destination.ip) {
            let family = IpFamily::of(destination.ip);
            if let Some((index, via)) = self.table.get(Key::node_port(family, destination.port, protocol))
                && let Some(port) = self.ports.get(index as usize)
            {
                if self.node_port_addresses(family).serves(destination.ip) {
                    return self.external(port, index, via, packet, pick, memory);
                }
                // iptables' rules against ports without endpoints ask only for a local address.
                let bare = Some((index, via));
                return match self.mode {
                    ProxyMode::Iptables if !port.has_endpoints => {
                        Ruling::Reject { port: bare, why: Refusal::NoEndpoints }
                    }
                    ProxyMode::Iptables if port.external_local && port.local.is_empty() => {
                        Ruling::Drop { port: bare, why: Refusal::NoLocalEndpoints }
                    }
                    _ => Ruling::NoOpinion(Silence::NotServedHere { port: index }),
                };
            }
            return Ruling::NoOpinion(Silence::NoRule);
        }
        self.no_service(destination.ip)
    }

    /// No Service port has this address and port.
    fn no_service(&self, ip: IpAddr) -> Ruling {
        if self.cluster_ips.get(Key::cluster_ip(ip)).is_some() {
            return match self.mode {
                ProxyMode::Iptables => Ruling::NoOpinion(Silence::WrongPort),
                ProxyMode::Nftables | ProxyMode::Ipvs => Ruling::Reject { port: None, why: Refusal::WrongPort },
            };
        }
        if self.service_cidrs.iter().any(|range| range.contains(&ip)) {
            return match self.mode {
                ProxyMode::Nftables => Ruling::Drop { port: None, why: Refusal::UnallocatedClusterIp },
                ProxyMode::Iptables | ProxyMode::Ipvs => Ruling::NoOpinion(Silence::UnallocatedClusterIp),
            };
        }
        Ruling::NoOpinion(Silence::NoRule)
    }

    fn internal(&self, port: &ServicePort, index: u32, packet: &Packet, pick: u64, memory: Memory<'_>) -> Ruling {
        let masquerade = if self.masquerade_all {
            Some(Masquerade::All)
        } else if self.can_tell_pods(port.family) {
            (!self.is_from_pod(packet)).then_some(Masquerade::OffCluster)
        } else {
            // ipvs: a process of the node takes the cluster IP, which is bound there, as its source.
            (self.mode == ProxyMode::Ipvs && packet.arrival == Arrival::Local).then_some(Masquerade::OffCluster)
        };
        let policy = port.internal_policy();
        self.send(port, index, Via::ClusterIp, policy, masquerade, packet, pick, memory)
    }

    fn external(
        &self,
        port: &ServicePort,
        index: u32,
        via: Via,
        packet: &Packet,
        pick: u64,
        memory: Memory<'_>,
    ) -> Ruling {
        // iptables makes the firewall's rules only for Services with endpoints, nftables always.
        let guarded = via == Via::LoadBalancer
            && !port.source_ranges.is_empty()
            && (port.has_endpoints || self.mode != ProxyMode::Iptables);
        if guarded && !self.source_allowed(port, packet.source) {
            return Ruling::Drop { port: Some((index, via)), why: Refusal::SourceRange };
        }
        let from_node_to_elsewhere = packet.arrival == Arrival::Local && !self.is_local(packet.destination.ip);
        if !port.has_endpoints && from_node_to_elsewhere && self.mode == ProxyMode::Iptables {
            return Ruling::NoOpinion(Silence::NoEndpointsFromNode { port: index });
        }
        let (policy, masquerade) = if !port.external_local {
            (Policy::Cluster, Some(Masquerade::External))
        } else if self.mode == ProxyMode::Ipvs {
            // No short cuts here: local endpoints, or all where there are none (see `send`).
            (Policy::Local, None)
        } else if self.can_tell_pods(port.family) && self.is_from_pod(packet) {
            (Policy::Cluster, None)
        } else if self.is_local(packet.source) {
            (Policy::Cluster, Some(Masquerade::LocalProcess))
        } else {
            (Policy::Local, None)
        };
        self.send(port, index, via, policy, masquerade, packet, pick, memory)
    }

    #[expect(clippy::too_many_arguments, reason = "one packet's whole situation; a struct would only rename it")]
    fn send(
        &self,
        port: &ServicePort,
        index: u32,
        via: Via,
        policy: Policy,
        masquerade: Option<Masquerade>,
        packet: &Packet,
        pick: u64,
        memory: Memory<'_>,
    ) -> Ruling {
        if !port.has_endpoints {
            return Ruling::Reject { port: Some((index, via)), why: Refusal::NoEndpoints };
        }
        let policy = if self.mode == ProxyMode::Ipvs && port.set(policy).is_empty() { Policy::Cluster } else { policy };
        let set = port.set(policy);
        let remembered = self.remembered(port, set, packet, memory);
        let Some(endpoint) = remembered.or_else(|| self.choose(port, set, packet, pick, memory)) else {
            let port = Some((index, via));
            return match self.mode {
                // A virtual server without real ones answers with an ICMP error.
                ProxyMode::Ipvs => Ruling::Reject { port, why: Refusal::NoLocalEndpoints },
                _ => Ruling::Drop { port, why: Refusal::NoLocalEndpoints },
            };
        };
        let chosen = port.endpoints.get(endpoint as usize);
        let hairpin = chosen.is_some_and(|chosen| {
            chosen.address.ip == packet.source
                && (self.mode == ProxyMode::Iptables || self.in_loop(chosen.address, packet.protocol))
        });
        let masquerade = masquerade.or(hairpin.then_some(Masquerade::Hairpin));
        Ruling::Dnat { port: index, via, policy, endpoint, sticky: remembered.is_some(), masquerade }
    }

    fn choose(&self, port: &ServicePort, set: &[u32], packet: &Packet, pick: u64, memory: Memory<'_>) -> Option<u32> {
        let pick = nth(pick, set.len());
        let Some(scheduler) = self.scheduler.filter(|_| self.mode == ProxyMode::Ipvs) else {
            return set.get(pick).copied();
        };
        let fresh = Server::default();
        let server = match memory {
            Memory::Table(kernel, _) => Some(kernel.server(packet.protocol, packet.destination).unwrap_or(&fresh)),
            Memory::None | Memory::Endpoint(_) => None,
        };
        let (source, destination) = (self.ipvs_source(packet), packet.destination.ip);
        scheduler.choose(set, &port.endpoints, &Question { source, destination, pick, server })
    }

    /// Whether the set of connections from an endpoint to itself has this one: those of every Service's endpoints that
    /// are known to be on the node are in it. iptables has a rule for each endpoint instead.
    fn in_loop(&self, endpoint: Addr, protocol: Protocol) -> bool {
        let here = |port: &ServicePort| {
            let mut reachable = port.reachable.iter().filter_map(|at| port.endpoints.get(*at as usize));
            port.name.protocol == protocol && reachable.any(|known| known.local && known.address == endpoint)
        };
        self.ports.iter().any(here)
    }

    /// The first endpoint of the set that the source had within the time.
    fn remembered(&self, port: &ServicePort, set: &[u32], packet: &Packet, memory: Memory<'_>) -> Option<u32> {
        let source = packet.source;
        let lifetime = u64::from(port.affinity_seconds?).saturating_mul(1_000_000);
        if let (ProxyMode::Ipvs, Memory::Table(kernel, now)) = (self.mode, memory) {
            let server = kernel.server(packet.protocol, packet.destination)?;
            let (address, last) = server.client(self.ipvs_source(packet))?;
            let had = |at: &u32| port.endpoints.get(*at as usize).is_some_and(|endpoint| endpoint.address == address);
            return set.iter().copied().find(had).filter(|_| now.saturating_sub(last) < lifetime);
        }
        set.iter().copied().find(|index| {
            port.endpoints.get(*index as usize).is_some_and(|endpoint| match memory {
                Memory::None => false,
                Memory::Endpoint(address) => address == endpoint.address,
                Memory::Table(affinity, now) => affinity
                    .last(&port.name, source, endpoint.address)
                    .is_some_and(|last| now.saturating_sub(last) < lifetime),
            })
        })
    }

    fn is_from_pod(&self, packet: &Packet) -> bool {
        match self.detect_local {
            DetectLocal::ClusterCidr | DetectLocal::NodeCidr => {
                self.pod_ranges.iter().any(|range| range.contains(&packet.source))
            }
            DetectLocal::BridgeInterface | DetectLocal::InterfaceNamePrefix => packet.arrival == Arrival::Pod,
        }
    }

    fn source_allowed(&self, port: &ServicePort, source: IpAddr) -> bool {
        port.source_ranges.iter().any(|range| range.contains(&source))
            || (port.allow_from_node && port.balancer_ips.contains(&source))
    }
}

/// Spreads 64 random bits evenly over `0..length`.
fn nth(pick: u64, length: usize) -> usize {
    // The product's upper half is below `length`.
    ((u128::from(pick) * length as u128) >> 64) as usize
}
