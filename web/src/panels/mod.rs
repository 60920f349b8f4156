//! The views around the chart: pure functions from state to markup.

pub(crate) mod dns;
pub(crate) mod embedding;
pub(crate) mod endpoints;
pub(crate) mod events;
pub(crate) mod examples;
pub(crate) mod expectations;
pub(crate) mod help;
pub(crate) mod menu;
pub(crate) mod objects;
pub(crate) mod parts;
pub(crate) mod problems;
pub(crate) mod rules;
pub(crate) mod running;
pub(crate) mod sender;
pub(crate) mod timeline;
pub(crate) mod toolbar;
pub(crate) mod trace;
pub(crate) mod traffic;
