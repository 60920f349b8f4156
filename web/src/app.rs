//! The page: state, engine, editor, chart and panels brought together.

mod chart;
mod claims;
mod embedded;
mod frame;
mod keys;
mod typed;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use gloo::events::EventListener;
use gloo::timers::callback::{Interval, Timeout};
use portolan_core::objects::ObjectRef;
use portolan_core::packet::FieldRef;
use portolan_core::world::World;
use yew::prelude::*;

use self::typed::{Part, STRETCH, Shared, WITH_KEY};
use crate::browser::{self, Sight, Soon};
use crate::chart::bar::{self, Ask};
use crate::chart::frames::Frames;
use crate::chart::layout::Request;
use crate::chart::memory::Memory;
use crate::chart::model::Chart;
use crate::chart::packets::PacketLayer;
use crate::chart::subject::Subject;
use crate::chart::viewport::{Look, Viewport};
use crate::editor::{self, Download, Known, Order, Text, YamlEditor, offsets};
use crate::panels;
use crate::state::action::{Action, Effect, Pane, Tab};
use crate::state::model::Model;
use crate::widget::{Start, Told, Widget};
use portolan_core::apiserver::Key;

/// What the page is told: nothing, or how to be a widget, and what that begins with.
#[derive(Properties, Clone, PartialEq, Default)]
pub(crate) struct Props {
    #[prop_or_default]
    pub(crate) widget: Option<(Widget, Rc<Start>)>,
}

/// Messages of the page.
pub(crate) enum Msg {
    /// The state's own.
    Do(Action),
    /// Somebody typed.
    Typed(Text),
    /// The page around the widget has another text.
    SetText(String),
    /// The text has rested.
    Read,
    /// Reading goes on.
    GoOn,
    /// Some of it was read.
    Part(Part),
    /// The editor's cursor is elsewhere: in UTF-16 units.
    Cursor(u32),
    /// The chart's room changed.
    Resized,
    /// Before a repaint.
    Frame(f64),
    /// The page came into sight, or left it.
    Sight(bool),
    /// Another theme.
    Theme,
    /// The link was asked for.
    Share,
    /// The dialog that makes what is copied into other pages opens or closes.
    Embedding(bool),
    /// The page is about to be loaded anew: what was typed has to be found again.
    Leave,
    /// What the text claims is tried, with its run or without.
    Try(bool),
    /// The divider of this element was moved to this share of the width.
    Split(web_sys::Element, f64),
    /// Something is asked of the chart's view.
    Ask(Ask),
    /// The chart is looked at in another way.
    Look(Look),
    /// Something on the chart was picked.
    Picked(Subject),
    /// A node of the outline opens or closes.
    Toggle(String),
}

/// The page.
pub(crate) struct App {
    model: Model,
    /// How to be a widget.
    widget: Option<Widget>,
    told: Told,
    embed: bool,
    embedding: bool,
    still: bool,
    theme: Option<&'static str>,
    order: Option<(u32, Order)>,
    orders: u32,
    typed: Option<Text>,
    cursor: Option<u32>,
    rest: Option<Timeout>,
    reading: Option<Shared>,
    /// How long the text was read that is read now, and the one before it: in milliseconds.
    spent: f64,
    cost: f64,
    freeing: Option<Shared>,
    /// What the text claims, tried, of which world that is, and how it is marked; and the one that will be tried.
    claims: Option<claims::Tried>,
    trying: Option<(Weak<World>, Timeout)>,
    /// Somebody types: nothing goes on until the text has rested.
    halted: bool,
    soon: Soon,
    last_hash: String,
    saving: Option<Timeout>,
    checked: AttrValue,
    chart: Rc<Chart>,
    chart_for: Option<(u64, Request)>,
    /// What the layout remembers, and of which cluster.
    memory: Memory,
    remembered: Option<*const portolan_core::world::World>,
    viewport: Viewport,
    look: Look,
    find: String,
    outline: bool,
    legend: bool,
    /// Nodes whose many pods are shown each, and those of the outline that were opened or closed.
    unfolded: Vec<String>,
    toggled: Vec<String>,
    onpick: Callback<Subject>,
    width: f64,
    height: f64,
    layer: NodeRef,
    room: NodeRef,
    packets: RefCell<PacketLayer>,
    /// Whether time ran at the last frame.
    played: bool,
    /// Another moment is to be shown.
    moment: bool,
    last_frame: Option<f64>,
    last_render: f64,
    in_sight: bool,
    _frames: Option<Frames>,
    _sight: Option<Sight>,
    _listeners: Vec<EventListener>,
    _watch: Option<Interval>,
}

