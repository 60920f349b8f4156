//! What is counted: ends of requests, latencies, and the share each endpoint got of the connections.

use crate::net::Addr;
use crate::objects::ObjectRef;
use crate::packet::{Candidate, Verdict};

/// Latencies in microseconds, in buckets of at most an eighth of their value. A bucket knows the sum of its values: where
/// all are alike, and so where there is but one, a percentile is exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Those that hold something, in order.
    buckets: Vec<Bucket>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bucket {
    number: u16,
    count: u32,
    sum: u64,
}

impl Bucket {
    /// The bucket of one value.
    fn of(value: u64) -> Self {
        let number = match value {
            0..8 => value,
            // Three bits after the highest, which is the fourth at least.
            _ => u64::from(value.ilog2() - 2) * 8 + (value >> (value.ilog2() - 3) & 7),
        };
        // At most 61 * 8 + 7.
        Bucket { number: number as u16, count: 1, sum: value }
    }
}

impl Histogram {
    pub(super) fn add(&mut self, value: u64) {
        self.add_bucket(Bucket::of(value));
    }

    fn add_bucket(&mut self, new: Bucket) {
        let at = self.buckets.partition_point(|bucket| bucket.number < new.number);
        match self.buckets.get_mut(at) {
            Some(bucket) if bucket.number == new.number => {
                bucket.count = bucket.count.saturating_add(new.count);
                bucket.sum = bucket.sum.saturating_add(new.sum);
            }
            _ => self.buckets.insert(at, new),
        }
    }

    /// Adds another's values.
    pub(super) fn add_all(&mut self, other: &Histogram) {
        other.buckets.iter().for_each(|bucket| self.add_bucket(*bucket));
    }

    /// The values added since `earlier`.
    pub(super) fn since(&self, earlier: &Histogram) -> Histogram {
        let grown = |now: &Bucket| {
            let before = earlier.buckets.iter().find(|before| before.number == now.number);
            let (count, sum) = before.map_or((0, 0), |before| (before.count, before.sum));
            Bucket { number: now.number, count: now.count.saturating_sub(count), sum: now.sum.saturating_sub(sum) }
        };
        Histogram { buckets: self.buckets.iter().map(grown).filter(|bucket| bucket.count > 0).collect() }
    }

    /// How many values.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| u64::from(bucket.count)).sum()
    }

    /// The value that `percent` of a hundred do not exceed, to within an eighth: the mean of the bucket it is in, which
    /// is never below the smallest value nor above the greatest. `None` without values.
    pub fn percentile(&self, percent: u32) -> Option<u64> {
        let rank = (self.count() * u64::from(percent.min(100))).div_ceil(100).max(1);
        let mut seen = 0;
        let reached = self.buckets.iter().find(|bucket| {
            seen += u64::from(bucket.count);
            seen >= rank
        });
        reached.map(|bucket| bucket.sum / u64::from(bucket.count.max(1)))
    }
}

/// How requests ended. A request counts as sent when it leaves, and among the ends when the client knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests sent. For a Service and its endpoints, each attempt is one.
    pub sent: u64,
    /// The same, and each time that one was sent again.
    pub attempts: u64,
    /// Requests that were due and never left: they waited for a connection of their client's pool for too long, or too
    /// many waited or were on their way.
    pub unsent: u64,
    /// Connections opened.
    pub connections: u64,
    /// Answered.
    pub delivered: u64,
    /// Refused by a proxy.
    pub rejected: u64,
    /// Never answered, or only silence.
    pub dropped: u64,
    /// Nobody's concern, and so silence too.
    pub passed: u64,
    /// Refused by a pod or host.
    pub refused: u64,
    /// The name had no address.
    pub unresolved: u64,
    /// No route.
    pub unroutable: u64,
    /// From sending to the answer, for those delivered, in microseconds. A client's begins when the request was due: it
    /// includes the wait for a connection, and attempts that failed.
    pub latency: Histogram,
    /// The longest of them.
    pub slowest: u64,
}

