//! Pods by namespace and label, so that a selector looks at few of them.

use crate::collections::Map;

use crate::objects::{Pod, Selector};

/// An index over a list of pods.
pub(super) struct PodIndex<'a> {
    pods: &'a [Pod],
    by_label: Map<(&'a str, &'a str, &'a str), Vec<u32>>,
}

impl<'a> PodIndex<'a> {
    /// Indexes `pods`; at most 2^32 of them.
    pub(super) fn new(pods: &'a [Pod]) -> Self {
        let mut by_label: Map<_, Vec<u32>> = Map::new();
        for (at, pod) in pods.iter().enumerate() {
            let Ok(at) = u32::try_from(at) else { break };
            for (key, value) in &pod.meta.labels {
                by_label.entry((pod.meta.namespace.as_str(), key.as_str(), value.as_str())).or_default().push(at);
            }
        }
        PodIndex { pods, by_label }
    }

    /// The pods of a namespace that a selector matches, in the list's order; none for an empty selector.
    pub(super) fn select(&self, namespace: &str, selector: &Selector) -> Vec<&'a Pod> {
        let mut fewest: &[u32] = &[];
        for (at, (key, value)) in selector.iter().enumerate() {
            let Some(list) = self.by_label.get(&(namespace, key.as_str(), value.as_str())) else { return Vec::new() };
            if at == 0 || list.len() < fewest.len() {
                fewest = list;
            }
        }
        fewest
            .iter()
            .filter_map(|at| self.pods.get(*at as usize))
            .filter(|pod| selector.len() == 1 || matches(selector, &pod.meta.labels))
            .collect()
    }
}

/// Whether a selector that is not empty matches these labels.
pub(super) fn matches(selector: &Selector, labels: &Map<String, String>) -> bool {
    !selector.is_empty() && selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::ObjectMeta;

    fn pod(namespace: &str, name: &str, labels: &[(&str, &str)]) -> Pod {
        let labels = labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let meta =
            ObjectMeta { name: name.to_string(), namespace: namespace.to_string(), labels, ..ObjectMeta::default() };
        Pod { meta, ..Pod::default() }
    }

    #[test]
    fn every_pair_must_match_in_the_selectors_own_namespace() {
        let pods = [
            pod("a", "one", &[("app", "web"), ("tier", "x")]),
            pod("a", "two", &[("app", "web")]),
            pod("b", "three", &[("app", "web"), ("tier", "x")]),
        ];
        let index = PodIndex::new(&pods);
        let select = |pairs: &[(&str, &str)]| -> Vec<&str> {
            let selector = pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
            index.select("a", &selector).into_iter().map(|pod| pod.meta.name.as_str()).collect()
        };
        assert_eq!(select(&[("app", "web")]), ["one", "two"]);
        assert_eq!(select(&[("app", "web"), ("tier", "x")]), ["one"]);
        assert!(select(&[("app", "db")]).is_empty());
        assert!(select(&[]).is_empty());
    }
}
