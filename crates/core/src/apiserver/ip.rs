//! Addresses and ranges as text: what 1.36 accepts, refuses and warns about.
//!
//! Follows apimachinery's `pkg/util/validation/ip.go` and the old parser of Go that it keeps for old fields
//! (`k8s.io/utils/net`, "sloppy": leading zeros are let through).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::field::{ErrorList, Path, go_quote, invalid};

/// The old parser: IPv4 with leading zeros, IPv6 groups of any length up to 0xffff; no zones.
pub(crate) fn parse_sloppy(text: &str) -> Option<IpAddr> {
    match text.bytes().find(|b| matches!(b, b'.' | b':'))? {
        b'.' => sloppy_v4(text).map(IpAddr::V4),
        _ => sloppy_v6(text).map(IpAddr::V6),
    }
}

/// An IPv4-mapped IPv6 address counts as IPv4 there.
pub(crate) fn is_v6(text: &str) -> bool {
    matches!(parse_sloppy(text), Some(IpAddr::V6(address)) if address.to_ipv4_mapped().is_none())
}

fn sloppy_v4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        // Zeros at the front do not count, however many.
        *octet = match part.trim_start_matches('0') {
            "" => 0,
            digits => digits.parse().ok()?,
        };
    }
    if parts.next().is_some() { None } else { Some(Ipv4Addr::from(octets)) }
}

fn sloppy_v6(text: &str) -> Option<Ipv6Addr> {
    let (head, tail) = match text.split_once("::") {
        Some((head, tail)) => (head, Some(tail)),
        None => (text, None),
    };
    let mut groups = sloppy_groups(head, tail.is_none())?;
    match tail {
        None => {}
        Some(tail) => {
            if tail.contains("::") {
                return None;
            }
            let end = sloppy_groups(tail, true)?;
            // At least one group must be left for the ellipsis.
            if groups.len() + end.len() > 7 {
                return None;
            }
            groups.resize(8 - end.len(), 0);
            groups.extend(end);
        }
    }
    let groups: [u16; 8] = groups.try_into().ok()?;
    Some(Ipv6Addr::from(groups))
}

fn sloppy_groups(text: &str, last: bool) -> Option<Vec<u16>> {
    let mut groups = Vec::new();
    if text.is_empty() {
        return Some(groups);
    }
    let count = text.split(':').count();
    for (i, part) in text.split(':').enumerate() {
        if part.contains('.') {
            if !last || i + 1 != count {
                return None;
            }
            let [a, b, c, d] = sloppy_v4(part)?.octets();
            groups.push(u16::from_be_bytes([a, b]));
            groups.push(u16::from_be_bytes([c, d]));
            continue;
        }
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        groups.push(match part.trim_start_matches('0') {
            "" => 0,
            digits => u16::from_str_radix(digits, 16).ok()?,
        });
        if groups.len() > 8 {
            return None;
        }
    }
    Some(groups)
}

/// An address as Go's `net.IP` prints it: IPv4-mapped ones as IPv4.
fn plain(address: IpAddr) -> String {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or_else(|| v6.to_string(), |v4| v4.to_string()),
        IpAddr::V4(v4) => v4.to_string(),
    }
}

fn is_mapped(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some())
}

/// An address in an old field (`IsValidIPForLegacyField`); `existing` values of an update pass as they are.
pub(crate) fn validate_ip(path: &Path, text: &str, existing: &[String]) -> ErrorList {
    if existing.iter().any(|old| old == text) {
        return Vec::new();
    }
    let Some(_) = parse_sloppy(text) else {
        return vec![invalid(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")];
    };
    match text.parse::<IpAddr>() {
        Err(_) => vec![invalid(path, text, "must not have leading 0s")],
        Ok(address) if is_mapped(address) => {
            vec![invalid(path, text, "must not be an IPv4-mapped IPv6 address")]
        }
        Ok(_) => Vec::new(),
    }
}

/// A range in an old field (`IsValidCIDRForLegacyField`).
pub(crate) fn validate_cidr(path: &Path, text: &str, existing: &[String]) -> ErrorList {
    if existing.iter().any(|old| old == text) {
        return Vec::new();
    }
    let Some((_, bits)) = parse_cidr_sloppy(text) else {
        return vec![invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
    };
    let (address, length) = text.split_once('/').unwrap_or((text, ""));
    let strict = address.parse::<IpAddr>().ok().filter(|_| length == bits.to_string());
    match strict {
        None => vec![invalid(path, text, "must not have leading 0s in IP or prefix length")],
        Some(address) if is_mapped(address) => {
            vec![invalid(path, text, "must not have an IPv4-mapped IPv6 address")]
        }
        Some(address) if masked(address, bits) != address => {
            vec![invalid(path, text, "must not have bits set beyond the prefix length")]
        }
        Some(_) => Vec::new(),
    }
}

fn parse_cidr_sloppy(text: &str) -> Option<(IpAddr, u8)> {
    let (address, length) = text.split_once('/')?;
    let address = parse_sloppy(address)?;
    if length.is_empty() || !length.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let bits: u8 = match length.trim_start_matches('0') {
        "" => 0,
        digits => digits.parse().ok()?,
    };
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some((address, bits))
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let keep = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from(u32::from(v4) & keep))
        }
        IpAddr::V6(v6) => {
            let keep = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from(u128::from(v6) & keep))
        }
    }
}

