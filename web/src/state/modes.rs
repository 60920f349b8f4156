//! kube-proxy's mode, switched by the reader: the request in focus is made once more, and both fates are kept to compare.

use std::rc::Rc;

use portolan_core::cluster::{Client, Place, ProxyMode};
use portolan_core::packet::Trace;
use portolan_core::proxy::{NodeProxy, rules};
use portolan_core::sim::{Command, Load};

use super::action::Effect;
use super::model::Model;
use super::session::Recent;

/// The modes, in the order in which they are offered.
pub(crate) const MODES: [ProxyMode; 3] = [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs];
/// More Service ports than this, and nobody counts the lines of a whole text.
const MAX_COUNTED: usize = 600;

/// One request in two modes.
pub(crate) struct Compared {
    /// The mode before, and what became of the request in it.
    pub(crate) before: (ProxyMode, Rc<Trace>),
    /// The mode now.
    pub(crate) after: (ProxyMode, Rc<Trace>),
    /// Lines of the node's rule text in both, where they were counted.
    pub(crate) lines: Option<(String, [usize; 2])>,
}

/// The node whose kube-proxy had the packet in its hands first.
pub(crate) fn proxy_of(trace: &Trace) -> Option<&str> {
    let ruled = trace.hops.iter().find(|hop| hop.ruled.is_some());
    ruled.into_iter().chain(&trace.hops).find_map(|hop| match &hop.at {
        Place::Proxy(name) => Some(name.as_str()),
        _ => None,
    })
}

impl Model {
    /// Every node's kube-proxy works in another mode from now on.
    pub(super) fn switch_mode(&mut self, mode: ProxyMode) -> Vec<Effect> {
        let before = self.session.cluster.settings.proxy.mode;
        if mode == before {
            return Vec::new();
        }
        self.hold();
        let node = self.rules_node();
        let count = |model: &Model| {
            let proxy = NodeProxy::new(&model.session.cluster, &node);
            (proxy.ports.len() <= MAX_COUNTED).then(|| rules::list(&proxy, None).lines.len())
        };
        let lines = count(self);
        self.remember(super::hands::words(&Command::SetProxyMode(mode)));
        self.session.command(Command::SetProxyMode(mode));
        self.rules_mode = (mode != self.session.own_mode()).then_some(mode);
        let lines = lines.zip(count(self)).map(|(was, is)| (node, [was, is]));
        self.revision += 1;
        self.look();
        if let Some(was) = self.pinned.clone()
            && let Some(again) = self.again(&was)
        {
            let again = Rc::new(again);
            self.compared = Some(Compared { before: (before, was.trace.clone()), after: (mode, again.clone()), lines });
            self.pinned = Some(Recent { trace: again, ..was });
        }
        vec![Effect::SaveHash]
    }

    /// The same request as things are now.
    fn again(&self, was: &Recent) -> Option<Trace> {
        let load = Load {
            name: String::new(),
            from: Client::parse(&was.from).ok()?,
            to: was.to.clone(),
            protocol: was.trace.protocol,
            rate: 0.0,
            keep_alive: false,
            habits: Default::default(),
        };
        crate::engine::again(&self.session.cluster, &load, self.session.seed, &was.trace)
    }

    /// Goes on with the mode that the reader chose, unless the new text asks for another than the old one did.
    pub(super) fn keep_mode(&mut self, before: ProxyMode) {
        let own = self.session.own_mode();
        match self.rules_mode.take() {
            Some(mode) if own == before && mode != own => {
                self.rules_mode = Some(mode);
                self.session.command(Command::SetProxyMode(mode));
                self.look();
            }
            _ => {}
        }
    }

    /// Holds the request in focus, so that it stays while others come.
    pub(super) fn hold(&mut self) {
        if self.pinned.is_some() {
            return;
        }
        let shown = self.shown();
        let seen =
            self.session.recent.front().filter(|recent| shown.as_ref().is_some_and(|t| Rc::ptr_eq(t, &recent.trace)));
        self.pinned = seen.cloned().or_else(|| {
            let (from, to) = (self.client.clone(), self.target.clone());
            shown.map(|trace| Recent { id: u64::MAX, from, to, trace, at: self.session.now(), took: 0 })
        });
    }

    /// The comparison, while the request that it is about is in focus.
    pub(crate) fn compared(&self) -> Option<&Compared> {
        let pinned = self.pinned.as_ref()?;
        self.compared.as_ref().filter(|compared| Rc::ptr_eq(&compared.after.1, &pinned.trace))
    }

    /// The node whose rules are shown: the one chosen, else the one that had the request in focus.
    pub(crate) fn rules_node(&self) -> String {
        let nodes = &self.session.cluster.nodes;
        let chosen = self.rules_node.clone().filter(|name| nodes.iter().any(|node| node.meta.name == *name));
        chosen
            .or_else(|| self.shown().as_deref().and_then(proxy_of).map(String::from))
            .unwrap_or_else(|| nodes.last().map_or_else(String::new, |node| node.meta.name.clone()))
    }
}
