//! The ranges of a cluster of which only a dump is known: `kubectl get` prints addresses, but not the settings that they
//! came from. Without this, pods of a cluster with other ranges than kubeadm's would be taken for strangers.

use std::net::IpAddr;

use crate::cluster::Settings;
use crate::net::{IpFamily, IpNet};
use crate::objects::Value;

/// Addresses as they are gathered from a dump's objects.
#[derive(Default)]
pub(super) struct Addresses {
    /// The cluster IP of `default/kubernetes`, the first address of the range.
    kubernetes: Option<IpAddr>,
    services: Vec<IpAddr>,
    pods: Vec<IpAddr>,
    nodes: Vec<IpAddr>,
    node_ranges: Vec<IpNet>,
}

fn read<T: std::str::FromStr>(value: Option<&Value>) -> Option<T> {
    value.and_then(Value::as_str)?.parse().ok()
}

impl Addresses {
    /// Takes in the addresses of one object.
    pub(super) fn read(&mut self, kind: &str, value: &Value) {
        let list = |path: &str| value.at(path).map(Value::items).unwrap_or_default();
        let text = |path: &str| value.at(path).and_then(Value::as_str).unwrap_or_default();
        match kind {
            "Service" => {
                let ips = list("spec.clusterIPs").iter().chain(value.at("spec.clusterIP"));
                self.services.extend(ips.filter_map(|ip| read::<IpAddr>(Some(ip))));
                if (text("metadata.namespace"), text("metadata.name")) == ("default", "kubernetes") {
                    self.kubernetes = read(value.at("spec.clusterIP"));
                }
            }
            "Pod" if value.at("spec.hostNetwork").and_then(Value::as_bool) != Some(true) => {
                let ips = list("status.podIPs").iter().map(|item| item.get("ip")).chain([value.at("status.podIP")]);
                self.pods.extend(ips.filter_map(read::<IpAddr>));
            }
            "Node" => {
                let ranges = list("spec.podCIDRs").iter().chain(value.at("spec.podCIDR"));
                self.node_ranges.extend(ranges.filter_map(|range| read::<IpNet>(Some(range))));
                let addresses = list("status.addresses").iter().map(|item| item.get("address"));
                self.nodes.extend(addresses.filter_map(read::<IpAddr>));
            }
            _ => {}
        }
    }

    /// Takes the ranges of Services from their addresses, unless they fit. Says what was taken.
    pub(super) fn services(&self, settings: &mut Settings) -> Option<String> {
        if self.services.iter().all(|ip| settings.service_cidrs.iter().any(|range| range.contains(ip))) {
            return None;
        }
        let mut ranges = by_family(&self.services, (24, 120));
        for range in &mut ranges {
            // A family whose addresses fit keeps what was assumed of it.
            let fits = |known: &&IpNet| known.contains(&range.network()) && known.contains(&range.broadcast());
            if let Some(known) = settings.service_cidrs.iter().find(fits) {
                *range = *known;
            }
        }
        if let Some(first) = self.kubernetes {
            crate::sort::by_key(&mut ranges, |range| IpFamily::of(range.addr()) != IpFamily::of(first));
        }
        settings.service_cidrs = ranges;
        Some(format!("Services in {}", words(&settings.service_cidrs)))
    }

    /// Takes the ranges of pods from their nodes' or their own addresses, unless they fit. Says what was taken, and
    /// whether nodes are in these ranges too, so that kube-proxy can have had no `clusterCIDR`.
    pub(super) fn pods(&self, settings: &mut Settings) -> Option<(String, bool)> {
        let ends: Vec<IpAddr> =
            self.node_ranges.iter().flat_map(|range| [range.network(), range.broadcast()]).collect();
        let in_nodes = self.pods.iter().all(|ip| self.node_ranges.iter().any(|range| range.contains(ip)));
        let known = if in_nodes && !ends.is_empty() { &ends } else { &self.pods };
        if known.iter().all(|ip| settings.pod_cidrs.iter().any(|range| range.contains(ip))) {
            return None;
        }
        settings.pod_cidrs = by_family(known, (16, 56));
        let flat = self.nodes.iter().any(|ip| settings.pod_cidrs.iter().any(|range| range.contains(ip)));
        Some((format!("pods in {}", words(&settings.pod_cidrs)), flat))
    }
}

fn words(ranges: &[IpNet]) -> String {
    ranges.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// For each family the smallest range that holds all its addresses, but none longer than these prefixes.
fn by_family(addresses: &[IpAddr], (v4, v6): (u8, u8)) -> Vec<IpNet> {
    let mut ranges: Vec<IpNet> = Vec::new();
    for ip in addresses {
        let prefix = if ip.is_ipv4() { v4 } else { v6 };
        let known = ranges.iter_mut().find(|range| IpFamily::of(range.addr()) == IpFamily::of(*ip));
        match known {
            Some(range) => {
                while !range.contains(ip) {
                    let Some(wider) = range.supernet() else { break };
                    *range = wider;
                }
            }
            None => ranges.extend(IpNet::new(*ip, prefix).ok().map(|range| range.trunc())),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_of_services_that_fits_keeps_its_range() {
        let ips = ["10.96.0.100", "fd00:10:96::64"].map(|ip| ip.parse().unwrap_or_else(|_| panic!("{ip}")));
        let addresses = Addresses { services: ips.to_vec(), ..Addresses::default() };
        let mut settings = Settings::default();
        let told = addresses.services(&mut settings);
        assert_eq!(told.as_deref(), Some("Services in 10.96.0.0/12,fd00:10:96::/120"));
    }

    #[test]
    fn ranges_hold_all_addresses_and_no_more_than_needed() {
        let ips: Vec<IpAddr> = ["172.20.0.1", "172.20.44.7", "fd12::1", "fd12::ffff", "172.20.99.1"]
            .map(|ip| ip.parse().unwrap_or_else(|_| panic!("{ip}")))
            .to_vec();
        assert_eq!(words(&by_family(&ips, (24, 120))), "172.20.0.0/17,fd12::/112");
        assert!(by_family(&[], (24, 120)).is_empty());
    }
}
