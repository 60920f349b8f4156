//! core/v1: Node and Namespace; networking/v1: ServiceCIDR.

use super::meta::{CONDITIONS, META};
use super::{BOOL, STR, STRINGS, Struct, Type, f};

static TAINT: Struct = Struct {
    name: "Taint",
    package: "v1",
    fields: &[
        f("key", STR).ptr(),
        f("value", STR),
        f("effect", Type::Enum("v1.TaintEffect", &["NoSchedule", "PreferNoSchedule", "NoExecute"])).ptr(),
        f("timeAdded", Type::Time).ptr().inert(),
    ],
};

static NODE_SPEC: Struct = Struct {
    name: "NodeSpec",
    package: "v1",
    fields: &[
        f("podCIDR", STR),
        f("podCIDRs", STRINGS),
        f("providerID", STR).inert(),
        f("unschedulable", BOOL),
        f("taints", Type::List(&Type::Struct(&TAINT))),
        f("configSource", Type::Opaque("v1.NodeConfigSource")).ptr().inert(),
        f("externalID", STR).inert(),
    ],
};

static NODE_CONDITION: Struct = Struct {
    name: "NodeCondition",
    package: "v1",
    fields: &[
        f("type", Type::Enum("v1.NodeConditionType", &[])).ptr(),
        f("status", Type::Enum("v1.ConditionStatus", &["True", "False", "Unknown"])).ptr(),
        f("lastHeartbeatTime", Type::Time).inert(),
        f("lastTransitionTime", Type::Time).inert(),
        f("reason", STR).inert(),
        f("message", STR).inert(),
    ],
};

static NODE_ADDRESS: Struct = Struct {
    name: "NodeAddress",
    package: "v1",
    fields: &[
        f(
            "type",
            Type::Enum("v1.NodeAddressType", &["InternalIP", "ExternalIP", "Hostname", "InternalDNS", "ExternalDNS"]),
        )
        .ptr(),
        f("address", STR).ptr(),
    ],
};

const RESOURCES: Type = Type::Map(&Type::Quantity);

static NODE_STATUS: Struct = Struct {
    name: "NodeStatus",
    package: "v1",
    fields: &[
        f("capacity", RESOURCES).inert(),
        f("allocatable", RESOURCES).inert(),
        f("phase", Type::Enum("v1.NodePhase", &[])).inert(),
        f("conditions", Type::List(&Type::Struct(&NODE_CONDITION))),
        f("addresses", Type::List(&Type::Struct(&NODE_ADDRESS))),
        f("daemonEndpoints", Type::Opaque("v1.NodeDaemonEndpoints")).ptr().inert(),
        f("nodeInfo", Type::Opaque("v1.NodeSystemInfo")).ptr().inert(),
        f("images", Type::List(&Type::Opaque("v1.ContainerImage"))).inert(),
        f("volumesInUse", STRINGS).inert(),
        f("volumesAttached", Type::List(&Type::Opaque("v1.AttachedVolume"))).inert(),
        f("config", Type::Opaque("v1.NodeConfigStatus")).ptr().inert(),
        f("runtimeHandlers", Type::List(&Type::Opaque("v1.NodeRuntimeHandler"))).inert(),
        f("features", Type::Opaque("v1.NodeFeatures")).ptr().inert(),
        f("declaredFeatures", STRINGS).inert(),
    ],
};

/// The Node.
pub(super) static NODE: Struct = Struct {
    name: "Node",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&NODE_SPEC)).ptr(),
        f("status", Type::Struct(&NODE_STATUS)).ptr(),
    ],
};

static NAMESPACE_SPEC: Struct = Struct {
    name: "NamespaceSpec",
    package: "v1",
    fields: &[f("finalizers", Type::List(&Type::Enum("v1.FinalizerName", &[]))).inert()],
};

static NAMESPACE_STATUS: Struct = Struct {
    name: "NamespaceStatus",
    package: "v1",
    fields: &[
        f("phase", Type::Enum("v1.NamespacePhase", &["Active", "Terminating"])).inert(),
        f("conditions", Type::List(&Type::Opaque("v1.NamespaceCondition"))).inert(),
    ],
};

/// The Namespace.
pub(super) static NAMESPACE: Struct = Struct {
    name: "Namespace",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&NAMESPACE_SPEC)).ptr(),
        f("status", Type::Struct(&NAMESPACE_STATUS)).ptr(),
    ],
};

static SERVICE_CIDR_SPEC: Struct = Struct { name: "ServiceCIDRSpec", package: "v1", fields: &[f("cidrs", STRINGS)] };

static SERVICE_CIDR_STATUS: Struct =
    Struct { name: "ServiceCIDRStatus", package: "v1", fields: &[f("conditions", CONDITIONS).inert()] };

/// A range of cluster IPs.
pub(super) static SERVICE_CIDR: Struct = Struct {
    name: "ServiceCIDR",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&SERVICE_CIDR_SPEC)).ptr(),
        f("status", Type::Struct(&SERVICE_CIDR_STATUS)).ptr(),
    ],
};
