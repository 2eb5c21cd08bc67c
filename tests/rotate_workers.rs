//! Several workers that share a journal, as processes, with a real PostgreSQL: as the journal, and as what the
//! credentials are for.

#[path = "rotation/cut.rs"]
mod cut;
#[path = "rotation/database.rs"]
mod database;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/settings.rs"]
mod settings;

use cut::{Cut, Way};
use database::{Estate, JOURNAL_PASSWORD, block_on};
use keyward::rotation::Sink;
use settings::set;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const HEAD: &str = r#"
[rotation.journal]
address = "postgres://DATABASE/journal"
user = "keyward"
password-env = "JOURNAL_PASSWORD"
lease = "6s"
"#;

const TARGET: &str = r#"
[[rotation.target]]
credential = "GROUP login"
quiet = "1s"
keep-disabled = "1s"
settle = "1s"
patience = "60s"

[rotation.target.issuer]
kind = "postgres"
address = "postgres://DATABASE/postgres"
user = "rotator"
password-env = "ROTATOR_PASSWORD"
group = "GROUP"

[[rotation.target.sink]]
kind = "vault-kv"
address = "BAO"
path = "db/GROUP"
id-field = "username"
secret-field = "password"
"#;

struct Stage {
    estate: Estate,
    groups: Vec<String>,
    dir: tempfile::TempDir,
}

impl Stage {
    fn new(count: usize) -> Self {
        let estate = Estate::new();
        estate.add_journal();
        let groups: Vec<_> = (0..count).map(|at| format!("g{at}")).collect();
        estate.set_up_all(&groups);
        let dir = tempfile::tempdir().expect("a directory");
        let mut config = HEAD.to_owned();
        groups.iter().for_each(|group| config.push_str(&TARGET.replace("GROUP", group)));
        let database = estate.database.address.replace("http://", "");
        let config = config.replace("DATABASE", &database).replace("BAO", &estate.bao.address);
        std::fs::write(dir.path().join("keyward.toml"), config).expect("writable");
        Stage { estate, groups, dir }
    }

    fn command(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
        command.arg("rotate").args(arguments).current_dir(self.dir.path()).env_clear().env("NO_COLOR", "1");
        command.env("ROTATOR_PASSWORD", "rotator-of-seconds").env("VAULT_TOKEN", "root");
        command.env("JOURNAL_PASSWORD", JOURNAL_PASSWORD);
        let file = |kind: &str| {
            let path = self.dir.path().join(format!("{name}.{kind}"));
            std::fs::File::create(path).expect("writable")
        };
        command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err"));
        command
    }

    fn worker(&self, name: &str) -> Child {
        self.command(name, &["work", "--verbose", "--wait", "2m"]).spawn().expect("the program starts")
    }

    fn said(&self, name: &str) -> String {
        let read = |kind: &str| {
            std::fs::read_to_string(self.dir.path().join(format!("{name}.{kind}"))).unwrap_or_default()
        };
        format!("{}{}", read("out"), read("err"))
    }

    fn run(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let status = self.command("run", arguments).status().expect("the program starts");
        (status.code(), self.said("run"))
    }

    fn must_end(&self, name: &str, mut worker: Child) {
        let status = worker.wait().expect("it is ours");
        assert_eq!(status.code(), Some(0), "{name}: {}", self.said(name));
    }

