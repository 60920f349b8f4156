//! Metadata: what a create clears, and `ValidateObjectMeta` with its update form
//! (apimachinery's `pkg/api/validation/objectmeta.go`, and the finalizers of `pkg/apis/core/validation`).

use super::field::{Bad, ErrorList, Path, forbidden, go_quote, invalid, invalid_each, required, too_long};
use super::names::{self, NameRule};
use crate::objects::Value;
use crate::sort;

/// The most bytes that annotations may have together.
const ANNOTATIONS_BYTES: usize = 256 * 1024;

/// Fields that the server sets itself and the engine does not print.
const SYSTEM_FIELDS: [&str; 7] = [
    "selfLink",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
];

/// The order of ObjectMeta's fields.
const ORDER: [&str; 15] = [
    "name",
    "generateName",
    "namespace",
    "selfLink",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "labels",
    "annotations",
    "ownerReferences",
    "finalizers",
    "managedFields",
];

/// A text of the metadata; empty where it is not set.
pub(crate) fn text<'a>(meta: &'a Value, key: &str) -> &'a str {
    meta.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Sets a field, or takes it away where the value is empty, and keeps the order of the API's struct.
pub(crate) fn set_text(meta: &mut Value, key: &str, value: &str) {
    if value.is_empty() {
        meta.remove(key);
    } else {
        meta.set(key, Value::from(value));
    }
    tidy(meta);
}

