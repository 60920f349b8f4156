//! When a pod's processes begin and end, and how its kubelet asks after them, as far as its manifest tells.

use super::Value;

/// What the kubelet does to find out how a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// A command in the container or a question to another host, which says nothing about the pod's ports.
    Run,
    /// It connects to this port (`tcpSocket`); `None` where the port has no known number.
    Connect(Option<u16>),
    /// It asks at this port, and waits for an answer (`httpGet`, `grpc`).
    Ask(Option<u16>),
}

/// A probe. Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Probe {
    /// `initialDelaySeconds`: from the container's start to the first one.
    pub delay: u32,
    /// `periodSeconds`: the time between two.
    pub period: u32,
    /// `timeoutSeconds`: how long it waits.
    pub timeout: u32,
    /// `failureThreshold`: so many in a row count as a failure.
    pub failures: u32,
    /// `successThreshold`: so many in a row count as a success.
    pub successes: u32,
    /// What is done.
    pub check: Check,
}

/// What a manifest says of a pod's beginning and end. Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// How long `lifecycle.preStop` sleeps before the process gets SIGTERM; the longest of the containers'.
    pub pre_stop: u32,
    /// `spec.terminationGracePeriodSeconds`: after that the process is killed.
    pub grace: u32,
    /// `readinessProbe`; the slowest of the containers'.
    pub readiness: Option<Probe>,
    /// `livenessProbe`; the slowest of the containers'.
    pub liveness: Option<Probe>,
    /// `startupProbe`; the slowest of the containers'.
    pub startup: Option<Probe>,
    /// Whether a container that fails is started again: `restartPolicy` is not Never.
    pub restarts: bool,
    /// How long it stays on a node that is unreachable: `tolerationSeconds` for the taint
    /// `node.kubernetes.io/unreachable`, 300 where nothing is said; `None` is for ever.
    pub evicted_after: Option<u32>,
    /// The process ends by itself so many milliseconds after each start. No manifest says it; a simulation does.
    pub crashes_after: Option<u32>,
}

impl Default for Life {
    fn default() -> Self {
        Life {
            pre_stop: 0,
            grace: 30,
            readiness: None,
            liveness: None,
            startup: None,
            restarts: true,
            evicted_after: Some(EVICTED_AFTER),
            crashes_after: None,
        }
    }
}

/// What the admission plugin DefaultTolerationSeconds gives to pods that say nothing.
const EVICTED_AFTER: u32 = 300;

/// What a stored Pod says.
pub(super) fn life_of(pod: &Value) -> Life {
    let mut life = Life::default();
    if let Some(seconds) = number(pod.at("spec.terminationGracePeriodSeconds")) {
        life.grace = seconds;
    }
    life.restarts = pod.at("spec.restartPolicy").and_then(Value::as_str) != Some("Never");
    let all = |key| pod.at(key).map(Value::items).unwrap_or_default();
    life.evicted_after = tolerated(all("spec.tolerations"));
    let sidecars = all("spec.initContainers")
        .iter()
        .filter(|one| one.get("restartPolicy").and_then(Value::as_str) == Some("Always"));
    for container in all("spec.containers").iter().chain(sidecars) {
        life.pre_stop = life.pre_stop.max(sleep(container.at("lifecycle.preStop")).unwrap_or(0));
        life.readiness = life.readiness.max(probe(container, "readinessProbe"));
        life.liveness = life.liveness.max(probe(container, "livenessProbe"));
        life.startup = life.startup.max(probe(container, "startupProbe"));
    }
    life
}

/// The least of the times for which the taint of an unreachable node is tolerated; one that names none is no limit
/// (`getMinTolerationTime` of pkg/controller/tainteviction).
fn tolerated(tolerations: &[Value]) -> Option<u32> {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
    let fits = |one: &&Value| {
        let (key, effect) = (text(one, "key"), text(one, "effect"));
        let exists = text(one, "operator") == "Exists";
        (key == "node.kubernetes.io/unreachable" && (exists || text(one, "value").is_empty())
            || key.is_empty() && exists)
            && (effect.is_empty() || effect == "NoExecute")
    };
    let mut found = tolerations.iter().filter(fits).peekable();
    if found.peek().is_none() {
        return Some(EVICTED_AFTER);
    }
    // A negative number of seconds is none.
    let seconds = |one: &Value| one.get("tolerationSeconds").and_then(Value::as_int).map(|n| n.clamp(0, 1 << 31));
    found.filter_map(seconds).min().and_then(|n| u32::try_from(n).ok())
}

fn probe(container: &Value, field: &str) -> Option<Probe> {
    let probe = container.get(field).filter(|probe| !probe.is_null())?;
    let positive = |key: &str, default| number(probe.get(key)).filter(|n| *n > 0).unwrap_or(default);
    let port = |path: &str| port(container, probe.at(path)?);
    let check = if asks_elsewhere(probe) {
        Check::Run
    } else if probe.get("httpGet").is_some() {
        Check::Ask(port("httpGet.port"))
    } else if probe.get("grpc").is_some() {
        Check::Ask(port("grpc.port"))
    } else if probe.get("tcpSocket").is_some() {
        Check::Connect(port("tcpSocket.port"))
    } else {
        Check::Run
    };
    Some(Probe {
        delay: number(probe.get("initialDelaySeconds")).unwrap_or(0),
        period: positive("periodSeconds", 10),
        timeout: positive("timeoutSeconds", 1),
        failures: positive("failureThreshold", 3),
        successes: positive("successThreshold", 1),
        check,
    })
}

