//! `local-policy`: nodes on which a Local policy drops packets for lack of an endpoint there.

use crate::collections::Set;
use crate::diagnose::Finding;
use crate::diagnose::view::View;
use crate::diagnostic::Severity;
use crate::objects::{Service, ServiceType, TrafficPolicy};

use super::{field, some};

pub(super) fn check(view: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    let policies = [
        ("spec.externalTrafficPolicy", service.external_traffic_policy, "from outside"),
        ("spec.internalTrafficPolicy", service.internal_traffic_policy, "to the cluster IP"),
    ];
    if service.headless || service.service_type == ServiceType::ExternalName {
        return;
    }
    if view.selected().next().is_none() {
        return;
    }
    for (path, policy, what) in policies {
        if policy != TrafficPolicy::Local {
            continue;
        }
        let with: Set<&str> = view.selected().filter(|pod| pod.is_ready()).map(|pod| pod.node.as_str()).collect();
        let bare: Vec<String> = view
            .cluster
            .nodes
            .iter()
            .filter(|node| node.ready && !with.contains(node.meta.name.as_str()))
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
