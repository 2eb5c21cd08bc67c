//! The complaints that users of every such tool repeat, one test each, by its name. Each runs the built program
//! against servers that nobody here wrote.

#[path = "rotation/case.rs"]
mod case;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;
#[path = "rotation/settings.rs"]
mod settings;

use case::{CREDENTIAL, Case, Estate, assert_ended, block_on, case, knowing, strict, usual};
use keyward::rotation::engine::{Entry, Event, Job};
use keyward::rotation::journal::{Journal, SqliteJournal};
use keyward::rotation::{Check, Key, KeyId, Sink};
use proxy::Fault;
use secrecy::ExposeSecret;
use settings::set;
use std::time::Duration;

/// There is no overlap: whoever reads the new key late is locked out.
#[test]
fn both_keys_work_until_the_old_one_was_quiet() {
    let Some(estate) = strict() else { return };
    let case = usual(estate, "overlap");
    set(case.dir.path(), "quiet", "6s");
    assert_ended(&case.run(&["run", CREDENTIAL, "--wait", "0"]), 0, &["quiet period"]);
    let check = estate.check();
    assert_eq!(block_on(check.accepted(&case.old)), Ok(true));
    assert_eq!(block_on(async { check.accepted(&estate.current(&case.user).await).await }), Ok(true));
    assert_ended(&case.run(&["resume", "--wait", "forever"]), 0, &["rotated, "]);
    let evidence = case.evidence();
    let at = |words: &[&str]| {
        let bodies =
            evidence["entries"].as_array().expect("a list").iter().filter_map(|it| it["body"].as_str());
        let mut found = bodies.filter(|body| words.iter().all(|word| body.contains(word)));
        let found = found.next_back().expect("there");
        serde_json::from_str::<serde_json::Value>(found).expect("JSON")["at"].as_i64().expect("a time")
    };
    let (switched, disabled) = (at(&["\"quiet\""]), at(&["\"will\"", "\"disable\""]));
    assert!(disabled - switched >= 6, "the quiet period is six seconds: {switched} {disabled}");
}

/// Jobs are still running on the old key.
#[test]
fn jobs_that_still_run_on_the_old_key_keep_it_alive() {
    let Some(estate) = knowing() else { return };
    let case = usual(estate, "jobs");
    set(case.dir.path(), "quiet", "10s");
    assert_ended(&case.run(&["run", CREDENTIAL, "--wait", "0"]), 0, &["quiet period"]);
    for _ in 0..3 {
        std::thread::sleep(Duration::from_millis(1_100));
        assert_eq!(block_on(estate.check().accepted(&case.old)), Ok(true), "a job that nobody knew of");
        let resumed = case.run(&["resume", "--wait", "0"]);
        assert_ended(&resumed, 0, &["was still used after the switch (sts in us-east-1)"]);
    }
    assert_eq!(block_on(estate.check().accepted(&case.old)), Ok(true));
}

/// With two keys there is a dead end.
#[test]
fn the_dead_end_of_two_keys_is_named_with_the_last_use() {
    let Some(estate) = knowing() else { return };
    let case = usual(estate, "full");
    servers::python(
        &estate.aws,
        "import boto3, os\nboto3.client('iam', endpoint_url=os.environ['ENDPOINT']).create_access_key(UserName='full0')",
    );
    let says = [
        "there is no room for a new one: 2 are allowed",
        "(active, never used, in no sink that is known)",
        "delete what nobody needs",
    ];
    assert_ended(&case.run(&["run", CREDENTIAL, "--dry-run"]), 1, &says);
    let ended = case.run(&["run", CREDENTIAL]);
    assert_ended(&ended, 1, &["went back: ", says[0], says[1]]);
    assert_eq!(block_on(estate.current("full0")).id, case.old.id);
}

/// Two keys that take turns double the real age: it counts to the deletion of the old one.
#[test]
fn two_keys_do_not_double_the_real_age() {
    let Some(estate) = knowing() else { return };
    let case = usual(estate, "age");
    case.configure("max-age = \"3s\"\n");
    std::thread::sleep(Duration::from_millis(4_200));
    // A fresh one goes to the consumers, and the old one is left as it is.
    let script = "import boto3, os\nk=boto3.client('iam', endpoint_url=os.environ['ENDPOINT']).create_access_key(UserName='age0')['AccessKey']\nprint(k['AccessKeyId'], k['SecretAccessKey'])";
    let made = servers::python(&estate.aws, script);
    let (id, secret) = made.split_once(' ').expect("two words");
    let fresh = Key { id: KeyId(id.to_owned()), secret: secret.to_owned().into() };
    block_on(estate.entry("age0").promote("", &fresh.id, Some(&fresh))).expect("written");
    let alert = case.run(&["run", "--alert-only"]);
    assert_ended(&alert, 1, &[&format!("exporter key: {} is", case.old.id.0), "are allowed"]);
    case.configure("");
    assert!(case.proxy.issued().is_empty(), "nothing was done");
}

