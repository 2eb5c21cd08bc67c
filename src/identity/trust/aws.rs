//! AWS: assume-role policies.
//! Source: AWS IAM User Guide, "AWS JSON policy elements: Principal", "How to use trust policies with IAM roles".

use super::claims::{Opening, opening};
use super::kubernetes::service_account;
use super::names::Names;
use super::provider::{Provider, Written, provider};
use super::{Federation, Issuer, Party, Trust, Via, Width};
use crate::eval::Resource;
use crate::eval::value::Value;
use crate::iam::aws::{Document, Effect, Principal, PrincipalKind, Principals, Statement, Strength, Topic};
use crate::iam::{Pattern, Tri};
use crate::identity::model::{Identity, Model, Subject};
use crate::identity::policy::Tag;

/// A federated principal of a document, and how far its statement opens to it.
#[derive(Clone, Debug)]
pub struct Admission {
    /// Index of the statement.
    pub statement: usize,
    pub principal: Principal<Tag>,
    pub provider: Provider,
    pub opening: Opening,
}

/// Every federated principal of a document. `value` is what the document was read from.
pub fn admissions(model: &Model, document: &Document<Tag>, value: &Value) -> Vec<Admission> {
    let federated = document.statements.iter().enumerate().filter(|(_, it)| it.effect == Effect::Allow);
    let mut written = None;
    let mut found = Vec::new();
    for (index, statement) in federated {
        for principal in statement.principals.list() {
            let lets_in = matches!(statement.principals, Principals::Only(_))
                && principal.kind == PrincipalKind::Federated
                && action(statement, "sts:AssumeRoleWithWebIdentity").is_possible();
            if lets_in {
                let written = written.get_or_insert_with(|| Written::of(value));
                let provider = provider(model, statement, principal, written);
                let opening = opening(document, index, provider.issuer, &provider.address);
                found.push(Admission { statement: index, principal: principal.clone(), provider, opening });
            }
        }
    }
    found
}

pub(super) fn collect(model: &Model, names: &Names, all: &mut Vec<Trust>) {
    for identity in &model.identities {
        let resource = model.resource(identity.resource);
        if let Some((trust, value)) =
            identity.trust.as_ref().and_then(|trust| Some((trust, resource.body.value(&trust.attribute)?)))
        {
            Reader { model, names, identity, resource, document: &trust.document, value, written: None }
                .read(all);
        }
    }
}

struct Reader<'m> {
    model: &'m Model,
    names: &'m Names,
    identity: &'m Identity,
    resource: &'m Resource,
    document: &'m Document<Tag>,
    value: &'m Value,
    written: Option<Written>,
}

