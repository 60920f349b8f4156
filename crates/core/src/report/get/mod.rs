//! `portolan get`: the tables kubectl prints (printers/internalversion/printers.go), made from stored objects.

mod cells;

use super::table::Table;
use crate::objects::Value;
use crate::sort;
use cells::text;

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
    /// Plural, singular, short.
    names: &'static [&'static str],
    /// What stands before a name where several kinds are shown.
    prefix: &'static str,
    namespaced: bool,
    header: &'static [&'static str],
    wide: &'static [&'static str],
    cells: fn(&Value, &[&Value]) -> Vec<String>,
}

const RESOURCES: &[Resource] = &[
    Resource {
        kind: "Service",
        names: &["services", "service", "svc"],
        prefix: "service",
        namespaced: true,
        header: &["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORT(S)", "AGE"],
        wide: &["SELECTOR"],
        cells: cells::service,
    },
    Resource {
        kind: "EndpointSlice",
        names: &["endpointslices", "endpointslice"],
        prefix: "endpointslice.discovery.k8s.io",
        namespaced: true,
        header: &["NAME", "ADDRESSTYPE", "PORTS", "ENDPOINTS", "AGE"],
        wide: &[],
        cells: cells::endpoint_slice,
    },
    Resource {
        kind: "Endpoints",
        names: &["endpoints", "ep"],
        prefix: "endpoints",
        namespaced: true,
        header: &["NAME", "ENDPOINTS", "AGE"],
        wide: &[],
        cells: cells::endpoints,
    },
    Resource {
        kind: "Pod",
        names: &["pods", "pod", "po"],
        prefix: "pod",
        namespaced: true,
        header: &["NAME", "READY", "STATUS", "RESTARTS", "AGE"],
        wide: &["IP", "NODE", "NOMINATED NODE", "READINESS GATES"],
        cells: cells::pod,
    },
    Resource {
        kind: "Deployment",
        names: &["deployments", "deployment", "deploy"],
        prefix: "deployment.apps",
        namespaced: true,
        header: &["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"],
        wide: &["CONTAINERS", "IMAGES", "SELECTOR"],
        cells: cells::deployment,
    },
    Resource {
        kind: "ReplicaSet",
        names: &["replicasets", "replicaset", "rs"],
        prefix: "replicaset.apps",
        namespaced: true,
        header: &["NAME", "DESIRED", "CURRENT", "READY", "AGE"],
        wide: &["CONTAINERS", "IMAGES", "SELECTOR"],
        cells: cells::replica_set,
    },
    Resource {
        kind: "StatefulSet",
        names: &["statefulsets", "statefulset", "sts"],
        prefix: "statefulset.apps",
        namespaced: true,
        header: &["NAME", "READY", "AGE"],
        wide: &["CONTAINERS", "IMAGES"],
        cells: cells::stateful_set,
    },
    Resource {
        kind: "DaemonSet",
        names: &["daemonsets", "daemonset", "ds"],
        prefix: "daemonset.apps",
        namespaced: true,
        header: &["NAME", "DESIRED", "CURRENT", "READY", "UP-TO-DATE", "AVAILABLE", "NODE SELECTOR", "AGE"],
        wide: &["CONTAINERS", "IMAGES", "SELECTOR"],
        cells: cells::daemon_set,
    },
    Resource {
        kind: "Node",
        names: &["nodes", "node", "no"],
        prefix: "node",
        namespaced: false,
        header: &["NAME", "STATUS", "ROLES", "AGE", "VERSION"],
        wide: &["INTERNAL-IP", "EXTERNAL-IP"],
        cells: cells::node,
    },
    Resource {
        kind: "Namespace",
        names: &["namespaces", "namespace", "ns"],
        prefix: "namespace",
        namespaced: false,
        header: &["NAME", "STATUS", "AGE"],
        wide: &[],
        cells: cells::namespace,
    },
];

/// What `kubectl get all` shows, in its order.
const ALL: [&str; 6] = ["pods", "services", "daemonsets", "deployments", "replicasets", "statefulsets"];

/// The kubectl table of `kind` (any of its names; several separated by commas; `all`), of `objects`; `wide` adds the
/// columns of `-o wide`.
pub fn get(objects: &[&Value], kind: &str, scope: &Scope, wide: bool) -> Result<String, GetError> {
    let resources = find(kind)?;
    let prefixed = resources.len() > 1;
    let mut tables = Vec::new();
    for resource in resources {
        let chosen = select(objects, resource, scope);
        if !chosen.is_empty() {
            tables.push(table(objects, resource, &chosen, scope, wide, prefixed));
        }
    }
    // kubectl puts an empty line between tables.
    if tables.is_empty() { Err(nothing(kind, scope)) } else { Ok(tables.join("\n")) }
}

