//! Which ports the processes of a pod listen on, as far as its manifest tells.

use std::net::IpAddr;

use super::life::asks_elsewhere;
use super::{Listen, Value};
use crate::net::Protocol;
use crate::sort;

/// The annotation that says it: `8080,127.0.0.1:9090,53/UDP`; `none` for nothing at all.
pub const LISTEN: &str = "portolan.dev/listen";

/// Reads the annotation's text; the error is a sentence about the first part that does not fit.
pub fn parse_listen(text: &str) -> Result<Vec<(Protocol, u16, bool)>, String> {
    if text.trim() == "none" {
        return Ok(Vec::new());
    }
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(parse_part).collect()
}

fn parse_part(part: &str) -> Result<(Protocol, u16, bool), String> {
    let (place, protocol) = match part.split_once('/') {
        Some((place, name)) => (place, Protocol::parse(&name.trim().to_ascii_uppercase())),
        None => (part, Some(Protocol::Tcp)),
    };
    let (address, port) = place.trim().rsplit_once(':').unwrap_or(("", place.trim()));
    let local = match address.trim_start_matches('[').trim_end_matches(']') {
        "" | "*" => Some(false),
        "localhost" => Some(true),
        address => address.parse::<IpAddr>().ok().map(|ip| ip.is_loopback()),
    };
    let port = port.parse::<u16>().ok().filter(|port| *port != 0);
    match (protocol, port, local) {
        (Some(protocol), Some(port), Some(local)) => Ok((protocol, port, local)),
        _ => Err(format!("`{part}` is not PORT, ADDRESS:PORT or PORT/PROTOCOL")),
    }
}

/// What a stored Pod says: its annotation, else the ports that its containers and their probes name, else nothing.
pub(super) fn listen_of(pod: &Value) -> Listen {
    let annotation = pod.at("metadata.annotations").and_then(|all| all.get(LISTEN)).and_then(Value::as_str);
    if let Some(Ok(ports)) = annotation.map(parse_listen) {
        return Listen::Ports(ports);
    }
    let mut ports: Vec<(Protocol, u16, bool)> = Vec::new();
    for (key, sidecars) in [("spec.containers", false), ("spec.initContainers", true)] {
        for container in pod.at(key).map(Value::items).unwrap_or_default() {
            let always = container.get("restartPolicy").and_then(Value::as_str) == Some("Always");
            if !sidecars || always {
                container_ports(container, &mut ports);
            }
        }
    }
    sort::natural(&mut ports);
    ports.dedup();
    if ports.is_empty() { Listen::Any } else { Listen::Ports(ports) }
}

fn container_ports(container: &Value, ports: &mut Vec<(Protocol, u16, bool)>) {
    let number = |value: Option<&Value>| {
        value.and_then(Value::as_int).and_then(|port| u16::try_from(port).ok()).filter(|port| *port != 0)
    };
    let declared = container.get("ports").map(Value::items).unwrap_or_default();
    for port in declared {
        let protocol = port.get("protocol").and_then(Value::as_str).and_then(Protocol::parse).unwrap_or_default();
        ports.extend(number(port.get("containerPort")).map(|port| (protocol, port, false)));
    }
    let probes = ["readinessProbe", "livenessProbe", "startupProbe"].into_iter().filter_map(|key| container.get(key));
    for probe in probes.filter(|probe| !asks_elsewhere(probe)) {
        for action in ["httpGet", "tcpSocket", "grpc"] {
            // A probe that names its port names a declared one, which is there already.
            let port = probe.get(action).and_then(|action| action.get("port"));
            ports.extend(number(port).map(|port| (Protocol::Tcp, port, false)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_annotation_is_read() {
        assert_eq!(
            parse_listen("8080, 127.0.0.1:9090,53/UDP,[::1]:1,localhost:2,0.0.0.0:3/sctp"),
            Ok(vec![
                (Protocol::Tcp, 8080, false),
                (Protocol::Tcp, 9090, true),
                (Protocol::Udp, 53, false),
                (Protocol::Tcp, 1, true),
                (Protocol::Tcp, 2, true),
                (Protocol::Sctp, 3, false),
            ])
        );
        assert_eq!(parse_listen("none"), Ok(vec![]));
        for wrong in ["x", "0", "70000", "80/ICMP", "web:80", ":", "/", "1:2:3:4"] {
            assert!(parse_listen(wrong).is_err(), "{wrong}");
        }
    }
}
