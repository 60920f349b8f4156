//! Tests of reading Scenario documents.

use super::*;
use crate::cluster::Client;
use crate::objects::testing;

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
    let scenario = Scenario::from_value(&object(&[
        ("apiVersion", API_VERSION.into()),
        ("kind", "Scenario".into()),
        ("spec", spec),
    ]))
    .unwrap();
    assert_eq!((scenario.seed, scenario.duration, scenario.load_balancers), (7, 10_000_000, Some(true)));
    assert_eq!(scenario.load[0].rate, 2.5);
    assert_eq!(scenario.events[1].command, Command::Scale("Deployment".into(), ObjectRef::new("default", "web"), 5));
    assert_eq!(scenario.events[3].command, Command::SetNodeRunning("worker-1".into(), false));
}

#[test]
fn everything_wrong_is_reported_with_its_path() {
    let client = object(&[("from", "pod".into()), ("rate", Value::Int(-1)), ("speed", Value::Int(1))]);
    let event = object(&[("at", "soon".into()), ("kill", "a/b".into()), ("ready", "a/b".into())]);
    let spec = object(&[("clients", Value::Array(vec![client])), ("events", Value::Array(vec![event]))]);
    let problems =
        Scenario::from_value(&object(&[("apiVersion", API_VERSION.into()), ("spec", spec), ("sepc", Value::Null)]))
            .unwrap_err();
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

#[test]
fn clients_and_servers_are_read_strictly() {
    let read = |clients: &str, servers: &str| {
        let text =
            format!("spec: {{clients: [{{from: external, to: 'svc/web:80', {clients}}}], servers: [{servers}]}}");
        Scenario::from_value(&crate::objects::testing(&format!("apiVersion: {API_VERSION}\n{text}")))
    };
    let good = read(
        "users: 5, think: 100ms, timeout: 2s, retries: 2, start: 1s, stop: 9s, connections: {pool: 3}",
        "{deployment: web, concurrency: 10, serviceTime: 20ms, queue: 100}, {pod: x, serviceTime: {least: 1ms, most: 9ms}}",
    )
    .unwrap();
    let habits = &good.load[0].habits;
    assert_eq!((habits.users, habits.think, habits.pool, habits.timeout), (5, 100_000, 3, 2_000_000));
    assert!(good.load[0].keep_alive && good.load[0].rate == 0.0);
    assert_eq!((good.servers[0].service_time, good.servers[0].queue), ((16_000, 24_000), 100));
    assert_eq!((good.servers[1].concurrency, good.servers[1].service_time), (0, (1_000, 9_000)));
    for (clients, servers, path) in [
        ("users: 0", "", "spec.clients[0].users"),
        ("users: 5, rate: 3", "", "spec.clients[0].users"),
        ("think: 1s", "", "spec.clients[0].think"),
        ("users: 5, burst: 3", "", "spec.clients[0].burst"),
        ("burst: 5000", "", "spec.clients[0].burst"),
        ("retries: 11", "", "spec.clients[0].retries"),
        ("timeout: 0s", "", "spec.clients[0].timeout"),
        ("timeout: 1h", "", "spec.clients[0].timeout"),
        ("connections: pool", "", "spec.clients[0].connections"),
        ("connections: {pool: many}", "", "spec.clients[0].connections.pool"),
        ("connections: {size: 3}", "", "spec.clients[0].connections.size"),
        ("connections: new, keepAlive: true", "", "spec.clients[0].connections"),
        ("", "{concurrency: 3}", "spec.servers[0]"),
        ("", "{pod: web, serviceTime: {least: 9ms, most: 1ms}}", "spec.servers[0].serviceTime"),
        ("", "{pod: web, queue: -1}", "spec.servers[0].queue"),
        ("", "{pod: web, speed: 3}", "spec.servers[0].speed"),
    ] {
        let problems = read(clients, servers).unwrap_err();
        assert_eq!(problems[0].0, path, "{clients} {servers}: {problems:?}");
    }
}

#[test]
fn events_are_read_strictly() {
    let read = |event: &str| {
        Scenario::from_value(&crate::objects::testing(&format!(
            "apiVersion: {API_VERSION}\nspec: {{events: [{{at: 1s, {event}}}]}}"
        )))
    };
    let pod = || ObjectRef::new("default", "web");
    for (event, command) in [
        ("crash: web", Command::Crash(pod(), None)),
        ("crash: {pod: default/web, again: 2s}", Command::Crash(pod(), Some(2_000_000))),
        ("hang: web", Command::Hang(pod())),
        ("cutOffZone: zone-b", Command::SetZoneJoined("zone-b".into(), false)),
        ("joinZone: zone-b", Command::SetZoneJoined("zone-b".into(), true)),
        ("restart: {deployment: web, crashAfter: 4s}", Command::RestartBroken("Deployment".into(), pod(), 4_000_000)),
    ] {
        assert_eq!(read(event).unwrap().events[0].command, command, "{event}");
    }
    for (event, path) in [
        ("crash: {again: 2s}", "crash.pod"),
        ("crash: {pod: web, again: soon}", "crash.again"),
        ("crash: {pod: web, again: 1h}", "crash.again"),
        ("crash: {pod: web, every: 1s}", "crash.every"),
        ("crash: 3", "crash"),
        ("hang: a/b/c", "hang"),
        ("cutOffZone: 3", "cutOffZone"),
        ("restart: {deployment: web, crashAfter: 0s}", "restart.crashAfter"),
    ] {
        let problems = read(event).unwrap_err();
        assert_eq!(problems[0].0, format!("spec.events[0].{path}"), "{event}: {problems:?}");
    }
}

#[test]
fn names_are_of_the_documents_namespace_unless_they_say_another() {
    let text = "metadata: {namespace: shop}\nspec:\n  clients: [{from: pod/client, to: 'lb/web:80'}, {from: pod/other/client, to: 'web:80'}]\n  events: [{at: 1s, kill: web}, {at: 2s, scale: {deployment: other/web, replicas: 2}}]\n";
    let scenario = Scenario::from_value(&testing(&format!("apiVersion: {API_VERSION}\n{text}"))).unwrap();
    assert_eq!(scenario.load[0].from, Client::Pod(ObjectRef::new("shop", "client")));
    assert_eq!(scenario.load[0].to, "lb/shop/web:80");
    assert_eq!(scenario.load[1].from, Client::Pod(ObjectRef::new("other", "client")));
    assert_eq!(scenario.load[1].to, "web:80");
    assert_eq!(scenario.events[0].command, Command::KillPod(ObjectRef::new("shop", "web")));
    assert_eq!(scenario.events[1].command, Command::Scale("Deployment".into(), ObjectRef::new("other", "web"), 2));
    let wrong =
        Scenario::from_value(&testing("apiVersion: portolan.dev/v1alpha1\nmetadata: {namspace: shop}\nspec: {}"))
            .unwrap_err();
    assert_eq!(wrong[0].0, "metadata.namspace");
}
