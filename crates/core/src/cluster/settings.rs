//! The cluster's own settings from the kinds that carry them: kubeadm's ClusterConfiguration, kube-proxy's
//! KubeProxyConfiguration, and ServiceCIDR.
//!
//! Follows kubeadm's defaults (apis/kubeadm/v1beta4/defaults.go), kube-proxy's (pkg/proxy/apis/config) and the flag
//! `--service-node-port-range`.

use super::{Conntrack, DetectLocal, ProxyMode, ProxySettings, Settings};
use crate::net::IpNet;
use crate::objects::{Value, micros};

/// The schedulers of ipvs that Linux has.
pub const IPVS_SCHEDULERS: [&str; 14] =
    ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "sed", "nq", "mh", "fo", "ovf", "twos"];

/// What is wrong: a field path and a sentence.
type Problems = Vec<(String, String)>;

impl Settings {
    /// Takes over what an object of one of the settings' kinds says; other kinds change nothing. What cannot be read
    /// is left as it was, and told with its path.
    pub fn take(&mut self, object: &Value) -> Problems {
        let mut problems = Problems::new();
        match object.get("kind").and_then(Value::as_str) {
            Some("ClusterConfiguration") => cluster_configuration(self, object, &mut problems),
            Some("KubeProxyConfiguration") => proxy_configuration(&mut self.proxy, object, &mut problems),
            Some("ServiceCIDR") => service_cidr(self, object, &mut problems),
            _ => {}
        }
        problems
    }
}

fn ranges(object: &Value, path: &str, problems: &mut Problems) -> Option<Vec<IpNet>> {
    let text = object.at(path).and_then(Value::as_str).filter(|text| !text.is_empty())?;
    let ranges: Result<Vec<IpNet>, _> = text.split(',').map(|range| range.trim().parse::<IpNet>()).collect();
    match ranges {
        Ok(ranges) => Some(ranges.iter().map(IpNet::trunc).collect()),
        Err(_) => {
            problems.push((path.to_string(), format!("`{text}` is no range, nor two with a comma between")));
            None
        }
    }
}

fn cluster_configuration(settings: &mut Settings, object: &Value, problems: &mut Problems) {
    if let Some(cidrs) = ranges(object, "networking.serviceSubnet", problems) {
        settings.service_cidrs = cidrs;
    }
    if let Some(cidrs) = ranges(object, "networking.podSubnet", problems) {
        settings.pod_cidrs = cidrs;
    }
    if let Some(domain) = object.at("networking.dnsDomain").and_then(Value::as_str).filter(|domain| !domain.is_empty())
    {
        settings.dns_domain = domain.trim_end_matches('.').to_string();
    }
    let Some(arguments) = object.at("apiServer.extraArgs") else { return };
    // A map up to v1beta3, a list of names and values since.
    let listed = arguments.items().iter().find(|one| one.get("name").and_then(Value::as_str) == Some(NODE_PORTS));
    let range = arguments.get(NODE_PORTS).or_else(|| listed.and_then(|one| one.get("value")));
    let Some(text) = range.and_then(Value::as_str) else { return };
    match port_range(text) {
        Some(range) => settings.node_ports = range,
        None => problems.push(("apiServer.extraArgs".to_string(), format!("{NODE_PORTS}: `{text}` is no port range"))),
    }
}

const NODE_PORTS: &str = "service-node-port-range";

/// `30000-32767`, `30000+2767` or a single port, as apimachinery's util/net port ranges.
fn port_range(text: &str) -> Option<(u16, u16)> {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let (low, high) = match (text.split_once('-'), text.split_once('+')) {
        (Some((low, high)), _) => (number(low)?, number(high)?),
        (None, Some((low, more))) => (number(low)?, number(low)?.saturating_add(number(more)?)),
        (None, None) => (number(text)?, number(text)?),
    };
    (low > 0 && low <= high).then_some((low, high))
}

