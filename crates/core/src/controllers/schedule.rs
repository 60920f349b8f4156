//! Which node a pod goes to, and which address it gets there.
//!
//! Upstream: the scheduler's plugins NodeName, NodeAffinity, TaintToleration, NodeUnschedulable and PodTopologySpread,
//! as far as they concern where pods end up; the host-local address manager of the usual bridge networks. Of scoring
//! only the spreading is kept: fewest pods of the same owner, then fewest pods, then the order of the nodes.

use crate::collections::{Map, Set};
use std::net::IpAddr;

use crate::objects::{Node, Pod, Taint, Value};

use super::nodes::nth_address;

/// The most pods a kubelet takes (`maxPods`).
const MAX_PODS: u32 = 110;

/// Where a pod may go, as its spec says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constraints {
    selector: Map<String, String>,
    /// Terms of the required node affinity, one of which must hold; empty without affinity.
    affinity: Vec<Vec<Requirement>>,
    tolerations: Vec<Toleration>,
    /// A daemon's pod: it ignores cordons.
    daemon: bool,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Toleration {
    key: String,
    exists: bool,
    value: String,
    effect: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Requirement {
    key: String,
    operator: String,
    values: Vec<String>,
}

impl Constraints {
    /// Reads a pod spec.
    pub fn from_spec(spec: &Value, daemon: bool) -> Self {
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
        let strings = |value: Option<&Value>| -> Vec<String> {
            value.map(Value::items).unwrap_or_default().iter().filter_map(Value::as_str).map(str::to_string).collect()
        };
        let selector = spec.get("nodeSelector").map(Value::members).unwrap_or_default();
        let terms = spec.at("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
        Constraints {
            selector: selector.iter().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_string()))).collect(),
            affinity: terms
                .map(Value::items)
                .unwrap_or_default()
                .iter()
                .map(|term| {
                    let expressions = term.get("matchExpressions").map(Value::items).unwrap_or_default();
                    expressions
                        .iter()
                        .map(|expression| Requirement {
                            key: text(expression, "key"),
                            operator: text(expression, "operator"),
                            values: strings(expression.get("values")),
                        })
                        .collect()
                })
                .collect(),
            tolerations: spec
                .get("tolerations")
                .map(Value::items)
                .unwrap_or_default()
                .iter()
                .map(|toleration| Toleration {
                    key: text(toleration, "key"),
                    exists: toleration.get("operator").and_then(Value::as_str) == Some("Exists"),
                    value: text(toleration, "value"),
                    effect: text(toleration, "effect"),
                })
                .collect(),
            daemon,
        }
    }

    /// Whether the pod may go to this node.
    pub fn allow(&self, node: &Node) -> bool {
        let selected = self.selector.iter().all(|(key, value)| node.meta.labels.get(key) == Some(value));
        let liked = self.affinity.is_empty()
            || self.affinity.iter().any(|term| !term.is_empty() && term.iter().all(|need| need.holds(node)));
        // A node that is not ready has taints that only daemons tolerate.
        selected && liked && (node.ready || self.daemon) && self.tolerates(node)
    }

    fn tolerates(&self, node: &Node) -> bool {
        let hard = |taint: &&Taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute");
        let cordon = |taint: &Taint| taint.key == "node.kubernetes.io/unschedulable";
        let tainted = node.taints.iter().filter(hard).any(|taint| {
            let tolerated = self.tolerations.iter().any(|toleration| toleration.covers(taint));
            let ignored = self.daemon && cordon(taint);
            !tolerated && !ignored
        });
        // `unschedulable` also stands for a taint; only without one does it mean that the node is cordoned.
        let cordoned = node.unschedulable && !node.taints.iter().any(|taint| hard(&taint));
        let unschedulable = Taint {
            key: "node.kubernetes.io/unschedulable".to_string(),
            value: String::new(),
            effect: "NoSchedule".to_string(),
        };
        let minds_cordon =
            cordoned && !self.daemon && !self.tolerations.iter().any(|toleration| toleration.covers(&unschedulable));
        !tainted && !minds_cordon
    }
}

impl Toleration {
    fn covers(&self, taint: &Taint) -> bool {
        let key = self.key == taint.key || (self.key.is_empty() && self.exists);
        let effect = self.effect.is_empty() || self.effect == taint.effect;
        key && effect && (self.exists || self.value == taint.value)
    }
}

