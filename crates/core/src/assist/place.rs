//! From a path in a document to what the kind's tables say about it.

use super::outline::{Outline, Step};
use crate::objects::schema::{self, Field, Kind, Struct, Type};

/// The object of a document that a path is in: its own path (a List's item, or the document), and its kind.
pub(super) struct Object<'t> {
    /// The steps to the object.
    pub(super) base: Vec<Step<'t>>,
    /// Its kind's tables, if the engine knows it.
    pub(super) kind: Option<&'static Kind>,
}

/// Finds the object that `path` is in.
pub(super) fn object_at<'t>(outline: &Outline<'t>, path: &[Step<'t>]) -> Object<'t> {
    let mut base: Vec<Step<'t>> = Vec::new();
    while outline.text(&base, &["kind"]).is_none_or(|kind| kind.ends_with("List"))
        && let Some([Step::Key("items"), Step::Item(at)]) = path.get(base.len()..base.len() + 2)
    {
        base.extend([Step::Key("items"), Step::Item(*at)]);
    }
    let version = outline.text(&base, &["apiVersion"]).unwrap_or_default();
    let name = outline.text(&base, &["kind"]).unwrap_or_default();
    let by_name = || schema::KINDS.iter().find(|known| known.kind == name);
    Object { kind: schema::kind_of(version, name).or_else(by_name), base }
}

/// What stands at a path.
#[derive(Clone, Copy)]
pub(super) struct Found {
    /// What it may hold; `None` where the tables do not look.
    pub(super) ty: Type,
    /// The last field on the way, and the struct it is in.
    pub(super) field: Option<(&'static Struct, &'static Field)>,
}

/// What the tables of `kind` say about a path inside the object.
pub(super) fn find(kind: &'static Kind, path: &[Step<'_>]) -> Option<Found> {
    let mut found = Found { ty: Type::Struct(kind.table), field: None };
    for step in path {
        found.ty = match (found.ty, step) {
            (Type::Struct(table), Step::Key(name)) => {
                let field = table.field(name)?;
                found.field = Some((table, field));
                field.ty
            }
            (Type::Map(element), Step::Key(_)) | (Type::List(element), Step::Item(_)) => *element,
            _ => return None,
        };
    }
    Some(found)
}

/// The keys of a path with dots between, without items: `spec.ports.targetPort`.
pub(super) fn dotted(path: &[Step<'_>]) -> String {
    let mut out = String::new();
    for step in path {
        if let Step::Key(key) = step {
            if !out.is_empty() {
                out.push('.');
            }
            out.push_str(key);
        }
    }
    out
}

/// Fields without which the server refuses what they are in. Completion puts them first.
pub(super) fn required(table: &Struct) -> &'static [&'static str] {
    match table.name {
        "ServicePort" => &["port"],
        "Container" => &["name", "image"],
        "ContainerPort" => &["containerPort"],
        "DeploymentSpec" | "ReplicaSetSpec" | "DaemonSetSpec" => &["selector", "template"],
        "StatefulSetSpec" => &["selector", "serviceName", "template"],
        "JobSpec" => &["template"],
        "PodSpec" => &["containers"],
        "EndpointSlice" => &["apiVersion", "kind", "metadata", "addressType", "endpoints"],
        "Endpoint" => &["addresses"],
        "EndpointAddress" | "HostAlias" | "PodIP" => &["ip"],
        "ForZone" | "ForNode" | "EnvVar" => &["name"],
        "ObjectMeta" => &["name"],
        "LabelSelectorRequirement" => &["key", "operator"],
        "Taint" => &["key", "effect"],
        "NodeAddress" => &["type", "address"],
        "PodCondition" | "NodeCondition" => &["type", "status"],
        "VolumeMount" => &["name", "mountPath"],
        "HTTPGetAction" | "TCPSocketAction" | "GRPCAction" => &["port"],
        "OwnerReference" => &["apiVersion", "kind", "name", "uid"],
        "ServiceCIDRSpec" => &["cidrs"],
        "Client" => &["from", "to"],
        "Event" => &["at"],
        "Scale" => &["replicas"],
        "Listen" => &["pod"],
        "KubeProxyConfiguration" | "ClusterConfiguration" => &["apiVersion", "kind"],
        name if schema::KINDS.iter().any(|kind| kind.table.name == name) => &["apiVersion", "kind", "metadata", "spec"],
        _ => &[],
    }
}
