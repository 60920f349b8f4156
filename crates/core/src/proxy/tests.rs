use super::testing::*;
use super::*;
use crate::cluster::ProxyMode::{self, Iptables, Ipvs, Nftables};
use crate::net::Addr;
use crate::net::IpFamily::{V4, V6};
use crate::objects::TrafficPolicy::{Cluster, Local};

const POD: &str = "10.244.1.9";
const FAR_POD: &str = "10.244.2.9";
const OUTSIDE: &str = "198.51.100.7";
const NODE: &str = "172.30.0.11";

const CLUSTER_IP: &str = "10.96.0.100:80";
const NODE_PORT: &str = "172.30.0.11:30080";
const BALANCER: &str = "192.0.2.10:80";
const EXTERNAL: &str = "203.0.113.50:80";

const BOTH: [ProxyMode; 2] = [Iptables, Nftables];
const ALL: &str = "dnat 10.244.1.5 10.244.1.6 10.244.2.7";
const HERE: &str = "dnat 10.244.1.5 10.244.1.6";

#[test]
fn without_a_usable_endpoint_every_address_is_refused() {
    for mode in BOTH {
        let mut gone = draining("10.244.1.5", "a");
        gone.serving = Some(false);
        let cluster = cluster(mode, vec![gone]);
        for to in [CLUSTER_IP, NODE_PORT, BALANCER, EXTERNAL] {
            assert_eq!(verdict(&cluster, OUTSIDE, to), "reject NoEndpoints", "{mode:?} {to}");
        }
    }
}

#[test]
fn under_policy_local_endpoints_elsewhere_turn_a_refusal_into_silence() {
    for mode in BOTH {
        for elsewhere in [endpoint("10.244.2.7", "b"), draining("10.244.2.7", "b")] {
            let mut cluster = cluster(mode, vec![elsewhere]);
            policies(&mut cluster, Local, Local);
            for to in [CLUSTER_IP, NODE_PORT, BALANCER, EXTERNAL] {
                assert_eq!(verdict(&cluster, OUTSIDE, to), "drop NoLocalEndpoints", "{mode:?} {to}");
            }
        }
    }
}

#[test]
fn draining_endpoints_serve_only_where_none_is_ready_judged_apart_for_each_set() {
    let mut cluster = cluster(Nftables, vec![draining("10.244.1.5", "a"), endpoint("10.244.2.7", "b")]);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.2.7");
    policies(&mut cluster, Local, Local);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.1.5");
    cluster.slices[0].endpoints.truncate(1);
    policies(&mut cluster, Cluster, Cluster);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.1.5");
}

#[test]
fn missing_conditions_mean_ready_and_a_missing_node_means_elsewhere() {
    let mut bare = endpoint("10.244.1.5", "a");
    (bare.ready, bare.serving, bare.terminating, bare.node_name) = (None, None, None, None);
    let mut cluster = cluster(Iptables, vec![bare]);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.1.5");
    policies(&mut cluster, Cluster, Local);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "drop NoLocalEndpoints");
}

#[test]
fn external_policy_local_keeps_the_source_from_outside_and_does_not_bind_pods_or_the_node() {
    for mode in BOTH {
        let mut cluster = cluster(mode, three());
        policies(&mut cluster, Local, Cluster);
        for to in [NODE_PORT, BALANCER, EXTERNAL] {
            assert_eq!(verdict(&cluster, OUTSIDE, to), HERE, "{mode:?} {to}");
            assert_eq!(verdict(&cluster, POD, to), ALL, "{mode:?} {to}");
            assert_eq!(verdict(&cluster, NODE, to), format!("{ALL} masquerade"), "{mode:?} {to}");
        }
    }
}

#[test]
fn external_policy_cluster_masquerades_everybody() {
    for mode in BOTH {
        let cluster = cluster(mode, three());
        for to in [NODE_PORT, BALANCER, EXTERNAL] {
            for from in [OUTSIDE, POD, NODE] {
                assert_eq!(verdict(&cluster, from, to), format!("{ALL} masquerade"), "{mode:?} {from} {to}");
            }
        }
    }
}

