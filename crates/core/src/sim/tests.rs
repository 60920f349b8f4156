//! Tests of whole runs.

use std::net::IpAddr;

use super::*;
use crate::cluster::{Client, Place, ProxyMode};
use crate::controllers::endpointslice::{self, Nodes};
use crate::controllers::workload::WorkloadKind;
use crate::dns::testing::{cluster as base, ip, meta, service_port};
use crate::net::{IpFamily, Protocol};
use crate::objects::{IpMode, LoadBalancerIngress, Node, OwnerRef, Pod, PodPhase, Service, ServiceType, Value};
use crate::packet::Verdict;

/// Two nodes in two zones, three pods of a Deployment behind `web`.
pub(super) fn cluster() -> Cluster {
    let mut cluster = base();
    let node = |name: &str, zone: &str, address: &str, pods: &str| Node {
        meta: meta("", name),
        internal_ips: vec![ip(address)],
        zone: Some(zone.to_string()),
        pod_cidrs: vec![pods.parse().unwrap()],
        ready: true,
        ..Node::default()
    };
    cluster.nodes = vec![
        node("node-a", "zone-a", "172.30.0.11", "10.244.1.0/24"),
        node("node-b", "zone-b", "172.30.0.12", "10.244.2.0/24"),
    ];
    let pod = |name: &str, node: &str, address: &str| {
        let mut pod = Pod {
            meta: meta("default", name),
            node: node.to_string(),
            ips: vec![ip(address)],
            phase: PodPhase::Running,
            ready: Some(true),
            ..Pod::default()
        };
        pod.meta.labels.insert("app".to_string(), "web".to_string());
        pod.meta.owner = Some(OwnerRef { kind: "ReplicaSet".to_string(), name: "web-7d4b9".to_string() });
        pod
    };
    cluster.pods = vec![
        pod("web-7d4b9-aaaaa", "node-a", "10.244.1.2"),
        pod("web-7d4b9-bbbbb", "node-b", "10.244.2.2"),
        pod("web-7d4b9-ccccc", "node-b", "10.244.2.3"),
    ];
    let mut web = Service {
        meta: meta("default", "web"),
        cluster_ips: vec![ip("10.96.0.50")],
        ip_families: vec![IpFamily::V4],
        ports: vec![service_port("http", Protocol::Tcp, 80, 8080)],
        ..Service::default()
    };
    web.selector.insert("app".to_string(), "web".to_string());
    let pods: Vec<&Pod> = cluster.pods.iter().collect();
    cluster.slices = endpointslice::reconcile(&web, &pods, &Nodes::new(&cluster.nodes), &[], 0).slices;
    cluster.services = vec![web];
    cluster
}

pub(super) fn load(rate: f64, keep_alive: bool) -> Load {
    Load {
        name: "test".to_string(),
        from: Client::Node("node-a".to_string()),
        to: "svc/web:80".to_string(),
        protocol: Protocol::Tcp,
        rate,
        keep_alive,
        habits: Habits::default(),
    }
}

pub(super) fn scenario(rate: f64, keep_alive: bool) -> Scenario {
    Scenario { seed: 7, load: vec![load(rate, keep_alive)], ..Scenario::default() }
}

pub(super) fn sim(scenario: Scenario) -> Sim {
    Sim::new(cluster(), scenario)
}

pub(super) fn counts(sim: &Sim) -> Counts {
    sim.loads().next().unwrap().1.clone()
}

pub(super) fn pod(name: &str) -> ObjectRef {
    ObjectRef::new("default", name)
}

const SECOND: u64 = 1_000_000;

#[test]
fn a_steady_load_is_shared_within_the_band_of_chance() {
    let mut sim = sim(scenario(100.0, false));
    sim.advance(20 * SECOND);
    let counts = counts(&sim);
    assert!((1990..=2001).contains(&counts.sent), "{}", counts.sent);
    assert_eq!(counts.failed(), 0);
    assert_eq!(counts.connections, counts.sent);
    for share in sim.shares(&pod("web"), "http") {
        assert!(share.low < share.share && share.share < share.high, "{share:?}");
    }
    // To the same node 0.1 ms a leg, across zones 1.5 ms, each way, and 4 to 6 ms between.
    assert!(counts.latency.percentile(99).unwrap() < 10_500 && counts.latency.percentile(1).unwrap() > 4_000);
}

