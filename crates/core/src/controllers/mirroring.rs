//! The EndpointSliceMirroring controller: slices for the Endpoints objects that people write themselves.
//!
//! Upstream: pkg/controller/endpointslicemirroring.

use crate::net::IpFamily;
use crate::objects::{Endpoint, EndpointSlice, ObjectMeta, OwnerRef, Service, SlicePort};

use super::endpoints::{EndpointAddress, Endpoints};
use super::endpointslice::{MANAGED_BY, SERVICE_NAME, name_prefix, sort_ports};
use super::hash::{generated, hash64};

/// This controller's own name in the label that says who keeps a slice.
pub const CONTROLLER: &str = "endpointslicemirroring-controller.k8s.io";

/// The most addresses of one subset that are mirrored (`--mirroring-max-endpoints-per-subset`).
const MAX_ADDRESSES: usize = 1000;
/// The label that keeps an Endpoints object from being mirrored.
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
/// Annotations that are not copied.
const NOT_COPIED: [&str; 2] =
    ["endpoints.kubernetes.io/last-change-trigger-time", "kubectl.kubernetes.io/last-applied-configuration"];
/// The annotation of objects that only elect a leader.
const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";

/// Whether the controller mirrors this object for this Service.
pub fn mirrors(endpoints: &Endpoints, service: &Service) -> bool {
    service.selector.is_empty()
        && endpoints.meta.labels.get(SKIP).map(String::as_str) != Some("true")
        && !endpoints.meta.annotations.contains_key(LEADER)
}

/// The slices that mirror an Endpoints object; `existing` are those that this controller keeps for it already.
pub fn mirror(endpoints: &Endpoints, existing: &[EndpointSlice], seed: u64) -> Vec<EndpointSlice> {
    let mut groups: Vec<(IpFamily, Vec<SlicePort>, Vec<Endpoint>)> = Vec::new();
    for subset in &endpoints.subsets {
        let mut ports = subset.ports.clone();
        sort_ports(&mut ports);
        let ready = subset.addresses.iter().map(|address| (address, true));
        let not_ready = subset.not_ready.iter().map(|address| (address, false));
        for (address, ready) in ready.chain(not_ready).take(MAX_ADDRESSES) {
            let family = IpFamily::of(address.ip);
            let at = groups.iter().position(|(f, p, _)| *f == family && *p == ports).unwrap_or_else(|| {
                groups.push((family, ports.clone(), Vec::new()));
                groups.len() - 1
            });
            let endpoint = to_endpoint(address, ready);
            // Just found or just pushed.
            let list = &mut groups[at].2;
            match list.iter_mut().find(|other| same(other, &endpoint)) {
                Some(other) => *other = endpoint,
                None => list.push(endpoint),
            }
        }
    }
    let mut unused: Vec<&EndpointSlice> = existing.iter().collect();
    let mut slices = Vec::new();
    let mut new = Vec::new();
    for (family, ports, list) in groups {
        let slice = slice(endpoints, family, ports, list);
        let found = unused.iter().position(|old| old.family == slice.family && old.ports == slice.ports);
        match found {
            Some(at) => slices.push(named(slice, unused.remove(at).meta.name.clone())),
            None => new.push(slice),
        }
    }
    let prefix = name_prefix(&endpoints.meta.name);
    for slice in new {
        let found = unused.iter().position(|old| old.family == slice.family);
        let name = match found {
            Some(at) => unused.remove(at).meta.name.clone(),
            None => {
                let parts = [&endpoints.meta.namespace, &endpoints.meta.name, "mirror", &slices.len().to_string()];
                generated(&prefix, hash64(seed, &parts))
            }
        };
        slices.push(named(slice, name));
    }
    slices
}

fn named(mut slice: EndpointSlice, name: String) -> EndpointSlice {
    slice.meta.name = name;
    slice
}

