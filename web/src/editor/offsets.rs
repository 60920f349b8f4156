//! The engine counts bytes, editors count UTF-16 code units.

/// Turns byte offsets of one text into UTF-16 offsets. Asked in any order; ascending is fastest.
pub(crate) struct Offsets<'a> {
    text: &'a str,
    byte: usize,
    unit: u32,
}

impl<'a> Offsets<'a> {
    /// For this text.
    pub(crate) fn new(text: &'a str) -> Self {
        Offsets { text, byte: 0, unit: 0 }
    }

    /// The UTF-16 offset of a byte offset; one inside a character or past the end counts as that character's start
    /// or the end.
    pub(crate) fn utf16(&mut self, byte: u32) -> u32 {
        let mut byte = (byte as usize).min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        if byte < self.byte {
            (self.byte, self.unit) = (0, 0);
        }
        self.unit += self.text[self.byte..byte].chars().map(|c| c.len_utf16() as u32).sum::<u32>();
        self.byte = byte;
        self.unit
    }
}

/// The byte offset of a UTF-16 offset; one past the end counts as the end.
pub(crate) fn byte(text: &str, utf16: u32) -> u32 {
    let mut unit = 0;
    for (at, c) in text.char_indices() {
        if unit >= utf16 {
            return at as u32;
        }
        unit += c.len_utf16() as u32;
    }
    text.len() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_units_become_bytes() {
        let text = "a\u{e9}\u{1f600}b";
        let all: Vec<u32> = [0, 1, 2, 4, 5, 99].into_iter().map(|unit| byte(text, unit)).collect();
        assert_eq!(all, [0, 1, 3, 7, 8, 8]);
    }

    #[test]
    fn bytes_become_utf16_units() {
        let text = "a\u{e9}\u{1f600}b";
        let mut offsets = Offsets::new(text);
        let all: Vec<u32> = [0, 1, 2, 3, 7, 8, 99].into_iter().map(|b| offsets.utf16(b)).collect();
        assert_eq!(all, [0, 1, 1, 2, 4, 5, 5]);
        assert_eq!(offsets.utf16(1), 1);
    }
}
