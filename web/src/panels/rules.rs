//! The Rules view: what kube-proxy writes on a node, the lines lit that the request in focus met.

use portolan_core::cluster::{Place, ProxyMode};
use portolan_core::packet::Trace;
use portolan_core::proxy::{NodeProxy, rules};
use yew::prelude::*;

use crate::list::list;
use crate::state::model::{Action, Model};

/// Lines shown; a large cluster's rules are as long as its manifests.
const MAX_LINES: usize = 4000;

/// The view.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let mut cluster = (*model.session.cluster).clone();
    let mode = model.rules_mode.unwrap_or(cluster.settings.proxy.mode);
    cluster.settings.proxy.mode = mode;
    let trace = model.shown();
    let node = model
        .rules_node
        .clone()
        .or_else(|| trace.as_deref().and_then(deciding_node))
        .unwrap_or_else(|| cluster.nodes.last().map_or_else(String::new, |n| n.meta.name.clone()));
    let text = rules::print(&NodeProxy::new(&cluster, &node));
    let lit: Vec<&str> = trace
        .iter()
        .flat_map(|t| &t.hops)
        .filter(|h| matches!(&h.at, Place::Proxy(name) if *name == node))
        .filter_map(|h| h.rule.as_deref())
        .flat_map(str::lines)
        .map(str::trim)
        .collect();
    let on_node = select(act, Action::RulesNode);
    let on_mode = select(act, |value| {
        Action::RulesMode(match value.as_str() {
            "nftables" => ProxyMode::Nftables,
            "ipvs" => ProxyMode::Ipvs,
            _ => ProxyMode::Iptables,
        })
    });
    let modes = [(ProxyMode::Iptables, "iptables"), (ProxyMode::Nftables, "nftables"), (ProxyMode::Ipvs, "ipvs")];
    html! {
        <div class="rules-view">
            <div class="rules-pick">
                <label><span>{ "kube-proxy on" }</span>
                    <select id="rules-node" onchange={on_node}>{ list(cluster.nodes.iter().map(|n| html! {
                        <option value={n.meta.name.clone()} selected={n.meta.name == node}>{ &n.meta.name }</option>
                    })) }</select>
                </label>
                <label><span>{ "as it would write for" }</span>
                    <select id="rules-mode" onchange={on_mode}>{ list(modes.iter().map(|(m, name)| html! {
                        <option value={*name} selected={*m == mode}>{ *name }</option>
                    })) }</select>
                </label>
            </div>
            if !lit.is_empty() {
                <h3>{ "What decided on the request in focus" }</h3>
                <pre class="terminal rules deciding">{ lit.join("\n") }</pre>
            }
            <pre class="terminal rules whole" tabindex="0" aria-label="Rules">{ list(text.lines().take(MAX_LINES).map(|line| {
                let hit = !line.trim().is_empty() && lit.contains(&line.trim());
                html! { <span class={hit.then_some("lit")}>{ line }{ "\n" }</span> }
            })) }</pre>
        </div>
    }
}

/// The node whose kube-proxy decided.
fn deciding_node(trace: &Trace) -> Option<String> {
    trace.hops.iter().find_map(|hop| match &hop.at {
        Place::Proxy(name) => Some(name.clone()),
        _ => None,
    })
}

fn select(act: &Callback<Action>, make: impl Fn(String) -> Action + 'static) -> Callback<Event> {
    let act = act.clone();
    Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
            act.emit(make(select.value()));
        }
    })
}
