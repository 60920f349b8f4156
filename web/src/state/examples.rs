//! The examples: manifests in web/examples, each a text that says itself what to look at.

/// One example.
pub(crate) struct Example {
    /// Its name in a link.
    pub(crate) id: &'static str,
    /// Under which heading.
    pub(crate) group: &'static str,
    /// Its title.
    pub(crate) title: &'static str,
    /// What there is to see.
    pub(crate) about: &'static str,
    /// The manifest.
    pub(crate) text: &'static str,
}

macro_rules! examples {
    ($($group:literal { $($id:literal, $title:literal, $about:literal;)* })*) => {
        /// All examples, the one that the page opens with first.
        pub(crate) const EXAMPLES: &[Example] = &[
            $($(Example {
                id: $id,
                group: $group,
                title: $title,
                about: $about,
                text: include_str!(concat!("../../examples/", $id, ".yaml")),
            },)*)*
        ];
    };
}

examples! {
    "A Service over pods" {
        "node-port", "NodePort on every node", "Port 31000 opens on each node; any node reaches any pod.";
        "ephemeral-pods", "Pods come and go", "Kill a pod: its address dies with it, the Service stays.";
        "scaling", "Scaling out", "Two replicas, then more: the shares follow.";
        "rolling-update", "A rolling update", "Pods are replaced; some requests are refused.";
        "rolling-update-drained", "A rolling update, drained", "With a preStop delay nothing fails.";
        "session-affinity", "Session affinity", "ClientIP: each client keeps to one pod.";
    }
    "When things fail" {
        "retry-storm", "A retry storm", "Two slow seconds, and retries that keep it from getting well.";
        "zone-cut-off", "A zone cut off", "Its pods stay endpoints for 50 s, and its proxies keep their rules.";
        "crash-loop", "A crash loop", "minReadySeconds holds a rollout whose pods crash.";
    }
    "Service types" {
        "cluster-ip", "ClusterIP", "Inside the cluster only.";
        "cluster-ip-outside", "ClusterIP from outside", "Why an outside client gets no answer.";
        "node-port-dynamic", "NodePort, any port", "The server allocates one from 30000-32767.";
        "load-balancer", "LoadBalancer", "An external address, with cluster IP and node port under it.";
        "load-balancer-pending", "LoadBalancer, pending", "No cloud answers: EXTERNAL-IP stays <pending>.";
        "external-name", "ExternalName", "A DNS alias for a host outside; nothing is proxied.";
        "headless", "Headless", "clusterIP None: names that lead straight to StatefulSet pods.";
        "selectorless", "Without a selector", "Your own EndpointSlice points to a database outside.";
        "external-policy-local", "externalTrafficPolicy Local", "The source address stays; nodes without a pod are silent.";
    }
    "kubectl port-forward" {
        "port-forward-pod", "To a pod", "A tunnel through 6443 and 10250, past every Service.";
        "port-forward-deployment", "To a Deployment", "One pod is picked, once.";
        "port-forward-service", "To a Service", "Still one pod: no balancing, and it breaks when that pod dies.";
    }
    "Ports of the cluster" {
        "components", "Components' ports", "6443, 2379-2380, 10250, and what listens on localhost only.";
    }
    "From the notes, as they stand" {
        "notes-service", "One Service of three types", "type: ClusterIP,NodePort,LoadBalancer, and a fix for each.";
        "notes-node-port", "The same with nodePort 31000", "Only two of the three fixes can keep the port.";
        "notes-external", "ExternalService", "An ExternalName for api.acmecorp.com.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::session::Session;

    #[test]
    fn every_example_loads_as_it_should() {
        for example in EXAMPLES {
            let session = Session::new(example.text, false, 0);
            let errors: Vec<String> = session
                .diagnostics
                .iter()
                .filter(|d| d.severity == portolan_core::diagnostic::Severity::Error)
                .map(|d| d.message.clone())
                .collect();
            let broken = example.id.starts_with("notes-") && example.id != "notes-external";
            assert_eq!(!errors.is_empty(), broken, "{}: {errors:?}", example.id);
            if !example.id.starts_with("notes-") && example.id != "node-port-dynamic" {
                let load = session.scenario().and_then(|s| s.load.first());
                assert!(load.is_some(), "{} names no client and target", example.id);
            }
        }
    }

    #[test]
    fn ids_are_unique_and_fit_a_link() {
        let mut ids: Vec<&str> = EXAMPLES.iter().map(|e| e.id).collect();
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')));
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}
