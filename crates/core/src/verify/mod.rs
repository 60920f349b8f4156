//! Whether what a text claims of itself holds: each [`Expectation`] asked of the engine, and what is otherwise said.
//!
//! Chance is followed to all its ends: a connection is traced with many seeds, until each endpoint that could be chosen
//! was, and shares are the exact ones of the rules. Only a Scenario's shares are counted.
//!
//! [`Expectation`]: crate::expect::Expectation

mod manifest;
mod names;
mod scenario;
#[cfg(test)]
mod tests;
mod traffic;

use crate::apiserver::Outcome;
use crate::cluster::{Client, Cluster, ProxyMode};
use crate::dns;
use crate::expect::{Answers, Claim, Lookup};
use crate::objects::{self, ObjectRef};
use crate::packet::FieldRef;
use crate::proxy::Fleet;
use crate::sort;
use crate::world::{Placed, World};

/// Something that is otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What was expected.
    pub expected: String,
    /// What happens instead.
    pub found: String,
    /// Why; empty where there is nothing to add.
    pub why: String,
    /// The code of the cause, where there is one.
    pub code: Option<&'static str>,
    /// The field behind it.
    pub field: Option<Box<FieldRef>>,
    /// In which modes of kube-proxy, where the claim depends on them.
    pub modes: Vec<ProxyMode>,
}

impl Failure {
    fn new(expected: impl Into<String>, found: impl Into<String>) -> Self {
        let (expected, found) = (expected.into(), found.into());
        Failure { expected, found, why: String::new(), code: None, field: None, modes: Vec::new() }
    }
}

/// What became of one claim.
#[derive(Clone, Debug)]
pub struct Checked<'w> {
    /// The claim and its place.
    pub placed: &'w Placed,
    /// The modes that it was tried in; empty where they make no difference.
    pub modes: Vec<ProxyMode>,
    /// What is otherwise: nothing where the claim holds.
    pub failures: Vec<Failure>,
}

/// Tries every claim of the input that `wanted` takes. With a `mode`, in that one only: what is about others alone is
/// left out.
///
/// A claim that names no mode is tried in the mode of the input's KubeProxyConfiguration, or, where there is none, in all
/// three.
pub fn verify<'w>(world: &'w World, mode: Option<ProxyMode>, wanted: &dyn Fn(&Placed) -> bool) -> Vec<Checked<'w>> {
    let mut clusters: Vec<(Cluster, Fleet)> = Vec::new();
    let mut all = Vec::new();
    for placed in world.expectations().iter().filter(|placed| wanted(placed)) {
        let one = &placed.expectation;
        let modes = match (mode, one.modes.as_slice()) {
            (Some(mode), named) if named.is_empty() || named.contains(&mode) => vec![mode],
            (Some(_), _) => continue,
            (None, []) => modes_of(world, matches!(one.claim, Claim::Run(_))),
            (None, named) => named.to_vec(),
        };
        let mut checked = Checked { placed, modes: Vec::new(), failures: Vec::new() };
        match &one.claim {
            Claim::Lookup(claim) => checked.failures = lookup(world.cluster(), claim),
            Claim::Object(claim) => checked.failures = manifest::object(world, claim),
            Claim::Diagnostics(claim) => checked.failures = manifest::diagnostics(world, claim),
            Claim::Traffic(_) | Claim::Run(_) => {
                checked.failures = nobody(world, &one.claim);
                let sound = checked.failures.is_empty();
                for mode in modes.iter().filter(|_| sound) {
                    let Some((cluster, fleet)) = cluster_in(&mut clusters, world, *mode) else { continue };
                    let found = match &one.claim {
                        Claim::Traffic(claim) => traffic::check(cluster, fleet, claim),
                        Claim::Run(claim) => scenario::check(world, cluster, claim),
                        _ => Vec::new(),
                    };
                    merge(&mut checked.failures, found, *mode);
                }
                checked.modes = modes;
            }
        }
        all.push(checked);
    }
    all
}

