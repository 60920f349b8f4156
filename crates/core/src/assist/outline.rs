//! What a text is about, however broken it is: keys, values and their places, read by indentation and brackets.
//!
//! The YAML reader gives up where a document is half typed; help is wanted exactly there. This reading never gives
//! up. It knows no scalars, aliases or tags, and where it is wrong, a suggestion is wrong and nothing else.

use crate::diagnostic::Span;

/// One step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step<'t> {
    /// A key, as it is written, without quotes.
    Key(&'t str),
    /// An item of a list, from 0.
    Item(usize),
}

/// A key with its value, or an item of a list that is a plain value.
#[derive(Clone, Debug)]
pub(super) struct Entry<'t> {
    /// Where it is in the document; the last step is its own.
    pub(super) path: Vec<Step<'t>>,
    /// The key; for an item, the value.
    pub(super) key: Span,
    /// The value, where it is one word or text; empty otherwise.
    pub(super) value: Span,
    /// The value without quotes.
    pub(super) text: &'t str,
}

/// Where the cursor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor<'t> {
    /// The mapping, list or value that what is typed here belongs to.
    pub(super) path: Vec<Step<'t>>,
    /// The word under the cursor; empty between words.
    pub(super) word: Span,
    /// The value of a key on the same line.
    pub(super) inline: bool,
    /// Between brackets.
    pub(super) flow: bool,
    /// A colon follows the word already.
    pub(super) colon: bool,
    /// In which column the word begins.
    pub(super) column: usize,
}

/// A document, read tolerantly.
#[derive(Debug, Default)]
pub(super) struct Outline<'t> {
    /// All entries, in the order of the text.
    pub(super) entries: Vec<Entry<'t>>,
    /// The cursor, if it stands where something can be typed.
    pub(super) cursor: Option<Cursor<'t>>,
    /// Whether the document has anything but blanks and comments.
    pub(super) has_content: bool,
}

/// Brackets deeper than this are not followed.
const DEEPEST: usize = 64;

/// The places of a text's documents: from after a `---` line to before the next one.
pub(super) fn pieces(text: &str) -> Vec<Span> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        let word = line.trim_end();
        if word == "---" || word == "..." || line.starts_with("--- ") {
            pieces.push(Span::new(start as u32, at as u32));
            start = next;
        }
        at = next;
    }
    pieces.push(Span::new(start as u32, at as u32));
    pieces
}

impl<'t> Outline<'t> {
    /// Reads the document at `piece`; offsets stay those of the whole text.
    pub(super) fn read(text: &'t str, piece: Span, cursor: Option<u32>) -> Outline<'t> {
        let mut reader = Reader {
            text,
            end: (piece.end as usize).min(text.len()),
            cursor: cursor.map_or(usize::MAX, |at| at as usize),
            frames: vec![Frame { column: 0, path: Vec::new(), kind: Kind::Unknown, pending: None }],
            found: Outline::default(),
        };
        reader.document(piece.start as usize);
        reader.found
    }

    /// The text at a path of keys, from `base` on.
    pub(super) fn text(&self, base: &[Step<'t>], keys: &[&str]) -> Option<&'t str> {
        let fits = |entry: &&Entry<'t>| {
            entry.path.len() == base.len() + keys.len()
                && entry.path.starts_with(base)
                && entry.path.iter().skip(base.len()).zip(keys).all(|(step, key)| *step == Step::Key(key))
        };
        self.entries.iter().find(fits).map(|entry| entry.text)
    }

    /// The entries directly below `path`.
    pub(super) fn below<'o>(&'o self, path: &'o [Step<'t>]) -> impl Iterator<Item = &'o Entry<'t>> {
        self.entries.iter().filter(move |entry| entry.path.len() == path.len() + 1 && entry.path.starts_with(path))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unknown,
    Map,
    /// With the number of items so far.
    List(usize),
}

/// A block mapping or list that is open.
#[derive(Clone, Debug)]
struct Frame<'t> {
    column: usize,
    path: Vec<Step<'t>>,
    kind: Kind,
    /// A key or an item without a value so far.
    pending: Option<Vec<Step<'t>>>,
}

