//! `kubectl port-forward`: a tunnel to one pod, past every Service and kube-proxy.
//!
//! After kubectl's `pkg/cmd/portforward`, `pkg/polymorphichelpers` (which pod), `pkg/util/{service,pod}_port.go` (which
//! port) and `pkg/util/podutils` (the order of pods). The pod is picked once, when the command starts; the port of a
//! Service is translated to its target port there and then. Bytes go to the API server, to the kubelet of the pod's node,
//! and from inside the pod's network to `localhost`, so a process bound to 127.0.0.1 is reached too.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr};

use super::says;
use super::{Action, Candidate, Cause, FieldRef, Hop, Symptom, Trace, Tuple, Verdict};
use crate::cluster::{Cluster, Place};
use crate::net::{Addr, Protocol};
use crate::objects::{Listen, ObjectRef, Pod, PodPhase, Service, TargetPort};

/// The address of the machine with kubectl, as the API server sees it.
const LAPTOP: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 20));
const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const API_SERVER_PORT: u16 = 6443;
const KUBELET_PORT: u16 = 10250;

/// A running `kubectl port-forward`, and what becomes of a connection to its local port.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    /// The pod that was picked; the tunnel breaks when it dies.
    pub pod: ObjectRef,
    /// The port on the person's machine.
    pub local: u16,
    /// The port in the pod.
    pub remote: u16,
    /// What kubectl prints.
    pub output: Vec<String>,
    /// The way of a connection to the local port.
    pub trace: Trace,
}

/// Runs `kubectl -n NAMESPACE port-forward TARGET PORTS`: `service/web`, `deploy/web`, `pod/web-1` or `web-1`, and
/// `8080:80`, `8080:http`, `80` or `:80` (where kubectl picks a free local port). The error is what kubectl prints.
pub fn port_forward(cluster: &Cluster, namespace: &str, target: &str, ports: &str) -> Result<Forward, String> {
    let (kind, name) = target.split_once('/').unwrap_or(("pod", target));
    let (local, remote) = split_ports(ports);
    // What a port's name alone stands for on this side: the Service's own number, or the container's.
    let mut named = None;
    let reference = ObjectRef::new(namespace, name);
    let (pod, remote) = match kind {
        "service" | "services" | "svc" => {
            let service = cluster.service(&reference).ok_or_else(|| not_found("services", name))?;
            let pod = pod_of_service(cluster, service)?;
            named = service.ports.iter().find(|port| port.name == remote).map(|port| port.port);
            (pod, service_port(service, pod, remote)?)
        }
        _ => {
            let pod = pod_of(cluster, kind, &reference)?;
            (pod, pod_port(pod, remote)?)
        }
    };
    if pod.phase != PodPhase::Running {
        let phase = match pod.phase {
            PodPhase::Pending => "Pending",
            PodPhase::Running => "Running",
            PodPhase::Succeeded => "Succeeded",
            PodPhase::Failed => "Failed",
            PodPhase::Unknown => "Unknown",
        };
        return Err(format!("error: unable to forward port because pod is not running. Current status={phase}"));
    }
    let local = match local {
        "" => 49152 + remote % 16384,
        _ if !ports.contains(':') => local.parse().ok().or(named).unwrap_or(remote),
        text => text.parse().map_err(|_| {
            format!("error: error parsing local port '{text}': strconv.ParseUint: parsing \"{text}\": invalid syntax")
        })?,
    };
    let node = cluster.node(&pod.node);
    let kubelet = node.and_then(|node| node.primary_ip());
    if let (Some(node), Some(address)) = (node, kubelet)
        && !node.ready
    {
        let address = Addr::new(address, KUBELET_PORT);
        return Err(format!(
            "error: error upgrading connection: error dialing backend: dial tcp {address}: i/o timeout"
        ));
    }
    let output = vec![
        format!("Forwarding from 127.0.0.1:{local} -> {remote}"),
        format!("Forwarding from [::1]:{local} -> {remote}"),
    ];
    let trace = trace(cluster, pod, kubelet, local, remote);
    Ok(Forward { pod: pod.meta.reference(), local, remote, output, trace })
}

