//! What names stand for, and sets of them against what there is.

use crate::cluster::Cluster;
use crate::expect::Names;
use crate::objects::{ObjectRef, Pod};
use crate::verify::Failure;
use crate::world::World;

/// Whether a pod was made by what has this name in its namespace: a workload, or the Deployment whose ReplicaSet it has.
/// Where nothing has made pods by that name, it may be the beginning of the pod's own.
pub(super) fn made_by(cluster: &Cluster, pod: &Pod, name: &str) -> bool {
    let begins = || pod.meta.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
    let beside = |one: &&Pod| one.meta.namespace == pod.meta.namespace;
    owned(pod, name) || (begins() && !cluster.pods.iter().filter(beside).any(|one| owned(one, name)))
}

fn owned(pod: &Pod, name: &str) -> bool {
    let Some(owner) = &pod.meta.owner else { return false };
    // The ReplicaSet of a Deployment ends in the hash of its template, with which it labels its pods.
    let hash = || pod.meta.labels.get("pod-template-hash");
    let of_deployment =
        || owner.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')) == hash().map(|it| &**it);
    owner.name == name || (owner.kind == "ReplicaSet" && hash().is_some() && of_deployment())
}

/// Whether `[pod/][NS/]NAME` names this pod, or what made it; in `default` where it has no namespace.
pub(super) fn is_pod(cluster: &Cluster, word: &str, pod: &ObjectRef) -> bool {
    let word = word.strip_prefix("pod/").unwrap_or(word);
    let (namespace, name) = word.split_once('/').unwrap_or(("default", word));
    if namespace != pod.namespace {
        return false;
    }
    // A pod of that very name is meant alone.
    pod.name == name
        || cluster.pod(&ObjectRef::new(namespace, name)).is_none()
            && cluster.pod(pod).is_some_and(|pod| made_by(cluster, pod, name))
}

/// Whether a word names nobody at all: neither a pod, nor a workload that makes some, an address or a host; nor a pod that
/// a workload may make `later`.
pub(super) fn is_nobody(world: &World, word: &str, later: bool) -> bool {
    let plain = word.strip_prefix("pod/").unwrap_or(word);
    let (namespace, name) = plain.split_once('/').unwrap_or(("default", plain));
    if plain.contains(['.', ':']) {
        return false;
    }
    let cluster = world.cluster();
    let makes = world.workloads().iter().any(|workload| {
        let rest = name.strip_prefix(&*workload.meta.name).filter(|_| workload.meta.namespace == namespace);
        rest.is_some_and(|rest| rest.is_empty() || later && rest.starts_with('-'))
    });
    !makes && !cluster.pods.iter().any(|pod| is_pod(cluster, word, &pod.meta.reference()))
}

/// Whether a word names a record's data: the data itself, the cluster IP of `svc/[NS/]NAME`, or an address of a pod.
pub(super) fn is_record(cluster: &Cluster, word: &str, record: &str) -> bool {
    if word == record || word.trim_end_matches('.') == record.trim_end_matches('.') {
        return true;
    }
    let Ok(address) = record.parse() else { return false };
    if let Some(name) = word.strip_prefix("svc/") {
        let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
        let service = cluster.service(&ObjectRef::new(namespace, name));
        return service.is_some_and(|service| service.cluster_ips.contains(&address));
    }
    let mut pods = cluster.pods.iter().filter(|pod| pod.ips.contains(&address));
    pods.any(|pod| is_pod(cluster, word, &pod.meta.reference()))
}

/// Holds what is wanted against what there is.
pub(super) fn compare(what: &str, wanted: &Names, found: &[String], is: &dyn Fn(&str, &str) -> bool) -> Vec<Failure> {
    let list = |names: &[String]| if names.is_empty() { "none".to_string() } else { names.join(", ") };
    let mut failures = Vec::new();
    let lacks = |names: &[String]| names.iter().any(|word| !found.iter().any(|one| is(word, one)));
    if let Some(exactly) = &wanted.exactly {
        let over = found.iter().any(|one| !exactly.iter().any(|word| is(word, one)));
        if over || lacks(exactly) {
            failures.push(Failure::new(format!("{what} {}", list(exactly)), list(found)));
        }
    }
    if lacks(&wanted.at_least) {
        failures.push(Failure::new(format!("{what} with at least {}", list(&wanted.at_least)), list(found)));
    }
    if wanted.none_of.iter().any(|word| found.iter().any(|one| is(word, one))) {
        failures.push(Failure::new(format!("{what} without {}", list(&wanted.none_of)), list(found)));
    }
    if let Some(count) = wanted.count.filter(|count| *count as usize != found.len()) {
        let names = if found.is_empty() { String::new() } else { format!(": {}", list(found)) };
        let what = if count == 1 { what.trim_end_matches('s') } else { what };
        failures.push(Failure::new(format!("{count} {what}"), format!("{}{names}", found.len())));
    }
    failures
}
