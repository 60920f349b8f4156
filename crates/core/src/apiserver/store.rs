//! The object store: what was accepted, and the one door to it.
//!
//! Follows apiserver's `pkg/registry/generic/registry/store.go`: the order of generating a name, allocating, validating
//! and storing, and the conflicts that only storing finds.

use std::rc::Rc;

use crate::collections::{Map, Set};

use super::allocator::{IpPool, Pools, PortPool, pick};
use super::answer::{Answer, Outcome, Status};
use super::field::invalid_status;
use super::kinds::{self, Kind};
use super::names::NameRule;
use super::status::{already_exists, conflict, forbidden, not_found, unknown_error};
use super::three_way::three_way;
use super::{meta, other, patch, service};
use crate::cluster::Settings;
use crate::net::IpFamily;
use crate::objects::{Origin, Value};
use crate::pace::Pace;

/// What is asked of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// POST.
    Create,
    /// PUT: the whole object. Creates it where it is not there.
    Put,
    /// PATCH with a merge patch (RFC 7386).
    Patch,
    /// PATCH with a strategic merge patch.
    StrategicPatch,
    /// Server-side apply, forced. Creates it where it is not there.
    Apply,
    /// A write of the status alone.
    Status,
    /// DELETE: only kind, namespace and name of the object count.
    Delete,
}

/// A stored object.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The object, complete.
    pub value: Rc<Value>,
    /// Where it came from.
    pub origin: Origin,
    revision: u64,
    /// What server-side apply has set and owns.
    applied: Option<Value>,
}

/// Kind, namespace and name.
pub type Key = (String, String, String);

/// Everything that the server has stored.
#[derive(Clone, Debug)]
pub struct Store {
    objects: Map<Key, Stored>,
    pools: Pools,
    revision: u64,
    implied: Set<String>,
    /// Whether a namespace that nobody declares is missing, as on a server.
    strict: bool,
}

/// Namespaces of a new cluster.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Those that cannot be deleted (apiserver's `namespace/lifecycle` admission).
const IMMORTAL: [&str; 3] = ["default", "kube-system", "kube-public"];

/// Letters of generated names (`k8s.io/apimachinery/pkg/util/rand`).
const SUFFIX_LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";

impl Store {
    /// A new cluster: its namespaces and `default/kubernetes`. `seed` decides every value that the server picks.
    pub fn new(settings: &Settings, seed: u64) -> Self {
        let pools =
            Pools { ips: IpPool::new(&settings.service_cidrs), ports: PortPool::new(settings.node_ports), seed };
        let mut store = Store { objects: Map::new(), pools, revision: 1, implied: Set::new(), strict: false };
        for name in NAMESPACES {
            store.put(
                ("Namespace".to_string(), String::new(), name.to_string()),
                other::namespace(name).into(),
                Origin::Cluster,
                None,
            );
        }
        if let Some(address) = store.pools.ips.first() {
            store.pools.ips.note(address);
            let value = kubernetes_service(&address.to_string(), IpFamily::of(address));
            store.put(key_of_parts("Service", "default", "kubernetes"), value.into(), Origin::Cluster, None);
        }
        store
    }

    /// A copy, made with rests.
    pub async fn copied(&self, pace: &Pace) -> Store {
        let mut objects = Map::new();
        for (key, stored) in self.objects.iter() {
            objects.insert(key.clone(), stored.clone());
            pace.spend(8).await;
        }
        let Store { pools, implied, revision, strict, .. } = self;
        Store { objects, pools: pools.clone(), revision: *revision, implied: implied.clone(), strict: *strict }
    }

    /// Frees it, with rests.
    pub async fn let_go(self, pace: &Pace) {
        for stored in self.objects.into_values() {
            drop(stored);
            pace.spend(8).await;
        }
    }

    /// From now on a namespace that nobody declares is missing, as on a server: nothing can be made in it.
    pub fn require_namespaces(&mut self) {
        self.strict = true;
    }

