use super::*;
use jiff::civil::date;
use proptest::prelude::*;

const TODAY: Date = date(2026, 11, 22);

fn csv(text: &str) -> Roster {
    Roster::parse(text, RosterKind::Csv)
}

fn verdict(roster: &Roster, owner: &str) -> String {
    match roster.lookup(owner, TODAY) {
        Lookup::Current(entry) => format!("current {}", entry.name),
        Lookup::Ended { entry, since } => {
            format!("ended {} {}", entry.name, since.map_or("?".to_owned(), |date| date.to_string()))
        }
        Lookup::Unknown => "unknown".to_owned(),
    }
}

const PEOPLE: &str = "\u{feff}Name,Type,Handle,E-Mail,Aliases,Team,End Date
Payments Team,team,@acme/payments,pay@acme.example,billing; checkout,,
# former
Jane Doe,person,jdoe,jane.doe@acme.example,,Growth,2026-05-31
Max Roe,person,mroe,max.roe@acme.example,,Growth,2027-01-01
\"Lee, Sam\",person,,sam.lee@acme.example,,Old Crew,2026-01-31
,,,,,,
";

#[test]
fn owners_are_found_however_they_are_written() {
    let roster = csv(PEOPLE);
    assert_eq!(roster.problems, []);
    for (owner, expected) in [
        ("payments-team", "current Payments Team"),
        ("PAYMENTS TEAM", "current Payments Team"),
        ("payments", "current Payments Team"),
        ("@acme/payments", "current Payments Team"),
        ("@other/payments_team", "current Payments Team"),
        ("Checkout", "current Payments Team"),
        ("mailto:pay@acme.example", "current Payments Team"),
        ("Pay <PAY@acme.example>", "current Payments Team"),
        ("pay@other.example", "unknown"),
        ("@jdoe", "ended Jane Doe 2026-05-31"),
        ("jane.doe", "ended Jane Doe 2026-05-31"),
        ("Sam.Lee@Acme.example", "ended Lee, Sam 2026-01-31"),
        ("max.roe@acme.example", "current Max Roe"),
        ("growth", "current Growth"),
        ("old-crew", "ended Old Crew 2026-01-31"),
        ("platform", "unknown"),
        ("", "unknown"),
    ] {
        assert_eq!(verdict(&roster, owner), expected, "{owner}");
    }
    let Lookup::Current(max) = roster.lookup("mroe", TODAY) else { panic!("Max is current") };
    assert_eq!((max.line, max.team.as_deref(), max.kind), (5, Some("Growth"), Some(EntryKind::Person)));
    assert_eq!(verdict(&csv("name\nx\n"), "x@acme.example"), "current x");
}

#[test]
fn a_name_given_again_is_current() {
    let roster =
        csv("team;until\nlast-day;2026-11-22\nops;2020-01-01\nops;\nold;2020-01-01\nold;2021-01-01\n");
    assert_eq!(verdict(&roster, "last-day"), "current last-day");
    assert_eq!(verdict(&roster, "ops"), "current ops");
    assert_eq!(verdict(&roster, "old"), "ended old 2021-01-01");
}

#[test]
fn lines_that_cannot_be_read_are_told_and_the_rest_counts() {
    let roster = csv("name,type,left\na,robot,\n\nb,team,soon\n,,2020-01-01\nc,team,yes\n");
    let told: Vec<_> = roster.problems.iter().map(|p| (p.line, p.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (2, "`robot` is neither `person` nor `team`"),
            (4, "`soon` is not a date such as 2027-03-31"),
            (5, "the line names nobody"),
        ]
    );
    assert_eq!(verdict(&roster, "b"), "current b");
    assert_eq!(verdict(&roster, "c"), "ended c ?");
    assert_eq!(csv("colour,size\nred,1\n").problems[0].span, 0..11);
}

#[test]
fn json_comes_as_a_list_or_a_map() {
    let list = r#"[{"name": "Payments", "aliases": ["billing"], "end": null}, {"email": "j@acme.example", "until": "2026-01-01"}, 3]"#;
    let roster = Roster::parse(list, RosterKind::Json);
    assert_eq!(verdict(&roster, "billing"), "current Payments");
    assert_eq!(verdict(&roster, "j@acme.example"), "ended j@acme.example 2026-01-01");
    assert_eq!(&list[roster.problems[0].span.clone()], "3");

    let map = "{\"payments\": {\"type\": \"team\"},\n \"jane\": {\"active\": false, \"left\": \"x\"}}";
    let roster = Roster::parse(map, RosterKind::Json);
    assert_eq!(verdict(&roster, "Payments team"), "current payments");
    assert_eq!(verdict(&roster, "jane"), "ended jane ?");
    assert_eq!(roster.problems[0].line, 2);

    let nested = r#"{"teams": ["sre", {"slug": "data"}], "people": {"jane": {"team": "sre"}}}"#;
    let roster = Roster::parse(nested, RosterKind::Json);
    assert_eq!(roster.problems, []);
    assert_eq!(roster.entries.iter().filter(|entry| entry.kind == Some(EntryKind::Team)).count(), 2);

    assert_eq!(Roster::parse("[{\n", RosterKind::Json).problems.len(), 1);
}

#[test]
fn whoever_code_owners_names_exists() {
    let roster = Roster::parse("* @acme/all # x\n/a/ @acme/pay pay@acme.example\n", RosterKind::CodeOwners);
    assert_eq!(verdict(&roster, "pay"), "current @acme/pay");
    assert_eq!(verdict(&roster, "growth"), "unknown");
    assert_eq!(RosterKind::of(Path::new("x/CODEOWNERS")), RosterKind::CodeOwners);
    assert_eq!(RosterKind::of(Path::new("x/People.JSON")), RosterKind::Json);
}

proptest! {
    #[test]
    fn any_text_is_survived(text in "\\PC*", owner in "\\PC*") {
        for kind in [RosterKind::Csv, RosterKind::Json, RosterKind::CodeOwners] {
            verdict(&Roster::parse(&text, kind), &owner);
        }
    }

    #[test]
    fn near_rosters_are_survived(body in "([a@\"é,;\r\n #-]{0,12}\n){0,5}", owner in "[a@é/ -]{0,6}") {
        let text = format!("name,email,end\n{body}");
        let roster = csv(&text);
        for problem in &roster.problems {
            prop_assert!(text.get(problem.span.clone()).is_some());
        }
        verdict(&roster, &owner);
    }

    #[test]
    fn near_json_is_survived(text in "[\\[{]{0,2}(\"(name|teams|x)\"[:,]?[\\[{\"a\\]}]{0,4},?){0,5}[\\]}]{0,3}") {
        Roster::parse(&text, RosterKind::Json);
    }
}
