//! `no-ready-endpoints`: pods are selected, but none is ready.

use crate::diagnose::Finding;
use crate::diagnose::view::View;
use crate::diagnostic::Severity;
use crate::objects::{Pod, Service};

use super::{field, some};

pub(super) fn check(view: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    let pods: Vec<&Pod> = view.selected().collect();
    if pods.is_empty() || service.publish_not_ready_addresses {
        return;
    }
    let counts = |pod: &&Pod| pod.is_ready() && !pod.meta.deleting && !pod.ips.is_empty();
    let waiting: Vec<String> = pods.iter().filter(|pod| !counts(pod)).map(|pod| pod.meta.name.clone()).collect();
    if waiting.len() < pods.len() {
        return;
    }
    let ending = pods.iter().any(|pod| pod.meta.deleting && pod.is_ready());
    let unanswered = pods.iter().find_map(|pod| Some((&pod.meta.name, pod.unanswered_probe()?)));
    let help = if let Some((name, port)) = unanswered {
        &format!("A probe of {name} asks port {port}, where nobody listens, so it never gets ready.")
    } else if ending {
        "They are being deleted. While one of them still answers its probe, kube-proxy falls back to it; then nothing is \
         left."
    } else {
        "Only ready pods get traffic; see the readiness probe and the Ready condition of these pods."
    };
    found.push(Finding {
        code: "no-ready-endpoints",
        severity: Severity::Warning,
        field: field(service, "spec.selector"),
        message: format!("the selector finds {}, but none is ready", some(&waiting)),
        help: help.to_string(),
        proposals: Vec::new(),
    });
}
