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
    /// Every [`STRIDE`] bytes or so: a byte offset, and how many UTF-16 code units are before it.
    units: Vec<(u32, u32)>,
}

/// How far apart places are whose code units are counted beforehand: a line may be as long as the whole text.
const STRIDE: usize = 1024;

impl LineIndex {
    /// Indexes `text`.
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        let mut units = Vec::new();
        let (mut at, mut count) = (0, 0);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            units.push((at as u32, count));
            let step = (STRIDE..).find(|step| rest.is_char_boundary(*step) || *step > rest.len());
            let step = step.unwrap_or(rest.len()).min(rest.len());
            count += utf16(&rest[..step]);
            at += step;
        }
        LineIndex { starts, units }
    }

    /// How many UTF-16 code units are before `offset`, which must be between two characters of `text`.
    fn units_before(&self, text: &str, offset: usize) -> u32 {
        let near = self.units.partition_point(|(at, _)| *at as usize <= offset).checked_sub(1);
        let (at, count) = near.and_then(|near| self.units.get(near)).copied().unwrap_or_default();
        count + text.get(at as usize..offset).map_or(0, utf16)
    }

    /// The line of `offset`, from 1.
    pub fn line(&self, offset: u32) -> u32 {
        self.starts.partition_point(|start| *start <= offset) as u32
    }

    /// A line, from 1, of `text`, the text this index was made from, without its end; empty where there is none.
    pub fn text_of<'a>(&self, text: &'a str, line: u32) -> &'a str {
        let start = |line: u32| self.starts.get(line as usize).map(|start| *start as usize);
        let first = line.checked_sub(1).and_then(start).unwrap_or(text.len());
        let line = text.get(first..start(line).unwrap_or(text.len())).unwrap_or_default();
        let line = line.strip_suffix('\n').unwrap_or(line);
        line.strip_suffix('\r').unwrap_or(line)
    }

    /// Line and column of `offset` in `text`, the text this index was made from. An offset past the end is the end.
    pub fn locate(&self, text: &str, offset: u32) -> LineColumn {
        let mut offset = (offset as usize).min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.line(offset as u32);
        let start = self.starts[line as usize - 1] as usize;
        let column = self.units_before(text, offset) - self.units_before(text, start) + 1;
        LineColumn { line, column }
    }
}

fn utf16(text: &str) -> u32 {
    text.chars().map(|c| c.len_utf16() as u32).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_a_very_long_line_are_found_without_counting_it() {
        let text = format!("x\n{}", "a\u{1f600}\u{e9}".repeat(200_000));
        let index = LineIndex::new(&text);
        for at in 0..200_000 {
            assert_eq!(index.locate(&text, 2 + at * 7), LineColumn { line: 2, column: 1 + at * 4 });
        }
    }

    #[test]
    fn counts_lines_and_utf16_columns_from_one() {
        let text = "a: 1\nb\u{1f600}c: 2\n";
        let index = LineIndex::new(text);
        assert_eq!(index.locate(text, 0), LineColumn { line: 1, column: 1 });
        assert_eq!(index.locate(text, 5), LineColumn { line: 2, column: 1 });
        assert_eq!(index.locate(text, 10), LineColumn { line: 2, column: 4 });
        assert_eq!(index.locate(text, 999), LineColumn { line: 3, column: 1 });
        assert_eq!([1, 2, 3, 4].map(|line| index.text_of(text, line)), ["a: 1", "b\u{1f600}c: 2", "", ""]);
    }
}
