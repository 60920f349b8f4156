//! CoreDNS's answer to one question, after `plugin/kubernetes/{kubernetes,parse,reverse,handler}.go`.

use std::net::IpAddr;

use super::name::{absolute, is_under, is_valid, prefix, relative, reverse_address};
use super::outside::{is_short_name, outside_exists};
use super::{Answer, QType, RData, Rcode, Record, cluster_dns};
use crate::cluster::Cluster;
use crate::objects::{Endpoint, EndpointSlice, ObjectRef, Service, ServiceType};

/// The version of the DNS schema that `dns-version` states.
const SCHEMA_VERSION: &str = "1.1.0";
/// Aliases followed in one answer, as CoreDNS bounds them.
const MAX_ALIASES: usize = 7;

/// What the server finds under a name: an address, or for an ExternalName another name.
enum Host {
    Address(IpAddr),
    Name(String),
}

struct Found {
    host: Host,
    /// `None` where no port is declared; such a record serves addresses but not SRV.
    port: Option<u16>,
    /// The absolute name of what was found, which SRV gives as target.
    target: String,
}

/// The name does not exist: NXDOMAIN.
struct NameError;

/// Answers `qname` (taken as absolute, with or without its final dot) as the cluster's CoreDNS does.
///
/// Names outside the cluster's domain go to the resolver of the node it runs on; see [`Answer::outside`].
pub fn query(cluster: &Cluster, qname: &str, qtype: QType) -> Answer {
    if !is_valid(qname) {
        return Answer::name_error();
    }
    let qname = absolute(qname);
    let domain = cluster.settings.dns_domain.as_str();
    let Some(domain) = [domain, "in-addr.arpa", "ip6.arpa"].into_iter().find(|zone| is_under(&qname, zone)) else {
        return outside(cluster, qname);
    };
    let zone = zone_as_asked(&qname, domain);
    let apex = zone.len() == qname.len();
    match qtype {
        QType::Soa if apex => return Answer::records(vec![Record::new(&qname, RData::Soa(zone))]),
        // Whether there is such a name is not even looked at.
        QType::Soa => return Answer::records(Vec::new()),
        QType::Ns if apex => return name_servers(cluster, &zone),
        _ => {}
    }
    if domain.ends_with("arpa") {
        // Whatever is not found here falls through to the outside, which does not know private addresses either.
        return match (qtype, reverse_address(&qname)) {
            (QType::Ptr, Some(address)) => pointers(cluster, &qname, address),
            _ if apex => Answer::records(Vec::new()),
            _ => Answer::name_error(),
        };
    }
    let answer = match qtype {
        QType::A | QType::Aaaa => {
            let mut aliases = Vec::new();
            addresses(cluster, &qname, &zone, qtype, &mut aliases)
        }
        QType::Cname => backend(cluster, &qname, &zone).map(|found| {
            let alias = found.into_iter().next().and_then(|found| match found.host {
                Host::Name(name) => Some(Record::new(&qname, RData::Cname(absolute(&name)))),
                Host::Address(_) => None,
            });
            Answer::records(alias.into_iter().collect())
        }),
        QType::Srv => backend(cluster, &qname, &zone).map(|found| services(&qname, &found)),
        // Only existence is looked at: what stands under the domain has no reverse names, takes no mail, and so on.
        QType::Ptr | QType::Mx | QType::Ns | QType::Soa | QType::Any => {
            backend(cluster, &qname, &zone).map(|_| Answer::records(Vec::new()))
        }
        // Any other name has no text, whether it exists or not.
        QType::Txt => Ok(Answer::records(
            prefix(&qname, domain)
                .filter(|label| label.eq_ignore_ascii_case("dns-version"))
                .map(|_| Record::new(&qname, RData::Txt(SCHEMA_VERSION.to_string())))
                .into_iter()
                .collect(),
        )),
    };
    answer.unwrap_or_else(|NameError| Answer::name_error())
}

/// The addresses by which the server is known: those of its Service.
fn servers(cluster: &Cluster) -> Vec<IpAddr> {
    let service = cluster.service(&ObjectRef::new("kube-system", "kube-dns")).filter(|service| !service.headless);
    service.map_or_else(|| cluster_dns(cluster), |service| service.cluster_ips.clone())
}

/// NS, asked of a zone itself: the server's Service, with its addresses beside it (`plugin/kubernetes/ns.go`).
fn name_servers(cluster: &Cluster, zone: &str) -> Answer {
    let target = format!("kube-dns.kube-system.svc.{zone}");
    let glue = |address| Record::new(&target, RData::of_address(address));
    let extra = servers(cluster).into_iter().map(glue).collect();
    Answer { extra, ..Answer::records(vec![Record::new(zone, RData::Ns(target.clone()))]) }
}

