//! Deploy keys of a repository on GitHub.

use super::github::{API, slug};
use super::rotation::read_flag;
use super::secret_source::{SecretSource, secret};
use super::table::Table;
use super::target::IssuerSettings;
use toml::Spanned;

#[derive(Clone, Debug)]
pub struct DeployKeySettings {
    pub api: String,
    pub token: SecretSource,
    pub owner: String,
    pub repository: String,
    /// Which GitHub shows of a new one.
    pub title: String,
    /// As the one before, if nothing is said, and only where that may read alone.
    pub read_only: Option<bool>,
    pub ssh: SshSettings,
    pub accept_unseen: bool,
}

/// Where a key is tried, and with which program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshSettings {
    pub user: String,
    pub host: String,
    pub port: u16,
    pub command: Vec<String>,
}

const TITLE: &str = "keyward";
const USER: &str = "git";
const PORT: u16 = 22;

pub(super) fn deploy_key(table: &mut Table<'_>) -> Option<IssuerSettings> {
    let api = table.string("api").map_or(API.to_owned(), Spanned::into_inner);
    let token = secret(table, ["token-env", "token-file"], "token", Some("GITHUB_TOKEN"));
    let repository = table.required("repository", "owner and name: `repository = \"acme/orders\"`");
    let title = table.string("title").map_or(TITLE.to_owned(), Spanned::into_inner);
    let read_only = read_flag(table, "read-only");
    let ssh = ssh(table, &api);
    let accept_unseen = read_flag(table, "accept-unseen").unwrap_or_default();
    let (owner, repository) = slug(table, &repository?)?;
    let (token, ssh) = (token?, ssh?);
    let settings = DeployKeySettings { api, token, owner, repository, title, read_only, ssh, accept_unseen };
    Some(IssuerSettings::DeployKey(Box::new(settings)))
}

fn ssh(table: &mut Table<'_>, api: &str) -> Option<SshSettings> {
    let said = table.string("ssh");
    let command = match table.has("ssh-command") {
        true => {
            table.required_list("ssh-command", "the program and its arguments: `ssh-command = [\"ssh\"]`")
        }
        false => vec![Spanned::new(0..0, "ssh".to_owned())],
    };
    let command: Vec<_> = command.into_iter().map(Spanned::into_inner).collect();
    if command.is_empty() {
        return None;
    }
    let Some(said) = said else {
        let (user, host) = (USER.to_owned(), host_of(api).to_owned());
        return Some(SshSettings { user, host, port: PORT, command });
    };
    let read = door(said.get_ref());
    if read.is_none() {
        table.sink.help(said.span(), "this is no address of an SSH server", "`ssh = \"ssh.github.com:443\"`");
    }
    let (user, host, port) = read?;
    Some(SshSettings { user: user.to_owned(), host: host.to_owned(), port, command })
}

/// `git@github.com:22`, of which only the host has to be there. None of it could be taken for an option.
fn door(text: &str) -> Option<(&str, &str, u16)> {
    let (user, rest) = text.split_once('@').unwrap_or((USER, text));
    let (host, port) = match rest.split_once(':') {
        Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0)?),
        None => (rest, PORT),
    };
    let plain = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphanumeric())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    (plain(user) && plain(host)).then_some((user, host, port))
}

/// The API of GitHub, and that of an Enterprise in its cloud, is beside it; that of a server is below it.
fn host_of(api: &str) -> &str {
    let rest = api.split_once("://").map_or(api, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let beside = host == "api.github.com" || host.ends_with(".ghe.com");
    host.strip_prefix("api.").filter(|_| beside).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{RotationKind, SinkSettings, parse, testing};

    const WHOLE: &str = r#"
[[rotation.target]]
credential = "deploy key"

[rotation.target.issuer]
kind = "github-deploy-key"
repository = "acme/orders"
ssh = "ssh.github.com:443"

[[rotation.target.sink]]
kind = "vault-kv"
address = "https://vault.example"
path = "apps/orders"
secret-field = "deploy_key"

[[rotation.target.sink]]
kind = "github-secret"
repository = "acme/builds"
secret-field = "ORDERS_DEPLOY_KEY"
"#;

    #[test]
    fn everything_is_read() {
        let config = parse(WHOLE, &[]).unwrap();
        let target = &config.rotation.targets[0];
        let IssuerSettings::DeployKey(issuer) = &target.issuer else { panic!("{target:?}") };
        assert_eq!((issuer.owner.as_str(), issuer.repository.as_str()), ("acme", "orders"));
        assert_eq!((issuer.api.as_str(), issuer.title.as_str(), issuer.read_only), (API, "keyward", None));
        let ssh = &issuer.ssh;
        assert_eq!((ssh.user.as_str(), ssh.host.as_str(), ssh.port), ("git", "ssh.github.com", 443));
        assert_eq!(ssh.command, ["ssh"]);
        assert!(!target.issuer.accepts_unseen() && target.kind() == RotationKind::Certificate);
        let [SinkSettings::VaultKv { fields, .. }, SinkSettings::GitHubSecret(second)] = &target.sinks[..]
        else {
            panic!("{target:?}")
        };
        assert_eq!((fields.id.as_str(), fields.secret.as_str()), ("", "deploy_key"));
        assert_eq!(second.fields.id, "");
    }

    #[test]
    fn the_host_is_that_of_the_api() {
        for (api, host) in [
            (API, "github.com"),
            ("https://api.acme.ghe.com", "acme.ghe.com"),
            ("https://github.example/api/v3", "github.example"),
            ("https://api.example:8443/api/v3/", "api.example"),
        ] {
            assert_eq!(host_of(api), host);
        }
        assert_eq!(door("me@host"), Some(("me", "host", 22)));
        for wrong in
            ["", "-oProxyCommand=a", "git@-a", "host:", "host:0", "host:65536", "a b", "git@", "[::1]"]
        {
            assert_eq!(door(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn mistakes_are_told() {
        let shown = [
            ("\"acme/orders\"", "\"orders\""),
            ("repository = \"acme/orders\"\nssh", "ssh"),
            ("\"ssh.github.com:443\"", "\"-oProxyCommand=true\""),
            ("ssh = \"ssh.github.com:443\"", "ssh-command = []"),
            ("ssh = \"ssh.github.com:443\"", "read-only = \"no\""),
            ("ssh = \"ssh.github.com:443\"", "token = \"ghp_first-secret\""),
            ("secret-field = \"deploy_key\"", "id-field = \"id\"\nsecret-field = \"deploy_key\""),
            ("secret-field = \"deploy_key\"\n", ""),
        ]
        .map(|(from, to)| {
            assert!(WHOLE.contains(from), "{from}");
            let text = WHOLE.replacen(from, to, 1);
            testing::render(&text, &parse(&text, &[]).unwrap_err())
        });
        let shown = shown.join("\n---\n");
        assert!(!shown.contains("first-secret"), "{shown}");
        insta::assert_snapshot!(shown);
    }
}