    /// Answers one request. `object` is decoded (or, for patches, the patch as it was read, nulls and all).
    pub fn request(&mut self, operation: Operation, object: Value, origin: Origin) -> Answer {
        let (document, path) = match &origin {
            Origin::Document { document, path } | Origin::OnBehalf { document, path } => (*document, path.clone()),
            Origin::Cluster => (0, String::new()),
        };
        let kind_name = object.get("kind").and_then(Value::as_str).unwrap_or_default().to_string();
        let given = object.get("metadata").cloned().unwrap_or_default();
        let mut answer = Answer {
            document,
            path,
            kind: kind_name.clone(),
            namespace: meta::text(&given, "namespace").to_string(),
            name: meta::text(&given, "name").to_string(),
            outcome: Outcome::NotModelled,
            warnings: Vec::new(),
        };
        let Some(kind) = kinds::of(&object) else { return answer };
        if kind.namespaced && answer.namespace.is_empty() {
            answer.namespace = "default".to_string();
        }
        // A namespace of such a name cannot be there, and that is looked at before the object is.
        if kind.namespaced && !NameRule::Label.check(&answer.namespace, false).is_empty() {
            answer.outcome = Outcome::Refused(not_found("namespaces", &answer.namespace));
            return answer;
        }
        let key =
            (kind_name, if kind.namespaced { answer.namespace.clone() } else { String::new() }, answer.name.clone());
        let exists = self.objects.contains_key(&key);
        let refused = if operation == Operation::Apply { patch::check_applied(&object).err() } else { None };
        let refused = refused.or_else(|| self.uid_mismatch(operation, kind, &key, meta::text(&given, "uid")));
        if let Some(status) = refused {
            answer.outcome = Outcome::Refused(status);
            return answer;
        }
        let result = match operation {
            Operation::Create => self.create(kind, object, origin, &mut answer, false),
            Operation::Put | Operation::Apply if !exists => {
                self.create(kind, object, origin, &mut answer, operation == Operation::Apply)
            }
            Operation::Delete => self.delete(kind, &key),
            _ => self.update(operation, kind, &key, object, origin, &mut answer.warnings),
        };
        let mut seen = Set::new();
        answer.warnings.retain(|warning| seen.insert(warning.clone()));
        shorten(&mut answer.warnings);
        answer.outcome = match result {
            Ok(value) => Outcome::Stored(value),
            Err(status) => Outcome::Refused(status),
        };
        answer
    }

    /// What an object is stored under: kind, namespace (`default` where it says none; empty for kinds without one) and
    /// name.
    pub fn key(object: &Value) -> Key {
        let text = |path: &str| object.at(path).and_then(Value::as_str).unwrap_or_default();
        let namespace = match (kinds::find(text("kind")), text("metadata.namespace")) {
            (Some(kind), _) if !kind.namespaced => "",
            (_, "") => "default",
            (_, namespace) => namespace,
        };
        key_of_parts(text("kind"), namespace, text("metadata.name"))
    }

    /// Sends an object as `kubectl apply` does: where it is stored already, as a change against `last`, the text that
    /// was applied before; else as a new one.
    pub fn apply(&mut self, object: Value, last: &Value, origin: Origin) -> Answer {
        let stored = kinds::of(&object).and_then(|_| self.objects.get(&Store::key(&object)));
        let Some(stored) = stored else {
            return self.request(Operation::Create, object, origin);
        };
        let mut merged = three_way(last, &object, &stored.value);
        // An exported manifest names the uid that it had elsewhere: the object has another here, and keeps it.
        if let (None, Some(metadata)) = (stored.value.at("metadata.uid"), merged.get_mut("metadata")) {
            metadata.remove("uid");
        }
        // In the order of the API's fields, which an added field has not yet.
        let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let merged = patch::reread(&merged, kind).unwrap_or(merged);
        self.request(Operation::Put, merged, origin)
    }

    /// Notes that a stored object is written elsewhere now.
    pub fn moved(&mut self, key: &Key, origin: Origin) {
        if let Some(stored) = self.objects.get_mut(key) {
            stored.origin = origin;
        }
    }

