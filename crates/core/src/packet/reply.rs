//! The answer's way back: the way there, backwards, with the addresses put back where they were rewritten.
//!
//! Follows Linux' `net/netfilter/nf_nat_core.c`: a translation is kept with the tracked connection, and its reverse is
//! applied to answers on the same node, whatever the rules say by then.

use super::trace::{Action, Hop, Trace, Tuple, Verdict};
use crate::cluster::Place;

/// The hops of the answer, from the one that answers to the client. Empty where nothing answers: silence, an error from
/// a proxy (which never was a connection), and tunnels, whose answers go by the tunnel.
pub fn reply(trace: &Trace) -> Vec<Hop> {
    let mut back = Vec::new();
    let tunnel = trace.hops.iter().any(|hop| hop.action == Action::Tunnel);
    let Some((last, way)) = trace.hops.split_last() else { return back };
    let Some(arrived) = last.before.filter(|_| !tunnel) else { return back };
    let words = match (trace.verdict, last.action) {
        (Verdict::Delivered, Action::Deliver) => "The answer leaves for the source that was seen.",
        (Verdict::Refused | Verdict::Passed, Action::Refuse) => "The refusal leaves for the source that was seen.",
        _ => return back,
    };
    let mut tuple = swapped(arrived);
    back.push(hop(last.at.clone(), Action::Send, tuple, tuple, words.to_string()));
    let astray = trace.cause.as_ref().is_some_and(|cause| cause.code == "asymmetric-reply");
    for step in way.iter().rev() {
        match (step.action, step.before, step.after) {
            (Action::Send, ..) => {
                let note = if astray {
                    format!("The client called another address than {}: it throws this away.", tuple.src)
                } else {
                    "The client gets it, from the address that it called.".to_string()
                };
                let action = if astray { Action::Drop } else { Action::Deliver };
                back.push(hop(step.at.clone(), action, tuple, tuple, note));
                break;
            }
            // It takes another way, by which nobody puts anything back.
            _ if astray => {}
            (_, Some(before), Some(after)) if before != after => {
                let to = swapped(before);
                match back.last_mut() {
                    // Destination and source were rewritten in two steps; both are put back in one.
                    Some(hop) if hop.at == step.at && hop.action == Action::Translate => {
                        hop.after = Some(to);
                        hop.note = put_back(&step.at, to);
                    }
                    _ => back.push(hop(step.at.clone(), Action::Translate, tuple, to, put_back(&step.at, to))),
                }
                tuple = to;
            }
            (Action::Forward, ..) if back.last().is_some_and(|hop| hop.at != step.at) => {
                back.push(hop(step.at.clone(), Action::Forward, tuple, tuple, String::new()));
            }
            _ => {}
        }
    }
    back
}

fn put_back(at: &Place, to: Tuple) -> String {
    let who = match at {
        Place::Proxy(node) => format!("Connection tracking on node {node}"),
        Place::LoadBalancer(_) => "The balancer".to_string(),
        _ => "Whoever translated the address".to_string(),
    };
    format!("{who} puts the addresses back: the answer comes from {} now.", to.src)
}

fn swapped(tuple: Tuple) -> Tuple {
    Tuple { src: tuple.dst, dst: tuple.src }
}

fn hop(at: Place, action: Action, before: Tuple, after: Tuple, note: String) -> Hop {
    Hop { at, action, before: Some(before), after: Some(after), rule: None, ruled: None, field: None, note }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Client, Cluster, ProxyMode};
    use crate::net::Protocol;
    use crate::objects::TrafficPolicy;
    use crate::packet::{Request, Target, trace};
    use crate::proxy::testing::*;

    fn back(cluster: &Cluster, from: &str, to: &str, seed: u64) -> (Trace, Vec<String>) {
        let request = Request::new(Client::parse(from).unwrap(), Target::parse(to).unwrap(), Protocol::Tcp, seed);
        let trace = trace(cluster, &request);
        let line = |hop: Hop| {
            let tuple = hop.after.unwrap();
            format!("{} {} {} > {}", hop.at, hop.action.as_str(), tuple.src, tuple.dst.ip)
        };
        let lines = reply(&trace).into_iter().map(line).collect();
        (trace, lines)
    }

    #[test]
    fn a_masqueraded_connection_comes_back_by_the_node_that_rewrote_it() {
        let cluster = cluster(ProxyMode::Iptables, vec![endpoint("10.244.2.7", "b")]);
        let (_, lines) = back(&cluster, "external/198.51.100.7", "node/a:30080", 0);
        assert_eq!(
            lines,
            [
                "pod/default/b1 send 10.244.2.7:8080 > 172.30.0.11",
                "node/b forward 10.244.2.7:8080 > 172.30.0.11",
                "kube-proxy/a translate 172.30.0.11:30080 > 198.51.100.7",
                "node/a forward 172.30.0.11:30080 > 198.51.100.7",
                "external/198.51.100.7 deliver 172.30.0.11:30080 > 198.51.100.7",
            ]
        );
    }

    #[test]
    fn the_client_hears_from_whom_it_called_whatever_the_way() {
        for mode in [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs] {
            for policy in [TrafficPolicy::Cluster, TrafficPolicy::Local] {
                let mut cluster = cluster(mode, three());
                policies(&mut cluster, policy, policy);
                for from in ["pod/a1", "pod/b1", "node/a", "external"] {
                    for to in ["10.96.0.100:80", "node/a:30080", "203.0.113.50:80", "192.0.2.10:80"] {
                        for seed in 0..6 {
                            let (trace, _) = back(&cluster, from, to, seed);
                            let back = reply(&trace);
                            let called = trace.hops.iter().find(|hop| hop.action == Action::Send);
                            let (Some(called), Some(end)) = (called.and_then(|hop| hop.after), back.last()) else {
                                assert_ne!(trace.verdict, Verdict::Delivered);
                                continue;
                            };
                            let heard = end.after.unwrap() == swapped(called);
                            assert_eq!(heard, trace.cause.is_none(), "{mode:?} {policy:?} {from} {to} {back:?}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn nothing_comes_back_of_what_a_proxy_refused_or_dropped() {
        let mut cluster = cluster(ProxyMode::Iptables, Vec::new());
        assert_eq!(back(&cluster, "pod/a1", "10.96.0.100:80", 0).1, [""; 0]);
        cluster.slices[0].endpoints = vec![endpoint("10.244.2.7", "b")];
        policies(&mut cluster, TrafficPolicy::Local, TrafficPolicy::Local);
        assert_eq!(back(&cluster, "pod/a1", "10.96.0.100:80", 0).1, [""; 0]);
    }
}
