//! The cluster that traffic meets: settings, nodes, pods, Services and slices, after the server and the controllers.
//!
//! This is what proxy, dns, packet and sim read. They never look at YAML.

mod addresses;
mod settings;

pub use addresses::Addresses;

pub use settings::IPVS_SCHEDULERS;

use std::fmt;
use std::net::IpAddr;

use crate::net::IpNet;
use crate::objects::{EndpointSlice, Node, ObjectMeta, ObjectRef, Pod, Service};

/// kube-proxy's mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyMode {
    /// iptables, still the default in 1.36 where no configuration says otherwise.
    #[default]
    Iptables,
    /// nftables.
    Nftables,
    /// ipvs.
    Ipvs,
}

impl ProxyMode {
    /// All of them.
    pub const ALL: [ProxyMode; 3] = [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs];

    /// Its name, as `mode` of KubeProxyConfiguration.
    pub fn as_str(self) -> &'static str {
        match self {
            ProxyMode::Iptables => "iptables",
            ProxyMode::Nftables => "nftables",
            ProxyMode::Ipvs => "ipvs",
        }
    }
}

/// How kube-proxy tells traffic of its own pods (`detectLocalMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DetectLocal {
    /// By `clusterCIDR`.
    #[default]
    ClusterCidr,
    /// By the node's own pod range.
    NodeCidr,
    /// By a bridge interface, which here are the node's own pods.
    BridgeInterface,
    /// By an interface name prefix, which here are the node's own pods.
    InterfaceNamePrefix,
}

/// KubeProxyConfiguration, as far as traffic depends on it.
#[derive(Clone, Debug, PartialEq)]
pub struct ProxySettings {
    /// The mode.
    pub mode: ProxyMode,
    /// What the configuration says of it, where something else was asked for since.
    pub configured_mode: ProxyMode,
    /// `clusterCIDR`; empty where unset.
    pub cluster_cidrs: Vec<IpNet>,
    /// `detectLocalMode`.
    pub detect_local: DetectLocal,
    /// `detectLocal.bridgeInterface` or `detectLocal.interfaceNamePrefix`, as far as the mode of detection asks for one.
    pub local_interface: String,
    /// `iptables.masqueradeAll`, `nftables.masqueradeAll`.
    pub masquerade_all: bool,
    /// `iptables.masqueradeBit`, `nftables.masqueradeBit`: the bit of the packet mark that asks for masquerading, 0 to 31.
    pub masquerade_bit: u8,
    /// `nodePortAddresses`: ranges, or the single word `primary`; empty means the mode's own default.
    pub node_port_addresses: Vec<String>,
    /// `iptables.localhostNodePorts`.
    pub localhost_node_ports: bool,
    /// `ipvs.scheduler`; empty means `rr`.
    pub ipvs_scheduler: String,
    /// `conntrack`: how long the kernel remembers connections.
    pub conntrack: Conntrack,
}

/// The kernel's connection tracking as kube-proxy sets it up, in seconds (`conntrack` of KubeProxyConfiguration).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conntrack {
    /// `tcpEstablishedTimeout`.
    pub tcp_established: u64,
    /// `tcpCloseWaitTimeout`: the other side closed, this one has not yet.
    pub tcp_close_wait: u64,
    /// `udpTimeout`: a UDP flow without replies.
    pub udp: u64,
    /// `udpStreamTimeout`: a UDP flow with replies.
    pub udp_stream: u64,
    /// `tcpBeLiberal`: packets outside of the window are let through.
    pub tcp_be_liberal: bool,
}

impl Default for Conntrack {
    /// What kube-proxy sets without being asked, and Linux's own values for what it leaves alone.
    fn default() -> Self {
        Conntrack { tcp_established: 86_400, tcp_close_wait: 3_600, udp: 30, udp_stream: 120, tcp_be_liberal: false }
    }
}

/// The cluster's own settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `serviceSubnet` or ServiceCIDR objects; the primary family first.
    pub service_cidrs: Vec<IpNet>,
    /// `podSubnet`.
    pub pod_cidrs: Vec<IpNet>,
    /// `dnsDomain`, without a dot at the end.
    pub dns_domain: String,
    /// The lowest and the highest node port.
    pub node_ports: (u16, u16),
    /// kube-proxy's configuration.
    pub proxy: ProxySettings,
    /// Whether a cloud (or the like) hands out load balancers.
    pub load_balancers: bool,
}

