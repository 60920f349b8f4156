use super::*;
use crate::apiserver::Outcome;
use crate::diagnostic::Severity;
use crate::objects::Pod;
use crate::packet::FieldRef;

fn world_of(text: &str, options: &LoadOptions) -> World {
    World::load(&[Input { name: "-".to_string(), text: text.to_string() }], options)
}

fn world(text: &str) -> World {
    world_of(text, &LoadOptions::default())
}

fn pods<'a>(world: &'a World, namespace: &str) -> Vec<&'a Pod> {
    world.cluster().pods.iter().filter(|pod| pod.meta.namespace == namespace).collect()
}

/// `service: address address ...` for each slice of a namespace.
fn slices(world: &World, namespace: &str) -> Vec<String> {
    let of = world.cluster().slices.iter().filter(|slice| slice.meta.namespace == namespace);
    of.map(|slice| {
        let addresses: Vec<String> =
            slice.endpoints.iter().flat_map(|endpoint| &endpoint.addresses).map(ToString::to_string).collect();
        format!("{}: {}", slice.service, addresses.join(" "))
    })
    .collect()
}

fn codes(world: &World) -> Vec<&'static str> {
    world.diagnostics().iter().map(|one| one.code).collect()
}

const SERVICE: &str = "
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: http}]
";
const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: c
        image: nginx
        ports: [{name: http, containerPort: 8080}]
";

fn shop() -> String {
    format!("{SERVICE}---{DEPLOYMENT}")
}

#[test]
fn a_service_and_a_deployment_become_pods_and_a_slice() {
    let world = world(&shop());
    assert_eq!(pods(&world, "default").len(), 3);
    assert_eq!(
        slices(&world, "default"),
        ["kubernetes: 172.30.0.10", "web: 10.244.1.2 10.244.2.2 10.244.3.2"].map(String::from)
    );
    let slice = &world.cluster().slices_of(&ObjectRef::new("default", "web")).next().map(|slice| slice.ports[0].port);
    assert_eq!(*slice, Some(Some(8080)));
    assert!(world.diagnostics().is_empty(), "{:?}", world.diagnostics());
}

#[test]
fn the_cluster_has_dns_at_the_tenth_address() {
    let world = world("");
    let dns = world.cluster().service(&ObjectRef::new("kube-system", "kube-dns"));
    assert_eq!(dns.and_then(|dns| dns.cluster_ip()).map(|ip| ip.to_string()).as_deref(), Some("10.96.0.10"));
    assert_eq!(slices(&world, "kube-system"), ["kube-dns: 10.244.0.2 10.244.0.3".to_string()]);
    assert_eq!(world.cluster().nodes.len(), 4);
}

#[test]
fn the_same_input_gives_the_same_world_and_an_edit_below_moves_nothing_above() {
    let one = world(&shop());
    let more = world(&format!("{}---{}", shop(), DEPLOYMENT.replace("web", "api")));
    let before: Vec<&Pod> = pods(&one, "default");
    for pod in before {
        assert_eq!(more.cluster().pod(&pod.meta.reference()), Some(pod));
    }
    assert_eq!(one.stored(), world(&shop()).stored());
}

#[test]
fn every_object_has_an_answer_in_order_and_a_broken_document_costs_only_itself() {
    let text =
        format!("{SERVICE}---\na: [\n---\nkind: Widget\napiVersion: x.io/v1\nmetadata: {{name: w}}\n---{DEPLOYMENT}");
    let world = world(&text);
    let told: Vec<(usize, &str, bool)> = world
        .answers()
        .iter()
        .map(|answer| (answer.document, answer.kind.as_str(), matches!(answer.outcome, Outcome::Stored(_))))
        .collect();
    assert_eq!(told, [(0, "Service", true), (1, "", false), (2, "Widget", false), (3, "Deployment", true)]);
    assert_eq!(codes(&world), ["yaml-syntax", "kind-not-modelled"]);
    assert_eq!(pods(&world, "default").len(), 3);
}