impl Component for App {
    type Message = Msg;
    type Properties = Props;

    fn create(ctx: &Context<Self>) -> Self {
        let still = browser::reduced_motion();
        let widget = ctx.props().widget.clone();
        let embed = widget.is_some();
        let hash = if embed { String::new() } else { browser::kept().unwrap_or_else(browser::hash) };
        let model = match &widget {
            Some((widget, start)) => start.open(still, widget),
            None => Model::open(&hash, still),
        };
        let text: AttrValue = AttrValue::from(model.session.text.to_string());
        let mut theme = None;
        let mut listeners = vec![resize_listener(ctx)];
        if !embed {
            theme = browser::stored_theme().and_then(|t| THEMES.into_iter().flatten().find(|k| *k == t));
            browser::set_theme(theme, false);
            let link = ctx.link().clone();
            listeners.push(browser::on_hash(move || link.send_message(Msg::Do(Action::Hash(browser::hash())))));
            let link = ctx.link().clone();
            listeners.extend(browser::on_leave(move || link.send_message(Msg::Leave)));
        }
        let widget = widget.map(|(widget, _)| widget);
        listeners.push(keys::keys(ctx, widget.as_ref()));
        let frames = {
            let link = ctx.link().clone();
            Frames::start(move |time| link.send_message(Msg::Frame(time)))
        };
        App {
            embed,
            embedding: false,
            still,
            theme,
            order: None,
            orders: 0,
            typed: None,
            cursor: None,
            rest: None,
            reading: None,
            spent: 0.0,
            cost: WITH_KEY,
            freeing: None,
            claims: None,
            trying: None,
            halted: false,
            soon: {
                let link = ctx.link().clone();
                Soon::new(move || link.send_message(Msg::GoOn))
            },
            last_hash: hash,
            saving: None,
            checked: text,
            chart: Rc::new(Chart::default()),
            chart_for: None,
            memory: Memory::default(),
            remembered: None,
            viewport: Viewport::new(still, embed, ctx.link().callback(Msg::Look)),
            look: Look::default(),
            find: String::new(),
            outline: false,
            legend: false,
            unfolded: Vec::new(),
            toggled: Vec::new(),
            onpick: ctx.link().callback(Msg::Picked),
            width: 0.0,
            height: 0.0,
            layer: NodeRef::default(),
            room: NodeRef::default(),
            packets: RefCell::default(),
            played: false,
            moment: false,
            last_frame: None,
            last_render: 0.0,
            in_sight: true,
            _frames: Some(frames),
            _sight: {
                let link = ctx.link().clone();
                let element = widget.as_ref().map(|widget| -> &web_sys::Element { &widget.host });
                Sight::watch(element, move |on| link.send_message(Msg::Sight(on)))
            },
            _listeners: listeners,
            _watch: None,
            model,
            widget,
            told: Told::default(),
        }
    }

    fn rendered(&mut self, ctx: &Context<Self>, first: bool) {
        if first {
            // A phone's panes and a dragged divider change the room without a resize of the window.
            let link = ctx.link().clone();
            self._watch = Some(Interval::new(300, move || link.send_message(Msg::Resized)));
            ctx.link().send_message(Msg::Resized);
        }
        if let Some(widget) = self.widget.as_ref().filter(|widget| self.width > 0.0 || !widget.has_chart()) {
            self.told.ready(widget);
        }
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        let render = self.handle(ctx, msg);
        self.try_soon(ctx);
        if render {
            self.lay_out();
        }
        if std::mem::take(&mut self.moment) {
            self.show_moment();
        }
        if let Some(widget) = &self.widget {
            self.told.tell(widget, &self.model);
        }
        render
    }

