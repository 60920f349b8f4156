//! The rule text of a real kube-proxy, held against the engine's.
//!
//! The order of rules in the chains that gather all Services, and of elements in sets and maps, is random in a real
//! proxy; all else must be the same line by line.

use std::collections::BTreeMap;

use portolan_core::cluster::ProxyMode;
use portolan_core::net::IpFamily;
use portolan_core::objects::Value;
use portolan_core::proxy::{NodeProxy, rules};
use portolan_tests::kubeproxy::{cluster, iptables, nftables};
use portolan_tests::{corpus, files, floor, json};

fn compare(
    label: &str,
    mode: ProxyMode,
    shape: fn(&str) -> BTreeMap<String, Vec<String>>,
    print: fn(&NodeProxy) -> String,
) {
    let (mut agreed, mut total) = (0, 0);
    for path in files(&corpus("kubeproxy"), "txt") {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let Some(stem) = name.strip_suffix(&format!(".{label}.txt")) else { continue };
        let input = path.with_file_name(format!("{stem}.json"));
        let case = if input.exists() { json(&input) } else { Value::Null };
        let recorded = shape(&std::fs::read_to_string(&path).expect("a recording"));
        let ours = shape(&print(&NodeProxy::new(&cluster(&case, mode), "node-a")));
        total += 1;
        if recorded == ours {
            agreed += 1;
            continue;
        }
        println!("  {stem}:");
        for key in recorded.keys().chain(ours.keys()).collect::<std::collections::BTreeSet<_>>() {
            if recorded.get(key) != ours.get(key) {
                println!("    {key}\n      recorded {:?}\n      ours     {:?}", recorded.get(key), ours.get(key));
            }
        }
    }
    floor::hold(&format!("kubeproxy {label}"), agreed, total);
}

#[test]
fn iptables_text_is_the_proxys() {
    compare("iptables", ProxyMode::Iptables, iptables, |proxy| rules::iptables::print(proxy, IpFamily::V4));
}

#[test]
fn nftables_text_is_the_proxys() {
    compare("nftables", ProxyMode::Nftables, nftables, rules::nftables::print);
}
