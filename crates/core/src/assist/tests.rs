use super::*;
use crate::diagnostic::Severity;
use crate::objects::schema::{KINDS, Struct, struct_in};
use crate::world::{Input, LoadOptions, World};

const HELP: &str = include_str!("help.txt");
const SKELETONS: &str = include_str!("skeletons.yaml");

fn world(text: &str) -> World {
    World::load(&[Input { name: "-".to_string(), text: text.to_string() }], &LoadOptions::default())
}

/// What is offered where `|` stands.
fn offered(text: &str) -> Vec<Item> {
    let at = text.find('|').expect("a cursor");
    let text = text.replacen('|', "", 1);
    let texts = Texts::parse(HELP, SKELETONS);
    complete(&text, at as u32, &world(&text), &texts).map(|found| found.items).unwrap_or_default()
}

fn labels(text: &str) -> Vec<String> {
    offered(text).into_iter().map(|item| item.label).collect()
}

/// The text after the suggestion of this label is taken.
fn taken(text: &str, label: &str) -> String {
    let at = text.find('|').expect("a cursor");
    let text = text.replacen('|', "", 1);
    let found = complete(&text, at as u32, &world(&text), &Texts::parse(HELP, SKELETONS)).expect("suggestions");
    let item = found.items.iter().find(|item| item.label == label).unwrap_or_else(|| panic!("{:?}", found.items));
    format!("{}{}{}", &text[..found.range.start as usize], item.insert, &text[found.range.end as usize..])
}

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web, tier: front}}\n    spec:\n      containers:\n      - name: web\n        image: web:1\n        ports:\n        - {name: http, containerPort: 8080}\n---\n";
const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";

fn with_deployment(rest: &str) -> String {
    format!("{DEPLOYMENT}{SERVICE}{rest}")
}

#[test]
fn every_field_of_every_kind_has_its_words_and_no_words_are_left_over() {
    fn visit(table: &'static Struct, seen: &mut Vec<(&'static str, &'static str)>) {
        if seen.iter().any(|(name, _)| *name == table.name && table.fields.is_empty()) {
            return;
        }
        for field in table.fields {
            let fresh = !seen.contains(&(table.name, field.name));
            if fresh {
                seen.push((table.name, field.name));
            }
            if let Some(inner) = struct_in(&field.ty).filter(|_| fresh) {
                visit(inner, seen);
            }
        }
    }
    let texts = Texts::parse(HELP, SKELETONS);
    let mut seen = Vec::new();
    for kind in KINDS {
        visit(kind.table, &mut seen);
    }
    assert!(seen.len() > 500, "{}", seen.len());
    let lacking: Vec<_> = seen
        .iter()
        .filter(|(table, field)| texts.field(table, field).is_none_or(|one| !one.text.ends_with(['.', '>'])))
        .collect();
    assert!(lacking.is_empty(), "{lacking:?}");
    let over: Vec<&String> = texts
        .keys()
        .filter(|key| {
            let (table, field) = key.split_once('.').unwrap();
            !seen.iter().any(|(name, _)| *name == table || table == "*") || !seen.iter().any(|(_, own)| *own == field)
        })
        .collect();
    assert!(over.is_empty(), "{over:?}");
}

#[test]
fn every_document_to_begin_with_is_accepted() {
    let texts = Texts::parse(HELP, SKELETONS);
    assert!(texts.skeletons().len() >= 14);
    for skeleton in texts.skeletons() {
        let world = world(&skeleton.text);
        let wrong: Vec<_> = world.diagnostics().iter().filter(|one| one.severity == Severity::Error).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?}", skeleton.name);
    }
}

#[test]
fn an_empty_text_is_offered_whole_documents() {
    let all = labels("|");
    assert!(all.starts_with(&["Service".to_string(), "NodePort Service".to_string()]), "{all:?}");
    assert!(all.contains(&"apiVersion".to_string()));
    assert!(
        taken("kind: Pod\n---\nDep|", "Deployment")
            .starts_with("kind: Pod\n---\napiVersion: apps/v1\nkind: Deployment\n")
    );
    assert!(!labels("kind: Service\n|").contains(&"Deployment".to_string()));
}

