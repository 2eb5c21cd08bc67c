use super::{Wide, one_of};
use crate::diagnostic::{Applicability, Fix, Severity};
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource};
use crate::rules::Context;
use crate::rules::edits::replace_flag;
use crate::rules::policy_edits::is_only_here;

pub(super) fn any(resource: &Resource, cx: &Context<'_>) -> Option<Wide> {
    let body = &resource.body;
    match &*resource.kind {
        "datadog_application_key" | "datadog_service_account_application_key" => datadog(resource),
        "okta_app_oauth_api_scope" => okta_scope(resource),
        "okta_app_oauth_role_assignment" => {
            let (value, role) =
                one_of(body.value("type"), &["SUPER_ADMIN", "ORG_ADMIN", "APP_ADMIN", "API_ADMIN"])?;
            let wide = Wide::of(resource, "type", value, format!("makes an application `{role}` of Okta"))
                .label("administrator of the organization")
                .help("use a custom role with the permissions and resource sets that it needs");
            Some(if role.starts_with("SUPER") { wide.severity(Severity::High) } else { wide })
        }
        "mongodbatlas_api_key" | "mongodbatlas_project_api_key" => atlas_key(resource),
        "mongodbatlas_database_user" => atlas_user(resource),
        "launchdarkly_access_token" => {
            let (value, role) = one_of(body.value("role"), &["admin", "owner"])?;
            let wide =
                Wide::of(resource, "role", value, format!("has the role `{role}` in the whole account"))
                    .label("every project and environment")
                    .help(
                        "use `inline_roles` or `custom_roles` for the projects that it works on, or `reader`",
                    );
            Some(wide)
        }
        "aws_grafana_workspace_api_key" => grafana(resource, "key_role"),
        "aws_grafana_workspace_service_account" => grafana(resource, "grafana_role"),
        "grafana_service_account" => grafana(resource, "role"),
        "postgresql_role" => postgresql(resource, cx),
        "snowflake_grant_account_role" => snowflake_grant(resource),
        "snowflake_service_user" | "snowflake_legacy_service_user" => {
            let (value, role) = one_of(body.value("default_role"), &ACCOUNT_ROLES)?;
            Some(snowflake(resource, "default_role", value, &role))
        }
        _ => None,
    }
}

/// Source: Datadog documentation, "API and Application Keys", scopes.
fn datadog(resource: &Resource) -> Option<Wide> {
    let body = &resource.body;
    let says_nothing = match body.attr("scopes") {
        None => true,
        Some(attr) => match attr.value.items() {
            Some(items) => items.is_empty(),
            None => attr.value.is_null() && attr.value.meta.hops().is_empty(),
        },
    };
    let wide = || {
        Wide::whole(resource, "scopes", "has no scopes, so that it does whatever its owner may")
            .label("has no `scopes`")
            .help("list the scopes that it uses, such as `scopes = [\"metrics_read\"]`")
    };
    says_nothing.then(wide)
}

