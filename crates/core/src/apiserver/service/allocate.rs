//! Families, cluster IPs and node ports: `pkg/registry/core/service/storage/alloc.go`.
//!
//! All of it runs before validation, so that what is wrong here hides everything else that is wrong.

use std::net::IpAddr;

use super::super::allocator::{Pools, Taken, Transaction};
use super::super::answer::Status;
use super::super::field::{Bad, ErrorList, Path, go_quote, invalid, invalid_status};
use super::super::ip;
use super::super::status::{internal_error, unknown_error};
use super::object::{NONE, ServiceObject, kind};
use super::validate_ips::validate_cluster_ip_fields;
use crate::net::IpFamily;

const SINGLE: &str = "SingleStack";
const PREFER: &str = "PreferDualStack";
const REQUIRE: &str = "RequireDualStack";

fn other(family: &str) -> &'static str {
    if family == "IPv4" { "IPv6" } else { "IPv4" }
}

fn family_of(name: &str) -> IpFamily {
    if name == "IPv6" { IpFamily::V6 } else { IpFamily::V4 }
}

/// The address as Go's `net.IP` holds it; validation has seen to it that it is one.
fn parse(text: &str) -> Option<IpAddr> {
    ip::parse_sloppy(text)
}

fn refuse(service: &ServiceObject, errors: ErrorList) -> Status {
    invalid_status("Service", service.name(), &errors)
}

/// Puts `clusterIP` and `clusterIPs` in step (`normalizeClusterIPs`).
pub(crate) fn normalize_cluster_ips(new: &mut ServiceObject, old: Option<&ServiceObject>) {
    let Some(old) = old else {
        if !new.cluster_ip.is_empty() && new.cluster_ips.is_empty() {
            new.cluster_ips = vec![new.cluster_ip.clone()];
        }
        return;
    };
    if !old.cluster_ips.is_empty() && new.cluster_ips.is_empty() && old.cluster_ip == new.cluster_ip {
        new.cluster_ips = old.cluster_ips.clone();
    }
    if old.cluster_ip != new.cluster_ip && old.cluster_ips == new.cluster_ips {
        new.cluster_ips = if !old.cluster_ip.is_empty() && new.cluster_ip.is_empty() {
            Vec::new()
        } else {
            vec![new.cluster_ip.clone()]
        };
    }
}

/// Whether nothing about a dual-stack-if-possible Service's addresses changes: then they are left alone, even where
/// the cluster has gained or lost a family (`isMatchingPreferDualStackClusterIPFields`).
fn unchanged_preference(new: &ServiceObject, old: Option<&ServiceObject>) -> bool {
    let Some(old) = old else { return false };
    let prefers = |policy: &Option<String>| policy.as_deref().is_none_or(|policy| policy == PREFER);
    new.ip_family_policy.is_some()
        && old.kind == new.kind
        && matches!(new.kind.as_str(), kind::CLUSTER_IP | kind::NODE_PORT | kind::LOAD_BALANCER)
        && prefers(&new.ip_family_policy)
        && prefers(&old.ip_family_policy)
        && old.cluster_ips == new.cluster_ips
        && old.ip_families == new.ip_families
}

