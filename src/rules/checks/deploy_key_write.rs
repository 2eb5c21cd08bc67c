use crate::diagnostic::{Fix, Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::identity::exposure::is;
use crate::rules::edits::replace_flag;
use crate::rules::surroundings::is_sample;
use crate::rules::{Context, Rule, RuleInfo, secrets};
use indexmap::IndexMap;
use std::collections::BTreeSet;

declare_rule! {
    /// A deploy key belongs to nobody, has no end, and goes by no second factor. With the right to push it
    /// changes what is built and deployed, past everybody who would review it. One key for several
    /// repositories opens all of them when it leaks from any.
    ///
    /// Reported are keys of GitHub that are not read-only, keys of GitLab with `can_push`, and one public key
    /// that is given to several repositories or projects.
    ///
    /// Most deployments only read: set `read_only = true`. What has to push, such as a tool that commits
    /// image tags, does so better as a GitHub App with a token for the hour.
    ///
    /// ```hcl,bad
    /// resource "github_repository_deploy_key" "cd" {
    ///   title      = "cd"
    ///   repository = "app"
    ///   key        = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExamplePublicKey"
    ///   read_only  = false
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "github_repository_deploy_key" "cd" {
    ///   title      = "cd"
    ///   repository = "app"
    ///   key        = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExamplePublicKey"
    ///   read_only  = true
    /// }
    /// ```
    ///
    /// Source: GitHub documentation, "Managing deploy keys"; GitLab documentation, "Deploy keys".
    DeployKeyWrite {
        code: "KW122",
        name: "deploy-key-write",
        summary: "Deploy key that can push, or that many share",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "cicd",
        nhi: ["NHI5", "NHI9"],
        csf: ["PR.AA-05"],
        cis: [],
    }
}

const GITHUB: &str = "github_repository_deploy_key";

impl Rule for DeployKeyWrite {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn model(&self, cx: &mut Context<'_>) {
        let model = cx.model;
        let mut keys: IndexMap<String, Vec<&Resource>> = IndexMap::new();
        for resource in model.project.resources.iter().filter(|one| one.mode == ResourceMode::Managed) {
            match &*resource.kind {
                GITHUB => pushes(cx, resource, "read_only", false),
                "gitlab_deploy_key" | "gitlab_deploy_key_enable" => pushes(cx, resource, "can_push", true),
                _ => continue,
            }
            let key = resource.body.value("key").or(resource.body.value("key_id"));
            if let Some(key) = key.and_then(identity_of) {
                keys.entry(key).or_default().push(resource);
            }
        }
        for group in keys.values() {
            shared(cx, group);
        }
    }
}

fn pushes(cx: &mut Context<'_>, resource: &Resource, switch: &'static str, when: bool) {
    let may = is(&resource.body, switch, false);
    let may = if when { may } else { !may };
    if !may.is_yes() {
        return;
    }
    let value = resource.body.value(switch);
    let span = value.and_then(|value| value.meta.span).unwrap_or_else(|| resource.header());
    let of = repository(resource).map_or_else(String::new, |name| format!(" to `{name}`"));
    let mut draft = cx
        .draft(DeployKeyWrite::INFO, resource, switch, span, format!("deploy key `{}` can push{of}", resource.address))
        .label("can push")
        .identity(resource.address.clone())
        .environment(cx.model.environment.as_ref())
        .help("let it only read, or let what has to push be an app with short-lived tokens");
    if let Some(value) = value {
        draft = draft.route(value);
        let edit = replace_flag(cx.shared.sources, value, !when);
        let title = "Let it only read (what pushes with it stops working)";
        draft = draft.fix(edit.map_or_else(|| Fix::manual(title), |edit| secrets::unsafe_fix(title, vec![edit])));
    }
    if is_sample(cx, cx.model, resource.header()) {
        draft = draft.persona(Persona::Strict);
    }
    cx.emit(draft);
}

fn repository(resource: &Resource) -> Option<&str> {
    resource.body.text("repository").or(resource.body.text("project"))
}

/// Equal texts are one key, and so are two references to one.
fn identity_of(key: &Value) -> Option<String> {
    if let Some(text) = key.as_str() {
        // What follows the key itself is a comment.
        return Some(text.split_whitespace().take(2).collect::<Vec<_>>().join(" "));
    }
    let refs = key.deep_refs();
    let mut refs = refs.iter();
    let first = refs.next()?;
    refs.next().is_none().then(|| format!("#{}.{}", first.resource.0, first.path))
}

/// Where a key is for, as far as that tells one place from another.
fn place(resource: &Resource) -> Option<String> {
    let value = resource.body.value("repository").or(resource.body.value("project"))?;
    value.as_str().map(str::to_string).or_else(|| {
        let refs = value.deep_refs();
        refs.iter().next().map(|one| format!("#{}", one.resource.0))
    })
}

fn shared(cx: &mut Context<'_>, group: &[&Resource]) {
    let places: BTreeSet<String> = group.iter().filter_map(|one| place(one)).collect();
    let (Some((first, rest)), true) = (group.split_first(), places.len() > 1) else { return };
    let span = |one: &Resource| {
        let attr = one.body.attr("key").or(one.body.attr("key_id"));
        attr.map_or(one.header(), |attr| attr.expr_span)
    };
    let message = format!("one deploy key opens {} repositories, that of `{}` first", places.len(), first.address);
    let mut draft = cx
        .draft(DeployKeyWrite::INFO, first, "key", span(first), message)
        .label("the same key as elsewhere")
        .severity(Severity::Medium)
        .identity(first.address.clone())
        .environment(cx.model.environment.as_ref())
        .help("make a key for each repository, or use an app that is installed on those that need it")
        .fix(Fix::manual("Make a key for each repository"));
    let mut seen = vec![span(first)];
    for other in rest.iter().filter(|other| other.header() != first.header()) {
        if !seen.contains(&span(other)) {
            seen.push(span(other));
            draft = draft.related(span(other), format!("and `{}`", other.address));
        }
    }
    if is_sample(cx, cx.model, first.header()) {
        draft = draft.persona(Persona::Strict);
    }
    cx.emit(draft);
}
