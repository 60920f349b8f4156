//! How ipvs picks one of a virtual server's endpoints (Linux' `net/netfilter/ipvs/ip_vs_{rr,wrr,lc,wlc,sed,nq,lblc,
//! lblcr,sh,dh}.c`, read as of 6.x; the kernel of the tests has no ip_vs, so nothing of this was held against one).
//!
//! kube-proxy gives every endpoint the weight 1, so wrr is rr and wlc is lc. A virtual server keeps its endpoints in a
//! list to whose head new ones are added; kube-proxy adds them in the order of a Go map, which is random. Here they are
//! taken to be added in the order of their text, so that the list runs backwards.
//!
//! What is not computed: mh, whose table is keyed by the client's port too (kube-proxy sets the flag for that), is even
//! over connections; so are ovf and twos, which kube-proxy passes through but its documents do not offer. lblcr's sets
//! never shrink (in Linux after a day).

use std::net::IpAddr;

use super::service_port::Endpoint;
use crate::collections::Map;
use crate::net::{Addr, Protocol};

/// A scheduler, by what it does where all weights are 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheduler {
    /// rr, wrr: one after the other.
    RoundRobin,
    /// lc, wlc: the one with the fewest connections, of which those that are closing hardly count.
    LeastConnections,
    /// sed: the one with the fewest open connections.
    ShortestDelay,
    /// nq: one without open connections; else as sed.
    NeverQueue,
    /// lblc: the same for a virtual address, until it has too many.
    Locality,
    /// lblcr: a set for a virtual address, which grows when it has too many.
    LocalityReplicated,
    /// sh: by the client's address.
    SourceHash,
    /// dh: by the virtual address.
    DestinationHash,
    /// fo: the first of those with the highest weight.
    First,
    /// mh, ovf, twos: even.
    Even,
}

impl Scheduler {
    /// The scheduler of a name; `None` where Linux has no such one, with which kube-proxy does not start.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "" | "rr" | "wrr" => Scheduler::RoundRobin,
            "lc" | "wlc" => Scheduler::LeastConnections,
            "sed" => Scheduler::ShortestDelay,
            "nq" => Scheduler::NeverQueue,
            "lblc" => Scheduler::Locality,
            "lblcr" => Scheduler::LocalityReplicated,
            "sh" => Scheduler::SourceHash,
            "dh" => Scheduler::DestinationHash,
            "fo" => Scheduler::First,
            "mh" | "ovf" | "twos" => Scheduler::Even,
            _ => return None,
        })
    }

    /// Whether the packet alone decides, without chance and whatever came before.
    pub(crate) fn is_determined(self) -> bool {
        matches!(self, Scheduler::SourceHash | Scheduler::DestinationHash | Scheduler::First)
    }

    /// What it does, after "one of three".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Scheduler::RoundRobin => "in turn",
            Scheduler::LeastConnections => "the one with the fewest connections",
            Scheduler::ShortestDelay => "the one with the fewest open connections",
            Scheduler::NeverQueue => "an idle one, or the one with the fewest open connections",
            Scheduler::Locality => "the one that this address had before, unless it has too many connections",
            Scheduler::LocalityReplicated => {
                "one of those that this address had before, unless they have too many connections"
            }
            Scheduler::SourceHash => "by the client's address",
            Scheduler::DestinationHash => "by the virtual address",
            Scheduler::First => "always the same",
            Scheduler::Even => "by chance",
        }
    }

    /// The place in `endpoints` of one of `set`. `server` is what the virtual server remembers; without it those that
    /// depend on that leave it to `pick`, a place in `set`.
    pub(super) fn choose(self, set: &[u32], endpoints: &[Endpoint], question: &Question<'_>) -> Option<u32> {
        let address = |at: u32| endpoints.get(at as usize).map(|endpoint| endpoint.address);
        let hashed = |ip: IpAddr| {
            let length = u32::try_from(set.len()).ok().filter(|length| *length > 0)?;
            // The table's buckets are filled from the list, round and round; the list runs backwards.
            set.iter().rev().nth((bucket(ip) % length) as usize).copied()
        };
        let server = match (self, question.server) {
            (Scheduler::SourceHash, _) => return hashed(question.source),
            (Scheduler::DestinationHash, _) => return hashed(question.destination),
            (Scheduler::First, _) => return set.last().copied(),
            (Scheduler::Even, _) | (_, None) => return set.get(question.pick).copied(),
            (_, Some(server)) => server,
        };
        let count = |at: u32| address(at).map(|address| server.count(address)).unwrap_or_default();
        let least = |cost: &dyn Fn(Count) -> u64| set.iter().rev().copied().min_by_key(|at| cost(count(*at)));
        match self {
            Scheduler::LeastConnections => least(&Count::overhead),
            // An idle one is also the one with the fewest, and the first such in the list is taken by both.
            Scheduler::ShortestDelay | Scheduler::NeverQueue => least(&|count| u64::from(count.open)),
            Scheduler::Locality | Scheduler::LocalityReplicated => {
                let had =
                    set.iter().rev().copied().filter(|at| address(*at).is_some_and(|a| server.cached.contains(&a)));
                let best = had.min_by_key(|at| count(*at).overhead());
                let idle = set.iter().any(|at| count(*at).open == 0);
                best.filter(|at| count(*at).open <= 1 || !idle).or_else(|| least(&Count::overhead))
            }
            _ => {
                let last = set.iter().position(|at| address(*at).is_some() && address(*at) == server.last);
                let next = last.and_then(|at| at.checked_sub(1)).and_then(|at| set.get(at));
                next.or(set.last()).copied()
            }
        }
    }
}

