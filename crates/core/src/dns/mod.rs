//! What CoreDNS answers, and the resolver of the pod that asks.
//!
//! [`query`] is the server: CoreDNS with the Corefile that kubeadm writes (`kubernetes cluster.local in-addr.arpa
//! ip6.arpa { pods insecure; fallthrough in-addr.arpa ip6.arpa; ttl 30 }`), after coredns `plugin/kubernetes`
//! and `plugin/backend_lookup.go`. [`resolv_conf`] is what the kubelet writes into a pod (`pkg/kubelet/network/dns`).
//! [`resolve`] is the C library in the pod: hosts file, `ndots`, the search path.
//!
//! Nothing is known here of the real internet. A name outside the cluster counts as a host that exists, at an
//! address made from its name in 198.51.100.0/24, which is set aside for documentation ([`outside_address`]). Names
//! that cannot exist out there, or that were plainly meant for the cluster, are not found; see [`outside_exists`].
//!
//! CoreDNS shuffles addresses in each answer (`loadbalance`); here they keep the order of the slices.

mod name;
mod outside;
mod query;
mod resolv_conf;
mod resolve;
#[cfg(test)]
pub(crate) mod testing;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use outside::{outside_address, outside_exists};
pub use query::query;
pub use resolv_conf::{OUTSIDE_RESOLVER, ResolvConf, cluster_dns, resolv_conf};
pub use resolve::{Attempt, Outcome, Resolution, resolve, resolve_addresses};

/// The TTL of every answer, in seconds: the Corefile's, which its cache also caps others to.
pub const TTL: u32 = 30;

/// A question's type. Others (CAA, HTTPS ...) are not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QType {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// An alias.
    Cname,
    /// Names and ports of a service.
    Srv,
    /// The name of an address.
    Ptr,
    /// Text.
    Txt,
    /// The servers of a zone.
    Ns,
    /// A zone's beginning.
    Soa,
    /// Who takes mail: nobody here.
    Mx,
    /// Whatever there is: nothing, by RFC 8482's leave.
    Any,
}

impl QType {
    /// All that are modelled.
    pub const ALL: [QType; 10] = [
        QType::A,
        QType::Aaaa,
        QType::Cname,
        QType::Srv,
        QType::Ptr,
        QType::Txt,
        QType::Ns,
        QType::Soa,
        QType::Mx,
        QType::Any,
    ];

    /// As dig prints it.
    pub fn as_str(self) -> &'static str {
        match self {
            QType::A => "A",
            QType::Aaaa => "AAAA",
            QType::Cname => "CNAME",
            QType::Srv => "SRV",
            QType::Ptr => "PTR",
            QType::Txt => "TXT",
            QType::Ns => "NS",
            QType::Soa => "SOA",
            QType::Mx => "MX",
            QType::Any => "ANY",
        }
    }

    /// Reads a type, in any case; `None` for those not modelled.
    pub fn parse(text: &str) -> Option<Self> {
        QType::ALL.into_iter().find(|t| t.as_str().eq_ignore_ascii_case(text))
    }
}

/// A response code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rcode {
    /// The name exists.
    NoError,
    /// It does not.
    NxDomain,
}

impl Rcode {
    /// As dig prints it.
    pub fn as_str(self) -> &'static str {
        match self {
            Rcode::NoError => "NOERROR",
            Rcode::NxDomain => "NXDOMAIN",
        }
    }
}

/// A record's data. Names are absolute, with their dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RData {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The name that is meant.
    Cname(String),
    /// Where a service is.
    Srv {
        /// Always 0 here.
        priority: u16,
        /// 100 shared among the targets.
        weight: u16,
        /// The port.
        port: u16,
        /// The name whose address it is.
        target: String,
    },
    /// The name of an address.
    Ptr(String),
    /// Text.
    Txt(String),
    /// A server's name.
    Ns(String),
    /// The beginning of this zone.
    Soa(String),
}

impl RData {
    /// The record's type.
    pub fn qtype(&self) -> QType {
        match self {
            RData::A(_) => QType::A,
            RData::Aaaa(_) => QType::Aaaa,
            RData::Cname(_) => QType::Cname,
            RData::Srv { .. } => QType::Srv,
            RData::Ptr(_) => QType::Ptr,
            RData::Txt(_) => QType::Txt,
            RData::Ns(_) => QType::Ns,
            RData::Soa(_) => QType::Soa,
        }
    }

    /// The address of an address record.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            RData::A(address) => Some(IpAddr::V4(*address)),
            RData::Aaaa(address) => Some(IpAddr::V6(*address)),
            _ => None,
        }
    }

    fn of_address(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => RData::A(address),
            IpAddr::V6(address) => RData::Aaaa(address),
        }
    }

    /// The data as dig prints it: `10.96.0.10`, `0 100 80 web.default.svc.cluster.local.`, `"1.1.0"`.
    pub fn text(&self) -> String {
        match self {
            RData::A(address) => address.to_string(),
            RData::Aaaa(address) => address.to_string(),
            RData::Cname(name) | RData::Ptr(name) | RData::Ns(name) => name.clone(),
            // The serial number is the time of the last change, which nobody knows here.
            RData::Soa(zone) => format!("ns.dns.{zone} hostmaster.{zone} 0 7200 1800 86400 {TTL}"),
            RData::Srv { priority, weight, port, target } => format!("{priority} {weight} {port} {target}"),
            RData::Txt(text) => format!("\"{text}\""),
        }
    }
}

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The name it belongs to, absolute, in the case of the question.
    pub name: String,
    /// Seconds it may be kept.
    pub ttl: u32,
    /// What it says.
    pub data: RData,
}

impl Record {
    fn new(name: &str, data: RData) -> Self {
        Record { name: name.to_string(), ttl: TTL, data }
    }
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The response code.
    pub rcode: Rcode,
    /// The answer section, aliases before what they lead to.
    pub records: Vec<Record>,
    /// The additional section: the addresses of SRV targets.
    pub extra: Vec<Record>,
    /// The name that a resolver outside the cluster goes on with: the question's own, or an ExternalName's.
    /// What that resolver says is not known here.
    pub outside: Option<String>,
}

impl Answer {
    /// The name exists but has nothing of this type.
    pub fn nodata(&self) -> bool {
        self.rcode == Rcode::NoError && self.records.is_empty() && self.outside.is_none()
    }

    /// The addresses in the answer section.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.records.iter().filter_map(|record| record.data.address())
    }

    fn name_error() -> Self {
        Answer { rcode: Rcode::NxDomain, records: Vec::new(), extra: Vec::new(), outside: None }
    }

    fn records(records: Vec<Record>) -> Self {
        Answer { rcode: Rcode::NoError, records, extra: Vec::new(), outside: None }
    }
}