/// Who sends: as the command line's CLIENT.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    /// A pod.
    Pod(ObjectRef),
    /// A process in a node's own network.
    Node(String),
    /// A host outside the cluster; `None` is some host of the internet (203.0.113.10).
    External(Option<IpAddr>),
    /// A packet with this source, as it comes to this node.
    AddressAt {
        /// The source address.
        address: IpAddr,
        /// The node that sees it.
        node: String,
    },
    /// A person's machine with kubectl: outside the cluster, but able to reach the API server.
    Laptop,
}

impl Client {
    /// Reads `pod/[NS/]NAME`, `node/NAME`, `external[/ADDR]`, `addr/ADDR@NODE` or `laptop`; a pod without namespace is
    /// one of `default`. The error is a sentence for whoever asked.
    pub fn parse(text: &str) -> Result<Client, String> {
        Self::read(text).ok_or_else(|| {
            format!(
                "\"{text}\" is no client: pod/[NAMESPACE/]NAME, node/NAME, external[/ADDRESS], addr/ADDRESS@NODE or laptop"
            )
        })
    }

    fn read(text: &str) -> Option<Client> {
        let (kind, rest) = text.split_once('/').unwrap_or((text, ""));
        match (kind, rest) {
            ("external", "") => Some(Client::External(None)),
            ("laptop", "") => Some(Client::Laptop),
            (_, "") => None,
            ("external", address) => address.parse().ok().map(|address| Client::External(Some(address))),
            ("node", name) => Some(Client::Node(name.to_string())),
            ("pod", name) => {
                let (namespace, name) = name.split_once('/').unwrap_or(("default", name));
                let known = !namespace.is_empty() && !name.is_empty() && !name.contains('/');
                known.then(|| Client::Pod(ObjectRef::new(namespace, name)))
            }
            ("addr", rest) => {
                let (address, node) = rest.split_once('@')?;
                let address = address.parse().ok()?;
                (!node.is_empty()).then(|| Client::AddressAt { address, node: node.to_string() })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Client::Pod(pod) => write!(f, "pod/{pod}"),
            Client::Node(name) => write!(f, "node/{name}"),
            Client::External(None) => f.write_str("external"),
            Client::External(Some(address)) => write!(f, "external/{address}"),
            Client::AddressAt { address, node } => write!(f, "addr/{address}@{node}"),
            Client::Laptop => f.write_str("laptop"),
        }
    }
}

/// Where something happens: a place of the chart and of a hop.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A host outside, by its address.
    External(IpAddr),
    /// The machine with kubectl.
    Laptop,
    /// The cloud's load balancer of a Service.
    LoadBalancer(ObjectRef),
    /// A node's own network: its interface, its routes, processes on it.
    Node(String),
    /// kube-proxy's rules on a node.
    Proxy(String),
    /// A pod.
    Pod(ObjectRef),
    /// An endpoint address that no Pod object stands for.
    Endpoint(IpAddr),
    /// The API server.
    ApiServer,
    /// A node's kubelet.
    Kubelet(String),
    /// CoreDNS.
    Dns,
    /// A host that an ExternalName points to.
    ExternalHost(String),
}

impl Default for ProxySettings {
    /// What kubeadm sets up without being asked, but for `cluster_cidrs`, which follow the pods' subnet.
    fn default() -> Self {
        ProxySettings {
            mode: ProxyMode::Iptables,
            configured_mode: ProxyMode::Iptables,
            cluster_cidrs: Vec::new(),
            detect_local: DetectLocal::ClusterCidr,
            local_interface: String::new(),
            masquerade_all: false,
            masquerade_bit: 14,
            node_port_addresses: Vec::new(),
            localhost_node_ports: true,
            ipvs_scheduler: String::new(),
            conntrack: Conntrack::default(),
        }
    }
}

impl Default for Settings {
    /// The settings of a cluster about which the input says nothing.
    fn default() -> Self {
        let range = |a: u8, b: u8, prefix: u8| IpNet::new(IpAddr::from([a, b, 0, 0]), prefix).ok();
        let pods: Vec<IpNet> = range(10, 244, 16).into_iter().collect();
        Settings {
            service_cidrs: range(10, 96, 12).into_iter().collect(),
            proxy: ProxySettings { cluster_cidrs: pods.clone(), ..ProxySettings::default() },
            pod_cidrs: pods,
            dns_domain: "cluster.local".to_string(),
            node_ports: (30000, 32767),
            load_balancers: true,
        }
    }
}

