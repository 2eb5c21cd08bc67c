//! The journal that several workers share, in a real PostgreSQL.

#[path = "rotation/cut.rs"]
mod cut;
#[path = "rotation/database.rs"]
mod database;
#[path = "rotation/servers.rs"]
mod servers;

use cut::{Cut, Way};
use database::{Estate, JOURNAL_PASSWORD, block_on};
use keyward::rotation::KeyId;
use keyward::rotation::engine::{Entry, Event, Job, Outcome};
use keyward::rotation::journal::{
    Journal, JournalError, MemoryJournal, PostgresJournal, Rest, Worker, verify,
};
use keyward::rotation::postgres::Database;
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn estate() -> Option<&'static Estate> {
    static ESTATE: OnceLock<Estate> = OnceLock::new();
    (!servers::is_off()).then(|| {
        ESTATE.get_or_init(|| {
            let estate = Estate::new();
            estate.add_journal();
            estate
        })
    })
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs() as i64
}

const LEASE: Duration = Duration::from_secs(9);

fn open_at(address: &str, name: &str, now: fn() -> i64) -> PostgresJournal {
    let database = Database::new(&format!("postgres://{address}/journal"), Duration::from_secs(3));
    let worker = Worker { name: name.to_owned(), now, tick: Instant::now };
    let password = JOURNAL_PASSWORD.to_owned().into();
    let journal = PostgresJournal::open(database.expect("an address"), "keyward", password, LEASE, worker);
    let journal = journal.expect("it answers");
    journal.set_up().expect("its tables are made");
    journal
}

fn open(estate: &Estate, name: &str) -> PostgresJournal {
    open_at(estate.database.address.trim_start_matches("http://"), name, now)
}

fn started(run: &str, credential: &str) -> Entry {
    let job = Job {
        credential: credential.into(),
        issuer: "issuer".into(),
        sinks: vec!["it's \\ a sink".into()],
        old: KeyId("old".into()),
        quiet: 1,
        keep_disabled: 1,
        settle: 1,
        patience: 1,
        backoff: 1,
        unseen: false,
        by: String::new(),
    };
    Entry { run: run.into(), at: 1, event: Event::Started { job } }
}

fn step(run: &str, at: i64) -> Entry {
    Entry { run: run.into(), at, event: Event::Quiet { last_used: None } }
}

fn finished(run: &str) -> Entry {
    let outcome = Outcome::RolledBack { reason: "test".into() };
    Entry { run: run.into(), at: 9, event: Event::Finished { outcome } }
}

/// Somebody whom nobody hears of any more.
fn expire(estate: &Estate, credential: &str) {
    block_on(async {
        let statement = format!(
            "UPDATE keyward.work SET lease = clock_timestamp() - interval '1 second' WHERE credential = '{credential}'"
        );
        estate.journal().await.batch_execute(&statement).await.expect("changed");
    });
}

/// Tests share the journal, so that each looks at its own runs.
#[test]
fn it_has_the_same_records_as_any_other() {
    let Some(estate) = estate() else { return };
    let mut journal = open(estate, "one");
    let mut memory = MemoryJournal::default();
    for open in [&mut journal as &mut dyn Journal, &mut memory] {
        open.begin(started("same", "same")).expect("begun");
        open.append(&step("same", 2)).expect("written");
        open.append(&finished("same")).expect("written");
        open.release(Rest::Over).expect("let go of");
    }
    assert_eq!(journal.entries("same").expect("there"), memory.entries("same").expect("there"));
    verify(&journal.links().expect("there"), None).expect("sound");
    // And a second one, when the first is finished.
    journal.begin(started("same-again", "same")).expect("begun");
    assert!(matches!(journal.begin(started("same-again", "same")), Err(JournalError::Taken(_))));
    let busy = journal.begin(started("same-third", "same")).expect_err("refused");
    assert_eq!(busy.to_string(), "same is being rotated already, by run same-again");
}

#[test]
fn entries_are_never_changed() {
    let Some(estate) = estate() else { return };
    let mut journal = open(estate, "keeper");
    journal.begin(started("kept", "kept")).expect("begun");
    block_on(async {
        let client = estate.journal().await;
        for statement in
            ["UPDATE keyward.entry SET body = 'x'", "DELETE FROM keyward.entry", "TRUNCATE keyward.entry"]
        {
            let refused = client.batch_execute(statement).await.expect_err("refused");
            assert!(refused.as_db_error().is_some_and(|said| said.message().contains("never changed")));
        }
    });
}

#[test]
fn one_worker_at_a_time_has_a_credential() {
    let Some(estate) = estate() else { return };
    let (mut one, mut two) = (open(estate, "one"), open(estate, "two"));
    one.claim("single").expect("free");
    one.begin(started("single", "single")).expect("begun");
    let held = two.claim("single").expect_err("refused");
    assert!(held.to_string().starts_with("single is being worked on by worker one-"), "{held}");
    assert!(matches!(two.append(&step("single", 2)), Err(JournalError::Lost(_))), "without a claim");
    one.release(Rest::Until { again: 0, due: 0 }).expect("let go of");
    two.claim("single").expect("free again");
    two.append(&step("single", 3)).expect("written");
    assert!(matches!(one.append(&step("single", 4)), Err(JournalError::Lost(_))));
    assert_eq!(two.entries("single").expect("there").len(), 2);
}

