//! The cells of a row, kind by kind.

use crate::objects::Value;
use crate::sort;

pub(super) fn text(object: &Value, path: &str) -> String {
    object.at(path).and_then(Value::as_str).unwrap_or_default().to_string()
}

fn number(object: &Value, path: &str) -> i64 {
    object.at(path).and_then(Value::as_int).unwrap_or(0)
}

fn list(object: &Value, path: &str) -> Vec<String> {
    object.at(path).map(Value::items).unwrap_or_default().iter().filter_map(Value::as_str).map(String::from).collect()
}

fn or_none(text: String) -> String {
    if text.is_empty() { "<none>".to_string() } else { text }
}

/// No clock, no age; kubectl prints the same where a creation time is missing.
fn age() -> String {
    "<unknown>".to_string()
}

/// A label selector as kubectl prints it: `a=b,c=d`.
fn selector(map: Option<&Value>) -> String {
    let mut pairs: Vec<String> = map
        .map(Value::members)
        .unwrap_or_default()
        .iter()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    sort::natural(&mut pairs);
    or_none(pairs.join(","))
}

pub(super) fn service(object: &Value, _: &[&Value]) -> Vec<String> {
    let service_type = text(object, "spec.type");
    let cluster_ip = or_none(text(object, "spec.clusterIP"));
    let ports: Vec<String> = object
        .at("spec.ports")
        .map(Value::items)
        .unwrap_or_default()
        .iter()
        .map(|port| {
            let node_port = number(port, "nodePort");
            let node_port = if node_port == 0 { String::new() } else { format!(":{node_port}") };
            format!("{}{node_port}/{}", number(port, "port"), text(port, "protocol"))
        })
        .collect();
    vec![
        text(object, "metadata.name"),
        service_type.clone(),
        cluster_ip,
        external_ip(object, &service_type),
        or_none(ports.join(",")),
        age(),
        selector(object.at("spec.selector")),
    ]
}

/// The EXTERNAL-IP column: what it shows depends on the type.
fn external_ip(object: &Value, service_type: &str) -> String {
    let external = list(object, "spec.externalIPs").join(",");
    match service_type {
        "ExternalName" => text(object, "spec.externalName"),
        "LoadBalancer" => {
            let ingress = object.at("status.loadBalancer.ingress").map(Value::items).unwrap_or_default();
            let mut addresses: Vec<String> = ingress
                .iter()
                .map(|one| {
                    let ip = text(one, "ip");
                    if ip.is_empty() { text(one, "hostname") } else { ip }
                })
                .collect();
            sort::natural(&mut addresses);
            let addresses = addresses.join(",");
            match (addresses.is_empty(), external.is_empty()) {
                (true, true) => "<pending>".to_string(),
                (true, false) => external,
                (false, true) => addresses,
                (false, false) => format!("{addresses},{external}"),
            }
        }
        _ => or_none(external),
    }
}

/// The first three items, and how many more there are.
fn at_most_three(items: &[String]) -> String {
    match items.len() {
        0 => "<unset>".to_string(),
        count if count > 3 => format!("{} + {} more...", items[..3].join(","), count - 3),
        _ => items.join(","),
    }
}

pub(super) fn endpoint_slice(object: &Value, _: &[&Value]) -> Vec<String> {
    let ports: Vec<String> = object
        .get("ports")
        .map(Value::items)
        .unwrap_or_default()
        .iter()
        .map(|port| port.get("port").and_then(Value::as_int).map_or("*".to_string(), |number| number.to_string()))
        .collect();
    let addresses: Vec<String> = object
        .get("endpoints")
        .map(Value::items)
        .unwrap_or_default()
        .iter()
        .flat_map(|endpoint| list(endpoint, "addresses"))
        .collect();
    vec![
        text(object, "metadata.name"),
        text(object, "addressType"),
        at_most_three(&ports),
        at_most_three(&addresses),
        age(),
    ]
}

pub(super) fn endpoints(object: &Value, _: &[&Value]) -> Vec<String> {
    let mut all = Vec::new();
    for subset in object.get("subsets").map(Value::items).unwrap_or_default() {
        let addresses: Vec<String> =
            subset.get("addresses").map(Value::items).unwrap_or_default().iter().map(|a| text(a, "ip")).collect();
        let ports = subset.get("ports").map(Value::items).unwrap_or_default();
        if ports.is_empty() {
            all.extend(addresses);
            continue;
        }
        for port in ports {
            let number = number(port, "port");
            all.extend(addresses.iter().map(|address| {
                if address.contains(':') { format!("[{address}]:{number}") } else { format!("{address}:{number}") }
            }));
        }
    }
    let shown = if all.is_empty() { "<none>".to_string() } else { at_most_three(&all) };
    vec![text(object, "metadata.name"), shown, age()]
}

/// Whether a condition of `status.conditions` is True.
fn condition(object: &Value, name: &str) -> bool {
    let conditions = object.at("status.conditions").map(Value::items).unwrap_or_default();
    conditions.iter().any(|one| text(one, "type") == name && text(one, "status") == "True")
}

