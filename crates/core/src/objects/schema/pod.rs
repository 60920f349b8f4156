//! core/v1: the Pod and its containers.

use super::meta::META;
use super::{BOOL, INT32, INT64, STR, STRING_MAP, STRINGS, Struct, Type, f};

const PROTOCOL: Type = Type::Enum("v1.Protocol", &["TCP", "UDP", "SCTP"]);
const RESTART: &[&str] = &["Always", "OnFailure", "Never"];

static CONTAINER_PORT: Struct = Struct {
    name: "ContainerPort",
    package: "v1",
    fields: &[
        f("name", STR),
        f("hostPort", INT32),
        f("containerPort", INT32).ptr(),
        f("protocol", PROTOCOL),
        f("hostIP", STR),
    ],
};

static ENV_VAR: Struct = Struct {
    name: "EnvVar",
    package: "v1",
    fields: &[
        f("name", STR).ptr().inert(),
        f("value", STR).inert(),
        f("valueFrom", Type::Opaque("v1.EnvVarSource")).ptr().inert(),
    ],
};

static HTTP_GET: Struct = Struct {
    name: "HTTPGetAction",
    package: "v1",
    fields: &[
        f("path", STR).inert(),
        f("port", Type::IntOrString).ptr(),
        f("host", STR).inert(),
        f("scheme", Type::Enum("v1.URIScheme", &["HTTP", "HTTPS"])).inert(),
        f("httpHeaders", Type::List(&Type::Opaque("v1.HTTPHeader"))).inert(),
    ],
};

static TCP_SOCKET: Struct = Struct {
    name: "TCPSocketAction",
    package: "v1",
    fields: &[f("port", Type::IntOrString).ptr(), f("host", STR).inert()],
};

static GRPC: Struct =
    Struct { name: "GRPCAction", package: "v1", fields: &[f("port", INT32).ptr(), f("service", STR).ptr().inert()] };

static PROBE: Struct = Struct {
    name: "Probe",
    package: "v1",
    fields: &[
        f("exec", Type::Opaque("v1.ExecAction")).ptr().inert(),
        f("httpGet", Type::Struct(&HTTP_GET)).ptr(),
        f("tcpSocket", Type::Struct(&TCP_SOCKET)).ptr(),
        f("grpc", Type::Struct(&GRPC)).ptr(),
        f("initialDelaySeconds", INT32),
        f("timeoutSeconds", INT32),
        f("periodSeconds", INT32),
        f("successThreshold", INT32),
        f("failureThreshold", INT32),
        f("terminationGracePeriodSeconds", INT64).ptr().inert(),
    ],
};

static RESOURCES: Struct = Struct {
    name: "ResourceRequirements",
    package: "v1",
    fields: &[
        f("limits", Type::Map(&Type::Quantity)).inert(),
        f("requests", Type::Map(&Type::Quantity)).inert(),
        f("claims", Type::List(&Type::Opaque("v1.ResourceClaim"))).inert(),
    ],
};

static VOLUME_MOUNT: Struct = Struct {
    name: "VolumeMount",
    package: "v1",
    fields: &[
        f("name", STR).ptr().inert(),
        f("readOnly", BOOL).inert(),
        f("recursiveReadOnly", Type::Enum("v1.RecursiveReadOnlyMode", &[])).ptr().inert(),
        f("mountPath", STR).ptr().inert(),
        f("subPath", STR).inert(),
        f("mountPropagation", Type::Enum("v1.MountPropagationMode", &[])).ptr().inert(),
        f("subPathExpr", STR).inert(),
    ],
};

static EXEC: Struct = Struct { name: "ExecAction", package: "v1", fields: &[f("command", STRINGS)] };

static SLEEP: Struct = Struct { name: "SleepAction", package: "v1", fields: &[f("seconds", INT64).ptr()] };

static HANDLER: Struct = Struct {
    name: "LifecycleHandler",
    package: "v1",
    fields: &[
        f("exec", Type::Struct(&EXEC)).ptr(),
        f("httpGet", Type::Struct(&HTTP_GET)).ptr().later(),
        f("tcpSocket", Type::Struct(&TCP_SOCKET)).ptr().later(),
        f("sleep", Type::Struct(&SLEEP)).ptr(),
    ],
};

static LIFECYCLE: Struct = Struct {
    name: "Lifecycle",
    package: "v1",
    fields: &[
        f("postStart", Type::Struct(&HANDLER)).ptr().later(),
        f("preStop", Type::Struct(&HANDLER)).ptr(),
        f("stopSignal", Type::Enum("v1.Signal", &[])).ptr().inert(),
    ],
};

