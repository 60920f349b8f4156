//! Reads the input and sends it to the API server, object by object.

use crate::collections::Map;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use crate::apiserver::{Answer, Key, Operation, Outcome, Store};
use crate::diagnostic::{Diagnostic, LineIndex, Severity, Source, Span};
use crate::expect;
use crate::objects::schema::KINDS;
use crate::objects::{Decoded, ObjectRef, Origin, Refusal, Value, decode, objects_of, refuse_unreadable, to_value};
use crate::pace::Pace;
use crate::sim::Scenario;
use crate::sort;
use crate::yaml::{self, Broken, Document, Limits, Node};

use super::assemble::{self, Carried};
use super::running::{Base, Named, Ranges, Running, Sent};
use super::settings::{self, Gathered};
use super::unreadable::unreadable;
use super::{Input, LoadOptions, Placed, Text, World, demo, system, tell};

/// How many passes of the controllers before the last one, times the objects that they look at, are affordable.
const PASSES_TIMES_OBJECTS: usize = 200_000;

/// One object of the input, or a document that could not be read.
enum Item<'a> {
    Broken { document: usize, refusal: Refusal },
    Object { document: usize, path: String, node: &'a Node, operation: Operation, content: Content },
}

/// What an object turned out to be.
enum Content {
    /// To be sent to the server; for patches as it was written.
    Object(Decoded),
    /// Not decodable.
    Refused(Refusal),
    /// Settings, which are taken note of.
    Settings { kind: String, value: Value },
    /// The run of a simulation.
    Scenario(Value),
    /// What the text claims of itself.
    Expectation(Value),
}

/// Has the memory that a text will need put aside in one piece, if the text is long. wasm's allocator takes memory by
/// 64 kB, and to grow it by so little so often costs more time than all that is done with it.
#[cfg(target_arch = "wasm32")]
fn reserve(bytes: usize) {
    /// Bytes that the engine comes to hold for each of the text, at least.
    const EACH: usize = 32;
    if bytes > 200_000 {
        let mut room: Vec<u8> = Vec::new();
        // Without it all goes on as it would have.
        let _ = room.try_reserve_exact(bytes.saturating_mul(EACH));
        std::hint::black_box(&room);
    }
}

