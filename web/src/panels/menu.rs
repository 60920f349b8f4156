//! The menu of something on the chart: what it is, and what can be done to it.

use portolan_core::cluster::{Client, Place};
use portolan_core::objects::{Listen, ObjectRef};
use portolan_core::sim::{Command, Server};
use yew::prelude::*;

use crate::chart::subject::Subject;
use crate::list::list;
use crate::state::action::Action;
use crate::state::choices;
use crate::state::model::Model;

/// The menu for a subject.
pub(crate) fn view(model: &Model, subject: &Subject, act: &Callback<Action>) -> Html {
    let content = match subject {
        Subject::Pod(pod) => pod_menu(model, pod, act),
        Subject::Node(name) => node_menu(model, name, act),
        Subject::Host(place) => host_menu(place, act),
        Subject::Workload(..) => Html::default(),
        Subject::Service(service) | Subject::Balancer(service) => service_menu(model, service, act),
    };
    let close = {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(Action::CloseMenu))
    };
    html! {
        <div class={classes!("menu", matches!(subject, Subject::Pod(_) | Subject::Node(_)).then_some("left"))} role="dialog" aria-label="Actions" id="menu" tabindex="-1">
            <button type="button" class="icon close" aria-label="Close" onclick={close}>{ "\u{d7}" }</button>
            { content }
        </div>
    }
}

fn button(label: String, class: &'static str, action: Action, act: &Callback<Action>) -> Html {
    let act = act.clone();
    let onclick = Callback::from(move |_: MouseEvent| act.emit(action.clone()));
    html! { <button type="button" class={class} {onclick}>{ label }</button> }
}

fn send_from(client: Client, act: &Callback<Action>) -> Html {
    button("Send from here".into(), "item", Action::Client(client.to_string()), act)
}

fn pod_menu(model: &Model, reference: &ObjectRef, act: &Callback<Action>) -> Html {
    let cluster = &model.session.cluster;
    let Some(pod) = cluster.pod(reference) else {
        return html! { <p>{ format!("{reference} is gone.") }</p> };
    };
    let ready = pod.is_ready();
    let listen = match &pod.listen {
        Listen::Any => "every port".to_string(),
        Listen::Ports(ports) if ports.is_empty() => "nothing".into(),
        Listen::Ports(ports) => ports
            .iter()
            .map(|(p, n, local)| format!("{n}/{p}{}", if *local { " on localhost" } else { "" }))
            .collect::<Vec<_>>()
            .join(", "),
    };
    let labels = pod.meta.labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>();
    let port = pod.containers.iter().flat_map(|c| &c.ports).map(|p| p.port).next().unwrap_or(80);
    let other = if port == 8080 { 9090 } else { 8080 };
    let changed = matches!(&pod.listen, Listen::Ports(ports) if ports.iter().any(|p| p.1 == other));
    let workload = choices::workload(cluster, reference);
    let sim = model.session.sim();
    let (restarts, waits) = sim.restarts(reference);
    let process = match (restarts, waits) {
        (0, false) => None,
        (n, false) => Some(format!("started again {n}\u{d7}")),
        (0, true) => Some("ended".into()),
        (n, true) => Some(format!("ended, started again {n}\u{d7} (CrashLoopBackOff)")),
    };
    let act_on =
        |label: &str, class: &'static str, command: Command| button(label.into(), class, Action::Do(command), act);
    html! {
        <>
            <h2>{ reference.to_string() }</h2>
            <dl class="facts">
                <dt>{ "address" }</dt><dd><code>{ pod.ips.first().map_or_else(String::new, |ip| ip.to_string()) }</code></dd>
                <dt>{ "node" }</dt><dd>{ &pod.node }</dd>
                <dt>{ "listens on" }</dt><dd>{ listen }</dd>
                if let Some(process) = process { <dt>{ "process" }</dt><dd>{ process }</dd> }
                <dt>{ "labels" }</dt><dd>{ list(labels.iter().map(|l| html! { <code class="label">{ l }</code> })) }</dd>
            </dl>
            <div class="items">
                if !model.locked {
                    { button(if ready { "Make it unready".into() } else { "Make it ready".into() }, "item", Action::Do(Command::SetReady(reference.clone(), !ready)), act) }
                    { button("Kill it".into(), "item danger", Action::Do(Command::KillPod(reference.clone())), act) }
                    { act_on("Crash its process", "item danger", Command::Crash(reference.clone(), None)) }
                    { act_on("Let it hang", "item danger", Command::Hang(reference.clone())) }
                    { if changed {
                        button("Listen as the manifest says".into(), "item", Action::Do(Command::SetListen(reference.clone(), None)), act)
                    } else {
                        button(format!("Listen on {other} only"), "item", Action::Do(Command::SetListen(reference.clone(), Some(other))), act)
                    } }
                }
                { send_from(Client::Pod(reference.clone()), act) }
                if let Some(workload) = workload.filter(|_| !model.locked) {
                    { restart(&workload, act) }
                    { serves(model, reference, &workload, act) }
                    { scale(cluster, workload, act) }
                }
            </div>
        </>
    }
}

