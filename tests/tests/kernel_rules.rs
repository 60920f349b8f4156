//! The printed rules, loaded into a real kernel and read back: what the engine prints is what the kernel's tools print.
//!
//! Needs Linux, root, nft, iptables-restore and unshare; says so and passes elsewhere. Rules that count by nfacct are left
//! out, since their counters would have to be made first.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use portolan_core::cluster::ProxyMode;
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
        let text = print(&NodeProxy::new(&cluster(&case, mode), "node-a"));
        let back = in_own_network(script, &text).unwrap_or_else(|error| panic!("{}: {error}\n{text}", path.display()));
        assert_eq!(shape(&back), shape(&text), "{}", path.display());
    }
}

#[test]
fn nft_reads_and_prints_the_same() {
    round_trip("nft -f - && nft list ruleset", ProxyMode::Nftables, nftables, rules::nftables::print);
}

#[test]
fn iptables_reads_and_prints_the_same() {
    let print = |proxy: &NodeProxy| {
        let text = rules::iptables::print(proxy, IpFamily::V4);
        text.lines().filter(|line| !line.contains("nfacct")).map(|line| format!("{line}\n")).collect()
    };
    round_trip("iptables-restore && iptables-save", ProxyMode::Iptables, iptables, print);
}
