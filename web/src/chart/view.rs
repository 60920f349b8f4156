//! The chart as SVG. Everything but the moving packets, which have a layer of their own.

use std::rc::Rc;

use portolan_core::collections::Map;
use portolan_core::objects::{ObjectRef, ServiceType};
use yew::prelude::*;

use super::draw::{Word, circle, class, group, line, moved, path as draw_path, rect, s, text, to};
use super::find::Found;
use super::geometry::{Rect, pt};
use super::labels::{cut_end, fits};
use super::model::{BalancerBox, Chart, HostBox, HostKind, Lanes, NodeBox, PodTile, ServiceTab, ZoneBox};
use super::node_view::{Detail, NodeView, Picked, pick};
use super::path::StillPath;
use super::rhumb;
use super::shapes::glyph;
use super::subject::{Direction, Subject, neighbour, subjects};
use super::viewport::{Look, Viewport};
use crate::browser;
use crate::list::list;

/// What one pod got of the traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Connections.
    pub(crate) count: u64,
    /// Their share of all, from 0 to 1.
    pub(crate) share: f64,
}

/// What was laid out at once: the same is equal, another is not. Comparing all of it would be dearer in code than drawing
/// it is in time, as it is laid out anew only when something changed.
pub(crate) struct Laid<T>(pub(crate) Rc<T>);

impl<T> PartialEq for Laid<T> {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// The chart's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// What to draw.
    pub(crate) chart: Laid<Chart>,
    /// What each pod got.
    pub(crate) tallies: Rc<Map<ObjectRef, Tally>>,
    /// The way of the request in focus.
    pub(crate) path: Option<Rc<StillPath>>,
    /// Whether that request was picked by the reader.
    pub(crate) pinned: bool,
    /// What is said at the end of the way, where it failed.
    pub(crate) failure: AttrValue,
    /// The subject that sends.
    pub(crate) client: Option<Subject>,
    /// The subject whose menu is open.
    pub(crate) open: Option<Subject>,
    /// The ways that traffic of the chosen client and target can take.
    pub(crate) ways: Rc<Vec<(String, f64)>>,
    /// The room's size, and how far the chart may shrink to fit it.
    pub(crate) room: (f64, f64, f64),
    /// The view, which moves the sheets.
    pub(crate) viewport: Viewport,
    /// What is seen.
    pub(crate) look: Look,
    /// What is looked for.
    pub(crate) found: Option<Rc<Found>>,
    /// The layer that packets move in.
    pub(crate) layer: NodeRef,
    /// A subject was picked.
    pub(crate) onpick: Callback<Subject>,
}

/// Nodes whose own measures are smaller than this on the screen are drawn in brief.
const READABLE: f64 = 0.66;

/// How closely a node is looked at.
fn detail(chart: &Chart, look: &Look, node: &NodeBox) -> Detail {
    let full = !chart.many || (look.zoom * node.scale >= READABLE && look.view.overlaps(&node.card()));
    if full { Detail::Full } else { Detail::Brief(look.zoom) }
}

