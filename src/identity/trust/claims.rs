//! How far a statement opens a role to the holders of an issuer's tokens: its conditions on claims, by meaning.
//! Sources: AWS IAM User Guide, "Available keys for AWS OIDC federation", "Single-valued vs. multivalued context
//! keys"; GitHub documentation, "OpenID Connect reference".

use super::subject::{self, Reading};
use super::{Issuer, Width};
use crate::iam::aws::{Condition, Document, Effect, Operator, Principals, Quantifier, Statement, Test};
use crate::iam::{Element, Pattern};
use crate::identity::policy::Tag;
use crate::source::Span;

/// How far a statement opens, and why.
#[derive(Clone, Debug)]
pub struct Opening {
    /// None where it depends on what is not known.
    pub width: Option<Width>,
    /// In words.
    pub described: String,
    /// The subjects that are asked for.
    pub subjects: Vec<Pattern>,
    pub cause: Cause,
    /// The characters of a condition or value that open it; none where a condition is missing.
    pub span: Option<Span>,
    /// It asks for an audience.
    pub audience: bool,
    /// It asks Cognito whether the user signed in.
    pub signed_in: bool,
}

/// Why a statement opens as far as it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No condition tells holders of tokens apart.
    NoCondition,
    /// A value, as written, of this claim.
    Value { claim: String, value: String },
    /// A test that passes when the token does not have the claim.
    PassesWithout { claim: String, operator: String },
    /// A test that lets in all but some.
    AllBut { claim: String, operator: String },
}

/// Audiences that tokens for AWS have whoever they are made for.
/// Sources: Amazon EKS User Guide, "Assign IAM roles to Kubernetes service accounts"; HCP Terraform documentation,
/// "Dynamic credentials with the AWS provider".
const AUDIENCES: [&str; 3] = ["sts.amazonaws.com", "aws.workload.identity", "*"];

/// What one condition leaves.
struct Left {
    reading: Reading,
    cause: Cause,
    span: Option<Span>,
}

/// How far one statement of a document opens to an issuer's tokens.
pub fn opening(document: &Document<Tag>, index: usize, issuer: Issuer, address: &str) -> Opening {
    let statement = &document.statements[index];
    let everybody = everybody(issuer, address);
    let asked: Vec<Condition<Tag>> =
        statement.conditions.iter().cloned().chain(required_by_denies(document)).collect();
    let mut opening = Opening {
        width: everybody.width,
        described: everybody.described.clone(),
        subjects: Vec::new(),
        cause: Cause::NoCondition,
        span: None,
        audience: asks_for(&asked, "aud"),
        signed_in: asks_for(&asked, "amr"),
    };
    if denied_outright(document, statement) {
        opening.width = Some(Width::Nobody);
        return opening;
    }
    let mut left: Option<Left> = None;
    for condition in &asked {
        let claim = claim_of(&condition.key);
        if claim == "sub" && !condition.operator.negated {
            opening.subjects.extend(condition.values.iter().map(|element| element.pattern.clone()));
        }
        let Some(next) = judge(condition, &claim, issuer, &everybody) else { continue };
        if left.as_ref().is_none_or(|known| rank(&next) < rank(known)) {
            left = Some(next);
        }
    }
    if let Some(left) = left {
        opening.width = left.reading.width;
        opening.described = left.reading.described;
        opening.cause = left.cause;
        opening.span = left.span;
    }
    opening
}

/// All conditions have to pass, so that the narrowest counts: what is certainly narrow first, then what may be.
fn rank(left: &Left) -> (u8, Option<Width>) {
    match left.reading.width {
        Some(width) if width <= Width::Whole => (0, Some(width)),
        None => (1, None),
        width => (2, width),
    }
}

/// `sub` of `token.actions.githubusercontent.com:sub`. Empty for keys of AWS itself.
pub fn claim_of(key: &str) -> String {
    let key = key.to_ascii_lowercase();
    match key.rsplit_once(':') {
        None | Some(("aws" | "sts" | "iam" | "saml", _)) => String::new(),
        Some(_) if key.starts_with("aws:") => String::new(),
        Some((_, claim)) => claim.to_string(),
    }
}

fn asks_for(conditions: &[Condition<Tag>], claim: &str) -> bool {
    conditions.iter().any(|condition| {
        claim_of(&condition.key) == claim
            && !condition.operator.negated
            && !condition.operator.passes_without_key()
            && !condition.values.iter().any(|value| value.pattern.is_any())
    })
}

