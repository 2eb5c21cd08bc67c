use super::call::{Outcome, bad};
use super::encoding::base64_bytes;
use super::string::text;
use crate::eval::value::{MAX_STRING, Value, Why};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use flate2::{Compress, Compression, FlushCompress};
use std::io::Read;

/// No time, no name, unknown system: what Go's writer puts in front.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// Go ends a stream with an empty stored block.
const LAST_BLOCK: [u8; 5] = [1, 0, 0, 0xff, 0xff];

/// Terraform flushes before it closes the stream, which leaves its traces in the bytes. Compressors differ
/// in the matches they find, so that for longer text only what it decompresses to is the same.
pub(super) fn base64gzip(args: &[Value]) -> Outcome {
    let text = text(&args[0]).as_bytes();
    let mut bytes = HEADER.to_vec();
    if !text.is_empty() {
        let mut deflated = Vec::with_capacity(text.len() + text.len() / 8 + 64);
        let mut compress = Compress::new(Compression::default(), false);
        if compress.compress_vec(text, &mut deflated, FlushCompress::Sync).is_err() {
            return Ok(Value::unknown(Why::Limit));
        }
        if compress.total_in() != text.len() as u64 {
            return Ok(Value::unknown(Why::Limit));
        }
        bytes.extend(deflated);
    } else {
        bytes.extend([0, 0, 0, 0xff, 0xff]);
    }
    bytes.extend(LAST_BLOCK);
    bytes.extend(crc32fast::hash(text).to_le_bytes());
    bytes.extend((text.len() as u32).to_le_bytes());
    Ok(Value::string(STANDARD.encode(bytes)))
}

/// A function of OpenTofu only.
pub(super) fn base64gunzip(args: &[Value]) -> Outcome {
    let bytes = base64_bytes(&args[0])?;
    let mut text = String::new();
    let mut reader = GzDecoder::new(bytes.as_slice()).take(MAX_STRING as u64 + 1);
    match reader.read_to_string(&mut text) {
        Ok(_) => Ok(Value::string(text)),
        Err(_) => bad(0, "failed to gunzip"),
    }
}
