use crate::dates::{self, Expiry};
use crate::diagnostic::{Applicability, Fix, Persona};
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::State;
use crate::rules::edits::{add_argument, replace_literal};
use crate::rules::lifetime::{self, Absent, Form, Reading, Term};
use crate::rules::renewal::rotation_policy;
use crate::rules::{Context, Rule, RuleInfo};
use crate::source::Span;

declare_rule! {
    /// The credential can be given an end, and has none: it works until somebody remembers to revoke it. A
    /// token that leaks from a log, a laptop or a former supplier is then good for years.
    ///
    /// Checked are the tokens, keys and secrets of GitLab, Cloudflare, HCP Terraform, Databricks, Snowflake,
    /// Grafana, PostgreSQL, Vault, Azure Key Vault and container registries, AWS service credentials and
    /// others. An end that is computed counts as an end, `time_rotating` and `timeadd()` included, and so does
    /// an automatic rotation that sets one. A value that is not known is not reported. Where a product ends the
    /// credential by itself when nothing is said (AWS AppSync after 7 days, Snowflake access tokens after 15),
    /// nothing is reported either. A reusable module whose variable for the end is null unless the caller sets
    /// it is only shown to the strict persona.
    ///
    /// The end of a Google Secret Manager secret deletes the secret, so its absence is only told to auditors.
    ///
    /// Set an end within the policy of `[expiry]` in `keyward.toml`, and see to it that something renews the
    /// credential before.
    ///
    /// ```hcl,bad
    /// resource "gitlab_project_access_token" "ci" {
    ///   project      = "12"
    ///   name         = "ci"
    ///   access_level = "reporter"
    ///   scopes       = ["read_repository"]
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "gitlab_project_access_token" "ci" {
    ///   project      = "12"
    ///   name         = "ci"
    ///   access_level = "reporter"
    ///   scopes       = ["read_repository"]
    ///
    ///   rotation_configuration = {
    ///     expiration_days    = 60
    ///     rotate_before_days = 10
    ///   }
    /// }
    /// ```
    ///
    /// Source: the Terraform Registry page of each type; GitLab, "Project access tokens"; Microsoft, "About
    /// Azure Key Vault secrets".
    MissingExpiry {
        code: "KW108",
        name: "missing-expiry",
        summary: "Credential that supports an expiry has none",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "lifecycle",
        nhi: ["NHI7"],
        csf: ["PR.AA-01"],
        cis: ["AZ6:8.3.1", "AZ6:8.3.3", "GCP5:1.16"],
    }
}

impl Rule for MissingExpiry {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        if resource.mode != ResourceMode::Managed {
            return;
        }
        for term in lifetime::terms_of(&resource.kind) {
            for scope in lifetime::scopes(resource, term) {
                judge(resource, term, &scope, cx);
            }
        }
    }
}