    /// Waits until a worker has a run in its hands, of which so much is written down.
    fn until_busy(&self, worker: &Child, entries: i64) {
        let query = "SELECT count(*) FROM keyward.work JOIN keyward.entry USING (run) \
                     WHERE lease > clock_timestamp() AND worker LIKE $1";
        let pattern = format!("{}-%", worker.id());
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(60) {
            let found = block_on(async {
                let row = self.estate.journal().await.query_one(query, &[&pattern]).await;
                row.map_or(0, |row| row.get::<_, i64>(0))
            });
            if found >= entries {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("it never began")
    }

    /// Every credential was exchanged once, by the journal and by what is there.
    fn judge(&self) {
        let (code, text) = self.run(&["verify"]);
        assert_eq!(code, Some(0), "{text}");
        block_on(async {
            let client = self.estate.journal().await;
            let counted = async |event: &str| -> i64 {
                let query = "SELECT count(*) FROM keyward.entry WHERE body::json ->> 'event' = $1";
                client.query_one(query, &[&event]).await.expect("counted").get(0)
            };
            let count = self.groups.len() as i64;
            assert_eq!((counted("started").await, counted("finished").await), (count, count));
            let query = "SELECT count(DISTINCT run), count(*) FILTER (WHERE body::json #>> '{outcome,outcome}' = 'rotated') \
                         FROM keyward.entry WHERE body::json ->> 'event' = 'finished'";
            let row = client.query_one(query, &[]).await.expect("counted");
            assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (count, count));
            let open = "SELECT count(*) FROM keyward.work WHERE run IS NOT NULL OR lease > clock_timestamp()";
            assert_eq!(client.query_one(open, &[]).await.expect("counted").get::<_, i64>(0), 0);
            let admin = self.estate.admin().await;
            let query = "SELECT array_agg(rolname::text) FROM pg_roles WHERE rolname LIKE $1";
            for group in &self.groups {
                let held = self.estate.entry(group).look().await.expect("readable").current.expect("there").0;
                let left: Vec<String> =
                    admin.query_one(query, &[&format!("{group}\\_%")]).await.expect("listed").get(0);
                assert_eq!(left, std::slice::from_ref(&held), "{group}");
                assert_ne!(held, format!("{group}_first"));
            }
        });
    }

    /// What did not work at once, by the journal.
    fn failures(&self) -> Vec<String> {
        block_on(async {
            let query = "SELECT body FROM keyward.entry WHERE body::json ->> 'event' = 'failed' \
                         OR body::json #>> '{doing,effect}' = 'discard' ORDER BY number";
            let rows = self.estate.journal().await.query(query, &[]).await.expect("listed");
            rows.iter().map(|row| row.get(0)).collect()
        })
    }

    /// How many roles the server made in all, by its own log.
    fn made(&self) -> usize {
        block_on(async { self.estate.made("g%").await.len() })
    }
}

fn signal(name: &str, worker: &Child) {
    let done = Command::new("kill").args([name, &worker.id().to_string()]).status().expect("there is a kill");
    assert!(done.success());
}

/// Dead in the middle of a run: the other one takes that over when the lease ends, and does the rest.
#[test]
fn of_two_workers_one_dies_and_the_other_finishes() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new(6);
    let mut dying = stage.worker("dying");
    stage.until_busy(&dying, 3);
    let living = stage.worker("living");
    dying.kill().expect("it can be killed");
    dying.wait().expect("it is ours");
    stage.must_end("living", living);
    stage.judge();
}

/// They die one after the other, wherever they are, and others take their place.
#[test]
fn workers_that_die_all_the_time_leave_nothing_undone() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new(10);
    let done = || {
        block_on(async {
            let query = "SELECT count(*) FROM keyward.entry WHERE body::json ->> 'event' = 'finished'";
            let row = stage.estate.journal().await.query_one(query, &[]).await;
            row.map_or(0, |row| row.get::<_, i64>(0))
        })
    };
    let (begun, mut kills) = (Instant::now(), 0);
    let start = |number: u64| {
        let name = format!("worker-{number}");
        let worker = stage.worker(&name);
        (name, worker)
    };
    let mut workers: Vec<_> = (0..3).map(start).collect();
    while done() < 10 {
        assert!(begun.elapsed() < Duration::from_secs(180), "it does not end");
        // Later each time, so that they come further.
        std::thread::sleep(Duration::from_millis(600 + 40 * kills));
        let (_, mut oldest) = workers.remove(0);
        oldest.kill().expect("it can be killed");
        oldest.wait().expect("it is ours");
        kills += 1;
        workers.push(start(kills + 2));
    }
    for (name, worker) in workers {
        stage.must_end(&name, worker);
    }
    println!("10 credentials, {kills} kills, in {:?}", begun.elapsed());
    stage.judge();
}