/// What a virtual server is asked.
pub(super) struct Question<'a> {
    /// The client, as ipvs sees it.
    pub(super) source: IpAddr,
    /// The virtual address.
    pub(super) destination: IpAddr,
    /// A random place in the set.
    pub(super) pick: usize,
    /// What it remembers, where that is kept.
    pub(super) server: Option<&'a Server>,
}

/// The bucket of an address in the 256 of sh and dh: `hash_32` of the folded address, its upper eight bits.
fn bucket(ip: IpAddr) -> u32 {
    let folded = match ip {
        IpAddr::V4(ip) => u32::from(ip),
        IpAddr::V6(ip) => {
            let bits = u128::from(ip);
            // The four words; what is cut off is another one's.
            (bits >> 96) as u32 ^ (bits >> 64) as u32 ^ (bits >> 32) as u32 ^ bits as u32
        }
    };
    folded.wrapping_mul(0x61c8_8647) >> 24
}

/// Connections of one endpoint.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    open: u32,
    closing: u32,
}

impl Count {
    /// `ip_vs_dest_conn_overhead`.
    fn overhead(self) -> u64 {
        (u64::from(self.open) << 8) + u64::from(self.closing)
    }
}

/// What one virtual server remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Server {
    last: Option<Addr>,
    cached: Vec<Addr>,
    counts: Vec<(Addr, Count)>,
    /// Persistence: what each client had, and when last; microseconds.
    clients: Map<IpAddr, (Addr, u64)>,
}

impl Server {
    fn count(&self, endpoint: Addr) -> Count {
        self.counts.iter().find(|(address, _)| *address == endpoint).map(|(_, count)| *count).unwrap_or_default()
    }

    fn change(&mut self, endpoint: Addr, change: impl FnOnce(&mut Count)) {
        match self.counts.iter_mut().find(|(address, _)| *address == endpoint) {
            Some((_, count)) => change(count),
            None => {
                let mut count = Count::default();
                change(&mut count);
                self.counts.push((endpoint, count));
            }
        }
    }

    /// What a client had last, and when.
    pub(super) fn client(&self, source: IpAddr) -> Option<(Addr, u64)> {
        self.clients.get(&source).copied()
    }
}

/// What a node's ip_vs remembers, by virtual server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Servers(Map<(Protocol, Addr), Server>);

impl Servers {
    pub(super) fn get(&self, protocol: Protocol, at: Addr) -> Option<&Server> {
        self.0.get(&(protocol, at))
    }