/// Who sends where this client is meant: itself, or the first pod that was made by what has the name. Nobody where there is
/// no such client.
pub fn sender(cluster: &Cluster, wanted: &Client) -> Option<Client> {
    client(cluster, wanted).ok()
}

/// The name by which a claim speaks of a pod: of the workload that made it, or its own; with its namespace, unless that is
/// `default`.
pub fn maker(cluster: &Cluster, pod: &ObjectRef) -> String {
    let owner = cluster.pod(pod).and_then(|pod| pod.meta.owner.as_ref());
    let name = match owner {
        Some(owner) if owner.kind == "ReplicaSet" => {
            owner.name.rsplit_once('-').map_or(&*owner.name, |(front, _)| front)
        }
        Some(owner) => &owner.name,
        None => &pod.name,
    };
    if pod.namespace == "default" { name.to_string() } else { format!("{}/{name}", pod.namespace) }
}

/// Names of nobody among those that shall get nothing: such a claim would hold whatever happens.
fn nobody(world: &World, claim: &Claim) -> Vec<Failure> {
    let mut words: Vec<&str> = Vec::new();
    let mut nodes: Vec<&str> = Vec::new();
    let shares = match claim {
        Claim::Traffic(claim) => {
            words.extend(claim.endpoints.iter().flat_map(|names| &names.none_of).map(String::as_str));
            nodes.extend(claim.entry.iter().flat_map(|names| &names.none_of).map(String::as_str));
            claim.shares.as_ref()
        }
        Claim::Run(claim) => claim.shares.as_ref(),
        _ => None,
    };
    let none = |share: &f64| *share <= 0.0;
    words.extend(shares.iter().flat_map(|shares| &shares.of).filter(|(_, share)| none(share)).map(|(word, _)| &**word));
    words.retain(|word| names::is_nobody(world, word, matches!(claim, Claim::Run(_))));
    nodes.retain(|name| world.cluster().node(name).is_none());
    let missing = |what: &'static str| {
        move |word: &str| {
            Failure::new(format!("{what} {word} to get nothing"), format!("there is no {what} of that name"))
        }
    };
    let pods = words.into_iter().map(missing("pod or workload"));
    pods.chain(nodes.into_iter().map(missing("node"))).collect()
}

/// The modes of a claim that names none: that of the input's configuration, in which an empty one is a mode, too.
fn modes_of(world: &World, one: bool) -> Vec<ProxyMode> {
    let stored = |outcome: &Outcome| matches!(outcome, Outcome::Stored(_));
    let mut answers = world.answers().iter();
    let says = answers.any(|answer| answer.kind == "KubeProxyConfiguration" && stored(&answer.outcome));
    if says || one { vec![world.cluster().settings.proxy.mode] } else { ProxyMode::ALL.to_vec() }
}

/// The cluster in a mode, copied when it is first asked for.
fn cluster_in<'c>(
    clusters: &'c mut Vec<(Cluster, Fleet)>,
    world: &World,
    mode: ProxyMode,
) -> Option<&'c mut (Cluster, Fleet)> {
    let known = clusters.iter().position(|(cluster, _)| cluster.settings.proxy.mode == mode);
    let at = known.unwrap_or_else(|| {
        let mut cluster = world.cluster().clone();
        cluster.settings.proxy.mode = mode;
        clusters.push((cluster, Fleet::default()));
        clusters.len().saturating_sub(1)
    });
    clusters.get_mut(at)
}

/// Adds what fails in one mode; the same in another mode is one failure.
fn merge(all: &mut Vec<Failure>, found: Vec<Failure>, mode: ProxyMode) {
    for mut failure in found {
        let same = all.iter_mut().find(|known| (&known.expected, &known.found) == (&failure.expected, &failure.found));
        match same {
            Some(known) => known.modes.push(mode),
            None => {
                failure.modes.push(mode);
                all.push(failure);
            }
        }
    }
}

