//! Tests of what holds and of what is said where it does not.

use super::*;
use crate::world::{Input, LoadOptions};

const SHOP: &str = "
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: worker-1, containers: [{name: c, image: i}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-canary, labels: {app: web}}
spec: {nodeName: worker-1, containers: [{name: web, image: nginx, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, nodePort: 31000}]}
---
apiVersion: v1
kind: Service
metadata: {name: idle}
spec: {selector: {app: idle}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: bad}
spec: {ports: [{port: 70000}]}
";

fn world(specs: &[&str]) -> World {
    let mut text = SHOP.to_string();
    for spec in specs {
        text.push_str(&format!("---\napiVersion: portolan.dev/v1alpha1\nkind: Expectation\nspec: {spec}\n"));
    }
    World::load(&[Input { name: "shop.yaml".into(), text }], &LoadOptions::default())
}

#[test]
fn what_is_true_holds() {
    for spec in [
        "{from: pod/client, to: 'web:80', endpoints: [web, web-canary]}",
        "{from: pod/client, to: 'http://web', endpoints: {count: 4, noneOf: [client]}, source: client}",
        "{from: pod/client, to: 'web:80', shares: {web: 75%, web-canary: 0.25}}",
        "{from: pod/client, to: 'idle:80', cause: no-endpoints}",
        "{from: pod/client, to: 'idle:80', verdict: rejected, cause: no-endpoints, mode: [iptables, nftables]}",
        "{from: pod/web, to: 'web:80'}",
        "{from: external, to: 'node/control-plane:31000', verdict: dropped, entry: [control-plane], mode: [iptables, nftables]}",
        "{from: external, to: 'node/worker-1:31000', source: client, endpoints: {atLeast: [web-canary]}}",
        "{from: pod/client, lookup: web, answers: [svc/web]}",
        "{from: pod/client, lookup: nothing, answers: NXDOMAIN}",
        "{from: pod/client, lookup: web, type: AAAA, answers: NODATA}",
        "{object: Service/web, accepted: true}",
        "{object: Service/bad, field: 'spec.ports[0].port', reason: FieldValueInvalid, message: between 1 and 65535}",
        "{object: Service/idle, diagnostics: [selector-matches-nothing]}",
        "{object: Service/web, diagnostics: {noneOf: [selector-matches-nothing]}}",
    ] {
        let world = world(&[spec]);
        let checked = verify(&world, None, &|_| true);
        let wrong: Vec<_> = checked.iter().flat_map(|one| &one.failures).collect();
        assert!(checked.len() == 1 && wrong.is_empty(), "{spec}: {wrong:?} {:?}", crate::query::test_errors(&world));
    }
}

#[test]
fn what_is_false_is_told_with_what_happens_instead() {
    for (spec, expected, found) in [
        ("{from: pod/client, to: 'idle:80'}", "delivered", "rejected (no-endpoints)"),
        ("{from: pod/client, to: 'web:80', verdict: dropped}", "dropped", "delivered to default/web"),
        ("{from: pod/client, to: 'web:80', endpoints: [web-canary]}", "endpoints web-canary", "default/web-canary"),
        ("{from: pod/client, to: 'web:80', shares: {web-canary: 50%}}", "50.0 % for web-canary", "25.0 %"),
        (
            "{from: external, to: 'node/worker-1:31000', source: masqueraded}",
            "a masqueraded source",
            "the client's own",
        ),
        ("{from: pod/absent, to: 'web:80'}", "pod default/absent", "there is no such pod"),
        ("{from: pod/client, lookup: web, answers: NXDOMAIN}", "NXDOMAIN", "10."),
        ("{object: Service/web, accepted: false}", "refused", "accepted"),
        ("{object: Service/bad, field: spec.type}", "refused with field spec.type", "between 1 and 65535"),
        ("{object: Service/none, accepted: true}", "Service/none in the input", "Service/web"),
        ("{diagnostics: []}", "diagnostics none", "selector-matches-nothing"),
        ("{run: {failures: 0}}", "a run", "no Scenario"),
    ] {
        let world = world(&[spec]);
        let checked = verify(&world, None, &|_| true);
        let failures: Vec<_> = checked.iter().flat_map(|one| &one.failures).collect();
        let told = failures.iter().any(|one| one.expected.contains(expected) && one.found.contains(found));
        assert!(told, "{spec}: {failures:?} {:?}", crate::query::test_errors(&world));
    }
}