static CONTAINER: Struct = Struct {
    name: "Container",
    package: "v1",
    fields: &[
        f("name", STR).ptr(),
        f("image", STR),
        f("command", STRINGS).inert(),
        f("args", STRINGS).inert(),
        f("workingDir", STR).inert(),
        f("ports", Type::List(&Type::Struct(&CONTAINER_PORT))),
        f("envFrom", Type::List(&Type::Opaque("v1.EnvFromSource"))).inert(),
        f("env", Type::List(&Type::Struct(&ENV_VAR))).inert(),
        f("resources", Type::Struct(&RESOURCES)).ptr().inert(),
        f("resizePolicy", Type::List(&Type::Opaque("v1.ContainerResizePolicy"))).inert(),
        f("restartPolicy", Type::Enum("v1.ContainerRestartPolicy", RESTART)).ptr(),
        f("restartPolicyRules", Type::List(&Type::Opaque("v1.ContainerRestartRule"))).inert(),
        f("volumeMounts", Type::List(&Type::Struct(&VOLUME_MOUNT))).inert(),
        f("volumeDevices", Type::List(&Type::Opaque("v1.VolumeDevice"))).inert(),
        f("livenessProbe", Type::Struct(&PROBE)).ptr(),
        f("readinessProbe", Type::Struct(&PROBE)).ptr(),
        f("startupProbe", Type::Struct(&PROBE)).ptr(),
        f("lifecycle", Type::Struct(&LIFECYCLE)).ptr(),
        f("terminationMessagePath", STR).inert(),
        f("terminationMessagePolicy", Type::Enum("v1.TerminationMessagePolicy", &[])).inert(),
        f("imagePullPolicy", Type::Enum("v1.PullPolicy", &["Always", "IfNotPresent", "Never"])).inert(),
        f("securityContext", Type::Opaque("v1.SecurityContext")).ptr().inert(),
        f("stdin", BOOL).inert(),
        f("stdinOnce", BOOL).inert(),
        f("tty", BOOL).inert(),
    ],
};

const CONTAINERS: Type = Type::List(&Type::Struct(&CONTAINER));

static DNS_OPTION: Struct =
    Struct { name: "PodDNSConfigOption", package: "v1", fields: &[f("name", STR), f("value", STR).ptr()] };

static DNS_CONFIG: Struct = Struct {
    name: "PodDNSConfig",
    package: "v1",
    fields: &[f("nameservers", STRINGS), f("searches", STRINGS), f("options", Type::List(&Type::Struct(&DNS_OPTION)))],
};

static READINESS_GATE: Struct = Struct {
    name: "PodReadinessGate",
    package: "v1",
    fields: &[f("conditionType", Type::Enum("v1.PodConditionType", &[])).ptr().later()],
};

static TOLERATION: Struct = Struct {
    name: "Toleration",
    package: "v1",
    fields: &[
        f("key", STR),
        f("operator", Type::Enum("v1.TolerationOperator", &["Exists", "Equal", "Lt", "Gt"])),
        f("value", STR),
        f("effect", Type::Enum("v1.TaintEffect", &["NoSchedule", "PreferNoSchedule", "NoExecute"])),
        f("tolerationSeconds", INT64).ptr().inert(),
    ],
};

static HOST_ALIAS: Struct =
    Struct { name: "HostAlias", package: "v1", fields: &[f("ip", STR).ptr().later(), f("hostnames", STRINGS).later()] };

