/// A zero-based line and column; the unit of the column is the caller's choice of method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

/// Byte offsets of line starts, for turning offsets into lines and back.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
}

impl LineIndex {
    pub fn new(text: &str) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at as u32 + 1));
        LineIndex { starts }
    }

    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    pub fn line_start(&self, line: u32) -> usize {
        self.starts.get(line as usize).or(self.starts.last()).map_or(0, |at| *at as usize)
    }

    /// Line and column in bytes.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start as usize <= offset).saturating_sub(1);
        Position { line: line as u32, column: offset as u32 - self.starts[line] }
    }

    /// Line and column in Unicode scalar values, which is how terminals and SARIF readers count.
    pub fn position_chars(&self, text: &str, offset: usize) -> Position {
        self.counted(text, offset, |slice| slice.chars().count())
    }

    /// Line and column in UTF-16 code units.
    pub fn position_utf16(&self, text: &str, offset: usize) -> Position {
        self.counted(text, offset, |slice| slice.encode_utf16().count())
    }

    fn counted(&self, text: &str, offset: usize, count: impl Fn(&str) -> usize) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let at = self.position(offset);
        let start = self.starts[at.line as usize] as usize;
        let slice = text.get(start..offset).unwrap_or_default();
        // A byte order mark is not a column of the first line.
        let slice = slice.strip_prefix('\u{feff}').unwrap_or(slice);
        Position { line: at.line, column: count(slice) as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_bytes_chars_and_utf16_units() {
        let text = "a\né😀x\n";
        let index = LineIndex::new(text);
        let x = text.find('x').unwrap();
        assert_eq!(index.position(x), Position { line: 1, column: 6 });
        assert_eq!(index.position_chars(text, x), Position { line: 1, column: 2 });
        assert_eq!(index.position_utf16(text, x), Position { line: 1, column: 3 });
        assert_eq!(index.position_chars(text, 9_999).line, 2);
    }
}
