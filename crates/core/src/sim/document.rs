//! The Scenario document: `apiVersion: portolan.dev/v1alpha1`, `kind: Scenario`.

use super::{Command, Event, Load, Scenario};
use crate::cluster::{Client, ProxyMode};
use crate::net::Protocol;
use crate::objects::{ObjectRef, Value};
use crate::packet::Target;

/// The most of a list, and requests a second of one client: a run must stay bounded.
const MAX_ITEMS: usize = 1000;
/// The highest rate of one client, in requests a second.
pub const MAX_RATE: f64 = 10_000.0;
const SECOND: u64 = 1_000_000;

/// Reads `10s`, `500ms`, `1m30s`, `1.5s` or `250us`, as Go prints durations, in microseconds; a bare number is
/// seconds.
pub fn parse_duration(text: &str) -> Option<u64> {
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(SECOND);
    }
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, next) = after.split_at_checked(letters)?;
        let unit = match unit {
            "us" | "\u{b5}s" => 1,
            "ms" => 1000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            _ => return None,
        };
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        let mut part = unit;
        for digit in fraction.bytes() {
            part /= 10;
            total = total.checked_add(u64::from(digit - b'0') * part)?;
        }
        rest = next;
    }
    (!text.is_empty()).then_some(total)
}

/// What is wrong, each with the path of the field.
type Problems = Vec<(String, String)>;

struct Reader {
    problems: Problems,
}

impl Reader {
    fn wrong(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push((path.into(), message.into()));
    }

    fn known(&mut self, value: &Value, path: &str, fields: &[&str]) {
        for (name, _) in value.members() {
            if !fields.contains(&name.as_str()) {
                self.wrong(format!("{path}.{name}"), format!("unknown field; known are {}", fields.join(", ")));
            }
        }
    }