impl Counts {
    /// An attempt leaves: whether it is a request's first, and opens a connection.
    pub(super) fn leave(&mut self, first: bool, opens: bool) {
        self.sent += u64::from(first);
        self.attempts += 1;
        self.connections += u64::from(opens);
    }

    pub(super) fn end(&mut self, verdict: Verdict, latency: u64) {
        match verdict {
            Verdict::Delivered => {
                self.delivered += 1;
                self.latency.add(latency);
                self.slowest = self.slowest.max(latency);
            }
            Verdict::Rejected => self.rejected += 1,
            Verdict::Dropped => self.dropped += 1,
            Verdict::Passed => self.passed += 1,
            Verdict::Refused => self.refused += 1,
            Verdict::Unresolved => self.unresolved += 1,
            Verdict::Unroutable => self.unroutable += 1,
        }
    }

    /// Those that ended without an answer: rejected, dropped, passed, refused, unresolved, unroutable.
    pub fn failures(&self) -> [u64; 6] {
        [self.rejected, self.dropped, self.passed, self.refused, self.unresolved, self.unroutable]
    }

    /// Requests whose end is not known yet.
    pub fn pending(&self) -> u64 {
        self.sent.saturating_sub(self.delivered + self.failures().iter().sum::<u64>())
    }

    /// Requests that ended, but not with an answer.
    pub fn failed(&self) -> u64 {
        self.sent.saturating_sub(self.delivered + self.pending())
    }
}

/// Requests that failed for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failures {
    /// How they ended.
    pub verdict: Verdict,
    /// The cause's stable code; empty where none is known.
    pub code: &'static str,
    /// The first one's cause, in words.
    pub message: String,
    /// How many.
    pub count: u64,
}

/// One endpoint of a Service port, as traffic met it.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointCounts {
    /// Its address.
    pub address: Addr,
    /// Its pod, where one is known.
    pub pod: Option<ObjectRef>,
    /// Its node; empty where unknown.
    pub node: String,
    /// Requests that went to it.
    pub counts: Counts,
    expected: f64,
    variance: f64,
}

/// The share of a Service's connections that one endpoint got.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The endpoint's address.
    pub address: Addr,
    /// Its pod.
    pub pod: Option<ObjectRef>,
    /// Its node.
    pub node: String,
    /// Connections it got.
    pub connections: u64,
    /// Those among all of the Service port, from 0 to 1.
    pub share: f64,
    /// What the probabilities at each connection's time add up to, as a share.
    pub expected: f64,
    /// 95 of 100 runs lie between this share ...
    pub low: f64,
    /// ... and this one.
    pub high: f64,
}

/// What one Service port got.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceCounts {
    /// The Service.
    pub service: ObjectRef,
    /// The name of its port; may be empty.
    pub port: String,
    /// All requests to it.
    pub counts: Counts,
    /// Its endpoints, those gone too, in the order in which they were first met.
    pub endpoints: Vec<EndpointCounts>,
}

/// Endpoints kept of one Service port; pods that come later are still served, but not listed.
const MAX_ENDPOINTS: usize = 2048;

impl ServiceCounts {
    pub(super) fn new(service: ObjectRef, port: String) -> Self {
        ServiceCounts { service, port, counts: Counts::default(), endpoints: Vec::new() }
    }

    /// Notes a new connection and what could have become of it.
    pub(super) fn connect(&mut self, candidates: &[Candidate], chosen: Option<usize>) {
        self.counts.connections += 1;
        for (at, candidate) in candidates.iter().enumerate() {
            if let Some(endpoint) = self.endpoint(candidate) {
                endpoint.expected += candidate.probability;
                endpoint.variance += candidate.probability * (1.0 - candidate.probability);
                endpoint.counts.connections += u64::from(chosen == Some(at));
            }
        }
    }

