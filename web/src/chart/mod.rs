//! The chart: layout, routes, drawing and moving packets.

pub(crate) mod bar;
pub(crate) mod camera;
mod draw;
pub(crate) mod find;
mod flows;
pub(crate) mod frames;
pub(crate) mod geometry;
mod grid;
pub(crate) mod inside;
pub(crate) mod labels;
pub(crate) mod layout;
#[cfg(test)]
mod layout_tests;
mod marks;
pub(crate) mod memory;
pub(crate) mod metrics;
pub(crate) mod model;
mod node_view;
pub(crate) mod outcome;
pub(crate) mod outline;
pub(crate) mod outside;
pub(crate) mod packets;
pub(crate) mod path;
pub(crate) mod rhumb;
pub(crate) mod route;
#[cfg(test)]
pub(crate) mod sample;
mod shapes;
pub(crate) mod subject;
pub(crate) mod view;
pub(crate) mod viewport;
mod ways;