#[test]
fn steps_of_any_size_lead_to_the_same_state() {
    let mut scenario = scenario(50.0, false);
    scenario.events = vec![
        Event { at: SECOND, command: Command::KillPod(pod("web-7d4b9-bbbbb")) },
        Event { at: 3 * SECOND, command: Command::Scale("Deployment".into(), pod("web"), 5) },
        Event { at: 6 * SECOND, command: Command::SetNodeRunning("node-b".into(), false) },
    ];
    let state = |step: u64| {
        let mut sim = sim(scenario.clone());
        let mut at = 0;
        while at < 9 * SECOND {
            at = (at + step).min(9 * SECOND);
            sim.advance(at);
        }
        let pods: Vec<String> = sim.cluster().pods.iter().map(|pod| format!("{pod:?}")).collect();
        let flights: Vec<Flight> = sim.in_flight().chain(sim.recent()).cloned().collect();
        (counts(&sim), pods, flights, sim.log().cloned().collect::<Vec<_>>())
    };
    let whole = state(u64::MAX / 2);
    for step in [16_667, 333, 1_000_003] {
        assert!(state(step) == whole, "step {step}");
    }
}

#[test]
fn a_headless_run_counts_what_a_watched_one_counts() {
    let mut watched = sim(scenario(50.0, false));
    watched.advance(5 * SECOND);
    let report = run(cluster(), Rc::default(), Scenario { duration: 5 * SECOND, ..scenario(50.0, false) });
    assert_eq!(report.loads[0].counts, counts(&watched));
    assert_eq!(report.services, watched.services().cloned().collect::<Vec<_>>());
}

#[test]
fn another_seed_gives_another_run() {
    let with = |seed| run(cluster(), Rc::default(), Scenario { seed, duration: SECOND, ..scenario(50.0, false) });
    assert_ne!(with(1).services, with(2).services);
    assert_eq!(with(1), with(1));
}

#[test]
fn a_killed_pod_refuses_until_the_proxy_learns_and_a_new_one_takes_its_place() {
    let mut sim = sim(scenario(500.0, false));
    sim.advance(SECOND);
    sim.command(Command::KillPod(pod("web-7d4b9-aaaaa")));
    assert_eq!(sim.cluster().pods.len(), 4, "the replacement is made at once");
    sim.advance(SECOND + RECONCILE + 1);
    let ready = sim.cluster().slices.iter().flat_map(|s| &s.endpoints).filter(|e| e.is_ready()).count();
    let seen = |sim: &mut Sim| sim.proxy("node-a").ports[0].endpoints.iter().filter(|e| e.ready).count();
    assert_eq!((ready, seen(&mut sim), sim.lags("node-a")), (2, 3, true), "its proxy does not know yet");
    sim.advance(10 * SECOND);
    let counts = counts(&sim);
    assert!(counts.refused > 0 && counts.dropped == 0, "{counts:?}");
    assert!(counts.refused < 500, "only between SIGTERM and the sync: {}", counts.refused);
    assert_eq!(sim.cluster().pods.len(), 3);
    assert_eq!((seen(&mut sim), sim.lags("node-a")), (3, false));
    let texts: Vec<&str> = sim.log().map(|entry| entry.text.as_str()).collect();
    assert!(texts.iter().any(|text| text.contains("takes over")), "{texts:?}");
}

#[test]
fn without_endpoints_requests_are_rejected_on_their_way_back() {
    let mut sim = sim(scenario(10.0, false));
    for name in ["web-7d4b9-aaaaa", "web-7d4b9-bbbbb", "web-7d4b9-ccccc"] {
        sim.command(Command::SetReady(pod(name), false));
    }
    sim.advance(5 * SECOND);
    let counts = counts(&sim);
    assert!(counts.rejected >= 40 && counts.delivered > 0, "{counts:?}");
    let last = sim.recent().last().unwrap();
    assert_eq!(last.end.verdict, Verdict::Rejected);
    assert!(last.legs.last().unwrap().reply && last.legs.last().unwrap().end == last.end.at);
}

#[test]
fn a_port_that_nobody_listens_on_is_refused_by_the_pod() {
    let mut sim = sim(scenario(100.0, false));
    sim.command(Command::SetListen(pod("web-7d4b9-bbbbb"), Some(9999)));
    sim.advance(2 * SECOND);
    assert!(counts(&sim).refused > 30);
    sim.command(Command::SetListen(pod("web-7d4b9-bbbbb"), None));
    sim.advance(3 * SECOND);
    let refused = counts(&sim).refused;
    sim.advance(4 * SECOND);
    assert_eq!(counts(&sim).refused, refused);
}

