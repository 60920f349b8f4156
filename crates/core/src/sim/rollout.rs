//! Rollouts: a workload's pods are replaced as its strategy says.
//!
//! Upstream: pkg/controller/deployment/{rolling,recreate}.go, pkg/controller/statefulset/stateful_set_control.go,
//! pkg/controller/daemon/update.go.

use super::workloads::{Template, count, owner_of, owns};
use super::{Happening, Sim};
use crate::controllers::workload::Strategy;
use crate::objects::{ObjectRef, Pod};
use crate::sort;

/// Where a Deployment does not say it (`progressDeadlineSeconds`).
const DEADLINE: u32 = 600;

/// A workload's pods, by what owns them: kind and name.
type Owner = (String, ObjectRef);

/// One under way.
#[derive(Clone)]
pub(super) struct Rollout {
    kind: String,
    workload: ObjectRef,
    way: Way,
    /// Its progress: pods of the new kind, of the old one, ready and available ones, and since when they are so many.
    seen: [u32; 4],
    since: u64,
    /// That it takes too long was said.
    said: bool,
}

impl Rollout {
    fn is_of(&self, kind: &str, workload: &ObjectRef) -> bool {
        self.kind == kind && self.workload == *workload
    }
}

#[derive(Clone)]
enum Way {
    /// A Deployment's: from its ReplicaSets to a new one.
    Deployment { new: Owner, replicas: u32, limits: Option<(u32, u32)> },
    /// These pods, the last first, each made anew in its place; by name and birth.
    InPlace { owner: Owner, left: Vec<(ObjectRef, u64)>, at_a_time: u32 },
}

impl Sim {
    /// Begins to replace a workload's pods.
    pub(super) fn restart(&mut self, kind: &str, workload: &ObjectRef, breaks: Option<u64>) {
        let owners: Vec<Owner> = self.templates.keys().filter(|owner| owns(owner, kind, workload)).cloned().collect();
        let Some(owner) = owners.last().cloned() else {
            return self.note(format!("{kind} {workload} has no pods that could be replaced."), None);
        };
        let policy = self.policies.get(&(kind.to_string(), workload.clone())).copied();
        let strategy = policy.map(|policy| policy.strategy);
        // While pods are exchanged there are more, or fewer, of them than are wanted.
        let wanted = self.rollouts.iter().find_map(|rollout| match rollout.way {
            Way::Deployment { replicas, .. } if rollout.is_of(kind, workload) => Some(replicas),
            _ => None,
        });
        let replicas = wanted.unwrap_or_else(|| self.replicas(&owners));
        let way = match (strategy, kind) {
            (Some(Strategy::OnDelete), _) => {
                let text = format!("{kind} {} replaces a pod only when somebody deletes it.", workload.name);
                return self.note(text, None);
            }
            (Some(Strategy::Recreate), _) => {
                Way::Deployment { new: self.new_replica_set(&owner, workload), replicas, limits: None }
            }
            (Some(Strategy::Rolling(surge)), _) => Way::Deployment {
                new: self.new_replica_set(&owner, workload),
                replicas,
                limits: Some(surge.of(replicas)),
            },
            // The defaults, where only pods are known: a quarter more, a quarter fewer.
            (None, "Deployment") => Way::Deployment {
                new: self.new_replica_set(&owner, workload),
                replicas,
                limits: Some((replicas.div_ceil(4).max(1), replicas / 4)),
            },
            (in_place, _) => {
                let (at_a_time, partition) = match in_place {
                    Some(Strategy::InPlace(in_place)) => (in_place.of(replicas), in_place.partition),
                    _ => (1, 0),
                };
                let mut left = self.live(&owner);
                sort::by_key(&mut left, ordinal);
                let stateful = kind == "StatefulSet";
                left.retain(|reference| !stateful || ordinal(reference) >= partition);
                let left = left.into_iter().map(|reference| (self.birth(&reference), reference));
                let left = left.map(|(birth, reference)| (reference, birth)).collect();
                Way::InPlace { owner: owner.clone(), left, at_a_time }
            }
        };
        let crashes_after = breaks.map(|after| u32::try_from(after / 1_000).unwrap_or(u32::MAX));
        let changed = if let Way::Deployment { new, .. } = &way { new } else { &owner };
        if let Some(template) = self.templates.get_mut(changed) {
            template.pod.life.crashes_after = crashes_after;
        }
        self.note(format!("{kind} {} is restarted.", workload.name), None);
        // A rollout that was under way ends where it is: its pods are old ones, too, now.
        self.rollouts.retain(|rollout| !rollout.is_of(kind, workload));
        self.rollouts.push(Rollout {
            kind: kind.to_string(),
            workload: workload.clone(),
            way,
            seen: [0; 4],
            since: self.now,
            said: false,
        });
    }