/// What a condition leaves of the issuer's tokens; nothing where it does not tell their holders apart.
fn judge(condition: &Condition<Tag>, claim: &str, issuer: Issuer, everybody: &Reading) -> Option<Left> {
    let span = condition.values.iter().find_map(|value| value.at.span).or(condition.at.span);
    if condition.key.is_empty() {
        // It may be about the subject.
        let reading = Reading { width: None, described: "tokens that meet a condition".to_string() };
        return Some(Left { reading, cause: Cause::NoCondition, span });
    }
    if !tells_apart(issuer, claim) || condition.operator.test == Test::Null {
        return None;
    }
    let usual = |value: &Element<Tag>| value.pattern.as_text().is_some_and(|text| AUDIENCES.contains(&text));
    if claim == "aud" && !condition.values.is_empty() && condition.values.iter().all(usual) {
        return None;
    }
    // Nothing passes a test without values; most of them are filled by a caller that is not here.
    if condition.values.is_empty() {
        let reading = Reading { width: None, described: "nobody yet".to_string() };
        return Some(Left { reading, cause: Cause::NoCondition, span });
    }
    let operator = condition.operator.as_str().to_string();
    let claim_name = claim.to_string();
    if condition.operator.negated {
        let cause = Cause::AllBut { claim: claim_name, operator };
        return Some(Left { reading: everybody.clone(), cause, span });
    }
    if condition.operator.passes_without_key() {
        let cause = Cause::PassesWithout { claim: claim_name, operator };
        return Some(Left { reading: everybody.clone(), cause, span });
    }
    let known = matches!(
        condition.operator.test,
        Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike
    );
    let readings = condition.values.iter().map(|element| {
        let mut reading = read_claim(issuer, claim, &element.pattern);
        if !known || condition.operator.quantifier == Quantifier::ForAll {
            reading.width = None;
        }
        (element, reading)
    });
    widest(readings, everybody).map(|(element, reading)| Left {
        cause: Cause::Value { claim: claim_name.clone(), value: element.pattern.to_string() },
        span: element.at.span.or(condition.at.span),
        reading,
    })
}

/// One value suffices, so that the widest counts. An unknown one makes it unknown unless another is wide anyway.
fn widest<'a>(
    readings: impl Iterator<Item = (&'a Element<Tag>, Reading)>,
    everybody: &Reading,
) -> Option<(&'a Element<Tag>, Reading)> {
    let weight = |width: Option<Width>| match width {
        Some(width) if width >= Width::Organization => (2, Some(width)),
        None => (1, None),
        width => (0, width),
    };
    let (element, mut reading) = readings
        .reduce(|best, next| if weight(next.1.width) > weight(best.1.width) { next } else { best })?;
    // Whoever has a token at all is not more than the issuer has customers.
    if reading.width > everybody.width && reading.width > Some(Width::Organization) {
        reading.width = reading.width.min(everybody.width.max(Some(Width::Prefix)));
    }
    Some((element, reading))
}

/// Claims beside the subject that say whose token it is, and how much one value of them takes in. An audience is
/// what the holder asks for at the issuers of pipelines, and a name that others may give says nothing.
/// Sources: GitLab documentation, "ID token payload"; HCP Terraform documentation, "Workload identity tokens";
/// Buildkite documentation, "OIDC"; Bitbucket documentation, "Integrate Pipelines with resource servers using
/// OIDC"; CircleCI documentation, "Using OpenID Connect tokens in jobs".
const CLAIMS: &[(Issuer, &str, Width)] = &[
    (Issuer::GitLab, "project_id", Width::Whole),
    (Issuer::GitLab, "namespace_id", Width::Organization),
    (Issuer::GitLab, "namespace_path", Width::Organization),
    (Issuer::TerraformCloud, "terraform_workspace_id", Width::One),
    (Issuer::TerraformCloud, "terraform_project_id", Width::Whole),
    (Issuer::TerraformCloud, "terraform_organization_id", Width::Organization),
    (Issuer::TerraformCloud, "terraform_organization_name", Width::Organization),
    (Issuer::Buildkite, "pipeline_id", Width::Whole),
    (Issuer::Buildkite, "organization_id", Width::Organization),
    (Issuer::Buildkite, "organization_slug", Width::Organization),
    (Issuer::Bitbucket, "repositoryuuid", Width::Whole),
    (Issuer::Bitbucket, "workspaceuuid", Width::Organization),
    (Issuer::CircleCi, "oidc.circleci.com/project-id", Width::Whole),
    (Issuer::CircleCi, "oidc.circleci.com/org-id", Width::Organization),
];

/// Claims that read like the same part of a subject.
const PARTS: &[(Issuer, &str)] = &[
    (Issuer::GitHub, "repository"),
    (Issuer::GitHub, "repository_id"),
    (Issuer::GitHub, "repository_owner"),
    (Issuer::GitHub, "repository_owner_id"),
    (Issuer::GitHub, "enterprise"),
    (Issuer::GitHub, "enterprise_id"),
    (Issuer::GitHub, "job_workflow_ref"),
    (Issuer::GitHub, "workflow_ref"),
    (Issuer::GitLab, "project_path"),
];

