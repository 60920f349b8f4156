//! Names and numbers that one part of a manifest takes from another: labels, ports, Services, nodes, zones.

use super::manifest::Manifest;
use super::outline::{Outline, Step};
use super::place::{Object, dotted};
use crate::dns::QType;
use crate::expect::VERDICTS;
use crate::net::IpNet;
use crate::objects::schema::KINDS;
use crate::packet::Verdict;
use crate::world::World;

/// What is asked for: a path in an object of the text.
pub(super) struct Asked<'a, 't> {
    pub(super) outline: &'a Outline<'t>,
    pub(super) object: &'a Object<'t>,
    /// The path inside the object.
    pub(super) inner: &'a [Step<'t>],
    pub(super) manifest: &'a Manifest<'t>,
    pub(super) world: &'a World,
}

/// A value, and who has it.
type Known = (String, String);

impl<'t> Asked<'_, 't> {
    fn kind(&self) -> &'static str {
        self.object.kind.map_or("", |kind| kind.kind)
    }

    fn namespace(&self) -> &'t str {
        let namespace = self.outline.text(&self.object.base, &["metadata", "namespace"]);
        namespace.filter(|one| !one.is_empty()).unwrap_or("default")
    }

    /// The pairs at a path of the object itself.
    fn own_pairs(&self, keys: &[&'t str]) -> Vec<(&'t str, &'t str)> {
        let path: Vec<Step<'t>> =
            self.object.base.iter().copied().chain(keys.iter().map(|key| Step::Key(key))).collect();
        let pair = |entry: &super::outline::Entry<'t>| match entry.path.last() {
            Some(Step::Key(key)) => Some((*key, entry.text)),
            _ => None,
        };
        self.outline.below(&path).filter_map(pair).collect()
    }

    /// Names of objects of a kind: those of the same namespace, or `NAMESPACE/NAME` of all.
    fn names(&self, kind: &str, full: bool) -> Vec<Known> {
        let here = self.namespace();
        let objects = self.manifest.of(kind).filter(|one| !one.name.is_empty() && (full || one.namespace == here));
        objects
            .map(|one| {
                let name = if full { format!("{}/{}", one.namespace, one.name) } else { one.name.to_string() };
                (name, kind.to_string())
            })
            .collect()
    }

    fn pods(&self) -> Vec<Known> {
        let pods = self.world.cluster().pods.iter().take(MOST_PODS);
        pods.map(|pod| (pod.meta.reference().to_string(), "Pod".to_string())).collect()
    }

    fn nodes(&self) -> Vec<Known> {
        let nodes = self.world.cluster().nodes.iter();
        nodes.map(|node| (node.meta.name.clone(), node.zone.clone().unwrap_or_default())).collect()
    }

    fn zones(&self) -> Vec<Known> {
        let mut zones: Vec<Known> = Vec::new();
        for node in &self.world.cluster().nodes {
            if let Some(zone) = node.zone.as_ref().filter(|zone| !zones.iter().any(|(known, _)| known == *zone)) {
                zones.push((zone.clone(), format!("zone of {}", node.meta.name)));
            }
        }
        zones
    }
}

/// A list of all pods is of no use beyond this.
const MOST_PODS: usize = 60;

/// `kind`s; those of an API version where one is given.
pub(super) fn kinds(api_version: &str) -> impl Iterator<Item = &'static str> {
    let fits = KINDS.iter().any(|kind| kind.api_version == api_version);
    let wanted = if fits { api_version.to_string() } else { String::new() };
    KINDS.iter().filter(move |kind| wanted.is_empty() || kind.api_version == wanted).map(|kind| kind.kind)
}

/// API versions; that of a kind first.
pub(super) fn versions(kind: &str) -> Vec<&'static str> {
    let of = |wanted: bool| KINDS.iter().filter(move |one| (one.kind == kind) == wanted).map(|one| one.api_version);
    let mut versions: Vec<&'static str> = Vec::new();
    for version in of(true).chain(of(false)) {
        if !versions.contains(&version) {
            versions.push(version);
        }
    }
    versions
}