/// Reads everything. See [`World::load`].
pub(super) async fn load(inputs: &[Input], options: &LoadOptions, base: Option<Rc<Base>>, pace: &Pace) -> World {
    #[cfg(target_arch = "wasm32")]
    reserve(inputs.iter().map(|input| input.text.len()).sum());
    let mut documents: Vec<Document> = Vec::new();
    let mut broken: Vec<(usize, Broken)> = Vec::new();
    let mut diagnostics = Vec::new();
    let mut texts = Vec::new();
    let mut next = 0;
    for (file, input) in inputs.iter().enumerate() {
        let stream = yaml::read_paced(&input.text, file, next, &Limits::default(), pace).await;
        next += stream.documents.len() + stream.broken.len();
        documents.extend(stream.documents);
        broken.extend(stream.broken.into_iter().map(|broken| (file, broken)));
        diagnostics.extend(stream.diagnostics);
        texts.push(Text { name: input.name.clone(), text: input.text.clone(), lines: LineIndex::new(&input.text) });
    }
    let mut files: Map<usize, usize> = documents.iter().map(|document| (document.index, document.file)).collect();
    files.extend(broken.iter().map(|(file, broken)| (broken.index, *file)));

    let items = items(&documents, &broken, &texts, pace).await;
    let mut loader = Loader {
        options,
        pace,
        sent: Vec::new(),
        diagnostics,
        settings_documents: Map::new(),
        scenario: None,
        scenario_place: None,
        expectations: Vec::new(),
        passes_left: 1 + PASSES_TIMES_OBJECTS / (items.len() + 100),
    };
    loader.diagnostics.extend(documents.iter().filter_map(unknown_operation));
    let gathered = loader.settings(&items);
    let balancers = loader.scenario.as_ref().and_then(|scenario| scenario.load_balancers);
    let (mut settings, inferred) = gathered.finish(balancers.unwrap_or(options.load_balancers));
    if let Some(document) = documents.first().filter(|_| !inferred.is_empty()) {
        let message =
            format!("the input does not tell the cluster's ranges; taken from its addresses: {}", inferred.join("; "));
        let mut diagnostic = Diagnostic::new(
            "settings-inferred",
            Severity::Info,
            Source::Portolan,
            message,
            document.index,
            tell::place(&document.root, "kind"),
        );
        diagnostic.help = Some("A ClusterConfiguration and a KubeProxyConfiguration would tell them.".to_string());
        loader.diagnostics.push(diagnostic);
    }
    let ranges = Ranges::of(&settings);
    let base =
        base.filter(|base| base.ranges == ranges && documents.iter().all(|one| operation(one) == Operation::Create));
    let named: Vec<Named> = if base.is_some() { items.iter().map(named).collect() } else { Vec::new() };
    let (mut running, mut store, mut carried) = match base.as_deref() {
        Some(base) => {
            let (running, store, carried) = Running::start(base, &named, pace).await;
            (Some(running), store, carried)
        }
        None => (None, Store::new(&settings, options.seed), Carried::default()),
    };
    let mut answers = Vec::with_capacity(items.len());
    for item in items {
        answers.push(loader.send(item, &mut store, &settings, &mut carried, running.as_mut()).await);
        pace.spend(20).await;
    }
    let mut kept = Vec::new();
    if let Some(mut running) = running {
        let unread = |document| {
            let told = loader.diagnostics.iter().find(|one| one.document == document);
            told.map(|one| one.span).unwrap_or_default()
        };
        let notes = running.tell(&store, &documents, &answers, unread);
        loader.diagnostics.extend(notes);
        kept = running.kept;
    }
    for stored in store.list("ServiceCIDR") {
        settings.take(&stored.value);
    }
    system::add_dns(&mut store, &settings);
    let (mut cluster, mut controlled) = assemble::run(&store, &settings, options, &carried, pace).await;
    let demo_candidates = demo::candidates(&cluster, &controlled.workloads);
    if options.demo_pods && !demo_candidates.is_empty() {
        demo::add(&mut store, &cluster, &controlled.workloads, &demo_candidates);
        (cluster, controlled) = assemble::run(&store, &settings, options, &carried, pace).await;
    }
    let mut world = World {
        options: options.clone(),
        no_text: Text { name: String::new(), text: String::new(), lines: LineIndex::new("") },
        texts,
        documents,
        files,
        settings_documents: loader.settings_documents,
        answers,
        diagnostics: loader.diagnostics,
        scenario: loader.scenario,
        expectations: loader.expectations,
        store: Rc::new(store),
        sent: loader.sent,
        cluster,
        controlled,
        demo_candidates,
        stored: OnceCell::new(),
        fleet: RefCell::default(),
        base: base.clone(),
        kept,
        ranges,
    };
    world.remark();
    if let Some((document, path)) = loader.scenario_place {
        world.remark_scenario(document, &path);
    }
    sort::by_key(&mut world.diagnostics, |one| (one.document, one.span.start));
    world
}

/// All objects in the order of the input, decoded.
async fn items<'a>(
    documents: &'a [Document],
    broken: &[(usize, Broken)],
    texts: &[Text],
    pace: &Pace,
) -> Vec<Item<'a>> {
    let mut items: Vec<(usize, Item<'a>)> = Vec::with_capacity(documents.len());
    for (file, broken) in broken {
        let text = texts.get(*file).map(|text| text.text.as_str()).unwrap_or_default();
        let covered = text.get(broken.span.start as usize..broken.span.end as usize).unwrap_or_default();
        let refusal = refuse_unreadable(covered, &broken.message);
        items.push((broken.index, Item::Broken { document: broken.index, refusal }));
    }
    for document in documents {
        let operation = operation(document);
        for (path, node) in objects_of(&document.root) {
            let mut content = content(node, operation, document);
            if let Some(kind) = listed_as(&document.root, node).filter(|_| !path.is_empty()) {
                // A server's own list does not say it of each item (`decodeToList` of apimachinery's unstructured).
                content = match decode(node, Some(kind), &document.duplicates) {
                    Ok(decoded) => Content::Object(Decoded { defaulted: Vec::new(), ..decoded }),
                    Err(refusal) => Content::Refused(refusal),
                };
            }
            items.push((document.index, Item::Object { document: document.index, path, node, operation, content }));
            pace.spend(15).await;
        }
    }
    sort::by_key(&mut items, |(document, _)| *document);
    items.into_iter().map(|(_, item)| item).collect()
}

