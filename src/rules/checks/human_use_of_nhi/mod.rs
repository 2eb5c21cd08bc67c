mod exports;

use crate::diagnostic::{Confidence, Fix, Persona};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::identity::policy::google_members;
use crate::identity::{CredentialId, Identity, Model, State, Subject};
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Rule, RuleInfo};
use indexmap::IndexMap;
use std::collections::HashMap;

declare_rule! {
    /// One identity is used by people and by software. In the audit log nobody can tell who did something;
    /// the second factor of the person does not protect the key of the software; and when the person leaves,
    /// either the account stays or the software stops.
    ///
    /// Reported are:
    ///
    /// - IAM users that have both a password for the console and an access key
    /// - service accounts of Google Cloud for which people (`user:`) or groups of them (`group:`) may make
    ///   tokens, through `roles/iam.serviceAccountTokenCreator`. Groups are shown to a strict reader: a group
    ///   that deploys by impersonation holds no key, which is better than having one.
    /// - files for `kubectl` (kubeconfig) with the token of a Kubernetes service account
    /// - application keys of Datadog, which belong to the account that makes them: named after a person, they are
    ///   that person's; others are shown to a strict reader
    /// - IAM users for emergencies (break glass) that have a password and no second factor in this code,
    ///   for a strict reader
    ///
    /// Give people their own sign-in with a second factor, and software an identity without a password.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_user" "ops" {
    ///   name = "ops"
    /// }
    ///
    /// resource "aws_iam_user_login_profile" "ops" {
    ///   user = aws_iam_user.ops.name
    /// }
    ///
    /// resource "aws_iam_access_key" "ops" {
    ///   user = aws_iam_user.ops.name
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_user" "ops" {
    ///   name = "ops"
    /// }
    ///
    /// resource "aws_iam_user_login_profile" "ops" {
    ///   user = aws_iam_user.ops.name
    /// }
    /// ```
    ///
    /// Source: OWASP NHI10:2025 "Human Use of NHI"; AWS IAM User Guide, "Security best practices in IAM";
    /// Google Cloud IAM documentation, "Service account impersonation"; Datadog documentation, "API and Application
    /// Keys"; Kubernetes documentation, "Authenticating".
    HumanUseOfNhi {
        code: "KW404",
        name: "human-use-of-nhi",
        summary: "Identity for people and software at once",
        severity: Medium,
        confidence: Medium,
        persona: Regular,
        fix: Manual,
        category: "reuse",
        nhi: ["NHI10"],
        csf: ["PR.AA-01", "PR.AA-03"],
        cis: ["AWS5:1.10", "GCP5:1.9"],
    }
}

impl Rule for HumanUseOfNhi {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        users(cx);
        let model = cx.model;
        for resource in model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed) {
            if resource.kind.starts_with("google_") && resource.kind.contains("_iam_") {
                impersonation(cx, resource);
            }
            match &*resource.kind {
                "datadog_application_key" => exports::datadog(cx, resource),
                "local_file" | "local_sensitive_file" => exports::kubeconfig(cx, resource),
                _ => {}
            }
        }
    }
}

/// Who a resource is for: a user of this code, or a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum User {
    Declared(ResourceId),
    Named(String),
}

fn user(model: &Model, names: &HashMap<&str, ResourceId>, resource: &Resource) -> Option<User> {
    let value: &Value = resource.body.value("user").or(resource.body.value("user_name"))?;
    let refs = value.deep_refs();
    let declared = refs.iter().map(|one| one.resource).find(|id| &*model.resource(*id).kind == "aws_iam_user");
    declared.map(User::Declared).or_else(|| {
        let name = value.as_str()?;
        Some(names.get(name).map_or_else(|| User::Named(name.to_string()), |id| User::Declared(*id)))
    })
}

#[derive(Default)]
struct Has<'m> {
    login: Option<&'m Resource>,
    key: Option<(CredentialId, &'m Resource)>,
    factor: bool,
}

fn users(cx: &mut Context<'_>) {
    let model = cx.model;
    let known = || model.identities.iter().filter(|one| one.kind == "aws_iam_user");
    let by_name: HashMap<&str, ResourceId> =
        known().filter_map(|one| Some((one.name.as_deref()?, one.resource))).collect();
    let mut of: IndexMap<User, Has<'_>> = IndexMap::new();
    for resource in model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed) {
        let kind = &*resource.kind;
        if !matches!(kind, "aws_iam_user_login_profile" | "aws_iam_access_key" | "aws_iam_virtual_mfa_device") {
            continue;
        }
        let Some(user) = user(model, &by_name, resource) else { continue };
        let has = of.entry(user).or_default();
        match kind {
            "aws_iam_user_login_profile" => has.login = has.login.or(Some(resource)),
            "aws_iam_access_key" => {
                let credential = model.credential_of(resource.id).filter(|one| one.state != State::Disabled);
                has.key = has.key.or(credential.map(|one| (one.id, resource)));
            }
            _ => has.factor = true,
        }
    }
    let names: HashMap<ResourceId, &Identity> = known().map(|one| (one.resource, one)).collect();
    for (user, has) in of {
        let identity = match &user {
            User::Declared(id) => names.get(id).copied(),
            User::Named(_) => None,
        };
        match (has.login, has.key) {
            (Some(login), Some((_, key))) => both(cx, &user, identity, login, key),
            (Some(login), None) if !has.factor => glass(cx, identity, login),
            _ => {}
        }
    }
}

