mod cloudflare;
mod forges;
mod products;

use crate::diagnostic::{Fix, Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::rules::{Context, Rule, RuleInfo};
use crate::source::Span;

declare_rule! {
    /// A token, key or service login of a product may do much more than what such credentials are for: administer a
    /// GitLab project, manage every user of an Okta organization, own a Snowflake account.
    ///
    /// Looked at are
    ///
    /// - GitLab tokens with `api`, `sudo` or `admin_mode`, and those with the role of an owner;
    /// - Cloudflare tokens for every zone or account, and those that nothing limits;
    /// - Datadog application keys without scopes, which do whatever their owner may;
    /// - Okta scopes that manage (`okta.users.manage`) and administrator roles of applications;
    /// - MongoDB Atlas keys that own an organization or project, and database users with `atlasAdmin`;
    /// - LaunchDarkly tokens and Grafana accounts with the role of an administrator;
    /// - organization tokens of HCP Terraform;
    /// - superusers of PostgreSQL, and the roles ACCOUNTADMIN and SECURITYADMIN of Snowflake for a service login.
    ///
    /// What is not known is not reported. Credentials of people are left out.
    ///
    /// Ask for the scopes that the caller uses, with the lowest role that allows them; a token for each purpose.
    /// The fix lets a token of GitLab read only, and takes the superuser from a role of PostgreSQL.
    ///
    /// ```hcl,bad
    /// resource "gitlab_project_access_token" "ci" {
    ///   project      = "12"
    ///   name         = "ci"
    ///   scopes       = ["api"]
    ///   access_level = "maintainer"
    ///   expires_at   = "2027-01-31"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "gitlab_project_access_token" "ci" {
    ///   project      = "12"
    ///   name         = "ci"
    ///   scopes       = ["read_repository"]
    ///   access_level = "reporter"
    ///   expires_at   = "2027-01-31"
    /// }
    /// ```
    ///
    /// Source: the documentation of each product on the scopes and roles of its tokens.
    TokenScopeTooWide {
        code: "KW212",
        name: "token-scope-too-wide",
        summary: "Token, key or service login of a product with more scope than its use",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "privilege",
        nhi: ["NHI5"],
        csf: ["PR.AA-05"],
        cis: ["GH1.2:1.4.3"],
    }
}

/// What is too wide about a credential.
struct Wide {
    attribute: String,
    span: Span,
    /// What it may do, after its name.
    phrase: String,
    label: String,
    severity: Severity,
    persona: Persona,
    help: String,
    note: Option<String>,
    fix: Option<Fix>,
    value: Option<Value>,
}

impl Wide {
    /// Blames a value.
    fn of(resource: &Resource, attribute: &str, value: &Value, phrase: impl Into<String>) -> Wide {
        let attr = resource.body.attr(attribute.split('.').next().unwrap_or(attribute));
        let span = value.meta.span.or(attr.map(|attr| attr.expr_span)).unwrap_or_else(|| resource.header());
        Wide { span, value: Some(value.clone()), ..Wide::whole(resource, attribute, phrase) }
    }

    /// Blames the resource, for what it does not say.
    fn whole(resource: &Resource, attribute: &str, phrase: impl Into<String>) -> Wide {
        Wide {
            attribute: attribute.to_string(),
            span: resource.header(),
            phrase: phrase.into(),
            label: String::new(),
            severity: Severity::Medium,
            persona: Persona::Regular,
            help: String::new(),
            note: None,
            fix: None,
            value: None,
        }
    }

    fn label(self, text: impl Into<String>) -> Wide {
        Wide { label: text.into(), ..self }
    }

    fn help(self, text: impl Into<String>) -> Wide {
        Wide { help: text.into(), ..self }
    }

    fn note(self, text: impl Into<String>) -> Wide {
        Wide { note: Some(text.into()), ..self }
    }

    fn severity(self, severity: Severity) -> Wide {
        Wide { severity, ..self }
    }

    fn strict(self) -> Wide {
        Wide { persona: Persona::Strict, ..self }
    }

    fn fix(self, fix: Option<Fix>) -> Wide {
        Wide { fix, ..self }
    }
}

impl Rule for TokenScopeTooWide {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        if resource.mode != ResourceMode::Managed {
            return;
        }
        let provider = resource.kind.split('_').next().unwrap_or_default();
        let found = match provider {
            "gitlab" => forges::gitlab(resource, cx),
            "tfe" => forges::terraform(resource),
            "cloudflare" => cloudflare::token(resource),
            _ => products::any(resource, cx),
        };
        if let Some(wide) = found {
            emit(resource, wide, cx);
        }
    }
}

fn emit(resource: &Resource, wide: Wide, cx: &mut Context<'_>) {
    let model = cx.model;
    let credential = model.credential_of(resource.id);
    let identity = model.identity_of(resource.id);
    if credential.is_some_and(|one| one.human) || identity.is_some_and(|one| one.human) {
        return;
    }
    let owner = credential.map(|one| &one.owner).or(identity.map(|one| &one.owner));
    let environment = credential.map(|one| &one.environment).or(identity.map(|one| &one.environment));
    let message = format!("`{}` {}", resource.address, wide.phrase);
    let mut draft = cx
        .draft(TokenScopeTooWide::INFO, resource, &wide.attribute, wide.span, message)
        .label(wide.label)
        .severity(wide.severity)
        .persona(wide.persona)
        .identity(resource.address.clone())
        .owner(owner.and_then(|owner| owner.name()))
        .environment(environment.map_or(model.environment.as_ref(), |own| own.as_ref()))
        .help(wide.help);
    if let Some(value) = &wide.value {
        draft = draft.route(value);
        if !resource.span().contains(wide.span) {
            draft = draft.related(resource.header(), "the credential");
        }
    }
    if let Some(note) = wide.note {
        draft = draft.note(note);
    }
    if let Some(fix) = wide.fix {
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

/// The first of these texts in a list, or the text itself, with its value.
fn one_of<'v>(value: Option<&'v Value>, names: &[&str]) -> Option<(&'v Value, String)> {
    value?.as_slice().iter().find_map(|item| {
        let text = item.as_str()?;
        names.iter().any(|name| name.eq_ignore_ascii_case(text)).then(|| (item, text.to_string()))
    })
}