/// The kind of a list's items, for an item that does not say it: `Service` in a `ServiceList`.
fn listed_as(list: &Node, item: &Node) -> Option<&'static str> {
    let kind = list.get("kind").and_then(Node::as_str)?.strip_suffix("List")?;
    let known = KINDS.iter().find(|known| known.kind == kind)?;
    item.get("kind").is_none().then_some(known.kind)
}

/// What a document asks for: a comment `op: patch` and the like before it; create without one.
pub(super) fn operation(document: &Document) -> Operation {
    match asked(document) {
        Some("put") => Operation::Put,
        Some("patch") => Operation::Patch,
        Some("smp") => Operation::StrategicPatch,
        Some("ssa") => Operation::Apply,
        Some("status") => Operation::Status,
        Some("delete") => Operation::Delete,
        _ => Operation::Create,
    }
}

fn asked(document: &Document) -> Option<&str> {
    document.comments.iter().find_map(|comment| comment.trim().strip_prefix("op:")).map(str::trim)
}

/// What is asked for, where nobody knows it.
fn unknown_operation(document: &Document) -> Option<Diagnostic> {
    let known = ["create", "put", "patch", "smp", "ssa", "status", "delete"];
    let asked = asked(document).filter(|asked| !known.contains(asked))?;
    let message = format!("`op: {asked}` is no operation ({}); the object is created", known.join(", "));
    let span = tell::place(&document.root, "kind");
    Some(Diagnostic::new("unknown-operation", Severity::Warning, Source::Portolan, message, document.index, span))
}

/// What an item of the input stands for, as far as that can be told.
fn named(item: &Item<'_>) -> Named {
    let Item::Object { document, path, node, content, .. } = item else {
        let Item::Broken { document, .. } = item else { return Named::Other };
        return Named::Unknown(*document);
    };
    let key = match content {
        Content::Object(decoded) => Store::key(&decoded.value),
        Content::Refused(_) => Store::key(&to_value(node)),
        Content::Settings { .. } | Content::Scenario(_) | Content::Expectation(_) => return Named::Other,
    };
    // `kind: Serv` will be a Service in a moment.
    let known = KINDS.iter().any(|kind| kind.kind == key.0);
    let half = !known && KINDS.iter().any(|kind| kind.kind.starts_with(&key.0));
    if half || key.2.is_empty() {
        return Named::Unknown(*document);
    }
    Named::Object(key, Origin::Document { document: *document, path: path.clone() })
}

