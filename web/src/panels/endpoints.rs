//! The Endpoints view: the EndpointSlices of the Service in focus as they are stored, and what a node makes of each endpoint.

use portolan_core::cluster::Cluster;
use portolan_core::net::{Addr, IpFamily};
use portolan_core::objects::{Endpoint, EndpointSlice, ObjectRef, Origin};
use portolan_core::packet::{FieldRef, Trace};
use portolan_core::proxy::{NodeProxy, Policy, ServicePort, Standing};
use yew::prelude::*;

use super::parts::{link, pick};
use super::trace::line_link;
use crate::chart::subject::Subject;
use crate::list::list;
use crate::state::action::Action;
use crate::state::model::Model;
use crate::state::modes::proxy_of;

/// Slices shown of one Service.
const MAX_SLICES: usize = 12;
/// Endpoints listed of one slice.
const MAX_ROWS: usize = 100;

const HEADS: [&str; 10] =
    ["address", "here", "chance", "ready", "serving", "terminating", "targetRef", "node", "zone", "hints"];

/// What the rows are made from.
struct Look<'a> {
    proxy: NodeProxy,
    /// The request in focus, where it was for this Service.
    trace: Option<&'a Trace>,
    /// It was decided on this node.
    here: bool,
    act: &'a Callback<Action>,
}

/// The view.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let Some(service) = model.focused() else {
        return html! { <p class="quiet">{ "No Service." }</p> };
    };
    let cluster = &model.session.cluster;
    let slices: Vec<&EndpointSlice> = cluster.slices_of(&service).collect();
    let node = model.rules_node();
    let shown = model.shown();
    let trace = shown.as_deref().filter(|trace| trace.service.as_ref().is_some_and(|(of, _)| *of == service));
    let here = trace.and_then(proxy_of) == Some(node.as_str());
    let look = Look { here, proxy: NodeProxy::new(&alone(cluster, &service, &slices), &node), trace, act };
    let field = FieldRef { kind: "Service", object: service.clone(), path: "spec.selector".into() };
    html! {
        <div class="endpoints-view">
            <div class="rules-pick">
                <h2>{ "EndpointSlices of " }{ show(service.to_string(), Subject::Service(service.clone()), act) }</h2>
                if let Some((span, line)) = model.session.span_of(&field) { { line_link("YAML".into(), span, line, act) } }
                { pick("endpoints-node", "as used on", &mut cluster.nodes.iter().map(|n| n.meta.name.as_str()), &node, Action::RulesNode, act) }
            </div>
            if slices.is_empty() {
                <p class="quiet">{ "None: without a selector nobody makes them, and an ExternalName needs none." }</p>
            }
            { list(slices.iter().take(MAX_SLICES).map(|slice| table(slice, &look, model))) }
            if slices.len() > MAX_SLICES {
                <p class="quiet">{ format!("and {} more slices", slices.len() - MAX_SLICES) }</p>
            }
        </div>
    }
}

/// As much of the cluster as decides on this Service's endpoints.
fn alone(cluster: &Cluster, service: &ObjectRef, slices: &[&EndpointSlice]) -> Cluster {
    Cluster {
        settings: cluster.settings.clone(),
        nodes: cluster.nodes.clone(),
        services: cluster.service(service).cloned().into_iter().collect(),
        slices: slices.iter().map(|slice| (*slice).clone()).collect(),
        namespaces: Vec::new(),
        pods: Vec::new(),
    }
}

/// A link to something on the chart.
fn show(text: String, subject: Subject, act: &Callback<Action>) -> Html {
    link(text.into(), "", Action::Show(subject), act)
}

fn table(slice: &EndpointSlice, look: &Look<'_>, model: &Model) -> Html {
    let port = |p: &portolan_core::objects::SlicePort| {
        let name = if p.name.is_empty() { String::new() } else { format!("{} ", p.name) };
        let protocol = p.app_protocol.as_ref().map_or(String::new(), |of| format!(" ({of})"));
        format!("{name}{}/{}{protocol}", p.port.map_or("?".into(), |n| n.to_string()), p.protocol)
    };
    let ports = slice.ports.iter().map(port).collect::<Vec<_>>().join(", ");
    let ports = if ports.is_empty() { "<unset>".to_string() } else { ports };
    let kind = match slice.family {
        Some(IpFamily::V4) => "IPv4",
        Some(IpFamily::V6) => "IPv6",
        None => "FQDN",
    };
    let field = FieldRef { kind: "EndpointSlice", object: slice.meta.reference(), path: "endpoints".into() };
    // One that the controller made is nowhere in the text.
    let typed = matches!(slice.meta.origin, Origin::Document { .. }).then(|| model.session.span_of(&field)).flatten();
    html! {
        <div class="table-wrap" tabindex="0" role="region" aria-label={format!("EndpointSlice {}", slice.meta.name)}>
            <table class="slice">
                <caption><code>{ &slice.meta.name }</code>{ format!("  {kind}, ports {ports}, {} of at most 100 endpoints ", slice.endpoints.len()) }
                    if let Some((span, line)) = typed { { line_link("YAML".into(), span, line, look.act) } }
                </caption>
                <thead><tr>{ list(HEADS.iter().map(|head| html! { <th scope="col">{ *head }</th> })) }</tr></thead>
                <tbody>{ list(slice.endpoints.iter().take(MAX_ROWS).map(|e| row(e, slice, look))) }</tbody>
            </table>
            if slice.endpoints.is_empty() { <p class="quiet">{ "No endpoint." }</p> }
            if slice.endpoints.len() > MAX_ROWS {
                <p class="quiet">{ format!("and {} more", slice.endpoints.len() - MAX_ROWS) }</p>
            }
        </div>
    }
}