/// A place in one word or two: `pod/default/web-1`, `node/worker-1`, `kube-proxy/worker-1`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::External(address) => write!(f, "external/{address}"),
            Place::Laptop => f.write_str("laptop"),
            Place::LoadBalancer(service) => write!(f, "loadbalancer/{service}"),
            Place::Node(name) => write!(f, "node/{name}"),
            Place::Proxy(name) => write!(f, "kube-proxy/{name}"),
            Place::Pod(pod) => write!(f, "pod/{pod}"),
            Place::Endpoint(address) => write!(f, "endpoint/{address}"),
            Place::ApiServer => f.write_str("kube-apiserver"),
            Place::Kubelet(name) => write!(f, "kubelet/{name}"),
            Place::Dns => f.write_str("coredns"),
            Place::ExternalHost(name) => write!(f, "host/{name}"),
        }
    }
}

/// A cluster at one moment.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// The settings.
    pub settings: Settings,
    /// Nodes, in the order of the input (the default cluster's: control plane first).
    pub nodes: Vec<Node>,
    /// Namespaces that exist.
    pub namespaces: Vec<String>,
    /// Services, `default/kubernetes` among them, ordered by namespace and name.
    pub services: Vec<Service>,
    /// EndpointSlices, ordered by namespace and name.
    pub slices: Vec<EndpointSlice>,
    /// Pods, ordered by namespace and name.
    pub pods: Vec<Pod>,
}

impl Cluster {
    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.meta.name == name)
    }

    /// The Service of this name.
    pub fn service(&self, reference: &ObjectRef) -> Option<&Service> {
        find(&self.services, reference, |service| &service.meta)
    }

    /// The pod of this name.
    pub fn pod(&self, reference: &ObjectRef) -> Option<&Pod> {
        find(&self.pods, reference, |pod| &pod.meta)
    }

    /// The pod that owns an address; pods in their node's network own none.
    pub fn pod_by_ip(&self, address: IpAddr) -> Option<&Pod> {
        self.pods.iter().find(|pod| !pod.host_network && pod.ips.contains(&address))
    }

    /// The node that owns an address.
    pub fn node_by_ip(&self, address: IpAddr) -> Option<&Node> {
        self.nodes.iter().find(|node| node.internal_ips.contains(&address) || node.external_ips.contains(&address))
    }

    /// The slices of a Service.
    pub fn slices_of<'a>(&'a self, service: &'a ObjectRef) -> impl Iterator<Item = &'a EndpointSlice> + 'a {
        // They are in order, so those of other namespaces need not be looked at.
        let start = self.slices.partition_point(|slice| slice.meta.namespace < service.namespace);
        let own = self.slices.iter().skip(start).take_while(|slice| slice.meta.namespace == service.namespace);
        own.filter(move |slice| slice.service == service.name)
    }
}

/// Finds an object in a list that is ordered by namespace and name; in one that is not, too, only slower.
fn find<'a, T>(list: &'a [T], reference: &ObjectRef, meta: impl Fn(&T) -> &ObjectMeta) -> Option<&'a T> {
    let key = (&reference.namespace, &reference.name);
    let of = |item: &T| {
        let meta = meta(item);
        (&meta.namespace, &meta.name).cmp(&key)
    };
    match list.binary_search_by(of) {
        Ok(at) => list.get(at),
        Err(_) => list.iter().find(|item| of(item).is_eq()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_read_as_they_are_printed() {
        for text in [
            "pod/shop/cart",
            "node/worker-1",
            "external",
            "external/203.0.113.7",
            "external/2001:db8::1",
            "addr/10.0.0.1@worker-1",
            "laptop",
        ] {
            assert_eq!(Client::parse(text).map(|client| client.to_string()).as_deref(), Ok(text));
        }
        assert_eq!(Client::parse("pod/cart"), Client::parse("pod/default/cart"));
        for text in ["", "pod", "pod/", "pod//x", "pod/a/b/c", "addr/10.0.0.1", "external/x", "laptop/x"] {
            assert!(Client::parse(text).is_err(), "{text}");
        }
    }
}
