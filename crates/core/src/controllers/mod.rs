//! Workloads to pods on nodes, EndpointSlices from selectors, addresses from the cloud's load balancer.
//!
//! What kube-controller-manager, the scheduler, the kubelets and a cloud do between the API server's store and the
//! cluster that traffic meets. Everything here is a function from typed objects to typed objects.

pub mod endpoints;
pub mod endpointslice;
mod hash;
pub mod load_balancer;
pub mod mirroring;
pub mod nodes;
pub mod print;
pub mod schedule;
pub mod workload;

use crate::objects::Origin;

/// The origin of an object that a controller makes for another: the place in the other's document that describes it.
pub(crate) fn on_behalf(owner: &Origin, inside: &str) -> Origin {
    match owner {
        Origin::Cluster => Origin::Cluster,
        Origin::Document { document, path } if path.is_empty() => {
            Origin::OnBehalf { document: *document, path: inside.to_string() }
        }
        Origin::Document { document, path } => {
            Origin::OnBehalf { document: *document, path: format!("{path}.{inside}") }
        }
        Origin::OnBehalf { .. } => owner.clone(),
    }
}
