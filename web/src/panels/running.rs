//! The line under the editor: whether the text makes a new cluster or changes one that runs, and the way to start afresh.

use yew::prelude::*;

use crate::state::action::Action;
use crate::state::model::Model;

/// The view.
pub(crate) fn view(model: &Model, act: &Callback<Action>) -> Html {
    let updates = model.session.updates;
    let refused = model.session.diagnostics.iter().filter(|one| one.code == "kept-refused").count();
    let act = act.clone();
    // Greyed out rather than taken away: the keyboard's focus would go with it.
    let onclick = Callback::from(move |_: MouseEvent| {
        if updates > 0 {
            act.emit(Action::Afresh);
        }
    });
    html! {
        <div class="cluster">
            // Each key may be an update: only what was refused is worth an interruption.
            <p>{ state(updates) }<span role="status">{ said(refused) }</span></p>
            <button type="button" class="text" id="afresh" aria-disabled={(updates == 0).to_string()} {onclick}
                title="Forget addresses, ports and whatever else the cluster keeps">{ "Start afresh" }</button>
        </div>
    }
}

fn state(updates: u32) -> String {
    match updates {
        0 => "New cluster; edits update it".into(),
        1 => "Running cluster, 1 update".into(),
        n => format!("Running cluster, {n} updates"),
    }
}

fn said(refused: usize) -> String {
    match refused {
        0 => String::new(),
        1 => "; a change was refused, its object goes on".into(),
        n => format!("; {n} changes were refused, their objects go on"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_how_often_the_cluster_was_updated_and_what_it_refused() {
        assert_eq!(state(0) + &said(0), "New cluster; edits update it");
        assert_eq!(state(1) + &said(0), "Running cluster, 1 update");
        assert_eq!(state(7) + &said(2), "Running cluster, 7 updates; 2 changes were refused, their objects go on");
    }
}
