//! Which conditions narrow who gets in, and which only look as if they did.
//! Source: AWS IAM User Guide, "AWS global condition context keys"; Amazon S3 User Guide, "The meaning of
//! public"; Amazon EFS User Guide, "Blocking public access to file systems".

use super::{Condition, Statement, Test};
use crate::iam::Tri;
use crate::iam::pattern::{Pattern, Piece};

/// By what a condition narrows who gets in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    Organization,
    Account,
    Principal,
    /// The resource or account that an AWS service acts for.
    Source,
    /// Addresses, networks and endpoints.
    Network,
    /// Only AWS services.
    Service,
    /// Whoever knows the external id, which is no secret.
    ExternalId,
    /// Claims of a token.
    Token,
    /// It depends on what is not known here.
    Unknown,
}

/// What a value has to look like to leave somebody out.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    /// Begins with something known: `o-abc123/*`.
    Prefix,
    /// Names an account, or a resource whose name is unique in the world.
    Arn,
    Addresses,
    True,
}

/// Bits of a network below which it is no network of somebody.
const MIN_PREFIX: u8 = 8;

impl<T> Statement<T> {
    /// What narrows who gets in, with the index of the condition.
    pub fn limits(&self) -> Vec<(usize, Limit)> {
        let found = self.conditions.iter().enumerate().filter_map(|(at, condition)| {
            let (limit, answer) = condition.limit(self.requires(&condition.key))?;
            match answer {
                Tri::Yes => Some((at, limit)),
                Tri::Maybe => Some((at, Limit::Unknown)),
                Tri::No => None,
            }
        });
        found.collect()
    }

    /// Another condition demands that the key is there.
    fn requires(&self, key: &str) -> bool {
        self.conditions.iter().any(|condition| {
            condition.operator.test == Test::Null
                && condition.is_about(key)
                && condition.admits("true").is_no()
        })
    }
}

impl<T> Condition<T> {
    /// What the condition narrows, and whether it does.
    fn limit(&self, key_required: bool) -> Option<(Limit, Tri)> {
        if self.key.is_empty() || self.operator.test == Test::Other {
            return Some((Limit::Unknown, Tri::Maybe));
        }
        let (limit, shape) = subject(&self.key)?;
        if self.operator.negated || self.operator.test == Test::Null {
            return None;
        }
        let present = !self.operator.passes_without_key() || key_required || self.key_is_there();
        let closed = Tri::all(self.values.iter().map(|value| closes(shape, &value.pattern)));
        (present && !self.values.is_empty()).then_some((limit, closed))
    }

    /// Whether a Deny under this condition always meets those who are not meant to be let in.
    pub(super) fn meets_outsiders(&self) -> Tri {
        if self.key.is_empty() || self.operator.test == Test::Other {
            return Tri::Maybe;
        }
        let key = self.key.to_ascii_lowercase();
        if ["aws:principalisawsservice", "aws:viaawsservice"].contains(&key.as_str()) {
            return self.admits("false");
        }
        let Some((_, shape)) = subject(&key) else { return Tri::No };
        if !self.operator.negated || !self.operator.passes_without_key() {
            return Tri::No;
        }
        Tri::all(self.values.iter().map(|value| closes(shape, &value.pattern)))
    }

    /// Every request that matters has the key: signed ones those of the principal, public ones an address.
    fn key_is_there(&self) -> bool {
        let keys = ["aws:PrincipalArn", "aws:PrincipalAccount", "aws:SourceIp"];
        keys.iter().any(|key| self.is_about(key))
    }
}