#[test]
fn a_kept_connection_stays_with_its_pod_until_that_is_gone() {
    let mut sim = sim(scenario(20.0, true));
    sim.advance(2 * SECOND);
    assert_eq!(counts(&sim).connections, 1);
    let to =
        sim.in_flight().chain(sim.recent()).next().and_then(|flight| flight.trace.hops.last().map(|h| h.at.clone()));
    let Some(Place::Pod(to)) = to else { panic!("{to:?}") };
    sim.command(Command::SetReady(to.clone(), false));
    sim.advance(4 * SECOND);
    assert_eq!(counts(&sim).connections, 1, "no longer an endpoint, still connected");
    sim.command(Command::KillPod(to));
    sim.advance(10 * SECOND);
    assert_eq!((counts(&sim).connections, counts(&sim).failed()), (2, 0));
}

#[test]
fn session_affinity_keeps_a_client_with_its_endpoint() {
    let mut cluster = cluster();
    cluster.services[0].affinity_seconds = Some(10);
    let mut sim = Sim::new(cluster, scenario(20.0, false));
    sim.advance(5 * SECOND);
    let shares = sim.shares(&pod("web"), "http");
    assert_eq!(shares.iter().filter(|share| share.connections > 0).count(), 1, "{shares:?}");
}

#[test]
fn a_stopped_node_is_silence_until_its_pods_count_as_not_ready() {
    let mut sim = sim(scenario(20.0, false));
    sim.command(Command::SetNodeRunning("node-b".into(), false));
    sim.advance(NODE_GRACE + 2 * SECOND);
    let dropped = counts(&sim).dropped;
    assert!(dropped > 500, "two of three pods were there: {dropped}");
    sim.advance(NODE_GRACE + 10 * SECOND);
    assert_eq!(counts(&sim).dropped, dropped);
    sim.command(Command::SetNodeRunning("node-b".into(), true));
    sim.advance(NODE_GRACE + 20 * SECOND);
    assert!(sim.cluster().pods.iter().all(Pod::is_ready));
}

#[test]
fn scaling_makes_pods_and_takes_the_youngest_away() {
    let mut sim = sim(scenario(0.0, false));
    sim.command(Command::Scale("Deployment".into(), pod("web"), 6));
    sim.advance(5 * SECOND);
    assert_eq!(sim.cluster().pods.iter().filter(|pod| pod.is_ready()).count(), 6);
    let addresses: Set<IpAddr> = sim.cluster().pods.iter().flat_map(|pod| pod.ips.clone()).collect();
    assert_eq!(addresses.len(), 6, "each its own");
    sim.command(Command::Scale("Deployment".into(), pod("web"), 2));
    sim.advance(10 * SECOND);
    let names: Vec<&str> = sim.cluster().pods.iter().map(|pod| pod.meta.name.as_str()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|name| ["aaaaa", "bbbbb", "ccccc"].iter().any(|end| name.ends_with(end))), "{names:?}");
    sim.command(Command::Scale("Deployment".into(), pod("other"), 2));
    assert!(sim.log().last().unwrap().text.contains("no pod yet"));
}

#[test]
fn one_request_can_be_sent_by_hand() {
    let mut sim = sim(Scenario { seed: 1, ..Scenario::default() });
    sim.command(Command::Send(load(5.0, false)));
    sim.command(Command::Send(load(5.0, false)));
    assert_eq!((sim.in_flight().count(), sim.loads().count()), (2, 1));
    sim.advance(SECOND);
    assert_eq!((counts(&sim).delivered, sim.recent().count()), (2, 2));
    sim.command(Command::StartLoad(load(10.0, false)));
    sim.advance(2 * SECOND);
    sim.command(Command::StopLoad(1));
    let sent = sim.loads().nth(1).unwrap().1.sent;
    sim.advance(4 * SECOND);
    assert!((9..=11).contains(&sent) && sim.loads().nth(1).unwrap().1.sent == sent);
}

#[test]
fn a_long_run_keeps_few_flights() {
    let mut sim = sim(scenario(1000.0, false));
    sim.advance(30 * SECOND);
    assert!(sim.recent().count() <= MAX_RECENT && sim.travels.len() < 100 && sim.queue.len() < 200);
    assert!(counts(&sim).sent >= 29_900);
}

