//! Results as the JSON documents and tables of the command line: the one place that gives results a printed form.
//!
//! The shapes are a contract (design, "The command line"); members may be added, not changed. The binary, the wasm
//! package and the page print through here, so the same question gets the same bytes everywhere.

mod apply;
mod check;
mod dns;
mod get;
mod rows;
mod simulate;
mod table;
mod test;
mod trace;

pub use apply::apply;
pub use check::{TextOf, check, check_text};
pub use dns::{dns, dns_text};
pub use get::{GetError, Scope, get, get_objects};
pub use rows::{Row, marked_yaml, rows};
pub use simulate::{simulate, simulate_text};
pub use test::{test, test_failure_text, test_place};
pub use trace::{LineOf, flows, route, trace, trace_text};
