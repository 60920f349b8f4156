//! The Endpoints controller: the old form of a Service's endpoints, still kept beside the slices.
//!
//! Traffic does not depend on it, but for one case: when a Service loses its selector its Endpoints object stays, and
//! is mirrored to a slice from then on. Upstream: pkg/controller/endpoint, pkg/api/v1/endpoints/util.go.

use crate::collections::Map;
use std::net::IpAddr;

use crate::net::{IpFamily, Protocol};
use crate::objects::{ObjectMeta, ObjectRef, Pod, Service, SlicePort, Value};

use super::endpointslice::{HEADLESS, belongs, find_port, sets_hostname, wants_slices};

/// The most addresses of an Endpoints object; what is more is left out.
const MAX_ADDRESSES: usize = 1000;
/// The annotation of an object from which addresses were left out.
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
/// The label of an object that the controller made.
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";

/// An Endpoints object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints {
    /// Name, labels, origin.
    pub meta: ObjectMeta,
    /// The subsets.
    pub subsets: Vec<Subset>,
}

/// Addresses that share ports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subset {
    /// Those that take traffic.
    pub addresses: Vec<EndpointAddress>,
    /// Those that do not.
    pub not_ready: Vec<EndpointAddress>,
    /// The ports.
    pub ports: Vec<SlicePort>,
}

/// One address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointAddress {
    /// The address.
    pub ip: IpAddr,
    /// Its pod.
    pub pod: Option<ObjectRef>,
    /// `hostname`.
    pub hostname: Option<String>,
    /// `nodeName`.
    pub node_name: Option<String>,
}

/// The Endpoints object of a Service; `None` where the controller keeps none.
pub fn make(service: &Service, pods: &[&Pod]) -> Option<Endpoints> {
    if !wants_slices(service) {
        return None;
    }
    let family = service.ip_families.first().copied();
    // Each port, or none for a headless Service without ports, with the addresses that have it and their readiness.
    let mut by_port: Map<Option<SlicePort>, Map<EndpointAddress, bool>> = Map::new();
    let leaving = |pod: &Pod| pod.meta.deleting && !service.publish_not_ready_addresses;
    for pod in pods.iter().copied().filter(|pod| belongs(pod) && !leaving(pod)) {
        let Some(ip) = pod.ips.iter().copied().find(|ip| family.is_none_or(|family| IpFamily::of(*ip) == family))
        else {
            continue;
        };
        let address = EndpointAddress {
            ip,
            pod: Some(pod.meta.reference()),
            hostname: sets_hostname(pod, service).then(|| pod.hostname.clone()),
            node_name: (!pod.node.is_empty()).then(|| pod.node.clone()),
        };
        let ready = service.publish_not_ready_addresses || pod.is_ready();
        if service.ports.is_empty() && service.headless {
            by_port.entry(None).or_default().insert(address, ready);
            continue;
        }
        for port in &service.ports {
            if let Some(number) = find_port(pod, port) {
                let port = SlicePort {
                    name: port.name.clone(),
                    protocol: port.protocol,
                    port: Some(number),
                    app_protocol: port.app_protocol.clone(),
                };
                by_port.entry(Some(port)).or_default().insert(address.clone(), ready);
            }
        }
    }
    let mut endpoints = Endpoints { meta: meta(service), subsets: repack(by_port) };
    if truncate(&mut endpoints.subsets) {
        endpoints.meta.annotations.insert(OVER_CAPACITY.to_string(), "truncated".to_string());
    }
    Some(endpoints)
}

fn meta(service: &Service) -> ObjectMeta {
    let mut labels = service.meta.labels.clone();
    labels.insert(MANAGED_BY.to_string(), "endpoint-controller".to_string());
    if service.cluster_ips.is_empty() {
        labels.insert(HEADLESS.to_string(), String::new());
    } else {
        labels.remove(HEADLESS);
    }
    ObjectMeta {
        name: service.meta.name.clone(),
        namespace: service.meta.namespace.clone(),
        labels,
        origin: super::on_behalf(&service.meta.origin, "spec.selector"),
        ..ObjectMeta::default()
    }
}

/// Ports that the same addresses have share a subset.
fn repack(by_port: Map<Option<SlicePort>, Map<EndpointAddress, bool>>) -> Vec<Subset> {
    let mut by_addresses: Map<Map<EndpointAddress, bool>, Vec<SlicePort>> = Map::new();
    for (port, addresses) in by_port {
        by_addresses.entry(addresses).or_default().extend(port);
    }
    by_addresses
        .into_iter()
        .map(|(addresses, ports)| {
            let (ready, not_ready): (Vec<_>, Vec<_>) = addresses.into_iter().partition(|(_, ready)| *ready);
            let only = |list: Vec<(EndpointAddress, bool)>| list.into_iter().map(|(address, _)| address).collect();
            Subset { addresses: only(ready), not_ready: only(not_ready), ports }
        })
        .collect()
}

/// Shares the room out over the subsets in proportion, ready addresses first. Says whether anything had to go.
fn truncate(subsets: &mut [Subset]) -> bool {
    let ready: usize = subsets.iter().map(|subset| subset.addresses.len()).sum();
    let not_ready: usize = subsets.iter().map(|subset| subset.not_ready.len()).sum();
    if ready + not_ready <= MAX_ADDRESSES {
        return false;
    }
    let cut_ready = ready > MAX_ADDRESSES;
    let (room, total) = if cut_ready { (MAX_ADDRESSES, ready) } else { (MAX_ADDRESSES - ready, not_ready) };
    let mut left = room;
    for subset in subsets {
        if cut_ready {
            subset.not_ready.clear();
        }
        let list = if cut_ready { &mut subset.addresses } else { &mut subset.not_ready };
        // `total` is the sum of all these lengths, so it is not 0 where one of them is not.
        let share = (list.len() * room)
            .checked_div(total)
            .map_or(0, |whole| if (list.len() * room) % total == 0 { whole } else { whole + 1 });
        list.truncate(share.min(left));
        left -= list.len();
    }
    true
}

