//! The resolver's configuration that the kubelet writes for a pod, after `pkg/kubelet/network/dns/dns.go`.

use std::net::{IpAddr, Ipv4Addr};

use crate::cluster::{Client, Cluster};
use crate::objects::{ObjectRef, Pod};

/// Where machines that do not use the cluster's DNS ask; what it knows is [outside](super::outside_exists).
pub const OUTSIDE_RESOLVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53));

/// Limits of the kubelet: name servers, search domains, and all characters of those.
const MAX_NAMESERVERS: usize = 3;
const MAX_SEARCHES: usize = 32;
const MAX_SEARCH_CHARS: usize = 2048;
/// glibc's own bound on `ndots`.
const MAX_NDOTS: u32 = 15;

/// `/etc/resolv.conf` of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// `nameserver` lines; only the first is asked while it answers.
    pub nameservers: Vec<IpAddr>,
    /// The `search` line.
    pub search: Vec<String>,
    /// The `options` line, as written.
    pub options: Vec<(String, Option<String>)>,
    /// How many dots a name needs to be tried as it is before the search path.
    pub ndots: u32,
    /// Whether the first name server is the cluster's.
    pub cluster: bool,
}

impl ResolvConf {
    /// The file's text.
    pub fn text(&self) -> String {
        let mut lines = Vec::new();
        if !self.search.is_empty() {
            lines.push(format!("search {}", self.search.join(" ")));
        }
        lines.extend(self.nameservers.iter().map(|address| format!("nameserver {address}")));
        if !self.options.is_empty() {
            let option = |(name, value): &(String, Option<String>)| match value {
                Some(value) => format!("{name}:{value}"),
                None => name.clone(),
            };
            lines.push(format!("options {}", self.options.iter().map(option).collect::<Vec<_>>().join(" ")));
        }
        lines.push(String::new());
        lines.join("\n")
    }
}

/// The addresses of the cluster's DNS as the kubelets know them: kube-dns' cluster IP, or the tenth address of the
/// Service network, which kubeadm keeps for it.
pub fn cluster_dns(cluster: &Cluster) -> Vec<IpAddr> {
    if let Some(address) = cluster.service(&ObjectRef::new("kube-system", "kube-dns")).and_then(|s| s.cluster_ip()) {
        return vec![address];
    }
    let tenth = |network: &crate::net::IpNet| match network.network() {
        IpAddr::V4(base) => u32::from(base).checked_add(10).map(|n| IpAddr::V4(n.into())),
        IpAddr::V6(base) => u128::from(base).checked_add(10).map(|n| IpAddr::V6(n.into())),
    };
    cluster.settings.service_cidrs.first().and_then(tenth).into_iter().collect()
}

/// What a client's resolver is told. Nodes and machines outside have a resolver of their own, without search path.
pub fn resolv_conf(cluster: &Cluster, client: &Client) -> ResolvConf {
    let pod = match client {
        Client::Pod(reference) => cluster.pod(reference),
        _ => None,
    };
    let mut conf = ResolvConf {
        nameservers: vec![OUTSIDE_RESOLVER],
        search: Vec::new(),
        options: Vec::new(),
        ndots: 1,
        cluster: false,
    };
    if let Some(pod) = pod {
        for_pod(cluster, pod, &mut conf);
    } else if let Client::Pod(reference) = client {
        // A pod that is not in the input is taken as an ordinary one of its namespace.
        cluster_first(cluster, &reference.namespace, &mut conf);
    }
    let ndots = conf.options.iter().find(|(name, _)| name == "ndots").and_then(|(_, value)| value.as_deref());
    conf.ndots = ndots.and_then(|value| value.parse().ok()).unwrap_or(1).min(MAX_NDOTS);
    conf.cluster = conf.nameservers.first().is_some_and(|address| is_cluster_dns(cluster, *address));
    conf
}

fn cluster_first(cluster: &Cluster, namespace: &str, conf: &mut ResolvConf) {
    let domain = &cluster.settings.dns_domain;
    conf.nameservers = cluster_dns(cluster);
    conf.search = vec![format!("{namespace}.svc.{domain}"), format!("svc.{domain}"), domain.clone()];
    conf.options = vec![("ndots".to_string(), Some("5".to_string()))];
}