fn content(node: &Node, operation: Operation, document: &Document) -> Content {
    let named = |key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default();
    // What is ours and misspelt must not be passed over, or nobody would miss what it claims.
    let version = named("apiVersion");
    let ours = version.starts_with("portolan.") || version.is_empty() || version == "v1" || version == "v1alpha1";
    match named("kind") {
        "Scenario" if ours => return Content::Scenario(to_value(node)),
        "Expectation" if ours => return Content::Expectation(to_value(node)),
        _ if version.starts_with("portolan.dev/") => return Content::Expectation(to_value(node)),
        _ => {}
    }
    let known = crate::objects::schema::kind_of(named("apiVersion"), named("kind"));
    let raw = || Decoded {
        api_version: named("apiVersion").to_string(),
        kind: named("kind").to_string(),
        known,
        value: to_value(node),
        defaulted: Vec::new(),
        not_modelled: Vec::new(),
    };
    if matches!(operation, Operation::Patch | Operation::StrategicPatch | Operation::Status | Operation::Delete) {
        return Content::Object(raw());
    }
    match decode(node, None, &document.duplicates) {
        // Server-side apply reads what was sent by a schema of its own.
        Ok(decoded) if operation == Operation::Apply => Content::Object(Decoded { value: to_value(node), ..decoded }),
        Err(_) if operation == Operation::Apply && known.is_some() => Content::Object(raw()),
        Err(refusal) => Content::Refused(refusal),
        Ok(decoded) if settings::KINDS.contains(&decoded.kind.as_str()) => {
            Content::Settings { kind: decoded.kind, value: decoded.value }
        }
        Ok(decoded) => Content::Object(decoded),
    }
}

struct Loader<'o> {
    options: &'o LoadOptions,
    pace: &'o Pace,
    /// What was accepted.
    sent: Vec<(Key, Rc<Sent>)>,
    diagnostics: Vec<Diagnostic>,
    settings_documents: Map<String, usize>,
    scenario: Option<Scenario>,
    /// Its document and the path in it.
    scenario_place: Option<(usize, String)>,
    expectations: Vec<Placed>,
    /// How many more times controllers may run before the end of the input, and 1.
    passes_left: usize,
}

