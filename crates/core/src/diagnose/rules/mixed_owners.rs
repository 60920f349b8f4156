//! `mixed-owners`: the selector finds pods of several workloads, so some requests go to another application.

use crate::collections::Set;

use crate::diagnose::Finding;
use crate::diagnose::view::View;
use crate::diagnostic::Severity;
use crate::objects::Service;

use super::field;

pub(super) fn check(view: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    // Pods of one Deployment may have several ReplicaSets as owners while it rolls; their names share all but the hash.
    let owners: Set<String> = view
        .selected()
        .filter_map(|pod| pod.meta.owner.as_ref())
        .map(|owner| match (owner.kind.as_str(), owner.name.rsplit_once('-')) {
            ("ReplicaSet", Some((deployment, _))) => format!("Deployment {deployment}"),
            _ => format!("{} {}", owner.kind, owner.name),
        })
        .collect();
    if owners.len() < 2 {
        return;
    }
    let names: Vec<String> = owners.into_iter().collect();
    found.push(Finding {
        code: "mixed-owners",
        severity: Severity::Info,
        field: field(service, "spec.selector"),
        message: format!("the selector finds pods of {}", names.join(" and of ")),
        help: "Each connection goes to any of them. If they are not the same application, add a label that tells \
               them apart."
            .to_string(),
        proposals: Vec::new(),
    });
}
