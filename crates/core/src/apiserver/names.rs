//! What names, label keys and values may look like, with the messages of apimachinery's `pkg/util/validation` and
//! `pkg/api/validate/content`. Patterns are written out by hand: no regular expressions in the engine.

use super::field::{ErrorList, Path, invalid, invalid_each};

const LABEL_1123_MESSAGE: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', \
                                  and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', \
                                  regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_MESSAGE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or \
                                 '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex \
                                 used for validation is \
                                 '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const KEY_MESSAGE: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
                           alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation \
                           is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_MESSAGE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', \
                             and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or \
                             '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

fn lower_alnum(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
fn matches_label(text: &str) -> bool {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => {
            lower_alnum(*first) && lower_alnum(*last) && bytes.iter().all(|b| lower_alnum(*b) || *b == b'-')
        }
        _ => false,
    }
}

fn matches_subdomain(text: &str) -> bool {
    text.split('.').all(matches_label)
}

/// `^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$`
fn matches_key(text: &str) -> bool {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(first), Some(last)) => {
            first.is_ascii_alphanumeric()
                && last.is_ascii_alphanumeric()
                && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        }
        _ => false,
    }
}

fn at_most(most: usize, unit: &str) -> String {
    format!("must be no more than {most} {unit}")
}

/// A DNS label of RFC 1123 (`IsDNS1123Label`).
pub(crate) fn dns1123_label(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if text.len() > 63 {
        messages.push(at_most(63, "characters"));
    }
    if !matches_label(text) {
        if matches_subdomain(text) {
            messages.push("must not contain dots".to_string());
        } else {
            messages.push(LABEL_1123_MESSAGE.to_string());
        }
    }
    messages
}

fn subdomain(text: &str, unit: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if text.len() > 253 {
        messages.push(at_most(253, unit));
    }
    if !matches_subdomain(text) {
        messages.push(SUBDOMAIN_MESSAGE.to_string());
    }
    messages
}

/// A DNS subdomain of RFC 1123 (`IsDNS1123Subdomain`).
pub(crate) fn dns1123_subdomain(text: &str) -> Vec<String> {
    subdomain(text, "characters")
}

/// A domain name of at least two labels, with or without a dot at the end (`IsFullyQualifiedDomainName`).
pub(crate) fn fully_qualified_domain(path: &Path, text: &str) -> ErrorList {
    if text.is_empty() {
        return vec![super::field::required(path, "")];
    }
    let text = text.strip_suffix('.').unwrap_or(text);
    let messages = dns1123_subdomain(text);
    if !messages.is_empty() {
        return vec![invalid(path, text, &messages.join(","))];
    }
    if text.split('.').count() < 2 {
        return vec![invalid(path, text, "should be a domain with at least two segments separated by dots")];
    }
    for label in text.split('.') {
        let messages = dns1123_label(label);
        if !messages.is_empty() {
            return vec![invalid(path, label, &messages.join(","))];
        }
    }
    Vec::new()
}

