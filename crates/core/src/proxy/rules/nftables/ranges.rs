//! How nft prints a set of ranges that stands in a rule: sorted, and with intervals in it also merged.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::net::IpNet;
use crate::sort;

/// The ranges as nft prints them back: one alone without braces.
pub(super) fn anonymous_set(ranges: &[IpNet]) -> String {
    if let [one] = ranges {
        return range(*one);
    }
    let hosts = ranges.iter().all(|range| range.prefix_len() == range.max_prefix_len());
    let mut spans: Vec<(u128, u128)> =
        ranges.iter().map(|range| (number(range.network()), number(range.broadcast()))).collect();
    sort::natural(&mut spans);
    spans.dedup();
    let mut merged: Vec<(u128, u128)> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match merged.last_mut() {
            Some(last) if !hosts && start <= last.1.saturating_add(1) => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    let v4 = ranges.first().is_some_and(|range| range.addr().is_ipv4());
    let elements: Vec<String> = merged.into_iter().map(|(start, end)| span(start, end, v4)).collect();
    format!("{{ {} }}", elements.join(", "))
}

/// A range; a host without its length.
pub(super) fn range(range: IpNet) -> String {
    if range.prefix_len() == range.max_prefix_len() { range.addr().to_string() } else { range.trunc().to_string() }
}

fn number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(u32::from(ip)),
        IpAddr::V6(ip) => u128::from(ip),
    }
}

fn span(start: u128, end: u128, v4: bool) -> String {
    let (address, bits): (fn(u128) -> IpAddr, u32) = if v4 {
        // Numbers of IPv4 addresses fit.
        (|number| IpAddr::V4(Ipv4Addr::from(u32::try_from(number).unwrap_or(u32::MAX))), 32)
    } else {
        (|number| IpAddr::V6(Ipv6Addr::from(number)), 128)
    };
    // A prefix: its length is a power of two, and it starts at a multiple of that.
    let gap = end - start;
    let free = gap.trailing_ones();
    if gap.count_ones() == free && start & gap == 0 {
        let length = u8::try_from(bits.saturating_sub(free)).unwrap_or(0);
        return IpNet::new(address(start), length).map_or_else(|_| address(start).to_string(), range);
    }
    format!("{}-{}", address(start), address(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_print_as_nft_prints_them_back() {
        for (given, printed) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.1/32", "10.0.0.1"),
            ("10.0.0.0/8 10.1.0.0/16", "{ 10.0.0.0/8 }"),
            ("10.2.0.0/16 10.0.0.0/16 192.168.0.0/24", "{ 10.0.0.0/16, 10.2.0.0/16, 192.168.0.0/24 }"),
            ("10.0.0.0/9 10.128.0.0/9", "{ 10.0.0.0/8 }"),
            ("10.0.2.0/24 10.0.0.0/23 10.9.0.0/16", "{ 10.0.0.0-10.0.2.255, 10.9.0.0/16 }"),
            (
                "203.0.113.7/32 198.51.100.1/32 10.0.0.4/32 10.0.0.3/32",
                "{ 10.0.0.3, 10.0.0.4, 198.51.100.1, 203.0.113.7 }",
            ),
            ("10.0.0.5/32 10.0.0.4/32 10.0.0.0/30", "{ 10.0.0.0-10.0.0.5 }"),
            ("10.0.0.5/32 10.0.0.5/32", "{ 10.0.0.5 }"),
            ("0.0.0.0/0 10.0.0.1/32", "{ 0.0.0.0/0 }"),
            ("fd00::/65 fd00:0:0:0:8000::/65 fd01::/64", "{ fd00::/64, fd01::/64 }"),
            ("::/0 fd05::7/128", "{ ::/0 }"),
        ] {
            let ranges: Vec<IpNet> = given.split(' ').map(|text| text.parse().unwrap()).collect();
            assert_eq!(anonymous_set(&ranges), printed);
        }
    }
}
