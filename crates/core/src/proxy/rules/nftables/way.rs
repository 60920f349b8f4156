//! Which rules a packet matches in nftables mode, elements of maps and sets behind the rules that ask them.

use super::{
    FIREWALL, HAIRPINS, NO_ENDPOINTS, NO_ENDPOINTS_NODE_PORTS, NODE_PORTS, SERVICES, capture, chosen, deciding,
    external_local, external_pods, external_policy, firewall, hairpin, look_up, look_up_node_port, mark,
    masquerade_hairpin, masquerade_marked, policy_chain, renew, translate,
};
use crate::net::IpFamily;
use crate::proxy::node::{NodeProxy, Via};
use crate::proxy::route::{Masquerade, Packet, Refusal, Ruling};
use crate::proxy::rules::Rule;
use crate::proxy::service_port::{Policy, ServicePort};

/// The rules of one table, as they are met.
struct Way {
    table: &'static str,
    rules: Vec<Rule>,
}

impl Way {
    fn new(family: IpFamily) -> Self {
        let table = if family == IpFamily::V4 { "ip kube-proxy" } else { "ip6 kube-proxy" };
        Way { table, rules: Vec::new() }
    }

    fn add(&mut self, chain: &str, text: impl Into<Option<String>>) {
        if let Some(text) = text.into() {
            self.rules.push(Rule { table: self.table, chain: chain.to_string(), text });
        }
    }
}

/// See [`super::super::matched`].
pub(in crate::proxy::rules) fn matched(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling) -> Vec<Rule> {
    let (ip, family) = (packet.destination.ip, IpFamily::of(packet.destination.ip));
    let mut way = Way::new(family);
    let Ruling::Dnat { port, via, policy, endpoint, masquerade, sticky } = ruling else {
        refused(proxy, packet, ruling, &mut way);
        return way.rules;
    };
    let Some(port) = proxy.ports.get(*port as usize) else { return Vec::new() };
    // Hairpins are told only on the way out.
    let why = masquerade.filter(|why| *why != Masquerade::Hairpin);
    if let Some(why @ (Masquerade::All | Masquerade::OffCluster)) = why {
        way.add("services", mark(proxy, port, why, *endpoint));
    }
    let (rule, map) = match via {
        Via::NodePort => (look_up_node_port(proxy, family, NODE_PORTS), NODE_PORTS),
        _ => (look_up(family, SERVICES), SERVICES),
    };
    way.add("services", rule);
    way.add(map, capture(port, *via, ip));
    if *via != Via::ClusterIp {
        let chain = format!("external-{}", port.name.nft_base());
        if let Some(why @ (Masquerade::External | Masquerade::LocalProcess)) = why {
            way.add(&chain, mark(proxy, port, why, *endpoint));
        }
        match (policy, why) {
            (Policy::Cluster, Some(Masquerade::LocalProcess)) => way.add(&chain, external_local(port)),
            (Policy::Cluster, _) if port.external_local => way.add(&chain, external_pods(proxy, port)),
            _ => way.add(&chain, external_policy(port)),
        }
    }
    let policy = policy_chain(port, *policy);
    way.add(&policy, chosen(port, ruling));
    if (*sticky || port.affinity_seconds.is_some())
        && let Some(to) = port.endpoints.get(*endpoint as usize)
    {
        let chain = format!("endpoint-{}", port.name.nft_endpoint_base(&to.address));
        way.add(&chain, renew(port, *endpoint));
        way.add(&chain, translate(port, *endpoint));
    }
    way.rules
}

fn refused(proxy: &NodeProxy, packet: &Packet, ruling: &Ruling, way: &mut Way) {
    let (ip, family) = (packet.destination.ip, IpFamily::of(packet.destination.ip));
    let decided = deciding(proxy, packet, ruling);
    let (Ruling::Reject { port, why } | Ruling::Drop { port, why }) = ruling else { return };
    let Some((port, via)) = port.and_then(|(port, via)| Some((proxy.ports.get(port as usize)?, via))) else {
        way.add("cluster-ips-check", decided);
        return;
    };
    if *why == Refusal::SourceRange {
        way.add("firewall-check", look_up(family, FIREWALL));
        way.add(FIREWALL, firewall(port, ip));
        way.add(&format!("firewall-{}", port.name.nft_base()), decided);
        return;
    }
    if via == Via::NodePort {
        way.add("nodeport-endpoints-check", look_up_node_port(proxy, family, NO_ENDPOINTS_NODE_PORTS));
        way.add(NO_ENDPOINTS_NODE_PORTS, decided);
    } else {
        way.add("service-endpoints-check", look_up(family, NO_ENDPOINTS));
        way.add(NO_ENDPOINTS, decided);
    }
    if matches!(ruling, Ruling::Reject { .. }) {
        way.add("reject-chain", "reject".to_string());
    }
}

/// See [`super::super::rewriting`].
pub(in crate::proxy::rules) fn rewriting(
    proxy: &NodeProxy,
    port: &ServicePort,
    why: Masquerade,
    endpoint: u32,
) -> Vec<Rule> {
    let mut way = Way::new(port.family);
    let chain = match why {
        Masquerade::Hairpin => {
            way.add("masquerading", masquerade_hairpin(port.family));
            way.add(HAIRPINS, hairpin(port, endpoint));
            return way.rules;
        }
        Masquerade::All | Masquerade::OffCluster => "services".to_string(),
        Masquerade::External | Masquerade::LocalProcess => format!("external-{}", port.name.nft_base()),
    };
    way.add(&chain, mark(proxy, port, why, endpoint));
    way.add("masquerading", masquerade_marked(proxy));
    way.rules
}
