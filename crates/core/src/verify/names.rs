//! What names stand for, and sets of them against what there is.

use crate::cluster::Cluster;
use crate::expect::Names;
use crate::objects::{ObjectRef, Pod};
use crate::verify::Failure;

/// Whether a pod was made by what has this name: a workload, or the ReplicaSet of a Deployment. Where nothing has made
/// pods by that name, it may be the beginning of the pod's own.
pub(super) fn made_by(cluster: &Cluster, pod: &Pod, name: &str) -> bool {
    let owned = |pod: &Pod| {
        pod.meta.owner.as_ref().is_some_and(|owner| {
            let of_deployment = || owner.name.rsplit_once('-').is_some_and(|(front, _)| front == name);
            owner.name == name || (owner.kind == "ReplicaSet" && of_deployment())
        })
    };
    let begins = || pod.meta.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
    owned(pod) || (begins() && !cluster.pods.iter().any(owned))
}

/// Whether `[pod/][NS/]NAME` names this pod, or what made it. Without a namespace it may be in any.
pub(super) fn is_pod(cluster: &Cluster, word: &str, pod: &ObjectRef) -> bool {
    let word = word.strip_prefix("pod/").unwrap_or(word);
    let name = match word.split_once('/') {
        Some((namespace, _)) if namespace != pod.namespace => return false,
        Some((_, name)) => name,
        None => word,
    };
    if pod.name == name {
        return true;
    }
    // A pod of that very name is meant alone.
    let exact = cluster.pods.iter().any(|one| one.meta.name == name);
    !exact && cluster.pod(pod).is_some_and(|pod| made_by(cluster, pod, name))
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
        failures.push(Failure::new(format!("{count} {what}"), format!("{}{names}", found.len())));
    }
    failures
}
