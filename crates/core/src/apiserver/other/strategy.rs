//! How workloads replace their pods: the update strategies of `pkg/apis/apps/validation/validation.go`.

use super::super::field::{Bad, ErrorList, Path, forbidden, invalid, not_supported, required};
use super::super::names;
use super::text;
use crate::objects::Value;

/// A number or a percentage, as Go's `IntOrString` has it; a text that is no percentage counts as 0.
fn amount(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        Value::Str(text) => text.strip_suffix('%').unwrap_or(text).parse().unwrap_or(0),
        _ => 0,
    }
}

fn shown(value: &Value) -> Bad {
    Bad::Json(value.clone())
}

fn validate_amount(value: &Value, path: &Path) -> ErrorList {
    match value {
        Value::Str(text) => {
            names::percent(text).into_iter().map(|message| invalid(path, shown(value), message)).collect()
        }
        other if amount(other) < 0 => vec![invalid(path, amount(other), "must be greater than or equal to 0")],
        _ => ErrorList::new(),
    }
}

fn at_most_all(value: &Value, path: &Path) -> ErrorList {
    let too_many = matches!(value, Value::Str(text) if names::percent(text).is_none()) && amount(value) > 100;
    if too_many { vec![invalid(path, shown(value), "must not be greater than 100%")] } else { ErrorList::new() }
}

/// A member, or its default where it is missing.
fn member(object: &Value, key: &str, default: Value) -> Value {
    object.get(key).filter(|value| !value.is_null()).cloned().unwrap_or(default)
}

