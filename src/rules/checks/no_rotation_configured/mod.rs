mod databases;
mod keys;
mod stores;
mod tokens;

use crate::diagnostic::{Fix, Persona, Severity};
use crate::eval::value::Value;
use crate::eval::{Resource, ResourceMode};
use crate::rules::{Context, Rule, RuleInfo};
use crate::source::Span;

declare_rule! {
    /// The key, password or stored secret stays the same for as long as nobody changes it by hand, although the
    /// platform can do that by itself. What never changes is known to more people and systems each year, and when
    /// it has to change at last, nobody has practice.
    ///
    /// - KMS keys: symmetric AWS keys without `enable_key_rotation`, Google keys for encryption without
    ///   `rotation_period`, Key Vault keys without a `rotation_policy`. Imported, asymmetric, HMAC, external and
    ///   replica keys cannot rotate by themselves and are not reported.
    /// - Entries of AWS Secrets Manager and Google Secret Manager without a rotation. Where this code shows that a
    ///   password or key is behind an entry, everybody sees the finding; where the value comes from elsewhere it may
    ///   be one that nothing can rotate (a vendor's API key), so only the strict persona does. Entries that a cloud
    ///   service owns are left alone.
    /// - Passwords of Entra applications without `rotate_when_changed` on a `time_rotating`, and GitLab tokens
    ///   without `rotation_configuration`. Where the end is missing or too far away, that is the finding and this one
    ///   is only shown to the strict persona.
    /// - AWS access keys and keys of Google service accounts, to the strict persona: that they are there at all is what
    ///   `long-lived-static-credential` is about. The fix keeps two generations of the key: each month the older one is
    ///   replaced, and the one that was current before still works, so that whoever got it by hand or through a store has
    ///   a month to follow. Terraform has to be applied as often. The generation is counted in months of
    ///   `plantimestamp()`, so that a plan changes nothing in between; `time_rotating` is unknown in the plan that rotates
    ///   it, by which both keys would be replaced at once.
    /// - Static roles of Vault without a period or a schedule.
    /// - Databases on AWS with a literal master password, where `manage_master_user_password` would keep and rotate it.
    ///
    /// Values that `time_rotating`, `keepers` on one, or `replace_triggered_by` renew count as rotated, and a value
    /// with `ignore_changes` as kept elsewhere.
    ///
    /// ```hcl,bad
    /// resource "random_password" "db" {
    ///   length = 32
    /// }
    ///
    /// resource "aws_secretsmanager_secret" "db" {
    ///   name = "db"
    /// }
    ///
    /// resource "aws_secretsmanager_secret_version" "db" {
    ///   secret_id     = aws_secretsmanager_secret.db.id
    ///   secret_string = random_password.db.result
    /// }
    /// ```
    ///
    /// ```hcl,good
    /// resource "random_password" "db" {
    ///   length = 32
    /// }
    ///
    /// resource "aws_secretsmanager_secret" "db" {
    ///   name = "db"
    /// }
    ///
    /// resource "aws_secretsmanager_secret_version" "db" {
    ///   secret_id     = aws_secretsmanager_secret.db.id
    ///   secret_string = random_password.db.result
    /// }
    ///
    /// resource "aws_secretsmanager_secret_rotation" "db" {
    ///   secret_id           = aws_secretsmanager_secret.db.id
    ///   rotation_lambda_arn = "arn:aws:lambda:eu-west-1:123456789012:function:rotate"
    ///   rotation_rules {
    ///     automatically_after_days = 30
    ///   }
    /// }
    /// ```
    ///
    /// Source: AWS KMS, "Rotate AWS KMS keys"; AWS Secrets Manager, "Rotate secrets"; Google Cloud KMS, "Key rotation";
    /// Microsoft, "Configure cryptographic key auto-rotation in Azure Key Vault"; Vault, "Database secrets engine".
    NoRotationConfigured {
        code: "KW502",
        name: "no-rotation-configured",
        summary: "Stored secret or key that nothing rotates",
        severity: High,
        confidence: High,
        persona: Regular,
        fix: Unsafe,
        category: "lifecycle",
        nhi: ["NHI7"],
        csf: ["PR.AA-01"],
        cis: ["AWS5:1.13", "GCP5:1.8", "AZ6:8.3.9", "AZ6:9.3.1.2"],
    }
}

