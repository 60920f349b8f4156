//! Names outside the cluster, of which nothing is known.

use std::net::{IpAddr, Ipv4Addr};

use super::name::{is_under, relative};
use crate::cluster::Cluster;

/// Top-level names that the public DNS is never to hold (RFC 6761, RFC 6762 and ICANN's `internal`), and those that
/// only a name meant for the cluster ends in.
const NOT_PUBLIC: [&str; 7] = ["local", "localhost", "invalid", "internal", "test", "svc", "pod"];

/// The address at which an outside host of this name is taken to be, in 198.51.100.0/24: always the same for a name.
pub fn outside_address(name: &str) -> IpAddr {
    let hash = relative(name)
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193));
    // Below 254, so it fits, and no network or broadcast address comes out.
    IpAddr::V4(Ipv4Addr::new(198, 51, 100, (hash % 254) as u8 + 1))
}

/// Whether a name that somebody looks up is taken to exist outside.
///
/// Not: a single label; a name under the cluster's domain or under a top-level name that is not public; `SERVICE.REST`
/// of two labels where one names a Service of this cluster or the second one of its namespaces; `POD.SERVICE.NAMESPACE`; a
/// name with `svc` among its labels. Those were meant for the cluster and did not match, so to call them outside hosts would hide the error.
pub fn outside_exists(cluster: &Cluster, name: &str) -> bool {
    let name = relative(name).to_ascii_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let Some(top) = labels.last() else { return false };
    if labels.len() < 2 || NOT_PUBLIC.contains(top) || labels.contains(&"svc") {
        return false;
    }
    let domain = &cluster.settings.dns_domain;
    if is_under(&name, domain) || domain.split('.').next().is_some_and(|first| first == *top) {
        return false;
    }
    match labels.as_slice() {
        [first, second] => {
            !cluster.services.iter().any(|service| service.meta.name == *first || service.meta.name == *second)
                && !cluster.namespaces.iter().any(|namespace| namespace == second)
        }
        [.., name, namespace] if is_service(cluster, name, namespace) => false,
        _ => !is_under(&name, "in-addr.arpa") && !is_under(&name, "ip6.arpa"),
    }
}

/// Whether this is `SERVICE.NAMESPACE`, or has that before `svc`, of a Service that there is.
pub(super) fn is_short_name(cluster: &Cluster, name: &str) -> bool {
    let name = relative(name).to_ascii_lowercase();
    match name.strip_suffix(".svc").unwrap_or(&name).split_once('.') {
        Some((service, namespace)) => is_service(cluster, service, namespace),
        None => false,
    }
}

fn is_service(cluster: &Cluster, name: &str, namespace: &str) -> bool {
    cluster.services.iter().any(|service| service.meta.name == name && service.meta.namespace == namespace)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::testing::cluster;

    #[test]
    fn outside_hosts_have_a_stable_documentation_address() {
        assert_eq!(outside_address("api.example.com"), outside_address("API.example.com."));
        assert_ne!(outside_address("api.example.com"), outside_address("db.example.com"));
        let IpAddr::V4(address) = outside_address("x.org") else { panic!("not IPv4") };
        assert_eq!(address.octets()[..3], [198, 51, 100]);
    }

    #[test]
    fn names_meant_for_the_cluster_do_not_exist_outside() {
        let cluster = cluster();
        assert!(outside_exists(&cluster, "api.example.com."));
        for name in
            ["web", "web.shop", "nothing.default", "web.shop.svc", "x.svc.cluster.locl", "a.cluster.local", "b.local"]
        {
            assert!(!outside_exists(&cluster, name), "{name}");
        }
        // A pod of a headless Service, as people write it who forget the namespace, or the `svc`.
        assert!(!outside_exists(&cluster, "pod-0.web") && !outside_exists(&cluster, "pod-0.web.default"));
        assert!(outside_exists(&cluster, "web.default.example"));
    }
}
