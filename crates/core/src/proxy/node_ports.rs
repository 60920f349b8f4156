//! Which of a node's addresses serve node ports (`pkg/proxy/util/nodeport_addresses.go`, and each mode's own rule).

use std::net::{IpAddr, Ipv4Addr};

use crate::cluster::{ProxyMode, ProxySettings};
use crate::net::{IpFamily, IpNet};

/// The addresses of one family that serve node ports.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePortAddresses {
    /// Every local address, but for what the mode leaves out.
    pub all: bool,
    /// The ranges, where not all.
    pub ranges: Vec<IpNet>,
    /// Whether 127.0.0.0/8 serves too.
    pub loopback: bool,
}

impl NodePortAddresses {
    /// From `nodePortAddresses`: ranges of the family, or `primary`; where nothing is said, nftables takes the primary
    /// addresses and the others take all. A family without a range (or without a primary address) takes all.
    pub(crate) fn new(settings: &ProxySettings, family: IpFamily, primary: Option<IpAddr>) -> Self {
        let said = &settings.node_port_addresses;
        let is_primary = match said.as_slice() {
            [] => settings.mode == ProxyMode::Nftables,
            [word] => word == "primary",
            _ => false,
        };
        let ranges: Vec<IpNet> = if is_primary {
            primary.map(IpNet::from).into_iter().collect()
        } else {
            let parsed = said.iter().filter_map(|text| text.parse::<IpNet>().ok());
            parsed.filter(|range| IpFamily::of(range.addr()) == family).collect()
        };
        let all = ranges.is_empty() || ranges.iter().any(|range| range.prefix_len() == 0);
        let loopback = settings.mode == ProxyMode::Iptables
            && family == IpFamily::V4
            && settings.localhost_node_ports
            && (all || ranges.iter().any(|range| range.network().is_loopback() || range.contains(&NET_LOOPBACK)));
        NodePortAddresses { all, ranges: if all { Vec::new() } else { ranges }, loopback }
    }

    /// Whether a local address serves node ports.
    pub fn serves(&self, local: IpAddr) -> bool {
        if local.is_loopback() && !self.loopback {
            return false;
        }
        // Ranges pick among the addresses of interfaces, and the loopback's is one: 127.0.0.1.
        let of_an_interface = !local.is_loopback() || local == LOCALHOST;
        self.all || (of_an_interface && self.ranges.iter().any(|range| range.contains(&local)))
    }
}

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const NET_LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0));
