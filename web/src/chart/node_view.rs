//! One node of the chart, drawn: in full, or in brief where it is too small to be read.

use yew::prelude::*;

use super::draw::{Word, circle, class, group, line, moved, rect, s, sized, text, title, to};
use super::geometry::Rect;
use super::labels::{BOLD, cut_middle, fits};
use super::model::{Chip, NodeBox, PinKind, PodState, PodTile, States};
use super::shapes::readiness;
use super::subject::Subject;
use super::view::{Laid, Tally};
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
    pub(super) node: Laid<NodeBox>,
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
    let node = &*props.node.0;
    let words = [
        ("node", true),
        ("stopped", !node.running),
        ("faded", props.faded.last().copied().unwrap_or(false)),
        ("brief", matches!(props.detail, Detail::Brief(_))),
    ];
    let content = match props.detail {
        Detail::Full => props.full(),
        Detail::Brief(zoom) => props.brief(zoom),
    };
    group(class(&words), vec![content])
}

/// Something that can be picked, by pointer and keyboard.
pub(super) fn pick(picked: &Picked, rect: Rect, words: &[Word], label: String, content: Html) -> Html {
    let Picked { subject, sends, open, roving, onpick, onfocus } = picked;
    let id = subject.id();
    let tabindex = if *roving { "0" } else { "-1" };
    let class = class(&[&[("pick", true), ("sends", *sends), ("open", *open)], words].concat());
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
        <g {id} key={subject.id()} {class} role="button"
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
    fn pick(&self, subject: Subject, rect: Rect, words: &[Word], label: String, content: Html) -> Html {
        let is = |other: &Option<Subject>| other.as_ref() == Some(&subject);
        let picked = Picked {
            sends: is(&self.client),
            open: is(&self.open),
            roving: is(&self.roving),
            onpick: self.onpick.clone(),
            onfocus: self.onfocus.clone(),
            subject,
        };
        pick(&picked, rect, words, label, content)
    }

    fn label(&self) -> String {
        let node = &self.node.0;
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
        self.node.0.scale != 1.0 && self.node.0.vips.iter().any(|vip| vip.focused)
    }

    fn is_faded(&self, at: usize) -> bool {
        self.faded.get(at).copied().unwrap_or(false)
    }

    /// With all that it holds, in its own measures.
    fn full(&self) -> Html {
        let node = &*self.node.0;
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
        let mut all = vec![rect("box", r, 10.0)];
        if !node.running {
            all.push(rect("hatched", r, 10.0));
        }
        let mut heading = vec![
            rect("hit", head, 6.0),
            sized("name", size, r.x + 10.0, baseline, name),
            " ".into(),
            sized("address", size * 0.81, r.x + 16.0 + name_width, baseline, node.address.clone()),
            " ".into(),
        ];
        if !node.running {
            heading.push(text("state end", r.right() - 10.0, baseline, "stopped"));
        } else if node.control_plane && !narrow {
            heading.push(text("u end", r.right() - 10.0, baseline, "control plane"));
        }
        let subject = Subject::Node(node.name.clone());
        all.push(self.pick(subject, head, &[("node-head", true)], self.label(), list(heading)));
        all.push(list(node.pins.iter().map(|pin| {
            let kind = pin.kind;
            let words = [
                ("pin", true),
                ("nodeport", kind == PinKind::NodePort),
                ("health", kind == PinKind::Health),
                ("system", kind == PinKind::System),
                ("focused", pin.focused),
            ];
            let (x, y) = (pin.at.x, pin.at.y);
            group(
                class(&words),
                vec![
                    title(pin.title.clone()),
                    line("", (x, y), (p.x - 5.0, y)),
                    circle("", x, y, 4.0),
                    text("", x + 8.0, y - 3.0, pin.label.clone()),
                ],
            )
        })));
        let mut proxy = vec![
            title("kube-proxy: the virtual IPs it serves here. Metrics at 127.0.0.1:10249, health at :10256.".into()),
            rect("", p, 6.0),
            line("rail", (p.x, node.tap.y), (node.tap.x, node.tap.y)),
            text("u", p.x + 7.0, p.y + if narrow { 11.0 } else { 14.0 }, "kube-proxy"),
        ];
        proxy.extend(
            node.vips
                .iter()
                .map(|row| text(class(&[("m", true), ("focused", row.focused)]), row.at.x, row.at.y, row.text.clone())),
        );
        all.push(group(class(&[("proxy", true), ("serves", self.serves())]), proxy));
        all.push(list(node.parts.iter().map(|part| {
            let q = part.rect;
            let said = if part.local {
                format!("{} listens on {} only: it does not reach the node's edge", part.title, part.listens)
            } else {
                format!("{} {}", part.title, part.listens)
            };
            group(
                class(&[("part", true), ("local", part.local)]),
                vec![
                    title(said),
                    rect("", q, 6.0),
                    text("u", q.x + 6.0, q.y + if narrow { 10.0 } else { 12.5 }, part.title),
                    text("m dim", q.x + 6.0, q.y + if narrow { 19.0 } else { 24.0 }, part.listens),
                ],
            )
        })));
        all.push(list(node.pods.iter().enumerate().map(|(i, pod)| self.pod(i, pod))));
        all.push(list(node.chips.iter().enumerate().map(|(i, chip)| self.chip(i, chip))));
        if node.scale == 1.0 {
            return group("", all);
        }
        moved("", format!("{} scale({:.4})", to(node.origin.x, node.origin.y), node.scale), all)
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
        let faded = self.is_faded(at);
        let mut content = vec![
            rect("", r, 7.0),
            readiness(pod.state, dot_x, dot_y),
            text("t", r.x + if narrow { 17.0 } else { 21.0 }, dot_y + 4.0, pod.name.clone()),
            " ".into(),
            text("m", r.x + 7.0, r.bottom() - if narrow { 5.5 } else { 8.0 }, pod.address.clone()),
        ];
        if let Some(tally) = counted {
            let share = (r.w - 8.0) * tally.share.clamp(0.0, 1.0);
            content.push(rect("share", Rect::new(r.x + 4.0, r.bottom() - 3.6, share, 2.6), 1.3));
        }
        let words = [("pod", true), (class_of(pod.state), true), ("selected", pod.selected), ("faded", faded)];
        let tile = self.pick(Subject::Pod(pod.pod.clone()), r, &words, label, list(content));
        html! { <g key={format!("t-{}", pod.pod)}>{ title(pod.hint.clone()) }{ tile }</g> }
    }

    /// Many pods of a workload.
    fn chip(&self, at: usize, chip: &Chip) -> Html {
        let r = chip.rect;
        let narrow = self.narrow;
        let label = format!("{} {} on {}: show the pods", chip.name, chip.states.words(), self.node.0.name);
        let faded = self.is_faded(at);
        let content = vec![
            rect("behind", Rect::new(r.x + 3.0, r.y - 3.0, r.w - 6.0, r.h), 7.0),
            rect("", r, 7.0),
            text("t", r.x + 7.0, r.y + if narrow { 12.0 } else { 14.0 }, chip.name.clone()),
            " ".into(),
            text("m", r.x + 7.0, r.bottom() - if narrow { 8.0 } else { 9.5 }, chip.states.words()),
            bar(chip.states, Rect::new(r.x + 7.0, r.bottom() - 6.0, r.w - 14.0, 3.4)),
        ];
        let words = [("chip", true), ("selected", chip.selected), ("faded", faded)];
        self.pick(Subject::Workload(self.node.0.name.clone(), chip.from), r, &words, label, list(content))
    }

    /// Its name and how its pods are: where there is room with their workloads, where they stand; else a mark for each.
    fn brief(&self, zoom: f64) -> Html {
        let node = &*self.node.0;
        let card = node.card();
        // What should be as large on the screen whatever the zoom.
        let px = 1.0 / zoom;
        let chars = fits(card.w * zoom - 9.0, 10.5, BOLD);
        let tile = node.pods.first().map(|p| p.rect).or(node.chips.first().map(|c| c.rect)).map(|r| node.area(r));
        let miniature = tile.is_none_or(|r| r.w * zoom > 34.0 && r.h * zoom > 12.0) && card.w * zoom > 120.0;
        let baseline = card.y + (node.header * node.scale * 0.5 + 4.0 * px).min(11.0 * px);
        let name = cut_middle(&node.name, chars);
        let mut content = vec![rect("box", card, 4.0 * px)];
        if !node.running {
            content.push(rect("hatched", card, 4.0 * px));
        }
        content.push(sized("name", 10.5 * px, card.x + 5.0 * px, baseline, name.clone()));
        for pin in node.pins.iter().filter(|pin| pin.focused) {
            let at = node.spot(pin.at);
            content.push(circle("pinhole", at.x, at.y, 2.4 * px));
        }
        // The name begins with what can be read here.
        let label = if name == node.name { self.label() } else { format!("{name} {}", self.label()) };
        let subject = Subject::Node(node.name.clone());
        let picked = self.pick(subject, card, &[("node-card", true)], label, list(content));
        let within = if miniature { self.miniature(zoom) } else { self.cells(zoom) };
        group("", vec![picked, html! { <g class="within" aria-hidden="true">{ list(within) }</g> }])
    }

    /// Its boxes where they are, with the shortest of words.
    fn miniature(&self, zoom: f64) -> Vec<Html> {
        let node = &*self.node.0;
        let px = 1.0 / zoom;
        let part = |r: Rect, class: AttrValue, words: &str| {
            let r = node.area(r);
            let size = 9.5_f64.min(r.h * zoom * 0.72);
            let words = cut_middle(words, fits(r.w * zoom - 8.0, size, BOLD));
            let y = r.y + (r.h / 2.0).min(12.0 * px) + size * 0.34 * px;
            group(class, vec![rect("", r, 3.0 * px), sized("", size * px, r.x + 4.0 * px, y, words)])
        };
        let mut all = vec![part(node.proxy, class(&[("mini proxy-box", true), ("serves", self.serves())]), "proxy")];
        all.extend(node.parts.iter().map(|p| part(p.rect, "mini part-box".into(), p.title)));
        all.extend(node.pods.iter().enumerate().map(|(i, pod)| {
            let words =
                [("mini", true), (class_of(pod.state), true), ("selected", pod.selected), ("faded", self.is_faded(i))];
            part(pod.rect, class(&words), &pod.short)
        }));
        all.extend(node.chips.iter().map(|chip| {
            let words = format!("{} {}/{}", chip.name, chip.states.ready, chip.states.total());
            part(chip.rect, class(&[("mini", true), ("selected", chip.selected)]), &words)
        }));
        all
    }

    /// A mark for each pod in a row along the bottom; each has its place there.
    fn cells(&self, zoom: f64) -> Vec<Html> {
        let node = &*self.node.0;
        let (card, px) = (node.card(), 1.0 / zoom);
        let slots = node.pods.iter().map(|p| p.slot + 1).max().unwrap_or(0).max(6) as f64;
        let room = Rect::new(card.x + 5.0 * px, card.bottom() - 10.5 * px, card.w - 10.0 * px, 7.0 * px);
        if !node.chips.is_empty() || slots * 3.0 > room.w * zoom {
            return vec![bar(node.states, room)];
        }
        let pitch = (room.w / slots).min(12.0 * px);
        let cell = |(i, pod): (usize, &PodTile)| {
            let words =
                [("cell", true), (class_of(pod.state), true), ("selected", pod.selected), ("faded", self.is_faded(i))];
            let x = room.x + pod.slot as f64 * pitch;
            rect(class(&words), Rect::new(x, room.y, pitch - 2.0 * px, room.h), px)
        };
        node.pods.iter().enumerate().map(cell).collect()
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
    let part = |(count, class): (usize, &'static str)| {
        let w = r.w * count as f64 / total;
        let at = x;
        x += w;
        rect(class, Rect::new(at, r.y, w, r.h), 0.0)
    };
    group("bar", parts.into_iter().filter(|p| p.0 > 0).map(part).collect())
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
