//! Where a line comes from: its Service port and endpoint, with the ways to the YAML, the chart and the hop.

use portolan_core::packet::FieldRef;
use yew::prelude::*;

use super::{Props, Rules};
use crate::chart::subject::Subject;
use crate::panels::parts::link;
use crate::panels::trace::line_link;
use crate::state::action::Action;

impl Rules {
    /// The picked line, whole, and where it comes from.
    pub(super) fn origin(&self, props: &Props) -> Html {
        let Some(line) = self.picked else { return Html::default() };
        let whose = self.listing.lines.get(line).and_then(|line| line.whose);
        let port = whose.and_then(|whose| self.proxy.ports.get(whose.port as usize));
        let endpoint = whose.zip(port).and_then(|(whose, port)| port.endpoints.get(whose.endpoint? as usize));
        let hop = self.lit.iter().find(|lit| lit.line == line).map(|lit| lit.hop);
        let go = |text: String, class: &'static str, action: Action| link(text.into(), class, action, &props.act);
        let from = port.map(|port| {
            let name =
                if port.name.port.is_empty() { String::new() } else { format!(" \u{201c}{}\u{201d}", port.name.port) };
            let words = format!("{} port {}{name}", port.name.service, port.port);
            let (kind, object) = ("Service", port.name.service.clone());
            let field = FieldRef { kind, object: object.clone(), path: format!("spec.ports[{}]", port.index) };
            let place = props.world.0.locate(&field);
            html! {
                <>
                    if let Some(place) = place {
                        { line_link(words, place.span, place.line, &props.act) }
                    } else {
                        <span>{ words }</span>
                    }
                    { go("on the chart".into(), "rules-chart", Action::Show(Subject::Service(object))) }
                </>
            }
        });
        html! {
            <div class="rules-origin">
                <code class="rule" tabindex="0">{ self.listing.text_of(line).trim() }</code>
                <p>
                    { from.unwrap_or_else(|| html! { <span class="quiet">{ "Every node has this one, whatever the Services." }</span> }) }
                    if let Some(endpoint) = endpoint {
                        if let Some(pod) = &endpoint.pod {
                            { go(format!("pod {}", pod.name), "rules-pod", Action::Show(Subject::Pod(pod.clone()))) }
                        } else {
                            <span>{ format!("endpoint {}", endpoint.address) }</span>
                        }
                    }
                    if let Some(hop) = hop {
                        { go(format!("hop {} of the trace", hop + 1), "rules-hop", Action::ShowHop(hop)) }
                    }
                </p>
            </div>
        }
    }
}
