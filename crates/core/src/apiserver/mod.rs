//! What kube-apiserver 1.36 answers: defaulting, allocation, validation, updates; and the store of what it accepted.
//!
//! [`Store`] is the server. A request is an object and an [`Operation`]; the [`Answer`] carries the stored object, or the
//! refusal in the server's own words. Services are modelled field by field; of other kinds, what traffic depends on.
//!
//! Where this is not a server: a namespace that nobody declares is taken to exist ([`Store::implied_namespaces`]), and
//! the status of Pods and Nodes is kept as given, since it stands for what the kubelet reports.

mod allocator;
mod answer;
mod field;
mod ip;
mod kinds;
mod meta;
mod names;
mod other;
mod patch;
mod provenance;
mod service;
mod status;
mod store;
mod three_way;

pub use answer::{Answer, Outcome, Status, StatusCause};
pub use provenance::{By, Mark};
pub(crate) use provenance::{Trail, Written, item_path, member_path};
pub use store::{Key, Operation, Store, Stored};