    /// Takes an object as it is, for a dump of a cluster: no defaults, no validation, and it replaces one of its name.
    /// A kind that is not modelled is not stored: the answer is false.
    pub fn insert_stored(&mut self, mut value: Value, origin: Origin) -> bool {
        let kind_name = value.get("kind").and_then(Value::as_str).unwrap_or_default().to_string();
        let Some(kind) = kinds::of(&value) else { return false };
        let mut metadata = value.get("metadata").cloned().unwrap_or_default();
        if kind.namespaced && meta::text(&metadata, "namespace").is_empty() {
            meta::set_text(&mut metadata, "namespace", "default");
            value.set("metadata", metadata.clone());
        }
        let namespace = if kind.namespaced { meta::text(&metadata, "namespace").to_string() } else { String::new() };
        if kind.name == "Service" {
            service::note_stored(&value, &mut self.pools);
        }
        self.imply_namespace(kind, &namespace);
        self.put((kind_name, namespace, meta::text(&metadata, "name").to_string()), value.into(), origin, None);
        true
    }

    /// The object of this kind and name; the namespace is empty for kinds without one.
    pub fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<&Stored> {
        self.objects.get(&key_of_parts(kind, namespace, name))
    }

    /// Objects of one kind, ordered by namespace and name.
    pub fn list<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Stored> + 'a {
        self.objects
            .iter_from(&key_of_parts(kind, "", ""))
            .take_while(move |((of, _, _), _)| of == kind)
            .map(|(_, stored)| stored)
    }

    /// Every object, ordered by kind, namespace and name.
    pub fn objects(&self) -> impl Iterator<Item = &Stored> + '_ {
        self.objects.values()
    }

    /// Namespaces that exist.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> + '_ {
        self.list("Namespace").filter_map(|stored| stored.value.at("metadata.name")?.as_str())
    }

    /// Namespaces that no object of the input declares: the server would answer 404 there. They are taken to exist,
    /// since a manifest seldom brings its namespace along.
    pub fn implied_namespaces(&self) -> impl Iterator<Item = &str> + '_ {
        self.implied.iter().map(String::as_str)
    }

    /// An object with every default, before it has taken an address or a port.
    pub(crate) fn settle(&self, object: &Value) -> Value {
        let name = object.get("kind").and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = kinds::find(name) else { return object.clone() };
        if kind.name == "Service" {
            return service::settle(object, &self.pools);
        }
        let mut object = object.clone();
        other::set_defaults(kind, &mut object);
        object
    }

    /// The uid that a request names is that of the object it means: a precondition of a PUT (`Preconditions` of
    /// apiserver's `pkg/storage/interfaces.go`), and nothing that apply may make (`pkg/endpoints/handlers/patch.go`).
    fn uid_mismatch(&self, operation: Operation, kind: &Kind, key: &Key, uid: &str) -> Option<Status> {
        let live = self.objects.get(key);
        let there = live.and_then(|stored| stored.value.at("metadata.uid")?.as_str()).unwrap_or_default();
        let problem = match operation {
            Operation::Put if !uid.is_empty() && uid != there => {
                let path = kind.storage_path(&key.1, &key.2);
                format!(
                    "StorageError: invalid object, Code: 4, Key: {path}, ResourceVersion: 0, AdditionalErrorMsg: \
                     Precondition failed: UID in precondition: {uid}, UID in object meta: {there}"
                )
            }
            Operation::Apply if !uid.is_empty() && live.is_none() => {
                format!("uid mismatch: the provided object specified uid {uid}, and no existing object was found")
            }
            _ => return None,
        };
        Some(conflict(kind.resource, &key.2, &problem))
    }

    fn put(&mut self, key: Key, value: Rc<Value>, origin: Origin, applied: Option<Value>) {
        self.revision = self.revision.saturating_add(1);
        self.objects.insert(key, Stored { value, origin, revision: self.revision, applied });
    }

    fn imply_namespace(&mut self, kind: &Kind, namespace: &str) {
        if kind.namespaced && self.get("Namespace", "", namespace).is_none() {
            self.implied.insert(namespace.to_string());
            let key = ("Namespace".to_string(), String::new(), namespace.to_string());
            self.put(key, Rc::new(other::namespace(namespace)), Origin::Cluster, None);
        }
    }

    fn create(
        &mut self,
        kind: &'static Kind,
        mut object: Value,
        origin: Origin,
        answer: &mut Answer,
        by_apply: bool,
    ) -> Result<Rc<Value>, Status> {
        let applied = by_apply.then(|| object.clone());
        if by_apply {
            object = patch::reread(&object, kind.name)?;
        }
        let mut metadata = object.get("metadata").cloned().unwrap_or_default();
        let with_revision = meta::revision(&metadata).is_ok_and(|revision| revision != 0);
        answer.warnings.extend(owner_warning(&mut metadata, if by_apply { AFTER_ADMISSION } else { "" }));
        meta::clear_system_fields(&mut metadata, kind.name == "Pod");
        if kind.namespaced {
            meta::set_text(&mut metadata, "namespace", &answer.namespace);
        }
        let prefix = meta::text(&metadata, "generateName").to_string();
        if answer.name.is_empty() && !prefix.is_empty() {
            answer.name = self.generate_name(kind, &answer.namespace, &prefix);
            meta::set_text(&mut metadata, "name", &answer.name);
        }
        set_type(&mut object, kind);
        object.set("metadata", metadata);
        let key = (
            kind.name.to_string(),
            if kind.namespaced { answer.namespace.clone() } else { String::new() },
            answer.name.clone(),
        );
        if self.strict && kind.namespaced && self.get("Namespace", "", &answer.namespace).is_none() {
            return Err(not_found("namespaces", &answer.namespace));
        }
        let accepted = if kind.name == "Service" {
            let accepted = service::create(&object, &mut self.pools)?;
            answer.warnings.extend(accepted.warnings);
            let late = if with_revision {
                Some(unknown_error("resourceVersion should not be set on objects to be created"))
            } else {
                self.objects.get(&key).map(|stored| already_there(kind, &answer.name, stored))
            };
            if let Some(status) = late {
                self.pools.revert(accepted.txn);
                return Err(status);
            }
            self.pools.commit(accepted.txn);
            accepted.value
        } else {
            other::set_defaults(kind, &mut object);
            let errors = other::validate(kind, &object);
            if !errors.is_empty() {
                return Err(invalid_status(kind.qualified, &answer.name, &errors));
            }
            answer.warnings.extend(other::warnings(kind, &object, None));
            if with_revision {
                return Err(unknown_error("resourceVersion should not be set on objects to be created"));
            }
            // A namespace that was only taken to exist is now declared.
            let declared = kind.name == "Namespace" && self.implied.remove(&answer.name);
            let builtin = kind.name == "Namespace"
                && NAMESPACES.contains(&answer.name.as_str())
                && self.objects.get(&key).is_some_and(|stored| stored.origin == Origin::Cluster);
            if let (Some(stored), false) = (self.objects.get(&key), declared || builtin) {
                return Err(already_there(kind, &answer.name, stored));
            }
            self.note_ranges(kind, &object);
            object
        };
        self.imply_namespace(kind, &answer.namespace.clone());
        let accepted = Rc::new(accepted);
        self.put(key, Rc::clone(&accepted), origin, applied);
        Ok(accepted)
    }

    fn update(
        &mut self,
        operation: Operation,
        kind: &'static Kind,
        key: &Key,
        object: Value,
        origin: Origin,
        warnings: &mut Vec<String>,
    ) -> Result<Rc<Value>, Status> {
        let Some(stored) = self.objects.get(key) else { return Err(not_found(kind.resource, &key.2)) };
        let (mut old, revision, before) = (Value::clone(&stored.value), stored.revision, stored.applied.clone());
        // A whole object takes the place of the old text; a change of a part leaves the object where it was written.
        let origin = if operation == Operation::Put { origin } else { stored.origin.clone() };
        let wanted = meta::revision(object.get("metadata").unwrap_or(&Value::Null)).map_err(|e| unknown_error(&e))?;
        if wanted != 0 && wanted != revision {
            let problem = "the object has been modified; please apply your changes to the latest version and try again";
            return Err(conflict(kind.resource, &key.2, problem));
        }
        let mut new = match operation {
            Operation::Patch => patch::merge(&old, &object),
            Operation::StrategicPatch => patch::strategic(&old, &object).map_err(|problem| unknown_error(&problem))?,
            Operation::Apply => patch::apply(&old, &object, before.as_ref()),
            Operation::Status => {
                let status = object.get("status").cloned().unwrap_or_default();
                let mut change = Value::object([("status", status)]);
                // Of a Service everything but the spec may change there, labels too.
                if let (true, Some(metadata)) = (kind.name == "Service", object.get("metadata")) {
                    change.set("metadata", metadata.clone());
                }
                patch::merge(&old, &change)
            }
            _ => object.clone(),
        };
        set_type(&mut new, kind);
        if operation != Operation::Put {
            new = patch::reread(&new, kind.name)?;
        }
        let mut metadata = new.get("metadata").cloned().unwrap_or_default();
        let when = if matches!(operation, Operation::Put) { "" } else { AFTER_ADMISSION };
        warnings.extend(owner_warning(&mut metadata, when));
        meta::keep_system_fields(&mut metadata, old.get("metadata").unwrap_or(&Value::Null), kind.name == "Pod");
        if let (true, Some(before)) = (kind.name == "Pod", old.get_mut("metadata")) {
            // The mark of a pod that is going is nothing that a client has changed.
            for field in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
                if let Some(value) = metadata.get(field) {
                    before.set(field, value.clone());
                }
            }
        }
        meta::set_text(&mut metadata, "name", &key.2);
        if kind.namespaced {
            meta::set_text(&mut metadata, "namespace", &key.1);
        }
        new.set("metadata", metadata);
        let value = if kind.name == "Service" {
            let accepted = if operation == Operation::Status {
                service::update_status(&new, &old)?
            } else {
                service::update(&new, &old, &mut self.pools)?
            };
            self.pools.commit(accepted.txn);
            warnings.extend(accepted.warnings);
            accepted.value
        } else {
            other::set_defaults(kind, &mut new);
            let errors = other::validate_update(kind, &new, &old);
            if !errors.is_empty() {
                return Err(invalid_status(kind.qualified, &key.2, &errors));
            }
            warnings.extend(other::warnings(kind, &new, Some(&old)));
            self.note_ranges(kind, &new);
            new
        };
        if kind.name != "Pod" && meta::is_deleted(&value) && !meta::has_finalizers(&value) {
            // The last finalizer is gone, and so is the object.
            return self.remove(kind, key).map(|_| Rc::new(value));
        }
        let applied = match operation {
            Operation::Apply => Some(patch::owned(&old, &object, before.as_ref())),
            _ => before.map(|before| patch::still_owned(&before, &old, &value)),
        };
        let value = Rc::new(value);
        self.put(key.clone(), Rc::clone(&value), origin, applied);
        Ok(value)
    }

    /// Deletes; an object with finalizers is only marked, and is the answer then.
    fn delete(&mut self, kind: &'static Kind, key: &Key) -> Result<Rc<Value>, Status> {
        if kind.name == "Namespace" && IMMORTAL.contains(&key.2.as_str()) {
            return Err(forbidden(kind.resource, &key.2, "this namespace may not be deleted"));
        }
        match self.objects.get_mut(key) {
            Some(stored) if meta::has_finalizers(&stored.value) => {
                meta::mark_deleted(Rc::make_mut(&mut stored.value));
                Ok(stored.value.clone())
            }
            _ => self.remove(kind, key),
        }
    }

    /// Addresses come from a ServiceCIDR's ranges too.
    fn note_ranges(&mut self, kind: &Kind, object: &Value) {
        if kind.name == "ServiceCIDR" {
            for net in other::service_cidrs(object) {
                self.pools.ips.add_range(net);
            }
        }
    }

    fn remove(&mut self, kind: &'static Kind, key: &Key) -> Result<Rc<Value>, Status> {
        let Some(stored) = self.objects.remove(key) else { return Err(not_found(kind.resource, &key.2)) };
        if kind.name == "Service" {
            self.pools.commit(service::released(&stored.value));
        }
        if kind.name == "ServiceCIDR" {
            let left: Vec<_> =
                self.list("ServiceCIDR").flat_map(|stored| other::service_cidrs(&stored.value)).collect();
            for net in other::service_cidrs(&stored.value).into_iter().filter(|net| !left.contains(net)) {
                self.pools.ips.remove_range(net);
            }
        }
        Ok(Rc::default())
    }

    /// A free name from a prefix (`SimpleNameGenerator`): cut so that five letters fit a label.
    fn generate_name(&self, kind: &Kind, namespace: &str, prefix: &str) -> String {
        let mut end = prefix.len().min(58);
        while !prefix.is_char_boundary(end) {
            end -= 1;
        }
        let base = prefix.get(..end).unwrap_or_default();
        let mut attempt = 0u64;
        loop {
            let mut hash = pick(self.pools.seed, &[kind.name, namespace, prefix, &attempt.to_string()]);
            let mut name = base.to_string();
            for _ in 0..5 {
                // The remainder is smaller than 27.
                let letter = SUFFIX_LETTERS.get((hash % 27) as usize).copied().unwrap_or(b'b');
                name.push(char::from(letter));
                hash /= 27;
            }
            // 27^5 names; an input that has used up a thousand in a row keeps the last.
            if attempt > 1000 || self.get(kind.name, if kind.namespaced { namespace } else { "" }, &name).is_none() {
                return name;
            }
            attempt += 1;
        }
    }
}

