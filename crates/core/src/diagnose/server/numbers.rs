//! Ports and addresses that are out of range, taken, or written in a way that the server does not take.

use std::net::IpAddr;

use super::{Case, fix, parent};
use crate::diagnostic::{Edit, Fix};
use crate::net::{IpFamily, IpNet};
use crate::yaml::{Node, NodeKind};

/// A port number that is none: 0, negative, above 65535, or missing.
pub(super) fn port_in_range(case: &Case<'_>) -> Vec<Fix> {
    if !case.message().contains("must be between 1 and 65535") && !is_required_port(case) {
        return Vec::new();
    }
    let item = parent(case.field());
    let name = case.field().rsplit('.').next().unwrap_or_default();
    let number = |key: &str| match case.node(&format!("{item}.{key}")).map(|node| &node.kind) {
        Some(NodeKind::Int(number)) if (1..=65_535).contains(number) => Some(*number),
        _ => None,
    };
    // A target port that the server filled in is mended where it came from.
    let filled = name == "targetPort" && case.node(case.field()).is_none();
    let path = if filled { format!("{item}.port") } else { case.field().to_string() };
    let given = ["targetPort", "port", "containerPort", "hostPort"].into_iter().find_map(number);
    let mut ports: Vec<i64> = given.into_iter().chain([80, 443, 8080]).collect();
    ports.truncate(3);
    ports.into_iter().filter_map(|port| case.using(&path, &port.to_string())).collect()
}

fn is_required_port(case: &Case<'_>) -> bool {
    case.because("Required")
        && ["].port", "].containerPort", ".grpc.port"].iter().any(|end| case.field().ends_with(end))
}

/// Node ports that the text and the cluster have.
fn is_taken(case: &Case<'_>, port: i64) -> bool {
    let cluster = case.world.cluster();
    cluster.services.iter().any(|service| {
        let number = |one: Option<u16>| one.is_some_and(|one| i64::from(one) == port);
        number(service.health_check_node_port) || service.ports.iter().any(|one| number(one.node_port))
    })
}

/// Free node ports from `from` on, and around at the end of the range.
fn free(case: &Case<'_>, from: i64) -> Vec<i64> {
    let (low, high) = case.world.cluster().settings.node_ports;
    let (low, high) = (i64::from(low), i64::from(high));
    let from = from.clamp(low, high);
    // At most 65,536 ports, of which the first free one is mostly at hand.
    (from..=high).chain(low..from).filter(|port| !is_taken(case, *port)).take(2).collect()
}

/// A node port outside the range: one inside that keeps the last digits (80 becomes 30080).
pub(super) fn node_port_in_range(case: &Case<'_>) -> Vec<Fix> {
    if !case.message().contains("not in the valid range") || !case.field().ends_with("nodePort") {
        return Vec::new();
    }
    let number = match case.value().map(|(node, _)| &node.kind) {
        Some(NodeKind::Int(number)) => number.unsigned_abs().min(99_999) as i64,
        _ => 0,
    };
    let (low, _) = case.world.cluster().settings.node_ports;
    let mut fixes: Vec<Fix> = free(case, i64::from(low) + number % 1_000)
        .into_iter()
        .filter_map(|port| case.using(case.field(), &port.to_string()))
        .collect();
    fixes.extend(let_server_choose(case, case.field()));
    fixes
}

fn let_server_choose(case: &Case<'_>, path: &str) -> Option<Fix> {
    Some(fix("Let the server choose".to_string(), vec![case.without(path)?]))
}

/// A node port that somebody has, or that stands twice in the Service; the health check's too.
pub(super) fn free_node_port(case: &Case<'_>) -> Vec<Fix> {
    let taken = case.message().contains("port is already allocated");
    let twice = case.because("Duplicate") && case.field().ends_with(".nodePort");
    let health = case.message().contains("HealthCheck NodePort") && case.field().is_empty();
    let path = if health { "spec.healthCheckNodePort" } else { case.field() };
    if !(taken && path.ends_with("nodePort") || twice || health) {
        return Vec::new();
    }
    let Some(NodeKind::Int(number)) = case.node(path).map(|node| &node.kind) else { return Vec::new() };
    let mut fixes: Vec<Fix> = free(case, number.saturating_add(1))
        .into_iter()
        .filter_map(|port| case.using(path, &port.to_string()))
        .collect();
    fixes.extend(let_server_choose(case, path));
    fixes
}

