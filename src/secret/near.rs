//! What stands around a token: the name it is assigned to, the line it is on, the key id next to it.

use super::blob::{ceil, contains_ignore_case, floor};
use super::format::by_id;
use super::name;
use super::placeholder::is_placeholder;
use super::types::Context;

const REACH: usize = 160;
/// More of the neighbours is not read, since each candidate reads them again.
const MOST_NEIGHBOURS: usize = 4096;

pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// The name that the value at `start` is assigned to, in the text or by the caller.
pub(super) fn name_of<'a>(text: &'a str, start: usize, context: &Context<'a>) -> Option<&'a str> {
    assigned_name(text, start).or_else(|| (start <= 2).then_some(context.name).flatten())
}

pub(super) fn head(text: &str) -> &str {
    &text[..floor(text, MOST_NEIGHBOURS)]
}

/// Walks back over quotes, spaces and an operator to the name before it.
pub fn assigned_name(text: &str, start: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = start;
    let mut operator = false;
    while at > 0 && start - at < 64 {
        match bytes[at - 1] {
            b'=' | b':' => operator = true,
            b' ' | b'\t' | b'"' | b'\'' | b'\\' | b'>' | b'(' => {}
            _ => break,
        }
        at -= 1;
    }
    let length = bytes[..at].iter().rev().take(128).take_while(|byte| is_name_byte(**byte)).count();
    (operator && length > 0).then(|| &text[at - length..at])
}

/// Whether one of the provider's words stands near, under a name that may hold a secret.
pub(super) fn has_word(
    text: &str,
    start: usize,
    context: &Context<'_>,
    words: &[String],
    any_name: bool,
) -> bool {
    let Some(name) = name_of(text, start, context) else { return false };
    if !any_name && name::kind(name).is_none() {
        return false;
    }
    let before = &text[floor(text, start.saturating_sub(REACH))..start];
    let neighbours = context.neighbours.map(head);
    let places = [Some(name), Some(before), context.name, context.path, neighbours];
    places.into_iter().flatten().any(|place| words.iter().any(|word| contains_ignore_case(place, word)))
}

/// Whether an AWS key id stands within five lines of the token, or in the same block.
pub(super) fn has_aws_key_id(text: &str, start: usize, end: usize, context: &Context<'_>) -> bool {
    let lines = 5;
    let from = text.as_bytes()[..start].iter().rev().take(2048).scan(0, |seen, byte| {
        *seen += usize::from(*byte == b'\n');
        (*seen <= lines).then_some(())
    });
    let to = text.as_bytes()[end..].iter().take(2048).scan(0, |seen, byte| {
        *seen += usize::from(*byte == b'\n');
        (*seen <= lines).then_some(())
    });
    let (from, to) = (floor(text, start - from.count()), ceil(text, end + to.count()));
    let neighbours = context.neighbours.map(head);
    [Some(&text[from..to]), neighbours].into_iter().flatten().any(holds_aws_key_id)
}

fn holds_aws_key_id(text: &str) -> bool {
    ["aws-access-key-id", "aws-temporary-key-id"].into_iter().filter_map(|id| by_id(id).regex()).any(
        |regex| {
            regex
                .find_iter(text.as_bytes())
                .any(|found| std::str::from_utf8(found.as_bytes()).is_ok_and(|token| !is_placeholder(token)))
        },
    )
}
