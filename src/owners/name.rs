/// What people write where an owner is asked for and they have none.
const PLACEHOLDERS: &str = "\
    none null nil na n/a tbd tba tbc todo fixme unknown undefined unset unowned noowner noone nobody \
    changeme replaceme placeholder example default owner team yourteam yourname myteam me self \
    us all everyone anyone someone terraform opentofu tofu terragrunt pulumi iac automation root admin \
    test foo xxx true false empty";

/// Whether a value stands where an owner should and names nobody.
pub fn is_placeholder(value: &str) -> bool {
    let bare: String =
        value.chars().filter(|c| c.is_alphanumeric() || *c == '/').flat_map(char::to_lowercase).collect();
    let bare = bare.trim_matches('/');
    // `<team>`, `${owner}`, `{{ owner }}` and `-` keep nothing or only what a template would fill in.
    let value = value.trim();
    let template =
        ["<", "${", "%{", "{{", "["].iter().any(|open| value.starts_with(open)) && !value.contains('@');
    bare.is_empty() || template || PLACEHOLDERS.split_whitespace().any(|word| word == bare)
}

/// The owners in one value: `@a/x, @a/y`, `alice; bob`, `a@b.c d@e.f`. Words are kept together unless each
/// is a handle or an address.
pub fn split_owners(value: &str) -> Vec<&str> {
    value
        .split([',', ';', '|', '\n'])
        .flat_map(|part| {
            let part = part.trim();
            match part.split_whitespace().all(|word| word.contains('@') && !word.starts_with('<')) {
                true => part.split_whitespace().collect(),
                false => vec![part],
            }
        })
        .filter(|owner| !owner.is_empty())
        .collect()
}

/// Words that name a unit rather than say which.
pub(super) const UNIT_WORDS: &[&str] =
    &["team", "teams", "squad", "tribe", "guild", "crew", "group", "chapter"];

/// The ways in which two writings of one owner may agree, closest first.
pub(super) fn keys_of(owner: &str) -> Vec<String> {
    let owner = bare(owner).to_lowercase();
    let mut keys = vec![owner.clone()];
    let mut add = |key: String| {
        if !key.is_empty() && !keys.contains(&key) {
            keys.push(key);
        }
    };
    match owner.strip_prefix('@') {
        None if owner.contains('@') => {}
        handle => {
            let name = handle.unwrap_or(&owner);
            // `@org/team`, and on GitLab `@group/subgroup`, are known by their last part as well.
            for name in [name, name.rsplit('/').next().unwrap_or_default()] {
                add(squashed(name));
                add(without_unit(name));
            }
        }
    }
    keys
}

/// The address inside `mailto:` or `Name <address>`, or the text itself.
pub(super) fn bare(owner: &str) -> &str {
    let owner = owner.trim().trim_matches(['"', '\'']).trim();
    let scheme = owner.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let owner = owner[scheme.map_or(0, str::len)..].trim();
    match owner.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>')) {
        Some(address) if address.contains('@') => address.trim(),
        _ => owner,
    }
}

/// Letters and digits only, so that `Payments Team`, `payments-team` and `payments_team` agree.
fn squashed(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `team-payments` and `payments squad` as `payments`.
fn without_unit(name: &str) -> String {
    words(name).filter(|word| !UNIT_WORDS.contains(&word.as_str())).collect()
}

pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_not_owners() {
        for value in [
            "",
            " ",
            "none",
            "N/A",
            "n.a.",
            "TBD",
            "ToDo",
            "unknown",
            "change_me",
            "-",
            "--",
            "?",
            "me",
            "Terraform",
            "<team>",
            "${var.owner}",
            "your-team",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
        for value in
            ["payments", "@acme/platform", "sre", "team-a", "Name <a@b.example>", "<a@b.example>", "nadia"]
        {
            assert!(!is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn values_may_name_several() {
        assert_eq!(split_owners("@a/x, @a/y"), ["@a/x", "@a/y"]);
        assert_eq!(split_owners("@a/x @a/y"), ["@a/x", "@a/y"]);
        assert_eq!(split_owners("Payments Team; jane doe"), ["Payments Team", "jane doe"]);
        assert_eq!(split_owners("Jane Doe <j@d.example>"), ["Jane Doe <j@d.example>"]);
        assert_eq!(split_owners(" ,; "), Vec::<&str>::new());
    }

    #[test]
    fn writings_of_one_owner_share_a_key() {
        let agree = |left: &str, right: &str| keys_of(left).iter().any(|key| keys_of(right).contains(key));
        assert!(agree("@acme/payments-team", "Payments Team"));
        assert!(agree("team:payments", "payments"));
        assert!(agree("mailto:Pay@Acme.example", "pay@acme.example"));
        assert!(agree("Pay <pay@acme.example>", "pay@acme.example"));
        assert!(!agree("pay@acme.example", "pay@other.example"));
        assert!(!agree("payments", "platform"));
    }
}
