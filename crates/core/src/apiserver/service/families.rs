//! Which families a Service's addresses have: `initIPFamilyFields` of `pkg/registry/core/service/storage/alloc.go`, and
//! `normalizeClusterIPs` of `storage.go`.

use super::super::allocator::Pools;
use super::super::answer::Status;
use super::super::field::{Bad, ErrorList, Path, invalid, invalid_status};
use super::super::ip;
use super::object::{NONE, ServiceObject, kind};
use super::validate_ips::validate_cluster_ip_fields;
use crate::net::IpFamily;

const SINGLE: &str = "SingleStack";
const PREFER: &str = "PreferDualStack";
const REQUIRE: &str = "RequireDualStack";

fn other(family: &str) -> &'static str {
    if family == "IPv4" { "IPv6" } else { "IPv4" }
}

pub(super) fn family_of(name: &str) -> IpFamily {
    if name == "IPv6" { IpFamily::V6 } else { IpFamily::V4 }
}

/// 422 about a Service.
pub(super) fn refuse(service: &ServiceObject, errors: ErrorList) -> Status {
    invalid_status("Service", service.name(), &errors)
}

/// Puts `clusterIP` and `clusterIPs` in step (`normalizeClusterIPs`).
pub(super) fn normalize_cluster_ips(new: &mut ServiceObject, old: Option<&ServiceObject>) {
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
pub(super) fn unchanged_preference(new: &ServiceObject, old: Option<&ServiceObject>) -> bool {
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
pub(super) fn init_ip_families(
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
