//! A connection's path: name lookup, entry node, DNAT, masquerade, node, pod; hop by hop.

mod port_forward;
mod trace;

pub use port_forward::{Forward, port_forward};
pub use trace::{Action, Candidate, Cause, FieldRef, Hop, Symptom, Trace, Tuple, Verdict};
