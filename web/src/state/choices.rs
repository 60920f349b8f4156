//! Who can send, and to what: the pickers' lists.

use portolan_core::cluster::{Client, Cluster};
use portolan_core::objects::{ObjectRef, Origin, Pod, Service, ServiceType};
use portolan_core::packet::Target;

/// One line of a picker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Choice {
    /// CLIENT or TARGET, as on the command line.
    pub(crate) value: String,
    /// What is shown.
    pub(crate) label: String,
    /// Under which heading.
    pub(crate) group: &'static str,
}

/// Pods offered as clients and as targets of a port-forward.
const MAX_PODS: usize = 60;
/// Services whose addresses are offered.
const MAX_SERVICES: usize = 40;

fn choice(group: &'static str, value: impl Into<String>, label: impl Into<String>) -> Choice {
    Choice { value: value.into(), label: label.into(), group }
}

/// Everybody who can send.
pub(crate) fn clients(cluster: &Cluster) -> Vec<Choice> {
    let mut all = vec![
        choice("Outside", "external", "internet host"),
        choice("Outside", "laptop", "laptop with kubectl port-forward"),
    ];
    let (system, own): (Vec<&Pod>, Vec<&Pod>) = cluster.pods.iter().partition(|p| p.meta.origin == Origin::Cluster);
    for pod in own.into_iter().take(MAX_PODS).chain(system.into_iter().take(4)) {
        let reference = pod.meta.reference();
        let label = if reference.namespace == "default" { reference.name.clone() } else { reference.to_string() };
        all.push(choice("Pods", Client::Pod(reference).to_string(), label));
    }
    for node in &cluster.nodes {
        let name = &node.meta.name;
        all.push(choice("Nodes", Client::Node(name.clone()).to_string(), format!("a process on {name}")));
    }
    all
}

/// The Services of the input, those of the cluster itself last.
pub(crate) fn services(cluster: &Cluster) -> Vec<&Service> {
    let own = cluster.services.iter().filter(|s| s.meta.origin != Origin::Cluster);
    let others = cluster.services.iter().filter(|s| s.meta.origin == Origin::Cluster);
    own.chain(others).take(MAX_SERVICES).collect()
}

/// Everything that this client can be sent to, what makes sense first.
pub(crate) fn targets(cluster: &Cluster, client: &Client) -> Vec<Choice> {
    if *client == Client::Laptop {
        return forwards(cluster);
    }
    let outside = matches!(client, Client::External(_) | Client::AddressAt { .. });
    let namespace = match client {
        Client::Pod(pod) => pod.namespace.as_str(),
        _ => "",
    };
    let (mut names, mut addresses, mut nodes, mut balancers) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for service in services(cluster) {
        let reference = service.meta.reference();
        let name = dns_name(&reference, namespace);
        if service.service_type == ServiceType::ExternalName {
            let port = service.ports.first().map_or(80, |p| p.port);
            names.push(choice("By name", format!("{name}:{port}"), format!("{name}:{port}  (CNAME)")));
            continue;
        }
        for port in &service.ports {
            let n = port.port;
            names.push(choice("By name", format!("{name}:{n}"), format!("{name}:{n}")));
            if let Some(ip) = service.cluster_ip() {
                let label = format!("{ip}:{n}  ({})", service.meta.name);
                addresses.push(choice("Cluster IP", with_port(&ip.to_string(), n), label));
            }
            for ip in service.ingress.iter().filter_map(|i| i.ip).chain(service.external_ips.iter().copied()) {
                let label = format!("{ip}:{n}  ({})", service.meta.name);
                balancers.push(choice("Load balancer", with_port(&ip.to_string(), n), label));
            }
            if let Some(node_port) = port.node_port {
                for node in cluster.nodes.iter().take(24) {
                    let node_name = &node.meta.name;
                    let value = format!("node/{node_name}:{node_port}");
                    nodes.push(choice("Node port", value, format!("{node_name}:{node_port}  ({})", service.meta.name)));
                }
            }
        }
    }
    // Try the nodes that take workloads first.
    portolan_core::sort::by_key(&mut nodes, |c| {
        cluster.nodes.iter().any(|n| n.control_plane && c.value.starts_with(&format!("node/{}:", n.meta.name)))
    });
    match client {
        _ if outside => [balancers, nodes, addresses, names].concat(),
        // A node's own resolver does not know the cluster's names.
        Client::Node(_) => [addresses, nodes, balancers, names].concat(),
        _ => [names, addresses, nodes, balancers].concat(),
    }
}

