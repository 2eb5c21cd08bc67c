use crate::diagnostic::{Applicability, Confidence, Fix, Severity};
use crate::identity::privilege::{Level, privilege};
use crate::identity::trust::{FederatedCredential, Issuer, Width, federated_credential, read_subject, trusts};
use crate::identity::{IdentityId, Model};
use crate::rules::edits::replace_literal;
use crate::rules::federation::{Rank, rank, reach};
use crate::rules::policy_edits::is_only_here;
use crate::rules::{Context, Draft, Rule, RuleInfo};
use crate::source::Span;

declare_rule! {
    /// A federated credential lets whoever holds a token with the right issuer and subject sign in as an
    /// application or a managed identity, without a secret. The subject is all that keeps others out.
    ///
    /// What is looked at:
    ///
    /// - flexible credentials (`claims_matching_expression`) whose wildcards take in more than one repository,
    ///   project or namespace
    /// - ordinary credentials with a wildcard in the subject: Azure compares subjects as they stand, so that such a
    ///   credential lets in nobody, and whoever notices tends to widen it elsewhere
    /// - credentials for pull requests on an identity that may change permissions or nearly everything: whoever
    ///   may open a pull request runs code as it before anyone has looked
    /// - audiences other than those that Azure asks for: the token was made for somebody else, who may use it here
    ///
    /// With `--persona strict` you also see pull requests on identities that may write, and whole projects.
    /// The fix mends the audience; whose subject is meant, only the reader knows.
    ///
    /// ```hcl,bad
    /// resource "azuread_application_flexible_federated_identity_credential" "deploy" {
    ///   application_id             = "/applications/00000000-0000-0000-0000-000000000000"
    ///   display_name               = "deploy"
    ///   audience                   = "api://AzureADTokenExchange"
    ///   issuer                     = "https://gitlab.com"
    ///   claims_matching_expression = "claims['sub'] matches 'project_path:*'"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "azuread_application_flexible_federated_identity_credential" "deploy" {
    ///   application_id             = "/applications/00000000-0000-0000-0000-000000000000"
    ///   display_name               = "deploy"
    ///   audience                   = "api://AzureADTokenExchange"
    ///   issuer                     = "https://gitlab.com"
    ///   claims_matching_expression = "claims['sub'] eq 'project_path:acme/app:ref_type:branch:ref:main'"
    /// }
    /// ```
    ///
    /// Source: Microsoft Entra documentation, "Important considerations and restrictions for federated identity
    /// credentials", "Flexible federated identity credentials"; GitHub documentation, "OpenID Connect reference".
    AzureFederatedCredentialWide {
        code: "KW308",
        name: "azure-federated-credential-wide",
        summary: "Federated credential that takes in more than it should",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "trust",
        nhi: ["NHI4"],
        csf: ["PR.AA-04"],
        cis: [],
    }
}

/// What tokens are made for, in each of Azure's clouds.
/// Source: Microsoft Entra documentation, "Federated identity credentials: audiences".
const AUDIENCES: [&str; 4] = [
    "api://AzureADTokenExchange",
    "api://AzureADTokenExchangeUSGov",
    "api://AzureADTokenExchangeChina",
    "api://AzureADTokenExchangeGermany",
];

impl Rule for AzureFederatedCredentialWide {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        for resource in &model.project.resources {
            let Some(credential) = federated_credential(model, resource) else { continue };
            let drafts = [subject(cx, &credential), pull_requests(cx, &credential), audience(cx, &credential)];
            drafts.into_iter().flatten().for_each(|draft| cx.emit(draft));
        }
    }
}

fn subject(cx: &Context<'_>, credential: &FederatedCredential<'_>) -> Option<Draft> {
    let address = &credential.resource.address;
    // GitHub has a rule of its own.
    if credential.issuer == Issuer::GitHub {
        return None;
    }
    if !credential.flexible {
        let wild = credential.attr.value.as_str().is_some_and(|text| text.contains('*'));
        let message = format!("`{address}` has a wildcard in its subject, which Azure compares as it stands");
        let rank = Rank::regular(Severity::Medium);
        return wild.then(|| draft(cx, credential, rank, credential_span(credential), message, "matches no token"));
    }
    let readings = credential.subjects.iter().map(|subject| read_subject(credential.issuer, subject));
    let reading = readings.max_by_key(|reading| reading.width)?;
    let width = match (reading.width?, credential.issuer) {
        (Width::Nobody | Width::One, _) => return None,
        (Width::Organization, Issuer::Other) => Width::Anyone,
        (width, _) => width,
    };
    let rank = rank(width, Severity::High, Rank::regular(Severity::High))?;
    let message = format!("`{address}` lets in {}", reading.described);
    Some(draft(cx, credential, rank, credential_span(credential), message, reach(Some(width))))
}

