//! Services that are right, of every type, family and policy, on clusters of every kind: each is accepted, and what was
//! stored is accepted again unchanged.

use std::fmt::Write;

use portolan_core::apiserver::Outcome;
use portolan_core::world::LoadOptions;
use portolan_tests::apiserver::bytes;
use portolan_tests::promises;
use proptest::prelude::*;

const V4: &str = "10.96.0.0/16";
const V6: &str = "fd00:10:96::/112";

/// One decision after the other.
struct Choices(std::vec::IntoIter<u32>);

impl Choices {
    /// A number below `count`.
    fn below(&mut self, count: u32) -> u32 {
        self.0.next().unwrap_or_default() % count
    }
    fn yes(&mut self) -> bool {
        self.below(2) == 1
    }
    fn one<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u32) as usize]
    }
}

/// A right Service as YAML, and the ranges of the cluster it is for.
fn service(choices: Choices) -> (String, String) {
    let mut text = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n".to_string();
    let ranges = write(choices, &mut text).expect("a String takes everything");
    (text, ranges)
}

fn write(mut pick: Choices, out: &mut String) -> Result<String, std::fmt::Error> {
    let families: &[&str] = match pick.below(4) {
        0 => &["IPv4"],
        1 => &["IPv6"],
        2 => &["IPv4", "IPv6"],
        _ => &["IPv6", "IPv4"],
    };
    let range = |family: &&str| if *family == "IPv4" { V4 } else { V6 };
    let ranges: Vec<&str> = families.iter().map(range).collect();
    let ty = pick.one(&["ClusterIP", "None", "NodePort", "LoadBalancer", "ExternalName"]);
    if ty == "None" {
        writeln!(out, "  clusterIP: None")?;
    } else if ty != "ClusterIP" || pick.yes() {
        writeln!(out, "  type: {ty}")?;
    }
    if pick.below(4) > 0 {
        writeln!(out, "  selector: {{app: web}}")?;
    }
    if pick.yes() {
        writeln!(out, "  publishNotReadyAddresses: true")?;
    }
    if ty == "ExternalName" {
        writeln!(out, "  externalName: api.example.com")?;
        return Ok(ranges.join(","));
    }
    stacks(&mut pick, families, ty, out)?;
    policies(&mut pick, ty, out)?;
    ports(&mut pick, ty, out)?;
    Ok(ranges.join(","))
}

fn stacks(pick: &mut Choices, families: &[&str], ty: &str, out: &mut String) -> std::fmt::Result {
    let dual = families.len() == 2;
    let policies: &[&str] = if dual {
        &["", "SingleStack", "PreferDualStack", "RequireDualStack"]
    } else {
        &["", "SingleStack", "PreferDualStack"]
    };
    let policy = pick.one(policies);
    if !policy.is_empty() {
        writeln!(out, "  ipFamilyPolicy: {policy}")?;
    }
    let mut listed = match pick.below(4) {
        0 => Vec::new(),
        1 => families[..1].to_vec(),
        2 => families.iter().rev().copied().collect(),
        _ => families.to_vec(),
    };
    // A policy that is not said is SingleStack.
    if matches!(policy, "" | "SingleStack") {
        listed.truncate(1);
    }
    if !listed.is_empty() {
        writeln!(out, "  ipFamilies: [{}]", listed.join(", "))?;
    }
    // An address of the first family, where that is said.
    let given = match listed.first() {
        Some(&"IPv4") => "10.96.3.7",
        Some(_) => "fd00:10:96::37",
        None => "",
    };
    if ty != "None" && !given.is_empty() && pick.yes() {
        writeln!(out, "  clusterIP: \"{given}\"")?;
    }
    Ok(())
}

fn policies(pick: &mut Choices, ty: &str, out: &mut String) -> std::fmt::Result {
    match pick.below(3) {
        0 => writeln!(out, "  sessionAffinity: None")?,
        1 => {
            let seconds = 1 + pick.below(86_400);
            writeln!(
                out,
                "  sessionAffinity: ClientIP\n  sessionAffinityConfig: {{clientIP: {{timeoutSeconds: {seconds}}}}}"
            )?;
        }
        _ => {}
    }
    if pick.yes() {
        writeln!(out, "  internalTrafficPolicy: {}", pick.one(&["Cluster", "Local"]))?;
    }
    if pick.yes() {
        let preference = pick.one(&["PreferSameZone", "PreferSameNode", "PreferClose"]);
        writeln!(out, "  trafficDistribution: {preference}")?;
    }
    if pick.yes() {
        writeln!(out, "  externalIPs: [192.0.2.{}]", 1 + pick.below(200))?;
    }
    if !matches!(ty, "NodePort" | "LoadBalancer") {
        return Ok(());
    }
    let policy = pick.one(&["", "Cluster", "Local"]);
    if !policy.is_empty() {
        writeln!(out, "  externalTrafficPolicy: {policy}")?;
    }
    if ty == "LoadBalancer" {
        if policy == "Local" && pick.yes() {
            writeln!(out, "  healthCheckNodePort: {}", 32_000 + pick.below(700))?;
        }
        if pick.yes() {
            writeln!(out, "  loadBalancerSourceRanges: [198.51.100.0/24, \"2001:db8::/32\"]")?;
        }
        if pick.yes() {
            writeln!(out, "  loadBalancerClass: example.com/lb")?;
        }
        if pick.yes() {
            writeln!(out, "  allocateLoadBalancerNodePorts: {}", pick.yes())?;
        }
    }
    Ok(())
}

fn ports(pick: &mut Choices, ty: &str, out: &mut String) -> std::fmt::Result {
    // A headless Service needs none.
    let count = if ty == "None" { pick.below(4) } else { 1 + pick.below(4) };
    if count > 0 {
        writeln!(out, "  ports:")?;
    }
    for at in 0..count {
        let port = 1 + at * 16_000 + pick.below(16_000);
        write!(out, "  - {{port: {port}")?;
        if count > 1 || pick.yes() {
            write!(out, ", name: p{at}")?;
        }
        if pick.yes() {
            write!(out, ", protocol: {}", pick.one(&["TCP", "UDP", "SCTP"]))?;
        }
        match pick.below(3) {
            0 => write!(out, ", targetPort: {}", 1 + pick.below(65_535))?,
            1 => write!(out, ", targetPort: http")?,
            _ => {}
        }
        if pick.yes() {
            write!(out, ", appProtocol: {}", pick.one(&["http", "kubernetes.io/h2c"]))?;
        }
        if matches!(ty, "NodePort" | "LoadBalancer") && pick.yes() {
            write!(out, ", nodePort: {}", 30_000 + at * 100 + pick.below(100))?;
        }
        writeln!(out, "}}")?;
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600,
        failure_persistence: None,
        rng_seed: prop::test_runner::RngSeed::Fixed(1),
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_right_service_is_accepted_and_again_as_it_was_stored(numbers in prop::collection::vec(any::<u32>(), 48)) {
        let (text, ranges) = service(Choices(numbers.into_iter()));
        let options = LoadOptions::default();
        let world = promises::load(&format!("{}---\n{text}", bytes::cluster(&ranges)), &options);
        let outcome = &world.answers()[1].outcome;
        prop_assert!(matches!(outcome, Outcome::Stored(_)), "{ranges}\n{text}\n{outcome:?}");
        match promises::taken_again(&world, &options) {
            Ok(count) => prop_assert_eq!(count, 1),
            Err(broken) => prop_assert!(false, "{ranges}\n{text}\n{broken}"),
        }
    }
}
