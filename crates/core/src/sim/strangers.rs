//! What a Scenario speaks of and the cluster does not have.

use super::{Command, Load, Scenario};
use crate::cluster::{Client, Cluster};
use crate::controllers::workload::Workload;
use crate::objects::ObjectRef;

impl Scenario {
    /// What of it concerns nobody: the paths of its clients and events, each with a sentence. A pod may be one that a
    /// workload makes later.
    pub fn strangers(&self, cluster: &Cluster, workloads: &[Workload]) -> Vec<(String, String)> {
        let known = Known { cluster, workloads };
        let clients = self.load.iter().enumerate();
        let clients = clients.filter_map(|(at, load)| Some((format!("spec.clients[{at}]"), known.sender(load)?)));
        let events = self.events.iter().enumerate();
        let events =
            events.filter_map(|(at, event)| Some((format!("spec.events[{at}]"), known.command(&event.command)?)));
        clients.chain(events).collect()
    }
}

struct Known<'a> {
    cluster: &'a Cluster,
    workloads: &'a [Workload],
}

impl Known<'_> {
    /// What a command asks for that is not there.
    fn command(&self, command: &Command) -> Option<String> {
        match command {
            Command::KillPod(pod)
            | Command::SetReady(pod, _)
            | Command::Crash(pod, _)
            | Command::Hang(pod)
            | Command::SetListen(pod, _) => self.pod(pod),
            Command::Scale(kind, of, _) | Command::Restart(kind, of) | Command::RestartBroken(kind, of, _) => {
                self.workload(kind, of)
            }
            Command::SetZoneJoined(zone, _) => {
                let there = self.cluster.nodes.iter().any(|node| node.zone.as_ref() == Some(zone));
                (!there).then(|| format!("no node is in zone {zone}"))
            }
            Command::SetNodeRunning(node, _) | Command::Drain(node) | Command::Uncordon(node) => self.node(node),
            Command::SetServer(server) if server.kind == "Pod" => self.pod(&server.of),
            Command::SetServer(server) => self.workload(&server.kind, &server.of),
            Command::Send(load) | Command::StartLoad(load) => self.sender(load),
            Command::SetProxyMode(_) | Command::StopLoad(_) | Command::StopClient(_) => None,
        }
    }

    fn sender(&self, load: &Load) -> Option<String> {
        match &load.from {
            Client::Pod(pod) => self.pod(pod),
            Client::Node(node) | Client::AddressAt { node, .. } => self.node(node),
            _ => None,
        }
    }

    fn node(&self, name: &str) -> Option<String> {
        self.cluster.node(name).is_none().then(|| format!("there is no node {name}"))
    }

    fn pod(&self, wanted: &ObjectRef) -> Option<String> {
        let begins = |name: &str, front: &str| name == front || name.strip_prefix(front).is_some_and(is_more);
        let here = self.cluster.pods.iter().filter(|pod| pod.meta.namespace == wanted.namespace);
        let mut makers = self.workloads.iter().filter(|one| one.meta.namespace == wanted.namespace);
        let there = here.into_iter().any(|pod| begins(&pod.meta.name, &wanted.name))
            || makers.any(|maker| begins(&wanted.name, &maker.meta.name));
        (!there).then(|| format!("there is no pod {wanted}"))
    }

    fn workload(&self, kind: &str, wanted: &ObjectRef) -> Option<String> {
        let given = self.workloads.iter().any(|one| one.kind.as_str() == kind && one.meta.reference() == *wanted);
        // A Deployment's own ReplicaSet.
        let made = || {
            self.cluster.pods.iter().any(|pod| {
                let owner = pod.meta.owner.as_ref();
                pod.meta.namespace == wanted.namespace
                    && owner.is_some_and(|owner| owner.kind == kind && owner.name == wanted.name)
            })
        };
        (!given && !made()).then(|| format!("there is no {kind} {wanted}"))
    }
}

/// What follows the beginning of a generated name.
fn is_more(rest: &str) -> bool {
    rest.starts_with('-')
}
