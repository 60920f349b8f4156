//! A Scenario as its document, as [`document`](super::document) reads it.

use super::{Command, Event, Load, Scenario, Server};
use crate::objects::{ObjectRef, Value};

/// A duration as Go prints it, to the microsecond.
fn duration(micros: u64) -> Value {
    let (unit, name) = match micros {
        0 => return "0s".into(),
        _ if micros.is_multiple_of(1_000_000) => (1_000_000, "s"),
        _ if micros.is_multiple_of(1_000) => (1_000, "ms"),
        _ => (1, "us"),
    };
    format!("{}{name}", micros / unit).into()
}

fn name(object: &ObjectRef) -> Value {
    format!("{}/{}", object.namespace, object.name).into()
}

fn load(load: &Load, with_rate: bool) -> Value {
    let mut members: Vec<(&str, Value)> = Vec::new();
    if !load.name.is_empty() {
        members.push(("name", load.name.as_str().into()));
    }
    members.push(("from", load.from.to_string().into()));
    members.push(("to", load.to.as_str().into()));
    if load.protocol != crate::net::Protocol::Tcp {
        members.push(("protocol", load.protocol.as_str().into()));
    }
    if with_rate && load.habits.users == 0 {
        // Whole rates are written without a point; they are far below 2^53.
        let whole = load.rate as i64;
        members.push(("rate", if whole as f64 == load.rate { Value::Int(whole) } else { Value::Float(load.rate) }));
    }
    let habits = &load.habits;
    for (field, number) in [("users", habits.users), ("burst", habits.burst), ("retries", habits.retries)] {
        if number > 0 {
            members.push((field, Value::Int(number.into())));
        }
    }
    let times = [("think", habits.think), ("timeout", habits.timeout), ("start", habits.start), ("stop", habits.stop)];
    members.extend(times.into_iter().filter(|(_, time)| *time > 0).map(|(field, time)| (field, duration(time))));
    if habits.pool > 0 {
        members.push(("connections", Value::object([("pool", Value::Int(habits.pool.into()))])));
    } else if load.keep_alive {
        members.push(("keepAlive", true.into()));
    }
    Value::object(members)
}

fn server(server: &Server) -> Value {
    let (least, most) = server.service_time;
    let time = |time: u32| duration(time.into());
    let mut all = vec![
        workload(&server.kind, &server.of),
        ("serviceTime".to_string(), Value::object([("least", time(least)), ("most", time(most))])),
        ("queue".to_string(), Value::Int(server.queue.into())),
    ];
    if server.concurrency > 0 {
        all.push(("concurrency".to_string(), Value::Int(server.concurrency.into())));
    }
    Value::object(all)
}

/// `deployment: default/web`, under the kind's own name with a small letter.
fn workload(kind: &str, object: &ObjectRef) -> (String, Value) {
    let mut key = kind.to_string();
    if let Some(first) = key.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    (key, name(object))
}

/// `None` for what a document has no word for: a load by its number.
fn event(event: &Event) -> Option<Value> {
    let (action, body) = match &event.command {
        Command::KillPod(pod) => ("kill", name(pod)),
        Command::SetReady(pod, true) => ("ready", name(pod)),
        Command::SetReady(pod, false) => ("unready", name(pod)),
        Command::SetListen(pod, port) => {
            let port = port.map(|port| ("port", Value::Int(port.into())));
            ("listen", Value::object([("pod", name(pod))].into_iter().chain(port)))
        }
        Command::Scale(kind, object, replicas) => {
            let replicas = ("replicas".to_string(), Value::Int((*replicas).into()));
            ("scale", Value::object([workload(kind, object), replicas]))
        }
        Command::Crash(pod, None) => ("crash", name(pod)),
        Command::Crash(pod, Some(again)) => ("crash", Value::object([("pod", name(pod)), ("again", duration(*again))])),
        Command::Hang(pod) => ("hang", name(pod)),
        Command::SetZoneJoined(zone, joined) => (if *joined { "joinZone" } else { "cutOffZone" }, zone.as_str().into()),
        Command::RestartBroken(kind, object, after) => {
            let after = ("crashAfter".to_string(), duration(*after));
            ("restart", Value::object([workload(kind, object), after]))
        }
        Command::Restart(kind, object) => ("restart", Value::object([workload(kind, object)])),
        Command::SetNodeRunning(node, false) => ("stopNode", node.as_str().into()),
        Command::SetNodeRunning(node, true) => ("startNode", node.as_str().into()),
        Command::Drain(node) => ("drain", node.as_str().into()),
        Command::Uncordon(node) => ("uncordon", node.as_str().into()),
        Command::SetProxyMode(mode) => ("proxyMode", mode.as_str().into()),
        Command::Send(one) => ("send", load(one, false)),
        Command::StartLoad(one) => ("startClient", load(one, true)),
        Command::StopClient(name) => ("stopClient", name.as_str().into()),
        Command::SetServer(one) => ("server", server(one)),
        Command::StopLoad(_) => return None,
    };
    Some(Value::object([("at", duration(event.at)), (action, body)]))
}

