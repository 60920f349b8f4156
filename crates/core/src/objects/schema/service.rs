//! core/v1: the Service.

use super::meta::{CONDITIONS, META};
use super::{BOOL, INT32, STR, STRING_MAP, STRINGS, Struct, Type, f};

const PROTOCOL: Type = Type::Enum("v1.Protocol", &["TCP", "UDP", "SCTP"]);
const FAMILY: Type = Type::Enum("v1.IPFamily", &["IPv4", "IPv6"]);

static SERVICE_PORT: Struct = Struct {
    name: "ServicePort",
    package: "v1",
    fields: &[
        f("name", STR),
        f("protocol", PROTOCOL),
        f("appProtocol", STR).ptr(),
        f("port", INT32).ptr(),
        f("targetPort", Type::IntOrString).ptr(),
        f("nodePort", INT32),
    ],
};

static CLIENT_IP: Struct =
    Struct { name: "ClientIPConfig", package: "v1", fields: &[f("timeoutSeconds", INT32).ptr()] };

static AFFINITY_CONFIG: Struct =
    Struct { name: "SessionAffinityConfig", package: "v1", fields: &[f("clientIP", Type::Struct(&CLIENT_IP)).ptr()] };

static SERVICE_SPEC: Struct = Struct {
    name: "ServiceSpec",
    package: "v1",
    fields: &[
        f("ports", Type::List(&Type::Struct(&SERVICE_PORT))),
        f("selector", STRING_MAP),
        f("clusterIP", STR),
        f("clusterIPs", STRINGS),
        f("type", Type::Enum("v1.ServiceType", &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"])),
        f("externalIPs", STRINGS),
        f("sessionAffinity", Type::Enum("v1.ServiceAffinity", &["None", "ClientIP"])),
        f("loadBalancerIP", STR),
        f("loadBalancerSourceRanges", STRINGS),
        f("externalName", STR),
        f("externalTrafficPolicy", Type::Enum("v1.ServiceExternalTrafficPolicy", &["Cluster", "Local"])),
        f("healthCheckNodePort", INT32),
        f("publishNotReadyAddresses", BOOL),
        f("sessionAffinityConfig", Type::Struct(&AFFINITY_CONFIG)).ptr(),
        f("ipFamilies", Type::List(&FAMILY)),
        f("ipFamilyPolicy", Type::Enum("v1.IPFamilyPolicy", &["SingleStack", "PreferDualStack", "RequireDualStack"]))
            .ptr(),
        f("allocateLoadBalancerNodePorts", BOOL).ptr(),
        f("loadBalancerClass", STR).ptr(),
        f("internalTrafficPolicy", Type::Enum("v1.ServiceInternalTrafficPolicy", &["Cluster", "Local"])).ptr(),
        f("trafficDistribution", Type::Enum("string", &["PreferSameZone", "PreferSameNode", "PreferClose"])).ptr(),
    ],
};

static PORT_STATUS: Struct = Struct {
    name: "PortStatus",
    package: "v1",
    fields: &[f("port", INT32).ptr().inert(), f("protocol", PROTOCOL).ptr().inert(), f("error", STR).ptr().inert()],
};

static INGRESS: Struct = Struct {
    name: "LoadBalancerIngress",
    package: "v1",
    fields: &[
        f("ip", STR),
        f("hostname", STR),
        f("ipMode", Type::Enum("v1.LoadBalancerIPMode", &["VIP", "Proxy"])).ptr(),
        f("ports", Type::List(&Type::Struct(&PORT_STATUS))).inert(),
    ],
};

static LOAD_BALANCER_STATUS: Struct =
    Struct { name: "LoadBalancerStatus", package: "v1", fields: &[f("ingress", Type::List(&Type::Struct(&INGRESS)))] };

static SERVICE_STATUS: Struct = Struct {
    name: "ServiceStatus",
    package: "v1",
    fields: &[f("loadBalancer", Type::Struct(&LOAD_BALANCER_STATUS)).ptr(), f("conditions", CONDITIONS).inert()],
};

/// The Service.
pub(super) static SERVICE: Struct = Struct {
    name: "Service",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", META).ptr(),
        f("spec", Type::Struct(&SERVICE_SPEC)).ptr(),
        f("status", Type::Struct(&SERVICE_STATUS)).ptr(),
    ],
};
