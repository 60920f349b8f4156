//! Tests of the server's answers, after the cases of coredns `plugin/kubernetes/handler_test.go`.

use super::*;
use crate::dns::testing::{cluster, ip};

fn ask(name: &str, qtype: QType) -> (Rcode, Vec<String>) {
    let answer = query(&cluster(), name, qtype);
    (answer.rcode, answer.records.iter().map(|record| record.data.text()).collect())
}

fn found(name: &str, qtype: QType) -> Vec<String> {
    let (rcode, records) = ask(name, qtype);
    assert_eq!(rcode, Rcode::NoError, "{name}");
    records
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_service_has_its_addresses_by_family() {
    assert_eq!(found("web.default.svc.cluster.local", QType::A), ["10.96.0.50"]);
    assert_eq!(found("web.default.svc.cluster.local.", QType::Aaaa), ["fd00:10:96::50"]);
    assert_eq!(found("kube-dns.kube-system.svc.cluster.local.", QType::Aaaa), NOTHING, "no data, but it exists");
}

#[test]
fn names_that_exist_without_records_are_nodata_and_others_nxdomain() {
    for name in [
        "cluster.local",
        "svc.cluster.local",
        "pod.cluster.local",
        "default.svc.cluster.local",
        "shop.pod.cluster.local",
    ] {
        assert!(query(&cluster(), name, QType::A).nodata(), "{name}");
    }
    for name in [
        "nothing.default.svc.cluster.local",
        "web.shop.svc.cluster.local",
        "missing.svc.cluster.local",
        "web.default.cluster.local",
        "a.b.c.web.default.svc.cluster.local",
        "foo.cluster.local",
        "_http._udp.web.default.svc.cluster.local",
        "a..svc.cluster.local",
    ] {
        assert_eq!(ask(name, QType::A).0, Rcode::NxDomain, "{name}");
    }
}

#[test]
fn the_question_keeps_its_letters_and_the_answer_repeats_them() {
    let answer = query(&cluster(), "WeB.Default.SVC.cLuStEr.LoCaL.", QType::A);
    assert_eq!(answer.records[0].name, "WeB.Default.SVC.cLuStEr.LoCaL.");
    let answer = query(&cluster(), "_HtTp._TcP.web.default.svc.cLuStEr.LoCaL.", QType::Srv);
    assert_eq!(answer.records[0].data.text(), "0 50 80 web.default.svc.cLuStEr.LoCaL.");
}

#[test]
fn headless_services_have_the_addresses_of_ready_endpoints() {
    assert_eq!(found("db.default.svc.cluster.local", QType::A), ["10.244.1.5", "10.244.2.5"]);
    assert_eq!(found("db.default.svc.cluster.local", QType::Aaaa), NOTHING);
    assert_eq!(ask("empty.default.svc.cluster.local", QType::A).0, Rcode::NxDomain);
}

#[test]
fn endpoints_have_names_by_hostname_or_dashed_address() {
    assert_eq!(found("db-0.db.default.svc.cluster.local", QType::A), ["10.244.1.5"]);
    assert_eq!(found("10-244-2-5.db.default.svc.cluster.local", QType::A), ["10.244.2.5"]);
    assert_eq!(found("10-244-1-6.web.default.svc.cluster.local", QType::A), ["10.244.1.6"], "of any Service");
    for name in ["10-244-1-5.db", "db-2.db", "db-0.web", "x.alias"] {
        let name = format!("{name}.default.svc.cluster.local");
        assert_eq!(ask(&name, QType::A).0, Rcode::NxDomain, "{name}");
    }
}

#[test]
fn srv_gives_port_and_target_with_addresses_beside() {
    let answer = query(&cluster(), "_http._tcp.web.default.svc.cluster.local", QType::Srv);
    assert_eq!(answer.records.len(), 1, "one for both families");
    assert_eq!(answer.records[0].data.text(), "0 50 80 web.default.svc.cluster.local.");
    assert_eq!(answer.extra.len(), 2);
    let answer = query(&cluster(), "_pg._tcp.db.default.svc.cluster.local", QType::Srv);
    let texts: Vec<String> = answer.records.iter().map(|r| r.data.text()).collect();
    assert_eq!(
        texts,
        ["0 50 5432 db-0.db.default.svc.cluster.local.", "0 50 5432 10-244-2-5.db.default.svc.cluster.local."]
    );
    assert_eq!(answer.extra[1].name, "10-244-2-5.db.default.svc.cluster.local.");
    assert_eq!(ask("_web._tcp.web.default.svc.cluster.local", QType::Srv).0, Rcode::NxDomain);
    assert_eq!(found("mail.default.svc.cluster.local", QType::Srv), NOTHING);
}

#[test]
fn pod_names_are_answered_without_a_look_at_the_pods() {
    assert_eq!(found("1-2-3-4.default.pod.cluster.local", QType::A), ["1.2.3.4"]);
    assert_eq!(found("1-2-3-4.default.pod.cluster.local", QType::Aaaa), NOTHING);
    assert_eq!(found("1234-abcd--1.default.pod.cluster.local", QType::Aaaa), ["1234:abcd::1"]);
    assert_eq!(ask("client.default.pod.cluster.local", QType::A).0, Rcode::NxDomain);
    assert_eq!(ask("1-2-3-4.missing.pod.cluster.local", QType::A).0, Rcode::NxDomain);
}

#[test]
fn reverse_names_lead_to_the_service_or_the_endpoint() {
    assert_eq!(found("50.0.96.10.in-addr.arpa", QType::Ptr), ["web.default.svc.cluster.local."]);
    assert_eq!(found("5.1.244.10.in-addr.arpa", QType::Ptr), ["db-0.db.default.svc.cluster.local."]);
    assert_eq!(found("5.2.244.10.in-addr.arpa", QType::Ptr), ["10-244-2-5.db.default.svc.cluster.local."]);
    assert_eq!(ask("9.1.244.10.in-addr.arpa", QType::Ptr).0, Rcode::NxDomain);
    assert_eq!(found("web.default.svc.cluster.local", QType::Ptr), NOTHING);
}

#[test]
fn external_names_are_aliases_that_are_followed_inside_and_left_to_the_outside() {
    let answer = query(&cluster(), "mail.default.svc.cluster.local", QType::A);
    assert_eq!(answer.records[0].data, RData::Cname("smtp.example.com.".to_string()));
    assert_eq!(answer.outside.as_deref(), Some("smtp.example.com."));
    assert_eq!(found("alias.default.svc.cluster.local", QType::A), ["web.default.svc.cluster.local.", "10.96.0.50"]);
    assert_eq!(found("alias.default.svc.cluster.local", QType::Cname), ["web.default.svc.cluster.local."]);
    assert_eq!(found("web.default.svc.cluster.local", QType::Cname), NOTHING);
}

#[test]
fn external_names_that_lead_nowhere_have_no_data() {
    assert!(query(&cluster(), "dangling.default.svc.cluster.local", QType::A).nodata());
    assert!(query(&cluster(), "loop-a.default.svc.cluster.local", QType::A).nodata());
    assert_eq!(ask("by-address.default.svc.cluster.local", QType::A).0, Rcode::NxDomain);
}

#[test]
fn an_alias_goes_through_no_search_path() {
    let mut cluster = cluster();
    let mail = cluster.services.iter_mut().find(|service| service.meta.name == "mail").unwrap();
    mail.external_name = "web.default".into();
    let answer = query(&cluster, "mail.default.svc.cluster.local", QType::A);
    assert_eq!((answer.records.len(), answer.outside), (1, None));
}

#[test]
fn the_schema_version_is_text_and_no_other_name_has_any() {
    assert_eq!(found("dns-version.cluster.local", QType::Txt), ["\"1.1.0\""]);
    assert!(query(&cluster(), "nothing.default.svc.cluster.local", QType::Txt).nodata());
}

#[test]
fn the_name_server_has_the_address_of_its_service() {
    assert_eq!(found("ns.dns.cluster.local", QType::A), ["10.96.0.10"]);
    assert_eq!(super::cluster_dns(&cluster()), [ip("10.96.0.10")]);
}

#[test]
fn other_domains_are_left_to_the_outside() {
    let answer = query(&cluster(), "api.example.com", QType::A);
    assert_eq!((answer.rcode, answer.outside.as_deref()), (Rcode::NoError, Some("api.example.com.")));
    assert!(!answer.nodata());
}

#[test]
fn a_zone_names_its_server_and_its_beginning() {
    let answer = query(&cluster(), "Cluster.Local", QType::Ns);
    assert_eq!(answer.records[0].data.text(), "kube-dns.kube-system.svc.Cluster.Local.");
    assert_eq!(
        (answer.extra[0].name.as_str(), answer.extra[0].data.text()),
        (answer.records[0].data.text().as_str(), "10.96.0.10".into())
    );
    assert_eq!(
        found("cluster.local", QType::Soa),
        ["ns.dns.cluster.local. hostmaster.cluster.local. 0 7200 1800 86400 30"]
    );
    assert_eq!(found("in-addr.arpa", QType::Ns), ["kube-dns.kube-system.svc.in-addr.arpa."]);
    assert!(query(&cluster(), "ip6.arpa", QType::A).nodata());
}

#[test]
fn under_a_zone_only_existence_is_told_for_types_that_nothing_has() {
    for qtype in [QType::Ns, QType::Mx, QType::Any] {
        assert_eq!(found("web.default.svc.cluster.local", qtype), NOTHING, "{qtype:?}");
        assert_eq!(ask("nothing.default.svc.cluster.local", qtype).0, Rcode::NxDomain, "{qtype:?}");
    }
    assert_eq!(found("mail.default.svc.cluster.local", QType::Mx), NOTHING);
    assert!(query(&cluster(), "nothing.default.svc.cluster.local", QType::Soa).nodata(), "not even looked at");
}
