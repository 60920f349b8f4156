//! The Rules view: what kube-proxy writes on a node, the lines lit that decided on the request in focus, and the way from
//! a line to the Service, the endpoint and the YAML that it comes from.

pub(crate) mod compare;
mod origin;
mod window;

use std::rc::Rc;

use portolan_core::cluster::Cluster;
use portolan_core::objects::ObjectRef;
use portolan_core::packet::Trace;
use portolan_core::proxy::NodeProxy;
use portolan_core::proxy::rules::{self, Listing};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::editor::Known;
use crate::panels::parts::pick;
use crate::state::action::Action;

/// More Service ports than this are shown Service by Service, unless all are asked for.
const LARGE: usize = 600;

/// Something shared; equal where it is the same one.
#[derive(Clone)]
pub(crate) struct Same<T>(pub(crate) Rc<T>);

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The view's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The cluster as it is now.
    pub(crate) cluster: Same<Cluster>,
    /// The world of the text, for the way back to it.
    pub(crate) world: Known,
    /// Whose rules.
    pub(crate) node: String,
    /// The request in focus.
    pub(crate) trace: Option<Same<Trace>>,
    /// It is held, and does not give way to the next one.
    pub(crate) held: bool,
    /// The hop that was asked about.
    pub(crate) hop: Option<usize>,
    /// The Service in focus.
    pub(crate) service: Option<ObjectRef>,
    /// The Service, and the place of its port, that the editor's cursor is in.
    pub(crate) at: Option<(ObjectRef, Option<usize>)>,
    /// What the page is asked to do.
    pub(crate) act: Callback<Action>,
}

/// Messages of the view.
#[derive(Clone)]
pub(crate) enum Msg {
    /// Another one of the deciding lines: on or back.
    Step(bool),
    /// A line was picked: its place among those listed.
    Pick(usize),
    /// Only lines with these words.
    Filter(String),
    /// Only rules of the Service.
    Only(bool),
    /// The list was scrolled this far.
    Scrolled(f64),
}

/// Sends a message at a click.
fn tell(ctx: &Context<Rules>, msg: Msg) -> Callback<MouseEvent> {
    ctx.link().callback(move |_| msg.clone())
}

/// A line that decided.
struct Lit {
    line: usize,
    hop: usize,
}

/// The view.
pub(crate) struct Rules {
    proxy: NodeProxy,
    listing: Listing,
    /// The Service that alone is listed.
    of: Option<ObjectRef>,
    /// Whether the reader wants it so; before anything was said it depends on the size.
    only: Option<bool>,
    lit: Vec<Lit>,
    /// Rules that decided, but are not in this text.
    missing: usize,
    /// The lines listed, where not all are.
    kept: Option<Vec<usize>>,
    filter: String,
    /// The line that was picked.
    picked: Option<usize>,
    /// How far the list is scrolled, in pixels.
    scrolled: f64,
    /// The line to bring into view after the next paint.
    wanted: Option<usize>,
    list: NodeRef,
}

