use crate::config::ExpiryKind;
use crate::diagnostic::{Applicability, Fix, Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::rules::edits::{add_argument, replace_literal};
use crate::rules::surroundings::listed;
use crate::rules::{Context, Rule, RuleInfo, lifetime};
use crate::source::Span;

declare_rule! {
    /// A Vault role or token without limits: the secret ids of an AppRole never end and may be used as often as
    /// anyone likes, from anywhere; a periodic token is renewed for ever; a token without a parent stays when whoever
    /// made it is revoked.
    ///
    /// Reported are AppRoles whose secret ids have neither an end nor a number of uses (zero is Vault's word for no
    /// limit). Where `secret_id_bound_cidrs` or `token_bound_cidrs` limit from where, the severity is lower. So are
    /// tokens with a `period` and no `explicit_max_ttl`, tokens without parent and end, and token roles that make
    /// such tokens. What is not known is not reported.
    ///
    /// Give secret ids an end and a number of uses, and tokens a maximum. Better still, let the workload prove
    /// itself with what its platform gives it (Kubernetes, AWS, JWT), so that there is no secret id at all.
    ///
    /// ```hcl,bad
    /// resource "vault_approle_auth_backend_role" "worker" {
    ///   role_name      = "worker"
    ///   token_policies = ["worker"]
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "vault_approle_auth_backend_role" "worker" {
    ///   role_name          = "worker"
    ///   token_policies     = ["worker"]
    ///   secret_id_ttl      = 86400
    ///   secret_id_num_uses = 10
    ///   token_max_ttl      = 3600
    /// }
    /// ```
    ///
    /// Source: HashiCorp Vault documentation, "AppRole auth method (API)" and "Tokens".
    VaultRoleUnbounded {
        code: "KW112",
        name: "vault-role-unbounded",
        summary: "Vault role or token without limits",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "lifecycle",
        nhi: ["NHI7", "NHI5"],
        csf: ["PR.AA-01"],
        cis: [],
    }
}

impl Rule for VaultRoleUnbounded {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        if resource.mode != ResourceMode::Managed {
            return;
        }
        match &*resource.kind {
            "vault_approle_auth_backend_role" => approle(resource, cx),
            "vault_token" => token(resource, cx),
            "vault_token_auth_backend_role" => token_role(resource, cx),
            _ => {}
        }
    }
}

/// What an argument that limits something says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Limit {
    /// Nothing, or zero.
    Absent,
    Set,
    Unknown,
}

fn limit(body: &BlockValue, name: &str) -> Limit {
    match body.value(name) {
        // Written, but null by the choice of whoever calls this module.
        None if body.attr(name).is_some_and(|attr| !attr.value.meta.hops().is_empty()) => Limit::Unknown,
        None => Limit::Absent,
        Some(value) if is_zero(value) => Limit::Absent,
        Some(value) if value.as_str().is_some() || value.as_number().is_some() => Limit::Set,
        Some(value) => match value.items() {
            Some([]) => Limit::Absent,
            Some(_) => Limit::Set,
            None => Limit::Unknown,
        },
    }
}

fn is_zero(value: &Value) -> bool {
    value.as_i64() == Some(0)
        || value.as_str().is_some_and(|text| matches!(text.trim_end_matches(['s', 'm', 'h']), "0" | ""))
}

