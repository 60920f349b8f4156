//! What the text claims of itself is tried once it rests, and counted in its tab.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::{App, Msg};
use crate::editor::Known;
use crate::state::claims::{Row, attempt, is_quick, tally};

/// How long a text rests before its claims are tried, in milliseconds: after its diagnostics, and after its fixes.
const REST: u32 = 250;

impl App {
    /// Has the claims of a new text tried, later.
    pub(super) fn try_soon(&mut self, ctx: &Context<Self>) {
        let world = self.model.session.world();
        let known = |of: &Known| std::rc::Rc::ptr_eq(&of.0, &world);
        let done = self.claims.as_ref().is_some_and(|(of, _)| known(of));
        let begun = self.trying.as_ref().is_some_and(|(of, _)| known(of));
        if self.embed || done || begun || world.expectations().is_empty() || !is_quick(&world) {
            return;
        }
        let link = ctx.link().clone();
        let timer = Timeout::new(REST, move || link.send_message(Msg::Try(false)));
        self.trying = Some((Known(world), timer));
    }

    /// Tries them. Returns whether there is something new to show.
    pub(super) fn try_claims(&mut self, runs: bool) -> bool {
        self.trying = None;
        if self.halted && !runs {
            // Somebody types: what comes of it is tried.
            return false;
        }
        let world = self.model.session.world();
        let rows = attempt(&world, runs);
        self.claims = Some((Known(world), rows.into()));
        true
    }

    /// What was tried, if it is of this text.
    pub(super) fn tried(&self) -> Option<&[Row]> {
        let world = self.model.session.world();
        let own = self.claims.as_ref().filter(|(of, _)| std::rc::Rc::ptr_eq(&of.0, &world));
        own.map(|(_, rows)| rows.as_slice())
    }

    /// How many there are, or how many do not hold. While somebody types the last count stays.
    pub(super) fn count(&self) -> Html {
        let Some((_, rows)) = &self.claims else { return Html::default() };
        if self.model.session.world().expectations().is_empty() {
            return Html::default();
        }
        match tally(rows) {
            (_, 0, 0) => {
                html! { <span class="count holds">{ rows.len() }<span class="hidden">{ " hold" }</span></span> }
            }
            (_, 0, _) => html! { <span class="count">{ rows.len() }</span> },
            (_, failed, _) => {
                html! { <span class="count fails">{ failed }<span class="hidden">{ if failed == 1 { " does not hold" } else { " do not hold" } }</span></span> }
            }
        }
    }
}
