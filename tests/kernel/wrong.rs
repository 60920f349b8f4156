//! Wrong engines and wrong rules, on purpose: the comparison must notice each.

use portolan_core::cluster::{Cluster, ProxyMode};
use portolan_core::objects::TrafficPolicy;

use crate::fixed::{Situation, flows, situations};
use crate::lab::Lab;
use crate::load;
use crate::trial::{Owed, compare};

/// A mistake of an engine: the situation that shows it, and a cluster about which a right engine says what the wrong
/// one says about the true cluster.
pub(crate) struct Mistake {
    name: &'static str,
    situation: &'static str,
    make: fn(&mut Cluster),
}

pub(crate) const MISTAKES: [Mistake; 9] = [
    Mistake {
        name: "a Local policy does not fall back to terminating endpoints",
        situation: "Local with a terminating endpoint here, a ready one there",
        make: |cluster| {
            let endpoints = cluster.slices.iter_mut().flat_map(|slice| &mut slice.endpoints);
            endpoints.filter(|endpoint| endpoint.is_terminating()).for_each(|endpoint| endpoint.serving = Some(false));
        },
    },
    Mistake {
        name: "terminating endpoints are used beside ready ones",
        situation: "terminating beside ready",
        make: |cluster| {
            let endpoints = cluster.slices.iter_mut().flat_map(|slice| &mut slice.endpoints);
            endpoints.for_each(|endpoint| endpoint.ready = Some(true));
        },
    },
    Mistake {
        name: "externalTrafficPolicy is not looked at",
        situation: "externalTrafficPolicy Local",
        make: |cluster| {
            cluster.services.iter_mut().for_each(|service| service.external_traffic_policy = TrafficPolicy::Cluster);
        },
    },
    Mistake {
        name: "internalTrafficPolicy is not looked at",
        situation: "internalTrafficPolicy Local",
        make: |cluster| {
            cluster.services.iter_mut().for_each(|service| service.internal_traffic_policy = TrafficPolicy::Cluster);
        },
    },
    Mistake {
        name: "hints are not looked at",
        situation: "zone hints",
        make: |cluster| {
            let endpoints = cluster.slices.iter_mut().flat_map(|slice| &mut slice.endpoints);
            endpoints.for_each(|endpoint| endpoint.zone_hints.clear());
        },
    },
    Mistake {
        name: "source ranges are not looked at",
        situation: "source ranges",
        make: |cluster| cluster.services.iter_mut().for_each(|service| service.source_ranges.clear()),
    },
    Mistake {
        name: "clients are not remembered",
        situation: "session affinity",
        make: |cluster| cluster.services.iter_mut().for_each(|service| service.affinity_seconds = None),
    },
    Mistake {
        name: "masqueradeAll is not looked at",
        situation: "masqueradeAll",
        make: |cluster| cluster.settings.proxy.masquerade_all = false,
    },
    Mistake {
        name: "an endpoint is left out",
        situation: "ClusterIP with five endpoints",
        make: |cluster| cluster.slices.iter_mut().for_each(|slice| slice.endpoints.truncate(4)),
    },
];

fn situation(name: &str) -> Result<Situation, String> {
    situations().into_iter().find(|one| one.name == name).ok_or_else(|| format!("no situation is called {name}"))
}

/// Makes a mistake in a mode, and sees to it that it is noticed.
pub(crate) fn mistake(lab: &Lab, number: usize, mode: ProxyMode) -> Result<(), String> {
    let Mistake { name, situation: which, make } = &MISTAKES[number];
    let truth = situation(which)?.cluster(mode);
    let mut wrong = truth.clone();
    make(&mut wrong);
    load::load(lab, &truth)?;
    match compare(lab, &wrong, &flows(&truth), Owed::Nothing)?.differences.as_slice() {
        [] => Err(format!("{}: nobody noticed that {name}", mode.as_str())),
        _ => Ok(()),
    }
}

/// Rules whose shares are wrong by a little: a probability of a third that should be a half, a map that names one
/// endpoint twice.
pub(crate) fn rules(lab: &Lab, mode: ProxyMode) -> Result<(), String> {
    let (right, wrong) = match mode {
        ProxyMode::Iptables => ("--probability 0.50000000000", "--probability 0.33333333349"),
        _ => ("2 : 10.244.2.5 . 8080", "2 : 10.244.1.5 . 8080"),
    };
    let cluster = situation("every address, three endpoints")?.cluster(mode);
    let texts = load::print(&cluster);
    let changed: Vec<[String; 2]> =
        texts.iter().map(|texts| texts.each_ref().map(|text| text.replace(right, wrong))).collect();
    if changed == texts {
        return Err(format!("{}: {right} is nowhere in the rules", mode.as_str()));
    }
    load::load_printed(lab, &cluster, &changed)?;
    let report = compare(lab, &cluster, &flows(&cluster), Owed::Nothing)?;
    if report.differences.is_empty() && report.places.strange().is_empty() {
        return Err(format!("{}: nobody noticed {wrong} for {right}", mode.as_str()));
    }
    Ok(())
}