fn for_pod(cluster: &Cluster, pod: &Pod, conf: &mut ResolvConf) {
    match pod.dns_policy.as_str() {
        "Default" => {}
        "None" => conf.nameservers.clear(),
        // A pod in its node's network has the node's resolver, unless the policy says otherwise.
        "ClusterFirst" | "" if pod.host_network => {}
        _ => cluster_first(cluster, &pod.meta.namespace, conf),
    }
    let config = &pod.dns_config;
    for address in &config.nameservers {
        if !conf.nameservers.contains(address) {
            conf.nameservers.push(*address);
        }
    }
    for search in &config.searches {
        if !conf.search.contains(search) {
            conf.search.push(search.clone());
        }
    }
    for (name, value) in &config.options {
        let value = value.clone().filter(|value| !value.is_empty());
        match conf.options.iter_mut().find(|(known, _)| known == name) {
            Some(option) => option.1 = value,
            None => conf.options.push((name.clone(), value)),
        }
    }
    conf.nameservers.truncate(MAX_NAMESERVERS);
    conf.search.truncate(MAX_SEARCHES);
    conf.search.retain(|search| search.len() <= 253);
    while conf.search.iter().map(|search| search.len() + 1).sum::<usize>() > MAX_SEARCH_CHARS + 1 {
        conf.search.pop();
    }
}

/// Whether an address is the cluster's DNS: its Service's, or a server behind it.
fn is_cluster_dns(cluster: &Cluster, address: IpAddr) -> bool {
    let kube_dns = ObjectRef::new("kube-system", "kube-dns");
    cluster_dns(cluster).contains(&address)
        || cluster.service(&kube_dns).is_some_and(|service| service.cluster_ips.contains(&address))
        || cluster.slices_of(&kube_dns).flat_map(|slice| &slice.endpoints).any(|e| e.addresses.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::testing::{cluster, ip, pod_client};
    use crate::objects::DnsConfig;

    #[test]
    fn cluster_first_searches_the_namespace_then_the_cluster() {
        let conf = resolv_conf(&cluster(), &pod_client("client"));
        assert_eq!(
            conf.text(),
            "search default.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
        );
        assert!(conf.cluster);
        assert_eq!(conf.ndots, 5);
    }

    #[test]
    fn pods_in_the_nodes_network_and_nodes_ask_the_nodes_resolver() {
        let mut cluster = cluster();
        for client in [pod_client("host"), Client::Node("worker-1".to_string()), Client::Laptop] {
            let conf = resolv_conf(&cluster, &client);
            assert!(!conf.cluster && conf.search.is_empty(), "{client:?}");
        }
        cluster.pods.iter_mut().for_each(|pod| pod.dns_policy = "ClusterFirstWithHostNet".to_string());
        assert!(resolv_conf(&cluster, &pod_client("host")).cluster);
        cluster.pods.iter_mut().for_each(|pod| pod.dns_policy = "Default".to_string());
        assert!(!resolv_conf(&cluster, &pod_client("client")).cluster);
    }

    #[test]
    fn dns_config_adds_servers_and_searches_and_overrides_options() {
        let mut cluster = cluster();
        for pod in &mut cluster.pods {
            pod.dns_config = DnsConfig {
                nameservers: vec![ip("9.9.9.9"), ip("10.96.0.10")],
                searches: vec!["svc.cluster.local".to_string(), "example.com".to_string()],
                options: vec![("ndots".to_string(), Some("2".to_string())), ("edns0".to_string(), None)],
            };
        }
        let conf = resolv_conf(&cluster, &pod_client("client"));
        assert_eq!(conf.nameservers, [ip("10.96.0.10"), ip("9.9.9.9")]);
        assert_eq!(conf.search.last().map(String::as_str), Some("example.com"));
        assert_eq!((conf.ndots, conf.search.len()), (2, 4));
        let none = resolv_conf(&cluster, &pod_client("custom"));
        assert_eq!(none.nameservers, [ip("9.9.9.9"), ip("10.96.0.10")]);
        assert!(!none.cluster, "only the first server is asked");
    }

    #[test]
    fn without_kube_dns_the_tenth_address_is_the_servers() {
        let mut cluster = cluster();
        cluster.services.clear();
        assert_eq!(cluster_dns(&cluster), [ip("10.96.0.10")]);
        cluster.settings.service_cidrs.clear();
        assert!(cluster_dns(&cluster).is_empty());
    }
}
