//! The camera in the browser: wheel, pinch, drag and keys move it; it moves the drawing by its view box, without Yew.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions, EventListenerPhase};
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::Callback;

use super::camera::Camera;
use super::frames::Frames;
use super::geometry::{Point, Rect, distance, pt, tenth};
use crate::browser;

/// How long the camera is on its way, in milliseconds.
const TRAVEL: f64 = 220.0;
/// Pixels that a pointer moves before it drags.
const SLOP: f64 = 5.0;
/// How long the camera rests before the chart is drawn for what is seen, in milliseconds.
const REST: u32 = 110;

/// What the chart is drawn for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Look {
    /// How many times larger than at home, in percent.
    pub(crate) percent: u32,
    /// Pixels to one of the chart's units, in steps.
    pub(crate) zoom: f64,
    /// What is seen of the chart, and a little around it.
    pub(crate) view: Rect,
}

impl Default for Look {
    fn default() -> Self {
        Look { percent: 100, zoom: 1.0, view: Rect::new(0.0, 0.0, 1e6, 1e6) }
    }
}

#[derive(Default)]
struct Inner {
    camera: Camera,
    /// Where it goes: from where, since when.
    travel: Option<(Camera, Camera, f64)>,
    frames: Option<Frames>,
    sheets: Option<Element>,
    pointers: Vec<(i32, Point)>,
    start: Point,
    dragging: bool,
    listeners: Vec<EventListener>,
    rest: Option<Timeout>,
    look: Look,
    onlook: Callback<Look>,
    still: bool,
    /// A wheel belongs to the page around, unless the chart is enlarged.
    modest: bool,
}

/// The view of the chart; clones share it.
#[derive(Clone)]
pub(crate) struct Viewport(Rc<RefCell<Inner>>);

impl PartialEq for Viewport {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Viewport {
    /// A view that says so when the chart has to be drawn for another look. `still` leaves the eased motion out.
    pub(crate) fn new(still: bool, modest: bool, onlook: Callback<Look>) -> Self {
        Viewport(Rc::new(RefCell::new(Inner { still, modest, onlook, ..Inner::default() })))
    }

    /// Pixels to one of the chart's units.
    pub(crate) fn k(&self) -> f64 {
        self.0.borrow().camera.k.max(0.01)
    }

    /// Another chart, or another room.
    pub(crate) fn fit_to(&self, chart: (f64, f64), room: (f64, f64), smallest: f64, least: f64) {
        let mut inner = self.0.borrow_mut();
        inner.camera.fit_to(chart, room, smallest, least);
        inner.travel = None;
        drop(inner);
        self.apply();
    }

    /// Goes where `change` moves the camera.
    pub(crate) fn go(&self, change: impl FnOnce(&mut Camera)) {
        let mut inner = self.0.borrow_mut();
        let mut to = inner.travel.as_ref().map_or(inner.camera, |t| t.1);
        change(&mut to);
        if inner.still {
            inner.camera = to;
            drop(inner);
            self.apply();
            return;
        }
        inner.travel = Some((inner.camera, to, browser::now()));
        if inner.frames.is_none() {
            let weak = Rc::downgrade(&self.0);
            inner.frames = Some(Frames::start(move |_| {
                if let Some(inner) = weak.upgrade() {
                    Viewport(inner).travel_on();
                }
            }));
        }
    }

    fn travel_on(&self) {
        let mut inner = self.0.borrow_mut();
        let Some((from, to, since)) = inner.travel else { return };
        let share = ((browser::now() - since) / TRAVEL).clamp(0.0, 1.0);
        let eased = 1.0 - (1.0 - share).powi(3);
        inner.camera = from.towards(&to, eased);
        if share >= 1.0 {
            inner.camera = to;
            inner.travel = None;
            // Not at once: this runs inside of it.
            let weak = Rc::downgrade(&self.0);
            Timeout::new(0, move || {
                if let Some(inner) = weak.upgrade() {
                    let mut inner = inner.borrow_mut();
                    if inner.travel.is_none() {
                        inner.frames = None;
                    }
                }
            })
            .forget();
        }
        drop(inner);
        self.apply();
    }

    /// Shows what the camera sees.
    fn apply(&self) {
        let mut inner = self.0.borrow_mut();
        let Some(sheets) = inner.sheets.clone() else { return };
        let view = inner.camera.view();
        let text = format!("{:.2} {:.2} {:.2} {:.2}", view.x, view.y, view.w.max(1.0), view.h.max(1.0));
        let mut child = sheets.first_element_child();
        while let Some(sheet) = child {
            if sheet.tag_name() == "svg" {
                let _ = sheet.set_attribute("viewBox", &text);
            }
            child = sheet.next_element_sibling();
        }
        let _ = sheets.set_attribute("data-pan", if inner.camera.can_pan() { "yes" } else { "no" });
        if inner.rest.is_none() {
            let weak = Rc::downgrade(&self.0);
            inner.rest = Some(Timeout::new(REST, move || {
                if let Some(inner) = weak.upgrade() {
                    Viewport(inner).rested();
                }
            }));
        }
    }

    fn rested(&self) {
        let mut inner = self.0.borrow_mut();
        inner.rest = None;
        let view = inner.camera.view();
        let (dx, dy) = (view.w * 0.15, view.h * 0.15);
        let look = Look {
            percent: (inner.camera.zoom() * 100.0).round() as u32,
            zoom: step_of(inner.camera.k),
            view: Rect::new(tenth(view.x - dx), tenth(view.y - dy), tenth(view.w + 2.0 * dx), tenth(view.h + 2.0 * dy)),
        };
        if inner.look == look {
            return;
        }
        if inner.look.zoom != look.zoom
            && let Some(sheets) = inner.sheets.as_ref().and_then(|s| s.dyn_ref::<web_sys::HtmlElement>())
        {
            let _ = sheets.style().set_property("--px", &format!("{:.4}", 1.0 / look.zoom));
        }
        inner.look = look;
        let onlook = inner.onlook.clone();
        drop(inner);
        onlook.emit(look);
    }

