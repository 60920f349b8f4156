//! The Scenario document: `apiVersion: portolan.dev/v1alpha1`, `kind: Scenario`.

mod clients;
mod reader;
#[cfg(test)]
mod tests;

use super::{Command, Event, Load, Scenario};
use crate::cluster::ProxyMode;
use crate::objects::{ObjectRef, Value};
pub(crate) use reader::Reader;
pub use reader::{API_VERSION, Problems, parse_duration};

/// What an event may do.
const ACTIONS: [&str; 19] = [
    "kill",
    "crash",
    "hang",
    "ready",
    "unready",
    "listen",
    "scale",
    "restart",
    "stopNode",
    "startNode",
    "drain",
    "uncordon",
    "cutOffZone",
    "joinZone",
    "proxyMode",
    "send",
    "startClient",
    "stopClient",
    "server",
];

/// How soon a process may end again, and how late, in microseconds.
const AGAIN: (u64, u64) = (1_000, 600_000_000);

/// The highest rate of one client, in requests a second.
pub const MAX_RATE: f64 = 10_000.0;

impl Reader {
    fn event(&mut self, value: &Value, path: &str) -> Option<Event> {
        let mut fields = vec!["at"];
        fields.extend(ACTIONS);
        self.known(value, path, &fields);
        let at = self.duration(value, path, "at");
        if value.get("at").is_none_or(Value::is_null) {
            self.wrong(format!("{path}.at"), "required: when, such as 5s");
        }
        let given: Vec<&str> =
            ACTIONS.into_iter().filter(|action| value.get(action).is_some_and(|v| !v.is_null())).collect();
        let [action] = given.as_slice() else {
            self.wrong(path, format!("must have exactly one of {}", ACTIONS.join(", ")));
            return None;
        };
        let here = format!("{path}.{action}");
        let body = value.get(action)?;
        let command = match *action {
            "scale" => self.scale(body, &here)?,
            "restart" => self.restart(body, &here)?,
            "listen" => self.listen(body, &here)?,
            "crash" if matches!(body, Value::Object(_)) => self.crash(body, &here)?,
            "send" => Command::Send(Load { rate: 0.0, ..self.load(body, &here)? }),
            "server" => Command::SetServer(self.server(body, &here)?),
            "startClient" => Command::StartLoad(self.load(body, &here)?),
            _ => {
                let text = self.text(value, path, action)?;
                match *action {
                    "kill" => Command::KillPod(self.pod(&here, text)),
                    "crash" => Command::Crash(self.pod(&here, text), None),
                    "hang" => Command::Hang(self.pod(&here, text)),
                    "cutOffZone" | "joinZone" => Command::SetZoneJoined(text.to_string(), *action == "joinZone"),
                    "ready" => Command::SetReady(self.pod(&here, text), true),
                    "unready" => Command::SetReady(self.pod(&here, text), false),
                    "drain" => Command::Drain(text.to_string()),
                    "uncordon" => Command::Uncordon(text.to_string()),
                    "stopClient" => Command::StopClient(text.to_string()),
                    "proxyMode" => match ProxyMode::ALL.into_iter().find(|mode| mode.as_str() == text) {
                        Some(mode) => Command::SetProxyMode(mode),
                        None => {
                            self.wrong(here, "must be iptables, nftables or ipvs");
                            return None;
                        }
                    },
                    _ => Command::SetNodeRunning(text.to_string(), *action == "startNode"),
                }
            }
        };
        Some(Event { at: at?, command })
    }