impl Reader<'_> {
    fn read(mut self, all: &mut Vec<Trust>) {
        let document = self.document;
        for (index, statement) in document.statements.iter().enumerate() {
            if statement.effect == Effect::Deny {
                continue;
            }
            match &statement.principals {
                Principals::Only(list) => {
                    for principal in list {
                        if let Some((party, via)) = self.party(index, statement, principal) {
                            all.push(self.trust(index, statement, principal, party, via));
                        }
                    }
                }
                Principals::Not(list) => {
                    if let Some(first) = list.first() {
                        let mut trust = self.trust(index, statement, first, Party::Anyone, Via::AssumeRole);
                        trust.limits.push("not for some".to_string());
                        all.push(trust);
                    }
                }
                // A statement that could not be read may let in anybody.
                Principals::Absent if statement.effect == Effect::Unknown => {
                    let nobody = Principal::new(
                        PrincipalKind::Aws,
                        crate::iam::Element::new(Pattern::unknown(), statement.at),
                    );
                    all.push(self.trust(index, statement, &nobody, Party::Unknown, Via::AssumeRole));
                }
                Principals::Absent => {}
            }
        }
    }

    fn trust(
        &self,
        index: usize,
        statement: &Statement<Tag>,
        principal: &Principal<Tag>,
        party: Party,
        via: Via,
    ) -> Trust {
        let (denied, mut limits) = self.denied(principal, via);
        limits.extend(limits_of(statement));
        let known = statement.effect == Effect::Allow
            && statement.strength() != Strength::Unknown
            && !matches!(party, Party::Unknown);
        let unsure = match &party {
            Party::Federated(federation) => federation.width.is_none(),
            _ => principal.element.pattern.has_hole() && matches!(party, Party::External(_)),
        };
        let certainty = if known && !unsure { Tri::Yes } else { Tri::Maybe };
        Trust {
            target: self.identity.id,
            party,
            via,
            certainty: certainty.and(!denied),
            limits,
            resource: self.resource.id,
            span: principal.element.at.span.or(statement.at.span).unwrap_or_else(|| self.resource.header()),
            statement: Some(index),
        }
    }

    /// Whether a Deny takes it back, and what is said of those that do so under conditions.
    fn denied(&self, principal: &Principal<Tag>, via: Via) -> (Tri, Vec<String>) {
        let mut answer = Tri::No;
        let mut limits = Vec::new();
        for statement in self.document.statements.iter().filter(|statement| statement.effect == Effect::Deny)
        {
            let concerned = match &statement.principals {
                Principals::Only(list) => Tri::any(list.iter().map(|other| {
                    match other.kind == principal.kind || other.is_everyone() {
                        true => other.element.pattern.covers(&principal.element.pattern),
                        false => Tri::No,
                    }
                })),
                Principals::Not(list) => !Tri::any(
                    list.iter().map(|other| other.element.pattern.covers(&principal.element.pattern)),
                ),
                Principals::Absent => Tri::No,
            };
            let of_action = action(statement, action_name(via));
            let concerned = concerned.and(of_action);
            match statement.conditions.is_empty() {
                true => answer = answer.or(concerned),
                false if concerned.is_possible() => limits.push("unless a Deny applies".to_string()),
                false => {}
            }
        }
        limits.dedup();
        (answer, limits)
    }

    fn party(
        &mut self,
        index: usize,
        statement: &Statement<Tag>,
        principal: &Principal<Tag>,
    ) -> Option<(Party, Via)> {
        let assume = action(statement, "sts:AssumeRole").is_possible();
        let pattern = &principal.element.pattern;
        match &principal.kind {
            PrincipalKind::Federated => return self.federated(index, statement, principal),
            _ if !assume => return None,
            PrincipalKind::Everyone => return Some((Party::Anyone, Via::AssumeRole)),
            PrincipalKind::Service if pattern.prefix().starts_with("rolesanywhere.") => {
                return Some((Party::Federated(roles_anywhere(statement)), Via::RolesAnywhere));
            }
            PrincipalKind::Service => {
                let party = match pattern.is_unknown() {
                    true => Party::Unknown,
                    false => Party::Service(service(pattern)),
                };
                return Some((party, Via::AssumeRole));
            }
            PrincipalKind::Aws => {}
            PrincipalKind::CanonicalUser | PrincipalKind::Other(_) => {
                return Some((Party::External(pattern.to_string()), Via::AssumeRole));
            }
        }
        Some((self.aws(principal), Via::AssumeRole))
    }

    fn aws(&mut self, principal: &Principal<Tag>) -> Party {
        let (model, names) = (self.model, self.names);
        let pattern = &principal.element.pattern;
        if pattern.is_any() {
            return Party::Anyone;
        }
        if let Some(declared) = principal.element.at.of {
            let resource = model.resource(declared);
            match (model.identity_of(declared), &*resource.kind) {
                (Some(identity), _) => return Party::Subject(Subject::Identity(identity.id)),
                // Whoever runs Terraform, or the account that it runs in.
                (None, "aws_caller_identity") if self.is_own(resource) => match self.names_account(principal)
                {
                    true => return Party::Account(None),
                    false => return Party::Subject(Subject::Resource(declared)),
                },
                (None, "aws_iam_role" | "aws_iam_user" | "aws_iam_session_context" | "aws_iam_roles") => {
                    let name = resource.body.text("name").or(resource.body.text("user_name"));
                    let found = name.and_then(|name| names.named(&resource.kind, name));
                    return Party::Subject(found.map_or(Subject::Resource(declared), Subject::Identity));
                }
                _ => {}
            }
        }
        let text = pattern.to_string();
        let account = text.split(':').nth(4).unwrap_or(&text).to_string();
        let is_number = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number(&text) || (text.starts_with("arn:") && text.ends_with(":root")) {
            return match is_number(&account) {
                true => Party::Account(Some(account)),
                false if self.own_account(principal) => Party::Account(None),
                false => Party::Account(Some("…".to_string())),
            };
        }
        if pattern.is_unknown() {
            return Party::Unknown;
        }
        let of_this_account =
            !is_number(&account) || self.identity.name.as_deref() != text.rsplit('/').next();
        match names.by_text(&text).filter(|_| of_this_account) {
            Some(found) => Party::Subject(Subject::Identity(found)),
            None => Party::External(text),
        }
    }

    /// The data source is asked through the provider that makes the role.
    fn is_own(&self, resource: &Resource) -> bool {
        resource.provider == self.resource.provider
    }

    fn written(&mut self) -> &Written {
        let value = self.value;
        self.written.get_or_insert_with(|| Written::of(value))
    }

    /// The principal is an account number and not an ARN.
    fn names_account(&mut self, principal: &Principal<Tag>) -> bool {
        let value = self.written().at(principal.element.at);
        value.is_none_or(|value| {
            value.deep_refs().iter().any(|it| &*it.path == "account_id" || &*it.path == "id")
        })
    }

    /// The account of an ARN is looked up where the role is made.
    fn own_account(&mut self, principal: &Principal<Tag>) -> bool {
        let (model, own) = (self.model, self.resource.provider);
        let value = self.written().at(principal.element.at);
        value.is_some_and(|value| {
            let mut all = value.deep_refs();
            all.extend(&value.meta.refs);
            all.iter().any(|used| {
                let source = model.resource(used.resource);
                &*source.kind == "aws_caller_identity" && source.provider == own
            })
        })
    }

    fn federated(
        &mut self,
        index: usize,
        statement: &Statement<Tag>,
        principal: &Principal<Tag>,
    ) -> Option<(Party, Via)> {
        let (model, names, document) = (self.model, self.names, self.document);
        let provider = provider(model, statement, principal, self.written());
        let name = Pattern::literal(&provider.address);
        if provider.issuer == Issuer::Saml {
            let possible = action(statement, "sts:AssumeRoleWithSAML").is_possible();
            let federation = Federation {
                issuer: Issuer::Saml,
                name,
                subjects: Vec::new(),
                described: "people who sign in through SAML".to_string(),
                width: Some(Width::Organization),
                service_account: None,
            };
            return possible.then_some((Party::Federated(federation), Via::Saml));
        }
        if !action(statement, "sts:AssumeRoleWithWebIdentity").is_possible() {
            return None;
        }
        let opening = opening(document, index, provider.issuer, &provider.address);
        let service_account = match provider.issuer {
            Issuer::Kubernetes => service_account(model, names, self.identity.id, &opening.subjects),
            _ => None,
        };
        let federation = Federation {
            issuer: provider.issuer,
            name,
            subjects: opening.subjects,
            described: opening.described,
            width: opening.width,
            service_account,
        };
        (federation.width != Some(Width::Nobody)).then_some((Party::Federated(federation), Via::WebIdentity))
    }
}

