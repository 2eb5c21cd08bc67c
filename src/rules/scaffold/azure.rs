//! A federated credential or a managed identity in the place of a password.

use super::hcl::Block;
use super::tokens::Token;
use super::{Move, Parts, is_here, one_line};
use crate::eval::{Resource, ResourceMode};
use crate::identity::facts;
use std::collections::HashSet;

/// A federated credential. Source: Microsoft, "Configure an app to trust an external identity provider".
pub fn federated(of: &Move<'_, '_>, token: &Token) -> Parts {
    // Entra compares the whole subject.
    let subject = token.subject.trim_end_matches('*');
    let subject = match (token.platform, token.is_pattern) {
        ("tfe", _) => format!("{subject}apply"),
        (_, true) => "<subject of the token>".to_string(),
        (_, false) => token.subject.clone(),
    };
    let audience = match token.platform {
        "circleci" | "bitbucket" => token.audience.clone().unwrap_or_default(),
        _ => "api://AzureADTokenExchange".to_string(),
    };
    let name = format!("{}_{}", of.name(""), token.platform);
    let block = Block::resource("azuread_application_federated_identity_credential", &name)
        .set("application_id", application(of))
        .text("display_name", &name.replace('_', "-"))
        .set("audiences", format!("[\"{audience}\"]"))
        .text("issuer", &format!("https://{}", token.issuer))
        .text("subject", &subject);
    let made = format!("the trust `azuread_application_federated_identity_credential.{name}`");
    Parts { blocks: vec![block], granted: true, made }
}

/// The id of the application that has the password.
fn application(of: &Move<'_, '_>) -> String {
    let model = of.cx.model;
    let from = [of.key, of.holder.map(|holder| model.resource(holder.resource))];
    let values = from.into_iter().flatten().flat_map(|resource| {
        let names = ["application_id", "application_object_id", "client_id"];
        names.into_iter().filter_map(|name| resource.body.value(name))
    });
    let linked = values.flat_map(|value| {
        let refs = value.deep_refs();
        refs.iter().map(|reference| model.resource(reference.resource)).collect::<Vec<_>>()
    });
    let itself = of.holder.map(|holder| model.resource(holder.resource));
    let found = linked.chain(itself).find(|it| {
        &*it.kind == "azuread_application" && it.mode == ResourceMode::Managed && is_here(it, of.near())
    });
    found.map_or_else(|| "\"<id of the application>\"".to_string(), |it| format!("{}.id", it.local_address()))
}

/// A managed identity with the same role assignments. Source: Microsoft, "What are managed identities for Azure resources?".
pub fn workload(of: &Move<'_, '_>, workload: &Resource) -> Option<Parts> {
    if facts::provider(&workload.kind) != "azurerm" {
        return None;
    }
    let name = of.name("azurerm_user_assigned_identity");
    let sources = of.cx.shared.sources;
    let same = |attribute: &str| {
        let attr = workload.body.attr(attribute).filter(|_| is_here(workload, of.near()));
        let text = attr.map(|attr| sources.text(attr.expr_span)).filter(|text| one_line(text));
        text.map_or_else(|| format!("\"<{}>\"", attribute.replace('_', " ")), str::to_string)
    };
    let identity = Block::resource("azurerm_user_assigned_identity", &name)
        .text("name", &of.holder_name().unwrap_or_else(|| name.replace('_', "-")))
        .set("location", same("location"))
        .set("resource_group_name", same("resource_group_name"));
    let attached = Block::resource(&workload.kind, &workload.name).comment("the rest stays as it is").block(
        Block::new("identity")
            .text("type", "UserAssigned")
            .set("identity_ids", format!("[azurerm_user_assigned_identity.{name}.id]")),
    );
    let mut blocks = vec![identity, attached];
    let mut seen = HashSet::new();
    let assigned = of.granted().filter(|grant| &*grant.kind == "azurerm_role_assignment");
    for grant in assigned.filter(|grant| seen.insert(grant.header())).take(6) {
        let mut block = Block::resource("azurerm_role_assignment", &format!("{}_identity", grant.name));
        for attribute in ["scope", "role_definition_name", "role_definition_id"] {
            let attr = grant.body.attr(attribute).filter(|_| is_here(grant, of.near()));
            if let Some(text) = attr.map(|attr| sources.text(attr.expr_span)).filter(|text| one_line(text)) {
                block = block.set(attribute, text);
            }
        }
        blocks.push(block.set("principal_id", format!("azurerm_user_assigned_identity.{name}.principal_id")));
    }
    let made = format!("the identity `azurerm_user_assigned_identity.{name}`");
    Some(Parts { blocks, granted: of.grants_are_shown(), made })
}
