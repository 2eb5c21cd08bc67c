//! The text of such a comment.

use super::Tool;
use jiff::civil::Date;

/// What begins a directive, and whose it is.
const MARKS: [(&str, Tool); 4] = [
    ("checkov:skip=", Tool::Checkov),
    ("bridgecrew:skip=", Tool::Checkov),
    ("tfsec:ignore:", Tool::Tfsec),
    ("trivy:ignore:", Tool::Trivy),
];

/// One check that is to be skipped.
#[derive(Debug, PartialEq)]
pub(super) struct Directive {
    pub tool: Tool,
    pub check: String,
    pub reason: Option<String>,
    pub until: Option<Date>,
}

/// Nearly all files have none, which a search of the bytes tells.
pub(super) fn may_be_in(text: &str) -> bool {
    ["checkov:", "bridgecrew:", "tfsec:", "trivy:"]
        .iter()
        .any(|mark| memchr::memmem::find(text.as_bytes(), mark.as_bytes()).is_some())
}

/// All directives of a comment.
pub(super) fn parse(comment: &str) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut rest = comment;
    while let Some((at, mark, tool)) = next(rest) {
        let after = &rest[at + mark.len()..];
        let end = next(after).map_or(after.len(), |(at, ..)| at);
        let text = after[..end].trim();
        match tool {
            Tool::Checkov => checkov(text, &mut found),
            _ => found.extend(aqua(tool, text)),
        }
        rest = &after[end..];
    }
    found
}

fn next(text: &str) -> Option<(usize, &'static str, Tool)> {
    let places = MARKS.into_iter().filter_map(|(mark, tool)| Some((text.find(mark)?, mark, tool)));
    places.min_by_key(|(at, ..)| *at)
}

/// `CKV_AWS_1,CKV_AWS_2: the reason`.
fn checkov(text: &str, found: &mut Vec<Directive>) {
    let end = text.find(|letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '_' | ',')));
    let (checks, rest) = text.split_at(end.unwrap_or(text.len()));
    for check in checks.split(',').filter(|check| !check.is_empty()) {
        found.push(Directive {
            tool: Tool::Checkov,
            check: check.to_owned(),
            reason: reason(rest),
            until: None,
        });
    }
}

/// `aws-iam-no-policy-wildcards:exp:2027-01-31:ws:prod the reason`.
fn aqua(tool: Tool, text: &str) -> Option<Directive> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    let (head, rest) = text.split_at(end);
    let mut parts = head.split(':');
    // An element may be limited to arguments: `id[port=22]`.
    let check = parts.next()?.split('[').next()?.trim_end_matches([',', ';']);
    let until = parts.skip_while(|part| *part != "exp").nth(1).and_then(|date| date.parse().ok());
    (!check.is_empty()).then(|| Directive { tool, check: check.to_owned(), reason: reason(rest), until })
}

fn reason(text: &str) -> Option<String> {
    let text = text.trim_matches(|letter: char| letter.is_whitespace() || "#/:,;-–—".contains(letter));
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(Tool, String, Option<String>, Option<String>)> {
        let each = parse(text).into_iter();
        each.map(|it| (it.tool, it.check, it.reason, it.until.map(|date| date.to_string()))).collect()
    }

    #[test]
    fn each_tool_has_its_grammar() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            read("checkov:skip=CKV_AWS_356: \"Cannot restrict\""),
            [(Tool::Checkov, "CKV_AWS_356".to_owned(), some("\"Cannot restrict\""), None)]
        );
        assert_eq!(read("checkov:skip=CKV_AWS_1,CKV2_AWS_2").len(), 2);
        assert_eq!(
            read("tfsec:ignore:aws-iam-no-policy-wildcards:exp:2027-01-31 - by design"),
            [(Tool::Tfsec, "aws-iam-no-policy-wildcards".to_owned(), some("by design"), some("2027-01-31"))]
        );
        assert_eq!(read("trivy:ignore:AVD-AWS-0345 #tfsec:ignore:AWS099").len(), 2);
        assert_eq!(read("trivy:ignore:AVD-AWS-0107[from_port=22]")[0].1, "AVD-AWS-0107");
        assert!(read("we use checkov: skip nothing").is_empty());
    }

    proptest! {
        #[test]
        fn any_comment_is_survived(text in "(checkov:skip=|tfsec:ignore:|trivy:ignore:)?\\PC{0,40}") {
            parse(&text);
        }
    }
}
