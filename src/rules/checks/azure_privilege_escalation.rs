use crate::diagnostic::{Applicability, Confidence, Fix, Persona, Severity};
use crate::eval::value::ResourceId;
use crate::eval::{Resource, ResourceMode};
use crate::iam::azure::escalation::{Gain, Method, method, methods};
use crate::iam::azure::{self, Scope};
use crate::iam::{Tri, Verdict};
use crate::identity::escalation::Power;
use crate::identity::escalation::azure::{is_on_rbac, written};
use crate::identity::policy::azure_permissions;
use crate::identity::{AzureRole, Model, Policy};
use crate::rules::edits::{add_argument, replace_flag};
use crate::rules::reach::{self, Case, Plane, Weight};
use crate::rules::{Context, Rule, RuleInfo};
use std::collections::HashSet;

declare_rule! {
    /// An identity of Azure can raise itself: assign itself a role, run code as the managed identity of something
    /// stronger, or read the keys that stand above roles.
    ///
    /// The rule computes what the roles of an identity allow, built-in or custom, minus `not_actions`, and holds
    /// it against 26 known methods at the scope of each assignment:
    ///
    /// - Assigning roles is reported unless the condition of the assignment names only roles without power.
    ///   Whoever has it on a subscription is an administrator, with a finding of its own.
    /// - Running code on machines, apps or automation accounts is reported on a subscription or more, where it
    ///   takes in every managed identity, and below that where one that is declared here is stronger.
    /// - `Key Vault Contributor` gives no access to secrets, but on a vault with access policies it can write
    ///   itself one. A vault with `rbac_authorization_enabled` is not affected.
    /// - Reading account keys is reported on a subscription or more, and ordinary on a single account.
    ///
    /// The fix turns a vault of this code to roles, which leaves its access policies without effect.
    ///
    /// ```hcl,bad
    /// resource "azurerm_key_vault" "app" {
    ///   name                = "app"
    ///   location            = "westeurope"
    ///   resource_group_name = "app"
    ///   tenant_id           = "00000000-0000-0000-0000-000000000000"
    ///   sku_name            = "standard"
    /// }
    ///
    /// resource "azurerm_role_assignment" "app" {
    ///   scope                = azurerm_key_vault.app.id
    ///   role_definition_name = "Key Vault Contributor"
    ///   principal_id         = "11111111-1111-1111-1111-111111111111"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "azurerm_key_vault" "app" {
    ///   name                       = "app"
    ///   location                   = "westeurope"
    ///   resource_group_name        = "app"
    ///   tenant_id                  = "00000000-0000-0000-0000-000000000000"
    ///   sku_name                   = "standard"
    ///   rbac_authorization_enabled = true
    /// }
    ///
    /// resource "azurerm_role_assignment" "app" {
    ///   scope                = azurerm_key_vault.app.id
    ///   role_definition_name = "Key Vault Contributor"
    ///   principal_id         = "11111111-1111-1111-1111-111111111111"
    /// }
    /// ```
    ///
    /// Source: Microsoft Azure documentation, "Best practices for Azure RBAC", "Azure RBAC versus access policies
    /// (legacy)" for Key Vault, "Azure built-in roles".
    AzurePrivilegeEscalation {
        code: "KW414",
        name: "azure-privilege-escalation",
        summary: "Azure identity can raise itself",
        severity: Critical,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "escalation",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["AZ6:5.3.3", "AZ6:8.3.6"],
    }
}

impl Rule for AzurePrivilegeEscalation {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let shared = cx.shared;
        let plane = Plane {
            info: Self::INFO,
            is_own: |policy| matches!(policy, Policy::Azure { .. }),
            weigh: &weigh,
            label: &label,
            help: &help,
            title: |name| method(name).map(|it| it.title),
            site: &site,
            finish: &|model, case, draft| match mend(model, case, shared.sources) {
                Some(fix) => draft.fix(fix),
                None => draft,
            },
        };
        reach::report(cx, &plane);
        unassigned(cx);
    }
}