/// Certificates of a trust anchor.
fn roles_anywhere(statement: &Statement<Tag>) -> Federation {
    let anchor = statement.conditions.iter().find(|condition| condition.is_about("aws:SourceArn"));
    let subjects: Vec<Pattern> = statement
        .conditions
        .iter()
        .filter(|condition| condition.key.to_ascii_lowercase().starts_with("aws:principaltag/x509"))
        .flat_map(|condition| condition.values.iter().map(|value| value.pattern.clone()))
        .collect();
    let width = match (anchor, subjects.is_empty()) {
        (None, true) => Width::Organization,
        (Some(_), true) => Width::Family,
        (_, false) => Width::One,
    };
    let described = match (anchor.is_some(), subjects.first()) {
        (_, Some(subject)) => format!("certificates of {subject}"),
        (true, None) => "certificates of one trust anchor".to_string(),
        (false, None) => "certificates of every trust anchor of the account".to_string(),
    };
    Federation {
        issuer: Issuer::RolesAnywhere,
        name: anchor.and_then(|it| it.values.first()).map_or_else(Pattern::unknown, |it| it.pattern.clone()),
        subjects,
        described,
        width: Some(width),
        service_account: None,
    }
}

/// `ec2.amazonaws.com`, also where the domain of the partition is looked up.
fn service(pattern: &Pattern) -> String {
    let text = pattern.to_string();
    match text.strip_suffix(".…") {
        Some(name) => format!("{name}.amazonaws.com"),
        None => text,
    }
}

fn action_name(via: Via) -> &'static str {
    match via {
        Via::WebIdentity => "sts:AssumeRoleWithWebIdentity",
        Via::Saml => "sts:AssumeRoleWithSAML",
        _ => "sts:AssumeRole",
    }
}

fn action(statement: &Statement<Tag>, name: &str) -> Tri {
    let named = Tri::any(statement.actions.elements().iter().map(|it| it.pattern.matches_ignore_case(name)));
    if statement.actions.is_negated() { !named } else { named }
}

/// What narrows a statement, a few words each. Claims of tokens are part of who is let in.
fn limits_of(statement: &Statement<Tag>) -> Vec<String> {
    let mut limits = Vec::new();
    for caveat in statement.caveats() {
        let condition = &statement.conditions[caveat.condition];
        let value = condition.values.first().map(|value| value.pattern.to_string()).unwrap_or_default();
        let text = match (caveat.topic, caveat.strength) {
            (_, Strength::None | Strength::Weak) => continue,
            (Topic::Federation, _) if condition.is_about("sts:ExternalId") => {
                "only with an external id".to_string()
            }
            (Topic::Federation, _) => continue,
            (Topic::Mfa, _) => "only with a second factor".to_string(),
            (Topic::Network, _) => "only from certain addresses or networks".to_string(),
            (Topic::Time, _) => "only for some time".to_string(),
            (Topic::Organization, _) => format!("only from organization {value}"),
            (Topic::Principal, _) => format!("only for principals like {value}"),
            (Topic::Source, _) => format!("only on behalf of {value}"),
            (Topic::Tag, _) => "only with certain tags".to_string(),
            _ if condition.key.is_empty() => "under a condition that is not known".to_string(),
            _ => format!("only where {} fits", condition.key),
        };
        if !limits.contains(&text) {
            limits.push(text);
        }
    }
    limits
}
