//! Rhumb lines: the fine net of a portolan chart, behind everything.
//!
//! Sixteen wind roses on a circle, joined by the lines of the winds. In the old charts principal winds are black, half
//! winds green and quarter winds red; here they are three faint inks.

use yew::prelude::*;

use super::geometry::tenth;
use super::model::Chart;

use crate::list::list;

/// The net for a chart.
pub(crate) fn lines(chart: &Chart) -> Html {
    let (cx, cy) = if chart.narrow { (chart.width * 0.5, 60.0) } else { (chart.coast * 0.62, chart.height * 0.5) };
    let r = (chart.width.hypot(chart.height)) * 1.1;
    let mut groups = [String::new(), String::new(), String::new()];
    for k in 0..32_u32 {
        let angle = f64::from(k) * std::f64::consts::TAU / 32.0;
        let ink = match k % 4 {
            0 => 0,
            2 => 1,
            _ => 2,
        };
        let (x, y) = (cx + r * angle.cos(), cy + r * angle.sin());
        groups[ink].push_str(&format!("M{} {}L{} {}", tenth(cx), tenth(cy), tenth(x), tenth(y)));
    }
    // A second rose where the first one's winds meet the right edge.
    let (dx, dy) = (chart.width * 0.93, chart.height * 0.12);
    for k in 0..16_u32 {
        let angle = f64::from(k) * std::f64::consts::TAU / 16.0;
        let ink = if k % 2 == 0 { 0 } else { 1 };
        let (x, y) = (dx + r * angle.cos(), dy + r * angle.sin());
        groups[ink].push_str(&format!("M{} {}L{} {}", tenth(dx), tenth(dy), tenth(x), tenth(y)));
    }
    html! {
        <g class="rhumb" aria-hidden="true">
            { list(groups.into_iter().enumerate().map(|(i, d)| html! { <path class={format!("wind-{i}")} {d} /> })) }
        </g>
    }
}