#[test]
fn fields_are_those_of_the_kind_and_the_mapping_less_those_that_are_there() {
    assert_eq!(labels(&format!("{SERVICE}|")), ["spec", "status"]);
    let spec = labels(&format!("{SERVICE}spec:\n  type: NodePort\n  |"));
    assert_eq!(spec[0], "ports");
    assert!(spec.contains(&"externalTrafficPolicy".to_string()) && !spec.contains(&"type".to_string()), "{spec:?}");
    assert!(!spec.contains(&"replicas".to_string()));
    let port = labels(&format!("{SERVICE}spec:\n  ports:\n  - name: http\n    |"));
    assert_eq!(port, ["port", "protocol", "appProtocol", "targetPort", "nodePort"]);
    assert_eq!(labels(&format!("{SERVICE}spec: {{ports: [{{port: 80, |}}]}}"))[0], "name");
    assert_eq!(
        labels(
            "kind: Deployment\nspec:\n  template:\n    spec:\n      containers:\n      - name: a\n        ports:\n        - |"
        )[0],
        "containerPort"
    );
}

#[test]
fn fields_come_in_documents_that_are_broken_elsewhere() {
    for text in [
        "kind: Service\nmetadata: {name: web\nspec:\n  sel|",
        "kind: Service\nspec:\n  ports: [\n  sel|",
        "kind: Service\nspec:\n\ttype: x\n  sel|",
        "kind: Service\nspec:\n  type NodePort\n  sel|\n  ports:\n",
        "kind: Service\nspec:\n  sel|\n  ports:\n  - port: : :\n",
    ] {
        assert!(labels(text).contains(&"selector".to_string()), "{text}: {:?}", labels(text));
    }
}

#[test]
fn a_field_brings_what_must_follow_it() {
    let head = "kind: Service\nspec:\n  ";
    assert_eq!(taken(&format!("{head}ty|"), "type"), format!("{head}type: "));
    assert_eq!(taken(&format!("{head}po|"), "ports"), format!("{head}ports:\n    - "));
    assert_eq!(taken(&format!("{head}sel|"), "selector"), format!("{head}selector:\n    "));
    assert_eq!(taken(&format!("{head}ty|pe: NodePort"), "type"), format!("{head}type: NodePort"));
    assert_eq!(taken("kind: Service\nspec:\n  ports:\n    |", "port"), "kind: Service\nspec:\n  ports:\n    - port: ");
    assert_eq!(taken("{\"kind\": \"Service\", \"sp|", "spec"), "{\"kind\": \"Service\", \"spec\": ");
}

#[test]
fn values_that_are_few_are_offered_with_the_default_marked() {
    let items = offered(&format!("{SERVICE}spec:\n  type: |"));
    let all: Vec<(&str, &str)> = items.iter().map(|item| (item.label.as_str(), item.detail.as_str())).collect();
    assert_eq!(all, [("ClusterIP", "default"), ("NodePort", ""), ("LoadBalancer", ""), ("ExternalName", "")]);
    assert_eq!(labels(&format!("{SERVICE}spec:\n  publishNotReadyAddresses: |")), ["true", "false"]);
    assert_eq!(labels(&format!("{SERVICE}spec:\n  ipFamilies:\n  - |")), ["IPv4", "IPv6"]);
    assert_eq!(labels(&format!("{SERVICE}spec: {{ports: [{{protocol: U|}}]}}")), ["TCP", "UDP", "SCTP"]);
    assert_eq!(labels("kind: Service\napiVersion: |")[0], "v1");
    assert!(labels("apiVersion: apps/v1\nkind: |").iter().all(|kind| kind.ends_with("Set") || kind == "Deployment"));
    assert_eq!(labels("kind: StatefulSet\nspec:\n  template:\n    spec:\n      dnsPolicy: |").len(), 4);
    assert_eq!(labels(&format!("{SERVICE}spec:\n  ports: |")), [""; 0]);
}

#[test]
fn a_selector_is_offered_the_labels_of_the_pods_in_the_same_text() {
    let items = offered(&with_deployment("spec:\n  selector:\n    |"));
    let all: Vec<(&str, &str)> = items.iter().map(|item| (item.label.as_str(), item.detail.as_str())).collect();
    assert_eq!(all, [("app: web", "Deployment web"), ("tier: front", "Deployment web")]);
    assert_eq!(labels(&with_deployment("spec:\n  selector:\n    app: web\n    |")), ["tier: front"]);
    assert_eq!(labels(&with_deployment("spec:\n  selector:\n    app: |")), ["web"]);
    assert_eq!(labels(&with_deployment("spec: {selector: {ti|")), ["app: web", "tier: front"]);
    let numbers = with_deployment("spec:\n  selector:\n    |").replace("front", "\"1\"");
    assert!(taken(&numbers, "tier: 1").ends_with("tier: \"1\""));
}