impl Endpoints {
    /// Reads a stored object; addresses that are none are left out. `meta` is its metadata, read before.
    pub fn from_value(value: &Value, meta: ObjectMeta) -> Self {
        let subsets = value.get("subsets").map(Value::items).unwrap_or_default();
        Endpoints { meta, subsets: subsets.iter().map(subset_from_value).collect() }
    }

    /// The object as it is stored.
    pub fn to_value(&self) -> Value {
        let mut value = Value::object([
            ("apiVersion", "v1".into()),
            ("kind", "Endpoints".into()),
            ("metadata", super::print::meta(&self.meta, &[])),
        ]);
        if !self.subsets.is_empty() {
            value.set("subsets", Value::Array(self.subsets.iter().map(subset_to_value).collect()));
        }
        value
    }
}

fn subset_from_value(value: &Value) -> Subset {
    let addresses = |key: &str| -> Vec<EndpointAddress> {
        value.get(key).map(Value::items).unwrap_or_default().iter().filter_map(address_from_value).collect()
    };
    let ports = value.get("ports").map(Value::items).unwrap_or_default();
    Subset {
        addresses: addresses("addresses"),
        not_ready: addresses("notReadyAddresses"),
        ports: ports
            .iter()
            .map(|port| SlicePort {
                name: text(port, "name").unwrap_or_default(),
                protocol: text(port, "protocol").and_then(|name| Protocol::parse(&name)).unwrap_or_default(),
                port: port.get("port").and_then(Value::as_int).and_then(|number| u16::try_from(number).ok()),
                app_protocol: text(port, "appProtocol"),
            })
            .collect(),
    }
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_string)
}

fn address_from_value(value: &Value) -> Option<EndpointAddress> {
    let target = value.get("targetRef").filter(|target| target.get("kind").and_then(Value::as_str) == Some("Pod"));
    Some(EndpointAddress {
        ip: value.get("ip").and_then(Value::as_str)?.parse().ok()?,
        pod: target.map(|target| {
            ObjectRef::new(text(target, "namespace").unwrap_or_default(), text(target, "name").unwrap_or_default())
        }),
        hostname: text(value, "hostname").filter(|name| !name.is_empty()),
        node_name: text(value, "nodeName"),
    })
}

fn subset_to_value(subset: &Subset) -> Value {
    let mut value = Value::Object(Vec::new());
    for (key, addresses) in [("addresses", &subset.addresses), ("notReadyAddresses", &subset.not_ready)] {
        if !addresses.is_empty() {
            value.set(key, Value::Array(addresses.iter().map(address_to_value).collect()));
        }
    }
    if !subset.ports.is_empty() {
        value.set("ports", Value::Array(subset.ports.iter().map(port_to_value).collect()));
    }
    value
}

fn address_to_value(address: &EndpointAddress) -> Value {
    let mut value = Value::object([("ip", Value::from(address.ip.to_string()))]);
    for (key, text) in [("hostname", &address.hostname), ("nodeName", &address.node_name)] {
        if let Some(text) = text {
            value.set(key, text.as_str().into());
        }
    }
    if let Some(pod) = &address.pod {
        value.set("targetRef", super::print::pod_reference(pod));
    }
    value
}

fn port_to_value(port: &SlicePort) -> Value {
    let mut value = Value::Object(Vec::new());
    if !port.name.is_empty() {
        value.set("name", port.name.as_str().into());
    }
    if let Some(number) = port.port {
        value.set("port", Value::Int(i64::from(number)));
    }
    value.set("protocol", port.protocol.as_str().into());
    if let Some(protocol) = &port.app_protocol {
        value.set("appProtocol", protocol.as_str().into());
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(count: usize) -> Vec<EndpointAddress> {
        (0..count)
            .map(|number| EndpointAddress {
                ip: IpAddr::from([10, 0, (number / 256) as u8, (number % 256) as u8]),
                pod: None,
                hostname: None,
                node_name: None,
            })
            .collect()
    }

    #[test]
    fn more_than_a_thousand_addresses_are_cut_in_proportion() {
        let subset = |count| Subset { addresses: addresses(count), not_ready: addresses(5), ports: Vec::new() };
        let mut subsets = vec![subset(1500), subset(500)];
        assert!(truncate(&mut subsets));
        assert_eq!(
            subsets.iter().map(|s| (s.addresses.len(), s.not_ready.len())).collect::<Vec<_>>(),
            [(750, 0), (250, 0)]
        );
        let mut few = vec![subset(10)];
        assert!(!truncate(&mut few));
        assert_eq!(few[0].not_ready.len(), 5);
    }

    #[test]
    fn what_is_printed_reads_back() {
        let endpoints = Endpoints {
            meta: ObjectMeta { name: "web".to_string(), namespace: "default".to_string(), ..ObjectMeta::default() },
            subsets: vec![Subset {
                addresses: addresses(2),
                not_ready: Vec::new(),
                ports: vec![SlicePort {
                    name: "http".to_string(),
                    protocol: Protocol::Tcp,
                    port: Some(80),
                    app_protocol: None,
                }],
            }],
        };
        assert_eq!(Endpoints::from_value(&endpoints.to_value(), endpoints.meta.clone()), endpoints);
    }
}
