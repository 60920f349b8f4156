//! A pod's process as its kubelet sees it: started, probed, ready, started again.
//!
//! Follows pkg/kubelet/prober/{worker,prober_manager}.go. A probe's times are counted from the start of its container; the
//! first one is sent when its delay is over, the next ones a period apart. Probes that could change nothing are left out.

use std::rc::Rc;

use super::lifecycle::find;
use super::{Happening, LISTENS, Sim};
use crate::collections::{Map, Set};
use crate::controllers::workload;
use crate::net::Protocol;
use crate::objects::{Check, Life, ObjectRef, Pod, PodPhase, Probe};

const SECOND: u64 = 1_000_000;

/// What a probe is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Purpose {
    Startup,
    Readiness,
    Liveness,
}

/// What the kubelets know, and what their pods' processes do.
#[derive(Clone, Default)]
pub(super) struct Kubelets {
    pub(super) health: Map<ObjectRef, Health>,
    /// Pods whose readiness was taken from them by hand.
    pub(super) held: Set<ObjectRef>,
    /// Pods whose process answers nothing.
    pub(super) hung: Set<ObjectRef>,
    /// Pods that were deleted while their kubelet could not be reached.
    pub(super) unheard: Set<ObjectRef>,
}

/// One pod's process. A pod's containers are taken as one.
#[derive(Clone, Default)]
pub(super) struct Health {
    /// Tells this process from those before and after it.
    pub(super) epoch: u64,
    /// It runs; otherwise it waits to be started again.
    pub(super) up: bool,
    began: u64,
    /// Since when it is asked whether it is ready and alive: its start, or when its startup probe succeeded.
    started: Option<u64>,
    /// What its readiness probe says; true without one.
    pub(super) ready: bool,
    /// The kubelet is about to kill it.
    condemned: bool,
    /// How often it was started again.
    pub(super) restarts: u32,
    /// How long the next start waits, and since when that counts; nothing before the first end.
    pub(super) back_off: (u64, u64),
    runs: [Run; 3],
}

/// Results of a probe in a row.
#[derive(Clone, Copy, Default)]
struct Run {
    success: bool,
    length: u32,
    /// The next one is planned.
    planned: bool,
}

fn of(life: &Life, purpose: Purpose) -> Option<Probe> {
    match purpose {
        Purpose::Startup => life.startup,
        Purpose::Readiness => life.readiness,
        Purpose::Liveness => life.liveness,
    }
}

/// When the next probe is sent, at `now` or later.
fn next(probe: Probe, began: u64, since: u64, now: u64) -> u64 {
    let first = began.saturating_add(u64::from(probe.delay) * SECOND).max(since);
    let period = u64::from(probe.period.max(1)) * SECOND;
    first.saturating_add(now.saturating_sub(first).div_ceil(period).saturating_mul(period))
}

impl Sim {
    /// What is known of a pod's process; of one that was there from the start, that it runs.
    pub(super) fn health_of(&mut self, reference: &ObjectRef) -> Option<&mut Health> {
        if !self.kubelets.health.contains_key(reference) {
            let pod = self.pod(reference).filter(|pod| pod.phase == PodPhase::Running)?;
            let known = Health { up: true, started: Some(0), ready: pod.is_ready(), ..Health::default() };
            self.kubelets.health.insert(reference.clone(), known);
        }
        self.kubelets.health.get_mut(reference)
    }

    /// The number of a pod's process, for what is planned for it.
    fn epoch(&self, reference: &ObjectRef) -> u64 {
        self.kubelets.health.get(reference).map_or(0, |health| health.epoch)
    }

    /// Whether what was planned for a process still concerns it: it is the same one, and its machine runs.
    pub(super) fn is_process(&self, reference: &ObjectRef, epoch: u64) -> bool {
        self.kubelets.health.get(reference).is_some_and(|health| health.epoch == epoch)
            && self.pod(reference).is_some_and(|pod| !self.is_stopped(&pod.node))
    }

    /// A pod's process starts: it takes a while until it listens.
    pub(super) fn begin_process(&mut self, reference: &ObjectRef) {
        let Some(life) = self.pod(reference).map(|pod| pod.life) else { return };
        self.planned += 1;
        let (epoch, now) = (self.planned, self.now);
        let health = self.kubelets.health.entry(reference.clone()).or_default();
        *health = Health {
            epoch,
            up: true,
            began: now,
            started: life.startup.is_none().then_some(now),
            ready: life.readiness.is_none(),
            restarts: health.restarts,
            back_off: health.back_off,
            ..Health::default()
        };
        self.kubelets.hung.remove(reference);
        self.closed.insert(reference.clone(), true);
        self.after(LISTENS, Happening::Listens(reference.clone(), epoch));
        if let Some(millis) = life.crashes_after {
            self.after(u64::from(millis) * 1_000, Happening::Crashes(reference.clone(), epoch));
        }
        self.report_readiness(reference);
        self.wake_probes(reference);
    }

