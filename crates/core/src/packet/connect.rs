//! From a client and a target to a packet: who sends, by which address, and where it first comes to.

use std::net::{IpAddr, Ipv4Addr};

use super::network::{Whose, has_network, whose};
use super::port_forward::{self, port_forward};
use super::says::{self, Feels, cause};
use super::target::Target;
use super::trace::{Action, Candidate, Hop, Symptom, Trace, Tuple, Verdict};
use super::walk::{End, Home, Walk, pod_and_node};
use crate::cluster::{Addresses, Client, Cluster, Place};
use crate::dns::{self, Outcome};
use crate::net::{Addr, IpFamily, Protocol};
use crate::objects::{Node, ObjectRef, Pod, Service, ServiceType};
use crate::proxy::{Arrival, Fleet, bridge_address, node_addresses, primary_address};

/// Some host of the internet.
const SOMEBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 10));
/// The machine with kubectl.
const LAPTOP: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 20));

/// One connection to be opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Who opens it.
    pub from: Client,
    /// To what.
    pub to: Target,
    /// By which protocol.
    pub protocol: Protocol,
    /// Decides every choice on the way.
    pub seed: u64,
    /// The endpoint that session affinity asks for, if it can still be chosen.
    pub prefer: Option<Addr>,
}

impl Request {
    /// A connection with nothing remembered.
    pub fn new(from: Client, to: Target, protocol: Protocol, seed: u64) -> Self {
        Request { from, to, protocol, seed, prefer: None }
    }
}

/// Follows the first packet of a connection. The same cluster and request give the same trace.
pub fn trace(cluster: &Cluster, request: &Request) -> Trace {
    follow(cluster, &mut Fleet::default(), request, None)
}

/// The same for one of many connections, each with nothing remembered; `fleet` keeps the nodes' rules between them.
pub fn trace_among(cluster: &Cluster, fleet: &mut Fleet, request: &Request) -> Trace {
    follow(cluster, fleet, request, None)
}

/// Follows the first packet of a connection opened at the time `now` (microseconds), with each node's rules and session
/// affinity kept in `fleet`.
pub fn trace_with(cluster: &Cluster, fleet: &mut Fleet, request: &Request, now: u64) -> Trace {
    follow(cluster, fleet, request, Some(now))
}

fn follow(cluster: &Cluster, fleet: &mut Fleet, request: &Request, now: Option<u64>) -> Trace {
    let mut walk = Walk::new(cluster, fleet, request.protocol, request.seed);
    walk.prefer = request.prefer;
    walk.now = now;
    match Sender::of(cluster, &request.from) {
        Ok(sender) => walk.connect(&sender, &request.from, &request.to),
        Err(message) => walk.fail(
            Verdict::Unroutable,
            Place::External(SOMEBODY),
            Action::Send,
            Feels::Silence,
            cause("no-such-client", message, None),
        ),
    }
    walk.trace
}