struct Reader<'t> {
    text: &'t str,
    end: usize,
    cursor: usize,
    frames: Vec<Frame<'t>>,
    found: Outline<'t>,
}

impl<'t> Reader<'t> {
    fn byte(&self, at: usize) -> u8 {
        if at < self.end { self.text.as_bytes().get(at).copied().unwrap_or(b'\n') } else { b'\n' }
    }

    fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// The end of the line that `at` is in, its break not included.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.get(at..self.end).unwrap_or_default();
        at + rest.find('\n').unwrap_or(rest.len())
    }

    fn blanks(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), b' ' | b'\t' | b'\r') && at < self.end {
            at += 1;
        }
        at
    }

    fn document(&mut self, start: usize) {
        let mut at = start;
        while at <= self.end {
            let next = self.line(at);
            // At least one line was read.
            at = next.max(at) + 1;
        }
    }

    /// Reads one line and what brackets on it go on with; returns where the last line read ends.
    fn line(&mut self, start: usize) -> usize {
        let end = self.line_end(start);
        let mut at = self.blanks(start);
        let here = (start..=end).contains(&self.cursor);
        if at >= end || self.byte(at) == b'#' {
            if here && (at >= end || self.cursor <= at) {
                self.stand(self.cursor, self.cursor, self.cursor - start, false);
            }
            return end;
        }
        self.found.has_content = true;
        // Items of lists.
        while self.byte(at) == b'-' && matches!(self.byte(at + 1), b' ' | b'\t' | b'\r' | b'\n') {
            self.open(at - start, true);
            let after = self.blanks(at + 1);
            if after >= end || self.byte(after) == b'#' {
                if here && self.cursor > at {
                    let path = self.pending();
                    self.set(path, self.cursor, self.cursor, self.cursor - start, false, false);
                }
                return end;
            }
            at = after;
        }
        let column = at - start;
        if matches!(self.byte(at), b'{' | b'[') {
            let path = self.pending();
            return self.flow(at, path, column as isize - 1, 0);
        }
        let (word_end, key, colon) = self.word(at, end, false);
        if !colon {
            let value_end = self.scalar_end(at, end);
            if (at..=value_end).contains(&self.cursor) {
                self.stand(at, value_end, column, false);
            } else if let Some(frame) = self.frames.last()
                && (frame.column < column || matches!(frame.kind, Kind::List(_)))
                && let Some(path) = frame.pending.clone()
            {
                // Still pending: what looks like text may be a key without its colon.
                self.entry(path, at, at, value_end);
            }
            return end;
        }
        self.open(column, false);
        if (at..=word_end).contains(&self.cursor) {
            let path = self.frames.last().map(|frame| frame.path.clone()).unwrap_or_default();
            self.set(path, at, word_end, column, false, true);
        }
        let Some(frame) = self.frames.last_mut() else { return end };
        let mut path = frame.path.clone();
        path.push(Step::Key(key));
        frame.pending = Some(path.clone());
        let colon_at = self.blanks(word_end);
        let mut value = self.blanks(colon_at + 1);
        while matches!(self.byte(value), b'&' | b'!') {
            while value < end && !matches!(self.byte(value), b' ' | b'\r') {
                value += 1;
            }
            value = self.blanks(value);
        }
        let empty = value >= end || self.byte(value) == b'#';
        if empty {
            self.entry(path.clone(), at, end, end);
            if here && self.cursor > colon_at && (self.cursor <= value || value >= end) {
                self.set(path, self.cursor, self.cursor, self.cursor - start, true, false);
            }
            return end;
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.pending = None;
        }
        match self.byte(value) {
            b'{' | b'[' => {
                self.entry(path.clone(), at, value, value);
                self.flow(value, path, column as isize, 0)
            }
            b'|' | b'>' => {
                self.entry(path, at, value, value);
                self.skip_text(end, column)
            }
            _ => {
                let value_end = self.scalar_end(value, end);
                self.entry(path.clone(), at, value, value_end);
                if (value..=value_end).contains(&self.cursor) {
                    self.set(path, value, value_end, value - start, true, false);
                } else if here && self.cursor > colon_at && self.cursor < value {
                    self.set(path, self.cursor, self.cursor, self.cursor - start, true, false);
                }
                end
            }
        }
    }

    /// Goes past the lines of a block of text that are deeper than its key.
    fn skip_text(&self, mut end: usize, column: usize) -> usize {
        while end < self.end {
            let start = end + 1;
            let next = self.line_end(start);
            let indent = self.blanks(start);
            if indent < next && indent - start <= column {
                break;
            }
            end = next.max(end + 1);
        }
        end.min(self.end)
    }

    /// Makes the frame in which something at `column` stands the last one.
    fn open(&mut self, column: usize, dash: bool) {
        loop {
            let many = self.frames.len() > 1;
            let Some(top) = self.frames.last_mut() else { return };
            let deeper = top.column > column || (top.column == column && !dash && matches!(top.kind, Kind::List(_)));
            if deeper && many {
                self.frames.pop();
                continue;
            }
            let fits = match top.kind {
                Kind::Unknown => true,
                Kind::Map => !dash && top.column == column,
                Kind::List(_) => dash && top.column == column,
            };
            if fits {
                top.column = column;
            } else {
                let path = top.pending.take().unwrap_or_else(|| top.path.clone());
                self.frames.push(Frame { column, path, kind: Kind::Unknown, pending: None });
            }
            break;
        }
        let Some(top) = self.frames.last_mut() else { return };
        if dash {
            let count = if let Kind::List(count) = top.kind { count } else { 0 };
            top.kind = Kind::List(count + 1);
            let mut item = top.path.clone();
            item.push(Step::Item(count));
            top.pending = Some(item);
        } else {
            top.kind = Kind::Map;
        }
    }

    /// What the last key or item without a value is.
    fn pending(&self) -> Vec<Step<'t>> {
        let top = self.frames.last();
        top.map(|frame| frame.pending.clone().unwrap_or_else(|| frame.path.clone())).unwrap_or_default()
    }

    /// The cursor stands at a word, or between words, at the beginning of a line or of an item.
    fn stand(&mut self, start: usize, end: usize, column: usize, flow: bool) {
        let list = self.frames.iter().rev().find(|frame| frame.column <= column);
        let path = match list {
            // In the column of a list's dashes: another item. But a key's own column comes first.
            Some(Frame { column: own, path, kind: Kind::List(_), pending: None, .. }) if *own == column => {
                let below = self.frames.iter().rev().filter(|frame| frame.column == column).nth(1);
                below.map_or(path.clone(), |map| map.path.clone())
            }
            _ => {
                let kept = self.frames.clone();
                self.open(column, false);
                let path = self.frames.last().map(|frame| frame.path.clone()).unwrap_or_default();
                self.frames = kept;
                path
            }
        };
        self.set(path, start, end, column, flow, false);
    }

    fn set(&mut self, path: Vec<Step<'t>>, start: usize, end: usize, column: usize, inline: bool, colon: bool) {
        let word = Span::new(start as u32, end as u32);
        self.found.cursor = Some(Cursor { path, word, inline, flow: false, colon, column });
    }

    fn entry(&mut self, path: Vec<Step<'t>>, key: usize, start: usize, end: usize) {
        let key_end = match path.last() {
            Some(Step::Key(name)) => {
                let quoted = matches!(self.byte(key), b'"' | b'\'');
                key + name.len() + if quoted { 2 } else { 0 }
            }
            _ => end,
        };
        let value = Span::new(start as u32, end as u32);
        let text = unquoted(self.slice(start, end));
        self.found.entries.push(Entry { path, key: Span::new(key as u32, key_end as u32), value, text });
    }

    /// A word that may be a key: its end, its text without quotes, and whether a colon follows.
    fn word(&self, start: usize, end: usize, flow: bool) -> (usize, &'t str, bool) {
        let quote = self.byte(start);
        let mut at = start;
        if matches!(quote, b'"' | b'\'') {
            at += 1;
            while at < end && self.byte(at) != quote {
                at += 1;
            }
            at = (at + 1).min(end);
        } else {
            while at < end {
                let byte = self.byte(at);
                let ends_key = byte == b':' && matches!(self.byte(at + 1), b' ' | b'\t' | b'\r' | b'\n');
                let ends_flow = flow && (matches!(byte, b',' | b'{' | b'}' | b'[' | b']' | b':'));
                if ends_key || ends_flow || (byte == b'#' && at > start && self.byte(at - 1) == b' ') {
                    break;
                }
                at += 1;
            }
        }
        let mut word_end = at;
        while word_end > start && matches!(self.byte(word_end - 1), b' ' | b'\t' | b'\r') {
            word_end -= 1;
        }
        let colon = self.byte(self.blanks(at)) == b':' && self.blanks(at) < end;
        (word_end, unquoted(self.slice(start, word_end)), colon)
    }

    /// Where a value on one line ends: at its quote, before a comment, or at the end of the line.
    fn scalar_end(&self, start: usize, end: usize) -> usize {
        let quote = self.byte(start);
        if matches!(quote, b'"' | b'\'') {
            let close = self.slice(start + 1, end).find(quote as char);
            return close.map_or(end, |at| start + 2 + at);
        }
        let text = self.slice(start, end);
        let text = text.find(" #").map_or(text, |at| self.slice(start, start + at));
        start + text.trim_end().len()
    }

    /// Reads what is between brackets; returns where it ends. Brackets that are never closed end before a line that
    /// is no deeper than what they belong to.
    fn flow(&mut self, start: usize, path: Vec<Step<'t>>, column: isize, depth: usize) -> usize {
        let map = self.byte(start) == b'{';
        let mut at = start + 1;
        let mut count = 0;
        let mut wanted = true;
        loop {
            let (next, over) = self.gap(at, column);
            if wanted && (at..=next.min(self.end)).contains(&self.cursor) {
                let mut path = path.clone();
                if !map {
                    path.push(Step::Item(count));
                }
                self.set_flow(path, self.cursor, self.cursor, !map, false);
            }
            at = next;
            if over || at >= self.end {
                return at.min(self.end);
            }
            match self.byte(at) {
                b'}' | b']' => return at + 1,
                b',' => {
                    count += 1;
                    wanted = true;
                    at += 1;
                    continue;
                }
                _ => wanted = false,
            }
            let mut inner = path.clone();
            let mut key_at = at;
            if map {
                let end = self.line_end(at);
                let (word_end, key, colon) = self.word(at, end, true);
                if (at..=word_end).contains(&self.cursor) {
                    self.set_flow(path.clone(), at, word_end, false, colon);
                }
                key_at = at;
                if !colon {
                    // A stray word, or a bracket that is none of ours.
                    at = word_end.max(at + 1);
                    continue;
                }
                inner.push(Step::Key(key));
                let colon_at = self.blanks(word_end);
                let value = self.blanks(colon_at + 1);
                if (colon_at + 1..=value).contains(&self.cursor) {
                    self.set_flow(inner.clone(), self.cursor, self.cursor, true, false);
                }
                at = value;
            } else {
                inner.push(Step::Item(count));
            }
            match self.byte(at) {
                b'{' | b'[' if depth < DEEPEST => {
                    self.entry(inner.clone(), key_at, at, at);
                    at = self.flow(at, inner, column, depth + 1);
                }
                _ => {
                    let end = self.flow_scalar_end(at);
                    self.entry(inner.clone(), key_at, at, end);
                    if (at..=end).contains(&self.cursor) && end > at {
                        self.set_flow(inner, at, end, true, false);
                    }
                    at = if end == at && !matches!(self.byte(at), b',' | b'}' | b']' | b'\n') { at + 1 } else { end };
                }
            }
        }
    }

    fn set_flow(&mut self, path: Vec<Step<'t>>, start: usize, end: usize, inline: bool, colon: bool) {
        self.set(path, start, end, 0, inline, colon);
        if let Some(cursor) = &mut self.found.cursor {
            cursor.flow = true;
        }
    }

    fn flow_scalar_end(&self, start: usize) -> usize {
        let end = self.line_end(start);
        let quote = self.byte(start);
        if matches!(quote, b'"' | b'\'') {
            return self.scalar_end(start, end);
        }
        let text = self.slice(start, end);
        let text = self.slice(start, start + text.find([',', '{', '}', '[', ']']).unwrap_or(text.len()));
        start + text.trim_end().len()
    }

    /// Goes past blanks, line breaks and comments between brackets; `true` if the brackets end here, never closed.
    fn gap(&self, mut at: usize, column: isize) -> (usize, bool) {
        loop {
            at = self.blanks(at);
            if at >= self.end {
                return (self.end, false);
            }
            match self.byte(at) {
                b'#' => at = self.line_end(at),
                b'\n' => {
                    let line = at + 1;
                    let first = self.blanks(line);
                    let closes = matches!(self.byte(first), b'}' | b']' | b'\n' | b'#');
                    if first < self.end && !closes && (first - line) as isize <= column {
                        return (at, true);
                    }
                    at = line;
                }
                _ => return (at, false),
            }
        }
    }
}