/// What of long warnings gets through to the client: beyond 4,096 letters in all, 256 of each, until there are that many
/// again (apiserver's `pkg/endpoints/filters/warning.go`).
fn shorten(warnings: &mut Vec<String>) {
    const ALL: usize = 4096;
    const EACH: usize = 256;
    let letters = |text: &String| text.chars().count();
    if warnings.iter().map(letters).fold(0, usize::saturating_add) <= ALL {
        return;
    }
    let mut written = 0usize;
    warnings.retain_mut(|warning| {
        if written >= ALL {
            return false;
        }
        if let Some((end, _)) = warning.char_indices().nth(EACH) {
            warning.truncate(end);
        }
        written = written.saturating_add(letters(warning));
        true
    });
}

/// When a patch's owner references are looked at.
const AFTER_ADMISSION: &str = " after mutating admission happens";

/// Takes equal owner references together; the warning that says so.
fn owner_warning(metadata: &mut Value, when: &str) -> Option<String> {
    let gone = meta::dedup_owners(metadata);
    (!gone.is_empty()).then(|| {
        format!(
            ".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, and \
             may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: {}",
            gone.join(", ")
        )
    })
}

/// The refusal of a name that is taken.
fn already_there(kind: &Kind, name: &str, stored: &Stored) -> Status {
    let mut status = already_exists(kind.resource, name);
    if meta::is_deleted(&stored.value) {
        status.message = format!("object is being deleted: {}", status.message);
    }
    status
}