impl Component for Rules {
    type Message = Msg;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let mut view = Rules {
            proxy: NodeProxy::new(&ctx.props().cluster.0, &ctx.props().node),
            listing: Listing::default(),
            of: None,
            only: None,
            lit: Vec::new(),
            missing: 0,
            kept: None,
            filter: String::new(),
            picked: None,
            scrolled: 0.0,
            wanted: None,
            list: NodeRef::default(),
        };
        view.print(ctx.props());
        view.light(ctx.props());
        view.pick_first(ctx.props());
        view
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Step(on) => {
                let at = self.lit.iter().position(|lit| Some(lit.line) == self.picked);
                let count = self.lit.len().max(1);
                let next = match (at, on) {
                    (Some(at), true) => (at + 1) % count,
                    (Some(at), false) => (at + count - 1) % count,
                    (None, true) => 0,
                    (None, false) => count - 1,
                };
                self.go_to(self.lit.get(next).map(|lit| lit.line));
            }
            Msg::Pick(place) => {
                self.picked = self.line_at(place);
                self.wanted = self.picked;
            }
            Msg::Filter(words) => {
                self.filter = words;
                self.keep();
                self.wanted = self.picked;
            }
            Msg::Only(only) => {
                self.only = Some(only);
                self.print(ctx.props());
                self.light(ctx.props());
                self.pick_first(ctx.props());
            }
            Msg::Scrolled(to) => {
                let moved = (to - self.scrolled).abs() >= window::LINE;
                if moved {
                    self.scrolled = to;
                }
                return moved;
            }
        }
        true
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        let props = ctx.props();
        if props == old {
            return false;
        }
        let mode = |props: &Props| props.cluster.0.settings.proxy.mode;
        let elsewhere = props.node != old.node || mode(props) != mode(old);
        let another = props.cluster != old.cluster || elsewhere;
        if another {
            self.proxy = NodeProxy::new(&props.cluster.0, &props.node);
        }
        if another || (self.of.is_some() && self.of != self.wanted_service(props)) {
            self.print(props);
        }
        if another || props.trace != old.trace {
            self.light(props);
        }
        // What comes by while nothing is held must not move the text under somebody who reads.
        if elsewhere || (props.held && (props.trace != old.trace || props.hop != old.hop || !old.held)) {
            self.pick_first(props);
        } else if props.at != old.at && props.at.is_some() {
            self.wanted = (0..self.listing.lines.len()).find(|line| self.is_at_cursor(*line, props));
        }
        true
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        if let Some(line) = self.wanted.take()
            && let Some(place) = self.place_of(line)
            && let Some(list) = self.list.cast::<web_sys::Element>()
        {
            window::bring(&list, place);
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        html! {
            <div class="rules-view">
                { self.controls(ctx) }
                { self.deciding(ctx) }
                { self.window(ctx) }
            </div>
        }
    }
}

impl Rules {
    /// The Service that a large cluster's rules are narrowed to: the cursor's, the request's, or the one in focus.
    fn wanted_service(&self, props: &Props) -> Option<ObjectRef> {
        let of_trace = props.trace.as_ref().and_then(|trace| trace.0.service.as_ref()).map(|(service, _)| service);
        let service = props.at.as_ref().map(|(service, _)| service).or(of_trace).or(props.service.as_ref());
        service.filter(|service| self.proxy.ports.iter().any(|port| port.name.service == **service)).cloned()
    }

    /// Writes the text.
    fn print(&mut self, props: &Props) {
        let only = self.only.unwrap_or(self.proxy.ports.len() > LARGE);
        self.of = if only { self.wanted_service(props) } else { None };
        // A large cluster's are written whole only when somebody asked for that.
        let nobody = ObjectRef::default();
        let of = self.of.as_ref().or((only && self.proxy.ports.len() > LARGE).then_some(&nobody));
        self.listing = rules::list(&self.proxy, of);
        self.picked = None;
        self.keep();
    }

    /// Finds the lines that decided.
    fn light(&mut self, props: &Props) {
        self.lit.clear();
        self.missing = 0;
        let hops = props.trace.iter().flat_map(|trace| trace.0.hops.iter().enumerate());
        for (hop, ruled) in hops.filter_map(|(at, hop)| Some((at, hop.ruled.as_ref()?))) {
            if ruled.proxy.node != props.node {
                continue;
            }
            for rule in ruled.rules() {
                match self.listing.find(&rule) {
                    // Both the rewrite and the mark for it name the rule that asks.
                    Some(line) if self.lit.iter().any(|lit| lit.line == line) => {}
                    Some(line) => self.lit.push(Lit { line, hop }),
                    None => self.missing += 1,
                }
            }
        }
    }

    /// Goes to the first deciding line, or to the first one of the hop that was asked about.
    fn pick_first(&mut self, props: &Props) {
        let of_hop = self.lit.iter().find(|lit| Some(lit.hop) == props.hop);
        self.go_to(of_hop.or(self.lit.first()).map(|lit| lit.line));
    }

    fn go_to(&mut self, line: Option<usize>) {
        self.picked = line;
        self.wanted = line;
        if line.is_some_and(|line| self.place_of(line).is_none()) {
            // What was asked for goes before what was filtered.
            self.filter.clear();
            self.keep();
        }
    }

