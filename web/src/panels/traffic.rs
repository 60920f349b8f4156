//! The Traffic view: shares per endpoint against the band that chance allows, ends and latencies.

use portolan_core::objects::ObjectRef;
use portolan_core::sim::{Counts, Share};
use yew::prelude::*;

use super::trace::ms;
use crate::list::list;
use crate::state::model::Model;

/// Width of a share's bar.
const BAR: f64 = 220.0;

/// The view.
pub(crate) fn view(model: &Model) -> Html {
    let focus = model.focused();
    let sim = model.session.sim();
    let services: Vec<_> = sim.services().filter(|c| focus.as_ref().is_none_or(|f| c.service == *f)).collect();
    let total = sim.loads().map(|(_, counts)| counts).fold(Counts::default(), |mut sum, c| {
        sum.sent += c.sent;
        sum.delivered += c.delivered;
        sum.rejected += c.rejected;
        sum.dropped += c.dropped;
        sum.passed += c.passed;
        sum.refused += c.refused;
        sum.unresolved += c.unresolved;
        sum.unroutable += c.unroutable;
        sum
    });
    html! {
        <div class="traffic-view">
            { verdicts(&total) }
            { list(services.iter().map(|c| {
                let shares = c.shares();
                html! { <>
                    <h3>{ title(&c.service, &c.port) }
                        <span class="quiet">{ format!("{} connections, median {}, 99 % within {}", c.counts.connections,
                            ms(c.counts.latency.percentile(50)), ms(c.counts.latency.percentile(99))) }</span>
                    </h3>
                    { table(&shares) }
                </> }
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

fn verdicts(c: &Counts) -> Html {
    let cell = |name: &str, n: u64, class: &'static str| {
        html! { <div class={classes!("count", class, (n == 0).then_some("zero"))}><dt>{ name.to_string() }</dt><dd>{ n }</dd></div> }
    };
    html! {
        <dl class="counts">
            { cell("sent", c.sent, "") }{ cell("delivered", c.delivered, "ok") }{ cell("rejected", c.rejected, "bad") }
            { cell("dropped", c.dropped, "bad") }{ cell("refused", c.refused, "bad") }{ cell("passed", c.passed, "bad") }
            { cell("unresolved", c.unresolved, "bad") }{ cell("unroutable", c.unroutable, "bad") }
        </dl>
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
