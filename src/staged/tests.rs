//! What each stage is told by, what it changes, and what it waits for.

use super::cloud::Cloud;
use super::edits;
use super::gate::{Look, Wait, gate};
use super::state::State;
use super::subject::{Stage, Subject, subjects_in};
use crate::analysis::{Analysis, Settings, analyse};
use crate::fix::edited;
use crate::rotation::{Key, KeyId, Listed, Moment};
use crate::source::Tree;
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeSet;

const USER: &str = "resource \"aws_iam_user\" \"u\" {\n  name = \"u\"\n}\n";

fn read(files: &[(&str, &str)]) -> (tempfile::TempDir, Analysis) {
    let dir = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("inside")).expect("made");
        std::fs::write(path, text).expect("writable");
    }
    let tree = Tree::Disk(dir.path().to_path_buf());
    let today = jiff::civil::date(2026, 11, 23);
    let analysis = analyse(tree, &Settings::default(), today).expect("readable");
    (dir, analysis)
}

/// The code after as many steps as it takes until nothing is left to do.
fn steps(code: &str) -> Vec<(Stage, String)> {
    let mut told = Vec::new();
    let mut text = code.to_owned();
    loop {
        let (_dir, analysis) = read(&[("main.tf", &text)]);
        let found = subjects_in(&analysis, None);
        assert_eq!(found.len(), 1, "{text}");
        let subject = &found[0];
        if subject.stage == Stage::Declare && !told.is_empty() {
            return told;
        }
        let edits = edits::edits(&analysis, subject).unwrap_or_else(|why| panic!("{why}: {text}"));
        let changed = edited(&analysis, &edits).expect("changed");
        assert_eq!(changed.len(), 1);
        text = String::from_utf8(changed[0].after.to_vec()).expect("text");
        told.push((subject.stage, text.clone()));
        assert!(told.len() < 6, "{told:#?}");
    }
}

fn stages(told: &[(Stage, String)]) -> Vec<&'static str> {
    told.iter().map(|(stage, _)| stage.name()).collect()
}

#[test]
fn a_key_goes_through_all_of_them() {
    let code = format!(
        "{USER}\n# Of the exporter.\nresource \"aws_iam_access_key\" \"k\" {{\n  user = aws_iam_user.u.name\n}}\n\nresource \"vault_kv_secret_v2\" \"k\" {{\n  data_json_wo         = jsonencode({{ k = aws_iam_access_key.k.secret }})\n  data_json_wo_version = 4\n}}\n\nmoved {{\n  from = aws_iam_access_key.old\n  to   = aws_iam_access_key.k\n}}\n"
    );
    let told = steps(&code);
    assert_eq!(stages(&told), ["declare", "switch", "disable", "remove"]);
    insta::assert_snapshot!(told.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("════\n"));
}

#[test]
fn lines_end_as_they_did() {
    let code = format!(
        "{USER}resource \"aws_iam_access_key\" \"k\" {{\n  user = aws_iam_user.u.name\n}}\noutput \"k\" {{\n  value = \"${{aws_iam_access_key.k.id}}\"\n}}\n"
    );
    let told = steps(&code.replace('\n', "\r\n"));
    for (stage, text) in &told {
        assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{stage:?}: {text:?}");
    }
    assert_eq!(stages(&told).len(), 4);
}

#[test]
fn a_block_on_one_line_or_at_the_end_of_a_file_is_as_good() {
    let code = format!("{USER}resource \"aws_iam_access_key\" \"k\" {{ user = aws_iam_user.u.name }}");
    let told = steps(&code);
    // Nothing uses it, so that nothing is switched.
    assert_eq!(stages(&told), ["declare", "disable", "remove"]);
    let (_, disabled) = &told[1];
    assert!(disabled.contains("{\n  user   = aws_iam_user.u.name\n  status = \"Inactive\"\n}"), "{disabled}");
    let (_, removed) = &told[2];
    assert!(removed.contains("\"k_gen2\" { user") && !removed.contains("\"k\" {"), "{removed}");
}

#[test]
fn what_cannot_be_disabled_is_removed_at_once() {
    let code = "resource \"google_service_account\" \"s\" {\n  account_id = \"s\"\n}\nresource \"google_service_account_key\" \"k\" {\n  service_account_id = google_service_account.s.name\n}\noutput \"k\" {\n  value     = google_service_account_key.k.private_key\n  sensitive = true\n}\n";
    assert_eq!(stages(&steps(code)), ["declare", "switch", "remove"]);
}

