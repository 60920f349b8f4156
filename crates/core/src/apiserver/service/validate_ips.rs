//! `clusterIP`, `clusterIPs`, `ipFamilies` and `ipFamilyPolicy`, and how they may change
//! (`ValidateServiceClusterIPsRelatedFields` and the upgrade rules of `pkg/apis/core/validation/validation.go`).

use std::cmp::Ordering;

use super::super::field::{Bad, ErrorList, Path, duplicate, invalid, not_supported, required};
use super::super::ip;
use super::object::{NONE, ServiceObject, kind};

fn policy_bad(service: &ServiceObject) -> Bad {
    service.ip_family_policy.as_deref().map_or(Bad::Nil, Bad::typed)
}

/// The fields by themselves and against each other.
pub(crate) fn validate_cluster_ip_fields(service: &ServiceObject, old: Option<&ServiceObject>) -> ErrorList {
    let mut errors = ErrorList::new();
    if service.kind == kind::EXTERNAL_NAME {
        return errors;
    }
    let spec = Path::new("spec");
    let ips_path = spec.child("clusterIPs");
    let families_path = spec.child("ipFamilies");
    let ips = &service.cluster_ips[..];

    match (service.cluster_ip.is_empty(), ips.first()) {
        (false, None) => errors.push(required(&ips_path, "")),
        (false, Some(first)) if *first != service.cluster_ip => {
            errors.push(invalid(&ips_path, ips, "first value must match `clusterIP`"));
        }
        (true, Some(_)) => errors.push(invalid(&ips_path, ips, "must be empty when `clusterIP` is not specified")),
        _ => {}
    }

    for (i, family) in service.ip_families.iter().enumerate() {
        let path = families_path.index(i);
        if !matches!(family.as_str(), "IPv4" | "IPv6") {
            errors.push(not_supported(&path, Bad::typed(family), &["IPv4", "IPv6"]));
        }
        if service.ip_families.iter().take(i).any(|earlier| earlier == family) {
            errors.push(duplicate(&path, Bad::typed(family)));
        }
    }

    if let Some(policy) = &service.ip_family_policy
        && !matches!(policy.as_str(), "SingleStack" | "PreferDualStack" | "RequireDualStack")
    {
        let supported = ["PreferDualStack", "RequireDualStack", "SingleStack"];
        errors.push(not_supported(&spec.child("ipFamilyPolicy"), Bad::typed(policy), &supported));
    }

    let existing = old.map(|old| &old.cluster_ips[..]).unwrap_or_default();
    let mut broken = false;
    for (i, address) in ips.iter().enumerate() {
        if i == 0 && address == NONE {
            if ips.len() > 1 {
                broken = true;
                errors.push(invalid(&ips_path, ips, "'None' must be the first and only value"));
            }
            continue;
        }
        let problems = ip::validate_ip(&ips_path.index(i), address, existing);
        broken |= !problems.is_empty();
        errors.extend(problems);
    }
    if ips.len() > 2 {
        errors.push(invalid(&ips_path, ips, "may only hold up to 2 values"));
    }
    // Further rules would only say again that an address is none.
    if broken {
        return errors;
    }

    if ips.len() > 1 {
        let v6 = ips.iter().filter(|address| ip::is_v6(address)).count();
        if v6 == 0 || v6 == ips.len() {
            errors.push(invalid(&ips_path, ips, "may specify no more than one IP for each IP family"));
        }
    }
    if !service.is_headless() {
        for (i, (address, family)) in ips.iter().zip(&service.ip_families).enumerate() {
            let expected = match (family.as_str(), ip::is_v6(address)) {
                ("IPv4", true) => "IPv4",
                ("IPv6", false) => "IPv6",
                _ => continue,
            };
            let detail = format!("expected an {expected} value as indicated by `ipFamilies[{i}]`");
            errors.push(invalid(&ips_path.index(i), address, &detail));
        }
    }
    errors
}

/// Addresses may be added and the second one dropped, but the first stays (`validateUpgradeDowngradeClusterIPs`).
pub(crate) fn validate_cluster_ips_change(new: &ServiceObject, old: &ServiceObject) -> ErrorList {
    let mut errors = ErrorList::new();
    let external = new.kind == kind::EXTERNAL_NAME || old.kind == kind::EXTERNAL_NAME;
    if external || (old.is_headless() && new.is_headless()) {
        return errors;
    }
    let spec = Path::new("spec");
    let path = spec.child("clusterIPs");
    let fixed = |i: usize| invalid(&path.index(i), &new.cluster_ips[..], "may not change once set");
    match old.cluster_ips.len().cmp(&new.cluster_ips.len()) {
        Ordering::Equal => {
            let pairs = old.cluster_ips.iter().zip(&new.cluster_ips).enumerate();
            errors.extend(pairs.filter(|(_, (a, b))| a != b).map(|(i, _)| fixed(i)));
        }
        Ordering::Greater => {
            match new.cluster_ips.first() {
                None => {
                    errors.push(invalid(&path.index(0), &new.cluster_ips[..], "primary clusterIP can not be unset"))
                }
                first => {
                    if first != old.cluster_ips.first() {
                        errors.push(fixed(0));
                    }
                }
            }
            if new.cluster_ips.len() == 1 && new.ip_family_policy.as_deref() != Some("SingleStack") {
                let detail = "must be set to 'SingleStack' when releasing the secondary clusterIP";
                errors.push(invalid(&spec.child("ipFamilyPolicy"), policy_bad(new), detail));
            }
        }
        Ordering::Less => {
            if !old.cluster_ips.is_empty() && new.cluster_ips.first() != old.cluster_ips.first() {
                errors.push(fixed(0));
            }
        }
    }
    errors
}

/// The same for families (`validateUpgradeDowngradeIPFamilies`).
pub(crate) fn validate_ip_families_change(new: &ServiceObject, old: &ServiceObject) -> ErrorList {
    let mut errors = ErrorList::new();
    let external = new.kind == kind::EXTERNAL_NAME || old.kind == kind::EXTERNAL_NAME;
    if external || new.is_headless() || old.is_headless() {
        return errors;
    }
    let spec = Path::new("spec");
    let path = spec.child("ipFamilies").index(0);
    let (was, is) = (&old.ip_families, &new.ip_families);
    match was.len().cmp(&is.len()) {
        Ordering::Equal => {
            let changed = was.iter().zip(is).filter(|(a, b)| a != b).count();
            errors.extend((0..changed).map(|_| invalid(&path, &is[..], "may not change once set")));
        }
        Ordering::Greater => {
            if new.cluster_ips.is_empty() {
                errors.push(invalid(&path, &is[..], "primary ipFamily can not be unset"));
            }
            // Upstream shows the addresses here, not the families.
            if !is.is_empty() && is.first() != was.first() {
                errors.push(invalid(&path, &new.cluster_ips[..], "may not change once set"));
            }
            if is.len() == 1 && new.ip_family_policy.as_deref() != Some("SingleStack") {
                let detail = "must be set to 'SingleStack' when releasing the secondary ipFamily";
                errors.push(invalid(&spec.child("ipFamilyPolicy"), policy_bad(new), detail));
            }
        }
        Ordering::Less => {
            if !was.is_empty() && is.first() != was.first() {
                errors.push(invalid(&path, &new.cluster_ips[..], "may not change once set"));
            }
        }
    }
    errors
}
