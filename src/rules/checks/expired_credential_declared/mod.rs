mod certificates;

use crate::config::ExpiryKind;
use crate::dates::{self, Expiry};
use crate::diagnostic::Severity;
use crate::eval::{BlockValue, Resource, ResourceMode};
use crate::identity::State;
use crate::rules::lifetime::{self, Reading, Rotation, Term};
use crate::rules::{Context, Rule, RuleInfo};
use jiff::civil::Date;

declare_rule! {
    /// The code declares a credential whose end is over, or comes within the warning time. Either something still
    /// uses it and is about to fail, or has failed already, or nothing does and it should be gone: a date in the past
    /// is also how forgotten credentials look.
    ///
    /// A certificate in the code carries its end with it, and is read. Dates that are written down are compared with today, through variables and locals as well. The warning time is
    /// `warning` in `[expiry]` of `keyward.toml`, 30 days unless you say otherwise; what ends within it weighs less
    /// than what is over. An end that Terraform computes (`timeadd`, `time_rotating`) moves with every rotation, so it
    /// is not reported, nor is a credential that something here rotates or that is switched off.
    ///
    /// Rotate it and move the date, or remove the credential with whatever was meant to use it. A rotation hands out
    /// the new value first, then waits until nothing uses the old one, and ends that last.
    ///
    /// ```hcl,bad
    /// resource "azurerm_key_vault_secret" "smtp" {
    ///   name            = "smtp"
    ///   value           = var.smtp
    ///   key_vault_id    = var.vault
    ///   expiration_date = "2019-01-01T00:00:00Z"
    /// }
    ///
    /// variable "smtp" {}
    /// variable "vault" {}
    /// ```
    ///
    /// ```hcl,good
    /// resource "time_rotating" "smtp" {
    ///   rotation_days = 180
    /// }
    ///
    /// resource "azurerm_key_vault_secret" "smtp" {
    ///   name            = "smtp"
    ///   value           = var.smtp
    ///   key_vault_id    = var.vault
    ///   expiration_date = time_rotating.smtp.rotation_rfc3339
    /// }
    ///
    /// variable "smtp" {}
    /// variable "vault" {}
    /// ```
    ///
    /// Source: the Terraform Registry page of each type; RFC 5280; NIST SP 800-53 r5, IA-5.
    ExpiredCredentialDeclared {
        code: "KW111",
        name: "expired-credential-declared",
        summary: "Declared credential is over, or about to be",
        severity: Medium,
        confidence: High,
        persona: Regular,
        fix: Manual,
        category: "lifecycle",
        nhi: ["NHI1", "NHI7"],
        csf: ["PR.AA-01", "ID.AM-08"],
        cis: ["AWS5:1.18", "AWS7:2.17"],
    }
}

impl Rule for ExpiredCredentialDeclared {
    fn info(&self) -> &'static RuleInfo {
        Self::INFO
    }

    fn resource(&self, resource: &Resource, cx: &mut Context<'_>) {
        if resource.mode == ResourceMode::Data {
            return;
        }
        for term in lifetime::terms_of(&resource.kind) {
            for scope in lifetime::scopes(resource, term) {
                judge(resource, term, &scope, cx);
            }
        }
        certificates::judge(resource, cx);
    }
}

/// When it ends or has ended, as part of a sentence and in a few words.
fn told(date: Date, days: i64) -> (String, String) {
    match days {
        ..0 => {
            let ago = lifetime::said(dates::days(-days));
            (format!("expired on {date}, {ago} ago"), "in the past".to_string())
        }
        0 => ("expires today".to_string(), "today".to_string()),
        _ => {
            let left = lifetime::said(dates::days(days));
            (format!("expires on {date}, in {left}"), format!("in {left}"))
        }
    }
}

fn judge(resource: &Resource, term: &Term, scope: &BlockValue, cx: &mut Context<'_>) {
    let today = cx.shared.today;
    let Reading::Ends { expiry: Expiry::At(moment), path, value, through: None } =
        lifetime::read(cx.model, resource, scope, term, today)
    else {
        return;
    };
    let (Some(date), Some(left)) = (Expiry::At(moment).date(), Expiry::At(moment).remaining(today)) else {
        return;
    };
    let days = left.as_hours() / 24;
    let warning = lifetime::limit(&cx.shared.config.expiry, Some(ExpiryKind::Warning)).unwrap_or_default();
    let over = days < 0;
    // What may only live that short is always near its end.
    let short = lifetime::limit(&cx.shared.config.expiry, term.limit).is_some_and(|limit| limit <= warning);
    if !over && (left > warning || short) {
        return;
    }
    let credential = cx.model.credential_of(resource.id);
    if credential.is_some_and(|one| one.state == State::Disabled) {
        return;
    }
    if lifetime::rotation(cx.model, resource, cx.shared.sources) != Rotation::None {
        return;
    }
    let address = &resource.address;
    let (when, label) = told(date, days);
    let message = format!("`{address}` {when}");
    let span = value.meta.span.unwrap_or_else(|| cx.value_span(resource, &path));
    let mut draft = cx
        .draft(ExpiredCredentialDeclared::INFO, resource, &path, span, message)
        .label(label)
        .severity(if over { Severity::Medium } else { Severity::Low })
        .identity(address.clone())
        .owner(credential.and_then(|one| one.owner.name()))
        .environment(credential.map_or(cx.model.environment.as_ref(), |one| one.environment.as_ref()))
        .route(&value)
        .help(match over {
            true => {
                format!("rotate it and move `{path}`, or remove it together with what was meant to use it")
            }
            false => format!("rotate it and move `{path}` before, and let something do so from then on"),
        });
    if !resource.span().contains(span) {
        draft = draft.related(resource.header(), "the credential");
    }
    if &*resource.kind == "azurerm_key_vault_secret" {
        draft = draft.note("the vault still hands the secret out: the date is a reminder, not a lock");
    }
    cx.emit(draft);
}