/// A rotation is stuck, and nobody hears of it.
#[test]
fn a_stuck_rotation_is_an_alert() {
    let Some(estate) = knowing() else { return };
    let case = usual(estate, "stuck");
    std::fs::create_dir(case.dir.path().join(".keyward")).expect("a directory");
    let mut journal =
        SqliteJournal::open(&case.dir.path().join(".keyward/rotation.sqlite")).expect("a journal");
    let job = Job {
        credential: CREDENTIAL.to_owned(),
        issuer: "issuer".to_owned(),
        sinks: vec!["sink".to_owned()],
        old: case.old.id.clone(),
        quiet: 1,
        keep_disabled: 1,
        settle: 1,
        patience: 1,
        backoff: 1,
        unseen: false,
        by: String::new(),
    };
    journal
        .begin(Entry { run: "old-run".to_owned(), at: 1_000, event: Event::Started { job } })
        .expect("written");
    drop(journal);
    assert_ended(&case.run(&["run", "--alert-only"]), 1, &["run old-run does not move on (begun)"]);
    // It is for another world than the one that is configured.
    assert_ended(
        &case.run(&["resume"]),
        2,
        &["the run is for issuer and sink", "configure the target as it was"],
    );
}

/// The rotation fights with the state of Terraform: what lives there is not exchanged behind its back.
#[test]
fn there_is_no_fight_with_the_state_of_terraform() {
    let Some(estate) = strict() else { return };
    let case = usual(estate, "state");
    let code = |more: &str| {
        let text = format!(
            "resource \"aws_iam_user\" \"e\" {{\n  name = \"state0\"\n}}\n\nresource \"aws_iam_access_key\" \"e\" {{\n  user = aws_iam_user.e.name\n{more}}}\n"
        );
        std::fs::write(case.dir.path().join("main.tf"), text).expect("writable");
    };
    code("");
    let refused = case.run(&["run", CREDENTIAL]);
    assert_ended(&refused, 2, &["lives in Terraform as `aws_iam_access_key.e`", "keyward rotate plan"]);
    assert!(case.proxy.seen().is_empty());
    // What is known in part may be the one.
    let whole = std::fs::read_to_string(case.dir.path().join("main.tf")).expect("there");
    let part = whole.replace("\"state0\"", "\"sta${var.rest}\"") + "\nvariable \"rest\" {}\n";
    std::fs::write(case.dir.path().join("main.tf"), part).expect("writable");
    let refused = case.run(&["run", CREDENTIAL, "--dry-run"]);
    assert_ended(
        &refused,
        2,
        &["may live in Terraform as `aws_iam_access_key.e`", "outside-terraform = true"],
    );
    let path = case.dir.path().join("keyward.toml");
    let settings = std::fs::read_to_string(&path).expect("there");
    let other = settings.replacen("[[rotation.target]]", "[[rotation.target]]\noutside-terraform = true", 1);
    std::fs::write(&path, other).expect("writable");
    assert_ended(&case.run(&["run", CREDENTIAL, "--dry-run"]), 0, &["would be exchanged"]);
    // It may be of another account, and be called so as well.
    code("");
    assert_ended(&case.run(&["run", CREDENTIAL, "--dry-run"]), 0, &["would be exchanged"]);
    std::fs::write(&path, &settings).expect("writable");
    assert_ended(&case.run(&["run", CREDENTIAL]), 2, &["lives in Terraform as `aws_iam_access_key.e`"]);
    // One that is refused keeps no other from it.
    let (head, first) = settings.split_at(settings.find("[[rotation.target]]").expect("a target"));
    let second = first
        .replacen("[[rotation.target]]", "[[rotation.target]]\noutside-terraform = true", 1)
        .replacen(CREDENTIAL, "second", 1);
    std::fs::write(&path, format!("{head}{first}\n{second}")).expect("writable");
    let both = case.run(&["run", "--all", "--dry-run"]);
    assert_ended(
        &both,
        2,
        &["lives in Terraform as `aws_iam_access_key.e`", "second: ", "would be exchanged"],
    );
    std::fs::write(&path, &settings).expect("writable");
    code("  lifecycle {\n    ignore_changes = all\n  }\n");
    assert_ended(&case.run(&["run", CREDENTIAL, "--dry-run"]), 0, &["would be exchanged"]);
}