/// Why there is no tunnel, for a trace.
pub(super) struct Failure {
    /// What kubectl prints, and what is behind it.
    pub(super) message: String,
    /// The field behind it.
    pub(super) field: Option<FieldRef>,
    /// The local port that nothing listens on, where the question has its number.
    pub(super) local: Option<u16>,
}

impl Failure {
    pub(super) fn new(cluster: &Cluster, kind: &str, object: &ObjectRef, ports: &str, error: &str) -> Self {
        let service = cluster.service(object).filter(|_| matches!(kind, "service" | "services" | "svc"));
        let (why, field) = match service.map(|service| (service, pod_of_service(cluster, service))) {
            None => (String::new(), None),
            Some((service, Err(_))) if service.selector.is_empty() => (String::new(), Some("spec.selector")),
            Some((_, Err(_))) => (
                format!(" It waits a minute for a pod of Service {object}, whose selector matches none."),
                Some("spec.selector"),
            ),
            Some((_, Ok(pod))) if pod.phase == PodPhase::Running => (String::new(), Some("spec.ports")),
            Some((_, Ok(_))) => (String::new(), None),
        };
        Failure {
            message: format!("kubectl ends with \"{error}\".{why}"),
            field: field.map(|path| says::service_field(object, path)),
            local: split_ports(ports).0.parse().ok(),
        }
    }
}

fn split_ports(ports: &str) -> (&str, &str) {
    match ports.split_once(':') {
        Some((local, remote)) if !remote.contains(':') => (local, remote),
        _ => (ports, ports),
    }
}

fn not_found(resource: &str, name: &str) -> String {
    format!("Error from server (NotFound): {resource} \"{name}\" not found")
}

/// The pods that the Service's selector matches, whether its slices hold them or not.
fn pod_of_service<'a>(cluster: &'a Cluster, service: &Service) -> Result<&'a Pod, String> {
    if service.selector.is_empty() {
        return Err(format!(
            "error: cannot attach to *v1.Service: invalid service '{}': Service is defined without a selector",
            service.meta.name
        ));
    }
    let selected = |pod: &&Pod| {
        pod.meta.namespace == service.meta.namespace
            && service.selector.iter().all(|(key, value)| pod.meta.labels.get(key) == Some(value))
    };
    first(cluster.pods.iter().filter(selected))
}

/// The pod itself, or one of a workload's. A workload without pods cannot be told from one that is not there.
fn pod_of<'a>(cluster: &'a Cluster, kind: &str, reference: &ObjectRef) -> Result<&'a Pod, String> {
    let (owner, resource) = match kind {
        "pod" | "pods" | "po" => return cluster.pod(reference).ok_or_else(|| not_found("pods", &reference.name)),
        "deployment" | "deployments" | "deploy" => ("Deployment", "deployments.apps"),
        "replicaset" | "replicasets" | "rs" => ("ReplicaSet", "replicasets.apps"),
        "statefulset" | "statefulsets" | "sts" => ("StatefulSet", "statefulsets.apps"),
        "daemonset" | "daemonsets" | "ds" => ("DaemonSet", "daemonsets.apps"),
        _ => return Err(format!("error: the server doesn't have a resource type \"{kind}\"")),
    };
    let owned = |pod: &&Pod| {
        pod.meta.namespace == reference.namespace
            && pod.meta.owner.as_ref().is_some_and(|by| {
                by.kind == owner && by.name == reference.name
                    // A Deployment owns its pods through a ReplicaSet named after it.
                    || owner == "Deployment"
                        && by.kind == "ReplicaSet"
                        && by.name.rsplit_once('-').is_some_and(|(deployment, _)| deployment == reference.name)
            })
    };
    let pods: Vec<&Pod> = cluster.pods.iter().filter(owned).collect();
    if pods.is_empty() { Err(not_found(resource, &reference.name)) } else { first(pods.into_iter()) }
}

/// The pod that kubectl prefers: scheduled, running rather than unknown or pending, ready. Times and restarts decide
/// next, which are not known here; then the order of names stands.
fn first<'a>(pods: impl Iterator<Item = &'a Pod>) -> Result<&'a Pod, String> {
    let phase = |pod: &Pod| match pod.phase {
        PodPhase::Running => 2,
        PodPhase::Unknown => 1,
        // Finished pods have no rank of their own and share the lowest.
        PodPhase::Pending | PodPhase::Succeeded | PodPhase::Failed => 0,
    };
    pods.min_by_key(|pod| Reverse((!pod.node.is_empty(), phase(pod), pod.is_ready())))
        .ok_or_else(|| "error: timed out waiting for the condition".to_string())
}

