use crate::diagnostic::{Fix, Persona, Scaffold, Severity};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::{Credential, CredentialId, Place, PlaceKind, State, Subject, facts};
use crate::rules::checks::expiry_too_long::excess;
use crate::rules::lifetime::{self, Reading};
use crate::rules::scaffold::Move;
use crate::rules::{Context, Draft, Rule, RuleInfo, ci_secrets, keyless};
use std::collections::HashMap;

declare_rule! {
    /// A key, password or token that works until somebody revokes it, of a kind for which there is a way without:
    /// a role that is assumed, a workload identity that the platform proves, a federated token. Standing keys are
    /// copied, logged and forgotten; most cloud break-ins begin with one.
    ///
    /// The finding names whose key it is, every place in this code that its value goes to (the most exposed ones first),
    /// and what to use there instead: a CI job can sign in with its own OIDC token, a function or a pod with the
    /// identity it runs as. Keys that are disabled are not reported. Keys whose replacement depends on what they are
    /// for, such as SSH keys and deploy keys, are shown to the strict persona.
    ///
    /// Bring in the keyless way beside the key, move the consumers one by one, watch that the key is no longer used,
    /// disable it, and delete it. For keys of AWS, Google Cloud and Entra, `--verbose` and `keyward explain` with the
    /// address of the key show code to begin with (a role that the pipeline's token becomes, a workload identity pool, a
    /// federated credential, the grants of the user) and the steps of the cut-over; `<…>` stands for what the code does
    /// not tell. Nothing of it is written, since who may come in is for a person to say. Until then,
    /// `no-rotation-configured` has a fix that renews such keys (`--persona strict`).
    ///
    /// ```hcl,bad
    /// resource "aws_iam_user" "deploy" {
    ///   name = "deploy"
    /// }
    ///
    /// resource "aws_iam_access_key" "deploy" {
    ///   user = aws_iam_user.deploy.name
    /// }
    ///
    /// resource "github_actions_secret" "key" {
    ///   repository      = "app"
    ///   secret_name     = "AWS_SECRET_ACCESS_KEY"
    ///   plaintext_value = aws_iam_access_key.deploy.secret
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// data "aws_iam_policy_document" "trust" {
    ///   statement {
    ///     actions = ["sts:AssumeRoleWithWebIdentity"]
    ///     principals {
    ///       type        = "Federated"
    ///       identifiers = ["arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"]
    ///     }
    ///     condition {
    ///       test     = "StringEquals"
    ///       variable = "token.actions.githubusercontent.com:sub"
    ///       values   = ["repo:acme/app:ref:refs/heads/main"]
    ///     }
    ///   }
    /// }
    ///
    /// resource "aws_iam_role" "deploy" {
    ///   name               = "deploy"
    ///   assume_role_policy = data.aws_iam_policy_document.trust.json
    /// }
    /// ```
    ///
    /// Source: AWS IAM, "Security best practices"; Google Cloud, "Best practices for managing service account keys";
    /// Microsoft, "Workload identity federation".
    LongLivedStaticCredential {
        code: "KW107",
        name: "long-lived-static-credential",
        summary: "Standing key where a keyless way exists",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "static-credential",
        nhi: ["NHI7", "NHI4"],
        csf: ["PR.AA-01", "PR.AA-03"],
        cis: ["AWS5:1.13", "AWS7:2.12", "GCP4:1.4", "GCP5:1.5"],
    }
}

impl Rule for LongLivedStaticCredential {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let mut places: HashMap<CredentialId, Vec<&Place>> = HashMap::new();
        for place in &cx.model.places {
            places.entry(place.credential).or_default().push(place);
        }
        for resource in cx.model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed) {
            judge(resource, &mut places, cx);
            inline_passwords(resource, cx);
        }
    }
}

