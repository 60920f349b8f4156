//! Nodes as a cluster has them: the default ones where the input has none, and what the kubelet and the node
//! controllers would fill in where it leaves things out.
//!
//! Upstream: pkg/controller/nodeipam/ipam/range_allocator.go (pod ranges), kubeadm's marking of the control plane.

use crate::collections::{Map, Set};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::cluster::Settings;
use crate::net::{IpFamily, IpNet};
use crate::objects::{Node, ObjectMeta, Pod, Taint};

/// The label and the taint of a control-plane node.
pub const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";
/// The label of a node's zone.
pub const ZONE: &str = "topology.kubernetes.io/zone";
/// The label that keeps a node from balancers.
pub const EXCLUDE: &str = "node.kubernetes.io/exclude-from-external-load-balancers";

/// What a node that says nothing has: four cores.
const DEFAULT_CPU_MILLIS: u64 = 4000;

/// What the input tells of a node that it does not contain: pods and slices name nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Implied {
    /// The zone, where an endpoint says it.
    pub zone: Option<String>,
    /// The address, where a pod's status says it.
    pub address: Option<IpAddr>,
}

/// The workers of the default cluster, with their zones.
const WORKERS: [(&str, &str); 3] = [("worker-1", "zone-a"), ("worker-2", "zone-a"), ("worker-3", "zone-b")];

/// The nodes of a cluster whose input has none: those that its pods and slices name, where they name others than the
/// default workers, or else these; and before them a control plane, unless one is named.
pub fn default_nodes(implied: &Map<String, Implied>) -> Vec<Node> {
    let is_control_plane = |name: &str| name.ends_with("control-plane") || name.ends_with("master");
    let mut nodes = Vec::new();
    if !implied.keys().any(|name| is_control_plane(name)) {
        nodes.push(control_plane("control-plane", None));
    }
    // A manifest written for the default cluster names some of its nodes; the others are there all the same.
    let is_worker = |name: &str| WORKERS.iter().any(|(worker, _)| *worker == name);
    let ours = implied.keys().all(|name| is_worker(name) || is_control_plane(name));
    if ours {
        for (name, zone) in WORKERS {
            let told = implied.get(name);
            let zone = told.and_then(|told| told.zone.as_deref()).unwrap_or(zone);
            nodes.push(worker(name, zone, told.and_then(|told| told.address)));
        }
    }
    let mut number = 0usize;
    for (name, told) in implied.iter().filter(|(name, _)| !(ours && is_worker(name))) {
        if is_control_plane(name) {
            nodes.push(control_plane(name, told.address));
            continue;
        }
        // As the default cluster: two in the first zone, then the second.
        let zone = if number % 3 == 2 { "zone-b" } else { "zone-a" };
        nodes.push(worker(name, told.zone.as_deref().unwrap_or(zone), told.address));
        number += 1;
    }
    nodes
}

fn bare(name: &str, address: Option<IpAddr>) -> Node {
    let labels = [("kubernetes.io/hostname", name), ("kubernetes.io/os", "linux"), ("kubernetes.io/arch", "amd64")];
    Node {
        meta: ObjectMeta {
            name: name.to_string(),
            labels: labels.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            ..ObjectMeta::default()
        },
        internal_ips: address.into_iter().collect(),
        ready: true,
        ..Node::default()
    }
}

fn control_plane(name: &str, address: Option<IpAddr>) -> Node {
    let mut node = bare(name, address);
    for label in [CONTROL_PLANE, EXCLUDE] {
        node.meta.labels.insert(label.to_string(), String::new());
    }
    node.control_plane = true;
    node.excluded_from_balancers = true;
    node.unschedulable = true;
    node.taints =
        vec![Taint { key: CONTROL_PLANE.to_string(), value: String::new(), effect: "NoSchedule".to_string() }];
    node
}

fn worker(name: &str, zone: &str, address: Option<IpAddr>) -> Node {
    let mut node = bare(name, address);
    node.meta.labels.insert(ZONE.to_string(), zone.to_string());
    node.zone = Some(zone.to_string());
    node
}

/// Fills in what the nodes lack: addresses, pod ranges, CPU. `pods` tell where their nodes' ranges lie.
pub fn complete(nodes: &mut [Node], settings: &Settings, pods: &[Pod]) {
    let mut families: Vec<IpFamily> = settings.pod_cidrs.iter().map(|net| IpFamily::of(net.addr())).collect();
    families.dedup();
    assign_addresses(nodes, if families.is_empty() { &[IpFamily::V4] } else { &families });
    assign_ranges(nodes, settings, pods);
    for node in nodes {
        node.cpu_millis.get_or_insert(DEFAULT_CPU_MILLIS);
    }
}