/// `strategy` of a Deployment, as it is after its defaults.
pub(super) fn validate_deployment(strategy: Option<&Value>, path: &Path) -> ErrorList {
    let none = Value::Null;
    let strategy = strategy.unwrap_or(&none);
    let rolling = strategy.get("rollingUpdate").filter(|rolling| !rolling.is_null());
    match text(strategy, "type") {
        "" | "RollingUpdate" => {
            let path = path.child("rollingUpdate");
            let of = |key: &str| member(rolling.unwrap_or(&none), key, Value::from("25%"));
            let (unavailable, surge) = (of("maxUnavailable"), of("maxSurge"));
            let unavailable_path = path.child("maxUnavailable");
            let mut errors = validate_amount(&unavailable, &unavailable_path);
            errors.extend(validate_amount(&surge, &path.child("maxSurge")));
            if amount(&unavailable) == 0 && amount(&surge) == 0 {
                let detail = "may not be 0 when `maxSurge` is 0";
                errors.push(invalid(&unavailable_path, shown(&unavailable), detail));
            }
            errors.extend(at_most_all(&unavailable, &unavailable_path));
            errors
        }
        "Recreate" if rolling.is_some() => {
            vec![forbidden(&path.child("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'")]
        }
        "Recreate" => ErrorList::new(),
        other => {
            let rolling = rolling.map_or(Value::Null, |rolling| {
                let of = |key: &str| member(rolling, key, Value::Int(0));
                Value::object([("MaxUnavailable", of("maxUnavailable")), ("MaxSurge", of("maxSurge"))])
            });
            // The server prints its own struct.
            let shown = Value::object([("Type", Value::from(other)), ("RollingUpdate", rolling)]);
            vec![not_supported(path, Bad::Json(shown), &["Recreate", "RollingUpdate"])]
        }
    }
}

/// `updateStrategy` of a DaemonSet.
pub(super) fn validate_daemon_set(strategy: Option<&Value>, path: &Path) -> ErrorList {
    let none = Value::Null;
    let strategy = strategy.unwrap_or(&none);
    let rolling = strategy.get("rollingUpdate").filter(|rolling| !rolling.is_null());
    match text(strategy, "type") {
        "OnDelete" => ErrorList::new(),
        "" | "RollingUpdate" => {
            let path = path.child("rollingUpdate");
            let unavailable = member(rolling.unwrap_or(&none), "maxUnavailable", Value::Int(1));
            let surge = member(rolling.unwrap_or(&none), "maxSurge", Value::Int(0));
            let (unavailable_path, surge_path) = (path.child("maxUnavailable"), path.child("maxSurge"));
            let mut errors = validate_amount(&unavailable, &unavailable_path);
            errors.extend(validate_amount(&surge, &surge_path));
            errors.extend(at_most_all(&unavailable, &unavailable_path));
            errors.extend(at_most_all(&surge, &surge_path));
            match (amount(&unavailable) != 0, amount(&surge) != 0) {
                (true, true) => {
                    let detail = "may not be set when maxUnavailable is non-zero";
                    errors.push(invalid(&surge_path, shown(&surge), detail));
                }
                (false, false) => errors.push(required(&unavailable_path, "cannot be 0 when maxSurge is 0")),
                _ => {}
            }
            errors
        }
        other => {
            let shown =
                Value::object([("Type", Value::from(other)), ("RollingUpdate", rolling.cloned().unwrap_or_default())]);
            vec![not_supported(path, Bad::Json(shown), &["RollingUpdate", "OnDelete"])]
        }
    }
}

/// `updateStrategy` of a StatefulSet.
pub(super) fn validate_stateful_set(strategy: Option<&Value>, path: &Path) -> ErrorList {
    let none = Value::Null;
    let strategy = strategy.unwrap_or(&none);
    let rolling = strategy.get("rollingUpdate").filter(|rolling| !rolling.is_null());
    let rolling_path = path.child("rollingUpdate");
    match (text(strategy, "type"), rolling) {
        ("" | "RollingUpdate", Some(rolling)) => {
            let mut errors = ErrorList::new();
            let partition = rolling.get("partition").and_then(Value::as_int).unwrap_or(0);
            if partition < 0 {
                let path = rolling_path.child("partition");
                errors.push(invalid(&path, partition, "must be greater than or equal to 0"));
            }
            if let Some(unavailable) = rolling.get("maxUnavailable").filter(|value| !value.is_null()) {
                let path = rolling_path.child("maxUnavailable");
                errors.extend(validate_amount(unavailable, &path));
                if amount(unavailable) == 0 {
                    errors.push(invalid(&path, shown(unavailable), "cannot be 0"));
                }
                errors.extend(at_most_all(unavailable, &path));
            }
            errors
        }
        ("OnDelete", Some(rolling)) => {
            let partition = rolling.get("partition").and_then(Value::as_int).unwrap_or(0);
            let unavailable = member(rolling, "maxUnavailable", Value::Null);
            let shown = Value::object([("Partition", Value::Int(partition)), ("MaxUnavailable", unavailable)]);
            let detail = "only allowed for updateStrategy 'RollingUpdate'";
            vec![invalid(&rolling_path, Bad::Json(shown), detail)]
        }
        ("" | "RollingUpdate" | "OnDelete", None) => ErrorList::new(),
        (other, rolling) => {
            let shown =
                Value::object([("Type", Value::from(other)), ("RollingUpdate", rolling.cloned().unwrap_or_default())]);
            vec![invalid(path, Bad::Json(shown), "must be 'RollingUpdate' or 'OnDelete'")]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::field::invalid_status;
    use super::*;
    use crate::objects::to_value;
    use crate::yaml::{self, Limits};

    fn told(check: fn(Option<&Value>, &Path) -> ErrorList, text: &str) -> String {
        let value = to_value(&yaml::read(text, 0, 0, &Limits::default()).documents[0].root);
        let status = invalid_status("K", "x", &check(Some(&value), &Path::new("s")));
        status.message.strip_prefix("K \"x\" is invalid: ").unwrap_or_default().to_string()
    }

    #[test]
    fn a_rollout_must_be_able_to_move() {
        for (text, want) in [
            ("{type: RollingUpdate}", "[]"),
            ("{rollingUpdate: {maxSurge: 0}}", "[]"),
            (
                "{rollingUpdate: {maxSurge: 0, maxUnavailable: '0%'}}",
                "s.rollingUpdate.maxUnavailable: Invalid value: \"0%\": may not be 0 when `maxSurge` is 0",
            ),
            (
                "{rollingUpdate: {maxUnavailable: 200%}}",
                "s.rollingUpdate.maxUnavailable: Invalid value: \"200%\": must not be greater than 100%",
            ),
            (
                "{type: Recreate, rollingUpdate: {}}",
                "s.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
            ),
            (
                "{type: Foo}",
                "s: Unsupported value: {\"Type\":\"Foo\",\"RollingUpdate\":null}: supported values: \"Recreate\", \"RollingUpdate\"",
            ),
        ] {
            assert_eq!(told(validate_deployment, text), want, "{text}");
        }
    }

    #[test]
    fn a_daemon_set_surges_or_misses_but_not_both() {
        let both = told(validate_daemon_set, "{rollingUpdate: {maxSurge: 1}}");
        assert_eq!(both, "s.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero");
        let none = told(validate_daemon_set, "{rollingUpdate: {maxUnavailable: 0}}");
        assert_eq!(none, "s.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0");
        assert_eq!(told(validate_daemon_set, "{type: OnDelete}"), "[]");
    }

    #[test]
    fn a_stateful_set_may_not_hold_back_everything() {
        let zero = told(validate_stateful_set, "{rollingUpdate: {maxUnavailable: 0, partition: -1}}");
        assert!(zero.contains("s.rollingUpdate.partition: Invalid value: -1"), "{zero}");
        assert!(zero.contains("s.rollingUpdate.maxUnavailable: Invalid value: 0: cannot be 0"), "{zero}");
        let wrong = told(validate_stateful_set, "{rollingUpdate: {maxUnavailable: many}}");
        assert!(wrong.contains("a valid percent string must be a numeric string"), "{wrong}");
    }
}
