//! The reducer, action by action.

use super::*;
use portolan_core::sim::Command;

fn open(hash: &str) -> Model {
    Model::open(hash, false)
}

#[test]
fn an_empty_hash_opens_the_first_example_playing() {
    let model = open("");
    assert_eq!(model.example, Some(0));
    assert!(model.playing && model.notice.is_none());
    assert_eq!((model.client.as_str(), model.target.as_str()), ("external", "node/worker-1:31000"));
    assert!(model.preview.is_some(), "a first look before anything moves");
    assert!(!Model::open("", true).playing, "nothing moves where the reader wants no motion");
}

#[test]
fn a_broken_hash_says_so_and_keeps_what_is_there() {
    let mut model = open("1.!!");
    assert!(model.notice.is_some() && model.example == Some(0));
    model.update(Action::Text("kind: Service\n".into()));
    model.update(Action::Hash("garbage".into()));
    assert_eq!(&*model.session.text, "kind: Service\n");
    assert!(model.notice.is_some_and(|notice| notice.ends_with("What was there stays.")));
}

#[test]
fn a_service_that_no_pod_can_ask_is_asked_by_its_address() {
    let mut model = open("cluster-ip");
    let yaml =
        "kind: Service\napiVersion: v1\nmetadata: {name: lonely}\nspec: {selector: {app: none}, ports: [{port: 80}]}\n";
    model.update(Action::Text(yaml.into()));
    model.update(Action::Afresh);
    assert!(model.client.starts_with("node/"), "{}", model.client);
    assert_eq!(model.preview.as_ref().map(|trace| trace.verdict.as_str()), Some("rejected"), "{}", model.target);
}

#[test]
fn the_state_survives_its_own_hash() {
    let mut model = open("load-balancer");
    model.update(Action::Text(format!("# mine\n{}", EXAMPLES[model.example.unwrap_or(0)].text)));
    model.update(Action::Client("node/worker-2".into()));
    model.update(Action::Rate(5.0));
    model.update(Action::Slow(20.0));
    model.update(Action::KeepAlive(true));
    model.update(Action::Tab(Tab::Dns));
    let other = open(&model.hash());
    assert_eq!(other.session.text, model.session.text);
    assert_eq!((&other.client, &other.target), (&model.client, &model.target));
    assert_eq!((other.rate, other.slow, other.keep_alive, other.tab), (5.0, 20.0, true, Tab::Dns));
    assert!(other.chosen);
}

#[test]
fn an_unchanged_example_makes_a_short_link() {
    for example in EXAMPLES {
        let model = open(example.id);
        assert!(model.hash().len() < 120, "{}: {}", example.id, model.hash());
        assert_eq!(&*open(&model.hash()).session.text, example.text);
    }
}

#[test]
fn another_client_keeps_the_service_by_its_own_way_in() {
    let mut model = open("node-port");
    model.update(Action::Client("node/worker-2".into()));
    assert_eq!(model.target, "node/worker-1:31000", "which a node can use too");
    model.update(Action::Client("laptop".into()));
    assert_eq!(model.target, "port-forward/service/web:8080:80");
    model.update(Action::Client("external".into()));
    assert!(model.target.starts_with("node/worker-") && model.target.ends_with(":31000"), "{}", model.target);
}

#[test]
fn time_passes_only_while_playing() {
    let mut model = open("node-port");
    model.update(Action::Tick(100.0));
    assert_eq!(model.session.now(), 100_000);
    model.update(Action::Slow(4.0));
    model.update(Action::Tick(100.0));
    assert_eq!(model.session.now(), 125_000);
    model.update(Action::Play(false));
    model.update(Action::Tick(100.0));
    assert_eq!(model.session.now(), 125_000);
    assert!(matches!(model.update(Action::Step)[..], [Effect::ShowPackets]));
    assert!(model.session.now() > 125_000, "to the next thing that happens");
}

#[test]
fn requests_are_seen_and_can_be_held() {
    let mut model = open("cluster-ip");
    for _ in 0..40 {
        model.update(Action::Tick(100.0));
    }
    let id = model.session.recent.back().map(|r| r.id).expect("two a second");
    model.update(Action::Pin(id));
    assert_eq!(model.pinned.as_ref().map(|p| p.id), Some(id));
    model.update(Action::Escape);
    assert!(model.pinned.is_none());
    let total: u64 = model.session.tallies(None).values().map(|t| t.count).sum();
    assert!((6..=9).contains(&total), "{total}");
}

