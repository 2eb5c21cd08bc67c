//! Clients that others wrote, all through the same story: what each of them shows is what a scan says.

mod install;

use super::editor::{Said, project, scan, uri, write};
use super::{CALLER, ROLE_MODULE, USER};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a client may take for a command.
const PATIENCE: Duration = Duration::from_secs(40);

/// A client that obeys: commands and answers are files, which every one of them can read and write.
struct Driver {
    child: Child,
    dir: tempfile::TempDir,
    number: usize,
}

impl Driver {
    fn start(mut command: Command, arguments: impl FnOnce(&mut Command, &Path)) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        arguments(&mut command, dir.path());
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("it starts");
        Driver { child, dir, number: 0 }
    }

    fn tell(&mut self, command: Value) -> Value {
        let file = |suffix: &str| self.dir.path().join(format!("{}.{suffix}", self.number));
        std::fs::write(file("tmp"), command.to_string()).expect("written");
        std::fs::rename(file("tmp"), file("json")).expect("renamed");
        let begin = Instant::now();
        while !file("out").exists() {
            assert!(begin.elapsed() < PATIENCE, "no answer to {command}");
            let ended = self.child.try_wait().expect("a status");
            assert!(ended.is_none() || file("out").exists(), "it ended at {command}: {ended:?}");
            std::thread::sleep(Duration::from_millis(3));
        }
        let answer = std::fs::read_to_string(file("out")).expect("readable");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!(answer.get("error"), None, "{command}");
        self.number += 1;
        answer.get("answer").cloned().unwrap_or_default()
    }

    fn shown(&mut self, root: &Path) -> BTreeSet<Said> {
        let shown = self.tell(json!({ "do": "shown" }));
        let below = format!("{}/", uri(root));
        let mut found = BTreeSet::new();
        for (uri, items) in shown.as_object().into_iter().flatten() {
            let Some(file) = uri.strip_prefix(&below) else { continue };
            for item in items.as_array().into_iter().flatten() {
                let point = |at: &Value| (at[0].as_u64().expect("a line"), at[1].as_u64().expect("a column"));
                let message = item[3].as_str().expect("a message");
                found.insert(Said {
                    file: file.to_owned(),
                    start: point(&item[0]),
                    end: point(&item[1]),
                    rule: item[2].as_str().expect("a code").to_owned(),
                    message: message.split("\nhelp: ").next().unwrap_or_default().to_owned(),
                });
            }
        }
        found
    }

    /// Waits until it shows what a scan says; a client that does not watch learns of files after a while.
    fn agrees(&mut self, root: &Path, after: &str) {
        let said = scan(root);
        let begin = Instant::now();
        loop {
            let shown = self.shown(root);
            if shown == said {
                return;
            }
            assert!(begin.elapsed() < Duration::from_secs(10), "after {after}: {shown:#?}\nscan: {said:#?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Open, half a line, undo, a renamed file, a deleted module, another branch, two folders.
fn story(driver: &mut Driver, options: &Value) {
    let (_one, first) =
        project(&[("main.tf", CALLER), ("modules/worker/main.tf", ROLE_MODULE), ("ci.tf", USER)]);
    let (_two, second) = project(&[("main.tf", USER)]);
    let server = [env!("CARGO_BIN_EXE_keyward"), "lsp"];
    driver.tell(json!({ "do": "start", "server": server, "roots": [first], "options": options }));
    let ci = first.join("ci.tf");
    let path = |path: &PathBuf| path.display().to_string();
    driver.tell(json!({ "do": "open", "path": path(&ci) }));
    driver.agrees(&first, "open");

    let half = "resource \"aws_iam_us";
    driver.tell(json!({ "do": "replace", "path": path(&ci), "from": [4, 0], "to": [4, 0], "text": half }));
    let shown = driver.shown(&first);
    driver.tell(json!({ "do": "save", "path": path(&ci) }));
    assert_eq!(shown, scan(&first), "half a line");
    driver.tell(json!({ "do": "undo", "path": path(&ci) }));
    let shown = driver.shown(&first);
    driver.tell(json!({ "do": "save", "path": path(&ci) }));
    assert_eq!(shown, scan(&first), "undo");
    assert_eq!(std::fs::read_to_string(&ci).expect("readable"), USER);

    let at = [0, 12];
    let card = driver.tell(json!({ "do": "hover", "path": path(&ci), "at": at }));
    assert!(card.as_str().is_some_and(|card| card.contains("aws_iam_user.ci")), "{card}");
    let counts = driver.tell(json!({ "do": "ask", "path": path(&ci), "at": at }));
    assert_eq!(counts[1], 1, "{counts}");

    driver.tell(json!({ "do": "close", "path": path(&ci) }));
    let users = first.join("users.tf");
    std::fs::rename(&ci, &users).expect("renamed");
    driver.tell(json!({ "do": "touched", "paths": [path(&ci), path(&users)] }));
    driver.tell(json!({ "do": "open", "path": path(&users) }));
    driver.agrees(&first, "rename");

    let module = first.join("modules");
    std::fs::remove_dir_all(&module).expect("removed");
    driver.tell(json!({ "do": "touched", "paths": [path(&module)] }));
    driver.agrees(&first, "delete a module");

    write(&first, "modules/worker/main.tf", &ROLE_MODULE.replace("\"*\"", "\"arn:aws:s3:::a\""));
    let main = write(&first, "main.tf", &CALLER.replace("iam:*", "*"));
    let extra = write(&first, "extra/main.tf", USER);
    driver.tell(json!({ "do": "touched", "paths": [path(&module), path(&main), path(&extra)] }));
    driver.agrees(&first, "another branch");

    driver.tell(json!({ "do": "folders", "added": [path(&second)], "removed": [] }));
    driver.agrees(&second, "a second folder");
    driver.agrees(&first, "a second folder");
    driver.tell(json!({ "do": "folders", "added": [], "removed": [path(&second)] }));
    assert!(driver.shown(&second).is_empty());
}

fn ends(mut driver: Driver) {
    assert_eq!(driver.tell(json!({ "do": "stop" })), 0);
    let begin = Instant::now();
    while driver.child.try_wait().expect("a status").is_none() {
        assert!(begin.elapsed() < PATIENCE, "it does not end");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lsp/clients").join(name)
}

/// The client of pytest-lsp, which holds everything that it hears against the protocol, once for each editor whose
/// abilities it knows.
#[test]
fn pytest_lsp() {
    let Some(python) = install::python() else { return };
    for (editor, options) in [
        ("visual-studio-code", json!({})),
        ("neovim@0.11.0", json!({ "diagnostics": "pull" })),
        ("emacs", json!(null)),
    ] {
        let mut driver = Driver::start(Command::new(&python), |command, dir| {
            command.arg(script("pygls_client.py")).arg(dir).arg(editor);
        });
        story(&mut driver, &options);
        ends(driver);
    }
}

#[test]
fn connection_of_vscode() {
    let Some((node, modules)) = install::node() else { return };
    let mut driver = Driver::start(Command::new(&node), |command, dir| {
        command.env("NODE_PATH", &modules).arg(script("node_client.js")).arg(dir);
    });
    story(&mut driver, &Value::Null);
    ends(driver);
}

#[test]
fn neovim() {
    let Some(command) = install::neovim() else { return };
    let mut driver = Driver::start(command, |command, dir| {
        command
            .env("KEYWARD_TEST_DIR", dir)
            .args(["--headless", "--clean", "-n", "-S"])
            .arg(script("neovim.lua"));
    });
    story(&mut driver, &Value::Null);
    let (_temp, root) = project(&[("main.tf", USER)]);
    let path = root.join("main.tf").display().to_string();
    driver.tell(json!({ "do": "folders", "added": [root], "removed": [] }));
    driver.tell(json!({ "do": "open", "path": path }));
    driver.agrees(&root, "open");
    let before = driver.shown(&root).len();
    let text = driver.tell(json!({ "do": "act", "path": path, "title": "Accept " }));
    assert!(text.as_str().is_some_and(|text| text.contains("# keyward: ignore[")), "{text}");
    driver.tell(json!({ "do": "save", "path": path }));
    driver.agrees(&root, "an action");
    assert_eq!(driver.shown(&root).len(), before - 1);
    ends(driver);
}
