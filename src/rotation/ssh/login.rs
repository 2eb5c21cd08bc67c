use super::key::PrivateKey;
use crate::rotation::traits::{Failure, FailureKind};
use std::time::Duration;

/// Where to log in, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    pub user: String,
    pub host: String,
    pub port: u16,
}

/// What came of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was let in, or so the program says that ended well or with what the other side ended with. This was said.
    In(String),
    /// The other side does not know this key.
    Refused,
}

/// Logins with one program, which is `ssh` or takes the same arguments.
#[derive(Clone, Debug)]
pub struct Login {
    words: Vec<String>,
    door: Door,
    timeout: Duration,
}

/// With which OpenSSH says that it failed itself, and not what it started.
const OWN_FAILURE: i32 = 255;
/// The end of what it says then, without the methods.
const DENIED: &str = "Permission denied (";
/// Of what is shown.
const MAX_SHOWN: usize = 200;

impl std::fmt::Display for Door {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}@{}", self.user, self.host)?;
        if self.port == 22 { Ok(()) } else { write!(out, ":{}", self.port) }
    }
}

impl Door {
    /// As it stands in `known_hosts`. Source: sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT".
    fn known_as(&self) -> String {
        if self.port == 22 { self.host.clone() } else { format!("[{}]:{}", self.host, self.port) }
    }
}

impl Login {
    /// `words` are the program and what is put before our arguments, so that it counts more.
    pub fn new(words: Vec<String>, door: Door, timeout: Duration) -> Self {
        Login { words, door, timeout }
    }

    pub fn door(&self) -> &Door {
        &self.door
    }

    /// Source: ssh(1), ssh_config(5). What is said first counts.
    fn command(&self, socket: &str, known_hosts: Option<&str>) -> Vec<String> {
        let mut words = self.words.clone();
        // No settings, no other keys, no questions, nothing that lasts.
        words.extend(["-F", "none", "-T", "-x", "-a"].map(str::to_owned));
        let mut option = |text: String| words.extend(["-o".to_owned(), text]);
        option("BatchMode=yes".to_owned());
        option("StrictHostKeyChecking=yes".to_owned());
        option("UpdateHostKeys=no".to_owned());
        if let Some(path) = known_hosts {
            option(format!("UserKnownHostsFile={path}"));
            option("GlobalKnownHostsFile=/dev/null".to_owned());
        }
        option(format!("IdentityAgent={socket}"));
        option("IdentityFile=none".to_owned());
        option("PreferredAuthentications=publickey".to_owned());
        words.extend(["-p".to_owned(), self.door.port.to_string()]);
        words.push(format!("{}@{}", self.door.user, self.door.host));
        words
    }

    /// Logs in once, with this key and no other. `hosts` are the keys by which the other side is known; without any,
    /// it is known to the user already.
    #[cfg(unix)]
    pub async fn with(&self, key: PrivateKey, hosts: &[String]) -> Result<Outcome, Failure> {
        use super::agent::Agent;
        use crate::rotation::program::Program;
        let later = |why: String| Failure::new(FailureKind::Later, format!("cannot log in: {why}"));
        let prepared = || -> std::io::Result<_> {
            let agent = Agent::new(key)?;
            let known = agent.dir().join("known_hosts");
            if !hosts.is_empty() {
                let lines = hosts.iter().map(|host| format!("{} {host}\n", self.door.known_as()));
                std::fs::write(&known, lines.collect::<String>())?;
            }
            Ok((agent, known))
        };
        let (agent, known) = prepared().map_err(|error| later(format!("no place for an agent: {error}")))?;
        let (socket, known) = (agent.socket(), known.display().to_string());
        let known = (!hosts.is_empty()).then_some(known.as_str());
        let words = self.command(&socket.display().to_string(), known);
        let program = Program { words, env: Vec::new(), timeout: self.timeout, answers: true };
        let ended = tokio::select! {
            ended = program.end() => ended,
            never = agent.serve() => match never {},
        };
        let ended = ended.map_err(later)?;
        let said = String::from_utf8_lossy(&ended.said).into_owned();
        judge(ended.code, said, agent.was_offered(), agent.was_asked())
    }

    #[cfg(not(unix))]
    pub async fn with(&self, _key: PrivateKey, _hosts: &[String]) -> Result<Outcome, Failure> {
        let why = "cannot log in: an agent for one key needs sockets of Unix, so do this on Linux or macOS";
        Err(Failure::new(FailureKind::Never, why))
    }
}

/// `offered` says whether the program showed the key, `asked` whether the other side knew it.
fn judge(code: Option<i32>, said: String, offered: bool, asked: bool) -> Result<Outcome, Failure> {
    let failed = |why: &str| {
        let why = format!("cannot log in: {why}: {}", last_line(&said));
        Err(Failure::new(FailureKind::Later, why))
    };
    match code {
        Some(code) if code != OWN_FAILURE => match asked {
            true => Ok(Outcome::In(said)),
            false => failed("the program did not use the key"),
        },
        Some(_) if said.lines().any(denied) => match (offered, asked) {
            (true, false) => Ok(Outcome::Refused),
            (true, true) => failed("the key is known, and was not let in"),
            (false, _) => failed("the program did not show the key"),
        },
        _ => failed("the program says"),
    }
}

/// `git@github.com: Permission denied (publickey).`
fn denied(line: &str) -> bool {
    let methods = line.split_once(DENIED).and_then(|(_, rest)| rest.split_once(')'));
    methods.is_some_and(|(methods, _)| methods.split(',').any(|method| method == "publickey"))
}

/// What a program says last is why it failed.
fn last_line(said: &str) -> String {
    let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing");
    last.trim().chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(MAX_SHOWN).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
