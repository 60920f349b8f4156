//! ipvs mode, as `ipvsadm -Sn` prints it (`pkg/proxy/ipvs/proxier.go`).
//!
//! The scheduler's order is not modelled: every choice is taken to be even. Nor are the ipsets and the iptables rules
//! beside the virtual servers, which masquerade and guard source ranges; their effects are in the verdicts.

use std::fmt::Write;

use crate::net::{Addr, Protocol};
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::Ruling;
use crate::proxy::service_port::{Policy, ServicePort};

fn flag(port: &ServicePort) -> &'static str {
    match port.name.protocol {
        Protocol::Tcp => "-t",
        Protocol::Udp => "-u",
        Protocol::Sctp => "--sctp-service",
    }
}

fn server(proxy: &NodeProxy, port: &ServicePort, at: Addr) -> String {
    let sticky = port.affinity_seconds.map(|seconds| format!(" -p {seconds}")).unwrap_or_default();
    format!("-A {} {at} -s {}{sticky}", flag(port), proxy.ipvs_scheduler)
}

fn real(port: &ServicePort, at: Addr, endpoint: Addr) -> String {
    format!("-a {} {at} -r {endpoint} -m -w 1", flag(port))
}

/// The virtual server and the real one of a ruling. A node port is shown at the cluster IP's family's first address.
pub(super) fn matched(proxy: &NodeProxy, ruling: &Ruling) -> Vec<String> {
    let Ruling::Dnat { port, endpoint, via, .. } = ruling else { return Vec::new() };
    let Some(port) = proxy.ports.get(*port as usize) else { return Vec::new() };
    let Some(endpoint) = port.endpoints.get(*endpoint as usize) else { return Vec::new() };
    let Some(at) = servers(proxy, port).into_iter().find(|(of, _)| of == via).map(|(_, at)| at) else {
        return Vec::new();
    };
    vec![server(proxy, port, at), real(port, at, endpoint.address)]
}

/// Every address of a Service port at which there is a virtual server.
fn servers(proxy: &NodeProxy, port: &ServicePort) -> Vec<(Via, Addr)> {
    let mut all = vec![(Via::ClusterIp, Addr::new(port.cluster_ip, port.port))];
    all.extend(port.external_ips.iter().map(|ip| (Via::ExternalIp, Addr::new(*ip, port.port))));
    all.extend(port.balancer_ips.iter().map(|ip| (Via::LoadBalancer, Addr::new(*ip, port.port))));
    if let Some(number) = port.node_port {
        let addresses = proxy.node_port_addresses(port.family);
        let own = proxy.addresses.iter().filter(|ip| ip.is_ipv4() == port.cluster_ip.is_ipv4());
        all.extend(own.filter(|ip| addresses.serves(**ip)).map(|ip| (Via::NodePort, Addr::new(*ip, number))));
    }
    all
}

/// All virtual servers, each with its real ones.
pub(super) fn print(proxy: &NodeProxy) -> String {
    let mut text = String::new();
    for port in &proxy.ports {
        for (via, at) in servers(proxy, port) {
            let policy = if via == Via::ClusterIp { port.internal_policy() } else { port.external_policy() };
            let set = if port.set(policy).is_empty() { port.set(Policy::Cluster) } else { port.set(policy) };
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{}", server(proxy, port, at));
            for endpoint in set.iter().filter_map(|index| port.endpoints.get(*index as usize)) {
                let _ = writeln!(text, "{}", real(port, at, endpoint.address));
            }
        }
    }
    text
}
