use super::*;
use proptest::prelude::*;

/// Tries every way to share the text between the pieces.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
        Some(('?', rest)) => !text.is_empty() && naive(rest, &text[1..]),
        Some((char, rest)) => text.first() == Some(char) && naive(rest, &text[1..]),
    }
}

fn chars(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn with_hole(before: &str, after: &str) -> Pattern {
    Pattern::builder(Syntax::Glob).text(before).hole().text(after).build()
}

proptest! {
    #[test]
    fn matching_agrees_with_the_naive_way(pattern in "[abä*?]{0,9}", text in "[abä]{0,9}") {
        let expected = naive(&chars(&pattern), &chars(&text));
        prop_assert_eq!(Pattern::parse(&pattern).matches(&text), Tri::from(expected));
        let upper = text.to_ascii_uppercase();
        prop_assert_eq!(Pattern::parse(&pattern).matches_ignore_case(&upper), Tri::from(expected));
    }

    #[test]
    fn a_covering_pattern_matches_whatever_the_covered_one_does(
        wide in "[ab*?]{0,6}", narrow in "[ab*?]{0,6}", text in "[abc]{0,7}",
    ) {
        let (wide, narrow) = (Pattern::parse(&wide), Pattern::parse(&narrow));
        if narrow.matches(&text).is_yes() && wide.matches(&text).is_no() {
            prop_assert_ne!(wide.covers(&narrow), Tri::Yes);
        }
    }

    #[test]
    fn no_cover_has_a_witness(wide in "[ab*?]{0,4}", narrow in "[ab*?]{0,4}") {
        let (wide, narrow) = (Pattern::parse(&wide), Pattern::parse(&narrow));
        if wide.covers(&narrow).is_no() {
            let witness = |fill: &str| {
                let text = narrow.to_string().replace('?', "c").replace('*', fill);
                wide.matches(&text).is_no()
            };
            prop_assert!(witness("") || witness("c") || witness("cc") || witness("cccccc"));
        }
    }

    #[test]
    fn a_hole_is_certain_only_if_every_filling_agrees(
        before in "[ab*]{0,3}", after in "[ab*]{0,3}", fill in "[ab*?]{0,3}", text in "[ab]{0,5}",
    ) {
        let holed = with_hole(&before, &after).matches(&text);
        let filled = Pattern::parse(&format!("{before}{fill}{after}")).matches(&text);
        prop_assert!(holed == Tri::Maybe || holed == filled);
    }

    #[test]
    fn covers_with_holes_is_sound(
        wide in "[ab*?]{0,4}", before in "[ab*]{0,2}", after in "[ab*]{0,2}", fill in "[ab*]{0,2}",
    ) {
        let wide = Pattern::parse(&wide);
        let holed = wide.covers(&with_hole(&before, &after));
        let filled = wide.covers(&Pattern::parse(&format!("{before}{fill}{after}")));
        prop_assert!(holed == Tri::Maybe || filled == Tri::Maybe || holed == filled, "{holed:?} {filled:?}");
    }

    #[test]
    fn no_text_is_too_much(text in "\\PC{0,40}") {
        let pattern = Pattern::parse(&text);
        let _ = pattern.matches(&text);
        let _ = pattern.covers(&pattern);
        let _ = pattern.to_string();
    }
}

#[test]
fn arns() {
    let all_keys = Pattern::parse("arn:aws:s3:::*/*");
    assert_eq!(all_keys.covers(&with_hole("arn:aws:s3:::", "/*")), Tri::Yes);
    assert_eq!(all_keys.covers(&with_hole("arn:aws:sqs:::", "/*")), Tri::No);
    assert_eq!(with_hole("arn:aws:s3:::", "/*").matches("arn:aws:s3:::logs/a"), Tri::Maybe);
    assert_eq!(with_hole("arn:aws:s3:::", "/*").matches("arn:aws:sqs:::logs/a"), Tri::No);
    assert_eq!(Pattern::unknown().covers(&Pattern::parse("a")), Tri::Maybe);
    assert_eq!(Pattern::parse("*").covers(&Pattern::unknown()), Tri::Yes);
    assert_eq!(Pattern::parse("a").covers(&Pattern::unknown()), Tri::Maybe);
}

#[test]
fn variables_are_neither_text_nor_wildcards() {
    let pattern = Pattern::parse("user/${aws:username}/${*}");
    assert_eq!(pattern.variables().collect::<Vec<_>>(), ["aws:username"]);
    assert!(!pattern.has_wildcard() && !pattern.has_hole());
    assert_eq!(pattern.matches("user/jo/*"), Tri::Maybe);
    assert_eq!(pattern.matches("user/jo/x"), Tri::No);
    assert_eq!(Pattern::parse("${open").as_text(), Some("${open"));
}

#[test]
fn hostile_lengths_end() {
    let text = "a".repeat(200_000);
    let pattern = Pattern::parse(&format!("{}b", "*a".repeat(50_000)));
    assert_ne!(pattern.matches(&text), Tri::Yes);
    assert_eq!(pattern.covers(&Pattern::parse(&format!("{text}*"))), Tri::Maybe);
}
