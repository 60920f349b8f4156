//! Addresses beside those of nodes and pods: hosts outside, and ranges that belong to Services.

use std::net::IpAddr;

use portolan_core::net::{IpFamily, IpNet};

/// Both families.
pub const FAMILIES: [IpFamily; 2] = [IpFamily::V4, IpFamily::V6];

/// Networks of hosts outside: inside the source ranges that clusters use, and beside them.
pub const OUTSIDE: [&str; 4] = ["198.51.100.0/24", "203.0.113.0/24", "2001:db8:1::/64", "2001:db8:2::/64"];
/// Addresses that belong to Services, at the router: balancers' and external ones.
pub const VIRTUAL: [&str; 2] = ["192.0.2.0/24", "2001:db8:ff::/64"];
/// The host parts of outside addresses that enter by the first, second, third node.
pub const BY_NODE: [u8; 3] = [11, 12, 13];
/// The host part of outside addresses whose connections are spread over the nodes.
pub const SPREAD: u8 = 20;
/// The host part of an outside address at which servers may listen.
pub const HOST: u8 = 50;
/// The outside address with this host part in a network of [`OUTSIDE`].
pub fn outside(network: usize, host: u8) -> IpAddr {
    let range: IpNet = OUTSIDE.get(network).and_then(|net| net.parse().ok()).expect("a network");
    with_host(range.addr(), host)
}

fn with_host(address: IpAddr, host: u8) -> IpAddr {
    match address {
        // Networks of this file have room for a byte.
        IpAddr::V4(ip) => IpAddr::V4((u32::from(ip) + u32::from(host)).into()),
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) + u128::from(host)).into()),
    }
}
