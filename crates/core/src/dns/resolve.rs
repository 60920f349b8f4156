//! The C library's resolver: hosts file, `ndots`, search path (glibc's `res_search` behind `getaddrinfo`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::name::{absolute, is_valid, relative};
use super::outside::{outside_address, outside_exists};
use super::query::query;
use super::resolv_conf::{ResolvConf, resolv_conf};
use super::{Answer, QType};
use crate::cluster::{Client, Cluster};

/// One question that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The absolute name.
    pub qname: String,
    /// The type.
    pub qtype: QType,
    /// What came back.
    pub answer: Answer,
}

/// What the client is told in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Addresses, in the order of the answers, and the name that has them (the last of a chain of aliases).
    Addresses {
        /// The canonical name, absolute; a literal address or a name of the hosts file as it was given.
        name: String,
        /// The addresses; at least one.
        addresses: Vec<IpAddr>,
    },
    /// A host outside the cluster, of which nothing is known.
    External {
        /// Its name, absolute.
        name: String,
        /// The address it is taken to have.
        address: IpAddr,
    },
    /// Records that are no addresses: the last attempt has them.
    Records,
    /// No such name (`EAI_NONAME`).
    NotFound,
    /// The name exists, but has nothing of the types asked for (`EAI_NODATA`).
    NoData,
}

/// A look-up from beginning to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// What the resolver was told.
    pub conf: ResolvConf,
    /// Every question, in the order sent.
    pub attempts: Vec<Attempt>,
    /// The end.
    pub outcome: Outcome,
}

impl Resolution {
    /// The addresses to connect to, in the order to try them; empty where the name was not resolved.
    pub fn addresses(&self) -> Vec<IpAddr> {
        match &self.outcome {
            Outcome::Addresses { addresses, .. } => addresses.clone(),
            Outcome::External { address, .. } => vec![*address],
            _ => Vec::new(),
        }
    }
}

/// Looks `name` up for its addresses, as `getaddrinfo` does without hints: A and AAAA together.
pub fn resolve_addresses(cluster: &Cluster, client: &Client, name: &str) -> Resolution {
    resolve(cluster, client, name, &[QType::A, QType::Aaaa])
}

/// Looks `name` up at `client`: names with fewer dots than `ndots` run through the search path before they are tried
/// as they are, others after; a final dot stops the search. All `types` are asked of each name before the next.
pub fn resolve(cluster: &Cluster, client: &Client, name: &str, types: &[QType]) -> Resolution {
    let conf = resolv_conf(cluster, client);
    let mut resolution = Resolution { conf, attempts: Vec::new(), outcome: Outcome::NotFound };
    let for_addresses = types.iter().any(|qtype| matches!(qtype, QType::A | QType::Aaaa));
    if for_addresses && let Some(addresses) = from_hosts(cluster, client, name, types) {
        let outcome = Outcome::Addresses { name: name.to_string(), addresses };
        resolution.outcome = outcome;
        return resolution;
    }
    // Without a server nobody answers; a name that no question can carry is not sent.
    if resolution.conf.nameservers.is_empty() || !is_valid(name) {
        return resolution;
    }
    let mut nodata = false;
    for candidate in candidates(&resolution.conf, name) {
        if !is_valid(&candidate) {
            continue;
        }
        let from = resolution.attempts.len();
        for qtype in types {
            let answer = ask(cluster, &resolution.conf, &candidate, *qtype);
            resolution.attempts.push(Attempt { qname: candidate.clone(), qtype: *qtype, answer });
        }
        let attempts = resolution.attempts.get(from..).unwrap_or_default();
        if let Some(outcome) = settle(attempts, for_addresses) {
            resolution.outcome = outcome;
            return resolution;
        }
        nodata |= attempts.iter().any(|attempt| attempt.answer.nodata());
    }
    if nodata {
        resolution.outcome = Outcome::NoData;
    }
    resolution
}

/// The absolute names that are tried, in order.
fn candidates(conf: &ResolvConf, name: &str) -> Vec<String> {
    let dots = name.matches('.').count();
    if name.ends_with('.') {
        return vec![name.to_string()];
    }
    let as_is = absolute(name);
    // A search domain that is only a dot means the name as it is.
    let joined = |domain: &String| match domain.trim_matches('.') {
        "" => as_is.clone(),
        domain => format!("{name}.{domain}."),
    };
    let searched = conf.search.iter().map(joined);
    let enough = u32::try_from(dots).unwrap_or(u32::MAX) >= conf.ndots;
    let mut names: Vec<String> = if enough {
        std::iter::once(as_is.clone()).chain(searched).collect()
    } else {
        searched.chain(std::iter::once(as_is.clone())).collect()
    };
    let first = names.iter().position(|candidate| *candidate == as_is).unwrap_or(0);
    let mut at = 0;
    names.retain(|candidate| {
        at += 1;
        *candidate != as_is || at == first + 1
    });
    names
}

