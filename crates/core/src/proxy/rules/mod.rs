//! Rule text, as each mode's tools print it back (`iptables-save`, `nft list ruleset`, `ipvsadm -S -n`).
//!
//! Every line is made by one function, so the rule that a trace shows is a line of the whole text.

pub mod iptables;
mod ipvs;
pub mod nftables;
#[cfg(test)]
mod tests;

use super::node::NodeProxy;
use super::route::{Packet, Ruling};
use crate::cluster::ProxyMode;
use crate::net::IpFamily;

/// The whole rule text of a node: both families, one after the other. For ipvs, the virtual servers with the real ones,
/// then the ipsets and the iptables rules of each family.
pub fn print(proxy: &NodeProxy) -> String {
    match proxy.mode {
        ProxyMode::Nftables => nftables::print(proxy),
        ProxyMode::Iptables => {
            let v6 = proxy.ports.iter().any(|port| port.family == IpFamily::V6);
            let mut text = iptables::print(proxy, IpFamily::V4);
            if v6 {
                text.push_str("# ip6tables\n");
                text.push_str(&iptables::print(proxy, IpFamily::V6));
            }
            text
        }
        ProxyMode::Ipvs => ipvs::print(proxy),
    }
}

/// The rules that a packet ran through to its ruling, in order; the one that decided comes last but for what follows
/// from it. Empty where no rule was about it.
pub fn matched(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Vec<String> {
    match proxy.mode {
        ProxyMode::Iptables => iptables::matched(proxy, packet, ruling),
        ProxyMode::Nftables => nftables::matched(proxy, packet, ruling),
        ProxyMode::Ipvs => ipvs::matched(proxy, packet, ruling),
    }
}

/// The one rule that decided, as the mode prints it; `None` where no rule was about the packet.
pub fn deciding(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Option<String> {
    match proxy.mode {
        ProxyMode::Iptables => iptables::deciding(proxy, packet, ruling),
        ProxyMode::Nftables => nftables::deciding(proxy, packet, ruling),
        ProxyMode::Ipvs => ipvs::matched(proxy, packet, ruling).into_iter().last(),
    }
}

/// The rule by which a ruling rewrites the source, as the mode prints it.
pub fn masquerade(proxy: &NodeProxy, ruling: &Ruling) -> Option<String> {
    let Ruling::Dnat { port, via, endpoint, masquerade: Some(why), .. } = ruling else { return None };
    let port = proxy.ports.get(*port as usize)?;
    match proxy.mode {
        ProxyMode::Iptables => iptables::mark(proxy, port, *why, *endpoint),
        ProxyMode::Nftables => nftables::mark(proxy, port, *why, *endpoint),
        ProxyMode::Ipvs => ipvs::mark(proxy, port, *via, *why),
    }
}