/// Keys, with their values where they are known, for a mapping such as labels and selectors.
pub(super) fn pairs(asked: &Asked<'_, '_>) -> Vec<(String, Option<String>, String)> {
    let mut found: Vec<(String, Option<String>, String)> = Vec::new();
    // A key that has no value yet; said last.
    let mut bare: Option<(&str, &str)> = None;
    let mut add = |key: &str, value: &str, from: String| {
        if !value.is_empty() {
            found.push((key.to_string(), Some(value.to_string()), from));
        }
    };
    let path = dotted(asked.inner);
    let here = asked.namespace();
    let manifest = asked.manifest;
    match (asked.kind(), path.as_str()) {
        ("Service" | "ReplicationController", "spec.selector") => {
            // Those that it can reach first.
            for same in [true, false] {
                for object in manifest.objects.iter().filter(|one| (one.namespace == here) == same) {
                    let place = if same { String::new() } else { format!(" in {}", object.namespace) };
                    for (key, value) in manifest.pod_labels(object) {
                        add(key, value, format!("{} {}{place}", object.kind, object.name));
                    }
                }
            }
        }
        (_, "spec.selector.matchLabels") => {
            for (key, value) in asked.own_pairs(&["spec", "template", "metadata", "labels"]) {
                add(key, value, "its own template".to_string());
            }
        }
        (_, "spec.template.metadata.labels" | "metadata.labels") => {
            if path.starts_with("spec") {
                for (key, value) in asked.own_pairs(&["spec", "selector", "matchLabels"]) {
                    add(key, value, "its own selector".to_string());
                }
            }
            if path.starts_with("spec") || asked.kind() == "Pod" {
                for service in manifest.of("Service").filter(|one| one.namespace == here) {
                    for (key, value) in manifest.pairs(service, &["spec", "selector"]) {
                        add(key, value, format!("selector of Service {}", service.name));
                    }
                }
            }
            if asked.kind() == "EndpointSlice" {
                for (name, from) in asked.names("Service", false) {
                    add("kubernetes.io/service-name", &name, from);
                }
            }
            if asked.kind() == "Node" {
                for (zone, from) in asked.zones() {
                    add("topology.kubernetes.io/zone", &zone, from);
                }
                bare = Some(("topology.kubernetes.io/zone", "the node's zone"));
            }
        }
        (_, "metadata.annotations" | "spec.template.metadata.annotations") => {
            if path.starts_with("spec") || asked.kind() == "Pod" {
                bare = Some((crate::objects::LISTEN, "what its process listens on"));
            }
            if asked.kind() == "Service" {
                add("service.kubernetes.io/topology-mode", "Auto", "hints by zone".to_string());
            }
        }
        (_, "spec.nodeSelector" | "spec.template.spec.nodeSelector") => {
            for node in &asked.world.cluster().nodes {
                for (key, value) in &node.meta.labels {
                    add(key, value, format!("Node {}", node.meta.name));
                }
            }
        }
        (_, "apiServer.extraArgs") => {
            bare = Some(("service-node-port-range", "such as 30000-32767"));
        }
        _ => {}
    }
    found.extend(bare.map(|(key, says)| (key.to_string(), None, says.to_string())));
    found
}