/// Settles `ipFamilyPolicy` and `ipFamilies` (`initIPFamilyFields`).
pub(crate) fn init_ip_families(
    new: &mut ServiceObject,
    old: Option<&ServiceObject>,
    pools: &Pools,
) -> Result<(), Status> {
    if new.kind == kind::EXTERNAL_NAME || unchanged_preference(new, old) {
        return Ok(());
    }
    let spec = Path::new("spec");
    let policy_path = spec.child("ipFamilyPolicy");
    let selectorless = new.cluster_ip == NONE && new.selector.is_empty();
    if new.ip_family_policy.is_none() {
        let kept = old.and_then(|old| old.ip_family_policy.clone());
        let inferred = if selectorless { REQUIRE } else { SINGLE };
        new.ip_family_policy = Some(kept.unwrap_or_else(|| inferred.to_string()));
    }
    let errors = validate_cluster_ip_fields(new, old);
    if !errors.is_empty() {
        return Err(refuse(new, errors));
    }
    let policy = new.ip_family_policy.clone().unwrap_or_default();
    let single = policy == SINGLE;

    let mut errors = ErrorList::new();
    let mut blame = |detail: &str| errors.push(invalid(&policy_path, Bad::typed(&policy), detail));
    if let Some(old) = old {
        if single {
            if old.cluster_ips == new.cluster_ips {
                new.cluster_ips.truncate(1);
            }
            if old.ip_families == new.ip_families {
                new.ip_families.truncate(1);
            }
        } else {
            if !new.cluster_ips.is_empty() && new.cluster_ips.len() < old.cluster_ips.len() {
                blame("must be 'SingleStack' to release the secondary cluster IP");
            }
            if !new.ip_families.is_empty() && new.ip_families.len() < old.ip_families.len() {
                blame("must be 'SingleStack' to release the secondary IP family");
            }
        }
    }
    if single {
        if new.cluster_ips.len() == 2 {
            blame("must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified");
        }
        if new.ip_families.len() == 2 {
            blame("must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified");
        }
    }
    // Families follow from addresses where they are not given.
    for (i, address) in new.cluster_ips.iter().enumerate() {
        if address == NONE {
            break;
        }
        if i < new.ip_families.len() {
            continue;
        }
        let family = if ip::is_v6(address) { "IPv6" } else { "IPv4" };
        if pools.ips.has_family(family_of(family)) {
            new.ip_families.push(family.to_string());
        } else {
            let path = spec.child("clusterIPs").index(i);
            errors.push(invalid(&path, &new.cluster_ips[..], &format!("{family} is not configured on this cluster")));
        }
    }
    if !errors.is_empty() {
        return Err(refuse(new, errors));
    }

    let primary = pools.ips.primary().as_str();
    if selectorless {
        // Whoever makes the endpoints by hand may use both families, on any cluster.
        if new.ip_families.is_empty() {
            new.ip_families.push(primary.to_string());
        }
        if let ([only], false) = (new.ip_families.as_slice(), single) {
            let second = other(only);
            new.ip_families.push(second.to_string());
        }
        return Ok(());
    }

    let dual_cluster = pools.ips.has_family(IpFamily::V4) && pools.ips.has_family(IpFamily::V6);
    if policy == REQUIRE && !dual_cluster {
        let detail = "this cluster is not configured for dual-stack services";
        errors.push(invalid(&policy_path, Bad::typed(&policy), detail));
    }
    for (i, family) in new.ip_families.iter().enumerate() {
        if !pools.ips.has_family(family_of(family)) {
            errors.push(invalid(
                &spec.child("ipFamilies").index(i),
                Bad::typed(family),
                "not configured on this cluster",
            ));
        }
    }
    if !errors.is_empty() {
        return Err(refuse(new, errors));
    }
    if new.ip_families.is_empty() {
        new.ip_families.push(primary.to_string());
    }
    if let ([only], false, true) = (new.ip_families.as_slice(), single, dual_cluster) {
        let second = other(only);
        new.ip_families.push(second.to_string());
    }
    Ok(())
}

/// Takes one address for family number `i` and writes it down; an empty one is picked.
fn allocate_ip(service: &mut ServiceObject, i: usize, pools: &mut Pools, txn: &mut Transaction) -> Result<(), Status> {
    let Some(family) = service.ip_families.get(i).cloned() else { return Ok(()) };
    while service.cluster_ips.len() <= i {
        service.cluster_ips.push(String::new());
    }
    let path = Path::new("spec").child("clusterIPs");
    let wanted = service.cluster_ips.get(i).cloned().unwrap_or_default();
    // The server makes an IPAddress object that names the Service; without a name that fails.
    let nameless = |address: IpAddr| {
        format!(
            "IPAddress.networking.k8s.io {} is invalid: spec.parentRef.name: Required value",
            go_quote(&address.to_string())
        )
    };
    if wanted.is_empty() {
        let (namespace, name) = (service.namespace().to_string(), service.name().to_string());
        let address = pools
            .next_ip(txn, family_of(&family), &[&namespace, &name, &family])
            .map_err(|_| internal_error("failed to allocate a serviceIP: range is full"))?;
        if name.is_empty() {
            let detail = format!("failed to allocate IP: {}", nameless(address));
            return Err(refuse(service, vec![invalid(&path, &service.cluster_ips[..], &detail)]));
        }
        service.cluster_ips[i] = address.to_string();
    } else {
        let taken = match parse(&wanted) {
            Some(address) => pools.take_ip(txn, address).map_err(|why| match why {
                Taken::Allocated => "provided IP is already allocated".to_string(),
                Taken::NotInRange => "the provided network does not match the current range".to_string(),
                Taken::Full => "range is full".to_string(),
            }),
            None => Err("the provided network does not match the current range".to_string()),
        };
        let nameless = if service.name().is_empty() { parse(&wanted).map(nameless) } else { None };
        let problem = match taken {
            Err(problem) => Some(problem),
            Ok(()) => nameless,
        };
        if let Some(problem) = problem {
            let detail = format!("failed to allocate IP {wanted}: {problem}");
            return Err(refuse(service, vec![invalid(&path, &service.cluster_ips[..], &detail)]));
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
        (1, 2) => allocate_ip(new, 1, pools, txn),
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
    let mut allocated: Vec<i64> = Vec::new();
    let mut seen: Vec<(String, i64)> = Vec::new();
    for i in 0..new.ports.len() {
        let Some(port) = new.ports.get(i).cloned() else { break };
        if port.node_port == 0 && !allocates {
            continue;
        }
        let node_port = if port.node_port != 0 {
            let wanted = port.node_port;
            if !old_ports.contains(&wanted) && !allocated.contains(&wanted) {
                pools.take_port(txn, wanted).map_err(|why| port_refused(new, i, wanted, why, pools))?;
                allocated.push(wanted);
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
        seen.push(pair);
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
