//! What the page knows: pure Rust, tested natively, no browser.

pub(crate) mod action;
pub(crate) mod choices;
pub(crate) mod claims;
mod csv;
pub(crate) mod examples;
pub(crate) mod hands;
#[cfg(test)]
mod hands_tests;
pub(crate) mod hash;
mod link;
mod mermaid;
pub(crate) mod model;
pub(crate) mod modes;
pub(crate) mod reading;
pub(crate) mod session;
pub(crate) mod snippet;
pub(crate) mod timeline;
pub(crate) mod written;
