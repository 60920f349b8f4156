//! `local-policy`: nodes on which a Local policy drops packets for lack of an endpoint there.

use crate::cluster::Cluster;
use crate::diagnose::Finding;
use crate::diagnostic::Severity;
use crate::objects::{Service, ServiceType, TrafficPolicy};

use super::{field, selected, some};

pub(super) fn check(cluster: &Cluster, service: &Service, found: &mut Vec<Finding>) {
    let policies = [
        ("spec.externalTrafficPolicy", service.external_traffic_policy, "from outside"),
        ("spec.internalTrafficPolicy", service.internal_traffic_policy, "to the cluster IP"),
    ];
    if service.headless || service.service_type == ServiceType::ExternalName {
        return;
    }
    if selected(cluster, service).next().is_none() {
        return;
    }
    for (path, policy, what) in policies {
        if policy != TrafficPolicy::Local {
            continue;
        }
        let has = |name: &str| selected(cluster, service).any(|pod| pod.node == name && pod.is_ready());
        let bare: Vec<String> = cluster
            .nodes
            .iter()
            .filter(|node| node.ready && !has(&node.meta.name))
            .map(|node| node.meta.name.clone())
            .collect();
        if bare.is_empty() {
            continue;
        }
        found.push(Finding {
            code: "local-policy",
            severity: Severity::Info,
            field: field(service, path),
            message: format!("packets {what} that arrive at {} are dropped: no ready pod there", some(&bare)),
            help: "Local keeps a packet on the node where it arrives; the client sees a timeout, not a refusal."
                .to_string(),
            proposals: Vec::new(),
        });
    }
}