/// Leaves out what is empty, orders the fields, and orders labels and annotations as Go prints maps.
pub(crate) fn tidy(meta: &mut Value) {
    if !matches!(meta, Value::Object(_)) {
        *meta = Value::Object(Vec::new());
    }
    let Value::Object(members) = meta else { return };
    members.retain(|(_, value)| match value {
        Value::Null => false,
        Value::Str(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(items) => !items.is_empty(),
        _ => true,
    });
    sort::by_key(members, |(key, _)| ORDER.iter().position(|name| name == key).unwrap_or(ORDER.len()));
    for (key, value) in members {
        if let ("labels" | "annotations", Value::Object(pairs)) = (key.as_str(), value) {
            sort::by(pairs, |(a, _), (b, _)| a.cmp(b));
        }
    }
}

/// Takes away what clients may not set on a create (`FillObjectMetaSystemFields`). `keep_deletion` keeps the mark of a
/// pod that is going: it stands for what happened since.
pub(crate) fn clear_system_fields(meta: &mut Value, keep_deletion: bool) {
    for field in SYSTEM_FIELDS {
        if !(keep_deletion && field.starts_with("deletion")) {
            meta.remove(field);
        }
    }
    tidy(meta);
}

/// Fields that must stay as they are where an update names them (`ValidateObjectMetaAccessorUpdate`).
const IMMUTABLE: [&str; 3] = ["uid", "deletionTimestamp", "deletionGracePeriodSeconds"];

/// What an update takes over from the stored object (`BeforeUpdate`), and leaves to validation where it names something
/// else. `kept_deletion` is for pods, as in [`clear_system_fields`].
pub(crate) fn keep_system_fields(meta: &mut Value, old: &Value, kept_deletion: bool) {
    let given = IMMUTABLE.map(|field| meta.get(field).cloned());
    clear_system_fields(meta, kept_deletion);
    for (field, given) in IMMUTABLE.into_iter().zip(given) {
        let stays = field == "deletionTimestamp" || given.is_none() || (kept_deletion && field != "uid");
        let value = if stays { old.get(field).cloned().or(given) } else { given };
        if let Some(value) = value.filter(|value| !value.is_null()) {
            meta.set(field, value);
        }
    }
    match old.get("generation") {
        Some(value) => meta.set("generation", value.clone()),
        None => {
            meta.remove("generation");
        }
    }
    tidy(meta);
}

/// Takes equal owner references together, and gives the `uid` of each that went
/// (apiserver's `dedupOwnerReferences` of `pkg/endpoints/handlers/rest.go`).
pub(crate) fn dedup_owners(meta: &mut Value) -> Vec<String> {
    let mut gone = Vec::new();
    if let Some(Value::Array(owners)) = meta.get_mut("ownerReferences") {
        let mut kept: Vec<Value> = Vec::with_capacity(owners.len());
        for owner in std::mem::take(owners) {
            if kept.contains(&owner) {
                gone.push(text(&owner, "uid").to_string());
            } else {
                kept.push(owner);
            }
        }
        *owners = kept;
    }
    gone
}

/// `resourceVersion` as a number, 0 where it is not set; or Go's words for one that is none.
pub(crate) fn revision(meta: &Value) -> Result<u64, String> {
    match text(meta, "resourceVersion") {
        "" => Ok(0),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => digits.parse().map_err(|_| "value out of range"),
        _ => Err("invalid syntax"),
    }
    .map_err(|problem| format!("strconv.ParseUint: parsing {}: {problem}", go_quote(text(meta, "resourceVersion"))))
}

/// Whether finalizers hold an object.
pub(crate) fn has_finalizers(object: &Value) -> bool {
    object.at("metadata.finalizers").is_some_and(|finalizers| !finalizers.items().is_empty())
}

/// Whether an object is going.
pub(crate) fn is_deleted(object: &Value) -> bool {
    object.at("metadata.deletionTimestamp").is_some_and(|time| !time.is_null())
}

/// Marks an object that finalizers hold. The engine has no clock: the time is the first there is.
pub(crate) fn mark_deleted(object: &mut Value) {
    if let (false, Some(meta)) = (is_deleted(object), object.get_mut("metadata")) {
        meta.set("deletionTimestamp", Value::from("1970-01-01T00:00:00Z"));
        meta.set("deletionGracePeriodSeconds", Value::Int(0));
        tidy(meta);
    }
}

/// Labels, or a selector of the same form.
pub(crate) fn validate_labels(path: &Path, labels: Option<&Value>) -> ErrorList {
    let mut errors = ErrorList::new();
    for (key, value) in labels.map(Value::members).unwrap_or_default() {
        errors.extend(invalid_each(path, key, names::qualified_name(key)));
        let value = value.as_str().unwrap_or_default();
        errors.extend(invalid_each(path, value, names::label_value(value)));
    }
    errors
}

/// A key in lower case, as far as that decides whether it is a qualified name: other letters are refused in any case.
/// Two letters that are not ASCII have an ASCII letter below them in Go. `str::to_lowercase` would bring its tables,
/// 5 kB of wasm, and makes two characters of the second.
fn lower(key: &str) -> String {
    let letter = |c| match c {
        '\u{212a}' => 'k',
        '\u{130}' => 'i',
        c => c.to_ascii_lowercase(),
    };
    key.chars().map(letter).collect()
}

/// Annotations.
pub(crate) fn validate_annotations(path: &Path, annotations: Option<&Value>) -> ErrorList {
    let mut errors = ErrorList::new();
    let mut bytes = 0usize;
    for (key, value) in annotations.map(Value::members).unwrap_or_default() {
        errors.extend(invalid_each(path, key, names::qualified_name(&lower(key))));
        bytes = bytes.saturating_add(key.len()).saturating_add(value.as_str().map_or(0, str::len));
    }
    if bytes > ANNOTATIONS_BYTES {
        errors.push(too_long(path, ANNOTATIONS_BYTES));
    }
    errors
}

fn validate_owners(path: &Path, owners: Option<&Value>) -> ErrorList {
    let mut errors = ErrorList::new();
    let mut controller = String::new();
    let items = owners.map(Value::items).unwrap_or_default();
    for owner in items {
        let api_version = text(owner, "apiVersion");
        // `ParseGroupVersion`: what has more than one slash has no version.
        let version = match api_version.split_once('/') {
            Some((_, version)) if version.contains('/') => "",
            Some((_, version)) => version,
            None => api_version,
        };
        if version.is_empty() {
            errors.push(invalid(&path.child("apiVersion"), api_version, "version must not be empty"));
        }
        for field in ["kind", "name", "uid"] {
            if text(owner, field).is_empty() {
                errors.push(invalid(&path.child(field), "", "must not be empty"));
            }
        }
        if api_version == "v1" && text(owner, "kind") == "Event" {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            errors.push(invalid(path, owner, detail));
        }
        if owner.get("controller").and_then(Value::as_bool) == Some(true) {
            let this = format!("{}/{}", text(owner, "kind"), text(owner, "name"));
            if controller.is_empty() {
                controller = this;
            } else {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {controller} and {this}"
                );
                errors.push(invalid(path, Bad::Json(Value::Array(items.to_vec())), &detail));
            }
        }
    }
    errors
}

