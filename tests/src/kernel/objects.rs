//! Services and EndpointSlices as YAML, as they would be stored.

use std::fmt;

use portolan_core::net::{IpFamily, Protocol};

/// One of a Service's ports.
#[derive(Clone, Debug)]
pub struct Port {
    /// May be empty.
    pub name: String,
    /// The protocol.
    pub protocol: Protocol,
    /// At the Service's addresses.
    pub port: u16,
    /// At every node.
    pub node_port: Option<u16>,
}

/// A Service.
#[derive(Clone, Debug)]
pub struct Service {
    /// The name.
    pub name: String,
    /// The type.
    pub kind: &'static str,
    /// Empty for a headless one.
    pub cluster_ips: Vec<String>,
    /// The ports.
    pub ports: Vec<Port>,
    /// externalTrafficPolicy.
    pub external_policy: &'static str,
    /// internalTrafficPolicy.
    pub internal_policy: &'static str,
    /// externalIPs.
    pub external_ips: Vec<String>,
    /// Addresses of balancers, and whether each is a proxy of its own.
    pub balancers: Vec<(String, bool)>,
    /// loadBalancerSourceRanges.
    pub ranges: Vec<String>,
    /// Seconds of session affinity.
    pub affinity: Option<u32>,
}

/// One endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The one address.
    pub address: String,
    /// nodeName.
    pub node: Option<&'static str>,
    /// A condition.
    pub ready: Option<bool>,
    /// A condition.
    pub serving: Option<bool>,
    /// A condition.
    pub terminating: Option<bool>,
    /// hints.forZones.
    pub zones: Vec<&'static str>,
    /// hints.forNodes.
    pub nodes: Vec<&'static str>,
}

/// An EndpointSlice.
#[derive(Clone, Debug)]
pub struct Slice {
    /// The Service's name.
    pub service: String,
    /// Tells it from the Service's other slices.
    pub number: usize,
    /// addressType.
    pub family: IpFamily,
    /// Name, protocol, number.
    pub ports: Vec<(String, Protocol, Option<u16>)>,
    /// The endpoints; may be none.
    pub endpoints: Vec<Endpoint>,
}

fn list<T: fmt::Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    format!("[{}]", items.join(", "))
}

fn quoted(items: &[String]) -> String {
    list(items.iter().map(|item| format!("'{item}'")))
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headless = self.cluster_ips.is_empty();
        let ips = if headless { vec!["None".to_string()] } else { self.cluster_ips.clone() };
        writeln!(f, "apiVersion: v1\nkind: Service\nmetadata: {{name: {}, namespace: default}}\nspec:", self.name)?;
        writeln!(f, "  type: {}\n  clusterIP: '{}'\n  clusterIPs: {}", self.kind, ips[0], quoted(&ips))?;
        let family = |ip: &String| if ip.contains(':') { "IPv6" } else { "IPv4" };
        writeln!(f, "  ipFamilies: {}", list(ips.iter().map(family)))?;
        writeln!(f, "  internalTrafficPolicy: {}", self.internal_policy)?;
        if self.kind != "ClusterIP" || !self.external_ips.is_empty() {
            writeln!(f, "  externalTrafficPolicy: {}", self.external_policy)?;
        }
        if !self.external_ips.is_empty() {
            writeln!(f, "  externalIPs: {}", quoted(&self.external_ips))?;
        }
        if !self.ranges.is_empty() {
            writeln!(f, "  loadBalancerSourceRanges: {}", quoted(&self.ranges))?;
        }
        match self.affinity {
            Some(seconds) => writeln!(
                f,
                "  sessionAffinity: ClientIP\n  sessionAffinityConfig: {{clientIP: {{timeoutSeconds: {seconds}}}}}"
            )?,
            None => writeln!(f, "  sessionAffinity: None")?,
        }
        writeln!(f, "  ports:")?;
        for port in &self.ports {
            let node_port = port.node_port.map(|number| format!(", nodePort: {number}")).unwrap_or_default();
            let Port { name, protocol, port, .. } = port;
            writeln!(f, "  - {{name: '{name}', protocol: {protocol}, port: {port}, targetPort: 8080{node_port}}}")?;
        }
        if !self.balancers.is_empty() {
            let mode = |proxy: bool| if proxy { "Proxy" } else { "VIP" };
            let ingress = self.balancers.iter().map(|(ip, proxy)| format!("{{ip: '{ip}', ipMode: {}}}", mode(*proxy)));
            writeln!(f, "status: {{loadBalancer: {{ingress: {}}}}}", list(ingress))?;
        }
        Ok(())
    }
}

impl fmt::Display for Slice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Slice { service, number, family, ports, endpoints } = self;
        writeln!(f, "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:")?;
        writeln!(f, "  name: {service}-{number}\n  namespace: default")?;
        writeln!(f, "  labels: {{kubernetes.io/service-name: {service}}}\naddressType: {}", family.as_str())?;
        let ports = ports.iter().map(|(name, protocol, port)| {
            let port = port.map(|port| format!(", port: {port}")).unwrap_or_default();
            format!("{{name: '{name}', protocol: {protocol}{port}}}")
        });
        writeln!(f, "ports: {}\nendpoints:", list(ports))?;
        for endpoint in endpoints {
            writeln!(f, "- {endpoint}")?;
        }
        if endpoints.is_empty() { writeln!(f, "  []") } else { Ok(()) }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = [("ready", self.ready), ("serving", self.serving), ("terminating", self.terminating)];
        let conditions = named.iter().filter_map(|(name, value)| Some(format!("{name}: {}", (*value)?)));
        let conditions: Vec<String> = conditions.collect();
        write!(f, "{{addresses: ['{}'], conditions: {{{}}}", self.address, conditions.join(", "))?;
        if let Some(node) = self.node {
            write!(f, ", nodeName: {node}")?;
        }
        let hints = |names: &[&str]| list(names.iter().map(|name| format!("{{name: {name}}}")));
        let zones = (!self.zones.is_empty()).then(|| format!("forZones: {}", hints(&self.zones)));
        let nodes = (!self.nodes.is_empty()).then(|| format!("forNodes: {}", hints(&self.nodes)));
        let hints: Vec<String> = zones.into_iter().chain(nodes).collect();
        if !hints.is_empty() {
            write!(f, ", hints: {{{}}}", hints.join(", "))?;
        }
        write!(f, "}}")
    }
}

impl Endpoint {
    /// One that is ready.
    pub fn ready(address: impl Into<String>, node: &'static str) -> Endpoint {
        Endpoint {
            address: address.into(),
            node: Some(node),
            ready: Some(true),
            serving: Some(true),
            terminating: Some(false),
            zones: Vec::new(),
            nodes: Vec::new(),
        }
    }
}
