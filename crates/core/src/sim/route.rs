//! Where a connection goes: the seam between simulated time and [`packet`](crate::packet).

use crate::cluster::{Client, Cluster};
use crate::net::{Addr, Protocol};
use crate::packet::Trace;

/// A connection to be opened.
pub struct Connect<'a> {
    /// Who opens it.
    pub from: &'a Client,
    /// To what, as the command line's TARGET.
    pub to: &'a str,
    /// By which protocol.
    pub protocol: Protocol,
    /// Decides every choice on the way; the same number, the same choices.
    pub draw: u64,
    /// The endpoint that session affinity asks for, if it can still be chosen.
    pub prefer: Option<Addr>,
}

/// Finds the way of a connection through a cluster, as the proxies that hold this cluster's slices send it.
pub trait Router {
    /// The way of one connection; the same cluster and connection give the same way.
    fn trace(&self, view: &Cluster, connect: &Connect<'_>) -> Trace;
}
