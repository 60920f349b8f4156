//! One pod as an endpoint: conditions, node, zone, hostname.
//!
//! Upstream: endpointslice/utils.go (podToEndpoint), endpointslice/util/endpointset.go (what makes two endpoints one).

use std::net::IpAddr;

use crate::objects::{Endpoint, Node, Pod, Service};
use crate::sort;

/// The endpoint that stands for `pod` in a slice of `service`.
pub(super) fn pod_to_endpoint(pod: &Pod, node: Option<&Node>, service: &Service, addresses: Vec<IpAddr>) -> Endpoint {
    let serving = pod.is_ready();
    let terminating = pod.meta.deleting;
    Endpoint {
        addresses,
        ready: Some(service.publish_not_ready_addresses || (serving && !terminating)),
        serving: Some(serving),
        terminating: Some(terminating),
        hostname: sets_hostname(pod, service).then(|| pod.hostname.clone()),
        node_name: (!pod.node.is_empty()).then(|| pod.node.clone()),
        zone: node.and_then(|node| node.zone.clone()).filter(|zone| !zone.is_empty()),
        pod: Some(pod.meta.reference()),
        zone_hints: Vec::new(),
        node_hints: Vec::new(),
    }
}

/// Whether the pod gets a name of its own in the Service's domain: only a subdomain named as the Service does that.
pub(crate) fn sets_hostname(pod: &Pod, service: &Service) -> bool {
    !pod.hostname.is_empty() && pod.subdomain == service.meta.name && pod.meta.namespace == service.meta.namespace
}

/// What makes two endpoints the same one: addresses, hostname and pod. All else may change in place.
pub(super) type Key<'a> = (Vec<IpAddr>, &'a str, &'a str, &'a str);

/// The key of an endpoint.
pub(super) fn key(endpoint: &Endpoint) -> Key<'_> {
    let mut addresses = endpoint.addresses.clone();
    sort::natural(&mut addresses);
    let (namespace, name) = endpoint.pod.as_ref().map_or(("", ""), |pod| (pod.namespace.as_str(), pod.name.as_str()));
    (addresses, endpoint.hostname.as_deref().unwrap_or(""), namespace, name)
}

/// Whether two endpoints with the same key say the same, hints aside.
pub(super) fn same_state(one: &Endpoint, other: &Endpoint) -> bool {
    one.node_name == other.node_name
        && one.zone == other.zone
        && one.ready == other.ready
        && one.serving == other.serving
        && one.terminating == other.terminating
        && one.pod == other.pod
}