    fn changed(&mut self, ctx: &Context<Self>, _: &Props) -> bool {
        self.widget = ctx.props().widget.clone().map(|(widget, _)| widget);
        self.model.locked = self.read_only();
        self.model.no_editor = !self.has_editor();
        ctx.link().send_message(Msg::Resized);
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let act = ctx.link().callback(Msg::Do);
        let model = &self.model;
        let pane = match model.pane {
            Pane::Yaml => "show-yaml",
            Pane::Chart => "show-chart",
            Pane::Details => "show-details",
        };
        let shows = self.shows();
        // In somebody else's page the landmarks are somebody else's.
        let (main, section, role) = if self.embed { ("div", "div", Some("group")) } else { ("main", "section", None) };
        html! {
            <div class={classes!("app", pane, self.classes())}>
                { self.header(ctx, &act) }
                if let Some(notice) = &model.notice { { self.notice(notice, &act) } }
                <@{main} class="body">
                    if shows.editor {
                        <@{section} class="side" role={role} aria-label="YAML">
                            <YamlEditor checked={self.checked.clone()} diagnostics={model.session.diagnostics.clone()} failed={self.failed()}
                                world={Known(model.session.world())} order={self.order.clone()} read_only={self.read_only()} onchange={ctx.link().callback(Msg::Typed)} onmove={ctx.link().callback(Msg::Cursor)} />
                            { self.offer(&act) }
                            if !self.embed { { panels::running::view(model, &act) } }
                            { panels::problems::view(model, &act) }
                        </@>
                    }
                    if shows.editor && shows.chart { { self.divider(ctx) } }
                    if shows.chart || shows.trace {
                        <div class="main">
                            <@{section} class="stage" role={role} aria-label="Chart and traffic">
                                if shows.toolbar { { panels::toolbar::view(model, &act) } }
                                if shows.chart {
                                    <div class="room" ref={self.room.clone()} onclick={self.background(ctx)}>
                                        if !self.embed { { panels::sender::view(model, &act) } }
                                        { self.chart(ctx) }
                                        if self.legend { { bar::legend() } }
                                        if let Some(subject) = &model.menu { { panels::menu::view(model, subject, &act) } }
                                    </div>
                                    if shows.timeline { { panels::timeline::view(model, self.drawn(), &act) } }
                                    { self.caption(ctx) }
                                } else {
                                    { self.only_trace(&act) }
                                }
                                if !shows.editor && shows.problems { { panels::problems::view(model, &act) } }
                            </@>
                            if !self.embed { { self.drawer(ctx, &act) } }
                        </div>
                    }
                </@>
                { self.credit() }
                if model.examples { { panels::examples::view(model, &act) } }
                if model.help { { panels::help::view() } }
                if self.embedding { { self.embedding(ctx, &act) } }
            </div>
        }
    }
}

const THEMES: [Option<&str>; 3] = [None, Some("light"), Some("dark")];