fn table(
    objects: &[&Value],
    resource: &Resource,
    chosen: &[&Value],
    scope: &Scope,
    wide: bool,
    prefixed: bool,
) -> String {
    let all = matches!(scope, Scope::All) && resource.namespaced;
    let mut header: Vec<&'static str> = Vec::new();
    header.extend(all.then_some("NAMESPACE"));
    header.extend(resource.header);
    header.extend(if wide { resource.wide } else { &[] });
    let columns = header.len();
    let mut table = Table::new(&header);
    for object in chosen {
        let mut own = (resource.cells)(object, objects);
        if let Some(name) = own.first_mut().filter(|_| prefixed) {
            *name = format!("{}/{name}", resource.prefix);
        }
        let mut cells = Vec::new();
        cells.extend(all.then(|| text(object, "metadata.namespace")));
        cells.extend(own);
        cells.truncate(columns);
        table.row(cells);
    }
    table.print()
}

/// The objects that [`get`] would print, for `-o json` and `-o yaml`.
pub fn get_objects<'a>(objects: &[&'a Value], kind: &str, scope: &Scope) -> Result<Vec<&'a Value>, GetError> {
    let chosen: Vec<&Value> = find(kind)?.into_iter().flat_map(|resource| select(objects, resource, scope)).collect();
    if chosen.is_empty() { Err(nothing(kind, scope)) } else { Ok(chosen) }
}

/// The resources that a word names, each once.
fn find(kinds: &str) -> Result<Vec<&'static Resource>, GetError> {
    let lower = kinds.to_ascii_lowercase();
    let words = lower.split(',').flat_map(|word| if word == "all" { ALL.to_vec() } else { vec![word] });
    let mut found: Vec<&'static Resource> = Vec::new();
    for word in words {
        let resource = RESOURCES.iter().find(|resource| resource.names.contains(&word));
        let resource = resource.ok_or_else(|| GetError::UnknownKind(word.to_string()))?;
        if !found.iter().any(|one| one.kind == resource.kind) {
            found.push(resource);
        }
    }
    Ok(found)
}

fn nothing(kinds: &str, scope: &Scope) -> GetError {
    let namespaced = find(kinds).is_ok_and(|resources| resources.iter().all(|resource| resource.namespaced));
    GetError::Nothing(match scope {
        Scope::Namespace(namespace) if namespaced => format!("No resources found in {namespace} namespace."),
        _ => "No resources found".to_string(),
    })
}

fn select<'a>(objects: &[&'a Value], resource: &Resource, scope: &Scope) -> Vec<&'a Value> {
    let wanted = |object: &Value| {
        text(object, "kind") == resource.kind
            && match scope {
                Scope::Namespace(namespace) if resource.namespaced => text(object, "metadata.namespace") == *namespace,
                _ => true,
            }
    };
    let mut chosen: Vec<&Value> = objects.iter().copied().filter(|object| wanted(object)).collect();
    sort::by_key(&mut chosen, |object| (text(object, "metadata.namespace"), text(object, "metadata.name")));
    chosen
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
        let cell = |ingress| cells::service(&service_of("LoadBalancer", ingress), &[])[3].clone();
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

    #[test]
    fn several_kinds_are_tables_with_the_kind_before_the_name() {
        let service = service_of("NodePort", None);
        let namespace =
            Value::object([("kind", "Namespace".into()), ("metadata", Value::object([("name", "default".into())]))]);
        let objects = [&service, &namespace];
        let scope = Scope::Namespace("default".into());
        let text = get(&objects, "svc,ns", &scope, false).unwrap();
        assert_eq!(
            text,
            "NAME         TYPE       CLUSTER-IP       EXTERNAL-IP   PORT(S)        AGE\n\
             service/np   NodePort   10.111.108.226   <none>        80:30100/TCP   <unknown>\n\n\
             NAME                STATUS   AGE\n\
             namespace/default   Active   <unknown>\n"
        );
        assert!(get(&objects, "all", &scope, false).unwrap().contains("\nservice/np "));
        assert_eq!(get_objects(&objects, "all", &scope).unwrap().len(), 1);
        let unknown = GetError::UnknownKind("widgets".into());
        assert_eq!(get(&objects, "svc,widgets", &scope, false), Err(unknown));
    }
}
