//! Rhumb lines: the fine net of a portolan chart, behind everything.
//!
//! Sixteen wind roses on a circle, joined by the lines of the winds. In the old charts principal winds are black, half
//! winds green and quarter winds red; here they are three faint inks.

use yew::prelude::*;

use super::geometry::tenth;
use super::model::Chart;

use crate::list::list;

/// The sines of a quarter's winds. A table is a tenth of the code that computes them.
const SINES: [f64; 9] = [
    0.0,
    0.195_090_3,
    0.382_683_4,
    0.555_570_2,
    std::f64::consts::FRAC_1_SQRT_2,
    0.831_469_6,
    0.923_879_5,
    0.980_785_3,
    1.0,
];

/// The direction of one of thirty-two winds.
fn wind(k: usize) -> (f64, f64) {
    // Below nine, as the remainder by eight is below eight.
    let (sine, cosine) = (SINES[k % 8], SINES[8 - k % 8]);
    match k / 8 % 4 {
        0 => (cosine, sine),
        1 => (-sine, cosine),
        2 => (-cosine, -sine),
        _ => (sine, -cosine),
    }
}

/// The net for a chart.
pub(crate) fn lines(chart: &Chart) -> Html {
    let (cx, cy) = if chart.narrow { (chart.width * 0.5, 60.0) } else { (chart.coast * 0.62, chart.height * 0.5) };
    let r = (chart.width + chart.height) * 1.1;
    let mut groups = [String::new(), String::new(), String::new()];
    for k in 0..32_usize {
        let ink = match k % 4 {
            0 => 0,
            2 => 1,
            _ => 2,
        };
        let wind = wind(k);
        let (x, y) = (cx + r * wind.0, cy + r * wind.1);
        groups[ink].push_str(&format!("M{} {}L{} {}", tenth(cx), tenth(cy), tenth(x), tenth(y)));
    }
    // A second rose where the first one's winds meet the right edge.
    let (dx, dy) = (chart.width * 0.93, chart.height * 0.12);
    for k in 0..16_usize {
        let ink = if k % 2 == 0 { 0 } else { 1 };
        let wind = wind(2 * k);
        let (x, y) = (dx + r * wind.0, dy + r * wind.1);
        groups[ink].push_str(&format!("M{} {}L{} {}", tenth(dx), tenth(dy), tenth(x), tenth(y)));
    }
    html! {
        <g class="rhumb" aria-hidden="true">
            { list(groups.into_iter().enumerate().map(|(i, d)| html! { <path class={format!("wind-{i}")} {d} /> })) }
        </g>
    }
}
