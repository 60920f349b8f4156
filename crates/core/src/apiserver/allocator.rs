//! Cluster IPs and node ports that are taken, and how the next one is picked.
//!
//! Follows `pkg/registry/core/service/{ipallocator,portallocator}`: the low band of a range is left to those who
//! choose by hand; the server's own picks come from above it, and from the band only once the rest is full. Upstream
//! picks at random; here the pick follows from the seed and from who asks, so that one manifest gets the same
//! values whatever stands around it.

use crate::collections::Set;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::net::{IpFamily, IpNet};

/// Why a value cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Outside the range.
    NotInRange,
    /// Somebody has it.
    Allocated,
    /// Nothing left.
    Full,
}

/// A number that depends on the seed and on these words only.
pub(crate) fn pick(seed: u64, words: &[&str]) -> u64 {
    // FNV-1a over the words, then the finalizer of splitmix64, so that near names land far apart.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for word in words {
        for byte in word.bytes().chain([0]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// One service range.
#[derive(Clone, Debug)]
struct Range {
    net: IpNet,
    first: u128,
    /// Where the band for hand-picked addresses ends.
    middle: u128,
    last: u128,
}

impl Range {
    fn new(net: IpNet) -> Self {
        let net = net.trunc();
        let network = number(net.network());
        let broadcast = number(net.broadcast());
        // Neither the network's own address nor, with IPv4, the broadcast address is ever given.
        let first = network.saturating_add(1).min(broadcast);
        let last = if net.addr().is_ipv4() { broadcast.saturating_sub(1).max(first) } else { broadcast };
        let size = broadcast - network;
        let size = size.saturating_add(1);
        let band = if size <= 16 { 0 } else { (size / 16).clamp(16, 256) };
        Range { net, first, middle: first.saturating_add(band).min(last), last }
    }

    fn holds(&self, address: IpAddr) -> bool {
        self.net.contains(&address) && (self.first..=self.last).contains(&number(address))
    }
}

/// The cluster IPs.
#[derive(Clone, Debug)]
pub(crate) struct IpPool {
    ranges: Vec<Range>,
    /// The families that the server was started with; further ranges add none.
    families: Vec<IpFamily>,
    taken: Set<IpAddr>,
}

impl IpPool {
    pub(crate) fn new(nets: &[IpNet]) -> Self {
        let families = nets.iter().map(|net| IpFamily::of(net.addr())).collect();
        IpPool { ranges: nets.iter().copied().map(Range::new).collect(), families, taken: Set::new() }
    }

    /// One more range (a ServiceCIDR object).
    pub(crate) fn add_range(&mut self, net: IpNet) {
        if !self.ranges.iter().any(|range| range.net == net.trunc()) {
            self.ranges.push(Range::new(net));
        }
    }

    /// Takes a range away again; those that the server was started with stay.
    pub(crate) fn remove_range(&mut self, net: IpNet) {
        let own = self.families.len();
        let mut at = 0;
        self.ranges.retain(|range| {
            at += 1;
            at <= own || range.net != net.trunc()
        });
    }

    /// The family of the first range.
    pub(crate) fn primary(&self) -> IpFamily {
        self.ranges.first().map_or(IpFamily::V4, |range| IpFamily::of(range.net.addr()))
    }

    pub(crate) fn has_family(&self, family: IpFamily) -> bool {
        self.families.contains(&family)
    }

    /// The first address of the first range: that of `default/kubernetes`.
    pub(crate) fn first(&self) -> Option<IpAddr> {
        self.ranges.first().map(|range| address(range.first, range.net.addr().is_ipv4()))
    }

    pub(crate) fn allocate(&mut self, address: IpAddr) -> Result<(), Taken> {
        if !self.ranges.iter().any(|range| range.holds(address)) {
            return Err(Taken::NotInRange);
        }
        if self.taken.insert(address) { Ok(()) } else { Err(Taken::Allocated) }
    }

    /// The address that `hash` leads to, or the next free one.
    pub(crate) fn allocate_next(&mut self, family: IpFamily, hash: u64) -> Result<IpAddr, Taken> {
        for range in &self.ranges {
            if IpFamily::of(range.net.addr()) != family {
                continue;
            }
            let v4 = range.net.addr().is_ipv4();
            let mut bands = vec![(range.middle, range.last)];
            if range.middle > range.first {
                bands.push((range.first, range.middle - 1));
            }
            for (low, high) in bands {
                if let Some(free) = self.next_free(low, high, hash, v4) {
                    self.taken.insert(free);
                    return Ok(free);
                }
            }
        }
        Err(Taken::Full)
    }

    fn next_free(&self, low: u128, high: u128, hash: u64, v4: bool) -> Option<IpAddr> {
        // high >= low in every band, and a range never spans all 2^128 addresses minus its first.
        let size = high.checked_sub(low)?.saturating_add(1);
        let start = low + u128::from(hash) % size;
        let free = |from: u128, to: u128| {
            let mut candidate = from;
            // Taken addresses in order: the first gap is free.
            for taken in self.taken.iter_from(&address(from, v4)) {
                if *taken > address(to, v4) || number(*taken) != candidate {
                    break;
                }
                candidate = candidate.checked_add(1)?;
            }
            (candidate <= to).then(|| address(candidate, v4))
        };
        free(start, high).or_else(|| if start > low { free(low, start - 1) } else { None })
    }

    pub(crate) fn release(&mut self, address: IpAddr) {
        self.taken.remove(&address);
    }

    /// Takes note of an address without any check: objects that are stored already.
    pub(crate) fn note(&mut self, address: IpAddr) {
        self.taken.insert(address);
    }
}

fn address(number: u128, v4: bool) -> IpAddr {
    if v4 {
        // IPv4 ranges hold 32-bit numbers only.
        IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX)))
    } else {
        IpAddr::V6(Ipv6Addr::from(number))
    }
}

