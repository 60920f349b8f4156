//! The few calls into the engine whose form the page shares.

use std::rc::Rc;

use portolan_core::cluster::{Client, Cluster, Place};
use portolan_core::net::Addr;
use portolan_core::objects::ServiceType;
use portolan_core::packet::{Action, Candidate, Cause, Hop, Symptom, Trace, Tuple, Verdict};
use portolan_core::sim::{Connect, Load, Router, Scenario, Sim};

use crate::chart::layout::INTERNET;

/// A run on a cluster.
pub(crate) fn sim(cluster: Cluster, scenario: Scenario) -> Sim {
    Sim::with_router(cluster, scenario, Rc::new(Provisional), true)
}

/// What becomes of one packet of a load.
pub(crate) fn trace(cluster: &Cluster, load: &Load, draw: u64) -> Trace {
    let connect = Connect { from: &load.from, to: &load.to, protocol: load.protocol, draw, prefer: None };
    Provisional.trace(cluster, &connect)
}

struct Provisional;
impl Router for Provisional {
    fn trace(&self, view: &Cluster, connect: &Connect<'_>) -> Trace {
        let svc = crate::state::choices::service_of(view, connect.from, connect.to);
        let service = svc.as_ref().and_then(|s| view.service(s));
        let mut endpoints = Vec::new();
        if let Some(s) = &svc {
            for slice in view.slices_of(s) {
                let port = slice.ports.first().and_then(|p| p.port).unwrap_or(80);
                for e in slice.endpoints.iter().filter(|e| e.is_ready()) {
                    endpoints.push(Candidate {
                        address: Addr::new(e.addresses[0], port),
                        pod: e.pod.clone(),
                        node: e.node_name.clone().unwrap_or_default(),
                        probability: 0.0,
                    });
                }
            }
        }
        let n = endpoints.len().max(1) as f64;
        for e in &mut endpoints {
            e.probability = 1.0 / n;
        }
        let (start, src) = match connect.from {
            Client::Pod(p) => {
                (Place::Pod(p.clone()), view.pod(p).and_then(|p| p.ips.first().copied()).unwrap_or(INTERNET))
            }
            Client::Node(n) => (Place::Node(n.clone()), INTERNET),
            Client::Laptop => (Place::Laptop, INTERNET),
            _ => (Place::External(INTERNET), INTERNET),
        };
        let entry = match connect.from {
            Client::Pod(p) => view.pod(p).map(|p| p.node.clone()).unwrap_or_default(),
            Client::Node(n) => n.clone(),
            _ => connect.to.strip_prefix("node/").and_then(|t| t.split(':').next()).unwrap_or("worker-1").to_string(),
        };
        let port: u16 = connect.to.rsplit_once(':').and_then(|t| t.1.parse().ok()).unwrap_or(80);
        let dst = Addr::new(service.and_then(|s| s.cluster_ip()).unwrap_or(INTERNET), port);
        let t0 = Tuple { src: Addr::new(src, 0), dst };
        let hop = |at: Place, action, before, after, note: &str| Hop {
            at,
            action,
            before,
            after,
            rule: None,
            field: None,
            note: note.into(),
        };
        let mut hops = vec![hop(start, Action::Send, None, Some(t0), "sends")];
        if service.is_some_and(|s| s.service_type == ServiceType::LoadBalancer)
            && matches!(connect.from, Client::External(_))
            && !connect.to.starts_with("node/")
        {
            hops.push(hop(
                Place::LoadBalancer(svc.clone().unwrap_or_default()),
                Action::Balance,
                Some(t0),
                Some(t0),
                "picks a node",
            ));
        }
        hops.push(hop(Place::Node(entry.clone()), Action::Forward, Some(t0), Some(t0), "arrives"));
        let chosen = (!endpoints.is_empty()).then(|| (connect.draw % endpoints.len() as u64) as usize);
        let verdict;
        let mut cause = None;
        if let Some(c) = chosen.and_then(|c| endpoints.get(c)) {
            let t1 = Tuple { src: t0.src, dst: c.address };
            hops.push(hop(Place::Proxy(entry.clone()), Action::Translate, Some(t0), Some(t1), "picks an endpoint"));
            if c.node != entry && !c.node.is_empty() {
                hops.push(hop(Place::Node(c.node.clone()), Action::Forward, Some(t1), Some(t1), "on"));
            }
            hops.push(hop(
                c.pod.clone().map_or(Place::Endpoint(c.address.ip), Place::Pod),
                Action::Deliver,
                Some(t1),
                Some(t1),
                "takes it",
            ));
            verdict = Verdict::Delivered;
        } else {
            hops.push(hop(Place::Proxy(entry), Action::Reject, Some(t0), None, "no endpoints"));
            verdict = Verdict::Rejected;
            cause = Some(Cause { code: "no-endpoints", message: "The Service has no endpoints.".into(), field: None });
        }
        Trace {
            protocol: connect.protocol,
            verdict,
            service: svc.map(|s| (s, String::new())),
            endpoints,
            chosen,
            masqueraded: matches!(connect.from, Client::External(_)),
            source_seen: None,
            hops,
            cause,
            symptom: Symptom { curl: 0, text: String::new() },
        }
    }
}