/// Gives nodes without an internal address one of each family: 172.30.0.10 for the first control plane, the rest from
/// 172.30.0.11 on.
fn assign_addresses(nodes: &mut [Node], families: &[IpFamily]) {
    let mut taken: Set<IpAddr> = nodes.iter().flat_map(|node| node.internal_ips.clone()).collect();
    // For each family, where to look for the next address of a control plane and of a worker: those before are taken.
    let mut next = [[10, 11]; 2];
    for node in nodes.iter_mut().filter(|node| node.internal_ips.is_empty()) {
        for family in families {
            let next = &mut next[usize::from(*family == IpFamily::V6)][usize::from(!node.control_plane)];
            while let Some(ip) = node_address(*family, *next) {
                *next += 1;
                if taken.insert(ip) {
                    node.internal_ips.push(ip);
                    break;
                }
            }
        }
    }
}

/// The address number `host` of the nodes' network; `None` past its end.
fn node_address(family: IpFamily, host: u32) -> Option<IpAddr> {
    let host = u16::try_from(host).ok()?;
    let [high, low] = host.to_be_bytes();
    Some(match family {
        IpFamily::V4 => IpAddr::V4(Ipv4Addr::new(172, 30, high, low)),
        IpFamily::V6 => IpAddr::V6(Ipv6Addr::new(0xfd00, 0x172, 0x30, 0, 0, 0, 0, host)),
    })
}

/// Gives nodes without a pod range one of each of the cluster's: the one their pods live in, or the next that is free.
fn assign_ranges(nodes: &mut [Node], settings: &Settings, pods: &[Pod]) {
    let mut taken: Vec<IpNet> = nodes.iter().flat_map(|node| node.pod_cidrs.clone()).collect();
    let mut addresses: Map<&str, Vec<IpAddr>> = Map::new();
    for pod in pods.iter().filter(|pod| !pod.host_network) {
        addresses.entry(pod.node.as_str()).or_default().extend(&pod.ips);
    }
    for cluster in &settings.pod_cidrs {
        let family = IpFamily::of(cluster.addr());
        let prefix = node_prefix(cluster);
        let lacks = |node: &Node| !node.pod_cidrs.iter().any(|net| IpFamily::of(net.addr()) == family);
        // Ranges that pods speak for come first, so that no other node gets them.
        for node in nodes.iter_mut().filter(|node| lacks(node)) {
            let spoken = addresses.get(node.meta.name.as_str()).into_iter().flatten();
            let mut nets: Vec<IpNet> = spoken
                .filter(|ip| IpFamily::of(**ip) == family)
                .filter_map(|ip| IpNet::new(*ip, prefix).ok())
                .map(|net| net.trunc())
                .collect();
            nets.dedup();
            let found = nets.into_iter().find(|net| !overlaps(&taken, net));
            if let Some(net) = found {
                taken.push(net);
                node.pod_cidrs.push(net);
            }
        }
        let mut index = 0u32;
        for node in nodes.iter_mut().filter(|node| lacks(node)) {
            while let Some(net) = subnet(cluster, prefix, index) {
                index += 1;
                if !overlaps(&taken, &net) {
                    taken.push(net);
                    node.pod_cidrs.push(net);
                    break;
                }
            }
        }
    }
}

/// The prefix of a node's range inside the cluster's: 24 and 64 as kubeadm has it, longer where that does not fit.
fn node_prefix(cluster: &IpNet) -> u8 {
    let (usual, longest) = if cluster.addr().is_ipv4() { (24, 30) } else { (64, 126) };
    if cluster.prefix_len() < usual { usual } else { (cluster.prefix_len() + 4).min(longest).max(cluster.prefix_len()) }
}

fn overlaps(taken: &[IpNet], net: &IpNet) -> bool {
    taken.iter().any(|other| other.contains(&net.addr()) || net.contains(&other.addr()))
}

/// The range number `index` of length `prefix` inside `cluster`; `None` past its end.
fn subnet(cluster: &IpNet, prefix: u8, index: u32) -> Option<IpNet> {
    let bits = prefix.checked_sub(cluster.prefix_len())?;
    if bits < 32 && u64::from(index) >> bits != 0 {
        return None;
    }
    let (base, width) = number(cluster.network());
    let offset = u128::from(index).checked_shl(u32::from(width.checked_sub(prefix)?))?;
    IpNet::new(address(base.checked_add(offset)?, width)?, prefix).ok()
}

/// An address as a number, and how many bits its family has.
fn number(ip: IpAddr) -> (u128, u8) {
    match ip {
        IpAddr::V4(ip) => (u128::from(u32::from(ip)), 32),
        IpAddr::V6(ip) => (u128::from(ip), 128),
    }
}

fn address(number: u128, width: u8) -> Option<IpAddr> {
    if width == 32 {
        Some(IpAddr::V4(Ipv4Addr::from(u32::try_from(number).ok()?)))
    } else {
        Some(IpAddr::V6(Ipv6Addr::from(number)))
    }
}

