//! The page as a widget: what is shown of it, and how high it is.

use std::rc::Rc;

use portolan_core::diagnostic::Severity;
use portolan_core::world::World;
use yew::prelude::*;

use super::frame::rose;
use super::{App, Msg};
use crate::browser;
use crate::panels;
use crate::panels::embedding::Embedding;
use crate::state::action::Action;
use crate::state::snippet::Shown;
use crate::widget::{Controls, View};

/// A chart that takes the height it likes takes at least and at most so much, in pixels.
const HEIGHTS: (f64, f64) = (230.0, 640.0);
/// So many nodes stand in a grid, which is as high as it is told.
const GRID: usize = 5;
/// How high a grid is told to be.
const GRID_HEIGHT: f64 = 560.0;

/// What of the page is shown.
#[derive(Clone, Copy)]
pub(super) struct Shows {
    pub(super) editor: bool,
    /// What is wrong with the text; without the editor only where something is.
    pub(super) problems: bool,
    pub(super) chart: bool,
    pub(super) trace: bool,
    pub(super) toolbar: bool,
    pub(super) timeline: bool,
    pub(super) bar: bool,
}

impl App {
    /// What of the page is shown.
    pub(super) fn shows(&self) -> Shows {
        let Some(widget) = &self.widget else {
            let all = true;
            return Shows {
                editor: all,
                problems: all,
                chart: all,
                trace: false,
                toolbar: all,
                timeline: all,
                bar: all,
            };
        };
        let chart = widget.has_chart();
        Shows {
            editor: widget.has_editor(),
            problems: widget.has_editor() || self.errors() > 0,
            chart,
            trace: widget.view == View::Trace,
            toolbar: widget.controls > Controls::None && widget.view != View::Yaml,
            timeline: chart && (widget.timeline || widget.controls == Controls::Full),
            bar: chart && widget.controls > Controls::None,
        }
    }

    /// The classes that say how the widget is set.
    pub(super) fn classes(&self) -> Classes {
        let Some(widget) = &self.widget else { return Classes::new() };
        let full = widget.controls == Controls::Full;
        classes!(
            "embed",
            widget.view.class(),
            (!full).then_some("basic"),
            widget.fit.then_some("fit"),
            widget.read_only.then_some("read-only")
        )
    }

    /// Whether there is an editor that holds the text.
    pub(super) fn has_editor(&self) -> bool {
        self.widget.as_ref().is_none_or(|widget| widget.has_editor())
    }

    /// Whether the editor takes no typing.
    pub(super) fn read_only(&self) -> bool {
        self.widget.as_ref().is_some_and(|widget| widget.read_only)
    }

    /// The height that the chart is laid out for; 0 where it has the height it likes.
    pub(super) fn height_for_layout(&self) -> f64 {
        match &self.widget {
            Some(widget) if widget.fit && self.model.session.cluster.nodes.len() > GRID => GRID_HEIGHT,
            Some(widget) if widget.fit => 0.0,
            _ => self.height,
        }
    }

    /// Gives the room the height that its chart likes.
    pub(super) fn fit_room(&mut self) {
        let Some(widget) = &self.widget else { return };
        let Some(room) = self.room.cast::<web_sys::Element>() else { return };
        if !widget.fit {
            browser::set_property(&room, "height", "");
            return;
        }
        let height = (self.chart.height * self.width / self.chart.width.max(1.0)).clamp(HEIGHTS.0, HEIGHTS.1).round();
        if height != self.height {
            self.height = height;
            browser::set_property(&room, "height", &format!("{height}px"));
        }
    }

    /// Moves the keyboard's focus after the next paint.
    pub(super) fn focus_later(&self, id: String) {
        let near: web_sys::Node = match &self.widget {
            Some(widget) => widget.host.clone().into(),
            None => gloo::utils::document().into(),
        };
        browser::after_paint(move || browser::focus(&near, &id));
    }

    /// The text now, with what was typed a moment ago.
    pub(crate) fn text(&self) -> String {
        self.typed.as_ref().map_or_else(|| self.model.session.text.to_string(), |text| text.get())
    }

    /// What follows `#` in a link to what is shown.
    pub(crate) fn link(&self) -> String {
        self.model.hash()
    }

    /// What questions are asked of, and the seed.
    pub(crate) fn world(&self) -> (Rc<World>, u64) {
        (self.model.session.world(), self.model.session.seed)
    }

    /// A world of what is shown with more documents behind it, as a file called `expectations`.
    pub(crate) fn world_with(&self, more: &str) -> World {
        self.model.session.world_with(more)
    }

    /// One packet's way, where that is all that is shown.
    pub(super) fn only_trace(&self, act: &Callback<Action>) -> Html {
        html! { <div class="panel">{ panels::trace::view(&self.model, act) }</div> }
    }

    /// Who drew this, and the way to all of it.
    pub(super) fn credit(&self) -> Html {
        if !self.embed {
            return Html::default();
        }
        let url = browser::address("", &self.model.hash());
        html! {
            <p class="credit"><a class="brand" href={url} target="_blank" rel="noopener">{ rose() }<span>{ "Open in Portolan" }</span></a></p>
        }
    }

    /// The dialog that makes what is copied into other pages.
    pub(super) fn embedding(&self, ctx: &Context<Self>, act: &Callback<Action>) -> Html {
        let model = &self.model;
        let hash = model.hash();
        let shown = Shown {
            script: browser::address("portolan-chart.js", ""),
            frame: browser::address("embed.html", ""),
            link: browser::address("", &hash),
            hash,
            yaml: model.session.text.to_string(),
            packet: model.chosen.then(|| (model.client.clone(), model.target.clone())),
        };
        html! { <Embedding {shown} act={act.clone()} onclose={ctx.link().callback(|()| Msg::Embedding(false))} /> }
    }

    /// What is wrong with a text that is not accepted.
    pub(super) fn fault(&self) -> String {
        let session = &self.model.session;
        let first = session.diagnostics.iter().find(|d| d.severity == Severity::Error);
        match first.filter(|_| !self.has_editor()) {
            Some(first) => {
                let line = session.lines.line(first.span.start);
                // Some of the messages say it themselves.
                let place = if first.message.contains("line ") { String::new() } else { format!("Line {line}: ") };
                format!("The YAML was not accepted. {place}{}", first.message)
            }
            None => "The YAML was not accepted: see the problems under it.".into(),
        }
    }
}
