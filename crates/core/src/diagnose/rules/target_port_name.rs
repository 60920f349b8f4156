//! `target-port-name`: a named targetPort that no selected pod has.
//!
//! Such a pod is not left out: it lands in a slice without ports, so the Service looks as if it had endpoints.

use crate::diagnose::view::View;
use crate::diagnose::{Finding, Proposal};
use crate::diagnostic::Severity;
use crate::objects::{Pod, Service, TargetPort};
use crate::sort;

use super::{field, some};

pub(super) fn check(view: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    let pods: Vec<&Pod> = view.selected().collect();
    for (at, port) in service.ports.iter().enumerate() {
        let TargetPort::Name(name) = &port.target_port else { continue };
        let has = |pod: &&Pod| {
            let mut ports = pod.containers.iter().flat_map(|container| &container.ports);
            ports.any(|one| one.name == *name && one.protocol == port.protocol)
        };
        let lacking: Vec<String> = pods.iter().filter(|pod| !has(pod)).map(|pod| pod.meta.name.clone()).collect();
        if lacking.is_empty() {
            continue;
        }
        let path = format!("spec.ports[{at}].targetPort");
        let ports = || pods.iter().flat_map(|pod| &pod.containers).flat_map(|container| &container.ports);
        let mut names: Vec<&str> =
            ports().filter(|one| one.protocol == port.protocol && !one.name.is_empty()).map(|one| &*one.name).collect();
        sort::natural(&mut names);
        names.dedup();
        let other_protocol = ports().find(|one| one.name == *name && one.protocol != port.protocol);
        let help = match (other_protocol, names.as_slice()) {
            (Some(other), _) => format!("A port of that name is there, but for {}.", other.protocol),
            (None, []) => "The pods' container ports have no names; use the number instead.".to_string(),
            (None, names) => format!("Their {} ports are named {}.", port.protocol, names.join(", ")),
        };
        let mut proposals: Vec<Proposal> = names
            .iter()
            .filter(|other| *other != name)
            .map(|other| Proposal {
                title: format!("Use targetPort: {other}"),
                field: field(service, path.clone()),
                value: (*other).to_string(),
            })
            .collect();
        if let Some(only) = ports().find(|one| one.protocol == port.protocol) {
            proposals.push(Proposal {
                title: format!("Use targetPort: {}", only.port),
                field: field(service, path.clone()),
                value: only.port.to_string(),
            });
        }
        found.push(Finding {
            code: "target-port-name",
            severity: Severity::Warning,
            field: field(service, path),
            message: format!("no {} port named {name} in pods {}", port.protocol, some(&lacking)),
            help,
            proposals,
        });
    }
}