#[test]
fn internal_policy_local_is_for_the_cluster_ip_only() {
    for mode in BOTH {
        let mut cluster = cluster(mode, three());
        policies(&mut cluster, Cluster, Local);
        assert_eq!(verdict(&cluster, POD, CLUSTER_IP), HERE);
        assert_eq!(verdict(&cluster, OUTSIDE, CLUSTER_IP), format!("{HERE} masquerade"));
        assert_eq!(verdict(&cluster, OUTSIDE, NODE_PORT), format!("{ALL} masquerade"));
    }
}

#[test]
fn without_a_cluster_cidr_pods_cannot_be_told() {
    for mode in BOTH {
        let mut cluster = cluster(mode, three());
        cluster.settings.proxy.cluster_cidrs.clear();
        assert_eq!(verdict(&cluster, OUTSIDE, CLUSTER_IP), ALL);
        policies(&mut cluster, Local, Cluster);
        assert_eq!(verdict(&cluster, POD, NODE_PORT), HERE);
        cluster.settings.proxy.masquerade_all = true;
        assert_eq!(verdict(&cluster, POD, CLUSTER_IP), format!("{ALL} masquerade"));
        assert_eq!(verdict(&cluster, OUTSIDE, NODE_PORT), HERE);
    }
}

#[test]
fn by_node_cidr_a_pod_of_another_node_is_nobodys() {
    let mut cluster = cluster(Iptables, three());
    cluster.settings.proxy.detect_local = crate::cluster::DetectLocal::NodeCidr;
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), ALL);
    assert_eq!(verdict(&cluster, FAR_POD, CLUSTER_IP), format!("{ALL} masquerade"));
}

#[test]
fn an_endpoint_that_reaches_itself_is_masqueraded() {
    for mode in BOTH {
        let cluster = cluster(mode, vec![endpoint("10.244.1.5", "a")]);
        assert_eq!(verdict(&cluster, "10.244.1.5", CLUSTER_IP), "dnat 10.244.1.5 masquerade");
        assert_eq!(verdict(&cluster, "10.244.1.6", CLUSTER_IP), "dnat 10.244.1.5");
    }
}

#[test]
fn source_ranges_guard_balancer_addresses_only_and_bind_pods_and_the_node() {
    for mode in BOTH {
        let mut cluster = cluster(mode, three());
        cluster.services[0].source_ranges = vec!["198.51.100.0/24".parse().unwrap()];
        assert_eq!(verdict(&cluster, OUTSIDE, BALANCER), format!("{ALL} masquerade"));
        for from in ["203.0.113.1", POD, NODE] {
            assert_eq!(verdict(&cluster, from, BALANCER), "drop SourceRange", "{from}");
            assert_eq!(verdict(&cluster, from, NODE_PORT), format!("{ALL} masquerade"), "{from}");
            assert_eq!(verdict(&cluster, from, EXTERNAL), format!("{ALL} masquerade"), "{from}");
        }
        assert_eq!(verdict(&cluster, "192.0.2.10", BALANCER), "drop SourceRange");
        cluster.services[0].source_ranges.push("172.30.0.0/24".parse().unwrap());
        assert_eq!(verdict(&cluster, "192.0.2.10", BALANCER), format!("{ALL} masquerade"));
    }
}

#[test]
fn a_guarded_balancer_address_without_endpoints_is_silent_in_nftables_and_refused_in_iptables() {
    for (mode, expected) in [(Nftables, "drop SourceRange"), (Iptables, "reject NoEndpoints")] {
        let mut cluster = cluster(mode, Vec::new());
        cluster.services[0].source_ranges = vec!["198.51.100.0/24".parse().unwrap()];
        assert_eq!(verdict(&cluster, "203.0.113.1", BALANCER), expected);
    }
}

