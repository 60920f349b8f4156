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

/// The codes of all diagnostics: of findings, of what the API server answers, and of the input itself.
pub const CODES: [&str; 50] = [
    "already-exists",
    "api-warning",
    "balancer-pending",
    "controllers-wait",
    "decode",
    "endpointslice-warning",
    "expectation",
    "exported",
    "external-name-address",
    "external-name-ports",
    "external-name-selector",
    "field-not-modelled",
    "field-value-duplicate",
    "field-value-forbidden",
    "field-value-invalid",
    "field-value-not-found",
    "field-value-not-supported",
    "field-value-required",
    "field-value-too-long",
    "headless-port",
    "ipvs-deprecated",
    "kept-field",
    "kept-refused",
    "kept-unread",
    "kind-not-modelled",
    "local-policy",
    "loopback-only",
    "mixed-owners",
    "namespace-implied",
    "no-ready-endpoints",
    "no-selector",
    "not-found",
    "not-listening",
    "pod-without-address",
    "refused",
    "scenario",
    "scenario-nobody",
    "selector-matches-nothing",
    "settings",
    "settings-inferred",
    "slice-port-mismatch",
    "stored-unreadable",
    "target-port-name",
    "too-many-endpoints",
    "too-many-pods",
    "type-missing",
    "unknown-operation",
    "unschedulable",
    "yaml-limit",
    "yaml-syntax",
];

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