/// Only what a controller replaces can be restarted.
fn restart((kind, name): &(String, ObjectRef), act: &Callback<Action>) -> Html {
    if !matches!(kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet") {
        return Html::default();
    }
    button(
        format!("Restart {kind} {}", name.name),
        "item",
        Action::Do(Command::Restart(kind.clone(), name.clone())),
        act,
    )
}

/// How many requests its pods serve at a time, how long one takes, and how many wait.
fn serves(model: &Model, pod: &ObjectRef, (kind, name): &(String, ObjectRef), act: &Callback<Action>) -> Html {
    const AT_A_TIME: [u32; 6] = [0, 1, 2, 5, 10, 50];
    const MILLIS: [u32; 6] = [5, 20, 50, 100, 200, 500];
    const QUEUES: [u32; 5] = [0, 10, 100, 1_000, 4_096];
    if !matches!(kind.as_str(), "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet") {
        return Html::default();
    }
    let plain =
        || Server { kind: kind.clone(), of: name.clone(), concurrency: 0, service_time: (4_000, 6_000), queue: 4_096 };
    let now = Server {
        kind: kind.clone(),
        of: name.clone(),
        ..model.session.sim().server(pod).cloned().unwrap_or_else(plain)
    };
    let (least, most) = now.service_time;
    let millis = least.saturating_add(most) / 2_000;
    let choose = |label: &'static str, all: &[u32], at: u32, words: fn(u32) -> String, make: fn(&mut Server, u32)| {
        let mut all = all.to_vec();
        if !all.contains(&at) {
            all.push(at);
        }
        let (act, now) = (act.clone(), now.clone());
        let onchange = Callback::from(move |event: Event| {
            let select = event.target_dyn_into::<web_sys::HtmlSelectElement>();
            if let Some(number) = select.and_then(|select| select.value().parse().ok()) {
                let mut server = now.clone();
                make(&mut server, number);
                act.emit(Action::Do(Command::SetServer(server)));
            }
        });
        html! {
            <label><span>{ label }</span><select {onchange}>{ list(all.into_iter().map(|n| html! {
                <option value={n.to_string()} selected={n == at}>{ words(n) }</option>
            })) }</select></label>
        }
    };
    html! {
        <div class="serves" role="group" aria-label={format!("How pods of {kind} {} serve", name.name)}>
            { choose("each serves at a time", &AT_A_TIME, now.concurrency, |n| if n == 0 { "all that come".into() } else { n.to_string() }, |server, n| server.concurrency = n) }
            { choose("one takes", &MILLIS, millis, |n| format!("{n} ms"), |server, n| server.service_time = (n * 800, n * 1_200)) }
            if now.concurrency > 0 {
                { choose("that may wait", &QUEUES, now.queue, |n| n.to_string(), |server, n| server.queue = n) }
            }
        </div>
    }
}

fn scale(cluster: &portolan_core::cluster::Cluster, workload: (String, ObjectRef), act: &Callback<Action>) -> Html {
    let now = u32::try_from(choices::replicas(cluster, &workload)).unwrap_or(u32::MAX);
    let (kind, name) = workload;
    if kind == "DaemonSet" || kind == "Job" {
        return Html::default();
    }
    let to = |n: u32| Action::Do(Command::Scale(kind.clone(), name.clone(), n));
    html! {
        <div class="scale" role="group" aria-label={format!("Scale {kind} {}", name.name)}>
            <span>{ format!("{kind} {}: {now}", name.name) }</span>
            { button("\u{2212}".into(), "step", to(now.saturating_sub(1)), act) }
            { button("+".into(), "step", to(now.saturating_add(1).min(60)), act) }
        </div>
    }
}

