//! Connections as the kernel tracks them: whom they go to, for how long, and what makes it forget them.
//!
//! Follows Linux' `nf_conntrack` and `pkg/proxy/conntrack/cleanup.go`. An entry keeps its translation as long as it lives,
//! whatever the rules say by then; a client with TCP learns of the end of its connection, one with UDP does not.

use std::rc::Rc;

use super::Sim;
use crate::cluster::{Conntrack, Place};
use crate::net::{Addr, Protocol};
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

    /// The node that rewrote its destination, and the endpoint.
    fn translation(&self) -> Option<(&str, Addr)> {
        self.trace.hops.iter().find_map(|hop| match (&hop.at, hop.action, hop.after) {
            (Place::Proxy(node), Action::Translate, Some(after)) => Some((node.as_str(), after.dst)),
            _ => None,
        })
    }
}

/// Whether a client notices the end of its connection. With UDP there is none: it goes on sending, and the kernel goes on
/// rewriting what it sends, to whoever it was before.
pub(super) fn notices(trace: &Trace) -> bool {
    trace.protocol != Protocol::Udp || trace.chosen.is_none()
}

impl Sim {
    /// kube-proxy on a node has new rules: it makes the kernel forget UDP flows to endpoints that serve no more
    /// (`pkg/proxy/conntrack/cleanup.go`). TCP connections are left to their ends.
    pub(super) fn clean_stale_flows(&mut self, node: &str, proxy: &NodeProxy) {
        let mut stale = Vec::new();
        for slot in self.loads.iter_mut().flat_map(|state| &mut state.slots) {
            let Some(open) = slot.open.as_ref().filter(|open| open.trace.protocol == Protocol::Udp) else {
                continue;
            };
            let Some((at, endpoint)) = open.translation().filter(|(at, _)| *at == node) else { continue };
            let Some((service, port)) = &open.trace.service else { continue };
            let serves = proxy.ports.iter().any(|known| {
                known.name.service == *service
                    && known.name.port == *port
                    && known.name.protocol == Protocol::Udp
                    && known.endpoints.iter().any(|one| one.serving && one.address.ip == endpoint.ip)
            });
            if !serves {
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
