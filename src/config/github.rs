//! Secrets of GitHub that workflows read.

use super::fields::FieldNames;
use super::pki::certificate_fields;
use super::rotation::read_flag;
use super::secret_source::{SecretSource, secret};
use super::table::Table;
use super::target::SinkSettings;
use toml::Spanned;

#[derive(Clone, Debug)]
pub struct GitHubSettings {
    pub api: String,
    pub token: SecretSource,
    pub owner: String,
    /// Of an organization, without one.
    pub repository: Option<String>,
    pub environment: Option<String>,
    pub dependabot: bool,
    /// Names of secrets; that of the id is empty where nobody needs it.
    pub fields: FieldNames,
}

const API: &str = "https://api.github.com";

pub(super) fn github_secret(table: &mut Table<'_>) -> Option<SinkSettings> {
    let api = table.string("api").map_or(API.to_owned(), Spanned::into_inner);
    let token = secret(table, ["token-env", "token-file"], "token", Some("GITHUB_TOKEN"));
    let (repository, organization) = (table.string("repository"), table.string("organization"));
    let environment = table.string("environment");
    let dependabot = read_flag(table, "dependabot").unwrap_or_default();
    let fields = fields(table);
    let of = match (&repository, organization) {
        (Some(repository), None) => match repository.get_ref().split_once('/') {
            Some((owner, name)) if !owner.is_empty() && !name.is_empty() && !name.contains('/') => {
                Some((owner.to_owned(), Some(name.to_owned())))
            }
            _ => {
                let help = "owner and name: `repository = \"acme/orders\"`";
                table.sink.help(repository.span(), "this is no repository", help);
                None
            }
        },
        (None, Some(organization)) => Some((organization.into_inner(), None)),
        _ => {
            table.missing("repository", "`repository = \"acme/orders\"`, or `organization = \"acme\"`");
            None
        }
    };
    if let Some(environment) = &environment
        && (repository.is_none() || dependabot)
    {
        let why = "only secrets of Actions in a repository have an environment";
        table.sink.error(environment.span(), why);
        return None;
    }
    let ((owner, repository), environment) = (of?, environment.map(Spanned::into_inner));
    let (token, fields) = (token?, fields?);
    let settings = GitHubSettings { api, token, owner, repository, environment, dependabot, fields };
    Some(SinkSettings::GitHubSecret(settings))
}

fn fields(table: &mut Table<'_>) -> Option<FieldNames> {
    let id = table.string("id-field");
    let secret = table.required("secret-field", "the name of the secret: `secret-field = \"DEPLOY_KEY\"`");
    let halves = FieldNames {
        id: id.map(Spanned::into_inner).unwrap_or_default(),
        secret: secret?.into_inner(),
        certificate: None,
        chain: None,
    };
    let names = certificate_fields(table, halves)?;
    if names.id == names.secret {
        table.sink.error(table.span.clone(), "both halves cannot be in one field");
        return None;
    }
    let all = [&names.id, &names.secret].into_iter().chain(&names.certificate).chain(&names.chain);
    if let Some(wrong) = all.filter(|name| !name.is_empty()).find(|name| !is_name(name)) {
        let help = "letters, digits and `_`, not a digit first, and not `GITHUB_`";
        table.sink.help(table.span.clone(), format!("`{wrong}` is no name of a secret"), help);
        return None;
    }
    Some(names)
}

/// Source: GitHub documentation, "Secrets reference", "Naming your secrets".
fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    name.bytes().all(fits)
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && !name.to_ascii_uppercase().starts_with("GITHUB_")
}

/// Nobody could go back, or see that the old one is refused, where no place gives it back.
pub(super) fn refuse_silence(table: &Table<'_>, sinks: &[SinkSettings]) {
    if !sinks.is_empty() && sinks.iter().all(|sink| matches!(sink, SinkSettings::GitHubSecret(_))) {
        let help = "GitHub gives no value back: add a sink that keeps it, such as `kind = \"vault-kv\"`";
        table.sink.help(table.span.clone(), "no sink keeps the old value", help);
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{SinkSettings, parse, testing};

    const WHOLE: &str = r#"
[[rotation.target]]
credential = "orders key"

[rotation.target.issuer]
kind = "aws-iam"
user = "orders"

[[rotation.target.sink]]
kind = "vault-kv"
address = "https://vault.example"
path = "apps/orders"
id-field = "id"
secret-field = "secret"

[[rotation.target.sink]]
kind = "github-secret"
repository = "acme/orders"
environment = "production"
id-field = "AWS_ACCESS_KEY_ID"
secret-field = "AWS_SECRET_ACCESS_KEY"

[[rotation.target.sink]]
kind = "github-secret"
organization = "acme"
dependabot = true
secret-field = "AWS_SECRET_ACCESS_KEY"
"#;

    #[test]
    fn everything_is_read() {
        let config = parse(WHOLE, &[]).unwrap();
        let [_, SinkSettings::GitHubSecret(first), SinkSettings::GitHubSecret(second)] =
            &config.rotation.targets[0].sinks[..]
        else {
            panic!("{config:?}")
        };
        assert_eq!((first.owner.as_str(), first.repository.as_deref()), ("acme", Some("orders")));
        assert_eq!((first.environment.as_deref(), first.dependabot), (Some("production"), false));
        assert_eq!((second.owner.as_str(), second.repository.as_deref()), ("acme", None));
        assert_eq!((second.fields.id.as_str(), second.dependabot), ("", true));
    }

    #[test]
    fn mistakes_are_told() {
        let vault = WHOLE.find("[[rotation.target.sink]]\nkind = \"vault-kv\"").unwrap();
        let github = WHOLE.find("[[rotation.target.sink]]\nkind = \"github-secret\"").unwrap();
        let mut texts = vec![WHOLE.replace(&WHOLE[vault..github], "")];
        for (from, to) in [
            ("\"acme/orders\"", "\"orders\""),
            ("repository = \"acme/orders\"\n", ""),
            ("organization = \"acme\"\n", "organization = \"acme\"\nenvironment = \"production\"\n"),
            ("id-field = \"AWS_ACCESS_KEY_ID\"", "id-field = \"GITHUB_ID\""),
            ("id-field = \"AWS_ACCESS_KEY_ID\"", "token = \"ghp_first-secret\""),
        ] {
            assert!(WHOLE.contains(from), "{from}");
            texts.push(WHOLE.replacen(from, to, 1));
        }
        let shown = texts.iter().map(|text| testing::render(text, &parse(text, &[]).unwrap_err()));
        let shown = shown.collect::<Vec<_>>().join("\n---\n");
        assert!(!shown.contains("first-secret"), "{shown}");
        insta::assert_snapshot!(shown);
    }
}
