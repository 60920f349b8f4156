//! The page's state and all that can happen to it. [`Model::update`] is the reducer: it changes the state and returns
//! what is left for the browser to do.

use std::rc::Rc;

use portolan_core::cluster::{Client, Place, ProxyMode};
use portolan_core::net::Protocol;
use portolan_core::objects::ObjectRef;
use portolan_core::packet::Trace;
use portolan_core::sim::{Habits, Load};

use super::action::{Action, Effect, Export, Pane, Tab};
use super::choices;
use super::csv::csv;
use super::examples::EXAMPLES;
use super::hands::Hands;
use super::hash::Shared;
use super::link::{FASTEST, within_limits};
use super::mermaid;
use super::modes::Compared;
use super::reading::{Read, Reading};
use super::session::{Left, Recent, Session, Source, is_exported};
use crate::chart::subject::Subject;

/// No more sessions than these wait to be freed when there is time.
const MAX_LEFT: usize = 6;
/// Requests a second that are offered.
pub(crate) const RATES: [f64; 7] = [0.0, 0.5, 1.0, 2.0, 5.0, 20.0, 100.0];
/// How many times slower than life, and how that is called.
pub(crate) const SLOW: [(f64, &str); 7] = [
    (0.02, "50\u{d7} faster"),
    (0.1, "10\u{d7} faster"),
    (1.0, "real time"),
    (4.0, "4\u{d7} slower"),
    (20.0, "20\u{d7} slower"),
    (100.0, "100\u{d7} slower"),
    (500.0, "500\u{d7} slower"),
];

/// The state.
pub(crate) struct Model {
    /// The engine.
    pub(crate) session: Session,
    /// The fixes of its diagnostics were tried.
    tried: bool,
    /// Large sessions that are over, to be freed when there is time.
    left: Vec<Left>,
    /// Who sends, as CLIENT.
    pub(crate) client: String,
    /// To what, as TARGET.
    pub(crate) target: String,
    /// Client or target were chosen by the reader, and stay when the text changes.
    pub(crate) chosen: bool,
    /// Requests a second.
    pub(crate) rate: f64,
    /// How many times slower than life.
    pub(crate) slow: f64,
    /// One connection for all requests.
    pub(crate) keep_alive: bool,
    /// How the client goes about its requests.
    pub(crate) habits: Habits,
    /// What says so is open.
    pub(crate) sender: bool,
    /// Since when nothing was said of what happens by itself, in milliseconds of the reader's time.
    pub(super) quiet: f64,
    /// Up to when what happened was heard, in microseconds of the run.
    pub(super) heard: u64,
    /// Time passes.
    pub(crate) playing: bool,
    /// The request looked at.
    pub(crate) pinned: Option<Recent>,
    /// What would become of a packet now.
    pub(crate) preview: Option<Rc<Trace>>,
    /// The Service in focus, if the reader chose one.
    pub(crate) focus: Option<ObjectRef>,
    /// The open menu.
    pub(crate) menu: Option<Subject>,
    /// The drawer's view.
    pub(crate) tab: Tab,
    /// The narrow screen's pane.
    pub(crate) pane: Pane,
    /// The name to look up; empty follows the target.
    pub(crate) query: String,
    /// The node whose rules are shown; `None` follows the request.
    pub(crate) rules_node: Option<String>,
    /// The mode that the reader chose; `None` is the one that the text asks for.
    pub(crate) rules_mode: Option<ProxyMode>,
    /// The hop that was asked about, of the request in focus.
    pub(crate) hop: Option<usize>,
    /// A request in two modes.
    pub(super) compared: Option<Compared>,
    /// The reader wants no motion.
    pub(crate) still: bool,
    /// The example that the text is, unchanged.
    pub(crate) example: Option<usize>,
    /// The list of examples is open.
    pub(crate) examples: bool,
    /// The help is open.
    pub(crate) help: bool,
    /// What was done by hand.
    pub(crate) hands: Hands,
    /// What a key or a button did that is not seen at once.
    pub(crate) said: String,
    /// Something to say.
    pub(crate) notice: Option<String>,
    /// Nothing is changed by hand, neither text nor cluster.
    pub(crate) locked: bool,
    /// There is no editor that a place in the text could be shown in.
    pub(crate) no_editor: bool,
    /// Each text is a cluster of its own: in a widget nobody is to remember what stood there before.
    pub(crate) afresh: bool,
    /// Counts changes of the cluster, for the layout.
    pub(crate) revision: u64,
}

