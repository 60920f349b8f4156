//! The cluster that every other one is made from: three nodes in two zones, four pods on each, pods in the nodes' network.

use std::fmt::Write;

use portolan_core::cluster::{Cluster, ProxyMode};
use portolan_core::world::{Input, LoadOptions, World};

/// The nodes: name, zone, and the number that their addresses have.
pub const NODES: [(&str, &str, u8); 3] = [("node-a", "zone-a", 1), ("node-b", "zone-b", 2), ("node-c", "zone-b", 3)];
/// How many pods each node has.
pub const PODS: u8 = 4;
/// What pods listen on unless a case says otherwise.
pub const LISTEN: &str = "8080,8081,9090,8080/UDP,5353/UDP,127.0.0.1:7070";
/// What the pods in the nodes' network listen on, the first and the second.
pub const HOST_LISTEN: [&str; 2] = ["18080,15353/UDP", "19090,127.0.0.1:17070"];

/// The pods: name, node, address. The first one of node-a is `pa1`.
pub fn pods() -> impl Iterator<Item = (String, &'static str, [String; 2])> {
    NODES.iter().flat_map(|(node, _, number)| {
        (1..=PODS).map(move |pod| {
            let letter = node.strip_prefix("node-").unwrap_or_default();
            let addresses = [format!("10.244.{number}.{}", pod + 4), format!("fd00:10:244:{number}::{}", pod + 4)];
            (format!("p{letter}{pod}"), *node, addresses)
        })
    })
}

/// Pods in the nodes' network: name, node, address.
pub fn host_pods() -> impl Iterator<Item = (String, &'static str, [String; 2])> {
    NODES.iter().flat_map(|(node, _, number)| {
        (1..=HOST_LISTEN.len()).map(move |pod| {
            let letter = node.strip_prefix("node-").unwrap_or_default();
            (format!("h{letter}{pod}"), *node, node_addresses(*number))
        })
    })
}

/// A node's addresses by its number, IPv4 and IPv6.
pub fn node_addresses(number: u8) -> [String; 2] {
    [format!("172.30.0.{}", 10 + number), format!("fd00:172:30::{}", 10 + number)]
}

/// The settings, nodes and pods as YAML. `proxy` are further lines of the KubeProxyConfiguration; `listen` says what a pod
/// listens on, where that is not [`LISTEN`].
pub fn yaml(mode: ProxyMode, proxy: &str, listen: impl Fn(&str) -> Option<String>) -> String {
    let mut text = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n\
         networking: {{serviceSubnet: '10.96.0.0/16,fd00:10:96::/112', podSubnet: '10.244.0.0/16,fd00:10:244::/48'}}\n---\n\
         apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: {}\n{proxy}",
        mode.as_str()
    );
    for (name, zone, number) in NODES {
        let [v4, v6] = node_addresses(number);
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{topology.kubernetes.io/zone: {zone}}}}}\n\
             spec: {{podCIDR: 10.244.{number}.0/24, podCIDRs: [10.244.{number}.0/24, 'fd00:10:244:{number}::/64']}}\n\
             status: {{addresses: [{{type: InternalIP, address: {v4}}}, {{type: InternalIP, address: '{v6}'}}], \
             conditions: [{{type: Ready, status: 'True'}}]}}\n"
        );
    }
    let hosts = host_pods().zip(HOST_LISTEN.iter().cycle()).map(|(pod, listen)| (pod, true, listen.to_string()));
    for ((name, node, [v4, v6]), host, default) in pods().map(|pod| (pod, false, LISTEN.to_string())).chain(hosts) {
        let listen = listen(&name).unwrap_or(default);
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Pod\n\
             metadata: {{name: {name}, namespace: default, annotations: {{portolan.dev/listen: '{listen}'}}}}\n\
             spec: {{nodeName: {node}, hostNetwork: {host}, containers: [{{name: c, image: c}}]}}\n\
             status: {{phase: Running, podIP: {v4}, podIPs: [{{ip: {v4}}}, {{ip: '{v6}'}}], \
             conditions: [{{type: Ready, status: 'True'}}]}}\n"
        );
    }
    text
}

/// Reads objects as already stored. What the engine adds of its own (the cluster's DNS) is left out: it is not in the lab.
pub fn cluster(text: &str) -> Cluster {
    let input = Input { name: "-".into(), text: text.into() };
    let world = World::load(&[input], &LoadOptions { stored: true, ..LoadOptions::default() });
    let mut cluster = world.cluster().clone();
    cluster.services.retain(|service| service.meta.namespace == "default");
    cluster.slices.retain(|slice| slice.meta.namespace == "default");
    cluster.pods.retain(|pod| pod.meta.namespace == "default");
    cluster
}
