//! Credentials that Terraform itself can replace in time, and roles whose password Vault changes.

use super::Problem;
use crate::config::RotationKind;
use crate::dates::Expiry;
use crate::diagnostic::{Applicability, Edit, Fix, Persona, Severity};
use crate::eval::Resource;
use crate::identity::State;
use crate::rules::Context;
use crate::rules::checks::expiry_too_long;
use crate::rules::edits::add_argument;
use crate::rules::generations::two_generations;
use crate::rules::renewal::renew;
use crate::rules::state::provider_stays_below;
use jiff::SignedDuration;
use crate::rules::lifetime::{self, Reading, Rotation};

pub(super) fn judge(resource: &Resource, cx: &Context<'_>) -> Option<Problem> {
    let (attribute, help) = match &*resource.kind {
        "azuread_application_password" | "azuread_service_principal_password" => (
            "rotate_when_changed",
            "add a `time_rotating` and `rotate_when_changed = { at = time_rotating.….id }`, or use a federated credential, which needs no password",
        ),
        "gitlab_group_access_token"
        | "gitlab_group_service_account_access_token"
        | "gitlab_personal_access_token"
        | "gitlab_project_access_token" => (
            "rotation_configuration",
            "replace `expires_at` by a `rotation_configuration` with `expiration_days` and `rotate_before_days`",
        ),
        "aws_iam_access_key" | "google_service_account_key" => return standing(resource, cx),
        _ => return None,
    };
    if lifetime::rotation(cx.model, resource, cx.shared.sources) != Rotation::None {
        return None;
    }
    // A value that is not known may be a trigger; one that is not there is none.
    if resource.body.value(attribute).is_some_and(|value| value.is_unknown()) {
        return None;
    }
    if cx.model.credential_of(resource.id).is_some_and(|one| one.state == State::Disabled) {
        return None;
    }
    let message = format!("nothing renews `{}` before it ends", resource.address);
    let mut problem = Problem::new(attribute, message, help);
    problem.severity = Severity::Medium;
    // One mistake is one finding: no end, or one too far away, is told by the rules about that.
    let term = lifetime::terms_of(&resource.kind).next()?;
    let scope = &resource.body;
    let mut left = None;
    match lifetime::read(cx.model, resource, scope, term, cx.shared.today) {
        // The end moves with the resource that computes it, and the credential is replaced then.
        Reading::Ends { through: Some(_), .. } => return None,
        Reading::Ends { expiry: Expiry::Never, .. } | Reading::Missing => problem.persona = Persona::Strict,
        Reading::Offered | Reading::Unknown => problem.persona = Persona::Strict,
        Reading::Ends { expiry, .. } => left = expiry.remaining(cx.shared.today),
    }
    let limit = lifetime::limit(&cx.shared.config.expiry, term.limit);
    if limit.is_some_and(|limit| expiry_too_long::excess(resource, term, limit, scope, cx).is_some()) {
        problem.persona = Persona::Strict;
    }
    let longest = limit.map(|limit| left.map_or(limit, |left| left.min(limit)));
    problem.fix = longest.and_then(|limit| match attribute {
        "rotation_configuration" => by_the_provider(cx, resource, limit),
        _ => renew(cx, resource, limit),
    });
    Some(problem)
}

/// The provider renews the token some time before it ends. Source: GitLab provider, change log of 16.11; for personal
/// tokens it would make another one.
fn by_the_provider(cx: &Context<'_>, resource: &Resource, limit: SignedDuration) -> Option<Fix> {
    let takes = matches!(&*resource.kind, "gitlab_project_access_token" | "gitlab_group_access_token");
    let end = resource.body.attr("expires_at")?;
    let text = cx.shared.sources.text(end.expr_span);
    let days = (limit.as_hours() / 24).min(365);
    let literal = text.starts_with('"') && resource.span().contains(end.span);
    if !takes || !literal || days < 14 || provider_stays_below(cx.model, resource.module, "gitlab", (16, 11)) {
        return None;
    }
    let before = (days / 3).min(30);
    let head = cx.shared.sources.find(end.span.file)?.text.get(..end.span.start as usize)?;
    let indent = &head[head.rfind('\n')? + 1..];
    let blank = indent.chars().all(|c| c == ' ' || c == '\t');
    let text = format!(
        "rotation_configuration = {{\n{indent}  expiration_days    = {days}\n{indent}  rotate_before_days = {before}\n{indent}}}"
    );
    let title = format!("Let the provider renew it, {before} days before the {days} days that it is valid for are over");
    blank.then(|| Fix::new(title, Applicability::Unsafe, vec![Edit { span: end.span, text }]))
}

/// Keys that should not be there at all, which another rule says: until then they can at least be renewed.
fn standing(resource: &Resource, cx: &Context<'_>) -> Option<Problem> {
    let disabled = cx.model.credential_of(resource.id).is_some_and(|one| one.state == State::Disabled);
    let uploaded = resource.body.value("public_key_data").is_some();
    if disabled || uploaded || lifetime::rotation(cx.model, resource, cx.shared.sources) != Rotation::None {
        return None;
    }
    if resource.body.value("keepers").is_some_and(|value| value.is_unknown()) {
        return None;
    }
    let mut problem = Problem::new(
        "",
        format!("nothing renews `{}`", resource.address),
        "as long as there has to be a key, keep two generations of it and replace the older one each month",
    );
    problem.severity = Severity::Medium;
    problem.persona = Persona::Strict;
    problem.fix = cx.shared.config.rotation.max(RotationKind::AccessKey).and_then(|limit| two_generations(cx, resource, limit));
    Some(problem)
}

pub(super) fn vault(resource: &Resource, cx: &Context<'_>) -> Option<Problem> {
    let body = &resource.body;
    let address = &resource.address;
    match &*resource.kind {
        "vault_database_secret_backend_static_role"
        | "vault_ldap_secret_backend_static_role"
        | "vault_aws_secret_backend_static_role" => {
            if body.value("rotation_period").is_some() || body.value("rotation_schedule").is_some() {
                return None;
            }
            let mut problem = Problem::new(
                "rotation_period",
                format!("Vault does not rotate the password of static role `{address}`"),
                "set `rotation_period`, or `rotation_schedule` and `rotation_window`",
            );
            let limit = cx.shared.config.rotation.max(RotationKind::Password);
            let free = ["rotation_period", "rotation_schedule"].iter().all(|name| body.attr(name).is_none());
            problem.fix = limit.filter(|_| free).and_then(|limit| {
                let seconds = limit.as_secs().to_string();
                let edit = add_argument(cx.shared.sources, resource.span(), "rotation_period", &seconds)?;
                let title = format!("Let Vault change the password every {} days", limit.as_hours() / 24);
                Some(Fix::new(title, Applicability::Unsafe, vec![edit]))
            });
            Some(problem)
        }
        // The key that Vault itself uses. Its rotation takes an enterprise licence.
        "vault_aws_secret_backend" => {
            let has_key = body.value("access_key").is_some() || body.value("secret_key").is_some();
            let off = body.bool("disable_automated_rotation") == Some(true);
            let timed = body.value("rotation_period").is_some() || body.value("rotation_schedule").is_some();
            if !has_key || (timed && !off) {
                return None;
            }
            let mut problem = Problem::new(
                "rotation_period",
                format!("nothing rotates the key that `{address}` signs in to AWS with"),
                "use plugin workload identity (`identity_token_audience` and `role_arn`), or set `rotation_period`",
            );
            problem.persona = Persona::Strict;
            problem.severity = Severity::Medium;
            Some(problem)
        }
        _ => None,
    }
}
