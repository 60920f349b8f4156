//! The cluster's own settings: kubeadm's ClusterConfiguration and kube-proxy's KubeProxyConfiguration.

use super::{BOOL, INT32, STR, STRINGS, Struct, Type, f};

static NETWORKING: Struct = Struct {
    name: "Networking",
    package: "v1beta4",
    fields: &[f("serviceSubnet", STR), f("podSubnet", STR), f("dnsDomain", STR)],
};

static API_SERVER: Struct = Struct {
    name: "APIServer",
    package: "v1beta4",
    fields: &[
        f("extraArgs", Type::Any).ptr(),
        f("extraVolumes", Type::Any).inert(),
        f("extraEnvs", Type::Any).inert(),
        f("certSANs", STRINGS).inert(),
        f("timeoutForControlPlane", Type::Duration).inert(),
    ],
};

/// kubeadm's ClusterConfiguration.
pub(super) static CLUSTER_CONFIGURATION: Struct = Struct {
    name: "ClusterConfiguration",
    package: "v1beta4",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("etcd", Type::Any).inert(),
        f("networking", Type::Struct(&NETWORKING)).ptr(),
        f("kubernetesVersion", STR).inert(),
        f("controlPlaneEndpoint", STR).inert(),
        f("apiServer", Type::Struct(&API_SERVER)).ptr(),
        f("controllerManager", Type::Any).inert(),
        f("scheduler", Type::Any).inert(),
        f("dns", Type::Any).inert(),
        f("proxy", Type::Any).inert(),
        f("certificatesDir", STR).inert(),
        f("imageRepository", STR).inert(),
        f("featureGates", Type::Map(&Type::Bool)).later(),
        f("clusterName", STR).inert(),
        f("encryptionAlgorithm", STR).inert(),
        f("certificateValidityPeriod", Type::Duration).inert(),
        f("caCertificateValidityPeriod", Type::Duration).inert(),
    ],
};

static IPTABLES: Struct = Struct {
    name: "KubeProxyIPTablesConfiguration",
    package: "v1alpha1",
    fields: &[
        f("masqueradeBit", INT32).ptr(),
        f("masqueradeAll", BOOL).ptr(),
        f("localhostNodePorts", BOOL).ptr(),
        f("syncPeriod", Type::Duration).ptr().inert(),
        f("minSyncPeriod", Type::Duration).ptr().inert(),
    ],
};

static IPVS: Struct = Struct {
    name: "KubeProxyIPVSConfiguration",
    package: "v1alpha1",
    fields: &[
        f("syncPeriod", Type::Duration).ptr().inert(),
        f("minSyncPeriod", Type::Duration).ptr().inert(),
        f("scheduler", STR).ptr(),
        f("excludeCIDRs", STRINGS).ptr().later(),
        f("strictARP", BOOL).ptr().later(),
        f("tcpTimeout", Type::Duration).ptr().later(),
        f("tcpFinTimeout", Type::Duration).ptr().later(),
        f("udpTimeout", Type::Duration).ptr().later(),
    ],
};

static NFTABLES: Struct = Struct {
    name: "KubeProxyNFTablesConfiguration",
    package: "v1alpha1",
    fields: &[
        f("masqueradeBit", INT32).ptr(),
        f("masqueradeAll", BOOL).ptr(),
        f("syncPeriod", Type::Duration).ptr().inert(),
        f("minSyncPeriod", Type::Duration).ptr().inert(),
    ],
};

static DETECT_LOCAL: Struct = Struct {
    name: "DetectLocalConfiguration",
    package: "v1alpha1",
    fields: &[f("bridgeInterface", STR), f("interfaceNamePrefix", STR)],
};

static CONNTRACK: Struct = Struct {
    name: "KubeProxyConntrackConfiguration",
    package: "v1alpha1",
    fields: &[
        f("maxPerCore", INT32).ptr().later(),
        f("min", INT32).ptr().later(),
        f("tcpEstablishedTimeout", Type::Duration).ptr(),
        f("tcpCloseWaitTimeout", Type::Duration).ptr(),
        f("tcpBeLiberal", BOOL),
        f("udpTimeout", Type::Duration),
        f("udpStreamTimeout", Type::Duration),
    ],
};

/// kube-proxy's configuration.
pub(super) static KUBE_PROXY_CONFIGURATION: Struct = Struct {
    name: "KubeProxyConfiguration",
    package: "v1alpha1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("featureGates", Type::Map(&Type::Bool)).later(),
        f("clientConnection", Type::Any).inert(),
        f("logging", Type::Any).inert(),
        f("hostnameOverride", STR).inert(),
        f("bindAddress", STR).inert(),
        f("healthzBindAddress", STR).inert(),
        f("metricsBindAddress", STR).inert(),
        f("bindAddressHardFail", BOOL).inert(),
        f("enableProfiling", BOOL).inert(),
        f("showHiddenMetricsForVersion", STR).inert(),
        f("mode", Type::Enum("v1alpha1.ProxyMode", &["iptables", "ipvs", "nftables"])),
        f("iptables", Type::Struct(&IPTABLES)).ptr(),
        f("ipvs", Type::Struct(&IPVS)).ptr(),
        f("nftables", Type::Struct(&NFTABLES)).ptr(),
        f("winkernel", Type::Any).inert(),
        f(
            "detectLocalMode",
            Type::Enum("v1alpha1.LocalMode", &["ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"]),
        ),
        f("detectLocal", Type::Struct(&DETECT_LOCAL)),
        f("clusterCIDR", STR).ptr(),
        f("nodePortAddresses", STRINGS).ptr(),
        f("oomScoreAdj", INT32).ptr().inert(),
        f("conntrack", Type::Struct(&CONNTRACK)),
        f("configSyncPeriod", Type::Duration).inert(),
        f("portRange", STR).inert(),
        f("windowsRunAsService", BOOL).inert(),
    ],
};
