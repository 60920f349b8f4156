//! Stored values as typed objects: what traffic depends on, and no more.
//!
//! The values are those that the server has accepted, or that a dump of a cluster holds. Whatever they hold, this does
//! not fail: what does not fit is left out.

use crate::collections::Map;
use std::net::IpAddr;

use super::life::life_of;
use super::listen::listen_of;
use super::{
    Container, ContainerPort, DnsConfig, Endpoint, EndpointSlice, IpMode, LoadBalancerIngress, Node, ObjectMeta,
    ObjectRef, Origin, OwnerRef, Pod, PodPhase, Service, ServicePort, ServiceType, SlicePort, Taint, TargetPort,
    TrafficDistribution, TrafficPolicy, Value,
};
use crate::net::{IpFamily, IpNet, Protocol};

impl ObjectMeta {
    /// `metadata` of a stored object.
    pub fn from_value(value: &Value, origin: Origin) -> Self {
        meta(value, origin)
    }
}

impl Service {
    /// The Service of a stored value.
    pub fn from_value(value: &Value, origin: Origin) -> Self {
        service(value, origin)
    }
}

impl Pod {
    /// The Pod of a stored value; what listens follows `portolan.dev/listen`, else the ports that its containers and probes name.
    pub fn from_value(value: &Value, origin: Origin) -> Self {
        pod(value, origin)
    }
}

impl Node {
    /// The Node of a stored value.
    pub fn from_value(value: &Value, origin: Origin) -> Self {
        node(value, origin)
    }
}

impl EndpointSlice {
    /// The EndpointSlice of a stored value.
    pub fn from_value(value: &Value, origin: Origin) -> Self {
        slice(value, origin)
    }
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.at(path).and_then(Value::as_str).unwrap_or_default()
}

fn owned(value: &Value, path: &str) -> String {
    text(value, path).to_string()
}

fn filled(value: &Value, path: &str) -> Option<String> {
    Some(owned(value, path)).filter(|text| !text.is_empty())
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.at(path).map(Value::items).unwrap_or_default()
}

fn truth(value: &Value, path: &str) -> bool {
    value.at(path).and_then(Value::as_bool).unwrap_or(false)
}

fn port(value: &Value, path: &str) -> Option<u16> {
    value.at(path).and_then(Value::as_int).and_then(|number| u16::try_from(number).ok()).filter(|port| *port != 0)
}

fn parsed<T: std::str::FromStr>(values: &[Value]) -> Vec<T> {
    values.iter().filter_map(|value| value.as_str()?.trim().parse().ok()).collect()
}

fn protocol(value: &Value) -> Protocol {
    Protocol::parse(text(value, "protocol")).unwrap_or_default()
}

fn pairs(value: Option<&Value>) -> Map<String, String> {
    let members = value.map(Value::members).unwrap_or_default();
    members.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_string()))).collect()
}

fn family(name: &str) -> Option<IpFamily> {
    [IpFamily::V4, IpFamily::V6].into_iter().find(|family| family.as_str() == name)
}

/// `metadata`.
fn meta(value: &Value, origin: Origin) -> ObjectMeta {
    let owner = list(value, "metadata.ownerReferences").iter().find(|owner| truth(owner, "controller"));
    ObjectMeta {
        name: owned(value, "metadata.name"),
        namespace: owned(value, "metadata.namespace"),
        labels: pairs(value.at("metadata.labels")),
        annotations: pairs(value.at("metadata.annotations")),
        deleting: value.at("metadata.deletionTimestamp").is_some_and(|time| !time.is_null()),
        owner: owner.map(|owner| OwnerRef { kind: owned(owner, "kind"), name: owned(owner, "name") }),
        origin,
    }
}

