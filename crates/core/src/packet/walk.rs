//! The way of one packet from place to place, and its end.

use std::net::IpAddr;
use std::rc::Rc;

use super::draws::Draws;
use super::network::{Whose, masquerade_address, whose};
use super::says::{self, Feels, cause, symptom};
use super::trace::{Action, Candidate, Cause, FieldRef, Hop, Trace, Tuple, Verdict};
use crate::cluster::{Addresses, Cluster, Place, ProxyMode};
use crate::net::{Addr, Protocol};
use crate::objects::{Node, ObjectRef};
use crate::proxy::rules::{self, Ruled};
use crate::proxy::{Arrival, Fleet, Memory, NodeProxy, Packet, Ruling, primary_address};

/// Where the client's answers have to come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    /// A node of the cluster: the client is a pod there, or a process.
    Node(String),
    /// Outside.
    Outside,
    /// Not followed: the packet was only looked at on one node.
    Unknown,
}

/// How a packet ends.
pub(super) struct End {
    pub(super) verdict: Verdict,
    pub(super) at: Place,
    pub(super) action: Action,
    pub(super) feels: Feels,
    pub(super) note: String,
    pub(super) rule: Option<String>,
    pub(super) ruled: Option<Ruled>,
    pub(super) cause: Option<Cause>,
}

