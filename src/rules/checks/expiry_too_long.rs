use crate::config::ExpiryKind;
use crate::dates::{self, Expiry};
use crate::diagnostic::{Applicability, Fix, Persona};
use crate::eval::value::{ResourceId, Value};
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::State;
use crate::rules::edits::{add_argument, replace_literal};
use crate::rules::renewal::renew;
use crate::rules::lifetime::{self, Form, Reading, Rotation, Term};
use crate::rules::{Context, Rule, RuleInfo};
use jiff::SignedDuration;

declare_rule! {
    /// The credential ends, but later than the policy allows. The longer it lives, the longer a leak goes
    /// unnoticed and the harder its renewal has become when the day arrives.
    ///
    /// The limits are those of `[expiry]` in `keyward.toml`: 90 days for access tokens and API keys, 180 for
    /// passwords of applications, 365 for entries of secret stores, 398 for certificates, 24 hours for Vault
    /// tokens and 12 for sessions of roles, unless you say otherwise. Dates are counted from today, lengths
    /// from the issue. A password of an Entra application without an end lasts two years, and so does the secret
    /// of a Databricks service principal: that counts as their length. An end that `time_rotating` or
    /// `time_offset` computes counts with their days. A credential that Terraform replaces in time
    /// (`rotate_when_changed` on a `time_rotating` within the limit) is fine, whatever its end says.
    /// Certificates of authorities may be older.
    ///
    /// Shorten it to the policy and let something renew it, or better, use an identity that needs no secret.
    ///
    /// ```hcl,bad
    /// resource "azuread_application_password" "api" {
    ///   application_id = "/applications/11111111-1111-1111-1111-111111111111"
    ///   end_date       = "2099-01-01T00:00:00Z"
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "time_rotating" "quarterly" {
    ///   rotation_days = 90
    /// }
    ///
    /// resource "azuread_application_password" "api" {
    ///   application_id      = "/applications/11111111-1111-1111-1111-111111111111"
    ///   rotate_when_changed = { at = time_rotating.quarterly.id }
    /// }
    /// ```
    ///
    /// Source: Microsoft Graph, "application: addPassword"; Databricks, "Service principal secrets"; the
    /// Terraform Registry page of each type; CA/Browser Forum Baseline Requirements, 6.3.2.
    ExpiryTooLong {
        code: "KW109",
        name: "expiry-too-long",
        summary: "Credential lives longer than the policy allows",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "lifecycle",
        nhi: ["NHI7"],
        csf: ["PR.AA-01"],
        cis: ["AZ6:8.3.11"],
    }
}

impl Rule for ExpiryTooLong {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        if resource.mode == ResourceMode::Data {
            return;
        }
        for term in lifetime::terms_of(&resource.kind) {
            let Some(limit) = lifetime::limit(&cx.shared.config.expiry, term.limit) else { continue };
            for scope in lifetime::scopes(resource, term) {
                judge(resource, term, limit, &scope, cx);
            }
        }
    }
}

/// How long it lasts, and where that is said.
struct Length {
    length: SignedDuration,
    until: Option<jiff::civil::Date>,
    said: Option<(String, Value)>,
    through: Option<ResourceId>,
    persona: Persona,
}

/// The length that is too much; `None` for what is fine, unknown, endless or over.
pub(super) fn excess(
    resource: &Resource,
    term: &Term,
    limit: SignedDuration,
    scope: &BlockValue,
    cx: &Context<'_>,
) -> Option<(SignedDuration, Persona)> {
    let found = length(resource, term, limit, scope, cx)?;
    Some((found.length, found.persona))
}

fn length(
    resource: &Resource,
    term: &Term,
    limit: SignedDuration,
    scope: &BlockValue,
    cx: &Context<'_>,
) -> Option<Length> {
    let today = cx.shared.today;
    let found = match lifetime::read(cx.model, resource, scope, term, today) {
        Reading::Ends { expiry, path, value, through } => {
            let length = expiry.remaining(today)?;
            let until = match expiry {
                Expiry::At(_) => expiry.date(),
                _ => None,
            };
            Length { length, until, said: Some((path, value)), through, persona: term.persona }
        }
        missing @ (Reading::Missing | Reading::Offered) => {
            let (days, persona) = term.standard()?;
            let persona = if matches!(missing, Reading::Offered) { persona.max(Persona::Strict) } else { persona };
            Length { length: dates::days(days), until: None, said: None, through: None, persona }
        }
        Reading::Unknown => return None,
    };
    // Three months are not quite ninety days, and nobody means the difference.
    (found.length > limit.saturating_add(limit / 50) && applies(resource)).then_some(found)
}

