use crate::diagnostic::{Confidence, Fix, Persona, Scaffold};
use crate::eval::value::{Kind, ResourceId};
use crate::eval::{Resource, ResourceMode};
use crate::identity::{Credential, CredentialId, Model, Place, PlaceKind, Subject};
use crate::rules::ci_secrets::{self, CiSecret, Cloud};
use crate::rules::scaffold::Move;
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Rule, RuleInfo, keyless};
use crate::source::Span;
use std::collections::{HashMap, HashSet};

declare_rule! {
    /// A pipeline signs in to a cloud with a key that is stored as its secret. The key works from anywhere,
    /// for everybody who ever had it and until somebody ends it; every action and every script that a job
    /// runs can read it. All three large clouds accept the token that the platform gives to each job instead:
    /// it lives for minutes and says which repository and branch it is for.
    ///
    /// A secret or variable of GitHub, GitLab, HCP Terraform, CircleCI, Bitbucket, Buildkite or Spacelift is
    /// reported when its value comes from `aws_iam_access_key`, `google_service_account_key`,
    /// `azuread_application_password` or the like, or when its name is one by which the tools of a cloud look
    /// for a key, such as `AWS_SECRET_ACCESS_KEY`, `GOOGLE_CREDENTIALS` or `ARM_CLIENT_SECRET`. The id that
    /// goes with a key is no secret and is left out.
    ///
    /// It speaks for `github-secret-plaintext` of the same secret, since a pipeline without a key has nothing
    /// to hide, and for `long-lived-static-credential` of a key that goes nowhere else.
    ///
    /// `--verbose` shows code to begin with, filled with what this code tells of the repository and the identity, and
    /// the steps of the cut-over.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_access_key" "ci" {
    ///   user = "ci"
    /// }
    ///
    /// resource "github_actions_secret" "aws" {
    ///   repository      = "app"
    ///   secret_name     = "AWS_SECRET_ACCESS_KEY"
    ///   plaintext_value = aws_iam_access_key.ci.secret
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "github_actions_variable" "role" {
    ///   repository    = "app"
    ///   variable_name = "AWS_ROLE_ARN"
    ///   value         = "arn:aws:iam::123456789012:role/ci"
    /// }
    /// ```
    ///
    /// Source: GitHub documentation, "About security hardening with OpenID Connect"; GitLab documentation,
    /// "Connect to cloud services"; HCP Terraform documentation, "Dynamic provider credentials".
    CiCloudKeyInsteadOfOidc {
        code: "KW123",
        name: "ci-cloud-key-instead-of-oidc",
        summary: "Cloud key stored as a pipeline secret",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "cicd",
        nhi: ["NHI4", "NHI7", "NHI2"],
        csf: ["PR.AA-03"],
        cis: ["AWS5:1.17"],
    }
}

impl Rule for CiCloudKeyInsteadOfOidc {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut places: HashMap<ResourceId, Vec<&Place>> = HashMap::new();
        let mut elsewhere: HashSet<CredentialId> = HashSet::new();
        for place in &model.places {
            match (place.kind, place.resource) {
                (PlaceKind::CiSecret, Some(resource)) => places.entry(resource).or_default().push(place),
                _ => drop(elsewhere.insert(place.credential)),
            }
        }
        for resource in model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed) {
            let Some(kind) = ci_secrets::of(&resource.kind) else { continue };
            let here = places.get(&resource.id).map_or(&[][..], Vec::as_slice);
            judge(cx, resource, kind, here, &elsewhere);
        }
    }
}

