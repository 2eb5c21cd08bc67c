//! The plan in each stage of a life, without a server.

use super::*;
use crate::diagnostic::Severity;
use jiff::civil::date;
use marker::{compose, text_hash};
use plan::Tip;

const TODAY: Date = date(2026, 11, 22);

fn options() -> Options {
    Options { max_open: 2, max_per_run: 2, ..Options::new(&PullRequests::default(), "main", "") }
}

fn group(module: &str, severity: Severity) -> Group {
    let fingerprint = hash(&[module], 12);
    Group {
        owner: Some("@alice".into()),
        module: module.into(),
        family: "trust".into(),
        branch: format!("{PREFIX}trust-{fingerprint}"),
        fingerprint,
        severity,
        fixable: vec!["f".into()],
        others: 0,
    }
}

fn proposal(group: &Group) -> Proposal {
    Proposal {
        group: group.clone(),
        title: "Trust only who is meant".into(),
        text: "Because.".into(),
        message: "Trust".into(),
        files: Vec::new(),
        content: "c1".into(),
        draft: true,
        people: vec!["alice".into()],
        teams: Vec::new(),
        diff: String::new(),
    }
}

fn marker(group: &Group, stage: Stage) -> Marker {
    Marker {
        fingerprint: group.fingerprint.clone(),
        base: "b0".into(),
        head: "a1".into(),
        content: "c1".into(),
        text: text_hash("Because."),
        stage,
        lane: group.lane(),
        scope: String::new(),
        module: group.module.clone(),
        family: group.family.clone(),
    }
}

fn pull(number: u64, group: &Group, stage: Stage) -> Ours {
    let marker = marker(group, stage);
    Ours {
        number,
        branch: group.branch.clone(),
        body: compose(&marker, "Because."),
        marker,
        merged: false,
        closed: None,
        draft: true,
    }
}

fn observed() -> Observed {
    Observed {
        base: Base { branch: "main".into(), sha: "b1".into(), tree: "t1".into() },
        ..Observed::default()
    }
}

/// One open pull request whose branch is as we left it.
fn with_open(group: &Group) -> Observed {
    let mut there = observed();
    there.open.push(pull(7, group, Stage::Open));
    there.heads.insert(group.branch.clone(), Head::Ours { sha: "a1".into(), content: "c1".into() });
    there
}

fn make(groups: &[Group], there: &Observed) -> Plan {
    make_with(groups, there, &options(), &Blind::default())
}

fn make_with(groups: &[Group], there: &Observed, options: &Options, blind: &Blind) -> Plan {
    plan(groups, there, blind, options, TODAY, &mut |group| Some(proposal(group)))
}

fn standing(plan: &Plan) -> &Standing {
    &plan.lines[0].standing
}

#[test]
fn what_is_new_is_opened() {
    let group = group("a", Severity::High);
    let plan = make(std::slice::from_ref(&group), &observed());
    assert_eq!(plan.actions, [Action::Open { proposal: proposal(&group), from: Origin::Nothing }]);
    assert_eq!(standing(&plan), &Standing::New);
}

#[test]
fn what_is_right_is_left_alone_although_the_base_moved() {
    let group = group("a", Severity::High);
    let there = with_open(&group);
    let plan = make(std::slice::from_ref(&group), &there);
    assert_eq!((plan.actions.as_slice(), standing(&plan)), (&[][..], &Standing::Current(7)));
    let always = Options { always_follow: true, ..options() };
    let plan = make_with(std::slice::from_ref(&group), &there, &always, &Blind::default());
    assert!(matches!(plan.actions[..], [Action::Update { .. }]));
}

#[test]
fn a_base_that_changed_the_files_is_followed() {
    let group = group("a", Severity::High);
    let mut there = with_open(&group);
    there.heads.insert(group.branch.clone(), Head::Ours { sha: "a1".into(), content: "older".into() });
    let plan = make(std::slice::from_ref(&group), &there);
    let [Action::Update { expected, .. }] = plan.actions.as_slice() else { panic!("{:?}", plan.actions) };
    assert_eq!(expected, "a1");
}

