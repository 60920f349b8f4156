//! What fuzzing begins with: `fuzz_seeds DIR` writes the inputs of all recordings, cases and examples as seeds, and the
//! words of the schema as a dictionary. `cargo xtask fuzz` runs it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use portolan_core::objects::Value;
use portolan_core::objects::schema::{KINDS, Struct, Type};
use portolan_tests::{files, json, traces};

/// Words that no table has, but that decide something.
const WORDS: [&str; 30] = [
    "None",
    "# op: put",
    "# op: patch",
    "# op: smp",
    "# op: ssa",
    "# op: status",
    "# op: delete",
    "---\n",
    "<<: *",
    "&a ",
    "*a",
    "10.96.0.10",
    "10.96.0.0/12",
    "fd00:10:96::a",
    "fd00:10:96::/108",
    "kubernetes.io/service-name",
    "service.kubernetes.io/topology-mode",
    "portolan.dev/listen",
    "31000",
    "2147483648",
    "9223372036854775808",
    "1e3",
    "0o17",
    "0x1F",
    "yes",
    "~",
    "null",
    "!!binary ",
    "\u{e9}",
    "\t",
];

fn main() {
    let Some(out) = std::env::args().nth(1).map(PathBuf::from) else {
        eprintln!("usage: fuzz_seeds DIR");
        std::process::exit(2);
    };
    let texts = texts();
    for target in ["store", "trace"] {
        fs::create_dir_all(out.join("seeds").join(target)).expect("a folder for the seeds");
    }
    let questions: Vec<_> = traces::requests().collect();
    for (at, text) in texts.iter().enumerate() {
        let write = |target: &str, name: String, text: String| {
            fs::write(out.join("seeds").join(target).join(name), text).expect("a seed can be written");
        };
        write("store", format!("{at:04}"), text.clone());
        if at % 8 == 0 {
            write("store", format!("{at:04}-stored"), format!("!{text}"));
            write("store", format!("{at:04}-demo"), format!("+{text}"));
        }
        if let Some((from, to, protocol)) = questions.get(at % questions.len()) {
            write("trace", format!("{at:04}"), format!("{from} {to} {protocol}\n{text}"));
        }
    }
    // The requests that lead somewhere, in the cluster that they are made for.
    for (at, (from, to, protocol)) in questions.iter().enumerate() {
        let seed = out.join("seeds/trace").join(format!("shop-{at:02}"));
        fs::write(seed, format!("{from} {to} {protocol}\n{}", traces::MANIFEST)).expect("a seed can be written");
    }
    fs::write(out.join("words.dict"), dictionary()).expect("the dictionary can be written");
    println!("{} texts, {} requests", texts.len(), questions.len());
}

/// All manifests of the repository.
fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for folder in ["../web/examples", "cases/seed", "cases/traces", "corpus/apiserver"] {
        let manifests = files(&root.join(folder), "yaml");
        texts.extend(manifests.iter().map(|path| fs::read_to_string(path).expect("a manifest")));
    }
    for folder in ["corpus/endpointslice", "corpus/kubeproxy", "corpus/packets"] {
        for path in files(&root.join(folder), "json") {
            let mut found = Vec::new();
            objects(&json(&path), &mut found);
            texts.push(found.join("---\n"));
        }
    }
    texts
}

/// Every object in a recording, in order.
fn objects(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(_) if value.get("kind").is_some() && value.get("apiVersion").is_some() => {
            found.push(value.to_yaml());
        }
        Value::Object(members) => members.iter().for_each(|(_, member)| objects(member, found)),
        Value::Array(items) => items.iter().for_each(|item| objects(item, found)),
        _ => {}
    }
}

/// The schema's names and values, as libFuzzer reads words.
fn dictionary() -> String {
    let mut words: BTreeSet<String> = WORDS.iter().map(ToString::to_string).collect();
    let mut seen = BTreeSet::new();
    for kind in KINDS {
        words.insert(format!("apiVersion: {}\nkind: {}\n", kind.api_version, kind.kind));
        fields(kind.table, &mut words, &mut seen);
    }
    let quoted = |word: &String| -> String {
        let bytes = word.bytes().map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", byte as char),
            b' '..=b'~' => (byte as char).to_string(),
            _ => format!("\\x{byte:02x}"),
        });
        format!("\"{}\"\n", bytes.collect::<String>())
    };
    words.iter().map(quoted).collect()
}

fn fields(table: &'static Struct, words: &mut BTreeSet<String>, seen: &mut BTreeSet<&'static str>) {
    if !seen.insert(table.name) {
        return;
    }
    for field in table.fields {
        words.insert(format!("{}: ", field.name));
        let mut ty = &field.ty;
        while let Type::List(element) | Type::Map(element) = ty {
            ty = element;
        }
        match ty {
            Type::Enum(_, values) => words.extend(values.iter().map(ToString::to_string)),
            Type::Struct(table) => fields(table, words, seen),
            _ => {}
        }
    }
}