/// A custom role is where its actions are written.
fn site(_: &Model, case: &Case<'_>) -> Option<(ResourceId, &'static str)> {
    match &case.grant.policy {
        Policy::Azure { role: AzureRole::Custom { resource, .. }, .. }
            if case.evidence.span != case.grant.span =>
        {
            Some((*resource, "permissions"))
        }
        _ => None,
    }
}

fn weigh(_: &Model, case: &Case<'_>) -> Option<Weight> {
    let method = method(case.step.method)?;
    let Policy::Azure { role, scope, .. } = &case.grant.policy else { return None };
    let latent = Weight::new(Severity::Low, Persona::Auditor);
    let strict = Weight::new(Severity::Medium, Persona::Strict);
    let group = *scope == Scope::ResourceGroup;
    let found = match method.gain {
        // Owners and contributors of less than a subscription are what they are called.
        Gain::ManagedIdentity if case.outcome == Some(Power::Admin) => {
            Weight::new(Severity::Critical, Persona::Regular)
        }
        _ if is_general(role) => latent,
        Gain::Owner | Gain::Root => match scope {
            Scope::Unknown => strict,
            Scope::Resource => Weight::new(Severity::Medium, Persona::Regular),
            _ => Weight::new(Severity::High, Persona::Regular),
        },
        Gain::ManagedIdentity if method.name == "policy-remediation" => {
            if scope.is_wide() { strict } else { latent }
        }
        Gain::ManagedIdentity if scope.is_wide() => Weight::new(Severity::High, Persona::Regular).unsure(),
        Gain::ManagedIdentity if group => strict,
        Gain::ClusterAdmin if scope.is_wide() => Weight::new(Severity::High, Persona::Regular),
        Gain::ClusterAdmin => strict,
        Gain::Secrets if method.name == "key-vault-secret-read" => return None,
        Gain::Secrets if scope.is_wide() => Weight::new(Severity::Medium, Persona::Regular).unsure(),
        Gain::Secrets => Weight::new(Severity::High, Persona::Regular),
        _ if scope.is_wide() => Weight::new(Severity::Medium, Persona::Regular),
        _ if group => Weight::new(Severity::Low, Persona::Strict),
        _ => latent,
    };
    Some(found)
}

/// A role for everything rather than for a task.
fn is_general(role: &AzureRole) -> bool {
    let (blocks, handles_all) = match role {
        AzureRole::Named(name) => {
            let Some(role) = azure::role(name) else { return false };
            (role.permissions(), matches!(role.name, "Owner" | "Contributor"))
        }
        AzureRole::Custom { permissions, .. } => (permissions.clone(), false),
    };
    handles_all || azure::judge(&blocks).verdict == Verdict::Power
}

fn label(_: &Model, case: &Case<'_>) -> String {
    let Some(method) = method(case.step.method) else { return String::new() };
    match method.actions.first().or(method.data_actions.first()) {
        Some(action) if case.evidence.text != *action => format!("includes `{action}`"),
        _ => reach::uncapitalised(method.title),
    }
}

fn help(_: &Model, case: &Case<'_>) -> String {
    let Some(method) = method(case.step.method) else { return String::new() };
    let text = match method.gain {
        Gain::Secrets => {
            "let the vault go by roles with `rbac_authorization_enabled`, or grant `Key Vault Reader` and what it \
             reads in the vault"
        }
        Gain::Owner | Gain::Root => {
            "add a condition that names the roles it may assign, or leave assigning roles to the pipeline that \
             applies this code"
        }
        Gain::ManagedIdentity if case.step.unscoped => {
            "assign the role on the resource group or resource that it works on"
        }
        Gain::ManagedIdentity => "run what is stronger in a resource group of its own, or assign a narrower role",
        Gain::ClusterAdmin => {
            "assign `Azure Kubernetes Service Cluster User Role`, with rights within the cluster, on the one cluster"
        }
        _ => "assign a data role such as `Storage Blob Data Contributor`, which needs no keys, on the one resource",
    };
    text.to_string()
}

