use super::{Wide, one_of};
use crate::diagnostic::{Applicability, Fix, Severity};
use crate::eval::Resource;
use crate::rules::Context;
use crate::rules::edits::replace_literal;
use crate::rules::policy_edits::is_only_here;

/// Scopes that span the API, most first. Source: GitLab documentation, "Personal access tokens", "Project access
/// tokens".
const SPANNING: [&str; 3] = ["sudo", "admin_mode", "api"];

/// What a project or group token may do is the less of its scopes and of its role.
pub(super) fn gitlab(resource: &Resource, cx: &Context<'_>) -> Option<Wide> {
    let roled = match &*resource.kind {
        "gitlab_project_access_token" | "gitlab_group_access_token" => true,
        "gitlab_personal_access_token" | "gitlab_group_service_account_access_token" => false,
        "gitlab_service_account_access_token" | "gitlab_project_service_account_access_token" => false,
        _ => return None,
    };
    let scopes = resource.body.value("scopes");
    let spanning = SPANNING.iter().find_map(|name| one_of(scopes, &[name]));
    let level = resource.body.value("access_level");
    let role =
        level.and_then(|value| value.as_str()).unwrap_or(if level.is_some() { "" } else { "maintainer" });
    let owns = roled && role == "owner";
    if let Some((value, scope)) = spanning {
        let limited = roled && matches!(role, "no one" | "minimal" | "guest" | "reporter" | "planner");
        let phrase = match (scope.as_str(), roled) {
            ("sudo", _) => "may act as every user of the instance".to_string(),
            ("admin_mode", _) => "may administer the instance".to_string(),
            (_, true) if role.is_empty() => "may use the whole API".to_string(),
            (_, true) => format!("may do through the API whatever the role `{role}` allows"),
            _ => "may do through the API whatever its user may".to_string(),
        };
        let wide = Wide::of(resource, "scopes", value, phrase)
            .label(if scope == "api" {
                "the whole API, for reading and writing"
            } else {
                "more than its own user"
            })
            .severity(if owns || scope != "api" { Severity::High } else { Severity::Medium })
            .help(
                "ask for what it uses: `read_api`, `read_repository`, `write_repository`, `read_registry`, …",
            )
            .fix(read_api(value, cx));
        return Some(if limited { wide.strict() } else { wide });
    }
    // Scopes for a registry or a repository bound what the role could do.
    let value = level.filter(|_| owns && scopes.is_some_and(|value| value.is_wholly_known()))?;
    let writes =
        one_of(scopes, &["write_repository", "create_runner", "manage_runner", "k8s_proxy"]).is_some();
    let wide = Wide::of(resource, "access_level", value, "has the role of an owner")
        .label("may do everything in the project or group that its scopes allow")
        .help("give it the lowest role that its scopes need");
    Some(if writes { wide } else { wide.strict() })
}

fn read_api(value: &crate::eval::value::Value, cx: &Context<'_>) -> Option<Fix> {
    if value.as_str() != Some("api") || !is_only_here(cx, value) {
        return None;
    }
    let edit = replace_literal(cx.shared.sources, value, "read_api")?;
    let title = "Let it read only (`read_api`)".to_string();
    Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
}

/// Source: HCP Terraform documentation, "API tokens".
pub(super) fn terraform(resource: &Resource) -> Option<Wide> {
    if &*resource.kind != "tfe_organization_token" {
        return None;
    }
    let wide = Wide::whole(
        resource,
        "organization",
        "manages teams, workspaces and their variables in the whole organization",
    )
    .label("one token for the organization")
    .help("use a token of a team (`tfe_team_token`) that has the workspaces which it works on");
    Some(wide)
}
