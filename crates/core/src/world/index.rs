//! Pods by namespace and label, so that a selector looks at few of them; and no more than can be afforded.

use std::cell::Cell;

use crate::collections::Map;

use crate::objects::{Pod, Service};

/// How much all that one index finds may cost together: some hundred thousand endpoints, fewer of many ports. A few
/// thousand Services that select the same few thousand pods make millions.
const AFFORDABLE: usize = 2_000_000;

/// An index over a list of pods.
pub(crate) struct PodIndex<'a> {
    pods: &'a [Pod],
    by_label: Map<(&'a str, &'a str, &'a str), Vec<u32>>,
    left: Cell<usize>,
}

impl<'a> PodIndex<'a> {
    /// Indexes `pods`; at most 2^32 of them.
    pub(crate) fn new(pods: &'a [Pod]) -> Self {
        let mut by_label: Map<_, Vec<u32>> = Map::new();
        for (at, pod) in pods.iter().enumerate() {
            let Ok(at) = u32::try_from(at) else { break };
            for (key, value) in &pod.meta.labels {
                by_label.entry((pod.meta.namespace.as_str(), key.as_str(), value.as_str())).or_default().push(at);
            }
        }
        PodIndex { pods, by_label, left: Cell::new(AFFORDABLE) }
    }

    /// The pods that a Service selects, in the list's order; none without a selector. And whether they are all.
    pub(crate) fn select(&self, service: &Service) -> (Vec<&'a Pod>, bool) {
        let selector = &service.selector;
        let mut fewest: &[u32] = &[];
        for (at, (key, value)) in selector.iter().enumerate() {
            let of = (service.meta.namespace.as_str(), key.as_str(), value.as_str());
            let Some(list) = self.by_label.get(&of) else { return (Vec::new(), true) };
            if at == 0 || list.len() < fewest.len() {
                fewest = list;
            }
        }
        let mut found = Vec::new();
        for pod in fewest.iter().filter_map(|at| self.pods.get(*at as usize)) {
            if selector.len() > 1 && !matches(selector, &pod.meta.labels) {
                continue;
            }
            let ports: usize = pod.containers.iter().map(|container| container.ports.len()).sum();
            let Some(left) = self.left.get().checked_sub(1 + service.ports.len() * (1 + ports)) else {
                return (found, false);
            };
            self.left.set(left);
            found.push(pod);
        }
        (found, true)
    }
}

/// Whether a selector that is not empty matches these labels.
pub(super) fn matches(selector: &crate::objects::Selector, labels: &Map<String, String>) -> bool {
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

    fn service(selector: &[(&str, &str)]) -> Service {
        let selector = selector.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let meta = ObjectMeta { namespace: "a".to_string(), ..ObjectMeta::default() };
        Service { meta, selector, ..Service::default() }
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
            index.select(&service(pairs)).0.into_iter().map(|pod| pod.meta.name.as_str()).collect()
        };
        assert_eq!(select(&[("app", "web")]), ["one", "two"]);
        assert_eq!(select(&[("app", "web"), ("tier", "x")]), ["one"]);
        assert!(select(&[("app", "db")]).is_empty());
        assert!(select(&[]).is_empty());
    }

    #[test]
    fn what_is_found_stays_affordable() {
        let pods: Vec<Pod> = (0..1000).map(|_| pod("a", "x", &[("app", "web")])).collect();
        let index = PodIndex::new(&pods);
        let found: Vec<(usize, bool)> = (0..3000)
            .map(|_| index.select(&service(&[("app", "web")])))
            .map(|(found, all)| (found.len(), all))
            .collect();
        assert_eq!((found[0], found[2999]), ((1000, true), (0, false)));
        assert_eq!(found.iter().map(|(count, _)| count).sum::<usize>(), AFFORDABLE);
    }
}
