//! The cloud: an address for every LoadBalancer Service that no other controller claims by its class.
//!
//! Upstream: k8s.io/cloud-provider/controllers/service (which Services it wants). Addresses come from the ranges that
//! are set aside for documentation, chosen by the Service's name, so that editing one Service moves no other.

use crate::collections::Set;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::net::IpFamily;
use crate::objects::{IpMode, LoadBalancerIngress, Service, ServiceType};

use super::hash::hash64;

/// The last byte of the address that stands for "some host of the internet", which no balancer may have.
const INTERNET_HOST: u8 = 10;

/// Whether the cloud's own controller handles this Service.
pub fn wants_balancer(service: &Service) -> bool {
    service.service_type == ServiceType::LoadBalancer && service.load_balancer_class.is_none()
}

/// Gives every Service that wants a balancer and has none its addresses, one for each of its families. Services that
/// find the range used up stay pending.
pub fn assign(services: &mut [Service], seed: u64) {
    let mut taken: Set<IpAddr> =
        services.iter().flat_map(|service| &service.ingress).filter_map(|ingress| ingress.ip).collect();
    for service in services.iter_mut().filter(|service| wants_balancer(service) && service.ingress.is_empty()) {
        let name = service.meta.reference();
        for family in &service.ip_families {
            let hash = hash64(seed, &[&name.namespace, &name.name, family.as_str()]);
            if let Some(ip) = candidates(*family, hash).find(|ip| !taken.contains(ip)) {
                taken.insert(ip);
                service.ingress.push(LoadBalancerIngress { ip: Some(ip), hostname: None, ip_mode: IpMode::Vip });
            }
        }
    }
}

/// The addresses of the cloud's range, beginning with the one that the hash points to.
fn candidates(family: IpFamily, hash: u64) -> Box<dyn Iterator<Item = IpAddr>> {
    match family {
        IpFamily::V4 => Box::new(
            (0..254u64)
                .map(move |step| ((hash % 254 + step) % 254 + 1) as u8)
                .filter(|host| *host != INTERNET_HOST)
                .map(|host| IpAddr::V4(Ipv4Addr::new(203, 0, 113, host))),
        ),
        IpFamily::V6 => Box::new((0..65535u64).map(move |step| {
            let host = ((hash % 65535 + step) % 65535 + 1) as u16;
            IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0x203, 0, 0, 0, 0, host))
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::ObjectMeta;

    fn balanced(name: &str) -> Service {
        Service {
            meta: ObjectMeta { name: name.to_string(), namespace: "default".to_string(), ..ObjectMeta::default() },
            service_type: ServiceType::LoadBalancer,
            ip_families: vec![IpFamily::V4],
            ..Service::default()
        }
    }

    #[test]
    fn an_address_depends_on_the_name_alone() {
        let mut alone = [balanced("web")];
        assign(&mut alone, 0);
        let mut second = [balanced("api"), balanced("web")];
        assign(&mut second, 0);
        assert_eq!(alone[0].ingress, second[1].ingress);
        assert_ne!(second[0].ingress, second[1].ingress);
    }

    #[test]
    fn a_class_an_address_that_is_given_and_other_types_are_left_alone() {
        let mut services = [balanced("a"), balanced("b"), balanced("c")];
        services[0].load_balancer_class = Some("example.com/lb".to_string());
        let given =
            LoadBalancerIngress { ip: None, hostname: Some("lb.example.com".to_string()), ip_mode: IpMode::Vip };
        services[1].ingress = vec![given.clone()];
        services[2].service_type = ServiceType::NodePort;
        assign(&mut services, 0);
        assert!(services[0].ingress.is_empty() && services[2].ingress.is_empty());
        assert_eq!(services[1].ingress, [given]);
    }

    #[test]
    fn a_full_range_leaves_the_rest_pending_and_gives_no_address_twice() {
        let mut services: Vec<Service> = (0..260).map(|number| balanced(&format!("s{number}"))).collect();
        assign(&mut services, 7);
        let given: Set<IpAddr> = services.iter().flat_map(|s| &s.ingress).filter_map(|i| i.ip).collect();
        assert_eq!(given.len(), 253);
        assert_eq!(services.iter().filter(|s| s.ingress.is_empty()).count(), 7);
        assert!(!given.contains(&IpAddr::from([203, 0, 113, 10])));
    }
}
