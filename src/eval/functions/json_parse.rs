use crate::eval::value::{MapKind, Number, Part, Str, Value, Why};
use crate::source::Span;
use indexmap::IndexMap;
use std::sync::Arc;

/// Stands for a hole in the text that is parsed. Control characters are not allowed in JSON, so that it
/// cannot be part of the document.
const HOLE: u8 = 0;
const MAX_DEPTH: usize = 128;

/// Parses a JSON document that may have holes, and remembers where each literal was written.
pub(super) fn parse(parts: &[Part]) -> Result<Value, String> {
    let mut parser = Parser { text: String::new(), sources: Vec::new(), holes: Vec::new(), at: 0 };
    for part in parts {
        match part {
            Part::Text(text) if text.as_str().as_bytes().contains(&HOLE) => {
                return Err("invalid character '\\x00' in JSON".to_owned());
            }
            Part::Text(text) => {
                parser.sources.push((parser.text.len(), text.clone()));
                parser.text.push_str(text.as_str());
            }
            Part::Hole(value) => {
                parser.holes.push((parser.text.len(), value.clone()));
                parser.text.push(char::from(HOLE));
            }
        }
    }
    let value = parser.value(0)?;
    parser.skip_space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.unexpected("after the document")),
    }
}

struct Parser {
    text: String,
    /// Where in the text each known part begins.
    sources: Vec<(usize, Str)>,
    holes: Vec<(usize, Value)>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn unexpected(&self, place: &str) -> String {
        match self.text.get(self.at..).and_then(|rest| rest.chars().next()) {
            Some(c) => format!("invalid character {c:?} {place} at offset {} of the JSON text", self.at),
            None => "unexpected end of JSON input".to_owned(),
        }
    }

    /// Where the bytes from `start` to `end` were written.
    fn span(&self, start: usize, end: usize) -> Option<Span> {
        let index = self.sources.partition_point(|(from, _)| *from <= start).checked_sub(1)?;
        let (from, text) = &self.sources[index];
        text.span_of(start - from, (end - from).min(text.as_str().len()))
    }

    fn hole(&self, at: usize) -> Value {
        let found = self.holes.binary_search_by_key(&at, |(from, _)| *from);
        found.map_or_else(|_| Value::unknown(Why::Derived), |index| self.holes[index].1.clone())
    }

    fn spanned(&self, mut value: Value, start: usize) -> Value {
        value.meta.span = self.span(start, self.at);
        value
    }

    fn value(&mut self, depth: usize) -> Result<Value, String> {
        if depth > MAX_DEPTH {
            return Err("the JSON text is nested too deeply".to_owned());
        }
        self.skip_space();
        let start = self.at;
        let value = match self.peek() {
            Some(HOLE) => {
                self.at += 1;
                return Ok(self.hole(start));
            }
            Some(b'{') => self.object(depth)?,
            Some(b'[') => self.array(depth)?,
            Some(b'"') => return self.string(),
            Some(b't') => self.word("true", Value::bool(true))?,
            Some(b'f') => self.word("false", Value::bool(false))?,
            Some(b'n') => self.word("null", Value::null())?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => return Err(self.unexpected("looking for the beginning of a value")),
        };
        Ok(self.spanned(value, start))
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        match self.text[self.at..].starts_with(word) {
            true => {
                self.at += word.len();
                Ok(value)
            }
            false => Err(self.unexpected("in a literal")),
        }
    }

    fn digits(&mut self) -> Result<(), String> {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        if start == self.at { Err(self.unexpected("in a number")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        let number = Number::parse(&self.text[start..self.at]);
        Ok(number.map_or_else(|| Value::unknown(Why::Limit), Value::number))
    }

    fn array(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::tuple(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("after an array element")),
            }
        }
        self.at += 1;
        Ok(Value::tuple(items))
    }

    fn object(&mut self, depth: usize) -> Result<Value, String> {
        let mut entries: IndexMap<Arc<str>, Value> = IndexMap::new();
        let mut unsure: Vec<(Arc<str>, Value)> = Vec::new();
        self.at += 1;
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::map(MapKind::Object, entries));
        }
        loop {
            self.skip_space();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for the beginning of an object key"));
            }
            let key = self.string()?;
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.unexpected("after an object key"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            match key.as_str() {
                Some(key) => {
                    entries.insert(key.into(), value);
                }
                None => unsure.push((key.key_with_holes(), value)),
            }
            self.skip_space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("after an object entry")),
            }
        }
        self.at += 1;
        match unsure.is_empty() {
            true => Ok(Value::map(MapKind::Object, entries)),
            // With a hole in a key there is no telling which entries there are.
            false => Ok(Value::object_with_holes(entries.into_iter().chain(unsure).collect())),
        }
    }

    /// A string. What is copied without escapes keeps the place it came from.
    fn string(&mut self) -> Result<Value, String> {
        self.at += 1;
        let first = self.at;
        let mut parts = Vec::new();
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
                self.at += 1;
            }
            if start < self.at {
                parts.push(Part::Text(self.copied(&self.text[start..self.at], start)));
            }
            let start = self.at;
            match self.peek() {
                Some(b'"') => break,
                Some(HOLE) => {
                    parts.push(Part::Hole(self.hole(start)));
                    self.at += 1;
                }
                Some(b'\\') => {
                    let c = self.escape()?;
                    parts.push(Part::Text(self.copied(c.encode_utf8(&mut [0; 4]), start)));
                }
                _ => return Err(self.unexpected("in a string literal")),
            }
        }
        let mut value = Value::template(parts);
        value.meta.span = self.span(first, self.at);
        self.at += 1;
        Ok(value)
    }

    fn copied(&self, text: &str, start: usize) -> Str {
        match self.span(start, self.at) {
            Some(span) => Str::with_pieces(text, vec![(0, span)]),
            None => Str::new(text),
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        self.at += 1;
        let c = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.unexpected("in a string escape")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char, String> {
        let first = self.unit().ok_or_else(|| self.unexpected("in a \\u escape"))?;
        let after = self.at;
        if let 0xd800..=0xdbff = first
            && self.text[self.at..].starts_with("\\u")
        {
            self.at += 1;
            if let Some(second @ 0xdc00..=0xdfff) = self.unit() {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = after;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// The four digits behind a `u`.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at + 1..self.at + 5)?;
        let valid = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.at += if valid { 5 } else { 0 };
        valid.then(|| u32::from_str_radix(digits, 16).ok())?
    }
}
