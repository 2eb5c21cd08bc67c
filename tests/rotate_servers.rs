//! Whole exchanges against servers that nobody here wrote. What each is wrong about is not asserted.

#[path = "rotation/servers.rs"]
mod servers;

use keyward::rotation::aws::{AwsCheck, AwsCredentials, Endpoint, IamUser, ManagedSecret};
use keyward::rotation::engine::{End, Engine, Job, Outcome, Waiting, World};
use keyward::rotation::journal::{Journal, SqliteJournal, verify};
use keyward::rotation::vault::{KvSecret, Vault};
use keyward::rotation::{Check, Clock, Fields, Http, Issuer, Key, KeyId, Moment, Sink};
use secrecy::{ExposeSecret, SecretString};
use servers::{ROOT_ID, ROOT_SECRET, Server};
use std::cell::Cell;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

struct Wall;

impl Clock for Wall {
    fn now(&self) -> Moment {
        SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64
    }

    fn sleep(&self, until: Moment) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let length = Duration::from_secs((until - self.now()).max(0).unsigned_abs());
        Box::pin(tokio::time::sleep(length.max(Duration::from_millis(100))))
    }
}

/// A user with one key, which an entry of the store holds together with something else.
struct Stage {
    _servers: [Server; 2],
    issuer: IamUser,
    sink: KvSecret,
    check: AwsCheck,
    old: Key,
    dir: tempfile::TempDir,
}

const SET_UP: &str = r#"
import boto3, os
iam = boto3.client("iam", endpoint_url=os.environ["ENDPOINT"])
iam.create_user(UserName="exporter")
key = iam.create_access_key(UserName="exporter")["AccessKey"]
print(key["AccessKeyId"], key["SecretAccessKey"])
"#;

impl Stage {
    async fn new(aws: Server) -> Self {
        let bao = servers::openbao();
        let made = servers::python(&aws, SET_UP);
        let (id, secret) = made.split_once(' ').expect("two words");
        let old = Key { id: KeyId(id.to_owned()), secret: SecretString::from(secret.to_owned()) };
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let root = AwsCredentials {
            id: ROOT_ID.to_owned(),
            secret: SecretString::from(ROOT_SECRET.to_owned()),
            session: None,
        };
        let clock: Arc<dyn Clock> = Arc::new(Wall);
        let iam = Endpoint::iam(Some(&aws.address)).expect("an address");
        let sts = Endpoint::sts(Some(&aws.address), "us-east-1").expect("an address");
        let fields = Fields::new("access_key_id", "secret_access_key");
        let token = SecretString::from("root".to_owned());
        let vault = Vault::new(http.clone(), &bao.address, token).expect("an address");
        let sink = KvSecret::new(vault, "secret", "apps/exporter", fields);
        sink.promote("", &old.id, Some(&old)).await.expect("the store is filled");
        Stage {
            issuer: IamUser::new(http.clone(), iam, clock.clone(), root, "exporter"),
            check: AwsCheck::new(http, sts, clock),
            _servers: [aws, bao],
            sink,
            old,
            dir: tempfile::tempdir().expect("a directory"),
        }
    }

