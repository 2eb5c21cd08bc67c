use super::key::PrivateKey;
use super::wire;
use ring::rand::{SecureRandom, SystemRandom};
use std::convert::Infallible;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

/// A request to sign is a few hundred bytes.
const MAX_MESSAGE: usize = 16 * 1024;
/// A program makes one connection, or a few.
const MAX_CONNECTIONS: usize = 16;
/// After a connection that could not be taken.
const PAUSE: Duration = Duration::from_millis(50);

// Source: IETF draft `ssh-agent`, "SSH Agent Protocol", section 6.1.
const FAILURE: u8 = 5;
const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;

/// An agent with one key, for as long as it lives. Nobody else may open its directory.
pub struct Agent {
    dir: Dir,
    listener: UnixListener,
    held: Arc<Held>,
}

struct Held {
    key: PrivateKey,
    offered: AtomicBool,
    asked: AtomicBool,
}

/// A directory of our own, which goes when this does.
struct Dir(PathBuf);

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Dir {
    fn new() -> io::Result<Self> {
        let mut name = [0; 8];
        SystemRandom::new().fill(&mut name).map_err(|_| io::Error::other("there is no randomness"))?;
        let name: String = name.iter().map(|byte| format!("{byte:02x}")).collect();
        let path = std::env::temp_dir().join(format!("keyward-{name}"));
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.+".contains(byte);
        if !path.as_os_str().as_encoded_bytes().iter().all(plain) {
            // In its options, `ssh` gives a meaning to blanks, `%` and `$`.
            return Err(io::Error::other("name a directory in `TMPDIR` that has letters and digits only"));
        }
        // One that is there already is somebody else's, and an error.
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Dir(path))
    }
}

impl Agent {
    pub fn new(key: PrivateKey) -> io::Result<Self> {
        let dir = Dir::new()?;
        let listener = UnixListener::bind(dir.0.join("agent"))?;
        let held = Held { key, offered: AtomicBool::default(), asked: AtomicBool::default() };
        Ok(Agent { dir, listener, held: Arc::new(held) })
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.0.join("agent")
    }

    /// Whatever else the program has to read.
    pub fn dir(&self) -> &Path {
        &self.dir.0
    }

    /// Whether the program took the public half, to show it.
    pub fn was_offered(&self) -> bool {
        self.held.offered.load(Ordering::SeqCst)
    }

    /// Whether the other side knew it and wanted a signature.
    pub fn was_asked(&self) -> bool {
        self.held.asked.load(Ordering::SeqCst)
    }

    /// Answers until it is dropped.
    pub async fn serve(&self) -> Infallible {
        let mut connections = JoinSet::new();
        loop {
            match self.listener.accept().await {
                Ok((stream, _)) if connections.len() < MAX_CONNECTIONS => {
                    let held = self.held.clone();
                    connections.spawn(async move { talk(stream, &held).await });
                }
                Ok(_) => {}
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
            while connections.try_join_next().is_some() {}
        }
    }
}

/// Until the other side has enough, or says what it should not.
async fn talk(mut stream: UnixStream, held: &Held) -> Option<Infallible> {
    loop {
        let length = usize::try_from(stream.read_u32().await.ok()?).ok()?;
        if length > MAX_MESSAGE {
            return None;
        }
        let mut message = vec![0; length];
        stream.read_exact(&mut message).await.ok()?;
        let answer = held.answer(&message).unwrap_or_else(|| vec![FAILURE]);
        stream.write_all(&wire::strings(&[&answer])).await.ok()?;
    }
}

impl Held {
    fn answer(&self, message: &[u8]) -> Option<Vec<u8>> {
        let (kind, mut rest) = message.split_first()?;
        match *kind {
            REQUEST_IDENTITIES => {
                self.offered.store(true, Ordering::SeqCst);
                let mut answer = vec![IDENTITIES_ANSWER, 0, 0, 0, 1];
                answer.extend(wire::strings(&[self.key.public(), b"keyward"]));
                Some(answer)
            }
            SIGN_REQUEST => {
                let (public, data) = (wire::take(&mut rest)?, wire::take(&mut rest)?);
                let flags = u32::from_be_bytes(*rest.first_chunk::<4>()?);
                if public != self.key.public() {
                    return None;
                }
                self.asked.store(true, Ordering::SeqCst);
                let mut answer = vec![SIGN_RESPONSE];
                wire::string(&mut answer, &self.key.sign(data, flags)?);
                Some(answer)
            }
            _ => None,
        }
    }
}