/// The address number `offset` of a network; `None` where it is outside, or an IPv4 network's broadcast address.
pub(crate) fn nth_address(net: &IpNet, offset: u128) -> Option<IpAddr> {
    let (base, width) = number(net.network());
    let ip = address(base.checked_add(offset)?, width)?;
    (net.contains(&ip) && (ip.is_ipv6() || ip != net.broadcast())).then_some(ip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> IpNet {
        text.parse().unwrap_or_else(|_| panic!("{text}"))
    }

    fn settings(pods: &[&str]) -> Settings {
        Settings { pod_cidrs: pods.iter().map(|text| net(text)).collect(), ..Settings::default() }
    }

    fn ranges(nodes: &[Node]) -> Vec<String> {
        nodes.iter().flat_map(|node| &node.pod_cidrs).map(ToString::to_string).collect()
    }

    #[test]
    fn the_default_cluster_has_a_control_plane_and_three_workers_in_two_zones() {
        let mut nodes = default_nodes(&Map::new());
        complete(&mut nodes, &settings(&["10.244.0.0/16"]), &[]);
        let told: Vec<String> = nodes
            .iter()
            .map(|n| format!("{} {} {}", n.meta.name, n.internal_ips[0], n.zone.as_deref().unwrap_or("-")))
            .collect();
        assert_eq!(
            told,
            [
                "control-plane 172.30.0.10 -",
                "worker-1 172.30.0.11 zone-a",
                "worker-2 172.30.0.12 zone-a",
                "worker-3 172.30.0.13 zone-b"
            ]
        );
        assert_eq!(ranges(&nodes), ["10.244.0.0/24", "10.244.1.0/24", "10.244.2.0/24", "10.244.3.0/24"]);
    }

    #[test]
    fn a_range_follows_the_pods_that_have_addresses() {
        let mut nodes = vec![bare("a", None), bare("b", None), bare("c", None)];
        nodes[2].pod_cidrs = vec![net("10.244.0.0/24")];
        let pod = Pod { node: "b".to_string(), ips: vec![IpAddr::from([10, 244, 1, 5])], ..Pod::default() };
        complete(&mut nodes, &settings(&["10.244.0.0/16"]), &[pod]);
        assert_eq!(ranges(&nodes), ["10.244.2.0/24", "10.244.1.0/24", "10.244.0.0/24"]);
    }

    #[test]
    fn dual_stack_nodes_have_a_range_and_an_address_of_each_family() {
        let mut nodes = vec![bare("a", None), bare("b", None)];
        complete(&mut nodes, &settings(&["10.244.0.0/16", "fd00:10:244::/56"]), &[]);
        assert_eq!(ranges(&nodes), ["10.244.0.0/24", "fd00:10:244::/64", "10.244.1.0/24", "fd00:10:244:1::/64"]);
        assert_eq!(nodes[1].internal_ips[1].to_string(), "fd00:172:30::c");
    }

    #[test]
    fn a_small_cluster_range_is_cut_smaller_and_ends() {
        let mut nodes: Vec<Node> = (0..20).map(|n| bare(&format!("n{n}"), None)).collect();
        complete(&mut nodes, &settings(&["10.0.0.0/24"]), &[]);
        assert_eq!(nodes[15].pod_cidrs, [net("10.0.0.240/28")]);
        assert!(nodes[16].pod_cidrs.is_empty());
    }

    #[test]
    fn a_manifest_that_names_one_default_worker_keeps_the_others() {
        let implied = Map::from([("worker-3".to_string(), Implied::default())]);
        let names: Vec<String> = default_nodes(&implied).into_iter().map(|node| node.meta.name).collect();
        assert_eq!(names, ["control-plane", "worker-1", "worker-2", "worker-3"]);
    }

    #[test]
    fn nodes_that_pods_name_stand_in_for_the_default_workers() {
        let mut implied = Map::new();
        implied.insert("kind-control-plane".to_string(), Implied::default());
        implied.insert("kind-worker".to_string(), Implied { zone: Some("eu-1".to_string()), address: None });
        let nodes = default_nodes(&implied);
        assert_eq!(nodes.len(), 2);
        assert!(nodes[0].control_plane);
        assert_eq!(nodes[1].zone.as_deref(), Some("eu-1"));
    }

    #[test]
    fn addresses_of_a_network_end_before_the_broadcast_address() {
        assert_eq!(nth_address(&net("10.0.0.0/30"), 2), Some(IpAddr::from([10, 0, 0, 2])));
        assert_eq!(nth_address(&net("10.0.0.0/30"), 3), None);
        assert_eq!(nth_address(&net("10.0.0.0/30"), 4), None);
    }
}
