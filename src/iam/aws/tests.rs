use super::*;
use crate::iam::{Element, Pattern, Tri, Verdict};
use proptest::prelude::*;
use serde_json::{Value, json};

#[allow(clippy::needless_pass_by_value, reason = "tests read better with json! as an argument")]
fn document(statements: Value) -> Document {
    let read = Document::from_json(&json!({ "Version": "2012-10-17", "Statement": statements }));
    assert_eq!(read.problems, []);
    read.document
}

fn verdict(statements: Value) -> Verdict {
    judge(&[&document(statements)]).verdict
}

fn set(pattern: &str) -> ActionSet {
    Expander::default().pattern(&Pattern::parse(pattern)).yes
}

#[test]
fn the_catalogue_is_whole_and_sorted() {
    let catalogue = catalogue();
    assert_eq!((catalogue.len(), catalogue.services().len()), (22_091, 456));
    for service in catalogue.services() {
        assert_eq!(service.ids().count(), service.actions().len());
        for (id, action) in service.ids().zip(service.actions()) {
            assert_eq!(service.find(action.name), Some(id));
            assert_eq!(catalogue.service_of(id).prefix, service.prefix);
            let types = if action.is_scopable() { 1 } else { 0 };
            assert!(service.types_of(action).count() >= types);
        }
    }
    let id = catalogue.find("SQS:sendmessage").expect("known action");
    assert_eq!(catalogue.full_name(id), "sqs:SendMessage");
    assert_eq!(catalogue.service_of(id).resource_types()[0].arn, "arn:*:sqs:*:*:*");
    assert_eq!(Level::ALL.map(|level| catalogue.at_level(level).len()).iter().sum::<usize>(), 22_091);
}

#[test]
fn expansion() {
    assert_eq!(set("*"), ActionSet::all());
    assert_eq!(set("*:*"), ActionSet::all());
    assert_eq!(set("iam:PassRole").names().collect::<Vec<_>>(), ["iam:PassRole"]);
    assert_eq!(set("IAM:PASSROLE"), set("iam:PassRole"));
    assert_eq!(set("iam:pass*").names().collect::<Vec<_>>(), ["iam:PassRole"]);
    assert!(set("s3:Get*").has("s3:GetObject") && !set("s3:Get*").has("s3:PutObject"));
    assert!(set("*:GetObject").has("s3:GetObject"));
    assert!(set("s3:?etObject").has("s3:GetObject"));
    assert!(set("s3:*Acl").is_subset(&set("s3:*")));
    let unknown = Expander::default().pattern(&Pattern::parse("nosuch:Thing"));
    assert_eq!(unknown.unknown_names, ["nosuch:Thing"]);
    let unknown = Expander::default().pattern(&Pattern::parse("s3:Gte*"));
    assert_eq!(unknown.unknown_names, ["s3:Gte*"]);
    let holed = Pattern::builder(crate::iam::Syntax::Glob).text("s3:").hole().build();
    let holed = Expander::default().pattern(&holed);
    assert!(holed.yes.is_empty() && holed.maybe == set("s3:*"));
}