    pub(super) fn endpoint(&mut self, candidate: &Candidate) -> Option<&mut EndpointCounts> {
        let same = |known: &EndpointCounts| known.address == candidate.address && known.pod == candidate.pod;
        if let Some(at) = self.endpoints.iter().position(same) {
            return self.endpoints.get_mut(at);
        }
        if self.endpoints.len() >= MAX_ENDPOINTS {
            return None;
        }
        self.endpoints.push(EndpointCounts {
            address: candidate.address,
            pod: candidate.pod.clone(),
            node: candidate.node.clone(),
            counts: Counts::default(),
            expected: 0.0,
            variance: 0.0,
        });
        self.endpoints.last_mut()
    }

    /// The endpoints' shares of all connections, with the band that chance allows: the sum of one draw for each
    /// connection, by the normal approximation.
    pub fn shares(&self) -> Vec<Share> {
        let total: u64 = self.endpoints.iter().map(|endpoint| endpoint.counts.connections).sum();
        // Counts stay far below 2^53, where f64 is exact.
        let all = (total as f64).max(1.0);
        let share = |endpoint: &EndpointCounts| {
            let (expected, spread) = (endpoint.expected / all, 1.96 * endpoint.variance.max(0.0).sqrt() / all);
            Share {
                address: endpoint.address,
                pod: endpoint.pod.clone(),
                node: endpoint.node.clone(),
                connections: endpoint.counts.connections,
                share: endpoint.counts.connections as f64 / all,
                expected,
                low: (expected - spread).max(0.0),
                high: (expected + spread).min(1.0),
            }
        };
        self.endpoints.iter().map(share).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_to_within_an_eighth() {
        let mut histogram = Histogram::default();
        (1..=1000).for_each(|value| histogram.add(value * 10));
        for (percent, exact) in [(50, 5000), (90, 9000), (99, 9900), (100, 10000)] {
            let got = histogram.percentile(percent).unwrap();
            assert!(got.abs_diff(exact) <= exact / 8, "{percent}: {got}");
        }
        assert_eq!(Histogram::default().percentile(50), None);
    }

    #[test]
    fn percentiles_of_one_value_are_that_value() {
        for value in [0, 7, 8, 29_300, 1 << 40, u64::MAX] {
            let mut all = Histogram::default();
            all.add(12_345);
            let before = all.clone();
            all.add(value);
            let alone = all.since(&before);
            assert_eq!([1, 50, 99].map(|percent| alone.percentile(percent)), [Some(value); 3]);
        }
    }

    #[test]
    fn buckets_cover_every_value_in_order() {
        let mut last = 0;
        for value in (0..200).chain([1 << 20, (1 << 20) + (1 << 17), 1 << 40, u64::MAX]) {
            let number = Bucket::of(value).number;
            assert!(number >= last, "{value}");
            last = number;
        }
        let mut apart: Vec<u16> = (0..200).map(|value| Bucket::of(value).number).collect();
        apart.dedup();
        assert_eq!(apart.len(), 8 + 4 * 8 + 5, "8 a doubling, and from 128 to 199 five of them");
    }

    #[test]
    fn the_band_of_even_shares_narrows_with_the_connections() {
        let candidate = |port| Candidate {
            address: Addr::new("10.0.0.1".parse().unwrap(), port),
            pod: None,
            node: String::new(),
            probability: 0.5,
        };
        let mut counts = ServiceCounts::new(ObjectRef::new("default", "web"), String::new());
        let width = |counts: &ServiceCounts| counts.shares()[0].high - counts.shares()[0].low;
        (0..100).for_each(|n| counts.connect(&[candidate(1), candidate(2)], Some(n % 2)));
        let wide = width(&counts);
        assert!((wide - 0.196).abs() < 1e-9, "{wide}");
        (0..900).for_each(|n| counts.connect(&[candidate(1), candidate(2)], Some(n % 2)));
        assert!(width(&counts) < wide);
        assert_eq!(counts.shares()[1].share, 0.5);
    }
}
