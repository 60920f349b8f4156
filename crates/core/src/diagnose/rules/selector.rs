//! `selector-matches-nothing`: the selector finds no pod.
//!
//! The most frequent cause of a Service without endpoints: a label with another value, another key, or another
//! namespace. Names the nearest pod and what differs.

use crate::diagnose::view::View;
use crate::diagnose::{Finding, Proposal};
use crate::diagnostic::Severity;
use crate::objects::{Pod, Service, nearest};

use super::{alive, field};

pub(super) fn check(view: &View<'_>, service: &Service, found: &mut Vec<Finding>) {
    if service.selector.is_empty() || view.selected().next().is_some() {
        return;
    }
    // Slices that somebody else keeps serve the Service all the same.
    let reference = service.meta.reference();
    if view.slices_of(&reference).any(|slice| !slice.endpoints.is_empty()) {
        return;
    }
    let looked_at = view.all_pods();
    let pods = looked_at.unwrap_or_default();
    let here: Vec<&Pod> =
        pods.iter().filter(|pod| alive(pod) && pod.meta.namespace == service.meta.namespace).collect();
    let elsewhere = pods
        .iter()
        .find(|pod| alive(pod) && service.selector.iter().all(|(key, value)| pod.meta.labels.get(key) == Some(value)));
    let nearest = here.iter().max_by_key(|pod| closeness(service, pod)).filter(|pod| closeness(service, pod) > 0);
    let wanted = pairs(service.selector.iter());
    let mut proposals = Vec::new();
    let help = if let Some(pod) = elsewhere {
        format!(
            "Pod {} has these labels, but a selector reaches only its own namespace ({}).",
            pod.meta.reference(),
            service.meta.namespace
        )
    } else if let Some(pod) = nearest {
        let mut differences = Vec::new();
        // Whether it is only one of many that it may have been meant to be.
        let mut foreign = false;
        for (key, value) in &service.selector {
            match pod.meta.labels.get(key) {
                Some(has) if has == value => {}
                Some(has) => {
                    differences.push(format!("{key} is {has}, not {value}"));
                    foreign |= !meant(&here, key, has, value);
                    proposals.push(Proposal {
                        title: format!("Select {key}: {has}"),
                        field: field(service, format!("spec.selector[{key}]")),
                        value: plain(has),
                    });
                }
                None => differences.push(match other_key(pod, value) {
                    Some(other) => format!("it has no label {key}, but {other} is {value}"),
                    None => format!("it has no label {key}"),
                }),
            }
        }
        // A key that is another, or more than one difference: the selector as this pod would have it.
        if differences.len() != proposals.len() || differences.len() > 1 {
            proposals = alike_selector(service, pod);
        }
        if foreign {
            proposals.clear();
        }
        format!("The nearest pod is {}: {}.", pod.meta.name, differences.join("; "))
    } else if looked_at.is_none() {
        "Compare them with the labels of the pods that should answer.".to_string()
    } else if here.is_empty() {
        format!("There are no pods in namespace {}.", service.meta.namespace)
    } else {
        "No pod of the namespace has any of these labels.".to_string()
    };
    found.push(Finding {
        code: "selector-matches-nothing",
        severity: Severity::Warning,
        field: field(service, "spec.selector"),
        message: format!("no pod has the labels {wanted}, so the Service has no endpoints"),
        help,
        proposals,
    });
}

/// Whether a label's value may be what was meant: spelt nearly so, or the only one that the pods have.
fn meant(here: &[&Pod], key: &str, has: &str, value: &str) -> bool {
    let only = || here.iter().filter_map(|pod| pod.meta.labels.get(key)).all(|other| other == has);
    alike(has, value) || only()
}

/// How much a pod is like what is wanted: pairs that agree count most, then keys that do.
fn closeness(service: &Service, pod: &Pod) -> usize {
    service
        .selector
        .iter()
        .map(|(key, value)| match pod.meta.labels.get(key) {
            Some(has) if has == value => 3,
            Some(has) if alike(has, value) => 2,
            Some(_) => 1,
            None if other_key(pod, value).is_some() => 2,
            None => 0,
        })
        .sum()
}

/// The key under which a pod has a value.
fn other_key<'a>(pod: &'a Pod, value: &str) -> Option<&'a String> {
    pod.meta.labels.iter().find(|(_, has)| *has == value).map(|(key, _)| key)
}

/// The Service's selector with keys and values that the pod has; those that it has nothing like are left out.
fn alike_selector(service: &Service, pod: &Pod) -> Vec<Proposal> {
    let labels = service.selector.iter().filter_map(|(key, value)| match pod.meta.labels.get(key) {
        Some(has) => Some((key, has)),
        None => other_key(pod, value).map(|other| (other, value)),
    });
    let words: Vec<String> = labels.map(|(key, value)| format!("{}: {}", plain(key), plain(value))).collect();
    if words.is_empty() {
        return Vec::new();
    }
    let text = words.join(", ");
    let (title, field) = (format!("Select {text}"), field(service, "spec.selector"));
    vec![Proposal { title, field, value: format!("{{{text}}}") }]
}

/// A label's key or value as YAML text: in quotes unless it cannot be taken for anything but text.
fn plain(text: &str) -> String {
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-./_".contains(&byte))
        && !words.contains(&text.to_ascii_lowercase().as_str());
    if word { text.to_string() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
}

/// Whether one begins with the other, or they differ in letters' case or in a letter or two: a slip rather than another
/// name.
fn alike(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b) || a.starts_with(b) || b.starts_with(a) || nearest(a, [b]).is_some()
}

fn pairs<'a>(labels: impl Iterator<Item = (&'a String, &'a String)>) -> String {
    labels.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}
