//! What is said of a ruling: the sentence, the field behind it, the code of the cause.

use std::net::IpAddr;

use super::trace::{Cause, FieldRef, Symptom};
use crate::cluster::{Client, Cluster, ProxyMode};
use crate::net::Protocol;
use crate::objects::{ObjectRef, Pod, PodPhase, Service, TargetPort};
use crate::proxy::{Masquerade, NodeProxy, Policy, Refusal, Ruling, ServicePort, Silence, Via, other_proxy};

/// A field of a Service.
pub(super) fn service_field(service: &ObjectRef, path: impl Into<String>) -> FieldRef {
    FieldRef { kind: "Service", object: service.clone(), path: path.into() }
}

fn proxy_field(path: &str) -> FieldRef {
    FieldRef { kind: "KubeProxyConfiguration", object: ObjectRef::default(), path: path.into() }
}

fn port_field(port: &ServicePort, via: Via) -> FieldRef {
    let last = match via {
        Via::ClusterIp | Via::ExternalIp | Via::LoadBalancer => "port",
        Via::NodePort => "nodePort",
    };
    service_field(&port.name.service, format!("spec.ports[{}].{last}", port.index))
}

/// The codes of all causes that a trace can have.
pub const CAUSES: [&str; 29] = [
    "asymmetric-reply",
    "balancer-pending",
    "balancer-proxy",
    "hairpin",
    "inside-only",
    "loop",
    "loopback",
    "loopback-only",
    "martian-source",
    "name-not-found",
    "no-address-of-family",
    "no-endpoints",
    "no-healthy-node",
    "no-local-endpoints",
    "no-node-port",
    "no-route",
    "no-rule",
    "no-such-client",
    "no-such-pod",
    "no-such-target",
    "node-down",
    "node-port-address",
    "not-listening",
    "not-running",
    "pod-not-listening",
    "port-forward-failed",
    "source-range",
    "unallocated-cluster-ip",
    "wrong-port",
];

/// A cause; the sentence is a hop's note too.
pub(super) fn cause(code: &'static str, message: impl Into<String>, field: Option<FieldRef>) -> Cause {
    Cause { code, message: message.into(), field }
}

fn via_words(via: Via) -> &'static str {
    match via {
        Via::ClusterIp => "the cluster IP",
        Via::ExternalIp => "an external IP",
        Via::LoadBalancer => "the balancer's address",
        Via::NodePort => "the node port",
    }
}

/// The sentence and the field of a translation.
pub(super) fn translated(proxy: &NodeProxy, ruling: &Ruling) -> (String, Option<FieldRef>) {
    let Ruling::Dnat { port, via, policy, endpoint, sticky, .. } = ruling else { return (String::new(), None) };
    let Some(port) = proxy.ports.get(*port as usize) else { return (String::new(), None) };
    let Some(endpoint) = port.endpoints.get(*endpoint as usize) else { return (String::new(), None) };
    let set = port.set(*policy).len();
    let whose = match policy {
        Policy::Local => " on this node",
        Policy::Cluster => "",
    };
    let how = if *sticky {
        "which this client had before (session affinity)".to_string()
    } else if set == 1 {
        format!("the only one{whose}")
    } else {
        format!("one of {set}{whose}, {}", proxy.choice_in_words())
    };
    let note =
        format!("kube-proxy takes {} of {} to endpoint {}, {how}.", via_words(*via), port.name, endpoint.address);
    (note, Some(port_field(port, *via)))
}

/// The sentence and the field of a masquerade.
pub(super) fn masqueraded(port: &ServicePort, why: Masquerade) -> (String, FieldRef) {
    match why {
        Masquerade::All => (
            "The source becomes the node's: masqueradeAll is set.".into(),
            proxy_field("iptables.masqueradeAll"),
        ),
        Masquerade::OffCluster => (
            "The source becomes the node's: it is no pod's address, so the answer has to come back by this node.".into(),
            proxy_field("clusterCIDR"),
        ),
        Masquerade::External => (
            "The source becomes the node's: under externalTrafficPolicy Cluster the endpoint may be on another node, and \
             the answer has to come back by this one."
                .into(),
            service_field(&port.name.service, "spec.externalTrafficPolicy"),
        ),
        Masquerade::LocalProcess => (
            "The source becomes the node's: the packet is from a process of the node itself.".into(),
            service_field(&port.name.service, "spec.externalTrafficPolicy"),
        ),
        Masquerade::Hairpin => (
            "The source becomes the node's: the endpoint is the client itself, and would answer itself directly.".into(),
            service_field(&port.name.service, format!("spec.ports[{}]", port.index)),
        ),
    }
}