#[test]
fn legs_follow_the_packet_there_and_back() {
    let mut sim = sim(scenario(10.0, false));
    sim.advance(SECOND);
    for flight in sim.recent() {
        let there = flight.legs.iter().filter(|leg| !leg.reply).count();
        assert_eq!(flight.legs.len(), 2 * there);
        assert_eq!(flight.legs[0].from, flight.legs.last().unwrap().to);
        for pair in flight.legs.windows(2) {
            assert_eq!(pair[0].to, pair[1].from);
            assert!(pair[0].end <= pair[1].start);
        }
    }
}

#[test]
fn a_replay_is_the_run_as_it_was() {
    let mut sim = sim(scenario(50.0, false));
    sim.advance(2 * SECOND);
    let then: Vec<Flight> = sim.in_flight().chain(sim.recent()).cloned().collect();
    let counted = counts(&sim);
    sim.command(Command::KillPod(pod("web-7d4b9-aaaaa")));
    sim.advance(4 * SECOND);
    let later = counts(&sim);
    // The command at this very time is done again, but nothing has come of it yet.
    let back = sim.replay(2 * SECOND);
    assert_eq!(back.in_flight().chain(back.recent()).cloned().collect::<Vec<_>>(), then);
    assert_eq!((counts(&back), back.history().len()), (counted, 1));
    assert_eq!(counts(&back.replay(4 * SECOND)), later);
    assert_eq!(back.replay(SECOND).history().len(), 0);
}

#[test]
fn a_drained_node_gives_its_pods_away_and_takes_no_more() {
    let mut sim = sim(scenario(20.0, false));
    sim.command(Command::Drain("node-b".into()));
    sim.advance(6 * SECOND);
    assert!(sim.cluster().pods.iter().all(|pod| pod.node == "node-a" && pod.is_ready()));
    sim.command(Command::Drain("node-a".into()));
    sim.advance(12 * SECOND);
    assert!(sim.cluster().pods.iter().all(|pod| pod.node.is_empty() && pod.phase == PodPhase::Pending));
    sim.command(Command::Uncordon("node-b".into()));
    sim.advance(18 * SECOND);
    assert!(sim.cluster().pods.iter().all(|pod| pod.node == "node-b" && pod.is_ready()));
}

#[test]
fn a_workload_tells_what_its_missing_pods_are_like_and_where_they_may_go() {
    let text = |text: &str| Value::from(text);
    let object = |key: &str, value: Value| Value::object([(key.to_string(), value)]);
    let mut cluster = cluster();
    cluster.pods.clear();
    cluster.slices.clear();
    cluster.nodes[1].meta.labels.insert("disk".to_string(), "fast".to_string());
    let spec =
        Value::object([("nodeSelector", object("disk", text("fast"))), ("containers", Value::Array(Vec::new()))]);
    let template = Value::object([("metadata", object("labels", object("app", text("web")))), ("spec", spec)]);
    let selector = object("matchLabels", object("app", text("web")));
    let spec = Value::object([("replicas", Value::Int(0)), ("selector", selector), ("template", template)]);
    let deployment = Workload::from_value(WorkloadKind::Deployment, &object("spec", spec), meta("default", "web"));
    let sim = Sim::new(cluster, scenario(10.0, false));
    let mut sim = sim.with_workloads(Rc::new(vec![deployment]));
    sim.command(Command::Scale("Deployment".into(), pod("web"), 2));
    sim.advance(6 * SECOND);
    let state = |sim: &Sim| sim.cluster().pods.iter().map(|pod| (pod.node.clone(), pod.is_ready())).collect::<Vec<_>>();
    assert_eq!(state(&sim), vec![("node-b".to_string(), true); 2]);
    assert!(counts(&sim).delivered > 0);
    assert_eq!(state(&sim.replay(6 * SECOND)), state(&sim));
}

