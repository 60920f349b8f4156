//! portolan.dev/v1alpha1: the Scenario, our own kind.

use super::meta::META;
use super::{BOOL, INT32, INT64, STR, Struct, Type, f};

static CLIENT: Struct = Struct {
    name: "Client",
    package: "v1alpha1",
    fields: &[
        f("name", STR, "A name for the chart."),
        f("from", STR, "Who sends: pod/[NS/]NAME, node/NAME, external[/ADDRESS] or laptop.").ptr(),
        f("to", STR, "To what: svc/[NS/]NAME:PORT, ADDRESS:PORT, NAME:PORT or node/NAME:PORT.").ptr(),
        f("protocol", Type::Enum("v1alpha1.Protocol", &["TCP", "UDP", "SCTP"]), "TCP where nothing is said."),
        f("rate", Type::Float, "Requests a second.").ptr(),
        f("keepAlive", BOOL, "All requests on one connection."),
    ],
};

static SCALE: Struct = Struct {
    name: "Scale",
    package: "v1alpha1",
    fields: &[
        f("deployment", STR, "The Deployment, as NAMESPACE/NAME."),
        f("replicaSet", STR, "The ReplicaSet, as NAMESPACE/NAME."),
        f("statefulSet", STR, "The StatefulSet, as NAMESPACE/NAME."),
        f("replicas", INT32, "How many pods.").ptr(),
    ],
};

static LISTEN: Struct = Struct {
    name: "Listen",
    package: "v1alpha1",
    fields: &[
        f("pod", STR, "The pod, as NAMESPACE/NAME."),
        f("port", INT32, "The only port it listens on; without it, as the manifest says.").ptr(),
    ],
};

static EVENT: Struct = Struct {
    name: "Event",
    package: "v1alpha1",
    fields: &[
        f("at", Type::Any, "When, from the start, such as 2s.").ptr(),
        f("kill", STR, "Deletes the pod NAMESPACE/NAME."),
        f("ready", STR, "Makes the pod NAMESPACE/NAME ready."),
        f("unready", STR, "Makes the pod NAMESPACE/NAME unready."),
        f("scale", Type::Struct(&SCALE), "Changes a workload's replicas.").ptr(),
        f("listen", Type::Struct(&LISTEN), "Changes the port a pod listens on.").ptr(),
        f("stopNode", STR, "Stops a node."),
        f("startNode", STR, "Starts a node again."),
    ],
};

static SPEC: Struct = Struct {
    name: "ScenarioSpec",
    package: "v1alpha1",
    fields: &[
        f("seed", INT64, "The seed of everything random."),
        f("duration", Type::Any, "How long the run is, such as 10s; without it, no end.").ptr(),
        f("clients", Type::List(&Type::Struct(&CLIENT)), "Who sends what."),
        f("events", Type::List(&Type::Struct(&EVENT)), "What happens when."),
        f("loadBalancers", BOOL, "Whether a cloud hands out load balancers.").ptr(),
    ],
};

/// The Scenario.
pub(super) static SCENARIO: Struct = Struct {
    name: "Scenario",
    package: "v1alpha1",
    fields: &[
        f("kind", STR, ""),
        f("apiVersion", STR, ""),
        f("metadata", META, "").ptr(),
        f("spec", Type::Struct(&SPEC), "What is run.").ptr(),
    ],
};
