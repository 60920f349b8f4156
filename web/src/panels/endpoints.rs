//! The Endpoints view: the slices of the Service in focus, and who may be chosen.

use portolan_core::objects::{Endpoint, EndpointSlice};
use portolan_core::packet::Trace;
use yew::prelude::*;

use crate::list::list;
use crate::state::model::Model;

/// Endpoints listed of one slice.
const MAX_ROWS: usize = 100;

/// The view.
pub(crate) fn view(model: &Model) -> Html {
    let Some(service) = model.focused() else {
        return html! { <p class="quiet">{ "No Service." }</p> };
    };
    let slices: Vec<&EndpointSlice> = model.session.cluster.slices_of(&service).collect();
    let trace = model.preview.clone();
    html! {
        <div class="endpoints-view">
            <h3>{ format!("EndpointSlices of {service}") }</h3>
            if slices.is_empty() {
                <p class="quiet">{ "None: without a selector nobody makes them, and an ExternalName needs none." }</p>
            }
            { list(slices.into_iter().map(|slice| table(slice, trace.as_deref()))) }
        </div>
    }
}

fn table(slice: &EndpointSlice, trace: Option<&Trace>) -> Html {
    let ports = slice
        .ports
        .iter()
        .map(|p| {
            let name = if p.name.is_empty() { String::new() } else { format!("{} ", p.name) };
            format!("{name}{}/{}", p.port.map_or("?".into(), |n| n.to_string()), p.protocol)
        })
        .collect::<Vec<_>>()
        .join(", ");
    let ports = if ports.is_empty() { "<unset>".to_string() } else { ports };
    html! {
        <div class="table-wrap" tabindex="0" role="region" aria-label={format!("EndpointSlice {}", slice.meta.name)}>
            <table>
                <caption><code>{ &slice.meta.name }</code>{ format!("  ports {ports}") }</caption>
                <thead><tr>
                    <th scope="col">{ "address" }</th><th scope="col">{ "pod" }</th><th scope="col">{ "node" }</th><th scope="col">{ "zone" }</th>
                    <th scope="col">{ "ready" }</th><th scope="col">{ "serving" }</th><th scope="col">{ "terminating" }</th>
                    <th scope="col">{ "hints" }</th><th scope="col">{ "chance" }</th>
                </tr></thead>
                <tbody>{ list(slice.endpoints.iter().take(MAX_ROWS).map(|e| row(e, trace))) }</tbody>
            </table>
            if slice.endpoints.is_empty() { <p class="quiet">{ "No endpoint." }</p> }
            if slice.endpoints.len() > MAX_ROWS {
                <p class="quiet">{ format!("and {} more", slice.endpoints.len() - MAX_ROWS) }</p>
            }
        </div>
    }
}

fn row(e: &Endpoint, trace: Option<&Trace>) -> Html {
    let ip = e.addresses.first().copied();
    let chance = trace.and_then(|t| t.endpoints.iter().find(|c| Some(c.address.ip) == ip)).map(|c| c.probability);
    let hints = [&e.zone_hints[..], &e.node_hints[..]].concat().join(", ");
    let flag = |value: Option<bool>| match value {
        Some(true) => html! { <td class="yes">{ "true" }</td> },
        Some(false) => html! { <td class="no">{ "false" }</td> },
        None => html! { <td class="unset">{ "unset" }</td> },
    };
    html! {
        <tr>
            <td><code>{ ip.map_or_else(String::new, |ip| ip.to_string()) }</code></td>
            <td>{ e.pod.as_ref().map_or("\u{2013}".to_string(), |p| p.name.clone()) }</td>
            <td>{ e.node_name.clone().unwrap_or_else(|| "\u{2013}".into()) }</td>
            <td>{ e.zone.clone().unwrap_or_else(|| "\u{2013}".into()) }</td>
            { flag(e.ready) }{ flag(e.serving) }{ flag(e.terminating) }
            <td>{ if hints.is_empty() { "\u{2013}".to_string() } else { hints } }</td>
            <td>{ chance.map_or("\u{2013}".to_string(), |p| format!("{:.1} %", p * 100.0)) }</td>
        </tr>
    }
}