impl App {
    fn handle(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Do(action) => self.act(ctx, action),
            Msg::Typed(text) => self.typed(ctx, text),
            Msg::SetText(text) => {
                drop(self.leave_typed());
                self.told.knows(&text);
                self.command(Order::SetText(AttrValue::from(text.clone())));
                self.change(ctx, |model| model.update(Action::Text(text)));
                true
            }
            Msg::Read => self.rested(ctx),
            Msg::GoOn => {
                self.go_on_for(ctx, STRETCH);
                false
            }
            Msg::Part(part) => self.take(ctx, part),
            Msg::Cursor(at) => {
                // Only one view cares, and only which object it is.
                let watched = match self.model.tab {
                    Tab::Objects if !self.embed => |app: &App| app.object_at_cursor().map(|key| (key, None)),
                    Tab::Rules if !self.embed => |app: &App| {
                        let (service, port) = app.service_at_cursor()?;
                        Some(((String::new(), service.namespace, service.name), port))
                    },
                    _ => |_: &App| None,
                };
                let before = watched(self);
                self.cursor = Some(at);
                watched(self) != before
            }
            Msg::Resized => {
                let Some(room) = self.room.cast::<web_sys::Element>() else { return false };
                let (width, height) = (f64::from(room.client_width()), f64::from(room.client_height()));
                let changed = width > 0.0 && (width, height) != (self.width, self.height);
                if changed {
                    (self.width, self.height) = (width, height);
                }
                changed
            }
            Msg::Frame(time) => self.frame(time),
            Msg::Sight(on) => {
                self.in_sight = on;
                false
            }
            Msg::Theme => {
                let at = THEMES.iter().position(|t| *t == self.theme).unwrap_or(0);
                self.theme = THEMES[(at + 1) % THEMES.len()];
                browser::set_theme(self.theme, true);
                true
            }
            Msg::Share => {
                let url = browser::address("", &self.model.hash());
                let link = ctx.link().clone();
                wasm_bindgen_futures::spawn_local(async move {
                    let said = if browser::copy(&url).await {
                        "The link is on the clipboard. It holds everything; nothing was sent anywhere."
                    } else {
                        "The link is in the address bar: copy it from there."
                    };
                    link.send_message(Msg::Do(Action::Say(said.into())));
                });
                self.save_hash();
                true
            }
            Msg::Leave => {
                // What was typed a moment ago counts.
                if let Some(text) = self.leave_typed() {
                    self.change(ctx, |model| model.update(Action::Text(text.get())));
                }
                // The address may be changed too late: a reload has begun with the one before.
                let unsaved = self.saving.take().is_some() || self.is_long();
                self.save_hash();
                let kept = unsaved.then(|| self.model.hash());
                browser::leave(kept.as_deref());
                true
            }
            Msg::Embedding(open) => {
                self.embedding = open;
                true
            }
            Msg::Ask(ask) => {
                match ask {
                    Ask::Zoom(factor) => self.viewport.go(|camera| camera.zoom_by(factor)),
                    Ask::Fit => self.viewport.go(|camera| camera.go_whole()),
                    Ask::Find(text) => {
                        self.find = text;
                        return true;
                    }
                    Ask::Outline => {
                        self.outline = !self.outline;
                        return true;
                    }
                    Ask::Legend => {
                        self.legend = !self.legend;
                        return true;
                    }
                }
                false
            }
            Msg::Try(runs) => self.try_claims(runs),
            Msg::Look(look) => {
                let changed = self.look != look;
                self.look = look;
                changed
            }
            Msg::Picked(Subject::Workload(node, _)) => {
                self.unfolded.push(node);
                true
            }
            Msg::Picked(subject) => self.act(ctx, Action::Pick(subject)),
            Msg::Toggle(node) => {
                match self.toggled.iter().position(|n| *n == node) {
                    Some(at) => drop(self.toggled.remove(at)),
                    None => self.toggled.push(node),
                }
                true
            }
            Msg::Split(body, share) => {
                browser::set_property(&body, "--split", &format!("{:.1}%", share.clamp(0.18, 0.6) * 100.0));
                ctx.link().send_message(Msg::Resized);
                false
            }
        }
    }

    fn act(&mut self, ctx: &Context<Self>, action: Action) -> bool {
        let opens = matches!(
            &action,
            Action::Pick(_)
                | Action::Show(_)
                | Action::Examples(true)
                | Action::Help(true)
                | Action::ToggleExamples
                | Action::ToggleHelp
        );
        // What was clicked is gone with its view.
        let follow = match &action {
            Action::RulesHop(_) => Some("rules-list".to_string()),
            Action::ShowHop(hop) => Some(format!("hop-{hop}")),
            Action::Example(_) => Some("examples-button".to_string()),
            _ => None,
        };
        match action {
            Action::Example(_) => drop(self.leave_typed()),
            Action::Afresh
            | Action::Hash(_)
            | Action::DemoPods(_)
            | Action::Do(_)
            | Action::Undo
            | Action::Redo
            | Action::Record
            | Action::Expect => {
                // What was typed a moment ago counts.
                if let Some(text) = self.leave_typed() {
                    self.change(ctx, |model| model.update(Action::Text(text.get())));
                }
            }
            _ => {}
        }
        self.change(ctx, |model| model.update(action));
        if let Some(id) = follow {
            self.focus_later(id);
        }
        let open = self.model.menu.is_some() || self.model.help || self.model.examples;
        if opens && open {
            let id = if self.model.menu.is_some() {
                "menu"
            } else if self.model.help {
                "help"
            } else {
                "examples"
            };
            self.focus_later(id.to_string());
        }
        true
    }

    /// Changes the state, and does what is left to do.
    fn change(&mut self, ctx: &Context<Self>, change: impl FnOnce(&mut Model) -> Vec<Effect>) {
        let text_before = self.model.session.text.clone();
        for effect in change(&mut self.model) {
            match effect {
                Effect::SetText(text) => self.command(Order::SetText(AttrValue::from(text))),
                Effect::Apply(edits) if self.has_editor() => self.command(Order::Apply(edits)),
                Effect::Apply(edits) => {
                    let text = editor::apply(&self.model.session.text, &edits);
                    ctx.link().send_message(Msg::Typed(Text::of(text)));
                }
                Effect::Show(at) => self.command(Order::Reveal(at, at, false)),
                Effect::Reveal(span) => self.command(Order::Reveal(span.start, span.end, true)),
                Effect::Save(name, kind, text) => download(ctx, Some(Download::Text(name, kind, text))),
                Effect::SaveChart(png) => {
                    download(ctx, self.room.cast().map(|room| Download::Chart(room, png)));
                }
                Effect::ClearPackets => self.packets.borrow_mut().clear(),
                Effect::ShowPackets => self.moment = true,
                Effect::SaveHash => {
                    // Not at each keystroke: browsers allow a hundred changes of the address in thirty seconds.
                    let link = ctx.link().clone();
                    self.saving = Some(Timeout::new(400, move || link.send_message(Msg::Do(Action::Saved))));
                }
                Effect::SaveNow => self.save_hash(),
            }
        }
        if !Rc::ptr_eq(&text_before, &self.model.session.text) {
            self.checked = AttrValue::from(self.model.session.text.clone());
        }
    }

    fn command(&mut self, order: Order) {
        self.orders += 1;
        self.order = Some((self.orders, order));
    }

    /// Whether the text is too long for the address bar.
    fn is_long(&self) -> bool {
        self.model.session.text.len() > crate::state::hash::MAX_SHARED
    }

    fn save_hash(&mut self) {
        self.saving = None;
        if self.embed || self.is_long() {
            return;
        }
        let hash = self.model.hash();
        if hash != self.last_hash {
            browser::replace_hash(&hash);
            self.last_hash = hash;
        }
    }

    /// The object that the cursor is in; none before it was anywhere.
    fn object_at_cursor(&self) -> Option<Key> {
        let at = self.cursor?;
        let world = self.model.session.world();
        let answer = world.answer_at(0, offsets::byte(&self.model.session.text, at))?;
        Some((answer.kind.clone(), answer.namespace.clone(), answer.name.clone()))
    }

    /// The Service that the cursor is in, and the place of its port if it is in one.
    fn service_at_cursor(&self) -> Option<(ObjectRef, Option<usize>)> {
        let (kind, namespace, name) = self.object_at_cursor()?;
        let service = ObjectRef { namespace, name };
        if kind != "Service" {
            return None;
        }
        let at = offsets::byte(&self.model.session.text, self.cursor?);
        let world = self.model.session.world();
        let ports = world.cluster().service(&service).map_or(0, |service| service.ports.len());
        let port = (0..ports).find(|number| {
            let path = format!("spec.ports[{number}]");
            let field = FieldRef { kind: "Service", object: service.clone(), path };
            world.locate_value(&field).is_some_and(|(_, span)| span.start <= at && at <= span.end)
        });
        Some((service, port))
    }
}

/// Downloads something, and says so where that fails.
fn download(ctx: &Context<App>, what: Option<Download>) {
    let (link, Some(what)) = (ctx.link().clone(), what) else { return };
    wasm_bindgen_futures::spawn_local(async move {
        if !editor::download(what).await {
            link.send_message(Msg::Do(Action::Say("The download failed: its part of the page did not come.".into())));
        }
    });
}

fn resize_listener(ctx: &Context<App>) -> EventListener {
    let link = ctx.link().clone();
    EventListener::new(&gloo::utils::window(), "resize", move |_| link.send_message(Msg::Resized))
}
