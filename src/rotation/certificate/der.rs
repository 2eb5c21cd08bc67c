//! As much of DER as certificates need. Source: ITU-T X.690.

pub const SEQUENCE: u8 = 0x30;
pub const SET: u8 = 0x31;
pub const INTEGER: u8 = 0x02;
pub const BITS: u8 = 0x03;
pub const OCTETS: u8 = 0x04;
pub const OBJECT: u8 = 0x06;
pub const TEXT: u8 = 0x0c;
pub const TIME: u8 = 0x17;
pub const LONG_TIME: u8 = 0x18;

/// Elements one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    /// The next one with its tag, and all of its bytes.
    pub fn next(&mut self) -> Option<(u8, &'a [u8], &'a [u8])> {
        let (tag, rest) = self.0.split_first()?;
        let (first, rest) = rest.split_first()?;
        let (length, rest) = match usize::from(*first) {
            short @ 0..0x80 => (short, rest),
            count => {
                let count = count & 0x7f;
                if !(1..=4).contains(&count) || rest.len() < count {
                    return None;
                }
                let (bytes, rest) = rest.split_at(count);
                (bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
        };
        let content = rest.get(..length)?;
        let whole = &self.0[..self.0.len() - rest.len() + length];
        self.0 = &rest[length..];
        Some((*tag, content, whole))
    }

    /// The content of the next one, if it is of this kind.
    pub fn take(&mut self, wanted: u8) -> Option<&'a [u8]> {
        let before = *self;
        match self.next()? {
            (tag, content, _) if tag == wanted => Some(content),
            _ => {
                *self = before;
                None
            }
        }
    }

    pub fn inner(&mut self, wanted: u8) -> Option<Reader<'a>> {
        self.take(wanted).map(Reader)
    }
}

/// One element.
pub fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let bytes = length.to_be_bytes();
    let used = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let mut out = vec![tag];
    match length {
        0..0x80 => out.push(length as u8),
        _ => {
            out.push(0x80 | used.len() as u8);
            out.extend_from_slice(used);
        }
    }
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nonsense_is_not() {
        for length in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; length];
            let written = [element(OCTETS, &content), element(INTEGER, &[1])].concat();
            let mut reader = Reader(&written);
            assert_eq!(reader.take(INTEGER), None);
            assert_eq!(reader.take(OCTETS), Some(content.as_slice()));
            assert_eq!(reader.take(INTEGER), Some(&[1][..]));
            assert!(reader.next().is_none());
        }
        for nonsense in
            [&[0x30][..], &[0x30, 0x80], &[0x30, 5, 1], &[0x30, 0x84, 255, 255, 255, 255], &[0x30, 0x89]]
        {
            assert!(Reader(nonsense).next().is_none(), "{nonsense:?}");
        }
    }
}
