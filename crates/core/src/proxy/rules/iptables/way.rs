//! Which rules a packet matches in iptables mode, from KUBE-SERVICES to the rewrite.

use super::{
    captured, chosen, deciding, external_local, external_pods, external_policy, firewall_own, firewall_range,
    firewall_rest, guarded, hairpin, mark, node_port_jump, postrouting, set_mark, translate,
};
use crate::net::IpFamily;
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::{Masquerade, Packet, Refusal, Ruling};
use crate::proxy::rules::Rule;
use crate::proxy::service_port::{Policy, ServicePort};

fn nat(family: IpFamily, lines: Vec<String>) -> Vec<Rule> {
    let table = if family == IpFamily::V4 { "ip nat" } else { "ip6 nat" };
    lines.into_iter().map(|line| Rule::of_chain(table, line)).collect()
}

/// See [`super::super::matched`].
pub(in crate::proxy::rules) fn matched(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Vec<Rule> {
    let family = IpFamily::of(packet.destination.ip);
    let Ruling::Dnat { port, via, policy, endpoint, masquerade, .. } = ruling else {
        let mut rules = Vec::new();
        if let Ruling::Drop { port: Some((port, via)), why: Refusal::SourceRange } = ruling
            && let Some(port) = proxy.ports.get(*port as usize)
        {
            rules = nat(family, vec![captured(port, *via, packet), firewall_rest(port)]);
        }
        let filter = if family == IpFamily::V4 { "ip filter" } else { "ip6 filter" };
        rules.extend(deciding(proxy, packet, ruling).map(|line| Rule::of_chain(filter, line)));
        return rules;
    };
    let Some(port) = proxy.ports.get(*port as usize) else { return Vec::new() };
    let mut lines = Vec::new();
    if *via == Via::NodePort {
        lines.extend(node_port_jump(proxy, family, &|ip| ip == packet.destination.ip));
    }
    lines.push(captured(port, *via, packet));
    if *via == Via::LoadBalancer && guarded(port) {
        lines.extend(passed(port, packet));
    }
    let why = masquerade.filter(|why| *why != Masquerade::Hairpin);
    if let Some(why) = why {
        lines.extend(mark(proxy, port, why, *endpoint));
        lines.push(set_mark(proxy));
    }
    if *via != Via::ClusterIp {
        lines.extend(match (policy, why) {
            (Policy::Cluster, Some(Masquerade::LocalProcess)) => Some(external_local(port)),
            (Policy::Cluster, _) if port.external_local => external_pods(proxy, port),
            _ => Some(external_policy(port)),
        });
    }
    lines.extend(chosen(proxy, port, ruling));
    if port.endpoints.get(*endpoint as usize).is_some_and(|endpoint| endpoint.address.ip == packet.source) {
        lines.extend(hairpin(proxy, port, *endpoint));
        if why.is_none() {
            lines.push(set_mark(proxy));
        }
    }
    lines.extend(translate(proxy, port, *endpoint));
    nat(family, lines)
}

/// The rule of the firewall chain that lets a packet pass.
fn passed(port: &ServicePort, packet: &Packet) -> Option<String> {
    let range = port.source_ranges.iter().find(|range| range.contains(&packet.source));
    range.map(|range| firewall_range(port, range)).or_else(|| {
        let own = port.balancer_ips.iter().find(|ip| port.allow_from_node && **ip == packet.source);
        own.map(|ip| firewall_own(port, *ip))
    })
}

/// See [`super::super::rewriting`].
pub(in crate::proxy::rules) fn rewriting(
    proxy: &NodeProxy,
    port: &ServicePort,
    why: Masquerade,
    endpoint: u32,
) -> Vec<Rule> {
    let mut lines: Vec<String> = mark(proxy, port, why, endpoint).into_iter().collect();
    lines.push(set_mark(proxy));
    lines.extend(postrouting(proxy));
    nat(port.family, lines)
}
