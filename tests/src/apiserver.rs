//! Recorded answers of kube-apiserver, held against the engine's.
//!
//! Each case is a YAML stream, one request a document, and what the server said to each. Values that the server picks
//! at random stand as `@allocated` in a recording; those with one number must be equal.

use std::collections::BTreeMap;

use portolan_core::apiserver::{Operation, Outcome, Store};
use portolan_core::cluster::{ProxySettings, Settings};
use portolan_core::net::IpNet;
use portolan_core::objects::{Origin, Value};

/// One recorded case.
pub struct Case {
    /// The file's name without its ending.
    pub name: &'static str,
    /// The requests.
    pub yaml: &'static str,
    /// The recording.
    pub recording: Value,
}

/// Name, requests and recording of every case, by name: compiled in, because in wasm there are no files.
static CASES: &[(&str, &str, &str)] = include!(concat!(env!("OUT_DIR"), "/apiserver.rs"));

/// Every case, by name.
///
/// # Panics
/// Where a recording is no JSON.
pub fn cases() -> Vec<Case> {
    let case = |(name, yaml, json): &(&'static str, &'static str, &str)| Case {
        name,
        yaml,
        recording: crate::read_json(name, json),
    };
    CASES.iter().map(case).collect()
}

/// Settings of a cluster with these service ranges, separated by commas.
///
/// # Panics
/// Where a range is none.
pub fn settings(ranges: &str) -> Settings {
    Settings {
        service_cidrs: ranges.split(',').map(|range| range.parse().expect("a range")).collect(),
        pod_cidrs: Vec::new(),
        dns_domain: "cluster.local".to_string(),
        node_ports: (30000, 32767),
        proxy: ProxySettings::default(),
        load_balancers: false,
    }
}

/// The cluster of the recordings, where only namespaces that were made are there.
///
/// # Panics
/// Where a range is none.
pub fn cluster_of(ranges: &str) -> Store {
    let mut store = Store::new(&settings(ranges), 1);
    store.require_namespaces();
    let metadata = Value::object([("name", Value::from("other-ns"))]);
    let namespace = Value::object([("kind", Value::from("Namespace")), ("metadata", metadata)]);
    store.request(Operation::Create, namespace, Origin::Cluster);
    store
}

/// What one request asks, and its object.
pub struct Request {
    /// `create`, `put` ...
    pub op: String,
    /// The object as read, or the refusal of the decoder.
    pub object: Result<Value, Refusal>,
}

/// A refusal before the store.
pub struct Refusal {
    /// The HTTP code.
    pub code: i64,
    /// The reason.
    pub reason: String,
    /// The message.
    pub message: String,
}

/// How many cases agree under `cluster`, of how many, and how the others differ.
pub fn agreement(cluster: &str) -> (usize, usize, Vec<String>) {
    let cases = cases();
    let differ = |case: &Case| Some(format!("{}: {}", case.name, difference(case, cluster)?));
    let problems: Vec<String> = cases.iter().filter_map(differ).collect();
    (cases.len() - problems.len(), cases.len(), problems)
}

/// The first difference between the recording under `cluster` (`singleStack`, `dualStack`) and the engine, if any.
pub fn difference(case: &Case, cluster: &str) -> Option<String> {
    let recorded = case.recording.get(cluster)?;
    let ranges = recorded.get("serviceCIDR")?.as_str()?;
    let steps = recorded.get("steps").map(Value::items).unwrap_or_default();
    let requests = decode::requests(case.yaml);
    if requests.len() != steps.len() {
        return Some(format!("{} requests, {} recorded", requests.len(), steps.len()));
    }
    let mut store = cluster_of(ranges);
    let mut run = Run { case, ranges, groups: BTreeMap::new(), kept: BTreeMap::new() };
    for (i, (request, step)) in requests.into_iter().zip(steps).enumerate() {
        if let Err(problem) = run.step(&mut store, request, step) {
            return Some(format!("step {i}: {problem}"));
        }
    }
    None
}

pub mod bytes;
pub mod decode;

struct Run<'a> {
    case: &'a Case,
    ranges: &'a str,
    /// What `@allocated1` and its like stand for.
    groups: BTreeMap<String, Value>,
    /// The addresses of each Service so far: they must stay.
    kept: BTreeMap<String, Value>,
}

