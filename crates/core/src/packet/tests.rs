use super::*;
use crate::cluster::ProxyMode::{self, Iptables, Ipvs, Nftables};
use crate::cluster::{Client, Cluster, Place};
use crate::net::Protocol;
use crate::objects::{Container, ContainerPort, IpMode, Listen, Service, ServiceType, TrafficPolicy};
use crate::proxy::testing::*;

fn go(cluster: &Cluster, from: &str, to: &str) -> Trace {
    trace_seeded(cluster, from, to, 1)
}

fn trace_seeded(cluster: &Cluster, from: &str, to: &str, seed: u64) -> Trace {
    let request = Request::new(Client::parse(from).unwrap(), Target::parse(to).unwrap(), Protocol::Tcp, seed);
    trace(cluster, &request)
}

/// Verdict, cause and curl's exit code.
fn end(trace: &Trace) -> (Verdict, &str, u8) {
    (trace.verdict, trace.cause.as_ref().map_or("", |cause| cause.code), trace.symptom.curl)
}

fn places(trace: &Trace) -> Vec<String> {
    trace.hops.iter().map(|hop| format!("{} {}", hop.at, hop.action.as_str())).collect()
}

fn one(mode: ProxyMode) -> Cluster {
    cluster(mode, vec![endpoint("10.244.2.7", "b")])
}

#[test]
fn a_pod_reaches_a_pod_of_another_node_by_the_cluster_ip() {
    let trace = go(&one(Iptables), "pod/a1", "svc/web:80");
    assert_eq!(end(&trace), (Verdict::Delivered, "", 0));
    assert_eq!(
        places(&trace),
        ["pod/default/a1 send", "kube-proxy/a translate", "node/b forward", "pod/default/b1 deliver"]
    );
    assert_eq!(trace.source_seen, Some(ip("10.244.1.5")));
    let rule = trace.hops[1].rule.as_deref().unwrap();
    assert!(rule.starts_with("-A KUBE-SVC-LOLE4ISW44XBNF3G "), "{rule}");
    assert_eq!(trace.hops[1].field.as_ref().unwrap().path, "spec.ports[0].port");
    assert_eq!(trace.hops[1].after.unwrap().dst.to_string(), "10.244.2.7:8080");
}

#[test]
fn masquerading_takes_the_address_of_the_way_out() {
    let cluster = cluster(Nftables, vec![endpoint("10.244.1.5", "a")]);
    assert_eq!(go(&cluster, "node/a", "svc/web:80").source_seen, Some(ip("10.244.1.1")));
    assert_eq!(go(&cluster, "node/b", "svc/web:80").source_seen, Some(ip("172.30.0.12")));
    assert_eq!(go(&cluster, "external", "172.30.0.12:30080").source_seen, Some(ip("172.30.0.12")));
    assert_eq!(go(&cluster, "pod/a1", "svc/web:80").source_seen, Some(ip("10.244.1.1")));
}

#[test]
fn what_a_node_sends_itself_gets_its_first_address() {
    for (mode, to) in [(Iptables, "127.0.0.1:30080"), (Iptables, "10.244.1.1:30080"), (Nftables, "172.30.0.11:30080")] {
        let cluster = cluster(mode, vec![endpoint("172.30.0.11", "a")]);
        assert_eq!(go(&cluster, "node/a", to).source_seen, Some(ip("172.30.0.11")), "{to}");
    }
}

#[test]
fn cluster_ips_and_pods_mean_nothing_outside() {
    for to in ["10.96.0.100:80", "10.244.2.7:8080"] {
        let trace = go(&one(Iptables), "external", to);
        assert_eq!(end(&trace), (Verdict::Unroutable, "inside-only", 28));
    }
}

