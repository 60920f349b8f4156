//! Values as text: JSON, compact and indented, and YAML as kubectl prints it.
//!
//! The YAML follows goyaml.v2's encode.go and emitterc.go: block style, items at their key's indent, quotes only where a
//! text would read back as something else. Long lines are not folded.

use super::value::Value;
use crate::yaml::{is_plain_text, json_float};

impl Value {
    /// JSON without blanks.
    pub fn to_json(&self) -> String {
        let mut out = String::with_capacity(1024);
        json(self, None, 0, &mut out);
        out
    }

    /// JSON indented by two blanks, without a line break at the end.
    pub fn to_json_pretty(&self) -> String {
        let mut out = String::new();
        json(self, Some("  "), 0, &mut out);
        out
    }

    /// YAML in block style, with a line break at the end.
    pub fn to_yaml(&self) -> String {
        let mut out = String::new();
        yaml(self, 0, &mut out);
        out
    }
}

fn json(value: &Value, indent: Option<&str>, depth: usize, out: &mut String) {
    let line = |out: &mut String, depth: usize| {
        if let Some(indent) = indent {
            out.push('\n');
            for _ in 0..depth {
                out.push_str(indent);
            }
        }
    };
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Int(number) => out.push_str(&number.to_string()),
        Value::Float(number) if number.is_finite() => out.push_str(&json_float(*number)),
        // JSON has no word for it.
        Value::Float(_) => out.push_str("null"),
        Value::Str(text) => json_text(text, out),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Object(members) if members.is_empty() => out.push_str("{}"),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(out, depth + 1);
                json(item, indent, depth + 1, out);
            }
            line(out, depth);
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (at, (key, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                line(out, depth + 1);
                json_text(key, out);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                json(value, indent, depth + 1, out);
            }
            line(out, depth);
            out.push('}');
        }
    }
}

fn json_text(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text;
    loop {
        // Nearly all of a text is plain, and goes over as it is.
        let plain = |byte: &u8| matches!(byte, b' '..=b'~') && *byte != b'"' && *byte != b'\\';
        let length = rest.bytes().position(|byte| !plain(&byte)).unwrap_or(rest.len());
        // Plain bytes are whole characters.
        let (run, other) = rest.split_at(length);
        out.push_str(run);
        let mut others = other.chars();
        let Some(c) = others.next() else { break };
        json_char(c, out);
        rest = others.as_str();
    }
    out.push('"');
}

fn json_char(c: char, out: &mut String) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // Separators that YAML takes for line breaks, and control characters.
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
            out.push_str(&format!("\\u{:04x}", c as u32));
        }
        c => out.push(c),
    }
}

/// Writes a value at the start of a line; `depth` is the indent in blanks.
fn yaml(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (at, (key, value)) in members.iter().enumerate() {
                if at > 0 {
                    blanks(depth, out);
                }
                member(key, value, depth, out);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    blanks(depth, out);
                }
                out.push_str("- ");
                yaml(item, depth + 2, out);
            }
        }
        Value::Str(text) => text_value(text, depth, out),
        _ => {
            json(value, None, 0, out);
            out.push('\n');
        }
    }
}