/// The token of the claim is the fence: what was given to somebody else is not written to, whatever was going on.
#[test]
fn a_worker_whose_lease_ran_out_writes_nothing() {
    let Some(estate) = estate() else { return };
    let (mut old, mut new) = (open(estate, "old"), open(estate, "new"));
    old.begin(started("fenced", "fenced")).expect("begun");
    // It ran out, and nobody has it yet.
    expire(estate, "fenced");
    assert!(matches!(old.append(&step("fenced", 2)), Err(JournalError::Lost(_))));
    // Or somebody has: also when the lease of that one ran out in turn.
    let mut old = open(estate, "old");
    old.claim("fenced").expect("free");
    expire(estate, "fenced");
    new.claim("fenced").expect("it ran out");
    new.append(&step("fenced", 3)).expect("written");
    assert!(matches!(old.append(&step("fenced", 4)), Err(JournalError::Lost(_))));
    old.release(Rest::Over).expect("nothing happens");
    new.append(&finished("fenced")).expect("it was not let go of by somebody else");
    let at: Vec<_> = new.entries("fenced").expect("there").iter().map(|entry| entry.at).collect();
    assert_eq!(at, [1, 3, 9]);
    assert!(old.begin(started("fenced-too", "fenced")).is_err(), "it is not theirs");
}

/// What is under way when a lease runs out is not waited for.
#[test]
fn an_effect_ends_with_the_lease() {
    let Some(estate) = estate() else { return };
    let mut journal = open(estate, "slow");
    journal.claim("slow").expect("free");
    let lease = journal.lease().expect("it has one");
    block_on(async {
        assert_eq!(lease.hold(async { 7 }).await, Some(7));
        journal.release(Rest::Over).expect("let go of");
        assert_eq!(lease.hold(std::future::pending::<()>()).await, None);
    });
}

/// It is renewed while its holder is alive, also when that has nothing to write.
#[test]
fn a_lease_is_renewed() {
    let Some(estate) = estate() else { return };
    let mut journal = open(estate, "alive");
    journal.claim("renewed").expect("free");
    let left = || {
        block_on(async {
            let query = "SELECT extract(epoch FROM lease - clock_timestamp())::float8 FROM keyward.work WHERE credential = 'renewed'";
            estate.journal().await.query_one(query, &[]).await.expect("there").get::<_, f64>(0)
        })
    };
    assert!(left() > 8.0);
    std::thread::sleep(LEASE / 3 + Duration::from_millis(1_500));
    assert!(left() > 6.5, "{}", left());
}

/// An answer that is lost does not make an entry come twice, or be missing.
#[test]
fn a_lost_answer_loses_nothing_and_writes_nothing_twice() {
    let Some(estate) = estate() else { return };
    open(estate, "first");
    let run = |lost: usize| {
        let way = Way::new(&estate.database.address, lost, Cut::Lost);
        let name = format!("cut-{lost}");
        let mut journal = open_at(&way.address, &name, now);
        journal.claim(&name).expect("free");
        journal.begin(started(&name, &name)).expect("begun");
        for at in 2..5 {
            journal.append(&step(&name, at)).expect("written");
        }
        journal.append(&finished(&name)).expect("written");
        let at: Vec<_> = journal.entries(&name).expect("there").iter().map(|entry| entry.at).collect();
        assert_eq!(at, [1, 2, 3, 4, 9], "answer {lost} was lost");
        way.asked()
    };
    let questions = run(0);
    assert!(questions >= 10, "{questions}");
    for lost in 1..=questions {
        run(lost);
    }
    verify(&open(estate, "last").links().expect("there"), None).expect("sound");
}

/// Many who write at once make one chain.
#[test]
fn all_who_write_make_one_chain() {
    let Some(estate) = estate() else { return };
    std::thread::scope(|scope| {
        for writer in 0..4 {
            scope.spawn(move || {
                let mut journal = open(estate, &format!("writer-{writer}"));
                for number in 0..5 {
                    let name = format!("chain-{writer}-{number}");
                    journal.begin(started(&name, &name)).expect("begun");
                    for at in 2..9 {
                        journal.append(&step(&name, at)).expect("written");
                    }
                    journal.append(&finished(&name)).expect("written");
                    journal.release(Rest::Over).expect("let go of");
                }
            });
        }
    });
    let links = open(estate, "reader").links().expect("there");
    verify(&links, None).expect("sound");
    assert_eq!(links.iter().filter(|link| link.body.contains("\"chain-")).count(), 4 * 5 * 9);
}

/// Machines disagree about the time, and the database decides.
#[test]
fn the_clock_of_the_database_counts() {
    let Some(estate) = estate() else { return };
    let address = estate.database.address.trim_start_matches("http://");
    assert_eq!(open(estate, "right").ahead(), 0);
    let late = open_at(address, "late", || now() - 600).ahead();
    assert!((599..=601).contains(&late), "{late}");
}

/// What was changed is found by whoever goes on with a run, and by whoever verifies all of it.
#[test]
fn what_was_changed_is_found() {
    if servers::is_off() {
        return;
    }
    let estate = Estate::new();
    estate.add_journal();
    let mut journal = open(&estate, "sound");
    journal.begin(started("changed", "changed")).expect("begun");
    journal.append(&step("changed", 2)).expect("written");
    block_on(async {
        let client = estate.journal().await;
        let change = "ALTER TABLE keyward.entry DISABLE TRIGGER entry_stays; \
                      UPDATE keyward.entry SET body = replace(body, 'issuer', 'nobody') WHERE number = 1";
        client.batch_execute(change).await.expect("an administrator can");
    });
    let found = journal.entries("changed").expect_err("found");
    assert_eq!(found.to_string(), "entry 1 was changed");
    assert!(verify(&journal.links().expect("there"), None).is_err());
}
