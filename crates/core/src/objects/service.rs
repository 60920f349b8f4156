//! The Service, as kube-proxy, the controllers and CoreDNS see it: stored, so defaulted and valid.

use std::net::IpAddr;

use super::meta::{ObjectMeta, Selector};
use crate::net::{IpFamily, IpNet, Protocol};

/// `spec.type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ServiceType {
    /// A virtual address inside the cluster.
    #[default]
    ClusterIp,
    /// The same, and a port on every node.
    NodePort,
    /// The same, and an address from the cloud.
    LoadBalancer,
    /// A DNS alias; no address and no proxying.
    ExternalName,
}

impl ServiceType {
    /// As in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            ServiceType::ClusterIp => "ClusterIP",
            ServiceType::NodePort => "NodePort",
            ServiceType::LoadBalancer => "LoadBalancer",
            ServiceType::ExternalName => "ExternalName",
        }
    }
}

/// `internalTrafficPolicy` and `externalTrafficPolicy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrafficPolicy {
    /// Every endpoint of the cluster.
    #[default]
    Cluster,
    /// Endpoints on the node that handles the packet.
    Local,
}

/// `trafficDistribution`, with the old spelling's own name kept apart for printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrafficDistribution {
    /// `PreferClose`, the old name of `PreferSameZone`.
    PreferClose,
    /// Endpoints of the client's zone first.
    PreferSameZone,
    /// Endpoints of the client's node first, then of its zone.
    PreferSameNode,
}

/// `targetPort`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetPort {
    /// A number.
    Number(u16),
    /// The name of a container port, resolved for each pod.
    Name(String),
}

/// One of `spec.ports`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServicePort {
    /// The name; empty where there is only one port.
    pub name: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The port at the Service's own addresses.
    pub port: u16,
    /// The port at the pods.
    pub target_port: TargetPort,
    /// The port on every node; `None` where none is allocated.
    pub node_port: Option<u16>,
    /// `appProtocol`.
    pub app_protocol: Option<String>,
}

/// `status.loadBalancer.ingress[].ipMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IpMode {
    /// Packets arrive with the balancer's address as destination; kube-proxy handles it.
    #[default]
    Vip,
    /// The balancer is a proxy of its own; kube-proxy has no rule for the address.
    Proxy,
}

/// One of `status.loadBalancer.ingress`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancerIngress {
    /// The address, where it is one.
    pub ip: Option<IpAddr>,
    /// The host name, where it is one.
    pub hostname: Option<String>,
    /// How the address is reached.
    pub ip_mode: IpMode,
}

/// A stored Service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Service {
    /// Name, labels, origin.
    pub meta: ObjectMeta,
    /// `spec.type`.
    pub service_type: ServiceType,
    /// `spec.ports`.
    pub ports: Vec<ServicePort>,
    /// `spec.selector`; empty means that nobody selects pods for it.
    pub selector: Selector,
    /// The virtual addresses, the primary family first; empty for headless and ExternalName.
    pub cluster_ips: Vec<IpAddr>,
    /// Whether `clusterIP` is `None`.
    pub headless: bool,
    /// `spec.ipFamilies`.
    pub ip_families: Vec<IpFamily>,
    /// `spec.externalIPs`.
    pub external_ips: Vec<IpAddr>,
    /// `spec.externalName`.
    pub external_name: String,
    /// `spec.internalTrafficPolicy`.
    pub internal_traffic_policy: TrafficPolicy,
    /// `spec.externalTrafficPolicy`.
    pub external_traffic_policy: TrafficPolicy,
    /// Seconds of ClientIP affinity; `None` without affinity.
    pub affinity_seconds: Option<u32>,
    /// `spec.publishNotReadyAddresses`.
    pub publish_not_ready_addresses: bool,
    /// `spec.loadBalancerSourceRanges` (or the old annotation); empty allows everybody.
    pub source_ranges: Vec<IpNet>,
    /// `spec.loadBalancerClass`.
    pub load_balancer_class: Option<String>,
    /// `status.loadBalancer.ingress`.
    pub ingress: Vec<LoadBalancerIngress>,
    /// `spec.healthCheckNodePort`.
    pub health_check_node_port: Option<u16>,
    /// `spec.trafficDistribution`.
    pub traffic_distribution: Option<TrafficDistribution>,
}

impl Service {
    /// The first virtual address.
    pub fn cluster_ip(&self) -> Option<IpAddr> {
        self.cluster_ips.first().copied()
    }
}
