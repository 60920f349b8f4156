//! What must hold for any cluster, whatever its Services: shares add up to one and are those of the rule text, routes lead
//! to endpoints of a slice, the same question has the same answer, and answers find their way back.

use std::collections::BTreeMap;

use portolan_core::cluster::{Cluster, ProxyMode};
use portolan_core::net::{Addr, IpFamily};
use portolan_core::packet::{Action, Trace, Tuple, reply, trace};
use portolan_core::proxy::{NodeProxy, Policy, rules};
use portolan_tests::kernel::dice::Dice;
use portolan_tests::kernel::generator::Generated;
use portolan_tests::kernel::traffic::{self, Flow};
use proptest::prelude::*;

/// Flows tried on each cluster.
const FLOWS: usize = 30;
/// Probabilities are printed with ten digits.
const CLOSE: f64 = 1e-8;

fn any_mode() -> impl Strategy<Value = ProxyMode> {
    prop_oneof![Just(ProxyMode::Iptables), Just(ProxyMode::Nftables)]
}

fn any_cluster() -> impl Strategy<Value = (u64, Cluster)> {
    (any::<u64>(), any_mode()).prop_map(|(seed, mode)| (seed, Generated::new(seed, mode).cluster()))
}

/// Random flows of a cluster, each with the trace of one seed.
fn traces(seed: u64, cluster: &Cluster) -> Vec<(Flow, Trace)> {
    let flows = traffic::random(&mut Dice::new(seed), cluster, FLOWS).into_iter();
    flows.map(|(flow, _)| (flow.clone(), trace(cluster, &flow.request(seed)))).collect()
}

/// The word after another one of a line.
fn after<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    line.split_once(word)?.1.split_whitespace().next()
}

fn address(text: &str) -> Option<Addr> {
    let address: std::net::SocketAddr = text.parse().ok()?;
    Some(Addr::new(address.ip(), address.port()))
}

/// By chain, the shares that a cascade of probabilities comes to.
fn cascades(text: &str) -> BTreeMap<String, BTreeMap<Addr, f64>> {
    let mut endpoints: BTreeMap<&str, Addr> = BTreeMap::new();
    for line in text.lines() {
        if let (Some(chain), Some(to)) = (after(line, "-A "), after(line, "--to-destination ").and_then(address)) {
            endpoints.insert(chain, to);
        }
    }
    let mut shares: BTreeMap<String, BTreeMap<Addr, f64>> = BTreeMap::new();
    let mut left: BTreeMap<&str, f64> = BTreeMap::new();
    for line in text.lines() {
        let (Some(chain), Some(target)) = (after(line, "-A "), after(line, " -j ")) else { continue };
        // Jumps to an endpoint for clients that are remembered come first; they are no matter of chance.
        let Some(endpoint) = endpoints.get(target).filter(|_| !line.contains("--rcheck")) else { continue };
        let rest = left.entry(chain).or_insert(1.0);
        let part = after(line, "--probability ").map_or(1.0, |part| part.parse().expect("a number"));
        *shares.entry(chain.to_string()).or_default().entry(*endpoint).or_default() += *rest * part;
        *rest *= 1.0 - part;
    }
    shares
}

/// By table and chain, the elements of a map of random numbers, each with how many of the numbers are its.
fn maps(text: &str) -> BTreeMap<String, BTreeMap<String, f64>> {
    let mut shares: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
    let (mut table, mut chain) = ("", "");
    for line in text.lines().map(str::trim) {
        if let Some(family) = after(line, "table ") {
            table = family;
        } else if let Some(name) = line.strip_prefix("chain ") {
            chain = name.trim_end_matches(" {");
        }
        let Some((_, rest)) = line.split_once("numgen random mod ") else { continue };
        let (count, elements) = rest.split_once(' ').expect("a count");
        let count: usize = count.parse().expect("a number");
        let elements = elements.split_once("map { ").expect("a map").1.trim_end_matches(" }");
        let elements: Vec<&str> = elements.split(", ").collect();
        assert_eq!(elements.len(), count, "{line}");
        let map = shares.entry(format!("{table} {chain}")).or_default();
        for (number, element) in elements.iter().enumerate() {
            let (index, target) = element.split_once(" : ").expect("a pair");
            assert_eq!(index, number.to_string(), "{line}");
            *map.entry(target.to_string()).or_default() += 1.0 / count as f64;
        }
    }
    shares
}

/// The shares that the engine gives the endpoints of a policy's set.
fn even(proxy: &NodeProxy, port: usize, policy: Policy) -> BTreeMap<Addr, f64> {
    let port = &proxy.ports[port];
    let set = port.set(policy);
    set.iter().map(|at| (port.endpoints[*at as usize].address, 1.0 / set.len() as f64)).collect()
}