fn service_port(service: &Service, pod: &Pod, remote: &str) -> Result<u16, String> {
    let port = match remote.parse::<i32>() {
        Ok(number) => number,
        Err(_) => {
            service.ports.iter().find(|port| port.name == remote).map(|port| i32::from(port.port)).ok_or_else(|| {
                format!("error: Service '{}' does not have a named port '{remote}'", service.meta.name)
            })?
        }
    };
    let at_port = || service.ports.iter().filter(|declared| i32::from(declared.port) == port);
    let has = |protocol| at_port().any(|declared| declared.protocol == protocol);
    if has(Protocol::Udp) && !has(Protocol::Tcp) {
        return Err(format!("error: UDP protocol is not supported for {remote}"));
    }
    if service.headless {
        // The target port is not looked at: such a Service does not translate ports.
        return number(&port.to_string());
    }
    match at_port().next().map(|declared| &declared.target_port) {
        Some(TargetPort::Number(target)) => Ok(*target),
        Some(TargetPort::Name(name)) => container_port(pod, name),
        None => Err(format!("error: Service {} does not have a service port {port}", service.meta.name)),
    }
}

fn pod_port(pod: &Pod, remote: &str) -> Result<u16, String> {
    if remote.is_empty() {
        return Err("error: remote port cannot be empty".to_string());
    }
    let port = match remote.parse::<i64>() {
        Ok(_) => number(remote)?,
        Err(_) => container_port(pod, remote)?,
    };
    let declared = || pod.containers.iter().filter(|c| !c.sidecar).flat_map(|c| &c.ports).filter(|p| p.port == port);
    let has = |protocol| declared().any(|declared| declared.protocol == protocol);
    if has(Protocol::Udp) && !has(Protocol::Tcp) {
        return Err(format!("error: UDP protocol is not supported for {remote}"));
    }
    Ok(port)
}

fn number(text: &str) -> Result<u16, String> {
    match text.parse::<u16>() {
        Ok(0) => Err("error: remote port must be > 0".to_string()),
        Ok(port) => Ok(port),
        Err(_) => {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let why = if digits { "value out of range" } else { "invalid syntax" };
            Err(format!("error: error parsing remote port '{text}': strconv.ParseUint: parsing \"{text}\": {why}"))
        }
    }
}

/// A named port: ordinary containers first, then sidecars.
fn container_port(pod: &Pod, name: &str) -> Result<u16, String> {
    let of = |sidecar: bool| pod.containers.iter().filter(move |c| c.sidecar == sidecar).flat_map(|c| &c.ports);
    let found = of(false).chain(of(true)).find(|port| port.name == name);
    found
        .map(|port| port.port)
        .ok_or_else(|| format!("error: Pod '{}' does not have a named port '{name}'", pod.meta.name))
}

/// Where the API server is: its Service's endpoint, or a control plane node.
fn api_server(cluster: &Cluster) -> Option<Addr> {
    let kubernetes = ObjectRef::new("default", "kubernetes");
    let listed = cluster.slices_of(&kubernetes).find_map(|slice| {
        let address = slice.endpoints.iter().find_map(|endpoint| endpoint.addresses.first())?;
        Some(Addr::new(*address, slice.ports.iter().find_map(|port| port.port)?))
    });
    let node = || cluster.nodes.iter().find(|node| node.control_plane).and_then(|node| node.primary_ip());
    listed.or_else(|| node().map(|address| Addr::new(address, API_SERVER_PORT)))
}

