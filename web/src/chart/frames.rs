//! The frame loop.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;

/// A callback that goes on asking for itself.
type Again = Rc<std::cell::RefCell<Option<Closure<dyn FnMut(f64)>>>>;

/// The frame loop: calls back before each repaint until it is dropped.
pub(crate) struct Frames {
    id: Rc<std::cell::Cell<i32>>,
    _closure: Again,
}

impl Frames {
    /// Starts.
    pub(crate) fn start(mut call: impl FnMut(f64) + 'static) -> Self {
        let id = Rc::new(std::cell::Cell::new(0));
        let closure: Again = Rc::default();
        let again = {
            let (id, closure) = (id.clone(), Rc::downgrade(&closure));
            move || {
                if let Some(closure) = closure.upgrade()
                    && let Some(closure) = closure.borrow().as_ref()
                    && let Ok(next) = gloo::utils::window().request_animation_frame(closure.as_ref().unchecked_ref())
                {
                    id.set(next);
                }
            }
        };
        let first = again.clone();
        *closure.borrow_mut() = Some(Closure::new(move |time| {
            call(time);
            again();
        }));
        first();
        Frames { id, _closure: closure }
    }
}

impl Drop for Frames {
    fn drop(&mut self) {
        let _ = gloo::utils::window().cancel_animation_frame(self.id.get());
    }
}