type Check = Result<(), String>;

/// The operation of a recorded request.
fn operation(op: &str) -> Option<Operation> {
    Some(match op {
        "create" => Operation::Create,
        "put" | "putnorv" | "putstale" => Operation::Put,
        "patch" => Operation::Patch,
        "smp" => Operation::StrategicPatch,
        "ssa" => Operation::Apply,
        "status" => Operation::Status,
        "delete" => Operation::Delete,
        _ => return None,
    })
}

fn origin() -> Origin {
    Origin::Document { document: 0, path: String::new() }
}

impl Run<'_> {
    fn step(&mut self, store: &mut Store, request: Request, step: &Value) -> Check {
        let accepted = step.get("accepted").and_then(Value::as_bool) == Some(true);
        let mut object = match request.object {
            Ok(object) => object,
            Err(refusal) => return self.refusal(refusal.code, &refusal.reason, &refusal.message, &[], step),
        };
        let operation = operation(&request.op).ok_or_else(|| format!("unknown op {}", request.op))?;
        if let ("putstale", Some(metadata)) = (request.op.as_str(), object.get_mut("metadata")) {
            metadata.set("resourceVersion", Value::from("1"));
        }
        let name = object.at("metadata.name").and_then(Value::as_str).unwrap_or_default().to_string();
        let namespace = object.at("metadata.namespace").and_then(Value::as_str).unwrap_or("default").to_string();
        let before = store.get("Service", &namespace, &name).map(|stored| stored.value.clone());
        let answer = store.request(operation, object, origin());
        let expected: Vec<&str> =
            step.get("warnings").map(Value::items).unwrap_or_default().iter().filter_map(Value::as_str).collect();
        if accepted && answer.warnings != expected {
            return Err(format!("warnings {:?}, recorded {expected:?}", answer.warnings));
        }
        match answer.outcome {
            Outcome::Stored(value) if accepted => {
                let mut shown = if value.is_null() {
                    before.map(|one| Value::clone(&one)).unwrap_or_default()
                } else {
                    Value::clone(&value)
                };
                // Recordings leave timestamps out.
                if let Some(metadata) = shown.get_mut("metadata") {
                    metadata.remove("deletionTimestamp");
                }
                let recorded = step.get("object").cloned().unwrap_or_default();
                self.same(&shown, &recorded, "")?;
                self.plausible(&shown, operation)
            }
            Outcome::Stored(_) => Err("accepted, but was refused".to_string()),
            Outcome::NotModelled => Err("not modelled".to_string()),
            Outcome::Refused(status) => {
                let causes: Vec<[String; 3]> =
                    status.causes.into_iter().map(|cause| [cause.reason, cause.field, cause.message]).collect();
                self.refusal(i64::from(status.code), &status.reason, &status.message, &causes, step)
            }
        }
    }

    fn refusal(&self, code: i64, reason: &str, message: &str, causes: &[[String; 3]], step: &Value) -> Check {
        let none = Value::Null;
        let Some(recorded) = step.get("status") else { return Err(format!("refused, but was accepted: {message}")) };
        let text = |value: &Value, key: &str| value.get(key).unwrap_or(&none).as_str().unwrap_or_default().to_string();
        if recorded.get("code").and_then(Value::as_int) != Some(code) || text(recorded, "reason") != reason {
            return Err(format!("{code} {reason} {message}, recorded {}", text(recorded, "message")));
        }
        let (ours, theirs) = (self.plain(message), self.plain(&text(recorded, "message")));
        if ours != theirs {
            return Err(format!("message {ours}\n      recorded {theirs}"));
        }
        let theirs: Vec<[String; 3]> = recorded
            .get("causes")
            .map(Value::items)
            .unwrap_or_default()
            .iter()
            .map(|cause| [text(cause, "reason"), text(cause, "field"), self.plain(&text(cause, "message"))])
            .collect();
        let ours: Vec<[String; 3]> = causes.iter().map(|[r, f, m]| [r.clone(), f.clone(), self.plain(m)]).collect();
        if ours != theirs {
            return Err(format!("causes {ours:?}\n      recorded {theirs:?}"));
        }
        Ok(())
    }

    /// A message without what the server picked at random: addresses that the case does not name, generated names.
    fn plain(&self, message: &str) -> String {
        let mut out = String::new();
        for (i, part) in message.split('"').enumerate() {
            if i > 0 {
                out.push('"');
            }
            let generated = self.case.yaml.contains("generateName") && i == 1;
            let picked = part.parse::<std::net::IpAddr>().is_ok_and(|address| {
                !self.case.yaml.contains(part)
                    && self
                        .ranges
                        .split(',')
                        .any(|range| range.parse::<IpNet>().is_ok_and(|net| net.contains(&address)))
            });
            out.push_str(match (generated, picked) {
                (true, _) => "<name>",
                (_, true) => "<address>",
                _ => part,
            });
        }
        out
    }

    /// Equal, order of members included, but for what the server picks.
    fn same(&mut self, ours: &Value, recorded: &Value, path: &str) -> Check {
        match (ours, recorded) {
            (_, Value::Str(word)) if word == "@allocated" => match ours {
                Value::Str(text) if !text.is_empty() => Ok(()),
                Value::Int(_) => Ok(()),
                other => Err(format!("{path}: {other:?} where something is allocated")),
            },
            (_, Value::Str(word)) if word.starts_with("@allocated") => {
                let known = self.groups.entry(word.clone()).or_insert_with(|| ours.clone());
                if known == ours { Ok(()) } else { Err(format!("{path}: {ours:?} where {word} was {known:?}")) }
            }
            (Value::Object(a), Value::Object(b)) => {
                let keys = |members: &[(String, Value)]| members.iter().map(|(k, _)| k.clone()).collect::<Vec<_>>();
                if keys(a) != keys(b) {
                    return Err(format!("{path}: members {:?}, recorded {:?}", keys(a), keys(b)));
                }
                a.iter().zip(b).try_for_each(|((key, a), (_, b))| self.same(a, b, &format!("{path}.{key}")))
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                a.iter().zip(b).enumerate().try_for_each(|(i, (a, b))| self.same(a, b, &format!("{path}[{i}]")))
            }
            (Value::Str(a), Value::Str(b)) if path == ".metadata.name" && self.case.yaml.contains("generateName") => {
                let prefix = |name: &str| name.get(..name.len().saturating_sub(5)).map(str::to_string);
                if prefix(a) == prefix(b) { Ok(()) } else { Err(format!("{path}: {a}, recorded {b}")) }
            }
            (a, b) if a == b => Ok(()),
            (a, b) => Err(format!("{path}: {a:?}, recorded {b:?}")),
        }
    }

    /// What a placeholder hides must still make sense: addresses from the ranges and of the families, and they stay.
    fn plausible(&mut self, object: &Value, operation: Operation) -> Check {
        let none = Value::Null;
        let spec = object.get("spec").unwrap_or(&none);
        let ips = spec.get("clusterIPs").unwrap_or(&none);
        if ips.items().first() != spec.get("clusterIP") {
            return Err("clusterIP is not the first of clusterIPs".to_string());
        }
        for (ip, family) in ips.items().iter().zip(spec.get("ipFamilies").map(Value::items).unwrap_or_default()) {
            let text = ip.as_str().unwrap_or_default();
            if text == "None" {
                continue;
            }
            let address: std::net::IpAddr = text.parse().map_err(|_| format!("{text} is no address"))?;
            let inside =
                self.ranges.split(',').any(|range| range.parse::<IpNet>().is_ok_and(|net| net.contains(&address)));
            if !inside || address.is_ipv4() != (family.as_str() == Some("IPv4")) {
                return Err(format!("{text} is not of this cluster or family"));
            }
        }
        let key = format!("{:?}", object.at("metadata.name"));
        let first = spec.get("clusterIP").cloned().unwrap_or_default();
        let known = self.kept.entry(key.clone()).or_insert_with(|| first.clone());
        if !first.is_null() && !known.is_null() && *known != first {
            return Err(format!("the address moved from {known:?} to {first:?}"));
        }
        if operation == Operation::Delete || first.is_null() {
            self.kept.remove(&key);
        }
        Ok(())
    }
}