/// The chart.
#[component]
pub(crate) fn ChartView(props: &Props) -> Html {
    let chart = &props.chart.0;
    let all = Rc::new(subjects(chart, |node| detail(chart, &props.look, node) == Detail::Full));
    let current = use_state(|| Option::<Subject>::None);
    let at = current.as_ref().and_then(|c| all.iter().position(|s| s.0 == *c)).unwrap_or(0);
    let roving = all.get(at).map(|s| s.0.clone());
    let sheets = use_node_ref();
    {
        let (viewport, sheets) = (props.viewport.clone(), sheets.clone());
        use_effect_with((), move |()| {
            if let Some(element) = sheets.cast::<web_sys::Element>() {
                viewport.attach(&element);
            }
        });
    }
    {
        let viewport = props.viewport.clone();
        let smallest = chart.nodes.iter().map(|n| n.scale).fold(1.0, f64::min);
        use_effect_with(
            (chart.width, chart.height, props.room, smallest),
            move |(w, h, (room_w, room_h, least), smallest)| {
                viewport.fit_to((*w, *h), (*room_w, *room_h), *smallest, *least);
            },
        );
    }

    let onkeydown = {
        let (all, current, onpick, viewport) =
            (all.clone(), current.clone(), props.onpick.clone(), props.viewport.clone());
        Callback::from(move |event: KeyboardEvent| {
            let direction = match event.key().as_str() {
                "ArrowLeft" => Direction::Left,
                "ArrowRight" => Direction::Right,
                "ArrowUp" => Direction::Up,
                "ArrowDown" => Direction::Down,
                "Enter" => {
                    if let Some((subject, _)) = all.get(at) {
                        event.prevent_default();
                        event.stop_propagation();
                        onpick.emit(subject.clone());
                    }
                    return;
                }
                _ => return,
            };
            event.prevent_default();
            event.stop_propagation();
            if event.shift_key() {
                let (dx, dy) = direction.step();
                viewport.go(|camera| camera.pan(dx * 90.0, dy * 90.0));
                return;
            }
            if let Some((subject, rect)) = all.get(neighbour(&all, at, direction)) {
                let rect = *rect;
                viewport.go(|camera| camera.reveal(rect));
                browser::focus_from(&event, &subject.id());
                current.set(Some(subject.clone()));
            }
        })
    };
    let onfocus = use_callback(current.setter(), |subject: Subject, current| current.set(Some(subject)));
    let paint = Paint { props, roving, onfocus };
    html! {
        <div class={class(&[("sheets", true), ("told", props.pinned && !props.failure.is_empty())])} ref={sheets}>
        <svg class={class(&[("chart-svg", true), ("narrow", chart.narrow), ("finding", props.found.is_some())])}
            role="group" aria-label="Chart of the cluster" {onkeydown}>
            <defs>
                <pattern id="stopped" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <line class="hatch" x1="0" y1="0" x2="0" y2="6" />
                </pattern>
                <marker id="arrow" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto">
                    <path class="arrow" d="M0 0.8L7 4L0 7.2Z" />
                </marker>
            </defs>
            { rhumb::lines(chart) }
            { paint.coast() }
            { list(chart.zones.iter().map(|zone| paint.zone(zone))) }
            { list(chart.tabs.iter().rev().map(|tab| paint.layer(tab))) }
            { paint.cable() }
            { list(chart.nodes.iter().map(|node| paint.node(node))) }
            { list(chart.tabs.iter().filter(|tab| tab.dns_only).map(|tab| paint.dns_lines(tab))) }
            { list(chart.tabs.iter().map(|tab| paint.tab(tab))) }
            if let Some((count, r)) = chart.more_services {
                { group("more", vec![rect("", r, 6.0), text("u middle", r.x + r.w / 2.0, r.y + 15.0, format!("+{count} more"))]) }
            }
            { list(chart.hosts.iter().map(|host| paint.host(host))) }
            { list(chart.balancers.iter().map(|b| paint.balancer(b))) }
            { list(props.ways.iter().map(|(d, share)| html! {
                <path class="way" d={d.clone()} stroke-width={s(1.0 + 3.0 * share)} />
            })) }
            { paint.path() }
            if chart.unscheduled > 0 {
                { text("note end", chart.width - 10.0, chart.height - 8.0, format!("{} pods on no node", chart.unscheduled)) }
            }
        </svg>
            // A sheet of their own: what moves does not have the rest drawn anew.
            <svg class="packet-sheet" aria-hidden="true">
                <g class="packets" ref={props.layer.clone()}></g>
            </svg>
        </div>
    }
}

struct Paint<'a> {
    props: &'a Props,
    roving: Option<Subject>,
    onfocus: Callback<Subject>,
}

