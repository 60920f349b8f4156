//! `not-listening`: packets reach the pod, and nothing answers at the target port.
//!
//! What a process listens on is not Kubernetes' knowledge: the annotation `portolan.dev/listen` says it, or else the
//! container ports and probes are taken as a hint.

use crate::diagnose::view::View;
use crate::diagnose::{Finding, Proposal};
use crate::diagnostic::Severity;
use crate::objects::{Listen, Pod, Service, ServiceType, TargetPort};

use super::{field, some};

pub(super) fn check(view: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    if service.service_type == ServiceType::ExternalName {
        return;
    }
    for (at, port) in service.ports.iter().enumerate() {
        let number = |pod: &Pod| match &port.target_port {
            TargetPort::Number(number) => Some(*number),
            TargetPort::Name(name) => pod
                .containers
                .iter()
                .flat_map(|container| &container.ports)
                .find(|one| one.name == *name && one.protocol == port.protocol)
                .map(|one| one.port),
        };
        let deaf: Vec<(&Pod, u16)> = view
            .selected()
            .filter_map(|pod| Some((pod, number(pod)?)))
            .filter(|(pod, target)| !pod.listens(port.protocol, *target))
            .collect();
        let Some((first, target)) = deaf.first() else { continue };
        let Listen::Ports(ports) = &first.listen else { continue };
        let path = format!("spec.ports[{at}].targetPort");
        let written = match &port.target_port {
            TargetPort::Number(_) => &path,
            TargetPort::Name(_) => &format!("spec.ports[{at}]"),
        };
        let loopback = ports.contains(&(port.protocol, *target, true));
        let open: Vec<u16> = ports.iter().filter(|one| one.0 == port.protocol && !one.2).map(|one| one.1).collect();
        let help = if loopback {
            "The process listens on 127.0.0.1 only: port-forward reaches it, a Service does not.".to_string()
        } else if let Some((other, ..)) = ports.iter().find(|one| one.1 == *target && one.0 != port.protocol) {
            format!("They have port {target} for {other}, and that is another port.")
        } else if open.is_empty() {
            "The connection is refused by the pod itself.".to_string()
        } else {
            let list: Vec<String> = open.iter().map(u16::to_string).collect();
            format!("As far as the manifest tells, they listen on {}; the connection is refused.", list.join(", "))
        };
        let names: Vec<String> = deaf.iter().map(|(pod, _)| pod.meta.name.clone()).collect();
        found.push(Finding {
            code: if loopback { "loopback-only" } else { "not-listening" },
            severity: Severity::Warning,
            field: field(service, written.clone()),
            message: format!("nothing listens on {} port {target} in {}", port.protocol, some(&names)),
            help,
            proposals: open
                .iter()
                .filter(|_| !loopback)
                .map(|open| Proposal {
                    title: format!("Use targetPort: {open}"),
                    field: field(service, path.clone()),
                    value: open.to_string(),
                })
                .collect(),
        });
    }
}