#[test]
fn a_balancer_that_is_a_proxy_has_no_rule() {
    let mut cluster = cluster(Nftables, three());
    cluster.services[0].ingress[0].ip_mode = crate::objects::IpMode::Proxy;
    assert_eq!(verdict(&cluster, POD, BALANCER), "pass NoRule");
}

#[test]
fn modes_differ_on_wrong_ports_and_unallocated_addresses_of_the_service_range() {
    for (mode, wrong, nobody) in [
        (Iptables, "pass WrongPort", "pass UnallocatedClusterIp"),
        (Nftables, "reject WrongPort", "drop UnallocatedClusterIp"),
        (Ipvs, "reject WrongPort", "pass UnallocatedClusterIp"),
    ] {
        let cluster = cluster(mode, three());
        assert_eq!(verdict(&cluster, POD, "10.96.0.100:81"), wrong);
        assert_eq!(verdict(&cluster, POD, "10.96.77.77:80"), nobody);
        assert_eq!(verdict(&cluster, OUTSIDE, "172.30.0.11:81"), "pass NoRule");
        // ipvs binds these too, and refuses what is no virtual server at bound addresses.
        let outer = if mode == Ipvs { "reject WrongPort" } else { "pass NoRule" };
        for to in ["192.0.2.10:81", "203.0.113.50:81"] {
            assert_eq!(verdict(&cluster, OUTSIDE, to), outer, "{mode:?} {to}");
        }
    }
}

#[test]
fn node_ports_are_served_at_the_addresses_that_the_mode_takes() {
    let bridge = "10.244.1.1:30080";
    let loopback = "127.0.0.1:30080";
    let served = format!("{ALL} masquerade");
    let iptables = cluster(Iptables, three());
    for (from, to) in [(POD, bridge), ("127.0.0.1", loopback), (OUTSIDE, NODE_PORT)] {
        assert_eq!(verdict(&iptables, from, to), served);
    }
    let nftables = cluster(Nftables, three());
    assert_eq!(verdict(&nftables, OUTSIDE, NODE_PORT), served);
    for (from, to) in [(POD, bridge), ("127.0.0.1", loopback)] {
        assert_eq!(verdict(&nftables, from, to), "pass NotServedHere");
    }
    let mut closed = cluster(Iptables, three());
    closed.settings.proxy.localhost_node_ports = false;
    assert_eq!(verdict(&closed, "127.0.0.1", loopback), "pass NotServedHere");
    assert_eq!(verdict(&closed, POD, bridge), served);
    let mut chosen = cluster(Nftables, three());
    chosen.settings.proxy.node_port_addresses = vec!["10.244.0.0/16".into()];
    assert_eq!(verdict(&chosen, POD, bridge), served);
    assert_eq!(verdict(&chosen, OUTSIDE, NODE_PORT), "pass NotServedHere");
}

#[test]
fn iptables_refuses_node_ports_without_endpoints_at_every_local_address() {
    let mut iptables = cluster(Iptables, Vec::new());
    iptables.settings.proxy.node_port_addresses = vec!["10.0.0.0/24".into()];
    assert_eq!(verdict(&iptables, OUTSIDE, NODE_PORT), "reject NoEndpoints");
    let nftables = cluster(Nftables, Vec::new());
    assert_eq!(verdict(&nftables, POD, "10.244.1.1:30080"), "pass NotServedHere");
}

#[test]
fn iptables_does_not_refuse_the_nodes_own_packets_to_outer_addresses_without_endpoints() {
    assert_eq!(verdict(&cluster(Iptables, Vec::new()), NODE, BALANCER), "pass NoEndpointsFromNode");
    assert_eq!(verdict(&cluster(Nftables, Vec::new()), NODE, BALANCER), "reject NoEndpoints");
    assert_eq!(verdict(&cluster(Iptables, Vec::new()), NODE, CLUSTER_IP), "reject NoEndpoints");
}

