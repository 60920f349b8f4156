//! The Trace view: one request's way as an ordered list, and what the client sees of it.

use std::rc::Rc;

use portolan_core::cluster::Place;
use portolan_core::diagnostic::Span;
use portolan_core::packet::{FieldRef, Hop, Trace, Tuple, Verdict};
use yew::prelude::*;

use super::parts::link;
use super::rules::compare;
use crate::list::list;
use crate::state::action::Action;
use crate::state::choices;
use crate::state::model::Model;

/// The view.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let picked = model.pinned.as_ref().map(|p| p.id);
    let recent = model.session.recent.iter().take(14).map(|r| {
        let on = picked == Some(r.id);
        let (id, act) = (r.id, act.clone());
        let onclick = Callback::from(move |_: MouseEvent| act.emit(if on { Action::Unpin } else { Action::Pin(id) }));
        let took = ms(r.took);
        html! {
            <li key={r.id}>
                <button type="button" class={classes!("recent", verdict_class(&r.trace))} aria-pressed={on.to_string()} {onclick}>
                    <span class="mark" aria-hidden="true"></span>
                    <span class="to">{ ending(&r.trace) }</span>
                    <span class="took">{ took }</span>
                </button>
            </li>
        }
    });
    let shown = model.shown();
    html! {
        <div class="trace-view">
            <div class="recent-list">
                <h2>{ "Recent requests" }</h2>
                <ol reversed=true>{ list(recent) }</ol>
                if model.session.recent.is_empty() {
                    <p class="quiet">{ "None yet. Press play, or send one." }</p>
                }
            </div>
            <div class="trace-main">
                if let Some(trace) = shown {
                    { compare::view(model) }
                    { verdict(&trace, model, act) }
                    { hops(&trace, model, act) }
                } else {
                    { empty(model) }
                }
            </div>
        </div>
    }
}

fn empty(model: &Model) -> Html {
    html! {
        <div class="quiet">
            if model.session.tunnel_output.is_empty() {
                <p>{ "Nothing to trace: choose who sends, and to what." }</p>
            } else {
                <pre class="terminal">{ model.session.tunnel_output.join("\n") }</pre>
            }
        </div>
    }
}

fn verdict(trace: &Trace, model: &Model, act: &Callback<Action>) -> Html {
    html! {
        <div class={classes!("verdict", verdict_class(trace))}>
            <p class="headline"><span class="mark" aria-hidden="true"></span><strong>{ trace.verdict.as_str() }</strong>
                if let Some(cause) = &trace.cause { <span>{ format!(": {}", cause.message) }</span> }
                if trace.masqueraded { <span class="snat-chip">{ "source NAT" }</span> }
            </p>
            <div class="rules-pick">{ compare::picker(model.session.cluster.settings.proxy.mode, act) }</div>
            if !trace.symptom.text.is_empty() {
                <pre class="terminal" aria-label="What the client sees">{ &trace.symptom.text }</pre>
            }
            if !model.session.tunnel_output.is_empty() {
                <pre class="terminal">{ format!("$ {}\n{}", choices::forward_command(&model.target).unwrap_or_default(), model.session.tunnel_output.join("\n")) }</pre>
            }
        </div>
    }
}

