//! `external-name`: what people expect of an ExternalName Service and do not get.

use std::net::IpAddr;

use crate::diagnose::Finding;
use crate::diagnose::view::View;
use crate::diagnostic::Severity;
use crate::objects::{Service, ServiceType};

use super::field;

pub(super) fn check(_: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    if service.service_type != ServiceType::ExternalName {
        return;
    }
    let mut say = |code, severity, path: &str, message: String, help: &str| {
        let help = help.to_string();
        found.push(Finding { code, severity, field: field(service, path), message, help, proposals: Vec::new() });
    };
    if service.external_name.parse::<IpAddr>().is_ok() {
        say(
            "external-name-address",
            Severity::Warning,
            "spec.externalName",
            format!("{} is taken as a name, not as an address", service.external_name),
            "DNS answers with an alias for a name made of digits, which does not resolve. For an address, use a \
             Service without a selector and an EndpointSlice.",
        );
    }
    if !service.ports.is_empty() {
        say(
            "external-name-ports",
            Severity::Info,
            "spec.ports",
            "an ExternalName has no use for ports".to_string(),
            "It is an alias in DNS: clients connect to the host itself, at whatever port they choose.",
        );
    }
    if !service.selector.is_empty() {
        say(
            "external-name-selector",
            Severity::Info,
            "spec.selector",
            "the selector has no effect".to_string(),
            "An ExternalName has no endpoints of its own; the name leads out of the cluster.",
        );
    }
}
