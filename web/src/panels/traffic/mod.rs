//! The Traffic view: how requests ended and why, rates and latencies over time, and shares per endpoint against the band
//! that chance allows.

mod plot;

use portolan_core::objects::ObjectRef;
use portolan_core::packet::Verdict;
use portolan_core::sim::{Share, Sim};
use yew::prelude::*;

use super::parts::button;
use super::trace::ms;
use crate::list::list;
use crate::state::action::{Action, Export};
use crate::state::model::Model;

/// Width of a share's bar.
const BAR: f64 = 220.0;

/// The view.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let focus = model.focused();
    let sim = model.session.sim();
    let services: Vec<_> = sim.services().filter(|c| focus.as_ref().is_none_or(|f| c.service == *f)).collect();
    html! {
        <div class="traffic-view">
            <div class="traffic-head">
                { verdicts(sim) }
                { button("traffic-csv", "Download as CSV", Action::Export(Export::Csv), act) }
            </div>
            { reasons(sim) }
            { in_hand(sim) }
            { plot::view(model) }
            { list(services.iter().map(|c| {
                let shares = c.shares();
                let within = |percent| c.counts.latency.percentile(percent).map_or_else(|| "\u{2013}".to_string(), ms);
                html! { <section>
                    <h2>{ title(&c.service, &c.port) }
                        <span class="quiet">{ format!("{} connections, median {}, 99 % within {}", c.counts.connections,
                            within(50), within(99)) }</span>
                    </h2>
                    { table(&shares) }
                </section> }
            })) }
            if services.is_empty() {
                <p class="quiet">{ "No connection has met an endpoint of this Service yet." }</p>
            }
        </div>
    }
}

fn title(service: &ObjectRef, port: &str) -> String {
    if port.is_empty() { format!("Service {service} ") } else { format!("Service {service}, port {port} ") }
}

/// How requests ended, over all clients.
fn verdicts(sim: &Sim) -> Html {
    let (mut sent, mut delivered, mut pending) = (0, 0, 0);
    for (_, counts) in sim.loads() {
        sent += counts.sent;
        delivered += counts.delivered;
        pending += counts.pending();
    }
    let mut cells = vec![("sent", sent, ""), ("delivered", delivered, "ok"), ("on their way", pending, "")];
    let failed = [
        Verdict::Rejected,
        Verdict::Dropped,
        Verdict::Refused,
        Verdict::Passed,
        Verdict::Unresolved,
        Verdict::Unroutable,
    ];
    for verdict in failed {
        let of_it = sim.failures().iter().filter(|reason| reason.verdict == verdict);
        cells.push((verdict.as_str(), of_it.map(|reason| reason.count).sum(), "bad"));
    }
    html! {
        <dl class="counts">{ list(cells.into_iter().map(|(name, n, class)| html! {
            <div class={classes!("count", class, (n == 0).then_some("zero"))}><dt>{ name }</dt><dd>{ n }</dd></div>
        })) }</dl>
    }
}

/// Why requests failed.
fn reasons(sim: &Sim) -> Html {
    let all = sim.failures();
    if all.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="reasons" aria-label="Why requests failed">{ list(all.iter().map(|reason| html! {
            <li><b>{ format!("{} {}", reason.count, reason.verdict.as_str()) }</b>
                <span>{ if reason.message.is_empty() { reason.code } else { reason.message.as_str() } }</span></li>
        })) }</ul>
    }
}

/// What pods with limits have in hand.
fn in_hand(sim: &Sim) -> Html {
    let all: Vec<_> = sim.in_hand().into_iter().filter(|one| one.limits.is_some()).take(60).collect();
    if all.is_empty() {
        return Html::default();
    }
    html! {
        <section class="in-hand">
            <h2>{ "In hand" }</h2>
            <div class="table-wrap" tabindex="0" role="region" aria-label="What pods have in hand">
            <table>
                <thead><tr>{ list(["pod", "served now", "waiting"].map(|name| html! { <th scope="col">{ name }</th> })) }</tr></thead>
                <tbody>{ list(all.iter().map(|one| {
                    let (most, queue) = one.limits.unwrap_or_default();
                    html! { <tr>
                        <td>{ &one.pod.name }</td>
                        <td class="number">{ format!("{} of {most}", one.serving) }</td>
                        <td class="number">{ format!("{} of {queue}", one.waiting) }</td>
                    </tr> }
                })) }</tbody>
            </table>
            </div>
        </section>
    }
}

fn table(shares: &[Share]) -> Html {
    let most = shares.iter().map(|s| s.high.max(s.share)).fold(0.01, f64::max);
    let x = |share: f64| format!("{:.1}", share / most * BAR);
    html! {
        <div class="table-wrap" tabindex="0" role="region" aria-label="Shares of the endpoints">
        <table class="shares">
            <thead><tr><th scope="col">{ "endpoint" }</th><th scope="col">{ "node" }</th><th scope="col">{ "connections" }</th>
                <th scope="col">{ "share" }</th><th scope="col">{ "share, and the band that chance allows (95 of 100 runs)" }</th></tr></thead>
            <tbody>{ list(shares.iter().take(60).map(|s| {
                let fair = s.share >= s.low - 1e-9 && s.share <= s.high + 1e-9;
                html! {
                    <tr>
                        <td>{ s.pod.as_ref().map_or_else(|| s.address.to_string(), |p| p.name.clone()) }</td>
                        <td>{ if s.node.is_empty() { "\u{2013}".to_string() } else { s.node.clone() } }</td>
                        <td class="number">{ s.connections }</td>
                        <td class="number">{ format!("{:.1} %", s.share * 100.0) }</td>
                        <td>
                            <svg class={classes!("share-bar", (!fair).then_some("unfair"))} width={(BAR + 4.0).to_string()} height="14" role="img"
                                aria-label={format!("{:.1} %, expected {:.1} %, between {:.1} and {:.1} %", s.share * 100.0, s.expected * 100.0, s.low * 100.0, s.high * 100.0)}>
                                <rect class="band" x={x(s.low)} y="0" width={x(s.high - s.low)} height="14" />
                                <rect class="bar" x="0" y="4" width={x(s.share)} height="6" rx="3" />
                                <line class="expected" x1={x(s.expected)} x2={x(s.expected)} y1="0" y2="14" />
                            </svg>
                        </td>
                    </tr>
                }
            })) }</tbody>
        </table>
        </div>
    }
}
