//! One node's kube-proxy: Service ports, their endpoints, and the verdict on a packet.
//!
//! Follows `pkg/proxy` of Kubernetes 1.36. [`NodeProxy`] is the one representation of a node's rules; the verdict
//! ([`NodeProxy::route`]) and the rule text ([`rules`]) both derive from it. Nothing is known here of pods beyond their
//! endpoints, of what listens, or of the way a packet takes afterwards.

mod affinity;
mod fleet;
mod ipvs_scheduler;
mod names;
mod node;
mod node_ports;
mod route;
pub mod rules;
mod service_port;
mod sha256;
mod table;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod topology;

pub use affinity::Affinity;
pub use fleet::Fleet;
pub use names::ServicePortName;
pub use node::{NodeProxy, Via, bridge_address, node_addresses, primary_address};
pub use node_ports::NodePortAddresses;
pub use route::{Arrival, Masquerade, Memory, Packet, Refusal, Ruling, Silence};
pub(crate) use service_port::other_proxy;
pub use service_port::{Endpoint, Policy, ServicePort};
pub use topology::{Standing, TopologyMode};
