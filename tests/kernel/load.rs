//! Makes a lab into one cluster: its rules on every node, its listeners in every pod, its balancers at the router.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use portolan_core::cluster::{Cluster, ProxyMode};
use portolan_core::net::{Addr, IpFamily, Protocol};
use portolan_core::objects::{IpMode, Listen, Node, Service, TrafficPolicy};
use portolan_core::proxy::{NodeProxy, node_addresses, primary_address, rules};

use crate::lab::{GATE, Lab, OUT, SPREAD_TABLE};
use crate::servers::Place;
use crate::space::{forget_connections, run, switch};
use portolan_tests::kernel::addresses::{HOST, outside};

/// Makes the lab into this cluster. What earlier ones left is gone afterwards.
pub(crate) fn load(lab: &Lab, cluster: &Cluster) -> Result<(), String> {
    let texts = print(cluster);
    load_printed(lab, cluster, &texts)
}

/// The rule text of every node, by node: IPv4 and IPv6, or both in the first.
pub(crate) fn print(cluster: &Cluster) -> Vec<[String; 2]> {
    let proxies = cluster.nodes.iter().map(|node| NodeProxy::new(cluster, &node.meta.name));
    proxies
        .map(|proxy| match proxy.mode {
            ProxyMode::Iptables => [IpFamily::V4, IpFamily::V6].map(|family| rules::iptables::print(&proxy, family)),
            _ => [rules::nftables::print(&proxy), String::new()],
        })
        .collect()
}

/// The same with rule text that is given.
pub(crate) fn load_printed(lab: &Lab, cluster: &Cluster, texts: &[[String; 2]]) -> Result<(), String> {
    listeners(lab, cluster)?;
    rules_of_all(lab, cluster, texts)?;
    router(lab, cluster)?;
    forget(lab)
}

/// Only the nodes' rules are made anew; connections that are tracked go on.
pub(crate) fn rules_only(lab: &Lab, cluster: &Cluster) -> Result<(), String> {
    rules_of_all(lab, cluster, &print(cluster))
}

/// The nodes and the router forget every connection that they track.
pub(crate) fn forget(lab: &Lab) -> Result<(), String> {
    for name in lab.nodes.iter().map(String::as_str).chain([GATE]) {
        lab.space(name)?.enter()?;
        forget_connections()?;
    }
    Ok(())
}

fn rules_of_all(lab: &Lab, cluster: &Cluster, texts: &[[String; 2]]) -> Result<(), String> {
    std::thread::scope(|scope| {
        let mut nodes = Vec::new();
        for (node, texts) in lab.nodes.iter().zip(texts) {
            nodes.push(scope.spawn(move || {
                lab.space(node)?.enter()?;
                rules_of_node(cluster, texts).map_err(|error| format!("{node}: {error}"))
            }));
        }
        nodes.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a thread failed".to_string())?)
    })
}

/// In the node's namespace: kube-proxy's rules and switches.
fn rules_of_node(cluster: &Cluster, [first, second]: &[String; 2]) -> Result<(), String> {
    let settings = &cluster.settings.proxy;
    if settings.mode == ProxyMode::Iptables {
        // What the other mode left is cleaned up, as kube-proxy does when it starts.
        run(
            "nft",
            &["-f", "-"],
            "table ip kube-proxy\ndelete table ip kube-proxy\ntable ip6 kube-proxy\ndelete table ip6 kube-proxy\n",
        )?;
        run("iptables-restore", &[], first)?;
        run("ip6tables-restore", &[], second)?;
    } else {
        run("nft", &["-f", "-"], &format!("flush ruleset\n{first}"))?;
    }
    let loopback = settings.mode == ProxyMode::Iptables && settings.localhost_node_ports;
    switch("ipv4/conf/all/route_localnet", u32::from(loopback))
}

/// Opens and closes what listens in pods, so that it is what the cluster says.
fn listeners(lab: &Lab, cluster: &Cluster) -> Result<(), String> {
    let wanted: BTreeSet<Place> = wanted(cluster);
    lab.servers.keep(|place| wanted.contains(place));
    let there: BTreeSet<Place> = lab.servers.listening().into_iter().collect();
    for place in wanted.difference(&there) {
        lab.space(&place.0)?.enter()?;
        lab.servers.listen(place.clone())?;
    }
    Ok(())
}

fn wanted(cluster: &Cluster) -> BTreeSet<Place> {
    const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let mut wanted = BTreeSet::new();
    for pod in &cluster.pods {
        let Listen::Ports(ports) = &pod.listen else { continue };
        let (space, own) = match cluster.node(&pod.node).filter(|_| pod.host_network) {
            Some(node) => (&node.meta.name, node_addresses(node)),
            None => (&pod.meta.name, pod.ips.clone()),
        };
        for (protocol, port, local) in ports.iter().filter(|(protocol, ..)| *protocol != Protocol::Sctp) {
            let own = own.iter().filter(|_| !local);
            // A process that listens everywhere listens at loopback too.
            for ip in own.chain(&LOOPBACK) {
                wanted.insert((space.clone(), *protocol, Addr::new(*ip, *port)));
            }
        }
    }
    // An endpoint may be a host outside the cluster.
    for ip in [outside(0, HOST), outside(2, HOST)] {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            wanted.insert((OUT.to_string(), protocol, Addr::new(ip, 8080)));
        }
    }
    wanted
}

