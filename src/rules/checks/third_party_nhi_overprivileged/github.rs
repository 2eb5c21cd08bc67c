//! GitHub apps that are given every repository.

use super::ThirdPartyNhiOverprivileged;
use crate::diagnostic::{Fix, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::rules::{Context, Rule};

pub(super) fn check(cx: &mut Context<'_>) {
    let model = cx.model;
    let managed = model.project.resources.iter().filter(|resource| resource.mode == ResourceMode::Managed);
    for resource in managed {
        let attribute = match &*resource.kind {
            "github_app_installation_repositories" => "selected_repositories",
            "github_app_installation_repository" => "repository",
            _ => continue,
        };
        let Some(value) = resource.body.value(attribute) else { continue };
        if let Some(query) = searched(cx, value) {
            report(cx, resource, attribute, value, query);
        }
    }
}

/// The search that a list of repositories comes from, if it leaves none of an organization out.
fn searched<'a>(cx: &Context<'a>, value: &Value) -> Option<&'a Resource> {
    let refs = value.deep_refs();
    let mut found = refs.iter().map(|reference| cx.model.resource(reference.resource));
    found.find(|resource| {
        let query = resource.body.text("query");
        &*resource.kind == "github_repositories" && query.is_some_and(takes_all)
    })
}

/// `org:acme`, with or without what leaves out archived ones and forks.
fn takes_all(query: &str) -> bool {
    let harmless = ["org:", "user:", "archived:", "fork:", "sort:"];
    !query.trim().is_empty() && query.split_whitespace().all(|word| harmless.iter().any(|it| word.starts_with(it)))
}

fn report(cx: &mut Context<'_>, resource: &Resource, attribute: &str, value: &Value, query: &Resource) {
    let span = value.meta.span.unwrap_or_else(|| cx.value_span(resource, attribute));
    let at = cx.value_span(query, "query");
    let message = format!("the app behind `{}` is given every repository of the organization", resource.address);
    let draft = cx
        .draft(ThirdPartyNhiOverprivileged.info(), resource, attribute, span, message)
        .label("every repository")
        .severity(Severity::Medium)
        .related(at, "nothing is left out here")
        .route(value)
        .note("repositories that are created later are given to it as well")
        .help("list the repositories that the app works on")
        .fix(Fix::manual("List the repositories that the app works on"));
    cx.emit(draft);
}

#[cfg(test)]
mod tests {
    use super::takes_all;

    #[test]
    fn searches_that_leave_something_out_are_told() {
        assert!(takes_all("org:acme") && takes_all("org:acme archived:false"));
        assert!(!takes_all("org:acme topic:payments") && !takes_all("org:acme web in:name") && !takes_all(""));
    }
}
