//! The parser's events put together to a tree: anchors and aliases, merge keys, keys as JSON text.
//!
//! Follows goyaml.v2/decode.go and yaml.go of sigs.k8s.io/yaml. The tree is built on a stack of our own, and its depth
//! and size are limited, so whatever walks a [`Node`] may recurse.

use crate::collections::Map;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span as Mark, StructureStyle, Tag};

use super::scalar::{self, Scalar};
use super::{Duplicate, Entry, Limits, Node, NodeKind, message};
use crate::diagnostic::Span;
use crate::sort;

/// What is wrong with a piece, and where in the whole text.
pub(super) struct Failure {
    pub(super) message: String,
    pub(super) span: Span,
}

/// An anchored node, and what each copy of it costs.
struct Anchored {
    node: Node,
    nodes: usize,
    bytes: usize,
    height: usize,
}

/// A collection that is being read.
struct Frame {
    start: u32,
    flow: bool,
    anchor: usize,
    /// Counters at its start, for the cost of an anchor.
    nodes: usize,
    bytes: usize,
    /// The deepest nesting seen inside, counted from the root.
    deepest: usize,
    content: Content,
}

enum Content {
    Seq(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<Key>, merges: Vec<Merge> },
}

struct Key {
    text: String,
    span: Span,
    merge: bool,
}

/// `<<`: its value, and before which entry it stood.
struct Merge {
    before: usize,
    value: Node,
}

