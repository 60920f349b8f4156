//! The fields of every kind that the engine knows: names, Go types and order, as tables. What a field
//! means is told in `assist/help.txt`.
//!
//! Follows the Go structs of k8s.io/api (core/v1, apps/v1, discovery/v1, networking/v1), apimachinery's meta/v1, and
//! the configuration kinds of kubeadm and kube-proxy, all at 1.36. The order of the fields is the order in which the
//! API server prints them. The decoder, completion and hover all read these tables.

mod config;
mod discovery;
mod expectation;
mod meta;
mod node;
mod pod;
mod scenario;
mod service;
mod workload;

/// What a field may hold, as a Go type.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// `string`.
    Str,
    /// A named string type, such as `v1.ServiceType`; with its values, where they are few and fixed.
    Enum(&'static str, &'static [&'static str]),
    /// `bool`.
    Bool,
    /// `int32`.
    Int32,
    /// `int64`.
    Int64,
    /// `int`.
    Int,
    /// `float32`.
    Float,
    /// `intstr.IntOrString`.
    IntOrString,
    /// `resource.Quantity`.
    Quantity,
    /// `metav1.Time` and `metav1.MicroTime`.
    Time,
    /// `metav1.Duration`.
    Duration,
    /// A slice.
    List(&'static Type),
    /// A map with string keys.
    Map(&'static Type),
    /// A struct with a table of its own.
    Struct(&'static Struct),
    /// A struct (by its Go name) whose fields are not looked at.
    Opaque(&'static str),
    /// Anything at all.
    Any,
}

/// A Go struct.
#[derive(Debug)]
pub struct Struct {
    /// Its name without the package, such as `ServiceSpec`.
    pub name: &'static str,
    /// Its package, such as `v1`.
    pub package: &'static str,
    /// Its fields, in order.
    pub fields: &'static [Field],
}

/// What the engine does with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The engine obeys it.
    Modelled,
    /// Nothing that the engine shows depends on it.
    Inert,
    /// Traffic, names or placement may depend on it, but the engine does not model it: worth telling.
    NotModelled,
}

/// A field of a struct.
#[derive(Debug)]
pub struct Field {
    /// The JSON name.
    pub name: &'static str,
    /// What it may hold.
    pub ty: Type,
    /// Whether Go keeps it in a pointer (or always prints it), so that a zero value is not the same as none.
    pub pointer: bool,
    /// What the engine does with it.
    pub role: Role,
}

impl Field {
    const fn ptr(mut self) -> Self {
        self.pointer = true;
        self
    }

    const fn inert(mut self) -> Self {
        self.role = Role::Inert;
        self
    }

    const fn later(mut self) -> Self {
        self.role = Role::NotModelled;
        self
    }
}

const fn f(name: &'static str, ty: Type) -> Field {
    Field { name, ty, pointer: false, role: Role::Modelled }
}

const STR: Type = Type::Str;
const BOOL: Type = Type::Bool;
const INT32: Type = Type::Int32;
const INT64: Type = Type::Int64;
const STRINGS: Type = Type::List(&Type::Str);
const STRING_MAP: Type = Type::Map(&Type::Str);

impl Struct {
    /// The field of this JSON name; names are case-sensitive.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Type {
    /// The Go name, as error messages print it.
    pub fn go_name(&self) -> String {
        match self {
            Type::Str | Type::Time | Type::Duration => "string".to_string(),
            Type::Enum(name, _) | Type::Opaque(name) => (*name).to_string(),
            Type::Bool => "bool".to_string(),
            Type::Int32 | Type::IntOrString => "int32".to_string(),
            Type::Int64 => "int64".to_string(),
            Type::Int => "int".to_string(),
            Type::Float => "float32".to_string(),
            Type::Quantity => "resource.Quantity".to_string(),
            Type::List(element) => format!("[]{}", element.go_name()),
            Type::Map(element) => format!("map[string]{}", element.go_name()),
            Type::Struct(table) => format!("{}.{}", table.package, table.name),
            Type::Any => "interface {}".to_string(),
        }
    }
}

/// A kind that the engine decodes strictly.
#[derive(Debug)]
pub struct Kind {
    /// `apiVersion`.
    pub api_version: &'static str,
    /// `kind`.
    pub kind: &'static str,
    /// The plural in URLs and messages.
    pub resource: &'static str,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// Its fields.
    pub table: &'static Struct,
}

/// Every kind that the engine decodes strictly.
pub static KINDS: &[Kind] = &[
    kind("v1", "Service", "services", true, &service::SERVICE),
    kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices", true, &discovery::ENDPOINT_SLICE),
    kind("v1", "Endpoints", "endpoints", true, &discovery::ENDPOINTS),
    kind("v1", "Pod", "pods", true, &pod::POD),
    kind("v1", "Node", "nodes", false, &node::NODE),
    kind("v1", "Namespace", "namespaces", false, &node::NAMESPACE),
    kind("v1", "ReplicationController", "replicationcontrollers", true, &workload::REPLICATION_CONTROLLER),
    kind("apps/v1", "Deployment", "deployments", true, &workload::DEPLOYMENT),
    kind("apps/v1", "ReplicaSet", "replicasets", true, &workload::REPLICA_SET),
    kind("apps/v1", "StatefulSet", "statefulsets", true, &workload::STATEFUL_SET),
    kind("apps/v1", "DaemonSet", "daemonsets", true, &workload::DAEMON_SET),
    kind("batch/v1", "Job", "jobs", true, &workload::JOB),
    kind("networking.k8s.io/v1", "ServiceCIDR", "servicecidrs", false, &node::SERVICE_CIDR),
    kind("v1", "List", "lists", false, &meta::LIST),
    kind("kubeadm.k8s.io/v1beta4", "ClusterConfiguration", "", false, &config::CLUSTER_CONFIGURATION),
    kind("kubeadm.k8s.io/v1beta3", "ClusterConfiguration", "", false, &config::CLUSTER_CONFIGURATION),
    kind("kubeproxy.config.k8s.io/v1alpha1", "KubeProxyConfiguration", "", false, &config::KUBE_PROXY_CONFIGURATION),
    kind("portolan.dev/v1alpha1", "Scenario", "", false, &scenario::SCENARIO),
    kind("portolan.dev/v1alpha1", "Expectation", "", false, &expectation::EXPECTATION),
];

const fn kind(
    api_version: &'static str,
    kind: &'static str,
    resource: &'static str,
    namespaced: bool,
    table: &'static Struct,
) -> Kind {
    Kind { api_version, kind, resource, namespaced, table }
}

/// The kind of this name and version.
pub fn kind_of(api_version: &str, kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.api_version == api_version && known.kind == kind)
}

/// The field at a path of names (`spec`, `ports`, `port`), through lists and maps: for hover and completion.
pub fn field_at(kind: &Kind, path: &[&str]) -> Option<&'static Field> {
    let mut table = kind.table;
    let mut names = path.iter().peekable();
    while let Some(name) = names.next() {
        let field = table.field(name)?;
        if names.peek().is_none() {
            return Some(field);
        }
        table = struct_in(&field.ty)?;
    }
    None
}

/// The struct that a type holds, through lists and maps.
pub fn struct_in(ty: &Type) -> Option<&'static Struct> {
    match ty {
        Type::Struct(table) => Some(table),
        Type::List(element) | Type::Map(element) => struct_in(element),
        _ => None,
    }
}
