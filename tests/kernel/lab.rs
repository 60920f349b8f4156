//! Namespaces as a cluster: nodes on a switch, pods behind their node, a router with the world outside behind it.
//!
//! Addresses and routes are those of the engine's [`Cluster`]. The pod network is a plain routed one, as the CNI plugin
//! `ptp` makes it: each pod has a pair of its own to the node, whose end bears the node's address among its pods; a
//! node's route to other nodes' pods leads to that node. Nothing here rewrites addresses.

use std::collections::BTreeMap;
use std::fmt::Write;

use portolan_core::cluster::Cluster;
use portolan_core::net::IpFamily;
use portolan_core::objects::{Node, Pod};
use portolan_core::proxy::{bridge_address, primary_address};

use portolan_tests::kernel::addresses::{BY_NODE, FAMILIES, HOST, OUTSIDE, SPREAD, VIRTUAL, outside};

use crate::servers::Servers;
use crate::space::{Space, prefix, run, switch};

/// Addresses of the router on the nodes' network.
pub(crate) const ROUTER: [&str; 2] = ["172.30.0.254", "fd00:172:30::fe"];
/// The router's table for connections that are spread.
pub(crate) const SPREAD_TABLE: u32 = 200;

/// The names of the spaces that are no nodes and no pods.
const SWITCH: &str = "switch";
pub(crate) const OUT: &str = "outside";
pub(crate) const GATE: &str = "router";

/// One set of namespaces and the servers in them.
pub(crate) struct Lab {
    spaces: BTreeMap<String, Space>,
    pub(crate) servers: Servers,
    /// The nodes, in the cluster's order.
    pub(crate) nodes: Vec<String>,
}

impl Lab {
    /// Builds everything for the nodes and pods of a cluster; the calling thread ends up in one of the spaces.
    pub(crate) fn new(number: usize, cluster: &Cluster) -> Result<Lab, String> {
        let pods: Vec<&Pod> = cluster.pods.iter().filter(|pod| !pod.host_network).collect();
        let nodes: Vec<String> = cluster.nodes.iter().map(|node| node.meta.name.clone()).collect();
        let others = [SWITCH, GATE, OUT].into_iter();
        let names: Vec<&str> = others
            .chain(nodes.iter().map(String::as_str))
            .chain(pods.iter().map(|pod| pod.meta.name.as_str()))
            .collect();
        let prefix = format!("{}{number}-", prefix(std::process::id()));
        let spaces = Space::make(names.iter().map(|name| format!("{prefix}{name}")).collect())?;
        let spaces = names.iter().map(|name| name.to_string()).zip(spaces).collect();
        let lab = Lab { spaces, servers: Servers::new()?, nodes };
        for (name, space) in &lab.spaces {
            space.enter()?;
            switches(name, lab.nodes.contains(name)).map_err(|error| format!("{name}: {error}"))?;
        }
        lab.switch(cluster)?;
        lab.outside(cluster)?;
        for (number, node) in cluster.nodes.iter().enumerate() {
            lab.node(number, node, cluster)?;
        }
        for pod in pods {
            lab.pod(pod, cluster)?;
        }
        Ok(lab)
    }

    /// The space of a node, of a pod or of [`OUT`] or [`GATE`].
    pub(crate) fn space(&self, name: &str) -> Result<&Space, String> {
        self.spaces.get(name).ok_or_else(|| format!("there is no namespace for {name}"))
    }

    fn switch(&self, cluster: &Cluster) -> Result<(), String> {
        let mut batch = String::from("link set lo up\nlink add name bridge0 type bridge\nlink set bridge0 up\n");
        let ends = cluster.nodes.iter().map(|node| node.meta.name.as_str()).chain([GATE]);
        for (number, name) in ends.enumerate() {
            let peer = &self.space(name)?.name;
            let _ = writeln!(batch, "link add name port{number} type veth peer name lan netns {peer}");
            let _ = writeln!(batch, "link set dev port{number} master bridge0\nlink set dev port{number} up");
        }
        self.space(SWITCH)?.ip(&batch)
    }

