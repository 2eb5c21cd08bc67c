use crate::eval::value::{MAX_STRING, Meta, Part, Str, Value, Why};

/// Builds a string whose unknown parts stay holes.
#[derive(Default)]
pub(super) struct Sink {
    parts: Vec<Part>,
    text: String,
    size: usize,
    column: usize,
    meta: Meta,
}

impl Sink {
    pub fn push_str(&mut self, text: &str) {
        // What is beyond the limit will not be looked at.
        if self.is_open() {
            self.size += text.len();
            self.column = match text.rsplit_once('\n') {
                Some((_, last)) => last.chars().count(),
                None => self.column + text.chars().count(),
            };
            self.text.push_str(text);
        }
    }

    pub fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    pub fn pad(&mut self, width: usize) {
        if self.is_open() && width <= MAX_STRING {
            self.size += width;
            self.column += width;
            self.text.extend(std::iter::repeat_n(' ', width));
        }
    }

    /// Characters since the last line break.
    pub fn column(&self) -> usize {
        self.column
    }

    pub fn hole(&mut self, value: &Value) {
        if self.is_open() {
            self.size += 1;
            self.flush();
            self.parts.push(Part::Hole(value.clone()));
        }
    }

    /// A part of a string as it stands.
    pub fn part(&mut self, part: Part) {
        match part {
            Part::Hole(value) => self.hole(&value),
            Part::Text(text) if self.is_open() => {
                self.size += text.as_str().len();
                self.flush();
                self.parts.push(Part::Text(text));
            }
            Part::Text(_) => {}
        }
    }

    pub fn absorb(&mut self, meta: &Meta) {
        self.meta.absorb(meta);
    }

    pub fn is_open(&self) -> bool {
        self.size <= MAX_STRING
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(Part::Text(Str::new(std::mem::take(&mut self.text))));
        }
    }

    pub fn finish(mut self) -> Value {
        self.flush();
        let value = match self.is_open() {
            true => Value::template(self.parts),
            false => Value::unknown(Why::Limit),
        };
        value.absorbing(&self.meta)
    }
}
