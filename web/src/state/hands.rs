//! What is done by hand, in words, taken back and done again.
//!
//! Taking something back makes the run what it would be had it never been done, at the time that it is now. What Kubernetes
//! would write into YAML changes the text, too, and is taken back there as well.

use std::rc::Rc;

use portolan_core::diagnostic::Edit;
use portolan_core::sim::{Command, Event, Habits, Load};

use super::action::Effect;
use super::model::Model;
use super::written;
use crate::editor::apply;

/// So much can be taken back.
const MAX: usize = 100;

/// The hands-on state before or after something was done.
pub(super) struct Moment {
    /// What was done in between.
    words: String,
    done: Vec<Event>,
    duration: u64,
    load: Load,
    client: String,
    target: String,
    rate: f64,
    keep_alive: bool,
    habits: Habits,
    rules_mode: Option<portolan_core::cluster::ProxyMode>,
    text: Rc<str>,
}

/// What can be taken back, and what can be done again.
#[derive(Default)]
pub(crate) struct Hands {
    past: Vec<Moment>,
    future: Vec<Moment>,
    /// The text that the page is about to have made of the one before, without a new run.
    pub(super) own_text: Option<Rc<str>>,
    /// What to show of it then.
    pub(super) show: Option<u32>,
}

impl Hands {
    /// What would be taken back.
    pub(crate) fn undoes(&self) -> Option<&str> {
        self.past.last().map(|moment| moment.words.as_str())
    }

    /// What would be done again.
    pub(crate) fn redoes(&self) -> Option<&str> {
        self.future.last().map(|moment| moment.words.as_str())
    }
}

/// What a command does, in words.
pub(crate) fn words(command: &Command) -> String {
    match command {
        Command::KillPod(pod) => format!("kill pod {}", pod.name),
        Command::Crash(pod, None) => format!("crash pod {}", pod.name),
        Command::Crash(pod, Some(_)) => format!("crash pod {} again and again", pod.name),
        Command::Hang(pod) => format!("let pod {} hang", pod.name),
        Command::RestartBroken(kind, name, _) => format!("restart {kind} {} with a version that crashes", name.name),
        Command::SetZoneJoined(zone, true) => format!("join zone {zone} again"),
        Command::SetZoneJoined(zone, false) => format!("cut off zone {zone}"),
        Command::SetReady(pod, true) => format!("make pod {} ready", pod.name),
        Command::SetReady(pod, false) => format!("make pod {} unready", pod.name),
        Command::SetListen(pod, Some(port)) => format!("pod {} listens on {port}", pod.name),
        Command::SetListen(pod, None) => format!("pod {} listens as its manifest says", pod.name),
        Command::Scale(kind, name, replicas) => format!("scale {kind} {} to {replicas}", name.name),
        Command::Restart(kind, name) => format!("restart {kind} {}", name.name),
        Command::SetNodeRunning(node, true) => format!("start node {node}"),
        Command::SetNodeRunning(node, false) => format!("stop node {node}"),
        Command::Drain(node) => format!("drain node {node}"),
        Command::Uncordon(node) => format!("uncordon node {node}"),
        Command::SetProxyMode(mode) => format!("kube-proxy works in {} mode", mode.as_str()),
        Command::Send(load) => format!("send one request to {}", load.to),
        Command::SetServer(server) => format!("change how {} {} serves", server.kind, server.of.name),
        Command::StartLoad(load) => format!("{} sends to {}", load.from, load.to),
        Command::StopLoad(_) | Command::StopClient(_) => "a client stops".into(),
    }
}

impl Model {
    fn moment(&self, words: String) -> Moment {
        Moment {
            words,
            done: self.session.run().done().to_vec(),
            duration: self.session.run().duration(),
            load: self.session.load().clone(),
            client: self.client.clone(),
            target: self.target.clone(),
            rate: self.rate,
            keep_alive: self.keep_alive,
            habits: self.habits,
            rules_mode: self.rules_mode,
            text: self.session.text.clone(),
        }
    }

    /// Remembers how things are, because something is about to be done.
    pub(super) fn remember(&mut self, words: String) {
        let moment = self.moment(words);
        if self.hands.past.len() >= MAX {
            self.hands.past.remove(0);
        }
        self.hands.past.push(moment);
        self.hands.future.clear();
        self.said.clear();
    }

    /// Remembers how things are, because somebody else is about to send. Nothing to speak of before anything moved.
    pub(super) fn remember_client(&mut self, words: String) {
        if !self.session.run().is_fresh() {
            self.remember(words);
        }
    }

    /// Does something to the cluster.
    pub(super) fn perform(&mut self, command: Command) -> Vec<Effect> {
        self.remember(words(&command));
        let edit = match &command {
            Command::Scale(kind, name, replicas) => written::replicas(&self.session, kind, name, *replicas),
            _ => None,
        };
        // A person who says how pods serve has more to say.
        if !matches!(command, Command::SetServer(_)) {
            self.menu = None;
        }
        self.session.command(command);
        self.pinned = None;
        self.revision += 1;
        self.look();
        edit.map(|edit| self.write(edit)).unwrap_or_default()
    }

    /// Changes the text; the run goes on.
    pub(super) fn write(&mut self, edit: Edit) -> Vec<Effect> {
        let edits = vec![edit];
        self.hands.own_text = Some(apply(&self.session.text, &edits).into());
        vec![Effect::Apply(edits)]
    }

    /// Takes back what was done last, or does again what was taken back.
    pub(super) fn take_back(&mut self, back: bool) -> Vec<Effect> {
        let found = if back { self.hands.past.pop() } else { self.hands.future.pop() };
        let Some(mut to) = found else {
            self.said = if back { "Nothing to undo." } else { "Nothing to redo." }.into();
            return Vec::new();
        };
        let words = std::mem::take(&mut to.words);
        let now = self.moment(words.clone());
        if back {
            self.hands.future.push(now)
        } else {
            self.hands.past.push(now)
        }
        self.said = format!("{}: {words}", if back { "Undone" } else { "Done again" });
        (self.client, self.target) = (to.client, to.target);
        (self.rate, self.keep_alive, self.rules_mode) = (to.rate, to.keep_alive, to.rules_mode);
        self.habits = to.habits;
        self.session.redo(to.done, to.load);
        self.session.set_duration(to.duration);
        self.menu = None;
        self.pinned = None;
        self.revision += 1;
        self.look();
        let mut effects = vec![Effect::ClearPackets, Effect::ShowPackets, Effect::SaveHash];
        if let Some(edit) = written::difference(&self.session.text, &to.text) {
            effects.extend(self.write(edit));
        }
        effects
    }
}
