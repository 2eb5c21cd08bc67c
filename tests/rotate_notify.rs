//! Somebody is told how runs go, and whether that can be delivered changes nothing about them.

#[path = "rotation/case.rs"]
mod case;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;

use case::{CREDENTIAL, Case, Estate};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

fn estate() -> Option<&'static Estate> {
    static ESTATE: OnceLock<Estate> = OnceLock::new();
    (!servers::is_off()).then(|| ESTATE.get_or_init(|| Estate::new(servers::ministack())))
}

/// Something that takes messages. It answers the first few with other statuses than 200.
struct Hook {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
    bodies: Arc<Mutex<Vec<Value>>>,
}

impl Hook {
    fn new(statuses: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}/services/hook-secret", listener.local_addr().expect("bound"));
        let hook = Hook { address, heads: Arc::default(), bodies: Arc::default() };
        let (heads, bodies, mut statuses) = (hook.heads.clone(), hook.bodies.clone(), statuses.to_vec());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let status = if statuses.is_empty() { 200 } else { statuses.remove(0) };
                let Some((head, body)) = take(stream, status) else { continue };
                heads.lock().expect("whole").push(head);
                if status == 200 {
                    bodies.lock().expect("whole").push(serde_json::from_str(&body).expect("JSON"));
                }
            }
        });
        hook
    }

    fn told(&self) -> Vec<Value> {
        self.bodies.lock().expect("whole").clone()
    }
}

fn take(mut stream: TcpStream, status: u16) -> Option<(String, String)> {
    let mut text = String::new();
    let mut bytes = [0; 4096];
    loop {
        let count = stream.read(&mut bytes).ok()?;
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
        if count == 0 || length.is_some_and(|length| body.len() >= length) {
            let done = (head.to_owned(), body.to_owned());
            stream
                .write_all(
                    format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
                        .as_bytes(),
                )
                .ok()?;
            return Some(done);
        }
    }
}

fn with_webhook<'a>(estate: &'a Estate, name: &str, address: &str) -> Case<'a> {
    let case = Case::new(estate, estate.users(name, 1).remove(0), Vec::new(), Duration::ZERO);
    let path = case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    let more = "[rotation]\nwebhook-file = \"hook\"\nnotify = [\"platform-oncall\"]\n";
    std::fs::write(&path, format!("{more}{text}")).expect("writable");
    std::fs::write(case.dir.path().join("hook"), format!("{address}\n")).expect("writable");
    case
}

fn events(told: &[Value]) -> Vec<&str> {
    told.iter().map(|it| it["event"].as_str().expect("an event")).collect()
}

#[test]
fn begin_and_end_are_told_and_no_secret_is() {
    let Some(estate) = estate() else { return };
    let hook = Hook::new(&[503]);
    let case = with_webhook(estate, "told", &hook.address);
    let ended = case.run(&["run", CREDENTIAL, "--wait", "forever"]);
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    let told = hook.told();
    assert_eq!(events(&told), ["begun", "rotated"], "one that was busy is asked again");
    assert!(told.iter().all(|it| it["credential"] == CREDENTIAL && it["notify"][0] == "platform-oncall"));
    assert_eq!(told[0]["schema"], "urn:keyward:rotation-notice-v1");
    assert_eq!(told[0]["run"], told[1]["run"]);
    let text = format!("{told:?}{:?}{}", hook.heads.lock().expect("whole"), ended.text);
    std::fs::remove_file(case.dir.path().join("hook")).expect("there");
    case.assert_no_secret(&text);
    assert!(!ended.text.contains("hook-secret"), "{}", ended.text);
}

#[test]
fn what_is_stuck_or_went_back_is_told() {
    let Some(estate) = estate() else { return };
    let hook = Hook::new(&[]);
    let case = with_webhook(estate, "trouble", &hook.address);
    assert_eq!(case.run(&["run", CREDENTIAL, "--wait", "0"]).code, Some(0));
    let mut broken = case.command(&["resume"]);
    broken.env_remove("VAULT_TOKEN");
    assert_eq!(case.wait(broken).code, Some(2));
    assert_eq!(case.run(&["rollback", CREDENTIAL, "--wait", "forever"]).code, Some(0));
    let mut broken = case.command(&["run", CREDENTIAL]);
    broken.env_remove("VAULT_TOKEN");
    assert_eq!(case.wait(broken).code, Some(2));
    let told = hook.told();
    assert_eq!(events(&told), ["begun", "stuck", "went-back", "not-begun"]);
    assert_eq!(told[1]["message"], "the variable `VAULT_TOKEN` is not set");
    assert_eq!(told[1]["run"], told[0]["run"]);
}

/// Nobody is there, somebody refuses, and somebody never answers.
#[test]
fn a_webhook_that_does_not_work_holds_nothing_up() {
    let Some(estate) = estate() else { return };
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let silent = format!("http://{}/hook-secret", silent.local_addr().expect("bound"));
    let refusing = Hook::new(&[404; 9]);
    for (name, address) in
        [("nobody", "http://127.0.0.1:1/hook-secret"), ("refuses", &refusing.address), ("silent", &silent)]
    {
        let case = with_webhook(estate, name, address);
        let begun = Instant::now();
        let ended = case.run(&["run", CREDENTIAL, "--wait", "forever"]);
        assert_eq!(ended.code, Some(0), "{}", ended.text);
        assert!(ended.text.contains("exporter key: rotated, "), "{}", ended.text);
        assert!(ended.text.contains("warning: the webhook was not told: "), "{}", ended.text);
        assert!(!ended.text.contains("hook-secret"), "{}", ended.text);
        assert!(begun.elapsed() < Duration::from_secs(30), "{name}: {:?}", begun.elapsed());
    }
    assert_eq!(refusing.heads.lock().expect("whole").len(), 2, "a refusal is not asked again");
}

#[test]
fn without_its_address_nothing_begins_and_what_was_begun_goes_on() {
    let Some(estate) = estate() else { return };
    let case = with_webhook(estate, "lost", "http://127.0.0.1:1/");
    assert_eq!(case.run(&["run", CREDENTIAL, "--wait", "0"]).code, Some(0));
    std::fs::remove_file(case.dir.path().join("hook")).expect("there");
    let ended = case.run(&["resume", "--wait", "forever"]);
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    assert!(ended.text.contains("warning: nobody is told: cannot read `hook`"), "{}", ended.text);
    let refused = case.run(&["run", CREDENTIAL]);
    assert_eq!(refused.code, Some(2), "{}", refused.text);
    assert!(refused.text.contains("cannot read `hook`"), "{}", refused.text);
}