static POD_SPEC: Struct = Struct {
    name: "PodSpec",
    package: "v1",
    fields: &[
        f("volumes", Type::List(&Type::Opaque("v1.Volume"))).inert(),
        f("initContainers", CONTAINERS),
        f("containers", CONTAINERS).ptr(),
        f("ephemeralContainers", Type::List(&Type::Opaque("v1.EphemeralContainer"))).inert(),
        f("restartPolicy", Type::Enum("v1.RestartPolicy", RESTART)).inert(),
        f("terminationGracePeriodSeconds", INT64).ptr().inert(),
        f("activeDeadlineSeconds", INT64).ptr().inert(),
        f("dnsPolicy", Type::Enum("v1.DNSPolicy", &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])),
        f("nodeSelector", STRING_MAP),
        f("serviceAccountName", STR).inert(),
        f("serviceAccount", STR).inert(),
        f("automountServiceAccountToken", BOOL).ptr().inert(),
        f("nodeName", STR),
        f("hostNetwork", BOOL),
        f("hostPID", BOOL).inert(),
        f("hostIPC", BOOL).inert(),
        f("shareProcessNamespace", BOOL).ptr().inert(),
        f("securityContext", Type::Opaque("v1.PodSecurityContext")).ptr().inert(),
        f("imagePullSecrets", Type::List(&Type::Opaque("v1.LocalObjectReference"))).inert(),
        f("hostname", STR),
        f("subdomain", STR),
        f("affinity", Type::Opaque("v1.Affinity")).ptr().later(),
        f("schedulerName", STR).inert(),
        f("tolerations", Type::List(&Type::Struct(&TOLERATION))),
        f("hostAliases", Type::List(&Type::Struct(&HOST_ALIAS))).later(),
        f("priorityClassName", STR).inert(),
        f("priority", INT32).ptr().inert(),
        f("dnsConfig", Type::Struct(&DNS_CONFIG)).ptr(),
        f("readinessGates", Type::List(&Type::Struct(&READINESS_GATE))).later(),
        f("runtimeClassName", STR).ptr().inert(),
        f("enableServiceLinks", BOOL).ptr().inert(),
        f("preemptionPolicy", Type::Enum("v1.PreemptionPolicy", &[])).ptr().inert(),
        f("overhead", Type::Map(&Type::Quantity)).inert(),
        f("topologySpreadConstraints", Type::List(&Type::Opaque("v1.TopologySpreadConstraint"))).later(),
        f("setHostnameAsFQDN", BOOL).ptr().inert(),
        f("os", Type::Opaque("v1.PodOS")).ptr().inert(),
        f("hostUsers", BOOL).ptr().inert(),
        f("schedulingGates", Type::List(&Type::Opaque("v1.PodSchedulingGate"))).later(),
        f("resourceClaims", Type::List(&Type::Opaque("v1.PodResourceClaim"))).inert(),
        f("resources", Type::Struct(&RESOURCES)).ptr().inert(),
        f("hostnameOverride", STR).ptr().later(),
        f("schedulingGroup", Type::Opaque("v1.PodSchedulingGroup")).ptr().inert(),
    ],
};

static POD_CONDITION: Struct = Struct {
    name: "PodCondition",
    package: "v1",
    fields: &[
        f("type", Type::Enum("v1.PodConditionType", &[])).ptr(),
        f("observedGeneration", INT64).inert(),
        f("status", Type::Enum("v1.ConditionStatus", &["True", "False", "Unknown"])).ptr(),
        f("lastProbeTime", Type::Time).inert(),
        f("lastTransitionTime", Type::Time).inert(),
        f("reason", STR).inert(),
        f("message", STR).inert(),
    ],
};

static POD_IP: Struct = Struct { name: "PodIP", package: "v1", fields: &[f("ip", STR).ptr()] };
static HOST_IP: Struct = Struct { name: "HostIP", package: "v1", fields: &[f("ip", STR).ptr().inert()] };
const STATUSES: Type = Type::List(&Type::Opaque("v1.ContainerStatus"));

static POD_STATUS: Struct = Struct {
    name: "PodStatus",
    package: "v1",
    fields: &[
        f("observedGeneration", INT64).inert(),
        f("phase", Type::Enum("v1.PodPhase", &["Pending", "Running", "Succeeded", "Failed", "Unknown"])),
        f("conditions", Type::List(&Type::Struct(&POD_CONDITION))),
        f("message", STR).inert(),
        f("reason", STR).inert(),
        f("nominatedNodeName", STR).inert(),
        f("hostIP", STR).inert(),
        f("hostIPs", Type::List(&Type::Struct(&HOST_IP))).inert(),
        f("podIP", STR),
        f("podIPs", Type::List(&Type::Struct(&POD_IP))),
        f("startTime", Type::Time).ptr().inert(),
        f("initContainerStatuses", STATUSES).inert(),
        f("containerStatuses", STATUSES).inert(),
        f("qosClass", Type::Enum("v1.PodQOSClass", &[])).inert(),
        f("ephemeralContainerStatuses", STATUSES).inert(),
        f("resize", Type::Enum("v1.PodResizeStatus", &[])).inert(),
        f("resourceClaimStatuses", Type::List(&Type::Opaque("v1.PodResourceClaimStatus"))).inert(),
        f("extendedResourceClaimStatus", Type::Opaque("v1.PodExtendedResourceClaimStatus")).ptr().inert(),
        f("allocatedResources", Type::Map(&Type::Quantity)).inert(),
        f("resources", Type::Struct(&RESOURCES)).ptr().inert(),
        f("nodeAllocatableResourceClaimStatuses", Type::List(&Type::Opaque("v1.NodeAllocatableResourceClaimStatus")))
            .inert(),
    ],
};

/// The Pod.
pub(super) static POD: Struct = Struct {
    name: "Pod",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&POD_SPEC)).ptr(),
        f("status", Type::Struct(&POD_STATUS)).ptr(),
    ],
};

/// The pod of a workload.
pub(super) static POD_TEMPLATE: Struct = Struct {
    name: "PodTemplateSpec",
    package: "v1",
    fields: &[f("metadata", META).ptr(), f("spec", Type::Struct(&POD_SPEC)).ptr()],
};