fn draft(
    cx: &Context<'_>,
    credential: &FederatedCredential<'_>,
    rank: Rank,
    span: Span,
    message: String,
    label: &str,
) -> Draft {
    let identity = target(cx.model, credential).map(|id| cx.model.identity(id));
    let draft = cx
        .draft(AzureFederatedCredentialWide::INFO, credential.resource, credential.attribute, span, message)
        .label(label)
        .severity(rank.severity)
        .persona(rank.persona)
        .confidence(Confidence::High)
        .root(credential.resource.header())
        .route(&credential.attr.value)
        .help("name the one subject that is meant: a branch or an environment, a workspace, a service account");
    match identity {
        Some(identity) => draft
            .identity(identity.address.clone())
            .owner(identity.owner.name())
            .environment(identity.environment.as_ref()),
        None => draft,
    }
}

fn credential_span(credential: &FederatedCredential<'_>) -> Span {
    credential.attr.value.meta.span.unwrap_or(credential.attr.expr_span)
}

/// The identity that the credential leads to.
fn target(model: &Model, credential: &FederatedCredential<'_>) -> Option<IdentityId> {
    trusts(model).said_by(credential.resource.id).map(|trust| trust.target).next()
}

fn pull_requests(cx: &Context<'_>, credential: &FederatedCredential<'_>) -> Option<Draft> {
    let text = credential.attr.value.as_str()?;
    if !text.ends_with(":pull_request") || credential.flexible {
        return None;
    }
    let id = target(cx.model, credential)?;
    let powers = holders(cx.model, id);
    let power = powers.into_iter().map(|id| privilege(cx.model, id)).max_by_key(|power| power.level)?;
    let rank = match power.level {
        Level::Admin | Level::Power | Level::Permissions => Rank::regular(Severity::High),
        Level::Write => Rank::strict(Severity::Medium),
        _ => return None,
    };
    let identity = cx.model.identity(id);
    let message = format!(
        "`{}` can be taken on by every pull request, and has {}",
        identity.address, power.summary
    );
    let span = credential_span(credential);
    Some(
        draft(cx, credential, rank, span, message, "before any review")
            .help("plan with an identity that only reads, and apply from a branch or an environment with reviewers"),
    )
}

/// An application acts through its service principal.
fn holders(model: &Model, id: IdentityId) -> Vec<IdentityId> {
    let resource = model.identity(id).resource;
    let principals = model.uses.iter().filter(|usage| usage.used == resource).filter_map(|usage| usage.user);
    let principals = principals.filter_map(|user| model.identity_of(user)).map(|identity| identity.id);
    std::iter::once(id).chain(principals).collect()
}

fn audience(cx: &Context<'_>, credential: &FederatedCredential<'_>) -> Option<Draft> {
    let body = &credential.resource.body;
    let (name, attr) = ["audience", "audiences"].iter().find_map(|name| Some((*name, body.attr(name)?)))?;
    let other = attr.value.as_slice().iter().find(|value| {
        value.as_str().is_some_and(|text| !AUDIENCES.contains(&text))
    })?;
    let span = other.meta.span.unwrap_or(attr.expr_span);
    let message = format!("`{}` takes tokens that were made for somebody else", credential.resource.address);
    let rank = Rank::regular(Severity::Low);
    let draft = cx
        .draft(AzureFederatedCredentialWide::INFO, credential.resource, name, span, message)
        .label("not the audience of Azure")
        .severity(rank.severity)
        .persona(rank.persona)
        .root(credential.resource.header())
        .help("ask for `api://AzureADTokenExchange`");
    let edit = replace_literal(cx.shared.sources, other, AUDIENCES[0]).filter(|_| is_only_here(cx, other));
    Some(match edit {
        Some(edit) => draft.fix(Fix::new("Ask for tokens that are made for Azure (the issuer has to make such)".to_string(), Applicability::Unsafe, vec![edit])),
        None => draft,
    })
}