/// Not dead, but away for longer than its lease: it writes nothing when it comes back.
#[test]
fn a_worker_that_comes_back_late_changes_nothing() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new(4);
    let away = stage.worker("away");
    stage.until_busy(&away, 3);
    signal("-STOP", &away);
    stage.must_end("other", stage.worker("other"));
    let entries = || {
        block_on(async {
            let query = "SELECT count(*) FROM keyward.entry";
            stage.estate.journal().await.query_one(query, &[]).await.expect("counted").get::<_, i64>(0)
        })
    };
    let before = entries();
    signal("-CONT", &away);
    stage.must_end("away", away);
    assert_eq!(entries(), before, "{}", stage.said("away"));
    stage.judge();
}

/// A worker of one credential, whose way to the journal is watched.
struct Single<'a> {
    stage: &'a Stage,
    way: Way,
    dir: tempfile::TempDir,
}

impl<'a> Single<'a> {
    fn new(stage: &'a Stage, group: &str, at: usize, cut: Cut) -> Self {
        let database = &stage.estate.database.address;
        let way = Way::new(database, at, cut);
        let config = HEAD.replace("DATABASE", &way.address)
            + &TARGET.replace("GROUP", group).replace("DATABASE", &database.replace("http://", ""));
        let dir = tempfile::tempdir().expect("a directory");
        let config = config.replace("BAO", &stage.estate.bao.address);
        std::fs::write(dir.path().join("keyward.toml"), config).expect("writable");
        Single { stage, way, dir }
    }

    /// Works until everything is done, and dies where it is told to. Gives how often it died.
    fn work(&self) -> usize {
        let mut kills = 0;
        for _ in 0..6 {
            let mut command = self.stage.command("single", &["work", "--wait", "1m"]);
            let output = command.current_dir(self.dir.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
            let mut worker = output.spawn().expect("the program starts");
            let status = loop {
                if self.way.take_kill() {
                    worker.kill().expect("it can be killed");
                }
                match worker.try_wait().expect("it is ours") {
                    Some(status) => break status,
                    None => std::thread::sleep(Duration::from_millis(15)),
                }
            };
            let output = worker.wait_with_output().expect("read");
            let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            match status.code() {
                Some(0) => return kills,
                None => kills += 1,
                // On a machine that has too much to do, a short lease has too little time for questions.
                Some(_) if said.contains("no answer") => {}
                Some(_) => panic!("{said}"),
            }
        }
        panic!("it died more often than it was told to")
    }
}

/// Killed before and after everything that is written to the journal or asked of it.
#[test]
fn killed_at_any_word_with_the_journal_it_goes_on_to_a_safe_end() {
    if servers::is_off() {
        return;
    }
    // All of them take minutes (`KEYWARD_TEST_SWEEP=1`).
    let wide = std::env::var_os("KEYWARD_TEST_SWEEP").is_some();
    let mut stage = Stage::new(if wide { 120 } else { 20 });
    let usual = Single::new(&stage, &stage.groups[0], 0, Cut::Lost);
    assert_eq!(usual.work(), 0);
    let questions = usual.way.asked();
    let mut cases: Vec<_> = (1..=questions)
        .flat_map(|at| [(at, Cut::KillBefore), (at, Cut::KillAfter)])
        .enumerate()
        .filter(|(number, _)| wide || number % 9 == 0)
        .map(|(_, case)| case)
        .collect();
    cases.truncate(stage.groups.len() - 1);
    stage.groups.truncate(cases.len() + 1);
    let stage = stage;
    let (next, kills) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let Some((at, cut)) = cases.get(number) else { return };
                    let died = Single::new(&stage, &stage.groups[number + 1], *at, *cut).work();
                    kills.fetch_add(died, Ordering::SeqCst);
                }
            });
        }
    });
    println!("{} cases at {questions} questions, {kills:?} kills", cases.len());
    stage.judge();
    assert!(kills.load(Ordering::SeqCst) * 10 >= cases.len() * 8, "{kills:?} of {}", cases.len());
}

