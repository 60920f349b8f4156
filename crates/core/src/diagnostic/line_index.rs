//! Byte offsets to lines and columns.

/// A place as people count it: both numbers start at 1; columns are counted in UTF-16 code units, as editors do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

/// Where the lines of a text begin, so that an offset becomes a line and a column without reading the text again.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    /// Indexes `text`.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        LineIndex { starts }
    }

    /// The line of `offset`, from 1.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// Line and column of `offset` in `text`, the text this index was made from. An offset past the end is the end.
    pub fn locate(&self, text: &str, offset: u32) -> LineColumn {
        let mut offset = (offset as usize).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset as u32);
        let start = self.starts[line as usize - 1] as usize;
        let column = text[start..offset].encode_utf16().count() as u32 + 1;
        LineColumn { line, column }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_lines_and_utf16_columns_from_one() {
        let text = "a: 1\nb\u{1f600}c: 2\n";
        let index = LineIndex::new(text);
        assert_eq!(index.locate(text, 0), LineColumn { line: 1, column: 1 });
        assert_eq!(index.locate(text, 5), LineColumn { line: 2, column: 1 });
        assert_eq!(index.locate(text, 10), LineColumn { line: 2, column: 4 });
        assert_eq!(index.locate(text, 999), LineColumn { line: 3, column: 1 });
    }
}
