//! What a client connects to, as the command line's TARGET.

use std::net::IpAddr;

use crate::net::Addr;
use crate::objects::ObjectRef;

/// Where a connection is meant to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An address and a port.
    Address(Addr),
    /// A name that the client looks up, and a port.
    Name {
        /// The name.
        name: String,
        /// The port.
        port: u16,
    },
    /// A Service's own address, or its pods where it is headless, without a look-up.
    Service {
        /// Which.
        service: ObjectRef,
        /// One of its ports, by number or name.
        port: String,
    },
    /// The address of a Service's balancer.
    Balancer {
        /// Which Service's.
        service: ObjectRef,
        /// One of its ports, by number or name.
        port: String,
    },
    /// A node's first address.
    Node {
        /// The node.
        name: String,
        /// The port.
        port: u16,
    },
    /// `kubectl port-forward` to an object.
    PortForward {
        /// `pod`, `deployment`, `service` ...
        kind: String,
        /// Which.
        object: ObjectRef,
        /// The ports as kubectl takes them: `8080:80` or `80`.
        ports: String,
    },
}

impl Target {
    /// Reads `ADDR:PORT` (IPv6 in brackets), `DNSNAME:PORT`, `svc/[NS/]NAME:PORT`, `lb/[NS/]NAME:PORT`,
    /// `node/NAME:PORT` or `port-forward/KIND/[NS/]NAME:PORT`; a name without a namespace is one of `default`. The
    /// error is a sentence for whoever asked.
    pub fn parse(text: &str) -> Result<Target, String> {
        let wrong = || {
            let forms = "ADDRESS:PORT, NAME:PORT, svc/[NAMESPACE/]NAME:PORT, lb/[NAMESPACE/]NAME:PORT, node/NAME:PORT or \
                         port-forward/KIND/[NAMESPACE/]NAME:PORT";
            match Self::flaw(text) {
                Some(flaw) => format!("\"{text}\" is no target: {flaw} ({forms})"),
                None => format!("\"{text}\" is no target: {forms}"),
            }
        };
        Self::read(text).ok_or_else(wrong)
    }

    /// What is wrong with the port, if that is all.
    fn flaw(text: &str) -> Option<String> {
        let whole = |text: &str| Self::read(text).is_some();
        match text.rsplit_once(':') {
            None => whole(&format!("{text}:1")).then(|| "it lacks a port".to_string()),
            Some((place, port)) if whole(&format!("{place}:1")) => Some(match port.parse::<u16>() {
                _ if port.is_empty() => "it lacks a port".to_string(),
                Err(_) if port.bytes().all(|byte| byte.is_ascii_digit()) => format!("there is no port {port}"),
                _ => format!("\"{port}\" is no number; ports have names in svc/ and lb/ only"),
            }),
            Some(_) => None,
        }
    }

    fn read(text: &str) -> Option<Target> {
        if let Ok(address) = text.parse::<std::net::SocketAddr>() {
            return Some(Target::Address(Addr::new(canonical(address.ip()), address.port())));
        }
        if let Some(rest) = text.strip_prefix("port-forward/") {
            let (kind, rest) = rest.split_once('/')?;
            let (name, ports) = rest.split_once(':')?;
            let filled = !kind.is_empty() && !ports.is_empty();
            return filled.then_some(Target::PortForward {
                kind: kind.to_string(),
                object: reference(name)?,
                ports: ports.to_string(),
            });
        }
        let (place, port) = text.rsplit_once(':')?;
        let number = || port.parse::<u16>().ok();
        match place.split_once('/') {
            Some(("svc" | "service", name)) if !port.is_empty() => {
                Some(Target::Service { service: reference(name)?, port: port.to_string() })
            }
            Some(("lb", name)) if !port.is_empty() => {
                Some(Target::Balancer { service: reference(name)?, port: port.to_string() })
            }
            Some(("node", name)) if !name.is_empty() && !name.contains('/') => {
                Some(Target::Node { name: name.to_string(), port: number()? })
            }
            None if !place.is_empty() && !place.contains([':', '[', ']']) => {
                Some(Target::Name { name: place.to_string(), port: number()? })
            }
            _ => None,
        }
    }
}

fn canonical(ip: IpAddr) -> IpAddr {
    ip.to_canonical()
}

fn reference(name: &str) -> Option<ObjectRef> {
    let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
    let known = !namespace.is_empty() && !name.is_empty() && !name.contains('/');
    known.then(|| ObjectRef::new(namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_target_is_read() {
        let address = |ip: &str, port| Target::Address(Addr::new(ip.parse().unwrap(), port));
        let service = || ObjectRef::new("default", "web");
        assert_eq!(Target::parse("10.96.0.10:80"), Ok(address("10.96.0.10", 80)));
        assert_eq!(Target::parse("[fd00::1]:80"), Ok(address("fd00::1", 80)));
        assert_eq!(Target::parse("web.shop:80"), Ok(Target::Name { name: "web.shop".into(), port: 80 }));
        assert_eq!(Target::parse("svc/web:http"), Ok(Target::Service { service: service(), port: "http".into() }));
        assert_eq!(
            Target::parse("lb/shop/web:80"),
            Ok(Target::Balancer { service: ObjectRef::new("shop", "web"), port: "80".into() })
        );
        assert_eq!(Target::parse("node/worker-1:30080"), Ok(Target::Node { name: "worker-1".into(), port: 30080 }));
        assert_eq!(
            Target::parse("port-forward/service/web:8080:80"),
            Ok(Target::PortForward { kind: "service".into(), object: service(), ports: "8080:80".into() })
        );
    }

    #[test]
    fn what_is_wrong_with_a_port_is_said() {
        let said = |text: &str| Target::parse(text).unwrap_err();
        assert!(said("web").contains("it lacks a port"));
        assert!(said("web:").contains("it lacks a port"));
        assert!(said("node/worker-1:99999").contains("there is no port 99999"));
        assert!(said("web:http").contains("\"http\" is no number"));
        assert!(said("a/b/c").contains("target: ADDRESS:PORT"));
    }

    #[test]
    fn anything_else_is_told_what_would_do() {
        for text in
            ["", ":", "web", "web:", "web:70000", "svc/:80", "svc/a/b/c:80", "node/x:http", "fd00::1:80", "a/b:1"]
        {
            assert!(Target::parse(text).is_err(), "{text}");
        }
    }
}