#[test]
fn a_balancer_hands_over_to_a_node_and_skips_those_without_local_endpoints() {
    let mut cluster = one(Nftables);
    policies(&mut cluster, TrafficPolicy::Local, TrafficPolicy::Cluster);
    let trace = go(&cluster, "external", "lb/web:80");
    assert_eq!(
        places(&trace),
        [
            "external/203.0.113.10 send",
            "loadbalancer/default/web balance",
            "node/b forward",
            "kube-proxy/b translate",
            "pod/default/b1 deliver"
        ]
    );
    assert_eq!(trace.source_seen, Some(ip("203.0.113.10")));
    cluster.slices[0].endpoints[0] = draining("10.244.2.7", "b");
    assert_eq!(end(&go(&cluster, "external", "lb/web:80")).1, "no-healthy-node");
}

#[test]
fn a_balancer_spreads_over_nodes_so_local_endpoints_get_uneven_shares() {
    let mut cluster = cluster(Iptables, three());
    policies(&mut cluster, TrafficPolicy::Local, TrafficPolicy::Cluster);
    let trace = go(&cluster, "external", "lb/web:80");
    let shares: Vec<(String, f64)> =
        trace.endpoints.iter().map(|candidate| (candidate.address.ip.to_string(), candidate.probability)).collect();
    let expected = [("10.244.1.5", 0.25), ("10.244.1.6", 0.25), ("10.244.2.7", 0.5)];
    assert_eq!(shares, expected.map(|(ip, share)| (ip.to_string(), share)));
}

#[test]
fn external_ips_come_to_any_node_and_share_as_a_balancer_does() {
    let mut cluster = cluster(Nftables, three());
    policies(&mut cluster, TrafficPolicy::Local, TrafficPolicy::Cluster);
    let trace = go(&cluster, "external", "203.0.113.50:80");
    let shares: Vec<f64> = trace.endpoints.iter().map(|candidate| candidate.probability).collect();
    assert_eq!((shares.as_slice(), trace.chosen.is_some()), (&[0.25, 0.25, 0.5][..], true));
    // Where the packet came to a node that drops it, none could have been chosen.
    cluster.slices[0].endpoints.truncate(1);
    let traces = (0..50).map(|seed| trace_seeded(&cluster, "external", "203.0.113.50:80", seed));
    let (dropped, delivered): (Vec<Trace>, Vec<Trace>) = traces.partition(|trace| trace.verdict == Verdict::Dropped);
    assert!(dropped.iter().all(|trace| trace.endpoints.is_empty()) && !dropped.is_empty());
    assert!(delivered.iter().all(|trace| trace.chosen == Some(0)) && !delivered.is_empty());
}

#[test]
fn a_balancer_that_is_a_proxy_goes_to_the_node_port_from_its_own_address() {
    let mut cluster = one(Iptables);
    cluster.services[0].ingress[0].ip_mode = IpMode::Proxy;
    for from in ["external", "pod/a1"] {
        let trace = go(&cluster, from, "lb/web:80");
        assert_eq!(end(&trace), (Verdict::Delivered, "", 0), "{from}");
        assert!(trace.hops.iter().any(|hop| hop.after.is_some_and(|tuple| tuple.dst.port == 30080)), "{trace:?}");
    }
    // What one node makes of it alone.
    let trace = go(&cluster, "addr/10.244.1.5@a", "192.0.2.10:80");
    assert_eq!(end(&trace), (Verdict::Passed, "balancer-proxy", 28));
    assert_eq!(end(&go(&cluster, "addr/10.244.1.5@a", "192.0.2.10:81")), (Verdict::Passed, "wrong-port", 28));
}

#[test]
fn a_pending_balancer_has_no_address_but_the_node_port_works() {
    let mut cluster = one(Iptables);
    cluster.services[0].ingress.clear();
    assert_eq!(end(&go(&cluster, "external", "lb/web:80")), (Verdict::Unroutable, "balancer-pending", 28));
    assert_eq!(end(&go(&cluster, "external", "node/a:30080")).0, Verdict::Delivered);
}

