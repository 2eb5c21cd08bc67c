mod registries;
mod servers;

use crate::diagnostic::{Applicability, Edit, Fix, Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::exposure::is_public_store;
use crate::rules::edits::{add_argument, replace_flag, replace_literal};
use crate::rules::policy_edits::is_only_here;
use crate::rules::surroundings::{is_library, is_sample};
use crate::rules::{Context, Draft, Rule, RuleInfo};

declare_rule! {
    /// A store of secrets can be asked from anywhere, or by anybody. What protects the secrets in it is then
    /// the credential of a reader alone: a token that leaks, or one grant too many, is all it takes.
    ///
    /// Reported are key vaults of Azure whose network rules do not deny by default while public access is on,
    /// which it is unless switched off; container registries of Azure that let anybody pull, or whose Premium tier
    /// is told to let every network in; and Vault servers that Helm puts behind a load balancer of the cloud without
    /// an annotation that keeps it internal. Secrets, keys and registries whose policy lets everyone in are
    /// `trust-wildcard-principal`.
    ///
    /// Key vaults that say nothing of networks at all are of medium severity: a reader still needs a token.
    /// Registries that say nothing, and repositories that are public by their type (`aws_ecrpublic_repository`), are
    /// shown to a strict reader. Unknown values say nothing.
    ///
    /// The fix turns a switch that lets everybody in, and closes a vault that has a private endpoint.
    ///
    /// ```hcl,bad
    /// resource "azurerm_key_vault" "main" {
    ///   name                = "main"
    ///   location            = "westeurope"
    ///   resource_group_name = "main"
    ///   tenant_id           = "00000000-0000-0000-0000-000000000000"
    ///   sku_name            = "standard"
    ///
    ///   network_acls {
    ///     default_action = "Allow"
    ///     bypass         = "AzureServices"
    ///   }
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "azurerm_key_vault" "main" {
    ///   name                = "main"
    ///   location            = "westeurope"
    ///   resource_group_name = "main"
    ///   tenant_id           = "00000000-0000-0000-0000-000000000000"
    ///   sku_name            = "standard"
    ///
    ///   network_acls {
    ///     default_action = "Deny"
    ///     bypass         = "AzureServices"
    ///   }
    /// }
    /// ```
    ///
    /// Source: Microsoft, "Configure Azure Key Vault networking settings"; Microsoft, "Make your container
    /// registry content publicly available" and "Configure public IP network rules"; HashiCorp Vault documentation,
    /// "Vault Helm chart configuration".
    SecretStorePublic {
        code: "KW427",
        name: "secret-store-public",
        summary: "Secret store open to the internet",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "exposure",
        nhi: ["NHI6"],
        csf: ["PR.IR-01"],
        cis: ["AZ6:8.3.7"],
    }
}

impl Rule for SecretStorePublic {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        if resource.mode != ResourceMode::Managed {
            return;
        }
        match &*resource.kind {
            "azurerm_key_vault" => vault(resource, cx),
            "azurerm_container_registry" => registries::azure(resource, cx),
            "aws_ecrpublic_repository" => registries::public_by_type(resource, cx),
            "helm_release" => servers::vault(resource, cx),
            _ => {}
        }
    }
}

fn emit(cx: &mut Context<'_>, resource: &Resource, draft: Draft) {
    let model = cx.model;
    let mut draft = draft.identity(resource.address.clone()).environment(model.environment.as_ref());
    if is_sample(cx, model, resource.header()) {
        draft = draft.persona(Persona::Strict);
    }
    cx.emit(draft);
}

fn vault(resource: &Resource, cx: &mut Context<'_>) {
    if !is_public_store(resource, "network_acls").is_yes() {
        return;
    }
    let rules = resource.body.block("network_acls");
    let public = resource.body.value("public_network_access_enabled");
    let action = rules.as_ref().and_then(|rules| rules.value("default_action"));
    let said: Option<&Value> = action.or(public);
    let span = said.and_then(|value| value.meta.span).unwrap_or_else(|| resource.header());
    let attribute = if action.is_some() { "network_acls.default_action" } else { "public_network_access_enabled" };
    let message = format!("key vault `{}` answers the whole internet", resource.address);
    let mut draft = cx
        .draft(SecretStorePublic::INFO, resource, attribute, span, message)
        .label(if said.is_some() { "lets every network in" } else { "no rule keeps any network out" })
        .help("set `default_action = \"Deny\"` in `network_acls` and list the networks that need it, or switch public access off and use a private endpoint");
    if let Some(value) = said {
        draft = draft.route(value);
    } else {
        draft = draft.severity(Severity::Medium);
        if is_library(cx.model) {
            draft = draft.persona(Persona::Strict);
        }
    }
    let title = "Deny by default (callers from other networks are cut off)";
    let edit = match (action, public) {
        (Some(value), _) | (_, Some(value)) if !is_only_here(cx, value) => None,
        (Some(action), _) => replace_literal(cx.shared.sources, action, "Deny"),
        (None, Some(public)) => replace_flag(cx.shared.sources, public, false),
        (None, None) => behind_an_endpoint(cx, resource),
    };
    draft = draft.fix(edit.map_or_else(|| Fix::manual(title), |edit| unsafe_fix(title, edit)));
    emit(cx, resource, draft);
}

/// A vault that its network reaches by a private endpoint needs no other way in.
fn behind_an_endpoint(cx: &Context<'_>, vault: &Resource) -> Option<Edit> {
    let mut users = cx.model.uses.iter().filter(|usage| usage.used == vault.id).filter_map(|usage| usage.user);
    let private = users.any(|user| &*cx.model.resource(user).kind == "azurerm_private_endpoint");
    let name = "public_network_access_enabled";
    private.then(|| add_argument(cx.shared.sources, vault.span(), name, "false")).flatten()
}

fn unsafe_fix(title: &str, edit: Edit) -> Fix {
    Fix::new(title.to_string(), Applicability::Unsafe, vec![edit])
}
