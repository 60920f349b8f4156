//! Rates, failures and latencies over time, as small charts with the same numbers in a table.

use portolan_core::sim::{Point, Track};
use yew::prelude::*;

use crate::list::list;
use crate::panels::timeline::time;
use crate::panels::trace::ms;
use crate::state::model::Model;

/// Points drawn at most: stretches of the run are put together.
const POINTS: usize = 48;
/// A point stands for at least so long, in microseconds: a rate of a few requests a second says nothing in a tenth of it.
const LEAST: u64 = 1_000_000;
/// A plot's size.
const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 74.0;
/// Rows of the table.
const ROWS: usize = 24;

/// One line of one plot, by the style's name for it.
type Line = (&'static str, Vec<Option<f64>>);

/// The plots of all clients, and of all Services that had traffic.
pub(super) fn view(model: &Model) -> Html {
    let series = model.session.run().series();
    let width = series.width();
    html! {
        <>{ list(series.lines().map(|(track, points)| {
            let (points, width) = gathered(points, width);
            // Later ones are not here yet.
            let now = usize::try_from(model.session.now() / width).unwrap_or(usize::MAX);
            let points = points.get(..now).unwrap_or(&points);
            track_view(track, points, width)
        })) }</>
    }
}

/// Neighbours put together until they are few and long enough; the last ones wait for their neighbours.
fn gathered(points: &[Point], width: u64) -> (Vec<Point>, u64) {
    let long = usize::try_from(LEAST.div_ceil(width.max(1))).unwrap_or(1);
    let each = points.len().div_ceil(POINTS).max(long);
    let sum = |points: &[Point]| {
        let mut all = Point::default();
        points.iter().for_each(|point| all.add(point));
        all
    };
    (points.chunks_exact(each).map(sum).collect(), width * each as u64)
}

fn track_view(track: &Track, points: &[Point], width: u64) -> Html {
    let name = match track {
        Track::Client(from, to) => format!("{from} \u{2192} {to}"),
        Track::Service(service, port) => super::title(service, port),
    };
    if points.len() < 2 {
        return html! { <h2>{ name }<span class="quiet">{ format!("from {} of the run on", time(2 * width)) }</span></h2> };
    }
    let a_second = |count: u64| Some(count as f64 * 1e6 / width as f64);
    let line = |of: &dyn Fn(&Point) -> Option<f64>| points.iter().map(of).collect::<Vec<_>>();
    let percent = |percent: u32| line(&|point| point.percentile(percent).map(|us| us as f64));
    let sent = vec![("sent", line(&|point| a_second(point.sent)))];
    let failed = vec![("failed", line(&|point| a_second(point.failed)))];
    let latency = vec![("p99", percent(99)), ("p90", percent(90)), ("p50", percent(50))];
    let rate = |value: f64| format!("{} / s", (value * 10.0).round() / 10.0);
    let us = |value: f64| ms(value as u64);
    let span = width * points.len() as u64;
    html! {
        <section class="track" aria-label={name.clone()}>
            <h2>{ &name }</h2>
            <div class="plots">
                { plot("Requests sent", sent, &rate, span) }
                { plot("Requests failed", failed, &rate, span) }
                { plot("Latency: p50, p90, p99", latency, &us, span) }
            </div>
            { table(&name, points, width) }
        </section>
    }
}

/// One plot; what it shows is told in a sentence, too.
fn plot(title: &'static str, lines: Vec<Line>, unit: &dyn Fn(f64) -> String, span: u64) -> Html {
    let most = lines.iter().flat_map(|line| &line.1).flatten().fold(0.0_f64, |most, value| most.max(*value));
    let last = |line: &Line| line.1.iter().rev().flatten().next().copied();
    let now: Vec<String> =
        lines.iter().rev().filter_map(|line| last(line).map(|value| format!("{} {}", line.0, unit(value)))).collect();
    let words = if now.is_empty() {
        "no answers yet".to_string()
    } else {
        format!("last {}; at most {}", now.join(", "), unit(most))
    };
    let label = format!("{title} over {}: {words}", time(span));
    let caption = match lines.as_slice() {
        _ if most <= 0.0 => "none".to_string(),
        [line] => format!("{}, at most {}", unit(last(line).unwrap_or(0.0)), unit(most)),
        _ => format!("at most {}", unit(most)),
    };
    html! {
        <figure class="plot">
            <figcaption>{ title }<span>{ caption }</span></figcaption>
            <svg viewBox="0 0 300 74" preserveAspectRatio="none" role="img" aria-label={label}>
                <path class="axis" d="M0 73.5H300M0 .5H300" />
                { list(lines.into_iter().map(|(class, values)| html! { <path {class} d={path(&values, most)} /> })) }
            </svg>
        </figure>
    }
}

/// The way through all values; where there is none it stops.
fn path(values: &[Option<f64>], most: f64) -> String {
    let mut d = String::new();
    let mut pen = 'M';
    let step = WIDTH / (values.len().max(2) - 1) as f64;
    for (at, value) in values.iter().enumerate() {
        let Some(value) = value else {
            pen = 'M';
            continue;
        };
        let y = HEIGHT - 1.0 - value / most.max(1e-9) * (HEIGHT - 4.0);
        d.push_str(&format!("{pen}{:.1} {y:.1}", at as f64 * step));
        pen = 'L';
    }
    d
}

/// The same in numbers, the latest first.
fn table(name: &str, points: &[Point], width: u64) -> Html {
    let us = |point: &Point, percent: u32| point.percentile(percent).map_or_else(|| "\u{2013}".to_string(), ms);
    html! {
        <details class="numbers">
            <summary>{ "Numbers" }</summary>
            <div class="table-wrap" tabindex="0" role="region" aria-label={format!("{name} in numbers")}><table>
                <thead><tr>{ list(["from", "sent", "delivered", "failed", "p50", "p90", "p99"].map(|name| html! { <th scope="col">{ name }</th> })) }</tr></thead>
                <tbody>{ list(points.iter().enumerate().rev().take(ROWS).map(|(at, point)| {
                    let cells = [time(at as u64 * width), point.sent.to_string(), point.delivered.to_string(), point.failed.to_string(),
                        us(point, 50), us(point, 90), us(point, 99)];
                    html! { <tr>{ list(cells.into_iter().map(|cell| html! { <td class="number">{ cell }</td> })) }</tr> }
                })) }</tbody>
            </table></div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_breaks_where_nothing_is_known() {
        assert_eq!(path(&[Some(0.0), Some(2.0), None, Some(1.0)], 2.0), "M0.0 73.0L100.0 3.0M300.0 38.0");
        assert_eq!(path(&[], 0.0), "");
    }

    #[test]
    fn short_stretches_are_put_together() {
        let (points, width) = gathered(&vec![Point::default(); 30], 100_000);
        assert_eq!((points.len(), width), (3, 1_000_000));
        let (points, width) = gathered(&vec![Point::default(); 185], 100_000);
        assert_eq!((points.len(), width), (18, 1_000_000));
        assert!(gathered(&vec![Point::default(); 239], 6_400_000).0.len() <= POINTS);
    }
}
