//! Which number a Service's port has at a pod, and the sets of ports by which pods part into slices.
//!
//! Upstream: endpointslice/utils.go (FindPort, getEndpointPorts), endpointslice/util/controller_utils.go
//! (NewPortMapKey, ShouldPodBeInEndpoints).

use std::net::IpAddr;

use crate::controllers::hash::fnv128a;
use crate::net::IpFamily;
use crate::objects::{Endpoint, Pod, PodPhase, Service, ServicePort, SlicePort, TargetPort};
use crate::sort;

use super::Nodes;
use super::endpoint::pod_to_endpoint;

/// The endpoints that share one set of ports, and so may share slices.
pub(super) struct Group {
    /// The ports, in the controller's order.
    pub(super) ports: Vec<SlicePort>,
    /// The endpoints, each once, in the order of the pods.
    pub(super) endpoints: Vec<Endpoint>,
}

/// The number of `port` at `pod`; `None` where the pod declares no port of that name and protocol.
pub(crate) fn find_port(pod: &Pod, port: &ServicePort) -> Option<u16> {
    let name = match &port.target_port {
        TargetPort::Number(number) => return Some(*number),
        TargetPort::Name(name) => name,
    };
    let of_kind = |sidecar: bool| {
        pod.containers
            .iter()
            .filter(move |container| container.sidecar == sidecar)
            .flat_map(|container| &container.ports)
            .find(|declared| declared.name == *name && declared.protocol == port.protocol)
    };
    of_kind(false).or_else(|| of_kind(true)).map(|declared| declared.port)
}

/// Puts ports into the order that the controller gives them: that of their hashes.
pub(crate) fn sort_ports(ports: &mut [SlicePort]) {
    if ports.len() > 1 {
        sort::by_key(ports, port_hash);
    }
}

/// The hash that orders a slice's ports: FNV-1a of the text that go-spew makes of upstream's struct.
fn port_hash(port: &SlicePort) -> u128 {
    let number = port.port.map_or_else(|| "<nil>".to_string(), |number| number.to_string());
    fnv128a(&format!(
        "(v1.EndpointPort){{Name:(*string){} Protocol:(*v1.Protocol){} Port:(*int32){number} AppProtocol:(*string){}}}",
        port.name,
        port.protocol,
        port.app_protocol.as_deref().unwrap_or("<nil>"),
    ))
}

/// The ports of `service` as `pod` has them; those it has no number for are left out.
fn endpoint_ports(service: &Service, pod: &Pod) -> Vec<SlicePort> {
    let mut ports: Vec<SlicePort> = service
        .ports
        .iter()
        .filter_map(|port| {
            Some(SlicePort {
                name: port.name.clone(),
                protocol: port.protocol,
                port: Some(find_port(pod, port)?),
                app_protocol: port.app_protocol.clone(),
            })
        })
        .collect();
    sort_ports(&mut ports);
    ports
}

/// Whether a pod may be an endpoint at all: it has an address and has not come to its end.
pub(crate) fn belongs(pod: &Pod) -> bool {
    !matches!(pod.phase, PodPhase::Succeeded | PodPhase::Failed) && !pod.ips.is_empty()
}

/// Parts the Service's pods by their ports. `errors` gets a line for each pod whose node does not exist.
pub(super) fn groups(
    service: &Service,
    pods: &[&Pod],
    nodes: &Nodes<'_>,
    family: IpFamily,
    errors: &mut Vec<String>,
) -> Vec<Group> {
    // Where all target ports are numbers every pod has the same ports: worked out once.
    let by_number = service.ports.iter().all(|port| matches!(port.target_port, TargetPort::Number(_)));
    let mut groups: Vec<Group> = Vec::new();
    for pod in pods.iter().copied().filter(|pod| belongs(pod)) {
        let place = match groups.len() {
            1 if by_number => 0,
            _ => {
                let ports = endpoint_ports(service, pod);
                groups.iter().position(|group| group.ports == ports).unwrap_or_else(|| {
                    groups.push(Group { ports, endpoints: Vec::new() });
                    groups.len() - 1
                })
            }
        };
        let node = nodes.get(&pod.node);
        if node.is_none() && !service.publish_not_ready_addresses {
            errors.push(format!(
                "skipping Pod {} for Service {}: Node {} Not Found",
                pod.meta.name,
                service.meta.reference(),
                pod.node
            ));
            continue;
        }
        let addresses: Vec<IpAddr> = pod.ips.iter().copied().filter(|ip| IpFamily::of(*ip) == family).collect();
        if let (false, Some(group)) = (addresses.is_empty(), groups.get_mut(place)) {
            group.endpoints.push(pod_to_endpoint(pod, node, service, addresses));
        }
    }
    groups
}