/// Who sends.
enum Sender<'a> {
    Pod(&'a Pod, &'a Node),
    Node(&'a Node),
    Outside(IpAddr, Place),
    At(IpAddr, &'a Node),
}

impl<'a> Sender<'a> {
    fn of(cluster: &'a Cluster, client: &Client) -> Result<Self, String> {
        let node = |name: &str| cluster.node(name).ok_or_else(|| format!("There is no node {name}."));
        match client {
            Client::Pod(reference) => {
                let pod = cluster.pod(reference).ok_or_else(|| format!("There is no pod {reference}."))?;
                if pod.node.is_empty() {
                    return Err(format!("Pod {reference} is on no node yet."));
                }
                if !has_network(pod) {
                    return Err(format!("Pod {reference} has ended."));
                }
                let node = node(&pod.node)?;
                Ok(if pod.host_network { Sender::Node(node) } else { Sender::Pod(pod, node) })
            }
            Client::Node(name) => Ok(Sender::Node(node(name)?)),
            Client::External(address) => {
                let address = address.unwrap_or(SOMEBODY);
                Ok(Sender::Outside(address, Place::External(address)))
            }
            Client::Laptop => Ok(Sender::Outside(LAPTOP, Place::Laptop)),
            Client::AddressAt { address, node: name } => Ok(Sender::At(*address, node(name)?)),
        }
    }

    fn place(&self) -> Place {
        match self {
            Sender::Pod(pod, _) => Place::Pod(pod.meta.reference()),
            Sender::Node(node) => Place::Node(node.meta.name.clone()),
            Sender::Outside(_, place) => place.clone(),
            Sender::At(address, _) => Place::External(*address),
        }
    }

    fn home(&self) -> Home {
        match self {
            Sender::Pod(_, node) | Sender::Node(node) => Home::Node(node.meta.name.clone()),
            Sender::Outside(..) => Home::Outside,
            Sender::At(..) => Home::Unknown,
        }
    }

    /// The source address towards a destination; `None` without one of its family.
    fn source(&self, cluster: &Cluster, addresses: &Addresses, to: IpAddr) -> Option<IpAddr> {
        let family = IpFamily::of(to);
        let same = |ip: &IpAddr| IpFamily::of(*ip) == family;
        match self {
            _ if to.is_loopback() && !matches!(self, Sender::At(..)) => {
                // The loopback device has one address; of IPv4 all of its network leads there.
                Some(if to.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { to })
            }
            Sender::Pod(pod, _) => pod.ips.iter().copied().find(same),
            Sender::Node(node) => match whose(cluster, addresses, to) {
                // To itself, from the same address.
                Whose::Node(owner) if owner.meta.name == node.meta.name => Some(to),
                Whose::Pod(pod) if pod.node == node.meta.name => {
                    bridge_address(node, family).or_else(|| primary_address(node, family))
                }
                _ => primary_address(node, family),
            },
            Sender::Outside(ip, _) | Sender::At(ip, _) => Some(*ip).filter(same),
        }
    }
}

impl<'a> Walk<'a> {
    fn connect(&mut self, sender: &Sender<'a>, client: &Client, target: &Target) {
        self.home = sender.home();
        match target {
            Target::Address(to) => {
                self.host = to.ip.to_string();
                self.send(sender, *to);
            }
            Target::Name { name, port } => self.by_name(sender, client, name, *port),
            Target::Node { name, port } => {
                let node = self.cluster.node(name);
                // From outside by the external address, where there is one.
                let outside = matches!(sender, Sender::Outside(..));
                let address = node.and_then(|node| {
                    let external = node.external_ips.first().copied().filter(|_| outside);
                    external.or_else(|| node.primary_ip())
                });
                match address {
                    Some(ip) => {
                        self.host = ip.to_string();
                        self.send(sender, Addr::new(ip, *port));
                    }
                    None => self.no_target(sender, name, *port, format!("There is no node {name} with an address.")),
                }
            }
            Target::Service { service, port } => self.by_service(sender, client, service, port),
            Target::Balancer { service, port } => self.by_balancer(sender, service, port),
            Target::PortForward { kind, object, ports } => {
                match port_forward(self.cluster, &object.namespace, &format!("{kind}/{}", object.name), ports) {
                    Ok(forward) => self.trace = forward.trace,
                    Err(error) => {
                        self.no_tunnel(sender, &port_forward::Failure::new(self.cluster, kind, object, ports, &error))
                    }
                }
            }
        }
    }

    /// kubectl gave up before anything listened on the local port.
    fn no_tunnel(&mut self, sender: &Sender<'a>, failure: &port_forward::Failure) {
        let failed = cause("port-forward-failed", failure.message.clone(), failure.field.clone());
        self.fail(Verdict::Unroutable, sender.place(), Action::Tunnel, Feels::Refused, failed);
        if let Some(hop) = self.trace.hops.last_mut() {
            (hop.before, hop.after) = (None, None);
        }
        self.trace.symptom = match failure.local {
            Some(port) => says::symptom(Feels::Refused, Protocol::Tcp, "localhost", port),
            None => Symptom { curl: 7, text: "Nothing listens on the local port.".to_string() },
        };
    }

    fn no_target(&mut self, sender: &Sender<'a>, host: &str, port: u16, message: String) {
        (self.host, self.port) = (host.to_string(), port);
        let none = cause("no-such-target", message, None);
        self.fail(Verdict::Unroutable, sender.place(), Action::Send, Feels::Silence, none);
    }

    /// A Service's port by number or by name; a number that it does not have stays what it is.
    fn port_of(service: &Service, port: &str) -> Option<u16> {
        let named = service.ports.iter().find(|p| p.name == port).map(|p| p.port);
        named.or_else(|| port.parse().ok())
    }

    fn by_service(&mut self, sender: &Sender<'a>, client: &Client, reference: &ObjectRef, port: &str) {
        let Some(service) = self.cluster.service(reference) else {
            return self.no_target(sender, &reference.name, 0, format!("There is no Service {reference}."));
        };
        let Some(mut number) = Self::port_of(service, port) else {
            return self.no_target(sender, &reference.name, 0, format!("Service {reference} has no port {port}."));
        };
        if service.headless || service.service_type == ServiceType::ExternalName {
            if service.headless && service.ports.iter().any(|p| p.name == port && !port.is_empty()) {
                // A name stands for the number in the slices, as an SRV record says.
                let mut ports = self.cluster.slices_of(reference).flat_map(|slice| &slice.ports);
                number = ports.find(|p| p.name == port).and_then(|p| p.port).unwrap_or(number);
            }
            let name = format!("{}.{}.svc.{}.", reference.name, reference.namespace, self.cluster.settings.dns_domain);
            return self.by_name(sender, client, &name, number);
        }
        let reachable = |ip: &&IpAddr| sender.source(self.cluster, &self.addresses, **ip).is_some();
        let address = service.cluster_ips.iter().find(reachable).or(service.cluster_ips.first());
        match address {
            Some(ip) => {
                self.host = ip.to_string();
                self.send(sender, Addr::new(*ip, number));
            }
            None => self.no_target(sender, &reference.name, number, format!("Service {reference} has no cluster IP.")),
        }
    }

    fn by_balancer(&mut self, sender: &Sender<'a>, reference: &ObjectRef, port: &str) {
        let Some(service) = self.cluster.service(reference) else {
            return self.no_target(sender, &reference.name, 0, format!("There is no Service {reference}."));
        };
        let Some(number) = Self::port_of(service, port) else {
            return self.no_target(sender, &reference.name, 0, format!("Service {reference} has no port {port}."));
        };
        let by_ip = service.ingress.iter().find_map(|ingress| ingress.ip);
        let by_name = service.ingress.iter().find_map(|ingress| ingress.hostname.clone());
        match (by_ip, by_name) {
            (Some(ip), _) => {
                self.host = ip.to_string();
                self.send(sender, Addr::new(ip, number));
            }
            (None, Some(name)) => {
                let ip = dns::outside_address(&name);
                self.host = name;
                if self.start(sender, Addr::new(ip, number)).is_some()
                    && let Some(node) = self.balance(service, ip)
                {
                    self.run(node, Arrival::Outside, true);
                }
            }
            (None, None) => {
                (self.host, self.port) = (reference.name.clone(), number);
                let field = Some(says::service_field(reference, "status.loadBalancer"));
                let message = format!("The balancer of Service {reference} has no address: EXTERNAL-IP is <pending>.");
                let pending = cause("balancer-pending", message, field);
                self.fail(Verdict::Unroutable, sender.place(), Action::Send, Feels::Silence, pending);
            }
        }
    }

    fn by_name(&mut self, sender: &Sender<'a>, client: &Client, name: &str, port: u16) {
        (self.host, self.port) = (name.trim_end_matches('.').to_string(), port);
        let resolution = dns::resolve_addresses(self.cluster, client, name);
        let tried = resolution.attempts.len();
        let note = |text: String| match tried {
            0 => text,
            1 => format!("{text} One question."),
            many => format!("{text} {many} questions."),
        };
        let (note, found) = match &resolution.outcome {
            Outcome::Addresses { name: canonical, addresses } => {
                let list: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
                (note(format!("{canonical} is {}.", list.join(", "))), true)
            }
            Outcome::External { name: canonical, address } => {
                (note(format!("{canonical} is a host outside the cluster, taken to be {address}.")), true)
            }
            _ => (note(format!("{} is not found.", self.host)), false),
        };
        if !found {
            let missing = says::name_not_found(self.cluster, client, &self.host);
            let (verdict, action, feels) = (Verdict::Unresolved, Action::Resolve, Feels::NoName);
            let at = Place::Dns;
            self.end(End { verdict, at, action, feels, note, rule: None, ruled: None, cause: Some(missing) });
            // There never was a packet.
            if let Some(hop) = self.trace.hops.last_mut() {
                (hop.before, hop.after) = (None, None);
            }
            return;
        }
        let hop = Hop {
            at: Place::Dns,
            action: Action::Resolve,
            before: None,
            after: None,
            rule: None,
            ruled: None,
            field: None,
            note,
        };
        self.trace.hops.push(hop);
        if let Outcome::External { name: canonical, address } = &resolution.outcome {
            return self.leave_for_host(sender, canonical, Addr::new(*address, port));
        }
        let usable: Vec<IpAddr> = resolution
            .addresses()
            .into_iter()
            .filter(|ip| sender.source(self.cluster, &self.addresses, *ip).is_some())
            .collect();
        let family = usable.first().map(|ip| IpFamily::of(*ip));
        let usable: Vec<IpAddr> = usable.into_iter().filter(|ip| Some(IpFamily::of(*ip)) == family).collect();
        let Some(ip) = usable.get(self.draws.place(usable.len())).copied() else {
            return self.no_target(sender, name, port, format!("The client has no address of the family of {name}'s."));
        };
        let to = Addr::new(ip, port);
        if usable.len() > 1 {
            let probability = 1.0 / usable.len() as f64;
            let (cluster, addresses) = (self.cluster, &self.addresses);
            let candidates = usable.iter().map(|ip| {
                let (pod, node) = pod_and_node(cluster, addresses, *ip, None, "");
                Candidate { address: Addr::new(*ip, port), pod, node, probability }
            });
            self.trace.endpoints = candidates.collect();
            self.trace.chosen = self.trace.endpoints.iter().position(|candidate| candidate.address == to);
        }
        self.send(sender, to);
    }

    /// A name that leads out of the cluster, mostly an ExternalName's.
    fn leave_for_host(&mut self, sender: &Sender<'a>, canonical: &str, to: Addr) {
        if self.start(sender, to).is_none() {
            return;
        }
        let host = canonical.trim_end_matches('.').to_string();
        let asked = self.host.clone();
        let note = if asked == host {
            format!("The packet leaves the cluster, for {host}.")
        } else {
            format!(
                "The packet leaves the cluster, for {host}: no proxy and no Service port is in play, and the client still \
                 says \"{asked}\" in the Host header and in TLS."
            )
        };
        let note = self.leaving(note);
        self.deliver(Place::ExternalHost(host), note);
    }

    /// The client sends; gives where it stands, or `None` where it cannot send at all.
    fn start(&mut self, sender: &Sender<'a>, to: Addr) -> Option<()> {
        self.port = to.port;
        let Some(source) = sender.source(self.cluster, &self.addresses, to.ip) else {
            let message = format!("The client has no {} address.", IpFamily::of(to.ip).as_str());
            self.tuple = Tuple { src: Addr::new(to.ip, 0), dst: to };
            let none = cause("no-address-of-family", message, None);
            self.fail(Verdict::Unroutable, sender.place(), Action::Send, Feels::NoRoute, none);
            return None;
        };
        let bound = match sender {
            Sender::Node(node) => self.fleet.proxy(self.cluster, &node.meta.name).binds(to.ip),
            _ => false,
        };
        let source = if bound { to.ip } else { source };
        self.tuple = Tuple { src: Addr::new(source, 0), dst: to };
        let note = match sender {
            Sender::Pod(pod, node) => {
                format!("Pod {} on node {} connects to {to}.", pod.meta.reference(), node.meta.name)
            }
            Sender::Node(node) if bound => format!(
                "A process of node {} connects to {to}, from the same address: ipvs has it bound to kube-ipvs0 there.",
                node.meta.name
            ),
            Sender::Node(node) => format!("A process of node {} connects to {to}.", node.meta.name),
            Sender::Outside(..) => format!("A host outside connects to {to}."),
            Sender::At(address, node) => format!("A packet of {address} for {to} comes to node {}.", node.meta.name),
        };
        let after = Some(self.tuple);
        let hop = Hop {
            at: sender.place(),
            action: Action::Send,
            before: None,
            after,
            rule: None,
            ruled: None,
            field: None,
            note,
        };
        self.trace.hops.push(hop);
        Some(())
    }

    fn send(&mut self, sender: &Sender<'a>, to: Addr) {
        if self.start(sender, to).is_none() {
            return;
        }
        match sender {
            Sender::Pod(pod, _) if to.ip.is_loopback() || pod.ips.contains(&to.ip) => self.inside_pod(pod),
            Sender::Pod(_, node) => self.run(node, Arrival::Pod, false),
            Sender::Node(node) => self.run(node, Arrival::Local, false),
            Sender::At(address, node) => {
                let arrival = self.arrival(*address, node);
                self.run(node, arrival, false);
            }
            Sender::Outside(_, place) => self.enter(place.clone(), to),
        }
    }

    /// How a packet with this source comes to a node.
    fn arrival(&self, source: IpAddr, node: &Node) -> Arrival {
        if source.is_loopback() || node_addresses(node).contains(&source) {
            return Arrival::Local;
        }
        let here = match whose(self.cluster, &self.addresses, source) {
            Whose::Pod(pod) => pod.node == node.meta.name,
            Whose::Endpoint(Some(owner)) | Whose::NoPod(owner) => owner.meta.name == node.meta.name,
            _ => false,
        };
        if here { Arrival::Pod } else { Arrival::Outside }
    }

    fn enter(&mut self, place: Place, to: Addr) {
        if to.ip.is_loopback() {
            let own = cause("not-listening", "A loopback address is the client's own.", None);
            return self.fail(Verdict::Refused, place, Action::Refuse, Feels::Refused, own);
        }
        let entry = match whose(self.cluster, &self.addresses, to.ip) {
            Whose::Node(node) | Whose::NodeOutside(node) => Some(node),
            Whose::External(service) => {
                if service.external_ips.contains(&to.ip) {
                    self.any_node(place)
                } else {
                    self.balance(service, to.ip)
                }
            }
            Whose::Pod(_) | Whose::NoPod(_) | Whose::Endpoint(Some(_)) => {
                return self.inside_only(place, "A pod's address");
            }
            Whose::Service => return self.inside_only(place, "A cluster IP"),
            Whose::Endpoint(None) | Whose::Outside => {
                return self.deliver(Place::External(to.ip), "The packet stays outside the cluster.".into());
            }
        };
        if let Some(node) = entry {
            self.run(node, Arrival::Outside, true);
        }
    }

    /// externalIPs are routed to the nodes by whoever runs the network.
    fn any_node(&mut self, place: Place) -> Option<&'a Node> {
        let ready: Vec<&'a Node> = self.cluster.nodes.iter().filter(|node| node.runs()).collect();
        let at = self.draws.place(ready.len());
        let node = ready.get(at).copied();
        self.trace.endpoints = self.mixture(&ready, false);
        if node.is_none() {
            let none = cause("no-route", "No node is ready.", None);
            self.fail(Verdict::Dropped, place, Action::Lose, Feels::Silence, none);
        }
        node
    }

    fn inside_only(&mut self, place: Place, what: &str) {
        let message = format!(
            "{what} means something inside the cluster only: no route from outside leads to {}.",
            self.tuple.dst.ip
        );
        let closed = cause("inside-only", message, None);
        self.fail(Verdict::Unroutable, place, Action::Lose, Feels::Silence, closed);
    }
}