    /// The router, and the one host behind it that has every outside address.
    fn outside(&self, cluster: &Cluster) -> Result<(), String> {
        let out = &self.space(OUT)?.name;
        let mut gate = format!("link add name out type veth peer name eth0 netns {out}\n");
        let mut host = String::new();
        gate += "link set lo up\nlink set dev out up\nlink set lan up\n";
        host += "link set lo up\nlink set eth0 up\n";
        for router in ROUTER {
            let length = if router.contains(':') { "64 nodad" } else { "24" };
            let _ = writeln!(gate, "addr add {router}/{length} dev lan");
        }
        for (number, network) in OUTSIDE.iter().enumerate() {
            let v6 = network.contains(':');
            let (length, nodad) = if v6 { ("64", " nodad") } else { ("24", "") };
            let router = outside(number, 1);
            let _ = writeln!(gate, "addr add {router}/{length} dev out{nodad}");
            for part in BY_NODE.into_iter().chain([SPREAD, HOST]) {
                let _ = writeln!(host, "addr add {}/{length} dev eth0{nodad}", outside(number, part));
            }
            if number % 2 == 0 {
                let _ = writeln!(host, "route add default via {router}");
            }
        }
        // What is inside the cluster only has no way in from outside, and what is lost leaves no trace.
        let closed: Vec<String> = cluster.settings.service_cidrs.iter().map(ToString::to_string).collect();
        let pods: Vec<String> = cluster.settings.pod_cidrs.iter().map(ToString::to_string).collect();
        for range in closed.iter().map(String::as_str).chain(VIRTUAL) {
            let _ = writeln!(gate, "route add blackhole {range}");
        }
        for node in &cluster.nodes {
            for range in &node.pod_cidrs {
                let via = primary_address(node, IpFamily::of(range.addr())).ok_or("a node without an address")?;
                let _ = writeln!(gate, "route add {range} via {via}");
            }
        }
        let mut rules6 = String::new();
        for (table, part) in (100..).zip(BY_NODE).chain([(SPREAD_TABLE, SPREAD)]) {
            for (number, _) in OUTSIDE.iter().enumerate() {
                let from = outside(number, part);
                let rules = if from.is_ipv6() { &mut rules6 } else { &mut gate };
                let _ = writeln!(rules, "rule add from {from} iif out lookup {table}");
            }
            for range in closed.iter().chain(&pods) {
                let _ = writeln!(gate, "route add blackhole {range} table {table}");
            }
        }
        for (table, node) in (100..).zip(&cluster.nodes).take(BY_NODE.len()) {
            for (range, family) in VIRTUAL.iter().zip(FAMILIES) {
                let via = primary_address(node, family).ok_or("a node without an address")?;
                let _ = writeln!(gate, "route add {range} via {via} table {table}");
            }
        }
        self.space(GATE)?.ip(&gate)?;
        run("ip", &["-6", "-batch", "-"], &rules6)?;
        self.space(OUT)?.ip(&host)
    }

    fn node(&self, number: usize, node: &Node, cluster: &Cluster) -> Result<(), String> {
        let mut batch = String::from("link set lo up\nlink set lan up\n");
        for family in FAMILIES {
            let address = primary_address(node, family).ok_or("a node without an address")?;
            let length = if family == IpFamily::V6 { "64 nodad" } else { "24" };
            let _ = writeln!(batch, "addr add {address}/{length} dev lan");
        }
        for router in ROUTER {
            let _ = writeln!(batch, "route add default via {router}");
        }
        for other in cluster.nodes.iter() {
            for range in &other.pod_cidrs {
                if other.meta.name == node.meta.name {
                    let _ = writeln!(batch, "route add unreachable {range}");
                } else {
                    let via = primary_address(other, IpFamily::of(range.addr())).ok_or("a node without an address")?;
                    let _ = writeln!(batch, "route add {range} via {via}");
                }
            }
        }
        let space = self.space(&node.meta.name)?;
        space.ip(&batch).map_err(|error| format!("node {number}: {error}"))?;
        // Two of kube-proxy's iptables rules count, and iptables-restore wants the counters to be there.
        for counter in ["ct_state_invalid_dropped_pkts", "localhost_nps_accepted_pkts"] {
            run("nfacct", &["add", counter], "")?;
        }
        Ok(())
    }

    fn pod(&self, pod: &Pod, cluster: &Cluster) -> Result<(), String> {
        let node = cluster.node(&pod.node).ok_or("a pod without a node")?;
        let (name, peer) = (&pod.meta.name, &self.space(&pod.meta.name)?.name);
        let mut batch = format!("link add name {name} type veth peer name eth0 netns {peer}\nlink set dev {name} up\n");
        let mut inside = String::from("link set lo up\nlink set eth0 up\n");
        for ip in &pod.ips {
            let bridge = bridge_address(node, IpFamily::of(*ip)).ok_or("a node without a pod range")?;
            let (length, nodad) = if ip.is_ipv6() { (128, " nodad") } else { (32, "") };
            let _ = writeln!(batch, "addr add {bridge}/{length} dev {name}{nodad}\nroute add {ip}/{length} dev {name}");
            let _ = writeln!(inside, "addr add {ip}/{length} dev eth0{nodad}\nroute add {bridge}/{length} dev eth0");
            let _ = writeln!(inside, "route add default via {bridge} dev eth0");
        }
        self.space(&pod.node)?.ip(&batch)?;
        self.space(name)?.ip(&inside)
    }
}

/// The kernel's switches as kubelet, kube-proxy and a CNI plugin set them; and errors are not rationed, since a test
/// makes more of them than people do.
fn switches(name: &str, node: bool) -> Result<(), String> {
    for family in ["ipv4", "ipv6"] {
        for which in ["all", "default"] {
            for (key, value) in [("rp_filter", 0), ("accept_redirects", 0), ("send_redirects", 0), ("accept_dad", 0)] {
                switch(&format!("{family}/conf/{which}/{key}"), value)?;
            }
        }
    }
    switch("ipv6/conf/all/disable_ipv6", 0)?;
    switch("ipv6/conf/default/disable_ipv6", 0)?;
    switch("ipv4/icmp_ratelimit", 0)?;
    switch("ipv4/icmp_msgs_per_sec", 1_000_000)?;
    switch("ipv4/icmp_msgs_burst", 1_000_000)?;
    switch("ipv6/icmp/ratelimit", 0)?;
    switch("core/somaxconn", 4096)?;
    if node || name == GATE {
        switch("ipv4/ip_forward", 1)?;
        switch("ipv6/conf/all/forwarding", 1)?;
        switch("ipv4/fib_multipath_hash_policy", 1)?;
        switch("ipv6/fib_multipath_hash_policy", 1)?;
    }
    if name == SWITCH {
        for table in ["iptables", "ip6tables", "arptables"] {
            switch(&format!("bridge/bridge-nf-call-{table}"), 0)?;
        }
    }
    Ok(())
}
