//! The printed rules, loaded into a real kernel and read back: what the engine prints is what the kernel's tools print.
//!
//! Needs Linux, root, nft, iptables-restore and unshare; says so and passes elsewhere. Rules that count by nfacct are left
//! out, since their counters would have to be made first.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, Ipv6Addr};
use std::process::{Command, Stdio};

use portolan_core::cluster::{Cluster, ProxyMode};
use portolan_core::net::IpFamily;
use portolan_core::objects::Value;
use portolan_core::proxy::{NodeProxy, rules};
use portolan_tests::kubeproxy::{cluster, iptables, nftables};
use portolan_tests::{corpus, files, json};

/// Runs a script in a network of its own with `text` as its input; the error is what it says.
fn in_own_network(script: &str, text: &str) -> Result<String, String> {
    let mut child = Command::new("unshare")
        .args(["-n", "sh", "-c", script])
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut input = child.stdin.take().ok_or("no input")?;
    // A tool that gives up early closes its input; what it says then tells why.
    let _ = input.write_all(text.as_bytes());
    drop(input);
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn round_trip(
    stacks: u8,
    script: &str,
    mode: ProxyMode,
    shape: fn(&str) -> BTreeMap<String, Vec<String>>,
    print: fn(&NodeProxy) -> String,
) {
    if let Err(why) = in_own_network(&format!("command -v {}", script.split(' ').next().unwrap_or_default()), "") {
        println!("skipped: this needs root and the kernel's tools ({})", why.trim());
        return;
    }
    for path in files(&corpus("kubeproxy"), "json") {
        let case: Value = json(&path);
        let mut cluster = cluster(&case, mode);
        if stacks == 2 {
            second_stack(&mut cluster);
        }
        let text = print(&NodeProxy::new(&cluster, "node-a"));
        let back = in_own_network(script, &text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", path.display()));
        let (back, ours) = (shape(&back), shape(&text));
        for key in back.keys().chain(ours.keys()) {
            assert_eq!(back.get(key), ours.get(key), "{key} of {}", path.display());
        }
    }
}

/// Gives every Service an IPv6 side with the same endpoints and policies.
fn second_stack(cluster: &mut Cluster) {
    let v6 = |ip: &IpAddr| match ip {
        IpAddr::V4(ip) => IpAddr::V6(Ipv6Addr::from(0xfd00_u128 << 112 | u128::from(u32::from(*ip)))),
        IpAddr::V6(_) => *ip,
    };
    cluster.settings.proxy.cluster_cidrs.push("fd00::af4:0/112".parse().expect("a range"));
    cluster.settings.service_cidrs.push("fd00::a60:0/108".parse().expect("a range"));
    for node in &mut cluster.nodes {
        node.internal_ips.extend(node.internal_ips.iter().map(v6).collect::<Vec<_>>());
    }
    for service in &mut cluster.services {
        let both = |ips: &[IpAddr]| ips.iter().copied().chain(ips.iter().map(v6)).collect::<Vec<_>>();
        service.cluster_ips = both(&service.cluster_ips);
        service.external_ips = both(&service.external_ips);
        if !service.source_ranges.is_empty() {
            service.source_ranges.push("fd00:1::/64".parse().expect("a range"));
        }
        for mut ingress in service.ingress.clone() {
            ingress.ip = ingress.ip.as_ref().map(v6);
            service.ingress.push(ingress);
        }
    }
    for mut slice in cluster.slices.clone() {
        slice.family = Some(IpFamily::V6);
        slice
            .endpoints
            .iter_mut()
            .for_each(|endpoint| endpoint.addresses = endpoint.addresses.iter().map(v6).collect());
        cluster.slices.push(slice);
    }
}

#[test]
fn nft_reads_and_prints_the_same() {
    round_trip(1, "nft -f - && nft list ruleset", ProxyMode::Nftables, nftables, rules::nftables::print);
}

#[test]
fn iptables_reads_and_prints_the_same() {
    let print = |proxy: &NodeProxy| {
        let text = rules::iptables::print(proxy, IpFamily::V4);
        text.lines().filter(|line| !line.contains("nfacct")).map(|line| format!("{line}\n")).collect()
    };
    round_trip(1, "iptables-restore && iptables-save", ProxyMode::Iptables, iptables, print);
}

#[test]
fn both_stacks_are_read_and_printed_the_same() {
    round_trip(2, "nft -f - && nft list ruleset", ProxyMode::Nftables, nftables, rules::nftables::print);
    let print = |proxy: &NodeProxy| {
        let text = rules::iptables::print(proxy, IpFamily::V6);
        text.lines().filter(|line| !line.contains("nfacct")).map(|line| format!("{line}\n")).collect()
    };
    round_trip(2, "ip6tables-restore && ip6tables-save", ProxyMode::Iptables, iptables, print);
}
