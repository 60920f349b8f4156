//! What every object has: name, namespace, labels, owner; and where in the input it came from.

use crate::collections::Map;
use std::fmt;

/// Names one object of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// The namespace; empty for kinds without one.
    pub namespace: String,
    /// The name.
    pub name: String,
}

impl ObjectRef {
    /// Names `name` in `namespace`.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        ObjectRef { namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() { f.write_str(&self.name) } else { write!(f, "{}/{}", self.namespace, self.name) }
    }
}

/// The controller that owns an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerRef {
    /// Its kind, such as `ReplicaSet`.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// Where an object came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Made by the engine: a default, a controller, the cluster itself.
    #[default]
    Cluster,
    /// Written in the input.
    Document {
        /// The document's number.
        document: usize,
        /// The path of the object inside the document: empty, or `items[3]` in a List.
        path: String,
    },
    /// Made by a controller for an object of the input (a Deployment's pod): the place of that object.
    OnBehalf {
        /// The document's number.
        document: usize,
        /// The path inside it that describes this object, such as `spec.template`.
        path: String,
    },
}

/// What every object has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObjectMeta {
    /// The name.
    pub name: String,
    /// The namespace; empty for kinds without one.
    pub namespace: String,
    /// Labels.
    pub labels: Map<String, String>,
    /// Annotations.
    pub annotations: Map<String, String>,
    /// Whether a deletionTimestamp is set.
    pub deleting: bool,
    /// The controlling owner.
    pub owner: Option<OwnerRef>,
    /// Where it came from.
    pub origin: Origin,
}

impl ObjectMeta {
    /// Namespace and name.
    pub fn reference(&self) -> ObjectRef {
        ObjectRef::new(&self.namespace, &self.name)
    }
}

/// A Service's selector: every pair must be among a pod's labels.
pub type Selector = Map<String, String>;