/// The cause of a refusal by the proxy.
pub(super) fn refused(cluster: &Cluster, proxy: &NodeProxy, ruling: &Ruling, ip: IpAddr) -> Cause {
    let (at, why) = match ruling {
        Ruling::Reject { port, why } | Ruling::Drop { port, why } => (*port, *why),
        _ => (None, Refusal::UnallocatedClusterIp),
    };
    let found = at.and_then(|(index, via)| Some((proxy.ports.get(index as usize)?, via)));
    match (why, found) {
        (Refusal::NoEndpoints, Some((port, _))) => no_endpoints(cluster, port),
        (Refusal::NoLocalEndpoints, Some((port, via))) => {
            let (policy, path) = match via {
                Via::ClusterIp => ("internalTrafficPolicy", "spec.internalTrafficPolicy"),
                _ => ("externalTrafficPolicy", "spec.externalTrafficPolicy"),
            };
            let message = format!(
                "{} is Local on Service {}, and node {} has no usable endpoint of it.",
                policy, port.name.service, proxy.node
            );
            cause("no-local-endpoints", message, Some(service_field(&port.name.service, path)))
        }
        (Refusal::SourceRange, Some((port, _))) => cause(
            "source-range",
            format!("The source is not in loadBalancerSourceRanges of Service {}.", port.name.service),
            Some(service_field(&port.name.service, "spec.loadBalancerSourceRanges")),
        ),
        (Refusal::WrongPort, _) => wrong_port(owner(cluster, ip)),
        _ => unallocated(cluster, ip),
    }
}

/// No usable endpoint: none at all, none of the port's name, or none ready.
fn no_endpoints(cluster: &Cluster, port: &ServicePort) -> Cause {
    let reference = &port.name.service;
    let slices = || {
        let own = cluster.slices_of(reference).filter(|slice| slice.family == Some(port.family));
        own.filter(|slice| !slice.endpoints.is_empty())
    };
    let any = slices().any(|slice| other_proxy(&slice.meta.labels).is_none());
    let hidden = slices().find_map(|slice| other_proxy(&slice.meta.labels));
    let selector = cluster.service(reference).is_some_and(|service| !service.selector.is_empty());
    let (message, path) = if !port.endpoints.is_empty() {
        let count = port.endpoints.len();
        let none = if count == 1 { "The only endpoint".to_string() } else { format!("None of the {count} endpoints") };
        let not = if count == 1 { "is not ready" } else { "is ready" };
        (format!("{none} of Service {reference} {not}."), "spec.selector".to_string())
    } else if any {
        let wanted = match cluster.service(reference).and_then(|service| service.ports.get(port.index)) {
            Some(spec) => match &spec.target_port {
                TargetPort::Name(name) if selector => format!("a port named \"{name}\""),
                _ => format!("a port named \"{}\" for {}", port.name.port, port.name.protocol),
            },
            None => "such a port".to_string(),
        };
        let message = format!("Service {reference} has endpoints, but none of them has {wanted}.");
        (message, format!("spec.ports[{}].targetPort", port.index))
    } else if let Some(label) = hidden {
        let message = format!(
            "Service {reference} has endpoints only in slices labelled {label}, which kube-proxy does not watch."
        );
        (message, "spec".to_string())
    } else if let Some(pod) = cluster.service(reference).and_then(|service| selected(cluster, service)) {
        let name = &pod.meta.name;
        let why = match pod.phase {
            PodPhase::Succeeded | PodPhase::Failed => format!("pod {name} has ended"),
            _ if pod.node.is_empty() => format!("pod {name} is Pending: no node has taken it"),
            _ if pod.ips.is_empty() => format!("pod {name} has not started, and has no address"),
            _ => format!("pod {name} has no {} address", port.family.as_str()),
        };
        (
            format!("Service {reference} has no endpoints: its selector matches pods, but {why}."),
            "spec.selector".to_string(),
        )
    } else if selector {
        (format!("Service {reference} has no endpoints: its selector matches no pod."), "spec.selector".to_string())
    } else {
        (format!("Service {reference} has no endpoints and no selector that would give it some."), "spec".to_string())
    };
    cause("no-endpoints", message, Some(service_field(reference, path)))
}

/// The first pod that a Service's selector finds.
fn selected<'a>(cluster: &'a Cluster, service: &Service) -> Option<&'a Pod> {
    let labels = |pod: &Pod| service.selector.iter().all(|(key, value)| pod.meta.labels.get(key) == Some(value));
    let here = |pod: &&Pod| pod.meta.namespace == service.meta.namespace && labels(pod);
    cluster.pods.iter().find(|pod| !service.selector.is_empty() && here(pod))
}

/// Why the proxy has no opinion, and the field it depends on; `None` where there is nothing to say.
pub(super) fn silent(cluster: &Cluster, proxy: &NodeProxy, why: Silence, ip: std::net::IpAddr) -> Option<Cause> {
    match why {
        Silence::NoRule => None,
        Silence::WrongPort => Some(wrong_port(owner(cluster, ip))),
        Silence::UnallocatedClusterIp => Some(unallocated(cluster, ip)),
        Silence::NotServedHere { port } => {
            let port = proxy.ports.get(port as usize)?;
            let (reason, field) = if ip.is_loopback() {
                let service = &port.name.service;
                let said = format!("The node port of Service {service} is not served at the loopback address");
                match proxy.mode {
                    ProxyMode::Iptables if ip.is_ipv4() => {
                        (format!("{said}."), Some(proxy_field("iptables.localhostNodePorts")))
                    }
                    ProxyMode::Iptables => (format!("{said} of IPv6, which kube-proxy never does."), None),
                    mode => {
                        (format!("{said}, which the {} mode never does.", mode.as_str()), Some(proxy_field("mode")))
                    }
                }
            } else {
                (
                    format!("The node port of Service {} is not served at {ip}.", port.name.service),
                    Some(proxy_field("nodePortAddresses")),
                )
            };
            Some(cause("node-port-address", reason, field))
        }
        Silence::NoEndpointsFromNode { port } => {
            let port = proxy.ports.get(port as usize)?;
            Some(no_endpoints(cluster, port))
        }
    }
}

