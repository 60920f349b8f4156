//! Processes that end, hang, and are started again.
//!
//! Follows pkg/kubelet/kuberuntime (`doBackOff`) and client-go's `flowcontrol.Backoff`: the first start comes at once, the
//! next ones wait 10 s, 20 s and so on up to five minutes, counted from the end of the process; a process that ends more than
//! ten minutes after its last start is as one that never ended.

use super::{Happening, Sim};
use crate::objects::{ObjectRef, PodPhase};

/// From the end of a process until its kubelet notices: the pod lifecycle event generator looks every second.
pub const RELIST: u64 = 1_000_000;
/// The wait before the second start, and the longest.
pub const BACK_OFF: (u64, u64) = (10_000_000, 300_000_000);

/// How long a container waits that ended at `ended`, from then on, and what the next one waits if it starts at `starts`.
fn wait((delay, since): (u64, u64), ended: u64) -> (u64, u64) {
    let (first, most) = BACK_OFF;
    if delay == 0 || ended.saturating_sub(since) > 2 * most {
        (0, first)
    } else {
        (delay, delay.saturating_mul(2).min(most))
    }
}

impl Sim {
    /// A pod's process ends; `again` is after how many microseconds it will end anew, each time that it has started.
    pub(super) fn crash(&mut self, reference: &ObjectRef, again: Option<u64>) {
        let Some(reference) = self.named(reference) else { return self.missing(reference) };
        if let Some(again) = again {
            // A document's durations are read up to ten minutes.
            let millis = u32::try_from(again / 1_000).unwrap_or(u32::MAX);
            self.change_life(&reference, |life| life.crashes_after = Some(millis));
        }
        if let Some(epoch) = self.process(&reference) {
            self.crashed(&reference, epoch);
        }
    }

    /// A pod's process ends by itself, or is killed.
    pub(super) fn crashed(&mut self, reference: &ObjectRef, epoch: u64) {
        if !self.is_process(reference, epoch) {
            return;
        }
        self.planned += 1;
        let next = self.planned;
        let Some(health) = self.kubelets.health.get_mut(reference).filter(|health| health.up) else { return };
        health.up = false;
        health.epoch = next;
        self.kubelets.hung.remove(reference);
        self.closed.insert(reference.clone(), true);
        self.drop_in_hand(reference);
        let text = format!("The process of pod {} ends: connections are refused.", reference.name);
        self.note(text, Some(("Pod", reference.clone())));
        self.disconnect(reference);
        let ended = self.now;
        self.after(RELIST, Happening::Noticed(reference.clone(), next, ended));
    }

    /// The kubelet notices that a process has ended.
    pub(super) fn noticed(&mut self, reference: &ObjectRef, epoch: u64, ended: u64) {
        let Some(pod) = self.pod(reference).filter(|pod| !pod.meta.deleting) else { return };
        let restarts = pod.life.restarts;
        if !self.is_process(reference, epoch) {
            return;
        }
        let Some(health) = self.kubelets.health.get_mut(reference) else { return };
        let (delay, following) = wait(health.back_off, ended);
        let at = ended.saturating_add(delay).max(self.now);
        health.back_off = (following, at);
        self.report_readiness(reference);
        if !restarts {
            self.change(reference, |pod| pod.phase = PodPhase::Failed);
            let text = format!("Pod {} has failed: it is not restarted (restartPolicy Never).", reference.name);
            return self.note(text, Some(("Pod", reference.clone())));
        }
        if delay > 0 {
            let text = format!("CrashLoopBackOff: back-off {} s restarting pod {}.", delay / 1_000_000, reference.name);
            self.note(text, Some(("Pod", reference.clone())));
        }
        self.plan(at, Happening::Restarts(reference.clone(), epoch));
    }

    /// The kubelet starts a container again.
    pub(super) fn restarts_now(&mut self, reference: &ObjectRef, epoch: u64) {
        if !self.is_process(reference, epoch) || self.pod(reference).is_none_or(|pod| pod.meta.deleting) {
            return;
        }
        let Some(health) = self.kubelets.health.get_mut(reference) else { return };
        health.restarts = health.restarts.saturating_add(1);
        let text =
            format!("The container of pod {} is started again, for the {}.", reference.name, times(health.restarts));
        self.note(text, Some(("Pod", reference.clone())));
        self.begin_process(reference);
    }

    /// A pod's process goes on listening and answers nothing, until it is started again.
    pub(super) fn hang(&mut self, reference: &ObjectRef) {
        let Some(reference) = self.named(reference) else { return self.missing(reference) };
        if self.process(&reference).is_none() || !self.kubelets.hung.insert(reference.clone()) {
            return;
        }
        self.note(
            format!("The process of pod {} hangs: it answers nothing.", reference.name),
            Some(("Pod", reference.clone())),
        );
        self.leave_in_hand(&reference);
        self.wake_probes(&reference);
    }
}

fn times(n: u32) -> String {
    match n {
        1 => "first time".into(),
        2 => "second time".into(),
        3 => "third time".into(),
        n => {
            let ending = match (n % 10, n % 100) {
                (_, 11..=13) => "th",
                (1, _) => "st",
                (2, _) => "nd",
                (3, _) => "rd",
                _ => "th",
            };
            format!("{n}{ending} time")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_are_counted_as_people_count() {
        let said = [1, 3, 4, 11, 12, 13, 21, 22, 23, 24, 101, 111, 112, 121].map(times);
        let said: Vec<&str> = said.iter().filter_map(|one| one.strip_suffix(" time")).collect();
        let wanted = "first third 4th 11th 12th 13th 21st 22nd 23rd 24th 101st 111th 112th 121st";
        assert_eq!(said.join(" "), wanted);
    }

    #[test]
    fn each_start_waits_twice_as_long_up_to_five_minutes() {
        let (mut state, mut ended, mut waits) = ((0, 0), 0, Vec::new());
        for _ in 0..8 {
            let (delay, next) = wait(state, ended);
            waits.push(delay / 1_000_000);
            state = (next, ended + delay);
            ended += delay + 1_000_000;
        }
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(wait(state, ended + 601_000_000), (0, 10_000_000));
    }
}
