//! Stands between a process and its servers, counts requests, and does to one of them what networks, servers and
//! machines do. The process knows nothing of it.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before the server hears of it.
    KillBefore,
    /// The process dies when the server has done it.
    KillAfter,
    /// The server does it, and its answer is lost.
    LostAnswer,
    /// The connection breaks before the server hears of it.
    Unreached,
    /// The server is out of order, and does nothing.
    Broken,
    /// The server asks for patience.
    Throttled,
    /// The request arrives twice.
    Twice,
    /// The server does it, and its answer takes longer than anybody waits.
    Late,
}

/// One request that came by.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `POST / Action=CreateAccessKey…` as it was sent, with its headers.
    pub head: String,
    pub body: String,
    pub status: u16,
}

impl Seen {
    pub fn is(&self, action: &str) -> bool {
        self.body.contains(&format!("Action={action}&"))
    }

    /// Whether it changes something or proves something, and does not only look.
    pub fn matters(&self) -> bool {
        let acts = ["CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "GetCallerIdentity"];
        acts.iter().any(|action| self.is(action))
            || (self.head.starts_with("POST ") && self.head.contains("/data/"))
            || self.head.starts_with("PATCH ")
    }
}

/// When something happens: at the nth request, beginning with 0.
pub type Plan = Vec<(usize, Fault)>;

/// Cases are called after their fault.
pub fn each_once(mut plans: Plan) -> Plan {
    plans.sort_by_key(|(at, fault)| (*at, *fault as usize));
    plans.dedup();
    plans
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    /// How many requests were begun.
    count: usize,
    /// Only what matters counts, since nobody knows how often a run looks while it waits.
    effects_only: bool,
    plan: Plan,
    issued: Vec<(String, String, Instant)>,
}

pub struct Proxy {
    state: Arc<Mutex<State>>,
    kill: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    /// For how long what was made is not known to everybody.
    lag: Duration,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
    }
}

impl Proxy {
    pub fn new(plan: Plan, lag: Duration) -> Self {
        let state = Arc::new(Mutex::new(State { plan, ..State::default() }));
        Proxy { state, kill: Arc::default(), over: Arc::default(), lag }
    }

    /// The plan counts only requests that matter.
    pub fn at_effects(plan: Plan, lag: Duration) -> Self {
        let proxy = Proxy::new(plan, lag);
        proxy.state.lock().expect("whole").effects_only = true;
        proxy
    }

    /// An address that leads to a server of HTTP.
    pub fn to(&self, server: &str) -> String {
        self.lead(server, |line, client| line.serve(client))
    }

    /// The same for a server of PostgreSQL, where each connection counts as one request.
    pub fn to_database(&self, server: &str) -> String {
        self.lead(server, |line, client| line.pass(client))
    }

    fn lead(&self, server: &str, serve: fn(&Line, TcpStream) -> std::io::Result<()>) -> String {
        let server: SocketAddr = server.trim_start_matches("http://").parse().expect("an address");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("bound"));
        listener.set_nonblocking(true).expect("sockets can wait");
        let line = Line { state: self.state.clone(), kill: self.kill.clone(), lag: self.lag, server };
        let over = self.over.clone();
        std::thread::spawn(move || {
            while !over.load(Ordering::SeqCst) {
                match listener.accept() {
                    Ok((client, _)) => {
                        let line = line.clone();
                        std::thread::spawn(move || drop(serve(&line, client)));
                    }
                    Err(_) => std::thread::sleep(Duration::from_millis(5)),
                }
            }
        });
        address
    }

    /// Whether the process is to die now. Asking takes the order.
    pub fn take_kill(&self) -> bool {
        self.kill.swap(false, Ordering::SeqCst)
    }

    /// Waits for a process, looks at it meanwhile, and kills it whenever that is due. Its exit code, which there is none of
    /// when it was killed, and how often it was.
    pub fn see_to_the_end(&self, child: &mut Child, mut look: impl FnMut(&Child)) -> (Option<i32>, usize) {
        let mut kills = 0;
        loop {
            look(child);
            if self.take_kill() {
                child.kill().expect("it can be killed");
                kills += 1;
            }
            match child.try_wait().expect("it is ours") {
                Some(status) => return (status.code(), kills),
                None => std::thread::sleep(Duration::from_millis(15)),
            }
        }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state.lock().expect("whole").seen.clone()
    }

    /// Ids and secrets of all keys that were ever made here.
    pub fn issued(&self) -> Vec<(String, String)> {
        let state = self.state.lock().expect("whole");
        state.issued.iter().map(|(id, secret, _)| (id.clone(), secret.clone())).collect()
    }

    /// How many faults have not happened yet.
    pub fn left(&self) -> usize {
        let state = self.state.lock().expect("whole");
        state.plan.iter().filter(|(at, _)| *at >= state.count).count()
    }
}