    /// Keeps the lines that the filter asks for, each chain with its name.
    fn keep(&mut self) {
        let words = self.filter.trim().to_ascii_lowercase();
        self.kept = (!words.is_empty()).then(|| {
            let mut kept: Vec<usize> = Vec::new();
            for (at, line) in self.listing.lines.iter().enumerate() {
                if self.listing.text_of(at).to_ascii_lowercase().contains(&words) {
                    let head = line.head as usize;
                    // In iptables' text all chains are named before the first rule.
                    if head < at && kept.last().is_none_or(|last| *last < head) {
                        kept.push(head);
                    }
                    kept.push(at);
                }
            }
            kept
        });
    }

    /// How many lines are listed.
    fn count(&self) -> usize {
        self.kept.as_ref().map_or(self.listing.lines.len(), Vec::len)
    }

    fn line_at(&self, place: usize) -> Option<usize> {
        match &self.kept {
            Some(kept) => kept.get(place).copied(),
            None => (place < self.listing.lines.len()).then_some(place),
        }
    }

    fn place_of(&self, line: usize) -> Option<usize> {
        match &self.kept {
            Some(kept) => kept.binary_search(&line).ok(),
            None => Some(line),
        }
    }

    fn is_at_cursor(&self, line: usize, props: &Props) -> bool {
        let whose = self.listing.lines.get(line).and_then(|line| line.whose);
        let port = whose.and_then(|whose| self.proxy.ports.get(whose.port as usize));
        props
            .at
            .as_ref()
            .zip(port)
            .is_some_and(|((service, at), port)| port.name.service == *service && at.is_none_or(|at| at == port.index))
    }

    /// Node, mode, filter and the choice of one Service.
    fn controls(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let cluster = &props.cluster.0;
        let oninput = ctx.link().batch_callback(|event: InputEvent| {
            event.target_dyn_into::<HtmlInputElement>().map(|input| Msg::Filter(input.value()))
        });
        let only = self.of.is_some();
        let service = self.wanted_service(props);
        let large = self.proxy.ports.len() > LARGE;
        html! {
            <div class="rules-pick">
                { pick("rules-node", "kube-proxy on", &mut cluster.nodes.iter().map(|n| n.meta.name.as_str()), &props.node, Action::RulesNode, &props.act) }
                { compare::picker(cluster.settings.proxy.mode, &props.act) }
                <input type="text" id="rules-filter" placeholder="Filter lines" aria-label="Filter the rules" autocomplete="off" spellcheck="false"
                    value={self.filter.clone()} {oninput} />
                if let Some(service) = service {
                    <label class="check"><input type="checkbox" id="rules-only" checked={only} onclick={tell(ctx, Msg::Only(!only))} />
                        <span>{ format!("only {service}") }</span></label>
                }
                <span class="quiet" role="status">{ format!("{} lines{}", self.count(), if large && only { ", of one Service" } else { "" }) }</span>
            </div>
        }
    }

    /// The way through the lines that decided, and where the picked one comes from.
    fn deciding(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let at = self.lit.iter().position(|lit| Some(lit.line) == self.picked);
        let mode = props.cluster.0.settings.proxy.mode.as_str();
        let words = match (self.lit.len(), at, props.trace.is_some()) {
            (_, _, false) => "Nothing is in focus.".to_string(),
            (0, _, true) if self.missing > 0 => {
                format!("What decided on this request is not in this text any more: rules or mode changed to {mode}.")
            }
            (0, _, true) => format!("No rule on {} was about this request.", props.node),
            (count, Some(at), _) => format!("Deciding line {} of {count}", at + 1),
            (1, None, _) => "1 line decided".to_string(),
            (count, None, _) => format!("{count} lines decided"),
        };
        html! {
            <div class="rules-deciding">
                <p class="rules-step"><span id="rules-step" role="status">{ words }</span>
                    if !self.lit.is_empty() {
                        <button type="button" class="icon" id="rules-previous" aria-label="Previous deciding line" title="Previous (p)" onclick={tell(ctx, Msg::Step(false))}>{ "\u{2191}" }</button>
                        <button type="button" class="icon" id="rules-next" aria-label="Next deciding line" title="Next (n)" onclick={tell(ctx, Msg::Step(true))}>{ "\u{2193}" }</button>
                    }
                </p>
                { self.origin(props) }
            </div>
        }
    }
}