fn validate_finalizers(path: &Path, finalizers: &[Value]) -> ErrorList {
    let mut errors = ErrorList::new();
    let words: Vec<&str> = finalizers.iter().map(|item| item.as_str().unwrap_or_default()).collect();
    for word in &words {
        errors.extend(invalid_each(path, word, names::qualified_name(word)));
    }
    if words.contains(&"orphan") && words.contains(&"foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.push(invalid(path, Bad::Json(Value::Array(finalizers.to_vec())), detail));
    }
    errors
}

/// The second look that core kinds take at finalizers, which names the item.
fn validate_core_finalizers(meta: &Value) -> ErrorList {
    let path = Path::new("metadata.finalizers");
    let mut errors = ErrorList::new();
    for (i, word) in meta.get("finalizers").map(Value::items).unwrap_or_default().iter().enumerate() {
        let word = word.as_str().unwrap_or_default();
        if !word.contains('/') && !matches!(word, "kubernetes" | "orphan" | "foregroundDeletion") {
            let detail = "name is neither a standard finalizer name nor is it fully qualified";
            errors.push(invalid(&path.index(i), word, detail));
        }
    }
    errors
}

fn generation(meta: &Value) -> i64 {
    meta.get("generation").and_then(Value::as_int).unwrap_or(0)
}

/// What a create must keep.
pub(crate) fn validate_create(meta: &Value, namespaced: bool, rule: NameRule) -> ErrorList {
    let mut errors = validate_object(meta, namespaced, rule);
    errors.extend(validate_core_finalizers(meta));
    errors
}

/// `ValidateObjectMetaAccessor`.
fn validate_object(meta: &Value, namespaced: bool, rule: NameRule) -> ErrorList {
    let path = Path::new("metadata");
    let mut errors = ErrorList::new();
    let generate = text(meta, "generateName");
    if !generate.is_empty() {
        errors.extend(invalid_each(&path.child("generateName"), generate, rule.check(generate, true)));
    }
    let name = text(meta, "name");
    if name.is_empty() {
        errors.push(required(&path.child("name"), "name or generateName is required"));
    } else {
        errors.extend(invalid_each(&path.child("name"), name, rule.check(name, false)));
    }
    let namespace = text(meta, "namespace");
    let namespace_path = path.child("namespace");
    match (namespaced, namespace.is_empty()) {
        (true, true) => errors.push(required(&namespace_path, "")),
        (true, false) => {
            errors.extend(invalid_each(&namespace_path, namespace, NameRule::Label.check(namespace, false)));
        }
        (false, true) => {}
        (false, false) => errors.push(forbidden(&namespace_path, "not allowed on this type")),
    }
    if generation(meta) < 0 {
        errors.push(invalid(&path.child("generation"), generation(meta), "must be greater than or equal to 0"));
    }
    errors.extend(common(meta, &path));
    let finalizers = meta.get("finalizers").map(Value::items).unwrap_or_default();
    errors.extend(validate_finalizers(&path.child("finalizers"), finalizers));
    errors
}