impl Paint<'_> {
    fn pick(&self, subject: Subject, rect: Rect, words: &[Word], label: String, content: Html) -> Html {
        let is = |other: &Option<Subject>| other.as_ref() == Some(&subject);
        let faded = self.props.found.as_ref().is_some_and(|found| !found.has(&subject));
        let picked = Picked {
            sends: is(&self.props.client),
            open: is(&self.props.open),
            roving: is(&self.roving),
            onpick: self.props.onpick.clone(),
            onfocus: self.onfocus.clone(),
            subject,
        };
        pick(&picked, rect, &[words, &[("faded", faded)]].concat(), label, content)
    }

    fn node(&self, node: &Rc<NodeBox>) -> Html {
        let props = self.props;
        let here = |subject: &Option<Subject>| subject.clone().filter(|s| node.holds(s));
        let tally = |pod: &PodTile| props.tallies.get(&pod.pod).copied().unwrap_or_default();
        let faded = props.found.as_ref().map_or_else(Vec::new, |found| found.faded(node));
        html! {
            <NodeView key={node.name.clone()} node={Laid(node.clone())} detail={detail(&props.chart.0, &props.look, node)} narrow={props.chart.0.narrow && !props.chart.0.many}
                tallies={node.pods.iter().map(tally).collect::<Vec<_>>()} faded={Rc::new(faded)}
                roving={here(&self.roving)} client={here(&props.client)} open={here(&props.open)}
                onpick={props.onpick.clone()} onfocus={self.onfocus.clone()} />
        }
    }

    fn zone(&self, zone: &ZoneBox) -> Html {
        let r = zone.rect;
        let name = match zone.name.as_str() {
            "" => "no zone".to_string(),
            name if name.contains("zone") => name.to_string(),
            name => format!("zone {name}"),
        };
        let name = cut_end(&name, fits(r.w - 14.0, 11.5, 0.5));
        let y = r.y + if self.props.chart.0.narrow { 10.5 } else { 12.0 };
        group(
            class(&[("zone", true), ("none", zone.name.is_empty())]),
            vec![rect("", r, 12.0), text("", r.x + 9.0, y, name)],
        )
    }

    fn balancer(&self, b: &BalancerBox) -> Html {
        let narrow = self.props.chart.0.narrow;
        let subject = Subject::Balancer(b.service.clone());
        let address = if b.pending { "<pending>" } else { b.address.as_str() };
        let label = format!("load balancer {address} {}, of Service {}", b.ports, b.service);
        let fit = fits(b.rect.w - 12.0, if narrow { 8.5 } else { 10.0 }, 0.605);
        let shown = if narrow { format!("{address} {}", b.ports) } else { address.to_string() };
        let (x, y) = (b.rect.x + 9.0, b.rect.y);
        let rail = b.rect.bottom() - 5.0;
        let mut content = vec![
            rect("", b.rect, 8.0),
            line("rail", (b.rect.x, rail), (b.rect.right(), rail)),
            text("t", x, y + if narrow { 12.0 } else { 17.0 }, "load balancer"),
            " ".into(),
            text("m", x, y + if narrow { 25.0 } else { 32.0 }, cut_end(&shown, fit)),
            " ".into(),
        ];
        if !narrow {
            content.push(text("m dim", x, y + 45.0, cut_end(&b.ports, fit)));
        }
        let words = [("balancer", true), ("pending", b.pending)];
        self.pick(subject, b.rect, &words, label, list(content))
    }

    fn coast(&self) -> Html {
        let chart = &self.props.chart.0;
        if chart.narrow {
            return Html::default();
        }
        let x = chart.coast;
        let content = vec![
            line("", (x, 8.0), (x, chart.height - 8.0)),
            text("end", x - 6.0, 16.0, "outside"),
            text("", x + 6.0, 16.0, "cluster"),
        ];
        html! { <g class="coast" aria-hidden="true">{ list(content) }</g> }
    }

    /// The pod network: one line past all nodes. Among many nodes it is the lanes between them.
    fn cable(&self) -> Html {
        let chart = &self.props.chart.0;
        let (Some(first), Some(last)) = (chart.nodes.first(), chart.nodes.last()) else { return Html::default() };
        if chart.many {
            return Html::default();
        }
        let x = chart.gutter;
        line("cable", (x, first.rect.y + 22.0), (x, last.rect.bottom() - 4.0))
    }

    fn host(&self, host: &HostBox) -> Html {
        let r = host.rect;
        let narrow = self.props.chart.0.narrow;
        let kind = match host.kind {
            HostKind::Internet => "internet",
            HostKind::Laptop => "laptop",
            HostKind::ExternalName => "external-name",
            HostKind::Endpoint => "endpoint",
        };
        let text_x = r.x
            + if narrow {
                24.0
            } else if r.w < 130.0 {
                29.0
            } else {
                32.0
            };
        let mono = host.kind == HostKind::Internet;
        let room = r.right() - text_x - 4.0;
        let title = cut_end(&host.title, fits(room, if narrow { 10.5 } else { 12.5 }, 0.52));
        let subtitle =
            cut_end(&host.subtitle, fits(room, if narrow { 8.5 } else { 10.5 }, if mono { 0.58 } else { 0.46 }));
        let label = format!("{title} {subtitle}, {}, outside the cluster", host.title);
        let middle = r.y + r.h / 2.0;
        let content = vec![
            rect("", r, 8.0),
            glyph(host.kind, r.x + if narrow { 12.5 } else { 17.0 }, middle),
            text("t", text_x, middle - if narrow { 2.0 } else { 3.0 }, title),
            " ".into(),
            text(if mono { "m" } else { "u" }, text_x, middle + if narrow { 10.0 } else { 12.0 }, subtitle),
        ];
        self.pick(Subject::Host(host.place.clone()), r, &[("host", true), (kind, true)], label, list(content))
    }

    fn layer(&self, tab: &ServiceTab) -> Html {
        match tab.layer {
            Some(r) => rect(class(&[("layer", true), ("focused", tab.focused)]), r, 9.0),
            None => Html::default(),
        }
    }

    /// What DNS alone does: a headless Service's records lead to pods, an ExternalName's out of the cluster.
    fn dns_lines(&self, tab: &ServiceTab) -> Html {
        let chart = &self.props.chart.0;
        let class = class(&[("dns-line", true), ("focused", tab.focused)]);
        let y = chart.top_lane;
        let start = format!("M{} {}L{} {}", s(tab.rect.x + 14.0), s(tab.rect.bottom()), s(tab.rect.x + 14.0), s(y));
        if tab.service_type == ServiceType::ExternalName {
            let Some(host) = chart.hosts.iter().find(|h| h.kind == HostKind::ExternalName) else {
                return Html::default();
            };
            let d = if chart.narrow {
                let x = host.rect.x + host.rect.w / 2.0;
                let lane = tab.rect.y - 5.0;
                format!(
                    "M{} {}L{} {}L{} {}L{} {}",
                    s(tab.rect.x + 14.0),
                    s(tab.rect.y),
                    s(tab.rect.x + 14.0),
                    s(lane),
                    s(x),
                    s(lane),
                    s(x),
                    s(host.rect.bottom())
                )
            } else {
                let to = pt(host.rect.right(), host.rect.y + host.rect.h / 2.0);
                format!("M{} {}L{} {}", s(tab.rect.x), s(tab.rect.y + tab.rect.h / 2.0), s(to.x + 2.0), s(to.y))
            };
            return html! { <path {class} {d} marker-end="url(#arrow)" /> };
        }
        if !tab.focused {
            return Html::default();
        }
        html! {
            <>{ list(chart.nodes.iter().flat_map(|n| n.pods.iter().filter(|p| p.selected).map(move |p| (n, p))).map(|(node, pod)| {
                let r = node.area(pod.rect);
                let gutter = node.gutter();
                let down = if chart.many {
                    let Lanes { left, below, .. } = node.lanes;
                    format!("L{} {}L{} {}L{} {}", s(left), s(y), s(left), s(below), s(gutter), s(below))
                } else {
                    format!("L{} {}", s(gutter), s(y))
                };
                let tail = if pod.first {
                    format!("L{} {}L{} {}", s(gutter), s(r.y + r.h / 2.0), s(r.x - 1.0), s(r.y + r.h / 2.0))
                } else {
                    let lane = r.y - 4.5 * node.scale;
                    format!("L{} {}L{} {}L{} {}", s(gutter), s(lane), s(r.x + r.w / 2.0), s(lane), s(r.x + r.w / 2.0), s(r.y - 1.0))
                };
                html! { <path class={class.clone()} d={format!("{start}{down}{tail}")} marker-end="url(#arrow)" /> }
            })) }</>
        }
    }

    fn tab(&self, tab: &ServiceTab) -> Html {
        let r = tab.rect;
        let narrow = self.props.chart.0.narrow;
        let label = format!("{} {} {}, Service {}", tab.title, tab.kind, tab.detail, tab.service);
        let (a, b) = if narrow { (14.0, 28.0) } else { (18.0, 33.0) };
        let mut content = vec![rect("", r, if tab.small { 6.0 } else { 8.0 })];
        if tab.small {
            content.push(text("t", r.x + 8.0, r.y + 15.0, tab.title.clone()));
        } else {
            content.extend([
                text("t", r.x + 9.0, r.y + a, tab.title.clone()),
                " ".into(),
                text("kind end", r.right() - 9.0, r.y + a, tab.kind),
                " ".into(),
                text("m", r.x + 9.0, r.y + b, tab.detail.clone()),
            ]);
        }
        let words = [("service", true), ("small", tab.small), ("focused", tab.focused), ("dns-only", tab.dns_only)];
        self.pick(Subject::Service(tab.service.clone()), r, &words, label, list(content))
    }

    /// The way of the request in focus, with numbered stops.
    fn path(&self) -> Html {
        let Some(path) = &self.props.path else { return Html::default() };
        let end = if path.delivered { "ok" } else { "bad" };
        let class = class(&[("still", true), (end, true), ("pinned", self.props.pinned)]);
        let last = path.stops.len().saturating_sub(1);
        // Stops at one place share a number's place: only the first is drawn.
        let mut drawn: Vec<super::geometry::Point> = Vec::new();
        let mut content = vec![draw_path("halo", path.line.to_svg()), draw_path("line", path.line.to_svg())];
        for (i, (p, number)) in path.stops.iter().enumerate() {
            if drawn.iter().any(|q| super::geometry::distance(*p, *q) < 11.0) && i != last {
                continue;
            }
            drawn.push(*p);
            if i == last && !path.delivered {
                let mark = vec![draw_path("", path.outcome.shape())];
                content.push(moved(
                    "",
                    to(p.x, p.y),
                    vec![group(format!("mark unzoom {}", path.outcome.class()), mark)],
                ));
            } else if self.props.pinned {
                let stop = vec![circle("", 0.0, 0.0, 7.5), text("middle", 0.0, 3.4, number.to_string())];
                content.push(moved("", to(p.x, p.y), vec![group("stop unzoom", stop)]));
            }
        }
        content.push(self.failure(path));
        html! { <g {class} aria-hidden="true">{ list(content) }</g> }
    }

    /// What went wrong, in a word or two where it did.
    fn failure(&self, path: &StillPath) -> Html {
        let (Some(end), false) = (path.line.end(), self.props.failure.is_empty()) else { return Html::default() };
        let w = self.props.failure.chars().count() as f64 * 6.1 + 16.0;
        let chart = &self.props.chart.0;
        let at_sea = !chart.narrow && end.x < chart.coast;
        let (x, y) = if at_sea {
            // Under the host that it did not get away from, left of the cluster.
            let below = chart.hosts.iter().find(|h| h.rect.y < end.y && h.rect.bottom() > end.y);
            ((chart.coast - 8.0 - w).max(4.0), below.map_or(end.y + 12.0, |h| h.rect.bottom() + 5.0))
        } else {
            let x = (end.x + 13.0).min(chart.width - w - 4.0).max(4.0);
            (x, if x < end.x + 12.0 { end.y + 13.0 } else { end.y - 10.0 })
        };
        let content =
            vec![rect("", Rect::new(0.0, 0.0, w, 20.0), 5.0), text("", 8.0, 14.0, self.props.failure.clone())];
        moved("", to(x, y.clamp(2.0, chart.height - 24.0)), vec![group("failure unzoom", content)])
    }
}
