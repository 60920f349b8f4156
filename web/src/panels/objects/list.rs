//! The stored objects by kind, to choose one.

use portolan_core::apiserver::{Key, Outcome};
use portolan_core::collections::Set;
use portolan_core::objects::Value;
use portolan_core::world::World;
use yew::prelude::*;

use crate::list::list;

/// So many are seen at a glance, without a filter.
pub(super) const FEW: usize = 10;
/// Objects listed at once; the filter finds the others.
const MAX: usize = 80;

/// One object of the list.
pub(super) struct Listed {
    key: Key,
    /// The input has it; the rest was made by controllers, or every cluster has it.
    own: bool,
    /// What the filter looks at.
    words: String,
}

/// Kind, namespace and name of a stored object.
pub(super) fn key(value: &Value) -> Key {
    let text = |path: &str| value.at(path).and_then(Value::as_str).unwrap_or_default().to_string();
    (text("kind"), text("metadata.namespace"), text("metadata.name"))
}

/// Every stored object, by kind, in the order in which the kinds come first.
pub(super) fn all(world: &World) -> Vec<Listed> {
    let mut own: Set<Key> = Set::new();
    for answer in world.answers().iter().filter(|answer| matches!(answer.outcome, Outcome::Stored(_))) {
        own.insert((answer.kind.clone(), answer.namespace.clone(), answer.name.clone()));
    }
    // Of each kind the input's first, then the others.
    let mut kinds: Vec<[Vec<Listed>; 2]> = Vec::new();
    for value in world.stored() {
        let key = key(value);
        let words = format!("{} {}", key.0, super::name(&key)).to_ascii_lowercase();
        let one = Listed { own: own.contains(&key), key, words };
        let of =
            |lists: &&mut [Vec<Listed>; 2]| lists.iter().flatten().next().is_some_and(|other| other.key.0 == one.key.0);
        let side = usize::from(!one.own);
        match kinds.iter_mut().find(of) {
            Some(lists) => lists[side].push(one),
            None => {
                let mut lists = [Vec::new(), Vec::new()];
                lists[side].push(one);
                kinds.push(lists);
            }
        }
    }
    kinds.into_iter().flatten().flatten().collect()
}

/// Who made an object that the input does not have, in a sentence.
pub(super) fn maker(value: &Value) -> String {
    let text = |path: &str| value.at(path).and_then(Value::as_str);
    let labels = value.at("metadata.labels");
    let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let controller =
        label("endpointslice.kubernetes.io/managed-by").or_else(|| label("endpoints.kubernetes.io/managed-by"));
    let owner = text("metadata.ownerReferences.0.kind").zip(text("metadata.ownerReferences.0.name"));
    let service = label("kubernetes.io/service-name").or(text("metadata.name")).unwrap_or_default();
    match (controller, owner) {
        (Some(controller), Some((kind, name))) => format!("Made by {controller} for {kind} {name}."),
        (Some(controller), None) => format!("Made by {controller} for Service {service}."),
        (None, Some((kind, name))) => format!("Made by {kind} {name}."),
        (None, None) => "Not in your text: it comes with the cluster.".to_string(),
    }
}

/// The list, of those that have every word of the filter.
pub(super) fn view(listed: &[Listed], filter: &str, current: Option<&Key>, pick: &Callback<Key>) -> Html {
    let filter = filter.to_ascii_lowercase();
    let fits = |one: &&Listed| filter.split_whitespace().all(|word| one.words.contains(word));
    let found: Vec<&Listed> = listed.iter().filter(fits).collect();
    let more = found.len().saturating_sub(MAX);
    let mut shown = &found[..found.len() - more];
    let mut groups: Vec<&[&Listed]> = Vec::new();
    while let Some(first) = shown.first() {
        let (group, rest) = shown.split_at(shown.iter().take_while(|one| one.key.0 == first.key.0).count());
        groups.push(group);
        shown = rest;
    }
    html! {
        <>
            { list(groups.into_iter().map(|group| html! {
                <section key={group[0].key.0.clone()}>
                    <p class="kind" aria-hidden="true">{ &group[0].key.0 }</p>
                    <ul aria-label={group[0].key.0.clone()}>{ list(group.iter().map(|one| item(one, current == Some(&one.key), pick))) }</ul>
                </section>
            })) }
            if found.is_empty() { <p class="quiet">{ "No object has these words." }</p> }
            if more > 0 { <p class="quiet">{ format!("and {more} more: filter to find them") }</p> }
        </>
    }
}

fn item(one: &Listed, current: bool, pick: &Callback<Key>) -> Html {
    let onclick = {
        let (pick, key) = (pick.clone(), one.key.clone());
        Callback::from(move |_: MouseEvent| pick.emit(key.clone()))
    };
    // The namespace that everything is in says nothing.
    let name = if one.key.1 == "default" { one.key.2.clone() } else { super::name(&one.key) };
    html! {
        <li key={super::name(&one.key)}>
            <button type="button" class={classes!("listed", (!one.own).then_some("made"))} aria-current={current.then_some("true")} {onclick}>{ name }</button>
        </li>
    }
}