#[test]
fn a_stopped_node_is_silent() {
    let mut cluster = one(Iptables);
    cluster.nodes[1].ready = false;
    assert_eq!(end(&go(&cluster, "pod/a1", "svc/web:80")), (Verdict::Dropped, "node-down", 28));
    assert_eq!(end(&go(&cluster, "external", "172.30.0.12:30080")), (Verdict::Dropped, "node-down", 28));
}

#[test]
fn a_port_on_which_nothing_listens_is_refused_by_the_pod() {
    let mut cluster = one(Iptables);
    cluster.pods[2].listen = Listen::Ports(vec![(Protocol::Tcp, 80, false), (Protocol::Tcp, 9090, true)]);
    let trace = go(&cluster, "pod/a1", "svc/web:80");
    assert_eq!(end(&trace), (Verdict::Refused, "not-listening", 7));
    assert_eq!(trace.cause.unwrap().field.unwrap().path, "spec.ports[0].targetPort");
    assert_eq!(end(&go(&cluster, "pod/a1", "10.244.2.7:9090")).1, "loopback-only");
    assert_eq!(end(&go(&cluster, "pod/b1", "127.0.0.1:9090")).0, Verdict::Delivered);
}

#[test]
fn nodes_listen_on_the_ports_of_today() {
    let mut cluster = one(Iptables);
    cluster.nodes[0].control_plane = true;
    for (to, expected) in [
        ("172.30.0.11:6443", (Verdict::Delivered, "", 0)),
        ("172.30.0.11:2379", (Verdict::Delivered, "", 0)),
        ("172.30.0.12:6443", (Verdict::Passed, "not-listening", 7)),
        ("172.30.0.12:10250", (Verdict::Delivered, "", 0)),
        ("172.30.0.12:10256", (Verdict::Delivered, "", 0)),
        ("172.30.0.12:10249", (Verdict::Passed, "loopback-only", 7)),
        ("172.30.0.11:10259", (Verdict::Passed, "loopback-only", 7)),
        ("172.30.0.11:10251", (Verdict::Passed, "not-listening", 7)),
    ] {
        assert_eq!(end(&go(&cluster, "external", to)), expected, "{to}");
    }
    assert_eq!(end(&go(&cluster, "node/a", "127.0.0.1:10259")).0, Verdict::Delivered);
}

#[test]
fn host_ports_lead_to_their_pod() {
    let mut cluster = one(Iptables);
    let port = ContainerPort {
        name: String::new(),
        protocol: Protocol::Tcp,
        port: 8080,
        host_port: Some(8081),
        host_ip: None,
    };
    cluster.pods[2].containers = vec![Container { ports: vec![port], ..Container::default() }];
    let trace = go(&cluster, "external", "172.30.0.12:8081");
    assert_eq!(trace.hops.last().map(|hop| hop.at.clone()), Some(Place::Pod(cluster.pods[2].meta.reference())));
    assert_eq!(end(&go(&cluster, "external", "172.30.0.11:8081")).0, Verdict::Passed);
}

