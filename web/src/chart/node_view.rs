//! One node of the chart, drawn: in full, or in brief where it is too small to be read.

use yew::prelude::*;

use super::geometry::Rect;
use super::labels::{BOLD, cut_middle, fits};
use super::model::{Chip, NodeBox, PinKind, PodState, PodTile, States};
use super::shapes::{readiness, s};
use super::subject::Subject;
use super::view::Tally;
use crate::list::list;
use std::rc::Rc;

/// How closely a node is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Detail {
    /// With all that it holds.
    Full,
    /// In brief, for a chart enlarged so many times.
    Brief(f64),
}

/// A node's properties.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub(super) node: Rc<NodeBox>,
    pub(super) detail: Detail,
    pub(super) narrow: bool,
    /// What its pods got, in their order.
    pub(super) tallies: Vec<Tally>,
    /// Which of its pods, chips and, at the end, itself are not among what is looked for.
    pub(super) faded: Rc<Vec<bool>>,
    /// What has the one stop of the keyboard, sends, has its menu open; if it is here.
    pub(super) roving: Option<Subject>,
    pub(super) client: Option<Subject>,
    pub(super) open: Option<Subject>,
    pub(super) onpick: Callback<Subject>,
    pub(super) onfocus: Callback<Subject>,
}

/// A node. A component of its own, so that one that did not change costs nothing.
#[component]
pub(super) fn NodeView(props: &Props) -> Html {
    let node = &*props.node;
    let class = classes!(
        "node",
        (!node.running).then_some("stopped"),
        props.faded.last().copied().unwrap_or(false).then_some("faded"),
        matches!(props.detail, Detail::Brief(_)).then_some("brief")
    );
    let content = match props.detail {
        Detail::Full => props.full(),
        Detail::Brief(zoom) => props.brief(zoom),
    };
    html! { <g {class}>{ content }</g> }
}