/// A Service.
fn service(value: &Value, origin: Origin) -> Service {
    let policy = |path: &str| if text(value, path) == "Local" { TrafficPolicy::Local } else { TrafficPolicy::Cluster };
    let cluster_ips = list(value, "spec.clusterIPs");
    let affinity = value.at("spec.sessionAffinityConfig.clientIP.timeoutSeconds").and_then(Value::as_int);
    Service {
        meta: meta(value, origin),
        service_type: match text(value, "spec.type") {
            "NodePort" => ServiceType::NodePort,
            "LoadBalancer" => ServiceType::LoadBalancer,
            "ExternalName" => ServiceType::ExternalName,
            _ => ServiceType::ClusterIp,
        },
        ports: list(value, "spec.ports").iter().filter_map(service_port).collect(),
        selector: pairs(value.at("spec.selector")),
        // A dump from before dual stack, or one cut short, has only the singular.
        cluster_ips: if cluster_ips.is_empty() {
            text(value, "spec.clusterIP").parse().into_iter().collect()
        } else {
            parsed(cluster_ips)
        },
        headless: text(value, "spec.clusterIP") == "None",
        ip_families: list(value, "spec.ipFamilies").iter().filter_map(|item| family(item.as_str()?)).collect(),
        external_ips: parsed(list(value, "spec.externalIPs")),
        external_name: owned(value, "spec.externalName"),
        internal_traffic_policy: policy("spec.internalTrafficPolicy"),
        external_traffic_policy: policy("spec.externalTrafficPolicy"),
        affinity_seconds: (text(value, "spec.sessionAffinity") == "ClientIP")
            .then(|| affinity.and_then(|seconds| u32::try_from(seconds).ok()).unwrap_or(10800)),
        publish_not_ready_addresses: truth(value, "spec.publishNotReadyAddresses"),
        source_ranges: source_ranges(value),
        load_balancer_class: filled(value, "spec.loadBalancerClass"),
        ingress: list(value, "status.loadBalancer.ingress")
            .iter()
            .map(|ingress| LoadBalancerIngress {
                ip: text(ingress, "ip").parse().ok(),
                hostname: filled(ingress, "hostname"),
                ip_mode: if text(ingress, "ipMode") == "Proxy" { IpMode::Proxy } else { IpMode::Vip },
            })
            .collect(),
        health_check_node_port: port(value, "spec.healthCheckNodePort"),
        traffic_distribution: match text(value, "spec.trafficDistribution") {
            "PreferClose" => Some(TrafficDistribution::PreferClose),
            "PreferSameZone" => Some(TrafficDistribution::PreferSameZone),
            "PreferSameNode" => Some(TrafficDistribution::PreferSameNode),
            _ => None,
        },
    }
}

/// `spec.loadBalancerSourceRanges`, or the annotation that came before it.
fn source_ranges(value: &Value) -> Vec<IpNet> {
    let ranges = list(value, "spec.loadBalancerSourceRanges");
    if !ranges.is_empty() {
        return parsed(ranges);
    }
    let annotation =
        pairs(value.at("metadata.annotations")).remove("service.beta.kubernetes.io/load-balancer-source-ranges");
    annotation.unwrap_or_default().split(',').filter_map(|range| range.trim().parse().ok()).collect()
}

fn service_port(value: &Value) -> Option<ServicePort> {
    let number = port(value, "port")?;
    Some(ServicePort {
        name: owned(value, "name"),
        protocol: protocol(value),
        port: number,
        target_port: match value.get("targetPort") {
            Some(Value::Str(name)) => TargetPort::Name(name.clone()),
            _ => TargetPort::Number(port(value, "targetPort").unwrap_or(number)),
        },
        node_port: port(value, "nodePort"),
        app_protocol: filled(value, "appProtocol"),
    })
}

/// A Pod.
fn pod(value: &Value, origin: Origin) -> Pod {
    let mut containers: Vec<Container> = Vec::new();
    for (key, sidecar) in [("spec.containers", false), ("spec.initContainers", true)] {
        let counted = list(value, key).iter().filter(|one| !sidecar || text(one, "restartPolicy") == "Always");
        containers.extend(counted.map(|one| {
            Container {
                name: owned(one, "name"),
                image: owned(one, "image"),
                ports: list(one, "ports")
                    .iter()
                    .filter_map(|declared| {
                        Some(ContainerPort {
                            name: owned(declared, "name"),
                            protocol: protocol(declared),
                            port: port(declared, "containerPort")?,
                            host_port: port(declared, "hostPort"),
                            host_ip: text(declared, "hostIP").parse().ok(),
                        })
                    })
                    .collect(),
                sidecar,
            }
        }));
    }
    let mut ips: Vec<IpAddr> =
        list(value, "status.podIPs").iter().filter_map(|ip| text(ip, "ip").parse().ok()).collect();
    if ips.is_empty() {
        ips.extend(text(value, "status.podIP").parse::<IpAddr>().ok());
    }
    let ready = list(value, "status.conditions").iter().find(|one| text(one, "type") == "Ready");
    Pod {
        meta: meta(value, origin),
        node: owned(value, "spec.nodeName"),
        ips,
        phase: match text(value, "status.phase") {
            "Running" => PodPhase::Running,
            "Succeeded" => PodPhase::Succeeded,
            "Failed" => PodPhase::Failed,
            "Unknown" => PodPhase::Unknown,
            _ => PodPhase::Pending,
        },
        ready: ready.map(|condition| text(condition, "status") == "True"),
        containers,
        host_network: truth(value, "spec.hostNetwork"),
        hostname: owned(value, "spec.hostname"),
        subdomain: owned(value, "spec.subdomain"),
        dns_policy: owned(value, "spec.dnsPolicy"),
        dns_config: DnsConfig {
            nameservers: parsed(list(value, "spec.dnsConfig.nameservers")),
            searches: parsed(list(value, "spec.dnsConfig.searches")),
            options: list(value, "spec.dnsConfig.options")
                .iter()
                .map(|option| (owned(option, "name"), filled(option, "value")))
                .collect(),
        },
        listen: listen_of(value),
        life: life_of(value),
    }
}

