use super::error::Sink;
use super::suggest::closest;
use toml::Spanned;

/// Whether `selector` names a rule: by its name, its code, the start of its code (`KW1`), its category, or
/// `all`.
pub fn selects(selector: &str, name: &str, code: &str, category: &str) -> bool {
    selector == "all"
        || selector == name
        || selector.eq_ignore_ascii_case(category)
        || is_code(selector) && code.to_ascii_uppercase().starts_with(&selector.to_ascii_uppercase())
}

/// Letters, then at least one digit, as all codes are; a word such as `k` is no prefix of a code.
fn is_code(text: &str) -> bool {
    let digits = text.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    digits.len() < text.len() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reports each selector that fits nothing in `known`: rule names, codes and categories.
pub(super) fn check(selectors: &[Spanned<String>], known: &[&str], sink: &Sink) {
    for selector in selectors {
        let text = selector.get_ref();
        if known.iter().any(|known| selects(text, known, known, known)) || text == "all" {
            continue;
        }
        // A neighbouring code is another rule altogether, not what was meant.
        let meant = if is_code(text) { None } else { closest(text, known.iter().copied()) };
        let help = match meant {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => "`keyward rules` lists names, codes and categories".to_owned(),
        };
        sink.help(selector.span(), format!("no rule is called `{text}`"), help);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_selected_by_name_code_or_category() {
        let hit = |selector| selects(selector, "static-access-key", "KW101", "lifecycle");
        for selector in ["static-access-key", "KW101", "kw101", "KW1", "Lifecycle", "all"] {
            assert!(hit(selector), "{selector}");
        }
        for selector in ["static-access", "KW", "K", "KW2", "1", "", "life"] {
            assert!(!hit(selector), "{selector}");
        }
    }
}