/// Source: Okta developer documentation, "OAuth 2.0 scopes".
fn okta_scope(resource: &Resource) -> Option<Wide> {
    let scopes = resource.body.value("scopes")?;
    let manages = |value: &&Value| {
        value.as_str().is_some_and(|text| text.starts_with("okta.") && text.ends_with(".manage"))
    };
    let found: Vec<&Value> = scopes.as_slice().iter().filter(manages).collect();
    let first = *found.first()?;
    let name = first.as_str().unwrap_or_default();
    let more = match found.len() {
        1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    // With these one makes administrators.
    let strong = ["okta.roles.manage", "okta.users.manage", "okta.groups.manage", "okta.apps.manage"];
    let is_strong = found.iter().any(|value| value.as_str().is_some_and(|text| strong.contains(&text)));
    let wide =
        Wide::of(resource, "scopes", first, format!("lets an application manage Okta with `{name}`{more}"))
            .label("for the whole organization")
            .severity(if is_strong { Severity::High } else { Severity::Medium })
            .help("ask for the scopes that end in `.read`, or limit the application with a custom role");
    Some(wide)
}

/// Source: MongoDB Atlas documentation, "Atlas User Roles".
const OWNERS: [&str; 3] = ["ORG_OWNER", "GROUP_OWNER", "ORG_GROUP_CREATOR"];

fn atlas_key(resource: &Resource) -> Option<Wide> {
    let own = resource.body.value("role_names").cloned();
    let of_projects = resource.body.blocks("project_assignment");
    let lists =
        own.into_iter().chain(of_projects.iter().filter_map(|block| block.value("role_names").cloned()));
    for list in lists {
        let Some((value, role)) = one_of(Some(&list), &OWNERS[..2]) else { continue };
        let what = if role.starts_with("ORG") { "organization" } else { "project" };
        let wide = Wide::of(resource, "role_names", value, format!("owns the {what} (`{role}`)"))
            .label(format!("everything in the {what}"))
            .severity(if what == "project" { Severity::Medium } else { Severity::High })
            .help("give it the roles for what it does, such as `GROUP_CLUSTER_MANAGER` or `GROUP_READ_ONLY`");
        return Some(wide);
    }
    None
}

fn atlas_user(resource: &Resource) -> Option<Wide> {
    let strong = ["atlasAdmin", "dbAdminAnyDatabase", "readWriteAnyDatabase"];
    let roles: Vec<BlockValue> = resource.body.blocks("roles");
    let found = strong.iter().find_map(|name| {
        roles
            .iter()
            .find_map(|role| one_of(role.value("role_name"), &[name]).map(|(value, _)| (*name, value)))
    });
    let (name, value) = found?;
    let wide = Wide::of(resource, "roles.role_name", value, format!("has `{name}` in the database"))
        .label("every database of the project")
        .help(
            "give it `readWrite` or `read` on its own database, and limit it to its clusters with `scopes`",
        );
    Some(if name == "atlasAdmin" { wide } else { wide.severity(Severity::Low) })
}

/// Source: Grafana documentation, "Roles and permissions".
fn grafana(resource: &Resource, attribute: &str) -> Option<Wide> {
    let (value, role) = one_of(resource.body.value(attribute), &["admin"])?;
    let wide = Wide::of(resource, attribute, value, format!("has the role `{role}` in Grafana"))
        .label("users, data sources and every dashboard")
        .help("use `EDITOR` or `VIEWER`, whichever its use needs");
    Some(wide)
}

/// Source: PostgreSQL documentation, "Role Attributes".
fn postgresql(resource: &Resource, cx: &Context<'_>) -> Option<Wide> {
    let body = &resource.body;
    let logs_in = body.value("login").is_none_or(|value| value.as_bool() != Some(false));
    let value = body.value("superuser").filter(|value| value.as_bool() == Some(true))?;
    let wide = Wide::of(resource, "superuser", value, "is superuser of the whole database server")
        .label("bypasses every check")
        .severity(Severity::High)
        .help("grant it the rights on its own database and schema instead")
        .fix(replace_flag(cx.shared.sources, value, false).filter(|_| is_only_here(cx, value)).map(|edit| Fix::new("Take the superuser away (it keeps what is granted to it)".to_string(), Applicability::Unsafe, vec![edit])));
    Some(if logs_in {
        wide
    } else {
        wide.note("it does not log in itself, but whoever is a member becomes it")
    })
}

/// Source: Snowflake documentation, "Overview of Access Control", system-defined roles.
const ACCOUNT_ROLES: [&str; 3] = ["ACCOUNTADMIN", "SECURITYADMIN", "ORGADMIN"];

fn snowflake_grant(resource: &Resource) -> Option<Wide> {
    let body = &resource.body;
    // To another role it builds the hierarchy; to a user it is what a login may do.
    body.value("user_name")?;
    let name = body.value("role_name")?;
    let text = name.as_str()?.trim_matches('"').to_string();
    let role = ACCOUNT_ROLES.iter().find(|known| known.eq_ignore_ascii_case(&text))?;
    Some(snowflake(resource, "role_name", name, role))
}

fn snowflake(resource: &Resource, attribute: &str, value: &Value, role: &str) -> Wide {
    let what = match &*resource.kind {
        "snowflake_grant_account_role" => format!("gives `{role}` to a user"),
        _ => format!("works as `{role}` by default"),
    };
    Wide::of(resource, attribute, value, what).label("administers the account").severity(Severity::High).help(
        "make a role with the grants that it needs, and keep the system roles for people who administer",
    )
}
