//! When a pod's processes begin and end, as far as its manifest tells.

use super::Value;

/// What a manifest says of a pod's beginning and end. Seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// How long `lifecycle.preStop` sleeps before the process gets SIGTERM; the longest of the containers'.
    pub pre_stop: u32,
    /// `spec.terminationGracePeriodSeconds`: after that the process is killed.
    pub grace: u32,
    /// `readinessProbe`: the delay before the first one and the time between two. The slowest of the containers'.
    pub probe: Option<(u32, u32)>,
}

impl Default for Life {
    fn default() -> Self {
        Life { pre_stop: 0, grace: 30, probe: None }
    }
}

/// What a stored Pod says.
pub(super) fn life_of(pod: &Value) -> Life {
    let mut life = Life::default();
    if let Some(seconds) = number(pod.at("spec.terminationGracePeriodSeconds")) {
        life.grace = seconds;
    }
    let all = |key| pod.at(key).map(Value::items).unwrap_or_default();
    let sidecars = all("spec.initContainers")
        .iter()
        .filter(|one| one.get("restartPolicy").and_then(Value::as_str) == Some("Always"));
    for container in all("spec.containers").iter().chain(sidecars) {
        life.pre_stop = life.pre_stop.max(sleep(container.at("lifecycle.preStop")).unwrap_or(0));
        if let Some(probe) = container.get("readinessProbe").filter(|probe| !probe.is_null()) {
            let delay = number(probe.get("initialDelaySeconds")).unwrap_or(0);
            let period = number(probe.get("periodSeconds")).filter(|period| *period > 0).unwrap_or(10);
            life.probe = life.probe.max(Some((delay, period)));
        }
    }
    life
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
        assert_eq!(life(two).probe, Some((5, 2)));
        assert_eq!(life("{}"), Life::default());
    }
}