fn trace(cluster: &Cluster, pod: &Pod, kubelet: Option<IpAddr>, local: u16, remote: u16) -> Trace {
    let reference = pod.meta.reference();
    let to_local = Tuple { src: Addr::new(LOOPBACK, 0), dst: Addr::new(LOOPBACK, local) };
    let server = api_server(cluster);
    let to_server = server.map(|server| Tuple { src: Addr::new(LAPTOP, 0), dst: server });
    let to_kubelet = kubelet.map(|address| Tuple {
        src: Addr::new(server.map_or(LAPTOP, |server| server.ip), 0),
        dst: Addr::new(address, KUBELET_PORT),
    });
    let in_pod = Tuple { src: Addr::new(LOOPBACK, 0), dst: Addr::new(LOOPBACK, remote) };
    let hop = |at: Place, action: Action, before: Option<Tuple>, after: Option<Tuple>, note: String| Hop {
        at,
        action,
        before,
        after,
        rule: None,
        ruled: None,
        field: None,
        note,
    };
    let mut hops = vec![
        hop(
            Place::Laptop,
            Action::Send,
            None,
            Some(to_local),
            format!("A program connects to kubectl's own listener on port {local}."),
        ),
        hop(
            Place::Laptop,
            Action::Tunnel,
            Some(to_local),
            to_server,
            "kubectl sends the bytes inside its connection to the API server; no kube-proxy and no Service takes part."
                .into(),
        ),
        hop(
            Place::ApiServer,
            Action::Tunnel,
            to_server,
            to_kubelet,
            format!("The API server passes them on to the kubelet of {}.", pod.node),
        ),
        hop(
            Place::Kubelet(pod.node.clone()),
            Action::Tunnel,
            to_kubelet,
            Some(in_pod),
            "The kubelet has the container runtime connect to localhost inside the pod's network.".into(),
        ),
    ];
    let listens = match &pod.listen {
        Listen::Any => true,
        Listen::Ports(ports) => ports.iter().any(|(protocol, port, _)| (*protocol, *port) == (Protocol::Tcp, remote)),
    };
    let at = Place::Pod(reference.clone());
    let (verdict, cause, symptom) = if listens {
        let note = format!("The process on port {remote} takes it; it sees a connection from 127.0.0.1.");
        hops.push(hop(at, Action::Deliver, Some(in_pod), None, note));
        (Verdict::Delivered, None, Symptom { curl: 0, text: String::new() })
    } else {
        let note =
            format!("Nothing in the pod listens on port {remote}: the connection is refused, and the tunnel is lost.");
        hops.push(hop(at, Action::Refuse, Some(in_pod), None, note.clone()));
        let cause = Cause { code: "pod-not-listening", message: note, field: None };
        // The local connection was accepted by kubectl, so curl sees it close, not a refusal.
        let text = "curl: (52) Empty reply from server".to_string();
        (Verdict::Refused, Some(cause), Symptom { curl: 52, text })
    };
    let candidate = pod.ips.first().map(|address| Candidate {
        address: Addr::new(*address, remote),
        pod: Some(reference),
        node: pod.node.clone(),
        probability: 1.0,
    });
    Trace {
        protocol: Protocol::Tcp,
        verdict,
        service: None,
        chosen: candidate.as_ref().map(|_| 0),
        endpoints: candidate.into_iter().collect(),
        masqueraded: false,
        source_seen: listens.then_some(LOOPBACK),
        hops,
        cause,
        symptom,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::testing::{cluster as base, meta, service_port};
    use crate::objects::{Container, ContainerPort, OwnerRef};

    fn cluster() -> Cluster {
        let mut cluster = base();
        let port = |name: &str, protocol, port| ContainerPort {
            name: name.to_string(),
            protocol,
            port,
            host_port: None,
            host_ip: None,
        };
        for pod in &mut cluster.pods {
            pod.meta.labels.insert("app".to_string(), "web".to_string());
            pod.meta.owner = Some(OwnerRef { kind: "ReplicaSet".to_string(), name: "web-5d9f".to_string() });
            pod.containers = vec![Container {
                ports: vec![port("http", Protocol::Tcp, 8080), port("dns", Protocol::Udp, 5353)],
                ..Container::default()
            }];
        }
        cluster.pods[0].ready = Some(false);
        for service in &mut cluster.services {
            if service.meta.name == "web" || service.meta.name == "db" {
                service.selector.insert("app".to_string(), "web".to_string());
            }
        }
        cluster
    }

    fn forward(cluster: &Cluster, target: &str, ports: &str) -> Result<(String, u16, u16), String> {
        port_forward(cluster, "default", target, ports).map(|f| (f.pod.name, f.local, f.remote))
    }

    #[test]
    fn a_service_is_one_ready_pod_and_its_target_port() {
        let cluster = cluster();
        assert_eq!(forward(&cluster, "service/web", "8000:80"), Ok(("custom".to_string(), 8000, 8080)));
        assert_eq!(forward(&cluster, "svc/web", "8000:http"), Ok(("custom".to_string(), 8000, 8080)));
        assert_eq!(forward(&cluster, "svc/web", "http"), Ok(("custom".to_string(), 80, 8080)));
        assert_eq!(forward(&cluster, "svc/db", "5432:1234").unwrap().2, 1234, "headless: the port as it was given");
        assert_eq!(forward(&cluster, "deployment/web", "8000:http").unwrap().0, "custom");
        assert_eq!(forward(&cluster, "client", "8080").unwrap(), ("client".to_string(), 8080, 8080));
    }

    #[test]
    fn named_target_ports_are_looked_up_in_the_pod() {
        let mut cluster = cluster();
        let at = cluster.services.iter().position(|s| s.meta.name == "web").unwrap();
        let mut port = service_port("http", Protocol::Tcp, 80, 1);
        port.target_port = TargetPort::Name("http".to_string());
        cluster.services[at].ports = vec![port.clone()];
        assert_eq!(forward(&cluster, "svc/web", "80").unwrap(), ("custom".to_string(), 80, 8080));
        port.target_port = TargetPort::Name("gone".to_string());
        cluster.services[at].ports = vec![port];
        assert_eq!(
            forward(&cluster, "svc/web", "80").unwrap_err(),
            "error: Pod 'custom' does not have a named port 'gone'"
        );
    }

    #[test]
    fn errors_are_in_kubectls_words() {
        let mut cluster = cluster();
        for (target, ports, says) in [
            ("svc/none", "80", "Error from server (NotFound): services \"none\" not found"),
            ("none", "80", "Error from server (NotFound): pods \"none\" not found"),
            ("deploy/none", "80", "Error from server (NotFound): deployments.apps \"none\" not found"),
            ("svc/web", "81", "error: Service web does not have a service port 81"),
            ("svc/web", "8000:admin", "error: Service 'web' does not have a named port 'admin'"),
            ("svc/web", "53", "error: UDP protocol is not supported for 53"),
            ("client", "53:dns", "error: UDP protocol is not supported for dns"),
            ("client", "8000:", "error: remote port cannot be empty"),
            (
                "svc/alias",
                "80",
                "error: cannot attach to *v1.Service: invalid service 'alias': Service is defined without a selector",
            ),
        ] {
            assert_eq!(forward(&cluster, target, ports).unwrap_err(), says);
        }
        cluster.pods.iter_mut().for_each(|pod| pod.phase = PodPhase::Pending);
        assert_eq!(
            forward(&cluster, "svc/web", "80").unwrap_err(),
            "error: unable to forward port because pod is not running. Current status=Pending"
        );
        cluster.pods.clear();
        assert_eq!(forward(&cluster, "svc/web", "80").unwrap_err(), "error: timed out waiting for the condition");
    }

    #[test]
    fn the_tunnel_reaches_a_process_on_loopback_and_passes_no_proxy() {
        let mut cluster = cluster();
        cluster.nodes.push(crate::objects::Node {
            meta: meta("", "control-plane"),
            internal_ips: vec!["172.30.0.10".parse().unwrap()],
            control_plane: true,
            ..Default::default()
        });
        cluster.pods.iter_mut().for_each(|pod| pod.listen = Listen::Ports(vec![(Protocol::Tcp, 8080, true)]));
        let trace = port_forward(&cluster, "default", "svc/web", "80").unwrap().trace;
        assert_eq!(trace.verdict, Verdict::Delivered);
        assert!(!trace.hops.iter().any(|hop| matches!(hop.at, Place::Proxy(_))));
        let ports: Vec<u16> = trace.hops.iter().filter_map(|hop| hop.after).map(|tuple| tuple.dst.port).collect();
        assert_eq!(ports, [80, 6443, 10250, 8080]);
    }

    #[test]
    fn a_port_that_nothing_listens_on_breaks_the_tunnel() {
        let mut cluster = cluster();
        cluster.pods.iter_mut().for_each(|pod| pod.listen = Listen::Ports(Vec::new()));
        let trace = port_forward(&cluster, "default", "svc/web", "80").unwrap().trace;
        assert_eq!((trace.verdict, trace.symptom.curl), (Verdict::Refused, 52));
    }
}
