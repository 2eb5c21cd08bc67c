use super::*;
use serde_json::{Value, json};

fn judged(statements: Value) -> Audience {
    let read = Document::from_json(&json!({ "Statement": statements }));
    assert!(read.problems.is_empty(), "{:?}", read.problems);
    audience(&read.document, 0)
}

fn everyone_if(condition: Value) -> Audience {
    judged(json!([{
        "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*", "Condition": condition,
    }]))
}

#[test]
fn both_spellings_of_everybody_are_read() {
    for principal in [
        json!("*"),
        json!({ "AWS": "*" }),
        json!({ "AWS": ["arn:aws:iam::123456789012:root", "*"] }),
        json!({ "AWS": "arn:aws:iam::*:root" }),
    ] {
        let audience =
            judged(json!([{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }]));
        assert!(audience.is_open(), "{principal}");
    }
    let but = json!([{ "Effect": "Allow", "NotPrincipal": { "AWS": "123456789012" }, "Action": "sqs:*" }]);
    assert_eq!(judged(but).entry, Entry::EveryoneBut);
    for principal in [json!({ "AWS": "123456789012" }), json!({ "Service": "*" }), json!({ "AWS": "AROA*" })]
    {
        let audience =
            judged(json!([{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }]));
        assert_eq!(audience.entry, Entry::Named, "{principal}");
    }
}

