use super::name::is_placeholder;
use regex::Regex;
use std::sync::LazyLock;

/// `Owner: Payments team`, `owned-by=platform`, `(owner: x)`. The separator is mandatory: without it, `Owner
/// role for the vault` and `resource owner password` would name owners.
static LABELLED: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?ix)
        (?: ^ | [\s(\[{,;.|/\#*] )
        (?: (?: service | app | application | system | product | tech | technical | business | code | data )[\s_-]? )?
        (?: owners? | owned[\s_-]?by | owning[\s_-]?team | team | squad | maintainers? | maintained[\s_-]?by
          | contacts? | point[\s_-]of[\s_-]contact | poc | responsible | accountable | steward )
        \s* [:=] \s*
        (?<owner> [^\n\r,;|()\[\]{}]+ )",
    )
});

/// `owned by team-x`, `maintained by the Platform team`: a short name right after the words.
static OWNED_BY: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?x)
        \b (?i: owned | maintained ) \s+ (?i: and \s+ (?: owned | maintained ) \s+ )? (?i: by ) \s+
        (?<the> (?i: the ) \s+ )?
        (?<owner> @?[\w./+-]*\w (?: @[\w.-]*\w )? (?<unit> (?: \s+ [\w-]+ ){0,2}? \s+ (?i: team | squad | group | guild | tribe ) \b )? )",
    )
});

/// `@org/team`, which in prose is always a mention of a team.
static TEAM_HANDLE: LazyLock<Regex> =
    LazyLock::new(|| compile(r"(?:^|[\s(\[,;:])(?<owner>@[A-Za-z0-9][\w-]*/[A-Za-z0-9][\w./-]*\w)"));

/// An e-mail address, when it is the only one.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        r"(?:^|[\s(\[<,;:=])(?:mailto:)?(?<owner>[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,})",
    )
});

fn compile(pattern: &str) -> Regex {
    Regex::new(pattern).expect("invariant: the pattern is a constant that the tests compile")
}

/// The owner that a description or comment names, by forms that hardly mean anything else.
pub fn extract_owner(text: &str) -> Option<String> {
    extract_owner_with(text, &[])
}

/// The same with patterns of one's own, which go first: their group `owner`, or else the first, is the owner.
pub fn extract_owner_with(text: &str, patterns: &[Regex]) -> Option<String> {
    let own = patterns.iter().find_map(|pattern| {
        let found = pattern.captures(text)?;
        let owner = found.name("owner").or_else(|| found.get(1))?;
        clean(owner.as_str())
    });
    own.or_else(|| LABELLED.captures_iter(text).find_map(|found| clean(first_sentence(&found["owner"]))))
        .or_else(|| owned_by(text))
        .or_else(|| only(&TEAM_HANDLE, text))
        .or_else(|| only(&ADDRESS, text).filter(|address| !is_machine(address)))
}

fn owned_by(text: &str) -> Option<String> {
    OWNED_BY.captures_iter(text).find_map(|found| {
        let owner = &found["owner"];
        // `owned by the root user` and `owned by another account` name nobody; a name after `the` needs its
        // unit (`the Platform team`), and an article or pronoun alone is none.
        let bare_word = found.name("unit").is_none();
        let filler =
            ["a", "an", "another", "this", "that", "our", "us", "its", "their", "any", "each", "other"];
        if bare_word && (found.name("the").is_some() || filler.contains(&owner.to_lowercase().as_str())) {
            return None;
        }
        clean(owner)
    })
}

fn only(pattern: &Regex, text: &str) -> Option<String> {
    let mut all = pattern.captures_iter(text);
    let first = clean(&all.next()?["owner"])?;
    all.all(|other| other["owner"] == first).then_some(first)
}

/// Service accounts are written like addresses, and are no owners.
fn is_machine(address: &str) -> bool {
    address.ends_with("gserviceaccount.com") || address.starts_with("git@") || address.starts_with("noreply@")
}