#[test]
fn hints_count_only_if_all_ready_endpoints_have_them_and_one_is_ours() {
    let zoned = |zones: [&str; 3]| {
        let mut endpoints = three();
        for (endpoint, zone) in endpoints.iter_mut().zip(zones) {
            endpoint.zone_hints = if zone.is_empty() { Vec::new() } else { vec![zone.to_string()] };
        }
        endpoints
    };
    let verdict_of = |endpoints| verdict(&cluster(Nftables, endpoints), POD, CLUSTER_IP);
    assert_eq!(verdict_of(zoned(["zone-a", "zone-b", "zone-b"])), "dnat 10.244.1.5");
    assert_eq!(verdict_of(zoned(["zone-a", "", "zone-b"])), ALL);
    assert_eq!(verdict_of(zoned(["zone-c", "zone-b", "zone-b"])), ALL);
    let mut one_draining = zoned(["", "zone-a", "zone-b"]);
    (one_draining[0].ready, one_draining[0].terminating) = (Some(false), Some(true));
    assert_eq!(verdict_of(one_draining), "dnat 10.244.1.6");
    let mut nodes = zoned(["zone-a", "zone-a", "zone-a"]);
    nodes[0].node_hints = vec!["b".into()];
    nodes[1].node_hints = vec!["a".into()];
    assert_eq!(verdict_of(nodes.clone()), ALL);
    nodes[2].node_hints = vec!["b".into()];
    assert_eq!(verdict_of(nodes), "dnat 10.244.1.6");
}

#[test]
fn local_sets_ignore_hints() {
    let mut endpoints = three();
    for endpoint in &mut endpoints {
        endpoint.zone_hints = vec!["zone-b".into()];
    }
    endpoints[1].zone_hints = vec!["zone-a".into()];
    let mut cluster = cluster(Nftables, endpoints);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.1.6");
    policies(&mut cluster, Local, Local);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), HERE);
    assert_eq!(NodeProxy::new(&cluster, "a").ports[0].reachable.len(), 2);
}

#[test]
fn slice_ports_join_by_name_so_one_name_may_carry_two_numbers() {
    let mut cluster = cluster(Iptables, vec![endpoint("10.244.1.5", "a")]);
    let mut second = slice("web-2", vec![endpoint("10.244.1.6", "a"), endpoint("10.244.2.7", "b")]);
    second.ports = vec![slice_port("", Some(9090)), slice_port("other", Some(1)), slice_port("", None)];
    cluster.slices.push(second);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.1.5 10.244.1.6:9090 10.244.2.7:9090");
    cluster.services[0].ports[0].name = "http".into();
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "reject NoEndpoints");
}

#[test]
fn an_endpoint_in_two_slices_counts_once() {
    let mut cluster = cluster(Iptables, three());
    cluster.slices.push(slice("web-2", vec![endpoint("10.244.1.5", "a")]));
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), ALL);
}

#[test]
fn a_service_of_another_proxy_is_not_served() {
    let mut cluster = cluster(Iptables, three());
    cluster.services[0].meta.labels.insert("service.kubernetes.io/service-proxy-name".into(), "other".into());
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "pass UnallocatedClusterIp");
}

#[test]
fn an_endpoint_that_reaches_itself_is_masqueraded_where_it_is_known_to_be_here() {
    let mut far = endpoint("10.244.1.9", "a");
    far.node_name = None;
    let mut cluster = cluster(Nftables, vec![far.clone()]);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.1.9");
    // Another Service knows better, and the set of nftables is one for all.
    let mut other = web();
    other.meta.name = "zoo".into();
    other.cluster_ips = vec![ip("10.96.0.101")];
    (other.external_ips, other.ingress, other.ports[0].node_port) = (Vec::new(), Vec::new(), None);
    cluster.services.push(other);
    let mut known = slice("zoo-1", vec![endpoint("10.244.1.9", "a")]);
    known.service = "zoo".into();
    cluster.slices.push(known);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.1.9 masquerade");
    cluster.settings.proxy.mode = Iptables;
    cluster.slices.truncate(1);
    assert_eq!(verdict(&cluster, POD, CLUSTER_IP), "dnat 10.244.1.9 masquerade");
}