pub(super) struct Reader<'a> {
    /// The whole text of the file; the piece starts at `offset`.
    text: &'a str,
    offset: usize,
    end: usize,
    first_line: usize,
    limits: &'a Limits,
    anchors: Map<usize, Anchored>,
    frames: Vec<Frame>,
    root: Option<Node>,
    duplicates: Vec<Duplicate>,
    nodes: &'a mut usize,
    bytes: usize,
    aliased: usize,
    aliased_bytes: usize,
    last: u32,
    /// What go-yaml says only after it has read the whole document: broken syntax further down comes first.
    late: Option<Failure>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        text: &'a str,
        start: usize,
        end: usize,
        first_line: usize,
        limits: &'a Limits,
        nodes: &'a mut usize,
    ) -> Self {
        Reader {
            text,
            offset: start,
            end,
            first_line,
            limits,
            anchors: Map::new(),
            frames: Vec::new(),
            root: None,
            duplicates: Vec::new(),
            nodes,
            bytes: 0,
            aliased: 0,
            aliased_bytes: 0,
            last: start as u32,
            late: None,
        }
    }

    /// Reads the piece; each root node goes to `each`.
    pub(super) fn read(mut self, mut each: impl FnMut(Node, Vec<Duplicate>)) -> Result<(), Failure> {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            block_nesting_limit: self.limits.depth + 1,
            flow_nesting_limit: self.limits.depth + 1,
        };
        let piece = self.text.get(self.offset..self.end).unwrap_or("");
        for event in Parser::new_from_str_with_options(piece, options) {
            let (event, mark) = event.map_err(|error| self.syntax(error.kind(), error.marker()))?;
            let span = self.span(&mark);
            match event {
                Event::Scalar(value, style, anchor, tag) => self.scalar(&value, style, anchor, tag.as_deref(), span)?,
                Event::SequenceStart(style, anchor, _) => {
                    self.open(Content::Seq(Vec::with_capacity(1)), style, anchor, span)?
                }
                Event::MappingStart(style, anchor, _) => {
                    let content = Content::Map { entries: Vec::with_capacity(2), key: None, merges: Vec::new() };
                    self.open(content, style, anchor, span)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
                Event::Alias(id) => self.alias(id, span)?,
                Event::UnresolvedAlias(name) => {
                    return Err(Failure { message: format!("yaml: unknown anchor '{name}' referenced"), span });
                }
                Event::DocumentEnd => {
                    self.anchors.clear();
                    if let Some(failure) = self.late.take() {
                        return Err(failure);
                    }
                    if let Some(root) = self.root.take() {
                        let mut duplicates = std::mem::take(&mut self.duplicates);
                        // go-yaml complains as it sets a value: inner mappings before the mapping around them.
                        sort::by_key(&mut duplicates, |duplicate| duplicate.value_end);
                        each(root, duplicates);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Keeps a failure for the end of the document; the first one counts.
    fn fail_late(&mut self, message: String, span: Span) {
        self.late.get_or_insert(Failure { message, span });
    }

    fn span(&self, mark: &Mark) -> Span {
        let place = |offset: Option<usize>| (self.offset + offset.unwrap_or(0)).min(self.end) as u32;
        Span::new(place(mark.start.byte_offset()), place(mark.end.byte_offset()))
    }

    fn syntax(&self, kind: &ErrorKind, marker: &granit_parser::Marker) -> Failure {
        let start = (self.offset + marker.byte_offset().unwrap_or(0)).min(self.end);
        let end = start + self.text.get(start..self.end).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
        let span = Span::new(start as u32, end as u32);
        if matches!(kind, ErrorKind::RecursionLimitExceeded) {
            return self.too_deep(span);
        }
        let within = match self.frames.last() {
            None => message::Within::Nothing,
            Some(Frame { flow: true, content: Content::Seq(_), .. }) => message::Within::FlowSeq,
            Some(Frame { flow: true, .. }) => message::Within::FlowMap,
            Some(Frame { content: Content::Seq(_), .. }) => message::Within::BlockSeq,
            Some(_) => message::Within::BlockMap,
        };
        let piece = self.text.get(self.offset..self.end).unwrap_or("");
        let (before, after) = match kind {
            ErrorKind::UnclosedFlowCollection { .. } => (piece, ""),
            _ => piece.split_at_checked(start - self.offset).unwrap_or((piece, "")),
        };
        let (words, scanner) = message::words_at(kind, within, before.trim_end(), after);
        let at = match kind {
            ErrorKind::UnclosedQuotedScalar => self.end,
            ErrorKind::UnclosedFlowCollection { .. } => {
                // The end of the text counts as the start of one more line.
                let line = self.line(self.end) + usize::from(!piece.ends_with('\n'));
                return Failure { message: message::syntax(words, scanner, line), span };
            }
            ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => self.after_text(start),
            _ => start,
        };
        Failure { message: message::syntax(words, scanner, self.line(at)), span }
    }

    /// The line of an offset, from 0, counted as go-yaml counts: from the start of the document.
    fn line(&self, at: usize) -> usize {
        let lines = self.text.as_bytes().get(self.first_line..at).unwrap_or_default();
        lines.iter().filter(|byte| **byte == b'\n').count()
    }

    fn note_duplicates(&mut self, entries: &[Entry]) {
        // Mappings are mostly small; the large ones are sorted.
        let mut again: Vec<usize> = Vec::new();
        if entries.len() <= 8 {
            for (at, entry) in entries.iter().enumerate() {
                if entries.iter().take(at).any(|earlier| earlier.key == entry.key) {
                    again.push(at);
                }
            }
        } else {
            let mut order: Vec<usize> = (0..entries.len()).collect();
            let key = |at: &usize| entries.get(*at).map(|entry| entry.key.as_str());
            sort::by(&mut order, |a, b| key(a).cmp(&key(b)).then(a.cmp(b)));
            again.extend(order.windows(2).filter(|pair| key(&pair[0]) == key(&pair[1])).map(|pair| pair[1]));
            sort::natural(&mut again);
        }
        // The server tells no more than a hundred errors; nor is it any use to read more.
        again.truncate(100usize.saturating_sub(self.duplicates.len()));
        for at in again {
            if let Some(entry) = entries.get(at) {
                let line = self.line(entry.value.span.start as usize) + 1;
                let value_end = entry.value.span.end;
                self.duplicates.push(Duplicate { key: entry.key.clone(), key_span: entry.key_span, line, value_end });
            }
        }
    }

    /// The line in which the plain text that starts at `at` ends: the first one below that is indented no deeper, or
    /// that has a colon. There go-yaml misses the colon of a key.
    fn after_text(&self, at: usize) -> usize {
        let line_start = self.text.get(..at).and_then(|text| text.rfind('\n')).map_or(0, |newline| newline + 1);
        let column = at - line_start;
        let rest = self.text.get(at..self.end).unwrap_or("");
        let mut at = at;
        for (number, line) in rest.split_inclusive('\n').enumerate() {
            let trimmed = line.trim_start_matches(' ');
            let has_content = !trimmed.trim().is_empty() && !trimmed.starts_with('#');
            let colon = trimmed.contains(": ") || trimmed.trim_end().ends_with(':');
            if number > 0 && has_content && (colon || line.len() - trimmed.len() <= column) {
                return at;
            }
            at += line.len();
        }
        self.end
    }

    fn too_deep(&self, span: Span) -> Failure {
        Failure { message: format!("nested deeper than {} levels", self.limits.depth), span }
    }

    fn count(&mut self, nodes: usize, bytes: usize, span: Span) -> Result<(), Failure> {
        *self.nodes = self.nodes.saturating_add(nodes);
        self.bytes = self.bytes.saturating_add(bytes);
        if *self.nodes > self.limits.nodes {
            let message = format!("more than {} values: this is more than can be shown", self.limits.nodes);
            return Err(Failure { message, span });
        }
        Ok(())
    }

    fn scalar(
        &mut self,
        value: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        mut span: Span,
    ) -> Result<(), Failure> {
        if span.start == span.end {
            // Nothing is written here: the place is where the key, or the dash, ends.
            span = Span::new(self.last, self.last);
        }
        self.count(1, value.len(), span)?;
        let is_merge = value == "<<" && style == ScalarStyle::Plain;
        let (resolved, text) = resolve(value, style, tag).unwrap_or_else(|message| {
            self.fail_late(message, span);
            (Scalar::Str, None)
        });
        let awaits_key = matches!(self.frames.last(), Some(Frame { content: Content::Map { key: None, .. }, .. }));
        let node = Node { kind: value_of(&resolved, text.as_deref().unwrap_or(value)), span };
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes: 1, bytes: value.len(), height: 0 });
        }
        if awaits_key {
            let text = match &resolved {
                Scalar::Float(number) => scalar::key_float(*number),
                _ => self.key_text(&node),
            };
            self.put_key(Key { text, span, merge: is_merge });
            return Ok(());
        }
        if let Scalar::Float(number) = resolved
            && !number.is_finite()
        {
            let name = if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            self.fail_late(format!("json: unsupported value: {name}"), span);
        }
        self.put(node);
        Ok(())
    }

    fn put_key(&mut self, key: Key) {
        self.last = key.span.end;
        if let Some(Frame { content: Content::Map { key: place, .. }, .. }) = self.frames.last_mut() {
            *place = Some(key);
        }
    }

    /// Puts a finished value (or a key that is no plain scalar) where it belongs.
    fn put(&mut self, node: Node) {
        self.last = self.last.max(node.span.end);
        match self.frames.last_mut().map(|frame| &mut frame.content) {
            None => self.root = Some(node),
            Some(Content::Seq(items)) => items.push(node),
            Some(Content::Map { entries, key, merges }) => match key.take() {
                Some(Key { merge: true, .. }) => merges.push(Merge { before: entries.len(), value: node }),
                Some(Key { text, span, .. }) => entries.push(Entry { key: text, key_span: span, value: node }),
                None => {
                    let text = self.key_text(&node);
                    self.put_key(Key { text, span: node.span, merge: false });
                }
            },
        }
    }

    /// A key as JSON has it.
    fn key_text(&mut self, node: &Node) -> String {
        key_text(node).unwrap_or_else(|message| {
            self.fail_late(message, node.span);
            String::new()
        })
    }

    fn open(&mut self, content: Content, style: StructureStyle, anchor: usize, span: Span) -> Result<(), Failure> {
        self.count(1, 0, span)?;
        if self.frames.len() >= self.limits.depth {
            return Err(self.too_deep(span));
        }
        let deepest = self.frames.len();
        let flow = style == StructureStyle::Flow;
        self.last = self.last.max(span.start);
        self.frames.push(Frame {
            start: span.start,
            flow,
            anchor,
            nodes: *self.nodes - 1,
            bytes: self.bytes,
            deepest,
            content,
        });
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), Failure> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let end = if frame.flow { span.end } else { self.last.max(frame.start) };
        let kind = match frame.content {
            Content::Seq(items) => NodeKind::Seq(items),
            Content::Map { entries, merges, .. } => {
                self.note_duplicates(&entries);
                NodeKind::Map(self.merge(entries, merges))
            }
        };
        let node = Node { kind, span: Span::new(frame.start, end) };
        if let Some(parent) = self.frames.last_mut() {
            parent.deepest = parent.deepest.max(frame.deepest);
        }
        if frame.anchor != 0 {
            let anchored = Anchored {
                node: node.clone(),
                nodes: self.nodes.saturating_sub(frame.nodes),
                bytes: self.bytes.saturating_sub(frame.bytes),
                height: frame.deepest.saturating_sub(self.frames.len()) + 1,
            };
            // The copy that is kept for aliases is a cost as well.
            self.charge(anchored.nodes, anchored.bytes, node.span)?;
            self.anchors.insert(frame.anchor, anchored);
        }
        self.put(node);
        Ok(())
    }

    fn charge(&mut self, nodes: usize, bytes: usize, span: Span) -> Result<(), Failure> {
        self.aliased = self.aliased.saturating_add(nodes);
        self.aliased_bytes = self.aliased_bytes.saturating_add(bytes);
        if self.aliased > self.limits.aliased_nodes || self.aliased_bytes > self.limits.aliased_bytes {
            return Err(Failure { message: "yaml: document contains excessive aliasing".to_string(), span });
        }
        Ok(())
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Failure> {
        let Some(anchored) = self.anchors.get(&id) else {
            let name = self.text.get(span.start as usize..span.end as usize).unwrap_or("").trim_start_matches('*');
            let message = format!("yaml: anchor '{name}' value contains itself");
            self.fail_late(message, span);
            self.put(Node { kind: NodeKind::Null, span });
            return Ok(());
        };
        let (nodes, bytes, height) = (anchored.nodes, anchored.bytes, anchored.height);
        if self.frames.len() + height > self.limits.depth {
            return Err(self.too_deep(span));
        }
        self.charge(nodes, bytes, span)?;
        self.count(nodes, bytes, span)?;
        let deepest = self.frames.len() + height;
        if let Some(frame) = self.frames.last_mut() {
            frame.deepest = frame.deepest.max(deepest.saturating_sub(1));
        }
        if let Some(anchored) = self.anchors.get(&id) {
            let node = Node { kind: anchored.node.kind.clone(), span };
            self.put(node);
        }
        Ok(())
    }

    /// Merge keys take effect where they stand: what comes later wins, of several maps the first.
    fn merge(&mut self, entries: Vec<Entry>, merges: Vec<Merge>) -> Vec<Entry> {
        if merges.is_empty() {
            return entries;
        }
        let mut merged: Vec<Entry> = Vec::with_capacity(entries.len());
        // Where a key stands, and whether only a merge has set it.
        let mut places: Map<String, (usize, bool)> = Map::new();
        let mut merges = merges.into_iter().peekable();
        let mut own = entries.into_iter().enumerate().peekable();
        loop {
            let next = own.peek().map(|(at, _)| *at);
            if let Some(merge) = merges.next_if(|merge| next.is_none_or(|next| merge.before <= next)) {
                let entries = merge_entries(merge.value).unwrap_or_else(|failure| {
                    self.late.get_or_insert(failure);
                    Vec::new()
                });
                for entry in entries {
                    match places.get(&entry.key) {
                        Some((at, _)) => {
                            if let Some(place) = merged.get_mut(*at) {
                                *place = entry;
                            }
                        }
                        None => {
                            places.insert(entry.key.clone(), (merged.len(), true));
                            merged.push(entry);
                        }
                    }
                }
            } else if let Some((_, entry)) = own.next() {
                match places.get_mut(&entry.key) {
                    Some((at, only_merged @ true)) => {
                        *only_merged = false;
                        if let Some(place) = merged.get_mut(*at) {
                            *place = entry;
                        }
                    }
                    // A duplicate in the text is kept: the decoder reports it.
                    Some(_) => merged.push(entry),
                    None => {
                        places.insert(entry.key.clone(), (merged.len(), false));
                        merged.push(entry);
                    }
                }
            } else {
                return merged;
            }
        }
    }
}

fn merge_entries(value: Node) -> Result<Vec<Entry>, Failure> {
    let span = value.span;
    let wrong =
        || Failure { message: "yaml: map merge requires map or sequence of maps as the value".to_string(), span };
    match value.kind {
        NodeKind::Map(entries) => Ok(entries),
        NodeKind::Seq(items) => {
            let mut all = Vec::new();
            for item in items.into_iter().rev() {
                match item.kind {
                    NodeKind::Map(entries) => all.extend(entries),
                    _ => return Err(wrong()),
                }
            }
            Ok(all)
        }
        _ => Err(wrong()),
    }
}

/// A key as JSON has it, or what is said of one that JSON cannot have.
fn key_text(node: &Node) -> Result<String, String> {
    let message = match &node.kind {
        NodeKind::Str(text) => return Ok(text.clone()),
        NodeKind::Bool(truth) => return Ok(truth.to_string()),
        NodeKind::Int(number) => return Ok(number.to_string()),
        NodeKind::Float(number) => return Ok(scalar::key_float(*number)),
        NodeKind::Null => "error converting YAML to JSON: a mapping key is null".to_string(),
        NodeKind::Seq(_) | NodeKind::Map(_) => {
            let mut shown = String::new();
            go_syntax(node, &mut shown);
            format!("yaml: invalid map key: {shown}")
        }
    };
    Err(message)
}

/// A value as Go's `%#v` prints what go-yaml made of it: what people see when a template was not rendered.
fn go_syntax(node: &Node, out: &mut String) {
    if out.len() > 200 {
        return;
    }
    match &node.kind {
        NodeKind::Null => out.push_str("interface {}(nil)"),
        NodeKind::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        NodeKind::Int(number) => out.push_str(&number.to_string()),
        NodeKind::Float(number) => out.push_str(&scalar::json_float(*number)),
        NodeKind::Str(text) => {
            out.push('"');
            out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
            out.push('"');
        }
        NodeKind::Seq(items) => {
            out.push_str("[]interface {}{");
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                go_syntax(item, out);
            }
            out.push('}');
        }
        NodeKind::Map(entries) => {
            out.push_str("map[interface {}]interface {}{");
            for (at, entry) in entries.iter().enumerate() {
                out.push_str(if at > 0 { ", \"" } else { "\"" });
                out.push_str(&entry.key);
                out.push_str("\":");
                go_syntax(&entry.value, out);
            }
            out.push('}');
        }
    }
}

