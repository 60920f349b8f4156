//! The measures of a chart: wide, middling and a phone's; and those inside a node of a large cluster.

/// The margin around everything.
pub(crate) const MARGIN: f64 = 10.0;
/// Narrower than this is a phone.
pub(crate) const PHONE: f64 = 600.0;
/// The height of a node's heading.
pub(crate) const HEADER: f64 = 22.0;
/// The height of the free strip under a box's text, along which packets pass.
pub(crate) const RAIL: f64 = 10.0;
/// How far a zone's box stands out of its nodes.
pub(crate) const ZONE: f64 = 6.0;

/// The measures that differ between a wide chart and a phone's.
pub(super) struct Metrics {
    pub(super) narrow: bool,
    pub(super) host: (f64, f64),
    pub(super) sea: f64,
    pub(super) balancer: (f64, f64),
    pub(super) pins: f64,
    pub(super) pitch: f64,
    pub(super) proxy: f64,
    pub(super) gutter: f64,
    pub(super) tile: (f64, f64),
    pub(super) row_gap: f64,
    pub(super) gap: f64,
    pub(super) tab: (f64, f64),
    pub(super) font: f64,
    pub(super) mono: f64,
    /// Node ports with a pin, and addresses in kube-proxy's box.
    pub(super) listed: (usize, usize),
}

const NARROW: Metrics = Metrics {
    narrow: true,
    host: (0.0, 34.0),
    sea: 18.0,
    balancer: (0.0, 38.0),
    pins: 56.0,
    pitch: 14.0,
    proxy: 96.0,
    gutter: 14.0,
    tile: (82.0, 30.0),
    row_gap: 8.0,
    gap: 5.0,
    tab: (110.0, 36.0),
    font: 10.5,
    mono: 8.5,
    listed: (5, 2),
};

const MIDDLE: Metrics = Metrics {
    narrow: false,
    host: (116.0, 40.0),
    sea: 26.0,
    balancer: (98.0, 58.0),
    pins: 68.0,
    pitch: 15.0,
    proxy: 116.0,
    gutter: 16.0,
    tile: (86.0, 36.0),
    row_gap: 9.0,
    gap: 5.0,
    tab: (150.0, 40.0),
    font: 11.5,
    mono: 10.0,
    listed: (5, 3),
};

const WIDE: Metrics = Metrics {
    narrow: false,
    host: (142.0, 44.0),
    sea: 60.0,
    balancer: (122.0, 60.0),
    pins: 70.0,
    pitch: 16.0,
    proxy: 158.0,
    gutter: 24.0,
    tile: (112.0, 36.0),
    row_gap: 11.0,
    gap: 6.0,
    tab: (176.0, 42.0),
    font: 12.0,
    mono: 10.0,
    listed: (5, 3),
};

impl Metrics {
    /// Those for a chart of this width.
    pub(super) fn for_width(width: f64) -> Self {
        if width < PHONE {
            NARROW
        } else if width < 800.0 {
            MIDDLE
        } else {
            WIDE
        }
    }

    /// Those for a cluster of many nodes: what is outside takes less room.
    pub(super) fn for_many(width: f64) -> Self {
        if width < PHONE { NARROW } else { MIDDLE }
    }

    /// Those inside a node of many, in the node's own units.
    pub(super) fn inside_many() -> Self {
        Metrics { listed: (2, 2), ..MIDDLE }
    }
}
