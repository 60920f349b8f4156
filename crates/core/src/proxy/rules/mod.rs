//! Rule text, as each mode's tools print it back (`iptables-save`, `nft list ruleset`).
//!
//! Every line is made by one function, so the rule that a trace shows is a line of the whole text.

pub mod iptables;
pub mod nftables;

use super::node::NodeProxy;
use super::route::{Packet, Ruling};
use crate::cluster::ProxyMode;

/// The rules that a packet ran through to its ruling, in order; the one that decided comes last but for what follows
/// from it. Empty where no rule was about it.
pub fn matched(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Vec<String> {
    match proxy.mode {
        ProxyMode::Iptables => iptables::matched(proxy, packet, ruling),
        ProxyMode::Nftables => nftables::matched(proxy, packet, ruling),
        ProxyMode::Ipvs => ipvs(proxy, ruling),
    }
}

/// The one rule that decided, as the mode prints it; `None` where no rule was about the packet.
pub fn deciding(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Option<String> {
    match proxy.mode {
        ProxyMode::Iptables => iptables::deciding(proxy, packet, ruling),
        ProxyMode::Nftables => nftables::deciding(proxy, packet, ruling),
        ProxyMode::Ipvs => ipvs(proxy, ruling).into_iter().last(),
    }
}

/// The rule by which a ruling rewrites the source, as the mode prints it.
pub fn masquerade(proxy: &NodeProxy, ruling: &Ruling) -> Option<String> {
    let Ruling::Dnat { port, endpoint, masquerade: Some(why), .. } = ruling else { return None };
    let port = proxy.ports.get(*port as usize)?;
    match proxy.mode {
        ProxyMode::Iptables => iptables::mark(proxy, port, *why, *endpoint),
        ProxyMode::Nftables => nftables::mark(proxy, port, *why, *endpoint),
        ProxyMode::Ipvs => None,
    }
}

/// ipvs: the virtual server and the real one, as `ipvsadm -Sn` prints them. Its scheduler's order is not modelled: every
/// choice is taken to be even.
fn ipvs(proxy: &NodeProxy, ruling: &Ruling) -> Vec<String> {
    let Ruling::Dnat { port, endpoint, .. } = ruling else { return Vec::new() };
    let Some(port) = proxy.ports.get(*port as usize) else { return Vec::new() };
    let Some(endpoint) = port.endpoints.get(*endpoint as usize) else { return Vec::new() };
    let flag = match port.name.protocol {
        crate::net::Protocol::Tcp => "-t",
        crate::net::Protocol::Udp => "-u",
        crate::net::Protocol::Sctp => "--sctp-service",
    };
    let server = crate::net::Addr::new(port.cluster_ip, port.port);
    vec![
        format!("-A {flag} {server} -s {}", proxy.ipvs_scheduler),
        format!("-a {flag} {server} -r {} -m -w 1", endpoint.address),
    ]
}
