//! `balancer-pending`: EXTERNAL-IP stays `<pending>`.

use crate::diagnose::Finding;
use crate::diagnose::view::View;
use crate::diagnostic::Severity;
use crate::objects::{Service, ServiceType};

use super::field;

pub(super) fn check(view: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    if service.service_type != ServiceType::LoadBalancer || !service.ingress.is_empty() {
        return;
    }
    let (path, why) = match &service.load_balancer_class {
        Some(class) => ("spec.loadBalancerClass", format!("no controller for the class {class} is modelled")),
        None if !view.cluster.settings.load_balancers => ("spec.type", "nothing here hands out addresses".to_string()),
        None => return,
    };
    let node_ports: Vec<String> =
        service.ports.iter().filter_map(|port| port.node_port).map(|port| port.to_string()).collect();
    let help = if node_ports.is_empty() {
        "It has no node ports either, so only its cluster IP works.".to_string()
    } else {
        format!("Its node port works all the same: {}.", node_ports.join(", "))
    };
    found.push(Finding {
        code: "balancer-pending",
        severity: Severity::Info,
        field: field(service, path),
        message: format!("the external address stays pending: {why}"),
        help,
        proposals: Vec::new(),
    });
}
