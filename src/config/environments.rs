use super::table::Table;
use aho_corasick::AhoCorasick;
use std::cmp::Reverse;

const PRODUCTION: &[&str] = &["prod", "prd", "production", "live"];
const NON_PRODUCTION: &[&str] = &[
    "dev",
    "development",
    "test",
    "tst",
    "testing",
    "qa",
    "uat",
    "sit",
    "int",
    "integration",
    "stage",
    "staging",
    "stg",
    "sandbox",
    "sbx",
    "preview",
    "preprod",
    "ppd",
    "demo",
    "nonprod",
    "nprd",
    "nonlive",
];
/// Names that are ordinary words as well: they count as a whole path component, or as the last word of one
/// (`acme-live`), but not in the middle of a sentence (`live-stream-reader`, `integration-runtime`).
const ORDINARY: &[&str] =
    &["live", "test", "testing", "int", "integration", "sit", "stage", "preview", "demo"];
/// Words that turn the production name behind them around.
const NEGATIONS: &[&str] = &["non", "not", "no", "pre"];
/// Words that make something else of the `dev` before them.
const AFTER_DEV: &[&str] = &["ops", "sec", "sec-ops", "tools", "tooling", "kit", "ex", "rel", "portal"];

/// Which side of the fence a name is on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    Production,
    /// With the name that says so, as configured.
    NonProduction(String),
}

/// `[environments]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Environments {
    production: Vec<Name>,
    non_production: Vec<Name>,
    beginnings: Beginnings,
}

/// The first words of all names. Most texts have none of them in it, which is told without taking them apart.
#[derive(Clone, Debug)]
struct Beginnings(Option<AhoCorasick>);

impl Beginnings {
    fn of(production: &[Name], non_production: &[Name]) -> Self {
        let names = production.iter().chain(non_production);
        let words = names.filter_map(|name| name.words.first());
        Beginnings(AhoCorasick::builder().ascii_case_insensitive(true).build(words).ok())
    }

    fn may_be_in(&self, text: &str) -> bool {
        // Lower case may be of another length elsewhere.
        !text.is_ascii() || self.0.as_ref().is_none_or(|beginnings| beginnings.is_match(text))
    }
}

impl PartialEq for Beginnings {
    /// They follow from the names.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Beginnings {}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Name {
    shown: String,
    words: Vec<String>,
}

/// How well a name fits a path component; the derived order is worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Part,
    Whole,
}

impl Default for Environments {
    fn default() -> Self {
        Environments::of(names(PRODUCTION), names(NON_PRODUCTION))
    }
}

impl Environments {
    fn of(production: Vec<Name>, non_production: Vec<Name>) -> Self {
        let beginnings = Beginnings::of(&production, &non_production);
        Environments { production, non_production, beginnings }
    }

    /// The environment that a path, workspace, tag value, account or resource name speaks of. `None` when it
    /// speaks of none, and when it speaks of both: a `prod-to-dev-sync` belongs to neither.
    pub fn classify(&self, text: &str) -> Option<Environment> {
        if !self.beginnings.may_be_in(text) {
            return None;
        }
        let found: Vec<_> =
            text.split(['/', '\\']).filter_map(|component| self.component(&words(component))).collect();
        let best = found.iter().map(|(fit, _)| *fit).max()?;
        let mut at_best =
            found.into_iter().filter(|(fit, _)| *fit == best).map(|(_, environment)| environment);
        match best {
            // The innermost directory says what the ones around it only contain.
            Fit::Whole => at_best.next_back(),
            Fit::Part => {
                let first = at_best.next()?;
                at_best.all(|other| same_side(&first, &other)).then_some(first)
            }
        }
    }

    fn component(&self, words: &[String]) -> Option<(Fit, Environment)> {
        let mut found: Option<(Fit, Environment)> = None;
        let mut at = 0;
        while at < words.len() {
            let Some((length, environment)) = self.name_at(words, at) else {
                at += 1;
                continue;
            };
            let fit = if length == words.len() { Fit::Whole } else { Fit::Part };
            match &found {
                Some((_, other)) if !same_side(other, &environment) => return None,
                Some(_) => {}
                None => found = Some((fit, environment)),
            }
            at += length;
        }
        found
    }

    /// The longest name that starts at a word, with the number of words it takes.
    fn name_at(&self, words: &[String], at: usize) -> Option<(usize, Environment)> {
        let rest = &words[at..];
        if let Some((negation, behind)) = rest.split_first()
            && NEGATIONS.contains(&negation.as_str())
            && let Some((length, name)) = longest(&self.production, behind, true)
        {
            return Some((length + 1, Environment::NonProduction(format!("{negation}-{name}"))));
        }
        let next_is = |list: &[&str]| rest.get(1).is_some_and(|word| list.contains(&word.as_str()));
        if rest.first().is_some_and(|word| word == "dev") && next_is(AFTER_DEV) {
            return None;
        }
        let may_be_ordinary = |length: usize| at + length == words.len();
        let fits = |list| longest(list, rest, may_be_ordinary(1));
        match (fits(&self.production), fits(&self.non_production)) {
            (Some((prod, _)), Some((non, _))) if prod >= non => Some((prod, Environment::Production)),
            (_, Some((non, name))) => Some((non, Environment::NonProduction(name))),
            (Some((prod, _)), None) => Some((prod, Environment::Production)),
            (None, None) => None,
        }
    }