    /// A process that has started listens.
    pub(super) fn listens_now(&mut self, reference: &ObjectRef, epoch: u64) {
        let serves = self.pod(reference).is_some_and(|pod| !pod.meta.deleting);
        if serves && self.is_process(reference, epoch) {
            self.closed.remove(reference);
            self.wake_probes(reference);
        }
    }

    /// Something has changed that a pod's probes may find out: they are sent again.
    pub(super) fn wake_probes(&mut self, reference: &ObjectRef) {
        let Some(life) = self.pod(reference).map(|pod| pod.life) else { return };
        if life.readiness.is_none() && life.liveness.is_none() && life.startup.is_none() {
            return;
        }
        if self.health_of(reference).is_none() {
            return;
        }
        for purpose in [Purpose::Startup, Purpose::Readiness, Purpose::Liveness] {
            let now = self.now;
            let Some(probe) = of(&life, purpose) else { continue };
            let Some(health) = self.kubelets.health.get_mut(reference) else { return };
            let since = match purpose {
                Purpose::Startup if health.started.is_some() => continue,
                Purpose::Startup => health.began,
                _ => match health.started {
                    Some(since) => since,
                    None => continue,
                },
            };
            let at = next(probe, health.began, since, now);
            let epoch = health.epoch;
            let wanted = health.up && !health.condemned;
            if let Some(run) = health.runs.get_mut(purpose as usize).filter(|run| wanted && !run.planned) {
                run.planned = true;
                self.plan(at, Happening::Probed(reference.clone(), epoch, purpose));
            }
        }
    }

    /// What a probe finds.
    fn finds(&self, pod: &Pod, reference: &ObjectRef, probe: Probe) -> bool {
        let takes = |port: Option<u16>| {
            !self.closed.contains_key(reference) && port.is_none_or(|port| pod.listens(Protocol::Tcp, port))
        };
        let wait = || self.wait_of(reference);
        match probe.check {
            Check::Run => true,
            Check::Connect(port) => takes(port) && wait().is_some(),
            Check::Ask(port) => {
                takes(port)
                    && !self.kubelets.hung.contains(reference)
                    && wait().is_some_and(|wait| wait <= u64::from(probe.timeout) * SECOND)
            }
        }
    }

    /// A probe is sent, and answered at once.
    pub(super) fn probed(&mut self, reference: &ObjectRef, epoch: u64, purpose: Purpose) {
        if !self.is_process(reference, epoch) {
            return;
        }
        let Some(pod) = self.pod(reference) else { return };
        let (deleting, Some(probe)) = (pod.meta.deleting, of(&pod.life, purpose)) else { return };
        let success = self.finds(pod, reference, probe);
        // While it has more to do than it can, the next probe may find something else.
        let strained = self.is_strained(reference);
        let now = self.now;
        let Some(health) = self.kubelets.health.get_mut(reference) else { return };
        let Some(run) = health.runs.get_mut(purpose as usize) else { return };
        run.planned = false;
        run.length = if run.success == success { run.length.saturating_add(1) } else { 1 };
        run.success = success;
        let settled = run.length >= if success { probe.successes } else { probe.failures };
        if deleting || !health.up || health.condemned {
            return;
        }
        let seconds = u64::from(probe.period.max(1)) * SECOND;
        if !settled || strained || purpose == Purpose::Startup && !success {
            run.planned = true;
            self.plan(now.saturating_add(seconds), Happening::Probed(reference.clone(), epoch, purpose));
        }
        if !settled {
            return;
        }
        let Some(health) = self.kubelets.health.get_mut(reference) else { return };
        match (purpose, success) {
            (Purpose::Startup, true) => {
                health.started = Some(now);
                self.report_readiness(reference);
                self.wake_probes(reference);
            }
            (Purpose::Readiness, ready) => {
                if std::mem::replace(&mut health.ready, ready) != ready {
                    self.report_readiness(reference);
                }
            }
            (Purpose::Liveness, true) => {}
            (Purpose::Startup | Purpose::Liveness, false) => self.condemn(reference, purpose),
        }
    }

