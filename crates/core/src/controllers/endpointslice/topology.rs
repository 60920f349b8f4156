//! Hints from the annotation `service.kubernetes.io/topology-mode: Auto`: zones get endpoints by their share of CPU.
//!
//! Upstream: endpointslice/topologycache (topologycache.go, sliceinfo.go, utils.go). Ties, which upstream breaks by the
//! random order of a map, go to the zone whose name comes first.

use crate::collections::Map;

use crate::net::IpFamily;
use crate::objects::{Endpoint, EndpointSlice, Node};

use super::Event;
use super::pack::Changes;
use super::traffic_distribution::remove_hints;

/// How much more than its share an endpoint may get.
const OVERLOAD: f64 = 0.2;

/// Each zone's share of the cluster's CPU; they add up to 1, and there are at least two.
pub(super) type Shares = Map<String, f64>;

/// How many endpoints a zone needs.
struct Allocation {
    minimum: usize,
    maximum: usize,
    desired: f64,
}

/// Whether the annotation asks for hints. The older spelling wins where both are set.
pub(super) fn wanted(annotations: &Map<String, String>) -> bool {
    let value = annotations
        .get("service.kubernetes.io/topology-aware-hints")
        .or_else(|| annotations.get("service.kubernetes.io/topology-mode"));
    matches!(value.map(String::as_str), Some("Auto" | "auto"))
}

/// The zones' shares; `None` where a node that counts has no zone or no CPU, or there is only one zone.
pub(super) fn shares(nodes: &[Node]) -> Option<Shares> {
    let mut by_zone: Map<&str, u64> = Map::new();
    let mut total = 0u64;
    for node in nodes {
        let excluded = node.control_plane || node.meta.labels.contains_key("node-role.kubernetes.io/master");
        if excluded || !node.ready {
            continue;
        }
        let zone = node.zone.as_deref().filter(|zone| !zone.is_empty())?;
        let cpu = node.cpu_millis.filter(|cpu| *cpu > 0)?;
        total = total.saturating_add(cpu);
        let sum = by_zone.entry(zone).or_default();
        *sum = sum.saturating_add(cpu);
    }
    if by_zone.len() < 2 {
        return None;
    }
    Some(by_zone.into_iter().map(|(zone, cpu)| (zone.to_string(), cpu as f64 / total as f64)).collect())
}

/// Gives the endpoints zone hints, or takes all hints away and says why.
/// `enabled` says whether the Service had hints before, in any family; that is told once.
pub(super) fn add_hints(
    changes: &mut Changes,
    shares: Option<&Shares>,
    family: IpFamily,
    enabled: &mut bool,
    events: &mut Vec<Event>,
) {
    match try_hints(changes, shares) {
        Ok(()) => {
            if !*enabled {
                events.push(event(false, "Topology Aware Hints has been enabled", family));
            }
            *enabled = true;
        }
        Err(why) => {
            remove_hints(changes);
            *enabled = false;
            events.push(event(true, &why, family));
        }
    }
}

fn event(warning: bool, message: &str, family: IpFamily) -> Event {
    let reason = if warning { "TopologyAwareHintsDisabled" } else { "TopologyAwareHintsEnabled" };
    Event { warning, reason, message: format!("{message}, addressType: {}", family.as_str()) }
}

/// Whether any of the slices has hints for zones.
pub(super) fn hinted(slices: &[EndpointSlice]) -> bool {
    slices.iter().any(|slice| slice.endpoints.iter().any(|endpoint| !endpoint.zone_hints.is_empty()))
}

fn is_ready(endpoint: &Endpoint) -> bool {
    endpoint.ready == Some(true)
}

