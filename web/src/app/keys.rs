//! The page's keys.

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::JsCast;
use yew::prelude::*;

use super::{App, Msg};
use crate::browser;
use crate::chart::bar::Ask;
use crate::state::action::Action;
use crate::widget::Widget;

/// Where people write.
const TEXTS: &str = "textarea, input[type=text], input[type=search], .cm-editor, [contenteditable=true]";

/// Listens to the keys: a widget only to those that are pressed in it. None of them works while somebody types.
pub(super) fn keys(ctx: &Context<App>, widget: Option<&Widget>) -> EventListener {
    let link = ctx.link().clone();
    let options = EventListenerOptions::enable_prevent_default();
    let within = widget.is_some();
    let place: web_sys::Node = match widget {
        Some(widget) => widget.host.clone().into(),
        None => gloo::utils::document().into(),
    };
    let near = place.clone();
    EventListener::new_with_options(&place, "keydown", options, move |event| {
        let Some(event) = event.dyn_ref::<web_sys::KeyboardEvent>() else { return };
        let target = event.target().and_then(|t| t.dyn_into::<web_sys::Element>().ok());
        let is = |selector: &str| target.as_ref().is_some_and(|t| t.closest(selector).ok().flatten().is_some());
        // A dialog has keys of its own.
        if is("dialog") {
            return;
        }
        let key = event.key();
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            // A text has its own.
            if matches!(key.as_str(), "z" | "Z" | "y") && !event.alt_key() && !is(TEXTS) {
                event.prevent_default();
                let redo = event.shift_key() || key == "y";
                link.send_message(Msg::Do(if redo { Action::Redo } else { Action::Undo }));
            }
            return;
        }
        if key == "Escape" && !is(".editor") {
            link.send_message(Msg::Do(Action::Escape));
            return;
        }
        if is(TEXTS) || is("select") {
            return;
        }
        // The slider of time has arrows of its own.
        let slider = is("input[type=range]");
        if is("input") && !slider {
            return;
        }
        let action = match key.as_str() {
            " " if !is("button, a, summary, [role=button], [role=tab]") || is("#play, .pick") => Action::TogglePlay,
            "ArrowRight" if !slider && !is(".tabs, .panes, .panel") => Action::Step,
            "PageUp" | "PageDown" if slider => Action::Jump(key == "PageUp"),
            "/" => {
                event.prevent_default();
                browser::focus(&near, "target");
                return;
            }
            "f" => {
                event.prevent_default();
                browser::focus(&near, "find");
                return;
            }
            "+" | "=" | "-" | "0" => {
                event.prevent_default();
                link.send_message(Msg::Ask(match key.as_str() {
                    "-" => Ask::Zoom(1.0 / 1.5),
                    "0" => Ask::Fit,
                    _ => Ask::Zoom(1.5),
                }));
                return;
            }
            "s" => Action::SendOne,
            "?" if !within => Action::ToggleHelp,
            "e" if !within => Action::ToggleExamples,
            _ => return,
        };
        event.prevent_default();
        link.send_message(Msg::Do(action));
    })
}
