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
        f("users", INT32).ptr(),
        f("think", Type::Any).ptr(),
        f("burst", INT32).ptr(),
        f("connections", Type::Any).ptr(),
        f("keepAlive", BOOL),
        f("timeout", Type::Any).ptr(),
        f("retries", INT32).ptr(),
        f("start", Type::Any).ptr(),
        f("stop", Type::Any).ptr(),
    ],
};

static SERVER: Struct = Struct {
    name: "Server",
    package: "v1alpha1",
    fields: &[
        f("deployment", STR),
        f("replicaSet", STR),
        f("statefulSet", STR),
        f("daemonSet", STR),
        f("pod", STR),
        f("concurrency", INT32).ptr(),
        f("serviceTime", Type::Any).ptr(),
        f("queue", INT32).ptr(),
    ],
};

static RESTART: Struct = Struct {
    name: "Restart",
    package: "v1alpha1",
    fields: &[f("deployment", STR), f("statefulSet", STR), f("daemonSet", STR), f("crashAfter", Type::Any).ptr()],
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
        f("crash", Type::Any).ptr(),
        f("hang", STR),
        f("ready", STR),
        f("unready", STR),
        f("listen", Type::Struct(&LISTEN)).ptr(),
        f("scale", Type::Struct(&SCALE)).ptr(),
        f("restart", Type::Struct(&RESTART)).ptr(),
        f("stopNode", STR),
        f("startNode", STR),
        f("drain", STR),
        f("uncordon", STR),
        f("cutOffZone", STR),
        f("joinZone", STR),
        f("proxyMode", Type::Enum("v1alpha1.ProxyMode", &["iptables", "nftables", "ipvs"])),
        f("send", Type::Struct(&CLIENT)).ptr(),
        f("startClient", Type::Struct(&CLIENT)).ptr(),
        f("stopClient", STR),
        f("server", Type::Struct(&SERVER)).ptr(),
    ],
};

static SPEC: Struct = Struct {
    name: "ScenarioSpec",
    package: "v1alpha1",
    fields: &[
        f("seed", INT64),
        f("duration", Type::Any).ptr(),
        f("clients", Type::List(&Type::Struct(&CLIENT))),
        f("servers", Type::List(&Type::Struct(&SERVER))),
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