/// Values for the field at the path that was asked for.
pub(super) fn values(asked: &Asked<'_, '_>) -> Vec<Known> {
    let path = dotted(asked.inner);
    let last = path.rsplit('.').next().unwrap_or_default();
    let known = |values: &[&str]| values.iter().map(|value| (value.to_string(), String::new())).collect();
    match (asked.kind(), path.as_str()) {
        (_, "kind") => {
            let version = asked.outline.text(&asked.object.base, &["apiVersion"]).unwrap_or_default();
            kinds(version).map(|kind| (kind.to_string(), String::new())).collect()
        }
        (kind, "apiVersion") => versions(kind).into_iter().map(|one| (one.to_string(), String::new())).collect(),
        (_, "metadata.namespace") => namespaces(asked),
        ("Service", "spec.ports.targetPort" | "spec.ports.port") => target_ports(asked, last == "targetPort"),
        ("Service", "spec.ports.nodePort") => free_node_port(asked),
        ("Service", "spec.clusterIP") => vec![("None".to_string(), "headless".to_string())],
        ("Service", "spec.externalName") => {
            let domain = &asked.world.cluster().settings.dns_domain;
            let services = asked.manifest.of("Service").filter(|one| !one.name.is_empty());
            services
                .map(|one| (format!("{}.{}.svc.{domain}", one.name, one.namespace), "Service".to_string()))
                .filter(|(name, _)| Some(name.split('.').next().unwrap_or_default()) != own_name(asked))
                .collect()
        }
        ("Service", "spec.selector") | (_, "spec.selector.matchLabels" | "spec.template.metadata.labels") => Vec::new(),
        ("StatefulSet", "spec.serviceName") => asked.names("Service", false),
        ("EndpointSlice", "ports.name") => {
            let service = asked.outline.text(&asked.object.base, &["metadata", "labels", "kubernetes.io/service-name"]);
            let of = asked.manifest.of("Service").filter(|one| service.is_none_or(|name| name == one.name));
            let named = of.flat_map(|one| asked.manifest.service_ports(one)).filter(|port| !port.name.is_empty());
            named.map(|port| (port.name.to_string(), format!("port {}", port.number))).collect()
        }
        ("EndpointSlice", "endpoints.targetRef.name") => {
            let pods = asked.world.cluster().pods.iter().filter(|pod| pod.meta.namespace == asked.namespace());
            pods.take(MOST_PODS).map(|pod| (pod.meta.name.clone(), pod.node.clone())).collect()
        }
        (_, "spec.clients.from") | ("Expectation", "spec.from" | "spec.cases.from") => {
            let mut from = vec![
                ("external".to_string(), "a host of the internet".to_string()),
                ("laptop".to_string(), "a person's machine".to_string()),
            ];
            from.extend(asked.pods().into_iter().map(|(name, kind)| (format!("pod/{name}"), kind)));
            from.extend(asked.nodes().into_iter().map(|(name, zone)| (format!("node/{name}"), zone)));
            from
        }
        (_, "spec.clients.to") | ("Expectation", "spec.to" | "spec.cases.to") => targets(asked),
        ("Expectation", _) if last == "mode" => known(&["iptables", "nftables", "ipvs", "all"]),
        ("Expectation", _) if last == "verdict" => known(&VERDICTS.map(Verdict::as_str)),
        ("Expectation", _) if last == "source" => known(&["client", "masqueraded"]),
        ("Expectation", _) if last == "answers" => known(&["NXDOMAIN", "NODATA"]),
        ("Expectation", _) if last == "type" => known(&QType::ALL.map(QType::as_str)),
        ("Expectation", _) if last == "object" => {
            let named = asked.manifest.objects.iter().filter(|one| !one.name.is_empty());
            named.map(|one| (format!("{}/{}", one.kind, one.name), one.namespace.to_string())).collect()
        }
        ("Expectation", _) if last == "service" => asked.names("Service", true),
        (_, "spec.events.cutOffZone" | "spec.events.joinZone") => asked.zones(),
        ("Scenario", _) if matches!(last, "kill" | "crash" | "hang" | "ready" | "unready" | "pod") => asked.pods(),
        ("Scenario", _) if last == "deployment" => asked.names("Deployment", true),
        ("Scenario", _) if last == "replicaSet" => asked.names("ReplicaSet", true),
        ("Scenario", _) if last == "statefulSet" => asked.names("StatefulSet", true),
        ("Scenario", _) if last == "daemonSet" => asked.names("DaemonSet", true),
        (_, "spec.clients.connections") => known(&["new", "keep-alive"]),
        (_, "spec.events.stopNode" | "spec.events.startNode" | "spec.events.drain" | "spec.events.uncordon") => {
            asked.nodes()
        }
        (_, "spec.events.at" | "spec.duration") => known(&["2s", "10s", "1m"]),
        ("KubeProxyConfiguration", "nodePortAddresses") => known(&["primary"]),
        ("KubeProxyConfiguration", "clusterCIDR") => ranges(&asked.world.cluster().settings.pod_cidrs),
        ("KubeProxyConfiguration", "ipvs.scheduler") => known(&["rr", "lc", "dh", "sh", "sed", "nq"]),
        ("ClusterConfiguration", "networking.serviceSubnet") => ranges(&asked.world.cluster().settings.service_cidrs),
        ("ClusterConfiguration", "networking.podSubnet") => ranges(&asked.world.cluster().settings.pod_cidrs),
        ("ClusterConfiguration", "networking.dnsDomain") => known(&["cluster.local"]),
        ("Node", "status.conditions.type") => known(&["Ready"]),
        ("Pod", "status.conditions.type") => known(&["Ready"]),
        _ if last == "nodeName" || path.ends_with("forNodes.name") => asked.nodes(),
        _ if last == "zone" || path.ends_with("forZones.name") => asked.zones(),
        _ if last == "subdomain" => asked.names("Service", false),
        _ if path.ends_with("Probe.httpGet.port") || path.ends_with("Probe.tcpSocket.port") => own_ports(asked),
        _ if path.ends_with("labels.topology.kubernetes.io/zone") => asked.zones(),
        _ if path.ends_with("labels.kubernetes.io/service-name") => asked.names("Service", false),
        _ => label_values(asked),
    }
}

fn own_name<'t>(asked: &Asked<'_, 't>) -> Option<&'t str> {
    asked.outline.text(&asked.object.base, &["metadata", "name"])
}

fn ranges(ranges: &[IpNet]) -> Vec<Known> {
    let texts: Vec<String> = ranges.iter().map(IpNet::to_string).collect();
    vec![(texts.join(","), "as it is now".to_string())]
}

fn namespaces(asked: &Asked<'_, '_>) -> Vec<Known> {
    let mut found: Vec<Known> = Vec::new();
    let declared = asked.manifest.of("Namespace").map(|one| (one.name, "declared here"));
    let used = asked.manifest.objects.iter().map(|one| (one.namespace, "used here"));
    let always = [("default", "always there"), ("kube-system", "always there")];
    for (name, from) in declared.chain(always).chain(used) {
        if !name.is_empty() && !found.iter().any(|(known, _)| known == name) {
            found.push((name.to_string(), from.to_string()));
        }
    }
    found
}

