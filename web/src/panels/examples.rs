//! The list of examples.

use yew::prelude::*;

use crate::list::list;
use crate::state::action::Action;
use crate::state::examples::EXAMPLES;
use crate::state::model::Model;

/// The list.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    for (i, example) in EXAMPLES.iter().enumerate() {
        match groups.iter_mut().find(|g| g.0 == example.group) {
            Some(group) => group.1.push(i),
            None => groups.push((example.group, vec![i])),
        }
    }
    html! {
        <div class="sheet examples" role="dialog" aria-label="Examples" id="examples" tabindex="-1">
            { list(groups.into_iter().map(|(name, items)| html! {
                <section key={name}>
                    <h2>{ name }</h2>
                    <ul>{ list(items.into_iter().map(|i| {
                        let act = act.clone();
                        let onclick = Callback::from(move |_: MouseEvent| act.emit(Action::Example(i)));
                        let current = model.example == Some(i);
                        html! {
                            <li key={EXAMPLES[i].id}>
                                <button type="button" class="example" data-example={EXAMPLES[i].id} aria-current={current.then_some("true")} {onclick}>
                                    <strong>{ EXAMPLES[i].title }</strong><span>{ EXAMPLES[i].about }</span>
                                </button>
                            </li>
                        }
                    })) }</ul>
                </section>
            })) }
        </div>
    }
}