/// Consumers are reloaded with a secret that does not work.
#[test]
fn no_consumer_is_reloaded_with_a_bad_secret() {
    let Some(estate) = strict() else { return };
    // The new one is refused for longer than anybody is patient.
    let case = case(estate, "bad", Duration::from_secs(3_600));
    set(case.dir.path(), "patience", "3s");
    let ended = case.run(&["run", CREDENTIAL, "--wait", "forever"]);
    assert_ended(&ended, 1, &["went back: could not see that", "is not accepted yet"]);
    let written =
        case.proxy.seen().iter().any(|seen| seen.head.starts_with("POST ") && seen.head.contains("/data/"));
    assert!(!written, "the store was not touched");
}

/// Consumers break with the new secret, and the rotation goes on.
#[test]
fn consumers_that_break_with_the_new_key_get_the_old_one_back() {
    let Some(estate) = strict() else { return };
    for (name, probe) in [("ill", "command = [\"false\"]"), ("away", "http = \"http://127.0.0.1:1/health\"")]
    {
        let case = usual(estate, name);
        set(case.dir.path(), "patience", "2s");
        let path = case.dir.path().join("keyward.toml");
        let text = std::fs::read_to_string(&path).expect("there");
        std::fs::write(&path, format!("{text}\n[[rotation.target.probe]]\n{probe}\n")).expect("writable");
        let ended = case.run(&["run", CREDENTIAL, "--wait", "forever"]);
        assert_ended(&ended, 1, &["went back: could not see AKIA"]);
        assert_eq!(block_on(estate.current(&case.user)).id, case.old.id);
        assert_eq!(block_on(estate.check().accepted(&case.old)), Ok(true));
    }
    let case = usual(estate, "well");
    let path = case.dir.path().join("keyward.toml");
    let text = std::fs::read_to_string(&path).expect("there");
    std::fs::write(&path, format!("{text}\n[[rotation.target.probe]]\ncommand = [\"true\"]\n"))
        .expect("writable");
    assert_ended(&case.run(&["run", CREDENTIAL, "--wait", "forever"]), 0, &["rotated, "]);
}

const OWN_KEY: &str = r#"
import boto3, json, os
iam = boto3.client("iam", endpoint_url=os.environ["ENDPOINT"])
allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "*"}]}
iam.put_user_policy(UserName="self0", PolicyName="own", PolicyDocument=json.dumps(allowed))
"#;

/// Who rotates the key of the rotator?
#[test]
fn the_key_of_the_rotator_is_exchanged_as_well() {
    let Some(estate) = strict() else { return };
    let case = usual(estate, "self");
    servers::python(&estate.aws, OWN_KEY);
    let mut command = case.command(&["run", CREDENTIAL, "--wait", "forever", "--verbose"]);
    command.env("AWS_ACCESS_KEY_ID", &case.old.id.0);
    command.env("AWS_SECRET_ACCESS_KEY", case.old.secret.expose_secret());
    let ended = case.wait(command);
    assert_ended(&ended, 0, &["rotated, "]);
    let deleted =
        case.proxy.seen().into_iter().find(|seen| seen.is("DeleteAccessKey")).expect("it was deleted");
    assert!(!deleted.head.contains(&case.old.id.0), "with the new one");
    assert_eq!(block_on(estate.check().accepted(&case.old)), Ok(false));
    case.assert_no_secret(&ended.text);
}

/// The request of an exchange that has these words, by its number.
fn request(estate: &Estate, name: &str, is: impl Fn(&proxy::Seen) -> bool) -> usize {
    let case = usual(estate, name);
    set(case.dir.path(), "quiet", "1h");
    assert_ended(&case.run(&["run", CREDENTIAL, "--wait", "0"]), 0, &["quiet period"]);
    case.proxy.seen().iter().position(is).expect("it is asked for")
}

/// A rotation that was half done lost the secret: made, and nobody has it.
#[test]
fn a_half_done_rotation_loses_no_secret() {
    let Some(estate) = strict() else { return };
    let made = request(estate, "halfway", |seen| seen.is("CreateAccessKey"));
    let plan = vec![(made, Fault::KillAfter)];
    let case = Case::new(estate, estate.users("half", 1).remove(0), plan, Duration::ZERO);
    assert_eq!(case.run(&["run", CREDENTIAL]).code, None, "it was killed before it heard of the key");
    assert_ended(&case.run(&["status"]), 0, &["not finished: begun"]);
    assert_eq!(block_on(estate.current("half0")).id, case.old.id);
    assert_eq!(block_on(estate.check().accepted(&case.old)), Ok(true), "nobody is without a key");
    assert_ended(&case.run(&["resume", "--wait", "forever"]), 0, &["rotated, "]);
    let issued = case.proxy.issued();
    let [(lost, secret), (kept, _)] = &issued[..] else { panic!("{}", issued.len()) };
    let lost = Key { id: KeyId(lost.clone()), secret: secret.clone().into() };
    assert_eq!(block_on(estate.check().accepted(&lost)), Ok(false), "what nobody has is deleted");
    assert_eq!(block_on(estate.current("half0")).id.0, *kept);
}

