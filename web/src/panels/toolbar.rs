//! The traffic's controls: play, step, who sends to what, how often and how fast.

use portolan_core::cluster::{Client, Cluster};
use portolan_core::decimal;
use yew::prelude::*;

use super::rules::Same;
use super::sender;
use crate::list::list;
use crate::state::action::Action;
use crate::state::choices::{self, Choice};
use crate::state::model::{Model, RATES, SLOW};

/// The controls.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let cluster = Same(model.session.cluster.clone());
    let fire = |action: Action| {
        let act = act.clone();
        Callback::from(move |_: MouseEvent| act.emit(action.clone()))
    };
    let playing = model.playing;
    html! {
        <div class="toolbar" role="toolbar" aria-label="Traffic">
            <div class="group">
                <button type="button" class="play" id="play" aria-pressed={playing.to_string()} onclick={fire(Action::Play(!playing))}
                    aria-label={if playing { "Pause" } else { "Play" }} title={if playing { "Pause (Space)" } else { "Play (Space)" }}>
                    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
                        <path d={if playing { "M2.5 1.5h3v11h-3zM8.5 1.5h3v11h-3z" } else { "M3 1l9.5 6L3 13z" }} />
                    </svg>
                </button>
                <button type="button" class="icon" onclick={fire(Action::Step)} aria-label="Step" title="To the next thing that happens (right arrow)">
                    <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="M2 1l7 6-7 6zM10 1.5h2.4v11H10z" /></svg>
                </button>
                <button type="button" class="text" id="send" onclick={fire(Action::SendOne)}>{ "Send one" }</button>
            </div>
            <div class="group route">
                <label><span>{ "from" }</span><ClientPicker cluster={cluster.clone()} value={AttrValue::from(model.client.clone())} act={act.clone()} /></label>
                <label><span>{ "to" }</span><TargetPicker {cluster} client={AttrValue::from(model.client.clone())} value={AttrValue::from(model.target.clone())} act={act.clone()} /></label>
            </div>
            <div class="group rate">
                <label><span class="hidden">{ "Requests a second" }</span>{ rates(model, act) }</label>
                { sender::opener(model, act) }
                <label><span class="hidden">{ "Speed" }</span>{ speeds(model, act) }</label>
                <label class="check"><input type="checkbox" checked={model.keep_alive} onchange={
                    let (act, on) = (act.clone(), !model.keep_alive);
                    Callback::from(move |_: Event| act.emit(Action::KeepAlive(on)))
                } /><span>{ "keep-alive" }</span></label>
            </div>
        </div>
    }
}

fn on_select(act: &Callback<Action>, make: impl Fn(String) -> Action + 'static) -> Callback<Event> {
    let act = act.clone();
    Callback::from(move |event: Event| {
        if let Some(select) = event.target_dyn_into::<web_sys::HtmlSelectElement>() {
            act.emit(make(select.value()));
        }
    })
}

#[derive(Properties)]
struct ClientProps {
    cluster: Same<Cluster>,
    value: AttrValue,
    act: Callback<Action>,
}

impl PartialEq for ClientProps {
    /// The page renders some times a second; there is another choice in another cluster only.
    fn eq(&self, other: &Self) -> bool {
        self.cluster == other.cluster && self.value == other.value
    }
}

/// Who can send.
#[component]
fn ClientPicker(props: &ClientProps) -> Html {
    let all = choices::clients(&props.cluster.0);
    html! { <Picker id="client" {all} value={props.value.clone()} act={props.act.clone()} make={Action::Client as fn(String) -> Action} /> }
}

#[derive(Properties)]
struct TargetProps {
    cluster: Same<Cluster>,
    client: AttrValue,
    value: AttrValue,
    act: Callback<Action>,
}

impl PartialEq for TargetProps {
    fn eq(&self, other: &Self) -> bool {
        self.cluster == other.cluster && self.client == other.client && self.value == other.value
    }
}

/// What can be sent to.
#[component]
fn TargetPicker(props: &TargetProps) -> Html {
    let client = Client::parse(&props.client).unwrap_or(Client::External(None));
    let all = choices::targets(&props.cluster.0, &client);
    html! { <Picker id="target" {all} value={props.value.clone()} act={props.act.clone()} make={Action::Target as fn(String) -> Action} /> }
}

#[derive(Properties)]
struct PickerProps {
    id: &'static str,
    all: Vec<Choice>,
    value: AttrValue,
    act: Callback<Action>,
    make: fn(String) -> Action,
}

impl PartialEq for PickerProps {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.all == other.all
    }
}

/// One of many.
#[component]
fn Picker(props: &PickerProps) -> Html {
    let (all, value) = (&props.all, &props.value);
    let mut groups: Vec<(&'static str, Vec<&Choice>)> = Vec::new();
    for choice in all {
        match groups.iter_mut().find(|g| g.0 == choice.group) {
            Some(group) => group.1.push(choice),
            None => groups.push((choice.group, vec![choice])),
        }
    }
    let known = all.iter().any(|c| c.value == **value);
    html! {
        <select id={props.id} onchange={on_select(&props.act, props.make)}>
            if !known {
                <option value={value.clone()} selected=true>{ if value.is_empty() { AttrValue::Static("nothing to send to") } else { value.clone() } }</option>
            }
            { list(groups.into_iter().map(|(name, choices)| html! {
                <optgroup label={name} key={name}>
                    { list(choices.into_iter().map(|c| html! {
                        <option key={c.value.as_str()} value={c.value.clone()} selected={c.value == **value}>{ &c.label }</option>
                    })) }
                </optgroup>
            })) }
        </select>
    }
}

fn rates(model: &Model, act: &Callback<Action>) -> Html {
    let mut all = RATES.to_vec();
    if !all.contains(&model.rate) {
        all.push(model.rate);
    }
    let users = model.habits.users;
    html! {
        <select id="rate" onchange={on_select(act, |v| Action::Rate(decimal::parse(&v).unwrap_or(2.0)))}>
            { list(all.iter().map(|r| html! { <option value={r.to_string()} selected={users == 0 && *r == model.rate}>{ if *r == 0.0 { "by hand".to_string() } else { format!("{r} / s") } }</option> })) }
            if users > 0 { <option value="" selected=true>{ format!("{users} users") }</option> }
        </select>
    }
}

fn speeds(model: &Model, act: &Callback<Action>) -> Html {
    let known = SLOW.iter().any(|s| s.0 == model.slow);
    html! {
        <select id="speed" onchange={on_select(act, |v| Action::Slow(decimal::parse(&v).unwrap_or(1.0)))}>
            { list(SLOW.iter().map(|(n, name)| html! { <option value={n.to_string()} selected={*n == model.slow}>{ *name }</option> })) }
            if !known { <option value={model.slow.to_string()} selected=true>{ if model.slow < 1.0 { format!("{:.0}\u{d7} faster", 1.0 / model.slow) } else { format!("{}\u{d7} slower", model.slow) } }</option> }
        </select>
    }
}
