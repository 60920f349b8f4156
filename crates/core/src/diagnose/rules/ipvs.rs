//! `ipvs-deprecated`: what kube-proxy reports when it starts in ipvs mode (`cmd/kube-proxy/app/server_linux.go`).

use crate::cluster::{Cluster, IPVS_SCHEDULERS, ProxyMode};
use crate::diagnose::{Finding, Proposal};
use crate::diagnostic::Severity;
use crate::objects::ObjectRef;
use crate::packet::FieldRef;

/// Looks at the settings; with a scheduler that there is not, kube-proxy ends before it says so.
pub(super) fn check(cluster: &Cluster) -> Option<Finding> {
    let proxy = &cluster.settings.proxy;
    let scheduler = proxy.ipvs_scheduler.as_str();
    if proxy.configured_mode != ProxyMode::Ipvs || !(scheduler.is_empty() || IPVS_SCHEDULERS.contains(&scheduler)) {
        return None;
    }
    let field = FieldRef { kind: "KubeProxyConfiguration", object: ObjectRef::new("", ""), path: "mode".to_string() };
    let nftables =
        Proposal { title: "Use mode: nftables".to_string(), field: field.clone(), value: "nftables".to_string() };
    Some(Finding {
        code: "ipvs-deprecated",
        severity: Severity::Warning,
        message: "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' \
                  instead."
            .to_string(),
        help: "kube-proxy says so when it starts, as event IPVSDeprecation of each node.".to_string(),
        proposals: vec![nftables],
        field,
    })
}
