//! apps/v1, batch/v1 and core/v1: what makes pods.

use super::meta::{META, SELECTOR};
use super::pod::POD_TEMPLATE;
use super::{BOOL, INT32, INT64, STR, STRING_MAP, Struct, Type, f};

/// Pods counted in a status.
const COUNT: Type = INT32;
const TEMPLATE: Type = Type::Struct(&POD_TEMPLATE);

static ROLLING: Struct = Struct {
    name: "RollingUpdateDeployment",
    package: "v1",
    fields: &[f("maxUnavailable", Type::IntOrString).ptr().inert(), f("maxSurge", Type::IntOrString).ptr().inert()],
};

static STRATEGY: Struct = Struct {
    name: "DeploymentStrategy",
    package: "v1",
    fields: &[
        f("type", Type::Enum("v1.DeploymentStrategyType", &["RollingUpdate", "Recreate"])),
        f("rollingUpdate", Type::Struct(&ROLLING)).ptr(),
    ],
};

static DEPLOYMENT_SPEC: Struct = Struct {
    name: "DeploymentSpec",
    package: "v1",
    fields: &[
        f("replicas", INT32).ptr(),
        f("selector", SELECTOR).ptr(),
        f("template", TEMPLATE).ptr(),
        f("strategy", Type::Struct(&STRATEGY)).ptr(),
        f("minReadySeconds", INT32),
        f("revisionHistoryLimit", INT32).ptr().inert(),
        f("paused", BOOL).inert(),
        f("progressDeadlineSeconds", INT32).ptr(),
    ],
};

static STATUS: Struct = Struct {
    name: "DeploymentStatus",
    package: "v1",
    fields: &[
        f("observedGeneration", INT64).inert(),
        f("replicas", COUNT).inert(),
        f("updatedReplicas", COUNT).inert(),
        f("readyReplicas", COUNT).inert(),
        f("availableReplicas", COUNT).inert(),
        f("unavailableReplicas", COUNT).inert(),
        f("terminatingReplicas", COUNT).ptr().inert(),
        f("conditions", Type::List(&Type::Opaque("v1.DeploymentCondition"))).inert(),
        f("collisionCount", COUNT).ptr().inert(),
    ],
};

/// The Deployment.
pub(super) static DEPLOYMENT: Struct = Struct {
    name: "Deployment",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&DEPLOYMENT_SPEC)).ptr(),
        f("status", Type::Struct(&STATUS)).ptr().inert(),
    ],
};

static REPLICA_SET_SPEC: Struct = Struct {
    name: "ReplicaSetSpec",
    package: "v1",
    fields: &[
        f("replicas", INT32).ptr(),
        f("minReadySeconds", INT32).inert(),
        f("selector", SELECTOR).ptr(),
        f("template", TEMPLATE).ptr(),
    ],
};

static REPLICA_SET_STATUS: Struct = Struct {
    name: "ReplicaSetStatus",
    package: "v1",
    fields: &[
        f("replicas", COUNT).ptr().inert(),
        f("fullyLabeledReplicas", COUNT).inert(),
        f("readyReplicas", COUNT).inert(),
        f("availableReplicas", COUNT).inert(),
        f("terminatingReplicas", COUNT).ptr().inert(),
        f("observedGeneration", INT64).inert(),
        f("conditions", Type::List(&Type::Opaque("v1.ReplicaSetCondition"))).inert(),
    ],
};

/// The ReplicaSet.
pub(super) static REPLICA_SET: Struct = Struct {
    name: "ReplicaSet",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&REPLICA_SET_SPEC)).ptr(),
        f("status", Type::Struct(&REPLICA_SET_STATUS)).ptr().inert(),
    ],
};

static STATEFUL_SET_SPEC: Struct = Struct {
    name: "StatefulSetSpec",
    package: "v1",
    fields: &[
        f("replicas", INT32).ptr(),
        f("selector", SELECTOR).ptr(),
        f("template", TEMPLATE).ptr(),
        f("volumeClaimTemplates", Type::List(&Type::Opaque("v1.PersistentVolumeClaim"))).inert(),
        f("serviceName", STR).ptr(),
        f("podManagementPolicy", Type::Enum("v1.PodManagementPolicyType", &["OrderedReady", "Parallel"])).inert(),
        f("updateStrategy", Type::Opaque("v1.StatefulSetUpdateStrategy")).ptr().inert(),
        f("revisionHistoryLimit", INT32).ptr().inert(),
        f("minReadySeconds", INT32),
        f("persistentVolumeClaimRetentionPolicy", Type::Opaque("v1.StatefulSetPersistentVolumeClaimRetentionPolicy"))
            .ptr()
            .inert(),
        f("ordinals", Type::Struct(&ORDINALS)).ptr(),
    ],
};

static ORDINALS: Struct = Struct { name: "StatefulSetOrdinals", package: "v1", fields: &[f("start", INT32).ptr()] };

