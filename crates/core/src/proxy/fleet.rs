//! Every node's kube-proxy, made when it is first asked for and kept until the cluster changes.

use crate::collections::Map;
use std::rc::Rc;

use super::affinity::Affinity;
use super::node::NodeProxy;
use crate::cluster::{Addresses, Cluster};
use crate::objects::ObjectRef;

/// The proxies of a cluster, and what each remembers for session affinity.
#[derive(Clone, Debug, Default)]
pub struct Fleet {
    proxies: Map<String, Rc<NodeProxy>>,
    addresses: Option<Rc<Addresses>>,
    /// By node.
    pub affinity: Map<String, Affinity>,
}

impl Fleet {
    /// The proxy of a node; the cluster must be the one of earlier calls, or [`Fleet::refresh`] goes before.
    pub fn proxy(&mut self, cluster: &Cluster, node: &str) -> Rc<NodeProxy> {
        if let Some(proxy) = self.proxies.get(node) {
            return Rc::clone(proxy);
        }
        let proxy = Rc::new(NodeProxy::new(cluster, node));
        self.proxies.insert(node.to_string(), Rc::clone(&proxy));
        proxy
    }

    /// Who has which address; the cluster must be the one of earlier calls, or [`Fleet::forget_addresses`] goes before.
    pub fn addresses(&mut self, cluster: &Cluster) -> Rc<Addresses> {
        Rc::clone(self.addresses.get_or_insert_with(|| Rc::new(Addresses::new(cluster))))
    }

    /// Pods, slices or Services changed.
    pub fn forget_addresses(&mut self) {
        self.addresses = None;
    }

    /// Makes one node's rules anew when they are next asked for: that node took over a change.
    pub fn refresh_node(&mut self, node: &str) {
        self.forget_addresses();
        self.proxies.remove(node);
    }

    /// Takes over a change of one Service or of its slices on every node.
    pub fn update_service(&mut self, cluster: &Cluster, service: &ObjectRef) {
        self.forget_addresses();
        for proxy in self.proxies.values_mut() {
            Rc::make_mut(proxy).update_service(cluster, service);
        }
    }

    /// Forgets the rules, since the cluster changed; what is remembered of clients stays.
    pub fn refresh(&mut self) {
        self.forget_addresses();
        self.proxies.clear();
    }
}