fn both(cx: &mut Context<'_>, user: &User, identity: Option<&Identity>, login: &Resource, key: &Resource) {
    let model = cx.model;
    let called = match user {
        User::Declared(id) => model.resource(*id).address.clone(),
        User::Named(name) => name.clone(),
    };
    let at = identity.map_or(login, |one| model.resource(one.resource));
    let message = format!("`{called}` has a password for people and an access key for software");
    let mut draft = cx
        .draft(HumanUseOfNhi::INFO, at, "", at.header(), message)
        .label("used by people and software")
        .related(key.header(), "the key for software")
        .identity(called.clone())
        .owner(identity.and_then(|one| one.owner.name()))
        .environment(identity.and_then(|one| one.environment.as_ref()).or(model.environment.as_ref()))
        .help("let the person sign in through IAM Identity Center, and let the software assume a role")
        .fix(Fix::manual(format!("Separate the two: a role for the software, and no key for `{called}`")));
    if at.id != login.id {
        draft = draft.related(login.header(), "the password for people");
    }
    if is_sample(cx, model, at.header()) {
        draft = draft.persona(Persona::Strict);
    }
    cx.emit(draft);
}

/// An account for emergencies whose password is all it takes.
fn glass(cx: &mut Context<'_>, identity: Option<&Identity>, login: &Resource) {
    let Some(identity) = identity else { return };
    let name = identity.name.as_deref().unwrap_or(&identity.address).to_ascii_lowercase().replace(['_', ' '], "-");
    if !["break-glass", "breakglass", "emergency"].iter().any(|word| name.contains(word)) {
        return;
    }
    let message = format!("`{}` is for emergencies, and a password is all it takes", identity.address);
    let draft = cx
        .draft(HumanUseOfNhi::INFO, login, "", login.header(), message)
        .label("no second factor here")
        .persona(Persona::Strict)
        .confidence(Confidence::Low)
        .identity(identity.address.clone())
        .owner(identity.owner.name())
        .environment(identity.environment.as_ref())
        .help("register a hardware key for it, and alert on every use");
    cx.emit(draft);
}

const TOKENS: &str = "roles/iam.serviceAccountTokenCreator";

fn impersonation(cx: &mut Context<'_>, resource: &Resource) {
    let model = cx.model;
    let found = google_members(&resource.body).into_iter().find_map(|(role, members)| {
        let named = role.as_str() == Some(TOKENS);
        let people: Vec<(Value, bool)> =
            members.into_iter().filter_map(|member| Some((member.clone(), is_person(&member)?))).collect();
        (named && !people.is_empty()).then_some(people)
    });
    let Some(people) = found else { return };
    let person = people.iter().find(|(_, person)| *person);
    let Some((member, is_user)) = person.or(people.first()) else { return };
    let span = member.meta.span.unwrap_or_else(|| resource.header());
    let of = account(model, resource);
    let who = member.as_str().map_or_else(|| if *is_user { "a person" } else { "a group of people" }.to_string(), |text| format!("`{text}`"));
    let message = format!("{who} may make tokens of {of} through `{}`", resource.address);
    let mut draft = cx
        .draft(HumanUseOfNhi::INFO, resource, "member", span, message)
        .label(if *is_user { "a person" } else { "people" })
        .route(member)
        .identity(of.replace('`', ""))
        .environment(model.environment.as_ref())
        .help("grant people what they need themselves; for deployments, let the pipeline's identity impersonate the account")
        .fix(Fix::manual("Grant the person's own account the roles that the work takes, and drop the binding"));
    // Asking for a reason and an end is what makes impersonation bearable.
    if !is_user || resource.body.has_block("condition") {
        draft = draft.persona(Persona::Strict);
    }
    if is_sample(cx, model, resource.header()) {
        draft = draft.persona(Persona::Strict);
    }
    cx.emit(draft);
}

/// `Some(true)` for a person, `Some(false)` for a group of them.
fn is_person(member: &Value) -> Option<bool> {
    let start = match member.parts()?.into_iter().next()? {
        crate::eval::value::Part::Text(text) => text.as_str().to_string(),
        crate::eval::value::Part::Hole(_) => return None,
    };
    match start.split(':').next()? {
        "user" => Some(true),
        "group" | "domain" => Some(false),
        _ => None,
    }
}

/// Whose tokens a binding is for.
fn account(model: &Model, resource: &Resource) -> String {
    let Some(value) = resource.body.value("service_account_id") else {
        return "every service account in its scope".to_string();
    };
    let declared = value.deep_refs().iter().find_map(|one| model.identity_of(one.resource).map(|one| one.id));
    match (declared, value.as_str()) {
        (Some(id), _) => format!("`{}`", model.describe(&Subject::Identity(id))),
        (None, Some(text)) => format!("`{}`", text.rsplit('/').next().unwrap_or(text)),
        (None, None) => "a service account".to_string(),
    }
}
