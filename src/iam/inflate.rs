use std::io::Read;

/// The text of one embedded gzip member. The data is compiled in, so that it can only be damaged by a build
/// that embeds the wrong file, which a test would notice: an empty text is returned then.
pub(super) fn inflate(member: &[u8]) -> String {
    let mut text = String::new();
    match flate2::read::GzDecoder::new(member).read_to_string(&mut text) {
        Ok(_) => text,
        Err(_) => String::new(),
    }
}