impl Loader<'_> {
    /// Settings count for the whole input, wherever they stand in it.
    fn settings(&mut self, items: &[Item<'_>]) -> Gathered {
        let mut gathered = Gathered::new(self.options.stored);
        for item in items {
            let Item::Object { document, path, node, content, operation } = item else { continue };
            match content {
                Content::Settings { kind, value } => {
                    let problems = gathered.read(kind, value);
                    self.wrong("settings", problems, *document, node);
                    self.settings_documents.insert(kind.clone(), *document);
                }
                Content::Object(decoded) if *operation == Operation::Create => {
                    // Of objects of the API the server says what is wrong.
                    gathered.read(&decoded.kind, &decoded.value);
                    if self.options.stored {
                        let problems = unreadable(&decoded.kind, &decoded.value);
                        self.wrong("stored-unreadable", problems, *document, node);
                    }
                }
                Content::Scenario(value) => match Scenario::from_value(value) {
                    Ok(scenario) => {
                        if self.scenario.replace(scenario).is_some() {
                            let again =
                                [("kind".to_string(), "another Scenario stood before: only this one runs".into())];
                            self.wrong("scenario", again.into(), *document, node);
                        }
                        self.scenario_place = Some((*document, path.clone()));
                        self.settings_documents.insert("Scenario".to_string(), *document);
                    }
                    Err(problems) => self.wrong("scenario", problems, *document, node),
                },
                Content::Expectation(value) => self.expectations(value, *document, node),
                Content::Object(_) | Content::Refused(_) => {}
            }
        }
        gathered
    }

    /// Takes note of what a document claims.
    fn expectations(&mut self, value: &Value, document: usize, node: &Node) {
        match expect::read(value) {
            Ok(found) => self.expectations.extend(found.into_iter().map(|expectation| {
                let path = if expectation.path == "spec" { "" } else { expectation.path.as_str() };
                Placed { document, span: tell::place(node, path), expectation }
            })),
            Err(problems) => self.wrong("expectation", problems, document, node),
        }
    }

    /// Whether the controllers may have another pass: all passes together look at a bounded number of objects, so that
    /// no input takes for ever.
    fn may_pass(&mut self, document: usize, node: &Node) -> bool {
        let left = self.passes_left;
        self.passes_left = left.saturating_sub(1);
        if left == 1 {
            let message =
                "from here on, controllers wait for the end of the input: it changes too much of what it makes";
            let span = tell::place(node, "");
            self.diagnostics.push(Diagnostic::new(
                "controllers-wait",
                Severity::Info,
                Source::Portolan,
                message,
                document,
                span,
            ));
        }
        left > 1
    }

    /// Says, once, that the input looks like a dump that was not taken as one.
    fn exported(&mut self, document: usize, node: &Node) {
        const CODE: &str = "exported";
        if self.diagnostics.iter().any(|one| one.code == CODE) {
            return;
        }
        let message = "this object comes from a cluster, and the server takes none that says its own resourceVersion";
        let span = tell::place(node, "metadata.resourceVersion");
        let mut diagnostic = Diagnostic::new(CODE, Severity::Warning, Source::Portolan, message, document, span);
        diagnostic.field = Some("metadata.resourceVersion".to_string());
        diagnostic.help = Some("Take the input as already stored: --stored on the command line.".to_string());
        self.diagnostics.push(diagnostic);
    }

    /// Notes what is wrong with a document that the API server never sees.
    fn wrong(&mut self, code: &'static str, problems: Vec<(String, String)>, document: usize, node: &Node) {
        for (field, message) in problems {
            let span = tell::place(node, &field);
            let mut diagnostic = Diagnostic::new(code, Severity::Error, Source::Portolan, message, document, span);
            diagnostic.field = Some(field);
            self.diagnostics.push(diagnostic);
        }
    }

    /// Sends one object and notes the answer.
    async fn send(
        &mut self,
        item: Item<'_>,
        store: &mut Store,
        settings: &crate::cluster::Settings,
        carried: &mut Carried,
        running: Option<&mut Running<'_>>,
    ) -> Answer {
        let (document, path, node, operation, content) = match item {
            Item::Broken { document, refusal } => {
                return refused(document, String::new(), None, &refusal);
            }
            Item::Object { document, path, node, operation, content } => (document, path, node, operation, content),
        };
        let mut decoded = match content {
            Content::Object(decoded) => decoded,
            Content::Refused(refusal) => {
                self.diagnostics.extend(tell::refusal(&refusal, document, node));
                return refused(document, path, Some(node), &refusal);
            }
            Content::Settings { value, .. } | Content::Scenario(value) | Content::Expectation(value) => {
                return answer(document, path, &to_value(node), Outcome::Stored(Rc::new(value)));
            }
        };
        self.diagnostics.extend(tell::decoded(&decoded, document, node));
        let origin = Origin::Document { document, path: path.clone() };
        if self.options.stored {
            let mut stored = answer(document, path, &decoded.value, Outcome::NotModelled);
            let (kind, namespace, name) = (stored.kind.clone(), stored.namespace.clone(), stored.name.clone());
            if store.insert_stored(std::mem::take(&mut decoded.value), origin) {
                let (namespace, found) = match store.get(&kind, &namespace, &name) {
                    Some(found) => (namespace, Some(found)),
                    None => ("default".to_string(), store.get(&kind, "default", &name)),
                };
                stored.namespace = namespace;
                stored.outcome = Outcome::Stored(found.map(|found| found.value.clone()).unwrap_or_default());
            } else {
                self.diagnostics.push(tell::unknown_kind(&decoded.kind, &decoded.api_version, document, node));
            }
            return stored;
        }
        if operation != Operation::Create && self.may_pass(document, node) {
            // Controllers had their time between what was made and what is changed now.
            let (cluster, controlled) = assemble::run(store, settings, self.options, carried, self.pace).await;
            *carried = Carried::from(&cluster, &controlled, store, self.pace).await;
        }
        let exported = decoded.value.at("metadata.resourceVersion").is_some_and(|version| !version.is_null());
        let answer = match running.filter(|_| operation == Operation::Create) {
            Some(running) => running.send(store, &decoded.value, origin, settings, self.options.seed),
            None => store.request(operation, decoded.value.clone(), origin),
        };
        if operation == Operation::Create && matches!(answer.outcome, Outcome::Stored(_)) {
            let sent = Sent { value: decoded.value, warnings: answer.warnings.clone() };
            self.sent.push((Store::key(&sent.value), Rc::new(sent)));
        }
        if exported && operation == Operation::Create && matches!(answer.outcome, Outcome::Refused(_)) {
            self.exported(document, node);
        }
        if operation == Operation::Delete
            && answer.kind == "Service"
            && answer.outcome == Outcome::Stored(Rc::default())
        {
            carried.forget(&[ObjectRef::new(&answer.namespace, &answer.name)].into_iter().collect());
        }
        if answer.outcome == Outcome::NotModelled {
            self.diagnostics.push(tell::unknown_kind(&decoded.kind, &decoded.api_version, document, node));
        }
        self.diagnostics.extend(tell::answer(&answer, node));
        answer
    }
}