#[test]
fn names_node_ports_and_balancers_are_sent_to_as_well() {
    let mut cluster = cluster();
    let service = &mut cluster.services[0];
    service.service_type = ServiceType::LoadBalancer;
    service.ports[0].node_port = Some(30080);
    service.ingress = vec![LoadBalancerIngress { ip: Some(ip("192.0.2.80")), hostname: None, ip_mode: IpMode::Vip }];
    let from =
        |from: &str, to: &str| Load { from: Client::parse(from).unwrap(), to: to.to_string(), ..load(50.0, false) };
    let load = vec![
        from("pod/default/web-7d4b9-aaaaa", "web:80"),
        from("external", "node/node-a:30080"),
        from("external", "lb/web:80"),
        from("pod/default/web", "nothing:80"),
        from("laptop", "port-forward/service/web:8080:80"),
    ];
    let mut sim = Sim::new(cluster, Scenario { seed: 3, load, ..Scenario::default() });
    sim.advance(5 * SECOND);
    let ends: Vec<(u64, u64)> =
        sim.loads().map(|(_, counts)| (counts.delivered * 10 / counts.sent.max(1), counts.unresolved)).collect();
    assert_eq!([ends[0], ends[1], ends[2], ends[4]], [(9, 0); 4], "{ends:?}");
    assert!(ends[3].0 == 0 && ends[3].1 > 240, "{ends:?}");
    // Stopped nodes are left out by the balancer, not by who sends to a node of their own choice.
    sim.command(Command::SetNodeRunning("node-a".into(), false));
    sim.advance(BALANCER_GRACE + NODE_GRACE + 10 * SECOND);
    let failed = |sim: &Sim, at: usize| sim.loads().nth(at).unwrap().1.failed();
    let (port, balancer) = (failed(&sim, 1), failed(&sim, 2));
    sim.advance(BALANCER_GRACE + NODE_GRACE + 20 * SECOND);
    assert!(failed(&sim, 1) > port + 400);
    assert_eq!(failed(&sim, 2), balancer);
}

#[test]
fn any_commands_leave_a_run_that_adds_up_and_can_be_replayed() {
    use rand_core::Rng;
    for seed in 0..6 {
        let mut random = rand_pcg::Pcg32::new(seed, 9);
        let mut below = |n: u32| random.next_u32() % n;
        let mut sim =
            Sim::new(cluster(), Scenario { load: vec![load(80.0, true), load(80.0, false)], ..scenario(1.0, false) });
        let mut at = 0;
        for _ in 0..15 {
            at += u64::from(below(3_000_000));
            sim.advance(at);
            let pods = &sim.cluster().pods;
            let some = match pods.get(below(4) as usize) {
                Some(pod) => pod.meta.reference(),
                None => pod("web"),
            };
            let node = ["node-a", "node-b", "node-x"][below(3) as usize].to_string();
            sim.command(match below(9) {
                0 => Command::KillPod(some),
                1 => Command::SetReady(some, below(2) == 0),
                2 => Command::SetListen(some, [None, Some(1)][below(2) as usize]),
                3 => Command::Scale("Deployment".into(), pod("web"), below(6)),
                4 => Command::SetNodeRunning(node, below(2) == 0),
                5 => Command::Drain(node),
                6 => Command::Uncordon(node),
                7 => Command::Restart("Deployment".into(), pod("web")),
                _ => Command::Send(load(0.0, false)),
            });
        }
        sim.advance(at + 5 * SECOND);
        let (mut sent, mut ended) = (0, 0);
        for (_, counts) in sim.loads() {
            sent += counts.sent;
            ended += counts.sent - counts.pending();
        }
        assert_eq!(sent - ended, sim.in_flight().count() as u64, "seed {seed}");
        let again = sim.replay(sim.now());
        assert_eq!(again.report(), sim.report(), "seed {seed}");
        assert!(again.in_flight().eq(sim.in_flight()), "seed {seed}");
    }
}

#[test]
fn another_proxy_mode_has_another_answer_to_a_wrong_port_at_once() {
    let mut sim = Sim::new(cluster(), Scenario::default());
    let mut verdict = |mode: ProxyMode| {
        sim.command(Command::SetProxyMode(mode));
        let from = Client::Pod(ObjectRef::new("default", "web-7d4b9-aaaaa"));
        let to = "10.96.0.50:81".to_string();
        let (name, rate) = (String::new(), 0.0);
        sim.command(Command::Send(Load {
            name,
            from,
            to,
            protocol: Protocol::Tcp,
            rate,
            keep_alive: false,
            habits: Habits::default(),
        }));
        sim.advance(sim.now() + 1000);
        sim.in_flight().chain(sim.recent()).max_by_key(|flight| flight.id).map(|flight| flight.trace.verdict)
    };
    assert_eq!(verdict(ProxyMode::Nftables), Some(Verdict::Rejected));
    assert_eq!(verdict(ProxyMode::Iptables), Some(Verdict::Passed));
    assert_eq!(verdict(ProxyMode::Ipvs), Some(Verdict::Rejected));
    assert_eq!(sim.cluster().settings.proxy.mode, ProxyMode::Ipvs);
}