fn outside(cluster: &Cluster, qname: String) -> Answer {
    if !outside_exists(cluster, &qname) {
        return Answer::name_error();
    }
    Answer { outside: Some(qname), ..Answer::records(Vec::new()) }
}

/// The domain in the letters of the question, with its final dot: targets under it are spelled like that.
fn zone_as_asked(qname: &str, domain: &str) -> String {
    let at = qname.len().saturating_sub(relative(domain).len() + 1);
    qname.get(at..).unwrap_or(qname).to_string()
}

/// A and AAAA: addresses, or an alias and where it leads.
fn addresses(
    cluster: &Cluster,
    qname: &str,
    zone: &str,
    qtype: QType,
    aliases: &mut Vec<String>,
) -> Result<Answer, NameError> {
    let mut answer = Answer::records(Vec::new());
    for found in backend(cluster, qname, zone)? {
        match found.host {
            Host::Address(address) => {
                let record = Record::new(qname, RData::of_address(address));
                if record.data.qtype() == qtype && !answer.records.contains(&record) {
                    answer.records.push(record);
                }
            }
            Host::Name(name) => {
                let name = absolute(&name);
                let lowered = name.to_ascii_lowercase();
                // An alias of itself, or one that was followed already, is left out.
                if is_under(&name, qname) || aliases.len() > MAX_ALIASES || aliases.contains(&lowered) {
                    continue;
                }
                aliases.push(lowered);
                let alias = Record::new(qname, RData::Cname(name.clone()));
                if is_under(&name, zone) {
                    // One that leads nowhere inside is not shown: the answer is empty, not NXDOMAIN.
                    if let Ok(next) = addresses(cluster, &name, zone, qtype, aliases)
                        && !next.records.is_empty()
                    {
                        answer.records.push(alias);
                        answer.records.extend(next.records);
                        answer.outside = next.outside;
                    }
                } else {
                    answer.records.push(alias);
                    // The author of the Service says that it exists; but an alias goes through no search path, so a
                    // Service's short name is no name out there.
                    if !is_short_name(cluster, &name) {
                        answer.outside = Some(name);
                    }
                }
            }
        }
    }
    Ok(answer)
}

/// SRV: one record for each target and port, with the targets' addresses beside them.
fn services(qname: &str, found: &[Found]) -> Answer {
    let inside: Vec<(IpAddr, &Found)> = found
        .iter()
        .filter_map(|found| match found.host {
            Host::Address(address) => Some((address, found)),
            Host::Name(_) => None,
        })
        .collect();
    let weight = u16::try_from(100 / inside.len().max(1)).unwrap_or(1).max(1);
    let mut answer = Answer::records(Vec::new());
    for (address, found) in inside {
        let Some(port) = found.port else { continue };
        let target = found.target.clone();
        let glue = Record::new(&target, RData::of_address(address));
        let record = Record::new(qname, RData::Srv { priority: 0, weight, port, target });
        if !answer.records.contains(&record) {
            answer.records.push(record);
        }
        if !answer.extra.contains(&glue) {
            answer.extra.push(glue);
        }
    }
    answer
}

/// PTR: the Service that has the address, or else every endpoint name of it.
fn pointers(cluster: &Cluster, qname: &str, address: IpAddr) -> Answer {
    let domain = relative(&cluster.settings.dns_domain);
    let has = |service: &&Service| {
        service.cluster_ips.contains(&address)
            || service.external_ips.contains(&address)
            || service.ingress.iter().any(|ingress| ingress.ip == Some(address))
    };
    let mut records = Vec::new();
    if let Some(service) = cluster.services.iter().find(has) {
        let name = format!("{}.{}.svc.{domain}.", service.meta.name, service.meta.namespace);
        return Answer::records(vec![Record::new(qname, RData::Ptr(name))]);
    }
    for slice in &cluster.slices {
        for endpoint in published(slice).filter(|endpoint| endpoint.addresses.contains(&address)) {
            let host = endpoint_name(endpoint, address);
            let name = format!("{host}.{}.{}.svc.{domain}.", slice.service, slice.meta.namespace);
            let record = Record::new(qname, RData::Ptr(name));
            if !records.contains(&record) {
                records.push(record);
            }
        }
    }
    Answer { rcode: if records.is_empty() { Rcode::NxDomain } else { Rcode::NoError }, ..Answer::records(records) }
}