impl Scenario {
    /// The document, called `name`; [`Scenario::from_value`] reads the same scenario from it. A load that is stopped by
    /// its number cannot be written.
    pub fn to_value(&self, name: &str) -> Value {
        let mut spec: Vec<(&str, Value)> = Vec::new();
        if self.seed != 0 {
            spec.push(("seed", i64::try_from(self.seed).map_or(Value::Null, Value::Int)));
        }
        if self.duration != 0 {
            spec.push(("duration", duration(self.duration)));
        }
        if let Some(on) = self.load_balancers {
            spec.push(("loadBalancers", on.into()));
        }
        if !self.load.is_empty() {
            spec.push(("clients", Value::Array(self.load.iter().map(|one| load(one, true)).collect())));
        }
        if !self.servers.is_empty() {
            spec.push(("servers", Value::Array(self.servers.iter().map(server).collect())));
        }
        if !self.events.is_empty() {
            spec.push(("events", Value::Array(self.events.iter().filter_map(event).collect())));
        }
        Value::object([
            ("apiVersion", "portolan.dev/v1alpha1".into()),
            ("kind", "Scenario".into()),
            ("metadata", Value::object([("name", name.into())])),
            ("spec", Value::object(spec)),
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Client, ProxyMode};
    use crate::net::Protocol;
    use crate::sim::Habits;

    #[test]
    fn what_is_written_is_read() {
        let pod = ObjectRef::new("default", "web-1");
        let one = |name: &str, rate: f64| Load {
            name: name.into(),
            from: Client::Pod(pod.clone()),
            to: "svc/web:80".into(),
            protocol: Protocol::Udp,
            rate,
            keep_alive: rate > 1.0,
            habits: Habits::default(),
        };
        let habits = Habits { timeout: 250_000, retries: 2, start: 1_000_000, stop: 9_000_001, ..Habits::default() };
        let loop_of = |users| Load { habits: Habits { users, think: 5_000, pool: 3, ..habits }, ..one("c", 0.0) };
        let closed = Load { keep_alive: true, ..loop_of(20) };
        let bursts = Load { habits: Habits { burst: 7, ..habits }, ..one("b", 14.0) };
        let slow = Server {
            kind: "DaemonSet".into(),
            of: pod.clone(),
            concurrency: 2,
            service_time: (16_000, 24_000),
            queue: 0,
        };
        let commands = [
            Command::KillPod(pod.clone()),
            Command::Crash(pod.clone(), None),
            Command::Crash(pod.clone(), Some(2_500_000)),
            Command::Hang(pod.clone()),
            Command::SetZoneJoined("zone-a".into(), false),
            Command::SetZoneJoined("zone-a".into(), true),
            Command::RestartBroken("Deployment".into(), pod.clone(), 3_000_000),
            Command::SetReady(pod.clone(), true),
            Command::SetReady(pod.clone(), false),
            Command::SetListen(pod.clone(), Some(9090)),
            Command::SetListen(pod.clone(), None),
            Command::Scale("StatefulSet".into(), pod.clone(), 3),
            Command::Restart("DaemonSet".into(), pod.clone()),
            Command::SetNodeRunning("worker-1".into(), false),
            Command::SetNodeRunning("worker-1".into(), true),
            Command::Drain("worker-1".into()),
            Command::Uncordon("worker-1".into()),
            Command::SetProxyMode(ProxyMode::Ipvs),
            Command::Send(one("", 0.0)),
            Command::StartLoad(one("hand", 2.5)),
            Command::StopClient("hand".into()),
            Command::SetServer(Server { kind: "Pod".into(), concurrency: 0, ..slow.clone() }),
        ];
        let at = |(n, command): (u64, Command)| Event { at: n * 1_500_000 + 7, command };
        let scenario = Scenario {
            seed: 7,
            duration: 12_345_000,
            load: vec![one("a", 100.0), one("", 0.5), closed, bursts],
            servers: vec![slow],
            events: (0..).zip(commands).map(at).collect(),
            load_balancers: Some(false),
        };
        assert_eq!(Scenario::from_value(&scenario.to_value("mine")), Ok(scenario));
        assert_eq!(Scenario::from_value(&Scenario::default().to_value("")), Ok(Scenario::default()));
    }
}
