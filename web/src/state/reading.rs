//! Reading a text in parts, so that keys and paints come between: the world first, then the fixes that are tried on it.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use portolan_core::diagnostic::Diagnostic;
use portolan_core::pace::{self, Pace};

use super::session::{Left, Session, Source};

/// How much the engine does between two looks at the clock, in its units: about a millisecond in a browser.
const UNITS: u32 = 500;

/// What became of a part.
pub(crate) enum Read {
    /// The text is read; diagnostics have no fixes yet.
    Session(Box<Session>),
    /// The same diagnostics with the fixes that help.
    Fixes(Rc<Vec<Diagnostic>>),
}

/// A text that is being read. Let go of it, and nothing is left.
pub(crate) struct Reading {
    /// None once it is done.
    work: Option<Pin<Box<dyn Future<Output = ()>>>>,
    done: Rc<RefCell<Option<Read>>>,
}

impl Reading {
    /// Begins; `text` comes from `source`.
    pub(crate) fn new(text: String, source: Source) -> Self {
        let done: Rc<RefCell<Option<Read>>> = Rc::default();
        let results = done.clone();
        let work = reading(async move {
            let pace = Pace::resting_after(UNITS);
            let session = Session::read(&text, source, &pace).await;
            let fixes = session.fixes();
            results.replace(Some(Read::Session(Box::new(session))));
            // It is shown before anything is tried.
            pace.spend(UNITS).await;
            let found = fixes.tried(&pace).await;
            results.replace(Some(Read::Fixes(found)));
        });
        Reading { work, done }
    }

    /// Tries the fixes of what is read already.
    pub(crate) fn fixes(session: &Session) -> Self {
        let done: Rc<RefCell<Option<Read>>> = Rc::default();
        let (results, fixes) = (done.clone(), session.fixes());
        let work = reading(async move {
            let found = fixes.tried(&Pace::resting_after(UNITS)).await;
            results.replace(Some(Read::Fixes(found)));
        });
        Reading { work, done }
    }

    /// Frees what was left behind.
    pub(crate) fn letting_go(left: Vec<Left>) -> Self {
        let work = reading(async move {
            let pace = Pace::resting_after(UNITS);
            for one in left {
                one.let_go(&pace).await;
            }
        });
        Reading { work, done: Rc::default() }
    }

    /// Goes on for as long as `time_left` says so, or until there is a result; whether it is done, and the result.
    pub(crate) fn go_on(&mut self, time_left: impl Fn() -> bool) -> (bool, Option<Read>) {
        loop {
            let over = self.work.as_mut().is_none_or(|work| pace::go_on(work.as_mut()).is_some());
            if over {
                self.work = None;
            }
            let done = self.done.take();
            if over || done.is_some() || !time_left() {
                return (over, done);
            }
        }
    }
}

fn reading(work: impl Future<Output = ()> + 'static) -> Option<Pin<Box<dyn Future<Output = ()>>>> {
    Some(Box::pin(work))
}
