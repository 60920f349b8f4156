//! Stored values as typed objects, under the names that the controllers use.

use crate::objects::{EndpointSlice, Node, ObjectMeta, Origin, Pod, Service, Value};

/// `metadata`.
pub fn meta(value: &Value, origin: Origin) -> ObjectMeta {
    ObjectMeta::from_value(value, origin)
}

/// A Service.
pub fn service(value: &Value, origin: Origin) -> Service {
    Service::from_value(value, origin)
}

/// A Pod.
pub fn pod(value: &Value, origin: Origin) -> Pod {
    Pod::from_value(value, origin)
}

/// A Node.
pub fn node(value: &Value, origin: Origin) -> Node {
    Node::from_value(value, origin)
}

/// An EndpointSlice.
pub fn slice(value: &Value, origin: Origin) -> EndpointSlice {
    EndpointSlice::from_value(value, origin)
}
