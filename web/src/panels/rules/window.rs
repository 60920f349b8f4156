//! The lines themselves: only those in sight are in the page, however many there are.

use yew::prelude::*;

use super::{Msg, Rules, tell};
use crate::list::list;

/// The height of a line in pixels, as the style has it.
pub(super) const LINE: f64 = 20.0;
/// Lines drawn: more than the tallest screen shows at once.
const DRAWN: usize = 110;
/// Lines drawn above those in sight.
const ABOVE: usize = 20;

/// Scrolls a line into view, unless it is there.
pub(super) fn bring(list: &web_sys::Element, place: usize) {
    let (top, height) = (place as f64 * LINE, f64::from(list.client_height()));
    let now = f64::from(list.scroll_top());
    if top < now || top + LINE > now + height {
        // A third from the top: what leads there is seen too.
        list.set_scroll_top((top - height / 3.0).max(0.0) as i32);
    }
}

impl Rules {
    /// The list.
    pub(super) fn window(&self, ctx: &Context<Self>) -> Html {
        let props = ctx.props();
        let count = self.count();
        let first = ((self.scrolled / LINE) as usize).saturating_sub(ABOVE).min(count.saturating_sub(DRAWN));
        let drawn = first..(first + DRAWN).min(count);
        let picked = self.picked.and_then(|line| self.place_of(line));
        let heads: Vec<usize> =
            self.lit.iter().filter_map(|lit| Some(self.listing.lines.get(lit.line)?.head as usize)).collect();
        let onscroll = ctx.link().batch_callback(|event: Event| {
            event.target_dyn_into::<web_sys::Element>().map(|list| Msg::Scrolled(f64::from(list.scroll_top())))
        });
        let onkeydown = ctx.link().batch_callback(move |event: KeyboardEvent| {
            if event.ctrl_key() || event.meta_key() || event.alt_key() {
                return None;
            }
            let at = picked.unwrap_or(first);
            let last = count.saturating_sub(1);
            let message = match event.key().as_str() {
                "ArrowDown" => Msg::Pick(picked.map_or(first, |at| (at + 1).min(last))),
                "ArrowUp" => Msg::Pick(at.saturating_sub(1)),
                "PageDown" => Msg::Pick((at + 12).min(last)),
                "PageUp" => Msg::Pick(at.saturating_sub(12)),
                "Home" => Msg::Pick(0),
                "End" => Msg::Pick(last),
                "n" => Msg::Step(true),
                "p" => Msg::Step(false),
                _ => return None,
            };
            event.prevent_default();
            event.stop_propagation();
            Some(message)
        });
        let current = picked.filter(|place| drawn.contains(place)).map(|place| format!("rule-{place}"));
        let space = |lines: usize| {
            html! { <svg class="space" role="presentation" aria-hidden="true" width="1" height={format!("{}", lines as f64 * LINE)}></svg> }
        };
        html! {
            <div class="rules" id="rules-list" role="listbox" tabindex="0" aria-label="Rules" ref={self.list.clone()} aria-activedescendant={current} {onscroll} {onkeydown}>
                { space(drawn.start) }
                { list(drawn.clone().filter_map(|place| {
                    let line = self.line_at(place)?;
                    let decides = self.lit.iter().any(|lit| lit.line == line);
                    let class = classes!(
                        "line",
                        decides.then_some("lit"),
                        (!decides && heads.contains(&line)).then_some("head"),
                        self.is_at_cursor(line, props).then_some("own"),
                    );
                    let text = self.listing.text_of(line).replace('\t', "    ");
                    let label = match (decides, text.is_empty()) {
                        (true, _) => Some(format!("{text}, decided")),
                        (_, true) => Some("empty line".to_string()),
                        _ => None,
                    };
                    Some(html! {
                        <div key={place} id={format!("rule-{place}")} {class} role="option" aria-selected={(picked == Some(place)).to_string()}
                            aria-setsize={count.to_string()} aria-posinset={(place + 1).to_string()} aria-label={label} onclick={tell(ctx, Msg::Pick(place))}>{ text }
                        </div>
                    })
                })) }
                { space(count - drawn.end) }
            </div>
        }
    }
}