#[test]
fn items_of_a_list_are_objects_with_a_path() {
    let world = world(
        "kind: List\napiVersion: v1\nitems:\n- {kind: Service, apiVersion: v1, metadata: {name: a}, spec: {ports: [{port: 80}]}}\n- {kind: Service, apiVersion: v1, metadata: {name: b}, spec: {ports: [{port: 0}]}}\n",
    );
    let paths: Vec<&str> = world.answers().iter().map(|answer| answer.path.as_str()).collect();
    assert_eq!(paths, ["items[0]", "items[1]"]);
    let error = world.diagnostics().iter().find(|one| one.field.as_deref() == Some("spec.ports[0].port"));
    assert_eq!(error.map(|error| error.severity), Some(Severity::Error));
    assert_eq!(error.map(|error| world.source(error.document).lines.line(error.span.start)), Some(5));
}

#[test]
fn fields_lead_back_to_the_line_even_of_pods_that_a_controller_made() {
    let world = world(&shop());
    let line = |kind: &'static str, object: ObjectRef, path: &str| {
        world.line_of(&FieldRef { kind, object, path: path.to_string() })
    };
    let web = || ObjectRef::new("default", "web");
    assert_eq!(line("Service", web(), "spec.ports[0].targetPort"), Some(7));
    let pod = pods(&world, "default")[0].meta.reference();
    assert_eq!(line("Pod", pod, "spec.containers[0].ports[0].containerPort"), Some(21));
    assert_eq!(line("Service", ObjectRef::new("default", "kubernetes"), "spec"), None);
    assert_eq!(line("KubeProxyConfiguration", ObjectRef::default(), "mode"), None);
}

#[test]
fn pods_of_a_dump_keep_their_place_and_nodes_that_they_name_exist() {
    let text = format!(
        "{SERVICE}---
apiVersion: v1
kind: Pod
metadata: {{name: web-1, labels: {{app: web}}}}
spec: {{nodeName: kind-worker, containers: [{{name: c, image: x, ports: [{{name: http, containerPort: 80}}]}}]}}
status: {{phase: Running, podIP: 10.244.7.3, podIPs: [{{ip: 10.244.7.3}}], hostIP: 192.0.2.7, conditions: [{{type: Ready, status: 'True'}}]}}
"
    );
    let world = world(&text);
    assert_eq!(slices(&world, "default")[1], "web: 10.244.7.3");
    let node = world.cluster().node("kind-worker");
    assert_eq!(node.and_then(|node| node.primary_ip()).map(|ip| ip.to_string()).as_deref(), Some("192.0.2.7"));
    assert_eq!(node.map(|node| node.pod_cidrs[0].to_string()).as_deref(), Some("10.244.7.0/24"));
}

#[test]
fn an_update_leaves_behind_what_a_real_one_does() {
    let patch = "# op: patch\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: null}\n";
    let world = world(&format!("{}---\n{patch}", shop()));
    let web: Vec<String> = slices(&world, "default").into_iter().filter(|slice| slice.starts_with("web")).collect();
    // The controller's own slice, and the mirror of the Endpoints object that stays.
    assert_eq!(web.len(), 2);
    assert_eq!(web[0], web[1]);
}

#[test]
fn deleting_a_service_takes_its_slices_along() {
    let delete = "# op: delete\napiVersion: v1\nkind: Service\nmetadata: {name: web}\n";
    let world = world(&format!("{}---\n{delete}", shop()));
    assert_eq!(slices(&world, "default"), ["kubernetes: 172.30.0.10".to_string()]);
}