pub(super) fn pod(object: &Value, _: &[&Value]) -> Vec<String> {
    let containers = object.at("spec.containers").map(Value::items).unwrap_or_default().len();
    let ready = if condition(object, "Ready") { containers } else { 0 };
    let statuses = object.at("status.containerStatuses").map(Value::items).unwrap_or_default();
    let restarts =
        statuses.iter().filter_map(|one| one.get("restartCount").and_then(Value::as_int)).fold(0, i64::saturating_add);
    let terminating = object.at("metadata.deletionTimestamp").is_some_and(|stamp| !stamp.is_null());
    let status = if terminating { "Terminating".to_string() } else { or_none(text(object, "status.phase")) };
    vec![
        text(object, "metadata.name"),
        format!("{ready}/{containers}"),
        status,
        restarts.to_string(),
        age(),
        or_none(text(object, "status.podIP")),
        or_none(text(object, "spec.nodeName")),
        "<none>".to_string(),
        "<none>".to_string(),
    ]
}

/// Ready and all pods that a workload's selector matches in its namespace.
fn pods_of(object: &Value, objects: &[&Value]) -> (usize, usize) {
    let namespace = text(object, "metadata.namespace");
    let labels = object.at("spec.selector.matchLabels").map(Value::members).unwrap_or_default();
    let mine: Vec<&&Value> = objects
        .iter()
        .filter(|pod| text(pod, "kind") == "Pod" && text(pod, "metadata.namespace") == namespace)
        .filter(|pod| {
            let has = pod.at("metadata.labels");
            !labels.is_empty() && labels.iter().all(|(k, v)| has.and_then(|l| l.get(k)) == Some(v))
        })
        .collect();
    (mine.iter().filter(|pod| condition(pod, "Ready")).count(), mine.len())
}

fn containers(object: &Value) -> [String; 2] {
    let containers = object.at("spec.template.spec.containers").map(Value::items).unwrap_or_default();
    let each = |field| containers.iter().map(|c| text(c, field)).collect::<Vec<_>>().join(",");
    [each("name"), each("image")]
}

pub(super) fn deployment(object: &Value, objects: &[&Value]) -> Vec<String> {
    let (ready, all) = pods_of(object, objects);
    let [names, images] = containers(object);
    vec![
        text(object, "metadata.name"),
        format!("{ready}/{}", number(object, "spec.replicas")),
        all.to_string(),
        ready.to_string(),
        age(),
        names,
        images,
        selector(object.at("spec.selector.matchLabels")),
    ]
}

pub(super) fn replica_set(object: &Value, objects: &[&Value]) -> Vec<String> {
    let (ready, all) = pods_of(object, objects);
    let [names, images] = containers(object);
    vec![
        text(object, "metadata.name"),
        number(object, "spec.replicas").to_string(),
        all.to_string(),
        ready.to_string(),
        age(),
        names,
        images,
        selector(object.at("spec.selector.matchLabels")),
    ]
}

pub(super) fn stateful_set(object: &Value, objects: &[&Value]) -> Vec<String> {
    let (ready, _) = pods_of(object, objects);
    let [names, images] = containers(object);
    vec![text(object, "metadata.name"), format!("{ready}/{}", number(object, "spec.replicas")), age(), names, images]
}

pub(super) fn daemon_set(object: &Value, objects: &[&Value]) -> Vec<String> {
    let (ready, all) = pods_of(object, objects);
    let [names, images] = containers(object);
    let (ready, all) = (ready.to_string(), all.to_string());
    vec![
        text(object, "metadata.name"),
        all.clone(),
        all.clone(),
        ready.clone(),
        all,
        ready,
        selector(object.at("spec.template.spec.nodeSelector")),
        age(),
        names,
        images,
        selector(object.at("spec.selector.matchLabels")),
    ]
}

pub(super) fn node(object: &Value, _: &[&Value]) -> Vec<String> {
    let conditions = object.at("status.conditions").map(Value::items).unwrap_or_default();
    let not_ready = conditions.iter().any(|one| text(one, "type") == "Ready" && text(one, "status") != "True");
    let mut status = if not_ready { "NotReady" } else { "Ready" }.to_string();
    if object.at("spec.unschedulable").and_then(Value::as_bool) == Some(true) {
        status.push_str(",SchedulingDisabled");
    }
    const ROLE: &str = "node-role.kubernetes.io/";
    let labels = object.at("metadata.labels").map(Value::members).unwrap_or_default();
    let mut roles: Vec<&str> = labels.iter().filter_map(|(key, _)| key.strip_prefix(ROLE)).collect();
    sort::natural(&mut roles);
    let address = |kind: &str| {
        let all = object.at("status.addresses").map(Value::items).unwrap_or_default();
        or_none(all.iter().find(|a| text(a, "type") == kind).map(|a| text(a, "address")).unwrap_or_default())
    };
    vec![
        text(object, "metadata.name"),
        status,
        or_none(roles.join(",")),
        age(),
        text(object, "status.nodeInfo.kubeletVersion"),
        address("InternalIP"),
        address("ExternalIP"),
    ]
}

pub(super) fn namespace(object: &Value, _: &[&Value]) -> Vec<String> {
    let phase = text(object, "status.phase");
    let phase = if phase.is_empty() { "Active".to_string() } else { phase };
    vec![text(object, "metadata.name"), phase, age()]
}
