//! What a plain scalar means: null, boolean, number or text.
//!
//! Follows goyaml.v2/resolve.go of sigs.k8s.io/yaml: YAML 1.1's booleans, Go's integer prefixes, no base 60.

use crate::decimal;

/// A resolved scalar.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str,
}

impl Scalar {
    /// The short tag that go-yaml names in its errors.
    pub(super) fn tag(&self) -> &'static str {
        match self {
            Scalar::Null => "!!null",
            Scalar::Bool(_) => "!!bool",
            Scalar::Int(_) => "!!int",
            Scalar::Float(_) => "!!float",
            Scalar::Str => "!!str",
        }
    }
}

/// Resolves a plain scalar without a tag.
pub(super) fn resolve(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => return Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Scalar::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'.') => float(text).map_or(Scalar::Str, Scalar::Float),
        Some(b'+' | b'-' | b'0'..=b'9') => number(text),
        _ => Scalar::Str,
    }
}

/// Whether a plain scalar is read as text, and not as a merge key either.
pub(crate) fn is_plain_text(text: &str) -> bool {
    text != "<<" && resolve(text) == Scalar::Str
}

fn number(text: &str) -> Scalar {
    let without_underscores;
    let plain = if text.contains('_') {
        without_underscores = text.replace('_', "");
        without_underscores.as_str()
    } else {
        text
    };
    match integer(plain) {
        Integer::Fits(value) => return Scalar::Int(value),
        // Go keeps a uint64 or a big integer here; as JSON both are numbers that no field of an object can hold.
        Integer::TooBig(value) => return Scalar::Float(value),
        Integer::Not => {}
    }
    float(plain).map_or(Scalar::Str, Scalar::Float)
}

enum Integer {
    Fits(i64),
    TooBig(f64),
    Not,
}

