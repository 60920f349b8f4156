//! Letting go of a world in parts: to free a large one takes a good part of the time that it took to make.

use std::rc::Rc;

use super::World;
use crate::cluster::Cluster;
use crate::pace::Pace;

impl World {
    /// Frees it, with rests.
    pub async fn let_go(self, pace: &Pace) {
        let World { documents, answers, sent, diagnostics, cluster, stored, store, base, .. } = self;
        free(documents, 12, pace).await;
        free(answers, 8, pace).await;
        free(diagnostics, 1, pace).await;
        free(sent, 1, pace).await;
        free(stored.into_inner().unwrap_or_default(), 8, pace).await;
        free_cluster(cluster, pace).await;
        let before = base.and_then(|base| Rc::try_unwrap(base).ok()).map(|base| base.into_store());
        for store in [Some(store), before].into_iter().flatten() {
            if let Ok(store) = Rc::try_unwrap(store) {
                store.let_go(pace).await;
            }
        }
    }
}

/// Frees a cluster, with rests.
pub async fn free_cluster(cluster: Cluster, pace: &Pace) {
    let Cluster { services, slices, pods, .. } = cluster;
    free(services, 4, pace).await;
    free(slices, 4, pace).await;
    free(pods, 4, pace).await;
}

async fn free<T>(all: Vec<T>, units: u32, pace: &Pace) {
    for one in all {
        drop(one);
        pace.spend(units).await;
    }
}