/// Passwords that an application declares in blocks of its own. One that is too long as well is the business
/// of `expiry-too-long`.
fn inline_passwords(resource: &Resource, cx: &mut Context<'_>) {
    if &*resource.kind != "azuread_application" {
        return;
    }
    let today = cx.shared.today;
    for term in lifetime::terms_of(&resource.kind).filter(|term| term.block == "password") {
        let limit = lifetime::limit(&cx.shared.config.expiry, term.limit);
        for scope in lifetime::scopes(resource, term) {
            let too_long = limit.is_some_and(|limit| excess(resource, term, limit, &scope, cx).is_some());
            let over = match lifetime::read(cx.model, resource, &scope, term, today) {
                Reading::Ends { expiry, .. } => expiry.remaining(today).is_none(),
                _ => false,
            };
            if !too_long && !over {
                inline_password(resource, &scope, cx);
            }
        }
    }
}

fn inline_password(resource: &Resource, scope: &BlockValue, cx: &mut Context<'_>) {
    let Some((instead, persona)) = keyless::instead_of(&resource.kind) else { return };
    let span = scope.header.unwrap_or_else(|| resource.header());
    let identity = cx.model.identity_of(resource.id);
    let message = format!("`{}` has a standing password, which it declares itself", resource.address);
    let draft = cx
        .draft(LongLivedStaticCredential::INFO, resource, "password", span, message)
        .label("a standing password")
        .persona(persona)
        .identity(resource.address.clone())
        .owner(identity.and_then(|identity| identity.owner.name()))
        .environment(identity.map_or(cx.model.environment.as_ref(), |identity| identity.environment.as_ref()))
        .help(format!("use {instead}"))
        .fix(Fix::manual(format!(
            "Bring in {instead}, move the consumers, see that the password is no longer used, and delete it"
        )));
    cx.emit(draft);
}