fn node_menu(model: &Model, name: &str, act: &Callback<Action>) -> Html {
    let Some(node) = model.session.cluster.node(name) else { return Html::default() };
    let stopped = model.session.stopped(name);
    let label = if stopped { "Start it again" } else { "Stop it" };
    let cordoned = node.unschedulable && !node.control_plane;
    let drain = if cordoned {
        ("Uncordon it", Command::Uncordon(name.into()))
    } else {
        ("Drain it", Command::Drain(name.into()))
    };
    let zone = node.zone.clone().map(|zone| {
        let cut = model.session.sim().cut_zones().any(|one| one == zone);
        let label = if cut { format!("Join {zone} again") } else { format!("Cut off {zone}") };
        (label, Command::SetZoneJoined(zone, cut))
    });
    html! {
        <>
            <h2>{ format!("node {name}") }</h2>
            <dl class="facts">
                <dt>{ "address" }</dt><dd><code>{ node.primary_ip().map_or_else(String::new, |ip| ip.to_string()) }</code></dd>
                <dt>{ "zone" }</dt><dd>{ node.zone.clone().unwrap_or_else(|| "none".into()) }</dd>
                <dt>{ "pod range" }</dt><dd><code>{ node.pod_cidrs.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ") }</code></dd>
                <dt>{ "localhost only" }</dt><dd>
                    { if node.control_plane { "scheduler 10259, controller manager 10257, kube-proxy 10249" } else { "kube-proxy 10249" } }
                </dd>
            </dl>
            <div class="items">
                { send_from(Client::Node(name.into()), act) }
                if !model.locked {
                    if !node.control_plane { { button(drain.0.into(), "item", Action::Do(drain.1), act) } }
                    { button(label.into(), "item danger", Action::Do(Command::SetNodeRunning(name.into(), stopped)), act) }
                    if let Some((label, command)) = zone { { button(label, "item danger", Action::Do(command), act) } }
                }
            </div>
        </>
    }
}

fn host_menu(place: &Place, act: &Callback<Action>) -> Html {
    let (title, about, client) = match place {
        Place::External(ip) => (
            format!("internet host {ip}"),
            "Any machine outside. It reaches node ports and load balancers, not cluster IPs.",
            Some(Client::External(None)),
        ),
        Place::Laptop => (
            "laptop".into(),
            "A machine with kubectl. It can open a tunnel to one pod through the API server.",
            Some(Client::Laptop),
        ),
        Place::ExternalHost(name) => (name.clone(), "A host outside that an ExternalName stands for.", None),
        Place::Endpoint(ip) => {
            (ip.to_string(), "An address in an EndpointSlice, with no pod behind it that we know.", None)
        }
        _ => (String::new(), "", None),
    };
    html! {
        <>
            <h2>{ title }</h2>
            <p>{ about }</p>
            if let Some(client) = client { <div class="items">{ send_from(client, act) }</div> }
        </>
    }
}

fn service_menu(model: &Model, reference: &ObjectRef, act: &Callback<Action>) -> Html {
    let Some(service) = model.session.cluster.service(reference) else { return Html::default() };
    let client = model.parsed_client();
    let targets: Vec<_> = choices::targets(&model.session.cluster, &client)
        .into_iter()
        .filter(|t| choices::service_of(&model.session.cluster, &client, &t.value).as_ref() == Some(reference))
        .take(7)
        .collect();
    html! {
        <>
            <h2>{ format!("Service {reference}") }</h2>
            <dl class="facts">
                <dt>{ "type" }</dt><dd>{ if service.headless { "headless" } else { service.service_type.as_str() } }</dd>
                <dt>{ "selector" }</dt><dd>{ list(service.selector.iter().map(|(k, v)| html! { <code class="label">{ format!("{k}={v}") }</code> })) }</dd>
            </dl>
            <p class="quiet">{ format!("Send from {client} to") }</p>
            <div class="items">
                { list(targets.into_iter().map(|t| button(t.label, "item mono", Action::Target(t.value), act))) }
            </div>
        </>
    }
}
