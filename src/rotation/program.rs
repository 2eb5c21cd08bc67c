//! Programs of the user. They get what they need on their input and two variables of the environment, and nothing of
//! what this process knows: arguments and environments of processes can be seen by others.

use secrecy::zeroize::Zeroizing;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// How often to look whether a program has ended.
const LOOK: Duration = Duration::from_millis(20);
/// How long its output may stay open after its end, where something that it started has it.
const DRAIN: Duration = Duration::from_secs(2);
/// Of its output; keys are small.
const MAX_OUTPUT: u64 = 1024 * 1024;

/// One call of a program.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub words: Vec<String>,
    /// Names of more variables that it gets.
    pub env: Vec<String>,
    pub timeout: Duration,
    /// Whether anybody reads what it writes.
    pub answers: bool,
}

/// How one ended that need not end well.
pub(super) struct Ended {
    pub code: Option<i32>,
    /// What it wrote to its output, and then to its error output.
    pub said: Zeroizing<Vec<u8>>,
}

impl Program {
    pub fn name(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Runs it to its end beside everything else, and gives what it wrote.
    pub async fn run(
        &self,
        last: Option<&'static str>,
        input: Zeroizing<String>,
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        let program = self.clone();
        let done = tokio::task::spawn_blocking(move || program.wait(last, &input)).await;
        done.unwrap_or_else(|error| Err(error.to_string())).map_err(|why| format!("`{}` {why}", self.name()))
    }

    /// The same, of one that also says something by how it ends.
    #[cfg_attr(not(unix), allow(dead_code, reason = "nobody logs in over SSH there"))]
    pub async fn end(&self) -> Result<Ended, String> {
        let program = self.clone();
        let done = tokio::task::spawn_blocking(move || program.wait_for_all()).await;
        done.unwrap_or_else(|error| Err(error.to_string())).map_err(|why| format!("`{}` {why}", self.name()))
    }

    fn wait(&self, last: Option<&str>, input: &str) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut child = self.start(last, input, Stdio::null())?;
        let output = child.stdout.take().map(read);
        let status = self.end_of(&mut child)?;
        if !status.success() {
            return Err(format!("ended with {status}"));
        }
        output.map_or_else(|| Ok(Zeroizing::default()), |output| drain(&output))
    }

    fn wait_for_all(&self) -> Result<Ended, String> {
        let mut child = self.start(None, "", Stdio::piped())?;
        let outputs = [child.stdout.take().map(read), child.stderr.take().map(read)];
        let code = self.end_of(&mut child)?.code();
        let mut said: Zeroizing<Vec<u8>> = Zeroizing::default();
        for output in outputs.iter().flatten() {
            said.extend_from_slice(&drain(output)?);
        }
        Ok(Ended { code, said })
    }

    fn start(&self, last: Option<&str>, input: &str, errors: Stdio) -> Result<Child, String> {
        let (program, arguments) = self.words.split_first().ok_or("is no command")?;
        let mut command = Command::new(program);
        command.args(arguments).args(last).env_clear();
        command.stdin(Stdio::piped()).stderr(errors);
        command.stdout(if self.answers { Stdio::piped() } else { Stdio::null() });
        for name in ["PATH", "HOME"].into_iter().chain(self.env.iter().map(String::as_str)) {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        let mut child = command.spawn().map_err(|error| format!("does not start: {error}"))?;
        // Input and output wait for the program, so each has a thread that is left alone when it takes too long.
        if let Some(mut stdin) = child.stdin.take() {
            let input = Zeroizing::new(input.to_owned());
            std::thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        }
        Ok(child)
    }

    fn end_of(&self, child: &mut Child) -> Result<ExitStatus, String> {
        let mut left = self.timeout.as_millis() / LOOK.as_millis();
        loop {
            match child.try_wait().map_err(|error| error.to_string())? {
                Some(status) => return Ok(status),
                None if left == 0 => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(format!("did not end within {} seconds", self.timeout.as_secs()));
                }
                None => {
                    left -= 1;
                    std::thread::sleep(LOOK);
                }
            }
        }
    }
}

type Output = Receiver<std::io::Result<Zeroizing<Vec<u8>>>>;

fn read(from: impl Read + Send + 'static) -> Output {
    let (sender, output) = channel();
    std::thread::spawn(move || {
        let mut bytes = Zeroizing::new(Vec::new());
        let read = from.take(MAX_OUTPUT).read_to_end(&mut bytes);
        let _ = sender.send(read.map(|_| bytes));
    });
    output
}

fn drain(output: &Output) -> Result<Zeroizing<Vec<u8>>, String> {
    match output.recv_timeout(DRAIN) {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(RecvTimeoutError::Timeout) => Err("left its output open".to_owned()),
        Err(RecvTimeoutError::Disconnected) => Err("has no output".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, input: &str) -> Result<String, String> {
        let words = ["sh", "-c", script].map(str::to_owned).to_vec();
        let program = Program { words, env: Vec::new(), timeout: Duration::from_secs(1), answers: true };
        let read = program.wait(None, input)?;
        Ok(String::from_utf8_lossy(&read).into_owned())
    }

    #[test]
    fn it_gets_its_input_and_nothing_else() {
        assert_eq!(run("cat", "secret").as_deref(), Ok("secret"));
        let seen = run("env", "secret").unwrap();
        assert!(!seen.contains("secret") && !seen.contains("CARGO"), "{seen}");
        assert_eq!(run("true", &"much".repeat(100_000)).as_deref(), Ok(""), "it need not read it");
    }

    #[test]
    fn it_has_to_end_and_to_end_well() {
        assert!(run("exit 3", "").unwrap_err().contains("exit status: 3"));
        assert!(run("exec sleep 30", "").unwrap_err().contains("did not end within 1 seconds"));
        assert!(run("sleep 30 & echo", "").unwrap_err().contains("left its output open"));
    }

    #[test]
    fn all_is_read_of_one_that_need_not_end_well() {
        let words = ["sh", "-c", "echo out; echo err >&2; exit 3"].map(str::to_owned).to_vec();
        let program = Program { words, env: Vec::new(), timeout: Duration::from_secs(5), answers: true };
        let ended = program.wait_for_all().unwrap();
        assert_eq!((ended.code, &ended.said[..]), (Some(3), &b"out\nerr\n"[..]));
    }
}
