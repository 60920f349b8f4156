use super::*;
use crate::objects::{Listen, to_value};
use crate::yaml::{Limits, read};

fn value(text: &str) -> Value {
    to_value(&read(text, 0, 0, &Limits::default()).documents[0].root)
}

#[test]
fn a_service_keeps_what_traffic_depends_on() {
    let service = Service::from_value(
        &value(
            "metadata: {name: web, namespace: shop, annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: '10.0.0.0/8, 1.2.3.4/32'}}\n\
             spec:\n  type: LoadBalancer\n  clusterIP: 10.96.0.10\n  clusterIPs: [10.96.0.10, 'fd00::a']\n  ipFamilies: [IPv4, IPv6]\n  \
             selector: {app: web}\n  externalTrafficPolicy: Local\n  sessionAffinity: ClientIP\n  \
             sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}\n  \
             ports: [{name: http, port: 80, targetPort: web, nodePort: 30080}, {name: dns, protocol: UDP, port: 53}]\n\
             status: {loadBalancer: {ingress: [{ip: 203.0.113.9, ipMode: Proxy}]}}\n",
        ),
        Origin::Cluster,
    );
    assert_eq!((service.meta.reference().to_string().as_str(), service.cluster_ips.len()), ("shop/web", 2));
    assert_eq!((service.affinity_seconds, service.source_ranges.len()), (Some(60), 2));
    assert_eq!(service.ports[0].target_port, TargetPort::Name("web".into()));
    assert_eq!((service.ports[1].target_port.clone(), service.ports[1].node_port), (TargetPort::Number(53), None));
    assert_eq!(service.ingress[0].ip_mode, IpMode::Proxy);
    assert_eq!(service.external_traffic_policy, TrafficPolicy::Local);
}

#[test]
fn what_a_pod_listens_on_is_said_by_annotation_then_by_ports() {
    let listen = |text: &str| Pod::from_value(&value(text), Origin::Cluster).listen;
    assert_eq!(listen("metadata: {name: a}\nspec: {containers: [{name: a}]}"), Listen::Any);
    let declared = "spec:\n  containers:\n  - {name: a, ports: [{containerPort: 8080}], readinessProbe: {httpGet: {port: 9090}}}\n  \
                    initContainers: [{name: s, restartPolicy: Always, ports: [{containerPort: 53, protocol: UDP}]}, {name: i, ports: [{containerPort: 1}]}]\n";
    assert_eq!(
        listen(declared),
        Listen::Ports(vec![(Protocol::Tcp, 8080, false), (Protocol::Tcp, 9090, false), (Protocol::Udp, 53, false)])
    );
    let annotated = format!("metadata: {{annotations: {{portolan.dev/listen: '127.0.0.1:8080'}}}}\n{declared}");
    assert_eq!(listen(&annotated), Listen::Ports(vec![(Protocol::Tcp, 8080, true)]));
}

#[test]
fn nonsense_is_left_out_without_a_panic() {
    let odd = value(
        "metadata: [1]\nspec: {ports: [{port: -1}, 5, null, {port: 99999}], clusterIPs: [x, 5], podCIDRs: [x], containers: {a: b}, taints: [1]}\n\
         status: {podIPs: [x], addresses: {}, conditions: 5}\nendpoints: [5, {addresses: x}]\nports: {a: 1}\n",
    );
    for value in [odd, Value::Null, Value::Int(1), Value::Array(vec![Value::Null])] {
        assert!(Service::from_value(&value, Origin::Cluster).ports.is_empty());
        let _ = Pod::from_value(&value, Origin::Cluster);
        let _ = Node::from_value(&value, Origin::Cluster);
        let _ = EndpointSlice::from_value(&value, Origin::Cluster);
        let _ = ObjectMeta::from_value(&value, Origin::Cluster);
    }
}