/// Something that can be picked, by pointer and keyboard.
pub(super) fn pick(picked: &Picked, rect: Rect, class: Classes, label: String, content: Html) -> Html {
    let Picked { subject, sends, open, roving, onpick, onfocus } = picked;
    let id = subject.id();
    let tabindex = if *roving { "0" } else { "-1" };
    let onclick = {
        let (onpick, subject) = (onpick.clone(), subject.clone());
        Callback::from(move |event: MouseEvent| {
            event.stop_propagation();
            onpick.emit(subject.clone());
        })
    };
    let onfocus = {
        let (onfocus, subject) = (onfocus.clone(), subject.clone());
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

/// What [`pick`] needs to know.
pub(super) struct Picked {
    pub(super) subject: Subject,
    pub(super) sends: bool,
    pub(super) open: bool,
    pub(super) roving: bool,
    pub(super) onpick: Callback<Subject>,
    pub(super) onfocus: Callback<Subject>,
}

impl Props {
    fn pick(&self, subject: Subject, rect: Rect, class: Classes, label: String, content: Html) -> Html {
        let is = |other: &Option<Subject>| other.as_ref() == Some(&subject);
        let picked = Picked {
            sends: is(&self.client),
            open: is(&self.open),
            roving: is(&self.roving),
            onpick: self.onpick.clone(),
            onfocus: self.onfocus.clone(),
            subject,
        };
        pick(&picked, rect, class, label, content)
    }

    fn label(&self) -> String {
        let node = &self.node;
        format!(
            "{} {}{}{}, node, {} pods{}",
            cut_middle(&node.name, 28),
            node.address,
            if node.running { "" } else { " stopped" },
            if node.control_plane { " control plane" } else { "" },
            node.states.total(),
            if node.states.total() > 0 { format!(", {}", node.states.words()) } else { String::new() }
        )
    }

    /// Whether its kube-proxy serves the Service in focus, where no layer over all of them says so.
    fn serves(&self) -> bool {
        self.node.scale != 1.0 && self.node.vips.iter().any(|vip| vip.focused)
    }

    fn is_faded(&self, at: usize) -> bool {
        self.faded.get(at).copied().unwrap_or(false)
    }

    /// With all that it holds, in its own measures.
    fn full(&self) -> Html {
        let node = &*self.node;
        let r = node.rect;
        let narrow = self.narrow;
        let p = node.proxy;
        // Among many nodes the heading is as high as it takes to be read at a distance.
        let large = if node.scale == 1.0 { 1.0 } else { (node.header / 22.0).clamp(1.0, r.w / 260.0) };
        let head = Rect::new(r.x + 3.0, r.y + 2.0, r.w - 6.0, node.header - 4.0);
        let baseline = r.y + if narrow { 12.0 } else { node.header * 0.62 + 2.0 * large };
        let size = if narrow { 10.5 } else { 12.5 * large };
        let name = cut_middle(&node.name, 28);
        let name_width = name.chars().count() as f64 * size * BOLD;
        let transform = (node.scale != 1.0)
            .then(|| format!("translate({} {}) scale({:.4})", s(node.origin.x), s(node.origin.y), node.scale));
        html! {
            <g {transform}>
                <rect class="box" x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx="10" />
                if !node.running {
                    <rect class="hatched" x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx="10" fill="url(#stopped)" />
                }
                { self.pick(Subject::Node(node.name.clone()), head, classes!("node-head"), self.label(), html! {
                    <>
                        <rect class="hit" x={s(head.x)} y={s(head.y)} width={s(head.w)} height={s(head.h)} rx="6" />
                        <text class="name" font-size={s(size)} x={s(r.x + 10.0)} y={s(baseline)}>{ name }</text>{ " " }
                        <text class="address" font-size={s(size * 0.81)} x={s(r.x + 16.0 + name_width)} y={s(baseline)}>{ &node.address }</text>{ " " }
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
                        <g class={classes!("pin", kind, pin.focused.then_some("focused"))} key={pin.port}>
                            <title>{ &pin.title }</title>
                            <line x1={s(pin.at.x)} y1={s(pin.at.y)} x2={s(p.x - 5.0)} y2={s(pin.at.y)} />
                            <circle cx={s(pin.at.x)} cy={s(pin.at.y)} r="4" />
                            <text x={s(pin.at.x + 8.0)} y={s(pin.at.y - 3.0)}>{ &pin.label }</text>
                        </g>
                    }
                })) }
                <g class={classes!("proxy", self.serves().then_some("serves"))}>
                    <title>{ "kube-proxy: the virtual IPs it serves here. Metrics at 127.0.0.1:10249, health at :10256." }</title>
                    <rect x={s(p.x)} y={s(p.y)} width={s(p.w)} height={s(p.h)} rx="6" />
                    <line class="rail" x1={s(p.x)} x2={s(node.tap.x)} y1={s(node.tap.y)} y2={s(node.tap.y)} />
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
                { list(node.pods.iter().enumerate().map(|(i, pod)| self.pod(i, pod))) }
                { list(node.chips.iter().enumerate().map(|(i, chip)| self.chip(i, chip))) }
            </g>
        }
    }

    fn pod(&self, at: usize, pod: &PodTile) -> Html {
        let r = pod.rect;
        let narrow = self.narrow;
        let counted = self.tallies.get(at).copied().filter(|t| t.count > 0);
        let label = format!(
            "{} {}, pod {}, {}{}",
            pod.name,
            pod.address,
            pod.pod,
            pod.state.word(),
            counted.map_or(String::new(), |t| format!(", {} requests", t.count))
        );
        let (dot_x, dot_y) = (r.x + if narrow { 9.0 } else { 11.5 }, r.y + if narrow { 9.5 } else { 12.0 });
        let faded = self.is_faded(at).then_some("faded");
        let tile = self.pick(
            Subject::Pod(pod.pod.clone()),
            r,
            classes!("pod", class_of(pod.state), pod.selected.then_some("selected"), faded),
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

    /// Many pods of a workload.
    fn chip(&self, at: usize, chip: &Chip) -> Html {
        let r = chip.rect;
        let narrow = self.narrow;
        let label = format!("{} {} on {}: show the pods", chip.name, chip.states.words(), self.node.name);
        let faded = self.is_faded(at).then_some("faded");
        self.pick(
            Subject::Workload(self.node.name.clone(), chip.from),
            r,
            classes!("chip", chip.selected.then_some("selected"), faded),
            label,
            html! {
                <>
                    <rect x={s(r.x + 3.0)} y={s(r.y - 3.0)} width={s(r.w - 6.0)} height={s(r.h)} rx="7" class="behind" />
                    <rect x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx="7" />
                    <text class="t" x={s(r.x + 7.0)} y={s(r.y + if narrow { 12.0 } else { 14.0 })}>{ &chip.name }</text>{ " " }
                    <text class="m" x={s(r.x + 7.0)} y={s(r.bottom() - if narrow { 8.0 } else { 9.5 })}>{ chip.states.words() }</text>
                    { bar(chip.states, Rect::new(r.x + 7.0, r.bottom() - 6.0, r.w - 14.0, 3.4)) }
                </>
            },
        )
    }

    /// Its name and how its pods are: where there is room with their workloads, where they stand; else a mark for each.
    fn brief(&self, zoom: f64) -> Html {
        let node = &*self.node;
        let card = node.card();
        // What should be as large on the screen whatever the zoom.
        let px = 1.0 / zoom;
        let chars = fits(card.w * zoom - 9.0, 10.5, BOLD);
        let tile = node.pods.first().map(|p| p.rect).or(node.chips.first().map(|c| c.rect)).map(|r| node.area(r));
        let miniature = tile.is_none_or(|r| r.w * zoom > 34.0 && r.h * zoom > 12.0) && card.w * zoom > 120.0;
        let baseline = card.y + (node.header * node.scale * 0.5 + 4.0 * px).min(11.0 * px);
        let name = cut_middle(&node.name, chars);
        let content = html! {
            <>
                <rect class="box" x={s3(card.x)} y={s3(card.y)} width={s3(card.w)} height={s3(card.h)} rx={s3(4.0 * px)} />
                if !node.running {
                    <rect class="hatched" x={s3(card.x)} y={s3(card.y)} width={s3(card.w)} height={s3(card.h)} rx={s3(4.0 * px)} fill="url(#stopped)" />
                }
                <text class="name" font-size={s3(10.5 * px)} x={s3(card.x + 5.0 * px)} y={s3(baseline)}>{ name.clone() }</text>
                { list(node.pins.iter().filter(|pin| pin.focused).map(|pin| {
                    let at = node.spot(pin.at);
                    html! { <circle class="pinhole" cx={s3(at.x)} cy={s3(at.y)} r={s3(2.4 * px)} /> }
                })) }
            </>
        };
        // The name begins with what can be read here.
        let label = if name == node.name { self.label() } else { format!("{name} {}", self.label()) };
        html! {
            <>
                { self.pick(Subject::Node(node.name.clone()), card, classes!("node-card"), label, content) }
                <g class="within" aria-hidden="true">{ if miniature { self.miniature(zoom) } else { self.cells(zoom) } }</g>
            </>
        }
    }

    /// Its boxes where they are, with the shortest of words.
    fn miniature(&self, zoom: f64) -> Html {
        let node = &*self.node;
        let px = 1.0 / zoom;
        let word = |r: Rect, text: &str| {
            let size = 9.5_f64.min(r.h * zoom * 0.72);
            let text = cut_middle(text, fits(r.w * zoom - 8.0, size, BOLD));
            html! { <text font-size={s3(size * px)} x={s3(r.x + 4.0 * px)} y={s3(r.center().y + size * 0.34 * px)}>{ text }</text> }
        };
        let part = |r: Rect, class: Classes, text: &str| {
            let r = node.area(r);
            html! {
                <g {class}>
                    <rect x={s3(r.x)} y={s3(r.y)} width={s3(r.w)} height={s3(r.h)} rx={s3(3.0 * px)} />
                    { word(r, text) }
                </g>
            }
        };
        let mini = |class: &'static str| classes!("mini", class);
        html! {
            <>
                { part(node.proxy, classes!("mini", "proxy-box", self.serves().then_some("serves")), "proxy") }
                { list(node.parts.iter().map(|p| part(p.rect, mini("part-box"), p.title))) }
                { list(node.pods.iter().enumerate().map(|(i, pod)| {
                    let class = classes!("mini", class_of(pod.state), pod.selected.then_some("selected"), self.is_faded(i).then_some("faded"));
                    part(pod.rect, class, &pod.short)
                })) }
                { list(node.chips.iter().map(|chip| {
                    let text = format!("{} {}/{}", chip.name, chip.states.ready, chip.states.total());
                    part(chip.rect, classes!("mini", chip.selected.then_some("selected")), &text)
                })) }
            </>
        }
    }

    /// A mark for each pod in a row along the bottom; each has its place there.
    fn cells(&self, zoom: f64) -> Html {
        let node = &*self.node;
        let (card, px) = (node.card(), 1.0 / zoom);
        let slots = node.pods.iter().map(|p| p.slot + 1).max().unwrap_or(0).max(6) as f64;
        let room = Rect::new(card.x + 5.0 * px, card.bottom() - 10.5 * px, card.w - 10.0 * px, 7.0 * px);
        if !node.chips.is_empty() || slots * 3.0 > room.w * zoom {
            return bar(node.states, room);
        }
        let pitch = (room.w / slots).min(12.0 * px);
        list(node.pods.iter().enumerate().map(|(i, pod)| {
            let class = classes!("cell", class_of(pod.state), pod.selected.then_some("selected"), self.is_faded(i).then_some("faded"));
            let x = room.x + pod.slot as f64 * pitch;
            html! { <rect {class} x={s3(x)} y={s3(room.y)} width={s3(pitch - 2.0 * px)} height={s3(room.h)} rx={s3(px)} /> }
        }))
    }
}

/// How many are how, as a bar; what is not ready is hollow.
fn bar(states: States, r: Rect) -> Html {
    let total = states.total().max(1) as f64;
    let mut x = r.x;
    let parts = [
        (states.ready, "ready"),
        (states.unready, "unready"),
        (states.terminating, "terminating"),
        (states.down, "down"),
    ];
    html! {
        <g class="bar">{ list(parts.into_iter().filter(|p| p.0 > 0).map(|(count, class)| {
            let w = r.w * count as f64 / total;
            let at = x;
            x += w;
            html! { <rect class={class} x={s3(at)} y={s3(r.y)} width={s3(w)} height={s3(r.h)} /> }
        })) }</g>
    }
}

/// A number for an attribute, to a thousandth: small things are enlarged.
fn s3(value: f64) -> String {
    ((value * 1000.0).round() / 1000.0).to_string()
}

/// The style's word for a state.
pub(super) fn class_of(state: PodState) -> &'static str {
    match state {
        PodState::Ready => "ready",
        PodState::NotReady => "unready",
        PodState::Terminating => "terminating",
        PodState::NotRunning => "down",
    }
}