fn answer(document: usize, path: String, value: &Value, outcome: Outcome) -> Answer {
    let text = |path: &str| value.at(path).and_then(Value::as_str).unwrap_or_default().to_string();
    Answer {
        document,
        path,
        kind: text("kind"),
        namespace: text("metadata.namespace"),
        name: text("metadata.name"),
        outcome,
        warnings: Vec::new(),
    }
}

fn refused(document: usize, path: String, node: Option<&Node>, refusal: &Refusal) -> Answer {
    let value = node.map(to_value).unwrap_or_default();
    answer(document, path, &value, Outcome::Refused(tell::status(refusal)))
}

impl World {
    /// Says what of the Scenario concerns nobody.
    fn remark_scenario(&mut self, document: usize, path: &str) {
        let scenario = self.scenario.as_ref();
        let strangers = scenario.map(|scenario| scenario.strangers(&self.cluster, &self.controlled.workloads));
        for (field, message) in strangers.unwrap_or_default() {
            let span = self.span_of(document, &tell::join(path, &field));
            let (severity, source) = (Severity::Warning, Source::Portolan);
            let mut diagnostic = Diagnostic::new("scenario-nobody", severity, source, message, document, span);
            diagnostic.field = Some(field);
            self.diagnostics.push(diagnostic);
        }
    }

    /// What the controllers and the store have to say, with its place.
    fn remark(&mut self) {
        let mut told = Vec::new();
        for note in &self.controlled.notes {
            let (Origin::Document { document, path } | Origin::OnBehalf { document, path }) = &note.origin else {
                continue;
            };
            let span = self.span_of(*document, path);
            told.push(Diagnostic::new(note.code, Severity::Warning, Source::Portolan, &note.message, *document, span));
        }
        for (service, event) in self.controlled.events.iter().filter(|(_, event)| event.warning) {
            let found = self.cluster.service(service).map(|service| &service.meta.origin);
            let Some(Origin::Document { document, path }) = found else { continue };
            let field = match event.reason {
                "TopologyAwareHintsDisabled" => "metadata.annotations",
                _ => "spec.selector",
            };
            let span = self.span_of(*document, &tell::join(path, field));
            let mut diagnostic = Diagnostic::new(
                "endpointslice-warning",
                Severity::Warning,
                Source::Portolan,
                &event.message,
                *document,
                span,
            );
            diagnostic.reason = Some(event.reason.to_string());
            diagnostic.field = Some(field.to_string());
            told.push(diagnostic);
        }
        let mut users: Map<&str, &Answer> = Map::new();
        for answer in self.answers.iter().filter(|answer| matches!(answer.outcome, Outcome::Stored(_))) {
            users.entry(&answer.namespace).or_insert(answer);
        }
        for namespace in self.store.implied_namespaces() {
            let Some(user) = users.get(namespace) else { continue };
            let span = self.span_of(user.document, &tell::join(&user.path, "metadata.namespace"));
            let message = format!("Namespace {namespace} is not in the input; it is taken to exist");
            told.push(Diagnostic::new(
                "namespace-implied",
                Severity::Info,
                Source::Portolan,
                message,
                user.document,
                span,
            ));
        }
        self.diagnostics.append(&mut told);
    }

    fn span_of(&self, document: usize, path: &str) -> Span {
        self.document(document).map(|document| tell::place(&document.root, path)).unwrap_or_default()
    }
}
