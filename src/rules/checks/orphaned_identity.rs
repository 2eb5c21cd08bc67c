use crate::diagnostic::{Fix, Persona};
use crate::identity::{Identity, Model, State};
use crate::rules::surroundings::{counted, is_library, is_sample};
use crate::rules::removal::removal;
use crate::rules::usage::{Usage, is_named_in_calls, is_spoken_of};
use crate::rules::{Context, Rule, RuleInfo};
use crate::source::Span;
use std::collections::HashMap;

declare_rule! {
    /// Nothing in this code uses the identity: no workload runs as it, it holds no credential, nobody refers
    /// to it, and it is handed out by no output. What is left over after a service was retired keeps its
    /// permissions, is looked at by nobody, and is what an intruder would like to use best.
    ///
    /// What is looked at:
    ///
    /// - `aws_iam_role` that only AWS services may assume, and that neither a workload nor anything else
    ///   refers to, itself or by its instance profile or its name. Roles that an account, a user, an OIDC or
    ///   a SAML provider may assume are used from outside, and so are roles that AWS looks for by a fixed
    ///   name, such as `dms-vpc-role`.
    /// - `aws_iam_user` without access key, login, SSH key or group
    /// - `google_service_account` without attachment, key or binding
    /// - `azurerm_user_assigned_identity` that no `identity` block, federated credential or other attribute
    ///   refers to; role assignments do not count, since permissions are no use
    /// - `azuread_application` without service principal, password, certificate or federated credential
    ///
    /// Every other reference counts as use, and so do outputs of the root module (other code reads them
    /// through remote state), arguments of modules whether their source is here or not, providers, and
    /// names in strings. Only permissions and tags do not. In a module without its callers nothing is
    /// certain, a user with permissions may have keys that were made by hand, and some services (S3 batch
    /// jobs, OpenSearch snapshots, SageMaker) are given a role in a call, and an instance profile may be
    /// attached by its name elsewhere: these show with
    /// `--persona strict`, as does code in `examples/` or `test/`.
    ///
    /// To fix it, find out when the identity was last used, then remove it together with its permissions. The fix
    /// deletes the block, its grants and the policy documents that nothing else reads; the next apply destroys them.
    ///
    /// ```hcl,bad
    /// resource "aws_iam_role" "exporter" {
    ///   name = "exporter"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Principal = { Service = "lambda.amazonaws.com" }
    ///       Action    = "sts:AssumeRole"
    ///     }]
    ///   })
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "aws_iam_role" "exporter" {
    ///   name = "exporter"
    ///   assume_role_policy = jsonencode({
    ///     Version = "2012-10-17"
    ///     Statement = [{
    ///       Effect    = "Allow"
    ///       Principal = { Service = "lambda.amazonaws.com" }
    ///       Action    = "sts:AssumeRole"
    ///     }]
    ///   })
    /// }
    ///
    /// output "exporter_role" {
    ///   value = aws_iam_role.exporter.arn
    /// }
    /// ```
    ///
    /// Source: OWASP NHI1:2025 "Improper Offboarding"; AWS IAM, "Remove unused IAM roles"; Google Cloud,
    /// "Manage unused service accounts"; Terraform,
    /// "Remove a resource from state".
    OrphanedIdentity {
        code: "KW501",
        name: "orphaned-identity",
        summary: "Identity that nothing uses",
        severity: Medium,
        confidence: Medium,
        persona: Regular,
        fix: Unsafe,
        category: "offboarding",
        nhi: ["NHI1"],
        csf: ["PR.AA-01", "ID.AM-08"],
        cis: ["AWS5:1.11", "AWS7:2.11"],
    }
}

/// How sure it is that an identity is left over.
struct Orphan {
    message: String,
    label: String,
    help: &'static str,
    persona: Persona,
}

impl Rule for OrphanedIdentity {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    /// An output of a module may be used by a file anywhere.
    fn reads_other_modules(&self) -> bool {
        true
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let is_candidate = |identity: &&Identity| {
            matches!(
                identity.kind.as_str(),
                "aws_iam_role"
                    | "aws_iam_user"
                    | "google_service_account"
                    | "azurerm_user_assigned_identity"
                    | "azuread_application"
                    | "azuread_application_registration"
            ) && identity.state != State::Disabled
        };
        let candidates: Vec<&Identity> = model.identities.iter().filter(is_candidate).collect();
        if candidates.is_empty() {
            return;
        }
        let usage = Usage::of(model);
        let library = is_library(model);
        // Looking through the text takes time, and says the same of all instances of a block.
        let mut spoken: HashMap<Span, bool> = HashMap::new();
        let orphans: Vec<_> = candidates
            .into_iter()
            .filter_map(|identity| Some((identity, judge(model, identity, &usage)?)))
            .filter(|(identity, _)| {
                let resource = model.resource(identity.resource);
                let known = spoken.entry(resource.header());
                !*known.or_insert_with(|| is_spoken_of(cx, model, resource))
            })
            .collect();
        for (identity, orphan) in orphans {
            report(cx, identity, orphan, &usage, library);
        }
    }
}

fn judge(model: &Model, identity: &Identity, usage: &Usage<'_>) -> Option<Orphan> {
    let address = &identity.address;
    let persona = Persona::Regular;
    // Without a name it cannot be created: a list of providers, a sketch.
    let named = identity.name.is_some() || identity.kind == "aws_iam_role";
    if !named && !has_name(model, identity) || usage.is_used(model, identity) {
        return None;
    }
    Some(match identity.kind.as_str() {
        "aws_iam_role" => {
            let services = usage.services_only(identity)?;
            let who = services.join("` and `");
            // A profile of its own is there to be attached by its name, in code or by hand.
            let published = !usage.profiles(model, identity.resource).is_empty();
            Orphan {
                message: format!("`{address}` is made for `{who}`, but nothing refers to it"),
                label: "no workload, output or other reference".to_string(),
                help: "ask IAM for the last use (`aws iam get-role` shows `RoleLastUsed`), then remove the role \
                       with its policies",
                persona: if published || services.iter().any(|service| is_named_in_calls(service)) {
                    Persona::Strict
                } else {
                    persona
                },
            }
        }
        "aws_iam_user" => Orphan {
            message: format!("`{address}` has no access key, login, group or any other use"),
            label: "nobody can sign in as it by this code".to_string(),
            help: "look for keys made by hand (`aws iam list-access-keys`), then remove the user",
            // A key that is kept out of the code leaves no trace in it.
            persona: if model.grants_of(identity.id).next().is_some() { Persona::Strict } else { persona },
        },
        "google_service_account" => Orphan {
            message: format!("`{address}` is attached to nothing, and has no key and no binding"),
            label: "no attachment, key or binding".to_string(),
            help: "look at its last use (service account insights), disable it first, then remove it",
            persona,
        },
        "azurerm_user_assigned_identity" => Orphan {
            message: format!("`{address}` is assigned to no resource"),
            label: "no `identity` block refers to it".to_string(),
            help: "look at its sign-ins in Entra, then remove it with its role assignments",
            persona,
        },
        _ => Orphan {
            message: format!("`{address}` has no service principal, so nothing can sign in as it here"),
            label: "no service principal, credential or other use".to_string(),
            help: "look at its sign-ins in Entra, then remove the application, or add its service principal",
            persona,
        },
    })
}

fn has_name(model: &Model, identity: &Identity) -> bool {
    let body = &model.resource(identity.resource).body;
    ["name", "account_id", "display_name"].iter().any(|name| body.value(name).is_some())
}

fn report(cx: &mut Context<'_>, identity: &Identity, orphan: Orphan, usage: &Usage<'_>, library: bool) {
    let model = cx.model;
    let resource = model.resource(identity.resource);
    let header = resource.header();
    let mut draft = cx
        .draft(OrphanedIdentity::INFO, resource, "", header, orphan.message)
        .label(orphan.label)
        .identity(identity.address.clone())
        .owner(identity.owner.name())
        .environment(identity.environment.as_ref())
        .help(orphan.help);
    for profile in usage.profiles(model, identity.resource) {
        draft = draft
            .related(model.resource(profile).header(), "its instance profile, which nothing uses either");
    }
    let grants: Vec<_> = model.grants_of(identity.id).collect();
    if let Some(grant) = grants.first() {
        draft = draft
            .note(format!("it still has {}", counted(grants.len(), "grant")))
            .related(grant.span, "something it may still do");
    }
    if library || is_sample(cx, model, header) {
        draft = draft.persona(Persona::Strict);
    } else {
        draft = draft.persona(orphan.persona);
    }
    let title = format!("Remove `{}`, after making sure that it was not used for a while", identity.address);
    draft = draft.fix(removal(cx, resource).unwrap_or_else(|| Fix::manual(title)));
    cx.emit(draft);
}