    /// Takes the sheets that are to be moved, and listens to what happens on them.
    pub(crate) fn attach(&self, sheets: &Element) {
        let mut inner = self.0.borrow_mut();
        inner.listeners.clear();
        inner.sheets = Some(sheets.clone());
        let hear = |name: &'static str, phase: EventListenerPhase, heard: fn(&Viewport, &web_sys::Event)| {
            let weak = Rc::downgrade(&self.0);
            let options = EventListenerOptions { phase, passive: false };
            EventListener::new_with_options(sheets, name, options, move |event| {
                if let Some(inner) = weak.upgrade() {
                    heard(&Viewport(inner), event);
                }
            })
        };
        let bubble = EventListenerPhase::Bubble;
        inner.listeners = vec![
            hear("wheel", bubble, Viewport::wheel),
            hear("pointerdown", bubble, Viewport::down),
            hear("pointermove", bubble, Viewport::moved),
            hear("pointerup", bubble, Viewport::up),
            hear("pointercancel", bubble, Viewport::up),
            hear("click", EventListenerPhase::Capture, Viewport::click),
        ];
        drop(inner);
        self.apply();
    }

    fn wheel(&self, event: &web_sys::Event) {
        let Some(event) = event.dyn_ref::<web_sys::WheelEvent>() else { return };
        let pinched = event.ctrl_key() || event.meta_key();
        let mut inner = self.0.borrow_mut();
        if inner.modest && !pinched && inner.camera.is_home() {
            return;
        }
        event.prevent_default();
        let lines = if event.delta_mode() == 1 { 16.0 } else { 1.0 };
        let delta = event.delta_y() * lines * if pinched { 0.008 } else { 0.0016 };
        let at = inner.place(event.client_x(), event.client_y());
        inner.travel = None;
        // As much larger one way as smaller the other.
        let step = 1.0 + delta.abs().min(1.0);
        inner.camera.zoom_at(at, if delta > 0.0 { 1.0 / step } else { step });
        drop(inner);
        self.apply();
    }

    fn down(&self, event: &web_sys::Event) {
        let Some(event) = event.dyn_ref::<web_sys::PointerEvent>() else { return };
        let mut inner = self.0.borrow_mut();
        if event.button() != 0 {
            return;
        }
        let at = inner.place(event.client_x(), event.client_y());
        let id = event.pointer_id();
        inner.pointers.retain(|p| p.0 != id);
        if inner.pointers.is_empty() {
            (inner.dragging, inner.start) = (false, at);
        }
        inner.pointers.push((id, at));
        inner.pointers.truncate(2);
    }

    fn moved(&self, event: &web_sys::Event) {
        let Some(event) = event.dyn_ref::<web_sys::PointerEvent>() else { return };
        let mut inner = self.0.borrow_mut();
        let at = inner.place(event.client_x(), event.client_y());
        let id = event.pointer_id();
        let Some(number) = inner.pointers.iter().position(|p| p.0 == id) else { return };
        let before = inner.pointers[number].1;
        if let (2, Some(other)) = (inner.pointers.len(), inner.pointers.get(1 - number).map(|p| p.1)) {
            let (was, is) = (distance(before, other).max(20.0), distance(at, other).max(20.0));
            let middle = pt((at.x + other.x) / 2.0, (at.y + other.y) / 2.0);
            inner.camera.zoom_at(middle, is / was);
            inner.camera.pan((before.x - at.x) / 2.0, (before.y - at.y) / 2.0);
            inner.dragging = true;
        } else {
            if !inner.dragging {
                if distance(at, inner.start) < SLOP || !inner.camera.can_pan() {
                    return;
                }
                inner.dragging = true;
                if let Some(sheets) = &inner.sheets {
                    let _ = sheets.set_pointer_capture(id);
                }
            }
            inner.camera.pan(before.x - at.x, before.y - at.y);
        }
        inner.travel = None;
        inner.pointers[number].1 = at;
        drop(inner);
        event.prevent_default();
        self.apply();
    }

    fn up(&self, event: &web_sys::Event) {
        let Some(event) = event.dyn_ref::<web_sys::PointerEvent>() else { return };
        let mut inner = self.0.borrow_mut();
        inner.pointers.retain(|p| p.0 != event.pointer_id());
        if event.type_() == "pointercancel" {
            inner.dragging = false;
        }
    }

    /// The click that ends a drag picks nothing.
    fn click(&self, event: &web_sys::Event) {
        let mut inner = self.0.borrow_mut();
        if std::mem::take(&mut inner.dragging) {
            event.stop_propagation();
            event.prevent_default();
        }
    }
}

/// The largest step that is not larger than `k`; a step is an eighth.
fn step_of(k: f64) -> f64 {
    let mut step = 0.05;
    while step * 1.125 <= k {
        step *= 1.125;
    }
    step
}

impl Inner {
    /// A place of the window in the room.
    fn place(&self, x: i32, y: i32) -> Point {
        let corner = self.sheets.as_ref().map(|s| s.get_bounding_client_rect());
        corner.map_or(Point::default(), |c| pt(f64::from(x) - c.left(), f64::from(y) - c.top()))
    }
}
