use super::name::{bare, words};

/// Mail services for private use: whoever writes from there writes for themselves.
const PRIVATE_MAIL: &str = "\
    gmail.com googlemail.com outlook.com hotmail.com live.com yahoo.com icloud.com me.com proton.me \
    protonmail.com gmx.de gmx.net web.de mail.ru qq.com 163.com aol.com";

/// Words of teams and functions. A name that holds one of them is not a person's.
const FUNCTIONS: &str = "\
    account accounts admin admins alerts analytics api app apps architecture backend billing build \
    business center centre channel chapter ci client cloud compliance contact core corp crew customer \
    cyber data database dba delivery deploy dept dev developer developers devops devs digital eng \
    engineering engineers experience finance finops frontend governance group growth guild help helpdesk \
    hr iam identity infra infrastructure integration internal it kubernetes legal lead machine mail \
    marketing ml mobile network networking no noreply office on oncall operations ops payment payments \
    people platform product production project qa release reliability reply research risk sales science \
    sec secops security service services site software squad sre staff store success support system \
    systems team teams tech technical technology test tools tribe user users web";

/// Whether an owner value is one person rather than a team, told from its form alone: `first.last@…`, an
/// address at a private mail service, `First Last <…>`. Errs towards no; a roster knows better.
pub fn looks_like_person(owner: &str) -> bool {
    let address = bare(owner);
    let Some((local, domain)) = address.split_once('@').filter(|(local, _)| !local.is_empty()) else {
        // `@alice` may be a group on GitLab, and `Data Science` is written like `Jane Doe`.
        return false;
    };
    // `payments+alerts@` is the mailbox `payments`.
    let local = local.split('+').next().unwrap_or_default();
    let is_function = words(local).any(|word| listed(FUNCTIONS, &word));
    if is_function {
        return false;
    }
    if listed(PRIVATE_MAIL, &domain.to_lowercase()) {
        return true;
    }
    is_full_name(local, ['.', '_']) || display_name(owner).is_some_and(|name| is_full_name(name, [' ', ' ']))
}

fn listed(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

fn display_name(owner: &str) -> Option<&str> {
    let (name, _) = owner.split_once('<')?;
    let name = name.trim().trim_matches('"');
    let capitals = name.split(' ').all(|word| word.starts_with(char::is_uppercase));
    let function = words(name).any(|word| listed(FUNCTIONS, &word));
    (capitals && !function).then_some(name)
}

/// Two or three words of letters, of which the last is longer than an initial.
fn is_full_name(text: &str, separators: [char; 2]) -> bool {
    let parts: Vec<_> = text.split(separators).collect();
    let letters =
        |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'');
    let last_is_name = parts.last().is_some_and(|part| part.chars().count() > 1);
    (2..=3).contains(&parts.len()) && parts.iter().all(letters) && last_is_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_teams() {
        for owner in [
            "jane.doe@acme.example",
            "mailto:J.Doe@acme.example",
            "jane_doe@acme.example",
            "jane.van.dyk@acme.example",
            "jd77@gmail.com",
            "Jane Doe <jdoe@acme.example>",
            "anne-marie.o'neil@acme.example",
        ] {
            assert!(looks_like_person(owner), "{owner}");
        }
        for owner in [
            "payments@acme.example",
            "cloud.platform@acme.example",
            "data.eng+alerts@acme.example",
            "no.reply@acme.example",
            "@acme/payments",
            "@alice",
            "Data Science",
            "jdoe@acme.example",
            "acme.support@gmail.com",
            "Cloud Platform <cp@acme.example>",
            "",
            "@",
            "a@",
        ] {
            assert!(!looks_like_person(owner), "{owner}");
        }
    }
}
