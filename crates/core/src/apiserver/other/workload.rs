//! Deployments, ReplicaSets, StatefulSets and DaemonSets: `pkg/apis/apps/validation/validation.go`.

use super::super::field::{Bad, ErrorList, Path, forbidden, invalid, not_supported, required};
use super::super::{meta, names};
use super::{default_member, default_text, pod, selector, strategy, text};
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

fn not_negative(object: &Value, field: &str, path: &Path) -> ErrorList {
    let number = object.get(field).and_then(Value::as_int).unwrap_or(0);
    if number >= 0 {
        return ErrorList::new();
    }
    vec![invalid(&path.child(field), number, "must be greater than or equal to 0")]
}

/// A workload, metadata aside; `old` where it changes.
pub(super) fn validate(kind: &str, object: &Value, old: Option<&Value>) -> ErrorList {
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
    if kind == "StatefulSet" {
        errors.extend(strategy::validate_stateful_set(spec.get("updateStrategy"), &path.child("updateStrategy")));
    }
    if kind != "DaemonSet" {
        errors.extend(not_negative(spec, "replicas", &path));
    }
    if matches!(kind, "ReplicaSet" | "StatefulSet") {
        errors.extend(not_negative(spec, "minReadySeconds", &path));
    }
    if kind == "StatefulSet" {
        errors.extend(not_negative(spec.get("ordinals").unwrap_or(&none), "start", &path.child("ordinals")));
        let name = text(spec, "serviceName");
        // Names that were stored before there was a rule may stay.
        if !name.is_empty() && old.is_none() {
            errors.extend(names::validate_label(&path.child("serviceName"), name));
        }
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

    let readable = given.is_none_or(selector::is_readable);
    let labels = template.at("metadata.labels").unwrap_or(&none);
    // No selector selects nothing; an empty one everything.
    let selected = given.is_some_and(|given| selector::matches(given, labels));
    if readable && !selected {
        let shown = sorted(labels);
        let detail = "`selector` does not match template `labels`";
        errors.push(invalid(&template_path.child("metadata.labels"), Bad::Json(shown), detail));
    }
    let shown = || Bad::Json(given.cloned().unwrap_or_default());
    if kind == "DaemonSet" && given.is_some_and(selector::is_empty) {
        errors.push(invalid(&selector_path, shown(), "empty selector is invalid for daemonset"));
    }
    if kind != "DaemonSet" && !readable {
        // Nobody can tell whether it matches, and the template is not looked at.
        let detail = if kind == "StatefulSet" { "" } else { "invalid label selector" };
        errors.push(invalid(&selector_path, shown(), detail));
    } else if kind == "StatefulSet" {
        // The template of a stored one that is invalid may stay so.
        let stored_is_valid = old.is_none_or(|old| validate(kind, old, None).is_empty());
        if stored_is_valid {
            errors.extend(pod::validate_template(template, &template_path));
        }
        let metadata = template.get("metadata").unwrap_or(&none);
        errors.extend(meta::validate_labels(&template_path.child("labels"), metadata.get("labels")));
        let annotations = metadata.get("annotations");
        errors.extend(meta::validate_annotations(&template_path.child("annotations"), annotations));
    } else {
        errors.extend(pod::validate_template(template, &template_path));
    }
    if kind == "DaemonSet" || kind == "StatefulSet" || readable {
        errors.extend(validate_runtime(kind, template, &template_path));
    }
    match kind {
        "Deployment" => {
            errors.extend(strategy::validate_deployment(spec.get("strategy"), &path.child("strategy")));
            for field in ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"] {
                errors.extend(not_negative(spec, field, &path));
            }
            errors.extend(validate_deadline(spec, &path));
        }
        "DaemonSet" => {
            errors.extend(not_negative(spec, "minReadySeconds", &path));
            errors.extend(strategy::validate_daemon_set(spec.get("updateStrategy"), &path.child("updateStrategy")));
            errors.extend(not_negative(spec, "revisionHistoryLimit", &path));
        }
        _ => {}
    }
    errors
}

/// What the pods of a workload cannot be told: to stop.
fn validate_runtime(kind: &str, template: &Value, path: &Path) -> ErrorList {
    let mut errors = ErrorList::new();
    let restart = template.at("spec.restartPolicy").and_then(Value::as_str).unwrap_or_default();
    if restart != "Always" {
        errors.push(not_supported(&path.child("spec.restartPolicy"), Bad::typed(restart), &["Always"]));
    }
    if template.at("spec.activeDeadlineSeconds").is_some_and(|seconds| !seconds.is_null()) {
        // Deployments borrow the words of their ReplicaSets.
        let kind = if kind == "Deployment" { "ReplicaSet" } else { kind };
        let detail = format!("activeDeadlineSeconds in {kind} is not Supported");
        errors.push(forbidden(&path.child("spec.activeDeadlineSeconds"), &detail));
    }
    errors
}

/// A rollout must have more time than a pod needs to count as available; 600 seconds where nothing is said.
fn validate_deadline(spec: &Value, path: &Path) -> ErrorList {
    let number = |field: &str| spec.get(field).and_then(Value::as_int);
    let deadline = number("progressDeadlineSeconds").unwrap_or(600);
    if deadline > number("minReadySeconds").unwrap_or(0) {
        return ErrorList::new();
    }
    vec![invalid(&path.child("progressDeadlineSeconds"), deadline, "must be greater than minReadySeconds")]
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

/// The selector of a workload stays as it is; of a StatefulSet nearly everything.
pub(super) fn validate_change(kind: &str, new: &Value, old: &Value) -> ErrorList {
    if kind == "StatefulSet" {
        let fixed = ["selector", "volumeClaimTemplates", "serviceName", "podManagementPolicy"];
        let of = |object: &Value, field: &str| object.get("spec").and_then(|spec| spec.get(field)).cloned();
        if fixed.iter().all(|field| of(new, field) == of(old, field)) {
            return ErrorList::new();
        }
        let detail = "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', \
                      'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and \
                      'minReadySeconds' are forbidden";
        return vec![forbidden(&Path::new("spec"), detail)];
    }
    let (is, was) = (new.at("spec.selector"), old.at("spec.selector"));
    if is == was {
        return ErrorList::new();
    }
    let shown = is.cloned().unwrap_or_default();
    vec![invalid(&Path::new("spec.selector"), Bad::Json(shown), "field is immutable")]
}
