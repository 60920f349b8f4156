use super::diagnose;
use crate::world::{Input, LoadOptions, World};

fn deployment(name: &str, labels: &str, port: u16) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  replicas: 2\n  selector: {{matchLabels: \
         {{{labels}}}}}\n  template:\n    metadata: {{labels: {{{labels}}}}}\n    spec: {{containers: [{{name: c, image: i, ports: \
         [{{containerPort: {port}}}]}}]}}\n---\n"
    )
}

fn service(selector: &str, port: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec:\n  selector:\n{selector}  ports: [{{port: 80, {port}}}]\n"
    )
}

/// Codes, and the titles of the fixes that were found to help.
fn found(text: &str) -> Vec<(&'static str, Vec<String>)> {
    let world = World::load(&[Input { name: "-".to_string(), text: text.to_string() }], &LoadOptions::default());
    let titles = |fixes: &[crate::diagnostic::Fix]| fixes.iter().map(|fix| fix.title.clone()).collect();
    diagnose(&world).iter().map(|one| (one.code, titles(&one.fixes))).collect()
}

#[test]
fn pods_that_were_hardly_meant_are_not_offered() {
    let two = deployment("web", "app: web", 80) + &deployment("ledger", "app: ledger", 80);
    let offered = |selector: &str| found(&(two.clone() + &service(selector, "targetPort: 80")));
    assert_eq!(offered("    app: losst\n"), [("selector-matches-nothing", Vec::new())]);
    assert_eq!(offered("    app: legder\n"), [("selector-matches-nothing", vec!["Select app: ledger".to_string()])]);
    let only = deployment("web", "app: web", 80) + &service("    app: shop\n", "targetPort: 80");
    assert_eq!(found(&only), [("selector-matches-nothing", vec!["Select app: web".to_string()])]);
}

#[test]
fn a_selector_by_another_key_is_offered_the_pods_own() {
    let text = deployment("web", "app: web", 80) + &service("    run: web\n", "targetPort: 80");
    assert_eq!(found(&text), [("selector-matches-nothing", vec!["Select app: web".to_string()])]);
}

#[test]
fn several_differences_are_mended_at_once() {
    let text = deployment("web", "app: web, tier: \"1\"", 80)
        + &service("    app: wep\n    tier: \"11\"\n    track: x\n", "targetPort: 80");
    let [(code, fixes)] = &found(&text)[..] else { panic!("{:?}", found(&text)) };
    assert_eq!((*code, &fixes[..]), ("selector-matches-nothing", &["Select app: web, tier: \"1\"".to_string()][..]));
}

#[test]
fn a_target_port_that_helps_some_pods_and_breaks_others_is_not_offered() {
    let both = deployment("web", "app: x, tier: web", 8080) + &deployment("db", "app: x, tier: db", 5432);
    let text = both + &service("    app: x\n", "targetPort: 8080");
    assert_eq!(found(&text), [("mixed-owners", Vec::new()), ("not-listening", Vec::new())]);
    let text = deployment("web", "app: web", 80) + &service("    app: web\n", "targetPort: 8080");
    assert_eq!(found(&text), [("not-listening", vec!["Use targetPort: 80".to_string()])]);
}

#[test]
fn the_same_number_of_another_protocol_is_another_port() {
    let world = deployment("web", "app: web", 53).replace("containerPort: 53", "containerPort: 53, protocol: UDP")
        + &service("    app: web\n", "targetPort: 53");
    let world = World::load(&[Input { name: "-".to_string(), text: world }], &LoadOptions::default());
    let help = diagnose(&world)[0].help.clone().unwrap_or_default();
    assert!(help.contains("for UDP"), "{help}");
}

#[test]
fn ipvs_mode_is_told_to_be_deprecated_where_the_configuration_asks_for_it() {
    let config = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nclusterCIDR: 10.244.0.0/16\nmode: ipvs\n";
    assert_eq!(found(config), [("ipvs-deprecated", vec!["Use mode: nftables".to_string()])]);
    let load = |text: &str| World::load(&[Input { name: "-".into(), text: text.into() }], &LoadOptions::default());
    let mut world = load(config);
    world.set_proxy_mode(crate::cluster::ProxyMode::Nftables);
    let told = diagnose(&world);
    assert_eq!((told.len(), world.source(0).lines.locate(config, told[0].span.start).line), (1, 4), "{told:?}");
    let mut other = load(&config.replace("ipvs", "iptables"));
    other.set_proxy_mode(crate::cluster::ProxyMode::Ipvs);
    assert!(diagnose(&other).is_empty());
}

#[test]
fn a_probe_of_a_port_where_nobody_listens_keeps_a_pod_from_getting_ready() {
    let probing = |handler: &str| {
        let text = deployment("web", "app: web", 80) + &service("    app: web\n", "targetPort: 80");
        let listens = "metadata: {labels: {app: web}, annotations: {portolan.dev/listen: \"80\"}}";
        let probe = format!("[{{containerPort: 80}}], readinessProbe: {{{handler}}}");
        let text = text.replacen("metadata: {labels: {app: web}}", listens, 1).replace("[{containerPort: 80}]", &probe);
        let world = World::load(&[Input { name: "-".to_string(), text }], &LoadOptions::default());
        diagnose(&world).iter().map(|one| (one.code, one.help.clone().unwrap_or_default())).collect::<Vec<_>>()
    };
    let told = probing("httpGet: {port: 9090}");
    let [(code, help)] = &told[..] else { panic!("{told:?}") };
    assert!(*code == "no-ready-endpoints" && help.contains("asks port 9090, where nobody listens"), "{told:?}");
    for answered in ["tcpSocket: {port: 80}", "exec: {command: [test]}", "httpGet: {port: 9090, host: example.com}"] {
        assert_eq!(probing(answered), [], "{answered}");
    }
}
