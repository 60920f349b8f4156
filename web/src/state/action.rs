//! What can happen to the page's state, and what is left for the browser to do then; the drawer's views and a narrow
//! screen's panes, by which they speak of it.

use portolan_core::cluster::ProxyMode;
use portolan_core::diagnostic::{Edit, Span};
use portolan_core::sim::{Command, Habits};

use crate::chart::subject::Subject;

/// The drawer's views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    /// The way of a packet.
    #[default]
    Trace,
    /// kube-proxy's rules.
    Rules,
    /// EndpointSlices.
    Endpoints,
    /// Names.
    Dns,
    /// Shares and latencies.
    Traffic,
    /// What the server stored.
    Objects,
    /// What happened.
    Events,
    /// What the text claims of itself.
    Expectations,
}

impl Tab {
    /// All, in order.
    pub(crate) const ALL: [Tab; 8] =
        [Tab::Trace, Tab::Rules, Tab::Endpoints, Tab::Dns, Tab::Traffic, Tab::Objects, Tab::Events, Tab::Expectations];

    /// Its name on screen and in a hash.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Tab::Trace => "Trace",
            Tab::Rules => "Rules",
            Tab::Endpoints => "Endpoints",
            Tab::Dns => "DNS",
            Tab::Traffic => "Traffic",
            Tab::Objects => "Objects",
            Tab::Events => "Events",
            Tab::Expectations => "Expectations",
        }
    }
}

/// The three panes of a narrow screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pane {
    /// The editor.
    Yaml,
    /// The chart.
    #[default]
    Chart,
    /// The drawer.
    Details,
}

impl Pane {
    /// All, in order.
    pub(crate) const ALL: [Pane; 3] = [Pane::Yaml, Pane::Chart, Pane::Details];

    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Pane::Yaml => "YAML",
            Pane::Chart => "Chart",
            Pane::Details => "Details",
        }
    }
}

/// What can be taken along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Export {
    /// The chart.
    Svg,
    /// The chart.
    Png,
    /// Clients, Service and endpoints as a Mermaid flowchart.
    Mermaid,
    /// Traffic's numbers.
    Csv,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// The text is another one, for the cluster that runs.
    Text(String),
    /// A new cluster for the text.
    Afresh,
    /// An example was picked.
    Example(usize),
    /// The hash was changed by hand.
    Hash(String),
    /// Demo pods in or out.
    DemoPods(bool),
    /// A diagnostic's fix: which diagnostic, which fix.
    Fix(usize, usize),
    /// Another client.
    Client(String),
    /// Another target.
    Target(String),
    /// Requests a second.
    Rate(f64),
    /// Slow motion.
    Slow(f64),
    /// One connection for all requests.
    KeepAlive(bool),
    /// The client goes about its requests like this, and keeps connections or not.
    Habits(Habits, bool),
    /// What says how the client sends is open.
    Sender(bool),
    /// Play or pause.
    Play(bool),
    /// A small step of time while paused.
    Step,
    /// Time passes: milliseconds on the wall.
    Tick(f64),
    /// One request.
    SendOne,
    /// A request is looked at.
    Pin(u64),
    /// None is.
    Unpin,
    /// Something on the chart was picked.
    Pick(Subject),
    /// Its menu closes.
    CloseMenu,
    /// Something is done to the cluster.
    Do(Command),
    /// What was done last by hand is taken back.
    Undo,
    /// What was taken back last is done again.
    Redo,
    /// Another time of the run, in microseconds.
    Seek(u64),
    /// The next event on the timeline, or (`false`) the one before.
    Jump(bool),
    /// The run becomes a Scenario in the text.
    Record,
    /// What the packet in focus does becomes an Expectation in the text.
    Expect,
    /// Something is downloaded.
    Export(Export),
    /// Another tab.
    Tab(Tab),
    /// Another pane.
    Pane(Pane),
    /// A name to look up.
    Query(String),
    /// The node whose rules are shown.
    RulesNode(String),
    /// kube-proxy works in another mode.
    RulesMode(ProxyMode),
    /// The rules of one hop of the request in focus.
    RulesHop(usize),
    /// The hop of the request in focus by which a rule came into play.
    ShowHop(usize),
    /// Something on the chart is shown.
    Show(Subject),
    /// A place in the text to show.
    Reveal(Span),
    /// The list of examples.
    Examples(bool),
    /// The help.
    Help(bool),
    /// What is being said goes away.
    Dismiss,
    /// Something is said.
    Say(String),
    /// The state has rested and goes into the address bar.
    Saved,
    /// Closes whatever is open, else lets go of the request.
    Escape,
    /// Play or pause.
    TogglePlay,
    /// Help on or off.
    ToggleHelp,
    /// Examples on or off.
    ToggleExamples,
}

impl Action {
    /// Whether a person changes text or cluster by it.
    pub(crate) fn changes_cluster(&self) -> bool {
        use Action::{Afresh, DemoPods, Do, Example, Expect, Fix, Record, Redo, Undo};
        matches!(self, Afresh | DemoPods(_) | Do(_) | Example(_) | Fix(..) | Expect | Record | Redo | Undo)
    }
}

/// What the browser does after an action.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Shows another text in the editor.
    SetText(String),
    /// Changes the text in the editor as a person would.
    Apply(Vec<Edit>),
    /// Shows a place in the editor.
    Reveal(Span),
    /// Scrolls to a place in the editor; the keyboard's focus stays.
    Show(u32),
    /// Downloads a text under a file's name, as a type.
    Save(&'static str, &'static str, String),
    /// Downloads the chart; as a PNG or else as an SVG.
    SaveChart(bool),
    /// Takes all packets off the chart.
    ClearPackets,
    /// Draws the packets of this moment where they are.
    ShowPackets,
    /// Puts the state into the address bar once it has rested.
    SaveHash,
    /// Puts it there now.
    SaveNow,
}
