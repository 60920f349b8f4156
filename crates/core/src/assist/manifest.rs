//! The objects of a text, read tolerantly: what can be named in one document because another declares it.

use super::outline::{Outline, Step, pieces};

/// One object of the text.
pub(super) struct Declared<'t> {
    /// `kind`.
    pub(super) kind: &'t str,
    /// `metadata.namespace`; `default` where nothing is said.
    pub(super) namespace: &'t str,
    /// `metadata.name`; may be empty.
    pub(super) name: &'t str,
    /// Which outline it is in.
    outline: usize,
    base: Vec<Step<'t>>,
}

/// All documents of a text.
pub(super) struct Manifest<'t> {
    outlines: Vec<Outline<'t>>,
    /// The objects, in the order of the text.
    pub(super) objects: Vec<Declared<'t>>,
}

/// A container's port.
pub(super) struct PortOf<'t> {
    /// Its name; may be empty.
    pub(super) name: &'t str,
    /// Its number, as written.
    pub(super) number: &'t str,
}

/// Texts longer than this are not read through for each suggestion.
const LONGEST: usize = 2 << 20;

impl<'t> Manifest<'t> {
    pub(super) fn read(text: &'t str) -> Manifest<'t> {
        let mut manifest = Manifest { outlines: Vec::new(), objects: Vec::new() };
        if text.len() > LONGEST {
            return manifest;
        }
        for piece in pieces(text) {
            let outline = Outline::read(text, piece, None);
            if outline.has_content {
                manifest.add(outline);
            }
        }
        manifest
    }

    fn add(&mut self, outline: Outline<'t>) {
        let number = self.outlines.len();
        // `kind` comes at the document's root or at an item's; nested ones (a targetRef's) are no objects.
        let is_root = |path: &[Step<'_>]| {
            path.chunks(2).all(|two| matches!(two, [Step::Key("items"), Step::Item(_)])) && path.len().is_multiple_of(2)
        };
        for entry in &outline.entries {
            let Some((Step::Key("kind"), base)) = entry.path.split_last() else { continue };
            if !is_root(base) {
                continue;
            }
            self.objects.push(Declared {
                kind: entry.text,
                namespace: outline
                    .text(base, &["metadata", "namespace"])
                    .filter(|n| !n.is_empty())
                    .unwrap_or("default"),
                name: outline.text(base, &["metadata", "name"]).unwrap_or_default(),
                outline: number,
                base: base.to_vec(),
            });
        }
        self.outlines.push(outline);
    }

    /// The pairs of a mapping inside an object.
    pub(super) fn pairs(&self, object: &Declared<'t>, keys: &[&'t str]) -> Vec<(&'t str, &'t str)> {
        let path = self.path(object, keys);
        let Some(outline) = self.outlines.get(object.outline) else { return Vec::new() };
        let pair = |entry: &super::outline::Entry<'t>| match entry.path.last() {
            Some(Step::Key(key)) => Some((*key, entry.text)),
            _ => None,
        };
        outline.below(&path).filter_map(pair).collect()
    }

    /// Where an object keeps its pods' spec: itself, or in its template.
    pub(super) fn pods_at(object: &Declared<'_>) -> Option<&'static [&'static str]> {
        match object.kind {
            "Pod" => Some(&[]),
            "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet" | "ReplicationController" | "Job" => {
                Some(&["spec", "template"])
            }
            _ => None,
        }
    }

    /// The labels of an object's pods.
    pub(super) fn pod_labels(&self, object: &Declared<'t>) -> Vec<(&'t str, &'t str)> {
        let Some(at) = Self::pods_at(object) else { return Vec::new() };
        let mut keys = at.to_vec();
        keys.extend(["metadata", "labels"]);
        self.pairs(object, &keys)
    }

    /// The container ports of an object's pods.
    pub(super) fn container_ports(&self, object: &Declared<'t>) -> Vec<PortOf<'t>> {
        let Some(at) = Self::pods_at(object) else { return Vec::new() };
        let mut keys = at.to_vec();
        keys.push("spec");
        self.ports_below(object, &keys, "containerPort")
    }

    /// The ports of a Service.
    pub(super) fn service_ports(&self, object: &Declared<'t>) -> Vec<PortOf<'t>> {
        self.ports_below(object, &["spec"], "port")
    }

    /// Every mapping below a path that has a `number` field, with its name.
    fn ports_below(&self, object: &Declared<'t>, keys: &[&'t str], number: &str) -> Vec<PortOf<'t>> {
        let path = self.path(object, keys);
        let Some(outline) = self.outlines.get(object.outline) else { return Vec::new() };
        let mut ports = Vec::new();
        for entry in &outline.entries {
            let Some((Step::Key(last), inner)) = entry.path.split_last() else { continue };
            if *last == number && entry.path.starts_with(&path) && inner.contains(&Step::Key("ports")) {
                ports.push(PortOf { name: outline.text(inner, &["name"]).unwrap_or_default(), number: entry.text });
            }
        }
        ports
    }

    fn path(&self, object: &Declared<'t>, keys: &[&'t str]) -> Vec<Step<'t>> {
        object.base.iter().copied().chain(keys.iter().map(|key| Step::Key(key))).collect()
    }

    /// The objects of a kind.
    pub(super) fn of<'m>(&'m self, kind: &'m str) -> impl Iterator<Item = &'m Declared<'t>> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }
}