#[test]
fn a_host_port_rewrites_the_source_of_its_own_pod_network_and_of_the_loopback_address() {
    let mut cluster = one(Iptables);
    let port = |host_ip: &str| ContainerPort {
        name: String::new(),
        protocol: Protocol::Tcp,
        port: 8080,
        host_port: Some(8081),
        host_ip: host_ip.parse().ok(),
    };
    let mut with = |host_ip: &str| {
        cluster.pods[2].containers = vec![Container { ports: vec![port(host_ip)], ..Container::default() }];
        cluster.clone()
    };
    let open = with("");
    for (from, to, seen) in [
        // The pod itself would drop what comes from itself; its neighbours would answer it past the node.
        ("pod/b1", "172.30.0.12:8081", "10.244.2.1"),
        ("addr/10.244.2.99@b", "172.30.0.12:8081", "10.244.2.1"),
        ("node/b", "127.0.0.1:8081", "10.244.2.1"),
        ("node/b", "127.0.0.2:8081", "10.244.2.1"),
        ("node/b", "172.30.0.12:8081", "172.30.0.12"),
        ("pod/a1", "172.30.0.12:8081", "10.244.1.5"),
        ("external/198.51.100.7", "172.30.0.12:8081", "198.51.100.7"),
    ] {
        let trace = go(&open, from, to);
        assert_eq!((end(&trace).0, trace.source_seen), (Verdict::Delivered, Some(ip(seen))), "{from} {to}");
        assert_eq!(trace.masqueraded, seen == "10.244.2.1", "{from} {to}");
        let home = reply(&trace).last().and_then(|hop| hop.before).map(|tuple| tuple.src.to_string());
        assert_eq!(home.as_deref(), Some(to), "the answer comes from what was called");
    }
    let mut six = open.clone();
    six.pods[2].ips.push(ip("fd00:10:244:2::7"));
    assert_eq!(end(&go(&six, "node/b", "[::1]:8081")), (Verdict::Dropped, "loopback", 28), "it never leaves the node");
    // An address of the other family stands for none of this one, not even the unspecified one.
    assert_eq!(end(&go(&with("::"), "external", "172.30.0.12:8081")), (Verdict::Passed, "not-listening", 7));
    assert_eq!(end(&go(&with("0.0.0.0"), "external", "172.30.0.12:8081")).0, Verdict::Delivered);
    assert_eq!(end(&go(&with("127.0.0.1"), "node/b", "127.0.0.1:8081")).0, Verdict::Delivered);
    assert_eq!(end(&go(&with("127.0.0.1"), "external", "172.30.0.12:8081")).0, Verdict::Passed);
}

#[test]
fn an_endpoint_in_its_nodes_network_is_a_process_of_the_node() {
    let mut cluster = cluster(Iptables, vec![endpoint("172.30.0.12", "b")]);
    cluster.pods[2].host_network = true;
    cluster.pods[2].ips = vec![ip("172.30.0.12")];
    let trace = go(&cluster, "pod/a1", "svc/web:80");
    assert_eq!(end(&trace), (Verdict::Delivered, "", 0));
    assert_eq!(trace.hops.last().map(|hop| hop.at.clone()), Some(Place::Pod(cluster.pods[2].meta.reference())));
}

#[test]
fn answers_that_take_another_way_leave_the_client_waiting() {
    // The node port of b, under policy Local, takes a pod's packet to a pod of the client's own node.
    let mut cluster = cluster(Nftables, vec![endpoint("10.244.1.6", "a")]);
    policies(&mut cluster, TrafficPolicy::Local, TrafficPolicy::Cluster);
    let trace = go(&cluster, "pod/a1", "172.30.0.12:30080");
    assert_eq!(end(&trace), (Verdict::Delivered, "asymmetric-reply", 28));
    // Nor does ipvs masquerade where it falls back to an endpoint elsewhere.
    cluster.settings.proxy.mode = Ipvs;
    assert_eq!(end(&go(&cluster, "external", "172.30.0.12:30080")).1, "asymmetric-reply");
}

