//! What was typed is read: with the key, between keys and paints, or once it rests.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::{App, Msg};
use crate::browser;
use crate::editor::Text;
use crate::state::reading::{Read, Reading};

/// A text whose last reading took less, in milliseconds, is read with the key that changes it.
pub(super) const WITH_KEY: f64 = 40.0;
/// One that took less is read from the key on, between keys and paints. A slower one has to rest.
const FROM_KEY: f64 = 80.0;
/// How long after it was shown a text is there before what it replaced is freed, in milliseconds.
const SHOWN: u32 = 300;
/// How long a text rests before its fixes are tried or, if it is slow, before it is read: in milliseconds.
const REST: u32 = 90;
/// No text rests longer.
const LONGEST_REST: u32 = 1500;
/// How long a text is read at a stretch, in milliseconds: in a frame there is room for keys and paint, too.
pub(super) const STRETCH: f64 = 9.0;

/// What came of reading for a stretch.
pub(crate) struct Part {
    reading: Shared,
    over: bool,
    read: Option<Read>,
    /// In milliseconds.
    spent: f64,
}

pub(super) type Shared = Rc<RefCell<Reading>>;

impl App {
    /// Somebody typed. Returns whether there is something new to show, as the rest of these do.
    pub(super) fn typed(&mut self, ctx: &Context<Self>, text: Text) -> bool {
        self.typed = Some(text);
        // What was begun is of no use any more.
        self.reading = None;
        let rest = REST + if self.cost < FROM_KEY { 0 } else { self.cost as u32 };
        let link = ctx.link().clone();
        self.rest = Some(Timeout::new(rest.min(LONGEST_REST), move || link.send_message(Msg::Read)));
        self.halted = self.cost >= FROM_KEY;
        if self.halted {
            return false;
        }
        self.begin();
        if self.cost >= WITH_KEY {
            self.soon.call();
        } else {
            self.go_on_for(ctx, WITH_KEY);
        }
        false
    }

    /// The text has rested: it is read, if it was not, and what was left behind is freed.
    pub(super) fn rested(&mut self, ctx: &Context<Self>) -> bool {
        self.rest = None;
        self.halted = false;
        if self.reading.is_none() && self.typed.is_some() {
            self.begin();
        }
        if self.freeing.is_none() {
            self.freeing = self.model.let_go().map(share);
        }
        self.go_on_for(ctx, STRETCH);
        false
    }

    /// Reads nothing of what was typed last, which is returned.
    pub(super) fn leave_typed(&mut self) -> Option<Text> {
        self.reading = None;
        self.halted = false;
        self.typed.take()
    }

    /// Begins to read what was typed.
    fn begin(&mut self) {
        self.spent = 0.0;
        self.reading = self.typed.as_ref().and_then(|text| self.model.read(text.get())).map(share);
    }

    /// Reads or frees for a stretch. That is not done in a turn of Yew's: what is left of one that takes long has to wait
    /// behind a timer and a paint, and the news would be shown in two pieces.
    pub(super) fn go_on_for(&self, ctx: &Context<Self>, stretch: f64) {
        if self.halted {
            return;
        }
        // What was replaced goes before fixes are tried, which may take long.
        let first = if self.typed.is_some() { &self.reading } else { &self.freeing };
        let Some(reading) = first.as_ref().or(self.reading.as_ref()).or(self.freeing.as_ref()) else { return };
        let (reading, link) = (Rc::downgrade(reading), ctx.link().clone());
        wasm_bindgen_futures::spawn_local(async move {
            let Some(reading) = reading.upgrade() else { return };
            let start = browser::now();
            let (over, read) = reading.borrow_mut().go_on(|| browser::now() - start < stretch);
            link.send_message(Msg::Part(Part { reading, over, read, spent: browser::now() - start }));
        });
    }

    /// Takes up what was read; whether there is something new to show.
    pub(super) fn take(&mut self, ctx: &Context<Self>, part: Part) -> bool {
        let Part { reading, over, read, spent } = part;
        let is = |slot: &&mut Option<Shared>| slot.as_ref().is_some_and(|one| Rc::ptr_eq(one, &reading));
        let Some(slot) = [&mut self.reading, &mut self.freeing].into_iter().find(is) else { return false };
        if over {
            *slot = None;
        }
        self.spent += spent;
        if matches!(read, Some(Read::Session(_))) {
            self.typed = None;
            self.cost = self.spent;
            // Its fixes are for when nobody types; the timer that was set with the key goes on then.
            self.halted = self.rest.is_some();
            if !self.halted {
                let link = ctx.link().clone();
                self.rest = Some(Timeout::new(SHOWN, move || link.send_message(Msg::Read)));
            }
        }
        if !self.halted && (self.reading.is_some() || self.freeing.is_some()) {
            self.soon.call();
        }
        let Some(read) = read else { return false };
        let news = self.model.news(&read);
        self.change(ctx, |model| model.take(read));
        news
    }
}

fn share(reading: Reading) -> Shared {
    Rc::new(RefCell::new(reading))
}
