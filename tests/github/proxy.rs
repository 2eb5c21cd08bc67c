//! Between client and server: writes down every request, holds it against GitHub's description, and does what a test asks
//! for instead of passing it on. It also refuses what GitHub refuses and the server does not.

use super::contract;
use super::http::{Answer, Request, send};
use serde_json::{Value, json};
use std::io::BufReader;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What becomes of a request.
pub enum Verdict {
    Pass,
    /// It is not passed on, and the connection breaks.
    Drop,
    /// It is passed on, and the connection breaks before the answer.
    LoseAnswer,
    Answer(Answer),
}

type Script = Box<dyn FnMut(usize, &Request) -> Verdict + Send>;

struct Inner {
    server: SocketAddr,
    log: Mutex<Vec<Request>>,
    script: Mutex<Option<Script>>,
    /// Requests that are not what GitHub documents.
    wrong: Mutex<Vec<String>>,
    /// GitHub looks for another pull request and opens one in one step.
    opening: Mutex<()>,
    /// Whether it does.
    lenient: AtomicBool,
}

pub struct Proxy {
    address: SocketAddr,
    inner: Arc<Inner>,
}

impl Proxy {
    pub fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let inner = Arc::new(Inner {
            server,
            log: Mutex::default(),
            script: Mutex::new(None),
            wrong: Mutex::default(),
            opening: Mutex::new(()),
            lenient: AtomicBool::new(false),
        });
        let shared = inner.clone();
        // It ends with the process: a test waits for nothing of it.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || serve(&shared, stream));
            }
        });
        Proxy { address, inner }
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn script(&self, script: Script) {
        self.inner.log.lock().expect("a lock").clear();
        *self.inner.script.lock().expect("a lock") = Some(script);
    }

    pub fn pass_all(&self) {
        self.inner.log.lock().expect("a lock").clear();
        *self.inner.script.lock().expect("a lock") = None;
    }

    /// Becomes a forge that takes several pull requests from one branch.
    pub fn be_lenient(&self) {
        self.inner.lenient.store(true, Ordering::SeqCst);
    }

    pub fn log(&self) -> Vec<Request> {
        self.inner.log.lock().expect("a lock").clone()
    }

    pub fn writes(&self) -> Vec<String> {
        let log = self.log();
        log.iter().filter(|it| it.is_write()).map(|it| format!("{} {}", it.method, it.path)).collect()
    }

    pub fn wrong(&self) -> Vec<String> {
        self.inner.wrong.lock().expect("a lock").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let wrong = self.wrong();
        if !std::thread::panicking() {
            assert!(wrong.is_empty(), "requests that GitHub does not document: {wrong:#?}");
        }
    }
}

fn serve(inner: &Inner, mut stream: TcpStream) {
    let Ok(copy) = stream.try_clone() else { return };
    let Some(request) = Request::read(&mut BufReader::new(copy)) else { return };
    let at = {
        let mut log = inner.log.lock().expect("a lock");
        log.push(request.clone());
        log.len()
    };
    inner.wrong.lock().expect("a lock").extend(contract::problems(&request));
    let verdict = match inner.script.lock().expect("a lock").as_mut() {
        Some(script) => script(at, &request),
        None => Verdict::Pass,
    };
    match verdict {
        Verdict::Pass => drop(pass(inner, &request).write(&mut stream)),
        Verdict::Drop => {}
        Verdict::LoseAnswer => drop(pass(inner, &request)),
        Verdict::Answer(answer) => drop(answer.write(&mut stream)),
    }
}

fn pass(inner: &Inner, request: &Request) -> Answer {
    if request.path == "/graphql" {
        return commit_on_branch(inner, &request.json());
    }
    let is_lenient = inner.lenient.load(Ordering::SeqCst);
    let opens = request.method == "POST" && request.path.ends_with("/pulls") && !is_lenient;
    let _one_at_a_time = opens.then(|| inner.opening.lock().expect("a lock"));
    if let Some(refusal) = opens.then(|| refusal(inner, request)).flatten() {
        return refusal;
    }
    let mut answer = send(request, inner.server);
    // Pages are on the server that was asked.
    let host = request.header("host").unwrap_or_default().to_owned();
    for (_, value) in answer.headers.iter_mut().filter(|(name, _)| name == "link") {
        let port = format!(":{}", inner.server.port());
        for name in [format!("localhost{port}"), format!("127.0.0.1{port}")] {
            *value = value.replace(&name, &host);
        }
    }
    answer
}

/// GitHub has one open pull request for a head and a base, and none from a branch that is not there.
fn refusal(inner: &Inner, request: &Request) -> Option<Answer> {
    let body = request.json();
    let head = body["head"].as_str()?;
    let repository = request.path.strip_suffix("/pulls")?;
    let owner = repository.split('/').nth(2)?;
    let ask = |path: String| send(&Request::new("GET", &path, None), inner.server);
    let invalid = |field: &str, message: String| {
        let error =
            json!({ "resource": "PullRequest", "field": field, "code": "custom", "message": message });
        Answer::new(422, &[], &json!({ "message": "Validation Failed", "errors": [error] }))
    };
    if ask(format!("{repository}/git/ref/heads/{head}")).status == 404 {
        return Some(invalid("head", "head is invalid".to_owned()));
    }
    let open = ask(format!("{repository}/pulls?state=open&head={owner}:{head}")).json();
    let there = open.as_array().is_some_and(|list| !list.is_empty());
    there.then(|| invalid("base", format!("A pull request already exists for {owner}:{head}.")))
}

/// The one mutation that is used, made of what the server can do.
fn commit_on_branch(inner: &Inner, body: &Value) -> Answer {
    let input = &body["variables"]["input"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let repository = format!("/repos/{}", text(&input["branch"]["repositoryNameWithOwner"]));
    let branch = text(&input["branch"]["branchName"]);
    let ask = |method: &str, path: String, body: Option<Value>| {
        send(&Request::new(method, &path, body), inner.server).json()
    };
    let head = ask("GET", format!("{repository}/git/ref/heads/{branch}"), None)["object"]["sha"].clone();
    if head != input["expectedHeadOid"] {
        let error = json!({ "type": "STALE_DATA", "message": "Expected branch to point to another commit" });
        return Answer::new(200, &[], &json!({ "data": null, "errors": [error] }));
    }
    let tree = ask("GET", format!("{repository}/git/commits/{}", text(&head)), None)["tree"]["sha"].clone();
    let files = input["fileChanges"]["additions"].as_array().cloned().unwrap_or_default();
    let entries: Vec<Value> = files
        .iter()
        .map(|file| {
            let blob = json!({ "content": file["contents"], "encoding": "base64" });
            let blob = ask("POST", format!("{repository}/git/blobs"), Some(blob));
            json!({ "path": file["path"], "mode": "100644", "type": "blob", "sha": blob["sha"] })
        })
        .collect();
    let tree =
        ask("POST", format!("{repository}/git/trees"), Some(json!({ "base_tree": tree, "tree": entries })));
    let message = format!("{}\n\n{}", text(&input["message"]["headline"]), text(&input["message"]["body"]));
    let commit = json!({ "message": message, "tree": tree["sha"], "parents": [head] });
    let commit = ask("POST", format!("{repository}/git/commits"), Some(commit));
    ask("PATCH", format!("{repository}/git/refs/heads/{branch}"), Some(json!({ "sha": commit["sha"] })));
    Answer::new(
        200,
        &[],
        &json!({ "data": { "createCommitOnBranch": { "commit": { "oid": commit["sha"] } } } }),
    )
}
