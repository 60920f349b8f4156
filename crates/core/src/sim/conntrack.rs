//! Connections as the kernel tracks them: whom they go to, for how long, and what makes it forget them.
//!
//! Follows Linux' `nf_conntrack` and `pkg/proxy/conntrack/cleanup.go`. An entry keeps its translation as long as it lives,
//! whatever the rules say by then; a client with TCP learns of the end of its connection, one with UDP does not.

use std::rc::Rc;

use super::Sim;
use crate::cluster::{Conntrack, Place};
use crate::net::{Addr, IpFamily, Protocol};
use crate::packet::{Action, Trace};
use crate::proxy::NodeProxy;

/// An open connection.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) number: u64,
    pub(super) trace: Rc<Trace>,
    /// When it was opened.
    pub(super) since: u64,
    /// When something was last sent on it.
    pub(super) used: u64,
    /// Whether an answer came.
    pub(super) answered: bool,
}

impl Connection {
    /// Whether the kernel has forgotten it by now (`nf_conntrack`'s times, as kube-proxy sets them).
    pub(super) fn expired(&self, times: &Conntrack, now: u64) -> bool {
        let seconds = match (self.trace.protocol, self.answered) {
            (Protocol::Udp, false) => times.udp,
            (Protocol::Udp, true) => times.udp_stream,
            _ => times.tcp_established,
        };
        now.saturating_sub(self.used) > seconds.saturating_mul(1_000_000)
    }

    /// The node that rewrote its destination, what that was, and the endpoint.
    fn translation(&self) -> Option<(&str, Addr, Addr)> {
        self.trace.hops.iter().find_map(|hop| match (&hop.at, hop.action, hop.before, hop.after) {
            (Place::Proxy(node), Action::Translate, Some(from), Some(to)) => Some((node.as_str(), from.dst, to.dst)),
            _ => None,
        })
    }
}

/// Whether a client notices the end of its connection. With UDP there is none: it goes on sending, and the kernel goes on
/// rewriting what it sends, to whoever it was before.
pub(super) fn notices(trace: &Trace) -> bool {
    trace.protocol != Protocol::Udp || trace.chosen.is_none()
}

/// Whether a UDP flow to `from` that was given to `to` is one that kube-proxy clears: a Service port is found at `from`
/// (a node port at any address), has an endpoint that serves, and `to` is none of those.
fn is_stale(proxy: &NodeProxy, from: Addr, to: Addr) -> bool {
    proxy.ports.iter().any(|port| {
        let ips = std::iter::once(&port.cluster_ip).chain(&port.balancer_ips).chain(&port.external_ips);
        let here = port.port == from.port && ips.into_iter().any(|ip| *ip == from.ip);
        let by_node = port.node_port == Some(from.port) && port.family == IpFamily::of(from.ip);
        let mut serving = port.endpoints.iter().filter(|one| one.serving).peekable();
        port.name.protocol == Protocol::Udp
            && (here || by_node)
            && serving.peek().is_some()
            && serving.all(|one| one.address != to)
    })
}