#[test]
fn a_killed_pod_is_replaced_and_the_service_stays() {
    let mut model = open("ephemeral-pods");
    let web = |model: &Model| -> Vec<String> {
        let pods = model.session.cluster.pods.iter();
        pods.filter(|p| p.meta.name.starts_with("web-") && p.is_ready()).map(|p| p.meta.name.clone()).collect()
    };
    let before = web(&model);
    model.update(Action::Do(Command::KillPod(ObjectRef::new("default", &before[0]))));
    for _ in 0..60 {
        model.update(Action::Tick(100.0));
    }
    let after = web(&model);
    assert_eq!(after.len(), 3);
    assert!(!after.contains(&before[0]));
}

#[test]
fn the_fix_for_the_notes_types_is_one_click_each() {
    let mut model = open("notes-service");
    let fixes: Vec<String> = model.session.diagnostics[0].fixes.iter().map(|f| f.title.clone()).collect();
    assert_eq!(fixes.len(), 3, "{fixes:?}");
    for fix in 0..3 {
        let Some(Effect::Apply(edits)) = model.update(Action::Fix(0, fix)).pop() else { panic!("an edit") };
        let text = crate::editor::apply(&model.session.text, &edits);
        let mended = Session::new(&text, false, 0);
        assert!(mended.diagnostics.iter().all(|d| d.severity != portolan_core::diagnostic::Severity::Error), "{text}");
    }
    assert!(model.update(Action::Fix(7, 7)).is_empty());
}

#[test]
fn demo_pods_are_offered_for_a_service_alone() {
    let mut model = open("");
    model.update(Action::Text(
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {selector: {app: a}, ports: [{port: 80}]}\n".into(),
    ));
    assert_eq!(model.session.demo_candidates(), [ObjectRef::new("default", "a")]);
    model.update(Action::DemoPods(true));
    let service = ObjectRef::new("default", "a");
    assert_eq!(model.session.cluster.slices_of(&service).map(|s| s.endpoints.len()).sum::<usize>(), 3);
}

#[test]
fn no_text_panics_or_is_lost() {
    let deep = "[".repeat(10_000);
    let texts =
        ["", "\0\u{1}", "a: &a [*a]", "- - - -", "{", "kind: Service\nmetadata: 7", &deep, "%YAML 9\n---\n!!x y"];
    for text in texts {
        let mut model = open("");
        model.update(Action::Text(text.into()));
        assert_eq!(&*model.session.text, text);
        for _ in 0..5 {
            model.update(Action::Tick(100.0));
            model.update(Action::SendOne);
        }
    }
    let long = "#".repeat(crate::state::session::MAX_TEXT + 1);
    let mut model = open("");
    model.update(Action::Text(long.clone()));
    assert_eq!(model.session.text.len(), long.len());
    assert_eq!(model.session.diagnostics[0].code, "text-too-long");
}

#[test]
fn what_a_cluster_has_printed_is_taken_as_it_stands() {
    let text = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: web-0, namespace: default, labels: {app: web}, uid: 1-2}\n  \
                spec: {nodeName: worker-1, containers: [{name: c, image: i}]}\n  status: {phase: Running, podIP: 10.244.1.9, podIPs: [{ip: 10.244.1.9}], \
                conditions: [{type: Ready, status: 'False'}]}\n- apiVersion: v1\n  kind: Service\n  metadata:\n    name: web\n    namespace: default\n    \
                resourceVersion: '7'\n  spec: {clusterIP: 10.96.3.4, clusterIPs: [10.96.3.4], type: ClusterIP, selector: {app: web}, ports: [{port: 80, targetPort: 80, protocol: TCP}]}\n";
    let mut model = open("");
    model.update(Action::Text(text.into()));
    let codes: Vec<_> = model.session.diagnostics.iter().map(|one| one.code).collect();
    assert!(codes.contains(&"exported") && codes.contains(&"no-ready-endpoints"), "{:?}", model.session.diagnostics);
    assert!(model.session.diagnostics.iter().all(|one| one.severity != portolan_core::diagnostic::Severity::Error));
    assert!(
        model.session.cluster.services.iter().any(|one| one.cluster_ips.iter().any(|ip| ip.to_string() == "10.96.3.4"))
    );
    // Without it, it is sent to the server.
    model.update(Action::Text(text.replace("    resourceVersion: '7'\n", "")));
    assert!(!model.session.diagnostics.iter().any(|one| one.code == "exported"));
}

