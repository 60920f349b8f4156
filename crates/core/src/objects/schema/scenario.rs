//! portolan.dev/v1alpha1: the Scenario, our own kind.

use super::meta::META;
use super::{BOOL, INT32, INT64, STR, Struct, Type, f};

static CLIENT: Struct = Struct {
    name: "Client",
    package: "v1alpha1",
    fields: &[
        f("name", STR),
        f("from", STR).ptr(),
        f("to", STR).ptr(),
        f("protocol", Type::Enum("v1alpha1.Protocol", &["TCP", "UDP", "SCTP"])),
        f("rate", Type::Float).ptr(),
        f("keepAlive", BOOL),
    ],
};

static SCALE: Struct = Struct {
    name: "Scale",
    package: "v1alpha1",
    fields: &[f("deployment", STR), f("replicaSet", STR), f("statefulSet", STR), f("replicas", INT32).ptr()],
};

static LISTEN: Struct =
    Struct { name: "Listen", package: "v1alpha1", fields: &[f("pod", STR), f("port", INT32).ptr()] };

static EVENT: Struct = Struct {
    name: "Event",
    package: "v1alpha1",
    fields: &[
        f("at", Type::Any).ptr(),
        f("kill", STR),
        f("ready", STR),
        f("unready", STR),
        f("scale", Type::Struct(&SCALE)).ptr(),
        f("listen", Type::Struct(&LISTEN)).ptr(),
        f("stopNode", STR),
        f("startNode", STR),
        f("drain", STR),
        f("uncordon", STR),
    ],
};

static SPEC: Struct = Struct {
    name: "ScenarioSpec",
    package: "v1alpha1",
    fields: &[
        f("seed", INT64),
        f("duration", Type::Any).ptr(),
        f("clients", Type::List(&Type::Struct(&CLIENT))),
        f("events", Type::List(&Type::Struct(&EVENT))),
        f("loadBalancers", BOOL).ptr(),
    ],
};

/// The Scenario.
pub(super) static SCENARIO: Struct = Struct {
    name: "Scenario",
    package: "v1alpha1",
    fields: &[f("kind", STR), f("apiVersion", STR), f("metadata", META).ptr(), f("spec", Type::Struct(&SPEC)).ptr()],
};
