//! A table from addresses to Service ports: one probe or two, no allocation, no order that could leak out.

use std::net::IpAddr;

use crate::net::{IpFamily, Protocol};

/// What is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    address: u128,
    /// Port, protocol and family packed.
    rest: u32,
}

impl Key {
    /// An address with a port.
    pub(crate) fn address(ip: IpAddr, port: u16, protocol: Protocol) -> Self {
        Key::new(ip, port, 1 + protocol as u32)
    }

    /// A port of the node itself.
    pub(crate) fn node_port(family: IpFamily, port: u16, protocol: Protocol) -> Self {
        Key { address: 0, rest: u32::from(port) | (5 + protocol as u32) << 16 | (family as u32) << 24 }
    }

    /// A virtual address, whatever the port.
    pub(crate) fn cluster_ip(ip: IpAddr) -> Self {
        Key::new(ip, 0, 0)
    }

    fn new(ip: IpAddr, port: u16, tag: u32) -> Self {
        let address = match ip {
            IpAddr::V4(ip) => u128::from(u32::from(ip)),
            IpAddr::V6(ip) => u128::from(ip),
        };
        Key { address, rest: u32::from(port) | tag << 16 | (IpFamily::of(ip) as u32) << 24 }
    }

    fn hash(self) -> u64 {
        // The halves of the address and the rest, mixed by odd constants.
        let mut hash = (self.address as u64) ^ ((self.address >> 64) as u64).rotate_left(32);
        hash = (hash ^ u64::from(self.rest).rotate_left(40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash ^= hash >> 29;
        hash.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 16
    }
}

/// Open addressing with linear probing; at most half of the slots are taken.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table<V> {
    slots: Vec<Option<(Key, V)>>,
    len: usize,
}

impl<V: Copy> Table<V> {
    pub(crate) fn with_capacity(entries: usize) -> Self {
        Table { slots: vec![None; (entries.max(4) * 2).next_power_of_two()], len: 0 }
    }

    /// Adds an entry unless its key is taken: of two rules for one address the first wins.
    pub(crate) fn insert(&mut self, key: Key, value: V) {
        if (self.len + 1) * 2 > self.slots.len() {
            let mut bigger = Table::with_capacity(self.slots.len().max(8));
            for (key, value) in self.slots.drain(..).flatten() {
                bigger.insert(key, value);
            }
            *self = bigger;
        }
        let mask = self.slots.len() - 1;
        let mut at = key.hash() as usize & mask;
        // There is always a free slot, since at most half are taken; `at` stays below the power of two.
        loop {
            match &self.slots[at] {
                Some((taken, _)) if *taken == key => return,
                Some(_) => at = (at + 1) & mask,
                None => break,
            }
        }
        self.slots[at] = Some((key, value));
        self.len += 1;
    }

    pub(crate) fn get(&self, key: Key) -> Option<V> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut at = key.hash() as usize & mask;
        loop {
            match self.slots.get(at)? {
                Some((taken, value)) if *taken == key => return Some(*value),
                Some(_) => at = (at + 1) & mask,
                None => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_first_is_found_and_nothing_else() {
        let mut table = Table::with_capacity(0);
        let key = |n: u16| Key::address(IpAddr::from([10, 96, (n >> 8) as u8, n as u8]), n, Protocol::Tcp);
        for n in 0..1000_u16 {
            table.insert(key(n), n);
            table.insert(key(n), 9999);
        }
        for n in 0..1000_u16 {
            assert_eq!(table.get(key(n)), Some(n));
        }
        assert_eq!(table.get(key(1000)), None);
        assert_eq!(table.get(Key::address(IpAddr::from([10, 96, 0, 1]), 1, Protocol::Udp)), None);
        assert_eq!(Table::<u8>::default().get(key(1)), None);
    }
}