#[test]
fn an_interrupted_run_is_finished() {
    let group = group("a", Severity::High);
    // The branch was made, the pull request was not.
    let mut there = observed();
    there.heads.insert(group.branch.clone(), Head::Ours { sha: "a1".into(), content: "c1".into() });
    let plan = make(std::slice::from_ref(&group), &there);
    assert_eq!(plan.actions, [Action::OpenOnly { proposal: proposal(&group), head: "a1".into() }]);
    // The pull request was opened, labels and reviewers are missing.
    let mut there = with_open(&group);
    there.open[0] = pull(7, &group, Stage::Opening);
    let plan = make(std::slice::from_ref(&group), &there);
    assert!(matches!(plan.actions[..], [Action::Finish { .. }]), "{:?}", plan.actions);
    // The branch was moved, the text does not say so yet.
    let mut there = with_open(&group);
    there.heads.insert(group.branch.clone(), Head::Ours { sha: "a2".into(), content: "c1".into() });
    let plan = make(std::slice::from_ref(&group), &there);
    let [Action::Rewrite { body, .. }] = plan.actions.as_slice() else { panic!("{:?}", plan.actions) };
    assert_eq!(Marker::read(body).map(|marker| marker.head), Some("a2".into()));
}

#[test]
fn what_is_gone_is_closed_once_it_was_looked_at() {
    let group = group("a", Severity::High);
    let there = with_open(&group);
    let plan = make(&[], &there);
    let [Action::Close { number: 7, body, branch, .. }] = plan.actions.as_slice() else {
        panic!("{:?}", plan.actions)
    };
    assert_eq!(Marker::read(body).map(|marker| marker.stage), Some(Stage::Finished));
    assert_eq!(*branch, Some(Tip { branch: group.branch.clone(), sha: "a1".into() }));

    let kept = |options: &Options, blind: &Blind| make_with(&[], &there, options, blind).actions.is_empty();
    let module = Blind { modules: ["a".to_owned()].into(), ..Blind::default() };
    assert!(kept(&options(), &module));
    assert!(kept(&options(), &Blind { selected: true, ..Blind::default() }));
    assert!(kept(&options(), &Blind { everywhere: true, ..Blind::default() }));
    assert!(kept(&Options { scope: "a".into(), ..options() }, &Blind::default()));
    // The problem is there and cannot be mended any more.
    let stuck = Group { fixable: Vec::new(), others: 1, ..group };
    assert!(make(&[stuck], &there).actions.is_empty());
}

#[test]
fn foreign_commits_are_never_touched() {
    let group = group("a", Severity::High);
    let mut there = with_open(&group);
    there.heads.insert(group.branch.clone(), Head::Foreign { sha: "x".into() });
    let plan = make(std::slice::from_ref(&group), &there);
    assert!(matches!(plan.actions[..], [Action::Note { number: 7, .. }]));
    assert_eq!(standing(&plan), &Standing::Foreign(Some(7)));
    // Nor when nothing is left to do.
    assert!(matches!(make(&[], &there).actions[..], [Action::Note { number: 7, .. }]));
    // Nor without a pull request.
    there.open.clear();
    let plan = make(std::slice::from_ref(&group), &there);
    assert_eq!((plan.actions.len(), standing(&plan)), (0, &Standing::Foreign(None)));
}