fn same<K: Ord + std::fmt::Debug>(ours: &BTreeMap<K, f64>, printed: &BTreeMap<K, f64>) -> Result<(), TestCaseError> {
    let keys = |shares: &BTreeMap<K, f64>| format!("{:?}", shares.keys().collect::<Vec<_>>());
    prop_assert_eq!(keys(ours), keys(printed));
    for (share, other) in ours.values().zip(printed.values()) {
        prop_assert!((share - other).abs() < CLOSE, "{} {}", share, other);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shares_are_those_of_the_rule_text(seed in any::<u64>()) {
        for mode in [ProxyMode::Iptables, ProxyMode::Nftables] {
            let cluster = Generated::new(seed, mode).cluster();
            for node in &cluster.nodes {
                let proxy = NodeProxy::new(&cluster, &node.meta.name);
                let cascades: BTreeMap<_, _> = [IpFamily::V4, IpFamily::V6]
                    .into_iter()
                    .map(|family| (family, cascades(&rules::iptables::print(&proxy, family))))
                    .collect();
                let maps = maps(&rules::nftables::print(&proxy));
                for (at, port) in proxy.ports.iter().enumerate() {
                    let name = port.name.to_string();
                    for policy in [Policy::Cluster, Policy::Local] {
                        let ours = even(&proxy, at, policy);
                        if ours.is_empty() {
                            continue;
                        }
                        prop_assert!((ours.values().sum::<f64>() - 1.0).abs() < CLOSE);
                        // A set that no rule uses is not printed; one that is printed is printed whole.
                        let used = match policy {
                            Policy::Cluster => port.uses_cluster_endpoints(),
                            Policy::Local => port.uses_local_endpoints(),
                        };
                        if !used {
                            continue;
                        }
                        if mode == ProxyMode::Iptables {
                            let chain = match policy {
                                Policy::Cluster => port.name.svc_chain(),
                                Policy::Local => port.name.svl_chain(),
                            };
                            let printed = cascades[&port.family].get(&chain);
                            prop_assert!(printed.is_some(), "{name} has no chain {chain}");
                            same(&ours, printed.expect("it is there"))?;
                        } else {
                            let table = if port.family == IpFamily::V4 { "ip" } else { "ip6" };
                            let word = if policy == Policy::Cluster { "service" } else { "local" };
                            let chain = format!("{table} {word}-{}", port.name.nft_base());
                            let text = |address: &Addr| match port.affinity_seconds {
                                Some(_) => format!("goto endpoint-{}", port.name.nft_endpoint_base(address)),
                                None => format!("{} . {}", address.ip, address.port),
                            };
                            let ours = ours.iter().map(|(address, share)| (text(address), *share)).collect();
                            let printed = maps.get(&chain);
                            prop_assert!(printed.is_some(), "{name} has no chain {chain}");
                            same(&ours, printed.expect("it is there"))?;
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_route_leads_to_an_endpoint_of_a_slice((seed, cluster) in any_cluster()) {
        for (flow, trace) in traces(seed, &cluster) {
            let sum: f64 = trace.endpoints.iter().map(|endpoint| endpoint.probability).sum();
            prop_assert!(trace.endpoints.is_empty() || (sum - 1.0).abs() < CLOSE, "{flow:?}: {sum}");
            let Some((service, name)) = &trace.service else {
                prop_assert!(trace.chosen.is_none());
                continue;
            };
            for endpoint in &trace.endpoints {
                let listed = cluster.slices_of(service).any(|slice| {
                    let ports = slice.ports.iter().filter(|p| p.name == *name && p.protocol == flow.protocol);
                    let mut ports = ports.filter_map(|port| port.port);
                    ports.any(|port| port == endpoint.address.port)
                        && slice.endpoints.iter().any(|one| one.addresses.first() == Some(&endpoint.address.ip))
                });
                prop_assert!(listed, "{flow:?}: {endpoint:?}");
            }
            let chosen = trace.chosen.and_then(|at| trace.endpoints.get(at));
            prop_assert_eq!(chosen.is_some(), trace.chosen.is_some());
            prop_assert!(chosen.is_none_or(|endpoint| endpoint.probability > 0.0));
        }
    }

    #[test]
    fn the_rule_that_a_trace_shows_is_in_the_node_s_text((seed, cluster) in any_cluster()) {
        let text: String =
            cluster.nodes.iter().map(|node| rules::print(&NodeProxy::new(&cluster, &node.meta.name))).collect();
        for (flow, trace) in traces(seed, &cluster) {
            for rule in trace.hops.iter().filter_map(|hop| hop.rule.as_deref()) {
                prop_assert!(text.contains(rule), "{flow:?}: {rule}");
            }
        }
    }

    #[test]
    fn every_rule_that_a_trace_names_stands_in_the_node_s_text_and_is_its_service_s(seed in any::<u64>()) {
        for mode in [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs] {
            let cluster = Generated::new(seed, mode).cluster();
            for (flow, trace) in traces(seed, &cluster) {
                for hop in &trace.hops {
                    prop_assert!(hop.rule.is_none() || hop.ruled.is_some(), "{flow:?}: {hop:?}");
                    let Some(ruled) = &hop.ruled else { continue };
                    let (rules, listing) = (ruled.rules(), rules::list(&ruled.proxy, None));
                    prop_assert!(!rules.is_empty(), "{mode:?} {flow:?}: {:?}", ruled.ruling);
                    let decided = hop.rule.as_deref();
                    prop_assert!(rules.iter().any(|rule| Some(rule.text.as_str()) == decided), "{mode:?} {flow:?}: {decided:?}");
                    for rule in rules {
                        let Some(line) = listing.find(&rule) else {
                            return Err(TestCaseError::fail(format!("{mode:?} {flow:?}: {rule:?}\n{}", listing.text)));
                        };
                        // What is about one Service is about the one that the packet was for; but two may have one endpoint.
                        if rule.chain == "hairpin-connections" || rule.chain.ends_with("LOOP-BACK") {
                            continue;
                        }
                        let (Some(whose), Some((of, _))) = (listing.lines[line].whose, &trace.service) else { continue };
                        let service = &ruled.proxy.ports[whose.port as usize].name.service;
                        prop_assert_eq!(service, of);
                    }
                }
            }
        }
    }

    #[test]
    fn a_listing_of_one_service_has_the_lines_that_are_its_in_the_whole(seed in any::<u64>()) {
        for mode in [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs] {
            let cluster = Generated::new(seed, mode).cluster();
            let proxy = NodeProxy::new(&cluster, &cluster.nodes[0].meta.name);
            let whole = rules::list(&proxy, None);
            prop_assert_eq!(&whole.text, &rules::print(&proxy));
            // In sets what is around an element depends on the others, and some stand two in a line.
            let bare = |listing: &rules::Listing, at: usize| {
                listing.text_of(at).trim_matches(|c| " \t,{}=elmnts".contains(c)).to_string()
            };
            let all: Vec<String> = (0..whole.lines.len()).map(|at| bare(&whole, at)).collect();
            for service in cluster.services.iter().map(|service| service.meta.reference()) {
                let own = |listing: &rules::Listing| {
                    let of = |line: &rules::Line| line.whose.map(|whose| &proxy.ports[whose.port as usize].name.service);
                    let lines = listing.lines.iter().enumerate().filter(|(_, line)| of(line) == Some(&service));
                    lines.map(|(at, _)| bare(listing, at)).filter(|line| line.contains(' ') && !line.contains(", ")).collect::<Vec<_>>()
                };
                let (alone, among) = (own(&rules::list(&proxy, Some(&service))), own(&whole));
                // An element that two Services ask for is the first one's.
                let missing = alone.iter().find(|line| !all.contains(line));
                prop_assert_eq!(missing.or(among.iter().find(|line| !alone.contains(line))), None, "{}", service);
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_cluster_and_the_same_traces(seed in any::<u64>(), mode in any_mode()) {
        let clusters = [0; 2].map(|_| Generated::new(seed, mode).cluster());
        let [one, other] = clusters.each_ref().map(|cluster| traces(seed, cluster));
        prop_assert_eq!(&clusters[0].services, &clusters[1].services);
        prop_assert_eq!(&clusters[0].slices, &clusters[1].slices);
        prop_assert_eq!(one, other);
    }

    #[test]
    fn an_answer_finds_its_way_back((seed, cluster) in any_cluster()) {
        for (flow, trace) in traces(seed, &cluster) {
            let sent = trace.hops.iter().find(|hop| hop.action == Action::Send).and_then(|hop| hop.after);
            let back = reply(&trace);
            let (Some(sent), 0) = (sent, trace.symptom.curl) else { continue };
            // To the client, from the address and the port that it called.
            let arrived = back.last().and_then(|hop| hop.after);
            prop_assert_eq!(arrived, Some(Tuple { src: sent.dst, dst: sent.src }), "{:?}", flow);
            // On its way, no step begins but where the one before ended.
            for pair in back.windows(2) {
                prop_assert_eq!(pair[0].after, pair[1].before, "{:?}", flow);
            }
        }
    }
}
