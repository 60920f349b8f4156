//! The Node, as far as traffic depends on it.

use std::net::IpAddr;

use super::meta::ObjectMeta;
use crate::net::IpNet;

/// A stored Node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Name, labels, origin.
    pub meta: ObjectMeta,
    /// `status.addresses` of type InternalIP, the primary family first.
    pub internal_ips: Vec<IpAddr>,
    /// `status.addresses` of type ExternalIP.
    pub external_ips: Vec<IpAddr>,
    /// Label `topology.kubernetes.io/zone`.
    pub zone: Option<String>,
    /// `spec.podCIDRs`.
    pub pod_cidrs: Vec<IpNet>,
    /// The Ready condition is not False or Unknown.
    pub ready: bool,
    /// It is not ready only because its kubelet is not heard from: it handles packets all the same. A simulation says so,
    /// no manifest.
    pub unheard: bool,
    /// `spec.unschedulable`, or a NoSchedule taint: no new workload pods (daemon sets come all the same).
    pub unschedulable: bool,
    /// Runs the control plane (label `node-role.kubernetes.io/control-plane`).
    pub control_plane: bool,
    /// Label `node.kubernetes.io/exclude-from-external-load-balancers` is set.
    pub excluded_from_balancers: bool,
    /// `spec.taints`, which decide where workloads and daemon sets put pods.
    pub taints: Vec<Taint>,
    /// `status.allocatable.cpu` in thousandths of a core; topology hints share endpoints out by it.
    pub cpu_millis: Option<u64>,
}

/// One of `spec.taints`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value; may be empty.
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
}

impl Node {
    /// Whether packets are handled there: it is ready, or runs and is only not heard from.
    pub fn runs(&self) -> bool {
        self.ready || self.unheard
    }

    /// The first internal address.
    pub fn primary_ip(&self) -> Option<IpAddr> {
        self.internal_ips.first().copied()
    }
}
