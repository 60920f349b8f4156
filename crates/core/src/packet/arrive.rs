//! Where a packet ends: a pod, a process of a node, and whether the answer finds its way back.

use std::net::{IpAddr, Ipv4Addr};

use super::network::{Listener, OnNode, has_network, listens_inside, masquerade_address, on_node, pod_listener};
use super::says::{self, Feels, cause};
use super::trace::{Action, Cause, FieldRef, Hop, Verdict};
use super::walk::{End, Home, Walk};
use crate::cluster::Place;
use crate::net::Addr;
use crate::objects::{Node, Pod, PodPhase};
use crate::proxy::NodeProxy;

impl<'a> Walk<'a> {
    /// An address of the node itself: its own processes, pods in its network, hostPorts.
    pub(super) fn on_this_node(&mut self, node: &'a Node, proxy: &NodeProxy, said: Option<Cause>) -> Option<&'a Node> {
        let name = &node.meta.name;
        let here = Place::Node(name.clone());
        let as_endpoint = self.translated.is_some();
        match on_node(self.cluster, node, proxy, self.tuple.dst, self.trace.protocol, as_endpoint) {
            OnNode::Pod(pod) => {
                self.deliver(Place::Pod(pod.clone()), format!("Pod {pod} listens in the node's own network."));
            }
            OnNode::HostPort(pod, to) => {
                let before = self.tuple;
                self.tuple.dst = to;
                self.trace.hops.push(Hop {
                    at: here,
                    action: Action::Translate,
                    before: Some(before),
                    after: Some(self.tuple),
                    rule: None,
                    ruled: None,
                    field: None,
                    note: format!("A hostPort of pod {pod}: the container network takes the packet to it."),
                });
                self.masquerade_host_port(node, to);
                if self.tuple.src.ip.is_loopback() {
                    // IPv6's loopback address is not rewritten.
                    let lost = cause("loopback", "A loopback address never arrives over a network.", None);
                    self.fail(Verdict::Dropped, Place::Pod(pod), Action::Drop, Feels::Silence, lost);
                    return None;
                }
                if let Some(pod) = self.cluster.pod(&pod) {
                    self.at_pod(pod, to.port);
                }
            }
            OnNode::Kubelet => self.deliver(Place::Kubelet(name.clone()), "The kubelet takes it.".into()),
            OnNode::ApiServer => self.deliver(Place::ApiServer, "The API server takes it.".into()),
            OnNode::Process(what) => self.deliver(here, format!("The node's own {what} takes it.")),
            OnNode::HealthCheck(count) => {
                let code = if count == 0 { 503 } else { 200 };
                self.deliver(here, format!("kube-proxy answers the health check: {code}, {count} local endpoints."));
            }
            OnNode::LoopbackOnly(who) => {
                let message = format!("{who} listens on the node's loopback address only.");
                self.fail(Verdict::Passed, here, Action::Refuse, Feels::Refused, cause("loopback-only", message, None));
            }
            OnNode::Nobody => {
                let nothing = format!("Nothing listens on port {} of node {name}.", self.tuple.dst.port);
                let why = said.unwrap_or_else(|| cause("not-listening", nothing.clone(), None));
                let verdict = if as_endpoint { Verdict::Refused } else { Verdict::Passed };
                let note = format!("{nothing} The node refuses the connection.");
                let (action, feels) = (Action::Refuse, Feels::Refused);
                self.end(End { verdict, at: here, action, feels, note, rule: None, ruled: None, cause: Some(why) });
            }
        }
        None
    }

    /// The CNI plugin portmap (`portmap_iptables.go`) rewrites sources of the pod's own network, since those would
    /// answer past the node, and the loopback address, which leads nowhere outside of it.
    fn masquerade_host_port(&mut self, node: &Node, to: Addr) {
        let from = self.tuple.src.ip;
        let network = node.pod_cidrs.iter().any(|range| range.contains(&to.ip) && range.contains(&from));
        if !network && from != IpAddr::V4(Ipv4Addr::LOCALHOST) {
            return;
        }
        let Some(address) = masquerade_address(self.cluster, &self.addresses, node, to.ip) else { return };
        let before = self.tuple;
        self.tuple.src = Addr::new(address, 0);
        self.trace.masqueraded = true;
        self.trace.hops.push(Hop {
            at: Place::Node(node.meta.name.clone()),
            action: Action::Masquerade,
            before: Some(before),
            after: Some(self.tuple),
            rule: None,
            ruled: None,
            field: None,
            note: format!("The container network makes {address} the source, so that the answer comes back this way."),
        });
    }

    /// A pod's own address.
    pub(super) fn at_pod(&mut self, pod: &Pod, port: u16) {
        let reference = pod.meta.reference();
        let at = Place::Pod(reference.clone());
        if self.translated.is_some() && self.tuple.src.ip == self.tuple.dst.ip {
            let message = format!(
                "The packet comes back to pod {reference}, which sent it, with the pod's own address as its source: the \
                 pod's kernel drops it. kube-proxy rewrites the source of those only that it knows to be on its node."
            );
            return self.fail(Verdict::Dropped, at, Action::Drop, Feels::Silence, cause("hairpin", message, None));
        }
        let field = |path: &str| Some(FieldRef { kind: "Pod", object: reference.clone(), path: path.into() });
        let refusal = match (pod.phase, pod_listener(pod, self.trace.protocol, port)) {
            (PodPhase::Pending, _) => {
                cause("not-running", format!("Pod {reference} is not running yet."), field("status.phase"))
            }
            (_, Listener::Yes) => return self.deliver(at, format!("Pod {reference} listens on port {port}.")),
            (_, Listener::Loopback) => {
                let message = format!("In pod {reference}, port {port} listens on 127.0.0.1 only.");
                cause("loopback-only", message, field("metadata.annotations[portolan.dev/listen]"))
            }
            (_, Listener::No) => {
                let message = format!("Nothing in pod {reference} listens on port {port}.");
                cause("not-listening", message, self.target_field().or_else(|| field("spec.containers")))
            }
        };
        let note = format!("{} The connection is refused.", refusal.message);
        let (verdict, action, feels) = (Verdict::Refused, Action::Refuse, Feels::Refused);
        self.trace.source_seen = Some(self.tuple.src.ip);
        self.end(End { verdict, at, action, feels, note, rule: None, ruled: None, cause: Some(refusal) });
    }

    /// The Service field that says the port at the pods.
    fn target_field(&self) -> Option<FieldRef> {
        let (service, port) = self.trace.service.as_ref()?;
        let ports = &self.cluster.service(service)?.ports;
        let index = ports.iter().position(|p| p.name == *port && p.protocol == self.trace.protocol)?;
        Some(says::service_field(service, format!("spec.ports[{index}].targetPort")))
    }

    pub(super) fn deliver(&mut self, at: Place, note: String) {
        self.trace.source_seen = Some(self.tuple.src.ip);
        let (verdict, action) = (Verdict::Delivered, Action::Deliver);
        let astray = self.reply_goes_astray();
        let note = match (&self.translated, &astray) {
            (Some((node, ..)), None) => {
                format!(
                    "{note} The answer comes back by node {node}, where connection tracking puts the addresses back."
                )
            }
            _ => note,
        };
        let feels = if astray.is_some() { Feels::Silence } else { Feels::Fine };
        self.end(End { verdict, at, action, feels, note, rule: None, ruled: None, cause: None });
        self.trace.cause = astray;
    }

    /// Answers must come back by the node that rewrote the destination; where the source was kept, they do so only if
    /// that node is the endpoint's or the client's.
    fn reply_goes_astray(&mut self) -> Option<Cause> {
        let (node, masqueraded, endpoint) = self.translated.as_ref()?;
        let source = self.tuple.src.ip;
        if endpoint != node && self.fleet.proxy(self.cluster, endpoint).binds(source) {
            let message = format!(
                "The answer does not come back: node {endpoint} has {source} bound to kube-ipvs0 itself, and keeps it."
            );
            return Some(cause("asymmetric-reply", message, None));
        }
        let home = match &self.home {
            Home::Unknown => return None,
            Home::Node(home) => home.as_str(),
            Home::Outside => "",
        };
        if *masqueraded || endpoint == node || home == node {
            return None;
        }
        let message = format!(
            "The answer does not come back by node {node}, which rewrote the destination: the client gets it from an \
             address that it never called, and goes on waiting."
        );
        Some(cause("asymmetric-reply", message, None))
    }

    /// A connection from a pod to itself, by its own or its loopback address: it never leaves the pod.
    pub(super) fn inside_pod(&mut self, pod: &Pod) {
        let (to, reference) = (self.tuple.dst, pod.meta.reference());
        if !to.ip.is_loopback() {
            return self.at_pod(pod, to.port);
        }
        if has_network(pod) && listens_inside(pod, self.trace.protocol, to.port) {
            return self.deliver(Place::Pod(reference), "The connection stays inside the pod.".into());
        }
        let nobody = cause(
            "not-listening",
            format!(
                "{} is the pod's own loopback address, and nothing in pod {reference} listens on port {}.",
                to.ip, to.port
            ),
            None,
        );
        self.fail(Verdict::Refused, Place::Pod(reference), Action::Refuse, Feels::Refused, nobody);
    }
}
