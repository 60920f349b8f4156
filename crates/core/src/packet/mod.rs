//! A connection's path: name lookup, entry node, DNAT, masquerade, node, pod; hop by hop.
//!
//! [`trace`] follows the first packet of a connection through the nodes' proxies ([`crate::proxy`]) to whatever listens.
//! The network between is plain: every node reaches every pod, nothing but kube-proxy rewrites addresses, and a node that
//! is not ready is off. What the kernel does to a source follows from the way out: towards pods of its own a node
//! has its bridge's address, towards all else its first.

mod arrive;
mod balancer;
mod connect;
mod draws;
mod network;
mod port_forward;
mod reply;
mod says;
mod target;
#[cfg(test)]
mod tests;
mod trace;
mod walk;

pub use connect::{Request, trace, trace_among, trace_with};
pub use port_forward::{Forward, port_forward};
pub use reply::reply;
pub use says::CAUSES;
pub use target::Target;
pub use trace::{Action, Candidate, Cause, FieldRef, Hop, Symptom, Trace, Tuple, Verdict};
