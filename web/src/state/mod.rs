//! What the page knows: pure Rust, tested natively, no browser.

pub(crate) mod action;
pub(crate) mod choices;
pub(crate) mod examples;
pub(crate) mod hash;
pub(crate) mod model;
pub(crate) mod modes;
pub(crate) mod reading;
pub(crate) mod session;