/// The nodes that a Service's balancer hands connections to: under policy Local, those whose health check passes. That is
/// asked of the engine, since no balancer is in the kernel: what is put to the test is what comes after.
fn healthy<'a>(cluster: &'a Cluster, service: &Service, family: IpFamily) -> Vec<&'a Node> {
    let reference = service.meta.reference();
    let passes = |node: &&Node| {
        service.external_traffic_policy == TrafficPolicy::Cluster
            || NodeProxy::new(cluster, &node.meta.name).local_ready_endpoints(&reference, family) > 0
    };
    cluster.nodes.iter().filter(passes).collect()
}

/// At the router: connections of some clients are spread over nodes, and balancers of mode Proxy do their work.
fn router(lab: &Lab, cluster: &Cluster) -> Result<(), String> {
    let mut batch = format!("route flush table {SPREAD_TABLE}\n");
    let mut batch6 = batch.clone();
    for range in cluster.settings.service_cidrs.iter().chain(&cluster.settings.pod_cidrs) {
        let lines = if range.addr().is_ipv4() { &mut batch } else { &mut batch6 };
        let _ = writeln!(lines, "route add blackhole {range} table {SPREAD_TABLE}");
    }
    let mut nat = String::from("flush ruleset\n");
    let mut seen: BTreeSet<IpAddr> = BTreeSet::new();
    for service in &cluster.services {
        for ip in &service.external_ips {
            if seen.insert(*ip) {
                let lines = if ip.is_ipv4() { &mut batch } else { &mut batch6 };
                spread(lines, *ip, cluster.nodes.iter());
            }
        }
        for ingress in &service.ingress {
            let Some(ip) = ingress.ip.filter(|ip| seen.insert(*ip)) else { continue };
            let nodes = healthy(cluster, service, IpFamily::of(ip));
            match ingress.ip_mode {
                IpMode::Vip => {
                    let lines = if ip.is_ipv4() { &mut batch } else { &mut batch6 };
                    spread(lines, ip, nodes.into_iter());
                }
                IpMode::Proxy => proxy(&mut nat, service, ip, &nodes),
            }
        }
    }
    lab.space(GATE)?.enter()?;
    // Flushing a table that does not exist yet is an error, and harmless.
    run("ip", &["-force", "-batch", "-"], &batch).or_else(flushed)?;
    run("ip", &["-6", "-force", "-batch", "-"], &batch6).or_else(flushed)?;
    run("nft", &["-f", "-"], &nat).map(drop)
}

fn flushed(error: String) -> Result<String, String> {
    if error.contains("FIB table does not exist") { Ok(String::new()) } else { Err(error) }
}

fn spread<'a>(batch: &mut String, ip: IpAddr, nodes: impl Iterator<Item = &'a Node>) {
    let hops: Vec<String> = nodes
        .filter_map(|node| primary_address(node, IpFamily::of(ip)))
        .map(|via| format!("nexthop via {via} dev lan"))
        .collect();
    let _ = match hops.len() {
        0 => writeln!(batch, "route add blackhole {ip} table {SPREAD_TABLE}"),
        _ => writeln!(batch, "route add {ip} table {SPREAD_TABLE} {}", hops.join(" ")),
    };
}

/// A balancer that is a proxy of its own: it lets in whom it may, picks a node, and asks from its own address.
fn proxy(nat: &mut String, service: &Service, ip: IpAddr, nodes: &[&Node]) {
    let family = IpFamily::of(ip);
    let word = if ip.is_ipv4() { "ip" } else { "ip6" };
    let addresses: Vec<IpAddr> = nodes.iter().filter_map(|node| primary_address(node, family)).collect();
    // Names are the router's own business.
    let table = format!("table {word} proxy-{}", ip.to_string().replace([':', '.'], "-"));
    let _ = writeln!(nat, "{table} {{\n\tchain out {{\n\t\ttype nat hook postrouting priority srcnat;");
    let _ = writeln!(nat, "\t\tct original {word} daddr {ip} snat to {ip}\n\t}}");
    let _ = writeln!(nat, "\tchain in {{\n\t\ttype nat hook prerouting priority dstnat;");
    let ranges: Vec<String> = service
        .source_ranges
        .iter()
        .filter(|range| IpFamily::of(range.addr()) == family)
        .map(ToString::to_string)
        .collect();
    if !service.source_ranges.is_empty() {
        let except = match ranges.as_slice() {
            [] => String::new(),
            ranges => format!("{word} saddr != {{ {} }} ", ranges.join(", ")),
        };
        let _ = writeln!(nat, "\t\t{except}{word} daddr {ip} drop");
    }
    for port in &service.ports {
        let (Some(number), Some(_)) = (port.node_port, addresses.first()) else { continue };
        let elements: Vec<String> = addresses.iter().enumerate().map(|(at, ip)| format!("{at} : {ip}")).collect();
        let _ = writeln!(
            nat,
            "\t\t{word} daddr {ip} {} dport {} dnat to numgen random mod {} map {{ {} }} : {number}",
            port.protocol.lower(),
            port.port,
            addresses.len(),
            elements.join(", ")
        );
    }
    nat.push_str("\t}\n}\n");
}
