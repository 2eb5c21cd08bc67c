use roxmltree::{Document, Node};

/// Reads an answer. Documents with a DTD are refused by the parser.
pub(super) fn parse(body: &[u8]) -> Option<Document<'_>> {
    Document::parse(std::str::from_utf8(body).ok()?).ok()
}

/// The text of the first element of that name.
pub(super) fn text<'a>(within: Node<'a, '_>, name: &str) -> Option<&'a str> {
    within.descendants().find(|node| node.tag_name().name() == name)?.text().map(str::trim)
}

/// Code and message of an error; empty where the body is something else.
pub(super) fn error(body: &[u8]) -> (String, String) {
    let Some(document) = parse(body) else { return Default::default() };
    let of = |name| text(document.root(), name).unwrap_or_default().to_owned();
    (of("Code"), of("Message"))
}

#[cfg(test)]
mod tests {
    use super::error;

    #[test]
    fn errors_are_read_and_anything_is_survived() {
        let body = "<ErrorResponse xmlns=\"x\"><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>no &amp; no</Message></Error></ErrorResponse>";
        assert_eq!(error(body.as_bytes()), ("NoSuchEntity".to_owned(), "no & no".to_owned()));
        for other in ["", "<html>", "{}", "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"] {
            assert_eq!(error(other.as_bytes()).0, "", "{other}");
        }
        assert_eq!(error(&[0xff, 0xfe]).0, "");
    }
}