    /// A new connection; `persistent` where the server keeps to what clients had.
    pub(super) fn opened(
        &mut self,
        protocol: Protocol,
        at: Addr,
        source: IpAddr,
        endpoint: Addr,
        persistent: bool,
        now: u64,
    ) {
        let server = self.0.entry((protocol, at)).or_default();
        server.last = Some(endpoint);
        if !server.cached.contains(&endpoint) {
            server.cached.push(endpoint);
        }
        server.change(endpoint, |count| count.open = count.open.saturating_add(1));
        if persistent {
            server.clients.insert(source, (endpoint, now));
        }
    }

    /// A connection was closed: it still counts a little for a while.
    pub(super) fn closing(&mut self, protocol: Protocol, at: Addr, endpoint: Addr) {
        let Some(server) = self.0.get_mut(&(protocol, at)) else { return };
        server.change(endpoint, |count| {
            if count.open > 0 {
                count.open -= 1;
                count.closing = count.closing.saturating_add(1);
            }
        });
    }

    /// A closed connection is forgotten.
    pub(super) fn forgotten(&mut self, protocol: Protocol, at: Addr, endpoint: Addr) {
        let Some(server) = self.0.get_mut(&(protocol, at)) else { return };
        server.change(endpoint, |count| count.closing = count.closing.saturating_sub(1));
    }

