//! Azure: applications, functions, containers, workflows, gateways and stores. Rows: azure-app-public,
//! azure-function-public, azure-container-app, azure-container-group, azure-logic-app, azure-api-management,
//! azure-keyvault-public, azure-storage-public. Source: the Terraform Registry page of each type; Microsoft,
//! "Azure App Service access restrictions" and "Secure access and data in Azure Logic Apps".

use super::azure_hosts::identities;
use super::index::{at, has_blocks, is, says};
use super::{Finder, Reach, Way};
use crate::eval::{BlockValue, Resource};
use crate::iam::Tri;

const APPS: [&str; 3] = ["azurerm_linux_web_app", "azurerm_windows_web_app", "azurerm_app_service"];
const FUNCTIONS: [&str; 4] = [
    "azurerm_linux_function_app",
    "azurerm_windows_function_app",
    "azurerm_function_app_flex_consumption",
    "azurerm_function_app",
];

pub(super) fn find(finder: &mut Finder<'_, '_>) {
    let index = finder.index;
    for app in index.all(&APPS) {
        site(finder, app, "azure-app-public");
    }
    for function in index.all(&FUNCTIONS) {
        site(finder, function, "azure-function-public");
    }
    for app in index.all(&["azurerm_container_app"]) {
        container_app(finder, app);
    }
    for group in index.all(&["azurerm_container_group"]) {
        let open = says(&group.body, "ip_address_type", true, |text| text == "Public");
        own(finder, group, "azure-container-group", Reach::Internet, open, "ip_address_type");
    }
    for trigger in index.all(&["azurerm_logic_app_trigger_http_request"]) {
        logic_app(finder, trigger);
    }
    for app in index.all(&["azurerm_logic_app_standard"]) {
        // Which triggers it has is not in the code.
        let public = is(&app.body, "public_network_access_enabled", true).and(says(
            &app.body,
            "public_network_access",
            true,
            |text| text != "Disabled",
        ));
        let open = public.and(!restricted(&app.body)).and(Tri::Maybe);
        own(finder, app, "azure-logic-app", Reach::InternetAnonymous, open, "public_network_access");
    }
    for gateway in index.all(&["azurerm_api_management"]) {
        let internal = says(&gateway.body, "virtual_network_type", false, |text| text == "Internal");
        let open = is(&gateway.body, "public_network_access_enabled", true).and(!internal);
        own(finder, gateway, "azure-api-management", Reach::Internet, open, "public_network_access_enabled");
    }
    for vault in index.all(&["azurerm_key_vault"]) {
        let open = is_public_store(vault, "network_acls");
        own(finder, vault, "azure-keyvault-public", Reach::Data, open, "public_network_access_enabled");
    }
    for account in index.all(&["azurerm_storage_account"]) {
        let open = is_public_store(account, "network_rules");
        own(finder, account, "azure-storage-public", Reach::Data, open, "public_network_access_enabled");
    }
}

/// A way by the address of the resource itself.
fn own<'m>(
    finder: &mut Finder<'m, '_>,
    resource: &'m Resource,
    row: &'static str,
    reach: Reach,
    open: Tri,
    attribute: &'static str,
) {
    let way = Way {
        row,
        reach,
        open,
        through: "its public address".to_string(),
        because: vec![(at(resource, &resource.body, attribute), "reachable from the internet".to_string())],
        declared_by: resource,
        attribute,
    };
    finder.add(resource, identities(finder, resource), way);
}

fn site<'m>(finder: &mut Finder<'m, '_>, app: &'m Resource, row: &'static str) {
    let body = &app.body;
    let asks = asks_who(body).or(has_certificate(body));
    let open = is(body, "public_network_access_enabled", true).and(!restricted(body)).and(!asks);
    own(finder, app, row, Reach::Internet, open, "public_network_access_enabled");
}

/// Access restrictions, whatever they let through.
fn restricted(body: &BlockValue) -> Tri {
    let Some(config) = body.block("site_config") else { return Tri::No };
    let rules = has_blocks(&config, "ip_restriction");
    let denies = says(&config, "ip_restriction_default_action", false, |text| text == "Deny");
    rules.or(denies)
}

/// The platform sends whoever is not signed in away.
fn asks_who(body: &BlockValue) -> Tri {
    let newer = body.blocks("auth_settings_v2");
    let newer = newer
        .iter()
        .map(|auth| is(auth, "auth_enabled", false).and(is(auth, "require_authentication", false)));
    let older = body.blocks("auth_settings");
    let older = older.iter().map(|auth| {
        let login = says(auth, "unauthenticated_client_action", true, |text| text != "AllowAnonymous");
        is(auth, "enabled", false).and(login)
    });
    newer.chain(older).max().unwrap_or(Tri::No)
}

fn has_certificate(body: &BlockValue) -> Tri {
    let required = says(body, "client_certificate_mode", true, |text| text == "Required");
    is(body, "client_certificate_enabled", false).and(required)
}

fn container_app<'m>(finder: &mut Finder<'m, '_>, app: &'m Resource) {
    for ingress in app.body.blocks("ingress") {
        let limited = has_blocks(&ingress, "ip_security_restriction");
        let certificate = says(&ingress, "client_certificate_mode", false, |text| text == "require");
        let way = Way {
            row: "azure-container-app",
            reach: Reach::Internet,
            open: is(&ingress, "external_enabled", false).and(!limited).and(!certificate),
            through: "its external ingress".to_string(),
            because: vec![(at(app, &ingress, "external_enabled"), "reachable from the internet".to_string())],
            declared_by: app,
            attribute: "ingress.external_enabled",
        };
        finder.add(app, identities(finder, app), way);
    }
}

fn logic_app<'m>(finder: &mut Finder<'m, '_>, trigger: &'m Resource) {
    let workflows = ["azurerm_logic_app_workflow"];
    let Some(workflow) = finder.index.target(&trigger.body, "logic_app_id", &workflows) else { return };
    let way = Way {
        row: "azure-logic-app",
        reach: Reach::InternetAnonymous,
        open: (!has_blocks(&workflow.body, "access_control")).and(is(&workflow.body, "enabled", true)),
        through: format!("trigger `{}`", trigger.address),
        because: vec![(trigger.header(), "whoever knows its URL may start it".to_string())],
        declared_by: trigger,
        attribute: "",
    };
    finder.add(workflow, identities(finder, workflow), way);
}

/// A store that lets in whoever has a token or key for it, from any network.
pub fn is_public_store(store: &Resource, rules: &str) -> Tri {
    let body = &store.body;
    let blocks = body.blocks(rules);
    let denies = blocks.iter().map(|block| says(block, "default_action", false, |text| text == "Deny"));
    let unknown = body.value(rules).is_some_and(crate::eval::value::Value::is_unknown);
    let denied = denies.max().unwrap_or(if unknown { Tri::Maybe } else { Tri::No });
    is(body, "public_network_access_enabled", true).and(!denied)
}