fn try_hints(changes: &mut Changes, shares: Option<&Shares>) -> Result<(), String> {
    let shares = shares.ok_or_else(|| {
        "Insufficient Node information: allocatable CPU or zone not specified on one or more nodes".to_string()
    })?;
    let all = changes.create.iter().chain(&changes.update).chain(&changes.keep);
    let total = all.flat_map(|slice| &slice.endpoints).filter(|endpoint| is_ready(endpoint)).count();
    let allocations = allocate(total, shares)?;

    // Slices that nothing else changes keep their hints as long as those still make sense.
    let mut by_zone: Map<String, usize> = Map::new();
    let mut keep = Vec::new();
    for slice in std::mem::take(&mut changes.keep) {
        match hints_by_zone(&slice, &by_zone, &allocations) {
            Some(hints) => {
                for (zone, count) in hints {
                    *by_zone.entry(zone).or_default() += count;
                }
                keep.push(slice);
            }
            None => changes.update.push(slice),
        }
    }
    changes.keep = keep;

    // Everybody's own zone first.
    let open = changes.create.iter_mut().chain(&mut changes.update);
    for endpoint in open.flat_map(|slice| &mut slice.endpoints).filter(|endpoint| is_ready(endpoint)) {
        let Some(zone) = endpoint.zone.clone().filter(|zone| !zone.is_empty()) else {
            return Err("One or more endpoints do not have a zone specified".to_string());
        };
        *by_zone.entry(zone.clone()).or_default() += 1;
        endpoint.zone_hints = vec![zone];
        endpoint.node_hints.clear();
    }

    // Then zones with too many give to those with too few.
    let (mut giving, mut receiving) = giving_and_receiving(&allocations, &by_zone);
    let open = changes.create.iter_mut().chain(&mut changes.update);
    for endpoint in open.flat_map(|slice| &mut slice.endpoints).filter(|endpoint| is_ready(endpoint)) {
        let Some((receiver, count)) = receiving.iter_mut().find(|(_, count)| **count > 0) else { break };
        let Some(zone) = &endpoint.zone else { continue };
        if let Some(give) = giving.get_mut(zone).filter(|give| **give > 0) {
            endpoint.zone_hints = vec![receiver.clone()];
            *give -= 1;
            *count -= 1;
        }
    }
    if by_zone.is_empty() {
        return Err("No hints allocated for zones".to_string());
    }
    Ok(())
}

/// How many endpoints each zone needs, or why they cannot be had.
fn allocate(endpoints: usize, shares: &Shares) -> Result<Map<&str, Allocation>, String> {
    let counts = format!("({endpoints} endpoints, {} zones)", shares.len());
    if shares.len() > endpoints {
        return Err(format!("Insufficient number of endpoints {counts}"));
    }
    let mut least = 0usize;
    let mut allocations = Map::new();
    for (zone, share) in shares {
        let desired = share * endpoints as f64;
        let minimum = (desired * (1.0 / (1.0 + OVERLOAD))).ceil() as usize;
        least += minimum;
        if least > endpoints {
            return Err(format!(
                "Unable to allocate minimum required endpoints to each zone without exceeding overload threshold {counts}"
            ));
        }
        allocations.insert(zone.as_str(), Allocation { minimum, maximum: 0, desired: desired.max(minimum as f64) });
    }
    for allocation in allocations.values_mut() {
        allocation.maximum = allocation.minimum + endpoints - least;
    }
    Ok(allocations)
}

/// The hints that a slice has, by zone; `None` where they no longer fit and the slice must change.
fn hints_by_zone(
    slice: &EndpointSlice,
    already: &Map<String, usize>,
    allocations: &Map<&str, Allocation>,
) -> Option<Map<String, usize>> {
    let mut hints: Map<String, usize> = Map::new();
    for endpoint in slice.endpoints.iter().filter(|endpoint| is_ready(endpoint)) {
        if endpoint.zone_hints.is_empty() {
            return None;
        }
        for zone in &endpoint.zone_hints {
            allocations.get(zone.as_str())?;
            *hints.entry(zone.clone()).or_default() += 1;
        }
    }
    let fits = hints.iter().all(|(zone, count)| {
        let sum = count + already.get(zone).copied().unwrap_or(0);
        allocations.get(zone.as_str()).is_some_and(|allocation| sum <= allocation.maximum)
    });
    fits.then_some(hints)
}

type Counts = Map<String, usize>;

/// How many endpoints each zone gives away, and how many each receives.
fn giving_and_receiving(allocations: &Map<&str, Allocation>, by_zone: &Counts) -> (Counts, Counts) {
    let mut surplus: Map<&str, f64> = Map::new();
    let mut lack: Map<&str, f64> = Map::new();
    for (zone, allocation) in allocations {
        let has = by_zone.get(*zone).copied().unwrap_or(0) as f64;
        if has > allocation.desired {
            surplus.insert(zone, has - allocation.desired);
        } else if has < allocation.desired {
            lack.insert(zone, allocation.desired - has);
        }
    }
    let (mut giving, mut receiving) = (Counts::new(), Counts::new());
    // Ends: each turn takes 1 from both sides, and stops below a half.
    while let (Some((from, much)), Some((to, little))) = (most(&surplus), most(&lack)) {
        if (much < 1.0 && little < 1.0) || much < 0.5 || little < 0.5 {
            break;
        }
        *giving.entry(from.to_string()).or_default() += 1;
        *receiving.entry(to.to_string()).or_default() += 1;
        surplus.insert(from, much - 1.0);
        lack.insert(to, little - 1.0);
    }
    (giving, receiving)
}

/// The zone with the most.
fn most<'a>(zones: &Map<&'a str, f64>) -> Option<(&'a str, f64)> {
    let mut best: Option<(&str, f64)> = None;
    for (zone, number) in zones {
        if *number > best.map_or(0.0, |(_, most)| most) {
            best = Some((zone, *number));
        }
    }
    best
}
