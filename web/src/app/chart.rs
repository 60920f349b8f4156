//! The chart in the page: laid out when something it depends on changed, drawn, and moved before each repaint.

use std::rc::Rc;

use portolan_core::cluster::{Client, Place};
use portolan_core::packet::{Trace, Verdict};
use yew::prelude::*;

use super::{App, Msg};
use crate::browser;
use crate::chart::bar;
use crate::chart::find::{self, Found};
use crate::chart::layout::{Request, layout};
use crate::chart::memory::Memory;
use crate::chart::model::Chart;
use crate::chart::outline;
use crate::chart::packets::packet_of;
use crate::chart::path::{self, StillPath};
use crate::chart::route;
use crate::chart::subject::Subject;
use crate::chart::view::{ChartView, Laid};
use crate::panels::timeline::Drawn;
use crate::state::action::Action;
use crate::widget::Controls;

/// How often what the panels show is brought up to date, in milliseconds.
const TICK: f64 = 220.0;

impl App {
    /// Moves packets; renders only now and then.
    pub(super) fn frame(&mut self, time: f64) -> bool {
        let passed = self.last_frame.map_or(0.0, |last| time - last).clamp(0.0, 100.0);
        self.last_frame = Some(time);
        if browser::hidden() || !self.in_sight {
            return false;
        }
        let revision = self.model.revision;
        if self.model.playing {
            let _ = self.model.update(Action::Tick(passed));
        }
        if self.model.playing
            && !self.still
            && let Some(layer) = self.layer.cast::<web_sys::Element>()
        {
            self.take_up();
            self.packets.borrow_mut().advance(&layer, passed, self.model.session.now(), self.viewport.k());
        }
        let stopped = self.played && !self.model.playing;
        self.played = self.model.playing;
        self.moment |= stopped;
        let due = self.model.playing && time - self.last_render > TICK;
        if due || stopped || revision != self.model.revision {
            self.last_render = time;
            return true;
        }
        false
    }

    pub(super) fn take_up(&self) {
        if !self.chart.nodes.is_empty() {
            self.packets.borrow_mut().take_up(&self.chart, self.model.session.flights(), self.model.slow);
        }
    }

    /// Draws what is on its way at the moment at which time stands, after the chart of that moment was laid out.
    pub(super) fn show_moment(&self) {
        if let Some(layer) =
            self.layer.cast::<web_sys::Element>().filter(|_| !self.still && !self.chart.nodes.is_empty())
        {
            let (mut packets, now) = (self.packets.borrow_mut(), self.model.session.now());
            packets.stand(&self.chart, self.model.session.flights(), self.model.slow, now);
            packets.advance(&layer, 0.0, now, self.viewport.k());
        }
    }

    /// How the packets on the chart are to be read.
    pub(super) fn drawn(&self) -> Drawn {
        let packets = self.packets.borrow();
        match packets.slower(self.model.slow) {
            Some(times) if self.model.playing => Drawn::Slower(times),
            _ if packets.lingers() => Drawn::Arrived,
            _ => Drawn::True,
        }
    }

    /// How far the chart may shrink to fit its room: further in a frame, which is there to be looked at.
    fn least_scale(&self) -> f64 {
        if self.embed { 0.56 } else { 0.72 }
    }

    /// The layout, made anew only when something it depends on changed.
    pub(super) fn lay_out(&mut self) {
        let client = match self.model.parsed_client() {
            Client::External(ip) => ip,
            _ => None,
        };
        let request = Request {
            width: self.width,
            height: self.height_for_layout(),
            least: self.least_scale(),
            focus: self.model.focused(),
            client,
            unfolded: self.unfolded.clone(),
        };
        let world = Some(Rc::as_ptr(&self.model.session.world()));
        if self.remembered != world {
            // Another cluster has other places; an update of this one keeps them.
            if self.model.session.updates == 0 {
                self.memory = Memory::default();
                self.unfolded.clear();
            }
            self.remembered = world;
        }
        let made_for = Some((self.model.revision, request.clone()));
        if self.width > 0.0 && self.chart_for != made_for {
            self.chart = Rc::new(layout(&self.model.session.chart_cluster(), &request, &mut self.memory));
            self.chart_for = made_for;
            self.fit_room();
        }
    }