#[test]
fn what_speaks_of_it_in_another_way_is_left_to_a_person() {
    let key = format!("{USER}resource \"aws_iam_access_key\" \"k\" {{\n  user = aws_iam_user.u.name\n}}\n");
    for (more, clear) in [
        ("# aws_iam_access_key.k\n", true),
        ("output \"o\" {\n  value = \"aws_iam_access_key.k\"\n}\n", false),
        ("output \"o\" {\n  value = aws_iam_access_key.k2.id\n}\n", true),
        ("output \"o\" {\n  value = data.aws_iam_access_key.k.id\n}\n", true),
        ("output \"o\" {\n  value = aws_iam_access_key.k[\n}\n", false),
        ("output \"o\" {\n  value = <<EOT\n%{ if true }${aws_iam_access_key.k.id}%{ endif }\nEOT\n}\n", true),
    ] {
        let (_dir, analysis) = read(&[("main.tf", &key), ("more.tf", more)]);
        let found = subjects_in(&analysis, None);
        assert_eq!(found[0].obstacle.is_none(), clear, "{more}: {:?}", found[0].obstacle);
    }
    let json = "{\"output\": {\"o\": {\"value\": \"${aws_iam_access_key.k.id}\"}}}";
    let (_dir, analysis) = read(&[("main.tf", &key), ("more.tf.json", json)]);
    assert!(subjects_in(&analysis, None)[0].obstacle.is_some());
}

/// What AWS says, by the id of a key.
struct Account {
    keys: Vec<Listed>,
    accepted: Vec<&'static str>,
}

impl Cloud for Account {
    fn keys(&self, _user: &str, id: &str) -> Result<Option<Vec<Listed>>, String> {
        Ok(self.keys.iter().any(|key| key.id.0 == id).then(|| self.keys.clone()))
    }

    fn accepts(&self, key: &Key) -> Result<bool, String> {
        Ok(self.accepted.contains(&key.id.0.as_str()))
    }
}

const NOW: Moment = 1_800_000_000;
const OLD: &str = "AKIAOLDOLDOLDOLDOLD0";
const NEW: &str = "AKIANEWNEWNEWNEWNEW0";

fn key(id: &str, active: bool, used: Option<Moment>) -> Listed {
    Listed { last_used: used, ..Listed::new(KeyId(id.to_owned()), active, None) }
}

fn state(old: &str, new: bool, holder: &str) -> State {
    let key = |name: &str, id: &str, status: &str| {
        json!({ "mode": "managed", "type": "aws_iam_access_key", "name": name, "instances": [
            { "attributes": { "id": id, "secret": format!("secret-of-{id}"), "user": "u", "status": status } }] })
    };
    let mut resources = vec![key("k", OLD, old)];
    resources.extend(new.then(|| key("k_gen2", NEW, "Active")));
    resources.push(json!({ "mode": "managed", "type": "aws_ssm_parameter", "name": "p", "instances": [
        { "attributes": { "value": format!("secret-of-{holder}") } }] }));
    let state = json!({ "version": 4, "serial": 1, "resources": resources });
    State::read("", state.to_string().as_bytes()).expect("a state")
}

/// What is said at a stage of the code, or `open`.
fn said(
    code: &str,
    states: &[State],
    account: Option<&Account>,
    unseen: bool,
    merged: Option<Moment>,
) -> (Stage, String) {
    let (_dir, analysis) = read(&[("main.tf", code)]);
    let found = subjects_in(&analysis, None);
    let subject: &Subject<'_> = &found[0];
    let look = Look {
        roots: BTreeSet::from([String::new()]),
        states,
        cloud: account.map(|account| account as &dyn Cloud),
        merged: &|_| merged,
        several: &super::workspaces::several(&analysis),
        all_states: false,
        blocks: subject.blocks(&analysis),
        hidden: super::hidden::hidden(&analysis, &subject.dir, subject.kind, &subject.follower),
        accept_unseen: unseen,
        quiet: SignedDuration::from_hours(24),
        keep_disabled: SignedDuration::from_hours(48),
        now: NOW,
    };
    let told = match gate(subject, &look) {
        Ok(seen) => format!("open: {}", seen.join("; ")),
        Err(Wait::Closed(why)) => format!("closed: {why}"),
        Err(Wait::Unknown(why)) => format!("unknown: {why}"),
    };
    (subject.stage, told)
}

/// The code at a stage: which of both is used, and whether the old one is off.
fn code(used: &str, off: bool) -> String {
    let status = if off { "  status = \"Inactive\"\n" } else { "" };
    format!(
        "{USER}resource \"aws_iam_access_key\" \"k\" {{\n  user = aws_iam_user.u.name\n{status}}}\nresource \"aws_iam_access_key\" \"k_gen2\" {{\n  user = aws_iam_user.u.name\n}}\nresource \"aws_ssm_parameter\" \"p\" {{\n  value = aws_iam_access_key.{used}.secret\n}}\n"
    )
}