fn judge(resource: &Resource, term: &Term, limit: SignedDuration, scope: &BlockValue, cx: &mut Context<'_>) {
    let Some(found) = length(resource, term, limit, scope, cx) else { return };
    let credential = cx.model.credential_of(resource.id);
    if credential.is_some_and(|one| one.state == State::Disabled) {
        return;
    }
    let rotation = lifetime::rotation(cx.model, resource, cx.shared.sources);
    match rotation {
        Rotation::Every(every, _) if every <= limit => return,
        // An end that the rotation itself sets is what is judged here.
        Rotation::Somehow if !sets_the_end(&found) => return,
        _ => {}
    }
    let name = match term.block {
        "" => term.paths[0].to_string(),
        block => format!("{block}.{}", term.paths[0]),
    };
    let said = lifetime::said(found.length);
    let allowed = lifetime::said(limit);
    let address = &resource.address;
    let what = subject(&resource.kind, &name);
    let (attribute, span, message) = match &found.said {
        Some((path, value)) => {
            let span = value.meta.span.unwrap_or_else(|| cx.value_span(resource, path));
            let message = match found.until {
                Some(date) => format!("{what}`{address}` is valid until {date}, {said} from now; the policy allows {allowed}"),
                None => format!("{what}`{address}` is valid for {said}, the policy allows {allowed}"),
            };
            (path.clone(), span, message)
        }
        None => {
            let span = scope.header.unwrap_or_else(|| resource.header());
            let message = format!(
                "{what}`{address}` is valid for {said}, the default when `{name}` is not set; the policy allows {allowed}"
            );
            (name.clone(), span, message)
        }
    };
    let label = if found.said.is_some() { said } else { format!("lasts {said}") };
    let mut draft = cx
        .draft(ExpiryTooLong::INFO, resource, &attribute, span, message)
        .label(label)
        .persona(found.persona)
        .identity(address.clone())
        .owner(credential.and_then(|one| one.owner.name()))
        .environment(credential.map_or(cx.model.environment.as_ref(), |one| one.environment.as_ref()))
        .help(help(resource, term, &attribute, &allowed));
    if let Some((_, value)) = &found.said {
        draft = draft.route(value);
        let is_elsewhere = value.meta.span.is_some_and(|at| !resource.span().contains(at));
        if is_elsewhere {
            draft = draft.related(resource.header(), "the credential");
        }
    }
    if let Some(id) = found.through {
        let source = cx.model.resource(id);
        draft = draft.related(source.header(), "computes the end");
    }
    if let Rotation::Every(every, id) = rotation {
        let source = cx.model.resource(id);
        draft = draft
            .related(source.header(), format!("replaces it every {}", lifetime::said(every)))
            .note("it is replaced in time, but later than the policy allows");
    }
    // Passwords of an application are standing credentials also when they end in time.
    if &*resource.kind == "azuread_application" {
        draft = draft.merged("long-lived-static-credential");
    }
    let fix = match rotation {
        Rotation::Every(_, id) => sooner(cx.model.resource(id), limit, cx),
        Rotation::None if found.through.is_some() => {
            found.through.and_then(|id| sooner(cx.model.resource(id), limit, cx))
        }
        Rotation::None => renew(cx, resource, limit).or_else(|| fix(resource, term, limit, scope, &found, cx)),
        Rotation::Somehow => fix(resource, term, limit, scope, &found, cx),
    };
    if let Some(fix) = fix {
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

fn sets_the_end(found: &Length) -> bool {
    found.said.as_ref().is_some_and(|(path, _)| path.starts_with("rotation_"))
}

/// What lasts, where it is not the resource itself.
fn subject(kind: &str, name: &str) -> &'static str {
    match kind {
        _ if name == "secret_id_ttl" => "a secret id of ",
        "aws_iam_role" | "aws_ssoadmin_permission_set" | "vault_aws_secret_backend_role" => "a session of ",
        "vault_database_secret_backend_role" => "a login made by ",
        "vault_pki_secret_backend_role" => "a certificate issued by ",
        "azuread_application" => "a password of ",
        _ if kind.starts_with("vault_") && kind.contains("auth_backend") && !kind.ends_with("secret_id") => {
            "a token issued by "
        }
        _ => "",
    }
}

/// Certificates of authorities outlive those that they sign.
fn applies(resource: &Resource) -> bool {
    let body = &resource.body;
    match &*resource.kind {
        "tls_self_signed_cert" | "tls_locally_signed_cert" => {
            body.value("is_ca_certificate").is_none_or(|value| value.as_bool() == Some(false))
        }
        "aws_acmpca_certificate" => match body.value("template_arn") {
            None => true,
            Some(value) => value.as_str().is_some_and(|arn| arn.contains("EndEntity") || arn.contains("Signing")),
        },
        "google_privateca_certificate" => {
            let flags = body.at_path("config.x509_config.ca_options.is_ca");
            flags.iter().all(|(_, value)| value.as_bool() == Some(false))
        }
        _ => true,
    }
}

fn help(resource: &Resource, term: &Term, name: &str, allowed: &str) -> String {
    match &*resource.kind {
        "azuread_application_password" | "azuread_service_principal_password" => format!(
            "set `{name}` within {allowed} and rotate with `rotate_when_changed` on a `time_rotating`, or use a federated credential, which needs no password"
        ),
        "databricks_service_principal_secret" => {
            format!("set `{name}` within {allowed}, or use a federation policy, which needs no secret")
        }
        kind if kind.starts_with("tls_") => {
            format!("lower `{name}` to {allowed} and set `early_renewal_hours`, so that it is renewed before")
        }
        kind if kind.starts_with("gitlab_") => {
            format!("bring it within {allowed} and let `rotation_configuration` renew it")
        }
        _ if matches!(term.limit, Some(ExpiryKind::VaultToken | ExpiryKind::Session)) => {
            format!("lower `{name}` to {allowed}")
        }
        _ => format!("bring `{name}` within {allowed}, and see to it that something renews it before"),
    }
}

/// What replaces it does so more often. An end of its own could come before the replacement.
fn sooner(rotating: &Resource, limit: SignedDuration, cx: &Context<'_>) -> Option<Fix> {
    let days = (limit.as_hours() / 24).to_string();
    let value = rotating.body.value("rotation_days")?;
    let edit = replace_literal(cx.shared.sources, value, &days)?;
    let title = format!("Replace it every {days} days (`rotation_days` of `{}`)", rotating.local_address());
    Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
}

fn fix(
    resource: &Resource,
    term: &Term,
    limit: SignedDuration,
    scope: &BlockValue,
    found: &Length,
    cx: &Context<'_>,
) -> Option<Fix> {
    let sources = cx.shared.sources;
    let today = cx.shared.today;
    let (name, edit, text) = match &found.said {
        Some((path, value)) => {
            let form = form_of(term, path, value)?;
            let text = lifetime::written(form, limit, today)?;
            (path.clone(), replace_literal(sources, value, &text)?, text)
        }
        None => {
            let name = term.paths[0];
            if scope.attr(name).is_some() {
                return None;
            }
            let text = lifetime::written(term.form, limit, today)?;
            (name.to_string(), add_argument(sources, scope.span?, name, &text)?, text)
        }
    };
    let until_when = lifetime::until_when(&text);
    let title = format!("Shorten it to {} (`{name} = {text}`){until_when}", dates::human(limit));
    let mut edits = vec![edit];
    // Terraform replaces a certificate that is about to end, if it is told how long before.
    let early = "early_renewal_hours";
    if resource.kind.starts_with("tls_") && scope.attr(early).is_none() {
        let renewal = add_argument(sources, scope.span?, early, "720")?;
        if edits[0].span != renewal.span {
            edits.push(renewal);
        }
    }
    Some(Fix::new(title, Applicability::Unsafe, edits))
}

/// The form of the attribute that is there, which need not be the first that the type knows.
fn form_of(term: &Term, path: &str, value: &Value) -> Option<Form> {
    if let Some(text) = value.as_str() {
        if dates::moment_of(text).is_some() {
            return Some(if text.trim().len() == 10 { Form::Date } else { Form::Moment });
        }
        if text.ends_with('h') && !text.starts_with('P') {
            return Some(Form::HoursText);
        }
        if text.ends_with('s') && text.len() > 1 {
            return Some(Form::SecondsText);
        }
        if text.starts_with("PT") {
            return Some(Form::IsoHours);
        }
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
    }
    match path.ends_with("days") {
        true => Some(Form::Days),
        false if path.ends_with(term.paths[0]) => Some(term.form),
        false => match term.form {
            Form::Seconds | Form::Hours => Some(term.form),
            _ => None,
        },
    }
}
