//! The chart as SVG. Everything but the moving packets, which have a layer of their own.

use std::rc::Rc;

use portolan_core::objects::{ObjectRef, ServiceType};
use yew::prelude::*;

use super::geometry::{Rect, pt, tenth};
use super::labels::{cut_end, cut_middle, fits};
use super::model::{Chart, HostBox, HostKind, NodeBox, PinKind, PodState, PodTile, ServiceTab};
use super::path::StillPath;
use super::rhumb;
use super::subject::{Direction, Subject, neighbour, subjects};
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

/// The chart's properties.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// What to draw.
    pub(crate) chart: Rc<Chart>,
    /// What each pod got.
    pub(crate) tallies: Rc<portolan_core::collections::Map<ObjectRef, Tally>>,
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
    /// Shrink it to the room's height rather than scroll.
    pub(crate) fit: bool,
    /// The layer that packets move in.
    pub(crate) layer: NodeRef,
    /// A subject was picked.
    pub(crate) onpick: Callback<Subject>,
}

/// The chart.
#[component]
pub(crate) fn ChartView(props: &Props) -> Html {
    let chart = &props.chart;
    let all = Rc::new(subjects(chart));
    let current = use_state(|| Option::<Subject>::None);
    let at = current.as_ref().and_then(|c| all.iter().position(|s| s.0 == *c)).unwrap_or(0);
    let roving = all.get(at).map(|s| s.0.clone());

    let onkeydown = {
        let (all, current, onpick) = (all.clone(), current.clone(), props.onpick.clone());
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
            if let Some((subject, _)) = all.get(neighbour(&all, at, direction)) {
                browser::focus(&subject.id());
                current.set(Some(subject.clone()));
            }
        })
    };
    let onfocus = {
        let current = current.clone();
        Callback::from(move |subject: Subject| current.set(Some(subject)))
    };
    let paint = Paint { props, roving, onfocus };
    let (w, h) = (tenth(chart.width), tenth(chart.height));
    html! {
        <div class={classes!("sheets", props.fit.then_some("fit"))}>
        <svg class={classes!("chart-svg", chart.narrow.then_some("narrow"))} viewBox={format!("0 0 {w} {h}")}
            preserveAspectRatio="xMidYMin meet" role="group" aria-label="Chart of the cluster" {onkeydown}>
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
            { list(chart.zones.iter().map(|zone| html! {
                <g class="zone" key={format!("zone-{}", zone.name)}>
                    <text x={s(zone.rect.x + 1.0)} y={s(zone.rect.y + 10.5)}>
                        { if zone.name.is_empty() { "no zone".to_string() } else if zone.name.contains("zone") { zone.name.clone() } else { format!("zone {}", zone.name) } }
                    </text>
                </g>
            })) }
            { list(chart.tabs.iter().rev().map(|tab| paint.layer(tab))) }
            { paint.cable() }
            { list(chart.nodes.iter().map(|node| paint.node(node))) }
            { list(chart.tabs.iter().filter(|tab| tab.layer.is_none()).map(|tab| paint.dns_lines(tab))) }
            { list(chart.tabs.iter().map(|tab| paint.tab(tab))) }
            { list(chart.hosts.iter().map(|host| paint.host(host))) }
            { list(chart.balancers.iter().map(|b| {
                let subject = Subject::Balancer(b.service.clone());
                let label = format!("load balancer {} {}, of Service {}",
                    if b.pending { "<pending>" } else { b.address.as_str() }, b.ports, b.service);
                paint.pick(subject, b.rect, classes!("balancer", b.pending.then_some("pending")), label, html! {
                    <>
                        <rect x={s(b.rect.x)} y={s(b.rect.y)} width={s(b.rect.w)} height={s(b.rect.h)} rx="8" />
                        <line class="rail" x1={s(b.rect.x)} x2={s(b.rect.right())} y1={s(b.rect.bottom() - 5.0)} y2={s(b.rect.bottom() - 5.0)} />
                        <text class="t" x={s(b.rect.x + 9.0)} y={s(b.rect.y + if chart.narrow { 12.0 } else { 17.0 })}>{ "load balancer" }</text>{ " " }
                        <text class="m" x={s(b.rect.x + 9.0)} y={s(b.rect.y + if chart.narrow { 25.0 } else { 32.0 })}>
                            { if b.pending { "<pending>".to_string() } else { b.address.clone() } }
                            { if chart.narrow { format!(" {}", b.ports) } else { String::new() } }
                        </text>{ " " }
                        if !chart.narrow {
                            <text class="m dim" x={s(b.rect.x + 9.0)} y={s(b.rect.y + 45.0)}>{ &b.ports }</text>
                        }
                    </>
                })
            })) }
            { list(props.ways.iter().map(|(d, share)| html! {
                <path class="way" d={d.clone()} stroke-width={s(1.0 + 3.0 * share)} />
            })) }
            { paint.path() }
            if chart.more_nodes > 0 {
                <text class="note" x={s(chart.coast + 14.0)} y={s(chart.height - 8.0)}>{ format!("and {} more nodes", chart.more_nodes) }</text>
            }
            if chart.unscheduled > 0 {
                <text class="note" x={s(chart.width - 10.0)} y={s(chart.height - 8.0)} text-anchor="end">
                    { format!("{} pods on no node", chart.unscheduled) }
                </text>
            }
        </svg>
            // A sheet of their own: what moves does not have the rest drawn anew.
            <svg class="packet-sheet" viewBox={format!("0 0 {w} {h}")} preserveAspectRatio="xMidYMin meet" aria-hidden="true">
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
    /// Something that can be picked, by pointer and keyboard.
    fn pick(&self, subject: Subject, rect: Rect, class: Classes, label: String, content: Html) -> Html {
        let id = subject.id();
        let sends = self.props.client.as_ref() == Some(&subject);
        let open = self.props.open.as_ref() == Some(&subject);
        let tabindex = if self.roving.as_ref() == Some(&subject) { "0" } else { "-1" };
        let onclick = {
            let (onpick, subject) = (self.props.onpick.clone(), subject.clone());
            Callback::from(move |event: MouseEvent| {
                event.stop_propagation();
                onpick.emit(subject.clone());
            })
        };
        let onfocus = {
            let (onfocus, subject) = (self.onfocus.clone(), subject.clone());
            Callback::from(move |_: FocusEvent| onfocus.emit(subject.clone()))
        };
        html! {
            <g {id} key={subject.id()} class={classes!("pick", class, sends.then_some("sends"), open.then_some("open"))} role="button"
                {tabindex} aria-label={label} aria-haspopup="menu" {onclick} {onfocus}>
                // The name says it all, and begins with what can be read here.
                <g aria-hidden="true">{ content }</g>
                <rect class="ring" x={s(rect.x - 2.0)} y={s(rect.y - 2.0)} width={s(rect.w + 4.0)} height={s(rect.h + 4.0)} rx="9" />
            </g>
        }
    }

    fn coast(&self) -> Html {
        let chart = &self.props.chart;
        if chart.narrow {
            return Html::default();
        }
        let x = chart.coast;
        html! {
            <g class="coast" aria-hidden="true">
                <line x1={s(x)} y1="8" x2={s(x)} y2={s(chart.height - 8.0)} />
                <text x={s(x - 6.0)} y="16" text-anchor="end">{ "outside" }</text>
                <text x={s(x + 6.0)} y="16">{ "cluster" }</text>
            </g>
        }
    }

    /// The pod network: one line past all nodes.
    fn cable(&self) -> Html {
        let chart = &self.props.chart;
        let (Some(first), Some(last)) = (chart.nodes.first(), chart.nodes.last()) else { return Html::default() };
        let x = s(chart.gutter);
        html! {
            <line class="cable" x1={x.clone()} x2={x} y1={s(first.rect.y + 22.0)} y2={s(last.rect.bottom() - 4.0)}>
                <title>{ "pod network" }</title>
            </line>
        }
    }

    fn host(&self, host: &HostBox) -> Html {
        let r = host.rect;
        let narrow = self.props.chart.narrow;
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
        self.pick(
            Subject::Host(host.place.clone()),
            r,
            classes!("host", kind),
            label,
            html! {
                <>
                    <rect x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx="8" />
                    { glyph(host.kind, r.x + if narrow { 12.5 } else { 17.0 }, r.y + r.h / 2.0) }
                    <text class="t" x={s(text_x)} y={s(r.y + r.h / 2.0 - if narrow { 2.0 } else { 3.0 })}>{ title }</text>{ " " }
                    <text class={if mono { "m" } else { "u" }} x={s(text_x)} y={s(r.y + r.h / 2.0 + if narrow { 10.0 } else { 12.0 })}>{ subtitle }</text>
                </>
            },
        )
    }

    fn layer(&self, tab: &ServiceTab) -> Html {
        let focused = tab.focused.then_some("focused");
        match tab.layer {
            Some(r) => html! {
                <rect class={classes!("layer", focused)} x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx="9" />
            },
            None => Html::default(),
        }
    }

    /// What DNS alone does: a headless Service's records lead to pods, an ExternalName's out of the cluster.
    fn dns_lines(&self, tab: &ServiceTab) -> Html {
        let chart = &self.props.chart;
        let class = classes!("dns-line", tab.focused.then_some("focused"));
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
            <>{ list(chart.nodes.iter().flat_map(|n| &n.pods).filter(|p| p.selected).map(|pod| {
                let r = pod.rect;
                let tail = if pod.first {
                    format!("L{} {}L{} {}", s(chart.gutter), s(r.y + r.h / 2.0), s(r.x - 1.0), s(r.y + r.h / 2.0))
                } else {
                    let lane = r.y - 4.5;
                    format!("L{} {}L{} {}L{} {}", s(chart.gutter), s(lane), s(r.x + r.w / 2.0), s(lane), s(r.x + r.w / 2.0), s(r.y - 1.0))
                };
                html! { <path class={class.clone()} d={format!("{start}L{} {}{tail}", s(chart.gutter), s(y))} marker-end="url(#arrow)" /> }
            })) }</>
        }
    }

    fn tab(&self, tab: &ServiceTab) -> Html {
        let r = tab.rect;
        let narrow = self.props.chart.narrow;
        let label = format!("{} {} {}, Service {}", tab.title, tab.kind, tab.detail, tab.service);
        let (a, b) = if narrow { (14.0, 28.0) } else { (18.0, 33.0) };
        self.pick(
            Subject::Service(tab.service.clone()),
            r,
            classes!("service", tab.focused.then_some("focused"), tab.layer.is_none().then_some("dns-only")),
            label,
            html! {
                <>
                    <rect x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx="8" />
                    <text class="t" x={s(r.x + 9.0)} y={s(r.y + a)}>{ &tab.title }</text>{ " " }
                    <text class="kind" x={s(r.right() - 9.0)} y={s(r.y + a)} text-anchor="end">{ tab.kind }</text>{ " " }
                    <text class="m" x={s(r.x + 9.0)} y={s(r.y + b)}>{ &tab.detail }</text>
                </>
            },
        )
    }

    fn node(&self, node: &NodeBox) -> Html {
        let r = node.rect;
        let narrow = self.props.chart.narrow;
        let p = node.proxy;
        let head = Rect::new(r.x + 3.0, r.y + 2.0, r.w - 6.0, 16.0);
        let baseline = r.y + if narrow { 12.0 } else { 15.5 };
        let label = format!(
            "{} {}{}{}, node, {} pods",
            cut_middle(&node.name, 28),
            node.address,
            if node.running { "" } else { " stopped" },
            if node.control_plane { " control plane" } else { "" },
            node.pods.len() + node.more.map_or(0, |m| m.0)
        );
        let name_width = node.name.chars().count() as f64 * if narrow { 6.0 } else { 7.0 };
        html! {
            <g class={classes!("node", (!node.running).then_some("stopped"))} key={format!("n-{}", node.name)}>
                <rect class="box" x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx="10" />
                if !node.running {
                    <rect class="hatched" x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx="10" fill="url(#stopped)" />
                }
                { self.pick(Subject::Node(node.name.clone()), head, classes!("node-head"), label, html! {
                    <>
                        <rect class="hit" x={s(head.x)} y={s(head.y)} width={s(head.w)} height={s(head.h)} rx="6" />
                        <text class="t" x={s(r.x + 10.0)} y={s(baseline)}>{ cut_middle(&node.name, 28) }</text>{ " " }
                        <text class="m dim" x={s(r.x + 18.0 + name_width.min(196.0))} y={s(baseline)}>{ &node.address }</text>{ " " }
                        if !node.running {
                            <text class="state" x={s(r.right() - 10.0)} y={s(baseline)} text-anchor="end">{ "stopped" }</text>
                        } else if node.control_plane && !narrow {
                            <text class="u" x={s(r.right() - 10.0)} y={s(baseline)} text-anchor="end">{ "control plane" }</text>
                        }
                    </>
                }) }
                { list(node.pins.iter().map(|pin| {
                    let kind = match pin.kind { PinKind::NodePort => "nodeport", PinKind::Health => "health", PinKind::System => "system" };
                    html! {
                        <g class={classes!("pin", kind, pin.focused.then_some("focused"))} key={format!("{}-{}", node.name, pin.port)}>
                            <title>{ &pin.title }</title>
                            <line x1={s(pin.at.x)} y1={s(pin.at.y)} x2={s(p.x - 5.0)} y2={s(pin.at.y)} />
                            <path d={format!("M{} {}a4.5 4.5 0 0 1 0 9z", s(pin.at.x), s(pin.at.y - 4.5))} />
                            <circle cx={s(pin.at.x)} cy={s(pin.at.y)} r="4" />
                            <text x={s(pin.at.x + 8.0)} y={s(pin.at.y - 3.0)}>{ &pin.label }</text>
                        </g>
                    }
                })) }
                <g class="proxy">
                    <title>{ "kube-proxy: the virtual IPs it serves here. Metrics at 127.0.0.1:10249, health at :10256." }</title>
                    <rect x={s(p.x)} y={s(p.y)} width={s(p.w)} height={s(p.h)} rx="6" />
                    <line class="rail" x1={s(p.x)} x2={s(gutter(self.props))} y1={s(node.tap.y)} y2={s(node.tap.y)} />
                    <text class="u" x={s(p.x + 7.0)} y={s(p.y + if narrow { 11.0 } else { 14.0 })}>{ "kube-proxy" }</text>
                    { list(node.vips.iter().map(|row| html! {
                        <text class={classes!("m", row.focused.then_some("focused"))} x={s(row.at.x)} y={s(row.at.y)}>{ &row.text }</text>
                    })) }
                </g>
                { list(node.parts.iter().map(|part| {
                    let q = part.rect;
                    html! {
                        <g class={classes!("part", part.local.then_some("local"))} key={part.title}>
                            <title>{ if part.local { format!("{} listens on {} only: it does not reach the node's edge", part.title, part.listens) } else { format!("{} {}", part.title, part.listens) } }</title>
                            <rect x={s(q.x)} y={s(q.y)} width={s(q.w)} height={s(q.h)} rx="6" />
                            <text class="u" x={s(q.x + 6.0)} y={s(q.y + if narrow { 10.0 } else { 12.5 })}>{ part.title }</text>
                            <text class="m dim" x={s(q.x + 6.0)} y={s(q.y + if narrow { 19.0 } else { 24.0 })}>{ part.listens }</text>
                        </g>
                    }
                })) }
                { list(node.pods.iter().map(|pod| self.pod(pod))) }
                if let Some((count, q)) = node.more {
                    <g class="more">
                        <rect x={s(q.x)} y={s(q.y)} width={s(q.w)} height={s(q.h)} rx="7" />
                        <text class="u" x={s(q.x + q.w / 2.0)} y={s(q.y + q.h / 2.0 + 4.0)} text-anchor="middle">{ format!("+{count} pods") }</text>
                    </g>
                }
            </g>
        }
    }

    fn pod(&self, pod: &PodTile) -> Html {
        let r = pod.rect;
        let narrow = self.props.chart.narrow;
        let state = match pod.state {
            PodState::Ready => "ready",
            PodState::NotReady => "unready",
            PodState::Terminating => "terminating",
            PodState::NotRunning => "down",
        };
        let tally = self.props.tallies.get(&pod.pod).copied();
        let counted = tally.filter(|t| t.count > 0);
        let label = format!(
            "{} {}, pod {}, {}{}",
            pod.name,
            pod.address,
            pod.pod,
            pod.state.word(),
            counted.map_or(String::new(), |t| format!(", {} requests", t.count))
        );
        let (dot_x, dot_y) = (r.x + if narrow { 9.0 } else { 11.5 }, r.y + if narrow { 9.5 } else { 12.0 });
        let tile = self.pick(
            Subject::Pod(pod.pod.clone()),
            r,
            classes!("pod", state, pod.selected.then_some("selected")),
            label,
            html! {
                <>
                    <rect x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx="7" />
                    { readiness(pod.state, dot_x, dot_y) }
                    <text class="t" x={s(r.x + if narrow { 17.0 } else { 21.0 })} y={s(dot_y + 4.0)}>{ &pod.name }</text>{ " " }
                    <text class="m" x={s(r.x + 7.0)} y={s(r.bottom() - if narrow { 5.5 } else { 8.0 })}>{ &pod.address }</text>
                    if let Some(tally) = counted {
                        <rect class="share" x={s(r.x + 4.0)} y={s(r.bottom() - 3.6)} width={s((r.w - 8.0) * tally.share.clamp(0.0, 1.0))} height="2.6" rx="1.3" />
                    }
                </>
            },
        );
        html! { <g key={format!("t-{}", pod.pod)}><title>{ &pod.hint }</title>{ tile }</g> }
    }

    /// The way of the request in focus, with numbered stops.
    fn path(&self) -> Html {
        let Some(path) = &self.props.path else { return Html::default() };
        let class = classes!("still", if path.delivered { "ok" } else { "bad" }, self.props.pinned.then_some("pinned"));
        let last = path.stops.len().saturating_sub(1);
        // Stops at one place share a number's place: only the first is drawn.
        let mut drawn: Vec<super::geometry::Point> = Vec::new();
        html! {
            <g {class} aria-hidden="true">
                <path class="halo" d={path.line.to_svg()} />
                <path class="line" d={path.line.to_svg()} />
                { list(path.stops.iter().enumerate().map(|(i, (p, number))| {
                    if drawn.iter().any(|q| super::geometry::distance(*p, *q) < 11.0) && i != last {
                        return Html::default();
                    }
                    drawn.push(*p);
                    if i == last && !path.delivered {
                        html! {
                            <g class="mark" transform={format!("translate({} {})", s(p.x), s(p.y))}>
                                <path d="M0 -9.5L9.5 0L0 9.5L-9.5 0Z" />
                                <path class="cross" d="M-3 -3L3 3M3 -3L-3 3" />
                            </g>
                        }
                    } else if self.props.pinned {
                        html! {
                            <g class="stop" transform={format!("translate({} {})", s(p.x), s(p.y))}>
                                <circle r="7.5" />
                                <text text-anchor="middle" y="3.4">{ *number }</text>
                            </g>
                        }
                    } else {
                        Html::default()
                    }
                })) }
                { self.failure(path) }
            </g>
        }
    }

    /// What went wrong, in a word or two where it did.
    fn failure(&self, path: &StillPath) -> Html {
        let (Some(end), false) = (path.line.end(), self.props.failure.is_empty()) else { return Html::default() };
        let w = self.props.failure.chars().count() as f64 * 6.1 + 16.0;
        let chart = &self.props.chart;
        let at_sea = !chart.narrow && end.x < chart.coast;
        let (x, y) = if at_sea {
            // Under the host that it did not get away from, left of the cluster.
            let below = chart.hosts.iter().find(|h| h.rect.y < end.y && h.rect.bottom() > end.y);
            ((chart.coast - 8.0 - w).max(4.0), below.map_or(end.y + 12.0, |h| h.rect.bottom() + 5.0))
        } else {
            let x = (end.x + 13.0).min(chart.width - w - 4.0).max(4.0);
            (x, if x < end.x + 12.0 { end.y + 13.0 } else { end.y - 10.0 })
        };
        html! {
            <g class="failure" transform={format!("translate({} {})", s(x), s(y.clamp(2.0, chart.height - 24.0)))}>
                <rect width={s(w)} height="20" rx="5" />
                <text x="8" y="14">{ &self.props.failure }</text>
            </g>
        }
    }
}