#[test]
fn under_ipvs_a_nodes_process_calls_from_the_virtual_address_itself() {
    let mut cluster = cluster(Ipvs, vec![endpoint("10.244.2.7", "b")]);
    // What is masqueraded is none the worse for it.
    for to in ["10.96.0.100:80", "203.0.113.50:80", "192.0.2.10:80"] {
        let trace = go(&cluster, "node/a", to);
        assert_eq!(end(&trace), (Verdict::Delivered, "", 0), "{to}");
        assert_eq!(trace.hops[0].after.unwrap().src.ip.to_string(), to.trim_end_matches(":80"));
        assert_eq!(trace.source_seen, Some(ip("172.30.0.11")));
    }
    // Under Local nothing is, and every node has the address: the one of the pod takes the packet for its own.
    policies(&mut cluster, TrafficPolicy::Local, TrafficPolicy::Cluster);
    for to in ["203.0.113.50:80", "192.0.2.10:80"] {
        assert_eq!(end(&go(&cluster, "node/a", to)), (Verdict::Dropped, "martian-source", 28), "{to}");
        let own = go(&cluster, "node/b", to);
        assert_eq!(end(&own), (Verdict::Delivered, "", 0), "{to}");
        assert_eq!(own.source_seen.unwrap().to_string(), to.trim_end_matches(":80"));
        // Pods and node ports keep their own.
        assert_eq!(end(&go(&cluster, "pod/a1", to)), (Verdict::Delivered, "", 0), "{to}");
    }
    assert_eq!(end(&go(&cluster, "node/a", "172.30.0.11:30080")), (Verdict::Delivered, "", 0));
    // In the other modes nothing is bound.
    cluster.settings.proxy.mode = Iptables;
    assert_eq!(go(&cluster, "node/a", "203.0.113.50:80").source_seen, Some(ip("172.30.0.11")));
}

#[test]
fn a_pod_that_reaches_itself_needs_its_source_rewritten() {
    let mut cluster = cluster(Nftables, vec![endpoint("10.244.1.5", "a")]);
    assert_eq!(end(&go(&cluster, "pod/a1", "svc/web:80")), (Verdict::Delivered, "", 0));
    // nftables rewrites for endpoints of this node only, and this one is said to be on none.
    cluster.slices[0].endpoints[0].node_name = None;
    assert_eq!(end(&go(&cluster, "pod/a1", "svc/web:80")), (Verdict::Dropped, "hairpin", 28));
    cluster.settings.proxy.mode = Iptables;
    assert_eq!(end(&go(&cluster, "pod/a1", "svc/web:80")), (Verdict::Delivered, "", 0));
}

#[test]
fn an_external_name_leads_out_with_the_host_header_of_the_inside() {
    let mut cluster = one(Iptables);
    cluster.services.push(Service {
        meta: meta("default", "api"),
        service_type: ServiceType::ExternalName,
        external_name: "api.example.com".into(),
        ..Service::default()
    });
    cluster.services.sort_by(|a, b| a.meta.name.cmp(&b.meta.name));
    let trace = go(&cluster, "pod/a1", "svc/api:443");
    assert_eq!(end(&trace), (Verdict::Delivered, "", 0));
    let last = trace.hops.last().unwrap();
    assert_eq!(last.at, Place::ExternalHost("api.example.com".into()));
    assert!(last.note.contains("Host header"), "{}", last.note);
}

#[test]
fn a_headless_service_is_its_pods_without_translation() {
    let mut cluster = cluster(Iptables, three());
    cluster.services[0] =
        Service { headless: true, ports: web().ports, meta: meta("default", "web"), ..Service::default() };
    cluster.pods[0].listen = Listen::Ports(vec![(Protocol::Tcp, 8080, false)]);
    cluster.slices[0].endpoints.truncate(1);
    assert_eq!(end(&go(&cluster, "pod/b1", "svc/web:80")), (Verdict::Refused, "not-listening", 7));
    assert_eq!(end(&go(&cluster, "pod/b1", "svc/web:8080")), (Verdict::Delivered, "", 0));
}

#[test]
fn a_name_that_nobody_has_is_not_resolved() {
    let trace = go(&one(Iptables), "pod/a1", "wbe:80");
    assert_eq!(end(&trace), (Verdict::Unresolved, "name-not-found", 6));
    assert_eq!(trace.symptom.text, "Could not resolve host: wbe");
}