fn proxy_configuration(proxy: &mut ProxySettings, object: &Value, problems: &mut Problems) {
    let text = |path: &str| object.at(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    match text("mode") {
        None => {}
        Some("iptables") => proxy.mode = ProxyMode::Iptables,
        Some("ipvs") => proxy.mode = ProxyMode::Ipvs,
        Some("nftables") => proxy.mode = ProxyMode::Nftables,
        Some(other) => problems.push(("mode".to_string(), format!("`{other}` is none of iptables, ipvs, nftables"))),
    }
    proxy.configured_mode = proxy.mode;
    match text("detectLocalMode") {
        None => {}
        Some("ClusterCIDR") => proxy.detect_local = DetectLocal::ClusterCidr,
        Some("NodeCIDR") => proxy.detect_local = DetectLocal::NodeCidr,
        Some("BridgeInterface") => proxy.detect_local = DetectLocal::BridgeInterface,
        Some("InterfaceNamePrefix") => proxy.detect_local = DetectLocal::InterfaceNamePrefix,
        Some(other) => {
            problems.push(("detectLocalMode".to_string(), format!("`{other}` is no mode that kube-proxy has")))
        }
    }
    // Where nothing is said, kubeadm fills in the pod ranges; an empty text stays empty, and kube-proxy cannot tell pods.
    if object.get("clusterCIDR").is_some() {
        proxy.cluster_cidrs = ranges(object, "clusterCIDR", problems).unwrap_or_default();
    }
    // ipvs mode takes what is said for iptables.
    let backend = if proxy.mode == ProxyMode::Nftables { "nftables" } else { "iptables" };
    let masquerading = object.get(backend);
    proxy.masquerade_all =
        masquerading.and_then(|backend| backend.get("masqueradeAll")).and_then(Value::as_bool).unwrap_or(false);
    if let Some(bit) = masquerading.and_then(|backend| backend.get("masqueradeBit")).and_then(Value::as_int) {
        match u8::try_from(bit) {
            Ok(bit) if bit < 32 => proxy.masquerade_bit = bit,
            _ => problems.push((format!("{backend}.masqueradeBit"), "must be within the range [0, 31]".to_string())),
        }
    }
    let interface = match proxy.detect_local {
        DetectLocal::BridgeInterface => "detectLocal.bridgeInterface",
        DetectLocal::InterfaceNamePrefix => "detectLocal.interfaceNamePrefix",
        DetectLocal::ClusterCidr | DetectLocal::NodeCidr => "",
    };
    if !interface.is_empty() {
        match text(interface) {
            Some(name) => proxy.local_interface = name.to_string(),
            None => problems.push((interface.to_string(), "must not be empty".to_string())),
        }
    }
    conntrack(&mut proxy.conntrack, object, problems);
    if let Some(answers) = object.at("iptables.localhostNodePorts").and_then(Value::as_bool) {
        proxy.localhost_node_ports = answers;
    }
    if let Some(scheduler) = text("ipvs.scheduler") {
        if proxy.mode == ProxyMode::Ipvs && !IPVS_SCHEDULERS.contains(&scheduler) {
            let none = format!("`{scheduler}` is no scheduler that Linux has: kube-proxy does not start with it");
            problems.push(("ipvs.scheduler".to_string(), none));
        }
        proxy.ipvs_scheduler = scheduler.to_string();
    }
    let Some(addresses) = object.get("nodePortAddresses") else { return };
    let given: Vec<&str> = addresses.items().iter().filter_map(Value::as_str).collect();
    for (at, address) in given.iter().enumerate() {
        if *address == "primary" {
            if given.len() > 1 {
                problems.push((format!("nodePortAddresses[{at}]"), "can't use both 'primary' and CIDRs".to_string()));
            }
        } else if address.parse::<IpNet>().is_err() {
            problems
                .push((format!("nodePortAddresses[{at}]"), format!("`{address}` is no range, nor the word primary")));
        }
    }
    proxy.node_port_addresses = given.into_iter().map(str::to_string).collect();
}

/// How long the kernel remembers connections: kube-proxy sets its own times for TCP, and those for UDP where they are
/// given; zero leaves what the kernel has.
fn conntrack(conntrack: &mut Conntrack, object: &Value, problems: &mut Problems) {
    /// Linux's own times: five days, a minute, 30 and 120 seconds.
    const KERNEL: [u64; 4] = [432_000, 60, 30, 120];
    let times = [
        ("conntrack.tcpEstablishedTimeout", &mut conntrack.tcp_established),
        ("conntrack.tcpCloseWaitTimeout", &mut conntrack.tcp_close_wait),
        ("conntrack.udpTimeout", &mut conntrack.udp),
        ("conntrack.udpStreamTimeout", &mut conntrack.udp_stream),
    ];
    for ((path, time), kernel) in times.into_iter().zip(KERNEL) {
        let Some(text) = object.at(path).and_then(Value::as_str).filter(|text| !text.is_empty()) else { continue };
        match micros(text).map(|micros| micros / 1_000_000) {
            Some(0) => *time = kernel,
            Some(seconds) => *time = seconds,
            None => problems.push((path.to_string(), format!("`{text}` is no duration"))),
        }
    }
    if let Some(liberal) = object.at("conntrack.tcpBeLiberal").and_then(Value::as_bool) {
        conntrack.tcp_be_liberal = liberal;
    }
}

/// The range named `kubernetes` is the cluster's default one; others add to it.
fn service_cidr(settings: &mut Settings, object: &Value, problems: &mut Problems) {
    let mut cidrs: Vec<IpNet> = Vec::new();
    for (at, range) in object.at("spec.cidrs").map(Value::items).unwrap_or_default().iter().enumerate() {
        match range.as_str().and_then(|range| range.parse::<IpNet>().ok()) {
            Some(range) => cidrs.push(range.trunc()),
            None => problems.push((format!("spec.cidrs[{at}]"), "is no range".to_string())),
        }
    }
    if object.at("metadata.name").and_then(Value::as_str) == Some("kubernetes") && !cidrs.is_empty() {
        settings.service_cidrs = cidrs;
    } else {
        let new: Vec<IpNet> = cidrs.into_iter().filter(|range| !settings.service_cidrs.contains(range)).collect();
        settings.service_cidrs.extend(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::to_value;

    fn settings() -> Settings {
        Settings {
            service_cidrs: vec![],
            pod_cidrs: vec![],
            dns_domain: "cluster.local".into(),
            node_ports: (30000, 32767),
            proxy: ProxySettings::default(),
            load_balancers: true,
        }
    }

    fn take(settings: &mut Settings, text: &str) -> Problems {
        let stream = crate::yaml::read(text, 0, 0, &crate::yaml::Limits::default());
        settings.take(&to_value(&stream.documents[0].root))
    }

    #[test]
    fn kubeadms_networking_is_taken_over() {
        let mut is = settings();
        let text = "kind: ClusterConfiguration\nnetworking: {serviceSubnet: '10.0.0.0/16,fd00::/108', podSubnet: 10.244.0.0/16, dnsDomain: a.b.}\n\
                    apiServer: {extraArgs: [{name: service-node-port-range, value: 80-90}]}\n";
        assert_eq!(take(&mut is, text), []);
        assert_eq!(
            (is.service_cidrs.len(), is.pod_cidrs.len(), is.dns_domain.as_str(), is.node_ports),
            (2, 1, "a.b", (80, 90))
        );
        let problems = take(&mut is, "kind: ClusterConfiguration\nnetworking: {serviceSubnet: x}\n");
        assert_eq!(problems[0].0, "networking.serviceSubnet");
    }

    #[test]
    fn kube_proxys_configuration_is_taken_over() {
        let mut is = settings();
        let text = "kind: KubeProxyConfiguration\nmode: nftables\nclusterCIDR: 10.244.0.0/16\nnodePortAddresses: [primary, 10.0.0.0/8, x]\n\
                    nftables: {masqueradeAll: true}\niptables: {localhostNodePorts: false}\n";
        let problems = take(&mut is, text);
        let paths: Vec<&str> = problems.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["nodePortAddresses[0]", "nodePortAddresses[2]"]);
        assert_eq!(
            (is.proxy.mode, is.proxy.masquerade_all, is.proxy.localhost_node_ports),
            (ProxyMode::Nftables, true, false)
        );
        assert_eq!((is.proxy.cluster_cidrs.len(), is.proxy.node_port_addresses.len()), (1, 3));
    }

    #[test]
    fn marks_interfaces_and_times_of_connection_tracking_are_taken_over() {
        let mut is = settings();
        let text = "kind: KubeProxyConfiguration\nmode: nftables\nnftables: {masqueradeBit: 15}\niptables: {masqueradeBit: 3}\n\
                    detectLocalMode: InterfaceNamePrefix\ndetectLocal: {interfaceNamePrefix: cali}\n\
                    conntrack: {tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 10m, udpTimeout: 5s, tcpBeLiberal: true}\n";
        assert_eq!(take(&mut is, text), []);
        assert_eq!((is.proxy.masquerade_bit, is.proxy.local_interface.as_str()), (15, "cali"));
        let expected =
            Conntrack { tcp_established: 432_000, tcp_close_wait: 600, udp: 5, udp_stream: 120, tcp_be_liberal: true };
        assert_eq!(is.proxy.conntrack, expected);
        let wrong = "kind: KubeProxyConfiguration\niptables: {masqueradeBit: 32}\ndetectLocalMode: BridgeInterface\n\
                     conntrack: {udpTimeout: soon}\n";
        let problems = take(&mut settings(), wrong);
        let paths: Vec<&str> = problems.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["iptables.masqueradeBit", "detectLocal.bridgeInterface", "conntrack.udpTimeout"]);
    }

    #[test]
    fn service_cidrs_add_to_the_default_one() {
        let mut is = settings();
        take(&mut is, "kind: ServiceCIDR\nmetadata: {name: kubernetes}\nspec: {cidrs: [10.96.0.0/12]}\n");
        take(&mut is, "kind: ServiceCIDR\nmetadata: {name: more}\nspec: {cidrs: [10.200.0.0/24]}\n");
        assert_eq!(is.service_cidrs.len(), 2);
    }
}
