//! The chart as text: zones, their nodes, their pods, and the ports of both. Nested lists with headings, which a
//! keyboard and a screen reader know already; there for everybody, because it also reads well where the picture is small.

use portolan_core::cluster::Cluster;
use portolan_core::objects::{Listen, Pod};
use yew::prelude::*;

use super::draw::class;
use super::find::Found;
use super::inside::{pod_state, workload_of};
use super::model::{Chart, NodeBox, PodState};
use super::node_view::class_of;
use super::shapes::readiness;
use super::subject::Subject;
use crate::list::list;

/// Clusters of no more nodes have all of them open.
const OPEN: usize = 8;

/// The outline. `open` names the nodes whose pods are listed; `ontoggle` opens and closes one.
pub(crate) fn view(
    chart: &Chart,
    cluster: &Cluster,
    found: Option<&Found>,
    open: &[String],
    onpick: &Callback<Subject>,
    ontoggle: &Callback<String>,
) -> Html {
    let mut zones: Vec<(Option<&str>, Vec<&NodeBox>)> = Vec::new();
    for node in &chart.nodes {
        let zone = cluster.node(&node.name).and_then(|n| n.zone.as_deref());
        match zones.iter_mut().find(|z| z.0 == zone) {
            Some(known) => known.1.push(node),
            None => zones.push((zone, vec![node])),
        }
    }
    let all_open = chart.nodes.len() <= OPEN;
    html! {
        <div class="outline" id="outline" tabindex="0" role="region" aria-label="Outline of the cluster">
            <section>
                <h2>{ "Services" }</h2>
                <ul>{ list(chart.tabs.iter().filter(|t| found.is_none_or(|f| f.has(&Subject::Service(t.service.clone())))).map(|tab| {
                    let subject = Subject::Service(tab.service.clone());
                    html! { <li>{ button(subject, tab.service.to_string(), onpick) }{ what(format!(" {} {}", tab.kind, tab.detail)) }</li> }
                })) }</ul>
            </section>
            { list(zones.into_iter().map(|(zone, nodes)| html! {
                <section>
                    <h2>{ zone.map_or_else(|| "No zone".to_string(), |z| if z.contains("zone") { z.to_string() } else { format!("Zone {z}") }) }
                        { what(format!(" {} {}", nodes.len(), if nodes.len() == 1 { "node" } else { "nodes" })) }</h2>
                    { list(nodes.into_iter().filter(|n| found.is_none_or(|f| f.faded(n).last() != Some(&true))).map(|node| {
                        let is_open = open.contains(&node.name) != all_open || found.is_some();
                        self::node(node, cluster, found, is_open, onpick, ontoggle)
                    })) }
                </section>
            })) }
        </div>
    }
}

/// What is said about something.
fn what(text: String) -> Html {
    html! { <span class="what">{ text }</span> }
}

fn button(subject: Subject, label: String, onpick: &Callback<Subject>) -> Html {
    let onpick = onpick.clone();
    let onclick = Callback::from(move |event: MouseEvent| {
        event.stop_propagation();
        onpick.emit(subject.clone());
    });
    html! { <button type="button" class="link" aria-haspopup="menu" {onclick}>{ label }</button> }
}

fn node(
    node: &NodeBox,
    cluster: &Cluster,
    found: Option<&Found>,
    open: bool,
    onpick: &Callback<Subject>,
    ontoggle: &Callback<String>,
) -> Html {
    let toggle = {
        let (ontoggle, name) = (ontoggle.clone(), node.name.clone());
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            ontoggle.emit(name.clone());
        })
    };
    let ports = node.pins.iter().map(|pin| pin.label.as_str()).collect::<Vec<_>>().join(", ");
    let states = if node.states.total() > 0 { node.states.words() } else { "no pods".into() };
    html! {
        <div class="outline-node" key={node.name.clone()}>
            <h3>
                <button type="button" class="toggle" aria-expanded={open.to_string()} aria-label={format!("Pods of {}", node.name)} onclick={toggle}>{ if open { "\u{25be}" } else { "\u{25b8}" } }</button>
                { button(Subject::Node(node.name.clone()), node.name.clone(), onpick) }
                { what(format!("{}{}, {states}", node.address, if node.running { "" } else { ", stopped" })) }
            </h3>
            if open {
                <p class="ports">{ format!("Open ports: {ports}") }</p>
                <ul>
                    { list(node.parts.iter().map(|part| html! { <li>{ part.title }{ what(format!(" {}{}", part.listens, if part.local { ", only on the node itself" } else { "" })) }</li> })) }
                    { list(node.workloads.iter().flat_map(|w| &w.pods).filter(|p| found.is_none_or(|f| f.has(&Subject::Pod((*p).clone())) || f.has(&Subject::Node(node.name.clone())))).filter_map(|p| cluster.pod(p)).map(|pod| self::pod(pod, onpick))) }
                </ul>
            }
        </div>
    }
}

fn pod(pod: &Pod, onpick: &Callback<Subject>) -> Html {
    let state: PodState = pod_state(pod);
    let address = pod.ips.first().map_or_else(String::new, |ip| ip.to_string());
    let ports = match &pod.listen {
        Listen::Any => "listens on every port".to_string(),
        Listen::Ports(ports) if ports.is_empty() => "listens on nothing".into(),
        Listen::Ports(ports) => format!(
            "listens on {}",
            ports
                .iter()
                .map(|(p, n, local)| format!("{n}/{p}{}", if *local { " (localhost)" } else { "" }))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    };
    html! {
        <li key={pod.meta.reference().to_string()} class="outline-pod">
            <svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true" class={class(&[("pod", true), (class_of(state), true)])}>{ readiness(state, 0.0, 0.0) }</svg>
            { button(Subject::Pod(pod.meta.reference()), pod.meta.reference().to_string(), onpick) }
            { what(format!(" {}, {address}, {ports}, of {}", state.word(), workload_of(pod))) }
        </li>
    }
}