fn approle(resource: &Resource, cx: &mut Context<'_>) {
    let body = &resource.body;
    // Without secret ids the role id and the address alone let in.
    if body.bool("bind_secret_id") == Some(false) {
        return;
    }
    let of = |name: &str| limit(body, name);
    if of("secret_id_ttl") != Limit::Absent || of("secret_id_num_uses") != Limit::Absent {
        return;
    }
    let places = ["secret_id_bound_cidrs", "token_bound_cidrs", "bound_cidr_list"];
    if places.iter().any(|name| of(name) == Limit::Unknown) {
        return;
    }
    let bound = places.iter().any(|name| of(name) == Limit::Set);
    let ends = ["token_max_ttl", "token_explicit_max_ttl", "token_num_uses"];
    let open_token = ends.iter().all(|name| of(name) == Limit::Absent);
    let address = &resource.address;
    let message = format!("secret ids of `{address}` never end and can be used any number of times");
    let span = body.attr("secret_id_ttl").filter(|attr| is_zero(&attr.value)).map(|attr| attr.expr_span);
    let mut draft = cx
        .draft(VaultRoleUnbounded::INFO, resource, "secret_id_ttl", span.unwrap_or_else(|| resource.header()), message)
        .label(if span.is_some() { "no limit" } else { "has no `secret_id_ttl` and no `secret_id_num_uses`" })
        .severity(if bound { Severity::Medium } else { Severity::High })
        .identity(address.clone())
        .owner(cx.model.identity_of(resource.id).and_then(|one| one.owner.name()))
        .environment(cx.model.identity_of(resource.id).and_then(|one| one.environment.as_ref()))
        .help("set `secret_id_ttl` and `secret_id_num_uses`, and `token_max_ttl` for what they are exchanged for");
    if bound {
        draft = draft.note("it is limited to some addresses, which lowers the severity by one step");
    }
    if open_token {
        draft = draft.note("its tokens last as long as the mount allows, 32 days unless tuned");
    }
    if let Some(fix) = approle_fix(resource, cx) {
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

fn approle_fix(resource: &Resource, cx: &Context<'_>) -> Option<Fix> {
    let limit = lifetime::limit(&cx.shared.config.expiry, Some(ExpiryKind::AccessToken))?;
    let seconds = limit.as_secs().to_string();
    let sources = cx.shared.sources;
    let edit = match resource.body.attr("secret_id_ttl") {
        Some(attr) => replace_literal(sources, &attr.value, &seconds)?,
        None => add_argument(sources, resource.span(), "secret_id_ttl", &seconds)?,
    };
    let title = format!("End secret ids after {} (`secret_id_ttl = {seconds}`)", lifetime::said(limit));
    Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
}

fn token(resource: &Resource, cx: &mut Context<'_>) {
    let body = &resource.body;
    let of = |name: &str| limit(body, name);
    let capped = of("explicit_max_ttl") != Limit::Absent;
    let address = &resource.address;
    let (attribute, message, severity) = if of("period") == Limit::Set && !capped {
        (
            "period",
            format!("`{address}` can be renewed for ever: it has a `period` and no `explicit_max_ttl`"),
            Severity::High,
        )
    } else if body.bool("no_parent") == Some(true)
        && !capped
        && of("ttl") == Limit::Absent
        && of("period") == Limit::Absent
    {
        ("no_parent", format!("`{address}` has no parent and no end of its own"), Severity::Medium)
    } else {
        return;
    };
    report(resource, attribute, message, severity, Persona::Regular, "set `explicit_max_ttl` and `ttl`", cx);
}

fn token_role(resource: &Resource, cx: &mut Context<'_>) {
    let body = &resource.body;
    let of = |name: &str| limit(body, name);
    let ends = ["token_explicit_max_ttl", "explicit_max_ttl", "token_max_ttl", "max_ttl"];
    if ends.iter().any(|name| of(name) != Limit::Absent) {
        return;
    }
    let period = ["token_period", "period"].into_iter().find(|name| of(name) == Limit::Set);
    let orphan = body.bool("orphan") == Some(true);
    let address = &resource.address;
    let (attribute, what, severity) = match (period, orphan) {
        (Some(name), true) => (name, "tokens without parent that are renewed for ever", Severity::High),
        (Some(name), false) => (name, "tokens that are renewed for ever", Severity::Medium),
        (None, true) => ("orphan", "tokens without parent and without an end of their own", Severity::Medium),
        (None, false) => return,
    };
    // Tokens for auto-auth agents are periodic by design.
    let persona = if severity == Severity::High { Persona::Regular } else { Persona::Strict };
    let message = format!("`{address}` makes {what}");
    report(resource, attribute, message, severity, persona, "set `token_explicit_max_ttl`", cx);
}

fn report(
    resource: &Resource,
    attribute: &str,
    message: String,
    severity: Severity,
    persona: Persona,
    help: &str,
    cx: &mut Context<'_>,
) {
    let attr = resource.body.attr(attribute);
    let span: Span =
        attr.map_or_else(|| resource.header(), |attr| attr.value.meta.span.unwrap_or(attr.expr_span));
    let credential = cx.model.credential_of(resource.id);
    let mut draft = cx
        .draft(VaultRoleUnbounded::INFO, resource, attribute, span, message)
        .label("no end")
        .severity(severity)
        .persona(persona)
        .identity(resource.address.clone())
        .owner(credential.and_then(|one| one.owner.name()))
        .environment(credential.map_or(cx.model.environment.as_ref(), |one| one.environment.as_ref()))
        .help(help);
    if let Some(attr) = attr {
        draft = draft.route(&attr.value);
    }
    let policies = ["policies", "allowed_policies"].iter().find_map(|name| resource.body.value(name));
    let names: Vec<&str> = policies.into_iter().flat_map(Value::as_slice).filter_map(Value::as_str).collect();
    if !names.is_empty() {
        draft = draft.note(format!("its policies: {}", listed(names, 4)));
    }
    cx.emit(draft);
}