/// What the name says, from the right: `svc` or `pod`, namespace, Service, then an endpoint or a port and protocol.
fn backend(cluster: &Cluster, qname: &str, zone: &str) -> Result<Vec<Found>, NameError> {
    let base = prefix(qname, zone).ok_or(NameError)?.to_ascii_lowercase();
    if base == "ns.dns" {
        let target = absolute(qname);
        let server = |address| Found { host: Host::Address(address), port: None, target: target.clone() };
        return Ok(servers(cluster).into_iter().map(server).collect());
    }
    let mut labels = base.split('.').rev().filter(|label| !label.is_empty());
    let kind = match labels.next() {
        None => return Ok(Vec::new()),
        Some(kind @ ("svc" | "pod")) => kind,
        Some(_) => return Err(NameError),
    };
    let Some(namespace) = labels.next() else { return Ok(Vec::new()) };
    let name = labels.next();
    let rest: Vec<&str> = labels.collect();
    if rest.len() > 2 || !cluster.namespaces.iter().any(|known| known == namespace) {
        return Err(NameError);
    }
    let Some(name) = name else { return Ok(Vec::new()) };
    if kind == "pod" {
        let address = pod_address(name).ok_or(NameError)?;
        let target = format!("{name}.{namespace}.pod.{zone}");
        return Ok(vec![Found { host: Host::Address(address), port: None, target }]);
    }
    let named = |service: &&Service| service.meta.name == name && service.meta.namespace == namespace;
    let service = cluster.services.iter().find(named).ok_or(NameError)?;
    let strip = |label: &str| label.strip_prefix('_').unwrap_or(label).to_string();
    let (endpoint, port, protocol) = match rest.as_slice() {
        [] => (None, String::new(), String::new()),
        [endpoint] => (Some(*endpoint), String::new(), String::new()),
        // From the right: the protocol comes first.
        [protocol, port, ..] => (None, strip(port), strip(protocol)),
    };
    let matches = |name: &str, lower: &str| {
        (port.is_empty() || port.eq_ignore_ascii_case(name)) && (protocol.is_empty() || protocol == lower)
    };
    let own = format!("{name}.{namespace}.svc.{zone}");
    let mut found = Vec::new();
    if service.service_type == ServiceType::ExternalName {
        // An address in the name's place is no alias, and then the name does not exist.
        if endpoint.is_some() || service.external_name.parse::<IpAddr>().is_ok() {
            return Err(NameError);
        }
        return Ok(vec![Found { host: Host::Name(service.external_name.clone()), port: None, target: own }]);
    }
    if service.headless || endpoint.is_some() {
        for slice in cluster.slices_of(&service.meta.reference()) {
            let ports: Vec<Option<u16>> = if slice.ports.is_empty() {
                matches("", "").then_some(None).into_iter().collect()
            } else {
                let fits = slice.ports.iter().filter(|port| matches(&port.name, port.protocol.lower()));
                fits.map(|port| port.port).collect()
            };
            for endpoint_here in published(slice) {
                for address in &endpoint_here.addresses {
                    let host = endpoint_name(endpoint_here, *address);
                    if endpoint.is_some_and(|asked| !asked.eq_ignore_ascii_case(&host)) {
                        continue;
                    }
                    for port in &ports {
                        let target = format!("{host}.{own}");
                        found.push(Found { host: Host::Address(*address), port: *port, target });
                    }
                }
            }
        }
    } else {
        let ports: Vec<Option<u16>> = if service.ports.is_empty() {
            matches("", "").then_some(None).into_iter().collect()
        } else {
            let fits = service.ports.iter().filter(|port| matches(&port.name, port.protocol.lower()));
            fits.map(|port| Some(port.port)).collect()
        };
        for port in ports {
            for address in &service.cluster_ips {
                found.push(Found { host: Host::Address(*address), port, target: own.clone() });
            }
        }
    }
    if found.is_empty() { Err(NameError) } else { Ok(found) }
}

/// The endpoints that are published: ready ones, among which the controller counts those of
/// `publishNotReadyAddresses`.
fn published(slice: &EndpointSlice) -> impl Iterator<Item = &Endpoint> {
    slice.endpoints.iter().filter(|endpoint| endpoint.is_ready())
}

/// An endpoint's label: its hostname, or its address with dashes.
fn endpoint_name(endpoint: &Endpoint, address: IpAddr) -> String {
    match &endpoint.hostname {
        Some(hostname) if !hostname.is_empty() => hostname.clone(),
        _ => address.to_string().replace(['.', ':'], "-"),
    }
}

/// The address in a pod's name; nobody checks that there is such a pod.
fn pod_address(label: &str) -> Option<IpAddr> {
    let four = label.matches('-').count() == 3 && !label.contains("--");
    label.replace('-', if four { "." } else { ":" }).parse().ok()
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
