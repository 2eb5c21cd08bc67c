//! The built program between real servers, killed, cut off and answered wrongly at every request, and then told to
//! go on. The workload logs in all the while.

#[path = "rotation/case.rs"]
mod case;
#[path = "rotation/proxy.rs"]
mod proxy;
#[path = "rotation/servers.rs"]
mod servers;

use case::{CREDENTIAL, Case, Estate, block_on};
use keyward::rotation::{Check, Key, KeyId, Sink};
use proxy::{Fault, Plan, Proxy};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// What came of a case.
#[derive(Debug, Default)]
struct Tally {
    cases: usize,
    kills: usize,
    logins: usize,
    rotated: usize,
    back: usize,
}

/// Runs it to its end, however often it dies on the way, under a workload; and judges what is left.
fn judge(case: &Case<'_>) -> Tally {
    let over = AtomicBool::new(false);
    let (text, (logins, wrong)) = std::thread::scope(|scope| {
        let (estate, user) = (case.estate, &case.user);
        let workload = scope.spawn(|| estate.consume(user, &over));
        let text = to_the_end(case);
        over.store(true, Ordering::SeqCst);
        (text, workload.join().expect("the workload ends"))
    });
    assert_eq!(wrong, Vec::<String>::new(), "the workload was refused\n{text}");
    assert!(logins > 0);
    let rotated = assert_one_is_left(case, &text);
    assert_proof_before_deletion(case);
    let verified = case.run(&["verify"]);
    assert_eq!(verified.code, Some(0), "{}", verified.text);
    let shown =
        ["markdown", "json"].map(|format| case.run(&["evidence", CREDENTIAL, "--format", format]).text);
    case.assert_no_secret(&format!("{text}{}{}", verified.text, shown.concat()));
    Tally { cases: 1, kills: case.kills.get(), logins, rotated: rotated.into(), back: (!rotated).into() }
}

fn to_the_end(case: &Case<'_>) -> String {
    const HOW: [&str; 5] = ["--wait", "forever", "--verbose", "--request-timeout", "3s"];
    let mut ended = case.run(&[&["run", CREDENTIAL][..], &HOW].concat());
    let mut text = ended.text;
    for _ in 0..12 {
        if ended.code == Some(0) || text.contains("went back") {
            return text;
        }
        let first = !case.dir.path().join(".keyward").exists() || text.contains("help: every sink");
        let what: &[&str] = if first { &["run", CREDENTIAL] } else { &["resume"] };
        ended = case.run(&[what, &HOW].concat());
        // It died, or failed, before it wrote anything down.
        if ended.text.contains("no run is unfinished") && !text.contains("finished:") {
            ended = case.run(&[&["run", CREDENTIAL][..], &HOW].concat());
        }
        text.push_str(&ended.text);
    }
    panic!("it does not end: {text}");
}

/// One key is left, it is the one in the store, and it works; the other one is dead.
fn assert_one_is_left(case: &Case<'_>, text: &str) -> bool {
    block_on(async {
        let entry = case.estate.entry(&case.user);
        let current = case.estate.current(&case.user).await;
        let check = case.estate.check();
        assert_eq!(check.accepted(&current).await, Ok(true), "{text}");
        let mut others: Vec<Key> = vec![case.old.clone()];
        others.extend(
            case.proxy.issued().into_iter().map(|(id, secret)| Key { id: KeyId(id), secret: secret.into() }),
        );
        let mut rotated = true;
        for key in others {
            if key.id == current.id {
                rotated &= key.id != case.old.id;
                continue;
            }
            assert_eq!(check.accepted(&key).await, Ok(false), "{} is left behind\n{text}", key.id.0);
        }
        assert_eq!(entry.look().await.expect("readable").pending, None);
        rotated
    })
}

/// The old one was used and refused before it was deleted.
fn assert_proof_before_deletion(case: &Case<'_>) {
    let (seen, old) = (case.proxy.seen(), &case.old.id.0);
    let Some(deleted) = seen.iter().position(|it| it.is("DeleteAccessKey") && it.body.contains(old)) else {
        return;
    };
    let proven = seen[..deleted].iter().any(|it| {
        it.is("GetCallerIdentity") && it.head.contains(&format!("Credential={old}/")) && it.status != 200
    });
    assert!(proven, "{old} was deleted before it was seen to be refused");
}

