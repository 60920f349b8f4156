//! The cluster's settings from all documents that hold some, wherever they stand in the input.

use crate::cluster::Settings;
use crate::net::{IpFamily, IpNet};
use crate::objects::Value;

use super::inferred::Addresses;

/// The kinds that are settings and no objects of the API.
pub(super) const KINDS: [&str; 4] =
    ["ClusterConfiguration", "KubeProxyConfiguration", "InitConfiguration", "JoinConfiguration"];

/// Settings as they are gathered from documents.
#[derive(Default)]
pub(super) struct Gathered {
    settings: Settings,
    /// A ClusterConfiguration says where pods live.
    pods_told: bool,
    /// There is a KubeProxyConfiguration.
    proxy_told: bool,
    /// Something says where cluster IPs lie.
    services_told: bool,
    /// The addresses of a dump.
    dump: Option<Addresses>,
}

impl Gathered {
    /// Nothing yet. Of a dump, ranges that nobody says are read off the addresses.
    pub(super) fn new(dump: bool) -> Self {
        Gathered { dump: dump.then(Addresses::default), ..Gathered::default() }
    }

    /// Takes in one document, those of other kinds say nothing; and tells what is wrong with it: paths and sentences.
    pub(super) fn read(&mut self, kind: &str, value: &Value) -> Vec<(String, String)> {
        if let Some(dump) = &mut self.dump {
            dump.read(kind, value);
        }
        match kind {
            "ClusterConfiguration" => {
                let services = value.at("networking.serviceSubnet").and_then(Value::as_str);
                self.services_told |= services.is_some_and(|subnet| !subnet.is_empty());
                let subnet = value.at("networking.podSubnet").and_then(Value::as_str);
                self.pods_told |= subnet.is_some_and(|subnet| !subnet.is_empty());
            }
            "KubeProxyConfiguration" => {
                self.proxy_told = true;
                // It is taken by its word: what it leaves unset is unset.
                self.settings.proxy.cluster_cidrs.clear();
            }
            // The range that the cluster began with; further ones are added where the object is stored.
            "ServiceCIDR" if value.at("metadata.name").and_then(Value::as_str) == Some("kubernetes") => {
                self.services_told = true;
            }
            _ => return Vec::new(),
        }
        self.settings.take(value)
    }

    /// The settings, with defaults for what nobody said; and what was read off a dump's addresses.
    pub(super) fn finish(mut self, load_balancers: bool) -> (Settings, Vec<String>) {
        self.settings.load_balancers = load_balancers;
        let mut inferred = Vec::new();
        if let Some(dump) = self.dump.as_ref().filter(|_| !self.services_told) {
            inferred.extend(dump.services(&mut self.settings));
        }
        if !self.pods_told {
            self.settings.pod_cidrs = default_pods(&self.settings.service_cidrs);
        }
        let found = self.dump.as_ref().filter(|_| !self.pods_told).and_then(|dump| dump.pods(&mut self.settings));
        let flat = found.as_ref().is_some_and(|(_, flat)| *flat);
        inferred.extend(found.map(|(what, _)| what));
        if !self.proxy_told {
            // As kubeadm sets the proxy up.
            self.settings.proxy.cluster_cidrs.clone_from(&self.settings.pod_cidrs);
        }
        if flat && !self.proxy_told {
            self.settings.proxy.cluster_cidrs.clear();
            inferred.push("no clusterCIDR, since pods and nodes share a network".to_string());
        }
        (self.settings, inferred)
    }
}

/// A range of pod addresses for each family that Services have.
fn default_pods(services: &[IpNet]) -> Vec<IpNet> {
    let mut pods: Vec<IpNet> = Vec::new();
    for net in services {
        let default = match IpFamily::of(net.addr()) {
            IpFamily::V4 => "10.244.0.0/16",
            IpFamily::V6 => "fd00:10:244::/56",
        };
        pods.extend(default.parse::<IpNet>().ok().filter(|net| !pods.contains(net)));
    }
    pods
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::ProxyMode;

    fn document(kind: &str, members: Vec<(&str, Value)>) -> Value {
        Value::object([("kind", Value::from(kind))].into_iter().chain(members))
    }

    #[test]
    fn a_dual_stack_service_range_makes_the_pods_dual_stack_too() {
        let networking = Value::object([("serviceSubnet", Value::from("10.96.0.0/12,fd00:10:96::/108"))]);
        let mut gathered = Gathered::default();
        let kind = "ClusterConfiguration";
        assert!(gathered.read(kind, &document(kind, vec![("networking", networking)])).is_empty());
        let (settings, _) = gathered.finish(true);
        assert_eq!(settings.service_cidrs.len(), 2);
        assert_eq!(settings.pod_cidrs.len(), 2);
        assert_eq!(settings.proxy.cluster_cidrs, settings.pod_cidrs);
    }

    #[test]
    fn a_proxy_configuration_without_a_cluster_range_leaves_it_unset() {
        let mut gathered = Gathered::default();
        let kind = "KubeProxyConfiguration";
        gathered.read(kind, &document(kind, vec![("mode", Value::from("nftables"))]));
        let (settings, _) = gathered.finish(true);
        assert!(settings.proxy.cluster_cidrs.is_empty());
        assert_eq!(settings.proxy.mode, ProxyMode::Nftables);
    }
}
