use super::*;
use crate::rotation::ssh::agent::Agent;
use crate::rotation::ssh::wire;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn key() -> PrivateKey {
    PrivateKey::make().unwrap().0
}

/// What an agent answers, or nothing where it hangs up.
async fn ask(agent: &Agent, messages: &[Vec<u8>]) -> Vec<Option<Vec<u8>>> {
    let (socket, messages) = (agent.socket(), messages.to_vec());
    let asking = tokio::task::spawn_blocking(move || {
        let mut stream = UnixStream::connect(socket).unwrap();
        let mut one = |message: &Vec<u8>| {
            stream.write_all(message).ok()?;
            let mut length = [0; 4];
            stream.read_exact(&mut length).ok()?;
            let mut answer = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut answer).ok()?;
            Some(answer)
        };
        messages.iter().map(&mut one).collect()
    });
    tokio::select! {
        answers = asking => answers.unwrap(),
        never = agent.serve() => match never {},
    }
}

fn sign_request(public: &[u8], data: &[u8]) -> Vec<u8> {
    let body = [&[13], &wire::strings(&[public, data])[..], &[0; 4]].concat();
    wire::strings(&[&body])
}

#[test]
fn an_agent_shows_one_key_signs_with_it_and_does_nothing_else() {
    block_on(async {
        let (key, other) = (key(), key());
        let public = key.public().to_vec();
        let agent = Agent::new(key).unwrap();
        let dir = agent.dir().to_owned();
        assert_eq!(std::fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
        assert!(!agent.was_offered() && !agent.was_asked());
        let messages = [
            wire::strings(&[&[11]]),
            sign_request(other.public(), b"data"),
            // To add a key, to remove all, to be locked, an extension, one without a kind, one that is cut.
            wire::strings(&[&[17]]),
            wire::strings(&[&[19]]),
            wire::strings(&[&[22]]),
            wire::strings(&[&[27]]),
            wire::strings(&[&[]]),
            wire::strings(&[&[13, 0, 0, 0, 9]]),
        ];
        let answers = ask(&agent, &messages).await;
        let listed = answers[0].clone().unwrap();
        assert_eq!(&listed[..5], &[12, 0, 0, 0, 1]);
        assert_eq!(wire::take(&mut &listed[5..]), Some(&public[..]));
        assert!(answers[1..].iter().all(|answer| answer.as_deref() == Some(&[5])), "{answers:?}");
        assert!(agent.was_offered() && !agent.was_asked());
        let signed = ask(&agent, &[sign_request(&public, b"data")]).await.remove(0).unwrap();
        assert_eq!(signed[0], 14);
        assert!(agent.was_asked());
        // Too large a message ends the connection, and not the agent.
        let large = (u32::MAX / 2).to_be_bytes().to_vec();
        assert_eq!(ask(&agent, &[large, messages[0].clone()]).await, [None, None]);
        assert!(ask(&agent, &messages[..1]).await[0].is_some());
        drop(agent);
        assert!(!dir.exists());
    });
}

fn log_in(script: &str, hosts: &[String]) -> Result<Outcome, Failure> {
    let words = ["sh", "-c", script, "sh"].map(str::to_owned).to_vec();
    let door = Door { user: "git".to_owned(), host: "host".to_owned(), port: 2222 };
    block_on(Login::new(words, door, Duration::from_secs(1)).with(key(), hosts))
}

#[test]
fn a_program_is_given_the_socket_and_the_keys_of_the_host_and_all_is_gone_after_it() {
    let seen = tempfile::NamedTempFile::new().unwrap();
    let script = r#"
        for word; do case $word in
            IdentityAgent=*) test -S "${word#*=}" && echo "${word#*=}" ;;
            UserKnownHostsFile=*) cat "${word#*=}" ;;
        esac; done >SEEN
        echo "last $word" >>SEEN
    "#;
    let script = script.replace("SEEN", &seen.path().display().to_string());
    let failure = log_in(&(script.clone() + "exit 1"), &["ssh-ed25519 AAAA".to_owned()]).unwrap_err();
    assert!(failure.message.contains("did not use the key: nothing"), "{failure}");
    let read = || std::fs::read_to_string(seen.path()).unwrap();
    let (text, gone) = (read(), |text: &str| !std::path::Path::new(text.lines().last().unwrap()).exists());
    assert!(
        text.starts_with("[host]:2222 ssh-ed25519 AAAA\n/") && text.ends_with("\nlast git@host\n"),
        "{text}"
    );
    assert!(gone(text.trim_end_matches("last git@host\n")), "{text}");
    // Without keys, it is what the user knows that counts; and one that hangs leaves nothing either.
    let failure = log_in(&(script + "exec sleep 30"), &[]).unwrap_err();
    assert!(failure.message.contains("did not end within 1 seconds"), "{failure}");
    let text = read();
    assert!(text.starts_with('/') && gone(text.trim_end_matches("last git@host\n")), "{text}");
    assert!(log_in("exec nothing-of-this-name", &[]).unwrap_err().message.contains("not found"));
}

#[test]
fn only_what_is_said_of_the_key_counts() {
    let said = |code, said: &str, offered, asked| judge(Some(code), said.to_owned(), offered, asked);
    let denied = "banner\ngit@host: Permission denied (publickey,password).\r\n";
    assert_eq!(said(255, denied, true, false), Ok(Outcome::Refused));
    assert_eq!(said(1, "Hi\n", true, true), Ok(Outcome::In("Hi\n".to_owned())));
    for (code, text, offered, asked, why) in [
        (255, denied, false, false, "did not show the key"),
        (255, denied, true, true, "is known, and was not let in"),
        (255, "Host key verification failed.\n\n", true, false, "Host key verification failed."),
        (255, "Permission denied (password).\n", true, false, "Permission denied (password)"),
        (255, "", false, false, "nothing"),
        (0, "Hi\n", true, false, "did not use the key"),
    ] {
        let failure = said(code, text, offered, asked).unwrap_err();
        assert!(failure.message.contains(why) && failure.kind == FailureKind::Later, "{failure}");
    }
    let long = said(255, &"\u{1b}[31m".repeat(1_000), true, false).unwrap_err().message;
    assert!(long.len() < 300 && !long.contains('\u{1b}'), "{long}");
    assert!(judge(None, denied.to_owned(), true, false).is_err());
}

#[test]
fn a_host_is_known_under_its_port() {
    let door = |port| Door { user: "git".to_owned(), host: "host".to_owned(), port };
    assert_eq!((door(22).known_as(), door(22).to_string()), ("host".to_owned(), "git@host".to_owned()));
    assert_eq!(
        (door(443).known_as(), door(443).to_string()),
        ("[host]:443".to_owned(), "git@host:443".to_owned())
    );
}