/// How long it took, and how many each of them did.
fn by_four(count: usize) -> (Duration, [usize; 4]) {
    let stage = Stage::new(count);
    let begun = Instant::now();
    let names = ["one", "two", "three", "four"];
    let workers = names.map(|name| (name, stage.worker(name)));
    for (name, worker) in workers {
        stage.must_end(name, worker);
    }
    let took = begun.elapsed();
    stage.judge();
    assert_eq!(stage.made(), count, "each was made once: {:#?}", stage.failures());
    let shares = names.map(|name| stage.said(name).matches(": rotated, ").count());
    assert_eq!(shares.iter().sum::<usize>(), count, "{shares:?}");
    (took, shares)
}

#[test]
fn four_workers_share_what_is_due_and_exchange_nothing_twice() {
    if servers::is_off() {
        return;
    }
    let (took, shares) = by_four(24);
    println!("24 credentials in {took:?}: {shares:?}");
}

/// Takes minutes: `cargo test --test rotate_workers -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn four_workers_exchange_a_thousand_credentials() {
    let (took, shares) = by_four(1_000);
    println!("1,000 credentials in {took:?}: {shares:?}");
}

/// What one process does, it does with a shared journal as well; and is kept out of what another one does.
#[test]
fn every_command_works_with_a_shared_journal() {
    if servers::is_off() {
        return;
    }
    let stage = Stage::new(2);
    set(stage.dir.path(), "quiet", "8s");
    let says = |arguments: &[&str], code: i32, words: &str| {
        let (found, text) = stage.run(arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {text}");
        assert!(text.contains(words), "{arguments:?}: {text}");
    };
    says(&["status"], 0, "nothing was rotated yet");
    says(&["verify"], 2, "there is no journal");
    says(&["run", "g0 login", "--wait", "0"], 0, "waits until");
    says(&["status"], 0, "not finished: quiet period");
    says(&["run", "g0 login"], 2, "is being rotated already");
    says(&["rollback", "g0 login", "--wait", "forever"], 0, "went back");
    says(&["evidence", "g0 login"], 0, "# Rotation of `g0 login`");
    set(stage.dir.path(), "quiet", "6s");
    // Somebody who sits out a wait has it in their hands.
    let mut waiting =
        stage.command("waiting", &["run", "g1 login", "--wait", "forever"]).spawn().expect("started");
    stage.until_busy(&waiting, 1);
    says(&["run", "g1 login"], 2, "is being worked on by worker");
    assert!(waiting.wait().expect("it is ours").success(), "{}", stage.said("waiting"));
    says(&["run", "g0 login", "--wait", "0"], 0, "waits until");
    says(&["resume", "--wait", "forever"], 0, "rotated, g0_");
    says(&["work"], 0, "0 rotated, 0 need a look, 0 wait");
    says(&["verify"], 0, "none changed");
}

/// A journal in a file is for one process at a time.
#[test]
fn workers_need_a_journal_that_they_can_share() {
    let dir = tempfile::tempdir().expect("a directory");
    let text =
        TARGET.replace("GROUP", "a").replace("DATABASE", "127.0.0.1:1").replace("BAO", "http://127.0.0.1:1");
    std::fs::write(dir.path().join("keyward.toml"), text).expect("writable");
    let mut command = Command::new(env!("CARGO_BIN_EXE_keyward"));
    let output = command.args(["rotate", "work"]).current_dir(dir.path()).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && text.contains("this one is a file"), "{text}");
    assert!(!Path::new(&dir.path().join(".keyward")).exists());
}
