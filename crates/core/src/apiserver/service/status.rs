//! A write to a Service's status: `ValidateLoadBalancerStatus` and the status strategy of the registry.

use super::super::field::{Bad, ErrorList, Path, forbidden, invalid, invalid_each, not_supported, required};
use super::super::{ip, meta, names};
use super::object::{ServiceObject, kind};
use crate::objects::Value;

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Whether the new status may be stored; everything but the status is the old object's already.
pub(crate) fn validate_status_update(new: &ServiceObject, old: &ServiceObject) -> ErrorList {
    let mut errors = meta::validate_common_update(&new.meta, &old.meta, true);
    errors.extend(meta::validate_update(&new.meta, &old.meta));
    let path = Path::new("status.loadBalancer.ingress");
    if new.kind != kind::LOAD_BALANCER && !new.ingress().is_empty() {
        errors.push(forbidden(&path, "may only be used when `spec.type` is 'LoadBalancer'"));
        return errors;
    }
    let existing: Vec<String> = old.ingress().iter().map(|item| text(item, "ip").to_string()).collect();
    for (i, ingress) in new.ingress().iter().enumerate() {
        let path = path.index(i);
        let address = text(ingress, "ip");
        if !address.is_empty() {
            errors.extend(ip::validate_ip(&path.child("ip"), address, &existing));
        }
        let mode_path = path.child("ipMode");
        match ingress.get("ipMode").and_then(Value::as_str) {
            None if !address.is_empty() => {
                errors.push(required(&mode_path, "must be specified when `ip` is set"));
            }
            Some(_) if address.is_empty() => {
                errors.push(forbidden(&mode_path, "may not be specified when `ip` is not set"));
            }
            Some(mode) if !matches!(mode, "Proxy" | "VIP") => {
                errors.push(not_supported(&mode_path, Bad::typed(mode), &["Proxy", "VIP"]));
            }
            _ => {}
        }
        let hostname = text(ingress, "hostname");
        if !hostname.is_empty() {
            let path = path.child("hostname");
            errors.extend(invalid_each(&path, hostname, names::dns1123_subdomain(hostname)));
            if ip::parse_sloppy(hostname).is_some() {
                errors.push(invalid(&path, hostname, "must be a DNS name, not an IP address"));
            }
        }
    }
    errors
}

/// Warnings for the balancer's addresses.
pub(crate) fn status_warnings(service: &ServiceObject) -> Vec<String> {
    let path = Path::new("status.loadBalancer.ingress");
    let items = service.ingress().iter().enumerate();
    items.flat_map(|(i, ingress)| ip::ip_warnings(&path.index(i), text(ingress, "ip"))).collect()
}