/// A label key, or anything else of that form (`IsQualifiedName`).
pub(crate) fn qualified_name(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts.as_slice() {
        [name] => name,
        [prefix, name] => {
            if prefix.is_empty() {
                messages.push("prefix part must be non-empty".to_string());
            } else {
                messages.extend(subdomain(prefix, "bytes").into_iter().map(|message| format!("prefix part {message}")));
            }
            name
        }
        _ => {
            return vec![format!(
                "a valid label key {KEY_MESSAGE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        messages.push("name part must be non-empty".to_string());
    } else if name.len() > 63 {
        messages.push(format!("name part {}", at_most(63, "bytes")));
    }
    if !matches_key(name) {
        messages.push(format!("name part {KEY_MESSAGE}"));
    }
    messages
}

/// A label's value (`IsValidLabelValue`).
pub(crate) fn label_value(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if text.len() > 63 {
        messages.push(at_most(63, "bytes"));
    }
    if !text.is_empty() && !matches_key(text) {
        messages.push(VALUE_MESSAGE.to_string());
    }
    messages
}

/// The name of a port, as targetPort and container ports have it (`IsValidPortName`).
pub(crate) fn port_name(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    let bytes = text.as_bytes();
    if bytes.len() > 15 {
        messages.push(at_most(15, "characters"));
    }
    if bytes.is_empty() || !bytes.iter().all(|b| lower_alnum(*b) || *b == b'-') {
        messages.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".to_string());
    }
    if !bytes.iter().any(u8::is_ascii_lowercase) {
        messages.push("must contain at least one letter (a-z)".to_string());
    }
    if text.contains("--") {
        messages.push("must not contain consecutive hyphens".to_string());
    }
    if bytes.first() == Some(&b'-') || bytes.last() == Some(&b'-') {
        messages.push("must not begin or end with a hyphen".to_string());
    }
    messages
}

/// A port number from 1 to 65535 (`IsValidPortNum`).
pub(crate) fn port_number(number: i64) -> Option<&'static str> {
    if (1..=65535).contains(&number) { None } else { Some("must be between 1 and 65535, inclusive") }
}

/// A percentage (`IsValidPercent`).
pub(crate) fn percent(text: &str) -> Option<&'static str> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used \
         for validation is '[0-9]+%')",
    )
}

/// A part of a URL's path (`IsValidPathSegmentName`).
pub(crate) fn path_segment(text: &str) -> Vec<String> {
    if matches!(text, "." | "..") {
        return vec![format!("may not be '{text}'")];
    }
    ['/', '%'].into_iter().filter(|c| text.contains(*c)).map(|c| format!("may not contain '{c}'")).collect()
}

/// How the name of an object of some kind must look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameRule {
    /// One DNS label: Services (since 1.36), Namespaces.
    Label,
    /// Labels joined by dots: nearly all other kinds.
    Subdomain,
    /// Anything that a URL's path can hold: what every update asks of a name.
    PathSegment,
}

impl NameRule {
    /// What is wrong with a name; `prefix` for `generateName`, whose last hyphen does not count.
    pub(crate) fn check(self, name: &str, prefix: bool) -> Vec<String> {
        let masked;
        let name = match name.strip_suffix('-') {
            // Upstream's maskTrailingDash: a bare hyphen stays.
            Some(rest) if prefix && !rest.is_empty() => {
                masked = format!("{rest}a");
                &masked
            }
            _ => name,
        };
        match self {
            NameRule::Label => dns1123_label(name),
            NameRule::Subdomain => dns1123_subdomain(name),
            NameRule::PathSegment => path_segment(name),
        }
    }
}

/// One error for each message, for a DNS label.
pub(crate) fn validate_label(path: &Path, text: &str) -> ErrorList {
    invalid_each(path, text, dns1123_label(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_names_its_pattern() {
        assert!(dns1123_label("my_web")[0].ends_with("is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"));
        assert_eq!(dns1123_label("my.web"), ["must not contain dots"]);
        assert!(dns1123_label("1web").is_empty());
        assert_eq!(dns1123_label("").len(), 1);
    }

    #[test]
    fn keys_may_have_one_prefix() {
        assert!(qualified_name("example.com/a_B").is_empty());
        assert_eq!(qualified_name("/x"), ["prefix part must be non-empty"]);
        assert!(qualified_name("a/b/c")[0].starts_with("a valid label key must consist"));
        assert_eq!(qualified_name("").len(), 2);
    }

    #[test]
    fn a_target_port_needs_a_letter() {
        assert_eq!(port_name("8080"), ["must contain at least one letter (a-z)"]);
        assert_eq!(port_name("-"), ["must contain at least one letter (a-z)", "must not begin or end with a hyphen"]);
    }

    #[test]
    fn a_prefix_may_end_in_a_hyphen() {
        assert!(NameRule::Label.check("web-", true).is_empty());
        assert!(!NameRule::Label.check("web-", false).is_empty());
        assert!(!NameRule::Label.check("-", true).is_empty());
    }
}
