//! What the text claims of itself is tried once it rests, and counted in its tab.

use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use portolan_core::diagnostic::Diagnostic;
use portolan_core::world::World;
use yew::prelude::*;

use super::{App, Msg};
use crate::state::claims::{Row, attempt, is_quick, marks, tally};

/// How long a text rests before its claims are tried, in milliseconds: after its diagnostics, and after its fixes.
const REST: u32 = 250;

/// Of which world, what became of its claims, and how those that fail are marked.
pub(super) type Tried = (Weak<World>, Rc<Vec<Row>>, Rc<Vec<Diagnostic>>);

impl App {
    /// Has the claims of a new text tried, later.
    pub(super) fn try_soon(&mut self, ctx: &Context<Self>) {
        let world = self.model.session.world();
        let done = self.claims.as_ref().is_some_and(|(of, ..)| is(of, &world));
        let begun = self.trying.as_ref().is_some_and(|(of, _)| is(of, &world));
        if self.embed || done || begun || world.expectations().is_empty() || !is_quick(&world) {
            return;
        }
        let link = ctx.link().clone();
        let timer = Timeout::new(REST, move || link.send_message(Msg::Try(false)));
        self.trying = Some((Rc::downgrade(&world), timer));
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
        let marks = marks(&rows);
        self.claims = Some((Rc::downgrade(&world), rows.into(), marks.into()));
        true
    }

    /// What was tried, if it is of this text.
    pub(super) fn tried(&self) -> Option<&[Row]> {
        self.own_claims().map(|(_, rows, _)| rows.as_slice())
    }

    /// What of it does not hold, for the editor.
    pub(super) fn failed(&self) -> Rc<Vec<Diagnostic>> {
        self.own_claims().map(|(.., marks)| marks.clone()).unwrap_or_default()
    }

    fn own_claims(&self) -> Option<&Tried> {
        let world = self.model.session.world();
        self.claims.as_ref().filter(|(of, ..)| is(of, &world))
    }

    /// How many there are, or how many do not hold. While somebody types the last count stays.
    pub(super) fn count(&self) -> Html {
        let Some((_, rows, _)) = &self.claims else { return Html::default() };
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

/// Whether it is this world. One that was replaced is not held for its claims.
fn is(of: &Weak<World>, world: &Rc<World>) -> bool {
    std::ptr::eq(of.as_ptr(), Rc::as_ptr(world))
}
