//! The cluster's settings from the documents that hold them: ClusterConfiguration, KubeProxyConfiguration, ServiceCIDR.
//!
//! Upstream: kubeadm's v1beta4 and kube-proxy's v1alpha1 defaults.

use crate::cluster::{DetectLocal, ProxyMode, ProxySettings, Settings};
use crate::net::{IpFamily, IpNet};
use crate::objects::Value;

/// The kinds that are settings and no objects of the API.
pub(super) const KINDS: [&str; 4] =
    ["ClusterConfiguration", "KubeProxyConfiguration", "InitConfiguration", "JoinConfiguration"];

/// Settings as they are gathered from documents.
#[derive(Default)]
pub(super) struct Gathered {
    service_cidrs: Vec<IpNet>,
    pod_cidrs: Vec<IpNet>,
    dns_domain: String,
    node_ports: Option<(u16, u16)>,
    proxy: Option<ProxySettings>,
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.at(path).and_then(Value::as_str).unwrap_or_default()
}

fn nets(text: &str) -> Vec<IpNet> {
    text.split(',').filter_map(|one| one.trim().parse::<IpNet>().ok()).map(|net| net.trunc()).collect()
}

impl Gathered {
    /// Takes in one document; those of other kinds say nothing.
    pub(super) fn read(&mut self, kind: &str, value: &Value) {
        match kind {
            "ClusterConfiguration" => self.cluster_configuration(value),
            "KubeProxyConfiguration" => self.proxy = Some(proxy(value)),
            // The range that the cluster began with; further ones are added where the object is stored.
            "ServiceCIDR" if text(value, "metadata.name") == "kubernetes" => {
                let cidrs = value.at("spec.cidrs").map(Value::items).unwrap_or_default();
                self.service_cidrs = cidrs.iter().filter_map(Value::as_str).flat_map(nets).collect();
            }
            _ => {}
        }
    }

    fn cluster_configuration(&mut self, value: &Value) {
        let service = nets(text(value, "networking.serviceSubnet"));
        if !service.is_empty() {
            self.service_cidrs = service;
        }
        let pods = nets(text(value, "networking.podSubnet"));
        if !pods.is_empty() {
            self.pod_cidrs = pods;
        }
        let domain = text(value, "networking.dnsDomain").trim_end_matches('.');
        if !domain.is_empty() {
            self.dns_domain = domain.to_string();
        }
        // A list of names and values since v1beta4, a map before.
        let arguments = value.at("apiServer.extraArgs");
        let mut listed = arguments.map(Value::items).unwrap_or_default().iter();
        let listed = listed.find(|one| text(one, "name") == "service-node-port-range").map(|one| text(one, "value"));
        let mapped = arguments.and_then(|map| map.get("service-node-port-range")).and_then(Value::as_str);
        if let Some(range) = listed.or(mapped).and_then(port_range) {
            self.node_ports = Some(range);
        }
    }

    /// The settings, with defaults for what nobody said.
    pub(super) fn finish(self, load_balancers: bool) -> Settings {
        let mut settings = Settings { load_balancers, ..Settings::default() };
        if !self.service_cidrs.is_empty() {
            settings.service_cidrs = self.service_cidrs;
        }
        settings.pod_cidrs =
            if self.pod_cidrs.is_empty() { default_pods(&settings.service_cidrs) } else { self.pod_cidrs };
        if !self.dns_domain.is_empty() {
            settings.dns_domain = self.dns_domain;
        }
        settings.node_ports = self.node_ports.unwrap_or(settings.node_ports);
        // kubeadm gives the proxy the pods' subnet; a configuration in the input is taken by its word.
        settings.proxy = self
            .proxy
            .unwrap_or_else(|| ProxySettings { cluster_cidrs: settings.pod_cidrs.clone(), ..ProxySettings::default() });
        settings
    }
}

/// A range of pod addresses for each family that Services have.
fn default_pods(services: &[IpNet]) -> Vec<IpNet> {
    let mut pods = Vec::new();
    for net in services {
        let default = match IpFamily::of(net.addr()) {
            IpFamily::V4 => "10.244.0.0/16",
            IpFamily::V6 => "fd00:10:244::/56",
        };
        for net in nets(default) {
            if !pods.contains(&net) {
                pods.push(net);
            }
        }
    }
    pods
}

/// `30000-32767`, or `30000+2767`.
fn port_range(text: &str) -> Option<(u16, u16)> {
    if let Some((first, more)) = text.split_once('+') {
        let first: u16 = first.trim().parse().ok()?;
        return Some((first, first.checked_add(more.trim().parse().ok()?)?));
    }
    let (first, last) = text.split_once('-')?;
    let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    (first <= last && first > 0).then_some((first, last))
}

fn proxy(value: &Value) -> ProxySettings {
    let truth = |path: &str| value.at(path).and_then(Value::as_bool);
    let mode = match text(value, "mode") {
        "nftables" => ProxyMode::Nftables,
        "ipvs" => ProxyMode::Ipvs,
        _ => ProxyMode::Iptables,
    };
    let masquerade_all = match mode {
        ProxyMode::Nftables => truth("nftables.masqueradeAll"),
        // ipvs shares the iptables section.
        ProxyMode::Iptables | ProxyMode::Ipvs => truth("iptables.masqueradeAll"),
    };
    let addresses = value.get("nodePortAddresses").map(Value::items).unwrap_or_default();
    ProxySettings {
        mode,
        cluster_cidrs: nets(text(value, "clusterCIDR")),
        detect_local: match text(value, "detectLocalMode") {
            "NodeCIDR" => DetectLocal::NodeCidr,
            "BridgeInterface" => DetectLocal::BridgeInterface,
            "InterfaceNamePrefix" => DetectLocal::InterfaceNamePrefix,
            _ => DetectLocal::ClusterCidr,
        },
        masquerade_all: masquerade_all.unwrap_or(false),
        node_port_addresses: addresses.iter().filter_map(Value::as_str).map(str::to_string).collect(),
        localhost_node_ports: truth("iptables.localhostNodePorts").unwrap_or(true),
        ipvs_scheduler: text(value, "ipvs.scheduler").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_port_ranges_come_in_two_spellings() {
        assert_eq!(port_range("30000-32767"), Some((30000, 32767)));
        assert_eq!(port_range("30000+10"), Some((30000, 30010)));
        for bad in ["", "5-4", "0-9", "x-y", "65000+9999"] {
            assert_eq!(port_range(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_dual_stack_service_range_makes_the_pods_dual_stack_too() {
        let networking = Value::object([("serviceSubnet", Value::from("10.96.0.0/12,fd00:10:96::/108"))]);
        let mut gathered = Gathered::default();
        gathered.read("ClusterConfiguration", &Value::object([("networking", networking)]));
        let settings = gathered.finish(true);
        assert_eq!(settings.service_cidrs.len(), 2);
        assert_eq!(settings.pod_cidrs.len(), 2);
        assert_eq!(settings.proxy.cluster_cidrs, settings.pod_cidrs);
    }

    #[test]
    fn a_proxy_configuration_without_a_cluster_range_leaves_it_unset() {
        let mut gathered = Gathered::default();
        gathered.read("KubeProxyConfiguration", &Value::object([("mode", Value::from("nftables"))]));
        let settings = gathered.finish(true);
        assert!(settings.proxy.cluster_cidrs.is_empty());
        assert_eq!(settings.proxy.mode, ProxyMode::Nftables);
    }
}
