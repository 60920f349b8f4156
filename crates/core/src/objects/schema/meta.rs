//! meta/v1: what every object has.

use super::{BOOL, INT64, STR, STRING_MAP, STRINGS, Struct, Type, f};

const UID: Type = Type::Enum("types.UID", &[]);

const OWNER_REFERENCE: Struct = Struct {
    name: "OwnerReference",
    package: "v1",
    fields: &[
        f("apiVersion", STR).ptr().inert(),
        f("kind", STR).ptr(),
        f("name", STR).ptr(),
        f("uid", UID).ptr().inert(),
        f("controller", BOOL).ptr(),
        f("blockOwnerDeletion", BOOL).ptr().inert(),
    ],
};

static MANAGED_FIELDS: Struct = Struct {
    name: "ManagedFieldsEntry",
    package: "v1",
    fields: &[
        f("manager", STR).inert(),
        f("operation", Type::Enum("v1.ManagedFieldsOperationType", &["Apply", "Update"])).inert(),
        f("apiVersion", STR).inert(),
        f("time", Type::Time).ptr().inert(),
        f("fieldsType", STR).inert(),
        f("fieldsV1", Type::Any).ptr().inert(),
        f("subresource", STR).inert(),
    ],
};

static OBJECT_META: Struct = Struct {
    name: "ObjectMeta",
    package: "v1",
    fields: &[
        f("name", STR),
        f("generateName", STR),
        f("namespace", STR),
        f("selfLink", STR).inert(),
        f("uid", UID).inert(),
        f("resourceVersion", STR),
        f("generation", INT64).inert(),
        f("creationTimestamp", Type::Time).inert(),
        f("deletionTimestamp", Type::Time).ptr(),
        f("deletionGracePeriodSeconds", INT64).ptr().inert(),
        f("labels", STRING_MAP),
        f("annotations", STRING_MAP),
        f("ownerReferences", Type::List(&Type::Struct(&OWNER_REFERENCE))),
        f("finalizers", STRINGS).inert(),
        f("managedFields", Type::List(&Type::Struct(&MANAGED_FIELDS))).inert(),
    ],
};

/// `metadata` of every object.
pub(super) const META: Type = Type::Struct(&OBJECT_META);

static LIST_META: Struct = Struct {
    name: "ListMeta",
    package: "v1",
    fields: &[
        f("selfLink", STR).inert(),
        f("resourceVersion", STR).inert(),
        f("continue", STR).inert(),
        f("remainingItemCount", INT64).ptr().inert(),
        f("shardInfo", Type::Any).ptr().inert(),
    ],
};

/// `kind: List`, as `kubectl get -o yaml` prints several objects.
pub(super) static LIST: Struct = Struct {
    name: "List",
    package: "v1",
    fields: &[
        f("kind", STR),
        f("apiVersion", STR),
        f("metadata", Type::Struct(&LIST_META)).inert(),
        f("items", Type::List(&Type::Any)).ptr(),
    ],
};

static REQUIREMENT: Struct = Struct {
    name: "LabelSelectorRequirement",
    package: "v1",
    fields: &[
        f("key", STR).ptr(),
        f("operator", Type::Enum("v1.LabelSelectorOperator", &["In", "NotIn", "Exists", "DoesNotExist"])).ptr(),
        f("values", STRINGS),
    ],
};

static LABEL_SELECTOR: Struct = Struct {
    name: "LabelSelector",
    package: "v1",
    fields: &[f("matchLabels", STRING_MAP), f("matchExpressions", Type::List(&Type::Struct(&REQUIREMENT)))],
};

/// A workload's selector.
pub(super) const SELECTOR: Type = Type::Struct(&LABEL_SELECTOR);

static CONDITION: Struct = Struct {
    name: "Condition",
    package: "v1",
    fields: &[
        f("type", STR).ptr(),
        f("status", Type::Enum("v1.ConditionStatus", &["True", "False", "Unknown"])).ptr(),
        f("observedGeneration", INT64),
        f("lastTransitionTime", Type::Time).ptr(),
        f("reason", STR).ptr(),
        f("message", STR).ptr(),
    ],
};

/// `status.conditions` of the kinds whose conditions are meta/v1's.
pub(super) const CONDITIONS: Type = Type::List(&Type::Struct(&CONDITION));
