//! Frames on standard input and output: `Content-Length`, an empty line, and that many bytes of JSON.
//!
//! A frame that cannot be read is answered and skipped, never the end: what follows it may be fine.

use serde_json::Value;
use std::io::{BufRead, Read, Write};

/// The longest body that is read into memory. A document of the largest size, with every byte escaped, is less.
const MAX_BODY: u64 = 256 * 1024 * 1024;
/// The longest line of a header; anything longer is no header.
const MAX_LINE: u64 = 8 * 1024;

/// What came in.
#[derive(Debug)]
pub(super) enum Frame {
    Json(Value),
    /// Something that is no message, and why. What it says is not repeated, since it may hold anything.
    Malformed(String),
    /// Nobody writes any more.
    End,
}

pub(super) fn read(input: &mut impl BufRead) -> Frame {
    let mut length: Option<u64> = None;
    let mut odd = false;
    loop {
        let mut line = Vec::new();
        match input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return Frame::End,
            Ok(_) => {}
        }
        let text = line.trim_ascii();
        match (text.is_empty(), length) {
            (true, Some(length)) => return body(input, length),
            // Blank lines between frames, or the end of a header without a length.
            (true, None) if odd => return Frame::Malformed("a header without Content-Length".to_owned()),
            (true, None) => continue,
            (false, _) => {}
        }
        match content_length(text) {
            Some(found) => length = Some(found),
            None => odd |= !text.to_ascii_lowercase().starts_with(b"content-type:"),
        }
    }
}

fn content_length(line: &[u8]) -> Option<u64> {
    let line = std::str::from_utf8(line).ok()?;
    let (name, value) = line.split_once(':')?;
    name.trim().eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
}

fn body(input: &mut impl BufRead, length: u64) -> Frame {
    let mut body = input.by_ref().take(length);
    if length > MAX_BODY {
        return match std::io::copy(&mut body, &mut std::io::sink()) {
            Ok(skipped) if skipped == length => Frame::Malformed(format!("a message of {length} bytes")),
            _ => Frame::End,
        };
    }
    let mut bytes = Vec::new();
    match body.read_to_end(&mut bytes) {
        Ok(read) if read as u64 == length => {}
        _ => return Frame::End,
    }
    match serde_json::from_slice(&bytes) {
        Ok(value) => Frame::Json(value),
        Err(error) => Frame::Malformed(format!("not JSON at column {} of the message", error.column())),
    }
}

pub(super) fn write(output: &mut impl Write, message: &Value) -> std::io::Result<()> {
    let text = serde_json::to_string(message)?;
    write!(output, "Content-Length: {}\r\n\r\n", text.len())?;
    output.write_all(text.as_bytes())?;
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn frames(bytes: &[u8]) -> Vec<Frame> {
        let mut input = bytes;
        let mut found = Vec::new();
        loop {
            match read(&mut input) {
                Frame::End => return found,
                frame => found.push(frame),
            }
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        write(&mut bytes, &json!({ "text": "é😀\r\n" })).unwrap();
        write(&mut bytes, &json!([1])).unwrap();
        let found = frames(&bytes);
        assert!(matches!(&found[..], [Frame::Json(one), Frame::Json(_)] if one["text"] == "é😀\r\n"));
    }

    #[test]
    fn what_follows_a_broken_frame_is_read() {
        let good = "Content-Length: 2\r\n\r\n{}";
        for broken in [
            "Content-Length: 3\r\n\r\n{{{",
            "Content-Length: 2\r\n\r\n\u{fffd}",
            "nonsense\r\n\r\n",
            "Content-Length: -1\r\n\r\n",
            "Content-Length: 99999999999999999999999\r\n\r\n",
            "content-type: x\r\ncontent-length: 1\n\n]",
        ] {
            let found = frames(format!("{broken}{good}").as_bytes());
            let malformed = found.iter().any(|frame| matches!(frame, Frame::Malformed(_)));
            let is_good = matches!(found.last(), Some(Frame::Json(value)) if value.is_object());
            assert!(malformed && (is_good || broken.contains('\u{fffd}')), "{broken}: {found:?}");
        }
    }

    #[test]
    fn a_frame_that_ends_early_is_the_end() {
        assert!(frames(b"Content-Length: 10\r\n\r\n{}").is_empty());
        assert!(frames(b"Content-Length: 18446744073709551615\r\n\r\n{}").is_empty());
        assert!(frames(b"Content-Len").is_empty());
    }

    #[test]
    fn what_a_message_says_is_not_repeated() {
        let found = frames(b"Content-Length: 12\r\n\r\n{\"p\": hunter");
        assert!(matches!(&found[..], [Frame::Malformed(why)] if !why.contains("hunter")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            frames(&bytes);
        }
    }
}