fn judge(cx: &mut Context<'_>, resource: &Resource, kind: &CiSecret, places: &[&Place], elsewhere: &HashSet<CredentialId>) {
    let model = cx.model;
    let name = kind.name_of(resource);
    let key = ci_secrets::keys_in(places, model).next();
    let cloud = match (&key, name.and_then(ci_secrets::cloud_of_name)) {
        (Some((_, _, cloud)), _) => *cloud,
        (None, Some(cloud)) => cloud,
        (None, None) => return,
    };
    let Some((attribute, attr)) = kind.value_of(resource) else { return };
    if key.is_none() && is_path(&attr.value.kind) {
        return;
    }
    let span = span_of(resource, kind, key.as_ref().map(|(place, ..)| place.span), attr.expr_span);
    let called = name.map_or_else(|| format!("`{}`", resource.address), |name| format!("`{name}` of `{}`", resource.address));
    let message = match &key {
        Some((_, credential, _)) => format!("{called} gives pipelines the standing key `{}`{}", credential.address, whose(credential, model)),
        None => format!("{called} gives pipelines a standing key of {}", cloud_name(cloud)),
    };
    let mut draft = cx
        .draft(CiCloudKeyInsteadOfOidc::INFO, resource, attribute, span, message)
        .label("a cloud key, where a token of the job would do")
        .identity(key.as_ref().map_or_else(|| resource.address.clone(), |(_, credential, _)| model.describe(&credential.subject)))
        .owner(key.as_ref().and_then(|(_, credential, _)| credential.owner.name()))
        .environment(model.environment.as_ref())
        .help(way(cloud, kind.platform))
        .fix(Fix::manual(TITLE).with(keyless_way(cx, resource, cloud, key.as_ref().map(|(place, credential, _)| (*place, *credential)))));
    if let Some((place, credential, _)) = &key {
        let declared = model.resource(credential.resource).header();
        draft = draft.related(declared, "the key is declared here").route(&place.value);
        if !elsewhere.contains(&credential.id) {
            draft = draft.absorbs("long-lived-static-credential", declared);
        }
    } else {
        draft = draft.note("its name is the one by which the tools of the cloud look for a key");
        // A literal is no output's business.
        if let Some(written) = attr.value.as_str().and(attr.value.meta.span) {
            draft = draft.redact(written);
        }
    }
    // Whether it is masked or encrypted matters no more once it is gone.
    for (_, attr) in resource.body.attributes.iter().filter(|(name, _)| matches!(&***name, "plaintext_value" | "value")) {
        draft = draft.absorbs("github-secret-plaintext", attr.expr_span).absorbs("github-secret-plaintext", span);
    }
    draft = draft.absorbs("github-secret-plaintext", resource.header());
    if is_sample(cx, model, resource.header()) {
        draft = draft.persona(Persona::Strict).confidence(Confidence::Medium);
    }
    cx.emit(draft);
}

const TITLE: &str = "Set up the trust, let the pipeline use it, see that the key is no longer used, then delete key and secret";

fn keyless_way(cx: &Context<'_>, secret: &Resource, cloud: Cloud, key: Option<(&Place, &Credential)>) -> Option<Scaffold> {
    let way = Move {
        cx,
        cloud,
        key: key.map(|(_, credential)| cx.model.resource(credential.resource)),
        holder: key.and_then(|(_, credential)| match credential.subject {
            Subject::Identity(id) => Some(cx.model.identity(id)),
            _ => None,
        }),
        place: key.map(|(place, _)| place),
        consumer: Some(secret),
    };
    way.scaffold()
}

/// The path of a file on a runner, or an ARN, is no key.
fn is_path(kind: &Kind) -> bool {
    let Kind::String(text) = kind else { return false };
    let text = text.as_str();
    text.starts_with('/') || text.starts_with("./") || text.starts_with("arn:")
}

/// Where the key comes in, else its name, else the resource.
fn span_of(resource: &Resource, kind: &CiSecret, place: Option<Span>, value: Span) -> Span {
    place.unwrap_or_else(|| {
        let name = resource.body.attr(kind.name);
        name.and_then(|attr| attr.value.meta.span).unwrap_or(value)
    })
}

fn whose(credential: &Credential, model: &Model) -> String {
    keyless::whose(&credential.subject, model)
}

fn cloud_name(cloud: Cloud) -> &'static str {
    match cloud {
        Cloud::Aws => "AWS",
        Cloud::Google => "Google Cloud",
        Cloud::Azure => "Azure",
    }
}

fn way(cloud: Cloud, platform: &str) -> &'static str {
    match (cloud, platform) {
        (_, "tfe") => "use dynamic provider credentials: the run's own token, trusted by the cloud",
        (Cloud::Aws, "github") => {
            "let the workflow assume an `aws_iam_role` through GitHub's OIDC provider (`permissions: id-token: write`), with `sub` held to the repository and branch"
        }
        (Cloud::Google, "github") => {
            "let the workflow come in through a `google_iam_workload_identity_pool_provider`, with an `attribute_condition` on the repository"
        }
        (Cloud::Azure, "github") => {
            "give the application an `azuread_application_federated_identity_credential` for the repository and branch"
        }
        (Cloud::Aws, "gitlab") => "let the job assume an `aws_iam_role` with its ID token (`id_tokens:`)",
        (Cloud::Google, "gitlab") => {
            "let the job come in with its ID token (`id_tokens:`) through a workload identity pool provider"
        }
        (Cloud::Azure, "gitlab") => "give the application a federated credential for the job's ID token (`id_tokens:`)",
        (Cloud::Aws, _) => "let the job assume an `aws_iam_role` with the pipeline's OIDC token",
        _ => "federate the pipeline's OIDC token instead of handing it a key",
    }
}
