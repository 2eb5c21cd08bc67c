//! From arguments and variables to a connection with GitHub.

use super::Trouble;
use super::args::ForgeArgs;
use crate::forge::{App, Auth, Client, Error, Limits, PUBLIC_API, Settings, Slug};
use crate::git::Repository;
use crate::source::read_limited;
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;
use std::path::Path;
use std::time::Duration;

pub(super) fn trouble(error: Error) -> Trouble {
    Trouble::new(error.message).help(error.help)
}

/// Who we are, if anybody.
pub(super) fn auth(args: &ForgeArgs) -> Result<Option<Auth>, Trouble> {
    if let Some(path) = &args.token_file {
        return Auth::token(&secret_file(path, "token")?).map(Some).map_err(trouble);
    }
    if let Some(app) = app(args)? {
        return Ok(Some(Auth::App(app)));
    }
    let token = ["GITHUB_TOKEN", "GH_TOKEN"].into_iter().find_map(variable).map(Zeroizing::new);
    token.map(|token| Auth::token(&token)).transpose().map_err(trouble)
}

fn app(args: &ForgeArgs) -> Result<Option<App>, Trouble> {
    let Some(id) = args.app_id.clone().or_else(|| variable("KEYWARD_APP_ID")) else { return Ok(None) };
    let key = match &args.app_key {
        Some(path) => secret_file(path, "key")?,
        None => Zeroizing::new(variable("KEYWARD_APP_KEY").ok_or_else(|| {
            Trouble::new("the App has an id and no key")
                .help("name its file with --app-key, or set KEYWARD_APP_KEY")
        })?),
    };
    Ok(Some(App { id, installation: args.app_installation, key: SecretString::from(key.as_str()) }))
}

fn secret_file(path: &Path, what: &str) -> Result<Zeroizing<String>, Trouble> {
    let wrong = |why: String| Trouble::new(format!("cannot read the {what} `{}`: {why}", path.display()));
    let bytes = read_limited(path).map_err(|gap| wrong(gap.message))?;
    String::from_utf8(bytes).map(Zeroizing::new).map_err(|_| wrong("it is no text".to_owned()))
}

pub(super) fn client(args: &ForgeArgs, repository: Slug, auth: Auth) -> Result<Client, Trouble> {
    let api =
        args.api_url.clone().or_else(|| variable("GITHUB_API_URL")).unwrap_or_else(|| PUBLIC_API.to_owned());
    // A server on this machine has no limits that others share.
    let pause = match is_loopback(&api) {
        true => Duration::ZERO,
        false => Limits::default().pause,
    };
    let limits = Limits { max_wait: Duration::from_secs(args.max_wait), pause, ..Limits::default() };
    let now = || jiff::Timestamp::now().as_second();
    Client::new(Settings { api, repository, auth, limits, now }).map_err(trouble)
}

fn is_loopback(api: &str) -> bool {
    api.starts_with("http://127.0.0.1") || api.starts_with("http://localhost")
}

/// A variable of the environment that is set to something.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

pub(super) fn no_repository() -> Trouble {
    Trouble::new("it is not known which repository on GitHub this is").help("name it: --repo owner/name")
}

/// The repository that is named, or else that of the workflow, or else the one that the checkout came from.
pub(super) fn slug(named: Option<&str>, repository: &Repository) -> Result<Option<Slug>, Trouble> {
    let named = named.map(str::to_owned).or_else(|| variable("GITHUB_REPOSITORY"));
    match named {
        Some(name) => name
            .parse()
            .map(Some)
            .map_err(|error: String| Trouble::new(error).help("an example: --repo acme/infrastructure")),
        None => Ok(repository.remote("origin").and_then(|address| slug_of(&address))),
    }
}

/// `owner/name` at the end of an address: `https://github.com/owner/name.git`, `git@github.com:owner/name`.
fn slug_of(address: &str) -> Option<Slug> {
    let address = address.trim_end_matches('/');
    let address = address.strip_suffix(".git").unwrap_or(address);
    let mut parts = address.rsplit(['/', ':']);
    let (name, owner) = (parts.next()?, parts.next()?);
    format!("{owner}/{name}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_known_by_their_addresses() {
        let of = |address: &str| slug_of(address).map(|slug| slug.to_string());
        let expected = Some("acme/infra".to_owned());
        assert_eq!(of("https://github.com/acme/infra.git"), expected);
        assert_eq!(of("git@github.com:acme/infra.git"), expected);
        assert_eq!(of("ssh://github.example.com/acme/infra"), expected);
        assert_eq!(of("infra"), None);
    }
}