/// Addresses that no Service or endpoint may have (`ValidateNonSpecialIP`). `text` is already known to be an address.
pub(crate) fn validate_non_special(path: &Path, text: &str) -> ErrorList {
    let Some(address) = parse_sloppy(text) else {
        return vec![invalid(path, text, "must be a valid IP address")];
    };
    // Go treats IPv4-mapped addresses as IPv4 here.
    let address = match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(IpAddr::V6(v6), IpAddr::V4),
        v4 @ IpAddr::V4(_) => v4,
    };
    let mut errors = Vec::new();
    if address.is_unspecified() {
        errors.push(invalid(path, text, &format!("may not be unspecified ({text})")));
    }
    if address.is_loopback() {
        errors.push(invalid(path, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
    }
    let (unicast, multicast) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets().starts_with(&[224, 0, 0])),
        IpAddr::V6(v6) => {
            let [first, ..] = v6.segments();
            (first & 0xffc0 == 0xfe80, first & 0xff0f == 0xff02)
        }
    };
    if unicast {
        errors.push(invalid(path, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
    }
    if multicast {
        errors.push(invalid(path, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
    }
    errors
}

/// Warnings for an address that is valid but odd (`GetWarningsForIP`).
pub(crate) fn ip_warnings(path: &Path, text: &str) -> Vec<String> {
    let Some(sloppy) = parse_sloppy(text) else { return Vec::new() };
    match text.parse::<IpAddr>() {
        Ok(address @ IpAddr::V6(_)) if !is_mapped(address) => {
            if address.to_string() == text {
                return Vec::new();
            }
            vec![format!(
                "{}: IPv6 address {} should be in RFC 5952 canonical format ({})",
                path.as_str(),
                go_quote(text),
                go_quote(&address.to_string())
            )]
        }
        Ok(IpAddr::V4(_)) => Vec::new(),
        _ => vec![format!(
            "{}: non-standard IP address {} will be considered invalid in a future Kubernetes release: use {}",
            path.as_str(),
            go_quote(text),
            go_quote(&plain(sloppy))
        )],
    }
}

/// Warnings for a range that is valid but odd (`GetWarningsForCIDR`).
pub(crate) fn cidr_warnings(path: &Path, text: &str) -> Vec<String> {
    let Some((address, bits)) = parse_cidr_sloppy(text) else { return Vec::new() };
    let network = masked(address, bits);
    let mut warnings = Vec::new();
    if network != address {
        let whole = if address.is_ipv4() { 32 } else { 128 };
        warnings.push(format!(
            "{}: CIDR value {} is ambiguous in this context (should be {} or {}?)",
            path.as_str(),
            go_quote(text),
            go_quote(&format!("{network}/{bits}")),
            go_quote(&format!("{}/{whole}", plain(address)))
        ));
    }
    let (head, length) = text.split_once('/').unwrap_or((text, ""));
    let strict = head.parse::<IpAddr>().ok().filter(|_| length == bits.to_string());
    match strict {
        Some(address) if !is_mapped(address) => {
            let canonical = format!("{address}/{bits}");
            if warnings.is_empty() && address.is_ipv6() && canonical != text {
                warnings.push(format!(
                    "{}: IPv6 CIDR value {} should be in RFC 5952 canonical format ({})",
                    path.as_str(),
                    go_quote(text),
                    go_quote(&canonical)
                ));
            }
        }
        _ => warnings.push(format!(
            "{}: non-standard CIDR value {} will be considered invalid in a future Kubernetes release: use {}",
            path.as_str(),
            go_quote(text),
            go_quote(&format!("{network}/{bits}"))
        )),
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(errors: &ErrorList) -> String {
        super::super::field::invalid_status("K", "n", errors).message
    }

    #[test]
    fn leading_zeros_and_mapped_addresses_are_named() {
        let path = Path::new("p");
        assert!(validate_ip(&path, "10.0.0.1", &[]).is_empty());
        assert!(validate_ip(&path, "2001:DB8:0::7", &[]).is_empty());
        assert!(said(&validate_ip(&path, "010.0.0.1", &[])).contains("must not have leading 0s"));
        assert!(said(&validate_ip(&path, "00001::", &[])).contains("must not have leading 0s"));
        assert!(said(&validate_ip(&path, "::ffff:1.2.3.4", &[])).contains("IPv4-mapped"));
        for bad in [
            "",
            "1.2.3",
            "1.2.3.4.5",
            "fe80::1%eth0",
            "1::2::3",
            "1:2:3:4:5:6:7:8:9",
            ":",
            ":::",
            "1.2.3.4:",
            "256.1.1.1",
        ] {
            assert!(said(&validate_ip(&path, bad, &[])).contains("must be a valid IP"), "{bad}");
        }
        assert!(validate_ip(&path, "010.0.0.1", &["010.0.0.1".to_string()]).is_empty());
    }

    #[test]
    fn ranges_must_end_where_their_prefix_ends() {
        let path = Path::new("p");
        assert!(validate_cidr(&path, "10.0.0.0/8", &[]).is_empty());
        assert!(validate_cidr(&path, "::/0", &[]).is_empty());
        assert!(said(&validate_cidr(&path, "10.0.0.1/8", &[])).contains("bits set beyond"));
        assert!(said(&validate_cidr(&path, "10.0.0.0/08", &[])).contains("leading 0s in IP or prefix"));
        assert!(said(&validate_cidr(&path, "10.0.0.0/33", &[])).contains("must be a valid CIDR"));
        assert!(said(&validate_cidr(&path, "10.0.0.0", &[])).contains("must be a valid CIDR"));
    }

    #[test]
    fn the_sloppy_parser_agrees_with_the_strict_one_where_both_read() {
        for text in
            ["::", "::1", "1::", "2001:db8::1:2", "1:2:3:4:5:6:7:8", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "0.0.0.0"]
        {
            assert_eq!(parse_sloppy(text), text.parse().ok(), "{text}");
        }
    }
}
