//! Why traffic does not arrive: findings with stable codes, and fixes that were re-run before they are shown.
//!
//! One file a finding under `rules`; each looks at the [`Cluster`] alone. What it proposes is a new value for a field;
//! [`fixes`] turns that into edits of the text, runs the whole pipeline on the result, and keeps what helped.
//!
//! [`fixes`]: self::fixes

mod explain;
mod fixes;
mod rules;
mod server;
mod view;

pub use fixes::{apply_edits, diagnose, diagnose_paced, fix_rules, fix_uncovers, told};
pub use rules::findings;

use crate::diagnostic::Severity;
use crate::packet::FieldRef;

/// A value that a field could be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What the change does, as a button would say it.
    pub title: String,
    /// The field, which must stand in the text.
    pub field: FieldRef,
    /// The new value as YAML text.
    pub value: String,
}

/// One thing found in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// A stable code.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// The field that is to blame.
    pub field: FieldRef,
    /// The headline.
    pub message: String,
    /// A sentence more.
    pub help: String,
    /// What could be changed.
    pub proposals: Vec<Proposal>,
}

#[cfg(test)]
mod tests;
