//! Variable sets of HCP Terraform that give a secret to workspaces of both sides.
//! Source: HCP Terraform documentation, "Variable sets".

use super::{Crossing, Place, called, is_production};
use crate::config::Environment;
use crate::eval::value::{ResourceId, Value};
use crate::eval::{Resource, ResourceMode};
use crate::rules::Context;
use crate::rules::surroundings::is_sample;
use std::collections::HashMap;

/// What is known of a set beside its own block.
#[derive(Default)]
struct Contents<'a> {
    secret: Option<&'a Resource>,
    /// Workspaces that are named one by one.
    workspaces: Vec<&'a Value>,
}

pub(in crate::rules) fn variable_sets(cx: &Context<'_>) -> Vec<Crossing> {
    let mut contents: HashMap<ResourceId, Contents<'_>> = HashMap::new();
    let mut everywhere = Vec::new();
    let managed = || cx.model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed);
    for resource in managed() {
        let set =
            || resource.body.value("variable_set_id")?.deep_refs().iter().next().map(|used| used.resource);
        match &*resource.kind {
            "tfe_variable" if is_secret(cx, resource) => {
                if let Some(set) = set() {
                    contents.entry(set).or_default().secret.get_or_insert(resource);
                }
            }
            "tfe_workspace_variable_set" => {
                if let (Some(set), Some(workspace)) = (set(), resource.body.value("workspace_id")) {
                    contents.entry(set).or_default().workspaces.push(workspace);
                }
            }
            "tfe_workspace" => everywhere.extend(environment_of(cx, resource)),
            _ => {}
        }
    }
    let sets = managed().filter(|resource| &*resource.kind == "tfe_variable_set");
    sets.filter_map(|set| crossing(cx, set, contents.get(&set.id)?, &everywhere)).collect()
}

/// Hidden from people, or made from a credential.
fn is_secret(cx: &Context<'_>, variable: &Resource) -> bool {
    let from_credential = variable.body.value("value").is_some_and(|value| {
        value.is_sensitive()
            || value.deep_refs().iter().any(|used| cx.model.credential_of(used.resource).is_some())
    });
    variable.body.bool("sensitive") == Some(true) || from_credential
}

fn environment_of(cx: &Context<'_>, workspace: &Resource) -> Option<Environment> {
    let classify = |text: &str| cx.shared.config.environments.classify(text);
    workspace.body.text("name").and_then(classify).or_else(|| classify(&workspace.address))
}

fn crossing(
    cx: &Context<'_>,
    set: &Resource,
    contents: &Contents<'_>,
    everywhere: &[Environment],
) -> Option<Crossing> {
    let secret = contents.secret?;
    let key = secret.body.text("key").unwrap_or(&secret.name);
    let is_global = set.body.bool("global") == Some(true);
    let named: Vec<Environment> = set
        .body
        .value("workspace_ids")
        .into_iter()
        .chain(contents.workspaces.iter().copied())
        .flat_map(|value| value.deep_refs().iter().map(|used| used.resource).collect::<Vec<_>>())
        .filter_map(|id| environment_of(cx, cx.model.resource(id)))
        .collect();
    let reached = if is_global { everywhere } else { &named };
    let production = reached.iter().any(is_production);
    let other = reached.iter().find(|environment| !is_production(environment)).map(called);
    let says_so = [key, set.body.text("name").unwrap_or(&set.name)]
        .iter()
        .any(|name| cx.shared.config.environments.classify(name) == Some(Environment::Production));
    let whose = if says_so { "secret of production" } else { "secret" };
    let message = match (is_global, production, other) {
        (_, true, Some(other)) => {
            format!("`{}` gives the {whose} `{key}` to workspaces of production and of {other}", set.address)
        }
        (true, ..) => format!("`{}` gives the {whose} `{key}` to every workspace", set.address),
        (false, ..) => return None,
    };
    let attribute = if is_global { "global" } else { "workspace_ids" };
    let attr = set.body.attr(attribute);
    let site = Place {
        address: set.address.clone(),
        attribute: attribute.to_string(),
        span: attr.map_or_else(|| set.header(), |attr| attr.value.meta.span.unwrap_or(attr.expr_span)),
        label: match is_global {
            true => "every workspace of the organization".to_string(),
            false => "workspaces of both sides".to_string(),
        },
        root: None,
    };
    let mut crossing = Crossing::new(message, set.address.clone(), vec![site]);
    crossing.related.push((secret.header(), "the secret".to_string()));
    crossing.help = "make one variable set for each environment, with a secret of its own, and assign it to the \
                     workspaces or the project of that environment";
    crossing.remedy = "Split the variable set by environment".to_string();
    crossing.strict = !(says_so || (production && other.is_some())) || is_sample(cx, cx.model, set.header());
    crossing.sure = production && other.is_some();
    Some(crossing)
}
