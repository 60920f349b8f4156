//! Tests of reading Expectation documents.

use super::*;
use crate::objects::testing;

fn problems(spec: &str) -> Vec<(String, String)> {
    read(&testing(&format!("apiVersion: {API_VERSION}\nkind: Expectation\nspec: {spec}"))).unwrap_err()
}

#[test]
fn cases_have_what_the_whole_document_says_and_places_of_their_own() {
    let text = format!(
        "apiVersion: {API_VERSION}\nkind: Expectation\nmetadata: {{name: shop}}\nspec:\n  from: pod/client\n  cases:\n  - {{to: \"http://web/\"}}\n  - {{name: gone, lookup: db, answers: NXDOMAIN}}\n"
    );
    let found = read(&testing(&text)).unwrap();
    assert_eq!(found[0].name, "shop: pod/client to web:80: delivered");
    assert_eq!((found[1].name.as_str(), found[1].path.as_str()), ("shop: gone", "spec.cases[1]"));
}

#[test]
fn what_is_not_understood_is_told_with_its_path_and_what_was_meant() {
    for (spec, path, part) in [
        ("{from: external, to: 'web:80', verdit: dropped}", "spec.verdit", "did you mean verdict?"),
        ("{from: external, to: 'web:80', verdict: lost}", "spec.verdict", "must be one of delivered"),
        ("{from: nobody, to: 'web:80'}", "spec.from", "is no client"),
        ("{to: 'web:80'}", "spec.from", "required"),
        ("{from: external, to: web}", "spec.to", "is no target"),
        ("{from: external, to: 'web:80', answers: NODATA}", "spec.answers", "goes with lookup"),
        ("{from: external, to: 'web:80', lookup: web}", "spec", "several things"),
        ("{from: external}", "spec", "does not say what it is about"),
        ("{from: external, to: 'a:1', verdict: dropped, source: client}", "spec.source", "goes with verdict"),
        ("{from: external, to: 'a:1', shares: {a: 120%}}", "spec.shares.a", "must be a share"),
        ("{from: external, to: 'a:1', mode: ebpf}", "spec.mode", "must be iptables"),
        ("{from: external, cases: [{to: 'a:1', endpoints: web}]}", "spec.cases[0].endpoints", "must be a list"),
        ("{from: who, cases: [{to: 'a:1'}, {to: 'b:1'}]}", "spec.from", "is no client"),
        ("{object: web}", "spec.object", "KIND/NAME"),
        ("{run: {}}", "spec.run", "expects nothing"),
        ("{run: {failure: 0}}", "spec.run.failure", "did you mean failures?"),
        ("{cases: []}", "spec.cases", "list of 1"),
    ] {
        let found = problems(spec);
        let told = found.iter().any(|(at, message)| at == path && message.contains(part));
        assert!(told, "{spec}: {found:?}");
    }
    assert_eq!(problems("{from: who, cases: [{to: 'a:1'}, {to: 'b:1'}]}").len(), 1);
}

#[test]
fn a_misspelt_kind_of_ours_is_an_error() {
    let found = read(&testing(&format!("apiVersion: {API_VERSION}\nkind: Expectaton"))).unwrap_err();
    assert_eq!(found[0].0, "kind");
}

#[test]
fn names_are_of_the_documents_namespace_unless_they_say_another() {
    let text = format!(
        "apiVersion: {API_VERSION}\nkind: Expectation\nmetadata: {{namespace: shop}}\nspec:\n  from: pod/client\n  cases:\n  - {{to: \"svc/web:80\"}}\n  - {{from: pod/other/client, to: \"web:80\"}}\n  - {{lookup: web, answers: [svc/web, svc/other/web]}}\n"
    );
    let found = read(&testing(&text)).unwrap();
    let traffic = |at: usize| match &found[at].claim {
        Claim::Traffic(traffic) => (traffic.from.to_string(), traffic.to.clone()),
        other => panic!("{other:?}"),
    };
    let service = Target::Service { service: crate::objects::ObjectRef::new("shop", "web"), port: "80".into() };
    assert_eq!(traffic(0), ("pod/shop/client".to_string(), service));
    assert_eq!(traffic(1), ("pod/other/client".to_string(), Target::Name { name: "web".into(), port: 80 }));
    let Claim::Lookup(lookup) = &found[2].claim else { panic!() };
    let records = Names { exactly: Some(vec!["svc/shop/web".into(), "svc/other/web".into()]), ..Names::default() };
    assert_eq!(lookup.answers, Answers::Records(records));
}

#[test]
fn a_case_takes_of_the_document_what_goes_with_it() {
    let text = format!(
        "apiVersion: {API_VERSION}\nkind: Expectation\nspec:\n  from: pod/client\n  mode: nftables\n  cases:\n  - {{to: \"web:80\"}}\n  - {{object: Service/web}}\n  - {{lookup: web, answers: NXDOMAIN}}\n"
    );
    let found = read(&testing(&text)).unwrap();
    assert_eq!(found.len(), 3);
    assert!(matches!(&found[2].claim, Claim::Lookup(lookup) if lookup.from.to_string().ends_with("client")));
    let none = problems("{verdict: dropped, from: external, cases: [{object: Service/web}]}");
    assert_eq!(none.iter().map(|(at, _)| at.as_str()).collect::<Vec<_>>(), ["spec.verdict", "spec.from"]);
}
