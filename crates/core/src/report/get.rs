//! `portolan get`: the tables kubectl prints (printers/internalversion/printers.go), made from stored objects.

use super::table::Table;
use crate::objects::Value;
use crate::sort;

/// Which namespaces to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One.
    Namespace(String),
    /// All, with a NAMESPACE column.
    All,
}

/// Why there is nothing to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GetError {
    /// The server has no such resource type.
    UnknownKind(String),
    /// The kind is known, but nothing is stored; the text is kubectl's.
    Nothing(String),
}

struct Resource {
    kind: &'static str,
    names: &'static [&'static str],
    namespaced: bool,
    header: &'static [&'static str],
    wide: &'static [&'static str],
    cells: fn(&Value, &[&Value]) -> Vec<String>,
}

const RESOURCES: &[Resource] = &[
    Resource {
        kind: "Service",
        names: &["services", "service", "svc"],
        namespaced: true,
        header: &["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"],
        wide: &["SELECTOR"],
        cells: service,
    },
    Resource {
        kind: "EndpointSlice",
        names: &["endpointslices", "endpointslice"],
        namespaced: true,
        header: &["NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"],
        wide: &[],
        cells: endpoint_slice,
    },
    Resource {
        kind: "Endpoints",
        names: &["endpoints", "ep"],
        namespaced: true,
        header: &["NAME", "ENDPOINTS", "AGE"],
        wide: &[],
        cells: endpoints,
    },
    Resource {
        kind: "Pod",
        names: &["pods", "pod", "po"],
        namespaced: true,
        header: &["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
        wide: &["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
        cells: pod,
    },
    Resource {
        kind: "Deployment",
        names: &["deployments", "deployment", "deploy"],
        namespaced: true,
        header: &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
        wide: &["CONTAINERS", "IMAGES", "SELECTOR"],
        cells: deployment,
    },
    Resource {
        kind: "ReplicaSet",
        names: &["replicasets", "replicaset", "rs"],
        namespaced: true,
        header: &["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
        wide: &["CONTAINERS", "IMAGES", "SELECTOR"],
        cells: replica_set,
    },
    Resource {
        kind: "StatefulSet",
        names: &["statefulsets", "statefulset", "sts"],
        namespaced: true,
        header: &["NAME", "READY", "AGE"],
        wide: &["CONTAINERS", "IMAGES"],
        cells: stateful_set,
    },
    Resource {
        kind: "DaemonSet",
        names: &["daemonsets", "daemonset", "ds"],
        namespaced: true,
        header: &["NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"],
        wide: &["CONTAINERS", "IMAGES", "SELECTOR"],
        cells: daemon_set,
    },
    Resource {
        kind: "Node",
        names: &["nodes", "node", "no"],
        namespaced: false,
        header: &["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
        wide: &["INTERNAL-IP", "EXTERNAL-IP"],
        cells: node,
    },
    Resource {
        kind: "Namespace",
        names: &["namespaces", "namespace", "ns"],
        namespaced: false,
        header: &["NAME", "STATUS", "AGE"],
        wide: &[],
        cells: namespace,
    },
];

/// The kubectl table of `kind` (any of its names), of `objects`; `wide` adds the columns of `-o wide`.
pub fn get(objects: &[&Value], kind: &str, scope: &Scope, wide: bool) -> Result<String, GetError> {
    let resource = find(kind)?;
    let chosen = select(objects, resource, scope)?;
    let all = matches!(scope, Scope::All) && resource.namespaced;
    let mut header: Vec<&'static str> = Vec::new();
    header.extend(all.then_some("NAMESPACE"));
    header.extend(resource.header);
    header.extend(if wide { resource.wide } else { &[] });
    let columns = header.len();
    let mut table = Table::new(&header);
    for object in chosen {
        let mut cells = Vec::new();
        cells.extend(all.then(|| text(object, "metadata.namespace")));
        cells.extend((resource.cells)(object, objects));
        cells.truncate(columns);
        table.row(cells);
    }
    Ok(table.print())
}

/// The objects that [`get`] would print, for `-o json` and `-o yaml`.
pub fn get_objects<'a>(objects: &[&'a Value], kind: &str, scope: &Scope) -> Result<Vec<&'a Value>, GetError> {
    select(objects, find(kind)?, scope)
}

fn find(kind: &str) -> Result<&'static Resource, GetError> {
    let lower = kind.to_ascii_lowercase();
    RESOURCES
        .iter()
        .find(|resource| resource.names.contains(&lower.as_str()))
        .ok_or_else(|| GetError::UnknownKind(kind.to_string()))
}

