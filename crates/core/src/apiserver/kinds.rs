//! The kinds that the store keeps, and how the API names them.

use super::names::NameRule;
use crate::objects::Value;

/// One kind.
#[derive(Debug)]
pub(crate) struct Kind {
    /// `Deployment`.
    pub(crate) name: &'static str,
    /// `apps/v1`.
    pub(crate) api_version: &'static str,
    /// As messages have it, with the group: `Deployment.apps`.
    pub(crate) qualified: &'static str,
    /// The resource as messages have it: `deployments.apps`.
    pub(crate) resource: &'static str,
    /// Whether its objects live in a namespace.
    pub(crate) namespaced: bool,
    /// What its names look like.
    pub(crate) names: NameRule,
}

const fn kind(
    name: &'static str,
    api_version: &'static str,
    qualified: &'static str,
    resource: &'static str,
    namespaced: bool,
    names: NameRule,
) -> Kind {
    Kind { name, api_version, qualified, resource, namespaced, names }
}

const KINDS: [Kind; 11] = [
    kind("Service", "v1", "Service", "services", true, NameRule::Label),
    kind("Pod", "v1", "Pod", "pods", true, NameRule::Subdomain),
    kind("Endpoints", "v1", "Endpoints", "endpoints", true, NameRule::Subdomain),
    kind("Node", "v1", "Node", "nodes", false, NameRule::Subdomain),
    kind("Namespace", "v1", "Namespace", "namespaces", false, NameRule::Label),
    kind("Deployment", "apps/v1", "Deployment.apps", "deployments.apps", true, NameRule::Subdomain),
    kind("ReplicaSet", "apps/v1", "ReplicaSet.apps", "replicasets.apps", true, NameRule::Subdomain),
    kind("StatefulSet", "apps/v1", "StatefulSet.apps", "statefulsets.apps", true, NameRule::Label),
    kind("DaemonSet", "apps/v1", "DaemonSet.apps", "daemonsets.apps", true, NameRule::Subdomain),
    kind(
        "EndpointSlice",
        "discovery.k8s.io/v1",
        "EndpointSlice.discovery.k8s.io",
        "endpointslices.discovery.k8s.io",
        true,
        NameRule::Subdomain,
    ),
    kind(
        "ServiceCIDR",
        "networking.k8s.io/v1",
        "ServiceCIDR.networking.k8s.io",
        "servicecidrs.networking.k8s.io",
        false,
        NameRule::Subdomain,
    ),
];

impl Kind {
    /// Where kubeadm's etcd has an object: `/registry/services/specs/default/web`.
    pub(crate) fn storage_path(&self, namespace: &str, name: &str) -> String {
        let folder = match self.name {
            "Service" => "services/specs",
            "Endpoints" => "services/endpoints",
            "Node" => "minions",
            _ => self.resource.split('.').next().unwrap_or_default(),
        };
        let separator = if namespace.is_empty() { "" } else { "/" };
        format!("/registry/{folder}{separator}{namespace}/{name}")
    }
}

/// The kind of an object: of that name, and of that version where the object names one. Somebody else's `Service`, as
/// Knative has, is another kind.
pub(crate) fn of(object: &Value) -> Option<&'static Kind> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    find(text("kind")).filter(|kind| text("apiVersion").is_empty() || text("apiVersion") == kind.api_version)
}

/// The kind of this name.
pub(crate) fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}