    /// Another number of replicas for a Deployment that is being rolled out; whether there is one.
    pub(super) fn scale_rollout(&mut self, kind: &str, workload: &ObjectRef, wanted: u32) -> bool {
        let policy = self.policies.get(&(kind.to_string(), workload.clone())).copied();
        let strategy = policy.map(|policy| policy.strategy);
        for rollout in self.rollouts.iter_mut().filter(|one| one.is_of(kind, workload)) {
            if let Way::Deployment { replicas, limits, .. } = &mut rollout.way {
                *replicas = wanted;
                if let Some(Strategy::Rolling(surge)) = strategy {
                    *limits = Some(surge.of(wanted));
                }
                return true;
            }
        }
        false
    }

    /// Takes every rollout as far as it may go now.
    pub(super) fn go_on_with_rollouts(&mut self) {
        if self.rollouts.is_empty() {
            return;
        }
        let mut under_way = std::mem::take(&mut self.rollouts);
        under_way.retain_mut(|rollout| {
            let policy = self.policies.get(&(rollout.kind.clone(), rollout.workload.clone())).copied();
            let rest = u64::from(policy.map_or(0, |policy| policy.min_ready)) * 1_000_000;
            let done = match &mut rollout.way {
                Way::Deployment { new, replicas, limits } => {
                    self.roll(&rollout.workload, new, *replicas, *limits, rest)
                }
                Way::InPlace { owner, left, at_a_time } => self.replace(owner, left, *at_a_time, rest),
            };
            if !done {
                self.look_for_progress(rollout, policy.map_or(DEADLINE, |policy| policy.deadline), rest);
            }
            if done {
                self.note(format!("The rollout of {} {} is complete.", rollout.kind, rollout.workload.name), None);
            }
            !done
        });
        self.rollouts = under_way;
    }

    /// One step of a Deployment's; whether it is complete.
    fn roll(
        &mut self,
        deployment: &ObjectRef,
        new: &Owner,
        wanted: u32,
        limits: Option<(u32, u32)>,
        rest: u64,
    ) -> bool {
        let is_old = |owner: &&Owner| owns(owner, "Deployment", deployment) && *owner != new;
        let old: Vec<Owner> = self.templates.keys().filter(is_old).cloned().collect();
        match limits {
            None => {
                for owner in &old {
                    self.resize(owner, 0);
                }
                let there = self.cluster.pods.iter().any(|pod| owner_of(pod).is_some_and(|by| old.contains(&by)));
                self.resize(new, if there { 0 } else { wanted });
            }
            // What went down makes room to go up: each step is a look of the controller.
            Some(limits) => while self.exchange(&old, new, wanted, limits, rest) {},
        }
        let complete = self.replicas(&old) == 0 && self.available(std::slice::from_ref(new), rest) >= wanted;
        if complete {
            // Their pods terminate, and nothing of them comes back.
            for owner in &old {
                self.templates.remove(owner);
            }
        }
        complete
    }

    /// `reconcileNewReplicaSet` and `reconcileOldReplicaSets`: up first, then what that allows down. Whether anything
    /// changed; the new ones only become more and the old ones fewer, so that there is an end to it.
    fn exchange(&mut self, old: &[Owner], new: &Owner, wanted: u32, limits: (u32, u32), rest: u64) -> bool {
        let (surge, unavailable) = limits;
        let have = self.replicas(std::slice::from_ref(new));
        let all = have.saturating_add(self.replicas(old));
        let before = (have, all);
        let more = wanted.saturating_add(surge).saturating_sub(all).min(wanted.saturating_sub(have));
        self.resize(new, if have > wanted { wanted } else { have.saturating_add(more) });

        let have = self.replicas(std::slice::from_ref(new));
        let least = wanted.saturating_sub(unavailable);
        let starting = have.saturating_sub(self.available(std::slice::from_ref(new), rest));
        let all = have.saturating_add(self.replicas(old));
        let mut room = all.saturating_sub(least).saturating_sub(starting);
        // Those that serve nobody go first.
        for owner in old {
            let replicas = self.replicas(std::slice::from_ref(owner));
            let idle = replicas.saturating_sub(self.available(std::slice::from_ref(owner), rest)).min(room);
            room -= idle;
            self.resize(owner, replicas - idle);
        }
        let ready = self.available(old, rest).saturating_add(self.available(std::slice::from_ref(new), rest));
        let mut room = room.min(ready.saturating_sub(least));
        for owner in old {
            let replicas = self.replicas(std::slice::from_ref(owner));
            let leave = replicas.min(room);
            room -= leave;
            self.resize(owner, replicas - leave);
        }
        let have = self.replicas(std::slice::from_ref(new));
        before != (have, have.saturating_add(self.replicas(old)))
    }