/// Go's `strconv.ParseInt(text, 0, 64)` on text without underscores: a sign, then 0x, 0o, 0b or a leading 0 as the base.
fn integer(text: &str) -> Integer {
    let (negative, rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (base, digits) = match rest.as_bytes() {
        [b'0', b'x' | b'X', _, ..] => (16, &rest[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &rest[2..]),
        [b'0', b'b' | b'B', _, ..] => (2, &rest[2..]),
        [b'0', _, ..] => (8, &rest[1..]),
        _ => (10, rest),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(base)) {
        return Integer::Not;
    }
    let signed = digits.bytes().try_fold(0i64, |value, byte| {
        // Every byte was a digit of this base above.
        let digit = i64::from((byte as char).to_digit(base)?);
        let value = value.checked_mul(i64::from(base))?;
        if negative { value.checked_sub(digit) } else { value.checked_add(digit) }
    });
    match signed {
        Some(value) => Integer::Fits(value),
        None => {
            let size = digits.bytes().fold(0f64, |value, byte| {
                value * f64::from(base) + f64::from((byte as char).to_digit(base).unwrap_or(0))
            });
            if base == 10 {
                // The float of decimal digits is rounded once, not digit by digit.
                return float(text).map_or(Integer::Not, Integer::TooBig);
            }
            if size.is_finite() { Integer::TooBig(if negative { -size } else { size }) } else { Integer::Not }
        }
    }
}

/// A decimal number as go-yaml's pattern has it: `-1.5e3`, `.5`, `1.`; nothing that overflows a double.
fn float(text: &str) -> Option<f64> {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let whole = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mut tail = &rest[whole..];
    let mut fraction = 0;
    if let Some(after) = tail.strip_prefix('.') {
        tail = after.trim_start_matches(|c: char| c.is_ascii_digit());
        fraction = after.len() - tail.len();
    }
    if whole + fraction == 0 {
        return None;
    }
    if let Some(after) = tail.strip_prefix(['e', 'E']) {
        let digits = after.strip_prefix(['+', '-']).unwrap_or(after);
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
    } else if !tail.is_empty() {
        return None;
    }
    decimal::parse(text).filter(|value| value.is_finite())
}

/// A number as Go's encoding/json writes it: plain digits, an exponent only below 1e-6 or from 1e21 on.
pub(crate) fn json_float(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{value:e}");
        return match text.split_once('e') {
            Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
            _ => text,
        };
    }
    format!("{value}")
}

/// A mapping key that is a float, as Go's `FormatFloat(key, 'g', -1, 32)`.
pub(super) fn key_float(value: f64) -> String {
    if value.is_nan() {
        return ".nan".to_string();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf" } else { "-.inf" }.to_string();
    }
    let narrow = value as f32;
    if narrow.is_infinite() {
        return if narrow > 0.0 { ".inf" } else { "-.inf" }.to_string();
    }
    let text = format!("{narrow:e}");
    let Some((digits, power)) = text.split_once('e') else { return text };
    let power: i32 = power.parse().unwrap_or(0);
    // 'g' with the shortest digits turns to an exponent at six digits.
    if narrow != 0.0 && !(-4..6).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", power.unsigned_abs());
    }
    format!("{narrow}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_resolve_as_go_yaml_resolves_them() {
        let cases: &[(&str, Scalar)] = &[
            ("", Scalar::Null),
            ("~", Scalar::Null),
            ("Null", Scalar::Null),
            ("nUll", Scalar::Str),
            ("y", Scalar::Bool(true)),
            ("Yes", Scalar::Bool(true)),
            ("yES", Scalar::Str),
            ("on", Scalar::Bool(true)),
            ("n", Scalar::Bool(false)),
            ("OFF", Scalar::Bool(false)),
            ("true", Scalar::Bool(true)),
            ("0", Scalar::Int(0)),
            ("-0", Scalar::Int(0)),
            ("685230", Scalar::Int(685_230)),
            ("+685_230", Scalar::Int(685_230)),
            ("02472256", Scalar::Int(0o2472256)),
            ("0644", Scalar::Int(420)),
            ("0o644", Scalar::Int(420)),
            ("0O17", Scalar::Int(15)),
            ("0x_0A_74_AE", Scalar::Int(685_230)),
            ("-0x1F", Scalar::Int(-31)),
            ("0b1010_0111_0100_1010_1110", Scalar::Int(685_230)),
            ("-0b11", Scalar::Int(-3)),
            ("0b12", Scalar::Str),
            ("0b", Scalar::Str),
            ("0x", Scalar::Str),
            ("0xZZ", Scalar::Str),
            ("08", Scalar::Float(8.0)),
            ("09.5", Scalar::Float(9.5)),
            ("00", Scalar::Int(0)),
            ("9223372036854775807", Scalar::Int(i64::MAX)),
            ("-9223372036854775808", Scalar::Int(i64::MIN)),
            ("9223372036854775808", Scalar::Float(9223372036854775808.0)),
            ("0xFFFFFFFFFFFFFFFF", Scalar::Float(18446744073709551615.0)),
            ("1e3", Scalar::Float(1000.0)),
            ("6.8523015e+5", Scalar::Float(685_230.15)),
            ("685.230_15e+03", Scalar::Float(685_230.15)),
            ("12e03", Scalar::Float(12000.0)),
            ("123e4567", Scalar::Str),
            (".5", Scalar::Float(0.5)),
            ("+.5", Scalar::Float(0.5)),
            ("1.", Scalar::Float(1.0)),
            (".", Scalar::Str),
            ("-", Scalar::Str),
            ("1.2.3", Scalar::Str),
            ("10.96.0.1", Scalar::Str),
            ("190:20:30.15", Scalar::Str),
            ("2001-01-01", Scalar::Str),
            ("_1", Scalar::Str),
            ("1e", Scalar::Str),
            ("inf", Scalar::Str),
            ("nan", Scalar::Str),
            ("-.Inf", Scalar::Float(f64::NEG_INFINITY)),
            ("+", Scalar::Str),
            ("0_", Scalar::Int(0)),
            ("tcp", Scalar::Str),
        ];
        for (text, want) in cases {
            assert_eq!(resolve(text), *want, "{text}");
        }
        assert!(matches!(resolve(".NaN"), Scalar::Float(value) if value.is_nan()));
    }

    #[test]
    fn floats_print_as_go_prints_them() {
        for (value, want) in [
            (80.0, "80"),
            (80.5, "80.5"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (1.5e-7, "1.5e-7"),
            (-0.25, "-0.25"),
            (1e-6, "0.000001"),
        ] {
            assert_eq!(json_float(value), want);
        }
        for (value, want) in [(8.0, "8"), (1.5, "1.5"), (0.1, "0.1"), (1e6, "1e+06"), (1e-5, "1e-05")] {
            assert_eq!(key_float(value), want);
        }
    }
}