#[test]
fn ipvs_falls_back_from_local_endpoints_to_all() {
    let mut cluster = cluster(Ipvs, vec![endpoint("10.244.2.7", "b")]);
    policies(&mut cluster, Local, Local);
    assert_eq!(verdict(&cluster, OUTSIDE, NODE_PORT), "dnat 10.244.2.7");
}

#[test]
fn the_health_check_counts_ready_endpoints_here() {
    let mut cluster = cluster(Nftables, three());
    policies(&mut cluster, Local, Cluster);
    cluster.services[0].health_check_node_port = Some(30200);
    let counted = |cluster: &crate::cluster::Cluster, node, port| NodeProxy::new(cluster, node).health_check(V4, port);
    assert_eq!(counted(&cluster, "a", 30200), Some(2));
    assert_eq!(counted(&cluster, "b", 30200), Some(1));
    assert_eq!(counted(&cluster, "a", 30201), None);
    // Slices count by their Service, whether or not their ports' names are the Service's; a port needs a number.
    cluster.slices[0].ports = vec![slice_port("other", Some(1))];
    assert_eq!(counted(&cluster, "a", 30200), Some(2));
    cluster.slices[0].ports = vec![slice_port("", None)];
    assert_eq!(counted(&cluster, "a", 30200), Some(0));
    policies(&mut cluster, Cluster, Cluster);
    assert_eq!(counted(&cluster, "a", 30200), None);
}

#[test]
fn each_family_counts_for_itself_where_it_has_addresses_of_its_own_to_listen_on() {
    for (mode, six) in [(Nftables, 0), (Iptables, 2)] {
        let mut cluster = cluster(mode, three());
        policies(&mut cluster, Local, Cluster);
        cluster.nodes[0].internal_ips.push(ip("fd00::11"));
        cluster.services[0].health_check_node_port = Some(30200);
        cluster.services[0].cluster_ips.push(ip("fd00:96::1"));
        let proxy = NodeProxy::new(&cluster, "a");
        let counts = [V4, V6].map(|family| proxy.health_check(family, 30200));
        assert_eq!(counts, [Some(2), Some(six)], "{mode:?}");
    }
}

#[test]
fn affinity_holds_for_its_time_from_the_last_connection_and_per_source() {
    let mut cluster = cluster(Iptables, three());
    cluster.services[0].affinity_seconds = Some(60);
    let proxy = NodeProxy::new(&cluster, "a");
    let port = &proxy.ports[0];
    let mut table = Affinity::default();
    let last = Addr::new(ip("10.244.2.7"), 8080);
    table.record(&port.name, ip(POD), last, 0);
    let goes = |source: &str, now: u64| match proxy.route(&packet(source, CLUSTER_IP), 0, Memory::Table(&table, now)) {
        Ruling::Dnat { endpoint, sticky, .. } => (port.endpoints[endpoint as usize].address.ip, sticky),
        other => panic!("{other:?}"),
    };
    assert_eq!(goes(POD, 59_999_999), (ip("10.244.2.7"), true));
    assert_eq!(goes(POD, 60_000_000), (ip("10.244.1.5"), false));
    assert_eq!(goes(FAR_POD, 1), (ip("10.244.1.5"), false));
}

#[test]
fn affinity_is_forgotten_with_the_rules_of_its_endpoint() {
    for mode in BOTH {
        let mut cluster = cluster(mode, three());
        cluster.services[0].affinity_seconds = Some(60);
        let proxy = NodeProxy::new(&cluster, "a");
        let mut table = Affinity::default();
        for kept in ["10.244.2.7", "10.244.1.6"] {
            table.record(&proxy.ports[0].name, ip(POD), Addr::new(ip(kept), 8080), 0);
        }
        table.keep_ruled(&proxy);
        cluster.slices[0].endpoints.pop();
        table.keep_ruled(&NodeProxy::new(&cluster, "a"));
        let known = |endpoint: &str| table.last(&proxy.ports[0].name, ip(POD), Addr::new(ip(endpoint), 8080));
        assert_eq!((known("10.244.1.6"), known("10.244.2.7")), (Some(0), None), "{mode:?}: it may come back");
        cluster.services[0].affinity_seconds = None;
        table.keep_ruled(&NodeProxy::new(&cluster, "a"));
        assert_eq!(table.last(&proxy.ports[0].name, ip(POD), Addr::new(ip("10.244.1.6"), 8080)), None);
    }
}

