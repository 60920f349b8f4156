//! What settings and numbers make of the text, beyond what the recordings hold.

use super::print;
use crate::cluster::DetectLocal;
use crate::cluster::ProxyMode::{Iptables, Nftables};
use crate::cluster::{Cluster, ProxyMode};
use crate::objects::TrafficPolicy::{Cluster as Everywhere, Local};
use crate::proxy::testing::*;
use crate::proxy::{Memory, NodeProxy};

fn text(cluster: &Cluster) -> String {
    print(&NodeProxy::new(cluster, "a"))
}

fn lines<'a>(text: &'a str, part: &str) -> Vec<&'a str> {
    text.lines().map(str::trim).filter(|line| line.contains(part)).collect()
}

fn with(mode: ProxyMode, change: impl Fn(&mut Cluster)) -> String {
    let mut cluster = cluster(mode, three());
    change(&mut cluster);
    text(&cluster)
}

#[test]
fn above_a_thousand_endpoints_iptables_rules_of_each_go_without_comments() {
    let many = |count: u32| {
        let endpoints = (0..count).map(|n| endpoint(&format!("10.244.{}.{}", n / 250, n % 250 + 1), "a")).collect();
        text(&cluster(Iptables, endpoints))
    };
    assert_eq!(lines(&many(1000), "-> 10.244.").len(), 1000);
    let large = many(1001);
    assert_eq!(lines(&large, "-> 10.244.").len(), 0);
    let first = lines(&large, "--probability 0.00099900").remove(0);
    assert!(first.starts_with("-A KUBE-SVC-LOLE4ISW44XBNF3G -m statistic --mode random --probability"), "{first}");
    let translate = lines(&large, "-j DNAT --to-destination 10.244.0.1:8080").remove(0);
    assert!(translate.contains(" -p tcp -m tcp -j DNAT"), "{translate}");
    // Services keep theirs.
    assert!(large.contains("\"default/web cluster IP\""));
}

#[test]
fn node_ports_at_loopback_are_counted_only_where_they_are_served() {
    let counted = |change: &dyn Fn(&mut Cluster)| lines(&with(Iptables, change), "localhost_nps_accepted_pkts").len();
    let firewall = |change: &dyn Fn(&mut Cluster)| lines(&with(Iptables, change), "-A KUBE-FIREWALL").len();
    assert_eq!((counted(&|_| {}), firewall(&|_| {})), (1, 1));
    let closed = |cluster: &mut Cluster| cluster.settings.proxy.localhost_node_ports = false;
    assert_eq!((counted(&closed), firewall(&closed)), (0, 0));
    let ranges = |range: &'static str| {
        move |cluster: &mut Cluster| cluster.settings.proxy.node_port_addresses = vec![range.to_string()]
    };
    assert_eq!(counted(&ranges("172.30.0.0/16")), 0);
    assert_eq!(counted(&ranges("126.0.0.0/7")), 1);
    // No interface has this address, so there is no rule for it.
    let text = with(Iptables, ranges("127.0.0.5/32"));
    assert_eq!(lines(&text, "this must be the last rule").len(), 0);
}

#[test]
fn every_port_of_a_balancer_has_its_rule_for_health_checks() {
    let text = with(Iptables, |cluster| {
        policies(cluster, Local, Everywhere);
        let service = &mut cluster.services[0];
        service.health_check_node_port = Some(30200);
        let mut second = service.ports[0].clone();
        (second.name, second.port, second.node_port) = ("b".into(), 81, Some(30081));
        service.ports[0].name = "a".into();
        service.ports.push(second);
    });
    let rules = lines(&text, "health check node port");
    assert_eq!(rules.len(), 2);
    assert!(rules[0].contains("\"default/web:a health check node port\" -m tcp --dport 30200 -j ACCEPT"), "{rules:?}");
}

#[test]
fn the_mark_is_the_one_that_settings_choose() {
    let change = |cluster: &mut Cluster| cluster.settings.proxy.masquerade_bit = 31;
    let iptables = with(Iptables, change);
    assert!(iptables.contains("-A KUBE-MARK-MASQ -j MARK --set-xmark 0x80000000/0x80000000\n"));
    assert!(!iptables.contains("0x4000"));
    let nftables = with(Nftables, |cluster| cluster.settings.proxy.masquerade_bit = 3);
    assert!(nftables.contains("meta mark & 0x00000008 != 0x00000000 meta mark set meta mark ^ 0x00000008 masquerade"));
    assert!(!nftables.contains("0x00004000"));
}