#[test]
fn affinity_is_kept_by_the_fleet_and_ends_after_its_time() {
    let mut cluster = cluster(Iptables, three());
    cluster.services[0].affinity_seconds = Some(10);
    let mut fleet = crate::proxy::Fleet::default();
    let mut ask = |seed: u64, now: u64| {
        let to = Target::parse("svc/web:80").unwrap();
        let request = Request::new(Client::parse("pod/a1").unwrap(), to, Protocol::Tcp, seed);
        let trace = trace_with(&cluster, &mut fleet, &request, now);
        trace.chosen.map(|at| trace.endpoints[at].address)
    };
    let first = ask(0, 0);
    // Every connection renews the ten seconds.
    assert!((1..50).all(|n| ask(n, n * 9_000_000) == first));
    assert!((51..80).any(|n| ask(n, n * 1_000_000_000) != first));
}

#[test]
fn the_same_seed_gives_the_same_trace_and_seeds_spread_evenly() {
    let cluster = cluster(Iptables, three());
    let mut counts = [0_u32; 3];
    for seed in 0..3000 {
        let request =
            Request::new(Client::parse("external").unwrap(), Target::parse("lb/web:80").unwrap(), Protocol::Tcp, seed);
        let first = trace(&cluster, &request);
        if seed % 100 == 0 {
            assert_eq!(first, trace(&cluster, &request));
        }
        counts[first.chosen.unwrap()] += 1;
    }
    assert!(counts.iter().all(|count| (880..1120).contains(count)), "{counts:?}");
}

#[test]
fn a_port_forward_that_fails_says_what_kubectl_says_and_leaves_the_local_port_closed() {
    let mut cluster = cluster(Iptables, Vec::new());
    cluster.services[0].selector.insert("app".to_string(), "nobody".to_string());
    let ask = |cluster: &Cluster, to: &str| {
        let request = Request::new(Client::Laptop, Target::parse(to).unwrap(), Protocol::Tcp, 0);
        trace(cluster, &request)
    };
    let failed = ask(&cluster, "port-forward/service/web:8080:80");
    assert_eq!((failed.verdict, failed.symptom.curl), (Verdict::Unroutable, 7));
    assert_eq!(failed.symptom.text, "Failed to connect to localhost port 8080: Couldn't connect to server");
    let cause = failed.cause.unwrap();
    assert!(cause.message.contains("\"error: timed out waiting for the condition\""), "{}", cause.message);
    assert_eq!(cause.field.unwrap().path, "spec.selector");
    let cause = ask(&cluster, "port-forward/service/gone:80").cause.unwrap();
    assert!(cause.message.contains("services \"gone\" not found") && cause.field.is_none(), "{}", cause.message);
}

#[test]
fn a_name_that_is_not_found_says_why_where_there_is_such_a_service() {
    let mut cluster = cluster(Iptables, Vec::new());
    let why = |cluster: &Cluster, from: &str, to: &str| {
        let request = Request::new(Client::parse(from).unwrap(), Target::parse(to).unwrap(), Protocol::Tcp, 0);
        let cause = trace(cluster, &request).cause.unwrap();
        (cause.message, cause.field.map(|field| field.path))
    };
    let (message, field) = why(&cluster, "external", "web:80");
    assert!(message.contains("Only pods") && field.is_none(), "{message}");
    let at = cluster.pods.iter().position(|pod| pod.meta.name == "a1").unwrap();
    cluster.pods[at].host_network = true;
    let (message, field) = why(&cluster, "pod/a1", "web:80");
    assert!(message.contains("ClusterFirstWithHostNet"), "{message}");
    assert_eq!(field.as_deref(), Some("spec.hostNetwork"));
    cluster.services.iter_mut().for_each(|service| service.meta.namespace = "shop".to_string());
    let (message, _) = why(&cluster, "pod/b1", "web:80");
    assert!(message.contains("ask for web.shop"), "{message}");
}

