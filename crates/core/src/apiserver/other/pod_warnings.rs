//! What the server remarks on pods and templates that it accepts: `pkg/api/pod/warnings.go`, as far as ports and names
//! go.

use super::super::field::{Path, go_quote};
use super::super::names;
use super::{items, text};
use crate::objects::Value;

/// Of a new Pod. Of one that changes the server says nothing.
pub(super) fn of_pod(pod: &Value) -> Vec<String> {
    let mut warnings = of_name(pod, "the Pod's hostname");
    warnings.extend(of_spec(pod.get("spec").unwrap_or(&Value::Null), &Path::new("spec")));
    warnings
}

/// Of a workload that is new or whose spec changes.
pub(super) fn of_workload(kind: &str, object: &Value, old: Option<&Value>) -> Vec<String> {
    if old.is_some_and(|old| old.get("spec") == object.get("spec")) {
        return Vec::new();
    }
    let named = old.is_none() && matches!(kind, "Deployment" | "ReplicaSet");
    let mut warnings = if named { of_name(object, "Pod names and hostnames") } else { Vec::new() };
    warnings.extend(of_spec(object.at("spec.template.spec").unwrap_or(&Value::Null), &Path::new("spec.template.spec")));
    warnings
}

fn of_name(object: &Value, used: &str) -> Vec<String> {
    let name = object.at("metadata.name").and_then(Value::as_str).unwrap_or_default();
    let problems = names::dns1123_label(name);
    if problems.is_empty() {
        return Vec::new();
    }
    let problems = problems.join(" ");
    let recommended = ", which can result in surprising behavior; a DNS label is recommended: [";
    vec![["metadata.name: this is used in ", used, recommended, &problems, "]"].concat()]
}

/// A container port, with its path and whether Services and probes can find it by name.
struct Port<'a> {
    path: Path,
    value: &'a Value,
    named: bool,
}

impl Port<'_> {
    fn number(&self, key: &str) -> i64 {
        self.value.get(key).and_then(Value::as_int).unwrap_or(0)
    }

    fn text(&self, key: &str) -> &str {
        text(self.value, key)
    }
}

/// More pairs of ports than this are not compared: no pod has 2,000 ports, and no input shall take for ever.
const PAIRS: usize = 2_000_000;

/// More warnings than this do not get through to the client, which is sent some 4,000 letters.
const ENOUGH: usize = 128;

fn of_spec(spec: &Value, path: &Path) -> Vec<String> {
    let mut ports: Vec<Port> = Vec::new();
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for (at, container) in items(spec, list).iter().enumerate() {
            let ports_path = path.child(list).index(at).child("ports");
            let named =
                list == "containers" || (list == "initContainers" && text(container, "restartPolicy") == "Always");
            let of_container = items(container, "ports").iter().enumerate();
            ports.extend(of_container.map(|(at, value)| Port { path: ports_path.index(at), value, named }));
        }
    }
    let mut warnings = Vec::new();
    let mut pairs = 0usize;
    for (at, port) in ports.iter().enumerate() {
        pairs = pairs.saturating_add(at);
        if pairs > PAIRS || warnings.len() > ENOUGH {
            break;
        }
        let (host_ip, host_port) = (port.text("hostIP"), port.number("hostPort"));
        let here = port.path.as_str();
        if !host_ip.is_empty() && host_port == 0 {
            let (name, number) = (port.text("name"), port.number("containerPort").to_string());
            let (before, protocol) = (": hostIP set without hostPort: {Name:", port.text("protocol"));
            let after = [" HostPort:0 ContainerPort:", &number, " Protocol:", protocol, " HostIP:", host_ip, "}"];
            warnings.push([here, before, name, &after.concat()].concat());
        }
        for other in ports.iter().take(at) {
            let same = port.number("containerPort") == other.number("containerPort")
                && port.text("protocol") == other.text("protocol");
            if !same {
                continue;
            }
            let (other_ip, other_port) = (other.text("hostIP"), other.number("hostPort"));
            let what = if host_ip == other_ip && host_port == other_port {
                "duplicate port definition"
            } else if host_port == 0 || other_port == 0 {
                "overlapping port definition"
            } else if host_port == other_port && host_ip.is_empty() != other_ip.is_empty() {
                "dangerously ambiguous port definition"
            } else {
                continue;
            };
            warnings.push([here, ": ", what, " with ", other.path.as_str()].concat());
        }
    }
    let mut pairs = 0usize;
    let mut firsts: Vec<&Port> = Vec::new();
    for port in ports.iter().filter(|port| port.named && !port.text("name").is_empty()) {
        pairs = pairs.saturating_add(firsts.len());
        if pairs > PAIRS || warnings.len() > 2 * ENOUGH {
            break;
        }
        let Some(first) = firsts.iter().find(|first| first.text("name") == port.text("name")) else {
            firsts.push(port);
            continue;
        };
        let (here, there, name) = (port.path.as_str(), first.path.as_str(), go_quote(port.text("name")));
        let so = ", services and probes that select ports by name will use ";
        warnings.push([here, ": duplicate port name ", &name, " with ", there, so, there].concat());
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::to_value;
    use crate::yaml::{self, Limits};

    fn warnings(spec: &str) -> Vec<String> {
        let spec = to_value(&yaml::read(spec, 0, 0, &Limits::default()).documents[0].root);
        of_spec(&spec, &Path::new("spec"))
    }

    #[test]
    fn the_first_of_two_ports_of_one_name_is_the_one_that_counts() {
        let got = warnings(
            "{initContainers: [{ports: [{name: web}]}, {restartPolicy: Always, ports: [{name: web, containerPort: 1}]}], \
             containers: [{ports: [{name: web, containerPort: 2}]}]}",
        );
        let sidecar = "spec.initContainers[1].ports[0]";
        assert_eq!(
            got,
            [format!(
                "spec.containers[0].ports[0]: duplicate port name \"web\" with {sidecar}, services and probes that select \
                 ports by name will use {sidecar}"
            )]
        );
    }

    #[test]
    fn equal_and_overlapping_ports_are_told_pair_by_pair() {
        let got = warnings(
            "{containers: [{ports: [{containerPort: 80}, {containerPort: 80}]}, {ports: [{containerPort: 80, hostPort: 81}]}]}",
        );
        assert_eq!(got.len(), 3);
        assert_eq!(got[0], "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]");
        assert_eq!(got[2], "spec.containers[1].ports[0]: overlapping port definition with spec.containers[0].ports[1]");
    }

    #[test]
    fn a_pods_name_with_dots_is_remarked_on() {
        let pod = Value::object([("metadata", Value::object([("name", Value::from("a.b"))]))]);
        assert!(of_pod(&pod)[0].ends_with("a DNS label is recommended: [must not contain dots]"));
    }
}
