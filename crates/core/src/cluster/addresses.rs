//! Who has an address, looked up rather than searched for.

use std::net::IpAddr;

use super::Cluster;
use crate::objects::{Endpoint, Pod, Service};
use crate::sort;

/// The addresses of a cluster's pods, endpoints and Services, in order. Good for the cluster that it was made of, until
/// pods, slices or Services change.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    pods: Vec<(IpAddr, u32)>,
    endpoints: Vec<(IpAddr, (u32, u32))>,
    outer: Vec<(IpAddr, u32)>,
}

impl Addresses {
    /// Collects them.
    pub fn new(cluster: &Cluster) -> Self {
        // Of each there are far fewer than 2^32.
        let pods = cluster.pods.iter().zip(0_u32..).filter(|(pod, _)| !pod.host_network);
        let pods = pods.flat_map(|(pod, at)| pod.ips.iter().map(move |ip| (*ip, at)));
        let endpoints = cluster.slices.iter().zip(0_u32..).flat_map(|(slice, at)| {
            let numbered = slice.endpoints.iter().zip(0_u32..);
            numbered.flat_map(move |(endpoint, nth)| endpoint.addresses.iter().map(move |ip| (*ip, (at, nth))))
        });
        let outer = cluster.services.iter().zip(0_u32..).flat_map(|(service, at)| {
            let balancer = service.ingress.iter().filter_map(|ingress| ingress.ip);
            service.external_ips.iter().copied().chain(balancer).map(move |ip| (ip, at))
        });
        Addresses {
            pods: in_order(pods.collect()),
            endpoints: in_order(endpoints.collect()),
            outer: in_order(outer.collect()),
        }
    }

    /// The pod that owns an address; pods in their node's network own none.
    pub fn pod<'a>(&self, cluster: &'a Cluster, ip: IpAddr) -> Option<&'a Pod> {
        cluster.pods.get(first(&self.pods, ip)? as usize)
    }

    /// The endpoint, of whatever slice, that has an address.
    pub fn endpoint<'a>(&self, cluster: &'a Cluster, ip: IpAddr) -> Option<&'a Endpoint> {
        let (slice, nth) = first(&self.endpoints, ip)?;
        cluster.slices.get(slice as usize)?.endpoints.get(nth as usize)
    }

    /// The Services that have an external address or a balancer's.
    pub fn services<'a>(&self, cluster: &'a Cluster, ip: IpAddr) -> impl Iterator<Item = &'a Service> {
        let from = self.outer.partition_point(|(known, _)| *known < ip);
        let own = self.outer.iter().skip(from).take_while(move |(known, _)| *known == ip);
        own.filter_map(|(_, at)| cluster.services.get(*at as usize))
    }
}

/// By address; of one address in the order of the cluster.
fn in_order<T: Ord>(mut list: Vec<(IpAddr, T)>) -> Vec<(IpAddr, T)> {
    sort::natural(&mut list);
    list
}

fn first<T: Copy>(list: &[(IpAddr, T)], ip: IpAddr) -> Option<T> {
    let at = list.partition_point(|(known, _)| *known < ip);
    list.get(at).filter(|(known, _)| *known == ip).map(|(_, found)| *found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::ProxyMode;
    use crate::proxy::testing::*;

    #[test]
    fn what_is_looked_up_is_what_would_be_searched_for() {
        let mut cluster = cluster(ProxyMode::Iptables, three());
        cluster.pods[1].host_network = true;
        let addresses = Addresses::new(&cluster);
        for text in ["10.244.1.5", "10.244.1.6", "10.244.2.7", "10.244.2.8", "192.0.2.10", "203.0.113.50", "fd00::1"] {
            let ip = ip(text);
            assert_eq!(addresses.pod(&cluster, ip), cluster.pod_by_ip(ip), "{text}");
            let mut all = cluster.slices.iter().flat_map(|slice| &slice.endpoints);
            assert_eq!(addresses.endpoint(&cluster, ip), all.find(|e| e.addresses.contains(&ip)), "{text}");
            let outer = addresses.services(&cluster, ip).count();
            assert_eq!(outer, usize::from(text.starts_with("192") || text.starts_with("203")), "{text}");
        }
    }
}