/// Turns a vault to roles where it says that it does not go by them.
fn mend(model: &Model, case: &Case<'_>, sources: &crate::source::SourceMap) -> Option<Fix> {
    let gain = method(case.step.method)?.gain;
    let Policy::Azure { scope: Scope::Resource, .. } = &case.grant.policy else { return None };
    if gain != Gain::Secrets {
        return None;
    }
    let scope = model.resource(case.grant.resource).body.value("scope")?;
    let refs = scope.deep_refs();
    let vault = refs.iter().map(|it| model.resource(it.resource)).find(|it| &*it.kind == "azurerm_key_vault")?;
    if is_on_rbac(model, vault.id) != Tri::No {
        return None;
    }
    let title = format!("let `{}` go by roles; access policies no longer hold", vault.address);
    let edit = match SWITCHES.iter().find_map(|name| vault.body.attr(name)) {
        Some(attr) => replace_flag(sources, &attr.value, true),
        None => switch(model, vault).and_then(|name| add_argument(sources, vault.span(), name, "true")),
    };
    Some(match edit {
        Some(edit) => Fix::new(title, Applicability::Unsafe, vec![edit]),
        None => Fix::manual(format!("{title}: `rbac_authorization_enabled = true`")),
    })
}

/// The argument that turns a vault to roles: its name since version 4.42 of the provider, and the one before.
/// Source: Terraform Registry, `azurerm_key_vault`.
const SWITCHES: [&str; 2] = ["rbac_authorization_enabled", "enable_rbac_authorization"];

/// The name that the provider has for it here, by what other vaults say or by the version that is asked for.
fn switch(model: &Model, vault: &Resource) -> Option<&'static str> {
    let used = |name: &&&str| model.of_kind("azurerm_key_vault").any(|other| other.body.attr(name).is_some());
    if let Some(name) = SWITCHES.iter().find(used) {
        return Some(name);
    }
    let module = model.project.modules.get(vault.module.0 as usize)?;
    let mut required = module.settings.iter().flat_map(|settings| settings.blocks("required_providers"));
    let asked = required.find_map(|block| {
        let provider = block.value("azurerm")?;
        provider.get("version").unwrap_or(provider).as_str().map(str::to_string)
    })?;
    let digits: Vec<u32> = asked
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .find(|part| !part.is_empty())?
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    match (digits.first()?, digits.get(1).copied().unwrap_or(0)) {
        (4, minor) if minor >= 42 => Some(SWITCHES[0]),
        (5.., _) => Some(SWITCHES[0]),
        _ if asked.contains('>') => None,
        _ => Some(SWITCHES[1]),
    }
}

/// Role definitions that nobody has yet, but that would let whoever gets them assign roles.
fn unassigned(cx: &mut Context<'_>) {
    let model = cx.model;
    let assigned: HashSet<ResourceId> = model
        .grants
        .iter()
        .filter_map(|grant| match &grant.policy {
            Policy::Azure { role: AzureRole::Custom { resource, .. }, .. } => Some(*resource),
            _ => None,
        })
        .collect();
    let managed = model.project.resources.iter().filter(|it| it.mode == ResourceMode::Managed);
    let roles = managed.filter(|it| &*it.kind == "azurerm_role_definition" && !assigned.contains(&it.id));
    for role in roles {
        let blocks = azure_permissions(&role.body);
        let Some(method) = strongest(&blocks) else { continue };
        let action = method.actions.first().copied().unwrap_or_default();
        let Some((text, span)) = written(role, action) else { continue };
        let message =
            format!("`{}` lets whoever gets it raise its own privileges through `{text}`", role.address);
        let draft = cx
            .draft(AzurePrivilegeEscalation::INFO, role, "permissions", span, message)
            .label(reach::uncapitalised(method.title))
            .severity(Severity::Medium)
            .confidence(Confidence::Medium)
            .environment(model.environment.as_ref())
            .root(span)
            .note("nothing in this code assigns it yet")
            .help("leave the action out, or assign roles with a condition that names which");
        cx.emit(draft);
    }
}

fn strongest(blocks: &[azure::Permissions]) -> Option<&'static Method> {
    let gains = [Gain::Owner, Gain::Root];
    methods().iter().find(|it| gains.contains(&it.gain) && it.is_met(blocks).is_yes())
}