fn gutter(props: &Props) -> f64 {
    props.chart.gutter
}

/// A number for an attribute.
fn s(value: f64) -> String {
    tenth(value).to_string()
}

/// Readiness by shape and colour: a disc with a tick, a ring with a bar, a dotted ring, a square.
fn readiness(state: PodState, x: f64, y: f64) -> Html {
    let transform = format!("translate({} {})", s(x), s(y));
    match state {
        PodState::Ready => html! {
            <g class="dot" {transform}><circle r="5" /><path class="tick" d="M-2.3 0.1L-0.6 1.9L2.4 -1.7" /></g>
        },
        PodState::NotReady => html! {
            <g class="dot" {transform}><circle r="4.2" /><path class="tick" d="M-2.2 0H2.2" /></g>
        },
        PodState::Terminating => html! {
            <g class="dot" {transform}><circle r="4.2" /><path class="tick" d="M-1.7 -1.7L1.7 1.7M1.7 -1.7L-1.7 1.7" /></g>
        },
        PodState::NotRunning => {
            html! { <g class="dot" {transform}><rect x="-3.8" y="-3.8" width="7.6" height="7.6" /></g> }
        }
    }
}

/// A small picture of a kind of host.
fn glyph(kind: HostKind, x: f64, y: f64) -> Html {
    let d = match kind {
        HostKind::Internet => {
            "M-7 0A7 7 0 1 0 7 0A7 7 0 1 0 -7 0M-7 0H7M0 -7C-4.5 -3.5 -4.5 3.5 0 7C4.5 3.5 4.5 -3.5 0 -7"
        }
        HostKind::Laptop => "M-6 4.5V-5H6V4.5M-8.5 5.5H8.5",
        HostKind::ExternalName => "M-6.5 6.5V-6.5H2.5M6.5 -2.5V6.5H-6.5M0.5 0.5L7 -6.5M3 -6.5H7V-2.5",
        HostKind::Endpoint => "M-6.5 -6H6.5V-1H-6.5ZM-6.5 1H6.5V6H-6.5ZM-4 -3.5H-3M-4 3.5H-3",
    };
    html! { <path class="glyph" {d} transform={format!("translate({} {})", s(x), s(y))} /> }
}