/// Whether a probe names its `host`, which need not be the pod: then it says nothing about the pod's ports.
pub(super) fn asks_elsewhere(probe: &Value) -> bool {
    let hosts = ["httpGet.host", "tcpSocket.host"].into_iter().filter_map(|path| probe.at(path)?.as_str());
    hosts.into_iter().any(|host| !host.is_empty())
}

/// A port by its number, or by the name that the container gives it.
fn port(container: &Value, value: &Value) -> Option<u16> {
    let number = |value: &Value| value.as_int().and_then(|number| u16::try_from(number).ok());
    let Some(name) = value.as_str() else { return number(value) };
    let ports = container.get("ports").map(Value::items).unwrap_or_default();
    let named = ports.iter().find(|port| port.get("name").and_then(Value::as_str) == Some(name));
    named.and_then(|port| number(port.get("containerPort")?)).or_else(|| name.parse().ok())
}

fn number(value: Option<&Value>) -> Option<u32> {
    value.and_then(Value::as_int).and_then(|number| u32::try_from(number).ok())
}

/// How long a preStop hook takes: its own `sleep`, or a command that is one (`sleep 5`, `sh -c "sleep 5"`). Of other
/// hooks nothing is known.
pub(crate) fn sleep(hook: Option<&Value>) -> Option<u32> {
    let hook = hook?;
    if let Some(seconds) = number(hook.at("sleep.seconds")) {
        return Some(seconds);
    }
    let command = hook.at("exec.command").map(Value::items)?;
    let mut words = command.iter().filter_map(Value::as_str).flat_map(str::split_whitespace).peekable();
    while let Some(word) = words.next() {
        if word.rsplit('/').next() == Some("sleep") {
            let seconds = words.next()?.trim_end_matches([';', 's']);
            return words.peek().is_none().then(|| seconds.parse().ok())?;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life(spec: &str) -> Life {
        let text = format!("spec: {{containers: [{spec}]}}");
        life_of(&crate::objects::testing(&text))
    }

    #[test]
    fn a_sleep_before_the_end_is_read_from_its_field_and_from_commands() {
        for (hook, seconds) in [
            ("sleep: {seconds: 5}", 5),
            ("exec: {command: [sleep, '7']}", 7),
            ("exec: {command: [/bin/sh, -c, 'sleep 9']}", 9),
            ("exec: {command: [/bin/sh, -c, '/bin/sleep 9s;']}", 9),
            ("exec: {command: [nginx, -s, quit]}", 0),
            ("exec: {command: [/bin/sh, -c, 'sleep 9 && nginx -s quit']}", 0),
            ("httpGet: {port: 80}", 0),
        ] {
            assert_eq!(life(&format!("{{lifecycle: {{preStop: {{{hook}}}}}}}")).pre_stop, seconds, "{hook}");
        }
    }

    #[test]
    fn the_slowest_container_counts() {
        let two =
            "{readinessProbe: {initialDelaySeconds: 3}}, {readinessProbe: {initialDelaySeconds: 5, periodSeconds: 2}}";
        let probe = life(two).readiness.unwrap();
        assert_eq!((probe.delay, probe.period, probe.failures, probe.successes, probe.timeout), (5, 2, 3, 1, 1));
        assert_eq!(life("{}"), Life::default());
    }

    #[test]
    fn a_probe_asks_at_a_port_by_number_or_by_name() {
        let check = |handler: &str| {
            let ports = "ports: [{name: web, containerPort: 8080}]";
            life(&format!("{{{ports}, livenessProbe: {{{handler}}}}}")).liveness.unwrap().check
        };
        assert_eq!(check("httpGet: {port: web}"), Check::Ask(Some(8080)));
        assert_eq!(check("httpGet: {port: 9090}"), Check::Ask(Some(9090)));
        assert_eq!(check("httpGet: {port: other}"), Check::Ask(None));
        assert_eq!(check("grpc: {port: 50}"), Check::Ask(Some(50)));
        assert_eq!(check("tcpSocket: {port: web}"), Check::Connect(Some(8080)));
        assert_eq!(check("exec: {command: [true]}"), Check::Run);
        assert_eq!(check("httpGet: {port: web, host: example.com}"), Check::Run);
    }

    #[test]
    fn an_unreachable_node_is_tolerated_for_five_minutes_unless_the_pod_says_otherwise() {
        let after = |tolerations: &str| {
            let text = format!("spec: {{tolerations: [{tolerations}], containers: []}}");
            life_of(&crate::objects::testing(&text)).evicted_after
        };
        let key = "key: node.kubernetes.io/unreachable, operator: Exists";
        assert_eq!(after(""), Some(300));
        assert_eq!(after("{key: other, operator: Exists}"), Some(300));
        assert_eq!(after(&format!("{{{key}, effect: NoSchedule}}")), Some(300));
        assert_eq!(after(&format!("{{{key}, effect: NoExecute, tolerationSeconds: 20}}")), Some(20));
        assert_eq!(after(&format!("{{{key}, tolerationSeconds: -1}}")), Some(0));
        assert_eq!(after("{operator: Exists}"), None);
        assert_eq!(after(&format!("{{operator: Exists}}, {{{key}, tolerationSeconds: 7}}")), Some(7));
    }
}
