//! Pods for Services that have none, where somebody asks for them: they listen on the target port and answer.

use crate::collections::Set;

use crate::apiserver::{Operation, Store};
use crate::cluster::Cluster;
use crate::controllers::endpointslice::wants_slices;
use crate::controllers::on_behalf;
use crate::controllers::workload::Workload;
use crate::objects::{ObjectRef, Origin, Service, ServiceType, TargetPort, Value};

use super::index::{PodIndex, matches};

/// How many pods a Service gets.
const REPLICAS: i64 = 3;
/// The ports that the names stand for which people give to target ports most.
const WELL_KNOWN: [(&str, i64); 5] =
    [("http", 8080), ("https", 8443), ("web", 8080), ("metrics", 9090), ("grpc", 50051)];

/// Services of the input whose selector matches no pod and no workload's template, and that have no endpoints; and
/// aliases in an input without any pod, where nobody could ask for them.
pub(super) fn candidates(cluster: &Cluster, workloads: &[Workload]) -> Vec<ObjectRef> {
    let index = PodIndex::new(&cluster.pods);
    let served: Set<(&str, &str)> = cluster
        .slices
        .iter()
        .filter(|slice| !slice.endpoints.is_empty())
        .map(|slice| (slice.meta.namespace.as_str(), slice.service.as_str()))
        .collect();
    let nobody = nobody(cluster, workloads);
    let lacks = |service: &&Service| {
        if service.service_type == ServiceType::ExternalName {
            return nobody && service.meta.origin != Origin::Cluster;
        }
        service.meta.origin != Origin::Cluster
            && wants_slices(service)
            && !served.contains(&(service.meta.namespace.as_str(), service.meta.name.as_str()))
            && index.select(service).0.is_empty()
            && !workloads.iter().any(|workload| {
                workload.meta.namespace == service.meta.namespace
                    && matches(&service.selector, &workload.template.pod.meta.labels)
            })
    };
    cluster.services.iter().filter(lacks).map(|service| service.meta.reference()).collect()
}

/// Whether the input brings no pods at all, so that there is nobody inside who could send.
fn nobody(cluster: &Cluster, workloads: &[Workload]) -> bool {
    cluster.pods.iter().all(|pod| pod.meta.namespace == "kube-system")
        && workloads.iter().all(|workload| workload.meta.namespace == "kube-system")
}

/// Stores a Deployment for each of these Services, and a pod to send from where the input has none.
pub(super) fn add(store: &mut Store, cluster: &Cluster, workloads: &[Workload], candidates: &[ObjectRef]) {
    let services = || candidates.iter().filter_map(|name| cluster.service(name));
    if nobody(cluster, workloads)
        && let Some(service) = services().next()
    {
        let origin = on_behalf(&service.meta.origin, "");
        store.request(Operation::Create, client(&service.meta.namespace), origin);
    }
    for service in services().filter(|service| !service.selector.is_empty() && wants_slices(service)) {
        let origin = on_behalf(&service.meta.origin, "spec.selector");
        let mut name = service.meta.name.clone();
        if store.get("Deployment", &service.meta.namespace, &name).is_some() {
            name.push_str("-demo");
        }
        store.request(Operation::Create, deployment(service, name), origin);
    }
}

/// A pod that only sends.
fn client(namespace: &str) -> Value {
    let container = Value::object([("name", Value::from("client")), ("image", "demo".into())]);
    let metadata = Value::object([
        ("name", Value::from("client")),
        ("namespace", namespace.into()),
        ("labels", Value::object([("portolan.dev/role", Value::from("client"))])),
        ("annotations", Value::object([("portolan.dev/demo", Value::from("true"))])),
    ]);
    Value::object([
        ("apiVersion", Value::from("v1")),
        ("kind", "Pod".into()),
        ("metadata", metadata),
        ("spec", Value::object([("containers", Value::Array(vec![container]))])),
    ])
}

fn deployment(service: &Service, name: String) -> Value {
    let labels =
        Value::Object(service.selector.iter().map(|(key, value)| (key.clone(), value.as_str().into())).collect());
    let ports = service.ports.iter().map(|port| {
        let mut value = Value::Object(Vec::new());
        match &port.target_port {
            TargetPort::Name(name) => {
                let known = WELL_KNOWN.iter().find(|(known, _)| known == name).map(|(_, number)| *number);
                value.set("name", name.as_str().into());
                value.set("containerPort", Value::Int(known.unwrap_or(i64::from(port.port))));
            }
            TargetPort::Number(number) => value.set("containerPort", Value::Int(i64::from(*number))),
        }
        value.set("protocol", port.protocol.as_str().into());
        value
    });
    let container = Value::object([
        ("name", Value::from("demo")),
        ("image", "demo".into()),
        ("ports", Value::Array(ports.collect())),
    ]);
    let annotations = Value::object([("portolan.dev/demo", Value::from("true"))]);
    let pod_meta = Value::object([("labels", labels.clone()), ("annotations", annotations.clone())]);
    let pod = Value::object([("containers", Value::Array(vec![container]))]);
    let metadata = Value::object([
        ("name", Value::from(name)),
        ("namespace", service.meta.namespace.as_str().into()),
        ("labels", labels.clone()),
        ("annotations", annotations),
    ]);
    let spec = Value::object([
        ("replicas", Value::Int(REPLICAS)),
        ("selector", Value::object([("matchLabels", labels)])),
        ("template", Value::object([("metadata", pod_meta), ("spec", pod)])),
    ]);
    Value::object([
        ("apiVersion", Value::from("apps/v1")),
        ("kind", "Deployment".into()),
        ("metadata", metadata),
        ("spec", spec),
    ])
}