    fn text<'a>(&mut self, value: &'a Value, path: &str, field: &str) -> Option<&'a str> {
        let found = value.get(field).filter(|found| !found.is_null())?;
        if found.as_str().is_none() {
            self.wrong(format!("{path}.{field}"), "must be text");
        }
        found.as_str()
    }

    fn duration(&mut self, value: &Value, path: &str, field: &str) -> Option<u64> {
        let parsed = match value.get(field)? {
            Value::Null => return None,
            Value::Int(seconds) => u64::try_from(*seconds).ok().and_then(|seconds| seconds.checked_mul(SECOND)),
            Value::Str(text) => parse_duration(text),
            _ => None,
        };
        if parsed.is_none() {
            self.wrong(format!("{path}.{field}"), "must be a duration such as 10s, 500ms or 1m30s");
        }
        parsed
    }

    fn boolean(&mut self, value: &Value, path: &str, field: &str) -> Option<bool> {
        let found = value.get(field).filter(|found| !found.is_null())?;
        if found.as_bool().is_none() {
            self.wrong(format!("{path}.{field}"), "must be true or false");
        }
        found.as_bool()
    }

    fn list<'a>(&mut self, spec: &'a Value, field: &str) -> &'a [Value] {
        let Some(found) = spec.get(field).filter(|found| !found.is_null()) else { return &[] };
        if !matches!(found, Value::Array(_)) {
            self.wrong(format!("spec.{field}"), "must be a list");
        }
        let items = found.items();
        if items.len() > MAX_ITEMS {
            self.wrong(format!("spec.{field}"), format!("must have at most {MAX_ITEMS} items"));
        }
        items.get(..MAX_ITEMS).unwrap_or(items)
    }

    fn load(&mut self, value: &Value, path: &str) -> Option<Load> {
        self.known(value, path, &["name", "from", "to", "protocol", "rate", "keepAlive"]);
        let name = self.text(value, path, "name").unwrap_or_default().to_string();
        let from = match self.text(value, path, "from").map(Client::parse) {
            Some(Ok(client)) => Some(client),
            Some(Err(message)) => {
                self.wrong(format!("{path}.from"), message);
                None
            }
            None => {
                self.wrong(format!("{path}.from"), "required: who sends");
                None
            }
        };
        let to = self.text(value, path, "to").map(str::to_string);
        match to.as_deref().map(Target::parse) {
            None => self.wrong(format!("{path}.to"), "required: where to, such as svc/web:80"),
            Some(Err(message)) => self.wrong(format!("{path}.to"), message),
            Some(Ok(_)) => {}
        }
        let protocol = match self.text(value, path, "protocol") {
            None => Protocol::Tcp,
            Some(text) => Protocol::parse(text).unwrap_or_else(|| {
                self.wrong(format!("{path}.protocol"), "must be TCP, UDP or SCTP");
                Protocol::Tcp
            }),
        };
        let rate = match value.get("rate") {
            None | Some(Value::Null) => 1.0,
            // Rates are small: the conversion is exact.
            Some(Value::Int(rate)) => *rate as f64,
            Some(Value::Float(rate)) => *rate,
            Some(_) => f64::NAN,
        };
        if !(0.0..=MAX_RATE).contains(&rate) {
            self.wrong(format!("{path}.rate"), format!("must be a number of requests a second from 0 to {MAX_RATE}"));
        }
        let keep_alive = self.boolean(value, path, "keepAlive").unwrap_or(false);
        Some(Load { name, from: from?, to: to?, protocol, rate, keep_alive })
    }

    fn pod(&mut self, path: &str, text: &str) -> ObjectRef {
        let (namespace, name) = text.split_once('/').unwrap_or(("default", text));
        if namespace.is_empty() || name.is_empty() || name.contains('/') {
            self.wrong(path, "must be NAMESPACE/NAME of a pod");
        }
        ObjectRef::new(namespace, name)
    }

    fn event(&mut self, value: &Value, path: &str) -> Option<Event> {
        let actions = [
            "kill",
            "ready",
            "unready",
            "scale",
            "restart",
            "listen",
            "stopNode",
            "startNode",
            "drain",
            "uncordon",
            "proxyMode",
            "send",
            "startClient",
            "stopClient",
        ];
        let mut fields = vec!["at"];
        fields.extend(actions);
        self.known(value, path, &fields);
        let at = self.duration(value, path, "at");
        if value.get("at").is_none_or(Value::is_null) {
            self.wrong(format!("{path}.at"), "required: when, such as 5s");
        }
        let given: Vec<&str> =
            actions.into_iter().filter(|action| value.get(action).is_some_and(|v| !v.is_null())).collect();
        let [action] = given.as_slice() else {
            self.wrong(path, format!("must have exactly one of {}", actions.join(", ")));
            return None;
        };
        let here = format!("{path}.{action}");
        let body = value.get(action)?;
        let command = match *action {
            "scale" => self.scale(body, &here)?,
            "restart" => self.restart(body, &here)?,
            "listen" => self.listen(body, &here)?,
            "send" => Command::Send(Load { rate: 0.0, ..self.load(body, &here)? }),
            "startClient" => Command::StartLoad(self.load(body, &here)?),
            _ => {
                let text = self.text(value, path, action)?;
                match *action {
                    "kill" => Command::KillPod(self.pod(&here, text)),
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
        self.known(body, path, &["deployment", "statefulSet", "daemonSet"]);
        let (kind, workload) = self.workload(body, path, &kinds)?;
        Some(Command::Restart(kind, workload))
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
        let mut reader = Reader { problems: Vec::new() };
        let mut scenario = Scenario::default();
        reader.known(value, "", &["apiVersion", "kind", "metadata", "spec"]);
        for (path, _) in &mut reader.problems {
            *path = path.trim_start_matches('.').to_string();
        }
        let none = Value::Null;
        let spec = value.get("spec").unwrap_or(&none);
        if !matches!(spec, Value::Object(_) | Value::Null) {
            reader.wrong("spec", "must be an object");
        }
        reader.known(spec, "spec", &["seed", "duration", "clients", "events", "loadBalancers"]);
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
        for (at, event) in reader.list(spec, "events").iter().enumerate() {
            scenario.events.extend(reader.event(event, &format!("spec.events[{at}]")));
        }
        if reader.problems.is_empty() { Ok(scenario) } else { Err(reader.problems) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(members: &[(&str, Value)]) -> Value {
        Value::object(members.iter().map(|(key, value)| (*key, value.clone())))
    }

    #[test]
    fn durations_are_read_as_go_prints_them() {
        for (text, micros) in [
            ("10s", 10_000_000),
            ("500ms", 500_000),
            ("1m30s", 90_000_000),
            ("1.5s", 1_500_000),
            ("7", 7_000_000),
            ("0.25ms", 250),
        ] {
            assert_eq!(parse_duration(text), Some(micros), "{text}");
        }
        for text in ["", "s", "10", "-1s", "1.2.3s", "1x", ".s", "99999999999999999999s", "9999999999999999h"] {
            assert!(parse_duration(text).is_none() || text == "10", "{text}");
        }
    }

    #[test]
    fn a_whole_document_is_read() {
        let client = object(&[
            ("name", "shop".into()),
            ("from", "pod/default/client".into()),
            ("to", "svc/web:80".into()),
            ("rate", Value::Float(2.5)),
            ("keepAlive", true.into()),
        ]);
        let scale = object(&[("deployment", "default/web".into()), ("replicas", Value::Int(5))]);
        let listen = object(&[("pod", "default/web-1".into()), ("port", Value::Int(9090))]);
        let events = Value::Array(vec![
            object(&[("at", "5s".into()), ("kill", "default/web-1".into())]),
            object(&[("at", "6s".into()), ("scale", scale)]),
            object(&[("at", "7s".into()), ("listen", listen)]),
            object(&[("at", "8s".into()), ("stopNode", "worker-1".into())]),
        ]);
        let spec = object(&[
            ("seed", Value::Int(7)),
            ("duration", "10s".into()),
            ("clients", Value::Array(vec![client])),
            ("events", events),
            ("loadBalancers", true.into()),
        ]);
        let scenario = Scenario::from_value(&object(&[("kind", "Scenario".into()), ("spec", spec)])).unwrap();
        assert_eq!((scenario.seed, scenario.duration, scenario.load_balancers), (7, 10_000_000, Some(true)));
        assert_eq!(scenario.load[0].rate, 2.5);
        assert_eq!(
            scenario.events[1].command,
            Command::Scale("Deployment".into(), ObjectRef::new("default", "web"), 5)
        );
        assert_eq!(scenario.events[3].command, Command::SetNodeRunning("worker-1".into(), false));
    }

    #[test]
    fn everything_wrong_is_reported_with_its_path() {
        let client = object(&[("from", "pod".into()), ("rate", Value::Int(-1)), ("speed", Value::Int(1))]);
        let event = object(&[("at", "soon".into()), ("kill", "a/b".into()), ("ready", "a/b".into())]);
        let spec = object(&[("clients", Value::Array(vec![client])), ("events", Value::Array(vec![event]))]);
        let problems = Scenario::from_value(&object(&[("spec", spec), ("sepc", Value::Null)])).unwrap_err();
        let paths: Vec<&str> = problems.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "sepc",
                "spec.clients[0].speed",
                "spec.clients[0].from",
                "spec.clients[0].to",
                "spec.clients[0].rate",
                "spec.events[0].at",
                "spec.events[0]"
            ]
        );
    }
}