/// Whether two endpoints are the same one, whatever they say.
fn same(one: &Endpoint, other: &Endpoint) -> bool {
    one.addresses == other.addresses && one.hostname == other.hostname && one.pod == other.pod
}

fn to_endpoint(address: &EndpointAddress, ready: bool) -> Endpoint {
    Endpoint {
        addresses: vec![address.ip],
        ready: Some(ready),
        serving: None,
        terminating: None,
        hostname: address.hostname.clone(),
        node_name: address.node_name.clone(),
        zone: None,
        pod: address.pod.clone(),
        zone_hints: Vec::new(),
        node_hints: Vec::new(),
    }
}

fn slice(endpoints: &Endpoints, family: IpFamily, ports: Vec<SlicePort>, list: Vec<Endpoint>) -> EndpointSlice {
    let of = &endpoints.meta;
    let mut labels = of.labels.clone();
    labels.insert(SERVICE_NAME.to_string(), of.name.clone());
    labels.insert(MANAGED_BY.to_string(), CONTROLLER.to_string());
    let copied = of.annotations.iter().filter(|(key, _)| !NOT_COPIED.contains(&key.as_str()));
    EndpointSlice {
        meta: ObjectMeta {
            namespace: of.namespace.clone(),
            labels,
            annotations: copied.map(|(key, value)| (key.clone(), value.clone())).collect(),
            owner: Some(OwnerRef { kind: "Endpoints".to_string(), name: of.name.clone() }),
            origin: super::on_behalf(&of.origin, "subsets"),
            ..ObjectMeta::default()
        },
        service: of.name.clone(),
        family: Some(family),
        ports,
        endpoints: list,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controllers::endpoints::Subset;
    use crate::net::Protocol;
    use std::net::IpAddr;

    fn address(last: u8) -> EndpointAddress {
        EndpointAddress { ip: IpAddr::from([192, 0, 2, last]), pod: None, hostname: None, node_name: None }
    }

    fn endpoints() -> Endpoints {
        let port = SlicePort { name: String::new(), protocol: Protocol::Tcp, port: Some(9376), app_protocol: None };
        Endpoints {
            meta: ObjectMeta { name: "db".to_string(), namespace: "default".to_string(), ..ObjectMeta::default() },
            subsets: vec![Subset { addresses: vec![address(1)], not_ready: vec![address(2)], ports: vec![port] }],
        }
    }

    #[test]
    fn addresses_become_endpoints_that_are_ready_or_not() {
        let slices = mirror(&endpoints(), &[], 0);
        assert_eq!(slices.len(), 1);
        let ready: Vec<_> = slices[0].endpoints.iter().map(|endpoint| (endpoint.ready, endpoint.serving)).collect();
        assert_eq!(ready, [(Some(true), None), (Some(false), None)]);
        assert_eq!(slices[0].meta.labels.get(MANAGED_BY).map(String::as_str), Some(CONTROLLER));
    }

    #[test]
    fn a_slice_keeps_its_name_when_addresses_or_ports_change() {
        let first = mirror(&endpoints(), &[], 0);
        let mut changed = endpoints();
        changed.subsets[0].addresses.push(address(3));
        changed.subsets[0].ports[0].port = Some(80);
        let second = mirror(&changed, &first, 1);
        assert_eq!(second[0].meta.name, first[0].meta.name);
        assert_eq!(second[0].endpoints.len(), 3);
    }

    #[test]
    fn a_selector_a_leader_election_and_the_label_prevent_mirroring() {
        let mut service = Service::default();
        assert!(mirrors(&endpoints(), &service));
        let mut skipped = endpoints();
        skipped.meta.labels.insert(SKIP.to_string(), "true".to_string());
        assert!(!mirrors(&skipped, &service));
        let mut leader = endpoints();
        leader.meta.annotations.insert(LEADER.to_string(), "{}".to_string());
        assert!(!mirrors(&leader, &service));
        service.selector.insert("app".to_string(), "web".to_string());
        assert!(!mirrors(&endpoints(), &service));
    }
}
