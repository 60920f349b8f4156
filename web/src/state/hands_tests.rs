//! What people do with a run: back and forth, taking things back, keeping it.

use portolan_core::objects::ObjectRef;
use portolan_core::sim::Command;

use super::action::{Action, Effect};
use super::model::Model;
use super::session::Session;
use crate::editor::apply;

fn open(id: &str) -> Model {
    Model::open(id, false)
}

fn play(model: &mut Model, seconds: f64) {
    model.update(Action::Play(true));
    for _ in 0..(seconds * 20.0) as u32 {
        model.update(Action::Tick(50.0));
    }
}

fn pods(model: &Model) -> Vec<String> {
    let all = model.session.sim().cluster().pods.iter();
    all.filter(|pod| pod.meta.namespace == "default").map(|pod| pod.meta.name.clone()).collect()
}

/// What the page does with an edit of its own: the editor gives it back as text.
fn edited(model: &mut Model, effects: &[Effect]) {
    for effect in effects {
        if let Effect::Apply(edits) = effect {
            let text = apply(&model.session.text, edits);
            model.update(Action::Text(text));
        }
    }
}

#[test]
fn a_killed_pod_lives_when_that_is_undone_and_dies_when_it_is_done_again() {
    let mut model = open("node-port");
    play(&mut model, 2.0);
    let before = pods(&model);
    let victim = before.iter().find(|name| name.starts_with("web")).cloned().unwrap_or_default();
    model.update(Action::Do(Command::KillPod(ObjectRef::new("default", &victim))));
    play(&mut model, 6.0);
    assert!(!pods(&model).contains(&victim), "{:?}", pods(&model));
    let now = model.session.now();
    assert_eq!(model.hands.undoes(), Some(format!("kill pod {victim}").as_str()));
    model.update(Action::Undo);
    assert_eq!(
        (pods(&model), model.session.now()),
        (before, now),
        "as though it had never been done, at the same time"
    );
    assert_eq!(model.said, format!("Undone: kill pod {victim}"));
    model.update(Action::Redo);
    assert!(!pods(&model).contains(&victim));
    assert_eq!(model.hands.redoes(), None);
    model.update(Action::Redo);
    assert_eq!(model.said, "Nothing to redo.");
}

#[test]
fn scaling_changes_the_text_and_the_run_goes_on() {
    let mut model = open("scaling");
    play(&mut model, 3.0);
    let (now, text) = (model.session.now(), model.session.text.clone());
    let before = pods(&model);
    let effects = model.update(Action::Do(Command::Scale("Deployment".into(), ObjectRef::new("default", "web"), 5)));
    edited(&mut model, &effects);
    assert!(model.session.text.contains("replicas: 5") && *model.session.text != *text);
    assert!(model.session.now() >= now && model.session.updates == 1);
    play(&mut model, 4.0);
    assert_eq!(pods(&model).len(), before.len() + 5 - before.iter().filter(|name| name.starts_with("web")).count());
    let effects = model.update(Action::Undo);
    edited(&mut model, &effects);
    assert_eq!((pods(&model), &*model.session.text), (before, &*text));
    let effects = model.update(Action::Redo);
    edited(&mut model, &effects);
    assert!(model.session.text.contains("replicas: 5"));
}

#[test]
fn a_look_at_the_past_changes_nothing_and_time_goes_on_from_there() {
    let mut model = open("node-port");
    play(&mut model, 4.0);
    model.update(Action::Do(Command::SetNodeRunning("worker-1".into(), false)));
    play(&mut model, 4.0);
    let report = model.session.sim().report();
    model.update(Action::Seek(2_000_000));
    assert!(!model.playing && model.session.now() == 2_000_000 && !model.session.stopped("worker-1"));
    assert!(model.session.recent.iter().all(|recent| recent.at <= 2_000_000) && !model.session.recent.is_empty());
    model.update(Action::Jump(true));
    assert_eq!((model.session.now(), model.session.stopped("worker-1")), (4_001_000, true));
    model.update(Action::Jump(false));
    assert_eq!(model.session.now(), 0);
    model.update(Action::Seek(report.duration));
    assert_eq!(model.session.sim().report(), report);
}

#[test]
fn another_client_is_undone_with_its_traffic() {
    let mut model = open("node-port");
    play(&mut model, 2.0);
    let target = model.target.clone();
    model.update(Action::Target("node/worker-2:31000".into()));
    play(&mut model, 2.0);
    model.update(Action::Undo);
    assert_eq!(model.target, target);
    assert!(model.session.sim().loads().all(|(load, _)| load.to == target));
    let mut fresh = open("node-port");
    fresh.update(Action::Rate(100.0));
    assert_eq!(fresh.hands.undoes(), None, "before anything moved it is a choice");
    assert_eq!(fresh.session.sim().loads().count(), 1);
}

#[test]
fn a_recorded_scenario_runs_to_the_same_numbers() {
    let mut model = open("node-port");
    play(&mut model, 2.0);
    let victim = pods(&model).into_iter().find(|name| name.starts_with("web")).unwrap_or_default();
    model.update(Action::Do(Command::KillPod(ObjectRef::new("default", &victim))));
    play(&mut model, 1.0);
    model.update(Action::Rate(20.0));
    model.update(Action::SendOne);
    play(&mut model, 3.3);
    let effects = model.update(Action::Record);
    edited(&mut model, &effects);
    assert!(model.session.text.contains("kind: Scenario") && model.session.text.contains("kill: default/web"));
    assert!(model.session.diagnostics.iter().all(|one| one.code != "scenario"), "{:?}", model.session.diagnostics);
    let end = model.session.run().scenario().duration;
    model.update(Action::Seek(end));
    let report = model.session.sim().report();
    // Afresh, as somebody does who opens the link.
    let again = Session::new(&model.session.text, false, 0);
    let mut again_run = Model::open("", false);
    again_run.update(Action::Text(again.text.to_string()));
    again_run.update(Action::Afresh);
    assert!(again_run.session.run().done().is_empty());
    again_run.update(Action::Seek(end));
    assert_eq!(again_run.session.sim().report(), report);
    // Once more: the document is replaced, not doubled.
    let effects = model.update(Action::Record);
    edited(&mut model, &effects);
    assert_eq!(model.session.text.matches("kind: Scenario").count(), 1);
    let effects = model.update(Action::Undo);
    edited(&mut model, &effects);
}

#[test]
fn a_scenario_stops_when_it_is_over_and_all_its_clients_send() {
    let text = "kind: Scenario\napiVersion: portolan.dev/v1alpha1\nspec:\n  duration: 2s\n  clients:\n  - {from: external, to: 'node/worker-1:31000', rate: 10}\n  - {from: external, to: 'node/worker-2:31000', rate: 5}\n";
    let mut model = open("node-port");
    model.update(Action::Text(text.into()));
    model.update(Action::Afresh);
    play(&mut model, 5.0);
    assert_eq!((model.session.now(), model.playing), (2_000_000, false), "{}", model.said);
    let sent: Vec<u64> = model.session.sim().loads().map(|(_, counts)| counts.sent).collect();
    assert_eq!(sent, [20, 10]);
    play(&mut model, 1.0);
    assert!(model.session.now() > 2_000_000, "play goes on after it");
}
