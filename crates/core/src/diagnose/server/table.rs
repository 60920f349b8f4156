//! Fields that do not go together, as a table: what the server says, and what would answer it.

use super::{Case, fields, fix};
use crate::diagnostic::Fix;

/// Gives the field at the path this value.
type Setting = (&'static str, &'static str);

/// What the server says of the field whose path ends so, and the settings that would answer it, one fix each.
type Row = (&'static str, &'static str, &'static [Setting]);

const DUAL: &[Setting] = &[("spec.ipFamilyPolicy", "PreferDualStack"), ("spec.ipFamilyPolicy", "RequireDualStack")];
const SINGLE: &[Setting] = &[("spec.ipFamilyPolicy", "SingleStack")];
const DUAL_OR_SINGLE: &[Setting] =
    &[("spec.ipFamilyPolicy", "PreferDualStack"), ("spec.ipFamilyPolicy", "SingleStack")];

const FAMILIES: &[Row] = &[
    ("must be 'RequireDualStack' or 'PreferDualStack'", "Policy", DUAL),
    ("not configured for dual-stack", "Policy", DUAL_OR_SINGLE),
    ("'SingleStack'", "Policy", SINGLE),
];

const TYPES: &[Row] = &[
    ("when `type` is 'ClusterIP'", ".nodePort", &[("spec.type", "NodePort")]),
    ("when `type` is 'LoadBalancer'", "", &[("spec.type", "LoadBalancer")]),
    ("externally-accessible services", "", &[("spec.type", "NodePort"), ("spec.type", "LoadBalancer")]),
    ("may not be set to 'None' for", "", &[("spec.type", "ClusterIP")]),
];

const TIMEOUT: &str = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
const TIMEOUTS: &[Row] =
    &[("must be greater than 0 and", "clientIP.timeoutSeconds", &[(TIMEOUT, "86400"), (TIMEOUT, "10800")])];

fn look_up(case: &Case<'_>, rows: &[Row]) -> Vec<Fix> {
    let fits = |row: &&Row| case.message().contains(row.0) && case.field().ends_with(row.1);
    let row = rows.iter().find(fits);
    row.iter().flat_map(|row| row.2).filter_map(|(path, value)| case.using(path, value)).collect()
}

/// A timeout of session affinity outside of its day.
pub(super) fn affinity_timeout(case: &Case<'_>) -> Vec<Fix> {
    look_up(case, TIMEOUTS)
}

/// A field that the Service's type does not have: another type has it.
pub(super) fn fitting_type(case: &Case<'_>) -> Vec<Fix> {
    if case.kind() != "Service" {
        return Vec::new();
    }
    let mut fixes = look_up(case, TYPES);
    // Where the policy is wrong too, both are needed.
    if case.field() == "spec.healthCheckNodePort"
        && let (Some(fix), Some(policy)) = (fixes.first_mut(), case.set("spec.externalTrafficPolicy", "Local"))
        && fix.edits.iter().all(|edit| edit.span != policy.span)
    {
        fix.title.push_str(" with externalTrafficPolicy: Local");
        fix.edits.push(policy);
    }
    if case.field().ends_with(".nodePort") && !fixes.is_empty() {
        fixes.push(fix("Remove the node ports".to_string(), fields::node_ports(case)));
    }
    fixes
}

/// A field that does not belong here goes; so does one that the server warns it ignores.
pub(super) fn drop_misfit(case: &Case<'_>) -> Vec<Fix> {
    const SAYS: &[&str] = &[
        "may only be set",
        "may only be used",
        "may not be set",
        "must be empty when",
        " ignored",
        "externalIPs is deprecated",
    ];
    if !case.because("Forbidden") && !SAYS.iter().any(|words| case.message().contains(words)) {
        return Vec::new();
    }
    let field = case.field();
    // The server names `clusterIPs` where only `clusterIP` was given.
    let path = match field {
        "spec.clusterIPs" | "spec.clusterIPs[0]" if case.node("spec.clusterIPs").is_none() => "spec.clusterIP",
        field => field.strip_suffix("[0]").unwrap_or(field),
    };
    case.drop(path).into_iter().collect()
}

/// Address families that contradict each other, their policy or the cluster.
pub(super) fn families(case: &Case<'_>) -> Vec<Fix> {
    if !case.field().starts_with("spec.ipFamil") {
        return Vec::new();
    }
    let mut fixes = look_up(case, FAMILIES);
    let Some(without) = case.without("spec.ipFamilies") else { return fixes };
    if let Some(policy) = case.set("spec.ipFamilyPolicy", "SingleStack")
        && case.message().contains("not configured for dual-stack")
    {
        // Without its families, a policy for one family is enough.
        fixes.push(fix("Use one family".to_string(), vec![without, policy]));
    } else {
        fixes.push(fix("Remove ipFamilies".to_string(), vec![without]));
    }
    fixes
}
