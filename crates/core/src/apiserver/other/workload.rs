//! Deployments, ReplicaSets, StatefulSets and DaemonSets: `pkg/apis/apps/validation/validation.go`.

use super::super::field::{Bad, ErrorList, Path, invalid, not_supported, required};
use super::super::meta;
use super::{default_member, default_text, pod, selector, text};
use crate::objects::Value;
use crate::sort;

/// What the server fills in (`pkg/apis/apps/v1/defaults.go`).
pub(super) fn set_defaults(kind: &str, object: &mut Value) {
    let mut spec = object.get("spec").cloned().unwrap_or_default();
    if kind != "DaemonSet" {
        default_member(&mut spec, "replicas", Value::Int(1));
    }
    if kind == "StatefulSet" {
        default_text(&mut spec, "podManagementPolicy", "OrderedReady");
    }
    let mut template = spec.get("template").cloned().unwrap_or_default();
    let mut pod_spec = template.get("spec").cloned().unwrap_or_default();
    pod::set_spec_defaults(&mut pod_spec);
    template.set("spec", pod_spec);
    spec.set("template", template);
    object.set("spec", spec);
    // A client cannot write a workload's status; controllers make it.
    object.remove("status");
}

/// A workload, metadata aside.
pub(super) fn validate(kind: &str, object: &Value) -> ErrorList {
    let none = Value::Null;
    let mut errors = ErrorList::new();
    let path = Path::new("spec");
    let spec = object.get("spec").unwrap_or(&none);
    let template = spec.get("template").unwrap_or(&none);
    let template_path = path.child("template");
    let given = spec.get("selector").filter(|selector| !selector.is_null());
    let selector_path = path.child("selector");

    if kind == "StatefulSet" {
        let policy = text(spec, "podManagementPolicy");
        if !matches!(policy, "OrderedReady" | "Parallel") {
            let detail = "must be 'OrderedReady' or 'Parallel'";
            errors.push(invalid(&path.child("podManagementPolicy"), Bad::typed(policy), detail));
        }
    }
    let replicas = spec.get("replicas").and_then(Value::as_int).unwrap_or(0);
    if kind != "DaemonSet" && replicas < 0 {
        errors.push(invalid(&path.child("replicas"), replicas, "must be greater than or equal to 0"));
    }
    match given {
        // A DaemonSet without one only hears that it selects nothing.
        None if kind == "DaemonSet" => {}
        None => errors.push(required(&selector_path, "")),
        Some(given) => {
            errors.extend(selector::validate(&selector_path, given));
            if selector::is_empty(given) && kind != "DaemonSet" {
                // Upstream calls a ReplicaSet a deployment here.
                let called = if kind == "StatefulSet" { "statefulset" } else { "deployment" };
                let detail = format!("empty selector is invalid for {called}");
                errors.push(invalid(&selector_path, given, &detail));
            }
        }
    }

    let labels = template.at("metadata.labels").unwrap_or(&none);
    // No selector selects nothing; an empty one everything.
    let selected = given.is_some_and(|given| selector::matches(given, labels));
    if !selected {
        let shown = sorted(labels);
        let detail = "`selector` does not match template `labels`";
        errors.push(invalid(&template_path.child("metadata.labels"), Bad::Json(shown), detail));
    }
    if kind == "DaemonSet" && given.is_some_and(selector::is_empty) {
        let shown = given.cloned().unwrap_or_default();
        errors.push(invalid(&selector_path, Bad::Json(shown), "empty selector is invalid for daemonset"));
    }
    if kind == "StatefulSet" {
        // Upstream leaves the rest of a StatefulSet's pods to their creation.
        let metadata = template.get("metadata").unwrap_or(&none);
        errors.extend(meta::validate_labels(&template_path.child("labels"), metadata.get("labels")));
        let annotations = metadata.get("annotations");
        errors.extend(meta::validate_annotations(&template_path.child("annotations"), annotations));
    } else {
        errors.extend(pod::validate_template(template, &template_path));
    }
    let restart = template.at("spec.restartPolicy").and_then(Value::as_str).unwrap_or_default();
    if restart != "Always" {
        let path = template_path.child("spec.restartPolicy");
        errors.push(not_supported(&path, Bad::typed(restart), &["Always"]));
    }
    errors
}

/// A map as Go prints it: by key. An absent one is null.
fn sorted(labels: &Value) -> Value {
    match labels {
        Value::Object(members) => {
            let mut members = members.clone();
            sort::by(&mut members, |(a, _), (b, _)| a.cmp(b));
            Value::Object(members)
        }
        other => other.clone(),
    }
}

/// The selector of a workload stays as it is.
pub(super) fn validate_change(new: &Value, old: &Value) -> ErrorList {
    let (is, was) = (new.at("spec.selector"), old.at("spec.selector"));
    if is == was {
        return ErrorList::new();
    }
    let shown = is.cloned().unwrap_or_default();
    vec![invalid(&Path::new("spec.selector"), Bad::Json(shown), "field is immutable")]
}