fn row(e: &Endpoint, slice: &EndpointSlice, look: &Look<'_>) -> Html {
    let ip = e.addresses.first().copied();
    let candidate = look.trace.and_then(|t| {
        let at = t.endpoints.iter().position(|c| Some(c.address.ip) == ip)?;
        Some((t.endpoints.get(at)?.probability, t.chosen == Some(at)))
    });
    let chosen = candidate.is_some_and(|(_, chosen)| chosen);
    let (used, words) = standing(e, slice, &look.proxy);
    let text = |text: Option<String>| Html::from(text.filter(|text| !text.is_empty()).unwrap_or("\u{2013}".into()));
    let good = |good: bool| if good { "yes" } else { "no" };
    let flag = |value: Option<bool>, bad: bool| match value {
        Some(value) => (good(value != bad), Html::from(if value { "true" } else { "false" })),
        None => ("unset", Html::from("unset")),
    };
    let hints = [("zones", &e.zone_hints), ("nodes", &e.node_hints)];
    let hints = hints
        .map(|(kind, names)| if names.is_empty() { String::new() } else { format!("{kind}: {}", names.join(", ")) });
    let separator = if hints.iter().any(String::is_empty) { "" } else { "; " };
    let mut address = ip.map_or_else(String::new, |ip| ip.to_string());
    if e.addresses.len() > 1 {
        address.push_str(&format!(" +{}", e.addresses.len() - 1));
    }
    if chosen {
        address.push_str(" \u{2190} the request");
    }
    let chance = candidate.filter(|_| used && look.here).map(|(p, _)| format!("{:.1} %", p * 100.0));
    let pod = e.pod.as_ref().map(|pod| show(format!("Pod {}", pod.name), Subject::Pod(pod.clone()), look.act));
    let node = e.node_name.as_ref().map(|node| show(node.clone(), Subject::Node(node.clone()), look.act));
    let cells = [
        ("address", text(Some(address))),
        (good(used), words.into()),
        ("number", text(chance)),
        flag(e.ready, false),
        flag(e.serving, false),
        flag(e.terminating, true),
        ("", pod.unwrap_or_else(|| text(None))),
        ("", node.unwrap_or_else(|| text(None))),
        ("", text(e.zone.clone())),
        ("", text(Some(hints.join(separator)))),
    ];
    html! {
        <tr class={classes!(chosen.then_some("chosen"))}>{ list(cells.into_iter().map(|(class, content)| html! { <td {class}>{ content }</td> })) }</tr>
    }
}

/// Whether the node ever gives the endpoint anything, in words: for the cluster IP, and for external traffic where that
/// goes by another policy.
fn standing(e: &Endpoint, slice: &EndpointSlice, proxy: &NodeProxy) -> (bool, String) {
    if proxy.ports.is_empty() {
        return (true, "in DNS alone".to_string());
    }
    let of_slice = |port: &&ServicePort| {
        Some(port.family) == slice.family
            && slice.ports.iter().any(|p| p.name == port.name.port && p.protocol == port.name.protocol)
    };
    let found = proxy.ports.iter().filter(of_slice).find_map(|port| {
        let number = |p: &portolan_core::objects::SlicePort| {
            let address = Addr::new(*e.addresses.first()?, p.port?);
            let at = port.endpoints.iter().position(|known| known.address == address)?;
            u32::try_from(at).ok()
        };
        Some((port, slice.ports.iter().find_map(number)?))
    });
    let Some((port, at)) = found else { return (false, "no port of the Service".to_string()) };
    let word = |policy: Policy| {
        let standing = port.standing(at, policy);
        let used = matches!(standing, Some(Standing::Used | Standing::Draining));
        let words = match standing {
            Some(Standing::Used) => "used",
            Some(Standing::Draining) => "used: none is ready",
            Some(Standing::NotReady) => "not ready",
            Some(Standing::Terminating) => "terminating",
            Some(Standing::NotLocal) => "not on this node: policy Local",
            Some(Standing::OtherNode) => "no hint for this node",
            Some(Standing::OtherZone) => "no hint for this zone",
            None => "",
        };
        (used, words)
    };
    let inside = word(port.internal_policy());
    let outside = port.externally_accessible().then(|| word(port.external_policy())).filter(|other| *other != inside);
    match outside {
        None => (inside.0, inside.1.to_string()),
        Some(outside) => (inside.0 || outside.0, format!("cluster IP: {}; from outside: {}", inside.1, outside.1)),
    }
}
