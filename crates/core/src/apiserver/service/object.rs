//! A Service as the server works on it: every field of the API, with Go's difference between empty and absent.
//!
//! The order of fields is that of `k8s.io/api/core/v1/types.go`. A field that is not named there does not get here:
//! decoding has refused it.

use crate::objects::Value;
use crate::sort;

/// `spec.type` where the server knows it.
pub(crate) mod kind {
    pub(crate) const CLUSTER_IP: &str = "ClusterIP";
    pub(crate) const NODE_PORT: &str = "NodePort";
    pub(crate) const LOAD_BALANCER: &str = "LoadBalancer";
    pub(crate) const EXTERNAL_NAME: &str = "ExternalName";
}

/// `clusterIP: None`.
pub(crate) const NONE: &str = "None";

/// `targetPort`: Go's IntOrString.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    Int(i64),
    Str(String),
}

/// One of `spec.ports`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Port {
    pub(crate) name: String,
    pub(crate) protocol: String,
    pub(crate) app_protocol: Option<String>,
    pub(crate) port: i64,
    pub(crate) target_port: Target,
    /// 0 means none.
    pub(crate) node_port: i64,
}

/// A Service.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ServiceObject {
    /// `metadata`, as decoded.
    pub(crate) meta: Value,
    pub(crate) ports: Vec<Port>,
    pub(crate) selector: Vec<(String, String)>,
    pub(crate) cluster_ip: String,
    pub(crate) cluster_ips: Vec<String>,
    pub(crate) kind: String,
    pub(crate) external_ips: Vec<String>,
    pub(crate) session_affinity: String,
    pub(crate) load_balancer_ip: String,
    pub(crate) source_ranges: Vec<String>,
    pub(crate) external_name: String,
    pub(crate) external_traffic_policy: String,
    /// 0 means none.
    pub(crate) health_check_node_port: i64,
    pub(crate) publish_not_ready_addresses: bool,
    /// `sessionAffinityConfig`, an object if set.
    pub(crate) affinity_config: Option<Value>,
    pub(crate) ip_families: Vec<String>,
    pub(crate) ip_family_policy: Option<String>,
    pub(crate) allocate_node_ports: Option<bool>,
    pub(crate) load_balancer_class: Option<String>,
    pub(crate) internal_traffic_policy: Option<String>,
    pub(crate) traffic_distribution: Option<String>,
    /// `status`, as decoded; always an object with `loadBalancer`.
    pub(crate) status: Value,
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_string()
}

fn pointer(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_string)
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let items = value.get(key).map(Value::items).unwrap_or_default();
    // A null among strings is an empty string to Go.
    items.iter().map(|item| item.as_str().unwrap_or_default().to_string()).collect()
}

fn int(value: &Value, key: &str) -> i64 {
    value.get(key).and_then(Value::as_int).unwrap_or(0)
}

/// The pairs of a map of strings, ordered by key.
pub(crate) fn string_map(value: Option<&Value>) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = value
        .map(Value::members)
        .unwrap_or_default()
        .iter()
        .map(|(key, item)| (key.clone(), item.as_str().unwrap_or_default().to_string()))
        .collect();
    sort::natural(&mut pairs);
    pairs
}

/// A status without anything in it.
pub(crate) fn empty_status() -> Value {
    Value::object([("loadBalancer", Value::Object(Vec::new()))])
}

impl ServiceObject {
    /// Takes a decoded Service apart. Values of a wrong type, which decoding refuses, count as absent.
    pub(crate) fn from_value(value: &Value) -> Self {
        let none = Value::Null;
        let spec = value.get("spec").unwrap_or(&none);
        let ports = spec.get("ports").map(Value::items).unwrap_or_default().iter().map(Port::from_value).collect();
        let mut status = match value.get("status") {
            Some(status @ Value::Object(_)) => status.clone(),
            _ => Value::Object(Vec::new()),
        };
        if !matches!(status.get("loadBalancer"), Some(Value::Object(_))) {
            status.remove("loadBalancer");
            if let Value::Object(members) = &mut status {
                members.insert(0, ("loadBalancer".to_string(), Value::Object(Vec::new())));
            }
        }
        ServiceObject {
            meta: value.get("metadata").cloned().unwrap_or(Value::Object(Vec::new())),
            ports,
            selector: string_map(spec.get("selector")),
            cluster_ip: text(spec, "clusterIP"),
            cluster_ips: texts(spec, "clusterIPs"),
            kind: text(spec, "type"),
            external_ips: texts(spec, "externalIPs"),
            session_affinity: text(spec, "sessionAffinity"),
            load_balancer_ip: text(spec, "loadBalancerIP"),
            source_ranges: texts(spec, "loadBalancerSourceRanges"),
            external_name: text(spec, "externalName"),
            external_traffic_policy: text(spec, "externalTrafficPolicy"),
            health_check_node_port: int(spec, "healthCheckNodePort"),
            publish_not_ready_addresses: spec.get("publishNotReadyAddresses").and_then(Value::as_bool).unwrap_or(false),
            affinity_config: spec
                .get("sessionAffinityConfig")
                .filter(|config| matches!(config, Value::Object(_)))
                .cloned(),
            ip_families: texts(spec, "ipFamilies"),
            ip_family_policy: pointer(spec, "ipFamilyPolicy"),
            allocate_node_ports: spec.get("allocateLoadBalancerNodePorts").and_then(Value::as_bool),
            load_balancer_class: pointer(spec, "loadBalancerClass"),
            internal_traffic_policy: pointer(spec, "internalTrafficPolicy"),
            traffic_distribution: pointer(spec, "trafficDistribution"),
            status,
        }
    }

