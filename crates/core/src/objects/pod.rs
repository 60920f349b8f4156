//! The Pod, as far as traffic depends on it.

use std::net::IpAddr;

use super::life::{Check, Life};
use super::meta::ObjectMeta;
use crate::net::Protocol;

/// `status.phase`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodPhase {
    /// Not yet started.
    Pending,
    /// Running.
    #[default]
    Running,
    /// All containers ended well.
    Succeeded,
    /// A container ended badly.
    Failed,
    /// The node cannot tell.
    Unknown,
}

/// One of a container's ports. It documents; nothing listens because of it, and nothing is closed without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// The name, by which a `targetPort` may refer to it.
    pub name: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The number.
    pub port: u16,
    /// `hostPort`.
    pub host_port: Option<u16>,
    /// `hostIP`.
    pub host_ip: Option<IpAddr>,
}

/// A container whose ports count: a container of the pod, or an init container that keeps running (a sidecar).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// The name.
    pub name: String,
    /// The image.
    pub image: String,
    /// Its ports.
    pub ports: Vec<ContainerPort>,
    /// Whether it is a restartable init container.
    pub sidecar: bool,
}

/// What processes in a pod listen on. Kubernetes does not know it; a manifest may say it with the annotation
/// `portolan.dev/listen`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Listen {
    /// Nothing is known: every port answers.
    #[default]
    Any,
    /// Exactly these answer: protocol, port, and whether only on the pod's loopback address.
    Ports(Vec<(Protocol, u16, bool)>),
}

/// `spec.dnsConfig`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DnsConfig {
    /// Name servers to add.
    pub nameservers: Vec<IpAddr>,
    /// Search domains to add.
    pub searches: Vec<String>,
    /// Options to add or change, such as `ndots` with `2`.
    pub options: Vec<(String, Option<String>)>,
}

/// A stored Pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pod {
    /// Name, labels, owner, origin; `deleting` says that it is terminating.
    pub meta: ObjectMeta,
    /// `spec.nodeName`; empty while it is not scheduled.
    pub node: String,
    /// `status.podIPs`, the primary family first.
    pub ips: Vec<IpAddr>,
    /// `status.phase`.
    pub phase: PodPhase,
    /// The Ready condition; `None` where there is none, which counts as not ready.
    pub ready: Option<bool>,
    /// Containers and sidecars.
    pub containers: Vec<Container>,
    /// `spec.hostNetwork`.
    pub host_network: bool,
    /// `spec.hostname`.
    pub hostname: String,
    /// `spec.subdomain`.
    pub subdomain: String,
    /// `spec.dnsPolicy`; empty means ClusterFirst.
    pub dns_policy: String,
    /// `spec.dnsConfig`.
    pub dns_config: DnsConfig,
    /// What answers on its ports.
    pub listen: Listen,
    /// When its processes begin and end.
    pub life: Life,
}

impl Pod {
    /// Whether the Ready condition is true.
    pub fn is_ready(&self) -> bool {
        self.ready == Some(true)
    }

    /// Whether a packet to `port` of the pod's own address finds a listener.
    pub fn listens(&self, protocol: Protocol, port: u16) -> bool {
        match &self.listen {
            Listen::Any => true,
            Listen::Ports(ports) => ports.iter().any(|(p, n, local)| (*p, *n, *local) == (protocol, port, false)),
        }
    }

    /// The port that a probe asks before the pod can be ready, if nobody listens there.
    pub fn unanswered_probe(&self) -> Option<u16> {
        let probes = [self.life.startup, self.life.readiness];
        probes.into_iter().flatten().find_map(|probe| match probe.check {
            Check::Connect(Some(port)) | Check::Ask(Some(port)) if !self.listens(Protocol::Tcp, port) => Some(port),
            _ => None,
        })
    }
}