    /// The one workload that a body names, of the kinds that it may be of.
    fn workload(&mut self, body: &Value, path: &str, kinds: &[(&str, &'static str)]) -> Option<(String, ObjectRef)> {
        let given: Vec<_> = kinds.iter().filter(|(field, _)| body.get(field).is_some()).collect();
        let [(field, kind)] = given.as_slice() else {
            let fields: Vec<&str> = kinds.iter().map(|(field, _)| *field).collect();
            self.wrong(path, format!("must have exactly one of {}", fields.join(", ")));
            return None;
        };
        let workload = self.text(body, path, field)?.to_string();
        Some((kind.to_string(), self.pod(&format!("{path}.{field}"), &workload)))
    }

    fn scale(&mut self, body: &Value, path: &str) -> Option<Command> {
        let kinds = [("deployment", "Deployment"), ("replicaSet", "ReplicaSet"), ("statefulSet", "StatefulSet")];
        self.known(body, path, &["deployment", "replicaSet", "statefulSet", "replicas"]);
        let replicas = body.get("replicas").and_then(Value::as_int).and_then(|n| u32::try_from(n).ok());
        let replicas = replicas.filter(|n| *n <= 1000);
        if replicas.is_none() {
            self.wrong(format!("{path}.replicas"), "required: a number from 0 to 1000");
        }
        let (kind, workload) = self.workload(body, path, &kinds)?;
        Some(Command::Scale(kind, workload, replicas?))
    }

    fn restart(&mut self, body: &Value, path: &str) -> Option<Command> {
        let kinds = [("deployment", "Deployment"), ("statefulSet", "StatefulSet"), ("daemonSet", "DaemonSet")];
        self.known(body, path, &["deployment", "statefulSet", "daemonSet", "crashAfter"]);
        let after = self.again(body, path, "crashAfter");
        let (kind, workload) = self.workload(body, path, &kinds)?;
        Some(match after {
            Some(after) => Command::RestartBroken(kind, workload, after),
            None => Command::Restart(kind, workload),
        })
    }

    /// How long a process runs before it ends by itself.
    fn again(&mut self, body: &Value, path: &str, field: &str) -> Option<u64> {
        let after = self.duration(body, path, field)?;
        if !(AGAIN.0..=AGAIN.1).contains(&after) {
            self.wrong(format!("{path}.{field}"), "must be from 1ms to 10m");
        }
        // Whole milliseconds are kept.
        Some(after / 1_000 * 1_000)
    }

    fn crash(&mut self, body: &Value, path: &str) -> Option<Command> {
        self.known(body, path, &["pod", "again"]);
        let again = self.again(body, path, "again");
        let Some(pod) = self.text(body, path, "pod") else {
            self.wrong(format!("{path}.pod"), "required: NAMESPACE/NAME");
            return None;
        };
        Some(Command::Crash(self.pod(&format!("{path}.pod"), pod), again))
    }

    fn listen(&mut self, body: &Value, path: &str) -> Option<Command> {
        self.known(body, path, &["pod", "port"]);
        let port = match body.get("port") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let port = value.as_int().and_then(|n| u16::try_from(n).ok()).filter(|port| *port > 0);
                if port.is_none() {
                    self.wrong(format!("{path}.port"), "must be from 1 to 65535, or left out to undo");
                }
                Some(port?)
            }
        };
        let Some(pod) = self.text(body, path, "pod") else {
            self.wrong(format!("{path}.pod"), "required: NAMESPACE/NAME");
            return None;
        };
        let pod = self.pod(&format!("{path}.pod"), pod);
        Some(Command::SetListen(pod, port))
    }
}

impl Scenario {
    /// Reads the document; the error has every field that is wrong, with its path.
    pub fn from_value(value: &Value) -> Result<Scenario, Problems> {
        let mut reader = Reader::of(value);
        let mut scenario = Scenario::default();
        let none = Value::Null;
        let spec = value.get("spec").unwrap_or(&none);
        if !matches!(spec, Value::Object(_) | Value::Null) {
            reader.wrong("spec", "must be an object");
        }
        reader.known(spec, "spec", &["seed", "duration", "clients", "servers", "events", "loadBalancers"]);
        match spec.get("seed") {
            None | Some(Value::Null) => {}
            Some(seed) => match seed.as_int().and_then(|seed| u64::try_from(seed).ok()) {
                Some(seed) => scenario.seed = seed,
                None => reader.wrong("spec.seed", "must be a whole number, 0 or more"),
            },
        }
        scenario.duration = reader.duration(spec, "spec", "duration").unwrap_or(0);
        scenario.load_balancers = reader.boolean(spec, "spec", "loadBalancers");
        for (at, client) in reader.list(spec, "clients").iter().enumerate() {
            scenario.load.extend(reader.load(client, &format!("spec.clients[{at}]")));
        }
        for (at, server) in reader.list(spec, "servers").iter().enumerate() {
            scenario.servers.extend(reader.server(server, &format!("spec.servers[{at}]")));
        }
        for (at, event) in reader.list(spec, "events").iter().enumerate() {
            scenario.events.extend(reader.event(event, &format!("spec.events[{at}]")));
        }
        if reader.problems.is_empty() { Ok(scenario) } else { Err(reader.problems) }
    }
}