/// The node ports.
#[derive(Clone, Debug)]
pub(crate) struct PortPool {
    low: u16,
    high: u16,
    taken: Set<u16>,
}

impl PortPool {
    pub(crate) fn new((low, high): (u16, u16)) -> Self {
        PortPool { low, high, taken: Set::new() }
    }

    /// What the server says about a port that it cannot give.
    pub(crate) fn explain(&self, why: Taken) -> String {
        match why {
            Taken::NotInRange => format!(
                "provided port is not in the valid range. The range of valid ports is {}-{}",
                self.low, self.high
            ),
            Taken::Allocated => "provided port is already allocated".to_string(),
            Taken::Full => "range is full".to_string(),
        }
    }

    pub(crate) fn allocate(&mut self, port: i64) -> Result<u16, Taken> {
        let port = u16::try_from(port).map_err(|_| Taken::NotInRange)?;
        if port < self.low || port > self.high {
            return Err(Taken::NotInRange);
        }
        if self.taken.insert(port) { Ok(port) } else { Err(Taken::Allocated) }
    }

    pub(crate) fn allocate_next(&mut self, hash: u64) -> Result<u16, Taken> {
        let size = u32::from(self.high.saturating_sub(self.low)) + 1;
        let band = if size <= 16 { 0 } else { (size / 32).clamp(16, 128) };
        // band is at most 128 and smaller than the range.
        let middle = self.low.saturating_add(u16::try_from(band).unwrap_or(0));
        for (low, high) in [(middle, self.high), (self.low, middle.saturating_sub(1))] {
            if high < low {
                continue;
            }
            let size = u64::from(high - low) + 1;
            // The remainder is smaller than size, so at most 65535.
            let start = low + u16::try_from(hash % size).unwrap_or(0);
            if let Some(port) = (start..=high).chain(low..start).find(|port| !self.taken.contains(port)) {
                self.taken.insert(port);
                return Ok(port);
            }
        }
        Err(Taken::Full)
    }

    pub(crate) fn release(&mut self, port: i64) {
        if let Ok(port) = u16::try_from(port) {
            self.taken.remove(&port);
        }
    }

    /// Takes note of a port without any check: objects that are stored already.
    pub(crate) fn note(&mut self, port: i64) {
        if let Ok(port) = u16::try_from(port) {
            self.taken.insert(port);
        }
    }
}

/// What one request has taken and wants to give back: undone as a whole or kept as a whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    ips: Vec<IpAddr>,
    ports: Vec<u16>,
    release_ips: Vec<IpAddr>,
    release_ports: Vec<i64>,
}