#[test]
fn each_stage_waits_for_what_is_before_it() {
    let hour = 3_600;
    let both = |old: Option<Moment>, new: Option<Moment>, active: bool| Account {
        keys: vec![key(OLD, active, old), key(NEW, true, new)],
        accepted: vec![NEW],
    };
    let well = both(Some(NOW - 30 * hour), Some(NOW - hour), true);
    let mut told = Vec::new();
    let mut ask =
        |what: &str, (stage, said): (Stage, String)| told.push(format!("{}, {what}\n  {said}", stage.name()));
    let switch = code("k", false);
    ask("no state", said(&switch, &[], Some(&well), false, None));
    ask("not applied", said(&switch, &[state("Active", false, OLD)], Some(&well), false, None));
    ask("applied", said(&switch, &[state("Active", true, OLD)], Some(&well), false, None));
    ask("nobody asked", said(&switch, &[state("Active", true, OLD)], None, false, None));
    ask("nobody asked, accepted", said(&switch, &[state("Active", true, OLD)], None, true, None));
    let dead = Account { keys: well.keys.clone(), accepted: Vec::new() };
    ask("refused", said(&switch, &[state("Active", true, OLD)], Some(&dead), true, None));
    let disable = code("k_gen2", false);
    let switched = || [state("Active", true, NEW)];
    ask("held", said(&disable, &[state("Active", true, OLD)], Some(&well), false, None));
    ask("quiet", said(&disable, &switched(), Some(&well), false, Some(NOW - 40 * hour)));
    let loud = both(Some(NOW - 2 * hour), Some(NOW - hour), true);
    ask("used again", said(&disable, &switched(), Some(&loud), false, Some(NOW - 40 * hour)));
    let unused = both(Some(NOW - 30 * hour), None, true);
    ask("new one unused", said(&disable, &switched(), Some(&unused), false, None));
    let tried = both(Some(NOW - 50 * hour), Some(NOW - 45 * hour), true);
    ask("new one only tried", said(&disable, &switched(), Some(&tried), false, Some(NOW - 40 * hour)));
    let elsewhere = Account { keys: Vec::new(), accepted: Vec::new() };
    ask("another account", said(&disable, &switched(), Some(&elsewhere), true, None));
    ask("nobody asked", said(&disable, &switched(), None, false, None));
    ask("nobody asked, accepted, too soon", said(&disable, &switched(), None, true, Some(NOW - hour)));
    ask("nobody asked, accepted", said(&disable, &switched(), None, true, Some(NOW - 25 * hour)));
    ask("nobody asked, accepted, by hand", said(&disable, &switched(), None, true, None));
    let remove = code("k_gen2", true);
    let off = || [state("Inactive", true, NEW)];
    let ended = both(Some(NOW - 90 * hour), Some(NOW - hour), false);
    ask("not applied", said(&remove, &switched(), Some(&ended), false, Some(NOW - 60 * hour)));
    ask("applied", said(&remove, &off(), Some(&ended), false, Some(NOW - 60 * hour)));
    ask("active in AWS", said(&remove, &off(), Some(&well), false, Some(NOW - 60 * hour)));
    let zombie = Account { keys: ended.keys.clone(), accepted: vec![OLD, NEW] };
    ask("still accepted", said(&remove, &off(), Some(&zombie), false, Some(NOW - 60 * hour)));
    ask("too soon", said(&remove, &off(), Some(&ended), false, Some(NOW - 47 * hour)));
    ask("disabled by hand", said(&remove, &off(), Some(&ended), false, None));
    insta::assert_snapshot!(told.join("\n"));
}

/// A state of two keys, and of one more resource.
fn state_of(kind: &str, given: &str, attributes: &serde_json::Value) -> State {
    let key = |name: &str, id: &str| {
        json!({ "mode": "managed", "type": "aws_iam_access_key", "name": name, "instances": [
            { "attributes": { "id": id, "secret": format!("secret-of-{id}"), "user": "u", "status": "Active" } }] })
    };
    let dependencies = [format!("aws_iam_access_key.{given}"), "aws_iam_user.u".to_owned()];
    let other = json!({ "mode": "managed", "type": kind, "name": "p", "instances": [
        { "attributes": attributes, "dependencies": dependencies }] });
    let resources = [key("k", OLD), key("k_gen2", NEW), other];
    let state = json!({ "version": 4, "serial": 1, "resources": resources });
    State::read("", state.to_string().as_bytes()).expect("a state")
}