#[test]
fn a_port_that_the_cluster_ip_does_not_have_is_told_with_its_service_in_every_mode() {
    for mode in [Iptables, Nftables, Ipvs] {
        let cluster = cluster(mode, Vec::new());
        let request =
            Request::new(Client::parse("pod/a1").unwrap(), Target::parse("svc/web:81").unwrap(), Protocol::Tcp, 0);
        let cause = trace(&cluster, &request).cause.unwrap();
        assert!(cause.message.contains("web has no such port; it has 80/TCP"), "{mode:?}: {}", cause.message);
        assert_eq!(cause.field.unwrap().path, "spec.ports");
    }
}

#[cfg(not(target_family = "wasm"))]
mod properties {
    use proptest::prelude::*;

    use super::*;
    use crate::objects::Endpoint;

    fn endpoints() -> impl Strategy<Value = Vec<Endpoint>> {
        let one = (0..6_u8, any::<[Option<bool>; 3]>(), 0..4_u8, proptest::collection::vec(0..3_u8, 0..2));
        let make =
            |(last, [ready, serving, terminating], node, zones): (u8, [Option<bool>; 3], u8, Vec<u8>)| Endpoint {
                ready,
                serving,
                terminating,
                node_name: ["a", "b", "gone"].get(usize::from(node)).map(ToString::to_string),
                zone_hints: zones
                    .iter()
                    .map(|zone| ["zone-a", "zone-b", "zone-c"][usize::from(*zone)].into())
                    .collect(),
                ..endpoint(&format!("10.244.{}.{}", 1 + last % 2, 5 + last), "a")
            };
        proptest::collection::vec(one.prop_map(make), 0..8)
    }

    proptest! {
        #[test]
        fn probabilities_add_up_and_routes_name_endpoints_of_a_slice(
            endpoints in endpoints(),
            mode in prop_oneof![Just(Iptables), Just(Nftables), Just(Ipvs)],
            external in any::<bool>(),
            internal in any::<bool>(),
            ranged in any::<bool>(),
            from in prop_oneof![
                Just("pod/a1"), Just("pod/b1"), Just("node/a"), Just("external"), Just("laptop"),
                Just("addr/10.244.1.5@b"), Just("addr/127.0.0.1@a")
            ],
            to in prop_oneof![
                Just("svc/web:80"), Just("lb/web:80"), Just("node/b:30080"), Just("203.0.113.50:80"), Just("web:80"),
                Just("127.0.0.1:30080"), Just("10.244.1.6:8080"), Just("10.96.0.100:81"), Just("[fd00::1]:80")
            ],
            seed in any::<u64>(),
        ) {
            let policy = |local| if local { TrafficPolicy::Local } else { TrafficPolicy::Cluster };
            let mut cluster = cluster(mode, endpoints);
            policies(&mut cluster, policy(external), policy(internal));
            if ranged {
                cluster.services[0].source_ranges = vec!["10.244.0.0/16".parse().unwrap()];
            }
            let request = Request::new(Client::parse(from).unwrap(), Target::parse(to).unwrap(), Protocol::Tcp, seed);
            let trace = trace(&cluster, &request);
            let sum: f64 = trace.endpoints.iter().map(|candidate| candidate.probability).sum();
            prop_assert!(trace.endpoints.is_empty() || (sum - 1.0).abs() < 1e-9, "{}", sum);
            for candidate in &trace.endpoints {
                let known = cluster.slices.iter().flat_map(|s| &s.endpoints).any(|e| e.addresses.contains(&candidate.address.ip));
                prop_assert!(known, "{:?}", candidate);
            }
            prop_assert!(trace.chosen.is_none_or(|at| at < trace.endpoints.len()));
            prop_assert_eq!(trace.verdict == Verdict::Delivered && trace.cause.is_none(), trace.symptom.curl == 0);
            prop_assert!(trace.verdict == Verdict::Delivered || trace.cause.is_some());
            prop_assert_eq!(trace.clone(), super::trace(&cluster, &request));
        }
    }
}