fn common(meta: &Value, path: &Path) -> ErrorList {
    let mut errors = validate_labels(&path.child("labels"), meta.get("labels"));
    errors.extend(validate_annotations(&path.child("annotations"), meta.get("annotations")));
    errors.extend(validate_owners(&path.child("ownerReferences"), meta.get("ownerReferences")));
    errors
}

/// What every kind looks at in an update before its own rules (`validateCommonFields` of apiserver's
/// `pkg/registry/rest/update.go`). Those look at labels and the like again: one bad label makes three causes.
pub(crate) fn validate_common_update(new: &Value, old: &Value, namespaced: bool) -> ErrorList {
    let mut errors = validate_object(new, namespaced, NameRule::PathSegment);
    errors.extend(validate_object_update(new, old));
    errors
}

/// What an update must keep, as a kind's own rules see it.
pub(crate) fn validate_update(new: &Value, old: &Value) -> ErrorList {
    let mut errors = validate_object_update(new, old);
    errors.extend(validate_core_finalizers(new));
    errors
}

/// `ValidateObjectMetaAccessorUpdate`. Name and namespace cannot differ: the request names them.
fn validate_object_update(new: &Value, old: &Value) -> ErrorList {
    let path = Path::new("metadata");
    let mut errors = ErrorList::new();
    if old.get("deletionTimestamp").is_some() {
        let before = old.get("finalizers").map(Value::items).unwrap_or_default();
        let mut extra: Vec<&str> = new
            .get("finalizers")
            .map(Value::items)
            .unwrap_or_default()
            .iter()
            .filter(|item| !before.contains(item))
            .filter_map(Value::as_str)
            .collect();
        sort::natural(&mut extra);
        extra.dedup();
        if !extra.is_empty() {
            let quoted: Vec<String> = extra.iter().map(|word| go_quote(word)).collect();
            let detail = format!(
                "no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
                quoted.join(", ")
            );
            errors.push(forbidden(&path.child("finalizers"), &detail));
        }
    }
    for field in IMMUTABLE {
        if new.get(field) != old.get(field) {
            let value = new.get(field).unwrap_or(&Value::Null);
            errors.push(invalid(&path.child(field), value, "field is immutable"));
        }
    }
    errors.extend(common(new, &path));
    errors
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_come_in_the_order_of_the_api_and_empty_ones_go() {
        let mut meta = Value::object([
            ("labels", Value::object([("b", Value::from("1")), ("a", Value::from("2"))])),
            ("annotations", Value::Object(Vec::new())),
            ("uid", Value::from("5")),
            ("name", Value::from("web")),
        ]);
        clear_system_fields(&mut meta, false);
        let keys: Vec<&str> = meta.members().iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["name", "labels"]);
        assert_eq!(meta.at("labels").unwrap().members()[0].0, "a");
    }

    #[test]
    fn annotation_keys_may_have_what_go_lowers_to_ascii() {
        let errors = |key: &str| {
            let annotations = Value::object([(key, Value::from("1"))]);
            validate_annotations(&Path::new("annotations"), Some(&annotations)).len()
        };
        assert_eq!(
            [errors("Example.COM/Key"), errors("\u{212a}ey"), errors("\u{130}d"), errors("\u{c4}rger")],
            [0, 0, 0, 1]
        );
    }

    #[test]
    fn an_owner_of_no_readable_version_is_refused() {
        let owner = ["apiVersion", "kind", "name", "uid"].map(|key| (key, Value::from("a/b/c")));
        let errors = validate_owners(&Path::new("o"), Some(&Value::Array(vec![Value::object(owner)])));
        assert_eq!(errors.len(), 1);
    }

    #[test]
    fn a_plain_finalizer_is_told_twice_what_it_lacks() {
        let finalizers = Value::Array(vec![Value::from("x y"), Value::from("orphan")]);
        let meta = Value::object([("name", Value::from("web")), ("finalizers", finalizers)]);
        assert_eq!(validate_create(&meta, false, NameRule::Label).len(), 2);
    }
}