/// A word without the quotes around it.
fn unquoted(word: &str) -> &str {
    let inner = |quote: char| word.strip_prefix(quote).map(|rest| rest.strip_suffix(quote).unwrap_or(rest));
    inner('"').or_else(|| inner('\'')).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cursor stands at `|`: its path, its word, and what else is known of it.
    fn cursor(text: &str) -> Option<(String, String, String)> {
        let at = text.find('|').unwrap();
        let text = text.replacen('|', "", 1);
        let pieces = pieces(&text);
        let piece = pieces.into_iter().find(|piece| (piece.start as usize..=piece.end as usize).contains(&at)).unwrap();
        let outline = Outline::read(&text, piece, Some(at as u32));
        outline.cursor.map(|cursor| {
            let flags = [(cursor.inline, "value"), (cursor.flow, "flow"), (cursor.colon, "colon")];
            let flags: Vec<&str> = flags.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
            let word = text[cursor.word.start as usize..cursor.word.end as usize].to_string();
            (shown(&cursor.path), word, flags.join(" "))
        })
    }

    fn shown(path: &[Step<'_>]) -> String {
        let mut out = String::new();
        for step in path {
            match step {
                Step::Key(key) => out.push_str(&format!(".{key}")),
                Step::Item(at) => out.push_str(&format!("[{at}]")),
            }
        }
        out
    }

    fn at(text: &str) -> String {
        let (path, word, flags) = cursor(text).unwrap_or_else(|| panic!("no cursor in {text:?}"));
        format!("{path} '{word}' {flags}").trim_end().to_string()
    }

    #[test]
    fn a_key_is_in_the_mapping_of_its_column() {
        assert_eq!(at("|"), " ''");
        assert_eq!(at("ki|"), " 'ki'");
        assert_eq!(at("kind: Service\nspec:\n  |"), ".spec ''");
        assert_eq!(at("spec:\n  type: NodePort\n  po|\nstatus: {}\n"), ".spec 'po'");
        assert_eq!(at("spec:\n  ports:\n  - name: a\n    po|"), ".spec.ports[0] 'po'");
        assert_eq!(at("spec:\n  ports:\n  - name: a\n  - |"), ".spec.ports[1] ''");
        assert_eq!(at("spec:\n  ports:\n  - name: a\n  sel|"), ".spec 'sel'");
        assert_eq!(at("spec:\n  ports:\n    - name: a\n      |\n    - name: b"), ".spec.ports[0] ''");
        assert_eq!(at("spec:\n  ty|pe: NodePort"), ".spec 'type' colon");
        assert_eq!(at("spec:\n  ports:\n  - po|rt: 80"), ".spec.ports[0] 'port' colon");
    }

    #[test]
    fn a_value_belongs_to_its_key() {
        assert_eq!(at("spec:\n  type: |"), ".spec.type '' value");
        assert_eq!(at("spec:\n  type: No|de # c"), ".spec.type 'Node' value");
        assert_eq!(at("spec:\n  type: \"No|"), ".spec.type '\"No' value");
        assert_eq!(at("spec:\n  externalIPs:\n  - 10|"), ".spec.externalIPs[0] '10'");
        assert_eq!(at("spec:\n  type:\n    No|"), ".spec.type 'No'");
    }

    #[test]
    fn brackets_are_read_whether_or_not_they_are_closed() {
        assert_eq!(at("spec: {ports: [{po|"), ".spec.ports[0] 'po' flow");
        assert_eq!(at("spec: {ports: [{port: 80, |}]}"), ".spec.ports[0] '' flow");
        assert_eq!(at("spec: {type: |"), ".spec.type '' value flow");
        assert_eq!(at("spec: {type: No|, a: b}"), ".spec.type 'No' value flow");
        assert_eq!(at("spec: {ipFamilies: [|]}"), ".spec.ipFamilies[0] '' value flow");
        assert_eq!(at("spec:\n  ports: [{port: 80\n  sel|"), ".spec 'sel'");
        assert_eq!(at("{\"kind\": \"Service\", \"sp|"), " '\"sp' flow");
        assert_eq!(cursor("spec: {type: NodePort |}"), None);
    }

    #[test]
    fn comments_and_blocks_of_text_take_nothing() {
        assert_eq!(cursor("# ki|"), None);
        assert_eq!(cursor("kind: Service # ki|"), None);
        assert_eq!(cursor("a: >\n  ki|\nb: c"), None);
        assert_eq!(at("a: >\n  text\nki|"), " 'ki'");
        assert_eq!(at("kind: Pod\n---\nki|\n---\nkind: Node"), " 'ki'");
    }

    #[test]
    fn entries_know_their_paths_and_values() {
        let text = "kind: Service\nspec:\n  selector: {app: web, \"tier\": 'x'}\n  ports:\n  - port: 80 # c\n  - port: 81\n  externalIPs: [a, b]\n  ips:\n  - c\n";
        let outline = Outline::read(text, Span::new(0, text.len() as u32), None);
        let all: Vec<String> =
            outline.entries.iter().map(|entry| format!("{}={}", shown(&entry.path), entry.text)).collect();
        assert_eq!(
            all,
            [
                ".kind=Service",
                ".spec=",
                ".spec.selector=",
                ".spec.selector.app=web",
                ".spec.selector.tier=x",
                ".spec.ports=",
                ".spec.ports[0].port=80",
                ".spec.ports[1].port=81",
                ".spec.externalIPs=",
                ".spec.externalIPs[0]=a",
                ".spec.externalIPs[1]=b",
                ".spec.ips=",
                ".spec.ips[0]=c",
            ]
        );
        assert_eq!(outline.text(&[], &["spec", "selector", "app"]), Some("web"));
    }

    #[test]
    fn no_text_whatever_stops_the_reading() {
        let words =
            ["a:", " ", "\n", "- ", "{", "}", "[", "]", "\"", "'", ",", ": ", "#", "|", "\u{e9}", "\t", "---\n"];
        let mut seed = 1_u64;
        for _ in 0..3000 {
            let mut text = String::new();
            for _ in 0..20 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(words[(seed >> 33) as usize % words.len()]);
            }
            for piece in pieces(&text) {
                for at in piece.start..=piece.end {
                    let _ = Outline::read(&text, piece, Some(at));
                }
            }
        }
    }
}
