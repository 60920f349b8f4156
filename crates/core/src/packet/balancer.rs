//! The cloud's load balancer: which node it hands a connection to (k8s.io/cloud-provider's service controller, and the
//! health checks that clouds make).

use std::net::IpAddr;

use super::says::{self, Feels, cause};
use super::trace::{Action, Candidate, Hop, Verdict};
use super::walk::{Walk, candidates};
use crate::cluster::Place;
use crate::net::{Addr, IpFamily};
use crate::objects::{IpMode, Node, Service, ServiceType, TrafficPolicy};
use crate::proxy::{Arrival, Memory, Packet, Ruling, primary_address};

impl<'a> Walk<'a> {
    /// Whether a Service's balancer takes connections at this address and port.
    pub(super) fn to_balancer(&self, ip: IpAddr, port: u16) -> bool {
        self.addresses.services(self.cluster, ip).any(|service| {
            service.service_type == ServiceType::LoadBalancer
                && service.ingress.iter().any(|ingress| ingress.ip == Some(ip))
                && service.ports.iter().any(|p| p.port == port && p.protocol == self.trace.protocol)
        })
    }

    /// The nodes that a Service's balancer uses: ready and not excluded; under externalTrafficPolicy Local those whose
    /// health check counts a local endpoint.
    fn backends(&mut self, service: &Service, family: IpFamily) -> Vec<&'a Node> {
        let cluster = self.cluster;
        let reference = service.meta.reference();
        let local = service.external_traffic_policy == TrafficPolicy::Local;
        let nodes = cluster.nodes.iter().filter(|node| node.runs() && !node.excluded_from_balancers);
        let passes = |node: &&Node| {
            !local || self.fleet.proxy(cluster, &node.meta.name).local_ready_endpoints(&reference, family) > 0
        };
        nodes.filter(passes).collect()
    }

    /// The balancer picks a node; gives it, or `None` where the connection ends here. The packet keeps its destination,
    /// or, by a balancer that is a proxy of its own (ipMode Proxy), goes to the node port from the balancer's address.
    pub(super) fn balance(&mut self, service: &Service, ip: IpAddr) -> Option<&'a Node> {
        let reference = service.meta.reference();
        let at = Place::LoadBalancer(reference.clone());
        let protocol = self.trace.protocol;
        let wanted = self.tuple.dst.port;
        let found = service.ports.iter().position(|port| port.port == wanted && port.protocol == protocol);
        let Some((index, port)) = found.and_then(|index| Some((index, service.ports.get(index)?))) else {
            let wrong = says::wrong_port(Some(service));
            self.fail(Verdict::Passed, at, Action::Lose, Feels::Silence, wrong);
            return None;
        };
        let mode = service.ingress.iter().find(|ingress| ingress.ip == Some(ip)).map(|ingress| ingress.ip_mode);
        let terminates = mode.unwrap_or(IpMode::Proxy) == IpMode::Proxy;
        let ranges = &service.source_ranges;
        if terminates && !ranges.is_empty() && !ranges.iter().any(|range| range.contains(&self.tuple.src.ip)) {
            let field = Some(says::service_field(&reference, "spec.loadBalancerSourceRanges"));
            let kept_out = cause(
                "source-range",
                format!("The balancer lets in only loadBalancerSourceRanges of Service {reference}."),
                field,
            );
            self.fail(Verdict::Dropped, at, Action::Drop, Feels::Silence, kept_out);
            return None;
        }
        let nodes = self.backends(service, IpFamily::of(ip));
        let local = service.external_traffic_policy == TrafficPolicy::Local;
        let place = self.draws.place(nodes.len());
        let Some(node) = nodes.get(place).copied() else {
            let (message, field) = if local {
                (
                    format!(
                        "No node passes the balancer's health check: none has a ready endpoint of Service {reference}."
                    ),
                    Some(says::service_field(&reference, "spec.externalTrafficPolicy")),
                )
            } else {
                ("The balancer has no ready node to send to.".to_string(), None)
            };
            self.fail(Verdict::Dropped, at, Action::Drop, Feels::Silence, cause("no-healthy-node", message, field));
            return None;
        };
        let before = self.tuple;
        if terminates {
            let address = primary_address(node, IpFamily::of(ip));
            let Some((number, address)) = port.node_port.zip(address) else {
                let field = Some(says::service_field(&reference, format!("spec.ports[{index}].nodePort")));
                let none = cause(
                    "no-node-port",
                    "The balancer is a proxy of its own, and there is no node port to send to.",
                    field,
                );
                self.fail(Verdict::Dropped, at, Action::Drop, Feels::Silence, none);
                return None;
            };
            self.tuple.dst = Addr::new(address, number);
            self.tuple.src = Addr::new(ip, 0);
            self.trace.masqueraded = true;
        }
        self.trace.endpoints = self.mixture(&nodes, terminates);
        let which = match nodes.len() {
            1 => "the only one it uses".to_string(),
            many if local => format!("one of {many} with a ready endpoint"),
            many => format!("one of {many}"),
        };
        self.trace.hops.push(Hop {
            at,
            action: Action::Balance,
            before: Some(before),
            after: Some(self.tuple),
            rule: None,
            ruled: None,
            field: Some(says::service_field(&reference, format!("spec.ports[{index}].port"))),
            note: format!("The balancer hands the connection to node {}, {which}.", node.meta.name),
        });
        Some(node)
    }

    /// What the nodes' choices come to together, each node as likely as the next.
    pub(super) fn mixture(&mut self, nodes: &[&'a Node], terminates: bool) -> Vec<Candidate> {
        let mut all: Vec<Candidate> = Vec::new();
        for node in nodes {
            let proxy = self.fleet.proxy(self.cluster, &node.meta.name);
            let mut destination = self.tuple.dst;
            if terminates && let Some(ip) = primary_address(node, IpFamily::of(destination.ip)) {
                destination.ip = ip;
            }
            let source = self.tuple.src.ip;
            let packet = Packet { source, destination, protocol: self.trace.protocol, arrival: Arrival::Outside };
            let memory = match (self.prefer, self.now, self.fleet.affinity.get(&node.meta.name)) {
                (Some(endpoint), _, _) => Memory::Endpoint(endpoint),
                (None, Some(now), Some(table)) => Memory::Table(table, now),
                _ => Memory::None,
            };
            if let Ruling::Dnat { port, policy, endpoint, sticky, .. } = proxy.route(&packet, 0, memory) {
                let weight = 1.0 / nodes.len() as f64;
                let Some(info) = proxy.ports.get(port as usize) else { continue };
                let set: &[u32] = if sticky || proxy.is_determined() { &[endpoint] } else { info.set(policy) };
                for candidate in candidates(self.cluster, &self.addresses, &proxy, port, set, weight) {
                    match all.iter_mut().find(|known| known.address == candidate.address) {
                        Some(known) => known.probability += candidate.probability,
                        None => all.push(candidate),
                    }
                }
            }
        }
        let sum: f64 = all.iter().map(|candidate| candidate.probability).sum();
        if sum > 0.0 {
            all.iter_mut().for_each(|candidate| candidate.probability /= sum);
        }
        all
    }
}
