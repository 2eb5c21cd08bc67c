//! Private keys in PEM, plain or encoded once more in base64. A header alone is no key: there must be a body.

use super::blob::{decode, entropy, floor, is_base64};
use super::format::by_id;
use super::types::{Level, Match};
use memchr::memmem;

const LONGEST: usize = 16 * 1024;
const LONGEST_LABEL: usize = 48;
const SHORTEST_BODY: usize = 40;
const BEGIN: &str = "-----BEGIN ";

/// The base64 of `-----BEGIN `.
const ENCODED: &str = "LS0tLS1CRUdJTi";

/// An OpenSSH key starts with its magic and the name of the cipher; this is the cipher `none`.
const OPENSSH: &str = "b3BlbnNzaC1rZXktdjEA";
const OPENSSH_PLAIN: &str = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";

pub(super) fn find(text: &str, out: &mut Vec<Match>) {
    let mut from = 0;
    while let Some(at) = memmem::find(&text.as_bytes()[from..], BEGIN.as_bytes()) {
        let start = from + at;
        from = start + BEGIN.len();
        if let Some(found) = block(text, start) {
            from = found.end;
            out.push(found);
        }
    }
    let mut read = 0;
    for start in memmem::find_iter(text.as_bytes(), ENCODED.as_bytes()) {
        if start < read {
            continue;
        }
        let run =
            text.as_bytes()[start..].iter().take_while(|byte| is_base64(**byte) || **byte == b'=').count();
        read = start + run;
        out.extend(encoded(text, start, read));
    }
}

fn block(text: &str, start: usize) -> Option<Match> {
    let rest = &text[start..floor(text, start + LONGEST)];
    let head = &rest[BEGIN.len()..floor(rest, BEGIN.len() + LONGEST_LABEL)];
    let label = &head[..head.find("-----")?];
    let label_end = BEGIN.len() + label.len();
    let armour = label == "PGP PRIVATE KEY BLOCK";
    if !(armour || label == "PRIVATE KEY" || label.ends_with(" PRIVATE KEY")) {
        return None;
    }
    let body_start = label_end + "-----".len();
    // Any dashes end the body, so that no stretch of text is read for two keys.
    let dashes = rest[body_start..].find("-----");
    let body_end = dashes.map_or(rest.len(), |at| body_start + at);
    let body = Body::read(&rest[body_start..body_end]);
    if !body.is_real() {
        return None;
    }
    let closed = dashes.map(|_| body_end + "-----END ".len() + label.len() + "-----".len());
    let end = closed.map_or(body_end, |end| floor(rest, end));
    let mut found =
        Match::new(by_id(if armour { "pgp-private-key" } else { "private-key-pem" }), start, start + end);
    if label.starts_with("ENCRYPTED") || body.encrypted {
        found.severity_hint = Level::Medium;
        found.confidence = Level::Medium;
        found.note = Some("encrypted with a passphrase".into());
    }
    Some(found)
}

/// The characters between the markers, without line ends in any spelling, indentation, quotes and headers.
struct Body {
    letters: String,
    strange: usize,
    encrypted: bool,
}

impl Body {
    fn read(text: &str) -> Self {
        let mut body = Body { letters: String::new(), strange: 0, encrypted: false };
        for line in text.split('\n').flat_map(|line| line.split("\\n")) {
            let line = line.trim().trim_end_matches("\\r").trim_matches(['"', '\'', ',', '+', ' ', '\\']);
            // `Proc-Type: 4,ENCRYPTED`, `DEK-Info: …`, `Version: …`.
            if line.contains(": ") {
                body.encrypted |= line.contains("ENCRYPTED");
                continue;
            }
            body.strange +=
                line.bytes().filter(|byte| !is_base64(*byte) && !matches!(byte, b'=' | b' ')).count();
            body.letters.extend(line.chars().filter(|letter| !letter.is_whitespace()));
        }
        body.encrypted |= body.letters.starts_with(OPENSSH) && !body.letters.starts_with(OPENSSH_PLAIN);
        body
    }

    fn is_real(&self) -> bool {
        self.letters.len() >= SHORTEST_BODY && self.strange == 0 && entropy(&self.letters) >= 3.5
    }
}

fn encoded(text: &str, start: usize, end: usize) -> Option<Match> {
    let decoded = decode(&text[start..end])?;
    let inner = block(std::str::from_utf8(&decoded).ok()?, 0)?;
    let note = inner.note.map_or_else(|| "base64 of a PEM".into(), |note| format!("base64 of a PEM, {note}"));
    Some(Match { start, end, note: Some(note), ..inner })
}