#[test]
fn labels_come_from_a_deployment_that_cannot_be_read_itself() {
    let broken = DEPLOYMENT.replace("image: web:1", "image: \"web:1");
    assert_eq!(labels(&format!("{broken}{SERVICE}spec:\n  selector:\n    |")).len(), 2);
}

#[test]
fn a_workload_selects_its_own_template() {
    let text = "kind: Deployment\nspec:\n  selector:\n    matchLabels:\n      |\n  template:\n    metadata:\n      labels:\n        app: shop\n";
    assert_eq!(labels(text), ["app: shop"]);
    let text = "kind: Deployment\nspec:\n  selector:\n    matchLabels:\n      app: shop\n  template:\n    metadata:\n      labels:\n        |\n";
    assert_eq!(labels(text), ["app: shop"]);
}

#[test]
fn target_ports_are_those_of_the_selected_pods() {
    let items = offered(&with_deployment("spec:\n  selector: {app: web}\n  ports:\n  - port: 80\n    targetPort: |"));
    let all: Vec<(&str, &str)> = items.iter().map(|item| (item.label.as_str(), item.detail.as_str())).collect();
    assert_eq!(all, [("http", "8080 of Deployment web"), ("8080", "http, Deployment web")]);
    let probe = "kind: Pod\nspec:\n  containers:\n  - name: a\n    ports:\n    - name: web\n      containerPort: 80\n    readinessProbe:\n      httpGet:\n        port: |";
    assert_eq!(labels(probe), ["web", "80"]);
}

#[test]
fn names_come_from_the_manifest_and_the_cluster() {
    let namespace = "kind: Namespace\nmetadata: {name: shop}\n---\nkind: Service\nmetadata:\n  namespace: |";
    assert_eq!(labels(namespace), ["shop", "default", "kube-system"]);
    assert!(labels("kind: Pod\nspec:\n  nodeName: |").contains(&"worker-1".to_string()));
    assert_eq!(labels("kind: EndpointSlice\nendpoints:\n- zone: |"), ["zone-a", "zone-b"]);
    assert_eq!(labels(&format!("{SERVICE}---\nkind: StatefulSet\nspec:\n  serviceName: |")), ["web"]);
    let slice = format!("{SERVICE}---\nkind: EndpointSlice\nmetadata:\n  labels:\n    |");
    assert_eq!(labels(&slice), ["kubernetes.io/service-name: web"]);
    let outside =
        format!("{SERVICE}---\nkind: Service\nmetadata: {{name: out}}\nspec:\n  type: ExternalName\n  externalName: |");
    assert_eq!(labels(&outside), ["web.default.svc.cluster.local"]);
    assert_eq!(labels(&format!("{SERVICE}spec: {{type: NodePort, ports: [{{port: 80, nodePort: |}}]}}")), ["30000"]);
}

#[test]
fn a_scenario_is_offered_who_sends_and_where_to() {
    let text = |rest: &str| {
        format!(
            "{DEPLOYMENT}{SERVICE}spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}\n---\napiVersion: portolan.dev/v1alpha1\nkind: Scenario\nspec:\n{rest}"
        )
    };
    assert_eq!(labels(&text("  clients:\n  - to: |")), ["svc/web:80"]);
    let from = labels(&text("  clients:\n  - from: |"));
    assert!(from.starts_with(&["external".to_string(), "laptop".to_string()]), "{from:?}");
    assert!(from.iter().any(|one| one.starts_with("pod/default/web-")) && from.contains(&"node/worker-1".to_string()));
    assert!(labels(&text("  events:\n  - at: 2s\n    kill: |"))[0].starts_with("default/web-"));
    assert_eq!(labels(&text("  events:\n  - scale:\n      deployment: |")), ["default/web"]);
    assert_eq!(labels(&text("  events:\n  - restart:\n      deployment: |")), ["default/web"]);
    assert_eq!(labels(&text("  servers:\n  - deployment: |")), ["default/web"]);
    assert!(labels(&text("  events:\n  - at: 2s\n    crash: |"))[0].starts_with("default/web-"));
    assert_eq!(labels(&text("  events:\n  - cutOffZone: |")), ["zone-a", "zone-b"]);
    assert_eq!(labels(&text("  |"))[0], "seed");
}

