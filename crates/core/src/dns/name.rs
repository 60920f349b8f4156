//! Domain names as text: absolute form, labels, zones, reverse names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The name with its final dot.
pub(super) fn absolute(name: &str) -> String {
    if name.ends_with('.') { name.to_string() } else { format!("{name}.") }
}

/// The name without its final dot.
pub(super) fn relative(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// Whether a question can carry this name at all: labels of 1 to 63 bytes, 253 in all.
pub(super) fn is_valid(name: &str) -> bool {
    let name = relative(name);
    name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

/// Whether `name` is `zone` or lies under it, in any case.
pub(super) fn is_under(name: &str, zone: &str) -> bool {
    prefix(name, zone).is_some()
}

/// What stands before `zone` in `name`, without the dot between; `None` outside the zone.
pub(super) fn prefix<'a>(name: &'a str, zone: &str) -> Option<&'a str> {
    let (name, zone) = (relative(name), relative(zone));
    let at = name.len().checked_sub(zone.len())?;
    // `get` guards against an offset inside a character.
    if !name.get(at..)?.eq_ignore_ascii_case(zone) {
        return None;
    }
    if at == 0 { Some("") } else { name.get(..at)?.strip_suffix('.') }
}

/// The address that a name under in-addr.arpa or ip6.arpa stands for.
pub(super) fn reverse_address(name: &str) -> Option<IpAddr> {
    if let Some(rest) = prefix(name, "in-addr.arpa") {
        let octets: Vec<&str> = rest.split('.').rev().collect();
        return (octets.len() == 4).then(|| octets.join(".").parse::<Ipv4Addr>().ok()).flatten().map(IpAddr::V4);
    }
    let rest = prefix(name, "ip6.arpa")?;
    let mut bits: u128 = 0;
    let mut count = 0;
    for label in rest.split('.').rev() {
        let digit = u128::from_str_radix(label, 16).ok().filter(|_| label.len() == 1)?;
        bits = bits << 4 | digit;
        count += 1;
        if count > 32 {
            return None;
        }
    }
    (count == 32).then_some(IpAddr::V6(Ipv6Addr::from(bits)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_off_a_zone_in_any_case() {
        assert_eq!(prefix("web.default.svc.Cluster.Local.", "cluster.local"), Some("web.default.svc"));
        assert_eq!(prefix("cluster.local", "cluster.local"), Some(""));
        assert_eq!(prefix("mycluster.local", "cluster.local"), None);
        assert_eq!(prefix("é.local", "abcdé.local"), None);
    }

    #[test]
    fn reads_reverse_names() {
        assert_eq!(reverse_address("10.0.96.10.in-addr.arpa."), Some("10.96.0.10".parse().unwrap()));
        assert_eq!(reverse_address("0.96.10.in-addr.arpa."), None);
        let v6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.4.3.2.1.ip6.arpa.";
        assert_eq!(reverse_address(v6), Some("1234:abcd::1".parse().unwrap()));
        assert_eq!(reverse_address("+1.ip6.arpa"), None);
    }

    #[test]
    fn refuses_names_that_no_question_can_carry() {
        assert!(is_valid("a.b."));
        assert!(!is_valid("a..b"));
        assert!(!is_valid(""));
        assert!(!is_valid(&"a".repeat(64)));
    }
}
