//! Reads a decimal number as the nearest double.
//!
//! `str::parse::<f64>` does that too, and faster, with a table of powers of five that does not compress: 14 kB of the
//! wasm that a visitor downloads. Numbers with a fraction are rare in what this engine reads, so the plain method will
//! do: the number as a fraction of two big integers, divided.

use std::cmp::Ordering;

/// More digits than these decide nothing but whether the number lies above the half between two doubles.
const DIGITS: usize = 800;

/// The nearest double, ties to even; infinite beyond the largest. `None` where this is no decimal number: a sign,
/// digits with at most one point among them, an exponent.
pub fn parse(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, whole(exponent)?),
        None => (unsigned, 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || before.bytes().chain(after.bytes());
    if digits().next().is_none() || !digits().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let mut digits: Vec<u8> = digits().map(|digit| digit - b'0').skip_while(|digit| *digit == 0).collect();
    let mut scale = exponent - after.len() as i64;
    if digits.len() > DIGITS {
        scale += (digits.len() - DIGITS - 1) as i64;
        let more = digits[DIGITS..].iter().any(|digit| *digit != 0);
        digits.truncate(DIGITS);
        digits.push(u8::from(more));
    }
    let size = match digits.len() as i64 + scale {
        _ if digits.is_empty() => 0.0,
        // The largest double has 309 digits; half of the smallest is 2.4e-324.
        size if size > 310 => f64::INFINITY,
        size if size < -325 => 0.0,
        _ => quick(&digits, scale).unwrap_or_else(|| nearest(&digits, scale)),
    };
    Some(if text.starts_with('-') { -size } else { size })
}

/// An exponent, cut to what makes a difference whatever the digits.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let size = digits.bytes().fold(0i64, |size, digit| (size * 10 + i64::from(digit - b'0')).min(1 << 40));
    Some(if text.starts_with('-') { -size } else { size })
}

/// The number where doubles hold all that it takes exactly: one operation, rounded once.
fn quick(digits: &[u8], scale: i64) -> Option<f64> {
    if digits.len() > 15 || scale.abs() > 22 {
        return None;
    }
    let number = digits.iter().fold(0.0, |number, digit| number * 10.0 + f64::from(*digit));
    let power = (0..scale.abs()).fold(1.0, |power, _| power * 10.0);
    Some(if scale < 0 { number / power } else { number * power })
}

/// The double nearest to the digits times a power of ten; there are digits, and the result is near a double's range.
fn nearest(digits: &[u8], scale: i64) -> f64 {
    let mut above = Big(Vec::new());
    digits.iter().for_each(|digit| above.grow(10, u32::from(*digit)));
    let mut below = Big(vec![1]);
    let scaled = if scale < 0 { &mut below } else { &mut above };
    (0..scale.abs()).for_each(|_| scaled.grow(10, 0));
    // Shifted so that the quotient has 64 to 66 bits.
    let shift = 64 - (above.bits() - below.bits());
    if shift > 0 {
        above.double(shift)
    } else {
        below.double(-shift)
    }
    let mut quotient = 0u128;
    below.double(65);
    for _ in 0..=65 {
        quotient <<= 1;
        if above.cmp(&below) != Ordering::Less {
            above.subtract(&below);
            quotient |= 1;
        }
        below.halve();
    }
    let more = above.bits() > 0;
    // A double has 53 bits; below its least exponent there are fewer.
    let bits = i64::from(128 - quotient.leading_zeros());
    let dropped = (bits - 53).max(shift - 1074);
    // At most some 70 bits: the number is not far below the smallest double.
    let (kept, rest, half) = (quotient >> dropped, quotient & ((1 << dropped) - 1), 1u128 << (dropped - 1));
    let up = rest > half || rest == half && (more || kept & 1 == 1);
    let mantissa = (kept + u128::from(up)) as u64 as f64;
    mantissa * power_of_two(dropped - shift)
}

/// 2 to the power; -1074 to 1023.
fn power_of_two(power: i64) -> f64 {
    f64::from_bits(if power < -1022 { 1 << (power + 1074) } else { ((power + 1023) as u64) << 52 })
}

/// A whole number: its 32-bit digits from the lowest on, the last not zero.
struct Big(Vec<u32>);

impl Big {
    /// Multiplies and adds.
    fn grow(&mut self, factor: u32, add: u32) {
        let mut carry = u64::from(add);
        for digit in &mut self.0 {
            carry += u64::from(*digit) * u64::from(factor);
            *digit = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn double(&mut self, times: i64) {
        (0..times).for_each(|_| self.grow(2, 0));
    }

    fn halve(&mut self) {
        let mut carry = 0;
        for digit in self.0.iter_mut().rev() {
            let low = *digit & 1;
            *digit = *digit >> 1 | carry << 31;
            carry = low;
        }
        self.trim();
    }

    /// Subtracts a number that is not larger.
    fn subtract(&mut self, other: &Big) {
        let mut borrow = 0;
        for (at, digit) in self.0.iter_mut().enumerate() {
            let less = i64::from(*digit) - i64::from(other.0.get(at).copied().unwrap_or(0)) - borrow;
            *digit = less as u32;
            borrow = i64::from(less < 0);
        }
        self.trim();
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }

    fn bits(&self) -> i64 {
        self.0.last().map_or(0, |last| self.0.len() as i64 * 32 - i64::from(last.leading_zeros()))
    }

    fn cmp(&self, other: &Big) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agrees(text: &str) {
        let expected = text.parse::<f64>().ok();
        assert_eq!(parse(text).map(f64::to_bits), expected.map(f64::to_bits), "{text}");
    }

    #[test]
    fn agrees_with_the_standard_library() {
        let long = format!("0.{}1", "0".repeat(400));
        let half = "9007199254740993";
        for text in [
            "",
            ".",
            "-",
            "e5",
            "1e",
            "1e+",
            "1.2.3",
            "1x",
            "0",
            "-0",
            "1.",
            ".5",
            "+1.5e3",
            "1E-7",
            "1e400",
            "-1e400",
            "1e-400",
            "1e99999999999999999999",
            "0e99999999999999999999",
            "1e-99999999999999999999",
            "0.1",
            "1e22",
            "1e23",
            "123456789012345678",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "4.9e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            &long,
            "17976931348623157e292",
            "9007199254740991",
            half,
            &format!("{half}.{}1", "0".repeat(900)),
            &format!("{}{}e-2000", "7".repeat(2300), "1"),
        ] {
            agrees(text);
        }
    }

    #[test]
    fn agrees_on_doubles_of_any_size() {
        let mut bits = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(bits);
            if value.is_finite() {
                agrees(&format!("{value:e}"));
                agrees(&format!("{value:.3e}"));
                agrees(&format!("{value:.25e}"));
            }
        }
    }
}