#[test]
fn a_liberal_kernel_needs_no_rule_against_invalid_packets() {
    let text = with(Iptables, |cluster| cluster.settings.proxy.conntrack.tcp_be_liberal = true);
    assert!(!text.contains("INVALID") && text.contains("RELATED,ESTABLISHED -j ACCEPT"));
}

#[test]
fn pods_are_told_by_the_interface_that_settings_name() {
    let change = |detect: DetectLocal| {
        move |cluster: &mut Cluster| {
            policies(cluster, Local, Everywhere);
            cluster.settings.proxy.detect_local = detect;
            cluster.settings.proxy.local_interface = "cali".into();
        }
    };
    let by_prefix = change(DetectLocal::InterfaceNamePrefix);
    assert_eq!(lines(&with(Iptables, by_prefix), " -i cali+ ").len(), 2);
    assert_eq!(lines(&with(Nftables, by_prefix), "iifname \"cali*\" goto service-").len(), 1);
    let by_bridge = change(DetectLocal::BridgeInterface);
    assert_eq!(lines(&with(Iptables, by_bridge), " -i cali ").len(), 2);
    // One in each family's table.
    assert_eq!(lines(&with(Nftables, by_bridge), "iifname != \"cali\" meta mark set").len(), 2);
}

#[test]
fn an_external_address_given_twice_is_one_element_in_nftables_and_two_rules_in_iptables() {
    let twice = |cluster: &mut Cluster| {
        let address = cluster.services[0].external_ips[0];
        cluster.services[0].external_ips.push(address);
    };
    assert_eq!(lines(&with(Nftables, twice), "203.0.113.50 . tcp . 80").len(), 1);
    assert_eq!(lines(&with(Iptables, twice), "-d 203.0.113.50/32").len(), 2);
}

/// What a packet matches: each rule's chain, and what it ends in.
fn way(mode: ProxyMode, source: &str, to: &str, change: impl Fn(&mut Cluster)) -> Vec<String> {
    let mut cluster = cluster(mode, three());
    change(&mut cluster);
    let proxy = NodeProxy::new(&cluster, "a");
    let packet = packet(source, to);
    let ruling = proxy.route(&packet, 0, Memory::None);
    let mut rules = super::matched(&proxy, &packet, &ruling);
    rules.extend(super::rewriting(&proxy, &ruling));
    let listing = super::list(&proxy, None);
    let short = |rule: super::Rule| {
        assert!(listing.find(&rule).is_some(), "{rule:?}\n{}", listing.text);
        let ends = [" -j ", " : ", "goto ", "vmap @", " comment "];
        let end = ends.iter().find_map(|end| rule.text.rsplit_once(end)).map_or(rule.text.as_str(), |(_, end)| end);
        format!("{} {}: {end}", rule.table, rule.chain)
    };
    rules.into_iter().map(short).collect()
}

#[test]
fn the_way_through_iptables_is_told_rule_by_rule() {
    assert_eq!(
        way(Iptables, "198.51.100.7", "172.30.0.11:30080", |_| {}),
        [
            "ip nat KUBE-SERVICES: KUBE-NODEPORTS",
            "ip nat KUBE-NODEPORTS: KUBE-EXT-LOLE4ISW44XBNF3G",
            "ip nat KUBE-EXT-LOLE4ISW44XBNF3G: KUBE-MARK-MASQ",
            "ip nat KUBE-MARK-MASQ: MARK --set-xmark 0x4000/0x4000",
            "ip nat KUBE-EXT-LOLE4ISW44XBNF3G: KUBE-SVC-LOLE4ISW44XBNF3G",
            "ip nat KUBE-SVC-LOLE4ISW44XBNF3G: KUBE-SEP-XQWD6PXGZUTOOIVQ",
            "ip nat KUBE-SEP-XQWD6PXGZUTOOIVQ: DNAT --to-destination 10.244.1.5:8080",
            // And on the way out:
            "ip nat KUBE-EXT-LOLE4ISW44XBNF3G: KUBE-MARK-MASQ",
            "ip nat KUBE-MARK-MASQ: MARK --set-xmark 0x4000/0x4000",
            "ip nat KUBE-POSTROUTING: MARK --set-xmark 0x4000/0x0",
            "ip nat KUBE-POSTROUTING: MASQUERADE --random-fully",
        ]
    );
    let guarded = |cluster: &mut Cluster| {
        cluster.services[0].source_ranges = vec!["198.51.100.0/24".parse().unwrap()];
    };
    let passed = way(Iptables, "198.51.100.7", "192.0.2.10:80", guarded);
    assert_eq!(
        passed[..2],
        [
            "ip nat KUBE-SERVICES: KUBE-FW-LOLE4ISW44XBNF3G",
            "ip nat KUBE-FW-LOLE4ISW44XBNF3G: KUBE-EXT-LOLE4ISW44XBNF3G"
        ]
    );
    let stopped = way(Iptables, "203.0.113.99", "192.0.2.10:80", guarded);
    assert_eq!(stopped.len(), 3);
    assert_eq!(stopped[2], "ip filter KUBE-PROXY-FIREWALL: DROP");
    let nobody = way(Iptables, "198.51.100.7", "10.96.0.100:80", |cluster| cluster.slices[0].endpoints.clear());
    assert_eq!(nobody, ["ip filter KUBE-SERVICES: REJECT --reject-with icmp-port-unreachable"]);
    assert_eq!(way(Iptables, "198.51.100.7", "10.96.0.100:81", |_| {}), [""; 0]);
}