/// Up to the first full stop or dash that ends a phrase; a dot inside `a.b@c.d` has no space behind it.
fn first_sentence(text: &str) -> &str {
    let end = [". ", " - ", " – ", " — ", "  ", " #", "\\n"].iter().filter_map(|stop| text.find(stop)).min();
    let text = &text[..end.unwrap_or(text.len())];
    // `owner=a team=b`: the next label is not part of the value.
    match text.find(['=', ':']).filter(|_| !text.contains("://")) {
        Some(at) if !text.trim_start().to_lowercase().starts_with("mailto:") => {
            text[..at].rsplit_once(char::is_whitespace).map_or(text, |(before, _)| before)
        }
        _ => text,
    }
}

/// More words than this are a sentence, not a name.
const MOST_WORDS: usize = 5;
/// A value that starts like this sends the reader elsewhere instead of naming someone.
const POINTERS: &[&str] =
    &["see ", "ask ", "refer ", "contact ", "not ", "is ", "are ", "http://", "https://"];

fn clean(owner: &str) -> Option<String> {
    let owner = owner.trim().trim_matches(['"', '\'', '`', '*', '.', ',', ';', ':']).trim();
    let article = owner.get(..4).filter(|start| start.eq_ignore_ascii_case("the "));
    let owner = owner[article.map_or(0, str::len)..].trim();
    let lower = owner.to_lowercase();
    let names = !POINTERS.iter().any(|pointer| lower.starts_with(pointer)) && !is_placeholder(owner);
    let fits = owner.split_whitespace().count() <= MOST_WORDS && owner.len() <= 100;
    (fits && names).then(|| owner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn owners_are_read_from_prose() {
        for (text, expected) in [
            ("Owner: Payments team", "Payments team"),
            ("CI deployer. Owner: payments. See the wiki.", "payments"),
            ("owned-by=platform", "platform"),
            ("team:sre", "sre"),
            ("contact: x@y.example", "x@y.example"),
            ("Reads the bucket (owner: data-eng)", "data-eng"),
            ("owner=a team=b", "a"),
            ("owned by team-x", "team-x"),
            ("Nightly export, owned by the Data Platform team", "Data Platform team"),
            ("Maintained by @acme/payments.", "@acme/payments"),
            ("For questions ask @acme/payments", "@acme/payments"),
            ("Questions to mailto:pay@acme.example", "pay@acme.example"),
            ("Service owner: Jane Doe <jane@acme.example>", "Jane Doe <jane@acme.example>"),
            ("Owner: the Platform Team", "Platform Team"),
            ("# maintainer = \"sre\"", "sre"),
        ] {
            assert_eq!(extract_owner(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn talk_of_ownership_is_no_owner() {
        for text in [
            "",
            "Owner role for the key vault",
            "resource owner password credentials",
            "Grants Owner on the subscription",
            "owned by the root user",
            "bucket owned by another account",
            "owner: TBD",
            "Owner: ",
            "team=none",
            "steam: games",
            "Reports from a@b.example to c@d.example",
            "ci@project.iam.gserviceaccount.com",
            "clone git@github.com:acme/x",
            "uses actions/checkout@v4",
            "BucketOwnerEnforced",
            "contact: see the wiki",
            "Team: https://wiki.acme.example/sre",
            "Owner: whoever is on call this week and has time",
        ] {
            assert_eq!(extract_owner(text), None, "{text}");
        }
    }

    #[test]
    fn patterns_of_ones_own_go_first() {
        let pattern = Regex::new(r"on-call: (\S+)").unwrap();
        assert_eq!(extract_owner_with("owner: x; on-call: y", &[pattern]).as_deref(), Some("y"));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            extract_owner(&text);
        }

        #[test]
        fn near_labels_are_survived(text in "(owner|team|owned by)[ :=]{0,3}[a-zA-Zé<@>./:= -]{0,30}") {
            extract_owner(&text);
        }
    }
}