/// What a key tells of who asks. Tags, names of users and sessions, times, regions, clients and transport are
/// not among them: anybody may set or meet those.
fn subject(key: &str) -> Option<(Limit, Shape)> {
    let key = key.to_ascii_lowercase();
    let name = key.split_once(':').map_or("", |(_, name)| name);
    Some(match key.as_str() {
        "aws:principalorgid"
        | "aws:principalorgpaths"
        | "aws:sourceorgid"
        | "aws:sourceorgpaths"
        | "aws:vpceorgid"
        | "aws:vpceorgpaths" => (Limit::Organization, Shape::Prefix),
        "aws:principalaccount" | "aws:vpceaccount" | "kms:calleraccount" => (Limit::Account, Shape::Prefix),
        "aws:principalarn" | "aws:federatedprovider" => (Limit::Principal, Shape::Arn),
        "aws:userid" => (Limit::Principal, Shape::Prefix),
        "aws:sourcearn"
        | "aws:sourcevpcarn"
        | "ec2:sourceinstancearn"
        | "lambda:sourcefunctionarn"
        | "elasticfilesystem:accesspointarn" => (Limit::Source, Shape::Arn),
        "aws:sourceaccount" | "aws:sourceowner" => (Limit::Source, Shape::Prefix),
        "aws:sourcevpc" | "aws:sourcevpce" => (Limit::Network, Shape::Prefix),
        "aws:sourceip" | "aws:vpcsourceip" => (Limit::Network, Shape::Addresses),
        "elasticfilesystem:accessedviamounttarget" => (Limit::Network, Shape::True),
        "s3:dataaccesspointaccount" => (Limit::Account, Shape::Prefix),
        "s3:dataaccesspointarn" => (Limit::Account, Shape::Arn),
        "aws:principalisawsservice" => (Limit::Service, Shape::True),
        "aws:principalservicename" | "aws:principalservicenameslist" => (Limit::Service, Shape::Prefix),
        // With the type AWS_IAM a caller has to be allowed to by their own account as well.
        "lambda:functionurlauthtype" => (Limit::Principal, Shape::Prefix),
        "sns:endpoint" => (Limit::Source, Shape::Prefix),
        "sts:externalid" => (Limit::ExternalId, Shape::Prefix),
        _ if [":sub", ":aud", ":amr"].iter().any(|end| key.ends_with(end)) => (Limit::Token, Shape::Prefix),
        // Services have some of the keys under a name of their own.
        _ if ["sourceaccount", "calleraccount"].contains(&name) => (Limit::Account, Shape::Prefix),
        _ if ["sourcevpc", "sourcevpce"].contains(&name) => (Limit::Network, Shape::Prefix),
        _ => return None,
    })
}

/// Whether a value leaves somebody out.
fn closes(shape: Shape, value: &Pattern) -> Tri {
    match shape {
        Shape::True => match value.as_text() {
            Some(text) => text.eq_ignore_ascii_case("true").into(),
            None => Tri::Maybe,
        },
        Shape::Prefix => match value.as_text() {
            Some(text) => (!text.eq_ignore_ascii_case("none")).into(),
            None => begins_known(value.pieces()),
        },
        Shape::Addresses => match value.as_text() {
            Some(text) => is_narrow(text).into(),
            None => Tri::Maybe,
        },
        Shape::Arn => names_somebody(value),
    }
}

fn begins_known(pieces: &[Piece]) -> Tri {
    match pieces.first() {
        Some(Piece::Text(_) | Piece::Variable(_)) => Tri::Yes,
        Some(Piece::Hole) => Tri::Maybe,
        _ => Tri::No,
    }
}

fn is_narrow(cidr: &str) -> bool {
    match cidr.split_once('/') {
        Some((_, bits)) => bits.parse::<u8>().is_ok_and(|bits| bits >= MIN_PREFIX),
        None => true,
    }
}

/// An ARN that fixes the account, or for a bucket the name. Without wildcards it names somebody anyway.
fn names_somebody(value: &Pattern) -> Tri {
    if !value.has_wildcard() {
        return if value.has_hole() { Tri::Maybe } else { Tri::Yes };
    }
    let text = value.to_string();
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    if parts.iter().any(|part| is_account(part)) {
        return Tri::Yes;
    }
    if parts.iter().any(|part| part.contains("${")) {
        return Tri::Yes;
    }
    match parts.as_slice() {
        [_, _, service, _, account, resource] => {
            let open = |part: &str| part.starts_with(['*', '?']);
            match *account {
                part if part.contains('…') => Tri::Maybe,
                part if part.is_empty() || *service == "s3" => {
                    if resource.starts_with('…') {
                        Tri::Maybe
                    } else {
                        (!open(resource)).into()
                    }
                }
                part => (!open(part)).into(),
            }
        }
        _ if value.has_hole() => Tri::Maybe,
        _ => Tri::No,
    }
}

/// Twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