impl Model {
    /// The state for a hash; an empty one is the first example.
    pub(crate) fn open(hash: &str, still: bool) -> Self {
        let mut model = Model::blank(still);
        if hash.is_empty() {
            model.load(EXAMPLES[0].text, false);
        } else {
            model.open_hash(hash);
        }
        model
    }

    /// The state for what a hash holds.
    pub(crate) fn open_shared(shared: &Shared, still: bool) -> Self {
        let mut model = Model::blank(still);
        model.take_shared(shared);
        model
    }

    fn blank(still: bool) -> Self {
        Model {
            session: Session::new("", false, 0),
            tried: true,
            left: Vec::new(),
            client: String::new(),
            target: String::new(),
            chosen: false,
            rate: 2.0,
            slow: 1.0,
            keep_alive: false,
            habits: Habits::default(),
            sender: false,
            quiet: 0.0,
            heard: 0,
            playing: !still,
            pinned: None,
            preview: None,
            focus: None,
            menu: None,
            tab: Tab::Trace,
            pane: Pane::Chart,
            query: String::new(),
            rules_node: None,
            rules_mode: None,
            hop: None,
            compared: None,
            still,
            example: Some(0),
            examples: false,
            help: false,
            hands: Hands::default(),
            said: String::new(),
            notice: None,
            locked: false,
            no_editor: false,
            afresh: false,
            revision: 0,
        }
    }