fn judge(resource: &Resource, places: &mut HashMap<CredentialId, Vec<&Place>>, cx: &mut Context<'_>) {
    let model = cx.model;
    if !facts::of(&resource.kind).is_some_and(|facts| facts.is_static && !facts.human) {
        return;
    }
    // The user is not the key: whether it should be a role is asked elsewhere.
    if &*resource.kind == "aws_iam_user" || !is_standing(resource) {
        return;
    }
    let Some((instead, persona)) = keyless::instead_of(&resource.kind) else { return };
    let credential = model.credential_of(resource.id);
    let state = credential.map(|one| one.state).or_else(|| model.identity_of(resource.id).map(|one| one.state));
    if state == Some(State::Disabled) {
        return;
    }
    let mut found = credential.and_then(|one| places.remove(&one.id)).unwrap_or_default();
    // Encrypted before anybody sees it, so that there is nothing in those places.
    let protect = facts::of(&resource.kind).and_then(|facts| facts.protect.as_deref());
    if protect.is_some_and(|name| resource.body.value(name).is_some()) {
        found.clear();
    }
    found.sort_by_key(|place| (keyless::exposure(place.kind), place.span));

    let subject = credential.map(|one| &one.subject);
    let whose = subject.map(|subject| keyless::whose(subject, model)).unwrap_or_default();
    let noun = noun(&resource.kind);
    let goes = match found.as_slice() {
        [] => String::new(),
        [one] => format!(", handed to `{}`", one.address),
        [one, rest @ ..] => format!(", handed to `{}` and {} more", one.address, count(rest.len(), "place")),
    };
    let message = format!("`{}` is a standing {noun}{whose}{goes}", resource.address);
    let header = resource.header();
    let mut draft = cx
        .draft(LongLivedStaticCredential::INFO, resource, "", header, message)
        .label(format!("a {noun} without end"))
        .persona(persona)
        .identity(match subject {
            Some(Subject::Identity(id)) => model.identity(*id).address.clone(),
            _ => resource.address.clone(),
        })
        .owner(credential.and_then(|one| one.owner.name()))
        .environment(credential.map_or(model.environment.as_ref(), |one| one.environment.as_ref()));
    if ends(resource) {
        draft = draft.label(format!("a standing {noun}"));
    }
    if let Some(Subject::Identity(id)) = subject {
        let holder = model.identity(*id);
        draft = draft.related(model.resource(holder.resource).header(), "whose credential it is");
    }
    for place in found.iter().take(6) {
        draft = draft.related(place.span, format!("its `{}` goes into the {} `{}`", place.output, place.kind.describe(), place.address));
    }
    for place in found.iter().filter(|place| matches!(place.kind, PlaceKind::WorkloadEnv | PlaceKind::BootScript)) {
        draft = place.resource.into_iter().fold(draft, Draft::about_workload);
    }
    if found.len() > 6 {
        draft = draft.note(format!("its value goes to {} places in all", found.len()));
    }
    if resource.body.value("public_key_data").is_some() {
        draft = draft.severity(Severity::Medium).note("only its public half is uploaded, so the key itself is not in the state");
    }
    // What each consumer can do instead, said once for all of its kind.
    let mut ways: Vec<(String, &str)> = Vec::new();
    for place in &found {
        let kind = place.resource.map(|id| &*model.resource(id).kind);
        if let Some(way) = keyless::for_consumer(&resource.kind, place, kind)
            && !ways.iter().any(|(known, _)| *known == way)
        {
            ways.push((way, &place.address));
        }
    }
    if found.iter().any(|place| place.output.starts_with("ses_smtp")) {
        draft = draft.note("SMTP of SES only takes such a password; the SES API takes a role");
    }
    draft = match ways.as_slice() {
        [] => draft.help(format!("use {instead}")),
        [(way, _)] => draft.help(way.clone()),
        several => {
            let each: Vec<String> = several.iter().map(|(way, address)| format!("for `{address}`: {way}")).collect();
            draft.help(each.join("; "))
        }
    };
    if persona == Persona::Regular {
        let fix = Fix::manual(format!(
            "Bring in {instead}, move the consumers, see that the {noun} is no longer used, and delete it"
        ))
        .with(credential.and_then(|one| keyless_way(cx, resource, one, found.first().copied())));
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

/// The way without the key, as far as the code tells who uses it.
fn keyless_way(cx: &Context<'_>, key: &Resource, credential: &Credential, place: Option<&Place>) -> Option<Scaffold> {
    let way = Move {
        cx,
        cloud: ci_secrets::cloud_of_credential(credential)?,
        key: Some(key),
        holder: match credential.subject {
            Subject::Identity(id) => Some(cx.model.identity(id)),
            _ => None,
        },
        place,
        consumer: place.and_then(|place| place.resource).map(|id| cx.model.resource(id)),
    };
    way.scaffold()
}

/// Some types are only sometimes a standing key.
fn is_standing(resource: &Resource) -> bool {
    let body = &resource.body;
    match &*resource.kind {
        // A connection instead of a token.
        "aws_codebuild_source_credential" => {
            body.value("auth_type").is_none_or(|value| {
                value.as_str().is_some_and(|auth| matches!(auth, "PERSONAL_ACCESS_TOKEN" | "BASIC_AUTH" | "OAUTH"))
            })
        }
        "snowflake_legacy_service_user" => body.value("password").is_some(),
        // A token that ends within a day is no standing one; zero is no end at all.
        "databricks_token" | "databricks_obo_token" => {
            body.value("lifetime_seconds").is_none_or(|value| value.as_i64().is_some_and(|seconds| seconds == 0 || seconds > 86_400))
        }
        "vault_approle_auth_backend_role_secret_id" => body.value("wrapping_ttl").is_none(),
        _ => true,
    }
}

/// It has an end of its own, so the label must not say otherwise.
fn ends(resource: &Resource) -> bool {
    facts::of(&resource.kind).is_some_and(|facts| !facts.expiry.is_empty())
}

fn noun(kind: &str) -> &'static str {
    match kind {
        "aws_key_pair" | "digitalocean_ssh_key" | "aws_iam_user_ssh_key" | "aws_transfer_ssh_key" => "SSH key",
        "snowflake_legacy_service_user" => "password",
        "aws_codebuild_source_credential" => "token",
        "vault_approle_auth_backend_role_secret_id" => "secret id",
        _ if kind.ends_with("password") => "password",
        _ if kind.ends_with("certificate") => "certificate",
        _ if kind.ends_with("token") => "token",
        _ if kind.ends_with("secret") => "secret",
        _ if kind.ends_with("key") => "key",
        _ => "credential",
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
