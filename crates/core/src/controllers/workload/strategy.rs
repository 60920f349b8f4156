//! How a workload replaces its pods: `spec.strategy` and `spec.updateStrategy`.
//!
//! Upstream: pkg/controller/deployment/util/deployment_util.go (`ResolveFenceposts`), pkg/controller/{statefulset,daemon}.

use super::WorkloadKind;
use crate::objects::Value;

/// How many pods, or which percentage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Amount {
    Number(u32),
    Percent(u32),
}

impl Amount {
    fn read(value: Option<&Value>) -> Option<Self> {
        match value? {
            Value::Int(number) => u32::try_from(*number).ok().map(Self::Number),
            Value::Str(text) => text.strip_suffix('%')?.parse().ok().map(Self::Percent),
            _ => None,
        }
    }

    fn of(self, all: u32, up: bool) -> u32 {
        match self {
            Self::Number(number) => number,
            Self::Percent(percent) => {
                let hundredths = u64::from(all) * u64::from(percent);
                let whole = if up { hundredths.div_ceil(100) } else { hundredths / 100 };
                u32::try_from(whole).unwrap_or(u32::MAX)
            }
        }
    }
}

/// What a strategy allows while pods are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// New pods before old ones go: at most so many more than wanted, at most so many fewer that are available.
    Rolling(Surge),
    /// All old ones go first.
    Recreate,
    /// One place after another.
    InPlace(InPlace),
    /// Only as somebody deletes them.
    OnDelete,
}

/// A Deployment's `rollingUpdate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Surge {
    max_surge: Amount,
    max_unavailable: Amount,
}

impl Surge {
    /// How many more, and how many fewer, than `replicas`. Percentages of the first are rounded up, of the second down;
    /// where both come to nothing, one may be missing, or nothing would ever move.
    pub fn of(self, replicas: u32) -> (u32, u32) {
        match (self.max_surge.of(replicas, true), self.max_unavailable.of(replicas, false)) {
            (0, 0) => (0, 1),
            both => both,
        }
    }
}

/// A StatefulSet's or DaemonSet's `rollingUpdate`. A DaemonSet's `maxSurge` is not modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InPlace {
    max_unavailable: Amount,
    /// `partition`: the lowest ordinal that is replaced.
    pub partition: u32,
}

impl InPlace {
    /// How many of `all` may be missing at a time.
    pub fn of(self, all: u32) -> u32 {
        self.max_unavailable.of(all, true).max(1)
    }
}

impl Strategy {
    /// Reads it from a stored workload.
    pub(super) fn read(kind: WorkloadKind, value: &Value) -> Self {
        let text = |path: &str| value.at(path).and_then(Value::as_str).unwrap_or_default();
        let amount = |path: &str| Amount::read(value.at(path));
        match kind {
            WorkloadKind::Deployment if text("spec.strategy.type") == "Recreate" => Strategy::Recreate,
            WorkloadKind::Deployment => Strategy::Rolling(Surge {
                max_surge: amount("spec.strategy.rollingUpdate.maxSurge").unwrap_or(Amount::Percent(25)),
                max_unavailable: amount("spec.strategy.rollingUpdate.maxUnavailable").unwrap_or(Amount::Percent(25)),
            }),
            // A ReplicaSet never replaces pods that are there.
            WorkloadKind::ReplicaSet => Strategy::OnDelete,
            _ if text("spec.updateStrategy.type") == "OnDelete" => Strategy::OnDelete,
            WorkloadKind::DaemonSet | WorkloadKind::StatefulSet => {
                let unavailable = amount("spec.updateStrategy.rollingUpdate.maxUnavailable");
                let partition = value.at("spec.updateStrategy.rollingUpdate.partition").and_then(Value::as_int);
                Strategy::InPlace(InPlace {
                    max_unavailable: unavailable.unwrap_or(Amount::Number(1)),
                    partition: partition.and_then(|n| u32::try_from(n).ok()).unwrap_or(0),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(rolling: &str, replicas: u32) -> (u32, u32) {
        let text = format!("spec: {{strategy: {{type: RollingUpdate, rollingUpdate: {{{rolling}}}}}}}");
        match Strategy::read(WorkloadKind::Deployment, &crate::objects::testing(&text)) {
            Strategy::Rolling(surge) => surge.of(replicas),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn percentages_of_more_are_rounded_up_and_of_fewer_down() {
        assert_eq!(limits("", 3), (1, 0));
        assert_eq!(limits("", 10), (3, 2));
        assert_eq!(limits("maxSurge: 0, maxUnavailable: 50%", 3), (0, 1));
        assert_eq!(limits("maxSurge: 2, maxUnavailable: 0", 3), (2, 0));
        assert_eq!(limits("maxSurge: 0%, maxUnavailable: 10%", 3), (0, 1));
    }
}
