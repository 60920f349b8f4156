//! What kube-apiserver 1.36 answers: defaulting, allocation, validation, updates; and the store of what it accepted.

mod answer;

pub use answer::{Answer, Outcome, Status, StatusCause};