/// Whether a claim says whose token it is.
pub(super) fn tells_apart(issuer: Issuer, claim: &str) -> bool {
    match (issuer, claim) {
        (_, "") => false,
        (_, "sub") => true,
        (Issuer::GitHub, "actor" | "actor_id") => true,
        (Issuer::TerraformCloud, "terraform_full_workspace") => true,
        // Applications of a directory are told apart by the audience, and people by claims of its own making.
        (Issuer::Cognito | Issuer::Google | Issuer::Vault | Issuer::Other, claim) => claim != "amr",
        _ => {
            PARTS.contains(&(issuer, claim))
                || CLAIMS.iter().any(|(known, name, _)| (*known, *name) == (issuer, claim))
        }
    }
}

/// Whom a claim of a token lets in.
pub(super) fn read_claim(issuer: Issuer, claim: &str, pattern: &Pattern) -> Reading {
    let text = pattern.to_string();
    if matches!(claim, "sub" | "terraform_full_workspace") {
        return subject::read(issuer, pattern);
    }
    if PARTS.contains(&(issuer, claim)) {
        return subject::read(issuer, &prefixed(claim, pattern));
    }
    let known = CLAIMS.iter().find(|(known, name, _)| (*known, *name) == (issuer, claim));
    let width = match (issuer, known) {
        _ if pattern.is_any() => Some(Width::Organization),
        _ if pattern.is_unknown() => None,
        (Issuer::GitHub, None) => Some(Width::Family),
        (_, Some((.., width))) => Some(*width),
        (_, None) => Some(Width::Whole),
    };
    Reading { width, described: format!("tokens with {claim} {text}") }
}

/// A claim of its own reads like the same part of a subject.
fn prefixed(claim: &str, pattern: &Pattern) -> Pattern {
    let start = Pattern::builder(crate::iam::Syntax::Literal).text(claim).text(":");
    pattern.pieces().iter().cloned().fold(start, |builder, piece| builder.piece(piece)).build()
}

/// Whoever has a token of an issuer.
pub(super) fn everybody(issuer: Issuer, address: &str) -> Reading {
    let public = super::is_public(issuer, address);
    let text = match (issuer, public) {
        (Issuer::GitHub, true) => "every repository on GitHub",
        (Issuer::GitHub, false) => "every repository of the GitHub enterprise",
        (Issuer::GitLab, true) => "every project on GitLab",
        (Issuer::GitLab, false) => "every project of the GitLab instance",
        (Issuer::TerraformCloud, _) => "every workspace of every organization on HCP Terraform",
        (Issuer::Buildkite, _) => "every pipeline on Buildkite",
        (Issuer::CircleCi, _) => "every project of the CircleCI organization",
        (Issuer::Bitbucket, _) => "every repository of the Bitbucket workspace",
        (Issuer::Kubernetes, _) => "every service account of the cluster",
        (Issuer::Cognito, _) => "users of every identity pool of Amazon Cognito, in any account",
        (Issuer::Google, _) => "every Google account",
        (_, true) => "everybody with an account there",
        (_, false) => "everybody whom the identity provider knows",
    };
    Reading { width: Some(issuer.everybody(address)), described: text.to_string() }
}

/// A Deny of whatever is not so asks for it as much as an Allow of what is.
fn required_by_denies(document: &Document<Tag>) -> impl Iterator<Item = Condition<Tag>> {
    let denies = document.statements.iter().filter(|statement| statement.effect == Effect::Deny);
    denies.filter(|statement| concerns_all(statement)).filter_map(|statement| {
        match statement.conditions.as_slice() {
            [only] if only.operator.negated && !only.operator.if_exists => {
                let positive = only.operator.as_str().replace("not", "").replace("Not", "");
                let operator = Operator::parse(&positive);
                let values = only.values.clone();
                (operator.test != Test::Other)
                    .then(|| Condition::new(operator, only.key.clone(), values, only.at))
            }
            _ => None,
        }
    })
}

fn denied_outright(document: &Document<Tag>, allowed: &Statement<Tag>) -> bool {
    document.statements.iter().any(|statement| {
        statement.effect == Effect::Deny
            && statement.conditions.is_empty()
            && concerns_all(statement)
            && !std::ptr::eq(statement, allowed)
    })
}

/// A Deny for everybody, of becoming the role.
fn concerns_all(statement: &Statement<Tag>) -> bool {
    let everybody = match &statement.principals {
        Principals::Only(list) => list.iter().any(|principal| principal.element.pattern.is_any()),
        Principals::Not(_) | Principals::Absent => false,
    };
    let takes = |name: &str| {
        statement.actions.elements().iter().any(|it| it.pattern.matches_ignore_case(name).is_yes())
    };
    everybody && !statement.actions.is_negated() && takes("sts:AssumeRoleWithWebIdentity")
}