#[test]
fn closed_without_merging_is_an_answer_for_a_while() {
    let group = group("a", Severity::High);
    let mut there = observed();
    let closed = Ours { closed: Some(date(2026, 9, 1)), ..pull(7, &group, Stage::Open) };
    there.past.insert(group.branch.clone(), vec![closed.clone()]);
    let plan = make(std::slice::from_ref(&group), &there);
    assert!(plan.actions.is_empty());
    assert_eq!(standing(&plan), &Standing::Suppressed { number: 7, until: date(2026, 11, 30) });
    let soon = Options { suppress_days: 30, ..options() };
    assert_eq!(
        standing(&make_with(std::slice::from_ref(&group), &there, &soon, &Blind::default())),
        &Standing::New
    );
    // Merged, or closed by us, is none.
    let ours = Ours { marker: marker(&group, Stage::Finished), ..closed.clone() };
    for last in [Ours { merged: true, ..closed }, ours] {
        there.past.insert(group.branch.clone(), vec![last]);
        assert_eq!(standing(&make(std::slice::from_ref(&group), &there)), &Standing::New);
    }
}

#[test]
fn limits_do_not_starve_what_is_critical() {
    let usual: Vec<Group> = ["a", "b", "c"].iter().map(|module| group(module, Severity::High)).collect();
    let critical = group("d", Severity::Critical);
    let all: Vec<Group> = std::iter::once(critical).chain(usual.clone()).collect();
    let standings = |plan: &Plan| plan.lines.iter().map(|line| line.standing.clone()).collect::<Vec<_>>();
    let new = Standing::New;
    assert_eq!(
        standings(&make(&all, &observed())),
        [new.clone(), new.clone(), new.clone(), Standing::Waiting]
    );
    // Two that are open already leave room only in the other lane.
    let mut there = with_open(&usual[0]);
    there.open.push(pull(8, &usual[1], Stage::Open));
    there.heads.insert(usual[1].branch.clone(), Head::Ours { sha: "a1".into(), content: "c1".into() });
    let there = standings(&make(&all, &there));
    assert_eq!(there, [new, Standing::Current(7), Standing::Current(8), Standing::Waiting]);
}

#[test]
fn a_text_that_somebody_edited_is_theirs() {
    let group = group("a", Severity::High);
    let mut there = with_open(&group);
    there.open[0].body = compose(&there.open[0].marker, "Because.\n\nAnd I say so.");
    assert!(make(std::slice::from_ref(&group), &there).actions.is_empty());
    there.heads.insert(group.branch.clone(), Head::Ours { sha: "a2".into(), content: "c1".into() });
    let plan = make(std::slice::from_ref(&group), &there);
    let [Action::Rewrite { body, .. }] = plan.actions.as_slice() else { panic!("{:?}", plan.actions) };
    assert!(body.contains("And I say so."));
}

#[test]
fn what_cannot_be_mended_after_all_takes_no_place() {
    let groups = [group("a", Severity::High), group("b", Severity::High), group("c", Severity::High)];
    let mut propose = |it: &Group| (it.module != "a").then(|| proposal(it));
    let plan = plan(&groups, &observed(), &Blind::default(), &options(), TODAY, &mut propose);
    let standings: Vec<_> = plan.lines.iter().map(|line| line.standing.clone()).collect();
    assert_eq!(standings, [Standing::Stuck(None), Standing::New, Standing::New]);
}

#[test]
fn branches_that_an_interruption_left_are_swept() {
    let group = group("a", Severity::High);
    let mut there = observed();
    there.heads.insert(group.branch.clone(), Head::Ours { sha: "a1".into(), content: "c1".into() });
    assert!(matches!(make(&[], &there).actions[..], [Action::DeleteBranch { .. }]));
    assert!(
        make_with(&[], &there, &options(), &Blind { selected: true, ..Blind::default() }).actions.is_empty()
    );
    // One that somebody closed may be wanted again.
    there
        .past
        .insert(group.branch.clone(), vec![Ours { closed: Some(TODAY), ..pull(7, &group, Stage::Open) }]);
    assert!(make(&[], &there).actions.is_empty());
}

#[test]
fn ids_are_those_of_git() {
    // `printf 'hello\n' | git hash-object --stdin`
    assert_eq!(blob_id(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
}