#[test]
fn keys_open_and_close() {
    let mut model = open("");
    model.update(Action::ToggleHelp);
    assert!(model.help);
    model.update(Action::ToggleExamples);
    assert!(model.examples && !model.help);
    model.update(Action::Escape);
    assert!(!model.examples);
    let pod = Subject::Node("worker-1".into());
    model.update(Action::Pick(pod.clone()));
    assert_eq!(model.menu, Some(pod.clone()));
    model.update(Action::Pick(pod));
    assert_eq!(model.menu, None);
}

#[test]
fn an_edit_updates_the_running_cluster_until_it_starts_afresh() {
    let service = |ip: &str, port: u16| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{clusterIP: {ip}, ports: [{{port: {port}}}]}}\n"
        )
    };
    let mut model = open("");
    model.update(Action::Text(String::new()));
    model.update(Action::Text(service("10.96.7.7", 80)));
    model.update(Action::Text(service("10.96.7.8", 81)));
    let ip = |model: &Model| {
        let services = &model.session.cluster.services;
        services.iter().find(|one| one.meta.name == "web").map(|one| one.cluster_ips[0].to_string())
    };
    assert_eq!((ip(&model).as_deref(), model.session.updates), (Some("10.96.7.7"), 2));
    assert!(model.session.diagnostics.iter().any(|one| one.message.ends_with("may not change once set")));
    model.update(Action::Afresh);
    assert_eq!((ip(&model).as_deref(), model.session.updates), (Some("10.96.7.8"), 0));
    model.update(Action::Text(service("10.96.7.8", 82)));
    model.update(Action::Example(0));
    assert_eq!(model.session.updates, 0);
    // The first example has a Service of that name too; a text put in its place is no change of it.
    model.update(Action::Text(format!("# Mine\n{}", service("10.96.7.9", 80))));
    assert_eq!((ip(&model).as_deref(), model.session.updates), (Some("10.96.7.9"), 0));
}

#[test]
fn another_proxy_mode_keeps_the_request_and_says_what_became_of_it_in_both() {
    use portolan_core::cluster::ProxyMode::{Iptables, Ipvs, Nftables};
    use portolan_core::packet::Verdict;
    let mut model = open("cluster-ip");
    let address =
        model.session.cluster.services.iter().find(|s| s.meta.namespace == "default" && s.meta.name != "kubernetes");
    let wrong = format!("{}:4444", address.unwrap().cluster_ip().unwrap());
    model.update(Action::Target(wrong.clone()));
    model.update(Action::RulesMode(Nftables));
    assert!(model.hash().len() > 4 && model.rules_mode == Some(Nftables));
    let verdicts = |model: &Model| {
        let compared = model.compared().unwrap();
        assert_eq!(model.pinned.as_ref().unwrap().to, wrong);
        (compared.before.1.verdict, compared.after.1.verdict)
    };
    assert_eq!(verdicts(&model), (Verdict::Passed, Verdict::Rejected));
    model.update(Action::RulesMode(Iptables));
    assert_eq!((verdicts(&model), model.rules_mode), ((Verdict::Rejected, Verdict::Passed), None));
    let (node, lines) = model.compared().unwrap().lines.clone().unwrap();
    assert!(node == model.rules_node() && lines[0] > 50 && lines[1] > 20, "{node} {lines:?}");
    model.update(Action::RulesMode(Ipvs));
    let again = open(&model.hash());
    assert_eq!(again.session.cluster.settings.proxy.mode, Ipvs);
    // An edit leaves the mode as it was chosen, until the text asks for another.
    let text = format!("{}\n", model.session.text);
    model.update(Action::Text(text.clone()));
    assert_eq!(model.session.cluster.settings.proxy.mode, Ipvs);
    let config = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n";
    model.update(Action::Text(format!("{text}---\n{config}")));
    assert_eq!((model.session.cluster.settings.proxy.mode, model.rules_mode), (Nftables, None));
}