    pub(super) fn read(mut table: Table<'_>) -> Self {
        let standard = Environments::default();
        let mut list = |key, standard| match table.strings(key) {
            Some(texts) => names(&texts.iter().map(|text| text.get_ref().as_str()).collect::<Vec<_>>()),
            None => standard,
        };
        let production = list("production", standard.production);
        let non_production = list("non-production", standard.non_production);
        table.finish();
        Environments::of(production, non_production)
    }
}

fn longest(list: &[Name], words: &[String], at_end: bool) -> Option<(usize, String)> {
    let fits = |name: &&Name| {
        let ordinary = name.words.len() == 1 && ORDINARY.contains(&name.words[0].as_str());
        !name.words.is_empty() && words.starts_with(&name.words) && (at_end || !ordinary)
    };
    let name = list.iter().filter(fits).min_by_key(|name| Reverse(name.words.len()))?;
    Some((name.words.len(), name.shown.clone()))
}

fn same_side(left: &Environment, right: &Environment) -> bool {
    (*left == Environment::Production) == (*right == Environment::Production)
}

fn names(texts: &[&str]) -> Vec<Name> {
    texts.iter().map(|text| Name { shown: text.to_lowercase(), words: words(text) }).collect()
}

/// Lower-case words: cut at anything that is no letter or digit, and where camelCase turns. A number at the
/// end of a word counts instances (`prod1`, `dev02`) and is dropped, as is a word of digits only.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in text.split(|c: char| !c.is_alphanumeric()) {
        let chars: Vec<char> = part.chars().collect();
        let mut word = String::new();
        for (at, c) in chars.iter().enumerate() {
            let after_lower = at > 0 && chars[at - 1].is_lowercase();
            let starts_lower = chars.get(at + 1).is_some_and(|next| next.is_lowercase());
            let after_upper = at > 0 && chars[at - 1].is_uppercase();
            let after_digit = at > 0 && chars[at - 1].is_ascii_digit();
            if c.is_uppercase() && (after_lower || after_digit || (after_upper && starts_lower)) {
                push_word(&mut words, &mut word);
            }
            word.extend(c.to_lowercase());
        }
        push_word(&mut words, &mut word);
    }
    words
}

fn push_word(words: &mut Vec<String>, word: &mut String) {
    let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if !bare.is_empty() {
        words.push(bare.to_owned());
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn side(text: &str) -> &'static str {
        match Environments::default().classify(text) {
            Some(Environment::Production) => "prod",
            Some(Environment::NonProduction(_)) => "non",
            None => "none",
        }
    }

    #[test]
    fn production_is_recognised() {
        for text in [
            "prod",
            "PROD",
            "Production",
            "prod-eu",
            "eu-prod-1",
            "acme_prd",
            "prod1",
            "payments.prod",
            "myAppProd",
            "ProdReader",
            "envs/prod/main.tf",
            "environments/production/eu-west-1/iam.tf",
            "live/eu/iam.tf",
            "acme-live",
            "environments/prod/test-user.tf",
            "dev-modules/prod",
            "prod-devops-role",
            "prod/DevTools",
        ] {
            assert_eq!(side(text), "prod", "{text}");
        }
    }

    #[test]
    fn everything_before_production_is_recognised() {
        for text in [
            "dev",
            "Development",
            "dev-eu",
            "myAppDev",
            "qa2",
            "uat",
            "stage",
            "acme-test",
            "sandbox/a.tf",
            "preview",
            "non-prod",
            "nonprod",
            "NonProd",
            "non_production",
            "pre-prod",
            "preprod",
            "preProduction",
            "not-live",
            "pre-prod-eu",
            "envs/dev/prod-replica.tf",
            "prod/dev",
            "staging.tfvars",
            "tst01",
        ] {
            assert_eq!(side(text), "non", "{text}");
        }
    }

    #[test]
    fn words_that_only_look_alike_are_none() {
        for text in [
            "product",
            "prodigy",
            "reproduce",
            "products-api",
            "developer-tools",
            "developers",
            "device",
            "latest",
            "contest",
            "attestation",
            "test-runner",
            "live-stream-reader",
            "delivery",
            "olive",
            "devops",
            "dev-ops",
            "DevOps",
            "DevSecOps",
            "stage-one-loader",
            "backstage",
            "integration-runtime",
            "internal",
            "print",
            "prod-to-dev-sync",
            "main.tf",
            "",
            "/",
            "non",
            "pre",
            "default",
        ] {
            assert_eq!(side(text), "none", "{text}");
        }
    }

    #[test]
    fn the_name_is_told() {
        let name = |text| Environments::default().classify(text);
        assert_eq!(name("acme-dev2"), Some(Environment::NonProduction("dev".into())));
        assert_eq!(name("nonProd"), Some(Environment::NonProduction("non-prod".into())));
    }

    #[test]
    fn names_of_ones_own_replace_the_standard_ones() {
        let ours = Environments::of(names(&["blue-zone"]), names(&["zone"]));
        assert_eq!(ours.classify("acme-blue-zone"), Some(Environment::Production));
        assert_eq!(ours.classify("green-zone"), Some(Environment::NonProduction("zone".into())));
        assert_eq!(ours.classify("prod"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            side(&text);
        }
    }
}