#[test]
fn administrators() {
    let all = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    assert_eq!(verdict(all.clone()), Verdict::Admin);
    assert_eq!(
        verdict(json!({"Effect": "Allow", "Action": ["*:*"], "Resource": ["arn:aws:*"]})),
        Verdict::Admin
    );
    assert_eq!(verdict(json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})), Verdict::Power);
    assert_eq!(
        verdict(json!([
            {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"},
            {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::123456789012:*"},
        ])),
        Verdict::Admin
    );
    assert_eq!(verdict(json!([all, {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}])), Verdict::Power);
    assert_eq!(verdict(json!([all, {"Effect": "Deny", "Action": "*", "Resource": "*"}])), Verdict::None);
    assert_eq!(
        verdict(json!([all, {"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/jo"}])),
        Verdict::Admin
    );
    assert_eq!(
        verdict(json!([all, {"Effect": "Deny", "Action": "iam:*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}])),
        Verdict::Admin
    );
    assert_eq!(
        verdict(json!([all, {"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}])),
        Verdict::None
    );
    assert_eq!(
        verdict(json!({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::audit/*"})),
        Verdict::Admin
    );
    assert_eq!(
        verdict(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::*"})),
        Verdict::None
    );
    let services: Vec<_> = catalogue().services().iter().map(|it| format!("{}:*", it.prefix)).collect();
    assert_eq!(verdict(json!({"Effect": "Allow", "Action": services, "Resource": "*"})), Verdict::Admin);
}

#[test]
fn conditions_on_administrators() {
    let with = |condition: Value| {
        judge(&[&document(
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}),
        )])
    };
    assert_eq!(with(json!({"Bool": {"aws:SecureTransport": true}})).verdict, Verdict::Admin);
    let mfa = with(json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}));
    assert_eq!((mfa.verdict, mfa.under_conditions), (Verdict::None, Verdict::Admin));
    assert_eq!(mfa.responsible.len(), 1);
    assert_eq!(with(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})).verdict, Verdict::Admin);
    assert_eq!(with(json!({"ForAllValues:StringLike": {"aws:TagKeys": "*"}})).verdict, Verdict::Admin);
    assert_eq!(with(json!({"StringLike": {"aws:PrincipalTag/x": "*"}})).verdict, Verdict::None);
    assert_eq!(
        with(json!({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "0.0.0.0/0"]}})).verdict,
        Verdict::Admin
    );
    let all_but = json!({"StringNotEquals": {"aws:ResourceTag/protected": "yes"}});
    assert_eq!(with(all_but).verdict, Verdict::Admin);
    assert_eq!(with(json!({"StringEquals": {"aws:PrincipalOrgID": "o-1"}})).verdict, Verdict::None);
}

#[test]
fn the_responsible_elements_come_back_with_their_tags() {
    let mut statement = Statement::new(Effect::Allow, "statement");
    statement.resources = Resources::Only(vec![Element::new(Pattern::parse("*"), "resource")]);
    statement.actions = Actions::Only(vec![
        Element::new(Pattern::parse("s3:*"), "s3"),
        Element::new(Pattern::parse("*"), "star"),
        Element::new(Pattern::parse("iam:*"), "iam"),
    ]);
    let judgement = judge(&[&Document::new(vec![statement])]);
    let tags: Vec<_> = judgement.responsible.iter().map(|it| (it.at, it.text.as_str())).collect();
    assert_eq!(tags, [("star", "*")]);
    assert_eq!(judgement.self_grants.len(), SELF_GRANTS.len());

    let mut rest = Statement::new(Effect::Allow, "rest");
    rest.resources = Resources::Only(vec![Element::new(Pattern::parse("*"), "resource")]);
    let mut iam = rest.clone();
    rest.actions = Actions::Not(vec![Element::new(Pattern::parse("iam:*"), "not iam")]);
    iam.actions = Actions::Only(vec![
        Element::new(Pattern::parse("iam:List*"), "list"),
        Element::new(Pattern::parse("iam:Put*"), "put"),
    ]);
    let judgement = judge(&[&Document::new(vec![rest]), &Document::new(vec![iam])]);
    let tags: Vec<_> = judgement.responsible.iter().map(|it| it.at).collect();
    assert_eq!((judgement.verdict, tags), (Verdict::Admin, vec!["rest", "put"]));
}

#[test]
fn unknown_parts() {
    let all = document(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let unknown = Document::unknown(());
    let judgement = judge(&[&all, &unknown]);
    assert_eq!((judgement.verdict, judgement.certain), (Verdict::Admin, false));
    let alone = judge(&[&unknown]);
    assert_eq!((alone.verdict, alone.certain, alone.possible), (Verdict::None, true, Verdict::Admin));
    assert_eq!(alone.effective.maybe, ActionSet::all());
}

#[test]
fn boundaries() {
    let all = document(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    let boundary = effective([&document(json!([
        {"Effect": "Allow", "Action": ["s3:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["sqs:*"], "Resource": "arn:aws:sqs:*:*:jobs"},
    ]))]);
    let judgement = judge_within(&[&all], &[&boundary]);
    assert_eq!(judgement.verdict, Verdict::None);
    assert_eq!(judgement.effective.on_all, set("s3:*"));
    assert_eq!(judgement.effective.scoped, set("sqs:*"));
}

#[test]
fn denies_are_taken_off() {
    let document = document(json!([
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:Put*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::audit/*"},
    ]));
    let effective = effective([&document]);
    assert_eq!(effective.on_all, set("s3:*").difference(&set("s3:Put*")));
    assert_eq!(effective.partly_denied, set("s3:Delete*"));
}

#[test]
fn wildcard_reports() {
    let patterns = |statements: Value| {
        let reports = wildcards(&document(statements));
        reports.iter().map(|report| (report.kind, report.pattern.clone())).collect::<Vec<_>>()
    };
    let quiet = json!({"Effect": "Allow", "Resource": "*",
        "Action": ["ec2:Describe*", "s3:List*", "logs:Get*", "iam:PassRole", "*:List*"]});
    assert_eq!(patterns(quiet)[..], []);
    let loud = json!({"Effect": "Allow", "Resource": "*", "Action": ["s3:Get*", "s3:Put*", "sqs:*"]});
    assert_eq!(
        patterns(loud),
        [(WildcardKind::Action, "s3:Put*".into()), (WildcardKind::Action, "sqs:*".into())]
    );
    let narrow =
        json!({"Effect": "Allow", "Resource": ["arn:aws:s3:::x", "arn:aws:s3:::x/*"], "Action": "s3:*"});
    assert_eq!(patterns(narrow)[..], []);
    let service = json!({"Effect": "Allow", "Resource": "arn:aws:s3:::*", "Action": "s3:*"});
    assert_eq!(patterns(service).len(), 1);
    let negated = json!({"Effect": "Allow", "Resource": "*", "NotAction": ["iam:*", "sts:*"]});
    assert_eq!(patterns(negated), [(WildcardKind::NotAction, "iam:*, sts:*".into())]);
    let other = json!({"Effect": "Allow", "NotResource": "arn:aws:s3:::x", "Action": "s3:PutObject"});
    assert_eq!(patterns(other), [(WildcardKind::NotResource, "arn:aws:s3:::x".into())]);
    let denied = json!([
        {"Effect": "Allow", "Resource": "*", "Action": "sqs:*"},
        {"Effect": "Deny", "Resource": "*", "NotAction": ["sqs:Get*", "sqs:List*"]},
    ]);
    assert_eq!(patterns(denied)[..], []);
    let report = &wildcards(&document(json!({"Effect": "Allow", "Resource": "*", "Action": "sqs:*"})))[0];
    let expected = ["sqs:AddPermission", "sqs:RemovePermission", "sqs:SetQueueAttributes"];
    assert_eq!(report.gives.permission_management, expected);
    assert_eq!(report.gives.by_level.iter().sum::<usize>(), 20);
}

#[test]
fn breadths() {
    let of = |text: &str| Breadth::of(&Pattern::parse(text), false);
    assert_eq!(of("*"), Breadth::All);
    assert_eq!(of("arn:aws:*:*:*:*"), Breadth::All);
    assert_eq!(of("arn:aws:s3:::*"), Breadth::Service("s3".into()));
    assert_eq!(of("arn:aws:s3:*"), Breadth::Service("s3".into()));
    assert_eq!(of("arn:aws:s3:::*/*"), Breadth::Narrow);
    assert_eq!(of("arn:aws:iam::1:role/*"), Breadth::Kind { service: "iam".into(), kind: "role".into() });
    assert_eq!(of("arn:aws:sqs:eu-west-1:*:*"), Breadth::Narrow);
    assert_eq!(of("bucket"), Breadth::Narrow);
    assert_eq!(Breadth::of(&Pattern::unknown(), false), Breadth::Unknown);
    assert_eq!(Breadth::of(&Pattern::parse("arn:aws:iam::1:*"), true), Breadth::Narrow);
}

#[test]
fn condition_tests() {
    let condition = |operator: &str, value: &str| {
        let operator = Operator::parse(operator);
        let pattern = Pattern::builder(operator.syntax()).text(value).build();
        Condition::new(operator, "k", vec![Element::new(pattern, ())], ())
    };
    assert_eq!(condition("StringLike", "repo:o/*").admits("repo:o/r"), Tri::Yes);
    assert_eq!(condition("StringEquals", "repo:o/*").admits("repo:o/r"), Tri::No);
    assert_eq!(condition("StringNotLike", "repo:o/*").admits("repo:o/r"), Tri::No);
    assert_eq!(condition("StringEquals", "${aws:username}").admits("jo"), Tri::Maybe);
    assert_eq!(condition("StringNotEquals", "a").admits_missing(), Tri::Yes);
    assert_eq!(condition("ForAllValues:StringEquals", "a").admits_missing(), Tri::Yes);
    assert_eq!(condition("ForAnyValue:StringNotEquals", "a").admits_missing(), Tri::No);
    assert_eq!(condition("StringEqualsIfExists", "a").admits_missing(), Tri::Yes);
    assert_eq!(condition("Null", "true").admits_missing(), Tri::Yes);
    assert_eq!(condition("Null", "false").admits_missing(), Tri::No);
}

#[test]
fn ten_thousand_statements() {
    let statements: Vec<_> = (0..10_000)
        .map(|at| json!({"Effect": "Allow", "Action": [format!("*:G{at}*"), "s3:*"], "Resource": format!("arn:aws:s3:::b{at}")}))
        .collect();
    let document = document(Value::Array(statements));
    assert_eq!(judge(&[&document]).verdict, Verdict::None);
    assert_eq!(wildcards(&document).len(), 0);

    let star = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let document = self::document(Value::Array(vec![star; 10_000]));
    assert_eq!(judge(&[&document]).responsible.len(), 1);
    assert_eq!(wildcards(&document).len(), 10_000);
}

fn patterns() -> impl Strategy<Value = Vec<String>> {
    let pattern = prop_oneof![
        "(s3|iam|sqs):(Get|Put|Create)?[*?]?[A-Z]?[a-z]{0,2}[*]?",
        "[*]:(Get|Tag)[*]",
        Just("*".to_owned()),
        "\\PC{0,6}",
    ];
    prop::collection::vec(pattern, 0..4)
}

fn actions(patterns: &[String]) -> Vec<Element> {
    patterns.iter().map(|pattern| Element::new(Pattern::parse(pattern), ())).collect()
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("Statement"),
        Just("Effect"),
        Just("Action"),
        Just("NotAction"),
        Just("Resource"),
        Just("NotResource"),
        Just("Principal"),
        Just("Condition"),
        Just("Bool"),
        Just("AWS"),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(json!("Allow")),
        Just(json!("Deny")),
        "[a-z0-9:*?${}]{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn expansion_distributes_over_union(one in patterns(), other in patterns()) {
        let mut expander = Expander::default();
        let together = expander.elements(&actions(&[one.clone(), other.clone()].concat()));
        let apart = expander.elements(&actions(&one)).yes.union(&expander.elements(&actions(&other)).yes);
        prop_assert_eq!(together.yes, apart);
    }

    #[test]
    fn expansion_agrees_with_matching(patterns in patterns(), offset in 0..97_u32) {
        let expansion = Expander::default().elements(&actions(&patterns));
        for id in (offset..22_091).step_by(97).map(ActionId) {
            let name = catalogue().full_name(id);
            let answer = Tri::any(patterns.iter().map(|it| Pattern::parse(it).matches_ignore_case(&name)));
            prop_assert_eq!(expansion.yes.contains(id), answer.is_yes(), "{}", name);
        }
    }

    #[test]
    fn not_action_is_the_complement(patterns in patterns()) {
        let listed = expand(&Actions::Only(actions(&patterns)));
        let others = expand(&Actions::Not(actions(&patterns)));
        prop_assert!(listed.yes.is_disjoint(&others.yes));
        prop_assert_eq!(listed.yes.union(&others.yes).union(&listed.maybe), ActionSet::all());
    }

    #[test]
    fn set_algebra(one in prop::collection::vec(0..22_091_u32, 0..50), from in 0..22_091_u32, length in 0..300_u32) {
        let mut set = ActionSet::new();
        one.iter().for_each(|id| set.insert(ActionId(*id)));
        let mut range = ActionSet::new();
        range.insert_range(from..(from + length).min(22_091));
        prop_assert_eq!(range.len() as u32, length.min(22_091 - from));
        prop_assert_eq!(set.iter().collect::<Vec<_>>().len(), set.len());
        prop_assert!(set.iter().all(|id| set.contains(id)));
        prop_assert_eq!(set.complement().complement(), set.union(&ActionSet::new()));
        prop_assert_eq!(set.difference(&range).union(&set.intersection(&range)).len(), set.len());
    }

    #[test]
    fn effective_permissions_agree_with_asking_action_by_action(
        rows in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>(), patterns()), 0..6),
        offset in 0..61_u32,
    ) {
        let statements = rows.iter().map(|(allow, negated, wide, patterns)| {
            let key = if *negated { "NotAction" } else { "Action" };
            let effect = if *allow { "Allow" } else { "Deny" };
            let resource = if *wide { "*" } else { "arn:aws:s3:::one" };
            json!({"Effect": effect, key: patterns, "Resource": resource})
        });
        let document = document(statements.collect());
        let effective = effective([&document]);
        for id in (offset..22_091).step_by(61).map(ActionId) {
            let name = catalogue().full_name(id);
            let applies = |allow: bool, wide: bool| rows.iter().any(|row| {
                let listed = row.3.iter().any(|it| Pattern::parse(it).matches_ignore_case(&name).is_yes());
                row.0 == allow && (row.2 || !wide) && listed != row.1
            });
            let denied = applies(false, true);
            prop_assert_eq!(effective.on_all.contains(id), applies(true, true) && !denied, "{}", name);
            prop_assert_eq!(effective.certain().contains(id), applies(true, false) && !denied, "{}", name);
        }
    }

    #[test]
    fn sets_agree_with_asking_about_one_request(
        rows in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>(), patterns()), 0..6),
        offset in 0..211_u32,
    ) {
        let statements = rows.iter().map(|(allow, negated, wide, patterns)| {
            let key = if *negated { "NotAction" } else { "Action" };
            let effect = if *allow { "Allow" } else { "Deny" };
            let resource = if *wide { "*" } else { "arn:aws:s3:::one" };
            json!({"Effect": effect, key: patterns, "Resource": resource})
        });
        let document = document(statements.collect());
        let effective = effective([&document]);
        for id in (offset..22_091).step_by(211).map(ActionId) {
            let name = catalogue().full_name(id);
            let ask = |arn: &str| {
                let context = |_: &str| Key::Absent;
                let resource = |element: &Element| names_resource(element, arn, &context);
                decide(&[&document], &Request { action: &name, resource: &resource, context: &context }).answer
            };
            let (one, other) = (ask("arn:aws:s3:::one"), ask("arn:aws:sqs:us-east-1:123456789012:other"));
            prop_assert_eq!(effective.on_all.contains(id), other.is_yes(), "{}", name);
            let partly = effective.partly_denied.contains(id);
            prop_assert_eq!(effective.certain().contains(id), one.is_yes() || other.is_yes() || partly, "{}", name);
            prop_assert_eq!(effective.possible().contains(id) && !partly, one.is_yes(), "{}", name);
        }
    }

    #[test]
    fn no_json_is_too_much(value in any_json()) {
        let document = Document::from_json(&value).document;
        let _ = judge(&[&document]);
        let _ = wildcards(&document);
        let wrapped = Document::from_json(&json!({ "Statement": [value] })).document;
        let _ = judge(&[&wrapped]);
    }
}