fn ask(cluster: &Cluster, conf: &ResolvConf, qname: &str, qtype: QType) -> Answer {
    if conf.cluster {
        return query(cluster, qname, qtype);
    }
    if outside_exists(cluster, qname) {
        return Answer { outside: Some(absolute(qname)), ..Answer::records(Vec::new()) };
    }
    Answer::name_error()
}

/// The outcome of one name's answers, or `None` to go on with the next name.
fn settle(attempts: &[Attempt], for_addresses: bool) -> Option<Outcome> {
    let found =
        attempts.iter().find(|attempt| !attempt.answer.records.is_empty() || attempt.answer.outside.is_some())?;
    if !for_addresses {
        return Some(Outcome::Records);
    }
    let addresses: Vec<IpAddr> = attempts.iter().flat_map(|attempt| attempt.answer.addresses()).collect();
    if !addresses.is_empty() {
        let with = attempts.iter().flat_map(|a| &a.answer.records).find(|record| record.data.address().is_some());
        let name = with.map_or_else(String::new, |record| record.name.clone());
        return Some(Outcome::Addresses { name, addresses });
    }
    match &found.answer.outside {
        Some(name) => Some(Outcome::External { name: name.clone(), address: outside_address(name) }),
        None => Some(Outcome::NoData),
    }
}

