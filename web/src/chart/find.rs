//! What is looked for on the chart: a Service, a namespace, a pod, a workload, a node, an address, or a label `k=v`.

use portolan_core::collections::Set;

use portolan_core::cluster::{Cluster, Place};
use portolan_core::objects::{ObjectMeta, ObjectRef};

use super::inside::{is_shown, workload_of};
use super::model::NodeBox;
use super::subject::Subject;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Found {
    services: Set<ObjectRef>,
    pods: Set<ObjectRef>,
    nodes: Set<String>,
    hosts: Vec<Place>,
}

/// Looks for `text`; `None` where nothing is asked.
pub(crate) fn find(cluster: &Cluster, hosts: &[(Place, String)], text: &str) -> Option<Found> {
    let text = text.trim().to_ascii_lowercase();
    if text.is_empty() {
        return None;
    }
    let mut found = Found::default();
    let has = |name: &str| name.to_ascii_lowercase().contains(&text);
    let label = text.split_once('=');
    let meta = |meta: &ObjectMeta| match label {
        Some((key, value)) => meta.labels.iter().any(|(k, v)| {
            // Half a label is enough while it is typed; a whole one means itself.
            k.to_ascii_lowercase().ends_with(key.trim()) && v.to_ascii_lowercase().starts_with(value.trim())
        }),
        None => has(&meta.name) || meta.namespace.to_ascii_lowercase() == text || has(&meta.reference().to_string()),
    };
    for service in &cluster.services {
        if meta(&service.meta) || service.cluster_ips.iter().any(|ip| has(&ip.to_string())) {
            let name = service.meta.reference();
            // With a Service stand those who answer for it.
            let endpoints = cluster.slices_of(&name).flat_map(|slice| &slice.endpoints);
            found.pods.extend(endpoints.filter_map(|e| e.pod.clone()));
            found.services.insert(name);
        }
    }
    for pod in cluster.pods.iter().filter(|pod| is_shown(pod)) {
        let owned = label.is_none() && has(&workload_of(pod));
        if owned || meta(&pod.meta) || pod.ips.iter().any(|ip| ip.to_string() == text) {
            found.pods.insert(pod.meta.reference());
        }
    }
    for node in &cluster.nodes {
        let zone = label.is_none() && node.zone.as_deref().is_some_and(|zone| zone.to_ascii_lowercase() == text);
        if zone || meta(&node.meta) || node.internal_ips.iter().any(|ip| ip.to_string() == text) {
            found.nodes.insert(node.meta.name.clone());
        }
    }
    found.hosts.extend(hosts.iter().filter(|(_, name)| has(name)).map(|(place, _)| place.clone()));
    Some(found)
}

impl Found {
    /// Whether something is among what was found.
    pub(crate) fn has(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Host(place) => self.hosts.contains(place),
            Subject::Balancer(service) | Subject::Service(service) => self.services.contains(service),
            Subject::Node(name) | Subject::Workload(name, _) => self.nodes.contains(name),
            Subject::Pod(pod) => self.pods.contains(pod),
        }
    }

    /// What of a node fades: each pod or group of pods in its order, and at the end the node. A node that was found
    /// stands with all that it holds.
    pub(crate) fn faded(&self, node: &NodeBox) -> Vec<bool> {
        let own = self.nodes.contains(&node.name);
        let mut out: Vec<bool> = node.pods.iter().map(|pod| !own && !self.pods.contains(&pod.pod)).collect();
        for chip in &node.chips {
            let members = node.workloads.iter().skip(chip.from).take(chip.count);
            out.push(!own && !members.flat_map(|w| &w.pods).any(|pod| self.pods.contains(pod)));
        }
        out.push(!own && out.iter().all(|faded| *faded));
        out
    }

    /// How much was found, in words.
    pub(crate) fn words(&self) -> String {
        let mut parts = Vec::new();
        for (count, one, many) in [
            (self.services.len(), "Service", "Services"),
            (self.pods.len(), "pod", "pods"),
            (self.nodes.len(), "node", "nodes"),
            (self.hosts.len(), "host", "hosts"),
        ] {
            if count > 0 {
                parts.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        }
        if parts.is_empty() { "nothing found".into() } else { parts.join(", ") }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_service_is_found_with_its_pods_and_their_nodes_do_not_fade() {
        let cluster = sample::cluster(3);
        let found = find(&cluster, &[], " WEB ").expect("asked");
        assert!(found.has(&Subject::Service(ObjectRef::new("default", "web"))));
        assert!(!found.has(&Subject::Service(ObjectRef::new("default", "partner"))));
        assert_eq!(found.words(), "1 Service, 3 pods");
        let chart = sample::chart(&cluster, 900.0, 0.0);
        let faded: Vec<bool> = chart.nodes.iter().map(|n| found.faded(n).last() == Some(&true)).collect();
        assert_eq!(faded, [true, false, false, false]);
    }

    #[test]
    fn labels_namespaces_zones_and_nodes_are_found() {
        let mut cluster = sample::cluster(3);
        cluster.pods[0].meta.labels.insert("app".into(), "web".into());
        assert_eq!(find(&cluster, &[], "app=we").map(|f| f.words()), Some("1 pod".into()));
        assert_eq!(find(&cluster, &[], "app=x").map(|f| f.words()), Some("nothing found".into()));
        assert_eq!(find(&cluster, &[], "default").map(|f| f.words()), Some("2 Services, 3 pods".into()));
        assert_eq!(find(&cluster, &[], "a").map(|f| f.words().contains("node")), Some(true));
        assert_eq!(find(&cluster, &[], "worker-2").map(|f| f.words()), Some("1 node".into()));
        assert_eq!(
            find(&cluster, &[(Place::Laptop, "laptop".into())], "lapt").map(|f| f.words()),
            Some("1 host".into())
        );
        assert_eq!(find(&cluster, &[], "  "), None);
    }
}