#[test]
fn endpoints_of_a_service_without_selector_are_mirrored() {
    let world = world(
        "apiVersion: v1
kind: Service
metadata: {name: db}
spec: {ports: [{port: 5432}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: db}
subsets: [{addresses: [{ip: 192.0.2.9}], ports: [{port: 5432}]}]
",
    );
    assert_eq!(slices(&world, "default")[0], "db: 192.0.2.9");
}

#[test]
fn the_endpoints_controller_writes_over_endpoints_of_a_service_with_a_selector() {
    let own = "---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: web, labels: {own: x}, annotations: {kept: x}}\n\
               subsets: [{addresses: [{ip: 192.0.2.9}], ports: [{port: 5432}]}]\n";
    let world = world(&format!("{}{own}", shop()));
    let stored = world.stored();
    let of_web = |value: &&&Value| {
        value.get("kind").and_then(Value::as_str) == Some("Endpoints")
            && value.at("metadata.name").and_then(Value::as_str) == Some("web")
    };
    let found: Vec<&&Value> = stored.iter().filter(of_web).collect();
    assert_eq!(found.len(), 1);
    let text = found[0].to_json();
    assert!(!text.contains("192.0.2.9") && !text.contains("own") && text.contains("10.244."), "{text}");
    assert!(text.contains("kept") && text.contains("endpoint-controller"), "{text}");
}

#[test]
fn a_balancer_gives_an_address_unless_there_is_none() {
    let text = SERVICE.replace("spec:", "spec:\n  type: LoadBalancer");
    let with = world(&text);
    let web = ObjectRef::new("default", "web");
    let ip = with.cluster().service(&web).and_then(|service| service.ingress.first()?.ip);
    assert!(ip.is_some_and(|ip| ip.to_string().starts_with("203.0.113.")), "{ip:?}");
    let printed =
        with.stored().iter().find_map(|value| value.at("status.loadBalancer.ingress.0.ip")?.as_str().map(String::from));
    assert_eq!(printed, ip.map(|ip| ip.to_string()));
    let scenario = "---\nkind: Scenario\napiVersion: portolan.dev/v1alpha1\nspec: {loadBalancers: false}\n";
    let without = world(&format!("{text}{scenario}"));
    assert!(without.cluster().service(&web).is_some_and(|service| service.ingress.is_empty()));
    assert_eq!(without.scenario().and_then(|scenario| scenario.load_balancers), Some(false));
}

#[test]
fn demo_pods_are_offered_where_nothing_matches_and_made_when_asked_for() {
    let web = ObjectRef::new("default", "web");
    assert_eq!(world(SERVICE).demo_candidates(), std::slice::from_ref(&web));
    assert!(world(&shop()).demo_candidates().is_empty());
    let none = world(&shop().replace("replicas: 3", "replicas: 0"));
    assert!(none.demo_candidates().is_empty());
    let options = LoadOptions { demo_pods: true, ..LoadOptions::default() };
    let demo = world_of(SERVICE, &options);
    assert_eq!(pods(&demo, "default").len(), 4, "three that answer, and a client");
    assert_eq!(slices(&demo, "default")[1], "web: 10.244.1.3 10.244.2.2 10.244.3.2");
    assert_eq!(demo.demo_candidates(), [web]);
}

#[test]
fn a_dump_is_taken_as_it_is() {
    let text = "
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, clusterIP: 10.96.7.7, clusterIPs: [10.96.7.7], ipFamilies: [IPv4], selector: {app: web}, ports: [{port: 80, targetPort: 8080, protocol: TCP}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-abcde, namespace: shop, labels: {kubernetes.io/service-name: web, endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io}}
addressType: IPv4
endpoints: [{addresses: [10.1.2.3], conditions: {ready: true}, nodeName: n1, zone: z1}]
ports: [{name: '', port: 8080, protocol: TCP}]
";
    let world = world_of(text, &LoadOptions { stored: true, ..LoadOptions::default() });
    assert_eq!(slices(&world, "shop"), ["web: 10.1.2.3".to_string()]);
    let service = world.cluster().service(&ObjectRef::new("shop", "web"));
    assert!(service.is_some_and(|service| service.ingress.is_empty()));
    assert_eq!(world.cluster().node("n1").and_then(|node| node.zone.as_deref()), Some("z1"));
    assert!(world.answers().iter().all(|answer| matches!(answer.outcome, Outcome::Stored(_))));
}

#[test]
fn a_dump_tells_its_ranges_by_its_addresses() {
    let dump = |node: &str| {
        format!(
            "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {{name: kubernetes, namespace: \
             default}}\n  spec: {{clusterIP: 10.43.0.1, clusterIPs: [10.43.0.1], ports: [{{port: 443}}]}}\n- apiVersion: v1\n  \
             kind: Pod\n  metadata: {{name: p}}\n  spec: {{nodeName: one, containers: [{{name: c, image: i}}]}}\n  status: \
             {{phase: Running, podIP: 10.42.1.7}}\n- apiVersion: v1\n  kind: Node\n  metadata: {{name: one}}\n  status: \
             {{addresses: [{{type: InternalIP, address: {node}}}]}}\n"
        )
    };
    let stored = LoadOptions { stored: true, ..LoadOptions::default() };
    let texts = |nets: &[crate::net::IpNet]| nets.iter().map(ToString::to_string).collect::<Vec<_>>();
    let world = world_of(&dump("192.168.0.4"), &stored);
    let settings = &world.cluster().settings;
    assert_eq!(texts(&settings.service_cidrs), ["10.43.0.0/24"]);
    assert_eq!(texts(&settings.proxy.cluster_cidrs), ["10.42.0.0/16"]);
    assert!(codes(&world).contains(&"settings-inferred"));
    let kube_dns = world.cluster().service(&ObjectRef::new("kube-system", "kube-dns"));
    assert_eq!(kube_dns.map(|service| service.cluster_ips[0].to_string()).as_deref(), Some("10.43.0.10"));
    // Pods in the nodes' own network: kube-proxy could not tell them by a range.
    let flat = world_of(&dump("10.42.9.9"), &stored);
    assert!(flat.cluster().settings.proxy.cluster_cidrs.is_empty());
    // Nobody asked for it, or somebody says it.
    assert!(!codes(&world_of(&dump("192.168.0.4"), &LoadOptions::default())).contains(&"settings-inferred"));
    let told = format!(
        "kind: ClusterConfiguration\napiVersion: kubeadm.k8s.io/v1beta4\nnetworking: {{serviceSubnet: 10.43.0.0/16, \
         podSubnet: 10.42.0.0/16}}\n---\n{}",
        dump("192.168.0.4")
    );
    let told = world_of(&told, &stored);
    assert_eq!(texts(&told.cluster().settings.service_cidrs), ["10.43.0.0/16"]);
    assert!(!codes(&told).contains(&"settings-inferred"));
}

#[test]
fn an_operation_that_nobody_knows_is_told() {
    let world = world("# op: replace\napiVersion: v1\nkind: Namespace\nmetadata: {name: one}\n");
    assert_eq!(codes(&world), ["unknown-operation"]);
}

#[test]
fn a_dump_that_is_not_taken_as_one_is_recognised_once() {
    let one = "apiVersion: v1\nkind: Node\nmetadata: {name: one, resourceVersion: \"5\"}\n";
    let world = world(&format!("{one}---\n{}", one.replace("name: one", "name: two")));
    assert_eq!(codes(&world).iter().filter(|code| **code == "exported").count(), 1);
}

#[test]
fn settings_count_wherever_they_stand() {
    let world = world(&format!(
        "{SERVICE}---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking: {{serviceSubnet: 10.50.0.0/16, podSubnet: 10.60.0.0/16, dnsDomain: example.org}}
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: nftables
"
    ));
    let settings = &world.cluster().settings;
    assert_eq!(settings.dns_domain, "example.org");
    assert_eq!(settings.proxy.mode, ProxyMode::Nftables);
    assert!(settings.proxy.cluster_cidrs.is_empty());
    let web = world.cluster().service(&ObjectRef::new("default", "web"));
    assert!(web.and_then(|web| web.cluster_ip()).is_some_and(|ip| ip.to_string().starts_with("10.50.")));
    let field = FieldRef { kind: "KubeProxyConfiguration", object: ObjectRef::default(), path: "mode".to_string() };
    assert_eq!(world.line_of(&field), Some(15));
}

#[test]
fn what_is_stored_is_the_input_first_and_each_object_once() {
    let world = world(&shop());
    let stored = world.stored();
    let kinds: Vec<&str> = stored.iter().filter_map(|value| value.get("kind")?.as_str()).collect();
    assert_eq!(kinds[..6], ["Service", "Deployment", "ReplicaSet", "ReplicaSet", "Pod", "Pod"]);
    let mut names: Vec<_> = stored
        .iter()
        .map(|value| (value.get("kind"), value.at("metadata.namespace"), value.at("metadata.name")))
        .map(|name| format!("{name:?}"))
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    for kind in ["EndpointSlice", "Endpoints", "Node", "Namespace"] {
        assert!(kinds.contains(&kind), "{kind}");
    }
}

#[test]
fn thousands_of_changes_do_not_take_for_ever_and_say_so() {
    let patch = "---\n# op: patch\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {}\n";
    let world = world(&format!("{}{}", shop(), patch.repeat(2000)));
    assert_eq!(world.answers().len(), 2002);
    assert_eq!(codes(&world), ["controllers-wait"]);
}

#[test]
fn a_few_lines_that_ask_for_millions_get_what_can_be_afforded() {
    let ports: Vec<String> = (1..5000).map(|port| format!("{{containerPort: {port}}}")).collect();
    let nodes: Vec<String> =
        (0..20).map(|node| format!("---\napiVersion: v1\nkind: Node\nmetadata: {{name: n{node}}}\n")).collect();
    let text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: 2000000000\n  \
         selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    \
         spec: {{containers: [{{name: c, image: i, ports: [{}]}}]}}\n---\napiVersion: v1\nkind: Service\n\
         metadata: {{name: web}}\nspec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}\n{}",
        ports.join(","),
        nodes.concat()
    );
    let world = world(&text);
    assert_eq!(codes(&world), ["too-many-pods", "too-many-endpoints"]);
    let endpoints: usize = world.cluster().slices.iter().map(|slice| slice.endpoints.len()).sum();
    assert!((100..500).contains(&endpoints), "{endpoints}");
    assert!((500..700).contains(&pods(&world, "default").len()));
}

