//! A connection's path: name lookup, entry node, DNAT, masquerade, node, pod; hop by hop.

mod trace;

pub use trace::{Action, Candidate, Cause, FieldRef, Hop, Symptom, Trace, Tuple, Verdict};