/// The container ports of the pods that the Service selects; of all pods where it selects none.
fn target_ports(asked: &Asked<'_, '_>, named: bool) -> Vec<Known> {
    let selector = asked.own_pairs(&["spec", "selector"]);
    let here = asked.namespace();
    let selects = |object: &super::manifest::Declared<'_>| {
        let labels = asked.manifest.pod_labels(object);
        object.namespace == here && !selector.is_empty() && selector.iter().all(|pair| labels.contains(pair))
    };
    let any = asked.manifest.objects.iter().any(selects);
    let mut found = Vec::new();
    for object in asked.manifest.objects.iter().filter(|object| !any || selects(object)) {
        for port in asked.manifest.container_ports(object) {
            let owner = format!("{} {}", object.kind, object.name);
            if named && !port.name.is_empty() {
                found.push((port.name.to_string(), format!("{} of {owner}", port.number)));
            }
            if !port.number.is_empty() {
                let name = if port.name.is_empty() { String::new() } else { format!("{}, ", port.name) };
                found.push((port.number.to_string(), format!("{name}{owner}")));
            }
        }
    }
    found
}

/// The ports of the container that a probe belongs to.
fn own_ports(asked: &Asked<'_, '_>) -> Vec<Known> {
    let probe = asked.inner.iter().position(|step| matches!(step, Step::Key(key) if key.ends_with("Probe")));
    let Some(container) = probe.and_then(|at| asked.inner.get(..at)) else { return Vec::new() };
    let mut ports = asked.object.base.clone();
    ports.extend_from_slice(container);
    ports.push(Step::Key("ports"));
    let mut found = Vec::new();
    for entry in &asked.outline.entries {
        let Some((Step::Key(key @ ("name" | "containerPort")), _)) = entry.path.split_last() else { continue };
        if entry.path.starts_with(&ports) && !entry.text.is_empty() {
            let detail = if *key == "name" { "named port" } else { "container port" };
            found.push((entry.text.to_string(), detail.to_string()));
        }
    }
    found
}

/// The lowest node port that nobody has.
fn free_node_port(asked: &Asked<'_, '_>) -> Vec<Known> {
    let cluster = asked.world.cluster();
    let (low, high) = cluster.settings.node_ports;
    let taken = |number: u16| {
        let written = number.to_string();
        cluster.services.iter().flat_map(|service| &service.ports).any(|port| port.node_port == Some(number))
            || asked
                .outline
                .entries
                .iter()
                .any(|entry| matches!(entry.path.last(), Some(Step::Key("nodePort"))) && entry.text == written)
    };
    let free = (low..=high).take(1000).find(|number| !taken(*number));
    free.map(|number| (number.to_string(), format!("free, of {low}-{high}"))).into_iter().collect()
}

/// What a Scenario's client can send to.
fn targets(asked: &Asked<'_, '_>) -> Vec<Known> {
    let mut found = Vec::new();
    for service in asked.manifest.of("Service").filter(|one| !one.name.is_empty()) {
        let place = if service.namespace == "default" { String::new() } else { format!("{}/", service.namespace) };
        for port in asked.manifest.service_ports(service) {
            let label = format!("svc/{place}{}:{}", service.name, port.number);
            found.push((
                label,
                if port.name.is_empty() { "Service".to_string() } else { format!("port {}", port.name) },
            ));
        }
    }
    let cluster = asked.world.cluster();
    let Some(node) = cluster.nodes.iter().rev().map(|node| &node.meta.name).next() else { return found };
    for service in &cluster.services {
        for number in service.ports.iter().filter_map(|port| port.node_port) {
            found.push((format!("node/{node}:{number}"), format!("node port of {}", service.meta.name)));
        }
    }
    found
}

/// Values that the label of this key has elsewhere.
fn label_values(asked: &Asked<'_, '_>) -> Vec<Known> {
    let Some((Step::Key(key), above)) = asked.inner.split_last() else { return Vec::new() };
    let above = Asked {
        inner: above,
        outline: asked.outline,
        object: asked.object,
        manifest: asked.manifest,
        world: asked.world,
    };
    if !matches!(
        above.inner.last(),
        Some(Step::Key("labels" | "selector" | "matchLabels" | "nodeSelector" | "annotations"))
    ) {
        return Vec::new();
    }
    let of_key = pairs(&above).into_iter().filter(|(known, _, _)| known == key);
    of_key.filter_map(|(_, value, from)| Some((value?, from))).collect()
}