fn owner(cluster: &Cluster, ip: std::net::IpAddr) -> Option<&Service> {
    cluster.services.iter().find(|service| service.cluster_ips.contains(&ip))
}

fn unallocated(cluster: &Cluster, ip: IpAddr) -> Cause {
    if let Some(service) = owner(cluster, ip)
        && let Some(label) = other_proxy(&service.meta.labels)
    {
        let reference = service.meta.reference();
        let message = format!("kube-proxy has no rule for {ip}: Service {reference} has the label {label}.");
        return cause("unallocated-cluster-ip", message, Some(service_field(&reference, "metadata.labels")));
    }
    cause("unallocated-cluster-ip", format!("No Service has the cluster IP {ip}."), None)
}

/// A name that is not found, and what stands in the way where it is the name of a Service.
pub(super) fn name_not_found(cluster: &Cluster, client: &Client, name: &str) -> Cause {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let named: Vec<&Service> = cluster.services.iter().filter(|service| service.meta.name == first).collect();
    let pod = match client {
        Client::Pod(reference) => cluster.pod(reference),
        _ => None,
    };
    let (why, field) = match (pod, named.as_slice()) {
        (_, []) => (String::new(), None),
        (None, _) => (" Only pods know the cluster's names.".to_string(), None),
        (Some(pod), _) if pod.host_network && matches!(pod.dns_policy.as_str(), "" | "ClusterFirst") => {
            let object = pod.meta.reference();
            let why = format!(
                " Pod {object} is in its node's network and asks the node's resolver, unless its dnsPolicy is \
                 ClusterFirstWithHostNet."
            );
            (why, Some(FieldRef { kind: "Pod", object, path: "spec.hostNetwork".to_string() }))
        }
        (Some(pod), [only]) if rest.is_empty() && only.meta.namespace != pod.meta.namespace => {
            let namespace = &only.meta.namespace;
            let why = format!(" Service {first} is in namespace {namespace}: ask for {first}.{namespace}.");
            (why, Some(service_field(&only.meta.reference(), "metadata.namespace")))
        }
        _ => (String::new(), None),
    };
    cause("name-not-found", format!("The name {name} is not found by this client.{why}"), field)
}

/// A port that a Service does not have.
pub(super) fn wrong_port(owner: Option<&Service>) -> Cause {
    let Some(service) = owner else { return cause("wrong-port", "The cluster IP has no such port.", None) };
    if service.headless {
        let reference = service.meta.reference();
        let message = format!("Service {reference} is headless, and kube-proxy serves no address of such a Service.");
        return cause("wrong-port", message, Some(service_field(&reference, "spec.clusterIP")));
    }
    let ports: Vec<String> = service.ports.iter().map(|port| format!("{}/{}", port.port, port.protocol)).collect();
    let message = format!("Service {} has no such port; it has {}.", service.meta.reference(), ports.join(", "));
    cause("wrong-port", message, Some(service_field(&service.meta.reference(), "spec.ports")))
}

/// The balancer is a proxy of its own: kube-proxy leaves packets for its address alone.
pub(super) fn left_to_balancer(service: &Service, ip: IpAddr) -> Cause {
    let message = format!("kube-proxy has no rule for {ip}: by ipMode Proxy the balancer takes packets for it itself.");
    cause("balancer-proxy", message, Some(service_field(&service.meta.reference(), "status.loadBalancer")))
}

/// How the client learns of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feels {
    /// The connection stands.
    Fine,
    /// Refused at once.
    Refused,
    /// Nothing comes back.
    Silence,
    /// The network says that there is no such host.
    NoRoute,
    /// The name is not found.
    NoName,
}

/// What the client sees, as curl says it.
pub(super) fn symptom(feels: Feels, protocol: Protocol, host: &str, port: u16) -> Symptom {
    let (curl, text) = match (feels, protocol) {
        (Feels::Fine, _) => (0, String::new()),
        (Feels::NoName, _) => (6, format!("Could not resolve host: {host}")),
        (Feels::Refused, Protocol::Udp) => {
            (7, format!("{host} port {port}: connection refused (ICMP port unreachable)"))
        }
        (Feels::Silence, Protocol::Udp) => (28, format!("{host} port {port}: no answer")),
        (Feels::Refused, _) => (7, format!("Failed to connect to {host} port {port}: Couldn't connect to server")),
        (Feels::Silence, _) => (28, format!("Failed to connect to {host} port {port}: Connection timed out")),
        (Feels::NoRoute, _) => (7, format!("Failed to connect to {host} port {port}: No route to host")),
    };
    Symptom { curl, text }
}