static STATEFUL_SET_STATUS: Struct = Struct {
    name: "StatefulSetStatus",
    package: "v1",
    fields: &[
        f("observedGeneration", INT64).inert(),
        f("replicas", COUNT).ptr().inert(),
        f("readyReplicas", COUNT).inert(),
        f("currentReplicas", COUNT).inert(),
        f("updatedReplicas", COUNT).inert(),
        f("currentRevision", STR).inert(),
        f("updateRevision", STR).inert(),
        f("collisionCount", COUNT).ptr().inert(),
        f("conditions", Type::List(&Type::Opaque("v1.StatefulSetCondition"))).inert(),
        f("availableReplicas", COUNT).ptr().inert(),
    ],
};

/// The StatefulSet.
pub(super) static STATEFUL_SET: Struct = Struct {
    name: "StatefulSet",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&STATEFUL_SET_SPEC)).ptr(),
        f("status", Type::Struct(&STATEFUL_SET_STATUS)).ptr().inert(),
    ],
};

static DAEMON_SET_SPEC: Struct = Struct {
    name: "DaemonSetSpec",
    package: "v1",
    fields: &[
        f("selector", SELECTOR).ptr(),
        f("template", TEMPLATE).ptr(),
        f("updateStrategy", Type::Opaque("v1.DaemonSetUpdateStrategy")).ptr().inert(),
        f("minReadySeconds", INT32),
        f("revisionHistoryLimit", INT32).ptr().inert(),
    ],
};

static DAEMON_SET_STATUS: Struct = Struct {
    name: "DaemonSetStatus",
    package: "v1",
    fields: &[
        f("currentNumberScheduled", COUNT).ptr().inert(),
        f("numberMisscheduled", COUNT).ptr().inert(),
        f("desiredNumberScheduled", COUNT).ptr().inert(),
        f("numberReady", COUNT).ptr().inert(),
        f("observedGeneration", INT64).inert(),
        f("updatedNumberScheduled", COUNT).inert(),
        f("numberAvailable", COUNT).inert(),
        f("numberUnavailable", COUNT).inert(),
        f("collisionCount", COUNT).ptr().inert(),
        f("conditions", Type::List(&Type::Opaque("v1.DaemonSetCondition"))).inert(),
    ],
};

/// The DaemonSet.
pub(super) static DAEMON_SET: Struct = Struct {
    name: "DaemonSet",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&DAEMON_SET_SPEC)).ptr(),
        f("status", Type::Struct(&DAEMON_SET_STATUS)).ptr().inert(),
    ],
};

static CONTROLLER_SPEC: Struct = Struct {
    name: "ReplicationControllerSpec",
    package: "v1",
    fields: &[
        f("replicas", INT32).ptr(),
        f("minReadySeconds", INT32).inert(),
        f("selector", STRING_MAP),
        f("template", TEMPLATE).ptr(),
    ],
};

static CONTROLLER_STATUS: Struct = Struct {
    name: "ReplicationControllerStatus",
    package: "v1",
    fields: &[
        f("replicas", COUNT).ptr().inert(),
        f("fullyLabeledReplicas", COUNT).inert(),
        f("readyReplicas", COUNT).inert(),
        f("availableReplicas", COUNT).inert(),
        f("observedGeneration", INT64).inert(),
        f("conditions", Type::List(&Type::Opaque("v1.ReplicationControllerCondition"))).inert(),
    ],
};

/// The ReplicationController.
pub(super) static REPLICATION_CONTROLLER: Struct = Struct {
    name: "ReplicationController",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&CONTROLLER_SPEC)).ptr(),
        f("status", Type::Struct(&CONTROLLER_STATUS)).ptr().inert(),
    ],
};

static JOB_SPEC: Struct = Struct {
    name: "JobSpec",
    package: "v1",
    fields: &[
        f("parallelism", INT32).ptr(),
        f("completions", INT32).ptr().inert(),
        f("activeDeadlineSeconds", INT64).ptr().inert(),
        f("podFailurePolicy", Type::Opaque("v1.PodFailurePolicy")).ptr().inert(),
        f("successPolicy", Type::Opaque("v1.SuccessPolicy")).ptr().inert(),
        f("backoffLimit", INT32).ptr().inert(),
        f("backoffLimitPerIndex", INT32).ptr().inert(),
        f("maxFailedIndexes", INT32).ptr().inert(),
        f("selector", SELECTOR).ptr().inert(),
        f("manualSelector", BOOL).ptr().inert(),
        f("template", TEMPLATE).ptr(),
        f("ttlSecondsAfterFinished", INT32).ptr().inert(),
        f("completionMode", Type::Enum("v1.CompletionMode", &["NonIndexed", "Indexed"])).ptr().inert(),
        f("suspend", BOOL).ptr().inert(),
        f("podReplacementPolicy", Type::Enum("v1.PodReplacementPolicy", &[])).ptr().inert(),
        f("managedBy", STR).ptr().inert(),
    ],
};

/// The Job.
pub(super) static JOB: Struct = Struct {
    name: "Job",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&JOB_SPEC)).ptr(),
        f("status", Type::Opaque("v1.JobStatus")).ptr().inert(),
    ],
};