/// The client that is meant: a pod by its name, or the first that was made by what has the name.
fn client(cluster: &Cluster, wanted: &Client) -> Result<Client, Failure> {
    match wanted {
        Client::Pod(pod) if cluster.pod(pod).is_none() => {
            let mut here = cluster.pods.iter().filter(|one| one.meta.namespace == pod.namespace);
            let found = here.find(|one| !one.meta.deleting && names::made_by(cluster, one, &pod.name));
            found.map(|pod| Client::Pod(pod.meta.reference())).ok_or_else(|| absent(cluster, pod))
        }
        Client::Node(name) | Client::AddressAt { node: name, .. } if cluster.node(name).is_none() => {
            let nodes: Vec<&str> = cluster.nodes.iter().map(|node| node.meta.name.as_str()).collect();
            Err(Failure::new(format!("node {name}"), format!("there is no such node; there are {}", nodes.join(", "))))
        }
        _ => Ok(wanted.clone()),
    }
}

fn absent(cluster: &Cluster, wanted: &ObjectRef) -> Failure {
    let mut pods: Vec<ObjectRef> = cluster.pods.iter().map(|pod| pod.meta.reference()).collect();
    pods.retain(|pod| pod.namespace != "kube-system");
    // Those that it may have been meant to be stand first.
    let distance = |pod: &ObjectRef| objects::distance(&wanted.name, &pod.name, 3);
    sort::by_key(&mut pods, |pod| (pod.namespace != wanted.namespace, distance(pod)));
    let left = pods.len().saturating_sub(SHOWN);
    let mut known: Vec<String> = pods.iter().take(SHOWN).map(ToString::to_string).collect();
    if left > 0 {
        known.push(format!("{left} more"));
    }
    let known = if known.is_empty() { String::new() } else { format!("; there are {}", known.join(", ")) };
    Failure::new(format!("pod {wanted}"), format!("there is no such pod{known}"))
}

/// So many names are told where one was not found.
const SHOWN: usize = 8;

fn lookup(cluster: &Cluster, claim: &Lookup) -> Vec<Failure> {
    let from = match client(cluster, &claim.from) {
        Ok(from) => from,
        Err(failure) => return vec![failure],
    };
    let resolution = match claim.record_type {
        None => dns::resolve_addresses(cluster, &from, &claim.name),
        Some(kind) => dns::resolve(cluster, &from, &claim.name, &[kind]),
    };
    let mut records: Vec<String> = match &resolution.outcome {
        dns::Outcome::Addresses { addresses, .. } => addresses.iter().map(ToString::to_string).collect(),
        dns::Outcome::External { name, .. } => vec![name.trim_end_matches('.').to_string()],
        dns::Outcome::Records => {
            let last = resolution.attempts.last().map(|attempt| attempt.answer.records.as_slice());
            last.unwrap_or_default().iter().map(|record| record.data.text()).collect()
        }
        dns::Outcome::NotFound | dns::Outcome::NoData => Vec::new(),
    };
    records.dedup();
    let found = match &resolution.outcome {
        dns::Outcome::NotFound => "NXDOMAIN".to_string(),
        dns::Outcome::NoData => "NODATA".to_string(),
        dns::Outcome::External { name, .. } => format!("{name}, a host outside the cluster"),
        _ => records.join(", "),
    };
    let mut failures = Vec::new();
    match (&claim.answers, &resolution.outcome) {
        (Answers::NxDomain, dns::Outcome::NotFound) | (Answers::NoData, dns::Outcome::NoData) => {}
        (Answers::NxDomain, _) => failures.push(Failure::new("NXDOMAIN", found)),
        (Answers::NoData, _) => failures.push(Failure::new("NODATA", found)),
        (Answers::Records(_), dns::Outcome::NotFound | dns::Outcome::NoData) => {
            failures.push(Failure::new("an answer", found));
        }
        (Answers::Records(wanted), _) => {
            failures.extend(names::compare("answers", wanted, &records, &|word, record| {
                names::is_record(cluster, word, record)
            }));
        }
    }
    let asked: Vec<String> =
        resolution.attempts.iter().map(|attempt| format!("{} {}", attempt.qname, attempt.qtype.as_str())).collect();
    for failure in failures.iter_mut().filter(|_| !asked.is_empty()) {
        failure.why = format!("asked for {}", asked.join(", "));
    }
    failures
}