    /// Changes the state.
    pub(crate) fn update(&mut self, action: Action) -> Vec<Effect> {
        if self.locked && action.changes_cluster() {
            return Vec::new();
        }
        match action {
            Action::Text(text) => {
                if *text == *self.session.text {
                    return Vec::new();
                }
                let session = Session::at_once(&text, self.source(&text));
                self.go_on_with(session)
            }
            Action::Afresh => {
                let (text, demo) = (self.session.text.clone(), self.session.demo_pods);
                self.load(&text, demo);
                vec![Effect::ClearPackets]
            }
            Action::Example(number) => {
                let Some(example) = EXAMPLES.get(number) else { return Vec::new() };
                self.example = Some(number);
                self.examples = false;
                self.chosen = false;
                self.keep_alive = false;
                self.habits = Habits::default();
                self.rate = 2.0;
                self.rules_mode = None;
                self.notice = None;
                self.load(example.text, false);
                vec![Effect::SetText(example.text.into()), Effect::ClearPackets, Effect::SaveHash]
            }
            Action::Hash(hash) => {
                self.open_hash(&hash);
                vec![Effect::SetText(self.session.text.to_string()), Effect::ClearPackets]
            }
            Action::DemoPods(on) => {
                let session = self.session.with_demo_pods(on);
                self.enter(session);
                vec![Effect::ClearPackets, Effect::SaveHash]
            }
            Action::Fix(diagnostic, fix) => {
                let found = self.session.diagnostics.get(diagnostic).and_then(|d| d.fixes.get(fix));
                found.map(|fix| vec![Effect::Apply(fix.edits.clone())]).unwrap_or_default()
            }
            Action::Client(client) => {
                self.remember_client(format!("send from {client}"));
                self.client = client;
                self.chosen = true;
                self.focus = None;
                let parsed = self.parsed_client();
                let targets = choices::targets(&self.session.cluster, &parsed);
                if !targets.iter().any(|t| t.value == self.target) {
                    // The same Service, by the way that this client has to it.
                    let focus = choices::service_of(&self.session.cluster, &parsed, &self.target);
                    let same = targets.iter().find(|t| {
                        focus.is_some() && choices::service_of(&self.session.cluster, &parsed, &t.value) == focus
                    });
                    self.target = same.or(targets.first()).map(|t| t.value.clone()).unwrap_or_default();
                }
                self.aim();
                vec![Effect::SaveHash]
            }
            Action::Target(target) => {
                self.remember_client(format!("send to {target}"));
                self.target = target;
                self.chosen = true;
                self.focus = None;
                self.aim();
                vec![Effect::SaveHash]
            }
            Action::Rate(rate) => {
                self.remember_client(if rate > 0.0 {
                    format!("send {rate} requests a second")
                } else {
                    "send by hand".into()
                });
                self.rate = rate;
                self.habits.users = 0;
                self.aim();
                vec![Effect::SaveHash]
            }
            Action::Slow(slow) => {
                self.slow = slow.max(FASTEST);
                vec![Effect::SaveHash]
            }
            Action::KeepAlive(on) => {
                self.remember_client(if on { "keep connections alive" } else { "open new connections" }.into());
                self.keep_alive = on;
                self.aim();
                vec![Effect::SaveHash]
            }
            Action::Habits(habits, keep_alive) => {
                self.remember_client("change how the client sends".into());
                self.habits = within_limits(habits);
                self.keep_alive = keep_alive;
                self.aim();
                vec![Effect::SaveHash]
            }
            Action::Sender(open) => {
                self.sender = open;
                Vec::new()
            }
            Action::Play(on) => {
                self.playing = on;
                if on {
                    self.pinned = None;
                }
                Vec::new()
            }
            Action::Step => self.step(),
            Action::Seek(to) => self.seek(to),
            Action::Jump(on) => self.jump(on),
            Action::Undo => self.take_back(true),
            Action::Redo => self.take_back(false),
            Action::Record => self.record(),
            Action::Expect => self.expect(),
            Action::Export(what) => vec![match what {
                Export::Svg => Effect::SaveChart(false),
                Export::Png => Effect::SaveChart(true),
                Export::Mermaid => Effect::Save("portolan.mmd", "text/vnd.mermaid", mermaid::flowchart(self)),
                Export::Csv => Effect::Save("traffic.csv", "text/csv", csv(self.session.run())),
            }],
            Action::Tick(ms) => {
                if self.playing {
                    self.advance(ms);
                }
                Vec::new()
            }
            Action::SendOne => {
                // Nothing flies while time stands still, unless the reader wants it so.
                self.playing = !self.still;
                self.pinned = None;
                self.remember(format!("send one request to {}", self.target));
                self.session.send_one();
                self.advance(0.0);
                Vec::new()
            }
            Action::Pin(id) => {
                if let Some(recent) = self.session.recent.iter().find(|r| r.id == id) {
                    self.pinned = Some(recent.clone());
                    self.hop = None;
                    // With the rules open it is their lines that are wanted.
                    if self.tab != Tab::Rules {
                        self.tab = Tab::Trace;
                    }
                }
                Vec::new()
            }
            Action::Unpin => {
                self.pinned = None;
                Vec::new()
            }
            Action::Pick(subject) => {
                self.menu = if self.menu.as_ref() == Some(&subject) { None } else { Some(subject.clone()) };
                if let Subject::Service(service) | Subject::Balancer(service) = subject {
                    self.focus = Some(service);
                    self.revision += 1;
                }
                Vec::new()
            }
            Action::CloseMenu => {
                self.menu = None;
                Vec::new()
            }
            Action::Do(command) => self.perform(command),
            Action::Tab(tab) => {
                self.tab = tab;
                vec![Effect::SaveHash]
            }
            Action::Pane(pane) => {
                self.pane = pane;
                Vec::new()
            }
            Action::Query(query) => {
                self.query = query;
                Vec::new()
            }
            Action::RulesNode(node) => {
                self.rules_node = Some(node);
                Vec::new()
            }
            Action::RulesMode(mode) => self.switch_mode(mode),
            Action::RulesHop(hop) => {
                self.hold();
                self.rules_node = None;
                if let Some(Place::Proxy(node)) = self.shown().and_then(|t| t.hops.get(hop).map(|hop| hop.at.clone())) {
                    self.rules_node = Some(node);
                }
                self.hop = Some(hop);
                self.update(Action::Tab(Tab::Rules))
            }
            Action::ShowHop(hop) => {
                self.hold();
                self.hop = Some(hop);
                self.update(Action::Tab(Tab::Trace))
            }
            Action::Show(subject) => {
                self.menu = None;
                self.pane = Pane::Chart;
                self.update(Action::Pick(subject))
            }
            Action::Reveal(span) => {
                self.pane = Pane::Yaml;
                vec![Effect::Reveal(span)]
            }
            Action::Examples(open) => {
                self.examples = open;
                self.help = false;
                Vec::new()
            }
            Action::Help(open) => {
                self.help = open;
                self.examples = false;
                Vec::new()
            }
            Action::Dismiss => {
                self.notice = None;
                Vec::new()
            }
            Action::Say(text) => {
                self.notice = Some(text);
                Vec::new()
            }
            Action::Saved => vec![Effect::SaveNow],
            Action::Escape => {
                if self.menu.take().is_none()
                    && !std::mem::take(&mut self.sender)
                    && !std::mem::take(&mut self.help)
                    && !std::mem::take(&mut self.examples)
                {
                    self.pinned = None;
                }
                Vec::new()
            }
            Action::TogglePlay => self.update(Action::Play(!self.playing)),
            Action::ToggleHelp => self.update(Action::Help(!self.help)),
            Action::ToggleExamples => self.update(Action::Examples(!self.examples)),
        }
    }