#[test]
fn slices_of_very_many_ports_and_endpoints_are_cut() {
    let ports: Vec<String> = (1..2000).map(|port| format!("{{name: p{port}, port: {port}}}")).collect();
    let addresses: Vec<String> =
        (0..1000).map(|at| format!("{{addresses: [10.1.{}.{}]}}", at / 250, at % 250)).collect();
    let text = format!(
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: web-1, labels: \
         {{kubernetes.io/service-name: web}}}}\naddressType: IPv4\nports: [{}]\nendpoints: [{}]\n",
        ports.join(","),
        addresses.join(",")
    );
    let world = world(&text);
    assert_eq!(codes(&world), ["too-many-endpoints"]);
    let slice = world.cluster().slices.iter().find(|slice| slice.meta.name == "web-1");
    assert_eq!(slice.map(|slice| slice.endpoints.len()), Some(1_000_000 / 1999));
}

#[test]
fn no_pod_gets_an_address_that_endpoints_without_a_pod_have() {
    let text = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {podCIDR: 10.244.0.0/24}\n---\n\
        apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: web-1, labels: \
        {kubernetes.io/service-name: web}}\naddressType: IPv4\nports: [{port: 80}]\n\
        endpoints: [{addresses: [10.244.0.2]}, {addresses: [10.244.0.4]}]\n";
    for stored in [false, true] {
        let input = Input { name: "-".to_string(), text: text.to_string() };
        let world = World::load(&[input], &LoadOptions { stored, ..LoadOptions::default() });
        let mut addresses: Vec<String> =
            world.cluster().pods.iter().flat_map(|pod| &pod.ips).map(ToString::to_string).collect();
        addresses.sort();
        assert_eq!(addresses, ["10.244.0.3", "10.244.0.5"]);
    }
}