/// The same later: the place has it, and the process that knew it is gone.
#[test]
fn a_secret_that_only_its_place_still_has_is_gone_on_with() {
    let Some(estate) = strict() else { return };
    let is_write = |seen: &proxy::Seen| seen.head.starts_with("POST ") && seen.head.contains("/data/");
    let written = request(estate, "writing", is_write);
    let plan = vec![(written, Fault::KillAfter)];
    let case = Case::new(estate, estate.users("written", 1).remove(0), plan, Duration::ZERO);
    assert_eq!(case.run(&["run", CREDENTIAL]).code, None);
    assert_ended(&case.run(&["resume", "--wait", "forever"]), 0, &["rotated, "]);
    assert_eq!(case.proxy.issued().len(), 1, "no second one is made");
    assert_eq!(block_on(estate.current("written0")).id.0, case.proxy.issued()[0].0);
}

/// Consumers were not reloaded.
#[test]
fn consumers_that_look_only_when_they_start_are_told_to_look_again() {
    let Some(estate) = strict() else { return };
    let case = usual(estate, "restart");
    set(case.dir.path(), "quiet", "6s");
    let path = case.dir.path().join("keyward.toml");
    let reload =
        "\n[[rotation.target.reload]]\ncommand = [\"sh\", \"-c\", \"env > seen; echo >> reloads\"]\n";
    let text = std::fs::read_to_string(&path).expect("there");
    std::fs::write(&path, format!("{text}{reload}")).expect("writable");
    assert_ended(&case.run(&["run", CREDENTIAL, "--dry-run"]), 0, &["have consumers load it: sh -c"]);
    let read = |name: &str| std::fs::read_to_string(case.dir.path().join(name)).unwrap_or_default();
    assert_eq!(read("reloads"), "");
    let ended = case.run(&["run", CREDENTIAL, "--wait", "0", "--verbose"]);
    assert_ended(&ended, 0, &["done: have consumers load AKIA", "quiet period"]);
    assert_eq!(read("reloads").lines().count(), 1);
    assert!(!read("seen").contains("VAULT") && !read("seen").contains("AWS"), "{}", read("seen"));
    // And on the way back, since they have the new one by then.
    let back = case.run(&["rollback", CREDENTIAL, "--wait", "forever", "--verbose"]);
    assert_ended(&back, 0, &[&format!("done: have consumers load {}", case.old.id.0), "went back: "]);
    assert_eq!(read("reloads").lines().count(), 2);
}

/// Nobody knows all consumers: the code names what it cannot see, the old key lives for as long as it is used, and
/// where somebody comes forward too late there is a way back.
#[test]
fn unknown_consumers_are_waited_for_and_can_come_back() {
    let Some(estate) = strict() else { return };
    let case = usual(estate, "unknown");
    let code = "resource \"aws_iam_user\" \"e\" {\n  name = \"e\"\n}\n\nresource \"aws_iam_access_key\" \"e\" {\n  user = aws_iam_user.e.name\n}\n\noutput \"key\" {\n  value     = aws_iam_access_key.e.secret\n  sensitive = true\n}\n";
    std::fs::write(case.dir.path().join("main.tf"), code).expect("writable");
    assert_ended(&case.run(&["plan", "--all"]), 0, &["whoever reads that output is not known here"]);
    set(case.dir.path(), "keep-disabled", "7d");
    let ended = case.run(&["run", CREDENTIAL, "--wait", "1m"]);
    assert_ended(&ended, 0, &["kept disabled", "so that it can be brought back"]);
    assert_eq!(block_on(estate.check().accepted(&case.old)), Ok(false));
    let back = case.run(&["rollback", CREDENTIAL, "--reason", "the night job needs it", "--wait", "forever"]);
    assert_ended(&back, 0, &["went back: the night job needs it"]);
    assert_eq!(block_on(estate.check().accepted(&case.old)), Ok(true));
    assert_eq!(block_on(estate.current("unknown0")).id, case.old.id);
}
