//! The few elements that everything on the chart consists of. Each is written once: an element in `html!` costs half a
//! kilobyte wherever it stands.

use yew::prelude::*;

use super::geometry::Rect;
use crate::list::list;

/// A number for an attribute, to a thousandth: small things are enlarged.
pub(super) fn s(value: f64) -> String {
    ((value * 1000.0).round() / 1000.0).to_string()
}

/// A word of a class, and whether it holds.
pub(super) type Word = (&'static str, bool);

/// The words that hold, as a class.
pub(super) fn class(words: &[Word]) -> AttrValue {
    let mut out = String::new();
    for (word, _) in words.iter().filter(|word| word.1) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    AttrValue::from(out)
}

/// A box with round corners.
pub(super) fn rect(class: impl Into<AttrValue>, r: Rect, round: f64) -> Html {
    rect_of(class.into(), r, round)
}

fn rect_of(class: AttrValue, r: Rect, round: f64) -> Html {
    html! { <rect {class} x={s(r.x)} y={s(r.y)} width={s(r.w)} height={s(r.h)} rx={s(round)} /> }
}

/// A text that begins, or as its class says ends or has its middle, at a place.
pub(super) fn text(class: impl Into<AttrValue>, x: f64, y: f64, content: impl Into<AttrValue>) -> Html {
    text_of(class.into(), x, y, content.into())
}

fn text_of(class: AttrValue, x: f64, y: f64, content: AttrValue) -> Html {
    html! { <text {class} x={s(x)} y={s(y)}>{ content }</text> }
}

/// A text of a size of its own.
pub(super) fn sized(class: &'static str, size: f64, x: f64, y: f64, content: String) -> Html {
    html! { <text {class} font-size={s(size)} x={s(x)} y={s(y)}>{ content }</text> }
}

/// A straight line.
pub(super) fn line(class: &'static str, from: (f64, f64), to: (f64, f64)) -> Html {
    html! { <line {class} x1={s(from.0)} y1={s(from.1)} x2={s(to.0)} y2={s(to.1)} /> }
}

/// A disc.
pub(super) fn circle(class: &'static str, x: f64, y: f64, r: f64) -> Html {
    html! { <circle {class} cx={s(x)} cy={s(y)} r={s(r)} /> }
}

/// A path.
pub(super) fn path(class: impl Into<AttrValue>, d: impl Into<AttrValue>) -> Html {
    path_of(class.into(), d.into())
}

fn path_of(class: AttrValue, d: AttrValue) -> Html {
    html! { <path {class} {d} /> }
}

/// A group.
pub(super) fn group(class: impl Into<AttrValue>, children: Vec<Html>) -> Html {
    group_of(class.into(), None, children)
}

/// A group that is moved or enlarged.
pub(super) fn moved(class: impl Into<AttrValue>, transform: String, children: Vec<Html>) -> Html {
    group_of(class.into(), Some(transform), children)
}

fn group_of(class: AttrValue, transform: Option<String>, children: Vec<Html>) -> Html {
    html! { <g {class} {transform}>{ list(children) }</g> }
}

/// What is said when it is pointed at.
pub(super) fn title(content: String) -> Html {
    html! { <title>{ content }</title> }
}

/// Moves to a place.
pub(super) fn to(x: f64, y: f64) -> String {
    format!("translate({} {})", s(x), s(y))
}