#[derive(Clone)]
struct Line {
    state: Arc<Mutex<State>>,
    kill: Arc<AtomicBool>,
    lag: Duration,
    server: SocketAddr,
}

impl Line {
    fn serve(&self, client: TcpStream) -> std::io::Result<()> {
        client.set_nonblocking(false)?;
        let mut reader = BufReader::new(client.try_clone()?);
        let mut client = client;
        let Some((head, body)) = read_request(&mut reader)? else { return Ok(()) };
        let fault = self.next_of(&head, &body);
        let refused = |status: u16, text: &str| {
            format!(
                "HTTP/1.1 {status} No\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
                text.len()
            )
        };
        match fault {
            Some(Fault::KillBefore) => {
                self.die();
                return Ok(());
            }
            Some(Fault::Unreached) => return Ok(()),
            Some(Fault::Broken) => return client.write_all(refused(503, "").as_bytes()),
            Some(Fault::Throttled) => {
                let xml = "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>";
                let json = r#"{"__type":"ThrottlingException","message":"Rate exceeded"}"#;
                let answer = match head.to_ascii_lowercase() {
                    head if head.contains("x-amz-target") => refused(400, json),
                    head if head.contains("x-amz-date") => refused(400, xml),
                    _ => refused(429, ""),
                };
                return client.write_all(answer.as_bytes());
            }
            _ => {}
        }
        if let Some(answer) = self.too_early(&head) {
            self.note(&head, &body, 403);
            return client.write_all(refused(403, answer).as_bytes());
        }
        let answer = self.forward(&head, &body)?;
        if fault == Some(Fault::Twice) {
            let _ = self.forward(&head, &body)?;
        }
        match fault {
            Some(Fault::KillAfter) => self.die(),
            Some(Fault::LostAnswer) => {}
            Some(Fault::Late) => std::thread::sleep(Duration::from_secs(4)),
            _ => client.write_all(&self.without_young(&answer))?,
        }
        Ok(())
    }

    fn next_of(&self, head: &str, body: &[u8]) -> Option<Fault> {
        let body = String::from_utf8_lossy(body).into_owned();
        let counts = Seen { head: head.to_owned(), body, status: 0 }.matters()
            || !self.state.lock().expect("whole").effects_only;
        counts.then(|| self.next()).flatten()
    }

    fn next(&self) -> Option<Fault> {
        let mut state = self.state.lock().expect("whole");
        let at = state.count;
        state.count += 1;
        state.plan.iter().find(|(when, _)| *when == at).map(|(_, fault)| *fault)
    }