fn select<'a>(objects: &[&'a Value], resource: &Resource, scope: &Scope) -> Result<Vec<&'a Value>, GetError> {
    let wanted = |object: &Value| {
        text(object, "kind") == resource.kind
            && match scope {
                Scope::Namespace(namespace) if resource.namespaced => text(object, "metadata.namespace") == *namespace,
                _ => true,
            }
    };
    let mut chosen: Vec<&Value> = objects.iter().copied().filter(|object| wanted(object)).collect();
    sort::by_key(&mut chosen, |object| (text(object, "metadata.namespace"), text(object, "metadata.name")));
    if chosen.is_empty() {
        return Err(GetError::Nothing(match scope {
            Scope::Namespace(namespace) if resource.namespaced => {
                format!("No resources found in {namespace} namespace.")
            }
            _ => "No resources found".to_string(),
        }));
    }
    Ok(chosen)
}

fn text(object: &Value, path: &str) -> String {
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

fn service(object: &Value, _: &[&Value]) -> Vec<String> {
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

fn endpoint_slice(object: &Value, _: &[&Value]) -> Vec<String> {
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

fn endpoints(object: &Value, _: &[&Value]) -> Vec<String> {
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

fn pod(object: &Value, _: &[&Value]) -> Vec<String> {
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

fn deployment(object: &Value, objects: &[&Value]) -> Vec<String> {
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

fn replica_set(object: &Value, objects: &[&Value]) -> Vec<String> {
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

fn stateful_set(object: &Value, objects: &[&Value]) -> Vec<String> {
    let (ready, _) = pods_of(object, objects);
    let [names, images] = containers(object);
    vec![text(object, "metadata.name"), format!("{ready}/{}", number(object, "spec.replicas")), age(), names, images]
}

fn daemon_set(object: &Value, objects: &[&Value]) -> Vec<String> {
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

fn node(object: &Value, _: &[&Value]) -> Vec<String> {
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

fn namespace(object: &Value, _: &[&Value]) -> Vec<String> {
    let phase = text(object, "status.phase");
    let phase = if phase.is_empty() { "Active".to_string() } else { phase };
    vec![text(object, "metadata.name"), phase, age()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service_of(service_type: &str, ingress: Option<&str>) -> Value {
        let ingress = ingress.map(|ip| Value::Array(vec![Value::object([("ip", ip.into())])]));
        let port = Value::object([("protocol", "TCP".into()), ("port", 80.into()), ("nodePort", 30100.into())]);
        Value::object([
            ("kind", "Service".into()),
            ("metadata", Value::object([("name", "np".into()), ("namespace", "default".into())])),
            (
                "spec",
                Value::object([
                    ("type", service_type.into()),
                    ("clusterIP", "10.111.108.226".into()),
                    ("ports", Value::Array(vec![port])),
                ]),
            ),
            ("status", Value::object([("loadBalancer", Value::object([("ingress", ingress.unwrap_or_default())]))])),
        ])
    }

    #[test]
    fn services_print_as_kubectl_prints_them() {
        let object = service_of("NodePort", None);
        let text = get(&[&object], "svc", &Scope::Namespace("default".into()), false).unwrap();
        assert_eq!(
            text,
            "NAME   TYPE       CLUSTER-IP       EXTERNAL-IP   PORT(S)        AGE\n\
             np     NodePort   10.111.108.226   <none>        80:30100/TCP   <unknown>\n"
        );
    }

    #[test]
    fn a_balancer_without_an_address_is_pending() {
        let cell = |ingress| service(&service_of("LoadBalancer", ingress), &[])[3].clone();
        assert_eq!(cell(None), "<pending>");
        assert_eq!(cell(Some("203.0.113.7")), "203.0.113.7");
    }

    #[test]
    fn an_unknown_kind_and_an_empty_namespace_are_told_apart() {
        let scope = Scope::Namespace("shop".into());
        assert_eq!(get(&[], "widgets", &scope, false), Err(GetError::UnknownKind("widgets".into())));
        let nothing = GetError::Nothing("No resources found in shop namespace.".into());
        assert_eq!(get(&[], "svc", &scope, false), Err(nothing));
    }
}
