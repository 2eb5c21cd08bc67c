//! How a pull request and a commit know themselves again: a comment in the text that readers do not see, and lines at
//! the end of the commit message.

use super::hash;
use std::fmt::Write;

const OPEN: &str = "<!-- keyward:pr v1 ";
const CLOSE: &str = " -->";

/// How far a pull request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Open, and labels and reviewers are still to come.
    Opening,
    Open,
    /// Closed by us, which says nothing about what people think of it.
    Finished,
    /// Closed by us, since another run had opened one for the same.
    Twin,
}

impl Stage {
    const ALL: [Stage; 4] = [Stage::Opening, Stage::Open, Stage::Finished, Stage::Twin];

    fn name(self) -> &'static str {
        match self {
            Stage::Opening => "opening",
            Stage::Open => "open",
            Stage::Finished => "finished",
            Stage::Twin => "twin",
        }
    }
}

/// Limits are counted for each lane by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    Critical,
    #[default]
    Usual,
}

impl Lane {
    pub const ALL: [Lane; 2] = [Lane::Critical, Lane::Usual];

    pub fn name(self) -> &'static str {
        match self {
            Lane::Critical => "critical",
            Lane::Usual => "usual",
        }
    }
}

/// What a pull request says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marker {
    pub fingerprint: String,
    /// The commit of the base that it was made from.
    pub base: String,
    /// The commit that we put at its head.
    pub head: String,
    /// What the changed files are, see [`super::content`].
    pub content: String,
    /// Hash of the text as we wrote it.
    pub text: String,
    pub stage: Stage,
    pub lane: Lane,
    /// The directory that was scanned, below the top of the repository.
    pub scope: String,
    pub module: String,
    pub family: String,
}

impl Marker {
    /// The marker in a text; `None` unless there is a whole one.
    pub fn read(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once(OPEN)?;
        let (inside, _) = rest.split_once(CLOSE)?;
        let get = |key: &str| {
            let found = inside.split(' ').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='));
            found.map(unescaped)
        };
        let stage = get("stage")?;
        let lane = get("lane")?;
        Some(Marker {
            fingerprint: get("fingerprint").filter(|text| is_hex(text))?,
            base: get("base").filter(|text| is_hex(text))?,
            head: get("head").filter(|text| is_hex(text))?,
            content: get("content")?,
            text: get("text")?,
            stage: Stage::ALL.into_iter().find(|it| it.name() == stage)?,
            lane: Lane::ALL.into_iter().find(|it| it.name() == lane)?,
            scope: get("scope")?,
            module: get("module")?,
            family: get("family")?,
        })
    }

    pub fn write(&self) -> String {
        let mut out = OPEN.to_owned();
        let pairs = [
            ("fingerprint", self.fingerprint.as_str()),
            ("base", &self.base),
            ("head", &self.head),
            ("content", &self.content),
            ("text", &self.text),
            ("stage", self.stage.name()),
            ("lane", self.lane.name()),
            ("scope", &self.scope),
            ("module", &self.module),
            ("family", &self.family),
        ];
        for (at, (key, value)) in pairs.into_iter().enumerate() {
            let space = if at > 0 { " " } else { "" };
            let _ = write!(out, "{space}{key}={}", escaped(value));
        }
        out.push_str(CLOSE);
        out
    }
}

/// A body: the text with its marker at the end, where it is in nobody's way.
pub fn compose(marker: &Marker, text: &str) -> String {
    format!("{}\n\n{}\n", text.trim_end(), marker.write())
}

/// The text without the marker, with the line ends that it was written with.
pub fn strip(body: &str) -> String {
    let body = body.replace("\r\n", "\n");
    match body.split_once(OPEN) {
        Some((before, rest)) => {
            let after = rest.split_once(CLOSE).map_or("", |(_, after)| after);
            format!("{}{after}", before.trim_end()).trim().to_owned()
        }
        None => body.trim().to_owned(),
    }
}

/// The text of one at another stage.
pub fn at_stage(stage: Stage, body: &str) -> String {
    match Marker::read(body) {
        Some(marker) => compose(&Marker { stage, ..marker }, &strip(body)),
        None => body.to_owned(),
    }
}

pub fn text_hash(text: &str) -> String {
    hash(&[text.replace("\r\n", "\n").trim()], 12)
}

const GROUP: &str = "Keyward-Group: ";
const CONTENT: &str = "Keyward-Content: ";
const BASE: &str = "Keyward-Base: ";

/// The last lines of our commit messages.
pub fn trailers(fingerprint: &str, content: &str, base: &str) -> String {
    format!("{GROUP}{fingerprint}\n{CONTENT}{content}\n{BASE}{base}")
}

/// What the last lines of a message of ours say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailers {
    pub fingerprint: String,
    pub content: String,
    /// The branch that it is for.
    pub base: String,
}

pub fn read_trailers(message: &str) -> Option<Trailers> {
    let value = |key: &str| {
        message.lines().rev().find_map(|line| line.strip_prefix(key)).map(|it| it.trim().to_owned())
    };
    Some(Trailers { fingerprint: value(GROUP)?, content: value(CONTENT)?, base: value(BASE)? })
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Nothing that could end the comment, the pair or the line.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'/' => out.push(byte as char),
            b'-' if !out.ends_with('-') => out.push('-'),
            _ => {
                let _ = write!(out, "%{byte:02x}");
            }
        }
    }
    out
}

fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker() -> Marker {
        Marker {
            fingerprint: "0123456789ab".into(),
            base: "aa".into(),
            head: "bb".into(),
            content: "cc".into(),
            text: "dd".into(),
            stage: Stage::Opening,
            lane: Lane::Critical,
            scope: String::new(),
            module: "modules/ci -- -> x=y".into(),
            family: "trust".into(),
        }
    }

    #[test]
    fn a_marker_survives_its_text() {
        let body = compose(&marker(), "## Why\n\nBecause");
        assert_eq!(Marker::read(&body), Some(marker()));
        assert_eq!(strip(&body), "## Why\n\nBecause");
        let by_a_browser = format!("{}\r\nand a word of mine", body.replace('\n', "\r\n"));
        assert_eq!(Marker::read(&by_a_browser), Some(marker()));
        assert!(strip(&by_a_browser).ends_with("and a word of mine"));
        assert_eq!(body.matches("-->").count(), 1, "{body}");
    }

    #[test]
    fn half_a_marker_is_none() {
        for text in
            ["", "<!-- keyward:pr v1 fingerprint=0 -->", "<!-- keyward:pr v1 ", "<!-- keyward:pr v2 x -->"]
        {
            assert_eq!(Marker::read(text), None, "{text}");
        }
    }

    #[test]
    fn trailers_are_the_last_ones() {
        let message = format!("Title\n\nKeyward-Group: no\n\n{}\n", trailers("abc", "def", "main"));
        let read = read_trailers(&message).expect("trailers");
        assert_eq!(
            (read.fingerprint.as_str(), read.content.as_str(), read.base.as_str()),
            ("abc", "def", "main")
        );
        assert_eq!(read_trailers("Title"), None);
    }
}