    /// Passes bytes on. What is asked after the login is answered when the server is ready for the second time.
    fn pass(&self, client: TcpStream) -> std::io::Result<()> {
        client.set_nonblocking(false)?;
        let fault = self.next();
        match fault {
            Some(Fault::KillBefore) => {
                self.die();
                return Ok(());
            }
            Some(Fault::Unreached | Fault::Broken | Fault::Throttled) => return Ok(()),
            _ => {}
        }
        let mut server = TcpStream::connect(self.server)?;
        let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
        std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(std::net::Shutdown::Write);
        });
        let mut client = client;
        let (mut ready, mut status) = (0, 200);
        loop {
            let mut head = [0; 5];
            if server.read_exact(&mut head).is_err() {
                break;
            }
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
            let mut body = vec![0; length.saturating_sub(4)];
            server.read_exact(&mut body)?;
            if head[0] == b'E' {
                status = 400;
            }
            ready += u32::from(head[0] == b'Z');
            if ready == 2 {
                match fault {
                    Some(Fault::KillAfter) => {
                        self.die();
                        break;
                    }
                    Some(Fault::LostAnswer | Fault::Twice) => break,
                    Some(Fault::Late) => {
                        std::thread::sleep(Duration::from_secs(4));
                        break;
                    }
                    _ => {}
                }
            }
            client.write_all(&head)?;
            client.write_all(&body)?;
        }
        self.note("database", b"", status);
        let _ = client.shutdown(std::net::Shutdown::Both);
        Ok(())
    }

    /// Asks for the death of the process, and holds the connection until it is dead.
    fn die(&self) {
        self.kill.store(true, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(1_500));
    }

    fn forward(&self, head: &str, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut server = TcpStream::connect(self.server)?;
        let kept = head.lines().filter(|line| !line.to_ascii_lowercase().starts_with("connection:"));
        let mut head: String =
            kept.filter(|line| !line.is_empty()).map(|line| format!("{line}\r\n")).collect();
        head.push_str("connection: close\r\n\r\n");
        server.write_all(head.as_bytes())?;
        server.write_all(body)?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer)?;
        let text = String::from_utf8_lossy(&answer).into_owned();
        if let (Some(id), Some(secret)) = (between(&text, "AccessKeyId"), between(&text, "SecretAccessKey")) {
            self.state.lock().expect("whole").issued.push((id, secret, Instant::now()));
        }
        if let (Some(id), Some(secret)) = (quoted(&text, "secret_id_accessor"), quoted(&text, "secret_id")) {
            self.state.lock().expect("whole").issued.push((id, secret, Instant::now()));
        }
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        self.note(&head, body, status);
        Ok(answer)
    }

    fn note(&self, head: &str, body: &[u8], status: u16) {
        let body = String::from_utf8_lossy(body).into_owned();
        self.state.lock().expect("whole").seen.push(Seen { head: head.to_owned(), body, status });
    }

    /// Keys that are younger than the lag.
    fn young(&self) -> Vec<String> {
        let state = self.state.lock().expect("whole");
        state.issued.iter().filter(|(_, _, at)| at.elapsed() < self.lag).map(|(id, ..)| id.clone()).collect()
    }

    /// A fresh key is not known everywhere yet.
    fn too_early(&self, head: &str) -> Option<&'static str> {
        let early = self.young().iter().any(|id| head.contains(&format!("Credential={id}/")));
        early.then_some("<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>unknown</Message></Error></ErrorResponse>")
    }

    /// Nor is it listed.
    fn without_young(&self, answer: &[u8]) -> Vec<u8> {
        let mut text = String::from_utf8_lossy(answer).into_owned();
        let young = self.young();
        if young.is_empty() || !text.contains("<ListAccessKeysResult") {
            return answer.to_vec();
        }
        for id in young {
            let Some(at) = text.find(&format!("<AccessKeyId>{id}")) else { continue };
            let (Some(from), Some(to)) = (text[..at].rfind("<member>"), text[at..].find("</member>")) else {
                continue;
            };
            text.replace_range(from..at + to + "</member>".len(), "");
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else { return text.into_bytes() };
        let kept = head.lines().filter(|line| {
            let line = line.to_ascii_lowercase();
            !line.starts_with("content-length:") && !line.starts_with("transfer-encoding:")
        });
        let mut out: String = kept.map(|line| format!("{line}\r\n")).collect();
        // An answer in chunks would be left as it is; none of these servers sends lists so.
        out.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        out.into_bytes()
    }
}

fn between(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{name}>"))?;
    Some(rest.split_once('<')?.0.to_owned())
}

/// The same in JSON.
fn quoted(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("\"{name}\":\""))?;
    Some(rest.split_once('"')?.0.to_owned())
}

fn read_request(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    Ok(Some((head, body)))
}
