//! Small pictures: hosts, readiness.

use yew::prelude::*;

use super::draw::{moved, path, to};
use super::model::{HostKind, PodState};

const RING: &str = "M-4.2 0A4.2 4.2 0 1 0 4.2 0A4.2 4.2 0 1 0 -4.2 0";

/// Readiness by shape and colour: a disc with a tick, a ring with a bar, a ring with a cross, a square.
pub(super) fn readiness(state: PodState, x: f64, y: f64) -> Html {
    let (outline, sign) = match state {
        PodState::Ready => ("M-5 0A5 5 0 1 0 5 0A5 5 0 1 0 -5 0", "M-2.3 0.1L-0.6 1.9L2.4 -1.7"),
        PodState::NotReady => (RING, "M-2.2 0H2.2"),
        PodState::Terminating => (RING, "M-1.7 -1.7L1.7 1.7M1.7 -1.7L-1.7 1.7"),
        PodState::NotRunning => ("M-3.8 -3.8H3.8V3.8H-3.8Z", ""),
    };
    moved("dot", to(x, y), vec![path("shape", outline), path("tick", sign)])
}

/// A small picture of a kind of host.
pub(super) fn glyph(kind: HostKind, x: f64, y: f64) -> Html {
    let d = match kind {
        HostKind::Internet => {
            "M-7 0A7 7 0 1 0 7 0A7 7 0 1 0 -7 0M-7 0H7M0 -7C-4.5 -3.5 -4.5 3.5 0 7C4.5 3.5 4.5 -3.5 0 -7"
        }
        HostKind::Laptop => "M-6 4.5V-5H6V4.5M-8.5 5.5H8.5",
        HostKind::ExternalName => "M-6.5 6.5V-6.5H2.5M6.5 -2.5V6.5H-6.5M0.5 0.5L7 -6.5M3 -6.5H7V-2.5",
        HostKind::Endpoint => "M-6.5 -6H6.5V-1H-6.5ZM-6.5 1H6.5V6H-6.5ZM-4 -3.5H-3M-4 3.5H-3",
    };
    moved("", to(x, y), vec![path("glyph", d)])
}
