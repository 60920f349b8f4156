//! Portolan's engine: Kubernetes Services parsed, stored, routed and explained.
//!
//! The crate is pure. It reads no clock, draws no randomness but from a given seed, does no I/O and keeps no
//! global state, so the same text and seed give the same bytes natively and in wasm. Every stage is a module that
//! depends only on those above it:
//!
//! ```text
//! diagnostic   what is said about the input, and where
//! yaml         text -> documents whose nodes know their place
//! objects      typed Kubernetes objects, and the values they are printed from
//! cluster      what all stages below read: nodes, pods, Services, slices, settings
//! apiserver    what kube-apiserver answers: defaults, validation, allocation; the store
//! controllers  pods from workloads, EndpointSlices from selectors, addresses from the cloud
//! proxy        one node's kube-proxy: service ports -> endpoints -> verdict
//! dns          what CoreDNS answers, and the asking pod's resolver
//! packet       a connection's path, hop by hop
//! sim          simulated time: clients, connections, pods that come and go
//! expect       what a text claims of itself: Expectation documents
//! world        the whole pipeline from text to cluster, for those who embed the engine
//! diagnose     why traffic does not arrive, and fixes that were tried
//! verify       whether those claims hold
//! assist       help while typing: what could stand here, what a field does
//! report       results as the JSON documents and tables of the command line
//! query        questions as text: what the command line and the wasm package ask
//! ```
//!
//! `cargo xtask lint` holds that order. Beside the stages stand [`net`], addresses and ranges, [`pace`], work that can
//! be set down, and [`sort`], [`collections`] and [`decimal`]: what the standard library does too, with less code.
//! The engine is downloaded, and those three took a quarter of it.

pub mod apiserver;
pub mod assist;
pub mod cluster;
pub mod collections;
pub mod controllers;
pub mod decimal;
pub mod diagnose;
pub mod diagnostic;
pub mod dns;
pub mod expect;
pub mod net;
pub mod objects;
pub mod pace;
pub mod packet;
pub mod proxy;
pub mod query;
pub mod report;
pub mod sim;
pub mod sort;
pub mod verify;
pub mod world;
pub mod yaml;