fn member(key: &str, value: &Value, depth: usize, out: &mut String) {
    // A parser need not look further than 1024 characters for the colon of a key.
    let long = key.len() > 128;
    if long {
        out.push_str("? ");
    }
    match style(key) {
        Style::Plain => out.push_str(key),
        Style::Single => single(key, out),
        Style::Literal | Style::Double => double(key, out),
    }
    if long {
        out.push('\n');
        blanks(depth, out);
    }
    out.push(':');
    match value {
        Value::Object(members) if !members.is_empty() => {
            out.push('\n');
            blanks(depth + 2, out);
            yaml(value, depth + 2, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            blanks(depth, out);
            yaml(value, depth, out);
        }
        _ => {
            out.push(' ');
            yaml(value, depth + 2, out);
        }
    }
}

fn blanks(count: usize, out: &mut String) {
    for _ in 0..count {
        out.push(' ');
    }
}

enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// How go-yaml writes a text.
fn style(text: &str) -> Style {
    let special = |c: char| {
        !matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
            || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
    };
    let odd_breaks = text.contains(" \n");
    if text.contains(special) || odd_breaks {
        return Style::Double;
    }
    if text.contains('\n') {
        return if block_fits(text) { Style::Literal } else { Style::Double };
    }
    if !is_plain_text(text) || is_base_60(text) || is_timestamp(text) {
        return Style::Double;
    }
    if has_indicators(text) || text.starts_with(' ') || text.ends_with(' ') { Style::Single } else { Style::Plain }
}

/// Whether a text of several lines can stand as a literal block without an indentation number.
fn block_fits(text: &str) -> bool {
    !text.starts_with(['\n', ' ']) && !text.ends_with(' ')
}

/// Characters that mean something to YAML where they stand.
fn has_indicators(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    let mut first = true;
    while let Some(c) = chars.next() {
        let blank_after = chars.peek().is_none_or(|next| *next == ' ');
        let indicator = match c {
            '#' => first || before == ' ',
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => first,
            '-' | '?' => first && blank_after,
            ':' => blank_after,
            _ => false,
        };
        if indicator {
            return true;
        }
        before = c;
        first = false;
    }
    false
}

/// `190:20:30`, which older readers take for a number.
fn is_base_60(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (rest, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let mut groups = rest.split(':');
    let Some(head) = groups.next() else { return false };
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut count = 0;
    for group in groups {
        count += 1;
        if group.is_empty() || group.len() > 2 || !group.bytes().all(|b| b.is_ascii_digit()) {
            return false;
        }
    }
    count > 0 && head.starts_with(|c: char| c.is_ascii_digit()) && is_digits(head) && is_digits(fraction)
}

/// `2026-11-22` and dates with a time, which other readers take for a time.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let year = bytes.len() > 4 && bytes.iter().take(4).all(u8::is_ascii_digit) && bytes.get(4) == Some(&b'-');
    if !year {
        return false;
    }
    let mut parts = text.splitn(3, '-').skip(1);
    let month = parts.next().and_then(|month| month.parse::<u8>().ok());
    let rest = parts.next().unwrap_or("");
    let day = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let after = rest.get(day..).unwrap_or("");
    month.is_some_and(|month| (1..=12).contains(&month))
        && (1..=2).contains(&day)
        && (after.is_empty() || after.starts_with(['T', 't', ' ']))
}

fn text_value(text: &str, depth: usize, out: &mut String) {
    match style(text) {
        Style::Plain => out.push_str(text),
        Style::Single => single(text, out),
        Style::Double => double(text, out),
        Style::Literal => return literal(text, depth, out),
    }
    out.push('\n');
}

fn single(text: &str, out: &mut String) {
    out.push('\'');
    out.push_str(&text.replace('\'', "''"));
    out.push('\'');
}

fn double(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            '\u{0}'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\x{:02X}", c as u32)),
            '\u{80}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04X}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn literal(text: &str, depth: usize, out: &mut String) {
    let body = text.strip_suffix('\n');
    out.push_str(match body {
        None => "|-\n",
        Some(body) if body.ends_with('\n') => "|+\n",
        Some(_) => "|\n",
    });
    // Even at the top a block is indented, lest a line be read as a document marker.
    let depth = depth.max(2);
    for line in body.unwrap_or(text).split('\n') {
        if !line.is_empty() {
            blanks(depth, out);
            out.push_str(line);
        }
        out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::to_value;
    use crate::yaml::{Limits, read};

    pub(super) fn reread(text: &str) -> Value {
        let stream = read(text, 0, 0, &Limits::default());
        assert!(stream.diagnostics.is_empty(), "{:?}\n{text}", stream.diagnostics);
        stream.documents.first().map_or(Value::Null, |document| to_value(&document.root))
    }

    #[test]
    fn yaml_looks_like_kubectls() {
        let value = Value::object([
            ("apiVersion", Value::from("v1")),
            ("empty", Value::Array(vec![])),
            (
                "labels",
                Value::object(
                    [("app", "yes"), ("b", "0644"), ("c", "1.5"), ("d", "x: y"), ("e", "")]
                        .map(|(k, v)| (k, Value::from(v))),
                ),
            ),
            ("list", Value::Array(vec![Value::Int(1), Value::object([("a", Value::Null), ("b", Value::Bool(true))])])),
            ("nested", Value::Array(vec![Value::Array(vec![Value::from("a"), Value::from("b")])])),
            ("text", Value::from("a\nb\n")),
            ("time", Value::from("2026-11-22T10:00:00Z")),
            ("hash", Value::from("#x")),
            ("ip", Value::from("10.0.0.1")),
        ]);
        assert_eq!(
            value.to_yaml(),
            "apiVersion: v1\nempty: []\nlabels:\n  app: \"yes\"\n  b: \"0644\"\n  c: \"1.5\"\n  d: 'x: y'\n  e: \"\"\n\
             list:\n- 1\n- a: null\n  b: true\nnested:\n- - a\n  - b\ntext: |\n  a\n  b\ntime: \"2026-11-22T10:00:00Z\"\n\
             hash: '#x'\nip: 10.0.0.1\n"
        );
        assert_eq!(reread(&value.to_yaml()), value);
    }

    #[test]
    fn json_is_standard_json() {
        let value = Value::object([
            ("a", Value::Array(vec![Value::Int(1), Value::Float(2.5), Value::Null])),
            ("b", Value::Object(vec![])),
            ("c", Value::from("<\"\n\u{1}é")),
        ]);
        assert_eq!(value.to_json(), "{\"a\":[1,2.5,null],\"b\":{},\"c\":\"<\\\"\\n\\u0001é\"}");
        assert_eq!(
            value.to_json_pretty(),
            "{\n  \"a\": [\n    1,\n    2.5,\n    null\n  ],\n  \"b\": {},\n  \"c\": \"<\\\"\\n\\u0001é\"\n}"
        );
    }
}

#[cfg(all(test, not(target_family = "wasm")))]
mod properties {
    use proptest::prelude::*;

    use super::Value;
    use super::tests::reread;
    use crate::yaml::{Limits, read};

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-zA-Z0-9 .:#_-]{0,12}",
            "\\PC{0,8}",
            any::<String>(),
            "[\\x00-\\x7f]{0,10}",
            "[ \n\ta:#-]{0,10}",
            prop::sample::select(vec![
                "yes",
                "No",
                "~",
                "null",
                "0x1F",
                "1e3",
                "08",
                ".5",
                "<<",
                "---",
                "...",
                "- a",
                "? b",
                "a:",
                ": a",
                "!x",
                "&a",
                "*a",
                "|",
                ">",
                "%d",
                "@a",
                "`a",
                "12:30",
                "2026-01-02",
                "true",
                "+1",
                ".inf",
                "=",
                "\u{feff}",
                "\u{85}",
                "\u{2028}",
                "a #b",
                "a# b",
                "'",
                "\"",
                "\\",
                "{}",
                "[]",
                ", a",
                "-",
                "--",
                "\n",
                "\n\n",
                "a\n\n",
                " a\nb",
            ])
            .prop_map(str::to_string),
        ]
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            (-1e15f64..1e15)
                .prop_filter("whole numbers read back as integers", |f| f.fract() != 0.0)
                .prop_map(Value::Float),
            text().prop_map(Value::Str),
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
                prop::collection::btree_map(text(), inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn what_is_printed_reads_back_the_same(value in value()) {
            // A document that is null is no document.
            prop_assume!(value != Value::Null);
            prop_assert_eq!(&reread(&value.to_yaml()), &value, "{}", value.to_yaml());
            prop_assert_eq!(&reread(&value.to_json()), &value, "{}", value.to_json());
            prop_assert_eq!(&reread(&value.to_json_pretty()), &value);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(\\PC|[\\x00-\\x20]|[-:?\\[\\]{},&*!|>'\"%@`#~<=\n ]|a: |- |---\n|<<: \\*a\n|&a |\\*a|!!int |kind: Service\n|  |\n){0,60}") {
            let stream = read(&text, 0, 0, &Limits::default());
            for document in &stream.documents {
                prop_assert!(document.span.end as usize <= text.len() && document.span.start <= document.span.end);
                for (path, node) in crate::objects::objects_of(&document.root) {
                    let _ = document.root.locate(&path);
                    if let Ok(decoded) = crate::objects::decode(node, Some("Service"), &document.duplicates) {
                        let _ = decoded.value.to_yaml();
                    }
                }
            }
        }
    }
}
