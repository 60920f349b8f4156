//! The chart: layout, routes, drawing and moving packets.

pub(crate) mod geometry;
pub(crate) mod labels;
pub(crate) mod layout;
pub(crate) mod model;
pub(crate) mod packets;
pub(crate) mod path;
pub(crate) mod rhumb;
pub(crate) mod route;
#[cfg(test)]
pub(crate) mod sample;
pub(crate) mod subject;
pub(crate) mod view;