/// What kubectl can forward to.
fn forwards(cluster: &Cluster) -> Vec<Choice> {
    let mut all = Vec::new();
    let mut push = |namespace: &str, kind: &str, name: &str, port: u16| {
        let local = if port < 1024 { port.saturating_add(8000) } else { port };
        let place = if namespace == "default" { name.to_string() } else { format!("{namespace}/{name}") };
        let text = format!("port-forward/{kind}/{place}:{local}:{port}");
        let label = format!("{}{kind}/{name} {local}:{port}", namespace_flag(namespace));
        all.push(choice("kubectl port-forward", text, label));
    };
    for service in services(cluster) {
        if let (false, Some(port)) = (service.selector.is_empty(), service.ports.first()) {
            push(&service.meta.namespace, "service", &service.meta.name, port.port);
        }
    }
    let mut workloads = Vec::new();
    for pod in cluster.pods.iter().filter(|p| p.meta.origin != Origin::Cluster) {
        let port = pod.containers.iter().flat_map(|c| &c.ports).map(|p| p.port).next().unwrap_or(80);
        if let Some(workload) = workload(cluster, &pod.meta.reference())
            && !workloads.contains(&workload)
        {
            push(&workload.1.namespace, &workload.0.to_ascii_lowercase(), &workload.1.name, port);
            workloads.push(workload);
        }
    }
    for pod in cluster.pods.iter().filter(|p| p.meta.origin != Origin::Cluster).take(MAX_PODS) {
        let port = pod.containers.iter().flat_map(|c| &c.ports).map(|p| p.port).next().unwrap_or(80);
        push(&pod.meta.namespace, "pod", &pod.meta.name, port);
    }
    all
}

/// The workload that a pod belongs to: a Deployment rather than its ReplicaSet.
pub(crate) fn workload(cluster: &Cluster, pod: &ObjectRef) -> Option<(String, ObjectRef)> {
    let pod = cluster.pod(pod)?;
    let owner = pod.meta.owner.as_ref()?;
    let hash = pod.meta.labels.get("pod-template-hash");
    if owner.kind == "ReplicaSet"
        && let Some(name) = hash.and_then(|hash| owner.name.strip_suffix(hash)).and_then(|n| n.strip_suffix('-'))
    {
        return Some(("Deployment".into(), ObjectRef::new(&pod.meta.namespace, name)));
    }
    Some((owner.kind.clone(), ObjectRef::new(&pod.meta.namespace, &owner.name)))
}

/// How many pods of a workload there are, those being deleted left out.
pub(crate) fn replicas(cluster: &Cluster, of: &(String, ObjectRef)) -> usize {
    let pods = cluster.pods.iter().filter(|p| !p.meta.deleting);
    pods.filter(|p| workload(cluster, &p.meta.reference()).as_ref() == Some(of)).count()
}

/// A port-forward's target, taken apart: namespace, what, ports.
pub(crate) fn parse_forward(text: &str) -> Option<(String, String, String)> {
    match Target::parse(text).ok()? {
        Target::PortForward { kind, object, ports } => {
            Some((object.namespace, format!("{kind}/{}", object.name), ports))
        }
        _ => None,
    }
}

/// The command line of a port-forward.
pub(crate) fn forward_command(text: &str) -> Option<String> {
    let (namespace, what, ports) = parse_forward(text)?;
    Some(format!("kubectl {}port-forward {what} {ports}", namespace_flag(&namespace)))
}

fn namespace_flag(namespace: &str) -> String {
    if namespace == "default" { String::new() } else { format!("-n {namespace} ") }
}

fn dns_name(service: &ObjectRef, from: &str) -> String {
    if service.namespace == from { service.name.clone() } else { format!("{}.{}", service.name, service.namespace) }
}

fn with_port(ip: &str, port: u16) -> String {
    if ip.contains(':') { format!("[{ip}]:{port}") } else { format!("{ip}:{port}") }
}

/// Who sends to what when nobody has said.
pub(crate) fn default_choice(cluster: &Cluster) -> (String, String) {
    let service = services(cluster).into_iter().find(|s| s.meta.origin != Origin::Cluster);
    if service.is_none() {
        return (Client::External(None).to_string(), String::new());
    }
    let inside = || {
        let endpoint =
            |pod: &ObjectRef| cluster.slices.iter().any(|s| s.endpoints.iter().any(|e| e.pod.as_ref() == Some(pod)));
        // A pod with the node's resolver, such as CoreDNS itself, does not know the cluster's names.
        let pods = || cluster.pods.iter().filter(|p| p.dns_policy != "Default").map(|p| p.meta.reference());
        let pod = pods().find(|p| !endpoint(p)).or_else(|| pods().next());
        pod.map(Client::Pod)
            .or_else(|| cluster.nodes.iter().rfind(|n| !n.control_plane).map(|n| Client::Node(n.meta.name.clone())))
            .unwrap_or(Client::External(None))
    };
    let outside =
        service.is_some_and(|s| s.service_type == ServiceType::LoadBalancer || s.service_type == ServiceType::NodePort);
    let client = if outside { Client::External(None) } else { inside() };
    let all = targets(cluster, &client);
    let of_it = service.map(|s| s.meta.reference());
    let own = all.iter().find(|choice| service_of(cluster, &client, &choice.value) == of_it);
    (client.to_string(), own.or(all.first()).map(|choice| choice.value.clone()).unwrap_or_default())
}

