//! DaemonSet to one pod on each node that it tolerates, cordoned ones included.
//!
//! Upstream: pkg/controller/daemon (daemon_controller.go, util/daemonset_util.go).

use crate::collections::Set;

use super::{MadePod, Work, Workload, start};

/// Makes a pod on each node that should have one and has none.
pub(super) fn make(work: &mut Work<'_>, at: usize, set: &Workload) {
    let owner = set.owner();
    let given = work.given.of(&set.meta.namespace, &owner, &set.selector);
    if work.only_missing && !given.is_empty() {
        return;
    }
    let have: Set<String> = given.iter().filter(|pod| pod.active).map(|pod| pod.node.clone()).collect();
    let revision = crate::controllers::hash::template_hash(set.template.hash);
    let labels = [("controller-revision-hash", revision.as_str()), ("pod-template-generation", "1")];
    for node in work.scheduler.nodes() {
        if have.contains(&node.meta.name) || !set.template.constraints.allow(node) {
            continue;
        }
        if !work.affords(set) {
            break;
        }
        // Named by the node, so that a node that comes or goes renames nobody.
        let hash = crate::controllers::hash::hash64(work.seed, &[&set.meta.namespace, &set.meta.name, &node.meta.name]);
        let name = crate::controllers::hash::generated(&format!("{}-", set.meta.name), hash);
        let mut pod = work.new_pod(set, name, owner.clone(), &labels);
        start(&mut pod, &node.meta.name, &mut work.scheduler, &mut work.made.notes);
        work.made.pods.push(MadePod { pod, workload: at });
    }
}
