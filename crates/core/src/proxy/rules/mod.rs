//! Rule text, as each mode's tools print it back (`iptables-save`, `nft list ruleset`, `ipvsadm -S -n`).
//!
//! Every line is made by one function, so the rule that a trace shows is a line of the whole text.

pub mod iptables;
mod ipvs;
mod listing;
pub mod nftables;
#[cfg(test)]
mod tests;

use std::rc::Rc;

pub use listing::{Line, Listing, Whose};

use super::node::NodeProxy;
use super::route::{Packet, Ruling};
use crate::cluster::ProxyMode;
use crate::net::IpFamily;
use crate::objects::ObjectRef;

/// One rule, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The table as nft calls it, of iptables too: `ip nat`, `ip6 filter`, `ip kube-proxy`. `ipvs` and `ipset` hold what
    /// ipvsadm and ipset list.
    pub table: &'static str,
    /// The chain, set or map; of a virtual server its address and port.
    pub chain: String,
    /// The rule or the element, as it stands in the rule text.
    pub text: String,
}

impl Rule {
    /// A rule of iptables, which names its chain.
    fn of_chain(table: &'static str, text: String) -> Self {
        Rule { table, chain: text.split(' ').nth(1).unwrap_or_default().to_string(), text }
    }
}

/// A ruling with all that is needed to say later by which rules it came about.
#[derive(Clone, Debug)]
pub struct Ruled {
    /// The proxy as it was then.
    pub proxy: Rc<NodeProxy>,
    /// The packet as it came.
    pub packet: Packet,
    /// What was made of it.
    pub ruling: Ruling,
    /// This is about the rewrite of the source alone, which comes last.
    pub rewriting: bool,
}

impl PartialEq for Ruled {
    fn eq(&self, other: &Self) -> bool {
        (self.packet, self.ruling, self.rewriting) == (other.packet, other.ruling, other.rewriting)
    }
}

impl Eq for Ruled {}

impl Ruled {
    /// The rules that matched and had a part in it, in the order in which the packet meets them.
    pub fn rules(&self) -> Vec<Rule> {
        let of = if self.rewriting { |a: &_, _: &_, b: &_| rewriting(a, b) } else { matched };
        of(&self.proxy, &self.packet, &self.ruling)
    }
}

/// The whole rule text of a node: both families, one after the other. For ipvs, the virtual servers with the real ones,
/// then the ipsets and the iptables rules of each family.
pub fn print(proxy: &NodeProxy) -> String {
    list(proxy, None).text
}

/// The same as lines that know whose they are; of one Service alone beside what every node has, if one is given.
pub fn list(proxy: &NodeProxy, of: Option<&ObjectRef>) -> Listing {
    let mut listing = Listing::default();
    match proxy.mode {
        ProxyMode::Nftables => nftables::list(proxy, of, &mut listing),
        ProxyMode::Iptables => {
            iptables::list(proxy, IpFamily::V4, of, &mut listing);
            if proxy.ports.iter().any(|port| port.family == IpFamily::V6) {
                listing.head(None, &["# ip6tables"]);
                iptables::list(proxy, IpFamily::V6, of, &mut listing);
            }
        }
        ProxyMode::Ipvs => ipvs::list(proxy, of, &mut listing),
    }
    listing
}

/// The rules that a packet matched on its way to its ruling, in order, elements of sets and maps behind the rules that
/// ask them: each that had a part in it, from where its address is told to the rewrite of its destination or its end.
/// Jumps from the kernel's own chains, which every packet takes, are left out. Empty where no rule was about it.
pub fn matched(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Vec<Rule> {
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
        ProxyMode::Ipvs => ipvs::deciding(proxy, packet, ruling),
    }
}

/// The rules by which a ruling rewrites the source: the one that asks for it, and those that do it behind the routing.
pub fn rewriting(proxy: &NodeProxy, ruling: &Ruling) -> Vec<Rule> {
    let Ruling::Dnat { port, via, endpoint, masquerade: Some(why), .. } = ruling else { return Vec::new() };
    let Some(port) = proxy.ports.get(*port as usize) else { return Vec::new() };
    match proxy.mode {
        ProxyMode::Iptables => iptables::rewriting(proxy, port, *why, *endpoint),
        ProxyMode::Nftables => nftables::rewriting(proxy, port, *why, *endpoint),
        ProxyMode::Ipvs => ipvs::rewriting(proxy, port, *via, *why, *endpoint),
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
