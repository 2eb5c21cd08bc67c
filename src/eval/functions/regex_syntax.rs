/// Rewrites a pattern of Go's RE2 into the notation of the `regex` crate. Both are the same language in the
/// main; the differences are that Go's classes know ASCII only, that Go takes a brace that is no repetition
/// for itself, and that brackets, ampersands and tildes have no meaning inside of Go's classes.
pub(super) fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut class = Class::Outside;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        let mut used = c.len_utf8();
        let inside = class != Class::Outside;
        match c {
            '\\' => {
                let escaped = tail.chars().next();
                used += escaped.map_or(0, char::len_utf8);
                match escaped.and_then(|c| ascii_class(c, inside)) {
                    Some(replacement) => out.push_str(replacement),
                    None if escaped == Some('Q') && !inside => {
                        let end = tail.find("\\E").unwrap_or(tail.len());
                        out.push_str(&regex::escape(&tail[1..end.max(1)]));
                        used = (1 + end + 2).min(rest.len());
                    }
                    None if matches!(escaped, Some('<' | '>')) => out.extend(escaped),
                    None => out.push_str(&rest[..used]),
                }
                class = class.next();
            }
            '[' if !inside => {
                class = Class::First;
                out.push('[');
                if tail.starts_with('^') {
                    out.push('^');
                    used += 1;
                }
            }
            '[' if tail.starts_with(':') => match tail.find(":]") {
                Some(end) => {
                    used += end + 2;
                    out.push_str(&rest[..used]);
                    class = Class::Inside;
                }
                None => out.push_str("\\["),
            },
            ']' if class == Class::First => {
                out.push_str("\\]");
                class = Class::Inside;
            }
            ']' if inside => {
                out.push(']');
                class = Class::Outside;
            }
            '[' | '&' | '~' if inside => {
                out.push('\\');
                out.push(c);
                class = Class::Inside;
            }
            '{' if !inside && !is_repetition(tail) => out.push_str("\\{"),
            _ => {
                out.push(c);
                class = class.next();
            }
        }
        rest = &rest[used..];
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Outside,
    /// Behind the opening bracket, where a closing one stands for itself.
    First,
    Inside,
}

impl Class {
    fn next(self) -> Self {
        if self == Class::First { Class::Inside } else { self }
    }
}

fn ascii_class(escaped: char, inside: bool) -> Option<&'static str> {
    Some(match (escaped, inside) {
        ('d', _) => "[0-9]",
        ('D', _) => "[^0-9]",
        ('w', _) => "[0-9A-Za-z_]",
        ('W', _) => "[^0-9A-Za-z_]",
        ('s', _) => "[\\t\\n\\f\\r ]",
        ('S', _) => "[^\\t\\n\\f\\r ]",
        ('b', false) => "(?-u:\\b)",
        _ => return None,
    })
}

fn is_repetition(tail: &str) -> bool {
    let Some((counts, _)) = tail.split_once('}') else { return false };
    let (low, high) = counts.split_once(',').unwrap_or((counts, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    !low.is_empty() && digits(low) && digits(high)
}