#[test]
fn conditions_that_say_who_limit() {
    for (operator, key, value, limit) in [
        ("StringEquals", "aws:PrincipalOrgID", "o-abc1234567", Limit::Organization),
        ("StringEquals", "aws:principalorgid", "${aws:ResourceOrgID}", Limit::Organization),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-abc/r-x/*", Limit::Organization),
        ("StringEquals", "aws:PrincipalAccount", "123456789012", Limit::Account),
        ("StringEqualsIfExists", "aws:PrincipalAccount", "123456789012", Limit::Account),
        ("StringEquals", "aws:SourceAccount", "123456789012", Limit::Source),
        ("StringEquals", "AWS:SourceOwner", "123456789012", Limit::Source),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:bucket", Limit::Source),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::bucket", Limit::Source),
        ("ArnLike", "aws:SourceArn", "arn:aws:events:*:123456789012:rule/*", Limit::Source),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::123456789012:role/*", Limit::Principal),
        ("StringLike", "aws:userid", "AROAEXAMPLE:*", Limit::Principal),
        ("StringEquals", "aws:SourceVpce", "vpce-1a2b3c4d", Limit::Network),
        ("StringEquals", "aws:SourceVpc", "vpc-1a2b3c4d", Limit::Network),
        ("IpAddress", "aws:SourceIp", "192.0.2.0/24", Limit::Network),
        ("IpAddressIfExists", "aws:SourceIp", "192.0.2.0/24", Limit::Network),
        ("IpAddress", "aws:VpcSourceIp", "10.0.0.0/8", Limit::Network),
        ("Bool", "elasticfilesystem:AccessedViaMountTarget", "true", Limit::Network),
        ("Bool", "aws:PrincipalIsAWSService", "true", Limit::Service),
        ("StringEquals", "kms:CallerAccount", "123456789012", Limit::Account),
        ("StringEquals", "s3:DataAccessPointAccount", "123456789012", Limit::Account),
        ("StringEquals", "lambda:FunctionUrlAuthType", "AWS_IAM", Limit::Principal),
    ] {
        let audience = everyone_if(json!({ operator: { key: value } }));
        assert!(!audience.is_open() && audience.has(limit), "{operator} {key} {value}: {audience:?}");
    }
}

#[test]
fn other_conditions_do_not() {
    for (operator, key, value) in [
        ("Bool", "aws:SecureTransport", "true"),
        ("StringLike", "aws:UserAgent", "internal-*"),
        ("StringLike", "aws:Referer", "https://example.com/*"),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1"),
        ("Bool", "aws:MultiFactorAuthPresent", "true"),
        ("StringEquals", "aws:PrincipalTag/team", "payments"),
        ("StringLike", "aws:PrincipalOrgID", "*"),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-abc1234567"),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-abc1234567"),
        ("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-abc/*"),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-abc1234567"),
        ("Null", "aws:PrincipalOrgID", "false"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/admin"),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:topic"),
        ("ArnLike", "aws:SourceArn", "*"),
        ("ArnLikeIfExists", "aws:SourceArn", "arn:aws:s3:::bucket"),
        ("StringEqualsIfExists", "aws:SourceVpce", "vpce-1a2b3c4d"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/1"),
        ("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"),
        ("StringLike", "aws:userid", "*:session"),
        ("StringEquals", "aws:username", "deploy"),
        ("StringEquals", "lambda:FunctionUrlAuthType", "NONE"),
        ("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
        ("Bool", "aws:PrincipalIsAWSService", "false"),
        ("StringEquals", "sts:ExternalId", "abc"),
        ("StringEquals", "sts:RoleSessionName", "deploy"),
    ] {
        assert!(everyone_if(json!({ operator: { key: value } })).is_open(), "{operator} {key} {value}");
    }
}

#[test]
fn one_open_value_opens_and_a_demanded_key_closes() {
    let values = json!({ "StringLike": { "aws:PrincipalOrgID": ["o-abc1234567", "*"] } });
    assert!(everyone_if(values).is_open());
    let demanded = json!({
        "StringEqualsIfExists": { "aws:PrincipalOrgID": "o-abc1234567" },
        "Null": { "aws:PrincipalOrgID": "false" },
    });
    assert!(!everyone_if(demanded).is_open());
    let both = json!({
        "Bool": { "aws:SecureTransport": "true" },
        "StringEquals": { "aws:SourceAccount": "123456789012" },
    });
    assert!(!everyone_if(both).is_open());
}

#[test]
fn a_deny_beside_it_takes_it_back() {
    let beside = |deny: Value| {
        let allow = json!({ "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*" });
        judged(json!([allow, deny])).is_open()
    };
    for (what, deny, open) in [
        (
            "everyone outside of the organization",
            json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"],
                "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-abc" } } }),
            false,
        ),
        (
            "unless a service",
            json!({ "Effect": "Deny", "Principal": { "AWS": "*" }, "Action": "*", "Resource": "*", "Condition": {
                "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-abc" },
                "BoolIfExists": { "aws:PrincipalIsAWSService": "false" } } }),
            false,
        ),
        (
            "everyone but a role",
            json!({ "Effect": "Deny", "NotPrincipal": { "AWS": "arn:aws:iam::123456789012:role/x" }, "Action": "s3:*", "Resource": "*" }),
            false,
        ),
        (
            "everything but reading",
            json!({ "Effect": "Deny", "Principal": "*", "NotAction": "s3:Get*", "Resource": "*",
                "Condition": { "StringNotEquals": { "aws:SourceVpce": "vpce-1" } } }),
            false,
        ),
        (
            "plain transport",
            json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                "Condition": { "Bool": { "aws:SecureTransport": "false" } } }),
            true,
        ),
        (
            "another action",
            json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "*",
                "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-abc" } } }),
            true,
        ),
        (
            "another resource",
            json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/private/*",
                "Condition": { "StringNotEquals": { "aws:PrincipalOrgID": "o-abc" } } }),
            true,
        ),
        (
            "only over plain transport from outside",
            json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {
                "StringNotEquals": { "aws:PrincipalOrgID": "o-abc" }, "Bool": { "aws:SecureTransport": "false" } } }),
            true,
        ),
        (
            "some value is not the organization",
            json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                "Condition": { "ForAnyValue:StringNotEquals": { "aws:PrincipalOrgID": "o-abc" } } }),
            true,
        ),
    ] {
        assert_eq!(beside(deny), open, "{what}");
    }
}

#[test]
fn principals_say_whose_they_are() {
    let who = |text: &str| {
        Principal::new(PrincipalKind::Aws, crate::iam::Element::new(crate::iam::Pattern::parse(text), ()))
            .who_owned()
    };
    assert_eq!(who("123456789012"), "account 123456789012");
    assert_eq!(who("arn:aws-cn:iam::123456789012:root"), "account 123456789012");
    assert_eq!(who("arn:aws:iam::123456789012:role/ci"), "member of 123456789012");
    assert_eq!(who("arn:aws:sts::123456789012:assumed-role/ci/x"), "member of 123456789012");
    assert_eq!(who("AIDAEXAMPLE"), "unknown");
    assert_eq!(who("arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"), "member");
}

impl Principal {
    fn who_owned(&self) -> String {
        match self.who() {
            Who::Everyone => "everyone".into(),
            Who::Account(id) => format!("account {id}"),
            Who::Member(Some(id)) => format!("member of {id}"),
            Who::Member(None) => "member".into(),
            Who::Service(name) => format!("service {name}"),
            Who::Federated => "federated".into(),
            Who::Unknown => "unknown".into(),
        }
    }
}