    fn world(&self) -> World<'_> {
        World { issuer: &self.issuer, sinks: vec![&self.sink], check: &self.check, clock: &Wall }
    }

    fn job(&self) -> Job {
        Job {
            credential: "aws_iam_access_key.exporter".to_owned(),
            issuer: self.issuer.name(),
            sinks: vec![self.sink.name()],
            old: self.old.id.clone(),
            quiet: 3,
            keep_disabled: 1,
            settle: 2,
            patience: 6,
            backoff: 1,
            unseen: false,
            by: String::new(),
        }
    }

    fn journal(&self) -> SqliteJournal {
        SqliteJournal::open(&self.dir.path().join("journal.sqlite")).expect("a journal")
    }

    /// A consumer that reads the entry and logs in, again and again, until it is done. Gives what went wrong.
    async fn consume(&self, done: &Cell<bool>) -> Vec<String> {
        let (mut wrong, mut logins) = (Vec::new(), 0);
        while !done.get() {
            let held = self.sink.look().await.expect("the store answers").current.expect("there is a key");
            let key = self.sink.read(&held).await.expect("the store answers").expect("with its value");
            match self.check.accepted(&key).await {
                Ok(true) => logins += 1,
                other => wrong.push(format!("{}: {other:?}", key.id.0)),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(logins > 0);
        wrong
    }

    /// What was issued, and must be nowhere but in the store.
    async fn secrets(&self, ids: &[&KeyId]) -> Vec<String> {
        let mut found = Vec::new();
        for id in ids {
            let key = self.sink.read(id).await.expect("the store answers").expect("it had it");
            found.push(key.secret.expose_secret().to_owned());
        }
        found
    }
}

fn assert_nowhere(dir: &Path, secrets: &[String]) {
    for entry in std::fs::read_dir(dir).expect("readable").flatten() {
        let bytes = std::fs::read(entry.path()).expect("readable");
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a secret is in {}", entry.path().display());
        }
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

fn rotated(end: &End) -> &KeyId {
    match end {
        End::Finished(Outcome::Rotated { key }) => key,
        other => panic!("{other:?}"),
    }
}

/// From the first to the last step, under a consumer that logs in all the while.
#[test]
fn an_access_key_is_exchanged_and_the_old_one_is_dead() {
    if servers::is_off() {
        return;
    }
    block_on(async {
        let stage = Stage::new(servers::ministack()).await;
        let mut journal = stage.journal();
        let done = Cell::new(false);
        let exchange = async {
            let mut engine = Engine::start(stage.world(), &mut journal, "run", stage.job(), Waiting::Forever)
                .expect("begins");
            let end = engine.run().await.expect("the journal works");
            done.set(true);
            end
        };
        let (end, wrong) = tokio::join!(exchange, stage.consume(&done));
        assert_eq!(wrong, Vec::<String>::new());
        let new = rotated(&end);
        let listed = stage.issuer.list().await.expect("listed");
        assert_eq!(listed.iter().map(|key| &key.id).collect::<Vec<_>>(), [new]);
        assert_eq!(stage.check.accepted(&stage.old).await, Ok(false));
        verify(&journal.links().expect("readable"), None).expect("sound");
        assert_nowhere(stage.dir.path(), &stage.secrets(&[new, &stage.old.id]).await);
    });
}

/// Dropped in the middle of whatever it was doing, and resumed, many times over.
#[test]
fn it_is_killed_again_and_again_and_ends_well() {
    if servers::is_off() {
        return;
    }
    block_on(async {
        let stage = Stage::new(servers::ministack()).await;
        let mut journal = stage.journal();
        let job = Job { quiet: 2, ..stage.job() };
        drop(Engine::start(stage.world(), &mut journal, "run", job, Waiting::Forever).expect("begins"));
        let mut kills = 0;
        let end = loop {
            drop(journal);
            journal = stage.journal();
            let mut engine =
                Engine::resume(stage.world(), &mut journal, "run", Waiting::Forever).expect("resumes");
            // Each life is a little longer than the one before, so that every moment is hit.
            let life = Duration::from_millis(15).mul_f64(1.05_f64.powi(kills));
            match tokio::time::timeout(life, engine.run()).await {
                Ok(end) => break end.expect("the journal works"),
                Err(_) => kills += 1,
            }
            assert!(kills < 400, "it never ends");
        };
        let new = rotated(&end);
        assert!(kills > 5, "{kills}");
        let listed = stage.issuer.list().await.expect("listed");
        assert_eq!(listed.iter().map(|key| &key.id).collect::<Vec<_>>(), [new], "after {kills} kills");
        assert_eq!(stage.check.accepted(&stage.old).await, Ok(false));
        verify(&journal.links().expect("readable"), None).expect("sound");
    });
}

/// This server goes on accepting what was disabled: the proof fails, and nothing is deleted.
#[test]
fn without_the_proof_nothing_is_deleted() {
    if servers::is_off() {
        return;
    }
    block_on(async {
        let stage = Stage::new(servers::moto()).await;
        let mut journal = stage.journal();
        let mut engine =
            Engine::start(stage.world(), &mut journal, "run", stage.job(), Waiting::Forever).expect("begins");
        let end = engine.run().await.expect("the journal works");
        let End::Stuck { why } = &end else { panic!("{end:?}") };
        assert!(why.contains("is still accepted"), "{why}");
        // And there is a way back from here.
        engine.turn_back("the old one is still accepted").expect("written");
        let end = engine.run().await.expect("the journal works");
        assert!(matches!(end, End::Finished(Outcome::RolledBack { .. })), "{end:?}");
        let listed = stage.issuer.list().await.expect("listed");
        assert_eq!(listed.len(), 1);
        assert!(listed[0].active && listed[0].id == stage.old.id);
        assert_eq!(stage.sink.look().await.expect("readable").current.as_ref(), Some(&stage.old.id));
    });
}

/// The dead end of two keys: refused with the reason, and nothing is touched.
#[test]
fn with_two_keys_there_is_no_room_and_that_is_said() {
    if servers::is_off() {
        return;
    }
    block_on(async {
        let stage = Stage::new(servers::moto()).await;
        let second = stage.issuer.create("").await.expect("there is room for one more");
        let full = stage.issuer.create("").await.expect_err("and for no third");
        assert_eq!(full.kind, keyward::rotation::FailureKind::Full);
        let mut journal = stage.journal();
        let mut engine =
            Engine::start(stage.world(), &mut journal, "run", stage.job(), Waiting::Forever).expect("begins");
        let end = engine.run().await.expect("the journal works");
        let End::Finished(Outcome::RolledBack { reason }) = &end else { panic!("{end:?}") };
        assert!(reason.contains("no room") && reason.contains(&second.id.0), "{reason}");
        assert_eq!(stage.issuer.list().await.expect("listed").len(), 2);
    });
}

/// A secret in which two of three fields are the key.
fn managed_secret(aws: &Server) -> ManagedSecret {
    servers::python(aws, SECRET);
    let http = Http::new(Duration::from_secs(20)).expect("certificates");
    let endpoint = Endpoint::secrets_manager(Some(&aws.address), "us-east-1").expect("an address");
    let root = AwsCredentials {
        id: ROOT_ID.to_owned(),
        secret: SecretString::from(ROOT_SECRET.to_owned()),
        session: None,
    };
    ManagedSecret::new(http, endpoint, Arc::new(Wall), root, "exporter", Fields::new("id", "secret"))
}

/// Staged, switched, sent back: each move is what the service shows, and may be made twice.
#[test]
fn a_managed_secret_is_staged_and_switched() {
    if servers::is_off() {
        return;
    }
    block_on(async {
        let aws = servers::moto();
        let sink = managed_secret(&aws);
        let (old, new) = (KeyId("old".to_owned()), KeyId("new".to_owned()));
        let key = Key { id: new.clone(), secret: SecretString::from("value of new".to_owned()) };
        let held = async || {
            let held = sink.look().await.expect("readable");
            (held.current.map(|id| id.0).unwrap_or_default(), held.pending.map(|id| id.0))
        };
        let token = "0123456789abcdef0123456789abcdef";
        for _ in 0..2 {
            sink.stage(token, &key).await.expect("staged");
            assert_eq!(held().await, ("old".to_owned(), Some("new".to_owned())));
        }
        let staged = sink.read(&new).await.expect("readable").expect("it is there");
        assert_eq!(staged.secret.expose_secret(), "value of new");
        for _ in 0..2 {
            sink.promote("", &new, None).await.expect("switched");
            assert_eq!(held().await, ("new".to_owned(), None));
        }
        assert!(sink.read(&old).await.expect("readable").is_some(), "the one before can be proven dead");
        for _ in 0..2 {
            sink.revert("", &old).await.expect("sent back");
            assert_eq!(held().await, ("old".to_owned(), None));
        }
        assert!(sink.revert("", &KeyId("never".to_owned())).await.is_err());
        let other = servers::python(&aws, OTHER);
        assert_eq!(other, "kept", "what else is in the secret stays");
    });
}

/// Between staging and the switch, and between that and the way back, lies time in which others write.
#[test]
fn what_others_write_beside_a_staged_key_stays() {
    if servers::is_off() {
        return;
    }
    block_on(async {
        let aws = servers::moto();
        let sink = managed_secret(&aws);
        let (old, new) = (KeyId("old".to_owned()), KeyId("new".to_owned()));
        let key = Key { id: new.clone(), secret: SecretString::from("value of new".to_owned()) };
        let changed = |to: &str| servers::python(&aws, &CHANGE.replace("TO", to));
        sink.stage("0123456789abcdef0123456789abcdef", &key).await.expect("staged");
        assert_eq!(changed("db2"), "old");
        for _ in 0..2 {
            sink.promote("a token", &new, None).await.expect("switched");
            assert_eq!(servers::python(&aws, CURRENT), "new value of new db2");
        }
        assert_eq!(sink.look().await.expect("readable").pending, None);
        assert_eq!(sink.read(&old).await.expect("readable").map(|key| key.id), Some(old.clone()));
        sink.revert("another token", &old).await.expect("sent back");
        sink.stage("fedcba9876543210fedcba9876543210", &key).await.expect("staged");
        sink.promote("a third token", &new, None).await.expect("switched");
        assert_eq!(servers::python(&aws, CURRENT), "new value of new db2");
    });
}

const CHANGE: &str = r#"
import boto3, json, os
sm = boto3.client("secretsmanager", endpoint_url=os.environ["ENDPOINT"])
held = json.loads(sm.get_secret_value(SecretId="exporter", VersionStage="AWSCURRENT")["SecretString"])
print(held["id"])
sm.put_secret_value(SecretId="exporter", SecretString=json.dumps({**held, "other": "TO"}))
"#;

const CURRENT: &str = r#"
import boto3, json, os
sm = boto3.client("secretsmanager", endpoint_url=os.environ["ENDPOINT"])
held = json.loads(sm.get_secret_value(SecretId="exporter", VersionStage="AWSCURRENT")["SecretString"])
print(held["id"], held["secret"], held["other"])
"#;

const SECRET: &str = r#"
import boto3, os
sm = boto3.client("secretsmanager", endpoint_url=os.environ["ENDPOINT"])
sm.create_secret(Name="exporter", SecretString='{"id": "old", "secret": "value of old", "other": "kept"}')
"#;

const OTHER: &str = r#"
import boto3, json, os
sm = boto3.client("secretsmanager", endpoint_url=os.environ["ENDPOINT"])
print(json.loads(sm.get_secret_value(SecretId="exporter", VersionStage="AWSPREVIOUS")["SecretString"])["other"])
"#;

/// Other fields of the entry stay, and somebody else's write in between is not lost.
#[test]
fn the_store_keeps_what_else_is_in_the_entry() {
    if servers::is_off() {
        return;
    }
    block_on(async {
        let bao = servers::openbao();
        let http = Http::new(Duration::from_secs(20)).expect("certificates");
        let entry = |id: &str| {
            let fields = Fields::new(id, &format!("{id}_secret"));
            let token = SecretString::from("root".to_owned());
            let vault = Vault::new(http.clone(), &bao.address, token).expect("an address");
            KvSecret::new(vault, "secret", "shared", fields)
        };
        let (ours, theirs) = (entry("ours"), entry("theirs"));
        let key =
            |id: &str| Key { id: KeyId(id.to_owned()), secret: SecretString::from(format!("value of {id}")) };
        let (first, second) = (key("first"), key("second"));
        ours.promote("", &first.id, Some(&first)).await.expect("written");
        theirs.promote("", &second.id, Some(&second)).await.expect("written");
        ours.promote("", &second.id, Some(&second)).await.expect("written");
        assert_eq!(theirs.look().await.expect("read").current, Some(second.id.clone()));
        ours.revert("", &first.id).await.expect("written");
        assert_eq!(ours.look().await.expect("read").current, Some(first.id.clone()));
        assert_eq!(theirs.look().await.expect("read").current, Some(second.id.clone()));
        let read = ours.read(&second.id).await.expect("read").expect("an older version");
        assert_eq!(read.secret.expose_secret(), "value of second");
        assert!(ours.revert("", &KeyId("never".to_owned())).await.is_err());
    });
}