#[test]
fn a_claim_names_the_modes_in_which_it_does_not_hold() {
    let world = world(&["{from: pod/client, to: 'svc/web:81', verdict: rejected}"]);
    let checked = verify(&world, None, &|_| true);
    let modes: Vec<&str> = checked[0].failures[0].modes.iter().map(|mode| mode.as_str()).collect();
    assert!(!modes.is_empty() && modes.len() < 3 && !modes.contains(&"nftables"), "{modes:?}");
    assert!(verify(&world, Some(ProxyMode::Nftables), &|_| true)[0].failures.is_empty());
}

#[test]
fn names_are_of_one_namespace_and_of_who_made_the_pod() {
    let more = "---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: other, labels: {app: web}}
spec: {containers: [{name: web, image: nginx}]}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: lone-blue}
spec:
  selector: {matchLabels: {app: lone}}
  template:
    metadata: {labels: {app: lone}}
    spec: {containers: [{name: c, image: i, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: lone}
spec: {selector: {app: lone}, ports: [{port: 80}]}
";
    let failed = |spec: &str| {
        let claim = format!("---\napiVersion: portolan.dev/v1alpha1\nkind: Expectation\nspec: {spec}\n");
        let input = Input { name: "-".into(), text: format!("{SHOP}{more}{claim}") };
        let world = World::load(&[input], &LoadOptions::default());
        let checked = verify(&world, None, &|_| true);
        !checked[0].failures.is_empty()
    };
    // A pod of that name elsewhere changes nothing.
    assert!(!failed("{from: pod/client, to: 'web:80', endpoints: [web, web-canary]}"));
    assert!(!failed("{from: pod/client, to: 'web:80', endpoints: [default/web, default/web-canary]}"));
    assert!(failed("{from: pod/client, to: 'web:80', endpoints: [other/web, web-canary]}"));
    assert!(!failed("{from: pod/client, to: 'lone:80', endpoints: [lone-blue]}"));
    // Only a template's hash makes it a Deployment's, but a name may begin the pods'.
    assert!(!failed("{from: pod/client, to: 'lone:80', endpoints: [lone]}"));
}

#[test]
fn a_claim_that_would_hold_whatever_happens_does_not() {
    for spec in [
        "{from: pod/client, to: 'web:80', endpoints: {noneOf: [wbe]}}",
        "{from: pod/client, to: 'web:80', shares: {wbe: 0%}}",
        "{from: external, to: 'node/worker-1:31000', entry: {noneOf: [wrker-1]}}",
        "{object: Service/idle, diagnostics: {noneOf: [selector-matches-nothin]}}",
        "{from: pod/client, to: 'web:80', verdict: delivered, cause: wrong-port}",
    ] {
        assert!(!verify(&world(&[spec]), None, &|_| true)[0].failures.is_empty(), "{spec}");
    }
    for spec in [
        "{from: pod/client, to: 'web:80', endpoints: {noneOf: [idle-web, client]}}",
        "{from: pod/client, to: 'web:80', shares: {client: 0}}",
    ] {
        let world = world(&[spec]);
        let failures = &verify(&world, None, &|_| true)[0].failures;
        assert_eq!(failures.is_empty(), !spec.contains("idle-web"), "{spec}: {failures:?}");
    }
}

#[test]
fn pods_that_a_run_makes_count_for_what_makes_them() {
    let scenario = "{duration: 6s, clients: [{from: pod/client, to: 'web:80', rate: 50}], events: [{at: 1s, restart: {deployment: web}}]}";
    let text = format!(
        "{SHOP}---\napiVersion: portolan.dev/v1alpha1\nkind: Scenario\nspec: {scenario}\n---\napiVersion: \
         portolan.dev/v1alpha1\nkind: Expectation\nspec: {{run: {{service: web, shares: {{web: 75%, web-canary: 25%}}}}}}\n"
    );
    let world = World::load(&[Input { name: "-".into(), text }], &LoadOptions::default());
    let checked = verify(&world, None, &|_| true);
    assert!(checked[0].failures.is_empty(), "{:?}", checked[0].failures);
}

#[test]
fn in_a_run_an_answer_that_goes_astray_is_lost_as_in_a_trace() {
    let text = "apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {app: web}, ports: [{port: 80, nodePort: 30500}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {nodeName: worker-2, containers: [{name: w, image: w}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {nodeName: worker-1, containers: [{name: w, image: w}]}
---
apiVersion: portolan.dev/v1alpha1
kind: Scenario
spec: {duration: 5s, clients: [{from: pod/client, to: 'node/worker-3:30500', rate: 10}]}
---
apiVersion: portolan.dev/v1alpha1
kind: Expectation
spec:
  cases:
    - {from: pod/client, to: 'node/worker-3:30500', cause: asymmetric-reply}
    - {run: {delivered: 0, failures: {atLeast: 30}}}
";
    let world = World::load(&[Input { name: "-".into(), text: text.into() }], &LoadOptions::default());
    for checked in verify(&world, None, &|_| true) {
        assert!(checked.failures.is_empty(), "{:?}", checked.failures);
    }
}

#[test]
fn without_an_answer_no_run_is_quick() {
    let clients = |targets: &[&str]| {
        let clients: Vec<_> = targets.iter().map(|to| format!("{{from: pod/client, to: '{to}', rate: 5}}")).collect();
        let text = format!(
            "{SHOP}---\napiVersion: portolan.dev/v1alpha1\nkind: Scenario\nspec: {{duration: 3s, clients: [{}]}}\n---\n\
             apiVersion: portolan.dev/v1alpha1\nkind: Expectation\nspec: {{run: {{p99Below: 50ms}}}}\n",
            clients.join(", ")
        );
        let world = World::load(&[Input { name: "-".into(), text }], &LoadOptions::default());
        let checked = verify(&world, None, &|_| true);
        checked[0].failures.iter().map(|one| (one.found.clone(), one.why.clone())).collect::<Vec<_>>()
    };
    assert_eq!(clients(&["web:80"]), []);
    let silent = ("a client without an answer".to_string(), "15 rejected".to_string());
    assert_eq!(clients(&["idle:80"]), std::slice::from_ref(&silent));
    // Who gets answers does not speak for who gets none.
    assert_eq!(clients(&["web:80", "idle:80"]), [silent]);
}

#[test]
fn a_run_of_nobody_is_not_tried() {
    let of = |scenario: &str| {
        let text = format!(
            "{SHOP}---\napiVersion: portolan.dev/v1alpha1\nkind: Scenario\nspec: {scenario}\n---\napiVersion: \
             portolan.dev/v1alpha1\nkind: Expectation\nspec: {{run: {{failures: 0}}}}\n"
        );
        let world = World::load(&[Input { name: "-".into(), text }], &LoadOptions::default());
        crate::query::test_errors(&world).iter().map(|one| one.message.clone()).collect::<Vec<_>>()
    };
    let client = "clients: [{from: pod/client, to: 'web:80', rate: 5}]";
    assert_eq!(of(&format!("{{{client}, events: [{{at: 1s, restart: {{deployment: web}}}}]}}")), Vec::<String>::new());
    assert_eq!(
        of(&format!("{{{client}, events: [{{at: 1s, restart: {{deployment: wbe}}}}, {{at: 2s, drain: worker-9}}]}}")),
        ["there is no Deployment default/wbe", "there is no node worker-9"]
    );
    assert_eq!(of("{clients: [{from: pod/nobody, to: 'web:80', rate: 5}]}"), ["there is no pod default/nobody"]);
}

#[test]
fn a_kube_proxy_configuration_without_a_mode_is_one_of_iptables() {
    let fails_in = |config: &str| {
        let text = format!(
            "{SHOP}---\napiVersion: portolan.dev/v1alpha1\nkind: Expectation\nspec: {{from: pod/client, to: 'web:80', verdict: dropped}}\n---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n{config}"
        );
        let world = World::load(&[Input { name: "-".into(), text }], &LoadOptions::default());
        let checked = verify(&world, None, &|_| true);
        checked[0].failures[0].modes.iter().map(|mode| mode.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(fails_in("nodePortAddresses: [primary]\n"), ["iptables"]);
    assert_eq!(fails_in("mode: nftables\n"), ["nftables"]);
}

#[test]
fn the_check_says_nothing_against_an_expectation() {
    let world = world(&["{from: pod/client, to: 'web:80'}"]);
    assert!(!world.diagnostics().iter().any(|one| one.code == "expectation" || one.code == "kind-not-modelled"));
}
