//! Clusters for the kernel tests, and who calls what in them: what needs neither a kernel nor root, so that property tests
//! use it too.

pub mod addresses;
pub mod base;
pub mod dice;
pub mod generator;
pub mod objects;
pub mod traffic;
