//! The EndpointSlice: addresses behind a Service, with conditions and hints.

use std::net::IpAddr;

use super::meta::{ObjectMeta, ObjectRef};
use crate::net::{IpFamily, Protocol};

/// One of a slice's ports; it joins a Service port by name and protocol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SlicePort {
    /// The Service port's name.
    pub name: String,
    /// The protocol.
    pub protocol: Protocol,
    /// The number at the endpoints; a port without one gives nothing.
    pub port: Option<u16>,
    /// `appProtocol`.
    pub app_protocol: Option<String>,
}

/// One of a slice's endpoints. Conditions that were not given stay `None`: kube-proxy has its own reading of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The addresses; kube-proxy uses the first.
    pub addresses: Vec<IpAddr>,
    /// `conditions.ready`.
    pub ready: Option<bool>,
    /// `conditions.serving`.
    pub serving: Option<bool>,
    /// `conditions.terminating`.
    pub terminating: Option<bool>,
    /// `hostname`.
    pub hostname: Option<String>,
    /// `nodeName`.
    pub node_name: Option<String>,
    /// `zone`.
    pub zone: Option<String>,
    /// The pod of `targetRef`.
    pub pod: Option<ObjectRef>,
    /// `hints.forZones`, the names.
    pub zone_hints: Vec<String>,
    /// `hints.forNodes`, the names.
    pub node_hints: Vec<String>,
}

impl Endpoint {
    /// Ready, where a missing condition means yes.
    pub fn is_ready(&self) -> bool {
        self.ready.unwrap_or(true)
    }

    /// Serving, where a missing condition means yes, whatever `ready` says (`pkg/proxy/endpointslicecache.go`).
    pub fn is_serving(&self) -> bool {
        self.serving.unwrap_or(true)
    }

    /// Terminating, where a missing condition means no.
    pub fn is_terminating(&self) -> bool {
        self.terminating.unwrap_or(false)
    }
}

/// A stored EndpointSlice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointSlice {
    /// Name, labels, origin.
    pub meta: ObjectMeta,
    /// The Service it belongs to, by label `kubernetes.io/service-name`; empty without one.
    pub service: String,
    /// `addressType`; `None` for FQDN, which kube-proxy ignores.
    pub family: Option<IpFamily>,
    /// The ports; empty where the slice has `ports: null`.
    pub ports: Vec<SlicePort>,
    /// The endpoints.
    pub endpoints: Vec<Endpoint>,
}