/// What a state does not keep is taken for given up only when it was written since.
#[test]
fn who_has_the_old_one_unseen_keeps_it_until_that_is_written() {
    let code = |kind: &str, body: &str| {
        format!(
            "{USER}resource \"aws_iam_access_key\" \"k\" {{\n  user = aws_iam_user.u.name\n}}\nresource \"aws_iam_access_key\" \"k_gen2\" {{\n  user = aws_iam_user.u.name\n}}\nlocals {{\n  secret = aws_iam_access_key.k_gen2.secret\n}}\nresource \"{kind}\" \"p\" {{\n{body}\n}}\n"
        )
    };
    let hour = 3_600;
    let account = Account {
        keys: vec![key(OLD, true, Some(NOW - 90 * hour)), key(NEW, true, Some(NOW - hour))],
        accepted: vec![NEW],
    };
    let ask = |kind: &str, body: &str, given: &str, attributes: &serde_json::Value, unseen: bool| {
        let states = [state_of(kind, given, attributes)];
        let (stage, told) = said(&code(kind, body), &states, Some(&account), unseen, None);
        assert_eq!(stage, Stage::Disable);
        told
    };
    let tells = |told: String, begins: &str, part: &str| {
        assert!(told.starts_with(begins) && told.contains(part), "{told}");
    };
    let (ssm, body) = ("aws_ssm_parameter", "  value_wo = local.secret\n  value_wo_version = 2");
    let at = |version: u64| json!({ "value_wo": null, "value_wo_version": version });
    let since = "aws_ssm_parameter.p was given the old one in `value_wo`, which no state shows, and has not been applied";
    tells(ask(ssm, body, "k", &at(2), true), "closed", since);
    tells(
        ask(ssm, body, "k_gen2", &at(1), true),
        "closed",
        "is not at `value_wo_version = 2` yet: apply `.`",
    );
    tells(
        ask(ssm, body, "k_gen2", &at(2), false),
        "open",
        "aws_ssm_parameter.p is at `value_wo_version = 2`",
    );

    let (host, body) = ("aws_instance", "  user_data = \"k=${local.secret}\"");
    let hash = json!({ "user_data": "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12" });
    tells(ask(host, body, "k", &hash, true), "closed", "`user_data`, which no state shows");
    tells(
        ask(host, body, "k_gen2", &hash, false),
        "open",
        "was applied since its `user_data` has the new one",
    );
    let kept = format!("{body}\n  lifecycle {{\n    ignore_changes = [user_data]\n  }}");
    tells(
        ask(host, &kept, "k_gen2", &hash, false),
        "unknown",
        "may have been given the old one in `user_data`",
    );
    tells(
        ask(host, &kept, "k_gen2", &hash, true),
        "open",
        "nobody can see whether aws_instance.p still has the old one",
    );

    let body = "  provisioner \"local-exec\" {\n    command = \"./login ${local.secret}\"\n  }";
    tells(ask("terraform_data", body, "k_gen2", &json!({}), false), "unknown", "`provisioner.command`");
    let ignoring = "  value_wo = local.secret\n  value_wo_version = 2\n  lifecycle {\n    ignore_changes = [value_wo_version]\n  }";
    tells(ask(ssm, ignoring, "k_gen2", &at(1), false), "unknown", "`value_wo`");
    let revision = "  data_wo = { k = local.secret }\n  data_wo_revision = 3";
    let at = |revision: u64| json!({ "data_wo_revision": revision });
    tells(ask("kubernetes_secret_v1", revision, "k_gen2", &at(2), true), "closed", "`data_wo_revision = 3`");
    tells(ask("kubernetes_secret_v1", revision, "k_gen2", &at(3), false), "open", "`data_wo_revision = 3`");
    let unknown = "  value_wo = local.secret\n  value_wo_version = var.rev";
    tells(ask(ssm, unknown, "k_gen2", &json!({}), false), "unknown", "`value_wo`");
    // One that took the old one and takes neither now may have it until it is applied.
    let other = "  user_data = aws_iam_access_key.k_gen2.user";
    tells(ask(host, other, "k", &hash, false), "unknown", "an argument");
    // What has nothing of it does not matter.
    tells(ask(host, other, "k_gen2", &hash, false), "open", "");
    tells(ask(host, other, "k", &json!({ "user_data": "plain" }), false), "open", "");
}