    /// The kubelet reports whether a pod is ready, if it reaches the API server.
    pub(super) fn report_readiness(&mut self, reference: &ObjectRef) {
        let says_no = |pod: &Pod| pod.meta.annotations.get(workload::READY).is_some_and(|text| text == "false");
        let Some(pod) = self.pod(reference) else { return };
        if pod.meta.deleting || pod.phase != PodPhase::Running || !self.reaches_api(&pod.node) {
            return;
        }
        let (was, held) = (pod.is_ready(), says_no(pod) || self.kubelets.held.contains(reference));
        let Some(health) = self.health_of(reference) else { return };
        let ready = health.up && health.started.is_some() && health.ready && !held;
        if ready != was {
            self.change(reference, |pod| pod.ready = Some(ready));
            let text = format!("Pod {} is {}ready.", reference.name, if ready { "" } else { "not " });
            self.note(text, Some(("Pod", reference.clone())));
        }
    }

    /// The kubelet kills a process whose probe failed, and starts it again: SIGTERM first, which one that hangs does not
    /// hear.
    fn condemn(&mut self, reference: &ObjectRef, purpose: Purpose) {
        let hangs = self.kubelets.hung.contains(reference);
        let Some(life) = self.pod(reference).map(|pod| pod.life) else { return };
        let Some(health) = self.kubelets.health.get_mut(reference) else { return };
        health.condemned = true;
        let epoch = health.epoch;
        let what = if purpose == Purpose::Startup { "startup" } else { "liveness" };
        let text =
            format!("Pod {} failed its {what} probe: its container is killed and started again.", reference.name);
        self.note(text, Some(("Pod", reference.clone())));
        let end = if hangs { u64::from(life.grace) * SECOND } else { super::lifecycle::end_of(life).1 };
        self.after(end, Happening::Crashes(reference.clone(), epoch));
    }

    /// Lets go of a pod that is gone.
    pub(super) fn forget_process(&mut self, reference: &ObjectRef) {
        self.kubelets.health.remove(reference);
        self.kubelets.held.remove(reference);
        self.kubelets.hung.remove(reference);
        self.kubelets.unheard.remove(reference);
    }

    /// Makes a pod's Ready condition true or false by hand.
    pub(super) fn set_ready(&mut self, reference: &ObjectRef, ready: bool) {
        let Some(reference) = self.named(reference) else { return self.missing(reference) };
        if ready {
            self.kubelets.held.remove(&reference);
        } else {
            // Known before it is taken away.
            self.health_of(&reference);
            self.kubelets.held.insert(reference.clone());
        }
        self.change(&reference, |pod| pod.ready = Some(ready));
        let text = format!("Pod {} is {}ready.", reference.name, if ready { "" } else { "not " });
        self.note(text, Some(("Pod", reference)));
    }

    /// How often the container of a pod was started again; and until when the kubelet waits to do so, if it does.
    pub fn restarts(&self, pod: &ObjectRef) -> (u32, bool) {
        self.kubelets.health.get(pod).map_or((0, false), |health| (health.restarts, !health.up))
    }

    /// The kubelet and all processes of a node begin anew.
    pub(super) fn boot(&mut self, node: &str) {
        for reference in self.pods_on(node, |pod| pod.phase == PodPhase::Running) {
            self.health_of(&reference);
            self.drop_in_hand(&reference);
            if let Some(health) = self.kubelets.health.get_mut(&reference) {
                health.restarts = health.restarts.saturating_add(1);
            }
            self.begin_process(&reference);
        }
    }

    /// Changes how a pod lives, without anybody's notice.
    pub(super) fn change_life(&mut self, reference: &ObjectRef, change: impl FnOnce(&mut Life)) {
        let Some(at) = find(&self.cluster, reference) else { return };
        if let Some(pod) = Rc::make_mut(&mut self.cluster).pods.get_mut(at) {
            change(&mut pod.life);
        }
    }

    /// The number of the process that a pod has now.
    pub(super) fn process(&mut self, reference: &ObjectRef) -> Option<u64> {
        self.health_of(reference)?;
        Some(self.epoch(reference))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_sent_a_period_apart_from_the_end_of_their_delay_on() {
        let probe = Probe { delay: 5, period: 10, timeout: 1, failures: 3, successes: 1, check: Check::Run };
        let at = |began: u64, since: u64, now: u64| next(probe, began * SECOND, since * SECOND, now * SECOND) / SECOND;
        assert_eq!((at(0, 0, 0), at(0, 0, 5), at(0, 0, 6), at(0, 0, 25), at(0, 0, 26)), (5, 5, 15, 25, 35));
        assert_eq!(at(100, 107, 100), 107, "not before its startup probe succeeded");
    }
}