    /// A click beside everything closes the menu; one on a packet holds it.
    pub(super) fn background(&self, ctx: &Context<Self>) -> Callback<MouseEvent> {
        let link = ctx.link().clone();
        Callback::from(move |event: MouseEvent| {
            if let Some(id) = packet_of(&event) {
                link.send_message(Msg::Do(Action::Pin(id)));
                return;
            }
            let inside = event
                .target_dyn_into::<web_sys::Element>()
                .is_some_and(|e| e.closest(".menu").ok().flatten().is_some());
            if !inside {
                link.send_message(Msg::Do(Action::CloseMenu));
            }
        })
    }

    pub(super) fn chart(&self, ctx: &Context<Self>) -> Html {
        let model = &self.model;
        if self.width <= 0.0 {
            return Html::default();
        }
        if self.outline {
            let found = self.found();
            return outline::view(
                &self.chart,
                &model.session.cluster,
                found.as_ref(),
                &self.toggled,
                &self.onpick,
                &ctx.link().callback(Msg::Toggle),
            );
        }
        let chart = self.chart.clone();
        let shown = model.shown();
        let path = shown.as_ref().and_then(|t| path::still(&chart, t)).map(Rc::new);
        let failure =
            shown.as_ref().filter(|t| t.verdict != Verdict::Delivered).map_or(String::new(), |t| short_failure(t));
        let client = match model.parsed_client() {
            Client::Pod(pod) => Some(Subject::Pod(pod)),
            Client::Node(name) => Some(Subject::Node(name)),
            Client::Laptop => Some(Subject::Host(Place::Laptop)),
            Client::External(ip) => Some(Subject::Host(Place::External(ip.unwrap_or(crate::chart::outside::INTERNET)))),
            Client::AddressAt { .. } => None,
        };
        // While packets fly the last one's way is faint; it stands out when it was picked, or when nothing moves.
        let strong = model.pinned.is_some() || self.still || !model.playing;
        let ways = Rc::new(model.preview.as_ref().map_or_else(Vec::new, |t| ways(&chart, t)));
        html! {
            <ChartView chart={Laid(chart)} tallies={Rc::new(model.session.tallies(model.focused().as_ref()))} path={path as Option<Rc<StillPath>>}
                pinned={strong} failure={AttrValue::from(failure)} {client} open={model.menu.clone()} {ways}
                room={(self.width, self.height, self.least_scale())} viewport={self.viewport.clone()} look={self.look}
                found={self.found().map(Rc::new)} layer={self.layer.clone()} onpick={self.onpick.clone()} />
        }
    }

    /// What is found on the chart.
    fn found(&self) -> Option<Found> {
        let hosts: Vec<_> = self.chart.hosts.iter().map(|h| (h.place.clone(), h.title.clone())).collect();
        find::find(&self.model.session.cluster, &hosts, &self.find)
    }

    /// The bar under the chart.
    pub(super) fn chart_bar(&self, ctx: &Context<Self>) -> Html {
        let found = self.found();
        let shown = bar::Shown {
            find: &self.find,
            found: found.as_ref(),
            percent: self.look.percent,
            outline: self.outline,
            legend: self.legend,
            full: self.widget.as_ref().is_none_or(|widget| widget.controls == Controls::Full),
        };
        bar::view(&shown, &ctx.link().callback(Msg::Ask))
    }
}

/// The ways that the endpoints of a trace can be reached from where one of them is picked.
fn ways(chart: &Chart, trace: &Trace) -> Vec<(String, f64)> {
    use portolan_core::packet::Action as Hop;
    let Some(proxy) = trace.hops.iter().find(|h| matches!(h.action, Hop::Translate)).map(|h| h.at.clone()) else {
        return Vec::new();
    };
    let mut out = Vec::new();
    for candidate in trace.endpoints.iter().take(40) {
        let to = candidate.pod.clone().map_or(Place::Endpoint(candidate.address.ip), Place::Pod);
        if let Some(line) = route::route(chart, &proxy, &to, None, candidate.address.port) {
            out.push((line.rounded(path::corner(chart)).to_svg(), candidate.probability));
        }
    }
    out
}

/// A failure in a few words, for the mark on the chart.
fn short_failure(trace: &Trace) -> String {
    let word = trace.verdict.as_str();
    match &trace.cause {
        Some(cause) => format!("{word}: {}", cause.code.replace('-', " ")),
        None => word.to_string(),
    }
}
