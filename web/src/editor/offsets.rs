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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_utf16_units() {
        let text = "a\u{e9}\u{1f600}b";
        let mut offsets = Offsets::new(text);
        let all: Vec<u32> = [0, 1, 2, 3, 7, 8, 99].into_iter().map(|b| offsets.utf16(b)).collect();
        assert_eq!(all, [0, 1, 1, 2, 4, 5, 5]);
        assert_eq!(offsets.utf16(1), 1);
    }
}
