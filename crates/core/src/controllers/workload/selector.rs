//! metav1.LabelSelector: `matchLabels` and `matchExpressions`.
//!
//! Upstream: k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go.

use crate::collections::Map;

use crate::objects::Value;

/// A label selector. One without requirements selects nothing here: no workload has such a one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct LabelSelector {
    labels: Map<String, String>,
    expressions: Vec<(String, String, Vec<String>)>,
}

impl LabelSelector {
    /// Reads `spec.selector`.
    pub(super) fn from_value(value: &Value) -> Self {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
        let labels = value.get("matchLabels").map(Value::members).unwrap_or_default();
        let expressions = value.get("matchExpressions").map(Value::items).unwrap_or_default();
        LabelSelector {
            labels: labels.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_string()))).collect(),
            expressions: expressions
                .iter()
                .map(|expression| {
                    let values = expression.get("values").map(Value::items).unwrap_or_default();
                    let values = values.iter().filter_map(Value::as_str).map(str::to_string).collect();
                    (text(expression, "key"), text(expression, "operator"), values)
                })
                .collect(),
        }
    }

    /// The same, with one label more.
    pub(super) fn with(&self, key: &str, value: &str) -> Self {
        let mut selector = self.clone();
        selector.labels.insert(key.to_string(), value.to_string());
        selector
    }

    /// Whether all requirements hold.
    pub(super) fn matches(&self, labels: &Map<String, String>) -> bool {
        let nothing = self.labels.is_empty() && self.expressions.is_empty();
        !nothing
            && self.labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.expressions.iter().all(|(key, operator, values)| {
                let value = labels.get(key);
                match operator.as_str() {
                    "In" => value.is_some_and(|value| values.contains(value)),
                    "NotIn" => !value.is_some_and(|value| values.contains(value)),
                    "Exists" => value.is_some(),
                    "DoesNotExist" => value.is_none(),
                    _ => false,
                }
            })
    }
}
