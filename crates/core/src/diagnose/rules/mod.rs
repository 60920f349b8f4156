//! The findings, one file each.

mod balancer_pending;
mod external_name;
mod headless_port;
mod ipvs;
mod local_policy;
mod mixed_owners;
mod no_selector;
mod not_listening;
mod not_ready;
mod selector;
mod target_port_name;

use super::Finding;
use super::view::View;
use crate::cluster::Cluster;
use crate::objects::{Pod, PodPhase, Service};
use crate::pace::{Pace, all_at_once};
use crate::packet::FieldRef;

/// Looks at one Service of a cluster.
type Rule = fn(&View<'_>, &Service, &mut Vec<Finding>);

/// In the order in which a packet would meet them.
const RULES: &[Rule] = &[
    external_name::check,
    no_selector::check,
    selector::check,
    target_port_name::check,
    not_ready::check,
    mixed_owners::check,
    not_listening::check,
    headless_port::check,
    local_policy::check,
    balancer_pending::check,
];

/// Everything found about kube-proxy's configuration, and about the Services that the input wrote, Service by Service.
pub fn findings(cluster: &Cluster) -> Vec<Finding> {
    all_at_once(findings_paced(cluster, &Pace::restless()))
}

/// [`findings`], with rests.
pub(super) async fn findings_paced(cluster: &Cluster, pace: &Pace) -> Vec<Finding> {
    let mut found: Vec<Finding> = ipvs::check(cluster).into_iter().collect();
    let mut view = View::new(cluster);
    for service in cluster.services.iter().filter(|service| service.meta.origin != crate::objects::Origin::Cluster) {
        view.turn_to(service);
        for rule in RULES {
            rule(&view, service, &mut found);
        }
        pace.spend(6).await;
    }
    found
}

/// A field of a Service.
fn field(service: &Service, path: impl Into<String>) -> FieldRef {
    FieldRef { kind: "Service", object: service.meta.reference(), path: path.into() }
}

/// Whether a pod counts for slices at all: running or about to, not ended.
pub(super) fn alive(pod: &Pod) -> bool {
    !matches!(pod.phase, PodPhase::Succeeded | PodPhase::Failed)
}

/// Names in a row for people: at most three, and how many more.
fn some(names: &[String]) -> String {
    match names.len() {
        0 => "none".to_string(),
        1..=3 => names.join(", "),
        count => format!("{} and {} more", names[..3].join(", "), count - 3),
    }
}