#[test]
fn every_endpoint_is_chosen_by_its_share_of_the_numbers() {
    let proxy = NodeProxy::new(&cluster(Iptables, three()), "a");
    let chosen = |pick: u64| match proxy.route(&packet(POD, CLUSTER_IP), pick, Memory::None) {
        Ruling::Dnat { endpoint, .. } => endpoint,
        other => panic!("{other:?}"),
    };
    let third = u64::MAX / 3;
    assert_eq!([0, third, third + 2, 2 * third, u64::MAX - third + 1, u64::MAX].map(chosen), [0, 0, 1, 1, 2, 2]);
}

#[test]
fn what_decided_is_a_line_of_the_whole_text() {
    for mode in BOTH {
        for (endpoints, to) in
            [(three(), CLUSTER_IP), (three(), NODE_PORT), (Vec::new(), BALANCER), (Vec::new(), NODE_PORT)]
        {
            let proxy = NodeProxy::new(&cluster(mode, endpoints), "a");
            let packet = packet(OUTSIDE, to);
            let ruling = proxy.route(&packet, 7, Memory::None);
            let text = rules::print(&proxy);
            let lines = rules::matched(&proxy, &packet, &ruling);
            assert!(!lines.is_empty());
            for rule in lines {
                assert!(text.contains(&rule.text), "{rule:?}\n{text}");
            }
        }
    }
}

#[test]
fn probabilities_print_as_the_kernel_keeps_them() {
    let printed = |left| rules::iptables::probability(left);
    assert_eq!(printed(3), "0.33333333349");
    assert_eq!(printed(2), "0.50000000000");
    assert_eq!(printed(7), "0.14285714272");
}

#[test]
fn a_change_of_one_service_leaves_what_a_fresh_start_would_make() {
    let mut cluster = cluster(Nftables, three());
    for name in ["alpha", "zulu"] {
        let mut other = web();
        other.meta.name = name.into();
        other.cluster_ips = vec![ip(if name == "alpha" { "10.96.0.1" } else { "10.96.0.200" })];
        other.ports[0].node_port = None;
        (other.external_ips, other.ingress) = (Vec::new(), Vec::new());
        cluster.services.push(other);
    }
    cluster.services.sort_by(|a, b| a.meta.name.cmp(&b.meta.name));
    let web = crate::objects::ObjectRef::new("default", "web");
    let mut proxy = NodeProxy::new(&cluster, "a");
    let mut check = |cluster: &crate::cluster::Cluster| {
        proxy.update_service(cluster, &web);
        let fresh = NodeProxy::new(cluster, "a");
        assert_eq!(rules::print(&proxy), rules::print(&fresh));
        for to in [CLUSTER_IP, NODE_PORT, BALANCER, "10.96.0.1:80", "10.96.0.200:80", "172.30.0.11:30081"] {
            let packet = packet(OUTSIDE, to);
            assert_eq!(proxy.route(&packet, 0, Memory::None), fresh.route(&packet, 0, Memory::None), "{to}");
        }
    };
    cluster.slices[0].endpoints.truncate(1);
    check(&cluster);
    let index = cluster.services.iter().position(|service| service.meta.name == "web").unwrap();
    cluster.services[index].ports[0].node_port = Some(30081);
    check(&cluster);
    let removed = cluster.services.remove(index);
    check(&cluster);
    cluster.services.push(removed);
    cluster.services.sort_by(|a, b| a.meta.name.cmp(&b.meta.name));
    check(&cluster);
}
