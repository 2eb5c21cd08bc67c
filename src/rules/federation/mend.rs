//! Conditions that narrow a trust of AWS to the tokens that are meant, where the code tells which these are.

use super::Case;
use crate::diagnostic::{Applicability, Edit, Fix};
use crate::eval::InstanceKey;
use crate::identity::trust::{Cause, Issuer, Width, annotated_accounts, claim_of, read_subject};
use crate::rules::Context;
use crate::rules::policy_edits::{Demand, Place, Term};

const AUDIENCE: &str = "sts.amazonaws.com";

/// Asks for the subject that is meant, and for the audience where nothing does.
pub(in crate::rules) fn narrowed(cx: &Context<'_>, case: &Case<'_>, all: &[Case<'_>]) -> Option<Fix> {
    // What is of one owner is mostly meant to be, and what is narrower is for the reader to weigh.
    if case.admission.opening.width.is_none_or(|width| width <= Width::Organization && !serves_all(case)) {
        return None;
    }
    let place = Place::of(cx, case.root)?;
    let known = subject(cx, &place, case, all)?;
    let edits = match &case.admission.opening.cause {
        Cause::NoCondition if asks_for_nothing(case) => place.demand(&demand(cx, &place, case, &known)?)?,
        Cause::Value { value, .. } => vec![replaced(&place, case, value, &known)?],
        _ => return None,
    };
    Some(fix(format!("Let in {} only", known.described), edits))
}

/// Issuers that serve one owner anyway.
fn serves_all(case: &Case<'_>) -> bool {
    let own = matches!(case.admission.provider.issuer, Issuer::Kubernetes | Issuer::Cognito);
    own || case.admission.opening.cause == Cause::NoCondition
}

/// No condition is about the tokens but for whom they are made. Others may not go together with a subject.
fn asks_for_nothing(case: &Case<'_>) -> bool {
    let claims = case.statement.conditions.iter().map(|condition| claim_of(&condition.key));
    case.admission.opening.span.is_none()
        && claims.into_iter().all(|claim| matches!(&*claim, "" | "aud" | "amr"))
}

/// Asks for the audience that tokens for AWS have.
pub(in crate::rules) fn with_audience(cx: &Context<'_>, case: &Case<'_>) -> Option<Fix> {
    let place = Place::of(cx, case.root)?;
    let key = key(cx, &place, case, "aud")?;
    let edits = place.demand(&Demand::one("StringEquals", key, Term::text(AUDIENCE)))?;
    Some(fix(format!("Ask for tokens that are made for `{AUDIENCE}`"), edits))
}

/// Asks whether the user of an identity pool signed in.
pub(in crate::rules) fn signed_in(cx: &Context<'_>, case: &Case<'_>) -> Option<Fix> {
    let key = "cognito-identity.amazonaws.com:amr";
    let demand = Demand::one("ForAnyValue:StringLike", key, Term::text("authenticated"));
    let edits = Place::of(cx, case.root)?.demand(&demand)?;
    Some(fix("Let in users who signed in only".to_string(), edits))
}

fn fix(title: String, edits: Vec<Edit>) -> Fix {
    Fix::new(title, Applicability::Unsafe, edits)
}

/// Who is meant.
struct Known {
    claim: &'static str,
    terms: Vec<Term>,
    described: String,
}

fn demand(cx: &Context<'_>, place: &Place, case: &Case<'_>, known: &Known) -> Option<Demand> {
    let text = |term: &Term| match term {
        Term::Text(text) | Term::Template(text) => text.contains('*'),
        Term::Reference(_) => false,
    };
    let wild = known.terms.iter().any(text);
    let mut keys = vec![(key(cx, place, case, known.claim)?, known.terms.clone())];
    let issuer = case.admission.provider.issuer;
    let usual = matches!(issuer, Issuer::GitHub | Issuer::Kubernetes);
    if usual && !wild && !case.admission.opening.audience {
        keys.insert(0, (key(cx, place, case, "aud")?, vec![Term::text(AUDIENCE)]));
    }
    Some(Demand { operator: if wild { "StringLike" } else { "StringEquals" }, keys })
}

/// The value that is too wide, replaced.
fn replaced(place: &Place, case: &Case<'_>, old: &str, known: &Known) -> Option<Edit> {
    let [term] = known.terms.as_slice() else { return None };
    // Of several values, those beside it would still let others in.
    let asked = case.statement.conditions.iter().find(|condition| {
        condition
            .values
            .iter()
            .any(|value| value.at.span.is_some() && value.at.span == case.admission.opening.span)
    })?;
    let whole = asked.values.len() == 1 && !asked.operator.negated && asked.key.ends_with(known.claim);
    let narrower = match term {
        Term::Text(text) => asked.values[0].pattern.matches(text).is_yes(),
        _ => true,
    };
    (whole && narrower).then(|| place.replace(case.admission.opening.span?, old, term)).flatten()
}

/// The key of a claim, as other conditions of the statement write it, or after the address of the provider.
fn key(cx: &Context<'_>, place: &Place, case: &Case<'_>, claim: &str) -> Option<String> {
    for written in [":aud", ":sub"] {
        if let Some(found) = place.quoted_ending(written) {
            return Some(format!("{}:{claim}", found.strip_suffix(written)?));
        }
    }
    let address = &case.admission.provider.address;
    let host = address.split_once(":oidc-provider/").map_or(address.as_str(), |(_, host)| host);
    let host = host.trim_start_matches("https://").trim_end_matches('/');
    if !host.is_empty() && host.contains('.') && !host.contains(['…', '"', '$']) {
        return Some(format!("{host}:{claim}"));
    }
    let declared = cx.model.resource(case.admission.principal.element.at.of?);
    let kind = "aws_iam_openid_connect_provider";
    let here = place.within_reach(cx, kind);
    let one = here.iter().find(|it| it.id == declared.id && it.key == InstanceKey::None)?;
    Some(format!("${{replace({}.url, \"https://\", \"\")}}:{claim}", one.local_address()))
}

fn subject(cx: &Context<'_>, place: &Place, case: &Case<'_>, all: &[Case<'_>]) -> Option<Known> {
    let known = |text: Term, described: String| Known { claim: "sub", terms: vec![text], described };
    match case.admission.provider.issuer {
        Issuer::Kubernetes => {
            let account = service_account(cx, case)?;
            let (_, name) = account.split_once("serviceaccount:")?;
            let described = format!("service account `{}`", name.replace(':', "/"));
            return Some(known(Term::Text(account), described));
        }
        Issuer::Cognito => {
            let pool = place.sole(cx, "aws_cognito_identity_pool", "id")?;
            let described = "users of the identity pool".to_string();
            return Some(Known { claim: "aud", terms: vec![pool], described });
        }
        issuer => {
            if let Some(known) = declared(cx, place, issuer) {
                return Some(known);
            }
        }
    }
    of_others(case, all)
}

/// The service account that is annotated with the role.
fn service_account(cx: &Context<'_>, case: &Case<'_>) -> Option<String> {
    let model = cx.model;
    let mut accounts: Vec<_> =
        case.identities.iter().flat_map(|identity| annotated_accounts(model, identity.id)).collect();
    accounts.dedup();
    let [one] = accounts.as_slice() else { return None };
    let metadata = model.resource(model.identity(*one).resource).body.block("metadata")?;
    let (namespace, name) = (metadata.text("namespace").unwrap_or("default"), metadata.text("name")?);
    Some(format!("system:serviceaccount:{namespace}:{name}"))
}

/// The only repository, project or workspace that the module declares.
fn declared(cx: &Context<'_>, place: &Place, issuer: Issuer) -> Option<Known> {
    let one = |kind: &str| match place.within_reach(cx, kind).as_slice() {
        [one] if one.key == InstanceKey::None => Some(one.local_address()),
        _ => None,
    };
    let text = |parts: String, described: String| Known {
        claim: "sub",
        terms: vec![Term::Template(parts)],
        described,
    };
    match issuer {
        Issuer::GitHub => {
            let repository = one("github_repository")?;
            let described = format!("`{repository}`");
            if let Some(environment) = one("github_repository_environment") {
                return Some(text(
                    format!("repo:${{{repository}.full_name}}:environment:${{{environment}.environment}}"),
                    format!("`{environment}`"),
                ));
            }
            let branch = one("github_branch_default")?;
            let subject = format!("repo:${{{repository}.full_name}}:ref:refs/heads/${{{branch}.branch}}");
            Some(text(subject, described))
        }
        Issuer::GitLab => {
            let project = one("gitlab_project")?;
            let subject = format!(
                "project_path:${{{project}.path_with_namespace}}:ref_type:branch:ref:${{{project}.default_branch}}"
            );
            Some(text(subject, format!("the default branch of `{project}`")))
        }
        Issuer::TerraformCloud => {
            let workspace = one("tfe_workspace")?;
            let subject = format!(
                "organization:${{{workspace}.organization}}:project:*:workspace:${{{workspace}.name}}:run_phase:*"
            );
            Some(text(subject, format!("`{workspace}`")))
        }
        _ => None,
    }
}

/// What all other trusts of the root module ask of the same issuer, where they agree.
fn of_others(case: &Case<'_>, all: &[Case<'_>]) -> Option<Known> {
    let issuer = case.admission.provider.issuer;
    let mut agreed: Option<Vec<String>> = None;
    for other in all.iter().filter(|other| other.root != case.root) {
        let opening = &other.admission.opening;
        let same = other.admission.provider.issuer == issuer
            && (issuer == Issuer::GitHub
                || other.admission.provider.address == case.admission.provider.address);
        if !same || opening.subjects.is_empty() || opening.width != Some(Width::One) {
            continue;
        }
        let texts: Option<Vec<String>> =
            opening.subjects.iter().map(|subject| subject.as_text().map(str::to_string)).collect();
        let mut texts = texts?;
        if !opening.subjects.iter().all(|subject| read_subject(issuer, subject).width == Some(Width::One)) {
            return None;
        }
        texts.sort();
        match &agreed {
            Some(known) if *known != texts => return None,
            _ => agreed = Some(texts),
        }
    }
    let texts = agreed?;
    let described = match texts.as_slice() {
        [one] => format!("`{one}`, as the other trusts do"),
        _ => "those that the other trusts let in".to_string(),
    };
    Some(Known { claim: "sub", terms: texts.into_iter().map(Term::Text).collect(), described })
}
