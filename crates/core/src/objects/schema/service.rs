//! core/v1: the Service.

use super::meta::{CONDITIONS, META};
use super::{BOOL, INT32, STR, STRING_MAP, STRINGS, Struct, Type, f};

const PROTOCOL: Type = Type::Enum("v1.Protocol", &["TCP", "UDP", "SCTP"]);
const FAMILY: Type = Type::Enum("v1.IPFamily", &["IPv4", "IPv6"]);

static SERVICE_PORT: Struct = Struct {
    name: "ServicePort",
    package: "v1",
    fields: &[
        f("name", STR, "The port's name; needed where there are several. DNS SRV records and slices carry it."),
        f("protocol", PROTOCOL, "TCP (the default), UDP or SCTP."),
        f("appProtocol", STR, "A hint for proxies about the protocol above, such as kubernetes.io/h2c.").ptr(),
        f("port", INT32, "The port at the Service's own addresses.").ptr(),
        f(
            "targetPort",
            Type::IntOrString,
            "The port at the pods: a number, or the name of a container port. The same as `port` where nothing is said.",
        )
        .ptr(),
        f("nodePort", INT32, "The port on every node, 30000-32767; one is picked where nothing is said."),
    ],
};

static CLIENT_IP: Struct = Struct {
    name: "ClientIPConfig",
    package: "v1",
    fields: &[f(
        "timeoutSeconds",
        INT32,
        "How long a client keeps its endpoint after its last connection: 1 to 86400.",
    )
    .ptr()],
};

static AFFINITY_CONFIG: Struct = Struct {
    name: "SessionAffinityConfig",
    package: "v1",
    fields: &[f("clientIP", Type::Struct(&CLIENT_IP), "Settings of ClientIP affinity.").ptr()],
};

static SERVICE_SPEC: Struct = Struct {
    name: "ServiceSpec",
    package: "v1",
    fields: &[
        f("ports", Type::List(&Type::Struct(&SERVICE_PORT)), "The ports that the Service opens."),
        f(
            "selector",
            STRING_MAP,
            "Labels that a pod must all have to receive traffic. Without it, nobody fills the endpoints.",
        ),
        f("clusterIP", STR, "The virtual address; picked where nothing is said; `None` makes the Service headless."),
        f("clusterIPs", STRINGS, "The virtual addresses, one for each family; the first equals clusterIP."),
        f(
            "type",
            Type::Enum("v1.ServiceType", &["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]),
            "ClusterIP (the default), NodePort, LoadBalancer or ExternalName.",
        ),
        f(
            "externalIPs",
            STRINGS,
            "Addresses at which nodes accept traffic for the Service; you must route them there.",
        ),
        f(
            "sessionAffinity",
            Type::Enum("v1.ServiceAffinity", &["None", "ClientIP"]),
            "ClientIP sends all connections of one source address to one endpoint; None (the default) does not.",
        ),
        f("loadBalancerIP", STR, "Deprecated: an address to ask the cloud for. kube-proxy ignores it."),
        f("loadBalancerSourceRanges", STRINGS, "The source ranges that may use the load balancer's address."),
        f("externalName", STR, "For type ExternalName: the name that DNS answers with."),
        f(
            "externalTrafficPolicy",
            Type::Enum("v1.ServiceExternalTrafficPolicy", &["Cluster", "Local"]),
            "Local keeps traffic from outside on the node that receives it, with its source address.",
        ),
        f(
            "healthCheckNodePort",
            INT32,
            "The port where balancers ask a node for local endpoints (type LoadBalancer, policy Local).",
        ),
        f("publishNotReadyAddresses", BOOL, "Publishes pods before they are ready."),
        f("sessionAffinityConfig", Type::Struct(&AFFINITY_CONFIG), "Settings of session affinity.").ptr(),
        f(
            "ipFamilyPolicy",
            Type::Enum("v1.IPFamilyPolicy", &["SingleStack", "PreferDualStack", "RequireDualStack"]),
            "One address family, two where the cluster has two, or two without fail.",
        )
        .ptr(),
        f("ipFamilies", Type::List(&FAMILY), "The address families, the primary one first."),
        f(
            "allocateLoadBalancerNodePorts",
            BOOL,
            "Whether a LoadBalancer Service also gets node ports; true by default.",
        )
        .ptr(),
        f(
            "loadBalancerClass",
            STR,
            "Which load balancer implementation is meant; the cloud's own where nothing is said.",
        )
        .ptr(),
        f(
            "internalTrafficPolicy",
            Type::Enum("v1.ServiceInternalTrafficPolicy", &["Cluster", "Local"]),
            "Local keeps cluster-IP traffic on the client's node, and drops it where the node has no endpoint.",
        )
        .ptr(),
        f(
            "trafficDistribution",
            Type::Enum("string", &["PreferSameZone", "PreferSameNode", "PreferClose"]),
            "A preference for endpoints near the client.",
        )
        .ptr(),
    ],
};

static PORT_STATUS: Struct = Struct {
    name: "PortStatus",
    package: "v1",
    fields: &[
        f("port", INT32, "").ptr().inert(),
        f("protocol", PROTOCOL, "").ptr().inert(),
        f("error", STR, "").ptr().inert(),
    ],
};

static INGRESS: Struct = Struct {
    name: "LoadBalancerIngress",
    package: "v1",
    fields: &[
        f("ip", STR, "The balancer's address."),
        f("hostname", STR, "The balancer's DNS name."),
        f(
            "ipMode",
            Type::Enum("v1.LoadBalancerIPMode", &["VIP", "Proxy"]),
            "VIP (the default): packets arrive with the balancer's address. Proxy: kube-proxy leaves the address alone.",
        )
        .ptr(),
        f("ports", Type::List(&Type::Struct(&PORT_STATUS)), "").inert(),
    ],
};

static LOAD_BALANCER_STATUS: Struct = Struct {
    name: "LoadBalancerStatus",
    package: "v1",
    fields: &[f("ingress", Type::List(&Type::Struct(&INGRESS)), "What the balancer was given.")],
};

static SERVICE_STATUS: Struct = Struct {
    name: "ServiceStatus",
    package: "v1",
    fields: &[
        f("loadBalancer", Type::Struct(&LOAD_BALANCER_STATUS), "What the cloud's controller has set up.").ptr(),
        f("conditions", CONDITIONS, "").inert(),
    ],
};

/// The Service.
pub(super) static SERVICE: Struct = Struct {
    name: "Service",
    package: "v1",
    fields: &[
        f("kind", STR, ""),
        f("apiVersion", STR, ""),
        f("metadata", META, "Name, namespace, labels.").ptr(),
        f("spec", Type::Struct(&SERVICE_SPEC), "What the Service should be.").ptr(),
        f("status", Type::Struct(&SERVICE_STATUS), "What controllers report; ignored in a create.").ptr(),
    ],
};