#[test]
fn the_way_through_nftables_is_told_with_the_elements_of_its_maps() {
    let sticky = |cluster: &mut Cluster| cluster.services[0].affinity_seconds = Some(600);
    let chosen = "T6OEKE6Q-default/web/tcp/__10.244.1.5/8080";
    assert_eq!(
        way(Nftables, "198.51.100.7", "10.96.0.100:80", sticky),
        [
            "ip kube-proxy services: \"masquerade clusterIP traffic from outside cluster\"".to_string(),
            "ip kube-proxy services: service-ips".to_string(),
            "ip kube-proxy service-ips: goto service-PFISGYVC-default/web/tcp/".to_string(),
            // Of one line that has all endpoints, the last.
            "ip kube-proxy service-PFISGYVC-default/web/tcp/: goto endpoint-V37XI77L-default/web/tcp/__10.244.2.7/8080 }"
                .to_string(),
            format!("ip kube-proxy endpoint-{chosen}: update @affinity-{chosen} {{ ip saddr }}"),
            format!("ip kube-proxy endpoint-{chosen}: meta l4proto tcp dnat to 10.244.1.5:8080"),
            // And on the way out:
            "ip kube-proxy services: \"masquerade clusterIP traffic from outside cluster\"".to_string(),
            "ip kube-proxy masquerading: meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random".to_string(),
        ]
    );
    assert_eq!(
        way(Nftables, "198.51.100.7", "10.96.0.100:80", |cluster| cluster.slices[0].endpoints.clear()),
        [
            "ip kube-proxy service-endpoints-check: no-endpoint-services",
            "ip kube-proxy no-endpoint-services: goto reject-chain",
            "ip kube-proxy reject-chain: reject"
        ]
    );
    assert_eq!(
        way(Nftables, "198.51.100.7", "10.96.0.100:81", |_| {}),
        ["ip kube-proxy cluster-ips-check: \"Reject traffic to invalid ports of ClusterIPs\""]
    );
}

#[test]
fn the_way_through_ipvs_is_told_with_the_members_of_its_sets() {
    assert_eq!(
        way(ProxyMode::Ipvs, "198.51.100.7", "172.30.0.11:30080", |_| {}),
        [
            "ip nat KUBE-SERVICES: KUBE-NODE-PORT",
            "ip nat KUBE-NODE-PORT: KUBE-MARK-MASQ",
            "ip nat KUBE-MARK-MASQ: MARK --set-xmark 0x4000/0x4000",
            "ipvs 172.30.0.11:30080: -A -t 172.30.0.11:30080 -s rr",
            "ipvs 172.30.0.11:30080: -a -t 172.30.0.11:30080 -r 10.244.1.5:8080 -m -w 1",
            "ip nat KUBE-SERVICES: KUBE-NODE-PORT",
            "ip nat KUBE-NODE-PORT: KUBE-MARK-MASQ",
            "ip nat KUBE-MARK-MASQ: MARK --set-xmark 0x4000/0x4000",
            "ip nat KUBE-POSTROUTING: MARK --set-xmark 0x4000/0x0",
            "ip nat KUBE-POSTROUTING: MASQUERADE --random-fully",
        ]
    );
    assert_eq!(
        way(ProxyMode::Ipvs, "198.51.100.7", "10.96.0.100:81", |_| {}),
        [
            "ip filter KUBE-IPVS-FILTER: REJECT --reject-with icmp-port-unreachable",
            "ipset KUBE-IPVS-IPS: add KUBE-IPVS-IPS 10.96.0.100"
        ]
    );
}
