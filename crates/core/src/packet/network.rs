//! What an address stands for in a cluster, and what listens there.

use std::net::IpAddr;

use crate::cluster::{Addresses, Cluster};
use crate::net::{Addr, IpFamily, Protocol};
use crate::objects::{Listen, Node, ObjectRef, Pod, PodPhase, Service};
use crate::proxy::{NodeProxy, bridge_address, primary_address};

/// What an address stands for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose<'a> {
    /// A pod's own.
    Pod(&'a Pod),
    /// A node's: one of its own, or its bridge's.
    Node(&'a Node),
    /// A node's address out in the cloud, which the cloud translates to its own.
    NodeOutside(&'a Node),
    /// In a slice, but no Pod object has it; the node, where one is known.
    Endpoint(Option<&'a Node>),
    /// In a node's pod range, but nobody's.
    NoPod(&'a Node),
    /// In the range of cluster IPs.
    Service,
    /// A balancer's or an external address of a Service.
    External(&'a Service),
    /// A host outside.
    Outside,
}

/// Finds whose an address is. Pods come before nodes, since a pod in its node's network owns no address.
pub(super) fn whose<'a>(cluster: &'a Cluster, addresses: &Addresses, ip: IpAddr) -> Whose<'a> {
    if let Some(pod) = addresses.pod(cluster, ip).filter(|pod| has_network(pod)) {
        return Whose::Pod(pod);
    }
    let bridge = |node: &&Node| bridge_address(node, IpFamily::of(ip)) == Some(ip);
    if let Some(node) = cluster.nodes.iter().find(|node| node.internal_ips.contains(&ip) || bridge(node)) {
        return Whose::Node(node);
    }
    if let Some(node) = cluster.nodes.iter().find(|node| node.external_ips.contains(&ip)) {
        return Whose::NodeOutside(node);
    }
    if cluster.settings.service_cidrs.iter().any(|range| range.contains(&ip)) {
        return Whose::Service;
    }
    let by_range = cluster.nodes.iter().find(|node| node.pod_cidrs.iter().any(|range| range.contains(&ip)));
    if let Some(endpoint) = addresses.endpoint(cluster, ip) {
        return Whose::Endpoint(endpoint.node_name.as_deref().and_then(|name| cluster.node(name)).or(by_range));
    }
    if let Some(node) = by_range {
        return Whose::NoPod(node);
    }
    addresses.services(cluster, ip).next().map_or(Whose::Outside, Whose::External)
}

/// Whether a pod's network exists: not before it runs, nor after its containers ended.
pub(super) fn has_network(pod: &Pod) -> bool {
    !matches!(pod.phase, PodPhase::Succeeded | PodPhase::Failed)
}

/// What a connection to a pod's port meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listener {
    /// A process.
    Yes,
    /// A process that listens on the loopback address only.
    Loopback,
    /// Nobody.
    No,
}

/// What listens on a port of a pod's own address.
pub(super) fn pod_listener(pod: &Pod, protocol: Protocol, port: u16) -> Listener {
    match &pod.listen {
        _ if pod.listens(protocol, port) => Listener::Yes,
        Listen::Ports(ports) if ports.iter().any(|(p, n, local)| *local && (*p, *n) == (protocol, port)) => {
            Listener::Loopback
        }
        _ => Listener::No,
    }
}

/// What listens on a port of a pod's loopback address. Where nothing is known of the pod, its declared ports do.
pub(super) fn listens_inside(pod: &Pod, protocol: Protocol, port: u16) -> bool {
    match &pod.listen {
        Listen::Any => declares(pod, protocol, port),
        Listen::Ports(ports) => ports.iter().any(|(p, n, _)| (*p, *n) == (protocol, port)),
    }
}

fn declares(pod: &Pod, protocol: Protocol, port: u16) -> bool {
    let mut ports = pod.containers.iter().flat_map(|container| &container.ports);
    ports.any(|declared| declared.port == port && declared.protocol == protocol)
}

/// What a connection to a node's own address meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OnNode {
    /// A pod in the node's network.
    Pod(ObjectRef),
    /// A pod, by a hostPort: the packet goes on to it, translated.
    HostPort(ObjectRef, Addr),
    /// The kubelet.
    Kubelet,
    /// The API server.
    ApiServer,
    /// Another process of the node: which.
    Process(&'static str),
    /// kube-proxy's answer to health checks, with the count of local endpoints.
    HealthCheck(usize),
    /// A process that listens on the loopback address only.
    LoopbackOnly(String),
    /// Nobody.
    Nobody,
}

/// Ports of the node's own processes (TCP): number, name, on the control plane only, on the loopback address only.
const OWN_PORTS: [(u16, &str, bool, bool); 10] = [
    (6443, "kube-apiserver", true, false),
    (2379, "etcd", true, false),
    (2380, "etcd", true, false),
    (10250, "kubelet", false, false),
    (10256, "kube-proxy", false, false),
    (10248, "kubelet", false, true),
    (10249, "kube-proxy", false, true),
    (2381, "etcd", true, true),
    (10257, "kube-controller-manager", true, true),
    (10259, "kube-scheduler", true, true),
];

/// What listens at `to`, an address of `node` itself. An endpoint of a Service counts as listening where nothing is known.
pub(super) fn on_node(
    cluster: &Cluster,
    node: &Node,
    proxy: &NodeProxy,
    to: Addr,
    protocol: Protocol,
    endpoint: bool,
) -> OnNode {
    let here = || cluster.pods.iter().filter(|pod| pod.node == node.meta.name && has_network(pod));
    let loopback = to.ip.is_loopback();
    for pod in here().filter(|pod| !pod.host_network) {
        for port in pod.containers.iter().flat_map(|container| &container.ports) {
            let bound =
                port.host_ip.is_none_or(|ip| ip == to.ip || (ip.is_unspecified() && ip.is_ipv4() == to.ip.is_ipv4()));
            let target = pod.ips.iter().find(|ip| ip.is_ipv4() == to.ip.is_ipv4());
            if port.host_port == Some(to.port)
                && port.protocol == protocol
                && bound
                && let Some(ip) = target
            {
                return OnNode::HostPort(pod.meta.reference(), Addr::new(*ip, port.port));
            }
        }
    }
    if protocol == Protocol::Tcp {
        for (number, name, control_plane, local) in OWN_PORTS {
            if number == to.port && (!control_plane || node.control_plane) {
                return match name {
                    _ if local && !loopback => OnNode::LoopbackOnly(name.to_string()),
                    "kubelet" => OnNode::Kubelet,
                    "kube-apiserver" => OnNode::ApiServer,
                    _ => OnNode::Process(name),
                };
            }
        }
        if let Some(count) = proxy.health_check(IpFamily::of(to.ip), to.port) {
            return OnNode::HealthCheck(count);
        }
    }
    let mut loopback_only = None;
    for pod in here().filter(|pod| pod.host_network) {
        let found = match &pod.listen {
            Listen::Any => declares(pod, protocol, to.port),
            Listen::Ports(_) if loopback => listens_inside(pod, protocol, to.port),
            Listen::Ports(_) => match pod_listener(pod, protocol, to.port) {
                Listener::Yes => true,
                Listener::No => false,
                Listener::Loopback => {
                    loopback_only = Some(OnNode::LoopbackOnly(pod.meta.reference().to_string()));
                    false
                }
            },
        };
        if found {
            return OnNode::Pod(pod.meta.reference());
        }
    }
    if let Some(found) = loopback_only {
        return found;
    }
    // An endpoint whose pod says nothing of its ports listens, as any pod of which nothing is known does.
    let silent = here().find(|pod| pod.host_network && pod.listen == Listen::Any);
    match (endpoint, silent) {
        (true, Some(pod)) => OnNode::Pod(pod.meta.reference()),
        (true, None) if here().all(|pod| !pod.host_network) => OnNode::Process("endpoint"),
        _ => OnNode::Nobody,
    }
}

/// The address that a node's masquerade gives a packet on its way to `to`; `None` for what stays on the node.
pub(super) fn masquerade_address(cluster: &Cluster, addresses: &Addresses, node: &Node, to: IpAddr) -> Option<IpAddr> {
    let family = IpFamily::of(to);
    let on_bridge = match whose(cluster, addresses, to) {
        Whose::Pod(pod) => pod.node == node.meta.name,
        Whose::Node(owner) if owner.meta.name == node.meta.name => return None,
        Whose::Endpoint(Some(owner)) | Whose::NoPod(owner) => owner.meta.name == node.meta.name,
        _ => false,
    };
    let bridge = bridge_address(node, family).filter(|_| on_bridge);
    bridge.or_else(|| primary_address(node, family))
}