    /// Who sends; the internet where the text says nothing that can be read.
    pub(crate) fn parsed_client(&self) -> Client {
        Client::parse(&self.client).unwrap_or(Client::External(None))
    }

    /// The Service that the chart is about.
    pub(crate) fn focused(&self) -> Option<ObjectRef> {
        let cluster = &self.session.cluster;
        self.focus
            .clone()
            .filter(|f| cluster.service(f).is_some())
            .or_else(|| {
                let trace = self.preview.as_ref()?;
                trace.service.as_ref().map(|s| s.0.clone())
            })
            .or_else(|| choices::service_of(cluster, &self.parsed_client(), &self.target))
            .or_else(|| choices::services(cluster).first().map(|s| s.meta.reference()))
    }

    /// The request that the chart and the trace show: the one picked, else the last one, else a first look.
    pub(crate) fn shown(&self) -> Option<Rc<Trace>> {
        self.pinned
            .as_ref()
            .map(|p| p.trace.clone())
            .or_else(|| self.session.recent.front().map(|r| r.trace.clone()))
            .or_else(|| self.preview.clone())
    }

    /// Makes a world of a text.
    pub(super) fn load(&mut self, text: &str, demo_pods: bool) {
        self.focus = None;
        self.enter(Session::new(text, demo_pods, self.session.seed));
    }

    /// What the next text is read into.
    fn source(&self, text: &str) -> Source {
        let (demo_pods, seed) = (self.session.demo_pods, self.session.seed);
        let export = is_exported(text) || is_exported(&self.session.text);
        if self.afresh || export || another_text(&self.session.text, text) {
            Source::New { demo_pods, seed }
        } else {
            self.session.running()
        }
    }

    /// Begins to read the editor's text; nothing where it is read already, with its fixes.
    pub(crate) fn read(&self, text: String) -> Option<Reading> {
        if *text != *self.session.text {
            let source = self.source(&text);
            return Some(Reading::new(text, source));
        }
        (!self.tried).then(|| Reading::fixes(&self.session))
    }

    /// Begins to free what is left of large texts, if there is anything.
    pub(crate) fn let_go(&mut self) -> Option<Reading> {
        (!self.left.is_empty()).then(|| Reading::letting_go(std::mem::take(&mut self.left)))
    }

    /// Whether there is anything new to show in what was read.
    pub(crate) fn news(&self, read: &Read) -> bool {
        match read {
            Read::Session(_) => true,
            Read::Fixes(diagnostics) => *diagnostics != self.session.diagnostics,
        }
    }

    /// Takes up what was read.
    pub(crate) fn take(&mut self, read: Read) -> Vec<Effect> {
        match read {
            Read::Session(session) => {
                let effects = self.go_on_with(*session);
                self.tried = false;
                effects
            }
            Read::Fixes(diagnostics) => {
                self.session.diagnostics = diagnostics;
                self.tried = true;
                Vec::new()
            }
        }
    }

