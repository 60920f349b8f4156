//! StatefulSet to pods with ordinals, each with a name of its own in the governing Service's domain.
//!
//! Upstream: pkg/controller/statefulset (stateful_set_utils.go, stateful_set_control.go).

use crate::collections::Map;

use crate::controllers::schedule::Own;

use super::{MAX_PENDING, MadePod, Work, Workload, start, unschedulable};

/// Makes the ordinals that are missing. Unless the pods are managed in parallel, none is made after one that is not
/// ready.
pub(super) fn make(work: &mut Work<'_>, at: usize, set: &Workload) {
    let owner = set.owner();
    let given = work.given.of(&set.meta.namespace, &owner, &set.selector);
    let prefix = format!("{}-", set.meta.name);
    let have: Map<String, bool> = given
        .into_iter()
        .filter(|pod| pod.name.starts_with(&prefix))
        .map(|pod| (pod.name.clone(), pod.active && pod.ready))
        .collect();
    if work.only_missing && !have.is_empty() {
        return;
    }
    let revision = prefix.clone() + &crate::controllers::hash::template_hash(set.template.hash);
    let mut own = Own::default();
    let mut pending = 0;
    for ordinal in set.first_ordinal..set.first_ordinal.saturating_add(set.replicas) {
        let number = ordinal.to_string();
        let name = format!("{prefix}{number}");
        let ready = match have.get(&name) {
            Some(ready) => *ready,
            None => {
                if !work.affords(set) {
                    break;
                }
                let labels = [
                    ("statefulset.kubernetes.io/pod-name", name.as_str()),
                    ("apps.kubernetes.io/pod-index", &number),
                    ("controller-revision-hash", &revision),
                ];
                let mut pod = work.new_pod(set, name.clone(), owner.clone(), &labels);
                pod.hostname.clone_from(&name);
                pod.subdomain.clone_from(&set.service_name);
                let place = work.scheduler.place(&set.template.constraints, &own);
                match place.map(|node| node.meta.name.clone()) {
                    Some(node) => {
                        work.scheduler.owns(&mut own, &node);
                        start(&mut pod, &node, &mut work.scheduler, &mut work.made.notes);
                    }
                    None => {
                        pending += 1;
                        if pending == 1 {
                            let who = format!("Pod {}", pod.meta.reference());
                            work.made.notes.push(unschedulable(&set.meta.origin, &who));
                        }
                    }
                }
                let ready = pod.is_ready();
                work.made.pods.push(MadePod { pod, workload: at });
                ready
            }
        };
        if (!ready && !set.parallel) || pending >= MAX_PENDING {
            break;
        }
    }
}