impl Sim {
    /// kube-proxy on a node has new rules: it makes the kernel forget UDP flows to endpoints that serve no more, where
    /// others do (`pkg/proxy/conntrack/cleanup.go`). TCP connections are left to their ends.
    pub(super) fn clean_stale_flows(&mut self, node: &str, proxy: &NodeProxy) {
        let mut stale = Vec::new();
        for slot in self.loads.iter_mut().flat_map(|state| &mut state.slots) {
            let Some(open) = slot.open.as_ref().filter(|open| open.trace.protocol == Protocol::Udp) else {
                continue;
            };
            let Some((at, from, endpoint)) = open.translation().filter(|(at, ..)| *at == node) else { continue };
            let Some((service, _)) = &open.trace.service else { continue };
            if is_stale(proxy, from, endpoint) {
                let text =
                    format!("kube-proxy on {at} clears a UDP flow to {endpoint}; its next packet finds another.");
                stale.push((text, service.clone()));
                slot.open = None;
            }
        }
        for (text, service) in stale {
            self.note(text, Some(("Service", service)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::cluster::ProxyMode;
    use crate::net::Protocol;
    use crate::objects::ObjectRef;
    use crate::proxy::testing::{cluster, endpoint};
    use crate::sim::{Command, Load, Scenario, Sim};

    const SECOND: u64 = 1_000_000;

    /// A client that sends from one socket, at `rate`, to `web`, whose slices a controller keeps.
    fn sim(protocol: Protocol, rate: f64) -> Sim {
        let mut cluster = cluster(ProxyMode::Iptables, vec![endpoint("10.244.1.5", "a"), endpoint("10.244.1.6", "a")]);
        let service = &mut cluster.services[0];
        service.ports[0].protocol = protocol;
        service.selector.insert("app".into(), "web".into());
        for pod in &mut cluster.pods {
            if pod.meta.name != "b1" {
                pod.meta.labels.insert("app".into(), "web".into());
            }
        }
        let slice = &mut cluster.slices[0];
        slice.ports[0].protocol = protocol;
        for (endpoint, name) in slice.endpoints.iter_mut().zip(["a1", "a2"]) {
            endpoint.pod = Some(ObjectRef::new("default", name));
        }
        use crate::controllers::endpointslice::{CONTROLLER, MANAGED_BY, SERVICE_NAME};
        slice.meta.labels = [(MANAGED_BY, CONTROLLER), (SERVICE_NAME, "web")].map(|(k, v)| (k.into(), v.into())).into();
        slice.meta.owner = Some(crate::objects::OwnerRef { kind: "Service".into(), name: "web".into() });
        let load = Load {
            name: String::new(),
            from: crate::cluster::Client::parse("pod/b1").unwrap(),
            to: "node/a:30080".into(),
            protocol,
            rate,
            keep_alive: true,
            habits: Default::default(),
        };
        Sim::new(cluster, Scenario { load: vec![load], ..Scenario::default() })
    }

    fn counts(sim: &Sim) -> crate::sim::Counts {
        sim.loads().next().unwrap().1.clone()
    }

    fn to(sim: &Sim) -> ObjectRef {
        let flight = sim.in_flight().chain(sim.recent()).last().unwrap();
        flight.trace.endpoints[flight.trace.chosen.unwrap()].pod.clone().unwrap()
    }

    #[test]
    fn a_udp_flow_outlives_its_pod_until_kube_proxy_clears_it() {
        let mut sim = sim(Protocol::Udp, 50.0);
        sim.advance(SECOND);
        let first = to(&sim);
        sim.command(Command::KillPod(first.clone()));
        sim.advance(12 * SECOND);
        let counts = counts(&sim);
        assert_eq!(counts.connections, 2, "the socket's flow was tracked anew once");
        assert!(sim.log().any(|entry| entry.text.contains("clears a UDP flow")), "{:?}", sim.log().collect::<Vec<_>>());
        assert_ne!(to(&sim), first);
    }

    #[test]
    fn udp_flows_are_left_alone_where_no_endpoint_serves_any_more() {
        let mut sim = sim(Protocol::Udp, 20.0);
        sim.advance(SECOND);
        for pod in ["a1", "a2"] {
            sim.command(Command::SetReady(ObjectRef::new("default", pod), false));
        }
        sim.advance(6 * SECOND);
        assert_eq!((counts(&sim).connections, counts(&sim).failed()), (1, 0), "the pods themselves still answer");
    }

    #[test]
    fn a_udp_flow_is_stale_by_address_and_port_of_where_it_was_sent_and_of_its_endpoint() {
        let mut cluster = cluster(ProxyMode::Iptables, vec![endpoint("10.244.1.5", "a")]);
        cluster.services[0].ports[0].protocol = Protocol::Udp;
        cluster.slices[0].ports[0].protocol = Protocol::Udp;
        let proxy = crate::proxy::NodeProxy::new(&cluster, "a");
        let stale = |from: &str, to: &str| {
            let [from, to]: [std::net::SocketAddr; 2] = [from, to].map(|text| text.parse().unwrap());
            super::is_stale(&proxy, super::Addr::new(from.ip(), from.port()), super::Addr::new(to.ip(), to.port()))
        };
        for (from, known) in [
            ("10.96.0.100:80", true),
            ("192.0.2.10:80", true),
            ("203.0.113.50:80", true),
            ("198.51.100.1:30080", true),
            ("10.96.0.100:81", false),
            ("[fd00::1]:30080", false),
        ] {
            assert_eq!(stale(from, "10.244.1.6:8080"), known, "{from}");
            assert_eq!(stale(from, "10.244.1.5:8081"), known, "{from}, the pod's other port");
            assert!(!stale(from, "10.244.1.5:8080"), "{from}");
        }
    }

    #[test]
    fn tcp_is_left_alone_where_an_endpoint_serves_no_more() {
        for (protocol, connections) in [(Protocol::Tcp, 1), (Protocol::Udp, 2)] {
            let mut sim = sim(protocol, 20.0);
            sim.advance(SECOND);
            let pod = to(&sim);
            sim.command(Command::SetReady(pod, false));
            sim.advance(6 * SECOND);
            assert_eq!(counts(&sim).connections, connections, "{protocol}");
        }
    }

    #[test]
    fn an_idle_flow_is_forgotten_after_its_time() {
        // Every 100 s: within the 120 s of a flow with answers, and far within TCP's day.
        for (protocol, rate, connections) in
            [(Protocol::Udp, 0.01, 1), (Protocol::Udp, 0.005, 5), (Protocol::Tcp, 0.005, 1)]
        {
            let mut sim = sim(protocol, rate);
            sim.advance(1_000 * SECOND);
            assert_eq!(counts(&sim).connections, connections, "{protocol} {rate}");
        }
    }
}