fn judge(resource: &Resource, term: &Term, scope: &BlockValue, cx: &mut Context<'_>) {
    let Absent::Endless(persona, severity) = term.absent else { return };
    if !supports_an_end(resource, cx) {
        return;
    }
    let (persona, never) = match lifetime::read(cx.model, resource, scope, term, cx.shared.today) {
        Reading::Missing => (persona, None),
        Reading::Offered => (persona.max(Persona::Strict), None),
        // Written down as endless: somebody meant it, and it is there to be read in any module.
        Reading::Ends { expiry: Expiry::Never, path, value, .. } => {
            // Zero leaves it to the product, which is what an absent value does.
            let persona = if is_zero(&value) { persona } else { Persona::Regular };
            (persona, Some((path, value)))
        }
        Reading::Ends { .. } | Reading::Unknown => return,
    };
    let credential = cx.model.credential_of(resource.id);
    let identity = cx.model.identity_of(resource.id);
    let off = credential.is_some_and(|one| one.state == State::Disabled)
        || identity.is_some_and(|one| one.state == State::Disabled);
    if off {
        return;
    }
    let name = attribute(term);
    let (attribute, span, why) = match &never {
        Some((path, value)) => {
            let span = value.meta.span.unwrap_or_else(|| cx.value_span(resource, path));
            (path.clone(), span, format!("`{path}` says so"))
        }
        None => {
            let span = scope.header.unwrap_or_else(|| resource.header());
            (name.clone(), span, format!("`{name}` is not set"))
        }
    };
    let mut draft = cx
        .draft(
            MissingExpiry::INFO,
            resource,
            &attribute,
            span,
            format!("`{}` {}: {why}", resource.address, verb(&resource.kind)),
        )
        .label(if never.is_some() { "no end" } else { "has no end" })
        .severity(severity)
        .persona(persona)
        .identity(resource.address.clone())
        .owner(credential.and_then(|one| one.owner.name()))
        .environment(credential.map_or(cx.model.environment.as_ref(), |one| one.environment.as_ref()))
        .help(help(&resource.kind, &name, term, cx));
    if let Some((_, value)) = &never {
        draft = draft.route(value);
    }
    if let Some(note) = note(&resource.kind) {
        draft = draft.note(note);
    }
    if let Some(fix) = fix(resource, term, scope, never.as_ref().map(|(_, value)| value), cx) {
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

/// Some are ended by what is around them, unless that is endless too.
fn verb(kind: &str) -> &'static str {
    match kind {
        "vault_token" | "vault_approle_auth_backend_role_secret_id" => "has no end of its own",
        "azurerm_key_vault_secret" => "has no expiry date",
        _ => "never expires",
    }
}

fn is_zero(value: &Value) -> bool {
    value.as_i64() == Some(0) || value.as_str().is_some_and(|text| text.trim_end_matches(['s', 'm', 'h']) == "0")
}

fn attribute(term: &Term) -> String {
    match term.block {
        "" => term.paths[0].to_string(),
        block => format!("{block}.{}", term.paths[0]),
    }
}

/// Some types can only have an end in one of their shapes.
fn supports_an_end(resource: &Resource, cx: &Context<'_>) -> bool {
    let body = &resource.body;
    match &*resource.kind {
        // Passwords of CodeCommit and Keyspaces have no end at all.
        "aws_iam_service_specific_credential" => {
            body.text("service_name").is_some_and(|name| name.starts_with("bedrock") || name.starts_with("logs"))
        }
        "postgresql_role" => body.bool("login") == Some(true) && body.value("password").is_some(),
        "snowflake_user" | "snowflake_legacy_service_user" => body.value("password").is_some(),
        // The role limits its secret ids; that it does not is a finding on the role.
        "vault_approle_auth_backend_role_secret_id" => {
            let role = body.value("role_name");
            let is_here = role.is_some_and(|role| {
                role.deep_refs().iter().any(|one| cx.model.identity_of(one.resource).is_some())
            });
            !is_here && body.value("wrapping_ttl").is_none()
        }
        // Renewed for as long as somebody asks: a finding of its own kind.
        "vault_token" => body.value("period").is_none(),
        "azurerm_key_vault_secret" => holds_a_secret(resource),
        _ => true,
    }
}

/// Key vaults also hold host names and identifiers, which need no end.
fn holds_a_secret(resource: &Resource) -> bool {
    let Some(value) = resource.body.value("value") else { return true };
    let refs = value.deep_refs();
    let harmless = ["id", "name", "fqdn", "endpoint", "uri", "client_id", "tenant_id", "object_id", "principal_id"];
    let only_names = refs.iter().all(|one| {
        let last = one.path.rsplit('.').next().unwrap_or_default();
        harmless.contains(&last) || ["_id", "_name", "_uri", "_endpoint", "_fqdn"].iter().any(|end| last.ends_with(end))
    });
    refs.is_empty() || !only_names
}

fn help(kind: &str, name: &str, term: &Term, cx: &Context<'_>) -> String {
    let limit = lifetime::limit(&cx.shared.config.expiry, term.limit);
    let within = limit.map(|limit| format!(" within {}", lifetime::said(limit))).unwrap_or_default();
    match kind {
        "gitlab_deploy_token" => format!("set `{name}`{within}; for pipelines the job token needs no keeping"),
        _ if kind.starts_with("gitlab_") && kind.ends_with("access_token") => {
            format!("set `{name}`{within}, or a `rotation_configuration`, which sets the end and renews the token")
        }
        "azurerm_key_vault_key" => {
            format!("set `{name}`{within}, or a `rotation_policy` with `expire_after`, which renews the key")
        }
        "launchdarkly_access_token" => "replace the token by schedule: it has no other end".to_string(),
        "google_secret_manager_secret" => {
            "where the secret is only needed for a time, set `ttl` or `expire_time`: it is deleted then".to_string()
        }
        "vault_token" => format!("set `ttl` and `explicit_max_ttl`{within}"),
        _ if matches!(term.form, Form::Moment | Form::Date) => {
            format!("set `{name}`{within}, and renew the credential before; `time_rotating` can do that")
        }
        _ => format!("set `{name}`{within}, and renew the credential before"),
    }
}

fn note(kind: &str) -> Option<&'static str> {
    match kind {
        "azurerm_key_vault_secret" => {
            Some("the date of a secret does not lock it: it tells people and Event Grid when to renew")
        }
        "vault_token" => Some("the default and maximum of the mount apply, 32 days unless tuned"),
        _ => None,
    }
}

fn fix(
    resource: &Resource,
    term: &Term,
    scope: &BlockValue,
    never: Option<&Value>,
    cx: &Context<'_>,
) -> Option<Fix> {
    // A key that Key Vault renews ends as well, and nobody has to think of it.
    if &*resource.kind == "azurerm_key_vault_key"
        && !resource.body.has_block("rotation_policy")
        && let Some(fix) = rotation_policy(cx, resource)
    {
        return Some(fix);
    }
    let limit = lifetime::limit(&cx.shared.config.expiry, term.limit)?;
    let text = lifetime::written(term.form, limit, cx.shared.today)?;
    let name = term.paths[0];
    let sources = cx.shared.sources;
    let block: Span = scope.span.unwrap_or_else(|| resource.span());
    let edit = match (never, scope.attr(name)) {
        (Some(value), _) => replace_literal(sources, value, &text)?,
        // There is an expression that yields null; what to make of it is the author's choice.
        (None, Some(_)) => return None,
        (None, None) => add_argument(sources, block, name, &text)?,
    };
    let until_when = lifetime::until_when(&text);
    let title = format!("End it after {} at most (`{name} = {text}`){until_when}", dates::human(limit));
    Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
}
