use super::error::Sink;
use super::suggest::closest;
use crate::dates;
use jiff::civil::Date;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table being read. Each key asked for counts as known; [`Table::finish`] reports the others.
pub(super) struct Table<'a> {
    /// As in `[owners]`; empty for the top of the file.
    name: &'static str,
    pub span: Range<usize>,
    entries: &'a DeTable<'a>,
    known: Vec<&'static str>,
    pub sink: &'a Sink,
}

impl<'a> Table<'a> {
    pub fn new(name: &'static str, span: Range<usize>, entries: &'a DeTable<'a>, sink: &'a Sink) -> Self {
        Table { name, span, entries, known: Vec::new(), sink }
    }

    pub fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(key);
        self.entries.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    pub fn entries(
        &self,
    ) -> impl Iterator<Item = (&'a Spanned<toml::de::DeString<'a>>, &'a Spanned<DeValue<'a>>)> {
        self.entries.iter()
    }

    pub fn string(&mut self, key: &'static str) -> Option<Spanned<String>> {
        let value = self.get(key)?;
        let text = self.text(key, value)?;
        if text.get_ref().trim().is_empty() {
            self.sink.error(value.span(), format!("`{key}` is empty"));
            return None;
        }
        Some(text)
    }

    pub fn strings(&mut self, key: &'static str) -> Option<Vec<Spanned<String>>> {
        let value = self.get(key)?;
        let Some(array) = value.get_ref().as_array() else {
            let help = value.get_ref().as_str().map(|text| format!("write `{key} = [\"{text}\"]`"));
            self.mismatch(key, "a list of strings", value, help);
            return None;
        };
        Some(array.iter().filter_map(|item| self.text(key, item)).collect())
    }

    fn text(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Option<Spanned<String>> {
        match value.get_ref().as_str() {
            Some(text) => Some(Spanned::new(value.span(), text.to_owned())),
            None => {
                let help = matches!(value.get_ref(), DeValue::Integer(_) | DeValue::Float(_))
                    .then(|| "put it in quotes".to_owned());
                self.mismatch(key, "a string", value, help);
                None
            }
        }
    }

    /// A date, as a TOML date or in a string.
    pub fn date(&mut self, key: &'static str) -> Option<Spanned<Date>> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::Datetime(moment) => moment.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => {
                self.mismatch(key, "a date", value, Some(format!("write `{key} = 2027-03-31`")));
                return None;
            }
        };
        let date = dates::date_of(&text);
        if date.is_none() {
            let message = format!("`{}` is not a calendar date", text.trim());
            self.sink.help(value.span(), message, format!("write `{key} = 2027-03-31`"));
        }
        date.map(|date| Spanned::new(value.span(), date))
    }

    pub fn table(&mut self, key: &'static str) -> Option<Table<'a>> {
        let value = self.get(key)?;
        match value.get_ref().as_table() {
            Some(entries) => Some(Table::new(key, value.span(), entries, self.sink)),
            None => {
                self.mismatch(key, "a table", value, Some(format!("start it with a line `[{key}]`")));
                None
            }
        }
    }

    /// The tables of `[[key]]`.
    pub fn tables(&mut self, key: &'static str) -> Vec<Table<'a>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let help = || Some(format!("start each with a line `[[{key}]]`"));
        let Some(array) = value.get_ref().as_array() else {
            self.mismatch(key, "a list of tables", value, help());
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_table() {
                Some(entries) => tables.push(Table::new(key, item.span(), entries, self.sink)),
                None => self.mismatch(key, "a table", item, help()),
            }
        }
        tables
    }

    pub fn mismatch(&self, key: &str, wanted: &str, found: &Spanned<DeValue<'_>>, help: Option<String>) {
        let message = format!("`{key}` must be {wanted}, not {}", type_name(found.get_ref()));
        self.sink.push(found.span(), message, help);
    }

    /// A string that must be there.
    pub fn required(&mut self, key: &'static str, help: &str) -> Option<Spanned<String>> {
        let present = self.has(key);
        let text = self.string(key);
        if !present {
            self.missing(key, help);
        }
        text
    }

    /// A list of strings that must be there and hold something.
    pub fn required_list(&mut self, key: &'static str, help: &str) -> Vec<Spanned<String>> {
        let present = self.has(key);
        let texts = self.strings(key);
        if !present || texts.as_ref().is_some_and(Vec::is_empty) {
            self.missing(key, help);
        }
        texts.unwrap_or_default()
    }

    /// One of a few words.
    pub fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        all: &[T],
        name: fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.string(key)?;
        let found = all.iter().copied().find(|value| name(*value) == text.get_ref());
        if found.is_none() {
            let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
            let help = match closest(text.get_ref(), names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("one of: {}", names.join(", ")),
            };
            self.sink.help(text.span(), format!("`{key}` cannot be `{}`", text.get_ref()), help);
        }
        found
    }

    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(name, _)| name.get_ref() == key)
    }

    pub fn missing(&self, key: &str, help: &str) {
        self.sink.help(self.span.clone(), format!("`[[{}]]` needs `{key}`", self.name), help);
    }

    /// Reports every key that nobody asked for.
    pub fn finish(self) {
        for (key, _) in self.entries.iter() {
            let name = key.get_ref().as_ref();
            if self.known.contains(&name) {
                continue;
            }
            let place = match self.name {
                "" => String::new(),
                section => format!(" in `{section}`"),
            };
            let help = match closest(name, self.known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known keys: {}", self.known.join(", ")),
            };
            self.sink.help(key.span(), format!("unknown key `{name}`{place}"), help);
        }
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
