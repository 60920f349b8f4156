//! Label selectors: `matchLabels` and `matchExpressions` (apimachinery's `pkg/apis/meta/v1/validation`).

use super::super::field::{ErrorList, Path, forbidden, invalid, invalid_each, required};
use super::super::{meta, names};
use super::{items, text};
use crate::objects::Value;

/// Whether it selects by nothing, and so everything.
pub(super) fn is_empty(selector: &Value) -> bool {
    selector.get("matchLabels").map(Value::members).unwrap_or_default().is_empty()
        && items(selector, "matchExpressions").is_empty()
}

/// Whether the server can make a selector of it (`LabelSelectorAsSelector`).
pub(super) fn is_readable(selector: &Value) -> bool {
    let good_key = |key: &str| names::qualified_name(key).is_empty();
    let good_value = |value: &Value| names::label_value(value.as_str().unwrap_or_default()).is_empty();
    let pairs = selector.get("matchLabels").map(Value::members).unwrap_or_default();
    pairs.iter().all(|(key, value)| good_key(key) && good_value(value))
        && items(selector, "matchExpressions").iter().all(|expression| {
            let values = items(expression, "values");
            let counted = match text(expression, "operator") {
                "In" | "NotIn" => !values.is_empty(),
                "Exists" | "DoesNotExist" => values.is_empty(),
                _ => false,
            };
            counted && good_key(text(expression, "key")) && values.iter().all(good_value)
        })
}

/// Whether these labels are selected.
pub(super) fn matches(selector: &Value, labels: &Value) -> bool {
    let pairs = selector.get("matchLabels").map(Value::members).unwrap_or_default();
    pairs.iter().all(|(key, value)| labels.get(key) == Some(value))
        && items(selector, "matchExpressions").iter().all(|expression| {
            let label = labels.get(text(expression, "key"));
            let listed = label.is_some_and(|label| items(expression, "values").contains(label));
            match text(expression, "operator") {
                "In" => listed,
                "NotIn" => !listed,
                "Exists" => label.is_some(),
                "DoesNotExist" => label.is_none(),
                _ => false,
            }
        })
}

/// What is wrong with it.
pub(super) fn validate(path: &Path, selector: &Value) -> ErrorList {
    let mut errors = meta::validate_labels(&path.child("matchLabels"), selector.get("matchLabels"));
    for (i, expression) in items(selector, "matchExpressions").iter().enumerate() {
        let path = path.child("matchExpressions").index(i);
        let values = items(expression, "values");
        match text(expression, "operator") {
            "In" | "NotIn" => {
                if values.is_empty() {
                    let detail = "must be specified when `operator` is 'In' or 'NotIn'";
                    errors.push(required(&path.child("values"), detail));
                }
            }
            "Exists" | "DoesNotExist" => {
                if !values.is_empty() {
                    let detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
                    errors.push(forbidden(&path.child("values"), detail));
                }
            }
            other => errors.push(invalid(&path.child("operator"), other, "not a valid selector operator")),
        }
        let key = text(expression, "key");
        errors.extend(invalid_each(&path.child("key"), key, names::qualified_name(key)));
        for (i, value) in values.iter().enumerate() {
            let value = value.as_str().unwrap_or_default();
            errors.extend(invalid_each(&path.child("values").index(i), value, names::label_value(value)));
        }
    }
    errors
}