#[test]
fn a_switch_that_nothing_would_write_is_left_to_people() {
    let user = format!("{USER}resource \"aws_iam_access_key\" \"k\" {{\n  user = aws_iam_user.u.name\n}}\n");
    let both = user + "resource \"aws_iam_access_key\" \"k_gen2\" {\n  user = aws_iam_user.u.name\n}\n";
    let call = "module \"m\" {\n  source = \"./m\"\n  secret = aws_iam_access_key.k.secret\n}\n";
    let inner = |argument: &str| {
        format!(
            "variable \"secret\" {{}}\nresource \"aws_ssm_parameter\" \"p\" {{\n  {argument} = var.secret\n  value_wo_version = 1\n}}\n"
        )
    };
    let main = format!("{both}{call}");
    for (argument, clear) in [("value", true), ("value_wo", false)] {
        let (_dir, analysis) = read(&[("main.tf", &main), ("m/main.tf", &inner(argument))]);
        let found = subjects_in(&analysis, None);
        assert_eq!(found[0].stage, Stage::Switch);
        let told = edits::edits(&analysis, &found[0]);
        assert_eq!(told.is_ok(), clear, "{told:?}");
        if let Err(why) = told {
            assert!(
                why.contains("`module.m.aws_ssm_parameter.p` is given it in `value_wo` by way of others"),
                "{why}"
            );
        }
    }
}

/// One state is not all where the code tells workspaces apart.
#[test]
fn every_workspace_has_a_state() {
    let hour = 3_600;
    let well = Account {
        keys: vec![key(OLD, true, Some(NOW - 30 * hour)), key(NEW, true, Some(NOW - hour))],
        accepted: vec![NEW],
    };
    let states = [state("Active", true, NEW)];
    let usual = code("k_gen2", false);
    for (more, several) in [
        ("locals {\n  place = \"x-${terraform.workspace}\"\n}\n", true),
        ("# Not by terraform.workspace.\n", false),
        ("terraform {\n  cloud {\n    workspaces {\n      tags = [\"app\"]\n    }\n  }\n}\n", true),
        (
            "terraform {\n  backend \"remote\" {\n    workspaces {\n      prefix = \"app-\"\n    }\n  }\n}\n",
            true,
        ),
        ("terraform {\n  backend \"s3\" {\n    workspace_key_prefix = \"env\"\n  }\n}\n", true),
        ("terraform {\n  backend \"s3\" {\n    key = \"app\"\n  }\n}\n", false),
        ("terraform {\n  cloud {\n    workspaces {\n      name = \"app\"\n    }\n  }\n}\n", false),
    ] {
        let (_, told) = said(&format!("{usual}{more}"), &states, Some(&well), false, None);
        assert_eq!(
            told.starts_with("unknown: the code of `.` speaks of workspaces"),
            several,
            "{more}{told}"
        );
        assert_eq!(told.starts_with("open"), !several, "{more}{told}");
    }
}

/// Each of several instances has its own version.
#[test]
fn instances_of_one_block_are_told_apart() {
    let code = format!(
        "{USER}resource \"aws_iam_access_key\" \"k\" {{\n  user = aws_iam_user.u.name\n}}\nresource \"aws_iam_access_key\" \"k_gen2\" {{\n  user = aws_iam_user.u.name\n}}\nresource \"aws_ssm_parameter\" \"p\" {{\n  for_each         = {{ a = 1, b = 2 }}\n  value_wo         = aws_iam_access_key.k_gen2.secret\n  value_wo_version = each.value\n}}\n"
    );
    let told = |a: u64, b: u64| {
        let one = |key: &str, version: u64| {
            json!({ "index_key": key, "attributes": { "value_wo_version": version },
                "dependencies": ["aws_iam_access_key.k_gen2"] })
        };
        let key = |name: &str, id: &str| {
            json!({ "mode": "managed", "type": "aws_iam_access_key", "name": name, "instances": [
                { "attributes": { "id": id, "secret": format!("secret-of-{id}"), "status": "Active" } }] })
        };
        let both = json!({ "mode": "managed", "type": "aws_ssm_parameter", "name": "p",
            "instances": [one("a", a), one("b", b)] });
        let resources = [key("k", OLD), key("k_gen2", NEW), both];
        let state = json!({ "version": 4, "serial": 1, "resources": resources });
        let states = [State::read("", state.to_string().as_bytes()).expect("a state")];
        said(&code, &states, None, true, Some(NOW - 100 * 3_600)).1
    };
    assert!(told(1, 2).starts_with("open"), "{}", told(1, 2));
    assert!(told(1, 1).contains("aws_ssm_parameter.p[\"b\"] was given"), "{}", told(1, 1));
}
