//! How the toolbar's client goes about its requests: at a rate or as users who wait, on which connections, how patiently.

use portolan_core::decimal;
use portolan_core::sim::Habits;
use yew::prelude::*;

use crate::list::list;
use crate::state::action::Action;
use crate::state::model::Model;

/// The button that opens it.
pub(crate) fn opener(model: &Model, act: &Callback<Action>) -> Html {
    let open = model.sender;
    let act = act.clone();
    let onclick = Callback::from(move |_: MouseEvent| act.emit(Action::Sender(!open)));
    html! {
        <button type="button" class="icon" id="sender-open" aria-expanded={open.to_string()} aria-controls="sender" {onclick}
            aria-label="How the client sends" title="Users, bursts, connections, timeout, retries">
            <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.4">
                <path d="M1 3.5h12M1 10.5h12" /><circle cx="9" cy="3.5" r="1.9" fill="var(--chrome)" /><circle cx="5" cy="10.5" r="1.9" fill="var(--chrome)" />
            </svg>
        </button>
    }
}

/// The panel, where it is open.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    if !model.sender {
        return Html::default();
    }
    let (habits, keep) = (model.habits, model.keep_alive);
    let closed = habits.users > 0;
    let set = |change: fn(&mut Habits, u32)| {
        let act = act.clone();
        move |number: f64| {
            let mut habits = habits;
            // Above all limits here; whole numbers are exact.
            change(&mut habits, number.clamp(0.0, 1e9) as u32);
            act.emit(Action::Habits(habits, keep));
        }
    };
    let rate = {
        let act = act.clone();
        move |number: f64| act.emit(Action::Rate(number.clamp(0.0, portolan_core::sim::MAX_RATE)))
    };
    let way = {
        let act = act.clone();
        move |value: String| {
            let users = if value == "users" { 10 } else { 0 };
            act.emit(Action::Habits(Habits { users, burst: 0, ..habits }, keep));
        }
    };
    let connections = {
        let act = act.clone();
        move |value: String| {
            let pool = if value == "pool" { 10 } else { 0 };
            act.emit(Action::Habits(Habits { pool, ..habits }, value != "new"));
        }
    };
    let kept = if habits.pool > 0 {
        "pool"
    } else if keep {
        "keep-alive"
    } else {
        "new"
    };
    let close = {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(Action::Sender(false)))
    };
    let ms = |micros: u64| (micros / 1_000) as f64;
    let patience = ms(habits.patience());
    html! {
        <div class="menu left sender" id="sender" role="group" aria-labelledby="sender-title">
            <button type="button" class="icon close" aria-label="Close" onclick={close}>{ "\u{d7}" }</button>
            <h2 id="sender-title">{ "How the client sends" }</h2>
            { choice("sender-way", "sends", &[("rate", "at a rate"), ("users", "as users, in turn")], if closed { "users" } else { "rate" }, way) }
            if closed {
                { number("sender-users", "users", "", habits.users.into(), 1.0, set(|habits, n| habits.users = n.max(1))) }
                { number("sender-think", "each rests for", "ms", ms(habits.think), 0.0, set(|habits, n| habits.think = u64::from(n) * 1_000)) }
            } else {
                { number("sender-rate", "requests a second", "", model.rate, 0.0, rate) }
                { number("sender-burst", "at a time", "", habits.burst.max(1).into(), 1.0, set(|habits, n| habits.burst = if n > 1 { n } else { 0 })) }
            }
            { choice("sender-connections", "connections", &[("new", "a new one for each"), ("keep-alive", if closed { "kept, one a user" } else { "one, kept alive" }), ("pool", "a pool")], kept, connections) }
            if habits.pool > 0 {
                { number("sender-pool", "in the pool", "", habits.pool.into(), 1.0, set(|habits, n| habits.pool = n.max(1))) }
            }
            { number("sender-timeout", "waits for", "ms", patience, 1.0, set(|habits, n| habits.timeout = u64::from(n.max(1)) * 1_000)) }
            { number("sender-retries", "sends again, at most", "\u{d7}", habits.retries.into(), 0.0, set(|habits, n| habits.retries = n)) }
        </div>
    }
}

fn choice(
    id: &'static str,
    label: &'static str,
    all: &[(&'static str, &'static str)],
    now: &str,
    make: impl Fn(String) + 'static,
) -> Html {
    let onchange = Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
            make(select.value());
        }
    });
    html! {
        <label><span>{ label }</span>
            <select {id} {onchange}>{ list(all.iter().map(|(value, words)| html! {
                <option value={*value} selected={*value == now}>{ *words }</option>
            })) }</select>
        </label>
    }
}

fn number(
    id: &'static str,
    label: &'static str,
    unit: &'static str,
    now: f64,
    least: f64,
    make: impl Fn(f64) + 'static,
) -> Html {
    let onchange = Callback::from(move |event: Event| {
        let input = event.target_dyn_into::<web_sys::HtmlInputElement>();
        if let Some(number) = input.and_then(|input| decimal::parse(&input.value())).filter(|n| n.is_finite()) {
            make(number);
        }
    });
    html! {
        <label><span>{ label }</span>
            <span class="with-unit"><input type="number" {id} min={least.to_string()} step="any" value={now.to_string()} {onchange} />{ unit }</span>
        </label>
    }
}
