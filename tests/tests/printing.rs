//! What the engine prints, other readers read the same: serde_json its JSON, serde_yaml its YAML.

use portolan_core::objects::Value;
use portolan_core::world::{Input, LoadOptions, World};
use portolan_tests::{corpus, files, traces, value};

/// Everything stored of every manifest of the corpus, accepted or not, and of the shared traces' cluster.
fn stored() -> Vec<Value> {
    let mut texts = vec![traces::MANIFEST.to_string()];
    for path in files(&corpus("apiserver"), "yaml") {
        texts.push(std::fs::read_to_string(path).expect("the case can be read"));
    }
    let load = |text| World::load(&[Input { name: "-".to_string(), text }], &LoadOptions::default());
    texts.into_iter().flat_map(|text| load(text).stored().into_iter().cloned().collect::<Vec<_>>()).collect()
}

#[test]
fn json_reads_back_in_serde_json() {
    for object in stored() {
        let read: serde_json::Value = serde_json::from_str(&object.to_json()).expect("it is JSON");
        assert_eq!(value(&read), object);
    }
}

#[test]
fn yaml_reads_back_in_serde_yaml() {
    for object in stored() {
        let text = object.to_yaml();
        let read: serde_json::Value = serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(value(&read), object, "{text}");
    }
}
