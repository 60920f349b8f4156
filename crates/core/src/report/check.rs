//! `portolan check`: everything that is said about the input, with its place.

use std::fmt::Write;

use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::objects::Value;
use crate::world::SourceText;

/// Finds the text of a document by its number.
pub type TextOf<'a, 'b> = &'a dyn Fn(usize) -> SourceText<'b>;

/// The JSON document of all diagnostics, and the objects stored.
pub fn check(diagnostics: &[Diagnostic], text_of: TextOf<'_, '_>, stored: &[&Value]) -> Value {
    Value::object([
        ("diagnostics", Value::Array(diagnostics.iter().map(|one| diagnostic(one, text_of)).collect())),
        ("objects", Value::Array(stored.iter().copied().cloned().collect())),
    ])
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "info",
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::Yaml => "yaml",
        Source::Decode => "decode",
        Source::Apiserver => "apiserver",
        Source::Portolan => "portolan",
    }
}

fn diagnostic(diagnostic: &Diagnostic, text_of: TextOf<'_, '_>) -> Value {
    let source_text = text_of(diagnostic.document);
    let locate = |offset| source_text.lines.locate(source_text.text, offset);
    let (start, end) = (locate(diagnostic.span.start), locate(diagnostic.span.end));
    let fixes = diagnostic.fixes.iter().map(|fix| {
        let edits = fix.edits.iter().map(|edit| {
            let (start, end) = (locate(edit.span.start), locate(edit.span.end));
            Value::object([
                ("line", Value::Int(start.line.into())),
                ("column", Value::Int(start.column.into())),
                ("endLine", Value::Int(end.line.into())),
                ("endColumn", Value::Int(end.column.into())),
                ("text", edit.text.as_str().into()),
            ])
        });
        Value::object([("title", Value::from(fix.title.as_str())), ("edits", Value::Array(edits.collect()))])
    });
    Value::object([
        ("severity", Value::from(severity(diagnostic.severity))),
        ("code", diagnostic.code.into()),
        ("source", source(diagnostic.source).into()),
        ("reason", diagnostic.reason.clone().into()),
        ("field", diagnostic.field.clone().into()),
        ("message", diagnostic.message.as_str().into()),
        ("help", diagnostic.help.clone().into()),
        ("document", Value::Int(diagnostic.document as i64)),
        ("file", source_text.name.into()),
        ("line", Value::Int(start.line.into())),
        ("column", Value::Int(start.column.into())),
        ("endLine", Value::Int(end.line.into())),
        ("endColumn", Value::Int(end.column.into())),
        ("fixes", Value::Array(fixes.collect())),
    ])
}

/// The same for people: `file:line:column: severity: message`, the line, a mark under it, and help.
pub fn check_text(diagnostics: &[Diagnostic], text_of: TextOf<'_, '_>) -> String {
    let mut text = String::new();
    for one in diagnostics {
        let source_text = text_of(one.document);
        let start = source_text.lines.locate(source_text.text, one.span.start);
        let end = source_text.lines.locate(source_text.text, one.span.end);
        // Some of the server's words begin with the field.
        let field = one.field.as_deref().filter(|field| !one.message.starts_with(field));
        let field = field.map(|field| format!("{field}: ")).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{}:{}:{}: {}: {field}{} [{}]",
            source_text.name,
            start.line,
            start.column,
            severity(one.severity),
            one.message,
            one.code
        );
        let line = source_text.lines.text_of(source_text.text, start.line);
        if line.len() <= 800 && line.chars().count() <= 200 && !line.trim().is_empty() {
            let until = if end.line == start.line { end.column } else { line.encode_utf16().count() as u32 + 1 };
            let marks = "^".repeat(until.saturating_sub(start.column).max(1) as usize);
            let blank: String =
                line.chars().take(start.column as usize - 1).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            let _ = writeln!(text, "    {line}\n    {blank}{marks}");
        }
        if let Some(help) = &one.help {
            let _ = writeln!(text, "    help: {help}");
        }
        for fix in &one.fixes {
            let _ = writeln!(text, "    fix: {}", fix.title);
        }
    }
    text
}