/// A Node.
fn node(value: &Value, origin: Origin) -> Node {
    let meta = meta(value, origin);
    let addresses = |kind: &str| -> Vec<IpAddr> {
        let all = list(value, "status.addresses").iter().filter(|one| text(one, "type") == kind);
        all.filter_map(|one| text(one, "address").parse().ok()).collect()
    };
    let mut pod_cidrs: Vec<IpNet> = parsed(list(value, "spec.podCIDRs"));
    if pod_cidrs.is_empty() {
        pod_cidrs.extend(text(value, "spec.podCIDR").parse::<IpNet>().ok());
    }
    let ready = list(value, "status.conditions").iter().find(|one| text(one, "type") == "Ready");
    let taints: Vec<Taint> = list(value, "spec.taints")
        .iter()
        .map(|taint| Taint { key: owned(taint, "key"), value: owned(taint, "value"), effect: owned(taint, "effect") })
        .collect();
    Node {
        internal_ips: addresses("InternalIP"),
        external_ips: addresses("ExternalIP"),
        zone: meta.labels.get("topology.kubernetes.io/zone").cloned(),
        pod_cidrs,
        ready: ready.is_none_or(|condition| text(condition, "status") == "True"),
        unheard: false,
        unschedulable: truth(value, "spec.unschedulable") || taints.iter().any(|taint| taint.effect == "NoSchedule"),
        control_plane: meta.labels.contains_key("node-role.kubernetes.io/control-plane"),
        excluded_from_balancers: meta.labels.contains_key("node.kubernetes.io/exclude-from-external-load-balancers"),
        taints,
        cpu_millis: filled(value, "status.allocatable.cpu").and_then(|cpu| super::gofmt::milli_units(&cpu)),
        meta,
    }
}

/// An EndpointSlice.
fn slice(value: &Value, origin: Origin) -> EndpointSlice {
    let meta = meta(value, origin);
    let names = |value: &Value, path: &str| list(value, path).iter().map(|item| owned(item, "name")).collect();
    EndpointSlice {
        service: meta.labels.get("kubernetes.io/service-name").cloned().unwrap_or_default(),
        family: family(text(value, "addressType")),
        ports: list(value, "ports")
            .iter()
            .map(|one| SlicePort {
                name: owned(one, "name"),
                protocol: protocol(one),
                port: port(one, "port"),
                app_protocol: filled(one, "appProtocol"),
            })
            .collect(),
        endpoints: list(value, "endpoints")
            .iter()
            .map(|one| Endpoint {
                addresses: parsed(list(one, "addresses")),
                ready: one.at("conditions.ready").and_then(Value::as_bool),
                serving: one.at("conditions.serving").and_then(Value::as_bool),
                terminating: one.at("conditions.terminating").and_then(Value::as_bool),
                hostname: filled(one, "hostname"),
                node_name: filled(one, "nodeName"),
                zone: filled(one, "zone"),
                pod: (text(one, "targetRef.kind") == "Pod")
                    .then(|| ObjectRef::new(text(one, "targetRef.namespace"), text(one, "targetRef.name"))),
                zone_hints: names(one, "hints.forZones"),
                node_hints: names(one, "hints.forNodes"),
            })
            .collect(),
        meta,
    }
}

#[cfg(test)]
mod tests;
