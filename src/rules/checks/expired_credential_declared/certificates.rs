//! Certificates in the code itself, which carry their end with them.

use super::{ExpiredCredentialDeclared, told};
use crate::config::ExpiryKind;
use crate::dates::{Expiry, certificate_end};
use crate::diagnostic::Severity;
use crate::eval::Resource;
use crate::rules::{Context, lifetime};
use jiff::tz::Offset;

/// Where a certificate is what somebody signs in or answers with. Sources: the Terraform Registry page of each type.
const HELD: [(&str, &str); 12] = [
    ("aws_acm_certificate", "certificate_body"),
    ("aws_iam_server_certificate", "certificate_body"),
    ("aws_iam_signing_certificate", "certificate_body"),
    ("aws_iot_certificate", "certificate_pem"),
    ("aws_rolesanywhere_trust_anchor", "source.source_data.x509_certificate_data"),
    ("azuread_application_certificate", "value"),
    ("azuread_service_principal_certificate", "value"),
    ("azurerm_iothub_certificate", "certificate_content"),
    ("google_compute_region_ssl_certificate", "certificate"),
    ("google_compute_ssl_certificate", "certificate"),
    ("google_service_account_key", "public_key_data"),
    ("kubernetes_certificate_signing_request_v1", "certificate"),
];

pub(super) fn judge(resource: &Resource, cx: &mut Context<'_>) {
    let Some((_, path)) = HELD.iter().find(|(kind, _)| *kind == &*resource.kind) else { return };
    let Some((path, value)) = resource.body.at_path(path).into_iter().next() else { return };
    let Some(date) = value.as_str().and_then(certificate_end) else { return };
    let Ok(moment) = Offset::UTC.to_timestamp(date.to_datetime(jiff::civil::Time::midnight())) else { return };
    let Some(left) = Expiry::At(moment).remaining(cx.shared.today) else { return };
    let days = left.as_hours() / 24;
    let warning = lifetime::limit(&cx.shared.config.expiry, Some(ExpiryKind::Warning)).unwrap_or_default();
    if days >= 0 && left > warning {
        return;
    }
    let (when, label) = told(date, days);
    let span = value.meta.span.unwrap_or_else(|| cx.value_span(resource, &path));
    let credential = cx.model.credential_of(resource.id);
    let mut draft = cx
        .draft(ExpiredCredentialDeclared::INFO, resource, &path, span, format!("the certificate of `{}` {when}", resource.address))
        .label(label)
        .severity(if days < 0 { Severity::Medium } else { Severity::Low })
        .identity(resource.address.clone())
        .owner(credential.and_then(|one| one.owner.name()))
        .environment(credential.map_or(cx.model.environment.as_ref(), |one| one.environment.as_ref()))
        .route(&value)
        .help("put a new certificate in its place, and let something renew it from then on; or remove it together with what was meant to use it");
    if !resource.span().contains(span) {
        draft = draft.related(resource.header(), "the credential");
    }
    cx.emit(draft);
}
