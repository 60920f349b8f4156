//! `headless-port`: a headless Service translates no ports.

use crate::diagnose::Finding;
use crate::diagnose::view::View;
use crate::diagnostic::Severity;
use crate::objects::{Service, TargetPort};

use super::field;

pub(super) fn check(_: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    if !service.headless {
        return;
    }
    for (at, port) in service.ports.iter().enumerate() {
        let target = match &port.target_port {
            TargetPort::Number(number) if *number == port.port => continue,
            TargetPort::Number(number) => number.to_string(),
            TargetPort::Name(name) => format!("the one named {name}"),
        };
        found.push(Finding {
            code: "headless-port",
            severity: Severity::Info,
            field: field(service, format!("spec.ports[{at}].port")),
            message: format!("clients must connect to the target port ({target}), not to {}", port.port),
            help: "A headless Service is only names: DNS gives the pods' own addresses, and no proxy translates the \
                   port."
                .to_string(),
            proposals: Vec::new(),
        });
    }
}