impl Rule for NoRotationConfigured {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        if resource.mode != ResourceMode::Managed {
            return;
        }
        let problem = match &*resource.kind {
            "aws_kms_key" | "google_kms_crypto_key" | "azurerm_key_vault_key" => keys::judge(resource, cx),
            kind if kind.starts_with("gitlab_") || kind.starts_with("azuread_") || matches!(kind, "aws_iam_access_key" | "google_service_account_key") => tokens::judge(resource, cx),
            kind if kind.starts_with("vault_") => tokens::vault(resource, cx),
            _ => databases::judge(resource, cx),
        };
        if let Some(problem) = problem {
            report(resource, problem, cx);
        }
    }

    fn model(&self, cx: &mut Context<'_>) {
        for (resource, problem) in stores::judge(cx) {
            report(resource, problem, cx);
        }
    }
}

/// What is wrong with one resource.
struct Problem {
    /// The attribute that would rotate it.
    attribute: String,
    /// Where it is switched off; the header otherwise.
    span: Option<Span>,
    value: Option<Value>,
    message: String,
    label: String,
    help: String,
    severity: Severity,
    persona: Persona,
    notes: Vec<String>,
    related: Vec<(Span, String)>,
    /// Addresses and places with the same cause.
    sites: Vec<(String, Span)>,
    redact: Option<Span>,
    fix: Option<Fix>,
}

impl Problem {
    fn new(attribute: &str, message: String, help: impl Into<String>) -> Self {
        Problem {
            attribute: attribute.to_string(),
            span: None,
            value: None,
            message,
            label: "nothing rotates it".to_string(),
            help: help.into(),
            severity: Severity::High,
            persona: Persona::Regular,
            notes: Vec::new(),
            related: Vec::new(),
            sites: Vec::new(),
            redact: None,
            fix: None,
        }
    }
}

fn report(resource: &Resource, problem: Problem, cx: &mut Context<'_>) {
    let credential = cx.model.credential_of(resource.id);
    let span = problem.span.unwrap_or_else(|| resource.header());
    let mut draft = cx
        .draft(NoRotationConfigured::INFO, resource, &problem.attribute, span, problem.message.clone())
        .label(problem.label.clone())
        .severity(problem.severity)
        .persona(problem.persona)
        .identity(resource.address.clone())
        .owner(credential.and_then(|one| one.owner.name()))
        .environment(credential.map_or(cx.model.environment.as_ref(), |one| one.environment.as_ref()))
        .help(problem.help.clone());
    for note in &problem.notes {
        let note = note.clone();
        draft = draft.note(note);
    }
    for (span, text) in problem.related.clone() {
        draft = draft.related(span, text);
    }
    for (address, span) in &problem.sites {
        draft = draft.site(address, &problem.attribute, *span);
    }
    if let Some(value) = &problem.value {
        draft = draft.route(value);
    }
    if let Some(span) = problem.redact {
        draft = draft.redact(span);
    }
    if let Some(fix) = problem.fix {
        draft = draft.fix(fix);
    }
    cx.emit(draft);
}

/// Null through a variable of a module that is looked at alone: whoever calls it decides.
fn is_callers_choice(resource: &Resource, name: &str, cx: &Context<'_>) -> bool {
    let module = cx.model.project.modules.get(resource.module.0 as usize);
    let is_root = module.is_none_or(|module| module.parent.is_none());
    is_root && resource.body.attr(name).is_some_and(|attr| !attr.value.meta.hops().is_empty())
}
