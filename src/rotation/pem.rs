use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;

/// The first block of a PEM with this label, however long its lines are.
pub(super) fn block(pem: &str, label: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
    let (block, _) = rest.split_once(&format!("-----END {label}-----"))?;
    let mut text = Zeroizing::new(String::with_capacity(block.len()));
    block.split_ascii_whitespace().for_each(|line| text.push_str(line));
    STANDARD.decode(text.as_bytes()).ok().map(Zeroizing::new)
}