/// The Service that a target leads to, for the chart's focus.
pub(crate) fn service_of(cluster: &Cluster, client: &Client, target: &str) -> Option<ObjectRef> {
    match Target::parse(target) {
        Ok(Target::PortForward { kind, object, .. }) => return (kind == "service").then_some(object),
        Ok(Target::Service { service, .. } | Target::Balancer { service, .. }) => return Some(service),
        _ => {}
    }
    let (host, port) = target.rsplit_once(':').unwrap_or((target, ""));
    let port: u16 = port.parse().unwrap_or(0);
    let address = host.trim_matches(['[', ']']).parse().ok();
    let home = match client {
        Client::Pod(pod) => pod.namespace.as_str(),
        _ => "default",
    };
    let found = cluster.services.iter().find(|s| {
        if host.starts_with("node/") || address.is_some_and(|a| cluster.node_by_ip(a).is_some()) {
            return s.ports.iter().any(|p| p.node_port == Some(port)) || s.health_check_node_port == Some(port);
        }
        if let Some(address) = address {
            return s.cluster_ips.contains(&address)
                || s.external_ips.contains(&address)
                || s.ingress.iter().any(|i| i.ip == Some(address));
        }
        let host = host.trim_end_matches('.');
        let mut labels = host.split('.');
        let tail: Vec<&str> = host.split('.').collect();
        // web, web.default, web.default.svc[.cluster.local], and web-0.web.default ... of a headless Service
        let (name, namespace) = (labels.next().unwrap_or_default(), labels.next());
        (s.meta.name == name && s.meta.namespace == namespace.unwrap_or(home))
            || (s.headless && tail.len() > 1 && tail[1] == s.meta.name)
    });
    found.map(|s| s.meta.reference())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::sample;

    #[test]
    fn a_load_balancer_is_tried_from_the_internet() {
        let mut cluster = sample::cluster(3);
        cluster.services.retain(|s| s.service_type == ServiceType::LoadBalancer);
        assert_eq!(default_choice(&cluster), ("external".into(), "198.51.100.7:80".into()));
    }

    #[test]
    fn every_way_in_is_offered() {
        let cluster = sample::cluster(3);
        let values = |client: &str| -> Vec<String> {
            let client = Client::parse(client).expect("a client");
            targets(&cluster, &client).into_iter().map(|c| c.value).collect()
        };
        let inside = values("pod/web-7d4b9c6f5-00000");
        for target in ["web:80", "10.96.10.10:80", "node/worker-1:31000", "198.51.100.7:80"] {
            assert!(inside.iter().any(|v| v == target), "{target} not in {inside:?}");
        }
        let forwards = values("laptop");
        assert!(forwards.iter().any(|v| v == "port-forward/pod/web-7d4b9c6f5-00000:8080:8080"));
        assert!(forwards.iter().all(|v| parse_forward(v).is_some()));
    }

    #[test]
    fn a_target_names_its_service() {
        let cluster = sample::cluster(3);
        let client = Client::External(None);
        let web = Some(ObjectRef::new("default", "web"));
        for target in [
            "web:80",
            "web.default.svc.cluster.local:80",
            "10.96.10.10:80",
            "node/worker-2:31000",
            "198.51.100.7:80",
            "192.168.1.11:31000",
            "svc/web:80",
            "port-forward/service/web:80",
        ] {
            assert_eq!(service_of(&cluster, &client, target), web, "{target}");
        }
        assert_eq!(service_of(&cluster, &client, "10.96.0.99:80"), None);
        assert_eq!(service_of(&cluster, &client, ""), None);
    }

    #[test]
    fn a_port_forward_is_shown_as_its_command() {
        let command = forward_command("port-forward/deployment/shop/web:8080:80");
        assert_eq!(command.as_deref(), Some("kubectl -n shop port-forward deployment/web 8080:80"));
        assert_eq!(forward_command("web:80"), None);
    }
}
