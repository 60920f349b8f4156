//! Kubernetes objects: strict decoding with the server's words, typed views, and the way from a field path to a place.
//!
//! An object has two forms. [`Value`] is what is stored, patched and printed, complete to the last field. The typed
//! structs beside it hold what traffic depends on, and are made from values that the server has accepted, so their
//! fields hold no nonsense.

mod arrange;
mod decode;
mod endpoint_slice;
mod gofmt;
mod life;
mod listen;
mod meta;
mod node;
mod pod;
mod print;
pub mod schema;
mod service;
mod typed;
mod value;

pub(crate) use arrange::arrange;
pub use decode::{Decoded, Refusal, decode, objects_of, refuse_unreadable, to_value};
pub use endpoint_slice::{Endpoint, EndpointSlice, SlicePort};
pub use gofmt::micros;
pub(crate) use gofmt::{distance, nearest};
pub use life::{Check, Life, Probe};
pub use listen::{LISTEN, parse_listen};
pub use meta::{ObjectMeta, ObjectRef, Origin, OwnerRef, Selector};
pub use node::{Node, Taint};
pub use pod::{Container, ContainerPort, DnsConfig, Listen, Pod, PodPhase};
pub use service::{
    IpMode, LoadBalancerIngress, Service, ServicePort, ServiceType, TargetPort, TrafficDistribution, TrafficPolicy,
};
pub use value::Value;

/// The value of a YAML text, for tests.
#[cfg(test)]
pub(crate) fn testing(text: &str) -> Value {
    to_value(&crate::yaml::read(text, 0, 0, &crate::yaml::Limits::default()).documents[0].root)
}
