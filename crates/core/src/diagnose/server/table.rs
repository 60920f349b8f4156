//! Fields that do not go together, as a table: what the server says, and what would answer it.

use super::{Case, Fixes, fields, split};

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

fn look_up(case: &Case<'_>, rows: &[Row], fixes: &mut Fixes) {
    let fits = |row: &&Row| case.says(row.0) && case.field().ends_with(row.1);
    if let Some(row) = rows.iter().find(fits) {
        for (path, value) in row.2 {
            case.using(path, value, fixes);
        }
    }
}

/// A timeout of session affinity outside of its day.
pub(super) fn affinity_timeout(case: &Case<'_>, fixes: &mut Fixes) {
    look_up(case, TIMEOUTS, fixes);
}

/// A field that the Service's type does not have: another type has it.
pub(super) fn fitting_type(case: &Case<'_>, fixes: &mut Fixes) {
    if case.kind() != "Service" {
        return;
    }
    if case.field() == "spec.healthCheckNodePort" && case.says("may only be set") {
        // Both are needed.
        let one = case.set("spec.type", "LoadBalancer").zip(case.set("spec.externalTrafficPolicy", "Local"));
        if let Some((one, two)) = one.filter(|(one, two)| one.span != two.span) {
            fixes.offer_all(&["Use type: LoadBalancer with externalTrafficPolicy: Local"], vec![one, two]);
        }
    }
    look_up(case, TYPES, fixes);
    if case.field().ends_with(".nodePort") && case.because("Forbidden") {
        fixes.offer_all(&["Remove the node ports"], fields::node_ports(case));
    }
}

/// A field that does not belong here goes; so does one that the server warns it ignores.
pub(super) fn drop_misfit(case: &Case<'_>, fixes: &mut Fixes) {
    const SAYS: [&str; 6] = [
        "may only be set",
        "may only be used",
        "may not be set",
        "must be empty when",
        " ignored",
        "externalIPs is deprecated",
    ];
    if !case.because("Forbidden") && !SAYS.iter().any(|words| case.says(words)) {
        return;
    }
    // The server names `clusterIPs` where only `clusterIP` was given.
    let path = case.field().strip_suffix("[0]").unwrap_or(case.field());
    let path = if path == "spec.clusterIPs" && case.node(path).is_none() { "spec.clusterIP" } else { path };
    fixes.offer(&["Remove ", split(path).map_or("", |(_, name)| name)], case.without(path));
}

/// Address families that contradict each other, their policy or the cluster.
pub(super) fn families(case: &Case<'_>, fixes: &mut Fixes) {
    if !case.field().starts_with("spec.ipFamil") {
        return;
    }
    look_up(case, FAMILIES, fixes);
    let without = case.without("spec.ipFamilies");
    if case.says("not configured for dual-stack") {
        // Without its families, a policy for one family is enough.
        if let (Some(without), Some(policy)) = (&without, case.set("spec.ipFamilyPolicy", "SingleStack")) {
            fixes.offer_all(&["Use one family"], vec![without.clone(), policy]);
        }
    }
    fixes.offer(&["Remove ipFamilies"], without);
}
