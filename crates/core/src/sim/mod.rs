//! Simulated time: clients with a rate, connections, latency for each leg, pods that die and come back, counters.
//!
//! Discrete events on a simulated clock, with a seed. The engine is driven from outside: commands go in
//! ([`Command`]), time is advanced, and what can be seen comes out as plain data. Works on a [`Cluster`] of its own,
//! which changes as pods come and go.
//!
//! [`Cluster`]: crate::cluster::Cluster

mod scenario;

pub use scenario::{Command, Event, Flight, FlightEnd, Leg, Load, Scenario};