/// Resolves a scalar by style and tag; the text comes back where a tag has changed it.
fn resolve(value: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<(Scalar, Option<String>), String> {
    let plain = style == ScalarStyle::Plain;
    let Some(tag) = tag else {
        return Ok((if plain { scalar::resolve(value) } else { Scalar::Str }, None));
    };
    let (handle, suffix) = tag.parts();
    if handle.len() + suffix.len() == 1 {
        // A lone `!` changes nothing but that quotes no longer count.
        return Ok((scalar::resolve(value), None));
    }
    let full = format!("{handle}{suffix}");
    let Some(short) = full.strip_prefix("tag:yaml.org,2002:").or_else(|| full.strip_prefix("!!")) else {
        return Ok((Scalar::Str, None));
    };
    let resolved = scalar::resolve(value);
    let found = match (short, resolved) {
        ("binary", _) => {
            let text = decode_base64(value).ok_or("yaml: !!binary value contains invalid base64 data")?;
            return Ok((Scalar::Str, Some(text)));
        }
        ("float", Scalar::Int(number)) => return Ok((Scalar::Float(number as f64), None)),
        ("null", resolved @ Scalar::Null)
        | ("bool", resolved @ Scalar::Bool(_))
        | ("int", resolved @ Scalar::Int(_))
        | ("float", resolved @ Scalar::Float(_)) => return Ok((resolved, None)),
        ("null" | "bool" | "int" | "float", found) => found,
        // `!!str`, timestamps (which stay text on the way to JSON) and unknown tags.
        _ => return Ok((Scalar::Str, None)),
    };
    Err(format!("yaml: cannot decode {} `{value}` as a !!{short}", found.tag()))
}

fn value_of(resolved: &Scalar, text: &str) -> NodeKind {
    match resolved {
        Scalar::Null => NodeKind::Null,
        Scalar::Bool(truth) => NodeKind::Bool(*truth),
        Scalar::Int(number) => NodeKind::Int(*number),
        // JSON has one kind of number: 80.0 and 8e1 are written as 80, and read as an integer again.
        Scalar::Float(number) if number.fract() == 0.0 && number.abs() < 9.2e18 => NodeKind::Int(*number as i64),
        Scalar::Float(number) => NodeKind::Float(*number),
        Scalar::Str => NodeKind::Str(text.to_string()),
    }
}

/// Standard base64, line breaks allowed; what is no UTF-8 becomes U+FFFD, as in Go's JSON.
fn decode_base64(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut digits = 0usize;
    let mut padding = 0usize;
    let mut bits = 0u32;
    for byte in text.bytes().filter(|b| !matches!(b, b'\n' | b'\r')) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                padding += 1;
                continue;
            }
            _ => return None,
        };
        if padding > 0 {
            return None;
        }
        bits = (bits << 6) | u32::from(value);
        digits += 1;
        match digits % 4 {
            2 => bytes.push((bits >> 4) as u8),
            3 => bytes.push((bits >> 2) as u8),
            0 => bytes.push(bits as u8),
            _ => {}
        }
    }
    let whole = (digits + padding).is_multiple_of(4) && padding <= 2 && digits % 4 != 1;
    whole.then(|| String::from_utf8_lossy(&bytes).into_owned())
}