    /// The Service as it is stored and printed.
    pub(crate) fn to_value(&self) -> Value {
        let mut spec: Vec<(&str, Value)> = Vec::new();
        let mut put = |key: &'static str, value: Option<Value>| {
            if let Some(value) = value {
                spec.push((key, value));
            }
        };
        let word = |text: &str| (!text.is_empty()).then(|| Value::from(text));
        let words = |items: &[String]| {
            (!items.is_empty()).then(|| Value::Array(items.iter().map(|item| Value::from(item.as_str())).collect()))
        };
        let pointed = |text: &Option<String>| text.as_deref().map(Value::from);
        put("ports", (!self.ports.is_empty()).then(|| Value::Array(self.ports.iter().map(Port::to_value).collect())));
        put(
            "selector",
            (!self.selector.is_empty())
                .then(|| Value::object(self.selector.iter().map(|(k, v)| (k.clone(), Value::from(v.as_str()))))),
        );
        put("clusterIP", word(&self.cluster_ip));
        put("clusterIPs", words(&self.cluster_ips));
        put("type", word(&self.kind));
        put("externalIPs", words(&self.external_ips));
        put("sessionAffinity", word(&self.session_affinity));
        put("loadBalancerIP", word(&self.load_balancer_ip));
        put("loadBalancerSourceRanges", words(&self.source_ranges));
        put("externalName", word(&self.external_name));
        put("externalTrafficPolicy", word(&self.external_traffic_policy));
        put("healthCheckNodePort", (self.health_check_node_port != 0).then(|| self.health_check_node_port.into()));
        put("publishNotReadyAddresses", self.publish_not_ready_addresses.then(|| true.into()));
        put("sessionAffinityConfig", self.affinity_config.clone());
        put("ipFamilies", words(&self.ip_families));
        put("ipFamilyPolicy", pointed(&self.ip_family_policy));
        put("allocateLoadBalancerNodePorts", self.allocate_node_ports.map(Value::from));
        put("loadBalancerClass", pointed(&self.load_balancer_class));
        put("internalTrafficPolicy", pointed(&self.internal_traffic_policy));
        put("trafficDistribution", pointed(&self.traffic_distribution));
        Value::object([
            ("kind", Value::from("Service")),
            ("apiVersion", Value::from("v1")),
            ("metadata", self.meta.clone()),
            ("spec", Value::object(spec)),
            ("status", self.status.clone()),
        ])
    }

    pub(crate) fn name(&self) -> &str {
        self.meta.get("name").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn namespace(&self) -> &str {
        self.meta.get("namespace").and_then(Value::as_str).unwrap_or_default()
    }

    /// The value of an annotation.
    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.meta.get("annotations")?.get(key)?.as_str()
    }

    /// By `clusterIPs`, as validation asks (`isHeadlessService`).
    pub(crate) fn is_headless(&self) -> bool {
        matches!(self.cluster_ips.as_slice(), [only] if only == NONE)
    }

    /// Every type but ExternalName, wrong ones too.
    pub(crate) fn needs_cluster_ip(&self) -> bool {
        self.kind != kind::EXTERNAL_NAME
    }

    pub(crate) fn needs_node_port(&self) -> bool {
        self.kind == kind::NODE_PORT || self.kind == kind::LOAD_BALANCER
    }

    pub(crate) fn needs_health_check(&self) -> bool {
        self.kind == kind::LOAD_BALANCER && self.external_traffic_policy == "Local"
    }

    /// Whether anything outside the cluster reaches it by its own address or port (`ExternallyAccessible`).
    pub(crate) fn externally_accessible(&self) -> bool {
        self.needs_node_port() || (self.kind == kind::CLUSTER_IP && !self.external_ips.is_empty())
    }

    /// Whether node ports are allocated unasked.
    pub(crate) fn allocates_node_ports(&self) -> bool {
        self.kind == kind::NODE_PORT || (self.kind == kind::LOAD_BALANCER && self.allocate_node_ports.unwrap_or(true))
    }

    /// `status.loadBalancer.ingress`.
    pub(crate) fn ingress(&self) -> &[Value] {
        self.status.at("loadBalancer.ingress").map(Value::items).unwrap_or_default()
    }
}

impl Port {
    fn from_value(value: &Value) -> Self {
        let target_port = match value.get("targetPort") {
            Some(Value::Str(name)) => Target::Str(name.clone()),
            Some(Value::Int(number)) => Target::Int(*number),
            _ => Target::Int(0),
        };
        Port {
            name: text(value, "name"),
            protocol: text(value, "protocol"),
            app_protocol: pointer(value, "appProtocol"),
            port: int(value, "port"),
            target_port,
            node_port: int(value, "nodePort"),
        }
    }

    fn to_value(&self) -> Value {
        let mut members: Vec<(&str, Value)> = Vec::with_capacity(6);
        if !self.name.is_empty() {
            members.push(("name", Value::from(self.name.as_str())));
        }
        if !self.protocol.is_empty() {
            members.push(("protocol", Value::from(self.protocol.as_str())));
        }
        if let Some(app_protocol) = &self.app_protocol {
            members.push(("appProtocol", Value::from(app_protocol.as_str())));
        }
        members.push(("port", Value::Int(self.port)));
        members.push((
            "targetPort",
            match &self.target_port {
                Target::Int(number) => Value::Int(*number),
                Target::Str(name) => Value::from(name.as_str()),
            },
        ));
        if self.node_port != 0 {
            members.push(("nodePort", Value::Int(self.node_port)));
        }
        Value::object(members)
    }
}