/// A packet under way. The random choices, the rules and the clock are given; nothing else is kept between packets.
pub(super) struct Walk<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) fleet: &'a mut Fleet,
    pub(super) addresses: Rc<Addresses>,
    pub(super) draws: Draws,
    pub(super) prefer: Option<Addr>,
    /// The time by which affinity is read and renewed; `None` where it is not kept.
    pub(super) now: Option<u64>,
    pub(super) home: Home,
    /// What the client called the other side.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tuple: Tuple,
    pub(super) trace: Trace,
    /// The node that rewrote the destination, whether it rewrote the source too, and the endpoint's node.
    pub(super) translated: Option<(String, bool, String)>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(cluster: &'a Cluster, fleet: &'a mut Fleet, protocol: Protocol, seed: u64) -> Self {
        let nowhere = Addr::new(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED), 0);
        let trace = Trace {
            protocol,
            verdict: Verdict::Unroutable,
            service: None,
            endpoints: Vec::new(),
            chosen: None,
            masqueraded: false,
            source_seen: None,
            hops: Vec::new(),
            cause: None,
            symptom: symptom(Feels::Silence, protocol, "", 0),
        };
        Walk {
            cluster,
            addresses: fleet.addresses(cluster),
            fleet,
            draws: Draws::new(seed),
            prefer: None,
            now: None,
            home: Home::Unknown,
            host: String::new(),
            port: 0,
            tuple: Tuple { src: nowhere, dst: nowhere },
            trace,
            translated: None,
        }
    }

    /// Adds a hop that leaves the packet as it is.
    pub(super) fn hop(&mut self, at: Place, action: Action, note: impl Into<String>) {
        let tuple = Some(self.tuple);
        self.trace.hops.push(Hop {
            at,
            action,
            before: tuple,
            after: tuple,
            rule: None,
            ruled: None,
            field: None,
            note: note.into(),
        });
    }

    /// Ends the way.
    pub(super) fn end(&mut self, end: End) {
        let after = matches!(end.action, Action::Deliver).then_some(self.tuple);
        self.trace.hops.push(Hop {
            at: end.at,
            action: end.action,
            before: Some(self.tuple),
            after,
            rule: end.rule,
            ruled: end.ruled,
            field: end.cause.as_ref().and_then(|cause| cause.field.clone()),
            note: end.note,
        });
        self.trace.verdict = end.verdict;
        self.trace.cause = end.cause;
        self.trace.symptom = symptom(end.feels, self.trace.protocol, &self.host, self.port);
    }

    /// Ends for a cause whose sentence is the hop's too.
    pub(super) fn fail(&mut self, verdict: Verdict, at: Place, action: Action, feels: Feels, cause: Cause) {
        let note = cause.message.clone();
        self.end(End { verdict, at, action, feels, note, rule: None, ruled: None, cause: Some(cause) });
    }

    /// Follows the packet from a node on, until it ends. `arrives` says that it comes over the network.
    pub(super) fn run(&mut self, node: &'a Node, arrival: Arrival, arrives: bool) {
        let mut next = Some((node, arrival, arrives));
        // A packet crosses a handful of nodes at most; rules that send it round and round end it as lost.
        for _ in 0..8 {
            let Some((node, arrival, arrives)) = next else { return };
            next = self.at_node(node, arrival, arrives).map(|node| (node, Arrival::Outside, true));
        }
        let lost = cause("loop", "The packet goes round between nodes.", None);
        self.fail(Verdict::Dropped, Place::Node(node.meta.name.clone()), Action::Lose, Feels::Silence, lost);
    }

    /// One node; gives the next one, or `None` at the end.
    fn at_node(&mut self, node: &'a Node, arrival: Arrival, arrives: bool) -> Option<&'a Node> {
        let name = &node.meta.name;
        if !node.runs() {
            self.node_down(node);
            return None;
        }
        if arrives {
            if self.is_martian(node) {
                return None;
            }
            self.hop(Place::Node(name.clone()), Action::Forward, format!("The packet arrives at node {name}."));
        }
        if node.external_ips.contains(&self.tuple.dst.ip)
            && let Some(inner) = primary_address(node, crate::net::IpFamily::of(self.tuple.dst.ip))
        {
            let before = self.tuple;
            self.tuple.dst.ip = inner;
            self.trace.hops.push(Hop {
                at: Place::Node(name.clone()),
                action: Action::Translate,
                before: Some(before),
                after: Some(self.tuple),
                rule: None,
                ruled: None,
                field: None,
                note: format!("The cloud translates the node's external address to {inner}."),
            });
        }
        if self.tuple.dst.ip.is_loopback() && arrival != Arrival::Local {
            let lost = cause("loopback", "A loopback address never arrives over a network.", None);
            self.fail(Verdict::Passed, Place::Node(name.clone()), Action::Drop, Feels::Silence, lost);
            return None;
        }
        let proxy = self.fleet.proxy(self.cluster, name);
        let packet =
            Packet { source: self.tuple.src.ip, destination: self.tuple.dst, protocol: self.trace.protocol, arrival };
        let pick = self.draws.next();
        let memory = match (self.prefer, self.now) {
            (Some(endpoint), _) => Memory::Endpoint(endpoint),
            (None, Some(now)) => {
                let kernel = self.fleet.affinity.entry(name.clone()).or_default();
                Memory::Table(kernel, now)
            }
            (None, None) => Memory::None,
        };
        let ruling = proxy.route(&packet, pick, memory);
        match ruling {
            Ruling::Dnat { .. } => {
                self.translate(node, &proxy, &packet, &ruling);
                self.onward(node, &proxy, None)
            }
            Ruling::Reject { .. } | Ruling::Drop { .. } => {
                self.refuse(&proxy, &packet, &ruling);
                None
            }
            Ruling::NoOpinion(why) => {
                let said = says::silent(self.cluster, &proxy, why, packet.destination.ip);
                if said.is_some() || proxy.is_local(packet.destination.ip) {
                    let note = match &said {
                        Some(cause) => format!("kube-proxy has no rule for {}: {}", packet.destination, cause.message),
                        None => format!("kube-proxy has no rule for {}.", packet.destination),
                    };
                    self.hop(Place::Proxy(name.clone()), Action::Forward, note);
                }
                self.onward(node, &proxy, said)
            }
        }
    }

    fn translate(&mut self, node: &Node, proxy: &Rc<NodeProxy>, packet: &Packet, ruling: &Ruling) {
        let Ruling::Dnat { port: index, endpoint: at, masquerade, sticky, policy, .. } = ruling else { return };
        let Some(port) = proxy.ports.get(*index as usize) else { return };
        let Some(endpoint) = port.endpoints.get(*at as usize) else { return };
        if self.trace.endpoints.is_empty() {
            let set: &[u32] =
                if *sticky || proxy.is_determined() { std::slice::from_ref(at) } else { port.set(*policy) };
            self.trace.endpoints = candidates(self.cluster, &self.addresses, proxy, *index, set, 1.0);
        }
        self.trace.chosen = self.trace.endpoints.iter().position(|candidate| candidate.address == endpoint.address);
        self.trace.service = Some((port.name.service.clone(), port.name.port.clone()));
        if let Some(now) = self.now
            && (port.affinity_seconds.is_some() || proxy.mode == ProxyMode::Ipvs)
        {
            let kernel = self.fleet.affinity.entry(proxy.node.clone()).or_default();
            kernel.opened(proxy, packet, ruling, now);
        }
        let ruled = |rewriting| Ruled { proxy: Rc::clone(proxy), packet: *packet, ruling: *ruling, rewriting };
        let (note, field) = says::translated(proxy, ruling);
        let before = self.tuple;
        self.tuple.dst = endpoint.address;
        self.trace.hops.push(Hop {
            at: Place::Proxy(proxy.node.clone()),
            action: Action::Translate,
            before: Some(before),
            after: Some(self.tuple),
            rule: rules::deciding(proxy, packet, ruling),
            ruled: Some(ruled(false)),
            field,
            note,
        });
        let mut masqueraded = false;
        if let Some(why) = masquerade {
            // What goes to the node itself never comes by POSTROUTING, unless the node itself sent it: then it leaves
            // by the loopback device, which has no address for it, and the node's first one is taken.
            let own = packet.arrival == Arrival::Local;
            let stays = own.then(|| primary_address(node, port.family)).flatten();
            let address = masquerade_address(self.cluster, &self.addresses, node, endpoint.address.ip).or(stays);
            if let Some(address) = address {
                let before = self.tuple;
                self.tuple.src = Addr::new(address, 0);
                let (note, field) = says::masqueraded(port, *why);
                self.trace.hops.push(Hop {
                    at: Place::Proxy(proxy.node.clone()),
                    action: Action::Masquerade,
                    before: Some(before),
                    after: Some(self.tuple),
                    rule: rules::masquerade(proxy, ruling),
                    ruled: Some(ruled(true)),
                    field: Some(field),
                    note,
                });
                masqueraded = true;
                self.trace.masqueraded = true;
            }
        }
        let endpoint_node = match whose(self.cluster, &self.addresses, endpoint.address.ip) {
            Whose::Pod(pod) => pod.node.clone(),
            Whose::Node(owner) | Whose::Endpoint(Some(owner)) | Whose::NoPod(owner) => owner.meta.name.clone(),
            _ => endpoint.node.clone(),
        };
        self.translated = Some((proxy.node.clone(), masqueraded, endpoint_node));
    }

    fn refuse(&mut self, proxy: &Rc<NodeProxy>, packet: &Packet, ruling: &Ruling) {
        let cause = says::refused(self.cluster, proxy, ruling, packet.destination.ip);
        // Whatever other nodes would have chosen: here there is nothing to choose.
        self.trace.endpoints.clear();
        let at = match ruling {
            Ruling::Reject { port, .. } | Ruling::Drop { port, .. } => *port,
            _ => None,
        };
        if let Some(port) = at.and_then(|(index, _)| proxy.ports.get(index as usize)) {
            self.trace.service = Some((port.name.service.clone(), port.name.port.clone()));
        }
        let rejected = matches!(ruling, Ruling::Reject { .. });
        let (verdict, action, feels, ending) = if rejected {
            (
                Verdict::Rejected,
                Action::Reject,
                Feels::Refused,
                "kube-proxy rejects the packet: the client is refused at once.",
            )
        } else {
            (
                Verdict::Dropped,
                Action::Drop,
                Feels::Silence,
                "kube-proxy drops the packet: the client waits for nothing.",
            )
        };
        let note = format!("{} {ending}", cause.message);
        let rule = rules::deciding(proxy, packet, ruling);
        let ruled = Some(Ruled { proxy: Rc::clone(proxy), packet: *packet, ruling: *ruling, rewriting: false });
        let at = Place::Proxy(proxy.node.clone());
        self.end(End { verdict, at, action, feels, note, rule, ruled, cause: Some(cause) });
    }

    /// From a node to where the destination now is; `said` is why the proxy stayed out of it.
    fn onward(&mut self, node: &'a Node, proxy: &NodeProxy, said: Option<Cause>) -> Option<&'a Node> {
        let name = &node.meta.name;
        let here = Place::Node(name.clone());
        let (ip, port) = (self.tuple.dst.ip, self.tuple.dst.port);
        if ip.is_loopback() {
            return self.on_this_node(node, proxy, said);
        }
        match whose(self.cluster, &self.addresses, ip) {
            Whose::Node(owner) if owner.meta.name == *name => return self.on_this_node(node, proxy, said),
            Whose::Node(owner) | Whose::NodeOutside(owner) => return Some(owner),
            Whose::Pod(pod) => {
                if pod.node != *name {
                    let to = self.cluster.node(&pod.node);
                    if let Some(down) = to.filter(|node| !node.runs()) {
                        self.node_down(down);
                        return None;
                    }
                    if let Some(to) = to {
                        self.cross(to)?;
                    }
                }
                self.at_pod(pod, port);
            }
            Whose::Endpoint(to) => {
                if let Some(down) = to.filter(|node| !node.runs()) {
                    self.node_down(down);
                    return None;
                }
                if let Some(to) = to.filter(|to| to.meta.name != *name) {
                    self.cross(to)?;
                }
                self.deliver(Place::Endpoint(ip), "An endpoint without a Pod object: it is taken to listen.".into());
            }
            Whose::NoPod(owner) => {
                let nobody = cause("no-such-pod", format!("No pod has the address {ip}."), None);
                let at = Place::Node(owner.meta.name.clone());
                self.fail(Verdict::Passed, at, Action::Lose, Feels::NoRoute, nobody);
            }
            Whose::Service => {
                let nobody = said.unwrap_or_else(|| cause("no-route", format!("Nobody has the address {ip}."), None));
                let note = format!("{} The packet leaves by the default route, and nobody answers.", nobody.message);
                self.lost(here, note, nobody);
            }
            Whose::External(service) => {
                let taken = said.is_none() && self.to_balancer(ip, port);
                if taken && self.home != Home::Unknown {
                    return self.balance(service, ip);
                }
                let nobody = match said {
                    Some(said) => said,
                    None if taken => says::left_to_balancer(service, ip),
                    None => says::wrong_port(Some(service)),
                };
                let whom = if taken { "." } else { ", and nobody answers." };
                let note = format!("{} The packet leaves the cluster{whom}", nobody.message);
                self.lost(here, note, nobody);
            }
            Whose::Outside if self.home == Home::Unknown => {
                let nobody = cause("no-rule", format!("Nothing in the cluster has the address {ip}."), None);
                self.lost(here, format!("{} The packet leaves the cluster.", nobody.message), nobody);
            }
            Whose::Outside => {
                let note = self.leaving(format!("The packet leaves the cluster, for host {ip}."));
                self.deliver(Place::External(ip), note);
            }
        }
        None
    }

    /// Adds what is not modelled of the way out: the pod network's own masquerade.
    pub(super) fn leaving(&self, note: String) -> String {
        let pod = self.addresses.pod(self.cluster, self.tuple.src.ip).is_some();
        if !pod {
            return note;
        }
        format!("{note} Most pod networks rewrite a pod's source to the node's here; that is not modelled.")
    }

    fn lost(&mut self, at: Place, note: String, cause: Cause) {
        let (verdict, action, feels) = (Verdict::Passed, Action::Lose, Feels::Silence);
        self.end(End { verdict, at, action, feels, note, rule: None, ruled: None, cause: Some(cause) });
    }

    /// From one node to another; `None` where that drops it.
    fn cross(&mut self, to: &Node) -> Option<()> {
        if self.is_martian(to) {
            return None;
        }
        let name = &to.meta.name;
        self.hop(Place::Node(name.clone()), Action::Forward, format!("The packet crosses to node {name}."));
        Some(())
    }

    /// Ends the way of a packet that comes to a node over the network with a source which that node has bound itself: the
    /// kernel takes it for a martian (`fib_validate_source` of Linux' `net/ipv4/fib_frontend.c`, unless `accept_local` is
    /// set) and drops it. IPv6 has no such check; there the answer stays behind.
    fn is_martian(&mut self, node: &Node) -> bool {
        let (name, source) = (&node.meta.name, self.tuple.src.ip);
        if source.is_ipv6() || !self.fleet.proxy(self.cluster, name).binds(source) {
            return false;
        }
        let message = format!(
            "The source {source} is bound to kube-ipvs0 on node {name}, too: its kernel drops what comes over the network \
             from an address of its own (a martian source)."
        );
        let own = cause("martian-source", message, None);
        self.fail(Verdict::Dropped, Place::Node(name.clone()), Action::Drop, Feels::Silence, own);
        true
    }

    pub(super) fn node_down(&mut self, node: &Node) {
        let name = &node.meta.name;
        let field = FieldRef { kind: "Node", object: node.meta.reference(), path: "status.conditions".into() };
        let down =
            cause("node-down", format!("Node {name} is not ready: it is taken to be off the network."), Some(field));
        self.fail(Verdict::Dropped, Place::Node(name.clone()), Action::Lose, Feels::Silence, down);
    }
}

/// The endpoints of a set as candidates that share `weight` evenly.
pub(super) fn candidates(
    cluster: &Cluster,
    addresses: &Addresses,
    proxy: &NodeProxy,
    index: u32,
    set: &[u32],
    weight: f64,
) -> Vec<Candidate> {
    let Some(port) = proxy.ports.get(index as usize) else { return Vec::new() };
    let probability = weight / set.len().max(1) as f64;
    set.iter()
        .filter_map(|at| port.endpoints.get(*at as usize))
        .map(|endpoint| {
            let (pod, node) =
                pod_and_node(cluster, addresses, endpoint.address.ip, endpoint.pod.as_ref(), &endpoint.node);
            Candidate { address: endpoint.address, pod, node, probability }
        })
        .collect()
}

/// The pod and the node of an endpoint: by address, else as the slice says.
pub(super) fn pod_and_node(
    cluster: &Cluster,
    addresses: &Addresses,
    ip: IpAddr,
    named: Option<&ObjectRef>,
    node: &str,
) -> (Option<ObjectRef>, String) {
    let pod = addresses.pod(cluster, ip).map(|pod| pod.meta.reference()).or_else(|| named.cloned());
    if !node.is_empty() {
        return (pod, node.to_string());
    }
    let node = pod.as_ref().and_then(|pod| cluster.pod(pod)).map(|pod| pod.node.clone()).unwrap_or_default();
    (pod, node)
}