#[test]
fn an_expectation_is_offered_who_connects_where_to_and_how_it_ends() {
    let text = |rest: &str| {
        format!(
            "{DEPLOYMENT}{SERVICE}spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}\n---\napiVersion: portolan.dev/v1alpha1\nkind: Expectation\nspec:\n{rest}"
        )
    };
    assert_eq!(labels(&text("  to: |")), ["svc/web:80"]);
    assert_eq!(labels(&text("  cases:\n  - to: |")), ["svc/web:80"]);
    assert_eq!(labels(&text("  cases:\n  - from: |"))[0], "external");
    assert_eq!(labels(&text("  cases:\n  - verdict: |"))[..2], ["delivered", "rejected"]);
    assert_eq!(labels(&text("  mode: |"))[0], "iptables");
    assert!(labels(&text("  cases:\n  - object: |")).contains(&"Service/web".to_string()));
    assert!(labels(&text("  cases:\n  - |")).contains(&"lookup".to_string()));
    assert!(labels(&text("  run:\n    |")).contains(&"failures".to_string()));
}

#[test]
fn items_of_a_list_are_read_as_objects() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- kind: Service\n  apiVersion: v1\n  spec:\n    type: |\n";
    assert_eq!(labels(list).len(), 4);
}

#[test]
fn nothing_is_offered_in_comments_and_after_values() {
    for text in ["# ki|", "kind: Service # ty|", "kind: Service\nspec:\n  type: NodePort |"] {
        assert_eq!(labels(text), [""; 0], "{text}");
    }
}

fn help(text: &str) -> Option<Hover> {
    let at = text.find('|').expect("a cursor");
    let text = text.replacen('|', "", 1);
    hover(&text, at as u32, &world(&text), &Texts::parse(HELP, SKELETONS))
}

#[test]
fn a_field_says_what_it_does_its_default_its_version_and_its_values() {
    let service = |rest: &str| format!("{SERVICE}spec:\n{rest}");
    let found = help(&service("  ty|pe: NodePort\n  ports: [{port: 80}]\n")).unwrap();
    assert_eq!(
        (found.path.as_str(), found.holds, found.default.as_deref()),
        ("spec.type", "string", Some("ClusterIP"))
    );
    assert!(found.text.starts_with("How the Service is reached."), "{}", found.text);
    assert_eq!(found.values, ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]);
    let found = help(&service("  internalTrafficPolicy: Lo|cal\n")).unwrap();
    assert_eq!((found.since.as_deref(), found.values.len()), (Some("1.22"), 2));
    let found = help(&service("  selector: {a|pp: web}\n")).unwrap();
    assert_eq!((found.path.as_str(), found.text.contains("labels")), ("spec.selector.app", true));
    assert!(help("kind: Pod\nspec:\n  aff|inity: {}\n").unwrap().not_modelled);
    assert_eq!(help("kind: Service\nspec:\n  targ|et: 1\n"), None);
    assert_eq!(help("# ki|nd\nkind: Service\n"), None);
}

#[test]
fn a_field_is_told_in_a_document_that_cannot_be_read() {
    assert!(help("kind: Service\nspec:\n  po|rts: [{port: 80\n  type NodePort\n").is_some());
}

#[test]
fn what_the_server_stored_otherwise_or_added_is_told() {
    let text = |spec: &str| format!("{SERVICE}{spec}");
    let found = help(&text("sp|ec:\n  ports: [{port: 80}]\n")).unwrap();
    let added = |name: &str| found.added.iter().find(|one| one.0 == name).map(|one| one.1.as_str());
    assert_eq!((added("type"), added("internalTrafficPolicy")), (Some("ClusterIP"), Some("Cluster")));
    assert_eq!((added("ipFamilies"), added("ports")), (Some("[IPv4]"), None));
    assert!(found.added.iter().any(|(name, value)| name == "clusterIP" && value.starts_with("10.")));
    let found = help(&text("spec:\n  ports:\n  - port: 80\n    target|Port: 0\n")).unwrap();
    assert_eq!(found.stored.as_deref(), Some("80"));
    let found = help(&text("spec:\n  ports:\n  - po|rt: 80\n")).unwrap();
    assert_eq!(found.stored, None);
}
