//! `no-selector`: nobody fills the slices. Legal, but then slices must be given.

use crate::diagnose::Finding;
use crate::diagnose::view::View;
use crate::diagnostic::Severity;
use crate::objects::{Service, ServiceType};

use super::field;

pub(super) fn check(view: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    if !service.selector.is_empty() || service.service_type == ServiceType::ExternalName {
        return;
    }
    let reference = service.meta.reference();
    let mut slices = view.slices_of(&reference).filter(|slice| !slice.endpoints.is_empty()).peekable();
    if slices.peek().is_none() {
        found.push(Finding {
            code: "no-selector",
            severity: Severity::Warning,
            field: field(service, "spec"),
            message: "without a selector nobody makes endpoints for this Service".to_string(),
            help: format!(
                "Give it a selector, or an EndpointSlice with the label kubernetes.io/service-name: {}.",
                service.meta.name
            ),
            proposals: Vec::new(),
        });
        return;
    }
    let given: Vec<_> = slices.flat_map(|slice| &slice.ports).collect();
    for (at, port) in service.ports.iter().enumerate() {
        if given.iter().any(|one| one.name == port.name && one.protocol == port.protocol && one.port.is_some()) {
            continue;
        }
        found.push(Finding {
            code: "slice-port-mismatch",
            severity: Severity::Warning,
            field: field(service, format!("spec.ports[{at}]")),
            message: format!("no slice has a {} port named \"{}\"", port.protocol, port.name),
            help: "A slice's ports join the Service's by name and protocol, not by number.".to_string(),
            proposals: Vec::new(),
        });
    }
}