    /// One step of pods that are replaced in their places; whether none is left.
    fn replace(&mut self, owner: &Owner, left: &mut Vec<(ObjectRef, u64)>, at_a_time: u32, rest: u64) -> bool {
        let wanted = self.replicas(std::slice::from_ref(owner));
        let mut missing = wanted.saturating_sub(self.available(std::slice::from_ref(owner), rest));
        while missing < at_a_time.max(1)
            && let Some((reference, birth)) = left.pop()
        {
            let same = self.birth(&reference) == birth;
            if same && self.pod(&reference).is_some_and(|pod| !pod.meta.deleting) {
                self.terminate(&reference);
                missing = missing.saturating_add(1);
            }
        }
        left.is_empty() && missing == 0
    }

    /// A ReplicaSet like `like`, of no pods yet, under a name of its own.
    fn new_replica_set(&mut self, like: &Owner, deployment: &ObjectRef) -> Owner {
        let name = self.new_name(&deployment.namespace, &deployment.name);
        let hash = name.rsplit_once('-').map_or_else(String::new, |(_, hash)| hash.to_string());
        let owner = ("ReplicaSet".to_string(), ObjectRef::new(&deployment.namespace, &name));
        if let Some(template) = self.templates.get(like) {
            let mut template = Template { replicas: 0, ..template.clone() };
            if let Some(by) = &mut template.pod.meta.owner {
                by.name = name;
            }
            if let Some(label) = template.pod.meta.labels.get_mut("pod-template-hash") {
                *label = hash;
            }
            self.templates.insert(owner.clone(), template);
        }
        owner
    }

    fn resize(&mut self, owner: &Owner, replicas: u32) {
        let Some(template) = self.templates.get_mut(owner).filter(|template| template.replicas != replicas) else {
            return;
        };
        template.replicas = replicas;
        self.fill_up(owner);
    }

    fn replicas(&self, owners: &[Owner]) -> u32 {
        let all = owners.iter().filter_map(|owner| self.templates.get(owner));
        all.fold(0, |sum: u32, template| sum.saturating_add(template.replicas))
    }

    /// The pods of an owner that do not terminate.
    fn live(&self, owner: &Owner) -> Vec<ObjectRef> {
        let of = |pod: &&Pod| !pod.meta.deleting && owner_of(pod).as_ref() == Some(owner);
        self.cluster.pods.iter().filter(of).map(|pod| pod.meta.reference()).collect()
    }

    /// Those that have been ready for so many microseconds (`minReadySeconds`).
    fn available(&self, owners: &[Owner], rest: u64) -> u32 {
        let of = |pod: &&Pod| {
            pod.is_ready()
                && !pod.meta.deleting
                && owner_of(pod).is_some_and(|owner| owners.contains(&owner))
                && self.available_at(pod, rest) <= self.now
        };
        count(self.cluster.pods.iter().filter(of).count())
    }

    /// When a pod that is ready counts as available.
    fn available_at(&self, pod: &Pod, rest: u64) -> u64 {
        self.ready_since.get(&pod.meta.reference()).map_or(0, |since| since.saturating_add(rest))
    }

    /// Says once that a Deployment's rollout has made no progress for too long (`progressDeadlineSeconds`), and looks
    /// again when that, or a pod's becoming available, may be.
    fn look_for_progress(&mut self, rollout: &mut Rollout, deadline: u32, rest: u64) {
        let of = |pod: &&Pod| owner_of(pod).is_some_and(|owner| owns(&owner, &rollout.kind, &rollout.workload));
        let ready: Vec<&Pod> = self.cluster.pods.iter().filter(of).filter(|pod| pod.is_ready()).collect();
        let mut look =
            ready.iter().map(|pod| self.available_at(pod, rest)).filter(|at| *at > self.now).min().unwrap_or(u64::MAX);
        if let Way::Deployment { new, .. } = &rollout.way {
            let owners: Vec<Owner> =
                self.templates.keys().filter(|owner| owns(owner, &rollout.kind, &rollout.workload)).cloned().collect();
            let updated = self.replicas(std::slice::from_ref(new));
            // Fewer old ones, and more of the others, are progress.
            let now = [
                updated,
                u32::MAX - self.replicas(&owners).saturating_sub(updated),
                count(ready.len()),
                self.available(&owners, rest),
            ];
            if now.iter().zip(rollout.seen).any(|(is, was)| *is > was) {
                rollout.since = self.now;
            }
            rollout.seen = now;
            let late = rollout.since.saturating_add(u64::from(deadline) * 1_000_000);
            if late <= self.now && !rollout.said {
                rollout.said = true;
                let text = format!(
                    "Deployment {}: ProgressDeadlineExceeded: ReplicaSet {:?} has timed out progressing.",
                    rollout.workload.name, new.1.name
                );
                self.note(text, None);
            } else if !rollout.said {
                look = look.min(late);
            }
        }
        if look < u64::MAX && (self.look <= self.now || look < self.look) {
            self.look = look;
            self.plan(look, Happening::Look);
        }
    }
}

fn ordinal(pod: &ObjectRef) -> u32 {
    pod.name.rsplit_once('-').and_then(|(_, ordinal)| ordinal.parse().ok()).unwrap_or(0)
}
