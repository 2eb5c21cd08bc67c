//! The program in a directory of its own, with its configuration, behind a proxy that may kill it.

#![allow(dead_code, reason = "not every test that shares this needs all of it")]

use crate::proxy::{Fault, Plan, Proxy, each_once};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub struct Program {
    pub proxy: Proxy,
    pub dir: tempfile::TempDir,
    pub kills: AtomicUsize,
}

impl Program {
    pub fn new(plan: Plan) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        Program { proxy: Proxy::new(plan, Duration::ZERO), dir, kills: AtomicUsize::new(0) }
    }

    pub fn write(&self, file: &str, text: &str) {
        std::fs::write(self.dir.path().join(file), text).expect("writable");
    }

    pub fn change(&self, from: &str, to: &str) {
        let path = self.dir.path().join("keyward.toml");
        let text = std::fs::read_to_string(&path).expect("there");
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replace(from, to)).expect("writable");
    }

    /// Runs `keyward rotate`. Its code, which there is none of when it was killed, and all that it said.
    pub fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(self.dir.path()).env_clear().env("NO_COLOR", "1");
        command.envs(variables.iter().copied());
        let (out, err) = (self.dir.path().join("out"), self.dir.path().join("err"));
        let file = |path| std::fs::File::create(path).expect("writable");
        command.stdin(Stdio::null()).stdout(file(&out)).stderr(file(&err));
        let mut child = command.spawn().expect("the program starts");
        // What every user of the machine sees of it is looked through as well.
        let shown = self.dir.path().join("shown");
        let (code, kills) = self.proxy.see_to_the_end(&mut child, |child| {
            if let Ok(line) = std::fs::read(format!("/proc/{}/cmdline", child.id())) {
                std::fs::write(&shown, line).expect("writable");
            }
        });
        self.kills.fetch_add(kills, Ordering::SeqCst);
        let read = |path| std::fs::read_to_string(path).expect("there");
        (code, format!("{}{}", read(out), read(err)))
    }

    /// None of them is in any file that the program or its outputs left, but for those that tests wrote.
    #[track_caller]
    pub fn assert_nowhere(&self, secrets: &[String], but: &[&str]) {
        let mut grep = Command::new("grep");
        grep.args(["-rF", "-l", "-f", "-"]).args(but.iter().map(|file| format!("--exclude={file}")));
        let mut child =
            grep.arg(self.dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("grep");
        let text = secrets.join("\n");
        child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("read");
        let found = child.wait_with_output().expect("grep");
        assert_eq!(String::from_utf8_lossy(&found.stdout), "", "a secret is in a file");
    }

    /// Requests that begin and go on like this, and were answered so.
    pub fn count(&self, begins: &str, has: &str, status: u16) -> usize {
        let seen = self.proxy.seen();
        let is = |seen: &&crate::proxy::Seen| {
            seen.head.starts_with(begins) && seen.head.contains(has) && seen.status == status
        };
        seen.iter().filter(is).count()
    }
}

/// What was written down of the last run, in order.
pub fn entries(shown: &str) -> Vec<Value> {
    let evidence: Value = serde_json::from_str(shown).expect("JSON");
    let proofs = evidence["entries"].as_array().expect("a list").iter();
    proofs.map(|proof| serde_json::from_str(proof["body"].as_str().expect("text")).expect("JSON")).collect()
}

/// When something was written down of a key first.
#[track_caller]
pub fn first(entries: &[Value], event: &str, effect: &str, key: &str) -> i64 {
    let is = |entry: &&Value| {
        entry["event"] == event
            && (effect.is_empty() || entry["doing"]["effect"] == effect && entry["doing"]["key"] == key)
    };
    let found = entries.iter().find(is).unwrap_or_else(|| panic!("no {event} {effect} in {entries:?}"));
    found["at"].as_i64().expect("a time")
}

/// Requests, and what happens to each. All of them take minutes (`KEYWARD_TEST_SWEEP=1`, or `kills` for those alone); by
/// default every 41st, and
/// those that matter most.
pub fn plans(requests: usize, worst: &[usize]) -> Vec<(usize, Fault)> {
    let wide = std::env::var("KEYWARD_TEST_SWEEP");
    let (wide, kills) = (wide.is_ok(), wide.as_deref() == Ok("kills"));
    let faults = [
        Fault::KillBefore,
        Fault::KillAfter,
        Fault::LostAnswer,
        Fault::Unreached,
        Fault::Broken,
        Fault::Twice,
        Fault::Throttled,
        Fault::Late,
    ];
    let all = (0..requests)
        .flat_map(|at| faults.iter().enumerate().map(move |(kind, fault)| (at, kind, *fault)))
        .filter(|(_, kind, _)| !kills || *kind < 2)
        .filter(|(at, kind, _)| wide || (at + kind * 3) % 41 == 0)
        .map(|(at, _, fault)| (at, fault));
    let mut plans: Vec<_> = all.collect();
    if !wide {
        let kinds = [Fault::KillAfter, Fault::LostAnswer, Fault::Twice];
        plans.extend(worst.iter().flat_map(|at| kinds.map(|fault| (*at, fault))));
    }
    each_once(plans)
}

/// Does each, several at a time, and tells what came of all: kills, logins, and whether it was exchanged.
pub fn sweep(plans: &[(usize, Fault)], one: impl Fn(usize, Fault) -> (usize, usize, bool) + Sync) -> String {
    let counts = [const { AtomicUsize::new(0) }; 4];
    let [next, kills, logins, rotated] = &counts;
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some((at, fault)) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let (killed, done, whole) = one(*at, *fault);
                    kills.fetch_add(killed, Ordering::SeqCst);
                    logins.fetch_add(done, Ordering::SeqCst);
                    rotated.fetch_add(whole.into(), Ordering::SeqCst);
                }
            });
        }
    });
    // A run may end before the request that one was meant for.
    assert!(kills.load(Ordering::SeqCst) >= plans.len() / 6);
    let cases = plans.len();
    format!("{cases} cases, {kills:?} kills, {rotated:?} exchanged, {logins:?} logins, none refused")
}
