//! Deployment to ReplicaSet to pods.
//!
//! Upstream: pkg/controller/deployment (names and the pod-template-hash label), pkg/controller/replicaset.

use crate::controllers::hash::template_hash;
use crate::controllers::print;
use crate::objects::{ObjectMeta, OwnerRef, Value};

use super::{Work, Workload};

/// The label that tells the pods of a Deployment's ReplicaSets apart.
const TEMPLATE_HASH: &str = "pod-template-hash";

/// A ReplicaSet that was made for a Deployment.
#[derive(Clone, Debug)]
pub struct ReplicaSet {
    /// Name, labels, owner.
    pub meta: ObjectMeta,
    /// Its Deployment: the place in the list of workloads.
    pub workload: usize,
}

impl ReplicaSet {
    /// The object as it is stored; `deployment` is the workload it was made for.
    pub fn to_value(&self, deployment: &Workload) -> Value {
        let hash = self.meta.labels.get(TEMPLATE_HASH).map(String::as_str).unwrap_or_default();
        let mut template = deployment.template.value().clone();
        let mut metadata = template.remove("metadata").unwrap_or_default();
        let mut labels = metadata.remove("labels").unwrap_or_default();
        labels.set(TEMPLATE_HASH, hash.into());
        let mut selector = deployment.selector_value.clone();
        let mut pairs = selector.remove("matchLabels").unwrap_or_default();
        pairs.set(TEMPLATE_HASH, hash.into());
        selector.set("matchLabels", pairs);
        metadata.set("labels", labels);
        let spec = template.remove("spec").unwrap_or_default();
        let template = Value::object([("metadata", metadata), ("spec", spec)]);
        Value::object([
            ("apiVersion", Value::from("apps/v1")),
            ("kind", "ReplicaSet".into()),
            ("metadata", print::meta(&self.meta, &["apps/v1"])),
            (
                "spec",
                Value::object([
                    ("replicas", Value::Int(i64::from(deployment.replicas))),
                    ("selector", selector),
                    ("template", template),
                ]),
            ),
        ])
    }
}

/// Makes a Deployment's ReplicaSet and its pods, unless the input brings ReplicaSets of it along: those have pods of
/// their own.
pub(super) fn deploy(work: &mut Work<'_>, at: usize, deployment: &Workload) {
    let namespace = &deployment.meta.namespace;
    let key = (namespace.clone(), deployment.meta.name.clone());
    if work.has_replica_sets.contains(&key) {
        return;
    }
    // Pods of a ReplicaSet that was left out of the input tell its name.
    let prefix = format!("{}-", deployment.meta.name);
    let first = (namespace.clone(), "ReplicaSet".to_string(), prefix.clone());
    let told = work
        .given
        .by_owner
        .iter_from(&first)
        .take_while(|((space, kind, name), _)| space == namespace && kind == "ReplicaSet" && name.starts_with(&prefix))
        .filter(|(_, pods)| pods.iter().any(|pod| deployment.selector.matches(&pod.labels)))
        .map(|((_, _, name), _)| name.clone())
        .find(|name| !name[prefix.len()..].contains('-'));
    let name = told.unwrap_or_else(|| prefix.clone() + &template_hash(deployment.template.hash));
    let hash = name[prefix.len()..].to_string();
    let mut labels = deployment.template.pod.meta.labels.clone();
    labels.insert(TEMPLATE_HASH.to_string(), hash.clone());
    work.made.replica_sets.push(ReplicaSet {
        meta: ObjectMeta {
            name: name.clone(),
            namespace: namespace.clone(),
            labels,
            owner: Some(deployment.owner()),
            origin: deployment.template.pod.meta.origin.clone(),
            ..ObjectMeta::default()
        },
        workload: at,
    });
    let owner = OwnerRef { kind: "ReplicaSet".to_string(), name };
    fill(work, at, deployment, &owner, &deployment.selector.with(TEMPLATE_HASH, &hash), &[(TEMPLATE_HASH, &hash)]);
}

/// Makes the pods that a ReplicaSet lacks.
pub(super) fn replicate(work: &mut Work<'_>, at: usize, set: &Workload) {
    fill(work, at, set, &set.owner(), &set.selector, &[]);
}

fn fill(
    work: &mut Work<'_>,
    at: usize,
    workload: &Workload,
    owner: &OwnerRef,
    selector: &super::LabelSelector,
    labels: &[(&str, &str)],
) {
    let given = work.given.of(&workload.meta.namespace, owner, selector);
    if work.only_missing && !given.is_empty() {
        return;
    }
    let have: Vec<String> = given.iter().filter(|pod| pod.active).map(|pod| pod.node.clone()).collect();
    let count = workload.replicas.saturating_sub(u32::try_from(have.len()).unwrap_or(u32::MAX));
    work.make_replicas(at, workload, owner, labels, &have, count);
}