fn key_of_parts(kind: &str, namespace: &str, name: &str) -> Key {
    (kind.to_string(), namespace.to_string(), name.to_string())
}

/// Puts `kind` and `apiVersion` first, as the server prints them; a manifest may lack them.
fn set_type(object: &mut Value, kind: &Kind) {
    object.remove("kind");
    object.remove("apiVersion");
    let rest = match std::mem::take(object) {
        Value::Object(members) => members,
        _ => Vec::new(),
    };
    let head = [("kind", kind.name), ("apiVersion", kind.api_version)];
    let head = head.into_iter().map(|(key, value)| (key.to_string(), Value::from(value)));
    *object = Value::Object(head.chain(rest).collect());
}

/// `default/kubernetes`, which leads to the API server itself.
fn kubernetes_service(address: &str, family: IpFamily) -> Value {
    let text = |word: &str| Value::from(word);
    let labels = Value::object([("component", text("apiserver")), ("provider", text("kubernetes"))]);
    let port = Value::object([
        ("name", text("https")),
        ("protocol", text("TCP")),
        ("port", Value::Int(443)),
        ("targetPort", Value::Int(6443)),
    ]);
    Value::object([
        ("kind", text("Service")),
        ("apiVersion", text("v1")),
        ("metadata", Value::object([("name", text("kubernetes")), ("namespace", text("default")), ("labels", labels)])),
        (
            "spec",
            Value::object([
                ("ports", Value::Array(vec![port])),
                ("clusterIP", text(address)),
                ("clusterIPs", Value::Array(vec![text(address)])),
                ("type", text("ClusterIP")),
                ("sessionAffinity", text("None")),
                ("ipFamilies", Value::Array(vec![text(family.as_str())])),
                ("ipFamilyPolicy", text("SingleStack")),
                ("internalTrafficPolicy", text("Cluster")),
            ]),
        ),
        ("status", Value::object([("loadBalancer", Value::Object(Vec::new()))])),
    ])
}

#[cfg(test)]
mod tests;
