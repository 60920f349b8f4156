//! meta/v1: what every object has.

use super::{BOOL, INT64, STR, STRING_MAP, STRINGS, Struct, Type, f};

const OWNER_REFERENCE: Struct = Struct {
    name: "OwnerReference",
    package: "v1",
    fields: &[
        f("apiVersion", STR, "The owner's API version.").ptr().inert(),
        f("kind", STR, "The owner's kind.").ptr(),
        f("name", STR, "The owner's name.").ptr(),
        f("uid", STR, "The owner's UID.").ptr().inert(),
        f("controller", BOOL, "Whether this owner is the managing controller.").ptr(),
        f("blockOwnerDeletion", BOOL, "").ptr().inert(),
    ],
};

static OBJECT_META: Struct = Struct {
    name: "ObjectMeta",
    package: "v1",
    fields: &[
        f("name", STR, "The object's name, unique for its kind in its namespace."),
        f("generateName", STR, "A prefix from which the server makes a name."),
        f("namespace", STR, "The namespace it lives in; `default` where nothing is said."),
        f("selfLink", STR, "Not used any more.").inert(),
        f("uid", Type::Enum("types.UID", &[]), "Set by the server.").inert(),
        f("resourceVersion", STR, "Set by the server; on an update it guards against lost changes."),
        f("generation", INT64, "Set by the server.").inert(),
        f("creationTimestamp", Type::Time, "Set by the server.").inert(),
        f("deletionTimestamp", Type::Time, "Set while the object is being deleted: a pod with it is terminating.")
            .ptr(),
        f("deletionGracePeriodSeconds", INT64, "Set by the server on deletion.").ptr().inert(),
        f("labels", STRING_MAP, "Pairs that selectors match. Values are strings: quote numbers and booleans."),
        f("annotations", STRING_MAP, "Notes for tools and controllers. Values are strings."),
        f("ownerReferences", Type::List(&Type::Struct(&OWNER_REFERENCE)), "The objects that this one belongs to."),
        f("finalizers", STRINGS, "").inert(),
        f("managedFields", Type::List(&Type::Opaque("v1.ManagedFieldsEntry")), "Set by the server.").inert(),
    ],
};

/// `metadata` of every object.
pub(super) const META: Type = Type::Struct(&OBJECT_META);

static LIST_META: Struct = Struct {
    name: "ListMeta",
    package: "v1",
    fields: &[
        f("selfLink", STR, "").inert(),
        f("resourceVersion", STR, "").inert(),
        f("continue", STR, "").inert(),
        f("remainingItemCount", INT64, "").ptr().inert(),
        f("shardInfo", Type::Any, "").ptr().inert(),
    ],
};

/// `kind: List`, as `kubectl get -o yaml` prints several objects.
pub(super) static LIST: Struct = Struct {
    name: "List",
    package: "v1",
    fields: &[
        f("kind", STR, ""),
        f("apiVersion", STR, ""),
        f("metadata", Type::Struct(&LIST_META), "").inert(),
        f("items", Type::List(&Type::Any), "The objects, each with its own kind.").ptr(),
    ],
};

static REQUIREMENT: Struct = Struct {
    name: "LabelSelectorRequirement",
    package: "v1",
    fields: &[
        f("key", STR, "The label's key.").ptr(),
        f(
            "operator",
            Type::Enum("v1.LabelSelectorOperator", &["In", "NotIn", "Exists", "DoesNotExist"]),
            "In, NotIn, Exists or DoesNotExist.",
        )
        .ptr(),
        f("values", STRINGS, "The values for In and NotIn."),
    ],
};

static LABEL_SELECTOR: Struct = Struct {
    name: "LabelSelector",
    package: "v1",
    fields: &[
        f("matchLabels", STRING_MAP, "Pairs that a pod's labels must have."),
        f("matchExpressions", Type::List(&Type::Struct(&REQUIREMENT)), "Conditions on a pod's labels."),
    ],
};

/// A workload's selector.
pub(super) const SELECTOR: Type = Type::Struct(&LABEL_SELECTOR);

/// `status.conditions` of the kinds whose conditions are meta/v1's.
pub(super) const CONDITIONS: Type = Type::List(&Type::Opaque("v1.Condition"));
