//! How items of a list find each other: `patchStrategy`, `patchMergeKey`, `listType` and `listMapKey` of the API's types.

use crate::objects::Value;

/// What a list is to a patch.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListRule {
    /// The list is one value.
    Atomic,
    /// A set of plain values.
    Set,
    /// Objects, by these fields.
    Keys(&'static [&'static str]),
}

/// `patchStrategy` and `patchMergeKey`. `parent` is the field that holds the list's owner.
pub(crate) fn strategic_rule(parent: &str, field: &str) -> ListRule {
    match (parent, field) {
        ("spec", "ports") => ListRule::Keys(&["port"]),
        ("containers" | "initContainers" | "ephemeralContainers", "ports") => ListRule::Keys(&["containerPort"]),
        ("metadata", "ownerReferences") => ListRule::Keys(&["uid"]),
        ("metadata", "finalizers") => ListRule::Set,
        (_, "conditions") => ListRule::Keys(&["type"]),
        (
            _,
            "containers"
            | "initContainers"
            | "ephemeralContainers"
            | "volumes"
            | "env"
            | "imagePullSecrets"
            | "resourceClaims",
        ) => ListRule::Keys(&["name"]),
        (_, "volumeMounts") => ListRule::Keys(&["mountPath"]),
        (_, "volumeDevices") => ListRule::Keys(&["devicePath"]),
        (_, "topologySpreadConstraints") => ListRule::Keys(&["topologyKey"]),
        ("spec", "podCIDRs") => ListRule::Set,
        ("spec", "hostAliases") => ListRule::Keys(&["ip"]),
        ("status", "addresses") => ListRule::Keys(&["type"]),
        ("status", "podIPs" | "hostIPs") => ListRule::Keys(&["ip"]),
        _ => ListRule::Atomic,
    }
}

/// `listType` and `listMapKey`.
pub(super) fn apply_rule(parent: &str, field: &str) -> ListRule {
    match (parent, field) {
        ("spec", "ports") => ListRule::Keys(&["port", "protocol"]),
        ("containers" | "initContainers" | "ephemeralContainers", "ports") => {
            ListRule::Keys(&["containerPort", "protocol"])
        }
        (_, "topologySpreadConstraints") => ListRule::Keys(&["topologyKey", "whenUnsatisfiable"]),
        _ => strategic_rule(parent, field),
    }
}

/// Whether a map is one value to server-side apply: selectors are.
pub(super) fn is_atomic_map(field: &str) -> bool {
    matches!(field, "selector" | "nodeSelector")
}

/// Whether two items of an applied list are the same one. A missing protocol is TCP, the default that the schema names.
pub(crate) fn same(a: &Value, b: &Value, keys: &[&str]) -> bool {
    let tcp = Value::from("TCP");
    keys.iter().all(|key| {
        let of = |item: &Value| match item.get(key) {
            None if *key == "protocol" => Some(tcp.clone()),
            other => other.cloned(),
        };
        of(a) == of(b)
    })
}

/// The number of the item of `items` that is the same as `item` in the list `parent.field`, by the keys that
/// server-side apply goes by; `None` where such lists have no keys.
pub(crate) fn same_item(parent: &str, field: &str, item: &Value, items: &[Value]) -> Option<Option<usize>> {
    match apply_rule(parent, field) {
        ListRule::Keys(keys) => Some(items.iter().position(|other| same(item, other, keys))),
        ListRule::Atomic | ListRule::Set => None,
    }
}