/// An address or a range with blanks, leading zeros, or bits beyond its prefix.
pub(super) fn canonical_address(case: &Case<'_>) -> Vec<Fix> {
    let wanted = ["leading 0s", "bits set beyond", "valid CIDR", "valid IP address", "canonical format"];
    if !wanted.iter().any(|words| case.message().contains(words)) {
        return Vec::new();
    }
    // A warning names its field at the head of its sentence.
    let path =
        if case.field().is_empty() { case.message().split(": ").next().unwrap_or_default() } else { case.field() };
    let path = if path.starts_with("spec.clusterIPs[") && case.node("spec.clusterIPs").is_none() {
        "spec.clusterIP"
    } else {
        path
    };
    let Some(node) = case.node(path).filter(|node| node.span.start < node.span.end) else { return Vec::new() };
    let written = node.as_str().unwrap_or_default().trim();
    let put = |text: String| fix(format!("Write {text}"), vec![Edit { span: node.span, text: quoted(&text) }]);
    let (head, length) = written.split_once('/').map_or((written, None), |(head, length)| (head, Some(length)));
    let Some(address) = lenient(head) else { return Vec::new() };
    let is_range = case.message().contains("CIDR") || length.is_some();
    if !is_range {
        return vec![put(address.to_string())];
    }
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let bits = length.map_or(Some(whole), |length| length.trim().parse::<u8>().ok()).unwrap_or(whole).min(whole);
    let Ok(net) = IpNet::new(address, bits) else { return Vec::new() };
    let mut fixes = vec![put(net.trunc().to_string())];
    if bits < whole && net.trunc().addr() != address {
        fixes.push(put(format!("{address}/{whole}")));
    }
    fixes
}

/// IPv6 in quotes: its colons would make a mapping.
fn quoted(text: &str) -> String {
    if text.contains(':') { format!("\"{text}\"") } else { text.to_string() }
}

/// An address, leading zeros allowed.
fn lenient(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let parts: Option<Vec<u8>> = text.split('.').map(|part| part.parse::<u8>().ok()).collect();
    match parts?.as_slice() {
        [a, b, c, d] => Some(IpAddr::from([*a, *b, *c, *d])),
        _ => None,
    }
}

/// A cluster IP that is taken, outside the range or no address: a free one, or the server's own choice.
pub(super) fn free_cluster_ip(case: &Case<'_>) -> Vec<Fix> {
    let about = case.field().starts_with("spec.clusterIP") && case.because("Invalid");
    let nameless = case.message().contains("parentRef");
    if !about || nameless {
        return Vec::new();
    }
    let cut: Vec<Edit> =
        ["spec.clusterIP", "spec.clusterIPs"].into_iter().filter_map(|path| case.without(path)).collect();
    if cut.is_empty() {
        return Vec::new();
    }
    let mut fixes = Vec::new();
    let single = case.node("spec.clusterIP").filter(|_| cut.len() == 1);
    let taken = case.message().contains("allocated") || case.message().contains("current range");
    if let Some(Node { span, kind: NodeKind::Str(written) }) = single.filter(|_| taken)
        && let Some(address) = free_address(case, written)
    {
        fixes.push(fix(
            format!("Use clusterIP: {address}"),
            vec![Edit { span: *span, text: quoted(&address.to_string()) }],
        ));
    }
    fixes.push(fix("Let the server choose the cluster IP".to_string(), cut));
    fixes
}

/// The next free address after a taken one, in the range of its family.
fn free_address(case: &Case<'_>, written: &str) -> Option<IpAddr> {
    let cluster = case.world.cluster();
    let wanted: Option<IpAddr> = lenient(written);
    let family = wanted.map_or(IpFamily::V4, IpFamily::of);
    let net = cluster.settings.service_cidrs.iter().find(|net| IpFamily::of(net.addr()) == family)?;
    let from = wanted.filter(|address| net.contains(address));
    let mut address = next(from.unwrap_or(net.network()))?;
    // As many looks as there are Services: one more than that is free.
    for _ in 0..=cluster.services.len().saturating_add(1) {
        let taken = cluster.services.iter().any(|service| service.cluster_ips.contains(&address));
        if !net.contains(&address) || address == net.broadcast() {
            return None;
        }
        if !taken {
            return Some(address);
        }
        address = next(address)?;
    }
    None
}

fn next(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => Some(IpAddr::V4(u32::from(v4).checked_add(1)?.into())),
        IpAddr::V6(v6) => Some(IpAddr::V6(u128::from(v6).checked_add(1)?.into())),
    }
}
