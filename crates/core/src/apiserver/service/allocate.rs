//! Cluster IPs and node ports: `pkg/registry/core/service/storage/alloc.go`.
//!
//! All of it runs before validation, so that what is wrong here hides everything else that is wrong.

use std::net::IpAddr;

use super::super::allocator::{Pools, Taken, Transaction};
use super::super::answer::Status;
use super::super::field::{Path, go_quote, invalid};
use super::super::status::{internal_error, unknown_error};
use super::super::{ip, names};
use super::families::{family_of, init_ip_families, refuse, unchanged_preference};
use super::object::{NONE, ServiceObject, kind};
use crate::collections::Set;

/// The address as Go's `net.IP` holds it; validation has seen to it that it is one.
fn parse(text: &str) -> Option<IpAddr> {
    ip::parse_sloppy(text)
}

/// What the server says of the IPAddress object that names the Service, where it cannot make it: a name that is none
/// or no part of a path (`ValidateIPAddress` of `pkg/apis/networking/validation`).
fn bad_reference(service: &ServiceObject, address: IpAddr) -> Option<String> {
    let name = service.name();
    let problems: Vec<String> = if name.is_empty() {
        vec!["Required value".to_string()]
    } else {
        let messages = names::path_segment(name).into_iter();
        messages.map(|message| format!("Invalid value: {}: {message}", go_quote(name))).collect()
    };
    let problems: Vec<String> = problems.into_iter().map(|problem| format!("spec.parentRef.name: {problem}")).collect();
    let joined = match problems.as_slice() {
        [] => return None,
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Some(format!("IPAddress.networking.k8s.io {} is invalid: {joined}", go_quote(&address.to_string())))
}

/// Takes the address for family number `i` and writes it down; an empty one is picked.
fn allocate_ip(service: &mut ServiceObject, i: usize, pools: &mut Pools, txn: &mut Transaction) -> Result<(), Status> {
    let Some(family) = service.ip_families.get(i).cloned() else { return Ok(()) };
    let path = Path::new("spec").child("clusterIPs");
    let wanted = service.cluster_ips.get(i).cloned().unwrap_or_default();
    let refused = |service: &ServiceObject, what: &str, problem: &str| {
        let detail = format!("failed to allocate IP{what}: {problem}");
        Err(refuse(service, vec![invalid(&path, &service.cluster_ips[..], &detail)]))
    };
    if wanted.is_empty() {
        let (namespace, name) = (service.namespace().to_string(), service.name().to_string());
        let address = pools
            .next_ip(txn, family_of(&family), &[&namespace, &name, &family])
            .map_err(|_| internal_error("failed to allocate a serviceIP: range is full"))?;
        if let Some(problem) = bad_reference(service, address) {
            return refused(service, "", &problem);
        }
        if let Some(place) = service.cluster_ips.get_mut(i) {
            *place = address.to_string();
        }
    } else {
        let elsewhere = "the provided network does not match the current range";
        let taken = match parse(&wanted) {
            Some(address) => pools.take_ip(txn, address).map(|()| bad_reference(service, address)),
            None => Err(Taken::NotInRange),
        };
        let problem = match taken {
            Ok(problem) => problem,
            Err(Taken::Allocated) => Some("provided IP is already allocated".to_string()),
            Err(Taken::NotInRange) => Some(elsewhere.to_string()),
            Err(Taken::Full) => Some("range is full".to_string()),
        };
        if let Some(problem) = problem {
            return refused(service, &format!(" {wanted}"), &problem);
        }
    }
    if i == 0 {
        service.cluster_ip = service.cluster_ips.first().cloned().unwrap_or_default();
    }
    Ok(())
}

/// Takes every address of a Service (`allocClusterIPs`).
fn allocate_cluster_ips(service: &mut ServiceObject, pools: &mut Pools, txn: &mut Transaction) -> Result<(), Status> {
    if service.kind == kind::EXTERNAL_NAME || service.cluster_ips.first().is_some_and(|ip| ip == NONE) {
        return Ok(());
    }
    // One place for each family before anything is taken: a refusal shows the empty ones too.
    let places = service.ip_families.len().max(service.cluster_ips.len());
    service.cluster_ips.resize(places, String::new());
    for i in 0..service.ip_families.len() {
        allocate_ip(service, i, pools, txn)?;
    }
    Ok(())
}

/// Moves the addresses of a Service that changes (`updateClusterIPs`).
fn update_cluster_ips(
    new: &mut ServiceObject,
    old: &ServiceObject,
    pools: &mut Pools,
    txn: &mut Transaction,
) -> Result<(), Status> {
    if unchanged_preference(new, Some(old)) {
        return Ok(());
    }
    if old.kind == kind::EXTERNAL_NAME && new.kind != kind::EXTERNAL_NAME {
        return allocate_cluster_ips(new, pools, txn);
    }
    if old.cluster_ips.first().is_some_and(|ip| ip == NONE) {
        return Ok(());
    }
    if old.kind != kind::EXTERNAL_NAME && new.kind == kind::EXTERNAL_NAME {
        for address in old.cluster_ips.iter().filter_map(|ip| parse(ip)) {
            txn.release_ip(address);
        }
        return Ok(());
    }
    match (old.ip_families.len(), new.ip_families.len()) {
        (1, 2) => {
            if new.cluster_ips.len() < 2 {
                new.cluster_ips.push(String::new());
            }
            allocate_ip(new, 1, pools, txn)
        }
        (2, 1) => {
            if let Some(address) = old.cluster_ips.get(1).and_then(|ip| parse(ip)) {
                txn.release_ip(address);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn port_path(i: usize) -> Path {
    Path::new("spec").child("ports").index(i).child("nodePort")
}

/// What a picked port hangs on: the Service and the port's own name, or number where it has none.
fn next_port(service: &ServiceObject, what: &str, pools: &mut Pools, txn: &mut Transaction) -> Result<i64, Taken> {
    pools.next_port(txn, &[service.namespace(), service.name(), what])
}

fn no_node_port() -> Status {
    internal_error("failed to allocate a nodePort: range is full")
}

fn port_refused(service: &ServiceObject, i: usize, port: i64, why: Taken, pools: &Pools) -> Status {
    refuse(service, vec![invalid(&port_path(i), port, &pools.ports.explain(why))])
}

/// Node ports of a new Service (`initNodePorts`): ports of the same number, such as DNS over TCP and UDP, share one.
fn init_node_ports(service: &mut ServiceObject, pools: &mut Pools, txn: &mut Transaction) -> Result<(), Status> {
    let allocates = service.allocates_node_ports();
    let mut given: Vec<(i64, i64)> = Vec::new();
    for i in 0..service.ports.len() {
        let Some(port) = service.ports.get(i).cloned() else { break };
        if port.node_port == 0 && !allocates {
            continue;
        }
        let shared = given.iter().find(|(number, _)| *number == port.port).map(|(_, node_port)| *node_port);
        let node_port = match shared {
            None => {
                let requested = service.ports.iter().find(|p| p.port == port.port && p.node_port != 0);
                let node_port = match requested.map(|p| p.node_port) {
                    Some(wanted) => pools
                        .take_port(txn, wanted)
                        .map(|()| wanted)
                        .map_err(|why| port_refused(service, i, wanted, why, pools))?,
                    None => next_port(service, &port_word(&port), pools, txn).map_err(|_| no_node_port())?,
                };
                given.push((port.port, node_port));
                node_port
            }
            Some(shared) if port.node_port == 0 || port.node_port == shared => shared,
            Some(_) => {
                let wanted = port.node_port;
                pools.take_port(txn, wanted).map_err(|why| port_refused(service, i, wanted, why, pools))?;
                wanted
            }
        };
        if let Some(port) = service.ports.get_mut(i) {
            port.node_port = node_port;
        }
    }
    Ok(())
}

fn port_word(port: &super::object::Port) -> String {
    if port.name.is_empty() { port.port.to_string() } else { port.name.clone() }
}

/// Node ports of a Service that changes (`updateNodePorts`).
fn update_node_ports(
    new: &mut ServiceObject,
    old: &ServiceObject,
    pools: &mut Pools,
    txn: &mut Transaction,
) -> Result<(), Status> {
    let allocates = new.allocates_node_ports();
    let old_ports = node_ports(old);
    let mut allocated: Set<i64> = Set::new();
    let mut seen: Set<(String, i64)> = Set::new();
    for i in 0..new.ports.len() {
        let Some(port) = new.ports.get(i).cloned() else { break };
        if port.node_port == 0 && !allocates {
            continue;
        }
        let node_port = if port.node_port != 0 {
            let wanted = port.node_port;
            if !old_ports.contains(&wanted) && !allocated.contains(&wanted) {
                pools.take_port(txn, wanted).map_err(|why| port_refused(new, i, wanted, why, pools))?;
                allocated.insert(wanted);
            }
            wanted
        } else {
            next_port(new, &port_word(&port), pools, txn).map_err(|_| no_node_port())?
        };
        if let Some(port) = new.ports.get_mut(i) {
            port.node_port = node_port;
        }
        let pair = (port.protocol, node_port);
        if seen.contains(&pair) {
            // A bare error of Go: no field, and no more than the two values.
            return Err(unknown_error(&format!("duplicate nodePort: {{{} {node_port}}}", pair.0)));
        }
        seen.insert(pair);
    }
    let kept = node_ports(new);
    for port in old_ports.into_iter().filter(|port| !kept.contains(port)) {
        txn.release_port(port);
    }
    Ok(())
}

/// The node ports that a Service has.
pub(crate) fn node_ports(service: &ServiceObject) -> Vec<i64> {
    service.ports.iter().map(|port| port.node_port).filter(|port| *port != 0).collect()
}

fn allocate_health_check(service: &mut ServiceObject, pools: &mut Pools, txn: &mut Transaction) -> Result<(), Status> {
    let wanted = service.health_check_node_port;
    if wanted != 0 {
        return pools.take_port(txn, wanted).map_err(|why| {
            let why = pools.ports.explain(why);
            internal_error(&format!("failed to allocate requested HealthCheck NodePort {wanted}: {why}"))
        });
    }
    service.health_check_node_port = next_port(service, "/healthCheckNodePort", pools, txn)
        .map_err(|_| internal_error("failed to allocate a HealthCheck NodePort 0: range is full"))?;
    Ok(())
}

/// Everything that a new Service needs (`allocateCreate`).
pub(crate) fn allocate_create(
    service: &mut ServiceObject,
    pools: &mut Pools,
    txn: &mut Transaction,
) -> Result<(), Status> {
    init_ip_families(service, None, pools)?;
    allocate_cluster_ips(service, pools, txn)?;
    if service.needs_node_port() {
        init_node_ports(service, pools, txn)?;
    }
    if service.needs_health_check() {
        allocate_health_check(service, pools, txn)?;
    }
    Ok(())
}

/// Everything that changes with a Service (`allocateUpdate`).
pub(crate) fn allocate_update(
    new: &mut ServiceObject,
    old: &ServiceObject,
    pools: &mut Pools,
    txn: &mut Transaction,
) -> Result<(), Status> {
    init_ip_families(new, Some(old), pools)?;
    update_cluster_ips(new, old, pools, txn)?;
    if old.needs_node_port() && matches!(new.kind.as_str(), kind::EXTERNAL_NAME | kind::CLUSTER_IP) {
        for port in node_ports(old) {
            txn.release_port(port);
        }
    }
    if new.needs_node_port() {
        update_node_ports(new, old, pools, txn)?;
    }
    match (old.needs_health_check(), new.needs_health_check()) {
        (false, true) => allocate_health_check(new, pools, txn),
        (true, false) => {
            txn.release_port(old.health_check_node_port);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Gives back everything that a deleted Service had (`releaseAllocatedResources`).
pub(crate) fn release_all(service: &ServiceObject, txn: &mut Transaction) {
    if service.kind != kind::EXTERNAL_NAME && service.cluster_ips.first().is_none_or(|ip| ip != NONE) {
        for address in service.cluster_ips.iter().filter_map(|ip| parse(ip)) {
            txn.release_ip(address);
        }
    }
    for port in node_ports(service) {
        txn.release_port(port);
    }
    if service.needs_health_check() && service.health_check_node_port > 0 {
        txn.release_port(service.health_check_node_port);
    }
}