    /// lblc keeps one endpoint for an address, lblcr all that it had.
    pub(super) fn keep_only_last(&mut self, protocol: Protocol, at: Addr) {
        if let Some(server) = self.0.get_mut(&(protocol, at))
            && let Some(last) = server.last
        {
            server.cached.retain(|address| *address == last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::ProxyMode::Ipvs;
    use crate::proxy::testing::*;
    use crate::proxy::{Affinity, Memory, NodeProxy, Ruling};

    const CLUSTER_IP: &str = "10.96.0.100:80";

    /// A node with three endpoints; what it answers a client, and what that leaves behind.
    struct Node {
        proxy: NodeProxy,
        kernel: Affinity,
    }

    impl Node {
        fn with(scheduler: &str) -> Node {
            let mut cluster = cluster(Ipvs, three());
            cluster.settings.proxy.ipvs_scheduler = scheduler.into();
            Node { proxy: NodeProxy::new(&cluster, "a"), kernel: Affinity::default() }
        }

        /// Opens a connection; the last part of the address of the endpoint that it gets.
        fn open(&mut self, source: &str) -> u8 {
            let packet = packet(source, CLUSTER_IP);
            let ruling = self.proxy.route(&packet, 0, Memory::Table(&self.kernel, 0));
            self.kernel.opened(&self.proxy, &packet, &ruling, 0);
            let Ruling::Dnat { port, endpoint, .. } = ruling else { panic!("{ruling:?}") };
            last(self.proxy.ports[port as usize].endpoints[endpoint as usize].address.ip)
        }

        fn close(&mut self, endpoint: &str) {
            let at: std::net::SocketAddr = CLUSTER_IP.parse().unwrap();
            self.kernel.closing(Protocol::Tcp, Addr::new(at.ip(), at.port()), Addr::new(ip(endpoint), 8080));
        }

        fn sequence(&mut self, count: usize) -> Vec<u8> {
            (0..count).map(|_| self.open("10.244.1.9")).collect()
        }
    }

    fn last(ip: IpAddr) -> u8 {
        match ip {
            IpAddr::V4(ip) => ip.octets()[3],
            IpAddr::V6(_) => 0,
        }
    }

    #[test]
    fn round_robin_goes_round_the_list_from_its_head() {
        for scheduler in ["", "rr", "wrr"] {
            assert_eq!(Node::with(scheduler).sequence(5), [7, 6, 5, 7, 6], "{scheduler}");
        }
    }

    #[test]
    fn least_connections_prefer_whoever_has_fewer_and_count_closing_ones_little() {
        for scheduler in ["lc", "wlc", "sed", "nq"] {
            let mut node = Node::with(scheduler);
            assert_eq!(node.sequence(4), [7, 6, 5, 7], "{scheduler}");
            node.close("10.244.1.6");
            assert_eq!(node.open("10.244.1.9"), 6, "{scheduler}");
        }
        // All three are idle; lc sees that one was used just now, sed does not.
        for (scheduler, next) in [("lc", 6), ("sed", 7)] {
            let mut node = Node::with(scheduler);
            assert_eq!(node.open("10.244.1.9"), 7);
            node.close("10.244.2.7");
            assert_eq!(node.open("10.244.1.9"), next, "{scheduler}");
        }
    }

    #[test]
    fn locality_stays_until_it_is_too_much_and_another_is_idle() {
        let mut node = Node::with("lblc");
        assert_eq!(node.sequence(6), [7, 7, 6, 6, 5, 5]);
        // Nobody is idle any more: whoever it was last takes them all.
        assert_eq!(node.sequence(2), [5, 5]);
        // With a set instead of one, the least of the set.
        assert_eq!(Node::with("lblcr").sequence(8), [7, 7, 6, 6, 5, 5, 7, 6]);
    }

    #[test]
    fn hashes_give_a_client_or_an_address_the_same_endpoint_always() {
        let mut node = Node::with("sh");
        let first: Vec<u8> = (1..=9).map(|n| node.open(&format!("198.51.100.{n}"))).collect();
        let again: Vec<u8> = (1..=9).map(|n| node.open(&format!("198.51.100.{n}"))).collect();
        assert_eq!(first, again);
        assert!([5, 6, 7].iter().all(|endpoint| first.contains(endpoint)), "{first:?}");
        let mut node = Node::with("dh");
        let all: Vec<u8> = (1..=9).map(|n| node.open(&format!("198.51.100.{n}"))).collect();
        assert!(all.iter().all(|endpoint| *endpoint == all[0]), "{all:?}");
    }

    #[test]
    fn the_hash_is_the_kernels() {
        // 1 * 0x61c88647 >> 24, and 0x0a600064 * 0x61c88647 (mod 2^32) >> 24.
        assert_eq!(bucket(ip("0.0.0.1")), 0x61);
        assert_eq!(bucket(ip("10.96.0.100")), (0x0a60_0064_u32.wrapping_mul(0x61c8_8647)) >> 24);
        assert_eq!(bucket(ip("::1")), 0x61);
        // The four words of an IPv6 address are folded into one.
        assert_eq!(bucket(ip("1:0:1::1")), bucket(ip("0.0.0.1")));
    }

    #[test]
    fn persistence_is_of_a_virtual_server_not_of_the_service() {
        let mut cluster = cluster(Ipvs, three());
        cluster.services[0].affinity_seconds = Some(60);
        let proxy = NodeProxy::new(&cluster, "a");
        let mut kernel = Affinity::default();
        let goes = |kernel: &Affinity, to: &str, now: u64| {
            let packet = packet("198.51.100.7", to);
            let ruling = proxy.route(&packet, 0, Memory::Table(kernel, now));
            let Ruling::Dnat { endpoint, sticky, .. } = ruling else { panic!("{ruling:?}") };
            (packet, ruling, endpoint, sticky)
        };
        let (packet, ruling, first, _) = goes(&kernel, CLUSTER_IP, 0);
        kernel.opened(&proxy, &packet, &ruling, 0);
        let (.., same, sticky) = goes(&kernel, CLUSTER_IP, 59_999_999);
        assert_eq!((same, sticky), (first, true));
        assert!(!goes(&kernel, CLUSTER_IP, 60_000_000).3);
        assert!(!goes(&kernel, "172.30.0.11:30080", 1).3);
    }

    #[test]
    fn with_a_scheduler_that_linux_has_not_kube_proxy_does_not_start() {
        let node = Node::with("random");
        let packet = packet("198.51.100.7", CLUSTER_IP);
        assert!(matches!(node.proxy.route(&packet, 0, Memory::None), Ruling::NoOpinion(_)));
    }

    #[test]
    fn every_name_that_settings_take_is_known() {
        for name in crate::cluster::IPVS_SCHEDULERS {
            assert!(Scheduler::parse(name).is_some(), "{name}");
        }
    }
}