/// Both pools.
#[derive(Clone, Debug)]
pub(crate) struct Pools {
    /// The cluster IPs.
    pub(crate) ips: IpPool,
    /// The node ports.
    pub(crate) ports: PortPool,
    /// The seed of picks.
    pub(crate) seed: u64,
}

impl Pools {
    pub(crate) fn take_ip(&mut self, txn: &mut Transaction, address: IpAddr) -> Result<(), Taken> {
        self.ips.allocate(address)?;
        txn.ips.push(address);
        Ok(())
    }

    pub(crate) fn next_ip(&mut self, txn: &mut Transaction, family: IpFamily, words: &[&str]) -> Result<IpAddr, Taken> {
        let address = self.ips.allocate_next(family, pick(self.seed, words))?;
        txn.ips.push(address);
        Ok(address)
    }

    pub(crate) fn take_port(&mut self, txn: &mut Transaction, port: i64) -> Result<(), Taken> {
        txn.ports.push(self.ports.allocate(port)?);
        Ok(())
    }

    pub(crate) fn next_port(&mut self, txn: &mut Transaction, words: &[&str]) -> Result<i64, Taken> {
        let port = self.ports.allocate_next(pick(self.seed, words))?;
        txn.ports.push(port);
        Ok(i64::from(port))
    }

    /// Gives back what the request has taken.
    pub(crate) fn revert(&mut self, txn: Transaction) {
        for address in txn.ips {
            self.ips.release(address);
        }
        for port in txn.ports {
            self.ports.release(i64::from(port));
        }
    }

    /// Keeps it, and gives back what is no longer needed.
    pub(crate) fn commit(&mut self, txn: Transaction) {
        for address in txn.release_ips {
            self.ips.release(address);
        }
        for port in txn.release_ports {
            self.ports.release(port);
        }
    }
}

impl Transaction {
    pub(crate) fn release_ip(&mut self, address: IpAddr) {
        self.release_ips.push(address);
    }

    pub(crate) fn release_port(&mut self, port: i64) {
        self.release_ports.push(port);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_avoid_the_low_band_until_the_rest_is_full() {
        let mut pool = PortPool::new((30000, 32767));
        for hash in 0..2682u64 {
            let port = pool.allocate_next(hash.wrapping_mul(7919)).unwrap();
            assert!(port >= 30086, "{port}");
        }
        assert!(pool.allocate_next(5).unwrap() < 30086);
    }

    #[test]
    fn a_small_range_gives_every_host_address_once() {
        let mut pool = IpPool::new(&["10.0.0.0/29".parse().unwrap()]);
        let mut given: Vec<IpAddr> = Vec::new();
        while let Ok(address) = pool.allocate_next(IpFamily::V4, 3) {
            given.push(address);
        }
        given.sort();
        assert_eq!(given.len(), 6);
        assert_eq!(given[0].to_string(), "10.0.0.1");
        assert_eq!(pool.allocate("10.0.0.0".parse().unwrap()), Err(Taken::NotInRange));
        assert_eq!(pool.allocate("10.0.0.7".parse().unwrap()), Err(Taken::NotInRange));
    }

    #[test]
    fn odd_ranges_do_not_break_the_pool() {
        for net in ["10.0.0.0/32", "10.0.0.0/31", "0.0.0.0/0", "::/0", "fd00::/128", "255.255.255.255/32"] {
            let mut pool = IpPool::new(&[net.parse().unwrap()]);
            let family = pool.primary();
            let _ = pool.first();
            for hash in [0, 1, u64::MAX] {
                let _ = pool.allocate_next(family, hash);
            }
        }
        let mut ports = PortPool::new((65535, 0));
        let _ = ports.allocate_next(9);
        let mut ports = PortPool::new((0, 65535));
        let _ = ports.allocate_next(u64::MAX);
    }

    #[test]
    fn the_same_words_lead_to_the_same_number() {
        assert_eq!(pick(1, &["default", "web"]), pick(1, &["default", "web"]));
        assert_ne!(pick(1, &["default", "web"]), pick(2, &["default", "web"]));
        assert_ne!(pick(1, &["a", "bc"]), pick(1, &["ab", "c"]));
    }
}