fn hops(trace: &Rc<Trace>, model: &Model, act: &Callback<Action>) -> Html {
    // One stop for the Tab key; arrows go from hop to hop, and hold the request that they are of.
    let (at, last) = (model.hop.unwrap_or(0), trace.hops.len().saturating_sub(1));
    let onkeydown = {
        let act = act.clone();
        Callback::from(move |event: KeyboardEvent| {
            let on_hop = event.target_dyn_into::<web_sys::Element>().is_some_and(|target| target.tag_name() == "LI");
            let to = match event.key().as_str() {
                "ArrowDown" | "ArrowRight" if on_hop => (at + 1).min(last),
                "ArrowUp" | "ArrowLeft" if on_hop => at.saturating_sub(1),
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            act.emit(Action::ShowHop(to));
        })
    };
    html! {
        <ol class="hops" {onkeydown}>
            { list(trace.hops.iter().enumerate().map(|(number, hop)| {
                let asked = model.pinned.is_some() && model.hop == Some(number);
                html! {
                    <li class={classes!("hop", hop.action.as_str(), asked.then_some("asked"))} id={format!("hop-{number}")} tabindex={if number == at { "0" } else { "-1" }}>
                        <div class="hop-head"><span class="at">{ place(&hop.at) }</span><span class="action">{ hop.action.as_str() }</span></div>
                        <p>{ &hop.note }</p>
                        { tuples(hop) }
                        if let Some(rule) = &hop.rule { <code class="rule">{ rule }</code> }
                        { rules_link(hop, number, act) }
                        if let Some(field) = &hop.field { { field_link(field, model, act) } }
                    </li>
                }
            })) }
        </ol>
    }
}

/// To the rules by which a hop came about.
fn rules_link(hop: &Hop, number: usize, act: &Callback<Action>) -> Html {
    let Some(ruled) = &hop.ruled else { return Html::default() };
    let words = match ruled.rules().len() {
        1 => "the rule among all".to_string(),
        count => format!("{count} rules decided"),
    };
    link(words.into(), "to-rules", Action::RulesHop(number), act)
}

fn tuples(hop: &Hop) -> Html {
    let show = |tuple: &Tuple| format!("{} \u{2192} {}", addr(&tuple.src), addr(&tuple.dst));
    match (&hop.before, &hop.after) {
        (Some(before), Some(after)) if before != after => html! {
            <div class="tuples"><code class="before">{ show(before) }</code><code class="after">{ show(after) }</code></div>
        },
        (_, Some(tuple)) | (Some(tuple), None) => {
            html! { <div class="tuples"><code>{ show(tuple) }</code></div> }
        }
        _ => Html::default(),
    }
}

/// An address without a port that does not matter.
fn addr(addr: &portolan_core::net::Addr) -> String {
    if addr.port == 0 { addr.ip.to_string() } else { addr.to_string() }
}

/// A field of the input, as a link that moves the editor there.
pub(crate) fn field_link(field: &FieldRef, model: &Model, act: &Callback<Action>) -> Html {
    let text = format!("{} {} {}", field.kind, field.object, field.path);
    match model.session.span_of(field) {
        Some((_, line)) if model.no_editor => {
            html! { <span class="field">{ text }{ " " }<span class="line">{ format!("line {line}") }</span></span> }
        }
        Some((span, line)) => line_link(text, span, line, act),
        None => html! { <span class="field">{ text }</span> },
    }
}

/// A link to a line of the text.
pub(crate) fn line_link(text: String, span: Span, line: u32, act: &Callback<Action>) -> Html {
    link(
        html! { <>{ text }{ " " }<span class="line">{ format!("line {line}") }</span></> },
        "field",
        Action::Reveal(span),
        act,
    )
}

/// A place in words.
pub(crate) fn place(place: &Place) -> String {
    match place {
        Place::External(ip) => format!("internet {ip}"),
        Place::Laptop => "laptop".into(),
        Place::LoadBalancer(service) => format!("load balancer of {service}"),
        Place::Node(name) => format!("node {name}"),
        Place::Proxy(name) => format!("kube-proxy on {name}"),
        Place::Pod(pod) => format!("pod {pod}"),
        Place::Endpoint(ip) => format!("endpoint {ip}"),
        Place::ApiServer => "kube-apiserver".into(),
        Place::Kubelet(name) => format!("kubelet on {name}"),
        Place::Dns => "CoreDNS".into(),
        Place::ExternalHost(name) => name.clone(),
    }
}

/// The class for a verdict's colour.
pub(crate) fn verdict_class(trace: &Trace) -> &'static str {
    if trace.verdict == Verdict::Delivered { "ok" } else { "bad" }
}

/// Where a request ended, short.
pub(crate) fn ending(trace: &Trace) -> String {
    match trace.verdict {
        Verdict::Delivered => match trace.hops.last().map(|h| &h.at) {
            Some(Place::Pod(pod)) => pod.name.clone(),
            Some(other) => place(other),
            None => "delivered".into(),
        },
        verdict => verdict.as_str().into(),
    }
}

/// Microseconds as milliseconds, for people.
pub(crate) fn ms(us: u64) -> String {
    match us {
        0..100_000 => format!("{}.{} ms", us / 1000, us % 1000 / 100),
        100_000..10_000_000 => format!("{} ms", us / 1000),
        _ => format!("{} s", us / 1_000_000),
    }
}

/// The whole story in one sentence, as it is announced.
pub(crate) fn sentence(model: &Model, trace: &Trace) -> String {
    let from = match model.pinned.as_ref().map_or(model.client.as_str(), |p| p.from.as_str()) {
        "external" => "internet".to_string(),
        other => other.trim_start_matches("pod/default/").to_string(),
    };
    let to = model.pinned.as_ref().map_or(model.target.as_str(), |p| p.to.as_str());
    let entered = trace.hops.iter().find_map(|hop| match &hop.at {
        Place::Node(name) | Place::Proxy(name) => Some(name.as_str()),
        _ => None,
    });
    let end = match trace.verdict {
        Verdict::Delivered => match trace.hops.last().map(|h| &h.at) {
            Some(Place::Pod(pod)) => {
                let node = model.session.cluster.pod(pod).map_or("", |p| p.node.as_str());
                format!("{} on {node}", pod.name)
            }
            Some(other) => place(other),
            None => String::new(),
        },
        verdict => trace
            .cause
            .as_ref()
            .map_or(verdict.as_str().to_string(), |c| format!("{}: {}", verdict.as_str(), c.message)),
    };
    // A target that names its node already says where it enters.
    let forward = choices::forward_command(to);
    let to = forward.as_deref().unwrap_or(to);
    let to = to.strip_prefix("node/").unwrap_or(to);
    let via = entered.filter(|node| !to.starts_with(*node)).map_or(String::new(), |node| format!(" \u{2192} {node}"));
    format!("{from} \u{2192} {to}{via} \u{2192} {end}")
}