    /// The text is another one.
    fn go_on_with(&mut self, mut session: Session) -> Vec<Effect> {
        self.example = EXAMPLES.iter().position(|e| *e.text == *session.text);
        if self.hands.own_text.take().is_some_and(|own| own == session.text) {
            // The text says what was done already.
            session.keep_running(&mut self.session);
            let before = std::mem::replace(&mut self.session, session);
            self.leave_behind(before);
            self.tried = true;
            self.revision += 1;
            let show = self.hands.show.take().map(Effect::Show);
            return show.into_iter().chain([Effect::SaveHash]).collect();
        }
        if session.updates == 0 {
            self.focus = None;
        }
        self.enter(session);
        vec![Effect::ClearPackets, Effect::SaveHash]
    }

    /// Goes on with another state of the engine.
    fn enter(&mut self, session: Session) {
        let before = std::mem::replace(&mut self.session, session);
        let mode = before.own_mode();
        self.leave_behind(before);
        self.hands = Hands::default();
        self.said.clear();
        self.heard = 0;
        self.hop = None;
        self.tried = true;
        self.pinned = None;
        self.menu = None;
        self.revision += 1;
        let start = self.session.scenario().and_then(|s| s.load.first()).cloned();
        if !self.chosen {
            if let Some(load) = start {
                self.client = load.from.to_string();
                self.target = load.to;
                self.keep_alive = load.keep_alive;
                self.habits = load.habits;
                if load.rate > 0.0 {
                    self.rate = load.rate;
                }
            } else {
                (self.client, self.target) = choices::default_choice(&self.session.cluster);
                self.habits = Habits::default();
            }
        } else if let Client::Pod(pod) = self.parsed_client()
            && self.session.cluster.pod(&pod).is_none()
        {
            // The pod that sent is gone with its manifest.
            (self.client, self.target) = choices::default_choice(&self.session.cluster);
        }
        self.aim();
        self.keep_mode(mode);
    }

    fn leave_behind(&mut self, before: Session) {
        if self.left.len() < MAX_LEFT {
            self.left.push(before.leave());
        }
    }

    /// Points the traffic at the target.
    fn aim(&mut self) {
        let load = self.load_now();
        self.session.set_load(load);
        self.session.recent.clear();
        self.pinned = None;
        self.revision += 1;
        self.look();
    }

    pub(super) fn look(&mut self) {
        self.preview = self.session.preview(&self.load_now());
    }

    fn load_now(&self) -> Load {
        Load {
            name: String::new(),
            from: self.parsed_client(),
            to: self.target.clone(),
            protocol: self.protocol(),
            rate: if self.habits.users > 0 { 0.0 } else { self.rate },
            keep_alive: self.keep_alive || self.habits.pool > 0,
            habits: self.habits,
        }
    }

    /// The protocol of the target's port.
    fn protocol(&self) -> Protocol {
        let cluster = &self.session.cluster;
        let Some(service) = choices::service_of(cluster, &self.parsed_client(), &self.target) else {
            return Protocol::Tcp;
        };
        let port: u16 = self.target.rsplit_once(':').and_then(|t| t.1.parse().ok()).unwrap_or(0);
        let ports = cluster.service(&service).map_or(&[][..], |s| &s.ports);
        let fits = |p: &&portolan_core::objects::ServicePort| p.port == port || p.node_port == Some(port);
        // Where both protocols share a number, TCP is what people mean.
        let found = || ports.iter().filter(fits).map(|p| p.protocol);
        if found().any(|p| p == Protocol::Tcp) { Protocol::Tcp } else { found().min().unwrap_or_default() }
    }
}

/// Whether a text was put in the place of the old one, rather than made of it by an edit: nearly nothing at the
/// beginning and the end is the same.
fn another_text(old: &str, new: &str) -> bool {
    let enough = old.len().div_ceil(10);
    let same = |pair: &(u8, u8)| pair.0 == pair.1;
    let start = old.bytes().zip(new.bytes()).take(enough).take_while(same).count();
    let end = old.bytes().rev().zip(new.bytes().rev()).take(enough).take_while(same).count();
    start + end < enough
}

#[cfg(test)]
mod tests;
