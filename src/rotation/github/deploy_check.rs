use super::client::GitHub;
use crate::rotation::ssh::{Login, Outcome, PrivateKey, fingerprint};
use crate::rotation::traits::{Check, Doing, Failure, FailureKind, Key};
use secrecy::ExposeSecret;

/// Logs in over SSH with a key, and looks whom GitHub greets. Nothing is read or written then.
#[derive(Debug)]
pub struct DeployKeyCheck {
    github: GitHub,
    login: Login,
    repository: String,
}

const META: &str = "/meta";

impl DeployKeyCheck {
    pub fn new(github: GitHub, login: Login, owner: &str, name: &str) -> Self {
        DeployKeyCheck { github, login, repository: format!("{owner}/{name}") }
    }

    /// By what the SSH server is known. Source: GitHub REST API documentation, "Meta".
    async fn hosts(&self) -> Result<Vec<String>, Failure> {
        let said = match self.github.get(META, "read the host keys of GitHub").await {
            Ok(said) => said,
            // Nothing was asked that could be in doubt.
            Err(Failure { kind: FailureKind::Unclear, message }) => {
                return Err(Failure::new(FailureKind::Later, message));
            }
            Err(failure) => return Err(failure),
        };
        let keys = said["ssh_keys"].as_array().into_iter().flatten();
        let keys = keys.filter_map(|key| key.as_str()).filter(|key| is_public_key(key));
        Ok(keys.map(str::to_owned).collect())
    }

    async fn ask(&self, key: &Key) -> Result<bool, Failure> {
        let never =
            |why: String| Failure::new(FailureKind::Never, format!("{} is not used: {why}", key.id.0));
        let private = PrivateKey::read(key.secret.expose_secret()).map_err(|why| never(why.to_owned()))?;
        if private.id() != key.id {
            return Err(never("its private half is that of another key".to_owned()));
        }
        match self.login.with(private, &self.hosts().await?).await? {
            Outcome::Refused => Ok(false),
            Outcome::In(said) => match said.lines().find_map(greeted) {
                Some(name) if name.eq_ignore_ascii_case(&self.repository) => Ok(true),
                Some(name) => {
                    let why = format!("it is a key of {name}, and not of {}", self.repository);
                    Err(Failure::new(FailureKind::Never, why))
                }
                None => {
                    let why = format!("{} says nothing that is known from GitHub", self.login.door());
                    Err(Failure::new(FailureKind::Later, why))
                }
            },
        }
    }
}

/// One line of a file, which nothing may be added to.
fn is_public_key(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-@. ".contains(&byte);
    text.bytes().all(fits) && fingerprint(text).is_some()
}

/// `Hi acme/orders! You've successfully authenticated, but GitHub does not provide shell access.` A person is greeted by
/// name. Source: GitHub documentation, "Testing your SSH connection" and "Managing deploy keys".
fn greeted(line: &str) -> Option<&str> {
    let (name, rest) = line.trim().strip_prefix("Hi ")?.split_once('!')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_name = !name.is_empty() && name.len() <= 200 && name.bytes().all(plain);
    (is_name && rest.starts_with(" You've successfully authenticated")).then_some(name)
}

impl Check for DeployKeyCheck {
    fn name(&self) -> String {
        format!("login to {} for {}", self.login.door(), self.repository)
    }

    fn accepted<'a>(&'a self, key: &'a Key) -> Doing<'a, bool> {
        Box::pin(self.ask(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greeting_names_somebody() {
        let usual =
            "Hi acme/orders! You've successfully authenticated, but GitHub does not provide shell access.";
        assert_eq!(greeted(usual), Some("acme/orders"));
        assert_eq!(greeted(&usual.replace("acme/orders", "jane")), Some("jane"));
        for wrong in ["", "Hi !", "Hi acme/orders! Go away", "Hi a b! You've successfully authenticated"] {
            assert_eq!(greeted(wrong), None, "{wrong}");
        }
        assert!(!is_public_key("ssh-ed25519 AAAA"));
        assert!(!is_public_key("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5\nother"));
    }
}
