use super::{Condition, Quantifier, Statement, Test};
use crate::iam::Tri;
use serde::Serialize;

/// How much a condition takes away from a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Every request passes.
    None,
    /// Any ordinary request of the identity passes: encrypted transport, a region.
    Weak,
    /// What it leaves depends on parts that are not known.
    Unknown,
    /// It narrows who, whence, what or when.
    Strong,
}

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topic {
    Transport,
    /// A workload has no second factor, so that this either shuts it out or does not concern it.
    Mfa,
    Network,
    Time,
    Region,
    Organization,
    Principal,
    /// Which account or resource a service acts for.
    Source,
    /// Which service passes the request on, or receives the role.
    Service,
    Tag,
    /// Which boundary or policy may be attached.
    Boundary,
    /// Claims of a federated token, external ids.
    Federation,
    Client,
    Other,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Caveat {
    /// The index in the statement's conditions.
    pub condition: usize,
    pub key: String,
    pub topic: Topic,
    pub strength: Strength,
}

impl<T> Statement<T> {
    /// One for every condition that does not pass by itself.
    pub fn caveats(&self) -> Vec<Caveat> {
        let all = self.conditions.iter().enumerate().map(|(at, condition)| Caveat {
            condition: at,
            key: condition.key.clone(),
            topic: condition.topic(),
            strength: condition.strength(),
        });
        all.filter(|caveat| caveat.strength != Strength::None).collect()
    }

    /// The strength of the strongest condition.
    pub fn strength(&self) -> Strength {
        self.conditions.iter().map(Condition::strength).max().unwrap_or(Strength::None)
    }

    /// Every request passes the conditions, if there are any.
    pub fn is_unconditional(&self) -> bool {
        self.strength() == Strength::None
    }
}

impl<T> Condition<T> {
    pub fn topic(&self) -> Topic {
        let key = self.key.to_ascii_lowercase();
        let is_tag = ["aws:resourcetag", "aws:requesttag", "aws:principaltag", "aws:tagkeys"]
            .iter()
            .any(|tag| key.starts_with(tag));
        match key.as_str() {
            _ if is_tag || key.contains(":resourcetag/") => Topic::Tag,
            "aws:securetransport" => Topic::Transport,
            "aws:multifactorauthpresent" | "aws:multifactorauthage" => Topic::Mfa,
            "aws:sourceip" | "aws:vpcsourceip" | "aws:sourcevpc" | "aws:sourcevpce" | "aws:sourcevpcarn" => {
                Topic::Network
            }
            "aws:currenttime" | "aws:epochtime" | "aws:tokenissuetime" => Topic::Time,
            "aws:requestedregion" => Topic::Region,
            "aws:useragent" | "aws:referer" => Topic::Client,
            "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceowner" | "aws:sourceorgid"
            | "aws:sourceorgpaths" => Topic::Source,
            "aws:viaawsservice"
            | "aws:calledvia"
            | "aws:calledviafirst"
            | "aws:calledvialast"
            | "kms:viaservice"
            | "iam:passedtoservice"
            | "iam:awsservicename"
            | "aws:principalisawsservice"
            | "aws:principalservicename" => Topic::Service,
            "iam:permissionsboundary" | "iam:policyarn" => Topic::Boundary,
            "aws:principalorgid"
            | "aws:principalorgpaths"
            | "aws:resourceorgid"
            | "aws:resourceorgpaths"
            | "aws:resourceaccount" => Topic::Organization,
            "sts:externalid" => Topic::Federation,
            _ if [":sub", ":aud", ":amr"].iter().any(|end| key.ends_with(end)) => Topic::Federation,
            _ if key.starts_with("aws:principal") || key == "aws:userid" || key == "aws:username" => {
                Topic::Principal
            }
            _ => Topic::Other,
        }
    }

    pub fn strength(&self) -> Strength {
        if self.passes_always() {
            return Strength::None;
        }
        let has_hole = self.values.iter().any(|value| value.pattern.has_hole());
        if self.key.is_empty() || has_hole || self.operator.test == Test::Other {
            return Strength::Unknown;
        }
        let leaves_all_out = self.values.iter().any(|value| value.pattern.is_any());
        match self.topic() {
            // "Everybody but": whoever lacks the tag or the address passes.
            _ if self.operator.negated && !leaves_all_out => Strength::Weak,
            Topic::Transport if self.admits("true").is_yes() => Strength::Weak,
            Topic::Region | Topic::Client => Strength::Weak,
            // Long-term keys carry no such key, and `IfExists` lets them through.
            Topic::Mfa if self.operator.if_exists && self.operator.test == Test::Bool => Strength::Weak,
            _ => Strength::Strong,
        }
    }

    /// Nothing can fail the test, whether or not the request has the key.
    fn passes_always(&self) -> bool {
        let any_value = self.values.iter().any(|value| match self.operator.test {
            Test::StringLike | Test::Arn => value.pattern.is_any(),
            Test::IpAddress => matches!(value.pattern.as_text(), Some("0.0.0.0/0" | "::/0")),
            _ => false,
        });
        let both_answers = matches!(self.operator.test, Test::Bool | Test::Null)
            && Tri::all(["true", "false"].map(|value| self.admits(value))).is_yes();
        let anything = (any_value || both_answers) && !self.operator.negated;
        match self.operator.test {
            Test::Null => both_answers,
            // Every request has a source address, and most have a transport and a time.
            Test::IpAddress => anything,
            _ => anything && (self.operator.passes_without_key() || self.key_is_always_there()),
        }
    }

    /// Keys that AWS puts into every request of a signed-in principal.
    fn key_is_always_there(&self) -> bool {
        let always = ["aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:SecureTransport"];
        self.operator.quantifier == Quantifier::One && always.iter().any(|key| self.is_about(key))
    }
}