impl Requirement {
    fn holds(&self, node: &Node) -> bool {
        let value = node.meta.labels.get(&self.key);
        let number = |text: &str| text.parse::<i64>().ok();
        let compare = |wanted: std::cmp::Ordering| {
            let pair = value.and_then(|value| number(value)).zip(self.values.first().and_then(|v| number(v)));
            pair.is_some_and(|(has, bound)| has.cmp(&bound) == wanted)
        };
        match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => !value.is_some_and(|value| self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => compare(std::cmp::Ordering::Greater),
            "Lt" => compare(std::cmp::Ordering::Less),
            _ => false,
        }
    }
}

/// How full the nodes are, and which pod addresses are in use.
pub struct Scheduler<'a> {
    nodes: &'a [Node],
    by_name: Map<&'a str, usize>,
    pods: Vec<u32>,
    used: Set<IpAddr>,
    /// For each node and each of its ranges, where to look for the next address.
    next: Vec<Vec<u128>>,
}

/// How many pods an owner has on each node.
#[derive(Clone, Debug, Default)]
pub struct Own(Vec<u32>);

impl<'a> Scheduler<'a> {
    /// Begins with the pods that are there already.
    pub fn new<'p>(nodes: &'a [Node], existing: impl Iterator<Item = &'p Pod>) -> Self {
        let mut scheduler = Scheduler {
            nodes,
            by_name: nodes.iter().enumerate().map(|(at, node)| (node.meta.name.as_str(), at)).collect(),
            pods: vec![0; nodes.len()],
            used: Set::new(),
            // The first address of a range is the network's, the second the bridge's.
            next: nodes.iter().map(|node| vec![2; node.pod_cidrs.len()]).collect(),
        };
        for pod in existing {
            scheduler.count(&pod.node);
            scheduler.used.extend(pod.ips.iter().copied());
        }
        scheduler
    }

    /// Addresses that no pod may get: somebody who has no Pod object has them.
    pub fn reserve(&mut self, addresses: &mut dyn Iterator<Item = IpAddr>) {
        self.used.extend(addresses);
    }

    /// The nodes, in order.
    pub fn nodes(&self) -> &'a [Node] {
        self.nodes
    }

    fn count(&mut self, node: &str) {
        if let Some(pods) = self.by_name.get(node).and_then(|at| self.pods.get_mut(*at)) {
            *pods += 1;
        }
    }

    /// Picks a node. `None` where no node will do.
    pub fn place(&self, constraints: &Constraints, own: &Own) -> Option<&'a Node> {
        self.nodes
            .iter()
            .zip(&self.pods)
            .enumerate()
            .filter(|(_, (node, pods))| **pods < MAX_PODS && constraints.allow(node))
            .min_by_key(|(at, (_, pods))| (own.0.get(*at).copied().unwrap_or(0), **pods))
            .map(|(_, (node, _))| node)
    }

    /// Counts one more of an owner's pods.
    pub fn owns(&self, own: &mut Own, node: &str) {
        let Some(&at) = self.by_name.get(node) else { return };
        own.0.resize(self.nodes.len(), 0);
        if let Some(count) = own.0.get_mut(at) {
            *count += 1;
        }
    }

    /// Whether a node is there and ready.
    pub fn is_ready(&self, node: &str) -> bool {
        self.by_name.get(node).and_then(|at| self.nodes.get(*at)).is_some_and(|node| node.ready)
    }

    /// Puts a pod on a node: it counts there and gets its addresses. `false` where the node does not exist or its
    /// range is used up.
    pub fn bind(&mut self, pod: &mut Pod, node: &str) -> bool {
        pod.node = node.to_string();
        let Some(&at) = self.by_name.get(node) else { return false };
        self.count(node);
        let (Some(node), Some(next)) = (self.nodes.get(at), self.next.get_mut(at)) else { return false };
        if !pod.ips.is_empty() {
            return true;
        }
        if pod.host_network {
            pod.ips.clone_from(&node.internal_ips);
            return !pod.ips.is_empty();
        }
        for (range, next) in node.pod_cidrs.iter().zip(next) {
            while let Some(ip) = nth_address(range, *next) {
                *next += 1;
                if self.used.insert(ip) {
                    pod.ips.push(ip);
                    break;
                }
            }
        }
        !pod.ips.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::ObjectMeta;

    fn node(name: &str, third: u8) -> Node {
        Node {
            meta: ObjectMeta {
                name: name.to_string(),
                labels: [("disk".to_string(), format!("d{third}"))].into(),
                ..ObjectMeta::default()
            },
            pod_cidrs: format!("10.244.{third}.0/24").parse().into_iter().collect(),
            ready: true,
            ..Node::default()
        }
    }

    fn taint(key: &str) -> Taint {
        Taint { key: key.to_string(), value: String::new(), effect: "NoSchedule".to_string() }
    }

    fn exists(key: &str) -> Constraints {
        Constraints {
            tolerations: vec![Toleration { key: key.to_string(), exists: true, ..Toleration::default() }],
            ..Constraints::default()
        }
    }

    #[test]
    fn spreads_an_owners_pods_first_and_all_pods_next() {
        let nodes = [node("a", 1), node("b", 2)];
        let here = Pod { node: "a".to_string(), ..Pod::default() };
        let scheduler = Scheduler::new(&nodes, [here].iter());
        let place = |owned: &[&str]| {
            let mut own = Own::default();
            owned.iter().for_each(|node| scheduler.owns(&mut own, node));
            scheduler.place(&Constraints::default(), &own).map(|node| node.meta.name.clone())
        };
        assert_eq!(place(&[]).as_deref(), Some("b"));
        assert_eq!(place(&["b"]).as_deref(), Some("a"));
    }

    #[test]
    fn addresses_start_after_the_bridge_and_skip_those_in_use() {
        let nodes = [node("a", 1)];
        let here = Pod { node: "a".to_string(), ips: vec![IpAddr::from([10, 244, 1, 3])], ..Pod::default() };
        let mut scheduler = Scheduler::new(&nodes, [here].iter());
        let mut ips = Vec::new();
        for _ in 0..2 {
            let mut pod = Pod::default();
            assert!(scheduler.bind(&mut pod, "a"));
            ips.extend(pod.ips);
        }
        assert_eq!(ips, [IpAddr::from([10, 244, 1, 2]), IpAddr::from([10, 244, 1, 4])]);
    }

    #[test]
    fn taints_and_cordons_keep_pods_away_unless_tolerated() {
        let mut tainted = node("a", 1);
        tainted.taints = vec![taint("gpu")];
        tainted.unschedulable = true;
        assert!(!Constraints::default().allow(&tainted));
        assert!(exists("gpu").allow(&tainted));
        assert!(exists("").allow(&tainted));
        let mut cordoned = node("b", 2);
        cordoned.unschedulable = true;
        assert!(!Constraints::default().allow(&cordoned));
        assert!(Constraints { daemon: true, ..Constraints::default() }.allow(&cordoned));
        assert!(!Constraints { daemon: true, ..Constraints::default() }.allow(&tainted));
        let mut lost = node("c", 3);
        lost.ready = false;
        assert!(!Constraints::default().allow(&lost));
        assert!(Constraints { daemon: true, ..Constraints::default() }.allow(&lost));
    }

    #[test]
    fn node_selector_and_affinity_are_honoured() {
        let spec = Value::object([("nodeSelector", Value::object([("disk", Value::from("d2"))]))]);
        let constraints = Constraints::from_spec(&spec, false);
        assert!(!constraints.allow(&node("a", 1)) && constraints.allow(&node("b", 2)));
        let expression = Value::object([
            ("key", Value::from("disk")),
            ("operator", Value::from("NotIn")),
            ("values", Value::from(vec!["d2"])),
        ]);
        let term = Value::object([("matchExpressions", Value::from(vec![expression]))]);
        let required = Value::object([("nodeSelectorTerms", Value::from(vec![term]))]);
        let affinity = Value::object([("requiredDuringSchedulingIgnoredDuringExecution", required)]);
        let spec = Value::object([("affinity", Value::object([("nodeAffinity", affinity)]))]);
        let constraints = Constraints::from_spec(&spec, false);
        assert!(constraints.allow(&node("a", 1)) && !constraints.allow(&node("b", 2)));
    }
}