#[test]
fn nonsense_makes_a_world_too() {
    for text in
        ["", "---\n---\n", "\u{0}", "- 1\n- 2\n", "kind: List\nitems: 3\n", "kind: Pod\n", "a: &a [*a]", "kind: [x]\n"]
    {
        let world = world(text);
        assert!(!world.cluster().nodes.is_empty());
        let _ = world.stored();
    }
}

#[test]
fn demo_pods_bring_a_client_where_the_input_has_no_pod() {
    let alias =
        "apiVersion: v1\nkind: Service\nmetadata: {name: out}\nspec: {type: ExternalName, externalName: example.com}\n";
    let world = |text: &str, demo_pods| {
        let input = Input { name: "-".to_string(), text: text.to_string() };
        World::load(&[input], &LoadOptions { demo_pods, ..LoadOptions::default() })
    };
    let mine = |world: &World| -> Vec<String> {
        let pods = world.cluster().pods.iter().filter(|pod| pod.meta.namespace != "kube-system");
        pods.map(|pod| pod.meta.name.clone()).collect()
    };
    assert_eq!(world(alias, false).demo_candidates().len(), 1);
    assert!(mine(&world(alias, false)).is_empty());
    assert_eq!(mine(&world(alias, true)), ["client"]);
    let with_pod = format!(
        "{alias}---\napiVersion: v1\nkind: Pod\nmetadata: {{name: mine}}\nspec: {{containers: [{{name: c, image: c}}]}}\n"
    );
    assert!(world(&with_pod, false).demo_candidates().is_empty());
}