/// Literal addresses, and what the hosts file of every machine and pod holds.
fn from_hosts(cluster: &Cluster, client: &Client, name: &str, types: &[QType]) -> Option<Vec<IpAddr>> {
    let wanted = |address: &IpAddr| types.contains(if address.is_ipv4() { &QType::A } else { &QType::Aaaa });
    if let Ok(address) = name.parse::<IpAddr>() {
        return Some(vec![address]);
    }
    let plain = relative(name);
    let mut addresses = Vec::new();
    if plain.eq_ignore_ascii_case("localhost") {
        addresses = vec![IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];
    } else if let Client::Pod(reference) = client
        && let Some(pod) = cluster.pod(reference)
        && !pod.host_network
    {
        let hostname = if pod.hostname.is_empty() { &pod.meta.name } else { &pod.hostname };
        let domain = &cluster.settings.dns_domain;
        let full = format!("{hostname}.{}.{}.svc.{domain}", pod.subdomain, pod.meta.namespace);
        if plain.eq_ignore_ascii_case(hostname) || !pod.subdomain.is_empty() && plain.eq_ignore_ascii_case(&full) {
            addresses = pod.ips.clone();
        }
    }
    addresses.retain(wanted);
    (!addresses.is_empty()).then_some(addresses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::testing::{cluster, ip, pod_client};

    fn asked(resolution: &Resolution) -> Vec<&str> {
        resolution.attempts.iter().filter(|a| a.qtype == QType::A).map(|a| a.qname.as_str()).collect()
    }

    #[test]
    fn short_names_are_found_in_the_pods_own_namespace() {
        let resolution = resolve_addresses(&cluster(), &pod_client("client"), "web");
        assert_eq!(asked(&resolution), ["web.default.svc.cluster.local."]);
        assert_eq!(resolution.addresses(), [ip("10.96.0.50"), ip("fd00:10:96::50")]);
    }

    #[test]
    fn the_search_path_runs_before_an_outside_name_with_few_dots() {
        let resolution = resolve_addresses(&cluster(), &pod_client("client"), "api.example.com");
        assert_eq!(
            asked(&resolution),
            [
                "api.example.com.default.svc.cluster.local.",
                "api.example.com.svc.cluster.local.",
                "api.example.com.cluster.local.",
                "api.example.com."
            ]
        );
        assert_eq!(resolution.attempts.len(), 8, "A and AAAA each");
        assert!(matches!(resolution.outcome, Outcome::External { .. }));
    }

    #[test]
    fn a_final_dot_and_enough_dots_skip_the_search_path() {
        let dotted = resolve_addresses(&cluster(), &pod_client("client"), "web.");
        assert_eq!((asked(&dotted).len(), dotted.outcome), (1, Outcome::NotFound));
        let full = resolve_addresses(&cluster(), &pod_client("client"), "_http._tcp.web.default.svc.cluster.local");
        assert_eq!(asked(&full), ["_http._tcp.web.default.svc.cluster.local."]);
        let svc = resolve_addresses(&cluster(), &pod_client("client"), "web.default.svc.cluster.local");
        assert_eq!(asked(&svc).len(), 4, "four dots are fewer than five");
    }

    #[test]
    fn another_namespace_needs_its_name() {
        let mut cluster = cluster();
        cluster.pods[0].meta.namespace = "shop".to_string();
        let client = Client::Pod(crate::objects::ObjectRef::new("shop", "client"));
        assert_eq!(resolve_addresses(&cluster, &client, "web").outcome, Outcome::NotFound);
        let found = resolve_addresses(&cluster, &client, "web.default");
        assert_eq!(asked(&found), ["web.default.shop.svc.cluster.local.", "web.default.svc.cluster.local."]);
        assert!(matches!(found.outcome, Outcome::Addresses { .. }));
    }

    #[test]
    fn cluster_names_do_not_resolve_without_the_clusters_dns() {
        for client in [Client::Node("worker-1".to_string()), Client::External(None), Client::Laptop, pod_client("host")]
        {
            let resolution = resolve_addresses(&cluster(), &client, "web.default.svc.cluster.local");
            assert_eq!(resolution.outcome, Outcome::NotFound, "{client:?}");
        }
    }

    #[test]
    fn an_external_name_ends_at_its_host() {
        let resolution = resolve_addresses(&cluster(), &pod_client("client"), "mail");
        let Outcome::External { name, address } = &resolution.outcome else { panic!("{resolution:?}") };
        assert_eq!((name.as_str(), *address), ("smtp.example.com.", outside_address("smtp.example.com")));
    }

    #[test]
    fn hosts_file_and_literal_addresses_ask_nobody() {
        let cluster = cluster();
        for (name, address) in [("10.0.0.1", "10.0.0.1"), ("client", "10.244.1.9"), ("localhost", "::1")] {
            let resolution = resolve_addresses(&cluster, &pod_client("client"), name);
            assert_eq!((resolution.attempts.len(), resolution.addresses()[0]), (0, ip(address)), "{name}");
        }
    }

    #[test]
    fn a_type_that_the_name_lacks_is_no_data() {
        let resolution = resolve(&cluster(), &pod_client("client"), "db", &[QType::Aaaa]);
        assert_eq!(resolution.outcome, Outcome::NoData);
        let srv = resolve(&cluster(), &pod_client("client"), "_http._tcp.web", &[QType::Srv]);
        assert_eq!(srv.outcome, Outcome::Records);
    }

    #[test]
    fn odd_names_are_not_found_and_not_sent() {
        for name in ["", ".", "a..b", "\u{e9}..", &"x".repeat(300)] {
            let resolution = resolve_addresses(&cluster(), &pod_client("client"), name);
            assert_eq!(resolution.outcome, Outcome::NotFound, "{name:?}");
        }
    }
}

#[cfg(test)]
mod random_names {
    use super::*;
    use crate::dns::testing::{cluster, pod_client};
    use rand_core::Rng;

    const PIECES: [&str; 16] = [
        "web",
        "db",
        "default",
        "svc",
        "pod",
        "cluster.local",
        "_http",
        "_tcp",
        ".",
        "..",
        "-",
        "1-2-3-4",
        "in-addr.arpa",
        "ip6.arpa",
        "\u{e9}",
        "alias",
    ];

    #[test]
    fn no_name_breaks_the_server_or_the_resolver() {
        let cluster = cluster();
        let mut random = rand_pcg::Pcg32::new(1, 1);
        for _ in 0..5_000 {
            let length = random.next_u32() % 9;
            let parts: Vec<&str> = (0..length).map(|_| PIECES[(random.next_u32() % 16) as usize]).collect();
            let name = parts.join(if random.next_u32().is_multiple_of(4) { "" } else { "." });
            for qtype in QType::ALL {
                let answer = query(&cluster, &name, qtype);
                let follows =
                    |record: &crate::dns::Record| record.data.qtype() == qtype || record.data.qtype() == QType::Cname;
                assert!(answer.records.iter().all(follows), "{name} {qtype:?}: {answer:?}");
            }
            let resolution = resolve_addresses(&cluster, &pod_client("client"), &name);
            assert_eq!(
                matches!(resolution.outcome, Outcome::Addresses { .. } | Outcome::External { .. }),
                !resolution.addresses().is_empty(),
                "{name}"
            );
        }
    }
}