/// Many cases at once, since most of their time is waiting.
fn sweep(
    estate: &Estate,
    name: &str,
    plans: Vec<(Plan, Duration)>,
    proxy: impl Fn(Plan, Duration) -> Proxy + Sync,
) -> Tally {
    let users = estate.users(name, plans.len());
    let cases: Vec<_> = users.into_iter().zip(plans).collect();
    let (next, total) = (AtomicUsize::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((user, (plan, lag))) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let told = format!("{plan:?} lag {lag:?}");
                    let case = Case::behind(estate, user.clone(), proxy(plan.clone(), *lag));
                    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| judge(&case)));
                    let Ok(done) = done else { panic!("{told}") };
                    let mut total = total.lock().expect("whole");
                    total.cases += done.cases;
                    total.kills += done.kills;
                    total.logins += done.logins;
                    total.rotated += done.rotated;
                    total.back += done.back;
                }
            });
        }
    });
    total.into_inner().expect("whole")
}

/// All requests of an exchange in which nothing goes wrong.
fn requests(estate: &Estate) -> Vec<proxy::Seen> {
    let user = estate.users("usual", 1).remove(0);
    let case = Case::new(estate, user, Vec::new(), Duration::ZERO);
    let tally = judge(&case);
    assert_eq!(tally.rotated, 1);
    case.proxy.seen()
}

const AT_ONCE: usize = 10;

/// Dead before and after everything that changes or proves something, and each fault once where it hurts.
#[test]
fn killed_at_every_effect_it_goes_on_to_a_safe_end() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new(servers::ministack());
    let seen = requests(&estate);
    let effects: Vec<_> = seen.iter().filter(|it| it.matters()).collect();
    assert!(effects.len() >= 7, "{seen:#?}");
    let mut plans = Vec::new();
    for at in 0..effects.len() {
        plans.push((vec![(at, Fault::KillBefore)], Duration::ZERO));
        plans.push((vec![(at, Fault::KillAfter)], Duration::ZERO));
    }
    let made = effects.iter().position(|it| it.is("CreateAccessKey")).expect("one is made");
    plans.push((vec![(made, Fault::Twice)], Duration::ZERO));
    plans.push((vec![(made, Fault::LostAnswer)], Duration::ZERO));
    plans.push((Vec::new(), Duration::from_millis(1_500)));
    let (cases, kills) = (plans.len(), 2 * effects.len());
    let tally = sweep(&estate, "short", plans, Proxy::at_effects);
    assert_eq!((tally.cases, tally.kills), (cases, kills), "{tally:?}");
}

/// Every request, every fault, and several of them. Takes minutes: `cargo test --test rotate_kill -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn killed_at_every_request_and_worse() {
    let estate = Estate::new(servers::ministack());
    let seen = requests(&estate);
    let all = 0..seen.len();
    let single = |fault| all.clone().map(move |at| (vec![(at, fault)], Duration::ZERO)).collect::<Vec<_>>();
    let mut total = Tally::default();
    let mut add = |name: &str, plans: Vec<(Plan, Duration)>| {
        let tally = sweep(&estate, name, plans, Proxy::new);
        println!("{name}: {tally:?}");
        total.cases += tally.cases;
        total.kills += tally.kills;
        total.logins += tally.logins;
        total.rotated += tally.rotated;
        total.back += tally.back;
    };
    add("killbefore", single(Fault::KillBefore));
    add("killafter", single(Fault::KillAfter));
    for fault in
        [Fault::LostAnswer, Fault::Unreached, Fault::Broken, Fault::Throttled, Fault::Twice, Fault::Late]
    {
        add(&format!("{fault:?}").to_lowercase(), single(fault));
    }
    // Killed several times, with other faults between, by numbers that are the same every time.
    let mut numbers = 0x2545_f491_u32;
    let mut next = |below: usize| {
        numbers ^= numbers << 13;
        numbers ^= numbers >> 17;
        numbers ^= numbers << 5;
        numbers as usize % below
    };
    let kinds = [
        Fault::KillBefore,
        Fault::KillAfter,
        Fault::KillAfter,
        Fault::LostAnswer,
        Fault::Twice,
        Fault::Broken,
    ];
    let mixed = |_| {
        let plan: Plan = (0..6).map(|_| (next(seen.len() * 3 / 2), kinds[next(kinds.len())])).collect();
        (plan, Duration::from_millis(if next(2) == 0 { 0 } else { 1_500 }))
    };
    add("mixed", (0..150).map(mixed).collect());
    println!("{total:?}");
    assert!(total.kills >= 250, "{total:?}");
}

/// What the tests of this file find out, they would find out.
#[test]
fn a_fault_that_never_came_is_noticed() {
    let proxy = Proxy::new(vec![(3, Fault::KillBefore)], Duration::ZERO);
    assert_eq!((proxy.left(), proxy.seen().len(), proxy.take_kill()), (1, 0, false));
}