#[test]
fn what_is_said_of_an_item_that_is_not_typed_yet_stands_on_its_list() {
    let text = format!("{SERVICE}  externalIPs:\n  -");
    let world = world(&text);
    let span = world.diagnostics()[0].span;
    assert_eq!(&text[span.start as usize..span.end as usize], "externalIPs", "{:?}", world.diagnostics());
}

#[test]
fn what_is_said_of_a_nameless_object_stands_on_whole_characters() {
    for (text, place) in [("é", "é"), ("- é: 1", "é"), ("é: 1\nkind: ''", "''"), ("{}", "{}"), ("- - x", "x")] {
        let world = world(text);
        let span = world.diagnostics()[0].span;
        assert_eq!(text.get(span.start as usize..span.end as usize), Some(place), "{:?}", world.diagnostics());
    }
}

#[test]
fn a_value_of_a_tag_alone_is_marked_by_its_key() {
    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: x}]}\nstatus:\n  podIP: 10.244.1.11\n  podIPs:\n  - ip: !10.244.1.11\n";
    let input = Input { name: "-".into(), text: text.into() };
    let world = World::load(&[input], &LoadOptions::default());
    let said = world.diagnostics().iter().filter(|one| one.severity == Severity::Error);
    let marked: Vec<&str> = said.filter_map(|one| text.get(one.span.start as usize..one.span.end as usize)).collect();
    assert!(!marked.is_empty() && marked.iter().all(|text| !text.is_empty()), "{marked:?}");
}

#[test]
fn pods_of_a_node_that_is_not_ready_are_not_ready_and_no_endpoints() {
    let text = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\nspec: {podCIDR: 10.244.1.0/24}\nstatus:\n  conditions: \
                [{type: Ready, status: Unknown}]\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: w, labels: {app: \
                web}}\nspec: {nodeName: n1, containers: [{name: c, image: i}]}\n---\napiVersion: v1\nkind: \
                Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n";
    let ready = |world: World| {
        let web = ObjectRef::new("default", "web");
        let slices = world.cluster().slices_of(&web);
        slices.flat_map(|slice| &slice.endpoints).map(|one| one.ready).collect::<Vec<_>>()
    };
    assert_eq!(ready(world(text)), [Some(false)]);
    assert_eq!(ready(world(&text.replace("Unknown", "\"True\""))), [Some(true)]);
}

#[test]
fn the_items_of_a_servers_own_list_need_not_say_their_kind() {
    let list = "kind: ServiceList\napiVersion: v1\nitems:\n- metadata: {name: web}\n  spec: {ports: [{port: 80}]}\n";
    let world = world(list);
    assert!(world.cluster().services.iter().any(|service| service.meta.name == "web"));
    assert!(!codes(&world).contains(&"type-missing") && !codes(&world).contains(&"decode"), "{:?}", codes(&world));
    assert_eq!(codes(&self::world(&list.replace("ServiceList", "List"))), ["decode"]);
}

#[test]
fn of_two_scenarios_the_second_is_an_error_and_so_is_a_version_that_is_not_ours() {
    let one = "apiVersion: portolan.dev/v1alpha1\nkind: Scenario\nspec: {duration: 3s}\n";
    assert_eq!(codes(&world(one)), Vec::<&str>::new());
    assert_eq!(codes(&world(&format!("{one}---\n{one}"))), ["scenario"]);
    assert_eq!(codes(&world(&one.replace("portolan.dev/v1alpha1", "portolan.dev/v2"))), ["scenario"]);
    assert_eq!(codes(&world("kind: Expectation\nspec: {from: external, to: 'a:1'}\n")), ["expectation"]);
}
