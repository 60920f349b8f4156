//! Ports and addresses that are out of range, taken, or written in a way that the server does not take.

use std::net::IpAddr;

use super::{Case, Fixes, parent};
use crate::diagnostic::Edit;
use crate::net::{IpFamily, IpNet};
use crate::yaml::NodeKind;

/// A port number that is none: 0, negative, above 65535, or missing.
pub(super) fn port_in_range(case: &Case<'_>, fixes: &mut Fixes) {
    let field = case.field();
    let missing = case.because("Required") && (field.ends_with("].port") || field.ends_with("].containerPort"));
    if !missing && !case.says("must be between 1 and 65535") {
        return;
    }
    let item = parent(field);
    // A target port that the server filled in is mended where it came from.
    let filled = field.ends_with("targetPort") && case.node(field).is_none();
    let path = if filled { [item, ".port"].concat() } else { field.to_string() };
    for key in [".targetPort", ".port", ".containerPort", ".hostPort"] {
        if let Some(NodeKind::Int(number @ 1..=65_535)) = case.node(&[item, key].concat()).map(|node| &node.kind) {
            case.using(&path, &number.to_string(), fixes);
        }
    }
    for port in ["80", "443"] {
        case.using(&path, port, fixes);
    }
}

/// Whether a Service has this node port.
fn is_taken(case: &Case<'_>, port: u16) -> bool {
    case.world.cluster().services.iter().any(|service| {
        service.health_check_node_port == Some(port) || service.ports.iter().any(|one| one.node_port == Some(port))
    })
}

/// Proposes free node ports from `from` on, and around at the end of the range.
fn free(case: &Case<'_>, path: &str, from: u16, fixes: &mut Fixes) {
    let (low, high) = case.world.cluster().settings.node_ports;
    let mut port = from.clamp(low, high);
    let mut found = 0;
    for _ in low..=high {
        if !is_taken(case, port) {
            case.using(path, &port.to_string(), fixes);
            found += 1;
        }
        if found == 2 {
            break;
        }
        port = if port == high { low } else { port + 1 };
    }
    fixes.offer(&["Let the server choose"], case.without(path));
}

/// A node port outside the range: one inside that keeps the last digits (80 becomes 30080).
pub(super) fn node_port_in_range(case: &Case<'_>, fixes: &mut Fixes) {
    if !case.says("not in the valid range") || !case.field().ends_with("nodePort") {
        return;
    }
    let number = match case.value().map(|(node, _)| &node.kind) {
        Some(NodeKind::Int(number)) => (number.unsigned_abs() % 1_000) as u16,
        _ => 0,
    };
    free(case, case.field(), case.world.cluster().settings.node_ports.0.saturating_add(number), fixes);
}

/// A node port that somebody has, or that stands twice in the Service; the health check's too.
pub(super) fn free_node_port(case: &Case<'_>, fixes: &mut Fixes) {
    let field = case.field();
    let taken = case.says("port is already allocated") || case.because("Duplicate");
    let health = case.says("HealthCheck NodePort") && field.is_empty();
    let path = if health { "spec.healthCheckNodePort" } else { field };
    if !(taken && path.ends_with(".nodePort") || health) {
        return;
    }
    if let Some(NodeKind::Int(number)) = case.node(path).map(|node| &node.kind) {
        free(case, path, u16::try_from(number.saturating_add(1)).unwrap_or(0), fixes);
    }
}

/// An address or a range with blanks, leading zeros, or bits beyond its prefix.
pub(super) fn canonical_address(case: &Case<'_>, fixes: &mut Fixes) {
    const SAYS: [&str; 5] = ["leading 0s", "bits set beyond", "valid CIDR", "valid IP address", "canonical format"];
    if !SAYS.iter().any(|words| case.says(words)) {
        return;
    }
    // A warning names its field at the head of its sentence.
    let mut path = case.field();
    if path.is_empty() {
        path = case.message().split_once(": ").map_or("", |(path, _)| path);
    }
    if path.starts_with("spec.clusterIPs[") && case.node("spec.clusterIPs").is_none() {
        path = "spec.clusterIP";
    }
    let Some(node) = case.node(path).filter(|node| node.span.start < node.span.end) else { return };
    let written = node.as_str().unwrap_or_default().trim();
    let mut put = |text: &str| fixes.offer(&["Write ", text], Some(Edit { span: node.span, text: quoted(text) }));
    let (head, length) = written.split_once('/').unwrap_or((written, ""));
    let Some(address) = lenient(head) else { return };
    if length.is_empty() && !case.says("CIDR") {
        return put(&address.to_string());
    }
    let whole = if address.is_ipv4() { 32 } else { 128 };
    let Ok(net) = IpNet::new(address, length.trim().parse().unwrap_or(whole).min(whole)) else { return };
    put(&net.trunc().to_string());
    put(&format!("{address}/{whole}"));
}

/// IPv6 in quotes: its colons would make a mapping.
fn quoted(text: &str) -> String {
    let quote = if text.contains(':') { "\"" } else { "" };
    [quote, text, quote].concat()
}

/// An address, leading zeros allowed.
fn lenient(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let mut bytes = [0_u8; 4];
    let mut parts = text.split('.');
    for byte in &mut bytes {
        *byte = parts.next()?.parse().ok()?;
    }
    parts.next().is_none().then(|| IpAddr::from(bytes))
}

/// A cluster IP that is taken, outside the range or no address: a free one, or the server's own choice.
pub(super) fn free_cluster_ip(case: &Case<'_>, fixes: &mut Fixes) {
    if !case.field().starts_with("spec.clusterIP") || !case.because("Invalid") || case.says("parentRef") {
        return;
    }
    let mut cut = Vec::new();
    for path in ["spec.clusterIP", "spec.clusterIPs"] {
        if let Some(edit) = case.without(path) {
            cut.push(edit);
        }
    }
    let written = case.text_at("spec.clusterIP");
    if (case.says("allocated") || case.says("current range"))
        && cut.len() == 1
        && let Some(address) = free_address(case, written)
    {
        case.using("spec.clusterIP", &quoted(&address.to_string()), fixes);
    }
    fixes.offer_all(&["Let the server choose the cluster IP"], cut);
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
